/* resample.c -- a sequence along one axis with another number of places, and its gradient.
 *
 * Place i of `size` stands where (i + 0.5) * n / size - 0.5 is among the n places of x. The number there is a sum of those of
 * x that are near, weighed by a function of the distance; beyond the ends there is nothing, and what the weights sum to
 * divides them. With `antialias` the function is as many times wider as x has places for one of y. The kernels read the
 * weights from a table (emit/resample.lua), so that it costs nothing what function that is. */
#include "op/op.h"

#include <inttypes.h>

/* So many weights at most may a table have. */
enum { WEIGHTS_MAX = 1 << 20 };

static const char *const interpolations[] = {"bilinear", "bicubic", "lanczos3", "lanczos5", NULL};
static const int radius[] = {1, 2, 3, 5};

static const struct attribute attributes[] = {
    {"axis", ATTRIBUTE_INT, offsetof(struct resample, axis), NULL, "counted from 0, without the batch"},
    {"size", ATTRIBUTE_INT, offsetof(struct resample, size), NULL, "places along this axis of the result"},
    {"interpolation", ATTRIBUTE_CHOICE, offsetof(struct resample, interpolation), interpolations,
     "what weighs a number at distance d: bilinear: 1 - d; bicubic: Keys' cubic function, to 2; lanczos3: sinc(d) * sinc(d/3), "
     "to 3; lanczos5: the same, to 5"},
    {"antialias", ATTRIBUTE_BOOL, offsetof(struct resample, antialias), NULL,
     "of fewer places: all of x counts, not the numbers near to a place alone"},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct resample, result), NULL, NULL},
    {0}};

static bool shape(struct graph *graph, struct node *node)
{
    const struct resample *a = node->attributes;
    struct shape y = node->in[0]->shape;
    if (!need_scope(graph, node, 0, SCOPE_SAMPLE))
        return false;
    if (a->axis < 0 || a->axis >= y.rank)
        return diag_error(graph->diag, node->origin, "resample: %s has no axis %" PRId64,
                          shape_text(graph->arena, &y), a->axis);
    int64_t places = y.dim[a->axis];
    /* of a place, or, where x has more, of each of x's */
    int64_t max = a->size > places ? a->size : places;
    if (a->size < 1 || a->size > INT32_MAX || max > WEIGHTS_MAX / (2 * radius[a->interpolation] + 1))
        return diag_error(graph->diag, node->origin, "resample cannot make %" PRId64 " places of %" PRId64, a->size,
                          places);
    y.dim[a->axis] = a->size;
    return node_output(graph, node, y, SCOPE_SAMPLE);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct resample a = *(const struct resample *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_resample_grad, &a, dy, 1, node);
    return dx[0] != NULL;
}

static bool gradient_shape(struct graph *graph, struct node *node)
{
    const struct resample *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SAMPLE);
}

const struct op op_resample = {
    .name = "resample",
    .usage = {"another number of places along one axis, each a weighed sum of those near it",
              "y[i] = sum over j of w((i + 0.5) * in/out - 0.5 - j) * x[j]",
              "op.resample(x, {axis = 0, size = 16, interpolation = \"bicubic\"})"},
    .attributes = attributes,
    .attributes_size = sizeof(struct resample),
    .min_in = 1,
    .max_in = 1,
    .shape = shape,
    .backward = backward};

/* dx: each number of dy goes to those that y's was made of, by their weights. */
const struct op op_resample_grad = {.name = "resample_grad",
                                    .attributes = attributes,
                                    .attributes_size = sizeof(struct resample),
                                    .min_in = 1,
                                    .max_in = 1,
                                    .shape = gradient_shape};
