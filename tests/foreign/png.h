/* png.h -- as much of libpng as the runtime needs to link where it is not at hand; no picture is read. */
#ifndef FOREIGN_PNG_H
#define FOREIGN_PNG_H

#include <stdio.h>

enum {
    PNG_IMAGE_VERSION = 1,
    PNG_FORMAT_FLAG_COLOR = 2,
    PNG_FORMAT_GRAY = 0,
    PNG_FORMAT_RGB = 2,
    PNG_IMAGE_FLAG_16BIT_sRGB = 4
};

typedef struct {
    unsigned version, width, height, format, flags;
    char message[64];
} png_image;

typedef struct {
    unsigned char red, green, blue;
} png_color;

int png_image_begin_read_from_stdio(png_image *image, FILE *file);
int png_image_finish_read(png_image *image, const png_color *background, void *buffer, int stride, void *colormap);
void png_image_free(png_image *image);

#endif
