/* keep.c -- stateful recurrence: the states with which a call of NAME_predict_step ends begin the next one.
 *
 * Requires the graph of a program that predicts one sample. Sets graph->kept. */
#include "op/op.h"
#include "pass/pass.h"

static bool keep(struct graph *graph, const struct node *next)
{
    struct node *state = next->in[0]->producer;
    struct tensor *before = graph_state(graph, next->out[0]->shape);
    struct tensor *after = graph_apply(graph, &op_loop_keep, NULL, next->out, 1, next->origin);
    if (!after)
        return false;
    state->in = arena_array(graph->arena, 1, sizeof(struct tensor *));
    state->in[0] = before;
    state->n_in = 1;
    graph->kept = arena_grow(graph->arena, graph->kept, graph->n_kept, sizeof(struct tensor *));
    graph->kept[graph->n_kept++] = after;
    return true;
}

bool pass_keep(struct graph *graph)
{
    int count = graph->n_nodes;
    for (int i = 0; i < count; i++) {
        const struct node *next = graph->nodes[i];
        if (next->op->border != BORDER_NEXT)
            continue;
        const struct node *state = next->in[0]->producer;
        bool stateful = ((const struct loop_state *)state->attributes)->stateful;
        if (stateful && state->n_in == 0 && !keep(graph, next))
            return false;
    }
    graph_sweep(graph);
    return true;
}
