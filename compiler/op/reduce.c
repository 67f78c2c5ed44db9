/* reduce.c -- sums, means, maxima, minima and products over some axes of each sample.
 *
 * Numbers that are equally large share the gradient of their maximum in equal parts, as in Keras on TensorFlow and JAX. */
#include "op/op.h"

#define ROW(name, text) text,
static const char *const functions[] = {REDUCTIONS(ROW) NULL};
#undef ROW

static const struct attribute attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct reduce, function), functions, "what becomes of the numbers"},
    {"axes", ATTRIBUTE_SHAPE, offsetof(struct reduce, axes), NULL,
     "counted from 0, without the batch, or from the end with -1; all, if none is given"},
    {"keepdims", ATTRIBUTE_BOOL, offsetof(struct reduce, keepdims), NULL, "keep these axes, with size 1"},
    {0}};

/* ---- shapes ---- */

static bool is_reduced(const struct reduce *a, int axis)
{
    for (int i = 0; i < a->axes.rank; i++)
        if (a->axes.dim[i] == axis)
            return true;
    return false;
}

/* Makes the axes those from 0 to rank - 1, in order. */
static bool resolve_axes(struct graph *graph, struct node *node)
{
    struct reduce *a = node->attributes;
    int rank = node->in[0]->shape.rank;
    unsigned seen = a->axes.rank == 0 ? (1u << rank) - 1 : 0;
    for (int i = 0; i < a->axes.rank; i++) {
        int64_t axis = a->axes.dim[i] + (a->axes.dim[i] < 0 ? rank : 0);
        if (axis < 0 || axis >= rank || seen & 1u << axis) {
            diag_error(graph->diag, node->origin, "reduce: %s has no such axes, or one is named twice",
                       shape_text(graph->arena, &node->in[0]->shape));
            return diag_hint(graph->diag, "axes are counted from 0, without the batch");
        }
        seen |= 1u << axis;
    }
    a->axes = (struct shape){0};
    for (int axis = 0; axis < rank; axis++)
        if (seen & 1u << axis)
            a->axes.dim[a->axes.rank++] = axis;
    return true;
}

static struct shape reduced_shape(const struct reduce *a, const struct shape *x, bool keepdims)
{
    struct shape y = {0};
    for (int axis = 0; axis < x->rank; axis++)
        if (!is_reduced(a, axis))
            y.dim[y.rank++] = x->dim[axis];
        else if (keepdims)
            y.dim[y.rank++] = 1;
    return y;
}

static bool shape(struct graph *graph, struct node *node)
{
    struct reduce *a = node->attributes;
    if (!resolve_axes(graph, node))
        return false;
    return node_output(graph, node, reduced_shape(a, &node->in[0]->shape, a->keepdims), node->in[0]->scope);
}

/* ---- gradients ---- */

static struct tensor *apply(struct graph *graph, int function, struct tensor *x, struct tensor *y,
                            const struct node *of)
{
    if (!x || !y)
        return NULL;
    return append_gradient(graph, &op_binary, &(struct binary){function}, (struct tensor *[]){x, y}, 2, of);
}

/* The same reduction by another function, which leaves axes of size 1. */
static struct tensor *reduce_as(struct graph *graph, int function, struct tensor *x, const struct node *of)
{
    struct reduce a = *(const struct reduce *)of->attributes;
    a.function = function;
    a.keepdims = true;
    return x ? append_gradient(graph, &op_reduce, &a, &x, 1, of) : NULL;
}

/* With axes of size 1 where the node has left some out. */
static struct tensor *with_axes(struct graph *graph, struct tensor *y, const struct node *of)
{
    struct result kept = {reduced_shape(of->attributes, &of->in[0]->shape, true)};
    if (!y || shape_equal(&kept.result, &y->shape))
        return y;
    return append_gradient(graph, &op_reshape, &kept, &y, 1, of);
}

static struct tensor *scale(struct graph *graph, struct tensor *x, double factor, double offset,
                            const struct node *of)
{
    return append_gradient(graph, &op_affine, &(struct affine){factor, offset}, &x, 1, of);
}

