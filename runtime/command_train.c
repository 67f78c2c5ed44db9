/* command_train.c -- ./net train */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The t10k files validate, unless a part of the training rows was asked for. */
static bool read_sets(const struct cnn_arguments *arguments, struct cnn_dataset *train,
                      struct cnn_dataset *validation, struct cnn_error *error)
{
    if (!cnn_dataset_open(arguments->model, arguments->data, "train", train, error))
        return false;
    if (arguments->validation_split > 0 || !cnn_dataset_exists(arguments->data, "t10k"))
        return true;
    return cnn_dataset_open(arguments->model, arguments->data, "t10k", validation, error);
}

static bool fit(const struct cnn_arguments *arguments, const struct cnn_dataset *train,
                const struct cnn_dataset *validation, float *parameters, FILE *history_file,
                struct cnn_error *error)
{
    struct cnn_progress progress = {.out = arguments->out, .terminal = arguments->terminal};
    struct cnn_history history = {.file = history_file, .path = arguments->history};
    const struct cnn_callback callbacks[] = {{cnn_progress_call, &progress}, {cnn_history_call, &history}};
    struct cnn_fit_options options = cnn_fit_defaults(arguments->model);
    options.epochs = arguments->epochs;
    options.batch_size = arguments->batch_size;
    options.learning_rate = arguments->learning_rate;
    options.validation_split = arguments->validation_split;
    options.seed = arguments->seed;
    options.threads = cnn_arguments_threads(arguments);
    options.callbacks = callbacks;
    options.n_callbacks = history_file ? 2 : 1;
    return cnn_fit(arguments->model, train, validation->count ? validation : NULL, &options, parameters, error);
}

static bool save(const struct cnn_arguments *arguments, const float *parameters, struct cnn_error *error)
{
    if (!arguments->save)
        return true;
    if (!cnn_weights_save(arguments->model, arguments->save, parameters, error))
        return false;
    fprintf(arguments->out, "Saved %s\n", arguments->save);
    return true;
}

static bool train_and_save(const struct cnn_arguments *arguments, const struct cnn_dataset *train,
                           const struct cnn_dataset *validation, FILE *history, struct cnn_error *error)
{
    float *parameters = cnn_arguments_parameters(arguments, error);
    bool ok = parameters && fit(arguments, train, validation, parameters, history, error) &&
              save(arguments, parameters, error);
    free(parameters);
    return ok;
}

static bool run(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    struct cnn_dataset train = {0}, validation = {0};
    FILE *history = NULL;
    if (arguments->save && !cnn_weights_writable(arguments->save, error))
        return false;
    bool ok = read_sets(arguments, &train, &validation, error);
    if (ok && arguments->history && !(history = fopen(arguments->history, "w")))
        ok = cnn_fail(error, "%s: cannot be written: %s", arguments->history, strerror(errno));
    ok = ok && train_and_save(arguments, &train, &validation, history, error);
    if (history && fclose(history) != 0 && ok)
        ok = cnn_fail(error, "%s: cannot be written: %s", arguments->history, strerror(errno));
    cnn_dataset_free(&train);
    cnn_dataset_free(&validation);
    return ok;
}

const struct cnn_command cnn_command_train = {
    .name = "train",
    .about = "train the network on a folder of IDX files",
    .options = "data! weights save history epochs batch-size learning-rate validation-split seed threads",
    .run = run,
};
