/* normalize.c -- what batch_norm is made of in training. C is the last axis, n the number of positions of a sample,
 * w the sample weight (1/batch size, 0 in a lane without a sample).
 *
 *   batch_mean(x, w)            mean[c]     = sum over samples of w * sum over positions of x / n
 *   batch_variance(x, mean, w)  variance[c] = the same of (x - mean)^2          (biased, as Keras')
 *   normalize                   y = gamma * xhat + beta,  xhat = (x - mean) / sqrt(variance + epsilon)
 *   normalize_sums              dbeta[c] = sum of dy,  dgamma[c] = sum of dy * xhat, over batch and positions
 *   normalize_grad              dx = gamma / sqrt(variance + epsilon) * (dy - (dbeta + xhat * dgamma) * w / n)
 *
 * The last is the whole derivative, through mean and variance too (Ioffe & Szegedy 2015, section 3). With a `slope` both gradients
 * first multiply dy by that of a function of y, which is computed once more: gamma and beta are inputs then, too, the last ones
 * (pass/slopes.c). Where some positions do not count, all but normalize and normalize_sums have an input more, `counts`: a number
 * for each position, whose mean over the batch is 1, and by which w is multiplied there. */
#include "op/op.h"

static const struct attribute attributes[] = {
    {"epsilon", ATTRIBUTE_FLOAT, offsetof(struct normalize, epsilon), NULL, NULL}, {0}};

#define UNARY(NAME, ...) #NAME,
static const char *const slopes[] = {"none",
#include "op/unary.def"
                                     NULL};
#undef UNARY

static const struct attribute gradient_attributes[] = {
    {"epsilon", ATTRIBUTE_FLOAT, offsetof(struct normalize, epsilon), NULL, NULL},
    {"slope", ATTRIBUTE_CHOICE, offsetof(struct normalize, slope), slopes, NULL},
    {"alpha", ATTRIBUTE_FLOAT, offsetof(struct normalize, alpha), NULL, NULL},
    {0}};

static bool shape_of_channels(struct graph *graph, struct node *node)
{
    const struct shape *x = &node->in[0]->shape;
    return node_output(graph, node, (struct shape){1, {x->dim[x->rank - 1]}}, SCOPE_SHARED);
}

static bool shape_of_sums(struct graph *graph, struct node *node)
{
    for (int i = 0; i < 2; i++)
        if (!shape_of_channels(graph, node))
            return false;
    return true;
}

/* What batch_mean was told of the positions. */
static struct tensor *counts_of(const struct node *mean) { return mean && mean->n_in > 2 ? mean->in[2] : NULL; }

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct tensor *x = node->in[0], *mean = node->in[1], *variance = node->in[2], *gamma = node->in[3];
    struct tensor *dbeta = append_gradient(graph, &op_normalize_sums, node->attributes,
                                           (struct tensor *[]){dy[0], x, mean, variance}, 4, node);
    if (!dbeta)
        return false;
    struct tensor *dgamma = dbeta->producer->out[1], *counts = counts_of(mean->producer);
    dx[0] = append_gradient(
        graph, &op_normalize_grad, node->attributes,
        (struct tensor *[]){dy[0], x, mean, variance, gamma, dbeta, dgamma, graph_share(graph), counts},
        counts ? 9 : 8, node);
    dx[3] = gamma ? dgamma : NULL;
    dx[4] = node->in[4] ? dbeta : NULL;
    return dx[0] != NULL;
}

const struct op op_batch_mean = {.name = "batch_mean", .min_in = 2, .max_in = 3, .shape = shape_of_channels};

const struct op op_batch_variance = {
    .name = "batch_variance", .min_in = 3, .max_in = 4, .shape = shape_of_channels};

const struct op op_normalize = {.name = "normalize", /* (x, mean, variance, gamma or nil, beta or nil) */
                                .attributes = attributes,
                                .attributes_size = sizeof(struct normalize),
                                .min_in = 5,
                                .max_in = 5,
                                .shape = same_as_first,
                                .backward = backward};

const struct op op_normalize_sums = {.name = "normalize_sums", /* (dy, x, mean, variance) -> dbeta, dgamma */
                                     .attributes = gradient_attributes,
                                     .attributes_size = sizeof(struct normalize),
                                     .min_in = 4,
                                     .max_in = 4,
                                     .shape = shape_of_sums};

const struct op op_normalize_grad = {
    .name = "normalize_grad", /* (dy, x, mean, variance, gamma or nil, dbeta, dgamma, w, counts) */
    .attributes = gradient_attributes,
    .attributes_size = sizeof(struct normalize),
    .min_in = 8,
    .max_in = 9,
    .shape = same_as_first,
    .in_place = true};
