/* scores.c -- the outputs of all samples in a file: a table with a row for each, or NumPy's array. */
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_SIZE = 256, CHUNK = 4096 };

/* ---- collecting ------------------------------------------------------------------------------------- */

static bool grow(void **list, int64_t count, int64_t size, struct cnn_error *error)
{
    void *grown = count > INT64_MAX / 2 / size || (uint64_t)(count * size) > SIZE_MAX
                      ? NULL
                      : realloc(*list, count ? (size_t)(count * size) : 1);
    if (!grown)
        return cnn_fail(error, "out of memory for the outputs");
    *list = grown;
    return true;
}

bool cnn_scores_add(struct cnn_scores *scores, const struct cnn_predicted *predicted, struct cnn_error *error)
{
    int64_t floats = scores->arguments->model->outputs[0].count, count = predicted->set.count;
    void *outputs = scores->outputs, *parts = scores->parts;
    bool ok = grow(&outputs, scores->rows + count, floats * (int64_t)sizeof(float), error);
    scores->outputs = outputs;
    ok = ok && grow(&parts, scores->n_parts + 1, sizeof *scores->parts, error);
    scores->parts = parts;
    if (!ok)
        return false;
    memcpy(scores->outputs + scores->rows * floats, predicted->outputs[0],
           (size_t)(count * floats) * sizeof *predicted->outputs[0]);
    scores->parts[scores->n_parts++] = (struct cnn_part){.names = predicted->names, .rows = count};
    scores->rows += count;
    return true;
}

void cnn_scores_own(struct cnn_scores *scores, struct cnn_dataset *set)
{
    scores->parts[scores->n_parts - 1].row_names = set->row_names;
    set->row_names = NULL;
}

void cnn_scores_free(struct cnn_scores *scores)
{
    for (int i = 0; i < scores->n_parts; i++)
        free(scores->parts[i].row_names);
    free(scores->outputs);
    free(scores->parts);
}

/* ---- a table ---------------------------------------------------------------------------------------- */

static void put(struct cnn_file *file, const char *text) { cnn_file_write(file, text, strlen(text)); }

/* A cell as RFC 4180 has it. */
static void put_text(struct cnn_file *file, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        put(file, text);
        return;
    }
    put(file, "\"");
    for (; *text; text++) {
        cnn_file_write(file, text, 1);
        if (*text == '"')
            put(file, "\"");
    }
    put(file, "\"");
}

static bool has_class(enum cnn_answer answer) { return answer == CNN_ANSWER_CLASS || answer == CNN_ANSWER_YES_NO; }

static void put_header(const struct cnn_scores *scores, enum cnn_answer answer, struct cnn_file *file)
{
    const struct cnn_model *model = scores->arguments->model;
    put(file, has_class(answer) ? "sample,class" : "sample");
    for (int64_t i = 0; i < model->outputs[0].count; i++) {
        char name[NAME_SIZE];
        put(file, answer == CNN_ANSWER_VALUES ? ",output" : ",score");
        put(file, cnn_answer_index(model, i, "_", name, sizeof name));
    }
    put(file, "\n");
}

/* Rows of one file are told by their number, all others by file and number. */
static void put_name(const struct cnn_scores *scores, const struct cnn_part *part, int64_t row,
                     struct cnn_file *file)
{
    char name[CNN_PATH_SIZE];
    if (scores->arguments->n_files == 1 && !part->names.pictures)
        snprintf(name, sizeof name, "%" PRId64, part->names.first + row);
    else
        cnn_row_name(&part->names, row, name, sizeof name);
    put_text(file, name);
}

/* A class by its name, where it has one; nothing where there is none. */
static void put_class(const struct cnn_arguments *arguments, int64_t class, struct cnn_file *file)
{
    char number[32];
    const char *name = arguments->preprocessing ? cnn_class_name(arguments->preprocessing, class) : NULL;
    snprintf(number, sizeof number, "%" PRId64, class);
    put(file, ",");
    if (class >= 0)
        put_text(file, name ? name : number);
}

