// The three matmuls of a dense layer, for CPU devices: one work-item is a work-group and owns a panel of the result.
//
//   forward           Y[o,b]  = act( sum_i W[i,o] * X[i,b] + bias[o] ),  without or with a bias
//   input gradient    dX[i,b] = gate( sum_o W[i,o] * dY[o,b] ),  gate: 0 where X[i,b] <= 0
//   weight gradient   G[i,o]  = sum_b X[i,b] * dY[o,b],  stored, or consumed by the optimizer at once
//
// Layouts: W, G and the optimizer's slots [inputs, ldw] row-major, columns outputs..<ldw are zero and stay zero, ldw a
// multiple of 16; X [inputs, batch] and Y, dY [outputs, batch], batch contiguous and a multiple of
// WIDTH * TILE_VECTORS. Every sum runs over its index in ascending order, so the bits do not depend on the tile.
//
// The inner loop keeps a tile of rows x vectors of sums in registers (16 to 24 of the 32 there are, or 12 of 16) and streams
// the activations, which stay in the L2 cache; the operand that would be read with a stride is first copied to local memory.

#ifndef TILE_ROWS
#define TILE_ROWS 8  // forward: rows of a register tile
#endif
#ifndef TILE_VECTORS
#define TILE_VECTORS 2  // vectors along the batch in a register tile
#endif
#ifndef PANEL_ROWS
#define PANEL_ROWS 16  // forward: output rows of a work-group; whole cache lines of W, and a multiple of TILE_ROWS
#endif
#ifndef PANEL_DEPTH
#define PANEL_DEPTH 512  // forward: rows of W copied to local memory at a time
#endif
#ifndef INPUT_ROWS
#define INPUT_ROWS 10  // input gradient: input rows of a work-group, and of its register tile
#endif

#include "gradient_cpu.cl"

#define COLUMNS (WIDTH * TILE_VECTORS)
#define LINE 16  // floats of a cache line

// MARK: forward

