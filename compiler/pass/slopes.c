/* slopes.c -- has what is behind the gradient of a nonlinearity compute that: where a batch was normalised in front of it, its
 * input is made again of what the gradient of the normalization reads anyway. So a tensor less is written, and one less read. */
#include "op/op.h"
#include "pass/pass.h"

bool nonlinearity_is_cheap(const struct unary *unary)
{
    static const int cheap[] = {UNARY_relu, UNARY_relu6, UNARY_leaky_relu};
    for (size_t i = 0; i < sizeof cheap / sizeof *cheap; i++)
        if (unary->function == cheap[i])
            return true;
    return false;
}

/* The normalization whose result, or what `slope`'s function makes of it, is what `slope` reads; NULL: there is none. */
static const struct node *normalization_of(const struct node *slope)
{
    const struct node *made = slope->in[1]->producer;
    if (made && made->op == &op_unary)
        made = made->in[0]->producer;
    return made && made->op == &op_normalize && made->loop == slope->loop ? made : NULL;
}

/* Is `node` a part of the gradient of that normalization? */
static bool is_gradient_of(const struct node *node, const struct node *normalize, const struct tensor *dy)
{
    bool part = node->op == &op_normalize_sums || node->op == &op_normalize_grad;
    return part && node->in[0] == dy && node->in[1] == normalize->in[0] && node->in[2] == normalize->in[1];
}

static bool only_for_gradient(const struct graph *graph, const struct node *slope, const struct node *normalize)
{
    const struct tensor *dy = slope->out[0];
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_in; j++)
            if (node->in[j] == dy && !is_gradient_of(node, normalize, dy))
                return false;
    }
    return !dy->is_output;
}

/* The normalization's offset becomes the last input, behind its factor where that is not among them. */
static void take_over(struct graph *graph, struct node *node, const struct node *slope,
                      const struct node *normalize)
{
    const struct unary *unary = slope->attributes;
    struct tensor **in = arena_array(graph->arena, node->n_in + 2, sizeof *in);
    struct normalize *attributes = arena_alloc(graph->arena, sizeof *attributes);
    for (int i = 0; i < node->n_in; i++)
        in[i] = node->in[i];
    in[0] = slope->in[0];
    if (node->op == &op_normalize_sums)
        in[node->n_in++] = normalize->in[3];
    in[node->n_in++] = normalize->in[4];
    *attributes = *(const struct normalize *)node->attributes;
    attributes->slope = 1 + unary->function;
    attributes->alpha = unary->alpha;
    node->in = in;
    node->attributes = attributes;
}

static bool move(struct graph *graph, const struct node *slope)
{
    const struct node *normalize = normalization_of(slope);
    bool moved = false;
    if (!normalize || !nonlinearity_is_cheap(slope->attributes) || !only_for_gradient(graph, slope, normalize))
        return false;
    for (int i = 0; i < graph->n_nodes; i++)
        if (is_gradient_of(graph->nodes[i], normalize, slope->out[0])) {
            take_over(graph, graph->nodes[i], slope, normalize);
            moved = true;
        }
    return moved;
}

bool pass_slopes(struct graph *graph)
{
    bool moved = false;
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->op == &op_unary_grad)
            moved |= move(graph, graph->nodes[i]);
    if (moved)
        graph_sweep(graph);
    return true;
}
