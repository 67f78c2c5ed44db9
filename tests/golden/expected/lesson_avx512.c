/* Made by cnnc 0.1.0 from examples/mnist.lua for target avx512. Do not edit: change the script and make it anew.
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
#include "lesson_avx512.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if !(defined(__GNUC__) && defined(__x86_64__))
#error "this file is for gcc or clang and an x86-64 processor: make it anew with cnnc --target generic"
#include "the error above" /* stops here: what follows would only repeat it */
#endif
#include <immintrin.h>

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
    int bytes; /* the values are bytes, not floats */
};

/* What the kernels of one block of samples work on. */
struct block {
    int64_t index; /* of the block in its batch */
    int valid;     /* lanes that hold a sample */
    const float *parameters;
    const float *prepared;
    float *ws;
    float *kept, *partial, *combined;
    float weight; /* of a sample: 1/batch size */
    double *sums; /* loss and metrics */
    struct random random;
};

static inline int64_t row_of(const struct rows *rows, int64_t i)
{
    return rows->index ? (int64_t)rows->index[i] : rows->first + i;
}

static inline struct rows input_rows(const struct cnn_batch *batch)
{
    return (struct rows){.values = batch->inputs, .index = batch->index, .first = batch->first, .count = batch->count,
                         .bytes = batch->input_element == CNN_BYTE};
}

static inline struct rows label_rows(const struct cnn_batch *batch)
{
    return (struct rows){.values = batch->labels, .index = batch->index, .first = batch->first, .count = batch->count};
}

#if defined(_OPENMP)
extern int omp_get_thread_num(void);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int threads);
#else
static inline int omp_get_thread_num(void) { return 0; }
static inline int omp_get_max_threads(void) { return 1; }
static inline void omp_set_num_threads(int threads) { (void)threads; }
#endif

/* A kernel stays a function of its own: its registers are for its tile, and profilers can name it. */
#if defined(__GNUC__)
#define KERNEL __attribute__((noinline))
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define KERNEL
#define PREFETCH(address) ((void)(address))
#endif
/* What was loaded through this pointer is not kept: the registers are for the tile, whose size clang does not ask. */
#if defined(__clang__)
#define RELOAD(pointer) __asm__("" : "+r"(pointer))
#else
#define RELOAD(pointer) ((void)(pointer))
#endif

/* ==== avx512 ===================================================================================== */

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif

/* ---- vectors of 16 floats: AVX-512 ------------------------------------------------------------- */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function" /* a network needs some of these names, not all */
#endif

#define VL 16
typedef __m512 vec;
typedef __mmask16 vmask;
typedef __m512i vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the others */
static inline vec vload(const float *p) { return _mm512_loadu_ps(p); }
static inline void vstore(float *p, vec v) { _mm512_storeu_ps(p, v); }
static inline vmask vfirst(int n) { return (vmask)((1u << n) - 1u); }
static inline vec vload_n(const float *p, int n) { return _mm512_maskz_loadu_ps(vfirst(n), p); }
static inline void vstore_n(float *p, vec v, int n) { _mm512_mask_storeu_ps(p, vfirst(n), v); }
static inline vec vload_u8(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}
static inline void vstore_u8(uint8_t *p, vec v) /* whole numbers 0..255 */
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(v)));
}

