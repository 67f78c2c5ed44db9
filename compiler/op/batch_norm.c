/* batch_norm.c -- y = gamma * (x - mean) / sqrt(variance + epsilon) + beta over the last axis (Ioffe & Szegedy 2015).
 *
 * A script's batch_norm becomes other ops by what it is for. Inference, and a layer that is frozen in training or called as in
 * inference, takes the moving mean and variance: a multiplication and an addition by numbers that depend on parameters only,
 * which for inference move into the convolution in front (binary.c):
 *
 *   batch_scale   scale = gamma / sqrt(variance + epsilon)
 *   batch_shift   shift = beta - mean * scale
 *
 * Training takes those of the batch: three ops, because the mean must be known before the variance, and both before any sample
 * goes on; each batch sum ends a phase. `counts` says how often each position counts there, in the mean of the batch once. */
#include "op/op.h"

#include <math.h>

struct batch_norm {
    double epsilon, momentum;
    bool inference;
};

enum { X, GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE, COUNTS };

static const struct attribute attributes[] = {
    {"epsilon", ATTRIBUTE_FLOAT, offsetof(struct batch_norm, epsilon), NULL, "added to the variance"},
    {"momentum", ATTRIBUTE_FLOAT, offsetof(struct batch_norm, momentum), NULL,
     "share of the moving averages that a step of training leaves"},
    {"inference", ATTRIBUTE_BOOL, offsetof(struct batch_norm, inference), NULL,
     "in training, too, the moving averages are taken and left as they are"},
    {0}};

static const struct batch_norm defaults = {.epsilon = 1e-3, .momentum = 0.99};

static struct tensor *counts_of(const struct node *node) { return node->n_in > COUNTS ? node->in[COUNTS] : NULL; }

static bool counts_fit(struct graph *graph, struct node *node)
{
    const struct tensor *counts = counts_of(node);
    struct shape positions = node->in[X]->shape;
    positions.dim[positions.rank - 1] = 1;
    if (!counts || shape_equal(&counts->shape, &positions))
        return !counts || need_scope(graph, node, COUNTS, SCOPE_SAMPLE);
    return diag_error(graph->diag, node->origin, "batch_norm: counts of %s are not of the shape %s",
                      shape_text(graph->arena, &counts->shape), shape_text(graph->arena, &positions));
}

static bool shape(struct graph *graph, struct node *node)
{
    const struct shape *x = &node->in[X]->shape;
    for (int i = GAMMA; i <= MOVING_VARIANCE; i++)
        if (node->in[i] && (node->in[i]->shape.rank != 1 || !is_suffix(&node->in[i]->shape, x)))
            return diag_error(graph->diag, node->origin, "batch_norm: %s does not fit the last axis of %s",
                              shape_text(graph->arena, &node->in[i]->shape), shape_text(graph->arena, x));
    const struct tensor *mean = node->in[MOVING_MEAN], *variance = node->in[MOVING_VARIANCE];
    if (!mean || !variance || !mean->parameter || !variance->parameter)
        return diag_error(graph->diag, node->origin, "batch_norm's moving mean and variance must be parameters");
    for (int i = GAMMA; i <= MOVING_VARIANCE; i++)
        if (node->in[i] && !need_scope(graph, node, i, SCOPE_SHARED))
            return false;
    return need_scope(graph, node, X, SCOPE_SAMPLE) && counts_fit(graph, node) && same_as_first(graph, node);
}

static bool shape_of_first(struct graph *graph, struct node *node)
{
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && (!need_scope(graph, node, i, SCOPE_SHARED) || !need_same_shape(graph, node, 0, i)))
            return false;
    return same_as_first(graph, node);
}

static void evaluate_scale(const struct node *node, const float *const *in, float *const *out)
{
    float epsilon = (float)((const struct normalize *)node->attributes)->epsilon;
    int64_t count = shape_count(&node->out[0]->shape);
    for (int64_t i = 0; i < count; i++) {
        float scale = 1 / sqrtf(in[0][i] + epsilon);
        out[0][i] = node->in[1] ? scale * in[1][i] : scale;
    }
}

static void evaluate_shift(const struct node *node, const float *const *in, float *const *out)
{
    int64_t count = shape_count(&node->out[0]->shape);
    for (int64_t i = 0; i < count; i++) {
        float shift = in[0][i] * in[1][i];
        out[0][i] = node->in[2] ? in[2][i] - shift : -shift;
    }
}

/* The ops that the inference form is made of. */
static struct tensor *binary(struct graph *graph, struct node *node, int function, struct tensor *a,
                             struct tensor *b)
{
    return a && b ? graph_apply(graph, &op_binary, &(struct binary){function}, (struct tensor *[]){a, b}, 2,
                                node->origin)
                  : NULL;
}

static bool lower_inference(struct graph *graph, struct node *node)
{
    struct normalize a = {.epsilon = ((const struct batch_norm *)node->attributes)->epsilon};
    struct tensor *scale =
        graph_apply(graph, &op_batch_scale, &a, (struct tensor *[]){node->in[MOVING_VARIANCE], node->in[GAMMA]}, 2,
                    node->origin);
    struct tensor *shift =
        scale ? graph_apply(graph, &op_batch_shift, NULL,
                            (struct tensor *[]){node->in[MOVING_MEAN], scale, node->in[BETA]}, 3, node->origin)
              : NULL;
    struct tensor *y =
        binary(graph, node, BINARY_ADD, binary(graph, node, BINARY_MULTIPLY, node->in[X], scale), shift);
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    return true;
}

