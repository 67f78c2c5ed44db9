/* safetensors.c -- named tensors in a file.
 *
 * The file: eight bytes little-endian, the length of the header; the header, a JSON object that maps
 * each tensor's name to {"dtype": "F32", "shape": [5,5,1,8], "data_offsets": [begin, end]}, offsets in
 * bytes from the header's end, and "__metadata__" to an object of strings; then the data, little-endian,
 * without gaps. github.com/huggingface/safetensors describes it.
 */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16384 };
static const int64_t max_header = 100000000; /* the format's own limit */

/* ---- reading: the header --------------------------------------------------------------------------- */

bool cnn_tensors_damaged(const struct cnn_tensor_file *in, const char *what)
{
    return cnn_fail(in->error, "%s: not a sound safetensors file: %s", in->path, what);
}

/* The header's length, checked against the size of the file. -1 after an error. */
static int64_t header_length(struct cnn_tensor_file *in, int64_t file_bytes)
{
    unsigned char prefix[CNN_PREFIX_BYTES];
    if (fread(prefix, 1, CNN_PREFIX_BYTES, in->file) != CNN_PREFIX_BYTES) {
        cnn_tensors_damaged(in, ferror(in->file) ? strerror(errno) : "it is too short");
        return -1;
    }
    uint64_t length = cnn_little_endian(prefix, CNN_PREFIX_BYTES);
    if (length > (uint64_t)max_header || (int64_t)length > file_bytes - CNN_PREFIX_BYTES) {
        if (!cnn_foreign(in->path, in->error))
            cnn_tensors_damaged(in, "the length of its header is impossible");
        return -1;
    }
    in->data_start = CNN_PREFIX_BYTES + (int64_t)length;
    in->data_bytes = file_bytes - in->data_start;
    return (int64_t)length;
}

bool cnn_tensors_open(struct cnn_tensor_file *in, const char *path, struct cnn_error *error)
{
    int64_t file_bytes = 0;
    *in = (struct cnn_tensor_file){.path = path, .error = error};
    in->file = cnn_file_stream(path, &file_bytes, error);
    if (!in->file)
        return false;
    int64_t length = header_length(in, file_bytes);
    if (length < 0)
        return false;
    in->header_bytes = (size_t)length;
    in->header = cnn_alloc(2 * length + 1, error);
    if (!in->header)
        return false;
    in->name = in->header + length;
    return fread(in->header, 1, in->header_bytes, in->file) == in->header_bytes ||
           cnn_tensors_damaged(in, "its header cannot be read");
}

void cnn_tensors_close(struct cnn_tensor_file *in)
{
    free(in->header);
    if (in->file)
        (void)fclose(in->file); /* only read */
}

static struct cnn_json header_of(const struct cnn_tensor_file *in)
{
    return (struct cnn_json){in->header, in->header + in->header_bytes};
}

/* Moves to the value of the next member, its key in `key`. False at the end, or where no member is. */
static bool next_member(struct cnn_json *json, bool first, char *key, size_t size)
{
    return cnn_json_take(json, first ? '{' : ',') && cnn_json_string(json, key, size) && cnn_json_take(json, ':');
}

bool cnn_tensors_metadata(const struct cnn_tensor_file *in, const char *key, char *value, size_t size)
{
    struct cnn_json json = header_of(in);
    for (bool first = true; next_member(&json, first, in->name, in->header_bytes + 1); first = false) {
        if (strcmp(in->name, "__metadata__") == 0) {
            for (first = true; next_member(&json, first, in->name, in->header_bytes + 1); first = false) {
                if (strcmp(in->name, key) == 0)
                    return cnn_json_string(&json, value, size);
                if (!cnn_json_skip(&json))
                    return false;
            }
            return false;
        }
        if (!cnn_json_skip(&json))
            return false;
    }
    return false;
}

static bool parse_shape(struct cnn_json *json, struct cnn_tensor_entry *entry)
{
    entry->rank = 0;
    if (!cnn_json_take(json, '['))
        return false;
    if (cnn_json_take(json, ']'))
        return true;
    do {
        int64_t dim;
        if (entry->rank == INT16_MAX || !cnn_json_count(json, &dim))
            return false;
        if (entry->rank < CNN_MAX_RANK)
            entry->dim[entry->rank] = dim;
        entry->rank++;
    } while (cnn_json_take(json, ','));
    return cnn_json_take(json, ']');
}

static bool parse_offsets(struct cnn_json *json, struct cnn_tensor_entry *entry)
{
    return cnn_json_take(json, '[') && cnn_json_count(json, &entry->begin) && cnn_json_take(json, ',') &&
           cnn_json_count(json, &entry->end) && cnn_json_take(json, ']');
}

enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4, ALL_FIELDS = 7 };

/* "dtype": ..., or another; adds it to the set of those that were seen. */
static bool parse_field(struct cnn_json *json, struct cnn_tensor_entry *entry, int *seen)
{
    char key[32];
    if (!cnn_json_string(json, key, sizeof key) || !cnn_json_take(json, ':'))
        return false;
    int field = !strcmp(key, "dtype")          ? DTYPE
                : !strcmp(key, "shape")        ? SHAPE
                : !strcmp(key, "data_offsets") ? OFFSETS
                                               : 0;
    if (field & *seen)
        return false;
    *seen |= field;
    return field == DTYPE     ? cnn_json_string(json, entry->dtype, sizeof entry->dtype)
           : field == SHAPE   ? parse_shape(json, entry)
           : field == OFFSETS ? parse_offsets(json, entry)
                              : cnn_json_skip(json);
}

/* {"dtype": ..., "shape": ..., "data_offsets": ...} in any order. */
static bool parse_entry(struct cnn_json *json, struct cnn_tensor_entry *entry)
{
    int seen = 0;
    if (!cnn_json_take(json, '{'))
        return false;
    do
        if (!parse_field(json, entry, &seen))
            return false;
    while (cnn_json_take(json, ','));
    return cnn_json_take(json, '}') && seen == ALL_FIELDS;
}

bool cnn_tensors_each(const struct cnn_tensor_file *in,
                      bool (*tell)(void *user, const struct cnn_tensor_entry *entry), void *user)
{
    const char *malformed = "its header is not the JSON of tensors";
    struct cnn_json json = header_of(in);
    if (!cnn_json_take(&json, '{'))
        return cnn_tensors_damaged(in, malformed);
    bool empty = cnn_json_next_is(&json, '}');
    while (!empty) {
        if (!cnn_json_string(&json, in->name, in->header_bytes + 1) || !cnn_json_take(&json, ':'))
            return cnn_tensors_damaged(in, malformed);
        struct cnn_tensor_entry entry = {.name = in->name};
        bool is_tensor = strcmp(in->name, "__metadata__") != 0;
        if (!(is_tensor ? parse_entry(&json, &entry) : cnn_json_skip(&json)))
            return cnn_tensors_damaged(in, malformed);
        if (is_tensor && !tell(user, &entry))
            return false;
        if (!cnn_json_take(&json, ','))
            break;
    }
    if (!cnn_json_take(&json, '}') || !cnn_json_at_end(&json))
        return cnn_tensors_damaged(in, malformed);
    return true;
}

/* ---- reading: tensors that are wanted ---------------------------------------------------------------- */

/* A file being compared with a list. */
struct search {
    const struct cnn_tensor_file *in;
    const char *ignored; /* prefix of names, or NULL */
    bool some;           /* what does not fit is left out */
    struct cnn_tensors *wanted;
    int64_t claimed; /* bytes of data that the tensors so far have */
};

static struct cnn_tensor *find_wanted(const struct cnn_tensors *wanted, const char *name)
{
    for (int i = 0; i < wanted->count; i++)
        if (strcmp(wanted->tensor[i].name, name) == 0)
            return &wanted->tensor[i];
    return NULL;
}

/* Fills the dims that may be any. */
static bool has_shape(const struct cnn_tensor_entry *entry, struct cnn_tensor *tensor)
{
    bool same = entry->rank == tensor->rank;
    for (int i = 0; same && i < tensor->rank; i++) {
        if (tensor->dim[i] == CNN_ANY)
            tensor->dim[i] = entry->dim[i];
        same = entry->dim[i] == tensor->dim[i];
    }
    return same;
}

/* The tensor gets the entry's shape, as far as there is room. */
static void keep_other_shape(const struct cnn_tensor_entry *entry, struct cnn_tensor *tensor)
{
    tensor->begin = CNN_OTHER_SHAPE;
    tensor->rank = entry->rank < CNN_MAX_RANK ? entry->rank : CNN_MAX_RANK;
    for (int i = 0; i < tensor->rank; i++)
        tensor->dim[i] = entry->dim[i];
}

static bool fail_of_shape(const struct search *search, const struct cnn_tensor_entry *entry,
                          const struct cnn_tensor *tensor)
{
    char here[CNN_SHAPE_TEXT], there[CNN_SHAPE_TEXT];
    return cnn_fail(search->in->error, "%s: tensor %s is %s%s, but in model %s it is %s", search->in->path,
                    entry->name,
                    cnn_shape_text(here, entry->rank < CNN_MAX_RANK ? entry->rank : CNN_MAX_RANK, entry->dim),
                    entry->rank > CNN_MAX_RANK ? "x..." : "", search->wanted->model,
                    cnn_shape_text(there, tensor->rank, tensor->dim));
}

