/* array.c -- arrays of numbers in files: IDX, and NumPy's .npy and .npz, alone or gzip-compressed.
 *
 * The header of a file, which can promise anything, is read first. Whoever wants the array looks at its shape
 * before the data are read; a promise that the file is too small for is refused, and memory grows with the data
 * that come. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers as files keep them ----------------------------------------------------------------- */

/* Two's complement of `size` bytes. */
static float signed_of(uint64_t bits, int size)
{
    uint64_t sign = (uint64_t)1 << (8 * size - 1);
    return (bits & sign) ? -(float)(~(bits - 1) & (sign | (sign - 1))) : (float)bits;
}

static float decode(const struct cnn_number *number, const unsigned char *bytes)
{
    uint64_t bits =
        number->big_endian ? cnn_big_endian(bytes, number->size) : cnn_little_endian(bytes, number->size);
    switch (number->kind) {
    case CNN_NUMBER_REAL: return number->size == 4 ? cnn_float_of(bits) : (float)cnn_double_of(bits);
    case CNN_NUMBER_SIGNED: return signed_of(bits, number->size);
    case CNN_NUMBER_UNSIGNED: break;
    }
    return (float)bits;
}

/* A whole number; false: int32 cannot hold it. */
static bool decode_whole(const struct cnn_number *number, const unsigned char *bytes, int32_t *value)
{
    uint64_t bits =
        number->big_endian ? cnn_big_endian(bytes, number->size) : cnn_little_endian(bytes, number->size);
    uint64_t sign = number->kind == CNN_NUMBER_SIGNED ? (uint64_t)1 << (8 * number->size - 1) : 0;
    if (bits & sign) {
        uint64_t size = ~(bits - 1) & (sign | (sign - 1));
        *value = size <= (uint64_t)INT32_MAX ? -(int32_t)size : INT32_MIN;
        return size <= (uint64_t)INT32_MAX + 1;
    }
    *value = bits <= (uint64_t)INT32_MAX ? (int32_t)bits : INT32_MAX;
    return bits <= (uint64_t)INT32_MAX;
}

/* ---- the data ----------------------------------------------------------------------------------- */

/* Makes room for twice what is there, but not more than `size`. */
static bool grow(struct cnn_array_file *in, unsigned char **data, int64_t *room, int64_t size)
{
    int64_t wanted = *room ? 2 * *room : 1 << 16;
    wanted = wanted < size ? wanted : size;
    unsigned char *grown = realloc(*data, wanted ? (size_t)wanted : 1);
    if (!grown)
        return cnn_fail(in->input.error, "%s: out of memory: %" PRId64 " bytes are not to be had", in->input.path,
                        wanted);
    *data = grown;
    *room = wanted;
    return true;
}

/* Reads `size` bytes into *data, which the caller frees also after an error. */
static bool read_data(struct cnn_array_file *in, int64_t size, unsigned char **data)
{
    int64_t done = 0, room = 0;
    if (size > in->input.max)
        return cnn_fail(in->input.error,
                        "%s: truncated: can have %" PRId64 " bytes at most, its header promises %" PRId64,
                        in->input.path, in->input.max, size);
    do {
        if (!grow(in, data, &room, size))
            return false;
        int64_t got = in->input.read(&in->input, *data + done, room - done);
        if (got < 0)
            return false;
        done += got;
    } while (done == room && done < size);
    return done == size ||
           cnn_fail(in->input.error, "%s: truncated: has %" PRId64 " bytes of data, its header promises %" PRId64,
                    in->input.path, done, size);
}

/* Reading past the data also makes a compressed file's checksum be checked. */
static bool at_end(struct cnn_array_file *in)
{
    unsigned char more;
    int64_t got = in->input.read(&in->input, &more, 1);
    if (got > 0)
        cnn_fail(in->input.error, "%s: goes on after the data that its header promises", in->input.path);
    return got == 0;
}

/* Puts element i of the file into `value`, of the array's type. */
static bool decode_one(const struct cnn_array_file *in, const unsigned char *bytes, int64_t i, unsigned char *value)
{
    int32_t whole;
    if (in->array.element != CNN_INT32) {
        float x = decode(&in->number, bytes);
        memcpy(value, &x, sizeof x);
        return true;
    }
    bool fits = decode_whole(&in->number, bytes, &whole);
    memcpy(value, &whole, sizeof whole);
    return fits || cnn_fail(in->input.error, "%s: row %" PRId64 " has a number that int32 cannot hold",
                            in->input.path, i / cnn_array_row(&in->array));
}

