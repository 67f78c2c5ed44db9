/* Made by cnnc 0.1.0 from tests/golden/winograd.lua for target avx2. Do not edit: change the script and make it anew.
 *
 *   input_layer (InputLayer): 13x12x3, 0 parameters
 *   conv2d (Conv2D): 13x12x32, 896 parameters
 *   conv2d_1 (Conv2D): 13x12x40, 11560 parameters
 *   conv2d_2 (Conv2D): 13x12x40, 14440 parameters
 *   batch_normalization (BatchNormalization): 13x12x40, 160 parameters
 *   add (Add): 13x12x40, 0 parameters
 *   re_lu (ReLU): 13x12x40, 0 parameters
 *   conv2d_3 (Conv2D): 13x12x72, 25992 parameters
 *   max_pooling2d (MaxPooling2D): 6x6x72, 0 parameters
 *   conv2d_4 (Conv2D): 4x4x64, 41472 parameters
 *   conv2d_5 (Conv2D): 2x2x64, 36928 parameters
 *   conv2d_6 (Conv2D): 2x2x64, 9280 parameters
 *   conv2d_7 (Conv2D): 2x2x64, 12352 parameters
 *   global_average_pooling2d (GlobalAveragePooling2D): 64, 0 parameters
 *   dense (Dense): 3, 195 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "winograd_avx2.h"

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
    const float *prepared;
    float *ws;
};

static inline int64_t row_of(const struct rows *rows, int64_t i)
{
    return rows->index ? (int64_t)rows->index[i] : rows->first + i;
}

#if defined(_OPENMP)
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
#else
static inline int omp_get_num_threads(void) { return 1; }
static inline int omp_get_thread_num(void) { return 0; }
static inline int omp_get_max_threads(void) { return 1; }
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

/* e^x; 0 below x = -87 */
static inline vec vexp(vec x)
{
    vec half, y = vexp_half(x, &half);
    y = vfma(half, y, half);
    return vadd(y, y);
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

static inline vec vrsqrt(vec x)
{
    return vdiv(vset1(1.0f), vsqrt(x));
}

/* How many samples of the batch are in a block. */
static inline int valid_lanes(int64_t block, int64_t count)
{
    return count - block * VL < VL ? (int)(count - block * VL) : VL;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* conv2d (line 4): 3x3x3x32 -> pack -> 4x27x8 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 32; first += 8)
            for (int r = 0; r < 27; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = x[r * 32 + g * 32 + c];
}


/* conv2d (line 4): 32 -> pack -> 32 */
KERNEL static void conv2d_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 32; i++)
        y[i] = x[i];
}


/* conv2d_1 (line 5): 3x3x32x40 -> winograd_kernel -> 5x512x8 */
KERNEL static void conv2d_1_winograd_kernel(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 40; first += 8, y += 4096)
        for (int c = 0; c < 32; c++)
            for (int k = 0; k < 8; k++) {
                float g[9], columns[3][4];
                for (int i = 0; i < 9; i++)
                    g[i] = x[(i * 32 + c) * 40 + first + k];
                for (int j = 0; j < 3; j++) {
                    const float ends = g[j] + g[6 + j];
                    columns[j][0] = g[j];
                    columns[j][1] = 0.5f * (ends + g[3 + j]);
                    columns[j][2] = 0.5f * (ends - g[3 + j]);
                    columns[j][3] = g[6 + j];
                }
                for (int i = 0; i < 4; i++) {
                    float *to = y + (4 * i * 32 + c) * 8 + k;
                    const float ends = columns[0][i] + columns[2][i];
                    to[0] = columns[0][i];
                    to[256] = 0.5f * (ends + columns[1][i]);
                    to[512] = 0.5f * (ends - columns[1][i]);
                    to[768] = columns[2][i];
                }
            }
}


/* conv2d_1 (line 5): 40 -> pack -> 40 */
KERNEL static void conv2d_1_pack(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 40; i++)
        y[i] = x[i];
}


/* batch_normalization (line 7): 40 -> affine -> 40 */
KERNEL static void batch_normalization_affine(const float *x, float *y)
{
    for (int i = 0; i < 40; i += VL)
        vstore(y + i, vfma(vload(x + i), vset1(0x1p+0f), vset1(0x1.0624dep-10f)));
}


/* batch_normalization (line 7): 40 -> rsqrt -> 40 */
KERNEL static void batch_normalization_unary(const float *x, float *y)
{
    for (int i = 0; i < 40; i += VL) {
        vec v = vload(x + i);
        vstore(y + i, vrsqrt(v));
    }
}


/* batch_normalization (line 7): 40 -> multiply -> 40 */
KERNEL static void batch_normalization_binary(const float *a, const float *b, float *y)
{
    for (int i = 0; i < 40; i += VL)
        vstore(y + i, vmul(vload(a + i), vload(b + i)));
}


/* batch_normalization (line 7): 3x3x40x40 -> multiply -> 3x3x40x40 */
KERNEL static void batch_normalization_binary_2(const float *a, const float *b, float *y)
{
    for (int first = 0; first < 14400; first += 40) {
        for (int i = 0; i < 40; i += VL)
            vstore(y + first + i, vmul(vload(a + first + i), vload(b + i)));
    }
}


/* conv2d_2 (line 6): 3x3x40x40 -> winograd_kernel -> 5x640x8 */
KERNEL static void conv2d_2_winograd_kernel(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 40; first += 8, y += 5120)
        for (int c = 0; c < 40; c++)
            for (int k = 0; k < 8; k++) {
                float g[9], columns[3][4];
                for (int i = 0; i < 9; i++)
                    g[i] = x[(i * 40 + c) * 40 + first + k];
                for (int j = 0; j < 3; j++) {
                    const float ends = g[j] + g[6 + j];
                    columns[j][0] = g[j];
                    columns[j][1] = 0.5f * (ends + g[3 + j]);
                    columns[j][2] = 0.5f * (ends - g[3 + j]);
                    columns[j][3] = g[6 + j];
                }
                for (int i = 0; i < 4; i++) {
                    float *to = y + (4 * i * 40 + c) * 8 + k;
                    const float ends = columns[0][i] + columns[2][i];
                    to[0] = columns[0][i];
                    to[320] = 0.5f * (ends + columns[1][i]);
                    to[640] = 0.5f * (ends - columns[1][i]);
                    to[960] = columns[2][i];
                }
            }
}


/* batch_normalization (line 7): 40 -> affine -> 40 */
KERNEL static void batch_normalization_affine_2(const float *x, float *y)
{
    for (int i = 0; i < 40; i += VL)
        vstore(y + i, vmul(vload(x + i), vset1(-0x1p+0f)));
}


/* batch_normalization (line 7): 40 -> add -> 40 */
KERNEL static void batch_normalization_binary_3(const float *a, const float *b, float *y)
{
    for (int i = 0; i < 40; i += VL)
        vstore(y + i, vadd(vload(a + i), vload(b + i)));
}


/* conv2d_3 (line 8): 3x3x40x72 -> winograd_kernel -> 9x640x8 */
KERNEL static void conv2d_3_winograd_kernel(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 72; first += 8, y += 5120)
        for (int c = 0; c < 40; c++)
            for (int k = 0; k < 8; k++) {
                float g[9], columns[3][4];
                for (int i = 0; i < 9; i++)
                    g[i] = x[(i * 40 + c) * 72 + first + k];
                for (int j = 0; j < 3; j++) {
                    const float ends = g[j] + g[6 + j];
                    columns[j][0] = g[j];
                    columns[j][1] = 0.5f * (ends + g[3 + j]);
                    columns[j][2] = 0.5f * (ends - g[3 + j]);
                    columns[j][3] = g[6 + j];
                }
                for (int i = 0; i < 4; i++) {
                    float *to = y + (4 * i * 40 + c) * 8 + k;
                    const float ends = columns[0][i] + columns[2][i];
                    to[0] = columns[0][i];
                    to[320] = 0.5f * (ends + columns[1][i]);
                    to[640] = 0.5f * (ends - columns[1][i]);
                    to[960] = columns[2][i];
                }
            }
}


/* conv2d_3 (line 8): 72 -> pack -> 72 */
KERNEL static void conv2d_3_pack(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 72; i++)
        y[i] = x[i];
}


/* conv2d_4 (line 9): 3x3x72x64 -> winograd_kernel -> 8x1152x8 */
KERNEL static void conv2d_4_winograd_kernel(const float *restrict x, float *restrict y)
{
    for (int first = 0; first < 64; first += 8, y += 9216)
        for (int c = 0; c < 72; c++)
            for (int k = 0; k < 8; k++) {
                float g[9], columns[3][4];
                for (int i = 0; i < 9; i++)
                    g[i] = x[(i * 72 + c) * 64 + first + k];
                for (int j = 0; j < 3; j++) {
                    const float ends = g[j] + g[6 + j];
                    columns[j][0] = g[j];
                    columns[j][1] = 0.5f * (ends + g[3 + j]);
                    columns[j][2] = 0.5f * (ends - g[3 + j]);
                    columns[j][3] = g[6 + j];
                }
                for (int i = 0; i < 4; i++) {
                    float *to = y + (4 * i * 72 + c) * 8 + k;
                    const float ends = columns[0][i] + columns[2][i];
                    to[0] = columns[0][i];
                    to[576] = 0.5f * (ends + columns[1][i]);
                    to[1152] = 0.5f * (ends - columns[1][i]);
                    to[1728] = columns[2][i];
                }
            }
}


/* conv2d_5 (line 10): 3x3x64x64 -> pack -> 8x576x8 */
KERNEL static void conv2d_5_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 64; first += 8)
            for (int r = 0; r < 576; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = x[r * 64 + g * 64 + c];
}


/* conv2d_5 (line 10): 64 -> pack -> 64
 * conv2d_6 (line 11): 64 -> pack -> 64
 * conv2d_7 (line 12): 64 -> pack -> 64 */
KERNEL static void conv2d_5_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 64; i++)
        y[i] = x[i];
}


/* conv2d_6 (line 11): 3x3x16x64 -> pack -> 8x144x8 */
KERNEL static void conv2d_6_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 4; g++)
        for (int first = 0; first < 16; first += 8)
            for (int r = 0; r < 144; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = x[r * 64 + g * 16 + c];
}


/* conv2d_7 (line 12): 1x3x64x64 -> pack -> 8x192x8 */
KERNEL static void conv2d_7_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 64; first += 8)
            for (int r = 0; r < 192; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = x[r * 64 + g * 64 + c];
}


/* dense (line 13): 64x3 -> pack -> 1x64x8 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 3; first += 8)
            for (int r = 0; r < 64; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 3 ? x[r * 3 + g * 3 + c] : 0.0f;
}


/* dense (line 13): 3 -> pack -> 3 */
KERNEL static void dense_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 3; i++)
        y[i] = x[i];
}


