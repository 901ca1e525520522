// Which entries a sparse weight has, changed: of its n entries, `count` go and as many come, elsewhere or at the same places
// (prune and regrow: SET, Mocanu et al. 2018; RigL, Evci et al. 2020).
//
//   1. drop_keys         a key for each entry: the bits of |w|, + 1. Then the selection of mask.cl, of the `count` lowest
//   2. growth_keys_random, growth_keys_gradient
//                        a key for each place of the matrix: random bits; or such that the largest |gradient| is the lowest
//   3. growth_close      entries that stay: 1 in place of their key, others 0; and places of those that stay are out of reach.
//                        Then the selection again, of the `count` lowest places
//   4. topology_columns, topology_starts
//                        the new entries of each column, and where they start
//   5. topology_merge    the new entries, in order, beside the old ones: an entry that stays, or that went and came again,
//                        keeps its value and slots, a new one has zeros
//   6. topology_store    the new entries in place of the old ones
//   7. topology_rows, topology_starts, topology_row_entries
//                        the rows' order of them, for the input gradient
//
// And pruned where it is: it loses entries as pruning masks those of a matrix (keys.cl, mask.cl).
//
//   1. topology_expand   the values of the entries at their places of a matrix, and 1 there in its mask; both are zeros before
//   2. topology_count, topology_starts
//                        the entries of each column that the mask keeps, and where they start
//   3. topology_keep     these entries, in order, beside the old ones; then 6 and 7 as above, of as many as there were
//
// Among equal keys the one first by columns goes, or comes, first.
//
// Layouts: values, slots and structure as in sparse_cpu.cl: indptr[outputs + 1], indices[n] by columns, rows ascending;
//   tindptr[inputs + 1], tentries[n] (column, place among the columns' entries) by rows. G is [inputs, ldw].
//   keys: uint[n + inputs * outputs]: those of the entries, then those of the places, column by column: those begin at
//   `first` = n, and MASK_VECTOR more, which are read for whole vectors and not used. starts[outputs + 1], new_indices[n],
//   new_values[n], new_slots[n] hold what becomes of them.
//   W and mask are [inputs, ldw].
//   selection: one Selection, of the last selection.
// Launches: any 1-D global and local size, each work-item striding over entries (drop_keys, topology_store), vectors of places
//   (growth_keys_random), columns (growth_close, topology_columns, topology_merge, topology_expand, topology_count,
//   topology_keep) or blocks of ROWS_AT_ONCE rows (topology_rows, topology_row_entries). CPU: local 1. GPU: local 64. But for
//   growth_keys_gradient  any 2-D size: over squares of MASK_VECTOR columns and rows
//   topology_starts       global WG_SELECT, local WG_SELECT

#include "mask_common.cl"

#ifndef ROWS_AT_ONCE
#define ROWS_AT_ONCE 64  // Rows whose entries a work-item looks for at a time; 1 for GPUs
#endif

HASH(MaskKeys, hashed_places)

INLINE uint key_of(const float w) { return (as_uint(w) & 0x7fffffffu) + 1u; }

kernel void drop_keys(const int n, global const float *restrict values, global uint *restrict keys) {
  for (int k = get_global_id(0); k < n; k += get_global_size(0)) keys[k] = key_of(values[k]);
}

kernel void growth_keys_random(const int places, const int first, const uint seed, global uint *restrict keys) {
  keys += first;
  for (int p = get_global_id(0) * MASK_VECTOR; p < places; p += get_global_size(0) * MASK_VECTOR) {
    const MaskKeys place = JOIN(vload, MASK_VECTOR)(0, LANES) + (MaskKeys)(seed + (uint)p);
    store_row_keys((hashed_places(place) >> 1) + 1u, places - p, keys + p);
  }
}

kernel void growth_keys_gradient(const int inputs, const int outputs, const int ldw, const int first,
                                 global const float *restrict G, global uint *restrict keys) {
  keys += first;
  for (int i = get_global_id(1) * MASK_VECTOR; i < inputs; i += get_global_size(1) * MASK_VECTOR) {
    for (int o = get_global_id(0) * MASK_VECTOR; o < outputs; o += get_global_size(0) * MASK_VECTOR) {
      // A square at a time: a line of neither array is another work-item's.
      uint square[MASK_VECTOR][MASK_VECTOR];
#pragma unroll
      for (int r = 0; r < MASK_VECTOR; r++) {
        const MaskFloats g = *(global const MaskFloats *)(G + (size_t)min(i + r, inputs - 1) * ldw + o);
        STORE_KEYS(0x80000000u - (JOIN(as_uint, MASK_VECTOR)(g) & 0x7fffffffu), 0, square[r]);
      }
#pragma unroll
      for (int c = 0; c < MASK_VECTOR; c++) {
        uint column[MASK_VECTOR];
#pragma unroll
        for (int r = 0; r < MASK_VECTOR; r++) column[r] = square[r][c];
        if (o + c < outputs) store_row_keys(LOAD_KEYS(0, column), inputs - i, keys + (size_t)(o + c) * inputs + i);
      }
    }
  }
}

