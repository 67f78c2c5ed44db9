/* Made by cnnc 0.1.0 from tests/golden/channels_first.lua for target avx2. Do not edit: change the script and make
 * it anew.
 *
 *   conv2d (Conv2D): 4x6x6, 112 parameters
 *   max_pooling2d (MaxPooling2D): 4x3x3, 0 parameters
 *   flatten (Flatten): 36, 0 parameters
 *   dense (Dense): 2, 74 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "channels_first_avx2.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if !(defined(__GNUC__) && defined(__x86_64__))
#error "this file is for gcc or clang and an x86-64 processor: make it anew with cnnc --target generic"
#include "the error above" /* stops here: what follows would only repeat it */
#endif
#include <immintrin.h>

/* C++ takes this file, too. */
#ifdef __cplusplus
#define restrict __restrict
#define _Alignas alignas
#define _Bool bool
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif

/* A kernel stays a function of its own, and one: its registers are for its tile, and profilers can name it. */
#if defined(__GNUC__) && !defined(__clang__)
#define KERNEL __attribute__((noinline, noclone))
#elif defined(__GNUC__)
#define KERNEL __attribute__((noinline))
#else
#define KERNEL
#endif

/* Its arrays are registers where it is part of its caller; which takes long, and brings nothing, without
 * optimisation. */
#if defined(__GNUC__) && defined(__OPTIMIZE__)
#define INLINED __attribute__((always_inline))
#else
#define INLINED
#endif

/* The loop behind it, of few rounds over an array, is written out: so the array is registers. clang does it
 * unasked. */
#if defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

/* What is read soon. */
#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)(address))
#endif

/* What was loaded through this pointer is not kept: the registers are for the tile, whose size clang does not
 * ask. */
#if defined(__clang__)
#define RELOAD(pointer) __asm__("" : "+r"(pointer))
#else
#define RELOAD(pointer) ((void)(pointer))
#endif

/* Samples of the caller: sample i is row index[i], or first + i without an index. */
struct rows {
    const void *values;
    const uint32_t *index;
    int64_t first, count;
    int bytes; /* the values are bytes, where floats are wanted */
};

static inline int64_t row_of(const struct rows *rows, int64_t i)
{
    return rows->index ? (int64_t)rows->index[i] : rows->first + i;
}

/* The functions of OpenMP's library are C's. */
#if defined(_OPENMP) && defined(__cplusplus)
#define FROM_C extern "C"
#elif defined(_OPENMP)
#define FROM_C extern
#endif

/* OpenMP, without its header; and without OpenMP, one thread. */
#if defined(_OPENMP)
FROM_C int omp_get_thread_num(void);
#else
static inline int omp_get_thread_num(void) { return 0; }
#endif
#if defined(_OPENMP)
FROM_C int omp_get_max_threads(void);
#else
static inline int omp_get_max_threads(void) { return 1; }
#endif
#if defined(_OPENMP)
FROM_C void omp_set_num_threads(int threads);
#else
static inline void omp_set_num_threads(int threads) { (void)threads; }
#endif
#if defined(_OPENMP)
FROM_C double omp_get_wtime(void);
#endif

/* How many threads share a call, found while calling. Where another program has the core of one, all wait for it,
 * and lose more than sharing wins: so it is compared with some calls on one thread, the second one and others
 * behind slow ones. The bits are the same. */
#if defined(_OPENMP)
struct pace {
    int64_t alone; /* calls that are left on one thread */
    int slow;      /* shared calls in a row that took longer than one thread does */
    double each;   /* seconds of a sample on one thread; 0: not known */
};
enum { FIRST_ALONE = 2, SLOW_CALLS = 2, LEAST_ALONE = 16, MOST_ALONE = 1 << 16 };
static inline int pace_threads(const struct pace *pace, int most)
{
    return pace->alone > 0 ? 1 : most;
}
/* What a slow call lost is made up for by twenty times as long alone. A long one loses little. */
static inline void pace_call(struct pace *pace, int threads, double seconds, double samples)
{
    const double each = seconds / samples;
    if (threads == 1) {
        pace->each = pace->each == 0 || each < pace->each ? each : pace->each + (each - pace->each) / 8;
        pace->alone--;
    } else if (pace->each == 0) {
        pace->alone = seconds < 0.05 ? FIRST_ALONE : 0;
    } else {
        pace->slow = each > 1.1 * pace->each ? pace->slow + 1 : 0;
        if (pace->slow < SLOW_CALLS && each < 4 * pace->each)
            return;
        const double calls = 20 * each / pace->each, least = LEAST_ALONE, most = MOST_ALONE;
        pace->alone = (int64_t)(calls < least ? least : calls < most ? calls : most);
        pace->slow = SLOW_CALLS - 1;
    }
}
#endif