/* dy in equal parts to those that are as large as y. */
static struct tensor *to_equal(struct graph *graph, struct node *node, struct tensor *dy)
{
    struct tensor *x = node->in[0], *y = with_axes(graph, node->out[0], node);
    struct tensor *equal = apply(graph, BINARY_EQUAL, x, y, node);
    struct tensor *share = apply(graph, BINARY_DIVIDE, dy, reduce_as(graph, REDUCE_SUM, equal, node), node);
    return share ? append_gradient(graph, &op_select, NULL, (struct tensor *[]){equal, share}, 2, node) : NULL;
}

/* dy times the product of all others: of those that are not 0, over x if it is among them; nothing where another one is 0. */
static struct tensor *to_factors(struct graph *graph, struct node *node, struct tensor *dy)
{
    struct tensor *x = node->in[0], *zero = scale(graph, x, 0, 0, node);
    struct tensor *is_zero = apply(graph, BINARY_EQUAL, x, zero, node);
    struct tensor *factor = apply(graph, BINARY_ADD, x, is_zero, node);
    struct tensor *others =
        apply(graph, BINARY_DIVIDE, reduce_as(graph, REDUCE_PRODUCT, factor, node), factor, node);
    struct tensor *gradient = apply(graph, BINARY_MULTIPLY, others, dy, node);
    struct tensor *zeros =
        apply(graph, BINARY_SUBTRACT, reduce_as(graph, REDUCE_SUM, is_zero, node), is_zero, node);
    if (!gradient || !zeros)
        return NULL;
    return append_gradient(graph, &op_select, NULL, (struct tensor *[]){zeros, NULL, gradient}, 3, node);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct reduce *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    struct tensor *d = with_axes(graph, dy[0], node);
    double share = (double)shape_count(&node->out[0]->shape) / (double)shape_count(x); /* of a number in its mean */
    if (d && a->function == REDUCE_MEAN)
        d = scale(graph, d, share, 0, node);
    if (!d)
        return false;
    switch (a->function) {
    case REDUCE_SUM:
    case REDUCE_MEAN: dx[0] = append_gradient(graph, &op_broadcast, &(struct result){*x}, &d, 1, node); break;
    case REDUCE_MAX:
    case REDUCE_MIN: dx[0] = to_equal(graph, node, d); break;
    case REDUCE_PRODUCT: dx[0] = to_factors(graph, node, d); break;
    }
    return dx[0] != NULL;
}

/* ---- of parameters that are embedded ---- */

static double combine(int function, double y, double x)
{
    switch (function) {
    case REDUCE_MAX: return x > y ? x : y;
    case REDUCE_MIN: return x < y ? x : y;
    case REDUCE_PRODUCT: return y * x;
    }
    return y + x;
}

/* Where in x stands number j of those that become number i. */
static int64_t member(const struct reduce *a, const struct shape *x, int64_t i, int64_t j)
{
    int64_t index = 0, stride = 1;
    for (int axis = x->rank - 1; axis >= 0; axis--) {
        int64_t *from = is_reduced(a, axis) ? &j : &i;
        index += *from % x->dim[axis] * stride;
        *from /= x->dim[axis];
        stride *= x->dim[axis];
    }
    return index;
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct reduce *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t count = shape_count(&node->out[0]->shape), each = shape_count(x) / count;
    for (int64_t i = 0; i < count; i++) {
        double y = (double)in[0][member(a, x, i, 0)];
        for (int64_t j = 1; j < each; j++)
            y = combine(a->function, y, (double)in[0][member(a, x, i, j)]);
        out[0][i] = (float)(a->function == REDUCE_MEAN ? y / (double)each : y);
    }
}

/* Over the rows and columns of an image. */
static bool collapses(const struct node *node, struct collapse *collapse)
{
    const struct reduce *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    *collapse = (struct collapse){.function = a->function, .rows = x->dim[0]};
    return x->rank == 3 && a->axes.rank == 2 && a->axes.dim[0] == 0 && a->axes.dim[1] == 1 &&
           a->function != REDUCE_PRODUCT;
}

const struct op op_reduce = {.name = "reduce",
                             .usage = {"the sum, mean, largest, smallest or product of the numbers along some axes",
                                       "y = sum over axes of x",
                                       "op.reduce(x, {[\"function\"] = \"mean\", axes = {0, 1}, keepdims = true})"},
                             .attributes = attributes,
                             .attributes_size = sizeof(struct reduce),
                             .min_in = 1,
                             .max_in = 1,
                             .shape = shape,
                             .backward = backward,
                             .collapses = collapses,
                             .evaluate = evaluate};
