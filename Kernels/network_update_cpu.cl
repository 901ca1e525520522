// The end of a step of training in one launch, for CPU devices: the gradients of all parameters by all images of the batch, the
// updates that take them, and the counters. It follows network_gradients_cpu.cl, whose slots and losses it reads.
//
//   network_values    the values of sparse weights as network_gradients_cpu.cl takes them: to[n] = values[places[n]]. It comes first.
//   network_update    G[i, o] = sum_b X[i, b] * dY[o, b], consumed by the optimizer at once: the tiles of
//                     matmul_weight_gradient_update, or _masked
//                     or, at the entries of a sparse weight, those of sparse_weight_gradient_update;
//                     g[o] = sum_b dY[o, b], of a bias: the additions of channel_sums, then those of parameter_update
//
// The first group moves the state to the batch that this was, and adds up its loss: the parts of softmax_cross_entropy, by the
// same additions. Each other one takes a tile of a parameter's gradient: groups are counted parameter by parameter.
//
// Layouts: image b of the batch is column b % BLOCK of slot b / BLOCK, whose rows hold BLOCK floats. From `updates` on,
// `program` has what is told of each parameter (ParameterUpdate). Of parameter n the kernel takes the values, the optimizer's
// slots and, where masks are (MASKED), the mask, as matmul_cpu.cl has them. New values of a dense one are stored in `packed`, too.
// `gathers` tells what network_values gathers (ValueGather): it is in `packed` for the way forward, in `back` for the way back.
// Launch, local 1: network_update: global 1 + the tiles of all; network_values: global the groups of all.

#ifndef BLOCK
#define BLOCK 32  // images of a slot
#endif
#ifndef LOSS_PARTS
#define LOSS_PARTS 8  // parts of a batch's loss: a power of two, with zeros at the end
#endif

#ifndef SPARSE
#define SPARSE 0  // whether some of them are sparse
#endif
#ifndef GATHER_ENTRIES
#define GATHER_ENTRIES 4096  // entries that a group gathers
#endif
#ifndef BIAS_ROWS
#define BIAS_ROWS 64  // entries of a bias that a group takes
#endif

#include "gradient_cpu.cl"
#if SPARSE
#define RUN BLOCK
#include "sparse_gradient_cpu.cl"
#endif
#include "loss_common.cl"

// What the host writes of a parameter (TrainingProgram).
typedef struct {
  int end;              // its last group's number, plus one
  int inputs, outputs;  // rows and columns
  int x, dy;            // the first row of each, in a slot; of a bias, x is negative
  int packed;           // where its panels, or values, are in `packed`; of a sparse one, not used
  int masked;           // whether it has a mask
  int starts, rows;     // of a sparse one, where columns start and the row of each entry, in `program`; else negative
  int padding[3];
} ParameterUpdate;

#include "parameters_common.cl"

// The sums of the batch's parts, as a work-group of LOSS_PARTS adds them.
INLINE void add_losses(const int images_count, const int batch_size, const int parts, global const int *losses,
                       global StepState *state) {
  float loss[LOSS_PARTS];
  int hits[LOSS_PARTS];
  for (int k = 0; k < LOSS_PARTS; k++) {
    loss[k] = k < parts ? as_float(losses[k]) : 0.0f;
    hits[k] = k < parts ? losses[k + parts] : 0;
  }
  for (int half_size = LOSS_PARTS / 2; half_size > 0; half_size /= 2) {
    for (int k = 0; k < half_size; k++) {
      loss[k] += loss[k + half_size];
      hits[k] += hits[k + half_size];
    }
  }
  next_batch(state, images_count, batch_size);
  add_to_state(loss[0], hits[0], state->count, state);
}

// The update of BIAS_ROWS entries of a bias from `first` on, by the additions of channel_sums.
INLINE void bias_update(const int first, const int outputs, const int ldw, const int batch, const size_t apart,
                        global const float *dY, const Update update, const bool masked) {
  for (int o = first; o < min(first + BIAS_ROWS, ldw); o += WIDTH) {
    float g[WIDTH];
    for (int j = 0; j < WIDTH; j++) {
      float16 sum = 0.0f;
      global const float *dy = dY + (size_t)min(o + j, outputs - 1) * BLOCK;
      for (int b = 0; b < batch; b += BLOCK, dy += apart) {
        UNROLL for (int v = 0; v < BLOCK / 16; v++) sum += vload16(v, dy);
      }
      // By scalars: Oclgrind takes halves of vectors for undefined.
      float lanes[16];
      vstore16(sum, 0, lanes);
      UNROLL for (int i = 0; i < 8; i++) lanes[i] += lanes[i + 8];
      UNROLL for (int i = 0; i < 4; i++) lanes[i] += lanes[i + 4];
      g[j] = o + j < outputs ? (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) : 0.0f;
    }
    update_entries(update, 0, o, ldw, LOAD(0, g), masked);
  }
}

