/* cnnrt.h -- the runtime that trains a network which cnnc generated.
 *
 * net.c exports one `const struct cnn_model`; everything here drives such a model and knows no network.
 * Arrays are row-major float32 unless said otherwise, counts are elements, sizes named _bytes are bytes.
 * Nothing here has global state; every function, but for cnn_main() and cnn_program(), may run in several threads on
 * different objects. A function that can fail returns false, or NULL, and fills the struct cnn_error it was given.
 */
#ifndef CNNRT_H
#define CNNRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CNN_ABI 20
enum { CNN_MAX_RANK = 6, CNN_MAX_ARRAYS = 16 }; /* ARRAYS: inputs, and outputs */

/* ---- what net.c exports ------------------------------------------------------------------------ */

enum cnn_initializer {
    CNN_INIT_CONSTANT,         /* a */
    CNN_INIT_UNIFORM,          /* [a, b) */
    CNN_INIT_NORMAL,           /* mean a, standard deviation b */
    CNN_INIT_TRUNCATED_NORMAL, /* the same, redrawn outside two standard deviations */
    CNN_INIT_ORTHOGONAL,       /* gain a; rows = product of all dims but the last (Saxe et al. 2014) */
    CNN_INIT_FORGET_BIAS,      /* a; the second quarter, of an LSTM's forget gate, 1 */
    CNN_INIT_IDENTITY          /* a matrix: a where row and column are equal, else 0 */
};

struct cnn_parameter {
    const char *name; /* "conv2d/kernel" */
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* Keras' layout: convolution (kh, kw, in, out), dense (in, out) */
    int64_t offset, count;     /* in the parameter array, floats */
    bool trainable;            /* some stage trains it */
    enum cnn_initializer initializer;
    double a, b;
};

struct cnn_layer {
    const char *name, *type;
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* output shape of one sample */
    int64_t parameters, multiply_adds;
    int64_t watched; /* where its output begins among those that model->watch makes; -1: it is not there */
    int n_from;
    const int *from; /* by number: the layers that feed it; the model's input may be none */
    /* In rows and columns: a place i of the output comes of the places i*stride - before ... i*stride - before + window - 1 of what
     * feeds it. All 0: it does not, or of everywhere. */
    int64_t window[2], stride[2], before[2];
};

enum cnn_element { CNN_FLOAT, CNN_BYTE, CNN_INT32 };

/* What a model takes of each sample; it may take several such. */
struct cnn_model_input {
    const char *name; /* of its layer */
    int rank;
    int64_t dim[CNN_MAX_RANK], count;
    enum cnn_element element; /* CNN_INT32: whole numbers, tokens say; CNN_BYTE: bytes as they are */
    int64_t indices;          /* they are rows of a table, from 0 to one less; 0: any numbers */
    bool rescales; /* bytes reach the first layer as 0..255: it scales them itself, or wants whole numbers */
};

/* What the loss takes an output for. */
enum cnn_probabilities {
    CNN_PROBABILITIES_NONE,    /* values */
    CNN_PROBABILITIES_SOFTMAX, /* scores of classes, one of which is true */
    CNN_PROBABILITIES_SIGMOID  /* each number by itself is a yes or a no */
};

/* What a model gives of each sample, and what training compares it with. */
struct cnn_model_output {
    const char *name; /* of its layer */
    int rank;
    int64_t dim[CNN_MAX_RANK], count;
    const char *loss; /* NULL: none looks at it, and it has no labels */
    enum cnn_probabilities probabilities;
    bool from_logits;    /* it is what softmax or sigmoid make probabilities of */
    int64_t label_count; /* 1 when label_is_class */
    /* ignores: the class `ignored` may stand among the labels without a score of its own, and counts nothing in the loss. */
    bool ignores;
    float ignored;
    bool label_is_class; /* a label is the index of a class, as a float; otherwise label_count numbers */
};

/* Some samples of a set. Sample i of the batch is row index[i] of the set (index NULL: row first + i).
 * Row r of an input starts at its element r * count, of the labels of an output at r * label_count. */
struct cnn_batch {
    /* Of the inputs' elements; where that is CNN_FLOAT also bytes, scaled as they are loaded: bytes reach the network as
     * x/255, or as x where it rescales itself. */
    const void *inputs[CNN_MAX_ARRAYS];
    enum cnn_element input_elements[CNN_MAX_ARRAYS];
    /* By output: a class index a sample, or label_count values. NULL for prediction, and where the output has no loss. */
    const float *labels[CNN_MAX_ARRAYS];
    const float *weights; /* of each row, by which its loss is multiplied; NULL: 1 */
    const uint32_t *index;
    int64_t first, count;
};

/* One optimizer step. */
struct cnn_step {
    struct cnn_batch batch;
    float *parameters; /* model->parameter_floats, updated */
    float *state;      /* stage->state_floats, updated */
    void *workspace;   /* stage->train_bytes(batch.count, threads), 64-byte aligned, contents irrelevant */
    int threads;       /* at most; the bits do not depend on it */
    uint64_t seed;     /* keys the dropout masks; the runtime gives cnn_key(seed of the run, CNN_PURPOSE_DROPOUT) */
    uint64_t step;     /* steps that this optimizer made before */
    double learning_rate;
};

/* ---- kernels one by one: what a program calls, in the order of its calls, for measuring ------------ */

enum cnn_program_kind {
    CNN_PREDICT_ONE,
    CNN_PREDICT_MANY, /* none where the samples are so large that they are predicted one by one */
    CNN_TRAIN_STEP
};

