// What files that prune share: vectors of candidates and their keys, and what a selection among them is. Included by them.

#ifndef MASK_VECTOR
#define MASK_VECTOR 16  // Columns that a work-item takes at a time: 2, 4, 8 or 16
#endif

#ifndef WG_SELECT
#define WG_SELECT 1  // Work-items of a group of the selection: a power of two. 1 for CPUs: no local atomics then
#endif

typedef JOIN(float, MASK_VECTOR) MaskFloats;
typedef JOIN(int, MASK_VECTOR) MaskInts;
typedef JOIN(uint, MASK_VECTOR) MaskKeys;
typedef JOIN(uchar, MASK_VECTOR) MaskBytes;
#define LOAD_KEYS JOIN(vload, MASK_VECTOR)
#define STORE_KEYS JOIN(vstore, MASK_VECTOR)

// Candidates of one row: `used` of the lanes are columns of the matrix, the others padding.
INLINE void store_row_keys(const MaskKeys row, const int used, global uint *keys) {
  if (used >= MASK_VECTOR) {
    STORE_KEYS(row, 0, keys);
  } else {
    uint lanes[MASK_VECTOR];
    STORE_KEYS(row, 0, lanes);
    // As many turns for each row: in a loop of `used` turns, GPUs keep the lanes in memory.
#pragma unroll
    for (int j = 0; j < MASK_VECTOR; j++) {
      if (j < used) keys[j] = lanes[j];
    }
  }
}

// The keys of neighbouring candidates of one row, of which `used` are there; those past them are 0.
INLINE MaskKeys load_row_keys(const int used, global const uint *keys) {
  if (used >= MASK_VECTOR) return LOAD_KEYS(0, keys);
  uint lanes[MASK_VECTOR];
#pragma unroll
  for (int j = 0; j < MASK_VECTOR; j++) lanes[j] = j < used ? keys[j] : 0u;
  return LOAD_KEYS(0, lanes);
}

typedef struct {
  uint threshold;  // the digits found so far of the key of rank k, as the top bits; the others 0
  uint remaining;  // the rank of that key among the keys that share those digits
  uint cut;        // candidates with this key are pruned below this index
  uint is_short;   // whether a pool would keep fewer candidates than it is to
} Selection;

#define PROTECTED 0xffffffffu  // above every other key

// The sum of `value` over the work-items before this one; *total receives the sum over all. scratch: uint[WG_SELECT].
INLINE uint sum_before(const uint value, local uint *scratch, uint *total) {
  const int item = get_local_id(0);
  scratch[item] = value;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int distance = 1; distance < WG_SELECT; distance *= 2) {
    const uint before = item >= distance ? scratch[item - distance] : 0u;
    barrier(CLK_LOCAL_MEM_FENCE);
    scratch[item] += before;
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  *total = scratch[WG_SELECT - 1];
  const uint result = scratch[item] - value;
  barrier(CLK_LOCAL_MEM_FENCE);
  return result;
}
