/* random.c -- random numbers: those that training adds to its numbers or multiplies them by (noise, the identity otherwise),
 * and those that a network asks for (random_normal, random_uniform). Training draws them anew in every step; prediction has
 * the same ones for every sample, so that what it says of one does not depend on the others. They are a function of (seed of
 * the run, seed or number of the op, step, sample, element), as dropout's mask, and noise of the round of its loop, too. */
#include "op/op.h"

#include <inttypes.h>
#include <math.h>

/* The number of a node that is about to be appended. Augmentations are counted by themselves: they draw another kind of
 * words, and numbers of others do not change where a script begins to augment. */
static int64_t next_number(const struct graph *graph, bool apart)
{
    int64_t number = 1;
    for (int i = 0; i < graph->n_nodes; i++)
        number += graph->nodes[i]->op->random && graph->nodes[i]->op->numbered_apart == apart;
    return number;
}

bool random_seed(struct graph *graph, const struct node *node, int64_t *seed)
{
    if (*seed > INT32_MAX)
        return diag_error(graph->diag, node->origin, "%s's seed must be at most %d, not %" PRId64, node->op->name,
                          INT32_MAX, *seed);
    if (*seed == NO_SEED)
        *seed = -next_number(graph, node->op->numbered_apart);
    return true;
}

/* They do not depend on the round of a loop. */
static bool need_no_loop(struct graph *graph, const struct node *node)
{
    if (!graph->loop)
        return true;
    diag_error(graph->diag, node->origin, "%s would draw the same numbers in every step of a recurrence",
               node->op->name);
    return diag_hint(graph->diag,
                     "draw a row for each step in front of it, and have them as a part of its sequence");
}

static const char SEED_DOC[] =
    "decides, with the training's seed, which numbers; without it no other op draws the same";

/* ---- noise ---- */

static const char *const ways[] = {"add", "multiply", NULL};

struct noise {
    int way;
    double stddev;
    int64_t seed;
    int64_t turn, rounds; /* as of a dropout (dropout.c) */
    bool reverse;
};

static const struct noise noise_defaults = {.seed = NO_SEED};

static const struct attribute noise_attributes[] = {
    {"function", ATTRIBUTE_CHOICE, offsetof(struct noise, way), ways, "add: x + n; multiply: x * (1 + n)"},
    {"stddev", ATTRIBUTE_FLOAT, offsetof(struct noise, stddev), NULL, "standard deviation of n"},
    {"seed", ATTRIBUTE_COUNT, offsetof(struct noise, seed), NULL, SEED_DOC},
    {"turn", ATTRIBUTE_COUNT, offsetof(struct noise, turn), NULL,
     "what has one seed, but another number here, draws other numbers"},
    {"rounds", ATTRIBUTE_COUNT, offsetof(struct noise, rounds), NULL, NULL},
    {"reverse", ATTRIBUTE_BOOL, offsetof(struct noise, reverse), NULL, NULL},
    {0}};

static bool noise_shape(struct graph *graph, struct node *node)
{
    struct noise *a = node->attributes;
    if (!(a->stddev >= 0))
        return diag_error(graph->diag, node->origin, "noise's stddev must be at least 0, not %g", a->stddev);
    a->rounds = node->loop ? node->loop->rounds : 0;
    return random_seed(graph, node, &a->seed) && need_scope(graph, node, 0, SCOPE_SAMPLE) &&
           same_as_first(graph, node);
}

static bool noise_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct noise a = *(const struct noise *)node->attributes;
    a.reverse = !a.reverse; /* the rounds of a gradient go from the last to the first */
    dx[0] = ways[a.way] == ways[0] ? dy[0] : append_gradient(graph, &op_noise, &a, dy, 1, node);
    return dx[0] != NULL;
}

