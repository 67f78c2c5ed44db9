/* movement.c -- ops that only move numbers: reshape, permute, concat, slice, pad2d. */
#include "op/op.h"

#include <inttypes.h>

/* ---- reshape: the same numbers in the same order under another shape ---- */

static bool reshape_shape(struct graph *graph, struct node *node)
{
    const struct result *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    if (!shape_valid(&a->result) || shape_count(x) != shape_count(&a->result)) {
        diag_error(graph->diag, node->origin, "cannot reshape %s (%" PRId64 " numbers) to %s",
                   shape_text(graph->arena, x), shape_count(x), shape_text(graph->arena, &a->result));
        diag_trail(graph->diag, graph_trail(graph, node->in[0]));
        return false;
    }
    return node_output_of(graph, node, a->result, node->in[0]->scope, node->in[0]->element);
}

static bool reshape_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct result a = {node->in[0]->shape};
    dx[0] = append_gradient(graph, &op_reshape, &a, dy, 1, node);
    return dx[0] != NULL;
}

/* Could `reader`, which has the reshaped tensor first, work on what was reshaped? */
static bool passes(const struct node *node, const struct node *reader)
{
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    if (!reader->op->pointwise || reader->in[0] != node->out[0] || x->rank < 1 || y->rank < 1 ||
        x->dim[x->rank - 1] != y->dim[y->rank - 1] || !shape_equal(&reader->out[0]->shape, y)) /* it repeats y */
        return false;
    for (int i = 1; i < reader->n_in; i++)
        if (reader->in[i] && (reader->in[i]->scope != SCOPE_SHARED || reader->in[i]->shape.rank > 1))
            return false;
    return true;
}

/* reshape(reshape(x)) is one, or none. What only works on numbers moves in front of a reshape, so that it meets the op
 * that makes them: nonlinearities of a sequence follow the convolution of an image of one row. */
static bool reshape_simplify(struct graph *graph, struct node *node, bool *changed)
{
    const struct node *before = node->in[0]->producer;
    struct node *reader = NULL;
    struct tensor *y = NULL, *replaced = node->out[0];
    if (shape_equal(&node->in[0]->shape, &node->out[0]->shape)) {
        y = node->in[0];
    } else if (before && before->op == &op_reshape) {
        y = graph_apply(graph, &op_reshape, node->attributes, before->in, 1, node->origin);
    } else if (!node->out[0]->is_output && tensor_readers(graph, node->out[0], &reader) == 1 &&
               passes(node, reader)) {
        struct tensor **in = arena_array(graph->arena, reader->n_in, sizeof(struct tensor *));
        for (int i = 0; i < reader->n_in; i++)
            in[i] = i == 0 ? node->in[0] : reader->in[i];
        y = graph_apply(graph, reader->op, reader->attributes, in, reader->n_in, reader->origin);
        y = y ? graph_apply(graph, &op_reshape, node->attributes, &y, 1, node->origin) : NULL;
        replaced = reader->out[0];
    } else {
        return true;
    }
    if (!y)
        return false;
    graph_replace(graph, replaced, y);
    *changed = true;
    return true;
}

static const struct attribute reshape_attributes[] = {
    {"shape", ATTRIBUTE_SHAPE, offsetof(struct result, result), NULL, "the new shape, without the batch"}, {0}};

const struct op op_reshape = {
    .name = "reshape",
    .usage = {"the same numbers in another shape", NULL, "op.reshape(x, {shape = {64, 4}})"},
    .attributes = reshape_attributes,
    .attributes_size = sizeof(struct result),
    .min_in = 1,
    .max_in = 1,
    .shape = reshape_shape,
    .backward = reshape_backward,
    .simplify = reshape_simplify,
    .any_element = true,
    .alias = true};

/* ---- stop_gradient: the same tensor, through which nothing is trained ---- */

static bool stop(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    (void)graph, (void)node, (void)dy, (void)dx;
    return true;
}

const struct op op_stop_gradient = {
    .name = "stop_gradient",
    .usage = {"the tensor as it is, through which nothing in front of it is trained", NULL, "op.stop_gradient(x)"},
    .min_in = 1,
    .max_in = 1,
    .shape = same_as_first,
    .backward = stop,
    .identity_in_inference = true,
    .alias = true};

/* ---- permute: y's axis i is x's axis order[i] ---- */

static const struct attribute permute_attributes[] = {
    {"order", ATTRIBUTE_SHAPE, offsetof(struct permute, order), NULL,
     "for each axis of the result, the axis that it was, counted from 0"},
    {0}};

