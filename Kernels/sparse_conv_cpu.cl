// The three products of a convolution over the surviving entries of its weights only, for CPU devices.
//
//   sparse_conv_forward         Y[o,p,b]  = store( sum_k W[k,o] * X[row(p) + rows(k), b] )   entries of column o, k ascending
//   sparse_conv_input_gradient  dX[c,q,b] = store( sum of W[(c,tap),o] * dY[o,p,b] )         entries of channel c by taps, then o
//   sparse_conv_weight_gradient  G(k,o)   = sum_p,b X[row(p) + rows(k), b] * dY[o,p,b]      at entries, a part for each block
//
// Layouts: tensors and views as in conv_cpu.cl; dY needs no border. W by columns: the entries of column o are
// indptr[o]..<indptr[o + 1]; `rows` holds how many rows of X after that of its pixel an entry reads, and `values` its weight.
// By taps: a convolution that steps over `step` pixels has step * step phases of pixels of X, those that the same taps read.
// The entries of a channel lie by phases, taps and outputs: those of tap t of channel c, in that order, are
// starts[c * taps + t]..<the next of `reads`; .x is how many rows of dY after that of the pixel which the last tap in step
// belongs to, .y the place in `values`.
//
// The sums of SPARSE_PIXELS pixels by SPARSE_VECTORS vectors of the batch stay in registers while the entries stream by,
// each with one scalar and contiguous rows from L1. Pruned terms being exact zeros, all three give the dense kernels' bits,
// where the blocks of the weight gradient are the same.
//
// Launch, local 1: forward, input gradient, weight gradient: global (ceil(height / lines), ceil(stride / images)), `images`
//   and what is left of `stride` multiples of WIDTH * SPARSE_VECTORS.

#ifndef WIDTH
#define WIDTH 16  // floats of a vector: the device's native width (4, 8 or 16)
#endif
#ifndef SPARSE_VECTORS
#define SPARSE_VECTORS 8  // vectors of the batch taken at a time
#endif
#ifndef SPARSE_PIXELS
#define SPARSE_PIXELS 2  // adjacent pixels taken at a time
#endif

#define VECTOR JOIN(float, WIDTH)
// Rows and buffers start at multiples of a vector's size: vstore would be taken apart for those that do not.
#define LOAD(i, from) (((global const VECTOR *)(from))[i])
#define STORE(value, i, to) (((global VECTOR *)(to))[i] = (value))
#define UNROLL _Pragma("unroll")
#define SINGLE __attribute__((reqd_work_group_size(1, 1, 1)))
#define COLUMNS (WIDTH * SPARSE_VECTORS)

#define VALUE VECTOR
#include "conv_common.cl"

// The sums of a register tile: `pixels` of SPARSE_PIXELS are used, a constant once a function is inlined.
typedef VECTOR Sums[SPARSE_PIXELS][SPARSE_VECTORS];

INLINE void clear_tile(const int pixels, Sums sum) {
  UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) sum[p][c] = 0.0f;
  }
}

INLINE void store_tile(const int pixels, const int channel, const int y, const int x, const int b, const int stride,
                       Sums sum, const Finish finish, global float *Y, const int4 view) {
  FOR_EACH_STEP(finish, UNROLL for (int p = 0; p < pixels; p++) {
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++)
      sum[p][c] = step_of(step, finish, sum[p][c], channel, y, x + p, b + c * WIDTH, stride);
  })
  UNROLL for (int p = 0; p < pixels; p++) {
    global float *to = Y + (size_t)row_at(view, channel, y, x + p) * stride + b;
    UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) STORE(sum[p][c], c, to);
  }
}

// Adds the products of the entries first..<end, whose rows and values `row_of` and `value_of` give, to the sums of `pixels`
// pixels, `pitch` floats apart, the first at x.
#define ADD_PRODUCTS(pixels, first, end, row_of, value_of, x, pitch, stride, sum)                         \
  for (int k = (first); k < (end); k++) {                                                                 \
    const VECTOR value = (value_of);                                                                      \
    global const float *at = (x) + (size_t)(row_of) * (stride);                                           \
    UNROLL for (int p = 0; p < (pixels); p++, at += (pitch)) {                                            \
      UNROLL for (int c = 0; c < SPARSE_VECTORS; c++) (sum)[p][c] = fma(value, LOAD(c, at), (sum)[p][c]); \
    }                                                                                                     \
  }

