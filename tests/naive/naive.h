/* naive.h -- evaluates any graph in double with the obvious loops: what the generated code is compared with.
 *
 * One plain function per op, shared with nothing in the compiler: it reads attributes by name, as templates do. A
 * graph may be of any stage before fusion: as the script made it, lowered for inference or training, or with the
 * gradient's nodes. */
#ifndef NAIVE_H
#define NAIVE_H

#include "cnnc.h"

struct naive_data {
    int64_t count;               /* samples of the batch */
    const double *const *inputs; /* one array for each of graph->inputs, [count][shape] */
    const double *labels;        /* [count][shape of graph->label], or NULL */
    const double *parameters;    /* graph->parameter_floats, by offset */
    bool training;               /* dropout drops */
    uint64_t seed, step;         /* key its masks */
};

struct naive {
    const struct graph *graph;
    int64_t count;
    bool training;
    uint64_t seed, step;
    double **values; /* by tensor id: SAMPLE [count][shape], SHARED [shape] */
};

/* Evaluates every node. False, after a message on stderr, when an op has no naive twin. */
bool naive_run(struct naive *naive, const struct graph *graph, const struct naive_data *data);
const double *naive_value(const struct naive *naive, const struct tensor *tensor);
/* Adds up the parts of a gradient: shape_count(parameter) numbers. */
void naive_gradient(const struct naive *naive, const struct gradient *gradient, double *sum);
void naive_free(struct naive *naive);

/* ---- for the files of twins ------------------------------------------------------------------ */

/* One evaluation of a node. A node that makes SHARED tensors of SAMPLE ones sees the whole batch at once: `count`
 * samples, one after the other in its SAMPLE inputs. Any other is called for each sample with count 1. */
struct naive_call {
    const struct node *node;
    int64_t count;
    int64_t sample; /* in the batch */
    bool training;
    uint64_t seed, step;
    const double **in; /* NULL where the input is absent */
    double **out;      /* zeroed */
};

typedef void naive_function(const struct naive_call *call);
naive_function *naive_find(const char *op); /* NULL: no twin */

/* Attributes by name; exit with a message when the op has none of that name. */
int64_t naive_int(const struct node *node, const char *name);
double naive_number(const struct node *node, const char *name);
bool naive_bool(const struct node *node, const char *name);
const char *naive_choice(const struct node *node, const char *name);
const int64_t *naive_ints(const struct node *node, const char *name); /* of a pair, a quad or a shape's dims */

int64_t naive_last_dim(const struct shape *shape); /* 1 for rank 0 */

#define NAIVE_OPS(X)                                                                                        \
    X(accuracy) X(affine) X(average_pool2d) X(average_pool2d_grad) X(batch_mean) X(batch_norm)              \
    X(batch_variance) X(binary) X(binary_cross_entropy) X(binary_cross_entropy_grad) X(concat) X(conv2d)    \
    X(conv2d_grad_input) X(conv2d_grad_kernel) X(cross_entropy) X(cross_entropy_grad) X(dropout) X(matmul)  \
    X(matmul_grad_input) X(matmul_grad_kernel) X(max_pool2d) X(max_pool2d_grad) X(normalize)                \
    X(normalize_grad) X(normalize_sums) X(pack) X(pad2d) X(permute) X(reshape) X(slice) X(softmax)          \
    X(softmax_grad) X(squared_error) X(squared_error_grad) X(sum_to) X(unary) X(unary_grad)

#define DECLARE(name) naive_function naive_##name;
NAIVE_OPS(DECLARE)
#undef DECLARE

#endif
