/* pixels.c -- the pixels of a picture: memory for them, and another size.
 *
 * What a header promises is compared with what a file of that size can hold, and with a limit, before memory is asked for. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 65535, PIXELS_MAX = 1 << 26 }; /* 67 megapixels, 192 MiB */

bool cnn_picture_allocate(struct cnn_picture_file *picture, int64_t columns, int64_t rows, int channels,
                          int64_t max)
{
    if (columns < 1 || rows < 1 || columns > SIDE_MAX || rows > SIDE_MAX || columns * rows > PIXELS_MAX)
        return cnn_fail(picture->error,
                        "%s: the picture is %" PRId64 " pixels wide and %" PRId64 " high; up to %d pixels are read",
                        picture->path, columns, rows, (int)PIXELS_MAX);
    if (columns * rows > max)
        return cnn_fail(picture->error,
                        "%s: truncated: the picture is %" PRId64 " pixels wide and %" PRId64
                        " high, for which the file is too short",
                        picture->path, columns, rows);
    picture->columns = columns;
    picture->rows = rows;
    picture->channels = channels;
    picture->pixels = cnn_alloc(columns * rows * channels, picture->error);
    return picture->pixels != NULL;
}

/* Two neighbours along an axis, and how far the sample is from the first to the second. */
struct sample {
    int64_t low, high;
    double weight;
};

/* Where pixel i of `to` lies among `from` pixels, both as long, the centres of pixels at halves. */
static struct sample sample_at(int64_t i, int64_t from, int64_t to)
{
    double at = ((double)i + 0.5) * ((double)from / (double)to) - 0.5, below = floor(at);
    int64_t low = (int64_t)below;
    return (struct sample){low < 0 ? 0 : low, low + 1 < from ? low + 1 : from - 1, at - below};
}

static double between(double low, double high, double weight) { return low + (high - low) * weight; }

static uint8_t resample(const struct cnn_picture_file *picture, const struct sample *y, const struct sample *x,
                        int c)
{
    const int64_t stride = picture->columns * picture->channels, left = x->low * picture->channels + c,
                  right = x->high * picture->channels + c;
    const uint8_t *above = picture->pixels + y->low * stride, *below = picture->pixels + y->high * stride;
    double value = between(between(above[left], above[right], x->weight),
                           between(below[left], below[right], x->weight), y->weight);
    return (uint8_t)floor(value + 0.5);
}

static void replace(struct cnn_picture_file *picture, uint8_t *pixels, int64_t columns, int64_t rows)
{
    free(picture->pixels);
    picture->pixels = pixels;
    picture->columns = columns;
    picture->rows = rows;
}

bool cnn_picture_resize(struct cnn_picture_file *picture, int64_t columns, int64_t rows)
{
    const int channels = picture->channels;
    if (picture->columns == columns && picture->rows == rows)
        return true;
    uint8_t *pixels = cnn_alloc(columns * rows * channels, picture->error), *next = pixels;
    if (!pixels)
        return false;
    for (int64_t row = 0; row < rows; row++) {
        const struct sample y = sample_at(row, picture->rows, rows);
        for (int64_t column = 0; column < columns; column++) {
            const struct sample x = sample_at(column, picture->columns, columns);
            for (int c = 0; c < channels; c++)
                *next++ = resample(picture, &y, &x, c);
        }
    }
    replace(picture, pixels, columns, rows);
    return true;
}

bool cnn_picture_pick(struct cnn_picture_file *picture, int64_t columns, int64_t rows)
{
    const int64_t channels = picture->channels;
    if (picture->columns == columns && picture->rows == rows)
        return true;
    uint8_t *pixels = cnn_alloc(columns * rows * channels, picture->error), *next = pixels;
    if (!pixels)
        return false;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t column = 0; column < columns; column++, next += channels) {
            int64_t y = (2 * row + 1) * picture->rows / (2 * rows),
                    x = (2 * column + 1) * picture->columns / (2 * columns);
            memcpy(next, picture->pixels + (y * picture->columns + x) * channels, (size_t)channels);
        }
    replace(picture, pixels, columns, rows);
    return true;
}
