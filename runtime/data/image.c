/* image.c -- one picture file as a model's input: PNG through libpng, PGM and PPM by hand.
 *
 * The size in the file's header is compared with the model's before anything is allocated, so a
 * damaged header cannot ask for much.
 */
#define _POSIX_C_SOURCE 200809L
#include "data/data.h"

#include <inttypes.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

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
    return cnn_geometry_of_shape(model->input_rank, model->input_dim, geometry);
}

/* A file being read for a model, from its beginning. Decoders fill `pixels`: rows x columns x channels bytes, 1 or 3
 * channels. */
struct cnn_picture_file {
    const char *path;
    FILE *file;
    const struct cnn_geometry *geometry;
    int channels;
    uint8_t *pixels;
    struct cnn_error *error;
};

static bool allocate(struct cnn_picture_file *picture, int64_t columns, int64_t rows, int channels)
{
    const struct cnn_geometry *wanted = picture->geometry;
    if (columns != wanted->columns || rows != wanted->rows)
        return cnn_fail(picture->error,
                        "%s: the picture is %" PRId64 " pixels wide and %" PRId64
                        " high, but the model wants %" PRId64 " and %" PRId64 "; resize it first",
                        picture->path, columns, rows, wanted->columns, wanted->rows);
    picture->channels = channels;
    picture->pixels = cnn_alloc(columns * rows * channels, picture->error);
    return picture->pixels != NULL;
}

/* ---- PGM and PPM --------------------------------------------------------------------------------- */

static int skip_blanks(FILE *file)
{
    int c = getc(file);
    while (c == '#' || c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        if (c == '#')
            while (c != '\n' && c != EOF)
                c = getc(file);
        else
            c = getc(file);
    }
    return c;
}

/* A decimal number up to `limit` and the one character after it; -1 when there is none. */
static int64_t read_number(FILE *file, int64_t limit)
{
    int c = skip_blanks(file);
    if (c < '0' || c > '9')
        return -1;
    int64_t value = 0;
    for (; c >= '0' && c <= '9'; c = getc(file)) {
        value = 10 * value + (c - '0');
        if (value > limit)
            return -1;
    }
    return value;
}

static int64_t read_sample(FILE *file, bool plain, int64_t maximum)
{
    if (plain)
        return read_number(file, maximum);
    int upper = maximum > 255 ? getc(file) : 0, lower = getc(file);
    return upper == EOF || lower == EOF ? -1 : (int64_t)upper * 256 + lower;
}

static bool decode_pnm(struct cnn_picture_file *picture)
{
    (void)getc(picture->file); /* a 'P' */
    int kind = getc(picture->file);
    int64_t columns = read_number(picture->file, INT32_MAX);
    int64_t rows = columns < 0 ? -1 : read_number(picture->file, INT32_MAX);
    int64_t maximum = rows < 0 ? -1 : read_number(picture->file, 65535);
    if (maximum < 1)
        return cnn_fail(picture->error, "%s: its PGM or PPM header is damaged", picture->path);
    int channels = kind == '3' || kind == '6' ? 3 : 1;
    if (!allocate(picture, columns, rows, channels))
        return false;
    for (int64_t i = 0; i < columns * rows * channels; i++) {
        int64_t sample = read_sample(picture->file, kind == '2' || kind == '3', maximum);
        if (sample < 0 || sample > maximum)
            return cnn_fail(picture->error, "%s: %s at pixel %" PRId64 " of %" PRId64, picture->path,
                            feof(picture->file) ? "truncated" : "bad value", i / channels, columns * rows);
        picture->pixels[i] = (uint8_t)((sample * 255 + maximum / 2) / maximum);
    }
    return true;
}

/* ---- PNG ------------------------------------------------------------------------------------------ */

static bool decode_png(struct cnn_picture_file *picture)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    const png_color black = {0, 0, 0};
    bool ok = png_image_begin_read_from_stdio(&png, picture->file);
    if (ok) {
        bool colour = png.format & PNG_FORMAT_FLAG_COLOR;
        png.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
        if (!allocate(picture, png.width, png.height, colour ? 3 : 1)) {
            png_image_free(&png);
            return false;
        }
        ok = png_image_finish_read(&png, &black, picture->pixels, 0, NULL);
    }
    if (!ok)
        cnn_fail(picture->error, "%s: cannot be read as a PNG file: %s", picture->path, png.message);
    png_image_free(&png);
    return ok;
}

/* ---- into the model's layout ----------------------------------------------------------------------- */

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

static void arrange(const struct cnn_picture_file *picture, uint8_t *input)
{
    const struct cnn_geometry *geometry = picture->geometry;
    int64_t pixels = geometry->rows * geometry->columns;
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t c = 0; c < geometry->channels; c++)
            input[geometry->channels_first ? c * pixels + p : p * geometry->channels + c] =
                channel_of(picture, picture->pixels + p * picture->channels, c);
}

static bool (*const decoders[])(struct cnn_picture_file *picture) = {
#define FORMAT(id, kind, name, suffix, magic, header, decode, read) decode,
#include "data/format.def"
#undef FORMAT
};

bool cnn_image_read(const struct cnn_model *model, const char *path, uint8_t *input, struct cnn_error *error)
{
    struct cnn_geometry geometry;
    if (!cnn_geometry_of(model, &geometry)) {
        char shape[CNN_SHAPE_TEXT];
        return cnn_fail(error, "%s: the input of model %s is %s, which is no picture", path, model->name,
                        cnn_shape_text(shape, model->input_rank, model->input_dim));
    }
    const struct cnn_format *format = cnn_format_of(path, error);
    if (!format || !decoders[format->id])
        return format && cnn_fail(error, "%s: is %s, not a PNG, PGM or PPM picture", path, format->name);
    int64_t bytes;
    struct cnn_picture_file picture = {.path = path, .geometry = &geometry, .error = error};
    picture.file = cnn_file_stream(path, &bytes, error);
    if (!picture.file)
        return false;
    bool ok = decoders[format->id](&picture);
    if (ok)
        arrange(&picture, input);
    free(picture.pixels);
    (void)fclose(picture.file); /* only read */
    return ok;
}

bool cnn_picture_read(const struct cnn_model *model, const struct cnn_source *source,
                      struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    (void)preprocessing;
    struct cnn_array *inputs = &raw->inputs;
    *inputs = (struct cnn_array){.rank = 2, .dim = {1, model->input_count}, .element = CNN_BYTE};
    inputs->data = cnn_alloc(model->input_count, error);
    raw->inputs_are_whole = raw->is_picture = true;
    return inputs->data && cnn_image_read(model, source->inputs.path, inputs->data, error);
}
