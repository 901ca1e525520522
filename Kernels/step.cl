// The bookkeeping of a step, and the gathering of its batch: what the host would otherwise have to wait for.
//
//   begin_epoch   forgets the sums of the last epoch and returns to the first image
//   begin_step    moves to the next batch of training, and has the optimizer prepare the step
//   begin_batch   moves to the next batch of an evaluation
//   gather_bytes, gather_floats
//                 x[f, b] = set[order[cursor + b], f] for b < count, and 0 for the columns after them; of a byte
//                 fma(byte, scales[f], scales[features + f])
//
// Layouts: set is [images, features], features being [channels, height, width]; the row of feature f of x is that of its
// pixel (row_at in common.cl), a row holds `batch` floats; order holds image numbers.
// A set shorter than batch_size x batches ends in a smaller batch; batches past the end have no images.
//
// Launches: begin_*: global 1, local 1.
//           gather_*: global (at least batch / GATHER_TILE, at least ceil(features / GATHER_TILE)); any local size:
//           up to (16, 1) for CPUs, (16, 8) for GPUs.

#ifndef GATHER_TILE
#define GATHER_TILE 16  // A work-item moves GATHER_TILE features of GATHER_TILE images: 16, or 4 for GPUs
#endif

typedef JOIN(float, GATHER_TILE) GatherVector;

kernel void begin_epoch(global StepState *restrict state) {
  state->cursor = 0;
  state->count = 0;
  state->loss_sum = 0.0f;
  state->loss_carry = 0.0f;
  state->correct = 0;
  state->seen = 0;
}

INLINE void next_batch(global StepState *state, const int images, const int batch_size) {
  const int cursor = state->cursor + state->count;
  state->cursor = cursor;
  state->count = clamp(images - cursor, 0, batch_size);
}

#ifdef SLOTS
// rate is the step's learning rate; numbers are those that the optimizer's prepare() names.
kernel void begin_step(global StepState *restrict state, const int images, const int batch_size, const float rate,
                       const float8 numbers) {
  next_batch(state, images, batch_size);
  const int step = state->step + 1;
  state->step = step;
  prepare(step, rate, numbers, (global Rule *)state->rule);
}
#endif

kernel void begin_batch(global StepState *restrict state, const int images, const int batch_size) {
  next_batch(state, images, batch_size);
}

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
  int3 pixel = pixel_of(first_feature, height, width);
#pragma unroll
  for (int i = 0; i < GATHER_TILE; i++) {
    global float *row = x + (size_t)row_at(view, pixel.s0, pixel.s1, pixel.s2) * batch;
    *(global GatherVector *)(row + first_column) = rows[i];
    pixel = next_pixel(pixel, height, width);
  }
}

// A square of GATHER_TILE images by as many features; past the last whole square, one value at a time.
#define GATHER(name, T, SCALES, SEEN_ROW, SEEN)                                                               \
  kernel void name(const int features, const int batch, const int height, const int width, const int4 view,   \
                   global const T *restrict images, global const int *restrict order,                         \
                   global const StepState *restrict state, SCALES global float *restrict x) {                 \
    const int b = get_global_id(0) * GATHER_TILE;                                                             \
    const int f = get_global_id(1) * GATHER_TILE;                                                             \
    if (b >= batch || f >= features) return;                                                                  \
    const int cursor = state->cursor;                                                                         \
    const int count = state->count;                                                                           \
    if (f + GATHER_TILE <= features) {                                                                        \
      GatherVector rows[GATHER_TILE];                                                                         \
      _Pragma("unroll") for (int j = 0; j < GATHER_TILE; j++) {                                               \
        rows[j] = (GatherVector)(0.0f);                                                                       \
        if (b + j < count) {                                                                                  \
          global const T *image = images + (size_t)order[cursor + b + j] * features;                          \
          rows[j] = SEEN_ROW(JOIN(vload, GATHER_TILE)(0, image + f), f);                                      \
        }                                                                                                     \
      }                                                                                                       \
      store_square(rows, f, b, batch, height, width, view, x);                                                \
    } else {                                                                                                  \
      for (int i = f; i < features; i++) {                                                                    \
        const int3 pixel = pixel_of(i, height, width);                                                        \
        global float *row = x + (size_t)row_at(view, pixel.s0, pixel.s1, pixel.s2) * batch + b;               \
        for (int j = 0; j < GATHER_TILE; j++) {                                                               \
          float value = 0.0f;                                                                                 \
          if (b + j < count) value = SEEN(images[(size_t)order[cursor + b + j] * features + i], i);           \
          row[j] = value;                                                                                     \
        }                                                                                                     \
      }                                                                                                       \
    }                                                                                                         \
  }

#define LOAD(p) JOIN(vload, GATHER_TILE)(0, p)
#define SEEN_BYTES(bytes, f) fma(JOIN(convert_float, GATHER_TILE)(bytes), LOAD(scales + (f)), LOAD(scales + features + (f)))
GATHER(gather_bytes, uchar, SCALES_PARAMETER, SEEN_BYTES, SEEN_BYTE)
GATHER(gather_floats, float, , SEEN_FLOAT, SEEN_FLOAT)
