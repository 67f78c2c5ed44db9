/* label.c -- what a model's labels can be: classes, probabilities, or any values. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t cnn_label_classes(const struct cnn_model *model) { return cnn_output_classes(&model->outputs[0]); }

bool cnn_needs_labels(const struct cnn_model *model)
{
    for (int i = 0; i < model->n_outputs; i++)
        if (model->outputs[i].loss)
            return true;
    return model->n_stages == 0;
}

bool cnn_label_is_probability(const struct cnn_model *model)
{
    const struct cnn_model_output *output = &model->outputs[0];
    return output->probabilities != CNN_PROBABILITIES_NONE && !output->label_is_class;
}

static bool is_probability(float value) { return value >= 0 && value <= 1; }

static void say_no_probability(const struct cnn_model *model, float value, char what[CNN_ABOUT])
{
    snprintf(what, CNN_ABOUT, "label %g, but %s, the loss of model %s, takes labels from 0 to 1", (double)value,
             model->outputs[0].loss, model->name);
}

bool cnn_label_fits(const struct cnn_model *model, float value, char what[CNN_ABOUT])
{
    int64_t classes = cnn_label_classes(model);
    if (classes > 0 && !cnn_is_class(&model->outputs[0], value, classes)) {
        snprintf(what, CNN_ABOUT, "class %g, but model %s has classes 0 to %" PRId64 "%s", (double)value,
                 model->name, classes - 1, value == (float)classes ? ": classes are counted from 0" : "");
        return false;
    }
    if (classes == 0 && cnn_label_is_probability(model) && !is_probability(value)) {
        say_no_probability(model, value, what);
        return false;
    }
    return true;
}

/* Is a label here a class, or one for each pixel or step, rather than values? */
static bool are_classes(const struct cnn_model *model, const struct cnn_array *labels)
{
    int64_t classes = model->outputs[0].label_is_class ? model->outputs[0].label_count : 1;
    return cnn_array_row(labels) == classes && cnn_label_classes(model) > 0;
}

/* Classes as they are, or one a row as one-hot. */
static bool take_classes(const struct cnn_model *model, const struct cnn_raw *raw, float *labels,
                         struct cnn_error *error)
{
    int64_t classes = cnn_label_classes(model), each = cnn_array_row(&raw->labels);
    char what[CNN_ABOUT];
    for (int64_t i = 0; i < raw->labels.dim[0] * each; i++) {
        float value = cnn_array_value(&raw->labels, i);
        if (!cnn_label_fits(model, value, what))
            return cnn_fail(error, "%s: row %" PRId64 " has %s", raw->labels_name, i / each, what);
        if (model->outputs[0].label_is_class)
            labels[i] = value;
        else
            labels[i * classes + (int64_t)value] = 1;
    }
    return true;
}

static bool take_values(const struct cnn_model *model, const struct cnn_raw *raw, enum cnn_scale scale,
                        float *labels, struct cnn_error *error)
{
    const float unit = scale == CNN_SCALE_PIXELS ? 1.0f / 255 : 1;
    char what[CNN_ABOUT];
    for (int64_t i = 0; i < raw->labels.dim[0] * model->outputs[0].label_count; i++) {
        labels[i] = cnn_array_value(&raw->labels, i) * unit;
        if (cnn_label_is_probability(model) && !is_probability(labels[i])) {
            say_no_probability(model, labels[i], what);
            return cnn_fail(error, "%s: row %" PRId64 " has %s%s", raw->labels_name,
                            i / model->outputs[0].label_count, what,
                            raw->labels_are_samples && scale != CNN_SCALE_PIXELS
                                ? "; --scale pixels divides samples and labels by 255"
                                : "");
        }
    }
    return true;
}

bool cnn_labels_check(const struct cnn_model *model, const char *path, const struct cnn_array *labels,
                      struct cnn_error *error)
{
    int64_t here = cnn_array_row(labels);
    if (!are_classes(model, labels) && (model->outputs[0].label_is_class || here != model->outputs[0].label_count))
        return cnn_fail(
            error, "%s: a row has %" PRId64 " %s, but model %s wants %" PRId64 "%s", path, here,
            here == 1 ? "label" : "labels", model->name, model->outputs[0].label_count,
            model->outputs[0].label_is_class && here == model->outputs[0].count
                ? ": the number of the class; of rows with a 1 at its place the loss is categorical_crossentropy"
                : "");
    if (model->outputs[0].label_count > 0 && labels->dim[0] > INT64_MAX / model->outputs[0].label_count)
        return cnn_fail(error, "%s: too many labels", path);
    return true;
}

/* Rows and columns, rather than a row of numbers. */
static bool is_picture(int rank, const int64_t *dim)
{
    int axes = 0;
    for (int i = 0; i < rank; i++)
        axes += dim[i] > 1;
    return axes > 1;
}

