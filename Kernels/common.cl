// What every program starts with: the state of a training step, and the formulas that more than one kernel file uses.
// The host puts this text before the text of each kernel file.
//
// Products that feed a sum are written as fma(), never as a * b + c, so that each formula has one rounding everywhere
// and the fused and the unfused kernels agree bit for bit.

#pragma OPENCL FP_CONTRACT OFF

// Vectors of 16 floats are given to functions in memory where a processor has none so wide. The compiler warns of that, in each
// program and on the standard error of the person's terminal, and all functions here are inlined.
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpsabi"
#endif

// The progress of one model through its epochs. It lives on the device: 64 bytes, 16 words of 4.
typedef struct {
  int step;          // optimizer steps begun since training started; 1 in the first
  int cursor;        // position in `order` of the batch's first image
  int count;         // images in the batch; the last batch may have fewer, a batch past the end has 0
  float loss_sum;    // sum of the losses of the images seen in this epoch, compensated by
  float loss_carry;  // what loss_sum has lost to rounding (Kahan)
  int correct;       // images of this epoch whose largest logit is their label's
  int seen;          // images of this epoch
  int padding;
  float rule[8];     // what the optimizer prepared for this step: the Rule of its file in optimizers/
} StepState;

// For every function that is not a kernel: arrays that are passed to one stay in registers only if it is inlined.
// Its pointers are not `restrict`, and it returns no struct: Oclgrind fails on what the compiler makes of these. The
// kernel's pointers say it already.
#define INLINE static inline __attribute__((always_inline))

// Moves to the next batch.
INLINE void next_batch(global StepState *state, const int images, const int batch_size) {
  const int cursor = state->cursor + state->count;
  state->cursor = cursor;
  state->count = clamp(images - cursor, 0, batch_size);
}

