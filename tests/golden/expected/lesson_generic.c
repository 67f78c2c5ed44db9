/* Made by cnnc 0.1.0 from examples/mnist.lua for target generic. Do not edit: change the script and make it anew.
 *
 *   conv2d (Conv2D): 24x24x8, 208 parameters
 *   max_pooling2d (MaxPooling2D): 12x12x8, 0 parameters
 *   conv2d_1 (Conv2D): 10x10x16, 1168 parameters
 *   max_pooling2d_1 (MaxPooling2D): 5x5x16, 0 parameters
 *   dropout (Dropout): 5x5x16, 0 parameters
 *   flatten (Flatten): 400, 0 parameters
 *   dense (Dense): 10, 4010 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "lesson_generic.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* The loop behind it, of few rounds over an array, is written out: so the array is registers. clang does it
 * unasked. */
#if defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

/* What dropout masks are a function of, beside layer and element. */
struct random {
    uint32_t key[2]; /* the run's seed */
    uint64_t step;
    uint32_t sample; /* of the batch: the block's first */
};

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
    float *ws;
    float *saved, *partial, *combined;
    const struct cnn_batch *batch;
    float weight; /* 1/batch size */
    double *sums; /* loss and metrics */
    struct random random;
};

/* ---- vectors of one float: plain C11 ------------------------------------------------------------
 * This is also what the names mean in every other prologue, lane by lane. NaN: vmax and vmin give their
 * second operand when either is NaN, comparisons are false. A compiler that has FMA instructions may
 * contract a*b + c unless told -ffp-contract=off (clang heeds the pragma, gcc only the flag). */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define VL 1
typedef float vec;
typedef _Bool vmask;
typedef int32_t vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the
 * others; vload_each has p[l / m] in lane l, of n numbers, and zeros behind: m * n <= VL */
static inline vec vload(const float *p) { return *p; }
static inline void vstore(float *p, vec v) { *p = v; }
static inline vec vload_n(const float *p, int n) { return n > 0 ? *p : 0.0f; }
static inline void vstore_n(float *p, vec v, int n) { if (n > 0) *p = v; }
static inline vec vload_u8(const uint8_t *p) { return (float)*p; }
static inline void vstore_u8(uint8_t *p, vec v) { *p = (uint8_t)v; } /* whole numbers 0..255 */

/* arithmetic */
static inline vec vset1(float x) { return x; }
static inline vec vzero(void) { return 0.0f; }
static inline vec vlane_index(void) { return 0.0f; } /* 0, 1, ... VL-1 */
static inline vec vadd(vec a, vec b) { return a + b; }
static inline vec vsub(vec a, vec b) { return a - b; }
static inline vec vmul(vec a, vec b) { return a * b; }
static inline vec vdiv(vec a, vec b) { return a / b; }
static inline vec vfma(vec a, vec b, vec c) { return a * b + c; }
static inline vec vfnma(vec a, vec b, vec c) { return c - a * b; }
static inline vec vmax(vec a, vec b) { return a > b ? a : b; }
static inline vec vmin(vec a, vec b) { return a < b ? a : b; }
static inline vec vneg(vec a) { return -a; }
static inline vec vsqrt(vec a) { return sqrtf(a); }

/* choice */
static inline vmask vgt(vec a, vec b) { return a > b; }
static inline vmask vge(vec a, vec b) { return a >= b; }
static inline vmask veq(vec a, vec b) { return a == b; }
static inline vec vselect(vmask m, vec a, vec b) { return m ? a : b; } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ...: one order for all targets of this VL */
static inline float vsum(vec v) { return v; }
static inline void vtranspose(vec rows[VL]) { (void)rows; } /* lane j of row i becomes lane i of row j */

/* 32-bit integers: wrap around */
static inline vint viset1(int32_t x) { return x; }
static inline vint viadd(vint a, vint b) { return (vint)((uint32_t)a + (uint32_t)b); }
static inline vint visub(vint a, vint b) { return (vint)((uint32_t)a - (uint32_t)b); }
static inline vint viand(vint a, vint b) { return a & b; }
static inline vint vixor(vint a, vint b) { return a ^ b; }
static inline vint vimul(vint a, vint b) { return (vint)((uint32_t)a * (uint32_t)b); }
static inline vint vimulhi(vint a, vint b) /* unsigned: the upper halves of the 64-bit products */
{
    return (vint)((uint64_t)(uint32_t)a * (uint32_t)b >> 32);
}
#define vishl(v, n) ((vint)((uint32_t)(v) << (n))) /* n: a constant, 1..31 */
#define vishr(v, n) ((vint)((uint32_t)(v) >> (n))) /* zeros enter */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { vint i; memcpy(&i, &v, sizeof i); return i; }
static inline vec vcast_float(vint i) { vec v; memcpy(&v, &i, sizeof v); return v; }
static inline vint vcvt_int(vec v) { return (vint)v; }
static inline vec vcvt_float(vint i) { return (float)i; }

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

/* What k*log(2) + log(1 + f) is beyond k*0x1.62e4p-1 + f, for sqrt(1/2) <= 1 + f <= sqrt(2). The polynomial is a
 * minimax fit of (log(1 + f) - f + f^2/2)/f^3 (Remez). */
static inline vec vlog_tail(vec k, vec f)
{
    vec tail = vfma(f, vset1(-0x1.38b574p-4f), vset1(0x1.055d7ep-3f)), square = vmul(f, f);
    tail = vfma(f, tail, vset1(-0x1.0d863ap-3f));
    tail = vfma(f, tail, vset1(0x1.22d9e6p-3f));
    tail = vfma(f, tail, vset1(-0x1.547228p-3f));
    tail = vfma(f, tail, vset1(0x1.99a00ap-3f));
    tail = vfma(f, tail, vset1(-0x1.000228p-2f));
    tail = vfma(f, tail, vset1(0x1.555554p-2f));
    tail = vfma(vmul(f, square), tail, vmul(k, vset1(0x1.7f7d1cp-20f)));
    return vfnma(vset1(0.5f), square, tail);
}

/* k*log(2) + log(1 + f) */
static inline vec vlog_sum(vec k, vec f)
{
    return vfma(k, vset1(0x1.62e4p-1f), vadd(f, vlog_tail(k, f)));
}

/* log(x): -infinity at 0, NaN below. x = 2^k * (1 + f); numbers below the normal ones are scaled into them. */
static inline vec vlog(vec x)
{
    vec infinity = vcast_float(viset1(0x7f800000));
    vmask tiny = vgt(vset1(0x1p-126f), x);
    vint sqrt_half = viset1(0x3f3504f3), one = viset1(0x3f800000);
    vint bits = viadd(vcast_int(vselect(tiny, vmul(x, vset1(0x1p+23f)), x)), visub(one, sqrt_half));
    vec k = vsub(vcvt_float(vishr(bits, 23)), vselect(tiny, vset1(127.0f + 23.0f), vset1(127.0f)));
    vec m = vcast_float(viadd(viand(bits, viset1(0x007fffff)), sqrt_half));
    vec y = vlog_sum(k, vsub(m, vset1(1.0f)));
    y = vselect(vgt(x, vzero()), y, vselect(veq(x, vzero()), vneg(infinity), vsub(infinity, infinity)));
    return vselect(vgt(infinity, x), y, x);
}

/* ---- random numbers: Philox4x32-10 --------------------------------------------------------------
 * Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Counter-based: the numbers are
 * a function of key and counter, so they depend on no order. Each lane has a counter of its own. */

/* Replaces the counters by four random words. */
static inline void vphilox(vint counter[4], uint32_t key0, uint32_t key1)
{
    vint multiplier0 = viset1((int32_t)0xd2511f53), multiplier1 = viset1((int32_t)0xcd9e8d57);
    vint c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        vint high0 = vimulhi(multiplier0, c0), low0 = vimul(multiplier0, c0);
        vint high1 = vimulhi(multiplier1, c2), low1 = vimul(multiplier1, c2);
        c0 = vixor(vixor(high1, c1), viset1((int32_t)key0));
        c1 = low1;
        c2 = vixor(vixor(high0, c3), viset1((int32_t)key1));
        c3 = low0;
        key0 += 0x9e3779b9;
        key1 += 0xbb67ae85;
    }
    counter[0] = c0;
    counter[1] = c1;
    counter[2] = c2;
    counter[3] = c3;
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes(int64_t block, int64_t count)
{
    return count - block * VL < VL ? (int)(count - block * VL) : VL;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 2 columns x 2 filters */
KERNEL static void conv2d_one_part1(const float *restrict x, const float *restrict kernel,
                                    const float *restrict bias, float *restrict y, int oy)
{
    for (int f = 0; f < 8; f += 2) {
        const float *restrict wf = kernel + f;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        for (int ox = 0; ox < 24; ox += 2) {
            vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
            vec a1_1_0 = b0, a1_1_1 = b1;
            for (int i = 0; i < 5; i++) {
                const int iy0 = oy * 2 + i;
                const int iy1 = oy * 2 + 1 + i;
                const float *restrict x0 = x + iy0 * 28 + ox;
                const float *restrict x1 = x + iy1 * 28 + ox;
                const float *restrict w = wf + i * 40;
                {
                    const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                    { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 1); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 1); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                    { const vec v = vload(x0 + 1); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 2); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 2); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                    { const vec v = vload(x0 + 2); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 3); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 2); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 3); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                    { const vec v = vload(x0 + 3); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 4); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 3); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 4); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                    { const vec v = vload(x0 + 4); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 5); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 4); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 5); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
            }
            float *restrict to = y + (oy * 12 + ox / 2) * 8 + f;
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
                vstore(to + 1, vmax(vzero(), max));
            }
        }
    }
}

