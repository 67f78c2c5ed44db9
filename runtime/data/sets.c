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

enum { NAMES = 2 };

/* What a set is called, beside PREFIX-images-idx3-ubyte: arrays as Keras' and MedMNIST's archives have them. */
static const struct names {
    const char *prefix;
    const char *inputs[NAMES], *labels[NAMES]; /* NAME.npy in a folder, NAME in an archive */
    const char *table[NAMES];
} sets[] = {
    {"train", {"x_train", "train_images"}, {"y_train", "train_labels"}, {"train.csv", "mnist_train.csv"}},
    {"t10k", {"x_test", "test_images"}, {"y_test", "test_labels"}, {"test.csv", "mnist_test.csv"}},
};

static const struct names *find_names(const char *prefix)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(sets[i].prefix, prefix) == 0)
            return &sets[i];
    return NULL;
}

/* Where the inputs and labels of a set are. */
struct found {
    char inputs[CNN_PATH_SIZE], labels[CNN_PATH_SIZE]; /* files; the same for a table or an archive */
    const char *inputs_name, *labels_name;             /* in an archive; otherwise NULL */
    bool table;                                        /* a CSV file */
};

/* One that cannot be looked at counts as there: reading it tells why, where its absence would go unnoticed. */
static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* FOLDER/NAME and what follows. */
static bool join(char path[CNN_PATH_SIZE], const char *folder, const char *name, const char *suffix)
{
    return snprintf(path, CNN_PATH_SIZE, "%s/%s%s", folder, name, suffix) < CNN_PATH_SIZE && is_there(path);
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
            if (length < CNN_PATH_SIZE && is_there(path))
                return true;
        }
    return false;
}

/* Finds the inputs; the labels belong to them, and reading tells when they are missing. */
static bool find_in_folder(const char *folder, const char *prefix, struct found *found)
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
    for (int i = 0; names && i < NAMES; i++)
        if (join(found->inputs, folder, names->table[i], "")) {
            found->table = true;
            return true;
        }
    return false;
}

static bool open_folder(const char *folder, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    if (!find_in_folder(folder, prefix, found))
        return cnn_fail(error, "%s: has no %s-images-idx3-ubyte or %s-images-idx3-ubyte.gz, and no %s%s%s%s",
                        folder, prefix, prefix, names ? names->inputs[0] : "arrays", names ? ".npy" : "",
                        names ? " or " : "", names ? names->table[0] : "");
    return true;
}

/* ---- files ------------------------------------------------------------------------------------------- */

bool cnn_archive_check(const char *path, bool *is_archive, struct cnn_error *error)
{
    char magic[4] = "";
    struct stat status;
    int64_t bytes;
    *is_archive = false;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    FILE *file = cnn_file_stream(path, &bytes, error);
    if (!file)
        return false;
    errno = 0;
    size_t got = fread(magic, 1, sizeof magic, file);
    int reason = ferror(file) ? errno : 0;
    (void)fclose(file);
    *is_archive = got == sizeof magic && memcmp(magic, "PK\3\4", sizeof magic) == 0;
    return reason == 0 || cnn_fail(error, "%s: cannot be read: %s", path, strerror(reason));
}

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

static bool open_archive(const char *path, const char *prefix, struct found *found, struct cnn_error *error)
{
    const struct names *names = find_names(prefix);
    bool there;
    return find_in_archive(path, prefix, found, &there, error) &&
           (there || cnn_fail(error, "%s: has no array %s", path, names ? names->inputs[0] : prefix));
}

bool cnn_dataset_reads(const char *data, const char *path)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct found found = {.table = false};
        if (find_in_folder(data, sets[i].prefix, &found) &&
            (cnn_file_same(found.inputs, path) || cnn_file_same(found.labels, path)))
            return true;
    }
    return cnn_file_same(data, path);
}

bool cnn_dataset_exists(const char *data, const char *prefix)
{
    struct found found = {.table = false};
    bool is_archive, there;
    if (!cnn_archive_check(data, &is_archive, NULL))
        return is_there(data); /* as below */
    if (!is_archive)
        return find_in_folder(data, prefix, &found);
    return !find_in_archive(data, prefix, &found, &there, NULL) || there; /* opening it will tell what is wrong */
}

static bool find(const char *data, const char *prefix, struct found *found, struct cnn_error *error)
{
    struct stat status;
    if (stat(data, &status) != 0)
        return cnn_fail(error, "%s: %s", data, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return open_folder(data, prefix, found, error);
    bool is_archive;
    if (!cnn_archive_check(data, &is_archive, error))
        return false;
    if (is_archive)
        return open_archive(data, prefix, found, error);
    found->table = cnn_csv_is(data) && strlen(data) < CNN_PATH_SIZE;
    if (!found->table)
        return !cnn_foreign(data, error) &&
               cnn_fail(error,
                        "%s: is no folder of %s-images-idx3-ubyte and the like, no .npz archive and no .csv file",
                        data, prefix);
    memcpy(found->inputs, data, strlen(data) + 1);
    return true;
}

/* *has: are there labels beside the inputs? A table's are found when it is read. */
static bool look_for_labels(const struct found *found, bool *has, struct cnn_error *error)
{
    if (found->labels_name)
        return cnn_zip_has(found->labels, found->labels_name, has, error);
    *has = *found->labels && is_there(found->labels);
    return true;
}

bool cnn_dataset_open_any(const struct cnn_model *model, const char *data, const char *prefix,
                          struct cnn_dataset *set, struct cnn_error *error)
{
    struct found found = {.table = false};
    bool has_labels;
    *set = (struct cnn_dataset){.count = 0};
    if (!find(data, prefix, &found, error) || !look_for_labels(&found, &has_labels, error))
        return false;
    struct cnn_place inputs = {found.inputs, found.inputs_name}, labels = {found.labels, found.labels_name};
    return cnn_dataset_read_places(model, &inputs, has_labels ? &labels : NULL, set, error);
}

bool cnn_dataset_open(const struct cnn_model *model, const char *data, const char *prefix, struct cnn_dataset *set,
                      struct cnn_error *error)
{
    struct found found = {.table = false};
    *set = (struct cnn_dataset){.count = 0};
    if (!find(data, prefix, &found, error))
        return false;
    if (!*found.labels && !found.table)
        return cnn_fail(error, "%s: has no %s-labels-idx1-ubyte or %s-labels-idx1-ubyte.gz", data, prefix, prefix);
    struct cnn_place inputs = {found.inputs, found.inputs_name}, labels = {found.labels, found.labels_name};
    if (!cnn_dataset_read_places(model, &inputs, found.table ? NULL : &labels, set, error))
        return false;
    if (set->labels)
        return true;
    cnn_dataset_free(set);
    return cnn_fail(error, "%s: has as many columns as model %s has inputs, so there is no label", found.inputs,
                    model->name);
}
