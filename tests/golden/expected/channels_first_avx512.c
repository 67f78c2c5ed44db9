/* Made by cnnc 0.1.0 from tests/golden/channels_first.lua for target avx512. Do not edit: change the script and
 * make it anew.
 *
 *   conv2d (Conv2D): 4x6x6, 112 parameters
 *   max_pooling2d (MaxPooling2D): 4x3x3, 0 parameters
 *   flatten (Flatten): 36, 0 parameters
 *   dense (Dense): 2, 74 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "channels_first_avx512.h"

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

/* ==== avx512 ===================================================================================== */

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to \
    = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif

/* ---- vectors of 16 floats: AVX-512 ------------------------------------------------------------- */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define VL 16
typedef __m512 vec;
typedef __mmask16 vmask;
typedef __m512i vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the
 * others; vload_each has p[l / m] in lane l, of n numbers, and zeros behind: m * n <= VL */
static inline vec vload(const float *p) { return _mm512_loadu_ps(p); }
static inline void vstore(float *p, vec v) { _mm512_storeu_ps(p, v); }
static inline vmask vfirst(int n) { return (vmask)((1u << n) - 1u); }
static inline vec vload_n(const float *p, int n) { return _mm512_maskz_loadu_ps(vfirst(n), p); }
static inline void vstore_n(float *p, vec v, int n) { _mm512_mask_storeu_ps(p, vfirst(n), v); }
static inline vec vload_u8(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}

