// The three products of a convolution, for GPUs.
//
//   conv_forward          Y[o, n]  = store( sum_k W[k, o] * X[row(n) + offsets[k]] )    k = (channel, kernel row, column)
//   conv_input_gradient   dX[c, n] = store( sum over taps, then o: W[(c, tap), o] * dY[o, the pixel whose tap n is] )
//   conv_weight_gradient  G[k, o]  = sum_n X[row(n) + offsets[k]] * dY[o, n], a partial sum for each block of lines and
//                                    images
//
// n is a pixel and an image: each is a matrix product whose activations lie where a view says (row_at).
// Layouts: W and G [depth, ldw] row-major, depth = channels * taps, columns outputs..<ldw are zero, ldw a multiple of 16,
// as is `stride`, the floats of a row of an activation. X has a border of zeros as wide as the padding; dY needs none.
// A convolution that steps over `step` pixels has step * step phases: pixels of X that the same taps read.
//
// The tiles, the macros and the geometry are those of panels_gpu.cl, with
//   (M, N) = (outputs, pixels * stride) forward,
//   (channels, pixels of the first phase * stride) for the input gradient, and a group in z for each phase,
//   (depth, ldw) for the weight gradient, and a group in z for each block of `lines` lines and `images` images, a multiple
//   of 4: all blocks of images of the first lines, then those of the next.

typedef struct {
  int2 kernel_size;  // rows, columns
  int2 first;        // the phase's first tap; the others follow in steps
  int2 taps;         // the phase's taps: rows, columns
  int step;
} Phase;

// An operand of the product: what lies at depth d and n, zero from `depth` and from `count` on.
typedef struct {
  enum {
    WEIGHTS,  // W,                                   d = k, n = o
    TAPS,     // W,                                   d = (tap of the phase, o), n = channel
    PATCHES,  // X,                                   d = k, n = (pixel, image)
    READERS,  // dY: pixels that read a pixel of X,   d = (tap of the phase, o), n = (pixel of the phase, image)
    ROWS,     // X,                                   d = (pixel, image), n = k
    PLANES    // dY,                                  d = (pixel, image), n = o
  } kind;
  bool across;  // a vector spans n: all but the last two and TAPS, where it spans d
  int depth, count;
  global const float *data;
  int ldw;                     // of W; of dY's readers too, since d counts by it
  int images, width;           // of (pixel, image): images of a pixel, pixels of a line
  int stride;                  // floats of a row of X and dY
  int4 view;                   // of X and dY
  global const uint *offsets;  // of X
  Phase phase;
  int2 from, size;             // of dY's readers: the pixel that the first tap of the phase's first pixel reads; dY's size
  int outputs;
} Operand;

#include "panels_gpu.cl"

#define VALUE Vector
#include "conv_common.cl"

// Where the pixel and image that `at` counts are in a channel of a view.
INLINE size_t place_of(const Operand operand, const int channel, const int at) {
  const int pixel = at / operand.images, line = pixel / operand.width;
  const int row = row_at(operand.view, channel, line, pixel - line * operand.width);
  return (size_t)row * operand.stride + (at - pixel * operand.images);
}

INLINE Vector fetch(const Operand operand, const int d, const int n) {
  if (d >= operand.depth || n >= operand.count) return (Vector)(0.0f);
  switch (operand.kind) {
    case WEIGHTS: return LOAD(operand.data + (size_t)d * operand.ldw + n);
    case PATCHES: return LOAD(operand.data + place_of(operand, 0, n) + operand.offsets[d]);
    case ROWS: return LOAD(operand.data + place_of(operand, 0, d) + operand.offsets[n]);
    case PLANES: return LOAD(operand.data + place_of(operand, n, d));
    default: break;
  }
  const Phase phase = operand.phase;
  const int tap = d / operand.ldw, o = d - tap * operand.ldw;
  const int ky = tap / phase.taps.s1, kx = tap - ky * phase.taps.s1;
  if (operand.kind == TAPS) {
    const int row = n * phase.kernel_size.s0 + phase.first.s0 + ky * phase.step;
    const int k = row * phase.kernel_size.s1 + phase.first.s1 + kx * phase.step;
    return LOAD(operand.data + (size_t)k * operand.ldw + o);
  }
  // Each further tap belongs to a pixel before.
  const int pixel = n / operand.images, line = pixel / operand.width;
  const int y = operand.from.s0 + line - ky, x = operand.from.s1 + pixel - line * operand.width - kx;
  if (o >= operand.outputs || y < 0 || y >= operand.size.s0 || x < 0 || x >= operand.size.s1) return (Vector)(0.0f);
  return LOAD(operand.data + (size_t)row_at(operand.view, o, y, x) * operand.stride + (n - pixel * operand.images));
}

// Stores the sums of `channels` channels at `pixels` pixels, `width` to a line, which are `apart` from each other and
// start at `first`.
INLINE void store_sums(const int channels, const int pixels, const int width, const int2 first, const int apart,
                       const int stride, const Vector sums[THREAD_M][VECTORS_N], const Finish finish,
                       global float *Y, const int4 view) {
#pragma unroll
  for (int m = 0; m < THREAD_M; m++) {
#pragma unroll
    for (int c = 0; c < VECTORS_N; c++) {
      const int channel = row_of(OWN_TILE, m), n = column_of(OWN_TILE, c);
      const int pixel = n / stride, image = n % stride;
      if (channel >= channels || pixel >= pixels) continue;
      const int y = first.s0 + pixel / width * apart, x = first.s1 + pixel % width * apart;
      Vector value = sums[m][c];
      FOR_EACH_STEP(finish, value = step_of(step, finish, value, channel, y, x, image, stride);)
      STORE(Y + (size_t)row_at(view, channel, y, x) * stride + image, value);
    }
  }
}

