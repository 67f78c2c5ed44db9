/* kernel.h -- generated code against the naive interpreter, over many small networks. */
#ifndef TESTS_KERNEL_H
#define TESTS_KERNEL_H

#include "naive/naive.h"
#include "pass/pass.h"
#include "script/script.h"
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
/* Images so large that predict_many takes them one by one. A whole run tests only prediction on them, CASES= training, too. */
extern const struct kernel_case large_cases[];

enum { LARGE_SAMPLES = 3, BATCHES = 3, THREAD_COUNTS = 4 };

/* What is computed of a script. */
struct plan {
    const char *model;            /* the name of one of those that the script returns; NULL: it returns one */
    int64_t batch_sizes[BATCHES]; /* of the steps: the first rows of the data; ascending */
    uint64_t seed;                /* of the data */
    bool bytes;                   /* the data are bytes, as the pixels of a data set are */
    bool weighs;                  /* samples have weights */
    bool rewritten; /* on the graph as the passes before kernels are chosen (simplify, lower, winograd) left it */
    int threads[THREAD_COUNTS]; /* what programs run on, 1 first; 0 ends them */
    int64_t many_rows;          /* of a batch of many blocks; 0: none is tried */
    bool trains_large;          /* also with large inputs; else these are only predicted from */
    int shakes;                 /* runs that measure what rounding does to the network; 0: tolerances are fixed */
};
/* For the cases of the table: batches of one, of some, and of more than fill a vector. */
extern const struct plan usual_plan;

/* Inference, for each of the samples. */
struct inference_result {
    double *outputs[ARRAYS_MAX]; /* by number of the output */
    double *losses, *metrics;    /* metrics: metric_count numbers, which are summed over the samples */
    double largest;              /* absolute value of any tensor */
};

/* By the stage of the training that the reference is of. */
bool is_trained(const struct parameter *parameter);

/* One step of training. */
struct step_result {
    double loss, *metrics; /* sums over the batch */
    double min, max;       /* of the predictions that cross-entropies compare with the labels */
    double *change;        /* parameter_floats: gradients of trained parameters, new values of the others */
    double largest;        /* absolute value of any tensor */
};

/* How far float may be off beyond what every network is allowed: what rounding does to this one (SHAKE_MARGIN). Zeros
 * without shakes. */
struct step_slack {
    double loss, *metrics;
    double *changes; /* by index in model->parameters: the worst number of each */
};
struct slack {
    double *outputs[ARRAYS_MAX]; /* for each of the samples, as those below: the worst number of each */
    double *losses, *metrics;
    struct step_slack step[BATCHES];
};

/* What a program takes, for each of the samples: one of its inputs, or the labels of one of its outputs. */
struct given {
    int64_t count; /* numbers of a sample; 0: the output has no labels */
    float *values;
    double *wide;   /* the same, for the interpreter */
    void *own;      /* the same, of the model's type; of labels NULL, as the next */
    uint8_t *bytes; /* and of a model that takes floats as bytes, or NULL */
};

/* What a program must compute from some random parameters and data; all in double, from the naive interpreter. */
struct reference {
    struct arena arena;
    struct diag diag;
    struct plan plan;
    struct graph *model;  /* as the script built it; where that compiles nothing, it only predicts */
    int64_t metric_count; /* the sums of all metrics */
    int64_t output_counts[ARRAYS_MAX];
    bool large;      /* few samples, no batch of many blocks */
    int64_t samples; /* the largest batch, or LARGE_SAMPLES */
    /* the data */
    struct given inputs[ARRAYS_MAX], labels[ARRAYS_MAX]; /* labels: by number of the output */
    float *parameters;
    float *weights; /* of the samples; NULL: 1 */
    double *wide_weights;
    uint64_t seed; /* of the dropout masks */
    /* and what comes of them */
    struct inference_result inference;
    struct step_result step[BATCHES]; /* with the rows of plan.batch_sizes[i]; empty unless it trains */
    struct slack slack;
    const struct stage *stage;  /* of the script's training: the first, or what it was turned to */
    struct graph *training;     /* lowered for it, with gradients */
    struct graph *constraining; /* what constraints make of parameters, alone */
};

/* machine.c: does the processor below have what the target of that name needs? */
bool machine_can_run(const char *name);

