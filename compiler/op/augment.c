/* augment.c -- in training every image is disturbed at random: flipped, moved, turned, ...; the identity otherwise. What
 * happens is a function of (seed of the run, seed or number of the op, step, sample, and round of its loop), as with dropout.
 *
 * An image is seen as it lies in memory, so kernels work on one after the other, at best while it is loaded. */
#include "op/op.h"

#include <inttypes.h>

/* The vertical range is the first, where there are two. From translate to shear each pixel (y, x) is taken from a place in the
 * input, which lies between pixels. */
#define FUNCTIONS(ROW)                                                                                             \
    ROW(FLIP, "flip")           /* every other image, in the directions that `mode` says */                        \
    ROW(TRANSLATE, "translate") /* (y - rows*a, x - columns*b) */                                                  \
    ROW(ROTATE, "rotate")       /* around the middle, by a turns */                                                \
    ROW(ZOOM, "zoom")           /* around the middle: distances times 1 + a and 1 + b */                           \
    ROW(SHEAR, "shear")         /* (y + a*x, x + b*y), both negative in every other image */                       \
    ROW(CONTRAST, "contrast")   /* distances from the channel's mean times a, cut to low .. high */                \
    ROW(CROP, "crop") /* to `size` rows and columns, anywhere in the image; otherwise the second input */          \
    ROW(BRIGHTNESS, "brightness") /* a*(high - low) is added, cut to low .. high */
enum function {
#define ROW(name, text) FUNCTION_##name,
    FUNCTIONS(ROW)
#undef ROW
};
static const char *const functions[] = {
#define ROW(name, text) text,
    FUNCTIONS(ROW)
#undef ROW
        NULL};

static const char *const modes[] = {"horizontal_and_vertical", "horizontal", "vertical", NULL};
static const char *const fill_modes[] = {"reflect", "wrap", "constant", "nearest", NULL};
static const char *const interpolations[] = {"bilinear", "nearest", NULL};

struct augment {
    int function, mode, fill_mode, interpolation;
    double min, max, column_min, column_max;
    bool tied;
    double fill_value, low, high;
    int64_t size[2];
    bool channels_first;
    bool lowered;         /* for training: there is no second input */
    int64_t seed;         /* below 0: the script gave none, and -seed numbers the augmentations of the network */
    int64_t turn;         /* of those that a script wrote out, each with numbers of its own */
    int64_t rounds;       /* of the loop, each with numbers of its own; 0 outside of one */
    double scale, offset; /* x is scale*x + offset of what comes in */
};

static const struct augment defaults = {.seed = NO_SEED, .high = 255, .scale = 1};

static const struct attribute attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct augment, function), functions, "what happens to an image"},
    {"mode", ATTRIBUTE_CHOICE, offsetof(struct augment, mode), modes, "the directions of a flip"},
    {"min", ATTRIBUTE_FLOAT, offsetof(struct augment, min), NULL,
     "the range of the factor, or of the vertical one"},
    {"max", ATTRIBUTE_FLOAT, offsetof(struct augment, max), NULL, "its other end"},
    {"column_min", ATTRIBUTE_FLOAT, offsetof(struct augment, column_min), NULL,
     "the range of the horizontal factor"},
    {"column_max", ATTRIBUTE_FLOAT, offsetof(struct augment, column_max), NULL, "its other end"},
    {"tied", ATTRIBUTE_BOOL, offsetof(struct augment, tied), NULL, "the horizontal factor is the vertical one"},
    {"fill_mode", ATTRIBUTE_CHOICE, offsetof(struct augment, fill_mode), fill_modes, "what is beside the image"},
    {"interpolation", ATTRIBUTE_CHOICE, offsetof(struct augment, interpolation), interpolations,
     "how a pixel is made of those around its place"},
    {"fill_value", ATTRIBUTE_FLOAT, offsetof(struct augment, fill_value), NULL, "beside the image, if constant"},
    {"low", ATTRIBUTE_FLOAT, offsetof(struct augment, low), NULL, "the least number of a pixel"},
    {"high", ATTRIBUTE_FLOAT, offsetof(struct augment, high), NULL, "the largest number of a pixel"},
    {"size", ATTRIBUTE_PAIR, offsetof(struct augment, size), NULL, "rows and columns that a crop leaves"},
    {"channels_first", ATTRIBUTE_BOOL, offsetof(struct augment, channels_first), NULL,
     "the axes are channels, rows, columns"},
    {"seed", ATTRIBUTE_COUNT, offsetof(struct augment, seed), NULL,
     "decides, with the training's seed, what happens; without it no other op draws the same"},
    {"turn", ATTRIBUTE_COUNT, offsetof(struct augment, turn), NULL,
     "what has one seed, but another number here, draws another time"},
    {"rounds", ATTRIBUTE_COUNT, offsetof(struct augment, rounds), NULL, NULL},
    {"lowered", ATTRIBUTE_BOOL, offsetof(struct augment, lowered), NULL, NULL},
    {"scale", ATTRIBUTE_FLOAT, offsetof(struct augment, scale), NULL, NULL},
    {"offset", ATTRIBUTE_FLOAT, offsetof(struct augment, offset), NULL, NULL},
    {0}};

static bool is_within(double a, double b, double bound) { return -bound <= a && a <= b && b <= bound; }

static bool check_ranges(struct graph *graph, const struct node *node)
{
    const struct augment *a = node->attributes;
    const double bound = a->function == FUNCTION_CONTRAST ? 2 : 1;
    if (!is_within(a->min, a->max, bound) || !is_within(a->column_min, a->column_max, bound))
        return diag_error(graph->diag, node->origin,
                          "augment: the factors must be from %g to %g, and min at most max", -bound, bound);
    if (!(a->low <= a->high))
        return diag_error(graph->diag, node->origin, "augment: low must be at most high");
    return true;
}

