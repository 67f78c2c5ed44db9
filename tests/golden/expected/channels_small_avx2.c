/* Made by cnnc 0.1.0 from tests/golden/channels_first.lua for target avx2. Do not edit: change the script and make it anew.
 *
 *   conv2d (Conv2D): 4x6x6, 112 parameters
 *   max_pooling2d (MaxPooling2D): 4x3x3, 0 parameters
 *   flatten (Flatten): 36, 0 parameters
 *   dense (Dense): 2, 74 parameters
 *
 * Compile with -Os.
 */
#include "channels_small_avx2.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if !(defined(__GNUC__) && defined(__x86_64__))
#error "this file is for gcc or clang and an x86-64 processor: make it anew with cnnc --target generic"
#include "the error above" /* stops here: what follows would only repeat it */
#endif
#include <immintrin.h>

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

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* conv2d (line 4): 3x3x3x4 -> pack -> 3x3x3x4
 * conv2d (line 4): 4 -> pack -> 4
 * dense (line 7): 36x2 -> pack -> 36x2
 * dense (line 7): 2 -> pack -> 2 */
KERNEL static void shared_pack(const float *restrict x, float *restrict y, int width)
{
    for (int c = 0; c < width; c++)
        *y++ = x[c];
}


/* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
KERNEL static void conv2d_one(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            for (int k = 0; k < 3; k++) {
                memcpy(y, x + i * 8 + j * 1 + k * 64, 1 * sizeof *y);
                y += 1;
            }
        }
    }
}


/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4 */
KERNEL static void conv2d_conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int ox = 0; ox < 3; ox++) {
            for (int f = 0, count; f < 4; f += count) {
                count = 4 - f < VL ? 4 - f : VL;
                const float *first = kernel + f, *w = first;
                vec most = vset1(-INFINITY);
                for (int p = 0; p < 2; p++) {
                    for (int q = 0; q < 2; q++) {
                        vec sum = vload_n(bias + f, count);
                        w = first;
                        for (int i = 0; i < 3; i++) {
                            const float *from = x + (oy * 2 + p + i) * 24 + (ox * 2 + q) * 3;
                            for (int n = 0; n < 9; n++, w += 4)
                                sum = vfma(vset1(from[n]), vload_n(w, count), sum);
                        }
                        most = vmax(sum, most);
                    }
                }
                vstore_n(y, vmax(vzero(), most), count);
                y += count;
            }
        }
    }
}


/* dense (line 7): 36 -> matmul, add, sigmoid -> 2 */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0, count; f < 2; f += count) {
        count = 2 - f < VL ? 2 - f : VL;
        const float *w = kernel + f;
        vec sum = vload_n(bias + f, count);
        const float *from = x;
        for (int n = 0; n < 36; n++, w += 2)
            sum = vfma(vset1(from[n]), vload_n(w, count), sum);
        vstore_n(y, vsigmoid(sum), count);
        y += count;
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 4): 3x3x3x4 -> pack -> 3x3x3x4 */
    const float *const conv2d_kernel = parameters; /* 3x3x3x4 */
    float *const conv2d_kernel_pack = prepared; /* 3x3x3x4 */
    shared_pack(conv2d_kernel, conv2d_kernel_pack, 108);
    /* conv2d (line 4): 4 -> pack -> 4 */
    const float *const conv2d_bias = parameters + 108; /* 4 */
    float *const conv2d_bias_pack = prepared + 112; /* 4 */
    shared_pack(conv2d_bias, conv2d_bias_pack, 4);
    /* dense (line 7): 36x2 -> pack -> 36x2 */
    const float *const dense_kernel = parameters + 112; /* 36x2 */
    float *const dense_kernel_pack = prepared + 120; /* 36x2 */
    shared_pack(dense_kernel, dense_kernel_pack, 72);
    /* dense (line 7): 2 -> pack -> 2 */
    const float *const dense_bias = parameters + 184; /* 2 */
    float *const dense_bias_pack = prepared + 192; /* 2 */
    shared_pack(dense_bias, dense_bias_pack, 2);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
    float *const conv2d_permute = ws; /* 8x8x3 */
    conv2d_one(input, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4 */
    const float *const conv2d_kernel_pack = prepared; /* 3x3x3x4 */
    const float *const conv2d_bias_pack = prepared + 112; /* 4 */
    float *const conv2d = ws + 192; /* 3x3x4 */
    conv2d_conv2d_one(conv2d_permute, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2 */
    const float *const dense_kernel_pack = prepared + 120; /* 36x2 */
    const float *const dense_bias_pack = prepared + 192; /* 2 */
    dense_one(conv2d, dense_kernel_pack, dense_bias_pack, output);
}


#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
/* ---- interface: channels_small_avx2.h describes it --------------------------------------------------------------- */

_Alignas(64) static float channels_small_avx2_prepared[CHANNELS_SMALL_AVX2_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[CHANNELS_SMALL_AVX2_WORKSPACE_FLOATS];

void channels_small_avx2_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void channels_small_avx2_set_parameters(const float *parameters)
{
    prepare(parameters, channels_small_avx2_prepared);
}

void channels_small_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void channels_small_avx2_predict(const float *input, float *output)
{
    predict_one(channels_small_avx2_prepared, predict_workspace, input, output);
}

void channels_small_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        channels_small_avx2_predict(inputs + i * 192, outputs + i * 2);
}
