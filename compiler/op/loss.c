/* loss.c -- losses and accuracy: one number for each sample, and the gradients of the losses.
 *
 * p are the predictions of a sample, t its label. Means are over everything but the batch.
 *   cross_entropy         mean over the leading dims of -sum over c of t[c] * (log q[c] - log sum q), q = p clipped to
 *                         [1e-7, 1 - 1e-7]; from_logits: log softmax(p) in place of the bracket. sparse: t is a class
 *                         index. label_smoothing a: t * (1 - a) + a / C. ignores: a position whose t is `ignored`
 *                         adds nothing to the sum, and counts in the mean.
 *   binary_cross_entropy  mean of -(t log q + (1 - t) log(1 - q)); from_logits: max(p, 0) - p t + log(1 + exp(-|p|)).
 *                         label_smoothing a: t * (1 - a) + a / 2.
 *   squared_error         mean of (p - t)^2
 *   accuracy              sparse, categorical: share of positions where the largest p is at the label's class;
 *                         binary: share of numbers with (p > threshold ? 1 : 0) == t
 * The gradients take (p, t, dl), dl the gradient of the sample's loss. */
#include "op/op.h"

struct loss {
    bool sparse, from_logits;
    double label_smoothing;
    bool ignores;
    double ignored;
};

static const struct attribute attributes[] = {
    {"sparse", ATTRIBUTE_BOOL, offsetof(struct loss, sparse), NULL, "labels are class indices"},
    {"from_logits", ATTRIBUTE_BOOL, offsetof(struct loss, from_logits), NULL,
     "the output has no softmax or sigmoid"},
    {"label_smoothing", ATTRIBUTE_FLOAT, offsetof(struct loss, label_smoothing), NULL,
     "share of each label that is spread evenly"},
    {"ignores", ATTRIBUTE_BOOL, offsetof(struct loss, ignores), NULL, "a class index of all counts nothing"},
    {"ignored", ATTRIBUTE_FLOAT, offsetof(struct loss, ignored), NULL, "which"},
    {0}};

/* A label has the predictions' shape, or with class indices the same without the last axis. */
static bool label_fits(struct graph *graph, struct node *node, bool sparse)
{
    struct shape p = node->in[0]->shape;
    const struct shape *label = &node->in[1]->shape;
    if (sparse && p.rank < 1)
        return diag_error(graph->diag, node->origin, "%s needs an output with one number for each class",
                          node->op->name);
    if (sparse)
        p.rank--;
    if (shape_equal(&p, label))
        return true;
    diag_error(graph->diag, node->origin, "%s: the output %s does not fit labels of the shape %s", node->op->name,
               shape_text(graph->arena, &node->in[0]->shape), shape_text(graph->arena, label));
    diag_trail(graph->diag, graph_trail(graph, node->in[0]));
    return false;
}

static bool loss_shape(struct graph *graph, struct node *node)
{
    return label_fits(graph, node, ((const struct loss *)node->attributes)->sparse) && scalar_sample(graph, node);
}

static bool append_loss_gradient(struct graph *graph, struct node *node, const struct op *op, struct tensor *dl,
                                 struct tensor **dx)
{
    dx[0] =
        append_gradient(graph, op, node->attributes, (struct tensor *[]){node->in[0], node->in[1], dl}, 3, node);
    return dx[0] != NULL;
}

static bool cross_entropy_backward(struct graph *graph, struct node *node, struct tensor *const *dy,
                                   struct tensor **dx)
{
    return append_loss_gradient(graph, node, &op_cross_entropy_grad, dy[0], dx);
}

static bool binary_backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    return append_loss_gradient(graph, node, &op_binary_cross_entropy_grad, dy[0], dx);
}

static bool squared_error_backward(struct graph *graph, struct node *node, struct tensor *const *dy,
                                   struct tensor **dx)
{
    return append_loss_gradient(graph, node, &op_squared_error_grad, dy[0], dx);
}