/* conv2d (line 4): 13x12x3 -> conv2d, add, relu -> 13x12x32; tile 6 columns x 1 sums x 2 vectors */
KERNEL static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 13; oy++) {
        for (int f = 0; f < 32; f += 16) {
            const float *restrict wf = kernel + f * 27;
            const vec b0 = vload(bias + f);
            const vec b1 = vload(bias + f + 8);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1, a5_0 = b0, a5_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 13) {
                        const float *restrict x0 = x + (iy0 * 12) * 3;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 3; c++) {
                            {
                                const vec w0 = vload(w), w1 = vload(w + 216);
                                { const vec v = vset1(x0[0]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vset1(x0[3]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vset1(x0[6]); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vset1(x0[9]); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vset1(x0[12]); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vload(w + 24), w1 = vload(w + 240);
                                { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vset1(x0[3]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vset1(x0[6]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vset1(x0[9]); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vset1(x0[12]); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vset1(x0[15]); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vload(w + 48), w1 = vload(w + 264);
                                { const vec v = vset1(x0[3]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vset1(x0[6]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vset1(x0[9]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vset1(x0[12]); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vset1(x0[15]); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vset1(x0[18]); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            x0 += 1;
                            w += 8;
                        }
                    }
                }
                vstore(y + (oy * 12) * 32 + f, vmax(vzero(), a0_0));
                vstore(y + (oy * 12) * 32 + f + 8, vmax(vzero(), a0_1));
                vstore(y + (oy * 12 + 1) * 32 + f, vmax(vzero(), a1_0));
                vstore(y + (oy * 12 + 1) * 32 + f + 8, vmax(vzero(), a1_1));
                vstore(y + (oy * 12 + 2) * 32 + f, vmax(vzero(), a2_0));
                vstore(y + (oy * 12 + 2) * 32 + f + 8, vmax(vzero(), a2_1));
                vstore(y + (oy * 12 + 3) * 32 + f, vmax(vzero(), a3_0));
                vstore(y + (oy * 12 + 3) * 32 + f + 8, vmax(vzero(), a3_1));
                vstore(y + (oy * 12 + 4) * 32 + f, vmax(vzero(), a4_0));
                vstore(y + (oy * 12 + 4) * 32 + f + 8, vmax(vzero(), a4_1));
                vstore(y + (oy * 12 + 5) * 32 + f, vmax(vzero(), a5_0));
                vstore(y + (oy * 12 + 5) * 32 + f + 8, vmax(vzero(), a5_1));
            }
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1, a5_0 = b0, a5_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 13) {
                        const float *restrict x0 = x + (iy0 * 12 + 5) * 3;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 3; c++) {
                            {
                                const vec w0 = vload(w), w1 = vload(w + 216);
                                { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vset1(x0[3]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vset1(x0[6]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vset1(x0[9]); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vset1(x0[12]); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vset1(x0[15]); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vload(w + 24), w1 = vload(w + 240);
                                { const vec v = vset1(x0[3]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vset1(x0[6]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vset1(x0[9]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vset1(x0[12]); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vset1(x0[15]); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vset1(x0[18]); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vload(w + 48), w1 = vload(w + 264);
                                { const vec v = vset1(x0[6]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vset1(x0[9]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vset1(x0[12]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vset1(x0[15]); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vset1(x0[18]); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            x0 += 1;
                            w += 8;
                        }
                    }
                }
                vstore(y + (oy * 12 + 6) * 32 + f, vmax(vzero(), a0_0));
                vstore(y + (oy * 12 + 6) * 32 + f + 8, vmax(vzero(), a0_1));
                vstore(y + (oy * 12 + 6 + 1) * 32 + f, vmax(vzero(), a1_0));
                vstore(y + (oy * 12 + 6 + 1) * 32 + f + 8, vmax(vzero(), a1_1));
                vstore(y + (oy * 12 + 6 + 2) * 32 + f, vmax(vzero(), a2_0));
                vstore(y + (oy * 12 + 6 + 2) * 32 + f + 8, vmax(vzero(), a2_1));
                vstore(y + (oy * 12 + 6 + 3) * 32 + f, vmax(vzero(), a3_0));
                vstore(y + (oy * 12 + 6 + 3) * 32 + f + 8, vmax(vzero(), a3_1));
                vstore(y + (oy * 12 + 6 + 4) * 32 + f, vmax(vzero(), a4_0));
                vstore(y + (oy * 12 + 6 + 4) * 32 + f + 8, vmax(vzero(), a4_1));
                vstore(y + (oy * 12 + 6 + 5) * 32 + f, vmax(vzero(), a5_0));
                vstore(y + (oy * 12 + 6 + 5) * 32 + f + 8, vmax(vzero(), a5_1));
            }
        }
    }
}


/* conv2d_1 (line 5): 13x12x32 -> winograd, add, relu -> 13x12x40; tile 2 columns x 40 group x 2 shares x 21 tiles x 5 vectors */
KERNEL static void conv2d_1_one_part1(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch, int share)
{
    const int place = omp_get_num_threads() <= 2 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 26880, *restrict sums = inputs + 13440;
    for (int first = share * 21; first < 42; first += 42) {
        const int n = 21;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 32;
                for (int c = 0; c < 32; c += 8) {
                    float *restrict to = inputs + (t * 40 + c);
                    const vec d00 = vload(from + c), d10 = vload(from + 384 + c), d20 = vload(from + 768 + c), d30 = vload(from + 1152 + c);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 32 + c), d11 = vload(from + 416 + c), d21 = vload(from + 800 + c), d31 = vload(from + 1184 + c);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 64 + c), d12 = vload(from + 448 + c), d22 = vload(from + 832 + c), d32 = vload(from + 1216 + c);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 96 + c), d13 = vload(from + 480 + c), d23 = vload(from + 864 + c), d33 = vload(from + 1248 + c);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 840, vadd(t01, t02));
                    vstore(to + 1680, vsub(t02, t01));
                    vstore(to + 2520, vsub(t01, t03));
                    vstore(to + 3360, vsub(t10, t12));
                    vstore(to + 4200, vadd(t11, t12));
                    vstore(to + 5040, vsub(t12, t11));
                    vstore(to + 5880, vsub(t11, t13));
                    vstore(to + 6720, vsub(t20, t22));
                    vstore(to + 7560, vadd(t21, t22));
                    vstore(to + 8400, vsub(t22, t21));
                    vstore(to + 9240, vsub(t21, t23));
                    vstore(to + 10080, vsub(t30, t32));
                    vstore(to + 10920, vadd(t31, t32));
                    vstore(to + 11760, vsub(t32, t31));
                    vstore(to + 12600, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 32 : NULL;
                }
                for (int c = 0; c < 32; c += 8) {
                    float *restrict to = inputs + (t * 40 + c);
                    const vec d00 = at[0] ? vload(at[0] + c) : vzero(), d10 = at[4] ? vload(at[4] + c) : vzero(), d20 = at[8] ? vload(at[8] + c) : vzero(), d30 = at[12] ? vload(at[12] + c) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c) : vzero(), d11 = at[5] ? vload(at[5] + c) : vzero(), d21 = at[9] ? vload(at[9] + c) : vzero(), d31 = at[13] ? vload(at[13] + c) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c) : vzero(), d12 = at[6] ? vload(at[6] + c) : vzero(), d22 = at[10] ? vload(at[10] + c) : vzero(), d32 = at[14] ? vload(at[14] + c) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c) : vzero(), d13 = at[7] ? vload(at[7] + c) : vzero(), d23 = at[11] ? vload(at[11] + c) : vzero(), d33 = at[15] ? vload(at[15] + c) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 840, vadd(t01, t02));
                    vstore(to + 1680, vsub(t02, t01));
                    vstore(to + 2520, vsub(t01, t03));
                    vstore(to + 3360, vsub(t10, t12));
                    vstore(to + 4200, vadd(t11, t12));
                    vstore(to + 5040, vsub(t12, t11));
                    vstore(to + 5880, vsub(t11, t13));
                    vstore(to + 6720, vsub(t20, t22));
                    vstore(to + 7560, vadd(t21, t22));
                    vstore(to + 8400, vsub(t22, t21));
                    vstore(to + 9240, vsub(t21, t23));
                    vstore(to + 10080, vsub(t30, t32));
                    vstore(to + 10920, vadd(t31, t32));
                    vstore(to + 11760, vsub(t32, t31));
                    vstore(to + 12600, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 40; f += 40) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 840, *restrict kernel = weights + f * 512 + i * 256;
                float *restrict y = sums + i * 840;
                const float *restrict wf = kernel;
                for (int ox = 0; ox < 20; ox += 2) {
                    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a1_0 = vzero();
                    vec a1_1 = vzero(), a1_2 = vzero(), a1_3 = vzero(), a1_4 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 21 + ox) * 40;
                    const float *restrict w = wf;
                    for (int c = 0; c < 32; c++) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 4096), w2 = vload(w + 8192), w3 = vload(w + 12288), w4 = vload(w + 16384);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); }
                            { const vec v = vset1(x0[40]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); a1_4 = vfma(v, w4, a1_4); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                    vstore(y + ox * 40, a0_0);
                    vstore(y + ox * 40 + 8, a0_1);
                    vstore(y + ox * 40 + 16, a0_2);
                    vstore(y + ox * 40 + 24, a0_3);
                    vstore(y + ox * 40 + 32, a0_4);
                    vstore(y + (ox + 1) * 40, a1_0);
                    vstore(y + (ox + 1) * 40 + 8, a1_1);
                    vstore(y + (ox + 1) * 40 + 16, a1_2);
                    vstore(y + (ox + 1) * 40 + 24, a1_3);
                    vstore(y + (ox + 1) * 40 + 32, a1_4);
                }
                {
                    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 21 + 20) * 40;
                    const float *restrict w = wf;
                    for (int c = 0; c < 32; c++) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 4096), w2 = vload(w + 8192), w3 = vload(w + 12288), w4 = vload(w + 16384);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                    vstore(y + 20 * 40, a0_0);
                    vstore(y + 20 * 40 + 8, a0_1);
                    vstore(y + 20 * 40 + 16, a0_2);
                    vstore(y + 20 * 40 + 24, a0_3);
                    vstore(y + 20 * 40 + 32, a0_4);
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 6, tx = (first + t) % 6;
                for (int k = 0; k < 40; k += 8) {
                    const float *restrict m = sums + (t * 40 + k);
                    const vec m00 = vload(m), m10 = vload(m + 3360), m20 = vload(m + 6720), m30 = vload(m + 10080);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 840), m11 = vload(m + 4200), m21 = vload(m + 7560), m31 = vload(m + 10920);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 1680), m12 = vload(m + 5040), m22 = vload(m + 8400), m32 = vload(m + 11760);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 2520), m13 = vload(m + 5880), m23 = vload(m + 9240), m33 = vload(m + 12600);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    const vec b = vload(bias + f + k);
                    y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                    vstore(output + ((2 * ty * 12 + 2 * tx) * 40 + f + k), vmax(vzero(), y00));
                    vstore(output + ((2 * ty * 12 + 2 * tx + 1) * 40 + f + k), vmax(vzero(), y01));
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx) * 40 + f + k), vmax(vzero(), y10));
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx + 1) * 40 + f + k), vmax(vzero(), y11));
                }
            }
        }
    }
}

KERNEL
static void conv2d_1_one(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int share = 0; share < 2; share++)
        conv2d_1_one_part1(input, weights, bias, output, scratch, share);
}


/* conv2d_2 (line 6): 13x12x40 -> winograd, add -> 13x12x40; tile 2 columns x 40 group x 2 shares x 21 tiles x 5 vectors */
KERNEL static void conv2d_2_one_part1(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch, int share)
{
    const int place = omp_get_num_threads() <= 2 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 29568, *restrict sums = inputs + 16128;
    for (int first = share * 21; first < 42; first += 42) {
        const int n = 21;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 40;
                for (int c = 0; c < 40; c += 8) {
                    float *restrict to = inputs + (t * 48 + c);
                    const vec d00 = vload(from + c), d10 = vload(from + 480 + c), d20 = vload(from + 960 + c), d30 = vload(from + 1440 + c);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 40 + c), d11 = vload(from + 520 + c), d21 = vload(from + 1000 + c), d31 = vload(from + 1480 + c);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 80 + c), d12 = vload(from + 560 + c), d22 = vload(from + 1040 + c), d32 = vload(from + 1520 + c);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 120 + c), d13 = vload(from + 600 + c), d23 = vload(from + 1080 + c), d33 = vload(from + 1560 + c);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1008, vadd(t01, t02));
                    vstore(to + 2016, vsub(t02, t01));
                    vstore(to + 3024, vsub(t01, t03));
                    vstore(to + 4032, vsub(t10, t12));
                    vstore(to + 5040, vadd(t11, t12));
                    vstore(to + 6048, vsub(t12, t11));
                    vstore(to + 7056, vsub(t11, t13));
                    vstore(to + 8064, vsub(t20, t22));
                    vstore(to + 9072, vadd(t21, t22));
                    vstore(to + 10080, vsub(t22, t21));
                    vstore(to + 11088, vsub(t21, t23));
                    vstore(to + 12096, vsub(t30, t32));
                    vstore(to + 13104, vadd(t31, t32));
                    vstore(to + 14112, vsub(t32, t31));
                    vstore(to + 15120, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 40 : NULL;
                }
                for (int c = 0; c < 40; c += 8) {
                    float *restrict to = inputs + (t * 48 + c);
                    const vec d00 = at[0] ? vload(at[0] + c) : vzero(), d10 = at[4] ? vload(at[4] + c) : vzero(), d20 = at[8] ? vload(at[8] + c) : vzero(), d30 = at[12] ? vload(at[12] + c) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c) : vzero(), d11 = at[5] ? vload(at[5] + c) : vzero(), d21 = at[9] ? vload(at[9] + c) : vzero(), d31 = at[13] ? vload(at[13] + c) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c) : vzero(), d12 = at[6] ? vload(at[6] + c) : vzero(), d22 = at[10] ? vload(at[10] + c) : vzero(), d32 = at[14] ? vload(at[14] + c) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c) : vzero(), d13 = at[7] ? vload(at[7] + c) : vzero(), d23 = at[11] ? vload(at[11] + c) : vzero(), d33 = at[15] ? vload(at[15] + c) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1008, vadd(t01, t02));
                    vstore(to + 2016, vsub(t02, t01));
                    vstore(to + 3024, vsub(t01, t03));
                    vstore(to + 4032, vsub(t10, t12));
                    vstore(to + 5040, vadd(t11, t12));
                    vstore(to + 6048, vsub(t12, t11));
                    vstore(to + 7056, vsub(t11, t13));
                    vstore(to + 8064, vsub(t20, t22));
                    vstore(to + 9072, vadd(t21, t22));
                    vstore(to + 10080, vsub(t22, t21));
                    vstore(to + 11088, vsub(t21, t23));
                    vstore(to + 12096, vsub(t30, t32));
                    vstore(to + 13104, vadd(t31, t32));
                    vstore(to + 14112, vsub(t32, t31));
                    vstore(to + 15120, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 40; f += 40) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 1008, *restrict kernel = weights + f * 640 + i * 320;
                float *restrict y = sums + i * 840;
                const float *restrict wf = kernel;
                for (int ox = 0; ox < 20; ox += 2) {
                    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a1_0 = vzero();
                    vec a1_1 = vzero(), a1_2 = vzero(), a1_3 = vzero(), a1_4 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 21 + ox) * 48;
                    const float *restrict w = wf;
                    for (int c = 0; c < 40; c++) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 5120), w2 = vload(w + 10240), w3 = vload(w + 15360), w4 = vload(w + 20480);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); }
                            { const vec v = vset1(x0[48]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); a1_4 = vfma(v, w4, a1_4); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                    vstore(y + ox * 40, a0_0);
                    vstore(y + ox * 40 + 8, a0_1);
                    vstore(y + ox * 40 + 16, a0_2);
                    vstore(y + ox * 40 + 24, a0_3);
                    vstore(y + ox * 40 + 32, a0_4);
                    vstore(y + (ox + 1) * 40, a1_0);
                    vstore(y + (ox + 1) * 40 + 8, a1_1);
                    vstore(y + (ox + 1) * 40 + 16, a1_2);
                    vstore(y + (ox + 1) * 40 + 24, a1_3);
                    vstore(y + (ox + 1) * 40 + 32, a1_4);
                }
                {
                    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 21 + 20) * 48;
                    const float *restrict w = wf;
                    for (int c = 0; c < 40; c++) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 5120), w2 = vload(w + 10240), w3 = vload(w + 15360), w4 = vload(w + 20480);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                    vstore(y + 20 * 40, a0_0);
                    vstore(y + 20 * 40 + 8, a0_1);
                    vstore(y + 20 * 40 + 16, a0_2);
                    vstore(y + 20 * 40 + 24, a0_3);
                    vstore(y + 20 * 40 + 32, a0_4);
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 6, tx = (first + t) % 6;
                for (int k = 0; k < 40; k += 8) {
                    const float *restrict m = sums + (t * 40 + k);
                    const vec m00 = vload(m), m10 = vload(m + 3360), m20 = vload(m + 6720), m30 = vload(m + 10080);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 840), m11 = vload(m + 4200), m21 = vload(m + 7560), m31 = vload(m + 10920);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 1680), m12 = vload(m + 5040), m22 = vload(m + 8400), m32 = vload(m + 11760);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 2520), m13 = vload(m + 5880), m23 = vload(m + 9240), m33 = vload(m + 12600);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    const vec b = vload(bias + f + k);
                    y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                    vstore(output + ((2 * ty * 12 + 2 * tx) * 40 + f + k), y00);
                    vstore(output + ((2 * ty * 12 + 2 * tx + 1) * 40 + f + k), y01);
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx) * 40 + f + k), y10);
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx + 1) * 40 + f + k), y11);
                }
            }
        }
    }
}

