// The one door to OpenCL: the system's headers at a fixed version, and shims for what Swift cannot import.
#ifndef WHITTLE_COPENCL_H
#define WHITTLE_COPENCL_H

#define CL_TARGET_OPENCL_VERSION 120
// In-order queues of OpenCL 1.2 are all that Whittle uses, on every platform version.
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

// Extension loaders without an installed ICD answer with this code; cl.h of version 1.2 does not name it.
static const cl_int whittle_platform_not_found = -1001;

// The bit fields are shifts and casts in cl.h, which Swift imports with the wrong type or not at all.
static const cl_device_type whittle_device_type_cpu = CL_DEVICE_TYPE_CPU;
static const cl_device_type whittle_device_type_gpu = CL_DEVICE_TYPE_GPU;
static const cl_device_type whittle_device_type_all = CL_DEVICE_TYPE_ALL;
static const cl_mem_flags whittle_mem_read_write = CL_MEM_READ_WRITE;
static const cl_bool whittle_false = CL_FALSE;

#endif
