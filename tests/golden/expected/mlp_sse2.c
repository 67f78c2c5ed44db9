/* Made by cnnc 0.1.0 from tests/golden/mlp.lua for target sse2. Do not edit: change the script and make it anew.
 *
 *   dense (Dense): 12, 84 parameters
 *   dense_1 (Dense): 2, 26 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "mlp_sse2.h"

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

static inline struct rows input_rows(const struct cnn_batch *batch, int input)
{
    return (struct rows){.values = batch->inputs[input], .index = batch->index, .first = batch->first,
                         .count = batch->count,
                         .bytes = batch->input_elements[input] == CNN_BYTE};
}

static inline struct rows label_rows(const struct cnn_batch *batch, int output)
{
    return (struct rows){.values = batch->labels[output], .index = batch->index, .first = batch->first,
                         .count = batch->count};
}

/* The weight of sample i. */
static inline float weight_of(const struct cnn_batch *batch, int64_t i)
{
    return batch->weights ? batch->weights[batch->index ? (int64_t)batch->index[i] : batch->first + i] : 1.0f;
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
    const float *parameters;
    const float *prepared;
    float *ws;
    float *saved, *partial, *combined;
    const struct cnn_batch *batch;
    float weight; /* 1/batch size */
    double *sums; /* loss and metrics */
};

/* ==== sse2 ===================================================================================== */

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("sse2"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("sse2")
#endif

/* ---- vectors of 4 floats: SSE2, which every x86-64 has ----------------------------------------- */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define VL 4
typedef __m128 vec;
typedef __m128 vmask; /* all ones or all zeros */
typedef __m128i vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the
 * others; vload_each has p[l / m] in lane l, of n numbers, and zeros behind: m * n <= VL */
static inline vec vload(const float *p) { return _mm_loadu_ps(p); }
static inline void vstore(float *p, vec v) { _mm_storeu_ps(p, v); }
static inline vec vload_n(const float *p, int n)
{
    float lanes[VL] = {0};
    memcpy(lanes, p, (size_t)n * sizeof *p);
    return _mm_loadu_ps(lanes);
}
static inline void vstore_n(float *p, vec v, int n)
{
    float lanes[VL];
    _mm_storeu_ps(lanes, v);
    memcpy(p, lanes, (size_t)n * sizeof *p);
}
static inline vec vload_u8(const uint8_t *p)
{
    int32_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    __m128i zero = _mm_setzero_si128(), words = _mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), zero);
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(words, zero));
}

/* choice; comparisons with NaN are false */
static inline vmask vgt(vec a, vec b) { return _mm_cmpgt_ps(a, b); }
static inline vec vselect(vmask m, vec a, vec b) /* m ? a : b */
{
    return _mm_or_ps(_mm_and_ps(m, a), _mm_andnot_ps(m, b));
}

/* arithmetic; vmax and vmin give their second operand when either is NaN */
static inline vec vset1(float x) { return _mm_set1_ps(x); }
static inline vec vzero(void) { return _mm_setzero_ps(); }
static inline vec vadd(vec a, vec b) { return _mm_add_ps(a, b); }
static inline vec vsub(vec a, vec b) { return _mm_sub_ps(a, b); }
static inline vec vmul(vec a, vec b)
{
    vec product = _mm_mul_ps(a, b);
    __asm__("" : "+x"(product)); /* under -march=native gcc would contract a sum around it into an FMA */
    return product;
}
static inline vec vfma(vec a, vec b, vec c) { return vadd(vmul(a, b), c); }  /* a*b + c, rounded twice */
static inline vec vfnma(vec a, vec b, vec c) { return vsub(c, vmul(a, b)); } /* c - a*b */
static inline vec vmax(vec a, vec b) { return _mm_max_ps(a, b); }
static inline vec vmin(vec a, vec b) { return _mm_min_ps(a, b); }

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
static inline float vsum(vec v)
{
    v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps(v, v, 1)));
}
INLINED static inline void vtranspose(vec rows[VL]) /* lane j of row i becomes lane i of row j */
{
    _MM_TRANSPOSE4_PS(rows[0], rows[1], rows[2], rows[3]);
}

/* 32-bit integers: wrap around */
static inline vint viadd(vint a, vint b) { return _mm_add_epi32(a, b); }
#define vishl(v, n) _mm_slli_epi32(v, n) /* n: a constant, 1..31 */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { return _mm_castps_si128(v); }
static inline vec vcast_float(vint i) { return _mm_castsi128_ps(i); }

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

/* e^x - 1, exact to the last places near 0 too */
static inline vec vexpm1(vec x)
{
    vec half, y = vexp_half(x, &half);
    y = vfma(half, y, vsub(half, vset1(0.5f)));
    return vadd(y, y);
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes(int64_t block, int64_t count)
{
    return count - block * VL < VL ? (int)(count - block * VL) : VL;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* dense (line 3): 6x12 -> pack -> 6x12 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 72; i++)
        y[i] = x[i];
}

/* dense (line 3): 12 -> pack -> 12 */
KERNEL static void dense_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 12; i++)
        y[i] = x[i];
}

