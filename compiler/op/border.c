/* border.c -- more places along one axis, which repeat those of the tensor, and the gradient of that.
 *
 * Place i of y is place i - before of x, or, beyond x's ends, the one that the mode names. Borders below 0 take places away, so
 * that before = n, behind = -n of n places mirrors them, and before = k, behind = -k turns them round by k. */
#include "op/op.h"

#include <inttypes.h>

enum { EDGE, REFLECT, SYMMETRIC, WRAP };
static const char *const modes[] = {"edge", "reflect", "symmetric", "wrap", NULL};

static const struct attribute border_attributes[] = {
    {"axis", ATTRIBUTE_INT, offsetof(struct border_places, axis), NULL, "counted from 0, without the batch"},
    {"before", ATTRIBUTE_INT, offsetof(struct border_places, before), NULL,
     "how many places more in front; below 0: so many less"},
    {"behind", ATTRIBUTE_INT, offsetof(struct border_places, behind), NULL, "the same of the end"},
    {"mode", ATTRIBUTE_CHOICE, offsetof(struct border_places, mode), modes,
     "what stands there: edge: the end's; reflect: mirrored at the end's, once; symmetric: mirrored behind it, so that it "
     "comes twice; wrap: from the other end on"},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct border_places, result), NULL, NULL},
    {0}};

static bool border_shape(struct graph *graph, struct node *node)
{
    const struct border_places *a = node->attributes;
    struct shape y = node->in[0]->shape;
    if (a->axis < 0 || a->axis >= y.rank)
        return diag_error(graph->diag, node->origin, "border: %s has no axis %" PRId64,
                          shape_text(graph->arena, &y), a->axis);
    int64_t most = INT32_MAX / 4; /* the C adds a period, at most twice as long as the axis, to places */
    const int64_t sides[] = {a->before, a->behind};
    for (int i = 0; i < 2; i++)
        if (sides[i] < -most || sides[i] > most || y.dim[a->axis] > most)
            return diag_error(graph->diag, node->origin,
                              "border of %" PRId64 " places around %" PRId64 " is too large", sides[i],
                              y.dim[a->axis]);
    y.dim[a->axis] += a->before + a->behind;
    return node_output(graph, node, y, node->in[0]->scope);
}

static bool border_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct border_places a = *(const struct border_places *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_border_grad, &a, dy, 1, node);
    return dx[0] != NULL;
}

static bool border_simplify(struct graph *graph, struct node *node, bool *changed)
{
    const struct border_places *a = node->attributes;
    if (a->before || a->behind)
        return true;
    graph_replace(graph, node->out[0], node->in[0]);
    *changed = true;
    return true;
}

/* The place, of n, that stands at place i. */
static int64_t place_of(int mode, int64_t n, int64_t i)
{
    if (mode == EDGE || n == 1)
        return i < 0 ? 0 : i < n ? i : n - 1;
    int64_t period = mode == WRAP ? n : mode == SYMMETRIC ? 2 * n : 2 * n - 2;
    i = (i % period + period) % period;
    return i < n ? i : mode == SYMMETRIC ? period - 1 - i : period - i;
}

static void border_evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct border_places *a = node->attributes;
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    int64_t inner = 1, n = x->dim[a->axis], count = y->dim[a->axis], total = shape_count(y);
    for (int i = (int)a->axis + 1; i < x->rank; i++)
        inner *= x->dim[i];
    for (int64_t i = 0; i < total; i++) {
        int64_t from = place_of(a->mode, n, i / inner % count - a->before);
        out[0][i] = in[0][(i / inner / count * n + from) * inner + i % inner];
    }
}

const struct op op_border = {
    .name = "border",
    .usage =
        {"more places along one axis, which repeat those that are there; with borders below 0 mirrored, or turned round",
         "y[i] = x[i - before], and beyond the ends of x what the mode names",
         "op.border(x, {axis = 1, before = 2, behind = 2, mode = \"reflect\"})"},
    .attributes = border_attributes,
    .attributes_size = sizeof(struct border_places),
    .min_in = 1,
    .max_in = 1,
    .shape = border_shape,
    .backward = border_backward,
    .simplify = border_simplify,
    .evaluate = border_evaluate};

static bool gradient_shape(struct graph *graph, struct node *node)
{
    const struct border_places *a = node->attributes;
    return node_output(graph, node, a->result, node->in[0]->scope);
}

/* dx: each number of dy goes to the one that it repeats. */
const struct op op_border_grad = {.name = "border_grad",
                                  .attributes = border_attributes,
                                  .attributes_size = sizeof(struct border_places),
                                  .min_in = 1,
                                  .max_in = 1,
                                  .shape = gradient_shape};