struct cnn_kernel {
    enum cnn_program_kind program;
    const char *name;     /* of the C function; where a file has several targets, a target's name follows there */
    const char *layer;    /* "conv2d_1"; "": it belongs to none */
    const char *op;       /* "conv2d_grad_kernel" */
    int samples;          /* that a call works on: a block of the batch; 0: all of it, in one call */
    int64_t flop;         /* for each sample: 2 for a multiply-add that is made, other arithmetic does not count */
    int64_t sample_bytes; /* that must be moved for each sample: all that is read and all that is written, once */
    int64_t shared_bytes; /* and for each call: parameters and their gradients */
    int loop;   /* its number: kernels of a loop stand together, and are called round by round; 0: of none */
    int rounds; /* of the loop */
    int times;  /* in so many of these it computes something: where images pass row by row, not in all */
};

/* What kernels work on. */
struct cnn_kernel_data {
    struct cnn_step step; /* batch and workspace; for CNN_TRAIN_STEP all of it, with one thread */
    int64_t block;        /* of the batch, from 0 */
    int round;            /* of the kernel's loop, from 0 */
    const float *prepared;
    const void *inputs[CNN_MAX_ARRAYS]; /* CNN_PREDICT_ONE: the sample */
    float *outputs[CNN_MAX_ARRAYS];     /* of it, or of the batch */
};

/* ---- a call of fit in the script, with what the compile before it said ------------------------------ */

/* What a training shows of its progress. */
enum cnn_verbose {
    CNN_VERBOSE_AUTO, /* a bar on a terminal, otherwise lines */
    CNN_VERBOSE_NOTHING,
    CNN_VERBOSE_BAR, /* where there is a terminal */
    CNN_VERBOSE_LINES
};

/* A callback that the script gave to fit: Keras' of the same name (keras/src/callbacks). Those that look at a column of the
 * log do nothing while it is not there: there is no validation. */
enum cnn_callback_kind {
    CNN_EARLY_STOPPING,
    CNN_MODEL_CHECKPOINT,
    CNN_REDUCE_LR_ON_PLATEAU,
    CNN_LEARNING_RATE_SCHEDULER
};
struct cnn_stage_callback {
    enum cnn_callback_kind kind;
    bool verbose;        /* says what it does */
    const char *monitor; /* the column's name, "val_loss" */
    bool of_validation;
    int column; /* of model->columns */
    bool higher_is_better;
    double min_delta;
    int64_t patience;
    bool has_baseline; /* EarlyStopping's baseline, ModelCheckpoint's initial_value_threshold */
    double baseline;
    bool restores_best; /* EarlyStopping: the stage ends with the parameters of its best epoch */
    int64_t start_from_epoch;
    const char *file; /* ModelCheckpoint: "model.{epoch:02d}-{val_loss:.2f}.safetensors" */
    bool best_only;
    int64_t save_freq;     /* behind every so many batches, counted across epochs; 0: behind every epoch */
    double factor, min_lr; /* ReduceLROnPlateau */
    int64_t cooldown;
    const double *rates; /* LearningRateScheduler: of each epoch; behind the last one as in that */
    int64_t n_rates;
};

/* The slot that is a moving average of the parameters, and takes their place when the stage ends. */
#define CNN_SLOT_AVERAGE "average"

/* Stages run one after the other, each with the parameters that the one before it left. */
struct cnn_stage {
    const char *optimizer;
    uint64_t digest; /* of its arithmetic, but for the learning rate: another one has other constants */
    bool fresh; /* the optimizer is new, and its state fresh; otherwise it goes on with that of the stage before */
    int n_slots;
    const char *const *slots;   /* "momentum", "velocity": the arrays of the optimizer's state */
    const double *slot_initial; /* what fresh ones are filled with; NULL: zeros */
    /* By parameter: is it trained, and not frozen? NULL: those that are trainable. Slot s of a parameter that is trained
     * begins at s*trained_floats + the floats of all such parameters before it. */
    const bool *trained;
    int64_t trained_floats, state_floats; /* state_floats: n_slots * trained_floats */
    double learning_rate, validation_split;
    int64_t batch_size, epochs;
    int64_t initial_epoch;    /* epochs that count as done before, beside these */
    int64_t steps_per_epoch;  /* 0: as many as the set has batches */
    int64_t validation_steps; /* batches that validate; 0: all */
    int64_t validation_freq;  /* every so many epochs are validated; 0: each */
    /* By which the loss of a training sample of each class is multiplied, beside its own weight; further ones count 1. */
    int64_t n_class_weights;
    const double *class_weights;
    bool shuffle;
    enum cnn_verbose verbose;
    int n_callbacks;
    const struct cnn_stage_callback *callbacks;
    int64_t (*train_bytes)(int64_t batch, int threads); /* of workspace */
    double (*penalty)(const float *parameters);         /* what the loss gets for them; NULL: nothing */
    /* One step; adds the batch's sums for loss (penalties included) and metrics, as they were before the update, to
     * model->n_sums numbers. */
    void (*train_step)(const struct cnn_step *step, double *sums);
};

/* A mean and a variance of the training data, which are parameters of the network (Normalization): number i of a sample,
 * scale*x + offset of what reaches the input, counts for number i / inner % count of them. */
struct cnn_adaptation {
    const char *layer;
    int input;                            /* which of the model's */
    int64_t mean, variance, count, inner; /* mean, variance: offsets in the parameters, each of `count` floats */
    double scale, offset;
};