const struct op op_noise = {.name = "noise",
                            .usage = {"in training, adds normal numbers at random, or multiplies by such around 1",
                                      "y = x + n, or x * (1 + n), n normal with mean 0 and deviation stddev",
                                      "op.noise(x, {stddev = 0.1})"},
                            .attributes = noise_attributes,
                            .attributes_size = sizeof(struct noise),
                            .attribute_defaults = &noise_defaults,
                            .min_in = 1,
                            .max_in = 1,
                            .shape = noise_shape,
                            .backward = noise_backward,
                            .identity_in_inference = true,
                            .random = true,
                            .in_place = true};

/* ---- numbers by themselves ---- */

static const struct random_numbers normal_defaults = {.b = 1, .seed = NO_SEED};
static const struct random_numbers uniform_defaults = {.b = 1, .seed = NO_SEED};

#define SHAPE_AND_SEED                                                                                             \
    {"shape", ATTRIBUTE_SHAPE, offsetof(struct random_numbers, shape), NULL,                                       \
     "without the batch; that of x without it"},                                                                   \
        {"seed", ATTRIBUTE_COUNT, offsetof(struct random_numbers, seed), NULL, SEED_DOC},

static const struct attribute normal_attributes[] = {
    {"mean", ATTRIBUTE_FLOAT, offsetof(struct random_numbers, a), NULL, "mean"},
    {"stddev", ATTRIBUTE_FLOAT, offsetof(struct random_numbers, b), NULL, "standard deviation"},
    SHAPE_AND_SEED{0}};

static const struct attribute uniform_attributes[] = {
    {"minval", ATTRIBUTE_FLOAT, offsetof(struct random_numbers, a), NULL, "lower end"},
    {"maxval", ATTRIBUTE_FLOAT, offsetof(struct random_numbers, b), NULL, "upper end"},
    SHAPE_AND_SEED{0}};

static bool random_shape(struct graph *graph, struct node *node)
{
    struct random_numbers *a = node->attributes;
    if (a->shape.rank == 0)
        a->shape = node->in[0]->shape;
    return need_no_loop(graph, node) && random_seed(graph, node, &a->seed) &&
           need_scope(graph, node, 0, SCOPE_SAMPLE) && node_output(graph, node, a->shape, SCOPE_SAMPLE);
}

/* They depend on nothing that is trained. */
static bool no_gradient(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    (void)graph, (void)node, (void)dy, (void)dx;
    return true;
}

static bool lower(struct graph *graph, struct node *node, bool training)
{
    (void)graph;
    if (!training)
        node->op = node->op == &op_random_normal ? &op_fixed_normal : &op_fixed_uniform;
    return true;
}

#define RANDOM_OP(NAME, ATTRIBUTES, DEFAULTS, ...)                                                                 \
    const struct op op_##NAME = {.name = #NAME,                                                                    \
                                 .attributes = (ATTRIBUTES),                                                       \
                                 .attributes_size = sizeof(struct random_numbers),                                 \
                                 .attribute_defaults = &(DEFAULTS),                                                \
                                 .min_in = 1,                                                                      \
                                 .max_in = 1,                                                                      \
                                 .shape = random_shape,                                                            \
                                 .any_element = true,                                                              \
                                 __VA_ARGS__};

RANDOM_OP(
    random_normal, normal_attributes, normal_defaults, .backward = no_gradient, .lower = lower, .random = true,
    .usage = {
        "normal numbers at random for each sample of x, anew in every step of training; prediction has the same for "
        "every sample",
        NULL, "op.random_normal(x, {shape = {3}, stddev = 0.5})"})
RANDOM_OP(random_uniform, uniform_attributes, uniform_defaults, .backward = no_gradient, .lower = lower,
          .random = true,
          .usage = {
              "numbers between minval and maxval at random for each sample of x, anew in every step of training; "
              "prediction has the same for every sample",
              NULL, "op.random_uniform(x, {minval = -1, maxval = 1})"})
/* Of prediction. */
RANDOM_OP(fixed_normal, normal_attributes, normal_defaults, .backward = NULL)
RANDOM_OP(fixed_uniform, uniform_attributes, uniform_defaults, .backward = NULL)
