// The most floating-point operations a device can do: what the other kernels' speed is measured against.
//
//   fma_peak   out[item] = the sum of PEAK_CHAINS vectors, each taken through s = fma(s, factor, addend) `rounds` times
//
// A work-item does 2 * PEAK_WIDTH * PEAK_CHAINS * rounds operations, on registers alone. The chains do not depend on
// each other, so that the latency of one is hidden behind the others.
// Launch: any global and local size.

#ifndef PEAK_WIDTH
#define PEAK_WIDTH 4  // Floats of a vector: 4, 8 or 16; the native width on a CPU
#endif
#ifndef PEAK_CHAINS
#define PEAK_CHAINS 12  // Vectors in flight: at least latency times units, within the registers
#endif

typedef JOIN(float, PEAK_WIDTH) PeakVector;

kernel void fma_peak(const int rounds, const float factor, const float addend, global float *restrict out) {
  PeakVector sums[PEAK_CHAINS];
#pragma unroll
  for (int c = 0; c < PEAK_CHAINS; c++) sums[c] = (PeakVector)((float)c);
  for (int round = 0; round < rounds; round++) {
#pragma unroll
    for (int c = 0; c < PEAK_CHAINS; c++) sums[c] = fma(sums[c], (PeakVector)(factor), (PeakVector)(addend));
  }
  PeakVector total = (PeakVector)(0.0f);
#pragma unroll
  for (int c = 0; c < PEAK_CHAINS; c++) total += sums[c];
  float lanes[PEAK_WIDTH];
  JOIN(vstore, PEAK_WIDTH)(total, 0, lanes);
  float sum = 0.0f;
  for (int lane = 0; lane < PEAK_WIDTH; lane++) sum += lanes[lane];
  out[get_global_id(0)] = sum;
}
