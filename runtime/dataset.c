/* dataset.c -- samples and labels as a model wants them, from IDX files. */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* Elements of one row. */
static int64_t row_count(const struct cnn_idx *idx)
{
    int64_t count = 1;
    for (int i = 1; i < idx->rank; i++)
        count *= idx->dim[i];
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

static bool check_inputs(const struct cnn_model *model, const char *path, const struct cnn_idx *idx,
                         struct cnn_error *error)
{
    if (row_count(idx) == model->input_count &&
        shapes_agree(idx->rank - 1, idx->dim + 1, model->input_rank, model->input_dim))
        return true;
    char here[CNN_SHAPE_TEXT], wanted[CNN_SHAPE_TEXT];
    return cnn_fail(error, "%s: its samples are %s, but the input of model %s is %s", path,
                    cnn_shape_text(here, idx->rank - 1, idx->dim + 1), model->name,
                    cnn_shape_text(wanted, model->input_rank, model->input_dim));
}

static float value_of(const struct cnn_idx *idx, int64_t i)
{
    return idx->element == CNN_BYTE ? (float)((const uint8_t *)idx->data)[i] : ((const float *)idx->data)[i];
}

/* One class a row: an index below the number of classes, as it is or as one-hot. */
static bool take_classes(const struct cnn_model *model, const char *path, const struct cnn_idx *idx, float *labels,
                         struct cnn_error *error)
{
    int64_t classes = !model->label_is_class   ? model->label_count
                      : model->output_rank > 0 ? model->output_dim[model->output_rank - 1]
                                               : 1;
    for (int64_t row = 0; row < idx->dim[0]; row++) {
        float value = value_of(idx, row);
        if (!(value >= 0 && value < (float)classes) || value != floorf(value))
            return cnn_fail(error, "%s: row %" PRId64 " has class %g, but model %s has classes 0 to %" PRId64, path,
                            row, (double)value, model->name, classes - 1);
        if (model->label_is_class)
            labels[row] = value;
        else
            labels[row * classes + (int64_t)value] = 1;
    }
    return true;
}

/* Converts what the file holds into count * model->label_count floats; NULL after an error. */
static float *convert_labels(const struct cnn_model *model, const char *path, const struct cnn_idx *idx,
                             struct cnn_error *error)
{
    int64_t here = row_count(idx);
    bool classes = here == 1 && (model->label_is_class || model->label_count > 1);
    if (!classes && (model->label_is_class || here != model->label_count)) {
        cnn_fail(error, "%s: a row has %" PRId64 " labels, but model %s wants %" PRId64, path, here, model->name,
                 model->label_count);
        return NULL;
    }
    if (model->label_count > 0 && idx->dim[0] > INT64_MAX / model->label_count) {
        cnn_fail(error, "%s: too many labels", path);
        return NULL;
    }
    int64_t total = idx->dim[0] * model->label_count;
    float *labels = cnn_alloc_floats(total, error);
    if (labels && classes && !take_classes(model, path, idx, labels, error)) {
        free(labels);
        return NULL;
    }
    for (int64_t i = 0; labels && !classes && i < total; i++)
        labels[i] = value_of(idx, i);
    return labels;
}

static bool read_labels(const struct cnn_model *model, const char *images, const char *path,
                        struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_idx idx;
    if (!cnn_idx_read(path, &idx, error))
        return false;
    if (idx.dim[0] != set->count)
        cnn_fail(error, "%s has %" PRId64 " rows, but %s has %" PRId64, path, idx.dim[0], images, set->count);
    else
        set->labels = convert_labels(model, path, &idx, error);
    cnn_idx_free(&idx);
    return set->labels != NULL;
}

bool cnn_dataset_read(const struct cnn_model *model, const char *images, const char *labels,
                      struct cnn_dataset *set, struct cnn_error *error)
{
    *set = (struct cnn_dataset){.input_count = model->input_count, .label_count = model->label_count};
    struct cnn_idx idx;
    if (!cnn_idx_read(images, &idx, error))
        return false;
    set->inputs = idx.data;
    set->input_element = idx.element;
    set->count = idx.dim[0];
    bool ok = check_inputs(model, images, &idx, error);
    if (ok && set->count == 0)
        ok = cnn_fail(error, "%s: has no samples", images);
    if (ok && labels)
        ok = read_labels(model, images, labels, set, error);
    if (!ok)
        cnn_dataset_free(set);
    return ok;
}

enum { PATH_SIZE = 4096 };

/* One that cannot be looked at counts as there: reading it tells why, where its absence would go unnoticed. */
static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* Looks for FOLDER/PREFIX-KIND-idxR-TYPE[.gz]. */
static bool find_file(const char *folder, const char *prefix, const char *kind, const char *ranks,
                      char path[PATH_SIZE])
{
    static const char *const types[] = {"ubyte", "float"};
    static const char *const suffixes[] = {"", ".gz"};
    for (const char *rank = ranks; *rank; rank++)
        for (int i = 0; i < 4; i++) {
            int length = snprintf(path, PATH_SIZE, "%s/%s-%s-idx%c-%s%s", folder, prefix, kind, *rank, types[i / 2],
                                  suffixes[i % 2]);
            if (length < PATH_SIZE && is_there(path))
                return true;
        }
    return false;
}

static bool find_images(const char *folder, const char *prefix, char path[PATH_SIZE])
{
    return find_file(folder, prefix, "images", "342", path); /* grey, colour, flat */
}

bool cnn_dataset_exists(const char *folder, const char *prefix)
{
    char path[PATH_SIZE];
    return find_images(folder, prefix, path);
}

bool cnn_dataset_open(const struct cnn_model *model, const char *folder, const char *prefix,
                      struct cnn_dataset *set, struct cnn_error *error)
{
    char images[PATH_SIZE], labels[PATH_SIZE];
    struct stat status;
    if (stat(folder, &status) != 0)
        return cnn_fail(error, "%s: %s", folder, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return cnn_fail(error, "%s: is not a folder; it should hold %s-images-idx3-ubyte and the like", folder,
                        prefix);
    if (!find_images(folder, prefix, images))
        return cnn_fail(error, "%s: has no %s-images-idx3-ubyte or %s-images-idx3-ubyte.gz", folder, prefix,
                        prefix);
    if (!find_file(folder, prefix, "labels", "1234", labels))
        return cnn_fail(error, "%s: has no %s-labels-idx1-ubyte or %s-labels-idx1-ubyte.gz", folder, prefix,
                        prefix);
    return cnn_dataset_read(model, images, labels, set, error);
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

uint32_t cnn_dataset_crc(const struct cnn_dataset *set)
{
    size_t count = (size_t)set->count;
    uLong crc = crc32_z(0, set->inputs, count * (size_t)set->input_count * element_bytes(set));
    return (uint32_t)crc32_z(crc, (const void *)set->labels, count * (size_t)set->label_count * sizeof(float));
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
