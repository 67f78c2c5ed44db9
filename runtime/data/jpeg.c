/* jpeg.c -- JPEG pictures, through libjpeg (libjpeg-turbo). The numbers are those of tf.io.decode_jpeg: the accurate integer
 * transform, chroma interpolated; a model with one channel gets the luma as it stands in the file. */
#include "data/data.h"

#include <jpeglib.h>

#include <jerror.h>
#include <setjmp.h>

enum { SCANS_MAX = 200 }; /* a progressive picture has about ten, and each costs a pass over all of it */

struct reader {
    struct jpeg_error_mgr errors; /* the first: libjpeg hands it back, and it is the reader then */
    jmp_buf back;
    char message[JMSG_LENGTH_MAX];
};

static void give_up(j_common_ptr jpeg)
{
    struct reader *reader = (struct reader *)(void *)jpeg->err;
    jpeg->err->format_message(jpeg, reader->message);
    longjmp(reader->back, 1);
}

/* Where data are missing or damaged libjpeg would go on in grey; other warnings are of no consequence. */
static void judge_warning(j_common_ptr jpeg, int level)
{
    int code = jpeg->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE))
        give_up(jpeg);
}

static void print_nothing(j_common_ptr jpeg) { (void)jpeg; }

static void count_scans(j_common_ptr jpeg)
{
    if (((j_decompress_ptr)(void *)jpeg)->input_scan_number > SCANS_MAX) {
        jpeg->err->msg_code = JERR_BAD_PROGRESSION;
        give_up(jpeg);
    }
}

/* A block of 64 pixels takes a bit at least. */
static int64_t pixels_max(int64_t bytes) { return bytes > INT64_MAX / 512 ? INT64_MAX : 512 * bytes; }

static bool refuse(const struct cnn_picture_file *picture, const char *what)
{
    return cnn_fail(picture->error, "%s: is a JPEG picture %s, which is not read; convert it to RGB or PNG",
                    picture->path, what);
}

static bool decode(j_decompress_ptr jpeg, struct cnn_picture_file *picture)
{
    jpeg_create_decompress(jpeg);
    struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
    jpeg->progress = &progress;
    jpeg_stdio_src(jpeg, picture->file);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->num_components == 4)
        return refuse(picture, "in CMYK, for printing");
    if (jpeg->arith_code)
        return refuse(picture, "with arithmetic coding");
    bool grey = picture->geometry->channels == 1 || jpeg->num_components == 1;
    jpeg->out_color_space = grey ? JCS_GRAYSCALE : JCS_RGB;
    if (!cnn_picture_allocate(picture, jpeg->image_width, jpeg->image_height, grey ? 1 : 3,
                              pixels_max(picture->bytes)))
        return false;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = picture->pixels + picture->columns * picture->channels * (int64_t)jpeg->output_scanline;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
    return true;
}

bool cnn_decode_jpeg(struct cnn_picture_file *picture)
{
    struct reader reader;
    struct jpeg_decompress_struct jpeg = {.err = jpeg_std_error(&reader.errors)};
    reader.errors.error_exit = give_up;
    reader.errors.emit_message = judge_warning;
    reader.errors.output_message = print_nothing;
    if (setjmp(reader.back)) {
        cnn_fail(picture->error, "%s: cannot be read as a JPEG picture: %s", picture->path, reader.message);
        jpeg_destroy_decompress(&jpeg);
        return false;
    }
    bool ok = decode(&jpeg, picture);
    jpeg_destroy_decompress(&jpeg);
    return ok;
}