/* Has the entry as many bytes as its shape, which may be anything, needs? */
static bool check_bytes(const struct search *search, const struct cnn_tensor_entry *entry,
                        const struct cnn_tensor *tensor)
{
    const struct cnn_tensor_file *in = search->in;
    int64_t bytes = cnn_dtypes[tensor->dtype].bytes;
    for (int i = 0; i < tensor->rank; i++) {
        if (tensor->dim[i] > 0 && bytes > INT64_MAX / tensor->dim[i])
            return cnn_fail(in->error, "%s: tensor %s is impossibly large", in->path, entry->name);
        bytes *= tensor->dim[i];
    }
    if (entry->begin > entry->end || entry->end - entry->begin != bytes)
        return cnn_fail(in->error,
                        "%s: tensor %s has data from %" PRId64 " to %" PRId64 ", but needs %" PRId64 " bytes",
                        in->path, entry->name, entry->begin, entry->end, bytes);
    return true;
}

/* Takes the entry's part of the file's data. */
static bool claim(struct search *search, const struct cnn_tensor_entry *entry)
{
    const struct cnn_tensor_file *in = search->in;
    if (entry->end > in->data_bytes)
        return cnn_fail(in->error, "%s: truncated: has %" PRId64 " bytes of data, tensor %.200s ends at %" PRId64,
                        in->path, in->data_bytes, entry->name, entry->end);
    if (entry->begin > entry->end || search->claimed > in->data_bytes - (entry->end - entry->begin))
        return cnn_tensors_damaged(in, "its tensors overlap");
    search->claimed += entry->end - entry->begin;
    return true;
}

static bool is_left_out(const struct search *search, const struct cnn_tensor_entry *entry)
{
    return search->some || (search->ignored && strncmp(entry->name, search->ignored, strlen(search->ignored)) == 0);
}

/* Accepts an entry when it is what the list says. */
static bool match(void *user, const struct cnn_tensor_entry *entry)
{
    struct search *search = user;
    const struct cnn_tensor_file *in = search->in;
    struct cnn_tensor *tensor = find_wanted(search->wanted, entry->name);
    if (!tensor && is_left_out(search, entry))
        return claim(search, entry);
    if (!tensor)
        return cnn_fail(in->error, "%s: has tensor %.200s, which model %s has not", in->path, entry->name,
                        search->wanted->model);
    if (tensor->begin != CNN_MISSING)
        return cnn_fail(in->error, "%s: has tensor %s twice", in->path, entry->name);
    if (search->some && !has_shape(entry, tensor)) {
        keep_other_shape(entry, tensor);
        return claim(search, entry);
    }
    if (strcmp(entry->dtype, cnn_dtypes[tensor->dtype].name) != 0)
        return cnn_fail(in->error, "%s: tensor %s has dtype %s, only %s is read", in->path, entry->name,
                        entry->dtype, cnn_dtypes[tensor->dtype].name);
    if (!has_shape(entry, tensor))
        return fail_of_shape(search, entry, tensor);
    if (!check_bytes(search, entry, tensor) || !claim(search, entry))
        return false;
    tensor->begin = entry->begin;
    return true;
}

static bool check_complete(const struct search *search)
{
    const struct cnn_tensors *wanted = search->wanted;
    int missing = 0;
    const char *first = NULL;
    for (int i = 0; i < wanted->count && !search->some; i++)
        if (wanted->tensor[i].begin < 0 && missing++ == 0)
            first = wanted->tensor[i].name;
    if (missing == 1)
        return cnn_fail(search->in->error, "%s: tensor %s of model %s is missing", search->in->path, first,
                        wanted->model);
    if (missing)
        return cnn_fail(search->in->error, "%s: tensor %s and %d more of model %s are missing", search->in->path,
                        first, missing - 1, wanted->model);
    if (search->claimed != search->in->data_bytes)
        return cnn_tensors_damaged(search->in, "its tensors do not fill its data");
    return true;
}

static bool find(struct search *search)
{
    for (int i = 0; i < search->wanted->count; i++)
        search->wanted->tensor[i].begin = CNN_MISSING;
    return cnn_tensors_each(search->in, match, search) && check_complete(search);
}

bool cnn_tensors_find(const struct cnn_tensor_file *in, const char *ignored, struct cnn_tensors *tensors)
{
    return find(&(struct search){.in = in, .ignored = ignored, .wanted = tensors});
}

bool cnn_tensors_find_some(const struct cnn_tensor_file *in, struct cnn_tensors *tensors)
{
    return find(&(struct search){.in = in, .some = true, .wanted = tensors});
}

