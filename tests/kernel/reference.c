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

static void draw_data(struct reference *r)
{
    struct random random = {r->plan.seed};
    const struct graph *model = r->model;
    r->input_count = shape_count(&model->inputs[0]->shape);
    r->large = r->input_count > 10000;
    r->samples = r->large ? LARGE_SAMPLES : r->plan.batch_sizes[BATCHES - 1];
    r->output_count = shape_count(&model->outputs[0]->shape);
    r->label_count = shape_count(&model->label->shape);
    r->parameters = allocate(model->parameter_floats, sizeof *r->parameters);
    for (int i = 0; i < model->n_parameters; i++)
        draw_parameter(&random, model->parameters[i], r->parameters + model->parameters[i]->offset);
    draw_inputs(r, &random, r->plan.bytes);
    draw_labels(r, &random);
    r->wide_inputs = widened(r->inputs, r->samples * r->input_count);
    r->wide_labels = widened(r->labels, r->samples * r->label_count);
    r->seed = 0x123456789abcdefu;
}

/* ---- the naive interpreter ---- */

static bool run(const struct reference *r, const struct graph *graph, struct naive_data data, const float *parameters,
                struct naive *naive)
{
    double *wide = widened(parameters, r->model->parameter_floats);
    data.inputs = (const double *const[]){r->wide_inputs};
    data.labels = r->wide_labels;
    data.parameters = wide;
    data.seed = r->seed;
    bool ok = naive_run(naive, graph, &data);
    free(wide);
    return ok;
}

static double *copied(const struct naive *naive, const struct tensor *tensor)
{
    if (!tensor)
        return NULL;
    int64_t count = naive->count * shape_count(&tensor->shape);
    double *values = allocate(count, sizeof *values);
    memcpy(values, naive_value(naive, tensor), (size_t)count * sizeof *values);
    return values;
}

static bool infer(const struct reference *r, uint64_t shake, struct inference_result *result)
{
    struct graph *graph = graph_copy(r->model);
    struct naive naive = {0};
    bool ok = (!r->plan.rewritten || (pass_lower(graph, false) && pass_winograd(graph, target_find("neon"), 1))) &&
              run(r, graph, (struct naive_data){.count = r->samples, .shake = shake}, r->parameters, &naive);
    if (ok)
        *result = (struct inference_result){copied(&naive, graph->outputs[0]), copied(&naive, graph->loss),
                                            copied(&naive, graph->metrics[0])};
    naive_free(&naive);
    return ok;
}

static double sum(const struct naive *naive, const struct tensor *tensor)
{
    double total = 0;
    for (int64_t s = 0; tensor && s < naive->count; s++)
        total += naive_value(naive, tensor)[s];
    return total;
}

static void take_changes(const struct naive *naive, const struct graph *graph, const float *parameters,
                         double *change)
{
    for (int64_t i = graph->trainable_floats; i < graph->parameter_floats; i++)
        change[i] = (double)parameters[i];
    for (int i = 0; i < graph->n_gradients; i++)
        naive_gradient(naive, &graph->gradients[i], change + graph->gradients[i].parameter->offset);
    for (int i = 0; i < graph->n_updates; i++) {
        const struct update *update = &graph->updates[i];
        double *moving = change + update->parameter->offset;
        for (int64_t j = 0; j < shape_count(&update->parameter->shape); j++)
            moving[j] = update->momentum * moving[j] + (1 - update->momentum) * naive_value(naive, update->value)[j];
    }
}

static void take_predictions(const struct naive *naive, const struct graph *graph, struct step_result *result)
{
    const struct tensor *predictions = graph->loss->producer->in[0];
    const double *values = naive_value(naive, predictions);
    result->least = result->most = values[0];
    for (int64_t i = 1; i < naive->count * shape_count(&predictions->shape); i++) {
        result->least = fmin(result->least, values[i]);
        result->most = fmax(result->most, values[i]);
    }
}

bool reference_step(const struct reference *r, const float *parameters, int64_t batch, uint64_t step, uint64_t shake,
                    struct step_result *result)
{
    struct naive naive;
    struct naive_data data = {.count = batch, .training = true, .step = step, .shake = shake};
    if (!run(r, r->training, data, parameters, &naive))
        return false;
    *result = (struct step_result){.loss = sum(&naive, r->training->loss),
                                   .metric = sum(&naive, r->training->metrics[0]),
                                   .change = allocate(r->model->parameter_floats, sizeof(double))};
    take_predictions(&naive, r->training, result);
    take_changes(&naive, r->training, parameters, result->change);
    naive_free(&naive);
    return true;
}

static bool train(struct reference *r)
{
    r->training = graph_copy(r->model);
    if (!pass_lower(r->training, true) || !pass_grad(r->training))
        return false;
    for (int b = 0; b < BATCHES; b++)
        if (!reference_step(r, r->parameters, r->plan.batch_sizes[b], 0, 0, &r->step[b]))
            return false;
    return true;
}

