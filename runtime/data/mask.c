/* mask.c -- pictures as labels: for each of FOLDER/images one of the same name in FOLDER/masks, whose grey levels are classes,
 * or what an output has to give, 0 to 255 then being 0 to 1. */
#include "data/data.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool cnn_mask_geometry(const struct cnn_model *model, struct cnn_geometry *geometry)
{
    const struct cnn_model_output *output = &model->outputs[0];
    if (output->label_is_class) {
        *geometry = (struct cnn_geometry){output->dim[0], output->dim[1], 1, false};
        return output->rank == 3 && output->label_count == output->dim[0] * output->dim[1];
    }
    return cnn_geometry_of_shape(output->rank, output->dim, geometry) && output->label_count == output->count;
}

bool cnn_masks_find(const char *folder, char images[CNN_PATH_SIZE], char masks[CNN_PATH_SIZE])
{
    static const char *const names[][2] = {
        {"images", "masks"}, {"image", "mask"}, {"image", "label"}, {"images", "labels"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (snprintf(images, CNN_PATH_SIZE, "%s/%s", folder, names[i][0]) < CNN_PATH_SIZE &&
            snprintf(masks, CNN_PATH_SIZE, "%s/%s", folder, names[i][1]) < CNN_PATH_SIZE &&
            cnn_folder_has(images, CNN_LIST_PICTURES) && cnn_folder_has(masks, CNN_LIST_PICTURES))
            return true;
    return false;
}

/* FOLDER/NAME.png or FOLDER/NAME_mask.png, or with the ending in capitals. */
static bool try_ending(const char *folder, const char *name, int length, char ending[CNN_ENDING_SIZE],
                       char path[CNN_PATH_SIZE])
{
    for (int way = 0; way < 4; way++) {
        for (char *c = ending; way == 2 && *c; c++)
            *c = (char)toupper((unsigned char)*c);
        if (snprintf(path, CNN_PATH_SIZE, "%s/%.*s%s%s", folder, length, name, way % 2 ? "_mask" : "", ending) <
                CNN_PATH_SIZE &&
            cnn_is_there(path))
            return true;
    }
    return false;
}

/* The mask's path. */
static bool find(const char *image, const char *masks, char path[CNN_PATH_SIZE], struct cnn_error *error)
{
    const char *slash = strrchr(image, '/'), *name = slash ? slash + 1 : image, *dot = strrchr(name, '.');
    int length = (int)(dot ? dot - name : (ptrdiff_t)strlen(name));
    char ending[CNN_ENDING_SIZE];
    for (int i = 0; cnn_format_ending(CNN_PICTURE, i, ending); i++)
        if (try_ending(masks, name, length, ending, path))
            return true;
    return cnn_fail(error, "%s: has no mask: there is no %s/%.*s.png", image, masks, length, name);
}

/* A grey picture may be written in colours that are none. */
static bool is_grey(const struct cnn_picture_file *picture)
{
    const uint8_t *end = picture->pixels + picture->columns * picture->rows * picture->channels;
    for (const uint8_t *pixel = picture->pixels; picture->channels == 3 && pixel < end; pixel += 3)
        if (pixel[0] != pixel[1] || pixel[0] != pixel[2])
            return false;
    return true;
}

bool cnn_mask_read(const struct cnn_model *model, const char *image, const char *masks, uint8_t *label,
                   struct cnn_error *error)
{
    struct cnn_geometry geometry;
    struct cnn_picture_file picture;
    char path[CNN_PATH_SIZE];
    if (!cnn_mask_geometry(model, &geometry) || !find(image, masks, path, error))
        return false;
    bool ok = cnn_picture_decode(path, &geometry, &picture, error);
    if (ok && geometry.channels == 1 && !is_grey(&picture))
        ok = cnn_fail(
            error,
            "%s: is in colour, but the labels of model %s have one number a pixel: masks are grey pictures, "
            "whose levels are classes, or 0 and 255",
            path, model->name);
    ok = ok && cnn_picture_pick(&picture, geometry.columns, geometry.rows) && cnn_picture_arrange(&picture, label);
    free(picture.pixels);
    return ok;
}
