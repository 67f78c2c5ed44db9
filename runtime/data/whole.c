/* whole.c -- inputs that are whole numbers, tokens say: what a file has becomes int32, or bytes, as the model takes them. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Beyond, not every whole number is a float. */
static const double EXACT_IN_FLOAT = 1 << 24;

static double value_of(const struct cnn_array *array, int64_t i)
{
    return array->element == CNN_INT32 ? (double)((const int32_t *)array->data)[i]
                                       : (double)cnn_array_value(array, i);
}

/* The numbers that the model takes. */
struct limits {
    double min, max;
    bool are_rows; /* of a table */
};

static struct limits limits_of(const struct cnn_model *model)
{
    if (model->inputs[0].element == CNN_BYTE)
        return (struct limits){0, 255, false};
    if (model->inputs[0].indices > 0)
        return (struct limits){0, (double)(model->inputs[0].indices - 1), true};
    return (struct limits){INT32_MIN, INT32_MAX, false};
}

static bool check(const struct cnn_model *model, const struct cnn_raw *raw, int64_t i, struct cnn_error *error)
{
    const struct limits limits = limits_of(model);
    const double value = value_of(&raw->inputs, i);
    const int64_t row = i / cnn_array_row(&raw->inputs);
    if (value != floor(value))
        return cnn_fail(error, "%s: row %" PRId64 " has %g, but the input of model %s is whole numbers",
                        raw->inputs_name, row, value, model->name);
    if (raw->inputs.element == CNN_FLOAT && fabs(value) >= EXACT_IN_FLOAT)
        return cnn_fail(error,
                        "%s: row %" PRId64
                        " has %.0f, which a float cannot tell from its neighbours: .npy files of integers can",
                        raw->inputs_name, row, value);
    if (value >= limits.min && value <= limits.max)
        return true;
    return cnn_fail(error, "%s: row %" PRId64 " has %.0f, but model %s takes whole numbers from %.0f to %.0f%s",
                    raw->inputs_name, row, value, model->name, limits.min, limits.max,
                    limits.are_rows ? ", the rows of its table (input_dim of an Embedding)" : "");
}

bool cnn_inputs_become_whole(const struct cnn_model *model, struct cnn_raw *raw, struct cnn_error *error)
{
    struct cnn_array *inputs = &raw->inputs;
    const int64_t count = cnn_array_row(inputs) * inputs->dim[0],
                  size = cnn_element_bytes(model->inputs[0].element);
    if (model->inputs[0].element == CNN_FLOAT)
        return true;
    for (int64_t i = 0; i < count; i++)
        if (!check(model, raw, i, error))
            return false;
    if (inputs->element == model->inputs[0].element)
        return true;
    void *whole = cnn_alloc(count * size, error);
    if (!whole)
        return false;
    for (int64_t i = 0; i < count; i++)
        if (model->inputs[0].element == CNN_BYTE)
            ((uint8_t *)whole)[i] = (uint8_t)value_of(inputs, i);
        else
            ((int32_t *)whole)[i] = (int32_t)value_of(inputs, i);
    cnn_array_free(inputs);
    inputs->data = whole;
    inputs->element = model->inputs[0].element;
    return true;
}
