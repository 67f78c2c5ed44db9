/* png.c -- PNG pictures, through libpng; alpha is laid over black. */
#include "data/data.h"

#include <png.h>

bool cnn_decode_png(struct cnn_picture_file *picture)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    const png_color black = {0, 0, 0};
    bool ok = png_image_begin_read_from_stdio(&png, picture->file);
    if (ok) {
        bool colour = png.format & PNG_FORMAT_FLAG_COLOR;
        int64_t inflated = cnn_inflated_max(picture->bytes);
        png.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
        /* a pixel takes a bit at least */
        if (!cnn_picture_allocate(picture, png.width, png.height, colour ? 3 : 1,
                                  inflated > INT64_MAX / 8 ? INT64_MAX : 8 * inflated)) {
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
