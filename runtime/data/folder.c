/* folder.c -- a folder of pictures, as Keras' image_dataset_from_directory() has it: a sub-folder for each class, whose name
 * is the class's. Or pictures without labels. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The pictures of a set, in the order of its rows. */
struct pictures {
    struct cnn_listing names; /* "cats/1.png", in the folder; all of a class stand together */
    uint32_t *order;          /* of rows; NULL: as they are */
    int64_t *class_ends; /* by class: how many pictures that one and those before it have; NULL: there are none */
    char folder[CNN_PATH_SIZE], masks[CNN_PATH_SIZE]; /* masks: "" where there are none */
    int64_t left_out;                                 /* pictures of kinds that are not read, */
    char one_of_them[CNN_COLUMN_NAME];                /* such as this one */
};

/* ---- what there is ---------------------------------------------------------------------------------- */

/* Adds FOLDER/CLASS's pictures under names that begin with "CLASS/". */
static bool add_class(const char *folder, const char *class, struct cnn_listing *names, struct cnn_error *error)
{
    char path[CNN_PATH_SIZE];
    struct cnn_listing pictures = {.count = 0};
    if (snprintf(path, sizeof path, "%s/%s", folder, class) >= (int)sizeof path)
        return cnn_fail(error, "%s/%s: its name is too long", folder, class);
    bool ok = cnn_list(path, CNN_LIST_PICTURES, &pictures, error);
    if (ok && pictures.count == 0 && cnn_folder_has(path, CNN_LIST_FOLDERS))
        ok = cnn_fail(
            error, "%s: has folders, but no pictures: a folder of pictures has a sub-folder a class, with pictures",
            path);
    for (int64_t i = 0; i < pictures.count && ok; i++) {
        ok = snprintf(path, sizeof path, "%s/%s", class, pictures.names[i]) < (int)sizeof path &&
             cnn_listing_add(names, path);
        if (!ok)
            cnn_fail(error, "%s: out of memory for the names of its files", folder);
    }
    cnn_listing_free(&pictures);
    return ok;
}

/* What a class has that Keras, say, would read. */
static bool count_others(const char *folder, const char *class, struct pictures *pictures, struct cnn_error *error)
{
    char path[CNN_PATH_SIZE];
    struct cnn_listing others = {.count = 0};
    snprintf(path, sizeof path, "%s/%s", folder, class);
    if (!cnn_list(path, CNN_LIST_OTHER_PICTURES, &others, error))
        return false;
    if (others.count > 0 && pictures->left_out == 0)
        snprintf(pictures->one_of_them, sizeof pictures->one_of_them, "%s/%s", class, others.names[0]);
    pictures->left_out += others.count;
    cnn_listing_free(&others);
    return true;
}

static bool add_classes(const char *folder, const struct cnn_listing *classes, struct cnn_raw *raw,
                        struct pictures *pictures, struct cnn_error *error)
{
    pictures->class_ends = cnn_alloc(classes->count * (int64_t)sizeof *pictures->class_ends, error);
    bool ok = pictures->class_ends != NULL;
    for (int64_t i = 0; i < classes->count && ok; i++) {
        if (strlen(classes->names[i]) >= CNN_COLUMN_NAME)
            return cnn_fail(error, "%s/%s: its name is too long for a class: up to %d characters are kept", folder,
                            classes->names[i], CNN_COLUMN_NAME - 1);
        ok = cnn_words_add(&raw->words, classes->names[i], error) >= 0 &&
             add_class(folder, classes->names[i], &pictures->names, error) &&
             count_others(folder, classes->names[i], pictures, error);
        pictures->class_ends[i] = pictures->names.count;
    }
    return ok && (cnn_listing_index(&pictures->names) ||
                  cnn_fail(error, "%s: out of memory for the names of its files", folder));
}

