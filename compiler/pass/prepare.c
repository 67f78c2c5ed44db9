/* prepare.c -- parameters as inference reads them: folded with what normalises them and packed for the kernels. What
 * depends on parameters only is computed when they are set, or at compile time when they are embedded. What would only
 * be copied is read where it is. A training step that goes through the samples one by one packs what it reads, too, anew each time.
 *
 * Requires an inference graph. Sets node->once; storage and offset of what these nodes make. */
#include "kernel/kernel.h"
#include "pass/pass.h"

#include <string.h>

/* The tensor whose memory this one shares: aliases are known by their op here, before fuse. */
static const struct tensor *memory_of(const struct tensor *tensor)
{
    while (tensor->producer && tensor->producer->op->alias)
        tensor = tensor->producer->in[0];
    return tensor;
}

/* The node that packs `tensor` in this way already, for another call of a shared layer; NULL: none. */
static struct node *find_packed(const struct graph *graph, const struct tensor *tensor, const struct pack *pack)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        const struct pack *other = node->attributes;
        if (node->op == &op_pack && node->in[0] == tensor && other->panel == pack->panel &&
            other->groups == pack->groups && other->turned == pack->turned)
            return node;
    }
    return NULL;
}

/* Puts a pack node between a SHARED tensor and one reader of it. */
static bool pack_input(struct graph *graph, struct node *reader, int input, struct pack pack)
{
    struct node *found = find_packed(graph, reader->in[input], &pack);
    if (found) {
        reader->in[input] = found->out[0];
        return true;
    }
    struct tensor *packed = graph_apply(graph, &op_pack, &pack, &reader->in[input], 1, reader->origin);
    if (!packed)
        return false;
    reader->in[input] = packed;
    return true;
}

/* Small kernels read the weights of one filter after the other, or with vectors all filters' of one tap: as they are. So do
 * weights lie that are one row. */
static struct pack packing(const struct graph *graph, const struct node *node, int input,
                           const struct target *target)
{
    const struct shape *shape = &node->in[input]->shape;
    struct pack copy = {.panel = shape->rank ? shape->dim[shape->rank - 1] : 1, .groups = 1};
    if (input != 1 || !kernels_of(node->op)->pack)
        return copy;
    if (graph->optimize == OPTIMIZE_SPEED)
        return kernels_of(node->op)->pack(node, target);
    bool one_row = shape_count(shape) == copy.panel;
    return target->lanes == 1 && !one_row ? (struct pack){.panel = 1, .groups = 1} : copy;
}

static bool only_copies(const struct tensor *tensor, struct pack pack)
{
    const struct shape *shape = &tensor->shape;
    int64_t columns = shape->rank ? shape->dim[shape->rank - 1] : 1;
    return pack.groups == 1 && pack.panel == columns;
}

/* Can kernels read `tensor` where it is? For vectors it is aligned, and what is embedded must be one array. */
static bool is_in_place(const struct graph *graph, const struct tensor *tensor, const struct target *target)
{
    return target->lanes == 1 && !(graph->embeds && memory_of(tensor)->parameter);
}

static bool pack_inputs(struct graph *graph, struct node *node, const struct target *target)
{
    for (int i = 0; i < node->n_in; i++) {
        struct tensor *in = node->in[i];
        if (!in || in->scope != SCOPE_SHARED)
            continue;
        struct pack pack = packing(graph, node, i, target);
        bool weights = i == 1 && kernels_of(node->op)->pack;
        if (!weights && !memory_of(in)->parameter)
            continue;
        if (only_copies(in, pack) && is_in_place(graph, in, target))
            continue;
        if (!pack_input(graph, node, i, pack))
            return false;
    }
    return true;
}

bool pass_pack(struct graph *graph, const struct target *target)
{
    int count = graph->n_nodes;
    for (int i = 0; i < count; i++) {
        struct node *node = graph->nodes[i];
        const struct kernels *kernels = kernels_of(node->op);
        bool weights = kernels->pack && node->in[1]->scope == SCOPE_SHARED;
        if (weights && !node_is_shared(node) && !pack_input(graph, node, 1, kernels->pack(node, target)))
            return false;
    }
    graph_sweep(graph);
    return true;
}

/* By nodes that run for samples, or by who sums the loss. */
static bool read_by_samples(const struct graph *graph, const struct tensor *tensor)
{
    if (graph->penalty && memory_of(graph->penalty) == tensor)
        return true;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_in && !node->once; j++)
            if (node->in[j] && memory_of(node->in[j]) == tensor)
                return true;
    }
    return false;
}

/* Offsets of what a node that runs once makes: wanted, or only on the way to it. */
static void place(struct graph *graph, bool wanted, int64_t align, int64_t *floats)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        struct tensor *out = node->out[0];
        if (!node->once || node->op->alias || read_by_samples(graph, out) != wanted)
            continue;
        out->storage = STORE_PREPARED;
        out->offset = *floats * (int64_t)sizeof(float);
        *floats = round_up(*floats + shape_count(&out->shape), align);
    }
}

bool pass_prepare(struct graph *graph, const struct target *target, struct prepared *prepared)
{
    int count = graph->n_nodes;
    for (int i = 0; i < count; i++)
        if (!node_is_shared(graph->nodes[i]) && !pack_inputs(graph, graph->nodes[i], target))
            return false;
    graph_sweep(graph);
    for (int i = 0; i < graph->n_nodes; i++)
        graph->nodes[i]->once = node_is_shared(graph->nodes[i]);
    int64_t floats = 0;
    place(graph, true, target->lanes, &floats);
    prepared->floats = floats;
    place(graph, false, target->lanes, &floats);
    prepared->scratch_floats = floats - prepared->floats;
    prepared->direct_floats = 0;
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->parameter && read_by_samples(graph, graph->tensors[i]))
            prepared->direct_floats += shape_count(&graph->tensors[i]->shape);
    return true;
}

/* Where a value that is computed once is. */
static const float *value_of(const struct tensor *tensor, const float *parameters, const float *prepared)
{
    tensor = memory_of(tensor);
    return tensor->parameter ? parameters + tensor->parameter->offset
                             : prepared + tensor->offset / (int64_t)sizeof(float);
}

bool prepared_evaluate(const struct graph *graph, const struct prepared *prepared, const float *parameters,
                       float *out)
{
    memset(out, 0, (size_t)(prepared->floats + prepared->scratch_floats) * sizeof *out);
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!node->once || node->op->alias)
            continue;
        const float *in[3] = {NULL, NULL, NULL};
        if (!node->op->evaluate || node->n_in > 3) {
            diag_error(graph->diag, node->origin, "%s of parameters cannot be computed when they are embedded",
                       node->op->name);
            return diag_hint(graph->diag, "leave out --weights and set the parameters when the program runs");
        }
        for (int j = 0; j < node->n_in; j++)
            in[j] = node->in[j] ? value_of(node->in[j], parameters, out) : NULL;
        float *result = out + node->out[0]->offset / (int64_t)sizeof(float);
        node->op->evaluate(node, in, &result);
    }
    return true;
}
