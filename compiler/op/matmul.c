/* matmul.c -- y[..., o] = sum over c of x[..., c] * k[c, o]: contracts the last axis, as Keras' Dense does. */
#include "op/op.h"

#include <inttypes.h>

static bool shape(struct graph *graph, struct node *node)
{
    const struct shape *x = &node->in[0]->shape, *k = &node->in[1]->shape;
    if (!need_rank(graph, node, 1, 2) || !need_scope(graph, node, 0, SCOPE_SAMPLE) ||
        !need_scope(graph, node, 1, SCOPE_SHARED))
        return false;
    if (x->rank < 1 || x->dim[x->rank - 1] != k->dim[0])
        return diag_error(graph->diag, node->origin,
                          "matmul: the last dimension of %s must be %" PRId64 ", the rows of the kernel",
                          shape_text(graph->arena, x), k->dim[0]);
    struct shape y = *x;
    y.dim[y.rank - 1] = k->dim[1];
    return node_output(graph, node, y, SCOPE_SAMPLE);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct result a = {node->in[0]->shape};
    dx[0] = append_gradient(graph, &op_matmul_grad_input, &a, (struct tensor *[]){dy[0], node->in[1]}, 2, node);
    a.result = node->in[1]->shape;
    dx[1] = append_gradient(graph, &op_matmul_grad_kernel, &a, (struct tensor *[]){node->in[0], dy[0]}, 2, node);
    return dx[0] && dx[1];
}

static int64_t work(const struct node *node)
{
    const struct shape *y = &node->out[0]->shape;
    return shape_count(&node->in[0]->shape) * y->dim[y->rank - 1];
}

static bool kernel_gradient_shape(struct graph *graph, struct node *node)
{
    const struct result *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SHARED);
}

static int64_t input_gradient_work(const struct node *node)
{
    return shape_count(&node->in[0]->shape) * node->in[1]->shape.dim[0];
}

static int64_t kernel_gradient_work(const struct node *node)
{
    return shape_count(&node->in[0]->shape) * node->out[0]->shape.dim[1];
}

/* Below, a second pass over the batch costs more than the sums. */
enum { MANY_NUMBERS = 1 << 14 };

static bool split(struct graph *graph, const struct node *node, struct tensor **rows)
{
    const struct result *a = node->attributes;
    if (node->in[0]->shape.rank != 1 || shape_count(&a->result) < MANY_NUMBERS)
        return true;
    struct tensor *panels = append_gradient(graph, &op_matmul_grad_panels, NULL, &node->in[1], 1, node);
    struct tensor *in[] = {node->in[0], panels};
    *rows = panels ? append_gradient(graph, &op_matmul_grad_rows, a, in, 2, node) : NULL;
    return *rows != NULL;
}

const struct op op_matmul = {
    .name = "matmul", /* (x, k) */
    .usage = {"the product of (x, kernel) along the last axis, with a kernel of (in, out)",
              "y[u] = sum over i of x[i] * k[i,u]",
              "local Mine = Layer{name = \"Mine\", call = function(self, x)\n"
              "  return op.matmul(x, self:parameter(\"kernel\", {4, 16}, \"glorot_uniform\"))\n"
              "end}\n"
              "return Sequential{Mine{input_shape = {8, 8, 4}}}"},
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .backward = backward,
    .takes_factor = true,
    .by_rows = true,
    .work = work};

/* dx[..., c] = sum over o of dy[..., o] * k[c, o] */
const struct op op_matmul_grad_input = {.name = "matmul_grad_input", /* (dy, k) */
                                        .attributes = result_attributes,
                                        .attributes_size = sizeof(struct result),
                                        .min_in = 2,
                                        .max_in = 2,
                                        .shape = result_shape,
                                        .work = input_gradient_work};

/* dk[c, o] = sum over the batch and ... of x[..., c] * dy[..., o] */
const struct op op_matmul_grad_kernel = {.name = "matmul_grad_kernel", /* (x, dy) */
                                         .attributes = result_attributes,
                                         .attributes_size = sizeof(struct result),
                                         .min_in = 2,
                                         .max_in = 2,
                                         .shape = kernel_gradient_shape,
                                         .split = split,
                                         .by_rows = true,
                                         .work = kernel_gradient_work};

/* matmul and matmul_grad_input of x without positions, for all blocks of the batch. */
const struct op op_matmul_blocks = {.name = "matmul_blocks", /* (x, k) */
                                    .min_in = 2,
                                    .max_in = 2,
                                    .by_batch = true,
                                    .shape = shape,
                                    .work = work};

const struct op op_matmul_blocks_grad_input = {.name = "matmul_blocks_grad_input", /* (dy, k) */
                                               .attributes = result_attributes,
                                               .attributes_size = sizeof(struct result),
                                               .min_in = 2,
                                               .max_in = 2,
                                               .by_batch = true,
                                               .shape = result_shape,
                                               .work = input_gradient_work};

/* The same numbers in another order: panels of two vectors of outputs, each with the block's samples one after the other. */
const struct op op_matmul_grad_panels = {.name = "matmul_grad_panels", /* (dy) */
                                         .min_in = 1,
                                         .max_in = 1,
                                         .shape = same_as_first};

/* matmul_grad_kernel of x without positions, some rows at a time over the whole batch. */
const struct op op_matmul_grad_rows = {.name = "matmul_grad_rows", /* (x, panels of dy) */
                                       .attributes = result_attributes,
                                       .attributes_size = sizeof(struct result),
                                       .min_in = 2,
                                       .max_in = 2,
                                       .by_parameters = true,
                                       .shape = kernel_gradient_shape,
                                       .work = kernel_gradient_work};
