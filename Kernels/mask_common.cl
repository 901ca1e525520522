// What files that prune share: vectors of candidates, and how their keys are loaded and stored. Included by them.

#ifndef MASK_VECTOR
#define MASK_VECTOR 16  // Columns that a work-item takes at a time: 2, 4, 8 or 16
#endif

typedef JOIN(float, MASK_VECTOR) MaskFloats;
typedef JOIN(int, MASK_VECTOR) MaskInts;
typedef JOIN(uint, MASK_VECTOR) MaskKeys;
typedef JOIN(uchar, MASK_VECTOR) MaskBytes;
#define LOAD_KEYS JOIN(vload, MASK_VECTOR)
#define STORE_KEYS JOIN(vstore, MASK_VECTOR)
