/* in_training.c -- one tensor where the network is trained, another one where it predicts: what a layer of the script's own makes
 * of its argument `training`, or a recurrence whose steps look across the batch: written out, and as a loop. Only one of the two
 * is computed: the other is gone before it is lowered. */
#include "op/op.h"

struct in_training {
    bool unrolls;
};

static const struct attribute attributes[] = {
    {"unrolls", ATTRIBUTE_BOOL, offsetof(struct in_training, unrolls), NULL,
     "both are the same, the second made by a loop, which training goes through, too, unless it looks across the batch"},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    return need_same_shape(graph, node, 0, 1) && need_scope(graph, node, 1, node->in[0]->scope) &&
           same_as_first(graph, node);
}

/* Where its layers are frozen, training goes through the loop. */
static bool loops(const struct graph *graph, const struct node *node)
{
    const struct in_training *a = node->attributes;
    const struct node *last = a->unrolls ? node->in[1]->producer : NULL;
    return last && last->loop && !loop_across_batch(graph, last->loop);
}

static bool lower(struct graph *graph, struct node *node, bool training)
{
    graph_replace(graph, node->out[0], node->in[training && !loops(graph, node) ? 0 : 1]);
    return true;
}

const struct op op_in_training = {
    .name = "in_training",
    .usage = {"the first of two tensors in training, the second where the network predicts", NULL,
              "op.in_training(2 * x, x)"},
    .attributes = attributes,
    .attributes_size = sizeof(struct in_training),
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .lower = lower,
    .chooses = true};
