/* bench.h -- a graph built from text, its data, and the comparison of its gradients with finite differences. */
#ifndef BENCH_H
#define BENCH_H

#include "naive/naive.h"
#include "pass/pass.h"

/* One graph under test. Zero-initialise, bench_open(), build, bench_check() or bench_run(), bench_close(). */
struct bench {
    struct arena arena;
    struct diag diag;
    struct graph *graph;
    uint64_t random;
    int n_parameters;
    double *inputs[8]; /* of graph->inputs, BENCH_SAMPLES each */
    double *labels[1], *parameters;
    double scale;  /* of the numbers drawn; 0: 1 */
    bool *covered; /* by index in op_table: ops that a check went through; may be NULL */
};

enum { BENCH_SAMPLES = 3 };

void bench_open(struct bench *bench, double scale);
void bench_close(struct bench *bench);

/* Appends op NAME with attributes such as "strides=2,1 padding=same groups=2"; exits with the message when that
 * fails. Returns the first output. */
struct tensor *bench_apply(struct bench *bench, const char *op, const char *attributes, struct tensor *const *in,
                           int n_in);
struct tensor *bench_unary(struct bench *bench, const char *function, struct tensor *x);
struct tensor *bench_binary(struct bench *bench, const char *function, struct tensor *a, struct tensor *b);

/* "7x6x3", "" for a scalar. */
struct shape bench_shape(const char *text);
/* A parameter with random values between -scale and scale, or between scale/10 and scale. */
struct tensor *bench_parameter(struct bench *bench, struct shape shape, bool trainable, bool positive);
/* A SAMPLE tensor that depends on a trainable parameter: input * parameter. */
struct tensor *bench_variable(struct bench *bench, struct shape shape, bool positive);
/* An input of whole numbers from 0 to below `count`. */
struct tensor *bench_indices(struct bench *bench, struct shape shape, int64_t count);
/* How often each place counts: some never, all of them once on the average. */
struct tensor *bench_counts(struct bench *bench, struct shape shape);
/* classes 0: numbers between 0 and 1. */
struct tensor *bench_label(struct bench *bench, struct shape shape, int64_t classes);

/* Makes the mean square of (y - random numbers) the loss. */
void bench_loss_of(struct bench *bench, struct tensor *y);

/* Finishes the graph, lowers it for training, differentiates it, and compares every gradient with central
 * differences. Returns the number of parameters that differ, after a message for each. */
int bench_check(struct bench *bench, bool simplify);

#endif
