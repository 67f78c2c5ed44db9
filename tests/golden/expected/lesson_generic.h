/* Made by cnnc 0.1.0 from examples/mnist.lua for target generic. Do not edit: change the script and make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes.
 * Nothing here allocates memory. Functions without a workspace argument use one fixed workspace and must not run
 * twice at once; those with one may, each call with a workspace of its own. */
#ifndef LESSON_GENERIC_H
#define LESSON_GENERIC_H

#include <stddef.h>
#include "cnnrt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LESSON_GENERIC_PARAMETER_COUNT 5386
/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define LESSON_GENERIC_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 5x5x1x8 */
#define LESSON_GENERIC_CONV2D_BIAS_OFFSET 200 /* conv2d/bias 8 */
#define LESSON_GENERIC_CONV2D_1_KERNEL_OFFSET 208 /* conv2d_1/kernel 3x3x8x16 */
#define LESSON_GENERIC_CONV2D_1_BIAS_OFFSET 1360 /* conv2d_1/bias 16 */
#define LESSON_GENERIC_DENSE_KERNEL_OFFSET 1376 /* dense/kernel 400x10 */
#define LESSON_GENERIC_DENSE_BIAS_OFFSET 5376 /* dense/bias 10 */

#define LESSON_GENERIC_INPUT_COUNT 784 /* 28x28x1 */
#define LESSON_GENERIC_OUTPUT_COUNT 10 /* 10 */
#define LESSON_GENERIC_WORKSPACE_FLOATS 1552 /* 6208 bytes to predict one sample */
#define LESSON_GENERIC_WORKSPACE_BYTES 6208
#define LESSON_GENERIC_MANY_WORKSPACE_BYTES 7744 /* to predict many: for each thread */
#define LESSON_GENERIC_PREPARED_FLOATS 1 /* 1: nothing is prepared */
#ifndef LESSON_GENERIC_MAX_THREADS
#define LESSON_GENERIC_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Sets the parameters, which is due before anything is predicted: LESSON_GENERIC_PARAMETER_COUNT floats in the
 * order above. They are read where they are: the array must stay as it is. */
void lesson_generic_set_parameters(const float *parameters);

/* For other targets: here the kernels read the parameters as they are, and `prepared` may be NULL. */
void lesson_generic_prepare(const float *parameters, float *prepared);

/* Predicts one sample, with OpenMP on as many threads as are found to be faster. */
void lesson_generic_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of LESSON_GENERIC_WORKSPACE_FLOATS
 * floats of the caller. With OpenMP its threads always share the work. */
void lesson_generic_predict_with(const float *parameters, const float *prepared, float *workspace,
                                 const float *input, float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP, or on one while
 * that is faster. */
void lesson_generic_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

/* The model, for the runtime: cnnrt.h. */
#define LESSON_GENERIC_COLUMNS 2 /* of the log: loss, accuracy */
extern const struct cnn_model lesson_generic_model;

#ifdef __cplusplus
}
#endif

#endif