/* arithmetic; NaN: vmax and vmin give their second operand when either is NaN, comparisons are false */
static inline vec vset1(float x) { return _mm512_set1_ps(x); }
static inline vec vzero(void) { return _mm512_setzero_ps(); }
static inline vec vadd(vec a, vec b) { return _mm512_add_ps(a, b); }
static inline vec vsub(vec a, vec b) { return _mm512_sub_ps(a, b); }
static inline vec vmul(vec a, vec b)
{
    vec product = _mm512_mul_ps(a, b);
    __asm__("" : "+v"(product)); /* gcc would contract a sum around it into an FMA, which rounds otherwise */
    return product;
}
static inline vec vdiv(vec a, vec b) { return _mm512_div_ps(a, b); }
static inline vec vfma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }   /* a*b + c */
static inline vec vfnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); } /* c - a*b */
static inline vec vmax(vec a, vec b) { return _mm512_max_ps(a, b); }
static inline vec vmin(vec a, vec b) { return _mm512_min_ps(a, b); }
static inline vec vneg(vec a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
INLINED static inline void vtranspose(vec rows[VL]) /* lane j of row i becomes lane i of row j */
{
    vec pair[VL], quad[VL]; /* quad[4q + k], quarter c: column 4c + k of rows 4q .. 4q + 3 */
    UNROLL
    for (int i = 0; i < VL; i += 2) {
        pair[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        pair[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    UNROLL
    for (int i = 0; i < VL; i += 4)
        UNROLL
        for (int k = 0; k < 2; k++) {
            __m512d a = _mm512_castps_pd(pair[i + k]), b = _mm512_castps_pd(pair[i + k + 2]);
            quad[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            quad[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    UNROLL
    for (int k = 0; k < 4; k++) {
        vec a = _mm512_shuffle_f32x4(quad[k], quad[k + 4], 0x44);
        vec b = _mm512_shuffle_f32x4(quad[k + 8], quad[k + 12], 0x44);
        vec c = _mm512_shuffle_f32x4(quad[k], quad[k + 4], 0xee);
        vec d = _mm512_shuffle_f32x4(quad[k + 8], quad[k + 12], 0xee);
        rows[k] = _mm512_shuffle_f32x4(a, b, 0x88);
        rows[k + 4] = _mm512_shuffle_f32x4(a, b, 0xdd);
        rows[k + 8] = _mm512_shuffle_f32x4(c, d, 0x88);
        rows[k + 12] = _mm512_shuffle_f32x4(c, d, 0xdd);
    }
}

/* 32-bit integers: wrap around */
static inline vint viadd(vint a, vint b) { return _mm512_add_epi32(a, b); }
#define vishl(v, n) _mm512_slli_epi32(v, n) /* n: a constant, 1..31 */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { return _mm512_castps_si512(v); }
static inline vec vcast_float(vint i) { return _mm512_castsi512_ps(i); }

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

/* conv2d (line 4): 3x3x3x4 -> pack -> 1x27x16 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int r = 0; r < 27; r++)
        for (int c = 0; c < 16; c++)
            *y++ = c < 4 ? x[r * 4 + c] : 0.0f;
}

/* conv2d (line 4): 4 -> pack -> 4 */
KERNEL static void conv2d_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 4; i++)
        y[i] = x[i];
}

/* dense (line 7): 36x2 -> pack -> 1x36x16 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int r = 0; r < 36; r++)
        for (int c = 0; c < 16; c++)
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
            const float *restrict w = wf + i * 144;
            for (int c = 0; c < 3; c++, x0++, x1++, w += 16) {
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
                {
                    const vec w0 = vload(w + 48);
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
                {
                    const vec w0 = vload(w + 96);
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
    for (int c = 0; c < 9; c++, x0 += 4, w += 64) {
        {
            const vec w0 = vload(w);
            a0 = vfma(vset1(x0[0]), w0, a0);
        }
        {
            const vec w0 = vload(w + 16);
            a0_part1 = vfma(vset1(x0[1]), w0, a0_part1);
        }
        {
            const vec w0 = vload(w + 32);
            a0_part2 = vfma(vset1(x0[2]), w0, a0_part2);
        }
        {
            const vec w0 = vload(w + 48);
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
            for (int l = i / VL % 4 * 4; l < i / VL % 4 * 4 + 4; l++)
                PREFETCH(next[l] + i);
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
        for (int l = 0; l < VL; l++)
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
                memcpy(y, x + i * 128 + j * 16 + k * 1024, 16 * sizeof *y);
                y += 16;
            }
        }
    }
}

/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 6 columns x 2 filters */
KERNEL static void conv2d_conv2d_block(const float *restrict x, const float *restrict kernel,
                                       const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f / 16 * 432 + f % 16;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a0_2_0 = b0, a0_2_1 = b1;
            vec a0_3_0 = b0, a0_3_1 = b1, a0_4_0 = b0, a0_4_1 = b1, a0_5_0 = b0, a0_5_1 = b1;
            vec a1_0_0 = b0, a1_0_1 = b1, a1_1_0 = b0, a1_1_1 = b1, a1_2_0 = b0, a1_2_1 = b1;
            vec a1_3_0 = b0, a1_3_1 = b1, a1_4_0 = b0, a1_4_1 = b1, a1_5_0 = b0, a1_5_1 = b1;
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy * 2 + i;
                const int iy1 = oy * 2 + 1 + i;
                const float *restrict x0 = x + iy0 * 8 * 48;
                const float *restrict x1 = x + iy1 * 8 * 48;
                const float *restrict w = wf + i * 144;
                for (int c = 0; c < 3; c++, x0 += 16, x1 += 16, w += 16) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 48); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 96); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 144); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 192); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 240); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 48); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 96); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 144); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 192); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 240); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[48]), w1 = vset1(w[49]);
                        { const vec v = vload(x0 + 48); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 96); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 144); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 192); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 240); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 288); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1 + 48); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 96); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 144); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 192); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 240); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 288); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[96]), w1 = vset1(w[97]);
                        { const vec v = vload(x0 + 96); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 144); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x0 + 192); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1);
                          }
                        { const vec v = vload(x0 + 240); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1);
                          }
                        { const vec v = vload(x0 + 288); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1);
                          }
                        { const vec v = vload(x0 + 336); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1);
                          }
                        { const vec v = vload(x1 + 96); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 144); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                        { const vec v = vload(x1 + 192); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1);
                          }
                        { const vec v = vload(x1 + 240); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1);
                          }
                        { const vec v = vload(x1 + 288); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1);
                          }
                        { const vec v = vload(x1 + 336); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1);
                          }
                    }
                }
            }
            float *restrict to = y + (oy * 3 * 4 + f) * 16;
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
                vstore(to + 16, vmax(vzero(), max));
            }
            {
                vec max = a0_2_0;
                max = vmax(a0_3_0, max);
                max = vmax(a1_2_0, max);
                max = vmax(a1_3_0, max);
                vstore(to + 64, vmax(vzero(), max));
            }
            {
                vec max = a0_2_1;
                max = vmax(a0_3_1, max);
                max = vmax(a1_2_1, max);
                max = vmax(a1_3_1, max);
                vstore(to + 80, vmax(vzero(), max));
            }
            {
                vec max = a0_4_0;
                max = vmax(a0_5_0, max);
                max = vmax(a1_4_0, max);
                max = vmax(a1_5_0, max);
                vstore(to + 128, vmax(vzero(), max));
            }
            {
                vec max = a0_4_1;
                max = vmax(a0_5_1, max);
                max = vmax(a1_4_1, max);
                max = vmax(a1_5_1, max);
                vstore(to + 144, vmax(vzero(), max));
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
    for (int c = 0; c < 36; c++, x0 += 16, w += 16) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
    }
    vstore(y, vsigmoid(a0_0));
    vstore(y + 16, vsigmoid(a0_1));
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 4): 3x3x3x4 -> pack -> 1x27x16 */
    const float *const conv2d_kernel = parameters; /* 3x3x3x4 */
    float *const conv2d_kernel_pack = prepared; /* 1x27x16 */
    conv2d_pack(conv2d_kernel, conv2d_kernel_pack);
    /* conv2d (line 4): 4 -> pack -> 4 */
    const float *const conv2d_bias = parameters + 108; /* 4 */
    float *const conv2d_bias_pack = prepared + 432; /* 4 */
    conv2d_pack_2(conv2d_bias, conv2d_bias_pack);
    /* dense (line 7): 36x2 -> pack -> 1x36x16 */
    const float *const dense_kernel = parameters + 112; /* 36x2 */
    float *const dense_kernel_pack = prepared + 448; /* 1x36x16 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 7): 2 -> pack -> 2 */
    const float *const dense_bias = parameters + 184; /* 2 */
    float *const dense_bias_pack = prepared + 1024; /* 2 */
    dense_pack_2(dense_bias, dense_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
    float *const conv2d_permute = ws; /* 8x8x3 */
    conv2d_one(input, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 6 columns x 1 sums x 1 vectors */
    const float *const conv2d_kernel_pack = prepared; /* 1x27x16 */
    const float *const conv2d_bias_pack = prepared + 432; /* 4 */
    float *const conv2d = ws + 192; /* 3x3x4 */
    conv2d_conv2d_one(conv2d_permute, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 4 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared + 448; /* 1x36x16 */
    const float *const dense_bias_pack = prepared + 1024; /* 2 */
    dense_one(conv2d, dense_kernel_pack, dense_bias_pack, output);
}

/* Stores the block's rows of output 2. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws + 576; /* 2xVL */
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
    float *const conv2d_permute = b->ws + 3072; /* 8x8x3xVL */
    conv2d_block(input_layer, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 6 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 1x27x16 */
    const float *const conv2d_bias_pack = b->prepared + 432; /* 4 */
    float *const conv2d = b->ws; /* 3x3x4xVL */
    conv2d_conv2d_block(conv2d_permute, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 448; /* 1x36x16 */
    const float *const dense_bias_pack = b->prepared + 1024; /* 2 */
    float *const dense = b->ws + 576; /* 2xVL */
    dense_block(conv2d, dense_kernel_pack, dense_bias_pack, dense);
    store_output(b, output);
}

enum {
    MANY_FLOATS = 6144 /* workspace of a thread */
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
/* ---- interface: channels_first_avx512.h describes it --------------------------------------------------------- */

_Alignas(64) static float channels_first_avx512_prepared[CHANNELS_FIRST_AVX512_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[CHANNELS_FIRST_AVX512_WORKSPACE_FLOATS];

void channels_first_avx512_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void channels_first_avx512_set_parameters(const float *parameters)
{
    prepare(parameters, channels_first_avx512_prepared);
}

void channels_first_avx512_predict_with(const float *parameters, const float *prepared, float *workspace,
                                        const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void channels_first_avx512_predict(const float *input, float *output)
{
    predict_one(channels_first_avx512_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = CHANNELS_FIRST_AVX512_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][6144];

void channels_first_avx512_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
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
    predict_rows(channels_first_avx512_prepared, &many_workspace[0][0], threads, &input, count, outputs);
    omp_set_num_threads(all);
#if defined(_OPENMP)
    if (most > 1 && count > 0)
        pace_call(&pace, threads, omp_get_wtime() - start, (double)count);
#endif
}
