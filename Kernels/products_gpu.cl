// A work-item's part of a tile of each of a dense layer's products, and what is done to the sums of a weight's gradient: for
// the kernels of matmul_gpu.cl, which has the formulas and layouts, and network_gpu.cl.

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
                         global const float *X, const int2 tile, local Vector *panels_m, local Vector *panels_n,
                         Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {true, W, inputs, ldw};
  const Operand B = {true, X, inputs, batch};
  multiply(A, B, tile, inputs, panels_m, panels_n, sums);
}

INLINE void input_gradient_sums(const int inputs, const int outputs, const int ldw, const int batch,
                                global const float *W, global const float *dY, const int2 tile,
                                local Vector *panels_m, local Vector *panels_n, Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {false, W, inputs, ldw};
  const Operand B = {true, dY, outputs, batch};
  multiply(A, B, tile, outputs, panels_m, panels_n, sums);
}

INLINE void weight_gradient_sums(const int inputs, const int outputs, const int batch, global const float *X,
                                 global const float *dY, const int2 tile, local Vector *panels_m,
                                 local Vector *panels_n, Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {false, X, inputs, batch};
  const Operand B = {false, dY, outputs, batch};
  multiply(A, B, tile, batch, panels_m, panels_n, sums);
}

// Runs `statement` for each vector of the tile's sums inside [rows, stride], with `entry` its place there and `sum` its value.
#define FOR_EACH_SUM(tile, rows, stride, statement)                     \
  _Pragma("unroll") for (int m = 0; m < THREAD_M; m++) {                \
    _Pragma("unroll") for (int c = 0; c < VECTORS_N; c++) {             \
      const int row = row_of(tile, m);                                  \
      const int column = column_of(tile, c);                            \
      if (row < (rows) && column < (stride)) {                          \
        const size_t entry = (size_t)row * (stride) + column;           \
        const Vector sum = sums[m][c];                                  \
        statement;                                                      \
      }                                                                 \
    }                                                                   \
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
