/* binary.c -- y = f(a, b) element by element, with broadcasting: a bias is an `add` whose b is a parameter of shape
 * (channels). Comparisons give 1 or 0, and have no gradient. */
#include "op/op.h"

#include <math.h>

#define ROW(name, text) text,
static const char *const functions[] = {BINARIES(ROW) NULL};
#undef ROW

static const struct attribute attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct binary, function), functions, "what is done with the two"}, {0}};

static int function_of(const struct node *node) { return ((const struct binary *)node->attributes)->function; }

static bool shape(struct graph *graph, struct node *node)
{
    return broadcast_output(graph, node, functions[function_of(node)]);
}

/* The larger operand of a sum or product comes first. */
static bool simplify(struct graph *graph, struct node *node, bool *changed)
{
    (void)graph;
    struct tensor *a = node->in[0], *b = node->in[1];
    bool commutes = function_of(node) == BINARY_ADD || function_of(node) == BINARY_MULTIPLY;
    if (!commutes || !is_repeated(a, node->out[0]) || is_repeated(b, node->out[0]))
        return true;
    node->in[0] = b;
    node->in[1] = a;
    *changed = true;
    return true;
}

/* Appends f(a, b) to the backward part. */
static struct tensor *apply(struct graph *graph, int function, struct tensor *a, struct tensor *b,
                            const struct node *of)
{
    return append_gradient(graph, &op_binary, &(struct binary){function}, (struct tensor *[]){a, b}, 2, of);
}

static struct tensor *negate(struct graph *graph, struct tensor *x, const struct node *of)
{
    struct affine a = {.scale = -1};
    return append_gradient(graph, &op_affine, &a, &x, 1, of);
}

/* 1 where a > b (or a == b and `ties`), else 0, times dy. */
static struct tensor *where_larger(struct graph *graph, struct tensor *dy, struct tensor *a, struct tensor *b,
                                   const struct node *of)
{
    struct tensor *difference = apply(graph, BINARY_SUBTRACT, a, b, of);
    if (!difference)
        return NULL;
    return append_gradient(graph, &op_unary_grad, &(struct unary){.function = UNARY_relu},
                           (struct tensor *[]){dy, difference}, 2, of);
}

static struct tensor *times(struct graph *graph, struct tensor *a, struct tensor *b, const struct node *of)
{
    return a && b ? apply(graph, BINARY_MULTIPLY, a, b, of) : NULL;
}

static struct tensor *function(struct graph *graph, int function, struct tensor *x, const struct node *of)
{
    return append_gradient(graph, &op_unary, &(struct unary){.function = function}, &x, 1, of);
}

/* a where the condition is not 0, else 0. */
static struct tensor *where(struct graph *graph, struct tensor *condition, struct tensor *a, const struct node *of)
{
    return condition && a ? append_gradient(graph, &op_select, NULL, (struct tensor *[]){condition, a}, 2, of)
                          : NULL;
}

/* Of y = a^b: b a^(b-1), and y log(a). Where b is 0 the first is 0; where a is not above 0 so is the second. */
static bool gradients_of_power(struct graph *graph, struct node *node, struct tensor *dy, struct tensor *d[2])
{
    struct tensor *a = node->in[0], *b = node->in[1];
    struct affine less = {.scale = 1, .offset = -1};
    struct tensor *exponent = append_gradient(graph, &op_affine, &less, &b, 1, node);
    struct tensor *power = exponent ? apply(graph, BINARY_POWER, a, exponent, node) : NULL;
    d[0] = where(graph, b, times(graph, times(graph, power, b, node), dy, node), node);
    struct tensor *positive = function(graph, UNARY_relu, a, node), *log = function(graph, UNARY_log, a, node);
    struct tensor *slope = where(graph, positive, log, node);
    d[1] = times(graph, times(graph, node->out[0], slope, node), dy, node);
    return d[0] && d[1];
}

/* Sets the gradients with respect to a and to b as if neither were repeated. */
static bool gradients(struct graph *graph, struct node *node, struct tensor *dy, struct tensor *d[2])
{
    struct tensor *a = node->in[0], *b = node->in[1], *y = node->out[0];
    switch (function_of(node)) {
    case BINARY_ADD: d[0] = d[1] = dy; break;
    case BINARY_SUBTRACT:
        d[0] = dy;
        d[1] = negate(graph, dy, node);
        break;
    case BINARY_MULTIPLY:
        d[0] = apply(graph, BINARY_MULTIPLY, dy, b, node);
        d[1] = apply(graph, BINARY_MULTIPLY, dy, a, node);
        break;
    case BINARY_DIVIDE: { /* d(a/b)/db = -y/b */
        d[0] = apply(graph, BINARY_DIVIDE, dy, b, node);
        struct tensor *product = times(graph, d[0], y, node);
        d[1] = product ? negate(graph, product, node) : NULL;
        break;
    }
    case BINARY_MAXIMUM: /* a tie goes to b */
        d[0] = where_larger(graph, dy, a, b, node);
        d[1] = d[0] ? apply(graph, BINARY_SUBTRACT, dy, d[0], node) : NULL;
        break;
    case BINARY_MINIMUM: /* a tie goes to a */
        d[1] = where_larger(graph, dy, a, b, node);
        d[0] = d[1] ? apply(graph, BINARY_SUBTRACT, dy, d[1], node) : NULL;
        break;
    case BINARY_POWER: return gradients_of_power(graph, node, dy, d);
    default: return true; /* of a comparison there are none */
    }
    return d[0] && d[1];
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    return gradients(graph, node, dy[0], dx) && broadcast_gradients(graph, node, dx);
}

