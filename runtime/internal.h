/* internal.h -- what the runtime's own files share and applications do not need. */
#ifndef CNN_INTERNAL_H
#define CNN_INTERNAL_H

#include "cnnrt.h"

/* ---- json.c: just enough JSON for the header of a safetensors file ------------------------------ */

/* What is left of a text. Every function skips blanks first, moves on past what it took, and returns
 * false, leaving the cursor anywhere, when something else stands there. */
struct cnn_json {
    const char *at, *end;
};

bool cnn_json_take(struct cnn_json *json, char c);
/* Looks, but takes nothing. */
bool cnn_json_next_is(struct cnn_json *json, char c);
/* Decodes a string into `out`, NUL-terminated; fails when it would not fit or has a NUL in it. */
bool cnn_json_string(struct cnn_json *json, char *out, size_t size);
/* A whole number from 0 to INT64_MAX. */
bool cnn_json_count(struct cnn_json *json, int64_t *value);
/* Any value. */
bool cnn_json_skip(struct cnn_json *json);
/* Nothing but blanks is left. */
bool cnn_json_at_end(struct cnn_json *json);
/* Writes a string with quotes and escapes. */
void cnn_json_write(FILE *out, const char *text);

/* ---- clock.c ---------------------------------------------------------------------------------------- */

/* Seconds on a clock that only goes forward. */
double cnn_seconds(void);

/* ---- arguments.c: the command line ------------------------------------------------------------------- */

/* Everything any command can be told. */
struct cnn_arguments {
    const struct cnn_model *model;
    const char *program; /* argv[0] without its folder */
    FILE *out;
    bool terminal; /* out is one */
    const char *data, *weights, *save, *history, *set;
    int64_t epochs, batch_size, threads, top, index, count;
    double learning_rate, validation_split, budget;
    uint64_t seed;
    bool help;
    char **files;
    int n_files;
};

struct cnn_command {
    const char *name, *about;
    const char *options;  /* names of those it takes, separated by blanks; required ones end in '!' */
    const char *operands; /* "FILE..." or NULL */
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

/* ---- pace.c ----------------------------------------------------------------------------------------- */

struct cnn_pace {
    int most, now, other; /* threads: allowed, in use, on trial */
    bool halve;           /* the next trial is with fewer */
    int trial;            /* steps left of a trial */
    double trial_seconds;
    double mean, best; /* seconds a sample: of late, and the least of it, with `now` threads */
    int64_t steps, period;
};

void cnn_pace_start(struct cnn_pace *pace, int most);
/* How many threads the next step should take, 1 to most. */
int cnn_pace_threads(const struct cnn_pace *pace);
/* Tells how long that step took, in seconds a sample. */
void cnn_pace_step(struct cnn_pace *pace, double seconds);

#endif
