/* Made by cnnc 0.1.0 from tests/golden/mlp.lua for target fat. Do not edit: change the script and make it anew.
 *
 *   dense (Dense): 12, 84 parameters
 *   dense_1 (Dense): 2, 26 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores. It runs the best of these variants that the processor knows:
 *   avx512: 16 floats in a vector
 *   avx2: 8 floats in a vector
 *   generic: no vectors
 */
#include "mlp_fat.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#endif

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

#if defined(__GNUC__) && defined(__x86_64__)
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

#define VL16 16
typedef __m512 vec16;
typedef __mmask16 vmask16;
typedef __m512i vint16;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the others */
static inline vec16 vload16(const float *p) { return _mm512_loadu_ps(p); }
static inline void vstore16(float *p, vec16 v) { _mm512_storeu_ps(p, v); }
static inline vmask16 vfirst16(int n) { return (vmask16)((1u << n) - 1u); }
static inline vec16 vload_n16(const float *p, int n) { return _mm512_maskz_loadu_ps(vfirst16(n), p); }
static inline void vstore_n16(float *p, vec16 v, int n) { _mm512_mask_storeu_ps(p, vfirst16(n), v); }
static inline vec16 vload_u8_16(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}
static inline void vstore_u8_16(uint8_t *p, vec16 v) /* whole numbers 0..255 */
{
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(v)));
}

/* arithmetic; NaN: vmax and vmin give their second operand when either is NaN, comparisons are false */
static inline vec16 vset1_16(float x) { return _mm512_set1_ps(x); }
static inline vec16 vzero16(void) { return _mm512_setzero_ps(); }
static inline vec16 vlane_index16(void)
{
    return _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
static inline vec16 vadd16(vec16 a, vec16 b) { return _mm512_add_ps(a, b); }
static inline vec16 vsub16(vec16 a, vec16 b) { return _mm512_sub_ps(a, b); }
static inline vec16 vmul16(vec16 a, vec16 b)
{
    vec16 product = _mm512_mul_ps(a, b);
    __asm__("" : "+v"(product)); /* gcc would contract a sum around it into an FMA, which rounds otherwise */
    return product;
}
static inline vec16 vdiv16(vec16 a, vec16 b) { return _mm512_div_ps(a, b); }
static inline vec16 vfma16(vec16 a, vec16 b, vec16 c) { return _mm512_fmadd_ps(a, b, c); }   /* a*b + c */
static inline vec16 vfnma16(vec16 a, vec16 b, vec16 c) { return _mm512_fnmadd_ps(a, b, c); } /* c - a*b */
static inline vec16 vmax16(vec16 a, vec16 b) { return _mm512_max_ps(a, b); }
static inline vec16 vmin16(vec16 a, vec16 b) { return _mm512_min_ps(a, b); }
static inline vec16 vneg16(vec16 a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }
static inline vec16 vabs16(vec16 a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
static inline vec16 vsqrt16(vec16 a) { return _mm512_sqrt_ps(a); }
static inline vec16 vfloor16(vec16 a) { return _mm512_floor_ps(a); }
static inline vec16 vround16(vec16 a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

/* choice */
static inline vmask16 vgt16(vec16 a, vec16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
static inline vmask16 vge16(vec16 a, vec16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
static inline vmask16 veq16(vec16 a, vec16 b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
static inline vec16 vselect16(vmask16 m, vec16 a, vec16 b) { return _mm512_mask_blend_ps(m, b, a); } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
static inline float vsum16(vec16 v)
{
    __m256 a = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps(b, b, 1)));
}
static inline float vmaxall16(vec16 v)
{
    __m256 a = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps(b, b, 1)));
}
static inline void vtranspose16(vec16 rows[VL16]) /* lane j of row i becomes lane i of row j */
{
    vec16 pair[VL16], quad[VL16]; /* quad[4q + k], quarter c: column 4c + k of rows 4q .. 4q + 3 */
    for (int i = 0; i < VL16; i += 2) {
        pair[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        pair[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < VL16; i += 4)
        for (int k = 0; k < 2; k++) {
            __m512d a = _mm512_castps_pd(pair[i + k]), b = _mm512_castps_pd(pair[i + k + 2]);
            quad[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
            quad[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
        }
    for (int k = 0; k < 4; k++) {
        vec16 a = _mm512_shuffle_f32x4(quad[k], quad[k + 4], 0x44);
        vec16 b = _mm512_shuffle_f32x4(quad[k + 8], quad[k + 12], 0x44);
        vec16 c = _mm512_shuffle_f32x4(quad[k], quad[k + 4], 0xee);
        vec16 d = _mm512_shuffle_f32x4(quad[k + 8], quad[k + 12], 0xee);
        rows[k] = _mm512_shuffle_f32x4(a, b, 0x88);
        rows[k + 4] = _mm512_shuffle_f32x4(a, b, 0xdd);
        rows[k + 8] = _mm512_shuffle_f32x4(c, d, 0x88);
        rows[k + 12] = _mm512_shuffle_f32x4(c, d, 0xdd);
    }
}

/* 32-bit integers: wrap around */
static inline vint16 viload16(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline void vistore16(int32_t *p, vint16 v) { _mm512_storeu_si512(p, v); }
static inline vint16 viset1_16(int32_t x) { return _mm512_set1_epi32(x); }
static inline vint16 viadd16(vint16 a, vint16 b) { return _mm512_add_epi32(a, b); }
static inline vint16 visub16(vint16 a, vint16 b) { return _mm512_sub_epi32(a, b); }
static inline vint16 viand16(vint16 a, vint16 b) { return _mm512_and_si512(a, b); }
static inline vint16 vixor16(vint16 a, vint16 b) { return _mm512_xor_si512(a, b); }
static inline vint16 vimul16(vint16 a, vint16 b) { return _mm512_mullo_epi32(a, b); }
static inline vint16 vimulhi16(vint16 a, vint16 b) /* unsigned: the upper halves of the 64-bit products */
{
    vint16 even = _mm512_mul_epu32(a, b), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
    return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
#define vishl16(v, n) _mm512_slli_epi32(v, n) /* n: a constant, 1..31 */
#define vishr16(v, n) _mm512_srli_epi32(v, n) /* zeros enter */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint16 vcast_int16(vec16 v) { return _mm512_castps_si512(v); }
static inline vec16 vcast_float16(vint16 i) { return _mm512_castsi512_ps(i); }
static inline vint16 vcvt_int16(vec16 v) { return _mm512_cvttps_epi32(v); }
static inline vec16 vcvt_float16(vint16 i) { return _mm512_cvtepi32_ps(i); }

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
/* ---- functions of vectors -----------------------------------------------------------------------
 * Within 3 units in the last place unless said otherwise, and the same bits from every compiler. NaN gives
 * NaN. No results below the smallest normal number: they are 0. */

/* x = n*log(2) + r with |r| <= log(2)/2. Returns e^r - 1, and 2^(n-1): half the power, because 2^128 is no float
 * but e^88.7 is. The polynomial is a minimax fit of (e^r - 1 - r)/r^2 (Remez). Adding 1.5*2^23 rounds to a whole
 * number, whose bits are then the lowest; log(2) is split so that n times its upper part is exact. */
static inline vec16 vexp_half16(vec16 x, vec16 *half)
{
    x = vmin16(vset1_16(89.0f), vmax16(vset1_16(-87.33f), x)); /* beyond: infinity and 0 */
    vec16 shifter = vset1_16(0x1.8p+23f), shifted = vfma16(x, vset1_16(0x1.715476p+0f), shifter), n = vsub16(shifted, shifter);
    vec16 r = vfnma16(n, vset1_16(0x1.7f7d1cp-20f), vfnma16(n, vset1_16(0x1.62e4p-1f), x));
    vec16 tail = vfma16(r, vset1_16(0x1.6bec06p-10f), vset1_16(0x1.122776p-7f));
    tail = vfma16(r, tail, vset1_16(0x1.555674p-5f));
    tail = vfma16(r, tail, vset1_16(0x1.5554b0p-3f));
    tail = vfma16(r, tail, vset1_16(0x1.fffffep-2f));
    *half = vcast_float16(viadd16(vishl16(vcast_int16(shifted), 23), vcast_int16(vset1_16(0.5f))));
    return vfma16(vmul16(r, r), tail, r);
}

/* e^x - 1, exact to the last places near 0 too */
static inline vec16 vexpm1_16(vec16 x)
{
    vec16 half, y = vexp_half16(x, &half);
    y = vfma16(half, y, vsub16(half, vset1_16(0.5f)));
    return vadd16(y, y);
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes_avx512(int64_t block, int64_t count)
{
    return count - block * VL16 < VL16 ? (int)(count - block * VL16) : VL16;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* dense (line 3): 6x12 -> pack -> 1x6x16 */
KERNEL static void dense_pack_avx512(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 12; first += 16)
            for (int r = 0; r < 6; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 12 ? x[r * 12 + g * 12 + c] : 0.0f;
}


/* dense (line 3): 12 -> pack -> 12 */
KERNEL static void dense_pack_2_avx512(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 12; i++)
        y[i] = x[i];
}


/* dense_1 (line 4): 12x2 -> pack -> 1x12x16 */
KERNEL static void dense_1_pack_avx512(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 2; first += 16)
            for (int r = 0; r < 12; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 2 ? x[r * 2 + g * 2 + c] : 0.0f;
}


/* dense_1 (line 4): 2 -> pack -> 2 */
KERNEL static void dense_1_pack_2_avx512(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 2; i++)
        y[i] = x[i];
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 2 sums x 1 vectors */
KERNEL static void dense_one_avx512(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec16 b0 = vload_n16(bias, 12);
    vec16 a0 = b0, a0_part1 = vzero16();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 6;
    const float *restrict w = wf;
    for (int c = 0; c < 3; c++) {
        {
            const vec16 w0 = vload16(w);
            { const vec16 v = vset1_16(x0[0]); a0 = vfma16(v, w0, a0); }
        }
        {
            const vec16 w0 = vload16(w + 16);
            { const vec16 v = vset1_16(x0[1]); a0_part1 = vfma16(v, w0, a0_part1); }
        }
        x0 += 2;
        w += 32;
    }
    a0 = vadd16(a0, a0_part1);
    vstore_n16(y + 0 * 12, vselect16(vgt16(a0, vzero16()), a0, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0))), 12);
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 4 sums x 1 vectors */
KERNEL static void dense_1_one_avx512(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec16 b0 = vload_n16(bias, 2);
    vec16 a0 = b0, a0_part1 = vzero16(), a0_part2 = vzero16(), a0_part3 = vzero16();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 12;
    const float *restrict w = wf;
    for (int c = 0; c < 3; c++) {
        {
            const vec16 w0 = vload16(w);
            { const vec16 v = vset1_16(x0[0]); a0 = vfma16(v, w0, a0); }
        }
        {
            const vec16 w0 = vload16(w + 16);
            { const vec16 v = vset1_16(x0[1]); a0_part1 = vfma16(v, w0, a0_part1); }
        }
        {
            const vec16 w0 = vload16(w + 32);
            { const vec16 v = vset1_16(x0[2]); a0_part2 = vfma16(v, w0, a0_part2); }
        }
        {
            const vec16 w0 = vload16(w + 48);
            { const vec16 v = vset1_16(x0[3]); a0_part3 = vfma16(v, w0, a0_part3); }
        }
        x0 += 4;
        w += 64;
    }
    a0 = vadd16(a0, a0_part2);
    a0_part1 = vadd16(a0_part1, a0_part3);
    a0 = vadd16(a0, a0_part1);
    vstore_n16(y + 0 * 2, a0, 2);
}


/* input 6: rows of the caller, made sample-innermost */
KERNEL static void load_input_6_avx512(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes_avx512(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL16];
        for (int l = 0; l < VL16; l++) {
            row[l] = (const uint8_t *)rows->values + 6 * row_of(rows, block * VL16 + (l < valid ? l : 0));
        }
        for (int i = 0; i < 6; i++)
            for (int l = 0; l < VL16; l++)
                x[i * VL16 + l] = (float)row[l][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL16];
    for (int l = 0; l < VL16; l++) {
        row[l] = (const float *)rows->values + 6 * row_of(rows, block * VL16 + (l < valid ? l : 0));
    }
    for (int i = 0; i < 6; i++)
        for (int l = 0; l < VL16; l++)
            x[i * VL16 + l] = row[l][i];
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
KERNEL static void dense_block_avx512(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0; f < 12; f += 4) {
        const float *restrict wf = kernel + f / 16 * 96 + f % 16;
        const vec16 b0 = vset1_16(bias[f]);
        const vec16 b1 = vset1_16(bias[f + 1]);
        const vec16 b2 = vset1_16(bias[f + 2]);
        const vec16 b3 = vset1_16(bias[f + 3]);
        vec16 a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 96;
        const float *restrict w = wf;
        for (int c = 0; c < 6; c++) {
            {
                const vec16 w0 = vset1_16(w[0]), w1 = vset1_16(w[1]), w2 = vset1_16(w[2]), w3 = vset1_16(w[3]);
                { const vec16 v = vload16(x0); a0_0 = vfma16(v, w0, a0_0); a0_1 = vfma16(v, w1, a0_1); a0_2 = vfma16(v, w2, a0_2); a0_3 = vfma16(v, w3, a0_3); }
            }
            x0 += 16;
            w += 16;
        }
        vstore16(y + (0 * 12 + f) * 16, vselect16(vgt16(a0_0, vzero16()), a0_0, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_0))));
        vstore16(y + (0 * 12 + f + 1) * 16, vselect16(vgt16(a0_1, vzero16()), a0_1, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_1))));
        vstore16(y + (0 * 12 + f + 2) * 16, vselect16(vgt16(a0_2, vzero16()), a0_2, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_2))));
        vstore16(y + (0 * 12 + f + 3) * 16, vselect16(vgt16(a0_3, vzero16()), a0_3, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_3))));
    }
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_block_avx512(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec16 b0 = vset1_16(bias[0]);
    const vec16 b1 = vset1_16(bias[1]);
    vec16 a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 192;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++) {
        {
            const vec16 w0 = vset1_16(w[0]), w1 = vset1_16(w[1]);
            { const vec16 v = vload16(x0); a0_0 = vfma16(v, w0, a0_0); a0_1 = vfma16(v, w1, a0_1); }
        }
        x0 += 16;
        w += 16;
    }
    vstore16(y + (0 * 2) * 16, a0_0);
    vstore16(y + (0 * 2 + 1) * 16, a0_1);
}


/* label 2: rows of the caller, made sample-innermost */
KERNEL static void load_label_2_avx512(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes_avx512(block, rows->count);
    const float *row[VL16];
    for (int l = 0; l < VL16; l++) {
        row[l] = (const float *)rows->values + 2 * row_of(rows, block * VL16 + (l < valid ? l : 0));
    }
    for (int i = 0; i < 2; i++)
        for (int l = 0; l < VL16; l++)
            x[i * VL16 + l] = row[l][i];
}