KERNEL
static void conv2d_2_one(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int share = 0; share < 2; share++)
        conv2d_2_one_part1(input, weights, bias, output, scratch, share);
}


/* add (line 7): 13x12x40 -> add -> 13x12x40 */
KERNEL static void add_one(const float *a, const float *b, float *y)
{
    for (int i = 0; i < 6240; i += VL)
        vstore(y + i, vadd(vload(a + i), vload(b + i)));
}


/* re_lu (line 7): 13x12x40 -> relu -> 13x12x40 */
KERNEL static void re_lu_one(const float *x, float *y)
{
    for (int i = 0; i < 6240; i += VL) {
        vec v = vload(x + i);
        vstore(y + i, vmax(vzero(), v));
    }
}


/* conv2d_3 (line 8): 13x12x40 -> winograd, add, max_pool2d, relu -> 6x6x72; tile 3 columns x 24 group x 2 shares x 18 tiles x 3 vectors */
KERNEL static void conv2d_3_one_part1(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch, int share)
{
    const int place = omp_get_num_threads() <= 2 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 20736, *restrict sums = inputs + 13824;
    for (int first = share * 18; first < 36; first += 36) {
        const int n = 18;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 40;
                for (int c = 0; c < 40; c += 8) {
                    float *restrict to = inputs + (t * 48 + c);
                    const vec d00 = vload(from + c), d10 = vload(from + 480 + c), d20 = vload(from + 960 + c), d30 = vload(from + 1440 + c);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 40 + c), d11 = vload(from + 520 + c), d21 = vload(from + 1000 + c), d31 = vload(from + 1480 + c);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 80 + c), d12 = vload(from + 560 + c), d22 = vload(from + 1040 + c), d32 = vload(from + 1520 + c);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 120 + c), d13 = vload(from + 600 + c), d23 = vload(from + 1080 + c), d33 = vload(from + 1560 + c);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 864, vadd(t01, t02));
                    vstore(to + 1728, vsub(t02, t01));
                    vstore(to + 2592, vsub(t01, t03));
                    vstore(to + 3456, vsub(t10, t12));
                    vstore(to + 4320, vadd(t11, t12));
                    vstore(to + 5184, vsub(t12, t11));
                    vstore(to + 6048, vsub(t11, t13));
                    vstore(to + 6912, vsub(t20, t22));
                    vstore(to + 7776, vadd(t21, t22));
                    vstore(to + 8640, vsub(t22, t21));
                    vstore(to + 9504, vsub(t21, t23));
                    vstore(to + 10368, vsub(t30, t32));
                    vstore(to + 11232, vadd(t31, t32));
                    vstore(to + 12096, vsub(t32, t31));
                    vstore(to + 12960, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 40 : NULL;
                }
                for (int c = 0; c < 40; c += 8) {
                    float *restrict to = inputs + (t * 48 + c);
                    const vec d00 = at[0] ? vload(at[0] + c) : vzero(), d10 = at[4] ? vload(at[4] + c) : vzero(), d20 = at[8] ? vload(at[8] + c) : vzero(), d30 = at[12] ? vload(at[12] + c) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c) : vzero(), d11 = at[5] ? vload(at[5] + c) : vzero(), d21 = at[9] ? vload(at[9] + c) : vzero(), d31 = at[13] ? vload(at[13] + c) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c) : vzero(), d12 = at[6] ? vload(at[6] + c) : vzero(), d22 = at[10] ? vload(at[10] + c) : vzero(), d32 = at[14] ? vload(at[14] + c) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c) : vzero(), d13 = at[7] ? vload(at[7] + c) : vzero(), d23 = at[11] ? vload(at[11] + c) : vzero(), d33 = at[15] ? vload(at[15] + c) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 864, vadd(t01, t02));
                    vstore(to + 1728, vsub(t02, t01));
                    vstore(to + 2592, vsub(t01, t03));
                    vstore(to + 3456, vsub(t10, t12));
                    vstore(to + 4320, vadd(t11, t12));
                    vstore(to + 5184, vsub(t12, t11));
                    vstore(to + 6048, vsub(t11, t13));
                    vstore(to + 6912, vsub(t20, t22));
                    vstore(to + 7776, vadd(t21, t22));
                    vstore(to + 8640, vsub(t22, t21));
                    vstore(to + 9504, vsub(t21, t23));
                    vstore(to + 10368, vsub(t30, t32));
                    vstore(to + 11232, vadd(t31, t32));
                    vstore(to + 12096, vsub(t32, t31));
                    vstore(to + 12960, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 72; f += 24) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 864, *restrict kernel = weights + f * 640 + i * 320;
                float *restrict y = sums + i * 432;
                const float *restrict wf = kernel;
                for (int ox = 0; ox < 18; ox += 3) {
                    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a1_2 = vzero();
                    vec a2_0 = vzero(), a2_1 = vzero(), a2_2 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 18 + ox) * 48;
                    const float *restrict w = wf;
                    for (int c = 0; c < 40; c++) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 5120), w2 = vload(w + 10240);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); }
                            { const vec v = vset1(x0[48]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); }
                            { const vec v = vset1(x0[96]); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); a2_2 = vfma(v, w2, a2_2); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                    vstore(y + ox * 24, a0_0);
                    vstore(y + ox * 24 + 8, a0_1);
                    vstore(y + ox * 24 + 16, a0_2);
                    vstore(y + (ox + 1) * 24, a1_0);
                    vstore(y + (ox + 1) * 24 + 8, a1_1);
                    vstore(y + (ox + 1) * 24 + 16, a1_2);
                    vstore(y + (ox + 2) * 24, a2_0);
                    vstore(y + (ox + 2) * 24 + 8, a2_1);
                    vstore(y + (ox + 2) * 24 + 16, a2_2);
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 6, tx = (first + t) % 6;
                for (int k = 0; k < 24; k += 8) {
                    const float *restrict m = sums + (t * 24 + k);
                    const vec m00 = vload(m), m10 = vload(m + 1728), m20 = vload(m + 3456), m30 = vload(m + 5184);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 432), m11 = vload(m + 2160), m21 = vload(m + 3888), m31 = vload(m + 5616);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 864), m12 = vload(m + 2592), m22 = vload(m + 4320), m32 = vload(m + 6048);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 1296), m13 = vload(m + 3024), m23 = vload(m + 4752), m33 = vload(m + 6480);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    const vec b = vload(bias + f + k);
                    y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                    vec most = vmax(y01, y00);
                    most = vmax(y10, most);
                    most = vmax(y11, most);
                    vstore(output + ((ty * 6 + tx) * 72 + f + k), vmax(vzero(), most));
                }
            }
        }
    }
}

KERNEL
static void conv2d_3_one(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int share = 0; share < 2; share++)
        conv2d_3_one_part1(input, weights, bias, output, scratch, share);
}


/* conv2d_4 (line 9): 6x6x72 -> winograd, tanh -> 4x4x64; tile 2 columns x 32 group x 2 shares x 2 tiles x 4 vectors */
KERNEL static void conv2d_4_one(const float *restrict input, const float *restrict weights, float *restrict output, float *restrict scratch)
{
    float *restrict inputs = scratch, *restrict sums = inputs + 2560;
    for (int first = 0; first < 4; first += 2) {
        const int n = 2;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 2 * 2 - 0, column = (first + t) % 2 * 2 - 0;
            if (row >= 0 && row <= 2 && column >= 0 && column <= 2) {
                const float *restrict from = input + (row * 6 + column) * 72;
                for (int c = 0; c < 72; c += 8) {
                    float *restrict to = inputs + (t * 80 + c);
                    const vec d00 = vload(from + c), d10 = vload(from + 432 + c), d20 = vload(from + 864 + c), d30 = vload(from + 1296 + c);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 72 + c), d11 = vload(from + 504 + c), d21 = vload(from + 936 + c), d31 = vload(from + 1368 + c);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 144 + c), d12 = vload(from + 576 + c), d22 = vload(from + 1008 + c), d32 = vload(from + 1440 + c);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 216 + c), d13 = vload(from + 648 + c), d23 = vload(from + 1080 + c), d33 = vload(from + 1512 + c);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 160, vadd(t01, t02));
                    vstore(to + 320, vsub(t02, t01));
                    vstore(to + 480, vsub(t01, t03));
                    vstore(to + 640, vsub(t10, t12));
                    vstore(to + 800, vadd(t11, t12));
                    vstore(to + 960, vsub(t12, t11));
                    vstore(to + 1120, vsub(t11, t13));
                    vstore(to + 1280, vsub(t20, t22));
                    vstore(to + 1440, vadd(t21, t22));
                    vstore(to + 1600, vsub(t22, t21));
                    vstore(to + 1760, vsub(t21, t23));
                    vstore(to + 1920, vsub(t30, t32));
                    vstore(to + 2080, vadd(t31, t32));
                    vstore(to + 2240, vsub(t32, t31));
                    vstore(to + 2400, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 6 && x >= 0 && x < 6 ? input + (y * 6 + x) * 72 : NULL;
                }
                for (int c = 0; c < 72; c += 8) {
                    float *restrict to = inputs + (t * 80 + c);
                    const vec d00 = at[0] ? vload(at[0] + c) : vzero(), d10 = at[4] ? vload(at[4] + c) : vzero(), d20 = at[8] ? vload(at[8] + c) : vzero(), d30 = at[12] ? vload(at[12] + c) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c) : vzero(), d11 = at[5] ? vload(at[5] + c) : vzero(), d21 = at[9] ? vload(at[9] + c) : vzero(), d31 = at[13] ? vload(at[13] + c) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c) : vzero(), d12 = at[6] ? vload(at[6] + c) : vzero(), d22 = at[10] ? vload(at[10] + c) : vzero(), d32 = at[14] ? vload(at[14] + c) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c) : vzero(), d13 = at[7] ? vload(at[7] + c) : vzero(), d23 = at[11] ? vload(at[11] + c) : vzero(), d33 = at[15] ? vload(at[15] + c) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 160, vadd(t01, t02));
                    vstore(to + 320, vsub(t02, t01));
                    vstore(to + 480, vsub(t01, t03));
                    vstore(to + 640, vsub(t10, t12));
                    vstore(to + 800, vadd(t11, t12));
                    vstore(to + 960, vsub(t12, t11));
                    vstore(to + 1120, vsub(t11, t13));
                    vstore(to + 1280, vsub(t20, t22));
                    vstore(to + 1440, vadd(t21, t22));
                    vstore(to + 1600, vsub(t22, t21));
                    vstore(to + 1760, vsub(t21, t23));
                    vstore(to + 1920, vsub(t30, t32));
                    vstore(to + 2080, vadd(t31, t32));
                    vstore(to + 2240, vsub(t32, t31));
                    vstore(to + 2400, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 64; f += 32) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 160, *restrict kernel = weights + f * 1152 + i * 576;
                float *restrict y = sums + i * 64;
                const float *restrict wf = kernel;
                vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a1_0 = vzero(), a1_1 = vzero();
                vec a1_2 = vzero(), a1_3 = vzero();
                const int iy0 = 0;
                const float *restrict x0 = x + (iy0 * 2) * 80;
                const float *restrict w = wf;
                for (int c = 0; c < 72; c++) {
                    {
                        const vec w0 = vload(w), w1 = vload(w + 9216), w2 = vload(w + 18432), w3 = vload(w + 27648);
                        { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                        { const vec v = vset1(x0[80]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                    }
                    x0 += 1;
                    w += 8;
                }
                vstore(y + 0 * 32, a0_0);
                vstore(y + 0 * 32 + 8, a0_1);
                vstore(y + 0 * 32 + 16, a0_2);
                vstore(y + 0 * 32 + 24, a0_3);
                vstore(y + 1 * 32, a1_0);
                vstore(y + 1 * 32 + 8, a1_1);
                vstore(y + 1 * 32 + 16, a1_2);
                vstore(y + 1 * 32 + 24, a1_3);
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 2, tx = (first + t) % 2;
                for (int k = 0; k < 32; k += 8) {
                    const float *restrict m = sums + (t * 32 + k);
                    const vec m00 = vload(m), m10 = vload(m + 256), m20 = vload(m + 512), m30 = vload(m + 768);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 64), m11 = vload(m + 320), m21 = vload(m + 576), m31 = vload(m + 832);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 128), m12 = vload(m + 384), m22 = vload(m + 640), m32 = vload(m + 896);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 192), m13 = vload(m + 448), m23 = vload(m + 704), m33 = vload(m + 960);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    vstore(output + ((2 * ty * 4 + 2 * tx) * 64 + f + k), vtanh(y00));
                    vstore(output + ((2 * ty * 4 + 2 * tx + 1) * 64 + f + k), vtanh(y01));
                    vstore(output + (((2 * ty + 1) * 4 + 2 * tx) * 64 + f + k), vtanh(y10));
                    vstore(output + (((2 * ty + 1) * 4 + 2 * tx + 1) * 64 + f + k), vtanh(y11));
                }
            }
        }
    }
}


