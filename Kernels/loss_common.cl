// The loss of a few columns, and how a batch's is added to the sums of an epoch. Included by loss.cl, which has the formulas,
// network_gradients_cpu.cl and network_update_cpu.cl.

#ifndef LOSS_VECTOR
#define LOSS_VECTOR 16  // Columns that a work-item takes at a time: 2, 4, 8 or 16
#endif

typedef JOIN(float, LOSS_VECTOR) LossVector;
typedef JOIN(int, LOSS_VECTOR) LossLanes;
#define LOAD_COLUMNS(pointer) (*(global const LossVector *)(pointer))
#define STORE_COLUMNS(pointer, value) (*(global LossVector *)(pointer) = (value))

// LOSS_VECTOR columns from b on, of rows of `pitch` floats: those of images order[cursor + b]..., of which those before `count`
// are there. Adds to *loss and *hits; writes the gradient, of a batch of so many images, when there is one to write.
INLINE void loss_of_columns(const int b, const int classes, const int pitch, const int cursor, const int count,
                            global const float *logits, global const uchar *labels, global const int *order,
                            const bool with_gradient, const int batch_images, const float smoothing,
                            global float *dlogits, float *loss, int *hits) {
  int label_array[LOSS_VECTOR];
  int used_array[LOSS_VECTOR];
#pragma unroll
  for (int j = 0; j < LOSS_VECTOR; j++) {
    const bool used = b + j < count;
    label_array[j] = used ? labels[order[cursor + b + j]] : 0;
    used_array[j] = used ? -1 : 0;
  }
  const LossLanes label = JOIN(vload, LOSS_VECTOR)(0, label_array);
  const LossLanes used = JOIN(vload, LOSS_VECTOR)(0, used_array);

  LossVector peak = (LossVector)(-INFINITY);
  LossVector own = (LossVector)(NAN), total = (LossVector)(0.0f);
  for (int c = 0; c < classes; c++) {
    const LossVector z = LOAD_COLUMNS(logits + (size_t)c * pitch + b);
    peak = fmax(peak, z);
    total += z;
    own = select(own, z, label == (LossLanes)(c));
  }
  LossVector sum = (LossVector)(0.0f);
  LossLanes right = used;
  for (int c = 0; c < classes; c++) {
    const LossVector z = LOAD_COLUMNS(logits + (size_t)c * pitch + b);
    const LossVector e = exp(z - peak);
    sum += e;
    right &= (own > z) | ((own == z) & ((LossLanes)(c) >= label));
    if (with_gradient) STORE_COLUMNS(dlogits + (size_t)c * pitch + b, e);
  }
  if (with_gradient) {
    const LossVector images = (LossVector)((float)batch_images);
    const float others = smoothing / (float)classes;
    const LossVector absent = (LossVector)(others), present = (LossVector)((1.0f - smoothing) + others);
    for (int c = 0; c < classes; c++) {
      const LossVector p = LOAD_COLUMNS(dlogits + (size_t)c * pitch + b) / sum;
      const LossVector target = select(absent, present, label == (LossLanes)(c));
      STORE_COLUMNS(dlogits + (size_t)c * pitch + b, select((LossVector)(0.0f), (p - target) / images, used));
    }
  }
  // Not for a smoothing of 0, where an infinite logit would make it a NaN.
  if (smoothing > 0.0f) own = fma((LossVector)(1.0f - smoothing), own, total * (smoothing / (float)classes));
  const LossVector losses = select((LossVector)(0.0f), (peak - own) + log(sum), used);
  float loss_array[LOSS_VECTOR];
  int right_array[LOSS_VECTOR];
  JOIN(vstore, LOSS_VECTOR)(losses, 0, loss_array);
  JOIN(vstore, LOSS_VECTOR)(right, 0, right_array);
#pragma unroll
  for (int j = 0; j < LOSS_VECTOR; j++) {
    *loss += loss_array[j];
    *hits -= right_array[j];
  }
}

INLINE void add_to_state(const float loss, const int hits, const int count, global StepState *state) {
  const float before = state->loss_sum;
  const float addend = loss - state->loss_carry;
  const float after = before + addend;
  state->loss_sum = after;
  state->loss_carry = isfinite(after) ? (after - before) - addend : 0.0f;  // an infinity stays one
  state->correct += hits;
  state->seen += count;
}
