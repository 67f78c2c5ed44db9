/* Made by cnnc 0.1.0 from tests/golden/geometry.lua for target generic. Do not edit: change the script and make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes. Nothing here
 * allocates memory. Functions without a workspace argument use one fixed workspace and must not run twice at once;
 * those with one may, each call with a workspace of its own. */
#ifndef GEOMETRY_GENERIC_H
#define GEOMETRY_GENERIC_H

#include <stddef.h>
#include "cnnrt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GEOMETRY_GENERIC_INPUT_COUNT 440 /* 11x10x4 */
#define GEOMETRY_GENERIC_OUTPUT_COUNT 3 /* 3 */
#define GEOMETRY_GENERIC_WORKSPACE_FLOATS 368 /* 1472 bytes to predict one sample */
#define GEOMETRY_GENERIC_WORKSPACE_BYTES 1472
#define GEOMETRY_GENERIC_MANY_WORKSPACE_BYTES 2720 /* to predict many: for each thread */
#define GEOMETRY_GENERIC_PREPARED_FLOATS 1 /* 1: nothing is prepared */
#define GEOMETRY_GENERIC_PARAMETER_COUNT 361
#ifndef GEOMETRY_GENERIC_MAX_THREADS
#define GEOMETRY_GENERIC_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define GEOMETRY_GENERIC_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 4x3x2x4 */
#define GEOMETRY_GENERIC_CONV2D_BIAS_OFFSET 96 /* conv2d/bias 4 */
#define GEOMETRY_GENERIC_CONV2D_1_KERNEL_OFFSET 100 /* conv2d_1/kernel 2x3x4x6 */
#define GEOMETRY_GENERIC_CONV2D_1_BIAS_OFFSET 244 /* conv2d_1/bias 6 */
#define GEOMETRY_GENERIC_DENSE_KERNEL_OFFSET 250 /* dense/kernel 36x3 */
#define GEOMETRY_GENERIC_DENSE_BIAS_OFFSET 358 /* dense/bias 3 */

/* Sets the parameters: GEOMETRY_GENERIC_PARAMETER_COUNT floats in the order above. They are read where they are: the array must stay as it is. */
void geometry_generic_set_parameters(const float *parameters);

/* For other targets: here the kernels read the parameters as they are, and `prepared` may be NULL. */
void geometry_generic_prepare(const float *parameters, float *prepared);

/* Predicts one sample. */
void geometry_generic_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of GEOMETRY_GENERIC_WORKSPACE_FLOATS floats of the caller. */
void geometry_generic_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input, float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP. */
void geometry_generic_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

/* The model, for the runtime: cnnrt.h. */
extern const struct cnn_model geometry_generic_model;

#ifdef __cplusplus
}
#endif

#endif
