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
INLINE void transpose(GatherVector rows[GATHER_TILE]) {
#pragma unroll
  for (int pass = 1; pass < GATHER_TILE; pass *= 2) {
    GatherVector next[GATHER_TILE];
#pragma unroll
    for (int i = 0; i < GATHER_TILE / 2; i++) {
      const GatherVector a = rows[i];
      const GatherVector b = rows[i + GATHER_TILE / 2];
      next[2 * i] = JOIN(LOW, GATHER_TILE)(a, b);
      next[2 * i + 1] = JOIN(HIGH, GATHER_TILE)(a, b);
    }
#pragma unroll
    for (int i = 0; i < GATHER_TILE; i++) rows[i] = next[i];
  }
}

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

// Writes a square, image after image in `rows`, as features first_feature... of the columns first_column...
INLINE void store_square(GatherVector rows[GATHER_TILE], const int first_feature, const int first_column,
                         const int batch, const int height, const int width, const int4 view, global float *x) {
  transpose(rows);
  const int3 pixel = pixel_of(first_feature, height, width);
  int row = row_at(view, pixel.s0, pixel.s1, pixel.s2);
  int pixels = width - pixel.s2, lines = height - pixel.s1;  // left in the line, and in the channel
#pragma unroll
  for (int i = 0; i < GATHER_TILE; i++) {
    *(global GatherVector *)(x + (size_t)row * batch + first_column) = rows[i];
    row += view.s3;
    if (--pixels > 0) continue;
    pixels = width;
    row += view.s2 - width * view.s3;
    if (--lines > 0) continue;
    lines = height;
    row += view.s1 - height * view.s2;
  }
}

// A square of GATHER_TILE images by as many features, from feature f and column b on; past the last whole square, one value at
// a time. Columns from `count` on are 0; that of column b is image order[b].
#define SQUARE(name, T, SEEN_ROW, SEEN)                                                                        \
  INLINE void name(const int f, const int b, const int features, const int batch, const int height,            \
                   const int width, const int4 view, global const T *images, global const int *order,          \
                   const int count, global const float *scales, global float *x) {                             \
    if (f + GATHER_TILE <= features) {                                                                         \
      GatherVector rows[GATHER_TILE];                                                                          \
      _Pragma("unroll") for (int j = 0; j < GATHER_TILE; j++) {                                                \
        rows[j] = (GatherVector)(0.0f);                                                                        \
        if (b + j < count) {                                                                                   \
          global const T *image = images + (size_t)order[b + j] * features;                                    \
          rows[j] = SEEN_ROW(JOIN(vload, GATHER_TILE)(0, image + f), f);                                       \
        }                                                                                                      \
      }                                                                                                        \
      store_square(rows, f, b, batch, height, width, view, x);                                                 \
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

#define SCALES_AT(p) JOIN(vload, GATHER_TILE)(0, p)
#define SEEN_BYTES(bytes, f) \
  fma(JOIN(convert_float, GATHER_TILE)(bytes), SCALES_AT(scales + (f)), SCALES_AT(scales + features + (f)))
SQUARE(square_of_bytes, uchar, SEEN_BYTES, SEEN_BYTE)
SQUARE(square_of_floats, float, SEEN_FLOAT, SEEN_FLOAT)
