// The three products of a convolution over the surviving entries of its weights only, for GPUs.
//
//   sparse_conv_forward          Y[o, n]  = store( sum_k W[k, o] * X[row(n) + rows(k)] )   over the entries of column o
//   sparse_conv_input_gradient   dX[c, n] = store( sum over taps, then o: W[(c, tap), o] * dY[o, the pixel whose tap n is] )
//   sparse_conv_weight_gradient  G(k, o)  = sum_n X[row(n) + rows(k)] * dY[o, n]   at entries, a partial sum for each block
//
// n is a pixel and an image. Layouts: those of sparse_conv_cpu.cl, structures and views included. `stride`, the floats of
// a row of an activation, is a multiple of 16. How: entries_gpu.cl.
//
// Launch: forward: local (SPARSE_GROUP / SPARSE_VECTOR, 1), global (outputs * local, ceil(pixels * stride / SPARSE_GROUP));
//   input gradient: the same local, global (channels * local, ceil(pixels of the first phase * stride / SPARSE_GROUP),
//   phases); weight gradient: local (SPARSE_ENTRIES, 1), global (outputs * local, groups per column, blocks of lines).

#include "entries_gpu.cl"

#define VALUE Vector
#include "conv_common.cl"

PRODUCT_KERNEL sparse_conv_forward(const int outputs, const int stride, const int2 size,
                                   global const int *restrict indptr, global const int *restrict rows,
                                   global const float *restrict values, global const float *restrict X,
                                   const int4 x_view, global float *restrict Y, const int4 y_view, const int steps,
                                   global const float *restrict scale, global const float *restrict shift,
                                   global const float *restrict other, const int4 other_view) {
  const int o = get_group_id(0);
  const int n = get_group_id(1) * SPARSE_GROUP + get_local_id(0) * SPARSE_VECTOR;
  const int pixel = n / stride, b = n % stride, y = pixel / size.s1, x = pixel % size.s1;
  const bool inside = y < size.s0;
  global const float *from = X + (size_t)row_at(x_view, 0, y, x) * stride + b;
  SUM_PRODUCTS(sum, indptr[o], indptr[o + 1], (int2)(rows[p], as_int(values[p])), from, stride, inside)
  const Finish finish = {steps, scale, shift, other, 0, other_view, other_view};
  if (!inside) return;
  FOR_EACH_STEP(finish, sum = step_of(step, finish, sum, o, y, x, b, stride);)
  STORE(Y + (size_t)row_at(y_view, o, y, x) * stride + b, sum);
}

PRODUCT_KERNEL sparse_conv_input_gradient(
    const int channels, const int stride, const int2 size, const int kernel_size, const int step, const int padding,
    const int2 out_size, global const int *restrict starts, global const int2 *restrict reads,
    global const float *restrict values, global const float *restrict dY, const int4 dy_view, global float *restrict dX,
    const int4 dx_view, const int steps, global const float *restrict other, const int4 other_view,
    global const float *restrict gate, const int4 gate_view) {
  local int2 staged[SPARSE_STAGE];
  const int c = get_group_id(0);
  // The phase's first pixel, and the lines and pixels of it that there are.
  const int2 corner = (int2)(get_group_id(2) / step, get_group_id(2) % step);
  const int2 covered = (size - corner + step - 1) / step;
  const int n = get_group_id(1) * SPARSE_GROUP + get_local_id(0) * SPARSE_VECTOR;
  const int pixel = n / stride, b = n % stride, line = pixel / max(covered.s1, 1);
  const int y = corner.s0 + line * step, x = corner.s1 + pixel % max(covered.s1, 1) * step;
  const bool inside = line < covered.s0 && covered.s1 > 0;
  const int2 reach = (int2)(y, x) + padding;
  const int3 down = taps_of(reach.s0, step, kernel_size, out_size.s0);
  const int3 across = taps_of(reach.s1, step, kernel_size, out_size.s1);
  const int last = (kernel_size - 1) / step;
  global const float *from =
      dY + ((long)row_at(dy_view, 0, reach.s0 / step - last, reach.s1 / step - last) * stride + b);
  const int phase = first_tap(corner.s0 + padding, corner.s1 + padding, step, kernel_size);
  global const int *own = starts + c * kernel_size * kernel_size + phase;
  // The same for all work-items: their pixels are of one phase.
  const int taps = down.s2 * across.s2, stop = own[taps];
  Vector sum = (Vector)(0.0f);
  for (int start = own[0]; start < stop; start += SPARSE_STAGE) {
    const int count = min(SPARSE_STAGE, stop - start);
    STAGE_ENTRIES(staged, start, count, (int2)(reads[p].s0, as_int(values[reads[p].s1])));
    for (int tap = 0; tap < taps; tap++) {
      // Of the tap's entries, those that are staged; a tap that belongs to a pixel outside dY is left out.
      const int first = max(own[tap], start), end = min(own[tap + 1], start + count);
      const int row = tap / across.s2, column = tap % across.s2;
      const bool reads_dy = row >= down.s0 && row < down.s1 && column >= across.s0 && column < across.s1;
      if (inside && reads_dy && first < end) sum = add_products(end - first, staged + (first - start), from, stride, sum);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  const Finish finish = {steps, 0, 0, other, gate, other_view, gate_view};
  if (!inside) return;
  FOR_EACH_STEP(finish, sum = step_of(step, finish, sum, c, y, x, b, stride);)
  STORE(dX + (size_t)row_at(dx_view, c, y, x) * stride + b, sum);
}

GRADIENT_KERNEL sparse_conv_weight_gradient(const int outputs, const int stride, const int2 size, const int lines,
                                            global const int *restrict indptr, global const int *restrict offsets,
                                            global const float *restrict X, const int4 x_view,
                                            global const float *restrict dY, const int4 dy_view,
                                            global float *restrict parts) {
  DECLARE_PANELS;
  const int o = get_group_id(0), item = get_local_id(0);
  const int y_first = get_group_id(2) * lines, y_end = min(y_first + lines, size.s0);
  global float *G = parts + (size_t)get_group_id(2) * indptr[outputs];
  const int end = indptr[o + 1], all = get_num_groups(1) * SPARSE_ENTRIES;
  for (int start = indptr[o] + get_group_id(1) * SPARSE_ENTRIES; start < end; start += all) {
    const int count = min(SPARSE_ENTRIES, end - start);
    // As in sparse_gpu.cl.
    rows[item] = offsets[start + min(item, count - 1)];
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = 0.0f;
    for (int y = y_first; y < y_end; y++) {
      for (int x = 0; x < size.s1; x++) {
        global const float *xs = X + (size_t)row_at(x_view, 0, y, x) * stride;
        global const float *ys = dY + (size_t)row_at(dy_view, o, y, x) * stride;
        sum = add_panels(stride, count, rows, ys, xs, panel_x, panel_y, sum);
      }
    }
    if (item < count) G[start + item] = sum;
  }
}
