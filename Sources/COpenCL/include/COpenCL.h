// The one door to OpenCL: the system's headers at a fixed version, and shims for what Swift cannot import.
#ifndef WHITTLE_COPENCL_H
#define WHITTLE_COPENCL_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#endif
