/* sum_to.c -- the gradient of repeating: sums over the axes that `result` has not, or with size 1, aligned at the end; with
 * over_batch also over the samples (a bias' gradient). */
#include "op/op.h"

static const struct attribute attributes[] = {
    {"result", ATTRIBUTE_SHAPE, offsetof(struct sum_to, result), NULL, NULL},
    {"over_batch", ATTRIBUTE_BOOL, offsetof(struct sum_to, over_batch), NULL, NULL},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    const struct sum_to *a = node->attributes;
    return node_output(graph, node, a->result, a->over_batch ? SCOPE_SHARED : SCOPE_SAMPLE);
}

/* A max pool's gradient puts each number somewhere among its channel: what it was given has the same sums, and is
 * smaller. */
static struct tensor *shortcut(struct tensor *x, const struct shape *result)
{
    const struct node *producer = x->producer;
    bool channels = result->rank <= 1;
    return channels && producer && producer->op == &op_max_pool2d_grad ? producer->in[0] : x;
}

struct tensor *append_sum_to(struct graph *graph, struct tensor *x, const struct tensor *like,
                             const struct node *of)
{
    struct sum_to a = {.result = like->shape, .over_batch = like->scope == SCOPE_SHARED};
    x = shortcut(x, &a.result);
    return append_gradient(graph, &op_sum_to, &a, &x, 1, of);
}

const struct op op_sum_to = {.name = "sum_to",
                             .attributes = attributes,
                             .attributes_size = sizeof(struct sum_to),
                             .min_in = 1,
                             .max_in = 1,
                             .shape = shape,
                             .by_rows = true};