/* conv2d_5 (line 10): 4x4x64 -> conv2d, add -> 2x2x64; tile 2 columns x 1 sums x 4 vectors */
KERNEL static void conv2d_5_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int t = 0; t < 4; t++) {
        const int oy = t % 2;
        const int f = t / 2 * 32;
        const float *restrict wf = kernel + f * 576;
        const vec b0 = vload(bias + f);
        const vec b1 = vload(bias + f + 8);
        const vec b2 = vload(bias + f + 16);
        const vec b3 = vload(bias + f + 24);
        vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a1_0 = b0, a1_1 = b1;
        vec a1_2 = b2, a1_3 = b3;
        for (int i = 0; i < 3; i++) {
            const int iy0 = oy * 2 + i;
            if (iy0 >= 0 && iy0 < 4) {
                const float *restrict x0 = x + (iy0 * 4) * 64;
                const float *restrict w = wf + i * 1536;
                for (int c = 0; c < 64; c++) {
                    {
                        const vec w0 = vload(w), w1 = vload(w + 4608), w2 = vload(w + 9216), w3 = vload(w + 13824);
                        { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                        { const vec v = vset1(x0[128]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vload(w + 512), w1 = vload(w + 5120), w2 = vload(w + 9728), w3 = vload(w + 14336);
                        { const vec v = vset1(x0[64]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                        { const vec v = vset1(x0[192]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vload(w + 1024), w1 = vload(w + 5632), w2 = vload(w + 10240), w3 = vload(w + 14848);
                        { const vec v = vset1(x0[128]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                    }
                    x0 += 1;
                    w += 8;
                }
            }
        }
        vstore(y + (oy * 2) * 64 + f, a0_0);
        vstore(y + (oy * 2) * 64 + f + 8, a0_1);
        vstore(y + (oy * 2) * 64 + f + 16, a0_2);
        vstore(y + (oy * 2) * 64 + f + 24, a0_3);
        vstore(y + (oy * 2 + 1) * 64 + f, a1_0);
        vstore(y + (oy * 2 + 1) * 64 + f + 8, a1_1);
        vstore(y + (oy * 2 + 1) * 64 + f + 16, a1_2);
        vstore(y + (oy * 2 + 1) * 64 + f + 24, a1_3);
    }
}


/* conv2d_6 (line 11): 2x2x64 -> conv2d, add -> 2x2x64; tile 2 columns x 1 sums x 2 vectors */
KERNEL static void conv2d_6_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int g = 0; g < 4; g++) {
        for (int oy = 0; oy < 2; oy++) {
            const float *restrict wf = kernel + g * 2304 + 0;
            const vec b0 = vload(bias + g * 16);
            const vec b1 = vload(bias + g * 16 + 8);
            vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1;
            for (int i = 0; i < 3; i++) {
                const int iy0 = oy + i - 1;
                if (iy0 >= 0 && iy0 < 2) {
                    const float *restrict x0 = x + (iy0 * 2) * 64 + g * 16;
                    const float *restrict w = wf + i * 384;
                    for (int c = 0; c < 16; c++) {
                        {
                            const vec w0 = vload(w), w1 = vload(w + 1152);
                            { const vec v = vset1(x0[0]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        }
                        {
                            const vec w0 = vload(w + 128), w1 = vload(w + 1280);
                            { const vec v = vset1(x0[0]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vset1(x0[64]); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                        }
                        {
                            const vec w0 = vload(w + 256), w1 = vload(w + 1408);
                            { const vec v = vset1(x0[64]); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                        }
                        x0 += 1;
                        w += 8;
                    }
                }
            }
            vstore(y + (oy * 2) * 64 + g * 16, a0_0);
            vstore(y + (oy * 2) * 64 + g * 16 + 8, a0_1);
            vstore(y + (oy * 2 + 1) * 64 + g * 16, a1_0);
            vstore(y + (oy * 2 + 1) * 64 + g * 16 + 8, a1_1);
        }
    }
}


/* conv2d_7 (line 12): 2x2x64 -> conv2d, add, average_pool2d -> 1x1x64; tile 2 columns x 1 sums x 2 vectors */
KERNEL static void conv2d_7_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0; f < 64; f += 16) {
        const float *restrict wf = kernel + f * 192;
        const vec b0 = vload(bias + f);
        const vec b1 = vload(bias + f + 8);
        vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
        vec a1_1_0 = b0, a1_1_1 = b1;
        const int iy0 = 0 * 2;
        const int iy1 = 0 * 2 + 1;
        const float *restrict x0 = x + (iy0 * 2) * 64;
        const float *restrict x1 = x + (iy1 * 2) * 64;
        const float *restrict w = wf;
        for (int c = 0; c < 64; c++) {
            {
                const vec w0 = vload(w), w1 = vload(w + 1536);
                { const vec v = vset1(x0[0]); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                { const vec v = vset1(x1[0]); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
            }
            {
                const vec w0 = vload(w + 512), w1 = vload(w + 2048);
                { const vec v = vset1(x0[0]); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                { const vec v = vset1(x0[64]); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                { const vec v = vset1(x1[0]); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                { const vec v = vset1(x1[64]); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
            }
            {
                const vec w0 = vload(w + 1024), w1 = vload(w + 2560);
                { const vec v = vset1(x0[64]); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                { const vec v = vset1(x1[64]); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
            }
            x0 += 1;
            x1 += 1;
            w += 8;
        }
        {
            vec sum = a0_0_0;
            sum = vadd(sum, a0_1_0);
            sum = vadd(sum, a1_0_0);
            sum = vadd(sum, a1_1_0);
            vstore(y + 0 * 64 + f, vmul(sum, vset1(0x1p-2f)));
        }
        {
            vec sum = a0_0_1;
            sum = vadd(sum, a0_1_1);
            sum = vadd(sum, a1_0_1);
            sum = vadd(sum, a1_1_1);
            vstore(y + 0 * 64 + f + 8, vmul(sum, vset1(0x1p-2f)));
        }
    }
}


/* dense (line 13): 64 -> matmul, add -> 3; tile 1 columns x 8 sums x 1 vectors */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload_n(bias, 3);
    vec a0 = b0, a0_part1 = vzero(), a0_part2 = vzero(), a0_part3 = vzero(), a0_part4 = vzero(), a0_part5 = vzero();
    vec a0_part6 = vzero(), a0_part7 = vzero();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 64;
    const float *restrict w = wf;
    for (int c = 0; c < 8; c++) {
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
        {
            const vec w0 = vload(w + 32);
            { const vec v = vset1(x0[4]); a0_part4 = vfma(v, w0, a0_part4); }
        }
        {
            const vec w0 = vload(w + 40);
            { const vec v = vset1(x0[5]); a0_part5 = vfma(v, w0, a0_part5); }
        }
        {
            const vec w0 = vload(w + 48);
            { const vec v = vset1(x0[6]); a0_part6 = vfma(v, w0, a0_part6); }
        }
        {
            const vec w0 = vload(w + 56);
            { const vec v = vset1(x0[7]); a0_part7 = vfma(v, w0, a0_part7); }
        }
        x0 += 8;
        w += 64;
    }
    a0 = vadd(a0, a0_part4);
    a0_part1 = vadd(a0_part1, a0_part5);
    a0_part2 = vadd(a0_part2, a0_part6);
    a0_part3 = vadd(a0_part3, a0_part7);
    a0 = vadd(a0, a0_part2);
    a0_part1 = vadd(a0_part1, a0_part3);
    a0 = vadd(a0, a0_part1);
    vstore_n(y + 0 * 3, a0, 3);
}


/* dense (line 13): 3 -> softmax -> 3 */
KERNEL static void dense_softmax_one(const float *x, float *y)
{
    for (int first = 0; first < 3; first += 3) {
        vec largest = vset1(-0x1.fffffep+127f), sum = vzero();
        largest = vmax(vselect(vgt(vset1(0x1.8p+1f), vlane_index()), vload_n(x + first, 3), vset1(-0x1.fffffep+127f)), largest);
        largest = vset1(vmaxall(largest));
        {
            vec e = vexp(vsub(vload_n(x + first, 3), largest));
            vstore_n(y + first, e, 3);
            sum = vadd(vselect(vgt(vset1(0x1.8p+1f), vlane_index()), e, vzero()), sum);
        }
        sum = vset1(vsum(sum));
        vec scale = vdiv(vset1(1.0f), sum);
        vstore_n(y + first, vmul(vload_n(y + first, 3), scale), 3);
    }
}


/* input 13x12x3: rows of the caller, made sample-innermost */
KERNEL static void load_input_468(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL], *next[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 468 * row_of(rows, block * VL + (l < valid ? l : 0));
            next[l] = (block + 1) * VL + l < rows->count ? (const uint8_t *)rows->values + 468 * row_of(rows, (block + 1) * VL + l) : row[l];
        }
        for (int i = 0; i < 464; i += VL) {
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
        for (int i = 464; i < 468; i++)
            for (int l = 0; l < VL; l++)
                x[i * VL + l] = (float)row[l][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL], *next[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 468 * row_of(rows, block * VL + (l < valid ? l : 0));
        next[l] = (block + 1) * VL + l < rows->count ? (const float *)rows->values + 468 * row_of(rows, (block + 1) * VL + l) : row[l];
    }
    for (int i = 0; i < 464; i += VL) {
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
    for (int i = 464; i < 468; i++)
        for (int l = 0; l < VL; l++)
            x[i * VL + l] = row[l][i];
}


/* conv2d (line 4): 13x12x3 -> conv2d, add, relu -> 13x12x32; tile 6 columns x 2 filters */
KERNEL static void conv2d_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 13; oy++) {
        for (int f = 0; f < 32; f += 2) {
            const float *restrict wf = kernel + f / 8 * 216 + f % 8;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1, a5_0 = b0, a5_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 13) {
                        const float *restrict x0 = x + (iy0 * 12) * 24;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 3; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 24); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 72); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vload(x0 + 96); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 24); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 72); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 96); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vload(x0 + 120); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[48]), w1 = vset1(w[49]);
                                { const vec v = vload(x0 + 24); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 72); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 120); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vload(x0 + 144); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 12) * 32 + f) * 8, vmax(vzero(), a0_0));
                vstore(y + ((oy * 12) * 32 + f + 1) * 8, vmax(vzero(), a0_1));
                vstore(y + ((oy * 12 + 1) * 32 + f) * 8, vmax(vzero(), a1_0));
                vstore(y + ((oy * 12 + 1) * 32 + f + 1) * 8, vmax(vzero(), a1_1));
                vstore(y + ((oy * 12 + 2) * 32 + f) * 8, vmax(vzero(), a2_0));
                vstore(y + ((oy * 12 + 2) * 32 + f + 1) * 8, vmax(vzero(), a2_1));
                vstore(y + ((oy * 12 + 3) * 32 + f) * 8, vmax(vzero(), a3_0));
                vstore(y + ((oy * 12 + 3) * 32 + f + 1) * 8, vmax(vzero(), a3_1));
                vstore(y + ((oy * 12 + 4) * 32 + f) * 8, vmax(vzero(), a4_0));
                vstore(y + ((oy * 12 + 4) * 32 + f + 1) * 8, vmax(vzero(), a4_1));
                vstore(y + ((oy * 12 + 5) * 32 + f) * 8, vmax(vzero(), a5_0));
                vstore(y + ((oy * 12 + 5) * 32 + f + 1) * 8, vmax(vzero(), a5_1));
            }
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1, a4_0 = b0, a4_1 = b1, a5_0 = b0, a5_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 13) {
                        const float *restrict x0 = x + (iy0 * 12 + 5) * 24;
                        const float *restrict w = wf + i * 72;
                        for (int c = 0; c < 3; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 24); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 72); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 96); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vload(x0 + 120); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                                { const vec v = vload(x0 + 24); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 72); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 120); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                                { const vec v = vload(x0 + 144); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[48]), w1 = vset1(w[49]);
                                { const vec v = vload(x0 + 48); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 72); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 120); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                                { const vec v = vload(x0 + 144); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 12 + 6) * 32 + f) * 8, vmax(vzero(), a0_0));
                vstore(y + ((oy * 12 + 6) * 32 + f + 1) * 8, vmax(vzero(), a0_1));
                vstore(y + ((oy * 12 + 6 + 1) * 32 + f) * 8, vmax(vzero(), a1_0));
                vstore(y + ((oy * 12 + 6 + 1) * 32 + f + 1) * 8, vmax(vzero(), a1_1));
                vstore(y + ((oy * 12 + 6 + 2) * 32 + f) * 8, vmax(vzero(), a2_0));
                vstore(y + ((oy * 12 + 6 + 2) * 32 + f + 1) * 8, vmax(vzero(), a2_1));
                vstore(y + ((oy * 12 + 6 + 3) * 32 + f) * 8, vmax(vzero(), a3_0));
                vstore(y + ((oy * 12 + 6 + 3) * 32 + f + 1) * 8, vmax(vzero(), a3_1));
                vstore(y + ((oy * 12 + 6 + 4) * 32 + f) * 8, vmax(vzero(), a4_0));
                vstore(y + ((oy * 12 + 6 + 4) * 32 + f + 1) * 8, vmax(vzero(), a4_1));
                vstore(y + ((oy * 12 + 6 + 5) * 32 + f) * 8, vmax(vzero(), a5_0));
                vstore(y + ((oy * 12 + 6 + 5) * 32 + f + 1) * 8, vmax(vzero(), a5_1));
            }
        }
    }
}


