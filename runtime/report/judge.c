/* judge.c -- what a network says of a set, beside what is true. */
#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 2048 }; /* of more classes their pairs are too many */

/* ---- probabilities ------------------------------------------------------------------------------------ */

void cnn_probabilities(const struct cnn_model_output *output, const float *numbers, int64_t count, float *to)
{
    const struct cnn_probability probability = cnn_probability_of(output, numbers, count);
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)cnn_probability(&probability, numbers[i]);
}

static int64_t last_dim(const struct cnn_model_output *output)
{
    return output->rank > 0 ? output->dim[output->rank - 1] : 1;
}

int64_t cnn_label_class(const struct cnn_model_output *output, const float *labels, int64_t position)
{
    const int64_t classes = last_dim(output), positions = output->count / classes;
    if (output->label_count == positions) {
        float label = labels[position];
        bool counts = label >= 0 && label < (float)classes && !(output->ignores && label == output->ignored);
        return counts ? (int64_t)label : -1;
    }
    return cnn_largest(labels + position * classes, classes);
}

/* ---- what is judged ------------------------------------------------------------------------------------- */

/* The labels of an autoencoder are pixels, of which a look at some rows is enough. */
static bool are_yes_or_no(const struct cnn_model_output *output, const struct cnn_dataset *set, int k)
{
    const int64_t most = 1 << 16, count = set->count * output->label_count;
    for (int64_t i = 0; i < count && i < most; i++) {
        float label = set->labels[k][i];
        if (label != 0 && label != 1 && !(output->ignores && label == output->ignored))
            return false;
    }
    return true;
}

static enum cnn_judged kind_of(const struct cnn_model_output *output, const struct cnn_dataset *set, int k)
{
    const int64_t classes = last_dim(output);
    if (!set->labels[k] || !output->loss)
        return CNN_JUDGED_NOT;
    if (output->probabilities == CNN_PROBABILITIES_SOFTMAX && classes > 1 &&
        (output->label_count == output->count / classes || output->label_count == output->count))
        return CNN_JUDGED_CLASSES;
    if (output->label_count != output->count)
        return CNN_JUDGED_NOT;
    if (output->probabilities != CNN_PROBABILITIES_SIGMOID || !are_yes_or_no(output, set, k))
        return CNN_JUDGED_VALUES;
    return output->rank <= 1 && output->count > 1 ? CNN_JUDGED_LABELS : CNN_JUDGED_YES_NO;
}

static void *zeros(int64_t bytes, struct cnn_error *error)
{
    void *room = cnn_alloc(bytes, error);
    return room ? memset(room, 0, (size_t)bytes) : NULL;
}

static bool begin(struct cnn_judgement *judgement, const struct cnn_model_output *output,
                  const struct cnn_dataset *set, int k, struct cnn_error *error)
{
    *judgement = (struct cnn_judgement){
        .kind = kind_of(output, set, k), .worst.most = CNN_JUDGED_WORST, .unsure.most = CNN_JUDGED_UNSURE};
    const int64_t count = output->count;
    switch (judgement->kind) {
    case CNN_JUDGED_NOT: return true;
    case CNN_JUDGED_VALUES:
        judgement->is_pooled = output->rank > 1 || count > CNN_JUDGED_NUMBERS;
        judgement->numbers = judgement->is_pooled ? 1 : count;
        judgement->values = cnn_alloc_floats(2 * judgement->numbers * set->count, error);
        return judgement->values != NULL;
    case CNN_JUDGED_CLASSES: judgement->classes = last_dim(output); break;
    case CNN_JUDGED_YES_NO: judgement->classes = 2; break;
    case CNN_JUDGED_LABELS: judgement->classes = count; break;
    }
    judgement->positions = judgement->kind == CNN_JUDGED_YES_NO ? count : count / last_dim(output);
    if (judgement->classes > CLASSES_MAX)
        return true;
    int64_t pairs = judgement->classes * (judgement->kind == CNN_JUDGED_LABELS ? 4 : judgement->classes);
    judgement->pairs = zeros(pairs * (int64_t)sizeof *judgement->pairs, error);
    if (!judgement->pairs)
        return false;
    if (judgement->kind != CNN_JUDGED_LABELS && judgement->classes == 2)
        judgement->scores = zeros(2 * (int64_t)sizeof *judgement->scores, error);
    return judgement->scores || judgement->kind == CNN_JUDGED_LABELS || judgement->classes != 2;
}

/* ---- samples ---------------------------------------------------------------------------------------------- */

/* Of equal ones the first stays. */
static void rank(struct cnn_ranking *ranking, int64_t row, double badness)
{
    int at = ranking->count;
    while (at > 0 && ranking->badness[at - 1] < badness)
        at--;
    if (at >= ranking->most || !(badness > 0))
        return;
    int moved = (ranking->count < ranking->most ? ranking->count : ranking->most - 1) - at;
    memmove(ranking->row + at + 1, ranking->row + at, (size_t)moved * sizeof *ranking->row);
    memmove(ranking->badness + at + 1, ranking->badness + at, (size_t)moved * sizeof *ranking->badness);
    ranking->row[at] = row;
    ranking->badness[at] = badness;
    if (ranking->count < ranking->most)
        ranking->count++;
}

int cnn_judged_bin(float probability)
{
    const double most = 32, p = (double)probability;   /* beyond these log-odds all is one */
    double odds = p > 0 ? log(p) - log(1 - p) : -most; /* NaN: the least */
    double part = (fmin(fmax(odds, -most), most) + most) / (2 * most);
    int bin = (int)(part * CNN_JUDGED_BINS);
    return bin < CNN_JUDGED_BINS ? bin : CNN_JUDGED_BINS - 1;
}

