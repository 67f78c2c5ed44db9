/* binary.c -- y = f(a, b) element by element; b has a's shape or a suffix of it, which is then repeated: a
 * bias is an `add` whose b is a parameter of shape (channels). */
#include "op/op.h"

#define ROW(name, text) text,
static const char *const functions[] = {BINARIES(ROW) NULL};
#undef ROW

static const struct attribute attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct binary, function), functions, "what is done with the two"}, {0}};

static bool shape(struct graph *graph, struct node *node)
{
    const struct tensor *a = node->in[0], *b = node->in[1];
    if (!is_suffix(&b->shape, &a->shape)) {
        diag_error(graph->diag, node->origin, "cannot %s tensors of the shapes %s and %s",
                   functions[((struct binary *)node->attributes)->function], shape_text(graph->arena, &a->shape),
                   shape_text(graph->arena, &b->shape));
        diag_trail(graph->diag, graph_trail(graph, b));
        return diag_hint(graph->diag, "they must be equal, or the second the end of the first");
    }
    if (a->scope == SCOPE_SHARED && b->scope == SCOPE_SAMPLE)
        return diag_error(graph->diag, node->origin, "%s: put the parameter second",
                          functions[((struct binary *)node->attributes)->function]);
    return same_as_first(graph, node);
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

/* Sets the gradients with respect to a and to b as if b were not repeated. */
static bool gradients(struct graph *graph, struct node *node, struct tensor *dy, struct tensor *d[2])
{
    struct tensor *a = node->in[0], *b = node->in[1], *y = node->out[0];
    switch (((const struct binary *)node->attributes)->function) {
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
        struct tensor *product = d[0] ? apply(graph, BINARY_MULTIPLY, d[0], y, node) : NULL;
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
    }
    return d[0] && d[1];
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct tensor *b = node->in[1];
    if (!gradients(graph, node, dy[0], dx))
        return false;
    if (b->scope == SCOPE_SAMPLE && shape_equal(&b->shape, &node->in[0]->shape))
        return true;
    dx[1] = append_sum_to(graph, dx[1], b, node);
    return dx[1] != NULL;
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    int64_t count = shape_count(&node->in[0]->shape), period = shape_count(&node->in[1]->shape);
    for (int64_t i = 0; i < count; i++) {
        float a = in[0][i], b = in[1][i % period];
        switch (((const struct binary *)node->attributes)->function) {
        case BINARY_ADD: out[0][i] = a + b; break;
        case BINARY_SUBTRACT: out[0][i] = a - b; break;
        case BINARY_MULTIPLY: out[0][i] = a * b; break;
        case BINARY_DIVIDE: out[0][i] = a / b; break;
        case BINARY_MAXIMUM: out[0][i] = a > b ? a : b; break;
        case BINARY_MINIMUM: out[0][i] = a < b ? a : b; break;
        }
    }
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
        node->in[0]->scope != SCOPE_SAMPLE || node->in[0]->is_output ||
        tensor_readers(graph, node->in[0], NULL) != 1)
        return true;
    bool biased = is_binary(inner, BINARY_ADD) && inner->in[1]->scope == SCOPE_SHARED &&
                  shape_equal(&inner->in[1]->shape, &s->shape);
    if (biased) {
        struct tensor *b = combine(graph, node, node, inner->in[1], s);
        struct tensor *x = multiply && b ? combine(graph, node, node, inner->in[0], s) : inner->in[0];
        y = b && x ? combine(graph, inner, node, x, b) : NULL;
    } else if (multiply && inner->op->takes_factor && s->shape.rank == 1) {
        struct tensor *k = combine(graph, node, node, inner->in[1], s);
        y = k ? combine(graph, inner, inner, inner->in[0], k) : NULL;
    } else {
        return true;
    }
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    *changed = true;
    return true;
}

bool is_binary(const struct node *node, int function)
{
    return node->op == &op_binary && ((const struct binary *)node->attributes)->function == function;
}

const struct op op_binary = {
    .name = "binary",
    .usage =
        {"two tensors, element by element; the second may be the end of the first in shape, and is then repeated",
         "y = a + b, a - b, a*b, a/b, max(a, b), min(a, b)", "op.binary(x, x, \"add\")"},
    .attributes = attributes,
    .attributes_size = sizeof(struct binary),
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .backward = backward,
    .fold = fold,
    .pointwise = true,
    .in_place = true,
    .by_rows = true,
    .evaluate = evaluate};
