/* command_predict.c -- ./net predict: classes, with a picture of what was looked at. */
#define _POSIX_C_SOURCE 200809L
#include "program/program.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Samples of one file, and what the model says of them. */
struct predicted {
    const struct cnn_arguments *arguments;
    const char *path;
    struct cnn_dataset set; /* labels NULL where they are not known */
    int64_t first;          /* row of the file that is row 0 of the set */
    float *outputs;
};

/* ---- the picture ---------------------------------------------------------------------------------- */

static float input_value(const struct cnn_dataset *set, int64_t i)
{
    return set->input_element == CNN_BYTE ? (float)((const uint8_t *)set->inputs)[i] / 255
                                          : ((const float *)set->inputs)[i];
}

/* Mean of the colour channels of each pixel; floats are stretched to [0, 1]. */
static void fill_grey(const struct cnn_dataset *set, int64_t row, const struct cnn_geometry *geometry, float *grey)
{
    int64_t pixels = geometry->rows * geometry->columns;
    int64_t colours = geometry->channels < 3 ? geometry->channels : 3;
    float least = INFINITY, most = -INFINITY;
    for (int64_t p = 0; p < pixels; p++) {
        grey[p] = 0;
        for (int64_t c = 0; c < colours; c++)
            grey[p] +=
                input_value(set, row * set->input_count +
                                     (geometry->channels_first ? c * pixels + p : p * geometry->channels + c)) /
                (float)colours;
        least = fminf(least, grey[p]);
        most = fmaxf(most, grey[p]);
    }
    for (int64_t p = 0; set->input_element == CNN_FLOAT && most > least && p < pixels; p++)
        grey[p] = (grey[p] - least) / (most - least);
}

static bool print_picture(const struct predicted *predicted, int64_t row, struct cnn_error *error)
{
    struct cnn_geometry geometry;
    const struct cnn_arguments *arguments = predicted->arguments;
    if (!cnn_geometry_of(arguments->model, &geometry))
        return true;
    float *grey = cnn_alloc_floats(geometry.rows * geometry.columns, error);
    if (!grey)
        return false;
    fill_grey(&predicted->set, row, &geometry, grey);
    cnn_picture_print(geometry.rows, geometry.columns, grey,
                      arguments->terminal ? CNN_PICTURE_BLOCKS : CNN_PICTURE_ASCII, arguments->out);
    free(grey);
    return true;
}

/* ---- the classes ---------------------------------------------------------------------------------- */

/* Are these the probabilities of classes? Logits and regressions are printed as they are. */
static bool are_probabilities(const float *outputs, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!(outputs[i] >= 0 && outputs[i] <= 1))
            return false;
        sum += (double)outputs[i];
    }
    return count > 1 && fabs(sum - 1) < 1e-3;
}

/* The largest output that ranks behind `before` (-1: none does): equal ones rank by their index. */
static int64_t next_best(const float *outputs, int64_t count, int64_t before)
{
    int64_t best = -1;
    for (int64_t i = 0; i < count; i++) {
        bool behind = before < 0 || outputs[i] < outputs[before] || (i > before && outputs[i] == outputs[before]);
        if (behind && (best < 0 || outputs[i] > outputs[best]))
            best = i;
    }
    return best;
}

static void print_outputs(const struct predicted *predicted, const float *outputs)
{
    const struct cnn_arguments *arguments = predicted->arguments;
    int64_t count = arguments->model->output_count, best = -1;
    bool percent = are_probabilities(outputs, count);
    for (int64_t i = 0; i < arguments->top && i < count; i++) {
        best = next_best(outputs, count, best);
        if (best < 0)
            break; /* what is left are no numbers */
        if (percent)
            fprintf(arguments->out, "  %4" PRId64 "  %6.2f %%\n", best, 100 * (double)outputs[best]);
        else
            fprintf(arguments->out, "  %4" PRId64 "  %g\n", best, (double)outputs[best]);
    }
    if (next_best(outputs, count, -1) < 0 || isnan(outputs[0]))
        fprintf(arguments->out, "  the outputs are no numbers (NaN)\n");
}

/* The class that a label means: itself, or the place of the largest of one-hot. */
static int64_t true_class(const struct cnn_model *model, const float *labels, int64_t row)
{
    if (model->label_is_class)
        return (int64_t)labels[row];
    return next_best(labels + row * model->label_count, model->label_count, -1);
}

static bool print_all(const struct predicted *predicted, bool numbered, struct cnn_error *error)
{
    const struct cnn_model *model = predicted->arguments->model;
    FILE *out = predicted->arguments->out;
    bool classes = predicted->set.labels && (model->label_is_class || model->label_count > 1);
    for (int64_t row = 0; row < predicted->set.count; row++) {
        fputs(predicted->path, out);
        if (numbered)
            fprintf(out, "[%" PRId64 "]", predicted->first + row);
        if (classes)
            fprintf(out, ", label %" PRId64, true_class(model, predicted->set.labels, row));
        putc('\n', out);
        if (!print_picture(predicted, row, error))
            return false;
        print_outputs(predicted, predicted->outputs + row * model->output_count);
    }
    return true;
}

