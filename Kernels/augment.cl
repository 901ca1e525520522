// The gathering of a training batch whose images are cropped and mirrored (Augmentation).
//
//   augment_bytes, augment_floats
//                 x[f, b] = seen(image[c, y + top, x + left]) for b < count, and 0 for the columns after them
//
// with f = (c, y, x), mirrored images being read from the right: x = width - 1 - x. Pixels beyond the image's edge are 0
// before seen() makes of them what the network sees, as gather_bytes and gather_floats do. top and left are drawn from
// -crop to crop; they and the mirror are bits of a hash of the seed, the step and the column b: the CPU backend makes the same ones
// (AugmentedImage).
//
// Layouts: those of gather_bytes and gather_floats in step.cl.
// Launch: global (at least batch / GATHER_TILE, at least ceil(features / GATHER_TILE)); any local size.

#ifndef GATHER_TILE
#define GATHER_TILE 16  // A work-item moves GATHER_TILE features of GATHER_TILE images: 16, or 4 for GPUs
#endif

// A work-item walks along the features, so that what it reads of each image lies side by side.
#define AUGMENT(name, T, SCALES, SEEN)                                                                        \
  kernel void name(const int features, const int batch, const int height, const int width, const int4 view,   \
                   global const T *restrict images, global const int *restrict order,                         \
                   global const StepState *restrict state, SCALES const uint seed_low, const uint seed_high,  \
                   const uint tensor, const int crop, const int flip, global float *restrict x) {             \
    const int b = get_global_id(0) * GATHER_TILE;                                                             \
    const int f = get_global_id(1) * GATHER_TILE;                                                             \
    if (b >= batch || f >= features) return;                                                                  \
    const int count = state->count;                                                                           \
    const uint key = step_key(seed_low, seed_high, tensor, state);                                            \
    const uint places = 2 * (uint)crop + 1;                                                                   \
    size_t image[GATHER_TILE];                                                                                \
    int top[GATHER_TILE], left[GATHER_TILE], mirrored[GATHER_TILE];                                           \
    for (int j = 0; j < GATHER_TILE; j++) {                                                                   \
      const uint drawn = hashed(key + (uint)(b + j));                                                         \
      top[j] = (int)(((drawn & 0xffff) * places) >> 16) - crop;                                               \
      left[j] = (int)(((drawn >> 16) * places) >> 16) - crop;                                                 \
      mirrored[j] = flip != 0 && (hashed(drawn) & 1) != 0;                                                    \
      image[j] = b + j < count ? (size_t)order[state->cursor + b + j] * features : 0;                         \
    }                                                                                                         \
    for (int i = f; i < min(f + GATHER_TILE, features); i++) {                                                \
      const int line = i / width, channel = line / height;                                                    \
      const int to_y = line - channel * height, to_x = i - line * width;                                      \
      global float *row = x + (size_t)row_at(view, channel, to_y, to_x) * batch + b;                          \
      for (int j = 0; j < GATHER_TILE; j++) {                                                                 \
        const int from_y = to_y + top[j];                                                                     \
        const int from_x = (mirrored[j] ? width - 1 - to_x : to_x) + left[j];                                 \
        const bool inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;                  \
        float value = 0.0f;                                                                                   \
        if (b + j < count) {                                                                                  \
          T pixel = 0;                                                                                        \
          if (inside) pixel = images[image[j] + (channel * height + from_y) * width + from_x];                \
          value = SEEN(pixel, i);                                                                             \
        }                                                                                                     \
        row[j] = value;                                                                                       \
      }                                                                                                       \
    }                                                                                                         \
  }

AUGMENT(augment_bytes, uchar, SCALES_PARAMETER, SEEN_BYTE)
AUGMENT(augment_floats, float, , SEEN_FLOAT)