static bool find_folder(const struct cnn_model *model, const char *folder, struct pictures *pictures,
                        struct cnn_error *error)
{
    struct cnn_geometry geometry;
    if (cnn_mask_geometry(model, &geometry) && cnn_masks_find(folder, pictures->folder, pictures->masks))
        return true;
    *pictures->masks = '\0';
    return snprintf(pictures->folder, CNN_PATH_SIZE, "%s", folder) < CNN_PATH_SIZE ||
           cnn_fail(error, "%s: its name is too long", folder);
}

static bool find(struct cnn_raw *raw, struct pictures *pictures, struct cnn_error *error)
{
    const char *folder = pictures->folder;
    struct cnn_listing classes;
    bool labelled = cnn_folder_has_classes(folder);
    bool ok = cnn_list(folder, labelled ? CNN_LIST_FOLDERS : CNN_LIST_PICTURES, &classes, error);
    if (ok && labelled) {
        ok = add_classes(folder, &classes, raw, pictures, error);
        cnn_listing_free(&classes);
    } else
        pictures->names = classes;
    if (ok && pictures->names.count == 0)
        return cnn_fail(error, "%s: has no pictures (" CNN_PICTURE_FORMATS "), and no sub-folders with some",
                        folder);
    return ok && (pictures->names.count < INT32_MAX || cnn_fail(error, "%s: has too many pictures", folder));
}

/* ---- rows ------------------------------------------------------------------------------------------- */

static bool shuffle(uint64_t seed, struct pictures *pictures, struct cnn_error *error)
{
    const int64_t count = pictures->names.count;
    pictures->order = cnn_alloc(count * (int64_t)sizeof *pictures->order, error);
    if (pictures->order)
        cnn_shuffle(seed, UINT32_MAX, pictures->order, (uint32_t)count);
    return pictures->order != NULL;
}

static int64_t picture_of(const struct pictures *pictures, int64_t row)
{
    return pictures->order ? pictures->order[row] : row;
}

static float class_of(const struct pictures *pictures, int64_t picture)
{
    int number = 0;
    while (picture >= pictures->class_ends[number])
        number++;
    return (float)number;
}

static bool read_labels(const struct pictures *pictures, struct cnn_raw *raw, struct cnn_error *error)
{
    const int64_t count = pictures->names.count;
    float *labels = cnn_alloc_floats(count, error);
    raw->labels = (struct cnn_array){.rank = 2, .dim = {count, 1}, .element = CNN_FLOAT, .data = labels};
    for (int64_t row = 0; labels && row < count; row++)
        labels[row] = class_of(pictures, picture_of(pictures, row));
    return labels != NULL;
}

/* Masks; or the pictures themselves, of which the model makes some like them. */
static bool read_masks(const struct cnn_model *model, const struct pictures *pictures, struct cnn_raw *raw,
                       struct cnn_error *error)
{
    const int64_t count = raw->inputs.dim[0], size = model->outputs[0].label_count;
    raw->labels = (struct cnn_array){.rank = 2, .dim = {count, size}, .element = CNN_BYTE};
    raw->labels_are_whole = true;
    bool ok = cnn_array_allocate(&raw->labels, error);
    uint8_t *labels = raw->labels.data;
    if (ok && !*pictures->masks)
        memcpy(labels, raw->inputs.data, (size_t)(count * size));
    for (int64_t row = 0; row < count && ok && *pictures->masks; row++)
        ok = cnn_mask_read(model, raw->row_names[row], pictures->masks, labels + row * size, error);
    return ok;
}

/* Says where labels come from, and what is not among the pictures. */
static void tell_labels(const struct pictures *pictures, bool itself, bool shuffles,
                        struct cnn_preprocessing *preprocessing)
{
    char *about = preprocessing->labels_about;
    int length = snprintf(about, CNN_ABOUT, "%s%s",
                          *pictures->masks ? "the masks beside the pictures"
                          : itself         ? "the pictures themselves"
                                           : "the names of folders",
                          shuffles ? ", in an order drawn by the seed" : "");
    if (pictures->left_out > 0)
        snprintf(about + length, (size_t)(CNN_ABOUT - length),
                 "; left out: %" PRId64 " of kinds that are not read, %s say", pictures->left_out,
                 pictures->one_of_them);
    cnn_make_printable(about);
}

