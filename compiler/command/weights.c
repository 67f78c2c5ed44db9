/* weights.c -- trained parameters from a safetensors file, through the runtime's reader. */
#include "weights/weights.h"
#include "command/command.h"

#include "../../runtime/cnnrt.h"

#include <math.h>
#include <string.h>

/* An infinity or NaN has no C literal, and a network with one predicts nothing. */
static bool all_finite(const struct graph *model, const char *path, const float *parameters)
{
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        for (int64_t j = 0; j < shape_count(&parameter->shape); j++)
            if (!isfinite(parameters[parameter->offset + j])) {
                diag_error(model->diag, (struct origin){.file = path}, "%s has a number that is not finite",
                           parameter->name);
                return diag_hint(model->diag, "train again with a smaller learning rate");
            }
    }
    return true;
}

/* The model as the runtime's reader and its initializers want it. */
static struct cnn_model reader_of(const struct graph *model)
{
#define ROW(name, text) [INIT_##name] = CNN_INIT_##name,
    static const enum cnn_initializer initializers[] = {INITIALIZERS(ROW)};
#undef ROW
    struct cnn_parameter *table = arena_array(model->arena, model->n_in_memory, sizeof *table);
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        table[i] = (struct cnn_parameter){.name = parameter->name,
                                          .rank = parameter->shape.rank,
                                          .offset = parameter->offset,
                                          .count = shape_count(&parameter->shape),
                                          .initializer = initializers[parameter->initializer],
                                          .a = parameter->a,
                                          .b = parameter->b};
        for (int j = 0; j < parameter->shape.rank; j++)
            table[i].dim[j] = parameter->shape.dim[j];
    }
    return (struct cnn_model){.abi = CNN_ABI,
                              .name = model->script,
                              .parameters = table,
                              .n_parameters = model->n_in_memory,
                              .parameter_floats = model->parameter_floats};
}

static float *fail(const struct graph *model, const char *path, const struct cnn_error *error)
{
    static const char *const of_pytorch[] = {".weight", ".bias", ".running_", ".num_batches_tracked"};
    diag_error(model->diag, (struct origin){.file = path}, "%s", error->message);
    for (size_t i = 0; i < sizeof of_pytorch / sizeof *of_pytorch; i++)
        if (strstr(error->message, of_pytorch[i]))
            diag_hint(model->diag, "PyTorch calls its weights so: --layout pytorch reads them");
    if (!model->diag->hint && import_reads(path))
        diag_hint(model->diag,
                  "--layout pytorch reads PyTorch's weights, of safetensors and ONNX; `cnnc import` writes those "
                  "of a model of Keras or ONNX as safetensors, with its script");
    return NULL;
}

float *weights_read(const struct graph *model, const char *path)
{
    const struct cnn_model reader = reader_of(model);
    struct cnn_error error;
    /* Memory is asked for when the file is known to have as much. */
    if (!cnn_weights_load(&reader, path, NULL, &error))
        return fail(model, path, &error);
    float *parameters = arena_array(model->arena, model->parameter_floats, sizeof *parameters);
    if (!cnn_weights_load(&reader, path, parameters, &error))
        return fail(model, path, &error);
    return all_finite(model, path, parameters) ? parameters : NULL;
}

float *weights_fresh(const struct graph *model, uint64_t seed)
{
    const struct cnn_model reader = reader_of(model);
    float *parameters = arena_array(model->arena, model->parameter_floats, sizeof *parameters);
    struct cnn_error error;
    if (!cnn_initialise(&reader, seed, parameters, &error))
        return fail(model, model->script, &error);
    return parameters;
}

float *weights_read_some(const struct graph *model, const char *path, uint64_t seed, FILE *out)
{
    const struct cnn_model reader = reader_of(model);
    float *parameters = arena_array(model->arena, model->parameter_floats, sizeof *parameters);
    struct cnn_error error;
    if (!cnn_initialise(&reader, seed, parameters, &error) ||
        !cnn_weights_load_some(&reader, path, parameters, out, &error))
        return fail(model, path, &error);
    return all_finite(model, path, parameters) ? parameters : NULL;
}

/* Of which inputs the model was trained on pixels; "": of the only one; NULL: of none. */
static const char *inputs_of_pixels(const struct graph *model, const struct cnn_preprocessing *told)
{
    const char *list = NULL;
    bool is_only =
        model->next || model->n_inputs == 1 || !model->input_names; /* of several models the first one's */
    for (int i = 0; i < (is_only ? 1 : model->n_inputs); i++)
        if ((i == 0 ? told->scale : told->more_scales[i - 1]) == CNN_SCALE_PIXELS)
            list = is_only ? "" : arena_printf(model->arena, "%s %s", list ? list : " as", model->input_names[i]);
    return list;
}