/* The same for a training that moves gamma and beta: number by number, so that these get their gradients. */
static bool lower_inference_in_training(struct graph *graph, struct node *node)
{
    struct normalize a = {.epsilon = ((const struct batch_norm *)node->attributes)->epsilon};
    struct tensor *scale = graph_apply(graph, &op_batch_scale, &a,
                                       (struct tensor *[]){node->in[MOVING_VARIANCE], NULL}, 2, node->origin);
    struct tensor *y = binary(graph, node, BINARY_SUBTRACT, node->in[X], node->in[MOVING_MEAN]);
    y = binary(graph, node, BINARY_MULTIPLY, y, scale);
    if (node->in[GAMMA])
        y = binary(graph, node, BINARY_MULTIPLY, y, node->in[GAMMA]);
    if (node->in[BETA])
        y = binary(graph, node, BINARY_ADD, y, node->in[BETA]);
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    return true;
}

static void add_update(struct graph *graph, const struct tensor *parameter, struct tensor *value, double momentum)
{
    graph->updates = arena_grow(graph->arena, graph->updates, graph->n_updates, sizeof *graph->updates);
    graph->updates[graph->n_updates++] = (struct update){parameter->parameter, value, momentum};
}

static bool lower_training(struct graph *graph, struct node *node)
{
    const struct batch_norm *a = node->attributes;
    struct tensor *x = node->in[X], *share = graph_share(graph), *counts = counts_of(node);
    struct tensor *mean = graph_apply(graph, &op_batch_mean, NULL, (struct tensor *[]){x, share, counts},
                                      counts ? 3 : 2, node->origin);
    if (!mean)
        return false;
    struct tensor *variance = graph_apply(
        graph, &op_batch_variance, NULL, (struct tensor *[]){x, mean, share, counts}, counts ? 4 : 3, node->origin);
    if (!variance)
        return false;
    struct normalize normal = {.epsilon = a->epsilon};
    struct tensor *y =
        graph_apply(graph, &op_normalize, &normal,
                    (struct tensor *[]){x, mean, variance, node->in[GAMMA], node->in[BETA]}, 5, node->origin);
    if (!y)
        return false;
    add_update(graph, node->in[MOVING_MEAN], mean, a->momentum);
    add_update(graph, node->in[MOVING_VARIANCE], variance, a->momentum);
    graph_replace(graph, node->out[0], y);
    return true;
}

static bool across_batch(const struct node *node)
{
    return !node->in[MOVING_MEAN]->frozen && !((const struct batch_norm *)node->attributes)->inference;
}

/* Does no gradient reach it? */
static bool is_fixed(const struct tensor *tensor) { return !tensor || tensor->frozen; }

static bool lower(struct graph *graph, struct node *node, bool training)
{
    const struct batch_norm *a = node->attributes;
    bool frozen = node->in[MOVING_MEAN]->frozen;
    if (!training || (frozen && is_fixed(node->in[GAMMA]) && is_fixed(node->in[BETA])))
        return lower_inference(graph, node);
    return frozen || a->inference ? lower_inference_in_training(graph, node) : lower_training(graph, node);
}

const struct op op_batch_norm = {
    .name = "batch_norm", /* (x, gamma or nil, beta or nil, moving mean, moving variance, counts or nil) */
    .usage =
        {"batch normalization of (x, gamma or nil, beta or nil, moving mean, moving variance) along the last axis; a sixth tensor "
         "says how often each position counts",
         "y = gamma * (x - mean) / sqrt(variance + epsilon) + beta",
         "local Mine = Layer{name = \"Mine\", call = function(self, x)\n"
         "  local gamma, beta = self:parameter(\"gamma\", {4}, \"ones\"), self:parameter(\"beta\", {4}, \"zeros\")\n"
         "  local mean = self:parameter(\"mean\", {4}, \"zeros\", false)\n"
         "  local variance = self:parameter(\"variance\", {4}, \"ones\", false)\n"
         "  return op.batch_norm(x, gamma, beta, mean, variance, {epsilon = 1e-3, momentum = 0.99})\n"
         "end}\n"
         "return Sequential{Mine{input_shape = {8, 8, 4}}}"},
    .attributes = attributes,
    .attributes_size = sizeof(struct batch_norm),
    .attribute_defaults = &defaults,
    .min_in = 5,
    .max_in = 6,
    .shape = shape,
    .pointwise = true,
    .lower = lower,
    .across_batch = across_batch};

static const struct attribute scale_attributes[] = {
    {"epsilon", ATTRIBUTE_FLOAT, offsetof(struct normalize, epsilon), NULL, NULL}, {0}};

const struct op op_batch_scale = {.name = "batch_scale", /* (variance, gamma or nil) */
                                  .attributes = scale_attributes,
                                  .attributes_size = sizeof(struct normalize),
                                  .min_in = 2,
                                  .max_in = 2,
                                  .shape = shape_of_first,
                                  .evaluate = evaluate_scale};

const struct op op_batch_shift = {.name = "batch_shift", /* (mean, scale, beta or nil) */
                                  .min_in = 3,
                                  .max_in = 3,
                                  .shape = shape_of_first,
                                  .evaluate = evaluate_shift};
