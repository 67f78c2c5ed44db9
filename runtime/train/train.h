/* train.h -- training and inference over a model: parameters, checkpoints, threads, signals. May use data/ and file/; knows no
 * command line, and prints nothing but through callbacks. */
#ifndef CNN_TRAIN_H
#define CNN_TRAIN_H

#include "../data/data.h"

/* ---- parameters.c ------------------------------------------------------------------------------------ */

/* A parameter as a tensor of that array; NULL: without data. */
struct cnn_tensor cnn_weights_tensor(const struct cnn_parameter *parameter, float *parameters);
/* The parameters as model->n_parameters tensors; `parameters` NULL: without their data. */
void cnn_weights_list(const struct cnn_model *model, float *parameters, struct cnn_tensor *out);
/* The same in an array of their own, which the caller frees: tensor NULL after an error. */
struct cnn_tensors cnn_weights_tensors(const struct cnn_model *model, float *parameters, struct cnn_error *error);
/* Does a stage train the parameter? */
bool cnn_stage_trains(const struct cnn_model *model, const struct cnn_stage *stage, int parameter);

/* ---- kept.c ------------------------------------------------------------------------------------------ */

enum { CNN_PREPROCESSING_ENTRIES = 6 + 2 * (CNN_MAX_ARRAYS - 1), CNN_SCALE_KEY = 24 };

/* What is kept of a preprocessing: entries for a file's metadata, and memory for their values. */
struct cnn_kept {
    struct cnn_metadata entry[CNN_PREPROCESSING_ENTRIES];
    int count;
    char column[24];
    char scales[CNN_MAX_ARRAYS - 1][CNN_SCALE_KEY], label_scales[CNN_MAX_ARRAYS - 1][CNN_SCALE_KEY]; /* keys */
    char *classes, *columns;
};

/* `preprocessing` may be NULL. cnn_kept_free() is due in any case. */
bool cnn_kept_make(const struct cnn_preprocessing *preprocessing, struct cnn_kept *kept, struct cnn_error *error);
void cnn_kept_free(struct cnn_kept *kept);
/* "scale_2" is that of the second input. */
void cnn_scale_keys(int i, char scale[CNN_SCALE_KEY], char label_scale[CNN_SCALE_KEY]);
/* "pixels", "none"; "" where it is not known. */
const char *cnn_scale_name(enum cnn_scale scale);

/* ---- preprocessing.c --------------------------------------------------------------------------------- */

/* Fills a preprocessing with what a file keeps. */
bool cnn_kept_read(const struct cnn_tensor_file *in, struct cnn_preprocessing *preprocessing);

/* ---- model.c ------------------------------------------------------------------------------------------ */

/* Was it compiled for this version of cnnrt.h? To be asked before anything else is read of it. */
bool cnn_model_check(const struct cnn_model *model, struct cnn_error *error);

/* ---- hash.c ------------------------------------------------------------------------------------------- */

#define CNN_HASH_BEGIN UINT64_C(0xcbf29ce484222325)
void cnn_hash_number(uint64_t *hash, int64_t number);
void cnn_hash_text(uint64_t *hash, const char *text);
void cnn_hash_real(uint64_t *hash, double number);

/* ---- split.c ------------------------------------------------------------------------------------------- */

/* How many of a set's rows train, where the last ones validate. Keras: floor(count * (1 - split)). */
int64_t cnn_split_trained(int64_t count, double split);
/* The last rows of a set validate, the others train: says of which classes either lack samples that the other has. What chance
 * can do to few samples is left unsaid. False: out of memory. */
bool cnn_split_tell(const struct cnn_model *model, const struct cnn_dataset *train,
                    const struct cnn_dataset *validation, const struct cnn_preprocessing *preprocessing, FILE *out,
                    struct cnn_error *error);

/* ---- class_weight.c ------------------------------------------------------------------------------------ */

/* May so many classes, from 0 on, have a weight? */
bool cnn_class_weights_fit(const struct cnn_model *model, int64_t count, struct cnn_error *error);
/* Can the weights be, that the options or the stages have? */
bool cnn_class_weights_check(const struct cnn_model *model, const struct cnn_fit_options *options,
                             struct cnn_error *error);
