// The weight gradient of a dense layer with the update that takes it, for CPU devices: a work-group's tiles. Included by
// matmul_cpu.cl, which describes it, and network_update_cpu.cl.

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef GRADIENT_ROWS
#define GRADIENT_ROWS 128  // weight gradient: input rows of a work-group
#endif
#ifndef GRADIENT_VECTORS
#define GRADIENT_VECTORS 4  // weight gradient: vectors of output columns of a work-group
#endif
#ifndef GRADIENT_TILE
#define GRADIENT_TILE 4  // weight gradient: rows of a register tile
#endif
#ifndef GRADIENT_DEPTH
#define GRADIENT_DEPTH 256  // weight gradient: batch columns copied at a time; the fused update needs all of them
#endif

#define PANEL 16  // columns of a panel of packed weights
#define VECTOR JOIN(float, WIDTH)
#define LOAD JOIN(vload, WIDTH)
#define STORE JOIN(vstore, WIDTH)
#define UNROLL _Pragma("unroll")
#define SINGLE __attribute__((reqd_work_group_size(1, 1, 1)))
#define GRADIENT_COLUMNS (WIDTH * GRADIENT_VECTORS)

// A WIDTH x WIDTH block is transposed in registers: log2(WIDTH) rounds that interleave the two halves of the rows.
#if WIDTH == 16
#define ROUNDS 4
#elif WIDTH == 8
#define ROUNDS 3
#else
#define ROUNDS 2
#endif

// panel[b, o] = dY[o0 + o, start + b]: the gradient transposed, zero past its last row.
INLINE void transpose_panel(const int outputs, const int batch, const int o0, const int start, const int depth,
                            global const float *dY, local float *panel) {
  for (int o = 0; o < GRADIENT_COLUMNS; o += WIDTH) {
    for (int b = 0; b < depth; b += WIDTH) {
      VECTOR rows[WIDTH], next[WIDTH];
      UNROLL for (int k = 0; k < WIDTH; k++)
        rows[k] =
            o0 + o + k < outputs ? LOAD(0, dY + (size_t)(o0 + o + k) * batch + start + b) : (VECTOR)(0.0f);
      UNROLL for (int round = 0; round < ROUNDS; round++) {
        UNROLL for (int k = 0; k < WIDTH / 2; k++) {
          next[2 * k] = JOIN(LOW, WIDTH)(float, rows[k], rows[k + WIDTH / 2]);
          next[2 * k + 1] = JOIN(HIGH, WIDTH)(float, rows[k], rows[k + WIDTH / 2]);
        }
        UNROLL for (int k = 0; k < WIDTH; k++) rows[k] = next[k];
      }
      UNROLL for (int k = 0; k < WIDTH; k++) STORE(rows[k], 0, panel + (b + k) * GRADIENT_COLUMNS + o);
    }
  }
}

// A register tile of the weight gradient is `rows` input rows by `vectors` vectors of output columns: GRADIENT_TILE by
// GRADIENT_VECTORS, or NARROW_ROWS by one vector where the matrix ends. Both are constants once a function is inlined.
#define NARROW_ROWS 8
#if GRADIENT_TILE > NARROW_ROWS
#define MOST_ROWS GRADIENT_TILE
#else
#define MOST_ROWS NARROW_ROWS
#endif
typedef VECTOR GradientSums[MOST_ROWS][GRADIENT_VECTORS];

// Adds a panel's contribution to the sums of the rows from i on, the last one repeated past `end`.
INLINE void accumulate(const int rows, const int vectors, const int i, const int end, const int batch,
                       const int start, const int depth, global const float *X, local const float *panel,
                       GradientSums sum) {
  global const float *x[MOST_ROWS];
  UNROLL for (int r = 0; r < rows; r++) x[r] = X + (size_t)min(i + r, end - 1) * batch + start;
  for (int b = 0; b < depth; b++, panel += GRADIENT_COLUMNS) {
    VECTOR ds[GRADIENT_VECTORS];
    UNROLL for (int c = 0; c < vectors; c++) ds[c] = LOAD(c, panel);
    UNROLL for (int r = 0; r < rows; r++) {
      const VECTOR activation = x[r][b];
      UNROLL for (int c = 0; c < vectors; c++) sum[r][c] = fma(activation, ds[c], sum[r][c]);
    }
  }
}