/* A parameter with which training begins as a file has it, by its own name or else this one. */
struct cnn_pretrained {
    int parameter; /* its number */
    const char *file, *name;
};

struct cnn_model {
    int abi;               /* CNN_ABI of the net.c's cnnrt.h: what drives a model refuses another */
    const char *name;      /* "mnist"; of several models of a script "gan_discriminator" */
    const char *generator; /* "cnnc 0.1.0, target avx512" */
    /* Where the script returns a table of models: the model's name there, and all of them, itself among them. They have one
     * table of parameters and one array of them, of which each reads and trains its own. NULL: the script returns one. */
    const char *key;
    int n_models;
    const struct cnn_model *const *models;
    int n_inputs, n_outputs;
    struct cnn_model_input inputs[CNN_MAX_ARRAYS];
    struct cnn_model_output outputs[CNN_MAX_ARRAYS];

    int n_layers, n_parameters;
    const struct cnn_layer *layers;
    const struct cnn_parameter *parameters; /* in the order of their offsets */
    int64_t parameter_floats, trainable_floats;
    int64_t prepared_floats; /* parameters folded and packed for prediction */

    /* training, as the script's compile and fit say */
    int n_stages;    /* 0: it cannot be trained */
    uint64_t digest; /* of what layers, loss and metrics compute */
    bool fitted;     /* of one of several models: the script calls fit */
    const struct cnn_stage *stages;
    int n_sums;    /* numbers that are summed over samples, in a fixed order: the loss, then what metrics need */
    int n_columns; /* of the log */
    const char *const *columns; /* "loss", "accuracy" */
    const char *better; /* of two numbers of each column: '<' the smaller, '>' the larger, '?' nobody knows */
    /* Makes the n_columns numbers of the log of n_sums sums over `count` samples: means, or quotients of counts. */
    void (*finish)(const double *sums, double count, double *columns);
    /* What `train` does where its options say nothing else */
    bool summarizes, evaluates; /* show the layers before, and the test set's loss after training */
    const char *save;           /* of --save; NULL: nowhere */
    const char *history;        /* of --history; NULL: nowhere */
    const char *weights;        /* of --weights, which cnn_weights_place() finds; NULL: none */
    int64_t
        evaluate_batch; /* samples of a batch, where what is said of a set depends on how it is cut; 0: it does not */
    bool begins_with_weights; /* training, too, where there is that file */
    int n_pretrained;
    const struct cnn_pretrained *pretrained;
    int n_adaptations;
    const struct cnn_adaptation *adaptations;
    uint64_t seed; /* --seed given to cnnc, 0 otherwise */

    /* bytes of workspace */
    int64_t predict_bytes;              /* predict: one sample */
    int64_t (*many_bytes)(int threads); /* predict_many, evaluate */
    int (*threads)(void);               /* how many OpenMP would use; 1 without OpenMP */

    /* Folds and packs parameters for prediction, which reads the others as they are. `prepared`: prepared_floats, 64-byte
     * aligned. */
    void (*prepare)(const float *parameters, float *prepared);
    /* One sample. inputs: of each its elements, of the type that it says; outputs: of each its count floats. workspace:
     * predict_bytes, 64-byte aligned; that of the next two many_bytes(threads). */
    void (*predict)(const float *parameters, const float *prepared, void *workspace, const void *const *inputs,
                    float *const *outputs);
    /* outputs: of each batch->count * its count floats */
    void (*predict_many)(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                         void *workspace, int threads, float *const *outputs);
    /* Loss, without the penalty of a stage, and metrics in inference; adds to n_sums sums. */
    void (*evaluate)(const struct cnn_batch *batch, const float *parameters, const float *prepared, void *workspace,
                     int threads, double *sums);

    /* What every layer makes of one sample: watched_floats floats, of which those of a layer begin at layers[i].watched. inputs:
     * as of predict; workspace: watch_bytes, 64-byte aligned. It is no faster than it has to be. NULL: no layer can be watched. */
    int64_t watched_floats, watch_bytes;
    void (*watch)(const float *parameters, void *workspace, const void *const *inputs, float *layers);

    /* For measuring: NULL without --emit bench. All kernels, program by program; CNN_TRAIN_STEP is that of one stage. */
    int measured_stage;
    const struct cnn_kernel *(*kernels)(int *count);
    /* Calls kernel number `kernel` of a program, counted from 0, on one thread; none where there is no such kernel. It
     * works on what those before it left in the workspace, and some write over what they read: to be called in order,
     * and each block through all kernels that work on blocks and stand together. */
    void (*run_kernel)(enum cnn_program_kind program, int kernel, const struct cnn_kernel_data *data);
    /* As many multiply-adds as a core can do with the kernels' vectors, `rounds` times some. Returns their FLOP. */
    double (*peak)(int64_t rounds);
};

/* The model that main() drives where libcnnrt.a supplies main(); of several of a script the one that --model names, or else
 * the only one that the script fits. Each net.c defines it, unless it is compiled with -DCNN_NO_PROGRAM; the definitions
 * are weak, so of several networks in a program the one that is linked first is meant. A compiler without weak symbols needs
 * -DCNN_NO_PROGRAM for all but one. */
extern const struct cnn_model *const cnn_program_model;

/* ---- error.c: errors as values ----------------------------------------------------------------- */

struct cnn_error {
    char message[1024]; /* one line, no full stop; says what is wrong and, where known, what mends it */
};

#if defined(__GNUC__)
#define CNN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CNN_PRINTF(text, first)
#endif

/* Fills *error (NULL: nobody wants it) and returns false, so that a function can `return cnn_fail(...)`. The
 * message is one line: a '?' stands for each control character that the arguments brought with them. */
