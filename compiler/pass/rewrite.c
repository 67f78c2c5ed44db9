/* rewrite.c -- makes the graph simpler, and fit for inference or training. The rules are the ops' own. */
#include "op/op.h"
#include "pass/pass.h"

typedef bool (*rule)(struct graph *graph, struct node *node, bool *changed);

static rule simplify_rule(const struct op *op) { return op->simplify; }
static rule fold_rule(const struct op *op) { return op->fold; }

/* Applies a rule of every op until none changes anything. Each rewrite leaves less to rewrite, so it ends. */
static bool rewrite(struct graph *graph, rule (*rule_of)(const struct op *))
{
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < graph->n_nodes && !changed; i++) {
            /* cppcheck-suppress assignBoolToPointer ; takes rule_of's result for its rule's */
            rule apply = rule_of(graph->nodes[i]->op);
            if (apply && !apply(graph, graph->nodes[i], &changed))
                return false;
        }
        graph_sweep(graph);
    }
    return true;
}

bool pass_simplify(struct graph *graph) { return rewrite(graph, simplify_rule); }

static bool is_listed(const struct graph *graph, int count, const struct tensor *tensor)
{
    for (int i = 0; i < count; i++)
        if (graph->outputs[i] == tensor)
            return true;
    return false;
}

/* An output is a tensor of its own that a kernel writes to the caller's memory. An input, another name of a tensor, and
 * one that is an output already are therefore copied. */
static bool separate_outputs(struct graph *graph)
{
    for (int i = 0; i < graph->n_outputs; i++) {
        struct tensor *output = graph->outputs[i];
        const struct node *producer = output->producer;
        bool own = producer && !producer->op->alias && !producer->op->part && producer->op->border != BORDER_NEXT;
        if (own && !is_listed(graph, i, output))
            continue;
        struct origin origin =
            producer ? producer->origin : (struct origin){.file = graph->script, .layer = output->name};
        struct tensor *copy = graph_apply(graph, &op_affine, NULL, &output, 1, origin);
        if (!copy)
            return false;
        graph->outputs[i] = copy;
        copy->is_output = true;
        output->is_output = is_listed(graph, graph->n_outputs, output);
    }
    return true;
}

/* First of all: what the other purpose alone computes would move averages, too. */
static bool lower_choices(struct graph *graph, bool training)
{
    bool found = false;
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        if (node->op->chooses && !node->op->lower(graph, node, training))
            return false;
        found |= node->op->chooses;
    }
    if (found)
        graph_sweep(graph);
    return true;
}

bool pass_lower(struct graph *graph, bool training)
{
    if (!training)
        graph->sample_weight = NULL;
    if (!lower_choices(graph, training))
        return false;
    int count = graph->n_nodes; /* what lowering appends needs none */
    for (int i = 0; i < count; i++) {
        struct node *node = graph->nodes[i];
        if (node->op->lower && !node->op->lower(graph, node, training))
            return false;
        if (!training && node->op->identity_in_inference)
            graph_replace(graph, node->out[0], node->in[0]);
    }
    graph_sweep(graph);
    /* What stood around an op of training may undo itself now, as permutes around a dropout do. */
    return training || (rewrite(graph, simplify_rule) && rewrite(graph, fold_rule) && separate_outputs(graph));
}