static void put_outputs(const struct cnn_arguments *arguments, enum cnn_answer answer, const float *outputs,
                        struct cnn_file *file)
{
    const struct cnn_model *model = arguments->model;
    char number[64];
    if (has_class(answer))
        put_class(arguments, cnn_answer_class(model, answer, outputs), file);
    for (int64_t i = 0; i < model->outputs[0].count; i++) {
        snprintf(number, sizeof number, ",%.9g", (double)outputs[i]);
        put(file, number);
    }
    put(file, "\n");
}

static void write_csv(const struct cnn_scores *scores, struct cnn_file *file)
{
    const struct cnn_model *model = scores->arguments->model;
    enum cnn_answer answer = cnn_answer_of(model, scores->outputs, scores->rows);
    const float *outputs = scores->outputs;
    put_header(scores, answer, file);
    for (int i = 0; i < scores->n_parts; i++)
        for (int64_t row = 0; row < scores->parts[i].rows; row++) {
            put_name(scores, &scores->parts[i], row, file);
            put_outputs(scores->arguments, answer, outputs, file);
            outputs += model->outputs[0].count;
        }
}

/* ---- an array --------------------------------------------------------------------------------------- */

/* github.com/numpy/numpy, doc/neps/nep-0001-npy-format.rst: the dict is padded so that the data begin at a multiple of 64. */
static void write_npy_header(const struct cnn_scores *scores, struct cnn_file *file)
{
    const struct cnn_model *model = scores->arguments->model;
    enum { PREFIX = 10 };
    char text[NAME_SIZE];
    int length = snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%" PRId64 ",",
                          scores->rows);
    for (int i = 0; i < model->outputs[0].rank; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%" PRId64, i ? ", " : " ",
                           model->outputs[0].dim[i]);
    length += snprintf(text + length, sizeof text - (size_t)length, "), }");
    int padded = (PREFIX + length + 1 + 63) / 64 * 64 - PREFIX;
    const unsigned char prefix[PREFIX] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)(padded & 255), (unsigned char)(padded >> 8)};
    cnn_file_write(file, prefix, PREFIX);
    put(file, text);
    for (; length < padded - 1; length++)
        put(file, " ");
    put(file, "\n");
}

static void write_npy(const struct cnn_scores *scores, struct cnn_file *file)
{
    int64_t total = scores->rows * scores->arguments->model->outputs[0].count;
    write_npy_header(scores, file);
    for (int64_t done = 0; done < total; done += CHUNK) {
        unsigned char bytes[CHUNK * sizeof(float)];
        int64_t part = total - done < CHUNK ? total - done : CHUNK;
        cnn_encode(bytes, scores->outputs + done, part, sizeof(float));
        cnn_file_write(file, bytes, (size_t)part * sizeof(float));
    }
}

/* ---- formats ---------------------------------------------------------------------------------------- */

static const struct format {
    const char *suffix;
    void (*write)(const struct cnn_scores *scores, struct cnn_file *file);
} formats[] = {{".csv", write_csv}, {".npy", write_npy}};

static const struct format *find_format(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t suffix = strlen(formats[i].suffix);
        if (length > suffix && strcasecmp(path + length - suffix, formats[i].suffix) == 0)
            return &formats[i];
    }
    return NULL;
}

bool cnn_scores_format(const char *path, struct cnn_error *error)
{
    return find_format(path) || cnn_fail(error, "--output wants a name that ends in .csv or .npy, not '%s'", path);
}

bool cnn_scores_save(const struct cnn_scores *scores, struct cnn_error *error)
{
    const char *path = scores->arguments->output;
    const struct format *format = find_format(path);
    struct cnn_file file;
    if (!format)
        return cnn_scores_format(path, error);
    if (!cnn_file_begin(&file, path, error))
        return false;
    format->write(scores, &file);
    if (!cnn_file_commit(&file, error))
        return false;
    fprintf(scores->arguments->out, "Saved %s: %" PRId64 " sample%s\n", path, scores->rows,
            scores->rows == 1 ? "" : "s");
    return true;
}