INLINE void forward(const int inputs, const int outputs, const int ldw, const int batch,
                    global const float *W, global const float *X, global float *Y, local float *panel,
                    global const float *bias, const bool relu) {
  const int o0 = get_group_id(0) * PANEL_ROWS;
  const int rows = min(PANEL_ROWS, outputs - o0);
  // The launch's second dimension shares the batch out, in multiples of COLUMNS.
  const int part = batch / (int)get_num_groups(1);
  const int first = get_group_id(1) * part;
  for (int start = 0; start < inputs; start += PANEL_DEPTH) {
    const int depth = min(PANEL_DEPTH, inputs - start);
    // ldw is a multiple of LINE, so a whole line of W can be read even where `outputs` ends inside it. Of lines past ldw the first
    // one stands in: nothing is stored of what they give.
    for (int i = 0; i < depth; i++) {
      global const float *line = W + (size_t)(start + i) * ldw + o0;
      UNROLL for (int r = 0; r < PANEL_ROWS; r += 4) {
        const int at = PANEL_ROWS == LINE || o0 + r < ldw ? r : r % LINE;
        vstore4(vload4(0, line + at), 0, panel + i * PANEL_ROWS + r);
      }
    }
    const bool last = start + depth == inputs;
    // The rows of W that are copied next, for this group or the one after it, lie on as many pages: they are on their way,
    // some with each block of the batch, while that is computed.
    const int column = last ? o0 + PANEL_ROWS : o0, row = last ? 0 : start + depth;
    const int coming = column < ldw ? min(PANEL_DEPTH, inputs - row) : 0;
    global const float *next = W + (size_t)row * ldw + column;
    const int share = (coming * COLUMNS + part - 1) / part;
    for (int b = first, asked = 0; b < first + part; b += COLUMNS, asked += share) {
      for (int t = 0; t < rows; t += TILE_ROWS) {
        const int end = t == 0 ? min(share, coming - asked) : 0;
        VECTOR sum[TILE_ROWS][TILE_VECTORS];
        global float *y = Y + (size_t)(o0 + t) * batch + b;
        UNROLL for (int r = 0; r < TILE_ROWS; r++) {
          UNROLL for (int c = 0; c < TILE_VECTORS; c++)
            sum[r][c] = start > 0 && t + r < rows ? LOAD(c, y + (size_t)r * batch) : (VECTOR)(0.0f);
        }
        global const float *x = X + (size_t)start * batch + b;
        local const float *w = panel + t;
        for (int i = 0; i < depth; i++, x += batch, w += PANEL_ROWS) {
          if (i < end) {
            UNROLL for (int r = 0; r < PANEL_ROWS; r += LINE) {
              if (column + r < ldw) SOON(next + (size_t)(asked + i) * ldw + r, false);
            }
          }
          VECTOR xs[TILE_VECTORS];
          UNROLL for (int c = 0; c < TILE_VECTORS; c++) xs[c] = LOAD(c, x);
          UNROLL for (int r = 0; r < TILE_ROWS; r++) {
            const VECTOR weight = w[r];
            UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, xs[c], sum[r][c]);
          }
        }
        UNROLL for (int r = 0; r < TILE_ROWS; r++) {
          if (t + r >= rows) continue;
          UNROLL for (int c = 0; c < TILE_VECTORS; c++) {
            VECTOR value = sum[r][c];
            if (bias && last) value += bias[o0 + t + r];
            STORE(relu && last ? RELU(VECTOR, value) : value, c, y + (size_t)r * batch);
          }
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
    forward(inputs, outputs, ldw, batch, W, X, Y, panel, 0, relu);                                            \
  }
#define FORWARD_BIAS(name, relu)                                                                              \
  kernel SINGLE void name(const int inputs, const int outputs, const int ldw, const int batch,                \
                          global const float *restrict W, global const float *restrict X,                     \
                          global float *restrict Y, global const float *restrict bias) {                      \
    local float panel[PANEL_DEPTH * PANEL_ROWS];                                                              \
    forward(inputs, outputs, ldw, batch, W, X, Y, panel, bias, relu);                                         \
  }

FORWARD(matmul_forward, false)
FORWARD(matmul_forward_relu, true)
FORWARD_BIAS(matmul_forward_bias, false)
FORWARD_BIAS(matmul_forward_bias_relu, true)

// MARK: input gradient

INLINE void input_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                           global const float *W, global const float *dY, global const float *X,
                           global float *dX, const bool gated) {
  const int i0 = get_group_id(0) * INPUT_ROWS;
  // Past the end the last row is computed again and not stored.
  global const float *w[INPUT_ROWS];
  UNROLL for (int r = 0; r < INPUT_ROWS; r++) w[r] = W + (size_t)min(i0 + r, inputs - 1) * ldw;
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
      const size_t at = (size_t)(i0 + r) * batch + b;
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

// One panel after another over the batch; between panels the sums rest in G. `panel` and `G` are those of the tile's
// first column.
INLINE void stored_tiles(const int rows, const int vectors, const int first, const int end, const int ldw,
                         const int batch, const int start, const int depth, global const float *X,
                         local const float *panel, global float *G) {
  for (int i = first; i < end; i += rows) {
    GradientSums sum;
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int c = 0; c < vectors; c++)
        sum[r][c] = start > 0 && i + r < end ? LOAD(c, G + (size_t)(i + r) * ldw) : (VECTOR)(0.0f);
    }
    accumulate(rows, vectors, i, end, batch, start, depth, X, panel, sum);
    UNROLL for (int r = 0; r < rows; r++) {
      if (i + r >= end) continue;
      UNROLL for (int c = 0; c < vectors; c++) STORE(sum[r][c], c, G + (size_t)(i + r) * ldw);
    }
  }
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
      stored_tiles(GRADIENT_TILE, GRADIENT_VECTORS, first, end, ldw, batch, start, depth, X, panel, G + o0);
    } else {
      for (int v = 0; v < vectors; v++)
        stored_tiles(NARROW_ROWS, 1, first, end, ldw, batch, start, depth, X, panel + v * WIDTH,
                     G + o0 + v * WIDTH);
    }
  }
}


kernel SINGLE void matmul_weight_gradient_update(const int inputs, const int outputs, const int ldw,
                                                 const int batch, global const float *restrict X,
                                                 global const float *restrict dY, global float *restrict W,
                                                 SLOT_PARAMETERS global const StepState *restrict state) {
  local float panel[GRADIENT_DEPTH * GRADIENT_COLUMNS];
  const Update update = {W, SLOT_NAMES 0, RULE(state), 0, 0};
  weight_gradient_update(get_group_id(0), get_group_id(1), inputs, outputs, ldw, batch, batch, 0, X, dY, panel, update, false);
}

kernel SINGLE void matmul_weight_gradient_update_masked(
    const int inputs, const int outputs, const int ldw, const int batch, global const float *restrict X,
    global const float *restrict dY, global float *restrict W,
    SLOT_PARAMETERS global const StepState *restrict state, global const uchar *restrict mask) {
  local float panel[GRADIENT_DEPTH * GRADIENT_COLUMNS];
  const Update update = {W, SLOT_NAMES mask, RULE(state), 0, 0};
  weight_gradient_update(get_group_id(0), get_group_id(1), inputs, outputs, ldw, batch, batch, 0, X, dY, panel, update, true);
}
