/* sample.c -- samples that have one class. */
#include "data/data.h"

#include <math.h>

int64_t cnn_output_classes(const struct cnn_model_output *output)
{
    if (!output->label_is_class)
        return output->label_count > 1 ? output->label_count : 0;
    return output->rank > 0 ? output->dim[output->rank - 1] : 1;
}

bool cnn_is_class(const struct cnn_model_output *output, float value, int64_t classes)
{
    if (output->ignores && value == output->ignored)
        return true;
    return value >= 0 && value < (float)classes && value == floorf(value);
}

int cnn_classified_output(const struct cnn_model *model)
{
    int number = -1;
    for (int i = 0; i < model->n_outputs; i++) {
        const struct cnn_model_output *output = &model->outputs[i];
        if (!output->loss)
            continue;
        if (number >= 0 || (output->label_is_class ? output->label_count != 1 : output->rank > 1))
            return -1;
        number = i;
    }
    return number;
}

int64_t cnn_sample_classes(const struct cnn_model_output *output)
{
    const bool is_one = !output->label_is_class && output->label_count == 1;
    return is_one && output->probabilities == CNN_PROBABILITIES_SIGMOID ? 2 : cnn_output_classes(output);
}

int64_t cnn_sample_class(const struct cnn_model_output *output, const float *label)
{
    static const float MAX = 1 << 24; /* beyond, not every class is a float */
    if (output->label_count == 1)
        return fabsf(label[0]) < MAX ? (int64_t)nearbyintf(label[0]) : -1;
    return cnn_largest(label, output->label_count);
}

int64_t cnn_largest(const float *numbers, int64_t count)
{
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++)
        best = numbers[i] > numbers[best] ? i : best;
    return best;
}
