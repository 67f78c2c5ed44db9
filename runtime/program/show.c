/* show.c -- what was predicted, in the terminal: the name of each sample, its picture, and what the model says of it. */
#include "program/program.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* ---- pictures ------------------------------------------------------------------------------------- */

/* Mean of the colour channels of each pixel. */
static void fill_grey(const float *values, const struct cnn_geometry *geometry, float *grey)
{
    int64_t pixels = geometry->rows * geometry->columns;
    int64_t colours = geometry->channels < 3 ? geometry->channels : 3;
    for (int64_t p = 0; p < pixels; p++) {
        grey[p] = 0;
        for (int64_t c = 0; c < colours; c++)
            grey[p] +=
                values[geometry->channels_first ? c * pixels + p : p * geometry->channels + c] / (float)colours;
    }
}

/* To [0, 1], if they are to fill it or leave it. */
static void stretch(int64_t count, bool fill, float *grey)
{
    float min = INFINITY, max = -INFINITY;
    for (int64_t i = 0; i < count; i++) {
        min = fminf(min, grey[i]);
        max = fmaxf(max, grey[i]);
    }
    for (int64_t i = 0; max > min && (fill || min < 0 || max > 1) && i < count; i++)
        grey[i] = (grey[i] - min) / (max - min);
}

static bool show_picture(const struct cnn_arguments *arguments, const struct cnn_geometry *geometry,
                         const float *values, bool fill, struct cnn_error *error)
{
    int64_t pixels = geometry->rows * geometry->columns;
    float *grey = cnn_alloc_floats(pixels, error);
    if (!grey)
        return false;
    fill_grey(values, geometry, grey);
    stretch(pixels, fill, grey);
    cnn_picture_print(geometry->rows, geometry->columns, grey,
                      arguments->terminal ? CNN_PICTURE_BLOCKS : CNN_PICTURE_ASCII, arguments->out);
    free(grey);
    return true;
}

/* Bytes are levels of grey; floats may be on any scale. */
static bool show_input(const struct cnn_predicted *predicted, int64_t row, struct cnn_error *error)
{
    const struct cnn_dataset *set = &predicted->set;
    struct cnn_geometry geometry;
    if (!cnn_geometry_of(predicted->arguments->model, &geometry))
        return true;
    float *values = cnn_alloc_floats(set->input_counts[0], error);
    bool bytes = set->input_elements[0] == CNN_BYTE;
    const struct cnn_array inputs = {.element = set->input_elements[0], .data = set->inputs[0]};
    for (int64_t i = 0; values && i < set->input_counts[0]; i++) {
        int64_t from = row * set->input_counts[0] + i;
        values[i] = cnn_array_value(&inputs, from) / (bytes ? 255.0f : 1.0f);
    }
    bool ok = values && show_picture(predicted->arguments, &geometry, values, !bytes, error);
    free(values);
    return ok;
}

/* Is what comes out a picture, of the size of the one that goes in? */
static bool is_picture(const struct cnn_model *model, const struct cnn_model_output *output,
                       struct cnn_geometry *geometry)
{
    struct cnn_geometry input;
    return cnn_geometry_of(model, &input) && cnn_geometry_of_shape(output->rank, output->dim, geometry) &&
           input.rows == geometry->rows && input.columns == geometry->columns;
}

/* ---- samples -------------------------------------------------------------------------------------- */

/* The class that a label means: itself, or the place of the largest of one-hot. */
static int64_t true_class(const struct cnn_model_output *output, const float *label)
{
    int64_t best = 0;
    if (output->label_count == 1)
        return (int64_t)label[0];
    for (int64_t i = 1; i < output->label_count; i++)
        best = label[i] > label[best] ? i : best;
    return best;
}

static void show_label(const struct cnn_predicted *predicted, int number, enum cnn_answer answer, int64_t row)
{
    const struct cnn_model_output *output = &predicted->arguments->model->outputs[number];
    FILE *out = predicted->arguments->out;
    if (!predicted->set.labels[number] || (answer != CNN_ANSWER_CLASS && output->label_count != 1))
        return;
    const float *label = predicted->set.labels[number] + row * output->label_count;
    const struct cnn_preprocessing *preprocessing = predicted->arguments->preprocessing;
    const char *class = preprocessing ? cnn_class_name(preprocessing, true_class(output, label)) : NULL;
    if (answer == CNN_ANSWER_VALUES)
        fprintf(out, ", label %g", (double)label[0]);
    else if (class)
        fprintf(out, ", label %s", class);
    else
        fprintf(out, ", label %" PRId64, true_class(output, label));
}

/* What output `number` says of a sample, beside the answers that it gives to all. */
static bool show_output(const struct cnn_predicted *predicted, int number, enum cnn_answer answer, int64_t row,
                        struct cnn_error *error)
{
    const struct cnn_arguments *arguments = predicted->arguments;
    const struct cnn_model *model = arguments->model;
    const struct cnn_model_output *output = &model->outputs[number];
    const float *numbers = predicted->outputs[number] + row * output->count;
    struct cnn_geometry geometry;
    if (model->n_outputs > 1) {
        fprintf(arguments->out, " %s", output->name);
        show_label(predicted, number, answer, row);
        putc('\n', arguments->out);
    }
    if (answer != CNN_ANSWER_CLASS && is_picture(model, output, &geometry))
        return show_picture(arguments, &geometry, numbers, false, error);
    cnn_answer_print(arguments, output, answer, numbers);
    return true;
}

bool cnn_predicted_show(const struct cnn_predicted *predicted, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = predicted->arguments;
    const struct cnn_model *model = arguments->model;
    const int outputs = model->n_outputs;
    enum cnn_answer answers[CNN_MAX_ARRAYS];
    for (int k = 0; k < outputs; k++)
        answers[k] = cnn_answer_of(model, k, predicted->outputs[k], predicted->set.count);
    for (int64_t row = 0; row < predicted->set.count; row++) {
        char name[CNN_PATH_SIZE];
        fputs(cnn_row_name(&predicted->names, row, name, sizeof name), arguments->out);
        if (outputs == 1)
            show_label(predicted, 0, answers[0], row);
        putc('\n', arguments->out);
        if (model->n_inputs == 1 && !show_input(predicted, row, error))
            return false;
        for (int k = 0; k < outputs; k++)
            if (!show_output(predicted, k, answers[k], row, error))
                return false;
    }
    return true;
}
