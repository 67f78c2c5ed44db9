/* answer.c -- what the outputs of a model say of a sample, in words: its class, a yes or no, or values. */
#include "program/program.h"

#include <inttypes.h>
#include <math.h>

enum { VALUES_MAX = 16, INDEX_SIZE = 256 }; /* lines of values; room for " 3 4" */

/* ---- what they are ---------------------------------------------------------------------------------- */

/* Are these the probabilities of classes? */
static bool are_probabilities(const float *outputs, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!(outputs[i] >= 0 && outputs[i] <= 1))
            return false;
        sum += (double)outputs[i];
    }
    return count > 1 && fabs(sum - 1) < 1e-3;
}

/* Do they stand along the last axis, which is the only one? Others are for each pixel or step. */
static bool is_one_row(const struct cnn_model_output *output)
{
    return output->rank == 0 || output->count == output->dim[output->rank - 1];
}

/* A loss of values trains classes too, given as one-hot: then all that a softmax made are probabilities. */
enum cnn_answer cnn_answer_of(const struct cnn_model *model, int k, const float *outputs, int64_t rows)
{
    const struct cnn_model_output *output = &model->outputs[k];
    int64_t count = output->count;
    const struct cnn_model one = cnn_model_part(model, k); /* with the input that belongs to it */
    switch (output->probabilities) {
    case CNN_PROBABILITIES_SOFTMAX: return CNN_ANSWER_CLASS;
    case CNN_PROBABILITIES_SIGMOID:
        if (count == 1)
            return CNN_ANSWER_YES_NO;
        return cnn_makes_samples(&one) || !is_one_row(output) ? CNN_ANSWER_VALUES : CNN_ANSWER_LABELS;
    case CNN_PROBABILITIES_NONE: break;
    }
    for (int64_t row = 0; row < rows; row++)
        if (output->rank != 1 || !are_probabilities(outputs + row * count, count))
            return CNN_ANSWER_VALUES;
    return CNN_ANSWER_CLASS;
}

/* The largest output that ranks behind `before` (-1: none does): equal ones rank by their index. */
static int64_t next_best(const float *outputs, int64_t count, int64_t before)
{
    int64_t best = -1;
    for (int64_t i = 0; i < count; i++) {
        bool behind = before < 0 || outputs[i] < outputs[before] || (i > before && outputs[i] == outputs[before]);
        if (behind && (best < 0 || outputs[i] > outputs[best]))
            best = i;
    }
    return best;
}

int64_t cnn_answer_class(const struct cnn_model_output *output, enum cnn_answer answer, const float *outputs)
{
    if (answer == CNN_ANSWER_CLASS)
        return next_best(outputs, output->count, -1);
    if (answer != CNN_ANSWER_YES_NO || isnan(outputs[0]))
        return -1;
    return outputs[0] > (output->from_logits ? 0 : 0.5f);
}

/* ---- printing --------------------------------------------------------------------------------------- */

/* A class by its name, where it has one. */
static void print_class(const struct cnn_arguments *arguments, int64_t class)
{
    const char *name = arguments->preprocessing ? cnn_class_name(arguments->preprocessing, class) : NULL;
    if (name)
        fprintf(arguments->out, "  %-16s  ", name);
    else
        fprintf(arguments->out, "  %4" PRId64 "  ", class);
}

static void print_probability(const struct cnn_arguments *arguments, int64_t class, double probability)
{
    print_class(arguments, class);
    fprintf(arguments->out, "%6.2f %%\n", 100 * probability);
}

static void print_classes(const struct cnn_arguments *arguments, const struct cnn_model_output *output,
                          enum cnn_answer answer, const float *outputs)
{
    int64_t count = output->count, best = -1;
    bool percent = answer == CNN_ANSWER_LABELS || output->from_logits || are_probabilities(outputs, count);
    struct cnn_probability probability = cnn_probability_of(output, outputs, output->count);
    for (int64_t i = 0; i < arguments->top && i < count; i++) {
        best = next_best(outputs, count, best);
        if (best < 0)
            break; /* what is left are no numbers */
        if (percent)
            print_probability(arguments, best, cnn_probability(&probability, outputs[best]));
        else {
            print_class(arguments, best);
            fprintf(arguments->out, "%g\n", (double)outputs[best]);
        }
    }
}

/* One output is the probability of class 1, and what it lacks that of class 0. */
static void print_yes_no(const struct cnn_arguments *arguments, const struct cnn_model_output *output,
                         const float *outputs)
{
    struct cnn_probability probability = cnn_probability_of(output, outputs, output->count);
    double one = cnn_probability(&probability, outputs[0]);
    if (!(one >= 0 && one <= 1)) {
        fprintf(arguments->out, "  %g\n", (double)outputs[0]);
        return;
    }
    int64_t likely = cnn_answer_class(output, CNN_ANSWER_YES_NO, outputs);
    for (int64_t i = 0; i < 2 && i < arguments->top; i++) {
        int64_t class = i ? 1 - likely : likely;
        print_probability(arguments, class, class ? one : 1 - one);
    }
}

const char *cnn_answer_index(const struct cnn_model_output *output, int64_t index, const char *separator,
                             char *text, size_t size)
{
    int64_t inner = output->count;
    size_t length = 0;
    *text = '\0';
    for (int i = 0; output->count > 1 && i < output->rank && length < size; i++) {
        inner /= output->dim[i];
        length +=
            (size_t)snprintf(text + length, size - length, "%s%" PRId64, separator, index / inner % output->dim[i]);
    }
    return text;
}

static void print_values(const struct cnn_arguments *arguments, const struct cnn_model_output *output,
                         const float *outputs)
{
    FILE *out = arguments->out;
    int64_t count = output->count;
    for (int64_t i = 0; i < count && i < VALUES_MAX; i++) {
        char index[INDEX_SIZE];
        fprintf(out, "  output%s  %g\n", cnn_answer_index(output, i, " ", index, sizeof index), (double)outputs[i]);
    }
    if (count > VALUES_MAX)
        fprintf(out, "  and %" PRId64 " more: --output FILE.csv writes all\n", count - VALUES_MAX);
}

void cnn_answer_print(const struct cnn_arguments *arguments, const struct cnn_model_output *output,
                      enum cnn_answer answer, const float *outputs)
{
    int64_t count = output->count, lost = 0;
    switch (answer) {
    case CNN_ANSWER_CLASS:
    case CNN_ANSWER_LABELS: print_classes(arguments, output, answer, outputs); break;
    case CNN_ANSWER_YES_NO: print_yes_no(arguments, output, outputs); break;
    case CNN_ANSWER_VALUES: print_values(arguments, output, outputs); break;
    }
    for (int64_t i = 0; i < count; i++)
        lost += isnan(outputs[i]);
    if (lost)
        fprintf(arguments->out, "  %" PRId64 " of %" PRId64 " outputs are no numbers (NaN)\n", lost, count);
}
