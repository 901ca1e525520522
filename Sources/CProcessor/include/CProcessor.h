// What Swift cannot say of the processor: how a thread handles denormal numbers, and which instructions there are.
#ifndef WHITTLE_CPROCESSOR_H
#define WHITTLE_CPROCESSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Makes the calling thread, and threads that it creates, take denormal numbers for zero, in operands and results.
// Returns the mode before, for whittle_restore_float_mode. On processors other than x86-64 and arm64 nothing changes.
uint64_t whittle_flush_denormals(void);
void whittle_restore_float_mode(uint64_t mode);

// Writes the numbers of the processors that this process may run on, ascending, at most `most` of them. Returns how many: 0 where
// the system does not say.
int whittle_allowed_processors(int *numbers, int most);

// Writes the maker, family and model of the processor, as in "AuthenticAMD, family 26, model 2", at most `most` bytes with the 0
// at their end; nothing where the processor is no x86-64.
void whittle_processor_model(char *text, size_t most);

// Whether processor and system have all that the kernels for AVX-512, or for AVX2, are made of.
bool whittle_has_avx512(void);
bool whittle_has_avx2(void);

#endif
