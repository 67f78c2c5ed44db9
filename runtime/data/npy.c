/* npy.c -- the header of NumPy's array file (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): six
 * bytes of magic, two of version, the header's length in two bytes little-endian (four from version 2), then a dict
 * of Python, {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }, padded with blanks. */
#include "data/data.h"

#include <inttypes.h>
#include <string.h>

enum { HEADER_MAX = 4096 }; /* an array without records needs about a hundred bytes */

static bool damaged(const struct cnn_array_file *in)
{
    return cnn_fail(in->input.error, "%s: not a sound .npy file: its header is not that of an array of numbers",
                    in->input.path);
}

/* ---- the dict ------------------------------------------------------------------------------------ */

/* What is left of the header, NUL-terminated. As in json.c, every function moves past what it took. */
static void skip_blanks(const char **at) { *at += strspn(*at, " \t\n"); }

static bool take(const char **at, const char *word)
{
    skip_blanks(at);
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* 'text' or "text", without escapes. */
static bool take_string(const char **at, char *out, size_t size)
{
    skip_blanks(at);
    const char quote[] = {**at, '\0'};
    if (*quote != '\'' && *quote != '"')
        return false;
    size_t length = strcspn(*at + 1, quote);
    if ((*at)[1 + length] != *quote || length >= size)
        return false;
    memcpy(out, *at + 1, length);
    out[length] = '\0';
    *at += length + 2;
    return true;
}

static bool take_count(const char **at, int64_t *value)
{
    skip_blanks(at);
    const char *start = *at;
    for (*value = 0; **at >= '0' && **at <= '9'; ++*at) {
        int digit = **at - '0';
        if (*value > (INT64_MAX - digit) / 10)
            return false;
        *value = 10 * *value + digit;
    }
    return *at > start;
}

struct header {
    char type[16]; /* "<f4" */
    bool has_type, has_order, has_shape, fortran;
    int rank; /* may be CNN_MAX_RANK + 1: too many */
    int64_t dim[CNN_MAX_RANK];
};

/* (60000, 28, 28), (60000,) or (). */
static bool take_shape(const char **at, struct header *header)
{
    header->rank = 0;
    if (!take(at, "("))
        return false;
    while (!take(at, ")")) {
        int64_t dim;
        if (!take_count(at, &dim))
            return false;
        if (header->rank < CNN_MAX_RANK)
            header->dim[header->rank] = dim;
        header->rank += header->rank <= CNN_MAX_RANK;
        if (!take(at, ","))
            return take(at, ")");
    }
    return true;
}

/* The value of a key, each of which may be there once. */
static bool take_value(const char **at, const char *key, struct header *header)
{
    bool *seen = !strcmp(key, "descr")           ? &header->has_type
                 : !strcmp(key, "fortran_order") ? &header->has_order
                 : !strcmp(key, "shape")         ? &header->has_shape
                                                 : NULL;
    if (!seen || *seen)
        return false;
    *seen = true;
    if (seen == &header->has_type)
        return take_string(at, header->type, sizeof header->type);
    if (seen == &header->has_shape)
        return take_shape(at, header);
    header->fortran = take(at, "True");
    return header->fortran || take(at, "False");
}

static bool parse(const char *at, struct header *header)
{
    char key[16];
    if (!take(&at, "{"))
        return false;
    for (bool more = true; more && !take(&at, "}");) {
        if (!take_string(&at, key, sizeof key) || !take(&at, ":") || !take_value(&at, key, header))
            return false;
        more = take(&at, ",");
        if (!more && !take(&at, "}"))
            return false;
    }
    skip_blanks(&at);
    return !*at && header->has_type && header->has_order && header->has_shape;
}

/* ---- the type ------------------------------------------------------------------------------------ */

/* Byte order, kind and size: "<f4", ">i8", "|u1". */
static bool read_type(const char *type, struct cnn_number *number)
{
    static const struct {
        const char *name;
        enum cnn_number_kind kind;
        int size;
    } types[] = {{"u1", CNN_NUMBER_UNSIGNED, 1}, {"u2", CNN_NUMBER_UNSIGNED, 2}, {"u4", CNN_NUMBER_UNSIGNED, 4},
                 {"u8", CNN_NUMBER_UNSIGNED, 8}, {"i1", CNN_NUMBER_SIGNED, 1},   {"i2", CNN_NUMBER_SIGNED, 2},
                 {"i4", CNN_NUMBER_SIGNED, 4},   {"i8", CNN_NUMBER_SIGNED, 8},   {"f4", CNN_NUMBER_REAL, 4},
                 {"f8", CNN_NUMBER_REAL, 8},     {"b1", CNN_NUMBER_SIGNED, 1}}; /* 0 or 1, and no pixels */
    if (!*type || !strchr("<>|", *type))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, type + 1) == 0) {
            *number = (struct cnn_number){types[i].kind, types[i].size, *type == '>'};
            return *type != '|' || number->size == 1;
        }
    return false;
}

/* ---- the file ------------------------------------------------------------------------------------ */

/* Reads the dict as a NUL-terminated text. The four bytes of magic before are taken. */
static bool read_text(struct cnn_array_file *in, char text[HEADER_MAX + 1])
{
    struct cnn_input *input = &in->input;
    unsigned char rest[4], length[4] = {0};
    if (!cnn_input_exactly(input, rest, sizeof rest, "an .npy file"))
        return false;
    if (memcmp(rest, "PY", 2) != 0 || rest[2] < 1 || rest[2] > 3)
        return cnn_fail(input->error, "%s: not a sound .npy file: its version is none of 1 to 3", input->path);
    if (!cnn_input_exactly(input, length, rest[2] == 1 ? 2 : 4, "an .npy file"))
        return false;
    uint32_t bytes = (uint32_t)cnn_little_endian(length, sizeof length);
    if (bytes > HEADER_MAX)
        return damaged(in);
    text[bytes] = '\0';
    return cnn_input_exactly(input, (unsigned char *)text, bytes, "an .npy file") &&
           (strlen(text) == bytes || damaged(in));
}

bool cnn_npy_header(struct cnn_array_file *in, const unsigned char magic[4])
{
    (void)magic; /* "\x93NUM" */
    struct cnn_error *error = in->input.error;
    const char *path = in->input.path;
    struct header header = {.rank = 0};
    char text[HEADER_MAX + 1];
    if (!read_text(in, text))
        return false;
    if (!parse(text, &header))
        return damaged(in);
    if (strcmp(header.type, "|O") == 0)
        return cnn_fail(
            error,
            "%s: holds lists of Python, of different lengths maybe: keras.utils.pad_sequences(x, maxlen) "
            "makes one array of them",
            path);
    if (!read_type(header.type, &in->number))
        return cnn_fail(
            error,
            "%s: holds numbers of type '%s', which is not read; uint8, int8 to int64, float32 and float64 "
            "are",
            path, header.type);
    if (header.fortran)
        return cnn_fail(error, "%s: is in Fortran order; save numpy.ascontiguousarray(x) instead", path);
    if (header.rank < 1 || header.rank > CNN_MAX_RANK)
        return cnn_fail(error, "%s: has %s dimensions, 1 to %d are possible", path, header.rank ? "more" : "no",
                        CNN_MAX_RANK);
    return cnn_array_file_shape(in, header.rank, header.dim);
}
