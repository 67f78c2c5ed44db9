/* adapt.c -- means and variances of the training data, as Normalization takes them over before the first epoch. */
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One mean or variance after the other, in double. */
struct statistics {
    const struct cnn_model *model;
    const struct cnn_dataset *set;
    const struct cnn_adaptation *adaptation;
    double *part, *sum, *mean; /* adaptation->count each */
};

/* What the network gets as number i of a row, as Normalization sees it. */
static double value_of(const struct statistics *s, int64_t row, int64_t i)
{
    const void *inputs = s->set->inputs[s->adaptation->input];
    const int64_t at = row * s->set->input_counts[s->adaptation->input] + i;
    double value = 0;
    switch (s->set->input_elements[s->adaptation->input]) {
    case CNN_FLOAT: value = (double)((const float *)inputs)[at]; break;
    case CNN_INT32: value = ((const int32_t *)inputs)[at]; break;
    case CNN_BYTE:
        value = (double)((float)((const uint8_t *)inputs)[at] *
                         (s->model->inputs[s->adaptation->input].rescales ? 1 : 1.0f / 255));
        break;
    }
    return s->adaptation->scale * value + s->adaptation->offset;
}

/* Of a row to s->part: the numbers, or the squares of their distances from s->mean. */
static void add_row(const struct statistics *s, int64_t row, bool squares)
{
    const struct cnn_adaptation *a = s->adaptation;
    for (int64_t i = 0; i < s->set->input_counts[s->adaptation->input]; i++) {
        const int64_t k = i / a->inner % a->count;
        const double x = value_of(s, row, i);
        s->part[k] += squares ? (x - s->mean[k]) * (x - s->mean[k]) : x;
    }
}

/* s->sum becomes the mean of what add_row() adds. Rows are summed in parts, so that rounding does not grow with them. */
static void average(const struct statistics *s, bool squares)
{
    enum { PART = 256 };
    const int64_t count = s->adaptation->count;
    memset(s->sum, 0, (size_t)count * sizeof *s->sum);
    for (int64_t first = 0; first < s->set->count; first += PART) {
        memset(s->part, 0, (size_t)count * sizeof *s->part);
        for (int64_t row = first; row < s->set->count && row < first + PART; row++)
            add_row(s, row, squares);
        for (int64_t k = 0; k < count; k++)
            s->sum[k] += s->part[k];
    }
    const int64_t of_each = s->set->input_counts[s->adaptation->input] / count; /* numbers of a row */
    const double numbers = (double)s->set->count * (double)of_each;
    for (int64_t k = 0; k < count; k++)
        s->sum[k] /= numbers;
}

static bool store(const struct statistics *s, float *to, struct cnn_error *error)
{
    for (int64_t k = 0; k < s->adaptation->count; k++) {
        to[k] = (float)s->sum[k];
        if (!isfinite(to[k]))
            return cnn_fail(error, "%s cannot be adapted to the data: they have no finite mean and variance",
                            s->adaptation->layer);
    }
    return true;
}

static bool adapt(struct statistics *s, float *parameters, struct cnn_error *error)
{
    average(s, false);
    memcpy(s->mean, s->sum, (size_t)s->adaptation->count * sizeof *s->mean);
    if (!store(s, parameters + s->adaptation->mean, error))
        return false;
    average(s, true);
    return store(s, parameters + s->adaptation->variance, error);
}

bool cnn_adapt(const struct cnn_model *model, const struct cnn_dataset *set, float *parameters,
               struct cnn_error *error)
{
    bool ok = model->n_adaptations == 0 || cnn_dataset_check(model, set, error);
    for (int i = 0; i < model->n_adaptations && ok; i++) {
        const struct cnn_adaptation *a = &model->adaptations[i];
        double *memory = cnn_alloc(3 * a->count * (int64_t)sizeof *memory, error);
        struct statistics s = {model, set, a, memory, memory + a->count, memory + 2 * a->count};
        ok = memory && adapt(&s, parameters, error);
        free(memory);
    }
    return ok;
}
