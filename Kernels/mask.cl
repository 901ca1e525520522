// Pruning: the k candidates with the smallest keys are masked, exactly, and nothing is read back.
//
//   1. weight_keys or block_keys    an unsigned key per candidate (keys.cl); already pruned ones have 0. Pools of candidates
//                                   that are ranked together (those of several weights, or groups) lie one after another.
//   2. for pass 0, 1, 2: select_histogram, select_digit
//                                   radix select: 11, 11 and 10 bits of the key of rank k, from the top
//   3. select_cut                   among the keys equal to that one, the index below which they are pruned too
//   4. mask_apply                   masks every candidate with (key, index) < (threshold, cut): the smallest go first,
//                                   and among equals those of the lower index
//   Where each of several pools is to keep some candidates whatever their rank, before 4:
//   a. select_check                 notes whether a pool would keep fewer
//   b. for each pool: 2 and 3 among its own, select_protect
//                                   the best of the pool get a key above all others
//   c. 2 and 3                      among all candidates again
//   b and c do nothing (IF_SHORT) where no pool would.
//   A candidate is a block of `height` rows and `span` columns of one weight, an entry being the smallest one; or a unit of a
//   group, a block of all rows of each of its weights, and of its biases and batch norms, which are masked with them.
//   N:M pruning has no selection. After 1:
//   mask_groups                     masks the `count` smallest of each `size` entries of a column that lie `distance` rows
//                                   apart: neighbouring inputs, or channels at one tap of a filter
//   mask_count                      what an epoch's report and its check for revived entries need
//
// Layouts: W, the optimizer's slots and mask are [inputs, ldw], of which columns 0..<outputs are used; the padding of the mask is 0.
//   keys: uint[candidates]. Kernels that take `first` see those of a pool from there on.
//   selection: one Selection (16 bytes). histograms: uint[chunks * SELECT_BINS]. None needs initialising.
// Launches:
//   mask_apply, mask_groups   any 2-D global and local size: dimension 0 strides over blocks of MASK_VECTOR columns
//                             (ldw / MASK_VECTOR of them), dimension 1 over rows, or the groups of a column.
//                             CPU: global (1, 64), local (1, 1). GPU: global (blocks rounded up to 32, rows rounded
//                             up to 8 but at most 1024), local (32, 8).
//   mask_count                any 1-D global and local size: strides over blocks of MASK_VECTOR columns.
//                             CPU: global 64, local 1. GPU: global blocks rounded up to 32, local 32.
//   select_histogram          global chunks * WG_SELECT, local WG_SELECT: each group has one of the `chunks` contiguous parts of
//                             the keys, of which select_digit and select_cut are told how many there are. A few per
//                             compute unit, and none so short that its histogram takes longer than its keys.
//   select_protect            any 1-D global and local size
//   select_digit, select_cut, select_check   global WG_SELECT, local WG_SELECT

#include "mask_common.cl"

#define SELECT_BINS 2048
#if WG_SELECT * MASK_VECTOR > SELECT_BINS
#error "WG_SELECT * MASK_VECTOR must not exceed 2048"
#endif

// When a launch of the selection does something: always, or where a pool would keep too few. (All work-items of a launch go
// the same way, to its barriers too: PoCL 3.1 fails on a return before these.)
#define ALWAYS 0
#define IF_SHORT 1
#define IS_DUE(when, selection) ((when) == ALWAYS || (selection)->is_short)

INLINE int digit_shift(const int pass) { return pass == 0 ? 21 : pass == 1 ? 10 : 0; }
INLINE int digit_bins(const int pass) { return pass == 2 ? 1024 : 2048; }

// Keys per chunk: enough for all, in whole rounds of the work-group.
INLINE int chunk_length(const int n, const int chunks) {
  const int round = WG_SELECT * MASK_VECTOR;
  return ((n + chunks - 1) / chunks + round - 1) / round * round;
}

#if WG_SELECT == 1
#define COUNT_KEY(bin) (*(bin))++
#else
#define COUNT_KEY(bin) atomic_inc(bin)
#endif

