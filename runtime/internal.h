/* internal.h -- what the runtime's own files share and applications do not need. */
#ifndef CNN_INTERNAL_H
#define CNN_INTERNAL_H

#include "cnnrt.h"

/* ---- printable.c: text of files that nobody vouches for ------------------------------------------- */

/* Puts a '?' in place of each control character (line feeds and tabs too; also those of eight bits, as a byte and
 * in UTF-8) and of each that changes the direction of text. All other UTF-8 stays as it is; the text may get
 * shorter. */
void cnn_make_printable(char *text);

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

/* ---- input.c: the bytes of a file, one after the other ----------------------------------------------- */

struct cnn_input {
    const char *path; /* for messages */
    struct cnn_error *error;
    int64_t most; /* no more bytes than this can come: known from the file's size */
    /* Takes up to `size` bytes; fewer only at the end. -1 after an error. */
    int64_t (*read)(struct cnn_input *input, unsigned char *out, int64_t size);
    void (*close)(struct cnn_input *input);
    void *stream; /* what these two work on; NULL: not open */
};

/* A file, gzip-compressed or not. cnn_input_close() is due in any case. */
bool cnn_input_open(struct cnn_input *input, const char *path, struct cnn_error *error);
void cnn_input_close(struct cnn_input *input);
/* Takes `size` bytes; fails with "too short for the header of FORMAT". */
bool cnn_input_exactly(struct cnn_input *input, unsigned char *out, int64_t size, const char *format);
/* How much so many bytes of a deflate stream can become: each bit codes 258 bytes at best, and two make a code. */
int64_t cnn_inflated_most(int64_t bytes);

/* ---- zip.c: a member of a zip archive ----------------------------------------------------------------- */

/* Opens NAME.npy of the archive; `label` is the path in later messages. cnn_input_close() is due in any case. */
bool cnn_zip_open(struct cnn_input *input, const char *path, const char *name, const char *label,
                  struct cnn_error *error);
/* *has: is there such a member? False after an error. */
bool cnn_zip_has(const char *path, const char *name, bool *has, struct cnn_error *error);

/* ---- array.c: arrays of numbers in files ---------------------------------------------------------------- */

enum cnn_number_kind { CNN_NUMBER_UNSIGNED, CNN_NUMBER_SIGNED, CNN_NUMBER_REAL };

/* A number as a file keeps it. */
struct cnn_number {
    enum cnn_number_kind kind;
    int size; /* bytes */
    bool big_endian;
};

/* A file whose header has been read, and whose data have not. */
struct cnn_array_file {
    struct cnn_input input;
    struct cnn_array array; /* its shape and element; no data */
    struct cnn_number number;
    int64_t count;    /* elements */
    char label[1024]; /* "x.npz[x_train]" */
};

/* name: of the array, in an .npz; otherwise NULL. cnn_array_file_close() is due in any case. */
bool cnn_array_file_open(struct cnn_array_file *in, const char *path, const char *name, struct cnn_error *error);
bool cnn_array_file_read(struct cnn_array_file *in, struct cnn_array *array);
void cnn_array_file_close(struct cnn_array_file *in);

/* For the formats, which read a header behind its first four bytes and set number and shape. */
bool cnn_array_file_shape(struct cnn_array_file *in, int rank, const int64_t *dim);
bool cnn_idx_header(struct cnn_array_file *in, const unsigned char magic[4]);
bool cnn_npy_header(struct cnn_array_file *in);

/* ---- csv.c: tables of numbers ------------------------------------------------------------------------------ */

/* Reads what cnn_dataset_read() says of CSV files: labels come as they are, classes or values, an array of one or
 * more columns, its data NULL where the table has none. Both are freed by the caller, also after an error. */
bool cnn_csv_read(const struct cnn_model *model, const char *path, struct cnn_array *inputs,
                  struct cnn_array *labels, struct cnn_error *error);
/* Does the name end in .csv or .csv.gz? */
bool cnn_csv_is(const char *path);

