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

// An operand of the product: a matrix [rows, stride], zero outside it. `across`: the depth of the product runs down its
// rows, and a vector spans columns. Otherwise the depth runs along its rows.
typedef struct {
  bool across;
  global const float *data;
  int rows;
  int stride;
} Operand;

#include "panels_gpu.cl"

INLINE Vector fetch(const Operand operand, const int d, const int n) {
  const int row = operand.across ? d : n, column = operand.across ? n : d;
  if (row >= operand.rows || column >= operand.stride) return (Vector)(0.0f);
  return LOAD(operand.data + (size_t)row * operand.stride + column);
}

// What the kernels have in common. The operands are those of the formulas, in this order.
INLINE void forward_sums(const int inputs, const int ldw, const int batch, global const float *W,
                         global const float *X, local Vector *panels_m, local Vector *panels_n,
                         Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {true, W, inputs, ldw};
  const Operand B = {true, X, inputs, batch};
  multiply(A, B, inputs, panels_m, panels_n, sums);
}

INLINE void input_gradient_sums(const int inputs, const int outputs, const int ldw, const int batch,
                                global const float *W, global const float *dY, local Vector *panels_m,
                                local Vector *panels_n, Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {false, W, inputs, ldw};
  const Operand B = {true, dY, outputs, batch};
  multiply(A, B, outputs, panels_m, panels_n, sums);
}

INLINE void weight_gradient_sums(const int inputs, const int outputs, const int batch, global const float *X,
                                 global const float *dY, local Vector *panels_m, local Vector *panels_n,
                                 Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {false, X, inputs, batch};
  const Operand B = {false, dY, outputs, batch};
  multiply(A, B, batch, panels_m, panels_n, sums);
}

// Runs `statement` for each vector of sums inside [rows, stride], with `entry` its place there and `sum` its value.
#define FOR_EACH_SUM(rows, stride, statement)                           \
  _Pragma("unroll") for (int m = 0; m < THREAD_M; m++) {                \
    _Pragma("unroll") for (int c = 0; c < VECTORS_N; c++) {             \
      const int row = row_of(m);                                        \
      const int column = column_of(c);                                  \
      if (row < (rows) && column < (stride)) {                          \
        const size_t entry = (size_t)row * (stride) + column;           \
        const Vector sum = sums[m][c];                                  \
        statement;                                                      \
      }                                                                 \
    }                                                                   \
  }

#define FORWARD(name, act)                                                                                     \
  KERNEL name(const int inputs, const int outputs, const int ldw, const int batch,                             \
              global const float *restrict W, global const float *restrict X, global float *restrict Y) {      \
    DECLARE_PANELS;                                                                                            \
    Vector sums[THREAD_M][VECTORS_N];                                                                          \
    forward_sums(inputs, ldw, batch, W, X, panels_m, panels_n, sums);                                          \
    FOR_EACH_SUM(outputs, batch, STORE(Y + entry, act(sum)))                                                   \
  }
#define FORWARD_BIAS(name, act)                                                                                \
  KERNEL name(const int inputs, const int outputs, const int ldw, const int batch,                             \
              global const float *restrict W, global const float *restrict X, global float *restrict Y,        \
              global const float *restrict bias) {                                                             \
    DECLARE_PANELS;                                                                                            \
    Vector sums[THREAD_M][VECTORS_N];                                                                          \
    forward_sums(inputs, ldw, batch, W, X, panels_m, panels_n, sums);                                          \
    FOR_EACH_SUM(outputs, batch, STORE(Y + entry, act(sum + bias[row])))                                       \
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
  input_gradient_sums(inputs, outputs, ldw, batch, W, dY, panels_m, panels_n, sums);
  FOR_EACH_SUM(inputs, batch, STORE(dX + entry, sum))
}

KERNEL matmul_input_gradient_gated(const int inputs, const int outputs, const int ldw, const int batch,
                                   global const float *restrict W, global const float *restrict dY,
                                   global const float *restrict X, global float *restrict dX) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  input_gradient_sums(inputs, outputs, ldw, batch, W, dY, panels_m, panels_n, sums);
  FOR_EACH_SUM(inputs, batch, STORE(dX + entry, RELU_GATE(Vector, LOAD(X + entry), sum)))
}

KERNEL matmul_weight_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                              global const float *restrict X, global const float *restrict dY,
                              global float *restrict G) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, panels_m, panels_n, sums);
  FOR_EACH_SUM(inputs, ldw, STORE(G + entry, sum))
}

#define TAKE_SLOT(k) Vector slot##k = LOAD(slots##k + entry);
#define PUT_SLOT(k) STORE(slots##k + entry, select(zero, slot##k, kept));

// The optimizer's step of the vector of weights at `entry`, whose gradient is `sum`. Entries that are not kept become (or
// stay) exactly 0.
#define UPDATE_KEPT(is_kept)                      \
  {                                               \
    const Lanes kept = is_kept;                   \
    const Vector zero = (Vector)(0.0f);           \
    Vector weight = LOAD(W + entry);              \
    EACH_SLOT(TAKE_SLOT)                          \
    UPDATE_ENTRY(Vector, rule, sum, weight);      \
    STORE(W + entry, select(zero, weight, kept)); \
    EACH_SLOT(PUT_SLOT)                           \
  }

KERNEL matmul_weight_gradient_update(const int inputs, const int outputs, const int ldw, const int batch,
                                     global const float *restrict X, global const float *restrict dY,
                                     global float *restrict W,
                                     SLOT_PARAMETERS global const StepState *restrict state) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, panels_m, panels_n, sums);
  const Rule rule = RULE(state);
  const Lanes lane = JOIN(convert_int, VECTOR)(JOIN(vload, VECTOR)(0, LANES));
  FOR_EACH_SUM(inputs, ldw, UPDATE_KEPT((Lanes)(column) + lane < (Lanes)(outputs)))
}

KERNEL matmul_weight_gradient_update_masked(const int inputs, const int outputs, const int ldw, const int batch,
                                            global const float *restrict X, global const float *restrict dY,
                                            global float *restrict W,
                                            SLOT_PARAMETERS global const StepState *restrict state,
                                            global const uchar *restrict mask) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, panels_m, panels_n, sums);
  const Rule rule = RULE(state);
  FOR_EACH_SUM(inputs, ldw,
               UPDATE_KEPT(JOIN(convert_int, VECTOR)(*(global const JOIN(uchar, VECTOR) *)(mask + entry)) != 0))
}
