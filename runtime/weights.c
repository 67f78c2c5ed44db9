/* weights.c -- a model's parameters as a safetensors file.
 *
 * The file: eight bytes little-endian, the length of the header; the header, a JSON object that maps
 * each tensor's name to {"dtype": "F32", "shape": [5,5,1,8], "data_offsets": [begin, end]}, offsets in
 * bytes from the header's end; then the data, little-endian, without gaps.
 * github.com/huggingface/safetensors describes it.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 4096, PREFIX_BYTES = 8, FLOAT_BYTES = 4 };
static const int64_t max_header = 100000000; /* the format's own limit */

/* ---- the little-endian floats -------------------------------------------------------------------- */

static void store_float(float value, unsigned char out[FLOAT_BYTES])
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < FLOAT_BYTES; i++)
        out[i] = (unsigned char)(bits >> 8 * i);
}

static float load_float(const unsigned char in[FLOAT_BYTES])
{
    uint32_t bits = 0;
    float value;
    for (int i = 0; i < FLOAT_BYTES; i++)
        bits |= (uint32_t)in[i] << 8 * i;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- reading -------------------------------------------------------------------------------------- */

struct reading {
    const struct cnn_model *model;
    const char *path;
    FILE *file;
    int64_t data_start, data_bytes; /* where the file's data are */
    int64_t *begin;                 /* of each parameter's data, -1 while not seen */
    int64_t claimed;                /* bytes of data that the tensors so far have */
    struct cnn_error *error;
};

static bool damaged(const struct reading *reading, const char *what)
{
    return cnn_fail(reading->error, "%s: not a sound safetensors file: %s", reading->path, what);
}

/* One tensor as the header describes it. */
struct entry {
    const char *name;
    char dtype[16];
    int rank; /* may exceed CNN_MAX_RANK: then the first dims are kept */
    int64_t dim[CNN_MAX_RANK];
    int64_t begin, end;
};

static bool parse_shape(struct cnn_json *json, struct entry *entry)
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

static bool parse_offsets(struct cnn_json *json, struct entry *entry)
{
    return cnn_json_take(json, '[') && cnn_json_count(json, &entry->begin) && cnn_json_take(json, ',') &&
           cnn_json_count(json, &entry->end) && cnn_json_take(json, ']');
}

/* {"dtype": ..., "shape": ..., "data_offsets": ...} in any order. */
static bool parse_entry(struct cnn_json *json, struct entry *entry)
{
    enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4, ALL = 7 };
    int seen = 0;
    if (!cnn_json_take(json, '{'))
        return false;
    do {
        char key[32];
        if (!cnn_json_string(json, key, sizeof key) || !cnn_json_take(json, ':'))
            return false;
        int field = !strcmp(key, "dtype")          ? DTYPE
                    : !strcmp(key, "shape")        ? SHAPE
                    : !strcmp(key, "data_offsets") ? OFFSETS
                                                   : 0;
        if (field & seen)
            return false;
        seen |= field;
        bool ok = field == DTYPE     ? cnn_json_string(json, entry->dtype, sizeof entry->dtype)
                  : field == SHAPE   ? parse_shape(json, entry)
                  : field == OFFSETS ? parse_offsets(json, entry)
                                     : cnn_json_skip(json);
        if (!ok)
            return false;
    } while (cnn_json_take(json, ','));
    return cnn_json_take(json, '}') && seen == ALL;
}

static int find_parameter(const struct cnn_model *model, const char *name)
{
    for (int p = 0; p < model->n_parameters; p++)
        if (strcmp(model->parameters[p].name, name) == 0)
            return p;
    return -1;
}

static bool check_shape(const struct reading *reading, const struct entry *entry,
                        const struct cnn_parameter *wanted)
{
    char here[CNN_SHAPE_TEXT], there[CNN_SHAPE_TEXT];
    bool same = entry->rank == wanted->rank;
    for (int i = 0; same && i < wanted->rank; i++)
        same = entry->dim[i] == wanted->dim[i];
    if (same)
        return true;
    return cnn_fail(reading->error, "%s: tensor %s is %s%s, but in model %s it is %s", reading->path, entry->name,
                    cnn_shape_text(here, entry->rank < CNN_MAX_RANK ? entry->rank : CNN_MAX_RANK, entry->dim),
                    entry->rank > CNN_MAX_RANK ? "x..." : "", reading->model->name,
                    cnn_shape_text(there, wanted->rank, wanted->dim));
}