kernel SINGLE void network_update(const int images_count, const int batch_size, const int batch, const int parts,
                                  const int updates, const int slot_floats, global const int *restrict program,
                                  global float *restrict packed, global const float *restrict slots,
                                  global const int *restrict losses, EACH_PARAMETER(ARGUMENTS)
                                  global StepState *restrict state) {
  local float panel[GRADIENT_DEPTH * GRADIENT_COLUMNS];
  int group = get_group_id(0);
  if (group == 0) {
    add_losses(images_count, batch_size, parts, losses, state);
    return;
  }
  const Arrays all[PARAMETERS] = {EACH_PARAMETER(NAMES)};
  global const ParameterUpdate *at = (global const ParameterUpdate *)(program + updates);
  int n = 0, first = 1;
  for (; group >= at[n].end; n++) first = at[n].end;
  group -= first;
  const int inputs = at[n].inputs, outputs = at[n].outputs, ldw = (outputs + PANEL - 1) / PANEL * PANEL;
  const Arrays own = all[n];
#define OWN_SLOT(k) own.slots##k,
#define UPDATE_SLOT(k) update.slots##k,
  const Update update = {own.W, EACH_SLOT(OWN_SLOT) own.mask, RULE(state), packed + at[n].packed, inputs * PANEL};
  if (at[n].x < 0) {
    bias_update(group * BIAS_ROWS, outputs, ldw, batch, slot_floats, slots + (size_t)at[n].dy * BLOCK, update,
                MASKED && at[n].masked);
    return;
  }
#if SPARSE
  if (at[n].starts >= 0) {
    const int columns = (outputs + SPARSE_ROWS - 1) / SPARSE_ROWS, blocks = (inputs + SPARSE_BLOCK - 1) / SPARSE_BLOCK;
    sparse_gradient_update(group % columns, group / columns, blocks, outputs, slot_floats, program + at[n].starts,
                           program + at[n].rows, slots + (size_t)at[n].x * BLOCK, slots + (size_t)at[n].dy * BLOCK,
                           update.W, EACH_SLOT(UPDATE_SLOT) update.rule);
    return;
  }
#endif
  const int across = (ldw + GRADIENT_COLUMNS - 1) / GRADIENT_COLUMNS;
  weight_gradient_update(group % across, group / across, inputs, outputs, ldw, batch, BLOCK, slot_floats,
                         slots + (size_t)at[n].x * BLOCK, slots + (size_t)at[n].dy * BLOCK, panel, update,
                         MASKED && at[n].masked);
}

#if SPARSE
// What the host writes of values that are gathered.
typedef struct {
  int end;            // its last group's number, plus one
  int parameter;      // its place among those that are updated
  int count, places;  // how many, and their first place
  int to, is_back;    // where the first one goes, and whether that is in `back`
} ValueGather;

kernel SINGLE void network_values(const int gathers, global const int *restrict program,
                                  global const int *restrict places, global const int *restrict places_back,
                                  global float *restrict packed, EACH_PARAMETER(ARGUMENTS)
                                  global float *restrict back) {
  const Arrays all[PARAMETERS] = {EACH_PARAMETER(NAMES)};
  global const ValueGather *at = (global const ValueGather *)(program + gathers);
  int n = 0, first = 0;
  for (; get_group_id(0) >= at[n].end; n++) first = at[n].end;
  const int begin = (get_group_id(0) - first) * GATHER_ENTRIES, end = min(begin + GATHER_ENTRIES, at[n].count);
  global const float *values = all[at[n].parameter].W;
  global const int *from = (at[n].is_back ? places_back : places) + at[n].places;
  global float *to = (at[n].is_back ? back : packed) + at[n].to;
  for (int i = begin; i < end; i++) to[i] = values[from[i]];
}
#endif