// histograms[chunk, bin]: how many keys of the chunk that start with the digits found so far have `bin` next.
kernel __attribute__((reqd_work_group_size(WG_SELECT, 1, 1))) void select_histogram(
    const int n, const int first, const int pass, const int when, global const uint *restrict keys,
    global const Selection *restrict selection, global uint *restrict histograms) {
  local uint bins[SELECT_BINS];
  const int item = get_local_id(0);
  const int chunk = get_group_id(0);
  const bool is_due = IS_DUE(when, selection);
  keys += first;
  for (int bin = item * MASK_VECTOR; bin < SELECT_BINS; bin += WG_SELECT * MASK_VECTOR) {
    STORE_KEYS((MaskKeys)(0u), 0, bins + bin);
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  const int shift = digit_shift(pass);
  const uint known = pass == 0 ? 0u : ~0u << digit_shift(pass - 1);
  const uint found = pass == 0 ? 0u : selection->threshold;
  const uint digit = digit_bins(pass) - 1;
  const int length = chunk_length(n, get_num_groups(0));
  const int begin = min(n, chunk * length);
  const int end = is_due ? min(n, begin + length) : begin;
  for (int i = begin + item * MASK_VECTOR; i < end; i += WG_SELECT * MASK_VECTOR) {
    if (i + MASK_VECTOR <= end) {
      const MaskKeys key = LOAD_KEYS(0, keys + i);
      const MaskInts matches = (key & known) == (MaskKeys)(found);
      if (any(matches)) {
        uint bin[MASK_VECTOR];
        int match[MASK_VECTOR];
        STORE_KEYS((key >> (MaskKeys)(shift)) & digit, 0, bin);
        STORE_KEYS(matches, 0, match);
#pragma unroll
        for (int j = 0; j < MASK_VECTOR; j++) {
          if (match[j]) COUNT_KEY(bins + bin[j]);
        }
      }
    } else {
      for (int j = i; j < end; j++) {
        if ((keys[j] & known) == found) COUNT_KEY(bins + ((keys[j] >> shift) & digit));
      }
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int bin = item * MASK_VECTOR; is_due && bin < SELECT_BINS; bin += WG_SELECT * MASK_VECTOR) {
    STORE_KEYS(LOAD_KEYS(0, bins + bin), 0, histograms + chunk * SELECT_BINS + bin);
  }
}

// Finds the next digit of the key of rank k (0...n), counted from the smallest. There is none for k = n: the threshold
// is then above every key.
kernel __attribute__((reqd_work_group_size(WG_SELECT, 1, 1))) void select_digit(
    const int k, const int chunks, const int pass, const int when, global const uint *restrict histograms,
    global Selection *restrict selection) {
  local uint bins[SELECT_BINS];
  local uint scratch[WG_SELECT];
  const int item = get_local_id(0);
  const bool is_due = IS_DUE(when, selection);
  const uint found = pass == 0 ? 0u : selection->threshold;
  const uint rank = pass == 0 ? (uint)k : selection->remaining;
  for (int bin = item * MASK_VECTOR; bin < SELECT_BINS; bin += WG_SELECT * MASK_VECTOR) {
    MaskKeys sum = (MaskKeys)(0u);
    for (int chunk = 0; is_due && chunk < chunks; chunk++) {
      sum += LOAD_KEYS(0, histograms + chunk * SELECT_BINS + bin);
    }
    STORE_KEYS(sum, 0, bins + bin);
  }
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);  // all have read the selection before one writes it

  const int own_bins = SELECT_BINS / WG_SELECT;
  uint own = 0;
  for (int bin = item * own_bins; bin < (item + 1) * own_bins; bin++) own += bins[bin];
  uint total;
  uint before = sum_before(own, scratch, &total);
  const bool here = before <= rank && rank < before + own;
  const bool nowhere = item == 0 && rank >= total;
  if (is_due && (here || nowhere)) {
    int bin = item * own_bins;
    if (here) {
      while (before + bins[bin] <= rank) before += bins[bin++];
    } else {
      bin = digit_bins(pass) - 1;
      before = total;
    }
    selection->threshold = found | (uint)bin << digit_shift(pass);
    selection->remaining = rank - before;
    if (when == ALWAYS) selection->is_short = 0;
  }
}

// Keys equal to the threshold are pruned in index order until `remaining` of them are. The histograms of the last pass
// tell which chunk holds the last of those; its place there is counted out.
kernel __attribute__((reqd_work_group_size(WG_SELECT, 1, 1))) void select_cut(
    const int n, const int first, const int chunks, const int when, global const uint *restrict keys,
    global const uint *restrict histograms, global Selection *restrict selection) {
  local uint scratch[WG_SELECT];
  const int item = get_local_id(0);
  const bool is_due = IS_DUE(when, selection);
  const uint threshold = selection->threshold;
  const uint digit = threshold & (uint)(digit_bins(2) - 1);
  uint wanted = is_due ? selection->remaining : 0;
  keys += first;
  int chunk = 0;
  while (chunk < chunks - 1 && wanted > histograms[chunk * SELECT_BINS + digit]) {
    wanted -= histograms[chunk * SELECT_BINS + digit];
    chunk++;
  }
  if (item == 0 && is_due && wanted == 0) selection->cut = 0;

  const int length = chunk_length(n, chunks);
  const int begin = min(n, chunk * length);
  const int end = wanted == 0 ? begin : min(n, begin + length);
  uint earlier = 0;
  for (int start = begin; start < end; start += WG_SELECT * MASK_VECTOR) {
    const int own = start + item * MASK_VECTOR;
    uint ties = 0;
    for (int i = own; i < min(end, own + MASK_VECTOR); i++) ties += keys[i] == threshold;
    uint total;
    uint rank = earlier + sum_before(ties, scratch, &total);
    if (rank < wanted && wanted <= rank + ties) {
      int i = own;
      for (; rank < wanted; i++) rank += keys[i] == threshold;
      selection->cut = i;
    }
    earlier += total;
  }
}

// Notes that a pool would keep fewer than `wanted` of its n candidates, under a selection among all. It looks no further than
// it has found so many.
kernel __attribute__((reqd_work_group_size(WG_SELECT, 1, 1))) void select_check(
    const int n, const int first, const int wanted, global const uint *restrict keys,
    global Selection *restrict selection) {
  local uint scratch[WG_SELECT];
  const int item = get_local_id(0);
  const uint threshold = selection->threshold;
  const uint cut = selection->cut;
  uint found = 0;
  for (int start = 0; start < n && found < (uint)wanted; start += WG_SELECT * MASK_VECTOR) {
    const int own = start + item * MASK_VECTOR;
    uint kept = 0;
    for (int i = own; i < min(n, own + MASK_VECTOR); i++) {
      const uint key = keys[first + i];
      kept += key > threshold || (key == threshold && (uint)(first + i) >= cut);
    }
    uint total;
    sum_before(kept, scratch, &total);
    found += total;
  }
  if (item == 0 && found < (uint)wanted) selection->is_short = 1;
}

// Raises the keys of those of a pool that a selection among its own would keep.
kernel void select_protect(const int n, const int first, global const Selection *restrict selection,
                           global uint *restrict keys) {
  if (!selection->is_short) return;
  const uint threshold = selection->threshold;
  const uint cut = selection->cut;
  keys += first;
  for (int i = get_global_id(0); i < n; i += get_global_size(0)) {
    const uint key = keys[i];
    if (key > threshold || (key == threshold && (uint)i >= cut)) keys[i] = PROTECTED;
  }
}

#define CLEAR_SLOT(k)                                                    \
  {                                                                      \
    global MaskFloats *entries = (global MaskFloats *)(slots##k + entry); \
    *entries = select(*entries, (MaskFloats)(0.0f), newly);              \
  }

// Pruned entries become exactly +0 in W and the slots, once: at the launch that prunes them. Those pruned before are not
// written again (so that mask_count would see one that had come alive). pruned: of MASK_VECTOR entries from `at` on.
#define PRUNE(at, pruned)                                                                                     \
  {                                                                                                           \
    const size_t entry = (at);                                                                                \
    const MaskBytes kept = *(global const MaskBytes *)(mask + entry);                                         \
    const MaskInts newly = (pruned) & (JOIN(convert_int, MASK_VECTOR)(kept) != 0);                            \
    if (any(newly)) {                                                                                         \
      global MaskFloats *w_entries = (global MaskFloats *)(W + entry);                                        \
      *w_entries = select(*w_entries, (MaskFloats)(0.0f), newly);                                             \
      EACH_SLOT(CLEAR_SLOT)                                                                                   \
      *(global MaskBytes *)(mask + entry) = select(kept, (MaskBytes)(0), JOIN(convert_char, MASK_VECTOR)(newly)); \
    }                                                                                                         \
  }

// `pool` is where the keys of the candidates' pool begin.
kernel void mask_apply(const int inputs, const int outputs, const int ldw, const int height, const int span, const int pool,
                       global const uint *restrict keys, global const Selection *restrict selection,
                       global float *restrict W, SLOT_PARAMETERS global uchar *restrict mask) {
  const MaskKeys threshold = (MaskKeys)(selection->threshold);
  const MaskKeys cut = (MaskKeys)(selection->cut);
  const int across = (outputs + span - 1) / span;
  keys += pool;
  for (int i = get_global_id(1); i < inputs; i += get_global_size(1)) {
    for (int o = get_global_id(0) * MASK_VECTOR; o < outputs; o += get_global_size(0) * MASK_VECTOR) {
      const size_t row = (size_t)(i / height) * across;
      MaskKeys index = (MaskKeys)((uint)o) + JOIN(vload, MASK_VECTOR)(0, LANES);
      MaskKeys key;
      if (span == 1) {
        key = load_row_keys(outputs - o, keys + row + o);
      } else {
        index /= (MaskKeys)((uint)span);
        uint lanes[MASK_VECTOR];
        STORE_KEYS(index, 0, lanes);
        for (int j = 0; j < MASK_VECTOR; j++) lanes[j] = o + j < outputs ? keys[row + lanes[j]] : 0u;
        key = LOAD_KEYS(0, lanes);
      }
      PRUNE((size_t)i * ldw + o,
            (key < threshold) | ((key == threshold) & (index + (MaskKeys)((uint)row + (uint)pool) < cut)));
    }
  }
}

// Among equal keys of a group the earlier row goes first, as everywhere.
kernel void mask_groups(const int inputs, const int outputs, const int ldw, const int size, const int distance,
                        const int count, global const uint *restrict keys, global float *restrict W,
                        SLOT_PARAMETERS global uchar *restrict mask) {
  for (int group = get_global_id(1); group < inputs / size; group += get_global_size(1)) {
    const int first = group / distance * distance * size + group % distance;
    for (int o = get_global_id(0) * MASK_VECTOR; o < outputs; o += get_global_size(0) * MASK_VECTOR) {
      for (int own = 0; own < size; own++) {
        const int i = first + own * distance;
        const MaskKeys key = load_row_keys(outputs - o, keys + (size_t)i * outputs + o);
        MaskInts smaller = (MaskInts)(0);
        for (int other = 0; other < size; other++) {
          const size_t at = (size_t)(first + other * distance) * outputs + o;
          const MaskKeys another = load_row_keys(outputs - o, keys + at);
          smaller -= (another < key) | ((another == key) & (MaskInts)(other < own ? -1 : 0));
        }
        PRUNE((size_t)i * ldw + o, smaller < count);
      }
    }
  }
}

// Adds to counts[0] the surviving entries, to counts[1] the revived ones (pruned, but the weight is not zero), to
// counts[2] the weights that are not finite, to counts[3] the columns with a survivor. The padding columns of
// the last block are counted too: they are zero, and a kernel that wrote there would show as revived entries.
kernel void mask_count(const int inputs, const int outputs, const int ldw, global const float *restrict W,
                       global const uchar *restrict mask, volatile global int *restrict counts) {
  MaskInts surviving = (MaskInts)(0);
  MaskInts revived = (MaskInts)(0);
  MaskInts infinite = (MaskInts)(0);
  MaskInts columns = (MaskInts)(0);
  for (int o = get_global_id(0) * MASK_VECTOR; o < outputs; o += get_global_size(0) * MASK_VECTOR) {
    MaskInts alive = (MaskInts)(0);
    for (int i = 0; i < inputs; i++) {
      const size_t entry = (size_t)i * ldw + o;
      const MaskFloats w = *(global const MaskFloats *)(W + entry);
      const MaskInts bytes = JOIN(convert_int, MASK_VECTOR)(*(global const MaskBytes *)(mask + entry));
      alive |= bytes != 0;
      surviving -= bytes != 0;
      revived -= select(w != (MaskFloats)(0.0f), (MaskInts)(0), bytes != 0);
      infinite += 1 + isfinite(w);
    }
    columns -= alive;
  }
  int sums[4] = {0, 0, 0, 0};
  int lanes[4][MASK_VECTOR];
  JOIN(vstore, MASK_VECTOR)(surviving, 0, lanes[0]);
  JOIN(vstore, MASK_VECTOR)(revived, 0, lanes[1]);
  JOIN(vstore, MASK_VECTOR)(infinite, 0, lanes[2]);
  JOIN(vstore, MASK_VECTOR)(columns, 0, lanes[3]);
  for (int kind = 0; kind < 4; kind++) {
    for (int j = 0; j < MASK_VECTOR; j++) sums[kind] += lanes[kind][j];
    atomic_add(counts + kind, sums[kind]);
  }
}
