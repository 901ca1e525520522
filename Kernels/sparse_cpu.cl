// The three products of a pruned layer over its surviving entries only, for CPU devices.
//
//   forward           Y[o,b]  = act( sum_i W[i,o] * X[i,b] + bias[o] ) over the entries of column o, i ascending
//   input gradient    dX[i,b] = gate( sum_o W[i,o] * dY[o,b] )         over the entries of row i, o ascending
//   weight gradient   g(i,o)  = sum_b X[i,b] * dY[o,b] at surviving entries, consumed by the optimizer at once
//
// Layouts: W [inputs, outputs] by columns: the entries of column o are indptr[o]..<indptr[o + 1]; `indices` holds their
// rows, ascending; `values` and the optimizer's slots are in the same order. By rows, the entries of row i are
// tindptr[i]..<tindptr[i + 1] of `tentries`: .x is the column, ascending, .y the place in `values`.
// X, dX [inputs, batch] and Y, dY [outputs, batch], batch contiguous.
//
// The sums of a row over SPARSE_VECTORS vectors of the batch stay in registers while its entries stream by, each with
// one scalar and a contiguous row of activations from L2, which is the limit. Where SPARSE_ROWS_ALIKE rows of the result
// that follow each other have entries in the same places, as where blocks of a weight are pruned, they are taken together
// over fewer vectors: each row of activations is read once for all of them. Pruned terms being exact zeros, forward and
// input gradient give the bits of the dense kernels. The weight gradient keeps a row of dY in registers, or takes some
// rows that are alike with four of X, and SPARSE_BLOCK rows of X at a time, since half of L2 holds them.
//
// Launch, local 1: forward, input gradient: global ceil(rows / SPARSE_ROWS), rows being outputs and inputs;
//   weight gradient: global (ceil(outputs / SPARSE_ROWS), ceil(inputs / SPARSE_BLOCK)).

#include "sparse_gradient_cpu.cl"

// The rows of the result from one on that are alike: `rows` of them are there, in whose place the last one stands in then.
// `row_at` and `place_at` give the operand's row of their entry k, and how far its value is after a row's first one, which
// is at `values + at[r]`.
#define ROWS(first, end, operand, row_at, place_at, finish)                                                   \
  for (int b = 0; b < BATCH; b += COLUMNS) {                                                                  \
    VECTOR sum[SPARSE_ROWS_ALIKE][SPARSE_VECTORS];                                                            \
    UNROLL for (int r = 0; r < SPARSE_ROWS_ALIKE; r++) {                                                      \
      UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) sum[r][c] = 0.0f;                                       \
    }                                                                                                         \
    for (int k = first; k < end; k++) {                                                                       \
      global const float *row = operand + (size_t)row_at * BATCH + b;                                         \
      const int place = place_at;                                                                             \
      VECTOR xs[SPARSE_VECTORS];                                                                              \
      UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) xs[c] = LOAD(c, row);                                   \
      UNROLL for (int r = 0; r < SPARSE_ROWS_ALIKE; r++) {                                                    \
        const VECTOR value = values[place + at[r]];                                                           \
        UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) sum[r][c] = fma(value, xs[c], sum[r][c]);             \
      }                                                                                                       \
    }                                                                                                         \
    UNROLL for (int r = 0; r < SPARSE_ROWS_ALIKE; r++) {                                                      \
      if (r < rows) UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) { finish }                                \
    }                                                                                                         \
  }

#define NO_BIAS
#define BIAS , global const float *restrict bias
#define FORWARD(name, bias_parameter, finished)                                                               \
  kernel SINGLE void name(const int outputs, const int batch, global const int *restrict indptr,              \
                          global const int *restrict indices, global const float *restrict values,            \
                          global const float *restrict X, global float *restrict Y bias_parameter) {          \
    const int o0 = get_group_id(0) * SPARSE_ROWS;                                                             \
    for (int o = o0; o < min(o0 + SPARSE_ROWS, outputs); o += SPARSE_ROWS_ALIKE) {                            \
      const int first = indptr[o], end = indptr[o + 1], rows = min(SPARSE_ROWS_ALIKE, outputs - o);           \
      int at[SPARSE_ROWS_ALIKE];                                                                              \
      UNROLL for (int r = 0; r < SPARSE_ROWS_ALIKE; r++) at[r] = min(r, rows - 1) * (end - first);            \
      ROWS(first, end, X, indices[k], k,                                                                      \
           STORE(finished(sum[r][c], o + r), c, Y + (size_t)(o + r) * BATCH + b);)                            \
    }                                                                                                         \
  }

#define PLAIN(x, output) (x)
#define RECTIFIED(x, output) RELU(VECTOR, x)
#define BIASED(x, output) ((x) + bias[output])
#define BIASED_RECTIFIED(x, output) RELU(VECTOR, BIASED(x, output))
FORWARD(sparse_forward, NO_BIAS, PLAIN)
FORWARD(sparse_forward_relu, NO_BIAS, RECTIFIED)
FORWARD(sparse_forward_bias, BIAS, BIASED)
FORWARD(sparse_forward_bias_relu, BIAS, BIASED_RECTIFIED)

#define INPUT_GRADIENT(name, gate)                                                                            \
  kernel SINGLE void name(const int inputs, const int batch, global const int *restrict tindptr,              \
                          global const int2 *restrict tentries, global const float *restrict values,          \
                          global const float *restrict dY, global const float *restrict X,                    \
                          global float *restrict dX) {                                                        \
    const int i0 = get_group_id(0) * SPARSE_ROWS;                                                             \
    for (int i = i0; i < min(i0 + SPARSE_ROWS, inputs); i += SPARSE_ROWS_ALIKE) {                             \
      const int first = tindptr[i], end = tindptr[i + 1], rows = min(SPARSE_ROWS_ALIKE, inputs - i);          \
      int at[SPARSE_ROWS_ALIKE];                                                                              \
      UNROLL for (int r = 0; r < SPARSE_ROWS_ALIKE; r++) at[r] = min(r, rows - 1);                            \
      ROWS(first, end, dY, tentries[k].x, tentries[k].y,                                                      \
           const size_t x = (size_t)(i + r) * BATCH + b; STORE(gate(c, X + x, sum[r][c]), c, dX + x);)        \
    }                                                                                                         \
  }

#define OPEN(c, x, sum) (sum)
#define GATED(c, x, sum) RELU_GATE(VECTOR, LOAD(c, x), sum)
INPUT_GRADIENT(sparse_input_gradient, OPEN)
INPUT_GRADIENT(sparse_input_gradient_gated, GATED)

// MARK: weight gradient

kernel SINGLE void sparse_weight_gradient_update(
    const int outputs, const int batch, global const int *restrict indptr, global const int *restrict indices,
    global const float *restrict X, global const float *restrict dY, global float *restrict values,
    SLOT_PARAMETERS global const StepState *restrict state) {
  const Rule rule = RULE(state);
  sparse_gradient_update(get_group_id(0), get_group_id(1), get_num_groups(1), outputs, 0, indptr, indices, X, dY,
                         values, SLOT_NAMES rule);
}
