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
 * Compile with -Os.
 */
#include "lesson_small_generic.h"

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

/* ---- vectors of one float: plain C11 ------------------------------------------------------------
 * This is also what the names mean in every other prologue, lane by lane. NaN: vmax and vmin give their
 * second operand when either is NaN, comparisons are false. A compiler that has FMA instructions may
 * contract a*b + c unless told -ffp-contract=off (clang heeds the pragma, gcc only the flag). */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define VL 1
typedef float vec;
typedef int32_t vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the
 * others; vload_each has p[l / m] in lane l, of n numbers, and zeros behind: m * n <= VL */
static inline vec vload(const float *p) { return *p; }
static inline void vstore(float *p, vec v) { *p = v; }

/* arithmetic */
static inline vec vset1(float x) { return x; }
static inline vec vzero(void) { return 0.0f; }
static inline vec vadd(vec a, vec b) { return a + b; }
static inline vec vsub(vec a, vec b) { return a - b; }
static inline vec vmul(vec a, vec b) { return a * b; }
static inline vec vdiv(vec a, vec b) { return a / b; }
static inline vec vfma(vec a, vec b, vec c) { return a * b + c; }
static inline vec vfnma(vec a, vec b, vec c) { return c - a * b; }
static inline vec vmax(vec a, vec b) { return a > b ? a : b; }
static inline vec vmin(vec a, vec b) { return a < b ? a : b; }

/* 32-bit integers: wrap around */
static inline vint viadd(vint a, vint b) { return (vint)((uint32_t)a + (uint32_t)b); }
#define vishl(v, n) ((vint)((uint32_t)(v) << (n))) /* n: a constant, 1..31 */

/* between the two: the same bits, or the same value (towards zero; out of range is undefined) */
static inline vint vcast_int(vec v) { vint i; memcpy(&i, &v, sizeof i); return i; }
static inline vec vcast_float(vint i) { vec v; memcpy(&v, &i, sizeof v); return v; }

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

/* ---- kernels ---------------------------------------------------------------------------------------- */

/* conv2d (line 2): 5x5x1x8 -> pack -> 8x25x1
 * conv2d_1 (line 4): 3x3x8x16 -> pack -> 16x72x1
 * dense (line 8): 400x10 -> pack -> 10x400x1 */
KERNEL static void shared_pack(const float *restrict x, float *restrict y, int width, int height)
{
    for (int c = 0; c < width; c++) {
        for (int r = 0; r < height; r++)
            *y++ = x[r * width + c];
    }
}

/* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8
 * conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16 */
KERNEL static void shared_conv2d(const float *restrict x, const float *restrict kernel, const float *restrict bias,
                                 float *restrict y, int out_rows, int out_columns, int x_row, int x_column,
                                 int window_rows, int filters, int run)
{
    for (int oy = 0; oy < out_rows; oy++) {
        for (int ox = 0; ox < out_columns; ox++) {
            const float *first = kernel, *w = first;
            for (int f = 0; f < filters; f++) {
                vec max = vset1(-INFINITY);
                for (int p = 0; p < 2; p++) {
                    for (int q = 0; q < 2; q++) {
                        vec sum = vset1(bias[f]);
                        w = first;
                        for (int i = 0; i < window_rows; i++) {
                            const float *from = x + (oy * 2 + p + i) * x_row + (ox * 2 + q) * x_column;
                            for (int n = 0; n < run; n++, w++)
                                sum = vfma(vload(from + n), vset1(*w), sum);
                        }
                        max = vmax(sum, max);
                    }
                }
                first = w;
                vstore(y, vmax(vzero(), max));
                y += VL;
            }
        }
    }
}

/* dense (line 8): 400 -> matmul, add -> 10 */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias,
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

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* Folds and packs parameters as the kernels of prediction read them. */
static void prepare(const float *parameters, float *prepared)
{
    /* conv2d (line 2): 5x5x1x8 -> pack -> 8x25x1 */
    const float *const conv2d_kernel = parameters; /* 5x5x1x8 */
    float *const conv2d_kernel_pack = prepared; /* 8x25x1 */
    shared_pack(conv2d_kernel, conv2d_kernel_pack, 8, 25);
    /* conv2d_1 (line 4): 3x3x8x16 -> pack -> 16x72x1 */
    const float *const conv2d_1_kernel = parameters + 208; /* 3x3x8x16 */
    float *const conv2d_1_kernel_pack = prepared + 200; /* 16x72x1 */
    shared_pack(conv2d_1_kernel, conv2d_1_kernel_pack, 16, 72);
    /* dense (line 8): 400x10 -> pack -> 10x400x1 */
    const float *const dense_kernel = parameters + 1376; /* 400x10 */
    float *const dense_kernel_pack = prepared + 1352; /* 10x400x1 */
    shared_pack(dense_kernel, dense_kernel_pack, 10, 400);
}

/* One sample. */
static void predict_one(const float *parameters, const float *prepared, float *ws, const float *input,
                        float *output)
{
    /* conv2d (line 2): 28x28x1 -> conv2d, add, max_pool2d, relu -> 12x12x8 */
    const float *const conv2d_kernel_pack = prepared; /* 8x25x1 */
    const float *const conv2d_bias = parameters + 200; /* 8 */
    float *const conv2d = ws; /* 12x12x8 */
    shared_conv2d(input, conv2d_kernel_pack, conv2d_bias, conv2d, 12, 12, 28, 1, 5, 8, 5);
    /* conv2d_1 (line 4): 12x12x8 -> conv2d, add, max_pool2d, relu -> 5x5x16 */
    const float *const conv2d_1_kernel_pack = prepared + 200; /* 16x72x1 */
    const float *const conv2d_1_bias = parameters + 1360; /* 16 */
    float *const conv2d_1 = ws + 1152; /* 5x5x16 */
    shared_conv2d(conv2d, conv2d_1_kernel_pack, conv2d_1_bias, conv2d_1, 5, 5, 96, 8, 3, 16, 24);
    /* dense (line 8): 400 -> matmul, add -> 10 */
    const float *const dense_kernel_pack = prepared + 1352; /* 10x400x1 */
    const float *const dense_bias = parameters + 5376; /* 10 */
    float *const dense_add = ws; /* 10 */
    dense_one(conv2d_1, dense_kernel_pack, dense_bias, dense_add);
    /* dense (line 8): 10 -> softmax -> 10 */
    dense_softmax_one(dense_add, output);
}

/* ---- interface: lesson_small_generic.h describes it ---------------------------------------------------------- */

_Alignas(64) static float lesson_small_generic_prepared[LESSON_SMALL_GENERIC_PREPARED_FLOATS];
static const float *own_parameters; /* of lesson_small_generic_set_parameters() */
_Alignas(64) static float predict_workspace[LESSON_SMALL_GENERIC_WORKSPACE_FLOATS];

void lesson_small_generic_prepare(const float *parameters, float *prepared)
{
    prepare(parameters, prepared);
}

void lesson_small_generic_set_parameters(const float *parameters)
{
    prepare(parameters, lesson_small_generic_prepared);
    own_parameters = parameters;
}

void lesson_small_generic_predict_with(const float *parameters, const float *prepared, float *workspace,
                                       const float *input, float *output)
{
    predict_one(parameters, prepared, workspace, input, output);
}

void lesson_small_generic_predict(const float *input, float *output)
{
    predict_one(own_parameters, lesson_small_generic_prepared, predict_workspace, input, output);
}

void lesson_small_generic_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        lesson_small_generic_predict(inputs + i * 784, outputs + i * 10);
}
