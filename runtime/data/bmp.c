/* bmp.c -- BMP pictures as most programs write them: of 8, 24 or 32 bits, not compressed, Windows' header of 40 bytes or
 * more. */
#include "data/data.h"

#include <inttypes.h>
#include <string.h>

enum { FILE_HEADER = 14, INFO_HEADER = 40, HEADERS = FILE_HEADER + INFO_HEADER, COLOURS = 256 };

struct bmp {
    int64_t columns, rows, data, info, bits, compression;
    bool upwards;                /* the last row comes first */
    uint8_t palette[COLOURS][4]; /* blue, green, red, nothing */
};

static int64_t number(const unsigned char *bytes, int size) { return (int64_t)cnn_little_endian(bytes, size); }

static bool damaged(const struct cnn_picture_file *picture)
{
    return cnn_fail(picture->error, "%s: is damaged, or no BMP picture", picture->path);
}

static bool read_header(struct cnn_picture_file *picture, struct bmp *bmp)
{
    unsigned char header[HEADERS];
    if (fread(header, 1, HEADERS, picture->file) != HEADERS)
        return damaged(picture);
    bmp->data = number(header + 10, 4);
    bmp->info = number(header + 14, 4);
    bmp->columns = (int32_t)number(header + 18, 4);
    bmp->rows = (int32_t)number(header + 22, 4);
    bmp->bits = number(header + 28, 2);
    bmp->compression = number(header + 30, 4);
    bmp->upwards = bmp->rows > 0;
    bmp->rows = bmp->upwards ? bmp->rows : -bmp->rows;
    if (bmp->info < INFO_HEADER || bmp->info > picture->bytes || bmp->data < HEADERS || bmp->data > picture->bytes)
        return damaged(picture);
    bool known = bmp->bits == 8 || bmp->bits == 24 || bmp->bits == 32;
    if (known && (bmp->compression == 0 || (bmp->compression == 3 && bmp->bits == 32))) /* masks, as a rule BGRA */
        return true;
    return cnn_fail(picture->error,
                    "%s: is a BMP picture of %" PRId64 " bits a pixel%s; 8, 24 and 32 are read, not compressed: "
                    "convert it to PNG",
                    picture->path, bmp->bits, bmp->compression ? ", compressed" : "");
}

/* Of 8 bits a pixel; colours that are missing are black. */
static bool read_palette(struct cnn_picture_file *picture, struct bmp *bmp)
{
    int64_t at = FILE_HEADER + bmp->info, bytes = bmp->data - at, max = (int64_t)sizeof bmp->palette;
    size_t wanted = (size_t)(bytes < 0 ? 0 : bytes < max ? bytes : max);
    return (fseek(picture->file, (long)at, SEEK_SET) == 0 &&
            fread(bmp->palette, 1, wanted, picture->file) == wanted) ||
           damaged(picture);
}

static void put_pixel(const struct bmp *bmp, const unsigned char *stored, uint8_t *rgb)
{
    const uint8_t *bgr = bmp->bits == 8 ? bmp->palette[*stored] : stored;
    rgb[0] = bgr[2];
    rgb[1] = bgr[1];
    rgb[2] = bgr[0];
}

static bool read_row(struct cnn_picture_file *picture, const struct bmp *bmp, uint8_t *row)
{
    unsigned char stored[4];
    const int64_t size = bmp->bits / 8, padding = -(bmp->columns * size) & 3;
    for (int64_t column = 0; column < bmp->columns; column++) {
        if (fread(stored, 1, (size_t)size, picture->file) != (size_t)size)
            return cnn_fail(picture->error, "%s: truncated", picture->path);
        put_pixel(bmp, stored, row + 3 * column);
    }
    for (int64_t i = 0; i < padding; i++)
        (void)getc(picture->file); /* may be missing behind the last row */
    return true;
}

bool cnn_decode_bmp(struct cnn_picture_file *picture)
{
    struct bmp bmp = {.columns = 0};
    if (!read_header(picture, &bmp) || (bmp.bits == 8 && !read_palette(picture, &bmp)))
        return false;
    if (!cnn_picture_allocate(picture, bmp.columns, bmp.rows, 3, picture->bytes * 8 / bmp.bits))
        return false;
    if (fseek(picture->file, (long)bmp.data, SEEK_SET) != 0)
        return damaged(picture);
    for (int64_t i = 0; i < bmp.rows; i++) {
        int64_t row = bmp.upwards ? bmp.rows - 1 - i : i;
        if (!read_row(picture, &bmp, picture->pixels + 3 * bmp.columns * row))
            return false;
    }
    return true;
}