/* conv2d_1 (line 5): 13x12x32 -> winograd, add, relu -> 13x12x40; tile 6 columns x 2 filters x 40 group x 4 shares x 6 tiles */
KERNEL static void conv2d_1_block_part1(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch, int share)
{
    const int place = omp_get_num_threads() <= 4 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 56064, *restrict sums = inputs + 25344;
    for (int first = share * 6; first < 42; first += 24) {
        const int n = 6;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 256;
                for (int c = 0; c < 32; c += 1) {
                    float *restrict to = inputs + (t * 33 + c) * 8;
                    const vec d00 = vload(from + c * 8), d10 = vload(from + 3072 + c * 8), d20 = vload(from + 6144 + c * 8), d30 = vload(from + 9216 + c * 8);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 256 + c * 8), d11 = vload(from + 3328 + c * 8), d21 = vload(from + 6400 + c * 8), d31 = vload(from + 9472 + c * 8);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 512 + c * 8), d12 = vload(from + 3584 + c * 8), d22 = vload(from + 6656 + c * 8), d32 = vload(from + 9728 + c * 8);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 768 + c * 8), d13 = vload(from + 3840 + c * 8), d23 = vload(from + 6912 + c * 8), d33 = vload(from + 9984 + c * 8);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1584, vadd(t01, t02));
                    vstore(to + 3168, vsub(t02, t01));
                    vstore(to + 4752, vsub(t01, t03));
                    vstore(to + 6336, vsub(t10, t12));
                    vstore(to + 7920, vadd(t11, t12));
                    vstore(to + 9504, vsub(t12, t11));
                    vstore(to + 11088, vsub(t11, t13));
                    vstore(to + 12672, vsub(t20, t22));
                    vstore(to + 14256, vadd(t21, t22));
                    vstore(to + 15840, vsub(t22, t21));
                    vstore(to + 17424, vsub(t21, t23));
                    vstore(to + 19008, vsub(t30, t32));
                    vstore(to + 20592, vadd(t31, t32));
                    vstore(to + 22176, vsub(t32, t31));
                    vstore(to + 23760, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 256 : NULL;
                }
                for (int c = 0; c < 32; c += 1) {
                    float *restrict to = inputs + (t * 33 + c) * 8;
                    const vec d00 = at[0] ? vload(at[0] + c * 8) : vzero(), d10 = at[4] ? vload(at[4] + c * 8) : vzero(), d20 = at[8] ? vload(at[8] + c * 8) : vzero(), d30 = at[12] ? vload(at[12] + c * 8) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c * 8) : vzero(), d11 = at[5] ? vload(at[5] + c * 8) : vzero(), d21 = at[9] ? vload(at[9] + c * 8) : vzero(), d31 = at[13] ? vload(at[13] + c * 8) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c * 8) : vzero(), d12 = at[6] ? vload(at[6] + c * 8) : vzero(), d22 = at[10] ? vload(at[10] + c * 8) : vzero(), d32 = at[14] ? vload(at[14] + c * 8) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c * 8) : vzero(), d13 = at[7] ? vload(at[7] + c * 8) : vzero(), d23 = at[11] ? vload(at[11] + c * 8) : vzero(), d33 = at[15] ? vload(at[15] + c * 8) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1584, vadd(t01, t02));
                    vstore(to + 3168, vsub(t02, t01));
                    vstore(to + 4752, vsub(t01, t03));
                    vstore(to + 6336, vsub(t10, t12));
                    vstore(to + 7920, vadd(t11, t12));
                    vstore(to + 9504, vsub(t12, t11));
                    vstore(to + 11088, vsub(t11, t13));
                    vstore(to + 12672, vsub(t20, t22));
                    vstore(to + 14256, vadd(t21, t22));
                    vstore(to + 15840, vsub(t22, t21));
                    vstore(to + 17424, vsub(t21, t23));
                    vstore(to + 19008, vsub(t30, t32));
                    vstore(to + 20592, vadd(t31, t32));
                    vstore(to + 22176, vsub(t32, t31));
                    vstore(to + 23760, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 40; f += 40) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 1584, *restrict kernel = weights + f * 512 + i * 256;
                float *restrict y = sums + i * 1920;
                for (int f = 0; f < 40; f += 2) {
                    const float *restrict wf = kernel + f / 8 * 4096 + f % 8;
                    vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                    vec a3_0 = vzero(), a3_1 = vzero(), a4_0 = vzero(), a4_1 = vzero(), a5_0 = vzero(), a5_1 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 6) * 264;
                    const float *restrict w = wf;
                    for (int c = 0; c < 32; c++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vload(x0 + 264); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 528); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 792); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 1056); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            { const vec v = vload(x0 + 1320); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                        }
                        x0 += 8;
                        w += 8;
                    }
                    vstore(y + (0 * 40 + f) * 8, a0_0);
                    vstore(y + (0 * 40 + f + 1) * 8, a0_1);
                    vstore(y + (1 * 40 + f) * 8, a1_0);
                    vstore(y + (1 * 40 + f + 1) * 8, a1_1);
                    vstore(y + (2 * 40 + f) * 8, a2_0);
                    vstore(y + (2 * 40 + f + 1) * 8, a2_1);
                    vstore(y + (3 * 40 + f) * 8, a3_0);
                    vstore(y + (3 * 40 + f + 1) * 8, a3_1);
                    vstore(y + (4 * 40 + f) * 8, a4_0);
                    vstore(y + (4 * 40 + f + 1) * 8, a4_1);
                    vstore(y + (5 * 40 + f) * 8, a5_0);
                    vstore(y + (5 * 40 + f + 1) * 8, a5_1);
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 6, tx = (first + t) % 6;
                for (int k = 0; k < 40; k += 1) {
                    const float *restrict m = sums + (t * 40 + k) * 8;
                    const vec m00 = vload(m), m10 = vload(m + 7680), m20 = vload(m + 15360), m30 = vload(m + 23040);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 1920), m11 = vload(m + 9600), m21 = vload(m + 17280), m31 = vload(m + 24960);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 3840), m12 = vload(m + 11520), m22 = vload(m + 19200), m32 = vload(m + 26880);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 5760), m13 = vload(m + 13440), m23 = vload(m + 21120), m33 = vload(m + 28800);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    const vec b = vset1(bias[f + k]);
                    y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                    vstore(output + ((2 * ty * 12 + 2 * tx) * 40 + f + k) * 8, vmax(vzero(), y00));
                    vstore(output + ((2 * ty * 12 + 2 * tx + 1) * 40 + f + k) * 8, vmax(vzero(), y01));
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx) * 40 + f + k) * 8, vmax(vzero(), y10));
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx + 1) * 40 + f + k) * 8, vmax(vzero(), y11));
                }
            }
        }
    }
}

KERNEL
static void conv2d_1_block(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int share = 0; share < 4; share++)
        conv2d_1_block_part1(input, weights, bias, output, scratch, share);
}


/* conv2d_2 (line 6): 13x12x40 -> winograd, add -> 13x12x40; tile 6 columns x 2 filters x 8 group x 4 shares x 6 tiles */
KERNEL static void conv2d_2_block_part1(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch, int share)
{
    const int place = omp_get_num_threads() <= 4 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 37632, *restrict sums = inputs + 31488;
    for (int first = share * 6; first < 42; first += 24) {
        const int n = 6;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 320;
                for (int c = 0; c < 40; c += 1) {
                    float *restrict to = inputs + (t * 41 + c) * 8;
                    const vec d00 = vload(from + c * 8), d10 = vload(from + 3840 + c * 8), d20 = vload(from + 7680 + c * 8), d30 = vload(from + 11520 + c * 8);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 320 + c * 8), d11 = vload(from + 4160 + c * 8), d21 = vload(from + 8000 + c * 8), d31 = vload(from + 11840 + c * 8);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 640 + c * 8), d12 = vload(from + 4480 + c * 8), d22 = vload(from + 8320 + c * 8), d32 = vload(from + 12160 + c * 8);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 960 + c * 8), d13 = vload(from + 4800 + c * 8), d23 = vload(from + 8640 + c * 8), d33 = vload(from + 12480 + c * 8);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1968, vadd(t01, t02));
                    vstore(to + 3936, vsub(t02, t01));
                    vstore(to + 5904, vsub(t01, t03));
                    vstore(to + 7872, vsub(t10, t12));
                    vstore(to + 9840, vadd(t11, t12));
                    vstore(to + 11808, vsub(t12, t11));
                    vstore(to + 13776, vsub(t11, t13));
                    vstore(to + 15744, vsub(t20, t22));
                    vstore(to + 17712, vadd(t21, t22));
                    vstore(to + 19680, vsub(t22, t21));
                    vstore(to + 21648, vsub(t21, t23));
                    vstore(to + 23616, vsub(t30, t32));
                    vstore(to + 25584, vadd(t31, t32));
                    vstore(to + 27552, vsub(t32, t31));
                    vstore(to + 29520, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 320 : NULL;
                }
                for (int c = 0; c < 40; c += 1) {
                    float *restrict to = inputs + (t * 41 + c) * 8;
                    const vec d00 = at[0] ? vload(at[0] + c * 8) : vzero(), d10 = at[4] ? vload(at[4] + c * 8) : vzero(), d20 = at[8] ? vload(at[8] + c * 8) : vzero(), d30 = at[12] ? vload(at[12] + c * 8) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c * 8) : vzero(), d11 = at[5] ? vload(at[5] + c * 8) : vzero(), d21 = at[9] ? vload(at[9] + c * 8) : vzero(), d31 = at[13] ? vload(at[13] + c * 8) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c * 8) : vzero(), d12 = at[6] ? vload(at[6] + c * 8) : vzero(), d22 = at[10] ? vload(at[10] + c * 8) : vzero(), d32 = at[14] ? vload(at[14] + c * 8) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c * 8) : vzero(), d13 = at[7] ? vload(at[7] + c * 8) : vzero(), d23 = at[11] ? vload(at[11] + c * 8) : vzero(), d33 = at[15] ? vload(at[15] + c * 8) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1968, vadd(t01, t02));
                    vstore(to + 3936, vsub(t02, t01));
                    vstore(to + 5904, vsub(t01, t03));
                    vstore(to + 7872, vsub(t10, t12));
                    vstore(to + 9840, vadd(t11, t12));
                    vstore(to + 11808, vsub(t12, t11));
                    vstore(to + 13776, vsub(t11, t13));
                    vstore(to + 15744, vsub(t20, t22));
                    vstore(to + 17712, vadd(t21, t22));
                    vstore(to + 19680, vsub(t22, t21));
                    vstore(to + 21648, vsub(t21, t23));
                    vstore(to + 23616, vsub(t30, t32));
                    vstore(to + 25584, vadd(t31, t32));
                    vstore(to + 27552, vsub(t32, t31));
                    vstore(to + 29520, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 40; f += 8) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 1968, *restrict kernel = weights + f * 640 + i * 320;
                float *restrict y = sums + i * 384;
                for (int f = 0; f < 8; f += 2) {
                    const float *restrict wf = kernel + f / 8 * 5120 + f % 8;
                    vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                    vec a3_0 = vzero(), a3_1 = vzero(), a4_0 = vzero(), a4_1 = vzero(), a5_0 = vzero(), a5_1 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 6) * 328;
                    const float *restrict w = wf;
                    for (int c = 0; c < 40; c++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                            { const vec v = vload(x0 + 328); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                            { const vec v = vload(x0 + 656); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            { const vec v = vload(x0 + 984); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            { const vec v = vload(x0 + 1312); a4_0 = vfma(v, w0, a4_0); a4_1 = vfma(v, w1, a4_1); }
                            { const vec v = vload(x0 + 1640); a5_0 = vfma(v, w0, a5_0); a5_1 = vfma(v, w1, a5_1); }
                        }
                        x0 += 8;
                        w += 8;
                    }
                    vstore(y + (0 * 8 + f) * 8, a0_0);
                    vstore(y + (0 * 8 + f + 1) * 8, a0_1);
                    vstore(y + (1 * 8 + f) * 8, a1_0);
                    vstore(y + (1 * 8 + f + 1) * 8, a1_1);
                    vstore(y + (2 * 8 + f) * 8, a2_0);
                    vstore(y + (2 * 8 + f + 1) * 8, a2_1);
                    vstore(y + (3 * 8 + f) * 8, a3_0);
                    vstore(y + (3 * 8 + f + 1) * 8, a3_1);
                    vstore(y + (4 * 8 + f) * 8, a4_0);
                    vstore(y + (4 * 8 + f + 1) * 8, a4_1);
                    vstore(y + (5 * 8 + f) * 8, a5_0);
                    vstore(y + (5 * 8 + f + 1) * 8, a5_1);
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 6, tx = (first + t) % 6;
                for (int k = 0; k < 8; k += 1) {
                    const float *restrict m = sums + (t * 8 + k) * 8;
                    const vec m00 = vload(m), m10 = vload(m + 1536), m20 = vload(m + 3072), m30 = vload(m + 4608);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 384), m11 = vload(m + 1920), m21 = vload(m + 3456), m31 = vload(m + 4992);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 768), m12 = vload(m + 2304), m22 = vload(m + 3840), m32 = vload(m + 5376);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 1152), m13 = vload(m + 2688), m23 = vload(m + 4224), m33 = vload(m + 5760);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    const vec b = vset1(bias[f + k]);
                    y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                    vstore(output + ((2 * ty * 12 + 2 * tx) * 40 + f + k) * 8, y00);
                    vstore(output + ((2 * ty * 12 + 2 * tx + 1) * 40 + f + k) * 8, y01);
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx) * 40 + f + k) * 8, y10);
                    if (2 * ty + 1 < 13)
                        vstore(output + (((2 * ty + 1) * 12 + 2 * tx + 1) * 40 + f + k) * 8, y11);
                }
            }
        }
    }
}

KERNEL
static void conv2d_2_block(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int share = 0; share < 4; share++)
        conv2d_2_block_part1(input, weights, bias, output, scratch, share);
}


/* add (line 7): 13x12x40 -> add -> 13x12x40 */
KERNEL static void add_block(const float *a, const float *b, float *y)
{
    for (int i = 0; i < 49920; i += VL)
        vstore(y + i, vadd(vload(a + i), vload(b + i)));
}


/* re_lu (line 7): 13x12x40 -> relu -> 13x12x40 */
KERNEL static void re_lu_block(const float *x, float *y)
{
    for (int i = 0; i < 49920; i += VL) {
        vec v = vload(x + i);
        vstore(y + i, vmax(vzero(), v));
    }
}