bool cnn_fail(struct cnn_error *error, const char *format, ...) CNN_PRINTF(2, 3);

enum { CNN_SHAPE_TEXT = CNN_MAX_RANK * 21 };
/* "28x28x1"; rank 0: "scalar". Returns `text`. */
const char *cnn_shape_text(char text[CNN_SHAPE_TEXT], int rank, const int64_t *dim);

/* ---- alloc.c: 64-byte aligned memory, freed with free() ---------------------------------------- */

/* Contents are undefined. NULL after filling *error; 0 bytes give a pointer too. */
void *cnn_alloc(int64_t bytes, struct cnn_error *error);
/* Zeroed. */
float *cnn_alloc_floats(int64_t count, struct cnn_error *error);

/* ---- rng.c: Philox4x32-10, random numbers without a state --------------------------------------- */

/* Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
 * `out` depends on key and counter alone, so any number of a sequence can be had in any order. */
void cnn_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

/* One seed feeds several purposes; each has keys of its own, and no other seed's purpose has the same. The key's halves are
 * key[0] = low and key[1] = high half of cnn_key(). Counter layout of the runtime's own draws:
 *   counter = { block, low half; block, high half; stream; attempt }
 * where stream is the parameter's index (initialisers) or the epoch (shuffling). */
enum cnn_purpose {
    CNN_PURPOSE_DROPOUT = 0,             /* of the first optimizer; of the next ones 1, 2, ... */
    CNN_PURPOSE_INITIALISE = 0x494e4954, /* "INIT" */
    CNN_PURPOSE_SHUFFLE = 0x53485546,    /* "SHUF" */
    CNN_PURPOSE_BENCH = 0x424e4348,      /* "BNCH" */
    CNN_PURPOSE_OWN = 0x4f574e           /* "OWN": for what a program draws itself */
};

struct cnn_draw {
    uint32_t key[2];
    uint32_t stream;
};

/* mix(mix(seed) + purpose), mix being the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom
 * number generators, OOPSLA 2014). Training steps get the key of CNN_PURPOSE_DROPOUT. */
uint64_t cnn_key(uint64_t seed, enum cnn_purpose purpose);
struct cnn_draw cnn_draw(uint64_t seed, enum cnn_purpose purpose, uint32_t stream);
/* The four words of one block. */
void cnn_draw_block(const struct cnn_draw *draw, uint64_t block, uint32_t attempt, uint32_t out[4]);
/* Four independent standard normals (Box and Muller 1958). */
void cnn_draw_normals(const struct cnn_draw *draw, uint64_t block, uint32_t attempt, double out[4]);
/* 24 bits of a word as a number in [0, 1), exact in float. */
double cnn_unit(uint32_t word);
/* Puts 0 .. count-1 in an order that depends on seed and epoch alone (Fisher and Yates). */
void cnn_shuffle(uint64_t seed, uint32_t epoch, uint32_t *index, uint32_t count);

/* ---- init.c: fresh parameters ------------------------------------------------------------------- */

/* Fills model->parameter_floats floats. Fails only for want of memory (orthogonal matrices). */
bool cnn_initialise(const struct cnn_model *model, uint64_t seed, float *parameters, struct cnn_error *error);

/* ---- adapt.c: parameters that are computed from the data ------------------------------------------------ */

struct cnn_dataset;
/* Sets the means and variances that model->adaptations lists to those of all rows of `set`: before a fresh training, with the
 * set that cnn_fit() gets, and not again when one goes on. Does nothing if there are none. Fails when they are no finite
 * numbers, or for want of memory. */
bool cnn_adapt(const struct cnn_model *model, const struct cnn_dataset *set, float *parameters,
               struct cnn_error *error);

/* ---- array.c: arrays of numbers in files ---------------------------------------------------------- */

struct cnn_array {
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* dim[0] counts the rows */
    enum cnn_element element;
    void *data;         /* product of dims elements, row-major; owned */
    int64_t map_offset; /* data are the bytes of a mapped file behind this one; 0: they are not mapped */
};

/* Reads an IDX file (the format of MNIST), an .npy file, or the array `name` of an .npz archive (NULL: the file is
 * none), alone or, but for archives, gzip-compressed. Unsigned bytes stay bytes, all other numbers become floats. Fails on
 * a file that is damaged, in Fortran order, of other types, or shorter or longer than its header says; memory is asked
 * for only as the data come. A file of 64 MiB or more whose numbers lie in it as they do in memory is mapped, not read, and
 * must stay as it is. */
bool cnn_array_read(const char *path, const char *name, struct cnn_array *array, struct cnn_error *error);
void cnn_array_free(struct cnn_array *array);

/* ---- scale.c, names.c: what becomes of the numbers and words of files ----------------------------- */

enum cnn_scale {
    CNN_SCALE_UNKNOWN,
    CNN_SCALE_PIXELS, /* divided by 255 */
    CNN_SCALE_NONE    /* as they are */
};
enum { CNN_COLUMN_NAME = 64, CNN_ABOUT = 400 };

/* How what stands in files becomes what a network sees. It is decided once, for all sets of a training, and kept with the
 * weights, so that whatever is evaluated or predicted later is treated alike. All zero: nothing is decided yet.
 *
 * Features are pixels when all of them are whole numbers from 0 to 255, one of them above 1, whether they stand in IDX,
 * .npy, .npz or CSV files and whatever their type, and the model's input has rows and columns; those of a flat input may as
 * well be counts, so that there one must reach 240, as pixels do. A picture file always holds pixels. Real numbers from -1
 * to 1 are divided only where the user chose so, and a model that rescales its input gets all numbers as they are. */