static bool permute_shape(struct graph *graph, struct node *node)
{
    const struct permute *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    struct shape y = {.rank = x->rank};
    unsigned seen = 0;
    for (int i = 0; i < a->order.rank && i < x->rank; i++) {
        int64_t axis = a->order.dim[i];
        if (axis < 0 || axis >= x->rank)
            break;
        seen |= 1u << axis;
        y.dim[i] = x->dim[axis];
    }
    if (a->order.rank != x->rank || seen != (1u << x->rank) - 1)
        return diag_error(graph->diag, node->origin, "permute: the order must name each of the %d axes of %s once",
                          x->rank, shape_text(graph->arena, x));
    return node_output(graph, node, y, node->in[0]->scope);
}

static bool permute_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct permute *a = node->attributes;
    struct permute inverse = {.order = {.rank = a->order.rank}};
    for (int i = 0; i < a->order.rank; i++)
        inverse.order.dim[a->order.dim[i]] = i;
    dx[0] = append_gradient(graph, &op_permute, &inverse, dy, 1, node);
    return dx[0] != NULL;
}

/* Two that undo each other vanish. */
static bool permute_simplify(struct graph *graph, struct node *node, bool *changed)
{
    const struct node *before = node->in[0]->producer;
    if (!before || before->op != &op_permute)
        return true;
    const struct shape *a = &((const struct permute *)before->attributes)->order;
    const struct shape *b = &((const struct permute *)node->attributes)->order;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[b->dim[i]] != i)
            return true;
    graph_replace(graph, node->out[0], before->in[0]);
    *changed = true;
    return true;
}

static void permute_evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct permute *a = node->attributes;
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    int64_t strides[SHAPE_MAX_RANK] = {0}, count = 1;
    for (int axis = x->rank - 1; axis >= 0; count *= x->dim[axis--])
        strides[axis] = count;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = 0, left = i;
        for (int axis = y->rank - 1; axis >= 0; left /= y->dim[axis--])
            from += left % y->dim[axis] * strides[a->order.dim[axis]];
        out[0][i] = in[0][from];
    }
}

const struct op op_permute = {
    .name = "permute",
    .usage = {"reorders the axes", "axis i of y is axis order[i] of x", "op.permute(x, {order = {2, 0, 1}})"},
    .attributes = permute_attributes,
    .attributes_size = sizeof(struct permute),
    .min_in = 1,
    .max_in = 1,
    .shape = permute_shape,
    .backward = permute_backward,
    .simplify = permute_simplify,
    .evaluate = permute_evaluate};

/* ---- concat and slice along one axis ---- */

struct concat {
    int64_t axis;
};

static const struct attribute concat_attributes[] = {
    {"axis", ATTRIBUTE_INT, offsetof(struct concat, axis), NULL, "counted from 0, without the batch"}, {0}};

static bool concat_shape(struct graph *graph, struct node *node)
{
    const struct concat *a = node->attributes;
    struct shape y = node->in[0]->shape;
    if (a->axis < 0 || a->axis >= y.rank)
        return diag_error(graph->diag, node->origin, "concat: %s has no such axis", shape_text(graph->arena, &y));
    for (int i = 1; i < node->n_in; i++) {
        if (!need_scope(graph, node, i, node->in[0]->scope))
            return false;
        struct shape x = node->in[i]->shape;
        int64_t more = x.rank == y.rank ? x.dim[a->axis] : 0;
        x.dim[a->axis] = y.dim[a->axis];
        if (!shape_equal(&x, &y)) {
            diag_error(
                graph->diag, node->origin, "cannot concatenate %s and %s: all dimensions but one must be equal",
                shape_text(graph->arena, &node->in[0]->shape), shape_text(graph->arena, &node->in[i]->shape));
            diag_trail(graph->diag, graph_trail(graph, node->in[i]));
            return false;
        }
        y.dim[a->axis] += more;
    }
    return node_output(graph, node, y, node->in[0]->scope);
}

static bool concat_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct slice part = {.axis = ((const struct concat *)node->attributes)->axis};
    for (int i = 0; i < node->n_in; i++) {
        part.count = node->in[i]->shape.dim[part.axis];
        dx[i] = append_gradient(graph, &op_slice, &part, dy, 1, node);
        if (!dx[i])
            return false;
        part.begin += part.count;
    }
    return true;
}

const struct op op_concat = {.name = "concat",
                             .usage = {"joins tensors along one axis", NULL, "op.concat(x, x, {axis = 2})"},
                             .attributes = concat_attributes,
                             .attributes_size = sizeof(struct concat),
                             .min_in = 1,
                             .max_in = -1,
                             .shape = concat_shape,
                             .backward = concat_backward};

static const struct attribute slice_attributes[] = {
    {"axis", ATTRIBUTE_INT, offsetof(struct slice, axis), NULL, "counted from 0, without the batch"},
    {"begin", ATTRIBUTE_INT, offsetof(struct slice, begin), NULL, "first index that is taken, counted from 0"},
    {"count", ATTRIBUTE_INT, offsetof(struct slice, count), NULL, "how many are taken"},
    {0}};