/* Writes the model script of a case, or one that returns the models of several by their names, to `path`; exits when it
 * cannot. */
void cases_write(const struct kernel_case *const *rows, int count, const char *path);
/* Runs the script and the naive interpreter. False after a message. Free it even then. */
bool reference_make(struct reference *reference, const char *script, const struct plan *plan);
void reference_free(struct reference *reference);
/* From here on it is of the training's stage of that number: of what that trains. What was computed before stays. False after a
 * message. */
bool reference_turn(struct reference *reference, int stage);
/* `count` of the samples as a program takes them. */
struct cnn_batch reference_batch(const struct reference *reference, int64_t count);
/* The inputs from a sample on, of the model's types. */
struct inputs {
    const void *arrays[ARRAYS_MAX];
};
struct inputs reference_inputs(const struct reference *reference, int64_t sample);
/* Runs the interpreter on the first data.count of the samples; data has the rest, parameters and what else a run has. */
bool reference_run(const struct reference *reference, const struct graph *graph, struct naive_data data,
                   struct naive *naive);
/* Of that run the loss of each sample, times its weight, with what it gets for parameters; NULL: there is none. */
double *reference_losses(const struct reference *reference, const struct naive *naive);
/* What the parameter's constraint makes of the numbers. False: it has none, or after a message. */
bool reference_constrain(const struct reference *reference, const struct parameter *parameter,
                         const double *numbers, double *result);
/* A step from other parameters, number `step` of a training, and its slack. The caller allocates slack->changes and
 * frees result->change. False after a message. */
bool reference_step(const struct reference *reference, const float *parameters, int64_t batch, uint64_t step,
                    uint64_t shake, struct step_result *result);
bool reference_step_slack(const struct reference *reference, const float *parameters, int64_t batch, uint64_t step,
                          const struct step_result *exact, struct step_slack *slack);
/* What the passes rewrote must compute the same. Prints what differs; returns how much did. */
int reference_compare(const struct reference *plain, const struct reference *rewritten);

/* Compare a generated program, a loaded library, with it; print what differs and return how much did. check_model:
 * NAME_model, of a program that trains; check_functions: what net.h declares, NAME_predict() and so on. *bits:
 * a hash of all that was computed, which any two builds of the same C file must agree in. */
int check_model(const struct reference *reference, void *library, const char *name, uint64_t *bits);
int check_functions(const struct reference *reference, void *library, const char *name, uint64_t *bits);
/* ---- caller.c: networks without the runtime, with any number of inputs and outputs ---- */

/* A network with two inputs and two outputs, which is not compiled. */
extern const struct kernel_case several_case;

/* Adds to a C file, behind NAME_predict() and NAME_predict_many(), the functions by which check_functions() calls them
 * whatever their parameters are. False: it cannot be written. */
bool caller_add(const char *source_path, const struct graph *model, const char *name);

/* Those of the network of that name; NULL: the library has none. */
typedef void call_one(const void *const *inputs, float *const *outputs);
typedef void call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count);
call_one *caller_one(void *library, const char *name);
call_many *caller_many(void *library, const char *name);

/* ---- data.c: what both are made of ---- */

struct random {
    uint64_t state;
};

/* Between 0 and 1; a float can hold it, so that rounding is no difference. */
double data_draw(struct random *random);
/* Of sizes that keep the size of what is computed; `values`: parameter_floats. */
void data_draw_parameters(struct random *random, const struct graph *model, float *values);
/* Zeros; exits when there is no memory. */
void *data_allocate(int64_t count, size_t size);
/* A number for an input of that type; indices: it is mostly below, 0: any. */
float data_draw_input(struct random *random, enum element element, int64_t indices);
/* Numbers of that type. */
void *data_encoded(const float *values, int64_t count, enum element element);
double *data_widened(const float *values, int64_t count);
/* The values of all samples; NULL for no tensor. The caller frees them. */
double *data_copied(const struct naive *naive, const struct tensor *tensor);
/* What the passes before kernels are chosen make of a network that predicts and was simplified. */
bool data_rewrite_prediction(struct graph *graph);
/* *slack becomes at least what the difference between an exact and a shaken run allows. */
void data_widen_slack(double *slack, const double *exact, const double *shaken, int64_t count);
/* Prints where two results in double differ, and returns 1. */
int data_differ(const char *what, const double *a, const double *b, int64_t count);

#endif
