/* dataset.c -- samples and labels as a model wants them, from files of any format. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

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

static bool are_samples(const struct cnn_model_input *input, const struct cnn_array *array)
{
    return cnn_array_row(array) == input->count &&
           shapes_agree(array->rank - 1, array->dim + 1, input->rank, input->dim);
}

/* What is no set of samples, but an input as the network has it, is one sample: so it is where another tool's arrays have the
 * batch, or none, as the network's do. */
static void take_as_one(const struct cnn_model_input *input, struct cnn_array *array)
{
    bool same = array->rank == input->rank && array->rank < CNN_MAX_RANK && !are_samples(input, array);
    for (int i = 0; same && i < array->rank; i++)
        same = array->dim[i] == input->dim[i];
    if (!same)
        return;
    memmove(array->dim + 1, array->dim, (size_t)array->rank++ * sizeof *array->dim);
    array->dim[0] = 1;
}

static bool check_inputs(const struct cnn_model *model, const char *path, const struct cnn_array *array,
                         struct cnn_error *error)
{
    if (are_samples(&model->inputs[0], array))
        return true;
    char here[CNN_SHAPE_TEXT], wanted[CNN_SHAPE_TEXT];
    bool sequences = model->inputs[0].element == CNN_INT32 && model->inputs[0].rank == 1;
    return cnn_fail(
        error, "%s: its samples are %s, but the input of model %s is %s%s", path,
        cnn_shape_text(here, array->rank - 1, array->dim + 1), model->name,
        cnn_shape_text(wanted, model->inputs[0].rank, model->inputs[0].dim),
        sequences ? "; keras.utils.pad_sequences(x, maxlen) makes sequences that long before: it puts zeros in "
                    "front, or cuts off the front"
                  : "");
}

/* ---- arrays ------------------------------------------------------------------------------------------ */

static bool is_whole(const struct cnn_array_file *in) { return in->number.kind != CNN_NUMBER_REAL; }

static void keep_name(char name[1024], const struct cnn_array_file *in)
{
    snprintf(name, 1024, "%s", in->input.path);
}

static bool read_inputs(const struct cnn_model *model, const struct cnn_place *place, struct cnn_raw *raw,
                        struct cnn_error *error)
{
    struct cnn_array_file in;
    bool ok = cnn_array_file_open(&in, place->path, place->name, error);
    if (ok)
        take_as_one(&model->inputs[0], &in.array);
    ok = ok && check_inputs(model, in.input.path, &in.array, error);
    if (ok && model->inputs[0].element == CNN_INT32 && is_whole(&in) && in.array.element == CNN_FLOAT)
        in.array.element = CNN_INT32; /* a float would lose digits */
    if (ok && in.array.dim[0] == 0)
        ok = cnn_fail(error, "%s: has no samples", in.input.path);
    ok = ok && cnn_array_file_read(&in, &raw->inputs);
    raw->inputs_are_whole = is_whole(&in);
    keep_name(raw->inputs_name, &in);
    cnn_array_file_close(&in);
    return ok;
}

static bool read_labels(const struct cnn_model *model, const struct cnn_place *place, struct cnn_raw *raw,
                        struct cnn_error *error)
{
    struct cnn_array_file in;
    bool ok = cnn_array_file_open(&in, place->path, place->name, error);
    if (ok && raw->inputs.data && in.array.dim[0] != raw->inputs.dim[0])
        ok = cnn_fail(error, "%s has %" PRId64 " rows, but %s has %" PRId64, in.input.path, in.array.dim[0],
                      raw->inputs_name, raw->inputs.dim[0]);
    ok = ok && cnn_labels_check(model, in.input.path, &in.array, error) && cnn_array_file_read(&in, &raw->labels);
    raw->labels_are_whole = is_whole(&in);
    keep_name(raw->labels_name, &in);
    cnn_array_file_close(&in);
    return ok;
}

bool cnn_arrays_read(const struct cnn_model *model, const struct cnn_source *source,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    (void)preprocessing;
    return (!source->inputs.path || read_inputs(model, &source->inputs, raw, error)) &&
           (!source->labels.path || !model->outputs[0].loss || read_labels(model, &source->labels, raw, error));
}

/* ---- formats ------------------------------------------------------------------------------------------- */