static const struct attribute slice_grad_attributes[] = {
    {"axis", ATTRIBUTE_INT, offsetof(struct slice, axis), NULL, NULL},
    {"begin", ATTRIBUTE_INT, offsetof(struct slice, begin), NULL, NULL},
    {"count", ATTRIBUTE_INT, offsetof(struct slice, count), NULL, NULL},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct slice, result), NULL, NULL},
    {0}};

static bool slice_shape(struct graph *graph, struct node *node)
{
    const struct slice *a = node->attributes;
    struct shape y = node->in[0]->shape;
    if (a->axis < 0 || a->axis >= y.rank || a->begin < 0 || a->count < 0 || a->begin > y.dim[a->axis] - a->count)
        return diag_error(graph->diag, node->origin, "slice lies outside %s", shape_text(graph->arena, &y));
    y.dim[a->axis] = a->count;
    return node_output(graph, node, y, node->in[0]->scope);
}

static bool slice_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct slice a = *(const struct slice *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_slice_grad, &a, dy, 1, node);
    return dx[0] != NULL;
}

/* Of parameters that are embedded. */
static void slice_evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct slice *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t inner = 1, total = shape_count(x), count = 0;
    for (int i = (int)a->axis + 1; i < x->rank; i++)
        inner *= x->dim[i];
    for (int64_t i = 0; i < total; i++) {
        int64_t place = i / inner % x->dim[a->axis];
        if (place >= a->begin && place < a->begin + a->count)
            out[0][count++] = in[0][i];
    }
}

static bool slice_grad_shape(struct graph *graph, struct node *node)
{
    const struct slice *a = node->attributes;
    return node_output(graph, node, a->result, node->in[0]->scope);
}

/* What lies one after the other stays where it is. */
static int64_t slice_part(const struct node *node)
{
    const struct slice *a = node->attributes;
    const struct tensor *x = node->in[0];
    return a->axis == 0 && x->scope == SCOPE_SAMPLE && x->element == ELEMENT_FLOAT
               ? a->begin * (shape_count(&x->shape) / x->shape.dim[0])
               : -1;
}

const struct op op_slice = {.name = "slice",
                            .usage = {"a part of a tensor along one axis", "y[i] = x[begin + i]",
                                      "op.slice(x, {axis = 0, begin = 2, count = 4})"},
                            .attributes = slice_attributes,
                            .attributes_size = sizeof(struct slice),
                            .min_in = 1,
                            .max_in = 1,
                            .shape = slice_shape,
                            .backward = slice_backward,
                            .part = slice_part,
                            .may_be_empty = true,
                            .evaluate = slice_evaluate};

/* dy where the slice was, zeros elsewhere */
const struct op op_slice_grad = {.name = "slice_grad",
                                 .attributes = slice_grad_attributes,
                                 .attributes_size = sizeof(struct slice),
                                 .min_in = 1,
                                 .max_in = 1,
                                 .shape = slice_grad_shape};

/* ---- pad2d: a border of zeros; negative padding takes rows or columns away ---- */

static const struct attribute pad_attributes[] = {{"padding", ATTRIBUTE_QUAD, offsetof(struct pad2d, padding), NULL,
                                                   "rows and columns of zeros on each side; negative numbers crop"},
                                                  {0}};

static bool pad_shape(struct graph *graph, struct node *node)
{
    const int64_t *p = ((const struct pad2d *)node->attributes)->padding;
    if (!need_rank(graph, node, 0, 3))
        return false;
    struct shape y = node->in[0]->shape;
    for (int i = 0; i < 4; i++)
        if (p[i] < -INT32_MAX || p[i] > INT32_MAX)
            return diag_error(graph->diag, node->origin, "pad2d's border of %" PRId64 " is too large", p[i]);
    y.dim[0] += p[0] + p[1];
    y.dim[1] += p[2] + p[3];
    return node_output(graph, node, y, node->in[0]->scope);
}

static bool pad_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct pad2d a = *(const struct pad2d *)node->attributes;
    for (int i = 0; i < 4; i++)
        a.padding[i] = -a.padding[i];
    dx[0] = append_gradient(graph, &op_pad2d, &a, dy, 1, node);
    return dx[0] != NULL;
}

static bool pad_simplify(struct graph *graph, struct node *node, bool *changed)
{
    const int64_t *p = ((const struct pad2d *)node->attributes)->padding;
    if (p[0] || p[1] || p[2] || p[3])
        return true;
    graph_replace(graph, node->out[0], node->in[0]);
    *changed = true;
    return true;
}

const struct op op_pad2d = {
    .name = "pad2d",
    .usage = {"zeros around an image, or fewer rows and columns", NULL, "op.pad2d(x, {padding = {1, 1, 2, 2}})"},
    .attributes = pad_attributes,
    .attributes_size = sizeof(struct pad2d),
    .min_in = 1,
    .max_in = 1,
    .shape = pad_shape,
    .backward = pad_backward,
    .simplify = pad_simplify};
