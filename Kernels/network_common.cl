// What kernels share that take blocks of images through a network: the steps of its forward pass, the gathering of a block's
// images, and their macros. Included by network_cpu.cl, which describes them, and network_gradients_cpu.cl.

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef BLOCK
#define BLOCK 32  // images that are taken through the network at a time: 1 to 8, or a multiple of 16 and of COLUMNS
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 8  // outputs of a register tile: 4, 6, 8 or 16
#endif
#ifndef TILE_VECTORS
#define TILE_VECTORS 2  // vectors of images in a register tile
#endif
#ifndef PANELS
#define PANELS 4  // panels in registers at a time, where vectors lie along the outputs
#endif
#ifndef PIXELS
#define PIXELS 16  // pixels in registers at a time, likewise: half as many of two panels
#endif

#ifndef CHAINS
#define CHAINS 8  // columns of a sparse weight at a time, likewise
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
  int starts, rows;    // of a sparse weight, in `program`: with BLOCK at least 16 its tiles (SPARSE_SUMS), else, of each group
                       // of CHAINS columns, its first entry and how many each has in turn; the row of each entry, in the
                       // order of its values
  int taps;            // likewise: the items of these tiles, or the columns of the groups, with the number of their other
                       // entries; of another weight the row of each k, -1 where that is k
  int store;           // what is done to a sum, as in conv_common.cl
  int scale, shift;    // in `packed`
  int height, width;   // pixels of the result
  int4 window;         // of a pooling: height, width, step and padding
  int4 x_view, y_view, other_view;  // in the slot
  int2 x_size;         // of a pooling: height and width of what it reads
  int parts, unused;   // how many parts the step has where groups share it
} Step;

// A step as its functions need it.
typedef struct {
  global const Step *at;
  global const int *program;
  global const float *weights;
  global float *slot;  // the group's activations
  int part, parts;     // which of so many shares of the step it is
  Finish finish;
} Work;

// Where the share of `count` things begins, and where the next one does.
#define SHARE(work, count, next) ((int)((long)(count) * ((work).part + (next)) / (work).parts))

#define X_OF(work, y, x) ((work).slot + (size_t)row_at((work).at->x_view, 0, y, x) * BLOCK)
#define Y_OF(work, o, y, x) ((work).slot + (size_t)row_at((work).at->y_view, o, y, x) * BLOCK)

#if BLOCK >= 16
#include "network_images.cl"
#else
#include "network_outputs.cl"
#endif

// MARK: the network

// The result of a pooling at (oy, ox), as a T, `v` floats into the row of a block; several pixels in one T have their windows
// within the plane.
#define POOL(name, T, AT)                                                                                       \
  INLINE T name(const Work work, const int c, const int oy, const int ox, const int v) {                        \
    const int4 window = work.at->window;                                                                        \
    const int top = oy * window.s2 - window.s3, left = ox * window.s2 - window.s3;                              \
    const int y0 = max(top, 0), y1 = min(top + window.s0, work.at->x_size.s0);                                  \
    const int x0 = max(left, 0), x1 = min(left + window.s1, work.at->x_size.s1);                                \
    const int next = window.s2 * work.at->x_view.s3 * BLOCK;                                                    \
    T result = (T)(work.at->kind == MAXIMUM ? -INFINITY : 0.0f);                                                \
    for (int y = y0; y < y1; y++) {                                                                             \
      for (int x = x0; x < x1; x++) {                                                                           \
        const T value = AT(work.slot + (size_t)row_at(work.at->x_view, c, y, x) * BLOCK + v, next);             \
        if (work.at->kind == MAXIMUM) result = IS_LARGER(value, result) ? value : result;                       \
        else result += value;                                                                                   \
      }                                                                                                         \
    }                                                                                                           \
    if (work.at->kind == MEAN) result /= (float)(window.s0 * window.s1);                                        \
    return work.finish.steps & RECTIFY ? RELU(T, result) : result;                                              \
  }

#define VALUE_AT(from, next) (*(global const VALUE *)(from))
POOL(pool_pixel, VALUE, VALUE_AT)
#if BLOCK >= 16
#define POOLED 1
#else
// Pixels at a time, since a row of few images is no vector.
#define POOLED 4
#define PIXELS_AT(from, next) ((float4)((from)[0], (from)[next], (from)[2 * (next)], (from)[3 * (next)]))
POOL(pool_pixels, float4, PIXELS_AT)
#endif

// The work's share of the channels of a pooling.
INLINE void pool_step(const Work work) {
  const int end = SHARE(work, work.at->outputs, 1);
  for (int c = SHARE(work, work.at->outputs, 0); c < end; c++) {
    for (int y = 0; y < work.at->height; y++) {
      int x = 0;
#if POOLED > 1
      // Without padding all windows lie within the plane.
      for (; work.at->window.s3 == 0 && x + POOLED <= work.at->width; x += POOLED) {
        global float *to = Y_OF(work, c, y, x);
        const int next = work.at->y_view.s3 * BLOCK;
        for (int n = 0; n < BLOCK; n++) {
          const float4 result = pool_pixels(work, c, y, x, n);
          to[n] = result.s0, to[next + n] = result.s1, to[2 * next + n] = result.s2, to[3 * next + n] = result.s3;
        }
      }
#endif
      for (; x < work.at->width; x++) {
        for (int v = 0; v < BLOCK_VECTORS; v++)
          ((global VALUE *)Y_OF(work, c, y, x))[v] = pool_pixel(work, c, y, x, v * BLOCK / BLOCK_VECTORS);
      }
    }
  }
}

// A share of a step, of which there are `parts`.
INLINE void run_step(global const Step *at, global const int *program, global const float *packed,
                     global float *slot, const int part, const int parts) {
  const Work work = {
      at, program, packed + at->weight, slot, part, parts,
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