static bool (*const readers[])(const struct cnn_model *model, const struct cnn_source *source,
                               struct cnn_preprocessing *preprocessing, struct cnn_raw *raw,
                               struct cnn_error *error) = {
#define FORMAT(id, kind, name, endings, magic, header, decode, read) read,
#include "data/format.def"
#undef FORMAT
};

/* A column that the user chose is one of a table. */
static bool check_choice(const char *path, const struct cnn_format *format,
                         const struct cnn_preprocessing *preprocessing, struct cnn_error *error)
{
    if (!preprocessing->label_is_chosen || cnn_format_is_text(format))
        return true;
    return cnn_fail(error, "%s: is %s, which has no columns: --label %s chooses one of a CSV file%s", path,
                    format->name, preprocessing->label,
                    format->kind == CNN_ARRAY     ? "; labels here are a file of their own"
                    : format->kind == CNN_ARCHIVE ? "; labels here are an array of their own"
                                                  : "");
}

/* ---- sets -------------------------------------------------------------------------------------------- */

/* Those that nobody looks at. */
static void forget_labels(struct cnn_raw *raw, struct cnn_preprocessing *preprocessing)
{
    cnn_array_free(&raw->labels);
    raw->words.count = 0;
    *preprocessing->labels_about = '\0';
}

bool cnn_raw_read(const struct cnn_model *model, const struct cnn_source *source,
                  struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    *raw = (struct cnn_raw){.is_picture = false};
    const struct cnn_format *format = cnn_format_of(source->inputs.path, error);
    if (!format || !check_choice(source->inputs.path, format, preprocessing, error))
        return false;
    snprintf(raw->inputs_name, sizeof raw->inputs_name, "%s", source->inputs.path);
    memcpy(raw->labels_name, raw->inputs_name, sizeof raw->labels_name);
    if (!readers[format->id](model, source, preprocessing, raw, error))
        return false;
    if (!cnn_needs_labels(model))
        forget_labels(raw, preprocessing);
    return cnn_labels_fit_output(model, raw, preprocessing, error);
}

bool cnn_dataset_read_as(const struct cnn_model *model, const char *images, const char *labels,
                         struct cnn_preprocessing *preprocessing, struct cnn_dataset *set, struct cnn_error *error)
{
    const struct cnn_source source = {{images, NULL}, {labels, NULL}, false};
    struct cnn_raw raw;
    *set = (struct cnn_dataset){.count = 0};
    bool ok = cnn_raw_read(model, &source, preprocessing, &raw, error) &&
              cnn_raws_finish(model, &raw, 1, preprocessing, set, error);
    cnn_raw_free(&raw);
    return ok;
}

bool cnn_dataset_read(const struct cnn_model *model, const char *images, const char *labels,
                      struct cnn_dataset *set, struct cnn_error *error)
{
    struct cnn_preprocessing preprocessing = {.n_classes = 0};
    bool ok = cnn_dataset_read_as(model, images, labels, &preprocessing, set, error);
    cnn_preprocessing_free(&preprocessing);
    return ok;
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
    uLong crc = 0;
    for (int i = 0; i < CNN_MAX_ARRAYS; i++)
        if (set->inputs[i])
            crc = add_to_crc(crc, set->inputs[i], set->count * set->input_counts[i],
                             (int)cnn_element_bytes(set->input_elements[i]));
    for (int i = 0; i < CNN_MAX_ARRAYS; i++)
        if (set->labels[i])
            crc = add_to_crc(crc, set->labels[i], set->count * set->label_counts[i], (int)sizeof(float));
    if (set->weights)
        crc = add_to_crc(crc, set->weights, set->count, (int)sizeof(float));
    return (uint32_t)crc;
}

void cnn_dataset_free(struct cnn_dataset *set)
{
    for (int i = 0; i < CNN_MAX_ARRAYS; i++) {
        cnn_unmap(set->inputs[i], set->map_offsets[i],
                  set->count * set->input_counts[i] * cnn_element_bytes(set->input_elements[i]));
        cnn_unmap(set->labels[i], set->label_map_offsets[i],
                  set->count * set->label_counts[i] * (int64_t)sizeof(float));
        set->map_offsets[i] = set->label_map_offsets[i] = 0;
        set->inputs[i] = NULL;
        set->labels[i] = NULL;
    }
    free(set->weights);
    set->weights = NULL;
    free(set->row_names);
    set->row_names = NULL;
}