/* ---- what rounding does ---- */

/* Shaken runs err at random, a program by its own order of adding: this much more than the worst of a few such runs is
 * no error of the program. A value at a kink (relu at 0) or two rivals of a maximum that are almost equal fall to either
 * side when they are shaken, so that slack tells them too. */
static const double SHAKE_MARGIN = 16;

/* *slack at least the margin times the largest difference. */
static void widen(double *slack, const double *exact, const double *shaken, int64_t count)
{
    for (int64_t i = 0; exact && i < count; i++) {
        double off = SHAKE_MARGIN * fabs(exact[i] - shaken[i]);
        *slack = isnan(off) ? INFINITY : fmax(*slack, off);
    }
}

static bool shake_inference(struct reference *r, uint64_t shake)
{
    struct inference_result shaken;
    if (!infer(r, shake, &shaken))
        return false;
    const struct inference_result *exact = &r->inference;
    for (int64_t s = 0; s < r->samples; s++) {
        widen(&r->slack.outputs[s], exact->outputs + s * r->output_count, shaken.outputs + s * r->output_count,
              r->output_count);
        widen(&r->slack.losses[s], &exact->losses[s], &shaken.losses[s], 1);
        if (exact->metrics)
            widen(&r->slack.metrics[s], &exact->metrics[s], &shaken.metrics[s], 1);
    }
    free(shaken.outputs);
    free(shaken.losses);
    free(shaken.metrics);
    return true;
}

bool reference_step_slack(const struct reference *r, const float *parameters, int64_t batch, uint64_t step,
                          const struct step_result *exact, struct step_slack *slack)
{
    for (int shake = 1; shake <= r->plan.shakes; shake++) {
        struct step_result shaken;
        if (!reference_step(r, parameters, batch, step, (uint64_t)shake, &shaken))
            return false;
        widen(&slack->loss, &exact->loss, &shaken.loss, 1);
        widen(&slack->metric, &exact->metric, &shaken.metric, 1);
        for (int i = 0; i < r->model->n_parameters; i++) {
            const struct parameter *parameter = r->model->parameters[i];
            widen(&slack->changes[i], exact->change + parameter->offset, shaken.change + parameter->offset,
                  shape_count(&parameter->shape));
        }
        free(shaken.change);
    }
    return true;
}

static bool shake(struct reference *r)
{
    r->slack.outputs = allocate(r->samples, sizeof(double));
    r->slack.losses = allocate(r->samples, sizeof(double));
    r->slack.metrics = allocate(r->samples, sizeof(double));
    for (int i = 1; i <= r->plan.shakes; i++)
        if (!shake_inference(r, (uint64_t)i))
            return false;
    for (int b = 0; b < BATCHES; b++) {
        r->slack.step[b].changes = allocate(r->model->n_parameters, sizeof(double));
        if (!r->large && !reference_step_slack(r, r->parameters, r->plan.batch_sizes[b], 0, &r->step[b],
                                               &r->slack.step[b]))
            return false;
    }
    return true;
}

/* ---- all of it ---- */

bool reference_make(struct reference *r, const char *script, const struct plan *plan)
{
    *r = (struct reference){.plan = *plan};
    r->diag.arena = &r->arena;
    if (setjmp(r->arena.out_of_memory))
        return false;
    r->model = script_run(&r->arena, &r->diag, script);
    bool ok = r->model && r->model->label; /* else the script compiles nothing */
    if (ok)
        draw_data(r);
    ok = ok && (!plan->rewritten || pass_simplify(r->model)) && infer(r, 0, &r->inference) && (r->large || train(r)) &&
         shake(r);
    if (!ok && r->diag.failed)
        diag_print(&r->diag, stderr);
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
    const struct inference_result *a = &plain->inference, *b = &rewritten->inference;
    int wrong = differ("output", a->outputs, b->outputs, plain->samples * plain->output_count) +
                differ("loss", a->losses, b->losses, plain->samples);
    if (a->metrics)
        wrong += differ("metric", a->metrics, b->metrics, plain->samples);
    for (int i = 0; i < BATCHES; i++)
        wrong +=
            differ("gradient", plain->step[i].change, rewritten->step[i].change, plain->model->parameter_floats);
    return wrong;
}

void reference_free(struct reference *r)
{
    free(r->inputs);
    free(r->labels);
    free(r->parameters);
    free(r->bytes);
    free(r->wide_inputs);
    free(r->wide_labels);
    free(r->inference.outputs);
    free(r->inference.losses);
    free(r->inference.metrics);
    free(r->slack.outputs);
    free(r->slack.losses);
    free(r->slack.metrics);
    for (int b = 0; b < BATCHES; b++) {
        free(r->step[b].change);
        free(r->slack.step[b].changes);
    }
    arena_free(&r->arena);
    *r = (struct reference){0};
}
