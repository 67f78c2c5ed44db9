/* plan.c -- gives every tensor its memory.
 *
 * A step of the schedule is one kernel. A tensor of one sample (or block of samples) lives from the step that makes
 * it to the last that reads it, and tensors whose lives do not meet may share bytes. Offsets are found greedily, the
 * largest first, each at the lowest place that is free during its life (Pisarchyk & Lee 2020, "greedy by size").
 *
 * Requires scheduled. Sets storage, offset, first and last of the tensors; the bytes of the program. */
#include "pass/pass.h"

#include <stdlib.h>
#include <string.h>

struct planner {
    struct program *program;
    struct graph *graph;
    struct pool workspace, saved;
    struct buffer **of; /* by tensor id; NULL: in neither */
    int *first_of;      /* by a loop's number: its first step */
};

static struct tensor *root(struct tensor *tensor) { return tensor->alias ? tensor->alias : tensor; }

static struct node *head(struct node *node) { return node->fused_into ? node->fused_into : node; }

static int64_t align(const struct planner *planner, int64_t bytes)
{
    int64_t unit = planner->program->lanes * (int64_t)sizeof(float);
    if (planner->program->kind == PROGRAM_PREDICT)
        unit = (int64_t)sizeof(float);
    return (bytes + unit - 1) / unit * unit;
}

/* Of all samples of a block. */
static int64_t block_bytes(const struct planner *planner, const struct tensor *tensor)
{
    int64_t lanes = tensor->scope == SCOPE_SAMPLE ? planner->program->lanes : 1;
    return align(planner, tensor_bytes(tensor) * lanes);
}

/* ---- lives ---- */

static void extend(struct tensor *tensor, int step)
{
    tensor = root(tensor);
    if (step < tensor->first)
        tensor->first = step;
    if (step > tensor->last)
        tensor->last = step;
}

/* What lives beyond the rounds of a loop lives in all of them. */
static void extend_by_loop(struct planner *planner, const struct loop *loop, struct tensor *tensor)
{
    const struct graph *graph = planner->graph;
    int first = planner->first_of[loop->number];
    int last = first;
    if (tensor_loop(root(tensor)) == loop)
        return;
    while (last + 1 < graph->n_nodes && graph->nodes[last + 1]->loop == loop)
        last++;
    extend(tensor, first);
    extend(tensor, last);
}

/* The first step of each phase loads what the phase reads of inputs, labels and weights. */
static void extend_by_node(struct node *node)
{
    int step = head(node)->id;
    for (int j = 0; j < node->n_in; j++)
        if (node->in[j])
            extend(node->in[j], node->in[j]->producer ? step : -1), extend(node->in[j], step);
    for (int j = 0; j < node->n_out; j++)
        extend(node->out[j], step), extend(node->out[j], head(node)->loads ? -1 : step);
}

static void extend_by_loop_of(struct planner *planner, const struct node *node)
{
    for (int j = 0; j < node->n_in + node->n_out; j++) {
        struct tensor *tensor = j < node->n_in ? node->in[j] : node->out[j - node->n_in];
        if (tensor)
            extend_by_loop(planner, node->loop, tensor);
    }
}

static void find_lives(struct planner *planner)
{
    struct graph *graph = planner->graph;
    planner->workspace.end = graph->n_nodes;
    for (int i = 0; i < graph->n_tensors; i++) {
        graph->tensors[i]->first = INT32_MAX;
        graph->tensors[i]->last = -1;
        graph->tensors[i]->combined_offset = -1;
    }
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        extend_by_node(node);
        if (node->loop && (i == 0 || graph->nodes[i - 1]->loop != node->loop))
            planner->first_of[node->loop->number] = i;
        if (node->loop)
            extend_by_loop_of(planner, node);
    }
    for (int i = 0; i < graph->n_outputs; i++)
        extend(graph->outputs[i], planner->workspace.end);
    for (int i = 0; i < graph->n_metrics; i++)
        extend(graph->metrics[i], planner->workspace.end);
    if (graph->loss)
        extend(graph->loss, planner->workspace.end);
    if (graph->penalty)
        extend(graph->penalty, planner->workspace.end);
    for (int i = 0; i < graph->n_constraints; i++)
        extend(graph->constraints[i].value, planner->workspace.end);
}

/* ---- which storage ---- */

/* The phases in which a tensor is made and read: a node of an early phase may stand behind one of a later phase, so the ends
 * of a life in steps do not tell. */
struct phases {
    int first, last;
    bool behind; /* read when the blocks have passed */
};

/* The sums are taken where the loss is made, also of a metric that labels alone decide. */
static int phase_of_sums(const struct graph *graph, const struct tensor *tensor)
{
    for (int i = 0; i < graph->n_metrics; i++)
        if (root(graph->metrics[i]) == tensor)
            return root(graph->loss)->producer->phase;
    return -1;
}

