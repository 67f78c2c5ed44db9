/* select.c -- y = a where a condition is not 0, else b, with broadcasting. An absent a or b is 0, so that the gradient of
 * one side is a select too. The condition itself has no gradient. */
#include "op/op.h"

enum { CONDITION, A, B };

static bool shape(struct graph *graph, struct node *node)
{
    if (!node->in[A] && (node->n_in < 3 || !node->in[B]))
        return diag_error(graph->diag, node->origin, "select: there is nothing to select from");
    return broadcast_output(graph, node, "select from");
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    for (int side = A; side < node->n_in; side++) {
        struct tensor *in[] = {node->in[CONDITION], NULL, NULL};
        in[side] = dy[0];
        if (node->in[side])
            dx[side] = append_gradient(graph, &op_select, NULL, in, side + 1, node);
        if (node->in[side] && !dx[side])
            return false;
    }
    return broadcast_gradients(graph, node, dx);
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct shape *y = &node->out[0]->shape;
    int64_t count = shape_count(y);
    for (int64_t i = 0; i < count; i++) {
        int side = in[CONDITION][broadcast_index(y, i, &node->in[CONDITION]->shape)] != 0 ? A : B;
        bool absent = side >= node->n_in || !node->in[side];
        out[0][i] = absent ? 0 : in[side][broadcast_index(y, i, &node->in[side]->shape)];
    }
}

const struct op op_select = {
    .name = "select",
    .usage =
        {"of two tensors, number by number, the first where a condition is not 0, else the second; without the second, 0",
         "y = a if condition ~= 0, else b", "op.select(op.binary(x, 0, \"greater\"), x, 0.1 * x)"},
    .min_in = 2,
    .max_in = 3,
    .shape = shape,
    .backward = backward,
    .evaluate = evaluate};
