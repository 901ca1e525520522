// The products of network_cpu.cl for blocks of 16 images and more: vectors lie along the images, and a tile of TILE_ROWS outputs
// by TILE_VECTORS vectors stays in registers. Included by it.

#define LOAD(i, from) (((global const VALUE *)(from))[i])
#define STORE(value, i, to) (((global VALUE *)(to))[i] = (value))
#define COLUMNS (WIDTH * TILE_VECTORS)
#define BLOCK_VECTORS (BLOCK / WIDTH)

// The outputs from o on of a panel at pixel (y, x), for the images from n on.
INLINE void dense_tile(const Work work, const bool has_taps, global const float *weights, const int o, const int y,
                       const int x, const int n) {
  const int depth = work.at->depth, outputs = work.at->outputs;
  global const int *taps = work.program + work.at->taps;
  global const float *X = X_OF(work, y, x) + n;
  VALUE sum[TILE_ROWS][TILE_VECTORS];
  UNROLL for (int r = 0; r < TILE_ROWS; r++) {
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = 0.0f;
  }
  for (int k = 0; k < depth; k++, weights += PANEL) {
    global const float *row = X + (size_t)(has_taps ? taps[k] : k) * BLOCK;
    VALUE xs[TILE_VECTORS];
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) xs[c] = LOAD(c, row);
    UNROLL for (int r = 0; r < TILE_ROWS; r++) {
      const VALUE weight = weights[r];
      UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, xs[c], sum[r][c]);
    }
  }
  // Past the last output its own numbers stand in, and nothing is stored.
  FOR_EACH_STEP(work.finish, UNROLL for (int r = 0; r < TILE_ROWS; r++) {
    const int output = min(o + r, outputs - 1);
    UNROLL for (int c = 0; c < TILE_VECTORS; c++)
      sum[r][c] = step_of(step, work.finish, sum[r][c], output, y, x, n + c * WIDTH, BLOCK);
  })
  UNROLL for (int r = 0; r < TILE_ROWS; r++) {
    if (o + r >= outputs) continue;
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) STORE(sum[r][c], c, Y_OF(work, o + r, y, x) + n);
  }
}

// Panel by panel, whose weights stay in the caches; side by side lie pixels that share what they read.
INLINE void dense_step(const Work work, const bool has_taps) {
  const int outputs = work.at->outputs;
  for (int o = 0; o < outputs; o += PANEL) {
    global const float *panel = work.weights + (size_t)o * work.at->depth;
    for (int y = 0; y < work.at->height; y++) {
      for (int x = 0; x < work.at->width; x++) {
        for (int n = 0; n < BLOCK; n += COLUMNS) {
          for (int t = 0; t < min(PANEL, outputs - o); t += TILE_ROWS)
            dense_tile(work, has_taps, panel + t, o + t, y, x, n);
        }
      }
    }
  }
}

// Pixel by pixel: what all outputs read there stays in the caches.
INLINE void sparse_step(const Work work) {
  global const int *starts = work.program + work.at->starts, *rows = work.program + work.at->rows;
  for (int y = 0; y < work.at->height; y++) {
    for (int x = 0; x < work.at->width; x++) {
      global const float *X = X_OF(work, y, x);
      for (int o = 0; o < work.at->outputs; o++) {
        VALUE sum[BLOCK_VECTORS];
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) sum[c] = 0.0f;
        const int end = starts[o + 1];
        for (int k = starts[o]; k < end; k++) {
          global const float *row = X + (size_t)rows[k] * BLOCK;
          const VALUE value = work.weights[k];
          UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) sum[c] = fma(value, LOAD(c, row), sum[c]);
        }
        FOR_EACH_STEP(work.finish, UNROLL for (int c = 0; c < BLOCK_VECTORS; c++)
          sum[c] = step_of(step, work.finish, sum[c], o, y, x, c * WIDTH, BLOCK);)
        UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) STORE(sum[c], c, Y_OF(work, o, y, x));
      }
    }
  }
}
