// The sum of products over a unit, and the product of an entry, with their signs (`grasp`): the bits of a float in an order that
// is that of its value, -0 with 0, less the last one.

#define RANK(score, bits) rank_of_signed(JOIN(as_int, MASK_VECTOR)((score) + 0.0f))
#define ADD(sum, entry) ((sum) + (entry))

#define rank_of_signed(bits) (JOIN(as_uint, MASK_VECTOR)((bits) ^ (((bits) >> 31) | (int)0x80000000)) >> 1)
