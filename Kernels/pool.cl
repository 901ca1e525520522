// Pooling: of each window of pixels the largest value, or the mean. Windows follow each other by `step` pixels and may begin
// `padding` pixels before the image.
//
//   max_pool        y = the largest of the window's pixels; a NaN is the largest
//   average_pool    y = the sum of the window's pixels over the window's size, its pixels beyond the edge being zeros
//   max_pool_gradient, of windows that do not overlap, and max_pool_gradient_overlapping
//                   dx = dy at the first of the window's largest pixels, 0 elsewhere; summed over a pixel's windows.
//                   gated: 0 where x is not positive, the gate of a ReLU that came before
//   average_pool_gradient
//                   dx = the sum of dy over a pixel's windows, over the window's size
// The first of the gradients of maxima leaves pixels that are in no window as they are: zeros from the start.
//
// Layouts: a pixel is a row of `stride` floats, one for each image; where it lies, a view says (row_at in common.cl).
// x_size and y_size are height and width of the images before and behind; window is its height, width, step and padding.
// Launch: global (at most stride / ROW_VECTOR, at least the rows); any local size. The rows are the pixels of y, for
// max_pool_gradient_overlapping and average_pool_gradient those of x. A work-item takes every n-th vector of a row, n being
// the first size: on a CPU device, where it is 1, the whole row.

#ifndef ROW_VECTOR
#define ROW_VECTOR 16  // Floats taken at a time: 16, or 4 for GPUs
#endif

typedef JOIN(float, ROW_VECTOR) Vector;
typedef JOIN(int, ROW_VECTOR) Lanes;

#define EACH_VECTOR(v) for (int v = get_global_id(0); v < stride / ROW_VECTOR; v += get_global_size(0))
#define VECTORS(buffer, view, y, x) ((global const Vector *)(buffer + (size_t)row_at(view, c, y, x) * stride))
#define STORED_VECTORS(buffer, view, y, x) ((global Vector *)(buffer + (size_t)row_at(view, c, y, x) * stride))

// The work-item's pixel (row, column) of channel c in images of a size.
#define PIXEL_OF(size, row, column)                                                          \
  const int pixel = get_global_id(1);                                                        \
  if (pixel >= channels * size.s0 * size.s1) return;                                         \
  const int c = pixel / (size.s0 * size.s1);                                                 \
  const int row = pixel / size.s1 % size.s0, column = pixel % size.s1

// The part of a window that is inside the image: lines y0..<y1, columns x0..<x1.
#define WINDOW(oy, ox)                                                                       \
  const int top = (oy)*window.s2 - window.s3, left = (ox)*window.s2 - window.s3;             \
  const int y0 = max(top, 0), y1 = min(top + window.s0, x_size.s0);                          \
  const int x0 = max(left, 0), x1 = min(left + window.s1, x_size.s1)
#define EACH_PIXEL for (int y = y0; y < y1; y++) for (int x = x0; x < x1; x++)

// The windows that hold pixel (iy, ix): oy0...oy1 and ox0...ox1.
#define WINDOWS_OF(iy, ix)                                                                   \
  const int below = (iy) + window.s3 - window.s0, before = (ix) + window.s3 - window.s1;     \
  const int oy0 = below < 0 ? 0 : below / window.s2 + 1, ox0 = before < 0 ? 0 : before / window.s2 + 1; \
  const int oy1 = min(((iy) + window.s3) / window.s2, y_size.s0 - 1);                        \
  const int ox1 = min(((ix) + window.s3) / window.s2, y_size.s1 - 1)


kernel void max_pool(const int channels, const int stride, const int2 x_size, const int2 y_size, const int4 window,
                     global const float *restrict x_rows, const int4 x_view, global float *restrict y_rows,
                     const int4 y_view) {
  PIXEL_OF(y_size, oy, ox);
  WINDOW(oy, ox);
  EACH_VECTOR(v) {
    Vector largest = (Vector)(-INFINITY);
    EACH_PIXEL {
      const Vector value = VECTORS(x_rows, x_view, y, x)[v];
      largest = select(largest, value, IS_LARGER(value, largest));
    }
    STORED_VECTORS(y_rows, y_view, oy, ox)[v] = largest;
  }
}

