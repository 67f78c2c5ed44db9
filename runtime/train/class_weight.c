/* class_weight.c -- Keras' class_weight: the loss of a training sample is multiplied by the weight of its class. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>

/* What the options say for all stages, or a stage for itself. */
struct weights {
    const double *weight;
    int64_t count; /* further classes count 1 */
};

static struct weights weights_of(const struct cnn_fit_options *options, const struct cnn_stage *stage)
{
    if (options->n_class_weights != CNN_OF_STAGE)
        return (struct weights){options->class_weights, options->n_class_weights};
    return (struct weights){stage->class_weights, stage->n_class_weights};
}

bool cnn_class_weights_fit(const struct cnn_model *model, int64_t count, struct cnn_error *error)
{
    const int number = cnn_classified_output(model);
    if (count == 0)
        return true;
    if (number < 0)
        return cnn_fail(error,
                        "weights of classes (--class-weight) are for models with one output and one label for "
                        "each sample: weights of samples (--sample-weight FILE) do the same");
    const int64_t classes = cnn_sample_classes(&model->outputs[number]);
    return classes == 0 || count <= classes ||
           cnn_fail(error,
                    "class %" PRId64 " has a weight (--class-weight), but model %s has classes 0 to %" PRId64 "%s",
                    count - 1, model->name, classes - 1,
                    count == classes + 1 ? ": classes are counted from 0" : "");
}

bool cnn_class_weights_check(const struct cnn_model *model, const struct cnn_fit_options *options,
                             struct cnn_error *error)
{
    const int64_t count = options->n_class_weights;
    if (count == CNN_OF_STAGE) {
        bool any = cnn_class_weights_any(model, options);
        return cnn_class_weights_fit(model, any ? 1 : 0, error);
    }
    if (count < 0 || (count > 0 && !options->class_weights))
        return cnn_fail(error, "%" PRId64 " weights of classes are impossible%s", count,
                        count > 0 ? " without an array of them" : "");
    for (int64_t i = 0; i < count; i++)
        if (!(options->class_weights[i] >= 0 && isfinite(options->class_weights[i])))
            return cnn_fail(error, "the weight of class %" PRId64 " is no finite number of at least 0", i);
    return cnn_class_weights_fit(model, count, error);
}

bool cnn_class_weights_any(const struct cnn_model *model, const struct cnn_fit_options *options)
{
    for (int i = 0; i < model->n_stages; i++)
        if (weights_of(options, &model->stages[i]).count > 0)
            return true;
    return false;
}

uint64_t cnn_class_weights_hash(const struct cnn_model *model, const struct cnn_fit_options *options)
{
    uint64_t hash = CNN_HASH_BEGIN;
    for (int i = 0; i < model->n_stages; i++) {
        struct weights weights = weights_of(options, &model->stages[i]);
        while (weights.count > 0 && weights.weight[weights.count - 1] == 1)
            weights.count--; /* as if it were not said */
        cnn_hash_number(&hash, weights.count);
        for (int64_t c = 0; c < weights.count; c++)
            cnn_hash_real(&hash, weights.weight[c]);
    }
    return hash;
}

void cnn_class_weights_apply(const struct cnn_model *model, const struct cnn_fit_options *options, int stage,
                             struct cnn_dataset *set, float *room)
{
    const struct weights weights = weights_of(options, &model->stages[stage]);
    const int number = cnn_classified_output(model);
    if (weights.count == 0 || number < 0)
        return;
    const struct cnn_model_output *output = &model->outputs[number];
    for (int64_t row = 0; row < set->count; row++) {
        const int64_t class = cnn_sample_class(output, set->labels[number] + row * output->label_count);
        const double weight = class >= 0 && class < weights.count ? weights.weight[class] : 1;
        room[row] = (float)weight * (set->weights ? set->weights[row] : 1.0f);
    }
    set->weights = room;
}
