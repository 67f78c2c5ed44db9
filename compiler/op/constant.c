/* constant.c -- a tensor of one number: what a script's number becomes where an op takes tensors. Or a row of numbers, at equal
 * distances, for metrics. */
#include "op/op.h"

static const struct attribute attributes[] = {
    {"value", ATTRIBUTE_FLOAT, offsetof(struct constant, value), NULL, "the number"},
    {"count", ATTRIBUTE_COUNT, offsetof(struct constant, count), NULL,
     "0, or so many numbers: value, value + 1, ..."},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    int64_t count = ((const struct constant *)node->attributes)->count;
    return node_output(graph, node, (struct shape){.rank = count > 0, .dim = {count}}, SCOPE_SHARED);
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    (void)in;
    const struct constant *a = node->attributes;
    out[0][0] = (float)a->value;
    for (int64_t i = 1; i < a->count; i++)
        out[0][i] = (float)(a->value + (double)i);
}

const struct op op_constant = {.name = "constant",
                               .attributes = attributes,
                               .attributes_size = sizeof(struct constant),
                               .shape = shape,
                               .evaluate = evaluate};
