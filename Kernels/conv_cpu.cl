// The three products of a convolution, for CPU devices: one work-item is a work-group and owns a block of pixels and images.
//
//   conv_forward          Y[o,p,b]  = store( sum_k W[k,o] * X[row(p) + offsets[k], b] ),  k = (channel, kernel row, column)
//   conv_input_gradient   dX[c,q,b] = store( sum over taps, then o: W[(c,tap),o] * dY[o,p,b] ),  p the pixel whose tap is q
//   conv_weight_gradient  G[k,o]    = sum_p,b X[row(p) + offsets[k], b] * dY[o,p,b],  a partial sum for each block
//
// Layouts: W and G [depth, ldw] row-major, depth = channels * taps, columns outputs..<ldw are zero, ldw a multiple of 16.
// Activations lie in rows of `stride` floats, a multiple of 16 and of WIDTH * TILE_VECTORS, where a view says
// (row_at). X has a border of zeros as wide as the padding; dY needs none, since taps on padding are left out.
// `offsets` (by k) and `reads` (by tap and output; .y is the place in a channel's rows of W) are in floats, from the row of
// a pixel's first tap. A convolution that steps over `step` pixels has step * step phases of pixels of X, those that the
// same taps read: `phases` says where each one's reads start, which go by taps, then outputs, from the pixel of dY that the
// last tap in step belongs to.
// A sum of the first two products is one chain of fma() in the order of the formula, and leaving zeros out does not change
// it: the bits do not depend on tiles. Those of the third depend on the blocks, not on the tiles.
//
// The inner loops keep a tile of sums in registers and stream activations, of the whole batch where it is not too large:
// rows that follow each other in memory are what the caches fetch by themselves.
//
// Launch, local 1: forward, input gradient: global (ceil(height / lines), ceil(stride / images)), `images` a multiple of
//   WIDTH * TILE_VECTORS; weight gradient: global (ceil(height / lines), ceil(stride / images), ceil(depth / rows)), and
//   then conv_weight_gradient_sum: global (ldw / WIDTH, depth).

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef TILE_ROWS
#define TILE_ROWS 8  // forward, input gradient: channels of a register tile, an even number from TAIL_ROWS on
#endif
#ifndef TILE_VECTORS
#define TILE_VECTORS 1  // forward, input gradient: vectors along the batch in a register tile
#endif
#ifndef PANEL_DEPTH
#define PANEL_DEPTH 1024  // forward: rows of W copied to local memory at a time
#endif
#ifndef AHEAD
#define AHEAD 256  // forward, input gradient: how far ahead of a pixel's activations the caches fetch, in floats
#endif
#ifndef GRADIENT_ROWS
#define GRADIENT_ROWS 6  // weight gradient: rows of a register tile
#endif

#define TAIL_ROWS 4  // forward, input gradient: of the last tile, where no more channels are left
#define LINE 16      // floats that a cache fetches at a time
#define VECTOR JOIN(float, WIDTH)
// Rows and buffers start at multiples of a vector's size: vstore would be taken apart for those that do not.
#define LOAD(i, from) (((global const VECTOR *)(from))[i])
#define STORE(value, i, to) (((global VECTOR *)(to))[i] = (value))
#define UNROLL _Pragma("unroll")
#define SINGLE __attribute__((reqd_work_group_size(1, 1, 1)))

#define VALUE VECTOR
#include "conv_common.cl"

#define COLUMNS (WIDTH * TILE_VECTORS)

// The sums of a register tile: `rows` of TILE_ROWS are used, a constant once a function is inlined.
typedef VECTOR Sums[TILE_ROWS][TILE_VECTORS];

