/* sets.c -- where the training and the test set are in what a user calls the data: a folder of IDX, .npy or CSV
 * files, an .npz archive, or one CSV file. */
#define _POSIX_C_SOURCE 200809L
#include "data/data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES = 2, TABLES = 5, FOLDERS = 3 };

static const char first_batch[] = "data_batch_1.bin"; /* with others beside it */

/* What a set is called, beside PREFIX-images-idx3-ubyte: arrays as Keras' and MedMNIST's archives have them. */
static const struct names {
    const char *prefix;
    const char *inputs[NAMES], *labels[NAMES]; /* NAME.npy in a folder, NAME in an archive */
    const char *table[TABLES];                 /* samples with labels beside them */
    const char *folder[FOLDERS];               /* of pictures */
} known[] = {
    {"train",
     {"x_train", "train_images"},
     {"y_train", "train_labels"},
     {"train.csv", "mnist_train.csv", "train.tsv", first_batch, "train.bin"},
     {"train", "training", "Train"}},
    {"validation",
     {"x_val", "val_images"},
     {"y_val", "val_labels"},
     {"val.csv", "validation.csv", "val.tsv", "validation.tsv", "val.bin"},
     {"validation", "val", "valid"}},
    {"t10k",
     {"x_test", "test_images"},
     {"y_test", "test_labels"},
     {"test.csv", "mnist_test.csv", "test.tsv", "test_batch.bin", "test.bin"},
     {"test", "testing", "Test"}},
};

static const struct names *find_names(const char *prefix)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].prefix, prefix) == 0)
            return &known[i];
    return NULL;
}

/* Where the inputs and labels of a set are. */
struct found {
    char inputs[CNN_PATH_SIZE], labels[CNN_PATH_SIZE]; /* files; the same for a table or an archive */
    const char *inputs_name, *labels_name; /* in an archive, or the set of a table's rows; otherwise NULL */
    bool table;                            /* samples and labels stand together */
    char only[CNN_ABOUT];                  /* the array of an archive that has no other */
};

/* FOLDER/NAME and what follows. */
static bool join(char path[CNN_PATH_SIZE], const char *folder, const char *name, const char *suffix)
{
    return snprintf(path, CNN_PATH_SIZE, "%s/%s%s", folder, name, suffix) < CNN_PATH_SIZE && cnn_is_there(path);
}

/* ---- folders --------------------------------------------------------------------------------------- */

/* Looks for FOLDER/PREFIX-KIND-idxR-TYPE[.gz], or with a dot in front of idx, as some unpackers name it. */
static bool find_idx(const char *folder, const char *prefix, const char *kind, const char *ranks,
                     char path[CNN_PATH_SIZE])
{
    static const char *const suffixes[] = {"ubyte", "ubyte.gz", "float", "float.gz"};
    for (const char *rank = ranks; *rank; rank++)
        for (int i = 0; i < 8; i++) {
            int length = snprintf(path, CNN_PATH_SIZE, "%s/%s-%s%cidx%c-%s", folder, prefix, kind, "-."[i / 4],
                                  *rank, suffixes[i % 4]);
            if (length < CNN_PATH_SIZE && cnn_is_there(path))
                return true;
        }
    return false;
}

/* FOLDER/NAME, a folder of pictures by one of the set's names. */
static bool find_pictures(const char *folder, const struct names *names, char path[CNN_PATH_SIZE])
{
    for (int i = 0; i < FOLDERS; i++)
        if (join(path, folder, names->folder[i], "") &&
            (cnn_folder_has_classes(path) || cnn_folder_has(path, CNN_LIST_PICTURES)))
            return true;
    return false;
}

/* Finds the inputs; the labels belong to them, and reading tells when they are missing. */
static bool find_files(const char *folder, const char *prefix, struct found *found)
{
    const struct names *names = find_names(prefix);
    if (find_idx(folder, prefix, "images", "342", found->inputs)) { /* grey, colour, flat */
        if (!find_idx(folder, prefix, "labels", "1234", found->labels))
            *found->labels = '\0';
        return true;
    }
    for (int i = 0; names && i < NAMES; i++)
        if (join(found->inputs, folder, names->inputs[i], ".npy")) {
            join(found->labels, folder, names->labels[i], ".npy");
            return true;
        }
    for (int i = 0; names && i < TABLES; i++)
        if (join(found->inputs, folder, names->table[i], "")) {
            found->inputs_name = strcmp(names->table[i], first_batch) == 0 ? prefix : NULL;
            return found->table = true;
        }
    return false;
}

