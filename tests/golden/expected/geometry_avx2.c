/* Made by cnnc 0.1.0 from tests/golden/geometry.lua for target avx2. Do not edit: change the script and make it anew.
 *
 *   conv2d (Conv2D): 6x10x4, 100 parameters
 *   max_pooling2d (MaxPooling2D): 4x8x4, 0 parameters
 *   conv2d_1 (Conv2D): 3x4x6, 150 parameters
 *   average_pooling2d (AveragePooling2D): 3x2x6, 0 parameters
 *   flatten (Flatten): 36, 0 parameters
 *   dense (Dense): 3, 111 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "geometry_avx2.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if !(defined(__GNUC__) && defined(__x86_64__))
#error "this file is for gcc or clang and an x86-64 processor: make it anew with cnnc --target generic"
#include "the error above" /* stops here: what follows would only repeat it */
#endif
#include <immintrin.h>

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
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function" /* a network needs some of these names, not all */
#endif

#define VL 8
typedef __m256 vec;
typedef __m256 vmask; /* all ones or all zeros */
typedef __m256i vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the others */
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
static inline void vstore_u8(uint8_t *p, vec v) /* whole numbers 0..255 */
{
    vint i = _mm256_cvttps_epi32(v);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
}

/* arithmetic; NaN: vmax and vmin give their second operand when either is NaN, comparisons are false */
static inline vec vset1(float x) { return _mm256_set1_ps(x); }
static inline vec vzero(void) { return _mm256_setzero_ps(); }
static inline vec vlane_index(void) { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }
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
static inline vec vabs(vec a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
static inline vec vsqrt(vec a) { return _mm256_sqrt_ps(a); }
static inline vec vfloor(vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
static inline vec vround(vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

/* choice */
static inline vmask vgt(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
static inline vmask vge(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
static inline vmask veq(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
static inline vec vselect(vmask m, vec a, vec b) { return _mm256_blendv_ps(b, a, m); } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
static inline float vsum(vec v)
{
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
static inline float vmaxall(vec v)
{
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}
static inline void vtranspose(vec rows[VL]) /* lane j of row i becomes lane i of row j */
{
    vec pair[VL], quad[VL]; /* quad[4q + k], half c: column 4c + k of rows 4q .. 4q + 3 */
    for (int i = 0; i < VL; i += 2) {
        pair[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < VL; i += 4)
        for (int k = 0; k < 2; k++) {
            quad[i + 2 * k] = _mm256_shuffle_ps(pair[i + k], pair[i + k + 2], 0x44);
            quad[i + 2 * k + 1] = _mm256_shuffle_ps(pair[i + k], pair[i + k + 2], 0xee);
        }
    for (int k = 0; k < 4; k++) {
        rows[k] = _mm256_permute2f128_ps(quad[k], quad[k + 4], 0x20);
        rows[k + 4] = _mm256_permute2f128_ps(quad[k], quad[k + 4], 0x31);
    }
}

/* 32-bit integers: wrap around */
static inline vint viload(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void vistore(int32_t *p, vint v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }
static inline vint viset1(int32_t x) { return _mm256_set1_epi32(x); }
static inline vint viadd(vint a, vint b) { return _mm256_add_epi32(a, b); }
static inline vint visub(vint a, vint b) { return _mm256_sub_epi32(a, b); }
static inline vint viand(vint a, vint b) { return _mm256_and_si256(a, b); }
static inline vint vixor(vint a, vint b) { return _mm256_xor_si256(a, b); }
static inline vint vimul(vint a, vint b) { return _mm256_mullo_epi32(a, b); }
static inline vint vimulhi(vint a, vint b) /* unsigned: the upper halves of the 64-bit products */
{
    vint even = _mm256_mul_epu32(a, b), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
#define vishl(v, n) _mm256_slli_epi32(v, n) /* n: a constant, 1..31 */
#define vishr(v, n) _mm256_srli_epi32(v, n) /* zeros enter */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { return _mm256_castps_si256(v); }
static inline vec vcast_float(vint i) { return _mm256_castsi256_ps(i); }
static inline vint vcvt_int(vec v) { return _mm256_cvttps_epi32(v); }
static inline vec vcvt_float(vint i) { return _mm256_cvtepi32_ps(i); }

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

/* e^x - 1, exact to the last places near 0 too */
static inline vec vexpm1(vec x)
{
    vec half, y = vexp_half(x, &half);
    y = vfma(half, y, vsub(half, vset1(0.5f)));
    return vadd(y, y);
}

/* tanh |x| = -t / (t + 2) with t = e^(-2|x|) - 1, which cannot overflow; then the sign of x */
static inline vec vtanh(vec x)
{
    vec t = vexpm1(vmul(vset1(-2.0f), vabs(x))), y = vabs(vdiv(t, vadd(t, vset1(2.0f))));
    return vcast_float(vixor(vcast_int(y), viand(vcast_int(x), vcast_int(vset1(-0.0f)))));
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes(int64_t block, int64_t count)
{
    return count - block * VL < VL ? (int)(count - block * VL) : VL;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* conv2d (line 5): 4x3x2x4 -> pack -> 2x24x8 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 2; g++)
        for (int first = 0; first < 2; first += 8)
            for (int r = 0; r < 24; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 2 ? x[r * 4 + g * 2 + c] : 0.0f;
}


/* conv2d (line 5): 4 -> pack -> 4 */
KERNEL static void conv2d_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 4; i++)
        y[i] = x[i];
}


/* conv2d_1 (line 7): 2x3x4x6 -> pack -> 1x24x8 */
KERNEL static void conv2d_1_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 6; first += 8)
            for (int r = 0; r < 24; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 6 ? x[r * 6 + g * 6 + c] : 0.0f;
}


/* conv2d_1 (line 7): 6 -> pack -> 6 */
KERNEL static void conv2d_1_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 6; i++)
        y[i] = x[i];
}


/* dense (line 10): 36x3 -> pack -> 1x36x8 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 3; first += 8)
            for (int r = 0; r < 36; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 3 ? x[r * 3 + g * 3 + c] : 0.0f;
}


/* dense (line 10): 3 -> pack -> 3 */
KERNEL static void dense_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 3; i++)
        y[i] = x[i];
}


/* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 10 columns x 1 sums x 1 vectors */
KERNEL static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int g = 0; g < 2; g++) {
        for (int oy = 0; oy < 6; oy++) {
            const float *restrict wf = kernel + g * 192 + 0;
            const vec b0 = vload_n(bias + g * 2, 2);
            vec a0 = b0, a1 = b0, a2 = b0, a3 = b0, a4 = b0, a5 = b0;
            vec a6 = b0, a7 = b0, a8 = b0, a9 = b0;
            for (int i = 0; i < 4; i++) {
                const int iy0 = oy * 2 + i - 1;
                if (iy0 >= 0 && iy0 < 11) {
                    const float *restrict x0 = x + (iy0 * 10) * 4 + g * 2;
                    const float *restrict w = wf + i * 48;
                    for (int c = 0; c < 2; c++) {
                        {
                            const vec w0 = vload(w);
                            { const vec v = vset1(x0[0]); a1 = vfma(v, w0, a1); }
                            { const vec v = vset1(x0[4]); a2 = vfma(v, w0, a2); }
                            { const vec v = vset1(x0[8]); a3 = vfma(v, w0, a3); }
                            { const vec v = vset1(x0[12]); a4 = vfma(v, w0, a4); }
                            { const vec v = vset1(x0[16]); a5 = vfma(v, w0, a5); }
                            { const vec v = vset1(x0[20]); a6 = vfma(v, w0, a6); }
                            { const vec v = vset1(x0[24]); a7 = vfma(v, w0, a7); }
                            { const vec v = vset1(x0[28]); a8 = vfma(v, w0, a8); }
                            { const vec v = vset1(x0[32]); a9 = vfma(v, w0, a9); }
                        }
                        RELOAD(x0);
                        {
                            const vec w0 = vload(w + 16);
                            { const vec v = vset1(x0[0]); a0 = vfma(v, w0, a0); }
                            { const vec v = vset1(x0[4]); a1 = vfma(v, w0, a1); }
                            { const vec v = vset1(x0[8]); a2 = vfma(v, w0, a2); }
                            { const vec v = vset1(x0[12]); a3 = vfma(v, w0, a3); }
                            { const vec v = vset1(x0[16]); a4 = vfma(v, w0, a4); }
                            { const vec v = vset1(x0[20]); a5 = vfma(v, w0, a5); }
                            { const vec v = vset1(x0[24]); a6 = vfma(v, w0, a6); }
                            { const vec v = vset1(x0[28]); a7 = vfma(v, w0, a7); }
                            { const vec v = vset1(x0[32]); a8 = vfma(v, w0, a8); }
                            { const vec v = vset1(x0[36]); a9 = vfma(v, w0, a9); }
                        }
                        RELOAD(x0);
                        {
                            const vec w0 = vload(w + 32);
                            { const vec v = vset1(x0[4]); a0 = vfma(v, w0, a0); }
                            { const vec v = vset1(x0[8]); a1 = vfma(v, w0, a1); }
                            { const vec v = vset1(x0[12]); a2 = vfma(v, w0, a2); }
                            { const vec v = vset1(x0[16]); a3 = vfma(v, w0, a3); }
                            { const vec v = vset1(x0[20]); a4 = vfma(v, w0, a4); }
                            { const vec v = vset1(x0[24]); a5 = vfma(v, w0, a5); }
                            { const vec v = vset1(x0[28]); a6 = vfma(v, w0, a6); }
                            { const vec v = vset1(x0[32]); a7 = vfma(v, w0, a7); }
                            { const vec v = vset1(x0[36]); a8 = vfma(v, w0, a8); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                }
            }
            vstore_n(y + (oy * 10) * 4 + g * 2, a0, 2);
            vstore_n(y + (oy * 10 + 1) * 4 + g * 2, a1, 2);
            vstore_n(y + (oy * 10 + 2) * 4 + g * 2, a2, 2);
            vstore_n(y + (oy * 10 + 3) * 4 + g * 2, a3, 2);
            vstore_n(y + (oy * 10 + 4) * 4 + g * 2, a4, 2);
            vstore_n(y + (oy * 10 + 5) * 4 + g * 2, a5, 2);
            vstore_n(y + (oy * 10 + 6) * 4 + g * 2, a6, 2);
            vstore_n(y + (oy * 10 + 7) * 4 + g * 2, a7, 2);
            vstore_n(y + (oy * 10 + 8) * 4 + g * 2, a8, 2);
            vstore_n(y + (oy * 10 + 9) * 4 + g * 2, a9, 2);
        }
    }
}


/* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
KERNEL static void max_pooling2d_one(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 8; column++) {
            const int corner = (row * 10 + column) * 4;
            const int to = (row * 8 + column) * 4;
            {
                vec best = vload_n(x + corner, 4);
                for (int down = 0; down < 3; down++)
                    for (int across = 0; across < 3; across++) {
                        vec cell = vload_n(x + corner + (down * 10 + across) * 4, 4);
                        best = vmax(cell, best);
                    }
                vstore_n(y + to, best, 4);
            }
        }
    }
}


/* conv2d (line 5): 4x8x4 -> relu -> 4x8x4 */
KERNEL static void conv2d_unary_one(const float *x, float *y)
{
    for (int i = 0; i < 128; i += VL) {
        vec v = vload(x + i);
        vstore(y + i, vmax(vzero(), v));
    }
}


/* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 1 sums x 1 vectors */
KERNEL static void conv2d_1_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        const float *restrict wf = kernel;
        const vec b0 = vload_n(bias, 6);
        vec a0 = b0, a1 = b0, a2 = b0, a3 = b0;
        for (int i = 0; i < 2; i++) {
            const int iy0 = oy + i;
            const float *restrict x0 = x + (iy0 * 8) * 4;
            const float *restrict w = wf + i * 96;
            for (int c = 0; c < 4; c++) {
                {
                    const vec w0 = vload(w);
                    { const vec v = vset1(x0[0]); a0 = vfma(v, w0, a0); }
                    { const vec v = vset1(x0[4]); a1 = vfma(v, w0, a1); }
                    { const vec v = vset1(x0[8]); a2 = vfma(v, w0, a2); }
                    { const vec v = vset1(x0[12]); a3 = vfma(v, w0, a3); }
                }
                {
                    const vec w0 = vload(w + 32);
                    { const vec v = vset1(x0[8]); a0 = vfma(v, w0, a0); }
                    { const vec v = vset1(x0[12]); a1 = vfma(v, w0, a1); }
                    { const vec v = vset1(x0[16]); a2 = vfma(v, w0, a2); }
                    { const vec v = vset1(x0[20]); a3 = vfma(v, w0, a3); }
                }
                {
                    const vec w0 = vload(w + 64);
                    { const vec v = vset1(x0[16]); a0 = vfma(v, w0, a0); }
                    { const vec v = vset1(x0[20]); a1 = vfma(v, w0, a1); }
                    { const vec v = vset1(x0[24]); a2 = vfma(v, w0, a2); }
                    { const vec v = vset1(x0[28]); a3 = vfma(v, w0, a3); }
                }
                x0 += 1;
                w += 8;
            }
        }
        vstore_n(y + (oy * 4) * 6, vtanh(a0), 6);
        vstore_n(y + (oy * 4 + 1) * 6, vtanh(a1), 6);
        vstore_n(y + (oy * 4 + 2) * 6, vtanh(a2), 6);
        vstore_n(y + (oy * 4 + 3) * 6, vtanh(a3), 6);
    }
}


/* average_pooling2d (line 8): 3x4x6 -> average_pool2d -> 3x2x6 */
KERNEL static void average_pooling2d_one(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 2; column++) {
            const int column_start = column * 3 - 1, left = column_start < 0 ? -column_start : 0, right = 4 - column_start < 3 ? 4 - column_start : 3;
            const int corner = (row * 4 + column_start) * 6;
            const int to = (row * 2 + column) * 6;
            vec share = vset1(1.0f / (float)((1 - 0) * (right - left)));
            {
                vec sum = vzero();
                for (int down = 0; down < 1; down++)
                    for (int across = left; across < right; across++)
                        sum = vadd(sum, vload_n(x + (corner + (down * 4 + across) * 6), 6));
                vstore_n(y + to, vmul(sum, share), 6);
            }
        }
    }
}


/* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 4 sums x 1 vectors */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload_n(bias, 3);
    vec a0 = b0, a0_part1 = vzero(), a0_part2 = vzero(), a0_part3 = vzero();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 36;
    const float *restrict w = wf;
    for (int c = 0; c < 9; c++) {
        {
            const vec w0 = vload(w);
            { const vec v = vset1(x0[0]); a0 = vfma(v, w0, a0); }
        }
        {
            const vec w0 = vload(w + 8);
            { const vec v = vset1(x0[1]); a0_part1 = vfma(v, w0, a0_part1); }
        }
        {
            const vec w0 = vload(w + 16);
            { const vec v = vset1(x0[2]); a0_part2 = vfma(v, w0, a0_part2); }
        }
        {
            const vec w0 = vload(w + 24);
            { const vec v = vset1(x0[3]); a0_part3 = vfma(v, w0, a0_part3); }
        }
        x0 += 4;
        w += 32;
    }
    a0 = vadd(a0, a0_part2);
    a0_part1 = vadd(a0_part1, a0_part3);
    a0 = vadd(a0, a0_part1);
    vstore_n(y + 0 * 3, a0, 3);
}


