/* split.c -- of a training set that stands class by class, the last rows validate what was never trained. */
#include "train/train.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = 6, CLASSES_MAX = 10000 };

/* 0: a label is one number or several, none of which is a class. */
static int64_t count_classes(const struct cnn_model_output *output)
{
    bool is_yes = output->probabilities == CNN_PROBABILITIES_SIGMOID && output->label_count == 1;
    bool is_one = output->label_is_class || output->probabilities == CNN_PROBABILITIES_SOFTMAX;
    return is_yes || is_one ? cnn_sample_classes(output) : 0;
}

static void count(const struct cnn_model_output *output, const float *labels, int64_t rows, int64_t classes,
                  int64_t *counts)
{
    for (int64_t row = 0; row < rows; row++) {
        int64_t class = cnn_sample_class(output, labels + row * output->label_count);
        if (class >= 0 && class < classes)
            counts[class]++;
    }
}

/* Classes that `of` has no sample of, and `other` so many that about one would be among so many rows by chance. */
struct lack {
    const int64_t *of, *other;
    int64_t classes;
    double share; /* of rows of both that are in `of` */
};

static bool is_lacking(const struct lack *lack, int64_t class)
{
    return lack->of[class] == 0 && (double)lack->other[class] * lack->share >= 1;
}

/* "setosa, versicolor"; "": none lacks. */
static const char *list(const struct lack *lack, const struct cnn_preprocessing *preprocessing,
                        char text[CNN_ABOUT])
{
    size_t used = 0;
    int named = 0;
    *text = '\0';
    for (int64_t class = 0; class < lack->classes && named <= NAMED && used < CNN_ABOUT; class ++) {
        const char *name = preprocessing ? cnn_class_name(preprocessing, class) : NULL;
        const size_t room = CNN_ABOUT - used;
        if (!is_lacking(lack, class))
            continue;
        if (named++)
            used += (size_t)snprintf(text + used, room, named > NAMED ? ", ..." : ", ");
        if (named <= NAMED && used < CNN_ABOUT)
            used += name ? (size_t)snprintf(text + used, CNN_ABOUT - used, "%s", name)
                         : (size_t)snprintf(text + used, CNN_ABOUT - used, "%" PRId64, class);
    }
    cnn_make_printable(text);
    return text;
}

static void tell(const struct lack *validation, const struct lack *train, int64_t validated, int64_t rows,
                 const struct cnn_preprocessing *preprocessing, FILE *out)
{
    char unseen[CNN_ABOUT], untrained[CNN_ABOUT];
    list(validation, preprocessing, unseen);
    list(train, preprocessing, untrained);
    if (!*unseen && !*untrained)
        return;
    fprintf(out, "warning: the last %" PRId64 " of %" PRId64 " rows validate", validated, rows);
    if (*unseen)
        fprintf(out, ", and have no sample of class %s", unseen);
    if (*untrained)
        fprintf(out, "; the rows that train have none of class %s", untrained);
    fputs(": shuffle the rows of the data before, or validate on a set of its own (--validation-data)\n", out);
}

int64_t cnn_split_trained(int64_t count, double split) { return (int64_t)((double)count * (1.0 - split)); }

bool cnn_split_tell(const struct cnn_model *model, const struct cnn_dataset *train,
                    const struct cnn_dataset *validation, const struct cnn_preprocessing *preprocessing, FILE *out,
                    struct cnn_error *error)
{
    const int number = cnn_classified_output(model);
    const int64_t classes = number < 0 ? 0 : count_classes(&model->outputs[number]);
    const double rows = (double)(train->count + validation->count);
    if (!out || classes < 2 || classes > CLASSES_MAX)
        return true;
    int64_t *counts = cnn_alloc(2 * classes * (int64_t)sizeof *counts, error);
    if (!counts)
        return false;
    memset(counts, 0, (size_t)(2 * classes) * sizeof *counts);
    count(&model->outputs[number], train->labels[number], train->count, classes, counts);
    count(&model->outputs[number], validation->labels[number], validation->count, classes, counts + classes);
    const struct lack lacks[] = {{counts + classes, counts, classes, (double)validation->count / rows},
                                 {counts, counts + classes, classes, (double)train->count / rows}};
    tell(&lacks[0], &lacks[1], validation->count, train->count + validation->count, preprocessing, out);
    free(counts);
    return true;
}
