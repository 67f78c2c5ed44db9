/* unary.c -- y = f(x) element by element, and dx = dy * f'(x), where f' is computed from y when it can be: then x
 * need not be kept for the backward part. */
#include "op/op.h"

#include <math.h>

static const char *const functions[] = {
#define UNARY(name, from_output, monotone, steps, value) #name,
#include "op/unary.def"
#undef UNARY
    NULL};

static const struct {
    bool from_output, monotone, steps;
} properties[] = {
#define UNARY(name, from_output, monotone, steps, value) {from_output, monotone, steps},
#include "op/unary.def"
#undef UNARY
};

static const struct attribute attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct unary, function), functions, "the function"},
    {"alpha", ATTRIBUTE_FLOAT, offsetof(struct unary, alpha), NULL,
     "slope or scale, of the functions that have one"},
    {0}};

/* With a negative alpha the output does not tell any more on which side of 0 the input was. */
static bool refuse_alpha(struct graph *graph, const struct node *node)
{
    const struct unary *a = node->attributes;
    diag_error(graph->diag, node->origin, "%s with alpha = %g cannot be trained", functions[a->function], a->alpha);
    return diag_hint(graph->diag, "alpha must be at least 0; for prediction alone (--emit infer) any will do");
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    const struct unary *a = node->attributes;
    if (properties[a->function].steps)
        return true;
    if (properties[a->function].from_output && a->alpha < 0)
        return refuse_alpha(graph, node);
    struct tensor *saved = properties[a->function].from_output ? node->out[0] : node->in[0];
    dx[0] = append_gradient(graph, &op_unary_grad, a, (struct tensor *[]){dy[0], saved}, 2, node);
    return dx[0] != NULL;
}

bool unary_monotone(const struct node *node)
{
    const struct unary *a = node->attributes;
    return node->op == &op_unary && properties[a->function].monotone && a->alpha >= 0;
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double clip(double x, double low, double high) { return fmin(fmax(x, low), high); }

static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }

static double elu(double x, double alpha) { return x > 0 ? x : alpha * expm1(x); }

static double value(int function, double x, double alpha)
{
    switch (function) {
#define UNARY(name, from_output, monotone, steps, value)                                                           \
    case UNARY_##name:                                                                                             \
        return value;
#include "op/unary.def"
#undef UNARY
    }
    return x;
}

/* Of parameters that are embedded. */
static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct unary *a = node->attributes;
    int64_t count = shape_count(&node->in[0]->shape);
    for (int64_t i = 0; i < count; i++)
        out[0][i] = (float)value(a->function, in[0][i], a->alpha);
}

static bool gradient_shape(struct graph *graph, struct node *node)
{
    return need_same_shape(graph, node, 0, 1) && same_as_first(graph, node);
}

const struct op op_unary = {
    .name = "unary",
    .usage = {"a function of each number; `cnnc help` knows those that are activations by their names",
              "y = function(x)", "op.unary(x, \"relu\")"},
    .attributes = attributes,
    .attributes_size = sizeof(struct unary),
    .min_in = 1,
    .max_in = 1,
    .shape = same_as_first,
    .backward = backward,
    .pointwise = true,
    .in_place = true,
    .evaluate = evaluate};

const struct op op_unary_grad = {.name = "unary_grad", /* (dy, y or x) */
                                 .attributes = attributes,
                                 .attributes_size = sizeof(struct unary),
                                 .min_in = 2,
                                 .max_in = 2,
                                 .shape = gradient_shape,
                                 .in_place = true};
