/* reference.c -- random parameters and data, and what the naive interpreter makes of them. */
#include "kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* The numbers are what a float can hold, so that rounding them is no difference. */
struct random {
    uint64_t state;
};

/* Between 0 and 1 (SplitMix64). */
static double draw(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 40) / 16777216.0;
}

static void *allocate(int64_t count, size_t size)
{
    void *memory = calloc((size_t)count + 1, size);
    if (!memory)
        exit(1);
    return memory;
}

static double *widened(const float *values, int64_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (int64_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    return wide;
}

/* ---- data ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

/* Kernels keep the size of what they sum; variances are positive. */
static void draw_parameter(struct random *random, const struct parameter *parameter, float *values)
{
    int64_t count = shape_count(&parameter->shape), last = naive_last_dim(&parameter->shape);
    double size = parameter->shape.rank > 1 ? 2 / sqrt((double)(count / last)) : 0.5;
    double middle = ends_with(parameter->name, "variance") || ends_with(parameter->name, "gamma") ? 1 : 0;
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(middle + size * (2 * draw(random) - 1));
}

static void draw_inputs(struct reference *r, struct random *random, bool bytes)
{
    int64_t count = r->samples * r->input_count;
    r->inputs = allocate(count, sizeof *r->inputs);
    r->bytes = bytes ? allocate(count, sizeof *r->bytes) : NULL;
    for (int64_t i = 0; i < count; i++) {
        double x = draw(random);
        if (bytes)
            r->bytes[i] = (uint8_t)(256 * x);
        if (bytes)
            r->inputs[i] = r->model->rescales ? (float)r->bytes[i] : (float)r->bytes[i] / 255.0f;
        else
            r->inputs[i] = (float)(2 * x - 1);
    }
}

static void draw_labels(struct reference *r, struct random *random)
{
    int64_t classes = naive_last_dim(&r->model->outputs[0]->shape);
    r->labels = allocate(r->samples * r->label_count, sizeof *r->labels);
    bool numbers = strcmp(r->model->training.loss_name, "mse") == 0;
    for (int64_t i = 0; i < r->samples * r->label_count; i++) {
        double x = draw(random);
        r->labels[i] = r->model->label_is_class ? (float)floor(x * (double)classes) : (float)x;
        if (!numbers && !r->model->label_is_class && r->label_count == 1)
            r->labels[i] = x < 0.5;
    }
}

static void draw_data(struct reference *r, bool bytes)
{
    struct random random = {17};
    const struct graph *model = r->model;
    r->input_count = shape_count(&model->inputs[0]->shape);
    r->large = r->input_count > 10000;
    r->samples = r->large ? LARGE_SAMPLES : SAMPLES;
    r->output_count = shape_count(&model->outputs[0]->shape);
    r->label_count = shape_count(&model->label->shape);
    r->parameters = allocate(model->parameter_floats, sizeof *r->parameters);
    for (int i = 0; i < model->n_parameters; i++)
        draw_parameter(&random, model->parameters[i], r->parameters + model->parameters[i]->offset);
    draw_inputs(r, &random, bytes);
    draw_labels(r, &random);
    r->seed = 0x123456789abcdefu;
}

/* ---- the naive interpreter ---- */

static double *copied(const struct naive *naive, const struct tensor *tensor)
{
    if (!tensor)
        return NULL;
    int64_t count = naive->count * shape_count(&tensor->shape);
    double *values = allocate(count, sizeof *values);
    memcpy(values, naive_value(naive, tensor), (size_t)count * sizeof *values);
    return values;
}

static bool infer(struct reference *r, const struct naive_data *data, bool rewritten)
{
    struct graph *graph = graph_copy(r->model);
    struct naive naive;
    if ((rewritten && !pass_lower(graph, false)) || !naive_run(&naive, graph, data))
        return false;
    r->outputs = copied(&naive, graph->outputs[0]);
    r->losses = copied(&naive, graph->loss);
    r->metrics = copied(&naive, graph->metrics[0]);
    naive_free(&naive);
    return true;
}

static double sum(const struct naive *naive, const struct tensor *tensor)
{
    double total = 0;
    for (int64_t s = 0; tensor && s < naive->count; s++)
        total += naive_value(naive, tensor)[s];
    return total;
}

static void take_changes(const struct naive *naive, const struct graph *graph, const double *parameters,
                         double *change)
{
    memcpy(change + graph->trainable_floats, parameters + graph->trainable_floats,
           (size_t)(graph->parameter_floats - graph->trainable_floats) * sizeof *change);
    for (int i = 0; i < graph->n_gradients; i++)
        naive_gradient(naive, &graph->gradients[i], change + graph->gradients[i].parameter->offset);
    for (int i = 0; i < graph->n_updates; i++) {
        const struct update *update = &graph->updates[i];
        for (int64_t j = 0; j < shape_count(&update->parameter->shape); j++)
            change[update->parameter->offset + j] = update->momentum * parameters[update->parameter->offset + j] +
                                                    (1 - update->momentum) * naive_value(naive, update->value)[j];
    }
}

static bool train(struct reference *r, const struct naive_data *all)
{
    struct graph *graph = graph_copy(r->model);
    if (!pass_lower(graph, true) || !pass_grad(graph))
        return false;
    for (int b = 0; b < BATCHES; b++) {
        struct naive_data data = *all;
        struct naive naive;
        data.count = batch_sizes[b];
        data.training = true;
        if (!naive_run(&naive, graph, &data))
            return false;
        r->step[b].loss = sum(&naive, graph->loss);
        r->step[b].metric = sum(&naive, graph->metrics[0]);
        r->step[b].change = allocate(graph->parameter_floats, sizeof(double));
        take_changes(&naive, graph, data.parameters, r->step[b].change);
        naive_free(&naive);
    }
    return true;
}

bool reference_make(struct reference *r, const char *script, bool bytes, bool rewritten)
{
    *r = (struct reference){0};
    r->diag.arena = &r->arena;
    if (setjmp(r->arena.out_of_memory))
        return false;
    r->model = script_run(&r->arena, &r->diag, script);
    if (!r->model) {
        diag_print(&r->diag, stderr);
        return false;
    }
    draw_data(r, bytes);
    if (rewritten && !pass_simplify(r->model))
        return false;
    double *inputs = widened(r->inputs, r->samples * r->input_count),
           *labels = widened(r->labels, r->samples * r->label_count);
    double *parameters = widened(r->parameters, r->model->parameter_floats);
    struct naive_data data = {.count = r->samples,
                              .inputs = (const double *const[]){inputs},
                              .labels = labels,
                              .parameters = parameters,
                              .seed = r->seed};
    bool ok = infer(r, &data, rewritten) && (r->large || train(r, &data));
    if (!ok && r->diag.failed)
        diag_print(&r->diag, stderr);
    free(inputs);
    free(labels);
    free(parameters);
    return ok;
}

static int differ(const char *what, const double *a, const double *b, int64_t count)
{
    double largest = 1e-9;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(a[i]));
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(a[i] - b[i]) <= 1e-9 * largest)) { /* both are double, the order of operations differs */
            printf("# the passes change %s[%d] from %.12g to %.12g\n", what, (int)i, a[i], b[i]);
            return 1;
        }
    return 0;
}

int reference_compare(const struct reference *plain, const struct reference *rewritten)
{
    int wrong = differ("output", plain->outputs, rewritten->outputs, plain->samples * plain->output_count) +
                differ("loss", plain->losses, rewritten->losses, plain->samples);
    if (plain->metrics)
        wrong += differ("metric", plain->metrics, rewritten->metrics, plain->samples);
    for (int b = 0; b < BATCHES; b++)
        wrong +=
            differ("gradient", plain->step[b].change, rewritten->step[b].change, plain->model->parameter_floats);
    return wrong;
}

void reference_free(struct reference *r)
{
    free(r->inputs);
    free(r->labels);
    free(r->parameters);
    free(r->bytes);
    free(r->outputs);
    free(r->losses);
    free(r->metrics);
    for (int b = 0; b < BATCHES; b++)
        free(r->step[b].change);
    arena_free(&r->arena);
    *r = (struct reference){0};
}
