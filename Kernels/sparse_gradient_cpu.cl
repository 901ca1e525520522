// The weight gradient of a layer over its surviving entries with the update that takes it, for CPU devices: a work-group's
// columns. Included by sparse_cpu.cl, which describes it, and network_update_cpu.cl.
//
// RUN columns of a row of activations follow each other, and RUN floats after its begin the next row does; the next columns are
// `apart` floats after these.

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
#ifndef RUN
#define RUN BATCH
#endif

// Weight gradient: the columns taken together, as many of those alike as leave registers for four rows of X.
#if WIDTH == 16 && SPARSE_ROWS_ALIKE >= 4
#define TOGETHER 4
#elif SPARSE_ROWS_ALIKE >= 2
#define TOGETHER 2
#else
#define TOGETHER 1
#endif

// Vector c of a row of activations that begins at `from`.
#define VECTOR_AT(from, c) LOAD((c) % (RUN / WIDTH), (from) + (c) / (RUN / WIDTH) * apart)

// The rows of dY: in registers where it is one that fits there.
#if BATCH == COLUMNS && TOGETHER == 1
#define ROW_VECTORS SPARSE_VECTORS
#define ROW_AT(r, c) row[c]
#define EACH_VECTOR UNROLL
#else
#define ROW_VECTORS 1
#define ROW_AT(r, c) VECTOR_AT(dy[r], c)
#define EACH_VECTOR
#endif

// The gradients of four entries, at `rows`, of each of the columns taken together: the scalar products of rows of dY with
// four of X.
INLINE void four_gradients(const VECTOR row[ROW_VECTORS], global const float *const dy[TOGETHER],
                           global const float *X, global const int *rows, const size_t apart,
                           float4 gradients[TOGETHER]) {
  VECTOR sum[TOGETHER][4];
  global const float *x[4];
  UNROLL for (int e = 0; e < 4; e++) {
    x[e] = X + (size_t)rows[e] * RUN;
    UNROLL for (int r = 0; r < TOGETHER; r++) sum[r][e] = 0.0f;
  }
  EACH_VECTOR for (int c = 0; c < BATCH / WIDTH; c++) {
    UNROLL for (int e = 0; e < 4; e++) {
      const VECTOR xs = VECTOR_AT(x[e], c);
      UNROLL for (int r = 0; r < TOGETHER; r++) sum[r][e] = fma(ROW_AT(r, c), xs, sum[r][e]);
    }
  }
  UNROLL for (int r = 0; r < TOGETHER; r++)
    gradients[r] = JOIN(lane_sums, WIDTH)(sum[r][0], sum[r][1], sum[r][2], sum[r][3]);
}

// That of one entry of one of these columns: the same additions, so that the bits do not depend on an entry's place in its
// column.
INLINE float one_gradient(const VECTOR row[ROW_VECTORS], global const float *const dy[TOGETHER], const int r,
                          global const float *x, const size_t apart) {
  VECTOR sum = 0.0f;
  EACH_VECTOR for (int c = 0; c < BATCH / WIDTH; c++) sum = fma(ROW_AT(r, c), VECTOR_AT(x, c), sum);
  return JOIN(lane_sums, WIDTH)(sum, sum, sum, sum).x;
}

// Updates the entries from `at` on that one value of type T holds.
#define TAKE_ENTRY(k, T, load) T slot##k = load(slots##k);
#define PUT_ENTRY(k, T, store) store(slot##k, slots##k);
#define UPDATE(T, load, store, gradient)       \
  {                                            \
    T w = load(values);                        \
    EACH_SLOT_AS(TAKE_ENTRY, T, load)           \
    UPDATE_ENTRY(T, rule, gradient, w);        \
    store(w, values);                          \
    EACH_SLOT_AS(PUT_ENTRY, T, store)           \
  }
#define LOAD_MANY(from) LOAD(0, from + at)
#define STORE_MANY(value, to) STORE(value, 0, to + at)
#define LOAD_FOUR(from) vload4(0, from + at)
#define STORE_FOUR(value, to) vstore4(value, 0, to + at)
#define LOAD_ONE(from) from[at]
#define STORE_ONE(value, to) to[at] = value

// For each of the columns taken together that is there, the place of its entry k.
#define EACH_COLUMN for (int r = 0, at = k; r < columns; r++, at += count)

// The update by the share of a group: of columns `across`, and of the block `block` of rows, of so many.
#define SLOT_POINTER(k) global float *slots##k,
INLINE void sparse_gradient_update(const int across, const int block, const int blocks, const int outputs,
                                   const size_t apart, global const int *indptr, global const int *indices,
                                   global const float *X, global const float *dY, global float *values,
                                   EACH_SLOT(SLOT_POINTER) const Rule rule) {
  const int o0 = across * SPARSE_ROWS;
  for (int o = o0; o < min(o0 + SPARSE_ROWS, outputs); o += TOGETHER) {
    const int columns = min(TOGETHER, outputs - o);
    int k = indptr[o], end = indptr[o + 1];
    const int count = end - k;
    if (block > 0) k = lower_bound(indices, k, end, block * SPARSE_BLOCK);
    if (block + 1 < blocks) end = lower_bound(indices, k, end, (block + 1) * SPARSE_BLOCK);
    global const float *dy[TOGETHER];
    UNROLL for (int r = 0; r < TOGETHER; r++) dy[r] = dY + (size_t)(o + min(r, columns - 1)) * RUN;
    VECTOR row[ROW_VECTORS];
    UNROLL for (int c = 0; c < ROW_VECTORS; c++) row[c] = VECTOR_AT(dy[0], c);
    // As many entries as a vector has lanes share one update: its division and its root take long.
    for (; k + WIDTH <= end; k += WIDTH) {
      float g[TOGETHER][WIDTH];
      for (int j = 0; j < WIDTH; j += 4) {
        float4 four[TOGETHER];
        four_gradients(row, dy, X, indices + k + j, apart, four);
        UNROLL for (int r = 0; r < TOGETHER; r++) vstore4(four[r], 0, g[r] + j);
      }
      EACH_COLUMN UPDATE(VECTOR, LOAD_MANY, STORE_MANY, LOAD(0, g[r]))
    }
    for (; k + 4 <= end; k += 4) {
      float4 four[TOGETHER];
      four_gradients(row, dy, X, indices + k, apart, four);
      EACH_COLUMN UPDATE(float4, LOAD_FOUR, STORE_FOUR, four[r])
    }
    for (; k < end; k++)
      EACH_COLUMN UPDATE(float, LOAD_ONE, STORE_ONE,
                         one_gradient(row, dy, r, X + (size_t)indices[k] * RUN, apart))
  }
}
