#include "CProcessor.h"

#if defined(__x86_64__)

#include <xmmintrin.h>

enum { flush_to_zero = 0x8000, denormals_are_zero = 0x0040 };

uint64_t whittle_flush_denormals(void) {
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | flush_to_zero | denormals_are_zero);
  return mode;
}

void whittle_restore_float_mode(uint64_t mode) { _mm_setcsr((unsigned)mode); }

bool whittle_has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && whittle_has_avx2();
}

bool whittle_has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

#else

#if defined(__aarch64__)

uint64_t whittle_flush_denormals(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  const uint64_t flush_to_zero = (uint64_t)1 << 24;
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | flush_to_zero) : "memory");
  return mode;
}

void whittle_restore_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }

#else

uint64_t whittle_flush_denormals(void) { return 0; }
void whittle_restore_float_mode(uint64_t mode) { (void)mode; }

#endif

bool whittle_has_avx512(void) { return false; }
bool whittle_has_avx2(void) { return false; }

#endif
