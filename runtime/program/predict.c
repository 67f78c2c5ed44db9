/* predict.c -- ./net predict: what the model says of samples, in the terminal or in a file. */
#define _POSIX_C_SOURCE 200809L
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS_SHOWN = 5 };     /* of a file, in the terminal */
enum { PICTURES_MAX = 256 }; /* that go through at once */

/* The command at work. */
struct session {
    const struct cnn_arguments *arguments;
    struct cnn_preprocessing preprocessing; /* as the weights were trained */
    float *parameters;
    struct cnn_scores scores;
};

static bool allocate_outputs(struct cnn_predicted *predicted, struct cnn_error *error)
{
    const struct cnn_model *model = predicted->arguments->model;
    bool ok = true;
    for (int i = 0; i < model->n_outputs && ok; i++) {
        if (predicted->set.count > INT64_MAX / model->outputs[i].count) {
            char name[CNN_PATH_SIZE];
            return cnn_fail(error, "%s: too many samples", cnn_row_name(&predicted->names, 0, name, sizeof name));
        }
        predicted->outputs[i] = cnn_alloc_floats(predicted->set.count * model->outputs[i].count, error);
        ok = predicted->outputs[i] != NULL;
    }
    return ok;
}

/* Predicts the samples, and prints or keeps what comes out. */
static bool predict(struct session *session, struct cnn_predicted *predicted, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = predicted->arguments = session->arguments;
    const struct cnn_model *model = arguments->model;
    struct cnn_batch batch = cnn_dataset_batch(&predicted->set);
    memset(batch.labels, 0, sizeof batch.labels);
    bool ok = allocate_outputs(predicted, error) &&
              cnn_predict(model, &batch, session->parameters, cnn_arguments_threads(arguments), predicted->outputs,
                          error) &&
              (cnn_scores_wanted(arguments) ? cnn_scores_add(&session->scores, predicted, error)
                                            : cnn_predicted_show(predicted, error));
    for (int i = 0; i < model->n_outputs; i++)
        free(predicted->outputs[i]);
    return ok;
}

/* ---- sets and files of rows -------------------------------------------------------------------------- */

/* Looks for "t10k-labels-idx1-ubyte", packed or not, beside "t10k-images-idx3-ubyte.gz"; both may have ".idx". */
static bool labels_beside(const char *path, char labels[CNN_PATH_SIZE])
{
    const char *slash = strrchr(path, '/'), *images = strstr(slash ? slash : path, "-images");
    const size_t name = strlen("-images"), kind = strlen("-images-idx3");
    if (!images || strlen(images) < kind ||
        (strncmp(images + name, "-idx", 4) != 0 && strncmp(images + name, ".idx", 4) != 0))
        return false;
    const char *type = images + kind, *suffixes[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        int length = snprintf(labels, CNN_PATH_SIZE, "%.*s-labels%cidx1%.*s%s", (int)(images - path), path,
                              images[name], (int)strcspn(type, "."), type, suffixes[i]);
        if (length < CNN_PATH_SIZE && access(labels, R_OK) == 0)
            return true;
    }
    return false;
}

/* What the file is, *format NULL: a folder. Asked once, for what stands there may change in between. */
static bool look(const char *path, const struct cnn_format **format, struct cnn_error *error)
{
    *format = cnn_format_of(path, error);
    bool known = *format != NULL;
    if (known && (*format)->id == CNN_FORMAT_FOLDER)
        *format = NULL;
    return known;
}

/* Is the folder one of pictures, rather than of sets? */
static bool has_pictures(const char *folder)
{
    return cnn_folder_has(folder, CNN_LIST_PICTURES) || cnn_folder_has_classes(folder);
}

/* `path` NULL: the inputs are files by themselves. */
static bool read_rows(const struct cnn_arguments *arguments, const char *path,
                      struct cnn_preprocessing *preprocessing, struct cnn_dataset *set, struct cnn_error *error)
{
    if (!path) {
        const struct cnn_set_place given = cnn_arguments_place(arguments, NULL, "t10k");
        return cnn_sets_read(arguments->model, &given, 1, CNN_NEED_SAMPLES, preprocessing, set, error);
    }
    const struct cnn_model *model = arguments->model;
    const struct cnn_format *format;
    if (!look(path, &format, error))
        return false;
    if (format && format->kind != CNN_ARCHIVE && model->n_inputs == 1) {
        char labels[CNN_PATH_SIZE];
        return cnn_dataset_read_as(arguments->model, path,
                                   model->n_outputs == 1 && labels_beside(path, labels) ? labels : NULL,
                                   preprocessing, set, error);
    }
    if (!format && !arguments->set && !cnn_dataset_exists(arguments->model, path, "t10k") && has_pictures(path))
        return cnn_dataset_read_as(arguments->model, path, NULL, preprocessing, set, error);
    const struct cnn_set_place place = {.data = path, .prefix = cnn_arguments_set(arguments, error)};
    return place.prefix && cnn_sets_read(arguments->model, &place, 1, CNN_NEED_SAMPLES, preprocessing, set, error);
}

