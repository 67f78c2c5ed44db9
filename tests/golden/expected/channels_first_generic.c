/* Made by cnnc 0.1.0 from tests/golden/channels_first.lua for target generic. Do not edit: change the script and make it anew.
 *
 *   conv2d (Conv2D): 4x6x6, 112 parameters
 *   max_pooling2d (MaxPooling2D): 4x3x3, 0 parameters
 *   flatten (Flatten): 36, 0 parameters
 *   dense (Dense): 2, 74 parameters
 *
 * Compile with -O3, and -fopenmp to use several cores.
 */
#include "channels_first_generic.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
    float *ws;
};

static inline int64_t row_of(const struct rows *rows, int64_t i)
{
    return rows->index ? (int64_t)rows->index[i] : rows->first + i;
}

#if defined(_OPENMP)
extern int omp_get_thread_num(void);
extern int omp_get_max_threads(void);
#else
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

/* ---- vectors of one float: plain C11 ------------------------------------------------------------
 * This is also what the names mean in every other prologue, lane by lane. NaN: vmax and vmin give their
 * second operand when either is NaN, comparisons are false. A compiler that has FMA instructions may
 * contract a*b + c unless told -ffp-contract=off (clang heeds the pragma, gcc only the flag). */

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function" /* a network needs some of these names, not all */
#endif

#define VL 1
typedef float vec;
typedef _Bool vmask;
typedef int32_t vint;

/* memory: any alignment; the _n forms touch the first n lanes, 0 <= n <= VL, and load zeros for the others */
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
static inline vec vabs(vec a) { return fabsf(a); }
static inline vec vsqrt(vec a) { return sqrtf(a); }
static inline vec vfloor(vec a) { return floorf(a); }
static inline vec vround(vec a) { return rintf(a); } /* to the nearest whole number, ties to even */

/* choice */
static inline vmask vgt(vec a, vec b) { return a > b; }
static inline vmask vge(vec a, vec b) { return a >= b; }
static inline vmask veq(vec a, vec b) { return a == b; }
static inline vec vselect(vmask m, vec a, vec b) { return m ? a : b; } /* m ? a : b */

/* across lanes: lane i meets i + VL/2, then i + VL/4, ...: one order for all targets of this VL */
static inline float vsum(vec v) { return v; }
static inline float vmaxall(vec v) { return v; }
static inline void vtranspose(vec rows[VL]) { (void)rows; } /* lane j of row i becomes lane i of row j */

/* 32-bit integers: wrap around */
static inline vint viload(const int32_t *p) { return *p; }
static inline void vistore(int32_t *p, vint v) { *p = v; }
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

/* How many samples of the batch are in a block. */
static inline int valid_lanes(int64_t block, int64_t count)
{
    return count - block * VL < VL ? (int)(count - block * VL) : VL;
}

/* ---- kernels ---------------------------------------------------------------------------------------- */

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


/* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 2 columns x 2 filters */
KERNEL static void conv2d_conv2d_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    for (int oy = 0; oy < 3; oy++) {
        for (int f = 0; f < 4; f += 2) {
            const float *restrict wf = kernel + f;
            const vec b0 = vset1(bias[f]);
            const vec b1 = vset1(bias[f + 1]);
            for (int ox = 0; ox < 6; ox += 2) {
                vec a0_0_0 = b0, a0_0_1 = b1, a0_1_0 = b0, a0_1_1 = b1, a1_0_0 = b0, a1_0_1 = b1;
                vec a1_1_0 = b0, a1_1_1 = b1;
                for (int i = 0; i < 3; i++) {
                    const int iy0 = oy * 2 + i;
                    const int iy1 = oy * 2 + 1 + i;
                    const float *restrict x0 = x + (iy0 * 8 + ox) * 3;
                    const float *restrict x1 = x + (iy1 * 8 + ox) * 3;
                    const float *restrict w = wf + i * 36;
                    for (int c = 0; c < 3; c++) {
                        {
                            const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
                            { const vec v = vload(x0); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 3); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 3); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        {
                            const vec w0 = vset1(w[12]), w1 = vset1(w[13]);
                            { const vec v = vload(x0 + 3); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 6); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1 + 3); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 6); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        {
                            const vec w0 = vset1(w[24]), w1 = vset1(w[25]);
                            { const vec v = vload(x0 + 6); a0_0_0 = vfma(v, w0, a0_0_0); a0_0_1 = vfma(v, w1, a0_0_1); }
                            { const vec v = vload(x0 + 9); a0_1_0 = vfma(v, w0, a0_1_0); a0_1_1 = vfma(v, w1, a0_1_1); }
                            { const vec v = vload(x1 + 6); a1_0_0 = vfma(v, w0, a1_0_0); a1_0_1 = vfma(v, w1, a1_0_1); }
                            { const vec v = vload(x1 + 9); a1_1_0 = vfma(v, w0, a1_1_0); a1_1_1 = vfma(v, w1, a1_1_1); }
                        }
                        x0 += 1;
                        x1 += 1;
                        w += 4;
                    }
                }
                {
                    vec most = a0_0_0;
                    most = vmax(a0_1_0, most);
                    most = vmax(a1_0_0, most);
                    most = vmax(a1_1_0, most);
                    vstore(y + (oy * 3 + ox / 2) * 4 + f, vmax(vzero(), most));
                }
                {
                    vec most = a0_0_1;
                    most = vmax(a0_1_1, most);
                    most = vmax(a1_0_1, most);
                    most = vmax(a1_1_1, most);
                    vstore(y + (oy * 3 + ox / 2) * 4 + f + 1, vmax(vzero(), most));
                }
            }
        }
    }
}


/* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 2 filters */
KERNEL static void dense_one(const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y)
{
    const float *restrict wf = kernel;
    const vec b0 = vset1(bias[0]);
    const vec b1 = vset1(bias[1]);
    vec a0_0 = b0, a0_1 = b1;
    const int iy0 = 0;
    const float *restrict x0 = x + iy0 * 36;
    const float *restrict w = wf;
    for (int c = 0; c < 36; c++) {
        {
            const vec w0 = vset1(w[0]), w1 = vset1(w[1]);
            { const vec v = vload(x0); a0_0 = vfma(v, w0, a0_0); a0_1 = vfma(v, w1, a0_1); }
        }
        x0 += 1;
        w += 2;
    }
    vstore(y + 0 * 2, vsigmoid(a0_0));
    vstore(y + 0 * 2 + 1, vsigmoid(a0_1));
}


/* input 3x8x8: rows of the caller, made sample-innermost */
KERNEL static void load_input_192(const struct rows *rows, int64_t block, float *restrict x)
{
    const int valid = valid_lanes(block, rows->count);
    if (rows->bytes) {
        const uint8_t *row[VL];
        for (int l = 0; l < VL; l++) {
            row[l] = (const uint8_t *)rows->values + 192 * row_of(rows, block * VL + (l < valid ? l : 0));
        }
        for (int i = 0; i < 192; i++)
            for (int l = 0; l < VL; l++)
                x[i * VL + l] = (float)row[l][i] * 0x1.010102p-8f;
        return;
    }
    const float *row[VL];
    for (int l = 0; l < VL; l++) {
        row[l] = (const float *)rows->values + 192 * row_of(rows, block * VL + (l < valid ? l : 0));
    }
    for (int i = 0; i < 192; i++)
        for (int l = 0; l < VL; l++)
            x[i * VL + l] = row[l][i];
}

/* ---- programs: the kernels in order --------------------------------------------------------------- */

