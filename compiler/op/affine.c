/* affine.c -- y = scale*x + offset with two constants (Rescaling). */
#include "op/op.h"

static const struct attribute attributes[] = {
    {"scale", ATTRIBUTE_FLOAT, offsetof(struct affine, scale), NULL, "factor"},
    {"offset", ATTRIBUTE_FLOAT, offsetof(struct affine, offset), NULL, "added to the product"},
    {0}};

static const struct affine defaults = {.scale = 1};

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct affine a = {.scale = ((const struct affine *)node->attributes)->scale};
    dx[0] = append_gradient(graph, &op_affine, &a, dy, 1, node);
    return dx[0] != NULL;
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct affine *a = node->attributes;
    float scale = (float)a->scale, offset = (float)a->offset;
    int64_t count = shape_count(&node->in[0]->shape);
    for (int64_t i = 0; i < count; i++)
        out[0][i] = scale * in[0][i] + offset;
}

const struct op op_affine = {
    .name = "affine",
    .usage = {"scales and adds a number", "y = scale*x + offset", "op.affine(x, {scale = 2, offset = 1})"},
    .attributes = attributes,
    .attributes_size = sizeof(struct affine),
    .attribute_defaults = &defaults,
    .may_be_empty = true,
    .min_in = 1,
    .max_in = 1,
    .any_element = true,
    .shape = same_as_first,
    .backward = backward,
    .pointwise = true,
    .in_place = true,
    .evaluate = evaluate};
