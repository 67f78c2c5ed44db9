/* Made by cnnc 0.1.0 from tests/golden/graph.lua for target avx2. Do not edit: change the script and make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes. Nothing here
 * allocates memory. Functions without a workspace argument use one fixed workspace and must not run twice at once;
 * those with one may, each call with a workspace of its own. */
#ifndef GRAPH_AVX2_H
#define GRAPH_AVX2_H

#include <stddef.h>
#include "cnnrt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GRAPH_AVX2_INPUT_COUNT 128 /* 8x8x2 */
#define GRAPH_AVX2_OUTPUT_COUNT 3 /* 3 */
#define GRAPH_AVX2_WORKSPACE_FLOATS 1024 /* 4096 bytes to predict one sample */
#define GRAPH_AVX2_WORKSPACE_BYTES 4096
#define GRAPH_AVX2_MANY_WORKSPACE_BYTES 32768 /* to predict many: for each thread */
#define GRAPH_AVX2_PREPARED_FLOATS 1592 /* parameters, packed for the kernels */
#define GRAPH_AVX2_PARAMETER_COUNT 623
#ifndef GRAPH_AVX2_MAX_THREADS
#define GRAPH_AVX2_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define GRAPH_AVX2_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 3x3x2x4 */
#define GRAPH_AVX2_BATCH_NORMALIZATION_GAMMA_OFFSET 72 /* batch_normalization/gamma 4 */
#define GRAPH_AVX2_BATCH_NORMALIZATION_BETA_OFFSET 76 /* batch_normalization/beta 4 */
#define GRAPH_AVX2_CONV2D_1_KERNEL_OFFSET 80 /* conv2d_1/kernel 3x3x4x4 */
#define GRAPH_AVX2_CONV2D_1_BIAS_OFFSET 224 /* conv2d_1/bias 4 */
#define GRAPH_AVX2_DENSE_KERNEL_OFFSET 228 /* dense/kernel 128x3 */
#define GRAPH_AVX2_DENSE_BIAS_OFFSET 612 /* dense/bias 3 */
#define GRAPH_AVX2_BATCH_NORMALIZATION_MOVING_MEAN_OFFSET 615 /* batch_normalization/moving_mean 4 */
#define GRAPH_AVX2_BATCH_NORMALIZATION_MOVING_VARIANCE_OFFSET 619 /* batch_normalization/moving_variance 4 */

/* Sets the parameters: GRAPH_AVX2_PARAMETER_COUNT floats in the order above. They are copied. */
void graph_avx2_set_parameters(const float *parameters);

/* Packs the parameters into an array of the caller: GRAPH_AVX2_PREPARED_FLOATS floats. */
void graph_avx2_prepare(const float *parameters, float *prepared);

/* Predicts one sample. */
void graph_avx2_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of GRAPH_AVX2_WORKSPACE_FLOATS floats of the caller. */
void graph_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP. */
void graph_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

/* The model, for the runtime: cnnrt.h. */
extern const struct cnn_model graph_avx2_model;

#ifdef __cplusplus
}
#endif

#endif
