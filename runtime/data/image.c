/* image.c -- one picture file as a model's input: of the size, the channels and the layout that it wants. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>

bool cnn_geometry_of_shape(int rank, const int64_t *dim, struct cnn_geometry *geometry)
{
    if (rank == 2)
        *geometry = (struct cnn_geometry){dim[0], dim[1], 1, false};
    else if (rank == 3 && (dim[2] == 1 || dim[2] == 3 || dim[2] == 4))
        *geometry = (struct cnn_geometry){dim[0], dim[1], dim[2], false};
    else if (rank == 3 && (dim[0] == 1 || dim[0] == 3 || dim[0] == 4))
        *geometry = (struct cnn_geometry){dim[1], dim[2], dim[0], true};
    else
        return false;
    return true;
}

bool cnn_geometry_of(const struct cnn_model *model, struct cnn_geometry *geometry)
{
    return cnn_geometry_of_shape(model->inputs[0].rank, model->inputs[0].dim, geometry);
}

static uint8_t grey_of(const uint8_t *rgb)
{
    return (uint8_t)((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
}

/* Channel c of a pixel, as a model with so many channels sees it; a fourth is opacity. */
static uint8_t channel_of(const struct cnn_picture_file *picture, const uint8_t *pixel, int64_t c)
{
    if (c == 3)
        return 255;
    if (picture->channels == 1)
        return pixel[0];
    return picture->geometry->channels == 1 ? grey_of(pixel) : pixel[c];
}

bool cnn_picture_arrange(struct cnn_picture_file *picture, uint8_t *input)
{
    const struct cnn_geometry *geometry = picture->geometry;
    int64_t pixels = geometry->rows * geometry->columns;
    if (!cnn_picture_resize(picture, geometry->columns, geometry->rows))
        return false;
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t c = 0; c < geometry->channels; c++)
            input[geometry->channels_first ? c * pixels + p : p * geometry->channels + c] =
                channel_of(picture, picture->pixels + p * picture->channels, c);
    return true;
}

bool cnn_picture_geometry(const struct cnn_model *model, const char *path, struct cnn_geometry *geometry,
                          struct cnn_error *error)
{
    char shape[CNN_SHAPE_TEXT];
    return cnn_geometry_of(model, geometry) ||
           cnn_fail(error, "%s: the input of model %s is %s, which is no picture", path, model->name,
                    cnn_shape_text(shape, model->inputs[0].rank, model->inputs[0].dim));
}

static bool (*const decoders[])(struct cnn_picture_file *picture) = {
#define FORMAT(id, kind, name, endings, magic, header, decode, read) decode,
#include "data/format.def"
#undef FORMAT
};

bool cnn_picture_decode(const char *path, const struct cnn_geometry *geometry, struct cnn_picture_file *picture,
                        struct cnn_error *error)
{
    const struct cnn_format *format = cnn_format_of(path, error);
    *picture = (struct cnn_picture_file){.path = path, .geometry = geometry, .error = error};
    if (!format || !decoders[format->id])
        return format && cnn_fail(error, "%s: is %s, not " CNN_PICTURES, path, format->name);
    picture->file = cnn_file_stream(path, &picture->bytes, error);
    if (!picture->file)
        return false;
    bool ok = decoders[format->id](picture);
    (void)fclose(picture->file); /* only read */
    return ok;
}

/* How many numbers a picture of that size has decides whether it is grey. */
bool cnn_geometry_of_flat(const struct cnn_model *model, int64_t rows, int64_t columns,
                          struct cnn_geometry *geometry)
{
    const struct cnn_model_input *input = &model->inputs[0];
    const int64_t channels = input->count / (rows * columns);
    *geometry = (struct cnn_geometry){rows, columns, channels, false};
    return input->rank == 1 && rows * columns * channels == input->count && (channels == 1 || channels == 3);
}

/* For an input without rows and columns, whose numbers are those of the picture, whatever its size. */
static bool read_flat(const struct cnn_model *model, const char *path, uint8_t *input, struct cnn_error *error)
{
    struct cnn_geometry geometry = {.channels = 3}; /* as it is in the file */
    struct cnn_picture_file picture;
    bool ok = cnn_picture_decode(path, &geometry, &picture, error);
    if (ok && !cnn_geometry_of_flat(model, picture.rows, picture.columns, &geometry))
        ok = cnn_fail(error,
                      "%s: the picture is %" PRId64 " pixels wide and %" PRId64
                      " high, but the input of model %s is "
                      "%" PRId64 ", which is no picture: one of as many numbers would be flattened",
                      path, picture.columns, picture.rows, model->name, model->inputs[0].count);
    ok = ok && cnn_picture_arrange(&picture, input);
    free(picture.pixels);
    return ok;
}

bool cnn_image_read(const struct cnn_model *model, const char *path, uint8_t *input, struct cnn_error *error)
{
    struct cnn_geometry geometry;
    struct cnn_picture_file picture;
    if (model->inputs[0].rank == 1)
        return read_flat(model, path, input, error);
    if (!cnn_picture_geometry(model, path, &geometry, error))
        return false;
    bool ok = cnn_picture_decode(path, &geometry, &picture, error) && cnn_picture_arrange(&picture, input);
    free(picture.pixels);
    return ok;
}

bool cnn_picture_read(const struct cnn_model *model, const struct cnn_source *source,
                      struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    (void)preprocessing;
    struct cnn_array *inputs = &raw->inputs;
    *inputs = (struct cnn_array){.rank = 2, .dim = {1, model->inputs[0].count}, .element = CNN_BYTE};
    inputs->data = cnn_alloc(model->inputs[0].count, error);
    raw->inputs_are_whole = raw->is_picture = true;
    return inputs->data && cnn_image_read(model, source->inputs.path, inputs->data, error);
}
