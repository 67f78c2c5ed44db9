/* winograd.c -- has 3x3 convolutions computed in the manner of Winograd where that is predicted to be faster.
 *
 * The gradient of a convolution with respect to its input is one too: of dy, with the taps from the last to the first and
 * channels for filters. So is a transposed convolution, which is that gradient taken by itself.
 *
 * Requires an inference graph that is not prepared, or a training graph with its gradients. Replaces conv2d,
 * conv2d_transpose and conv2d_grad_input by winograd and winograd_kernel (op/winograd.c). */
#include "kernel/kernel.h"
#include "pass/pass.h"

static bool is_transposed(const struct node *node)
{
    return node->op == &op_conv2d_transpose || node->op == &op_conv2d_grad_input;
}

/* With vectors only: other targets count bytes, of which this takes more. */
static bool can_be(const struct graph *graph, const struct node *node, const struct target *target)
{
    const struct conv2d *a = node->attributes;
    if (!(node->op == &op_conv2d || is_transposed(node)) || graph->optimize != OPTIMIZE_SPEED || target->lanes == 1)
        return false;
    for (int i = 0; i < 2; i++)
        if (a->window.size[i] != 3 || a->window.strides[i] != 1 || a->window.dilation[i] != 1)
            return false;
    return a->groups == 1;
}

/* The kernel of a layer that is called several times is transformed once. */
static struct tensor *transformed(struct graph *graph, const struct node *node, const struct target *target)
{
    const struct conv2d *a = node->attributes;
    bool backwards = is_transposed(node);
    struct winograd_kernel attributes = {
        .panel = target->lanes, .transposed = backwards && !a->filters_last, .backwards = backwards};
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *other = graph->nodes[i];
        const struct winograd_kernel *made = other->attributes;
        if (other->op == &op_winograd_kernel && other->in[0] == node->in[1] &&
            made->transposed == attributes.transposed && made->backwards == attributes.backwards)
            return other->out[0];
    }
    return graph_apply(graph, &op_winograd_kernel, &attributes, &node->in[1], 1, node->origin);
}

static bool replace(struct graph *graph, struct node *node, const struct target *target, int lanes)
{
    const struct conv2d *a = node->attributes;
    struct winograd attributes = {.result = node->out[0]->shape};
    for (int i = 0; i < 4; i++)
        attributes.pads[i] = is_transposed(node) ? 2 - a->window.pads[i] : a->window.pads[i];
    struct tensor *in[] = {node->in[0], transformed(graph, node, target)};
    struct node *winograd = in[1] ? graph_append(graph, &op_winograd, &attributes, in, 2, node->origin) : NULL;
    if (!winograd)
        return false;
    winograd->direction = node->direction;
    if (winograd_pays(winograd, node, target, lanes))
        graph_replace(graph, node->out[0], winograd->out[0]);
    return true;
}

bool pass_winograd(struct graph *graph, const struct target *target, int lanes)
{
    int count = graph->n_nodes;
    for (int i = 0; i < count; i++)
        if (can_be(graph, graph->nodes[i], target) && !replace(graph, graph->nodes[i], target, lanes))
            return false;
    graph_sweep(graph);
    return true;
}