/* dense_1 (line 4): 12x2 -> pack -> 1x12x4 */
KERNEL static void dense_1_pack(const float *restrict x, float *restrict y)
{
    for (int r = 0; r < 12; r++)
        for (int c = 0; c < 4; c++)
            *y++ = c < 2 ? x[r * 2 + c] : 0.0f;
}

/* dense_1 (line 4): 2 -> pack -> 2 */
KERNEL static void dense_1_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 2; i++)
        y[i] = x[i];
}

/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 2 sums x 3 vectors */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                             float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload(bias);
    const vec b1 = vload(bias + 4);
    const vec b2 = vload(bias + 8);
    vec a0_0 = b0, a0_0_part1 = vzero(), a0_1 = b1, a0_1_part1 = vzero(), a0_2 = b2, a0_2_part1 = vzero();
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 3; c++, x0 += 2, w += 24) {
        {
            const vec w0 = vload(w), w1 = vload(w + 4), w2 = vload(w + 8);
            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1);
              a0_2 = vfma(v, w2, a0_2); }
        }
        {
            const vec w0 = vload(w + 12), w1 = vload(w + 16), w2 = vload(w + 20);
            { const vec v = vset1(x0[1]); a0_0_part1 = vfma(v, w0, a0_0_part1);
              a0_1_part1 = vfma(v, w1, a0_1_part1); a0_2_part1 = vfma(v, w2, a0_2_part1); }
        }
    }
    a0_0 = vadd(a0_0, a0_0_part1);
    a0_1 = vadd(a0_1, a0_1_part1);
    a0_2 = vadd(a0_2, a0_2_part1);
    vstore(y, vselect(vgt(a0_0, vzero()), a0_0, vmul(vset1(0x1p+0f), vexpm1(a0_0))));
    vstore(y + 4, vselect(vgt(a0_1, vzero()), a0_1, vmul(vset1(0x1p+0f), vexpm1(a0_1))));
    vstore(y + 8, vselect(vgt(a0_2, vzero()), a0_2, vmul(vset1(0x1p+0f), vexpm1(a0_2))));
}

/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 4 sums x 1 vectors */
KERNEL static void dense_1_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                               float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload_n(bias, 2);
    vec a0 = b0, a0_part1 = vzero(), a0_part2 = vzero(), a0_part3 = vzero();
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 3; c++, x0 += 4, w += 16) {
        {
            const vec w0 = vload(w);
            a0 = vfma(vset1(x0[0]), w0, a0);
        }
        {
            const vec w0 = vload(w + 4);
            a0_part1 = vfma(vset1(x0[1]), w0, a0_part1);
        }
        {
            const vec w0 = vload(w + 8);
            a0_part2 = vfma(vset1(x0[2]), w0, a0_part2);
        }
        {
            const vec w0 = vload(w + 12);
            a0_part3 = vfma(vset1(x0[3]), w0, a0_part3);
        }
    }
    a0 = vadd(a0, a0_part2);
    a0_part1 = vadd(a0_part1, a0_part3);
    a0 = vadd(a0, a0_part1);
    vstore_n(y, a0, 2);
}

/* dense_1 (line 4): 12x2 -> pack -> 12x2 */
KERNEL static void dense_1_pack_3(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 24; i++)
        y[i] = x[i];
}

/* dense (line 3): 6 -> matmul, add, elu -> 12 */
KERNEL static void dense_watch(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                               float *restrict y)
{
    for (int f = 0, count; f < 12; f += count) {
        count = 12 - f < VL ? 12 - f : VL;
        const float *w = kernel + f;
        vec sum = vload_n(bias + f, count);
        const float *from = x;
        for (int n = 0; n < 6; n++, w += 12)
            sum = vfma(vset1(from[n]), vload_n(w, count), sum);
        vstore_n(y, vselect(vgt(sum, vzero()), sum, vmul(vset1(0x1p+0f), vexpm1(sum))), count);
        y += count;
    }
}

/* dense_1 (line 4): 12 -> matmul, add -> 2 */
KERNEL static void dense_1_watch(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                 float *restrict y)
{
    const int count = 2;
    const float *w = kernel;
    vec sum = vload_n(bias, count);
    const float *from = x;
    for (int n = 0; n < 12; n++, w += 2)
        sum = vfma(vset1(from[n]), vload_n(w, count), sum);
    vstore_n(y, sum, count);
    y += count;
}

/* input 6: rows of the caller, made sample-innermost */
KERNEL static void load_input_6(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 6 * row_of(rows, block * VL + (l < valid ? l : 0));
        }
        vec v[VL];
        UNROLL
        for (int l = 0; l < VL; l++)
            v[l] = vload_u8(row[l]);
        vtranspose(v);
        UNROLL
        for (int l = 0; l < VL; l++)
            vstore(x + l * VL, vmul(v[l], vset1(0x1.010102p-8f)));
        for (int i = 4; i < 6; i++)
            for (int l = 0; l < VL; l++)
                x[i * VL + l] = (float)row[l][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL], *next[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 6 * row_of(rows, block * VL + (l < valid ? l : 0));
        next[l] = (block + 1) * VL + l < rows->count ? (const float *)rows->values + 6 *
            row_of(rows, (block + 1) * VL + l) : row[l];
    }
    {
        vec v[VL];
        UNROLL
        for (int l = 0; l < VL; l++)
            v[l] = vload(row[l]);
        PREFETCH(next[0]);
        vtranspose(v);
        UNROLL
        for (int l = 0; l < VL; l++)
            vstore(x + l * VL, v[l]);
    }
    for (int i = 4; i < 6; i++)
        for (int l = 0; l < VL; l++)
            x[i * VL + l] = row[l][i];
}

