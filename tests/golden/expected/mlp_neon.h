/* Made by cnnc 0.1.0 from tests/golden/mlp.lua for target neon. Do not edit: change the script and make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes.
 * Nothing here allocates memory. Functions without a workspace argument use one fixed workspace and must not run
 * twice at once; those with one may, each call with a workspace of its own. */
#ifndef MLP_NEON_H
#define MLP_NEON_H

#include <stddef.h>
#include "cnnrt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MLP_NEON_PARAMETER_COUNT 110
/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define MLP_NEON_DENSE_KERNEL_OFFSET 0 /* dense/kernel 6x12 */
#define MLP_NEON_DENSE_BIAS_OFFSET 72 /* dense/bias 12 */
#define MLP_NEON_DENSE_1_KERNEL_OFFSET 84 /* dense_1/kernel 12x2 */
#define MLP_NEON_DENSE_1_BIAS_OFFSET 108 /* dense_1/bias 2 */

#define MLP_NEON_INPUT_COUNT 6 /* 6 */
#define MLP_NEON_OUTPUT_COUNT 2 /* 2 */
#define MLP_NEON_WORKSPACE_FLOATS 12 /* 48 bytes to predict one sample */
#define MLP_NEON_WORKSPACE_BYTES 48
#define MLP_NEON_MANY_WORKSPACE_BYTES 288 /* to predict many: for each thread */
#define MLP_NEON_PREPARED_FLOATS 136 /* parameters, packed for the kernels */
#ifndef MLP_NEON_MAX_THREADS
#define MLP_NEON_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Sets the parameters, which is due before anything is predicted: MLP_NEON_PARAMETER_COUNT floats in the order
 * above. They are copied. */
void mlp_neon_set_parameters(const float *parameters);

/* Packs the parameters into an array of the caller: MLP_NEON_PREPARED_FLOATS floats. */
void mlp_neon_prepare(const float *parameters, float *prepared);

/* Predicts one sample. */
void mlp_neon_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of MLP_NEON_WORKSPACE_FLOATS floats
 * of the caller. */
void mlp_neon_predict_with(const float *parameters, const float *prepared, float *workspace, const float *input,
                           float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP, or on one while
 * that is faster. */
void mlp_neon_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

/* The model, for the runtime: cnnrt.h. */
#define MLP_NEON_COLUMNS 1 /* of the log: loss */
extern const struct cnn_model mlp_neon_model;

#ifdef __cplusplus
}
#endif

#endif