KERNEL conv_forward(const int depth, const int outputs, const int ldw, const int stride, const int2 size,
                    global const float *restrict W, global const uint *restrict offsets,
                    global const float *restrict X, const int4 x_view, global float *restrict Y, const int4 y_view,
                    const int steps, global const float *restrict scale, global const float *restrict shift,
                    global const float *restrict other, const int4 other_view) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  const int pixels = size.s0 * size.s1;
  const Operand A = {.kind = WEIGHTS, .across = true, .depth = depth, .count = ldw, .data = W, .ldw = ldw};
  const Operand B = {.kind = PATCHES, .across = true, .depth = depth, .count = pixels * stride, .data = X,
                     .images = stride, .width = size.s1, .stride = stride, .view = x_view, .offsets = offsets};
  multiply(A, B, OWN_TILE, depth, panels_m, panels_n, sums);
  const Finish finish = {steps, scale, shift, other, 0, other_view, other_view};
  store_sums(outputs, pixels, size.s1, (int2)(0), 1, stride, sums, finish, Y, y_view);
}

KERNEL conv_input_gradient(const int channels, const int outputs, const int ldw, const int stride, const int2 size,
                           const int2 kernel_size, const int step, const int padding, const int2 out_size,
                           global const float *restrict W, global const float *restrict dY, const int4 dy_view,
                           global float *restrict dX, const int4 dx_view, const int steps,
                           global const float *restrict other, const int4 other_view,
                           global const float *restrict gate, const int4 gate_view) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  // The phase, its first pixel, and its pixels and taps.
  const int2 corner = (int2)(get_group_id(2) / step, get_group_id(2) % step);
  const int2 reach = corner + padding;
  const Phase phase = {kernel_size, reach % step, (kernel_size - reach % step + step - 1) / step, step};
  const int2 covered = (size - corner + step - 1) / step;
  const int pixels = covered.s0 * covered.s1, taps = max(phase.taps.s0, 0) * max(phase.taps.s1, 0);
  const int depth = (int)((size_t)taps * ldw);
  const Operand A = {.kind = TAPS, .across = false, .depth = depth, .count = channels, .data = W, .ldw = ldw,
                     .phase = phase};
  const Operand B = {.kind = READERS, .across = true, .depth = depth, .count = pixels * stride, .data = dY,
                     .ldw = ldw, .images = stride, .width = covered.s1, .stride = stride, .view = dy_view,
                     .phase = phase, .from = reach / step, .size = out_size, .outputs = outputs};
  multiply(A, B, OWN_TILE, depth, panels_m, panels_n, sums);
  const Finish finish = {steps, 0, 0, other, gate, other_view, gate_view};
  store_sums(channels, pixels, covered.s1, corner, step, stride, sums, finish, dX, dx_view);
}

KERNEL conv_weight_gradient(const int depth, const int outputs, const int ldw, const int stride, const int2 size,
                            const int lines, const int images, global const uint *restrict offsets,
                            global const float *restrict X, const int4 x_view, global const float *restrict dY,
                            const int4 dy_view, global float *restrict parts) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  const int blocks = (stride + images - 1) / images;
  const int y = get_group_id(2) / blocks * lines, image = get_group_id(2) % blocks * images;
  const int own = min(images, stride - image);
  const int inputs = min(lines, size.s0 - y) * size.s1 * own;
  int4 x_block = x_view, dy_block = dy_view;
  x_block.s0 += y * x_view.s2;
  dy_block.s0 += y * dy_view.s2;
  const Operand A = {.kind = ROWS, .across = false, .depth = inputs, .count = depth, .data = X + image, .images = own,
                     .width = size.s1, .stride = stride, .view = x_block, .offsets = offsets};
  const Operand B = {.kind = PLANES, .across = false, .depth = inputs, .count = outputs, .data = dY + image,
                     .images = own, .width = size.s1, .stride = stride, .view = dy_block};
  multiply(A, B, OWN_TILE, inputs, panels_m, panels_n, sums);
  global float *G = parts + get_group_id(2) * ((size_t)depth * ldw);
#pragma unroll
  for (int m = 0; m < THREAD_M; m++) {
#pragma unroll
    for (int c = 0; c < VECTORS_N; c++) {
      const int k = row_of(OWN_TILE, m), o = column_of(OWN_TILE, c);
      if (k < depth && o < ldw) STORE(G + (size_t)k * ldw + o, sums[m][c]);
    }
  }
}

// G = the parts added up, in their order. Launch: global (ldw, depth), local (16, 1).
kernel void conv_weight_gradient_sum(const int outputs, const int ldw, const int count,
                                     global const float *restrict parts, global float *restrict G) {
  const int o = get_global_id(0);
  const size_t entries = (size_t)get_global_size(1) * ldw, at = (size_t)get_global_id(1) * ldw + o;
  float sum = 0.0f;
#pragma unroll 8
  for (int part = 0; part < count; part++) sum += parts[part * entries + at];
  G[at] = o < outputs ? sum : 0.0f;
}