// 0, 1, 2...: the lane numbers of a vector, as `vloadn(0, LANES)`.
constant uint LANES[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// Where the row of pixel (y, x) of channel c of a tensor lies: a view is (first, plane, line, step). So a tensor can have a
// border of zeros, which nobody writes, and what reads it can step over pixels.
INLINE int row_at(const int4 view, const int c, const int y, const int x) {
  return view.s0 + c * view.s1 + y * view.s2 + x * view.s3;
}

// The same of a feature: a pixel's number, channel by channel, line by line.
INLINE int row_of_feature(const int4 view, const int feature, const int height, const int width) {
  const int line = feature / width, channel = line / height;
  return row_at(view, channel, line - channel * height, feature - line * width);
}

// A hash of 32 bits in which each bit of x changes half of them (C. Wellons, lowbias32), for a number or a vector.
#define HASH(T, name)      \
  INLINE T name(T x) {     \
    x ^= x >> 16;          \
    x *= (T)(0x7feb352du); \
    x ^= x >> 15;          \
    x *= (T)(0x846ca68bu); \
    return x ^ (x >> 16);  \
  }
HASH(uint, hashed)

// What the random bits of a step begin with: a hash of the seed, the tensor that they are for, and the step (StepBits).
INLINE uint step_key(const uint seed_low, const uint seed_high, const uint tensor, global const StepState *state) {
  return hashed(hashed(hashed(hashed(seed_low) + seed_high) + tensor) + (uint)state->step);
}

// The first of the entries first..<end of a sparse weight whose row is at least `bound`.
INLINE int lower_bound(global const int *indices, int first, int end, const int bound) {
  while (first < end) {
    const int middle = (first + end) / 2;
    if (indices[middle] < bound) first = middle + 1;
    else end = middle;
  }
  return first;
}

// What a network sees of a byte of feature f, and of a float. `scales` holds a factor for each feature, then an offset for
// each (PixelNormalization).
#define SCALES_PARAMETER global const float *restrict scales,
#define NO_SCALES global const float *scales = 0;
#define SEEN_BYTE(byte, f) fma((float)(byte), scales[f], scales[features + (f)])
#define SEEN_FLOAT(value, f) (value)

// JOIN(float, 4) is float4, also when the number is a macro.
#define JOIN_TEXT(a, b) a##b
#define JOIN(a, b) JOIN_TEXT(a, b)

// The first, or the second, halves of two vectors interleaved, by the number of their lanes. Lane by lane: Oclgrind fails
// on what the compiler makes of vectors that are put together from halves.
#define LOW4(T, a, b) (T##4)(a.s0, b.s0, a.s1, b.s1)
#define HIGH4(T, a, b) (T##4)(a.s2, b.s2, a.s3, b.s3)
#define LOW8(T, a, b) (T##8)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3)
#define HIGH8(T, a, b) (T##8)(a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7)
#define LOW16(T, a, b)                                                                                              \
  (T##16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7)
#define HIGH16(T, a, b)                                                                                             \
  (T##16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf)

// lane_sums4, 8 and 16: the sums of the lanes of four vectors of so many, the same additions for each of them.
#define HALVE(lanes, a, b) (JOIN(LOW, lanes)(float, a, b) + JOIN(HIGH, lanes)(float, a, b))
#define QUARTER(lanes)                                                       \
  const JOIN(float, lanes) ab = HALVE(lanes, a, b), cd = HALVE(lanes, c, d); \
  const JOIN(float, lanes) acbd = HALVE(lanes, ab, cd)
INLINE float4 lane_sums4(const float4 a, const float4 b, const float4 c, const float4 d) {
  QUARTER(4);
  return acbd.s0213;
}
INLINE float4 lane_sums8(const float8 a, const float8 b, const float8 c, const float8 d) {
  QUARTER(8);
  return (acbd.lo + acbd.hi).s0213;
}
INLINE float4 lane_sums16(const float16 a, const float16 b, const float16 c, const float16 d) {
  QUARTER(16);
  const float8 sums = acbd.lo + acbd.hi;
  return (sums.lo + sums.hi).s0213;
}

// SOON(pointer, written): what is there is on its way to the caches. A compiler that makes code for a processor has a
// builtin for it, and its prefetch() may do nothing (PoCL's) or do harm (Intel's, which the host tells of:
// TAKES_PREFETCH_BUILTIN); the cast goes by an integer, since OpenCL C has no pointers from the global to the default address
// space. Others have OpenCL's function alone: SPIR and SPIR-V, which some drivers translate the kernels to first, and GPUs (to
// NVIDIA's compiler, `void *` is generic, and the builtin does not take it).
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__) || defined(__arm__) || defined(__riscv) || \
    defined(TAKES_PREFETCH_BUILTIN)
#define SOON(pointer, written) __builtin_prefetch((const void *)(size_t)(pointer), written)
#else
#define SOON(pointer, written) prefetch(pointer, 16)
#endif

// Orders what a work-item read and wrote before it and after it for the whole device. OpenCL C 1.2 has nothing of the kind: its
// mem_fence() is for a work-group, and does for CPUs, which keep the order of what an atomic function follows and precedes.
#ifdef cl_nv_compiler_options
#define DEVICE_FENCE() asm volatile("membar.gl;" ::: "memory")
#else
#define DEVICE_FENCE() mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif

// ReLU and its gate, for a scalar or vector type T. A NaN stays a NaN: max() would turn it into 0 and hide it.
#define RELU(T, x) (((x) <= (T)(0.0f)) ? (T)(0.0f) : (x))
#define RELU_GATE(T, activation, gradient) (((activation) <= (T)(0.0f)) ? (T)(0.0f) : (gradient))

// Whether a value takes the place of the largest so far: a NaN does.
#define IS_LARGER(value, largest) (((value) > (largest)) | ((value) != (value)))

// What an optimizer remembers of each entry of a parameter: SLOTS numbers, 0 to 3, in arrays slots0 to slots2 that are laid
// out as the parameter is. SLOTS is set for files that update or prune.
// EACH_SLOT(DO) is DO(0) DO(1) DO(2), and EACH_SLOT_AS(DO, T, access) hands on a type and a macro.
#ifdef SLOTS
#if SLOTS == 3
#define EACH_SLOT(DO) DO(0) DO(1) DO(2)
#define EACH_SLOT_AS(DO, T, access) DO(0, T, access) DO(1, T, access) DO(2, T, access)
#define LAST_SLOT slot2
#elif SLOTS == 2
#define EACH_SLOT(DO) DO(0) DO(1)
#define EACH_SLOT_AS(DO, T, access) DO(0, T, access) DO(1, T, access)
#define LAST_SLOT slot1
#elif SLOTS == 1
#define EACH_SLOT(DO) DO(0)
#define EACH_SLOT_AS(DO, T, access) DO(0, T, access)
#define LAST_SLOT slot0
#else
#define EACH_SLOT(DO)
#define EACH_SLOT_AS(DO, T, access)
#endif
// The parameters of a kernel that hold the slots, and their names in an initializer: both with a comma after each; and the
// members of a struct that do.
#define SLOT_PARAMETER(k) global float *restrict slots##k,
#define SLOT_NAME(k) slots##k,
#define SLOT_MEMBER(k) global float *slots##k;
#define SLOT_PARAMETERS EACH_SLOT(SLOT_PARAMETER)
#define SLOT_NAMES EACH_SLOT(SLOT_NAME)
#define RULE(state) (*(global const Rule *)(state)->rule)

// One step of entries w of type T with gradient g, by the optimizer's file. With MOVEMENT the last slot adds up -g w, w being
// that before the step: how far an entry moves away from zero, by which pruning may rank.
#ifdef MOVEMENT
#define UPDATE_ENTRY(T, rule, g, w)           \
  do {                                        \
    const T by = (g);                         \
    LAST_SLOT = fma(-by, (w), LAST_SLOT);     \
    OPTIMIZE_ENTRY(T, rule, by, w);           \
  } while (0)
#else
#define UPDATE_ENTRY(T, rule, g, w) OPTIMIZE_ENTRY(T, rule, g, w)
#endif
#endif
