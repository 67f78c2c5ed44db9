/* report.h -- a training, or an evaluation, as one HTML file to look at: the page (page.html and what it names) around the data as
 * JSON, which its script draws. May use train/, data/ and file/; knows no command line, and prints nothing. */
#ifndef CNN_REPORT_H
#define CNN_REPORT_H

#include "../train/train.h"

/* ---- page.c, which the Makefile makes of the page's files ------------------------------------------------- */

/* The lines in front of the data, and those behind; NULL ends them. */
extern const char *const cnn_page_head[], *const cnn_page_tail[];

/* ---- put.c: JSON as an HTML file can hold it -------------------------------------------------------------- */

struct cnn_put {
    struct cnn_file *file;
    bool follows; /* something stands in the list or object in front of what comes */
    bool failed;  /* for want of memory: the file is not to be kept */
};

/* key NULL: in a list. Text of any bytes; none of it is taken for HTML. Numbers that are not finite are null. */
void cnn_put_open(struct cnn_put *json, const char *key, char bracket);
void cnn_put_close(struct cnn_put *json, char bracket);
void cnn_put_text(struct cnn_put *json, const char *key, const char *text); /* NULL: null */
void cnn_put_number(struct cnn_put *json, const char *key, double number);
void cnn_put_integer(struct cnn_put *json, const char *key, int64_t number);
void cnn_put_bool(struct cnn_put *json, const char *key, bool value);
void cnn_put_integers(struct cnn_put *json, const char *key, const int64_t *numbers, int64_t count);
void cnn_put_bytes(struct cnn_put *json, const char *key, const uint8_t *bytes, int64_t count); /* as base64 */

/* ---- report.c ------------------------------------------------------------------------------------------------ */

enum cnn_report_state { CNN_REPORT_RUNS, CNN_REPORT_ENDED, CNN_REPORT_INTERRUPTED, CNN_REPORT_EVALUATION };

/* What a report tells. The caller sets the first part; nothing of it is owned. */
struct cnn_report {
    const struct cnn_model *model;
    const char *path; /* of the file */
    char **words;     /* the command line, NULL at its end */
    uint64_t seed;
    int threads;
    const struct cnn_preprocessing *preprocessing; /* NULL: unknown */
    const struct cnn_dataset *train, *judged;      /* judged: what is predicted and compared; either may be NULL */
    const double *layer_seconds;                   /* of one sample's prediction; NULL: not measured */
    const char *judged_name;
    enum cnn_report_state state;
    /* What was seen of the training: a row for each epoch as of struct cnn_training, with its stage and learning rate. */
    double *history, *rates;
    int *stages;
    int64_t rows, row_numbers;
    double last_write, cost; /* when the file was written, and how long that took; seconds */
};

/* A callback, given a struct cnn_report: writes the file when an epoch has ended, unless that would take a tenth of the time. */
enum cnn_verdict cnn_report_call(void *user, enum cnn_event event, struct cnn_training *training,
                                 struct cnn_error *error);
/* Writes the file, which is replaced whole. */
bool cnn_report_write(struct cnn_report *report, const float *parameters, struct cnn_error *error);
void cnn_report_free(struct cnn_report *report);

/* ---- judge.c: what a network says of a set ------------------------------------------------------------------- */

enum cnn_judged {
    CNN_JUDGED_NOT,     /* there are no labels */
    CNN_JUDGED_CLASSES, /* of each position one class: a position is the sample, a step or a pixel */
    CNN_JUDGED_YES_NO,  /* of each position a yes or no */
    CNN_JUDGED_LABELS,  /* numbers that are a yes or no, each of its own */
    CNN_JUDGED_VALUES
};
enum { CNN_JUDGED_BINS = 8192, CNN_JUDGED_NUMBERS = 8, CNN_JUDGED_WORST = 24, CNN_JUDGED_UNSURE = 12 };

/* Samples by how bad they are, the worst first. */
struct cnn_ranking {
    int count, most;
    int64_t row[CNN_JUDGED_WORST];
    double badness[CNN_JUDGED_WORST];
};

/* Sums over what was compared, and over what is true. */
struct cnn_errors {
    double count, absolute, squares, truth, truth_squares;
};

struct cnn_judgement {
    enum cnn_judged kind;
    int64_t classes, positions; /* classes: also of yes or no, 2, and the labels' number */
    int64_t rows;               /* that were judged */
    int64_t *pairs; /* true x said, classes x classes; of LABELS by label: neither, said, true, both; owned */
    /* YES_NO, and of two classes the second: how many of either truth have a probability in each part of [0, 1]; owned. What is
     * sure, or rare, has probabilities close to its ends: parts are of equal log-odds. */
    int64_t (*scores)[CNN_JUDGED_BINS];
    /* VALUES: of the first numbers of each row, or of many numbers together (is_pooled), what is true and what was said: two
     * floats for each row, number by number; owned */
    int64_t numbers;
    bool is_pooled;
    float *values;
    struct cnn_errors errors[CNN_JUDGED_NUMBERS];
    struct cnn_ranking worst, unsure; /* wrong, and right but hardly */
};

/* Judges output k by what it was predicted for `count` rows of a set from row `first` on. Call it with count 0 first. */
bool cnn_judge(struct cnn_judgement *judgement, const struct cnn_model *model, int k, const struct cnn_dataset *set,
               int64_t first, int64_t count, const float *outputs, struct cnn_error *error);
void cnn_judgement_free(struct cnn_judgement *judgement);
/* The numbers of a position as probabilities: `count` of them to `to`. */
void cnn_probabilities(const struct cnn_model_output *output, const float *numbers, int64_t count, float *to);
/* The part of [0, 1] that a probability is in. */
int cnn_judged_bin(float probability);
/* The class that a label says at a position; -1: none that counts. */
int64_t cnn_label_class(const struct cnn_model_output *output, const float *labels, int64_t position);

/* ---- look.c: pictures of samples, layers and parameters -------------------------------------------------------- */

/* An array of rows x columns x channels as a picture of at most `most` rows and columns, each number a byte from low to high. */
struct cnn_look {
    int64_t rows, columns, channels; /* of the array */
    int64_t shown_rows, shown_columns, shown_channels;
    bool channels_first;
};
/* channels_first: says where the channels of three axes are. */
struct cnn_look cnn_look_of(int rank, const int64_t *dim, bool channels_first, int64_t most, int64_t most_channels);
int64_t cnn_look_bytes(const struct cnn_look *look);
/* Channels one after the other. NULL low: from the smallest to the largest of the numbers that are shown. */
void cnn_look_write(struct cnn_put *json, const struct cnn_look *look, const float *numbers, const float *range);

/* A list of the samples of these rows, and what every layer makes of the first `walks` of them. */
bool cnn_samples_write(struct cnn_put *json, const struct cnn_report *report, const float *parameters,
                       const int64_t *rows, int count, int walks, struct cnn_error *error);
/* Of all parameters what their numbers are like, and the first layer's filters. */
void cnn_parameters_write(struct cnn_put *json, const struct cnn_model *model, const float *parameters);

#endif
