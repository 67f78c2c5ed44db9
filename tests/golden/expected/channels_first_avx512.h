/* Made by cnnc 0.1.0 from tests/golden/channels_first.lua for target avx512. Do not edit: change the script and
 * make it anew.
 *
 * Arrays are float32, row-major, channels as the script has them; sizes are in floats unless they say bytes.
 * Nothing here allocates memory. Functions without a workspace argument use one fixed workspace and must not run
 * twice at once; those with one may, each call with a workspace of its own. */
#ifndef CHANNELS_FIRST_AVX512_H
#define CHANNELS_FIRST_AVX512_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHANNELS_FIRST_AVX512_PARAMETER_COUNT 186
/* Parameters in one array: Keras' names and shapes, and where each begins. */
#define CHANNELS_FIRST_AVX512_CONV2D_KERNEL_OFFSET 0 /* conv2d/kernel 3x3x3x4 */
#define CHANNELS_FIRST_AVX512_CONV2D_BIAS_OFFSET 108 /* conv2d/bias 4 */
#define CHANNELS_FIRST_AVX512_DENSE_KERNEL_OFFSET 112 /* dense/kernel 36x2 */
#define CHANNELS_FIRST_AVX512_DENSE_BIAS_OFFSET 184 /* dense/bias 2 */

#define CHANNELS_FIRST_AVX512_INPUT_COUNT 192 /* 3x8x8 */
#define CHANNELS_FIRST_AVX512_OUTPUT_COUNT 2 /* 2 */
#define CHANNELS_FIRST_AVX512_WORKSPACE_FLOATS 228 /* 912 bytes to predict one sample */
#define CHANNELS_FIRST_AVX512_WORKSPACE_BYTES 912
#define CHANNELS_FIRST_AVX512_MANY_WORKSPACE_BYTES 24576 /* to predict many: for each thread */
#define CHANNELS_FIRST_AVX512_PREPARED_FLOATS 1040 /* parameters, packed for the kernels */
#ifndef CHANNELS_FIRST_AVX512_MAX_THREADS
#define CHANNELS_FIRST_AVX512_MAX_THREADS 16 /* predict_many keeps a workspace for each; 1 without OpenMP */
#endif

/* Sets the parameters, which is due before anything is predicted: CHANNELS_FIRST_AVX512_PARAMETER_COUNT floats in
 * the order above. They are copied. */
void channels_first_avx512_set_parameters(const float *parameters);

/* Packs the parameters into an array of the caller: CHANNELS_FIRST_AVX512_PREPARED_FLOATS floats. */
void channels_first_avx512_prepare(const float *parameters, float *prepared);

/* Predicts one sample. */
void channels_first_avx512_predict(const float *input, float *output);

/* The same, re-entrant: parameters, what was prepared of them and a workspace of
 * CHANNELS_FIRST_AVX512_WORKSPACE_FLOATS floats of the caller. */
void channels_first_avx512_predict_with(const float *parameters, const float *prepared, float *workspace,
                                        const float *input, float *output);

/* Predicts `count` samples that lie one after the other, on all cores when compiled with OpenMP, or on one while
 * that is faster. */
void channels_first_avx512_predict_many(const float *inputs, float *outputs, ptrdiff_t count);

#ifdef __cplusplus
}
#endif

#endif
