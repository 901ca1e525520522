// The three matrix products of a dense layer, for GPUs.
//
//   matmul_forward          Y[o, b]  = sum_i W[i, o] X[i, b]        _bias: plus bias[o]; _relu: max(0, Y)
//   matmul_input_gradient   dX[i, b] = sum_o W[i, o] dY[o, b]       _gated: 0 where X[i, b] <= 0
//   matmul_weight_gradient  G[i, o]  = sum_b X[i, b] dY[o, b]       _update, _update_masked: G is not written, but
//                                                                   applied: the optimizer's step of W and slots
//
// Layouts: W, m, v, mask and G are [inputs, ldw], X and dX [inputs, batch], Y and dY [outputs, batch]. ldw and batch
// are multiples of 16, buffers start at a multiple of 64 bytes. The columns of W from `outputs` on are zeros; G's are
// written as zeros, those of W, m and v stay zeros.
//
// A work-group computes a TILE_M x TILE_N tile of the result. It walks the depth of the product in panels of TILE_K,
// which it keeps twice in local memory: while it multiplies one, the next is on its way through registers, so there is
// one barrier per panel. A work-item holds THREAD_M x THREAD_N sums, in blocks of VECTOR that are a work-group apart,
// so that neighbours read neighbouring words of local memory. Each sum is one chain of fma() in the order of the depth:
// all tile sizes give the same bits.
//
// Launch: local (TILE_N / THREAD_N, TILE_M / THREAD_M), and as many groups as tiles cover the result:
//   global = (ceil(N / TILE_N) * TILE_N / THREAD_N, ceil(M / TILE_M) * TILE_M / THREAD_M), with
//   (M, N) = (outputs, batch) forward, (inputs, batch) for the input gradient, (inputs, ldw) for the weight gradient.
//
// Configurations to start from (TILE_M x TILE_N x TILE_K, THREAD_M x THREAD_N, work-items; bytes of local memory):
//   128 x 128 x 16, 8 x 8, 256; 33 KiB   large products: NVIDIA and AMD, when there are more tiles than compute units
//    64 x  64 x 16, 4 x 4, 256; 17 KiB   middling products (1000 x 1000, batch 256) on wide GPUs
//    64 x  64 x 16, 8 x 8,  64; 17 KiB   the same on AMD (one wavefront) and Intel (fewer items, more registers each)
//    32 x  32 x 32, 4 x 4,  64; 18 KiB   small products: many tiles matter more than reuse
//    32 x  32 x 16, 2 x 4, 128;  9 KiB   the same, with more work-items to hide latency; VECTOR 2

#ifndef TILE_M
#define TILE_M 64  // Rows of the result per work-group
#endif
#ifndef TILE_N
#define TILE_N 64  // Columns of the result per work-group
#endif
#ifndef TILE_K
#define TILE_K 16  // Depth of a panel
#endif
#ifndef THREAD_M
#define THREAD_M 4  // Rows of the result per work-item
#endif
#ifndef THREAD_N
#define THREAD_N 4  // Columns of the result per work-item
#endif
#ifndef VECTOR
#define VECTOR 4  // Floats moved at a time: 2 or 4
#endif
#ifndef PAD
#define PAD VECTOR  // Floats between the rows of a panel, against bank conflicts: a multiple of VECTOR
#endif

#define GROUP_M (TILE_M / THREAD_M)
#define GROUP_N (TILE_N / THREAD_N)
#define GROUP (GROUP_M * GROUP_N)
#define STRIDE_M (TILE_M + PAD)
#define STRIDE_N (TILE_N + PAD)
#define FETCHES_M (TILE_M * TILE_K / VECTOR / GROUP)
#define FETCHES_N (TILE_N * TILE_K / VECTOR / GROUP)
#define VECTORS_M (THREAD_M / VECTOR)
#define VECTORS_N (THREAD_N / VECTOR)

#if TILE_M % THREAD_M || TILE_N % THREAD_N
#error "TILE_M must be a multiple of THREAD_M, and TILE_N of THREAD_N"
#endif
#if THREAD_M % VECTOR || THREAD_N % VECTOR || TILE_K % VECTOR || PAD % VECTOR
#error "THREAD_M, THREAD_N, TILE_K and PAD must be multiples of VECTOR"
#endif
#if TILE_M * TILE_K % (VECTOR * GROUP) || TILE_N * TILE_K % (VECTOR * GROUP)
#error "TILE_M * TILE_K and TILE_N * TILE_K must be multiples of VECTOR times the work-group's size"
#endif

