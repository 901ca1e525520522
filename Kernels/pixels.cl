// Pixels from one layout of a tensor to another.
//
//   copy_pixels   y[f, b] = x[f, b] for the f-th pixel of each, channel by channel, line by line
//
// Layouts: a pixel is a row of `stride` floats, one for each image; where it lies, a view says (row_of_feature in common.cl).
// Launch: global (at most stride / ROW_VECTOR, at least count); any local size. A work-item takes every n-th vector
// of a row, n being the first size: on a CPU device, where it is 1, the whole row.

#ifndef ROW_VECTOR
#define ROW_VECTOR 16  // Floats moved at a time: 16, or 4 for GPUs
#endif

typedef JOIN(float, ROW_VECTOR) RowVector;

kernel void copy_pixels(const int count, const int stride, const int x_height, const int x_width, const int4 x_view,
                        global const float *restrict x, const int y_height, const int y_width, const int4 y_view,
                        global float *restrict y) {
  const int f = get_global_id(1);
  if (f >= count) return;
  const int from_row = row_of_feature(x_view, f, x_height, x_width);
  const int to_row = row_of_feature(y_view, f, y_height, y_width);
  global const RowVector *from = (global const RowVector *)(x + (size_t)from_row * stride);
  global RowVector *to = (global RowVector *)(y + (size_t)to_row * stride);
  for (int v = get_global_id(0); v < stride / ROW_VECTOR; v += get_global_size(0)) to[v] = from[v];
}
