/* in_training.c -- one tensor where the network is trained, another one where it predicts: what a layer of the script's own makes
 * of its argument `training`, or a recurrence whose steps look across the batch: written out, and as a loop. Only one of the two
 * is computed: the other is gone before it is lowered. */
#include "op/op.h"

static bool shape(struct graph *graph, struct node *node)
{
    return need_same_shape(graph, node, 0, 1) && need_scope(graph, node, 1, node->in[0]->scope) &&
           same_as_first(graph, node);
}

static bool lower(struct graph *graph, struct node *node, bool training)
{
    graph_replace(graph, node->out[0], node->in[training ? 0 : 1]);
    return true;
}

/* Where what looks across the batch is frozen, training goes through the loop. */
static bool lower_unrolled(struct graph *graph, struct node *node, bool training)
{
    const struct node *last = node->in[1]->producer;
    const bool loops = last && last->loop && !loop_across_batch(graph, last->loop);
    return lower(graph, node, training && !loops);
}

const struct op op_in_training = {
    .name = "in_training",
    .usage = {"the first of two tensors in training, the second where the network predicts", NULL,
              "op.in_training(2 * x, x)"},
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .lower = lower,
    .chooses = true};

/* The same, of what scan.lua made twice; scripts do not see it. */
const struct op op_unrolled = {
    .name = "unrolled", .min_in = 2, .max_in = 2, .shape = shape, .lower = lower_unrolled, .chooses = true};