static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                       float *restrict y)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int oy = 0; oy < 12; oy++)
        conv2d_one_part1(x, kernel, bias, y, oy);
}

/* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 2 filters */
KERNEL static void conv2d_1_one_part1(const float *restrict x, const float *restrict kernel,
                                      const float *restrict bias, float *restrict y, int oy)
{
    for (int f = 0; f < 16; f += 2) {
        const float *restrict wf = kernel + f;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        for (int ox = 0; ox < 10; ox += 2) {
            vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
            vec a1_1_0 = b0, a1_1_1 = b1;
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy * 2 + i;
                const int iy1 = oy * 2 + 1 + i;
                const float *restrict x0 = x + (iy0 * 12 + ox) * 8;
                const float *restrict x1 = x + (iy1 * 12 + ox) * 8;
                const float *restrict w = wf + i * 384;
                for (int c = 0; c < 8; c++, x0++, x1++, w += 16) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 8); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 8); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                    }
                    {
                        const vec w0 = vset1(w[128]), w1 = vset1(w[129]);
                        { const vec v = vload(x0 + 8); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 16); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x1 + 8); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 16); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                    }
                    {
                        const vec w0 = vset1(w[256]), w1 = vset1(w[257]);
                        { const vec v = vload(x0 + 16); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 24); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x1 + 16); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 24); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                    }
                }
            }
            float *restrict to = y + (oy * 5 + ox / 2) * 16 + f;
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
                vstore(to + 1, vmax(vzero(), max));
            }
        }
    }
}

static void conv2d_1_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                         float *restrict y)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int oy = 0; oy < 5; oy++)
        conv2d_1_one_part1(x, kernel, bias, y, oy);
}

/* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
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
    vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a0_4 = b4, a0_5 = b5;
    vec a0_6 = b6, a0_7 = b7, a0_8 = b8, a0_9 = b9;
    const float *restrict x0 = x;
    const float *restrict w = wf;
    for (int c = 0; c < 400; c++, x0++, w += 10) {
        const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]), w4 = vset1(w[4]),
            w5 = vset1(w[5]), w6 = vset1(w[6]), w7 = vset1(w[7]), w8 = vset1(w[8]), w9 = vset1(w[9]);
        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
          a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6);
          a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); }
    }
    vstore(y, a0_0);
    vstore(y + 1, a0_1);
    vstore(y + 2, a0_2);
    vstore(y + 3, a0_3);
    vstore(y + 4, a0_4);
    vstore(y + 5, a0_5);
    vstore(y + 6, a0_6);
    vstore(y + 7, a0_7);
    vstore(y + 8, a0_8);
    vstore(y + 9, a0_9);
}

/* dense (line 8): 10 -> softmax -> 10 */
KERNEL static void dense_softmax_one(const float *x, float *y)
{
    vec largest = vset1(-0x1.fffffep+127f), sum = vzero();
    for (int i = 0; i < 10; i += VL)
        largest = vmax(vload(x + i), largest);
    for (int i = 0; i < 10; i += VL) {
        vec e = vexp(vsub(vload(x + i), largest));
        vstore(y + i, e);
        sum = vadd(e, sum);
    }
    vec scale = vdiv(vset1(1.0f), sum);
    for (int i = 0; i < 10; i += VL)
        vstore(y + i, vmul(vload(y + i), scale));
}

/* conv2d (line 2): 5x5x1x8 -> pack -> 8x25x1 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 8; first++)
        for (int r = 0; r < 25; r++)
            for (int c = first; c < first + 1; c++)
                *y++ = x[r * 8 + c];
}

/* conv2d_1 (line 4): 3x3x8x16 -> pack -> 16x72x1 */
KERNEL static void conv2d_1_pack(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 16; first++)
        for (int r = 0; r < 72; r++)
            for (int c = first; c < first + 1; c++)
                *y++ = x[r * 16 + c];
}

/* dense (line 8): 400x10 -> pack -> 10x400x1 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 10; first++)
        for (int r = 0; r < 400; r++)
            for (int c = first; c < first + 1; c++)
                *y++ = x[r * 10 + c];
}

/* conv2d (line 2): 28x28x1 -> conv2d, add, relu -> 24x24x8 */
KERNEL static void conv2d_watch(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                float *restrict y)
{
    for (int oy = 0; oy < 24; oy++) {
        for (int ox = 0; ox < 24; ox++) {
            const float *w = kernel;
            for (int f = 0; f < 8; f++) {
                vec sum = vset1(bias[f]);
                for (int i = 0; i < 5; i++) {
                    const float *from = x + (oy + i) * 28 + ox;
                    for (int n = 0; n < 5; n++, w++)
                        sum = vfma(vload(from + n), vset1(*w), sum);
                }
                vstore(y, vmax(vzero(), sum));
                y += VL;
            }
        }
    }
}

/* max_pooling2d (line 3): 24x24x8 -> max_pool2d -> 12x12x8 */
KERNEL static void max_pooling2d_watch(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 12; row++) {
        for (int column = 0; column < 12; column++) {
            const int corner = (row * 2 * 24 + column * 2) * 8;
            const int to = (row * 12 + column) * 8;
            for (int i = 0; i < 8; i += VL) {
                vec best = vload(x + corner + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        vec cell = vload(x + corner + (down * 24 + across) * 8 + i);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
            }
        }
    }
}

/* conv2d_1 (line 4): 12x12x8 -> conv2d, add, relu -> 10x10x16 */
KERNEL static void conv2d_1_watch(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                  float *restrict y)
{
    for (int oy = 0; oy < 10; oy++) {
        for (int ox = 0; ox < 10; ox++) {
            const float *w = kernel;
            for (int f = 0; f < 16; f++) {
                vec sum = vset1(bias[f]);
                for (int i = 0; i < 3; i++) {
                    const float *from = x + (oy + i) * 96 + ox * 8;
                    for (int n = 0; n < 24; n++, w++)
                        sum = vfma(vload(from + n), vset1(*w), sum);
                }
                vstore(y, vmax(vzero(), sum));
                y += VL;
            }
        }
    }
}

/* max_pooling2d_1 (line 5): 10x10x16 -> max_pool2d -> 5x5x16 */
KERNEL static void max_pooling2d_1_watch(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 5; column++) {
            const int corner = (row * 2 * 10 + column * 2) * 16;
            const int to = (row * 5 + column) * 16;
            for (int i = 0; i < 16; i += VL) {
                vec best = vload(x + corner + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        vec cell = vload(x + corner + (down * 10 + across) * 16 + i);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
            }
        }
    }
}

/* max_pooling2d_1 (line 5): 5x5x16 -> affine -> 5x5x16
 * flatten (line 7): 400 -> affine -> 400 */
KERNEL static void max_pooling2d_1_affine_watch(const float *x, float *y)
{
    for (int i = 0; i < 400; i += VL)
        vstore(y + i, vmul(vload(x + i), vset1(0x1p+0f)));
}

/* dense (line 8): 400 -> matmul, add -> 10 */
KERNEL static void dense_watch(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                               float *restrict y)
{
    const float *w = kernel;
    for (int f = 0; f < 10; f++) {
        vec sum = vset1(bias[f]);
        const float *from = x;
        for (int n = 0; n < 400; n++, w++)
            sum = vfma(vload(from + n), vset1(*w), sum);
        vstore(y, sum);
        y += VL;
    }
}

