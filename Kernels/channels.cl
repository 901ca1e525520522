// Sums over the channels of tensors, and batch norm, which is made of them (Ioffe & Szegedy 2015).
//
// Of a channel c, n = pixels * count entries count: those of the batch's images. In training
//   mean, variance    of the n entries; running mean += momentum (mean - running mean), and so the running variance,
//                     with n - 1 in the place of n, as PyTorch has it
//   a = scale / sqrt(variance + epsilon),  b = shift - mean a        (in an evaluation, of the running ones)
//   y = act(a x + b),  or act(a x + b + other)
//   dshift = sum g,  dscale = sum g x^,  dx = a (g - (dshift + x^ dscale) / n),  x^ = (x - mean) / sqrt(variance + epsilon)
// where g = dy, or dy where a x + b is positive and 0 elsewhere: the gate of a ReLU that came behind.
//
//   channel_sums                dbias[c] = sum dy
//   batch_norm_moments          parts[c, block] = mean and sum (x - mean)^2 of a block of lines
//   batch_norm_statistics       joins them (Chan et al. 1979), and makes a and b
//   batch_norm_fold             makes a and b of the running mean and variance
//   batch_norm_apply            y; every column is written, those past the batch with whatever comes out
//   batch_norm_gradient_sums    parts[c, block] = sum g and sum g (x - mean) of a block
//   batch_norm_gradients        joins them to dscale and dshift
//   batch_norm_input_gradient   dx, which is 0 in columns past the batch; dy is, too
//
// Layouts: a pixel is a row of `stride` floats, one for each image; where it lies, a view says (row_at in common.cl). Vectors
// of channels have a float for each. A block is `lines` lines of an image; the number of blocks is the launch's first size.
//
// Launch: channel_sums: global GROUP x channels, local GROUP x 1
//         moments, apply, gradient_sums, input_gradient: global blocks GROUP x channels, local GROUP x 1
//         statistics, fold, gradients: global at least channels
// Sums run in an order that depends on the macros, shape and batch alone: the same input gives the same bits.

#ifndef GROUP
#define GROUP 1  // Work-items of a group, a power of two; those of a pixel take turns at its vectors. 1 for CPU devices
#endif
#ifndef PIXELS
#define PIXELS 1  // Pixels of a line that a group takes at a time: a power of two, GROUP at most
#endif
#ifndef ROW_VECTOR
#define ROW_VECTOR 16  // Floats taken at a time: 16, or 4 for GPUs
#endif

#define SPAN (GROUP / PIXELS)  // Work-items of a pixel

typedef JOIN(float, ROW_VECTOR) Vector;
typedef JOIN(int, ROW_VECTOR) Lanes;
#define GROUPED kernel __attribute__((reqd_work_group_size(GROUP, 1, 1))) void

#define ADD 1      // plus the entry of `other`
#define RECTIFY 2  // ReLU

// The vector, with zeros in the columns past the batch.
INLINE Vector used(const Vector value, const int v, const int count) {
  const Lanes column = JOIN(as_int, ROW_VECTOR)(JOIN(vload, ROW_VECTOR)(0, LANES)) + v * ROW_VECTOR;
  return select((Vector)(0.0f), value, column < (Lanes)(count));
}

// The sum of a vector's lanes over the work-items of the group; every one of them gets it.
INLINE float group_sum(const Vector value, local float *items) {
  // A loop for each half: in one loop over them, GPUs keep the lanes in memory.
  float lanes[ROW_VECTOR];
  JOIN(vstore, ROW_VECTOR)(value, 0, lanes);
#if ROW_VECTOR == 16
#pragma unroll
  for (int i = 0; i < 8; i++) lanes[i] += lanes[i + 8];
#pragma unroll
  for (int i = 0; i < 4; i++) lanes[i] += lanes[i + 4];
#endif
  const float sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
#if GROUP == 1
  return sum;
#else
  const int item = get_local_id(0);
  barrier(CLK_LOCAL_MEM_FENCE);
  items[item] = sum;
  for (int half_size = GROUP / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) items[item] += items[item + half_size];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return items[0];
#endif
}

