/* order.c -- which nodes are needed, and in which order they stand. */
#include "graph/graph.h"

struct sweep {
    struct node **order, **path;
    int *entered; /* by node: 0, or 1 + the inputs that were looked at, each of them twice */
    int n_order;
    bool predicts; /* what is chosen in training alone is not needed */
};

static void sweep_enter(struct sweep *sweep, const struct tensor *tensor, int *depth)
{
    if (!tensor || !tensor->producer || sweep->entered[tensor->producer->id])
        return;
    sweep->entered[tensor->producer->id] = 1;
    sweep->path[(*depth)++] = tensor->producer;
}

static bool is_made_again(const struct tensor *tensor)
{
    return tensor && tensor->producer && tensor->producer->again;
}

/* Depth first, from a tensor that must exist: orders a node behind those it reads. The path is a list, not a recursion: a
 * chain of a million nodes would fill the stack. What is made again comes last of what a node reads, right in front of it. */
static void sweep_visit(struct sweep *sweep, const struct tensor *tensor)
{
    int depth = 0;
    sweep_enter(sweep, tensor, &depth);
    while (depth > 0) {
        struct node *node = sweep->path[depth - 1];
        int place = sweep->entered[node->id]++ - 1;
        int input = place < node->n_in ? place : place - node->n_in;
        if (place < 2 * node->n_in) {
            bool needed = !sweep->predicts || !node->op->chooses || input > 0;
            if (needed && is_made_again(node->in[input]) == (place >= node->n_in))
                sweep_enter(sweep, node->in[input], &depth);
        } else {
            sweep->order[sweep->n_order++] = node;
            depth--;
        }
    }
}

/* A state that is read needs what makes it in each round. */
static void sweep_states(struct sweep *sweep, const struct graph *graph)
{
    for (bool found = true; found;) {
        found = false;
        for (int i = 0; i < graph->n_nodes; i++) {
            const struct node *node = graph->nodes[i];
            bool needed =
                node->op->border == BORDER_NEXT && !sweep->entered[i] && sweep->entered[node->in[0]->producer->id];
            if (needed)
                sweep_visit(sweep, node->out[0]);
            found |= needed;
        }
    }
}

/* ---- loops ---- */

struct grouping {
    struct node **nodes, **order;
    int n_nodes, n_order;
    bool *done; /* by node */
};

static bool is_ready(const struct grouping *grouping, const struct node *node)
{
    for (int i = 0; i < node->n_in; i++) {
        const struct node *producer = node->in[i] ? node->in[i]->producer : NULL;
        bool own = producer && node->loop && producer->loop == node->loop;
        if (producer && !own && !grouping->done[producer->id])
            return false;
    }
    return true;
}

static void append(struct grouping *grouping, struct node *node)
{
    grouping->order[grouping->n_order++] = node;
    grouping->done[node->id] = true;
}

/* In a loop: its states are made first, the next ones last. */
static int place_of(const struct node *node)
{
    return node->op->border == BORDER_STATE ? 0 : node->op->border == BORDER_NEXT ? 2 : 1;
}

/* All nodes of a loop, if all that they read from outside is there. */
static void append_loop(struct grouping *grouping, const struct loop *loop)
{
    for (int i = 0; i < grouping->n_nodes; i++)
        if (grouping->nodes[i]->loop == loop && !is_ready(grouping, grouping->nodes[i]))
            return;
    for (int place = 0; place < 3; place++)
        for (int i = 0; i < grouping->n_nodes; i++)
            if (grouping->nodes[i]->loop == loop && place_of(grouping->nodes[i]) == place)
                append(grouping, grouping->nodes[i]);
}

/* Each time through the list at least the first loop that is left can be appended, and then all up to the next one. */
static void group_loops(const struct graph *graph, struct sweep *sweep)
{
    struct arena *arena = graph->arena;
    struct grouping grouping = {.nodes = sweep->order,
                                .n_nodes = sweep->n_order,
                                .order = arena_array(arena, sweep->n_order + 1, sizeof *grouping.order),
                                .done = arena_array(arena, graph->n_nodes + 1, sizeof *grouping.done)};
    for (int before = -1; before < grouping.n_order && grouping.n_order < grouping.n_nodes;) {
        before = grouping.n_order;
        const struct loop *tried = NULL;
        for (int i = 0; i < grouping.n_nodes; i++) {
            struct node *node = grouping.nodes[i];
            if (grouping.done[node->id] || (node->loop && node->loop == tried))
                continue;
            if (node->loop)
                append_loop(&grouping, tried = node->loop);
            else if (is_ready(&grouping, node))
                append(&grouping, node);
        }
    }
    if (grouping.n_order == grouping.n_nodes)
        sweep->order = grouping.order;
}

/* Visits all that is needed. */
static struct sweep sweep_all(const struct graph *graph, bool predicts)
{
    struct sweep sweep = {.order = arena_array(graph->arena, graph->n_nodes + 1, sizeof *sweep.order),
                          .path = arena_array(graph->arena, graph->n_nodes + 1, sizeof *sweep.path),
                          .entered = arena_array(graph->arena, graph->n_nodes + 1, sizeof *sweep.entered),
                          .predicts = predicts};
    for (int i = 0; i < graph->n_outputs; i++)
        sweep_visit(&sweep, graph->outputs[i]);
    for (int i = 0; i < graph->n_kept; i++)
        sweep_visit(&sweep, graph->kept[i]);
    for (int i = 0; i < graph->n_metrics; i++)
        sweep_visit(&sweep, graph->metrics[i]);
    sweep_visit(&sweep, graph->loss);
    sweep_visit(&sweep, graph->penalty);
    for (int i = 0; i < graph->n_constraints; i++)
        sweep_visit(&sweep, graph->constraints[i].value);
    for (int i = 0; i < graph->n_tensors;
         i++) /* what is prepared for one program is so by the function of all of them */
        if (graph->tensors[i]->storage == STORE_PREPARED)
            sweep_visit(&sweep, graph->tensors[i]);
    for (int i = 0; i < graph->n_gradients; i++)
        for (int j = 0; j < graph->gradients[i].n_parts; j++)
            sweep_visit(&sweep, graph->gradients[i].parts[j]);
    for (int i = 0; i < graph->n_updates; i++)
        sweep_visit(&sweep, graph->updates[i].value);
    sweep_states(&sweep, graph);
    return sweep;
}

const int *graph_predicts(const struct graph *graph) { return sweep_all(graph, true).entered; }

void graph_sweep(struct graph *graph)
{
    /* A node's id is its place in graph->nodes here, even where a rewrite appended out of order. */
    for (int i = 0; i < graph->n_nodes; i++)
        graph->nodes[i]->id = i;
    struct sweep sweep = sweep_all(graph, false);
    group_loops(graph, &sweep);
    graph->nodes = NULL;
    graph->n_nodes = 0;
    for (int i = 0; i < sweep.n_order; i++) {
        graph->nodes = arena_grow(graph->arena, graph->nodes, i, sizeof *graph->nodes);
        graph->nodes[graph->n_nodes++] = sweep.order[i];
        sweep.order[i]->id = i;
    }
}
