/* Made by cnnc 0.1.0 from tests/golden/graph.lua for target avx2. Do not edit: change the script and make it anew.
 *
 *   image (InputLayer): 8x8x2, 0 parameters
 *   conv2d (Conv2D): 8x8x4, 72 parameters
 *   batch_normalization (BatchNormalization): 8x8x4, 16 parameters
 *   activation (Activation): 8x8x4, 0 parameters
 *   conv2d_1 (Conv2D): 8x8x4, 148 parameters
 *   add (Add): 8x8x4, 0 parameters
 *   concatenate (Concatenate): 8x8x8, 0 parameters
 *   max_pooling2d (MaxPooling2D): 4x4x8, 0 parameters
 *   dropout (Dropout): 4x4x8, 0 parameters
 *   flatten (Flatten): 128, 0 parameters
 *   dense (Dense): 3, 387 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "graph_avx2.h"

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

static inline vec vrsqrt(vec x)
{
    return vdiv(vset1(1.0f), vsqrt(x));
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

/* batch_normalization (line 4): 4 -> affine -> 4 */
KERNEL static void batch_normalization_affine(const float *x, float *y)
{
    vstore_n(y, vfma(vload_n(x, 4), vset1(0x1p+0f), vset1(0x1.0624dep-10f)), 4);
}


/* batch_normalization (line 4): 4 -> rsqrt -> 4 */
KERNEL static void batch_normalization_unary(const float *x, float *y)
{
    {
        vec v = vload_n(x, 4);
        vstore_n(y, vrsqrt(v), 4);
    }
}


/* batch_normalization (line 4): 4 -> multiply -> 4 */
KERNEL static void batch_normalization_binary(const float *a, const float *b, float *y)
{
    vstore_n(y, vmul(vload_n(a, 4), vload_n(b, 4)), 4);
}


/* batch_normalization (line 4): 3x3x2x4 -> multiply -> 3x3x2x4 */
KERNEL static void batch_normalization_binary_2(const float *a, const float *b, float *y)
{
    for (int first = 0; first < 72; first += 4) {
        vstore_n(y + first, vmul(vload_n(a + first, 4), vload_n(b, 4)), 4);
    }
}


/* conv2d (line 3): 3x3x2x4 -> pack -> 1x18x8 */
KERNEL static void conv2d_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 4; first += 8)
            for (int r = 0; r < 18; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 4 ? x[r * 4 + g * 4 + c] : 0.0f;
}


/* batch_normalization (line 4): 4 -> affine -> 4 */
KERNEL static void batch_normalization_affine_2(const float *x, float *y)
{
    vstore_n(y, vmul(vload_n(x, 4), vset1(-0x1p+0f)), 4);
}


/* batch_normalization (line 4): 4 -> add -> 4 */
KERNEL static void batch_normalization_binary_3(const float *a, const float *b, float *y)
{
    vstore_n(y, vadd(vload_n(a, 4), vload_n(b, 4)), 4);
}


/* conv2d_1 (line 5): 3x3x4x4 -> pack -> 1x36x8 */
KERNEL static void conv2d_1_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 4; first += 8)
            for (int r = 0; r < 36; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 4 ? x[r * 4 + g * 4 + c] : 0.0f;
}


/* conv2d_1 (line 5): 4 -> pack -> 4 */
KERNEL static void conv2d_1_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 4; i++)
        y[i] = x[i];
}


/* dense (line 8): 128x3 -> pack -> 1x128x8 */
KERNEL static void dense_pack(const float *restrict x, float *restrict y)
{
    for (int g = 0; g < 1; g++)
        for (int first = 0; first < 3; first += 8)
            for (int r = 0; r < 128; r++)
                for (int c = first; c < first + 8; c++)
                    *y++ = c < 3 ? x[r * 3 + g * 3 + c] : 0.0f;
}


/* dense (line 8): 3 -> pack -> 3 */
KERNEL static void dense_pack_2(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 3; i++)
        y[i] = x[i];
}


/* conv2d (line 3): 8x8x2 -> conv2d, add, relu -> 8x8x4; tile 8 columns x 1 sums x 1 vectors */
KERNEL static void conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        const float *restrict wf = kernel;
        const vec b0 = vload_n(bias, 4);
        vec a0 = b0, a1 = b0, a2 = b0, a3 = b0, a4 = b0, a5 = b0;
        vec a6 = b0, a7 = b0;
        for (int i = 0; i < 3; i++) {
            const int iy0 = oy + i - 1;
            if (iy0 >= 0 && iy0 < 8) {
                const float *restrict x0 = x + (iy0 * 8) * 2;
                const float *restrict w = wf + i * 48;
                for (int c = 0; c < 2; c++) {
                    {
                        const vec w0 = vload(w);
                        { const vec v = vset1(x0[0]); a1 = vfma(v, w0, a1); }
                        { const vec v = vset1(x0[2]); a2 = vfma(v, w0, a2); }
                        { const vec v = vset1(x0[4]); a3 = vfma(v, w0, a3); }
                        { const vec v = vset1(x0[6]); a4 = vfma(v, w0, a4); }
                        { const vec v = vset1(x0[8]); a5 = vfma(v, w0, a5); }
                        { const vec v = vset1(x0[10]); a6 = vfma(v, w0, a6); }
                        { const vec v = vset1(x0[12]); a7 = vfma(v, w0, a7); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vload(w + 16);
                        { const vec v = vset1(x0[0]); a0 = vfma(v, w0, a0); }
                        { const vec v = vset1(x0[2]); a1 = vfma(v, w0, a1); }
                        { const vec v = vset1(x0[4]); a2 = vfma(v, w0, a2); }
                        { const vec v = vset1(x0[6]); a3 = vfma(v, w0, a3); }
                        { const vec v = vset1(x0[8]); a4 = vfma(v, w0, a4); }
                        { const vec v = vset1(x0[10]); a5 = vfma(v, w0, a5); }
                        { const vec v = vset1(x0[12]); a6 = vfma(v, w0, a6); }
                        { const vec v = vset1(x0[14]); a7 = vfma(v, w0, a7); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vload(w + 32);
                        { const vec v = vset1(x0[2]); a0 = vfma(v, w0, a0); }
                        { const vec v = vset1(x0[4]); a1 = vfma(v, w0, a1); }
                        { const vec v = vset1(x0[6]); a2 = vfma(v, w0, a2); }
                        { const vec v = vset1(x0[8]); a3 = vfma(v, w0, a3); }
                        { const vec v = vset1(x0[10]); a4 = vfma(v, w0, a4); }
                        { const vec v = vset1(x0[12]); a5 = vfma(v, w0, a5); }
                        { const vec v = vset1(x0[14]); a6 = vfma(v, w0, a6); }
                    }
                    x0 += 1;
                    w += 8;
                }
            }
        }
        vstore_n(y + (oy * 8) * 4, vmax(vzero(), a0), 4);
        vstore_n(y + (oy * 8 + 1) * 4, vmax(vzero(), a1), 4);
        vstore_n(y + (oy * 8 + 2) * 4, vmax(vzero(), a2), 4);
        vstore_n(y + (oy * 8 + 3) * 4, vmax(vzero(), a3), 4);
        vstore_n(y + (oy * 8 + 4) * 4, vmax(vzero(), a4), 4);
        vstore_n(y + (oy * 8 + 5) * 4, vmax(vzero(), a5), 4);
        vstore_n(y + (oy * 8 + 6) * 4, vmax(vzero(), a6), 4);
        vstore_n(y + (oy * 8 + 7) * 4, vmax(vzero(), a7), 4);
    }
}


/* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 8 columns x 1 sums x 1 vectors */
KERNEL static void conv2d_1_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        const float *restrict wf = kernel;
        const vec b0 = vload_n(bias, 4);
        vec a0 = b0, a1 = b0, a2 = b0, a3 = b0, a4 = b0, a5 = b0;
        vec a6 = b0, a7 = b0;
        for (int i = 0; i < 3; i++) {
            const int iy0 = oy + i - 1;
            if (iy0 >= 0 && iy0 < 8) {
                const float *restrict x0 = x + (iy0 * 8) * 4;
                const float *restrict w = wf + i * 96;
                for (int c = 0; c < 4; c++) {
                    {
                        const vec w0 = vload(w);
                        { const vec v = vset1(x0[0]); a1 = vfma(v, w0, a1); }
                        { const vec v = vset1(x0[4]); a2 = vfma(v, w0, a2); }
                        { const vec v = vset1(x0[8]); a3 = vfma(v, w0, a3); }
                        { const vec v = vset1(x0[12]); a4 = vfma(v, w0, a4); }
                        { const vec v = vset1(x0[16]); a5 = vfma(v, w0, a5); }
                        { const vec v = vset1(x0[20]); a6 = vfma(v, w0, a6); }
                        { const vec v = vset1(x0[24]); a7 = vfma(v, w0, a7); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vload(w + 32);
                        { const vec v = vset1(x0[0]); a0 = vfma(v, w0, a0); }
                        { const vec v = vset1(x0[4]); a1 = vfma(v, w0, a1); }
                        { const vec v = vset1(x0[8]); a2 = vfma(v, w0, a2); }
                        { const vec v = vset1(x0[12]); a3 = vfma(v, w0, a3); }
                        { const vec v = vset1(x0[16]); a4 = vfma(v, w0, a4); }
                        { const vec v = vset1(x0[20]); a5 = vfma(v, w0, a5); }
                        { const vec v = vset1(x0[24]); a6 = vfma(v, w0, a6); }
                        { const vec v = vset1(x0[28]); a7 = vfma(v, w0, a7); }
                    }
                    RELOAD(x0);
                    {
                        const vec w0 = vload(w + 64);
                        { const vec v = vset1(x0[4]); a0 = vfma(v, w0, a0); }
                        { const vec v = vset1(x0[8]); a1 = vfma(v, w0, a1); }
                        { const vec v = vset1(x0[12]); a2 = vfma(v, w0, a2); }
                        { const vec v = vset1(x0[16]); a3 = vfma(v, w0, a3); }
                        { const vec v = vset1(x0[20]); a4 = vfma(v, w0, a4); }
                        { const vec v = vset1(x0[24]); a5 = vfma(v, w0, a5); }
                        { const vec v = vset1(x0[28]); a6 = vfma(v, w0, a6); }
                    }
                    x0 += 1;
                    w += 8;
                }
            }
        }
        vstore_n(y + (oy * 8) * 4, a0, 4);
        vstore_n(y + (oy * 8 + 1) * 4, a1, 4);
        vstore_n(y + (oy * 8 + 2) * 4, a2, 4);
        vstore_n(y + (oy * 8 + 3) * 4, a3, 4);
        vstore_n(y + (oy * 8 + 4) * 4, a4, 4);
        vstore_n(y + (oy * 8 + 5) * 4, a5, 4);
        vstore_n(y + (oy * 8 + 6) * 4, a6, 4);
        vstore_n(y + (oy * 8 + 7) * 4, a7, 4);
    }
}


