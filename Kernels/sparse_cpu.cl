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

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef BATCH
#define BATCH 256  // the batch's stride, known when the program is built
#endif
#ifndef SPARSE_ROWS_ALIKE
#define SPARSE_ROWS_ALIKE 1  // 1, 2, 4 or 8 outputs, or inputs; the last ones may be fewer
#endif
#ifndef SPARSE_VECTORS
#define SPARSE_VECTORS 16  // vectors of the batch taken at a time: BATCH is a multiple of WIDTH * SPARSE_VECTORS
#endif
#ifndef SPARSE_ROWS
#define SPARSE_ROWS 8  // rows of a work-group, a multiple of those alike
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

// Weight gradient: the columns taken together, as many of those alike as leave registers for four rows of X.
#if WIDTH == 16 && SPARSE_ROWS_ALIKE >= 4
#define TOGETHER 4
#elif SPARSE_ROWS_ALIKE >= 2
#define TOGETHER 2
#else
#define TOGETHER 1
#endif

// The rows of dY: in registers where it is one that fits there.
#if BATCH == COLUMNS && TOGETHER == 1
#define ROW_VECTORS SPARSE_VECTORS
#define ROW_AT(r, c) row[c]
#define EACH_VECTOR UNROLL
#else
#define ROW_VECTORS 1
#define ROW_AT(r, c) LOAD(c, dy[r])
#define EACH_VECTOR
#endif

// The gradients of four entries, at `rows`, of each of the columns taken together: the scalar products of rows of dY with
// four of X.
INLINE void four_gradients(const VECTOR row[ROW_VECTORS], global const float *const dy[TOGETHER],
                           global const float *X, global const int *rows, float4 gradients[TOGETHER]) {
  VECTOR sum[TOGETHER][4];
  global const float *x[4];
  UNROLL for (int e = 0; e < 4; e++) {
    x[e] = X + (size_t)rows[e] * BATCH;
    UNROLL for (int r = 0; r < TOGETHER; r++) sum[r][e] = 0.0f;
  }
  EACH_VECTOR for (int c = 0; c < BATCH / WIDTH; c++) {
    UNROLL for (int e = 0; e < 4; e++) {
      const VECTOR xs = LOAD(c, x[e]);
      UNROLL for (int r = 0; r < TOGETHER; r++) sum[r][e] = fma(ROW_AT(r, c), xs, sum[r][e]);
    }
  }
  UNROLL for (int r = 0; r < TOGETHER; r++)
    gradients[r] = JOIN(lane_sums, WIDTH)(sum[r][0], sum[r][1], sum[r][2], sum[r][3]);
}

// That of one entry of one of these columns: the same additions, so that the bits do not depend on an entry's place in its
// column.
INLINE float one_gradient(const VECTOR row[ROW_VECTORS], global const float *const dy[TOGETHER], const int r,
                          global const float *x) {
  VECTOR sum = 0.0f;
  EACH_VECTOR for (int c = 0; c < BATCH / WIDTH; c++) sum = fma(ROW_AT(r, c), LOAD(c, x), sum);
  return JOIN(lane_sums, WIDTH)(sum, sum, sum, sum).x;
}

// Updates the entries from `at` on that one value of type T holds.
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
#define LOAD_MANY(from) LOAD(0, from + at)
#define STORE_MANY(value, to) STORE(value, 0, to + at)
#define LOAD_FOUR(from) vload4(0, from + at)
#define STORE_FOUR(value, to) vstore4(value, 0, to + at)
#define LOAD_ONE(from) from[at]
#define STORE_ONE(value, to) to[at] = value

// For each of the columns taken together that is there, the place of its entry k.
#define EACH_COLUMN for (int r = 0, at = k; r < columns; r++, at += count)

kernel SINGLE void sparse_weight_gradient_update(
    const int outputs, const int batch, global const int *restrict indptr, global const int *restrict indices,
    global const float *restrict X, global const float *restrict dY, global float *restrict values,
    SLOT_PARAMETERS global const StepState *restrict state) {
  const Rule rule = RULE(state);
  const int o0 = get_group_id(0) * SPARSE_ROWS;
  const int block = get_group_id(1), blocks = get_num_groups(1);
  for (int o = o0; o < min(o0 + SPARSE_ROWS, outputs); o += TOGETHER) {
    const int columns = min(TOGETHER, outputs - o);
    int k = indptr[o], end = indptr[o + 1];
    const int count = end - k;
    if (block > 0) k = lower_bound(indices, k, end, block * SPARSE_BLOCK);
    if (block + 1 < blocks) end = lower_bound(indices, k, end, (block + 1) * SPARSE_BLOCK);
    global const float *dy[TOGETHER];
    UNROLL for (int r = 0; r < TOGETHER; r++) dy[r] = dY + (size_t)(o + min(r, columns - 1)) * BATCH;
    VECTOR row[ROW_VECTORS];
    UNROLL for (int c = 0; c < ROW_VECTORS; c++) row[c] = LOAD(c, dy[0]);
    // As many entries as a vector has lanes share one update: its division and its root take long.
    for (; k + WIDTH <= end; k += WIDTH) {
      float g[TOGETHER][WIDTH];
      for (int j = 0; j < WIDTH; j += 4) {
        float4 four[TOGETHER];
        four_gradients(row, dy, X, indices + k + j, four);
        UNROLL for (int r = 0; r < TOGETHER; r++) vstore4(four[r], 0, g[r] + j);
      }
      EACH_COLUMN UPDATE(VECTOR, LOAD_MANY, STORE_MANY, LOAD(0, g[r]))
    }
    for (; k + 4 <= end; k += 4) {
      float4 four[TOGETHER];
      four_gradients(row, dy, X, indices + k, four);
      EACH_COLUMN UPDATE(float4, LOAD_FOUR, STORE_FOUR, four[r])
    }
    for (; k < end; k++)
      EACH_COLUMN UPDATE(float, LOAD_ONE, STORE_ONE, one_gradient(row, dy, r, X + (size_t)indices[k] * BATCH))
  }
}
