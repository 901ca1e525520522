// The sum of products over a unit, and the product of an entry, with their signs (`grasp`, `movement`): the bits of a float in an order that
// is that of its value, -0 with 0, less the last one.

// Zero is chosen and not made by adding 0: Mesa's compiler drops such an addition, and -0 then comes before 0.
#define RANK(score, bits) rank_of_signed(select(JOIN(as_int, MASK_VECTOR)(score), (MaskInts)0, (score) == 0.0f))
#define ADD(sum, entry) ((sum) + (entry))

#define rank_of_signed(bits) (JOIN(as_uint, MASK_VECTOR)((bits) ^ (((bits) >> 31) | (int)0x80000000)) >> 1)
