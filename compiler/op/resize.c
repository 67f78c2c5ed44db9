/* resize.c -- an image with other rows and columns, and its gradient.
 *
 * Row i of `out` rows stands where (i + 0.5) * in / out - 0.5 is among the `in` rows of x; columns likewise. Nearest takes
 * x's row floor((i + 0.5) * in / out); bilinear weighs the two rows around that place by how near they are, and beyond the
 * first and last row there are these. Places are computed in whole numbers. */
#include "op/op.h"

#include <inttypes.h>

static const char *const interpolations[] = {"nearest", "bilinear", NULL};

static const struct attribute attributes[] = {
    {"size", ATTRIBUTE_PAIR, offsetof(struct resize, size), NULL, "rows and columns of the result"},
    {"interpolation", ATTRIBUTE_CHOICE, offsetof(struct resize, interpolation), interpolations,
     "nearest: the number at that place; bilinear: of the four around it, by their distance"},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct resize, result), NULL, NULL},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    static const char *const axes[] = {"row", "column"};
    const struct resize *a = node->attributes;
    if (!need_rank(graph, node, 0, 3) || !need_scope(graph, node, 0, SCOPE_SAMPLE))
        return false;
    struct shape y = node->in[0]->shape;
    for (int i = 0; i < 2; i++) {
        /* kernels count places in halves of a row of the other image, in int */
        if (a->size[i] < 1 || a->size[i] > INT32_MAX / 4 || y.dim[i] > INT32_MAX / (2 * a->size[i] + 1))
            return diag_error(graph->diag, node->origin, "resize cannot make %" PRId64 " %ss of %" PRId64,
                              a->size[i], axes[i], y.dim[i]);
        y.dim[i] = a->size[i];
    }
    return node_output(graph, node, y, SCOPE_SAMPLE);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct resize a = *(const struct resize *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_resize_grad, &a, dy, 1, node);
    return dx[0] != NULL;
}

static bool gradient_shape(struct graph *graph, struct node *node)
{
    const struct resize *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SAMPLE);
}

const struct op op_resize = {.name = "resize",
                             .usage = {"an image with other rows and columns",
                                       "y[i,j] = x at ((i + 0.5) * in/out - 0.5, the same of j)",
                                       "op.resize(x, {size = {16, 16}, interpolation = \"bilinear\"})"},
                             .attributes = attributes,
                             .attributes_size = sizeof(struct resize),
                             .min_in = 1,
                             .max_in = 1,
                             .shape = shape,
                             .backward = backward};

/* dx: each number of dy goes to those that y's was made of, by their weights. */
const struct op op_resize_grad = {.name = "resize_grad",
                                  .attributes = attributes,
                                  .attributes_size = sizeof(struct resize),
                                  .min_in = 1,
                                  .max_in = 1,
                                  .shape = gradient_shape};
