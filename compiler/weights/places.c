/* places.c -- where PyTorch has the numbers of a tensor.
 *
 * It computes images and sequences with their channels first, and flattens them so. What stands behind moves places, or leaves
 * them. */
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

static struct places as_it_is(void) { return (struct places){.kind = PLACES_OWN}; }

static struct places channels_first(const struct shape *shape)
{
    int64_t channels = shape->rank ? shape->dim[shape->rank - 1] : 1;
    if (shape->rank < 2 || channels == 1 || shape_count(shape) == channels)
        return as_it_is();
    return (struct places){.kind = PLACES_CHANNELS_FIRST, .shape = *shape};
}

/* Of number i. */
static int64_t place_of(const struct places *places, int64_t i)
{
    if (places->kind == PLACES_LISTED)
        return places->list[i];
    if (places->kind == PLACES_OWN)
        return i;
    int64_t channels = places->shape.dim[places->shape.rank - 1];
    return i % channels * (shape_count(&places->shape) / channels) + i / channels;
}

/* Axis i of the result is axis order[i] of the input. */
static struct places permuted(struct arena *arena, const struct node *node, const struct places *before)
{
    const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;
    const struct shape *axes = &((const struct permute *)node->attributes)->order;
    int64_t count = shape_count(out), *list = arena_array(arena, count, sizeof *list);
    int64_t strides[SHAPE_MAX_RANK] = {0}, stride = 1;
    for (int axis = in->rank; axis-- > 0; stride *= in->dim[axis])
        strides[axis] = stride;
    bool moves = false;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = 0, left = i;
        for (int axis = out->rank; axis-- > 0; left /= out->dim[axis])
            from += left % out->dim[axis] * strides[axes->dim[axis]];
        list[i] = place_of(before, from);
        moves |= list[i] != i;
    }
    return moves ? (struct places){.kind = PLACES_LISTED, .list = list} : as_it_is();
}

/* Vectors one behind the other. */
static struct places joined(struct arena *arena, const struct node *node, const struct places *all)
{
    int64_t *list = arena_array(arena, shape_count(&node->out[0]->shape), sizeof *list), at = 0;
    bool moves = false;
    for (int i = 0; i < node->n_in; i++) {
        const struct places *part = &all[node->in[i]->id];
        int64_t count = shape_count(&node->in[i]->shape);
        for (int64_t j = 0; j < count; j++)
            list[at + j] = at + place_of(part, j);
        at += count;
        moves |= part->kind != PLACES_OWN;
    }
    return moves ? (struct places){.kind = PLACES_LISTED, .list = list} : as_it_is();
}

static struct places places_behind(struct arena *arena, const struct node *node, const struct places *all)
{
    const struct tensor *in = node->n_in ? node->in[0] : NULL, *out = node->out[0];
    if (!in || is_of(node, of_features))
        return as_it_is();
    if (is_of(node, of_images))
        return channels_first(&out->shape);
    if (node->op == &op_permute)
        return permuted(arena, node, &all[in->id]);
    if (node->op == &op_reshape || (shape_equal(&in->shape, &out->shape) && in->scope == SCOPE_SAMPLE))
        return all[in->id];
    if (node->op == &op_concat && out->shape.rank == 1)
        return joined(arena, node, all);
    bool known = is_of(node, of_parts) && all[in->id].kind != PLACES_OWN;
    return known ? channels_first(&out->shape) : as_it_is();
}

const struct places *places_of(const struct graph *graph)
{
    struct places *all = arena_array(graph->arena, graph->n_tensors + 1, sizeof *all);
    for (int i = 0; i < graph->n_inputs; i++) /* a picture's channels, not a sequence's features */
        if (graph->inputs[i]->shape.rank == 3)
            all[graph->inputs[i]->id] = channels_first(&graph->inputs[i]->shape);
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->out[0]->scope == SCOPE_SAMPLE)
            all[graph->nodes[i]->out[0]->id] = places_behind(graph->arena, graph->nodes[i], all);
    return all;
}

const int64_t *places_list(struct arena *arena, const struct places *places, int64_t count)
{
    if (places->kind == PLACES_OWN)
        return NULL;
    int64_t *list = arena_array(arena, count, sizeof *list);
    for (int64_t i = 0; i < count; i++)
        list[i] = place_of(places, i);
    return list;
}
