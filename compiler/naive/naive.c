/* naive.c -- walks the graph node by node and gives each op's twin its numbers. */
#include "naive/naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *op;
    naive_function *function;
} twins[] = {
#define OP(name) {#name, naive_##name},
#include "op/op.def"
#undef OP
};

naive_function *naive_find(const char *op)
{
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++)
        if (strcmp(twins[i].op, op) == 0)
            return twins[i].function;
    return NULL;
}

/* `terms`: what is summed for each number. */
static void shake(const struct naive *naive, const struct tensor *tensor, int64_t count, double terms)
{
    double *values = naive->values[tensor->id], amplitude = NAIVE_ROUNDING * (3 + sqrt(terms));
    uint64_t key = naive->shake * 0x2545f4914f6cdd1du + ((uint64_t)tensor->id << 32);
    for (int64_t i = 0; naive->shake && i < count; i++)
        values[i] = naive_moved(values[i], key + (uint64_t)i, amplitude);
}

/* ---- evaluation ---- */

static int64_t tensor_count(const struct naive *naive, const struct tensor *tensor)
{
    return shape_count(&tensor->shape) * (tensor->scope == SCOPE_SAMPLE ? naive->count : 1);
}

static const double *given(const struct naive_data *data, const struct graph *graph, const struct tensor *tensor)
{
    switch (tensor->role) {
    case ROLE_LABEL:
        for (int i = 0; data->labels && i < graph->n_labels; i++)
            if (graph->labels[i].tensor == tensor)
                return data->labels[graph->labels[i].output];
        return NULL;
    case ROLE_PARAMETER: return data->parameters + tensor->parameter->offset;
    case ROLE_INPUT:
        for (int i = 0; i < graph->n_inputs; i++)
            if (graph->inputs[i] == tensor)
                return data->inputs[i];
        return NULL;
    default: return NULL;
    }
}

/* What is known of the whole batch, as compiler/graph/graph.h says it. */
static double batch_number(const struct naive *naive, const struct tensor *tensor, const struct naive_data *data)
{
    const struct graph *graph = naive->graph;
    const struct batch_number *number = graph->batch_numbers;
    while (number->tensor != tensor)
        number++;
    if (number->kind == BATCH_SAMPLES)
        return (double)data->count;
    int64_t each = 1;
    for (int i = 0; i < graph->n_labels; i++)
        if (number->kind == BATCH_LABELS && graph->labels[i].output == number->output)
            each = shape_count(&graph->labels[i].tensor->shape);
    double sum = 0;
    for (int64_t i = 0; i < data->count * each; i++)
        sum += number->kind == BATCH_WEIGHTS ? (data->weights ? data->weights[i] : 1)
                                             : data->labels[number->output][i] != number->ignored;
    return sum == 0 ? 0 : (double)(data->count * each) / sum;
}

static bool is_weight(const struct tensor *tensor)
{
    return tensor->role == ROLE_SHARE || tensor->role == ROLE_SAMPLE_WEIGHT || tensor->role == ROLE_WEIGHT;
}

static double weight_of(const struct tensor *tensor, const struct naive_data *data, int64_t sample)
{
    double weight = data->weights ? data->weights[sample] : 1, share = 1.0 / (double)data->count;
    return tensor->role == ROLE_SHARE ? share : tensor->role == ROLE_WEIGHT ? weight : share * weight;
}

static void set_values(struct naive *naive, const struct naive_data *data)
{
    for (int i = 0; i < naive->graph->n_tensors; i++) {
        const struct tensor *tensor = naive->graph->tensors[i];
        int64_t count = tensor_count(naive, tensor);
        double *values = naive->values[i] = arena_array(&naive->memory, count + 1, sizeof *values);
        const double *from = given(data, naive->graph, tensor);
        if (from)
            memcpy(values, from, (size_t)count * sizeof *values);
        for (int64_t s = 0; tensor->role == ROLE_BATCH && s < count; s++)
            values[s] = batch_number(naive, tensor, data);
        for (int64_t s = 0; is_weight(tensor) && s < count; s++)
            values[s] = weight_of(tensor, data, s);
        if (from && tensor->role != ROLE_LABEL)
            shake(naive, tensor, count, 0);
    }
}

static bool reduces_batch(const struct node *node)
{
    bool samples = false;
    for (int i = 0; i < node->n_in; i++)
        samples |= node->in[i] && node->in[i]->scope == SCOPE_SAMPLE;
    return samples && node->out[0]->scope == SCOPE_SHARED;
}

/* Points at one sample of a SAMPLE tensor, at all of a SHARED one. */
static double *value_at(const struct naive *naive, const struct tensor *tensor, int64_t sample)
{
    if (!tensor)
        return NULL;
    return naive->values[tensor->id] + (tensor->scope == SCOPE_SAMPLE ? sample * shape_count(&tensor->shape) : 0);
}

enum { IN_MAX = 256, OUT_MAX = 4 };

static void call_twin(struct naive *naive, const struct node *node, naive_function *twin, int64_t round,
                      int64_t sample, int64_t count)
{
    const double *in[IN_MAX];
    double *out[OUT_MAX];
    for (int i = 0; i < node->n_in; i++)
        in[i] = value_at(naive, node->in[i], sample);
    for (int i = 0; i < node->n_out; i++)
        out[i] = value_at(naive, node->out[i], sample);
    struct naive_call call = {.node = node,
                              .count = count,
                              .sample = sample,
                              .round = round,
                              .training = naive->training,
                              .seed = naive->seed,
                              .step = naive->step,
                              .shake = naive->shake,
                              .arena = &naive->memory,
                              .in = in,
                              .out = out};
    twin(&call);
}

