// The sum of values times gradients over a unit, and the product of an entry, by their absolute values (`taylor`): the roots of
// the squares that the criterion is.

#define RANK(score, bits) JOIN(as_uint, MASK_VECTOR)(fabs(score))
#define ADD(sum, entry) ((sum) + (entry))
