// The products of network_cpu.cl for blocks of 16 images and more: vectors lie along the images, and a tile of TILE_ROWS outputs
// by TILE_VECTORS vectors stays in registers. Included by it.

#define LOAD(i, from) (((global const VALUE *)(from))[i])
#define STORE(value, i, to) (((global VALUE *)(to))[i] = (value))
#define COLUMNS (WIDTH * TILE_VECTORS)
#define BLOCK_VECTORS (BLOCK / WIDTH)

#define TAIL_ROWS (PANEL % TILE_ROWS)  // of the last tile of a panel, where TILE_ROWS do not fill it

// Tiles of rows t on until `most` of a panel are done: `tile` takes how many it has, a constant.
#if TAIL_ROWS
#define FOR_TILES(most, tile)                                                                                  \
  {                                                                                                            \
    int t = 0;                                                                                                 \
    for (; t < PANEL - TAIL_ROWS && most - t > TAIL_ROWS; t += TILE_ROWS) tile(TILE_ROWS);                     \
    if (t < most) tile(TAIL_ROWS);                                                                             \
  }
#else
#define FOR_TILES(most, tile) for (int t = 0; t < most; t += TILE_ROWS) tile(TILE_ROWS);
#endif

// Adds the products of a row of images with weights of `rows` results.
#define ADD_PRODUCTS(rows, weight_of, row, sum)                                                                \
  {                                                                                                            \
    VALUE values[TILE_VECTORS];                                                                                \
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) values[c] = LOAD(c, row);                                    \
    UNROLL for (int r = 0; r < rows; r++) {                                                                    \
      const VALUE weight = weight_of(r);                                                                       \
      UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, values[c], sum[r][c]);             \
    }                                                                                                          \
  }

// `rows` outputs from o on, of a panel at pixel (y, x), for the images from n on. `tile` counts the panel's tiles.
INLINE void dense_tile(const int rows, const Work work, const bool has_taps, global const float *weights, const int o,
                       const int y, const int x, const int n, const int tile) {
  const int depth = work.at->depth, outputs = work.at->outputs;
  global const int *taps = work.program + work.at->taps;
  global const float *X = X_OF(work, y, x) + n;
  VALUE sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = 0.0f;
  }
#define WEIGHT(r) weights[r]
  // Weights of layers without pixels come from behind the L2 cache, each once for a block: while a panel is computed, the next
  // one's are on their way, a line with four rows of each tile. Four tiles ask for all of them.
  global const float *next = weights + (size_t)(depth + min(tile, 3) * (depth / 4)) * PANEL;
  int k = 0;
  for (; k + 4 <= depth; k += 4) {
    if (!has_taps) SOON(next, false);
    next += PANEL;
    UNROLL for (int j = 0; j < 4; j++, weights += PANEL)
      ADD_PRODUCTS(rows, WEIGHT, X + (size_t)(has_taps ? taps[k + j] : k + j) * BLOCK, sum)
  }
  for (; k < depth; k++, weights += PANEL)
    ADD_PRODUCTS(rows, WEIGHT, X + (size_t)(has_taps ? taps[k] : k) * BLOCK, sum)
#undef WEIGHT
  // Past the last output its own numbers stand in, and nothing is stored.
  FOR_EACH_STEP(work.finish, UNROLL for (int r = 0; r < rows; r++) {
    const int output = min(o + r, outputs - 1);
    UNROLL for (int c = 0; c < TILE_VECTORS; c++)
      sum[r][c] = step_of(step, work.finish, sum[r][c], output, y, x, n + c * WIDTH, BLOCK);
  })
  UNROLL for (int r = 0; r < rows; r++) {
    if (o + r >= outputs) continue;
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) STORE(sum[r][c], c, Y_OF(work, o + r, y, x) + n);
  }
}

// Panel by panel, whose weights stay in the caches; side by side lie pixels that share what they read.
INLINE void dense_step(const Work work, const bool has_taps) {
  const int outputs = work.at->outputs;
  for (int o = 0; o < outputs; o += PANEL) {
    global const float *panel = work.weights + (size_t)o * work.at->depth;
    const int most = min(PANEL, outputs - o);
    for (int y = 0; y < work.at->height; y++) {
      for (int x = 0; x < work.at->width; x++) {
        for (int n = 0, tile = 0; n < BLOCK; n += COLUMNS) {
#define TILE(rows) dense_tile(rows, work, has_taps, panel + t, o + t, y, x, n, tile++)
          FOR_TILES(most, TILE)
#undef TILE
        }
      }
    }
  }
}