static void count_score(struct cnn_judgement *judgement, bool truth, float probability)
{
    judgement->scores[truth][cnn_judged_bin(probability)]++;
}

/* Of one position, its probabilities are what ranks; of several, how many are wrong. */
static void judge_classes(struct cnn_judgement *judgement, const struct cnn_model_output *output, int64_t row,
                          const float *labels, const float *numbers, float *room)
{
    int64_t wrong = 0;
    for (int64_t p = 0; p < judgement->positions; p++) {
        int64_t true_class = cnn_label_class(output, labels, p);
        cnn_probabilities(output, numbers + p * judgement->classes, judgement->classes, room);
        int64_t said = cnn_largest(room, judgement->classes);
        if (true_class < 0)
            continue;
        if (judgement->pairs)
            judgement->pairs[true_class * judgement->classes + said]++;
        wrong += said != true_class;
        if (judgement->classes == 2)
            count_score(judgement, true_class == 1, room[1]);
        if (judgement->positions > 1)
            continue;
        rank(&judgement->worst, row, said != true_class ? (double)room[said] : 0);
        rank(&judgement->unsure, row, said == true_class ? 1 - (double)room[said] : 0);
    }
    if (judgement->positions > 1)
        rank(&judgement->worst, row, (double)wrong / (double)judgement->positions);
}

static void judge_yes_no(struct cnn_judgement *judgement, const struct cnn_model_output *output, int64_t row,
                         const float *labels, const float *numbers)
{
    int64_t wrong = 0;
    for (int64_t p = 0; p < judgement->positions; p++) {
        float probability;
        cnn_probabilities(output, numbers + p, 1, &probability);
        if ((output->ignores && labels[p] == output->ignored) || !(probability >= 0 && probability <= 1))
            continue;
        int truth = labels[p] > 0.5f, said = probability > 0.5f;
        judgement->pairs[2 * truth + said]++;
        count_score(judgement, truth, probability);
        wrong += truth != said;
        double sure = fabs((double)probability - 0.5) + 0.5;
        if (judgement->positions > 1)
            continue;
        rank(&judgement->worst, row, truth != said ? sure : 0);
        rank(&judgement->unsure, row, truth == said ? 1 - sure : 0);
    }
    if (judgement->positions > 1)
        rank(&judgement->worst, row, (double)wrong / (double)judgement->positions);
}

static void judge_labels(struct cnn_judgement *judgement, const struct cnn_model_output *output, int64_t row,
                         const float *labels, const float *numbers, float *room)
{
    double badness = 0;
    cnn_probabilities(output, numbers, judgement->classes, room);
    for (int64_t i = 0; i < judgement->classes; i++) {
        int64_t truth = labels[i] > 0.5f, said = room[i] > 0.5f;
        if (output->ignores && labels[i] == output->ignored)
            continue;
        if (judgement->pairs)
            judgement->pairs[4 * i + 2 * truth + said]++;
        badness += truth != said ? fabs((double)room[i] - (double)truth) : 0;
    }
    rank(&judgement->worst, row, badness);
}

static void add_error(struct cnn_errors *errors, double truth, double said)
{
    errors->count++;
    errors->absolute += fabs(said - truth);
    errors->squares += (said - truth) * (said - truth);
    errors->truth += truth;
    errors->truth_squares += truth * truth;
}

/* Of pooled numbers each row gives one to look at, another one each time. */
static void judge_values(struct cnn_judgement *judgement, const struct cnn_model_output *output, int64_t row,
                         const float *labels, const float *numbers)
{
    const int64_t stride = 7919; /* a prime: rows in turn look all over */
    double error = 0;
    float *to = judgement->values + 2 * judgement->numbers * row;
    for (int64_t i = 0; i < output->count; i++) {
        error += fabs((double)numbers[i] - (double)labels[i]);
        if (judgement->is_pooled || i < judgement->numbers)
            add_error(&judgement->errors[judgement->is_pooled ? 0 : i], (double)labels[i], (double)numbers[i]);
    }
    for (int64_t i = 0; i < judgement->numbers; i++) {
        int64_t from = judgement->is_pooled ? row * stride % output->count : i;
        to[2 * i] = labels[from];
        to[2 * i + 1] = numbers[from];
    }
    rank(&judgement->worst, row, error / (double)output->count);
}

bool cnn_judge(struct cnn_judgement *judgement, const struct cnn_model *model, int k, const struct cnn_dataset *set,
               int64_t first, int64_t count, const float *outputs, struct cnn_error *error)
{
    const struct cnn_model_output *output = &model->outputs[k];
    if (count == 0)
        return begin(judgement, output, set, k, error);
    float *room = cnn_alloc_floats(judgement->classes + 1, error);
    if (!room)
        return false;
    for (int64_t row = first; row < first + count && judgement->kind != CNN_JUDGED_NOT; row++) {
        const float *labels = set->labels[k] + row * output->label_count;
        const float *numbers = outputs + (row - first) * output->count;
        switch (judgement->kind) {
        case CNN_JUDGED_NOT: break;
        case CNN_JUDGED_CLASSES: judge_classes(judgement, output, row, labels, numbers, room); break;
        case CNN_JUDGED_YES_NO: judge_yes_no(judgement, output, row, labels, numbers); break;
        case CNN_JUDGED_LABELS: judge_labels(judgement, output, row, labels, numbers, room); break;
        case CNN_JUDGED_VALUES: judge_values(judgement, output, row, labels, numbers); break;
        }
    }
    judgement->rows = first + count;
    free(room);
    return true;
}

void cnn_judgement_free(struct cnn_judgement *judgement)
{
    free(judgement->pairs);
    free(judgement->scores);
    free(judgement->values);
}
