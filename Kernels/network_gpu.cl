// A whole step of training in one launch, for GPUs: small networks take less time than the launches of their layers do.
//
//   network_step_bytes, network_step_floats
//
// A step is a few phases, each of them jobs that do not wait for one another:
//   0        the batch's images, and the begin of the optimizer's step (its count and its Rule)
//   1 to L   forward through layer 1 to L
//   L + 1    the loss, and its gradient
//   then, for each layer from the last to the second: the gradient of its input, and the update of the layer behind it
//   last     the updates of the first two layers, and the counters: the state moves to the batch that this was, and takes its loss
// A job is a number of tiles; the groups share out those of a phase, and wait for one another after it (groups_common.cl).
// Each tile is computed as by the launch of its own that there is for it in matmul_gpu.cl, step.cl, loss.cl, channels.cl and
// elementwise.cl, which have the formulas, by the same additions: the bits are the same.
//
// Layouts: all activations and their gradients are rows of `batch` floats in `activations`. `program` has what is told of the
// phases (their number, then of each Phase its words), and then the jobs (Job). losses[k] and losses[k + parts] are loss and
// correct predictions of LOSS_VECTOR columns. Parameters are as matmul_gpu.cl has them; a bias has one row.
// Launch: local as a tile's of panels_gpu.cl; global any number of such groups in x.

#ifndef WG_LOSS
#define WG_LOSS 64  // As in loss.cl; no more than the work-items of a group
#endif
#ifndef WG_SUM
#define WG_SUM 64  // GROUP of channels.cl for a row: a power of two, no more than the work-items of a group
#endif

#include "products_gpu.cl"
#include "gather_common.cl"
#include "groups_common.cl"
#include "loss_common.cl"
#include "parameters_common.cl"

// What the host writes of a phase and a job (WholeStepProgram).
typedef struct {
  int first, jobs;  // its first job, and how many there are
  int tiles;        // of all of them
  int padding;
} Phase;

#define BEGIN 0
#define GATHER 1
#define FORWARD 2
#define LOSS 3
#define INPUT_GRADIENT 4
#define UPDATE 5
#define BIAS 6
#define END 7
typedef struct {
  int kind;
  int end;              // tiles of the phase up to its last one
  int parameter;        // its number among the arguments
  int inputs, outputs;  // rows and columns of the weight; features, or classes
  int x, y;             // first rows of activations: what is read, and what is written; of an update, those of X and dY
  int gate;             // of an input gradient, that of the activation whose ReLU it passes, negative for none
  int bias;             // of a forward product, the number of what is added, negative for nothing
  int relu;             // of a forward product
  int masked;           // of an update
  int padding[5];
} Job;

// What all jobs read.
typedef struct {
  int batch;          // floats of a row
  int cursor, count;  // the batch's first image, and its images
  global float *activations;
} Batch;

INLINE global float *rows_of(const Batch at, const int row) { return at.activations + (size_t)row * at.batch; }

INLINE int2 tile_of(const int tile, const int columns) {
  const int across = (columns + TILE_N - 1) / TILE_N;
  return (int2)(tile % across, tile / across);
}

// Each of these is a tile of a job.
INLINE void forward_tile(const Job job, const int tile, const Batch at, global const float *W, global const float *bias,
                         local Vector *panels_m, local Vector *panels_n) {
  const int2 own = tile_of(tile, at.batch);
  global float *Y = rows_of(at, job.y);
  Vector sums[THREAD_M][VECTORS_N];
  forward_sums(job.inputs, (job.outputs + 15) / 16 * 16, at.batch, W, rows_of(at, job.x), own, panels_m, panels_n, sums);
  FOR_EACH_SUM(own, job.outputs, at.batch, {
    const Vector shifted = job.bias < 0 ? sum : sum + bias[row];
    STORE(Y + entry, job.relu ? RELU(Vector, shifted) : shifted);
  })
}

INLINE void input_gradient_tile(const Job job, const int tile, const Batch at, global const float *W,
                                local Vector *panels_m, local Vector *panels_n) {
  const int2 own = tile_of(tile, at.batch);
  global const float *X = rows_of(at, max(job.gate, 0));
  global float *dX = rows_of(at, job.y);
  Vector sums[THREAD_M][VECTORS_N];
  input_gradient_sums(job.inputs, job.outputs, (job.outputs + 15) / 16 * 16, at.batch, W, rows_of(at, job.x), own, panels_m,
                      panels_n, sums);
  FOR_EACH_SUM(own, job.inputs, at.batch,
               STORE(dX + entry, job.gate < 0 ? sum : RELU_GATE(Vector, LOAD(X + entry), sum)))
}

