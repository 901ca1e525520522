// A network's forward pass over a set of images in one launch, for CPU devices: a work-group takes BLOCK images through all
// layers, then the next ones, so that its activations stay in the caches.
//
//   network_bytes, network_floats   outputs = what the steps make of the images order[first]..., block by block
//   network_pack                    a weight matrix in panels of 16 outputs: packed[p, i, j] = W[i, 16 p + j]
//   network_copy                    packed[i] = from[i]
//
// A step is a product, Y[o,p,n] = store( sum_k W[k,o] * X[row(p) + taps[k], n] ), with the chain of fma() and the store of
// conv_forward, or of matmul_forward where there is one pixel; over the surviving entries for a sparse weight. Or it is a
// pooling, as pool.cl has it. So the bits are those of the layers one by one.
//
// Layouts: `program` holds STEP_WORDS integers for each step (Step), then the tables that steps name: taps by k, in rows; of
// a sparse weight where each column's entries start, then the row of each. `packed` holds the weights in panels, values of
// sparse ones by columns, and a store's numbers for channels. Activations lie in a group's slot of `slots`, in rows of BLOCK
// floats, where views say; borders are zero and stay so. outputs is [batch, classes, stride]: image i of the launch is column
// i % batch_size of batch i / batch_size.
// counters: the next block, and the groups that are done; the last one sets both to zero, as they are before the launch.
//
// With BLOCK at least 16, vectors lie along the images, and a tile of outputs by images stays in registers. With fewer,
// they lie along the outputs: PANELS panels of 16 for each image, or one panel for each image of PIXELS pixels.
//
// Launch, local 1: network_*: global as many groups as there are slots; network_pack: global ceil(outputs / 16);
//   network_copy: global 1.

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef BLOCK
#define BLOCK 32  // images that are taken through the network at a time: 1 to 8, or a multiple of 16 and of COLUMNS
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 8  // outputs of a register tile: 4, 8 or 16
#endif
#ifndef TILE_VECTORS
#define TILE_VECTORS 2  // vectors of images in a register tile
#endif
#ifndef PANELS
#define PANELS 4  // panels in registers at a time, where vectors lie along the outputs
#endif
#ifndef PIXELS
#define PIXELS 8  // pixels in registers at a time, likewise
#endif

#define PANEL 16       // outputs of a panel
#define STEP_WORDS 32  // integers of a step
#define GATHER_TILE 16
#define UNROLL _Pragma("unroll")
#define SINGLE __attribute__((reqd_work_group_size(1, 1, 1)))

#if BLOCK >= 16
#define VALUE JOIN(float, WIDTH)
#else
#define VALUE float
#endif
#include "conv_common.cl"
#include "gather_common.cl"

// What the host writes of a step (BlockProgram). Places in `packed` and `program` are in numbers of 4 bytes.
#define DENSE 0
#define SPARSE 1
#define MAXIMUM 2
#define MEAN 3
typedef struct {
  int kind;            // of these
  int depth, outputs;  // rows and columns of the weight; of a pooling the channels, twice
  int weight;          // its panels or its values, in `packed`
  int starts, rows;    // of a sparse weight, in `program`: where columns start, the row of each entry
  int taps;            // of another one, in `program`: the row of each k; -1 where that is k
  int store;           // what is done to a sum, as in conv_common.cl
  int scale, shift;    // in `packed`
  int height, width;   // pixels of the result
  int4 window;         // of a pooling: height, width, step and padding
  int4 x_view, y_view, other_view;  // in the slot
  int4 x_size;         // of a pooling: height and width of what it reads
} Step;

// A step as its functions need it.
typedef struct {
  global const Step *at;
  global const int *program;
  global const float *weights;
  global float *slot;
  Finish finish;
} Work;

#define X_OF(work, y, x) ((work).slot + (size_t)row_at((work).at->x_view, 0, y, x) * BLOCK)
#define Y_OF(work, o, y, x) ((work).slot + (size_t)row_at((work).at->y_view, o, y, x) * BLOCK)