/* loss (line 5): 2 -> squared_error -> 1 */
KERNEL static void loss_block_avx512(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec16 total = vzero16();
    for (int i = 0; i < 32; i += VL16) {
        vec16 off = vsub16(vload16(p + i), vload16(t + i));
        total = vfma16(off, off, total);
    }
    vstore16(loss, vmul16(total, vset1_16(0x1p-1f)));
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_train_avx512(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec16 b0 = vset1_16(bias[0]);
    const vec16 b1 = vset1_16(bias[1]);
    const vec16 b2 = vset1_16(bias[2]);
    const vec16 b3 = vset1_16(bias[3]);
    const vec16 b4 = vset1_16(bias[4]);
    const vec16 b5 = vset1_16(bias[5]);
    const vec16 b6 = vset1_16(bias[6]);
    const vec16 b7 = vset1_16(bias[7]);
    const vec16 b8 = vset1_16(bias[8]);
    const vec16 b9 = vset1_16(bias[9]);
    const vec16 b10 = vset1_16(bias[10]);
    const vec16 b11 = vset1_16(bias[11]);
    vec16 a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a0_4 = b4, a0_5 = b5;
    vec16 a0_6 = b6, a0_7 = b7, a0_8 = b8, a0_9 = b9, a0_10 = b10, a0_11 = b11;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 96;
    const float *restrict w = wf;
    for (int c = 0; c < 6; c++) {
        {
            const vec16 w0 = vset1_16(w[0]), w1 = vset1_16(w[1]), w2 = vset1_16(w[2]), w3 = vset1_16(w[3]), w4 = vset1_16(w[4]), w5 = vset1_16(w[5]), w6 = vset1_16(w[6]), w7 = vset1_16(w[7]), w8 = vset1_16(w[8]), w9 = vset1_16(w[9]), w10 = vset1_16(w[10]), w11 = vset1_16(w[11]);
            { const vec16 v = vload16(x0); a0_0 = vfma16(v, w0, a0_0); a0_1 = vfma16(v, w1, a0_1); a0_2 = vfma16(v, w2, a0_2); a0_3 = vfma16(v, w3, a0_3); a0_4 = vfma16(v, w4, a0_4); a0_5 = vfma16(v, w5, a0_5); a0_6 = vfma16(v, w6, a0_6); a0_7 = vfma16(v, w7, a0_7); a0_8 = vfma16(v, w8, a0_8); a0_9 = vfma16(v, w9, a0_9); a0_10 = vfma16(v, w10, a0_10); a0_11 = vfma16(v, w11, a0_11); }
        }
        x0 += 16;
        w += 12;
    }
    vstore16(y + (0 * 12) * 16, vselect16(vgt16(a0_0, vzero16()), a0_0, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_0))));
    vstore16(y + (0 * 12 + 1) * 16, vselect16(vgt16(a0_1, vzero16()), a0_1, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_1))));
    vstore16(y + (0 * 12 + 2) * 16, vselect16(vgt16(a0_2, vzero16()), a0_2, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_2))));
    vstore16(y + (0 * 12 + 3) * 16, vselect16(vgt16(a0_3, vzero16()), a0_3, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_3))));
    vstore16(y + (0 * 12 + 4) * 16, vselect16(vgt16(a0_4, vzero16()), a0_4, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_4))));
    vstore16(y + (0 * 12 + 5) * 16, vselect16(vgt16(a0_5, vzero16()), a0_5, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_5))));
    vstore16(y + (0 * 12 + 6) * 16, vselect16(vgt16(a0_6, vzero16()), a0_6, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_6))));
    vstore16(y + (0 * 12 + 7) * 16, vselect16(vgt16(a0_7, vzero16()), a0_7, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_7))));
    vstore16(y + (0 * 12 + 8) * 16, vselect16(vgt16(a0_8, vzero16()), a0_8, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_8))));
    vstore16(y + (0 * 12 + 9) * 16, vselect16(vgt16(a0_9, vzero16()), a0_9, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_9))));
    vstore16(y + (0 * 12 + 10) * 16, vselect16(vgt16(a0_10, vzero16()), a0_10, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_10))));
    vstore16(y + (0 * 12 + 11) * 16, vselect16(vgt16(a0_11, vzero16()), a0_11, vmul16(vset1_16(0x1p+0f), vexpm1_16(a0_11))));
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_train_avx512(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec16 b0 = vset1_16(bias[0]);
    const vec16 b1 = vset1_16(bias[1]);
    vec16 a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 192;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++) {
        {
            const vec16 w0 = vset1_16(w[0]), w1 = vset1_16(w[1]);
            { const vec16 v = vload16(x0); a0_0 = vfma16(v, w0, a0_0); a0_1 = vfma16(v, w1, a0_1); }
        }
        x0 += 16;
        w += 2;
    }
    vstore16(y + (0 * 2) * 16, a0_0);
    vstore16(y + (0 * 2 + 1) * 16, a0_1);
}


/* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
KERNEL static void loss_grad_avx512(const float *restrict p, const float *restrict t, const float *restrict dl, float *restrict dp)
{
    vec16 share = vmul16(vload16(dl), vset1_16(0x1p+0f));
    for (int i = 0; i < 32; i += VL16)
        vstore16(dp + i, vmul16(share, vsub16(vload16(p + i), vload16(t + i))));
}


/* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
KERNEL static void dense_1_sum_to_avx512(const float *restrict x, float *restrict y)
{
    vec16 sum[2];
    for (int k = 0; k < 2; k++) {
        sum[k] = vzero16();
    }
    for (int k = 0; k < 2; k++) {
        const int i = k * VL16;
        sum[k] = vadd16(sum[k], vload16(x + i));
    }
    for (int k = 0; k < 2; k++) {
        y[k] += vsum16(sum[k]);
    }
}


/* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
KERNEL static void dense_1_grad_kernel_avx512(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        {
            vec16 d[VL16];
            d[0] = vload16(dy + (p * 2 + 0) * VL16);
            d[1] = vload16(dy + (p * 2 + 0 + 1) * VL16);
            d[2] = vzero16();
            d[3] = vzero16();
            d[4] = vzero16();
            d[5] = vzero16();
            d[6] = vzero16();
            d[7] = vzero16();
            d[8] = vzero16();
            d[9] = vzero16();
            d[10] = vzero16();
            d[11] = vzero16();
            d[12] = vzero16();
            d[13] = vzero16();
            d[14] = vzero16();
            d[15] = vzero16();
            vtranspose16(d);
            for (int first = 0; first < 2; first++)
            for (int c = first; c < 12; c += 2) {
                const float *restrict s = x + (p * 12 + c) * VL16;
                float *restrict to = dk + c * 2 + 0;
                vec16 even = vload_n16(to, 2), odd = vzero16();
                even = vfma16(vset1_16(s[0]), d[0], even);
                odd = vfma16(vset1_16(s[1]), d[1], odd);
                even = vfma16(vset1_16(s[2]), d[2], even);
                odd = vfma16(vset1_16(s[3]), d[3], odd);
                even = vfma16(vset1_16(s[4]), d[4], even);
                odd = vfma16(vset1_16(s[5]), d[5], odd);
                even = vfma16(vset1_16(s[6]), d[6], even);
                odd = vfma16(vset1_16(s[7]), d[7], odd);
                even = vfma16(vset1_16(s[8]), d[8], even);
                odd = vfma16(vset1_16(s[9]), d[9], odd);
                even = vfma16(vset1_16(s[10]), d[10], even);
                odd = vfma16(vset1_16(s[11]), d[11], odd);
                even = vfma16(vset1_16(s[12]), d[12], even);
                odd = vfma16(vset1_16(s[13]), d[13], odd);
                even = vfma16(vset1_16(s[14]), d[14], even);
                odd = vfma16(vset1_16(s[15]), d[15], odd);
                vstore_n16(to, vadd16(even, odd), 2);
            }
        }
    }
}


/* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_1_grad_input_avx512(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    const float *restrict wf = kernel;
    vec16 a0_0 = vzero16(), a0_1 = vzero16(), a0_2 = vzero16(), a0_3 = vzero16(), a0_4 = vzero16(), a0_5 = vzero16();
    vec16 a0_6 = vzero16(), a0_7 = vzero16(), a0_8 = vzero16(), a0_9 = vzero16(), a0_10 = vzero16(), a0_11 = vzero16();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 32;
    const float *restrict w = wf;
    for (int c = 0; c < 2; c++) {
        {
            const vec16 w0 = vset1_16(w[0]), w1 = vset1_16(w[2]), w2 = vset1_16(w[4]), w3 = vset1_16(w[6]), w4 = vset1_16(w[8]), w5 = vset1_16(w[10]), w6 = vset1_16(w[12]), w7 = vset1_16(w[14]), w8 = vset1_16(w[16]), w9 = vset1_16(w[18]), w10 = vset1_16(w[20]), w11 = vset1_16(w[22]);
            { const vec16 v = vload16(x0); a0_0 = vfma16(v, w0, a0_0); a0_1 = vfma16(v, w1, a0_1); a0_2 = vfma16(v, w2, a0_2); a0_3 = vfma16(v, w3, a0_3); a0_4 = vfma16(v, w4, a0_4); a0_5 = vfma16(v, w5, a0_5); a0_6 = vfma16(v, w6, a0_6); a0_7 = vfma16(v, w7, a0_7); a0_8 = vfma16(v, w8, a0_8); a0_9 = vfma16(v, w9, a0_9); a0_10 = vfma16(v, w10, a0_10); a0_11 = vfma16(v, w11, a0_11); }
        }
        x0 += 16;
        w += 1;
    }
    vstore16(y + (0 * 12) * 16, a0_0);
    vstore16(y + (0 * 12 + 1) * 16, a0_1);
    vstore16(y + (0 * 12 + 2) * 16, a0_2);
    vstore16(y + (0 * 12 + 3) * 16, a0_3);
    vstore16(y + (0 * 12 + 4) * 16, a0_4);
    vstore16(y + (0 * 12 + 5) * 16, a0_5);
    vstore16(y + (0 * 12 + 6) * 16, a0_6);
    vstore16(y + (0 * 12 + 7) * 16, a0_7);
    vstore16(y + (0 * 12 + 8) * 16, a0_8);
    vstore16(y + (0 * 12 + 9) * 16, a0_9);
    vstore16(y + (0 * 12 + 10) * 16, a0_10);
    vstore16(y + (0 * 12 + 11) * 16, a0_11);
}


/* dense (line 3), backward: 12 -> elu -> 12 */
KERNEL static void dense_grad_avx512(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 192; i += VL16) {
        vec16 d = vload16(dy + i), v = vload16(saved + i);
        vstore16(dx + i, vmul16(d, vselect16(vgt16(v, vzero16()), vset1_16(1.0f), vadd16(v, vset1_16(0x1p+0f)))));
    }
}


/* dense (line 3), backward: 12 -> sum_to -> 12 */
KERNEL static void dense_sum_to_avx512(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 12; c += 6) {
        vec16 sum[6];
        for (int k = 0; k < 6; k++) {
            sum[k] = vzero16();
        }
        for (int k = 0; k < 6; k++) {
            const int i = (c + k) * VL16;
            sum[k] = vadd16(sum[k], vload16(x + i));
        }
        for (int k = 0; k < 6; k++) {
            y[c + k] += vsum16(sum[k]);
        }
    }
}


/* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
KERNEL static void dense_grad_kernel_avx512(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        {
            vec16 d[VL16];
            d[0] = vload16(dy + (p * 12 + 0) * VL16);
            d[1] = vload16(dy + (p * 12 + 0 + 1) * VL16);
            d[2] = vload16(dy + (p * 12 + 0 + 2) * VL16);
            d[3] = vload16(dy + (p * 12 + 0 + 3) * VL16);
            d[4] = vload16(dy + (p * 12 + 0 + 4) * VL16);
            d[5] = vload16(dy + (p * 12 + 0 + 5) * VL16);
            d[6] = vload16(dy + (p * 12 + 0 + 6) * VL16);
            d[7] = vload16(dy + (p * 12 + 0 + 7) * VL16);
            d[8] = vload16(dy + (p * 12 + 0 + 8) * VL16);
            d[9] = vload16(dy + (p * 12 + 0 + 9) * VL16);
            d[10] = vload16(dy + (p * 12 + 0 + 10) * VL16);
            d[11] = vload16(dy + (p * 12 + 0 + 11) * VL16);
            d[12] = vzero16();
            d[13] = vzero16();
            d[14] = vzero16();
            d[15] = vzero16();
            vtranspose16(d);
            for (int c = 0; c < 6; c += 1) {
                const float *restrict s = x + (p * 6 + c) * VL16;
                float *restrict to = dk + c * 12 + 0;
                vec16 even = vload_n16(to, 12), odd = vzero16();
                even = vfma16(vset1_16(s[0]), d[0], even);
                odd = vfma16(vset1_16(s[1]), d[1], odd);
                even = vfma16(vset1_16(s[2]), d[2], even);
                odd = vfma16(vset1_16(s[3]), d[3], odd);
                even = vfma16(vset1_16(s[4]), d[4], even);
                odd = vfma16(vset1_16(s[5]), d[5], odd);
                even = vfma16(vset1_16(s[6]), d[6], even);
                odd = vfma16(vset1_16(s[7]), d[7], odd);
                even = vfma16(vset1_16(s[8]), d[8], even);
                odd = vfma16(vset1_16(s[9]), d[9], odd);
                even = vfma16(vset1_16(s[10]), d[10], even);
                odd = vfma16(vset1_16(s[11]), d[11], odd);
                even = vfma16(vset1_16(s[12]), d[12], even);
                odd = vfma16(vset1_16(s[13]), d[13], odd);
                even = vfma16(vset1_16(s[14]), d[14], even);
                odd = vfma16(vset1_16(s[15]), d[15], odd);
                vstore_n16(to, vadd16(even, odd), 12);
            }
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare_avx512(const float *parameters, float *prepared)
{
    /* dense (line 3): 6x12 -> pack -> 1x6x16 */
    const float *const dense_kernel = parameters; /* 6x12 */
    float *const dense_kernel_pack = prepared; /* 1x6x16 */
    dense_pack_avx512(dense_kernel, dense_kernel_pack);
    /* dense (line 3): 12 -> pack -> 12 */
    const float *const dense_bias = parameters + 72; /* 12 */
    float *const dense_bias_pack = prepared + 96; /* 12 */
    dense_pack_2_avx512(dense_bias, dense_bias_pack);
    /* dense_1 (line 4): 12x2 -> pack -> 1x12x16 */
    const float *const dense_1_kernel = parameters + 84; /* 12x2 */
    float *const dense_1_kernel_pack = prepared + 112; /* 1x12x16 */
    dense_1_pack_avx512(dense_1_kernel, dense_1_kernel_pack);
    /* dense_1 (line 4): 2 -> pack -> 2 */
    const float *const dense_1_bias = parameters + 108; /* 2 */
    float *const dense_1_bias_pack = prepared + 304; /* 2 */
    dense_1_pack_2_avx512(dense_1_bias, dense_1_bias_pack);
}

/* One sample. */
static void predict_one_avx512(const float *prepared, float *ws, const float *input, float *output)
{
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 2 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared; /* 1x6x16 */
    const float *const dense_bias_pack = prepared + 96; /* 12 */
    float *const dense = ws; /* 12 */
    dense_one_avx512(input, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 4 sums x 1 vectors */
    const float *const dense_1_kernel_pack = prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = prepared + 304; /* 2 */
    dense_1_one_avx512(dense, dense_1_kernel_pack, dense_1_bias_pack, output);
}

/* Stores the block's rows of output 2. */
static void store_output_avx512(const struct block *b, float *output)
{
    float *const dense_1 = b->ws + 192; /* 2xVL */
    float *to = output + b->index * VL16 * 2;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 2; i++)
            to[l * 2 + i] = dense_1[i * VL16 + l];
}

