/* machine.c -- which targets this machine can run. */
#include "kernel.h"

#include <string.h>

bool machine_can_run(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (strcmp(name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return strcmp(name, "sse2") == 0 || strcmp(name, "fat") == 0 || strcmp(name, "generic") == 0;
#elif defined(__aarch64__)
    return strcmp(name, "neon") == 0 || strcmp(name, "generic") == 0;
#else
    return strcmp(name, "generic") == 0;
#endif
}
