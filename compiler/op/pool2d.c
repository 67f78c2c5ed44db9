/* pool2d.c -- the maximum or the mean of windows of rows and columns, for every channel, and their gradients.
 *
 * Cells of a window that lie outside the input do not count: a maximum ignores them, a mean divides by the number
 * of real cells. The second output of max_pool2d says which cell of its window was the largest (row * columns of
 * the window + column; the first of equal ones), so that the gradient needs neither x nor y. */
#include "op/op.h"

#include <inttypes.h>

static const struct attribute attributes[] = {
    {"pool", ATTRIBUTE_PAIR, offsetof(struct pool2d, window.size), NULL, "rows and columns of a window"},
    {"strides", ATTRIBUTE_PAIR, offsetof(struct pool2d, window.strides), NULL, "from one window to the next"},
    {"padding", ATTRIBUTE_CHOICE, offsetof(struct pool2d, window.padding), explicit_padding_names,
     "valid: windows stay inside; same: they may lie over the border; explicit: by as many cells as pads says"},
    {"pads", ATTRIBUTE_QUAD, offsetof(struct pool2d, window.pads), NULL,
     "rows and columns beyond the border on each side, with padding = \"explicit\""},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct pool2d, result), NULL, NULL},
    {0}};

static const struct pool2d defaults = {.window = {.size = {2, 2}, .strides = {2, 2}, .dilation = {1, 1}}};

static bool pooled_shape(struct graph *graph, struct node *node, struct shape *y)
{
    struct pool2d *a = node->attributes;
    int64_t out[2];
    a->window.dilation[0] = a->window.dilation[1] = 1;
    if (!need_rank(graph, node, 0, 3) || !need_scope(graph, node, 0, SCOPE_SAMPLE) ||
        !window_resolve(graph, node, &a->window, &node->in[0]->shape, out))
        return false;
    *y = (struct shape){3, {out[0], out[1], node->in[0]->shape.dim[2]}};
    return true;
}

static bool average_shape(struct graph *graph, struct node *node)
{
    struct shape y;
    return pooled_shape(graph, node, &y) && node_output(graph, node, y, SCOPE_SAMPLE);
}

static bool max_shape(struct graph *graph, struct node *node)
{
    const struct pool2d *a = node->attributes;
    struct shape y;
    if (!pooled_shape(graph, node, &y))
        return false;
    if (a->window.size[0] * a->window.size[1] > 256)
        return diag_error(graph->diag, node->origin, "a max pool's window may have at most 256 cells, not %" PRId64,
                          a->window.size[0] * a->window.size[1]);
    for (int i = 0; i < 2; i++)
        if (!node_output(graph, node, y, SCOPE_SAMPLE))
            return false;
    node->out[1]->element = ELEMENT_BYTE;
    return true;
}

static bool gradient_shape(struct graph *graph, struct node *node)
{
    const struct pool2d *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SAMPLE);
}

static bool max_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct pool2d a = *(const struct pool2d *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_max_pool2d_grad, &a, (struct tensor *[]){dy[0], node->out[1]}, 2, node);
    return dx[0] != NULL;
}

static bool average_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct pool2d a = *(const struct pool2d *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_average_pool2d_grad, &a, dy, 1, node);
    return dx[0] != NULL;
}

bool pool_tiles(const struct node *node)
{
    const struct window *w = &((const struct pool2d *)node->attributes)->window;
    bool padded = w->pads[0] || w->pads[1] || w->pads[2] || w->pads[3];
    return !padded && w->size[0] == w->strides[0] && w->size[1] == w->strides[1] && w->size[0] * w->size[1] <= 6;
}

/* max(f(x)) = f(max(x)) for a function that never falls: fewer f, and the convolution meets the pool. */
static bool max_simplify(struct graph *graph, struct node *node, bool *changed)
{
    struct node *f = node->in[0]->producer;
    if (!f || !unary_monotone(f) || f->out[0]->is_output || tensor_readers(graph, f->out[0], NULL) != 1 ||
        tensor_readers(graph, node->out[1], NULL) != 0)
        return true;
    struct tensor *pooled = graph_apply(graph, &op_max_pool2d, node->attributes, f->in, 1, node->origin);
    struct tensor *y = pooled ? graph_apply(graph, &op_unary, f->attributes, &pooled, 1, f->origin) : NULL;
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    *changed = true;
    return true;
}

static struct window *window(const struct node *node) { return &((struct pool2d *)node->attributes)->window; }

/* One window that lies on all columns. */
static bool collapses_to(const struct node *node, struct collapse *collapse, int function)
{
    const struct window *w = window(node);
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    *collapse = (struct collapse){.function = function, .rows = w->size[0]};
    bool padded = w->pads[0] || w->pads[1] || w->pads[2] || w->pads[3];
    return !padded && y->dim[0] == 1 && y->dim[1] == 1 && w->size[1] == x->dim[1];
}

static bool average_collapses(const struct node *node, struct collapse *collapse)
{
    return collapses_to(node, collapse, REDUCE_MEAN);
}

static bool max_collapses(const struct node *node, struct collapse *collapse)
{
    return collapses_to(node, collapse, REDUCE_MAX);
}

#define POOL_OP(NAME, ABOUT, FORMULA, EXAMPLE, INPUTS, SHAPE, BACKWARD, SIMPLIFY, WINDOW, COLLAPSES, OUTSIDE)      \
    const struct op op_##NAME = {.name = #NAME,                                                                    \
                                 .usage = {ABOUT, FORMULA, EXAMPLE},                                               \
                                 .attributes = attributes,                                                         \
                                 .attributes_size = sizeof(struct pool2d),                                         \
                                 .attribute_defaults = &defaults,                                                  \
                                 .min_in = (INPUTS),                                                               \
                                 .max_in = (INPUTS),                                                               \
                                 .shape = (SHAPE),                                                                 \
                                 .backward = (BACKWARD),                                                           \
                                 .simplify = (SIMPLIFY),                                                           \
                                 .window = (WINDOW),                                                               \
                                 .collapses = (COLLAPSES),                                                         \
                                 .outside = (OUTSIDE)};

POOL_OP(max_pool2d, "the largest value of each window, channel by channel",
        "y[p,q,c] = max over i,j of x[p*s+i, q*s+j, c]", "op.max_pool2d(x, {pool = 2, strides = 2})", 1, max_shape,
        max_backward, max_simplify, window, max_collapses, OUTSIDE_LOWEST) /* x -> y, argmax */
POOL_OP(max_pool2d_grad, NULL, NULL, NULL, 2, gradient_shape, NULL, NULL, NULL, NULL,
        OUTSIDE_NOTHING) /* dy, argmax -> dx */
POOL_OP(average_pool2d, "the mean of each window, channel by channel; what lies outside does not count",
        "y[p,q,c] = mean over i,j of x[p*s+i, q*s+j, c]", "op.average_pool2d(x, {pool = 2, strides = 2})", 1,
        average_shape, average_backward, NULL, window, average_collapses, OUTSIDE_NOTHING) /* x -> y */
POOL_OP(average_pool2d_grad, NULL, NULL, NULL, 1, gradient_shape, NULL, NULL, NULL, NULL,
        OUTSIDE_NOTHING) /* dy -> dx */
