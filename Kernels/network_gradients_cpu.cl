// What a step of training computes of its images in one launch, for CPU devices: a work-group takes BLOCK images of the batch
// forward through all layers, computes their loss and its gradient, and goes back through the layers. Products with images of
// other groups, which the weights' gradients are, come after it (network_update_cpu.cl).
//
//   network_gradients_bytes, network_gradients_floats
//
// Forward it runs the steps of network_common.cl. Then, where an input needs a gradient,
//   dX[i, n] = gate( sum_o W[i, o] * dY[o, n] ),  gate: 0 where X[i, n] <= 0
// over the entries of row i for a sparse weight, o ascending: the chains of matmul_input_gradient and sparse_input_gradient, so
// that the bits are those of a launch for each layer. So are those of the loss, whose formulas loss.cl has: of LOSS_VECTOR
// columns each it leaves sum and correct predictions in losses[k] and losses[k + groups * BLOCK / LOSS_VECTOR].
//
// The batch is that after the state's. The first group also begins the optimizer's step: it counts it, and prepares its Rule.
// Of the state no group reads what another one writes.
//
// Layouts: `program` and `packed` are those of network_cpu.cl; from `back` on, `program` has the steps back (StepBack), and of
// sparse weights the tiles of their rows; `values` holds theirs in the order of these tiles. A group's activations and their
// gradients lie in its slot of `slots`, in rows of BLOCK floats.
// Launch, local 1: global ceil(batch_size / BLOCK).

#include "network_common.cl"
#include "loss_common.cl"

// What the host writes of a step back (TrainingProgram).
typedef struct {
  int kind;            // DENSE or SPARSE
  int depth, outputs;  // rows and columns of the weight
  int weight;          // its panels, in `packed`, or its values in the order of its tiles, in `values`
  int starts, rows;    // of a sparse weight, in `program`: its tiles (SPARSE_SUMS), the row of dY of each entry,
  int items;           // and the items of these tiles
  int dy, dx;          // the first row of each, in the slot
  int gate;            // that of the activation whose ReLU the gradient passes; negative for none
  int padding[6];
} StepBack;

INLINE void store_gradient(const StepBack at, global float *slot, const int i, const int n, VALUE value) {
  if (at.gate >= 0) value = RELU_GATE(VALUE, LOAD(0, slot + (size_t)(at.gate + i) * BLOCK + n), value);
  STORE(value, 0, slot + (size_t)(at.dx + i) * BLOCK + n);
}

// The gradients of `rows` inputs from i on, for the images from n on. `tile` counts the tiles of 16 inputs.
INLINE void dense_tile_back(const int rows, const StepBack at, global const float *weights, global float *slot, const int i,
                            const int n, const int tile) {
  VALUE sum[TILE_ROWS][TILE_VECTORS];
  // Past the last row it is computed again, and stored where nothing reads: tensors of a slot are filled up to 16 rows.
  global const float *row[TILE_ROWS];
  UNROLL for (int r = 0; r < rows; r++) {
    row[r] = weights + (size_t)min(i + r, at.depth - 1) * PANEL;
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = 0.0f;
  }
  // The weights of the next 16 inputs are on their way, a line of each panel with four outputs of each tile.
  global const float *next = weights + (size_t)(i / PANEL * PANEL + PANEL + 4 * min(tile, 3)) * PANEL;
  global const float *dy = slot + (size_t)at.dy * BLOCK + n;
#define WEIGHT(r) row[r][j]
  for (int o = 0; o < at.outputs; o += PANEL) {
    if (o + PANEL <= at.outputs) {
      UNROLL for (int j = 0; j < PANEL; j++, dy += BLOCK) {
        if (j % 4 == 0) SOON(next + j / 4 * PANEL, false);
        ADD_PRODUCTS(rows, WEIGHT, dy, sum)
      }
    } else {
      for (int j = 0; j < at.outputs - o; j++, dy += BLOCK) ADD_PRODUCTS(rows, WEIGHT, dy, sum)
    }
    UNROLL for (int r = 0; r < rows; r++) row[r] += (size_t)at.depth * PANEL;
    next += (size_t)at.depth * PANEL;
  }
#undef WEIGHT
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) store_gradient(at, slot, i + r, n + c * WIDTH, sum[r][c]);
  }
}