// MARK: forward

kernel SINGLE void sparse_conv_forward(const int outputs, const int stride, const int2 size, const int lines,
                                       const int images, global const int *restrict indptr,
                                       global const int *restrict rows, global const float *restrict values,
                                       global const float *restrict X, const int4 x_view, global float *restrict Y,
                                       const int4 y_view, const int steps, global const float *restrict scale,
                                       global const float *restrict shift, global const float *restrict other,
                                       const int4 other_view) {
  const Finish finish = {steps, scale, shift, other, 0, other_view, other_view};
  const int y_first = get_group_id(0) * lines, y_end = min(y_first + lines, size.s0);
  const int b_first = get_group_id(1) * images, b_end = min(b_first + images, stride);
  const size_t pitch = (size_t)x_view.s3 * stride;
  for (int y = y_first; y < y_end; y++) {
    for (int b = b_first; b < b_end; b += COLUMNS) {
      global const float *line = X + (size_t)row_at(x_view, 0, y, 0) * stride + b;
      for (int o = 0; o < outputs; o++) {
        const int first = indptr[o], end = indptr[o + 1];
        int x = 0;
        for (; x + SPARSE_PIXELS <= size.s1; x += SPARSE_PIXELS) {
          Sums sum;
          clear_tile(SPARSE_PIXELS, sum);
          ADD_PRODUCTS(SPARSE_PIXELS, first, end, rows[k], values[k], line + x * pitch, pitch, stride, sum)
          store_tile(SPARSE_PIXELS, o, y, x, b, stride, sum, finish, Y, y_view);
        }
        for (; x < size.s1; x++) {
          Sums sum;
          clear_tile(1, sum);
          ADD_PRODUCTS(1, first, end, rows[k], values[k], line + x * pitch, pitch, stride, sum)
          store_tile(1, o, y, x, b, stride, sum, finish, Y, y_view);
        }
      }
    }
  }
}

// MARK: input gradient

// The sums of `pixels` pixels that the same taps read, `down` and `across` (taps_of): of the entries of a channel in a
// phase, whose taps start at `starts`.
INLINE void sum_readers(const int pixels, const int3 down, const int3 across, global const int *starts,
                        global const int2 *reads, global const float *values, global const float *dy,
                        const size_t pitch, const int stride, Sums sum) {
  clear_tile(pixels, sum);
  // One run of entries where no column of taps is left out, else one for each row of taps.
  const bool whole = across.s1 - across.s0 == across.s2;
  const int runs = whole ? min(1, down.s1 - down.s0) : down.s1 - down.s0;
  for (int run = 0; run < runs; run++) {
    const int top = down.s0 + run, bottom = whole ? down.s1 - 1 : top;
    const int first = starts[top * across.s2 + across.s0], end = starts[bottom * across.s2 + across.s1];
    ADD_PRODUCTS(pixels, first, end, reads[k].s0, values[reads[k].s1], dy, pitch, stride, sum)
  }
}

