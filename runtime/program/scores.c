/* scores.c -- the outputs of all samples in files: a table with a row for each, or NumPy's arrays. */
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_SIZE = 512 };

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

static bool add_outputs(struct cnn_scores *scores, const struct cnn_predicted *predicted, int output,
                        struct cnn_error *error)
{
    const int64_t floats = scores->arguments->model->outputs[output].count, count = predicted->set.count;
    void *outputs = scores->outputs[output];
    bool ok = grow(&outputs, scores->rows + count, floats * (int64_t)sizeof(float), error);
    scores->outputs[output] = outputs;
    if (ok)
        memcpy(scores->outputs[output] + scores->rows * floats, predicted->outputs[output],
               (size_t)(count * floats) * sizeof(float));
    return ok;
}

bool cnn_scores_add(struct cnn_scores *scores, const struct cnn_predicted *predicted, struct cnn_error *error)
{
    void *parts = scores->parts;
    bool ok = grow(&parts, scores->n_parts + 1, sizeof *scores->parts, error);
    scores->parts = parts;
    for (int i = 0; i < scores->arguments->model->n_outputs && ok; i++)
        ok = add_outputs(scores, predicted, i, error);
    if (!ok)
        return false;
    scores->parts[scores->n_parts++] = (struct cnn_part){.names = predicted->names, .rows = predicted->set.count};
    scores->rows += predicted->set.count;
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
    for (int i = 0; i < CNN_MAX_ARRAYS; i++)
        free(scores->outputs[i]);
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

/* The columns of an output; of several each begins with the output's name. */
static void put_header(const struct cnn_scores *scores, int output, enum cnn_answer answer, struct cnn_file *file)
{
    const struct cnn_model *model = scores->arguments->model;
    const struct cnn_model_output *of_model = &model->outputs[output];
    char name[NAME_SIZE], of[NAME_SIZE] = ",";
    if (model->n_outputs > 1)
        snprintf(of, sizeof of, ",%s_", of_model->name);
    if (has_class(answer)) {
        put(file, of);
        put(file, "class");
    }
    for (int64_t i = 0; i < of_model->count; i++) {
        put(file, of);
        put(file, answer == CNN_ANSWER_VALUES ? "output" : "score");
        put(file, cnn_answer_index(of_model, i, "_", name, sizeof name));
    }
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

static void put_outputs(const struct cnn_arguments *arguments, const struct cnn_model_output *output,
                        enum cnn_answer answer, const float *outputs, struct cnn_file *file)
{
    char number[64];
    if (has_class(answer))
        put_class(arguments, cnn_answer_class(output, answer, outputs), file);
    for (int64_t i = 0; i < output->count; i++) {
        snprintf(number, sizeof number, ",%.9g", (double)outputs[i]);
        put(file, number);
    }
}

/* A table of the outputs from `first` to the one before `end`. */
static void write_csv(const struct cnn_scores *scores, int first, int end, struct cnn_file *file)
{
    const struct cnn_model *model = scores->arguments->model;
    enum cnn_answer answers[CNN_MAX_ARRAYS];
    int64_t sample = 0;
    put(file, "sample");
    for (int k = first; k < end; k++) {
        answers[k] = cnn_answer_of(model, k, scores->outputs[k], scores->rows);
        put_header(scores, k, answers[k], file);
    }
    put(file, "\n");
    for (int i = 0; i < scores->n_parts; i++)
        for (int64_t row = 0; row < scores->parts[i].rows; row++, sample++) {
            put_name(scores, &scores->parts[i], row, file);
            for (int k = first; k < end; k++)
                put_outputs(scores->arguments, &model->outputs[k], answers[k],
                            scores->outputs[k] + sample * model->outputs[k].count, file);
            put(file, "\n");
        }
}

/* ---- formats ---------------------------------------------------------------------------------------- */

static const struct format {
    const char *suffix;
    bool takes_several; /* outputs */
    void (*write)(const struct cnn_scores *scores, int first, int end, struct cnn_file *file);
    /* Whether they fit into one; NULL: always */
    bool (*fit)(const struct cnn_scores *scores, int first, int end, const char *path, struct cnn_error *error);
} formats[] = {{".csv", true, write_csv, NULL},
               {".npy", false, cnn_scores_write_npy, NULL},
               {".npz", true, cnn_scores_write_npz, cnn_scores_fit_npz}};

static const struct format *find_format(const char *path, struct cnn_error *error)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t suffix = strlen(formats[i].suffix);
        if (length > suffix && strcasecmp(path + length - suffix, formats[i].suffix) == 0)
            return &formats[i];
    }
    cnn_fail(error, "--output wants a name that ends in .csv, .npy or .npz, not '%s'", path);
    return NULL;
}

static bool check_format(const char *path, int outputs, struct cnn_error *error)
{
    const struct format *format = find_format(path, error);
    if (!format)
        return false;
    return outputs == 1 || format->takes_several ||
           cnn_fail(
               error,
               "%s: an .npy file holds one array, and there are %d outputs: write an .npz, or --output NAME=%s",
               path, outputs, path);
}

bool cnn_scores_check(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const int outputs = arguments->model->n_outputs;
    if (arguments->output && !check_format(arguments->output, outputs, error))
        return false;
    for (int i = 0; i < outputs; i++)
        if (arguments->output_files[i] && !check_format(arguments->output_files[i], 1, error))
            return false;
    return true;
}

bool cnn_scores_wanted(const struct cnn_arguments *arguments)
{
    bool wanted = arguments->output != NULL;
    for (int i = 0; i < arguments->model->n_outputs; i++)
        wanted |= arguments->output_files[i] != NULL;
    return wanted;
}

static bool save(const struct cnn_scores *scores, const char *path, int first, int end, struct cnn_error *error)
{
    const struct format *format = find_format(path, error);
    struct cnn_file file;
    if (!format || (format->fit && !format->fit(scores, first, end, path, error)))
        return false;
    if (!cnn_file_begin(&file, path, error))
        return false;
    format->write(scores, first, end, &file);
    if (!cnn_file_commit(&file, error))
        return false;
    fprintf(scores->arguments->out, "Saved %s: %" PRId64 " sample%s\n", path, scores->rows,
            scores->rows == 1 ? "" : "s");
    return true;
}

bool cnn_scores_save(const struct cnn_scores *scores, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = scores->arguments;
    const int outputs = arguments->model->n_outputs;
    if (arguments->output && !save(scores, arguments->output, 0, outputs, error))
        return false;
    for (int i = 0; i < outputs; i++)
        if (arguments->output_files[i] && !save(scores, arguments->output_files[i], i, i + 1, error))
            return false;
    return true;
}
