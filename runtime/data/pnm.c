/* pnm.c -- PGM and PPM pictures, plain or raw. */
#include "data/data.h"

#include <inttypes.h>

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

bool cnn_decode_pnm(struct cnn_picture_file *picture)
{
    (void)getc(picture->file); /* a 'P' */
    int kind = getc(picture->file);
    bool plain = kind == '2' || kind == '3';
    int channels = kind == '3' || kind == '6' ? 3 : 1;
    int64_t columns = read_number(picture->file, INT32_MAX);
    int64_t rows = columns < 0 ? -1 : read_number(picture->file, INT32_MAX);
    int64_t maximum = rows < 0 ? -1 : read_number(picture->file, 65535);
    if (maximum < 1)
        return cnn_fail(picture->error, "%s: its PGM or PPM header is damaged", picture->path);
    if (!cnn_picture_allocate(picture, columns, rows, channels, picture->bytes))
        return false;
    for (int64_t i = 0; i < columns * rows * channels; i++) {
        int64_t sample = read_sample(picture->file, plain, maximum);
        if (sample < 0 || sample > maximum)
            return cnn_fail(picture->error, "%s: %s at pixel %" PRId64 " of %" PRId64, picture->path,
                            feof(picture->file) ? "truncated" : "bad value", i / channels, columns * rows);
        picture->pixels[i] = (uint8_t)((sample * 255 + maximum / 2) / maximum);
    }
    return true;
}
