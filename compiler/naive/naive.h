/* naive.h -- evaluates any graph in double with the obvious loops: the reference that generated code is compared with, by `cnnc
 * verify` and by tests.
 *
 * One plain function per op, shared with nothing else in the compiler: it reads attributes by name, as templates do. A
 * graph may be of any stage before fusion: as the script made it, lowered for inference or training, or with the
 * gradient's nodes. */
#ifndef NAIVE_H
#define NAIVE_H

#include "op/op.h"

struct naive_data {
    int64_t count;               /* samples of the batch */
    const double *const *inputs; /* one array for each of graph->inputs, [count][shape] */
    const double *const *labels; /* one for each of graph->outputs, [count][shape of its label]; or NULL */
    const double *weights;       /* of the samples; NULL: 1 */
    const double *parameters;    /* graph->parameter_floats, by offset */
    bool training;               /* dropout drops */
    uint64_t seed, step;         /* key its masks */
    uint64_t shake;              /* not 0: round every value as a bad float would, at random; see naive.c */
};

struct naive {
    const struct graph *graph;
    int64_t count;
    bool training;
    uint64_t seed, step, shake;
    struct arena memory;
    double **values; /* by tensor id: SAMPLE [count][shape], SHARED [shape] */
    double largest;  /* absolute value that a node made; infinite also where it made no number */
};

/* Evaluates every node. False, after an error of the graph's diag, where one is of a kind that it does not know, or memory is
 * short. naive_free() is due in any case. */
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
    int64_t round;  /* of the node's loop, among those that compute it */
    bool training;
    uint64_t seed, step, shake;
    struct arena *arena; /* for what is needed on the way */
    const double **in;   /* NULL where the input is absent */
    double **out;        /* zeroed */
};

/* What a float errs in a number near 1. */
#define NAIVE_ROUNDING (1.0 / (1 << 24))
/* x, moved at random by up to so much of itself. */
double naive_moved(double x, uint64_t key, double amplitude);
/* For a number from which the twin subtracts one that may be almost equal: shaken as if it were an output by itself. */
double naive_shaken(const struct naive_call *call, double x, int64_t index);
/* The same for a sum of so many terms, of which `size` is the sum of their absolute values: all that the twin makes of it
 * is off in one direction. */
double naive_shaken_sum(const struct naive_call *call, double sum, double size, int64_t index, int64_t terms);
/* For a number that decides something, in comparison with another one of this size: a bit less in every other shaken run,
 * a bit more in the rest, for a few runs at random may all decide alike. */
double naive_nudged(const struct naive_call *call, double size);

/* How many rounds, each of which draws numbers of its own, come before that of the call: of a dropout or noise. */
int64_t naive_draws_before(const struct naive_call *call);
/* Philox4x32-10: replaces the counters by four random words. */
void naive_philox(uint32_t counter[4], uint32_t key0, uint32_t key1);

typedef void naive_function(const struct naive_call *call);
naive_function *naive_find(const char *op); /* NULL: no twin */

/* Attributes by name; the op must have one of that name. */
int64_t naive_int(const struct node *node, const char *name);
double naive_number(const struct node *node, const char *name);
bool naive_bool(const struct node *node, const char *name);
const char *naive_choice(const struct node *node, const char *name);
const int64_t *naive_ints(const struct node *node, const char *name); /* of a pair, a quad or a shape's dims */
const struct shape *naive_shape(const struct node *node, const char *name);

int64_t naive_last_dim(const struct shape *shape); /* 1 for rank 0 */

/* One for each op: an op without a twin fails at link time. */
#define OP(name) naive_function naive_##name;
#include "op/op.def"
#undef OP

#endif
