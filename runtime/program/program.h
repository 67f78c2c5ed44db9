/* program.h -- the program around a model: its command line, its commands and what they print. May use all of the
 * runtime; nothing of it is used by an application that has a main() of its own, but cnn_main(). */
#ifndef CNN_PROGRAM_H
#define CNN_PROGRAM_H

#include "../report/report.h"

/* ---- roofline.c: the time of each kernel ---------------------------------------------------------------- */

/* Sorts the values and returns the middle one. */
double cnn_median(double *values, int count);
/* How often a kernel computes something for one block or sample. */
int cnn_kernel_times(const struct cnn_kernel *kernel);

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

/* layer_time.c: seconds of each layer in one sample's prediction on one thread, measured for about `budget` seconds, of a model
 * that has kernels to measure. Freed by the caller; NULL after an error. */
double *cnn_layers_measure(const struct cnn_model *model, float *parameters, double budget,
                           struct cnn_error *error);

/* Writes a report, with these seconds where they can be measured. */
bool cnn_report_measured(struct cnn_report *report, float *parameters, struct cnn_error *error);

/* ---- arguments.c: the command line ------------------------------------------------------------------- */

/* Everything any command can be told. */
struct cnn_arguments {
    const struct cnn_model *model;
    const char *program; /* argv[0] without its folder */
    FILE *out;
    bool terminal;          /* out is one */
    char **words;           /* the command line, NULL at its end */
    int *signal;            /* a command that was interrupted puts the signal's number here */
    const char *model_name; /* NULL: that which the script fits */
    const char *data, *weights, *save, *history, *report, *checkpoint, *set, *csv, *output, *label;
    const char *sample_weight, *validation_data, *class_weight;
    /* Files of the inputs and labels, and for the outputs, each by itself; NULL: not given. */
    const char *input_files[CNN_MAX_ARRAYS], *label_files[CNN_MAX_ARRAYS], *output_files[CNN_MAX_ARRAYS];
    bool has_inputs; /* some input_files are given, in place of data */
    enum cnn_scale scale;
    const struct cnn_preprocessing *preprocessing; /* of what is shown; NULL: unknown */
    bool kernels, predict;                         /* bench: only these */
    int64_t epochs, initial_epoch, batch_size, steps_per_epoch, validation_steps, validation_freq, checkpoint_every,
        threads, top, index, count;
    double learning_rate, validation_split, budget;
    struct cnn_callback_options early_stopping, plateau, model_checkpoint;
    uint64_t seed;
    bool resume, no_callbacks, no_shuffle, partial, help;
    int64_t verbose; /* of all stages; -1: as each of them says */
    char **files;
    int n_files;
};

struct cnn_command {
    const char *name, *about;
    const char *options;  /* names of those it takes, separated by blanks; required ones end in '!' */
    const char *operands; /* "FILE..." or NULL */
    const char *takes;    /* what these are, a sentence; NULL: it goes without saying */
    bool data_operand;    /* takes one operand, which stands for --data */
    bool all_models;      /* without --model it is about all of them */
    /* What options must not be together, where the table of options cannot tell; NULL: nothing more */
    bool (*check)(const struct cnn_arguments *arguments, struct cnn_error *error);
    bool (*run)(const struct cnn_arguments *arguments, struct cnn_error *error);
};

/* Reads the options that `command` takes; argv[0] is the command. False: the message says what is wrong. */
bool cnn_arguments_read(const struct cnn_command *command, int argc, char **argv, struct cnn_arguments *arguments,
                        struct cnn_error *error);
/* What holds when the command line says nothing. */
struct cnn_arguments cnn_arguments_default(const struct cnn_model *model, char **argv, int *signal, FILE *out);
/* Tells the options that `command` takes, one by one: name, operand ("": none), and what it means. */
void cnn_arguments_describe(const struct cnn_command *command, const struct cnn_arguments *arguments,
                            void (*tell)(void *user, const char *name, const char *operand, const char *about),
                            void *user);
void cnn_arguments_help(const struct cnn_command *command, const struct cnn_arguments *arguments, FILE *out);

/* ---- info.c -------------------------------------------------------------------------------------------- */

/* The table of layers. */
void cnn_layers_print(const struct cnn_model *model, FILE *out);

/* ---- evaluate.c ---------------------------------------------------------------------------------------- */

/* Prints loss and metrics of a set. */
bool cnn_evaluation_print(const struct cnn_arguments *arguments, const struct cnn_dataset *set,
                          const float *parameters, struct cnn_error *error);

/* ---- outputs.c: files that are written --------------------------------------------------------------- */

struct cnn_output {
    const char *writer, *path;     /* "--save"; path NULL: it was not asked for */
    char temporary[CNN_PATH_SIZE]; /* PATH.tmp of one that is replaced whole; "": it is written where it stands */
    bool is_pattern;               /* numbers take the place of what stands in braces: "m{epoch:02d}.safetensors" */
};

struct cnn_output cnn_output_replaced(const char *writer, const char *path);
/* What it writes where that path leads, NULL: nothing. */
const char *cnn_output_at(const struct cnn_output *output, const char *path);
/* Fails with "--save writes FILE, which is WHAT; ..."; returns false. */
bool cnn_output_clash(const struct cnn_output *output, const char *file, const char *what, struct cnn_error *error);
/* Fails so when it writes a file that --input, --label or --sample-weight give. */
bool cnn_output_spares_files(const struct cnn_output *output, const struct cnn_arguments *arguments,
                             struct cnn_error *error);