/* A folder of classes, or of nothing but pictures, is a training set; one whose sub-folder `train` is one has others beside it. */
static bool find_classes(const char *folder, const char *prefix, char path[CNN_PATH_SIZE])
{
    const struct names *names = find_names(prefix);
    if (names && find_pictures(folder, &known[0], path) && cnn_folder_has_classes(path))
        return find_pictures(folder, names, path);
    struct found other = {.table = false};
    bool has = cnn_folder_has_classes(folder) ||
               (cnn_folder_has(folder, CNN_LIST_PICTURES) && !find_files(folder, "t10k", &other));
    return has && names == known && snprintf(path, CNN_PATH_SIZE, "%s", folder) < CNN_PATH_SIZE;
}

static bool find_in_folder(const char *folder, const char *prefix, struct found *found)
{
    if (find_files(folder, prefix, found))
        return true;
    return found->table = find_classes(folder, prefix, found->inputs);
}

/* Of a folder of classes all pictures are the only set that there is, as are the rows of a table. */
static bool is_only_set(const char *folder, struct found *found)
{
    found->table = find_classes(folder, known->prefix, found->inputs) && strcmp(found->inputs, folder) == 0;
    return found->table;
}

static bool open_folder(const char *folder, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    if (find_in_folder(folder, prefix, found) || is_only_set(folder, found))
        return true;
    if (names != known && find_in_folder(folder, known->prefix, found))
        return cnn_fail(error, "%s: has no %s set; --set train takes what is trained with", folder,
                        names == &known[1] ? "validation" : "test");
    return cnn_fail(error, "%s: has no %s-images-idx3-ubyte or %s-images-idx3-ubyte.gz, and no %s%s%s%s%s%s",
                    folder, prefix, prefix, names ? names->inputs[0] : "arrays", names ? ".npy" : "",
                    names ? ", " : "", names ? names->table[0] : "", names ? " or folder of pictures, " : "",
                    names == known ? "with a sub-folder a class"
                    : names        ? names->folder[0]
                                   : "");
}

/* ---- archives ---------------------------------------------------------------------------------------- */

static bool find_in_archive(const char *path, const char *prefix, struct found *found, bool *there,
                            struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    *there = false;
    if (strlen(path) >= CNN_PATH_SIZE)
        return cnn_fail(error, "%s: its name is too long", path);
    memcpy(found->inputs, path, strlen(path) + 1);
    memcpy(found->labels, path, strlen(path) + 1);
    for (int i = 0; names && i < NAMES && !*there; i++) {
        found->inputs_name = names->inputs[i];
        found->labels_name = names->labels[i];
        if (!cnn_zip_has(path, names->inputs[i], there, error))
            return false;
    }
    return true;
}

static bool archive_has_set(const char *path, const char *prefix, bool *has, struct cnn_error *error)
{
    struct found found = {.table = false};
    return find_in_archive(path, prefix, &found, has, error);
}

/* Has the archive inputs that are trained with? */
static const char *training_inputs(const char *path)
{
    static const char *const others[] = {"x_train", "train_images", "x"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bool has = false;
        if (cnn_zip_has(path, others[i], &has, NULL) && has)
            return others[i];
    }
    return NULL;
}

static bool archive_lacks(const char *path, const char *prefix, const char *has, struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    const char *inputs = names ? names->inputs[0] : prefix, *other = training_inputs(path);
    if (names == known)
        return cnn_fail(error, "%s: has no array %s, with %s beside it; its arrays are %s", path, inputs,
                        names->labels[0], has);
    return cnn_fail(error, "%s: has no array %s; its arrays are %s%s%s", path, inputs, has,
                    other ? "; --set train takes " : "", other ? other : "");
}

/* Is it the name of an array that is something else than samples, or of another set? */
static bool is_known(const char *name)
{
    static const char *const labels[] = {"y", "label", "labels", "target", "targets"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int j = 0; j < NAMES; j++)
            if (strcmp(name, known[i].inputs[j]) == 0 || strcmp(name, known[i].labels[j]) == 0)
                return true;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(name, labels[i]) == 0)
            return true;
    return false;
}

