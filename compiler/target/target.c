/* target.c -- the machines that cnnc writes C for.
 *
 * A target is a vector instruction set, not a processor: the cache sizes are those of a common core with it, so
 * that the same script and --target give the same bytes on every machine. Generated code asks the compiler for the
 * features itself; the flags keep gcc from contracting a*b + c in scalar code, which would round otherwise than the
 * same line under clang. */
#include "target/target.h"

#include <string.h>

#define EXACT  "-ffp-contract=off"
#define AVX512 "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"

const struct target target_table[] = {
    {"fat",
     16,
     32,
     32 << 10,
     512 << 10,
     NULL,
     EXACT,
     "AVX-512, AVX2 and plain C in one file, which picks when it runs",
     {"avx512", "avx2", "generic"}},
    {"avx512",
     16,
     32,
     48 << 10,
     1 << 20,
     AVX512,
     EXACT,
     "x86-64 with AVX-512 F, BW, DQ, VL: Intel servers since 2017, AMD since Zen 4",
     {NULL}},
    {"avx2",
     8,
     16,
     32 << 10,
     512 << 10,
     "avx2,fma",
     EXACT,
     "x86-64 with AVX2 and FMA: nearly every PC since 2013",
     {NULL}},
    {"sse2", 4, 16, 32 << 10, 256 << 10, "sse2", EXACT, "any x86-64", {NULL}},
    {"neon", 4, 32, 64 << 10, 512 << 10, NULL, EXACT, "any 64-bit ARM", {NULL}},
    {"generic", 1, 16, 32 << 10, 256 << 10, NULL, EXACT, "plain C11 without vectors, for any machine", {NULL}},
    {NULL, 0, 0, 0, 0, NULL, NULL, NULL, {NULL}},
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
#if defined(__x86_64__)
    if (strcmp(name, "default") == 0)
        name = "fat";
#endif
    if (strcmp(name, "default") == 0)
        name = "native";
    if (strcmp(name, "native") == 0)
        name = native_name();
    for (const struct target *target = target_table; target->name; target++)
        if (strcmp(target->name, name) == 0)
            return target;
    return NULL;
}