/* conv2d_3 (line 8): 13x12x40 -> winograd, add, max_pool2d, relu -> 6x6x72; tile 3 columns x 2 filters x 8 group x 4 shares x 9 tiles */
KERNEL static void conv2d_3_block_part1(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch, int share)
{
    const int place = omp_get_num_threads() <= 4 ? omp_get_thread_num() : share;
    float *restrict inputs = scratch + place * 56448, *restrict sums = inputs + 47232;
    for (int first = share * 9; first < 36; first += 36) {
        const int n = 9;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 6 * 2 - 1, column = (first + t) % 6 * 2 - 1;
            if (row >= 0 && row <= 9 && column >= 0 && column <= 8) {
                const float *restrict from = input + (row * 12 + column) * 320;
                for (int c = 0; c < 40; c += 1) {
                    float *restrict to = inputs + (t * 41 + c) * 8;
                    const vec d00 = vload(from + c * 8), d10 = vload(from + 3840 + c * 8), d20 = vload(from + 7680 + c * 8), d30 = vload(from + 11520 + c * 8);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 320 + c * 8), d11 = vload(from + 4160 + c * 8), d21 = vload(from + 8000 + c * 8), d31 = vload(from + 11840 + c * 8);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 640 + c * 8), d12 = vload(from + 4480 + c * 8), d22 = vload(from + 8320 + c * 8), d32 = vload(from + 12160 + c * 8);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 960 + c * 8), d13 = vload(from + 4800 + c * 8), d23 = vload(from + 8640 + c * 8), d33 = vload(from + 12480 + c * 8);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 2952, vadd(t01, t02));
                    vstore(to + 5904, vsub(t02, t01));
                    vstore(to + 8856, vsub(t01, t03));
                    vstore(to + 11808, vsub(t10, t12));
                    vstore(to + 14760, vadd(t11, t12));
                    vstore(to + 17712, vsub(t12, t11));
                    vstore(to + 20664, vsub(t11, t13));
                    vstore(to + 23616, vsub(t20, t22));
                    vstore(to + 26568, vadd(t21, t22));
                    vstore(to + 29520, vsub(t22, t21));
                    vstore(to + 32472, vsub(t21, t23));
                    vstore(to + 35424, vsub(t30, t32));
                    vstore(to + 38376, vadd(t31, t32));
                    vstore(to + 41328, vsub(t32, t31));
                    vstore(to + 44280, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 13 && x >= 0 && x < 12 ? input + (y * 12 + x) * 320 : NULL;
                }
                for (int c = 0; c < 40; c += 1) {
                    float *restrict to = inputs + (t * 41 + c) * 8;
                    const vec d00 = at[0] ? vload(at[0] + c * 8) : vzero(), d10 = at[4] ? vload(at[4] + c * 8) : vzero(), d20 = at[8] ? vload(at[8] + c * 8) : vzero(), d30 = at[12] ? vload(at[12] + c * 8) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c * 8) : vzero(), d11 = at[5] ? vload(at[5] + c * 8) : vzero(), d21 = at[9] ? vload(at[9] + c * 8) : vzero(), d31 = at[13] ? vload(at[13] + c * 8) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c * 8) : vzero(), d12 = at[6] ? vload(at[6] + c * 8) : vzero(), d22 = at[10] ? vload(at[10] + c * 8) : vzero(), d32 = at[14] ? vload(at[14] + c * 8) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c * 8) : vzero(), d13 = at[7] ? vload(at[7] + c * 8) : vzero(), d23 = at[11] ? vload(at[11] + c * 8) : vzero(), d33 = at[15] ? vload(at[15] + c * 8) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 2952, vadd(t01, t02));
                    vstore(to + 5904, vsub(t02, t01));
                    vstore(to + 8856, vsub(t01, t03));
                    vstore(to + 11808, vsub(t10, t12));
                    vstore(to + 14760, vadd(t11, t12));
                    vstore(to + 17712, vsub(t12, t11));
                    vstore(to + 20664, vsub(t11, t13));
                    vstore(to + 23616, vsub(t20, t22));
                    vstore(to + 26568, vadd(t21, t22));
                    vstore(to + 29520, vsub(t22, t21));
                    vstore(to + 32472, vsub(t21, t23));
                    vstore(to + 35424, vsub(t30, t32));
                    vstore(to + 38376, vadd(t31, t32));
                    vstore(to + 41328, vsub(t32, t31));
                    vstore(to + 44280, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 72; f += 8) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 2952, *restrict kernel = weights + f * 640 + i * 320;
                float *restrict y = sums + i * 576;
                for (int f = 0; f < 8; f += 2) {
                    const float *restrict wf = kernel + f / 8 * 5120 + f % 8;
                    for (int ox = 0; ox < 9; ox += 3) {
                        vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                        const int iy0 = 0;
                        const float *restrict x0 = x + (iy0 * 9 + ox) * 328;
                        const float *restrict w = wf;
                        for (int c = 0; c < 40; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 328); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 656); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                        vstore(y + (ox * 8 + f) * 8, a0_0);
                        vstore(y + (ox * 8 + f + 1) * 8, a0_1);
                        vstore(y + ((ox + 1) * 8 + f) * 8, a1_0);
                        vstore(y + ((ox + 1) * 8 + f + 1) * 8, a1_1);
                        vstore(y + ((ox + 2) * 8 + f) * 8, a2_0);
                        vstore(y + ((ox + 2) * 8 + f + 1) * 8, a2_1);
                    }
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 6, tx = (first + t) % 6;
                for (int k = 0; k < 8; k += 1) {
                    const float *restrict m = sums + (t * 8 + k) * 8;
                    const vec m00 = vload(m), m10 = vload(m + 2304), m20 = vload(m + 4608), m30 = vload(m + 6912);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 576), m11 = vload(m + 2880), m21 = vload(m + 5184), m31 = vload(m + 7488);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 1152), m12 = vload(m + 3456), m22 = vload(m + 5760), m32 = vload(m + 8064);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 1728), m13 = vload(m + 4032), m23 = vload(m + 6336), m33 = vload(m + 8640);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    const vec b = vset1(bias[f + k]);
                    y00 = vadd(y00, b), y01 = vadd(y01, b), y10 = vadd(y10, b), y11 = vadd(y11, b);
                    vec most = vmax(y01, y00);
                    most = vmax(y10, most);
                    most = vmax(y11, most);
                    vstore(output + ((ty * 6 + tx) * 72 + f + k) * 8, vmax(vzero(), most));
                }
            }
        }
    }
}

KERNEL
static void conv2d_3_block(const float *restrict input, const float *restrict weights, const float *restrict bias, float *restrict output, float *restrict scratch)
{
#if defined(_OPENMP)
#pragma omp parallel for schedule(static)
#endif
    for (int share = 0; share < 4; share++)
        conv2d_3_block_part1(input, weights, bias, output, scratch, share);
}


/* conv2d_4 (line 9): 6x6x72 -> winograd, tanh -> 4x4x64; tile 2 columns x 4 filters x 8 group x 2 shares x 2 tiles */
KERNEL static void conv2d_4_block(const float *restrict input, const float *restrict weights, float *restrict output, float *restrict scratch)
{
    float *restrict inputs = scratch, *restrict sums = inputs + 18688;
    for (int first = 0; first < 4; first += 2) {
        const int n = 2;
        for (int t = 0; t < n; t++) {
            const int row = (first + t) / 2 * 2 - 0, column = (first + t) % 2 * 2 - 0;
            if (row >= 0 && row <= 2 && column >= 0 && column <= 2) {
                const float *restrict from = input + (row * 6 + column) * 576;
                for (int c = 0; c < 72; c += 1) {
                    float *restrict to = inputs + (t * 73 + c) * 8;
                    const vec d00 = vload(from + c * 8), d10 = vload(from + 3456 + c * 8), d20 = vload(from + 6912 + c * 8), d30 = vload(from + 10368 + c * 8);
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = vload(from + 576 + c * 8), d11 = vload(from + 4032 + c * 8), d21 = vload(from + 7488 + c * 8), d31 = vload(from + 10944 + c * 8);
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = vload(from + 1152 + c * 8), d12 = vload(from + 4608 + c * 8), d22 = vload(from + 8064 + c * 8), d32 = vload(from + 11520 + c * 8);
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = vload(from + 1728 + c * 8), d13 = vload(from + 5184 + c * 8), d23 = vload(from + 8640 + c * 8), d33 = vload(from + 12096 + c * 8);
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1168, vadd(t01, t02));
                    vstore(to + 2336, vsub(t02, t01));
                    vstore(to + 3504, vsub(t01, t03));
                    vstore(to + 4672, vsub(t10, t12));
                    vstore(to + 5840, vadd(t11, t12));
                    vstore(to + 7008, vsub(t12, t11));
                    vstore(to + 8176, vsub(t11, t13));
                    vstore(to + 9344, vsub(t20, t22));
                    vstore(to + 10512, vadd(t21, t22));
                    vstore(to + 11680, vsub(t22, t21));
                    vstore(to + 12848, vsub(t21, t23));
                    vstore(to + 14016, vsub(t30, t32));
                    vstore(to + 15184, vadd(t31, t32));
                    vstore(to + 16352, vsub(t32, t31));
                    vstore(to + 17520, vsub(t31, t33));
                }
            } else {
                const float *at[16];
                for (int i = 0; i < 16; i++) {
                    const int y = row + i / 4, x = column + i % 4;
                    at[i] = y >= 0 && y < 6 && x >= 0 && x < 6 ? input + (y * 6 + x) * 576 : NULL;
                }
                for (int c = 0; c < 72; c += 1) {
                    float *restrict to = inputs + (t * 73 + c) * 8;
                    const vec d00 = at[0] ? vload(at[0] + c * 8) : vzero(), d10 = at[4] ? vload(at[4] + c * 8) : vzero(), d20 = at[8] ? vload(at[8] + c * 8) : vzero(), d30 = at[12] ? vload(at[12] + c * 8) : vzero();
                    const vec t00 = vsub(d00, d20), t10 = vadd(d10, d20), t20 = vsub(d20, d10), t30 = vsub(d10, d30);
                    const vec d01 = at[1] ? vload(at[1] + c * 8) : vzero(), d11 = at[5] ? vload(at[5] + c * 8) : vzero(), d21 = at[9] ? vload(at[9] + c * 8) : vzero(), d31 = at[13] ? vload(at[13] + c * 8) : vzero();
                    const vec t01 = vsub(d01, d21), t11 = vadd(d11, d21), t21 = vsub(d21, d11), t31 = vsub(d11, d31);
                    const vec d02 = at[2] ? vload(at[2] + c * 8) : vzero(), d12 = at[6] ? vload(at[6] + c * 8) : vzero(), d22 = at[10] ? vload(at[10] + c * 8) : vzero(), d32 = at[14] ? vload(at[14] + c * 8) : vzero();
                    const vec t02 = vsub(d02, d22), t12 = vadd(d12, d22), t22 = vsub(d22, d12), t32 = vsub(d12, d32);
                    const vec d03 = at[3] ? vload(at[3] + c * 8) : vzero(), d13 = at[7] ? vload(at[7] + c * 8) : vzero(), d23 = at[11] ? vload(at[11] + c * 8) : vzero(), d33 = at[15] ? vload(at[15] + c * 8) : vzero();
                    const vec t03 = vsub(d03, d23), t13 = vadd(d13, d23), t23 = vsub(d23, d13), t33 = vsub(d13, d33);
                    vstore(to, vsub(t00, t02));
                    vstore(to + 1168, vadd(t01, t02));
                    vstore(to + 2336, vsub(t02, t01));
                    vstore(to + 3504, vsub(t01, t03));
                    vstore(to + 4672, vsub(t10, t12));
                    vstore(to + 5840, vadd(t11, t12));
                    vstore(to + 7008, vsub(t12, t11));
                    vstore(to + 8176, vsub(t11, t13));
                    vstore(to + 9344, vsub(t20, t22));
                    vstore(to + 10512, vadd(t21, t22));
                    vstore(to + 11680, vsub(t22, t21));
                    vstore(to + 12848, vsub(t21, t23));
                    vstore(to + 14016, vsub(t30, t32));
                    vstore(to + 15184, vadd(t31, t32));
                    vstore(to + 16352, vsub(t32, t31));
                    vstore(to + 17520, vsub(t31, t33));
                }
            }
        }
        for (int f = 0; f < 64; f += 8) {
            for (int i = 0; i < 16; i++) {
                const float *restrict x = inputs + i * 1168, *restrict kernel = weights + f * 1152 + i * 576;
                float *restrict y = sums + i * 128;
                for (int f = 0; f < 8; f += 4) {
                    const float *restrict wf = kernel + f / 8 * 9216 + f % 8;
                    vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a1_0 = vzero(), a1_1 = vzero();
                    vec a1_2 = vzero(), a1_3 = vzero();
                    const int iy0 = 0;
                    const float *restrict x0 = x + (iy0 * 2) * 584;
                    const float *restrict w = wf;
                    for (int c = 0; c < 72; c++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                            { const vec v = vload(x0 + 584); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                        }
                        x0 += 8;
                        w += 8;
                    }
                    vstore(y + (0 * 8 + f) * 8, a0_0);
                    vstore(y + (0 * 8 + f + 1) * 8, a0_1);
                    vstore(y + (0 * 8 + f + 2) * 8, a0_2);
                    vstore(y + (0 * 8 + f + 3) * 8, a0_3);
                    vstore(y + (1 * 8 + f) * 8, a1_0);
                    vstore(y + (1 * 8 + f + 1) * 8, a1_1);
                    vstore(y + (1 * 8 + f + 2) * 8, a1_2);
                    vstore(y + (1 * 8 + f + 3) * 8, a1_3);
                }
            }
            for (int t = 0; t < n; t++) {
                const int ty = (first + t) / 2, tx = (first + t) % 2;
                for (int k = 0; k < 8; k += 1) {
                    const float *restrict m = sums + (t * 8 + k) * 8;
                    const vec m00 = vload(m), m10 = vload(m + 512), m20 = vload(m + 1024), m30 = vload(m + 1536);
                    const vec t00 = vadd(vadd(m00, m10), m20), t10 = vsub(vsub(m10, m20), m30);
                    const vec m01 = vload(m + 128), m11 = vload(m + 640), m21 = vload(m + 1152), m31 = vload(m + 1664);
                    const vec t01 = vadd(vadd(m01, m11), m21), t11 = vsub(vsub(m11, m21), m31);
                    const vec m02 = vload(m + 256), m12 = vload(m + 768), m22 = vload(m + 1280), m32 = vload(m + 1792);
                    const vec t02 = vadd(vadd(m02, m12), m22), t12 = vsub(vsub(m12, m22), m32);
                    const vec m03 = vload(m + 384), m13 = vload(m + 896), m23 = vload(m + 1408), m33 = vload(m + 1920);
                    const vec t03 = vadd(vadd(m03, m13), m23), t13 = vsub(vsub(m13, m23), m33);
                    vec y00 = vadd(vadd(t00, t01), t02), y01 = vsub(vsub(t01, t02), t03);
                    vec y10 = vadd(vadd(t10, t11), t12), y11 = vsub(vsub(t11, t12), t13);
                    vstore(output + ((2 * ty * 4 + 2 * tx) * 64 + f + k) * 8, vtanh(y00));
                    vstore(output + ((2 * ty * 4 + 2 * tx + 1) * 64 + f + k) * 8, vtanh(y01));
                    vstore(output + (((2 * ty + 1) * 4 + 2 * tx) * 64 + f + k) * 8, vtanh(y10));
                    vstore(output + (((2 * ty + 1) * 4 + 2 * tx + 1) * 64 + f + k) * 8, vtanh(y11));
                }
            }
        }
    }
}