struct cnn_preprocessing {
    enum cnn_scale scale;                                 /* of features */
    enum cnn_scale label_scale;                           /* of labels that are pictures */
    enum cnn_scale more_scales[CNN_MAX_ARRAYS - 1];       /* of the inputs behind the first */
    enum cnn_scale more_label_scales[CNN_MAX_ARRAYS - 1]; /* of the labels of the outputs behind the first */
    bool scale_is_chosen;                                 /* by the user, who may know better than the data */
    bool label_is_chosen;                                 /* so, too */
    char label
        [CNN_COLUMN_NAME]; /* the label's column in tables: its name, or chosen number (1: the first, -1: the last) */
    int64_t label_column; /* where it was found, from 1; 0: unknown */
    uint64_t
        seed; /* draws the order of a training set that stands class by class, in folders; not kept with weights */
    int n_classes; /* classes that have names; 0: they are numbers */
    char *classes; /* these, one after the other, each with a NUL at its end; owned */
    int n_columns; /* features of a table whose first row names them; 0: unknown */
    char *columns; /* these, in the order in which the model takes them; owned, too */
    char features_about[CNN_ABOUT], labels_about[CNN_ABOUT]; /* what was done, for people; "": nothing to say */
};

void cnn_preprocessing_free(struct cnn_preprocessing *preprocessing);
/* NULL: it has none. */
const char *cnn_class_name(const struct cnn_preprocessing *preprocessing, int64_t index);
/* A line for the features, and one for labels that there is something to say of. */
void cnn_preprocessing_print(const struct cnn_preprocessing *preprocessing, FILE *out);

/* ---- dataset.c, sets.c: samples and labels as a model wants them -------------------------------- */

struct cnn_dataset {
    int64_t count; /* rows */
    /* By input of the model, and by output; elements a row */
    int64_t input_counts[CNN_MAX_ARRAYS], label_counts[CNN_MAX_ARRAYS];
    enum cnn_element input_elements[CNN_MAX_ARRAYS];
    void *inputs[CNN_MAX_ARRAYS];  /* count * input_counts[i] elements; owned */
    float *labels[CNN_MAX_ARRAYS]; /* count * label_counts[i], or NULL when no labels were read; owned */
    int64_t map_offsets[CNN_MAX_ARRAYS], label_map_offsets[CNN_MAX_ARRAYS]; /* as of struct cnn_array */
    float *weights;                                                         /* count, or NULL; owned */
    char **row_names; /* the files of pictures in a folder; otherwise NULL; owned, in one block */
};

/* Reads images, an IDX or .npy file, and, unless `labels` is NULL, their labels from another one. Fails when an image's
 * shape is not the model's (axes of length 1 do not matter, nor does flattening), when the counts differ, when a class is
 * not one of the model's, or when a label is none that its loss takes. Labels that are pictures, as an autoencoder's, are
 * scaled as the features are.
 *
 * `images` may also be a picture, a CSV file (its name ends in .csv or .csv.gz; .tsv with tabs), or CIFAR's records (.bin),
 * `labels` being NULL. A table of one column more than the model's input has numbers has a class, or value, in the column
 * that `preprocessing` names, or that the header calls label, class, target or y, or that alone holds words, or else in the
 * first one; a table of label_count more columns has label_count values in a row; a table of as many columns as the input
 * has numbers has no labels. A first row with a cell that is no number is a header, unless the next row has its words in the
 * same columns; where `preprocessing` names the features, a header puts them in that order. Numbers without fractions are
 * integers. Words as labels are classes, in the alphabet's order. */
bool cnn_dataset_read(const struct cnn_model *model, const char *images, const char *labels,
                      struct cnn_dataset *set, struct cnn_error *error);
/* The same, done as `preprocessing` says, which gets what was not decided. */
bool cnn_dataset_read_as(const struct cnn_model *model, const char *images, const char *labels,
                         struct cnn_preprocessing *preprocessing, struct cnn_dataset *set, struct cnn_error *error);
/* Reads a set of the data, "train", "validation" or "t10k" (the test set):
 * - of a folder: PREFIX-images-idx3-ubyte[.gz] and PREFIX-labels-idx1-ubyte[.gz], other ranks and "float" in place of
 *   "ubyte" too, of any prefix; or x_train.npy and y_train.npy (x_val, x_test); or train.csv (val.csv, test.csv), also
 *   with "mnist_" in front;
 * - of an .npz archive: its arrays x_train and y_train (x_val, x_test), or train_images and train_labels (val_..., test_...);
 * - of a folder of pictures: its sub-folders train, validation (val) and test; without them, all of it is the training set.
 *   They have a sub-folder a class, in the order of their names; those of a training set are put in an order that
 *   preprocessing->seed draws, so that its last rows, which validation_split takes, are of all classes;
 * - of CIFAR's binary files: data_batch_1.bin to data_batch_5.bin and test_batch.bin, or train.bin and test.bin;
 * - a CSV file is the only set there is, whatever it is called, unless a column Usage or split says which rows are whose. */
bool cnn_dataset_open(const struct cnn_model *model, const char *data, const char *prefix, struct cnn_dataset *set,
                      struct cnn_error *error);
/* Several sets, with one decision about all of them: `count` prefixes and sets, which are all or none read. */
bool cnn_datasets_open(const struct cnn_model *model, const char *data, const char *const *prefixes, int count,
                       struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error);
