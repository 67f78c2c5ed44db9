/* mean_of_batch.c -- of x, whose last axis is 1, the mean over samples and positions of a batch in training; 1 where a network
 * predicts or is evaluated, sample by sample. Losses divide by that of a mask. Nothing is trained through it. */
#include "op/op.h"

static bool shape(struct graph *graph, struct node *node)
{
    return need_scope(graph, node, 0, SCOPE_SAMPLE) &&
           node_output(graph, node, (struct shape){1, {1}}, SCOPE_SHARED);
}

static bool lower(struct graph *graph, struct node *node, bool training)
{
    const struct constant one = {.value = 1, .count = 1};
    struct tensor *in[] = {node->in[0], training ? graph_share(graph) : NULL};
    struct tensor *y = training ? graph_apply(graph, &op_batch_mean, NULL, in, 2, node->origin)
                                : graph_apply(graph, &op_constant, &one, NULL, 0, node->origin);
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    return true;
}

static bool across_batch(const struct node *node)
{
    (void)node;
    return true;
}

const struct op op_mean_of_batch = {.name = "mean_of_batch",
                                    .min_in = 1,
                                    .max_in = 1,
                                    .shape = shape,
                                    .lower = lower,
                                    .across_batch = across_batch};