/* conv2d_5 (line 10): 4x4x64 -> conv2d, add -> 2x2x64; tile 2 columns x 4 filters */
KERNEL static void conv2d_5_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int t = 0; t < 32; t++) {
        const int oy = t % 2;
        const int f = t / 2 * 4;
        const float *restrict wf = kernel + f / 8 * 4608 + f % 8;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        const vec b2 = vset1(bias[f + 2]);
        const vec b3 = vset1(bias[f + 3]);
        vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a1_0 = b0, a1_1 = b1;
        vec a1_2 = b2, a1_3 = b3;
        for (int i = 0; i < 3; i++) {
            const int iy0 = oy * 2 + i;
            if (iy0 >= 0 && iy0 < 4) {
                const float *restrict x0 = x + (iy0 * 4) * 512;
                const float *restrict w = wf + i * 1536;
                for (int c = 0; c < 64; c++) {
                    {
                        const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                        { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                        { const vec v = vload(x0 + 1024); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[512]), w1 = vset1(w[513]), w2 = vset1(w[514]), w3 = vset1(w[515]);
                        { const vec v = vload(x0 + 512); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                        { const vec v = vload(x0 + 1536); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vset1(w[1024]), w1 = vset1(w[1025]), w2 = vset1(w[1026]), w3 = vset1(w[1027]);
                        { const vec v = vload(x0 + 1024); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                    }
                    x0 += 8;
                    w += 8;
                }
            }
        }
        vstore(y + ((oy * 2) * 64 + f) * 8, a0_0);
        vstore(y + ((oy * 2) * 64 + f + 1) * 8, a0_1);
        vstore(y + ((oy * 2) * 64 + f + 2) * 8, a0_2);
        vstore(y + ((oy * 2) * 64 + f + 3) * 8, a0_3);
        vstore(y + ((oy * 2 + 1) * 64 + f) * 8, a1_0);
        vstore(y + ((oy * 2 + 1) * 64 + f + 1) * 8, a1_1);
        vstore(y + ((oy * 2 + 1) * 64 + f + 2) * 8, a1_2);
        vstore(y + ((oy * 2 + 1) * 64 + f + 3) * 8, a1_3);
    }
}


/* conv2d_6 (line 11): 2x2x64 -> conv2d, add -> 2x2x64; tile 2 columns x 4 filters */
KERNEL static void conv2d_6_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int g = 0; g < 4; g++) {
        for (int oy = 0; oy < 2; oy++) {
            for (int f = 0; f < 16; f += 4) {
                const float *restrict wf = kernel + g * 2304 + f / 8 * 1152 + f % 8;
                const vec b0 = vset1(bias[g * 16 + f]);
                const vec b1 = vset1(bias[g * 16 + f + 1]);
                const vec b2 = vset1(bias[g * 16 + f + 2]);
                const vec b3 = vset1(bias[g * 16 + f + 3]);
                vec a0_0 = b0, a0_1 = b1, a0_2 = b2, a0_3 = b3, a1_0 = b0, a1_1 = b1;
                vec a1_2 = b2, a1_3 = b3;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 2) {
                        const float *restrict x0 = x + (iy0 * 2) * 512 + g * 128;
                        const float *restrict w = wf + i * 384;
                        for (int c = 0; c < 16; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]), w2 = vset1(w[2]), w3 = vset1(w[3]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[128]), w1 = vset1(w[129]), w2 = vset1(w[130]), w3 = vset1(w[131]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                                { const vec v = vload(x0 + 512); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); a1_2 = vfma(v, w2, a1_2); a1_3 = vfma(v, w3, a1_3); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[256]), w1 = vset1(w[257]), w2 = vset1(w[258]), w3 = vset1(w[259]);
                                { const vec v = vload(x0 + 512); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 2) * 64 + g * 16 + f) * 8, a0_0);
                vstore(y + ((oy * 2) * 64 + g * 16 + f + 1) * 8, a0_1);
                vstore(y + ((oy * 2) * 64 + g * 16 + f + 2) * 8, a0_2);
                vstore(y + ((oy * 2) * 64 + g * 16 + f + 3) * 8, a0_3);
                vstore(y + ((oy * 2 + 1) * 64 + g * 16 + f) * 8, a1_0);
                vstore(y + ((oy * 2 + 1) * 64 + g * 16 + f + 1) * 8, a1_1);
                vstore(y + ((oy * 2 + 1) * 64 + g * 16 + f + 2) * 8, a1_2);
                vstore(y + ((oy * 2 + 1) * 64 + g * 16 + f + 3) * 8, a1_3);
            }
        }
    }
}


