// A network's forward pass over a set of images in one launch, for CPU devices: a work-group takes BLOCK images through all
// layers, then the next ones, so that its activations stay in the caches.
//
//   network_bytes, network_floats   outputs = what the steps make of the images order[first]..., block by block
//   network_share_bytes, network_share_floats
//                                   the same for a single block, whose steps all groups share out
//   network_pack                    a weight matrix in panels of 16 outputs: packed[p, i, j] = W[i, 16 p + j]
//   network_copy                    packed[i] = from[i]
//   network_gather                  packed[i] = from[places[i]]
//
// A step is a product, Y[o,p,n] = store( sum_k W[k,o] * X[row(p) + taps[k], n] ), with the chain of fma() and the store of
// conv_forward, or of matmul_forward where there is one pixel; over the surviving entries for a sparse weight. Or it is a
// pooling, as pool.cl has it. So the bits are those of the layers one by one.
//
// Layouts: `program` holds 32 integers for each step (Step), then the tables that steps name: taps by k, in rows; of
// a sparse weight its tiles, or where each column's entries start, then the row of each. `packed` holds the weights in panels,
// values of sparse ones in the order of their tiles, or by columns, and a store's numbers for channels. Activations lie in a group's slot of `slots`, in rows of BLOCK
// floats, where views say; borders are zero and stay so. outputs is [batch, classes, stride]: image i of the launch is column
// i % batch_size of batch i / batch_size.
// counters: the next block, and the groups that are done; of network_share_* how many parts of each job were claimed and are
// done (claims_common.cl). The last group sets them to zero, as they are before the launch.
//
// With BLOCK at least 16, vectors lie along the images, and a tile of outputs by images stays in registers. With fewer,
// they lie along the outputs: PANELS panels of 16 for each image, or one panel of PIXELS pixels, or two of half as many.
//
// Launch, local 1: network_*: global as many groups as there are slots; network_share_*: any global, and one slot;
//   network_pack: global ceil(outputs / 16); network_copy: global 1; network_gather: global ceil(count / GATHER_ENTRIES).

#include "network_common.cl"

// Puts the results of the images from `image` on where the loss reads them.
INLINE void store_outputs(const int image, const int count, const int classes, const int4 view, const int batch_size,
                          const int stride, global const float *slot, global float *outputs) {
  for (int c = 0; c < classes; c++) {
    global const float *row = slot + (size_t)row_at(view, c, 0, 0) * BLOCK;
    for (int n = 0; n < count; n++) {
      const int batch = (image + n) / batch_size, column = (image + n) % batch_size;
      outputs[((size_t)batch * classes + c) * stride + column] = row[n];
    }
  }
}

#define NETWORK(name, T, SCALES, NO_SCALES, square, pixel)                                                         \
  kernel SINGLE void name(const int steps, const int features, const int2 size, const int4 view,                   \
                          const int classes, const int4 outputs_view, const int total,                             \
                          const int first, const int most, const int batch_size, const int stride,                 \
                          const int slot_floats, global const int *restrict program,                               \
                          global const float *restrict packed, global const T *restrict images,                    \
                          global const int *restrict order, SCALES global float *restrict slots,                   \
                          volatile global int *restrict counters, global float *restrict outputs) {                \
    NO_SCALES                                                                                                      \
    global float *slot = slots + (size_t)get_group_id(0) * slot_floats;                                            \
    const int end = min(most, total - first);                                                                      \
    for (int image = atomic_inc(counters) * BLOCK; image < end; image = atomic_inc(counters) * BLOCK) {            \
      global const int *own = order + first + image;                                                               \
      const int count = min(BLOCK, end - image);                                                                   \
      GATHER_BLOCK(square, pixel)                                                                                  \
      global const Step *at = (global const Step *)program;                                                        \
      for (int s = 0; s < steps; s++, at++) run_step(at, program, packed, slot, 0, 1);                             \
      store_outputs(image, count, classes, outputs_view, batch_size, stride, slot, outputs);                       \
    }                                                                                                              \
    if (atomic_inc(counters + 1) + 1 == (int)get_num_groups(0)) {                                                  \
      atomic_xchg(counters, 0);                                                                                    \
      atomic_xchg(counters + 1, 0);                                                                                \
    }                                                                                                              \
  }

NETWORK(network_bytes, uchar, SCALES_PARAMETER, , square_of_bytes, SEEN_BYTE)
NETWORK(network_floats, float, , NO_SCALES, square_of_floats, SEEN_FLOAT)

// MARK: a block that all groups share

#if BLOCK < 16
#include "claims_common.cl"

// The jobs are the images, the steps, and the outputs.
#define NETWORK_SHARE(name, T, SCALES, NO_SCALES, square, pixel)                                                   \
  kernel SINGLE void name(const int steps, const int features, const int2 size, const int4 view,                   \
                          const int classes, const int4 outputs_view, const int total, const int first,            \
                          const int batch_size, const int stride, global const int *restrict program,              \
                          global const float *restrict packed, global const T *restrict images,                    \
                          global const int *restrict order, SCALES global float *slot,                             \
                          volatile global int *counters, global float *restrict outputs) {                         \
    NO_SCALES                                                                                                      \
    global const int *own = order + first;                                                                         \
    const int count = min(BLOCK, total - first);                                                                   \
    FOR_CLAIMED(part, 1, counters, 0) {                                                                            \
      GATHER_BLOCK(square, pixel)                                                                                  \
    }                                                                                                              \
    global const Step *at = (global const Step *)program;                                                          \
    for (int s = 0; s < steps; s++, at++) {                                                                        \
      FOR_CLAIMED(part, at->parts, counters, s + 1) run_step(at, program, packed, slot, part, at->parts);          \
    }                                                                                                              \
    FOR_CLAIMED(part, 1, counters, steps + 1)                                                                      \
      store_outputs(0, count, classes, outputs_view, batch_size, stride, slot, outputs);                           \
    forget_claims(counters, steps + 2);                                                                            \
  }

NETWORK_SHARE(network_share_bytes, uchar, SCALES_PARAMETER, , square_of_bytes, SEEN_BYTE)
NETWORK_SHARE(network_share_floats, float, , NO_SCALES, square_of_floats, SEEN_FLOAT)
#endif

// MARK: packing

#ifndef GATHER_ENTRIES
#define GATHER_ENTRIES 4096  // entries that a group gathers
#endif

kernel SINGLE void network_pack(const int inputs, const int ldw, global const float *restrict W, const int first,
                                global float *restrict packed) {
  const int p = get_group_id(0);
  global float *to = packed + first + (size_t)p * inputs * PANEL;
  for (int i = 0; i < inputs; i++) vstore16(vload16(0, W + (size_t)i * ldw + p * PANEL), i, to);
}

kernel SINGLE void network_copy(const int count, global const float *restrict from, const int first,
                                global float *restrict packed) {
  for (int i = 0; i < count; i++) packed[first + i] = from[i];
}

kernel SINGLE void network_gather(const int count, const int first_place, global const int *restrict places,
                                  global const float *restrict from, const int first,
                                  global float *restrict packed) {
  const int begin = get_group_id(0) * GATHER_ENTRIES, end = min(begin + GATHER_ENTRIES, count);
  for (int i = begin; i < end; i++) packed[first + i] = from[places[first_place + i]];
}