static float value(int function, float a, float b)
{
    switch (function) {
    case BINARY_ADD: return a + b;
    case BINARY_SUBTRACT: return a - b;
    case BINARY_MULTIPLY: return a * b;
    case BINARY_DIVIDE: return a / b;
    case BINARY_MAXIMUM: return a > b ? a : b;
    case BINARY_MINIMUM: return a < b ? a : b;
    case BINARY_POWER: return (float)pow((double)a, (double)b);
    case BINARY_EQUAL: return (float)(a == b);
    case BINARY_NOT_EQUAL: return (float)(a != b);
    case BINARY_GREATER: return (float)(a > b);
    case BINARY_GREATER_EQUAL: return (float)(a >= b);
    case BINARY_LESS: return (float)(a < b);
    case BINARY_LESS_EQUAL: return (float)(a <= b);
    }
    return 0;
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct shape *y = &node->out[0]->shape, *a = &node->in[0]->shape, *b = &node->in[1]->shape;
    int64_t count = shape_count(y);
    for (int64_t i = 0; i < count; i++)
        out[0][i] = value(function_of(node), in[0][broadcast_index(y, i, a)], in[1][broadcast_index(y, i, b)]);
}

/* Applies the op of `like` to (a, b), as part of the layer of `of`. */
static struct tensor *combine(struct graph *graph, const struct node *like, const struct node *of, struct tensor *a,
                              struct tensor *b)
{
    return graph_apply(graph, like->op, like->attributes, (struct tensor *[]){a, b}, 2, of->origin);
}

/* Inference: arithmetic with parameters moves towards the product in front, so that batch normalisation costs
 * nothing there:
 *   (x + b) * s = x*s + b*s     (x + b) + c = x + (b + c)     product(x, k) * s = product(x, k*s) */
static bool fold(struct graph *graph, struct node *node, bool *changed)
{
    struct node *inner = node->in[0]->producer;
    struct tensor *s = node->in[1], *y = NULL;
    bool multiply = is_binary(node, BINARY_MULTIPLY);
    if (!(multiply || is_binary(node, BINARY_ADD)) || s->scope != SCOPE_SHARED || !inner ||
        node->in[0]->scope != SCOPE_SAMPLE || node->in[0]->is_output || is_repeated(node->in[0], node->out[0]))
        return true;
    bool biased = is_binary(inner, BINARY_ADD) && inner->in[1]->scope == SCOPE_SHARED &&
                  !is_repeated(inner->in[0], inner->out[0]) && shape_equal(&inner->in[1]->shape, &s->shape);
    bool factored = !biased && multiply && inner->op->takes_factor && s->shape.rank == 1;
    if (!(biased || factored) || tensor_readers(graph, node->in[0], NULL) != 1) /* which looks at all nodes */
        return true;
    if (biased) {
        struct tensor *b = combine(graph, node, node, inner->in[1], s);
        struct tensor *x = multiply && b ? combine(graph, node, node, inner->in[0], s) : inner->in[0];
        y = b && x ? combine(graph, inner, node, x, b) : NULL;
    } else {
        struct tensor *k = combine(graph, node, node, inner->in[1], s);
        y = k ? combine(graph, inner, inner, inner->in[0], k) : NULL;
    }
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    *changed = true;
    return true;
}

bool is_binary(const struct node *node, int function)
{
    return node->op == &op_binary && function_of(node) == function;
}

const struct op op_binary = {
    .name = "binary",
    .usage =
        {"two tensors, or a tensor and a number, element by element; axes of size 1, or that one has not, are repeated",
         "y = a + b, a - b, a*b, a/b, max(a, b), min(a, b), a^b, or 1 if a = b, a > b, ..., else 0",
         "op.binary(x, x, \"add\")"},
    .attributes = attributes,
    .attributes_size = sizeof(struct binary),
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .backward = backward,
    .simplify = simplify,
    .fold = fold,
    .pointwise = true,
    .in_place = true,
    .by_rows = true,
    .evaluate = evaluate};
