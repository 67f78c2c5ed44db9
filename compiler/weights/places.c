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
static const struct op *const of_features[] = {&op_batch_matmul, &op_gather, &op_loop_row, &op_loop_rows,
                                               &op_loop_state,   &op_matmul, NULL};
/* Their results have the channels that what they take has, or parts of them. */
static const struct op *const of_parts[] = {&op_binary, &op_border, &op_broadcast, &op_concat,
                                            &op_select, &op_slice,  NULL};

static bool is_of(const struct node *node, const struct op *const *ops)
{
    for (; *ops; ops++)
        if (node->op == *ops)
            return true;
    return false;
}

static struct places as_it_is(void) { return (struct places){.kind = PLACES_OWN}; }
static struct places unknown(void) { return (struct places){.kind = PLACES_UNKNOWN}; }
static int64_t last(const struct shape *shape) { return shape->rank ? shape->dim[shape->rank - 1] : 1; }

/* Of one channel or of one place, too: what such are put together to has more. */
static struct places channels_first(const struct shape *shape)
{
    return shape->rank < 2 ? as_it_is() : (struct places){.kind = PLACES_CHANNELS_FIRST, .shape = *shape};
}

/* Of number i. */
static int64_t place_of(const struct places *places, int64_t i)
{
    if (places->kind == PLACES_LISTED)
        return places->list[i];
    if (places->kind != PLACES_CHANNELS_FIRST)
        return i;
    int64_t channels = last(&places->shape);
    return i % channels * (shape_count(&places->shape) / channels) + i / channels;
}

static bool same_places(const struct places *a, const struct places *b, int64_t count)
{
    bool same = a->kind != PLACES_UNKNOWN && b->kind != PLACES_UNKNOWN;
    if (a->kind == PLACES_CHANNELS_FIRST && b->kind == a->kind && shape_equal(&a->shape, &b->shape))
        return true;
    for (int64_t i = 0; same && i < count; i++)
        same = place_of(a, i) == place_of(b, i);
    return same;
}

static bool are_own(const struct places *places, int64_t count)
{
    const struct places own = as_it_is();
    return same_places(places, &own, count);
}

/* Axis i of the result is axis order[i] of the input. */
static struct places permuted(struct arena *arena, const struct node *node, const struct places *before)
{
    const struct shape *in = &node->in[0]->shape, *out = &node->out[0]->shape;
    const struct shape *axes = &((const struct permute *)node->attributes)->order;
    int64_t count = shape_count(out), *list = arena_array(arena, count, sizeof *list);
    int64_t strides[SHAPE_MAX_RANK] = {0}, stride = 1;
    if (before->kind == PLACES_UNKNOWN)
        return unknown();
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
        if (part->kind == PLACES_UNKNOWN)
            return unknown();
        for (int64_t j = 0; j < count; j++)
            list[at + j] = at + place_of(part, j);
        at += count;
        moves |= !are_own(part, count);
    }
    return moves ? (struct places){.kind = PLACES_LISTED, .list = list} : as_it_is();
}

/* Has it the channels last that stand first there? So it has behind a reshape of the places alone, too. */
static bool has_channels(const struct tensor *tensor, const struct places *places)
{
    return places->kind == PLACES_CHANNELS_FIRST && last(&tensor->shape) == last(&places->shape);
}

static struct places reduced(const struct node *node, const struct places *before)
{
    const struct tensor *in = node->in[0], *out = node->out[0];
    const struct reduce *a = node->attributes;
    int64_t rest = last(&in->shape);
    bool mixes = a->axes.rank && a->axes.dim[a->axes.rank - 1] == in->shape.rank - 1;
    if (before->kind == PLACES_OWN || (!mixes && shape_count(&out->shape) == rest && in->shape.rank > 1))
        return has_channels(in, before) ? channels_first(&out->shape) : as_it_is();
    if (!has_channels(in, before))
        return shape_count(&out->shape) == 1 ? as_it_is() : unknown();
    return mixes && !a->keepdims ? as_it_is() : channels_first(&out->shape);
}

/* Not a parameter, nor what an op goes without. */
static bool is_data(const struct tensor *tensor) { return tensor && tensor->scope == SCOPE_SAMPLE; }

/* Of one number for each of what it takes: as all have it that have its shape, which do not agree where some come of features
 * and some of images. */
static struct places followed(const struct node *node, const struct places *all)
{
    const struct tensor *out = node->out[0];
    int64_t count = shape_count(&out->shape);
    const struct places *found = NULL;
    for (int i = 0; i < node->n_in; i++) {
        if (!is_data(node->in[i]) || !shape_equal(&node->in[i]->shape, &out->shape))
            continue;
        const struct places *places = &all[node->in[i]->id];
        if (found && !same_places(found, places, count))
            return unknown();
        found = found && found->kind == PLACES_CHANNELS_FIRST ? found : places;
    }
    return found ? *found : unknown();
}