/* What the kernels of one block of samples work on. */
struct block {
    int64_t index; /* of the block in its batch */
    int valid;     /* lanes that hold a sample */
    const float *prepared;
    float *ws;
};

/* ==== avx2 ===================================================================================== */

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

/* ---- vectors of 8 floats: AVX2 and FMA --------------------------------------------------------- */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define VL 8
typedef __m256 vec;
typedef __m256i vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the
 * others; vload_each has p[l / m] in lane l, of n numbers, and zeros behind: m * n <= VL */
static inline vec vload(const float *p) { return _mm256_loadu_ps(p); }
static inline void vstore(float *p, vec v) { _mm256_storeu_ps(p, v); }
static inline vint vfirst(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vec vload_n(const float *p, int n) { return _mm256_maskload_ps(p, vfirst(n)); }
static inline void vstore_n(float *p, vec v, int n) { _mm256_maskstore_ps(p, vfirst(n), v); }
static inline vec vload_u8(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}

/* arithmetic; NaN: vmax and vmin give their second operand when either is NaN, comparisons are false */
static inline vec vset1(float x) { return _mm256_set1_ps(x); }
static inline vec vzero(void) { return _mm256_setzero_ps(); }
static inline vec vadd(vec a, vec b) { return _mm256_add_ps(a, b); }
static inline vec vsub(vec a, vec b) { return _mm256_sub_ps(a, b); }
static inline vec vmul(vec a, vec b)
{
    vec product = _mm256_mul_ps(a, b);
    __asm__("" : "+x"(product)); /* gcc would contract a sum around it into an FMA, which rounds otherwise */
    return product;
}
static inline vec vdiv(vec a, vec b) { return _mm256_div_ps(a, b); }
static inline vec vfma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }   /* a*b + c */
static inline vec vfnma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); } /* c - a*b */
static inline vec vmax(vec a, vec b) { return _mm256_max_ps(a, b); }
static inline vec vmin(vec a, vec b) { return _mm256_min_ps(a, b); }
static inline vec vneg(vec a) { return _mm256_xor_ps(a, _mm256_set1_ps(-0.0f)); }

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
INLINED static inline void vtranspose(vec rows[VL]) /* lane j of row i becomes lane i of row j */
{
    vec pair[VL], quad[VL]; /* quad[4q + k], half c: column 4c + k of rows 4q .. 4q + 3 */
    UNROLL
    for (int i = 0; i < VL; i += 2) {
        pair[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    UNROLL
    for (int i = 0; i < VL; i += 4)
        UNROLL
        for (int k = 0; k < 2; k++) {
            quad[i + 2 * k] = _mm256_shuffle_ps(pair[i + k], pair[i + k + 2], 0x44);
            quad[i + 2 * k + 1] = _mm256_shuffle_ps(pair[i + k], pair[i + k + 2], 0xee);
        }
    UNROLL
    for (int k = 0; k < 4; k++) {
        rows[k] = _mm256_permute2f128_ps(quad[k], quad[k + 4], 0x20);
        rows[k + 4] = _mm256_permute2f128_ps(quad[k], quad[k + 4], 0x31);
    }
}

/* 32-bit integers: wrap around */
static inline vint viadd(vint a, vint b) { return _mm256_add_epi32(a, b); }
#define vishl(v, n) _mm256_slli_epi32(v, n) /* n: a constant, 1..31 */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { return _mm256_castps_si256(v); }
static inline vec vcast_float(vint i) { return _mm256_castsi256_ps(i); }

/* ---- functions of vectors -----------------------------------------------------------------------
 * Within 3 units in the last place unless said otherwise, and the same bits from every compiler. NaN gives
 * NaN. No results below the smallest normal number: they are 0. */

/* x = n*log(2) + r with |r| <= log(2)/2. Returns e^r - 1, and 2^(n-1): half the power, because 2^128 is no float
 * but e^88.7 is. The polynomial is a minimax fit of (e^r - 1 - r)/r^2 (Remez). Adding 1.5*2^23 rounds to a whole
 * number, whose bits are then the lowest; log(2) is split so that n times its upper part is exact. */
static inline vec vexp_half(vec x, vec *half)
{
    x = vmin(vset1(89.0f), vmax(vset1(-87.33f), x)); /* beyond: infinity and 0 */
    vec shifter = vset1(0x1.8p+23f), shifted = vfma(x, vset1(0x1.715476p+0f), shifter), n = vsub(shifted, shifter);
    vec r = vfnma(n, vset1(0x1.7f7d1cp-20f), vfnma(n, vset1(0x1.62e4p-1f), x));
    vec tail = vfma(r, vset1(0x1.6bec06p-10f), vset1(0x1.122776p-7f));
    tail = vfma(r, tail, vset1(0x1.555674p-5f));
    tail = vfma(r, tail, vset1(0x1.5554b0p-3f));
    tail = vfma(r, tail, vset1(0x1.fffffep-2f));
    *half = vcast_float(viadd(vishl(vcast_int(shifted), 23), vcast_int(vset1(0.5f))));
    return vfma(vmul(r, r), tail, r);
}

/* e^x; 0 below x = -87 */
static inline vec vexp(vec x)
{
    vec half, y = vexp_half(x, &half);
    y = vfma(half, y, half);
    return vadd(y, y);
}

/* 1 / (1 + e^-x) */
static inline vec vsigmoid(vec x)
{
    return vdiv(vset1(1.0f), vadd(vset1(1.0f), vexp(vneg(x))));
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes(int64_t block, int64_t count)
{
    return count - block * VL < VL ? (int)(count - block * VL) : VL;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* conv2d (line 4): 3x3x3x4 -> pack -> 1x27x8 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int r = 0; r < 27; r++)
        for (int c = 0; c < 8; c++)
            *y++ = c < 4 ? x[r * 4 + c] : 0.0f;
}

/* conv2d (line 4): 4 -> pack -> 4 */
KERNEL static void conv2d_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 4; i++)
        y[i] = x[i];
}

