/* distil.c -- three steps of a student's training, beside those of PyTorch: ./distil distil.txt */
#include "distil.h"

#include <math.h>
#include <stdio.h>

enum { BATCH = 8, INPUT = DISTIL_DISTILLER_INPUT_COUNT, CLASSES = DISTIL_DISTILLER_OUTPUT_COUNT };

/* As distil.py has them. */
static void fill(float *values, int64_t count, uint32_t seed)
{
    for (int64_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = -1.0f + 2.0f * ((float)(seed >> 8) / 16777216.0f);
    }
}

/* Float against double: what three steps make of the rounding of one is far below. */
static bool is_next(FILE *expected, double got, const char *what)
{
    double wanted = NAN;
    if (fscanf(expected, "%lf", &wanted) == 1 && fabs(got - wanted) <= 1e-5 * fabs(wanted))
        return true;
    printf("# %s is %.9g, not %.9g\n", what, got, wanted);
    return false;
}

static bool train(FILE *expected, float *parameters, struct cnn_error *error)
{
    static float x[BATCH * INPUT], labels[BATCH];
    const struct cnn_batch batch = {.inputs = {x}, .labels = {labels}, .count = BATCH};
    struct cnn_trainer trainer;
    bool ok = cnn_trainer_open(&trainer, &distil_distiller_model, parameters, 1, 1, error);
    for (int i = 0; i < BATCH; i++)
        labels[i] = (float)(i % CLASSES);
    for (uint32_t step = 0; ok && step < 3; step++) {
        double columns[DISTIL_DISTILLER_COLUMNS];
        fill(x, BATCH * INPUT, step + 1);
        ok = cnn_train_on_batch(&trainer, &batch, columns, error) && is_next(expected, columns[0], "the loss");
    }
    labels[0] = CLASSES;
    ok = ok && !cnn_train_on_batch(&trainer, &batch, NULL, error); /* there is no such class */
    cnn_trainer_close(&trainer);
    return ok;
}

int main(int argc, char **argv)
{
    static float parameters[DISTIL_PARAMETER_COUNT];
    const struct cnn_model *model = &distil_distiller_model;
    struct cnn_error error = {""};
    FILE *expected = argc > 1 ? fopen(argv[1], "r") : NULL;
    for (int i = 0; i < model->n_parameters; i++)
        fill(parameters + model->parameters[i].offset, model->parameters[i].count, 100 + (uint32_t)i);
    bool ok = expected && train(expected, parameters, &error);
    for (int i = 0; ok && i < model->n_parameters; i++) {
        double sum = 0;
        for (int64_t k = 0; k < model->parameters[i].count; k++)
            sum += pow((double)parameters[model->parameters[i].offset + k], 2);
        ok = is_next(expected, sqrt(sum), model->parameters[i].name);
    }
    if (!ok)
        printf("# %s\n", error.message);
    if (expected)
        fclose(expected);
    return !ok;
}