typedef JOIN(float, VECTOR) Vector;
typedef JOIN(int, VECTOR) Lanes;

// The two copies of both panels, as vectors so that they are aligned. To be declared by each kernel.
#define DECLARE_PANELS                                     \
  local Vector panels_m[2 * TILE_K * STRIDE_M / VECTOR];   \
  local Vector panels_n[2 * TILE_K * STRIDE_N / VECTOR]

#define KERNEL kernel __attribute__((reqd_work_group_size(GROUP_N, GROUP_M, 1))) void

INLINE int group_item(void) { return get_local_id(1) * GROUP_N + get_local_id(0); }

// The rows and columns that a work-item owns: its m-th row, and the first column of its c-th vector.
INLINE int row_of(const int m) {
  return get_group_id(1) * TILE_M + m / VECTOR * (GROUP_M * VECTOR) + get_local_id(1) * VECTOR + m % VECTOR;
}
INLINE int column_of(const int c) {
  return get_group_id(0) * TILE_N + c * (GROUP_N * VECTOR) + get_local_id(0) * VECTOR;
}

// An operand of the product: a matrix [rows, stride], zero outside it. `across`: the depth of the product runs down its
// rows, and a panel spans columns. Otherwise the depth runs along its rows, and a panel spans rows.
typedef struct {
  bool across;
  global const float *data;
  int rows;
  int stride;
} Operand;

// The f-th vector of a work-item's share of the panel that starts at `depth`, and at `first` of the other dimension,
// of which it spans `tile`.
INLINE Vector fetch(const Operand operand, const int depth, const int first, const int tile, const int f) {
  const int i = f * GROUP + group_item();
  const int row = operand.across ? depth + i / (tile / VECTOR) : first + i / (TILE_K / VECTOR);
  const int column =
      operand.across ? first + i % (tile / VECTOR) * VECTOR : depth + i % (TILE_K / VECTOR) * VECTOR;
  if (row >= operand.rows || column >= operand.stride) return (Vector)(0.0f);
  return *(global const Vector *)(operand.data + (size_t)row * operand.stride + column);
}

// Puts that vector in local memory, where the panel is [depth, tile].
INLINE void place(const Operand operand, const int tile, const int f, const Vector fetched, local float *panel) {
  const int i = f * GROUP + group_item();
  if (operand.across) {
    *(local Vector *)(panel + i / (tile / VECTOR) * (tile + PAD) + i % (tile / VECTOR) * VECTOR) = fetched;
  } else {
    local float *column = panel + i % (TILE_K / VECTOR) * VECTOR * (tile + PAD) + i / (TILE_K / VECTOR);
    column[0] = fetched.s0;
    column[tile + PAD] = fetched.s1;
#if VECTOR == 4
    column[2 * (tile + PAD)] = fetched.s2;
    column[3 * (tile + PAD)] = fetched.s3;
#endif
  }
}

INLINE void fetch_panels(const Operand A, const Operand B, const int depth, Vector next_m[FETCHES_M],
                         Vector next_n[FETCHES_N]) {
#pragma unroll
  for (int f = 0; f < FETCHES_M; f++) next_m[f] = fetch(A, depth, get_group_id(1) * TILE_M, TILE_M, f);
#pragma unroll
  for (int f = 0; f < FETCHES_N; f++) next_n[f] = fetch(B, depth, get_group_id(0) * TILE_N, TILE_N, f);
}

INLINE void place_panels(const Operand A, const Operand B, const Vector next_m[FETCHES_M],
                         const Vector next_n[FETCHES_N], local float *panel_m, local float *panel_n) {
#pragma unroll
  for (int f = 0; f < FETCHES_M; f++) place(A, TILE_M, f, next_m[f], panel_m);
#pragma unroll
  for (int f = 0; f < FETCHES_N; f++) place(B, TILE_N, f, next_n[f], panel_n);
}