/* Of an archive that has one array, whatever it is called, that is the inputs. */
static bool open_archive(const char *path, const char *prefix, struct found *found, struct cnn_error *error)
{
    bool there;
    if (!find_in_archive(path, prefix, found, &there, error))
        return false;
    if (there)
        return true;
    const int64_t count = cnn_archive_names(path, found->only, error);
    if (count < 0)
        return false;
    const bool is_cut = strlen(found->only) + 1 == sizeof found->only;
    if (count != 1 || is_cut || is_known(found->only))
        return archive_lacks(path, prefix, found->only, error);
    found->inputs_name = found->only;
    found->labels_name = find_names(prefix) ? find_names(prefix)->labels[0] : prefix;
    return true;
}

/* ---- files ------------------------------------------------------------------------------------------- */

static bool look_for_set(const char *data, const char *prefix, bool *has, struct cnn_error *error)
{
    struct found found = {.table = false};
    const struct cnn_format *format = cnn_is_folder(data) ? NULL : cnn_format_of(data, NULL);
    if (format && format->kind == CNN_ARCHIVE)
        return archive_has_set(data, prefix, has, error);
    if (cnn_is_folder(data))
        *has = find_in_folder(data, prefix, &found);
    else if (!format || format->id == CNN_FORMAT_FOLDER)
        *has = cnn_is_there(data); /* opening it will tell what is wrong */
    else
        *has = cnn_format_is_text(format) && cnn_table_has_set(data, prefix);
    return true;
}

/* Where it cannot be told, opening the set will tell why. */
static bool exists(const char *data, const char *prefix)
{
    bool has;
    return !look_for_set(data, prefix, &has, NULL) || has;
}

/* Has the model only one input, and only one output? */
static bool is_single(const struct cnn_model *model) { return cnn_model_parts(model) == 1; }

/* A place without a path is not there. Of a set that is not found by the names of its arrays only the weights are. */
static bool each_of(const struct cnn_arrays *arrays, bool only_weights, cnn_file_call *call, void *user)
{
    bool ok = !arrays->weights.path || call(user, arrays->weights.path);
    for (int i = 0; i < CNN_MAX_ARRAYS && !only_weights && ok; i++)
        ok = (!arrays->inputs[i].path || call(user, arrays->inputs[i].path)) &&
             (!arrays->labels[i].path || call(user, arrays->labels[i].path));
    return ok;
}

bool cnn_arrays_each(const struct cnn_model *model, const char *data, cnn_file_call *call, void *user,
                     struct cnn_error *error)
{
    const bool looks = cnn_is_folder(data);
    bool ok = true;
    for (size_t i = 0; looks && i < sizeof known / sizeof *known && ok; i++) {
        struct cnn_arrays arrays;
        ok = cnn_arrays_find(model, data, known[i].prefix, false, &arrays, error) &&
             each_of(&arrays, is_single(model) && exists(data, known[i].prefix), call, user);
        cnn_arrays_free(&arrays);
    }
    return ok;
}

bool cnn_dataset_each(const char *data, cnn_file_call *call, void *user)
{
    const bool looks = cnn_is_folder(data);
    bool ok = call(user, data);
    for (size_t i = 0; looks && i < sizeof known / sizeof *known && ok; i++) {
        struct found found = {.table = false};
        ok = !find_in_folder(data, known[i].prefix, &found) ||
             (call(user, found.inputs) && (!*found.labels || call(user, found.labels)));
    }
    return ok;
}

/* Are there all inputs of a set, by their names? A test set is none without the word in them. */
static bool look_for_named(const struct cnn_model *model, const char *data, const char *prefix, bool *has,
                           struct cnn_error *error)
{
    struct cnn_arrays arrays = {.data = NULL};
    *has = false;
    if (!cnn_has_arrays(data))
        return true;
    bool ok = cnn_arrays_find(model, data, prefix, strcmp(prefix, "train") != 0, &arrays, error);
    *has = ok && cnn_arrays_have_inputs(model, &arrays);
    cnn_arrays_free(&arrays);
    return ok;
}

bool cnn_dataset_look(const struct cnn_model *model, const char *data, const char *prefix, bool *has,
                      struct cnn_error *error)
{
    *has = false;
    if (is_single(model) && !look_for_set(data, prefix, has, error))
        return false;
    return *has || look_for_named(model, data, prefix, has, error);
}

bool cnn_dataset_exists(const struct cnn_model *model, const char *data, const char *prefix)
{
    bool has;
    return !cnn_dataset_look(model, data, prefix, &has, NULL) || has;
}

