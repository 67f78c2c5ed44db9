/* reference.c -- what the naive interpreter makes of a network with random parameters and data, also in training.
 */
#include "kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

static void draw_inputs(struct reference *r, struct random *random, bool bytes)
{
    int64_t count = r->samples * r->input_count;
    enum element element = r->model->inputs[0]->element;
    bytes = bytes && element == ELEMENT_FLOAT;
    r->inputs = data_allocate(count, sizeof *r->inputs);
    r->bytes = bytes ? data_allocate(count, sizeof *r->bytes) : NULL;
    for (int64_t i = 0; i < count; i++) {
        if (!bytes) {
            r->inputs[i] = data_draw_input(random, element, r->model->inputs[0]->indices);
            continue;
        }
        double x = data_draw(random);
        r->bytes[i] = (uint8_t)(256 * x);
        r->inputs[i] = r->model->inputs[0]->rescales ? (float)r->bytes[i] : (float)r->bytes[i] / 255.0f;
    }
    r->own = data_encoded(r->inputs, count, element);
}

static void draw_labels(struct reference *r, struct random *random)
{
    int64_t classes = naive_last_dim(&r->model->outputs[0]->shape);
    r->labels = data_allocate(r->samples * r->label_count, sizeof *r->labels);
    const char *loss = r->model->labels[0].loss;
    bool numbers = strstr(loss, "crossentropy") == NULL, binary = strcmp(loss, "binary_crossentropy") == 0;
    for (int64_t i = 0; i < r->samples * r->label_count; i++) {
        double x = data_draw(random);
        r->labels[i] = r->model->labels[0].is_class ? (float)floor(x * (double)classes) : (float)x;
        if (!numbers && !r->model->labels[0].is_class && (r->label_count == 1 || (binary && i % 2 == 0)))
            r->labels[i] = x < 0.5; /* binary accuracy meets no others */
    }
}

/* Of large inputs. */
static void keep_few(struct plan *plan)
{
    for (int b = 0; b < BATCHES; b++)
        if (plan->batch_sizes[b] > LARGE_SAMPLES)
            plan->batch_sizes[b] = LARGE_SAMPLES;
    plan->many_rows = 0;
}

static void draw_data(struct reference *r)
{
    struct random random = {r->plan.seed};
    const struct graph *model = r->model;
    r->input_count = shape_count(&model->inputs[0]->shape);
    r->large = r->input_count > 10000;
    for (int i = 0; i < r->model->n_metrics; i++)
        r->metric_count += shape_count(&r->model->metrics[i]->shape);
    if (r->large)
        keep_few(&r->plan);
    r->samples = r->plan.batch_sizes[BATCHES - 1];
    r->output_count = shape_count(&model->outputs[0]->shape);
    r->label_count = shape_count(&model->labels[0].tensor->shape);
    r->parameters = data_allocate(model->parameter_floats, sizeof *r->parameters);
    data_draw_parameters(&random, model, r->parameters);
    draw_inputs(r, &random, r->plan.bytes);
    draw_labels(r, &random);
    r->wide_inputs = data_widened(r->inputs, r->samples * r->input_count);
    r->wide_labels = data_widened(r->labels, r->samples * r->label_count);
    r->seed = 0x123456789abcdefu;
}

struct cnn_batch reference_batch(const struct reference *r, int64_t count)
{
    static const enum cnn_element elements[] = {
        [ELEMENT_FLOAT] = CNN_FLOAT, [ELEMENT_BYTE] = CNN_BYTE, [ELEMENT_INT32] = CNN_INT32};
    return (struct cnn_batch){.inputs = {r->bytes ? r->bytes : r->own},
                              .input_elements = {r->bytes ? CNN_BYTE : elements[r->model->inputs[0]->element]},
                              .labels = {r->labels},
                              .count = count};
}

const void *reference_input(const struct reference *r, int64_t sample)
{
    return (const char *)r->own + sample * tensor_bytes(r->model->inputs[0]);
}

/* ---- the naive interpreter ---- */

static bool run(const struct reference *r, const struct graph *graph, struct naive_data data,
                const float *parameters, struct naive *naive)
{
    double *wide = data_widened(parameters, r->model->parameter_floats);
    data.inputs = (const double *const[]){r->wide_inputs};
    data.labels = r->wide_labels;
    data.parameters = wide;
    data.seed = r->seed;
    bool ok = naive_run(naive, graph, &data);
    free(wide);
    return ok;
}

