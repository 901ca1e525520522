// What the sparse products on GPUs share: entries and panels in local memory.
//
// Forward and input gradient: a work-group computes SPARSE_GROUP columns of one row of the result. It copies the row's
// entries to local memory, SPARSE_STAGE at a time, so that the indirect reads are made side by side, not one after
// another; then each work-item walks them, and neighbours read neighbouring vectors of the activations.
//
// Weight gradient: a work-group takes a column of W, SPARSE_ENTRIES entries at a time, one per work-item. It walks pixels
// and images in panels of SPARSE_DEPTH images: while it multiplies one in local memory, the next is on its way through
// registers.
//
// Each sum is one chain of fma() in ascending order: all macros, and the dense kernels, give the same bits.
//
// Configurations to start from (SPARSE_GROUP, SPARSE_STAGE, SPARSE_AHEAD; SPARSE_ENTRIES, SPARSE_DEPTH):
//   256, 256, 4; 64, 32   NVIDIA, AMD (a wavefront is a group)
//   128, 128, 8; 32, 32   NVIDIA, when the rows are few or hold few entries: smaller groups leave fewer items idle
//   128, 128, 4; 32, 16   Intel (fewer items, less local memory)

#ifndef SPARSE_GROUP
#define SPARSE_GROUP 256  // Batch columns per work-group, forward and input gradient
#endif
#ifndef SPARSE_STAGE
#define SPARSE_STAGE 256  // Entries that it keeps in local memory at a time, 8 bytes each
#endif
#ifndef SPARSE_AHEAD
#define SPARSE_AHEAD 4  // Entries whose activations are on their way at the same time
#endif
#ifndef SPARSE_ENTRIES
#define SPARSE_ENTRIES 64  // Entries per work-group, and its work-items, in the weight gradient
#endif
#ifndef SPARSE_DEPTH
#define SPARSE_DEPTH 32  // Batch columns of a panel of the weight gradient
#endif
#ifndef SPARSE_VECTOR
#define SPARSE_VECTOR 4  // Floats moved at a time: 2 or 4
#endif

#define ITEMS (SPARSE_GROUP / SPARSE_VECTOR)
#define DEPTH_VECTORS (SPARSE_DEPTH / SPARSE_VECTOR)
#define PANEL_STRIDE (DEPTH_VECTORS + 1)  // One vector of padding, against bank conflicts

#if SPARSE_VECTOR != 2 && SPARSE_VECTOR != 4
#error "SPARSE_VECTOR must be 2 or 4"
#endif
#if SPARSE_GROUP % SPARSE_VECTOR || SPARSE_DEPTH % SPARSE_VECTOR
#error "SPARSE_GROUP and SPARSE_DEPTH must be multiples of SPARSE_VECTOR"
#endif
#if SPARSE_ENTRIES < SPARSE_DEPTH / SPARSE_VECTOR
#error "SPARSE_ENTRIES must be at least SPARSE_DEPTH / SPARSE_VECTOR"
#endif

typedef JOIN(float, SPARSE_VECTOR) Vector;

#define STORE(pointer, value) (*(global Vector *)(pointer) = (value))
#define LOAD(pointer) (*(global const Vector *)(pointer))

// MARK: forward and input gradient

#define PRODUCT_KERNEL kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void

// Adds the products of `count` staged entries: .x is how far into the activations the row lies that a weight is for, in
// floats, .y the weight's bits. The activations start at the work-item's column.
INLINE Vector add_products(const int count, local const int2 *staged, global const float *activations, Vector sum) {
  int e = 0;
  for (; e + SPARSE_AHEAD <= count; e += SPARSE_AHEAD) {
    float weights[SPARSE_AHEAD];
    Vector read[SPARSE_AHEAD];
#pragma unroll
    for (int a = 0; a < SPARSE_AHEAD; a++) {
      const int2 entry = staged[e + a];
      weights[a] = as_float(entry.y);
      read[a] = LOAD(activations + (uint)entry.x);
    }
#pragma unroll
    for (int a = 0; a < SPARSE_AHEAD; a++) sum = fma((Vector)(weights[a]), read[a], sum);
  }
  for (; e < count; e++) {
    const int2 entry = staged[e];
    sum = fma((Vector)(as_float(entry.y)), LOAD(activations + (uint)entry.x), sum);
  }
  return sum;
}

// sum = the work-item's part of a row of the result, whose entries are first..<end. `entry` is what is staged of the
// entry at place p. All work-items take part in the staging, also those whose column is not `inside` the result.
#define SUM_PRODUCTS(sum, first, end, entry, activations, inside)                                      \
  local int2 staged[SPARSE_STAGE];                                                                     \
  Vector sum = (Vector)(0.0f);                                                                         \
  for (int start = (first), stop = (end); start < stop; start += SPARSE_STAGE) {                       \
    const int count = min(SPARSE_STAGE, stop - start);                                                 \
    for (int e = get_local_id(0); e < count; e += ITEMS) {                                             \
      const int p = start + e;                                                                         \
      staged[e] = (entry);                                                                             \
    }                                                                                                  \
    barrier(CLK_LOCAL_MEM_FENCE);                                                                      \
    if (inside) sum = add_products(count, staged, (activations), sum);                                 \
    barrier(CLK_LOCAL_MEM_FENCE);                                                                      \
  }

