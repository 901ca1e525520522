// What the sparse products on GPUs share: entries and panels in local memory.
//
// Forward and input gradient: a work-group computes SPARSE_GROUP columns of one row of the result. It copies the row's
// entries to local memory, SPARSE_STAGE at a time, so that the indirect reads are made side by side, not one after
// another; then each work-item walks them, and neighbours read neighbouring vectors of the activations.
//
// Weight gradient: a work-group takes a column of W, SPARSE_ENTRIES entries at a time, one per work-item. It walks the
// batch in panels of SPARSE_DEPTH columns: while it multiplies one in local memory, the next is on its way through
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

// Adds the products of `count` staged entries, whose .x is a row of `activations` and .y the bits of a weight.
// The activations start at the work-item's column, and their rows are `batch` floats apart.
INLINE Vector add_products(const int count, local const int2 *staged, global const float *activations, const int batch,
                           Vector sum) {
  int e = 0;
  for (; e + SPARSE_AHEAD <= count; e += SPARSE_AHEAD) {
    float weights[SPARSE_AHEAD];
    Vector read[SPARSE_AHEAD];
#pragma unroll
    for (int a = 0; a < SPARSE_AHEAD; a++) {
      const int2 entry = staged[e + a];
      weights[a] = as_float(entry.y);
      read[a] = LOAD(activations + (size_t)entry.x * batch);
    }
#pragma unroll
    for (int a = 0; a < SPARSE_AHEAD; a++) sum = fma((Vector)(weights[a]), read[a], sum);
  }
  for (; e < count; e++) {
    const int2 entry = staged[e];
    sum = fma((Vector)(as_float(entry.y)), LOAD(activations + (size_t)entry.x * batch), sum);
  }
  return sum;
}

// Copies what is `entry` of the entries from place `start` on, `count` of them, to local memory: all work-items take part.
// The entry's place is p.
#define STAGE_ENTRIES(staged, start, count, entry)               \
  for (int e = get_local_id(0); e < (count); e += ITEMS) {       \
    const int p = (start) + e;                                   \
    staged[e] = (entry);                                         \
  }                                                              \
  barrier(CLK_LOCAL_MEM_FENCE)

// sum = the work-item's part of a row of the result, whose entries are first..<end. Work-items whose column is not `inside`
// the result take part in the staging, too.
#define SUM_PRODUCTS(sum, first, end, entry, activations, batch, inside)                    \
  local int2 staged[SPARSE_STAGE];                                                          \
  Vector sum = (Vector)(0.0f);                                                              \
  for (int start = (first), stop = (end); start < stop; start += SPARSE_STAGE) {            \
    const int count = min(SPARSE_STAGE, stop - start);                                      \
    STAGE_ENTRIES(staged, start, count, entry);                                             \
    if (inside) sum = add_products(count, staged, (activations), (batch), sum);             \
    barrier(CLK_LOCAL_MEM_FENCE);                                                           \
  }

// MARK: weight gradient

#define GRADIENT_KERNEL kernel __attribute__((reqd_work_group_size(SPARSE_ENTRIES, 1, 1))) void

// To be declared by a kernel that sums gradients.
#define DECLARE_PANELS                                 \
  local int rows[SPARSE_ENTRIES];                      \
  local Vector panel_x[SPARSE_ENTRIES * PANEL_STRIDE]; \
  local Vector panel_y[DEPTH_VECTORS]

// Reads the work-item's share of the panel of X that starts at batch column `depth`: the rows `rows`, and zeros past the
// batch. And, in `next_y`, of dY's row.
INLINE void fetch_panel(const int depth, const int batch, local const int *rows, global const float *y_row,
                        global const float *X, Vector next_x[DEPTH_VECTORS], Vector *next_y) {
  const int item = get_local_id(0);
#pragma unroll
  for (int f = 0; f < DEPTH_VECTORS; f++) {
    const int i = f * SPARSE_ENTRIES + item;
    const int e = i / DEPTH_VECTORS;
    const int b = depth + i % DEPTH_VECTORS * SPARSE_VECTOR;
    next_x[f] = (Vector)(0.0f);
    if (b < batch) next_x[f] = LOAD(X + (size_t)rows[e] * batch + b);
  }
  const int b = depth + item * SPARSE_VECTOR;
  *next_y = (Vector)(0.0f);
  if (item < DEPTH_VECTORS && b < batch) *next_y = LOAD(y_row + b);
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

// Adds the products of the panel for the work-item's entry. A loop, for the reason that panels_gpu.cl has.
INLINE float multiply_panel(local const Vector *panel_x, local const Vector *panel_y, float sum) {
#pragma unroll 4
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

// Adds the products of a row of dY and the row of X that the work-item's entry reads, one of `count`.
INLINE float add_panels(const int batch, const int count, local const int *rows, global const float *y_row,
                        global const float *X, local Vector *panel_x, local Vector *panel_y, float sum) {
  Vector next_x[DEPTH_VECTORS];
  Vector next_y;
  fetch_panel(0, batch, rows, y_row, X, next_x, &next_y);
  for (int depth = 0; depth < batch; depth += SPARSE_DEPTH) {
    place_panel(next_x, next_y, panel_x, panel_y);
    barrier(CLK_LOCAL_MEM_FENCE);
    // Zeros, without a read, after the last panel.
    fetch_panel(depth + SPARSE_DEPTH, batch, rows, y_row, X, next_x, &next_y);
    if (get_local_id(0) < count) sum = multiply_panel(panel_x, panel_y, sum);
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  return sum;
}
