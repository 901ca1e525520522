// Dropout (Srivastava et al. 2014), and its gradient, which is the same of dy.
//
//   dropout   y[f, b] = x[f, b] factor where bits(f, b) >= threshold, else 0
//
// with factor = 1 / (1 - rate) and threshold = rate 2^32. The bits are a hash of the seed, the tensor, the step, the feature
// and the column of the batch, and of nothing else: the CPU backend makes the same ones (DropoutMask).
//
// Layouts: a pixel is a row of `stride` floats, one for each image; where it lies, a view says (row_of_feature in common.cl).
// Launch: global (at most stride / ROW_VECTOR, at least count); any local size. A work-item takes every n-th vector of a
// row, n being the first size: on a CPU device, where it is 1, the whole row.

#ifndef ROW_VECTOR
#define ROW_VECTOR 16  // Floats taken at a time: 16, or 4 for GPUs
#endif

typedef JOIN(float, ROW_VECTOR) Vector;
typedef JOIN(uint, ROW_VECTOR) Bits;
typedef JOIN(int, ROW_VECTOR) Lanes;

HASH(Bits, hashed_lanes)

kernel void dropout(const int count, const int stride, const int height, const int width, const int4 view,
                    global const StepState *restrict state, const uint seed_low, const uint seed_high,
                    const uint tensor, const uint threshold, const float factor, global const float *restrict x,
                    global float *restrict y) {
  const int f = get_global_id(1);
  if (f >= count) return;
  const size_t first = (size_t)row_of_feature(view, f, height, width) * stride;
  const uint row_key = hashed(step_key(seed_low, seed_high, tensor, state) + (uint)f);
  for (int v = get_global_id(0); v < stride / ROW_VECTOR; v += get_global_size(0)) {
    const Bits bits = hashed_lanes(JOIN(vload, ROW_VECTOR)(0, LANES) + (uint)(v * ROW_VECTOR) + row_key);
    const Vector value = ((global const Vector *)(x + first))[v] * factor;
    const Lanes kept = bits >= (Bits)(threshold);
    ((global Vector *)(y + first))[v] = select((Vector)(0.0f), value, kept);
  }
}