/* Of parts that have other shapes than the whole. */
static struct places put_together(const struct node *node, const struct places *all)
{
    bool own = true, images = is_of(node, of_parts);
    for (int i = 0; i < node->n_in; i++) {
        const struct tensor *in = node->in[i];
        if (!is_data(in))
            continue;
        const struct places *places = &all[in->id];
        own &= are_own(places, shape_count(&in->shape));
        images &= has_channels(in, places);
    }
    return images ? channels_first(&node->out[0]->shape) : own ? as_it_is() : unknown();
}

/* Images that a reshape made of others are, in PyTorch, other images: it has put the numbers of a channel together. */
static bool are_images(const struct tensor *tensor, const struct places *places)
{
    struct places own = channels_first(&tensor->shape);
    bool ordered = places->kind == PLACES_CHANNELS_FIRST || places->kind == PLACES_LISTED;
    return places->kind != PLACES_UNKNOWN && (!ordered || same_places(places, &own, shape_count(&tensor->shape)));
}

/* Is each number of the result where that of an input is, of which it is made? */
static bool is_at_same_places(const struct node *node, int i)
{
    return is_data(node->in[i]) && node->op != &op_border && shape_equal(&node->in[i]->shape, &node->out[0]->shape);
}

static bool follows(const struct node *node)
{
    for (int i = 0; i < node->n_in; i++)
        if (is_at_same_places(node, i))
            return true;
    return false;
}

static struct places places_behind(struct arena *arena, const struct node *node, const struct places *all)
{
    const struct tensor *in = node->n_in ? node->in[0] : NULL, *out = node->out[0];
    if (!in || is_of(node, of_features))
        return as_it_is();
    if (is_of(node, of_images))
        return are_images(in, &all[in->id]) ? channels_first(&out->shape) : unknown();
    if (node->op == &op_permute)
        return permuted(arena, node, &all[in->id]);
    if (node->op == &op_reshape)
        return all[in->id];
    if (node->op == &op_reduce)
        return reduced(node, &all[in->id]);
    if (node->op == &op_concat && out->shape.rank == 1)
        return joined(arena, node, all);
    return follows(node) ? followed(node, all) : put_together(node, all);
}

/* ---- vectors that become images ---- */

static bool is_vector(const struct tensor *tensor) { return shape_count(&tensor->shape) == last(&tensor->shape); }

static void want(struct places *wanted, const struct tensor *tensor, struct places places)
{
    struct places *known = &wanted[tensor->id];
    bool other = known->kind != PLACES_OWN && !same_places(known, &places, shape_count(&tensor->shape));
    *known = other ? unknown() : places;
}

/* What a Reshape makes images of PyTorch has in their order, channels first; and so has what that vector is made of. */
static const struct places *wanted_of(const struct graph *graph)
{
    struct places *wanted = arena_array(graph->arena, graph->n_tensors + 1, sizeof *wanted);
    for (int n = graph->n_nodes; n-- > 0;) {
        const struct node *node = graph->nodes[n];
        const struct tensor *out = node->out[0];
        const struct places *places = &wanted[out->id];
        if (is_of(node, of_images) && is_data(node->in[0]))
            want(wanted, node->in[0], channels_first(&node->in[0]->shape));
        if (is_of(node, of_images) || is_of(node, of_features) || node->op == &op_permute ||
            are_own(places, shape_count(&out->shape)))
            continue;
        for (int i = 0; i < node->n_in; i++)
            if (is_data(node->in[i]) && (node->op == &op_reshape || is_at_same_places(node, i)))
                want(wanted, node->in[i], *places);
            else if (is_data(node->in[i]) && is_vector(out))
                want(wanted, node->in[i], unknown());
    }
    return wanted;
}

const struct places *places_of(const struct graph *graph)
{
    struct places *all = arena_array(graph->arena, graph->n_tensors + 1, sizeof *all);
    const struct places *wanted = wanted_of(graph);
    for (int i = 0; i < graph->n_inputs; i++) /* a picture's channels, not a sequence's features */
        if (graph->inputs[i]->shape.rank == 3)
            all[graph->inputs[i]->id] = channels_first(&graph->inputs[i]->shape);
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        const struct tensor *out = node->out[0];
        if (out->scope == SCOPE_SAMPLE)
            all[out->id] = is_of(node, of_features) && is_vector(out) ? wanted[out->id]
                                                                      : places_behind(graph->arena, node, all);
    }
    return all;
}

bool places_are_known(const struct places *places, int64_t count, int64_t width)
{
    int64_t step = width > 1 ? place_of(places, 1) - place_of(places, 0) : 0;
    if (width == count)
        return places->kind != PLACES_UNKNOWN;
    for (int64_t i = 0; i < count; i++)
        if (place_of(places, i) != place_of(places, i - i % width) + i % width * step)
            return false;
    return true;
}

const int64_t *places_list(struct arena *arena, const struct places *places, int64_t count)
{
    if (are_own(places, count))
        return NULL;
    int64_t *list = arena_array(arena, count, sizeof *list);
    for (int64_t i = 0; i < count; i++)
        list[i] = place_of(places, i);
    return list;
}
