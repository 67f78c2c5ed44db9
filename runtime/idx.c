/* idx.c -- reads IDX files (yann.lecun.com/exdb/mnist), raw or gzip-compressed.
 *
 * Header, big-endian: two zero bytes, a type byte, a rank byte, then rank dimensions of four bytes.
 * The header of a damaged file can promise anything, so memory grows only with the data that comes.
 */
#include "cnnrt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint64_t big_endian(const unsigned char *bytes, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static float decode_byte(const unsigned char *b)
{
    return (float)(int8_t)b[0];
}
static float decode_short(const unsigned char *b)
{
    return (float)(int16_t)big_endian(b, 2);
}
static float decode_int(const unsigned char *b)
{
    return (float)(int32_t)big_endian(b, 4);
}

static float decode_float(const unsigned char *b)
{
    uint32_t bits = (uint32_t)big_endian(b, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float decode_double(const unsigned char *b)
{
    uint64_t bits = big_endian(b, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

struct type {
    unsigned char code;
    int size;                                /* bytes in the file */
    float (*decode)(const unsigned char *b); /* NULL: bytes are kept */
};

static const struct type types[] = {
    {0x08, 1, NULL},       {0x09, 1, decode_byte},  {0x0B, 2, decode_short},
    {0x0C, 4, decode_int}, {0x0D, 4, decode_float}, {0x0E, 8, decode_double},
};

static const struct type *find_type(unsigned char code)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return &types[i];
    return NULL;
}

/* An open file and what its header said. */
struct reader {
    gzFile file;
    const char *path;
    const struct type *type;
    int64_t count; /* elements */
    struct cnn_error *error;
};

/* Reads up to `size` bytes; fewer only at the end of the file. -1 after an error. */
static int64_t read_some(struct reader *reader, unsigned char *out, int64_t size)
{
    int64_t done = 0;
    while (done < size) {
        int64_t rest = size - done;
        int got = gzread(reader->file, out + done, (unsigned)(rest < 1 << 30 ? rest : 1 << 30));
        int code = Z_OK;
        const char *text = gzerror(reader->file, &code);
        if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
            bool system_error = code == Z_ERRNO && errno;
            cnn_fail(reader->error, "%s: cannot be read: %s", reader->path, system_error ? strerror(errno) : text);
            return -1;
        }
        if (got == 0)
            break;
        done += got;
    }
    return done;
}

static bool read_exactly(struct reader *reader, unsigned char *out, int64_t size)
{
    int64_t got = read_some(reader, out, size);
    if (got >= 0 && got < size)
        cnn_fail(reader->error, "%s: too short for the header of an IDX file", reader->path);
    return got == size;
}

static bool read_header(struct reader *reader, struct cnn_idx *idx)
{
    unsigned char magic[4], dims[4 * CNN_MAX_RANK];
    if (!read_exactly(reader, magic, 4))
        return false;
    reader->type = find_type(magic[2]);
    if (magic[0] || magic[1] || !reader->type)
        return cnn_fail(reader->error, "%s: not an IDX file: it begins with %02x %02x %02x %02x", reader->path,
                        magic[0], magic[1], magic[2], magic[3]);
    idx->rank = magic[3];
    if (idx->rank < 1 || idx->rank > CNN_MAX_RANK)
        return cnn_fail(reader->error, "%s: has %d dimensions, 1 to %d are possible", reader->path, idx->rank,
                        CNN_MAX_RANK);
    if (!read_exactly(reader, dims, 4 * idx->rank))
        return false;
    const int64_t limit = (int64_t)(SIZE_MAX / 16 < INT64_MAX / 16 ? SIZE_MAX / 16 : INT64_MAX / 16);
    int64_t count = 1; /* an axis of length 0 must not hide that the others are too long for anyone to multiply */
    reader->count = 1;
    for (int i = 0; i < idx->rank; i++) {
        idx->dim[i] = (int64_t)big_endian(dims + 4 * i, 4);
        if (idx->dim[i] > 0 && count > limit / idx->dim[i])
            return cnn_fail(reader->error, "%s: its header promises more data than fits in memory", reader->path);
        count *= idx->dim[i] > 0 ? idx->dim[i] : 1;
        reader->count *= idx->dim[i];
    }
    return true;
}

/* Makes room for twice what is there, but not more than `size`. */
static bool grow(struct reader *reader, unsigned char **data, int64_t *room, int64_t size)
{
    int64_t wanted = *room ? 2 * *room : 1 << 16;
    wanted = wanted < size ? wanted : size;
    unsigned char *grown = realloc(*data, wanted ? (size_t)wanted : 1);
    if (!grown)
        return cnn_fail(reader->error, "%s: out of memory: %" PRId64 " bytes are not to be had", reader->path,
                        wanted);
    *data = grown;
    *room = wanted;
    return true;
}

/* Reads `size` bytes into *data, which the caller frees also after an error. */
static bool read_data(struct reader *reader, int64_t size, unsigned char **data)
{
    int64_t done = 0, room = 0;
    do {
        if (!grow(reader, data, &room, size))
            return false;
        int64_t got = read_some(reader, *data + done, room - done);
        if (got < 0)
            return false;
        done += got;
    } while (done == room && done < size);
    return done == size ||
           cnn_fail(reader->error, "%s: truncated: has %" PRId64 " bytes of data, its header promises %" PRId64,
                    reader->path, done, size);
}

/* Reading past the data also makes zlib check the sum at the end of a compressed file. */
static bool at_end(struct reader *reader)
{
    unsigned char more;
    int64_t got = read_some(reader, &more, 1);
    if (got > 0)
        cnn_fail(reader->error, "%s: goes on after the data that its header promises", reader->path);
    return got == 0;
}

static float *decode(const struct reader *reader, const unsigned char *data)
{
    float *values = cnn_alloc_floats(reader->count, reader->error);
    for (int64_t i = 0; values && i < reader->count; i++)
        values[i] = reader->type->decode(data + i * reader->type->size);
    return values;
}

static bool read_all(struct reader *reader, struct cnn_idx *idx)
{
    unsigned char *data = NULL;
    bool ok =
        read_header(reader, idx) && read_data(reader, reader->count * reader->type->size, &data) && at_end(reader);
    if (ok && reader->type->decode) {
        idx->element = CNN_FLOAT;
        idx->data = decode(reader, data);
    } else if (ok) {
        idx->element = CNN_BYTE;
        idx->data = data;
        data = NULL;
    }
    free(data);
    return idx->data != NULL;
}

bool cnn_idx_read(const char *path, struct cnn_idx *idx, struct cnn_error *error)
{
    *idx = (struct cnn_idx){0};
    errno = 0;
    struct reader reader = {.file = gzopen(path, "rb"), .path = path, .error = error};
    if (!reader.file)
        return cnn_fail(error, "%s: %s", path, errno ? strerror(errno) : "out of memory");
    gzbuffer(reader.file, 1 << 15);
    bool ok = read_all(&reader, idx);
    gzclose_r(reader.file);
    return ok;
}

void cnn_idx_free(struct cnn_idx *idx)
{
    free(idx->data);
    idx->data = NULL;
}
