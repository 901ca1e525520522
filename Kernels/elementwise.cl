// Operations on single entries, as kernels of their own: where no kernel before them does their work as it stores, and
// everywhere in the unfused plan, which the tests compare the fused one with.
//
//   relu_forward    y = max(x, 0)
//   relu_gate       dx = dy where activation > 0, else 0; dx is not the buffer of dy
//   add             y = a + b: the gradients of a tensor with several readers
//   add_into        y += a: the gradients of a weight by several batches
//   fill            y = value
//   mask_gradient   g = 0 where the mask is 0
//   parameter_update  a step of the optimizer (optimizers/); w and the slots become exactly 0 where the mask is 0
//   parts_update    a step of the optimizer by a gradient that is the sum of `parts` arrays, in their order
//
// Layouts: flat arrays of `count` entries; for weights, padding columns included (their mask is 0).
// Launch: global at least count, any local size. One work-item per entry.

kernel void relu_forward(const long count, global const float *restrict x, global float *restrict y) {
  const long i = get_global_id(0);
  if (i < count) y[i] = RELU(float, x[i]);
}

kernel void relu_gate(const long count, global const float *restrict activation, global const float *restrict dy,
                      global float *restrict dx) {
  const long i = get_global_id(0);
  if (i < count) dx[i] = RELU_GATE(float, activation[i], dy[i]);
}

kernel void add(const long count, global const float *restrict a, global const float *restrict b,
                global float *restrict y) {
  const long i = get_global_id(0);
  if (i < count) y[i] = a[i] + b[i];
}

kernel void add_into(const long count, global const float *restrict a, global float *restrict y) {
  const long i = get_global_id(0);
  if (i < count) y[i] += a[i];
}

kernel void fill(const long count, const float value, global float *restrict y) {
  const long i = get_global_id(0);
  if (i < count) y[i] = value;
}

kernel void mask_gradient(const long count, global const uchar *restrict mask, global float *restrict g) {
  const long i = get_global_id(0);
  if (i < count && mask[i] == 0) g[i] = 0.0f;
}

#ifdef SLOTS
#define TAKE_SLOT(k) float slot##k = slots##k[i];
#define PUT_SLOT(k) slots##k[i] = kept ? slot##k : 0.0f;

kernel void parameter_update(const long count, global const float *restrict g, global float *restrict w,
                             SLOT_PARAMETERS global const uchar *restrict mask,
                             global const StepState *restrict state) {
  const long i = get_global_id(0);
  if (i >= count) return;
  const bool kept = mask[i] != 0;
  const Rule rule = RULE(state);
  float weight = w[i];
  EACH_SLOT(TAKE_SLOT)
  UPDATE_ENTRY(float, rule, g[i], weight);
  w[i] = kept ? weight : 0.0f;
  EACH_SLOT(PUT_SLOT)
}

kernel void parts_update(const long count, const int parts, global const float *restrict g, global float *restrict w,
                         SLOT_PARAMETERS global const StepState *restrict state) {
  const long i = get_global_id(0);
  if (i >= count) return;
  const bool kept = true;
  const Rule rule = RULE(state);
  float sum = 0.0f;
  for (int part = 0; part < parts; part++) sum += g[part * count + i];
  float weight = w[i];
  EACH_SLOT(TAKE_SLOT)
  UPDATE_ENTRY(float, rule, sum, weight);
  w[i] = weight;
  EACH_SLOT(PUT_SLOT)
}
#endif