/* One sample. */
static void predict_one(const float *parameters, float *ws, const float *input, float *output)
{
    /* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
    float *const conv2d_permute = ws; /* 8x8x3 */
    conv2d_one(input, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 2 columns x 2 filters */
    const float *const conv2d_kernel = parameters; /* 3x3x3x4 */
    const float *const conv2d_bias = parameters + 108; /* 4 */
    float *const conv2d = ws + 192; /* 3x3x4 */
    conv2d_conv2d_one(conv2d_permute, conv2d_kernel, conv2d_bias, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 2 filters */
    const float *const dense_kernel = parameters + 112; /* 36x2 */
    const float *const dense_bias = parameters + 184; /* 2 */
    dense_one(conv2d, dense_kernel, dense_bias, output);
}

/* Stores the block's rows of output 2. */
static void store_output(const struct block *b, float *output)
{
    float *const dense = b->ws + 36; /* 2 */
    float *to = output + b->index * VL * 2;
    for (int l = 0; l < b->valid; l++)
        for (int i = 0; i < 2; i++)
            to[l * 2 + i] = dense[i * VL + l];
}

/* A block of samples: outputs. */
static void predict_block(struct block *b, const struct rows *input, float *output)
{
    float *const input_layer = b->ws; /* 3x8x8 */
    load_input_192(input, b->index, input_layer);
    /* conv2d (line 4): 3x8x8 -> permute -> 8x8x3 */
    float *const conv2d_permute = b->ws + 192; /* 8x8x3 */
    conv2d_one(input_layer, conv2d_permute);
    /* conv2d (line 4): 8x8x3 -> conv2d, add, max_pool2d, relu -> 3x3x4; tile 2 columns x 2 filters */
    const float *const conv2d_kernel = b->parameters; /* 3x3x3x4 */
    const float *const conv2d_bias = b->parameters + 108; /* 4 */
    float *const conv2d = b->ws; /* 3x3x4 */
    conv2d_conv2d_one(conv2d_permute, conv2d_kernel, conv2d_bias, conv2d);
    /* dense (line 7): 36 -> matmul, add, sigmoid -> 2; tile 1 columns x 2 filters */
    const float *const dense_kernel = b->parameters + 112; /* 36x2 */
    const float *const dense_bias = b->parameters + 184; /* 2 */
    float *const dense = b->ws + 36; /* 2 */
    dense_one(conv2d, dense_kernel, dense_bias, dense);
    store_output(b, output);
}

enum {
    MANY_FLOATS = 384 /* workspace of a thread */
};

/* Samples are shared out among at most `threads` threads, each with a workspace of its own. */
static void predict_rows(const float *parameters, float *workspace, int threads, const struct rows *input, int64_t count, float *output)
{
    const int64_t blocks = (count + VL - 1) / VL;
    const int chunk = blocks < 16 * threads ? 1 : 4; /* a block fetches what its successor will read */
    (void)chunk;
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads) if (blocks > 1)
#endif
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = {.index = i, .valid = valid_lanes(i, count), .parameters = parameters};
        b.ws = workspace + (size_t)omp_get_thread_num() * MANY_FLOATS;
        predict_block(&b, input, output);
    }
    (void)threads;
}
/* ---- interface: channels_first_generic.h describes it --------------------------------------------------------------- */

static const float *own_parameters; /* of channels_first_generic_set_parameters() */
_Alignas(64) static float predict_workspace[CHANNELS_FIRST_GENERIC_WORKSPACE_FLOATS];

void channels_first_generic_prepare(const float *parameters, float *prepared)
{
    (void)parameters, (void)prepared; /* it predicts with the parameters as they are */
}

void channels_first_generic_set_parameters(const float *parameters)
{
    own_parameters = parameters;
}

void channels_first_generic_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output)
{
    (void)prepared;
    predict_one(parameters, workspace, input, output);
}

void channels_first_generic_predict(const float *input, float *output)
{
    predict_one(own_parameters, predict_workspace, input, output);
}

#if defined(_OPENMP)
enum { MAX_THREADS = CHANNELS_FIRST_GENERIC_MAX_THREADS };
#else
enum { MAX_THREADS = 1 };
#endif
_Alignas(64) static float many_workspace[MAX_THREADS][384];

void channels_first_generic_predict_many(const float *inputs, float *outputs, ptrdiff_t count)
{
    const struct rows input = {.values = inputs, .count = count};
    const int threads = omp_get_max_threads() < MAX_THREADS ? omp_get_max_threads() : MAX_THREADS;
    predict_rows(own_parameters, &many_workspace[0][0], threads, &input, count, outputs);
}
