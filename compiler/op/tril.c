/* tril.c -- the lower triangle of the last two axes: y[..., i, j] = x[..., i, j] where j <= i + diagonal, else `fill`. */
#include "op/op.h"

struct tril {
    int64_t diagonal;
    double fill;
};

static const struct attribute attributes[] = {
    {"diagonal", ATTRIBUTE_INT, offsetof(struct tril, diagonal), NULL,
     "how many diagonals above the main one are kept"},
    {"fill", ATTRIBUTE_FLOAT, offsetof(struct tril, fill), NULL, "what stands above them"},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    if (node->in[0]->shape.rank < 2)
        return diag_error(graph->diag, node->origin, "tril needs at least two axes, but its input is %s",
                          shape_text(graph->arena, &node->in[0]->shape));
    return same_as_first(graph, node);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct tril a = {.diagonal = ((const struct tril *)node->attributes)->diagonal};
    dx[0] = append_gradient(graph, &op_tril, &a, dy, 1, node);
    return dx[0] != NULL;
}

const struct op op_tril = {.name = "tril",
                           .usage = {"the lower triangle of the last two axes, one number everywhere above",
                                     "y[i,j] = x[i,j] where j <= i + diagonal, else fill",
                                     "op.tril(x, {fill = -1})"},
                           .attributes = attributes,
                           .attributes_size = sizeof(struct tril),
                           .min_in = 1,
                           .max_in = 1,
                           .shape = shape,
                           .backward = backward,
                           .in_place = true};
