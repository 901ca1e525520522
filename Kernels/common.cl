// What every program starts with: the state of a training step, and the formulas that more than one kernel file uses.
// The host puts this text before the text of each kernel file.
//
// Products that feed a sum are written as fma(), never as a * b + c, so that each formula has one rounding everywhere
// and the fused and the unfused kernels agree bit for bit.

#pragma OPENCL FP_CONTRACT OFF

// The progress of one model through its epochs. It lives on the device: 64 bytes, 16 words of 4.
typedef struct {
  int step;                       // optimizer steps begun since training started; 1 in the first
  int cursor;                     // position in `order` of the batch's first image
  int count;                      // images in the batch; the last batch may have fewer, a batch past the end has 0
  float step_size;                // learning rate / (1 - beta1^step)
  float inverse_root_correction;  // 1 / sqrt(1 - beta2^step)
  float loss_sum;                 // sum of the losses of the images seen in this epoch, compensated by
  float loss_carry;               // what loss_sum has lost to rounding (Kahan)
  int correct;                    // images of this epoch whose largest logit is their label's
  int seen;                       // images of this epoch
  int padding[7];
} StepState;

// 0, 1, 2...: the lane numbers of a vector, as `vloadn(0, LANES)`.
constant uint LANES[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

// For every function that is not a kernel: arrays that are passed to one stay in registers only if it is inlined.
// Its pointers are not `restrict`: the kernel's say it already, and Oclgrind fails on what the compiler makes of both.
#define INLINE static inline __attribute__((always_inline))

// Where the row of pixel (y, x) of channel c of a tensor lies: a view is (first, plane, line, step). So a tensor can have a
// border of zeros, which nobody writes, and what reads it can step over pixels.
INLINE int row_at(const int4 view, const int c, const int y, const int x) {
  return view.s0 + c * view.s1 + y * view.s2 + x * view.s3;
}

// JOIN(float, 4) is float4, also when the number is a macro.
#define JOIN_TEXT(a, b) a##b
#define JOIN(a, b) JOIN_TEXT(a, b)

// The first, or the second, halves of two vectors interleaved, by the number of their lanes. Lane by lane: Oclgrind fails
// on what the compiler makes of vectors that are put together from halves.
#define LOW4(a, b) (float4)(a.s0, b.s0, a.s1, b.s1)
#define HIGH4(a, b) (float4)(a.s2, b.s2, a.s3, b.s3)
#define LOW8(a, b) (float8)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3)
#define HIGH8(a, b) (float8)(a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7)
#define LOW16(a, b)                                                                                              \
  (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7)
#define HIGH16(a, b)                                                                                             \
  (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf)

// ReLU and its gate, for a scalar or vector type T. A NaN stays a NaN: max() would turn it into 0 and hide it.
#define RELU(T, x) (((x) <= (T)(0.0f)) ? (T)(0.0f) : (x))
#define RELU_GATE(T, activation, gradient) (((activation) <= (T)(0.0f)) ? (T)(0.0f) : (gradient))

// One Adam step (Kingma & Ba 2015) of entries of type T, a float or a vector of them, with gradient g:
//   m = beta1 m + (1 - beta1) g
//   v = beta2 v + (1 - beta2) g^2
//   w = w - step_size m / (sqrt(v) inverse_root_correction + epsilon)
// The last two factors carry the bias corrections: see StepState. An all-zero entry with gradient 0 stays +0.
#define ADAM(T, g, w, m, v, state_step_size, state_inverse_root_correction, beta1, beta2, epsilon)              \
  do {                                                                                                           \
    (m) = fma((T)(beta1), (m), (T)(1.0f - (beta1)) * (g));                                                       \
    (v) = fma((T)(beta2), (v), (T)(1.0f - (beta2)) * ((g) * (g)));                                               \
    (w) = fma((T)(-(state_step_size)),                                                                           \
              (m) / fma(sqrt(v), (T)(state_inverse_root_correction), (T)(epsilon)), (w));                        \
  } while (0)
