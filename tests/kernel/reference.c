/* reference.c -- what the naive interpreter makes of a network with random parameters and data, also in training.
 */
#include "kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* ---- data ---- */

/* Both have their count. */
static void draw_input(struct reference *r, int number, struct random *random, bool bytes)
{
    const struct tensor *input = r->model->inputs[number];
    struct given *given = &r->inputs[number];
    int64_t count = r->samples * given->count;
    bytes = bytes && input->element == ELEMENT_FLOAT;
    given->values = data_allocate(count, sizeof *given->values);
    given->bytes = bytes ? data_allocate(count, sizeof *given->bytes) : NULL;
    for (int64_t i = 0; i < count; i++) {
        if (!bytes) {
            given->values[i] = data_draw_input(random, input->element, input->indices);
            continue;
        }
        double x = data_draw(random);
        given->bytes[i] = (uint8_t)(256 * x);
        given->values[i] = input->rescales ? (float)given->bytes[i] : (float)given->bytes[i] / 255.0f;
    }
    given->own = data_encoded(given->values, count, input->element);
    given->wide = data_widened(given->values, count);
}

static void draw_labels(struct reference *r, const struct label *label, struct random *random)
{
    struct given *given = &r->labels[label->output];
    int64_t classes = naive_last_dim(&r->model->outputs[label->output]->shape), count = r->samples * given->count;
    given->values = data_allocate(count, sizeof *given->values);
    bool numbers = strstr(label->loss, "crossentropy") == NULL,
         binary = strcmp(label->loss, "binary_crossentropy") == 0;
    for (int64_t i = 0; i < count; i++) {
        double x = data_draw(random);
        given->values[i] = label->is_class ? (float)floor(x * (double)classes) : (float)x;
        if (!numbers && !label->is_class && (given->count == 1 || (binary && i % 2 == 0)))
            given->values[i] = x < 0.5; /* binary accuracy meets no others */
        if (label->ignores && data_draw(random) < 0.3)
            given->values[i] = (float)label->ignored;
    }
    given->wide = data_widened(given->values, count);
}

/* Some samples do not count at all. */
static void draw_weights(struct reference *r, struct random *random)
{
    r->weights = data_allocate(r->samples, sizeof *r->weights);
    for (int64_t i = 0; i < r->samples; i++)
        r->weights[i] = (float)fmax(0, 2.5 * data_draw(random) - 0.25);
    r->wide_weights = data_widened(r->weights, r->samples);
}

/* Of large inputs. */
static void keep_few(struct plan *plan)
{
    for (int b = 0; b < BATCHES; b++)
        if (plan->batch_sizes[b] > LARGE_SAMPLES)
            plan->batch_sizes[b] = LARGE_SAMPLES;
    plan->many_rows = 0;
}

static void count_data(struct reference *r)
{
    const struct graph *model = r->model;
    for (int i = 0; i < model->n_inputs; i++) {
        r->inputs[i].count = shape_count(&model->inputs[i]->shape);
        r->large |= r->inputs[i].count > 10000;
    }
    for (int i = 0; i < model->n_outputs; i++)
        r->output_counts[i] = shape_count(&model->outputs[i]->shape);
    for (int i = 0; i < model->n_labels; i++)
        r->labels[model->labels[i].output].count = shape_count(&model->labels[i].tensor->shape);
    for (int i = 0; i < model->n_metrics; i++)
        r->metric_count += shape_count(&model->metrics[i]->shape);
}

static void draw_data(struct reference *r)
{
    struct random random = {r->plan.seed};
    count_data(r);
    if (r->large)
        keep_few(&r->plan);
    r->samples = r->plan.batch_sizes[BATCHES - 1];
    r->parameters = data_allocate(r->model->parameter_floats, sizeof *r->parameters);
    data_draw_parameters(&random, r->model, r->parameters);
    for (int i = 0; i < r->model->n_inputs; i++)
        draw_input(r, i, &random, r->plan.bytes);
    for (int i = 0; i < r->model->n_labels; i++)
        draw_labels(r, &r->model->labels[i], &random);
    if (r->plan.weighs)
        draw_weights(r, &random);
    r->seed = 0x123456789abcdefu;
}

