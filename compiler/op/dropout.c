/* dropout.c -- in training each number is zeroed with probability `rate` and the others are scaled by 1/(1-rate); the
 * identity otherwise. The mask is a function of (seed of the run, seed or number of the dropout, step, sample, element), so
 * the gradient applies the same op to dy and nothing is kept. */
#include "op/op.h"

#include <inttypes.h>

struct dropout {
    double rate;
    int64_t seed; /* below 0: the script gave none, and -seed numbers the dropouts of the network */
};

/* Becomes the dropout's number. */
#define NO_SEED INT64_MIN

static const struct dropout defaults = {.seed = NO_SEED};

static const struct attribute attributes[] = {
    {"rate", ATTRIBUTE_FLOAT, offsetof(struct dropout, rate), NULL, "share of the numbers that are zeroed"},
    {"seed", ATTRIBUTE_COUNT, offsetof(struct dropout, seed), NULL,
     "decides, with the training's seed, which numbers; without it no other dropout zeroes the same"},
    {0}};

static int64_t next_number(const struct graph *graph)
{
    int64_t number = 1;
    for (int i = 0; i < graph->n_nodes; i++)
        number += graph->nodes[i]->op == &op_dropout;
    return number;
}

/* The kernel has one word for the seed and half of one for the number, of which there are fewer than operations. */
static bool shape(struct graph *graph, struct node *node)
{
    struct dropout *a = node->attributes;
    if (!(a->rate >= 0 && a->rate < 1))
        return diag_error(graph->diag, node->origin, "dropout's rate must be at least 0 and below 1, not %g",
                          a->rate);
    if (a->seed > INT32_MAX)
        return diag_error(graph->diag, node->origin, "dropout's seed must be at most %d, not %" PRId64, INT32_MAX,
                          a->seed);
    if (a->seed == NO_SEED)
        a->seed = -next_number(graph);
    return need_scope(graph, node, 0, SCOPE_SAMPLE) && same_as_first(graph, node);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    dx[0] = append_gradient(graph, &op_dropout, node->attributes, dy, 1, node);
    return dx[0] != NULL;
}

const struct op op_dropout = {.name = "dropout",
                              .usage = {"in training, zeroes numbers at random and scales the others",
                                        "y = 0 with probability rate, else x / (1 - rate)",
                                        "op.dropout(x, {rate = 0.5, seed = 1})"},
                              .attributes = attributes,
                              .attributes_size = sizeof(struct dropout),
                              .attribute_defaults = &defaults,
                              .min_in = 1,
                              .max_in = 1,
                              .shape = shape,
                              .backward = backward,
                              .identity_in_inference = true,
                              .random = true,
                              .pointwise = true,
                              .in_place = true};
