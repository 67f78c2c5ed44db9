/* in_training.c -- one tensor where the network is trained, another one where it predicts: what a layer of the script's own makes
 * of its argument `training`. Only one of the two is computed: the other is gone before it is lowered. */
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

const struct op op_in_training = {
    .name = "in_training",
    .usage = {"the first of two tensors in training, the second where the network predicts", NULL,
              "op.in_training(2 * x, x)"},
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .lower = lower,
    .chooses = true};