/* The metrics' numbers, sample by sample. */
static double *metrics_of(const struct reference *r, const struct naive *naive, const struct graph *graph)
{
    double *all = data_allocate(naive->count * r->metric_count, sizeof(double));
    int64_t first = 0;
    for (int i = 0; i < graph->n_metrics; i++) {
        int64_t count = shape_count(&graph->metrics[i]->shape);
        for (int64_t s = 0; s < naive->count; s++)
            memcpy(all + s * r->metric_count + first, naive_value(naive, graph->metrics[i]) + s * count,
                   (size_t)count * sizeof *all);
        first += count;
    }
    return all;
}

static bool infer(const struct reference *r, uint64_t shake, struct inference_result *result)
{
    struct graph *graph = graph_copy(r->model);
    struct naive naive = {0};
    bool ok = (!r->plan.rewritten || data_rewrite_prediction(graph)) &&
              run(r, graph, (struct naive_data){.count = r->samples, .shake = shake}, r->parameters, &naive);
    if (ok)
        *result =
            (struct inference_result){data_copied(&naive, graph->outputs[0]), data_copied(&naive, graph->loss),
                                      metrics_of(r, &naive, graph), naive.largest};
    /* What the loss gets for parameters is a part of each sample's mean. */
    for (int s = 0; ok && graph->penalty && s < r->samples; s++)
        result->losses[s] += *naive_value(&naive, graph->penalty);
    naive_free(&naive);
    return ok;
}

static double sum(const struct naive *naive, const struct tensor *tensor)
{
    double total = 0;
    for (int64_t s = 0; s < naive->count; s++)
        total += naive_value(naive, tensor)[s];
    return total;
}

static double *metric_sums(const struct reference *r, const struct naive *naive, const struct graph *graph)
{
    double *all = metrics_of(r, naive, graph);
    for (int64_t i = r->metric_count; i < naive->count * r->metric_count; i++)
        all[i % r->metric_count] += all[i];
    return all;
}

bool is_trained(const struct parameter *parameter) { return parameter->trainable && !parameter->frozen; }

static void take_changes(const struct naive *naive, const struct graph *graph, const float *parameters,
                         double *change)
{
    for (int i = 0; i < graph->n_parameters; i++) {
        const struct parameter *parameter = graph->parameters[i];
        for (int64_t j = 0; !is_trained(parameter) && j < shape_count(&parameter->shape); j++)
            change[parameter->offset + j] = (double)parameters[parameter->offset + j];
    }
    for (int i = 0; i < graph->n_gradients; i++)
        naive_gradient(naive, &graph->gradients[i], change + graph->gradients[i].parameter->offset);
    for (int i = 0; i < graph->n_updates; i++) {
        const struct update *update = &graph->updates[i];
        double *moving = change + update->parameter->offset;
        for (int64_t j = 0; j < shape_count(&update->parameter->shape); j++)
            moving[j] =
                update->momentum * moving[j] + (1 - update->momentum) * naive_value(naive, update->value)[j];
    }
}

/* Adds the slope of what the loss gets for the parameters to their gradients; returns that. */
static double take_penalties(const struct graph *graph, const float *parameters, double *change)
{
    double penalty = 0;
    for (int i = 0; i < graph->n_gradients; i++) {
        const struct parameter *p = graph->gradients[i].parameter;
        for (int64_t j = p->offset; j < p->offset + shape_count(&p->shape); j++) {
            double w = (double)parameters[j];
            penalty += p->l1 * fabs(w) + p->l2 * w * w;
            change[j] += p->l1 * (w > 0 ? 1 : w < 0 ? -1 : 0) + 2 * p->l2 * w;
        }
    }
    return penalty;
}

static void take_predictions(const struct naive *naive, const struct graph *graph, struct step_result *result)
{
    const struct tensor *predictions = graph->loss->producer->in[0];
    const double *values = naive_value(naive, predictions);
    result->min = result->max = values[0];
    for (int64_t i = 1; i < naive->count * shape_count(&predictions->shape); i++) {
        result->min = fmin(result->min, values[i]);
        result->max = fmax(result->max, values[i]);
    }
}

bool reference_step(const struct reference *r, const float *parameters, int64_t batch, uint64_t step,
                    uint64_t shake, struct step_result *result)
{
    struct naive naive;
    struct naive_data data = {.count = batch, .training = true, .step = step, .shake = shake};
    if (!run(r, r->training, data, parameters, &naive))
        return false;
    *result = (struct step_result){.loss = sum(&naive, r->training->loss),
                                   .metrics = metric_sums(r, &naive, r->training),
                                   .change = data_allocate(r->model->parameter_floats, sizeof(double)),
                                   .largest = naive.largest};
    take_predictions(&naive, r->training, result);
    take_changes(&naive, r->training, parameters, result->change);
    result->loss += (double)batch * take_penalties(r->training, parameters, result->change);
    if (r->training->penalty)
        result->loss += (double)batch * *naive_value(&naive, r->training->penalty);
    naive_free(&naive);
    return true;
}