/* Accepts an entry when it is what the model's table says. */
static bool match(struct reading *reading, const struct entry *entry)
{
    const struct cnn_model *model = reading->model;
    int p = find_parameter(model, entry->name);
    if (p < 0)
        return cnn_fail(reading->error, "%s: has tensor %.200s, which model %s has not", reading->path, entry->name,
                        model->name);
    if (reading->begin[p] >= 0)
        return cnn_fail(reading->error, "%s: has tensor %s twice", reading->path, entry->name);
    if (strcmp(entry->dtype, "F32") != 0)
        return cnn_fail(reading->error, "%s: tensor %s has dtype %s, only F32 is read", reading->path, entry->name,
                        entry->dtype);
    if (!check_shape(reading, entry, &model->parameters[p]))
        return false;
    int64_t bytes = model->parameters[p].count * FLOAT_BYTES;
    if (entry->begin > entry->end || entry->end - entry->begin != bytes)
        return cnn_fail(reading->error,
                        "%s: tensor %s has data from %" PRId64 " to %" PRId64 ", but needs %" PRId64 " bytes",
                        reading->path, entry->name, entry->begin, entry->end, bytes);
    if (entry->end > reading->data_bytes)
        return cnn_fail(reading->error, "%s: truncated: has %" PRId64 " bytes of data, tensor %s ends at %" PRId64,
                        reading->path, reading->data_bytes, entry->name, entry->end);
    reading->begin[p] = entry->begin;
    reading->claimed += bytes;
    return true;
}

/* `name` has room for any string of the header. */
static bool parse_header(struct reading *reading, struct cnn_json json, char *name, size_t size)
{
    const char *malformed = "its header is not the JSON of tensors";
    if (!cnn_json_take(&json, '{'))
        return damaged(reading, malformed);
    bool empty = cnn_json_next_is(&json, '}');
    while (!empty) {
        if (!cnn_json_string(&json, name, size) || !cnn_json_take(&json, ':'))
            return damaged(reading, malformed);
        struct entry entry = {.name = name};
        bool is_tensor = strcmp(name, "__metadata__") != 0;
        if (!(is_tensor ? parse_entry(&json, &entry) : cnn_json_skip(&json)))
            return damaged(reading, malformed);
        if (is_tensor && !match(reading, &entry))
            return false;
        if (!cnn_json_take(&json, ','))
            break;
    }
    if (!cnn_json_take(&json, '}') || !cnn_json_at_end(&json))
        return damaged(reading, malformed);
    return true;
}

static bool check_complete(const struct reading *reading)
{
    int missing = 0;
    const char *first = NULL;
    for (int p = 0; p < reading->model->n_parameters; p++)
        if (reading->begin[p] < 0 && missing++ == 0)
            first = reading->model->parameters[p].name;
    if (missing == 1)
        return cnn_fail(reading->error, "%s: tensor %s of model %s is missing", reading->path, first,
                        reading->model->name);
    if (missing)
        return cnn_fail(reading->error, "%s: tensor %s and %d more of model %s are missing", reading->path, first,
                        missing - 1, reading->model->name);
    if (reading->claimed != reading->data_bytes)
        return damaged(reading, "its tensors do not fill its data");
    return true;
}

/* The header's length, checked against the size of the file. -1 after an error. */
static int64_t header_length(struct reading *reading)
{
    unsigned char prefix[PREFIX_BYTES];
    struct stat status;
    uint64_t length = 0;
    if (fstat(fileno(reading->file), &status) != 0 || !S_ISREG(status.st_mode)) {
        damaged(reading, "it is no regular file");
        return -1;
    }
    int64_t file_bytes = (int64_t)status.st_size;
    if (fread(prefix, 1, PREFIX_BYTES, reading->file) != PREFIX_BYTES) {
        damaged(reading, "it is too short");
        return -1;
    }
    for (int i = PREFIX_BYTES; i-- > 0;)
        length = length << 8 | prefix[i];
    if (length > (uint64_t)max_header || (int64_t)length > file_bytes - PREFIX_BYTES) {
        damaged(reading, "the length of its header is impossible");
        return -1;
    }
    reading->data_start = PREFIX_BYTES + (int64_t)length;
    reading->data_bytes = file_bytes - reading->data_start;
    return (int64_t)length;
}

static bool read_header(struct reading *reading)
{
    int64_t length = header_length(reading);
    if (length < 0)
        return false;
    size_t size = (size_t)length + 1;
    char *text = cnn_alloc(2 * (int64_t)size, reading->error); /* the header, and room for a name */
    if (!text)
        return false;
    bool ok = fread(text, 1, size - 1, reading->file) == size - 1;
    if (!ok)
        damaged(reading, "its header cannot be read");
    ok = ok && parse_header(reading, (struct cnn_json){text, text + size - 1}, text + size, size);
    free(text);
    return ok && check_complete(reading);
}

static bool read_tensor(const struct reading *reading, const struct cnn_parameter *parameter, int64_t begin,
                        float *out)
{
    unsigned char chunk[CHUNK * FLOAT_BYTES];
    if (fseeko(reading->file, (off_t)(reading->data_start + begin), SEEK_SET) != 0)
        return damaged(reading, strerror(errno));
    for (int64_t done = 0; done < parameter->count;) {
        int64_t rest = parameter->count - done;
        size_t count = rest < CHUNK ? (size_t)rest : CHUNK;
        if (fread(chunk, FLOAT_BYTES, count, reading->file) != count)
            return damaged(reading, "its data cannot be read");
        for (size_t i = 0; i < count; i++)
            out[done + (int64_t)i] = load_float(chunk + FLOAT_BYTES * i);
        done += (int64_t)count;
    }
    return true;
}