#define UNPACK_SLOT(k) global float *slots##k = own_arrays.slots##k;
INLINE void update_tile(const Job job, const int tile, const Batch at, const Arrays own_arrays, const Rule rule,
                        local Vector *panels_m, local Vector *panels_n) {
  const int ldw = (job.outputs + 15) / 16 * 16;
  const int2 own = tile_of(tile, ldw);
  global float *W = own_arrays.W;
  EACH_SLOT(UNPACK_SLOT)
  global const uchar *mask = own_arrays.mask;
  Vector sums[THREAD_M][VECTORS_N];
  weight_gradient_sums(job.inputs, job.outputs, at.batch, rows_of(at, job.x), rows_of(at, job.y), own, panels_m, panels_n,
                       sums);
  const Lanes lane = JOIN(convert_int, VECTOR)(JOIN(vload, VECTOR)(0, LANES));
  FOR_EACH_SUM(own, job.inputs, ldw, {
    Lanes here = (Lanes)(column) + lane < (Lanes)(job.outputs);
#if MASKED
    if (job.masked) here = JOIN(convert_int, VECTOR)(*(global const JOIN(uchar, VECTOR) *)(mask + entry)) != 0;
#endif
    UPDATE_KEPT(here)
  })
}

// The update of GROUP / WG_SUM entries of a bias.
#define TAKE_ENTRY(k) float slot##k = own_arrays.slots##k[o];
#define PUT_ENTRY(k) own_arrays.slots##k[o] = kept ? slot##k : 0.0f;
INLINE void bias_tile(const Job job, const int tile, const Batch at, const Arrays own_arrays, const Rule rule,
                      local float *items) {
  const int item = group_item(), part = item % WG_SUM;
  const int o = tile * (GROUP / WG_SUM) + item / WG_SUM;
  float4 sum = (float4)(0.0f);
  if (o < job.outputs) {
    global const float4 *dY = (global const float4 *)rows_of(at, job.y + o);
    for (int v = part; v * 4 < at.batch; v += WG_SUM) sum += dY[v];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  items[item] = (sum.s0 + sum.s2) + (sum.s1 + sum.s3);
  for (int half_size = WG_SUM / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (part < half_size) items[item] += items[item + half_size];
  }
  if (part > 0 || o >= job.outputs) return;
  bool kept = true;
#if MASKED
  if (job.masked) kept = own_arrays.mask[o] != 0;
#endif
  float weight = own_arrays.W[o];
  EACH_SLOT(TAKE_ENTRY)
  UPDATE_ENTRY(float, rule, items[item], weight);
  own_arrays.W[o] = kept ? weight : 0.0f;
  EACH_SLOT(PUT_ENTRY)
}

INLINE void loss_tile(const Job job, const int tile, const Batch at, global const uchar *labels, global const int *order,
                      const float smoothing, global int *losses) {
  const int part = tile * GROUP + group_item(), parts = at.batch / LOSS_VECTOR;
  if (part >= parts) return;
  float loss = 0.0f;
  int hits = 0;
  loss_of_columns(part * LOSS_VECTOR, job.outputs, at.batch, at.cursor, at.count, rows_of(at, job.x), labels, order, true,
                  at.count, smoothing, rows_of(at, job.y), &loss, &hits);
  losses[part] = as_int(loss);
  losses[part + parts] = hits;
}

// Adds the parts as the group of WG_LOSS items does that softmax_cross_entropy has.
INLINE void end_step(const Batch at, const int images, const int batch_size, global const int *losses,
                     global StepState *state, local float *group_loss) {
  local int *group_hits = (local int *)(group_loss + WG_LOSS);
  const int item = group_item(), parts = at.batch / LOSS_VECTOR;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item < WG_LOSS) {
    group_loss[item] = item < parts ? as_float(losses[item]) : 0.0f;
    group_hits[item] = item < parts ? losses[item + parts] : 0;
  }
  for (int half_size = WG_LOSS / 2; half_size > 0; half_size /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_size) {
      group_loss[item] += group_loss[item + half_size];
      group_hits[item] += group_hits[item + half_size];
    }
  }
  if (item > 0) return;
  next_batch(state, images, batch_size);
  add_to_state(group_loss[0], group_hits[0], at.count, state);
}