/* A block of samples: outputs. */
static void predict_block_avx512(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws + 192; /* 6xVL */
    load_input_6_avx512(input, b->index, input_layer);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared; /* 1x6x16 */
    const float *const dense_bias_pack = b->prepared + 96; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block_avx512(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = b->prepared + 304; /* 2 */
    float *const dense_1 = b->ws + 192; /* 2xVL */
    dense_1_block_avx512(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    store_output_avx512(b, output);
}

/* Each sample's part of the mean; lanes without a sample have none. */
static void weigh_avx512(const struct block *b, float *weight)
{
    for (int l = 0; l < VL16; l++)
        weight[l] = l < b->valid ? b->weight : 0.0f;
}

/* A block of samples: loss and metrics. */
static void evaluate_block_avx512(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 192; /* 6xVL */
    load_input_6_avx512(input, b->index, input_layer);
    float *const label_values = b->ws + 288; /* 2xVL */
    load_label_2_avx512(label, b->index, label_values);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared; /* 1x6x16 */
    const float *const dense_bias_pack = b->prepared + 96; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block_avx512(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = b->prepared + 304; /* 2 */
    float *const dense_1 = b->ws + 192; /* 2xVL */
    dense_1_block_avx512(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws; /* 1xVL */
    loss_block_avx512(dense_1, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

/* A training step, phase 0. */
static void train_phase_0_avx512(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 384; /* 6xVL */
    load_input_6_avx512(input, b->index, input_layer);
    float *const label_values = b->ws + 192; /* 2xVL */
    load_label_2_avx512(label, b->index, label_values);
    float *const sample_weight = b->ws + 256; /* 1xVL */
    weigh_avx512(b, sample_weight);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
    const float *const dense_kernel = b->parameters; /* 6x12 */
    const float *const dense_bias = b->parameters + 72; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_train_avx512(input_layer, dense_kernel, dense_bias, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel = b->parameters + 84; /* 12x2 */
    const float *const dense_1_bias = b->parameters + 108; /* 2 */
    float *const dense_1 = b->ws + 224; /* 2xVL */
    dense_1_train_avx512(dense, dense_1_kernel, dense_1_bias, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws + 512; /* 1xVL */
    loss_block_avx512(dense_1, label_values, loss);
    /* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
    float *const loss_dx = b->ws + 480; /* 2xVL */
    loss_grad_avx512(dense_1, label_values, sample_weight, loss_dx);
    /* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
    float *const dense_1_bias_gradient = b->partial + 108; /* 2 */
    dense_1_sum_to_avx512(loss_dx, dense_1_bias_gradient);
    /* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
    float *const dense_1_kernel_gradient = b->partial + 84; /* 12x2 */
    dense_1_grad_kernel_avx512(dense, loss_dx, dense_1_kernel_gradient);
    /* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
    float *const dense_1_dx = b->ws + 192; /* 12xVL */
    dense_1_grad_input_avx512(loss_dx, dense_1_kernel, dense_1_dx);
    /* dense (line 3), backward: 12 -> elu -> 12 */
    float *const dense_dx = b->ws + 192; /* 12xVL */
    dense_grad_avx512(dense_1_dx, dense, dense_dx);
    /* dense (line 3), backward: 12 -> sum_to -> 12 */
    float *const dense_bias_gradient = b->partial + 72; /* 12 */
    dense_sum_to_avx512(dense_dx, dense_bias_gradient);
    /* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
    float *const dense_kernel_gradient = b->partial; /* 6x12 */
    dense_grad_kernel_avx512(input_layer, dense_dx, dense_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

enum {
    MANY_FLOATS_avx512 = 288 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows_avx512(const float *prepared, float *workspace, int threads, const struct rows *input, int64_t count, float *output)
{
    const int64_t blocks = (count + VL16 - 1) / VL16;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads) if (blocks > 1)
#endif
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = {.index = i, .valid = valid_lanes_avx512(i, count), .prepared = prepared};
        b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS_avx512;
        predict_block_avx512(&b, input, output);
    }
    (void)threads;
}

/* ---- training --------------------------------------------------------------------------------------
 * A batch is cut into blocks of VL samples, and these into GROUPS gradient groups. A group sums its blocks in order, the
 * groups are summed in a fixed tree: the bits do not depend on which thread computed what. */
enum {
    GROUPS_avx512 = 8,
    TRAIN_WORKSPACE_avx512 = 4096, /* floats of a thread */
    TRAIN_KEPT_avx512 = 0, /* of a block, between phases */
    TRAIN_PARTIAL_avx512 = 112, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED_avx512 = 0,
    SUMS_avx512 = 1 /* loss and metrics */
};

/* Where the parts of a step's workspace begin. */
struct memory_avx512 {
    float *workspace, *kept, *partial, *combined;
    double (*sums)[SUMS_avx512]; /* of each block */
    int64_t bytes;
};

static int64_t aligned_avx512(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

static struct memory_avx512 divide_avx512(void *workspace, int64_t count, int threads)
{
    const int64_t blocks = (count + VL16 - 1) / VL16;
    float *base = workspace;
    int64_t at = 0;
    struct memory_avx512 m;
    m.workspace = base, at += aligned_avx512(TRAIN_WORKSPACE_avx512) * threads;
    m.kept = base ? base + at : base, at += aligned_avx512(TRAIN_KEPT_avx512) * blocks;
    m.partial = base ? base + at : base, at += aligned_avx512(TRAIN_PARTIAL_avx512) * GROUPS_avx512;
    m.combined = base ? base + at : base, at += aligned_avx512(TRAIN_COMBINED_avx512);
    m.sums = (double(*)[SUMS_avx512])(void *)(base ? base + at : base), at += aligned_avx512(2 * SUMS_avx512 * blocks);
    m.bytes = at * (int64_t)sizeof(float);
    return m;
}

static int64_t train_bytes_avx512(int64_t batch, int threads)
{
    return divide_avx512(NULL, batch, threads).bytes;
}

/* Sums the groups' parts of `count` numbers. */
static void combine_avx512(const float *partial, float *to, int64_t count)
{
    const int64_t stride = aligned_avx512(TRAIN_PARTIAL_avx512);
    int64_t i = 0;
    for (; i + VL16 <= count; i += VL16) {
        const float *p = partial + i;
        vstore16(to + i, vadd16(vadd16(vadd16(vload16(p + 0 * stride), vload16(p + 1 * stride)), vadd16(vload16(p + 2 * stride), vload16(p + 3 * stride))), vadd16(vadd16(vload16(p + 4 * stride), vload16(p + 5 * stride)), vadd16(vload16(p + 6 * stride), vload16(p + 7 * stride)))));
    }
    if (i < count) {
        const float *p = partial + i;
        const int n = (int)(count - i);
        vstore_n16(to + i, vadd16(vadd16(vadd16(vload_n16(p + 0 * stride, n), vload_n16(p + 1 * stride, n)), vadd16(vload_n16(p + 2 * stride, n), vload_n16(p + 3 * stride, n))), vadd16(vadd16(vload_n16(p + 4 * stride, n), vload_n16(p + 5 * stride, n)), vadd16(vload_n16(p + 6 * stride, n), vload_n16(p + 7 * stride, n)))), n);
    }
}

static void update_avx512(float *parameters, const float *gradients, float *all_momentum, int64_t count,
                   float learning_rate, uint64_t step)
{
    const vec16 rate = vset1_16(learning_rate);
    const vec16 mu = vset1_16(0x1.ccccccp-1f);
    (void)step;
    int64_t i = 0;
    for (; i + VL16 <= count; i += VL16) {
        vec16 w = vload16(parameters + i), g = vload16(gradients + i);
        vec16 momentum = vload16(all_momentum + i);
        momentum = vfnma16(rate, g, vmul16(mu, momentum));
        w = vfnma16(rate, g, vfma16(mu, momentum, w));
        vstore16(parameters + i, w);
        vstore16(all_momentum + i, momentum);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec16 w = vload_n16(parameters + i, n), g = vload_n16(gradients + i, n);
        vec16 momentum = vload_n16(all_momentum + i, n);
        momentum = vfnma16(rate, g, vmul16(mu, momentum));
        w = vfnma16(rate, g, vfma16(mu, momentum, w));
        vstore_n16(parameters + i, w, n);
        vstore_n16(all_momentum + i, momentum, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory, the
 * part that is worked on is where the thread had its blocks. */
static void sgd_1_avx512(const struct cnn_step *step, const struct memory_avx512 *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned_avx512(TRAIN_WORKSPACE_avx512) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 110 */
    float *const parameters = step->parameters; /* 110 */
    float *const momentum = step->state; /* 110 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 110; i += CHUNK) {
        const int64_t n = 110 - i < CHUNK ? 110 - i : CHUNK;
        combine_avx512(parts + i, gradients, n);
        update_avx512(parameters + i, gradients, momentum + i, n, rate, step->step);
    }
    (void)blocks;
}

static void optimize_avx512(const struct cnn_step *step, const struct memory_avx512 *m, int64_t blocks)
{
    sgd_1_avx512(step, m, blocks);
}

/* Block `index` of a step, one of those that group `group` sums. */
static struct block block_of_avx512(const struct cnn_step *step, const struct memory_avx512 *m, int64_t group, int64_t index)
{
    struct block b = {.index = index, .valid = valid_lanes_avx512(index, step->batch.count), .parameters = step->parameters,
                      .combined = m->combined, .weight = 1.0f / (float)step->batch.count};
    b.ws = m->workspace + aligned_avx512(TRAIN_WORKSPACE_avx512) * omp_get_thread_num();
    b.kept = m->kept + aligned_avx512(TRAIN_KEPT_avx512) * index;
    b.partial = m->partial + aligned_avx512(TRAIN_PARTIAL_avx512) * group;
    b.sums = m->sums[index];
    return b;
}

/* Phase 0 of the blocks of a group. */
static void group_phase_0_avx512(const struct cnn_step *step, const struct memory_avx512 *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL16 - 1) / VL16;
    memset(m->partial + aligned_avx512(TRAIN_PARTIAL_avx512) * group, 0, TRAIN_PARTIAL_avx512 * sizeof(float));
    for (int64_t i = blocks * group / GROUPS_avx512; i < blocks * (group + 1) / GROUPS_avx512; i++) {
        struct block b = block_of_avx512(step, m, group, i);
        memset(b.sums, 0, sizeof m->sums[0]);
        train_phase_0_avx512(&b, input, label);
    }
}

static void train_step_avx512(const struct cnn_step *step, struct cnn_sums *sums)
{
    const int64_t count = step->batch.count, blocks = (count + VL16 - 1) / VL16;
    const struct rows input = input_rows(&step->batch), label = label_rows(&step->batch);
    const struct memory_avx512 memory_avx512 = divide_avx512(step->workspace, count, step->threads), *m = &memory_avx512;
    const int64_t busy = blocks < GROUPS_avx512 ? blocks : GROUPS_avx512; /* groups that have blocks */
    const int threads = step->threads;
    (void)busy, (void)threads;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS_avx512; group++) {
        group_phase_0_avx512(step, m, group, &input, &label);
    }
    optimize_avx512(step, m, blocks);
    for (int64_t i = 0; i < blocks; i++) {
        sums->loss += m->sums[i][0];
    }
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows_avx512(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums)
{
    enum { CHUNK = 64, FLOATS = 320 };
    const int64_t blocks = (batch->count + VL16 - 1) / VL16;
    const struct rows input = input_rows(batch), label = label_rows(batch);
    for (int64_t first = 0; first < blocks; first += CHUNK) {
        double block_sums[CHUNK][SUMS_avx512] = {{0}};
        const int chunk = blocks - first < CHUNK ? (int)(blocks - first) : CHUNK;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (chunk > 1)
#endif
        for (int i = 0; i < chunk; i++) {
            struct block b = {.index = first + i, .valid = valid_lanes_avx512(first + i, batch->count), .prepared = prepared};
            b.ws = workspace + (size_t)omp_get_thread_num() * FLOATS;
            b.sums = block_sums[i];
            evaluate_block_avx512(&b, &input, &label);
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

#define VL8 8
typedef __m256 vec8;
typedef __m256 vmask8; /* all ones or all zeros */
typedef __m256i vint8;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the others */
static inline vec8 vload8(const float *p) { return _mm256_loadu_ps(p); }
static inline void vstore8(float *p, vec8 v) { _mm256_storeu_ps(p, v); }
static inline vint8 vfirst8(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vec8 vload_n8(const float *p, int n) { return _mm256_maskload_ps(p, vfirst8(n)); }
static inline void vstore_n8(float *p, vec8 v, int n) { _mm256_maskstore_ps(p, vfirst8(n), v); }
static inline vec8 vload_u8_8(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}
static inline void vstore_u8_8(uint8_t *p, vec8 v) /* whole numbers 0..255 */
{
    vint8 i = _mm256_cvttps_epi32(v);
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
}

/* arithmetic; NaN: vmax and vmin give their second operand when either is NaN, comparisons are false */
static inline vec8 vset1_8(float x) { return _mm256_set1_ps(x); }
static inline vec8 vzero8(void) { return _mm256_setzero_ps(); }
static inline vec8 vlane_index8(void) { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }
static inline vec8 vadd8(vec8 a, vec8 b) { return _mm256_add_ps(a, b); }
static inline vec8 vsub8(vec8 a, vec8 b) { return _mm256_sub_ps(a, b); }
static inline vec8 vmul8(vec8 a, vec8 b)
{
    vec8 product = _mm256_mul_ps(a, b);
    __asm__("" : "+x"(product)); /* gcc would contract a sum around it into an FMA, which rounds otherwise */
    return product;
}
static inline vec8 vdiv8(vec8 a, vec8 b) { return _mm256_div_ps(a, b); }
static inline vec8 vfma8(vec8 a, vec8 b, vec8 c) { return _mm256_fmadd_ps(a, b, c); }   /* a*b + c */
static inline vec8 vfnma8(vec8 a, vec8 b, vec8 c) { return _mm256_fnmadd_ps(a, b, c); } /* c - a*b */
static inline vec8 vmax8(vec8 a, vec8 b) { return _mm256_max_ps(a, b); }
static inline vec8 vmin8(vec8 a, vec8 b) { return _mm256_min_ps(a, b); }
static inline vec8 vneg8(vec8 a) { return _mm256_xor_ps(a, _mm256_set1_ps(-0.0f)); }
static inline vec8 vabs8(vec8 a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
static inline vec8 vsqrt8(vec8 a) { return _mm256_sqrt_ps(a); }
static inline vec8 vfloor8(vec8 a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
static inline vec8 vround8(vec8 a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

/* choice */
static inline vmask8 vgt8(vec8 a, vec8 b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
static inline vmask8 vge8(vec8 a, vec8 b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
static inline vmask8 veq8(vec8 a, vec8 b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
static inline vec8 vselect8(vmask8 m, vec8 a, vec8 b) { return _mm256_blendv_ps(b, a, m); } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ... */
static inline float vsum8(vec8 v)
{
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
static inline float vmaxall8(vec8 v)
{
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}
static inline void vtranspose8(vec8 rows[VL8]) /* lane j of row i becomes lane i of row j */
{
    vec8 pair[VL8], quad[VL8]; /* quad[4q + k], half c: column 4c + k of rows 4q .. 4q + 3 */
    for (int i = 0; i < VL8; i += 2) {
        pair[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < VL8; i += 4)
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
static inline vint8 viload8(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
static inline void vistore8(int32_t *p, vint8 v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }
static inline vint8 viset1_8(int32_t x) { return _mm256_set1_epi32(x); }
static inline vint8 viadd8(vint8 a, vint8 b) { return _mm256_add_epi32(a, b); }
static inline vint8 visub8(vint8 a, vint8 b) { return _mm256_sub_epi32(a, b); }
static inline vint8 viand8(vint8 a, vint8 b) { return _mm256_and_si256(a, b); }
static inline vint8 vixor8(vint8 a, vint8 b) { return _mm256_xor_si256(a, b); }
static inline vint8 vimul8(vint8 a, vint8 b) { return _mm256_mullo_epi32(a, b); }
static inline vint8 vimulhi8(vint8 a, vint8 b) /* unsigned: the upper halves of the 64-bit products */
{
    vint8 even = _mm256_mul_epu32(a, b), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
#define vishl8(v, n) _mm256_slli_epi32(v, n) /* n: a constant, 1..31 */
#define vishr8(v, n) _mm256_srli_epi32(v, n) /* zeros enter */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint8 vcast_int8(vec8 v) { return _mm256_castps_si256(v); }
static inline vec8 vcast_float8(vint8 i) { return _mm256_castsi256_ps(i); }
static inline vint8 vcvt_int8(vec8 v) { return _mm256_cvttps_epi32(v); }
static inline vec8 vcvt_float8(vint8 i) { return _mm256_cvtepi32_ps(i); }

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
/* ---- functions of vectors -----------------------------------------------------------------------
 * Within 3 units in the last place unless said otherwise, and the same bits from every compiler. NaN gives
 * NaN. No results below the smallest normal number: they are 0. */

/* x = n*log(2) + r with |r| <= log(2)/2. Returns e^r - 1, and 2^(n-1): half the power, because 2^128 is no float
 * but e^88.7 is. The polynomial is a minimax fit of (e^r - 1 - r)/r^2 (Remez). Adding 1.5*2^23 rounds to a whole
 * number, whose bits are then the lowest; log(2) is split so that n times its upper part is exact. */
static inline vec8 vexp_half8(vec8 x, vec8 *half)
{
    x = vmin8(vset1_8(89.0f), vmax8(vset1_8(-87.33f), x)); /* beyond: infinity and 0 */
    vec8 shifter = vset1_8(0x1.8p+23f), shifted = vfma8(x, vset1_8(0x1.715476p+0f), shifter), n = vsub8(shifted, shifter);
    vec8 r = vfnma8(n, vset1_8(0x1.7f7d1cp-20f), vfnma8(n, vset1_8(0x1.62e4p-1f), x));
    vec8 tail = vfma8(r, vset1_8(0x1.6bec06p-10f), vset1_8(0x1.122776p-7f));
    tail = vfma8(r, tail, vset1_8(0x1.555674p-5f));
    tail = vfma8(r, tail, vset1_8(0x1.5554b0p-3f));
    tail = vfma8(r, tail, vset1_8(0x1.fffffep-2f));
    *half = vcast_float8(viadd8(vishl8(vcast_int8(shifted), 23), vcast_int8(vset1_8(0.5f))));
    return vfma8(vmul8(r, r), tail, r);
}

/* e^x - 1, exact to the last places near 0 too */
static inline vec8 vexpm1_8(vec8 x)
{
    vec8 half, y = vexp_half8(x, &half);
    y = vfma8(half, y, vsub8(half, vset1_8(0.5f)));
    return vadd8(y, y);
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes_avx2(int64_t block, int64_t count)
{
    return count - block * VL8 < VL8 ? (int)(count - block * VL8) : VL8;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* dense (line 3): 6x12 -> pack -> 1x6x16 */
KERNEL static void dense_pack_avx2(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 12; first += 16)
            for (int r = 0; r < 6; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 12 ? x[r * 12 + g * 12 + c] : 0.0f;
}


/* dense (line 3): 12 -> pack -> 12 */
KERNEL static void dense_pack_2_avx2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 12; i++)
        y[i] = x[i];
}


/* dense_1 (line 4): 12x2 -> pack -> 1x12x16 */
KERNEL static void dense_1_pack_avx2(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 2; first += 16)
            for (int r = 0; r < 12; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 2 ? x[r * 2 + g * 2 + c] : 0.0f;
}


/* dense_1 (line 4): 2 -> pack -> 2 */
KERNEL static void dense_1_pack_2_avx2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 2; i++)
        y[i] = x[i];
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 2 sums x 2 vectors */
KERNEL static void dense_one_avx2(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec8 b0 = vload8(bias);
    const vec8 b1 = vload_n8(bias + 8, 4);
    vec8 a0_0 = b0, a0_0_part1 = vzero8(), a0_1 = b1, a0_1_part1 = vzero8();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 6;
    const float *restrict w = wf;
    for (int c = 0; c < 3; c++) {
        {
            const vec8 w0 = vload8(w), w1 = vload8(w + 8);
            { const vec8 v = vset1_8(x0[0]); a0_0 = vfma8(v, w0, a0_0); a0_1 = vfma8(v, w1, a0_1); }
        }
        {
            const vec8 w0 = vload8(w + 16), w1 = vload8(w + 24);
            { const vec8 v = vset1_8(x0[1]); a0_0_part1 = vfma8(v, w0, a0_0_part1); a0_1_part1 = vfma8(v, w1, a0_1_part1); }
        }
        x0 += 2;
        w += 32;
    }
    a0_0 = vadd8(a0_0, a0_0_part1);
    a0_1 = vadd8(a0_1, a0_1_part1);
    vstore8(y + 0 * 12, vselect8(vgt8(a0_0, vzero8()), a0_0, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_0))));
    vstore_n8(y + 0 * 12 + 8, vselect8(vgt8(a0_1, vzero8()), a0_1, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_1))), 4);
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 4 sums x 1 vectors */
KERNEL static void dense_1_one_avx2(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec8 b0 = vload_n8(bias, 2);
    vec8 a0 = b0, a0_part1 = vzero8(), a0_part2 = vzero8(), a0_part3 = vzero8();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 12;
    const float *restrict w = wf;
    for (int c = 0; c < 3; c++) {
        {
            const vec8 w0 = vload8(w);
            { const vec8 v = vset1_8(x0[0]); a0 = vfma8(v, w0, a0); }
        }
        {
            const vec8 w0 = vload8(w + 16);
            { const vec8 v = vset1_8(x0[1]); a0_part1 = vfma8(v, w0, a0_part1); }
        }
        {
            const vec8 w0 = vload8(w + 32);
            { const vec8 v = vset1_8(x0[2]); a0_part2 = vfma8(v, w0, a0_part2); }
        }
        {
            const vec8 w0 = vload8(w + 48);
            { const vec8 v = vset1_8(x0[3]); a0_part3 = vfma8(v, w0, a0_part3); }
        }
        x0 += 4;
        w += 64;
    }
    a0 = vadd8(a0, a0_part2);
    a0_part1 = vadd8(a0_part1, a0_part3);
    a0 = vadd8(a0, a0_part1);
    vstore_n8(y + 0 * 2, a0, 2);
}


/* input 6: rows of the caller, made sample-innermost */
KERNEL static void load_input_6_avx2(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes_avx2(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL8];
        for (int l = 0; l < VL8; l++) {
            row[l] = (const uint8_t *)rows->values + 6 * row_of(rows, block * VL8 + (l < valid ? l : 0));
        }
        for (int i = 0; i < 6; i++)
            for (int l = 0; l < VL8; l++)
                x[i * VL8 + l] = (float)row[l][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL8];
    for (int l = 0; l < VL8; l++) {
        row[l] = (const float *)rows->values + 6 * row_of(rows, block * VL8 + (l < valid ? l : 0));
    }
    for (int i = 0; i < 6; i++)
        for (int l = 0; l < VL8; l++)
            x[i * VL8 + l] = row[l][i];
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
KERNEL static void dense_block_avx2(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0; f < 12; f += 4) {
        const float *restrict wf = kernel + f / 16 * 96 + f % 16;
        const vec8 b0 = vset1_8(bias[f]);
        const vec8 b1 = vset1_8(bias[f + 1]);
        const vec8 b2 = vset1_8(bias[f + 2]);
        const vec8 b3 = vset1_8(bias[f + 3]);
        vec8 a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 48;
        const float *restrict w = wf;
        for (int c = 0; c < 6; c++) {
            {
                const vec8 w0 = vset1_8(w[0]), w1 = vset1_8(w[1]), w2 = vset1_8(w[2]), w3 = vset1_8(w[3]);
                { const vec8 v = vload8(x0); a0_0 = vfma8(v, w0, a0_0); a0_1 = vfma8(v, w1, a0_1); a0_2 = vfma8(v, w2, a0_2); a0_3 = vfma8(v, w3, a0_3); }
            }
            x0 += 8;
            w += 16;
        }
        vstore8(y + (0 * 12 + f) * 8, vselect8(vgt8(a0_0, vzero8()), a0_0, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_0))));
        vstore8(y + (0 * 12 + f + 1) * 8, vselect8(vgt8(a0_1, vzero8()), a0_1, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_1))));
        vstore8(y + (0 * 12 + f + 2) * 8, vselect8(vgt8(a0_2, vzero8()), a0_2, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_2))));
        vstore8(y + (0 * 12 + f + 3) * 8, vselect8(vgt8(a0_3, vzero8()), a0_3, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_3))));
    }
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_block_avx2(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec8 b0 = vset1_8(bias[0]);
    const vec8 b1 = vset1_8(bias[1]);
    vec8 a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 96;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++) {
        {
            const vec8 w0 = vset1_8(w[0]), w1 = vset1_8(w[1]);
            { const vec8 v = vload8(x0); a0_0 = vfma8(v, w0, a0_0); a0_1 = vfma8(v, w1, a0_1); }
        }
        x0 += 8;
        w += 16;
    }
    vstore8(y + (0 * 2) * 8, a0_0);
    vstore8(y + (0 * 2 + 1) * 8, a0_1);
}


/* label 2: rows of the caller, made sample-innermost */
KERNEL static void load_label_2_avx2(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes_avx2(block, rows->count);
    const float *row[VL8];
    for (int l = 0; l < VL8; l++) {
        row[l] = (const float *)rows->values + 2 * row_of(rows, block * VL8 + (l < valid ? l : 0));
    }
    for (int i = 0; i < 2; i++)
        for (int l = 0; l < VL8; l++)
            x[i * VL8 + l] = row[l][i];
}


/* loss (line 5): 2 -> squared_error -> 1 */
KERNEL static void loss_block_avx2(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec8 total = vzero8();
    for (int i = 0; i < 16; i += VL8) {
        vec8 off = vsub8(vload8(p + i), vload8(t + i));
        total = vfma8(off, off, total);
    }
    vstore8(loss, vmul8(total, vset1_8(0x1p-1f)));
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_train_avx2(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec8 b0 = vset1_8(bias[0]);
    const vec8 b1 = vset1_8(bias[1]);
    const vec8 b2 = vset1_8(bias[2]);
    const vec8 b3 = vset1_8(bias[3]);
    const vec8 b4 = vset1_8(bias[4]);
    const vec8 b5 = vset1_8(bias[5]);
    const vec8 b6 = vset1_8(bias[6]);
    const vec8 b7 = vset1_8(bias[7]);
    const vec8 b8 = vset1_8(bias[8]);
    const vec8 b9 = vset1_8(bias[9]);
    const vec8 b10 = vset1_8(bias[10]);
    const vec8 b11 = vset1_8(bias[11]);
    vec8 a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a0_4 = b4, a0_5 = b5;
    vec8 a0_6 = b6, a0_7 = b7, a0_8 = b8, a0_9 = b9, a0_10 = b10, a0_11 = b11;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 48;
    const float *restrict w = wf;
    for (int c = 0; c < 6; c++) {
        {
            const vec8 w0 = vset1_8(w[0]), w1 = vset1_8(w[1]), w2 = vset1_8(w[2]), w3 = vset1_8(w[3]), w4 = vset1_8(w[4]), w5 = vset1_8(w[5]), w6 = vset1_8(w[6]), w7 = vset1_8(w[7]), w8 = vset1_8(w[8]), w9 = vset1_8(w[9]), w10 = vset1_8(w[10]), w11 = vset1_8(w[11]);
            { const vec8 v = vload8(x0); a0_0 = vfma8(v, w0, a0_0); a0_1 = vfma8(v, w1, a0_1); a0_2 = vfma8(v, w2, a0_2); a0_3 = vfma8(v, w3, a0_3); a0_4 = vfma8(v, w4, a0_4); a0_5 = vfma8(v, w5, a0_5); a0_6 = vfma8(v, w6, a0_6); a0_7 = vfma8(v, w7, a0_7); a0_8 = vfma8(v, w8, a0_8); a0_9 = vfma8(v, w9, a0_9); a0_10 = vfma8(v, w10, a0_10); a0_11 = vfma8(v, w11, a0_11); }
        }
        x0 += 8;
        w += 12;
    }
    vstore8(y + (0 * 12) * 8, vselect8(vgt8(a0_0, vzero8()), a0_0, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_0))));
    vstore8(y + (0 * 12 + 1) * 8, vselect8(vgt8(a0_1, vzero8()), a0_1, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_1))));
    vstore8(y + (0 * 12 + 2) * 8, vselect8(vgt8(a0_2, vzero8()), a0_2, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_2))));
    vstore8(y + (0 * 12 + 3) * 8, vselect8(vgt8(a0_3, vzero8()), a0_3, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_3))));
    vstore8(y + (0 * 12 + 4) * 8, vselect8(vgt8(a0_4, vzero8()), a0_4, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_4))));
    vstore8(y + (0 * 12 + 5) * 8, vselect8(vgt8(a0_5, vzero8()), a0_5, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_5))));
    vstore8(y + (0 * 12 + 6) * 8, vselect8(vgt8(a0_6, vzero8()), a0_6, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_6))));
    vstore8(y + (0 * 12 + 7) * 8, vselect8(vgt8(a0_7, vzero8()), a0_7, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_7))));
    vstore8(y + (0 * 12 + 8) * 8, vselect8(vgt8(a0_8, vzero8()), a0_8, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_8))));
    vstore8(y + (0 * 12 + 9) * 8, vselect8(vgt8(a0_9, vzero8()), a0_9, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_9))));
    vstore8(y + (0 * 12 + 10) * 8, vselect8(vgt8(a0_10, vzero8()), a0_10, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_10))));
    vstore8(y + (0 * 12 + 11) * 8, vselect8(vgt8(a0_11, vzero8()), a0_11, vmul8(vset1_8(0x1p+0f), vexpm1_8(a0_11))));
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_train_avx2(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec8 b0 = vset1_8(bias[0]);
    const vec8 b1 = vset1_8(bias[1]);
    vec8 a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 96;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++) {
        {
            const vec8 w0 = vset1_8(w[0]), w1 = vset1_8(w[1]);
            { const vec8 v = vload8(x0); a0_0 = vfma8(v, w0, a0_0); a0_1 = vfma8(v, w1, a0_1); }
        }
        x0 += 8;
        w += 2;
    }
    vstore8(y + (0 * 2) * 8, a0_0);
    vstore8(y + (0 * 2 + 1) * 8, a0_1);
}


/* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
KERNEL static void loss_grad_avx2(const float *restrict p, const float *restrict t, const float *restrict dl, float *restrict dp)
{
    vec8 share = vmul8(vload8(dl), vset1_8(0x1p+0f));
    for (int i = 0; i < 16; i += VL8)
        vstore8(dp + i, vmul8(share, vsub8(vload8(p + i), vload8(t + i))));
}


/* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
KERNEL static void dense_1_sum_to_avx2(const float *restrict x, float *restrict y)
{
    vec8 sum[2];
    for (int k = 0; k < 2; k++) {
        sum[k] = vzero8();
    }
    for (int k = 0; k < 2; k++) {
        const int i = k * VL8;
        sum[k] = vadd8(sum[k], vload8(x + i));
    }
    for (int k = 0; k < 2; k++) {
        y[k] += vsum8(sum[k]);
    }
}


/* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
KERNEL static void dense_1_grad_kernel_avx2(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        {
            vec8 d[VL8];
            d[0] = vload8(dy + (p * 2 + 0) * VL8);
            d[1] = vload8(dy + (p * 2 + 0 + 1) * VL8);
            d[2] = vzero8();
            d[3] = vzero8();
            d[4] = vzero8();
            d[5] = vzero8();
            d[6] = vzero8();
            d[7] = vzero8();
            vtranspose8(d);
            for (int first = 0; first < 2; first++)
            for (int c = first; c < 12; c += 2) {
                const float *restrict s = x + (p * 12 + c) * VL8;
                float *restrict to = dk + c * 2 + 0;
                vec8 even = vload_n8(to, 2), odd = vzero8();
                even = vfma8(vset1_8(s[0]), d[0], even);
                odd = vfma8(vset1_8(s[1]), d[1], odd);
                even = vfma8(vset1_8(s[2]), d[2], even);
                odd = vfma8(vset1_8(s[3]), d[3], odd);
                even = vfma8(vset1_8(s[4]), d[4], even);
                odd = vfma8(vset1_8(s[5]), d[5], odd);
                even = vfma8(vset1_8(s[6]), d[6], even);
                odd = vfma8(vset1_8(s[7]), d[7], odd);
                vstore_n8(to, vadd8(even, odd), 2);
            }
        }
    }
}


/* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_1_grad_input_avx2(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    const float *restrict wf = kernel;
    vec8 a0_0 = vzero8(), a0_1 = vzero8(), a0_2 = vzero8(), a0_3 = vzero8(), a0_4 = vzero8(), a0_5 = vzero8();
    vec8 a0_6 = vzero8(), a0_7 = vzero8(), a0_8 = vzero8(), a0_9 = vzero8(), a0_10 = vzero8(), a0_11 = vzero8();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 16;
    const float *restrict w = wf;
    for (int c = 0; c < 2; c++) {
        {
            const vec8 w0 = vset1_8(w[0]), w1 = vset1_8(w[2]), w2 = vset1_8(w[4]), w3 = vset1_8(w[6]), w4 = vset1_8(w[8]), w5 = vset1_8(w[10]), w6 = vset1_8(w[12]), w7 = vset1_8(w[14]), w8 = vset1_8(w[16]), w9 = vset1_8(w[18]), w10 = vset1_8(w[20]), w11 = vset1_8(w[22]);
            { const vec8 v = vload8(x0); a0_0 = vfma8(v, w0, a0_0); a0_1 = vfma8(v, w1, a0_1); a0_2 = vfma8(v, w2, a0_2); a0_3 = vfma8(v, w3, a0_3); a0_4 = vfma8(v, w4, a0_4); a0_5 = vfma8(v, w5, a0_5); a0_6 = vfma8(v, w6, a0_6); a0_7 = vfma8(v, w7, a0_7); a0_8 = vfma8(v, w8, a0_8); a0_9 = vfma8(v, w9, a0_9); a0_10 = vfma8(v, w10, a0_10); a0_11 = vfma8(v, w11, a0_11); }
        }
        x0 += 8;
        w += 1;
    }
    vstore8(y + (0 * 12) * 8, a0_0);
    vstore8(y + (0 * 12 + 1) * 8, a0_1);
    vstore8(y + (0 * 12 + 2) * 8, a0_2);
    vstore8(y + (0 * 12 + 3) * 8, a0_3);
    vstore8(y + (0 * 12 + 4) * 8, a0_4);
    vstore8(y + (0 * 12 + 5) * 8, a0_5);
    vstore8(y + (0 * 12 + 6) * 8, a0_6);
    vstore8(y + (0 * 12 + 7) * 8, a0_7);
    vstore8(y + (0 * 12 + 8) * 8, a0_8);
    vstore8(y + (0 * 12 + 9) * 8, a0_9);
    vstore8(y + (0 * 12 + 10) * 8, a0_10);
    vstore8(y + (0 * 12 + 11) * 8, a0_11);
}


/* dense (line 3), backward: 12 -> elu -> 12 */
KERNEL static void dense_grad_avx2(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 96; i += VL8) {
        vec8 d = vload8(dy + i), v = vload8(saved + i);
        vstore8(dx + i, vmul8(d, vselect8(vgt8(v, vzero8()), vset1_8(1.0f), vadd8(v, vset1_8(0x1p+0f)))));
    }
}


