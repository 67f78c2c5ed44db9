/* softmax.c -- y[..., c] = exp(x[..., c] - m) / sum over c' of exp(x[..., c'] - m), m the largest x of the last axis; with
 * `log` its logarithm. The gradient is y * (dy - sum(dy * y)), and of the logarithm dy - exp(y) * sum(dy). */
#include "op/op.h"

struct softmax {
    bool log;
};

static const struct attribute attributes[] = {
    {"log", ATTRIBUTE_BOOL, offsetof(struct softmax, log), NULL, "the logarithm of it"}, {0}};

static bool shape(struct graph *graph, struct node *node)
{
    if (node->in[0]->shape.rank < 1)
        return diag_error(graph->diag, node->origin, "softmax needs at least one dimension");
    return same_as_first(graph, node);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    dx[0] = append_gradient(graph, &op_softmax_grad, node->attributes, (struct tensor *[]){dy[0], node->out[0]}, 2,
                            node);
    return dx[0] != NULL;
}

bool softmax_is_log(const struct node *node) { return ((const struct softmax *)node->attributes)->log; }

const struct op op_softmax = {.name = "softmax",
                              .usage = {"scores to probabilities along the last axis",
                                        "y[i] = exp(x[i]) / sum over j of exp(x[j])", "op.softmax(x)"},
                              .attributes = attributes,
                              .attributes_size = sizeof(struct softmax),
                              .min_in = 1,
                              .max_in = 1,
                              .shape = shape,
                              .backward = backward,
                              .in_place = true};

const struct op op_softmax_grad = {.name = "softmax_grad", /* (dy, y) */
                                   .attributes = attributes,
                                   .attributes_size = sizeof(struct softmax),
                                   .min_in = 2,
                                   .max_in = 2,
                                   .shape = same_as_first,
                                   .in_place = true};
