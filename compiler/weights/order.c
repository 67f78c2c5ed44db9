/* order.c -- where PyTorch has the numbers of a tensor.
 *
 * It computes images and sequences with their channels first, and flattens them so. From a tensor that is flat one goes back
 * to where it was none; what stands between moves places, or leaves them. */
#include "weights/weights.h"

#include "op/op.h"

/* Their results are images: rows, columns, channels. */
static const struct op *const of_images[] = {&op_average_pool2d, &op_conv2d,   &op_conv2d_transpose, &op_max_pool2d,
                                             &op_pad2d,          &op_resample, &op_resize,           NULL};
/* What they make is in the order of its own axes. */
static const struct op *const of_features[] = {&op_batch_matmul, &op_gather, &op_loop_rows, &op_matmul, NULL};
static const struct op *const of_parts[] = {&op_concat, &op_slice, NULL};

static bool is_of(const struct node *node, const struct op *const *ops)
{
    for (; *ops; ops++)
        if (node->op == *ops)
            return true;
    return false;
}

/* Of channels last, where they are first. */
static const int64_t *channels_first(const struct graph *graph, const struct shape *shape)
{
    int64_t channels = shape->rank ? shape->dim[shape->rank - 1] : 1, places = shape_count(shape) / channels;
    if (shape->rank < 2 || channels == 1 || places == 1)
        return NULL;
    int64_t *order = arena_array(graph->arena, shape_count(shape), sizeof *order);
    for (int64_t p = 0; p < places; p++)
        for (int64_t c = 0; c < channels; c++)
            order[p * channels + c] = c * places + p;
    return order;
}

static int64_t place_of(const int64_t *order, int64_t i) { return order ? order[i] : i; }

/* Axis i of the result is axis order[i] of the input. */
static const int64_t *permuted(const struct graph *graph, const struct node *node, const int64_t *before)
{
    const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;
    const struct shape *axes = &((const struct permute *)node->attributes)->order;
    int64_t count = shape_count(out), *order = arena_array(graph->arena, count, sizeof *order);
    int64_t strides[SHAPE_MAX_RANK], stride = 1;
    for (int axis = in->rank; axis-- > 0; stride *= in->dim[axis])
        strides[axis] = stride;
    bool moves = false;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = 0, left = i;
        for (int axis = out->rank; axis-- > 0; left /= out->dim[axis])
            from += left % out->dim[axis] * strides[axes->dim[axis]];
        order[i] = place_of(before, from);
        moves |= order[i] != i;
    }
    return moves ? order : NULL;
}

/* Vectors one behind the other. */
static const int64_t *joined(const struct graph *graph, const struct node *node)
{
    int64_t *order = arena_array(graph->arena, shape_count(&node->out[0]->shape), sizeof *order), at = 0;
    bool moves = false;
    for (int i = 0; i < node->n_in; i++) {
        const int64_t *part = order_of(graph, node->in[i]);
        int64_t count = shape_count(&node->in[i]->shape);
        for (int64_t j = 0; j < count; j++)
            order[at + j] = at + place_of(part, j);
        at += count;
        moves |= part != NULL;
    }
    return moves ? order : NULL;
}

/* Of what is neither moved as a whole nor left at its place: is it of channels that PyTorch has first? */
static const int64_t *of_others(const struct graph *graph, const struct node *node)
{
    const struct tensor *out = node->out[0], *in = node->n_in ? node->in[0] : NULL;
    if (node->op == &op_concat && out->shape.rank == 1)
        return joined(graph, node);
    bool known = is_of(node, of_images);
    if (in && is_of(node, of_parts))
        known = order_of(graph, in) != NULL;
    return known ? channels_first(graph, &out->shape) : NULL;
}

const int64_t *order_of(const struct graph *graph, const struct tensor *tensor)
{
    for (;;) {
        const struct node *node = tensor->producer;
        if (!node) /* a picture's channels, not a sequence's features */
            return tensor->role == ROLE_INPUT && tensor->shape.rank == 3 ? channels_first(graph, &tensor->shape)
                                                                         : NULL;
        const struct tensor *in = node->n_in ? node->in[0] : NULL;
        if (!in || is_of(node, of_features))
            return NULL;
        if (node->op == &op_permute)
            return permuted(graph, node, order_of(graph, in));
        bool stays =
            node->op == &op_reshape || (shape_equal(&in->shape, &tensor->shape) && in->scope == SCOPE_SAMPLE);
        if (!stays || is_of(node, of_images))
            return of_others(graph, node);
        tensor = in;
    }
}