/* arithmetic; NaN: vmax and vmin give their second operand when either is NaN, comparisons are false */
static inline vec vset1(float x) { return _mm512_set1_ps(x); }
static inline vec vzero(void) { return _mm512_setzero_ps(); }
static inline vec vlane_index(void)
{
    return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
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
static inline vec vabs(vec a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
static inline vec vsqrt(vec a) { return _mm512_sqrt_ps(a); }
static inline vec vfloor(vec a) { return _mm512_floor_ps(a); }
static inline vec vround(vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

/* choice */
static inline vmask vgt(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
static inline vmask vge(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
static inline vmask veq(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline vec vselect(vmask m, vec a, vec b) { return _mm512_mask_blend_ps(m, b, a); } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
static inline float vsum(vec v)
{
    __m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps(b, b, 1)));
}
static inline float vmaxall(vec v)
{
    __m256 a = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps(b, b, 1)));
}
static inline void vtranspose(vec rows[VL]) /* lane j of row i becomes lane i of row j */
{
    vec pair[VL], quad[VL]; /* quad[4q + k], quarter c: column 4c + k of rows 4q .. 4q + 3 */
    for (int i = 0; i < VL; i += 2) {
        pair[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        pair[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < VL; i += 4)
        for (int k = 0; k < 2; k++) {
            __m512d a = _mm512_castps_pd(pair[i + k]), b = _mm512_castps_pd(pair[i + k + 2]);
            quad[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            quad[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
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
static inline vint viload(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline void vistore(int32_t *p, vint v) { _mm512_storeu_si512(p, v); }
static inline vint viset1(int32_t x) { return _mm512_set1_epi32(x); }
static inline vint viadd(vint a, vint b) { return _mm512_add_epi32(a, b); }
static inline vint visub(vint a, vint b) { return _mm512_sub_epi32(a, b); }
static inline vint viand(vint a, vint b) { return _mm512_and_si512(a, b); }
static inline vint vixor(vint a, vint b) { return _mm512_xor_si512(a, b); }
static inline vint vimul(vint a, vint b) { return _mm512_mullo_epi32(a, b); }
static inline vint vimulhi(vint a, vint b) /* unsigned: the upper halves of the 64-bit products */
{
    vint even = _mm512_mul_epu32(a, b), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
    return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
#define vishl(v, n) _mm512_slli_epi32(v, n) /* n: a constant, 1..31 */
#define vishr(v, n) _mm512_srli_epi32(v, n) /* zeros enter */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { return _mm512_castps_si512(v); }
static inline vec vcast_float(vint i) { return _mm512_castsi512_ps(i); }
static inline vint vcvt_int(vec v) { return _mm512_cvttps_epi32(v); }
static inline vec vcvt_float(vint i) { return _mm512_cvtepi32_ps(i); }

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
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

/* k*log(2) + log(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2). The polynomial is a minimax fit of
 * (log(1 + f) - f + f^2/2)/f^3 (Remez). */
static inline vec vlog_sum(vec k, vec f)
{
    vec tail = vfma(f, vset1(-0x1.38b574p-4f), vset1(0x1.055d7ep-3f)), square = vmul(f, f);
    tail = vfma(f, tail, vset1(-0x1.0d863ap-3f));
    tail = vfma(f, tail, vset1(0x1.22d9e6p-3f));
    tail = vfma(f, tail, vset1(-0x1.547228p-3f));
    tail = vfma(f, tail, vset1(0x1.99a00ap-3f));
    tail = vfma(f, tail, vset1(-0x1.000228p-2f));
    tail = vfma(f, tail, vset1(0x1.555554p-2f));
    tail = vfma(vmul(f, square), tail, vmul(k, vset1(0x1.7f7d1cp-20f)));
    tail = vfnma(vset1(0.5f), square, tail);
    return vfma(k, vset1(0x1.62e4p-1f), vadd(f, tail));
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

/* conv2d (line 2): 5x5x1x8 -> pack -> 1x25x16 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 8; first += 16)
            for (int r = 0; r < 25; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 8 ? x[r * 8 + g * 8 + c] : 0.0f;
}


/* conv2d (line 2): 8 -> pack -> 8 */
KERNEL static void conv2d_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 8; i++)
        y[i] = x[i];
}


/* conv2d_1 (line 4): 3x3x8x16 -> pack -> 3x3x8x16 */
KERNEL static void conv2d_1_pack(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 1152; i++)
        y[i] = x[i];
}


/* conv2d_1 (line 4): 16 -> pack -> 16 */
KERNEL static void conv2d_1_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 16; i++)
        y[i] = x[i];
}


/* dense (line 8): 400x10 -> pack -> 1x400x16 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 10; first += 16)
            for (int r = 0; r < 400; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 10 ? x[r * 10 + g * 10 + c] : 0.0f;
}


/* dense (line 8): 10 -> pack -> 10 */
KERNEL static void dense_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 10; i++)
        y[i] = x[i];
}


/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 4 filters x 1 vectors */
KERNEL static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    float split[1][28][2][18];
    memset(split, 0, sizeof split);
    for (int c = 0; c < 1; c++)
        for (int row = 0; row < 28; row++)
            for (int r = 0; r < 2; r++)
                for (int q = 0; q < 18 && q * 2 + r < 28; q++)
                    split[c][row][r][q] = x[(row * 28 + q * 2 + r) * 1 + c];
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 4) {
            const float *restrict wf = kernel + f / 16 * 400 + f % 16;
            {
                const int q = 0;
                vec a0_0 = vset1(bias[f]), a0_1 = vset1(bias[f + 1]), a0_2 = vset1(bias[f + 2]), a0_3 = vset1(bias[f + 3]);
                vec a1_0 = vset1(bias[f]), a1_1 = vset1(bias[f + 1]), a1_2 = vset1(bias[f + 2]), a1_3 = vset1(bias[f + 3]);
                vec a2_0 = vset1(bias[f]), a2_1 = vset1(bias[f + 1]), a2_2 = vset1(bias[f + 2]), a2_3 = vset1(bias[f + 3]);
                vec a3_0 = vset1(bias[f]), a3_1 = vset1(bias[f + 1]), a3_2 = vset1(bias[f + 2]), a3_3 = vset1(bias[f + 3]);
                for (int c = 0; c < 1; c++)
                    for (int i = 0; i < 5; i++) {
                        const float *restrict w = wf + (i * 5 + c) * 16;
                        float(*restrict row0)[18] = split[c][oy * 2 + i];
                        float(*restrict row1)[18] = split[c][oy * 2 + 1 + i];
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                            { const vec in = vload(&row0[0][q]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1); a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                            { const vec in = vload(&row0[1][q]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1); a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                            { const vec in = vload(&row1[0][q]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1); a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                            { const vec in = vload(&row1[1][q]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1); a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                        }
                        {
                            const vec w0 = vset1(w[16]), w1 = vset1(w[17]), w2 = vset1(w[18]), w3 = vset1(w[19]);
                            { const vec in = vload(&row0[1][q]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1); a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                            { const vec in = vload(&row0[0][q + 1]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1); a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                            { const vec in = vload(&row1[1][q]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1); a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                            { const vec in = vload(&row1[0][q + 1]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1); a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                        }
                        {
                            const vec w0 = vset1(w[32]), w1 = vset1(w[33]), w2 = vset1(w[34]), w3 = vset1(w[35]);
                            { const vec in = vload(&row0[0][q + 1]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1); a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                            { const vec in = vload(&row0[1][q + 1]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1); a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                            { const vec in = vload(&row1[0][q + 1]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1); a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                            { const vec in = vload(&row1[1][q + 1]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1); a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                        }
                        {
                            const vec w0 = vset1(w[48]), w1 = vset1(w[49]), w2 = vset1(w[50]), w3 = vset1(w[51]);
                            { const vec in = vload(&row0[1][q + 1]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1); a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                            { const vec in = vload(&row0[0][q + 2]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1); a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                            { const vec in = vload(&row1[1][q + 1]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1); a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                            { const vec in = vload(&row1[0][q + 2]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1); a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                        }
                        {
                            const vec w0 = vset1(w[64]), w1 = vset1(w[65]), w2 = vset1(w[66]), w3 = vset1(w[67]);
                            { const vec in = vload(&row0[0][q + 2]); a0_0 = vfma(in, w0, a0_0); a0_1 = vfma(in, w1, a0_1); a0_2 = vfma(in, w2, a0_2); a0_3 = vfma(in, w3, a0_3); }
                            { const vec in = vload(&row0[1][q + 2]); a1_0 = vfma(in, w0, a1_0); a1_1 = vfma(in, w1, a1_1); a1_2 = vfma(in, w2, a1_2); a1_3 = vfma(in, w3, a1_3); }
                            { const vec in = vload(&row1[0][q + 2]); a2_0 = vfma(in, w0, a2_0); a2_1 = vfma(in, w1, a2_1); a2_2 = vfma(in, w2, a2_2); a2_3 = vfma(in, w3, a2_3); }
                            { const vec in = vload(&row1[1][q + 2]); a3_0 = vfma(in, w0, a3_0); a3_1 = vfma(in, w1, a3_1); a3_2 = vfma(in, w2, a3_2); a3_3 = vfma(in, w3, a3_3); }
                        }
                    }
                const vec most0_0 = vmax(a3_0, vmax(a2_0, vmax(a1_0, a0_0)));
                vstore_n(y + (f) * 144 + oy * 12 + q, vmax(vzero(), most0_0), 12);
                const vec most0_1 = vmax(a3_1, vmax(a2_1, vmax(a1_1, a0_1)));
                vstore_n(y + (f + 1) * 144 + oy * 12 + q, vmax(vzero(), most0_1), 12);
                const vec most0_2 = vmax(a3_2, vmax(a2_2, vmax(a1_2, a0_2)));
                vstore_n(y + (f + 2) * 144 + oy * 12 + q, vmax(vzero(), most0_2), 12);
                const vec most0_3 = vmax(a3_3, vmax(a2_3, vmax(a1_3, a0_3)));
                vstore_n(y + (f + 3) * 144 + oy * 12 + q, vmax(vzero(), most0_3), 12);
            }
        }
    }
}


/* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 10 columns x 1 sums x 1 vectors */
KERNEL static void conv2d_1_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 5; oy++) {
        const float *restrict wf = kernel;
        const vec b0 = vload(bias);
        vec a0_0 = b0, a0_1 = b0, a0_2 = b0, a0_3 = b0, a0_4 = b0, a0_5 = b0;
        vec a0_6 = b0, a0_7 = b0, a0_8 = b0, a0_9 = b0, a1_0 = b0, a1_1 = b0;
        vec a1_2 = b0, a1_3 = b0, a1_4 = b0, a1_5 = b0, a1_6 = b0, a1_7 = b0;
        vec a1_8 = b0, a1_9 = b0;
        for (int i = 0; i < 3; i++) {
            const int iy0 = oy * 2 + i;
            const int iy1 = oy * 2 + 1 + i;
            const float *restrict x0 = x + iy0 * 12;
            const float *restrict x1 = x + iy1 * 12;
            const float *restrict w = wf + i * 384;
            for (int c = 0; c < 8; c++) {
                {
                    const vec w0 = vload(w);
                    { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); }
                    { const vec v = vset1(x0[1]); a0_1 = vfma(v, w0, a0_1); }
                    { const vec v = vset1(x0[2]); a0_2 = vfma(v, w0, a0_2); }
                    { const vec v = vset1(x0[3]); a0_3 = vfma(v, w0, a0_3); }
                    { const vec v = vset1(x0[4]); a0_4 = vfma(v, w0, a0_4); }
                    { const vec v = vset1(x0[5]); a0_5 = vfma(v, w0, a0_5); }
                    { const vec v = vset1(x0[6]); a0_6 = vfma(v, w0, a0_6); }
                    { const vec v = vset1(x0[7]); a0_7 = vfma(v, w0, a0_7); }
                    { const vec v = vset1(x0[8]); a0_8 = vfma(v, w0, a0_8); }
                    { const vec v = vset1(x0[9]); a0_9 = vfma(v, w0, a0_9); }
                    { const vec v = vset1(x1[0]); a1_0 = vfma(v, w0, a1_0); }
                    { const vec v = vset1(x1[1]); a1_1 = vfma(v, w0, a1_1); }
                    { const vec v = vset1(x1[2]); a1_2 = vfma(v, w0, a1_2); }
                    { const vec v = vset1(x1[3]); a1_3 = vfma(v, w0, a1_3); }
                    { const vec v = vset1(x1[4]); a1_4 = vfma(v, w0, a1_4); }
                    { const vec v = vset1(x1[5]); a1_5 = vfma(v, w0, a1_5); }
                    { const vec v = vset1(x1[6]); a1_6 = vfma(v, w0, a1_6); }
                    { const vec v = vset1(x1[7]); a1_7 = vfma(v, w0, a1_7); }
                    { const vec v = vset1(x1[8]); a1_8 = vfma(v, w0, a1_8); }
                    { const vec v = vset1(x1[9]); a1_9 = vfma(v, w0, a1_9); }
                }
                RELOAD(x0);
                RELOAD(x1);
                {
                    const vec w0 = vload(w + 128);
                    { const vec v = vset1(x0[1]); a0_0 = vfma(v, w0, a0_0); }
                    { const vec v = vset1(x0[2]); a0_1 = vfma(v, w0, a0_1); }
                    { const vec v = vset1(x0[3]); a0_2 = vfma(v, w0, a0_2); }
                    { const vec v = vset1(x0[4]); a0_3 = vfma(v, w0, a0_3); }
                    { const vec v = vset1(x0[5]); a0_4 = vfma(v, w0, a0_4); }
                    { const vec v = vset1(x0[6]); a0_5 = vfma(v, w0, a0_5); }
                    { const vec v = vset1(x0[7]); a0_6 = vfma(v, w0, a0_6); }
                    { const vec v = vset1(x0[8]); a0_7 = vfma(v, w0, a0_7); }
                    { const vec v = vset1(x0[9]); a0_8 = vfma(v, w0, a0_8); }
                    { const vec v = vset1(x0[10]); a0_9 = vfma(v, w0, a0_9); }
                    { const vec v = vset1(x1[1]); a1_0 = vfma(v, w0, a1_0); }
                    { const vec v = vset1(x1[2]); a1_1 = vfma(v, w0, a1_1); }
                    { const vec v = vset1(x1[3]); a1_2 = vfma(v, w0, a1_2); }
                    { const vec v = vset1(x1[4]); a1_3 = vfma(v, w0, a1_3); }
                    { const vec v = vset1(x1[5]); a1_4 = vfma(v, w0, a1_4); }
                    { const vec v = vset1(x1[6]); a1_5 = vfma(v, w0, a1_5); }
                    { const vec v = vset1(x1[7]); a1_6 = vfma(v, w0, a1_6); }
                    { const vec v = vset1(x1[8]); a1_7 = vfma(v, w0, a1_7); }
                    { const vec v = vset1(x1[9]); a1_8 = vfma(v, w0, a1_8); }
                    { const vec v = vset1(x1[10]); a1_9 = vfma(v, w0, a1_9); }
                }
                RELOAD(x0);
                RELOAD(x1);
                {
                    const vec w0 = vload(w + 256);
                    { const vec v = vset1(x0[2]); a0_0 = vfma(v, w0, a0_0); }
                    { const vec v = vset1(x0[3]); a0_1 = vfma(v, w0, a0_1); }
                    { const vec v = vset1(x0[4]); a0_2 = vfma(v, w0, a0_2); }
                    { const vec v = vset1(x0[5]); a0_3 = vfma(v, w0, a0_3); }
                    { const vec v = vset1(x0[6]); a0_4 = vfma(v, w0, a0_4); }
                    { const vec v = vset1(x0[7]); a0_5 = vfma(v, w0, a0_5); }
                    { const vec v = vset1(x0[8]); a0_6 = vfma(v, w0, a0_6); }
                    { const vec v = vset1(x0[9]); a0_7 = vfma(v, w0, a0_7); }
                    { const vec v = vset1(x0[10]); a0_8 = vfma(v, w0, a0_8); }
                    { const vec v = vset1(x0[11]); a0_9 = vfma(v, w0, a0_9); }
                    { const vec v = vset1(x1[2]); a1_0 = vfma(v, w0, a1_0); }
                    { const vec v = vset1(x1[3]); a1_1 = vfma(v, w0, a1_1); }
                    { const vec v = vset1(x1[4]); a1_2 = vfma(v, w0, a1_2); }
                    { const vec v = vset1(x1[5]); a1_3 = vfma(v, w0, a1_3); }
                    { const vec v = vset1(x1[6]); a1_4 = vfma(v, w0, a1_4); }
                    { const vec v = vset1(x1[7]); a1_5 = vfma(v, w0, a1_5); }
                    { const vec v = vset1(x1[8]); a1_6 = vfma(v, w0, a1_6); }
                    { const vec v = vset1(x1[9]); a1_7 = vfma(v, w0, a1_7); }
                    { const vec v = vset1(x1[10]); a1_8 = vfma(v, w0, a1_8); }
                    { const vec v = vset1(x1[11]); a1_9 = vfma(v, w0, a1_9); }
                }
                x0 += 144;
                x1 += 144;
                w += 16;
            }
        }
        {
            vec most = a0_0;
            most = vmax(a0_1, most);
            most = vmax(a1_0, most);
            most = vmax(a1_1, most);
            vstore(y + (oy * 5) * 16, vmax(vzero(), most));
        }
        {
            vec most = a0_2;
            most = vmax(a0_3, most);
            most = vmax(a1_2, most);
            most = vmax(a1_3, most);
            vstore(y + (oy * 5 + 1) * 16, vmax(vzero(), most));
        }
        {
            vec most = a0_4;
            most = vmax(a0_5, most);
            most = vmax(a1_4, most);
            most = vmax(a1_5, most);
            vstore(y + (oy * 5 + 2) * 16, vmax(vzero(), most));
        }
        {
            vec most = a0_6;
            most = vmax(a0_7, most);
            most = vmax(a1_6, most);
            most = vmax(a1_7, most);
            vstore(y + (oy * 5 + 3) * 16, vmax(vzero(), most));
        }
        {
            vec most = a0_8;
            most = vmax(a0_9, most);
            most = vmax(a1_8, most);
            most = vmax(a1_9, most);
            vstore(y + (oy * 5 + 4) * 16, vmax(vzero(), most));
        }
    }
}


/* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 8 sums x 1 vectors */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload_n(bias, 10);
    vec a0 = b0, a0_part1 = vzero(), a0_part2 = vzero(), a0_part3 = vzero(), a0_part4 = vzero(), a0_part5 = vzero();
    vec a0_part6 = vzero(), a0_part7 = vzero();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 400;
    const float *restrict w = wf;
    for (int c = 0; c < 50; c++) {
        {
            const vec w0 = vload(w);
            { const vec v = vset1(x0[0]); a0 = vfma(v, w0, a0); }
        }
        {
            const vec w0 = vload(w + 16);
            { const vec v = vset1(x0[1]); a0_part1 = vfma(v, w0, a0_part1); }
        }
        {
            const vec w0 = vload(w + 32);
            { const vec v = vset1(x0[2]); a0_part2 = vfma(v, w0, a0_part2); }
        }
        {
            const vec w0 = vload(w + 48);
            { const vec v = vset1(x0[3]); a0_part3 = vfma(v, w0, a0_part3); }
        }
        {
            const vec w0 = vload(w + 64);
            { const vec v = vset1(x0[4]); a0_part4 = vfma(v, w0, a0_part4); }
        }
        {
            const vec w0 = vload(w + 80);
            { const vec v = vset1(x0[5]); a0_part5 = vfma(v, w0, a0_part5); }
        }
        {
            const vec w0 = vload(w + 96);
            { const vec v = vset1(x0[6]); a0_part6 = vfma(v, w0, a0_part6); }
        }
        {
            const vec w0 = vload(w + 112);
            { const vec v = vset1(x0[7]); a0_part7 = vfma(v, w0, a0_part7); }
        }
        x0 += 8;
        w += 128;
    }
    a0 = vadd(a0, a0_part4);
    a0_part1 = vadd(a0_part1, a0_part5);
    a0_part2 = vadd(a0_part2, a0_part6);
    a0_part3 = vadd(a0_part3, a0_part7);
    a0 = vadd(a0, a0_part2);
    a0_part1 = vadd(a0_part1, a0_part3);
    a0 = vadd(a0, a0_part1);
    vstore_n(y + 0 * 10, a0, 10);
}


/* dense (line 8): 10 -> softmax -> 10 */
KERNEL static void dense_softmax_one(const float *x, float *y)
{
    for (int first = 0; first < 10; first += 10) {
        vec largest = vset1(-0x1.fffffep+127f), sum = vzero();
        largest = vmax(vselect(vgt(vset1(0x1.4p+3f), vlane_index()), vload_n(x + first, 10), vset1(-0x1.fffffep+127f)), largest);
        largest = vset1(vmaxall(largest));
        {
            vec e = vexp(vsub(vload_n(x + first, 10), largest));
            vstore_n(y + first, e, 10);
            sum = vadd(vselect(vgt(vset1(0x1.4p+3f), vlane_index()), e, vzero()), sum);
        }
        sum = vset1(vsum(sum));
        vec scale = vdiv(vset1(1.0f), sum);
        vstore_n(y + first, vmul(vload_n(y + first, 10), scale), 10);
    }
}


/* input 28x28x1: rows of the caller, made sample-innermost */
KERNEL static void load_input_784(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL], *next[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 784 * row_of(rows, block * VL + (l < valid ? l : 0));
            next[l] = (block + 1) * VL + l < rows->count ? (const uint8_t *)rows->values + 784 * row_of(rows, (block + 1) * VL + l) : row[l];
        }
        for (int i = 0; i < 784; i += VL) {
            vec v[VL];
            v[0] = vload_u8(row[0] + i);
            v[1] = vload_u8(row[1] + i);
            v[2] = vload_u8(row[2] + i);
            v[3] = vload_u8(row[3] + i);
            v[4] = vload_u8(row[4] + i);
            v[5] = vload_u8(row[5] + i);
            v[6] = vload_u8(row[6] + i);
            v[7] = vload_u8(row[7] + i);
            v[8] = vload_u8(row[8] + i);
            v[9] = vload_u8(row[9] + i);
            v[10] = vload_u8(row[10] + i);
            v[11] = vload_u8(row[11] + i);
            v[12] = vload_u8(row[12] + i);
            v[13] = vload_u8(row[13] + i);
            v[14] = vload_u8(row[14] + i);
            v[15] = vload_u8(row[15] + i);
            for (int l = i / VL % 4 * 4; l < i / VL % 4 * 4 + 4; l++)
                PREFETCH(next[l] + i);
            vtranspose(v);
            vstore(x + (i) * VL, vmul(v[0], vset1(0x1.010102p-8f)));
            vstore(x + (i + 1) * VL, vmul(v[1], vset1(0x1.010102p-8f)));
            vstore(x + (i + 2) * VL, vmul(v[2], vset1(0x1.010102p-8f)));
            vstore(x + (i + 3) * VL, vmul(v[3], vset1(0x1.010102p-8f)));
            vstore(x + (i + 4) * VL, vmul(v[4], vset1(0x1.010102p-8f)));
            vstore(x + (i + 5) * VL, vmul(v[5], vset1(0x1.010102p-8f)));
            vstore(x + (i + 6) * VL, vmul(v[6], vset1(0x1.010102p-8f)));
            vstore(x + (i + 7) * VL, vmul(v[7], vset1(0x1.010102p-8f)));
            vstore(x + (i + 8) * VL, vmul(v[8], vset1(0x1.010102p-8f)));
            vstore(x + (i + 9) * VL, vmul(v[9], vset1(0x1.010102p-8f)));
            vstore(x + (i + 10) * VL, vmul(v[10], vset1(0x1.010102p-8f)));
            vstore(x + (i + 11) * VL, vmul(v[11], vset1(0x1.010102p-8f)));
            vstore(x + (i + 12) * VL, vmul(v[12], vset1(0x1.010102p-8f)));
            vstore(x + (i + 13) * VL, vmul(v[13], vset1(0x1.010102p-8f)));
            vstore(x + (i + 14) * VL, vmul(v[14], vset1(0x1.010102p-8f)));
            vstore(x + (i + 15) * VL, vmul(v[15], vset1(0x1.010102p-8f)));
        }
        return;
    }
    const float *row[VL], *next[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 784 * row_of(rows, block * VL + (l < valid ? l : 0));
        next[l] = (block + 1) * VL + l < rows->count ? (const float *)rows->values + 784 * row_of(rows, (block + 1) * VL + l) : row[l];
    }
    for (int i = 0; i < 784; i += VL) {
        vec v[VL];
        v[0] = vload(row[0] + i);
        v[1] = vload(row[1] + i);
        v[2] = vload(row[2] + i);
        v[3] = vload(row[3] + i);
        v[4] = vload(row[4] + i);
        v[5] = vload(row[5] + i);
        v[6] = vload(row[6] + i);
        v[7] = vload(row[7] + i);
        v[8] = vload(row[8] + i);
        v[9] = vload(row[9] + i);
        v[10] = vload(row[10] + i);
        v[11] = vload(row[11] + i);
        v[12] = vload(row[12] + i);
        v[13] = vload(row[13] + i);
        v[14] = vload(row[14] + i);
        v[15] = vload(row[15] + i);
        for (int l = 0; l < VL; l++)
            PREFETCH(next[l] + i);
        vtranspose(v);
        vstore(x + (i) * VL, v[0]);
        vstore(x + (i + 1) * VL, v[1]);
        vstore(x + (i + 2) * VL, v[2]);
        vstore(x + (i + 3) * VL, v[3]);
        vstore(x + (i + 4) * VL, v[4]);
        vstore(x + (i + 5) * VL, v[5]);
        vstore(x + (i + 6) * VL, v[6]);
        vstore(x + (i + 7) * VL, v[7]);
        vstore(x + (i + 8) * VL, v[8]);
        vstore(x + (i + 9) * VL, v[9]);
        vstore(x + (i + 10) * VL, v[10]);
        vstore(x + (i + 11) * VL, v[11]);
        vstore(x + (i + 12) * VL, v[12]);
        vstore(x + (i + 13) * VL, v[13]);
        vstore(x + (i + 14) * VL, v[14]);
        vstore(x + (i + 15) * VL, v[15]);
    }
}


/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 6 columns x 2 filters */
KERNEL static void conv2d_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 2) {
            const float *restrict wf = kernel + f / 16 * 400 + f % 16;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            for (int ox = 0; ox < 24; ox += 6) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a0_2_0 = b0, a0_2_1 = b1;
                vec a0_3_0 = b0, a0_3_1 = b1, a0_4_0 = b0, a0_4_1 = b1, a0_5_0 = b0, a0_5_1 = b1;
                vec a1_0_0 = b0, a1_0_1 = b1, a1_1_0 = b0, a1_1_1 = b1, a1_2_0 = b0, a1_2_1 = b1;
                vec a1_3_0 = b0, a1_3_1 = b1, a1_4_0 = b0, a1_4_1 = b1, a1_5_0 = b0, a1_5_1 = b1;
                for (int i = 0; i < 5; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 28 + ox) * 16;
                    const float *restrict x1 = x + (iy1 * 28 + ox) * 16;
                    const float *restrict w = wf + i * 80;
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 16); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 32); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 48); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 64); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 80); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 16); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 32); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 48); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 64); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 80); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                        { const vec v = vload(x0 + 16); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 32); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 48); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 64); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 80); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 96); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 16); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 32); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 48); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 64); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 80); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 96); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                        { const vec v = vload(x0 + 32); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 48); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 64); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 80); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 96); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 112); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 32); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 48); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 64); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 80); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 96); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 112); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[48]), w1 = vset1(w[49]);
                        { const vec v = vload(x0 + 48); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 64); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 80); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 96); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 112); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 128); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 48); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 64); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 80); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 96); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 112); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 128); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[64]), w1 = vset1(w[65]);
                        { const vec v = vload(x0 + 64); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 80); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 96); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 112); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 128); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 144); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 64); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 80); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 96); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 112); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 128); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 144); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                }
                {
                    vec most = a0_0_0;
                    most = vmax(a0_1_0, most);
                    most = vmax(a1_0_0, most);
                    most = vmax(a1_1_0, most);
                    vstore(y + ((oy * 12 + ox / 2) * 8 + f) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_0_1;
                    most = vmax(a0_1_1, most);
                    most = vmax(a1_0_1, most);
                    most = vmax(a1_1_1, most);
                    vstore(y + ((oy * 12 + ox / 2) * 8 + f + 1) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_2_0;
                    most = vmax(a0_3_0, most);
                    most = vmax(a1_2_0, most);
                    most = vmax(a1_3_0, most);
                    vstore(y + ((oy * 12 + ox / 2 + 1) * 8 + f) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_2_1;
                    most = vmax(a0_3_1, most);
                    most = vmax(a1_2_1, most);
                    most = vmax(a1_3_1, most);
                    vstore(y + ((oy * 12 + ox / 2 + 1) * 8 + f + 1) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_4_0;
                    most = vmax(a0_5_0, most);
                    most = vmax(a1_4_0, most);
                    most = vmax(a1_5_0, most);
                    vstore(y + ((oy * 12 + ox / 2 + 2) * 8 + f) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_4_1;
                    most = vmax(a0_5_1, most);
                    most = vmax(a1_4_1, most);
                    most = vmax(a1_5_1, most);
                    vstore(y + ((oy * 12 + ox / 2 + 2) * 8 + f + 1) * 16, vmax(vzero(), most));
                }
            }
        }
    }
}


/* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 4 filters */
KERNEL static void conv2d_1_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 5; oy++) {
        for (int f = 0; f < 16; f += 4) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            const vec b2 = vset1(bias[f + 2]);
            const vec b3 = vset1(bias[f + 3]);
            for (int ox = 0; ox < 10; ox += 2) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_0_2 = b2, a0_0_3 = b3, a0_1_0 = b0, a0_1_1 = b1;
                vec a0_1_2 = b2, a0_1_3 = b3, a1_0_0 = b0, a1_0_1 = b1, a1_0_2 = b2, a1_0_3 = b3;
                vec a1_1_0 = b0, a1_1_1 = b1, a1_1_2 = b2, a1_1_3 = b3;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 12 + ox) * 128;
                    const float *restrict x1 = x + (iy1 * 12 + ox) * 128;
                    const float *restrict w = wf + i * 384;
                    for (int c = 0; c < 8; c++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                            { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); a0_0_2 = vfma(v, w2, a0_0_2); a0_0_3 = vfma(v, w3, a0_0_3); }
                            { const vec v = vload(x0 + 128); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); a0_1_2 = vfma(v, w2, a0_1_2); a0_1_3 = vfma(v, w3, a0_1_3); }
                            { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); a1_0_2 = vfma(v, w2, a1_0_2); a1_0_3 = vfma(v, w3, a1_0_3); }
                            { const vec v = vload(x1 + 128); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); a1_1_2 = vfma(v, w2, a1_1_2); a1_1_3 = vfma(v, w3, a1_1_3); }
                        }
                        {
                            const vec w0 = vset1(w[128]), w1 = vset1(w[129]), w2 = vset1(w[130]), w3 = vset1(w[131]);
                            { const vec v = vload(x0 + 128); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); a0_0_2 = vfma(v, w2, a0_0_2); a0_0_3 = vfma(v, w3, a0_0_3); }
                            { const vec v = vload(x0 + 256); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); a0_1_2 = vfma(v, w2, a0_1_2); a0_1_3 = vfma(v, w3, a0_1_3); }
                            { const vec v = vload(x1 + 128); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); a1_0_2 = vfma(v, w2, a1_0_2); a1_0_3 = vfma(v, w3, a1_0_3); }
                            { const vec v = vload(x1 + 256); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); a1_1_2 = vfma(v, w2, a1_1_2); a1_1_3 = vfma(v, w3, a1_1_3); }
                        }
                        {
                            const vec w0 = vset1(w[256]), w1 = vset1(w[257]), w2 = vset1(w[258]), w3 = vset1(w[259]);
                            { const vec v = vload(x0 + 256); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); a0_0_2 = vfma(v, w2, a0_0_2); a0_0_3 = vfma(v, w3, a0_0_3); }
                            { const vec v = vload(x0 + 384); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); a0_1_2 = vfma(v, w2, a0_1_2); a0_1_3 = vfma(v, w3, a0_1_3); }
                            { const vec v = vload(x1 + 256); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); a1_0_2 = vfma(v, w2, a1_0_2); a1_0_3 = vfma(v, w3, a1_0_3); }
                            { const vec v = vload(x1 + 384); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); a1_1_2 = vfma(v, w2, a1_1_2); a1_1_3 = vfma(v, w3, a1_1_3); }
                        }
                        x0 += 16;
                        x1 += 16;
                        w += 16;
                    }
                }
                {
                    vec most = a0_0_0;
                    most = vmax(a0_1_0, most);
                    most = vmax(a1_0_0, most);
                    most = vmax(a1_1_0, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_0_1;
                    most = vmax(a0_1_1, most);
                    most = vmax(a1_0_1, most);
                    most = vmax(a1_1_1, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f + 1) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_0_2;
                    most = vmax(a0_1_2, most);
                    most = vmax(a1_0_2, most);
                    most = vmax(a1_1_2, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f + 2) * 16, vmax(vzero(), most));
                }
                {
                    vec most = a0_0_3;
                    most = vmax(a0_1_3, most);
                    most = vmax(a1_0_3, most);
                    most = vmax(a1_1_3, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f + 3) * 16, vmax(vzero(), most));
                }
            }
        }
    }
}


/* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 4 filters */
KERNEL static void dense_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0; f < 8; f += 4) {
        const float *restrict wf = kernel + f / 16 * 6400 + f % 16;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        const vec b2 = vset1(bias[f + 2]);
        const vec b3 = vset1(bias[f + 3]);
        vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 6400;
        const float *restrict w = wf;
        for (int c = 0; c < 400; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
            }
            x0 += 16;
            w += 16;
        }
        vstore(y + (0 * 10 + f) * 16, a0_0);
        vstore(y + (0 * 10 + f + 1) * 16, a0_1);
        vstore(y + (0 * 10 + f + 2) * 16, a0_2);
        vstore(y + (0 * 10 + f + 3) * 16, a0_3);
    }
    {
        const float *restrict wf = kernel + 8;
        const vec b0 = vset1(bias[8]);
        const vec b1 = vset1(bias[8 + 1]);
        vec a0_0 = b0, a0_1 = b1;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 6400;
        const float *restrict w = wf;
        for (int c = 0; c < 400; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
            }
            x0 += 16;
            w += 16;
        }
        vstore(y + (0 * 10 + 8) * 16, a0_0);
        vstore(y + (0 * 10 + 8 + 1) * 16, a0_1);
    }
}


/* dense (line 8): 10 -> softmax -> 10 */
KERNEL static void dense_softmax_block(const float *x, float *y)
{
    for (int first = 0; first < 160; first += 160) {
        vec largest = vset1(-0x1.fffffep+127f), sum = vzero();
        for (int i = 0; i < 160; i += VL)
            largest = vmax(vload(x + first + i), largest);
        for (int i = 0; i < 160; i += VL) {
            vec e = vexp(vsub(vload(x + first + i), largest));
            vstore(y + first + i, e);
            sum = vadd(e, sum);
        }
        vec scale = vdiv(vset1(1.0f), sum);
        for (int i = 0; i < 160; i += VL)
            vstore(y + first + i, vmul(vload(y + first + i), scale));
    }
}


