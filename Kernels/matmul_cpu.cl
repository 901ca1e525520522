// The three matmuls of a dense layer, for CPU devices: one work-item is a work-group and owns a panel of the result.
//
//   forward           Y[o,b]  = act( sum_i W[i,o] * X[i,b] )
//   input gradient    dX[i,b] = gate( sum_o W[i,o] * dY[o,b] ),  gate: 0 where X[i,b] <= 0
//   weight gradient   G[i,o]  = sum_b X[i,b] * dY[o,b],  stored, or consumed by Adam at once
//
// Layouts: W, G and Adam's moments [inputs, ldw] row-major, columns outputs..<ldw are zero and stay zero, ldw a
// multiple of 16; X [inputs, batch] and Y, dY [outputs, batch], batch contiguous and a multiple of
// WIDTH * TILE_VECTORS. Every sum runs over its index in ascending order, so the bits do not depend on the tile.
//
// The inner loop keeps a tile of rows x vectors of sums in registers (16 to 20 of the 32 there are) and streams the activations, which
// stay in the L2 cache; the operand that would be read with a stride is first copied to local memory.

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 8  // forward: rows of a register tile
#endif
#ifndef TILE_VECTORS
#define TILE_VECTORS 2  // vectors along the batch in a register tile
#endif
#ifndef PANEL_ROWS
#define PANEL_ROWS 16  // forward: output rows of a work-group; a cache line of W, a multiple of TILE_ROWS
#endif
#ifndef PANEL_DEPTH
#define PANEL_DEPTH 512  // forward: rows of W copied to local memory at a time
#endif
#ifndef INPUT_ROWS
#define INPUT_ROWS 10  // input gradient: input rows of a work-group, and of its register tile
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

#define VECTOR JOIN(float, WIDTH)
#define LOAD JOIN(vload, WIDTH)
#define STORE JOIN(vstore, WIDTH)
#define UNROLL _Pragma("unroll")
#define SINGLE __attribute__((reqd_work_group_size(1, 1, 1)))

#define COLUMNS (WIDTH * TILE_VECTORS)
#define GRADIENT_COLUMNS (WIDTH * GRADIENT_VECTORS)

// MARK: forward

inline void forward(const int inputs, const int outputs, const int ldw, const int batch,
                    global const float *restrict W, global const float *restrict X, global float *restrict Y,
                    local float *restrict panel, const bool relu) {
  const int o0 = get_group_id(0) * PANEL_ROWS;
  const int rows = min(PANEL_ROWS, outputs - o0);
  // The launch's second dimension shares the batch out, in multiples of COLUMNS.
  const int part = batch / (int)get_num_groups(1);
  const int first = get_group_id(1) * part;
  for (int start = 0; start < inputs; start += PANEL_DEPTH) {
    const int depth = min(PANEL_DEPTH, inputs - start);
    // ldw is a multiple of PANEL_ROWS, so a whole line of W can be read even where `outputs` ends inside it.
    for (int i = 0; i < depth; i++) {
      UNROLL for (int r = 0; r < PANEL_ROWS; r += 4)
        vstore4(vload4(0, W + (start + i) * ldw + o0 + r), 0, panel + i * PANEL_ROWS + r);
    }
    const bool last = start + depth == inputs;
    for (int b = first; b < first + part; b += COLUMNS) {
      for (int t = 0; t < rows; t += TILE_ROWS) {
        VECTOR sum[TILE_ROWS][TILE_VECTORS];
        global float *y = Y + (o0 + t) * batch + b;
        UNROLL for (int r = 0; r < TILE_ROWS; r++) {
          UNROLL for (int c = 0; c < TILE_VECTORS; c++)
            sum[r][c] = start > 0 && t + r < rows ? LOAD(c, y + r * batch) : (VECTOR)(0.0f);
        }
        global const float *x = X + start * batch + b;
        local const float *w = panel + t;
        for (int i = 0; i < depth; i++, x += batch, w += PANEL_ROWS) {
          VECTOR xs[TILE_VECTORS];
          UNROLL for (int c = 0; c < TILE_VECTORS; c++) xs[c] = LOAD(c, x);
          UNROLL for (int r = 0; r < TILE_ROWS; r++) {
            const VECTOR weight = w[r];
            UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, xs[c], sum[r][c]);
          }
        }
        UNROLL for (int r = 0; r < TILE_ROWS; r++) {
          if (t + r >= rows) continue;
          UNROLL for (int c = 0; c < TILE_VECTORS; c++)
            STORE(relu && last ? RELU(VECTOR, sum[r][c]) : sum[r][c], c, y + r * batch);
        }
      }
    }
  }
}

