/* support.h -- what the tests of vector code share: numbers to try, and how to compare results. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#define UNROLL /* how it is compiled is no matter here */
#define INLINED

static int failures;

static inline void fail(const char *name, const char *what, double got, double wanted)
{
    if (failures++ < 20)
        fprintf(stderr, "%s: %s: got %.9g (%a), wanted %.9g (%a)\n", name, what, got, got, wanted, wanted);
}

static inline uint32_t float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float bits_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline bool same(float a, float b) { return float_bits(a) == float_bits(b) || (isnan(a) && isnan(b)); }

static uint64_t random_state = 1;

static inline uint32_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
    return (uint32_t)(random_state >> 32);
}

/* Any bit pattern, a plain number, or one of the numbers that go wrong. */
static inline float some_float(void)
{
    static const float special[] = {0.0f,      -0.0f,       1.0f,           -1.0f,     0.5f,
                                    -0.5f,     1.5f,        2.5f,           -2.5f,     8388607.5f,
                                    0x1p+23f,  -8388607.5f, 0x1.000002p23f, -0x1p23f,  0x1.fffffep127f,
                                    0x1p-126f, 0x1p-149f,   INFINITY,       -INFINITY, NAN};
    switch (next_random() % 4) {
    case 0: return bits_float(next_random());
    case 1: return special[next_random() % (sizeof special / sizeof *special)];
    default: return ((float)(next_random() >> 8) - 0x1p23f) * 0x1p-20f;
    }
}

#endif