/* label 1: rows of the caller, made sample-innermost */
KERNEL static void load_label_1(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    const float *row[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 1 * row_of(rows, block * VL + (l < valid ? l : 0));
    }
    for (int i = 0; i < 1; i++)
        for (int l = 0; l < VL; l++)
            x[i * VL + l] = row[l][i];
}


/* metrics (line 9): 10 -> accuracy -> 1 */
KERNEL static void metrics_block(const float *restrict p, const float *restrict t, float *restrict share)
{
    vec right = vzero(), one = vset1(1.0f);
    for (int i = 0; i < 1; i++) {
        vec best = vload(p + i * 160), said = vzero();
        for (int c = 1; c < 10; c++) {
            vec v = vload(p + i * 160 + c * VL);
            said = vselect(vgt(v, best), vset1((float)c), said);
            best = vmax(v, best);
        }
        vec class = vload(t + i * VL);
        right = vadd(right, vselect(veq(said, class), one, vzero()));
    }
    vstore(share, vmul(right, vset1(0x1p+0f)));
}


/* loss (line 9): 10 -> cross_entropy -> 1 */
KERNEL static void loss_block(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec total = vzero();
    for (int i = 0; i < 1; i++) {
        const float *row = p + i * 160;
        vec largest = vload(row), sum = vzero();
        for (int c = 1; c < 10; c++)
            largest = vmax(vload(row + c * VL), largest);
        for (int c = 0; c < 10; c++) {
            vec e = vexp(vsub(vload(row + c * VL), largest));
            sum = vadd(sum, e);
        }
        vec log_sum = vlog(sum);
        for (int c = 0; c < 10; c++) {
            vec target = vselect(veq(vload(t + i * VL), vset1((float)c)), vset1(0x1p+0f), vset1(0x0p+0f));
            vec surprise = vsub(log_sum, vsub(vload(row + c * VL), largest));
            vec nothing = vzero(); /* what a class counts that cannot be, even when its surprise is infinite */
            total = vadd(total, vselect(veq(target, nothing), nothing, vmul(target, surprise)));
        }
    }
    vstore(loss, vmul(total, vset1(0x1p+0f)));
}


/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 6 columns x 2 filters */
KERNEL static void conv2d_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y, uint8_t *restrict argmax)
{
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 2) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            for (int ox = 0; ox < 24; ox += 6) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a0_2_0 = b0, a0_2_1 = b1;
                vec a0_3_0 = b0, a0_3_1 = b1, a0_4_0 = b0, a0_4_1 = b1, a0_5_0 = b0, a0_5_1 = b1;
                vec a1_0_0 = b0, a1_0_1 = b1, a1_1_0 = b0, a1_1_1 = b1, a1_2_0 = b0, a1_2_1 = b1;
                vec a1_3_0 = b0, a1_3_1 = b1, a1_4_0 = b0, a1_4_1 = b1, a1_5_0 = b0, a1_5_1 = b1;
                for (int i = 0; i < 5; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 28 + ox) * 16;
                    const float *restrict x1 = x + (iy1 * 28 + ox) * 16;
                    const float *restrict w = wf + i * 40;
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 16); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 32); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 48); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 64); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 80); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 16); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 32); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 48); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 64); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 80); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                        { const vec v = vload(x0 + 16); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 32); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 48); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 64); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 80); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 96); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 16); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 32); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 48); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 64); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 80); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 96); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                        { const vec v = vload(x0 + 32); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 48); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 64); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 80); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 96); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 112); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 32); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 48); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 64); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 80); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 96); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 112); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                        { const vec v = vload(x0 + 48); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 64); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 80); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 96); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 112); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 128); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 48); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 64); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 80); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 96); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 112); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 128); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                    RELOAD(x0);
                    RELOAD(x1);
                    {
                        const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                        { const vec v = vload(x0 + 64); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                        { const vec v = vload(x0 + 80); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                        { const vec v = vload(x0 + 96); a0_2_0 = vfma(v, w0, a0_2_0); a0_2_1 = vfma(v, w1, a0_2_1); }
                        { const vec v = vload(x0 + 112); a0_3_0 = vfma(v, w0, a0_3_0); a0_3_1 = vfma(v, w1, a0_3_1); }
                        { const vec v = vload(x0 + 128); a0_4_0 = vfma(v, w0, a0_4_0); a0_4_1 = vfma(v, w1, a0_4_1); }
                        { const vec v = vload(x0 + 144); a0_5_0 = vfma(v, w0, a0_5_0); a0_5_1 = vfma(v, w1, a0_5_1); }
                        { const vec v = vload(x1 + 64); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                        { const vec v = vload(x1 + 80); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        { const vec v = vload(x1 + 96); a1_2_0 = vfma(v, w0, a1_2_0); a1_2_1 = vfma(v, w1, a1_2_1); }
                        { const vec v = vload(x1 + 112); a1_3_0 = vfma(v, w0, a1_3_0); a1_3_1 = vfma(v, w1, a1_3_1); }
                        { const vec v = vload(x1 + 128); a1_4_0 = vfma(v, w0, a1_4_0); a1_4_1 = vfma(v, w1, a1_4_1); }
                        { const vec v = vload(x1 + 144); a1_5_0 = vfma(v, w0, a1_5_0); a1_5_1 = vfma(v, w1, a1_5_1); }
                    }
                }
                {
                    vec most = a0_0_0;
                    vec at = vzero();
                    at = vselect(vgt(a0_1_0, most), vset1(1.0f), at);
                    most = vmax(a0_1_0, most);
                    at = vselect(vgt(a1_0_0, most), vset1(2.0f), at);
                    most = vmax(a1_0_0, most);
                    at = vselect(vgt(a1_1_0, most), vset1(3.0f), at);
                    most = vmax(a1_1_0, most);
                    vstore(y + ((oy * 12 + ox / 2) * 8 + f) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 12 + ox / 2) * 8 + f) * 16, at);
                }
                {
                    vec most = a0_0_1;
                    vec at = vzero();
                    at = vselect(vgt(a0_1_1, most), vset1(1.0f), at);
                    most = vmax(a0_1_1, most);
                    at = vselect(vgt(a1_0_1, most), vset1(2.0f), at);
                    most = vmax(a1_0_1, most);
                    at = vselect(vgt(a1_1_1, most), vset1(3.0f), at);
                    most = vmax(a1_1_1, most);
                    vstore(y + ((oy * 12 + ox / 2) * 8 + f + 1) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 12 + ox / 2) * 8 + f + 1) * 16, at);
                }
                {
                    vec most = a0_2_0;
                    vec at = vzero();
                    at = vselect(vgt(a0_3_0, most), vset1(1.0f), at);
                    most = vmax(a0_3_0, most);
                    at = vselect(vgt(a1_2_0, most), vset1(2.0f), at);
                    most = vmax(a1_2_0, most);
                    at = vselect(vgt(a1_3_0, most), vset1(3.0f), at);
                    most = vmax(a1_3_0, most);
                    vstore(y + ((oy * 12 + ox / 2 + 1) * 8 + f) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 12 + ox / 2 + 1) * 8 + f) * 16, at);
                }
                {
                    vec most = a0_2_1;
                    vec at = vzero();
                    at = vselect(vgt(a0_3_1, most), vset1(1.0f), at);
                    most = vmax(a0_3_1, most);
                    at = vselect(vgt(a1_2_1, most), vset1(2.0f), at);
                    most = vmax(a1_2_1, most);
                    at = vselect(vgt(a1_3_1, most), vset1(3.0f), at);
                    most = vmax(a1_3_1, most);
                    vstore(y + ((oy * 12 + ox / 2 + 1) * 8 + f + 1) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 12 + ox / 2 + 1) * 8 + f + 1) * 16, at);
                }
                {
                    vec most = a0_4_0;
                    vec at = vzero();
                    at = vselect(vgt(a0_5_0, most), vset1(1.0f), at);
                    most = vmax(a0_5_0, most);
                    at = vselect(vgt(a1_4_0, most), vset1(2.0f), at);
                    most = vmax(a1_4_0, most);
                    at = vselect(vgt(a1_5_0, most), vset1(3.0f), at);
                    most = vmax(a1_5_0, most);
                    vstore(y + ((oy * 12 + ox / 2 + 2) * 8 + f) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 12 + ox / 2 + 2) * 8 + f) * 16, at);
                }
                {
                    vec most = a0_4_1;
                    vec at = vzero();
                    at = vselect(vgt(a0_5_1, most), vset1(1.0f), at);
                    most = vmax(a0_5_1, most);
                    at = vselect(vgt(a1_4_1, most), vset1(2.0f), at);
                    most = vmax(a1_4_1, most);
                    at = vselect(vgt(a1_5_1, most), vset1(3.0f), at);
                    most = vmax(a1_5_1, most);
                    vstore(y + ((oy * 12 + ox / 2 + 2) * 8 + f + 1) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 12 + ox / 2 + 2) * 8 + f + 1) * 16, at);
                }
            }
        }
    }
}


/* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 4 filters */
KERNEL static void conv2d_1_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y, uint8_t *restrict argmax)
{
    for (int oy = 0; oy < 5; oy++) {
        for (int f = 0; f < 16; f += 4) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            const vec b2 = vset1(bias[f + 2]);
            const vec b3 = vset1(bias[f + 3]);
            for (int ox = 0; ox < 10; ox += 2) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_0_2 = b2, a0_0_3 = b3, a0_1_0 = b0, a0_1_1 = b1;
                vec a0_1_2 = b2, a0_1_3 = b3, a1_0_0 = b0, a1_0_1 = b1, a1_0_2 = b2, a1_0_3 = b3;
                vec a1_1_0 = b0, a1_1_1 = b1, a1_1_2 = b2, a1_1_3 = b3;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 12 + ox) * 128;
                    const float *restrict x1 = x + (iy1 * 12 + ox) * 128;
                    const float *restrict w = wf + i * 384;
                    for (int c = 0; c < 8; c++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                            { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); a0_0_2 = vfma(v, w2, a0_0_2); a0_0_3 = vfma(v, w3, a0_0_3); }
                            { const vec v = vload(x0 + 128); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); a0_1_2 = vfma(v, w2, a0_1_2); a0_1_3 = vfma(v, w3, a0_1_3); }
                            { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); a1_0_2 = vfma(v, w2, a1_0_2); a1_0_3 = vfma(v, w3, a1_0_3); }
                            { const vec v = vload(x1 + 128); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); a1_1_2 = vfma(v, w2, a1_1_2); a1_1_3 = vfma(v, w3, a1_1_3); }
                        }
                        {
                            const vec w0 = vset1(w[128]), w1 = vset1(w[129]), w2 = vset1(w[130]), w3 = vset1(w[131]);
                            { const vec v = vload(x0 + 128); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); a0_0_2 = vfma(v, w2, a0_0_2); a0_0_3 = vfma(v, w3, a0_0_3); }
                            { const vec v = vload(x0 + 256); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); a0_1_2 = vfma(v, w2, a0_1_2); a0_1_3 = vfma(v, w3, a0_1_3); }
                            { const vec v = vload(x1 + 128); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); a1_0_2 = vfma(v, w2, a1_0_2); a1_0_3 = vfma(v, w3, a1_0_3); }
                            { const vec v = vload(x1 + 256); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); a1_1_2 = vfma(v, w2, a1_1_2); a1_1_3 = vfma(v, w3, a1_1_3); }
                        }
                        {
                            const vec w0 = vset1(w[256]), w1 = vset1(w[257]), w2 = vset1(w[258]), w3 = vset1(w[259]);
                            { const vec v = vload(x0 + 256); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); a0_0_2 = vfma(v, w2, a0_0_2); a0_0_3 = vfma(v, w3, a0_0_3); }
                            { const vec v = vload(x0 + 384); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); a0_1_2 = vfma(v, w2, a0_1_2); a0_1_3 = vfma(v, w3, a0_1_3); }
                            { const vec v = vload(x1 + 256); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); a1_0_2 = vfma(v, w2, a1_0_2); a1_0_3 = vfma(v, w3, a1_0_3); }
                            { const vec v = vload(x1 + 384); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); a1_1_2 = vfma(v, w2, a1_1_2); a1_1_3 = vfma(v, w3, a1_1_3); }
                        }
                        x0 += 16;
                        x1 += 16;
                        w += 16;
                    }
                }
                {
                    vec most = a0_0_0;
                    vec at = vzero();
                    at = vselect(vgt(a0_1_0, most), vset1(1.0f), at);
                    most = vmax(a0_1_0, most);
                    at = vselect(vgt(a1_0_0, most), vset1(2.0f), at);
                    most = vmax(a1_0_0, most);
                    at = vselect(vgt(a1_1_0, most), vset1(3.0f), at);
                    most = vmax(a1_1_0, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 5 + ox / 2) * 16 + f) * 16, at);
                }
                {
                    vec most = a0_0_1;
                    vec at = vzero();
                    at = vselect(vgt(a0_1_1, most), vset1(1.0f), at);
                    most = vmax(a0_1_1, most);
                    at = vselect(vgt(a1_0_1, most), vset1(2.0f), at);
                    most = vmax(a1_0_1, most);
                    at = vselect(vgt(a1_1_1, most), vset1(3.0f), at);
                    most = vmax(a1_1_1, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f + 1) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 5 + ox / 2) * 16 + f + 1) * 16, at);
                }
                {
                    vec most = a0_0_2;
                    vec at = vzero();
                    at = vselect(vgt(a0_1_2, most), vset1(1.0f), at);
                    most = vmax(a0_1_2, most);
                    at = vselect(vgt(a1_0_2, most), vset1(2.0f), at);
                    most = vmax(a1_0_2, most);
                    at = vselect(vgt(a1_1_2, most), vset1(3.0f), at);
                    most = vmax(a1_1_2, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f + 2) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 5 + ox / 2) * 16 + f + 2) * 16, at);
                }
                {
                    vec most = a0_0_3;
                    vec at = vzero();
                    at = vselect(vgt(a0_1_3, most), vset1(1.0f), at);
                    most = vmax(a0_1_3, most);
                    at = vselect(vgt(a1_0_3, most), vset1(2.0f), at);
                    most = vmax(a1_0_3, most);
                    at = vselect(vgt(a1_1_3, most), vset1(3.0f), at);
                    most = vmax(a1_1_3, most);
                    vstore(y + ((oy * 5 + ox / 2) * 16 + f + 3) * 16, vmax(vzero(), most));
                    vstore_u8(argmax + ((oy * 5 + ox / 2) * 16 + f + 3) * 16, at);
                }
            }
        }
    }
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


/* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
KERNEL static void dense_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
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
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 6400;
    const float *restrict w = wf;
    for (int c = 0; c < 400; c++) {
        {
            const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]), w4 = vset1(w[4]), w5 = vset1(w[5]), w6 = vset1(w[6]), w7 = vset1(w[7]), w8 = vset1(w[8]), w9 = vset1(w[9]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); }
        }
        x0 += 16;
        w += 10;
    }
    vstore(y + (0 * 10) * 16, a0_0);
    vstore(y + (0 * 10 + 1) * 16, a0_1);
    vstore(y + (0 * 10 + 2) * 16, a0_2);
    vstore(y + (0 * 10 + 3) * 16, a0_3);
    vstore(y + (0 * 10 + 4) * 16, a0_4);
    vstore(y + (0 * 10 + 5) * 16, a0_5);
    vstore(y + (0 * 10 + 6) * 16, a0_6);
    vstore(y + (0 * 10 + 7) * 16, a0_7);
    vstore(y + (0 * 10 + 8) * 16, a0_8);
    vstore(y + (0 * 10 + 9) * 16, a0_9);
}


/* loss (line 9), backward: 10 -> cross_entropy_grad -> 10 */
KERNEL static void loss_grad(const float *restrict p, const float *restrict t, const float *restrict dl, float *restrict dp)
{
    vec share = vmul(vload(dl), vset1(0x1p+0f));
    for (int i = 0; i < 1; i++) {
        const float *row = p + i * 160;
        float *d = dp + i * 160;
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
            vec target = vselect(veq(vload(t + i * VL), vset1((float)c)), vset1(0x1p+0f), vset1(0x0p+0f));
            vstore(d + c * VL, vmul(share, vsub(vmul(vload(d + c * VL), scale), target)));
        }
    }
}


/* dense (line 8), backward: 10 -> sum_to -> 10 */
KERNEL static void dense_sum_to(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 10; c += 5) {
        vec sum[5];
        for (int k = 0; k < 5; k++) {
            sum[k] = vzero();
        }
        for (int k = 0; k < 5; k++) {
            const int i = (c + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
        for (int k = 0; k < 5; k++) {
            y[c + k] += vsum(sum[k]);
        }
    }
}


/* dense (line 8), backward: 400 -> matmul_grad_kernel -> 400x10 */
KERNEL static void dense_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        {
            vec d[VL];
            d[0] = vload(dy + (p * 10 + 0) * VL);
            d[1] = vload(dy + (p * 10 + 0 + 1) * VL);
            d[2] = vload(dy + (p * 10 + 0 + 2) * VL);
            d[3] = vload(dy + (p * 10 + 0 + 3) * VL);
            d[4] = vload(dy + (p * 10 + 0 + 4) * VL);
            d[5] = vload(dy + (p * 10 + 0 + 5) * VL);
            d[6] = vload(dy + (p * 10 + 0 + 6) * VL);
            d[7] = vload(dy + (p * 10 + 0 + 7) * VL);
            d[8] = vload(dy + (p * 10 + 0 + 8) * VL);
            d[9] = vload(dy + (p * 10 + 0 + 9) * VL);
            d[10] = vzero();
            d[11] = vzero();
            d[12] = vzero();
            d[13] = vzero();
            d[14] = vzero();
            d[15] = vzero();
            vtranspose(d);
            for (int first = 0; first < 50; first++)
            for (int c = first; c < 400; c += 50) {
                const float *restrict s = x + (p * 400 + c) * VL;
                float *restrict to = dk + c * 10 + 0;
                vec even = vload_n(to, 10), odd = vzero();
                even = vfma(vset1(s[0]), d[0], even);
                odd = vfma(vset1(s[1]), d[1], odd);
                even = vfma(vset1(s[2]), d[2], even);
                odd = vfma(vset1(s[3]), d[3], odd);
                even = vfma(vset1(s[4]), d[4], even);
                odd = vfma(vset1(s[5]), d[5], odd);
                even = vfma(vset1(s[6]), d[6], even);
                odd = vfma(vset1(s[7]), d[7], odd);
                even = vfma(vset1(s[8]), d[8], even);
                odd = vfma(vset1(s[9]), d[9], odd);
                even = vfma(vset1(s[10]), d[10], even);
                odd = vfma(vset1(s[11]), d[11], odd);
                even = vfma(vset1(s[12]), d[12], even);
                odd = vfma(vset1(s[13]), d[13], odd);
                even = vfma(vset1(s[14]), d[14], even);
                odd = vfma(vset1(s[15]), d[15], odd);
                vstore_n(to, vadd(even, odd), 10);
            }
        }
    }
}


/* dense (line 8), backward: 10 -> matmul_grad_input -> 400; tile 1 columns x 16 filters */
KERNEL static void dense_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int f = 0; f < 400; f += 16) {
        const float *restrict wf = kernel + f * 10;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
        vec a0_12 = vzero(), a0_13 = vzero(), a0_14 = vzero(), a0_15 = vzero();
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 160;
        const float *restrict w = wf;
        for (int c = 0; c < 10; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[10]), w2 = vset1(w[20]), w3 = vset1(w[30]), w4 = vset1(w[40]), w5 = vset1(w[50]), w6 = vset1(w[60]), w7 = vset1(w[70]), w8 = vset1(w[80]), w9 = vset1(w[90]), w10 = vset1(w[100]), w11 = vset1(w[110]), w12 = vset1(w[120]), w13 = vset1(w[130]), w14 = vset1(w[140]), w15 = vset1(w[150]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); a0_11 = vfma(v, w11, a0_11); a0_12 = vfma(v, w12, a0_12); a0_13 = vfma(v, w13, a0_13); a0_14 = vfma(v, w14, a0_14); a0_15 = vfma(v, w15, a0_15); }
            }
            x0 += 16;
            w += 1;
        }
        vstore(y + (0 * 400 + f) * 16, a0_0);
        vstore(y + (0 * 400 + f + 1) * 16, a0_1);
        vstore(y + (0 * 400 + f + 2) * 16, a0_2);
        vstore(y + (0 * 400 + f + 3) * 16, a0_3);
        vstore(y + (0 * 400 + f + 4) * 16, a0_4);
        vstore(y + (0 * 400 + f + 5) * 16, a0_5);
        vstore(y + (0 * 400 + f + 6) * 16, a0_6);
        vstore(y + (0 * 400 + f + 7) * 16, a0_7);
        vstore(y + (0 * 400 + f + 8) * 16, a0_8);
        vstore(y + (0 * 400 + f + 9) * 16, a0_9);
        vstore(y + (0 * 400 + f + 10) * 16, a0_10);
        vstore(y + (0 * 400 + f + 11) * 16, a0_11);
        vstore(y + (0 * 400 + f + 12) * 16, a0_12);
        vstore(y + (0 * 400 + f + 13) * 16, a0_13);
        vstore(y + (0 * 400 + f + 14) * 16, a0_14);
        vstore(y + (0 * 400 + f + 15) * 16, a0_15);
    }
}


/* conv2d_1 (line 4), backward: 5x5x16 -> relu -> 5x5x16 */
KERNEL static void conv2d_1_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 6400; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vselect(vgt(v, vzero()), d, vzero()));
    }
}


/* conv2d_1 (line 4), backward: 5x5x16 -> sum_to -> 16 */
KERNEL static void conv2d_1_sum_to(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 16; c += 8) {
        vec sum[8];
        for (int k = 0; k < 8; k++) {
            sum[k] = vzero();
        }
        for (int p = 0; p < 25; p++) {
            for (int k = 0; k < 8; k++) {
                const int i = (p * 16 + c + k) * VL;
                sum[k] = vadd(sum[k], vload(x + i));
            }
        }
        for (int k = 0; k < 8; k++) {
            y[c + k] += vsum(sum[k]);
        }
    }
}


/* max_pooling2d_1 (line 5), backward: 5x5x16 -> max_pool2d_grad -> 10x10x16 */
KERNEL static void max_pooling2d_1_grad(const float *restrict dy, const uint8_t *restrict argmax, float *restrict dx)
{
    for (int row = 0; row < 5; row++) {
        for (int column = 0; column < 5; column++) {
            const int corner = (row * 2 * 10 + column * 2) * 256;
            const int to = (row * 5 + column) * 256;
            for (int i = 0; i < 256; i += VL) {
                vec d = vload(dy + to + i), which = vload_u8(argmax + to + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        float *cell = dx + corner + (down * 10 + across) * 256;
                        vstore(cell + i, vselect(veq(which, vset1((float)(down * 2 + across))), d, vzero()));
                    }
            }
        }
    }
}


/* conv2d_1 (line 4), backward: 12x12x8 -> conv2d_grad_kernel -> 3x3x8x16; tile 2 channels x 4 filters x 3 taps */
KERNEL static void conv2d_1_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 8; c += 2) {
            for (int f = 0; f < 16; f += 4) {
                {
                    vec a0_0_0 = vzero();
                    vec a0_0_1 = vzero();
                    vec a0_0_2 = vzero();
                    vec a0_0_3 = vzero();
                    vec a0_1_0 = vzero();
                    vec a0_1_1 = vzero();
                    vec a0_1_2 = vzero();
                    vec a0_1_3 = vzero();
                    vec a1_0_0 = vzero();
                    vec a1_0_1 = vzero();
                    vec a1_0_2 = vzero();
                    vec a1_0_3 = vzero();
                    vec a1_1_0 = vzero();
                    vec a1_1_1 = vzero();
                    vec a1_1_2 = vzero();
                    vec a1_1_3 = vzero();
                    vec a2_0_0 = vzero();
                    vec a2_0_1 = vzero();
                    vec a2_0_2 = vzero();
                    vec a2_0_3 = vzero();
                    vec a2_1_0 = vzero();
                    vec a2_1_1 = vzero();
                    vec a2_1_2 = vzero();
                    vec a2_1_3 = vzero();
                    for (int oy = 0; oy < 10; oy++) {
                        const int iy = oy + i;
                        const float *restrict xr = x + (iy * 96 + c) * VL;
                        const float *restrict d = dy + (oy * 160 + f) * VL;
                        for (int ox = 0; ox < 10; ox++) {
                            const vec d0 = vload(d + (ox * 16 + 0) * VL);
                            const vec d1 = vload(d + (ox * 16 + 1) * VL);
                            const vec d2 = vload(d + (ox * 16 + 2) * VL);
                            const vec d3 = vload(d + (ox * 16 + 3) * VL);
                            {
                                const vec v = vload(xr + ((ox + 0) * 8 + 0) * VL);
                                a0_0_0 = vfma(v, d0, a0_0_0);
                                a0_0_1 = vfma(v, d1, a0_0_1);
                                a0_0_2 = vfma(v, d2, a0_0_2);
                                a0_0_3 = vfma(v, d3, a0_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 0) * 8 + 1) * VL);
                                a0_1_0 = vfma(v, d0, a0_1_0);
                                a0_1_1 = vfma(v, d1, a0_1_1);
                                a0_1_2 = vfma(v, d2, a0_1_2);
                                a0_1_3 = vfma(v, d3, a0_1_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 1) * 8 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                                a1_0_2 = vfma(v, d2, a1_0_2);
                                a1_0_3 = vfma(v, d3, a1_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 1) * 8 + 1) * VL);
                                a1_1_0 = vfma(v, d0, a1_1_0);
                                a1_1_1 = vfma(v, d1, a1_1_1);
                                a1_1_2 = vfma(v, d2, a1_1_2);
                                a1_1_3 = vfma(v, d3, a1_1_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 2) * 8 + 0) * VL);
                                a2_0_0 = vfma(v, d0, a2_0_0);
                                a2_0_1 = vfma(v, d1, a2_0_1);
                                a2_0_2 = vfma(v, d2, a2_0_2);
                                a2_0_3 = vfma(v, d3, a2_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 2) * 8 + 1) * VL);
                                a2_1_0 = vfma(v, d0, a2_1_0);
                                a2_1_1 = vfma(v, d1, a2_1_1);
                                a2_1_2 = vfma(v, d2, a2_1_2);
                                a2_1_3 = vfma(v, d3, a2_1_3);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 3 + 0) * 8 + c) * 16 + f;
                    to[0] += vsum(a0_0_0);
                    to[1] += vsum(a0_0_1);
                    to[2] += vsum(a0_0_2);
                    to[3] += vsum(a0_0_3);
                    to[16] += vsum(a0_1_0);
                    to[17] += vsum(a0_1_1);
                    to[18] += vsum(a0_1_2);
                    to[19] += vsum(a0_1_3);
                    to[128] += vsum(a1_0_0);
                    to[129] += vsum(a1_0_1);
                    to[130] += vsum(a1_0_2);
                    to[131] += vsum(a1_0_3);
                    to[144] += vsum(a1_1_0);
                    to[145] += vsum(a1_1_1);
                    to[146] += vsum(a1_1_2);
                    to[147] += vsum(a1_1_3);
                    to[256] += vsum(a2_0_0);
                    to[257] += vsum(a2_0_1);
                    to[258] += vsum(a2_0_2);
                    to[259] += vsum(a2_0_3);
                    to[272] += vsum(a2_1_0);
                    to[273] += vsum(a2_1_1);
                    to[274] += vsum(a2_1_2);
                    to[275] += vsum(a2_1_3);
                }
            }
        }
    }
}