struct cnn_batch reference_batch(const struct reference *r, int64_t count)
{
    static const enum cnn_element elements[] = {
        [ELEMENT_FLOAT] = CNN_FLOAT, [ELEMENT_BYTE] = CNN_BYTE, [ELEMENT_INT32] = CNN_INT32};
    struct cnn_batch batch = {.weights = r->weights, .count = count};
    for (int i = 0; i < r->model->n_inputs; i++) {
        const struct given *given = &r->inputs[i];
        batch.inputs[i] = given->bytes ? given->bytes : given->own;
        batch.input_elements[i] = given->bytes ? CNN_BYTE : elements[r->model->inputs[i]->element];
    }
    for (int i = 0; i < r->model->n_outputs; i++)
        batch.labels[i] = r->labels[i].values;
    return batch;
}

struct inputs reference_inputs(const struct reference *r, int64_t sample)
{
    struct inputs inputs = {{NULL}};
    for (int i = 0; i < r->model->n_inputs; i++)
        inputs.arrays[i] = (const char *)r->inputs[i].own + sample * tensor_bytes(r->model->inputs[i]);
    return inputs;
}

/* ---- the naive interpreter ---- */

bool reference_run(const struct reference *r, const struct graph *graph, struct naive_data data,
                   struct naive *naive)
{
    const double *inputs[ARRAYS_MAX], *labels[ARRAYS_MAX];
    for (int i = 0; i < ARRAYS_MAX; i++) {
        inputs[i] = r->inputs[i].wide;
        labels[i] = r->labels[i].wide;
    }
    data.inputs = inputs;
    data.labels = labels;
    data.weights = r->wide_weights;
    data.seed = r->seed;
    return naive_run(naive, graph, &data);
}

static bool run(const struct reference *r, const struct graph *graph, struct naive_data data,
                const float *parameters, struct naive *naive)
{
    double *wide = data_widened(parameters, r->model->parameter_floats);
    data.parameters = wide;
    bool ok = reference_run(r, graph, data, naive);
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

double *reference_losses(const struct reference *r, const struct naive *naive)
{
    double *losses = data_copied(naive, naive->graph->loss);
    double penalty = naive->graph->penalty ? *naive_value(naive, naive->graph->penalty) : 0;
    for (int64_t s = 0; losses && s < naive->count; s++)
        losses[s] = losses[s] * (r->weights && !naive->graph->loss_has_weights ? r->wide_weights[s] : 1) + penalty;
    return losses;
}

static bool infer(const struct reference *r, uint64_t shake, struct inference_result *result)
{
    struct graph *graph = graph_copy(r->model);
    struct naive naive = {0};
    bool ok = (!r->plan.rewritten || data_rewrite_prediction(graph)) &&
              run(r, graph, (struct naive_data){.count = r->samples, .shake = shake}, r->parameters, &naive);
    if (ok)
        *result = (struct inference_result){.losses = reference_losses(r, &naive),
                                            .metrics = metrics_of(r, &naive, graph),
                                            .largest = naive.largest};
    for (int i = 0; ok && i < graph->n_outputs; i++)
        result->outputs[i] = data_copied(&naive, graph->outputs[i]);
    naive_free(&naive);
    return ok;
}

static void free_inference(struct inference_result *result)
{
    for (int i = 0; i < ARRAYS_MAX; i++)
        free(result->outputs[i]);
    free(result->losses);
    free(result->metrics);
}

static double loss_sum(const struct reference *r, const struct naive *naive)
{
    double *losses = reference_losses(r, naive), sum = 0;
    for (int64_t s = 0; s < naive->count; s++)
        sum += losses[s];
    free(losses);
    return sum;
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
    result->min = 1;
    result->max = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!strstr(node->op->name, "cross_entropy"))
            continue;
        const double *values = naive_value(naive, node->in[0]);
        for (int64_t k = 0; k < naive->count * shape_count(&node->in[0]->shape); k++) {
            result->min = fmin(result->min, values[k]);
            result->max = fmax(result->max, values[k]);
        }
    }
}

bool reference_step(const struct reference *r, const float *parameters, int64_t batch, uint64_t step,
                    uint64_t shake, struct step_result *result)
{
    struct naive naive;
    struct naive_data data = {.count = batch, .training = true, .step = step, .shake = shake};
    if (!run(r, r->training, data, parameters, &naive))
        return false;
    *result = (struct step_result){.loss = loss_sum(r, &naive),
                                   .metrics = metric_sums(r, &naive, r->training),
                                   .change = data_allocate(r->model->parameter_floats, sizeof(double)),
                                   .largest = naive.largest};
    take_predictions(&naive, r->training, result);
    take_changes(&naive, r->training, parameters, result->change);
    result->loss += (double)batch * take_penalties(r->training, parameters, result->change);
    naive_free(&naive);
    return true;
}

