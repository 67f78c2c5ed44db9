/* fuse.c -- lets one kernel compute what follows it, so that what lies between is never stored.
 *
 * Sets node->fused and fused_into, and what alias.c does. Which op takes which is the kernels' rule; here is checked that
 * nobody else reads what would vanish. */
#include "kernel/kernel.h"
#include "pass/pass.h"

static void absorb(struct graph *graph, struct node *node)
{
    bool (*fuses)(const struct graph *, const struct node *, const struct node *) = kernels_of(node->op)->fuses;
    while (fuses) {
        const struct tensor *result = node_last(node)->out[0];
        struct node *next = NULL;
        if (result->is_output || tensor_readers(graph, result, &next) != 1)
            return;
        if (next->in[0] != result || next->loop != node->loop || next->fused_into || !fuses(graph, node, next))
            return;
        node->fused = arena_grow(graph->arena, node->fused, node->n_fused, sizeof *node->fused);
        node->fused[node->n_fused++] = next;
        next->fused_into = node;
    }
}

bool pass_fuse(struct graph *graph)
{
    if (!alias_prepare(graph))
        return false;
    for (int i = 0; i < graph->n_nodes; i++)
        if (!graph->nodes[i]->fused_into)
            absorb(graph, graph->nodes[i]);
    alias_set(graph);
    return true;
}
