/* unary.c -- y = f(x) element by element, and dx = dy * f'(x), where f' is computed from y when it can be: then x
 * need not be kept for the backward part. */
#include "op.h"

#include <math.h>

static const char *const functions[] = {
#define UNARY(name, from_output, monotone) #name,
#include "unary.def"
#undef UNARY
    NULL};

static const struct {
    bool from_output, monotone;
} properties[] = {
#define UNARY(name, from_output, monotone) {from_output, monotone},
#include "unary.def"
#undef UNARY
};

static const struct attribute attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct unary, function), functions},
    {"alpha", ATTRIBUTE_FLOAT, offsetof(struct unary, alpha), NULL},
    {0}};

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct unary *a = node->attributes;
    struct tensor *saved = properties[a->function].from_output ? node->out[0] : node->in[0];
    dx[0] = append_gradient(graph, &op_unary_grad, a, (struct tensor *[]){dy[0], saved}, 2, node);
    return dx[0] != NULL;
}

bool unary_monotone(const struct node *node)
{
    const struct unary *a = node->attributes;
    return node->op == &op_unary && properties[a->function].monotone && a->alpha >= 0;
}

/* What folding parameters needs. */
static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct unary *a = node->attributes;
    int64_t count = shape_count(&node->in[0]->shape);
    for (int64_t i = 0; i < count; i++)
        out[0][i] = a->function == UNARY_rsqrt ? 1.0f / sqrtf(in[0][i]) : in[0][i];
}

static bool gradient_shape(struct graph *graph, struct node *node)
{
    return need_same_shape(graph, node, 0, 1) && same_as_first(graph, node);
}

ONLY_KERNEL(unary)
ONLY_KERNEL(unary_grad)

const struct op op_unary = {.name = "unary",
                            .attributes = attributes,
                            .attributes_size = sizeof(struct unary),
                            .min_in = 1,
                            .max_in = 1,
                            .shape = same_as_first,
                            .backward = backward,
                            .in_place = true,
                            .evaluate = evaluate,
                            .kernels = unary_kernels};

const struct op op_unary_grad = {.name = "unary_grad", /* (dy, y or x) */
                                 .attributes = attributes,
                                 .attributes_size = sizeof(struct unary),
                                 .min_in = 2,
                                 .max_in = 2,
                                 .shape = gradient_shape,
                                 .in_place = true,
                                 .kernels = unary_grad_kernels};
