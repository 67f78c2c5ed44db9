/* recompute.c -- has what is cheap computed once more where gradients read it, in place of being kept for them.
 *
 * In the phases of a step (batch normalization has four) all blocks pass before the next one begins: what is made in one and
 * read in another is kept for the whole batch, and comes and goes through memory. What a normalization and the nonlinearity
 * behind it make of a tensor that is kept anyway is made again in less time than it takes to be stored and loaded, and needs the
 * memory of one block. It is made of the same numbers in the same way, so no bit of a result changes. */
#include "op/op.h"
#include "pass/pass.h"

/* Of what is made again, so much at most is made for it: sums around residual blocks would lead back to the input. */
enum { DEPTH_MAX = 4 };

struct recompute {
    struct graph *graph;
    bool always;           /* for less memory, even where it takes time */
    int *last;             /* by tensor id: the last node of a gradient that reads it; -1: none does */
    int *depth;            /* by tensor id: of what can be made again, how many nodes in a row do; 0: it is kept */
    int *until;            /* and the last node in front of which that can be, as what they read is kept */
    struct tensor **again; /* by tensor id: what stands in its place */
    int *again_in;         /* and in which phase; -1: nothing does */
};

static bool is_cheap(const struct recompute *recompute, const struct node *node)
{
    if (node->op == &op_unary)
        return recompute->always || nonlinearity_is_cheap(node->attributes);
    return node->op->alias || node->op == &op_normalize || node->op == &op_binary || node->op == &op_affine;
}

/* What gradients read that was made before, in an earlier phase or, where memory counts, at all. */
static bool is_kept_for(const struct recompute *recompute, const struct node *node, const struct tensor *tensor)
{
    const struct node *made = tensor ? tensor->producer : NULL;
    return node->direction == BACKWARD && !node->op->by_parameters && made && made->direction != BACKWARD &&
           tensor->scope == SCOPE_SAMPLE && (recompute->always || made->phase < node->phase);
}

/* Bytes that one sample keeps; sets last. */
static int64_t find_kept(struct recompute *recompute)
{
    const struct graph *graph = recompute->graph;
    int64_t bytes = 0;
    for (int i = 0; i < graph->n_tensors; i++)
        recompute->last[i] = recompute->again_in[i] = -1;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_in; j++)
            if (is_kept_for(recompute, node, node->in[j])) {
                bytes += recompute->last[node->in[j]->id] < 0 ? tensor_bytes(node->in[j]) : 0;
                recompute->last[node->in[j]->id] = i;
            }
    }
    return bytes;
}

/* Sets depth and until of what a node makes. */
static void find_depth(struct recompute *recompute, const struct node *node)
{
    const int made = node->out[0]->id;
    int depth = 0, until = INT32_MAX;
    if (node->direction == BACKWARD || node->loop || node->n_out > 1 || !is_cheap(recompute, node))
        return;
    for (int i = 0; i < node->n_in; i++) {
        const struct tensor *in = node->in[i];
        if (!in || in->scope != SCOPE_SAMPLE)
            continue;
        const int kept = recompute->depth[in->id] ? recompute->until[in->id] : recompute->last[in->id];
        until = kept < until ? kept : until;
        depth = recompute->depth[in->id] > depth ? recompute->depth[in->id] : depth;
    }
    if (depth >= DEPTH_MAX || until < 0 || until < recompute->last[made])
        return;
    recompute->depth[made] = depth + 1;
    recompute->until[made] = until;
}

/* An input that has to be made first, or NULL. */
static struct tensor *missing(const struct recompute *recompute, const struct tensor *tensor, int phase)
{
    const struct node *node = tensor->producer;
    for (int i = 0; i < node->n_in; i++) {
        struct tensor *in = node->in[i];
        if (in && in->scope == SCOPE_SAMPLE && recompute->depth[in->id] > 0 && recompute->again_in[in->id] != phase)
            return in;
    }
    return NULL;
}

/* Of inputs that are there. */
static bool make_one(struct recompute *recompute, const struct tensor *tensor, int phase)
{
    struct graph *graph = recompute->graph;
    const struct node *node = tensor->producer;
    struct tensor **in = arena_array(graph->arena, node->n_in, sizeof *in);
    for (int i = 0; i < node->n_in; i++) {
        bool again = node->in[i] && recompute->again_in[node->in[i]->id] == phase;
        in[i] = again ? recompute->again[node->in[i]->id] : node->in[i];
    }
    struct node *again = graph_append_like(graph, node, in);
    if (!node->op->shape(graph, again))
        return false;
    again->direction = BACKWARD;
    again->again = true;
    recompute->again_in[tensor->id] = phase;
    recompute->again[tensor->id] = again->out[0];
    return true;
}

/* With all that leads to it; NULL: an error. */
static struct tensor *make(struct recompute *recompute, struct tensor *tensor, int phase)
{
    while (recompute->again_in[tensor->id] != phase) {
        struct tensor *first = tensor;
        for (struct tensor *in = first; in; in = missing(recompute, first, phase))
            first = in;
        if (!make_one(recompute, first, phase))
            return NULL;
    }
    return recompute->again[tensor->id];
}

static bool replace(struct recompute *recompute, struct node *node)
{
    for (int j = 0; j < node->n_in; j++) {
        struct tensor *in = node->in[j];
        if (is_kept_for(recompute, node, in) && recompute->depth[in->id] > 0 &&
            !(node->in[j] = make(recompute, in, node->phase)))
            return false;
    }
    return true;
}

bool pass_recompute(struct program *program, const struct target *target, bool always)
{
    struct graph *graph = program->graph;
    struct recompute recompute = {.graph = graph,
                                  .always = always,
                                  .last = arena_array(graph->arena, graph->n_tensors, sizeof(int)),
                                  .depth = arena_array(graph->arena, graph->n_tensors, sizeof(int)),
                                  .until = arena_array(graph->arena, graph->n_tensors, sizeof(int)),
                                  .again = arena_array(graph->arena, graph->n_tensors, sizeof(struct tensor *)),
                                  .again_in = arena_array(graph->arena, graph->n_tensors, sizeof(int))};
    int n_nodes = graph->n_nodes;
    find_phases(graph);
    int64_t batch = program->stage->batch_size, kept = find_kept(&recompute);
    if (!always && kept <= target->l2 / batch)
        return true;
    for (int i = 0; i < n_nodes; i++)
        find_depth(&recompute, graph->nodes[i]);
    for (int i = 0; i < n_nodes; i++)
        if (!replace(&recompute, graph->nodes[i]))
            return false;
    graph_sweep(graph);
    return true;
}
