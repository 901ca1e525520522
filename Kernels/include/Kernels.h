// The OpenCL C sources of Whittle, embedded in the binary.
#ifndef WHITTLE_KERNELS_H
#define WHITTLE_KERNELS_H

#include <stddef.h>

/// One embedded kernel file: its name, and its text (zero-terminated).
typedef struct {
  const char *name;
  const char *source;
  size_t length;
} whittle_kernel_file;

/// The embedded files; `*count` receives how many.
const whittle_kernel_file *whittle_kernel_files(size_t *count);

/// The tiles found on known devices, a JSON file for each; `*count` receives how many.
const whittle_kernel_file *whittle_tile_files(size_t *count);

#endif