static struct phases phases_of(const struct planner *planner, const struct tensor *tensor)
{
    struct phases phases = {.first = INT32_MAX, .last = -1};
    if (tensor->producer)
        phases.first = phases.last = tensor->producer->phase;
    for (int i = 0; i < planner->graph->n_nodes; i++) {
        const struct node *node = planner->graph->nodes[i];
        for (int j = 0; j < node->n_in; j++) {
            if (!node->in[j] || root(node->in[j]) != tensor)
                continue;
            phases.behind |= node->op->by_batch;
            phases.first = node->phase < phases.first ? node->phase : phases.first;
            phases.last = node->phase > phases.last ? node->phase : phases.last;
        }
    }
    int sums = phase_of_sums(planner->graph, tensor);
    phases.last = sums > phases.last ? sums : phases.last;
    return phases;
}

static bool crosses_phases(const struct planner *planner, const struct tensor *tensor)
{
    struct phases phases = phases_of(planner, tensor);
    return phases.behind || phases.first < phases.last;
}

/* Does a node that is fused behind read the first output in its kernel? */
static bool is_fused_away(const struct node *node, const struct tensor *tensor)
{
    if (tensor->output_index > 0)
        return false;
    return node->fused_into ? node_last(node->fused_into) != node : node->n_fused > 0;
}

static enum storage storage_of(const struct planner *planner, struct tensor *tensor)
{
    const struct program *program = planner->program;
    bool single = program->kind == PROGRAM_PREDICT;
    if (tensor->storage == STORE_PREPARED)
        return STORE_PREPARED;
    if (tensor->role == ROLE_PARAMETER)
        return STORE_PARAMETER;
    if (tensor->role == ROLE_STATE || (tensor->role == ROLE_VALUE && tensor->producer->op->leaves_state))
        return STORE_STATE;
    if (tensor->last < 0 || tensor->alias)
        return STORE_NONE;
    if (tensor->role != ROLE_VALUE)
        return single ? STORE_CALLER : crosses_phases(planner, tensor) ? STORE_SAVED : STORE_WORKSPACE;
    if (tensor->producer->op->by_parameters)
        return STORE_GRADIENT;
    if (tensor->scope == SCOPE_SHARED)
        return node_reduces(tensor->producer) ? STORE_PARTIAL : STORE_COMBINED;
    if (is_fused_away(tensor->producer, tensor) || (tensor->scratch && tensor->producer->fused_into))
        return STORE_NONE;
    if (tensor->output_index > 0 && !tensor->scratch && !tensor->holds &&
        tensor_readers(planner->graph, tensor, NULL) == 0)
        return STORE_NONE;
    if (single && tensor->is_output)
        return STORE_CALLER;
    return crosses_phases(planner, tensor) ? STORE_SAVED : STORE_WORKSPACE;
}

/* ---- sharing one buffer ---- */

static struct buffer *new_buffer(struct pool *pool, int64_t bytes, int first, int last)
{
    struct buffer *buffer = &pool->buffers[pool->n_buffers++];
    *buffer = (struct buffer){.bytes = bytes, .first = first, .last = last};
    return buffer;
}

/* An input that is only read while it is loaded, and made something of another size, is never there itself. */
static bool is_only_loaded(const struct planner *planner, const struct tensor *tensor)
{
    struct node *reader = NULL;
    return tensor->role == ROLE_INPUT && tensor_readers(planner->graph, tensor, &reader) == 1 && reader->loads &&
           shape_count(&node_last(reader)->out[0]->shape) != shape_count(&tensor->shape);
}

static struct buffer *in_workspace(struct planner *planner, const struct tensor *tensor)
{
    int64_t bytes = is_only_loaded(planner, tensor) ? 0 : block_bytes(planner, tensor);
    return new_buffer(&planner->workspace, bytes, tensor->first, tensor->last);
}

/* What the blocks keep shares memory by phases: within one, some blocks have read what others have yet to. */
static struct buffer *in_saved(struct planner *planner, const struct tensor *tensor)
{
    struct phases phases = phases_of(planner, tensor);
    if (phases.last > planner->saved.end)
        planner->saved.end = phases.last;
    return new_buffer(&planner->saved, block_bytes(planner, tensor), phases.first, phases.last);
}