/* dense (line 7): 36x2 -> pack -> 1x36x8 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int r = 0; r < 36; r++)
        for (int c = 0; c < 8; c++)
            *y++ = c < 2 ? x[r * 2 + c] : 0.0f;
}

/* dense (line 7): 2 -> pack -> 2 */
KERNEL static void dense_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 2; i++)
        y[i] = x[i];
}

/* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
KERNEL static void conv2d_one(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            for (int k = 0; k < 3; k++) {
                memcpy(y, x + i * 8 + j + k * 64, sizeof *y);
                y++;
            }
        }
    }
}

/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 6 columns x 1 sums x 1 vectors */
KERNEL static void conv2d_conv2d_one(const float *restrict x, const float *restrict kernel,
                                     const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        const float *restrict wf = kernel;
        const vec b0 = vload_n(bias, 4);
        vec a0_0 = b0, a0_1 = b0, a0_2 = b0, a0_3 = b0, a0_4 = b0, a0_5 = b0;
        vec a1_0 = b0, a1_1 = b0, a1_2 = b0, a1_3 = b0, a1_4 = b0, a1_5 = b0;
        for (int i = 0; i < 3; i++) {
            const int iy0 = oy * 2 + i;
            const int iy1 = oy * 2 + 1 + i;
            const float *restrict x0 = x + iy0 * 8 * 3;
            const float *restrict x1 = x + iy1 * 8 * 3;
            const float *restrict w = wf + i * 72;
            for (int c = 0; c < 3; c++, x0++, x1++, w += 8) {
                {
                    const vec w0 = vload(w);
                    a0_0 = vfma(vset1(x0[0]), w0, a0_0);
                    a0_1 = vfma(vset1(x0[3]), w0, a0_1);
                    a0_2 = vfma(vset1(x0[6]), w0, a0_2);
                    a0_3 = vfma(vset1(x0[9]), w0, a0_3);
                    a0_4 = vfma(vset1(x0[12]), w0, a0_4);
                    a0_5 = vfma(vset1(x0[15]), w0, a0_5);
                    a1_0 = vfma(vset1(x1[0]), w0, a1_0);
                    a1_1 = vfma(vset1(x1[3]), w0, a1_1);
                    a1_2 = vfma(vset1(x1[6]), w0, a1_2);
                    a1_3 = vfma(vset1(x1[9]), w0, a1_3);
                    a1_4 = vfma(vset1(x1[12]), w0, a1_4);
                    a1_5 = vfma(vset1(x1[15]), w0, a1_5);
                }
                RELOAD(x0);
                RELOAD(x1);
                {
                    const vec w0 = vload(w + 24);
                    a0_0 = vfma(vset1(x0[3]), w0, a0_0);
                    a0_1 = vfma(vset1(x0[6]), w0, a0_1);
                    a0_2 = vfma(vset1(x0[9]), w0, a0_2);
                    a0_3 = vfma(vset1(x0[12]), w0, a0_3);
                    a0_4 = vfma(vset1(x0[15]), w0, a0_4);
                    a0_5 = vfma(vset1(x0[18]), w0, a0_5);
                    a1_0 = vfma(vset1(x1[3]), w0, a1_0);
                    a1_1 = vfma(vset1(x1[6]), w0, a1_1);
                    a1_2 = vfma(vset1(x1[9]), w0, a1_2);
                    a1_3 = vfma(vset1(x1[12]), w0, a1_3);
                    a1_4 = vfma(vset1(x1[15]), w0, a1_4);
                    a1_5 = vfma(vset1(x1[18]), w0, a1_5);
                }
                RELOAD(x0);
                RELOAD(x1);
                {
                    const vec w0 = vload(w + 48);
                    a0_0 = vfma(vset1(x0[6]), w0, a0_0);
                    a0_1 = vfma(vset1(x0[9]), w0, a0_1);
                    a0_2 = vfma(vset1(x0[12]), w0, a0_2);
                    a0_3 = vfma(vset1(x0[15]), w0, a0_3);
                    a0_4 = vfma(vset1(x0[18]), w0, a0_4);
                    a0_5 = vfma(vset1(x0[21]), w0, a0_5);
                    a1_0 = vfma(vset1(x1[6]), w0, a1_0);
                    a1_1 = vfma(vset1(x1[9]), w0, a1_1);
                    a1_2 = vfma(vset1(x1[12]), w0, a1_2);
                    a1_3 = vfma(vset1(x1[15]), w0, a1_3);
                    a1_4 = vfma(vset1(x1[18]), w0, a1_4);
                    a1_5 = vfma(vset1(x1[21]), w0, a1_5);
                }
            }
        }
        float *restrict to = y + oy * 3 * 4;
        {
            vec max = a0_0;
            max = vmax(a0_1, max);
            max = vmax(a1_0, max);
            max = vmax(a1_1, max);
            vstore_n(to, vmax(vzero(), max), 4);
        }
        {
            vec max = a0_2;
            max = vmax(a0_3, max);
            max = vmax(a1_2, max);
            max = vmax(a1_3, max);
            vstore_n(to + 4, vmax(vzero(), max), 4);
        }
        {
            vec max = a0_4;
            max = vmax(a0_5, max);
            max = vmax(a1_4, max);
            max = vmax(a1_5, max);
            vstore_n(to + 8, vmax(vzero(), max), 4);
        }
    }
}

/* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 4 sums x 1 vectors */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                             float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload_n(bias, 2);
    vec a0 = b0, a0_part1 = vzero(), a0_part2 = vzero(), a0_part3 = vzero();
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 9; c++, x0 += 4, w += 32) {
        {
            const vec w0 = vload(w);
            a0 = vfma(vset1(x0[0]), w0, a0);
        }
        {
            const vec w0 = vload(w + 8);
            a0_part1 = vfma(vset1(x0[1]), w0, a0_part1);
        }
        {
            const vec w0 = vload(w + 16);
            a0_part2 = vfma(vset1(x0[2]), w0, a0_part2);
        }
        {
            const vec w0 = vload(w + 24);
            a0_part3 = vfma(vset1(x0[3]), w0, a0_part3);
        }
    }
    a0 = vadd(a0, a0_part2);
    a0_part1 = vadd(a0_part1, a0_part3);
    a0 = vadd(a0, a0_part1);
    vstore_n(y, vsigmoid(a0), 2);
}

/* input 3x8x8: rows of the caller, made sample-innermost */
KERNEL static void load_input_192(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL], *next[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 192 * row_of(rows, block * VL + (l < valid ? l : 0));
            next[l] = (block + 1) * VL + l < rows->count ? (const uint8_t *)rows->values + 192 *
                row_of(rows, (block + 1) * VL + l) : row[l];
        }
        for (int i = 0; i < 192; i += VL) {
            vec v[VL];
            UNROLL
            for (int l = 0; l < VL; l++)
                v[l] = vload_u8(row[l] + i);
            PREFETCH(next[i / VL % 8] + i);
            vtranspose(v);
            UNROLL
            for (int l = 0; l < VL; l++)
                vstore(x + (i + l) * VL, vmul(v[l], vset1(0x1.010102p-8f)));
        }
        return;
    }
    const float *row[VL], *next[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 192 * row_of(rows, block * VL + (l < valid ? l : 0));
        next[l] = (block + 1) * VL + l < rows->count ? (const float *)rows->values + 192 *
            row_of(rows, (block + 1) * VL + l) : row[l];
    }
    for (int i = 0; i < 192; i += VL) {
        vec v[VL];
        UNROLL
        for (int l = 0; l < VL; l++)
            v[l] = vload(row[l] + i);
        for (int l = i / VL % 2 * 4; l < i / VL % 2 * 4 + 4; l++)
            PREFETCH(next[l] + i);
        vtranspose(v);
        UNROLL
        for (int l = 0; l < VL; l++)
            vstore(x + (i + l) * VL, v[l]);
    }
}

/* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
KERNEL static void conv2d_block(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            for (int k = 0; k < 3; k++) {
                memcpy(y, x + i * 64 + j * 8 + k * 512, 8 * sizeof *y);
                y += 8;
            }
        }
    }
}

/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 2 columns x 2 filters */
KERNEL static void conv2d_conv2d_block(const float *restrict x, const float *restrict kernel,
                                       const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f / 8 * 216 + f % 8;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            for (int ox = 0; ox < 6; ox += 2) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
                vec a1_1_0 = b0, a1_1_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 8 + ox) * 24;
                    const float *restrict x1 = x + (iy1 * 8 + ox) * 24;
                    const float *restrict w = wf + i * 72;
                    for (int c = 0; c < 3; c++, x0 += 8, x1 += 8, w += 8) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                            { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 24); a0_1_0 = vfma(v, w0, a0_1_0);
                              a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 24); a1_1_0 = vfma(v, w0, a1_1_0);
                              a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        {
                            const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                            { const vec v = vload(x0 + 24); a0_0_0 = vfma(v, w0, a0_0_0);
                              a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 48); a0_1_0 = vfma(v, w0, a0_1_0);
                              a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1 + 24); a1_0_0 = vfma(v, w0, a1_0_0);
                              a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 48); a1_1_0 = vfma(v, w0, a1_1_0);
                              a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        {
                            const vec w0 = vset1(w[48]), w1 = vset1(w[49]);
                            { const vec v = vload(x0 + 48); a0_0_0 = vfma(v, w0, a0_0_0);
                              a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 72); a0_1_0 = vfma(v, w0, a0_1_0);
                              a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1 + 48); a1_0_0 = vfma(v, w0, a1_0_0);
                              a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 72); a1_1_0 = vfma(v, w0, a1_1_0);
                              a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                    }
                }
                float *restrict to = y + ((oy * 3 + ox / 2) * 4 + f) * 8;
                {
                    vec max = a0_0_0;
                    max = vmax(a0_1_0, max);
                    max = vmax(a1_0_0, max);
                    max = vmax(a1_1_0, max);
                    vstore(to, vmax(vzero(), max));
                }
                {
                    vec max = a0_0_1;
                    max = vmax(a0_1_1, max);
                    max = vmax(a1_0_1, max);
                    max = vmax(a1_1_1, max);
                    vstore(to + 8, vmax(vzero(), max));
                }
            }
        }
    }
}

/* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_block(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                               float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    vec a0_0 = b0, a0_1 = b1;
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 36; c++, x0 += 8, w += 8) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
    }
    vstore(y, vsigmoid(a0_0));
    vstore(y + 8, vsigmoid(a0_1));
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 4): 3x3x3x4 -> pack -> 1x27x8 */
    const float *const conv2d_kernel = parameters; /* 3x3x3x4 */
    float *const conv2d_kernel_pack = prepared; /* 1x27x8 */
    conv2d_pack(conv2d_kernel, conv2d_kernel_pack);
    /* conv2d (line 4): 4 -> pack -> 4 */
    const float *const conv2d_bias = parameters + 108; /* 4 */
    float *const conv2d_bias_pack = prepared + 216; /* 4 */
    conv2d_pack_2(conv2d_bias, conv2d_bias_pack);
    /* dense (line 7): 36x2 -> pack -> 1x36x8 */
    const float *const dense_kernel = parameters + 112; /* 36x2 */
    float *const dense_kernel_pack = prepared + 224; /* 1x36x8 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 7): 2 -> pack -> 2 */
    const float *const dense_bias = parameters + 184; /* 2 */
    float *const dense_bias_pack = prepared + 512; /* 2 */
    dense_pack_2(dense_bias, dense_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
    float *const conv2d_permute = ws; /* 8x8x3 */
    conv2d_one(input, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 6 columns x 1 sums x 1 vectors */
    const float *const conv2d_kernel_pack = prepared; /* 1x27x8 */
    const float *const conv2d_bias_pack = prepared + 216; /* 4 */
    float *const conv2d = ws + 192; /* 3x3x4 */
    conv2d_conv2d_one(conv2d_permute, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 4 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared + 224; /* 1x36x8 */
    const float *const dense_bias_pack = prepared + 512; /* 2 */
    dense_one(conv2d, dense_kernel_pack, dense_bias_pack, output);
}

/* Stores the block's rows of output 2. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws + 288; /* 2xVL */
    float *to = output + b->index * VL * 2;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 2; i++)
            to[l * 2 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws; /* 3x8x8xVL */
    load_input_192(input, b->index, input_layer);
    /* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
    float *const conv2d_permute = b->ws + 1536; /* 8x8x3xVL */
    conv2d_block(input_layer, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 2 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 1x27x8 */
    const float *const conv2d_bias_pack = b->prepared + 216; /* 4 */
    float *const conv2d = b->ws; /* 3x3x4xVL */
    conv2d_conv2d_block(conv2d_permute, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 224; /* 1x36x8 */
    const float *const dense_bias_pack = b->prepared + 512; /* 2 */
    float *const dense = b->ws + 288; /* 2xVL */
    dense_block(conv2d, dense_kernel_pack, dense_bias_pack, dense);
    store_output(b, output);
}

enum {
    MANY_FLOATS = 3072 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows(const float *prepared, float *workspace, int threads, const struct rows *input,
                         int64_t count, float *output)
{
    const int64_t blocks = (count + VL - 1) / VL;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads) if (blocks > 1)
#endif
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = {.index = i, .valid = valid_lanes(i, count), .prepared = prepared};
        b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS;
        predict_block(&b, input, output);
    }
    (void)threads;
}

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
/* ---- interface: channels_first_avx2.h describes it ----------------------------------------------------------- */

_Alignas(64) static float channels_first_avx2_prepared[CHANNELS_FIRST_AVX2_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[CHANNELS_FIRST_AVX2_WORKSPACE_FLOATS];

void channels_first_avx2_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void channels_first_avx2_set_parameters(const float *parameters)
{
    prepare(parameters, channels_first_avx2_prepared);
}

void channels_first_avx2_predict_with(const float *parameters, const float *prepared, float *workspace,
                                      const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void channels_first_avx2_predict(const float *input, float *output)
{
    predict_one(channels_first_avx2_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = CHANNELS_FIRST_AVX2_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][3072];

void channels_first_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int all = omp_get_max_threads(), most = all < MAX_THREADS ? all : (int)MAX_THREADS;
    int threads = most;
#if defined(_OPENMP)
    static struct pace pace;
    const double start = omp_get_wtime();
    threads = pace_threads(&pace, most);
#endif
    omp_set_num_threads(threads);
    predict_rows(channels_first_avx2_prepared, &many_workspace[0][0], threads, &input, count, outputs);
    omp_set_num_threads(all);
#if defined(_OPENMP)
    if (most > 1 && count > 0)
        pace_call(&pace, threads, omp_get_wtime() - start, (double)count);
#endif
}
