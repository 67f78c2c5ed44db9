/* common.c -- what several commands do: threads, sets, parameters, names of rows. */
#define _POSIX_C_SOURCE 200809L
#include "program/program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Several stages may say different things, so that there are no defaults. */
static const struct cnn_stage several = {.validation_split = CNN_OF_STAGE,
                                         .initial_epoch = CNN_OF_STAGE,
                                         .steps_per_epoch = CNN_OF_STAGE,
                                         .validation_steps = CNN_OF_STAGE,
                                         .validation_freq = CNN_OF_STAGE};

struct cnn_arguments cnn_arguments_default(const struct cnn_model *model, char **argv, int *signal, FILE *out)
{
    const struct cnn_stage *stage = model->n_stages == 1 ? model->stages : &several;
    const int64_t epochs = model->n_stages == 1 ? stage->initial_epoch + stage->epochs : 0;
    const char *program = argv[0], *slash = program ? strrchr(program, '/') : NULL;
    return (struct cnn_arguments){.model = model,
                                  .program = slash     ? slash + 1
                                             : program ? program
                                                       : "net",
                                  .out = out,
                                  .words = argv,
                                  .signal = signal,
                                  .terminal = fileno(out) >= 0 && isatty(fileno(out)),
                                  .epochs = epochs,
                                  .initial_epoch = stage->initial_epoch,
                                  .early_stopping = cnn_callback_options_none(),
                                  .plateau = cnn_callback_options_none(),
                                  .model_checkpoint = cnn_callback_options_none(),
                                  .batch_size = stage->batch_size,
                                  .steps_per_epoch = stage->steps_per_epoch,
                                  .validation_steps = stage->validation_steps,
                                  .validation_freq = stage->validation_freq,
                                  .learning_rate = stage->learning_rate,
                                  .validation_split = stage->validation_split,
                                  .seed = model->seed,
                                  .save = model->save,
                                  .history = model->history,
                                  .weights = cnn_weights_place(model->weights),
                                  .verbose = -1,
                                  .top = 3,
                                  .budget = 0.5};
}

int cnn_arguments_threads(const struct cnn_arguments *arguments)
{
    return cnn_threads_or_default(arguments->model, (int)arguments->threads);
}

const char *cnn_arguments_set(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const char *prefix = arguments->set ? arguments->set : "test";
    if (strcmp(prefix, "test") == 0 || strcmp(prefix, "t10k") == 0)
        return "t10k";
    if (strcmp(prefix, "train") == 0)
        return "train";
    if (strncmp(prefix, "val", 3) == 0 && (!prefix[3] || strcmp(prefix, "validation") == 0))
        return "validation";
    cnn_fail(error, "--set wants test (or t10k), validation or train, not '%s'", prefix);
    return NULL;
}

struct cnn_set_place cnn_arguments_place(const struct cnn_arguments *arguments, const char *data,
                                         const char *prefix)
{
    struct cnn_set_place place = {.data = data, .prefix = prefix, .weights = arguments->sample_weight};
    if (arguments->has_inputs) {
        place.inputs = arguments->input_files;
        place.labels = arguments->label_files;
    }
    return place;
}

bool cnn_arguments_preprocessing(const struct cnn_arguments *arguments, const char *kept,
                                 struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    *preprocessing = (struct cnn_preprocessing){.n_classes = 0};
    if (kept && !cnn_preprocessing_load(kept, preprocessing, error))
        return false;
    preprocessing->seed = arguments->seed;
    if (arguments->scale) {
        preprocessing->scale = arguments->scale;
        preprocessing->label_scale = arguments->scale == CNN_SCALE_NONE ? CNN_SCALE_NONE : CNN_SCALE_UNKNOWN;
        preprocessing->scale_is_chosen = true;
    }
    if (!arguments->label)
        return true;
    if (strlen(arguments->label) >= sizeof preprocessing->label)
        return cnn_fail(error, "--label wants a name of at most %d characters", CNN_COLUMN_NAME - 1);
    memcpy(preprocessing->label, arguments->label, strlen(arguments->label) + 1);
    preprocessing->label_column = 0;
    preprocessing->label_is_chosen = true;
    return true;
}

/* Those of --weights stand in the place of fresh ones, of all of them without --partial. */
static bool fill_parameters(const struct cnn_arguments *arguments, const struct cnn_dataset *set, float *parameters,
                            struct cnn_error *error)
{
    const struct cnn_model *model = arguments->model;
    if (arguments->weights && !arguments->partial)
        return cnn_weights_load(model, arguments->weights, parameters, error);
    return cnn_initialise(model, arguments->seed, parameters, error) &&
           (!set ||
            (cnn_adapt(model, set, parameters, error) && cnn_weights_load_pretrained(model, parameters, error))) &&
           (!arguments->weights ||
            cnn_weights_load_some(model, arguments->weights, parameters, arguments->out, error));
}

float *cnn_arguments_parameters(const struct cnn_arguments *arguments, const struct cnn_dataset *set,
                                struct cnn_error *error)
{
    float *parameters = cnn_alloc_floats(arguments->model->parameter_floats, error);
    if (!parameters || fill_parameters(arguments, set, parameters, error))
        return parameters;
    free(parameters);
    return NULL;
}

const char *cnn_row_name(const struct cnn_names *names, int64_t row, char *text, size_t size)
{
    if (names->pictures)
        snprintf(text, size, "%s", names->pictures[row]);
    else
        snprintf(text, size, "%s[%" PRId64 "]", names->path, names->first + row);
    return text;
}