bool reference_turn(struct reference *r, int stage)
{
    r->stage = &r->model->training.stages[stage];
    for (int i = 0; i < r->model->n_parameters; i++)
        r->model->parameters[i]->frozen = stage_freezes(r->stage, r->model->parameters[i]);
    for (int i = 0; i < r->model->n_tensors; i++)
        if (r->model->tensors[i]->role == ROLE_PARAMETER)
            r->model->tensors[i]->frozen = r->model->tensors[i]->parameter->frozen;
    r->training = graph_copy(r->model);
    return pass_lower(r->training, true) && pass_grad(r->training);
}

static bool train(struct reference *r)
{
    if (!reference_turn(r, 0))
        return false;
    for (int b = 0; b < BATCHES; b++)
        if (!reference_step(r, r->parameters, r->plan.batch_sizes[b], 0, 0, &r->step[b]))
            return false;
    return true;
}

/* ---- what rounding does ---- */

static bool shake_inference(struct reference *r, uint64_t shake)
{
    struct inference_result shaken;
    if (!infer(r, shake, &shaken))
        return false;
    const struct inference_result *exact = &r->inference;
    for (int64_t s = 0; s < r->samples; s++) {
        data_widen_slack(&r->slack.outputs[s], exact->outputs + s * r->output_count,
                         shaken.outputs + s * r->output_count, r->output_count);
        data_widen_slack(&r->slack.losses[s], &exact->losses[s], &shaken.losses[s], 1);
    }
    for (int64_t i = 0; i < r->samples * r->metric_count; i++)
        data_widen_slack(&r->slack.metrics[i], &exact->metrics[i], &shaken.metrics[i], 1);
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
        data_widen_slack(&slack->loss, &exact->loss, &shaken.loss, 1);
        for (int64_t i = 0; i < r->metric_count; i++)
            data_widen_slack(&slack->metrics[i], &exact->metrics[i], &shaken.metrics[i], 1);
        for (int i = 0; i < r->model->n_parameters; i++) {
            const struct parameter *parameter = r->model->parameters[i];
            data_widen_slack(&slack->changes[i], exact->change + parameter->offset,
                             shaken.change + parameter->offset, shape_count(&parameter->shape));
        }
        free(shaken.change);
        free(shaken.metrics);
    }
    return true;
}

static bool shake(struct reference *r)
{
    r->slack.outputs = data_allocate(r->samples, sizeof(double));
    r->slack.losses = data_allocate(r->samples, sizeof(double));
    r->slack.metrics = data_allocate(r->samples * r->metric_count, sizeof(double));
    for (int i = 1; i <= r->plan.shakes; i++)
        if (!shake_inference(r, (uint64_t)i))
            return false;
    for (int b = 0; b < BATCHES; b++) {
        r->slack.step[b].metrics = data_allocate(r->metric_count, sizeof(double));
        r->slack.step[b].changes = data_allocate(r->model->n_parameters, sizeof(double));
        if (!r->large &&
            !reference_step_slack(r, r->parameters, r->plan.batch_sizes[b], 0, &r->step[b], &r->slack.step[b]))
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
    r->model = script_run(&r->arena, &r->diag, script, limits_default);
    bool ok = r->model && r->model->n_labels > 0; /* else the script compiles nothing */
    if (ok)
        draw_data(r);
    ok = ok && (!plan->rewritten || pass_simplify(r->model)) && infer(r, 0, &r->inference) &&
         ((r->large && !plan->trains_large) || train(r)) && shake(r);
    if (!ok && r->diag.failed)
        diag_print(&r->diag, stderr);
    return ok;
}

int reference_compare(const struct reference *plain, const struct reference *rewritten)
{
    const struct inference_result *a = &plain->inference, *b = &rewritten->inference;
    int wrong = data_differ("output", a->outputs, b->outputs, plain->samples * plain->output_count) +
                data_differ("loss", a->losses, b->losses, plain->samples) +
                data_differ("metric", a->metrics, b->metrics, plain->samples * plain->metric_count);
    for (int i = 0; i < BATCHES; i++)
        wrong += data_differ("gradient", plain->step[i].change, rewritten->step[i].change,
                             plain->model->parameter_floats);
    return wrong;
}

void reference_free(struct reference *r)
{
    free(r->inputs);
    free(r->own);
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
        free(r->step[b].metrics);
        free(r->slack.step[b].metrics);
        free(r->slack.step[b].changes);
    }
    arena_free(&r->arena);
    *r = (struct reference){0};
}