/* Fails so when it writes that file. */
bool cnn_output_spares(const struct cnn_output *output, const char *file, const char *what,
                       struct cnn_error *error);

/* ---- what was predicted ------------------------------------------------------------------------------- */

/* What samples are called. */
struct cnn_names {
    char *const *pictures; /* the file of each; NULL: they are rows of one, */
    const char *path;      /* this one, */
    int64_t first;         /* from this row on */
};

struct cnn_predicted {
    const struct cnn_arguments *arguments;
    struct cnn_names names;
    struct cnn_dataset set; /* labels NULL where they are not known */
    float *outputs[CNN_MAX_ARRAYS];
};

/* common.c: "digits.npy[17]" in `text`, which is returned. */
const char *cnn_row_name(const struct cnn_names *names, int64_t row, char *text, size_t size);

/* answer.c: what outputs mean. */
enum cnn_answer {
    CNN_ANSWER_CLASS,  /* one of several classes */
    CNN_ANSWER_YES_NO, /* class 1 or 0 */
    CNN_ANSWER_LABELS, /* each output is a yes or no of its own */
    CNN_ANSWER_VALUES
};
/* What output k of a model says of so many samples. */
enum cnn_answer cnn_answer_of(const struct cnn_model *model, int k, const float *outputs, int64_t rows);
/* The class that a sample's outputs mean; -1: none. */
int64_t cnn_answer_class(const struct cnn_model_output *output, enum cnn_answer answer, const float *outputs);
/* Where a number of an output stands in its array, each index behind a separator, in `text`, which is returned. */
const char *cnn_answer_index(const struct cnn_model_output *output, int64_t index, const char *separator,
                             char *text, size_t size);
/* Prints what a sample's outputs say. */
void cnn_answer_print(const struct cnn_arguments *arguments, const struct cnn_model_output *output,
                      enum cnn_answer answer, const float *outputs);

/* show.c: prints all samples. */
bool cnn_predicted_show(const struct cnn_predicted *predicted, struct cnn_error *error);

/* scores.c: collects the outputs of samples, and writes them to --output. */
struct cnn_part {
    struct cnn_names names;
    int64_t rows;
    char **row_names; /* to which these names point; NULL, or owned */
};
struct cnn_scores {
    const struct cnn_arguments *arguments;
    int64_t rows;
    float *outputs[CNN_MAX_ARRAYS]; /* of each rows x its count; owned, as the parts are */
    int n_parts;
    struct cnn_part *parts;
};
/* Are the files of --output such as can be written? */
bool cnn_scores_check(const struct cnn_arguments *arguments, struct cnn_error *error);
/* Is anything to be written? */
bool cnn_scores_wanted(const struct cnn_arguments *arguments);
bool cnn_scores_add(struct cnn_scores *scores, const struct cnn_predicted *predicted, struct cnn_error *error);
/* Keeps the names of a set that was added last. */
void cnn_scores_own(struct cnn_scores *scores, struct cnn_dataset *set);
bool cnn_scores_save(const struct cnn_scores *scores, struct cnn_error *error);
void cnn_scores_free(struct cnn_scores *scores);

/* npz.c: the outputs from `first` to the one before `end` as NumPy's arrays: one, or an archive of them by their names. */
void cnn_scores_write_npy(const struct cnn_scores *scores, int first, int end, struct cnn_file *file);
void cnn_scores_write_npz(const struct cnn_scores *scores, int first, int end, struct cnn_file *file);
/* Is there room for them in such an archive? */
bool cnn_scores_fit_npz(const struct cnn_scores *scores, int first, int end, const char *path,
                        struct cnn_error *error);

/* ---- the commands ------------------------------------------------------------------------------------ */

extern const struct cnn_command *const cnn_commands[]; /* ends with NULL */
extern const struct cnn_command cnn_command_train, cnn_command_evaluate, cnn_command_predict, cnn_command_info,
    cnn_command_bench;

/* How many classes "0=1,1=5" goes up to; -1: the text is none such. weights: of each, 1 where none is told; or NULL. */
int64_t cnn_class_weights(const char *text, double *weights);
/* Where the set of that prefix is: in the data, or in the files of the inputs and labels. */
struct cnn_set_place cnn_arguments_place(const struct cnn_arguments *arguments, const char *data,
                                         const char *prefix);
/* The prefix of the set that --set names, the test set's otherwise. NULL after an error. */
const char *cnn_arguments_set(const struct cnn_arguments *arguments, struct cnn_error *error);
/* The threads a command was told to use, or as many as OpenMP would. */
int cnn_arguments_threads(const struct cnn_arguments *arguments);
/* What the data are to go through: as --scale and --label say, else as a file of weights or a checkpoint does (NULL: there
 * is none). Freed by the caller, also after an error. */
bool cnn_arguments_preprocessing(const struct cnn_arguments *arguments, const char *kept,
                                 struct cnn_preprocessing *preprocessing, struct cnn_error *error);
/* Parameters: loaded where there are --weights, otherwise fresh; those of a training that begins, of which `set` is not
 * NULL, normalise by it what is to be, and are those of the files that the script says. Freed by the caller. */
float *cnn_arguments_parameters(const struct cnn_arguments *arguments, const struct cnn_dataset *set,
                                struct cnn_error *error);

#endif
