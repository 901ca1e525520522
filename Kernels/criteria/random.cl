// Random bits of a candidate, whatever its values (`random`).

#define RANK(score, bits) ((bits) >> 1)
#define ADD(sum, entry) (sum)