/* Says what was decided for this file alone; what the user chose or training did is known. */
static void tell(const struct session *session, const struct cnn_preprocessing *preprocessing)
{
    FILE *out = session->arguments->out;
    if (session->preprocessing.scale == CNN_SCALE_UNKNOWN && preprocessing->scale != CNN_SCALE_UNKNOWN)
        fprintf(out, "features: %s\n", preprocessing->features_about);
    if (!*session->preprocessing.label && !session->preprocessing.label_column && *preprocessing->labels_about)
        fprintf(out, "labels: %s\n", preprocessing->labels_about);
}

static bool predict_set(struct session *session, const char *path, const struct cnn_dataset *set,
                        struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    int64_t first = arguments->index, count = set->count - first;
    int64_t max = arguments->count ? arguments->count : cnn_scores_wanted(arguments) ? set->count : ROWS_SHOWN;
    struct cnn_predicted predicted = {.names = {.path = path, .first = first}};
    if (count <= 0)
        return cnn_fail(error, "%s: has no row %" PRId64 ", its rows are 0 to %" PRId64, path, first,
                        set->count - 1);
    predicted.set = cnn_dataset_slice(set, first, count < max ? count : max);
    predicted.names.pictures = predicted.set.row_names;
    return predict(session, &predicted, error);
}

/* Frees what a file's has of its own. */
static void forget(struct cnn_preprocessing *preprocessing, const struct cnn_preprocessing *known)
{
    if (preprocessing->classes == known->classes)
        preprocessing->classes = NULL;
    if (preprocessing->columns == known->columns)
        preprocessing->columns = NULL;
    cnn_preprocessing_free(preprocessing);
}

/* What is decided for one file holds for no other. */
static bool predict_rows(struct session *session, const char *path, struct cnn_error *error)
{
    struct cnn_preprocessing preprocessing = session->preprocessing;
    struct cnn_dataset set;
    bool ok = read_rows(session->arguments, path, &preprocessing, &set, error);
    if (ok) {
        tell(session, &preprocessing);
        ok = predict_set(session, path ? path : session->arguments->input_files[0], &set, error);
        if (ok && set.row_names && cnn_scores_wanted(session->arguments))
            cnn_scores_own(&session->scores, &set);
        cnn_dataset_free(&set);
    }
    forget(&preprocessing, &session->preprocessing);
    return ok;
}

/* ---- pictures ----------------------------------------------------------------------------------------- */

static bool look_for_image(const char *path, bool *is_image, struct cnn_error *error)
{
    const struct cnn_format *format;
    bool ok = look(path, &format, error);
    *is_image = ok && format && format->kind == CNN_PICTURE;
    return ok;
}

/* How many of the files, from the first on, are pictures. One that cannot be read is left to those behind. */
static int count_pictures(char *const *files, int count, struct cnn_error *error)
{
    int pictures = 0;
    bool is_image = true;
    while (pictures < count && pictures < PICTURES_MAX && is_image) {
        if (!look_for_image(files[pictures], &is_image, pictures ? NULL : error))
            return pictures ? pictures : -1;
        pictures += is_image;
    }
    return pictures;
}

/* Those in front of one that cannot be read are predicted all the same. */
static bool predict_pictures(struct session *session, char *const *files, int count, struct cnn_error *error)
{
    const struct cnn_model *model = session->arguments->model;
    struct cnn_predicted predicted = {
        .names = {.pictures = files},
        .set = {.input_counts = {model->inputs[0].count}, .input_elements = {CNN_BYTE}}};
    uint8_t *bytes = cnn_alloc(count * model->inputs[0].count, error);
    bool sound = bytes != NULL;
    for (int i = 0; i < count && sound; i++) {
        sound = cnn_image_read(model, files[i], bytes + i * model->inputs[0].count, error);
        predicted.set.count += sound;
    }
    predicted.set.inputs[0] = bytes;
    bool ok = predicted.set.count == 0 ||
              (cnn_pictures_scale(model, &session->preprocessing, &predicted.set, sound ? error : NULL) &&
               predict(session, &predicted, sound ? error : NULL));
    cnn_dataset_free(&predicted.set);
    return ok && sound;
}

/* ---- the command -------------------------------------------------------------------------------------- */