/* FOLDER/NAME of the rows: pointers, and behind them what they point to. */
static bool keep_names(const char *folder, const struct pictures *pictures, struct cnn_raw *raw,
                       struct cnn_error *error)
{
    const int64_t count = pictures->names.count;
    size_t pointers = (size_t)count * sizeof *raw->row_names, bytes = pointers, length = strlen(folder) + 1;
    for (int64_t i = 0; i < count; i++)
        bytes += length + strlen(pictures->names.names[i]) + 1;
    raw->row_names = cnn_alloc((int64_t)bytes, error);
    char *at = raw->row_names ? (char *)raw->row_names + pointers : NULL;
    for (int64_t row = 0; at && row < count; row++) {
        const char *name = pictures->names.names[picture_of(pictures, row)];
        raw->row_names[row] = at;
        at += snprintf(at, length + strlen(name) + 1, "%s/%s", folder, name) + 1;
    }
    return raw->row_names != NULL;
}

static bool read_pictures(const struct cnn_model *model, struct cnn_raw *raw, int64_t count,
                          struct cnn_error *error)
{
    const int64_t size = model->inputs[0].count;
    raw->inputs = (struct cnn_array){.rank = 2, .dim = {count, size}, .element = CNN_BYTE};
    raw->inputs_are_whole = raw->is_picture = true;
    bool ok = cnn_array_allocate(&raw->inputs, error);
    uint8_t *bytes = raw->inputs.data;
    for (int64_t row = 0; row < count && ok; row++)
        ok = cnn_image_read(model, raw->row_names[row], bytes + row * size, error);
    return ok;
}

/* Where the pictures are labels, no classes are. */
static bool wants_pictures(const struct cnn_model *model, const struct pictures *pictures)
{
    struct cnn_geometry geometry;
    return *pictures->masks || (cnn_mask_geometry(model, &geometry) && !model->outputs[0].label_is_class &&
                                model->outputs[0].label_count == model->inputs[0].count);
}

static bool read_all(const struct cnn_model *model, const struct cnn_source *source, struct pictures *pictures,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    if (!find_folder(model, source->inputs.path, pictures, error) || !find(raw, pictures, error))
        return false;
    bool itself = wants_pictures(model, pictures),
         labelled = itself || (pictures->class_ends && cnn_needs_labels(model));
    if (!itself && cnn_mask_geometry(model, &(struct cnn_geometry){0}))
        return cnn_fail(
            error, "%s: the labels of model %s are pictures: put them into a folder masks beside one called images",
            source->inputs.path, model->name);
    if (itself)
        raw->words.count = 0;
    if (labelled && !*preprocessing->labels_about)
        tell_labels(pictures, itself, source->shuffles, preprocessing);
    if ((source->shuffles && !shuffle(preprocessing->seed, pictures, error)) ||
        !keep_names(pictures->folder, pictures, raw, error) ||
        !read_pictures(model, raw, pictures->names.count, error))
        return false;
    return !labelled || (itself ? read_masks(model, pictures, raw, error) : read_labels(pictures, raw, error));
}

bool cnn_folder_read(const struct cnn_model *model, const struct cnn_source *source,
                     struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    struct pictures *pictures = cnn_alloc(sizeof *pictures, error);
    if (!pictures)
        return false;
    *pictures = (struct pictures){.order = NULL};
    bool ok = read_all(model, source, pictures, preprocessing, raw, error);
    cnn_listing_free(&pictures->names);
    free(pictures->class_ends);
    free(pictures->order);
    free(pictures);
    return ok;
}
