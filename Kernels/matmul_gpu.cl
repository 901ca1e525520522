// The three matrix products of a dense layer, for GPUs.
//
//   matmul_forward          Y[o, b]  = sum_i W[i, o] X[i, b]        _bias: plus bias[o]; _relu: max(0, Y)
//   matmul_input_gradient   dX[i, b] = sum_o W[i, o] dY[o, b]       _gated: 0 where X[i, b] <= 0
//   matmul_weight_gradient  G[i, o]  = sum_b X[i, b] dY[o, b]       _update, _update_masked: G is not written, but
//                                                                   applied: the optimizer's step of W and slots
//
// Layouts: W, slots, mask and G are [inputs, ldw], X and dX [inputs, batch], Y and dY [outputs, batch]. ldw and batch
// are multiples of 16, buffers start at a multiple of 64 bytes. The columns of W from `outputs` on are zeros; G's are
// written as zeros, those of W and of the slots stay zeros.
//
// The tiles, the geometry and the macros are those of panels_gpu.cl, with
//   (M, N) = (outputs, batch) forward, (inputs, batch) for the input gradient, (inputs, ldw) for the weight gradient.

#include "products_gpu.cl"

#define FORWARD(name, act)                                                                                     \
  KERNEL name(const int inputs, const int outputs, const int ldw, const int batch,                             \
              global const float *restrict W, global const float *restrict X, global float *restrict Y) {      \
    DECLARE_PANELS;                                                                                            \
    Vector sums[THREAD_M][VECTORS_N];                                                                          \
    forward_sums(inputs, ldw, batch, W, X, OWN_TILE, panels_m, panels_n, sums);                                \
    FOR_EACH_SUM(OWN_TILE, outputs, batch, STORE(Y + entry, act(sum)))                                         \
  }
#define FORWARD_BIAS(name, act)                                                                                \
  KERNEL name(const int inputs, const int outputs, const int ldw, const int batch,                             \
              global const float *restrict W, global const float *restrict X, global float *restrict Y,        \
              global const float *restrict bias) {                                                             \
    DECLARE_PANELS;                                                                                            \
    Vector sums[THREAD_M][VECTORS_N];                                                                          \
    forward_sums(inputs, ldw, batch, W, X, OWN_TILE, panels_m, panels_n, sums);                                \
    FOR_EACH_SUM(OWN_TILE, outputs, batch, STORE(Y + entry, act(sum + bias[row])))                             \
  }

#define PLAIN(x) (x)
#define RECTIFIED(x) RELU(Vector, (x))
FORWARD(matmul_forward, PLAIN)
FORWARD(matmul_forward_relu, RECTIFIED)
FORWARD_BIAS(matmul_forward_bias, PLAIN)
FORWARD_BIAS(matmul_forward_bias_relu, RECTIFIED)

KERNEL matmul_input_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                             global const float *restrict W, global const float *restrict dY,
                             global const float *restrict X, global float *restrict dX) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  input_gradient_sums(inputs, outputs, ldw, batch, W, dY, OWN_TILE, panels_m, panels_n, sums);
  FOR_EACH_SUM(OWN_TILE, inputs, batch, STORE(dX + entry, sum))
}

KERNEL matmul_input_gradient_gated(const int inputs, const int outputs, const int ldw, const int batch,
                                   global const float *restrict W, global const float *restrict dY,
                                   global const float *restrict X, global float *restrict dX) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  input_gradient_sums(inputs, outputs, ldw, batch, W, dY, OWN_TILE, panels_m, panels_n, sums);
  FOR_EACH_SUM(OWN_TILE, inputs, batch, STORE(dX + entry, RELU_GATE(Vector, LOAD(X + entry), sum)))
}

KERNEL matmul_weight_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                              global const float *restrict X, global const float *restrict dY,
                              global float *restrict G) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, OWN_TILE, panels_m, panels_n, sums);
  FOR_EACH_SUM(OWN_TILE, inputs, ldw, STORE(G + entry, sum))
}

KERNEL matmul_weight_gradient_update(const int inputs, const int outputs, const int ldw, const int batch,
                                     global const float *restrict X, global const float *restrict dY,
                                     global float *restrict W,
                                     SLOT_PARAMETERS global const StepState *restrict state) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, OWN_TILE, panels_m, panels_n, sums);
  const Rule rule = RULE(state);
  const Lanes lane = JOIN(convert_int, VECTOR)(JOIN(vload, VECTOR)(0, LANES));
  FOR_EACH_SUM(OWN_TILE, inputs, ldw, UPDATE_KEPT((Lanes)(column) + lane < (Lanes)(outputs)))
}

KERNEL matmul_weight_gradient_update_masked(const int inputs, const int outputs, const int ldw, const int batch,
                                            global const float *restrict X, global const float *restrict dY,
                                            global float *restrict W,
                                            SLOT_PARAMETERS global const StepState *restrict state,
                                            global const uchar *restrict mask) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, OWN_TILE, panels_m, panels_n, sums);
  const Rule rule = RULE(state);
  FOR_EACH_SUM(OWN_TILE, inputs, ldw,
               UPDATE_KEPT(JOIN(convert_int, VECTOR)(*(global const JOIN(uchar, VECTOR) *)(mask + entry)) != 0))
}
