// The products of network_cpu.cl for blocks of 1 to 8 images: vectors lie along the outputs. Included by it.

#define MOST_SUMS (PANELS > PIXELS ? PANELS : PIXELS)

// A panel's sums times and plus the numbers of its channels.
INLINE float16 of_channels(const Work work, const float16 sum, const int o) {
  if (work.finish.steps & SCALE) return fma(sum, vload16(0, work.finish.scale + o), vload16(0, work.finish.shift + o));
  return work.finish.steps & SHIFT ? sum + vload16(0, work.finish.shift + o) : sum;
}

// Stores the sums of a panel's outputs from o on, at a pixel, for each image. Numbers of channels are packed up to the end of
// a panel.
INLINE void store_panel(const Work work, float16 sum[BLOCK], const int o, const int y, const int x) {
  const int outputs = work.at->outputs, rows = min(PANEL, outputs - o), steps = work.finish.steps;
  UNROLL for (int n = 0; n < BLOCK; n++) {
    sum[n] = of_channels(work, sum[n], o);
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

#if BLOCK == 1
// Stores the sums of an image's PANEL pixels from x on, of one panel, or of half as many of two: a vector of pixels for each
// output, where pixels follow each other in memory.
INLINE void store_lines(const Work work, float16 sums[PANEL], const int panels, const int o, const int y, const int x) {
  const int steps = work.finish.steps, pixels = PANEL / panels;
  UNROLL for (int t = 0; t < PANEL; t++) sums[t] = of_channels(work, sums[t], o + t / pixels * PANEL);
  transpose_float(sums);
  for (int j = 0; j < min(PANEL, work.at->outputs - o); j++) {
    float16 line = sums[j];
    const bool is_second = panels == 2 && o + PANEL + j < work.at->outputs;
    if (steps & ADD) {
      global const float *other = work.slot + row_at(work.finish.other_view, o + j, y, x);
      const int second = is_second ? work.finish.other_view.s1 * PANEL : 0;
      line += panels == 1 ? vload16(0, other) : (float16)(vload8(0, other), vload8(0, other + second));
    }
    if (steps & RECTIFY) line = RELU(float16, line);
    global float *to = Y_OF(work, o + j, y, x);
    if (panels == 1) {
      vstore16(line, 0, to);
    } else {
      vstore8(line.lo, 0, to);
      // Lane by lane, since Oclgrind takes lanes of `line.hi` for uninitialised.
      const float8 hi = (float8)(line.s8, line.s9, line.sa, line.sb, line.sc, line.sd, line.se, line.sf);
      if (is_second) vstore8(hi, 0, to + work.at->y_view.s1 * PANEL);
    }
  }
}
#endif

// So many panels from output o on, and pixels from (y, x) on; both are constants once the function is inlined.
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
    float16 weights[MOST_SUMS];
    UNROLL for (int p = 0; p < panels; p++) weights[p] = vload16(0, w + ((size_t)p * depth + k) * PANEL);
    UNROLL for (int q = 0; q < pixels; q++) {
      UNROLL for (int n = 0; n < BLOCK; n++) {
        const float16 seen = row[q * next_pixel + n];
        UNROLL for (int p = 0; p < panels; p++) sum[p * pixels + q][n] = fma(weights[p], seen, sum[p * pixels + q][n]);
      }
    }
  }
#if BLOCK == 1
  const bool is_line = work.at->y_view.s3 == 1 && (!(work.finish.steps & ADD) || work.finish.other_view.s3 == 1);
  if (has_taps && panels * pixels == PANEL && panels <= 2 && is_line) {
    float16 sums[PANEL];
    UNROLL for (int t = 0; t < PANEL; t++) sums[t] = sum[t][0];
    store_lines(work, sums, panels, o, y, x);
    return;
  }
#endif
  UNROLL for (int p = 0; p < panels; p++) {
    UNROLL for (int q = 0; q < pixels; q++) store_panel(work, sum[p * pixels + q], o + p * PANEL, y, x + q);
  }
}

// The pixels of a line of so many panels, as many at a time as stay in registers.
INLINE void dense_line(const Work work, const int panels, const int o, const int y) {
  const int pixels = PIXELS / panels;
  int x = 0;
  for (; x + pixels <= work.at->width; x += pixels) dense_tile(work, true, panels, pixels, o, y, x);
  for (; x < work.at->width; x++) dense_tile(work, true, panels, 1, o, y, x);
}

