// Stochastic gradient descent with momentum, Nesterov's (Sutskever et al. 2013) and weight decay, as PyTorch's:
//
//   d = g + weight_decay w
//   slot0 = momentum slot0 + share d                the velocity; share is 1 in the first step, then 1 - dampening
//   w = w - rate slot0, or with NESTEROV            w = w - rate (d + momentum slot0)
//
// Without momentum SLOTS is 0, and w = w - rate d; else it is 1. With MOVEMENT (common.cl), which is 1 then, SLOTS is one more.
// An all-zero entry with gradient 0 stays +0.
// numbers: momentum, 1 - dampening, the weight decay.

typedef struct {
  float rate, momentum, share, weight_decay;
} Rule;

INLINE void prepare(const int step, const float rate, const float8 numbers, global Rule *rule) {
  rule->rate = rate;
  rule->momentum = numbers.s0;
  rule->share = step == 1 ? 1.0f : numbers.s1;
  rule->weight_decay = numbers.s2;
}

#if SLOTS == MOVEMENT
#define DIRECTION(T, rule, d) (d)
#elif defined(NESTEROV)
#define DIRECTION(T, rule, d) fma((T)((rule).momentum), slot0, d)
#else
#define DIRECTION(T, rule, d) slot0
#endif
#if SLOTS == MOVEMENT
#define MOVE(T, rule, d)
#else
#define MOVE(T, rule, d) slot0 = fma((T)((rule).momentum), slot0, (T)((rule).share) * d);
#endif

// One step of entries w of type T, a float or a vector of them, with gradient g; slot0 is a variable of type T.
#define OPTIMIZE_ENTRY(T, rule, g, w)                                            \
  do {                                                                           \
    const T decayed = fma((T)((rule).weight_decay), (w), (g));                   \
    MOVE(T, rule, decayed)                                                       \
    (w) = fma((T)(-(rule).rate), DIRECTION(T, rule, decayed), (w));              \
  } while (0)
