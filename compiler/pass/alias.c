/* alias.c -- which tensors lie in the memory of others, so that nothing is copied: reshapes, parts, and what enters and leaves
 * the rounds of a loop.
 *
 * A round's row of a sequence lies in it, and who makes a row writes it there. A state has one place, which each round
 * overwrites, or a row of its own for each round where the rows are wanted, or the place is still read when it is
 * overwritten.
 *
 * Sets tensor->alias, shift, stride and holds, node->placed. */
#include "op/op.h"
#include "pass/pass.h"

static struct node *head(struct node *node) { return node->fused_into ? node->fused_into : node; }

static int64_t part_of(const struct node *node) { return node->op->part ? node->op->part(node) : -1; }

/* ---- values that their maker can write anywhere ---- */

/* The tensor in whose memory a reshape of it lies. */
static struct tensor *unshaped(struct tensor *tensor)
{
    while (tensor->producer && tensor->producer->op->alias)
        tensor = tensor->producer->in[0];
    return tensor;
}

static bool leads_out(const struct node *node)
{
    return node->op->border == BORDER_NEXT || node->op->border == BORDER_ROWS;
}

static struct tensor **led_out(const struct node *node) { return &node->in[node->op->border == BORDER_NEXT]; }

/* Rows that are the next states too: they lie among those. */
static bool shares_state(const struct graph *graph, const struct node *rows)
{
    bool reverse = ((const struct loop_row *)rows->attributes)->reverse;
    for (int i = 0; i < graph->n_nodes && !reverse && !rows->out[0]->is_output; i++)
        if (graph->nodes[i]->op->border == BORDER_NEXT && graph->nodes[i]->in[1] == rows->in[0])
            return true;
    return false;
}

/* Is it made in the loop, and not led out at another place already? */
static bool is_free(const struct tensor *tensor, const struct loop *loop, const bool *taken)
{
    const struct node *producer = tensor->producer;
    return tensor_loop(tensor) == loop && producer->op->border == BORDER_NONE && part_of(producer) < 0 &&
           !tensor->scratch && !taken[tensor->id];
}

bool alias_prepare(struct graph *graph)
{
    int n_tensors = graph->n_tensors, n_nodes = graph->n_nodes;
    bool *taken = arena_array(graph->arena, n_tensors, sizeof *taken), copies = false;
    for (int states = 1; states >= 0; states--)
        for (int i = 0; i < n_nodes; i++) {
            struct node *node = graph->nodes[i];
            if (!leads_out(node) || (node->op->border == BORDER_NEXT) != states ||
                (!states && shares_state(graph, node)))
                continue;
            struct tensor *value = unshaped(*led_out(node));
            if (is_free(value, node->loop, taken)) {
                taken[value->id] = true;
                continue;
            }
            graph->loop = node->loop;
            struct tensor *copy = graph_apply(graph, &op_affine, NULL, led_out(node), 1, node->origin);
            graph->loop = NULL;
            if (!copy)
                return false;
            copy->producer->loop = node->loop; /* also of what is the same in all rounds */
            copy->producer->direction = node->direction;
            *led_out(node) = copy;
            copies = true;
        }
    if (copies)
        graph_sweep(graph);
    return true;
}

/* ---- loops ---- */

static void place(struct tensor *tensor, struct tensor *memory, int64_t shift, int64_t stride)
{
    tensor->alias = memory;
    tensor->shift = shift;
    tensor->stride = stride;
}

static void place_rows(struct node *node, struct tensor *row, struct tensor *sequence)
{
    int64_t count = shape_count(&row->shape), last = (node->loop->rounds - 1) * count;
    bool reverse = ((const struct loop_row *)node->attributes)->reverse;
    place(row, sequence, reverse ? last : 0, reverse ? -count : count);
}

static bool is_of(const struct tensor *tensor, const struct tensor *memory)
{
    while (tensor != memory && tensor->alias)
        tensor = tensor->alias;
    return tensor == memory;
}

/* Can the maker of the next state write it over the state? */
static bool can_overwrite(const struct graph *graph, const struct tensor *state, struct node *maker)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        int reads = 0;
        for (int j = 0; j < node->n_in && !node->placed; j++)
            reads += node->in[j] && is_of(node->in[j], state);
        bool in_place = node == maker && node->op->in_place && node->in[0] == state && reads == 1 &&
                        !node->n_fused && !node->fused_into;
        if (reads && head(node)->id >= head(maker)->id && !in_place)
            return false;
    }
    return true;
}

static bool rows_are_wanted(const struct graph *graph, const struct node *next)
{
    if (tensor_readers(graph, next->out[1], NULL) > 0)
        return true;
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->op->border == BORDER_ROWS && graph->nodes[i]->in[0] == next->in[1] &&
            shares_state(graph, graph->nodes[i]))
            return true;
    return false;
}

static void place_state(const struct graph *graph, struct node *next)
{
    struct tensor *state = next->in[0], *value = unshaped(next->in[1]), *last = next->out[0], *all = next->out[1];
    int64_t count = shape_count(&state->shape);
    if (!rows_are_wanted(graph, next) && can_overwrite(graph, state, value->producer)) {
        place(state, last, 0, 0);
        place(value, last, 0, 0);
        return;
    }
    place(state, all, 0, count);
    place(value, all, count, count);
    place(last, all, next->loop->rounds * count, 0);
}

static void place_border(const struct graph *graph, struct node *node)
{
    int64_t count = shape_count(&node->in[0]->shape);
    if (node->op->border == BORDER_ROW)
        place_rows(node, node->out[0], node->in[0]);
    else if (node->op->border == BORDER_NEXT)
        place_state(graph, node);
    else if (!shares_state(graph, node))
        place_rows(node, unshaped(node->in[0]), node->out[0]);
    else
        for (int i = 0; i < graph->n_nodes; i++) {
            const struct node *next = graph->nodes[i];
            if (next->op->border == BORDER_NEXT && next->in[1] == node->in[0])
                place(node->out[0], next->out[1], count, 0);
        }
}

/* ---- all ---- */

/* Of a chain of aliases to its end. */
static void flatten(struct tensor *tensor)
{
    while (tensor->alias && tensor->alias->alias) {
        tensor->shift += tensor->alias->shift;
        tensor->stride += tensor->alias->stride;
        tensor->alias = tensor->alias->alias;
    }
    if (tensor->alias)
        tensor->alias->holds = true;
}

void alias_set(struct graph *graph)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        bool part = part_of(node) >= 0;
        node->placed = node->op->alias || part || node->op->border == BORDER_ROW || leads_out(node);
        if (node->op->alias || part)
            place(node->out[0], node->in[0], part ? part_of(node) : 0, 0);
    }
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->op->border == BORDER_ROW || leads_out(graph->nodes[i]))
            place_border(graph, graph->nodes[i]);
    for (int i = 0; i < graph->n_tensors; i++)
        flatten(graph->tensors[i]);
}
