/* dataset.c -- samples and labels as a model wants them, from arrays and tables. */
#define _POSIX_C_SOURCE 200809L
#include "data/data.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Elements of one row. */
static int64_t row_count(const struct cnn_array *array)
{
    int64_t count = 1;
    for (int i = 1; i < array->rank; i++)
        count *= array->dim[i];
    return count;
}

/* Drops the axes of length 1. */
static int squeeze(int rank, const int64_t *dim, int64_t out[CNN_MAX_RANK])
{
    int kept = 0;
    for (int i = 0; i < rank; i++)
        if (dim[i] != 1)
            out[kept++] = dim[i];
    return kept;
}

static bool shapes_agree(int a_rank, const int64_t *a_dim, int b_rank, const int64_t *b_dim)
{
    int64_t a[CNN_MAX_RANK], b[CNN_MAX_RANK];
    int a_kept = squeeze(a_rank, a_dim, a), b_kept = squeeze(b_rank, b_dim, b);
    if (a_kept <= 1 || b_kept <= 1) /* one of them is flat: the counts decide */
        return true;
    return a_kept == b_kept && memcmp(a, b, (size_t)a_kept * sizeof *a) == 0;
}

static bool check_inputs(const struct cnn_model *model, const char *path, const struct cnn_array *array,
                         struct cnn_error *error)
{
    if (row_count(array) == model->input_count &&
        shapes_agree(array->rank - 1, array->dim + 1, model->input_rank, model->input_dim))
        return true;
    char here[CNN_SHAPE_TEXT], wanted[CNN_SHAPE_TEXT];
    return cnn_fail(error, "%s: its samples are %s, but the input of model %s is %s", path,
                    cnn_shape_text(here, array->rank - 1, array->dim + 1), model->name,
                    cnn_shape_text(wanted, model->input_rank, model->input_dim));
}

static float value_of(const struct cnn_array *array, int64_t i)
{
    return array->element == CNN_BYTE ? (float)((const uint8_t *)array->data)[i] : ((const float *)array->data)[i];
}

/* One class a row, as it is or as one-hot. Those of a table, which names the line, have been looked at. */
static bool take_classes(const struct cnn_model *model, const char *path, const struct cnn_array *array,
                         float *labels, struct cnn_error *error)
{
    int64_t classes = cnn_label_classes(model);
    for (int64_t row = 0; row < array->dim[0]; row++) {
        float value = value_of(array, row);
        if (!cnn_is_class(value, classes))
            return cnn_fail(error, "%s: row %" PRId64 " has class %g, but model %s has classes 0 to %" PRId64, path,
                            row, (double)value, model->name, classes - 1);
        if (model->label_is_class)
            labels[row] = value;
        else
            labels[row * classes + (int64_t)value] = 1;
    }
    return true;
}

/* Is a label here a class, rather than values? */
static bool are_classes(const struct cnn_model *model, const struct cnn_array *array)
{
    return row_count(array) == 1 && cnn_label_classes(model) > 0;
}

/* Has a row as many labels as the model wants? The data need not be there yet. */
static bool check_labels(const struct cnn_model *model, const char *path, const struct cnn_array *array,
                         struct cnn_error *error)
{
    int64_t here = row_count(array);
    if (!are_classes(model, array) && (model->label_is_class || here != model->label_count))
        return cnn_fail(error, "%s: a row has %" PRId64 " labels, but model %s wants %" PRId64, path, here,
                        model->name, model->label_count);
    if (model->label_count > 0 && array->dim[0] > INT64_MAX / model->label_count)
        return cnn_fail(error, "%s: too many labels", path);
    return true;
}

/* Converts what the file holds into count * model->label_count floats; NULL after an error. */
static float *convert_labels(const struct cnn_model *model, const char *path, const struct cnn_array *array,
                             struct cnn_error *error)
{
    bool classes = are_classes(model, array);
    int64_t total = array->dim[0] * model->label_count;
    float *labels = cnn_alloc_floats(total, error);
    if (labels && classes && !take_classes(model, path, array, labels, error)) {
        free(labels);
        return NULL;
    }
    for (int64_t i = 0; labels && !classes && i < total; i++)
        labels[i] = value_of(array, i);
    return labels;
}

/* What the set has read of an array, for messages. */
static const char *path_of(const struct cnn_array_file *in) { return in->input.path; }

static bool read_labels(const struct cnn_model *model, const char *images, const struct cnn_place *place,
                        struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_array_file in;
    struct cnn_array array = {.rank = 0};
    bool ok = cnn_array_file_open(&in, place->path, place->name, error);
    if (ok && in.array.dim[0] != set->count)
        ok = cnn_fail(error, "%s has %" PRId64 " rows, but %s has %" PRId64, path_of(&in), in.array.dim[0], images,
                      set->count);
    if (ok && check_labels(model, path_of(&in), &in.array, error) && cnn_array_file_read(&in, &array))
        set->labels = convert_labels(model, path_of(&in), &array, error);
    cnn_array_free(&array);
    cnn_array_file_close(&in);
    return set->labels != NULL;
}