/* ---- file.c: files that are read, and one that is replaced whole or not at all ----------------------- */

/* Opens a regular file, and no other: a pipe is refused without waiting for who writes to it. *bytes is its size.
 * -1 or NULL after an error. */
int cnn_file_open(const char *path, int64_t *bytes, struct cnn_error *error);
FILE *cnn_file_stream(const char *path, int64_t *bytes, struct cnn_error *error);

enum { CNN_PATH_SIZE = 4096, CNN_FILE_BUFFER = 32768 };

struct cnn_file {
    const char *path;
    char temporary[CNN_PATH_SIZE]; /* PATH.tmp, which holds the new contents until they are complete */
    int descriptor;
    int failure;  /* errno of the first write that failed, 0: none */
    uint32_t crc; /* CRC-32 of what has left the buffer */
    size_t used;
    unsigned char buffer[CNN_FILE_BUFFER];
};

bool cnn_file_begin(struct cnn_file *file, const char *path, struct cnn_error *error);
/* A failure is remembered, and told by cnn_file_commit(). */
void cnn_file_write(struct cnn_file *file, const void *bytes, size_t count);
/* CRC-32 (zlib's) of everything written so far. */
uint32_t cnn_file_crc(struct cnn_file *file);
/* One of the two ends it: the new contents are on the disk, or the old ones are still there and nothing else. */
bool cnn_file_commit(struct cnn_file *file, struct cnn_error *error);
void cnn_file_abandon(struct cnn_file *file);
/* Would two paths write to one file? It need not be there yet. */
bool cnn_file_same(const char *one, const char *other);
/* Could the file be written? Removes what a killed program left of it. */
bool cnn_file_writable(const char *path, struct cnn_error *error);

/* ---- safetensors.c: named tensors in a file --------------------------------------------------------- */

enum cnn_dtype { CNN_F32, CNN_F64, CNN_I64, CNN_U64, CNN_U32, CNN_U8 };

struct cnn_tensor {
    const char *name;
    enum cnn_dtype dtype;
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* reading: CNN_ANY becomes what the file has */
    void *data;                /* its elements as the machine keeps them */
    int64_t begin;             /* reading: where its bytes are in the file's data, -1 while not found */
};
enum { CNN_ANY = -1 };

/* Elements of a tensor without CNN_ANY. */
int64_t cnn_tensor_count(const struct cnn_tensor *tensor);

struct cnn_tensors {
    const char *model; /* whose they are, for messages */
    int count;
    struct cnn_tensor *tensor;
};

struct cnn_metadata {
    const char *key, *value;
};

/* First the header, then the data of all tensors in the list's order. */
void cnn_tensors_write_header(struct cnn_file *file, const struct cnn_metadata *metadata, int n_metadata,
                              const struct cnn_tensors *tensors);
void cnn_tensors_write_data(struct cnn_file *file, const struct cnn_tensor *tensor);

struct cnn_tensor_file {
    const char *path;
    FILE *file;
    char *header, *name; /* name has room for any string of the header */
    size_t header_bytes;
    int64_t data_start, data_bytes;
    struct cnn_error *error;
};

/* Opens a file and reads its header. cnn_tensors_close() is due in any case. */
bool cnn_tensors_open(struct cnn_tensor_file *in, const char *path, struct cnn_error *error);
void cnn_tensors_close(struct cnn_tensor_file *in);
/* The value of a key of __metadata__; false when there is none, or none of that size. */
bool cnn_tensors_metadata(const struct cnn_tensor_file *in, const char *key, char *value, size_t size);
/* Finds all of the list. Fails when one is missing, has another type or shape, or when the file has others, except
 * those whose names begin with `ignored` (NULL: none are ignored). */
bool cnn_tensors_find(const struct cnn_tensor_file *in, const char *ignored, struct cnn_tensors *tensors);
/* Reads the elements of a tensor that was found. */
bool cnn_tensors_read(const struct cnn_tensor_file *in, const struct cnn_tensor *tensor);
/* Fills the error with "not a sound safetensors file: WHAT"; returns false. */
bool cnn_tensors_damaged(const struct cnn_tensor_file *in, const char *what);

