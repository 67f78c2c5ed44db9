/* alone.c -- models of a table beside the same models returned alone: prediction, loss and what steps of training make of
 * the parameters, bit by bit. And steps of a trainer beside those of cnn_fit(). */
#include "alone_discriminator.h"
#include "alone_gan.h"
#include "alone_generator.h"
#include "dcgan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 21,
    STEPS = 3,
    MOST = 28 * 28,
    COLUMNS = DCGAN_DISCRIMINATOR_COLUMNS
}; /* 21: the last block of samples is not full */

static float values[STEPS * BATCH * MOST], labels[STEPS * BATCH];
static int failures;

static void verdict(bool ok, const char *what)
{
    printf("%s %s\n", ok ? "ok" : "not ok", what);
    failures += !ok;
}

static void draw(void)
{
    uint32_t state = 1;
    for (int i = 0; i < STEPS * BATCH * MOST; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 8) / 16777216.0f;
    }
    for (int i = 0; i < STEPS * BATCH; i++)
        labels[i] = (float)(i % 2);
}

/* The parameter of the table's models that the model alone calls `name`: without the model's own name in front. */
static const struct cnn_parameter *find(const char *prefix, const char *name)
{
    for (int i = 0; i < dcgan_gan_model.n_parameters; i++) {
        const struct cnn_parameter *parameter = &dcgan_gan_model.parameters[i];
        size_t length = strlen(prefix);
        if (strncmp(parameter->name, prefix, length) == 0 && strcmp(parameter->name + length, name) == 0)
            return parameter;
    }
    fprintf(stderr, "no parameter %s%s\n", prefix, name);
    exit(1);
}

/* Copies the parameters of a model alone from the table's, or (compare) looks whether they are the same. */
static bool copy(const struct cnn_model *alone, const char *prefix, float *own, const float *shared, bool compare)
{
    bool same = true;
    for (int i = 0; i < alone->n_parameters; i++) {
        const struct cnn_parameter *to = &alone->parameters[i], *from = find(prefix, to->name);
        size_t bytes = (size_t)to->count * sizeof(float);
        if (!compare)
            memcpy(own + to->offset, shared + from->offset, bytes);
        else if (memcmp(own + to->offset, shared + from->offset, bytes) != 0)
            same = false;
    }
    return same;
}

static bool train(const struct cnn_model *model, float *parameters, int threads, double columns[STEPS][COLUMNS])
{
    struct cnn_error error;
    struct cnn_trainer trainer;
    bool ok = cnn_trainer_open(&trainer, model, parameters, 7, threads, &error);
    for (int step = 0; ok && step < STEPS; step++) {
        const struct cnn_batch batch = {
            .inputs = {values}, .labels = {labels}, .first = step * BATCH, .count = BATCH};
        ok = cnn_train_on_batch(&trainer, &batch, columns[step], &error);
    }
    cnn_trainer_close(&trainer);
    return ok;
}

static bool same_predictions(const struct cnn_model *a, const float *of_a, const struct cnn_model *b,
                             const float *of_b)
{
    static float first[BATCH * MOST], second[BATCH * MOST];
    struct cnn_error error;
    const struct cnn_batch batch = {.inputs = {values}, .count = BATCH};
    bool ok = cnn_predict(a, &batch, of_a, 1, (float *[]){first}, &error) &&
              cnn_predict(b, &batch, of_b, 3, (float *[]){second}, &error);
    return ok && memcmp(first, second, (size_t)(BATCH * a->outputs[0].count) * sizeof(float)) == 0;
}

static void compare(const struct cnn_model *model, const struct cnn_model *alone, const char *prefix)
{
    struct cnn_error error;
    double columns[STEPS][COLUMNS] = {{0}}, own_columns[STEPS][COLUMNS] = {{0}};
    char what[200];
    float *shared = cnn_alloc_floats(model->parameter_floats, &error);
    float *own = cnn_alloc_floats(alone->parameter_floats, &error);
    bool ok = shared && own && cnn_initialise(model, 5, shared, &error);
    if (ok)
        copy(alone, prefix, own, shared, false);
    snprintf(what, sizeof what, "%s predicts as alone", model->key);
    verdict(ok && same_predictions(model, shared, alone, own), what);
    snprintf(what, sizeof what, "%s trains as alone", model->key);
    ok = ok && train(model, shared, 2, columns) && train(alone, own, 1, own_columns);
    verdict(ok && memcmp(columns, own_columns, sizeof columns) == 0 && copy(alone, prefix, own, shared, true),
            what);
    free(shared);
    free(own);
}