// What a fused update changes, from the entry of the tile's first column on, and by which rule.
typedef struct {
  global float *W;
  EACH_SLOT(SLOT_MEMBER)
  global const uchar *mask;  // not read unless the update is masked
  Rule rule;
  global float *packed;  // where the weight's panels of PANEL columns are, each with all rows; 0 where there are none
  int panel;             // floats of one
} Update;

#define TAKE_SLOT(k) VECTOR slot##k = LOAD(0, update.slots##k + at);
#define MASK_SLOT(k) slot##k = select((VECTOR)(0.0f), slot##k, kept);
#define PUT_SLOT(k) STORE(slot##k, 0, update.slots##k + at);
#define SOON_SLOT(k) SOON(update.slots##k + entry, true);

// One step of the vector of weights at row i, column o, with gradient g. A pruned entry: weight and slots become +0, whatever
// the gradient was.
INLINE void update_entries(const Update update, const int i, const int o, const int ldw, const VECTOR g,
                           const bool masked) {
  const size_t at = (size_t)i * ldw + o;
  VECTOR w = LOAD(0, update.W + at);
  EACH_SLOT(TAKE_SLOT)
  UPDATE_ENTRY(VECTOR, update.rule, g, w);
  if (masked) {
    const JOIN(int, WIDTH) kept = JOIN(convert_int, WIDTH)(LOAD(0, update.mask + at)) != 0;
    w = select((VECTOR)(0.0f), w, kept);
    EACH_SLOT(MASK_SLOT)
  }
  STORE(w, 0, update.W + at);
  EACH_SLOT(PUT_SLOT)
  if (update.packed) STORE(w, 0, update.packed + (size_t)(o / PANEL) * update.panel + i * PANEL + o % PANEL);
}

// The tiles of rows first..<end by `vectors` vectors from `column` on. Of a row of X, `run` columns follow each other; the next
// ones are `apart` floats after them.
INLINE void updated_tiles(const int rows, const int vectors, const int first, const int end, const int ldw,
                          const int batch, const int run, const size_t apart, global const float *X,
                          local const float *panel, const int column, const Update update, const bool masked) {
  for (int i = first; i < end; i += rows) {
    GradientSums sum;
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int c = 0; c < vectors; c++) sum[r][c] = 0.0f;
    }
    // What the update changes is asked for row by row, in the first half of the sums: all at once, it would hold up theirs.
    const int span = batch / (2 * rows);
    global const float *x = X;
    for (int b = 0, at = 0, asked = 0; b < batch || asked < rows; asked++) {
      const int depth = min(asked < rows ? span : batch, min(batch - b, run - at));
      if (asked < rows) {
        UNROLL for (int c = 0; c < vectors; c++) {
          const size_t entry = (size_t)min(i + asked, end - 1) * ldw + column + c * WIDTH;
          SOON(update.W + entry, true);
          EACH_SLOT(SOON_SLOT)
          if (masked) SOON(update.mask + entry, true);
        }
      }
      accumulate(rows, vectors, i, end, run, at, depth, x, panel + b * GRADIENT_COLUMNS, sum);
      b += depth;
      at += depth;
      if (at == run) {
        at = 0;
        x += apart;
      }
    }
    UNROLL for (int r = 0; r < rows; r++) {
      if (i + r >= end) continue;
      UNROLL for (int c = 0; c < vectors; c++)
        update_entries(update, i + r, column + c * WIDTH, ldw, sum[r][c], masked);
    }
  }
}

// The update by the share of a group: of columns `across`, and of rows `down`.
INLINE void weight_gradient_update(const int across, const int down, const int inputs, const int outputs,
                                   const int ldw, const int batch, const int run, const size_t apart,
                                   global const float *X, global const float *dY, local float *panel,
                                   const Update update, const bool masked) {
  const int o0 = across * GRADIENT_COLUMNS;
  const int first = down * GRADIENT_ROWS;
  const int end = min(inputs, first + GRADIENT_ROWS);
  const int vectors = min(GRADIENT_VECTORS, (ldw - o0) / WIDTH);
  for (int b = 0; b < batch; b += run, dY += apart)
    transpose_panel(outputs, run, o0, 0, run, dY, panel + b * GRADIENT_COLUMNS);
  if (vectors == GRADIENT_VECTORS) {
    updated_tiles(GRADIENT_TILE, GRADIENT_VECTORS, first, end, ldw, batch, run, apart, X, panel, o0, update, masked);
  } else {
    for (int v = 0; v < vectors; v++)
      updated_tiles(NARROW_ROWS, 1, first, end, ldw, batch, run, apart, X, panel + v * WIDTH, o0 + v * WIDTH, update,
                    masked);
  }
}
