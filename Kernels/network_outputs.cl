// The products of network_cpu.cl for blocks of 1 to 8 images: vectors lie along the outputs. Included by it.

// Stores the sums of a panel's outputs from o on, at a pixel, for each image. Numbers of channels are packed up to the end of
// a panel.
INLINE void store_panel(const Work work, float16 sum[BLOCK], const int o, const int y, const int x) {
  const int outputs = work.at->outputs, rows = min(PANEL, outputs - o), steps = work.finish.steps;
  UNROLL for (int n = 0; n < BLOCK; n++) {
    if (steps & SCALE) sum[n] = fma(sum[n], vload16(0, work.finish.scale + o), vload16(0, work.finish.shift + o));
    if (steps & SHIFT) sum[n] += vload16(0, work.finish.shift + o);
    if (steps & ADD) {
      float other[PANEL];
      for (int j = 0; j < PANEL; j++)
        other[j] = work.slot[(size_t)row_at(work.finish.other_view, min(o + j, outputs - 1), y, x) * BLOCK + n];
      sum[n] += vload16(0, other);
    }
    if (steps & RECTIFY) sum[n] = RELU(float16, sum[n]);
  }
  global float *to = Y_OF(work, o, y, x);
  const int plane = work.at->y_view.s1 * BLOCK;
  if (BLOCK == 1 && plane == 1 && rows == PANEL) {
    vstore16(sum[0], 0, to);
  } else {
    UNROLL for (int n = 0; n < BLOCK; n++) {
      float lanes[PANEL];
      vstore16(sum[n], 0, lanes);
      for (int j = 0; j < rows; j++) to[j * plane + n] = lanes[j];
    }
  }
}

// So many panels from output o on, and pixels from (y, x) on; one of the two numbers is 1, and both are constants once the
// function is inlined.
#define MOST_SUMS (PANELS > PIXELS ? PANELS : PIXELS)
INLINE void dense_tile(const Work work, const bool has_taps, const int panels, const int pixels, const int o,
                       const int y, const int x) {
  const int depth = work.at->depth;
  global const int *taps = work.program + work.at->taps;
  global const float *w = work.weights + (size_t)o * depth;
  global const float *X = X_OF(work, y, x);
  const int next_pixel = work.at->x_view.s3 * BLOCK;
  float16 sum[MOST_SUMS][BLOCK];
  UNROLL for (int t = 0; t < panels * pixels; t++) {
    UNROLL for (int n = 0; n < BLOCK; n++) sum[t][n] = 0.0f;
  }
  for (int k = 0; k < depth; k++) {
    global const float *row = X + (size_t)(has_taps ? taps[k] : k) * BLOCK;
    UNROLL for (int p = 0; p < panels; p++) {
      const float16 weights = vload16(0, w + ((size_t)p * depth + k) * PANEL);
      UNROLL for (int q = 0; q < pixels; q++) {
        UNROLL for (int n = 0; n < BLOCK; n++)
          sum[p + q][n] = fma(weights, (float16)(row[q * next_pixel + n]), sum[p + q][n]);
      }
    }
  }
  UNROLL for (int p = 0; p < panels; p++) {
    UNROLL for (int q = 0; q < pixels; q++) store_panel(work, sum[p + q], o + p * PANEL, y, x + q);
  }
}

// The work's share of the lines of all panels.
INLINE void dense_step(const Work work, const bool has_taps) {
  const int height = work.at->height, lines = (work.at->outputs + PANEL - 1) / PANEL * height;
  int line = SHARE(work, lines, 0);
  const int end = SHARE(work, lines, 1);
  // The last tile of panels begins where it is whole: some outputs are computed twice, alike.
  for (; !has_taps && line < end && end - SHARE(work, lines, 0) >= PANELS; line += PANELS)
    dense_tile(work, false, PANELS, 1, min(line, end - PANELS) * PANEL, 0, 0);
  for (; line < end; line++) {
    const int o = line / height * PANEL, y = line % height;
    int x = 0;
    for (; has_taps && x + PIXELS <= work.at->width; x += PIXELS) dense_tile(work, has_taps, 1, PIXELS, o, y, x);
    for (; x < work.at->width; x++) dense_tile(work, has_taps, 1, 1, o, y, x);
  }
}

// Adds an entry to the sums of its output.
INLINE void add_entry(const float value, global const float *row, float sum[BLOCK]) {
  UNROLL for (int n = 0; n < BLOCK; n++) sum[n] = fma(value, row[n], sum[n]);
}

#define CHAINS 4  // outputs at a time: the chain of one would wait for each fma

// The outputs of a pixel from `first` on, which is a multiple of CHAINS, to `outputs`.
INLINE void sparse_pixel(const Work work, const int y, const int x, const int first, const int outputs) {
  global const int *starts = work.program + work.at->starts, *rows = work.program + work.at->rows;
  global const float *X = X_OF(work, y, x);
  for (int o = first; o < outputs; o += CHAINS) {
    float sum[CHAINS][BLOCK];
    int next[CHAINS], shared = INT_MAX;
    UNROLL for (int j = 0; j < CHAINS; j++) {
      UNROLL for (int n = 0; n < BLOCK; n++) sum[j][n] = 0.0f;
      next[j] = starts[min(o + j, outputs)];
      shared = min(shared, starts[min(o + j + 1, outputs)] - next[j]);
    }
    for (int k = 0; k < shared; k++) {
      UNROLL for (int j = 0; j < CHAINS; j++)
        add_entry(work.weights[next[j] + k], X + (size_t)rows[next[j] + k] * BLOCK, sum[j]);
    }
    UNROLL for (int j = 0; j < CHAINS; j++) {
      if (o + j >= outputs) continue;
      for (int k = next[j] + shared; k < starts[o + j + 1]; k++)
        add_entry(work.weights[k], X + (size_t)rows[k] * BLOCK, sum[j]);
      UNROLL for (int n = 0; n < BLOCK; n++) {
        float value = sum[j][n];
        FOR_EACH_STEP(work.finish, value = step_of(step, work.finish, value, o + j, y, x, n, BLOCK);)
        Y_OF(work, o + j, y, x)[n] = value;
      }
    }
  }
}

// The work's share of the lines, or of the outputs where there is one line.
INLINE void sparse_step(const Work work) {
  const int height = work.at->height, outputs = work.at->outputs, chains = (outputs + CHAINS - 1) / CHAINS;
  const bool by_lines = height > 1;
  const int first = by_lines ? 0 : SHARE(work, chains, 0) * CHAINS;
  const int last = by_lines ? outputs : min(outputs, SHARE(work, chains, 1) * CHAINS);
  for (int y = by_lines ? SHARE(work, height, 0) : 0; y < (by_lines ? SHARE(work, height, 1) : height); y++) {
    for (int x = 0; x < work.at->width; x++) sparse_pixel(work, y, x, first, last);
  }
}

#define BLOCK_VECTORS BLOCK
