// What ranks the candidates of pruning: an unsigned key for each, of which the lowest goes first (mask.cl).
//
//   weight_keys   a key for each entry of a weight
//   block_keys    a key for each block of `height` rows and `span` columns of a weight, from the first row and column on: those
//                 at its ends may be smaller. A unit of a group is a block of all rows of each parameter that ranks it, one
//                 launch for each of these in turn
//
// The file of a criterion (criteria/) goes before this text and says how:
//   RANK(score, bits)   the rank of scores (MaskFloats) as MaskKeys below 2^31; bits: MaskKeys, random ones of each candidate
//   ADD(sum, entry)     what an entry makes of the sum over its unit (MaskFloats)
// The score of an entry is its value, where GRADIENTS is set times its gradient; that of a block the sum over its entries, times
// `factor`. A key is the rank + 1; 0 is left for candidates already pruned.
//
// Layouts: W, mask and, where GRADIENTS is set, G are [inputs, ldw], of which columns 0..<outputs are used; the padding of the
//   mask is 0.
//   keys: uint[...], of which these candidates' begin at `first`: candidate i * outputs + o for weights, the blocks row by row.
//   seed: what the candidates' random bits are a hash of, with their places (StepBits).
// Launches:
//   weight_keys   any 2-D global and local size: dimension 0 strides over blocks of MASK_VECTOR columns (ldw / MASK_VECTOR
//                 of them), dimension 1 over rows. CPU: global (1, 64), local (1, 1). GPU: global (blocks rounded up to 32,
//                 rows rounded up to 8 but at most 1024), local (32, 8).
//   block_keys    any 1-D global and local size: strides over MASK_VECTOR blocks of a row at a time. CPU: local 1. GPU: local 32.

#include "mask_common.cl"

#ifndef ROWS_AHEAD
#define ROWS_AHEAD 8  // Rows that block_keys loads before it adds the first of them
#endif

// GRADIENTS: whether a criterion goes by the products of values and gradients.
// ENTRIES(LOAD, at) is what the entries at a place count as, LOAD(pointer) being how they are loaded.
#ifdef GRADIENTS
#define GRADIENT_PARAMETER global const float *restrict G,
#define ENTRIES(LOAD, at) (LOAD(W + (at)) * LOAD(G + (at)))
#else
#define GRADIENT_PARAMETER
#define ENTRIES(LOAD, at) LOAD(W + (at))
#endif

HASH(MaskKeys, hashed_places)

// The keys of neighbouring candidates, the first of which has this place.
INLINE MaskKeys keys_of(const MaskFloats score, const MaskBytes mask, const uint seed, const uint place) {
  const MaskKeys key = RANK(score, hashed_places(JOIN(vload, MASK_VECTOR)(0, LANES) + (MaskKeys)(seed + place))) + 1u;
  return select(key, (MaskKeys)(0u), JOIN(convert_int, MASK_VECTOR)(mask) == 0);
}

#define LOAD_ROW(pointer) (*(global const MaskFloats *)(pointer))

kernel void weight_keys(const int inputs, const int outputs, const int ldw, const int first, const uint seed,
                        global const float *restrict W, GRADIENT_PARAMETER global const uchar *restrict mask,
                        global uint *restrict keys) {
  for (int i = get_global_id(1); i < inputs; i += get_global_size(1)) {
    for (int o = get_global_id(0) * MASK_VECTOR; o < outputs; o += get_global_size(0) * MASK_VECTOR) {
      const size_t entry = (size_t)i * ldw + o;
      const MaskFloats w = ENTRIES(LOAD_ROW, entry);
      const MaskBytes kept = *(global const MaskBytes *)(mask + entry);
      const size_t place = (size_t)i * outputs + o;
      store_row_keys(keys_of(w, kept, seed, (uint)place), outputs - o, keys + first + place);
    }
  }
}

// The c-th column of each of MASK_VECTOR blocks from `first` on, in one row; past the last column, 0.
INLINE MaskFloats block_row(global const float *row, const int first, const int outputs, const int span, const int c) {
  if (span == 1) return *(global const MaskFloats *)(row + first);
  float lanes[MASK_VECTOR];
  for (int j = 0; j < MASK_VECTOR; j++) {
    const int o = (first + j) * span + c;
    lanes[j] = o < outputs ? row[o] : 0.0f;
  }
  return JOIN(vload, MASK_VECTOR)(0, lanes);
}

#define LOAD_BLOCKS(row) block_row(row, b, outputs, span, c)

#define FIRST_WEIGHT 1  // of a group: no sum has begun
#define LAST_WEIGHT 2   // of a group: the sums become keys

// The sum over a block is one chain, from its first column to its last, in each column from the top down, and goes on through
// the parameters that rank a unit; an order that any backend can repeat. Between two parameters, keys holds the sums. A pruned
// block is pruned in every entry, so its first one in the mask tells.
kernel void block_keys(const int inputs, const int outputs, const int ldw, const int height, const int span, const int place,
                       const int first, const float factor, const uint seed, global const float *restrict W,
                       GRADIENT_PARAMETER global const uchar *restrict mask, global uint *restrict keys) {
  const int across = (outputs + span - 1) / span;
  const int turns = (across + MASK_VECTOR - 1) / MASK_VECTOR;
  const int down = (inputs + height - 1) / height;
  keys += first;
  for (int turn = get_global_id(0); turn < turns * down; turn += get_global_size(0)) {
    const int row = turn / turns;
    const int b = turn % turns * MASK_VECTOR;
    const int begin = row * height;
    const int end = min(inputs, begin + height);
    const int block = row * across;
    uchar kept[MASK_VECTOR];
    uint sums[MASK_VECTOR];
    for (int j = 0; j < MASK_VECTOR; j++) {
      const int own = min(b + j, across - 1);
      kept[j] = mask[(size_t)begin * ldw + own * span];
      sums[j] = place & FIRST_WEIGHT ? 0u : keys[block + own];
    }
    MaskFloats sum = JOIN(as_float, MASK_VECTOR)(LOAD_KEYS(0, sums));
    for (int c = 0; c < span; c++) {
      int i = begin;
      for (; i + ROWS_AHEAD <= end; i += ROWS_AHEAD) {
        MaskFloats rows[ROWS_AHEAD];
#pragma unroll
        for (int r = 0; r < ROWS_AHEAD; r++) rows[r] = ENTRIES(LOAD_BLOCKS, (size_t)(i + r) * ldw);
#pragma unroll
        for (int r = 0; r < ROWS_AHEAD; r++) sum = ADD(sum, rows[r]);
      }
      for (; i < end; i++) {
        const MaskFloats entries = ENTRIES(LOAD_BLOCKS, (size_t)i * ldw);
        sum = ADD(sum, entries);
      }
    }
    const MaskKeys result = place & LAST_WEIGHT
                                ? keys_of(sum * factor, JOIN(vload, MASK_VECTOR)(0, kept), seed, (uint)(block + b))
                                : JOIN(as_uint, MASK_VECTOR)(sum);
    store_row_keys(result, across - b, keys + block + b);
  }
}
