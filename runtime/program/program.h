/* program.h -- the program around a model: its command line, its commands and what they print. */
#ifndef CNN_PROGRAM_H
#define CNN_PROGRAM_H

#include "../train/train.h"

/* ---- roofline.c: the time of each kernel ---------------------------------------------------------------- */

/* Sorts the values and returns the middle one. */
double cnn_median(double *values, int count);

/* What one core did in a program. */
struct cnn_roofline {
    enum cnn_program_kind program;
    int64_t batch; /* samples that went through it */
    int count;
    const struct cnn_kernel *kernels; /* the program's, in order; 0: the model has no such program */
    double *seconds;                  /* of a call of each: medians; owned */
    double peak;                      /* FLOP/s of multiply-adds in registers, measured in between */
};

/* Runs the program for about `budget` seconds, kernel by kernel, on `data` (its block is set here). */
bool cnn_roofline_measure(const struct cnn_model *model, enum cnn_program_kind program,
                          const struct cnn_kernel_data *data, double budget, struct cnn_roofline *roofline,
                          struct cnn_error *error);
void cnn_roofline_free(struct cnn_roofline *roofline);
/* A table: a line for each kernel, and one for all. */
void cnn_roofline_print(const struct cnn_roofline *roofline, FILE *out);
/* The same for programs, a row for each kernel. Speed and percent are 0 where nothing counts as FLOP. */
void cnn_roofline_csv_header(FILE *out);
void cnn_roofline_csv(const struct cnn_roofline *roofline, FILE *out);

/* ---- arguments.c: the command line ------------------------------------------------------------------- */

/* Everything any command can be told. */
struct cnn_arguments {
    const struct cnn_model *model;
    const char *program; /* argv[0] without its folder */
    FILE *out;
    bool terminal; /* out is one */
    char **words;  /* the command line, NULL at its end */
    int *signal;   /* a command that was interrupted puts the signal's number here */
    const char *data, *weights, *save, *history, *checkpoint, *set, *csv;
    bool kernels, predict; /* bench: only these */
    int64_t epochs, batch_size, checkpoint_every, threads, top, index, count;
    double learning_rate, validation_split, budget;
    uint64_t seed;
    bool resume, help;
    char **files;
    int n_files;
};

struct cnn_command {
    const char *name, *about;
    const char *options;  /* names of those it takes, separated by blanks; required ones end in '!' */
    const char *operands; /* "FILE..." or NULL */
    bool data_operand;    /* takes one operand, which stands for --data */
    /* What options must not be together, where the table of options cannot tell; NULL: nothing more */
    bool (*check)(const struct cnn_arguments *arguments, struct cnn_error *error);
    bool (*run)(const struct cnn_arguments *arguments, struct cnn_error *error);
};

/* Reads the options that `command` takes; argv[0] is the command. False: the message says what is wrong. */
bool cnn_arguments_read(const struct cnn_command *command, int argc, char **argv, struct cnn_arguments *arguments,
                        struct cnn_error *error);
void cnn_arguments_help(const struct cnn_command *command, const struct cnn_arguments *arguments, FILE *out);

/* ---- the commands ------------------------------------------------------------------------------------ */

extern const struct cnn_command cnn_command_train, cnn_command_evaluate, cnn_command_predict, cnn_command_info,
    cnn_command_bench;

/* The threads a command was told to use, or as many as OpenMP would. */
int cnn_arguments_threads(const struct cnn_arguments *arguments);
/* Parameters: loaded where there are --weights, otherwise fresh. Freed by the caller. */
float *cnn_arguments_parameters(const struct cnn_arguments *arguments, struct cnn_error *error);

#endif