static struct graph *constraints_of(const struct graph *model)
{
    struct graph *graph = graph_copy(model);
    graph->loss = graph->penalty = NULL;
    graph->n_metrics = 0;
    graph_forget_outputs(graph);
    return graph;
}

bool reference_constrain(const struct reference *r, const struct parameter *parameter, const double *numbers,
                         double *result)
{
    const struct tensor *value = NULL;
    for (int i = 0; i < r->constraining->n_constraints; i++)
        if (r->constraining->constraints[i].parameter == parameter)
            value = r->constraining->constraints[i].value;
    if (!value)
        return false;
    struct naive naive;
    double *all = data_allocate(r->model->parameter_floats, sizeof *all);
    size_t bytes = (size_t)shape_count(&parameter->shape) * sizeof *all;
    memcpy(all + parameter->offset, numbers, bytes);
    bool ok = reference_run(r, r->constraining, (struct naive_data){.count = 1, .parameters = all}, &naive);
    if (ok)
        memcpy(result, naive_value(&naive, value), bytes);
    naive_free(&naive);
    free(all);
    return ok;
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
    r->constraining = constraints_of(r->model);
    return pass_lower(r->training, true) && pass_grad(r->training);
}

static bool train(struct reference *r)
{
    for (int stage = r->model->training.n_stages; stage-- > 0;) /* all can be trained */
        if (!reference_turn(r, stage))
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
    for (int i = 0; i < r->model->n_outputs; i++) {
        int64_t count = r->output_counts[i];
        for (int64_t s = 0; s < r->samples; s++)
            data_widen_slack(&r->slack.outputs[i][s], exact->outputs[i] + s * count, shaken.outputs[i] + s * count,
                             count);
    }
    for (int64_t s = 0; exact->losses && s < r->samples; s++)
        data_widen_slack(&r->slack.losses[s], &exact->losses[s], &shaken.losses[s], 1);
    for (int64_t i = 0; i < r->samples * r->metric_count; i++)
        data_widen_slack(&r->slack.metrics[i], &exact->metrics[i], &shaken.metrics[i], 1);
    free_inference(&shaken);
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
    for (int i = 0; i < r->model->n_outputs; i++)
        r->slack.outputs[i] = data_allocate(r->samples, sizeof(double));
    r->slack.losses = data_allocate(r->samples, sizeof(double));
    r->slack.metrics = data_allocate(r->samples * r->metric_count, sizeof(double));
    for (int i = 1; i <= r->plan.shakes; i++)
        if (!shake_inference(r, (uint64_t)i))
            return false;
    for (int b = 0; b < BATCHES; b++) {
        r->slack.step[b].metrics = data_allocate(r->metric_count, sizeof(double));
        r->slack.step[b].changes = data_allocate(r->model->n_parameters, sizeof(double));
        if (!r->large && r->training &&
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
    while (plan->model && r->model && strcmp(r->model->key, plan->model) != 0)
        r->model = r->model->next;
    bool ok = r->model != NULL;
    if (ok)
        draw_data(r);
    ok = ok && (!plan->rewritten || pass_simplify(r->model)) && infer(r, 0, &r->inference) &&
         (r->model->n_labels == 0 || (r->large && !plan->trains_large) || train(r)) && shake(r);
    if (!ok && r->diag.failed)
        diag_print(&r->diag, stderr);
    return ok;
}

int reference_compare(const struct reference *plain, const struct reference *rewritten)
{
    const struct inference_result *a = &plain->inference, *b = &rewritten->inference;
    int wrong = 0;
    for (int i = 0; i < plain->model->n_outputs; i++)
        wrong += data_differ("output", a->outputs[i], b->outputs[i], plain->samples * plain->output_counts[i]);
    if (!a->losses)
        return wrong;
    wrong += data_differ("loss", a->losses, b->losses, plain->samples) +
             data_differ("metric", a->metrics, b->metrics, plain->samples * plain->metric_count);
    for (int i = 0; i < BATCHES; i++)
        wrong += data_differ("gradient", plain->step[i].change, rewritten->step[i].change,
                             plain->model->parameter_floats);
    return wrong;
}

static void free_given(struct given *given)
{
    free(given->values);
    free(given->wide);
    free(given->own);
    free(given->bytes);
}

void reference_free(struct reference *r)
{
    for (int i = 0; i < ARRAYS_MAX; i++) {
        free_given(&r->inputs[i]);
        free_given(&r->labels[i]);
        free(r->slack.outputs[i]);
    }
    free(r->parameters);
    free(r->weights);
    free(r->wide_weights);
    free_inference(&r->inference);
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