/* input 28x28x1: rows of the caller, made sample-innermost */
KERNEL static void load_input_784(const struct rows *rows, int64_t block, float *restrict x)
{
    if (rows->bytes) {
        const uint8_t *row[VL];
        row[0] = (const uint8_t *)rows->values + 784 * row_of(rows, block * VL);
        for (int i = 0; i < 784; i++)
            x[i * VL] = (float)row[0][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL];
    row[0] = (const float *)rows->values + 784 * row_of(rows, block * VL);
    for (int i = 0; i < 784; i++)
        x[i * VL] = row[0][i];
}

/* label 1: rows of the caller, made sample-innermost */
KERNEL static void load_label_1(const struct rows *rows, int64_t block, float *restrict x)
{
    const float *row[VL];
    row[0] = (const float *)rows->values + row_of(rows, block * VL);
    x[0] = row[0][0];
}

/* metrics (line 9): 10 -> accuracy -> 1 */
KERNEL static void metrics_block(const float *restrict p, const float *restrict t, float *restrict share)
{
    vec right = vzero(), one = vset1(1.0f);
    vec best = vload(p), said = vzero();
    for (int c = 1; c < 10; c++) {
        vec v = vload(p + c * VL);
        said = vselect(vgt(v, best), vset1((float)c), said);
        best = vmax(v, best);
    }
    vec label = vload(t);
    right = vadd(right, vselect(veq(said, label), one, vzero()));
    vstore(share, vmul(right, vset1(0x1p+0f)));
}

/* loss (line 9): 10 -> cross_entropy -> 1 */
KERNEL static void loss_block(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec total = vzero();
    const float *row = p;
    vec largest = vload(row), sum = vzero();
    for (int c = 1; c < 10; c++)
        largest = vmax(vload(row + c * VL), largest);
    for (int c = 0; c < 10; c++) {
        vec e = vexp(vsub(vload(row + c * VL), largest));
        sum = vadd(sum, e);
    }
    vec log_sum = vlog(sum);
    for (int c = 0; c < 10; c++) {
        vec target = vselect(veq(vload(t), vset1((float)c)), vset1(0x1p+0f), vset1(0x0p+0f));
        vec nll = vsub(log_sum, vsub(vload(row + c * VL), largest));
        /* what a class counts that cannot be, even when its nll, negative log-likelihood, is infinite */
        vec nothing = vzero();
        total = vadd(total, vselect(veq(target, nothing), nothing, vmul(target, nll)));
    }
    vstore(loss, vmul(total, vset1(0x1p+0f)));
}

/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 2 columns x 2 filters */
KERNEL static void conv2d_train_part1(const float *restrict x, const float *restrict kernel,
                                      const float *restrict bias, float *restrict y, uint8_t *restrict argmax,
                                      int oy)
{
    for (int f = 0; f < 8; f += 2) {
        const float *restrict wf = kernel + f;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        for (int ox = 0; ox < 24; ox += 2) {
            vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
            vec a1_1_0 = b0, a1_1_1 = b1;
            for (int i = 0; i < 5; i++) {
                const int iy0 = oy * 2 + i;
                const int iy1 = oy * 2 + 1 + i;
                const float *restrict x0 = x + iy0 * 28 + ox;
                const float *restrict x1 = x + iy1 * 28 + ox;
                const float *restrict w = wf + i * 40;
                {
                    const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                    { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 1); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 1); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                    { const vec v = vload(x0 + 1); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 2); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 2); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                    { const vec v = vload(x0 + 2); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 3); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 2); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 3); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                    { const vec v = vload(x0 + 3); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 4); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 3); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 4); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
                {
                    const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                    { const vec v = vload(x0 + 4); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                    { const vec v = vload(x0 + 5); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                    { const vec v = vload(x1 + 4); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                    { const vec v = vload(x1 + 5); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                }
            }
            float *restrict to = y + (oy * 12 + ox / 2) * 8 + f;
            {
                vec max = a0_0_0;
                vec at = vzero();
                at = vselect(vgt(a0_1_0, max), vset1(1.0f), at);
                max = vmax(a0_1_0, max);
                at = vselect(vgt(a1_0_0, max), vset1(2.0f), at);
                max = vmax(a1_0_0, max);
                at = vselect(vgt(a1_1_0, max), vset1(3.0f), at);
                max = vmax(a1_1_0, max);
                vstore(to, vmax(vzero(), max));
                vstore_u8(argmax + (oy * 12 + ox / 2) * 8 + f, at);
            }
            {
                vec max = a0_0_1;
                vec at = vzero();
                at = vselect(vgt(a0_1_1, max), vset1(1.0f), at);
                max = vmax(a0_1_1, max);
                at = vselect(vgt(a1_0_1, max), vset1(2.0f), at);
                max = vmax(a1_0_1, max);
                at = vselect(vgt(a1_1_1, max), vset1(3.0f), at);
                max = vmax(a1_1_1, max);
                vstore(to + 1, vmax(vzero(), max));
                vstore_u8(argmax + (oy * 12 + ox / 2) * 8 + f + 1, at);
            }
        }
    }
}

static void conv2d_train(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                         float *restrict y, uint8_t *restrict argmax)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int oy = 0; oy < 12; oy++)
        conv2d_train_part1(x, kernel, bias, y, argmax, oy);
}

/* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 2 filters */
KERNEL static void conv2d_1_train_part1(const float *restrict x, const float *restrict kernel,
                                        const float *restrict bias, float *restrict y, uint8_t *restrict argmax,
                                        int oy)
{
    for (int f = 0; f < 16; f += 2) {
        const float *restrict wf = kernel + f;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        for (int ox = 0; ox < 10; ox += 2) {
            vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
            vec a1_1_0 = b0, a1_1_1 = b1;
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy * 2 + i;
                const int iy1 = oy * 2 + 1 + i;
                const float *restrict x0 = x + (iy0 * 12 + ox) * 8;
                const float *restrict x1 = x + (iy1 * 12 + ox) * 8;
                const float *restrict w = wf + i * 384;
                for (int c = 0; c < 8; c++, x0++, x1++, w += 16) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 8); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 8); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                    }
                    {
                        const vec w0 = vset1(w[128]), w1 = vset1(w[129]);
                        { const vec v = vload(x0 + 8); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 16); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x1 + 8); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 16); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                    }
                    {
                        const vec w0 = vset1(w[256]), w1 = vset1(w[257]);
                        { const vec v = vload(x0 + 16); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1);
                          }
                        { const vec v = vload(x0 + 24); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1);
                          }
                        { const vec v = vload(x1 + 16); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1);
                          }
                        { const vec v = vload(x1 + 24); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1);
                          }
                    }
                }
            }
            float *restrict to = y + (oy * 5 + ox / 2) * 16 + f;
            {
                vec max = a0_0_0;
                vec at = vzero();
                at = vselect(vgt(a0_1_0, max), vset1(1.0f), at);
                max = vmax(a0_1_0, max);
                at = vselect(vgt(a1_0_0, max), vset1(2.0f), at);
                max = vmax(a1_0_0, max);
                at = vselect(vgt(a1_1_0, max), vset1(3.0f), at);
                max = vmax(a1_1_0, max);
                vstore(to, vmax(vzero(), max));
                vstore_u8(argmax + (oy * 5 + ox / 2) * 16 + f, at);
            }
            {
                vec max = a0_0_1;
                vec at = vzero();
                at = vselect(vgt(a0_1_1, max), vset1(1.0f), at);
                max = vmax(a0_1_1, max);
                at = vselect(vgt(a1_0_1, max), vset1(2.0f), at);
                max = vmax(a1_0_1, max);
                at = vselect(vgt(a1_1_1, max), vset1(3.0f), at);
                max = vmax(a1_1_1, max);
                vstore(to + 1, vmax(vzero(), max));
                vstore_u8(argmax + (oy * 5 + ox / 2) * 16 + f + 1, at);
            }
        }
    }
}

static void conv2d_1_train(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                           float *restrict y, uint8_t *restrict argmax)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int oy = 0; oy < 5; oy++)
        conv2d_1_train_part1(x, kernel, bias, y, argmax, oy);
}

/* dropout (line 6): 5x5x16 -> dropout -> 5x5x16
 * dropout (line 6), backward: 5x5x16 -> dropout -> 5x5x16 */
KERNEL static void dropout_train(const float *x, float *y, const struct random *random)
{
    const vec scale = vset1(0x1.555556p+0f), limit = vset1(0x1p+14f);
    vint sample = viadd(viset1((int32_t)random->sample), vcvt_int(vlane_index()));
    vint step = viset1((int32_t)random->step);
    vint layer = viset1((int32_t)((uint32_t)1 << 16 | (random->step >> 32 & 0xffffu)));
    for (int e = 0; e < 400; e += 8) {
        vint word[4] = {viset1(e / 8), sample, step, layer};
        vphilox(word, random->key[0], random->key[1]);
        for (int k = 0; k < 8; k++) {
            vint half = k % 2 ? vishr(word[k / 2], 16) : viand(word[k / 2], viset1(0xffff));
            vec v = vmul(vload(x + (e + k) * VL), scale);
            vstore(y + (e + k) * VL, vselect(vge(vcvt_float(half), limit), v, vzero()));
        }
    }
}

