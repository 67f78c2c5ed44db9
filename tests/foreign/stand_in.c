/* stand_in.c -- what zlib.h, png.h and jpeglib.h declare. */
#include "jpeglib.h"
#include "png.h"
#include "zlib.h"

#include <stdio.h>
#include <unistd.h>

gzFile gzdopen(int descriptor, const char *mode) { return (gzFile)(void *)fdopen(descriptor, mode); }

int gzbuffer(gzFile file, unsigned size)
{
    (void)file, (void)size;
    return 0;
}

int gzdirect(gzFile file)
{
    (void)file;
    return 1;
}

int gzread(gzFile file, void *out, unsigned size) { return (int)fread(out, 1, size, (FILE *)(void *)file); }

const char *gzerror(gzFile file, int *code)
{
    (void)file;
    *code = Z_OK;
    return "";
}

int gzclose_r(gzFile file) { return fclose((FILE *)(void *)file); }

int inflateInit2(z_stream *stream, int bits)
{
    (void)stream, (void)bits;
    return Z_MEM_ERROR;
}

int inflate(z_stream *stream, int flush)
{
    (void)stream, (void)flush;
    return Z_DATA_ERROR;
}

int inflateEnd(z_stream *stream)
{
    (void)stream;
    return Z_OK;
}

uLong crc32_z(uLong crc, const unsigned char *bytes, size_t count)
{
    crc ^= 0xffffffff;
    for (size_t i = 0; bytes && i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc ^ 0xffffffff;
}

uLong crc32(uLong crc, const unsigned char *bytes, uInt count) { return crc32_z(crc, bytes, count); }

int png_image_begin_read_from_stdio(png_image *image, FILE *file)
{
    (void)file;
    snprintf(image->message, sizeof image->message, "no libpng here");
    return 0;
}

int png_image_finish_read(png_image *image, const png_color *background, void *buffer, int stride, void *colormap)
{
    (void)image, (void)background, (void)buffer, (void)stride, (void)colormap;
    return 0;
}

void png_image_free(png_image *image) { (void)image; }

static void say_that_there_is_none(j_common_ptr jpeg, char *text)
{
    (void)jpeg;
    snprintf(text, JMSG_LENGTH_MAX, "no libjpeg here");
}

struct jpeg_error_mgr *jpeg_std_error(struct jpeg_error_mgr *errors)
{
    errors->format_message = say_that_there_is_none;
    return errors;
}

void jpeg_create_decompress(j_decompress_ptr jpeg) { jpeg->err->error_exit((j_common_ptr)(void *)jpeg); }

void jpeg_destroy_decompress(j_decompress_ptr jpeg) { (void)jpeg; }

void jpeg_stdio_src(j_decompress_ptr jpeg, FILE *file) { (void)jpeg, (void)file; }

int jpeg_read_header(j_decompress_ptr jpeg, int wanted)
{
    (void)jpeg, (void)wanted;
    return 0;
}

int jpeg_start_decompress(j_decompress_ptr jpeg)
{
    (void)jpeg;
    return 0;
}

unsigned jpeg_read_scanlines(j_decompress_ptr jpeg, JSAMPROW *rows, unsigned count)
{
    (void)jpeg, (void)rows, (void)count;
    return 0;
}

int jpeg_finish_decompress(j_decompress_ptr jpeg)
{
    (void)jpeg;
    return 0;
}