/* input 11x10x4: rows of the caller, made sample-innermost */
KERNEL static void load_input_440(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL], *next[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 440 * row_of(rows, block * VL + (l < valid ? l : 0));
            next[l] = (block + 1) * VL + l < rows->count ? (const uint8_t *)rows->values + 440 * row_of(rows, (block + 1) * VL + l) : row[l];
        }
        for (int i = 0; i < 440; i += VL) {
            vec v[VL];
            v[0] = vload_u8(row[0] + i);
            v[1] = vload_u8(row[1] + i);
            v[2] = vload_u8(row[2] + i);
            v[3] = vload_u8(row[3] + i);
            v[4] = vload_u8(row[4] + i);
            v[5] = vload_u8(row[5] + i);
            v[6] = vload_u8(row[6] + i);
            v[7] = vload_u8(row[7] + i);
            for (int l = i / VL % 8 * 1; l < i / VL % 8 * 1 + 1; l++)
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
        }
        return;
    }
    const float *row[VL], *next[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 440 * row_of(rows, block * VL + (l < valid ? l : 0));
        next[l] = (block + 1) * VL + l < rows->count ? (const float *)rows->values + 440 * row_of(rows, (block + 1) * VL + l) : row[l];
    }
    for (int i = 0; i < 440; i += VL) {
        vec v[VL];
        v[0] = vload(row[0] + i);
        v[1] = vload(row[1] + i);
        v[2] = vload(row[2] + i);
        v[3] = vload(row[3] + i);
        v[4] = vload(row[4] + i);
        v[5] = vload(row[5] + i);
        v[6] = vload(row[6] + i);
        v[7] = vload(row[7] + i);
        for (int l = i / VL % 2 * 4; l < i / VL % 2 * 4 + 4; l++)
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
    }
}


/* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 5 columns x 2 filters */
KERNEL static void conv2d_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int g = 0; g < 2; g++) {
        for (int oy = 0; oy < 6; oy++) {
            const float *restrict wf = kernel + g * 192 + 0;
            const vec b0 = vset1(bias[g * 2]);
            const vec b1 = vset1(bias[g * 2 + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1;
                for (int i = 0; i < 4; i++) {
                    const int iy0 = oy * 2 + i - 1;
                    if (iy0 >= 0 && iy0 < 11) {
                        const float *restrict x0 = x + (iy0 * 10) * 32 + g * 16;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 96); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 128); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 160); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 10) * 4 + g * 2) * 8, a0_0);
                vstore(y + ((oy * 10) * 4 + g * 2 + 1) * 8, a0_1);
                vstore(y + ((oy * 10 + 1) * 4 + g * 2) * 8, a1_0);
                vstore(y + ((oy * 10 + 1) * 4 + g * 2 + 1) * 8, a1_1);
                vstore(y + ((oy * 10 + 2) * 4 + g * 2) * 8, a2_0);
                vstore(y + ((oy * 10 + 2) * 4 + g * 2 + 1) * 8, a2_1);
                vstore(y + ((oy * 10 + 3) * 4 + g * 2) * 8, a3_0);
                vstore(y + ((oy * 10 + 3) * 4 + g * 2 + 1) * 8, a3_1);
                vstore(y + ((oy * 10 + 4) * 4 + g * 2) * 8, a4_0);
                vstore(y + ((oy * 10 + 4) * 4 + g * 2 + 1) * 8, a4_1);
            }
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1;
                for (int i = 0; i < 4; i++) {
                    const int iy0 = oy * 2 + i - 1;
                    if (iy0 >= 0 && iy0 < 11) {
                        const float *restrict x0 = x + (iy0 * 10 + 4) * 32 + g * 16;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 128); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 160); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 160); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 10 + 5) * 4 + g * 2) * 8, a0_0);
                vstore(y + ((oy * 10 + 5) * 4 + g * 2 + 1) * 8, a0_1);
                vstore(y + ((oy * 10 + 5 + 1) * 4 + g * 2) * 8, a1_0);
                vstore(y + ((oy * 10 + 5 + 1) * 4 + g * 2 + 1) * 8, a1_1);
                vstore(y + ((oy * 10 + 5 + 2) * 4 + g * 2) * 8, a2_0);
                vstore(y + ((oy * 10 + 5 + 2) * 4 + g * 2 + 1) * 8, a2_1);
                vstore(y + ((oy * 10 + 5 + 3) * 4 + g * 2) * 8, a3_0);
                vstore(y + ((oy * 10 + 5 + 3) * 4 + g * 2 + 1) * 8, a3_1);
                vstore(y + ((oy * 10 + 5 + 4) * 4 + g * 2) * 8, a4_0);
                vstore(y + ((oy * 10 + 5 + 4) * 4 + g * 2 + 1) * 8, a4_1);
            }
        }
    }
}


/* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
KERNEL static void max_pooling2d_block(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 8; column++) {
            const int corner = (row * 10 + column) * 32;
            const int to = (row * 8 + column) * 32;
            for (int i = 0; i < 32; i += VL) {
                vec best = vload(x + corner + i);
                for (int down = 0; down < 3; down++)
                    for (int across = 0; across < 3; across++) {
                        vec cell = vload(x + corner + (down * 10 + across) * 32 + i);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
            }
        }
    }
}


/* conv2d (line 5): 4x8x4 -> relu -> 4x8x4 */
KERNEL static void conv2d_unary_block(const float *x, float *y)
{
    for (int i = 0; i < 1024; i += VL) {
        vec v = vload(x + i);
        vstore(y + i, vmax(vzero(), v));
    }
}


/* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 6; f += 2) {
            const float *restrict wf = kernel + f / 8 * 192 + f % 8;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
            vec a3_0 = b0, a3_1 = b1;
            for (int i = 0; i < 2; i++) {
                const int iy0 = oy + i;
                const float *restrict x0 = x + (iy0 * 8) * 32;
                const float *restrict w = wf + i * 96;
                for (int c = 0; c < 4; c++) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                        { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                        { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                        { const vec v = vload(x0 + 160); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[64]), w1 = vset1(w[65]);
                        { const vec v = vload(x0 + 128); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        { const vec v = vload(x0 + 160); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        { const vec v = vload(x0 + 192); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                        { const vec v = vload(x0 + 224); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                    }
                    x0 += 8;
                    w += 8;
                }
            }
            vstore(y + ((oy * 4) * 6 + f) * 8, vtanh(a0_0));
            vstore(y + ((oy * 4) * 6 + f + 1) * 8, vtanh(a0_1));
            vstore(y + ((oy * 4 + 1) * 6 + f) * 8, vtanh(a1_0));
            vstore(y + ((oy * 4 + 1) * 6 + f + 1) * 8, vtanh(a1_1));
            vstore(y + ((oy * 4 + 2) * 6 + f) * 8, vtanh(a2_0));
            vstore(y + ((oy * 4 + 2) * 6 + f + 1) * 8, vtanh(a2_1));
            vstore(y + ((oy * 4 + 3) * 6 + f) * 8, vtanh(a3_0));
            vstore(y + ((oy * 4 + 3) * 6 + f + 1) * 8, vtanh(a3_1));
        }
    }
}


/* average_pooling2d (line 8): 3x4x6 -> average_pool2d -> 3x2x6 */
KERNEL static void average_pooling2d_block(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 2; column++) {
            const int column_start = column * 3 - 1, left = column_start < 0 ? -column_start : 0, right = 4 - column_start < 3 ? 4 - column_start : 3;
            const int corner = (row * 4 + column_start) * 48;
            const int to = (row * 2 + column) * 48;
            vec share = vset1(1.0f / (float)((1 - 0) * (right - left)));
            for (int i = 0; i < 48; i += VL) {
                vec sum = vzero();
                for (int down = 0; down < 1; down++)
                    for (int across = left; across < right; across++)
                        sum = vadd(sum, vload(x + (corner + (down * 4 + across) * 48) + i));
                vstore(y + to + i, vmul(sum, share));
            }
        }
    }
}


/* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 2 filters */
KERNEL static void dense_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    {
        const float *restrict wf = kernel;
        const vec b0 = vset1(bias[0]);
        const vec b1 = vset1(bias[1]);
        vec a0_0 = b0, a0_1 = b1;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 288;
        const float *restrict w = wf;
        for (int c = 0; c < 36; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
            }
            x0 += 8;
            w += 8;
        }
        vstore(y + (0 * 3) * 8, a0_0);
        vstore(y + (0 * 3 + 1) * 8, a0_1);
    }
    {
        const float *restrict wf = kernel + 2;
        const vec b0 = vset1(bias[2]);
        vec a0_0 = b0;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 288;
        const float *restrict w = wf;
        for (int c = 0; c < 36; c++) {
            {
                const vec w0 = vset1(w[0]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); }
            }
            x0 += 8;
            w += 8;
        }
        vstore(y + (0 * 3 + 2) * 8, a0_0);
    }
}


/* label 3: rows of the caller, made sample-innermost */
KERNEL static void load_label_3(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    const float *row[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 3 * row_of(rows, block * VL + (l < valid ? l : 0));
    }
    for (int i = 0; i < 3; i++)
        for (int l = 0; l < VL; l++)
            x[i * VL + l] = row[l][i];
}


/* loss (line 11): 3 -> squared_error -> 1 */
KERNEL static void loss_block(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec total = vzero();
    for (int i = 0; i < 24; i += VL) {
        vec off = vsub(vload(p + i), vload(t + i));
        total = vfma(off, off, total);
    }
    vstore(loss, vmul(total, vset1(0x1.555556p-2f)));
}


/* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 5 columns x 2 filters */
KERNEL static void conv2d_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int g = 0; g < 2; g++) {
        for (int oy = 0; oy < 6; oy++) {
            const float *restrict wf = kernel + g * 2 + 0;
            const vec b0 = vset1(bias[g * 2]);
            const vec b1 = vset1(bias[g * 2 + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1;
                for (int i = 0; i < 4; i++) {
                    const int iy0 = oy * 2 + i - 1;
                    if (iy0 >= 0 && iy0 < 11) {
                        const float *restrict x0 = x + (iy0 * 10) * 32 + g * 16;
                        const float *restrict w = wf + i * 24;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 96); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 128); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 160); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            x0 += 8;
                            w += 4;
                        }
                    }
                }
                vstore(y + ((oy * 10) * 4 + g * 2) * 8, a0_0);
                vstore(y + ((oy * 10) * 4 + g * 2 + 1) * 8, a0_1);
                vstore(y + ((oy * 10 + 1) * 4 + g * 2) * 8, a1_0);
                vstore(y + ((oy * 10 + 1) * 4 + g * 2 + 1) * 8, a1_1);
                vstore(y + ((oy * 10 + 2) * 4 + g * 2) * 8, a2_0);
                vstore(y + ((oy * 10 + 2) * 4 + g * 2 + 1) * 8, a2_1);
                vstore(y + ((oy * 10 + 3) * 4 + g * 2) * 8, a3_0);
                vstore(y + ((oy * 10 + 3) * 4 + g * 2 + 1) * 8, a3_1);
                vstore(y + ((oy * 10 + 4) * 4 + g * 2) * 8, a4_0);
                vstore(y + ((oy * 10 + 4) * 4 + g * 2 + 1) * 8, a4_1);
            }
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1;
                for (int i = 0; i < 4; i++) {
                    const int iy0 = oy * 2 + i - 1;
                    if (iy0 >= 0 && iy0 < 11) {
                        const float *restrict x0 = x + (iy0 * 10 + 4) * 32 + g * 16;
                        const float *restrict w = wf + i * 24;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 128); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 160); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 160); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 4;
                        }
                    }
                }
                vstore(y + ((oy * 10 + 5) * 4 + g * 2) * 8, a0_0);
                vstore(y + ((oy * 10 + 5) * 4 + g * 2 + 1) * 8, a0_1);
                vstore(y + ((oy * 10 + 5 + 1) * 4 + g * 2) * 8, a1_0);
                vstore(y + ((oy * 10 + 5 + 1) * 4 + g * 2 + 1) * 8, a1_1);
                vstore(y + ((oy * 10 + 5 + 2) * 4 + g * 2) * 8, a2_0);
                vstore(y + ((oy * 10 + 5 + 2) * 4 + g * 2 + 1) * 8, a2_1);
                vstore(y + ((oy * 10 + 5 + 3) * 4 + g * 2) * 8, a3_0);
                vstore(y + ((oy * 10 + 5 + 3) * 4 + g * 2 + 1) * 8, a3_1);
                vstore(y + ((oy * 10 + 5 + 4) * 4 + g * 2) * 8, a4_0);
                vstore(y + ((oy * 10 + 5 + 4) * 4 + g * 2 + 1) * 8, a4_1);
            }
        }
    }
}


/* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
KERNEL static void max_pooling2d_train(const float *restrict x, float *restrict y, uint8_t *restrict argmax)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 8; column++) {
            const int corner = (row * 10 + column) * 32;
            const int to = (row * 8 + column) * 32;
            for (int i = 0; i < 32; i += VL) {
                vec best = vload(x + corner + i);
                vec which = vzero();
                for (int down = 0; down < 3; down++)
                    for (int across = 0; across < 3; across++) {
                        vec cell = vload(x + corner + (down * 10 + across) * 32 + i);
                        which = vselect(vgt(cell, best), vset1((float)(down * 3 + across)), which);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
                vstore_u8(argmax + to + i, which);
            }
        }
    }
}


/* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 3 filters */
KERNEL static void conv2d_1_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 6; f += 3) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            const vec b2 = vset1(bias[f + 2]);
            vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a1_0 = b0, a1_1 = b1, a1_2 = b2;
            vec a2_0 = b0, a2_1 = b1, a2_2 = b2, a3_0 = b0, a3_1 = b1, a3_2 = b2;
            for (int i = 0; i < 2; i++) {
                const int iy0 = oy + i;
                const float *restrict x0 = x + (iy0 * 8) * 32;
                const float *restrict w = wf + i * 72;
                for (int c = 0; c < 4; c++) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]);
                        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); }
                        { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); }
                        { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); }
                        { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[24]), w1 = vset1(w[25]), w2 = vset1(w[26]);
                        { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); }
                        { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); }
                        { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); }
                        { const vec v = vload(x0 + 160); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[48]), w1 = vset1(w[49]), w2 = vset1(w[50]);
                        { const vec v = vload(x0 + 128); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); }
                        { const vec v = vload(x0 + 160); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); }
                        { const vec v = vload(x0 + 192); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); }
                        { const vec v = vload(x0 + 224); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); a3_2 = vfma(v, w2, a3_2); }
                    }
                    x0 += 8;
                    w += 6;
                }
            }
            vstore(y + ((oy * 4) * 6 + f) * 8, vtanh(a0_0));
            vstore(y + ((oy * 4) * 6 + f + 1) * 8, vtanh(a0_1));
            vstore(y + ((oy * 4) * 6 + f + 2) * 8, vtanh(a0_2));
            vstore(y + ((oy * 4 + 1) * 6 + f) * 8, vtanh(a1_0));
            vstore(y + ((oy * 4 + 1) * 6 + f + 1) * 8, vtanh(a1_1));
            vstore(y + ((oy * 4 + 1) * 6 + f + 2) * 8, vtanh(a1_2));
            vstore(y + ((oy * 4 + 2) * 6 + f) * 8, vtanh(a2_0));
            vstore(y + ((oy * 4 + 2) * 6 + f + 1) * 8, vtanh(a2_1));
            vstore(y + ((oy * 4 + 2) * 6 + f + 2) * 8, vtanh(a2_2));
            vstore(y + ((oy * 4 + 3) * 6 + f) * 8, vtanh(a3_0));
            vstore(y + ((oy * 4 + 3) * 6 + f + 1) * 8, vtanh(a3_1));
            vstore(y + ((oy * 4 + 3) * 6 + f + 2) * 8, vtanh(a3_2));
        }
    }
}


/* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 3 filters */
KERNEL static void dense_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    const vec b2 = vset1(bias[2]);
    vec a0_0 = b0, a0_1 = b1, a0_2 = b2;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 288;
    const float *restrict w = wf;
    for (int c = 0; c < 36; c++) {
        {
            const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); }
        }
        x0 += 8;
        w += 3;
    }
    vstore(y + (0 * 3) * 8, a0_0);
    vstore(y + (0 * 3 + 1) * 8, a0_1);
    vstore(y + (0 * 3 + 2) * 8, a0_2);
}


/* loss (line 11), backward: 3 -> squared_error_grad -> 3 */
KERNEL static void loss_grad(const float *restrict p, const float *restrict t, const float *restrict dl, float *restrict dp)
{
    vec share = vmul(vload(dl), vset1(0x1.555556p-1f));
    for (int i = 0; i < 24; i += VL)
        vstore(dp + i, vmul(share, vsub(vload(p + i), vload(t + i))));
}


/* dense (line 10), backward: 3 -> sum_to -> 3 */
KERNEL static void dense_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[3];
    for (int k = 0; k < 3; k++) {
        sum[k] = vzero();
    }
    for (int k = 0; k < 3; k++) {
        const int i = k * VL;
        sum[k] = vadd(sum[k], vload(x + i));
    }
    for (int k = 0; k < 3; k++) {
        y[k] += vsum(sum[k]);
    }
}


/* dense (line 10), backward: 36 -> matmul_grad_kernel -> 36x3 */
KERNEL static void dense_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        {
            vec d[VL];
            d[0] = vload(dy + (p * 3 + 0) * VL);
            d[1] = vload(dy + (p * 3 + 0 + 1) * VL);
            d[2] = vload(dy + (p * 3 + 0 + 2) * VL);
            d[3] = vzero();
            d[4] = vzero();
            d[5] = vzero();
            d[6] = vzero();
            d[7] = vzero();
            vtranspose(d);
            for (int first = 0; first < 5; first++)
            for (int c = first; c < 36; c += 5) {
                const float *restrict s = x + (p * 36 + c) * VL;
                float *restrict to = dk + c * 3 + 0;
                vec even = vload_n(to, 3), odd = vzero();
                even = vfma(vset1(s[0]), d[0], even);
                odd = vfma(vset1(s[1]), d[1], odd);
                even = vfma(vset1(s[2]), d[2], even);
                odd = vfma(vset1(s[3]), d[3], odd);
                even = vfma(vset1(s[4]), d[4], even);
                odd = vfma(vset1(s[5]), d[5], odd);
                even = vfma(vset1(s[6]), d[6], even);
                odd = vfma(vset1(s[7]), d[7], odd);
                vstore_n(to, vadd(even, odd), 3);
            }
        }
    }
}


/* dense (line 10), backward: 3 -> matmul_grad_input -> 36; tile 1 columns x 12 filters */
KERNEL static void dense_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int f = 0; f < 36; f += 12) {
        const float *restrict wf = kernel + f * 3;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 24;
        const float *restrict w = wf;
        for (int c = 0; c < 3; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[3]), w2 = vset1(w[6]), w3 = vset1(w[9]), w4 = vset1(w[12]), w5 = vset1(w[15]), w6 = vset1(w[18]), w7 = vset1(w[21]), w8 = vset1(w[24]), w9 = vset1(w[27]), w10 = vset1(w[30]), w11 = vset1(w[33]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); a0_11 = vfma(v, w11, a0_11); }
            }
            x0 += 8;
            w += 1;
        }
        vstore(y + (0 * 36 + f) * 8, a0_0);
        vstore(y + (0 * 36 + f + 1) * 8, a0_1);
        vstore(y + (0 * 36 + f + 2) * 8, a0_2);
        vstore(y + (0 * 36 + f + 3) * 8, a0_3);
        vstore(y + (0 * 36 + f + 4) * 8, a0_4);
        vstore(y + (0 * 36 + f + 5) * 8, a0_5);
        vstore(y + (0 * 36 + f + 6) * 8, a0_6);
        vstore(y + (0 * 36 + f + 7) * 8, a0_7);
        vstore(y + (0 * 36 + f + 8) * 8, a0_8);
        vstore(y + (0 * 36 + f + 9) * 8, a0_9);
        vstore(y + (0 * 36 + f + 10) * 8, a0_10);
        vstore(y + (0 * 36 + f + 11) * 8, a0_11);
    }
}


/* average_pooling2d (line 8), backward: 3x2x6 -> average_pool2d_grad -> 3x4x6 */
KERNEL static void average_pooling2d_grad(const float *restrict dy, float *restrict dx)
{
    for (int row = 0; row < 3; row++) {
        for (int column = 0; column < 2; column++) {
            const int column_start = column * 3 - 1, left = column_start < 0 ? -column_start : 0, right = 4 - column_start < 3 ? 4 - column_start : 3;
            const int corner = (row * 4 + column_start) * 48;
            const int to = (row * 2 + column) * 48;
            vec share = vset1(1.0f / (float)((1 - 0) * (right - left)));
            for (int i = 0; i < 48; i += VL) {
                vec part = vmul(vload(dy + to + i), share);
                for (int down = 0; down < 1; down++)
                    for (int across = left; across < right; across++) {
                        float *cell = dx + (corner + (down * 4 + across) * 48);
                        vstore(cell + i, part);
                    }
            }
        }
    }
}


/* conv2d_1 (line 7), backward: 3x4x6 -> tanh -> 3x4x6 */
KERNEL static void conv2d_1_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 576; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vmul(d, vfnma(v, v, vset1(1.0f))));
    }
}


