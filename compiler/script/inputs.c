/* inputs.c -- what the finished model wants of its inputs: pixels as they are, whole numbers, indices below a limit. */
#include "op/op.h"
#include "script/script.h"

#include <math.h>

/* Is it Rescaling, or does it divide as scripts do that have pixels: x / 255, (x - 127.5) / 127.5? */
static bool scales_pixels(const struct node *node)
{
    const double least = 32; /* by less other numbers are divided, too */
    const struct affine *affine = node->op == &op_affine ? node->attributes : NULL;
    return node->origin.rescales || (affine && fabs(affine->scale) <= 1 / least);
}

/* Does it move numbers, or take them between their neighbours, so that pixels stay pixels? */
static bool keeps_pixels(const struct node *node)
{
    const struct affine *affine = node->op == &op_affine ? node->attributes : NULL;
    if (affine && affine->scale == 1)
        return true;
    static const struct op *const ops[] = {&op_augment, &op_border,   &op_pad2d,  &op_permute,
                                           &op_resize,  &op_resample, &op_reshape};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (node->op == ops[i])
            return true;
    return false;
}

static bool reads_any(const struct node *node, const bool *tensors)
{
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && tensors[node->in[i]->id])
            return true;
    return false;
}

/* Does the script scale its input itself, at once or behind augmentation, resizing and what is only added, or want whole
 * numbers? Then bytes reach it as they are. */
static bool all_readers_rescale(const struct graph *graph, const struct tensor *in)
{
    bool found = in->element != ELEMENT_FLOAT;
    bool *unscaled = arena_array(graph->arena, graph->n_tensors, sizeof *unscaled);
    unscaled[in->id] = !found;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!reads_any(node, unscaled))
            continue;
        bool scales = scales_pixels(node) || cast_makes(node, ELEMENT_INT32);
        if (!scales && !keeps_pixels(node))
            return false;
        unscaled[node->out[0]->id] = !scales;
        found |= scales;
    }
    return found;
}

static bool all_readers_cast(const struct graph *graph, const struct tensor *in)
{
    bool found = false;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) {
            const struct node *node = graph->nodes[i];
            if (node->in[j] != in)
                continue;
            if (!cast_makes(node, ELEMENT_INT32))
                return false;
            found = true;
        }
    return found;
}

/* An input of which the script says no type, and which only gives indices, has whole numbers. */
static void find_index_inputs(struct graph *graph)
{
    for (int i = 0; i < graph->n_inputs; i++) {
        struct tensor *in = graph->inputs[i];
        if (!in->may_be_indices || !all_readers_cast(graph, in))
            continue;
        in->element = ELEMENT_INT32;
        for (int j = 0; j < graph->n_nodes; j++)
            if (graph->nodes[j]->n_in > 0 && graph->nodes[j]->in[0] == in &&
                cast_makes(graph->nodes[j], ELEMENT_INT32))
                graph_replace(graph, graph->nodes[j]->out[0], in);
    }
    graph_sweep(graph);
}

static const struct tensor *before_reshapes(const struct tensor *tensor)
{
    while (tensor->producer && tensor->producer->op->alias)
        tensor = tensor->producer->in[0];
    return tensor;
}

/* Of the tables that the input has indices of, the fewest rows; 0: of none. */
static int64_t index_limit(const struct graph *graph, const struct tensor *in)
{
    int64_t limit = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!node->op->index_limit || before_reshapes(node->in[0]) != in)
            continue;
        int64_t rows = node->op->index_limit(node);
        limit = limit && limit < rows ? limit : rows;
    }
    return limit;
}

void script_find_inputs(struct graph *graph)
{
    find_index_inputs(graph);
    for (int i = 0; i < graph->n_inputs; i++) {
        graph->inputs[i]->indices = index_limit(graph, graph->inputs[i]);
        graph->inputs[i]->rescales = all_readers_rescale(graph, graph->inputs[i]);
    }
}
