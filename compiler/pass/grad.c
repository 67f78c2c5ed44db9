/* grad.c -- reverse-mode differentiation: appends, from the loss back to the parameters, the nodes that make the
 * gradients. Each op brings its own rule; here is only the bookkeeping.
 *
 * Requires loss. Sets graph->gradients; direction of the new nodes is BACKWARD. */
#include "op/op.h"
#include "pass/pass.h"

struct backward {
    struct graph *graph;
    const struct loop *loop; /* of the node that is differentiated; graph->loop goes back through its rounds */
    bool *wanted;            /* by tensor id: a trainable parameter is among what it was made from */
    struct tensor **dy;      /* by tensor id: the gradient so far */
    int n_tensors, n_nodes;  /* of the forward part */
};

/* What a round makes of parameters is in the next round's states: then those must be looked at once more. */
static bool spread_wanted(struct backward *backward)
{
    bool again = false;
    for (int i = 0; i < backward->n_nodes; i++) {
        const struct node *node = backward->graph->nodes[i];
        bool wanted = false;
        for (int j = 0; j < node->n_in; j++)
            wanted |= node->in[j] && backward->wanted[node->in[j]->id];
        for (int j = 0; j < node->n_out; j++)
            backward->wanted[node->out[j]->id] |= wanted;
        const struct tensor *state = node->op->border == BORDER_NEXT ? node->in[0] : NULL;
        if (state && wanted && !backward->wanted[state->id])
            again = backward->wanted[state->id] = true;
    }
    return again;
}

static void find_wanted(struct backward *backward)
{
    const struct graph *graph = backward->graph;
    for (int i = 0; i < backward->n_tensors; i++) {
        const struct tensor *tensor = graph->tensors[i];
        backward->wanted[i] = tensor->parameter && tensor->parameter->trainable && !tensor->frozen;
    }
    for (bool again = true; again;)
        again = spread_wanted(backward);
}

static struct gradient *gradient_of(struct graph *graph, const struct parameter *parameter)
{
    struct gradient *gradient = graph_gradient(graph, parameter);
    if (gradient)
        return gradient;
    graph->gradients = arena_grow(graph->arena, graph->gradients, graph->n_gradients, sizeof *graph->gradients);
    gradient = &graph->gradients[graph->n_gradients++];
    *gradient = (struct gradient){.parameter = parameter};
    return gradient;
}

/* What each round adds to the gradient of a tensor outside, summed in a state. */
static struct tensor *sum_of_rounds(struct graph *graph, struct tensor *dx, const struct node *node)
{
    struct loop_state a = {.shape = dx->shape};
    struct tensor *sum = append_gradient(graph, &op_loop_state, &a, &dx, 0, node);
    struct tensor *more =
        sum ? append_gradient(graph, &op_binary, NULL, (struct tensor *[]){sum, dx}, 2, node) : NULL;
    return more ? append_gradient(graph, &op_loop_next, NULL, (struct tensor *[]){sum, more}, 2, node) : NULL;
}

/* The tensor whose reshapes this is: its numbers in the same order, so a parameter's gradient needs no other. */
static struct tensor *unshaped(struct tensor *dx)
{
    while (dx->producer && dx->producer->op->alias)
        dx = dx->producer->in[0];
    return dx;
}

/* A second gradient that reaches a tensor is added to the first. Those of a parameter are summed with its blocks. */
static bool add(struct backward *backward, struct tensor *tensor, struct tensor *dx, const struct node *node)
{
    struct graph *graph = backward->graph;
    if (tensor->parameter) {
        struct gradient *gradient = gradient_of(graph, tensor->parameter);
        gradient->parts = arena_grow(graph->arena, gradient->parts, gradient->n_parts, sizeof *gradient->parts);
        gradient->parts[gradient->n_parts++] = unshaped(dx);
        return true;
    }
    struct tensor **sum = &backward->dy[tensor->id];
    if (tensor_loop(dx) && !tensor_loop(tensor))
        dx = sum_of_rounds(graph, dx, node);
    if (!dx)
        return false;
    if (!*sum) {
        *sum = dx;
        return true;
    }
    struct node *adding = graph_append(graph, &op_binary, NULL, (struct tensor *[]){*sum, dx}, 2, node->origin);
    if (!adding)
        return false;
    adding->direction = BACKWARD;
    *sum = adding->out[0];
    return true;
}

