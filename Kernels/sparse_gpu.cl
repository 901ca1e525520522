// The three matrix products of a layer whose weights are sparse, for GPUs.
//
//   sparse_forward               Y[o, b]  = sum_i W[i, o] X[i, b]    _bias: plus bias[o]; _relu: max(0, Y)
//   sparse_input_gradient        dX[i, b] = sum_o W[i, o] dY[o, b]   _gated: 0 where X[i, b] <= 0
//   sparse_weight_gradient_update  g[i, o]  = sum_b X[i, b] dY[o, b]  at the stored entries of W only; g is not
//                                                                     written, but applied: the optimizer's step
//
// Layouts: W is [inputs, outputs] by columns. Column o holds the entries indptr[o]..<indptr[o + 1] of `indices` (rows,
// ascending), `values` and the optimizer's slots. By rows, row i holds tindptr[i]..<tindptr[i + 1] of `tentries`, .x the
// column (ascending) and .y the entry's place in `values`; so the values are stored once. X and dX are [inputs, batch],
// Y and dY [outputs, batch]. batch is a multiple of 16, buffers start at a multiple of 64 bytes.
//
// How: entries_gpu.cl. Groups that follow each other take the rows of the same columns, which therefore stay in the caches.
//
// Launch: forward and input gradient, with `rows` outputs or inputs: local (SPARSE_GROUP / SPARSE_VECTOR, 1),
//   global = (rows * SPARSE_GROUP / SPARSE_VECTOR, ceil(batch / SPARSE_GROUP))
// Weight gradient: local (SPARSE_ENTRIES, 1), and as many groups per column as wished, which share its blocks:
//   global = (outputs * SPARSE_ENTRIES, groups per column)

#include "entries_gpu.cl"

// MARK: forward and input gradient

INLINE int result_row(void) { return get_group_id(0); }
INLINE int result_column(void) { return get_group_id(1) * SPARSE_GROUP + get_local_id(0) * SPARSE_VECTOR; }

#define NO_BIAS
#define BIAS , global const float *restrict bias
#define FORWARD(name, bias_parameter, finished)                                                        \
  PRODUCT_KERNEL name(const int outputs, const int batch, global const int *restrict indptr,           \
                      global const int *restrict indices, global const float *restrict values,         \
                      global const float *restrict X, global float *restrict Y bias_parameter) {       \
    const int row = result_row();                                                                      \
    const int column = result_column();                                                                \
    if (row >= outputs) return;                                                                        \
    SUM_PRODUCTS(sum, indptr[row], indptr[row + 1], (int2)(indices[p], as_int(values[p])), X + column,  \
                 batch, column < batch)                                                                \
    if (column < batch) STORE(Y + (size_t)row * batch + column, finished(sum));                        \
  }

#define PLAIN(x) (x)
#define RECTIFIED(x) RELU(Vector, x)
#define BIASED(x) ((x) + bias[row])
#define BIASED_RECTIFIED(x) RELU(Vector, BIASED(x))
FORWARD(sparse_forward, NO_BIAS, PLAIN)
FORWARD(sparse_forward_relu, NO_BIAS, RECTIFIED)
FORWARD(sparse_forward_bias, BIAS, BIASED)
FORWARD(sparse_forward_bias_relu, BIAS, BIASED_RECTIFIED)

#define INPUT_GRADIENT(name, gate)                                                                     \
  PRODUCT_KERNEL name(const int inputs, const int batch, global const int *restrict tindptr,           \
                      global const int2 *restrict tentries, global const float *restrict values,       \
                      global const float *restrict dY, global const float *restrict X,                 \
                      global float *restrict dX) {                                                     \
    const int row = result_row();                                                                      \
    const int column = result_column();                                                                \
    if (row >= inputs) return;                                                                         \
    SUM_PRODUCTS(sum, tindptr[row], tindptr[row + 1],                                                  \
                 (int2)(tentries[p].x, as_int(values[tentries[p].y])), dY + column, batch,             \
                 column < batch)                                                                       \
    const size_t place = (size_t)row * batch + column;                                                 \
    if (column < batch) STORE(dX + place, gate(X + place, sum));                                       \
  }

#define OPEN(x, sum) (sum)
#define GATED(x, sum) RELU_GATE(Vector, LOAD(x), sum)
INPUT_GRADIENT(sparse_input_gradient, OPEN)
INPUT_GRADIENT(sparse_input_gradient_gated, GATED)

// MARK: weight gradient

#define TAKE_SLOT(k) float slot##k = slots##k[place];
#define PUT_SLOT(k) slots##k[place] = slot##k;

GRADIENT_KERNEL sparse_weight_gradient_update(
    const int outputs, const int batch, global const int *restrict indptr, global const int *restrict indices,
    global const float *restrict X, global const float *restrict dY, global float *restrict values,
    SLOT_PARAMETERS global const StepState *restrict state) {
  DECLARE_PANELS;
  const int column = get_group_id(0);
  const int item = get_local_id(0);
  if (column >= outputs) return;
  const int end = indptr[column + 1];
  const int stride = get_num_groups(1) * SPARSE_ENTRIES;
  global const float *y_row = dY + (size_t)column * batch;
  for (int start = indptr[column] + get_group_id(1) * SPARSE_ENTRIES; start < end; start += stride) {
    const int count = min(SPARSE_ENTRIES, end - start);
    // After the last entry that one again, of which nobody multiplies what is read: cheaper than a condition for each read.
    rows[item] = indices[start + min(item, count - 1)];
    barrier(CLK_LOCAL_MEM_FENCE);
    const float sum = add_panels(batch, count, rows, y_row, X, panel_x, panel_y, 0.0f);
    if (item < count) {
      const int place = start + item;
      const Rule rule = RULE(state);
      float weight = values[place];
      EACH_SLOT(TAKE_SLOT)
      UPDATE_ENTRY(float, rule, sum, weight);
      values[place] = weight;
      EACH_SLOT(PUT_SLOT)
    }
  }
}