/* conv2d_1 (line 7), backward: 3x4x6 -> sum_to -> 6 */
KERNEL static void conv2d_1_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[6];
    for (int k = 0; k < 6; k++) {
        sum[k] = vzero();
    }
    for (int p = 0; p < 12; p++) {
        for (int k = 0; k < 6; k++) {
            const int i = (p * 6 + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
    }
    for (int k = 0; k < 6; k++) {
        y[k] += vsum(sum[k]);
    }
}


/* conv2d_1 (line 7), backward: 4x8x4 -> conv2d_grad_kernel -> 2x3x4x6; tile 4 channels x 3 filters x 1 taps */
KERNEL static void conv2d_1_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 2; i++) {
        {
            const int c = 0;
            for (int f = 0; f < 6; f += 3) {
                {
                    vec a0_0_0 = vzero();
                    vec a0_0_1 = vzero();
                    vec a0_0_2 = vzero();
                    vec a0_1_0 = vzero();
                    vec a0_1_1 = vzero();
                    vec a0_1_2 = vzero();
                    vec a0_2_0 = vzero();
                    vec a0_2_1 = vzero();
                    vec a0_2_2 = vzero();
                    vec a0_3_0 = vzero();
                    vec a0_3_1 = vzero();
                    vec a0_3_2 = vzero();
                    for (int oy = 0; oy < 3; oy++) {
                        const int iy = oy + i;
                        const float *restrict xr = x + (iy * 32 + c) * VL;
                        const float *restrict d = dy + (oy * 24 + f) * VL;
                        for (int ox = 0; ox < 4; ox++) {
                            const vec d0 = vload(d + (ox * 6 + 0) * VL);
                            const vec d1 = vload(d + (ox * 6 + 1) * VL);
                            const vec d2 = vload(d + (ox * 6 + 2) * VL);
                            {
                                const vec v = vload(xr + ((ox + 0) * 4 + 0) * VL);
                                a0_0_0 = vfma(v, d0, a0_0_0);
                                a0_0_1 = vfma(v, d1, a0_0_1);
                                a0_0_2 = vfma(v, d2, a0_0_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 0) * 4 + 1) * VL);
                                a0_1_0 = vfma(v, d0, a0_1_0);
                                a0_1_1 = vfma(v, d1, a0_1_1);
                                a0_1_2 = vfma(v, d2, a0_1_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 0) * 4 + 2) * VL);
                                a0_2_0 = vfma(v, d0, a0_2_0);
                                a0_2_1 = vfma(v, d1, a0_2_1);
                                a0_2_2 = vfma(v, d2, a0_2_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 0) * 4 + 3) * VL);
                                a0_3_0 = vfma(v, d0, a0_3_0);
                                a0_3_1 = vfma(v, d1, a0_3_1);
                                a0_3_2 = vfma(v, d2, a0_3_2);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 3 + 0) * 4 + c) * 6 + f;
                    to[0] += vsum(a0_0_0);
                    to[1] += vsum(a0_0_1);
                    to[2] += vsum(a0_0_2);
                    to[6] += vsum(a0_1_0);
                    to[7] += vsum(a0_1_1);
                    to[8] += vsum(a0_1_2);
                    to[12] += vsum(a0_2_0);
                    to[13] += vsum(a0_2_1);
                    to[14] += vsum(a0_2_2);
                    to[18] += vsum(a0_3_0);
                    to[19] += vsum(a0_3_1);
                    to[20] += vsum(a0_3_2);
                }
                {
                    vec a1_0_0 = vzero();
                    vec a1_0_1 = vzero();
                    vec a1_0_2 = vzero();
                    vec a1_1_0 = vzero();
                    vec a1_1_1 = vzero();
                    vec a1_1_2 = vzero();
                    vec a1_2_0 = vzero();
                    vec a1_2_1 = vzero();
                    vec a1_2_2 = vzero();
                    vec a1_3_0 = vzero();
                    vec a1_3_1 = vzero();
                    vec a1_3_2 = vzero();
                    for (int oy = 0; oy < 3; oy++) {
                        const int iy = oy + i;
                        const float *restrict xr = x + (iy * 32 + c) * VL;
                        const float *restrict d = dy + (oy * 24 + f) * VL;
                        for (int ox = 0; ox < 4; ox++) {
                            const vec d0 = vload(d + (ox * 6 + 0) * VL);
                            const vec d1 = vload(d + (ox * 6 + 1) * VL);
                            const vec d2 = vload(d + (ox * 6 + 2) * VL);
                            {
                                const vec v = vload(xr + ((ox + 2) * 4 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                                a1_0_2 = vfma(v, d2, a1_0_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 2) * 4 + 1) * VL);
                                a1_1_0 = vfma(v, d0, a1_1_0);
                                a1_1_1 = vfma(v, d1, a1_1_1);
                                a1_1_2 = vfma(v, d2, a1_1_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 2) * 4 + 2) * VL);
                                a1_2_0 = vfma(v, d0, a1_2_0);
                                a1_2_1 = vfma(v, d1, a1_2_1);
                                a1_2_2 = vfma(v, d2, a1_2_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 2) * 4 + 3) * VL);
                                a1_3_0 = vfma(v, d0, a1_3_0);
                                a1_3_1 = vfma(v, d1, a1_3_1);
                                a1_3_2 = vfma(v, d2, a1_3_2);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 3 + 1) * 4 + c) * 6 + f;
                    to[0] += vsum(a1_0_0);
                    to[1] += vsum(a1_0_1);
                    to[2] += vsum(a1_0_2);
                    to[6] += vsum(a1_1_0);
                    to[7] += vsum(a1_1_1);
                    to[8] += vsum(a1_1_2);
                    to[12] += vsum(a1_2_0);
                    to[13] += vsum(a1_2_1);
                    to[14] += vsum(a1_2_2);
                    to[18] += vsum(a1_3_0);
                    to[19] += vsum(a1_3_1);
                    to[20] += vsum(a1_3_2);
                }
                {
                    vec a2_0_0 = vzero();
                    vec a2_0_1 = vzero();
                    vec a2_0_2 = vzero();
                    vec a2_1_0 = vzero();
                    vec a2_1_1 = vzero();
                    vec a2_1_2 = vzero();
                    vec a2_2_0 = vzero();
                    vec a2_2_1 = vzero();
                    vec a2_2_2 = vzero();
                    vec a2_3_0 = vzero();
                    vec a2_3_1 = vzero();
                    vec a2_3_2 = vzero();
                    for (int oy = 0; oy < 3; oy++) {
                        const int iy = oy + i;
                        const float *restrict xr = x + (iy * 32 + c) * VL;
                        const float *restrict d = dy + (oy * 24 + f) * VL;
                        for (int ox = 0; ox < 4; ox++) {
                            const vec d0 = vload(d + (ox * 6 + 0) * VL);
                            const vec d1 = vload(d + (ox * 6 + 1) * VL);
                            const vec d2 = vload(d + (ox * 6 + 2) * VL);
                            {
                                const vec v = vload(xr + ((ox + 4) * 4 + 0) * VL);
                                a2_0_0 = vfma(v, d0, a2_0_0);
                                a2_0_1 = vfma(v, d1, a2_0_1);
                                a2_0_2 = vfma(v, d2, a2_0_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 4) * 4 + 1) * VL);
                                a2_1_0 = vfma(v, d0, a2_1_0);
                                a2_1_1 = vfma(v, d1, a2_1_1);
                                a2_1_2 = vfma(v, d2, a2_1_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 4) * 4 + 2) * VL);
                                a2_2_0 = vfma(v, d0, a2_2_0);
                                a2_2_1 = vfma(v, d1, a2_2_1);
                                a2_2_2 = vfma(v, d2, a2_2_2);
                            }
                            {
                                const vec v = vload(xr + ((ox + 4) * 4 + 3) * VL);
                                a2_3_0 = vfma(v, d0, a2_3_0);
                                a2_3_1 = vfma(v, d1, a2_3_1);
                                a2_3_2 = vfma(v, d2, a2_3_2);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 3 + 2) * 4 + c) * 6 + f;
                    to[0] += vsum(a2_0_0);
                    to[1] += vsum(a2_0_1);
                    to[2] += vsum(a2_0_2);
                    to[6] += vsum(a2_1_0);
                    to[7] += vsum(a2_1_1);
                    to[8] += vsum(a2_1_2);
                    to[12] += vsum(a2_2_0);
                    to[13] += vsum(a2_2_1);
                    to[14] += vsum(a2_2_2);
                    to[18] += vsum(a2_3_0);
                    to[19] += vsum(a2_3_1);
                    to[20] += vsum(a2_3_2);
                }
            }
        }
    }
}