INLINE void sparse_step_back(const StepBack at, global const int *program, global const float *values,
                             global float *slot) {
  global const int *tiles = program + at.starts, *rows = program + at.rows;
  global const int2 *items = (global const int2 *)(program + at.items);
  global const float *dY = slot + (size_t)at.dy * BLOCK;
#define place(i) (slot + (size_t)(at.dx + (i)) * BLOCK)
#define finish(sum, i) UNROLL for (int c = 0; c < BLOCK_VECTORS; c++) store_gradient(at, slot, i, c * WIDTH, sum[c]);
  SPARSE_SUMS(tiles, items, rows, values, dY)
#undef place
#undef finish
}

INLINE void step_back(const StepBack at, global const int *program, global const float *packed,
                      global const float *values, global float *slot) {
  if (at.kind == SPARSE) {
    sparse_step_back(at, program, values + at.weight, slot);
  } else {
    for (int i = 0; i < at.depth; i += PANEL) {
      const int most = min(PANEL, at.depth - i);
      for (int n = 0, tile = 0; n < BLOCK; n += COLUMNS) {
#define TILE(rows) dense_tile_back(rows, at, packed + at.weight, slot, i + t, n, tile++)
        FOR_TILES(most, TILE)
#undef TILE
      }
    }
  }
}

#define GRADIENTS(name, T, SCALES, NO_SCALES, square)                                                              \
  kernel SINGLE void name(const int steps, const int back, const int steps_back, const int features,               \
                          const int2 size, const int4 view, const int classes, const int2 outputs,                 \
                          const int images_count, const int batch_size, const float smoothing,                     \
                          const float rate, const float8 numbers, const int slot_floats,                           \
                          global const int *restrict program, global const float *restrict packed,                 \
                          global const float *restrict values, global const T *restrict images,                    \
                          global const uchar *restrict labels, global const int *restrict order, SCALES global StepState *restrict state,               \
                          global float *restrict slots, global int *restrict losses) {                             \
    NO_SCALES                                                                                                      \
    const int group = get_group_id(0), first = group * BLOCK;                                                      \
    if (group == 0) {                                                                                              \
      const int step = state->step + 1;                                                                            \
      state->step = step;                                                                                          \
      prepare(step, rate, numbers, (global Rule *)state->rule);                                                    \
    }                                                                                                              \
    const int cursor = state->cursor + state->count;                                                               \
    const int batch_images = clamp(images_count - cursor, 0, batch_size);                                          \
    const int count = clamp(batch_images - first, 0, BLOCK);                                                       \
    global const int *own = order + cursor + first;                                                                \
    global float *slot = slots + (size_t)group * slot_floats;                                                      \
    for (int n = 0; n < BLOCK; n += GATHER_TILE) {                                                                 \
      for (int f = 0; f < features; f += GATHER_TILE) {                                                            \
        AHEAD(T, images, own + n, min(GATHER_TILE, count - n), (size_t)features, f)                                \
        square(f, n, features, BLOCK, size.s0, size.s1, view, images, own, count, scales, slot);                   \
      }                                                                                                            \
    }                                                                                                              \
    global const Step *at = (global const Step *)program;                                                          \
    for (int s = 0; s < steps; s++, at++) run_step(at, program, packed, slot, 0, 1);                               \
    for (int b = 0; b < BLOCK; b += LOSS_VECTOR) {                                                                 \
      float loss = 0.0f;                                                                                           \
      int hits = 0;                                                                                                \
      loss_of_columns(b, classes, BLOCK, cursor + first, count, slot + (size_t)outputs.s0 * BLOCK, labels, order,  \
                      true, batch_images, smoothing, slot + (size_t)outputs.s1 * BLOCK, &loss, &hits);             \
      const int part = (first + b) / LOSS_VECTOR;                                                                  \
      losses[part] = as_int(loss);                                                                                 \
      losses[part + (int)get_num_groups(0) * (BLOCK / LOSS_VECTOR)] = hits;                                        \
    }                                                                                                              \
    global const StepBack *next = (global const StepBack *)(program + back);                                       \
    for (int s = 0; s < steps_back; s++, next++) step_back(*next, program, packed, values, slot);                          \
  }

GRADIENTS(network_gradients_bytes, uchar, SCALES_PARAMETER, , square_of_bytes)
GRADIENTS(network_gradients_floats, float, , NO_SCALES, square_of_floats)
