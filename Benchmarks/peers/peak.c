// Measures what the cores can do at most: independent chains of fused multiply-adds that never leave the registers,
// one thread a core. One JSON object on stdout. The vectors are as wide as -march=native allows.
//
// cc -O2 -march=native -pthread peak.c
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__AVX512F__)
enum { lanes = 16 };
#elif defined(__AVX__)
enum { lanes = 8 };
#else
enum { lanes = 4 };
#endif
typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));

enum { chains = 12, max_threads = 256 };
static const long steps = 100000000;
static pthread_barrier_t start;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

// Every chain is a variable of its own: an array would be kept in memory.
#define EACH(DO) DO(x0) DO(x1) DO(x2) DO(x3) DO(x4) DO(x5) DO(x6) DO(x7) DO(x8) DO(x9) DO(x10) DO(x11)
#define START(x) Vector x = offset;
// Contracted to one FMA; the empty assembly keeps the compiler from merging or vectorizing the chains further.
#define STEP(x) \
  x = x * scale + offset; \
  __asm__("" : "+x"(x));
#define SUM(x) total += x[0];

static void *work(void *result) {
  Vector scale, offset;
  for (int lane = 0; lane < lanes; lane++) {
    scale[lane] = 0.999f;
    offset[lane] = 0.001f * (float)(lane + 1);  // keeps every lane away from the slow denormal numbers
  }
  EACH(START)
  pthread_barrier_wait(&start);
  for (long step = 0; step < steps; step++) {
    EACH(STEP)
  }
  float total = 0;
  EACH(SUM)
  *(float *)result = total;
  return NULL;
}

int main(void) {
  cpu_set_t cores;
  sched_getaffinity(0, sizeof cores, &cores);
  int threads = CPU_COUNT(&cores) < max_threads ? CPU_COUNT(&cores) : max_threads;
  pthread_t ids[max_threads];
  float results[max_threads];
  double best = 0;
  for (int repeat = 0; repeat < 3; repeat++) {
    pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
    for (int t = 0; t < threads; t++) {
      if (pthread_create(&ids[t], NULL, work, &results[t])) {
        perror("peak: pthread_create");
        return 1;
      }
    }
    pthread_barrier_wait(&start);
    double begin = now();
    for (int t = 0; t < threads; t++) pthread_join(ids[t], NULL);
    double gflops = 2e-9 * (double)steps * chains * lanes * threads / (now() - begin);
    if (gflops > best) best = gflops;
    pthread_barrier_destroy(&start);
  }
  fprintf(stderr, "checksum %g\n", (double)results[0]);  // so that the loop has a use
  printf("{\"peer\": \"peak\", \"threads\": %d, \"lanes\": %d, \"gflops\": %.1f}\n", threads, lanes, best);
  return 0;
}