// MARK: vectors along the images

#if BLOCK >= 16

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

// MARK: vectors along the outputs

#else

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

INLINE void dense_step(const Work work, const bool has_taps) {
  const int outputs = work.at->outputs;
  int o = 0;
  if (!has_taps) {
    for (; o + (PANELS - 1) * PANEL < outputs; o += PANELS * PANEL) dense_tile(work, false, PANELS, 1, o, 0, 0);
  }
  for (; o < outputs; o += PANEL) {
    for (int y = 0; y < work.at->height; y++) {
      int x = 0;
      for (; has_taps && x + PIXELS <= work.at->width; x += PIXELS) dense_tile(work, has_taps, 1, PIXELS, o, y, x);
      for (; x < work.at->width; x++) dense_tile(work, has_taps, 1, 1, o, y, x);
    }
  }
}

// Adds an entry to the sums of its output.
INLINE void add_entry(const float value, global const float *row, float sum[BLOCK]) {
  UNROLL for (int n = 0; n < BLOCK; n++) sum[n] = fma(value, row[n], sum[n]);
}

#define CHAINS 4  // outputs at a time: the chain of one would wait for each fma

INLINE void sparse_pixel(const Work work, const int y, const int x) {
  const int outputs = work.at->outputs;
  global const int *starts = work.program + work.at->starts, *rows = work.program + work.at->rows;
  global const float *X = X_OF(work, y, x);
  for (int o = 0; o < outputs; o += CHAINS) {
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

INLINE void sparse_step(const Work work) {
  for (int y = 0; y < work.at->height; y++) {
    for (int x = 0; x < work.at->width; x++) sparse_pixel(work, y, x);
  }
}

#define BLOCK_VECTORS BLOCK

#endif

// MARK: the network

// A pooling, vector by vector of the block's images.
INLINE void pool_step(const Work work) {
  const int4 window = work.at->window;
  for (int c = 0; c < work.at->outputs; c++) {
    for (int oy = 0; oy < work.at->height; oy++) {
      const int top = oy * window.s2 - window.s3;
      const int y0 = max(top, 0), y1 = min(top + window.s0, work.at->x_size.s0);
      for (int ox = 0; ox < work.at->width; ox++) {
        const int left = ox * window.s2 - window.s3;
        const int x0 = max(left, 0), x1 = min(left + window.s1, work.at->x_size.s1);
        for (int v = 0; v < BLOCK_VECTORS; v++) {
          VALUE result = work.at->kind == MAXIMUM ? -INFINITY : 0.0f;
          for (int y = y0; y < y1; y++) {
            for (int x = x0; x < x1; x++) {
              const VALUE value =
                  ((global const VALUE *)(work.slot + (size_t)row_at(work.at->x_view, c, y, x) * BLOCK))[v];
              if (work.at->kind == MAXIMUM) result = IS_LARGER(value, result) ? value : result;
              else result += value;
            }
          }
          if (work.at->kind == MEAN) result /= (float)(window.s0 * window.s1);
          if (work.finish.steps & RECTIFY) result = RELU(VALUE, result);
          ((global VALUE *)Y_OF(work, c, oy, ox))[v] = result;
        }
      }
    }
  }
}

INLINE void run_step(global const Step *at, global const int *program, global const float *packed, global float *slot) {
  const Work work = {
      at, program, packed + at->weight, slot,
      {at->store, packed + at->scale, packed + at->shift, slot, 0, at->other_view, at->other_view}};
  if (at->kind >= MAXIMUM) pool_step(work);
  else if (at->kind == SPARSE) sparse_step(work);
  else if (at->taps < 0) dense_step(work, false);
  else dense_step(work, true);
}

// The images of a block, of which there are `count`.
#if BLOCK >= 16
#define GATHER_BLOCK(square, pixel)                                                                     \
  for (int n = 0; n < BLOCK; n += GATHER_TILE) {                                                        \
    for (int f = 0; f < features; f += GATHER_TILE)                                                     \
      square(f, n, features, BLOCK, size.s0, size.s1, view, images, own, count, scales, slot);          \
  }
#else
// Rows follow each other as features do, unless there is a border.
#define GATHER_BLOCK(square, pixel)                                                                     \
  if (view.s0 == 0 && view.s1 == size.s0 * size.s1 && view.s2 == size.s1) {                             \
    for (int f = 0; f < features; f++) {                                                                \
      UNROLL for (int n = 0; n < BLOCK; n++)                                                            \
        slot[f * BLOCK + n] = n < count ? pixel(images[(size_t)own[n] * features + f], f) : 0.0f;       \
    }                                                                                                   \
  } else {                                                                                              \
    int3 at = (int3)(0);                                                                                \
    for (int f = 0; f < features; f++, at = next_pixel(at, size.s0, size.s1)) {                         \
      global float *row = slot + (size_t)row_at(view, at.s0, at.s1, at.s2) * BLOCK;                     \
      UNROLL for (int n = 0; n < BLOCK; n++)                                                            \
        row[n] = n < count ? pixel(images[(size_t)own[n] * features + f], f) : 0.0f;                    \
    }                                                                                                   \
  }
#endif

// Puts the results of the images from `image` on where the loss reads them.
INLINE void store_outputs(const int image, const int count, const int classes, const int4 view, const int batch_size,
                          const int stride, global const float *slot, global float *outputs) {
  for (int c = 0; c < classes; c++) {
    global const float *row = slot + (size_t)row_at(view, c, 0, 0) * BLOCK;
    for (int n = 0; n < count; n++) {
      const int batch = (image + n) / batch_size, column = (image + n) % batch_size;
      outputs[((size_t)batch * classes + c) * stride + column] = row[n];
    }
  }
}

#define NETWORK(name, T, SCALES, NO_SCALES, square, pixel)                                                         \
  kernel SINGLE void name(const int steps, const int features, const int2 size, const int4 view,                   \
                          const int classes, const int4 outputs_view, const int total,                             \
                          const int first, const int most, const int batch_size, const int stride,                 \
                          const int slot_floats, global const int *restrict program,                               \
                          global const float *restrict packed, global const T *restrict images,                    \
                          global const int *restrict order, SCALES global float *restrict slots,                   \
                          volatile global int *restrict counters, global float *restrict outputs) {                \
    NO_SCALES                                                                                                      \
    global float *slot = slots + (size_t)get_group_id(0) * slot_floats;                                            \
    const int end = min(most, total - first);                                                                      \
    for (int image = atomic_inc(counters) * BLOCK; image < end; image = atomic_inc(counters) * BLOCK) {            \
      global const int *own = order + first + image;                                                               \
      const int count = min(BLOCK, end - image);                                                                   \
      GATHER_BLOCK(square, pixel)                                                                                  \
      global const Step *at = (global const Step *)program;                                                        \
      for (int s = 0; s < steps; s++, at++) run_step(at, program, packed, slot);                                   \
      store_outputs(image, count, classes, outputs_view, batch_size, stride, slot, outputs);                       \
    }                                                                                                              \
    if (atomic_inc(counters + 1) + 1 == (int)get_num_groups(0)) counters[0] = counters[1] = 0;                     \
  }

NETWORK(network_bytes, uchar, SCALES_PARAMETER, , square_of_bytes, SEEN_BYTE)
NETWORK(network_floats, float, , NO_SCALES, square_of_floats, SEEN_FLOAT)

// MARK: packing

kernel SINGLE void network_pack(const int inputs, const int ldw, global const float *restrict W, const int first,
                                global float *restrict packed) {
  const int p = get_group_id(0);
  global float *to = packed + first + (size_t)p * inputs * PANEL;
  for (int i = 0; i < inputs; i++) vstore16(vload16(0, W + (size_t)i * ldw + p * PANEL), i, to);
}

kernel SINGLE void network_copy(const int count, global const float *restrict from, const int first,
                                global float *restrict packed) {
  for (int i = 0; i < count; i++) packed[first + i] = from[i];
}
