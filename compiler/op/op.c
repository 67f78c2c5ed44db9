/* op.c -- geometry and checks that several ops use. */
#include "op/op.h"

const char *const padding_names[] = {"valid", "same", NULL};
const char *const explicit_padding_names[] = {"valid", "same", "explicit", NULL};

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t round_up(int64_t a, int64_t unit) { return ceil_div(a, unit) * unit; }

int64_t best_tile(int64_t n, int64_t max)
{
    int64_t steps = ceil_div(n, max);
    return ceil_div(n, steps);
}

static bool mismatch(struct graph *graph, const struct tensor *in)
{
    diag_trail(graph->diag, graph_trail(graph, in));
    return false;
}

bool need_rank(struct graph *graph, struct node *node, int input, int rank)
{
    const struct tensor *in = node->in[input];
    if (in->shape.rank == rank)
        return true;
    diag_error(graph->diag, node->origin, "%s needs an input with %d dimensions%s, but it gets %s", node->op->name,
               rank, rank == 3 ? " (rows, columns, channels)" : "", shape_text(graph->arena, &in->shape));
    if (rank == 3)
        diag_hint(graph->diag, "give the input a shape such as {28, 28, 1}, or add a Reshape in front");
    return mismatch(graph, in);
}

bool need_scope(struct graph *graph, struct node *node, int input, enum scope scope)
{
    if (node->in[input]->scope == scope)
        return true;
    return diag_error(graph->diag, node->origin, "%s: input %d must be %s", node->op->name, input + 1,
                      scope == SCOPE_SAMPLE ? "a tensor that the model's input leads to" : "a parameter");
}

bool need_same_shape(struct graph *graph, struct node *node, int a, int b)
{
    const struct shape *left = &node->in[a]->shape, *right = &node->in[b]->shape;
    if (shape_equal(left, right))
        return true;
    diag_error(graph->diag, node->origin, "%s needs inputs of one shape, but they are %s and %s", node->op->name,
               shape_text(graph->arena, left), shape_text(graph->arena, right));
    return mismatch(graph, node->in[a]);
}

bool same_as_first(struct graph *graph, struct node *node)
{
    return node_output(graph, node, node->in[0]->shape, node->in[0]->scope);
}

bool scalar_sample(struct graph *graph, struct node *node)
{
    return node_output(graph, node, (struct shape){0}, SCOPE_SAMPLE);
}

const struct attribute result_attributes[] = {
    {"result", ATTRIBUTE_SHAPE, offsetof(struct result, result), NULL, NULL}, {0}};

bool result_shape(struct graph *graph, struct node *node)
{
    const struct result *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SAMPLE);
}

struct tensor *append_gradient(struct graph *graph, const struct op *op, const void *attributes,
                               struct tensor *const *in, int n_in, const struct node *of)
{
    struct node *node = graph_append(graph, op, attributes, in, n_in, of->origin);
    if (!node)
        return NULL;
    node->direction = BACKWARD;
    return node->out[0];
}

bool is_suffix(const struct shape *suffix, const struct shape *shape)
{
    if (suffix->rank > shape->rank)
        return false;
    for (int i = 1; i <= suffix->rank; i++)
        if (suffix->dim[suffix->rank - i] != shape->dim[shape->rank - i])
            return false;
    return true;
}
