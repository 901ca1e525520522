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

#include "gather_common.cl"

kernel void begin_epoch(global StepState *restrict state) {
  state->cursor = 0;
  state->count = 0;
  state->loss_sum = 0.0f;
  state->loss_carry = 0.0f;
  state->correct = 0;
  state->seen = 0;
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

#define GATHER(name, T, SCALES, NO_SCALES, square)                                                           \
  kernel void name(const int features, const int batch, const int height, const int width, const int4 view,  \
                   global const T *restrict images, global const int *restrict order,                        \
                   global const StepState *restrict state, SCALES global float *restrict x) {                \
    NO_SCALES                                                                                                \
    const int b = get_global_id(0) * GATHER_TILE;                                                            \
    const int f = get_global_id(1) * GATHER_TILE;                                                            \
    if (b >= batch || f >= features) return;                                                                 \
    AHEAD(T, images, order + state->cursor + b, min(GATHER_TILE, state->count - b), (size_t)features, f)     \
    square(f, b, features, batch, height, width, view, images, order + state->cursor, state->count,          \
           scales, x);                                                                                       \
  }

GATHER(gather_bytes, uchar, SCALES_PARAMETER, , square_of_bytes)
GATHER(gather_floats, float, , NO_SCALES, square_of_floats)