// Adds a panel's products to the sums.
INLINE void multiply_panels(local const float *panel_m, local const float *panel_n,
                            Vector sums[THREAD_M][VECTORS_N]) {
#pragma unroll
  for (int k = 0; k < TILE_K; k++) {
    float a[THREAD_M];
    Vector b[VECTORS_N];
#pragma unroll
    for (int v = 0; v < VECTORS_M; v++) {
      const int m = v * (GROUP_M * VECTOR) + get_local_id(1) * VECTOR;
      const Vector four = *(local const Vector *)(panel_m + k * STRIDE_M + m);
      a[v * VECTOR] = four.s0;
      a[v * VECTOR + 1] = four.s1;
#if VECTOR == 4
      a[v * VECTOR + 2] = four.s2;
      a[v * VECTOR + 3] = four.s3;
#endif
    }
#pragma unroll
    for (int c = 0; c < VECTORS_N; c++) {
      const int n = c * (GROUP_N * VECTOR) + get_local_id(0) * VECTOR;
      b[c] = *(local const Vector *)(panel_n + k * STRIDE_N + n);
    }
#pragma unroll
    for (int m = 0; m < THREAD_M; m++) {
#pragma unroll
      for (int c = 0; c < VECTORS_N; c++) sums[m][c] = fma((Vector)(a[m]), b[c], sums[m][c]);
    }
  }
}

// sums = the work-item's part of A B, a sum over `depth` products.
INLINE void multiply(const Operand A, const Operand B, const int depth, local Vector *panels_m,
                     local Vector *panels_n, Vector sums[THREAD_M][VECTORS_N]) {
  local float *panel_m = (local float *)panels_m;
  local float *panel_n = (local float *)panels_n;
  Vector next_m[FETCHES_M];
  Vector next_n[FETCHES_N];
#pragma unroll
  for (int m = 0; m < THREAD_M; m++) {
#pragma unroll
    for (int c = 0; c < VECTORS_N; c++) sums[m][c] = (Vector)(0.0f);
  }
  fetch_panels(A, B, 0, next_m, next_n);
  place_panels(A, B, next_m, next_n, panel_m, panel_n);
  barrier(CLK_LOCAL_MEM_FENCE);
  int copy = 0;
  for (int start = 0; start < depth; start += TILE_K) {
    fetch_panels(A, B, start + TILE_K, next_m, next_n);  // zeros, without a read, after the last panel
    multiply_panels(panel_m + copy * (TILE_K * STRIDE_M), panel_n + copy * (TILE_K * STRIDE_N), sums);
    copy = 1 - copy;
    place_panels(A, B, next_m, next_n, panel_m + copy * (TILE_K * STRIDE_M), panel_n + copy * (TILE_K * STRIDE_N));
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}

// What the kernels have in common. The operands are those of the formulas, in this order.
INLINE void forward_sums(const int inputs, const int ldw, const int batch, global const float *W,
                         global const float *X, local Vector *panels_m, local Vector *panels_n,
                         Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {true, W, inputs, ldw};
  const Operand B = {true, X, inputs, batch};
  multiply(A, B, inputs, panels_m, panels_n, sums);
}

INLINE void input_gradient_sums(const int inputs, const int outputs, const int ldw, const int batch,
                                global const float *W, global const float *dY, local Vector *panels_m,
                                local Vector *panels_n, Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {false, W, inputs, ldw};
  const Operand B = {true, dY, outputs, batch};
  multiply(A, B, outputs, panels_m, panels_n, sums);
}

INLINE void weight_gradient_sums(const int inputs, const int outputs, const int batch, global const float *X,
                                 global const float *dY, local Vector *panels_m, local Vector *panels_n,
                                 Vector sums[THREAD_M][VECTORS_N]) {
  const Operand A = {false, X, inputs, batch};
  const Operand B = {false, dY, outputs, batch};
  multiply(A, B, batch, panels_m, panels_n, sums);
}

// Runs `statement` for each vector of sums inside [rows, stride], with `entry` its place there and `sum` its value.
#define FOR_EACH_SUM(rows, stride, statement)                           \
  _Pragma("unroll") for (int m = 0; m < THREAD_M; m++) {                \
    _Pragma("unroll") for (int c = 0; c < VECTORS_N; c++) {             \
      const int row = row_of(m);                                        \
      const int column = column_of(c);                                  \
      if (row < (rows) && column < (stride)) {                          \
        const size_t entry = (size_t)row * (stride) + column;           \
        const Vector sum = sums[m][c];                                  \
        statement;                                                      \
      }                                                                 \
    }                                                                   \
  }

#define STORE(pointer, value) (*(global Vector *)(pointer) = (value))
#define LOAD(pointer) (*(global const Vector *)(pointer))

#define FORWARD(name, act)                                                                                     \
  KERNEL name(const int inputs, const int outputs, const int ldw, const int batch,                             \
              global const float *restrict W, global const float *restrict X, global float *restrict Y) {      \
    DECLARE_PANELS;                                                                                            \
    Vector sums[THREAD_M][VECTORS_N];                                                                          \
    forward_sums(inputs, ldw, batch, W, X, panels_m, panels_n, sums);                                          \
    FOR_EACH_SUM(outputs, batch, STORE(Y + entry, act(sum)))                                                   \
  }
#define FORWARD_BIAS(name, act)                                                                                \
  KERNEL name(const int inputs, const int outputs, const int ldw, const int batch,                             \
              global const float *restrict W, global const float *restrict X, global float *restrict Y,        \
              global const float *restrict bias) {                                                             \
    DECLARE_PANELS;                                                                                            \
    Vector sums[THREAD_M][VECTORS_N];                                                                          \
    forward_sums(inputs, ldw, batch, W, X, panels_m, panels_n, sums);                                          \
    FOR_EACH_SUM(outputs, batch, STORE(Y + entry, act(sum + bias[row])))                                       \
  }

#define PLAIN(x) (x)
#define RECTIFIED(x) RELU(Vector, (x))
FORWARD(matmul_forward, PLAIN)
FORWARD(matmul_forward_relu, RECTIFIED)
FORWARD_BIAS(matmul_forward_bias, PLAIN)
FORWARD_BIAS(matmul_forward_bias_relu, RECTIFIED)

KERNEL matmul_input_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                             global const float *restrict W, global const float *restrict dY,
                             global const float *restrict X, global float *restrict dX) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  input_gradient_sums(inputs, outputs, ldw, batch, W, dY, panels_m, panels_n, sums);
  FOR_EACH_SUM(inputs, batch, STORE(dX + entry, sum))
}

