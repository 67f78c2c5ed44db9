/* jpeglib.h -- as much of libjpeg as the runtime needs to link where it is not at hand; no picture is read. */
#ifndef FOREIGN_JPEGLIB_H
#define FOREIGN_JPEGLIB_H

#include <stdio.h>

#define TRUE            1
#define JMSG_LENGTH_MAX 200

typedef unsigned char *JSAMPROW;
typedef struct jpeg_common_struct *j_common_ptr;
typedef struct jpeg_decompress_struct *j_decompress_ptr;

struct jpeg_error_mgr {
    void (*error_exit)(j_common_ptr jpeg);
    void (*emit_message)(j_common_ptr jpeg, int level);
    void (*output_message)(j_common_ptr jpeg);
    void (*format_message)(j_common_ptr jpeg, char *text);
    int msg_code;
};

struct jpeg_progress_mgr {
    void (*progress_monitor)(j_common_ptr jpeg);
};

struct jpeg_common_struct {
    struct jpeg_error_mgr *err;
};

struct jpeg_decompress_struct {
    struct jpeg_error_mgr *err;
    struct jpeg_progress_mgr *progress;
    int num_components, arith_code, input_scan_number;
    enum { JCS_GRAYSCALE, JCS_RGB } out_color_space;
    unsigned image_width, image_height, output_height, output_scanline;
};

struct jpeg_error_mgr *jpeg_std_error(struct jpeg_error_mgr *errors);
void jpeg_create_decompress(j_decompress_ptr jpeg);
void jpeg_destroy_decompress(j_decompress_ptr jpeg);
void jpeg_stdio_src(j_decompress_ptr jpeg, FILE *file);
int jpeg_read_header(j_decompress_ptr jpeg, int wanted);
int jpeg_start_decompress(j_decompress_ptr jpeg);
unsigned jpeg_read_scanlines(j_decompress_ptr jpeg, JSAMPROW *rows, unsigned count);
int jpeg_finish_decompress(j_decompress_ptr jpeg);

#endif