/* dense (line 3), backward: 12 -> sum_to -> 12 */
KERNEL static void dense_sum_to_avx2(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 12; c += 6) {
        vec8 sum[6];
        for (int k = 0; k < 6; k++) {
            sum[k] = vzero8();
        }
        for (int k = 0; k < 6; k++) {
            const int i = (c + k) * VL8;
            sum[k] = vadd8(sum[k], vload8(x + i));
        }
        for (int k = 0; k < 6; k++) {
            y[c + k] += vsum8(sum[k]);
        }
    }
}


/* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
KERNEL static void dense_grad_kernel_avx2(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        {
            vec8 d[VL8];
            d[0] = vload8(dy + (p * 12 + 0) * VL8);
            d[1] = vload8(dy + (p * 12 + 0 + 1) * VL8);
            d[2] = vload8(dy + (p * 12 + 0 + 2) * VL8);
            d[3] = vload8(dy + (p * 12 + 0 + 3) * VL8);
            d[4] = vload8(dy + (p * 12 + 0 + 4) * VL8);
            d[5] = vload8(dy + (p * 12 + 0 + 5) * VL8);
            d[6] = vload8(dy + (p * 12 + 0 + 6) * VL8);
            d[7] = vload8(dy + (p * 12 + 0 + 7) * VL8);
            vtranspose8(d);
            for (int c = 0; c < 6; c += 1) {
                const float *restrict s = x + (p * 6 + c) * VL8;
                float *restrict to = dk + c * 12 + 0;
                vec8 even = vload8(to), odd = vzero8();
                even = vfma8(vset1_8(s[0]), d[0], even);
                odd = vfma8(vset1_8(s[1]), d[1], odd);
                even = vfma8(vset1_8(s[2]), d[2], even);
                odd = vfma8(vset1_8(s[3]), d[3], odd);
                even = vfma8(vset1_8(s[4]), d[4], even);
                odd = vfma8(vset1_8(s[5]), d[5], odd);
                even = vfma8(vset1_8(s[6]), d[6], even);
                odd = vfma8(vset1_8(s[7]), d[7], odd);
                vstore8(to, vadd8(even, odd));
            }
        }
        {
            vec8 d[VL8];
            d[0] = vload8(dy + (p * 12 + 8) * VL8);
            d[1] = vload8(dy + (p * 12 + 8 + 1) * VL8);
            d[2] = vload8(dy + (p * 12 + 8 + 2) * VL8);
            d[3] = vload8(dy + (p * 12 + 8 + 3) * VL8);
            d[4] = vzero8();
            d[5] = vzero8();
            d[6] = vzero8();
            d[7] = vzero8();
            vtranspose8(d);
            for (int c = 0; c < 6; c += 1) {
                const float *restrict s = x + (p * 6 + c) * VL8;
                float *restrict to = dk + c * 12 + 8;
                vec8 even = vload_n8(to, 4), odd = vzero8();
                even = vfma8(vset1_8(s[0]), d[0], even);
                odd = vfma8(vset1_8(s[1]), d[1], odd);
                even = vfma8(vset1_8(s[2]), d[2], even);
                odd = vfma8(vset1_8(s[3]), d[3], odd);
                even = vfma8(vset1_8(s[4]), d[4], even);
                odd = vfma8(vset1_8(s[5]), d[5], odd);
                even = vfma8(vset1_8(s[6]), d[6], even);
                odd = vfma8(vset1_8(s[7]), d[7], odd);
                vstore_n8(to, vadd8(even, odd), 4);
            }
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare_avx2(const float *parameters, float *prepared)
{
    /* dense (line 3): 6x12 -> pack -> 1x6x16 */
    const float *const dense_kernel = parameters; /* 6x12 */
    float *const dense_kernel_pack = prepared; /* 1x6x16 */
    dense_pack_avx2(dense_kernel, dense_kernel_pack);
    /* dense (line 3): 12 -> pack -> 12 */
    const float *const dense_bias = parameters + 72; /* 12 */
    float *const dense_bias_pack = prepared + 96; /* 12 */
    dense_pack_2_avx2(dense_bias, dense_bias_pack);
    /* dense_1 (line 4): 12x2 -> pack -> 1x12x16 */
    const float *const dense_1_kernel = parameters + 84; /* 12x2 */
    float *const dense_1_kernel_pack = prepared + 112; /* 1x12x16 */
    dense_1_pack_avx2(dense_1_kernel, dense_1_kernel_pack);
    /* dense_1 (line 4): 2 -> pack -> 2 */
    const float *const dense_1_bias = parameters + 108; /* 2 */
    float *const dense_1_bias_pack = prepared + 304; /* 2 */
    dense_1_pack_2_avx2(dense_1_bias, dense_1_bias_pack);
}

/* One sample. */
static void predict_one_avx2(const float *prepared, float *ws, const float *input, float *output)
{
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 2 sums x 2 vectors */
    const float *const dense_kernel_pack = prepared; /* 1x6x16 */
    const float *const dense_bias_pack = prepared + 96; /* 12 */
    float *const dense = ws; /* 12 */
    dense_one_avx2(input, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 4 sums x 1 vectors */
    const float *const dense_1_kernel_pack = prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = prepared + 304; /* 2 */
    dense_1_one_avx2(dense, dense_1_kernel_pack, dense_1_bias_pack, output);
}

/* Stores the block's rows of output 2. */
static void store_output_avx2(const struct block *b, float *output)
{
    float *const dense_1 = b->ws + 96; /* 2xVL */
    float *to = output + b->index * VL8 * 2;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 2; i++)
            to[l * 2 + i] = dense_1[i * VL8 + l];
}