kernel void growth_close(const int inputs, const int outputs, const int first, global const int *restrict indptr,
                         global const int *restrict indices, global const Selection *restrict selection,
                         global uint *restrict keys) {
  const uint threshold = selection->threshold, cut = selection->cut;
  for (int o = get_global_id(0); o < outputs; o += get_global_size(0)) {
    global uint *column = keys + first + (size_t)o * inputs;
    for (int k = indptr[o]; k < indptr[o + 1]; k++) {
      const uint key = keys[k];
      const bool stays = key > threshold || (key == threshold && (uint)k >= cut);
      keys[k] = stays;
      if (stays) column[indices[k]] = PROTECTED;
    }
  }
}

// Which of the places from `place` on were selected; `rest` of them are places of the matrix.
INLINE MaskInts grown(global const uint *column, const int i, const int rest, const uint place,
                      const uint threshold, const uint cut) {
  const MaskKeys lanes = JOIN(vload, MASK_VECTOR)(0, LANES);
  const MaskKeys key = LOAD_KEYS(0, column + i);
  const MaskInts is_place = lanes < (MaskKeys)((uint)rest);
  return is_place & ((key < threshold) | ((key == threshold) & (lanes + (place + (uint)i) < cut)));
}

kernel void topology_columns(const int inputs, const int outputs, const int first, global const int *restrict indptr,
                             global const uint *restrict keys, global const Selection *restrict selection,
                             global int *restrict starts) {
  const uint threshold = selection->threshold, cut = selection->cut;
  for (int o = get_global_id(0); o < outputs; o += get_global_size(0)) {
    const uint place = (uint)o * (uint)inputs;
    global const uint *column = keys + first + (size_t)o * inputs;
    MaskInts found = (MaskInts)(0);
    for (int i = 0; i < inputs; i += MASK_VECTOR) found -= grown(column, i, inputs - i, place, threshold, cut);
    int lanes[MASK_VECTOR];
    JOIN(vstore, MASK_VECTOR)(found, 0, lanes);
    int count = 0;
#pragma unroll
    for (int j = 0; j < MASK_VECTOR; j++) count += lanes[j];
    for (int k = indptr[o]; k < indptr[o + 1]; k++) count += keys[k];
    starts[o + 1] = count;
  }
}

// Makes of n counts, from starts[1] on, where each begins, and where the last ends.
kernel __attribute__((reqd_work_group_size(WG_SELECT, 1, 1))) void topology_starts(const int n,
                                                                                  global int *restrict starts) {
  local uint scratch[WG_SELECT];
  const int item = get_local_id(0);
  uint earlier = 0;
  if (item == 0) starts[0] = 0;
  for (int begin = 0; begin < n; begin += WG_SELECT) {
    const int own = begin + item;
    const uint count = own < n ? (uint)starts[own + 1] : 0u;
    uint total;
    const uint before = earlier + sum_before(count, scratch, &total);
    if (own < n) starts[own + 1] = (int)(before + count);
    earlier += total;
  }
}

#define NEW_SLOT_PARAMETER(k) global float *restrict new_slots##k,
#define KEEP_SLOT(k) new_slots##k[place] = is_entry ? slots##k[entry] : 0.0f;
#define STORE_SLOT(k) slots##k[entry] = new_slots##k[entry];

kernel void topology_merge(const int inputs, const int outputs, const int first, global const int *restrict indptr,
                           global const int *restrict indices, global const float *restrict values,
                           SLOT_PARAMETERS global const uint *restrict keys,
                           global const Selection *restrict selection, global const int *restrict starts,
                           global float *restrict new_values, EACH_SLOT(NEW_SLOT_PARAMETER)
                           global int *restrict new_indices) {
  const uint threshold = selection->threshold, cut = selection->cut;
  for (int o = get_global_id(0); o < outputs; o += get_global_size(0)) {
    const uint column_place = (uint)o * (uint)inputs;
    global const uint *column = keys + first + (size_t)o * inputs;
    int entry = indptr[o], place = starts[o];
    const int end = indptr[o + 1];
    for (int i = 0; i < inputs; i += MASK_VECTOR) {
      const MaskInts come = grown(column, i, inputs - i, column_place, threshold, cut);
      if (!any(come) && (entry == end || indices[entry] >= i + MASK_VECTOR)) continue;
      int comes[MASK_VECTOR];
      JOIN(vstore, MASK_VECTOR)(come, 0, comes);
#pragma unroll
      for (int j = 0; j < MASK_VECTOR; j++) {
        const bool is_entry = entry < end && indices[entry] == i + j;
        if (comes[j] || (is_entry && keys[entry])) {
          new_indices[place] = i + j;
          new_values[place] = is_entry ? values[entry] : 0.0f;
          EACH_SLOT(KEEP_SLOT)
          place++;
        }
        entry += is_entry;
      }
    }
  }
}