// Runs `body` for each pixel (y, x) of the group's block, and each vector v of the work-item that holds `columns` of it.
#define FOR_EACH_VECTOR(columns, body)                                                           \
  for (int y = first_line; y < end_line; y++) {                                                  \
    for (int x = get_local_id(0) / SPAN; x < width; x += PIXELS) {                               \
      for (int v = get_local_id(0) % SPAN; v * ROW_VECTOR < (columns); v += SPAN) { body }       \
    }                                                                                            \
  }
#define VECTORS(buffer, view) ((global const Vector *)(buffer + (size_t)row_at(view, c, y, x) * stride))
#define STORED_VECTORS(buffer, view) ((global Vector *)(buffer + (size_t)row_at(view, c, y, x) * stride))

// The lines of the group's block, and its channel.
#define BLOCK                                                                                    \
  const int c = get_group_id(1);                                                                 \
  const int first_line = get_group_id(0) * lines, end_line = min(first_line + lines, height)

GROUPED channel_sums(const int height, const int width, const int stride, global const float *restrict dy,
                     const int4 view, global float *restrict sums) {
  local float items[GROUP];
  const int c = get_group_id(1), first_line = 0, end_line = height;
  Vector sum = (Vector)(0.0f);
  FOR_EACH_VECTOR(stride, sum += VECTORS(dy, view)[v];)
  const float total = group_sum(sum, items);
  if (get_local_id(0) == 0) sums[c] = total;
}

// MARK: forward

GROUPED batch_norm_moments(const int height, const int width, const int lines, const int stride,
                           global const StepState *restrict state, global const float *restrict x_rows,
                           const int4 view, global float2 *restrict parts) {
  local float items[GROUP];
  BLOCK;
  const int count = state->count;
  Vector sum = (Vector)(0.0f), squares = (Vector)(0.0f);
  FOR_EACH_VECTOR(count, sum += used(VECTORS(x_rows, view)[v], v, count);)
  const float mean = group_sum(sum, items) / (float)((end_line - first_line) * width * count);
  FOR_EACH_VECTOR(count, {
    const Vector distance = used(VECTORS(x_rows, view)[v] - mean, v, count);
    squares = fma(distance, distance, squares);
  })
  const float total = group_sum(squares, items);
  if (get_local_id(0) == 0) parts[c * get_num_groups(0) + get_group_id(0)] = (float2)(mean, total);
}

kernel void batch_norm_statistics(const int channels, const int blocks, const int height, const int width,
                                  const int lines, global const StepState *restrict state, const float epsilon,
                                  const float momentum, global const float2 *restrict parts,
                                  global const float *restrict scale, global const float *restrict shift,
                                  global float *restrict running_mean, global float *restrict running_variance,
                                  global float *restrict mean, global float *restrict inverse_deviation,
                                  global float *restrict a, global float *restrict b) {
  const int c = get_global_id(0);
  // A batch past the end of the set has no images, and nothing is computed of it.
  if (c >= channels || state->count == 0) return;
  float n = 0.0f, center = 0.0f, squares = 0.0f;
  for (int block = 0; block < blocks; block++) {
    const float2 part = parts[c * blocks + block];
    const float more = (float)(min(lines, height - block * lines) * width * state->count);
    const float distance = part.x - center, share = more / (n + more);
    center = fma(distance, share, center);
    squares += fma(distance * distance, n * share, part.y);
    n += more;
  }
  const float variance = squares / n;
  // PyTorch refuses a single entry; its own square is the best that is known of it here.
  const float unbiased = n > 1.0f ? squares / (n - 1.0f) : variance;
  running_mean[c] = fma(momentum, center - running_mean[c], running_mean[c]);
  running_variance[c] = fma(momentum, unbiased - running_variance[c], running_variance[c]);
  const float inverse = 1.0f / sqrt(variance + epsilon);
  mean[c] = center;
  inverse_deviation[c] = inverse;
  a[c] = scale[c] * inverse;
  b[c] = fma(-center, a[c], shift[c]);
}

