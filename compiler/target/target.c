/* target.c -- the machines that cnnc writes C for.
 *
 * A target is a vector instruction set, not a processor: the cache sizes are those of a common core with it, so
 * that the same script and --target give the same bytes on every machine. Generated code asks the compiler for the
 * features itself; the flags keep gcc from contracting a*b + c in scalar code, which would round otherwise than the
 * same line under clang. */
#include "target/target.h"

#include <string.h>

#define EXACT "-ffp-contract=off"

/* What generated code asks of the processor when it runs, and what this file asks of the one below it. */
#define HAS_AVX512                                                                                                 \
    __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&                                     \
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&                                \
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
#define HAS_AVX2 __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")

#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(macro)  TEXT_OF(macro)

#define X86_64 .guard = "defined(__GNUC__) && defined(__x86_64__)", .needs = "gcc or clang and an x86-64 processor"
#define WASM   .guard = "defined(__wasm_simd128__)", .needs = "clang --target=wasm32 -msimd128"
#define ARM64  .guard = "defined(__aarch64__) && defined(__ARM_NEON)", .needs = "a 64-bit ARM processor"

static bool always(void) { return true; }
#if defined(__GNUC__) && defined(__x86_64__)
static bool has_avx512(void) { return HAS_AVX512; }
static bool has_avx2(void) { return HAS_AVX2; }
#define ON_X86_64(test) test
#else
#define ON_X86_64(test) NULL
#endif
#if defined(__aarch64__)
#define ON_ARM64(test) test
#else
#define ON_ARM64(test) NULL
#endif

/* Those that the processor may run stand in the order of their speed. */
const struct target target_table[] = {
    {.name = "fat",
     .about = "AVX-512, AVX2 and plain C in one file, which picks when it runs",
     .lanes = 16,
     .registers = 32,
     .l1 = 32 << 10,
     .l2 = 512 << 10,
     .flags = EXACT,
     .variants = {"avx512", "avx2", "generic"}},
    {.name = "avx512",
     .about = "x86-64 with AVX-512 F, BW, DQ, VL: Intel servers since 2017, AMD since Zen 4",
     .lanes = 16,
     .registers = 32,
     .l1 = 48 << 10,
     .l2 = 1 << 20,
     X86_64,
     .header = "immintrin.h",
     .features = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma",
     .test = TEXT(HAS_AVX512),
     .runs = ON_X86_64(has_avx512),
     .flags = EXACT},
    {.name = "avx2",
     .about = "x86-64 with AVX2 and FMA: nearly every PC since 2013",
     .lanes = 8,
     .registers = 16,
     .l1 = 32 << 10,
     .l2 = 512 << 10,
     X86_64,
     .header = "immintrin.h",
     .features = "avx2,fma",
     .test = TEXT(HAS_AVX2),
     .runs = ON_X86_64(has_avx2),
     .flags = EXACT},
    {.name = "sse2",
     .about = "any x86-64",
     .lanes = 4,
     .registers = 16,
     .l1 = 32 << 10,
     .l2 = 256 << 10,
     X86_64,
     .header = "immintrin.h",
     .features = "sse2",
     .runs = ON_X86_64(always),
     .flags = EXACT},
    {.name = "neon",
     .about = "any 64-bit ARM",
     .lanes = 4,
     .registers = 32,
     .l1 = 64 << 10,
     .l2 = 512 << 10,
     ARM64,
     .header = "arm_neon.h",
     .runs = ON_ARM64(always),
     .flags = EXACT},
    {.name = "wasm", /* tiles as those of sse2, so that it has the bits of that */
     .about = "WebAssembly with SIMD of 128 bits: browsers since 2021, Safari since 2023, Node.js",
     .lanes = 4,
     .registers = 16,
     .l1 = 32 << 10,
     .l2 = 256 << 10,
     WASM,
     .header = "wasm_simd128.h",
     .flags = EXACT},
    {.name = "generic",
     .about = "plain C11 without vectors, for any machine",
     .lanes = 1,
     .registers = 16,
     .l1 = 32 << 10,
     .l2 = 256 << 10,
     .runs = always,
     .flags = EXACT},
    {.name = NULL},
};

/* By name; "native": the fastest that the processor below us can run. */
static const struct target *find(const char *name)
{
    bool native = strcmp(name, "native") == 0;
    for (const struct target *target = target_table; target->name; target++)
        if (native ? target->runs && target->runs() : strcmp(target->name, name) == 0)
            return target;
    return NULL;
}

/* One file for all processors of this kind is only known for x86-64. */
static const char *default_name(void)
{
#if defined(__x86_64__)
    return "fat";
#else
    return "native";
#endif
}

const struct target *target_find(const char *name)
{
    return find(strcmp(name, "default") == 0 ? default_name() : name);
}
