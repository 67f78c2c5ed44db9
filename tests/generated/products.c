/* products.c -- products over many numbers lose no digits, nor do gradients that sum as many: of equal numbers, where the
 * roundings of one long sum all go the same way. net.c is made of tests/scripts/long_products.lua. */
#include "net.h"

#include <cnnrt.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 224 * 224, STRIDED = 56 * 56, FAN = 25088, SAMPLES = 16, HEADS = 1 + 8 + 1 + 17 + 1 };
enum { OUTPUTS = HEADS + FAN + NUMBERS };

/* Of n equal numbers the partial sums are half of the last one on average, and each is rounded by at most 2^-24 of itself:
 * n/2 roundings. Products are added in runs of 1024 at most, of which there are 49; the gradient of a convolution in rows of
 * 224, or in panels of 16 columns and 16 samples at most, of which there are 4 * 56. */
#define ROUNDINGS(n) ((n) / 2 * 0x1p-24)
#define BOUND        ROUNDINGS(1024 + 49)

static int failures;

static void check(const char *what, double is, double should)
{
    int good = fabs(is - should) <= BOUND * fabs(should);
    printf("%s %s: %.9g, exactly %.9g\n", good ? "ok" : "not ok", what, is, should);
    failures += !good;
}

static float *parameter(float *parameters, const char *name)
{
    for (int i = 0; i < net_model.n_parameters; i++)
        if (strcmp(net_model.parameters[i].name, name) == 0)
            return parameters + net_model.parameters[i].offset;
    printf("not ok there is a parameter %s\n", name);
    exit(1);
}

static void fill(float *to, int count, float value)
{
    for (int i = 0; i < count; i++)
        to[i] = value;
}

static void check_outputs(const char *how, const float *outputs, double value)
{
    char text[80];
    snprintf(text, sizeof text, "%s, a product", how);
    check(text, (double)outputs[0], NUMBERS * value);
    snprintf(text, sizeof text, "%s, one of 8 products", how);
    check(text, (double)outputs[8], NUMBERS * value);
    snprintf(text, sizeof text, "%s, a softmax", how);
    check(text, (double)outputs[OUTPUTS - 1], 1.0 / NUMBERS);
}

/* With labels 0 the gradient at an output y is 2 * y / OUTPUTS, with labels 1 and y = 0 it is -2 / OUTPUTS. A step takes it
 * from a parameter that is 0. */
static void check_gradients(float *parameters, double value)
{
    const double at_zero = -2.0 / OUTPUTS;
    check("training, a product", (double)*parameter(parameters, "dot/bias"), -2.0 * NUMBERS * value / OUTPUTS);
    check("training, one of 8 products", (double)parameter(parameters, "dots/bias")[7],
          -2.0 * NUMBERS * value / OUTPUTS);
    check("the gradient over positions", (double)*parameter(parameters, "image/kernel"), -at_zero * value);
    check("the gradient of 17 filters", (double)parameter(parameters, "filters/kernel")[16], -at_zero * value);
    check("the gradient of a product over positions", (double)*parameter(parameters, "row/kernel"),
          -at_zero * value);
    check("the gradient over outputs", (double)*parameter(parameters, "one/bias"), -at_zero * FAN);
}

int main(void)
{
    float *inputs = calloc(SAMPLES, NUMBERS * sizeof *inputs), *labels = calloc(SAMPLES, OUTPUTS * sizeof *labels);
    float *outputs = calloc(SAMPLES, OUTPUTS * sizeof *outputs);
    float *parameters = calloc((size_t)net_model.parameter_floats, sizeof *parameters);
    if (!inputs || !labels || !outputs || !parameters)
        return 1;
    const float value = 0.1f;
    fill(inputs, SAMPLES * NUMBERS, value);
    fill(parameter(parameters, "dot/kernel"), NUMBERS, 1);
    fill(parameter(parameters, "dots/kernel"), NUMBERS * 8, 1);
    fill(parameter(parameters, "fan/kernel"), FAN, 1);
    net_set_parameters(parameters);
    net_predict(inputs, outputs);
    check_outputs("one sample", outputs, (double)value);
    net_predict_many(inputs, outputs, SAMPLES);
    check_outputs("16 samples", outputs + (SAMPLES - 1) * OUTPUTS, (double)value);

    for (int i = 0; i < SAMPLES; i++)
        fill(labels + i * OUTPUTS + 9, OUTPUTS - 9, 1);
    struct cnn_dataset set = {.count = SAMPLES,
                              .input_counts = {NUMBERS},
                              .label_counts = {OUTPUTS},
                              .input_elements = {CNN_FLOAT},
                              .inputs = {inputs},
                              .labels = {labels}};
    struct cnn_fit_options options = {.epochs = 1, .batch_size = SAMPLES, .learning_rate = 1};
    struct cnn_error error;
    if (!cnn_fit(&net_model, &set, NULL, &options, parameters, &error)) {
        printf("not ok trains: %s\n", error.message);
        return 1;
    }
    check_gradients(parameters, (double)value);
    return failures > 0;
}