/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_block(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                               float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    const vec b2 = vset1(bias[2]);
    const vec b3 = vset1(bias[3]);
    const vec b4 = vset1(bias[4]);
    const vec b5 = vset1(bias[5]);
    const vec b6 = vset1(bias[6]);
    const vec b7 = vset1(bias[7]);
    const vec b8 = vset1(bias[8]);
    const vec b9 = vset1(bias[9]);
    const vec b10 = vset1(bias[10]);
    const vec b11 = vset1(bias[11]);
    vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a0_4 = b4, a0_5 = b5;
    vec a0_6 = b6, a0_7 = b7, a0_8 = b8, a0_9 = b9, a0_10 = b10, a0_11 = b11;
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 6; c++, x0 += 4, w += 12) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]), w4 = vset1(w[4]),
            w5 = vset1(w[5]), w6 = vset1(w[6]), w7 = vset1(w[7]), w8 = vset1(w[8]), w9 = vset1(w[9]),
            w10 = vset1(w[10]), w11 = vset1(w[11]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
          a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6);
          a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10);
          a0_11 = vfma(v, w11, a0_11); }
    }
    vstore(y, vselect(vgt(a0_0, vzero()), a0_0, vmul(vset1(0x1p+0f), vexpm1(a0_0))));
    vstore(y + 4, vselect(vgt(a0_1, vzero()), a0_1, vmul(vset1(0x1p+0f), vexpm1(a0_1))));
    vstore(y + 2 * 4, vselect(vgt(a0_2, vzero()), a0_2, vmul(vset1(0x1p+0f), vexpm1(a0_2))));
    vstore(y + 3 * 4, vselect(vgt(a0_3, vzero()), a0_3, vmul(vset1(0x1p+0f), vexpm1(a0_3))));
    vstore(y + 4 * 4, vselect(vgt(a0_4, vzero()), a0_4, vmul(vset1(0x1p+0f), vexpm1(a0_4))));
    vstore(y + 5 * 4, vselect(vgt(a0_5, vzero()), a0_5, vmul(vset1(0x1p+0f), vexpm1(a0_5))));
    vstore(y + 6 * 4, vselect(vgt(a0_6, vzero()), a0_6, vmul(vset1(0x1p+0f), vexpm1(a0_6))));
    vstore(y + 7 * 4, vselect(vgt(a0_7, vzero()), a0_7, vmul(vset1(0x1p+0f), vexpm1(a0_7))));
    vstore(y + 8 * 4, vselect(vgt(a0_8, vzero()), a0_8, vmul(vset1(0x1p+0f), vexpm1(a0_8))));
    vstore(y + 9 * 4, vselect(vgt(a0_9, vzero()), a0_9, vmul(vset1(0x1p+0f), vexpm1(a0_9))));
    vstore(y + 10 * 4, vselect(vgt(a0_10, vzero()), a0_10, vmul(vset1(0x1p+0f), vexpm1(a0_10))));
    vstore(y + 11 * 4, vselect(vgt(a0_11, vzero()), a0_11, vmul(vset1(0x1p+0f), vexpm1(a0_11))));
}

/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_block(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                 float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    vec a0_0 = b0, a0_1 = b1;
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++, x0 += 4, w += 4) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
    }
    vstore(y, a0_0);
    vstore(y + 4, a0_1);
}

/* label 2: rows of the caller, made sample-innermost */
KERNEL static void load_label_2(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    const float *row[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 2 * row_of(rows, block * VL + (l < valid ? l : 0));
    }
    for (int i = 0; i < 2; i++)
        for (int l = 0; l < VL; l++)
            x[i * VL + l] = row[l][i];
}

/* loss (line 5): 2 -> squared_error -> 1 */
KERNEL static void loss_block(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec total = vzero();
    for (int i = 0; i < 8; i += VL) {
        vec off = vsub(vload(p + i), vload(t + i));
        total = vfma(off, off, total);
    }
    vstore(loss, vmul(total, vset1(0x1p-1f)));
}

/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_train(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                 float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    vec a0_0 = b0, a0_1 = b1;
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++, x0 += 4, w += 2) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
    }
    vstore(y, a0_0);
    vstore(y + 4, a0_1);
}

/* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
KERNEL static void loss_grad(const float *restrict p, const float *restrict t, const float *restrict dl,
                             float *restrict dp)
{
    vec share = vmul(vload(dl), vset1(0x1p+0f));
    for (int i = 0; i < 8; i += VL)
        vstore(dp + i, vmul(share, vsub(vload(p + i), vload(t + i))));
}

/* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
KERNEL static void dense_1_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[2];
    UNROLL
    for (int k = 0; k < 2; k++)
        sum[k] = vzero();
    UNROLL
    for (int k = 0; k < 2; k++) {
        const int i = k * VL;
        sum[k] = vadd(sum[k], vload(x + i));
    }
    UNROLL
    for (int k = 0; k < 2; k++)
        y[k] += vsum(sum[k]);
}

/* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
KERNEL static void dense_1_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    vec d[VL];
    UNROLL
    for (int l = 0; l < 2; l++)
        d[l] = vload(dy + l * VL);
    UNROLL
    for (int l = 2; l < VL; l++)
        d[l] = vzero();
    vtranspose(d);
    for (int first = 0; first < 2; first++)
        for (int c = first; c < 12; c += 2) {
            const float *restrict s = x + c * VL;
            float *restrict to = dk + c * 2;
            vec even = vload_n(to, 2), odd = vzero();
            even = vfma(vset1(s[0]), d[0], even);
            odd = vfma(vset1(s[1]), d[1], odd);
            even = vfma(vset1(s[2]), d[2], even);
            odd = vfma(vset1(s[3]), d[3], odd);
            vstore_n(to, vadd(even, odd), 2);
        }
}

/* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    const float *restrict wf = kernel;
    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
    vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 2; c++, x0 += 4, w++) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[2]), w2 = vset1(w[4]), w3 = vset1(w[6]), w4 = vset1(w[8]),
            w5 = vset1(w[10]), w6 = vset1(w[12]), w7 = vset1(w[14]), w8 = vset1(w[16]), w9 = vset1(w[18]),
            w10 = vset1(w[20]), w11 = vset1(w[22]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
          a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6);
          a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10);
          a0_11 = vfma(v, w11, a0_11); }
    }
    vstore(y, a0_0);
    vstore(y + 4, a0_1);
    vstore(y + 2 * 4, a0_2);
    vstore(y + 3 * 4, a0_3);
    vstore(y + 4 * 4, a0_4);
    vstore(y + 5 * 4, a0_5);
    vstore(y + 6 * 4, a0_6);
    vstore(y + 7 * 4, a0_7);
    vstore(y + 8 * 4, a0_8);
    vstore(y + 9 * 4, a0_9);
    vstore(y + 10 * 4, a0_10);
    vstore(y + 11 * 4, a0_11);
}

/* dense (line 3), backward: 12 -> elu -> 12 */
KERNEL static void dense_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 48; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vmul(d, vselect(vgt(v, vzero()), vset1(1.0f), vadd(v, vset1(0x1p+0f)))));
    }
}

