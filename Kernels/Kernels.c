#include "Kernels.h"

// A file is listed here once. The zero after each makes it a C string.
static const char relu_source[] = {
#embed "relu.cl"
    , 0};

#define ENTRY(file, text) {file, text, sizeof(text) - 1}

static const whittle_kernel_file files[] = {
    ENTRY("relu.cl", relu_source),
};

const whittle_kernel_file *whittle_kernel_files(size_t *count) {
  *count = sizeof(files) / sizeof(files[0]);
  return files;
}