/* add (line 6): 8x8x4 -> add -> 8x8x4 */
KERNEL static void add_one(const float *a, const float *b, float *y)
{
    for (int i = 0; i < 256; i += VL)
        vstore(y + i, vadd(vload(a + i), vload(b + i)));
}


/* concatenate (line 6): 8x8x4 -> concat -> 8x8x8 */
KERNEL static void concatenate_one(const float *restrict x1, const float *restrict x2, float *restrict y)
{
    for (int i = 0; i < 64; i++) {
        memcpy(y, x1 + i * 4, 4 * sizeof *y);
        y += 4;
        memcpy(y, x2 + i * 4, 4 * sizeof *y);
        y += 4;
    }
}


/* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
KERNEL static void max_pooling2d_one(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 4; column++) {
            const int corner = (row * 2 * 8 + column * 2) * 8;
            const int to = (row * 4 + column) * 8;
            for (int i = 0; i < 8; i += VL) {
                vec best = vload(x + corner + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        vec cell = vload(x + corner + (down * 8 + across) * 8 + i);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
            }
        }
    }
}


/* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 8 sums x 1 vectors */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vload_n(bias, 3);
    vec a0 = b0, a0_part1 = vzero(), a0_part2 = vzero(), a0_part3 = vzero(), a0_part4 = vzero(), a0_part5 = vzero();
    vec a0_part6 = vzero(), a0_part7 = vzero();
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 128;
    const float *restrict w = wf;
    for (int c = 0; c < 16; c++) {
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


/* dense (line 8): 3 -> softmax -> 3 */
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


/* input 8x8x2: rows of the caller, made sample-innermost */
KERNEL static void load_input_128(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL], *next[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 128 * row_of(rows, block * VL + (l < valid ? l : 0));
            next[l] = (block + 1) * VL + l < rows->count ? (const uint8_t *)rows->values + 128 * row_of(rows, (block + 1) * VL + l) : row[l];
        }
        for (int i = 0; i < 128; i += VL) {
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
        row[l] = (const float *)rows->values + 128 * row_of(rows, block * VL + (l < valid ? l : 0));
        next[l] = (block + 1) * VL + l < rows->count ? (const float *)rows->values + 128 * row_of(rows, (block + 1) * VL + l) : row[l];
    }
    for (int i = 0; i < 128; i += VL) {
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


/* conv2d (line 3): 8x8x2 -> conv2d, add, relu -> 8x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f / 8 * 144 + f % 8;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8) * 16;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 16); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 32); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 16); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0 + 16); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 8) * 4 + f) * 8, vmax(vzero(), a0_0));
                vstore(y + ((oy * 8) * 4 + f + 1) * 8, vmax(vzero(), a0_1));
                vstore(y + ((oy * 8 + 1) * 4 + f) * 8, vmax(vzero(), a1_0));
                vstore(y + ((oy * 8 + 1) * 4 + f + 1) * 8, vmax(vzero(), a1_1));
                vstore(y + ((oy * 8 + 2) * 4 + f) * 8, vmax(vzero(), a2_0));
                vstore(y + ((oy * 8 + 2) * 4 + f + 1) * 8, vmax(vzero(), a2_1));
                vstore(y + ((oy * 8 + 3) * 4 + f) * 8, vmax(vzero(), a3_0));
                vstore(y + ((oy * 8 + 3) * 4 + f + 1) * 8, vmax(vzero(), a3_1));
            }
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8 + 3) * 16;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 16); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 16); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            }
                            x0 += 8;
                            w += 8;
                        }
                    }
                }
                vstore(y + ((oy * 8 + 4) * 4 + f) * 8, vmax(vzero(), a0_0));
                vstore(y + ((oy * 8 + 4) * 4 + f + 1) * 8, vmax(vzero(), a0_1));
                vstore(y + ((oy * 8 + 4 + 1) * 4 + f) * 8, vmax(vzero(), a1_0));
                vstore(y + ((oy * 8 + 4 + 1) * 4 + f + 1) * 8, vmax(vzero(), a1_1));
                vstore(y + ((oy * 8 + 4 + 2) * 4 + f) * 8, vmax(vzero(), a2_0));
                vstore(y + ((oy * 8 + 4 + 2) * 4 + f + 1) * 8, vmax(vzero(), a2_1));
                vstore(y + ((oy * 8 + 4 + 3) * 4 + f) * 8, vmax(vzero(), a3_0));
                vstore(y + ((oy * 8 + 4 + 3) * 4 + f + 1) * 8, vmax(vzero(), a3_1));
            }
        }
    }
}


/* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f / 8 * 288 + f % 8;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8) * 32;
                        const float *restrict w = wf + i * 96;
                        for (int c = 0; c < 4; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[64]), w1 = vset1(w[65]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 8;
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
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8 + 3) * 32;
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
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[64]), w1 = vset1(w[65]);
                                { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            }
                            x0 += 8;
                            w += 8;
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


/* add (line 6): 8x8x4 -> add -> 8x8x4
 * add (line 6), backward: 8x8x4 -> add -> 8x8x4
 * conv2d_1 (line 5), backward: 8x8x4 -> add -> 8x8x4 */
KERNEL static void add_block(const float *a, const float *b, float *y)
{
    for (int i = 0; i < 2048; i += VL)
        vstore(y + i, vadd(vload(a + i), vload(b + i)));
}


/* concatenate (line 6): 8x8x4 -> concat -> 8x8x8 */
KERNEL static void concatenate_block(const float *restrict x1, const float *restrict x2, float *restrict y)
{
    for (int i = 0; i < 64; i++) {
        memcpy(y, x1 + i * 32, 32 * sizeof *y);
        y += 32;
        memcpy(y, x2 + i * 32, 32 * sizeof *y);
        y += 32;
    }
}


/* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
KERNEL static void max_pooling2d_block(const float *restrict x, float *restrict y)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 4; column++) {
            const int corner = (row * 2 * 8 + column * 2) * 64;
            const int to = (row * 4 + column) * 64;
            for (int i = 0; i < 64; i += VL) {
                vec best = vload(x + corner + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        vec cell = vload(x + corner + (down * 8 + across) * 64 + i);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
            }
        }
    }
}


/* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 2 filters */
KERNEL static void dense_block(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    {
        const float *restrict wf = kernel;
        const vec b0 = vset1(bias[0]);
        const vec b1 = vset1(bias[1]);
        vec a0_0 = b0, a0_1 = b1;
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 1024;
        const float *restrict w = wf;
        for (int c = 0; c < 128; c++) {
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
        const float *restrict x0 = x + iy0 * 1024;
        const float *restrict w = wf;
        for (int c = 0; c < 128; c++) {
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


/* dense (line 8): 3 -> softmax -> 3 */
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


/* metrics (line 10): 3 -> accuracy -> 1 */
KERNEL static void metrics_block(const float *restrict p, const float *restrict t, float *restrict share)
{
    vec right = vzero(), one = vset1(1.0f);
    for (int i = 0; i < 1; i++) {
        vec best = vload(p + i * 24), said = vzero();
        for (int c = 1; c < 3; c++) {
            vec v = vload(p + i * 24 + c * VL);
            said = vselect(vgt(v, best), vset1((float)c), said);
            best = vmax(v, best);
        }
        vec class = vload(t + i * VL);
        right = vadd(right, vselect(veq(said, class), one, vzero()));
    }
    vstore(share, vmul(right, vset1(0x1p+0f)));
}


/* loss (line 10): 3 -> cross_entropy -> 1 */
KERNEL static void loss_block(const float *restrict p, const float *restrict t, float *restrict loss)
{
    vec total = vzero();
    for (int i = 0; i < 1; i++) {
        const float *row = p + i * 24;
        vec largest = vload(row), sum = vzero();
        for (int c = 1; c < 3; c++)
            largest = vmax(vload(row + c * VL), largest);
        for (int c = 0; c < 3; c++) {
            vec e = vexp(vsub(vload(row + c * VL), largest));
            sum = vadd(sum, e);
        }
        vec log_sum = vlog(sum);
        for (int c = 0; c < 3; c++) {
            vec target = vselect(veq(vload(t + i * VL), vset1((float)c)), vset1(0x1p+0f), vset1(0x0p+0f));
            vec surprise = vsub(log_sum, vsub(vload(row + c * VL), largest));
            vec nothing = vzero(); /* what a class counts that cannot be, even when its surprise is infinite */
            total = vadd(total, vselect(veq(target, nothing), nothing, vmul(target, surprise)));
        }
    }
    vstore(loss, vmul(total, vset1(0x1p+0f)));
}


/* conv2d (line 3): 8x8x2 -> conv2d -> 8x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_train(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f;
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero();
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8) * 16;
                        const float *restrict w = wf + i * 24;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 16); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 32); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 16); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 16); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 4;
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
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8 + 3) * 16;
                        const float *restrict w = wf + i * 24;
                        for (int c = 0; c < 2; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 16); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 48); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[8]), w1 = vset1(w[9]);
                                { const vec v = vload(x0 + 16); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 48); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 48); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            }
                            x0 += 8;
                            w += 4;
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


/* batch_normalization (line 4): 8x8x4 -> batch_mean -> 4 */
KERNEL static void batch_normalization_train(const float *restrict x, const float *restrict weight, float *restrict mean)
{
    vec share = vmul(vload(weight), vset1(0x1p-6f));
    vec sum[4];
    for (int k = 0; k < 4; k++) {
        sum[k] = vzero();
    }
    for (int p_1 = 0; p_1 < 64; p_1 += 32) {
        vec sum_1[4];
        for (int k = 0; k < 4; k++) {
            sum_1[k] = vzero();
        }
        for (int p = p_1; p < p_1 + 32; p++) {
            for (int k = 0; k < 4; k++) {
                const int i = (p * 4 + k) * VL;
                sum_1[k] = vadd(sum_1[k], vload(x + i));
            }
        }
        for (int k = 0; k < 4; k++) {
            sum[k] = vadd(sum[k], sum_1[k]);
        }
    }
    for (int k = 0; k < 4; k++) {
        mean[k] += vsum(vmul(sum[k], share));
    }
}


/* batch_normalization (line 4): 8x8x4 -> batch_variance -> 4 */
KERNEL static void batch_normalization_batch_variance_train(const float *restrict x, const float *restrict mean, const float *restrict weight,
    float *restrict variance)
{
    vec share = vmul(vload(weight), vset1(0x1p-6f));
    vec sum[4];
    for (int k = 0; k < 4; k++) {
        sum[k] = vzero();
    }
    for (int p_1 = 0; p_1 < 64; p_1 += 32) {
        vec sum_1[4];
        for (int k = 0; k < 4; k++) {
            sum_1[k] = vzero();
        }
        for (int p = p_1; p < p_1 + 32; p++) {
            for (int k = 0; k < 4; k++) {
                const int i = (p * 4 + k) * VL;
                vec off = vsub(vload(x + i), vset1(mean[k]));
                sum_1[k] = vfma(off, off, sum_1[k]);
            }
        }
        for (int k = 0; k < 4; k++) {
            sum[k] = vadd(sum[k], sum_1[k]);
        }
    }
    for (int k = 0; k < 4; k++) {
        variance[k] += vsum(vmul(sum[k], share));
    }
}


/* batch_normalization (line 4): 8x8x4 -> normalize -> 8x8x4 */
KERNEL static void batch_normalization_normalize_train(const float *restrict x, const float *restrict mean, const float *restrict variance,
    const float *restrict gamma, const float *restrict beta, float *restrict y)
{
    for (int c = 0; c < 4; c += 4) {
        vec middle[4], scale[4];
        for (int k = 0; k < 4; k++) {
            middle[k] = vset1(mean[c + k]);
            vec deviation = vsqrt(vset1(variance[c + k] + 0x1.0624dep-10f));
            scale[k] = vdiv(vset1(gamma[c + k]), deviation);
        }
        for (int p = 0; p < 64; p++)
            for (int k = 0; k < 4; k++) {
                const int i = (p * 4 + c + k) * VL;
                vec v = vsub(vload(x + i), middle[k]);
                vstore(y + i, vfma(v, scale[k], vset1(beta[c + k])));
            }
    }
}


/* activation (line 4): 8x8x4 -> relu -> 8x8x4 */
KERNEL static void activation_train(const float *x, float *y)
{
    for (int i = 0; i < 2048; i += VL) {
        vec v = vload(x + i);
        vstore(y + i, vmax(vzero(), v));
    }
}


/* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            {
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8) * 32;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 4; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            x0 += 8;
                            w += 4;
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
                vec a0_0 = b0, a0_1 = b1, a1_0 = b0, a1_1 = b1, a2_0 = b0, a2_1 = b1;
                vec a3_0 = b0, a3_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + i - 1;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8 + 3) * 32;
                        const float *restrict w = wf + i * 48;
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
                                const vec w0 = vset1(w[16]), w1 = vset1(w[17]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[33]);
                                { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            }
                            x0 += 8;
                            w += 4;
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


/* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
KERNEL static void max_pooling2d_train(const float *restrict x, float *restrict y, uint8_t *restrict argmax)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 4; column++) {
            const int corner = (row * 2 * 8 + column * 2) * 64;
            const int to = (row * 4 + column) * 64;
            for (int i = 0; i < 64; i += VL) {
                vec best = vload(x + corner + i);
                vec which = vzero();
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        vec cell = vload(x + corner + (down * 8 + across) * 64 + i);
                        which = vselect(vgt(cell, best), vset1((float)(down * 2 + across)), which);
                        best = vmax(cell, best);
                    }
                vstore(y + to + i, best);
                vstore_u8(argmax + to + i, which);
            }
        }
    }
}


/* dropout (line 7): 4x4x8 -> dropout -> 4x4x8
 * dropout (line 7), backward: 4x4x8 -> dropout -> 4x4x8 */
KERNEL static void dropout_train(const float *x, float *y, const struct random *random)
{
    const vec scale = vset1(0x1p+1f), limit = vset1(0x1p+15f);
    vint sample = viadd(viset1((int32_t)random->sample), vcvt_int(vlane_index()));
    vint step = viset1((int32_t)random->step);
    vint layer = viset1((int32_t)((uint32_t)1 << 16 | (random->step >> 32 & 0xffffu)));
    for (int e = 0; e < 128; e += 8) {
        vint word[4] = {viset1(e / 8), sample, step, layer};
        vphilox(word, random->key[0], random->key[1]);
        for (int k = 0; k < 8; k++) {
            vint half = k % 2 ? vishr(word[k / 2], 16) : viand(word[k / 2], viset1(0xffff));
            vec v = vmul(vload(x + (e + k) * VL), scale);
            vstore(y + (e + k) * VL, vselect(vge(vcvt_float(half), limit), v, vzero()));
        }
    }
}


/* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 3 filters */
KERNEL static void dense_train(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    const vec b2 = vset1(bias[2]);
    vec a0_0 = b0, a0_1 = b1, a0_2 = b2;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 1024;
    const float *restrict w = wf;
    for (int c = 0; c < 128; c++) {
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


/* loss (line 10), backward: 3 -> cross_entropy_grad -> 3 */
KERNEL static void loss_grad(const float *restrict p, const float *restrict t, const float *restrict dl, float *restrict dp)
{
    vec share = vmul(vload(dl), vset1(0x1p+0f));
    for (int i = 0; i < 1; i++) {
        const float *row = p + i * 24;
        float *d = dp + i * 24;
        vec largest = vload(row), sum = vzero();
        for (int c = 1; c < 3; c++)
            largest = vmax(vload(row + c * VL), largest);
        for (int c = 0; c < 3; c++) {
            vec e = vexp(vsub(vload(row + c * VL), largest));
            vstore(d + c * VL, e);
            sum = vadd(sum, e);
        }
        vec scale = vdiv(vset1(1.0f), sum);
        for (int c = 0; c < 3; c++) {
            vec target = vselect(veq(vload(t + i * VL), vset1((float)c)), vset1(0x1p+0f), vset1(0x0p+0f));
            vstore(d + c * VL, vmul(share, vsub(vmul(vload(d + c * VL), scale), target)));
        }
    }
}


/* dense (line 8), backward: 3 -> sum_to -> 3 */
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


/* dense (line 8), backward: 128 -> matmul_grad_kernel -> 128x3 */
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
            for (int first = 0; first < 16; first++)
            for (int c = first; c < 128; c += 16) {
                const float *restrict s = x + (p * 128 + c) * VL;
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


/* dense (line 8), backward: 3 -> matmul_grad_input -> 128; tile 1 columns x 13 filters */
KERNEL static void dense_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int f = 0; f < 117; f += 13) {
        const float *restrict wf = kernel + f * 3;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero(), a0_11 = vzero();
        vec a0_12 = vzero();
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 24;
        const float *restrict w = wf;
        for (int c = 0; c < 3; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[3]), w2 = vset1(w[6]), w3 = vset1(w[9]), w4 = vset1(w[12]), w5 = vset1(w[15]), w6 = vset1(w[18]), w7 = vset1(w[21]), w8 = vset1(w[24]), w9 = vset1(w[27]), w10 = vset1(w[30]), w11 = vset1(w[33]), w12 = vset1(w[36]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); a0_11 = vfma(v, w11, a0_11); a0_12 = vfma(v, w12, a0_12); }
            }
            x0 += 8;
            w += 1;
        }
        vstore(y + (0 * 128 + f) * 8, a0_0);
        vstore(y + (0 * 128 + f + 1) * 8, a0_1);
        vstore(y + (0 * 128 + f + 2) * 8, a0_2);
        vstore(y + (0 * 128 + f + 3) * 8, a0_3);
        vstore(y + (0 * 128 + f + 4) * 8, a0_4);
        vstore(y + (0 * 128 + f + 5) * 8, a0_5);
        vstore(y + (0 * 128 + f + 6) * 8, a0_6);
        vstore(y + (0 * 128 + f + 7) * 8, a0_7);
        vstore(y + (0 * 128 + f + 8) * 8, a0_8);
        vstore(y + (0 * 128 + f + 9) * 8, a0_9);
        vstore(y + (0 * 128 + f + 10) * 8, a0_10);
        vstore(y + (0 * 128 + f + 11) * 8, a0_11);
        vstore(y + (0 * 128 + f + 12) * 8, a0_12);
    }
    {
        const float *restrict wf = kernel + 351;
        vec a0_0 = vzero(), a0_1 = vzero(), a0_2 = vzero(), a0_3 = vzero(), a0_4 = vzero(), a0_5 = vzero();
        vec a0_6 = vzero(), a0_7 = vzero(), a0_8 = vzero(), a0_9 = vzero(), a0_10 = vzero();
        const int iy0 = 0;
        const float *restrict x0 = x + iy0 * 24;
        const float *restrict w = wf;
        for (int c = 0; c < 3; c++) {
            {
                const vec w0 = vset1(w[0]), w1 = vset1(w[3]), w2 = vset1(w[6]), w3 = vset1(w[9]), w4 = vset1(w[12]), w5 = vset1(w[15]), w6 = vset1(w[18]), w7 = vset1(w[21]), w8 = vset1(w[24]), w9 = vset1(w[27]), w10 = vset1(w[30]);
                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); a0_2 = vfma(v, w2, a0_2); a0_3 = vfma(v, w3, a0_3); a0_4 = vfma(v, w4, a0_4); a0_5 = vfma(v, w5, a0_5); a0_6 = vfma(v, w6, a0_6); a0_7 = vfma(v, w7, a0_7); a0_8 = vfma(v, w8, a0_8); a0_9 = vfma(v, w9, a0_9); a0_10 = vfma(v, w10, a0_10); }
            }
            x0 += 8;
            w += 1;
        }
        vstore(y + (0 * 128 + 117) * 8, a0_0);
        vstore(y + (0 * 128 + 117 + 1) * 8, a0_1);
        vstore(y + (0 * 128 + 117 + 2) * 8, a0_2);
        vstore(y + (0 * 128 + 117 + 3) * 8, a0_3);
        vstore(y + (0 * 128 + 117 + 4) * 8, a0_4);
        vstore(y + (0 * 128 + 117 + 5) * 8, a0_5);
        vstore(y + (0 * 128 + 117 + 6) * 8, a0_6);
        vstore(y + (0 * 128 + 117 + 7) * 8, a0_7);
        vstore(y + (0 * 128 + 117 + 8) * 8, a0_8);
        vstore(y + (0 * 128 + 117 + 9) * 8, a0_9);
        vstore(y + (0 * 128 + 117 + 10) * 8, a0_10);
    }
}


/* max_pooling2d (line 7), backward: 4x4x8 -> max_pool2d_grad -> 8x8x8 */
KERNEL static void max_pooling2d_grad(const float *restrict dy, const uint8_t *restrict argmax, float *restrict dx)
{
    for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 4; column++) {
            const int corner = (row * 2 * 8 + column * 2) * 64;
            const int to = (row * 4 + column) * 64;
            for (int i = 0; i < 64; i += VL) {
                vec d = vload(dy + to + i), which = vload_u8(argmax + to + i);
                for (int down = 0; down < 2; down++)
                    for (int across = 0; across < 2; across++) {
                        float *cell = dx + corner + (down * 8 + across) * 64;
                        vstore(cell + i, vselect(veq(which, vset1((float)(down * 2 + across))), d, vzero()));
                    }
            }
        }
    }
}