// Takes the arrays of parameter n, whose number is known at run time only: from an array of them, they would be read in memory.
#define SLOT_FROM(k, n, _) arrays.slots##k = slots##k##_##n;
#if MASKED
#define MASK_FROM(n) arrays.mask = mask##n;
#else
#define MASK_FROM(n)
#endif
#define ARRAYS_FROM(n)                                                    \
  if (number == n) {                                                      \
    arrays.W = W##n;                                                      \
    EACH_SLOT_AS(SLOT_FROM, n, )                                          \
    MASK_FROM(n)                                                          \
  }
#define BIAS_FROM(n) if (job.bias == n) bias = W##n;

#define STEP(name, T, SCALES, NO_SCALES, square)                                                                  \
  KERNEL name(const int phases, const int features, const int2 size, const int4 view, const int images_count,     \
              const int batch_size, const int batch, const float smoothing, const float rate,                     \
              const float8 numbers, constant int *restrict program, global const T *restrict images,               \
              global const uchar *restrict labels, global const int *restrict order, SCALES                       \
              global StepState *restrict state, global float *restrict activations, global int *restrict losses,  \
              EACH_PARAMETER(ARGUMENTS) volatile global int *restrict words) {                                    \
    NO_SCALES                                                                                                     \
    DECLARE_PANELS;                                                                                               \
    local float items[GROUP > 2 * WG_LOSS ? GROUP : 2 * WG_LOSS];                                                 \
    const int2 own = join(words, (local int *)items);                                                             \
    if (own.s1 > 0) {                                                                                             \
      const int cursor = state->cursor + state->count;                                                            \
      const int count = clamp(images_count - cursor, 0, batch_size);                                              \
      const Batch at = {batch, cursor, count, activations};                                                       \
      constant Phase *all = (constant Phase *)program;                                                            \
      for (int p = 0; p < phases; p++) {                                                                          \
        if (p > 0) meet(words, p, own.s1);                                                                        \
        const Phase phase = all[p];                                                                               \
        for (int t = own.s0; t < phase.tiles; t += own.s1) {                                                      \
          constant Job *jobs = (constant Job *)(all + phases) + phase.first;                                      \
          int first = 0;                                                                                          \
          for (; t >= jobs->end; jobs++) first = jobs->end;                                                       \
          const Job job = *jobs;                                                                                  \
          const int tile = t - first, number = job.parameter;                                                     \
          Arrays arrays = {0};                                                                                    \
          EACH_PARAMETER(ARRAYS_FROM)                                                                             \
          switch (job.kind) {                                                                                     \
            case BEGIN:                                                                                           \
              if (is_first_item()) {                                                                              \
                const int step = state->step + 1;                                                                 \
                state->step = step;                                                                               \
                prepare(step, rate, numbers, (global Rule *)state->rule);                                         \
              }                                                                                                   \
              break;                                                                                              \
            case GATHER: {                                                                                        \
              const int i = tile * GROUP + group_item(), across = batch / GATHER_TILE;                            \
              const int b = i % across * GATHER_TILE, f = i / across * GATHER_TILE;                               \
              if (f < features) {                                                                                 \
                square(f, b, features, batch, size.s0, size.s1, view, images, order + cursor, count, scales,      \
                       activations);                                                                              \
              }                                                                                                   \
              break;                                                                                              \
            }                                                                                                     \
            case FORWARD: {                                                                                       \
              global const float *bias = 0;                                                                       \
              EACH_PARAMETER(BIAS_FROM)                                                                           \
              forward_tile(job, tile, at, arrays.W, bias, panels_m, panels_n);                                    \
              break;                                                                                              \
            }                                                                                                     \
            case LOSS: loss_tile(job, tile, at, labels, order, smoothing, losses); break;                         \
            case INPUT_GRADIENT: input_gradient_tile(job, tile, at, arrays.W, panels_m, panels_n); break;         \
            case UPDATE: update_tile(job, tile, at, arrays, RULE(state), panels_m, panels_n); break;              \
            case BIAS: bias_tile(job, tile, at, arrays, RULE(state), items); break;                               \
            default: end_step(at, images_count, batch_size, losses, state, items); break;                         \
          }                                                                                                       \
        }                                                                                                         \
      }                                                                                                           \
    }                                                                                                             \
    leave(words);                                                                                                 \
  }

STEP(network_step_bytes, uchar, SCALES_PARAMETER, , square_of_bytes)
STEP(network_step_floats, float, , NO_SCALES, square_of_floats)