/* loss (line 9), backward: 10 -> cross_entropy_grad -> 10 */
KERNEL static void loss_grad(const float *restrict p, const float *restrict t, const float *restrict dl,
                             float *restrict dp)
{
    vec share = vmul(vload(dl), vset1(0x1p+0f));
    const float *row = p;
    float *d = dp;
    vec largest = vload(row), sum = vzero();
    for (int c = 1; c < 10; c++)
        largest = vmax(vload(row + c * VL), largest);
    for (int c = 0; c < 10; c++) {
        vec e = vexp(vsub(vload(row + c * VL), largest));
        vstore(d + c * VL, e);
        sum = vadd(sum, e);
    }
    vec scale = vdiv(vset1(1.0f), sum);
    for (int c = 0; c < 10; c++) {
        vec target = vselect(veq(vload(t), vset1((float)c)), vset1(0x1p+0f), vset1(0x0p+0f));
        vstore(d + c * VL, vmul(share, vsub(vmul(vload(d + c * VL), scale), target)));
    }
}

/* dense (line 8), backward: 10 -> sum_to -> 10 */
KERNEL static void dense_train(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 10; c += 5) {
        vec sum[5];
        UNROLL
        for (int k = 0; k < 5; k++)
            sum[k] = vzero();
        UNROLL
        for (int k = 0; k < 5; k++) {
            const int i = (c + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
        UNROLL
        for (int k = 0; k < 5; k++)
            y[c + k] += vsum(sum[k]);
    }
}

/* dense (line 8), backward: 400 -> matmul_grad_kernel -> 400x10 */
KERNEL static void dense_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int o = 0; o < 10; o++) {
        vec d[VL];
        d[0] = vload(dy + o * VL);
        vtranspose(d);
        for (int c = 0; c < 400; c++) {
            const float *restrict s = x + c * VL;
            float *restrict to = dk + c * 10 + o;
            vstore(to, vfma(vset1(s[0]), d[0], vload(to)));
        }
    }
}

/* dense (line 8), backward: 10 -> matmul_grad_input -> 400; tile 1 columns x 14 filters */
KERNEL static void dense_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int f = 0; f < 392; f += 14) {
        const float *restrict wf = kernel + f * 10;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
        vec a0_12 = vzero(), a0_13 = vzero();
        const float *restrict x0 = x;
        const float *restrict w = wf;
        for (int c = 0; c < 10; c++, x0++, w++) {
            const vec w0 = vset1(w[0]), w1 = vset1(w[10]), w2 = vset1(w[20]), w3 = vset1(w[30]), w4 = vset1(w[40]),
                w5 = vset1(w[50]), w6 = vset1(w[60]), w7 = vset1(w[70]), w8 = vset1(w[80]), w9 = vset1(w[90]),
                w10 = vset1(w[100]), w11 = vset1(w[110]), w12 = vset1(w[120]), w13 = vset1(w[130]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
              a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5);
              a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8);
              a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); a0_11 = vfma(v, w11, a0_11);
              a0_12 = vfma(v, w12, a0_12); a0_13 = vfma(v, w13, a0_13); }
        }
        float *restrict to = y + f;
        vstore(to, a0_0);
        vstore(to + 1, a0_1);
        vstore(to + 2, a0_2);
        vstore(to + 3, a0_3);
        vstore(to + 4, a0_4);
        vstore(to + 5, a0_5);
        vstore(to + 6, a0_6);
        vstore(to + 7, a0_7);
        vstore(to + 8, a0_8);
        vstore(to + 9, a0_9);
        vstore(to + 10, a0_10);
        vstore(to + 11, a0_11);
        vstore(to + 12, a0_12);
        vstore(to + 13, a0_13);
    }
    {
        const float *restrict wf = kernel + 3920;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero();
        const float *restrict x0 = x;
        const float *restrict w = wf;
        for (int c = 0; c < 10; c++, x0++, w++) {
            const vec w0 = vset1(w[0]), w1 = vset1(w[10]), w2 = vset1(w[20]), w3 = vset1(w[30]), w4 = vset1(w[40]),
                w5 = vset1(w[50]), w6 = vset1(w[60]), w7 = vset1(w[70]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2);
              a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5);
              a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); }
        }
        vstore(y + 392, a0_0);
        vstore(y + 393, a0_1);
        vstore(y + 394, a0_2);
        vstore(y + 395, a0_3);
        vstore(y + 396, a0_4);
        vstore(y + 397, a0_5);
        vstore(y + 398, a0_6);
        vstore(y + 399, a0_7);
    }
}

/* conv2d_1 (line 4), backward: 5x5x16 -> relu -> 5x5x16 */
KERNEL static void conv2d_1_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 400; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vselect(vgt(v, vzero()), d, vzero()));
    }
}

/* conv2d_1 (line 4), backward: 5x5x16 -> sum_to -> 16 */
KERNEL static void conv2d_1_sum_to(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 16; c += 8) {
        vec sum[8];
        UNROLL
        for (int k = 0; k < 8; k++)
            sum[k] = vzero();
        for (int p = 0; p < 25; p++) {
            UNROLL
            for (int k = 0; k < 8; k++) {
                const int i = (p * 16 + c + k) * VL;
                sum[k] = vadd(sum[k], vload(x + i));
            }
        }
        UNROLL
        for (int k = 0; k < 8; k++)
            y[c + k] += vsum(sum[k]);
    }
}

/* max_pooling2d_1 (line 5), backward: 5x5x16 -> max_pool2d_grad -> 10x10x16 */
KERNEL static void max_pooling2d_1_grad(const float *restrict dy, const uint8_t *restrict argmax,
                                        float *restrict dx)
{
    for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 5; column++) {
            const int corner = (row * 2 * 10 + column * 2) * 16;
            const int to = (row * 5 + column) * 16;
            for (int i = 0; i < 16; i += VL) {
                vec d = vload(dy + to + i), which = vload_u8(argmax + to + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        float *cell = dx + corner + (down * 10 + across) * 16;
                        vstore(cell + i, vselect(veq(which, vset1((float)(down * 2 + across))), d, vzero()));
                    }
            }
        }
    }
}

/* conv2d_1 (line 4), backward: 12x12x8 -> conv2d_grad_kernel -> 3x3x8x16; tile 2 channels x 2 filters x 3 taps */
KERNEL static void conv2d_1_grad_kernel_part1(const float *restrict x, const float *restrict dy, float *restrict dk,
                                              int i, int c)
{
    for (int f = 0; f < 16; f += 2) {
        vec a0_0_0 = vzero(), a0_0_1 = vzero(), a0_1_0 = vzero(), a0_1_1 = vzero();
        vec a1_0_0 = vzero(), a1_0_1 = vzero(), a1_1_0 = vzero(), a1_1_1 = vzero();
        vec a2_0_0 = vzero(), a2_0_1 = vzero(), a2_1_0 = vzero(), a2_1_1 = vzero();
        for (int oy = 0; oy < 10; oy++) {
            const int iy = oy + i;
            const float *restrict xr = x + (iy * 96 + c) * VL;
            const float *restrict d = dy + (oy * 160 + f) * VL;
            for (int ox = 0; ox < 10; ox++) {
                const vec d0 = vload(d + ox * 16 * VL);
                const vec d1 = vload(d + (ox * 16 + 1) * VL);
                { const vec v = vload(xr + ox * 8 * VL); a0_0_0 = vfma(v, d0, a0_0_0); a0_0_1 = vfma(v, d1, a0_0_1);
                  }
                { const vec v = vload(xr + (ox * 8 + 1) * VL); a0_1_0 = vfma(v, d0, a0_1_0);
                  a0_1_1 = vfma(v, d1, a0_1_1); }
                { const vec v = vload(xr + (ox + 1) * 8 * VL); a1_0_0 = vfma(v, d0, a1_0_0);
                  a1_0_1 = vfma(v, d1, a1_0_1); }
                { const vec v = vload(xr + ((ox + 1) * 8 + 1) * VL); a1_1_0 = vfma(v, d0, a1_1_0);
                  a1_1_1 = vfma(v, d1, a1_1_1); }
                { const vec v = vload(xr + (ox + 2) * 8 * VL); a2_0_0 = vfma(v, d0, a2_0_0);
                  a2_0_1 = vfma(v, d1, a2_0_1); }
                { const vec v = vload(xr + ((ox + 2) * 8 + 1) * VL); a2_1_0 = vfma(v, d0, a2_1_0);
                  a2_1_1 = vfma(v, d1, a2_1_1); }
            }
        }
        float *restrict to = dk + (i * 3 * 8 + c) * 16 + f;
        to[0] += vsum(a0_0_0);
        to[1] += vsum(a0_0_1);
        to[16] += vsum(a0_1_0);
        to[17] += vsum(a0_1_1);
        to[128] += vsum(a1_0_0);
        to[129] += vsum(a1_0_1);
        to[144] += vsum(a1_1_0);
        to[145] += vsum(a1_1_1);
        to[256] += vsum(a2_0_0);
        to[257] += vsum(a2_0_1);
        to[272] += vsum(a2_1_0);
        to[273] += vsum(a2_1_1);
    }
}