#define FORWARD(name, relu)                                                                                   \
  kernel SINGLE void name(const int inputs, const int outputs, const int ldw, const int batch,                \
                          global const float *restrict W, global const float *restrict X,                     \
                          global float *restrict Y) {                                                         \
    local float panel[PANEL_DEPTH * PANEL_ROWS];                                                              \
    forward(inputs, outputs, ldw, batch, W, X, Y, panel, relu);                                               \
  }

FORWARD(matmul_forward, false)
FORWARD(matmul_forward_relu, true)

// MARK: input gradient

inline void input_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                           global const float *restrict W, global const float *restrict dY,
                           global const float *restrict X, global float *restrict dX, const bool gated) {
  const int i0 = get_group_id(0) * INPUT_ROWS;
  // Past the end the last row is computed again and not stored.
  global const float *w[INPUT_ROWS];
  UNROLL for (int r = 0; r < INPUT_ROWS; r++) w[r] = W + min(i0 + r, inputs - 1) * ldw;
  for (int b = 0; b < batch; b += COLUMNS) {
    VECTOR sum[INPUT_ROWS][TILE_VECTORS];
    UNROLL for (int r = 0; r < INPUT_ROWS; r++) {
      UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = 0.0f;
    }
    global const float *dy = dY + b;
    for (int o = 0; o < outputs; o++, dy += batch) {
      VECTOR ds[TILE_VECTORS];
      UNROLL for (int c = 0; c < TILE_VECTORS; c++) ds[c] = LOAD(c, dy);
      UNROLL for (int r = 0; r < INPUT_ROWS; r++) {
        const VECTOR weight = w[r][o];
        UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, ds[c], sum[r][c]);
      }
    }
    UNROLL for (int r = 0; r < INPUT_ROWS; r++) {
      if (i0 + r >= inputs) continue;
      const int at = (i0 + r) * batch + b;
      UNROLL for (int c = 0; c < TILE_VECTORS; c++) {
        VECTOR value = sum[r][c];
        if (gated) value = RELU_GATE(VECTOR, LOAD(c, X + at), value);
        STORE(value, c, dX + at);
      }
    }
  }
}

#define INPUT_GRADIENT(name, gated)                                                                           \
  kernel SINGLE void name(const int inputs, const int outputs, const int ldw, const int batch,                \
                          global const float *restrict W, global const float *restrict dY,                    \
                          global const float *restrict X, global float *restrict dX) {                        \
    input_gradient(inputs, outputs, ldw, batch, W, dY, X, dX, gated);                                         \
  }

INPUT_GRADIENT(matmul_input_gradient, false)
INPUT_GRADIENT(matmul_input_gradient_gated, true)

// MARK: weight gradient

// A WIDTH x WIDTH block is transposed in registers: log2(WIDTH) rounds that interleave the two halves of the rows.
#if WIDTH == 16
#define ROUNDS 4
#elif WIDTH == 8
#define ROUNDS 3
#else
#define ROUNDS 2
#endif

