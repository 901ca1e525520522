// The parameters of a network as arguments of one kernel: of each its values, the optimizer's slots and, where masks are, its
// mask, as the kernels of its products have them. For network_update_cpu.cl and network_gpu.cl.

#ifndef PARAMETERS
#define PARAMETERS 2  // how many there are: 1 to 16
#endif
#ifndef MASKED
#define MASKED 0  // whether some of them have masks
#endif

#if MASKED
#define MASK_PARAMETER(n) global const uchar *restrict mask##n,
#define MASK_NAME(n) mask##n,
#else
#define MASK_PARAMETER(n)
#define MASK_NAME(n) 0,
#endif
#define SLOT_OF(k, n, _) global float *restrict slots##k##_##n,
#define SLOT_NAME_OF(k, n, _) slots##k##_##n,
#define ARGUMENTS(n) global float *restrict W##n, EACH_SLOT_AS(SLOT_OF, n, ) MASK_PARAMETER(n)
#define NAMES(n) {W##n, EACH_SLOT_AS(SLOT_NAME_OF, n, ) MASK_NAME(n)},
typedef struct {
  global float *W;
  EACH_SLOT(SLOT_MEMBER)
  global const uchar *mask;
} Arrays;

#define UP_TO_1(DO) DO(0)
#define UP_TO_2(DO) UP_TO_1(DO) DO(1)
#define UP_TO_3(DO) UP_TO_2(DO) DO(2)
#define UP_TO_4(DO) UP_TO_3(DO) DO(3)
#define UP_TO_5(DO) UP_TO_4(DO) DO(4)
#define UP_TO_6(DO) UP_TO_5(DO) DO(5)
#define UP_TO_7(DO) UP_TO_6(DO) DO(6)
#define UP_TO_8(DO) UP_TO_7(DO) DO(7)
#define UP_TO_9(DO) UP_TO_8(DO) DO(8)
#define UP_TO_10(DO) UP_TO_9(DO) DO(9)
#define UP_TO_11(DO) UP_TO_10(DO) DO(10)
#define UP_TO_12(DO) UP_TO_11(DO) DO(11)
#define UP_TO_13(DO) UP_TO_12(DO) DO(12)
#define UP_TO_14(DO) UP_TO_13(DO) DO(13)
#define UP_TO_15(DO) UP_TO_14(DO) DO(14)
#define UP_TO_16(DO) UP_TO_15(DO) DO(15)
#define EACH_PARAMETER(DO) JOIN(UP_TO_, PARAMETERS)(DO)