/* Makes floats of the numbers, or int32, where these are unless they are smaller than floats. */
static bool decode_all(const struct cnn_array_file *in, unsigned char **data)
{
    const int size = in->number.size, wide = (int)sizeof(float);
    bool ok = true;
    unsigned char *values = size < wide ? (unsigned char *)cnn_alloc_floats(in->count, in->input.error) : *data;
    if (!values)
        return false;
    for (int64_t i = 0; i < in->count && ok; i++)
        ok = decode_one(in, *data + i * size, i, values + i * wide);
    if (values != *data)
        free(*data);
    *data = values;
    return ok;
}

/* Would reading leave the numbers as they are in the file? */
static bool is_native(const struct cnn_array_file *in)
{
    const struct cnn_number *number = &in->number;
    const uint32_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    bool same_order = number->big_endian == (first == 0), same_size = number->size == (int)sizeof(float);
    switch (in->array.element) {
    case CNN_BYTE: return cnn_number_is_byte(number);
    case CNN_FLOAT: return number->kind == CNN_NUMBER_REAL && same_size && same_order;
    case CNN_INT32: break;
    }
    return number->kind == CNN_NUMBER_SIGNED && same_size && same_order;
}

/* Only large ones: what is read can no longer be cut short by others. */
static bool map(const struct cnn_array_file *in, struct cnn_array *array)
{
    const int64_t bytes = in->count * in->number.size, offset = in->input.taken;
    if (!in->input.is_file || bytes < CNN_MAP_FROM || offset % (int64_t)sizeof(float) != 0 || !is_native(in))
        return false;
    array->data = cnn_map(in->input.path, offset, bytes);
    array->map_offset = offset;
    return array->data != NULL;
}

bool cnn_array_file_read(struct cnn_array_file *in, struct cnn_array *array)
{
    unsigned char *data = NULL;
    *array = in->array;
    if (map(in, array))
        return true;
    array->map_offset = 0;
    if (read_data(in, in->count * in->number.size, &data) && at_end(in) &&
        (cnn_number_is_byte(&in->number) || decode_all(in, &data))) {
        array->data = data;
        return true;
    }
    free(data);
    return false;
}

/* ---- files -------------------------------------------------------------------------------------- */

static bool (*const headers[])(struct cnn_array_file *in, const unsigned char magic[4]) = {
#define FORMAT(id, kind, name, endings, magic, header, decode, read) header,
#include "data/format.def"
#undef FORMAT
};

static bool open_input(struct cnn_array_file *in, const char *path, const char *name, struct cnn_error *error)
{
    if (!name)
        return cnn_input_open(&in->input, path, error);
    snprintf(in->label, sizeof in->label, "%s[%s]", path, name);
    return cnn_zip_open(&in->input, path, name, in->label, error);
}

bool cnn_array_file_open(struct cnn_array_file *in, const char *path, const char *name, struct cnn_error *error)
{
    unsigned char magic[4];
    *in = (struct cnn_array_file){.array = {0}};
    if (!open_input(in, path, name, error))
        return false;
    if (!cnn_input_exactly(&in->input, magic, sizeof magic, name ? "an .npy file" : "an IDX file"))
        return false;
    const struct cnn_format *format = cnn_format_of_array(magic, sizeof magic);
    if (!format)
        return !cnn_foreign(path, error) &&
               cnn_fail(error, "%s: not an IDX or .npy file: it begins with %02x %02x %02x %02x", in->input.path,
                        magic[0], magic[1], magic[2], magic[3]);
    if (!headers[format->id])
        return cnn_fail(error, "%s: is %s, where one array is wanted", path, format->name);
    return headers[format->id](in, magic);
}

void cnn_array_file_close(struct cnn_array_file *in) { cnn_input_close(&in->input); }

bool cnn_array_read(const char *path, const char *name, struct cnn_array *array, struct cnn_error *error)
{
    struct cnn_array_file in;
    *array = (struct cnn_array){0};
    bool ok = cnn_array_file_open(&in, path, name, error) && cnn_array_file_read(&in, array);
    cnn_array_file_close(&in);
    return ok;
}

void cnn_array_free(struct cnn_array *array)
{
    if (array->data)
        cnn_unmap(array->data, array->map_offset,
                  cnn_array_row(array) * array->dim[0] * cnn_element_bytes(array->element));
    array->data = NULL;
    array->map_offset = 0;
}