/* The buffer of the input that `tensor` may be written over, or NULL. */
static struct buffer *over_input(const struct planner *planner, const struct tensor *tensor)
{
    struct node *node = tensor->producer ? head(tensor->producer) : NULL;
    if (!node || !node->op->in_place || (node->n_fused && !node->loads) || node_last(node)->out[0] != tensor)
        return NULL;
    struct tensor *in = root(node->in[0]);
    struct buffer *buffer = planner->of[in->id];
    bool whole = !node->in[0]->shift && !node->in[0]->stride && tensor_loop(in) == node->loop;
    bool same = whole && in->scope == tensor->scope && shape_count(&in->shape) == shape_count(&tensor->shape) &&
                element_bytes(in->element) == element_bytes(tensor->element);
    bool read_twice = false;
    for (int i = 1; i < node->n_in; i++)
        read_twice |= node->in[i] && root(node->in[i]) == in;
    return buffer && in->storage == STORE_WORKSPACE && same && !read_twice && buffer->last == node->id ? buffer
                                                                                                       : NULL;
}

static void assign_buffers(struct planner *planner)
{
    struct graph *graph = planner->graph;
    for (int i = 0; i < graph->n_tensors; i++) {
        struct tensor *tensor = graph->tensors[i];
        tensor->storage = storage_of(planner, tensor);
        if (tensor->storage == STORE_WORKSPACE && !tensor->producer)
            planner->of[tensor->id] = in_workspace(planner, tensor);
        if (tensor->storage == STORE_SAVED)
            planner->of[tensor->id] = in_saved(planner, tensor);
    }
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_out; j++) {
            struct tensor *tensor = graph->nodes[i]->out[j];
            if (tensor->storage != STORE_WORKSPACE)
                continue;
            struct buffer *over = over_input(planner, tensor);
            if (over && tensor->last > over->last)
                over->last = tensor->last;
            planner->of[tensor->id] = over ? over : in_workspace(planner, tensor);
        }
}

/* ---- offsets ---- */

static int by_size(const void *a, const void *b)
{
    const struct buffer *x = *(struct buffer *const *)a, *y = *(struct buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->first != y->first ? (x->first > y->first ? 1 : -1) : (x > y) - (x < y);
}

/* The lowest offset at which `buffer` meets no placed buffer that lives at the same time. */
static int64_t lowest_free(const struct pool *pool, const struct buffer *buffer)
{
    int64_t offset = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < pool->n_buffers; i++) {
            const struct buffer *other = &pool->buffers[i];
            bool lives = other->placed && other->first <= buffer->last && buffer->first <= other->last;
            if (lives && other->offset < offset + buffer->bytes && offset < other->offset + other->bytes) {
                offset = other->offset + other->bytes;
                moved = true;
            }
        }
    }
    return offset;
}

/* Places all buffers, the first of `order` first. Returns the bytes that they need together, and in *highest the one that
 * reaches farthest. */
static int64_t place_in_order(const struct pool *pool, struct buffer **order, int *highest)
{
    int64_t bytes = 0;
    *highest = 0;
    for (int i = 0; i < pool->n_buffers; i++)
        order[i]->placed = false;
    for (int i = 0; i < pool->n_buffers; i++) {
        order[i]->offset = lowest_free(pool, order[i]);
        order[i]->placed = true;
        if (order[i]->offset + order[i]->bytes > bytes) {
            bytes = order[i]->offset + order[i]->bytes;
            *highest = i;
        }
    }
    return bytes;
}

/* The most bytes that are live at once. */
static int64_t lower_bound(const struct pool *pool)
{
    int64_t bound = 0;
    for (int time = -1; time <= pool->end; time++) {
        int64_t live = 0;
        for (int i = 0; i < pool->n_buffers; i++)
            if (pool->buffers[i].first <= time && time <= pool->buffers[i].last)
                live += pool->buffers[i].bytes;
        if (live > bound)
            bound = live;
    }
    return bound;
}

static void move_to_front(struct buffer **order, int i)
{
    struct buffer *buffer = order[i];
    memmove(order + 1, order, (size_t)i * sizeof *order);
    order[0] = buffer;
}

/* Where greedy by size leaves a gap, the buffer that reaches farthest is placed first in another try: often it then finds
 * room below. */
static void place_buffers(struct arena *arena, struct pool *pool, int64_t *bytes, int64_t *bound)
{
    enum { TRIES = 64 };
    size_t count = (size_t)pool->n_buffers;
    struct buffer **order = arena_array(arena, pool->n_buffers + 1, sizeof *order);
    int64_t *best = arena_array(arena, pool->n_buffers + 1, sizeof *best);
    for (size_t i = 0; i < count; i++)
        order[i] = &pool->buffers[i];
    qsort(order, count, sizeof *order, by_size);
    *bound = lower_bound(pool);
    *bytes = INT64_MAX;
    for (int i = 0; i<TRIES && * bytes> * bound; i++) {
        int highest;
        int64_t needed = place_in_order(pool, order, &highest);
        for (size_t b = 0; needed < *bytes && b < count; b++)
            best[b] = pool->buffers[b].offset;
        if (needed < *bytes)
            *bytes = needed;
        if (count > 0)
            move_to_front(order, highest);
    }
    for (size_t i = 0; i < count; i++)
        pool->buffers[i].offset = best[i];
}

