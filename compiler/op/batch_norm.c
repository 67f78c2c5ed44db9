/* batch_norm.c -- y = gamma * (x - mean) / sqrt(variance + epsilon) + beta over the last axis (Ioffe & Szegedy 2015).
 *
 * A script's batch_norm becomes other ops by what it is for. Inference, and a layer that is frozen in training or called as in
 * inference, takes the moving mean and variance: a multiplication and an addition by numbers that depend on parameters only,
 * which for inference move into the convolution in front (binary.c). Training takes those of the batch: three ops, because
 * the mean must be known before the variance, and both before any sample goes on; each batch sum ends a phase. `counts` says how
 * often each position counts there, in the mean of the batch once. */
#include "op/op.h"

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

/* The ops that the inference form is made of. */
static struct tensor *binary(struct graph *graph, struct node *node, int function, struct tensor *a,
                             struct tensor *b)
{
    return a && b ? graph_apply(graph, &op_binary, &(struct binary){function}, (struct tensor *[]){a, b}, 2,
                                node->origin)
                  : NULL;
}

/* 1 / sqrt(variance + epsilon) */
static struct tensor *moving_scale(struct graph *graph, struct node *node)
{
    const struct batch_norm *a = node->attributes;
    struct affine stabilise = {.scale = 1, .offset = a->epsilon};
    struct unary rsqrt = {.function = UNARY_rsqrt};
    struct tensor *sum = graph_apply(graph, &op_affine, &stabilise, &node->in[MOVING_VARIANCE], 1, node->origin);
    return sum ? graph_apply(graph, &op_unary, &rsqrt, &sum, 1, node->origin) : NULL;
}

static bool lower_inference(struct graph *graph, struct node *node)
{
    struct tensor *scale = moving_scale(graph, node);
    if (node->in[GAMMA])
        scale = binary(graph, node, BINARY_MULTIPLY, scale, node->in[GAMMA]);
    struct tensor *shift = binary(graph, node, BINARY_MULTIPLY, node->in[MOVING_MEAN], scale);
    struct affine negate = {.scale = -1};
    shift = shift ? graph_apply(graph, &op_affine, &negate, &shift, 1, node->origin) : NULL;
    if (node->in[BETA])
        shift = binary(graph, node, BINARY_ADD, shift, node->in[BETA]);
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
    struct tensor *scale = moving_scale(graph, node);
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

static bool lower(struct graph *graph, struct node *node, bool training)
{
    const struct batch_norm *a = node->attributes;
    if (!training || node->in[MOVING_MEAN]->frozen)
        return lower_inference(graph, node);
    return a->inference ? lower_inference_in_training(graph, node) : lower_training(graph, node);
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
