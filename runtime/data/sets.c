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

static bool open_folder(const char *folder, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    if (!find_in_folder(folder, prefix, found))
        return cnn_fail(error, "%s: has no %s-images-idx3-ubyte or %s-images-idx3-ubyte.gz, and no %s%s%s%s%s%s",
                        folder, prefix, prefix, names ? names->inputs[0] : "arrays", names ? ".npy" : "",
                        names ? ", " : "", names ? names->table[0] : "", names ? " or folder of pictures, " : "",
                        names == known ? "with a sub-folder a class"
                        : names        ? names->folder[0]
                                       : "");
    return true;
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

static bool open_archive(const char *path, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    bool there;
    return find_in_archive(path, prefix, found, &there, error) &&
           (there || cnn_fail(error, "%s: has no array %s", path, names ? names->inputs[0] : prefix));
}

/* ---- files ------------------------------------------------------------------------------------------- */

/* Rows of text, in which a column may say to which set one belongs. */
static bool is_text(const struct cnn_format *format)
{
    return format->id == CNN_FORMAT_CSV || format->id == CNN_FORMAT_TSV;
}

bool cnn_dataset_reads(const char *data, const char *path)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct found found = {.table = false};
        if (find_in_folder(data, known[i].prefix, &found) &&
            (cnn_file_same(found.inputs, path) || cnn_file_same(found.labels, path)))
            return true;
    }
    return cnn_file_same(data, path);
}

bool cnn_dataset_exists(const char *data, const char *prefix)
{
    struct found found = {.table = false};
    bool has;
    if (cnn_is_folder(data))
        return find_in_folder(data, prefix, &found);
    const struct cnn_format *format = cnn_format_of(data, NULL);
    if (!format)
        return cnn_is_there(data); /* opening it will tell what is wrong, here and below */
    if (is_text(format))
        return cnn_table_has_set(data, prefix);
    return format->kind == CNN_ARCHIVE && (!archive_has_set(data, prefix, &has, NULL) || has);
}

static bool open_file(const char *path, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct cnn_format *format = cnn_format_of(path, error);
    if (!format)
        return false;
    if (format->kind == CNN_ARCHIVE)
        return open_archive(path, prefix, found, error);
    found->table = format->kind == CNN_TABLE && strlen(path) < CNN_PATH_SIZE;
    if (!found->table)
        return cnn_fail(
            error, "%s: is no folder of %s-images-idx3-ubyte and the like, no .npz archive and no CSV file, but %s",
            path, prefix, format->name);
    memcpy(found->inputs, path, strlen(path) + 1);
    found->inputs_name = is_text(format) ? prefix : NULL;
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

/* What a set must have: labels; labels, unless it is a test set in a table, as competitions hand out; or only samples. */
enum need { NEED_LABELS, NEED_TRAINING, NEED_SAMPLES };

static bool may_lack_labels(const struct found *found, const char *prefix, enum need need)
{
    return need == NEED_SAMPLES || (need == NEED_TRAINING && found->table && strcmp(prefix, "train") != 0);
}

static bool read_set(const struct cnn_model *model, const char *data, const char *prefix, enum need need,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    struct found found = {.table = false};
    bool has_labels = true;
    if (!find(data, prefix, &found, error) ||
        (need == NEED_SAMPLES && !look_for_labels(&found, &has_labels, error)))
        return false;
    if (need != NEED_SAMPLES && !*found.labels && !found.table)
        return lacks_labels(data, prefix, &found, model, error);
    struct cnn_source source = {{found.inputs, found.inputs_name}, {found.labels, found.labels_name}, false};
    if (found.table || !has_labels)
        source.labels.path = NULL;
    source.shuffles = need != NEED_SAMPLES && strcmp(prefix, "train") == 0;
    if (!cnn_raw_read(model, &source, preprocessing, raw, error))
        return false;
    return raw->labels.data || may_lack_labels(&found, prefix, need) ||
           lacks_labels(data, prefix, &found, model, error);
}

/* Several sets, all or none. */
static bool read_sets(const struct cnn_model *model, const char *data, const char *const *prefixes, int count,
                      enum need need, struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets,
                      struct cnn_error *error)
{
    struct cnn_raw *raws = cnn_alloc(count * (int64_t)sizeof *raws, error);
    if (!raws)
        return false;
    for (int i = 0; i < count; i++) {
        raws[i] = (struct cnn_raw){.is_picture = false};
        sets[i] = (struct cnn_dataset){.count = 0};
    }
    bool ok = true;
    for (int i = 0; i < count && ok; i++)
        ok = read_set(model, data, prefixes[i], need, preprocessing, &raws[i], error);
    ok = ok && cnn_raws_finish(model, raws, count, preprocessing, sets, error);
    for (int i = 0; i < count; i++) {
        cnn_raw_free(&raws[i]);
        if (!ok)
            cnn_dataset_free(&sets[i]);
    }
    free(raws);
    return ok;
}

bool cnn_datasets_open(const struct cnn_model *model, const char *data, const char *const *prefixes, int count,
                       struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets, struct cnn_error *error)
{
    return read_sets(model, data, prefixes, count, NEED_LABELS, preprocessing, sets, error);
}

bool cnn_datasets_open_training(const struct cnn_model *model, const char *data, const char *const *prefixes,
                                int count, struct cnn_preprocessing *preprocessing, struct cnn_dataset *sets,
                                struct cnn_error *error)
{
    return read_sets(model, data, prefixes, count, NEED_TRAINING, preprocessing, sets, error);
}

bool cnn_dataset_open_any(const struct cnn_model *model, const char *data, const char *prefix,
                          struct cnn_preprocessing *preprocessing, struct cnn_dataset *set, struct cnn_error *error)
{
    return read_sets(model, data, &prefix, 1, NEED_SAMPLES, preprocessing, set, error);
}

bool cnn_dataset_open(const struct cnn_model *model, const char *data, const char *prefix, struct cnn_dataset *set,
                      struct cnn_error *error)
{
    struct cnn_preprocessing preprocessing = {.n_classes = 0};
    bool ok = cnn_datasets_open(model, data, &prefix, 1, &preprocessing, set, error);
    cnn_preprocessing_free(&preprocessing);
    return ok;
}