/* A softmax or sigmoid in front joins the loss, which then works from logits. */
static bool loss_simplify(struct graph *graph, struct node *node, bool *changed)
{
    struct loss *a = node->attributes;
    const struct node *producer = node->in[0]->producer;
    (void)graph;
    if (!producer)
        return true;
    bool softmax = node->op == &op_cross_entropy && producer->op == &op_softmax && !softmax_is_log(producer);
    bool sigmoid = node->op == &op_binary_cross_entropy && producer->op == &op_unary &&
                   ((const struct unary *)producer->attributes)->function == UNARY_sigmoid;
    if (a->from_logits || !(softmax || sigmoid))
        return true;
    a->from_logits = *changed = true;
    node->in[0] = producer->in[0];
    return true;
}

#define LOSS_OP(NAME, INPUTS, SHAPE, BACKWARD)                                                                     \
    const struct op op_##NAME = {.name = #NAME,                                                                    \
                                 .attributes = attributes,                                                         \
                                 .attributes_size = sizeof(struct loss),                                           \
                                 .min_in = (INPUTS),                                                               \
                                 .max_in = (INPUTS),                                                               \
                                 .shape = (SHAPE),                                                                 \
                                 .backward = (BACKWARD),                                                           \
                                 .simplify = loss_simplify};

LOSS_OP(cross_entropy, 2, loss_shape, cross_entropy_backward)
LOSS_OP(cross_entropy_grad, 3, same_as_first, NULL)
LOSS_OP(binary_cross_entropy, 2, loss_shape, binary_backward)
LOSS_OP(binary_cross_entropy_grad, 3, same_as_first, NULL)
LOSS_OP(squared_error, 2, loss_shape, squared_error_backward)
LOSS_OP(squared_error_grad, 3, same_as_first, NULL)

/* ---- accuracy ---- */

enum accuracy_kind { ACCURACY_SPARSE, ACCURACY_CATEGORICAL, ACCURACY_BINARY };

static const char *const kinds[] = {"sparse", "categorical", "binary", NULL};

struct accuracy {
    int kind;
    double threshold;
};

static const struct attribute accuracy_attributes[] = {
    {"kind", ATTRIBUTE_CHOICE, offsetof(struct accuracy, kind), kinds, "what labels are"},
    {"threshold", ATTRIBUTE_FLOAT, offsetof(struct accuracy, threshold), NULL, "above it, an output means yes"},
    {0}};

static const struct accuracy accuracy_defaults = {.threshold = 0.5};

static bool accuracy_shape(struct graph *graph, struct node *node)
{
    const struct accuracy *a = node->attributes;
    return label_fits(graph, node, a->kind == ACCURACY_SPARSE) && scalar_sample(graph, node);
}

/* The largest of a softmax is the largest of its input, and sigmoid(x) > 0.5 where x > 0. */
static bool accuracy_simplify(struct graph *graph, struct node *node, bool *changed)
{
    struct accuracy *a = node->attributes;
    const struct node *producer = node->in[0]->producer;
    (void)graph;
    if (!producer)
        return true;
    bool sigmoid = a->kind == ACCURACY_BINARY && a->threshold == 0.5 && producer->op == &op_unary &&
                   ((const struct unary *)producer->attributes)->function == UNARY_sigmoid;
    if (!sigmoid && !(a->kind != ACCURACY_BINARY && producer->op == &op_softmax))
        return true;
    if (sigmoid)
        a->threshold = 0;
    node->in[0] = producer->in[0];
    *changed = true;
    return true;
}

const struct op op_accuracy = {.name = "accuracy",
                               .attributes = accuracy_attributes,
                               .attributes_size = sizeof(struct accuracy),
                               .attribute_defaults = &accuracy_defaults,
                               .min_in = 2,
                               .max_in = 2,
                               .shape = accuracy_shape,
                               .simplify = accuracy_simplify};