// Stores a tile's sums of the channels from c0 on. Past the last channel, its own numbers stand in.
INLINE void store_tile(const int rows, const int c0, const int channels, const int y, const int x,
                       const int b, const int stride, Sums sum, const Finish finish, global float *Y,
                       const int4 view) {
  FOR_EACH_STEP(finish, UNROLL for (int r = 0; r < rows; r++) {
    const int channel = min(c0 + r, channels - 1);
    UNROLL for (int c = 0; c < TILE_VECTORS; c++)
      sum[r][c] = step_of(step, finish, sum[r][c], channel, y, x, b + c * WIDTH, stride);
  })
  UNROLL for (int r = 0; r < rows; r++) {
    if (c0 + r >= channels) continue;
    global float *to = Y + (size_t)row_at(view, c0 + r, y, x) * stride + b;
    UNROLL for (int c = 0; c < TILE_VECTORS; c++) STORE(sum[r][c], c, to);
  }
}

// MARK: forward

// panel[k, r] = W[start + k, o0 + r]: the columns of a register tile side by side, which ones with stride ldw would throw
// each other out of the L1 cache. Past the last columns of W these stand in.
#if TILE_ROWS % 4 == 0
#define COPIED 4  // columns at a time
#else
#define COPIED 2
#endif
INLINE void copy_panel(const int start, const int depth, const int o0, const int ldw, global const float *W,
                       local float *panel) {
  for (int k = 0; k < depth; k++) {
    UNROLL for (int r = 0; r < TILE_ROWS; r += COPIED) {
      const int o = min(o0 + r, ldw - COPIED);
      JOIN(vstore, COPIED)(JOIN(vload, COPIED)(0, W + (size_t)(start + k) * ldw + o), 0, panel + k * TILE_ROWS + r);
    }
  }
}

// Adds `depth` products to a tile whose pixel and image are those of x.
INLINE void add_products(const int rows, const int depth, global const uint *offsets, global const float *x,
                         local const float *panel, Sums sum) {
  for (int k = 0; k < depth; k++, panel += TILE_ROWS) {
    global const float *at = x + offsets[k];
    UNROLL for (int c = 0; c < COLUMNS; c += LINE) SOON(at + AHEAD + c, false);
    UNROLL for (int r = 0; r < rows; r++) {
      const VECTOR weight = panel[r];
      UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, LOAD(c, at), sum[r][c]);
    }
  }
}

// What a work-group takes: lines of the image with their pixels, and images.
typedef struct {
  int stride;
  int y, y_end, width;
  int b, b_end;
} Block;

#define BLOCK(size, lines, images)                                                                     \
  {stride, get_group_id(0) * (lines), min(((int)get_group_id(0) + 1) * (lines), size.s0), size.s1,     \
   get_group_id(1) * (images), min(((int)get_group_id(1) + 1) * (images), stride)}

// All pixels and images of the block, for the outputs from o0 on and the rows of W from `start` on.
INLINE void forward_tiles(const int rows, const Block block, const int o0, const int outputs, const int start,
                          const int depth, const bool last, global const uint *offsets, global const float *X,
                          const int4 x_view, local const float *panel, global float *Y, const int4 y_view,
                          Finish finish) {
  if (!last) finish.steps = 0;
  for (int y = block.y; y < block.y_end; y++) {
    for (int x = 0; x < block.width; x++) {
      for (int b = block.b; b < block.b_end; b += COLUMNS) {
        Sums sum;
        UNROLL for (int r = 0; r < rows; r++) {
          global const float *rest = Y + (size_t)row_at(y_view, min(o0 + r, outputs - 1), y, x) * block.stride + b;
          UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = start > 0 ? LOAD(c, rest) : (VECTOR)(0.0f);
        }
        add_products(rows, depth, offsets + start, X + (size_t)row_at(x_view, 0, y, x) * block.stride + b, panel, sum);
        store_tile(rows, o0, outputs, y, x, b, block.stride, sum, finish, Y, y_view);
      }
    }
  }
}