/* The generator is not compiled: alone its file only predicts. */
static void compare_generators(void)
{
    static float shared[DCGAN_PARAMETER_COUNT], own[ALONE_GENERATOR_PARAMETER_COUNT];
    static float first[DCGAN_GENERATOR_OUTPUT_COUNT], second[ALONE_GENERATOR_OUTPUT_COUNT];
    struct cnn_error error;
    bool ok = cnn_initialise(&dcgan_generator_model, 5, shared, &error);
    memcpy(own + ALONE_GENERATOR_DENSE_KERNEL_OFFSET, shared + DCGAN_GENERATOR_DENSE_KERNEL_OFFSET,
           (ALONE_GENERATOR_PARAMETER_COUNT - ALONE_GENERATOR_DENSE_KERNEL_OFFSET) * sizeof(float));
    for (int i = 0; i < dcgan_generator_model.n_parameters; i++) {
        const struct cnn_parameter *parameter = &dcgan_generator_model.parameters[i];
        if (strstr(parameter->name, "moving_mean"))
            memcpy(own + ALONE_GENERATOR_BATCH_NORMALIZATION_MOVING_MEAN_OFFSET, shared + parameter->offset,
                   (ALONE_GENERATOR_PARAMETER_COUNT - ALONE_GENERATOR_BATCH_NORMALIZATION_MOVING_MEAN_OFFSET) *
                       sizeof(float));
        if (strstr(parameter->name, "moving_mean"))
            break;
    }
    dcgan_generator_set_parameters(shared);
    alone_generator_set_parameters(own);
    dcgan_generator_predict(values, first);
    alone_generator_predict(values, second);
    verdict(ok && memcmp(first, second, sizeof first) == 0, "generator predicts as alone, without a trainer");
}

/* An epoch without shuffling. */
static void compare_with_fit(void)
{
    struct cnn_error error;
    double columns[STEPS][COLUMNS];
    const struct cnn_model *model = &dcgan_discriminator_model;
    float *fitted = cnn_alloc_floats(model->parameter_floats, &error);
    float *stepped = cnn_alloc_floats(model->parameter_floats, &error);
    const struct cnn_dataset set = {.count = STEPS * BATCH,
                                    .input_counts = {MOST},
                                    .label_counts = {1},
                                    .inputs = {values},
                                    .labels = {labels}};
    struct cnn_fit_options options = cnn_fit_defaults(model);
    options.batch_size = BATCH;
    options.epochs = 1;
    options.shuffle = 0;
    options.validation_split = 0;
    options.seed = 7;
    bool ok = fitted && stepped && cnn_initialise(model, 5, fitted, &error) &&
              cnn_initialise(model, 5, stepped, &error) && cnn_fit(model, &set, NULL, &options, fitted, &error) &&
              train(model, stepped, 1, columns);
    verdict(ok && memcmp(fitted, stepped, (size_t)model->parameter_floats * sizeof(float)) == 0,
            "steps of a trainer are those of fit");
    free(fitted);
    free(stepped);
}

static void check_errors(void)
{
    struct cnn_error error;
    struct cnn_trainer trainer;
    static float parameters[DCGAN_PARAMETER_COUNT];
    verdict(!cnn_trainer_open(&trainer, &dcgan_generator_model, parameters, 1, 1, &error) &&
                strstr(error.message, "compiles no loss"),
            "what is not compiled is not trained");
    cnn_trainer_close(&trainer);
    const struct cnn_batch none = {.inputs = {values}, .labels = {labels}}, bare = {.inputs = {values}, .count = 1};
    const struct cnn_batch blind = {.labels = {labels}, .count = 1};
    bool ok = cnn_trainer_open(&trainer, &dcgan_gan_model, parameters, 1, 1, &error);
    verdict(ok && !cnn_train_on_batch(&trainer, &none, NULL, &error) && strstr(error.message, "no samples"),
            "a batch has samples");
    verdict(ok && !cnn_train_on_batch(&trainer, &bare, NULL, &error) && strstr(error.message, "no labels"),
            "a batch has labels");
    verdict(ok && !cnn_train_on_batch(&trainer, &blind, NULL, &error) && strstr(error.message, "no input"),
            "a batch has inputs");
    cnn_trainer_close(&trainer);
}

int main(void)
{
    draw();
    compare(&dcgan_discriminator_model, &alone_discriminator_model, "discriminator/");
    compare(&dcgan_gan_model, &alone_gan_model, "");
    compare_generators();
    compare_with_fit();
    check_errors();
    return failures > 0;
}