/* ---- files ----------------------------------------------------------------------------------------- */

static bool predict_and_print(struct predicted *predicted, const float *parameters, bool numbered,
                              struct cnn_error *error)
{
    const struct cnn_model *model = predicted->arguments->model;
    struct cnn_batch batch = cnn_dataset_batch(&predicted->set);
    batch.labels = NULL;
    if (batch.count > INT64_MAX / model->output_count)
        return cnn_fail(error, "%s: too many samples", predicted->path);
    predicted->outputs = cnn_alloc_floats(batch.count * model->output_count, error);
    bool ok = predicted->outputs &&
              cnn_predict(model, &batch, parameters, cnn_arguments_threads(predicted->arguments),
                          predicted->outputs, error) &&
              print_all(predicted, numbered, error);
    free(predicted->outputs);
    return ok;
}

enum { PATH_SIZE = 4096 };

/* Looks for "t10k-labels-idx1-ubyte", packed or not, beside "t10k-images-idx3-ubyte.gz"; both may have ".idx". */
static bool labels_beside(const char *path, char labels[PATH_SIZE])
{
    const char *slash = strrchr(path, '/'), *images = strstr(slash ? slash : path, "-images");
    const size_t name = strlen("-images"), kind = strlen("-images-idx3");
    if (!images || strlen(images) < kind ||
        (strncmp(images + name, "-idx", 4) != 0 && strncmp(images + name, ".idx", 4) != 0))
        return false;
    const char *type = images + kind, *suffixes[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        int length = snprintf(labels, PATH_SIZE, "%.*s-labels%cidx1%.*s%s", (int)(images - path), path,
                              images[name], (int)strcspn(type, "."), type, suffixes[i]);
        if (length < PATH_SIZE && access(labels, R_OK) == 0)
            return true;
    }
    return false;
}

static bool read_rows(const struct cnn_model *model, const char *path, struct cnn_dataset *set,
                      struct cnn_error *error)
{
    char labels[PATH_SIZE];
    bool is_archive;
    if (!cnn_archive_check(path, &is_archive, error))
        return false;
    if (is_archive)
        return cnn_dataset_open(model, path, "t10k", set, error);
    return cnn_dataset_read(model, path, labels_beside(path, labels) ? labels : NULL, set, error);
}

static bool predict_rows(const struct cnn_arguments *arguments, const char *path, const float *parameters,
                         struct cnn_error *error)
{
    struct cnn_dataset set;
    if (!read_rows(arguments->model, path, &set, error))
        return false;
    int64_t rest = set.count - arguments->index;
    bool ok = rest > 0 || cnn_fail(error, "%s: has no row %" PRId64 ", its rows are 0 to %" PRId64, path,
                                   arguments->index, set.count - 1);
    if (ok) {
        struct predicted predicted = {.arguments = arguments, .path = path, .first = arguments->index};
        predicted.set =
            cnn_dataset_slice(&set, arguments->index, arguments->count < rest ? arguments->count : rest);
        ok = predict_and_print(&predicted, parameters, true, error);
    }
    cnn_dataset_free(&set);
    return ok;
}

static bool predict_image(const struct cnn_arguments *arguments, const char *path, const float *parameters,
                          struct cnn_error *error)
{
    const struct cnn_model *model = arguments->model;
    struct predicted predicted = {.arguments = arguments, .path = path};
    predicted.set = (struct cnn_dataset){.count = 1, .input_count = model->input_count, .input_element = CNN_BYTE};
    predicted.set.inputs = cnn_alloc(model->input_count, error);
    bool ok = predicted.set.inputs && cnn_image_read(model, path, predicted.set.inputs, error) &&
              predict_and_print(&predicted, parameters, false, error);
    free(predicted.set.inputs);
    return ok;
}

/* Pictures have a magic of two printable or high bytes; IDX begins with 00 00, gzip with 1f 8b, .npz with PK. */
static bool look_for_image(const char *path, bool *is_image, struct cnn_error *error)
{
    int64_t bytes;
    FILE *file = cnn_file_stream(path, &bytes, error);
    if (!file)
        return false;
    int first = getc(file), second = getc(file);
    (void)fclose(file); /* only read */
    *is_image = (first == 'P' && second >= '1' && second <= '7') || first == 0x89;
    return true;
}

static bool run(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    float *parameters = cnn_arguments_parameters(arguments, error);
    bool ok = parameters != NULL;
    for (int i = 0; ok && i < arguments->n_files; i++) {
        const char *path = arguments->files[i];
        bool is_image = false;
        ok = look_for_image(path, &is_image, error) &&
             (is_image ? predict_image : predict_rows)(arguments, path, parameters, error);
    }
    free(parameters);
    return ok;
}

const struct cnn_command cnn_command_predict = {
    .name = "predict",
    .about = "print the classes of samples: PNG, PGM, PPM, IDX, .npy, .npz (its test set) or CSV files",
    .options = "weights! top index count threads",
    .operands = "FILE...",
    .run = run,
};
