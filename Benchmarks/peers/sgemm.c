// Times the matmuls of a training step on a BLAS: layers 1 to 4 of 784-1000-1000-500-200-10 at batch 256, in Whittle's
// layout (row-major weights [inputs, outputs], activations [features, batch]). One JSON object a line on stdout.
//
// OpenBLAS:  cc -O2 sgemm.c -lopenblas -lm                             usage: sgemm_openblas [core]
// CLBlast:   cc -O2 -DUSE_CLBLAST sgemm.c -lclblast -lOpenCL -lm        usage: sgemm_clblast [PART OF A DEVICE'S NAME]
//
// Every call is waited for, the operands stay in place, and the median over at least 0.2 s and 7 calls counts.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef USE_CLBLAST
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <clblast_c.h>
#else
#include <cblas.h>
#endif

enum { batch = 256, layers = 4, max_samples = 4096 };
static const int widths[layers + 1] = {784, 1000, 1000, 500, 200};

// C[m, n] = op(A) op(B), all row-major.
typedef struct {
  const char *pass;
  int transpose_a, transpose_b, m, n, k;
} Matmul;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static float *random_floats(size_t count) {
  float *values = malloc(count * sizeof(float));
  if (!values) {
    fprintf(stderr, "sgemm: out of memory\n");
    exit(1);
  }
  for (size_t i = 0; i < count; i++) values[i] = (float)rand() / (float)RAND_MAX - 0.5f;
  return values;
}

#ifdef USE_CLBLAST

static const char *peer = "clblast";
static const char *core_name(void) { return ""; }
static cl_context context;
static cl_command_queue queue;
static cl_mem a_buffer, b_buffer, c_buffer;

static void check(cl_int code, const char *call) {
  if (code == CL_SUCCESS) return;
  fprintf(stderr, "sgemm: %s failed with code %d\n", call, (int)code);
  exit(1);
}

// The first device whose name or platform contains `wanted`; without one, the first GPU, else the first device.
static cl_device_id pick_device(const char *wanted) {
  cl_platform_id platforms[16];
  cl_uint platform_count = 0;
  check(clGetPlatformIDs(16, platforms, &platform_count), "clGetPlatformIDs");
  cl_device_id first = NULL;
  for (cl_uint p = 0; p < platform_count && p < 16; p++) {
    cl_device_id devices[16];
    cl_uint device_count = 0;
    if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, 16, devices, &device_count) != CL_SUCCESS) continue;
    for (cl_uint d = 0; d < device_count && d < 16; d++) {
      char name[256] = "", platform[256] = "";
      cl_device_type type = 0;
      clGetDeviceInfo(devices[d], CL_DEVICE_NAME, sizeof name - 1, name, NULL);
      clGetPlatformInfo(platforms[p], CL_PLATFORM_NAME, sizeof platform - 1, platform, NULL);
      clGetDeviceInfo(devices[d], CL_DEVICE_TYPE, sizeof type, &type, NULL);
      if (wanted ? strcasestr(name, wanted) || strcasestr(platform, wanted) : (type & CL_DEVICE_TYPE_GPU) != 0)
        return devices[d];
      if (!first) first = devices[d];
    }
  }
  if (wanted || !first) {
    fprintf(stderr, "sgemm: no OpenCL device%s%s\n", wanted ? " matches " : "", wanted ? wanted : "");
    exit(69);
  }
  return first;
}

static void set_up(const char *wanted) {
  cl_device_id device = pick_device(wanted);
  cl_int code;
  context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
  check(code, "clCreateContext");
  queue = clCreateCommandQueue(context, device, 0, &code);
  check(code, "clCreateCommandQueue");
}

static cl_mem buffer_of(const float *values, size_t count) {
  cl_int code;
  cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, count * sizeof(float),
                                 (void *)values, &code);
  check(code, "clCreateBuffer");
  return buffer;
}

static void load(const Matmul *op, const float *a, const float *b, const float *c) {
  a_buffer = buffer_of(a, (size_t)op->m * op->k);
  b_buffer = buffer_of(b, (size_t)op->k * op->n);
  c_buffer = buffer_of(c, (size_t)op->m * op->n);
}

static void multiply(const Matmul *op) {
  CLBlastStatusCode code = CLBlastSgemm(
      CLBlastLayoutRowMajor, op->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo,
      op->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo, op->m, op->n, op->k, 1.0f, a_buffer, 0,
      op->transpose_a ? op->m : op->k, b_buffer, 0, op->transpose_b ? op->k : op->n, 0.0f, c_buffer, 0, op->n,
      &queue, NULL);
  if (code != CLBlastSuccess) {
    fprintf(stderr, "sgemm: CLBlastSgemm failed with code %d\n", (int)code);
    exit(1);
  }
  check(clFinish(queue), "clFinish");
}

