/* sums.c -- sums over many positions lose no digits: of equal numbers, where the roundings of one long sum all go the same
 * way. net.c is made of tests/scripts/long_sums.lua. */
#include "net.h"

#include <cnnrt.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POSITIONS = 120 * 120, OUTPUTS = POSITIONS + 1 };

/* Of n equal numbers the partial sums are half of the last one on average, and each is rounded by at most 2^-24 of itself:
 * n/2 roundings. Batch normalization adds three levels of at most 32, others two of at most 1024 and 15; a pool adds 120
 * rows of 120. One long sum errs by more than 1e-4 here. */
#define ROUNDINGS(n) ((n) / 2 * 0x1p-24)

static int failures;

static void check(const char *what, double is, double should, double bound)
{
    int good = fabs(is - should) <= bound * fabs(should);
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

int main(void)
{
    static float inputs[POSITIONS], labels[OUTPUTS], outputs[OUTPUTS];
    float *parameters = calloc((size_t)net_model.parameter_floats, sizeof *parameters);
    if (!parameters)
        return 1;
    const float value = 0.1f;
    for (int i = 0; i < POSITIONS; i++)
        inputs[i] = value;
    *parameter(parameters, "conv2d/kernel") = 1;
    net_set_parameters(parameters);
    net_predict(inputs, outputs);
    check("the mean of a pool", (double)outputs[POSITIONS], (double)value, ROUNDINGS(120 + 120));

    /* The loss is about 1/OUTPUTS * sum of (0 - 1)^2, and its gradient at the bias -2 * POSITIONS / OUTPUTS. */
    for (int i = 0; i < OUTPUTS; i++)
        labels[i] = 1;
    struct cnn_dataset set = {.count = 1,
                              .input_counts = {POSITIONS},
                              .label_counts = {OUTPUTS},
                              .input_elements = {CNN_FLOAT},
                              .inputs = {inputs},
                              .labels = {labels}};
    struct cnn_fit_options options = {.epochs = 1, .batch_size = 1, .learning_rate = 1};
    struct cnn_error error;
    if (!cnn_fit(&net_model, &set, NULL, &options, parameters, &error)) {
        printf("not ok trains: %s\n", error.message);
        return 1;
    }
    check("the mean of a batch", (double)*parameter(parameters, "batch_normalization/moving_mean"), (double)value,
          ROUNDINGS(3 * 32));
    check("the gradient of a bias", (double)*parameter(parameters, "conv2d/bias"), 2.0 * POSITIONS / OUTPUTS,
          ROUNDINGS(1024 + 15));
    free(parameters);
    return failures > 0;
}
