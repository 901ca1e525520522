// The three products of a pruned layer over its surviving entries only, for CPU devices.
//
//   forward           Y[o,b]  = act( sum_i W[i,o] * X[i,b] )           over the entries of column o, i ascending
//   input gradient    dX[i,b] = gate( sum_o W[i,o] * dY[o,b] )         over the entries of row i, o ascending
//   weight gradient   g(i,o)  = sum_b X[i,b] * dY[o,b] at surviving entries, consumed by Adam at once
//
// Layouts: W [inputs, outputs] in CSR: the entries of row i are indptr[i]..<indptr[i + 1]; `indices` holds their
// columns, ascending; `values`, m and s (Adam's moments) are in the same order. The transposed structure gives column
// o's entries as tindptr[o]..<tindptr[o + 1] of `tentries`: .x is the row, ascending, .y the place in `values`.
// X, dX [inputs, batch] and Y, dY [outputs, batch], batch contiguous.
//
// The sums of a row over SPARSE_VECTORS vectors of the batch stay in registers while its entries stream by, each with
// one scalar and a contiguous row of activations from L2. Pruned terms being exact zeros, forward and input gradient
// give the bits of the dense kernels.
//
// Launch: global ceil(rows / SPARSE_ROWS), local 1, where rows are outputs (forward) or inputs (the gradients).

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef BATCH
#define BATCH 256  // the batch's stride, known when the program is built
#endif
#ifndef SPARSE_VECTORS
#define SPARSE_VECTORS 16  // vectors of the batch taken at a time: BATCH is a multiple of WIDTH * SPARSE_VECTORS
#endif
#ifndef SPARSE_ROWS
#define SPARSE_ROWS 8  // rows of a work-group
#endif

#define VECTOR JOIN(float, WIDTH)
#define LOAD JOIN(vload, WIDTH)
#define STORE JOIN(vstore, WIDTH)
#define UNROLL _Pragma("unroll")
#define SINGLE __attribute__((reqd_work_group_size(1, 1, 1)))
#define COLUMNS (WIDTH * SPARSE_VECTORS)

// One row of the result: `value_at` and `row_at` give the scalar and the operand's row of entry k.
#define ROW(first, end, operand, value_at, row_at, finish)                                                    \
  for (int b = 0; b < BATCH; b += COLUMNS) {                                                                  \
    VECTOR sum[SPARSE_VECTORS];                                                                               \
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) sum[c] = 0.0f;                                            \
    for (int k = first; k < end; k++) {                                                                       \
      const VECTOR value = value_at;                                                                          \
      global const float *row = operand + row_at * BATCH + b;                                                 \
      UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) sum[c] = fma(value, LOAD(c, row), sum[c]);              \
    }                                                                                                         \
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) { finish }                                                \
  }

#define FORWARD(name, act)                                                                                    \
  kernel SINGLE void name(const int outputs, const int batch, global const int *restrict tindptr,             \
                          global const int2 *restrict tentries, global const float *restrict values,          \
                          global const float *restrict X, global float *restrict Y) {                         \
    const int o0 = get_group_id(0) * SPARSE_ROWS;                                                             \
    for (int o = o0; o < min(o0 + SPARSE_ROWS, outputs); o++) {                                               \
      const int first = tindptr[o], end = tindptr[o + 1];                                                     \
      ROW(first, end, X, values[tentries[k].y], tentries[k].x, STORE(act(sum[c]), c, Y + o * BATCH + b);)     \
    }                                                                                                         \
  }

#define PLAIN(x) (x)
#define RECTIFIED(x) RELU(VECTOR, x)
FORWARD(sparse_forward, PLAIN)
FORWARD(sparse_forward_relu, RECTIFIED)