// MARK: weight gradient

#define GRADIENT_KERNEL kernel __attribute__((reqd_work_group_size(SPARSE_ENTRIES, 1, 1))) void

// The pixels that a gradient is summed over, `width` to a line, and how far they are apart in X and dY, in floats. Of a
// linear layer there is one.
typedef struct {
  int count, width, stride;  // stride: the floats of a row, and so the images
  int x_line, x_step, y_line, y_step;
} Pixels;

// Reads the work-item's share of a panel of X: the rows that start at from[0..<count], zeros in the place of other rows and
// past the images. And, in `next_y`, of dY's row.
INLINE void fetch_panel(const int panel, const Pixels pixels, const int count, local const uint *from,
                        global const float *X, global const float *dY, Vector next_x[DEPTH_VECTORS],
                        Vector *next_y) {
  const int item = get_local_id(0);
  const int panels = (pixels.stride + SPARSE_DEPTH - 1) / SPARSE_DEPTH;  // of a pixel
  const int pixel = panel / panels, depth = panel % panels * SPARSE_DEPTH;
  const int y = pixel / pixels.width, x = pixel % pixels.width;
  global const float *xs = X + (size_t)y * pixels.x_line + x * pixels.x_step;
  global const float *ys = dY + (size_t)y * pixels.y_line + x * pixels.y_step;
#pragma unroll
  for (int f = 0; f < DEPTH_VECTORS; f++) {
    const int i = f * SPARSE_ENTRIES + item;
    const int e = i / DEPTH_VECTORS;
    const int b = depth + i % DEPTH_VECTORS * SPARSE_VECTOR;
    next_x[f] = (Vector)(0.0f);
    if (pixel < pixels.count && e < count && b < pixels.stride) next_x[f] = LOAD(xs + from[e] + b);
  }
  const int b = depth + item * SPARSE_VECTOR;
  *next_y = (Vector)(0.0f);
  if (pixel < pixels.count && item < DEPTH_VECTORS && b < pixels.stride) *next_y = LOAD(ys + b);
}

// Puts them in local memory: a row of the panel per entry.
INLINE void place_panel(const Vector next_x[DEPTH_VECTORS], const Vector next_y, local Vector *panel_x,
                        local Vector *panel_y) {
  const int item = get_local_id(0);
#pragma unroll
  for (int f = 0; f < DEPTH_VECTORS; f++) {
    const int i = f * SPARSE_ENTRIES + item;
    panel_x[i / DEPTH_VECTORS * PANEL_STRIDE + i % DEPTH_VECTORS] = next_x[f];
  }
  if (item < DEPTH_VECTORS) panel_y[item] = next_y;
}

// Adds the products of the panel for the work-item's entry.
INLINE float multiply_panel(local const Vector *panel_x, local const Vector *panel_y, float sum) {
#pragma unroll
  for (int k = 0; k < DEPTH_VECTORS; k++) {
    const Vector x = panel_x[get_local_id(0) * PANEL_STRIDE + k];
    const Vector y = panel_y[k];
    sum = fma(x.s0, y.s0, sum);
    sum = fma(x.s1, y.s1, sum);
#if SPARSE_VECTOR == 4
    sum = fma(x.s2, y.s2, sum);
    sum = fma(x.s3, y.s3, sum);
#endif
  }
  return sum;
}

// To be declared by a kernel that sums gradients.
#define DECLARE_PANELS                                   \
  local uint from[SPARSE_ENTRIES];                       \
  local Vector panel_x[SPARSE_ENTRIES * PANEL_STRIDE];   \
  local Vector panel_y[DEPTH_VECTORS]

// The gradient of the work-item's entry, one of `count`.
INLINE float sum_panels(const Pixels pixels, const int count, local const uint *from, global const float *X,
                        global const float *dY, local Vector *panel_x, local Vector *panel_y) {
  Vector next_x[DEPTH_VECTORS];
  Vector next_y;
  float sum = 0.0f;
  fetch_panel(0, pixels, count, from, X, dY, next_x, &next_y);
  for (int panel = 0; panel < pixels.count * ((pixels.stride + SPARSE_DEPTH - 1) / SPARSE_DEPTH); panel++) {
    place_panel(next_x, next_y, panel_x, panel_y);
    barrier(CLK_LOCAL_MEM_FENCE);
    // Zeros, without a read, after the last panel.
    fetch_panel(panel + 1, pixels, count, from, X, dY, next_x, &next_y);
    if (get_local_id(0) < count) sum = multiply_panel(panel_x, panel_y, sum);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  return sum;
}
