/* reference.c -- what a graph means, and how far float may be off. */
#include "verify/verify.h"

#include "pass/pass.h"

#include "../../runtime/data/data.h"

#include <math.h>
#include <string.h>

/* Runs with shaken numbers, and by how much more than the worst of them a program may be off: they err at random, and it by its
 * own order of adding. As the tests of kernels have it, and the random networks, of which none that was right was farther off. */
enum { SHAKES = 4 };
static const double SHAKE_MARGIN = 16;
/* What any number may be off, of the largest: a program rounds where the graph has nothing to compute, as behind a weight into
 * which a normalization was folded. */
static const double ROUNDING = 4.0 / (1 << 24);
/* Of another framework's outputs, which are floats themselves and come of other kernels, parts of the largest: as ONNX' own tests
 * and this project's imports are compared. */
static const double OF_OTHERS = 1e-4;

/* ---- what is watched ---- */

static struct watched watch(const struct graph *model, const char *name, const char *type,
                            const struct tensor *tensor, int64_t samples)
{
    int64_t count = shape_count(&tensor->shape);
    return (struct watched){.name = name,
                            .type = type,
                            .tensor = tensor,
                            .count = count,
                            .expected = arena_array(model->arena, samples * count + 1, sizeof(double))};
}

static void watch_all(const struct graph *model, struct reference *reference)
{
    struct arena *arena = model->arena;
    reference->outputs = arena_array(arena, model->n_outputs + 1, sizeof *reference->outputs);
    for (int i = 0; i < model->n_outputs; i++)
        reference->outputs[reference->n_outputs++] =
            watch(model, model->output_names ? model->output_names[i] : model->outputs[i]->name, "",
                  model->outputs[i], reference->samples);
    for (int i = 0; i < model->n_layers; i++)
        for (int o = 0; o < model->layers[i]->n_outputs; o++) {
            const struct layer *layer = model->layers[i];
            if (!watch_can(model, layer->outputs[o]))
                continue;
            reference->layers =
                arena_grow(arena, reference->layers, reference->n_layers, sizeof *reference->layers);
            reference->layers[reference->n_layers++] =
                watch(model, layer->name, layer->type, layer->outputs[o], reference->samples);
        }
}

void reference_keep(const struct reference *reference, struct graph *model)
{
    int count = model->n_outputs + reference->n_layers;
    struct tensor **outputs = arena_array(model->arena, count + 1, sizeof(struct tensor *));
    memcpy(outputs, model->outputs, (size_t)model->n_outputs * sizeof *outputs);
    for (int i = 0; i < reference->n_layers; i++)
        outputs[model->n_outputs + i] = model->tensors[reference->layers[i].tensor->id];
    graph_give_outputs(model, outputs, count);
}

/* ---- evaluating ---- */

static void measure(struct watched *watched, double value)
{
    if (!isfinite(value)) /* which is right, or not, but has no size */
        return;
    watched->largest = fmax(watched->largest, fabs(value));
    watched->typical += value * value;
}

static void note(struct watched *watched, const struct naive *naive, int64_t sample, uint64_t shake)
{
    const double *values = naive_value(naive, watched->tensor);
    double *expected = watched->expected + sample * watched->count;
    for (int64_t i = 0; i < watched->count && !shake; i++) {
        expected[i] = values[i];
        measure(watched, values[i]);
    }
    for (int64_t i = 0; i < watched->count && shake; i++) {
        if (!isfinite(expected[i]))
            continue;
        double off = SHAKE_MARGIN * fabs(values[i] - expected[i]);
        watched->allowed = isnan(off) ? INFINITY : fmax(watched->allowed, off);
    }
}

static bool evaluate(struct reference *reference, const double *parameters, const struct samples *samples,
                     int64_t sample, uint64_t shake)
{
    const struct graph *model = reference->model;
    const double **inputs = arena_array(model->arena, samples->n_inputs + 1, sizeof *inputs);
    for (int i = 0; i < samples->n_inputs; i++)
        inputs[i] = samples->values[i] + sample * shape_count(&samples->inputs[i]->shape);
    const struct naive_data data = {.count = 1, .inputs = inputs, .parameters = parameters, .shake = shake};
    struct naive naive;
    bool ok = naive_run(&naive, model, &data);
    for (int i = 0; ok && i < reference->n_outputs; i++)
        note(&reference->outputs[i], &naive, sample, shake);
    for (int i = 0; ok && i < reference->n_layers; i++)
        note(&reference->layers[i], &naive, sample, shake);
    naive_free(&naive);
    return ok;
}

