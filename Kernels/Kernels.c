#include "Kernels.h"

// A file is listed here once. The zero after each makes it a C string.
static const char common_source[] = {
#embed "common.cl"
    , 0};
static const char elementwise_source[] = {
#embed "elementwise.cl"
    , 0};
static const char loss_source[] = {
#embed "loss.cl"
    , 0};
static const char mask_source[] = {
#embed "mask.cl"
    , 0};
static const char mask_common_source[] = {
#embed "mask_common.cl"
    , 0};
static const char keys_source[] = {
#embed "keys.cl"
    , 0};
static const char criterion_grasp_source[] = {
#embed "criteria/grasp.cl"
    , 0};
static const char criterion_l1_norm_source[] = {
#embed "criteria/l1_norm.cl"
    , 0};
static const char criterion_magnitude_source[] = {
#embed "criteria/magnitude.cl"
    , 0};
static const char criterion_random_source[] = {
#embed "criteria/random.cl"
    , 0};
static const char criterion_taylor_source[] = {
#embed "criteria/taylor.cl"
    , 0};
static const char matmul_cpu_source[] = {
#embed "matmul_cpu.cl"
    , 0};
static const char matmul_gpu_source[] = {
#embed "matmul_gpu.cl"
    , 0};
static const char optimizer_adam_source[] = {
#embed "optimizers/adam.cl"
    , 0};
static const char optimizer_sgd_source[] = {
#embed "optimizers/sgd.cl"
    , 0};
static const char peak_source[] = {
#embed "peak.cl"
    , 0};
static const char channels_source[] = {
#embed "channels.cl"
    , 0};
static const char augment_source[] = {
#embed "augment.cl"
    , 0};
static const char dropout_source[] = {
#embed "dropout.cl"
    , 0};
static const char pool_source[] = {
#embed "pool.cl"
    , 0};
static const char pixels_source[] = {
#embed "pixels.cl"
    , 0};
static const char sparse_cpu_source[] = {
#embed "sparse_cpu.cl"
    , 0};
static const char sparse_gpu_source[] = {
#embed "sparse_gpu.cl"
    , 0};
static const char topology_source[] = {
#embed "topology.cl"
    , 0};
static const char step_source[] = {
#embed "step.cl"
    , 0};
static const char conv_common_source[] = {
#embed "conv_common.cl"
    , 0};
static const char conv_cpu_source[] = {
#embed "conv_cpu.cl"
    , 0};
static const char conv_gpu_source[] = {
#embed "conv_gpu.cl"
    , 0};
static const char panels_gpu_source[] = {
#embed "panels_gpu.cl"
    , 0};
static const char entries_gpu_source[] = {
#embed "entries_gpu.cl"
    , 0};
static const char sparse_conv_cpu_source[] = {
#embed "sparse_conv_cpu.cl"
    , 0};
static const char sparse_conv_gpu_source[] = {
#embed "sparse_conv_gpu.cl"
    , 0};

static const char gather_common_source[] = {
#embed "gather_common.cl"
    , 0};
static const char network_cpu_source[] = {
#embed "network_cpu.cl"
    , 0};
static const char claims_common_source[] = {
#embed "claims_common.cl"
    , 0};
static const char network_common_source[] = {
#embed "network_common.cl"
    , 0};
static const char network_gradients_source[] = {
#embed "network_gradients_cpu.cl"
    , 0};
static const char network_update_source[] = {
#embed "network_update_cpu.cl"
    , 0};
static const char gradient_cpu_source[] = {
#embed "gradient_cpu.cl"
    , 0};
static const char sparse_gradient_cpu_source[] = {
#embed "sparse_gradient_cpu.cl"
    , 0};
static const char loss_common_source[] = {
#embed "loss_common.cl"
    , 0};
static const char network_images_source[] = {
#embed "network_images.cl"
    , 0};
static const char network_outputs_source[] = {
#embed "network_outputs.cl"
    , 0};
static const char network_gpu_source[] = {
#embed "network_gpu.cl"
    , 0};
static const char products_gpu_source[] = {
#embed "products_gpu.cl"
    , 0};
static const char groups_common_source[] = {
#embed "groups_common.cl"
    , 0};
static const char parameters_common_source[] = {
#embed "parameters_common.cl"
    , 0};

