// How images become activations: squares of GATHER_TILE images by as many features, transposed in registers, whose rows are
// stored where a view says. To be included where GATHER_TILE is defined.

#ifndef GATHER_AHEAD
#define GATHER_AHEAD 64  // Bytes ahead that a work-item prefetches of each image; 0 on GPUs, which wait for no single read
#endif

// The images of a batch lie anywhere in memory: what is read of them after this is on its way by then.
#if GATHER_AHEAD > 0
#define AHEAD(T, images, order, count, features, f) \
  for (int j = 0; j < (count); j++) SOON((images) + (order)[j] * (features) + (f) + GATHER_AHEAD / sizeof(T), false);
#else
#define AHEAD(T, images, order, count, features, f)
#endif

typedef JOIN(float, GATHER_TILE) GatherVector;

// Transposes a square of GATHER_TILE vectors. Each pass interleaves the first half of the rows with the second;
// after log2(GATHER_TILE) passes row i holds what was column i.
#define TRANSPOSE(name, T)                                                       \
  INLINE void name(JOIN(T, GATHER_TILE) rows[GATHER_TILE]) {                     \
    _Pragma("unroll") for (int pass = 1; pass < GATHER_TILE; pass *= 2) {        \
      JOIN(T, GATHER_TILE) next[GATHER_TILE];                                    \
      _Pragma("unroll") for (int i = 0; i < GATHER_TILE / 2; i++) {              \
        const JOIN(T, GATHER_TILE) a = rows[i];                                  \
        const JOIN(T, GATHER_TILE) b = rows[i + GATHER_TILE / 2];                \
        next[2 * i] = JOIN(LOW, GATHER_TILE)(T, a, b);                           \
        next[2 * i + 1] = JOIN(HIGH, GATHER_TILE)(T, a, b);                      \
      }                                                                          \
      _Pragma("unroll") for (int i = 0; i < GATHER_TILE; i++) rows[i] = next[i]; \
    }                                                                            \
  }
TRANSPOSE(transpose_uchar, uchar)
TRANSPOSE(transpose_float, float)

// A pixel as (channel, line, pixel of the line).
INLINE int3 pixel_of(const int feature, const int height, const int width) {
  const int line = feature / width, channel = line / height;
  return (int3)(channel, line - channel * height, feature - line * width);
}

// The pixel of the next feature.
INLINE int3 next_pixel(const int3 pixel, const int height, const int width) {
  const bool line_ends = pixel.s2 + 1 == width, channel_ends = line_ends && pixel.s1 + 1 == height;
  return (int3)(pixel.s0 + channel_ends, channel_ends ? 0 : pixel.s1 + line_ends, line_ends ? 0 : pixel.s2 + 1);
}

// A square of GATHER_TILE images by as many features, from feature f and column b on; past the last whole square, one value at
// a time. Columns from `count` on are 0; that of column b is image order[b]. Bytes are transposed before they become floats.
#define SQUARE(name, T, SEEN_COLUMN, SEEN)                                                                     \
  INLINE void name(const int f, const int b, const int features, const int batch, const int height,            \
                   const int width, const int4 view, global const T *images, global const int *order,          \
                   const int count, global const float *scales, global float *x) {                             \
    if (f + GATHER_TILE <= features) {                                                                         \
      JOIN(T, GATHER_TILE) rows[GATHER_TILE];                                                                  \
      _Pragma("unroll") for (int j = 0; j < GATHER_TILE; j++) {                                                \
        rows[j] = 0;                                                                                           \
        if (b + j < count)                                                                                     \
          rows[j] = JOIN(vload, GATHER_TILE)(0, images + (size_t)order[b + j] * features + f);                 \
      }                                                                                                        \
      JOIN(transpose_, T)(rows);                                                                               \
      const int3 pixel = pixel_of(f, height, width);                                                           \
      int row = row_at(view, pixel.s0, pixel.s1, pixel.s2);                                                    \
      int pixels = width - pixel.s2, lines = height - pixel.s1; /* left in the line, and in the channel */     \
      const bool is_whole = b + GATHER_TILE <= count;                                                          \
      _Pragma("unroll") for (int i = 0; i < GATHER_TILE; i++) {                                                \
        global float *to = x + (size_t)row * batch + b;                                                        \
        *(global GatherVector *)to = SEEN_COLUMN(rows[i], f + i);                                              \
        for (int j = max(0, count - b); !is_whole && j < GATHER_TILE; j++) to[j] = 0.0f;                       \
        row += view.s3;                                                                                        \
        if (--pixels > 0) continue;                                                                            \
        pixels = width;                                                                                        \
        row += view.s2 - width * view.s3;                                                                      \
        if (--lines > 0) continue;                                                                             \
        lines = height;                                                                                        \
        row += view.s1 - height * view.s2;                                                                     \
      }                                                                                                        \
    } else {                                                                                                   \
      for (int i = f; i < features; i++) {                                                                     \
        const int3 pixel = pixel_of(i, height, width);                                                         \
        global float *row = x + (size_t)row_at(view, pixel.s0, pixel.s1, pixel.s2) * batch + b;                \
        for (int j = 0; j < GATHER_TILE; j++) {                                                                \
          float value = 0.0f;                                                                                  \
          if (b + j < count) value = SEEN(images[(size_t)order[b + j] * features + i], i);                     \
          row[j] = value;                                                                                      \
        }                                                                                                      \
      }                                                                                                        \
    }                                                                                                          \
  }

#define SEEN_BYTES(bytes, f) \
  fma(JOIN(convert_float, GATHER_TILE)(bytes), (GatherVector)(scales[f]), (GatherVector)(scales[features + (f)]))
SQUARE(square_of_bytes, uchar, SEEN_BYTES, SEEN_BYTE)
SQUARE(square_of_floats, float, SEEN_FLOAT, SEEN_FLOAT)