/* Are there samples of that set? Not in a CSV file, unless a column says so. */
bool cnn_dataset_exists(const struct cnn_model *model, const char *data, const char *prefix);
void cnn_dataset_free(struct cnn_dataset *set);
/* A view of rows first .. first+count-1; it owns nothing and must not be freed. */
struct cnn_dataset cnn_dataset_slice(const struct cnn_dataset *set, int64_t first, int64_t count);
/* All rows of a set as a batch. */
struct cnn_batch cnn_dataset_batch(const struct cnn_dataset *set);

/* ---- image.c: one picture as a model's input ---------------------------------------------------- */

struct cnn_geometry {
    int64_t rows, columns, channels;
    bool channels_first;
};

/* How the model's input is a picture: rows x columns, with 1, 3 or 4 channels last or first.
 * False when it is none. */
bool cnn_geometry_of(const struct cnn_model *model, struct cnn_geometry *geometry);

/* Reads a PNG (any colour type, alpha over black), JPEG (not CMYK), PGM, PPM (plain or raw) or BMP (not compressed) file
 * into input_count bytes in the model's layout; colour becomes grey (ITU-R BT.601) and grey colour as the model needs. A
 * picture of another size is resized bilinearly, as Keras' image_dataset_from_directory() does: without antialiasing, and
 * without regard to its proportions. An input of rank 1 takes a picture of any size that has as many numbers, flattened. */
bool cnn_image_read(const struct cnn_model *model, const char *path, uint8_t *input, struct cnn_error *error);

/* ---- picture.c: a picture in the terminal ------------------------------------------------------- */

enum cnn_picture { CNN_PICTURE_ASCII, CNN_PICTURE_BLOCKS };

/* Prints rows x columns grey levels in [0, 1]: in characters, or in half blocks with 24 greys for a
 * terminal that knows UTF-8 and 256 colours. Pictures wider than 78 columns are shrunk by averaging. */
void cnn_picture_print(int64_t rows, int64_t columns, const float *grey, enum cnn_picture style, FILE *out);

/* ---- weights.c: parameters in safetensors files -------------------------------------------------- */

/* The format: github.com/huggingface/safetensors. Tensors are F32 with the names and shapes of
 * model->parameters. Of the model only abi, parameters, n_parameters and name are used. */

/* Fails, before it touches `parameters`, on a file that is damaged or has other tensors than the model. A checkpoint
 * (below) is read as the weights it holds. `parameters` NULL: only looks whether the file fits. */
bool cnn_weights_load(const struct cnn_model *model, const char *path, float *parameters, struct cnn_error *error);
/* Loads what fits by name and shape into `parameters`, which keep what they have elsewhere, and tells `out`, unless it is NULL,
 * what was left as it is. Fails where nothing fits, and on a file that is damaged, which may have been read in part then. */
bool cnn_weights_load_some(const struct cnn_model *model, const char *path, float *parameters, FILE *out,
                           struct cnn_error *error);
/* Where a file is that the script names: the path of one beside the script, or, where none is, the name in the folder that the
 * program runs in, a part of that path. NULL: NULL. */
const char *cnn_weights_place(const char *path);
/* Loads what the script says that training begins with, model->pretrained, from files of its: before a fresh training, and not
 * again when one goes on. Does nothing if there is none. Fails where a file has no such tensor. */
bool cnn_weights_load_pretrained(const struct cnn_model *model, float *parameters, struct cnn_error *error);
/* Writes PATH.tmp and renames it, both forced to the disk: `path` has the old contents or the new, whenever the program
 * or the machine dies. A PATH.tmp that is found was left by a program that died, and is written over. */
bool cnn_weights_save(const struct cnn_model *model, const char *path, const float *parameters,
                      struct cnn_error *error);
/* The same, with what the weights' data went through; NULL: it is not known. */
bool cnn_weights_save_with(const struct cnn_model *model, const char *path, const float *parameters,
                           const struct cnn_preprocessing *preprocessing, struct cnn_error *error);
/* The bytes of that file in memory, which the caller frees. */
bool cnn_weights_pack(const struct cnn_model *model, const float *parameters,
                      const struct cnn_preprocessing *preprocessing, unsigned char **bytes, int64_t *count,
                      struct cnn_error *error);
/* What a file of weights or a checkpoint says of that; all zero where it says nothing. Freed by the caller, also after an
 * error. */
bool cnn_preprocessing_load(const char *path, struct cnn_preprocessing *preprocessing, struct cnn_error *error);
/* Could cnn_weights_save() write there? To be asked before hours of training. Removes a PATH.tmp. */
bool cnn_weights_writable(const char *path, struct cnn_error *error);

/* ---- fit.c: training as Keras' fit --------------------------------------------------------------- */

/* What callbacks see of a training. They may change the learning rate and the parameters. */
struct cnn_training {
    const struct cnn_model *model;
    float *parameters, *state;
    double learning_rate;   /* of the next step */
    int stage, stages;      /* counts from 0 */
    uint64_t step;          /* optimizer steps so far, over all epochs and stages */
    int64_t epoch, epochs;  /* of this stage; epoch counts from 0 */
    int64_t initial_epoch;  /* what is shown counts the epochs from here */
    int64_t batch, batches; /* of this epoch: done, all */
    double seconds;         /* this epoch's training so far, validation left out */
    double *columns;        /* of the log, model->n_columns numbers: over the samples of this epoch so far */
    bool validates;         /* this stage has a validation set */
    double *validation;     /* the columns of that; set at CNN_EPOCH_END when validates */
    /* A row for each epoch that has ended (at CNN_EPOCH_END also for this one), of all stages: seconds, the columns, and
     * when a stage validates those of that, which are NaN in one that does not. */
    const double *history; /* history_rows x history_columns */
    int64_t history_rows, history_columns;
    const int64_t *stage_rows;   /* how many of these rows each stage has, `stages` numbers */
    const int64_t *stage_begins; /* and its initial_epoch */
};