/* conv2d_1 (line 7), backward: 3x4x6 -> conv2d_grad_input -> 4x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int oy = 0; oy < 4; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f * 6;
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero();
                for (int i = 0; i < 2; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 3) {
                        const float *restrict x0 = x + (iy0 * 4) * 48;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 6; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[6]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 144); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[24]), w1 = vset1(w[30]);
                                { const vec v = vload(x0); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 1;
                        }
                    }
                }
                vstore(y + ((oy * 8) * 4 + f) * 8, a0_0);
                vstore(y + ((oy * 8) * 4 + f + 1) * 8, a0_1);
                vstore(y + ((oy * 8 + 1) * 4 + f) * 8, a1_0);
                vstore(y + ((oy * 8 + 1) * 4 + f + 1) * 8, a1_1);
                vstore(y + ((oy * 8 + 2) * 4 + f) * 8, a2_0);
                vstore(y + ((oy * 8 + 2) * 4 + f + 1) * 8, a2_1);
                vstore(y + ((oy * 8 + 3) * 4 + f) * 8, a3_0);
                vstore(y + ((oy * 8 + 3) * 4 + f + 1) * 8, a3_1);
            }
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero();
                for (int i = 0; i < 2; i++) {
                    const int iy0 = oy - i;
                    if (iy0 >= 0 && iy0 < 3) {
                        const float *restrict x0 = x + (iy0 * 4) * 48;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 6; c++) {
                            {
                                const vec w0 = vset1(w[24]), w1 = vset1(w[30]);
                                { const vec v = vload(x0 + 96); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 144); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[48]), w1 = vset1(w[54]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 144); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 1;
                        }
                    }
                }
                vstore(y + ((oy * 8 + 4) * 4 + f) * 8, a0_0);
                vstore(y + ((oy * 8 + 4) * 4 + f + 1) * 8, a0_1);
                vstore(y + ((oy * 8 + 4 + 1) * 4 + f) * 8, a1_0);
                vstore(y + ((oy * 8 + 4 + 1) * 4 + f + 1) * 8, a1_1);
                vstore(y + ((oy * 8 + 4 + 2) * 4 + f) * 8, a2_0);
                vstore(y + ((oy * 8 + 4 + 2) * 4 + f + 1) * 8, a2_1);
                vstore(y + ((oy * 8 + 4 + 3) * 4 + f) * 8, a3_0);
                vstore(y + ((oy * 8 + 4 + 3) * 4 + f + 1) * 8, a3_1);
            }
        }
    }
}


/* conv2d (line 5), backward: 4x8x4 -> relu -> 4x8x4 */
KERNEL static void conv2d_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 1024; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vselect(vgt(v, vzero()), d, vzero()));
    }
}


/* conv2d (line 5), backward: 4x8x4 -> sum_to -> 4 */
KERNEL static void conv2d_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[4];
    for (int k = 0; k < 4; k++) {
        sum[k] = vzero();
    }
    for (int p = 0; p < 32; p++) {
        for (int k = 0; k < 4; k++) {
            const int i = (p * 4 + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
    }
    for (int k = 0; k < 4; k++) {
        y[k] += vsum(sum[k]);
    }
}


/* max_pooling2d (line 6), backward: 4x8x4 -> max_pool2d_grad -> 6x10x4 */
KERNEL static void max_pooling2d_grad(const float *restrict dy, const uint8_t *restrict argmax, float *restrict dx)
{
    for (int i = 0; i < 1920; i += VL)
        vstore(dx + i, vzero());
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 8; column++) {
            const int corner = (row * 10 + column) * 32;
            const int to = (row * 8 + column) * 32;
            for (int i = 0; i < 32; i += VL) {
                vec d = vload(dy + to + i), which = vload_u8(argmax + to + i);
                for (int down = 0; down < 3; down++)
                    for (int across = 0; across < 3; across++) {
                        float *cell = dx + corner + (down * 10 + across) * 32;
                        vstore(cell + i, vadd(vload(cell + i), vselect(veq(which, vset1((float)(down * 3 + across))), d, vzero())));
                    }
            }
        }
    }
}