bool cnn_labels_are_pictures(const struct cnn_model *model, const struct cnn_array *labels)
{
    const struct cnn_model_output *output = &model->outputs[0];
    return !output->label_is_class && !are_classes(model, labels) && output->label_count > 1 &&
           (is_picture(output->rank, output->dim) || output->label_count == model->inputs[0].count);
}

/* Are there so few classes that most numbers of a row would never be the one? */
static bool are_few(const struct cnn_array *classes, int64_t count)
{
    float max = 0;
    for (int64_t i = 0; i < classes->dim[0]; i++)
        max = fmaxf(max, cnn_array_value(classes, i));
    return max + 1 < (float)count / 2;
}

/* Does a model make samples again, for which a class says nothing? A row of as many numbers may as well be of classes: it does
 * if the samples are pictures or the classes few, and its loss does not take the row for the scores of one class. */
static bool makes_samples(const struct cnn_model *model, const struct cnn_raw *raw)
{
    const struct cnn_model_input *input = &model->inputs[0];
    const struct cnn_model_output *output = &model->outputs[0];
    if (input->element != CNN_FLOAT || output->label_count != input->count)
        return false;
    return is_picture(output->rank, output->dim) ||
           (output->probabilities != CNN_PROBABILITIES_SOFTMAX &&
            (raw->is_picture || are_few(&raw->labels, input->count) || is_picture(input->rank, input->dim) ||
             is_picture(raw->inputs.rank - 1, raw->inputs.dim + 1)));
}

static bool take_samples(struct cnn_raw *raw, struct cnn_error *error)
{
    const struct cnn_array *inputs = &raw->inputs;
    int64_t bytes = inputs->dim[0] * cnn_array_row(inputs) * cnn_element_bytes(inputs->element);
    struct cnn_array labels = *inputs;
    if (!cnn_array_allocate(&labels, error))
        return false;
    memcpy(labels.data, inputs->data, (size_t)bytes);
    cnn_array_free(&raw->labels);
    raw->labels = labels;
    raw->labels_are_whole = raw->inputs_are_whole;
    raw->labels_are_samples = true;
    raw->words.count = 0;
    memcpy(raw->labels_name, raw->inputs_name, sizeof raw->labels_name);
    return true;
}

bool cnn_makes_samples(const struct cnn_model *model)
{
    const struct cnn_model_output *output = &model->outputs[0];
    return model->inputs[0].element == CNN_FLOAT && output->loss && !output->label_is_class &&
           output->label_count > 1 && output->label_count == model->inputs[0].count &&
           output->probabilities != CNN_PROBABILITIES_SOFTMAX;
}

bool cnn_samples_become_labels(struct cnn_raw *raw, struct cnn_preprocessing *preprocessing,
                               struct cnn_error *error)
{
    if (!*preprocessing->labels_about)
        snprintf(preprocessing->labels_about, CNN_ABOUT, "the %s themselves, for there are no others",
                 raw->is_picture ? "pictures" : "features");
    return take_samples(raw, error);
}

bool cnn_labels_fit_output(const struct cnn_model *model, struct cnn_raw *raw,
                           struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    const struct cnn_model_output *output = &model->outputs[0];
    char wanted[CNN_SHAPE_TEXT];
    if (!raw->inputs.data || !raw->labels.data || output->label_is_class || !are_classes(model, &raw->labels))
        return true;
    if (makes_samples(model, raw)) {
        snprintf(preprocessing->labels_about, CNN_ABOUT, "the %s themselves, not their classes",
                 raw->is_picture || is_picture(raw->inputs.rank - 1, raw->inputs.dim + 1) ? "pictures"
                                                                                          : "features");
        return take_samples(raw, error);
    }
    return !is_picture(output->rank, output->dim) ||
           cnn_fail(error, "%s: a row has one label, but the labels of model %s are %s, as its output is",
                    raw->labels_name, model->name, cnn_shape_text(wanted, output->rank, output->dim));
}

bool cnn_labels_convert(const struct cnn_model *model, struct cnn_raw *raw, enum cnn_scale scale,
                        struct cnn_error *error)
{
    struct cnn_array labels = {
        .rank = 2, .dim = {raw->labels.dim[0], model->outputs[0].label_count}, .element = CNN_FLOAT};
    bool ok = cnn_array_allocate(&labels, error) &&
              (are_classes(model, &raw->labels) ? take_classes(model, raw, labels.data, error)
                                                : take_values(model, raw, scale, labels.data, error));
    cnn_array_free(ok ? &raw->labels : &labels);
    if (ok)
        raw->labels = labels;
    return ok;
}