// panel[b, o] = dY[o0 + o, start + b]: the gradient transposed, zero past its last row.
inline void transpose_panel(const int outputs, const int batch, const int o0, const int start, const int depth,
                            global const float *restrict dY, local float *restrict panel) {
  for (int o = 0; o < GRADIENT_COLUMNS; o += WIDTH) {
    for (int b = 0; b < depth; b += WIDTH) {
      VECTOR rows[WIDTH], next[WIDTH];
      UNROLL for (int k = 0; k < WIDTH; k++)
        rows[k] = o0 + o + k < outputs ? LOAD(0, dY + (o0 + o + k) * batch + start + b) : (VECTOR)(0.0f);
      UNROLL for (int round = 0; round < ROUNDS; round++) {
        UNROLL for (int k = 0; k < WIDTH / 2; k++) {
          next[2 * k] = JOIN(LOW, WIDTH)(rows[k], rows[k + WIDTH / 2]);
          next[2 * k + 1] = JOIN(HIGH, WIDTH)(rows[k], rows[k + WIDTH / 2]);
        }
        UNROLL for (int k = 0; k < WIDTH; k++) rows[k] = next[k];
      }
      UNROLL for (int k = 0; k < WIDTH; k++) STORE(rows[k], 0, panel + (b + k) * GRADIENT_COLUMNS + o);
    }
  }
}

// Adds a panel's contribution to `sum` for ROWS input rows (the last one repeated past `end`) and VECTORS vectors.
#define ACCUMULATE(ROWS, VECTORS)                                                                             \
  global const float *x[ROWS];                                                                                \
  UNROLL for (int r = 0; r < ROWS; r++) x[r] = X + min(i + r, end - 1) * batch + start;                       \
  for (int b = 0; b < depth; b++) {                                                                           \
    VECTOR ds[VECTORS];                                                                                       \
    UNROLL for (int c = 0; c < VECTORS; c++) ds[c] = LOAD(c, panel + b * GRADIENT_COLUMNS + WIDTH * v);       \
    UNROLL for (int r = 0; r < ROWS; r++) {                                                                   \
      const VECTOR activation = x[r][b];                                                                      \
      UNROLL for (int c = 0; c < VECTORS; c++) sum[r][c] = fma(activation, ds[c], sum[r][c]);                 \
    }                                                                                                         \
  }

// One panel after another over the batch; between panels the sums rest in G.
#define STORED_TILE(ROWS, VECTORS)                                                                            \
  for (int i = first; i < end; i += ROWS) {                                                                   \
    VECTOR sum[ROWS][VECTORS];                                                                                \
    UNROLL for (int r = 0; r < ROWS; r++) {                                                                   \
      UNROLL for (int c = 0; c < VECTORS; c++)                                                                \
        sum[r][c] = start > 0 && i + r < end ? LOAD(c + v, G + (i + r) * ldw + o0) : (VECTOR)(0.0f);          \
    }                                                                                                         \
    ACCUMULATE(ROWS, VECTORS)                                                                                 \
    UNROLL for (int r = 0; r < ROWS; r++) {                                                                   \
      if (i + r >= end) continue;                                                                             \
      UNROLL for (int c = 0; c < VECTORS; c++) STORE(sum[r][c], c + v, G + (i + r) * ldw + o0);               \
    }                                                                                                         \
  }

kernel SINGLE void matmul_weight_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                                          global const float *restrict X, global const float *restrict dY,
                                          global float *restrict G) {
  local float panel[GRADIENT_DEPTH * GRADIENT_COLUMNS];
  const int o0 = get_group_id(0) * GRADIENT_COLUMNS;
  const int first = get_group_id(1) * GRADIENT_ROWS;
  const int end = min(inputs, first + GRADIENT_ROWS);
  const int vectors = min(GRADIENT_VECTORS, (ldw - o0) / WIDTH);
  for (int start = 0; start < batch; start += GRADIENT_DEPTH) {
    const int depth = min(GRADIENT_DEPTH, batch - start);
    transpose_panel(outputs, batch, o0, start, depth, dY, panel);
    if (vectors == GRADIENT_VECTORS) {
      const int v = 0;
      STORED_TILE(GRADIENT_TILE, GRADIENT_VECTORS)
    } else {
      for (int v = 0; v < vectors; v++) STORED_TILE(8, 1)
    }
  }
}

// Weights and moments are on their way while the tile's gradient is summed. The cast goes by an integer, since OpenCL C
// has no pointers from the global to the default address space; compilers without the builtin do without, and so does
// Oclgrind, which does not know the instruction (-DNO_PREFETCH).
#if defined(__has_builtin) && !defined(NO_PREFETCH)
#if __has_builtin(__builtin_prefetch)
#define SOON(pointer) __builtin_prefetch((const void *)(size_t)(pointer), 1)
#endif
#endif
#ifndef SOON
#define SOON(pointer)
#endif

