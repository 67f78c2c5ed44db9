/* format.c -- the formats of files, a row each: how one is known, and what reads it. Nothing else asks what a file is. */
#include "data/data.h"

#include <string.h>
#include <strings.h>

#define MAGIC(bytes) .magic = (bytes), .magic_bytes = sizeof(bytes) - 1

static const struct cnn_format formats[] = {
    {"a CSV file", .suffix = ".csv", .labelled = true, .read = cnn_table_read},
    {"an .npz archive", MAGIC("PK\3\4"), .has_set = cnn_archive_has_set, .read = cnn_arrays_read},
    {"an .npy file", MAGIC("\x93NUM"), .header = cnn_npy_header, .read = cnn_arrays_read},
    {"a PNG picture", MAGIC("\x89P"), .decode = cnn_png_decode, .read = cnn_picture_read},
    {"a PGM picture", MAGIC("P2"), .decode = cnn_pnm_decode, .read = cnn_picture_read},
    {"a PPM picture", MAGIC("P3"), .decode = cnn_pnm_decode, .read = cnn_picture_read},
    {"a PGM picture", MAGIC("P5"), .decode = cnn_pnm_decode, .read = cnn_picture_read},
    {"a PPM picture", MAGIC("P6"), .decode = cnn_pnm_decode, .read = cnn_picture_read},
    {"an IDX file", MAGIC("\0\0"), .header = cnn_idx_header, .read = cnn_arrays_read},
};
enum { FORMATS = sizeof formats / sizeof *formats, MAGIC_MOST = 4 };

static bool begins_so(const struct cnn_format *format, const unsigned char *bytes, size_t count)
{
    return format->magic && count >= format->magic_bytes && memcmp(bytes, format->magic, format->magic_bytes) == 0;
}

static bool is_called_so(const struct cnn_format *format, const char *path)
{
    size_t length = strlen(path), suffix = format->suffix ? strlen(format->suffix) : 0;
    length -= length > 3 && strcmp(path + length - 3, ".gz") == 0 ? 3 : 0;
    return suffix > 0 && length > suffix && strncasecmp(path + length - suffix, format->suffix, suffix) == 0;
}

const struct cnn_format *cnn_format_of_array(const unsigned char *bytes, size_t count)
{
    for (int i = 0; i < FORMATS; i++)
        if ((formats[i].header || formats[i].has_set) && begins_so(&formats[i], bytes, count))
            return &formats[i];
    return NULL;
}

/* The first bytes of a file, unpacked; fewer where it has no more, -1 after an error. */
static int64_t read_magic(const char *path, unsigned char magic[MAGIC_MOST], struct cnn_error *error)
{
    struct cnn_input input;
    int64_t got = cnn_input_open(&input, path, error) ? input.read(&input, magic, MAGIC_MOST) : -1;
    cnn_input_close(&input);
    return got;
}

static const struct cnn_format *unknown(const char *path, const unsigned char *magic, int64_t count,
                                        struct cnn_error *error)
{
    char bytes[3 * MAGIC_MOST + 1] = "";
    if (cnn_foreign(path, error))
        return NULL;
    for (int64_t i = 0; i < count; i++)
        snprintf(bytes + 3 * i, 4, " %02x", magic[i]);
    cnn_fail(error, "%s: is no CSV, .npy, .npz, IDX, PNG, PGM or PPM file: it %s%s", path,
             count ? "begins with" : "is empty", bytes);
    return NULL;
}

const struct cnn_format *cnn_format_of(const char *path, struct cnn_error *error)
{
    unsigned char magic[MAGIC_MOST];
    for (int i = 0; i < FORMATS; i++)
        if (is_called_so(&formats[i], path))
            return &formats[i];
    int64_t count = read_magic(path, magic, error);
    if (count < 0)
        return NULL;
    for (int i = 0; i < FORMATS; i++)
        if (begins_so(&formats[i], magic, (size_t)count))
            return &formats[i];
    return unknown(path, magic, count, error);
}