/* A block of samples: outputs. */
static void predict_block_avx2(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws + 96; /* 6xVL */
    load_input_6_avx2(input, b->index, input_layer);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared; /* 1x6x16 */
    const float *const dense_bias_pack = b->prepared + 96; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block_avx2(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = b->prepared + 304; /* 2 */
    float *const dense_1 = b->ws + 96; /* 2xVL */
    dense_1_block_avx2(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    store_output_avx2(b, output);
}

/* Each sample's part of the mean; lanes without a sample have none. */
static void weigh_avx2(const struct block *b, float *weight)
{
    for (int l = 0; l < VL8; l++)
        weight[l] = l < b->valid ? b->weight : 0.0f;
}

/* A block of samples: loss and metrics. */
static void evaluate_block_avx2(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 96; /* 6xVL */
    load_input_6_avx2(input, b->index, input_layer);
    float *const label_values = b->ws + 144; /* 2xVL */
    load_label_2_avx2(label, b->index, label_values);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared; /* 1x6x16 */
    const float *const dense_bias_pack = b->prepared + 96; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_block_avx2(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = b->prepared + 304; /* 2 */
    float *const dense_1 = b->ws + 96; /* 2xVL */
    dense_1_block_avx2(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws; /* 1xVL */
    loss_block_avx2(dense_1, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

/* A training step, phase 0. */
static void train_phase_0_avx2(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 192; /* 6xVL */
    load_input_6_avx2(input, b->index, input_layer);
    float *const label_values = b->ws + 96; /* 2xVL */
    load_label_2_avx2(label, b->index, label_values);
    float *const sample_weight = b->ws + 128; /* 1xVL */
    weigh_avx2(b, sample_weight);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
    const float *const dense_kernel = b->parameters; /* 6x12 */
    const float *const dense_bias = b->parameters + 72; /* 12 */
    float *const dense = b->ws; /* 12xVL */
    dense_train_avx2(input_layer, dense_kernel, dense_bias, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel = b->parameters + 84; /* 12x2 */
    const float *const dense_1_bias = b->parameters + 108; /* 2 */
    float *const dense_1 = b->ws + 112; /* 2xVL */
    dense_1_train_avx2(dense, dense_1_kernel, dense_1_bias, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws + 256; /* 1xVL */
    loss_block_avx2(dense_1, label_values, loss);
    /* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
    float *const loss_dx = b->ws + 240; /* 2xVL */
    loss_grad_avx2(dense_1, label_values, sample_weight, loss_dx);
    /* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
    float *const dense_1_bias_gradient = b->partial + 108; /* 2 */
    dense_1_sum_to_avx2(loss_dx, dense_1_bias_gradient);
    /* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
    float *const dense_1_kernel_gradient = b->partial + 84; /* 12x2 */
    dense_1_grad_kernel_avx2(dense, loss_dx, dense_1_kernel_gradient);
    /* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
    float *const dense_1_dx = b->ws + 96; /* 12xVL */
    dense_1_grad_input_avx2(loss_dx, dense_1_kernel, dense_1_dx);
    /* dense (line 3), backward: 12 -> elu -> 12 */
    float *const dense_dx = b->ws + 96; /* 12xVL */
    dense_grad_avx2(dense_1_dx, dense, dense_dx);
    /* dense (line 3), backward: 12 -> sum_to -> 12 */
    float *const dense_bias_gradient = b->partial + 72; /* 12 */
    dense_sum_to_avx2(dense_dx, dense_bias_gradient);
    /* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
    float *const dense_kernel_gradient = b->partial; /* 6x12 */
    dense_grad_kernel_avx2(input_layer, dense_dx, dense_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

enum {
    MANY_FLOATS_avx2 = 288 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows_avx2(const float *prepared, float *workspace, int threads, const struct rows *input, int64_t count, float *output)
{
    const int64_t blocks = (count + VL8 - 1) / VL8;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads) if (blocks > 1)
#endif
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = {.index = i, .valid = valid_lanes_avx2(i, count), .prepared = prepared};
        b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS_avx2;
        predict_block_avx2(&b, input, output);
    }
    (void)threads;
}

/* ---- training --------------------------------------------------------------------------------------
 * A batch is cut into blocks of VL samples, and these into GROUPS gradient groups. A group sums its blocks in order, the
 * groups are summed in a fixed tree: the bits do not depend on which thread computed what. */
enum {
    GROUPS_avx2 = 8,
    TRAIN_WORKSPACE_avx2 = 4096, /* floats of a thread */
    TRAIN_KEPT_avx2 = 0, /* of a block, between phases */
    TRAIN_PARTIAL_avx2 = 112, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED_avx2 = 0,
    SUMS_avx2 = 1 /* loss and metrics */
};

/* Where the parts of a step's workspace begin. */
struct memory_avx2 {
    float *workspace, *kept, *partial, *combined;
    double (*sums)[SUMS_avx2]; /* of each block */
    int64_t bytes;
};

static int64_t aligned_avx2(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

static struct memory_avx2 divide_avx2(void *workspace, int64_t count, int threads)
{
    const int64_t blocks = (count + VL8 - 1) / VL8;
    float *base = workspace;
    int64_t at = 0;
    struct memory_avx2 m;
    m.workspace = base, at += aligned_avx2(TRAIN_WORKSPACE_avx2) * threads;
    m.kept = base ? base + at : base, at += aligned_avx2(TRAIN_KEPT_avx2) * blocks;
    m.partial = base ? base + at : base, at += aligned_avx2(TRAIN_PARTIAL_avx2) * GROUPS_avx2;
    m.combined = base ? base + at : base, at += aligned_avx2(TRAIN_COMBINED_avx2);
    m.sums = (double(*)[SUMS_avx2])(void *)(base ? base + at : base), at += aligned_avx2(2 * SUMS_avx2 * blocks);
    m.bytes = at * (int64_t)sizeof(float);
    return m;
}

static int64_t train_bytes_avx2(int64_t batch, int threads)
{
    return divide_avx2(NULL, batch, threads).bytes;
}

/* Sums the groups' parts of `count` numbers. */
static void combine_avx2(const float *partial, float *to, int64_t count)
{
    const int64_t stride = aligned_avx2(TRAIN_PARTIAL_avx2);
    int64_t i = 0;
    for (; i + VL8 <= count; i += VL8) {
        const float *p = partial + i;
        vstore8(to + i, vadd8(vadd8(vadd8(vload8(p + 0 * stride), vload8(p + 1 * stride)), vadd8(vload8(p + 2 * stride), vload8(p + 3 * stride))), vadd8(vadd8(vload8(p + 4 * stride), vload8(p + 5 * stride)), vadd8(vload8(p + 6 * stride), vload8(p + 7 * stride)))));
    }
    if (i < count) {
        const float *p = partial + i;
        const int n = (int)(count - i);
        vstore_n8(to + i, vadd8(vadd8(vadd8(vload_n8(p + 0 * stride, n), vload_n8(p + 1 * stride, n)), vadd8(vload_n8(p + 2 * stride, n), vload_n8(p + 3 * stride, n))), vadd8(vadd8(vload_n8(p + 4 * stride, n), vload_n8(p + 5 * stride, n)), vadd8(vload_n8(p + 6 * stride, n), vload_n8(p + 7 * stride, n)))), n);
    }
}

static void update_avx2(float *parameters, const float *gradients, float *all_momentum, int64_t count,
                   float learning_rate, uint64_t step)
{
    const vec8 rate = vset1_8(learning_rate);
    const vec8 mu = vset1_8(0x1.ccccccp-1f);
    (void)step;
    int64_t i = 0;
    for (; i + VL8 <= count; i += VL8) {
        vec8 w = vload8(parameters + i), g = vload8(gradients + i);
        vec8 momentum = vload8(all_momentum + i);
        momentum = vfnma8(rate, g, vmul8(mu, momentum));
        w = vfnma8(rate, g, vfma8(mu, momentum, w));
        vstore8(parameters + i, w);
        vstore8(all_momentum + i, momentum);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec8 w = vload_n8(parameters + i, n), g = vload_n8(gradients + i, n);
        vec8 momentum = vload_n8(all_momentum + i, n);
        momentum = vfnma8(rate, g, vmul8(mu, momentum));
        w = vfnma8(rate, g, vfma8(mu, momentum, w));
        vstore_n8(parameters + i, w, n);
        vstore_n8(all_momentum + i, momentum, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory, the
 * part that is worked on is where the thread had its blocks. */
static void sgd_1_avx2(const struct cnn_step *step, const struct memory_avx2 *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned_avx2(TRAIN_WORKSPACE_avx2) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 110 */
    float *const parameters = step->parameters; /* 110 */
    float *const momentum = step->state; /* 110 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 110; i += CHUNK) {
        const int64_t n = 110 - i < CHUNK ? 110 - i : CHUNK;
        combine_avx2(parts + i, gradients, n);
        update_avx2(parameters + i, gradients, momentum + i, n, rate, step->step);
    }
    (void)blocks;
}

static void optimize_avx2(const struct cnn_step *step, const struct memory_avx2 *m, int64_t blocks)
{
    sgd_1_avx2(step, m, blocks);
}

/* Block `index` of a step, one of those that group `group` sums. */
static struct block block_of_avx2(const struct cnn_step *step, const struct memory_avx2 *m, int64_t group, int64_t index)
{
    struct block b = {.index = index, .valid = valid_lanes_avx2(index, step->batch.count), .parameters = step->parameters,
                      .combined = m->combined, .weight = 1.0f / (float)step->batch.count};
    b.ws = m->workspace + aligned_avx2(TRAIN_WORKSPACE_avx2) * omp_get_thread_num();
    b.kept = m->kept + aligned_avx2(TRAIN_KEPT_avx2) * index;
    b.partial = m->partial + aligned_avx2(TRAIN_PARTIAL_avx2) * group;
    b.sums = m->sums[index];
    return b;
}

/* Phase 0 of the blocks of a group. */
static void group_phase_0_avx2(const struct cnn_step *step, const struct memory_avx2 *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL8 - 1) / VL8;
    memset(m->partial + aligned_avx2(TRAIN_PARTIAL_avx2) * group, 0, TRAIN_PARTIAL_avx2 * sizeof(float));
    for (int64_t i = blocks * group / GROUPS_avx2; i < blocks * (group + 1) / GROUPS_avx2; i++) {
        struct block b = block_of_avx2(step, m, group, i);
        memset(b.sums, 0, sizeof m->sums[0]);
        train_phase_0_avx2(&b, input, label);
    }
}

static void train_step_avx2(const struct cnn_step *step, struct cnn_sums *sums)
{
    const int64_t count = step->batch.count, blocks = (count + VL8 - 1) / VL8;
    const struct rows input = input_rows(&step->batch), label = label_rows(&step->batch);
    const struct memory_avx2 memory_avx2 = divide_avx2(step->workspace, count, step->threads), *m = &memory_avx2;
    const int64_t busy = blocks < GROUPS_avx2 ? blocks : GROUPS_avx2; /* groups that have blocks */
    const int threads = step->threads;
    (void)busy, (void)threads;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS_avx2; group++) {
        group_phase_0_avx2(step, m, group, &input, &label);
    }
    optimize_avx2(step, m, blocks);
    for (int64_t i = 0; i < blocks; i++) {
        sums->loss += m->sums[i][0];
    }
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows_avx2(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums)
{
    enum { CHUNK = 64, FLOATS = 160 };
    const int64_t blocks = (batch->count + VL8 - 1) / VL8;
    const struct rows input = input_rows(batch), label = label_rows(batch);
    for (int64_t first = 0; first < blocks; first += CHUNK) {
        double block_sums[CHUNK][SUMS_avx2] = {{0}};
        const int chunk = blocks - first < CHUNK ? (int)(blocks - first) : CHUNK;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (chunk > 1)
#endif
        for (int i = 0; i < chunk; i++) {
            struct block b = {.index = first + i, .valid = valid_lanes_avx2(first + i, batch->count), .prepared = prepared};
            b.ws = workspace + (size_t)omp_get_thread_num() * FLOATS;
            b.sums = block_sums[i];
            evaluate_block_avx2(&b, &input, &label);
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

#endif
/* ---- vectors of one float: plain C11 ------------------------------------------------------------
 * This is also what the names mean in every other prologue, lane by lane. NaN: vmax and vmin give their
 * second operand when either is NaN, comparisons are false. A compiler that has FMA instructions may
 * contract a*b + c unless told -ffp-contract=off (clang heeds the pragma, gcc only the flag). */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function" /* a network needs some of these names, not all */
#endif

#define VL1 1
typedef float vec1;
typedef _Bool vmask1;
typedef int32_t vint1;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the others */
static inline vec1 vload1(const float *p) { return *p; }
static inline void vstore1(float *p, vec1 v) { *p = v; }
static inline vec1 vload_n1(const float *p, int n) { return n > 0 ? *p : 0.0f; }
static inline void vstore_n1(float *p, vec1 v, int n) { if (n > 0) *p = v; }
static inline vec1 vload_u8_1(const uint8_t *p) { return (float)*p; }
static inline void vstore_u8_1(uint8_t *p, vec1 v) { *p = (uint8_t)v; } /* whole numbers 0..255 */

/* arithmetic */
static inline vec1 vset1_1(float x) { return x; }
static inline vec1 vzero1(void) { return 0.0f; }
static inline vec1 vlane_index1(void) { return 0.0f; } /* 0, 1, ... VL-1 */
static inline vec1 vadd1(vec1 a, vec1 b) { return a + b; }
static inline vec1 vsub1(vec1 a, vec1 b) { return a - b; }
static inline vec1 vmul1(vec1 a, vec1 b) { return a * b; }
static inline vec1 vdiv1(vec1 a, vec1 b) { return a / b; }
static inline vec1 vfma1(vec1 a, vec1 b, vec1 c) { return a * b + c; }
static inline vec1 vfnma1(vec1 a, vec1 b, vec1 c) { return c - a * b; }
static inline vec1 vmax1(vec1 a, vec1 b) { return a > b ? a : b; }
static inline vec1 vmin1(vec1 a, vec1 b) { return a < b ? a : b; }
static inline vec1 vneg1(vec1 a) { return -a; }
static inline vec1 vabs1(vec1 a) { return fabsf(a); }
static inline vec1 vsqrt1(vec1 a) { return sqrtf(a); }
static inline vec1 vfloor1(vec1 a) { return floorf(a); }
static inline vec1 vround1(vec1 a) { return rintf(a); } /* to the nearest whole number, ties to even */

/* choice */
static inline vmask1 vgt1(vec1 a, vec1 b) { return a > b; }
static inline vmask1 vge1(vec1 a, vec1 b) { return a >= b; }
static inline vmask1 veq1(vec1 a, vec1 b) { return a == b; }
static inline vec1 vselect1(vmask1 m, vec1 a, vec1 b) { return m ? a : b; } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ...: one order for all targets of this VL */
static inline float vsum1(vec1 v) { return v; }
static inline float vmaxall1(vec1 v) { return v; }
static inline void vtranspose1(vec1 rows[VL1]) { (void)rows; } /* lane j of row i becomes lane i of row j */

/* 32-bit integers: wrap around */
static inline vint1 viload1(const int32_t *p) { return *p; }
static inline void vistore1(int32_t *p, vint1 v) { *p = v; }
static inline vint1 viset1_1(int32_t x) { return x; }
static inline vint1 viadd1(vint1 a, vint1 b) { return (vint1)((uint32_t)a + (uint32_t)b); }
static inline vint1 visub1(vint1 a, vint1 b) { return (vint1)((uint32_t)a - (uint32_t)b); }
static inline vint1 viand1(vint1 a, vint1 b) { return a & b; }
static inline vint1 vixor1(vint1 a, vint1 b) { return a ^ b; }
static inline vint1 vimul1(vint1 a, vint1 b) { return (vint1)((uint32_t)a * (uint32_t)b); }
static inline vint1 vimulhi1(vint1 a, vint1 b) /* unsigned: the upper halves of the 64-bit products */
{
    return (vint1)((uint64_t)(uint32_t)a * (uint32_t)b >> 32);
}
#define vishl1(v, n) ((vint1)((uint32_t)(v) << (n))) /* n: a constant, 1..31 */
#define vishr1(v, n) ((vint1)((uint32_t)(v) >> (n))) /* zeros enter */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint1 vcast_int1(vec1 v) { vint1 i; memcpy(&i, &v, sizeof i); return i; }
static inline vec1 vcast_float1(vint1 i) { vec1 v; memcpy(&v, &i, sizeof v); return v; }
static inline vint1 vcvt_int1(vec1 v) { return (vint1)v; }
static inline vec1 vcvt_float1(vint1 i) { return (float)i; }

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
/* ---- functions of vectors -----------------------------------------------------------------------
 * Within 3 units in the last place unless said otherwise, and the same bits from every compiler. NaN gives
 * NaN. No results below the smallest normal number: they are 0. */

/* x = n*log(2) + r with |r| <= log(2)/2. Returns e^r - 1, and 2^(n-1): half the power, because 2^128 is no float
 * but e^88.7 is. The polynomial is a minimax fit of (e^r - 1 - r)/r^2 (Remez). Adding 1.5*2^23 rounds to a whole
 * number, whose bits are then the lowest; log(2) is split so that n times its upper part is exact. */
static inline vec1 vexp_half1(vec1 x, vec1 *half)
{
    x = vmin1(vset1_1(89.0f), vmax1(vset1_1(-87.33f), x)); /* beyond: infinity and 0 */
    vec1 shifter = vset1_1(0x1.8p+23f), shifted = vfma1(x, vset1_1(0x1.715476p+0f), shifter), n = vsub1(shifted, shifter);
    vec1 r = vfnma1(n, vset1_1(0x1.7f7d1cp-20f), vfnma1(n, vset1_1(0x1.62e4p-1f), x));
    vec1 tail = vfma1(r, vset1_1(0x1.6bec06p-10f), vset1_1(0x1.122776p-7f));
    tail = vfma1(r, tail, vset1_1(0x1.555674p-5f));
    tail = vfma1(r, tail, vset1_1(0x1.5554b0p-3f));
    tail = vfma1(r, tail, vset1_1(0x1.fffffep-2f));
    *half = vcast_float1(viadd1(vishl1(vcast_int1(shifted), 23), vcast_int1(vset1_1(0.5f))));
    return vfma1(vmul1(r, r), tail, r);
}

/* e^x - 1, exact to the last places near 0 too */
static inline vec1 vexpm1_1(vec1 x)
{
    vec1 half, y = vexp_half1(x, &half);
    y = vfma1(half, y, vsub1(half, vset1_1(0.5f)));
    return vadd1(y, y);
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes_generic(int64_t block, int64_t count)
{
    return count - block * VL1 < VL1 ? (int)(count - block * VL1) : VL1;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* dense (line 3): 6x12 -> pack -> 1x6x16 */
KERNEL static void dense_pack_generic(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 12; first += 16)
            for (int r = 0; r < 6; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 12 ? x[r * 12 + g * 12 + c] : 0.0f;
}


/* dense (line 3): 12 -> pack -> 12 */
KERNEL static void dense_pack_2_generic(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 12; i++)
        y[i] = x[i];
}


/* dense_1 (line 4): 12x2 -> pack -> 1x12x16 */
KERNEL static void dense_1_pack_generic(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 2; first += 16)
            for (int r = 0; r < 12; r++)
                for (int c = first; c < first + 16; c++)
                    *y++ = c < 2 ? x[r * 2 + g * 2 + c] : 0.0f;
}


/* dense_1 (line 4): 2 -> pack -> 2 */
KERNEL static void dense_1_pack_2_generic(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 2; i++)
        y[i] = x[i];
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
KERNEL static void dense_one_generic(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0; f < 12; f += 4) {
        const float *restrict wf = kernel + f / 16 * 96 + f % 16;
        const vec1 b0 = vset1_1(bias[f]);
        const vec1 b1 = vset1_1(bias[f + 1]);
        const vec1 b2 = vset1_1(bias[f + 2]);
        const vec1 b3 = vset1_1(bias[f + 3]);
        vec1 a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 6;
        const float *restrict w = wf;
        for (int c = 0; c < 6; c++) {
            {
                const vec1 w0 = vset1_1(w[0]), w1 = vset1_1(w[1]), w2 = vset1_1(w[2]), w3 = vset1_1(w[3]);
                { const vec1 v = vload1(x0); a0_0 = vfma1(v, w0, a0_0); a0_1 = vfma1(v, w1, a0_1); a0_2 = vfma1(v, w2, a0_2); a0_3 = vfma1(v, w3, a0_3); }
            }
            x0 += 1;
            w += 16;
        }
        vstore1(y + 0 * 12 + f, vselect1(vgt1(a0_0, vzero1()), a0_0, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_0))));
        vstore1(y + 0 * 12 + f + 1, vselect1(vgt1(a0_1, vzero1()), a0_1, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_1))));
        vstore1(y + 0 * 12 + f + 2, vselect1(vgt1(a0_2, vzero1()), a0_2, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_2))));
        vstore1(y + 0 * 12 + f + 3, vselect1(vgt1(a0_3, vzero1()), a0_3, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_3))));
    }
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_one_generic(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec1 b0 = vset1_1(bias[0]);
    const vec1 b1 = vset1_1(bias[1]);
    vec1 a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 12;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++) {
        {
            const vec1 w0 = vset1_1(w[0]), w1 = vset1_1(w[1]);
            { const vec1 v = vload1(x0); a0_0 = vfma1(v, w0, a0_0); a0_1 = vfma1(v, w1, a0_1); }
        }
        x0 += 1;
        w += 16;
    }
    vstore1(y + 0 * 2, a0_0);
    vstore1(y + 0 * 2 + 1, a0_1);
}


/* input 6: rows of the caller, made sample-innermost */
KERNEL static void load_input_6_generic(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes_generic(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL1];
        for (int l = 0; l < VL1; l++) {
            row[l] = (const uint8_t *)rows->values + 6 * row_of(rows, block * VL1 + (l < valid ? l : 0));
        }
        for (int i = 0; i < 6; i++)
            for (int l = 0; l < VL1; l++)
                x[i * VL1 + l] = (float)row[l][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL1];
    for (int l = 0; l < VL1; l++) {
        row[l] = (const float *)rows->values + 6 * row_of(rows, block * VL1 + (l < valid ? l : 0));
    }
    for (int i = 0; i < 6; i++)
        for (int l = 0; l < VL1; l++)
            x[i * VL1 + l] = row[l][i];
}


/* label 2: rows of the caller, made sample-innermost */
KERNEL static void load_label_2_generic(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes_generic(block, rows->count);
    const float *row[VL1];
    for (int l = 0; l < VL1; l++) {
        row[l] = (const float *)rows->values + 2 * row_of(rows, block * VL1 + (l < valid ? l : 0));
    }
    for (int i = 0; i < 2; i++)
        for (int l = 0; l < VL1; l++)
            x[i * VL1 + l] = row[l][i];
}


/* loss (line 5): 2 -> squared_error -> 1 */
KERNEL static void loss_block_generic(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec1 total = vzero1();
    for (int i = 0; i < 2; i += VL1) {
        vec1 off = vsub1(vload1(p + i), vload1(t + i));
        total = vfma1(off, off, total);
    }
    vstore1(loss, vmul1(total, vset1_1(0x1p-1f)));
}


/* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_train_generic(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec1 b0 = vset1_1(bias[0]);
    const vec1 b1 = vset1_1(bias[1]);
    const vec1 b2 = vset1_1(bias[2]);
    const vec1 b3 = vset1_1(bias[3]);
    const vec1 b4 = vset1_1(bias[4]);
    const vec1 b5 = vset1_1(bias[5]);
    const vec1 b6 = vset1_1(bias[6]);
    const vec1 b7 = vset1_1(bias[7]);
    const vec1 b8 = vset1_1(bias[8]);
    const vec1 b9 = vset1_1(bias[9]);
    const vec1 b10 = vset1_1(bias[10]);
    const vec1 b11 = vset1_1(bias[11]);
    vec1 a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a0_4 = b4, a0_5 = b5;
    vec1 a0_6 = b6, a0_7 = b7, a0_8 = b8, a0_9 = b9, a0_10 = b10, a0_11 = b11;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 6;
    const float *restrict w = wf;
    for (int c = 0; c < 6; c++) {
        {
            const vec1 w0 = vset1_1(w[0]), w1 = vset1_1(w[1]), w2 = vset1_1(w[2]), w3 = vset1_1(w[3]), w4 = vset1_1(w[4]), w5 = vset1_1(w[5]), w6 = vset1_1(w[6]), w7 = vset1_1(w[7]), w8 = vset1_1(w[8]), w9 = vset1_1(w[9]), w10 = vset1_1(w[10]), w11 = vset1_1(w[11]);
            { const vec1 v = vload1(x0); a0_0 = vfma1(v, w0, a0_0); a0_1 = vfma1(v, w1, a0_1); a0_2 = vfma1(v, w2, a0_2); a0_3 = vfma1(v, w3, a0_3); a0_4 = vfma1(v, w4, a0_4); a0_5 = vfma1(v, w5, a0_5); a0_6 = vfma1(v, w6, a0_6); a0_7 = vfma1(v, w7, a0_7); a0_8 = vfma1(v, w8, a0_8); a0_9 = vfma1(v, w9, a0_9); a0_10 = vfma1(v, w10, a0_10); a0_11 = vfma1(v, w11, a0_11); }
        }
        x0 += 1;
        w += 12;
    }
    vstore1(y + 0 * 12, vselect1(vgt1(a0_0, vzero1()), a0_0, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_0))));
    vstore1(y + 0 * 12 + 1, vselect1(vgt1(a0_1, vzero1()), a0_1, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_1))));
    vstore1(y + 0 * 12 + 2, vselect1(vgt1(a0_2, vzero1()), a0_2, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_2))));
    vstore1(y + 0 * 12 + 3, vselect1(vgt1(a0_3, vzero1()), a0_3, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_3))));
    vstore1(y + 0 * 12 + 4, vselect1(vgt1(a0_4, vzero1()), a0_4, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_4))));
    vstore1(y + 0 * 12 + 5, vselect1(vgt1(a0_5, vzero1()), a0_5, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_5))));
    vstore1(y + 0 * 12 + 6, vselect1(vgt1(a0_6, vzero1()), a0_6, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_6))));
    vstore1(y + 0 * 12 + 7, vselect1(vgt1(a0_7, vzero1()), a0_7, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_7))));
    vstore1(y + 0 * 12 + 8, vselect1(vgt1(a0_8, vzero1()), a0_8, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_8))));
    vstore1(y + 0 * 12 + 9, vselect1(vgt1(a0_9, vzero1()), a0_9, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_9))));
    vstore1(y + 0 * 12 + 10, vselect1(vgt1(a0_10, vzero1()), a0_10, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_10))));
    vstore1(y + 0 * 12 + 11, vselect1(vgt1(a0_11, vzero1()), a0_11, vmul1(vset1_1(0x1p+0f), vexpm1_1(a0_11))));
}


/* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_1_train_generic(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec1 b0 = vset1_1(bias[0]);
    const vec1 b1 = vset1_1(bias[1]);
    vec1 a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 12;
    const float *restrict w = wf;
    for (int c = 0; c < 12; c++) {
        {
            const vec1 w0 = vset1_1(w[0]), w1 = vset1_1(w[1]);
            { const vec1 v = vload1(x0); a0_0 = vfma1(v, w0, a0_0); a0_1 = vfma1(v, w1, a0_1); }
        }
        x0 += 1;
        w += 2;
    }
    vstore1(y + 0 * 2, a0_0);
    vstore1(y + 0 * 2 + 1, a0_1);
}


/* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
KERNEL static void loss_grad_generic(const float *restrict p, const float *restrict t, const float *restrict dl, float *restrict dp)
{
    vec1 share = vmul1(vload1(dl), vset1_1(0x1p+0f));
    for (int i = 0; i < 2; i += VL1)
        vstore1(dp + i, vmul1(share, vsub1(vload1(p + i), vload1(t + i))));
}


/* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
KERNEL static void dense_1_sum_to_generic(const float *restrict x, float *restrict y)
{
    vec1 sum[2];
    for (int k = 0; k < 2; k++) {
        sum[k] = vzero1();
    }
    for (int k = 0; k < 2; k++) {
        const int i = k * VL1;
        sum[k] = vadd1(sum[k], vload1(x + i));
    }
    for (int k = 0; k < 2; k++) {
        y[k] += vsum1(sum[k]);
    }
}


/* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
KERNEL static void dense_1_grad_kernel_generic(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        for (int o = 0; o < 2; o += VL1) {
            vec1 d[VL1];
            d[0] = vload1(dy + (p * 2 + o) * VL1);
            vtranspose1(d);
            for (int c = 0; c < 12; c += 1) {
                const float *restrict s = x + (p * 12 + c) * VL1;
                float *restrict to = dk + c * 2 + o;
                vstore1(to, vfma1(vset1_1(s[0]), d[0], vload1(to)));
            }
        }
    }
}


/* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
KERNEL static void dense_1_grad_input_generic(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    const float *restrict wf = kernel;
    vec1 a0_0 = vzero1(), a0_1 = vzero1(), a0_2 = vzero1(), a0_3 = vzero1(), a0_4 = vzero1(), a0_5 = vzero1();
    vec1 a0_6 = vzero1(), a0_7 = vzero1(), a0_8 = vzero1(), a0_9 = vzero1(), a0_10 = vzero1(), a0_11 = vzero1();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 2;
    const float *restrict w = wf;
    for (int c = 0; c < 2; c++) {
        {
            const vec1 w0 = vset1_1(w[0]), w1 = vset1_1(w[2]), w2 = vset1_1(w[4]), w3 = vset1_1(w[6]), w4 = vset1_1(w[8]), w5 = vset1_1(w[10]), w6 = vset1_1(w[12]), w7 = vset1_1(w[14]), w8 = vset1_1(w[16]), w9 = vset1_1(w[18]), w10 = vset1_1(w[20]), w11 = vset1_1(w[22]);
            { const vec1 v = vload1(x0); a0_0 = vfma1(v, w0, a0_0); a0_1 = vfma1(v, w1, a0_1); a0_2 = vfma1(v, w2, a0_2); a0_3 = vfma1(v, w3, a0_3); a0_4 = vfma1(v, w4, a0_4); a0_5 = vfma1(v, w5, a0_5); a0_6 = vfma1(v, w6, a0_6); a0_7 = vfma1(v, w7, a0_7); a0_8 = vfma1(v, w8, a0_8); a0_9 = vfma1(v, w9, a0_9); a0_10 = vfma1(v, w10, a0_10); a0_11 = vfma1(v, w11, a0_11); }
        }
        x0 += 1;
        w += 1;
    }
    vstore1(y + 0 * 12, a0_0);
    vstore1(y + 0 * 12 + 1, a0_1);
    vstore1(y + 0 * 12 + 2, a0_2);
    vstore1(y + 0 * 12 + 3, a0_3);
    vstore1(y + 0 * 12 + 4, a0_4);
    vstore1(y + 0 * 12 + 5, a0_5);
    vstore1(y + 0 * 12 + 6, a0_6);
    vstore1(y + 0 * 12 + 7, a0_7);
    vstore1(y + 0 * 12 + 8, a0_8);
    vstore1(y + 0 * 12 + 9, a0_9);
    vstore1(y + 0 * 12 + 10, a0_10);
    vstore1(y + 0 * 12 + 11, a0_11);
}


/* dense (line 3), backward: 12 -> elu -> 12 */
KERNEL static void dense_grad_generic(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 12; i += VL1) {
        vec1 d = vload1(dy + i), v = vload1(saved + i);
        vstore1(dx + i, vmul1(d, vselect1(vgt1(v, vzero1()), vset1_1(1.0f), vadd1(v, vset1_1(0x1p+0f)))));
    }
}


/* dense (line 3), backward: 12 -> sum_to -> 12 */
KERNEL static void dense_sum_to_generic(const float *restrict x, float *restrict y)
{
    for (int c = 0; c < 12; c += 6) {
        vec1 sum[6];
        for (int k = 0; k < 6; k++) {
            sum[k] = vzero1();
        }
        for (int k = 0; k < 6; k++) {
            const int i = (c + k) * VL1;
            sum[k] = vadd1(sum[k], vload1(x + i));
        }
        for (int k = 0; k < 6; k++) {
            y[c + k] += vsum1(sum[k]);
        }
    }
}


/* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
KERNEL static void dense_grad_kernel_generic(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int p = 0; p < 1; p++) {
        for (int o = 0; o < 12; o += VL1) {
            vec1 d[VL1];
            d[0] = vload1(dy + (p * 12 + o) * VL1);
            vtranspose1(d);
            for (int c = 0; c < 6; c += 1) {
                const float *restrict s = x + (p * 6 + c) * VL1;
                float *restrict to = dk + c * 12 + o;
                vstore1(to, vfma1(vset1_1(s[0]), d[0], vload1(to)));
            }
        }
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare_generic(const float *parameters, float *prepared)
{
    /* dense (line 3): 6x12 -> pack -> 1x6x16 */
    const float *const dense_kernel = parameters; /* 6x12 */
    float *const dense_kernel_pack = prepared; /* 1x6x16 */
    dense_pack_generic(dense_kernel, dense_kernel_pack);
    /* dense (line 3): 12 -> pack -> 12 */
    const float *const dense_bias = parameters + 72; /* 12 */
    float *const dense_bias_pack = prepared + 96; /* 12 */
    dense_pack_2_generic(dense_bias, dense_bias_pack);
    /* dense_1 (line 4): 12x2 -> pack -> 1x12x16 */
    const float *const dense_1_kernel = parameters + 84; /* 12x2 */
    float *const dense_1_kernel_pack = prepared + 112; /* 1x12x16 */
    dense_1_pack_generic(dense_1_kernel, dense_1_kernel_pack);
    /* dense_1 (line 4): 2 -> pack -> 2 */
    const float *const dense_1_bias = parameters + 108; /* 2 */
    float *const dense_1_bias_pack = prepared + 304; /* 2 */
    dense_1_pack_2_generic(dense_1_bias, dense_1_bias_pack);
}

/* One sample. */
static void predict_one_generic(const float *prepared, float *ws, const float *input, float *output)
{
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = prepared; /* 1x6x16 */
    const float *const dense_bias_pack = prepared + 96; /* 12 */
    float *const dense = ws; /* 12 */
    dense_one_generic(input, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = prepared + 304; /* 2 */
    dense_1_one_generic(dense, dense_1_kernel_pack, dense_1_bias_pack, output);
}

/* Stores the block's rows of output 2. */
static void store_output_generic(const struct block *b, float *output)
{
    float *const dense_1 = b->ws + 12; /* 2 */
    float *to = output + b->index * VL1 * 2;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 2; i++)
            to[l * 2 + i] = dense_1[i * VL1 + l];
}

/* A block of samples: outputs. */
static void predict_block_generic(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws + 12; /* 6 */
    load_input_6_generic(input, b->index, input_layer);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared; /* 1x6x16 */
    const float *const dense_bias_pack = b->prepared + 96; /* 12 */
    float *const dense = b->ws; /* 12 */
    dense_one_generic(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = b->prepared + 304; /* 2 */
    float *const dense_1 = b->ws + 12; /* 2 */
    dense_1_one_generic(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    store_output_generic(b, output);
}

/* Each sample's part of the mean; lanes without a sample have none. */
static void weigh_generic(const struct block *b, float *weight)
{
    for (int l = 0; l < VL1; l++)
        weight[l] = l < b->valid ? b->weight : 0.0f;
}

/* A block of samples: loss and metrics. */
static void evaluate_block_generic(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 12; /* 6 */
    load_input_6_generic(input, b->index, input_layer);
    float *const label_values = b->ws + 18; /* 2 */
    load_label_2_generic(label, b->index, label_values);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 4 filters */
    const float *const dense_kernel_pack = b->prepared; /* 1x6x16 */
    const float *const dense_bias_pack = b->prepared + 96; /* 12 */
    float *const dense = b->ws; /* 12 */
    dense_one_generic(input_layer, dense_kernel_pack, dense_bias_pack, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel_pack = b->prepared + 112; /* 1x12x16 */
    const float *const dense_1_bias_pack = b->prepared + 304; /* 2 */
    float *const dense_1 = b->ws + 12; /* 2 */
    dense_1_one_generic(dense, dense_1_kernel_pack, dense_1_bias_pack, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws; /* 1 */
    loss_block_generic(dense_1, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

/* A training step, phase 0. */
static void train_phase_0_generic(struct block *b, const struct rows *input, const struct rows *label)
{
    float *const input_layer = b->ws + 24; /* 6 */
    load_input_6_generic(input, b->index, input_layer);
    float *const label_values = b->ws + 12; /* 2 */
    load_label_2_generic(label, b->index, label_values);
    float *const sample_weight = b->ws + 16; /* 1 */
    weigh_generic(b, sample_weight);
    /* dense (line 3): 6 -> matmul, add, elu -> 12; tile 1 columns x 12 filters */
    const float *const dense_kernel = b->parameters; /* 6x12 */
    const float *const dense_bias = b->parameters + 72; /* 12 */
    float *const dense = b->ws; /* 12 */
    dense_train_generic(input_layer, dense_kernel, dense_bias, dense);
    /* dense_1 (line 4): 12 -> matmul, add -> 2; tile 1 columns x 2 filters */
    const float *const dense_1_kernel = b->parameters + 84; /* 12x2 */
    const float *const dense_1_bias = b->parameters + 108; /* 2 */
    float *const dense_1 = b->ws + 14; /* 2 */
    dense_1_train_generic(dense, dense_1_kernel, dense_1_bias, dense_1);
    /* loss (line 5): 2 -> squared_error -> 1 */
    float *const loss = b->ws + 32; /* 1 */
    loss_block_generic(dense_1, label_values, loss);
    /* loss (line 5), backward: 2 -> squared_error_grad -> 2 */
    float *const loss_dx = b->ws + 30; /* 2 */
    loss_grad_generic(dense_1, label_values, sample_weight, loss_dx);
    /* dense_1 (line 4), backward: 2 -> sum_to -> 2 */
    float *const dense_1_bias_gradient = b->partial + 108; /* 2 */
    dense_1_sum_to_generic(loss_dx, dense_1_bias_gradient);
    /* dense_1 (line 4), backward: 12 -> matmul_grad_kernel -> 12x2 */
    float *const dense_1_kernel_gradient = b->partial + 84; /* 12x2 */
    dense_1_grad_kernel_generic(dense, loss_dx, dense_1_kernel_gradient);
    /* dense_1 (line 4), backward: 2 -> matmul_grad_input -> 12; tile 1 columns x 12 filters */
    float *const dense_1_dx = b->ws + 12; /* 12 */
    dense_1_grad_input_generic(loss_dx, dense_1_kernel, dense_1_dx);
    /* dense (line 3), backward: 12 -> elu -> 12 */
    float *const dense_dx = b->ws + 12; /* 12 */
    dense_grad_generic(dense_1_dx, dense, dense_dx);
    /* dense (line 3), backward: 12 -> sum_to -> 12 */
    float *const dense_bias_gradient = b->partial + 72; /* 12 */
    dense_sum_to_generic(dense_dx, dense_bias_gradient);
    /* dense (line 3), backward: 6 -> matmul_grad_kernel -> 6x12 */
    float *const dense_kernel_gradient = b->partial; /* 6x12 */
    dense_grad_kernel_generic(input_layer, dense_dx, dense_kernel_gradient);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
}

enum {
    MANY_FLOATS_generic = 288 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows_generic(const float *prepared, float *workspace, int threads, const struct rows *input, int64_t count, float *output)
{
    const int64_t blocks = (count + VL1 - 1) / VL1;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads) if (blocks > 1)
#endif
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = {.index = i, .valid = valid_lanes_generic(i, count), .prepared = prepared};
        b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS_generic;
        predict_block_generic(&b, input, output);
    }
    (void)threads;
}

/* ---- training --------------------------------------------------------------------------------------
 * A batch is cut into blocks of VL samples, and these into GROUPS gradient groups. A group sums its blocks in order, the
 * groups are summed in a fixed tree: the bits do not depend on which thread computed what. */
enum {
    GROUPS_generic = 8,
    TRAIN_WORKSPACE_generic = 4096, /* floats of a thread */
    TRAIN_KEPT_generic = 0, /* of a block, between phases */
    TRAIN_PARTIAL_generic = 110, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED_generic = 0,
    SUMS_generic = 1 /* loss and metrics */
};

/* Where the parts of a step's workspace begin. */
struct memory_generic {
    float *workspace, *kept, *partial, *combined;
    double (*sums)[SUMS_generic]; /* of each block */
    int64_t bytes;
};

static int64_t aligned_generic(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

static struct memory_generic divide_generic(void *workspace, int64_t count, int threads)
{
    const int64_t blocks = (count + VL1 - 1) / VL1;
    float *base = workspace;
    int64_t at = 0;
    struct memory_generic m;
    m.workspace = base, at += aligned_generic(TRAIN_WORKSPACE_generic) * threads;
    m.kept = base ? base + at : base, at += aligned_generic(TRAIN_KEPT_generic) * blocks;
    m.partial = base ? base + at : base, at += aligned_generic(TRAIN_PARTIAL_generic) * GROUPS_generic;
    m.combined = base ? base + at : base, at += aligned_generic(TRAIN_COMBINED_generic);
    m.sums = (double(*)[SUMS_generic])(void *)(base ? base + at : base), at += aligned_generic(2 * SUMS_generic * blocks);
    m.bytes = at * (int64_t)sizeof(float);
    return m;
}

static int64_t train_bytes_generic(int64_t batch, int threads)
{
    return divide_generic(NULL, batch, threads).bytes;
}

/* Sums the groups' parts of `count` numbers. */
static void combine_generic(const float *partial, float *to, int64_t count)
{
    const int64_t stride = aligned_generic(TRAIN_PARTIAL_generic);
    int64_t i = 0;
    for (; i + VL1 <= count; i += VL1) {
        const float *p = partial + i;
        vstore1(to + i, vadd1(vadd1(vadd1(vload1(p + 0 * stride), vload1(p + 1 * stride)), vadd1(vload1(p + 2 * stride), vload1(p + 3 * stride))), vadd1(vadd1(vload1(p + 4 * stride), vload1(p + 5 * stride)), vadd1(vload1(p + 6 * stride), vload1(p + 7 * stride)))));
    }
    if (i < count) {
        const float *p = partial + i;
        const int n = (int)(count - i);
        vstore_n1(to + i, vadd1(vadd1(vadd1(vload_n1(p + 0 * stride, n), vload_n1(p + 1 * stride, n)), vadd1(vload_n1(p + 2 * stride, n), vload_n1(p + 3 * stride, n))), vadd1(vadd1(vload_n1(p + 4 * stride, n), vload_n1(p + 5 * stride, n)), vadd1(vload_n1(p + 6 * stride, n), vload_n1(p + 7 * stride, n)))), n);
    }
}

static void update_generic(float *parameters, const float *gradients, float *all_momentum, int64_t count,
                   float learning_rate, uint64_t step)
{
    const vec1 rate = vset1_1(learning_rate);
    const vec1 mu = vset1_1(0x1.ccccccp-1f);
    (void)step;
    int64_t i = 0;
    for (; i + VL1 <= count; i += VL1) {
        vec1 w = vload1(parameters + i), g = vload1(gradients + i);
        vec1 momentum = vload1(all_momentum + i);
        momentum = vfnma1(rate, g, vmul1(mu, momentum));
        w = vfnma1(rate, g, vfma1(mu, momentum, w));
        vstore1(parameters + i, w);
        vstore1(all_momentum + i, momentum);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec1 w = vload_n1(parameters + i, n), g = vload_n1(gradients + i, n);
        vec1 momentum = vload_n1(all_momentum + i, n);
        momentum = vfnma1(rate, g, vmul1(mu, momentum));
        w = vfnma1(rate, g, vfma1(mu, momentum, w));
        vstore_n1(parameters + i, w, n);
        vstore_n1(all_momentum + i, momentum, n);
    }
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory, the
 * part that is worked on is where the thread had its blocks. */
static void sgd_1_generic(const struct cnn_step *step, const struct memory_generic *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned_generic(TRAIN_WORKSPACE_generic) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 110 */
    float *const parameters = step->parameters; /* 110 */
    float *const momentum = step->state; /* 110 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 110; i += CHUNK) {
        const int64_t n = 110 - i < CHUNK ? 110 - i : CHUNK;
        combine_generic(parts + i, gradients, n);
        update_generic(parameters + i, gradients, momentum + i, n, rate, step->step);
    }
    (void)blocks;
}

static void optimize_generic(const struct cnn_step *step, const struct memory_generic *m, int64_t blocks)
{
    sgd_1_generic(step, m, blocks);
}

/* Block `index` of a step, one of those that group `group` sums. */
static struct block block_of_generic(const struct cnn_step *step, const struct memory_generic *m, int64_t group, int64_t index)
{
    struct block b = {.index = index, .valid = valid_lanes_generic(index, step->batch.count), .parameters = step->parameters,
                      .combined = m->combined, .weight = 1.0f / (float)step->batch.count};
    b.ws = m->workspace + aligned_generic(TRAIN_WORKSPACE_generic) * omp_get_thread_num();
    b.kept = m->kept + aligned_generic(TRAIN_KEPT_generic) * index;
    b.partial = m->partial + aligned_generic(TRAIN_PARTIAL_generic) * group;
    b.sums = m->sums[index];
    return b;
}

/* Phase 0 of the blocks of a group. */
static void group_phase_0_generic(const struct cnn_step *step, const struct memory_generic *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL1 - 1) / VL1;
    memset(m->partial + aligned_generic(TRAIN_PARTIAL_generic) * group, 0, TRAIN_PARTIAL_generic * sizeof(float));
    for (int64_t i = blocks * group / GROUPS_generic; i < blocks * (group + 1) / GROUPS_generic; i++) {
        struct block b = block_of_generic(step, m, group, i);
        memset(b.sums, 0, sizeof m->sums[0]);
        train_phase_0_generic(&b, input, label);
    }
}

static void train_step_generic(const struct cnn_step *step, struct cnn_sums *sums)
{
    const int64_t count = step->batch.count, blocks = (count + VL1 - 1) / VL1;
    const struct rows input = input_rows(&step->batch), label = label_rows(&step->batch);
    const struct memory_generic memory_generic = divide_generic(step->workspace, count, step->threads), *m = &memory_generic;
    const int64_t busy = blocks < GROUPS_generic ? blocks : GROUPS_generic; /* groups that have blocks */
    const int threads = step->threads;
    (void)busy, (void)threads;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS_generic; group++) {
        group_phase_0_generic(step, m, group, &input, &label);
    }
    optimize_generic(step, m, blocks);
    for (int64_t i = 0; i < blocks; i++) {
        sums->loss += m->sums[i][0];
    }
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows_generic(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums)
{
    enum { CHUNK = 64, FLOATS = 20 };
    const int64_t blocks = (batch->count + VL1 - 1) / VL1;
    const struct rows input = input_rows(batch), label = label_rows(batch);
    for (int64_t first = 0; first < blocks; first += CHUNK) {
        double block_sums[CHUNK][SUMS_generic] = {{0}};
        const int chunk = blocks - first < CHUNK ? (int)(blocks - first) : CHUNK;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (chunk > 1)
#endif
        for (int i = 0; i < chunk; i++) {
            struct block b = {.index = first + i, .valid = valid_lanes_generic(first + i, batch->count), .prepared = prepared};
            b.ws = workspace + (size_t)omp_get_thread_num() * FLOATS;
            b.sums = block_sums[i];
            evaluate_block_generic(&b, &input, &label);
        }
        for (int i = 0; i < chunk; i++) {
            sums->loss += block_sums[i][0];
        }
    }
    (void)threads;
}


/* ==== the choice ===================================================================================== */

struct variant {
    void (*predict_one)(const float *prepared, float *ws, const float *input, float *output);
    void (*predict_rows)(const float *prepared, float *workspace, int threads, const struct rows *input, int64_t count, float *output);
    void (*prepare)(const float *parameters, float *prepared);
    void (*train_step)(const struct cnn_step *step, struct cnn_sums *sums);
    int64_t (*train_bytes)(int64_t batch, int threads);
    void (*evaluate_rows)(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums);
};

/* Those that the compiler can compile, best first. */
enum {
#if defined(__GNUC__) && defined(__x86_64__)
    VARIANT_avx512,
    VARIANT_avx2,
#endif
    VARIANT_generic,
};

static const struct variant variants[] = {
#if defined(__GNUC__) && defined(__x86_64__)
    {predict_one_avx512, predict_rows_avx512, prepare_avx512, train_step_avx512, train_bytes_avx512, evaluate_rows_avx512},
    {predict_one_avx2, predict_rows_avx2, prepare_avx2, train_step_avx2, train_bytes_avx2, evaluate_rows_avx2},
#endif
    {predict_one_generic, predict_rows_generic, prepare_generic, train_step_generic, train_bytes_generic, evaluate_rows_generic},
};

/* The first of them that this processor can run. */
static int best(void)
{
#if defined(__GNUC__) && defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return VARIANT_avx512;
    if (__builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return VARIANT_avx2;
#endif
    return VARIANT_generic;
}
/* ---- interface: mlp_fat.h describes it --------------------------------------------------------------- */

_Alignas(64) static float mlp_fat_prepared[MLP_FAT_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[MLP_FAT_WORKSPACE_FLOATS];

void mlp_fat_prepare(const float *parameters, float *prepared)
{
    variants[best()].prepare(parameters, prepared);
}

void mlp_fat_set_parameters(const float *parameters)
{
    variants[best()].prepare(parameters, mlp_fat_prepared);
}

void mlp_fat_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)parameters;
    variants[best()].predict_one(prepared, workspace, input, output);
}

void mlp_fat_predict(const float *input, float *output)
{
    variants[best()].predict_one(mlp_fat_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = MLP_FAT_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][288];

void mlp_fat_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int threads = omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS;
    variants[best()].predict_rows(mlp_fat_prepared, &many_workspace[0][0], threads, &input, count, outputs);
}

/* ---- the model, as the runtime drives it ------------------------------------------------------------- */

static int count_threads(void)
{
    return omp_get_max_threads();
}

static int64_t many_bytes(int threads)
{
    return (int64_t)threads * 1280;
}

static void prepare_model(const float *parameters, float *prepared)
{
    variants[best()].prepare(parameters, prepared);
}

static void predict_sample(const float *parameters, const float *prepared, void *workspace, const float *input, float *output)
{
    (void)parameters;
    variants[best()].predict_one(prepared, workspace, input, output);
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
    variants[best()].predict_rows(prepared, workspace, threads, &input, batch->count, outputs);
    omp_set_num_threads(before);
}

static void evaluate_batch(const struct cnn_batch *batch, const float *parameters, const float *prepared, void *workspace, int threads, struct cnn_sums *sums)
{
    (void)parameters;
    const int before = use_threads(threads);
    variants[best()].evaluate_rows(batch, prepared, workspace, threads, sums);
    omp_set_num_threads(before);
}

static void train_batch(const struct cnn_step *step, struct cnn_sums *sums)
{
    const int before = use_threads(step->threads);
    variants[best()].train_step(step, sums);
    omp_set_num_threads(before);
}

static int64_t count_train_bytes(int64_t batch, int threads)
{
    return variants[best()].train_bytes(batch, threads);
}

static const struct cnn_layer layers[] = {
    {.name = "dense", .type = "Dense", .rank = 1, .dim = {12},
     .parameters = 84, .multiply_adds = 72},
    {.name = "dense_1", .type = "Dense", .rank = 1, .dim = {2},
     .parameters = 26, .multiply_adds = 24},
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

const struct cnn_model mlp_fat_model = {
    .abi = CNN_ABI,
    .name = "mlp_fat",
    .generator = "cnnc 0.1.0, target fat",
    .input_rank = 1,
    .output_rank = 1,
    .input_dim = {6},
    .output_dim = {2},
    .input_count = 6,
    .output_count = 2,
    .label_count = 2,
    .label_is_class = false,
    .label_is_probability = false,
    .rescales = false,
    .n_layers = 2,
    .n_parameters = 4,
    .layers = layers,
    .parameters = parameters_table,
    .parameter_floats = 110,
    .trainable_floats = 110,
    .prepared_floats = 320,
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
const struct cnn_model *const cnn_program_model = &mlp_fat_model;
#endif