#define INPUT_GRADIENT(name, gate)                                                                            \
  kernel SINGLE void name(const int inputs, const int batch, global const int *restrict indptr,               \
                          global const int *restrict indices, global const float *restrict values,            \
                          global const float *restrict dY, global const float *restrict X,                    \
                          global float *restrict dX) {                                                        \
    const int i0 = get_group_id(0) * SPARSE_ROWS;                                                             \
    for (int i = i0; i < min(i0 + SPARSE_ROWS, inputs); i++) {                                                \
      const int first = indptr[i], end = indptr[i + 1];                                                       \
      ROW(first, end, dY, values[k], indices[k], STORE(gate(c, X + i * BATCH + b, sum[c]), c, dX + i * BATCH + b);) \
    }                                                                                                         \
  }

#define OPEN(c, x, sum) (sum)
#define GATED(c, x, sum) RELU_GATE(VECTOR, LOAD(c, x), sum)
INPUT_GRADIENT(sparse_input_gradient, OPEN)
INPUT_GRADIENT(sparse_input_gradient_gated, GATED)

// The sum of a vector's lanes, halved pairwise.
#if WIDTH == 16
#define HALVE(v) const float8 eight = v.lo + v.hi; const float4 four = eight.lo + eight.hi;
#elif WIDTH == 8
#define HALVE(v) const float4 four = v.lo + v.hi;
#else
#define HALVE(v) const float4 four = v;
#endif
inline float lanes_sum(const VECTOR v) {
  HALVE(v)
  const float2 two = four.lo + four.hi;
  return two.x + two.y;
}

// The gradient of entry k: the scalar product of two rows. `xs` holds the first one where it fits the registers.
inline float gradient_at(const VECTOR xs[SPARSE_VECTORS], global const float *restrict x,
                         global const float *restrict dy) {
  VECTOR even = 0.0f, odd = 0.0f;
#if BATCH == COLUMNS
  UNROLL for (int c = 0; c < SPARSE_VECTORS - 1; c += 2) {
    even = fma(xs[c], LOAD(c, dy), even);
    odd = fma(xs[c + 1], LOAD(c + 1, dy), odd);
  }
#if SPARSE_VECTORS % 2
  even = fma(xs[SPARSE_VECTORS - 1], LOAD(SPARSE_VECTORS - 1, dy), even);
#endif
#else
  for (int c = 0; c < BATCH / WIDTH; c++) even = fma(LOAD(c, x), LOAD(c, dy), even);
#endif
  return lanes_sum(even + odd);
}

kernel SINGLE void sparse_weight_gradient_adam(
    const int inputs, const int batch, global const int *restrict indptr, global const int *restrict indices,
    global const float *restrict X, global const float *restrict dY, global float *restrict values,
    global float *restrict m, global float *restrict s, global const StepState *restrict state, const float beta1,
    const float beta2, const float epsilon) {
  const float step_size = state->step_size, correction = state->inverse_root_correction;
  const int i0 = get_group_id(0) * SPARSE_ROWS;
  for (int i = i0; i < min(i0 + SPARSE_ROWS, inputs); i++) {
    global const float *x = X + i * BATCH;
    VECTOR xs[SPARSE_VECTORS];
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) xs[c] = LOAD(c, x);
    const int end = indptr[i + 1];
    int k = indptr[i];
    // WIDTH entries at a time share one vectorised update; the rest of the row is updated one by one.
    for (; k + WIDTH <= end; k += WIDTH) {
      float g[WIDTH];
      UNROLL for (int j = 0; j < WIDTH; j++) g[j] = gradient_at(xs, x, dY + indices[k + j] * BATCH);
      VECTOR w = LOAD(0, values + k), mm = LOAD(0, m + k), vv = LOAD(0, s + k);
      ADAM(VECTOR, LOAD(0, g), w, mm, vv, step_size, correction, beta1, beta2, epsilon);
      STORE(w, 0, values + k);
      STORE(mm, 0, m + k);
      STORE(vv, 0, s + k);
    }
    for (; k < end; k++) {
      const float g = gradient_at(xs, x, dY + indices[k] * BATCH);
      float w = values[k], mm = m[k], vv = s[k];
      ADAM(float, g, w, mm, vv, step_size, correction, beta1, beta2, epsilon);
      values[k] = w;
      m[k] = mm;
      s[k] = vv;
    }
  }
}
