/* kernel.h -- generated code against the naive interpreter, over many small networks. */
#ifndef KERNEL_H
#define KERNEL_H

#include "../naive/naive.h"
#include "cnnrt.h"

/* One network: a row of the table in cases.c. */
struct kernel_case {
    const char *name;
    const char *input;  /* shape: "7, 9, 3" */
    const char *layers; /* of a Sequential, separated by commas; or, when it returns, the whole script */
    const char *loss;   /* what compile gets; NULL: "loss = 'mse'" */
    bool bytes;         /* the data are bytes, as the pixels of a data set are */
};

extern const struct kernel_case kernel_cases[]; /* ends with name == NULL */
/* Images so large that predict_many takes them one by one; only prediction is tested on them. */
extern const struct kernel_case large_cases[];

enum { SAMPLES = 33, LARGE_SAMPLES = 3, BATCHES = 3 };
extern const int64_t batch_sizes[BATCHES]; /* one, some, and more than fill a vector: the first rows of the data */

/* What a program must compute from some random parameters and data; all in double, from the naive interpreter. */
struct reference {
    struct arena arena;
    struct diag diag;
    struct graph *model; /* as the script built it */
    int64_t input_count, output_count, label_count;
    bool large;      /* no training */
    int64_t samples; /* SAMPLES, or LARGE_SAMPLES */
    /* the data, as a program takes them */
    float *inputs, *labels, *parameters;
    uint8_t *bytes; /* the same inputs, or NULL */
    uint64_t seed;  /* of the dropout masks */
    /* inference, for each of the samples */
    double *outputs, *losses, *metrics; /* metrics: the first one, or NULL */
    /* one step of training with the rows of batch_sizes[i] */
    struct {
        double loss, metric; /* sums over the batch */
        double *change;      /* parameter_floats: gradients of trained parameters, new values of the others */
    } step[BATCHES];
};

/* The one with two inputs and two outputs. */
extern const struct kernel_case several_case;

/* Writes the model script of a case to `path`; exits when it cannot. */
void case_write(const struct kernel_case *row, const char *path);
/* Runs the script and the naive interpreter: on the graph as the script made it, or as the compiler's passes before
 * kernels are chosen (simplify, lower) rewrote it. False after a message. Free it even then. */
bool reference_make(struct reference *reference, const char *script, bool bytes, bool rewritten);
void reference_free(struct reference *reference);
/* What the passes rewrote must compute the same. Prints what differs; returns how much did. */
int reference_compare(const struct reference *plain, const struct reference *rewritten);

/* Compare a generated program, a loaded library, with it; print what differs and return how much did. check_model:
 * the struct cnn_model of a program that trains; check_functions: what net.h declares, NAME_predict() and so on. */
int check_model(const struct reference *reference, void *library, const char *name);
int check_functions(const struct reference *reference, void *library, const char *name);
/* The same for several_case, whose reference it makes itself. */
int check_several(const char *script, void *library);

#endif
