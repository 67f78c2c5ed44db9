/* Made by cnnc 0.1.0 from tests/golden/winograd.lua for target avx2. Do not edit: change the script and make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes. Nothing here
 * allocates memory. Functions without a workspace argument use one fixed workspace and must not run twice at once;
 * those with one may, each call with a workspace of its own. */
#ifndef WINOGRAD_AVX2_H
#define WINOGRAD_AVX2_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WINOGRAD_AVX2_INPUT_COUNT 468 /* 13x12x3 */
#define WINOGRAD_AVX2_OUTPUT_COUNT 3 /* 3 */
#define WINOGRAD_AVX2_WORKSPACE_FLOATS 71616 /* 286464 bytes to predict one sample */
#define WINOGRAD_AVX2_WORKSPACE_BYTES 286464
#define WINOGRAD_AVX2_MANY_WORKSPACE_BYTES 1256448 /* to predict many: for each thread */
#define WINOGRAD_AVX2_PREPARED_FLOATS 240696 /* parameters, packed for the kernels */
#define WINOGRAD_AVX2_PARAMETER_COUNT 153275
#ifndef WINOGRAD_AVX2_MAX_THREADS
#define WINOGRAD_AVX2_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define WINOGRAD_AVX2_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 3x3x3x32 */
#define WINOGRAD_AVX2_CONV2D_BIAS_OFFSET 864 /* conv2d/bias 32 */
#define WINOGRAD_AVX2_CONV2D_1_KERNEL_OFFSET 896 /* conv2d_1/kernel 3x3x32x40 */
#define WINOGRAD_AVX2_CONV2D_1_BIAS_OFFSET 12416 /* conv2d_1/bias 40 */
#define WINOGRAD_AVX2_CONV2D_2_KERNEL_OFFSET 12456 /* conv2d_2/kernel 3x3x40x40 */
#define WINOGRAD_AVX2_CONV2D_2_BIAS_OFFSET 26856 /* conv2d_2/bias 40 */
#define WINOGRAD_AVX2_BATCH_NORMALIZATION_GAMMA_OFFSET 26896 /* batch_normalization/gamma 40 */
#define WINOGRAD_AVX2_BATCH_NORMALIZATION_BETA_OFFSET 26936 /* batch_normalization/beta 40 */
#define WINOGRAD_AVX2_CONV2D_3_KERNEL_OFFSET 26976 /* conv2d_3/kernel 3x3x40x72 */
#define WINOGRAD_AVX2_CONV2D_3_BIAS_OFFSET 52896 /* conv2d_3/bias 72 */
#define WINOGRAD_AVX2_CONV2D_4_KERNEL_OFFSET 52968 /* conv2d_4/kernel 3x3x72x64 */
#define WINOGRAD_AVX2_CONV2D_5_KERNEL_OFFSET 94440 /* conv2d_5/kernel 3x3x64x64 */
#define WINOGRAD_AVX2_CONV2D_5_BIAS_OFFSET 131304 /* conv2d_5/bias 64 */
#define WINOGRAD_AVX2_CONV2D_6_KERNEL_OFFSET 131368 /* conv2d_6/kernel 3x3x16x64 */
#define WINOGRAD_AVX2_CONV2D_6_BIAS_OFFSET 140584 /* conv2d_6/bias 64 */
#define WINOGRAD_AVX2_CONV2D_7_KERNEL_OFFSET 140648 /* conv2d_7/kernel 1x3x64x64 */
#define WINOGRAD_AVX2_CONV2D_7_BIAS_OFFSET 152936 /* conv2d_7/bias 64 */
#define WINOGRAD_AVX2_DENSE_KERNEL_OFFSET 153000 /* dense/kernel 64x3 */
#define WINOGRAD_AVX2_DENSE_BIAS_OFFSET 153192 /* dense/bias 3 */
#define WINOGRAD_AVX2_BATCH_NORMALIZATION_MOVING_MEAN_OFFSET 153195 /* batch_normalization/moving_mean 40 */
#define WINOGRAD_AVX2_BATCH_NORMALIZATION_MOVING_VARIANCE_OFFSET 153235 /* batch_normalization/moving_variance 40 */

/* Sets the parameters: WINOGRAD_AVX2_PARAMETER_COUNT floats in the order above. They are copied. */
void winograd_avx2_set_parameters(const float *parameters);

/* Packs the parameters into an array of the caller: WINOGRAD_AVX2_PREPARED_FLOATS floats. */
void winograd_avx2_prepare(const float *parameters, float *prepared);

/* Predicts one sample. */
void winograd_avx2_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of WINOGRAD_AVX2_WORKSPACE_FLOATS floats of the caller. */
void winograd_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP. */
void winograd_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

#ifdef __cplusplus
}
#endif

#endif
