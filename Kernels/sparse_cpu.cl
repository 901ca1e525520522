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
// one scalar and a contiguous row of activations from L2, which is the limit. Pruned terms being exact zeros, forward
// and input gradient give the bits of the dense kernels. The weight gradient keeps a row of dY in registers and takes
// SPARSE_BLOCK rows of X at a time, since half of L2 holds them.
//
// Launch, local 1: forward, input gradient: global ceil(rows / SPARSE_ROWS), rows being outputs and inputs;
//   weight gradient: global (ceil(outputs / SPARSE_ROWS), ceil(inputs / SPARSE_BLOCK)).

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
#ifndef SPARSE_BLOCK
#define SPARSE_BLOCK 512  // weight gradient: rows of X of a work-group
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
      global const float *row = operand + (size_t)row_at * BATCH + b;                                         \
      UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) sum[c] = fma(value, LOAD(c, row), sum[c]);              \
    }                                                                                                         \
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) { finish }                                                \
  }

#define NO_BIAS
#define BIAS , global const float *restrict bias
#define FORWARD(name, bias_parameter, finished)                                                               \
  kernel SINGLE void name(const int outputs, const int batch, global const int *restrict indptr,              \
                          global const int *restrict indices, global const float *restrict values,            \
                          global const float *restrict X, global float *restrict Y bias_parameter) {          \
    const int o0 = get_group_id(0) * SPARSE_ROWS;                                                             \
    for (int o = o0; o < min(o0 + SPARSE_ROWS, outputs); o++) {                                               \
      const int first = indptr[o], end = indptr[o + 1];                                                       \
      ROW(first, end, X, values[k], indices[k], STORE(finished(sum[c]), c, Y + (size_t)o * BATCH + b);)       \
    }                                                                                                         \
  }

#define PLAIN(x) (x)
#define RECTIFIED(x) RELU(VECTOR, x)
#define BIASED(x) ((x) + bias[o])
#define BIASED_RECTIFIED(x) RELU(VECTOR, BIASED(x))
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
    for (int i = i0; i < min(i0 + SPARSE_ROWS, inputs); i++) {                                                \
      const int first = tindptr[i], end = tindptr[i + 1];                                                     \
      ROW(first, end, dY, values[tentries[k].y], tentries[k].x,                                               \
          STORE(gate(c, X + (size_t)i * BATCH + b, sum[c]), c, dX + (size_t)i * BATCH + b);)                  \
    }                                                                                                         \
  }

#define OPEN(c, x, sum) (sum)
#define GATED(c, x, sum) RELU_GATE(VECTOR, LOAD(c, x), sum)
INPUT_GRADIENT(sparse_input_gradient, OPEN)
INPUT_GRADIENT(sparse_input_gradient_gated, GATED)

// The row of dY: in registers where it fits there.
#if BATCH == COLUMNS
#define ROW_VECTORS SPARSE_VECTORS
#define ROW_AT(c) row[c]
#define EACH_VECTOR UNROLL
#else
#define ROW_VECTORS 1
#define ROW_AT(c) LOAD(c, dy)
#define EACH_VECTOR
#endif

// The gradients of four entries, at `rows`: the scalar products of a row of dY with four of X.
INLINE float4 four_gradients(const VECTOR row[ROW_VECTORS], global const float *dy, global const float *X,
                             global const int *rows) {
  VECTOR sum[4];
  global const float *x[4];
  UNROLL for (int e = 0; e < 4; e++) {
    x[e] = X + (size_t)rows[e] * BATCH;
    sum[e] = 0.0f;
  }
  EACH_VECTOR for (int c = 0; c < BATCH / WIDTH; c++) {
    UNROLL for (int e = 0; e < 4; e++) sum[e] = fma(ROW_AT(c), LOAD(c, x[e]), sum[e]);
  }
  return JOIN(lane_sums, WIDTH)(sum[0], sum[1], sum[2], sum[3]);
}

// That of one entry: the same additions, so that the bits do not depend on an entry's place in its column.
INLINE float one_gradient(const VECTOR row[ROW_VECTORS], global const float *dy, global const float *x) {
  VECTOR sum = 0.0f;
  EACH_VECTOR for (int c = 0; c < BATCH / WIDTH; c++) sum = fma(ROW_AT(c), LOAD(c, x), sum);
  return JOIN(lane_sums, WIDTH)(sum, sum, sum, sum).x;
}

// Updates the entries from k on that one value of type T holds.
#define TAKE_SLOT(k, T, load) T slot##k = load(slots##k);
#define PUT_SLOT(k, T, store) store(slot##k, slots##k);
#define UPDATE(T, load, store, gradient)       \
  {                                            \
    T w = load(values);                        \
    EACH_SLOT_AS(TAKE_SLOT, T, load)           \
    UPDATE_ENTRY(T, rule, gradient, w);        \
    store(w, values);                          \
    EACH_SLOT_AS(PUT_SLOT, T, store)           \
  }
#define LOAD_MANY(from) LOAD(0, from + k)
#define STORE_MANY(value, to) STORE(value, 0, to + k)
#define LOAD_FOUR(from) vload4(0, from + k)
#define STORE_FOUR(value, to) vstore4(value, 0, to + k)
#define LOAD_ONE(from) from[k]
#define STORE_ONE(value, to) to[k] = value

kernel SINGLE void sparse_weight_gradient_update(
    const int outputs, const int batch, global const int *restrict indptr, global const int *restrict indices,
    global const float *restrict X, global const float *restrict dY, global float *restrict values,
    SLOT_PARAMETERS global const StepState *restrict state) {
  const Rule rule = RULE(state);
  const int o0 = get_group_id(0) * SPARSE_ROWS;
  const int block = get_group_id(1), blocks = get_num_groups(1);
  for (int o = o0; o < min(o0 + SPARSE_ROWS, outputs); o++) {
    int k = indptr[o], end = indptr[o + 1];
    if (block > 0) k = lower_bound(indices, k, end, block * SPARSE_BLOCK);
    if (block + 1 < blocks) end = lower_bound(indices, k, end, (block + 1) * SPARSE_BLOCK);
    global const float *dy = dY + (size_t)o * BATCH;
    VECTOR row[ROW_VECTORS];
    UNROLL for (int c = 0; c < ROW_VECTORS; c++) row[c] = LOAD(c, dy);
    // As many entries as a vector has lanes share one update: its division and its root take long.
    for (; k + WIDTH <= end; k += WIDTH) {
      float g[WIDTH];
      for (int j = 0; j < WIDTH; j += 4) vstore4(four_gradients(row, dy, X, indices + k + j), 0, g + j);
      UPDATE(VECTOR, LOAD_MANY, STORE_MANY, LOAD(0, g))
    }
    for (; k + 4 <= end; k += 4) UPDATE(float4, LOAD_FOUR, STORE_FOUR, four_gradients(row, dy, X, indices + k))
    for (; k < end; k++) UPDATE(float, LOAD_ONE, STORE_ONE, one_gradient(row, dy, X + (size_t)indices[k] * BATCH))
  }
}