/* CNN_RESUME comes once, before all others, when the training goes on from a checkpoint. `batch` batches of `epoch`
 * are done then; when there are some, that epoch's CNN_EPOCH_BEGIN does not come again. A stage begins with the
 * CNN_EPOCH_BEGIN of its epoch 0, and ends with CNN_STAGE_END behind its last checkpoint: what is done to the
 * parameters then is done again when the training goes on from there. */
enum cnn_event { CNN_EPOCH_BEGIN, CNN_STEP_END, CNN_EPOCH_END, CNN_RESUME, CNN_STAGE_END };
enum cnn_verdict {
    CNN_CONTINUE,
    CNN_STOP,      /* the stage has ended; after a step, this epoch's validation and CNN_EPOCH_END still come */
    CNN_INTERRUPT, /* leave at once, to go on another time: a training with a checkpoint saves it */
    CNN_FAIL       /* *error is filled */
};

struct cnn_callback {
    enum cnn_verdict (*call)(void *user, enum cnn_event event, struct cnn_training *training,
                             struct cnn_error *error);
    void *user;
    /* What the callback remembers from one event to another, plain data without pointers: kept in checkpoints, and put
     * back before CNN_RESUME. 0 bytes: nothing. */
    void *state;
    int64_t state_bytes;
};

/* What holds for all stages; CNN_OF_STAGE: what each of them says. */
enum { CNN_OF_STAGE = -1 };

/* What such a callback of the script is told otherwise; CNN_OF_STAGE, or NULL: nothing. */
struct cnn_callback_options {
    const char *monitor; /* a column of the log, "val_loss" */
    const char *mode;    /* "min" or "max" is better; NULL, with a monitor: as model->better has it */
    int64_t patience;
    double min_delta;
    double baseline; /* of EarlyStopping, as the next two; NAN: nothing */
    int64_t start_from_epoch;
    int restores_best;     /* 0, 1 */
    double factor, min_lr; /* of ReduceLROnPlateau, as the next */
    int64_t cooldown;
    const char *file;  /* of ModelCheckpoint, as the next, and the baseline */
    int64_t best_only; /* 0, 1 */
    int64_t save_freq; /* batches; 0: an epoch */
};
struct cnn_fit_options {
    int64_t epochs, batch_size;
    int64_t initial_epoch; /* of the epochs so many count as done, and are not trained */
    double learning_rate;
    int64_t steps_per_epoch, validation_steps; /* batches; 0: all */
    int64_t validation_freq;                   /* every so many epochs are validated; 0: each */
    bool no_callbacks;                         /* do not what the script's callbacks would */
    /* With a patience a stage whose script has no EarlyStopping, or whose callbacks are left out, gets one that looks at
     * val_loss, unless it is told otherwise. */
    struct cnn_callback_options early_stopping;
    struct cnn_callback_options plateau; /* ReduceLROnPlateau */
    /* With a file a stage whose script has no ModelCheckpoint, or whose callbacks are left out, gets one that saves after each
     * epoch, unless it is told otherwise. */
    struct cnn_callback_options model_checkpoint;
    int64_t n_class_weights; /* of a stage, whatever it says; CNN_OF_STAGE: its own */
    const double *class_weights;
    double validation_split;              /* [0, 1): without a validation set, this part of the last rows is one */
    int shuffle;                          /* 0, 1 */
    uint64_t seed;                        /* of shuffling and dropout */
    int threads;                          /* at most, and no more than 1024; 0: as many as OpenMP would use */
    const struct cnn_callback *callbacks; /* called in order */
    int n_callbacks;
    FILE *out;                /* where the script's callbacks say what they do; NULL: nowhere */
    const char *checkpoint;   /* file that keeps the training, written as cnn_weights_save() does; NULL: none */
    int64_t checkpoint_every; /* steps between two checkpoints; 0: one at the end of each epoch */
    bool resume;              /* go on from `checkpoint` where there is one; otherwise such a file is an error */
    const struct cnn_preprocessing
        *preprocessing; /* what the sets went through: kept in checkpoints; NULL: unknown */
};

/* What the script said, with no callbacks and no checkpoint: the numbers of its only stage, or CNN_OF_STAGE. */
struct cnn_fit_options cnn_fit_defaults(const struct cnn_model *model);

/* Trains `parameters` (model->parameter_floats) in place, through all stages. `validation` may be NULL. The last, partial
 * batch is kept. The result depends on neither threads nor callbacks that only look.
 *
 * With a checkpoint, this is saved at the end and at each CNN_INTERRUPT too. A training that was interrupted, killed or
 * cut off from power, and goes on from its checkpoint, ends with the same bits as one that never stopped, if the
 * callbacks' states are all that they remember. It must be told the same batch size, seed, learning rate, shuffling,
 * scale and data; epochs may be more. `parameters` are then overwritten with the checkpoint's.
 *
 * Fails when the loss or a parameter is no finite number any more; a checkpoint is not replaced then. After a failure
 * the contents of `parameters` are those of any step. */
