/* cnnrt.h -- the runtime that trains a network which cnnc generated.
 *
 * net.c exports one `const struct cnn_model`; everything here drives such a model and knows no network.
 * Arrays are row-major float32 unless said otherwise, counts are elements, sizes named _bytes are bytes.
 * Nothing here has global state; every function may run in several threads on different objects.
 * A function that can fail returns false and fills the struct cnn_error it was given.
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

#define CNN_ABI 1
enum { CNN_MAX_RANK = 6, CNN_MAX_METRICS = 8, CNN_MAX_SLOTS = 4 };

/* ---- what net.c exports ------------------------------------------------------------------------ */

enum cnn_initializer {
    CNN_INIT_CONSTANT,         /* a */
    CNN_INIT_UNIFORM,          /* [a, b) */
    CNN_INIT_NORMAL,           /* mean a, standard deviation b */
    CNN_INIT_TRUNCATED_NORMAL, /* the same, redrawn outside two standard deviations */
    CNN_INIT_ORTHOGONAL        /* gain a; rows = product of all dims but the last (Saxe et al. 2014) */
};

struct cnn_parameter {
    const char *name; /* "conv2d/kernel" */
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* Keras' layout: convolution (kh, kw, in, out), dense (in, out) */
    int64_t offset, count;     /* in the parameter array, floats */
    bool trainable;
    enum cnn_initializer initializer;
    double a, b;
};

struct cnn_layer {
    const char *name, *type;
    int rank;
    int64_t dim[CNN_MAX_RANK]; /* output shape of one sample */
    int64_t parameters, multiply_adds;
};

enum cnn_element { CNN_FLOAT, CNN_BYTE };

/* Some samples of a set. Sample i of the batch is row index[i] of the set (index NULL: row first + i).
 * Row r of the inputs starts at element r * input_count, of the labels at r * label_count. */
struct cnn_batch {
    const void *inputs;            /* float, or bytes that are scaled as they are loaded: */
    enum cnn_element input_element; /* bytes reach the network as x/255, or as x where it rescales itself */
    const float *labels;           /* a class index a sample, or label_count values; NULL for prediction */
    const uint32_t *index;
    int64_t first, count;
};

/* Sums over the samples of a batch, added in a fixed order. */
struct cnn_sums {
    double loss;
    double metric[CNN_MAX_METRICS];
};

/* One optimizer step. */
struct cnn_step {
    struct cnn_batch batch;
    float *parameters; /* model->parameter_floats, updated */
    float *state;      /* model->state_floats, updated: slot s of parameter p is at s*parameter_floats + p.offset */
    void *workspace;   /* model->train_bytes(batch.count, threads), 64-byte aligned, contents irrelevant */
    int threads;       /* at most; the bits do not depend on it */
    uint64_t seed;     /* of this training run: keys the dropout masks */
    uint64_t step;     /* steps made before this one */
    double learning_rate;
};

struct cnn_model {
    int abi;               /* CNN_ABI of the cnnc that wrote it */
    const char *name;      /* "mnist" */
    const char *generator; /* "cnnc 0.1.0, target avx512" */
    int input_rank, output_rank;
    int64_t input_dim[CNN_MAX_RANK], output_dim[CNN_MAX_RANK];
    int64_t input_count, output_count;
    int64_t label_count; /* 1 when label_is_class */
    bool label_is_class; /* otherwise a label is label_count floats; a class is given as one-hot */
    bool rescales;       /* bytes reach the first layer as 0..255, because it scales them itself */

    int n_layers, n_parameters;
    const struct cnn_layer *layers;
    const struct cnn_parameter *parameters; /* in the order of their offsets, trainable ones first */
    int64_t parameter_floats, trainable_floats;
    int64_t prepared_floats; /* parameters folded and packed for prediction */

    /* training, as the script's compile and fit say */
    const char *optimizer, *loss;
    int n_metrics, n_slots;
    const char *metrics[CNN_MAX_METRICS]; /* "accuracy" */
    const char *slots[CNN_MAX_SLOTS];     /* "momentum", "velocity": optimizer state arrays */
    double slot_initial[CNN_MAX_SLOTS];   /* what a fresh state array is filled with */
    int64_t state_floats;                 /* n_slots * parameter_floats */
    double learning_rate, validation_split;
    int64_t batch_size, epochs;
    bool shuffle;
    uint64_t seed; /* --seed given to cnnc, 0 otherwise */

    /* bytes of workspace */
    int64_t predict_bytes;                          /* predict: one sample */
    int64_t (*many_bytes)(int threads);             /* predict_many, evaluate */
    int64_t (*train_bytes)(int64_t batch, int threads);
    int (*threads)(void); /* how many OpenMP would use; 1 without OpenMP */

    /* Folds and packs parameters for prediction. `prepared`: prepared_floats, 64-byte aligned. */
    void (*prepare)(const float *parameters, float *prepared);
    void (*predict)(const float *prepared, void *workspace, const float *input, float *output);
    /* outputs: batch->count * output_count floats */
    void (*predict_many)(const struct cnn_batch *batch, const float *prepared, void *workspace, int threads,
                         float *outputs);
    /* Loss and metrics in inference; adds to *sums. */
    void (*evaluate)(const struct cnn_batch *batch, const float *prepared, void *workspace, int threads,
                     struct cnn_sums *sums);
    /* One step; adds the batch's loss (penalties included) and metrics, as they were before the update, to *sums. */
    void (*train_step)(const struct cnn_step *step, struct cnn_sums *sums);
};