/* concatenate (line 6), backward: 8x8x8 -> slice -> 8x8x4 */
KERNEL static void concatenate_train(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 64; i++)
        memcpy(y + i * 32, x + i * 64 + 32, 32 * sizeof *y);
}


/* concatenate (line 6), backward: 8x8x8 -> slice -> 8x8x4 */
KERNEL static void concatenate_slice(const float *restrict x, float *restrict y)
{
    for (int i = 0; i < 64; i++)
        memcpy(y + i * 32, x + i * 64, 32 * sizeof *y);
}


/* conv2d_1 (line 5), backward: 8x8x4 -> sum_to -> 4 */
KERNEL static void conv2d_1_sum_to(const float *restrict x, float *restrict y)
{
    vec sum[4];
    for (int k = 0; k < 4; k++) {
        sum[k] = vzero();
    }
    for (int p = 0; p < 64; p++) {
        for (int k = 0; k < 4; k++) {
            const int i = (p * 4 + k) * VL;
            sum[k] = vadd(sum[k], vload(x + i));
        }
    }
    for (int k = 0; k < 4; k++) {
        y[k] += vsum(sum[k]);
    }
}


/* conv2d_1 (line 5), backward: 8x8x4 -> conv2d_grad_kernel -> 3x3x4x4; tile 2 channels x 2 filters x 3 taps */
KERNEL static void conv2d_1_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 4; c += 2) {
            for (int f = 0; f < 4; f += 2) {
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
                    for (int oy = 0; oy < 8; oy++) {
                        const int iy = oy + i - 1;
                        if (iy < 0 || iy >= 8)
                            continue;
                        const float *restrict xr = x + (iy * 32 + c) * VL;
                        const float *restrict d = dy + (oy * 32 + f) * VL;
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
                        for (int ox = 1; ox < 7; ox++) {
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
                            const vec d0 = vload(d + (7 * 4 + 0) * VL);
                            const vec d1 = vload(d + (7 * 4 + 1) * VL);
                            {
                                const vec v = vload(xr + (6 * 4 + 0) * VL);
                                a0_0_0 = vfma(v, d0, a0_0_0);
                                a0_0_1 = vfma(v, d1, a0_0_1);
                            }
                            {
                                const vec v = vload(xr + (6 * 4 + 1) * VL);
                                a0_1_0 = vfma(v, d0, a0_1_0);
                                a0_1_1 = vfma(v, d1, a0_1_1);
                            }
                            {
                                const vec v = vload(xr + (7 * 4 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                            }
                            {
                                const vec v = vload(xr + (7 * 4 + 1) * VL);
                                a1_1_0 = vfma(v, d0, a1_1_0);
                                a1_1_1 = vfma(v, d1, a1_1_1);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 3 + 0) * 4 + c) * 4 + f;
                    to[0] += vsum(a0_0_0);
                    to[1] += vsum(a0_0_1);
                    to[4] += vsum(a0_1_0);
                    to[5] += vsum(a0_1_1);
                    to[16] += vsum(a1_0_0);
                    to[17] += vsum(a1_0_1);
                    to[20] += vsum(a1_1_0);
                    to[21] += vsum(a1_1_1);
                    to[32] += vsum(a2_0_0);
                    to[33] += vsum(a2_0_1);
                    to[36] += vsum(a2_1_0);
                    to[37] += vsum(a2_1_1);
                }
            }
        }
    }
}