/* Are there some in any stage? */
bool cnn_class_weights_any(const struct cnn_model *model, const struct cnn_fit_options *options);
/* Of what they are in all stages. */
uint64_t cnn_class_weights_hash(const struct cnn_model *model, const struct cnn_fit_options *options);
/* Gives each row of a training set the weight of its class, beside its own. `room`: where those then stand. */
void cnn_class_weights_apply(const struct cnn_model *model, const struct cnn_fit_options *options, int stage,
                             struct cnn_dataset *set, float *room);

/* ---- told.c ------------------------------------------------------------------------------------------- */

struct cnn_checkpoint;

/* A callback of a stage, as the script has it but for what the options say. */
struct cnn_told {
    struct cnn_stage_callback callback;
    int stage;
    int64_t initial_epoch;                     /* of the stage, as the next two */
    int64_t validation_steps, validation_freq; /* of what a callback may look at */
};
/* Tells nothing. */
struct cnn_callback_options cnn_callback_options_none(void);
/* What is told first, as the program's option calls it, "min-delta"; NULL: nothing is. */
const char *cnn_told_option(const struct cnn_callback_options *options);
/* Fails unless the monitor is a column, and it is known which of two of its numbers is better. */
bool cnn_told_check(const struct cnn_model *model, const struct cnn_callback_options *options,
                    struct cnn_error *error);
/* Changes a callback to what it is told. Fails as cnn_told_check(). */
bool cnn_told_apply(const struct cnn_model *model, const struct cnn_callback_options *options,
                    struct cnn_stage_callback *callback, struct cnn_error *error);
/* A LearningRateScheduler's rate in an epoch, which is counted with those before initial_epoch. */
double cnn_told_rate(const struct cnn_stage_callback *callback, int64_t epoch);
/* Of what callbacks do in a training that stands where the checkpoint does: learning rates of epochs that are yet to come may be
 * told otherwise, and so may files and what is said. */
uint64_t cnn_told_hash(const struct cnn_checkpoint *checkpoint);

/* ---- checkpoint.c ------------------------------------------------------------------------------------ */

/* The names that a checkpoint has beside those of weights begin with this, which no layer's name does. */
#define CNN_CHECKPOINT_PREFIX ".training/"

/* All that a training is, beside the data. */
struct cnn_checkpoint {
    /* what it was told, and the same ever since */
    int64_t batch_size, shuffle, rows, validation_rows, callback_bytes, history_columns;
    int64_t steps_per_epoch; /* 0: those of the data */
    int64_t initial_epoch;   /* of the stage */
    uint64_t seed, data;     /* data: checksums of both sets */
    double first_learning_rate;
    uint64_t class_weights;      /* cnn_class_weights_hash() */
    const struct cnn_told *told; /* of all stages */
    int n_told;
    /* where it stands: in which stage, and `batch` batches of its epoch that counts from 0 are done */
    int stage;
    uint64_t step, first_step;     /* first_step: steps when the stage's optimizer was made */
    int64_t epoch, batch, stopped; /* stopped: a callback said CNN_STOP */
    double learning_rate, seconds;
    double *sums;                                  /* of the epoch so far, model->n_sums */
    int64_t *stage_rows, history_rows;             /* stage_rows: by stage, history_rows in all */
    double *history;                               /* history_rows x history_columns */
    float *parameters, *state;                     /* as in struct cnn_step */
    void *callbacks;                               /* callback_bytes: their states one after the other */
    const struct cnn_preprocessing *preprocessing; /* what the data went through; NULL: unknown */
};

/* Replaces the file. */
bool cnn_checkpoint_save(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                         struct cnn_error *error);
/* Given what the training was told in the stage where the checkpoint stands (cnn_checkpoint_position() tells), and room for
 * parameters, state, sums, stage_rows and callbacks: fills these and where it stands, and allocates the history, which the caller
 * frees. Fails, before it touches anything, when the file is damaged,
 * of another network, or was told something else. */
bool cnn_checkpoint_load(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                         struct cnn_error *error);
/* Is the file a checkpoint? Fails when it is one that is damaged, or of a version that is not read here. */
bool cnn_checkpoint_check(const struct cnn_tensor_file *in, bool *is_checkpoint);