static bool load(struct reading *reading, float *parameters)
{
    const struct cnn_model *model = reading->model;
    reading->begin = cnn_alloc(model->n_parameters * (int64_t)sizeof *reading->begin, reading->error);
    if (!reading->begin)
        return false;
    for (int p = 0; p < model->n_parameters; p++)
        reading->begin[p] = -1;
    bool ok = read_header(reading);
    for (int p = 0; ok && p < model->n_parameters; p++)
        ok = read_tensor(reading, &model->parameters[p], reading->begin[p],
                         parameters + model->parameters[p].offset);
    free(reading->begin);
    return ok;
}

bool cnn_weights_load(const struct cnn_model *model, const char *path, float *parameters, struct cnn_error *error)
{
    struct reading reading = {.model = model, .path = path, .file = fopen(path, "rb"), .error = error};
    if (!reading.file)
        return cnn_fail(error, "%s: %s", path, strerror(errno));
    bool ok = load(&reading, parameters);
    fclose(reading.file);
    return ok;
}

/* ---- writing -------------------------------------------------------------------------------------- */

static void write_header_text(const struct cnn_model *model, FILE *out)
{
    int64_t offset = 0;
    fputs("{\"__metadata__\":{\"model\":", out);
    cnn_json_write(out, model->name);
    putc('}', out);
    for (int p = 0; p < model->n_parameters; p++) {
        const struct cnn_parameter *parameter = &model->parameters[p];
        putc(',', out);
        cnn_json_write(out, parameter->name);
        fputs(":{\"dtype\":\"F32\",\"shape\":[", out);
        for (int i = 0; i < parameter->rank; i++)
            fprintf(out, i ? ",%" PRId64 : "%" PRId64, parameter->dim[i]);
        fprintf(out, "],\"data_offsets\":[%" PRId64 ",", offset);
        offset += parameter->count * FLOAT_BYTES;
        fprintf(out, "%" PRId64 "]}", offset);
    }
    putc('}', out);
}

/* The header is padded with blanks so that the data are aligned to eight bytes. */
static bool write_header(const struct cnn_model *model, FILE *file)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (!memory)
        return false;
    write_header_text(model, memory);
    bool ok = !ferror(memory);
    ok = fclose(memory) == 0 && ok;
    size_t padded = (length + 7) / 8 * 8;
    for (int i = 0; ok && i < PREFIX_BYTES; i++)
        putc((int)((uint64_t)padded >> 8 * i & 0xFF), file);
    ok = ok && fwrite(text, 1, length, file) == length;
    for (size_t i = length; ok && i < padded; i++)
        putc(' ', file);
    free(text);
    return ok;
}

static bool write_tensor(const float *values, int64_t count, FILE *file)
{
    for (int64_t i = 0; i < count; i++) {
        unsigned char bytes[FLOAT_BYTES];
        store_float(values[i], bytes);
        if (fwrite(bytes, 1, FLOAT_BYTES, file) != FLOAT_BYTES)
            return false;
    }
    return true;
}

static bool write_file(const struct cnn_model *model, const float *parameters, FILE *file)
{
    bool ok = write_header(model, file);
    for (int p = 0; ok && p < model->n_parameters; p++)
        ok = write_tensor(parameters + model->parameters[p].offset, model->parameters[p].count, file);
    return ok && fflush(file) == 0 && fsync(fileno(file)) == 0;
}

enum { PATH_SIZE = 4096 };

/* A new file beside `path`; its name in `name`. NULL after an error. */
static FILE *open_temporary(const char *path, char name[PATH_SIZE], struct cnn_error *error)
{
    int descriptor = -1;
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        cnn_fail(error, "%s: cannot be written: it is no regular file", path);
        return NULL;
    }
    errno = EEXIST;
    for (int i = 0; i < 100 && descriptor < 0 && errno == EEXIST; i++) {
        if (snprintf(name, PATH_SIZE, "%s.%ld-%d.tmp", path, (long)getpid(), i) >= PATH_SIZE)
            errno = ENAMETOOLONG;
        else
            descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    }
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    if (!file)
        cnn_fail(error, "%s: cannot be written: %s", path, strerror(errno));
    if (!file && descriptor >= 0) {
        close(descriptor);
        unlink(name);
    }
    return file;
}

bool cnn_weights_save(const struct cnn_model *model, const char *path, const float *parameters,
                      struct cnn_error *error)
{
    char name[PATH_SIZE];
    FILE *file = open_temporary(path, name, error);
    if (!file)
        return false;
    bool ok = write_file(model, parameters, file);
    int reason = errno;
    if (fclose(file) != 0 && ok) {
        ok = false;
        reason = errno;
    }
    if (ok && rename(name, path) != 0) {
        ok = false;
        reason = errno;
    }
    if (ok)
        return true;
    unlink(name);
    return cnn_fail(error, "%s: cannot be written: %s", path, strerror(reason));
}

bool cnn_weights_writable(const char *path, struct cnn_error *error)
{
    char name[PATH_SIZE];
    FILE *file = open_temporary(path, name, error);
    if (!file)
        return false;
    fclose(file);
    unlink(name);
    return true;
}