/* conv2d_1 (line 5), backward: 8x8x4 -> conv2d_grad_input -> 8x8x4; tile 4 columns x 2 filters */
KERNEL static void conv2d_1_grad_input(const float *restrict x, const float *restrict kernel, float *restrict y)
{
    for (int oy = 0; oy < 8; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f * 4;
            {
                vec a0_0 = vzero(), a0_1 = vzero(), a1_0 = vzero(), a1_1 = vzero(), a2_0 = vzero(), a2_1 = vzero();
                vec a3_0 = vzero(), a3_1 = vzero();
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + 1 - i;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8) * 32;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 4; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[4]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[20]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[36]);
                                { const vec v = vload(x0); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 32); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 64); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
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
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy + 1 - i;
                    if (iy0 >= 0 && iy0 < 8) {
                        const float *restrict x0 = x + (iy0 * 8 + 3) * 32;
                        const float *restrict w = wf + i * 48;
                        for (int c = 0; c < 4; c++) {
                            {
                                const vec w0 = vset1(w[0]), w1 = vset1(w[4]);
                                { const vec v = vload(x0 + 64); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 96); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 128); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[16]), w1 = vset1(w[20]);
                                { const vec v = vload(x0 + 32); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 64); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 96); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 128); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
                            }
                            RELOAD(x0);
                            {
                                const vec w0 = vset1(w[32]), w1 = vset1(w[36]);
                                { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
                                { const vec v = vload(x0 + 32); a1_0 = vfma(v, w0, a1_0); a1_1 = vfma(v, w1, a1_1); }
                                { const vec v = vload(x0 + 64); a2_0 = vfma(v, w0, a2_0); a2_1 = vfma(v, w1, a2_1); }
                                { const vec v = vload(x0 + 96); a3_0 = vfma(v, w0, a3_0); a3_1 = vfma(v, w1, a3_1); }
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


/* activation (line 4), backward: 8x8x4 -> relu -> 8x8x4 */
KERNEL static void activation_grad(const float *dy, const float *saved, float *dx)
{
    for (int i = 0; i < 2048; i += VL) {
        vec d = vload(dy + i), v = vload(saved + i);
        vstore(dx + i, vselect(vgt(v, vzero()), d, vzero()));
    }
}


/* batch_normalization (line 4), backward: 8x8x4 -> normalize_sums -> 4 */
KERNEL static void batch_normalization_normalize_sums(const float *restrict dy, const float *restrict x, const float *restrict mean,
    const float *restrict variance, float *restrict dbeta, float *restrict dgamma)
{
    vec sum[4];
    vec product[4];
    for (int k = 0; k < 4; k++) {
        sum[k] = vzero();
        product[k] = vzero();
    }
    for (int p_1 = 0; p_1 < 64; p_1 += 32) {
        vec sum_1[4];
        vec product_1[4];
        for (int k = 0; k < 4; k++) {
            sum_1[k] = vzero();
            product_1[k] = vzero();
        }
        for (int p = p_1; p < p_1 + 32; p++) {
            for (int k = 0; k < 4; k++) {
                const int i = (p * 4 + k) * VL;
                vec d = vload(dy + i);
                sum_1[k] = vadd(sum_1[k], d);
                product_1[k] = vfma(d, vsub(vload(x + i), vset1(mean[k])), product_1[k]);
            }
        }
        for (int k = 0; k < 4; k++) {
            sum[k] = vadd(sum[k], sum_1[k]);
            product[k] = vadd(product[k], product_1[k]);
        }
    }
    for (int k = 0; k < 4; k++) {
        dbeta[k] += vsum(sum[k]);
        vec deviation = vsqrt(vset1(variance[k] + 0x1.0624dep-10f));
        dgamma[k] += vsum(vdiv(product[k], deviation));
    }
}


/* batch_normalization (line 4), backward: 8x8x4 -> normalize_grad -> 8x8x4 */
KERNEL static void batch_normalization_grad(const float *dy, const float *x, const float *mean, const float *variance,
    const float *gamma, const float *dbeta, const float *dgamma, const float *weight, float *dx)
{
    vec share = vmul(vload(weight), vset1(0x1p-6f));
    for (int c = 0; c < 4; c += 2) {
        vec scale[2], slope[2], level[2];
        for (int k = 0; k < 2; k++) {
            vec deviation = vsqrt(vset1(variance[c + k] + 0x1.0624dep-10f));
            scale[k] = vdiv(vset1(gamma[c + k]), deviation);
            slope[k] = vmul(vdiv(vset1(dgamma[c + k]), deviation), share);
            level[k] = vmul(vset1(dbeta[c + k]), share);
        }
        for (int p = 0; p < 64; p++)
            for (int k = 0; k < 2; k++) {
                const int i = (p * 4 + c + k) * VL;
                vec common = vfma(vsub(vload(x + i), vset1(mean[c + k])), slope[k], level[k]);
                vstore(dx + i, vmul(scale[k], vsub(vload(dy + i), common)));
            }
    }
}


/* conv2d (line 3), backward: 8x8x2 -> conv2d_grad_kernel -> 3x3x2x4; tile 2 channels x 2 filters x 3 taps */
KERNEL static void conv2d_grad_kernel(const float *restrict x, const float *restrict dy, float *restrict dk)
{
    for (int i = 0; i < 3; i++) {
        {
            const int c = 0;
            for (int f = 0; f < 4; f += 2) {
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
                    for (int oy = 0; oy < 8; oy++) {
                        const int iy = oy + i - 1;
                        if (iy < 0 || iy >= 8)
                            continue;
                        const float *restrict xr = x + (iy * 16 + c) * VL;
                        const float *restrict d = dy + (oy * 32 + f) * VL;
                        {
                            const vec d0 = vload(d + (0 * 4 + 0) * VL);
                            const vec d1 = vload(d + (0 * 4 + 1) * VL);
                            {
                                const vec v = vload(xr + (0 * 2 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                            }
                            {
                                const vec v = vload(xr + (0 * 2 + 1) * VL);
                                a1_1_0 = vfma(v, d0, a1_1_0);
                                a1_1_1 = vfma(v, d1, a1_1_1);
                            }
                            {
                                const vec v = vload(xr + (1 * 2 + 0) * VL);
                                a2_0_0 = vfma(v, d0, a2_0_0);
                                a2_0_1 = vfma(v, d1, a2_0_1);
                            }
                            {
                                const vec v = vload(xr + (1 * 2 + 1) * VL);
                                a2_1_0 = vfma(v, d0, a2_1_0);
                                a2_1_1 = vfma(v, d1, a2_1_1);
                            }
                        }
                        for (int ox = 1; ox < 7; ox++) {
                            const vec d0 = vload(d + (ox * 4 + 0) * VL);
                            const vec d1 = vload(d + (ox * 4 + 1) * VL);
                            {
                                const vec v = vload(xr + ((ox + -1) * 2 + 0) * VL);
                                a0_0_0 = vfma(v, d0, a0_0_0);
                                a0_0_1 = vfma(v, d1, a0_0_1);
                            }
                            {
                                const vec v = vload(xr + ((ox + -1) * 2 + 1) * VL);
                                a0_1_0 = vfma(v, d0, a0_1_0);
                                a0_1_1 = vfma(v, d1, a0_1_1);
                            }
                            {
                                const vec v = vload(xr + ((ox + 0) * 2 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                            }
                            {
                                const vec v = vload(xr + ((ox + 0) * 2 + 1) * VL);
                                a1_1_0 = vfma(v, d0, a1_1_0);
                                a1_1_1 = vfma(v, d1, a1_1_1);
                            }
                            {
                                const vec v = vload(xr + ((ox + 1) * 2 + 0) * VL);
                                a2_0_0 = vfma(v, d0, a2_0_0);
                                a2_0_1 = vfma(v, d1, a2_0_1);
                            }
                            {
                                const vec v = vload(xr + ((ox + 1) * 2 + 1) * VL);
                                a2_1_0 = vfma(v, d0, a2_1_0);
                                a2_1_1 = vfma(v, d1, a2_1_1);
                            }
                        }
                        {
                            const vec d0 = vload(d + (7 * 4 + 0) * VL);
                            const vec d1 = vload(d + (7 * 4 + 1) * VL);
                            {
                                const vec v = vload(xr + (6 * 2 + 0) * VL);
                                a0_0_0 = vfma(v, d0, a0_0_0);
                                a0_0_1 = vfma(v, d1, a0_0_1);
                            }
                            {
                                const vec v = vload(xr + (6 * 2 + 1) * VL);
                                a0_1_0 = vfma(v, d0, a0_1_0);
                                a0_1_1 = vfma(v, d1, a0_1_1);
                            }
                            {
                                const vec v = vload(xr + (7 * 2 + 0) * VL);
                                a1_0_0 = vfma(v, d0, a1_0_0);
                                a1_0_1 = vfma(v, d1, a1_0_1);
                            }
                            {
                                const vec v = vload(xr + (7 * 2 + 1) * VL);
                                a1_1_0 = vfma(v, d0, a1_1_0);
                                a1_1_1 = vfma(v, d1, a1_1_1);
                            }
                        }
                    }
                    float *restrict to = dk + ((i * 3 + 0) * 2 + c) * 4 + f;
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

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* batch_normalization (line 4): 4 -> affine -> 4 */
    const float *const batch_normalization_moving_variance = parameters + 619; /* 4 */
    float *const batch_normalization_moving_variance_affine = prepared + 1480; /* 4 */
    batch_normalization_affine(batch_normalization_moving_variance, batch_normalization_moving_variance_affine);
    /* batch_normalization (line 4): 4 -> rsqrt -> 4 */
    float *const batch_normalization_moving_variance_affine_rsqrt = prepared + 1488; /* 4 */
    batch_normalization_unary(batch_normalization_moving_variance_affine, batch_normalization_moving_variance_affine_rsqrt);
    /* batch_normalization (line 4): 4 -> multiply -> 4 */
    const float *const batch_normalization_gamma = parameters + 72; /* 4 */
    float *const batch_normalization_multiply = prepared + 1496; /* 4 */
    batch_normalization_binary(batch_normalization_moving_variance_affine_rsqrt, batch_normalization_gamma, batch_normalization_multiply);
    /* batch_normalization (line 4): 3x3x2x4 -> multiply -> 3x3x2x4 */
    const float *const conv2d_kernel = parameters; /* 3x3x2x4 */
    float *const batch_normalization_multiply_2 = prepared + 1504; /* 3x3x2x4 */
    batch_normalization_binary_2(conv2d_kernel, batch_normalization_multiply, batch_normalization_multiply_2);
    /* conv2d (line 3): 3x3x2x4 -> pack -> 1x18x8 */
    float *const batch_normalization_multiply_2_pack = prepared; /* 1x18x8 */
    conv2d_pack(batch_normalization_multiply_2, batch_normalization_multiply_2_pack);
    /* batch_normalization (line 4): 4 -> multiply -> 4 */
    const float *const batch_normalization_moving_mean = parameters + 615; /* 4 */
    float *const batch_normalization_multiply_3 = prepared + 1576; /* 4 */
    batch_normalization_binary(batch_normalization_moving_mean, batch_normalization_multiply, batch_normalization_multiply_3);
    /* batch_normalization (line 4): 4 -> affine -> 4 */
    float *const batch_normalization_multiply_3_affine = prepared + 1584; /* 4 */
    batch_normalization_affine_2(batch_normalization_multiply_3, batch_normalization_multiply_3_affine);
    /* batch_normalization (line 4): 4 -> add -> 4 */
    const float *const batch_normalization_beta = parameters + 76; /* 4 */
    float *const batch_normalization_add = prepared + 144; /* 4 */
    batch_normalization_binary_3(batch_normalization_multiply_3_affine, batch_normalization_beta, batch_normalization_add);
    /* conv2d_1 (line 5): 3x3x4x4 -> pack -> 1x36x8 */
    const float *const conv2d_1_kernel = parameters + 80; /* 3x3x4x4 */
    float *const conv2d_1_kernel_pack = prepared + 152; /* 1x36x8 */
    conv2d_1_pack(conv2d_1_kernel, conv2d_1_kernel_pack);
    /* conv2d_1 (line 5): 4 -> pack -> 4 */
    const float *const conv2d_1_bias = parameters + 224; /* 4 */
    float *const conv2d_1_bias_pack = prepared + 440; /* 4 */
    conv2d_1_pack_2(conv2d_1_bias, conv2d_1_bias_pack);
    /* dense (line 8): 128x3 -> pack -> 1x128x8 */
    const float *const dense_kernel = parameters + 228; /* 128x3 */
    float *const dense_kernel_pack = prepared + 448; /* 1x128x8 */
    dense_pack(dense_kernel, dense_kernel_pack);
    /* dense (line 8): 3 -> pack -> 3 */
    const float *const dense_bias = parameters + 612; /* 3 */
    float *const dense_bias_pack = prepared + 1472; /* 3 */
    dense_pack_2(dense_bias, dense_bias_pack);
}

/* One sample. */
static void predict_one(const float *prepared, float *ws, const float *input, float *output)
{
    /* conv2d (line 3): 8x8x2 -> conv2d, add, relu -> 8x8x4; tile 8 columns x 1 sums x 1 vectors */
    const float *const batch_normalization_multiply_2_pack = prepared; /* 1x18x8 */
    const float *const batch_normalization_add = prepared + 144; /* 4 */
    float *const activation = ws + 512; /* 8x8x4 */
    conv2d_one(input, batch_normalization_multiply_2_pack, batch_normalization_add, activation);
    /* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 8 columns x 1 sums x 1 vectors */
    const float *const conv2d_1_kernel_pack = prepared + 152; /* 1x36x8 */
    const float *const conv2d_1_bias_pack = prepared + 440; /* 4 */
    float *const conv2d_1 = ws + 768; /* 8x8x4 */
    conv2d_1_one(activation, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* add (line 6): 8x8x4 -> add -> 8x8x4 */
    float *const add_values = ws + 512; /* 8x8x4 */
    add_one(activation, conv2d_1, add_values);
    /* concatenate (line 6): 8x8x4 -> concat -> 8x8x8 */
    float *const concatenate = ws; /* 8x8x8 */
    concatenate_one(add_values, conv2d_1, concatenate);
    /* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
    float *const max_pooling2d = ws + 512; /* 4x4x8 */
    max_pooling2d_one(concatenate, max_pooling2d);
    /* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 8 sums x 1 vectors */
    const float *const dense_kernel_pack = prepared + 448; /* 1x128x8 */
    const float *const dense_bias_pack = prepared + 1472; /* 3 */
    float *const dense_add = ws; /* 3 */
    dense_one(max_pooling2d, dense_kernel_pack, dense_bias_pack, dense_add);
    /* dense (line 8): 3 -> softmax -> 3 */
    dense_softmax_one(dense_add, output);
}

/* Stores the block's rows of output 3. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws; /* 3xVL */
    float *to = output + b->index * VL * 3;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 3; i++)
            to[l * 3 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const image = b->ws; /* 8x8x2xVL */
    load_input_128(input, b->index, image);
    /* conv2d (line 3): 8x8x2 -> conv2d, add, relu -> 8x8x4; tile 4 columns x 2 filters */
    const float *const batch_normalization_multiply_2_pack = b->prepared; /* 1x18x8 */
    const float *const batch_normalization_add = b->prepared + 144; /* 4 */
    float *const activation = b->ws + 4096; /* 8x8x4xVL */
    conv2d_block(image, batch_normalization_multiply_2_pack, batch_normalization_add, activation);
    /* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 4 columns x 2 filters */
    const float *const conv2d_1_kernel_pack = b->prepared + 152; /* 1x36x8 */
    const float *const conv2d_1_bias_pack = b->prepared + 440; /* 4 */
    float *const conv2d_1 = b->ws + 6144; /* 8x8x4xVL */
    conv2d_1_block(activation, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* add (line 6): 8x8x4 -> add -> 8x8x4 */
    float *const add_values = b->ws + 4096; /* 8x8x4xVL */
    add_block(activation, conv2d_1, add_values);
    /* concatenate (line 6): 8x8x4 -> concat -> 8x8x8 */
    float *const concatenate = b->ws; /* 8x8x8xVL */
    concatenate_block(add_values, conv2d_1, concatenate);
    /* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
    float *const max_pooling2d = b->ws + 4096; /* 4x4x8xVL */
    max_pooling2d_block(concatenate, max_pooling2d);
    /* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 448; /* 1x128x8 */
    const float *const dense_bias_pack = b->prepared + 1472; /* 3 */
    float *const dense_add = b->ws; /* 3xVL */
    dense_block(max_pooling2d, dense_kernel_pack, dense_bias_pack, dense_add);
    /* dense (line 8): 3 -> softmax -> 3 */
    float *const dense = b->ws; /* 3xVL */
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
    float *const image = b->ws; /* 8x8x2xVL */
    load_input_128(input, b->index, image);
    float *const label_values = b->ws + 8192; /* 1xVL */
    load_label_1(label, b->index, label_values);
    /* conv2d (line 3): 8x8x2 -> conv2d, add, relu -> 8x8x4; tile 4 columns x 2 filters */
    const float *const batch_normalization_multiply_2_pack = b->prepared; /* 1x18x8 */
    const float *const batch_normalization_add = b->prepared + 144; /* 4 */
    float *const activation = b->ws + 4096; /* 8x8x4xVL */
    conv2d_block(image, batch_normalization_multiply_2_pack, batch_normalization_add, activation);
    /* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 4 columns x 2 filters */
    const float *const conv2d_1_kernel_pack = b->prepared + 152; /* 1x36x8 */
    const float *const conv2d_1_bias_pack = b->prepared + 440; /* 4 */
    float *const conv2d_1 = b->ws + 6144; /* 8x8x4xVL */
    conv2d_1_block(activation, conv2d_1_kernel_pack, conv2d_1_bias_pack, conv2d_1);
    /* add (line 6): 8x8x4 -> add -> 8x8x4 */
    float *const add_values = b->ws + 4096; /* 8x8x4xVL */
    add_block(activation, conv2d_1, add_values);
    /* concatenate (line 6): 8x8x4 -> concat -> 8x8x8 */
    float *const concatenate = b->ws; /* 8x8x8xVL */
    concatenate_block(add_values, conv2d_1, concatenate);
    /* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
    float *const max_pooling2d = b->ws + 4096; /* 4x4x8xVL */
    max_pooling2d_block(concatenate, max_pooling2d);
    /* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 2 filters */
    const float *const dense_kernel_pack = b->prepared + 448; /* 1x128x8 */
    const float *const dense_bias_pack = b->prepared + 1472; /* 3 */
    float *const dense = b->ws; /* 3xVL */
    dense_block(max_pooling2d, dense_kernel_pack, dense_bias_pack, dense);
    /* metrics (line 10): 3 -> accuracy -> 1 */
    float *const metrics = b->ws + 24; /* 1xVL */
    metrics_block(dense, label_values, metrics);
    /* loss (line 10): 3 -> cross_entropy -> 1 */
    float *const loss = b->ws + 32; /* 1xVL */
    loss_block(dense, label_values, loss);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
    for (int l = 0; l < b->valid; l++)
        b->sums[1] += (double)metrics[l];
}

/* A training step, phase 0: up to a sum over the batch. */
static void train_phase_0(struct block *b, const struct rows *input, const struct rows *label)
{
    (void)label;
    float *const image = b->kept + 4096; /* 8x8x2xVL */
    load_input_128(input, b->index, image);
    float *const sample_weight = b->kept + 5120; /* 1xVL */
    weigh(b, sample_weight);
    /* conv2d (line 3): 8x8x2 -> conv2d -> 8x8x4; tile 4 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 3x3x2x4 */
    float *const conv2d = b->kept; /* 8x8x4xVL */
    conv2d_train(image, conv2d_kernel, conv2d);
    /* batch_normalization (line 4): 8x8x4 -> batch_mean -> 4 */
    float *const batch_normalization_batch_mean_part = b->partial + 616; /* 4 */
    batch_normalization_train(conv2d, sample_weight, batch_normalization_batch_mean_part);
}

/* A training step, phase 1: up to a sum over the batch. */
static void train_phase_1(struct block *b, const struct rows *input, const struct rows *label)
{
    (void)input;
    (void)label;
    /* batch_normalization (line 4): 8x8x4 -> batch_variance -> 4 */
    float *const conv2d = b->kept; /* 8x8x4xVL */
    float *const batch_normalization_batch_mean = b->combined; /* 4 */
    float *const sample_weight = b->kept + 5120; /* 1xVL */
    float *const batch_normalization_batch_variance_part = b->partial + 624; /* 4 */
    batch_normalization_batch_variance_train(conv2d, batch_normalization_batch_mean, sample_weight, batch_normalization_batch_variance_part);
}

/* A training step, phase 2: up to a sum over the batch. */
static void train_phase_2(struct block *b, const struct rows *input, const struct rows *label)
{
    const struct random *random = &b->random;
    (void)input;
    float *const label_values = b->ws + 4096; /* 1xVL */
    load_label_1(label, b->index, label_values);
    /* batch_normalization (line 4): 8x8x4 -> normalize -> 8x8x4 */
    float *const conv2d = b->kept; /* 8x8x4xVL */
    float *const batch_normalization_batch_mean = b->combined; /* 4 */
    float *const batch_normalization_batch_variance = b->combined + 8; /* 4 */
    const float *const batch_normalization_gamma = b->parameters + 72; /* 4 */
    const float *const batch_normalization_beta = b->parameters + 76; /* 4 */
    float *const batch_normalization = b->ws + 4104; /* 8x8x4xVL */
    batch_normalization_normalize_train(conv2d, batch_normalization_batch_mean, batch_normalization_batch_variance, batch_normalization_gamma, batch_normalization_beta, batch_normalization);
    /* activation (line 4): 8x8x4 -> relu -> 8x8x4 */
    float *const activation = b->ws + 4104; /* 8x8x4xVL */
    activation_train(batch_normalization, activation);
    /* conv2d_1 (line 5): 8x8x4 -> conv2d, add -> 8x8x4; tile 4 columns x 2 filters */
    const float *const conv2d_1_kernel = b->parameters + 80; /* 3x3x4x4 */
    const float *const conv2d_1_bias = b->parameters + 224; /* 4 */
    float *const conv2d_1 = b->ws + 6152; /* 8x8x4xVL */
    conv2d_1_train(activation, conv2d_1_kernel, conv2d_1_bias, conv2d_1);
    /* add (line 6): 8x8x4 -> add -> 8x8x4 */
    float *const add_values = b->ws + 8200; /* 8x8x4xVL */
    add_block(activation, conv2d_1, add_values);
    /* concatenate (line 6): 8x8x4 -> concat -> 8x8x8 */
    float *const concatenate = b->ws; /* 8x8x8xVL */
    concatenate_block(add_values, conv2d_1, concatenate);
    /* max_pooling2d (line 7): 8x8x8 -> max_pool2d -> 4x4x8 */
    float *const max_pooling2d = b->ws + 6152; /* 4x4x8xVL */
    uint8_t *const max_pooling2d_saved = (uint8_t *)(b->ws + 7176); /* 4x4x8xVL */
    max_pooling2d_train(concatenate, max_pooling2d, max_pooling2d_saved);
    /* dropout (line 7): 4x4x8 -> dropout -> 4x4x8 */
    float *const dropout = b->ws + 6152; /* 4x4x8xVL */
    dropout_train(max_pooling2d, dropout, random);
    /* dense (line 8): 128 -> matmul, add -> 3; tile 1 columns x 3 filters */
    const float *const dense_kernel = b->parameters + 228; /* 128x3 */
    const float *const dense_bias = b->parameters + 612; /* 3 */
    float *const dense = b->ws + 8; /* 3xVL */
    dense_train(dropout, dense_kernel, dense_bias, dense);
    /* metrics (line 10): 3 -> accuracy -> 1 */
    float *const metrics = b->ws + 10248; /* 1xVL */
    metrics_block(dense, label_values, metrics);
    /* loss (line 10): 3 -> cross_entropy -> 1 */
    float *const loss = b->ws; /* 1xVL */
    loss_block(dense, label_values, loss);
    /* loss (line 10), backward: 3 -> cross_entropy_grad -> 3 */
    float *const sample_weight = b->kept + 5120; /* 1xVL */
    float *const loss_dx = b->ws + 32; /* 3xVL */
    loss_grad(dense, label_values, sample_weight, loss_dx);
    /* dense (line 8), backward: 3 -> sum_to -> 3 */
    float *const dense_bias_gradient = b->partial + 612; /* 3 */
    dense_sum_to(loss_dx, dense_bias_gradient);
    /* dense (line 8), backward: 128 -> matmul_grad_kernel -> 128x3 */
    float *const dense_kernel_gradient = b->partial + 228; /* 128x3 */
    dense_grad_kernel(dropout, loss_dx, dense_kernel_gradient);
    /* dense (line 8), backward: 3 -> matmul_grad_input -> 128; tile 1 columns x 13 filters */
    float *const dense_dx = b->ws + 6152; /* 128xVL */
    dense_grad_input(loss_dx, dense_kernel, dense_dx);
    /* dropout (line 7), backward: 4x4x8 -> dropout -> 4x4x8 */
    float *const dropout_dx = b->ws + 6152; /* 4x4x8xVL */
    dropout_train(dense_dx, dropout_dx, random);
    /* max_pooling2d (line 7), backward: 4x4x8 -> max_pool2d_grad -> 8x8x8 */
    float *const max_pooling2d_dx = b->ws + 8; /* 8x8x8xVL */
    max_pooling2d_grad(dropout_dx, max_pooling2d_saved, max_pooling2d_dx);
    /* concatenate (line 6), backward: 8x8x8 -> slice -> 8x8x4 */
    float *const concatenate_dx = b->ws + 6152; /* 8x8x4xVL */
    concatenate_train(max_pooling2d_dx, concatenate_dx);
    /* concatenate (line 6), backward: 8x8x8 -> slice -> 8x8x4 */
    float *const concatenate_dx_2 = b->ws + 8200; /* 8x8x4xVL */
    concatenate_slice(max_pooling2d_dx, concatenate_dx_2);
    /* add (line 6), backward: 8x8x4 -> add -> 8x8x4 */
    float *const add_dx = b->ws + 6152; /* 8x8x4xVL */
    add_block(concatenate_dx, concatenate_dx_2, add_dx);
    /* conv2d_1 (line 5), backward: 8x8x4 -> sum_to -> 4 */
    float *const conv2d_1_bias_gradient = b->partial + 224; /* 4 */
    conv2d_1_sum_to(add_dx, conv2d_1_bias_gradient);
    /* conv2d_1 (line 5), backward: 8x8x4 -> conv2d_grad_kernel -> 3x3x4x4; tile 2 channels x 2 filters x 3 taps */
    float *const conv2d_1_kernel_gradient = b->partial + 80; /* 3x3x4x4 */
    conv2d_1_grad_kernel(activation, add_dx, conv2d_1_kernel_gradient);
    /* conv2d_1 (line 5), backward: 8x8x4 -> conv2d_grad_input -> 8x8x4; tile 4 columns x 2 filters */
    float *const conv2d_1_dx = b->ws + 8; /* 8x8x4xVL */
    conv2d_1_grad_input(add_dx, conv2d_1_kernel, conv2d_1_dx);
    /* conv2d_1 (line 5), backward: 8x8x4 -> add -> 8x8x4 */
    float *const conv2d_1_dx_2 = b->ws + 8200; /* 8x8x4xVL */
    add_block(concatenate_dx_2, conv2d_1_dx, conv2d_1_dx_2);
    /* activation (line 4), backward: 8x8x4 -> relu -> 8x8x4 */
    float *const activation_dx = b->kept + 2048; /* 8x8x4xVL */
    activation_grad(conv2d_1_dx_2, activation, activation_dx);
    /* batch_normalization (line 4), backward: 8x8x4 -> normalize_sums -> 4 */
    float *const batch_normalization_beta_gradient_part = b->partial + 632; /* 4 */
    float *const batch_normalization_gamma_gradient_part = b->partial + 640; /* 4 */
    batch_normalization_normalize_sums(activation_dx, conv2d, batch_normalization_batch_mean, batch_normalization_batch_variance, batch_normalization_beta_gradient_part, batch_normalization_gamma_gradient_part);
    for (int l = 0; l < b->valid; l++)
        b->sums[0] += (double)loss[l];
    for (int l = 0; l < b->valid; l++)
        b->sums[1] += (double)metrics[l];
}

/* A training step, phase 3: what is left. */
static void train_phase_3(struct block *b, const struct rows *input, const struct rows *label)
{
    (void)input;
    (void)label;
    /* batch_normalization (line 4), backward: 8x8x4 -> normalize_grad -> 8x8x4 */
    float *const activation_dx = b->kept + 2048; /* 8x8x4xVL */
    float *const conv2d = b->kept; /* 8x8x4xVL */
    float *const batch_normalization_batch_mean = b->combined; /* 4 */
    float *const batch_normalization_batch_variance = b->combined + 8; /* 4 */
    const float *const batch_normalization_gamma = b->parameters + 72; /* 4 */
    float *const batch_normalization_beta_gradient = b->combined + 16; /* 4 */
    float *const batch_normalization_gamma_gradient = b->combined + 24; /* 4 */
    float *const sample_weight = b->kept + 5120; /* 1xVL */
    float *const batch_normalization_dx = b->ws + 8; /* 8x8x4xVL */
    batch_normalization_grad(activation_dx, conv2d, batch_normalization_batch_mean, batch_normalization_batch_variance, batch_normalization_gamma, batch_normalization_beta_gradient, batch_normalization_gamma_gradient, sample_weight, batch_normalization_dx);
    /* conv2d (line 3), backward: 8x8x2 -> conv2d_grad_kernel -> 3x3x2x4; tile 2 channels x 2 filters x 3 taps */
    float *const image = b->kept + 4096; /* 8x8x2xVL */
    float *const conv2d_kernel_gradient = b->partial; /* 3x3x2x4 */
    conv2d_grad_kernel(image, batch_normalization_dx, conv2d_kernel_gradient);
}

enum {
    MANY_FLOATS = 8192 /* workspace of a thread */
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
    TRAIN_WORKSPACE = 10256, /* floats of a thread */
    TRAIN_KEPT = 5128, /* of a block, between phases */
    TRAIN_PARTIAL = 648, /* of a group: sums, first those of gradients */
    TRAIN_COMBINED = 32,
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

static void update(float *parameters, const float *gradients, float *all_velocity, int64_t count,
                   float learning_rate, uint64_t step)
{
    const vec rate = vset1(learning_rate), epsilon = vset1(0x1.ad7f2ap-24f);
    const vec rho = vset1(0x1.ccccccp-1f), rest = vset1(0x1.99999ap-4f);
    (void)step;
    int64_t i = 0;
    for (; i + VL <= count; i += VL) {
        vec w = vload(parameters + i), g = vload(gradients + i);
        vec velocity = vload(all_velocity + i);
        velocity = vfma(rho, velocity, vmul(rest, vmul(g, g)));
        vec d = vdiv(vmul(rate, g), vsqrt(vadd(velocity, epsilon)));
        w = vsub(w, d);
        vstore(parameters + i, w);
        vstore(all_velocity + i, velocity);
    }
    if (i < count) {
        const int n = (int)(count - i);
        vec w = vload_n(parameters + i, n), g = vload_n(gradients + i, n);
        vec velocity = vload_n(all_velocity + i, n);
        velocity = vfma(rho, velocity, vmul(rest, vmul(g, g)));
        vec d = vdiv(vmul(rate, g), vsqrt(vadd(velocity, epsilon)));
        w = vsub(w, d);
        vstore_n(parameters + i, w, n);
        vstore_n(all_velocity + i, velocity, n);
    }
}

/* moving = momentum * moving + (1 - momentum) * value */
static void move(float *moving, const float *value, int count, float momentum)
{
    int i = 0;
    for (; i + VL <= count; i += VL)
        vstore(moving + i, vfma(vset1(momentum), vload(moving + i), vmul(vset1(1.0f - momentum), vload(value + i))));
    if (i < count)
        vstore_n(moving + i, vfma(vset1(momentum), vload_n(moving + i, count - i), vmul(vset1(1.0f - momentum), vload_n(value + i, count - i))), count - i);
}

static void add(float *to, const float *x, int count)
{
    for (int i = 0; i < count; i++)
        to[i] += x[i];
}

/* Moving the parameters by their gradients: what each thread of a team does. No gradient is ever whole in memory, the
 * part that is worked on is where the thread had its blocks. */
static void rmsprop_1(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    enum { CHUNK = 4096 };
    float *gradients = m->workspace + aligned(TRAIN_WORKSPACE) * omp_get_thread_num();
    const float rate = (float)step->learning_rate;
    float *const parts = m->partial; /* 615 */
    float *const parameters = step->parameters; /* 615 */
    float *const velocity = step->state; /* 615 */
#if defined(_OPENMP)
#pragma omp for schedule(static) nowait
#endif
    for (int64_t i = 0; i < 615; i += CHUNK) {
        const int64_t n = 615 - i < CHUNK ? 615 - i : CHUNK;
        combine(parts + i, gradients, n);
        update(parameters + i, gradients, velocity + i, n, rate, step->step);
    }
    (void)blocks;
}

static void optimize(const struct cnn_step *step, const struct memory *m, int64_t blocks)
{
    rmsprop_1(step, m, blocks);
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

/* Phase 1 of the blocks of a group. */
static void group_phase_1(const struct cnn_step *step, const struct memory *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL - 1) / VL;
    for (int64_t i = blocks * group / GROUPS; i < blocks * (group + 1) / GROUPS; i++) {
        struct block b = block_of(step, m, group, i);
        train_phase_1(&b, input, label);
    }
}

/* Phase 2 of the blocks of a group. */
static void group_phase_2(const struct cnn_step *step, const struct memory *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL - 1) / VL;
    for (int64_t i = blocks * group / GROUPS; i < blocks * (group + 1) / GROUPS; i++) {
        struct block b = block_of(step, m, group, i);
        train_phase_2(&b, input, label);
    }
}

/* Phase 3 of the blocks of a group. */
static void group_phase_3(const struct cnn_step *step, const struct memory *m, int64_t group, const struct rows *input, const struct rows *label)
{
    const int64_t blocks = (step->batch.count + VL - 1) / VL;
    for (int64_t i = blocks * group / GROUPS; i < blocks * (group + 1) / GROUPS; i++) {
        struct block b = block_of(step, m, group, i);
        train_phase_3(&b, input, label);
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
    float *const batch_normalization_batch_mean_parts = m->partial + 616; /* 4 */
    float *const batch_normalization_batch_mean = m->combined; /* 4 */
    combine(batch_normalization_batch_mean_parts, batch_normalization_batch_mean, 4); /* batch_normalization */
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS; group++) {
        group_phase_1(step, m, group, &input, &label);
    }
    float *const batch_normalization_batch_variance_parts = m->partial + 624; /* 4 */
    float *const batch_normalization_batch_variance = m->combined + 8; /* 4 */
    combine(batch_normalization_batch_variance_parts, batch_normalization_batch_variance, 4); /* batch_normalization */
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS; group++) {
        group_phase_2(step, m, group, &input, &label);
    }
    float *const batch_normalization_beta_gradient_parts = m->partial + 632; /* 4 */
    float *const batch_normalization_beta_gradient = m->combined + 16; /* 4 */
    combine(batch_normalization_beta_gradient_parts, batch_normalization_beta_gradient, 4); /* batch_normalization */
    float *const batch_normalization_gamma_gradient_parts = m->partial + 640; /* 4 */
    float *const batch_normalization_gamma_gradient = m->combined + 24; /* 4 */
    combine(batch_normalization_gamma_gradient_parts, batch_normalization_gamma_gradient, 4); /* batch_normalization */
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (busy > 1)
#endif
    for (int group = 0; group < GROUPS; group++) {
        group_phase_3(step, m, group, &input, &label);
    }
    float *const batch_normalization_gamma_gradient_sums = m->partial + 72; /* 4 */
    add(batch_normalization_gamma_gradient_sums, batch_normalization_gamma_gradient, 4); /* batch_normalization/gamma */
    float *const batch_normalization_beta_gradient_sums = m->partial + 76; /* 4 */
    add(batch_normalization_beta_gradient_sums, batch_normalization_beta_gradient, 4); /* batch_normalization/beta */
    optimize(step, m, blocks);
    float *const batch_normalization_moving_mean = step->parameters + 615; /* 4 */
    move(batch_normalization_moving_mean, batch_normalization_batch_mean, 4, 0x1.fae148p-1f); /* batch_normalization/moving_mean */
    float *const batch_normalization_moving_variance = step->parameters + 619; /* 4 */
    move(batch_normalization_moving_variance, batch_normalization_batch_variance, 4, 0x1.fae148p-1f); /* batch_normalization/moving_variance */
    for (int64_t i = 0; i < blocks; i++) {
        sums->loss += m->sums[i][0];
        sums->metric[0] += m->sums[i][1];
    }
}

/* Loss and metrics in inference, summed block by block in order. */
static void evaluate_rows(const struct cnn_batch *batch, const float *prepared, float *workspace, int threads, struct cnn_sums *sums)
{
    enum { CHUNK = 64, FLOATS = 8200 };
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
/* ---- interface: graph_avx2.h describes it --------------------------------------------------------------- */

_Alignas(64) static float graph_avx2_prepared[GRAPH_AVX2_PREPARED_FLOATS];
_Alignas(64) static float predict_workspace[GRAPH_AVX2_WORKSPACE_FLOATS];

void graph_avx2_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void graph_avx2_set_parameters(const float *parameters)
{
    prepare(parameters, graph_avx2_prepared);
}

void graph_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)parameters;
    predict_one(prepared, workspace, input, output);
}

void graph_avx2_predict(const float *input, float *output)
{
    predict_one(graph_avx2_prepared, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = GRAPH_AVX2_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][8192];

void graph_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int threads = omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS;
    predict_rows(graph_avx2_prepared, &many_workspace[0][0], threads, &input, count, outputs);
}

/* ---- the model, as the runtime drives it ------------------------------------------------------------- */

static int count_threads(void)
{
    return omp_get_max_threads();
}

static int64_t many_bytes(int threads)
{
    return (int64_t)threads * 32800;
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
    {.name = "image", .type = "InputLayer", .rank = 3, .dim = {8, 8, 2},
     .parameters = 0, .multiply_adds = 0},
    {.name = "conv2d", .type = "Conv2D", .rank = 3, .dim = {8, 8, 4},
     .parameters = 72, .multiply_adds = 4608},
    {.name = "batch_normalization", .type = "BatchNormalization", .rank = 3, .dim = {8, 8, 4},
     .parameters = 16, .multiply_adds = 0},
    {.name = "activation", .type = "Activation", .rank = 3, .dim = {8, 8, 4},
     .parameters = 0, .multiply_adds = 0},
    {.name = "conv2d_1", .type = "Conv2D", .rank = 3, .dim = {8, 8, 4},
     .parameters = 148, .multiply_adds = 9216},
    {.name = "add", .type = "Add", .rank = 3, .dim = {8, 8, 4},
     .parameters = 0, .multiply_adds = 0},
    {.name = "concatenate", .type = "Concatenate", .rank = 3, .dim = {8, 8, 8},
     .parameters = 0, .multiply_adds = 0},
    {.name = "max_pooling2d", .type = "MaxPooling2D", .rank = 3, .dim = {4, 4, 8},
     .parameters = 0, .multiply_adds = 0},
    {.name = "dropout", .type = "Dropout", .rank = 3, .dim = {4, 4, 8},
     .parameters = 0, .multiply_adds = 0},
    {.name = "flatten", .type = "Flatten", .rank = 1, .dim = {128},
     .parameters = 0, .multiply_adds = 0},
    {.name = "dense", .type = "Dense", .rank = 1, .dim = {3},
     .parameters = 387, .multiply_adds = 384},
};

static const struct cnn_parameter parameters_table[] = {
    {.name = "conv2d/kernel", .rank = 4, .dim = {3, 3, 2, 4}, .offset = 0, .count = 72,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.33333333333333331, .b = 0.33333333333333331},
    {.name = "batch_normalization/gamma", .rank = 1, .dim = {4}, .offset = 72, .count = 4,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 1, .b = 0},
    {.name = "batch_normalization/beta", .rank = 1, .dim = {4}, .offset = 76, .count = 4,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "conv2d_1/kernel", .rank = 4, .dim = {3, 3, 4, 4}, .offset = 80, .count = 144,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.28867513459481287, .b = 0.28867513459481287},
    {.name = "conv2d_1/bias", .rank = 1, .dim = {4}, .offset = 224, .count = 4,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "dense/kernel", .rank = 2, .dim = {128, 3}, .offset = 228, .count = 384,
     .trainable = true, .initializer = CNN_INIT_UNIFORM, .a = -0.2140129125019265, .b = 0.2140129125019265},
    {.name = "dense/bias", .rank = 1, .dim = {3}, .offset = 612, .count = 3,
     .trainable = true, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "batch_normalization/moving_mean", .rank = 1, .dim = {4}, .offset = 615, .count = 4,
     .trainable = false, .initializer = CNN_INIT_CONSTANT, .a = 0, .b = 0},
    {.name = "batch_normalization/moving_variance", .rank = 1, .dim = {4}, .offset = 619, .count = 4,
     .trainable = false, .initializer = CNN_INIT_CONSTANT, .a = 1, .b = 0},
};

static const char *const slots[] = {"velocity"};

/* The calls of fit, one after the other. */
static const struct cnn_stage stages[] = {
    {.optimizer = "rmsprop",
     .fresh = true,
     .n_slots = 1,
     .slots = slots,
     .trained_floats = 615,
     .state_floats = 615,
     .learning_rate = 0.001,
     .validation_split = 0,
     .batch_size = 32,
     .epochs = 1,
     .shuffle = true,
     .train_bytes = count_train_bytes,
     .train_step = train_batch},
};

const struct cnn_model graph_avx2_model = {
    .abi = CNN_ABI,
    .name = "graph_avx2",
    .generator = "cnnc 0.1.0, target avx2",
    .input_rank = 3,
    .output_rank = 1,
    .input_dim = {8, 8, 2},
    .output_dim = {3},
    .input_count = 128,
    .output_count = 3,
    .label_count = 1,
    .label_is_class = true,
    .label_is_probability = false,
    .rescales = false,
    .n_layers = 11,
    .n_parameters = 9,
    .layers = layers,
    .parameters = parameters_table,
    .parameter_floats = 623,
    .trainable_floats = 615,
    .prepared_floats = 1592,
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
const struct cnn_model *const cnn_program_model = &graph_avx2_model;
#endif