kernel void topology_expand(const int outputs, const int ldw, global const int *restrict indptr,
                            global const int *restrict indices, global const float *restrict values,
                            global float *restrict W, global uchar *restrict mask) {
  for (int o = get_global_id(0); o < outputs; o += get_global_size(0)) {
    for (int k = indptr[o]; k < indptr[o + 1]; k++) {
      const size_t at = (size_t)indices[k] * ldw + o;
      W[at] = values[k];
      mask[at] = 1;
    }
  }
}

kernel void topology_count(const int outputs, const int ldw, global const int *restrict indptr,
                           global const int *restrict indices, global const uchar *restrict mask,
                           global int *restrict starts) {
  for (int o = get_global_id(0); o < outputs; o += get_global_size(0)) {
    int count = 0;
    for (int k = indptr[o]; k < indptr[o + 1]; k++) count += mask[(size_t)indices[k] * ldw + o];
    starts[o + 1] = count;
  }
}

#define TAKE_SLOT_ALONG(k) new_slots##k[place] = slots##k[entry];

kernel void topology_keep(const int outputs, const int ldw, global const int *restrict indptr,
                          global const int *restrict indices, global const float *restrict values,
                          SLOT_PARAMETERS global const uchar *restrict mask, global const int *restrict starts,
                          global float *restrict new_values, EACH_SLOT(NEW_SLOT_PARAMETER)
                          global int *restrict new_indices) {
  for (int o = get_global_id(0); o < outputs; o += get_global_size(0)) {
    int place = starts[o];
    for (int entry = indptr[o]; entry < indptr[o + 1]; entry++) {
      if (!mask[(size_t)indices[entry] * ldw + o]) continue;
      new_indices[place] = indices[entry];
      new_values[place] = values[entry];
      EACH_SLOT(TAKE_SLOT_ALONG)
      place++;
    }
  }
}

kernel void topology_store(const int n, const int outputs, global const int *restrict starts,
                           global const int *restrict new_indices, global const float *restrict new_values,
                           EACH_SLOT(NEW_SLOT_PARAMETER) global int *restrict indptr, global int *restrict indices,
                           SLOT_PARAMETERS global float *restrict values) {
  for (int entry = get_global_id(0); entry < n; entry += get_global_size(0)) {
    indices[entry] = new_indices[entry];
    values[entry] = new_values[entry];
    EACH_SLOT(STORE_SLOT)
  }
  for (int o = get_global_id(0); o <= outputs; o += get_global_size(0)) indptr[o] = starts[o];
}

// Of the rows from i0 on: the place of one among them. One row needs no array, which a GPU would keep in memory.
#if ROWS_AT_ONCE == 1
#define OF_ROW(i) 0
#else
#define OF_ROW(i) ((i) - i0)
#endif

// Calls DO for each entry k of column o in rows i0..<i1, column by column.
#define EACH_ENTRY_OF_ROWS(DO)                                         \
  for (int o = 0; o < outputs; o++) {                                  \
    const int end = indptr[o + 1];                                     \
    for (int k = lower_bound(indices, indptr[o], end, i0); k < end; k++) { \
      if (indices[k] >= i1) break;                                     \
      DO                                                               \
    }                                                                  \
  }

kernel void topology_rows(const int inputs, const int outputs, global const int *restrict indptr,
                          global const int *restrict indices, global int *restrict tindptr) {
  for (int i0 = get_global_id(0) * ROWS_AT_ONCE; i0 < inputs; i0 += get_global_size(0) * ROWS_AT_ONCE) {
    const int i1 = min(inputs, i0 + ROWS_AT_ONCE);
    int counts[ROWS_AT_ONCE];
    for (int i = 0; i < ROWS_AT_ONCE; i++) counts[i] = 0;
    EACH_ENTRY_OF_ROWS(counts[OF_ROW(indices[k])]++;)
    for (int i = i0; i < i1; i++) tindptr[i + 1] = counts[OF_ROW(i)];
  }
}

kernel void topology_row_entries(const int inputs, const int outputs, global const int *restrict indptr,
                                 global const int *restrict indices, global const int *restrict tindptr,
                                 global int2 *restrict tentries) {
  for (int i0 = get_global_id(0) * ROWS_AT_ONCE; i0 < inputs; i0 += get_global_size(0) * ROWS_AT_ONCE) {
    const int i1 = min(inputs, i0 + ROWS_AT_ONCE);
    int next[ROWS_AT_ONCE];
    for (int i = 0; i < ROWS_AT_ONCE; i++) next[i] = i0 + i < i1 ? tindptr[i0 + i] : 0;
    EACH_ENTRY_OF_ROWS(tentries[next[OF_ROW(indices[k])]++] = (int2)(o, k);)
  }
}