kernel SINGLE void sparse_conv_input_gradient(
    const int channels, const int stride, const int2 size, const int lines, const int images, const int kernel_size,
    const int step, const int padding, const int2 out_size, global const int *restrict starts,
    global const int2 *restrict reads, global const float *restrict values, global const float *restrict dY,
    const int4 dy_view, global float *restrict dX, const int4 dx_view, const int steps,
    global const float *restrict other, const int4 other_view, global const float *restrict gate, const int4 gate_view) {
  const Finish finish = {steps, 0, 0, other, gate, other_view, gate_view};
  const int y_first = get_group_id(0) * lines, y_end = min(y_first + lines, size.s0);
  const int b_first = get_group_id(1) * images, b_end = min(b_first + images, stride);
  const int last = (kernel_size - 1) / step;
  const size_t pitch = (size_t)dy_view.s3 * stride;
  for (int y = y_first; y < y_end; y++) {
    const int3 down = taps_of(y + padding, step, kernel_size, out_size.s0);
    for (int b = b_first; b < b_end; b += COLUMNS) {
      for (int left = 0; left < min(step, size.s1); left++) {
        // The pixels of this phase lie side by side in a view that steps over the others.
        const int pixels = (size.s1 - left + step - 1) / step;
        Finish stepped = finish;
        stepped.other_view.s0 += left * other_view.s3;
        stepped.other_view.s3 *= step;
        stepped.gate_view.s0 += left * gate_view.s3;
        stepped.gate_view.s3 *= step;
        const int4 view = {dx_view.s0 + left * dx_view.s3, dx_view.s1, dx_view.s2, dx_view.s3 * step};
        const int reach = left + padding;
        const int all = taps_of(reach, step, kernel_size, out_size.s1).s2;
        const int phase = first_tap(y + padding, reach, step, kernel_size);
        global const float *line =
            dY + ((long)row_at(dy_view, 0, (y + padding) / step - last, reach / step - last) * stride + b);
        for (int c = 0; c < channels; c++) {
          global const int *own = starts + c * kernel_size * kernel_size + phase;
          int x = 0;
          while (x < pixels) {
            // The first and the last pixel of dY's line that read those taken together.
            const int first = reach / step + x - all + 1, end = reach / step + x + SPARSE_PIXELS - 1;
            Sums sum;
            if (x + SPARSE_PIXELS <= pixels && first >= 0 && end < out_size.s1) {
              sum_readers(SPARSE_PIXELS, down, (int3)(0, all, all), own, reads, values, line + x * pitch, pitch, stride,
                          sum);
              store_tile(SPARSE_PIXELS, c, y, x, b, stride, sum, stepped, dX, view);
              x += SPARSE_PIXELS;
            } else {
              const int3 across = taps_of(reach + x * step, step, kernel_size, out_size.s1);
              sum_readers(1, down, across, own, reads, values, line + x * pitch, pitch, stride, sum);
              store_tile(1, c, y, x, b, stride, sum, stepped, dX, view);
              x++;
            }
          }
        }
      }
    }
  }
}

// MARK: weight gradient

kernel SINGLE void sparse_conv_weight_gradient(const int outputs, const int stride, const int2 size, const int lines,
                                               const int images, global const int *restrict indptr,
                                               global const int *restrict rows, global const float *restrict X,
                                               const int4 x_view, global const float *restrict dY, const int4 dy_view,
                                               global float *restrict parts) {
  const int y_first = get_group_id(0) * lines, y_end = min(y_first + lines, size.s0);
  const int b_first = get_group_id(1) * images, b_end = min(b_first + images, stride);
  global float *G = parts + (size_t)(get_group_id(1) * get_num_groups(0) + get_group_id(0)) * indptr[outputs];
  const size_t x_pitch = (size_t)x_view.s3 * stride, dy_pitch = (size_t)dy_view.s3 * stride;
  for (int o = 0; o < outputs; o++) {
    const int end = indptr[o + 1];
    for (int k = indptr[o]; k < end; k += 4) {
      VECTOR sum[4];
      size_t from[4];
      // Past the column's last entry, that one's sum again.
      UNROLL for (int e = 0; e < 4; e++) {
        from[e] = (size_t)rows[min(k + e, end - 1)] * stride;
        sum[e] = 0.0f;
      }
      for (int y = y_first; y < y_end; y++) {
        global const float *x = X + (size_t)row_at(x_view, 0, y, 0) * stride;
        global const float *dy = dY + (size_t)row_at(dy_view, o, y, 0) * stride;
        for (int p = 0; p < size.s1; p++, x += x_pitch, dy += dy_pitch) {
          for (int b = b_first; b < b_end; b += WIDTH) {
            const VECTOR ds = LOAD(0, dy + b);
            UNROLL for (int e = 0; e < 4; e++) sum[e] = fma(LOAD(0, x + from[e] + b), ds, sum[e]);
          }
        }
      }
      const float4 sums = JOIN(lane_sums, WIDTH)(sum[0], sum[1], sum[2], sum[3]);
      if (k + 4 <= end) {
        vstore4(sums, 0, G + k);
      } else {
        float rest[4];
        vstore4(sums, 0, rest);
        for (int e = k; e < end; e++) G[e] = rest[e - k];
      }
    }
  }
}