#define ENTRY(file, text) {file, text, sizeof(text) - 1}

static const whittle_kernel_file files[] = {
    ENTRY("common.cl", common_source), ENTRY("elementwise.cl", elementwise_source),
    ENTRY("loss.cl", loss_source),     ENTRY("mask.cl", mask_source),
    ENTRY("mask_common.cl", mask_common_source), ENTRY("keys.cl", keys_source),
    ENTRY("criteria/grasp.cl", criterion_grasp_source),
    ENTRY("criteria/l1_norm.cl", criterion_l1_norm_source),
    ENTRY("criteria/magnitude.cl", criterion_magnitude_source),
    ENTRY("criteria/random.cl", criterion_random_source),
    ENTRY("criteria/taylor.cl", criterion_taylor_source),
    ENTRY("matmul_cpu.cl", matmul_cpu_source), ENTRY("matmul_gpu.cl", matmul_gpu_source),
    ENTRY("sparse_cpu.cl", sparse_cpu_source), ENTRY("sparse_gpu.cl", sparse_gpu_source),
    ENTRY("topology.cl", topology_source),
    ENTRY("peak.cl", peak_source),     ENTRY("step.cl", step_source),
    ENTRY("pixels.cl", pixels_source),
    ENTRY("pool.cl", pool_source),     ENTRY("dropout.cl", dropout_source),
    ENTRY("channels.cl", channels_source), ENTRY("augment.cl", augment_source),
    ENTRY("optimizers/adam.cl", optimizer_adam_source), ENTRY("optimizers/sgd.cl", optimizer_sgd_source),
    ENTRY("panels_gpu.cl", panels_gpu_source),
    ENTRY("conv_gpu.cl", conv_gpu_source),
    ENTRY("conv_cpu.cl", conv_cpu_source),
    ENTRY("conv_common.cl", conv_common_source),
    ENTRY("entries_gpu.cl", entries_gpu_source),
    ENTRY("sparse_conv_cpu.cl", sparse_conv_cpu_source),
    ENTRY("sparse_conv_gpu.cl", sparse_conv_gpu_source),
    ENTRY("gather_common.cl", gather_common_source),
    ENTRY("network_cpu.cl", network_cpu_source),
    ENTRY("claims_common.cl", claims_common_source),
    ENTRY("network_common.cl", network_common_source),
    ENTRY("network_gradients_cpu.cl", network_gradients_source),
    ENTRY("network_update_cpu.cl", network_update_source),
    ENTRY("gradient_cpu.cl", gradient_cpu_source),
    ENTRY("sparse_gradient_cpu.cl", sparse_gradient_cpu_source),
    ENTRY("loss_common.cl", loss_common_source),
    ENTRY("network_images.cl", network_images_source),
    ENTRY("network_outputs.cl", network_outputs_source),
    ENTRY("network_gpu.cl", network_gpu_source),
    ENTRY("products_gpu.cl", products_gpu_source),
    ENTRY("groups_common.cl", groups_common_source),
    ENTRY("parameters_common.cl", parameters_common_source),
};

const whittle_kernel_file *whittle_kernel_files(size_t *count) {
  *count = sizeof(files) / sizeof(files[0]);
  return files;
}

// MARK: tiles found on known devices

static const char family_25_pocl_tiles[] = {
#embed "tiles/amd-family-25-pocl.json"
    , 0};

static const char family_25_intel_tiles[] = {
#embed "tiles/amd-family-25-intel.json"
    , 0};

static const char family_26_pocl_tiles[] = {
#embed "tiles/amd-family-26-pocl.json"
    , 0};

static const char family_26_intel_tiles[] = {
#embed "tiles/amd-family-26-intel.json"
    , 0};

static const whittle_kernel_file tiles[] = {
    ENTRY("AMD EPYC of family 25, PoCL", family_25_pocl_tiles),
    ENTRY("AMD EPYC of family 25, Intel's runtime", family_25_intel_tiles),
    ENTRY("AMD EPYC of family 26, PoCL", family_26_pocl_tiles),
    ENTRY("AMD EPYC of family 26, Intel's runtime", family_26_intel_tiles),
};

const whittle_kernel_file *whittle_tile_files(size_t *count) {
  *count = sizeof(tiles) / sizeof(tiles[0]);
  return tiles;
}
