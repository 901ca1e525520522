// ReLU, as a kernel of its own: y = max(x, 0).
//
// In the fused plan this is part of the matmul's store; the unfused plan, which the tests compare it with, runs this.
//
// Layout: x and y are [features, batch], `count` floats each. One work-item per float.

kernel void relu_forward(const int count, global const float *restrict x, global float *restrict y) {
  const int i = get_global_id(0);
  if (i < count) y[i] = fmax(x[i], 0.0f);
}