kernel SINGLE void conv_forward(const int depth, const int outputs, const int ldw, const int stride, const int2 size,
                                const int lines, const int images, global const float *restrict W,
                                global const uint *restrict offsets, global const float *restrict X, const int4 x_view,
                                global float *restrict Y, const int4 y_view, const int steps,
                                global const float *restrict scale, global const float *restrict shift,
                                global const float *restrict other, const int4 other_view) {
  local float panel[PANEL_DEPTH * TILE_ROWS];
  const Finish finish = {steps, scale, shift, other, 0, other_view, other_view};
  const Block block = BLOCK(size, lines, images);
  for (int o0 = 0; o0 < outputs; o0 += TILE_ROWS) {
    for (int start = 0; start < depth; start += PANEL_DEPTH) {
      const int count = min(PANEL_DEPTH, depth - start);
      const bool last = start + count == depth;
      copy_panel(start, count, o0, ldw, W, panel);
      if (outputs - o0 > TAIL_ROWS) {
        forward_tiles(TILE_ROWS, block, o0, outputs, start, count, last, offsets, X, x_view, panel, Y, y_view, finish);
      } else {
        forward_tiles(TAIL_ROWS, block, o0, outputs, start, count, last, offsets, X, x_view, panel, Y, y_view,
                      finish);
      }
    }
  }
}

// MARK: input gradient

INLINE void input_gradient_tiles(const int rows, const Block block, const int c0, const int channels,
                                 const int outputs, const int ldw, const int2 kernel_size, const int step,
                                 const int padding, const int2 out_size, global const float *W,
                                 global const int *phases, global const uint2 *reads, global const float *dY,
                                 const int4 dy_view, global float *dX, const int4 dx_view, const Finish finish) {
  global const float *w[TILE_ROWS];
  UNROLL for (int r = 0; r < rows; r++)
    w[r] = W + (size_t)(min(c0 + r, channels - 1) * kernel_size.s0 * kernel_size.s1) * ldw;
  const int2 last = (kernel_size - 1) / step;
  for (int y = block.y; y < block.y_end; y++) {
    const int3 down = taps_of(y + padding, step, kernel_size.s0, out_size.s0);
    for (int x = 0; x < block.width; x++) {
      const int3 across = taps_of(x + padding, step, kernel_size.s1, out_size.s1);
      const int start = phases[(y + padding) % step * step + (x + padding) % step];
      // One run of reads where no column of taps is left out, else one for each row of taps.
      const bool whole = across.s1 - across.s0 == across.s2;
      const int runs = whole ? min(1, down.s1 - down.s0) : down.s1 - down.s0;
      const int length = (whole ? (down.s1 - down.s0) * across.s2 : across.s1 - across.s0) * outputs;
      const int row = row_at(dy_view, 0, (y + padding) / step - last.s0, (x + padding) / step - last.s1);
      for (int b = block.b; b < block.b_end; b += COLUMNS) {
        Sums sum;
        UNROLL for (int r = 0; r < rows; r++) {
          UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = 0.0f;
        }
        global const float *dy = dY + ((long)row * block.stride + b);
        for (int run = 0; run < runs; run++) {
          const int first = start + ((down.s0 + run) * across.s2 + across.s0) * outputs;
          for (int k = first; k < first + length; k++) {
            const uint2 read = reads[k];
            global const float *at = dy + read.s0;
            UNROLL for (int c = 0; c < COLUMNS; c += LINE) SOON(at + AHEAD + c, false);
            UNROLL for (int r = 0; r < rows; r++) {
              const VECTOR weight = w[r][read.s1];
              UNROLL for (int c = 0; c < TILE_VECTORS; c++) sum[r][c] = fma(weight, LOAD(c, at), sum[r][c]);
            }
          }
        }
        store_tile(rows, c0, channels, y, x, b, block.stride, sum, finish, dX, dx_view);
      }
    }
  }
}

kernel SINGLE void conv_input_gradient(const int channels, const int outputs, const int ldw, const int stride,
                                       const int2 size, const int lines, const int images, const int2 kernel_size,
                                       const int step, const int padding, const int2 out_size,
                                       global const float *restrict W, global const int *restrict phases,
                                       global const uint2 *restrict reads, global const float *restrict dY,
                                       const int4 dy_view, global float *restrict dX, const int4 dx_view,
                                       const int steps, global const float *restrict other, const int4 other_view,
                                       global const float *restrict gate, const int4 gate_view) {
  const Finish finish = {steps, 0, 0, other, gate, other_view, gate_view};
  const Block block = BLOCK(size, lines, images);
  for (int c0 = 0; c0 < channels; c0 += TILE_ROWS) {
    if (channels - c0 > TAIL_ROWS) {
      input_gradient_tiles(TILE_ROWS, block, c0, channels, outputs, ldw, kernel_size, step, padding, out_size, W,
                           phases, reads, dY, dy_view, dX, dx_view, finish);
    } else {
      input_gradient_tiles(TAIL_ROWS, block, c0, channels, outputs, ldw, kernel_size, step, padding, out_size, W,
                           phases, reads, dY, dy_view, dX, dx_view, finish);
    }
  }
}