kernel void average_pool(const int channels, const int stride, const int2 x_size, const int2 y_size,
                         const int4 window, global const float *restrict x_rows, const int4 x_view,
                         global float *restrict y_rows, const int4 y_view) {
  PIXEL_OF(y_size, oy, ox);
  WINDOW(oy, ox);
  EACH_VECTOR(v) {
    Vector sum = (Vector)(0.0f);
    EACH_PIXEL sum += VECTORS(x_rows, x_view, y, x)[v];
    STORED_VECTORS(y_rows, y_view, oy, ox)[v] = sum / (float)(window.s0 * window.s1);
  }
}

// MARK: backward

kernel void max_pool_gradient(const int channels, const int stride, const int2 x_size, const int2 y_size,
                              const int4 window, const int gated, global const float *restrict x_rows,
                              const int4 x_view, global const float *restrict dy, const int4 dy_view,
                              global float *restrict dx, const int4 dx_view) {
  PIXEL_OF(y_size, oy, ox);
  WINDOW(oy, ox);
  EACH_VECTOR(v) {
    Vector largest = (Vector)(-INFINITY);
    Lanes place = (Lanes)(0);
    int next = 0;
    EACH_PIXEL {
      const Vector value = VECTORS(x_rows, x_view, y, x)[v];
      const Lanes larger = IS_LARGER(value, largest);
      largest = select(largest, value, larger);
      place = select(place, (Lanes)(next), larger);
      next++;
    }
    Vector g = VECTORS(dy, dy_view, oy, ox)[v];
    if (gated) g = RELU_GATE(Vector, largest, g);
    next = 0;
    EACH_PIXEL {
      STORED_VECTORS(dx, dx_view, y, x)[v] = select((Vector)(0.0f), g, place == (Lanes)(next));
      next++;
    }
  }
}

kernel void max_pool_gradient_overlapping(const int channels, const int stride, const int2 x_size,
                                          const int2 y_size, const int4 window, const int gated,
                                          global const float *restrict x_rows, const int4 x_view,
                                          global const float *restrict dy, const int4 dy_view,
                                          global float *restrict dx, const int4 dx_view) {
  PIXEL_OF(x_size, iy, ix);
  WINDOWS_OF(iy, ix);
  EACH_VECTOR(v) {
    Vector sum = (Vector)(0.0f);
    for (int oy = oy0; oy <= oy1; oy++) {
      for (int ox = ox0; ox <= ox1; ox++) {
        WINDOW(oy, ox);
        Vector largest = (Vector)(-INFINITY);
        Lanes is_own = (Lanes)(0);
        EACH_PIXEL {
          const Vector value = VECTORS(x_rows, x_view, y, x)[v];
          const Lanes larger = IS_LARGER(value, largest);
          largest = select(largest, value, larger);
          is_own = select(is_own, (Lanes)(y == iy && x == ix ? -1 : 0), larger);
        }
        sum += select((Vector)(0.0f), VECTORS(dy, dy_view, oy, ox)[v], is_own);
      }
    }
    if (gated) sum = RELU_GATE(Vector, VECTORS(x_rows, x_view, iy, ix)[v], sum);
    STORED_VECTORS(dx, dx_view, iy, ix)[v] = sum;
  }
}

kernel void average_pool_gradient(const int channels, const int stride, const int2 x_size, const int2 y_size,
                                  const int4 window, global const float *restrict dy, const int4 dy_view,
                                  global float *restrict dx, const int4 dx_view) {
  PIXEL_OF(x_size, iy, ix);
  WINDOWS_OF(iy, ix);
  EACH_VECTOR(v) {
    Vector sum = (Vector)(0.0f);
    for (int oy = oy0; oy <= oy1; oy++) {
      for (int ox = ox0; ox <= ox1; ox++) sum += VECTORS(dy, dy_view, oy, ox)[v];
    }
    STORED_VECTORS(dx, dx_view, iy, ix)[v] = sum / (float)(window.s0 * window.s1);
  }
}
