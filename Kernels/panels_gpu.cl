// What the dense products on GPUs share: panels of both operands in local memory, and a tile of sums in registers.
//
// A work-group computes a TILE_M x TILE_N tile of the result. It walks the depth of the product in panels of TILE_K,
// which it keeps twice in local memory: while it multiplies one, the next is on its way through registers, so there is
// one barrier per panel. A work-item holds THREAD_M x THREAD_N sums, in blocks of VECTOR that are a work-group apart,
// so that neighbours read neighbouring words of local memory. Each sum is one chain of fma() in the order of the depth:
// all tile sizes give the same bits.
//
// What includes this file defines the type Operand and the function fetch() that is declared below, and says which tile a
// group computes: its place across and down the result.
//
// Launch: local (TILE_N / THREAD_N, TILE_M / THREAD_M), and as many groups as tiles cover the result, [M, N]:
//   global = (ceil(N / TILE_N) * TILE_N / THREAD_N, ceil(M / TILE_M) * TILE_M / THREAD_M)
//
// Configurations (TILE_M x TILE_N x TILE_K, THREAD_M x THREAD_N, work-items; bytes of local memory), of which the plan
// takes for each product the one that keeps the compute units busy for the shortest time (GPUTileSet):
//   128 x 128 x 16, 8 x 8, 256; 33 KiB   large products, when there are many more tiles than compute units
//   128 x  64 x 16, 8 x 4, 256; 25 KiB   a weight gradient of 1000 x 1000
//    64 x  64 x 16, 4 x 4, 256; 17 KiB   middling products
//    64 x  32 x 16, 4 x 4, 128; 13 KiB   weight gradients of few columns
//    32 x  64 x 16, 4 x 4, 128; 13 KiB   32 channels, or a batch of 256 on wide GPUs: many tiles matter more than reuse
//    16 x  64 x 16, 4 x 4,  64; 11 KiB   16 channels
//    32 x  32 x 16, 2 x 4, 128;  9 KiB   small products, with more work-items to hide latency; VECTOR 2

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

// The tile of a launch that has a group for each.
#define OWN_TILE ((int2)(get_group_id(0), get_group_id(1)))

// The rows and columns of a tile that a work-item owns: its m-th row, and the first column of its c-th vector.
INLINE int row_of(const int2 tile, const int m) {
  return tile.s1 * TILE_M + m / VECTOR * (GROUP_M * VECTOR) + get_local_id(1) * VECTOR + m % VECTOR;
}
INLINE int column_of(const int2 tile, const int c) {
  return tile.s0 * TILE_N + c * (GROUP_N * VECTOR) + get_local_id(0) * VECTOR;
}

#define STORE(pointer, value) (*(global Vector *)(pointer) = (value))
#define LOAD(pointer) (*(global const Vector *)(pointer))

// The vector of an operand at depth d and, in the other dimension, n; zero outside the operand. It spans n where
// operand.across is true, else d.
INLINE Vector fetch(const Operand operand, const int d, const int n);

// The f-th vector of a work-item's share of the panel that starts at `depth`, and at `first` of the other dimension,
// of which it spans `tile`.
INLINE Vector fetch_share(const Operand operand, const int depth, const int first, const int tile, const int f) {
  const int i = f * GROUP + group_item();
  return operand.across ? fetch(operand, depth + i / (tile / VECTOR), first + i % (tile / VECTOR) * VECTOR)
                        : fetch(operand, depth + i % (TILE_K / VECTOR) * VECTOR, first + i / (TILE_K / VECTOR));
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

INLINE void fetch_panels(const Operand A, const Operand B, const int2 tile, const int depth,
                         Vector next_m[FETCHES_M], Vector next_n[FETCHES_N]) {
#pragma unroll
  for (int f = 0; f < FETCHES_M; f++) next_m[f] = fetch_share(A, depth, tile.s1 * TILE_M, TILE_M, f);
#pragma unroll
  for (int f = 0; f < FETCHES_N; f++) next_n[f] = fetch_share(B, depth, tile.s0 * TILE_N, TILE_N, f);
}

INLINE void place_panels(const Operand A, const Operand B, const Vector next_m[FETCHES_M],
                         const Vector next_n[FETCHES_N], local float *panel_m, local float *panel_n) {
#pragma unroll
  for (int f = 0; f < FETCHES_M; f++) place(A, TILE_M, f, next_m[f], panel_m);
#pragma unroll
  for (int f = 0; f < FETCHES_N; f++) place(B, TILE_N, f, next_n[f], panel_n);
}

// Adds a panel's products to the sums. Its loop stays one: compilers for GPUs move the reads of the next panel down through
// straight code to where they are used, and then each work-item waits for one after another.
INLINE void multiply_panels(local const float *panel_m, local const float *panel_n,
                            Vector sums[THREAD_M][VECTORS_N]) {
#pragma unroll 8
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

// sums = the work-item's part of the tile of A B, a sum over `depth` products.
INLINE void multiply(const Operand A, const Operand B, const int2 tile, const int depth, local Vector *panels_m,
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
  fetch_panels(A, B, tile, 0, next_m, next_n);
  place_panels(A, B, next_m, next_n, panel_m, panel_n);
  barrier(CLK_LOCAL_MEM_FENCE);
  int copy = 0;
  for (int start = 0; start < depth; start += TILE_K) {
    fetch_panels(A, B, tile, start + TILE_K, next_m, next_n);  // zeros, without a read, after the last panel
    multiply_panels(panel_m + copy * (TILE_K * STRIDE_M), panel_n + copy * (TILE_K * STRIDE_N), sums);
    copy = 1 - copy;
    place_panels(A, B, next_m, next_n, panel_m + copy * (TILE_K * STRIDE_M), panel_n + copy * (TILE_K * STRIDE_N));
    barrier(CLK_LOCAL_MEM_FENCE);
  }
}