/* conv2d_1 (line 4), backward: 10x10x16 -> conv2d_grad_input -> 12x12x8; tile 6 columns x 4 filters */
KERNEL static void conv2d_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int oy = 0; oy < 12; oy++) {
        for (int f = 0; f < 8; f += 4) {
            const float *restrict wf = kernel + f * 16;
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a1_0 = vzero(), a1_1 = vzero();
                vec a1_2 = vzero(), a1_3 = vzero(), a2_0 = vzero(), a2_1 = vzero(), a2_2 = vzero(), a2_3 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero(), a3_2 = vzero(), a3_3 = vzero(), a4_0 = vzero(), a4_1 = vzero();
                vec a4_2 = vzero(), a4_3 = vzero(), a5_0 = vzero(), a5_1 = vzero(), a5_2 = vzero(), a5_3 = vzero();
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 10) {
                        const float *restrict x0 = x + (iy0 * 10) * 256;
                        const float *restrict w = wf + i * 384;
                        for (int c = 0; c < 16; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[16]), w2 = vset1(w[32]), w3 = vset1(w[48]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 256); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 512); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 768); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 1024); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 1280); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[128]), w1 = vset1(w[144]), w2 = vset1(w[160]), w3 = vset1(w[176]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 256); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 512); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 768); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 1024); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[256]), w1 = vset1(w[272]), w2 = vset1(w[288]), w3 = vset1(w[304]);
                                { const vec v = vload(x0); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 256); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 512); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 768); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                            x0 += 16;
                            w += 1;
                        }
                    }
                }
                vstore(y + ((oy * 12) * 8 + f) * 16, a0_0);
                vstore(y + ((oy * 12) * 8 + f + 1) * 16, a0_1);
                vstore(y + ((oy * 12) * 8 + f + 2) * 16, a0_2);
                vstore(y + ((oy * 12) * 8 + f + 3) * 16, a0_3);
                vstore(y + ((oy * 12 + 1) * 8 + f) * 16, a1_0);
                vstore(y + ((oy * 12 + 1) * 8 + f + 1) * 16, a1_1);
                vstore(y + ((oy * 12 + 1) * 8 + f + 2) * 16, a1_2);
                vstore(y + ((oy * 12 + 1) * 8 + f + 3) * 16, a1_3);
                vstore(y + ((oy * 12 + 2) * 8 + f) * 16, a2_0);
                vstore(y + ((oy * 12 + 2) * 8 + f + 1) * 16, a2_1);
                vstore(y + ((oy * 12 + 2) * 8 + f + 2) * 16, a2_2);
                vstore(y + ((oy * 12 + 2) * 8 + f + 3) * 16, a2_3);
                vstore(y + ((oy * 12 + 3) * 8 + f) * 16, a3_0);
                vstore(y + ((oy * 12 + 3) * 8 + f + 1) * 16, a3_1);
                vstore(y + ((oy * 12 + 3) * 8 + f + 2) * 16, a3_2);
                vstore(y + ((oy * 12 + 3) * 8 + f + 3) * 16, a3_3);
                vstore(y + ((oy * 12 + 4) * 8 + f) * 16, a4_0);
                vstore(y + ((oy * 12 + 4) * 8 + f + 1) * 16, a4_1);
                vstore(y + ((oy * 12 + 4) * 8 + f + 2) * 16, a4_2);
                vstore(y + ((oy * 12 + 4) * 8 + f + 3) * 16, a4_3);
                vstore(y + ((oy * 12 + 5) * 8 + f) * 16, a5_0);
                vstore(y + ((oy * 12 + 5) * 8 + f + 1) * 16, a5_1);
                vstore(y + ((oy * 12 + 5) * 8 + f + 2) * 16, a5_2);
                vstore(y + ((oy * 12 + 5) * 8 + f + 3) * 16, a5_3);
            }
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a1_0 = vzero(), a1_1 = vzero();
                vec a1_2 = vzero(), a1_3 = vzero(), a2_0 = vzero(), a2_1 = vzero(), a2_2 = vzero(), a2_3 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero(), a3_2 = vzero(), a3_3 = vzero(), a4_0 = vzero(), a4_1 = vzero();
                vec a4_2 = vzero(), a4_3 = vzero(), a5_0 = vzero(), a5_1 = vzero(), a5_2 = vzero(), a5_3 = vzero();
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 10) {
                        const float *restrict x0 = x + (iy0 * 10 + 4) * 256;
                        const float *restrict w = wf + i * 384;
                        for (int c = 0; c < 16; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[16]), w2 = vset1(w[32]), w3 = vset1(w[48]);
                                { const vec v = vload(x0 + 512); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 768); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 1024); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 1280); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[128]), w1 = vset1(w[144]), w2 = vset1(w[160]), w3 = vset1(w[176]);
                                { const vec v = vload(x0 + 256); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 512); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 768); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 1024); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 1280); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[256]), w1 = vset1(w[272]), w2 = vset1(w[288]), w3 = vset1(w[304]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 256); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                                { const vec v = vload(x0 + 512); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); a2_3 = vfma(v, w3, a2_3); }
                                { const vec v = vload(x0 + 768); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); a3_3 = vfma(v, w3, a3_3); }
                                { const vec v = vload(x0 + 1024); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); a4_2 = vfma(v, w2, a4_2); a4_3 = vfma(v, w3, a4_3); }
                                { const vec v = vload(x0 + 1280); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); a5_2 = vfma(v, w2, a5_2); a5_3 = vfma(v, w3, a5_3); }
                            }
                            x0 += 16;
                            w += 1;
                        }
                    }
                }
                vstore(y + ((oy * 12 + 6) * 8 + f) * 16, a0_0);
                vstore(y + ((oy * 12 + 6) * 8 + f + 1) * 16, a0_1);
                vstore(y + ((oy * 12 + 6) * 8 + f + 2) * 16, a0_2);
                vstore(y + ((oy * 12 + 6) * 8 + f + 3) * 16, a0_3);
                vstore(y + ((oy * 12 + 6 + 1) * 8 + f) * 16, a1_0);
                vstore(y + ((oy * 12 + 6 + 1) * 8 + f + 1) * 16, a1_1);
                vstore(y + ((oy * 12 + 6 + 1) * 8 + f + 2) * 16, a1_2);
                vstore(y + ((oy * 12 + 6 + 1) * 8 + f + 3) * 16, a1_3);
                vstore(y + ((oy * 12 + 6 + 2) * 8 + f) * 16, a2_0);
                vstore(y + ((oy * 12 + 6 + 2) * 8 + f + 1) * 16, a2_1);
                vstore(y + ((oy * 12 + 6 + 2) * 8 + f + 2) * 16, a2_2);
                vstore(y + ((oy * 12 + 6 + 2) * 8 + f + 3) * 16, a2_3);
                vstore(y + ((oy * 12 + 6 + 3) * 8 + f) * 16, a3_0);
                vstore(y + ((oy * 12 + 6 + 3) * 8 + f + 1) * 16, a3_1);
                vstore(y + ((oy * 12 + 6 + 3) * 8 + f + 2) * 16, a3_2);
                vstore(y + ((oy * 12 + 6 + 3) * 8 + f + 3) * 16, a3_3);
                vstore(y + ((oy * 12 + 6 + 4) * 8 + f) * 16, a4_0);
                vstore(y + ((oy * 12 + 6 + 4) * 8 + f + 1) * 16, a4_1);
                vstore(y + ((oy * 12 + 6 + 4) * 8 + f + 2) * 16, a4_2);
                vstore(y + ((oy * 12 + 6 + 4) * 8 + f + 3) * 16, a4_3);
                vstore(y + ((oy * 12 + 6 + 5) * 8 + f) * 16, a5_0);
                vstore(y + ((oy * 12 + 6 + 5) * 8 + f + 1) * 16, a5_1);
                vstore(y + ((oy * 12 + 6 + 5) * 8 + f + 2) * 16, a5_2);
                vstore(y + ((oy * 12 + 6 + 5) * 8 + f + 3) * 16, a5_3);
            }
        }
    }
}


/* conv2d (line 2), backward: 12x12x8 -> relu -> 12x12x8 */
KERNEL static void conv2d_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 18432; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vselect(vgt(v, vzero()), d, vzero()));
    }
}


