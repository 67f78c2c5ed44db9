/* batch_matmul.c -- y[..., i, j] = sum over k of a[..., i, k] * b[..., k, j]: the products of matrices that each sample has,
 * each of which may be transposed. The gradients are such products, too. */
#include "op/op.h"

#include <inttypes.h>

static const struct attribute attributes[] = {
    {"transpose_a", ATTRIBUTE_BOOL, offsetof(struct batch_matmul, transpose_a), NULL, "a has the axes (..., k, i)"},
    {"transpose_b", ATTRIBUTE_BOOL, offsetof(struct batch_matmul, transpose_b), NULL, "b has the axes (..., j, k)"},
    {0}};

struct batch_matmul_size batch_matmul_size(const struct node *node)
{
    const struct batch_matmul *at = node->attributes;
    const struct shape *a = &node->in[0]->shape, *b = &node->in[1]->shape;
    int64_t rows = a->dim[a->rank - 2], columns = a->dim[a->rank - 1];
    return (struct batch_matmul_size){.matrices = shape_count(a) / rows / columns,
                                      .rows = at->transpose_a ? columns : rows,
                                      .sums = at->transpose_a ? rows : columns,
                                      .columns = at->transpose_b ? b->dim[b->rank - 2] : b->dim[b->rank - 1]};
}

static bool fit(const struct node *node)
{
    const struct batch_matmul *at = node->attributes;
    const struct shape *a = &node->in[0]->shape, *b = &node->in[1]->shape;
    if (a->rank < 2 || a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank - 2; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return a->dim[a->rank - (at->transpose_a ? 2 : 1)] == b->dim[b->rank - (at->transpose_b ? 1 : 2)];
}

static bool shape(struct graph *graph, struct node *node)
{
    const struct batch_matmul *at = node->attributes;
    struct shape y = node->in[0]->shape;
    if (!fit(node)) {
        diag_error(graph->diag, node->origin, "batch_matmul: matrices %s%s and %s%s cannot be multiplied",
                   shape_text(graph->arena, &y), at->transpose_a ? " (transposed)" : "",
                   shape_text(graph->arena, &node->in[1]->shape), at->transpose_b ? " (transposed)" : "");
        diag_trail(graph->diag, graph_trail(graph, node->in[0]));
        return diag_hint(graph->diag,
                         "the columns of the first must be as many as the rows of the second, and the axes "
                         "before equal");
    }
    enum scope scope = node->in[0]->scope; /* of each sample, or of parameters alone */
    if (!need_scope(graph, node, 1, scope))
        return false;
    struct batch_matmul_size size = batch_matmul_size(node);
    y.dim[y.rank - 2] = size.rows;
    y.dim[y.rank - 1] = size.columns;
    return node_output(graph, node, y, scope);
}

static struct tensor *product(struct graph *graph, struct tensor *a, bool transpose_a, struct tensor *b,
                              bool transpose_b, const struct node *of)
{
    struct batch_matmul at = {transpose_a, transpose_b};
    return append_gradient(graph, &op_batch_matmul, &at, (struct tensor *[]){a, b}, 2, of);
}

/* With a' = a or its transpose: da' = dy b'^T and db' = a'^T dy, transposed where a and b are. */
static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct batch_matmul *at = node->attributes;
    struct tensor *a = node->in[0], *b = node->in[1];
    bool ta = at->transpose_a, tb = at->transpose_b;
    dx[0] = ta ? product(graph, b, tb, dy[0], true, node) : product(graph, dy[0], false, b, !tb, node);
    dx[1] = tb ? product(graph, dy[0], true, a, ta, node) : product(graph, a, !ta, dy[0], false, node);
    return dx[0] && dx[1];
}

static int64_t work(const struct node *node)
{
    const struct batch_matmul_size size = batch_matmul_size(node);
    return size.matrices * size.rows * size.columns * size.sums;
}

const struct op op_batch_matmul = {.name = "batch_matmul", /* (a, b) */
                                   .usage = {"the products of two matrices of each sample, or of a row of such",
                                             "y[i,j] = sum over k of a[i,k] * b[k,j]",
                                             "op.batch_matmul(x, x, {transpose_b = true})"},
                                   .attributes = attributes,
                                   .attributes_size = sizeof(struct batch_matmul),
                                   .min_in = 2,
                                   .max_in = 2,
                                   .shape = shape,
                                   .backward = backward,
                                   .work = work};