/* ---- weights.c --------------------------------------------------------------------------------------- */

/* The parameters as model->n_parameters tensors; `parameters` NULL: without their data. */
void cnn_weights_list(const struct cnn_model *model, float *parameters, struct cnn_tensor *out);

/* ---- checkpoint.c ------------------------------------------------------------------------------------ */

/* The names that a checkpoint has beside those of weights begin with this, which no layer's name does. */
#define CNN_CHECKPOINT_PREFIX ".training/"

/* All that a training is, beside the data. */
struct cnn_checkpoint {
    /* what it was told, and the same ever since */
    int64_t batch_size, shuffle, rows, validation_rows, callback_bytes, history_columns;
    uint64_t seed, data; /* data: checksums of both sets */
    double first_learning_rate;
    /* where it stands: `batch` batches of the epoch that counts from 0 are done */
    uint64_t step;
    int64_t epoch, batch, stopped; /* stopped: a callback said CNN_STOP */
    double learning_rate, seconds;
    struct cnn_sums sums;
    double *history;           /* epoch x history_columns */
    float *parameters, *state; /* as in struct cnn_step */
    void *callbacks;           /* callback_bytes: their states one after the other */
};

/* Replaces the file. */
bool cnn_checkpoint_save(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                         struct cnn_error *error);
/* Given what the training was told, and room for parameters, state and callbacks: fills these and where it stands,
 * and allocates the history, which the caller frees. Fails, before it touches anything, when the file is damaged,
 * of another network, or was told something else. */
bool cnn_checkpoint_load(const struct cnn_model *model, const char *path, struct cnn_checkpoint *checkpoint,
                         struct cnn_error *error);
/* Is the file a checkpoint? Fails when it is one that is damaged, or of a version that is not read here. */
bool cnn_checkpoint_check(const struct cnn_tensor_file *in, bool *is_checkpoint);

/* ---- dataset.c --------------------------------------------------------------------------------------- */

/* Where an array is. */
struct cnn_place {
    const char *path, *name; /* name: in an .npz; otherwise NULL */
};
/* cnn_dataset_read(), whatever kind of file it is. labels NULL: of a table its own, otherwise none. */
bool cnn_dataset_read_places(const struct cnn_model *model, const struct cnn_place *inputs,
                             const struct cnn_place *labels, struct cnn_dataset *set, struct cnn_error *error);

/* How many classes labels of one column tell apart, counted from 0; 0: such labels are values. */
int64_t cnn_label_classes(const struct cnn_model *model);
/* Is it one of so many classes? */
bool cnn_is_class(float value, int64_t classes);

/* Has the set samples and labels as the model wants them? */
bool cnn_dataset_check(const struct cnn_model *model, const struct cnn_dataset *set, struct cnn_error *error);
/* CRC-32 of all inputs and labels. */
uint32_t cnn_dataset_crc(const struct cnn_dataset *set);

/* ---- sets.c ------------------------------------------------------------------------------------------ */

/* Is the file one of those that cnn_dataset_open() reads of the data, for the training or the test set? */
bool cnn_dataset_reads(const char *data, const char *path);
/* Does the file begin as an .npz does? Fails when it cannot be read; a folder is none. */
bool cnn_archive_check(const char *path, bool *is_archive, struct cnn_error *error);

/* ---- inference.c ------------------------------------------------------------------------------------- */

/* No machine gains by more threads, and OpenMP ends the program when the system has no more. */
enum { CNN_MOST_THREADS = 1024 };
/* What was asked for, or as many as OpenMP would use, but no more than those. */
int cnn_threads_or_default(const struct cnn_model *model, int threads);
struct cnn_sums cnn_means_of(const struct cnn_model *model, const struct cnn_sums *sums, int64_t count);

/* ---- clock.c ---------------------------------------------------------------------------------------- */

/* Seconds on a clock that only goes forward. */
double cnn_seconds(void);

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