/* Places are computed with 32 bits behind the point. */
static bool check_image(struct graph *graph, struct node *node)
{
    enum { SIDE_MAX = 32767 };
    const struct shape *x = &node->in[0]->shape;
    const struct augment *a = node->attributes;
    if (!need_rank(graph, node, 0, 3))
        return false;
    int64_t rows = x->dim[a->channels_first], columns = x->dim[1 + a->channels_first];
    if (rows <= SIDE_MAX && columns <= SIDE_MAX)
        return true;
    return diag_error(graph->diag, node->origin,
                      "augment: an image may have %d rows and columns, not %" PRId64 "x%" PRId64, SIDE_MAX, rows,
                      columns);
}

/* Do parameters that could be trained lead to the tensor? */
static bool is_trained(const struct graph *graph, const struct tensor *tensor)
{
    bool *trained = arena_array(graph->arena, graph->n_tensors, sizeof *trained);
    for (int i = 0; i < graph->n_tensors; i++)
        trained[i] = graph->tensors[i]->parameter && graph->tensors[i]->parameter->trainable;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_in; j++)
            for (int k = 0; k < node->n_out; k++)
                trained[node->out[k]->id] |= node->in[j] && trained[node->in[j]->id];
    }
    return trained[tensor->id];
}

/* Images come from the caller, so nothing needs the gradient with respect to them. */
static bool check_place(struct graph *graph, const struct node *node)
{
    if (!is_trained(graph, node->in[0]))
        return true;
    diag_error(graph->diag, node->origin,
               "images are augmented in front of the layers that are trained, not behind one");
    return diag_hint(graph->diag, "in front of it there may be layers such as Rescaling, Normalization, MaxPool2D");
}

/* What comes in as a crop leaves it. */
static struct shape result_of(const struct node *node)
{
    const struct augment *a = node->attributes;
    struct shape y = node->in[0]->shape;
    for (int i = 0; a->function == FUNCTION_CROP && i < 2; i++)
        y.dim[i + a->channels_first] = a->size[i];
    return y;
}

static bool check_crop(struct graph *graph, const struct node *node)
{
    const struct augment *a = node->attributes;
    const struct shape *x = &node->in[0]->shape, y = result_of(node);
    if (a->function != FUNCTION_CROP)
        return node->n_in == 1 || diag_error(graph->diag, node->origin, "augment: only a crop takes two tensors");
    for (int i = 0; i < 3; i++)
        if (y.dim[i] < 1 || y.dim[i] > x->dim[i])
            return diag_error(graph->diag, node->origin, "augment: %s cannot be cropped to %s",
                              shape_text(graph->arena, x), shape_text(graph->arena, &y));
    if (a->lowered || (node->n_in == 2 && shape_equal(&node->in[1]->shape, &y)))
        return true;
    return diag_error(graph->diag, node->origin,
                      "augment: a crop's second tensor is what comes out in prediction, of the shape %s",
                      shape_text(graph->arena, &y));
}

/* The second output is memory for images as they lie in the caller's rows: the schedule says how much. */
static bool shape(struct graph *graph, struct node *node)
{
    struct augment *a = node->attributes;
    if (!need_scope(graph, node, 0, SCOPE_SAMPLE) || !check_image(graph, node) || !check_ranges(graph, node) ||
        !check_place(graph, node) || !check_crop(graph, node) || !random_seed(graph, node, &a->seed))
        return false;
    a->rounds = node->loop ? node->loop->rounds : 0;
    if (!node_output(graph, node, result_of(node), SCOPE_SAMPLE) ||
        !node_output(graph, node, (struct shape){1, {1}}, SCOPE_SAMPLE))
        return false;
    node->out[1]->scratch = true;
    return true;
}

/* Of training is left what is drawn. What only scales the model's input is done with it, so that the images can be augmented
 * while they are loaded. */
static bool lower_for_training(struct graph *graph, struct node *node)
{
    struct tensor *x = node->in[0];
    const struct node *scaling = x->producer;
    struct augment a = *(const struct augment *)node->attributes;
    if (scaling && scaling->op == &op_affine && scaling->in[0]->role == ROLE_INPUT &&
        scaling->in[0]->element == ELEMENT_FLOAT) {
        a.scale = ((const struct affine *)scaling->attributes)->scale;
        a.offset = ((const struct affine *)scaling->attributes)->offset;
        x = scaling->in[0];
    } else if (node->n_in == 1) {
        return true;
    }
    a.lowered = true;
    struct tensor *y = graph_apply(graph, &op_augment, &a, &x, 1, node->origin);
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    return true;
}

static bool lower(struct graph *graph, struct node *node, bool training)
{
    if (training)
        return lower_for_training(graph, node);
    graph_replace(graph, node->out[0], node->in[node->n_in - 1]);
    return true;
}

const struct op op_augment = {.name = "augment",
                              .usage = {"in training, disturbs every image at random", NULL,
                                        "op.augment(x, {[\"function\"] = \"rotate\", min = -0.1, max = 0.1})"},
                              .attributes = attributes,
                              .attributes_size = sizeof(struct augment),
                              .attribute_defaults = &defaults,
                              .min_in = 1,
                              .max_in = 2,
                              .shape = shape,
                              .random = true,
                              .numbered_apart = true,
                              .in_place = true,
                              .lower = lower};
