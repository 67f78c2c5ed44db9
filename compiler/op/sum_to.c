/* sum_to.c -- the gradient of repeating: sums the leading dims away, so that the shape becomes `result`, a suffix
 * of the input's; with over_batch also the samples (a bias' gradient). */
#include "op.h"

static const struct attribute attributes[] = {
    {"result", ATTRIBUTE_SHAPE, offsetof(struct sum_to, result), NULL},
    {"over_batch", ATTRIBUTE_BOOL, offsetof(struct sum_to, over_batch), NULL},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    const struct sum_to *a = node->attributes;
    return node_output(graph, node, a->result, a->over_batch ? SCOPE_SHARED : SCOPE_SAMPLE);
}

ONLY_KERNEL(sum_to)

const struct op op_sum_to = {.name = "sum_to",
                             .attributes = attributes,
                             .attributes_size = sizeof(struct sum_to),
                             .min_in = 1,
                             .max_in = 1,
                             .shape = shape,
                             .kernels = sum_to_kernels};
