/* format.c -- what a file is. Nothing else asks that; what reads each kind is called by who has the answer, from the same
 * rows: array.c, image.c and dataset.c. */
#include "data/data.h"

#include <string.h>
#include <strings.h>

#define FORMAT(id, kind, name, endings, magic, header, decode, read)                                               \
    {CNN_FORMAT_##id, CNN_##kind, name, endings, magic, sizeof(magic) - 1},
static const struct cnn_format formats[] = {
#include "data/format.def"
};

enum { MAGIC_MAX = 4 };
static bool begins_so(const struct cnn_format *format, const unsigned char *bytes, size_t count)
{
    return format->magic_bytes > 0 && count >= format->magic_bytes &&
           memcmp(bytes, format->magic, format->magic_bytes) == 0;
}

/* The next of a row's endings, which are words; false: there is none. */
static bool next_ending(const char **endings, char ending[CNN_ENDING_SIZE])
{
    const char *word = *endings + strspn(*endings, " ");
    size_t length = strcspn(word, " ");
    *endings = word + length;
    return length > 0 && snprintf(ending, CNN_ENDING_SIZE, "%.*s", (int)length, word) < CNN_ENDING_SIZE;
}

static bool is_called_so(const struct cnn_format *format, const char *path)
{
    char ending[CNN_ENDING_SIZE];
    size_t length = strlen(path);
    bool packed = format->kind != CNN_PICTURE && length > 3 && strcmp(path + length - 3, ".gz") == 0;
    length -= packed ? 3 : 0;
    for (const char *endings = format->endings; next_ending(&endings, ending);) {
        size_t bytes = strlen(ending);
        if (length > bytes && strncasecmp(path + length - bytes, ending, bytes) == 0)
            return true;
    }
    return false;
}

bool cnn_format_is_called(const char *name, enum cnn_kind kind)
{
    for (int i = 0; i < CNN_FORMATS; i++)
        if (formats[i].kind == kind && is_called_so(&formats[i], name))
            return true;
    return false;
}

bool cnn_format_ending(enum cnn_kind kind, int number, char ending[CNN_ENDING_SIZE])
{
    for (int i = 0; i < CNN_FORMATS; i++) {
        const char *endings = formats[i].kind == kind ? formats[i].endings : "";
        while (next_ending(&endings, ending))
            if (number-- == 0)
                return true;
    }
    return false;
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
    cnn_fail(error, "%s: is no CSV, .npy, .npz or IDX file and no picture (" CNN_PICTURE_FORMATS "): it %s%s", path,
             count ? "begins with" : "is empty", bytes);
    return NULL;
}

bool cnn_format_is_text(const struct cnn_format *format)
{
    return format->id == CNN_FORMAT_CSV || format->id == CNN_FORMAT_TSV;
}

const struct cnn_format *cnn_format_named(const char *path)
{
    for (int i = 0; i < CNN_FORMATS; i++)
        if (formats[i].magic_bytes == 0 && is_called_so(&formats[i], path))
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
