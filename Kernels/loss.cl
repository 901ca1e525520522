// Softmax cross-entropy: loss, gradient and correct predictions of a batch, in one launch.
//
// For the column b of an image with label y, and p = softmax(logits[:, b]):
//   loss         = -log p[y] = (max - logits[y]) + log sum_c exp(logits[c] - max)
//   dlogits[c,b] = (p[c] - [c == y]) / count for b < count, and 0 for the columns after them
// With label smoothing s, the target [c == y] is (1 - s) [c == y] + s / classes, and the loss that of this target.
//   correct      when y is the first of the largest logits. A column that holds a NaN never is; its loss is NaN.
// The sums are added to loss_sum (with loss_carry), correct and seen of the state. A loss that is not finite makes
// loss_sum so for the rest of the epoch. A label that is not a class makes its loss NaN.
//
// Layouts: logits and dlogits are [classes, batch]; the label of column b is labels[order[cursor + b]].
// Launch: one work-group: global WG_LOSS, local WG_LOSS. It sums in a fixed order: the same input gives the same bits.
//
// Where there are the logits of many batches, [batches, classes, batch], softmax_cross_entropy_batches gives each batch's loss
// and its correct predictions in `sums`, those of batch k at k and k + batches, and loss_add adds them to the state, one after
// the other: the bits are those of the batches one by one.
// Launch: global batches * WG_LOSS, local WG_LOSS; loss_add: global 1.

#ifndef WG_LOSS
#define WG_LOSS 64  // Work-items of the group: a power of two
#endif
#include "loss_common.cl"

// Every work-item's share of the columns, summed over the group: the first item's number.
INLINE void loss_of_batch(const int classes, const int batch, const int cursor, const int count,
                          global const float *logits, global const uchar *labels, global const int *order,
                          const bool with_gradient, const float smoothing, global float *dlogits,
                          local float *group_loss, local int *group_hits) {
  const int item = get_local_id(0);
  float loss = 0.0f;
  int hits = 0;
  for (int b = item * LOSS_VECTOR; b < batch; b += WG_LOSS * LOSS_VECTOR) {
    loss_of_columns(b, classes, batch, cursor, count, logits, labels, order, with_gradient, count,
                    smoothing, dlogits, &loss, &hits);
  }
  group_loss[item] = loss;
  group_hits[item] = hits;
  for (int half_size = WG_LOSS / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) {
      group_loss[item] += group_loss[item + half_size];
      group_hits[item] += group_hits[item + half_size];
    }
  }
}

kernel __attribute__((reqd_work_group_size(WG_LOSS, 1, 1))) void softmax_cross_entropy(
    const int classes, const int batch, global const float *restrict logits, global const uchar *restrict labels,
    global const int *restrict order, global StepState *restrict state, global float *restrict dlogits,
    const float smoothing) {
  local float group_loss[WG_LOSS];
  local int group_hits[WG_LOSS];
  const int count = state->count;
  loss_of_batch(classes, batch, state->cursor, count, logits, labels, order, true, smoothing, dlogits, group_loss,
                group_hits);
  if (get_local_id(0) == 0) add_to_state(group_loss[0], group_hits[0], count, state);
}

kernel __attribute__((reqd_work_group_size(WG_LOSS, 1, 1))) void softmax_cross_entropy_evaluate(
    const int classes, const int batch, global const float *restrict logits, global const uchar *restrict labels,
    global const int *restrict order, global StepState *restrict state) {
  local float group_loss[WG_LOSS];
  local int group_hits[WG_LOSS];
  const int count = state->count;
  loss_of_batch(classes, batch, state->cursor, count, logits, labels, order, false, 0.0f, 0, group_loss, group_hits);
  if (get_local_id(0) == 0) add_to_state(group_loss[0], group_hits[0], count, state);
}

// The images of batch k, of those from `first` on.
INLINE int images_of(const int k, const int first, const int images, const int batch_size) {
  return clamp(images - first - k * batch_size, 0, batch_size);
}

kernel __attribute__((reqd_work_group_size(WG_LOSS, 1, 1))) void softmax_cross_entropy_batches(
    const int classes, const int batch, const int images, const int first, const int batch_size, const int batches,
    global const float *restrict logits, global const uchar *restrict labels, global const int *restrict order,
    global int *restrict sums) {
  local float group_loss[WG_LOSS];
  local int group_hits[WG_LOSS];
  const int k = get_group_id(0);
  loss_of_batch(classes, batch, first + k * batch_size, images_of(k, first, images, batch_size),
                logits + k * ((size_t)classes * batch), labels, order, false, 0.0f, 0, group_loss, group_hits);
  if (get_local_id(0) == 0) {
    sums[k] = as_int(group_loss[0]);
    sums[k + batches] = group_hits[0];
  }
}

kernel void loss_add(const int images, const int first, const int batch_size, const int batches,
                     global const int *restrict sums, global StepState *restrict state) {
  for (int k = 0; k < batches; k++) {
    const int count = images_of(k, first, images, batch_size);
    if (count > 0) add_to_state(as_float(sums[k]), sums[k + batches], count, state);
  }
}