#define ADAM_TILE(ROWS, VECTORS)                                                                              \
  for (int i = first; i < end; i += ROWS) {                                                                   \
    VECTOR sum[ROWS][VECTORS];                                                                                \
    UNROLL for (int r = 0; r < ROWS; r++) {                                                                   \
      UNROLL for (int c = 0; c < VECTORS; c++) {                                                              \
        const int at = min(i + r, end - 1) * ldw + o0 + (c + v) * WIDTH;                                      \
        SOON(W + at); SOON(m + at); SOON(s + at); SOON_MASK(at)                                                   \
        sum[r][c] = 0.0f;                                                                                     \
      }                                                                                                       \
    }                                                                                                         \
    ACCUMULATE(ROWS, VECTORS)                                                                                 \
    UNROLL for (int r = 0; r < ROWS; r++) {                                                                   \
      if (i + r >= end) continue;                                                                             \
      UNROLL for (int c = 0; c < VECTORS; c++) {                                                              \
        const int at = (i + r) * ldw + o0 + (c + v) * WIDTH;                                                  \
        VECTOR w = LOAD(0, W + at), mm = LOAD(0, m + at), vv = LOAD(0, s + at);                               \
        ADAM(VECTOR, sum[r][c], w, mm, vv, step_size, correction, beta1, beta2, epsilon);                     \
        KEEP(at)                                                                                              \
        STORE(w, 0, W + at);                                                                                  \
        STORE(mm, 0, m + at);                                                                                 \
        STORE(vv, 0, s + at);                                                                                 \
      }                                                                                                       \
    }                                                                                                         \
  }

#define ADAM_BODY                                                                                             \
  local float panel[GRADIENT_DEPTH * GRADIENT_COLUMNS];                                                       \
  const int o0 = get_group_id(0) * GRADIENT_COLUMNS;                                                          \
  const int first = get_group_id(1) * GRADIENT_ROWS;                                                          \
  const int end = min(inputs, first + GRADIENT_ROWS);                                                         \
  const int vectors = min(GRADIENT_VECTORS, (ldw - o0) / WIDTH);                                              \
  const int start = 0, depth = batch;                                                                         \
  const float step_size = state->step_size, correction = state->inverse_root_correction;                      \
  transpose_panel(outputs, batch, o0, start, depth, dY, panel);                                               \
  if (vectors == GRADIENT_VECTORS) {                                                                          \
    const int v = 0;                                                                                          \
    ADAM_TILE(GRADIENT_TILE, GRADIENT_VECTORS)                                                                    \
  } else {                                                                                                    \
    for (int v = 0; v < vectors; v++) ADAM_TILE(8, 1)                                                         \
  }

#define KEEP(at)
#define SOON_MASK(at)
kernel SINGLE void matmul_weight_gradient_adam(const int inputs, const int outputs, const int ldw,
                                               const int batch, global const float *restrict X,
                                               global const float *restrict dY, global float *restrict W,
                                               global float *restrict m, global float *restrict s,
                                               global const StepState *restrict state, const float beta1,
                                               const float beta2, const float epsilon) {
  ADAM_BODY
}

// A pruned entry: weight and moments become +0, whatever the gradient was.
#undef KEEP
#undef SOON_MASK
#define SOON_MASK(at) SOON(mask + at);
#define KEEP(at)                                                                                              \
  const JOIN(int, WIDTH) kept = JOIN(convert_int, WIDTH)(LOAD(0, mask + at)) != 0;                        \
  w = select((VECTOR)(0.0f), w, kept);                                                                        \
  mm = select((VECTOR)(0.0f), mm, kept);                                                                      \
  vv = select((VECTOR)(0.0f), vv, kept);
kernel SINGLE void matmul_weight_gradient_adam_masked(
    const int inputs, const int outputs, const int ldw, const int batch, global const float *restrict X,
    global const float *restrict dY, global float *restrict W, global float *restrict m, global float *restrict s,
    global const StepState *restrict state, const float beta1, const float beta2, const float epsilon,
    global const uchar *restrict mask) {
  ADAM_BODY
}
