/* rows.c -- a set that lies in memory: whether it is one for a model, and its rows. */
#include "data/data.h"

#include <inttypes.h>

int64_t cnn_element_bytes(enum cnn_element element) { return element == CNN_BYTE ? 1 : (int64_t)sizeof(float); }

bool cnn_dataset_is_labelled(const struct cnn_model *model, const struct cnn_dataset *set)
{
    for (int i = 0; i < model->n_outputs; i++)
        if (model->outputs[i].loss && !set->labels[i])
            return false;
    return true;
}

bool cnn_dataset_check(const struct cnn_model *model, const struct cnn_dataset *set, struct cnn_error *error)
{
    if (!cnn_dataset_is_labelled(model, set))
        return cnn_fail(error, "the data set has no labels");
    if (set->count < 1)
        return cnn_fail(error, "the data set has no samples");
    for (int i = 0; i < model->n_inputs; i++)
        if (!set->inputs[i] || set->input_counts[i] != model->inputs[i].count)
            return cnn_fail(error, "the data set has %" PRId64 " inputs a sample, but model %s has %" PRId64 "%s%s",
                            set->input_counts[i], model->name, model->inputs[i].count,
                            model->n_inputs > 1 ? " at " : "", model->n_inputs > 1 ? model->inputs[i].name : "");
    for (int i = 0; i < model->n_outputs; i++)
        if (model->outputs[i].loss && set->label_counts[i] != model->outputs[i].label_count)
            return cnn_fail(error, "the data set has %" PRId64 " labels a sample, but model %s has %" PRId64 "%s%s",
                            set->label_counts[i], model->name, model->outputs[i].label_count,
                            model->n_outputs > 1 ? " at " : "", model->n_outputs > 1 ? model->outputs[i].name : "");
    return true;
}

struct cnn_dataset cnn_dataset_slice(const struct cnn_dataset *set, int64_t first, int64_t count)
{
    struct cnn_dataset slice = *set;
    slice.count = count;
    for (int i = 0; i < CNN_MAX_ARRAYS; i++) {
        int64_t bytes = set->input_counts[i] * cnn_element_bytes(set->input_elements[i]);
        slice.inputs[i] = set->inputs[i] ? (char *)set->inputs[i] + first * bytes : NULL;
        slice.labels[i] = set->labels[i] ? set->labels[i] + first * set->label_counts[i] : NULL;
    }
    slice.weights = set->weights ? set->weights + first : NULL;
    slice.row_names = set->row_names ? set->row_names + first : NULL;
    return slice;
}

struct cnn_batch cnn_dataset_batch(const struct cnn_dataset *set)
{
    struct cnn_batch batch = {.weights = set->weights, .count = set->count};
    for (int i = 0; i < CNN_MAX_ARRAYS; i++) {
        batch.inputs[i] = set->inputs[i];
        batch.input_elements[i] = set->input_elements[i];
        batch.labels[i] = set->labels[i];
    }
    return batch;
}