/* Moves what the array holds into the set. */
static void take_inputs(struct cnn_dataset *set, const struct cnn_array *array)
{
    set->inputs = array->data;
    set->input_element = array->element;
    set->count = array->dim[0];
}

static bool read_inputs(const struct cnn_model *model, const struct cnn_place *place, struct cnn_array_file *in,
                        struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_array array = {.rank = 0};
    bool ok = cnn_array_file_open(in, place->path, place->name, error) &&
              check_inputs(model, path_of(in), &in->array, error);
    if (ok && in->array.dim[0] == 0)
        ok = cnn_fail(error, "%s: has no samples", path_of(in));
    ok = ok && cnn_array_file_read(in, &array);
    if (ok)
        take_inputs(set, &array);
    return ok;
}

static bool read_table(const struct cnn_model *model, const char *path, struct cnn_dataset *set,
                       struct cnn_error *error)
{
    struct cnn_array inputs, labels;
    bool ok = cnn_csv_read(model, path, &inputs, &labels, error);
    if (ok)
        take_inputs(set, &inputs);
    if (ok && labels.data) {
        set->labels =
            check_labels(model, path, &labels, error) ? convert_labels(model, path, &labels, error) : NULL;
        ok = set->labels != NULL;
    }
    cnn_array_free(&labels);
    return ok;
}

bool cnn_dataset_read_places(const struct cnn_model *model, const struct cnn_place *inputs,
                             const struct cnn_place *labels, struct cnn_dataset *set, struct cnn_error *error)
{
    *set = (struct cnn_dataset){.input_count = model->input_count, .label_count = model->label_count};
    bool ok;
    if (cnn_csv_is(inputs->path) && !labels) {
        ok = read_table(model, inputs->path, set, error);
    } else {
        struct cnn_array_file in;
        ok = read_inputs(model, inputs, &in, set, error) &&
             (!labels || read_labels(model, path_of(&in), labels, set, error));
        cnn_array_file_close(&in);
    }
    if (!ok)
        cnn_dataset_free(set);
    return ok;
}

bool cnn_dataset_read(const struct cnn_model *model, const char *images, const char *labels,
                      struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_place inputs = {images, NULL}, classes = {labels, NULL};
    return cnn_dataset_read_places(model, &inputs, labels ? &classes : NULL, set, error);
}

bool cnn_dataset_check(const struct cnn_model *model, const struct cnn_dataset *set, struct cnn_error *error)
{
    if (set->count < 1 || !set->labels)
        return cnn_fail(error, "the data set has no %s", set->labels ? "samples" : "labels");
    if (set->input_count != model->input_count || set->label_count != model->label_count)
        return cnn_fail(error,
                        "the data set has %" PRId64 " inputs and %" PRId64
                        " labels a sample, but model %s has %" PRId64 " and %" PRId64,
                        set->input_count, set->label_count, model->name, model->input_count, model->label_count);
    return true;
}

static size_t element_bytes(const struct cnn_dataset *set)
{
    return set->input_element == CNN_BYTE ? 1 : sizeof(float);
}

/* Of the elements as a file would keep them, so that it is the same on any machine. */
static uLong add_to_crc(uLong crc, const void *elements, int64_t count, int size)
{
    const unsigned char *element = elements;
    while (count > 0) {
        unsigned char chunk[1 << 14];
        int64_t room = (int64_t)sizeof chunk / size, part = count < room ? count : room;
        cnn_encode(chunk, element, part, size);
        crc = crc32_z(crc, chunk, (size_t)(part * size));
        element += part * size;
        count -= part;
    }
    return crc;
}

uint32_t cnn_dataset_crc(const struct cnn_dataset *set)
{
    uLong crc = add_to_crc(0, set->inputs, set->count * set->input_count, (int)element_bytes(set));
    return (uint32_t)add_to_crc(crc, set->labels, set->count * set->label_count, (int)sizeof(float));
}

void cnn_dataset_free(struct cnn_dataset *set)
{
    free(set->inputs);
    free(set->labels);
    set->inputs = NULL;
    set->labels = NULL;
}

struct cnn_dataset cnn_dataset_slice(const struct cnn_dataset *set, int64_t first, int64_t count)
{
    struct cnn_dataset slice = *set;
    slice.count = count;
    slice.inputs = (char *)set->inputs + first * set->input_count * (int64_t)element_bytes(set);
    slice.labels = set->labels ? set->labels + first * set->label_count : NULL;
    return slice;
}

struct cnn_batch cnn_dataset_batch(const struct cnn_dataset *set)
{
    return (struct cnn_batch){
        .inputs = set->inputs, .input_element = set->input_element, .labels = set->labels, .count = set->count};
}
