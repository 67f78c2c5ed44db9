/* constant.c -- a tensor of one number: what a script's number becomes where an op takes tensors. */
#include "op/op.h"

static const struct attribute attributes[] = {
    {"value", ATTRIBUTE_FLOAT, offsetof(struct constant, value), NULL, "the number"}, {0}};

static bool shape(struct graph *graph, struct node *node)
{
    return node_output(graph, node, (struct shape){0}, SCOPE_SHARED);
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    (void)in;
    out[0][0] = (float)((const struct constant *)node->attributes)->value;
}

const struct op op_constant = {.name = "constant",
                               .attributes = attributes,
                               .attributes_size = sizeof(struct constant),
                               .shape = shape,
                               .evaluate = evaluate};
