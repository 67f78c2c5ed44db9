/* format.c -- what a file is. Nothing else asks that; what reads each kind is called by who has the answer, from the same
 * rows: array.c, image.c and dataset.c. */
#include "data/data.h"

#include <string.h>
#include <strings.h>

#define FORMAT(id, kind, name, suffix, magic, header, decode, read)                                                \
    {CNN_FORMAT_##id, CNN_##kind, name, suffix, magic, sizeof(magic) - 1},
static const struct cnn_format formats[] = {
#include "data/format.def"
};

enum { MAGIC_MAX = 4 };
static bool begins_so(const struct cnn_format *format, const unsigned char *bytes, size_t count)
{
    return format->magic_bytes > 0 && count >= format->magic_bytes &&
           memcmp(bytes, format->magic, format->magic_bytes) == 0;
}

static bool is_called_so(const struct cnn_format *format, const char *path)
{
    size_t length = strlen(path), suffix = format->suffix ? strlen(format->suffix) : 0;
    length -= length > 3 && strcmp(path + length - 3, ".gz") == 0 ? 3 : 0;
    return suffix > 0 && length > suffix && strncasecmp(path + length - suffix, format->suffix, suffix) == 0;
}

const struct cnn_format *cnn_format_of_array(const unsigned char *bytes, size_t count)
{
    for (int i = 0; i < CNN_FORMATS; i++)
        if ((formats[i].kind == CNN_ARRAY || formats[i].kind == CNN_ARCHIVE) &&
            begins_so(&formats[i], bytes, count))
            return &formats[i];
    return NULL;
}

/* The first bytes of a file, unpacked; fewer where it has no more, -1 after an error. */
static int64_t read_magic(const char *path, unsigned char magic[MAGIC_MAX], struct cnn_error *error)
{
    struct cnn_input input;
    int64_t got = cnn_input_open(&input, path, error) ? input.read(&input, magic, MAGIC_MAX) : -1;
    cnn_input_close(&input);
    return got;
}

static const struct cnn_format *unknown(const char *path, const unsigned char *magic, int64_t count,
                                        struct cnn_error *error)
{
    char bytes[3 * MAGIC_MAX + 1] = "";
    if (cnn_foreign(path, error))
        return NULL;
    for (int64_t i = 0; i < count; i++)
        snprintf(bytes + 3 * i, 4, " %02x", magic[i]);
    cnn_fail(error, "%s: is no CSV, .npy, .npz or IDX file and no picture (PNG, JPEG, PGM, PPM, BMP): it %s%s",
             path, count ? "begins with" : "is empty", bytes);
    return NULL;
}

bool cnn_format_is_text(const struct cnn_format *format)
{
    return format->id == CNN_FORMAT_CSV || format->id == CNN_FORMAT_TSV;
}

const struct cnn_format *cnn_format_named(const char *path)
{
    for (int i = 0; i < CNN_FORMATS; i++)
        if (is_called_so(&formats[i], path))
            return &formats[i];
    return NULL;
}

const struct cnn_format *cnn_format_of(const char *path, struct cnn_error *error)
{
    const struct cnn_format *named = cnn_format_named(path);
    unsigned char magic[MAGIC_MAX];
    if (cnn_is_folder(path))
        return &formats[CNN_FORMAT_FOLDER];
    if (named)
        return named;
    int64_t count = read_magic(path, magic, error);
    if (count < 0)
        return NULL;
    for (int i = 0; i < CNN_FORMATS; i++)
        if (begins_so(&formats[i], magic, (size_t)count))
            return &formats[i];
    return unknown(path, magic, count, error);
}
