// The absolute value of an entry; the squared L2 norm of a unit (`magnitude`). The bits of a non-negative float are ordered as
// its value, NaN last.

#define RANK(score, bits) JOIN(as_uint, MASK_VECTOR)(fabs(score))
#define ADD(sum, entry) fma(entry, entry, sum)