/* conv2d (line 5), backward: 11x10x4 -> conv2d_grad_kernel -> 4x3x2x4; tile 2 channels x 2 filters x 3 taps */
KERNEL static void conv2d_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int g = 0; g < 2; g++) {
        for (int i = 0; i < 4; i++) {
            {
                const int c = 0;
                {
                    const int f = 0;
                    {
                        vec a0_0_0 = vzero();
                        vec a0_0_1 = vzero();
                        vec a0_1_0 = vzero();
                        vec a0_1_1 = vzero();
                        vec a1_0_0 = vzero();
                        vec a1_0_1 = vzero();
                        vec a1_1_0 = vzero();
                        vec a1_1_1 = vzero();
                        vec a2_0_0 = vzero();
                        vec a2_0_1 = vzero();
                        vec a2_1_0 = vzero();
                        vec a2_1_1 = vzero();
                        for (int oy = 0; oy < 6; oy++) {
                            const int iy = oy * 2 + i - 1;
                            if (iy < 0 || iy >= 11)
                                continue;
                            const float *restrict xr = x + (iy * 40 + g * 2 + c) * VL;
                            const float *restrict d = dy + (oy * 40 + g * 2 + f) * VL;
                            {
                                const vec d0 = vload(d + (0 * 4 + 0) * VL);
                                const vec d1 = vload(d + (0 * 4 + 1) * VL);
                                {
                                    const vec v = vload(xr + (0 * 4 + 0) * VL);
                                    a1_0_0 = vfma(v, d0, a1_0_0);
                                    a1_0_1 = vfma(v, d1, a1_0_1);
                                }
                                {
                                    const vec v = vload(xr + (0 * 4 + 1) * VL);
                                    a1_1_0 = vfma(v, d0, a1_1_0);
                                    a1_1_1 = vfma(v, d1, a1_1_1);
                                }
                                {
                                    const vec v = vload(xr + (1 * 4 + 0) * VL);
                                    a2_0_0 = vfma(v, d0, a2_0_0);
                                    a2_0_1 = vfma(v, d1, a2_0_1);
                                }
                                {
                                    const vec v = vload(xr + (1 * 4 + 1) * VL);
                                    a2_1_0 = vfma(v, d0, a2_1_0);
                                    a2_1_1 = vfma(v, d1, a2_1_1);
                                }
                            }
                            for (int ox = 1; ox < 9; ox++) {
                                const vec d0 = vload(d + (ox * 4 + 0) * VL);
                                const vec d1 = vload(d + (ox * 4 + 1) * VL);
                                {
                                    const vec v = vload(xr + ((ox + -1) * 4 + 0) * VL);
                                    a0_0_0 = vfma(v, d0, a0_0_0);
                                    a0_0_1 = vfma(v, d1, a0_0_1);
                                }
                                {
                                    const vec v = vload(xr + ((ox + -1) * 4 + 1) * VL);
                                    a0_1_0 = vfma(v, d0, a0_1_0);
                                    a0_1_1 = vfma(v, d1, a0_1_1);
                                }
                                {
                                    const vec v = vload(xr + ((ox + 0) * 4 + 0) * VL);
                                    a1_0_0 = vfma(v, d0, a1_0_0);
                                    a1_0_1 = vfma(v, d1, a1_0_1);
                                }
                                {
                                    const vec v = vload(xr + ((ox + 0) * 4 + 1) * VL);
                                    a1_1_0 = vfma(v, d0, a1_1_0);
                                    a1_1_1 = vfma(v, d1, a1_1_1);
                                }
                                {
                                    const vec v = vload(xr + ((ox + 1) * 4 + 0) * VL);
                                    a2_0_0 = vfma(v, d0, a2_0_0);
                                    a2_0_1 = vfma(v, d1, a2_0_1);
                                }
                                {
                                    const vec v = vload(xr + ((ox + 1) * 4 + 1) * VL);
                                    a2_1_0 = vfma(v, d0, a2_1_0);
                                    a2_1_1 = vfma(v, d1, a2_1_1);
                                }
                            }
                            {
                                const vec d0 = vload(d + (9 * 4 + 0) * VL);
                                const vec d1 = vload(d + (9 * 4 + 1) * VL);
                                {
                                    const vec v = vload(xr + (8 * 4 + 0) * VL);
                                    a0_0_0 = vfma(v, d0, a0_0_0);
                                    a0_0_1 = vfma(v, d1, a0_0_1);
                                }
                                {
                                    const vec v = vload(xr + (8 * 4 + 1) * VL);
                                    a0_1_0 = vfma(v, d0, a0_1_0);
                                    a0_1_1 = vfma(v, d1, a0_1_1);
                                }
                                {
                                    const vec v = vload(xr + (9 * 4 + 0) * VL);
                                    a1_0_0 = vfma(v, d0, a1_0_0);
                                    a1_0_1 = vfma(v, d1, a1_0_1);
                                }
                                {
                                    const vec v = vload(xr + (9 * 4 + 1) * VL);
                                    a1_1_0 = vfma(v, d0, a1_1_0);
                                    a1_1_1 = vfma(v, d1, a1_1_1);
                                }
                            }
                        }
                        float *restrict to = dk + ((i * 3 + 0) * 2 + c) * 4 + g * 2 + f;
                        to[0] += vsum(a0_0_0);
                        to[1] += vsum(a0_0_1);
                        to[4] += vsum(a0_1_0);
                        to[5] += vsum(a0_1_1);
                        to[8] += vsum(a1_0_0);
                        to[9] += vsum(a1_0_1);
                        to[12] += vsum(a1_1_0);
                        to[13] += vsum(a1_1_1);
                        to[16] += vsum(a2_0_0);
                        to[17] += vsum(a2_0_1);
                        to[20] += vsum(a2_1_0);
                        to[21] += vsum(a2_1_1);
                    }
                }
            }
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 5): 4x3x2x4 -> pack -> 2x24x8 */
    const float *const conv2d_kernel = parameters; /* 4x3x2x4 */
    float *const conv2d_kernel_pack = prepared; /* 2x24x8 */
    conv2d_pack(conv2d_kernel, conv2d_kernel_pack);
    /* conv2d (line 5): 4 -> pack -> 4 */
    const float *const conv2d_bias = parameters + 96; /* 4 */
    float *const conv2d_bias_pack = prepared + 384; /* 4 */
    conv2d_pack_2(conv2d_bias, conv2d_bias_pack);
    /* conv2d_1 (line 7): 2x3x4x6 -> pack -> 1x24x8 */
    const float *const conv2d_1_kernel = parameters + 100; /* 2x3x4x6 */
    float *const conv2d_1_kernel_pack = prepared + 392; /* 1x24x8 */
    conv2d_1_pack(conv2d_1_kernel, conv2d_1_kernel_pack);
    /* conv2d_1 (line 7): 6 -> pack -> 6 */
    const float *const conv2d_1_bias = parameters + 244; /* 6 */
    float *const conv2d_1_bias_pack = prepared + 584; /* 6 */
    conv2d_1_pack_2(conv2d_1_bias, conv2d_1_bias_pack);
    /* dense (line 10): 36x3 -> pack -> 1x36x8 */
    const float *const dense_kernel = parameters + 250; /* 36x3 */
    float *const dense_kernel_pack = prepared + 592; /* 1x36x8 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 10): 3 -> pack -> 3 */
    const float *const dense_bias = parameters + 358; /* 3 */
    float *const dense_bias_pack = prepared + 880; /* 3 */
    dense_pack_2(dense_bias, dense_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 10 columns x 1 sums x 1 vectors */
    const float *const conv2d_kernel_pack = prepared; /* 2x24x8 */
    const float *const conv2d_bias_pack = prepared + 384; /* 4 */
    float *const conv2d_add = ws; /* 6x10x4 */
    conv2d_one(input, conv2d_kernel_pack, conv2d_bias_pack, conv2d_add);
    /* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
    float *const max_pooling2d = ws + 240; /* 4x8x4 */
    max_pooling2d_one(conv2d_add, max_pooling2d);
    /* conv2d (line 5): 4x8x4 -> relu -> 4x8x4 */
    float *const conv2d = ws + 240; /* 4x8x4 */
    conv2d_unary_one(max_pooling2d, conv2d);
    /* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 1 sums x 1 vectors */
    const float *const conv2d_1_kernel_pack = prepared + 392; /* 1x24x8 */
    const float *const conv2d_1_bias_pack = prepared + 584; /* 6 */
    float *const conv2d_1 = ws; /* 3x4x6 */
    conv2d_1_one(conv2d, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* average_pooling2d (line 8): 3x4x6 -> average_pool2d -> 3x2x6 */
    float *const average_pooling2d = ws + 72; /* 3x2x6 */
    average_pooling2d_one(conv2d_1, average_pooling2d);
    /* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 4 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared + 592; /* 1x36x8 */
    const float *const dense_bias_pack = prepared + 880; /* 3 */
    dense_one(average_pooling2d, dense_kernel_pack, dense_bias_pack, output);
}

/* Stores the block's rows of output 3. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws + 288; /* 3xVL */
    float *to = output + b->index * VL * 3;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 3; i++)
            to[l * 3 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws; /* 11x10x4xVL */
    load_input_440(input, b->index, input_layer);
    /* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 5 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 2x24x8 */
    const float *const conv2d_bias_pack = b->prepared + 384; /* 4 */
    float *const conv2d_add = b->ws + 3520; /* 6x10x4xVL */
    conv2d_block(input_layer, conv2d_kernel_pack, conv2d_bias_pack, conv2d_add);
    /* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
    float *const max_pooling2d = b->ws; /* 4x8x4xVL */
    max_pooling2d_block(conv2d_add, max_pooling2d);
    /* conv2d (line 5): 4x8x4 -> relu -> 4x8x4 */
    float *const conv2d = b->ws; /* 4x8x4xVL */
    conv2d_unary_block(max_pooling2d, conv2d);
    /* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 2 filters */
    const float *const conv2d_1_kernel_pack = b->prepared + 392; /* 1x24x8 */
    const float *const conv2d_1_bias_pack = b->prepared + 584; /* 6 */
    float *const conv2d_1 = b->ws + 1024; /* 3x4x6xVL */
    conv2d_1_block(conv2d, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* average_pooling2d (line 8): 3x4x6 -> average_pool2d -> 3x2x6 */
    float *const average_pooling2d = b->ws; /* 3x2x6xVL */
    average_pooling2d_block(conv2d_1, average_pooling2d);
    /* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 592; /* 1x36x8 */
    const float *const dense_bias_pack = b->prepared + 880; /* 3 */
    float *const dense = b->ws + 288; /* 3xVL */
    dense_block(average_pooling2d, dense_kernel_pack, dense_bias_pack, dense);
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
    float *const input_layer = b->ws; /* 11x10x4xVL */
    load_input_440(input, b->index, input_layer);
    float *const label_values = b->ws + 5440; /* 3xVL */
    load_label_3(label, b->index, label_values);
    /* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 5 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 2x24x8 */
    const float *const conv2d_bias_pack = b->prepared + 384; /* 4 */
    float *const conv2d_add = b->ws + 3520; /* 6x10x4xVL */
    conv2d_block(input_layer, conv2d_kernel_pack, conv2d_bias_pack, conv2d_add);
    /* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
    float *const max_pooling2d = b->ws; /* 4x8x4xVL */
    max_pooling2d_block(conv2d_add, max_pooling2d);
    /* conv2d (line 5): 4x8x4 -> relu -> 4x8x4 */
    float *const conv2d = b->ws; /* 4x8x4xVL */
    conv2d_unary_block(max_pooling2d, conv2d);
    /* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 2 filters */
    const float *const conv2d_1_kernel_pack = b->prepared + 392; /* 1x24x8 */
    const float *const conv2d_1_bias_pack = b->prepared + 584; /* 6 */
    float *const conv2d_1 = b->ws + 1024; /* 3x4x6xVL */
    conv2d_1_block(conv2d, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* average_pooling2d (line 8): 3x4x6 -> average_pool2d -> 3x2x6 */
    float *const average_pooling2d = b->ws; /* 3x2x6xVL */
    average_pooling2d_block(conv2d_1, average_pooling2d);
    /* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 592; /* 1x36x8 */
    const float *const dense_bias_pack = b->prepared + 880; /* 3 */
    float *const dense = b->ws + 288; /* 3xVL */
    dense_block(average_pooling2d, dense_kernel_pack, dense_bias_pack, dense);
    /* loss (line 11): 3 -> squared_error -> 1 */
    float *const loss = b->ws; /* 1xVL */
    loss_block(dense, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

/* A training step, phase 0. */
static void train_phase_0(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 3208; /* 11x10x4xVL */
    load_input_440(input, b->index, input_layer);
    float *const label_values = b->ws + 6728; /* 3xVL */
    load_label_3(label, b->index, label_values);
    float *const sample_weight = b->ws + 6752; /* 1xVL */
    weigh(b, sample_weight);
    /* conv2d (line 5): 11x10x4 -> conv2d, add -> 6x10x4; tile 5 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 4x3x2x4 */
    const float *const conv2d_bias = b->parameters + 96; /* 4 */
    float *const conv2d_add = b->ws + 1024; /* 6x10x4xVL */
    conv2d_train(input_layer, conv2d_kernel, conv2d_bias, conv2d_add);
    /* max_pooling2d (line 6): 6x10x4 -> max_pool2d -> 4x8x4 */
    float *const max_pooling2d = b->ws; /* 4x8x4xVL */
    uint8_t *const max_pooling2d_saved = (uint8_t *)(b->ws + 2944); /* 4x8x4xVL */
    max_pooling2d_train(conv2d_add, max_pooling2d, max_pooling2d_saved);
    /* conv2d (line 5): 4x8x4 -> relu -> 4x8x4 */
    float *const conv2d = b->ws; /* 4x8x4xVL */
    conv2d_unary_block(max_pooling2d, conv2d);
    /* conv2d_1 (line 7): 4x8x4 -> conv2d, add, tanh -> 3x4x6; tile 4 columns x 3 filters */
    const float *const conv2d_1_kernel = b->parameters + 100; /* 2x3x4x6 */
    const float *const conv2d_1_bias = b->parameters + 244; /* 6 */
    float *const conv2d_1 = b->ws + 1600; /* 3x4x6xVL */
    conv2d_1_train(conv2d, conv2d_1_kernel, conv2d_1_bias, conv2d_1);
    /* average_pooling2d (line 8): 3x4x6 -> average_pool2d -> 3x2x6 */
    float *const average_pooling2d = b->ws + 1024; /* 3x2x6xVL */
    average_pooling2d_block(conv2d_1, average_pooling2d);
    /* dense (line 10): 36 -> matmul, add -> 3; tile 1 columns x 3 filters */
    const float *const dense_kernel = b->parameters + 250; /* 36x3 */
    const float *const dense_bias = b->parameters + 358; /* 3 */
    float *const dense = b->ws + 1312; /* 3xVL */
    dense_train(average_pooling2d, dense_kernel, dense_bias, dense);
    /* loss (line 11): 3 -> squared_error -> 1 */
    float *const loss = b->ws + 3200; /* 1xVL */
    loss_block(dense, label_values, loss);
    /* loss (line 11), backward: 3 -> squared_error_grad -> 3 */
    float *const loss_dx = b->ws + 1336; /* 3xVL */
    loss_grad(dense, label_values, sample_weight, loss_dx);
    /* dense (line 10), backward: 3 -> sum_to -> 3 */
    float *const dense_bias_gradient = b->partial + 358; /* 3 */
    dense_sum_to(loss_dx, dense_bias_gradient);
    /* dense (line 10), backward: 36 -> matmul_grad_kernel -> 36x3 */
    float *const dense_kernel_gradient = b->partial + 250; /* 36x3 */
    dense_grad_kernel(average_pooling2d, loss_dx, dense_kernel_gradient);
    /* dense (line 10), backward: 3 -> matmul_grad_input -> 36; tile 1 columns x 12 filters */
    float *const dense_dx = b->ws + 2176; /* 36xVL */
    dense_grad_input(loss_dx, dense_kernel, dense_dx);
    /* average_pooling2d (line 8), backward: 3x2x6 -> average_pool2d_grad -> 3x4x6 */
    float *const average_pooling2d_dx = b->ws + 1024; /* 3x4x6xVL */
    average_pooling2d_grad(dense_dx, average_pooling2d_dx);
    /* conv2d_1 (line 7), backward: 3x4x6 -> tanh -> 3x4x6 */
    float *const conv2d_1_dx = b->ws + 1024; /* 3x4x6xVL */
    conv2d_1_grad(average_pooling2d_dx, conv2d_1, conv2d_1_dx);
    /* conv2d_1 (line 7), backward: 3x4x6 -> sum_to -> 6 */
    float *const conv2d_1_bias_gradient = b->partial + 244; /* 6 */
    conv2d_1_sum_to(conv2d_1_dx, conv2d_1_bias_gradient);
    /* conv2d_1 (line 7), backward: 4x8x4 -> conv2d_grad_kernel -> 2x3x4x6; tile 4 channels x 3 filters x 1 taps */
    float *const conv2d_1_kernel_gradient = b->partial + 100; /* 2x3x4x6 */
    conv2d_1_grad_kernel(conv2d, conv2d_1_dx, conv2d_1_kernel_gradient);
    /* conv2d_1 (line 7), backward: 3x4x6 -> conv2d_grad_input -> 4x8x4; tile 4 columns x 2 filters */
    float *const conv2d_1_dx_2 = b->ws + 1920; /* 4x8x4xVL */
    conv2d_1_grad_input(conv2d_1_dx, conv2d_1_kernel, conv2d_1_dx_2);
    /* conv2d (line 5), backward: 4x8x4 -> relu -> 4x8x4 */
    float *const conv2d_dx = b->ws + 1920; /* 4x8x4xVL */
    conv2d_grad(conv2d_1_dx_2, conv2d, conv2d_dx);
    /* conv2d (line 5), backward: 4x8x4 -> sum_to -> 4 */
    float *const conv2d_bias_gradient = b->partial + 96; /* 4 */
    conv2d_sum_to(conv2d_dx, conv2d_bias_gradient);
    /* max_pooling2d (line 6), backward: 4x8x4 -> max_pool2d_grad -> 6x10x4 */
    float *const max_pooling2d_dx = b->ws; /* 6x10x4xVL */
    max_pooling2d_grad(conv2d_dx, max_pooling2d_saved, max_pooling2d_dx);
    /* conv2d (line 5), backward: 11x10x4 -> conv2d_grad_kernel -> 4x3x2x4; tile 2 channels x 2 filters x 3 taps */
    float *const conv2d_kernel_gradient = b->partial; /* 4x3x2x4 */
    conv2d_grad_kernel(input_layer, max_pooling2d_dx, conv2d_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

enum {
    MANY_FLOATS = 5440 /* workspace of a thread */
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
    TRAIN_WORKSPACE = 6760, /* floats of a thread */
    TRAIN_KEPT = 0, /* of a block, between phases */
    TRAIN_PARTIAL = 368, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED = 0,
    SUMS = 1 /* loss and metrics */
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

static void update(float *parameters, const float *gradients, float *all_momentum, int64_t count,
                   float learning_rate, uint64_t step)
{
    const vec rate = vset1(learning_rate);
    const vec mu = vset1(0x1.ccccccp-1f);
    (void)step;
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        vec w = vload(parameters + i), g = vload(gradients + i);
        vec momentum = vload(all_momentum + i);
        momentum = vfnma(rate, g, vmul(mu, momentum));
        w = vadd(w, momentum);
        vstore(parameters + i, w);
        vstore(all_momentum + i, momentum);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec w = vload_n(parameters + i, n), g = vload_n(gradients + i, n);
        vec momentum = vload_n(all_momentum + i, n);
        momentum = vfnma(rate, g, vmul(mu, momentum));
        w = vadd(w, momentum);
        vstore_n(parameters + i, w, n);
        vstore_n(all_momentum + i, momentum, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory, the
 * part that is worked on is where the thread had its blocks. */
static void sgd_1(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 361 */
    float *const parameters = step->parameters; /* 361 */
    float *const momentum = step->state; /* 361 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 361; i += CHUNK) {
        const int64_t n = 361 - i < CHUNK ? 361 - i : CHUNK;
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
    struct block b = {.index = index, .valid = valid_lanes(index, step->batch.count), .parameters = step->parameters,
                      .combined = m->combined, .weight = 1.0f / (float)step->batch.count};
    b.ws = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    b.kept = m->kept + aligned(TRAIN_KEPT) * index;
    b.partial = m->partial + aligned(TRAIN_PARTIAL) * group;
    b.sums = m->sums[index];
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
    }
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums)
{
    enum { CHUNK = 64, FLOATS = 5464 };
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
        }
    }
    (void)threads;
}


#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
/* ---- interface: geometry_avx2.h describes it --------------------------------------------------------------- */

_Alignas(64) static float geometry_avx2_prepared[GEOMETRY_AVX2_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[GEOMETRY_AVX2_WORKSPACE_FLOATS];

void geometry_avx2_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void geometry_avx2_set_parameters(const float *parameters)
{
    prepare(parameters, geometry_avx2_prepared);
}

void geometry_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void geometry_avx2_predict(const float *input, float *output)
{
    predict_one(geometry_avx2_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = GEOMETRY_AVX2_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][5440];

void geometry_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int threads = omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS;
    predict_rows(geometry_avx2_prepared, &many_workspace[0][0], threads, &input, count, outputs);
}

/* ---- the model, as the runtime drives it ------------------------------------------------------------- */

static int count_threads(void)
{
    return omp_get_max_threads();
}

static int64_t many_bytes(int threads)
{
    return (int64_t)threads * 21856;
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
    {.name = "conv2d", .type = "Conv2D", .rank = 3, .dim = {6, 10, 4},
     .parameters = 100, .multiply_adds = 5760},
    {.name = "max_pooling2d", .type = "MaxPooling2D", .rank = 3, .dim = {4, 8, 4},
     .parameters = 0, .multiply_adds = 0},
    {.name = "conv2d_1", .type = "Conv2D", .rank = 3, .dim = {3, 4, 6},
     .parameters = 150, .multiply_adds = 1728},
    {.name = "average_pooling2d", .type = "AveragePooling2D", .rank = 3, .dim = {3, 2, 6},
     .parameters = 0, .multiply_adds = 0},
    {.name = "flatten", .type = "Flatten", .rank = 1, .dim = {36},
     .parameters = 0, .multiply_adds = 0},
    {.name = "dense", .type = "Dense", .rank = 1, .dim = {3},
     .parameters = 111, .multiply_adds = 108},
};

static const struct cnn_parameter parameters_table[] = {
    {.name = "conv2d/kernel", .rank = 4, .dim = {4, 3, 2, 4}, .offset = 0, .count = 96,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.28867513459481287, .b = 0.28867513459481287},
    {.name = "conv2d/bias", .rank = 1, .dim = {4}, .offset = 96, .count = 4,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "conv2d_1/kernel", .rank = 4, .dim = {2, 3, 4, 6}, .offset = 100, .count = 144,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.31622776601683794, .b = 0.31622776601683794},
    {.name = "conv2d_1/bias", .rank = 1, .dim = {6}, .offset = 244, .count = 6,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "dense/kernel", .rank = 2, .dim = {36, 3}, .offset = 250, .count = 108,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.39223227027636809, .b = 0.39223227027636809},
    {.name = "dense/bias", .rank = 1, .dim = {3}, .offset = 358, .count = 3,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
};

static const char *const slots[] = {"momentum"};

/* The calls of fit, one after the other. */
static const struct cnn_stage stages[] = {
    {.optimizer = "sgd",
     .fresh = true,
     .n_slots = 1,
     .slots = slots,
     .trained_floats = 361,
     .state_floats = 361,
     .learning_rate = 0.01,
     .validation_split = 0,
     .batch_size = 32,
     .epochs = 1,
     .shuffle = true,
     .train_bytes = count_train_bytes,
     .train_step = train_batch},
};

const struct cnn_model geometry_avx2_model = {
    .abi = CNN_ABI,
    .name = "geometry_avx2",
    .generator = "cnnc 0.1.0, target avx2",
    .input_rank = 3,
    .output_rank = 1,
    .input_dim = {11, 10, 4},
    .output_dim = {3},
    .input_count = 440,
    .output_count = 3,
    .label_count = 3,
    .label_is_class = false,
    .label_is_probability = false,
    .rescales = false,
    .n_layers = 6,
    .n_parameters = 6,
    .layers = layers,
    .parameters = parameters_table,
    .parameter_floats = 361,
    .trainable_floats = 361,
    .prepared_floats = 888,
    .loss = "mean_squared_error",
    .probabilities = CNN_PROBABILITIES_NONE,
    .from_logits = false,
    .n_metrics = 0,
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
const struct cnn_model *const cnn_program_model = &geometry_avx2_model;
#endif