static void finish(struct watched *watched, int64_t samples)
{
    watched->typical = sqrt(watched->typical / fmax(1, (double)(samples * watched->count)));
    watched->allowed += ROUNDING * watched->largest;
}

bool reference_of(const struct graph *model, const float *parameters, const struct samples *samples,
                  struct reference *reference)
{
    *reference = (struct reference){.model = model, .samples = samples->count};
    watch_all(model, reference);
    double *wide = arena_array(model->arena, model->parameter_floats + 1, sizeof *wide);
    for (int64_t i = 0; i < model->parameter_floats; i++)
        wide[i] = (double)parameters[i];
    for (int64_t s = 0; s < samples->count; s++)
        for (uint64_t shake = 0; shake <= SHAKES; shake++)
            if (!evaluate(reference, wide, samples, s, shake))
                return false;
    for (int i = 0; i < reference->n_outputs; i++)
        finish(&reference->outputs[i], samples->count);
    for (int i = 0; i < reference->n_layers; i++)
        finish(&reference->layers[i], samples->count);
    return true;
}

/* ---- another framework's outputs ---- */

static bool expect(struct reference *reference, struct watched *output, const char *path, const float *values,
                   int64_t count)
{
    const struct graph *model = reference->model;
    if (count != reference->samples * output->count)
        return diag_error(model->diag, (struct origin){.file = path},
                          "it has %s numbers, and the output %s has %s of each of %s samples",
                          number_text(model->arena, count), output->name, number_text(model->arena, output->count),
                          number_text(model->arena, reference->samples));
    output->largest = output->typical = 0;
    for (int64_t i = 0; i < count; i++) {
        output->expected[i] = (double)values[i];
        measure(output, output->expected[i]);
    }
    output->typical = sqrt(output->typical / fmax(1, (double)count));
    output->allowed = OF_OTHERS * output->largest;
    return true;
}

/* An array that is asked for, and what it is called. */
struct asked {
    struct arena *arena;
    const char *name, *found;
};

static void look(void *user, const char *listed)
{
    struct asked *asked = user;
    if (strcmp(listed, asked->name) == 0 ||
        (!asked->found && cnn_array_is_called(listed, strlen(listed), asked->name)))
        asked->found = arena_strdup(asked->arena, listed);
}

/* One of an archive's arrays, by the name of the output. */
static bool expect_member(struct reference *reference, struct watched *output, const char *path)
{
    struct cnn_error error;
    struct cnn_array_file in;
    struct cnn_array array = {0};
    struct asked asked = {reference->model->arena, output->name, NULL};
    if (!cnn_zip_each(path, look, &asked, &error))
        return diag_error(reference->model->diag, (struct origin){.file = path}, "%s", error.message);
    const char *name = asked.found ? asked.found : output->name;
    bool ok = cnn_array_file_open(&in, path, name, &error) && cnn_array_file_read(&in, &array);
    cnn_array_file_close(&in);
    int64_t count = ok ? in.count : 0;
    float *values = arena_array(reference->model->arena, count + 1, sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = cnn_array_value(&array, i);
    cnn_array_free(&array);
    if (!ok)
        return diag_error(reference->model->diag, (struct origin){.file = path}, "%s", error.message);
    return expect(reference, output, path, values, count);
}

bool reference_expect(struct reference *reference, const char *path, struct limits limits)
{
    const struct graph *model = reference->model;
    const struct array *array;
    if (text_ends_with(path, ".npz")) {
        for (int i = 0; i < reference->n_outputs; i++)
            if (!expect_member(reference, &reference->outputs[i], path))
                return false;
        return true;
    }
    if (reference->n_outputs != 1)
        return diag_error(model->diag, (struct origin){.file = path},
                          "the model has %d outputs: an .npz has an array for each, by its name",
                          reference->n_outputs);
    if (!import_array(model->arena, model->diag, limits, path, &array))
        return false;
    if (!array->floats)
        return diag_error(model->diag, (struct origin){.file = path}, "these are no floats");
    return expect(reference, &reference->outputs[0], path, array->floats, array->count);
}