// Adds the entries from k to `end` to a sum.
INLINE void add_entries(int k, const int end, global const int *rows, global const float *values,
                        global const float *X, VALUE sum[BLOCK_VECTORS]) {
  for (; k < end; k++) {
    global const float *row = X + (size_t)rows[k] * BLOCK;
    const VALUE value = values[k];
    UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) sum[c] = fma(value, LOAD(c, row), sum[c]);
  }
}

// The sums of a sparse product, by tiles of the rows that it reads: `tiles` holds their number, and where the items of each end.
// An item is a result, and how many entries it has there; entries follow each other as items do. Between tiles sums lie where
// `place` says of a result, which is where `finish` puts them at last.
//
// Two results are taken at a time: the chain of one would wait for each fma.
#define TAKE_SUM(sum, result)                                                                              \
  UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) sum[c] = t == 0 ? (VALUE)(0.0f) : LOAD(c, place(result));
#define PUT_SUM(sum, result)                                                                               \
  if (t + 1 < tiles[0]) { UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) STORE(sum[c], c, place(result)); } \
  else { finish(sum, result) }
#define SPARSE_SUMS(tiles, items, rows, values, X)                                                         \
  for (int t = 0, i = 0, k = 0; t < tiles[0]; t++) {                                                       \
    for (; i + 2 <= tiles[t + 1]; i += 2) {                                                                \
      const int2 one = items[i], two = items[i + 1];                                                       \
      VALUE sum[2][BLOCK_VECTORS];                                                                         \
      TAKE_SUM(sum[0], one.s0)                                                                             \
      TAKE_SUM(sum[1], two.s0)                                                                             \
      const int next = k + one.s1, end = next + two.s1, both = min(one.s1, two.s1);                        \
      for (int j = 0; j < both; j++) {                                                                     \
        global const float *row[2] = {X + (size_t)rows[k + j] * BLOCK, X + (size_t)rows[next + j] * BLOCK};\
        const VALUE value[2] = {values[k + j], values[next + j]};                                          \
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) {                                                   \
          UNROLL for (int r = 0; r < 2; r++) sum[r][c] = fma(value[r], LOAD(c, row[r]), sum[r][c]);        \
        }                                                                                                  \
      }                                                                                                    \
      add_entries(k + both, next, rows, values, X, sum[0]);                                                \
      add_entries(next + both, end, rows, values, X, sum[1]);                                              \
      k = end;                                                                                             \
      PUT_SUM(sum[0], one.s0)                                                                              \
      PUT_SUM(sum[1], two.s0)                                                                              \
    }                                                                                                      \
    for (; i < tiles[t + 1]; i++) {                                                                        \
      VALUE sum[BLOCK_VECTORS];                                                                            \
      TAKE_SUM(sum, items[i].s0)                                                                           \
      add_entries(k, k + items[i].s1, rows, values, X, sum);                                               \
      k += items[i].s1;                                                                                    \
      PUT_SUM(sum, items[i].s0)                                                                            \
    }                                                                                                      \
  }

// Pixel by pixel: what all outputs read there stays in the caches.
INLINE void sparse_step(const Work work) {
  global const int *tiles = work.program + work.at->starts, *rows = work.program + work.at->rows;
  global const int2 *items = (global const int2 *)(work.program + work.at->taps);
  for (int y = 0; y < work.at->height; y++) {
    for (int x = 0; x < work.at->width; x++) {
      global const float *X = X_OF(work, y, x);
#define place(o) Y_OF(work, o, y, x)
#define finish(sum, o)                                                                                     \
  FOR_EACH_STEP(work.finish, UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)                                \
    sum[c] = step_of(step, work.finish, sum[c], o, y, x, c * WIDTH, BLOCK);)                               \
  UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) STORE(sum[c], c, place(o));
      SPARSE_SUMS(tiles, items, rows, work.weights, X)
#undef place
#undef finish
    }
  }
}
