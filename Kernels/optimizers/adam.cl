// Adam (Kingma & Ba 2015), and AdamW (Loshchilov & Hutter 2019), whose weights decay beside it:
//
//   slot0 = beta1 slot0 + (1 - beta1) g       the first moment
//   slot1 = beta2 slot1 + (1 - beta2) g^2     the second moment
//   w = decay w - step_size slot0 / (sqrt(slot1) inverse_root_correction + epsilon)
//
// An all-zero entry with gradient 0 stays +0. SLOTS is 2, and one more with MOVEMENT (common.cl).
// numbers: beta1, beta2, epsilon, the natural logarithms of beta1 and of beta2, the weight decay (0 for Adam).

typedef struct {
  float step_size;                // rate / (1 - beta1^step)
  float inverse_root_correction;  // 1 / sqrt(1 - beta2^step)
  float beta1, beta2, epsilon;
  float decay;                    // 1 - rate * weight decay
} Rule;

// beta^step = exp(step log(beta)), and expm1() keeps the digits that 1 - beta^step loses when beta^step is close to 1.
INLINE void prepare(const int step, const float rate, const float8 numbers, global Rule *rule) {
  rule->step_size = rate / -expm1((float)step * numbers.s3);
  rule->inverse_root_correction = 1.0f / sqrt(-expm1((float)step * numbers.s4));
  rule->beta1 = numbers.s0;
  rule->beta2 = numbers.s1;
  rule->epsilon = numbers.s2;
  rule->decay = fma(-rate, numbers.s5, 1.0f);
}

// One step of entries w of type T, a float or a vector of them, with gradient g; slot0 and slot1 are variables of type T.
#define OPTIMIZE_ENTRY(T, rule, g, w)                                                                            \
  do {                                                                                                           \
    const T gradient = (g);                                                                                      \
    slot0 = fma((T)((rule).beta1), slot0, (T)(1.0f - (rule).beta1) * gradient);                                  \
    slot1 = fma((T)((rule).beta2), slot1, (T)(1.0f - (rule).beta2) * (gradient * gradient));                     \
    (w) = fma((T)(-(rule).step_size),                                                                            \
              slot0 / fma(sqrt(slot1), (T)((rule).inverse_root_correction), (T)((rule).epsilon)),                \
              (T)((rule).decay) * (w));                                                                          \
  } while (0)