static void note_largest(struct naive *naive, const double *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(values[i]) <= naive->largest)) /* so, too, where it is no number */
            naive->largest = isnan(values[i]) ? INFINITY : fabs(values[i]);
}

/* How many products are summed for each number of `out`. Where the op counts none: how many of the numbers that it reads
 * there are for each that it makes. */
static double terms_of(const struct naive *naive, const struct node *node, const struct tensor *out)
{
    double samples = reduces_batch(node) ? (double)naive->count : 1, made = (double)shape_count(&out->shape);
    if (node->op->work)
        return samples * (double)node->op->work(node) / made;
    double read = node->n_in > 0 && node->in[0] ? samples * (double)shape_count(&node->in[0]->shape) : 0;
    return read > made ? read / made : 0;
}

/* What a round makes anew; states, and what grows from round to round, stay. */
static void forget_round(const struct naive *naive, const struct node *node)
{
    for (int i = 0; i < node->n_out && node->op->border != BORDER_STATE; i++)
        if (tensor_loop(node->out[i]))
            memset(naive->values[node->out[i]->id], 0,
                   (size_t)tensor_count(naive, node->out[i]) * sizeof **naive->values);
}

static void call_on_batch(struct naive *naive, const struct node *node, naive_function *twin, int64_t round)
{
    forget_round(naive, node);
    if (reduces_batch(node))
        call_twin(naive, node, twin, round, 0, naive->count);
    else
        for (int64_t s = 0; s < (node->out[0]->scope == SCOPE_SAMPLE ? naive->count : 1); s++)
            call_twin(naive, node, twin, round, s, 1);
    for (int i = 0; i < node->n_out && node->op->border == BORDER_NONE; i++) {
        int64_t count = tensor_count(naive, node->out[i]);
        shake(naive, node->out[i], count, terms_of(naive, node, node->out[i]));
        note_largest(naive, naive->values[node->out[i]->id], count);
    }
}

static bool call_node(struct naive *naive, const struct node *node, int64_t round)
{
    naive_function *twin = naive_find(node->op->name);
    if (!twin || node->n_in > IN_MAX || node->n_out > OUT_MAX)
        return diag_error(naive->graph->diag, node->origin, "the reference cannot evaluate %s of %d inputs",
                          node->op->name, node->n_in);
    int64_t turn = node_turn(node, round);
    if (!node->dead && turn >= 0)
        call_on_batch(naive, node, twin, turn);
    return true;
}

/* Behind a round all states become the next ones at once. */
static void move_states(const struct naive *naive, const struct node *const *nodes, int count)
{
    for (int i = 0; i < count; i++) {
        const struct node *node = nodes[i];
        if (node->op->border == BORDER_NEXT) /* others may have no input */
            memcpy(naive->values[node->in[0]->id], naive->values[node->out[0]->id],
                   (size_t)tensor_count(naive, node->in[0]) * sizeof **naive->values);
    }
}

static bool run_loop(struct naive *naive, const struct node *const *nodes, int count)
{
    for (int64_t round = 0; round < nodes[0]->loop->rounds; round++) {
        for (int i = 0; i < count; i++)
            if (!call_node(naive, nodes[i], round))
                return false;
        move_states(naive, nodes, count);
    }
    return true;
}

static bool run_nodes(struct naive *naive, const struct graph *graph)
{
    const struct node *const *nodes = (const struct node *const *)graph->nodes;
    for (int i = 0, count; i < graph->n_nodes; i += count) {
        count = 1;
        while (nodes[i]->loop && i + count < graph->n_nodes && nodes[i + count]->loop == nodes[i]->loop)
            count++;
        if (nodes[i]->loop ? !run_loop(naive, nodes + i, count) : !call_node(naive, nodes[i], 0))
            return false;
    }
    return true;
}

bool naive_run(struct naive *naive, const struct graph *graph, const struct naive_data *data)
{
    *naive = (struct naive){.graph = graph,
                            .count = data->count,
                            .training = data->training,
                            .seed = data->seed,
                            .step = data->step,
                            .shake = data->shake};
    if (setjmp(naive->memory.out_of_memory))
        return diag_error(graph->diag, (struct origin){.file = graph->script}, "out of memory");
    naive->values = arena_array(&naive->memory, graph->n_tensors + 1, sizeof *naive->values);
    set_values(naive, data);
    return run_nodes(naive, graph);
}

const double *naive_value(const struct naive *naive, const struct tensor *tensor)
{
    return naive->values[tensor->id];
}

void naive_gradient(const struct naive *naive, const struct gradient *gradient, double *sum)
{
    int64_t count = shape_count(&gradient->parameter->shape);
    memset(sum, 0, (size_t)count * sizeof *sum);
    for (int p = 0; p < gradient->n_parts; p++)
        for (int64_t i = 0; i < count; i++)
            sum[i] += naive->values[gradient->parts[p]->id][i];
}

void naive_free(struct naive *naive)
{
    arena_free(&naive->memory);
    *naive = (struct naive){0};
}