/* Names, one after the other with a NUL behind each, as far as a comment has room for them. */
static const char *list_names(const struct graph *model, const char *names, int count)
{
    enum { MAX_NAMES = 64 };
    const char *list = "";
    for (int i = 0; i < count && i < MAX_NAMES; i++, names += strlen(names) + 1)
        list = arena_printf(model->arena, "%s%s%d %s", list, i ? ", " : "", i, names);
    if (count > MAX_NAMES)
        list = arena_printf(model->arena, "%s and %d more", list, count - MAX_NAMES);
    return list;
}

/* `what` joins what is told before. */
static const char *join(const struct graph *model, const char *text, const char *what, const char *list)
{
    return arena_printf(model->arena, "%s%s %s %s", text ? text : "", text ? ", and on the" : "the", what, list);
}

bool weights_told(const struct graph *model, const struct options *options, const char **trained_on)
{
    struct cnn_preprocessing told;
    struct cnn_error error;
    *trained_on = NULL;
    if (!options->weights || options->layout != LAYOUT_OWN) /* of the data, in our files */
        return true;
    if (!cnn_preprocessing_load(options->weights, &told, &error))
        return fail(model, options->weights, &error) != NULL;
    const char *pixels = inputs_of_pixels(model, &told), *text = NULL;
    if (pixels)
        text = arena_printf(model->arena, "pixels, 0 to 255, divided by 255%s", pixels);
    else if (told.n_columns > 0 && !options->partial)
        text = join(model, text, "columns", list_names(model, told.columns, told.n_columns));
    if (told.n_classes > 0 && !options->partial)
        text = join(model, text, "classes", list_names(model, told.classes, told.n_classes));
    *trained_on = text;
    cnn_preprocessing_free(&told);
    return true;
}

const float *weights_imported(const struct graph *model)
{
    float *parameters = arena_array(model->arena, model->parameter_floats, sizeof *parameters);
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        memcpy(parameters + parameter->offset, parameter->values,
               (size_t)shape_count(&parameter->shape) * sizeof *parameters);
    }
    return all_finite(model, model->script, parameters) ? parameters : NULL;
}

/* Writes them, as the network's program reads them. */
static bool save(const struct graph *model, const char *path, const float *parameters)
{
    const struct cnn_model reader = reader_of(model);
    struct cnn_error error;
    return cnn_weights_save(&reader, path, parameters, &error) || fail(model, path, &error);
}

bool weights_write(const struct graph *model, const char *path)
{
    const float *values = weights_imported(model);
    return values && save(model, path, values);
}

/* Of another framework's file: parameters that it does not have are fresh. */
static const float *read_foreign(const struct graph *model, const struct options *options)
{
    const struct cnn_model reader = reader_of(model);
    const struct pytorch_options pytorch = {
        .path = options->weights, .limits = options->limits, .partial = options->partial};
    float *parameters = arena_array(model->arena, model->parameter_floats, sizeof *parameters);
    struct cnn_error error;
    if (!cnn_initialise(&reader, options->seed, parameters, &error))
        return fail(model, options->weights, &error);
    bool ok = pytorch_read(model, &pytorch, parameters, stderr) && all_finite(model, options->weights, parameters);
    return ok ? parameters : NULL;
}

bool weights_find(const struct graph *model, const struct options *options, const float **parameters)
{
    const char *path = options->weights;
    *parameters = NULL;
    if (!path && !model->is_imported)
        return true;
    if (!path)
        *parameters = weights_imported(model);
    else if (options->layout == LAYOUT_PYTORCH)
        *parameters = read_foreign(model, options);
    else if (options->partial)
        *parameters = weights_read_some(model, path, options->seed, stderr);
    else
        *parameters = weights_read(model, path);
    return *parameters != NULL;
}

bool weights_embed(struct unit *unit, const struct graph *model, const float *parameters)
{
    return !parameters ||
           (embed_parameters(unit, parameters) && weights_told(model, unit->options, &unit->trained_on));
}

bool weights_convert(const struct graph *model, const struct options *options)
{
    const float *parameters;
    if (!weights_find(model, options, &parameters))
        return false;
    time_limit_set(0);
    return save(model, options->output, parameters);
}