// The work's share of the panels, or of the lines of pairs of them.
INLINE void dense_step(const Work work, const bool has_taps) {
  const int height = work.at->height, panels = (work.at->outputs + PANEL - 1) / PANEL;
  if (has_taps) {
    const int lines = (panels + 1) / 2 * height, end = SHARE(work, lines, 1);
    for (int line = SHARE(work, lines, 0); line < end; line++) {
      const int panel = line / height * 2, y = line % height;
      if (PIXELS > 1 && panel + 1 < panels) {
        dense_line(work, 2, panel * PANEL, y);
      } else {
        for (int p = panel; p < min(panel + 2, panels); p++) dense_line(work, 1, p * PANEL, y);
      }
    }
  } else if (panels >= PANELS) {
    // The last tile of panels begins where it is whole: some outputs are computed twice, alike.
    const int tiles = (panels + PANELS - 1) / PANELS, end = SHARE(work, tiles, 1);
    for (int tile = SHARE(work, tiles, 0); tile < end; tile++)
      dense_tile(work, false, PANELS, 1, min(tile * PANELS, panels - PANELS) * PANEL, 0, 0);
  } else {
    const int end = SHARE(work, panels, 1);
    for (int panel = SHARE(work, panels, 0); panel < end; panel++) dense_tile(work, false, 1, 1, panel * PANEL, 0, 0);
  }
}

// Adds an entry to the sums of its output.
INLINE void add_entry(const float value, global const float *row, float sum[BLOCK]) {
  UNROLL for (int n = 0; n < BLOCK; n++) sum[n] = fma(value, row[n], sum[n]);
}

// So many groups of outputs of a pixel, from the `first` on: what a group's outputs have in common goes by turns, then come the
// other entries of each.
INLINE void sparse_pixel(const Work work, const int y, const int x, const int first, const int last) {
  global const int2 *groups = (global const int2 *)(work.program + work.at->starts);
  global const int2 *order = (global const int2 *)(work.program + work.at->taps);
  global const int *rows = work.program + work.at->rows;
  global const float *X = X_OF(work, y, x);
  for (int g = first; g < last; g++) {
    const int end = groups[g].s0 + groups[g].s1 * CHAINS;
    float sum[CHAINS][BLOCK];
    UNROLL for (int j = 0; j < CHAINS; j++) {
      UNROLL for (int n = 0; n < BLOCK; n++) sum[j][n] = 0.0f;
    }
    int next = groups[g].s0;
    for (; next < end; next += CHAINS) {
      UNROLL for (int j = 0; j < CHAINS; j++)
        add_entry(work.weights[next + j], X + (size_t)rows[next + j] * BLOCK, sum[j]);
    }
    UNROLL for (int j = 0; j < CHAINS; j++) {
      if (g * CHAINS + j >= work.at->outputs) continue;
      const int2 own = order[g * CHAINS + j];
      for (const int own_end = next + own.s1; next < own_end; next++)
        add_entry(work.weights[next], X + (size_t)rows[next] * BLOCK, sum[j]);
      UNROLL for (int n = 0; n < BLOCK; n++) {
        float value = sum[j][n];
        FOR_EACH_STEP(work.finish, value = step_of(step, work.finish, value, own.s0, y, x, n, BLOCK);)
        Y_OF(work, own.s0, y, x)[n] = value;
      }
    }
  }
}

// The work's share of the lines, or of the groups of outputs where there is one line.
INLINE void sparse_step(const Work work) {
  const int height = work.at->height, groups = (work.at->outputs + CHAINS - 1) / CHAINS;
  const bool by_lines = height > 1;
  const int first = by_lines ? 0 : SHARE(work, groups, 0);
  const int last = by_lines ? groups : SHARE(work, groups, 1);
  for (int y = by_lines ? SHARE(work, height, 0) : 0; y < (by_lines ? SHARE(work, height, 1) : height); y++) {
    for (int x = 0; x < work.at->width; x++) sparse_pixel(work, y, x, first, last);
  }
}

#define BLOCK_VECTORS BLOCK