static void conv2d_1_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 3; i++) {
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
        for (int c = 0; c < 8; c += 2)
            conv2d_1_grad_kernel_part1(x, dy, dk, i, c);
    }
}

/* conv2d_1 (line 4), backward: 10x10x16 -> conv2d_grad_input -> 12x12x8; tile 6 columns x 2 filters */
KERNEL static void conv2d_1_grad_input_part1(const float *restrict x, const float *restrict kernel,
                                             float *restrict y, int oy)
{
    for (int f = 0; f < 8; f += 2) {
        const float *restrict wf = kernel + f * 16;
        {
            vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
            vec a3_0 = vzero(), a3_1 = vzero(), a4_0 = vzero(), a4_1 = vzero(), a5_0 = vzero(), a5_1 = vzero();
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy - i;
                if (iy0 >= 0 && iy0 < 10) {
                    const float *restrict x0 = x + iy0 * 10 * 16;
                    const float *restrict w = wf + i * 384;
                    for (int c = 0; c < 16; c++, x0++, w++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[16]);
                            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vload(x0 + 16); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 64); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            { const vec v = vload(x0 + 80); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                        }
                        {
                            const vec w0 = vset1(w[128]), w1 = vset1(w[144]);
                            { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 16); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 32); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 48); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            { const vec v = vload(x0 + 64); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                        }
                        {
                            const vec w0 = vset1(w[256]), w1 = vset1(w[272]);
                            { const vec v = vload(x0); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 16); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 32); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            { const vec v = vload(x0 + 48); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                        }
                    }
                }
            }
            float *restrict to = y + oy * 12 * 8 + f;
            vstore(to, a0_0);
            vstore(to + 1, a0_1);
            vstore(to + 8, a1_0);
            vstore(to + 9, a1_1);
            vstore(to + 16, a2_0);
            vstore(to + 17, a2_1);
            vstore(to + 24, a3_0);
            vstore(to + 25, a3_1);
            vstore(to + 32, a4_0);
            vstore(to + 33, a4_1);
            vstore(to + 40, a5_0);
            vstore(to + 41, a5_1);
        }
        {
            vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
            vec a3_0 = vzero(), a3_1 = vzero(), a4_0 = vzero(), a4_1 = vzero(), a5_0 = vzero(), a5_1 = vzero();
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy - i;
                if (iy0 >= 0 && iy0 < 10) {
                    const float *restrict x0 = x + (iy0 * 10 + 4) * 16;
                    const float *restrict w = wf + i * 384;
                    for (int c = 0; c < 16; c++, x0++, w++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[16]);
                            { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 80); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                        }
                        {
                            const vec w0 = vset1(w[128]), w1 = vset1(w[144]);
                            { const vec v = vload(x0 + 16); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 80); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                        }
                        {
                            const vec w0 = vset1(w[256]), w1 = vset1(w[272]);
                            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vload(x0 + 16); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 64); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            { const vec v = vload(x0 + 80); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                        }
                    }
                }
            }
            float *restrict to = y + (oy * 12 + 6) * 8 + f;
            vstore(to, a0_0);
            vstore(to + 1, a0_1);
            vstore(to + 8, a1_0);
            vstore(to + 9, a1_1);
            vstore(to + 16, a2_0);
            vstore(to + 17, a2_1);
            vstore(to + 24, a3_0);
            vstore(to + 25, a3_1);
            vstore(to + 32, a4_0);
            vstore(to + 33, a4_1);
            vstore(to + 40, a5_0);
            vstore(to + 41, a5_1);
        }
    }
}

static void conv2d_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int oy = 0; oy < 12; oy++)
        conv2d_1_grad_input_part1(x, kernel, y, oy);
}

/* conv2d (line 2), backward: 12x12x8 -> relu -> 12x12x8 */
KERNEL static void conv2d_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 1152; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vselect(vgt(v, vzero()), d, vzero()));
    }
}

