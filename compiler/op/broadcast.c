/* broadcast.c -- how tensors of different shapes meet number by number, as numpy has it: shapes are aligned at their ends,
 * and one that has an axis of size 1, or none, is repeated along it. What is SHARED is repeated for every sample. */
#include "op/op.h"

/* Widens `y` by `x`; false: they do not go together. */
static bool widen(struct shape *y, const struct shape *x)
{
    while (y->rank < x->rank) {
        for (int i = y->rank++; i > 0; i--)
            y->dim[i] = y->dim[i - 1];
        y->dim[0] = 1;
    }
    int missing = y->rank - x->rank;
    for (int i = 0; i < x->rank; i++) {
        int64_t *to = &y->dim[missing + i];
        if (*to != x->dim[i] && *to != 1 && x->dim[i] != 1)
            return false;
        *to = *to == 1 ? x->dim[i] : *to;
    }
    return true;
}

bool broadcast_output(struct graph *graph, struct node *node, const char *what)
{
    struct shape y = {0};
    enum scope scope = SCOPE_SHARED;
    for (int i = 0; i < node->n_in; i++) {
        const struct tensor *x = node->in[i];
        struct shape before = y;
        if (x && x->scope == SCOPE_SAMPLE)
            scope = SCOPE_SAMPLE;
        if (!x || widen(&y, &x->shape))
            continue;
        diag_error(graph->diag, node->origin, "cannot %s tensors of the shapes %s and %s", what,
                   shape_text(graph->arena, &before), shape_text(graph->arena, &x->shape));
        diag_trail(graph->diag, graph_trail(graph, x));
        return diag_hint(graph->diag, "their axes must be equal from the last one on, or of size 1");
    }
    return node_output(graph, node, y, scope);
}

bool is_repeated(const struct tensor *x, const struct tensor *y)
{
    return x->scope != y->scope || !shape_equal(&x->shape, &y->shape);
}

bool broadcast_gradients(struct graph *graph, struct node *node, struct tensor **dx)
{
    for (int i = 0; i < node->n_in; i++) {
        if (!dx[i] || !is_repeated(node->in[i], node->out[0]))
            continue;
        dx[i] = append_sum_to(graph, dx[i], node->in[i], node);
        if (!dx[i])
            return false;
    }
    return true;
}

int64_t broadcast_index(const struct shape *y, int64_t index, const struct shape *x)
{
    int64_t result = 0, stride = 1;
    for (int i = 1; i <= x->rank; i++) {
        int64_t dim = y->dim[y->rank - i], own = x->dim[x->rank - i];
        result += own == 1 ? 0 : index % dim * stride;
        stride *= own;
        index /= dim;
    }
    return result;
}

/* ---- broadcast: the numbers, repeated to another shape ---- */

static const struct attribute attributes[] = {
    {"shape", ATTRIBUTE_SHAPE, offsetof(struct result, result), NULL, "that x is brought to, without the batch"},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    const struct result *a = node->attributes;
    const struct tensor *x = node->in[0];
    struct shape y = a->result;
    if (!shape_valid(&y) || !widen(&y, &x->shape) || !shape_equal(&y, &a->result)) {
        diag_error(graph->diag, node->origin, "cannot broadcast %s to %s", shape_text(graph->arena, &x->shape),
                   shape_text(graph->arena, &a->result));
        diag_trail(graph->diag, graph_trail(graph, x));
        return diag_hint(graph->diag, "its axes must be equal from the last one on, or of size 1");
    }
    return node_output(graph, node, y, x->scope);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    dx[0] = dy[0];
    return broadcast_gradients(graph, node, dx);
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct shape *y = &node->out[0]->shape;
    int64_t count = shape_count(y);
    for (int64_t i = 0; i < count; i++)
        out[0][i] = in[0][broadcast_index(y, i, &node->in[0]->shape)];
}

const struct op op_broadcast = {.name = "broadcast",
                                .usage = {"repeats a tensor along axes that it has not, or with size 1", NULL,
                                          "op.broadcast(x, {shape = {3, 8, 8, 4}})"},
                                .attributes = attributes,
                                .attributes_size = sizeof(struct result),
                                .min_in = 1,
                                .max_in = 1,
                                .shape = shape,
                                .backward = backward,
                                .evaluate = evaluate};
