// A network's forward pass over a set of images in one launch, for CPU devices: a work-group takes BLOCK images through all
// layers, then the next ones, so that its activations stay in the caches.
//
//   network_bytes, network_floats   outputs = what the steps make of the images order[first]..., block by block
//   network_begin_bytes, network_begin_floats, network_share
//                                   the same for a single block, in several launches: one for each step that all groups
//                                   share, and for several steps of one group; the first takes the images, the last gives
//                                   the outputs
//   network_pack                    a weight matrix in panels of 16 outputs: packed[p, i, j] = W[i, 16 p + j]
//   network_copy                    packed[i] = from[i]
//
// A step is a product, Y[o,p,n] = store( sum_k W[k,o] * X[row(p) + taps[k], n] ), with the chain of fma() and the store of
// conv_forward, or of matmul_forward where there is one pixel; over the surviving entries for a sparse weight. Or it is a
// pooling, as pool.cl has it. So the bits are those of the layers one by one.
//
// Layouts: `program` holds 32 integers for each step (Step), then the tables that steps name: taps by k, in rows; of
// a sparse weight where each column's entries start, then the row of each. `packed` holds the weights in panels, values of
// sparse ones by columns, and a store's numbers for channels. Activations lie in a group's slot of `slots`, in rows of BLOCK
// floats, where views say; borders are zero and stay so. outputs is [batch, classes, stride]: image i of the launch is column
// i % batch_size of batch i / batch_size.
// counters: the next block, and the groups that are done; the last one sets both to zero, as they are before the launch.
//
// With BLOCK at least 16, vectors lie along the images, and a tile of outputs by images stays in registers. With fewer,
// they lie along the outputs: PANELS panels of 16 for each image, or one panel for each image of PIXELS pixels.
//
// Launch, local 1: network_*: global as many groups as there are slots; network_begin_* and network_share: the same for one
//   step, else 1; network_pack: global ceil(outputs / 16);
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

#define PANEL 16  // outputs of a panel
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
  global const float *from;  // the slot that it reads
  global float *slot;        // the slot that it writes
  int part, parts;           // which of so many shares of the step it is
  Finish finish;
} Work;

// Where the share of `count` things begins, and where the next one does.
#define SHARE(work, count, next) ((int)((long)(count) * ((work).part + (next)) / (work).parts))

#define X_OF(work, y, x) ((work).from + (size_t)row_at((work).at->x_view, 0, y, x) * BLOCK)
#define Y_OF(work, o, y, x) ((work).slot + (size_t)row_at((work).at->y_view, o, y, x) * BLOCK)

#if BLOCK >= 16
#include "network_images.cl"
#else
#include "network_outputs.cl"
#endif

// MARK: the network

// A pooling, vector by vector of the block's images.
INLINE void pool_step(const Work work) {
  const int4 window = work.at->window;
  const int end = SHARE(work, work.at->outputs, 1);
  for (int c = SHARE(work, work.at->outputs, 0); c < end; c++) {
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
                  ((global const VALUE *)(work.from + (size_t)row_at(work.at->x_view, c, y, x) * BLOCK))[v];
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

// A share of a step, of which there are `parts`.
INLINE void run_step(global const Step *at, global const int *program, global const float *packed,
                     global const float *from, global float *slot, const int part, const int parts) {
  const Work work = {
      at, program, packed + at->weight, from, slot, part, parts,
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
      for (int s = 0; s < steps; s++, at++) run_step(at, program, packed, slot, slot, 0, 1);                       \
      store_outputs(image, count, classes, outputs_view, batch_size, stride, slot, outputs);                       \
    }                                                                                                              \
    if (atomic_inc(counters + 1) + 1 == (int)get_num_groups(0)) {                                                  \
      atomic_xchg(counters, 0);                                                                                    \
      atomic_xchg(counters + 1, 0);                                                                                \
    }                                                                                                              \
  }

NETWORK(network_bytes, uchar, SCALES_PARAMETER, , square_of_bytes, SEEN_BYTE)
NETWORK(network_floats, float, , NO_SCALES, square_of_floats, SEEN_FLOAT)

// MARK: a block that all groups share

#if BLOCK < 16
// Runs steps of a block. A step that groups share reads and writes the first slot, but for the images, which each group has in
// its own.
INLINE void shared_steps(global const Step *at, const int steps, global const int *program, global const float *packed,
                         global const float *from, global float *slots) {
  const int part = get_group_id(0), parts = get_num_groups(0);
  for (int s = 0; s < steps; s++, at++) run_step(at, program, packed, s == 0 ? from : slots, slots, part, parts);
}

#define NETWORK_BEGIN(name, T, SCALES, NO_SCALES, square, pixel)                                                   \
  kernel SINGLE void name(const int steps, const int features, const int2 size, const int4 view, const int total,  \
                          const int first, const int slot_floats, global const int *restrict program,              \
                          global const float *restrict packed, global const T *restrict images,                    \
                          global const int *restrict order, SCALES global float *restrict slots) {                 \
    NO_SCALES                                                                                                      \
    global float *slot = slots + (size_t)get_group_id(0) * slot_floats;                                            \
    global const int *own = order + first;                                                                         \
    const int count = min(BLOCK, total - first);                                                                   \
    GATHER_BLOCK(square, pixel)                                                                                    \
    shared_steps((global const Step *)program, steps, program, packed, slot, slots);                               \
  }

NETWORK_BEGIN(network_begin_bytes, uchar, SCALES_PARAMETER, , square_of_bytes, SEEN_BYTE)
NETWORK_BEGIN(network_begin_floats, float, , NO_SCALES, square_of_floats, SEEN_FLOAT)

// `steps` from step `begin` on; then the outputs, of so many classes: none but after the last step.
kernel SINGLE void network_share(const int begin, const int steps, const int classes, const int4 outputs_view,
                                 const int total, const int first, const int batch_size, const int stride,
                                 global const int *restrict program, global const float *restrict packed,
                                 global float *restrict slots, global float *restrict outputs) {
  shared_steps((global const Step *)program + begin, steps, program, packed, slots, slots);
  store_outputs(0, min(BLOCK, total - first), classes, outputs_view, batch_size, stride, slots, outputs);
}
#endif

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