static bool predict_files(struct session *session, struct cnn_error *error)
{
    const struct cnn_arguments *arguments = session->arguments;
    const bool takes_pictures = arguments->model->n_inputs == 1;
    if (arguments->has_inputs)
        return predict_rows(session, NULL, error);
    for (int i = 0; i < arguments->n_files;) {
        int pictures = !takes_pictures ? 0 : count_pictures(arguments->files + i, arguments->n_files - i, error);
        if (pictures < 0 || !(pictures ? predict_pictures(session, arguments->files + i, pictures, error)
                                       : predict_rows(session, arguments->files[i], error)))
            return false;
        i += pictures ? pictures : 1;
    }
    return true;
}

/* Files to write; NULL: none. */
struct paths {
    const char *of[CNN_MAX_ARRAYS + 1];
    int count;
};

static struct paths paths_of(const struct cnn_arguments *arguments)
{
    struct paths paths = {{arguments->output}, arguments->model->n_outputs + 1};
    memcpy(paths.of + 1, arguments->output_files, sizeof arguments->output_files);
    return paths;
}

/* What is read is not written over. */
struct spared {
    struct paths paths;
    struct cnn_error *error;
};

static bool spares(void *user, const char *file)
{
    const struct spared *spared = user;
    bool ok = true;
    for (int i = 0; i < spared->paths.count && ok; i++) {
        const struct cnn_output output = cnn_output_replaced("--output", spared->paths.of[i]);
        ok = cnn_output_spares(&output, file, "to be predicted", spared->error);
    }
    return ok;
}

static bool outputs_writable(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    struct spared spared = {paths_of(arguments), error};
    bool ok = true;
    for (int i = 0; i < arguments->n_files && cnn_scores_wanted(arguments) && ok; i++)
        ok = cnn_arrays_each(arguments->model, arguments->files[i], spares, &spared, error);
    for (int i = 0; i < spared.paths.count && ok; i++)
        ok = !spared.paths.of[i] || cnn_file_writable(spared.paths.of[i], error);
    return ok;
}

static bool run(const struct cnn_arguments *told, struct cnn_error *error)
{
    struct cnn_arguments arguments = *told;
    struct session session = {.parameters = NULL};
    arguments.preprocessing = &session.preprocessing;
    session.arguments = session.scores.arguments = &arguments;
    if (!outputs_writable(&arguments, error))
        return false;
    bool ok = cnn_arguments_preprocessing(&arguments, arguments.weights, &session.preprocessing, error);
    session.parameters = ok ? cnn_arguments_parameters(&arguments, NULL, error) : NULL;
    ok = session.parameters && predict_files(&session, error) && cnn_scores_save(&session.scores, error);
    cnn_preprocessing_free(&session.preprocessing);
    cnn_scores_free(&session.scores);
    free(session.parameters);
    return ok;
}

static bool check_inputs(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    struct spared spared = {paths_of(arguments), error};
    bool ok = true;
    for (int i = 0; i < arguments->n_files && cnn_scores_wanted(arguments) && ok; i++)
        ok = cnn_dataset_each(arguments->files[i], spares, &spared);
    return ok;
}

static bool check_output(const struct cnn_arguments *arguments, const char *path, struct cnn_error *error)
{
    const struct cnn_output output = cnn_output_replaced("--output", path);
    const char *file = cnn_output_at(&output, arguments->weights);
    return file ? cnn_output_clash(&output, file, "the file of --weights", error)
                : cnn_output_spares_files(&output, arguments, error);
}

/* Nor is what was written just before. */
static bool check(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const struct paths paths = paths_of(arguments);
    if (!cnn_scores_check(arguments, error) || !check_inputs(arguments, error))
        return false;
    for (int i = 0; i < paths.count; i++) {
        if (paths.of[i] && !check_output(arguments, paths.of[i], error))
            return false;
        for (int j = 0; j < i; j++) {
            const struct cnn_output output = cnn_output_replaced("--output", paths.of[i]);
            if (paths.of[i] && paths.of[j] && cnn_output_at(&output, paths.of[j]))
                return cnn_output_clash(&output, paths.of[j], "that of another output", error);
        }
    }
    return true;
}

const struct cnn_command cnn_command_predict = {
    .name = "predict",
    .about = "print what the network says of samples, or write it to a file",
    .takes =
        "FILE is a picture (" CNN_PICTURE_FORMATS "), which is resized to the input, a folder of pictures, a file "
        "of rows (IDX, .npy, CSV), or a folder or .npz with sets, of which the test set is taken, or the only array of an .npz.",
    .options = "model input weights! partial set scale label top index count output threads",
    .operands = "FILE...",
    .check = check,
    .run = run,
};
