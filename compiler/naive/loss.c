/* loss.c -- twins of the losses, their gradients, and accuracy. */
#include "naive/naive.h"

#include <math.h>
#include <string.h>

/* Keras' 1e-7 and 1 - 1e-7, the latter as float has it: the logarithm of what is left to 1 would tell the difference. */
static const double LEAST = 1e-7, MAX = 1 - 0x1p-23;

static double clipped(double p) { return p < LEAST ? LEAST : p > MAX ? MAX : p; }
/* Where the clip is flat, no gradient passes. */
static bool passes(double p) { return p > LEAST && p < MAX; }

struct rows {
    int64_t count, classes; /* of one sample's predictions */
};

static struct rows rows_of(const struct tensor *p)
{
    int64_t classes = naive_last_dim(&p->shape);
    return (struct rows){shape_count(&p->shape) / classes, classes};
}

/* A loss is a sum of terms of one sign. */
static void shake_loss(const struct naive_call *call, int64_t terms)
{
    double *loss = call->out[0];
    *loss = naive_shaken_sum(call, *loss, *loss, 1 << 20, terms);
}

/* ---- cross_entropy ---- */

static bool is_ignored(const struct naive_call *call, int64_t row)
{
    return naive_bool(call->node, "ignores") && call->in[1][row] == naive_number(call->node, "ignored");
}

/* The label of class c as a probability. */
static double target(const struct naive_call *call, struct rows n, int64_t row, int64_t c)
{
    if (is_ignored(call, row))
        return 0;
    double a = naive_number(call->node, "label_smoothing");
    double t = naive_bool(call->node, "sparse") ? (int64_t)call->in[1][row] == c : call->in[1][row * n.classes + c];
    return t * (1 - a) + a / (double)n.classes;
}

/* The logarithm of what the prediction says of class c, before the row is made to sum to one. */
static double log_share(const struct naive_call *call, struct rows n, int64_t row, int64_t c)
{
    double p = call->in[0][row * n.classes + c];
    return naive_bool(call->node, "from_logits") ? p : log(clipped(p));
}

/* log of the sum of exp(log_share), where exp may overflow. */
static double log_sum(const struct naive_call *call, struct rows n, int64_t row)
{
    double top = -INFINITY, sum = 0;
    for (int64_t c = 0; c < n.classes; c++)
        top = fmax(top, log_share(call, n, row, c));
    for (int64_t c = 0; c < n.classes; c++)
        sum += exp(log_share(call, n, row, c) - top);
    return top + log(naive_shaken_sum(call, sum, sum, row, n.classes));
}

void naive_cross_entropy(const struct naive_call *call)
{
    struct rows n = rows_of(call->node->in[0]);
    for (int64_t row = 0; row < n.count; row++) {
        double sum = log_sum(call, n, row);
        for (int64_t c = 0; c < n.classes; c++)
            call->out[0][0] -= target(call, n, row, c) * (log_share(call, n, row, c) - sum) / (double)n.count;
    }
    shake_loss(call, n.count * n.classes);
}

void naive_cross_entropy_grad(const struct naive_call *call)
{
    struct rows n = rows_of(call->node->in[0]);
    double share = call->in[2][0] / (double)n.count;
    bool logits = naive_bool(call->node, "from_logits");
    for (int64_t row = 0; row < n.count; row++) {
        double sum = log_sum(call, n, row), total = 0;
        for (int64_t c = 0; c < n.classes; c++)
            total += target(call, n, row, c);
        total = naive_shaken_sum(call, total, total, n.count + row, n.classes);
        for (int64_t c = 0; c < n.classes; c++) {
            double p = call->in[0][row * n.classes + c];
            double share_of_c = naive_shaken(call, exp(log_share(call, n, row, c) - sum), row * n.classes + c);
            double slope = total * share_of_c - target(call, n, row, c); /* by log_share */
            call->out[0][row * n.classes + c] = logits ? share * slope : passes(p) ? share * slope / p : 0;
        }
    }
}

/* ---- binary_cross_entropy ---- */

static double binary_target(const struct naive_call *call, int64_t i)
{
    double a = naive_number(call->node, "label_smoothing");
    return call->in[1][i] * (1 - a) + a / 2;
}

void naive_binary_cross_entropy(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    bool logits = naive_bool(call->node, "from_logits");
    for (int64_t i = 0; i < count; i++) {
        double p = call->in[0][i], t = binary_target(call, i), q = clipped(p);
        double loss = logits ? fmax(p, 0) - p * t + log1p(exp(-fabs(p))) : -t * log(q) - (1 - t) * log(1 - q);
        call->out[0][0] += loss / (double)count;
    }
    shake_loss(call, count);
}

void naive_binary_cross_entropy_grad(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    bool logits = naive_bool(call->node, "from_logits");
    for (int64_t i = 0; i < count; i++) {
        double p = call->in[0][i], t = binary_target(call, i), q = clipped(p);
        double slope = logits      ? naive_shaken(call, 1 / (1 + exp(-p)), i) - t
                       : passes(p) ? (q - t) / (q * (1 - q))
                                   : 0;
        call->out[0][i] = call->in[2][0] * slope / (double)count;
    }
}

/* ---- squared_error ---- */

void naive_squared_error(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    for (int64_t i = 0; i < count; i++) {
        double difference = call->in[0][i] - call->in[1][i];
        call->out[0][0] += difference * difference / (double)count;
    }
    shake_loss(call, count);
}

void naive_squared_error_grad(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape);
    for (int64_t i = 0; i < count; i++)
        call->out[0][i] = 2 * (call->in[0][i] - call->in[1][i]) * call->in[2][0] / (double)count;
}

/* ---- accuracy ---- */

/* The first of equal ones. */
static int64_t largest(const struct naive_call *call, const double *values, int64_t count)
{
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++)
        if (values[i] > values[best] + naive_nudged(call, fabs(values[best])))
            best = i;
    return best;
}

static double binary_accuracy(const struct naive_call *call)
{
    int64_t count = shape_count(&call->node->in[0]->shape), right = 0;
    double threshold = naive_number(call->node, "threshold");
    for (int64_t i = 0; i < count; i++)
        right += (call->in[0][i] > threshold + naive_nudged(call, threshold)) == call->in[1][i];
    return (double)right / (double)count;
}

void naive_accuracy(const struct naive_call *call)
{
    const char *kind = naive_choice(call->node, "kind");
    struct rows n = rows_of(call->node->in[0]);
    if (strcmp(kind, "binary") == 0) {
        call->out[0][0] = binary_accuracy(call);
        return;
    }
    int64_t right = 0;
    for (int64_t row = 0; row < n.count; row++) {
        int64_t label = strcmp(kind, "sparse") == 0 ? (int64_t)call->in[1][row]
                                                    : largest(call, call->in[1] + row * n.classes, n.classes);
        right += largest(call, call->in[0] + row * n.classes, n.classes) == label;
    }
    call->out[0][0] = (double)right / (double)n.count;
}
