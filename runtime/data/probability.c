/* probability.c -- what an output's numbers are as probabilities: as they are, or of logits. */
#include "data/data.h"

#include <math.h>

struct cnn_probability cnn_probability_of(const struct cnn_model_output *output, const float *numbers,
                                          int64_t count)
{
    if (!output->from_logits)
        return (struct cnn_probability){CNN_PROBABILITY_AS_IT_IS, 0, 1};
    if (output->probabilities != CNN_PROBABILITIES_SOFTMAX)
        return (struct cnn_probability){CNN_PROBABILITY_SIGMOID, 0, 1};
    double max = -INFINITY, sum = 0;
    for (int64_t i = 0; i < count; i++)
        max = fmax(max, (double)numbers[i]);
    for (int64_t i = 0; i < count; i++)
        sum += exp((double)numbers[i] - max);
    return (struct cnn_probability){CNN_PROBABILITY_SOFTMAX, max, 1 / sum};
}

double cnn_probability(const struct cnn_probability *probability, float number)
{
    switch (probability->kind) {
    case CNN_PROBABILITY_SOFTMAX: return exp((double)number - probability->shift) * probability->scale;
    case CNN_PROBABILITY_SIGMOID: return 1 / (1 + exp(-(double)number));
    case CNN_PROBABILITY_AS_IT_IS: break;
    }
    return (double)number;
}