/* All rows of a table that says of none to which set it belongs are trained with, or tested; some would validate. */
static bool lacks_validation(const char *path, const struct cnn_format *format, struct cnn_error *error)
{
    return cnn_fail(
        error, "%s: is one set, of which --set train and --set test take all rows: it has no validation set%s",
        path, cnn_format_is_text(format) ? "; a column called split or usage says which rows are whose" : "");
}

static bool open_file(const char *path, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct cnn_format *format = cnn_format_of(path, error);
    if (!format)
        return false;
    if (format->kind == CNN_ARCHIVE)
        return open_archive(path, prefix, found, error);
    if (format->kind == CNN_ARRAY)
        return cnn_fail(
            error,
            "%s: is %s of samples or of labels alone: --input FILE --label FILE give both, and so do a folder with "
            "%s.npy and %s.npy and an .npz with these arrays",
            path, format->name, find_names(prefix) ? find_names(prefix)->inputs[0] : "x",
            find_names(prefix) ? find_names(prefix)->labels[0] : "y");
    found->table = format->kind == CNN_TABLE && strlen(path) < CNN_PATH_SIZE;
    if (!found->table)
        return cnn_fail(
            error, "%s: is no folder of %s-images-idx3-ubyte and the like, no .npz archive and no CSV file, but %s",
            path, prefix, format->name);
    if (strcmp(prefix, "validation") == 0 && !(cnn_format_is_text(format) && cnn_table_has_set(path, prefix)))
        return lacks_validation(path, format, error);
    memcpy(found->inputs, path, strlen(path) + 1);
    found->inputs_name = cnn_format_is_text(format) ? prefix : NULL;
    return true;
}

static bool find(const char *data, const char *prefix, struct found *found, struct cnn_error *error)
{
    struct stat status;
    if (stat(data, &status) != 0)
        return cnn_fail(error, "%s: %s", data, strerror(errno));
    return (S_ISDIR(status.st_mode) ? open_folder : open_file)(data, prefix, found, error);
}

/* *has: are there labels beside the inputs? A table's are found when it is read. */
static bool look_for_labels(const struct found *found, bool *has, struct cnn_error *error)
{
    if (found->labels_name)
        return cnn_zip_has(found->labels, found->labels_name, has, error);
    *has = *found->labels && cnn_is_there(found->labels);
    return true;
}

static bool lacks_labels(const char *data, const char *prefix, const struct found *found,
                         const struct cnn_model *model, struct cnn_error *error)
{
    if (cnn_is_folder(found->inputs))
        return cnn_fail(error, "%s: has pictures, but no sub-folders with some, whose names would be the labels",
                        found->inputs);
    if (found->table)
        return cnn_fail(error, "%s: has as many columns as model %s has inputs, so there is no label",
                        found->inputs, model->name);
    return cnn_fail(error, "%s: has no %s-labels-idx1-ubyte or %s-labels-idx1-ubyte.gz", data, prefix, prefix);
}

static bool may_lack_labels(const struct found *found, const char *prefix, enum cnn_need need)
{
    return need == CNN_NEED_SAMPLES || (need == CNN_NEED_TRAINING && found->table && strcmp(prefix, "train") != 0);
}

/* Has the training set of the data labels of its own? Then those of another set are missing. */
static bool is_labelled(const char *data)
{
    struct found train = {.table = false};
    bool has = false;
    return find(data, "train", &train, NULL) && look_for_labels(&train, &has, NULL) && has;
}

/* Of a model with one input and one output. */
static bool read_single(const struct cnn_model *model, const char *data, const char *prefix, enum cnn_need need,
                        struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    struct found found = {.table = false};
    const bool wanted = need != CNN_NEED_SAMPLES && cnn_needs_labels(model);
    const bool itself = wanted && cnn_makes_samples(model) && !is_labelled(data);
    bool has_labels = true;
    if (!find(data, prefix, &found, error) || ((itself || !wanted) && !look_for_labels(&found, &has_labels, error)))
        return false;
    if (wanted && has_labels && !*found.labels && !found.table)
        return lacks_labels(data, prefix, &found, model, error);
    struct cnn_source source = {{found.inputs, found.inputs_name}, {found.labels, found.labels_name}, false};
    if (found.table || !has_labels)
        source.labels.path = NULL;
    source.shuffles = need != CNN_NEED_SAMPLES && strcmp(prefix, "train") == 0;
    if (!cnn_raw_read(model, &source, preprocessing, raw, error))
        return false;
    if (itself && !raw->labels.data)
        return cnn_samples_become_labels(raw, preprocessing, error);
    return raw->labels.data || !wanted || may_lack_labels(&found, prefix, need) ||
           lacks_labels(data, prefix, &found, model, error);
}

