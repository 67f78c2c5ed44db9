/* Made by cnnc 0.1.0 from tests/golden/geometry.lua for target avx2. Do not edit: change the script and make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes. Nothing here
 * allocates memory. Functions without a workspace argument use one fixed workspace and must not run twice at once;
 * those with one may, each call with a workspace of its own. */
#ifndef GEOMETRY_AVX2_H
#define GEOMETRY_AVX2_H

#include <stddef.h>
#include "cnnrt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GEOMETRY_AVX2_INPUT_COUNT 440 /* 11x10x4 */
#define GEOMETRY_AVX2_OUTPUT_COUNT 3 /* 3 */
#define GEOMETRY_AVX2_WORKSPACE_FLOATS 368 /* 1472 bytes to predict one sample */
#define GEOMETRY_AVX2_WORKSPACE_BYTES 1472
#define GEOMETRY_AVX2_MANY_WORKSPACE_BYTES 21760 /* to predict many: for each thread */
#define GEOMETRY_AVX2_PREPARED_FLOATS 888 /* parameters, packed for the kernels */
#define GEOMETRY_AVX2_PARAMETER_COUNT 361
#ifndef GEOMETRY_AVX2_MAX_THREADS
#define GEOMETRY_AVX2_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define GEOMETRY_AVX2_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 4x3x2x4 */
#define GEOMETRY_AVX2_CONV2D_BIAS_OFFSET 96 /* conv2d/bias 4 */
#define GEOMETRY_AVX2_CONV2D_1_KERNEL_OFFSET 100 /* conv2d_1/kernel 2x3x4x6 */
#define GEOMETRY_AVX2_CONV2D_1_BIAS_OFFSET 244 /* conv2d_1/bias 6 */
#define GEOMETRY_AVX2_DENSE_KERNEL_OFFSET 250 /* dense/kernel 36x3 */
#define GEOMETRY_AVX2_DENSE_BIAS_OFFSET 358 /* dense/bias 3 */

/* Sets the parameters: GEOMETRY_AVX2_PARAMETER_COUNT floats in the order above. They are copied. */
void geometry_avx2_set_parameters(const float *parameters);

/* Packs the parameters into an array of the caller: GEOMETRY_AVX2_PREPARED_FLOATS floats. */
void geometry_avx2_prepare(const float *parameters, float *prepared);

/* Predicts one sample. */
void geometry_avx2_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of GEOMETRY_AVX2_WORKSPACE_FLOATS floats of the caller. */
void geometry_avx2_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP. */
void geometry_avx2_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

/* The model, for the runtime: cnnrt.h. */
extern const struct cnn_model geometry_avx2_model;

#ifdef __cplusplus
}
#endif

#endif