static const struct gradient *gradient_of(const struct graph *graph, const struct tensor *tensor)
{
    for (int i = 0; i < graph->n_gradients; i++)
        for (int j = 0; j < graph->gradients[i].n_parts; j++)
            if (graph->gradients[i].parts[j] == tensor)
                return &graph->gradients[i];
    return NULL;
}

/* The places of gradients in the partial sums, in the parameters' order: those of neighbours are neighbours. */
static void place_gradients(struct planner *planner)
{
    struct program *program = planner->program;
    struct graph *graph = planner->graph;
    int64_t at = 0;
    for (int i = 0; i < graph->n_in_memory; i++) {
        struct gradient *gradient = graph_gradient(graph, graph->parameters_in_memory[i]);
        if (!gradient)
            continue;
        bool by_parameters = gradient->parts[0]->storage == STORE_GRADIENT;
        gradient->partial_offset = by_parameters ? -1 : at;
        at += by_parameters ? 0 : shape_count(&gradient->parameter->shape) * (int64_t)sizeof(float);
    }
    program->partial_bytes = align(planner, at);
}

/* The optimizer works on a chunk of gradients in the memory of a thread that has nothing else left to do. */
static void reserve_chunk(struct program *program)
{
    int64_t floats = step_chunk(program->graph, NULL);
    for (int i = 0; i < program->graph->n_nodes; i++) {
        const struct node *node = program->graph->nodes[i];
        const struct shape *rows = &node->out[0]->shape;
        int64_t own =
            node->op->by_parameters ? shape_count(rows) / rows->dim[0] * step_chunk(program->graph, node) : 0;
        floats = own > floats ? own : floats;
    }
    if (program->workspace_bytes < floats * (int64_t)sizeof(float))
        program->workspace_bytes = floats * (int64_t)sizeof(float);
    if (program->lower_bound_bytes < floats * (int64_t)sizeof(float))
        program->lower_bound_bytes = floats * (int64_t)sizeof(float);
}

/* A parameter's gradient that no node reads is summed at the parameter's own place in the partial gradients, where all
 * parts of it meet. Other batch sums come behind the gradients, and have a place of their own once combined. */
static void place_shared(struct planner *planner, struct tensor *tensor)
{
    struct program *program = planner->program;
    const struct gradient *gradient = gradient_of(planner->graph, tensor);
    int64_t bytes = block_bytes(planner, tensor);
    if (tensor->storage == STORE_PARTIAL) {
        if (gradient && !tensor_is_read(planner->graph, tensor)) {
            tensor->offset = gradient->partial_offset;
            return;
        }
        tensor->offset = program->partial_bytes;
        program->partial_bytes += bytes;
        tensor->combined_offset = program->combined_bytes;
    } else {
        tensor->offset = program->combined_bytes;
    }
    program->combined_bytes += bytes;
}

/* What is kept lies where the next call begins with it. */
static void place_kept(struct program *program)
{
    const struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_kept; i++) {
        const struct node *next = graph->kept[i]->producer->in[0]->producer;
        struct tensor *before = next->in[0]->producer->in[0];
        before->offset = graph->kept[i]->offset = program->state_bytes;
        program->state_bytes += shape_count(&before->shape) * (int64_t)sizeof(float);
    }
}

bool pass_plan(struct program *program)
{
    struct graph *graph = program->graph;
    struct planner planner = {
        .program = program,
        .graph = graph,
        .workspace.buffers = arena_array(graph->arena, graph->n_tensors + 1, sizeof(struct buffer)),
        .saved.buffers = arena_array(graph->arena, graph->n_tensors + 1, sizeof(struct buffer)),
        .of = arena_array(graph->arena, graph->n_tensors + 1, sizeof(struct buffer *)),
        .first_of = arena_array(graph->arena, graph->n_loops + 1, sizeof(int))};
    find_lives(&planner);
    assign_buffers(&planner);
    place_buffers(graph->arena, &planner.workspace, &program->workspace_bytes, &program->lower_bound_bytes);
    place_buffers(graph->arena, &planner.saved, &program->saved_bytes, &program->saved_bound_bytes);
    place_gradients(&planner);
    place_kept(program);
    if (program->kind == PROGRAM_TRAIN)
        reserve_chunk(program);
    for (int i = 0; i < graph->n_tensors; i++) {
        struct tensor *tensor = graph->tensors[i];
        if (planner.of[i])
            tensor->offset = planner.of[i]->offset;
        if (tensor->storage == STORE_PARTIAL || tensor->storage == STORE_COMBINED)
            place_shared(&planner, tensor);
    }
    program->workspace = planner.workspace;
    program->saved = planner.saved;
    program->buffer_of = planner.of;
    return true;
}
