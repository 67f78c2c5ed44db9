/* foreign.c -- files of kinds that are not read, by how they begin: "photo.jpg: is a JPEG picture, ..." says more than
 * what its first bytes are not. */
#include "file/file.h"

#include <string.h>

#define PICTURES "pictures are read as " CNN_PICTURE_FORMATS ": convert it first"
#define ARRAYS                                                                                                     \
    "arrays are read as .npy, .npz, IDX and CSV, and weights as .safetensors: convert it first, "                  \
    "with numpy.savez(file, x_train=..., y_train=...) say"
#define VIDEOS     "pictures are read from folders: have a program like ffmpeg write them as PNG"
#define SOUNDS     "sounds are read as arrays of numbers: convert them to .npy"
#define TABLES     "tables are read as CSV: convert it first"
#define COMPRESSED "files are read as they are or packed by gzip: unpack it first"

/* A byte of a pattern that may be anything is '?'. */
static const struct foreign {
    int offset, length;
    const char *pattern, *is, *advice;
} kinds[] = {
    {0, 4, "GIF8", "a GIF picture", PICTURES},
    {0, 12, "RIFF????WEBP", "a WebP picture", PICTURES},
    {0, 4, "II*\0", "a TIFF picture", PICTURES},
    {0, 4, "MM\0*", "a TIFF picture", PICTURES},
    {4, 8, "ftypavif", "an AVIF picture", PICTURES},
    {4, 8, "ftyphei?", "a HEIC picture", PICTURES},
    {4, 4, "ftyp", "a video", VIDEOS},
    {0, 12, "RIFF????AVI ", "a video", VIDEOS},
    {0, 4, "\x1a\x45\xdf\xa3", "a video", VIDEOS},
    {0, 12, "RIFF????WAVE", "a WAV sound", SOUNDS},
    {0, 4, "fLaC", "a FLAC sound", SOUNDS},
    {0, 3, "ID3", "an MP3 sound", SOUNDS},
    {0, 8, "\x89HDF\r\n\x1a\n", "an HDF5 file", ARRAYS},
    {0, 2, "\x80\2", "a Python pickle", ARRAYS},
    {0, 2, "\x80\3", "a Python pickle", ARRAYS},
    {0, 2, "\x80\4", "a Python pickle", ARRAYS},
    {0, 2, "\x80\5", "a Python pickle", ARRAYS},
    {0, 4, "PK\3\4", "a zip archive", ARRAYS},
    {0, 10, "MATLAB 5.0", "a MATLAB file", ARRAYS},
    {0, 10, "MATLAB 7.3", "a MATLAB file", ARRAYS},
    {4, 9, "\0\0\0\0????\n", "a TFRecord file, it seems", ARRAYS},
    {0, 4, "PAR1", "a Parquet file", TABLES},
    {0, 6, "ARROW1", "an Arrow file", TABLES},
    {0, 15, "SQLite format 3", "an SQLite database", TABLES},
    {0, 3, "BZh", "a file packed by bzip2", COMPRESSED},
    {0, 6,
     "\xfd"
     "7zXZ\0",
     "a file packed by xz", COMPRESSED},
    {0, 4, "\x28\xb5\x2f\xfd", "a file packed by zstd", COMPRESSED},
    {257, 5, "ustar", "a tar archive", "folders are read as they are: unpack it first"},
};

enum { HEAD = 262 };

static bool matches(const struct foreign *kind, const unsigned char *head, size_t size)
{
    if (size < (size_t)kind->offset + (size_t)kind->length)
        return false;
    for (int i = 0; i < kind->length; i++)
        if (kind->pattern[i] != '?' && (unsigned char)kind->pattern[i] != head[kind->offset + i])
            return false;
    return true;
}

bool cnn_foreign(const char *path, struct cnn_error *error)
{
    struct cnn_input input;
    unsigned char head[HEAD];
    int64_t got = cnn_input_open(&input, path, NULL) ? input.read(&input, head, HEAD) : 0;
    cnn_input_close(&input);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (got > 0 && matches(&kinds[i], head, (size_t)got)) {
            cnn_fail(error, "%s: is %s, which is not read here; %s", path, kinds[i].is, kinds[i].advice);
            return true;
        }
    return false;
}
