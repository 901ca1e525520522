// Holds up operations on files, before or after them, so that those of several processes come in other orders than they
// would: a library for LD_PRELOAD. DELAY_MS is the longest delay, DELAY_PATH a text that the path has in it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static __thread unsigned state;

static void hold_up(const char *path) {
  static const char *text;
  static long longest = -1;
  if (longest < 0) {
    text = getenv("DELAY_PATH");
    longest = getenv("DELAY_MS") ? atol(getenv("DELAY_MS")) : 0;
  }
  if (!text || !path || longest <= 0 || !strstr(path, text)) return;
  if (!state) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    state = (unsigned)now.tv_nsec ^ (unsigned)getpid() * 2654435761u ^ (unsigned)(size_t)&state;
  }
  // Three of four go at once, so that the others are overtaken.
  if (rand_r(&state) % 4 == 0) usleep((useconds_t)(rand_r(&state) % (unsigned)(longest * 1000)));
}

#define HELD_UP(type, name, parameters, path, ...) \
  type name parameters {                           \
    static type(*next) parameters;                 \
    if (!next) next = dlsym(RTLD_NEXT, #name);     \
    hold_up(path);                                 \
    type result = next(__VA_ARGS__);               \
    hold_up(path);                                 \
    return result;                                 \
  }

HELD_UP(int, symlink, (const char *target, const char *path), path, target, path)
HELD_UP(ssize_t, readlink, (const char *path, char *buffer, size_t size), path, path, buffer, size)
HELD_UP(int, rename, (const char *from, const char *to), to, from, to)
HELD_UP(int, unlink, (const char *path), path, path)
HELD_UP(int, rmdir, (const char *path), path, path)
HELD_UP(int, mkdir, (const char *path, unsigned mode), path, path, mode)
HELD_UP(int, access, (const char *path, int mode), path, path, mode)
HELD_UP(void *, opendir, (const char *path), path, path)

#define OPEN(name)                              \
  int name(const char *path, int flags, ...) {  \
    static int (*next)(const char *, int, ...); \
    if (!next) next = dlsym(RTLD_NEXT, #name);  \
    va_list list;                               \
    va_start(list, flags);                      \
    unsigned mode = va_arg(list, unsigned);     \
    va_end(list);                               \
    hold_up(path);                              \
    int result = next(path, flags, mode);       \
    hold_up(path);                              \
    return result;                              \
  }
OPEN(open)
OPEN(open64)
