// The absolute value of an entry; the L1 norm of a unit (`l1_norm`), and of its entries of a batch norm (`batch_norm_scale`).

#define RANK(score, bits) JOIN(as_uint, MASK_VECTOR)(fabs(score))
#define ADD(sum, entry) ((sum) + fabs(entry))
