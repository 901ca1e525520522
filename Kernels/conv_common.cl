// What kernels of convolutions share: which taps read a pixel, and what is done to a sum before it is stored.
// To be included once VALUE is defined: the vector of floats that a work-item stores at a time.

// The taps in step with a pixel by which pixels of dY read it, as (first, end, all), the last with those that would read it
// from outside dY. `reach` is the pixel plus the padding; the j-th of the taps is reach % step + j * step, and belongs to the
// pixel reach / step - j of dY.
INLINE int3 taps_of(const int reach, const int step, const int kernel_size, const int pixels) {
  const int all = (kernel_size - reach % step + step - 1) / step;
  const int end = min(all, reach / step + 1);
  return (int3)(min(max(0, reach / step - pixels + 1), end), end, all);
}

// How many taps of a filter come before those of a phase, in one direction; and in both, when they lie by phases, rows first,
// of the phase of a pixel. By scalars: Oclgrind fails on min() of a vector and a scalar.
INLINE int taps_before(const int phase, const int step, const int kernel_size) {
  return phase * (kernel_size / step) + min(phase, kernel_size % step);
}
INLINE int first_tap(const int reach_y, const int reach_x, const int step, const int kernel_size) {
  const int y = reach_y % step, x = reach_x % step, rows = (kernel_size - y + step - 1) / step;
  return taps_before(y, step, kernel_size) * kernel_size + rows * taps_before(x, step, kernel_size);
}

#define SCALE 1    // times scale[channel] plus shift[channel], in one rounding
#define SHIFT 2    // plus shift[channel]
#define ADD 4      // plus the entry of `other`
#define RECTIFY 8  // ReLU
#define GATE 16    // 0 where the entry of `gate` is not positive

typedef struct {
  int steps;  // which of these, in this order
  global const float *scale, *shift, *other, *gate;
  int4 other_view, gate_view;
} Finish;

// One of these steps, for a value of a channel at pixel (y, x) and the images from b on.
INLINE VALUE step_of(const int step, const Finish finish, const VALUE value, const int channel, const int y, const int x,
                     const int b, const int stride) {
  if (step == SCALE) return fma(value, (VALUE)(finish.scale[channel]), (VALUE)(finish.shift[channel]));
  if (step == SHIFT) return value + finish.shift[channel];
  if (step == RECTIFY) return RELU(VALUE, value);
  const int row = row_at(step == ADD ? finish.other_view : finish.gate_view, channel, y, x);
  const VALUE entry = *(global const VALUE *)((step == ADD ? finish.other : finish.gate) + (size_t)row * stride + b);
  return step == ADD ? value + entry : RELU_GATE(VALUE, entry, value);
}

// Runs `statement` for each of the steps that there are, with `step` its constant.
#define FOR_EACH_STEP(finish, statement)                     \
  if (finish.steps & SCALE) { const int step = SCALE; statement } \
  if (finish.steps & SHIFT) { const int step = SHIFT; statement } \
  if (finish.steps & ADD) { const int step = ADD; statement } \
  if (finish.steps & RECTIFY) { const int step = RECTIFY; statement } \
  if (finish.steps & GATE) { const int step = GATE; statement }
