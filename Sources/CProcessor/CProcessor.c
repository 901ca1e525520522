#define _GNU_SOURCE
#include "CProcessor.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdio.h>
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

void whittle_processor_model(char *text, size_t most) {
  unsigned name[3], version, leaf, unused;
  if (most > 0) text[0] = 0;
  if (!__get_cpuid(0, &leaf, &name[0], &name[2], &name[1])) return;
  if (!__get_cpuid(1, &version, &unused, &unused, &unused)) return;
  // The extended family adds to a family of 15, the extended model stands before the model (the makers' manuals, CPUID).
  const unsigned family = (version >> 8 & 15) + ((version >> 8 & 15) == 15 ? version >> 20 & 255 : 0);
  const unsigned model = (version >> 4 & 15) | (family == 6 || family >= 15 ? version >> 12 & 240 : 0);
  snprintf(text, most, "%.12s, family %u, model %u", (const char *)name, family, model);
}

#else

void whittle_processor_model(char *text, size_t most) {
  if (most > 0) text[0] = 0;
}

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

#if defined(__linux__)

#include <sched.h>

int whittle_allowed_processors(int *numbers, int most) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  int count = 0;
  for (int i = 0; i < CPU_SETSIZE && count < most; i++) {
    if (CPU_ISSET(i, &allowed)) numbers[count++] = i;
  }
  return count;
}

#else

int whittle_allowed_processors(int *numbers, int most) {
  (void)numbers, (void)most;
  return 0;
}

#endif