static bool differentiate(struct backward *backward, struct node *node)
{
    struct graph *graph = backward->graph;
    struct tensor **dy = arena_array(graph->arena, node->n_out, sizeof *dy);
    struct tensor **dx = arena_array(graph->arena, node->n_in, sizeof *dx);
    bool reached = false;
    for (int i = 0; i < node->n_out; i++) {
        dy[i] = backward->dy[node->out[i]->id];
        reached |= dy[i] != NULL;
    }
    /* States take part for the sake of other rounds. */
    reached |= node->op->border == BORDER_STATE || node->op->border == BORDER_NEXT;
    if (!reached || !backward->wanted[node->out[0]->id] || (node->loop && !graph->loop))
        return true;
    if (!node->op->backward) {
        diag_error(graph->diag, node->origin, "%s cannot be trained through: it has no gradient", node->op->name);
        return diag_hint(graph->diag, "put it behind the trainable layers, or compile with --emit infer");
    }
    if (!node->op->backward(graph, node, dy, dx))
        return false;
    for (int i = 0; i < node->n_in; i++)
        if (dx[i] && node->in[i] && backward->wanted[node->in[i]->id] && !add(backward, node->in[i], dx[i], node))
            return false;
    return true;
}

static bool is_reached(const struct backward *backward, const struct loop *loop)
{
    bool reached = false;
    for (int i = 0; i < backward->n_nodes; i++) {
        const struct node *node = backward->graph->nodes[i];
        bool leaves = node->op->border == BORDER_NEXT || node->op->border == BORDER_ROWS;
        reached |= node->loop == loop && leaves && backward->dy[node->out[0]->id];
    }
    return reached;
}

/* The gradient of a loop is a loop, if any gradient reaches it. */
static void enter(struct backward *backward, const struct loop *loop)
{
    struct graph *graph = backward->graph;
    if (loop == backward->loop)
        return;
    backward->loop = loop;
    graph->loop = loop && is_reached(backward, loop) ? graph_loop(graph, loop->rounds, loop) : NULL;
}

static bool nothing_to_train(const struct graph *graph)
{
    struct origin origin = graph->loss->producer->origin;
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->frozen) {
            diag_error(
                graph->diag, origin,
                "there is nothing to train: no layer that the loss depends on is trainable when compile is called");
            return diag_hint(graph->diag,
                             "set trainable = true on the model or a layer before compile; `--emit infer` compiles "
                             "what only predicts");
        }
    diag_error(graph->diag, origin, "there is nothing to train: the loss depends on no trainable parameter");
    return diag_hint(graph->diag,
                     "`--emit infer` compiles what only predicts; nothing is trained through comparisons and what "
                     "only has steps (floor, sign), or behind stop_gradient");
}

/* What flows into the loss of each sample: that of a batch is the mean over its samples. */
static struct tensor *first_gradient(struct graph *graph)
{
    struct tensor *weight = graph->loss_has_weights ? graph_share(graph) : graph_sample_weight(graph);
    struct affine a = {.scale = graph->loss_scale};
    return a.scale == 1 ? weight : append_gradient(graph, &op_affine, &a, &weight, 1, graph->loss->producer);
}

bool pass_grad(struct graph *graph)
{
    struct tensor *weight = first_gradient(graph), *one = NULL;
    struct constant scale = {.value = graph->loss_scale};
    if (!weight || (graph->penalty &&
                    !(one = append_gradient(graph, &op_constant, &scale, NULL, 0, graph->penalty->producer))))
        return false;
    struct backward backward = {.graph = graph,
                                .n_tensors = graph->n_tensors,
                                .n_nodes = graph->n_nodes,
                                .wanted = arena_array(graph->arena, graph->n_tensors, sizeof(bool)),
                                .dy = arena_array(graph->arena, graph->n_tensors, sizeof(struct tensor *))};
    find_wanted(&backward);
    bool penalized = graph->penalty && backward.wanted[graph->penalty->id];
    if (!backward.wanted[graph->loss->id] && !penalized)
        return nothing_to_train(graph);
    if (penalized)
        backward.dy[graph->penalty->id] = one;
    backward.dy[graph->loss->id] = weight;
    for (int i = backward.n_nodes; i-- > 0;) {
        enter(&backward, graph->nodes[i]->loop);
        if (!differentiate(&backward, graph->nodes[i]))
            return false;
    }
    graph->loop = NULL;
    if (!rounds_keep(graph))
        return false;
    if (graph->n_gradients == 0)
        return nothing_to_train(graph);
    graph_sweep(graph);
    return true;
}