/* conv2d (line 2), backward: 12x12x8 -> sum_to -> 8 */
KERNEL static void conv2d_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[8];
    UNROLL
    for (int k = 0; k < 8; k++)
        sum[k] = vzero();
    for (int p = 0; p < 144; p++) {
        UNROLL
        for (int k = 0; k < 8; k++) {
            const int i = (p * 8 + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
    }
    UNROLL
    for (int k = 0; k < 8; k++)
        y[k] += vsum(sum[k]);
}

/* max_pooling2d (line 3), backward: 12x12x8 -> max_pool2d_grad -> 24x24x8 */
KERNEL static void max_pooling2d_grad(const float *restrict dy, const uint8_t *restrict argmax, float *restrict dx)
{
    for (int row = 0; row < 12; row++) {
        for (int column = 0; column < 12; column++) {
            const int corner = (row * 2 * 24 + column * 2) * 8;
            const int to = (row * 12 + column) * 8;
            for (int i = 0; i < 8; i += VL) {
                vec d = vload(dy + to + i), which = vload_u8(argmax + to + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        float *cell = dx + corner + (down * 24 + across) * 8;
                        vstore(cell + i, vselect(veq(which, vset1((float)(down * 2 + across))), d, vzero()));
                    }
            }
        }
    }
}

/* conv2d (line 2), backward: 28x28x1 -> conv2d_grad_kernel -> 5x5x1x8; tile 1 channels x 2 filters x 5 taps */
KERNEL static void conv2d_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 5; i++) {
        for (int f = 0; f < 8; f += 2) {
            vec a0_0_0 = vzero(), a0_0_1 = vzero(), a1_0_0 = vzero(), a1_0_1 = vzero();
            vec a2_0_0 = vzero(), a2_0_1 = vzero(), a3_0_0 = vzero(), a3_0_1 = vzero();
            vec a4_0_0 = vzero(), a4_0_1 = vzero();
            for (int oy = 0; oy < 24; oy++) {
                const int iy = oy + i;
                const float *restrict xr = x + iy * 28 * VL;
                const float *restrict d = dy + (oy * 192 + f) * VL;
                for (int ox = 0; ox < 24; ox++) {
                    const vec d0 = vload(d + ox * 8 * VL);
                    const vec d1 = vload(d + (ox * 8 + 1) * VL);
                    { const vec v = vload(xr + ox * VL); a0_0_0 = vfma(v, d0, a0_0_0); a0_0_1 = vfma(v, d1, a0_0_1);
                      }
                    { const vec v = vload(xr + (ox + 1) * VL); a1_0_0 = vfma(v, d0, a1_0_0);
                      a1_0_1 = vfma(v, d1, a1_0_1); }
                    { const vec v = vload(xr + (ox + 2) * VL); a2_0_0 = vfma(v, d0, a2_0_0);
                      a2_0_1 = vfma(v, d1, a2_0_1); }
                    { const vec v = vload(xr + (ox + 3) * VL); a3_0_0 = vfma(v, d0, a3_0_0);
                      a3_0_1 = vfma(v, d1, a3_0_1); }
                    { const vec v = vload(xr + (ox + 4) * VL); a4_0_0 = vfma(v, d0, a4_0_0);
                      a4_0_1 = vfma(v, d1, a4_0_1); }
                }
            }
            float *restrict to = dk + i * 5 * 8 + f;
            to[0] += vsum(a0_0_0);
            to[1] += vsum(a0_0_1);
            to[8] += vsum(a1_0_0);
            to[9] += vsum(a1_0_1);
            to[16] += vsum(a2_0_0);
            to[17] += vsum(a2_0_1);
            to[24] += vsum(a3_0_0);
            to[25] += vsum(a3_0_1);
            to[32] += vsum(a4_0_0);
            to[33] += vsum(a4_0_1);
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* One sample. */
static void predict_one(const float *parameters, float *ws, const float *input, float *output)
{
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 2 columns x 2 filters */
    const float *const conv2d_kernel = parameters; /* 5x5x1x8 */
    const float *const conv2d_bias = parameters + 200; /* 8 */
    float *const conv2d = ws; /* 12x12x8 */
    conv2d_one(input, conv2d_kernel, conv2d_bias, conv2d);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 2 filters */
    const float *const conv2d_1_kernel = parameters + 208; /* 3x3x8x16 */
    const float *const conv2d_1_bias = parameters + 1360; /* 16 */
    float *const conv2d_1 = ws + 1152; /* 5x5x16 */
    conv2d_1_one(conv2d, conv2d_1_kernel, conv2d_1_bias, conv2d_1);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
    const float *const dense_kernel = parameters + 1376; /* 400x10 */
    const float *const dense_bias = parameters + 5376; /* 10 */
    float *const dense_add = ws; /* 10 */
    dense_one(conv2d_1, dense_kernel, dense_bias, dense_add);
    /* dense (line 8): 10 -> softmax -> 10 */
    dense_softmax_one(dense_add, output);
}

/* One sample, and what every layer makes of it. */
static void watch_layers(const float *parameters, float *prepared, float *ws, const float *input, float *layers)
{
    float *const output_1 = layers; /* 24x24x8 */
    float *const output_2 = layers + 4608; /* 12x12x8 */
    float *const output_3 = layers + 5760; /* 10x10x16 */
    float *const output_4 = layers + 7360; /* 5x5x16 */
    float *const output_5 = layers + 7760; /* 5x5x16 */
    float *const output_6 = layers + 8160; /* 400 */
    float *const output_7 = layers + 8560; /* 10 */
    {
        /* conv2d (line 2): 5x5x1x8 -> pack -> 8x25x1 */
        const float *const conv2d_kernel = parameters; /* 5x5x1x8 */
        float *const conv2d_kernel_pack = prepared; /* 8x25x1 */
        conv2d_pack(conv2d_kernel, conv2d_kernel_pack);
        /* conv2d_1 (line 4): 3x3x8x16 -> pack -> 16x72x1 */
        const float *const conv2d_1_kernel = parameters + 208; /* 3x3x8x16 */
        float *const conv2d_1_kernel_pack = prepared + 200; /* 16x72x1 */
        conv2d_1_pack(conv2d_1_kernel, conv2d_1_kernel_pack);
        /* dense (line 8): 400x10 -> pack -> 10x400x1 */
        const float *const dense_kernel = parameters + 1376; /* 400x10 */
        float *const dense_kernel_pack = prepared + 1352; /* 10x400x1 */
        dense_pack(dense_kernel, dense_kernel_pack);
    }
    /* conv2d (line 2): 28x28x1 -> conv2d, add, relu -> 24x24x8 */
    const float *const conv2d_kernel_pack = prepared; /* 8x25x1 */
    const float *const conv2d_bias = parameters + 200; /* 8 */
    conv2d_watch(input, conv2d_kernel_pack, conv2d_bias, output_1);
    /* max_pooling2d (line 3): 24x24x8 -> max_pool2d -> 12x12x8 */
    max_pooling2d_watch(output_1, output_2);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, relu -> 10x10x16 */
    const float *const conv2d_1_kernel_pack = prepared + 200; /* 16x72x1 */
    const float *const conv2d_1_bias = parameters + 1360; /* 16 */
    conv2d_1_watch(output_2, conv2d_1_kernel_pack, conv2d_1_bias, output_3);
    /* max_pooling2d_1 (line 5): 10x10x16 -> max_pool2d -> 5x5x16 */
    max_pooling2d_1_watch(output_3, output_4);
    /* max_pooling2d_1 (line 5): 5x5x16 -> affine -> 5x5x16 */
    max_pooling2d_1_affine_watch(output_4, output_5);
    /* flatten (line 7): 400 -> affine -> 400 */
    max_pooling2d_1_affine_watch(output_4, output_6);
    /* dense (line 8): 400 -> matmul, add -> 10 */
    const float *const dense_kernel_pack = prepared + 1352; /* 10x400x1 */
    const float *const dense_bias = parameters + 5376; /* 10 */
    float *const dense_add = ws; /* 10 */
    dense_watch(output_4, dense_kernel_pack, dense_bias, dense_add);
    /* dense (line 8): 10 -> softmax -> 10 */
    dense_softmax_one(dense_add, output_7);
}

/* Stores the block's rows of output 10. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws; /* 10 */
    float *to = output + b->index * VL * 10;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 10; i++)
            to[l * 10 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws + 1152; /* 28x28x1 */
    load_input_784(input, b->index, input_layer);
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 2 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 5x5x1x8 */
    const float *const conv2d_bias = b->parameters + 200; /* 8 */
    float *const conv2d = b->ws; /* 12x12x8 */
    conv2d_one(input_layer, conv2d_kernel, conv2d_bias, conv2d);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 2 filters */
    const float *const conv2d_1_kernel = b->parameters + 208; /* 3x3x8x16 */
    const float *const conv2d_1_bias = b->parameters + 1360; /* 16 */
    float *const conv2d_1 = b->ws + 1152; /* 5x5x16 */
    conv2d_1_one(conv2d, conv2d_1_kernel, conv2d_1_bias, conv2d_1);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
    const float *const dense_kernel = b->parameters + 1376; /* 400x10 */
    const float *const dense_bias = b->parameters + 5376; /* 10 */
    float *const dense_add = b->ws; /* 10 */
    dense_one(conv2d_1, dense_kernel, dense_bias, dense_add);
    /* dense (line 8): 10 -> softmax -> 10 */
    float *const dense = b->ws; /* 10 */
    dense_softmax_one(dense_add, dense);
    store_output(b, output);
}

/* Each sample's part of the mean; lanes without a sample have none. */
static void weigh(const struct block *b, float *weight)
{
    weight[0] = 0 < b->valid ? b->weight * weight_of(b->batch, b->index * VL) : 0.0f;
}

/* A block of samples: loss and metrics. */
static void evaluate_block(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 1152; /* 28x28x1 */
    load_input_784(input, b->index, input_layer);
    float *const label_values = b->ws + 1936; /* 1 */
    load_label_1(label, b->index, label_values);
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 2 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 5x5x1x8 */
    const float *const conv2d_bias = b->parameters + 200; /* 8 */
    float *const conv2d = b->ws; /* 12x12x8 */
    conv2d_one(input_layer, conv2d_kernel, conv2d_bias, conv2d);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 2 filters */
    const float *const conv2d_1_kernel = b->parameters + 208; /* 3x3x8x16 */
    const float *const conv2d_1_bias = b->parameters + 1360; /* 16 */
    float *const conv2d_1 = b->ws + 1152; /* 5x5x16 */
    conv2d_1_one(conv2d, conv2d_1_kernel, conv2d_1_bias, conv2d_1);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
    const float *const dense_kernel = b->parameters + 1376; /* 400x10 */
    const float *const dense_bias = b->parameters + 5376; /* 10 */
    float *const dense = b->ws; /* 10 */
    dense_one(conv2d_1, dense_kernel, dense_bias, dense);
    /* metrics (line 9): 10 -> accuracy -> 1 */
    float *const metrics = b->ws + 10; /* 1 */
    metrics_block(dense, label_values, metrics);
    /* loss (line 9): 10 -> cross_entropy -> 1 */
    float *const loss = b->ws + 11; /* 1 */
    loss_block(dense, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)(loss[l] * weight_of(b->batch, b->index * VL + l));
    for (int l = 0; l < b->valid; l++)
        b->sums[1] += (double)metrics[l];
}

/* A training step, phase 0. */
static void train_phase_0(struct block *b, const struct rows *input, const struct rows *label)
{
    const struct random *random = &b->random;
    float *const input_layer = b->ws + 5760; /* 28x28x1 */
    load_input_784(input, b->index, input_layer);
    float *const label_values = b->ws + 820; /* 1 */
    load_label_1(label, b->index, label_values);
    float *const sample_weight = b->ws + 821; /* 1 */
    weigh(b, sample_weight);
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 2 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 5x5x1x8 */
    const float *const conv2d_bias = b->parameters + 200; /* 8 */
    float *const conv2d = b->ws + 1600; /* 12x12x8 */
    uint8_t *const max_pooling2d_saved = (uint8_t *)(b->ws + 6544); /* 12x12x8 */
    conv2d_train(input_layer, conv2d_kernel, conv2d_bias, conv2d, max_pooling2d_saved);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 2 filters */
    const float *const conv2d_1_kernel = b->parameters + 208; /* 3x3x8x16 */
    const float *const conv2d_1_bias = b->parameters + 1360; /* 16 */
    float *const conv2d_1 = b->ws; /* 5x5x16 */
    uint8_t *const max_pooling2d_1_saved = (uint8_t *)(b->ws + 3152); /* 5x5x16 */
    conv2d_1_train(conv2d, conv2d_1_kernel, conv2d_1_bias, conv2d_1, max_pooling2d_1_saved);
    /* dropout (line 6): 5x5x16 -> dropout -> 5x5x16 */
    float *const dropout = b->ws + 400; /* 5x5x16 */
    dropout_train(conv2d_1, dropout, random);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
    const float *const dense_kernel = b->parameters + 1376; /* 400x10 */
    const float *const dense_bias = b->parameters + 5376; /* 10 */
    float *const dense = b->ws + 800; /* 10 */
    dense_one(dropout, dense_kernel, dense_bias, dense);
    /* metrics (line 9): 10 -> accuracy -> 1 */
    float *const metrics = b->ws + 6832; /* 1 */
    metrics_block(dense, label_values, metrics);
    /* loss (line 9): 10 -> cross_entropy -> 1 */
    float *const loss = b->ws + 6833; /* 1 */
    loss_block(dense, label_values, loss);
    /* loss (line 9), backward: 10 -> cross_entropy_grad -> 10 */
    float *const loss_dx = b->ws + 810; /* 10 */
    loss_grad(dense, label_values, sample_weight, loss_dx);
    /* dense (line 8), backward: 10 -> sum_to -> 10 */
    float *const dense_bias_gradient = b->partial + 5376; /* 10 */
    dense_train(loss_dx, dense_bias_gradient);
    /* dense (line 8), backward: 400 -> matmul_grad_kernel -> 400x10 */
    float *const dense_kernel_gradient = b->partial + 1376; /* 400x10 */
    dense_grad_kernel(dropout, loss_dx, dense_kernel_gradient);
    /* dense (line 8), backward: 10 -> matmul_grad_input -> 400; tile 1 columns x 14 filters */
    float *const dense_dx = b->ws + 2752; /* 400 */
    dense_grad_input(loss_dx, dense_kernel, dense_dx);
    /* dropout (line 6), backward: 5x5x16 -> dropout -> 5x5x16 */
    float *const dropout_dx = b->ws + 2752; /* 5x5x16 */
    dropout_train(dense_dx, dropout_dx, random);
    /* conv2d_1 (line 4), backward: 5x5x16 -> relu -> 5x5x16 */
    float *const conv2d_1_dx = b->ws + 2752; /* 5x5x16 */
    conv2d_1_grad(dropout_dx, conv2d_1, conv2d_1_dx);
    /* conv2d_1 (line 4), backward: 5x5x16 -> sum_to -> 16 */
    float *const conv2d_1_bias_gradient = b->partial + 1360; /* 16 */
    conv2d_1_sum_to(conv2d_1_dx, conv2d_1_bias_gradient);
    /* max_pooling2d_1 (line 5), backward: 5x5x16 -> max_pool2d_grad -> 10x10x16 */
    float *const max_pooling2d_1_dx = b->ws; /* 10x10x16 */
    max_pooling2d_1_grad(conv2d_1_dx, max_pooling2d_1_saved, max_pooling2d_1_dx);
    /* conv2d_1 (line 4), backward: 12x12x8 -> conv2d_grad_kernel -> 3x3x8x16; tile 2 channels x 2 filters x 3
     * taps */
    float *const conv2d_1_kernel_gradient = b->partial + 208; /* 3x3x8x16 */
    conv2d_1_grad_kernel(conv2d, max_pooling2d_1_dx, conv2d_1_kernel_gradient);
    /* conv2d_1 (line 4), backward: 10x10x16 -> conv2d_grad_input -> 12x12x8; tile 6 columns x 2 filters */
    float *const conv2d_1_dx_2 = b->ws + 4608; /* 12x12x8 */
    conv2d_1_grad_input(max_pooling2d_1_dx, conv2d_1_kernel, conv2d_1_dx_2);
    /* conv2d (line 2), backward: 12x12x8 -> relu -> 12x12x8 */
    float *const conv2d_dx = b->ws + 4608; /* 12x12x8 */
    conv2d_grad(conv2d_1_dx_2, conv2d, conv2d_dx);
    /* conv2d (line 2), backward: 12x12x8 -> sum_to -> 8 */
    float *const conv2d_bias_gradient = b->partial + 200; /* 8 */
    conv2d_sum_to(conv2d_dx, conv2d_bias_gradient);
    /* max_pooling2d (line 3), backward: 12x12x8 -> max_pool2d_grad -> 24x24x8 */
    float *const max_pooling2d_dx = b->ws; /* 24x24x8 */
    max_pooling2d_grad(conv2d_dx, max_pooling2d_saved, max_pooling2d_dx);
    /* conv2d (line 2), backward: 28x28x1 -> conv2d_grad_kernel -> 5x5x1x8; tile 1 channels x 2 filters x 5 taps */
    float *const conv2d_kernel_gradient = b->partial; /* 5x5x1x8 */
    conv2d_grad_kernel(input_layer, max_pooling2d_dx, conv2d_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)(loss[l] * weight_of(b->batch, b->index * VL + l));
    for (int l = 0; l < b->valid; l++)
        b->sums[1] += (double)metrics[l];
}

enum {
    MANY_FLOATS = 1936 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows(const float *parameters, float *workspace, int threads, const struct rows *input,
                         int64_t count, float *output)
{
    const int64_t blocks = (count + VL - 1) / VL;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
    if (2 * blocks <= threads || threads == 1) /* outside of any parallel region, so that kernels can begin one */
        for (int64_t i = 0; i < blocks; i++) {
            struct block b = {.index = i, .valid = valid_lanes(i, count), .parameters = parameters};
            b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS;
            predict_block(&b, input, output);
        }
    else
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads)
#endif
        for (int64_t i = 0; i < blocks; i++) {
            struct block b = {.index = i, .valid = valid_lanes(i, count), .parameters = parameters};
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
    TRAIN_WORKSPACE = 6834, /* floats of a thread */
    TRAIN_SAVED = 0, /* of a block, between phases */
    TRAIN_PARTIAL = 5386, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED = 0, /* of all groups together */
    SUMS = 2, /* loss and metrics, of each block */
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

static void update(float *parameters, const float *gradients, float *all_momentum, float *all_velocity,
                   int64_t count, float learning_rate, uint64_t step)
{
    const double steps = (double)step; /* made before */
    const double t = steps + 1;
    const vec scaled = vset1((float)(learning_rate * (sqrt(1 - pow(0.999, t)) / (1 - pow(0.9, t)))));
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        vec w = vload(parameters + i), g = vload(gradients + i);
        vec momentum = vload(all_momentum + i);
        vec velocity = vload(all_velocity + i);
        momentum = vfma(vset1(0x1.99999ap-4f), vsub(g, momentum), momentum);
        velocity = vfma(vset1(0x1.0624dep-10f), vsub(vmul(g, g), velocity), velocity);
        w = vsub(w, vdiv(vmul(scaled, momentum), vadd(vsqrt(velocity), vset1(0x1.ad7f2ap-24f))));
        vstore(parameters + i, w);
        vstore(all_momentum + i, momentum);
        vstore(all_velocity + i, velocity);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec w = vload_n(parameters + i, n), g = vload_n(gradients + i, n);
        vec momentum = vload_n(all_momentum + i, n);
        vec velocity = vload_n(all_velocity + i, n);
        momentum = vfma(vset1(0x1.99999ap-4f), vsub(g, momentum), momentum);
        velocity = vfma(vset1(0x1.0624dep-10f), vsub(vmul(g, g), velocity), velocity);
        w = vsub(w, vdiv(vmul(scaled, momentum), vadd(vsqrt(velocity), vset1(0x1.ad7f2ap-24f))));
        vstore_n(parameters + i, w, n);
        vstore_n(all_momentum + i, momentum, n);
        vstore_n(all_velocity + i, velocity, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory,
 * the part that is worked on is where the thread had its blocks. */
static void adam_1(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 5386 */
    float *const parameters = step->parameters; /* 5386 */
    float *const momentum = step->state; /* 5386 */
    float *const velocity = step->state + 5386; /* 5386 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 5386; i += CHUNK) {
        const int64_t n = 5386 - i < CHUNK ? 5386 - i : (int64_t)CHUNK;
        combine(parts + i, gradients, n);
        update(parameters + i, gradients, momentum + i, velocity + i, n, rate, step->step);
    }
    (void)blocks;
}

static void optimize(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    adam_1(step, m, blocks);
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
    b.random = (struct random){.key = {(uint32_t)step->seed, (uint32_t)(step->seed >> 32)}, .step = step->step,
                               .sample = (uint32_t)(index * VL)};
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
    if (2 * busy <= threads || threads == 1) /* outside of any parallel region, so that kernels can begin one */
        for (int group = 0; group < GROUPS; group++) {
            group_phase(step, m, group, &input, &label);
        }
    else
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
#endif
        for (int group = 0; group < GROUPS; group++) {
            group_phase(step, m, group, &input, &label);
        }
    optimize(step, m, blocks);
    for (int64_t i = 0; i < blocks; i++)
        for (int k = 0; k < 2; k++)
            sums[k] += m->sums[i][k];
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows(const struct cnn_batch *batch, const float *parameters, float *workspace, int threads,
                          double *sums)
{
    enum { CHUNK = 64, FLOATS = 1937 };
    const int64_t blocks = (batch->count + VL - 1) / VL;
    const struct rows input = input_rows(batch, 0), label = label_rows(batch, 0);
    double(*const block_sums)[SUMS] = (double(*)[SUMS])(void *)workspace;
    for (int64_t first = 0; first < blocks; first += CHUNK) {
        memset(workspace, 0, CHUNK * sizeof *block_sums);
        const int chunk = blocks - first < CHUNK ? (int)(blocks - first) : (int)CHUNK;
        /* outside of any parallel region, so that kernels can begin one */
        if (2 * chunk <= threads || threads == 1)
            for (int i = 0; i < chunk; i++) {
                struct block b = {.index = first + i, .valid = valid_lanes(first + i, batch->count),
                                  .parameters = parameters};
                b.ws = workspace + 2 * CHUNK * SUMS + (size_t)omp_get_thread_num() * FLOATS;
                b.sums = block_sums[i];
                b.batch = batch;
                evaluate_block(&b, &input, &label);
            }
        else
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
#endif
            for (int i = 0; i < chunk; i++) {
                struct block b = {.index = first + i, .valid = valid_lanes(first + i, batch->count),
                                  .parameters = parameters};
                b.ws = workspace + 2 * CHUNK * SUMS + (size_t)omp_get_thread_num() * FLOATS;
                b.sums = block_sums[i];
                b.batch = batch;
                evaluate_block(&b, &input, &label);
            }
        for (int i = 0; i < chunk; i++)
            for (int k = 0; k < 2; k++)
                sums[k] += block_sums[i][k];
    }
    (void)threads;
}

/* ---- interface: lesson_generic.h describes it --------------------------------------------------------------- */

static const float *own_parameters; /* of lesson_generic_set_parameters() */
_Alignas(64) static float predict_workspace[LESSON_GENERIC_WORKSPACE_FLOATS];

void lesson_generic_prepare(const float *parameters, float *prepared)
{
    (void)parameters, (void)prepared; /* it predicts with the parameters as they are */
}

void lesson_generic_set_parameters(const float *parameters)
{
    own_parameters = parameters;
}

void lesson_generic_predict_with(const float *parameters, const float *prepared, float *workspace,
                                 const float *input, float *output)
{
    (void)prepared;
    predict_one(parameters, workspace, input, output);
}

void lesson_generic_predict(const float *input, float *output)
{
    const int most = omp_get_max_threads();
    int threads = most;
#if defined(_OPENMP)
    static struct pace pace;
    const double start = omp_get_wtime();
    threads = pace_threads(&pace, most);
#endif
    omp_set_num_threads(threads);
    predict_one(own_parameters, predict_workspace, input, output);
    omp_set_num_threads(most);
#if defined(_OPENMP)
    if (most > 1)
        pace_call(&pace, threads, omp_get_wtime() - start, 1.0);
#endif
}

#if defined(_OPENMP)
enum { MAX_THREADS = LESSON_GENERIC_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][1936];

void lesson_generic_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
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
    predict_rows(own_parameters, &many_workspace[0][0], threads, &input, count, outputs);
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
    return (int64_t)threads * 7748 + 1024;
}

static void prepare_model(const float *parameters, float *prepared)
{
    (void)parameters, (void)prepared; /* it predicts with the parameters as they are */
}

static void predict_sample(const float *parameters, const float *prepared, void *workspace,
                           const void *const *inputs, float *const *outputs)
{
    (void)prepared;
    predict_one(parameters, (float *)workspace, (const float *)inputs[0], outputs[0]);
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
    (void)prepared;
    const struct rows input = input_rows(batch, 0);
    const int before = use_threads(threads);
    predict_rows(parameters, (float *)workspace, threads, &input, batch->count, outputs[0]);
    omp_set_num_threads(before);
}

/* The layers' outputs are made for generic, whatever the processor. Behind the workspace lies what is prepared. */
static void watch_sample(const float *parameters, void *workspace, const void *const *inputs, float *layers)
{
    float *const ws = (float *)workspace, *const prepared = ws + 16;
    watch_layers(parameters, prepared, ws, (const float *)inputs[0], layers);
}

static void evaluate_batch(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                           void *workspace, int threads, double *sums)
{
    (void)prepared;
    const int before = use_threads(threads);
    evaluate_rows(batch, parameters, (float *)workspace, threads, sums);
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
    {.name = "conv2d", .type = "Conv2D", .rank = 3, .dim = {24, 24, 8},
     .parameters = 208, .multiply_adds = 115200, .watched = 0,
     .window = {5, 5}, .stride = {1, 1}, .before = {0, 0},
    },
    {.name = "max_pooling2d", .type = "MaxPooling2D", .rank = 3, .dim = {12, 12, 8},
     .parameters = 0, .multiply_adds = 0, .watched = 4608,
     .n_from = 1, .from = (const int[]){0},
     .window = {2, 2}, .stride = {2, 2}, .before = {0, 0},
    },
    {.name = "conv2d_1", .type = "Conv2D", .rank = 3, .dim = {10, 10, 16},
     .parameters = 1168, .multiply_adds = 115200, .watched = 5760,
     .n_from = 1, .from = (const int[]){1},
     .window = {3, 3}, .stride = {1, 1}, .before = {0, 0},
    },
    {.name = "max_pooling2d_1", .type = "MaxPooling2D", .rank = 3, .dim = {5, 5, 16},
     .parameters = 0, .multiply_adds = 0, .watched = 7360,
     .n_from = 1, .from = (const int[]){2},
     .window = {2, 2}, .stride = {2, 2}, .before = {0, 0},
    },
    {.name = "dropout", .type = "Dropout", .rank = 3, .dim = {5, 5, 16},
     .parameters = 0, .multiply_adds = 0, .watched = 7760,
     .n_from = 1, .from = (const int[]){3},
     .window = {1, 1}, .stride = {1, 1}, .before = {0, 0},
    },
    {.name = "flatten", .type = "Flatten", .rank = 1, .dim = {400},
     .parameters = 0, .multiply_adds = 0, .watched = 8160,
     .n_from = 1, .from = (const int[]){4},
    },
    {.name = "dense", .type = "Dense", .rank = 1, .dim = {10},
     .parameters = 4010, .multiply_adds = 4000, .watched = 8560,
     .n_from = 1, .from = (const int[]){5},
    },
};

static const struct cnn_parameter parameters_table[] = {
    {.name = "conv2d/kernel", .rank = 4, .dim = {5, 5, 1, 8}, .offset = 0, .count = 200,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.16329931618554519, .b = 0.16329931618554519},
    {.name = "conv2d/bias", .rank = 1, .dim = {8}, .offset = 200, .count = 8,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "conv2d_1/kernel", .rank = 4, .dim = {3, 3, 8, 16}, .offset = 208, .count = 1152,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.16666666666666666, .b = 0.16666666666666666},
    {.name = "conv2d_1/bias", .rank = 1, .dim = {16}, .offset = 1360, .count = 16,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "dense/kernel", .rank = 2, .dim = {400, 10}, .offset = 1376, .count = 4000,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.12097167578182677, .b = 0.12097167578182677},
    {.name = "dense/bias", .rank = 1, .dim = {10}, .offset = 5376, .count = 10,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
};

static const char *const slots[] = {"momentum", "velocity"};

/* The calls of fit, one after the other. */
static const struct cnn_stage stages[] = {
    {.optimizer = "adam",
     .digest = 0xdc914d41ef9ea4a4u,
     .fresh = true,
     .n_slots = 2,
     .slots = slots,
     .trained_floats = 5386,
     .state_floats = 10772,
     .learning_rate = 0.001,
     .validation_split = 0,
     .batch_size = 128,
     .epochs = 5,
     .shuffle = true,
     .train_bytes = count_train_bytes,
     .train_step = train_batch},
};

static const char *const columns[] = {"loss", "accuracy"};

/* What the sums over `count` samples come to. */
static void finish(const double *sums, double count, double *to)
{
    to[0] = sums[0] / count; /* loss */
    to[1] = sums[1] / count; /* accuracy */
}

const struct cnn_model lesson_generic_model = {
    .abi = CNN_ABI,
    .name = "lesson_generic",
    .generator = "cnnc 0.1.0, target generic",
    .n_inputs = 1,
    .n_outputs = 1,
    .inputs = {
        {.name = "input_layer", .rank = 3, .dim = {28, 28, 1}, .count = 784,
         .element = CNN_FLOAT, .indices = 0, .rescales = false},
    },
    .outputs = {
        {.name = "dense", .rank = 1, .dim = {10}, .count = 10,
         .loss = "sparse_categorical_crossentropy", .probabilities = CNN_PROBABILITIES_SOFTMAX,
             .from_logits = false,
         .label_count = 1, .label_is_class = true},
    },
    .n_layers = 7,
    .n_parameters = 6,
    .layers = layers,
    .parameters = parameters_table,
    .parameter_floats = 5386,
    .trainable_floats = 5386,
    .prepared_floats = 0,
    .n_stages = 1,
    .digest = 0x27faff7d7e10101cu,
    .stages = stages,
    .n_sums = 2,
    .n_columns = 2,
    .columns = columns,
    .better = "<>",
    .finish = finish,
    .seed = 1u,
    .predict_bytes = (int64_t)sizeof predict_workspace,
    .many_bytes = many_bytes,
    .threads = count_threads,
    .prepare = prepare_model,
    .predict = predict_sample,
    .predict_many = predict_batch,
    .evaluate = evaluate_batch,
    .watched_floats = 8570,
    .watch_bytes = 21472,
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
const struct cnn_model *const cnn_program_model = &lesson_generic_model;
#endif
