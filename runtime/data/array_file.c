/* array_file.c -- what the formats of arrays say of a file: which numbers it keeps, and its shape. */
#include "data/data.h"

#include <inttypes.h>
#include <string.h>

bool cnn_number_is_byte(const struct cnn_number *number)
{
    return number->kind == CNN_NUMBER_UNSIGNED && number->size == 1;
}

bool cnn_array_file_shape(struct cnn_array_file *in, int rank, const int64_t *dim)
{
    const int64_t limit = (int64_t)(SIZE_MAX / 16 < INT64_MAX / 16 ? SIZE_MAX / 16 : INT64_MAX / 16);
    int64_t count = 1; /* an axis of length 0 must not hide that the others are too long for anyone to multiply */
    in->array.rank = rank;
    in->count = 1;
    for (int i = 0; i < rank; i++) {
        in->array.dim[i] = dim[i];
        if (dim[i] > 0 && count > limit / dim[i])
            return cnn_fail(in->input.error, "%s: its header promises more data than fits in memory",
                            in->input.path);
        count *= dim[i] > 0 ? dim[i] : 1;
        in->count *= dim[i];
    }
    in->array.element = cnn_number_is_byte(&in->number) ? CNN_BYTE : CNN_FLOAT;
    return true;
}

int64_t cnn_array_row(const struct cnn_array *array)
{
    int64_t count = 1;
    for (int i = 1; i < array->rank; i++)
        count *= array->dim[i];
    return count;
}

bool cnn_array_allocate(struct cnn_array *array, struct cnn_error *error)
{
    const int64_t row = cnn_array_row(array) * cnn_element_bytes(array->element), rows = array->dim[0];
    const int64_t bytes = rows > 0 && row > INT64_MAX / rows ? -1 : rows * row;
    array->data = cnn_map_scratch(bytes, &array->map_offset);
    if (array->data)
        return true;
    array->map_offset = 0;
    array->data = cnn_alloc(bytes, error);
    if (array->data)
        memset(array->data, 0, (size_t)bytes);
    return array->data != NULL;
}

float cnn_array_value(const struct cnn_array *array, int64_t i)
{
    switch (array->element) {
    case CNN_BYTE: return (float)((const uint8_t *)array->data)[i];
    case CNN_INT32: return (float)((const int32_t *)array->data)[i];
    case CNN_FLOAT: break;
    }
    return ((const float *)array->data)[i];
}