kernel void batch_norm_fold(const int channels, const float epsilon, global const float *restrict scale,
                            global const float *restrict shift, global const float *restrict mean,
                            global const float *restrict variance, global float *restrict a,
                            global float *restrict b) {
  const int c = get_global_id(0);
  if (c >= channels) return;
  a[c] = scale[c] / sqrt(variance[c] + epsilon);
  b[c] = fma(-mean[c], a[c], shift[c]);
}

GROUPED batch_norm_apply(const int height, const int width, const int lines, const int stride, const int steps,
                         global const float *restrict a, global const float *restrict b,
                         global const float *restrict x_rows, const int4 x_view,
                         global const float *restrict other, const int4 other_view, global float *restrict y_rows,
                         const int4 y_view) {
  BLOCK;
  const Vector factor = (Vector)(a[c]), offset = (Vector)(b[c]);
  FOR_EACH_VECTOR(stride, {
    Vector value = fma(VECTORS(x_rows, x_view)[v], factor, offset);
    if (steps & ADD) value += VECTORS(other, other_view)[v];
    if (steps & RECTIFY) value = RELU(Vector, value);
    STORED_VECTORS(y_rows, y_view)[v] = value;
  })
}

// MARK: backward

GROUPED batch_norm_gradient_sums(const int height, const int width, const int lines, const int stride, const int gated,
                                 global const StepState *restrict state, global const float *restrict mean,
                                 global const float *restrict a, global const float *restrict b,
                                 global const float *restrict x_rows, const int4 x_view,
                                 global const float *restrict dy, const int4 dy_view,
                                 global float2 *restrict parts) {
  local float items[GROUP];
  BLOCK;
  const int count = state->count;
  const Vector factor = (Vector)(a[c]), offset = (Vector)(b[c]), center = (Vector)(mean[c]);
  Vector sum = (Vector)(0.0f), products = (Vector)(0.0f);
  FOR_EACH_VECTOR(count, {
    const Vector value = VECTORS(x_rows, x_view)[v];
    Vector g = VECTORS(dy, dy_view)[v];
    if (gated) g = RELU_GATE(Vector, fma(value, factor, offset), g);
    sum += g;
    products = fma(g, value - center, products);
  })
  const float total = group_sum(sum, items), product = group_sum(products, items);
  if (get_local_id(0) == 0) parts[c * get_num_groups(0) + get_group_id(0)] = (float2)(total, product);
}

kernel void batch_norm_gradients(const int channels, const int blocks, global const float2 *restrict parts,
                                 global const float *restrict inverse_deviation, global float *restrict dscale,
                                 global float *restrict dshift) {
  const int c = get_global_id(0);
  if (c >= channels) return;
  float2 sum = (float2)(0.0f);
  for (int block = 0; block < blocks; block++) sum += parts[c * blocks + block];
  dshift[c] = sum.x;
  dscale[c] = sum.y * inverse_deviation[c];
}

GROUPED batch_norm_input_gradient(const int height, const int width, const int lines, const int stride,
                                  const int gated, global const StepState *restrict state,
                                  global const float *restrict mean, global const float *restrict inverse_deviation,
                                  global const float *restrict a, global const float *restrict b,
                                  global const float *restrict dscale, global const float *restrict dshift,
                                  global const float *restrict x_rows, const int4 x_view,
                                  global const float *restrict dy, const int4 dy_view, global float *restrict dx,
                                  const int4 dx_view) {
  BLOCK;
  const int count = state->count;
  const float share = a[c] / (float)(height * width * count);
  const Vector factor = (Vector)(a[c]), offset = (Vector)(b[c]), center = (Vector)(mean[c]);
  const Vector slope = (Vector)(-share * inverse_deviation[c] * dscale[c]), constant_part = (Vector)(-share * dshift[c]);
  FOR_EACH_VECTOR(stride, {
    const Vector value = VECTORS(x_rows, x_view)[v];
    Vector g = VECTORS(dy, dy_view)[v];
    if (gated) g = RELU_GATE(Vector, fma(value, factor, offset), g);
    const Vector gradient = fma(factor, g, fma(slope, value - center, constant_part));
    STORED_VECTORS(dx, dx_view)[v] = used(gradient, v, count);
  })
}
