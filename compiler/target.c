/* target.c -- the machines that cnnc writes C for.
 *
 * A target is a vector instruction set, not a processor: the cache sizes are those of a common core with it, so
 * that the same script and --target give the same bytes on every machine. The flags turn the instructions on, and
 * keep gcc from contracting a*b + c, which would round otherwise than the same line under clang. */
#include "cnnc.h"

#include <string.h>

const struct target target_table[] = {
    {"avx512", 16, 32, 48 << 10, 1 << 20, "-mavx512f -mavx512bw -mavx512dq -mavx512vl -ffp-contract=off",
     "x86-64 with AVX-512 F, BW, DQ, VL: Intel servers since 2017, AMD since Zen 4"},
    {"avx2", 8, 16, 32 << 10, 512 << 10, "-mavx2 -mfma -ffp-contract=off",
     "x86-64 with AVX2 and FMA: nearly every PC since 2013"},
    {"sse2", 4, 16, 32 << 10, 256 << 10, "-msse2 -ffp-contract=off", "any x86-64"},
    {"neon", 4, 32, 64 << 10, 512 << 10, "-ffp-contract=off", "any 64-bit ARM"},
    {"generic", 1, 16, 32 << 10, 256 << 10, "-ffp-contract=off", "plain C11 without vectors, for any machine"},
    {NULL, 0, 0, 0, 0, NULL, NULL},
};

/* The best target that the processor below us can run. */
static const char *native_name(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "avx2";
    return "sse2";
#elif defined(__aarch64__)
    return "neon";
#else
    return "generic";
#endif
}

const struct target *target_find(const char *name)
{
    if (strcmp(name, "native") == 0)
        name = native_name();
    for (const struct target *target = target_table; target->name; target++)
        if (strcmp(target->name, name) == 0)
            return target;
    return NULL;
}