/* conv2d (line 2), backward: 12x12x8 -> sum_to -> 8 */
KERNEL static void conv2d_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[8];
    for (int k = 0; k < 8; k++) {
        sum[k] = vzero();
    }
    for (int p = 0; p < 144; p++) {
        for (int k = 0; k < 8; k++) {
            const int i = (p * 8 + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
    }
    for (int k = 0; k < 8; k++) {
        y[k] += vsum(sum[k]);
    }
}


/* max_pooling2d (line 3), backward: 12x12x8 -> max_pool2d_grad -> 24x24x8 */
KERNEL static void max_pooling2d_grad(const float *restrict dy, const uint8_t *restrict argmax, float *restrict dx)
{
    for (int row = 0; row < 12; row++) {
        for (int column = 0; column < 12; column++) {
            const int corner = (row * 2 * 24 + column * 2) * 128;
            const int to = (row * 12 + column) * 128;
            for (int i = 0; i < 128; i += VL) {
                vec d = vload(dy + to + i), which = vload_u8(argmax + to + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        float *cell = dx + corner + (down * 24 + across) * 128;
                        vstore(cell + i, vselect(veq(which, vset1((float)(down * 2 + across))), d, vzero()));
                    }
            }
        }
    }
}


/* conv2d (line 2), backward: 28x28x1 -> conv2d_grad_kernel -> 5x5x1x8; tile 1 channels x 4 filters x 5 taps */
KERNEL static void conv2d_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 5; i++) {
        {
            const int c = 0;
            for (int f = 0; f < 8; f += 4) {
                {
                    vec a0_0_0 = vzero();
                    vec a0_0_1 = vzero();
                    vec a0_0_2 = vzero();
                    vec a0_0_3 = vzero();
                    vec a1_0_0 = vzero();
                    vec a1_0_1 = vzero();
                    vec a1_0_2 = vzero();
                    vec a1_0_3 = vzero();
                    vec a2_0_0 = vzero();
                    vec a2_0_1 = vzero();
                    vec a2_0_2 = vzero();
                    vec a2_0_3 = vzero();
                    vec a3_0_0 = vzero();
                    vec a3_0_1 = vzero();
                    vec a3_0_2 = vzero();
                    vec a3_0_3 = vzero();
                    vec a4_0_0 = vzero();
                    vec a4_0_1 = vzero();
                    vec a4_0_2 = vzero();
                    vec a4_0_3 = vzero();
                    for (int oy = 0; oy < 24; oy++) {
                        const int iy = oy + i;
                        const float *restrict xr = x + (iy * 28 + c) * VL;
                        const float *restrict d = dy + (oy * 192 + f) * VL;
                        for (int ox = 0; ox < 24; ox++) {
                            const vec d0 = vload(d + (ox * 8 + 0) * VL);
                            const vec d1 = vload(d + (ox * 8 + 1) * VL);
                            const vec d2 = vload(d + (ox * 8 + 2) * VL);
                            const vec d3 = vload(d + (ox * 8 + 3) * VL);
                            {
                                const vec v = vload(xr + ((ox + 0) * 1 + 0) * VL);
                                a0_0_0 = vfma(v, d0, a0_0_0);
                                a0_0_1 = vfma(v, d1, a0_0_1);
                                a0_0_2 = vfma(v, d2, a0_0_2);
                                a0_0_3 = vfma(v, d3, a0_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 1) * 1 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                                a1_0_2 = vfma(v, d2, a1_0_2);
                                a1_0_3 = vfma(v, d3, a1_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 2) * 1 + 0) * VL);
                                a2_0_0 = vfma(v, d0, a2_0_0);
                                a2_0_1 = vfma(v, d1, a2_0_1);
                                a2_0_2 = vfma(v, d2, a2_0_2);
                                a2_0_3 = vfma(v, d3, a2_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 3) * 1 + 0) * VL);
                                a3_0_0 = vfma(v, d0, a3_0_0);
                                a3_0_1 = vfma(v, d1, a3_0_1);
                                a3_0_2 = vfma(v, d2, a3_0_2);
                                a3_0_3 = vfma(v, d3, a3_0_3);
                            }
                            {
                                const vec v = vload(xr + ((ox + 4) * 1 + 0) * VL);
                                a4_0_0 = vfma(v, d0, a4_0_0);
                                a4_0_1 = vfma(v, d1, a4_0_1);
                                a4_0_2 = vfma(v, d2, a4_0_2);
                                a4_0_3 = vfma(v, d3, a4_0_3);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 5 + 0) * 1 + c) * 8 + f;
                    to[0] += vsum(a0_0_0);
                    to[1] += vsum(a0_0_1);
                    to[2] += vsum(a0_0_2);
                    to[3] += vsum(a0_0_3);
                    to[8] += vsum(a1_0_0);
                    to[9] += vsum(a1_0_1);
                    to[10] += vsum(a1_0_2);
                    to[11] += vsum(a1_0_3);
                    to[16] += vsum(a2_0_0);
                    to[17] += vsum(a2_0_1);
                    to[18] += vsum(a2_0_2);
                    to[19] += vsum(a2_0_3);
                    to[24] += vsum(a3_0_0);
                    to[25] += vsum(a3_0_1);
                    to[26] += vsum(a3_0_2);
                    to[27] += vsum(a3_0_3);
                    to[32] += vsum(a4_0_0);
                    to[33] += vsum(a4_0_1);
                    to[34] += vsum(a4_0_2);
                    to[35] += vsum(a4_0_3);
                }
            }
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 2): 5x5x1x8 -> pack -> 1x25x16 */
    const float *const conv2d_kernel = parameters; /* 5x5x1x8 */
    float *const conv2d_kernel_pack = prepared; /* 1x25x16 */
    conv2d_pack(conv2d_kernel, conv2d_kernel_pack);
    /* conv2d (line 2): 8 -> pack -> 8 */
    const float *const conv2d_bias = parameters + 200; /* 8 */
    float *const conv2d_bias_pack = prepared + 400; /* 8 */
    conv2d_pack_2(conv2d_bias, conv2d_bias_pack);
    /* conv2d_1 (line 4): 3x3x8x16 -> pack -> 3x3x8x16 */
    const float *const conv2d_1_kernel = parameters + 208; /* 3x3x8x16 */
    float *const conv2d_1_kernel_pack = prepared + 416; /* 3x3x8x16 */
    conv2d_1_pack(conv2d_1_kernel, conv2d_1_kernel_pack);
    /* conv2d_1 (line 4): 16 -> pack -> 16 */
    const float *const conv2d_1_bias = parameters + 1360; /* 16 */
    float *const conv2d_1_bias_pack = prepared + 1568; /* 16 */
    conv2d_1_pack_2(conv2d_1_bias, conv2d_1_bias_pack);
    /* dense (line 8): 400x10 -> pack -> 1x400x16 */
    const float *const dense_kernel = parameters + 1376; /* 400x10 */
    float *const dense_kernel_pack = prepared + 1584; /* 1x400x16 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 8): 10 -> pack -> 10 */
    const float *const dense_bias = parameters + 5376; /* 10 */
    float *const dense_bias_pack = prepared + 7984; /* 10 */
    dense_pack_2(dense_bias, dense_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 4 filters x 1 vectors */
    const float *const conv2d_kernel_pack = prepared; /* 1x25x16 */
    const float *const conv2d_bias_pack = prepared + 400; /* 8 */
    float *const conv2d = ws; /* 12x12x8 */
    conv2d_one(input, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 10 columns x 1 sums x 1 vectors */
    const float *const conv2d_1_kernel_pack = prepared + 416; /* 3x3x8x16 */
    const float *const conv2d_1_bias_pack = prepared + 1568; /* 16 */
    float *const conv2d_1 = ws + 1152; /* 5x5x16 */
    conv2d_1_one(conv2d, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 8 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared + 1584; /* 1x400x16 */
    const float *const dense_bias_pack = prepared + 7984; /* 10 */
    float *const dense_add = ws; /* 10 */
    dense_one(conv2d_1, dense_kernel_pack, dense_bias_pack, dense_add);
    /* dense (line 8): 10 -> softmax -> 10 */
    dense_softmax_one(dense_add, output);
}

/* Stores the block's rows of output 10. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws; /* 10xVL */
    float *to = output + b->index * VL * 10;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 10; i++)
            to[l * 10 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws + 18432; /* 28x28x1xVL */
    load_input_784(input, b->index, input_layer);
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 6 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 1x25x16 */
    const float *const conv2d_bias_pack = b->prepared + 400; /* 8 */
    float *const conv2d = b->ws; /* 12x12x8xVL */
    conv2d_block(input_layer, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 4 filters */
    const float *const conv2d_1_kernel_pack = b->prepared + 416; /* 3x3x8x16 */
    const float *const conv2d_1_bias_pack = b->prepared + 1568; /* 16 */
    float *const conv2d_1 = b->ws + 18432; /* 5x5x16xVL */
    conv2d_1_block(conv2d, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared + 1584; /* 1x400x16 */
    const float *const dense_bias_pack = b->prepared + 7984; /* 10 */
    float *const dense_add = b->ws; /* 10xVL */
    dense_block(conv2d_1, dense_kernel_pack, dense_bias_pack, dense_add);
    /* dense (line 8): 10 -> softmax -> 10 */
    float *const dense = b->ws; /* 10xVL */
    dense_softmax_block(dense_add, dense);
    store_output(b, output);
}

/* Each sample's part of the mean; lanes without a sample have none. */
static void weigh(const struct block *b, float *weight)
{
    for (int l = 0; l < VL; l++)
        weight[l] = l < b->valid ? b->weight : 0.0f;
}

/* A block of samples: loss and metrics. */
static void evaluate_block(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 18432; /* 28x28x1xVL */
    load_input_784(input, b->index, input_layer);
    float *const label_values = b->ws + 30976; /* 1xVL */
    load_label_1(label, b->index, label_values);
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 6 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 1x25x16 */
    const float *const conv2d_bias_pack = b->prepared + 400; /* 8 */
    float *const conv2d = b->ws; /* 12x12x8xVL */
    conv2d_block(input_layer, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 4 filters */
    const float *const conv2d_1_kernel_pack = b->prepared + 416; /* 3x3x8x16 */
    const float *const conv2d_1_bias_pack = b->prepared + 1568; /* 16 */
    float *const conv2d_1 = b->ws + 18432; /* 5x5x16xVL */
    conv2d_1_block(conv2d, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared + 1584; /* 1x400x16 */
    const float *const dense_bias_pack = b->prepared + 7984; /* 10 */
    float *const dense = b->ws; /* 10xVL */
    dense_block(conv2d_1, dense_kernel_pack, dense_bias_pack, dense);
    /* metrics (line 9): 10 -> accuracy -> 1 */
    float *const metrics = b->ws + 160; /* 1xVL */
    metrics_block(dense, label_values, metrics);
    /* loss (line 9): 10 -> cross_entropy -> 1 */
    float *const loss = b->ws + 176; /* 1xVL */
    loss_block(dense, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
    for (int l = 0; l < b->valid; l++)
        b->sums[1] += (double)metrics[l];
}

/* A training step, phase 0. */
static void train_phase_0(struct block *b, const struct rows *input, const struct rows *label)
{
    const struct random *random = &b->random;
    float *const input_layer = b->ws + 92160; /* 28x28x1xVL */
    load_input_784(input, b->index, input_layer);
    float *const label_values = b->ws + 13120; /* 1xVL */
    load_label_1(label, b->index, label_values);
    float *const sample_weight = b->ws + 13136; /* 1xVL */
    weigh(b, sample_weight);
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8; tile 6 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 5x5x1x8 */
    const float *const conv2d_bias = b->parameters + 200; /* 8 */
    float *const conv2d = b->ws + 25600; /* 12x12x8xVL */
    uint8_t *const max_pooling2d_saved = (uint8_t *)(b->ws + 104704); /* 12x12x8xVL */
    conv2d_train(input_layer, conv2d_kernel, conv2d_bias, conv2d, max_pooling2d_saved);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16; tile 2 columns x 4 filters */
    const float *const conv2d_1_kernel = b->parameters + 208; /* 3x3x8x16 */
    const float *const conv2d_1_bias = b->parameters + 1360; /* 16 */
    float *const conv2d_1 = b->ws; /* 5x5x16xVL */
    uint8_t *const max_pooling2d_1_saved = (uint8_t *)(b->ws + 50432); /* 5x5x16xVL */
    conv2d_1_train(conv2d, conv2d_1_kernel, conv2d_1_bias, conv2d_1, max_pooling2d_1_saved);
    /* dropout (line 6): 5x5x16 -> dropout -> 5x5x16 */
    float *const dropout = b->ws + 6400; /* 5x5x16xVL */
    dropout_train(conv2d_1, dropout, random);
    /* dense (line 8): 400 -> matmul, add -> 10; tile 1 columns x 10 filters */
    const float *const dense_kernel = b->parameters + 1376; /* 400x10 */
    const float *const dense_bias = b->parameters + 5376; /* 10 */
    float *const dense = b->ws + 12800; /* 10xVL */
    dense_train(dropout, dense_kernel, dense_bias, dense);
    /* metrics (line 9): 10 -> accuracy -> 1 */
    float *const metrics = b->ws + 109312; /* 1xVL */
    metrics_block(dense, label_values, metrics);
    /* loss (line 9): 10 -> cross_entropy -> 1 */
    float *const loss = b->ws + 109328; /* 1xVL */
    loss_block(dense, label_values, loss);
    /* loss (line 9), backward: 10 -> cross_entropy_grad -> 10 */
    float *const loss_dx = b->ws + 12960; /* 10xVL */
    loss_grad(dense, label_values, sample_weight, loss_dx);
    /* dense (line 8), backward: 10 -> sum_to -> 10 */
    float *const dense_bias_gradient = b->partial + 5376; /* 10 */
    dense_sum_to(loss_dx, dense_bias_gradient);
    /* dense (line 8), backward: 400 -> matmul_grad_kernel -> 400x10 */
    float *const dense_kernel_gradient = b->partial + 1376; /* 400x10 */
    dense_grad_kernel(dropout, loss_dx, dense_kernel_gradient);
    /* dense (line 8), backward: 10 -> matmul_grad_input -> 400; tile 1 columns x 16 filters */
    float *const dense_dx = b->ws + 44032; /* 400xVL */
    dense_grad_input(loss_dx, dense_kernel, dense_dx);
    /* dropout (line 6), backward: 5x5x16 -> dropout -> 5x5x16 */
    float *const dropout_dx = b->ws + 44032; /* 5x5x16xVL */
    dropout_train(dense_dx, dropout_dx, random);
    /* conv2d_1 (line 4), backward: 5x5x16 -> relu -> 5x5x16 */
    float *const conv2d_1_dx = b->ws + 44032; /* 5x5x16xVL */
    conv2d_1_grad(dropout_dx, conv2d_1, conv2d_1_dx);
    /* conv2d_1 (line 4), backward: 5x5x16 -> sum_to -> 16 */
    float *const conv2d_1_bias_gradient = b->partial + 1360; /* 16 */
    conv2d_1_sum_to(conv2d_1_dx, conv2d_1_bias_gradient);
    /* max_pooling2d_1 (line 5), backward: 5x5x16 -> max_pool2d_grad -> 10x10x16 */
    float *const max_pooling2d_1_dx = b->ws; /* 10x10x16xVL */
    max_pooling2d_1_grad(conv2d_1_dx, max_pooling2d_1_saved, max_pooling2d_1_dx);
    /* conv2d_1 (line 4), backward: 12x12x8 -> conv2d_grad_kernel -> 3x3x8x16; tile 2 channels x 4 filters x 3 taps */
    float *const conv2d_1_kernel_gradient = b->partial + 208; /* 3x3x8x16 */
    conv2d_1_grad_kernel(conv2d, max_pooling2d_1_dx, conv2d_1_kernel_gradient);
    /* conv2d_1 (line 4), backward: 10x10x16 -> conv2d_grad_input -> 12x12x8; tile 6 columns x 4 filters */
    float *const conv2d_1_dx_2 = b->ws + 73728; /* 12x12x8xVL */
    conv2d_1_grad_input(max_pooling2d_1_dx, conv2d_1_kernel, conv2d_1_dx_2);
    /* conv2d (line 2), backward: 12x12x8 -> relu -> 12x12x8 */
    float *const conv2d_dx = b->ws + 73728; /* 12x12x8xVL */
    conv2d_grad(conv2d_1_dx_2, conv2d, conv2d_dx);
    /* conv2d (line 2), backward: 12x12x8 -> sum_to -> 8 */
    float *const conv2d_bias_gradient = b->partial + 200; /* 8 */
    conv2d_sum_to(conv2d_dx, conv2d_bias_gradient);
    /* max_pooling2d (line 3), backward: 12x12x8 -> max_pool2d_grad -> 24x24x8 */
    float *const max_pooling2d_dx = b->ws; /* 24x24x8xVL */
    max_pooling2d_grad(conv2d_dx, max_pooling2d_saved, max_pooling2d_dx);
    /* conv2d (line 2), backward: 28x28x1 -> conv2d_grad_kernel -> 5x5x1x8; tile 1 channels x 4 filters x 5 taps */
    float *const conv2d_kernel_gradient = b->partial; /* 5x5x1x8 */
    conv2d_grad_kernel(input_layer, max_pooling2d_dx, conv2d_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
    for (int l = 0; l < b->valid; l++)
        b->sums[1] += (double)metrics[l];
}

enum {
    MANY_FLOATS = 30976 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows(const float *prepared, float *workspace, int threads, const struct rows *input, int64_t count, float *output)
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
 * A batch is cut into blocks of VL samples, and these into GROUPS gradient groups. A group sums its blocks in order, the
 * groups are summed in a fixed tree: the bits do not depend on which thread computed what. */
enum {
    GROUPS = 8,
    TRAIN_WORKSPACE = 109344, /* floats of a thread */
    TRAIN_KEPT = 0, /* of a block, between phases */
    TRAIN_PARTIAL = 5392, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED = 0,
    SUMS = 2 /* loss and metrics */
};

/* Where the parts of a step's workspace begin. */
struct memory {
    float *workspace, *kept, *partial, *combined;
    double (*sums)[SUMS]; /* of each block */
    int64_t bytes;
};

static int64_t aligned(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

static struct memory divide(void *workspace, int64_t count, int threads)
{
    const int64_t blocks = (count + VL - 1) / VL;
    float *base = workspace;
    int64_t at = 0;
    struct memory m;
    m.workspace = base, at += aligned(TRAIN_WORKSPACE) * threads;
    m.kept = base ? base + at : base, at += aligned(TRAIN_KEPT) * blocks;
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
        vstore(to + i, vadd(vadd(vadd(vload(p + 0 * stride), vload(p + 1 * stride)), vadd(vload(p + 2 * stride), vload(p + 3 * stride))), vadd(vadd(vload(p + 4 * stride), vload(p + 5 * stride)), vadd(vload(p + 6 * stride), vload(p + 7 * stride)))));
    }
    if (i < count) {
        const float *p = partial + i;
        const int n = (int)(count - i);
        vstore_n(to + i, vadd(vadd(vadd(vload_n(p + 0 * stride, n), vload_n(p + 1 * stride, n)), vadd(vload_n(p + 2 * stride, n), vload_n(p + 3 * stride, n))), vadd(vadd(vload_n(p + 4 * stride, n), vload_n(p + 5 * stride, n)), vadd(vload_n(p + 6 * stride, n), vload_n(p + 7 * stride, n)))), n);
    }
}

static void update(float *parameters, const float *gradients, float *all_momentum, float *all_velocity, int64_t count,
                   float learning_rate, uint64_t step)
{
    const double t = (double)step + 1;
    const double correction = sqrt(1 - pow(0.999, t)) / (1 - pow(0.90000000000000002, t));
    const vec rate = vset1((float)(learning_rate * correction));
    const vec toward_g = vset1(0x1.99999ap-4f), toward_square = vset1(0x1.0624dep-10f);
    const vec epsilon = vset1(0x1.ad7f2ap-24f);
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        vec w = vload(parameters + i), g = vload(gradients + i);
        vec momentum = vload(all_momentum + i);
        vec velocity = vload(all_velocity + i);
        momentum = vfma(toward_g, vsub(g, momentum), momentum);
        velocity = vfma(toward_square, vsub(vmul(g, g), velocity), velocity);
        w = vsub(w, vdiv(vmul(rate, momentum), vadd(vsqrt(velocity), epsilon)));
        vstore(parameters + i, w);
        vstore(all_momentum + i, momentum);
        vstore(all_velocity + i, velocity);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec w = vload_n(parameters + i, n), g = vload_n(gradients + i, n);
        vec momentum = vload_n(all_momentum + i, n);
        vec velocity = vload_n(all_velocity + i, n);
        momentum = vfma(toward_g, vsub(g, momentum), momentum);
        velocity = vfma(toward_square, vsub(vmul(g, g), velocity), velocity);
        w = vsub(w, vdiv(vmul(rate, momentum), vadd(vsqrt(velocity), epsilon)));
        vstore_n(parameters + i, w, n);
        vstore_n(all_momentum + i, momentum, n);
        vstore_n(all_velocity + i, velocity, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory, the
 * part that is worked on is where the thread had its blocks. */
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
        const int64_t n = 5386 - i < CHUNK ? 5386 - i : CHUNK;
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
    struct block b = {.index = index, .valid = valid_lanes(index, step->batch.count), .parameters = step->parameters,
                      .combined = m->combined, .weight = 1.0f / (float)step->batch.count};
    b.ws = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    b.kept = m->kept + aligned(TRAIN_KEPT) * index;
    b.partial = m->partial + aligned(TRAIN_PARTIAL) * group;
    b.sums = m->sums[index];
    b.random = (struct random){.key = {(uint32_t)step->seed, (uint32_t)(step->seed >> 32)}, .step = step->step,
                               .sample = (uint32_t)(index * VL)};
    return b;
}

/* Phase 0 of the blocks of a group. */
static void group_phase_0(const struct cnn_step *step, const struct memory *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL - 1) / VL;
    memset(m->partial + aligned(TRAIN_PARTIAL) * group, 0, TRAIN_PARTIAL * sizeof(float));
    for (int64_t i = blocks * group / GROUPS; i < blocks * (group + 1) / GROUPS; i++) {
        struct block b = block_of(step, m, group, i);
        memset(b.sums, 0, sizeof m->sums[0]);
        train_phase_0(&b, input, label);
    }
}

static void train_step(const struct cnn_step *step, struct cnn_sums *sums)
{
    const int64_t count = step->batch.count, blocks = (count + VL - 1) / VL;
    const struct rows input = input_rows(&step->batch), label = label_rows(&step->batch);
    const struct memory memory = divide(step->workspace, count, step->threads), *m = &memory;
    const int64_t busy = blocks < GROUPS ? blocks : GROUPS; /* groups that have blocks */
    const int threads = step->threads;
    (void)busy, (void)threads;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS; group++) {
        group_phase_0(step, m, group, &input, &label);
    }
    optimize(step, m, blocks);
    for (int64_t i = 0; i < blocks; i++) {
        sums->loss += m->sums[i][0];
        sums->metric[0] += m->sums[i][1];
    }
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums)
{
    enum { CHUNK = 64, FLOATS = 30992 };
    const int64_t blocks = (batch->count + VL - 1) / VL;
    const struct rows input = input_rows(batch), label = label_rows(batch);
    for (int64_t first = 0; first < blocks; first += CHUNK) {
        double block_sums[CHUNK][SUMS] = {{0}};
        const int chunk = blocks - first < CHUNK ? (int)(blocks - first) : CHUNK;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (chunk > 1)
#endif
        for (int i = 0; i < chunk; i++) {
            struct block b = {.index = first + i, .valid = valid_lanes(first + i, batch->count), .prepared = prepared};
            b.ws = workspace + (size_t)omp_get_thread_num() * FLOATS;
            b.sums = block_sums[i];
            evaluate_block(&b, &input, &label);
        }
        for (int i = 0; i < chunk; i++) {
            sums->loss += block_sums[i][0];
            sums->metric[0] += block_sums[i][1];
        }
    }
    (void)threads;
}


#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
/* ---- interface: lesson_avx512.h describes it --------------------------------------------------------------- */

_Alignas(64) static float lesson_avx512_prepared[LESSON_AVX512_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[LESSON_AVX512_WORKSPACE_FLOATS];

void lesson_avx512_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void lesson_avx512_set_parameters(const float *parameters)
{
    prepare(parameters, lesson_avx512_prepared);
}

void lesson_avx512_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void lesson_avx512_predict(const float *input, float *output)
{
    predict_one(lesson_avx512_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = LESSON_AVX512_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][30976];

void lesson_avx512_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int threads = omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS;
    predict_rows(lesson_avx512_prepared, &many_workspace[0][0], threads, &input, count, outputs);
}

/* ---- the model, as the runtime drives it ------------------------------------------------------------- */

static int count_threads(void)
{
    return omp_get_max_threads();
}

static int64_t many_bytes(int threads)
{
    return (int64_t)threads * 123968;
}

static void prepare_model(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

static void predict_sample(const float *parameters, const float *prepared, void *workspace, const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

/* Kernels that share their work among threads ask OpenMP for their number. Gives the one before. */
static int use_threads(int threads)
{
    const int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    return before;
}

static void predict_batch(const struct cnn_batch *batch, const float *parameters, const float *prepared, void *workspace, int threads, float *outputs)
{
    (void)parameters;
    const struct rows input = input_rows(batch);
    const int before = use_threads(threads);
    predict_rows(prepared, workspace, threads, &input, batch->count, outputs);
    omp_set_num_threads(before);
}

static void evaluate_batch(const struct cnn_batch *batch, const float *parameters, const float *prepared, void *workspace, int threads, struct cnn_sums *sums)
{
    (void)parameters;
    const int before = use_threads(threads);
    evaluate_rows(batch, prepared, workspace, threads, sums);
    omp_set_num_threads(before);
}

static void train_batch(const struct cnn_step *step, struct cnn_sums *sums)
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
     .parameters = 208, .multiply_adds = 115200},
    {.name = "max_pooling2d", .type = "MaxPooling2D", .rank = 3, .dim = {12, 12, 8},
     .parameters = 0, .multiply_adds = 0},
    {.name = "conv2d_1", .type = "Conv2D", .rank = 3, .dim = {10, 10, 16},
     .parameters = 1168, .multiply_adds = 115200},
    {.name = "max_pooling2d_1", .type = "MaxPooling2D", .rank = 3, .dim = {5, 5, 16},
     .parameters = 0, .multiply_adds = 0},
    {.name = "dropout", .type = "Dropout", .rank = 3, .dim = {5, 5, 16},
     .parameters = 0, .multiply_adds = 0},
    {.name = "flatten", .type = "Flatten", .rank = 1, .dim = {400},
     .parameters = 0, .multiply_adds = 0},
    {.name = "dense", .type = "Dense", .rank = 1, .dim = {10},
     .parameters = 4010, .multiply_adds = 4000},
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

const struct cnn_model lesson_avx512_model = {
    .abi = CNN_ABI,
    .name = "lesson_avx512",
    .generator = "cnnc 0.1.0, target avx512",
    .input_rank = 3,
    .output_rank = 1,
    .input_dim = {28, 28, 1},
    .output_dim = {10},
    .input_count = 784,
    .output_count = 10,
    .label_count = 1,
    .label_is_class = true,
    .label_is_probability = false,
    .rescales = false,
    .n_layers = 7,
    .n_parameters = 6,
    .layers = layers,
    .parameters = parameters_table,
    .parameter_floats = 5386,
    .trainable_floats = 5386,
    .prepared_floats = 8000,
    .loss = "sparse_categorical_crossentropy",
    .probabilities = CNN_PROBABILITIES_SOFTMAX,
    .from_logits = false,
    .n_metrics = 1,
    .metrics[0] = "accuracy",
    .n_stages = 1,
    .stages = stages,
    .seed = 1u,
    .predict_bytes = (int64_t)sizeof predict_workspace,
    .many_bytes = many_bytes,
    .threads = count_threads,
    .prepare = prepare_model,
    .predict = predict_sample,
    .predict_many = predict_batch,
    .evaluate = evaluate_batch,
};

/* What the runtime's main() runs: of several networks in a program the one that is linked first. -DCNN_NO_PROGRAM leaves
 * this one out. */
#if !defined(CNN_NO_PROGRAM)
#if defined(__GNUC__) || defined(__TINYC__)
__attribute__((weak)) /* others may define it too */
#endif
const struct cnn_model *const cnn_program_model = &lesson_avx512_model;
#endif
