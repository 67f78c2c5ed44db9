/* dropout.c -- in training each number is zeroed with probability `rate` and the others are scaled by 1/(1-rate); the
 * identity otherwise. The mask is a function of (seed of the run, seed or number of the dropout, step, sample, element, and
 * round of its loop), so the gradient applies the same op to dy and nothing is kept. */
#include "op/op.h"

#include <math.h>

struct dropout {
    double rate;
    int64_t seed; /* below 0: the script gave none, and -seed numbers the op among those that draw numbers */
    bool alpha;
    int64_t rows; /* that have one mask */
    bool alike;
    int64_t turn; /* of those that a script wrote out, each with a mask of its own */
    /* set by the shape rule and the gradient: how many rounds of a loop have masks of their own, 0 outside of one, and whether
     * the last comes first */
    int64_t rounds;
    bool reverse;
    /* set by the shape rule: of what is kept scale*x + shift, of the others `dropped` */
    double scale, shift, dropped;
};

static const struct dropout defaults = {.seed = NO_SEED, .rows = 1};

static const struct attribute attributes[] = {
    {"rate", ATTRIBUTE_FLOAT, offsetof(struct dropout, rate), NULL, "share of the numbers that are zeroed"},
    {"seed", ATTRIBUTE_COUNT, offsetof(struct dropout, seed), NULL,
     "decides, with the training's seed, which numbers; without it no other dropout zeroes the same"},
    {"alpha", ATTRIBUTE_BOOL, offsetof(struct dropout, alpha), NULL,
     "numbers become the least of selu instead of 0, and mean and variance stay"},
    {"rows", ATTRIBUTE_COUNT, offsetof(struct dropout, rows), NULL,
     "how many parts of the tensor, one behind the other, lose the same numbers: whole channels, if positions"},
    {"alike", ATTRIBUTE_BOOL, offsetof(struct dropout, alike), NULL,
     "in a recurrence, all steps lose the same numbers, and not each its own"},
    {"turn", ATTRIBUTE_COUNT, offsetof(struct dropout, turn), NULL,
     "what has one seed, but another number here, loses other numbers"},
    {"rounds", ATTRIBUTE_COUNT, offsetof(struct dropout, rounds), NULL, NULL},
    {"reverse", ATTRIBUTE_BOOL, offsetof(struct dropout, reverse), NULL, NULL},
    {"scale", ATTRIBUTE_FLOAT, offsetof(struct dropout, scale), NULL, NULL},
    {"shift", ATTRIBUTE_FLOAT, offsetof(struct dropout, shift), NULL, NULL},
    {"dropped", ATTRIBUTE_FLOAT, offsetof(struct dropout, dropped), NULL, NULL},
    {0}};

/* Klambauer et al.: Self-normalizing neural networks, 2017. */
static void resolve(struct dropout *a)
{
    const double least = -1.6732632423543772 * 1.0507009873554805;
    a->scale = a->alpha ? 1 / sqrt((1 - a->rate) * (1 + a->rate * least * least)) : 1 / (1 - a->rate);
    a->shift = a->alpha ? -a->scale * least * a->rate : 0;
    a->dropped = a->alpha ? a->scale * least + a->shift : 0;
}

/* The kernel has one word for the seed and half of one for the number, of which there are fewer than operations. It drops
 * whole 65536ths: of a rate that is nearer to 1 than to 65535 of them nothing would be left. */
static bool shape(struct graph *graph, struct node *node)
{
    struct dropout *a = node->attributes;
    if (!(a->rate >= 0 && a->rate < 1))
        return diag_error(graph->diag, node->origin, "dropout's rate must be at least 0 and below 1, not %g",
                          a->rate);
    if (a->rate * 65536 + 0.5 >= 65536)
        return diag_error(graph->diag, node->origin, "dropout's rate must be at most %.5f, not %.9g",
                          65535 / 65536.0, a->rate);
    if (a->rows < 1 || shape_count(&node->in[0]->shape) % a->rows != 0)
        return diag_error(graph->diag, node->origin, "dropout: %s does not divide into %d rows",
                          shape_text(graph->arena, &node->in[0]->shape), (int)a->rows);
    if (a->scale == 0)
        resolve(a);
    a->rounds = node->loop && !a->alike ? node->loop->rounds : 0;
    return random_seed(graph, node, &a->seed) && need_scope(graph, node, 0, SCOPE_SAMPLE) &&
           same_as_first(graph, node);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct dropout a = *(const struct dropout *)node->attributes;
    a.shift = a.dropped = 0;
    a.reverse = !a.reverse; /* the rounds of a gradient go from the last to the first */
    dx[0] = append_gradient(graph, &op_dropout, &a, dy, 1, node);
    return dx[0] != NULL;
}

const struct op op_dropout = {.name = "dropout",
                              .usage = {"in training, zeroes numbers at random and scales the others",
                                        "y = 0 with probability rate, else x / (1 - rate)",
                                        "op.dropout(x, {rate = 0.5, seed = 1})"},
                              .attributes = attributes,
                              .attributes_size = sizeof(struct dropout),
                              .attribute_defaults = &defaults,
                              .min_in = 1,
                              .max_in = 1,
                              .shape = shape,
                              .backward = backward,
                              .identity_in_inference = true,
                              .random = true,
                              .pointwise = true,
                              .in_place = true};