/* ---- sets ---------------------------------------------------------------------------------------------- */

static bool read_set(const struct cnn_model *model, const struct cnn_set_place *place, enum cnn_need need,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raws, int64_t stride,
                     struct cnn_error *error)
{
    if (place->inputs)
        return cnn_parts_read_given(model, place, need, raws, stride, error);
    bool is_there = false, named = !is_single(model);
    if (!named && !look_for_set(place->data, place->prefix, &is_there, error))
        return false;
    if (!named && !is_there && !look_for_named(model, place->data, place->prefix, &named, error))
        return false;
    return !named ? read_single(model, place->data, place->prefix, need, preprocessing, raws, error)
                  : cnn_parts_read(model, place, need, raws, stride, error);
}

/* Is there a loss that weights multiply? */
static bool takes_weights(const struct cnn_model *model)
{
    bool takes = false;
    for (int i = 0; i < model->n_outputs; i++)
        takes |= model->outputs[i].loss != NULL;
    return takes;
}

static bool take_weights(const struct cnn_model *model, const struct cnn_place *place, struct cnn_dataset *set,
                         struct cnn_error *error)
{
    if (takes_weights(model))
        return cnn_weights_of_samples(place, set, error);
    return cnn_fail(error,
                    "%s: weights of samples multiply the loss of an output, but model %s has only what it adds to "
                    "its loss",
                    place->path, model->name);
}

/* The weights that were given, or those that the data have. */
static bool read_weights(const struct cnn_model *model, const struct cnn_set_place *place, struct cnn_dataset *set,
                         struct cnn_error *error)
{
    struct cnn_arrays arrays = {.data = NULL};
    if (place->weights)
        return take_weights(model, &(struct cnn_place){place->weights, NULL}, set, error);
    if (place->inputs || !cnn_has_arrays(place->data))
        return true;
    bool ok = cnn_arrays_find(model, place->data, place->prefix, false, &arrays, error) &&
              (!arrays.weights.path || take_weights(model, &arrays.weights, set, error));
    cnn_arrays_free(&arrays);
    return ok;
}

bool cnn_sets_read(const struct cnn_model *model, const struct cnn_set_place *places, int count, enum cnn_need need,
                   struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error)
{
    int parts = cnn_model_parts(model);
    struct cnn_raw *raws = cnn_alloc((int64_t)parts * count * (int64_t)sizeof *raws, error);
    if (!raws)
        return false;
    for (int i = 0; i < parts * count; i++)
        raws[i] = (struct cnn_raw){.is_picture = false};
    for (int i = 0; i < count; i++)
        sets[i] = (struct cnn_dataset){.count = 0};
    bool ok = true;
    for (int i = 0; i < count && ok; i++)
        ok = read_set(model, &places[i], need, preprocessing, &raws[i], count, error);
    ok = ok && cnn_parts_finish(model, raws, count, preprocessing, sets, error);
    for (int i = 0; i < count && ok && need != CNN_NEED_SAMPLES; i++)
        ok = read_weights(model, &places[i], &sets[i], error);
    for (int i = 0; i < parts * count; i++)
        cnn_raw_free(&raws[i]);
    for (int i = 0; i < count && !ok; i++)
        cnn_dataset_free(&sets[i]);
    free(raws);
    return ok;
}

bool cnn_datasets_open(const struct cnn_model *model, const char *data, const char *const *prefixes, int count,
                       struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error)
{
    struct cnn_set_place *places = cnn_alloc(count * (int64_t)sizeof *places, error);
    if (!places)
        return false;
    for (int i = 0; i < count; i++)
        places[i] = (struct cnn_set_place){.data = data, .prefix = prefixes[i]};
    bool ok = cnn_sets_read(model, places, count, CNN_NEED_LABELS, preprocessing, sets, error);
    free(places);
    return ok;
}

bool cnn_dataset_open(const struct cnn_model *model, const char *data, const char *prefix, struct cnn_dataset *set,
                      struct cnn_error *error)
{
    struct cnn_preprocessing preprocessing = {.n_classes = 0};
    bool ok = cnn_datasets_open(model, data, &prefix, 1, &preprocessing, set, error);
    cnn_preprocessing_free(&preprocessing);
    return ok;
}