bool cnn_tensors_read(const struct cnn_tensor_file *in, const struct cnn_tensor *tensor)
{
    size_t bytes = (size_t)cnn_tensor_bytes(tensor);
    if (fseeko(in->file, (off_t)(in->data_start + tensor->begin), SEEK_SET) != 0)
        return cnn_tensors_damaged(in, strerror(errno));
    if (fread(tensor->data, 1, bytes, in->file) != bytes)
        return cnn_tensors_damaged(in, "its data cannot be read");
    cnn_decode(tensor->data, tensor->data, cnn_tensor_count(tensor), cnn_dtypes[tensor->dtype].bytes);
    return true;
}

/* ---- reading: numbers as floats ---------------------------------------------------------------------- */

/* What becomes of an element's bits. */
static float of_float64(uint64_t bits) { return (float)cnn_double_of(bits); }
static float of_bfloat16(uint64_t bits) { return cnn_float_of(bits << 16); }

static const struct float_type {
    const char *dtype;
    int bytes;
    float (*value)(uint64_t bits);
} float_types[] = {
    {"F32", 4, cnn_float_of}, {"F64", 8, of_float64}, {"F16", 2, cnn_half_of}, {"BF16", 2, of_bfloat16}};

static const struct float_type *find_float_type(const char *dtype)
{
    for (size_t i = 0; i < sizeof float_types / sizeof *float_types; i++)
        if (strcmp(float_types[i].dtype, dtype) == 0)
            return &float_types[i];
    return NULL;
}

bool cnn_tensor_entry_floats(const struct cnn_tensor_entry *entry) { return find_float_type(entry->dtype) != NULL; }

/* How many numbers the file has of it; -1 after an error. */
int64_t cnn_tensors_entry_count(const struct cnn_tensor_file *in, const struct cnn_tensor_entry *entry)
{
    const struct float_type *type = find_float_type(entry->dtype);
    int64_t bytes = type ? type->bytes : 1, unit = bytes;
    for (int i = 0; i < entry->rank && i < CNN_MAX_RANK; i++) {
        if (entry->dim[i] > 0 && bytes > INT64_MAX / entry->dim[i]) {
            cnn_fail(in->error, "%s: tensor %.200s is impossibly large", in->path, entry->name);
            return -1;
        }
        bytes *= entry->dim[i];
    }
    if (type && entry->rank <= CNN_MAX_RANK && entry->begin <= entry->end && entry->end <= in->data_bytes &&
        entry->end - entry->begin == bytes)
        return bytes / unit;
    cnn_fail(in->error, "%s: tensor %.200s is truncated, or has other data than its shape says", in->path,
             entry->name);
    return -1;
}

bool cnn_tensors_read_floats(const struct cnn_tensor_file *in, const struct cnn_tensor_entry *entry, float *out)
{
    const struct float_type *type = find_float_type(entry->dtype);
    int64_t left = cnn_tensors_entry_count(in, entry);
    if (left < 0)
        return false;
    if (fseeko(in->file, (off_t)(in->data_start + entry->begin), SEEK_SET) != 0)
        return cnn_tensors_damaged(in, strerror(errno));
    while (left > 0) {
        unsigned char chunk[CHUNK_BYTES];
        int64_t part = left < CHUNK_BYTES / type->bytes ? left : CHUNK_BYTES / type->bytes;
        if (fread(chunk, (size_t)type->bytes, (size_t)part, in->file) != (size_t)part)
            return cnn_tensors_damaged(in, "its data cannot be read");
        for (int64_t i = 0; i < part; i++)
            *out++ = type->value(cnn_little_endian(chunk + i * type->bytes, type->bytes));
        left -= part;
    }
    return true;
}

/* ---- writing -------------------------------------------------------------------------------------- */

void cnn_tensors_write_header(struct cnn_file *file, const struct cnn_metadata *metadata, int n_metadata,
                              const struct cnn_tensors *tensors)
{
    char *header;
    size_t length;
    if (cnn_tensors_header(metadata, n_metadata, tensors, &header, &length))
        cnn_file_write(file, header, length);
    else if (!file->failure)
        file->failure = ENOMEM;
    free(header);
}

void cnn_tensors_write_data(struct cnn_file *file, const struct cnn_tensor *tensor)
{
    const unsigned char *element = tensor->data;
    int64_t count = cnn_tensor_count(tensor);
    int size = cnn_dtypes[tensor->dtype].bytes;
    while (count > 0) {
        unsigned char chunk[CHUNK_BYTES];
        int64_t part = count < CHUNK_BYTES / size ? count : CHUNK_BYTES / size;
        cnn_encode(chunk, element, part, size);
        cnn_file_write(file, chunk, (size_t)(part * size));
        element += part * size;
        count -= part;
    }
}