/* ---- fit.c, store.c ---------------------------------------------------------------------------------- */

/* The files of a training: where it is kept, and where callbacks put weights. */
struct cnn_store {
    /* Before a training: is one kept there, which goes on? Fails where none can be. */
    bool (*find)(const char *path, bool resume, bool *exists, struct cnn_error *error);
    bool (*position)(const struct cnn_model *model, const char *path, struct cnn_position *position,
                     struct cnn_error *error);
    bool (*load)(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                 struct cnn_error *error);
    bool (*save)(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                 struct cnn_error *error);
    bool (*save_weights)(const struct cnn_model *model, const char *path, const float *parameters,
                         const struct cnn_preprocessing *preprocessing, struct cnn_error *error);
    uint32_t (*checksum)(const struct cnn_dataset *set); /* by which it knows its data */
};
/* cnn_fit() with such files; NULL: in memory. */
bool cnn_fit_with(const struct cnn_store *store, const struct cnn_model *model, const struct cnn_dataset *train,
                  const struct cnn_dataset *validation, const struct cnn_fit_options *options, float *parameters,
                  struct cnn_error *error);

/* ---- inference.c ------------------------------------------------------------------------------------- */

/* No machine gains by more threads, and OpenMP ends the program when the system has no more. */
enum { CNN_MAX_THREADS = 1024 };
/* What was asked for, or as many as OpenMP would use, but no more than those. */
int cnn_threads_or_default(const struct cnn_model *model, int threads);
/* cnn_evaluate() in a stage, whose penalties the loss gets; -1: without. */
bool cnn_evaluate_in(const struct cnn_model *model, int stage, int64_t batch_size, const struct cnn_dataset *set,
                     const float *parameters, int threads, double *columns, struct cnn_error *error);

/* ---- callbacks.c --------------------------------------------------------------------------------------- */

/* Is the epoch one that is validated, as validation_freq counts them? Those before initial_epoch count. */
bool cnn_epoch_is_due(const struct cnn_fit_options *options, const struct cnn_training *training);

struct cnn_callbacks {
    struct cnn_callback *list; /* those of the options, then those of the stages */
    int count, n_watchers;
    const struct cnn_store *store;
    struct watcher *watchers; /* what those of the stages work with, */
    struct cnn_told *told;    /* and are told */
};
/* Of all zeros; to be freed also after a failure. The options must live as long. store: may be NULL. */
bool cnn_callbacks_make(const struct cnn_model *model, const struct cnn_fit_options *options,
                        const struct cnn_store *store, struct cnn_callbacks *callbacks, struct cnn_error *error);
void cnn_callbacks_free(struct cnn_callbacks *callbacks);

/* ---- interrupt.c -------------------------------------------------------------------------------------- */

struct cnn_interrupt {
    int signal;    /* that interrupted the training, 0: none */
    uint64_t step; /* after which it did */
};

/* A callback, given a struct cnn_interrupt: interrupts the training when SIGINT or SIGTERM came. */
enum cnn_verdict cnn_interrupt_call(void *user, enum cnn_event event, struct cnn_training *training,
                                    struct cnn_error *error);
/* cnn_fit(), with the two signals caught while it runs. A second one, a moment later, ends the program. */
bool cnn_interrupt_fit(const struct cnn_model *model, const struct cnn_dataset *train,
                       const struct cnn_dataset *validation, const struct cnn_fit_options *options,
                       float *parameters, struct cnn_error *error);

/* ---- pace.c ----------------------------------------------------------------------------------------- */

struct cnn_pace {
    int max, now, other; /* threads: allowed, in use, on trial */
    bool halve;          /* the next trial is with fewer */
    int trial;           /* steps left of a trial */
    double trial_seconds;
    double mean, best; /* seconds a sample: of late, and the least of it, with `now` threads */
    int64_t steps, period;
};

void cnn_pace_start(struct cnn_pace *pace, int max);
/* How many threads the next step should take, 1 to most. */
int cnn_pace_threads(const struct cnn_pace *pace);
/* Tells how long that step took, in seconds a sample. */
void cnn_pace_step(struct cnn_pace *pace, double seconds);

#endif