bool cnn_fit(const struct cnn_model *model, const struct cnn_dataset *train, const struct cnn_dataset *validation,
             const struct cnn_fit_options *options, float *parameters, struct cnn_error *error);

/* The same in a program without files, a web page say: without a checkpoint, and without a ModelCheckpoint. What it takes of the
 * runtime is RUNTIME_MEMORY of the Makefile, which needs no system: memory, a clock, libm. */
bool cnn_fit_in_memory(const struct cnn_model *model, const struct cnn_dataset *train,
                       const struct cnn_dataset *validation, const struct cnn_fit_options *options,
                       float *parameters, struct cnn_error *error);

/* Where the training of a checkpoint stands. */
struct cnn_position {
    int stage;            /* from 0 */
    uint64_t step;        /* optimizer steps so far, of all stages */
    int64_t epoch, batch; /* epochs of the stage that have ended, and batches of the next one that are done */
    bool stopped;         /* by a CNN_STOP: the stage has ended, whatever the number of epochs */
};
/* Fails when the file is damaged or of another network. */
bool cnn_checkpoint_position(const struct cnn_model *model, const char *path, struct cnn_position *position,
                             struct cnn_error *error);

/* The columns of the log, model->n_columns numbers, over a set, in inference: first the mean loss, with what it gets for
 * parameters in the last stage, then the metrics. threads: as of struct cnn_fit_options. */
bool cnn_evaluate(const struct cnn_model *model, const struct cnn_dataset *set, const float *parameters,
                  int threads, double *columns, struct cnn_error *error);

/* Outputs of all rows of a batch: of each output batch->count * its count floats. */
bool cnn_predict(const struct cnn_model *model, const struct cnn_batch *batch, const float *parameters, int threads,
                 float *const *outputs, struct cnn_error *error);

/* ---- trainer.c: a training loop of one's own --------------------------------------------------------- */

/* Trains a model step by step, as Keras' train_on_batch. The parameters are the caller's. Several models of a script share
 * them: a trainer for each is given the same array, and changes what its own model trains. The optimizer's state is the
 * trainer's. What fit does beside the steps is the loop's business: class_weight (batch.weights does the same), callbacks, and
 * with use_ema to take the slot CNN_SLOT_AVERAGE for the parameters in the end. */
struct cnn_trainer {
    const struct cnn_model *model;
    const struct cnn_stage *stage; /* the last one of the script, whose optimizer it has */
    float *parameters;
    float *state;    /* of the optimizer: stage->state_floats; owned */
    void *workspace; /* owned; it grows when a batch needs more */
    double *sums;    /* of the step: model->n_sums; owned */
    int64_t workspace_bytes;
    int threads;           /* at most */
    struct cnn_pace *pace; /* how many of them a step takes, found while training; owned */
    uint64_t seed, step;   /* what is random in a step is keyed by the seed and the number of steps made before */
    double learning_rate;  /* of the next step: that of the script, unless it is set to another */
};

/* Begins with a fresh optimizer. threads: at most; 0: as many as OpenMP would use; the bits do not depend on it. */
bool cnn_trainer_open(struct cnn_trainer *trainer, const struct cnn_model *model, float *parameters, uint64_t seed,
                      int threads, struct cnn_error *error);
/* One step on the batch, whose arrays only have to be there during the call. The columns (NULL: nobody wants them) are
 * model->n_columns numbers: loss, what it gets for parameters included, and metrics of its samples, before the step. Fails,
 * and changes nothing, on a batch without samples, inputs or labels, and on a class that the output does not have; fails
 * after the step when the loss is no finite number. */
bool cnn_train_on_batch(struct cnn_trainer *trainer, const struct cnn_batch *batch, double *columns,
                        struct cnn_error *error);
/* Frees what the trainer owns; also after cnn_trainer_open() failed. */
void cnn_trainer_close(struct cnn_trainer *trainer);

/* ---- progress.c, history.c: two callbacks, given the struct above them ------------------------------ */

struct cnn_progress {
    FILE *out;
    bool terminal; /* Keras' bar, redrawn in place; otherwise its verbose=2 lines */
    double drawn;  /* seconds of the epoch when the bar was last drawn */
};
enum cnn_verdict cnn_progress_call(void *user, enum cnn_event event, struct cnn_training *training,
                                   struct cnn_error *error);
/* " - accuracy: 0.9312 - loss: 0.2214", by name as Keras sorts them; `validation` may be NULL. */
void cnn_logs_print(const struct cnn_model *model, const double *columns, const double *validation, FILE *out);

/* A CSV row an epoch: with several stages the stage (from 1), epoch (from 1, or behind initial_epoch), seconds, the columns,
 * and val_ ones when validating. */
struct cnn_history {
    FILE *file;       /* opened for writing by the caller, who closes it; emptied when training begins or resumes */
    const char *path; /* for messages */
};
enum cnn_verdict cnn_history_call(void *user, enum cnn_event event, struct cnn_training *training,
                                  struct cnn_error *error);

/* ---- program.c: a model as a command-line program -------------------------------------------------- */

/* Runs `argv`, which ends with NULL: train, evaluate, predict, info or bench. Returns the exit status: 0, 1 after an
 * error, 2 when the arguments are wrong, 130 or 143 when SIGINT or SIGTERM interrupted a training. Uses getopt_long,
 * and train handles these two signals, so not in two threads at once. */
int cnn_main(const struct cnn_model *model, int argc, char **argv);
/* The same, printing to the given streams. */
int cnn_program(const struct cnn_model *model, int argc, char **argv, FILE *out, FILE *err);

#ifdef __cplusplus
}
#endif

#endif