static void read_result(const Matmul *op, float *c) {
  check(clEnqueueReadBuffer(queue, c_buffer, CL_TRUE, 0, sizeof(float) * op->m * op->n, c, 0, NULL, NULL),
        "clEnqueueReadBuffer");
  clReleaseMemObject(a_buffer);
  clReleaseMemObject(b_buffer);
  clReleaseMemObject(c_buffer);
}

#else

static const char *peer = "openblas";
// Which kernels OpenBLAS chose: an old release does not know a new processor, and takes lesser ones.
static const char *core_name(void) { return openblas_get_corename(); }
static const float *a_operand, *b_operand;
static float *c_operand;

static void set_up(const char *wanted) {
  (void)wanted;
  cpu_set_t cores;
  sched_getaffinity(0, sizeof cores, &cores);
  openblas_set_num_threads(CPU_COUNT(&cores));
}

static void load(const Matmul *op, const float *a, const float *b, float *c) {
  (void)op;
  a_operand = a, b_operand = b, c_operand = c;
}

static void multiply(const Matmul *op) {
  cblas_sgemm(CblasRowMajor, op->transpose_a ? CblasTrans : CblasNoTrans,
              op->transpose_b ? CblasTrans : CblasNoTrans, op->m, op->n, op->k, 1.0f, a_operand,
              op->transpose_a ? op->m : op->k, b_operand, op->transpose_b ? op->k : op->n, 0.0f, c_operand, op->n);
}

static void read_result(const Matmul *op, float *c) { (void)op, (void)c; }

#endif

// A wrong answer is not worth timing: compares a few entries with a sum in double.
static void verify(const Matmul *op, const float *a, const float *b, const float *c) {
  for (int sample = 0; sample < 16; sample++) {
    int i = rand() % op->m, j = rand() % op->n;
    double sum = 0;
    for (int k = 0; k < op->k; k++) {
      float x = op->transpose_a ? a[(size_t)k * op->m + i] : a[(size_t)i * op->k + k];
      float y = op->transpose_b ? b[(size_t)j * op->k + k] : b[(size_t)k * op->n + j];
      sum += (double)x * y;
    }
    double error = sum - c[(size_t)i * op->n + j];
    if (!(error < 1e-3 && error > -1e-3)) {
      fprintf(stderr, "sgemm: %s is wrong by %g at [%d, %d]\n", op->pass, error, i, j);
      exit(1);
    }
  }
}

static void measure(int layer, Matmul op) {
  float *a = random_floats((size_t)op.m * op.k);
  float *b = random_floats((size_t)op.k * op.n);
  float *c = random_floats((size_t)op.m * op.n);
  load(&op, a, b, c);
  for (int i = 0; i < 3; i++) multiply(&op);
  static double samples[max_samples];
  int count = 0;
  double begin = now();
  while (count < 7 || (now() - begin < 0.2 && count < max_samples)) {
    double start = now();
    multiply(&op);
    samples[count++] = now() - start;
  }
  read_result(&op, c);
  verify(&op, a, b, c);
  qsort(samples, count, sizeof samples[0], ascending);
  double seconds = samples[count / 2];
  double gflops = 2e-9 * op.m * op.n * op.k / seconds;
  printf("{\"peer\": \"%s\", \"core\": \"%s\", \"layer\": %d, \"pass\": \"%s\", \"gflops\": %.2f, \"seconds\": %.9f}\n",
         peer, core_name(), layer, op.pass, gflops, seconds);
  fflush(stdout);
  free(a), free(b), free(c);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "core") == 0) {
    puts(core_name());
    return 0;
  }
  set_up(argc > 1 ? argv[1] : NULL);
  for (int layer = 1; layer <= layers; layer++) {
    int inputs = widths[layer - 1], outputs = widths[layer];
    // Y[outputs, batch] = W^T X;  dX[inputs, batch] = W dY;  dW[inputs, outputs] = X dY^T
    measure(layer, (Matmul){"forward", 1, 0, outputs, batch, inputs});
    measure(layer, (Matmul){"input_gradient", 0, 0, inputs, batch, outputs});
    measure(layer, (Matmul){"weight_gradient", 0, 1, inputs, outputs, batch});
  }
  return 0;
}