/* dense (line 3), backward: 12 -> sum_to -> 12 */
KERNEL static void dense_train(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 12; c += 6) {
        vec sum[6];
        UNROLL
        for (int k = 0; k < 6; k++)
            sum[k] = vzero();
        UNROLL
        for (int k = 0; k < 6; k++) {
            const int i = (c + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
        UNROLL
        for (int k = 0; k < 6; k++)
            y[c + k] += vsum(sum[k]);
    }
}

/* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
KERNEL static void dense_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int o = 0; o < 12; o += 4) {
        vec d[VL];
        UNROLL
        for (int l = 0; l < 4; l++)
            d[l] = vload(dy + (o + l) * VL);
        vtranspose(d);
        for (int c = 0; c < 6; c++) {
            const float *restrict s = x + c * VL;
            float *restrict to = dk + c * 12 + o;
            vec even = vload(to), odd = vzero();
            even = vfma(vset1(s[0]), d[0], even);
            odd = vfma(vset1(s[1]), d[1], odd);
            even = vfma(vset1(s[2]), d[2], even);
            odd = vfma(vset1(s[3]), d[3], odd);
            vstore(to, vadd(even, odd));
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* dense (line 3): 6x12 -> pack -> 6x12 */
    const float *const dense_kernel = parameters; /* 6x12 */
    float *const dense_kernel_pack = prepared; /* 6x12 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 3): 12 -> pack -> 12 */
    const float *const dense_bias = parameters + 72; /* 12 */
    float *const dense_bias_pack = prepared + 72; /* 12 */
    dense_pack_2(dense_bias, dense_bias_pack);
    /* dense_1 (line 4): 12x2 -> pack -> 1x12x4 */
    const float *const dense_1_kernel = parameters + 84; /* 12x2 */
    float *const dense_1_kernel_pack = prepared + 84; /* 1x12x4 */
    dense_1_pack(dense_1_kernel, dense_1_kernel_pack);
    /* dense_1 (line 4): 2 -> pack -> 2 */
    const float *const dense_1_bias = parameters + 108; /* 2 */
    float *const dense_1_bias_pack = prepared + 132; /* 2 */
    dense_1_pack_2(dense_1_bias, dense_1_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 2 sums x 3 vectors */
    const float *const dense_kernel_pack = prepared; /* 6x12 */
    const float *const dense_bias_pack = prepared + 72; /* 12 */
    float *const dense = ws; /* 12 */
    dense_one(input, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 4 sums x 1 vectors */
    const float *const dense_1_kernel_pack = prepared + 84; /* 1x12x4 */
    const float *const dense_1_bias_pack = prepared + 132; /* 2 */
    dense_1_one(dense, dense_1_kernel_pack, dense_1_bias_pack, output);
}

/* One sample, and what every layer makes of it. */
static void watch_layers(const float *parameters, float *prepared, float *ws, const float *input, float *layers)
{
    float *const output_1 = layers; /* 12 */
    float *const output_2 = layers + 12; /* 2 */
    {
        /* dense (line 3): 6x12 -> pack -> 6x12 */
        const float *const dense_kernel = parameters; /* 6x12 */
        float *const dense_kernel_pack = prepared; /* 6x12 */
        dense_pack(dense_kernel, dense_kernel_pack);
        /* dense (line 3): 12 -> pack -> 12 */
        const float *const dense_bias = parameters + 72; /* 12 */
        float *const dense_bias_pack = prepared + 72; /* 12 */
        dense_pack_2(dense_bias, dense_bias_pack);
        /* dense_1 (line 4): 12x2 -> pack -> 12x2 */
        const float *const dense_1_kernel = parameters + 84; /* 12x2 */
        float *const dense_1_kernel_pack = prepared + 84; /* 12x2 */
        dense_1_pack_3(dense_1_kernel, dense_1_kernel_pack);
        /* dense_1 (line 4): 2 -> pack -> 2 */
        const float *const dense_1_bias = parameters + 108; /* 2 */
        float *const dense_1_bias_pack = prepared + 108; /* 2 */
        dense_1_pack_2(dense_1_bias, dense_1_bias_pack);
    }
    /* dense (line 3): 6 -> matmul, add, elu -> 12 */
    const float *const dense_kernel_pack = prepared; /* 6x12 */
    const float *const dense_bias_pack = prepared + 72; /* 12 */
    dense_watch(input, dense_kernel_pack, dense_bias_pack, output_1);
    /* dense_1 (line 4): 12 -> matmul, add -> 2 */
    const float *const dense_1_kernel_pack = prepared + 84; /* 12x2 */
    const float *const dense_1_bias_pack = prepared + 108; /* 2 */
    dense_1_watch(output_1, dense_1_kernel_pack, dense_1_bias_pack, output_2);
    (void)ws;
}

/* Stores the block's rows of output 2. */
static void store_output(const struct block *b, float *output)
{
    float *const dense_1 = b->ws + 48; /* 2xVL */
    float *to = output + b->index * VL * 2;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 2; i++)
            to[l * 2 + i] = dense_1[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws + 48; /* 6xVL */
    load_input_6(input, b->index, input_layer);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
    const float *const dense_kernel_pack = b->prepared; /* 6x12 */
    const float *const dense_bias_pack = b->prepared + 72; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 84; /* 1x12x4 */
    const float *const dense_1_bias_pack = b->prepared + 132; /* 2 */
    float *const dense_1 = b->ws + 48; /* 2xVL */
    dense_1_block(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    store_output(b, output);
}

/* Each sample's part of the mean; lanes without a sample have none. */
static void weigh(const struct block *b, float *weight)
{
    for (int l = 0; l < VL; l++)
        weight[l] = l < b->valid ? b->weight * weight_of(b->batch, b->index * VL + l) : 0.0f;
}

/* A block of samples: loss and metrics. */
static void evaluate_block(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 48; /* 6xVL */
    load_input_6(input, b->index, input_layer);
    float *const label_values = b->ws + 72; /* 2xVL */
    load_label_2(label, b->index, label_values);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
    const float *const dense_kernel_pack = b->prepared; /* 6x12 */
    const float *const dense_bias_pack = b->prepared + 72; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 84; /* 1x12x4 */
    const float *const dense_1_bias_pack = b->prepared + 132; /* 2 */
    float *const dense_1 = b->ws + 48; /* 2xVL */
    dense_1_block(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws; /* 1xVL */
    loss_block(dense_1, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)(loss[l] * weight_of(b->batch, b->index * VL + l));
}

/* A training step, phase 0. */
static void train_phase_0(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 96; /* 6xVL */
    load_input_6(input, b->index, input_layer);
    float *const label_values = b->ws + 48; /* 2xVL */
    load_label_2(label, b->index, label_values);
    float *const sample_weight = b->ws + 64; /* 1xVL */
    weigh(b, sample_weight);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
    const float *const dense_kernel = b->parameters; /* 6x12 */
    const float *const dense_bias = b->parameters + 72; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block(input_layer, dense_kernel, dense_bias, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel = b->parameters + 84; /* 12x2 */
    const float *const dense_1_bias = b->parameters + 108; /* 2 */
    float *const dense_1 = b->ws + 56; /* 2xVL */
    dense_1_train(dense, dense_1_kernel, dense_1_bias, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws + 128; /* 1xVL */
    loss_block(dense_1, label_values, loss);
    /* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
    float *const loss_dx = b->ws + 120; /* 2xVL */
    loss_grad(dense_1, label_values, sample_weight, loss_dx);
    /* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
    float *const dense_1_bias_gradient = b->partial + 108; /* 2 */
    dense_1_sum_to(loss_dx, dense_1_bias_gradient);
    /* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
    float *const dense_1_kernel_gradient = b->partial + 84; /* 12x2 */
    dense_1_grad_kernel(dense, loss_dx, dense_1_kernel_gradient);
    /* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
    float *const dense_1_dx = b->ws + 48; /* 12xVL */
    dense_1_grad_input(loss_dx, dense_1_kernel, dense_1_dx);
    /* dense (line 3), backward: 12 -> elu -> 12 */
    float *const dense_dx = b->ws + 48; /* 12xVL */
    dense_grad(dense_1_dx, dense, dense_dx);
    /* dense (line 3), backward: 12 -> sum_to -> 12 */
    float *const dense_bias_gradient = b->partial + 72; /* 12 */
    dense_train(dense_dx, dense_bias_gradient);
    /* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
    float *const dense_kernel_gradient = b->partial; /* 6x12 */
    dense_grad_kernel(input_layer, dense_dx, dense_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)(loss[l] * weight_of(b->batch, b->index * VL + l));
}

enum {
    MANY_FLOATS = 72 /* workspace of a thread */
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

/* ---- training --------------------------------------------------------------------------------------
 * A batch is cut into blocks of VL samples, and these into GROUPS gradient groups. A group sums its blocks in
 * order, the groups are summed in a fixed tree: the bits do not depend on which thread computed what. */
enum {
    GROUPS = 8,
    TRAIN_WORKSPACE = 4096, /* floats of a thread */
    TRAIN_SAVED = 0, /* of a block, between phases */
    TRAIN_PARTIAL = 112, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED = 0, /* of all groups together */
    SUMS = 1, /* loss and metrics, of each block */
};

/* Where the parts of a step's workspace begin. */
struct memory {
    float *workspace;
    float *saved;
    float *partial;
    float *combined;
    double (*sums)[SUMS];
    int64_t bytes;
};

static int64_t aligned(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

static struct memory divide(void *workspace, int64_t count, int threads)
{
    const int64_t blocks = (count + VL - 1) / VL;
    float *base = (float *)workspace;
    int64_t at = 0;
    struct memory m;
    m.workspace = base, at += aligned(TRAIN_WORKSPACE) * threads;
    m.saved = base ? base + at : base, at += aligned(TRAIN_SAVED) * blocks;
    m.partial = base ? base + at : base, at += aligned(TRAIN_PARTIAL) * GROUPS;
    m.combined = base ? base + at : base, at += aligned(TRAIN_COMBINED);
    m.sums = (double(*)[SUMS])(void *)(base ? base + at : base), at += aligned(2 * SUMS * blocks);
    m.bytes = at * (int64_t)sizeof(float);
    return m;
}

static int64_t train_bytes(int64_t batch, int threads)
{
    return divide(NULL, batch, threads).bytes;
}

/* Sums the groups' parts of `count` numbers. */
static void combine(const float *partial, float *to, int64_t count)
{
    const int64_t stride = aligned(TRAIN_PARTIAL);
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        const float *p = partial + i;
        vstore(to + i,
               vadd(vadd(vadd(vload(p), vload(p + stride)), vadd(vload(p + 2 * stride), vload(p + 3 * stride))),
                    vadd(vadd(vload(p + 4 * stride), vload(p + 5 * stride)),
                         vadd(vload(p + 6 * stride), vload(p + 7 * stride)))));
    }
    if (i < count) {
        const float *p = partial + i;
        const int n = (int)(count - i);
        vstore_n(to + i,
                 vadd(vadd(vadd(vload_n(p, n), vload_n(p + stride, n)),
                           vadd(vload_n(p + 2 * stride, n), vload_n(p + 3 * stride, n))),
                           vadd(vadd(vload_n(p + 4 * stride, n), vload_n(p + 5 * stride, n)),
                                vadd(vload_n(p + 6 * stride, n), vload_n(p + 7 * stride, n)))), n);
    }
}

static void update(float *parameters, const float *gradients, float *all_momentum, int64_t count,
                   float learning_rate, uint64_t step)
{
    (void)step;
    const vec rate = vset1(learning_rate);
    const vec mu = vset1(0x1.ccccccp-1f);
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        vec w = vload(parameters + i), g = vload(gradients + i);
        vec momentum = vload(all_momentum + i);
        momentum = vfnma(rate, g, vmul(mu, momentum));
        w = vfnma(rate, g, vfma(mu, momentum, w));
        vstore(parameters + i, w);
        vstore(all_momentum + i, momentum);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec w = vload_n(parameters + i, n), g = vload_n(gradients + i, n);
        vec momentum = vload_n(all_momentum + i, n);
        momentum = vfnma(rate, g, vmul(mu, momentum));
        w = vfnma(rate, g, vfma(mu, momentum, w));
        vstore_n(parameters + i, w, n);
        vstore_n(all_momentum + i, momentum, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory,
 * the part that is worked on is where the thread had its blocks. */
static void sgd_1(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 110 */
    float *const parameters = step->parameters; /* 110 */
    float *const momentum = step->state; /* 110 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 110; i += CHUNK) {
        const int64_t n = 110 - i < CHUNK ? 110 - i : (int64_t)CHUNK;
        combine(parts + i, gradients, n);
        update(parameters + i, gradients, momentum + i, n, rate, step->step);
    }
    (void)blocks;
}

static void optimize(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    sgd_1(step, m, blocks);
}

/* Block `index` of a step, one of those that group `group` sums. */
static struct block block_of(const struct cnn_step *step, const struct memory *m, int64_t group, int64_t index)
{
    struct block b = {.index = index, .valid = valid_lanes(index, step->batch.count),
                      .parameters = step->parameters,
                      .combined = m->combined, .batch = &step->batch, .weight = 1.0f / (float)step->batch.count};
    b.ws = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    b.saved = m->saved + aligned(TRAIN_SAVED) * index;
    b.partial = m->partial + aligned(TRAIN_PARTIAL) * group;
    b.sums = m->sums[index];
    return b;
}

/* The phase of the blocks of a group. */
static void group_phase(const struct cnn_step *step, const struct memory *m, int64_t group,
                        const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL - 1) / VL;
    memset(m->partial + aligned(TRAIN_PARTIAL) * group, 0, TRAIN_PARTIAL * sizeof(float));
    for (int64_t i = blocks * group / GROUPS; i < blocks * (group + 1) / GROUPS; i++) {
        struct block b = block_of(step, m, group, i);
        memset(b.sums, 0, sizeof m->sums[0]);
        train_phase_0(&b, input, label);
    }
}

static void train_step(const struct cnn_step *step, double *sums)
{
    const int64_t count = step->batch.count, blocks = (count + VL - 1) / VL;
    const struct rows input = input_rows(&step->batch, 0), label = label_rows(&step->batch, 0);
    const struct memory memory = divide(step->workspace, count, step->threads), *m = &memory;
    const int64_t busy = blocks < GROUPS ? blocks : (int64_t)GROUPS; /* groups that have blocks */
    const int threads = step->threads;
    (void)busy, (void)threads;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS; group++) {
        group_phase(step, m, group, &input, &label);
    }
    optimize(step, m, blocks);
    for (int64_t i = 0; i < blocks; i++)
        sums[0] += m->sums[i][0];
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads,
                          double *sums)
{
    enum { CHUNK = 64, FLOATS = 80 };
    const int64_t blocks = (batch->count + VL - 1) / VL;
    const struct rows input = input_rows(batch, 0), label = label_rows(batch, 0);
    double(*const block_sums)[SUMS] = (double(*)[SUMS])(void *)workspace;
    for (int64_t first = 0; first < blocks; first += CHUNK) {
        memset(workspace, 0, CHUNK * sizeof *block_sums);
        const int chunk = blocks - first < CHUNK ? (int)(blocks - first) : (int)CHUNK;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (chunk > 1)
#endif
        for (int i = 0; i < chunk; i++) {
            struct block b = {.index = first + i, .valid = valid_lanes(first + i, batch->count),
                              .prepared = prepared};
            b.ws = workspace + 2 * CHUNK * SUMS + (size_t)omp_get_thread_num() * FLOATS;
            b.sums = block_sums[i];
            b.batch = batch;
            evaluate_block(&b, &input, &label);
        }
        for (int i = 0; i < chunk; i++)
            sums[0] += block_sums[i][0];
    }
    (void)threads;
}

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
/* ---- interface: mlp_sse2.h describes it --------------------------------------------------------------- */

_Alignas(64) static float mlp_sse2_prepared[MLP_SSE2_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[MLP_SSE2_WORKSPACE_FLOATS];

void mlp_sse2_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void mlp_sse2_set_parameters(const float *parameters)
{
    prepare(parameters, mlp_sse2_prepared);
}

void mlp_sse2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input,
                           float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void mlp_sse2_predict(const float *input, float *output)
{
    predict_one(mlp_sse2_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = MLP_SSE2_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][72];

void mlp_sse2_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
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
    predict_rows(mlp_sse2_prepared, &many_workspace[0][0], threads, &input, count, outputs);
    omp_set_num_threads(all);
#if defined(_OPENMP)
    if (most > 1 && count > 0)
        pace_call(&pace, threads, omp_get_wtime() - start, (double)count);
#endif
}

/* ---- the model, as the runtime drives it ------------------------------------------------------------- */

static int count_threads(void)
{
    return omp_get_max_threads();
}

static int64_t many_bytes(int threads)
{
    return (int64_t)threads * 320 + 512;
}

static void prepare_model(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

static void predict_sample(const float *parameters, const float *prepared, void *workspace,
                           const void *const *inputs, float *const *outputs)
{
    (void)parameters;
    predict_one(prepared, (float *)workspace, (const float *)inputs[0], outputs[0]);
}

/* Kernels that share their work among threads ask OpenMP for their number. Gives the one before. */
static int use_threads(int threads)
{
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    return before;
}

static void predict_batch(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                          void *workspace, int threads, float *const *outputs)
{
    (void)parameters;
    const struct rows input = input_rows(batch, 0);
    const int before = use_threads(threads);
    predict_rows(prepared, (float *)workspace, threads, &input, batch->count, outputs[0]);
    omp_set_num_threads(before);
}

/* The layers' outputs are made for sse2, whatever the processor. Behind the workspace lies what is prepared. */
static void watch_sample(const float *parameters, void *workspace, const void *const *inputs, float *layers)
{
    float *const ws = (float *)workspace, *const prepared = ws;
    watch_layers(parameters, prepared, ws, (const float *)inputs[0], layers);
}

static void evaluate_batch(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                           void *workspace, int threads, double *sums)
{
    (void)parameters;
    const int before = use_threads(threads);
    evaluate_rows(batch, prepared, (float *)workspace, threads, sums);
    omp_set_num_threads(before);
}

static void train_batch(const struct cnn_step *step, double *sums)
{
    const int before = use_threads(step->threads);
    train_step(step, sums);
    omp_set_num_threads(before);
}

static int64_t count_train_bytes(int64_t batch, int threads)
{
    return train_bytes(batch, threads);
}

static const struct cnn_layer layers[] = {
    {.name = "dense", .type = "Dense", .rank = 1, .dim = {12},
     .parameters = 84, .multiply_adds = 72, .watched = 0,
    },
    {.name = "dense_1", .type = "Dense", .rank = 1, .dim = {2},
     .parameters = 26, .multiply_adds = 24, .watched = 12,
     .n_from = 1, .from = (const int[]){0},
    },
};

static const struct cnn_parameter parameters_table[] = {
    {.name = "dense/kernel", .rank = 2, .dim = {6, 12}, .offset = 0, .count = 72,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.57735026918962573, .b = 0.57735026918962573},
    {.name = "dense/bias", .rank = 1, .dim = {12}, .offset = 72, .count = 12,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "dense_1/kernel", .rank = 2, .dim = {12, 2}, .offset = 84, .count = 24,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.65465367070797709, .b = 0.65465367070797709},
    {.name = "dense_1/bias", .rank = 1, .dim = {2}, .offset = 108, .count = 2,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
};

static const char *const slots[] = {"momentum"};

/* The calls of fit, one after the other. */
static const struct cnn_stage stages[] = {
    {.optimizer = "sgd",
     .digest = 0xb536fb7680bad3a3u,
     .fresh = true,
     .n_slots = 1,
     .slots = slots,
     .trained_floats = 110,
     .state_floats = 110,
     .learning_rate = 0.10000000000000001,
     .validation_split = 0,
     .batch_size = 32,
     .epochs = 1,
     .shuffle = true,
     .train_bytes = count_train_bytes,
     .train_step = train_batch},
};

static const char *const columns[] = {"loss"};

/* What the sums over `count` samples come to. */
static void finish(const double *sums, double count, double *to)
{
    to[0] = sums[0] / count; /* loss */
}

const struct cnn_model mlp_sse2_model = {
    .abi = CNN_ABI,
    .name = "mlp_sse2",
    .generator = "cnnc 0.1.0, target sse2",
    .n_inputs = 1,
    .n_outputs = 1,
    .inputs = {
        {.name = "input_layer", .rank = 1, .dim = {6}, .count = 6,
         .element = CNN_FLOAT, .indices = 0, .rescales = false},
    },
    .outputs = {
        {.name = "dense_1", .rank = 1, .dim = {2}, .count = 2,
         .loss = "mean_squared_error", .probabilities = CNN_PROBABILITIES_NONE, .from_logits = false,
         .label_count = 2, .label_is_class = false},
    },
    .n_layers = 2,
    .n_parameters = 4,
    .layers = layers,
    .parameters = parameters_table,
    .parameter_floats = 110,
    .trainable_floats = 110,
    .prepared_floats = 136,
    .n_stages = 1,
    .digest = 0x8ccaa3060fc81579u,
    .stages = stages,
    .n_sums = 1,
    .n_columns = 1,
    .columns = columns,
    .better = "<",
    .finish = finish,
    .seed = 1u,
    .predict_bytes = (int64_t)sizeof predict_workspace,
    .many_bytes = many_bytes,
    .threads = count_threads,
    .prepare = prepare_model,
    .predict = predict_sample,
    .predict_many = predict_batch,
    .evaluate = evaluate_batch,
    .watched_floats = 14,
    .watch_bytes = 448,
    .watch = watch_sample,
};

/* What the runtime's main() runs: of several networks in a program the one that is linked first. -DCNN_NO_PROGRAM
 * leaves this one out. */
#if !defined(CNN_NO_PROGRAM)
#ifdef __cplusplus
extern
#endif
#if defined(__GNUC__) || defined(__TINYC__)
__attribute__((weak)) /* others may define it too */
#endif
const struct cnn_model *const cnn_program_model = &mlp_sse2_model;
#endif