// MARK: weight gradient

kernel SINGLE void conv_weight_gradient(const int depth, const int outputs, const int ldw, const int stride,
                                        const int2 size, const int lines, const int images, const int rows,
                                        global const uint *restrict offsets, global const float *restrict X,
                                        const int4 x_view, global const float *restrict dY, const int4 dy_view,
                                        global float *restrict parts) {
  const Block block = BLOCK(size, lines, images);
  global float *G = parts + (get_group_id(1) * get_num_groups(0) + get_group_id(0)) * ((size_t)depth * ldw);
  const int k_first = get_group_id(2) * rows;
  const int k_end = min(depth, k_first + rows);
  const size_t plane = (size_t)dy_view.s1 * stride;
  for (int o = 0; o < outputs; o += 4) {
    // Past the last output, the last one's sum again: the kernel that adds the parts up leaves it out.
    size_t planes[4];
    UNROLL for (int c = 0; c < 4; c++) planes[c] = (min(o + c, outputs - 1) - o) * plane;
    for (int k = k_first; k < k_end; k += GRADIENT_ROWS) {
      VECTOR sum[GRADIENT_ROWS][4];
      uint from[GRADIENT_ROWS];
      UNROLL for (int r = 0; r < GRADIENT_ROWS; r++) {
        from[r] = offsets[min(k + r, k_end - 1)];
        UNROLL for (int c = 0; c < 4; c++) sum[r][c] = 0.0f;
      }
      for (int y = block.y; y < block.y_end; y++) {
        global const float *x = X + (size_t)row_at(x_view, 0, y, 0) * stride + block.b;
        global const float *dy = dY + (size_t)row_at(dy_view, o, y, 0) * stride + block.b;
        for (int p = 0; p < block.width; p++, x += x_view.s3 * stride, dy += dy_view.s3 * stride) {
          for (int b = 0; b < block.b_end - block.b; b += WIDTH) {
            VECTOR ds[4];
            UNROLL for (int c = 0; c < 4; c++) ds[c] = LOAD(0, dy + planes[c] + b);
            UNROLL for (int r = 0; r < GRADIENT_ROWS; r++) {
              const VECTOR xs = LOAD(0, x + from[r] + b);
              UNROLL for (int c = 0; c < 4; c++) sum[r][c] = fma(xs, ds[c], sum[r][c]);
            }
          }
        }
      }
      UNROLL for (int r = 0; r < GRADIENT_ROWS; r++) {
        if (k + r < k_end)
          vstore4(JOIN(lane_sums, WIDTH)(sum[r][0], sum[r][1], sum[r][2], sum[r][3]), 0,
                  G + (size_t)(k + r) * ldw + o);
      }
    }
  }
}

// G = the parts added up, in their order. Launch: global (ldw / WIDTH, depth).
kernel SINGLE void conv_weight_gradient_sum(const int outputs, const int ldw, const int count,
                                            global const float *restrict parts, global float *restrict G) {
  const int o = get_group_id(0) * WIDTH;
  const size_t entries = (size_t)get_num_groups(1) * ldw, at = (size_t)get_group_id(1) * ldw + o;
  VECTOR sum = 0.0f;
  for (int part = 0; part < count; part++) sum += LOAD(0, parts + part * entries + at);
  const JOIN(int, WIDTH) inside = (JOIN(int, WIDTH))(o) + JOIN(convert_int, WIDTH)(JOIN(vload, WIDTH)(0, LANES)) < outputs;
  STORE(select((VECTOR)(0.0f), sum, inside), 0, G + at);
}