KERNEL matmul_input_gradient_gated(const int inputs, const int outputs, const int ldw, const int batch,
                                   global const float *restrict W, global const float *restrict dY,
                                   global const float *restrict X, global float *restrict dX) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  input_gradient_sums(inputs, outputs, ldw, batch, W, dY, panels_m, panels_n, sums);
  FOR_EACH_SUM(inputs, batch, STORE(dX + entry, RELU_GATE(Vector, LOAD(X + entry), sum)))
}

KERNEL matmul_weight_gradient(const int inputs, const int outputs, const int ldw, const int batch,
                              global const float *restrict X, global const float *restrict dY,
                              global float *restrict G) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, panels_m, panels_n, sums);
  FOR_EACH_SUM(inputs, ldw, STORE(G + entry, sum))
}

#define TAKE_SLOT(k) Vector slot##k = LOAD(slots##k + entry);
#define PUT_SLOT(k) STORE(slots##k + entry, select(zero, slot##k, kept));

// The optimizer's step of the vector of weights at `entry`, whose gradient is `sum`. Entries that are not kept become (or
// stay) exactly 0.
#define UPDATE_KEPT(is_kept)                      \
  {                                               \
    const Lanes kept = is_kept;                   \
    const Vector zero = (Vector)(0.0f);           \
    Vector weight = LOAD(W + entry);              \
    EACH_SLOT(TAKE_SLOT)                          \
    UPDATE_ENTRY(Vector, rule, sum, weight);      \
    STORE(W + entry, select(zero, weight, kept)); \
    EACH_SLOT(PUT_SLOT)                           \
  }

KERNEL matmul_weight_gradient_update(const int inputs, const int outputs, const int ldw, const int batch,
                                     global const float *restrict X, global const float *restrict dY,
                                     global float *restrict W,
                                     SLOT_PARAMETERS global const StepState *restrict state) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, panels_m, panels_n, sums);
  const Rule rule = RULE(state);
  const Lanes lane = JOIN(convert_int, VECTOR)(JOIN(vload, VECTOR)(0, LANES));
  FOR_EACH_SUM(inputs, ldw, UPDATE_KEPT((Lanes)(column) + lane < (Lanes)(outputs)))
}

KERNEL matmul_weight_gradient_update_masked(const int inputs, const int outputs, const int ldw, const int batch,
                                            global const float *restrict X, global const float *restrict dY,
                                            global float *restrict W,
                                            SLOT_PARAMETERS global const StepState *restrict state,
                                            global const uchar *restrict mask) {
  DECLARE_PANELS;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(inputs, outputs, batch, X, dY, panels_m, panels_n, sums);
  const Rule rule = RULE(state);
  FOR_EACH_SUM(inputs, ldw,
               UPDATE_KEPT(JOIN(convert_int, VECTOR)(*(global const JOIN(uchar, VECTOR) *)(mask + entry)) != 0))
}