/* conv2d_7 (line 12): 2x2x64 -> conv2d, add, average_pool2d -> 1x1x64; tile 2 columns x 2 filters */
KERNEL static void conv2d_7_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int f = 0; f < 64; f += 2) {
        const float *restrict wf = kernel + f / 8 * 1536 + f % 8;
        const vec b0 = vset1(bias[f]);
        const vec b1 = vset1(bias[f + 1]);
        vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
        vec a1_1_0 = b0, a1_1_1 = b1;
        const int iy0 = 0 * 2;
        const int iy1 = 0 * 2 + 1;
        const float *restrict x0 = x + (iy0 * 2) * 512;
        const float *restrict x1 = x + (iy1 * 2) * 512;
        const float *restrict w = wf;
        for (int c = 0; c < 64; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                { const vec v = vload(x0); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                { const vec v = vload(x1); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
            }
            {
                const vec w0 = vset1(w[512]), w1 = vset1(w[513]);
                { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                { const vec v = vload(x0 + 512); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                { const vec v = vload(x1 + 512); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
            }
            {
                const vec w0 = vset1(w[1024]), w1 = vset1(w[1025]);
                { const vec v = vload(x0 + 512); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                { const vec v = vload(x1 + 512); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
            }
            x0 += 8;
            x1 += 8;
            w += 8;
        }
        {
            vec sum = a0_0_0;
            sum = vadd(sum, a0_1_0);
            sum = vadd(sum, a1_0_0);
            sum = vadd(sum, a1_1_0);
            vstore(y + (0 * 64 + f) * 8, vmul(sum, vset1(0x1p-2f)));
        }
        {
            vec sum = a0_0_1;
            sum = vadd(sum, a0_1_1);
            sum = vadd(sum, a1_0_1);
            sum = vadd(sum, a1_1_1);
            vstore(y + (0 * 64 + f + 1) * 8, vmul(sum, vset1(0x1p-2f)));
        }
    }
}


/* dense (line 13): 64 -> matmul, add -> 3; tile 1 columns x 2 filters */
KERNEL static void dense_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    {
        const float *restrict wf = kernel;
        const vec b0 = vset1(bias[0]);
        const vec b1 = vset1(bias[1]);
        vec a0_0 = b0, a0_1 = b1;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 512;
        const float *restrict w = wf;
        for (int c = 0; c < 64; c++) {
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
        const float *restrict x0 = x + iy0 * 512;
        const float *restrict w = wf;
        for (int c = 0; c < 64; c++) {
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


/* dense (line 13): 3 -> softmax -> 3 */
KERNEL static void dense_softmax_block(const float *x, float *y)
{
    for (int first = 0; first < 24; first += 24) {
        vec largest = vset1(-0x1.fffffep+127f), sum = vzero();
        for (int i = 0; i < 24; i += VL)
            largest = vmax(vload(x + first + i), largest);
        for (int i = 0; i < 24; i += VL) {
            vec e = vexp(vsub(vload(x + first + i), largest));
            vstore(y + first + i, e);
            sum = vadd(e, sum);
        }
        vec scale = vdiv(vset1(1.0f), sum);
        for (int i = 0; i < 24; i += VL)
            vstore(y + first + i, vmul(vload(y + first + i), scale));
    }
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 4): 3x3x3x32 -> pack -> 4x27x8 */
    const float *const conv2d_kernel = parameters; /* 3x3x3x32 */
    float *const conv2d_kernel_pack = prepared; /* 4x27x8 */
    conv2d_pack(conv2d_kernel, conv2d_kernel_pack);
    /* conv2d (line 4): 32 -> pack -> 32 */
    const float *const conv2d_bias = parameters + 864; /* 32 */
    float *const conv2d_bias_pack = prepared + 864; /* 32 */
    conv2d_pack_2(conv2d_bias, conv2d_bias_pack);
    /* conv2d_1 (line 5): 3x3x32x40 -> winograd_kernel -> 5x512x8 */
    const float *const conv2d_1_kernel = parameters + 896; /* 3x3x32x40 */
    float *const conv2d_1_kernel_winograd_kernel = prepared + 896; /* 5x512x8 */
    conv2d_1_winograd_kernel(conv2d_1_kernel, conv2d_1_kernel_winograd_kernel);
    /* conv2d_1 (line 5): 40 -> pack -> 40 */
    const float *const conv2d_1_bias = parameters + 12416; /* 40 */
    float *const conv2d_1_bias_pack = prepared + 21376; /* 40 */
    conv2d_1_pack(conv2d_1_bias, conv2d_1_bias_pack);
    /* batch_normalization (line 7): 40 -> affine -> 40 */
    const float *const batch_normalization_moving_variance = parameters + 153235; /* 40 */
    float *const batch_normalization_moving_variance_affine = prepared + 226016; /* 40 */
    batch_normalization_affine(batch_normalization_moving_variance, batch_normalization_moving_variance_affine);
    /* batch_normalization (line 7): 40 -> rsqrt -> 40 */
    float *const batch_normalization_moving_variance_affine_rsqrt = prepared + 226056; /* 40 */
    batch_normalization_unary(batch_normalization_moving_variance_affine, batch_normalization_moving_variance_affine_rsqrt);
    /* batch_normalization (line 7): 40 -> multiply -> 40 */
    const float *const batch_normalization_gamma = parameters + 26896; /* 40 */
    float *const batch_normalization_multiply = prepared + 226096; /* 40 */
    batch_normalization_binary(batch_normalization_moving_variance_affine_rsqrt, batch_normalization_gamma, batch_normalization_multiply);
    /* batch_normalization (line 7): 3x3x40x40 -> multiply -> 3x3x40x40 */
    const float *const conv2d_2_kernel = parameters + 12456; /* 3x3x40x40 */
    float *const batch_normalization_multiply_2 = prepared + 226136; /* 3x3x40x40 */
    batch_normalization_binary_2(conv2d_2_kernel, batch_normalization_multiply, batch_normalization_multiply_2);
    /* conv2d_2 (line 6): 3x3x40x40 -> winograd_kernel -> 5x640x8 */
    float *const batch_normalization_multiply_2_winograd_kernel = prepared + 21416; /* 5x640x8 */
    conv2d_2_winograd_kernel(batch_normalization_multiply_2, batch_normalization_multiply_2_winograd_kernel);
    /* batch_normalization (line 7): 40 -> multiply -> 40 */
    const float *const conv2d_2_bias = parameters + 26856; /* 40 */
    float *const batch_normalization_multiply_3 = prepared + 240536; /* 40 */
    batch_normalization_binary(conv2d_2_bias, batch_normalization_multiply, batch_normalization_multiply_3);
    /* batch_normalization (line 7): 40 -> multiply -> 40 */
    const float *const batch_normalization_moving_mean = parameters + 153195; /* 40 */
    float *const batch_normalization_multiply_4 = prepared + 240576; /* 40 */
    batch_normalization_binary(batch_normalization_moving_mean, batch_normalization_multiply, batch_normalization_multiply_4);
    /* batch_normalization (line 7): 40 -> affine -> 40 */
    float *const batch_normalization_multiply_4_affine = prepared + 240616; /* 40 */
    batch_normalization_affine_2(batch_normalization_multiply_4, batch_normalization_multiply_4_affine);
    /* batch_normalization (line 7): 40 -> add -> 40 */
    const float *const batch_normalization_beta = parameters + 26936; /* 40 */
    float *const batch_normalization_add = prepared + 240656; /* 40 */
    batch_normalization_binary_3(batch_normalization_multiply_4_affine, batch_normalization_beta, batch_normalization_add);
    /* batch_normalization (line 7): 40 -> add -> 40 */
    float *const batch_normalization_add_2 = prepared + 47016; /* 40 */
    batch_normalization_binary_3(batch_normalization_multiply_3, batch_normalization_add, batch_normalization_add_2);
    /* conv2d_3 (line 8): 3x3x40x72 -> winograd_kernel -> 9x640x8 */
    const float *const conv2d_3_kernel = parameters + 26976; /* 3x3x40x72 */
    float *const conv2d_3_kernel_winograd_kernel = prepared + 47056; /* 9x640x8 */
    conv2d_3_winograd_kernel(conv2d_3_kernel, conv2d_3_kernel_winograd_kernel);
    /* conv2d_3 (line 8): 72 -> pack -> 72 */
    const float *const conv2d_3_bias = parameters + 52896; /* 72 */
    float *const conv2d_3_bias_pack = prepared + 93136; /* 72 */
    conv2d_3_pack(conv2d_3_bias, conv2d_3_bias_pack);
    /* conv2d_4 (line 9): 3x3x72x64 -> winograd_kernel -> 8x1152x8 */
    const float *const conv2d_4_kernel = parameters + 52968; /* 3x3x72x64 */
    float *const conv2d_4_kernel_winograd_kernel = prepared + 93208; /* 8x1152x8 */
    conv2d_4_winograd_kernel(conv2d_4_kernel, conv2d_4_kernel_winograd_kernel);
    /* conv2d_5 (line 10): 3x3x64x64 -> pack -> 8x576x8 */
    const float *const conv2d_5_kernel = parameters + 94440; /* 3x3x64x64 */
    float *const conv2d_5_kernel_pack = prepared + 166936; /* 8x576x8 */
    conv2d_5_pack(conv2d_5_kernel, conv2d_5_kernel_pack);
    /* conv2d_5 (line 10): 64 -> pack -> 64 */
    const float *const conv2d_5_bias = parameters + 131304; /* 64 */
    float *const conv2d_5_bias_pack = prepared + 203800; /* 64 */
    conv2d_5_pack_2(conv2d_5_bias, conv2d_5_bias_pack);
    /* conv2d_6 (line 11): 3x3x16x64 -> pack -> 8x144x8 */
    const float *const conv2d_6_kernel = parameters + 131368; /* 3x3x16x64 */
    float *const conv2d_6_kernel_pack = prepared + 203864; /* 8x144x8 */
    conv2d_6_pack(conv2d_6_kernel, conv2d_6_kernel_pack);
    /* conv2d_6 (line 11): 64 -> pack -> 64 */
    const float *const conv2d_6_bias = parameters + 140584; /* 64 */
    float *const conv2d_6_bias_pack = prepared + 213080; /* 64 */
    conv2d_5_pack_2(conv2d_6_bias, conv2d_6_bias_pack);
    /* conv2d_7 (line 12): 1x3x64x64 -> pack -> 8x192x8 */
    const float *const conv2d_7_kernel = parameters + 140648; /* 1x3x64x64 */
    float *const conv2d_7_kernel_pack = prepared + 213144; /* 8x192x8 */
    conv2d_7_pack(conv2d_7_kernel, conv2d_7_kernel_pack);
    /* conv2d_7 (line 12): 64 -> pack -> 64 */
    const float *const conv2d_7_bias = parameters + 152936; /* 64 */
    float *const conv2d_7_bias_pack = prepared + 225432; /* 64 */
    conv2d_5_pack_2(conv2d_7_bias, conv2d_7_bias_pack);
    /* dense (line 13): 64x3 -> pack -> 1x64x8 */
    const float *const dense_kernel = parameters + 153000; /* 64x3 */
    float *const dense_kernel_pack = prepared + 225496; /* 1x64x8 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 13): 3 -> pack -> 3 */
    const float *const dense_bias = parameters + 153192; /* 3 */
    float *const dense_bias_pack = prepared + 226008; /* 3 */
    dense_pack_2(dense_bias, dense_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 4): 13x12x3 -> conv2d, add, relu -> 13x12x32; tile 6 columns x 1 sums x 2 vectors */
    const float *const conv2d_kernel_pack = prepared; /* 4x27x8 */
    const float *const conv2d_bias_pack = prepared + 864; /* 32 */
    float *const conv2d = ws + 53760; /* 13x12x32 */
    conv2d_one(input, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* conv2d_1 (line 5): 13x12x32 -> winograd, add, relu -> 13x12x40; tile 2 columns x 40 group x 2 shares x 21 tiles x 5 vectors */
    const float *const conv2d_1_kernel_winograd_kernel = prepared + 896; /* 5x512x8 */
    const float *const conv2d_1_bias_pack = prepared + 21376; /* 40 */
    float *const conv2d_1 = ws + 59136; /* 13x12x40 */
    float *const conv2d_1_saved = ws; /* 53760 */
    conv2d_1_one(conv2d, conv2d_1_kernel_winograd_kernel, conv2d_1_bias_pack, conv2d_1, conv2d_1_saved);
    /* conv2d_2 (line 6): 13x12x40 -> winograd, add -> 13x12x40; tile 2 columns x 40 group x 2 shares x 21 tiles x 5 vectors */
    const float *const batch_normalization_multiply_2_winograd_kernel = prepared + 21416; /* 5x640x8 */
    const float *const batch_normalization_add_2 = prepared + 47016; /* 40 */
    float *const batch_normalization = ws + 65376; /* 13x12x40 */
    float *const conv2d_2_saved = ws; /* 59136 */
    conv2d_2_one(conv2d_1, batch_normalization_multiply_2_winograd_kernel, batch_normalization_add_2, batch_normalization, conv2d_2_saved);
    /* add (line 7): 13x12x40 -> add -> 13x12x40 */
    float *const add_values = ws + 65376; /* 13x12x40 */
    add_one(batch_normalization, conv2d_1, add_values);
    /* re_lu (line 7): 13x12x40 -> relu -> 13x12x40 */
    float *const re_lu = ws + 65376; /* 13x12x40 */
    re_lu_one(add_values, re_lu);
    /* conv2d_3 (line 8): 13x12x40 -> winograd, add, max_pool2d, relu -> 6x6x72; tile 3 columns x 24 group x 2 shares x 18 tiles x 3 vectors */
    const float *const conv2d_3_kernel_winograd_kernel = prepared + 47056; /* 9x640x8 */
    const float *const conv2d_3_bias_pack = prepared + 93136; /* 72 */
    float *const conv2d_3 = ws + 41472; /* 6x6x72 */
    float *const conv2d_3_saved = ws; /* 41472 */
    conv2d_3_one(re_lu, conv2d_3_kernel_winograd_kernel, conv2d_3_bias_pack, conv2d_3, conv2d_3_saved);
    /* conv2d_4 (line 9): 6x6x72 -> winograd, tanh -> 4x4x64; tile 2 columns x 32 group x 2 shares x 2 tiles x 4 vectors */
    const float *const conv2d_4_kernel_winograd_kernel = prepared + 93208; /* 8x1152x8 */
    float *const conv2d_4 = ws + 3584; /* 4x4x64 */
    float *const conv2d_4_saved = ws; /* 3584 */
    conv2d_4_one(conv2d_3, conv2d_4_kernel_winograd_kernel, conv2d_4, conv2d_4_saved);
    /* conv2d_5 (line 10): 4x4x64 -> conv2d, add -> 2x2x64; tile 2 columns x 1 sums x 4 vectors */
    const float *const conv2d_5_kernel_pack = prepared + 166936; /* 8x576x8 */
    const float *const conv2d_5_bias_pack = prepared + 203800; /* 64 */
    float *const conv2d_5 = ws; /* 2x2x64 */
    conv2d_5_one(conv2d_4, conv2d_5_kernel_pack, conv2d_5_bias_pack, conv2d_5);
    /* conv2d_6 (line 11): 2x2x64 -> conv2d, add -> 2x2x64; tile 2 columns x 1 sums x 2 vectors */
    const float *const conv2d_6_kernel_pack = prepared + 203864; /* 8x144x8 */
    const float *const conv2d_6_bias_pack = prepared + 213080; /* 64 */
    float *const conv2d_6 = ws + 256; /* 2x2x64 */
    conv2d_6_one(conv2d_5, conv2d_6_kernel_pack, conv2d_6_bias_pack, conv2d_6);
    /* conv2d_7 (line 12): 2x2x64 -> conv2d, add, average_pool2d -> 1x1x64; tile 2 columns x 1 sums x 2 vectors */
    const float *const conv2d_7_kernel_pack = prepared + 213144; /* 8x192x8 */
    const float *const conv2d_7_bias_pack = prepared + 225432; /* 64 */
    float *const global_average_pooling2d = ws; /* 1x1x64 */
    conv2d_7_one(conv2d_6, conv2d_7_kernel_pack, conv2d_7_bias_pack, global_average_pooling2d);
    /* dense (line 13): 64 -> matmul, add -> 3; tile 1 columns x 8 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared + 225496; /* 1x64x8 */
    const float *const dense_bias_pack = prepared + 226008; /* 3 */
    float *const dense_add = ws + 64; /* 3 */
    dense_one(global_average_pooling2d, dense_kernel_pack, dense_bias_pack, dense_add);
    /* dense (line 13): 3 -> softmax -> 3 */
    dense_softmax_one(dense_add, output);
}

/* Stores the block's rows of output 3. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws + 512; /* 3xVL */
    float *to = output + b->index * VL * 3;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 3; i++)
            to[l * 3 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws; /* 13x12x3xVL */
    load_input_468(input, b->index, input_layer);
    /* conv2d (line 4): 13x12x3 -> conv2d, add, relu -> 13x12x32; tile 6 columns x 2 filters */
    const float *const conv2d_kernel_pack = b->prepared; /* 4x27x8 */
    const float *const conv2d_bias_pack = b->prepared + 864; /* 32 */
    float *const conv2d = b->ws + 274176; /* 13x12x32xVL */
    conv2d_block(input_layer, conv2d_kernel_pack, conv2d_bias_pack, conv2d);
    /* conv2d_1 (line 5): 13x12x32 -> winograd, add, relu -> 13x12x40; tile 6 columns x 2 filters x 40 group x 4 shares x 6 tiles */
    const float *const conv2d_1_kernel_winograd_kernel = b->prepared + 896; /* 5x512x8 */
    const float *const conv2d_1_bias_pack = b->prepared + 21376; /* 40 */
    float *const conv2d_1 = b->ws + 224256; /* 13x12x40xVL */
    float *const conv2d_1_saved = b->ws; /* 28032xVL */
    conv2d_1_block(conv2d, conv2d_1_kernel_winograd_kernel, conv2d_1_bias_pack, conv2d_1, conv2d_1_saved);
    /* conv2d_2 (line 6): 13x12x40 -> winograd, add -> 13x12x40; tile 6 columns x 2 filters x 8 group x 4 shares x 6 tiles */
    const float *const batch_normalization_multiply_2_winograd_kernel = b->prepared + 21416; /* 5x640x8 */
    const float *const batch_normalization_add_2 = b->prepared + 47016; /* 40 */
    float *const batch_normalization = b->ws; /* 13x12x40xVL */
    float *const conv2d_2_saved = b->ws + 49920; /* 18816xVL */
    conv2d_2_block(conv2d_1, batch_normalization_multiply_2_winograd_kernel, batch_normalization_add_2, batch_normalization, conv2d_2_saved);
    /* add (line 7): 13x12x40 -> add -> 13x12x40 */
    float *const add_values = b->ws; /* 13x12x40xVL */
    add_block(batch_normalization, conv2d_1, add_values);
    /* re_lu (line 7): 13x12x40 -> relu -> 13x12x40 */
    float *const re_lu = b->ws; /* 13x12x40xVL */
    re_lu_block(add_values, re_lu);
    /* conv2d_3 (line 8): 13x12x40 -> winograd, add, max_pool2d, relu -> 6x6x72; tile 3 columns x 2 filters x 8 group x 4 shares x 9 tiles */
    const float *const conv2d_3_kernel_winograd_kernel = b->prepared + 47056; /* 9x640x8 */
    const float *const conv2d_3_bias_pack = b->prepared + 93136; /* 72 */
    float *const conv2d_3 = b->ws + 275712; /* 6x6x72xVL */
    float *const conv2d_3_saved = b->ws + 49920; /* 28224xVL */
    conv2d_3_block(re_lu, conv2d_3_kernel_winograd_kernel, conv2d_3_bias_pack, conv2d_3, conv2d_3_saved);
    /* conv2d_4 (line 9): 6x6x72 -> winograd, tanh -> 4x4x64; tile 2 columns x 4 filters x 8 group x 2 shares x 2 tiles */
    const float *const conv2d_4_kernel_winograd_kernel = b->prepared + 93208; /* 8x1152x8 */
    float *const conv2d_4 = b->ws + 20736; /* 4x4x64xVL */
    float *const conv2d_4_saved = b->ws; /* 2592xVL */
    conv2d_4_block(conv2d_3, conv2d_4_kernel_winograd_kernel, conv2d_4, conv2d_4_saved);
    /* conv2d_5 (line 10): 4x4x64 -> conv2d, add -> 2x2x64; tile 2 columns x 4 filters */
    const float *const conv2d_5_kernel_pack = b->prepared + 166936; /* 8x576x8 */
    const float *const conv2d_5_bias_pack = b->prepared + 203800; /* 64 */
    float *const conv2d_5 = b->ws; /* 2x2x64xVL */
    conv2d_5_block(conv2d_4, conv2d_5_kernel_pack, conv2d_5_bias_pack, conv2d_5);
    /* conv2d_6 (line 11): 2x2x64 -> conv2d, add -> 2x2x64; tile 2 columns x 4 filters */
    const float *const conv2d_6_kernel_pack = b->prepared + 203864; /* 8x144x8 */
    const float *const conv2d_6_bias_pack = b->prepared + 213080; /* 64 */
    float *const conv2d_6 = b->ws + 2048; /* 2x2x64xVL */
    conv2d_6_block(conv2d_5, conv2d_6_kernel_pack, conv2d_6_bias_pack, conv2d_6);
    /* conv2d_7 (line 12): 2x2x64 -> conv2d, add, average_pool2d -> 1x1x64; tile 2 columns x 2 filters */
    const float *const conv2d_7_kernel_pack = b->prepared + 213144; /* 8x192x8 */
    const float *const conv2d_7_bias_pack = b->prepared + 225432; /* 64 */
    float *const global_average_pooling2d = b->ws; /* 1x1x64xVL */
    conv2d_7_block(conv2d_6, conv2d_7_kernel_pack, conv2d_7_bias_pack, global_average_pooling2d);
    /* dense (line 13): 64 -> matmul, add -> 3; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 225496; /* 1x64x8 */
    const float *const dense_bias_pack = b->prepared + 226008; /* 3 */
    float *const dense_add = b->ws + 512; /* 3xVL */
    dense_block(global_average_pooling2d, dense_kernel_pack, dense_bias_pack, dense_add);
    /* dense (line 13): 3 -> softmax -> 3 */
    float *const dense = b->ws + 512; /* 3xVL */
    dense_softmax_block(dense_add, dense);
    store_output(b, output);
}

enum {
    MANY_FLOATS = 314112 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows(const float *prepared, float *workspace, int threads, const struct rows *input, int64_t count, float *output)
{
    const int64_t blocks = (count + VL - 1) / VL;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
    if (2 * blocks <= threads || threads == 1) /* outside of any parallel region, so that kernels can begin one */
        for (int64_t i = 0; i < blocks; i++) {
            struct block b = {.index = i, .valid = valid_lanes(i, count), .prepared = prepared};
            b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS;
            predict_block(&b, input, output);
        }
    else
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads)
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
/* ---- interface: winograd_avx2.h describes it --------------------------------------------------------------- */

_Alignas(64) static float winograd_avx2_prepared[WINOGRAD_AVX2_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[WINOGRAD_AVX2_WORKSPACE_FLOATS];

void winograd_avx2_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void winograd_avx2_set_parameters(const float *parameters)
{
    prepare(parameters, winograd_avx2_prepared);
}

void winograd_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void winograd_avx2_predict(const float *input, float *output)
{
    predict_one(winograd_avx2_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = WINOGRAD_AVX2_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][314112];

void winograd_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int threads = omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS;
    predict_rows(winograd_avx2_prepared, &many_workspace[0][0], threads, &input, count, outputs);
}
