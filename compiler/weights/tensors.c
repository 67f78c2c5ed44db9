/* tensors.c -- the tensors of floats that a file has, by name and in the network's order as far as the file tells it. */
#include "weights/weights.h"

#include "../../runtime/file/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int tensors_compare_names(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *a_end, *b_end;
            unsigned long long x = strtoull(a, &a_end, 10), y = strtoull(b, &b_end, 10);
            if (x != y)
                return x < y ? -1 : 1;
            a = a_end;
            b = b_end;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static int compare(const void *a, const void *b)
{
    return tensors_compare_names(((const struct named_tensor *)a)->name, ((const struct named_tensor *)b)->name);
}

/* Tensors of one type stand together, sorted by name. */
static bool is_sorted(const struct named_tensors *tensors)
{
    for (int i = 1; i < tensors->count; i++) {
        const struct named_tensor *before = &tensors->list[i - 1], *tensor = &tensors->list[i];
        bool same = strcmp(before->type, tensor->type) == 0;
        if (same && strcmp(before->name, tensor->name) >= 0)
            return false;
        for (int j = 0; !same && j < i; j++)
            if (strcmp(tensors->list[j].type, tensor->type) == 0)
                return false;
    }
    return true;
}

/* Python's writer of safetensors sorts by type, then by name; then "features.10" stands before "features.2". */
static void sort(struct named_tensors *tensors)
{
    tensors->is_sorted = is_sorted(tensors);
    if (tensors->is_sorted && tensors->count > 1)
        qsort(tensors->list, (size_t)tensors->count, sizeof *tensors->list, compare);
}

/* ---- safetensors ---- */

struct reading {
    struct arena *arena;
    struct named_tensors *tensors;
    struct cnn_tensor_file file;
    int64_t bytes; /* of the tensors so far */
};

static bool take(void *user, const struct cnn_tensor_entry *entry)
{
    struct reading *reading = user;
    struct named_tensors *tensors = reading->tensors;
    bool fits = entry->begin >= 0 && entry->end >= entry->begin && entry->end <= reading->file.data_bytes;
    reading->bytes += fits ? entry->end - entry->begin : 0; /* what does not is refused where it is read */
    if (reading->bytes > reading->file.data_bytes)
        return cnn_tensors_damaged(&reading->file, "tensors overlap");
    if (!cnn_tensor_entry_floats(entry)) /* counters of batches, masks */
        return true;
    int64_t count = cnn_tensors_entry_count(&reading->file, entry);
    if (count < 0)
        return false;
    float *values = arena_array(reading->arena, count + 1, sizeof *values);
    if (!cnn_tensors_read_floats(&reading->file, entry, values))
        return false;
    char *name = arena_strdup(reading->arena, entry->name);
    cnn_make_printable(name);
    tensors->list = arena_grow(reading->arena, tensors->list, tensors->count, sizeof *tensors->list);
    struct named_tensor *tensor = &tensors->list[tensors->count++];
    *tensor = (struct named_tensor){.name = name, .rank = entry->rank, .values = values};
    memcpy(tensor->dim, entry->dim, sizeof tensor->dim);
    memcpy(tensor->type, entry->dtype, sizeof tensor->type);
    return true;
}

static bool read_safetensors(struct arena *arena, struct diag *diag, struct named_tensors *tensors)
{
    struct cnn_error error;
    struct reading reading = {.arena = arena, .tensors = tensors};
    bool ok =
        cnn_tensors_open(&reading.file, tensors->path, &error) && cnn_tensors_each(&reading.file, take, &reading);
    cnn_tensors_close(&reading.file);
    return ok || diag_error(diag, (struct origin){.file = tensors->path}, "%s", error.message);
}

/* ---- ONNX ---- */

static bool read_onnx(struct arena *arena, struct diag *diag, struct limits limits, struct named_tensors *tensors)
{
    struct import_weights weights = {.path = tensors->path};
    if (!import_list_weights(arena, diag, limits, &weights))
        return false;
    tensors->list = arena_array(arena, weights.count + 1, sizeof *tensors->list);
    for (int i = 0; i < weights.count; i++) {
        const struct array *array = weights.list[i].array;
        if (!array->floats || array->rank > CNN_MAX_RANK)
            continue;
        char *name = arena_strdup(arena, weights.list[i].name);
        cnn_make_printable(name);
        struct named_tensor *tensor = &tensors->list[tensors->count++];
        *tensor = (struct named_tensor){.name = name, .rank = array->rank, .values = array->floats};
        memcpy(tensor->dim, array->dim, (size_t)array->rank * sizeof *tensor->dim);
    }
    return true;
}

/* ---- neither ---- */

/* Its first byte, of the header's length, may be that of any other format. */
static bool is_safetensors(const char *path)
{
    char bytes[9] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        (void)fclose(file); /* only read */
    return n == sizeof bytes && memcmp(bytes + 4, "\0\0\0\0{", 5) == 0;
}

/* Zip archives, pickles of old, and HDF5: what torch.save() and Keras write. */
static bool is_of_others(const char *path)
{
    static const char *const beginnings[] = {"PK\3\4", "\x80\2\x8a\n", "\x89HDF"};
    char bytes[4] = {0};
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        (void)fclose(file); /* only read */
    for (size_t i = 0; n == sizeof bytes && i < sizeof beginnings / sizeof *beginnings; i++)
        if (memcmp(bytes, beginnings[i], sizeof bytes) == 0)
            return true;
    return false;
}

bool tensors_read(struct arena *arena, struct diag *diag, struct limits limits, struct named_tensors *tensors)
{
    if (is_of_others(tensors->path)) {
        diag_error(diag, (struct origin){.file = tensors->path},
                   "--layout pytorch reads safetensors and ONNX, not what torch.save() or Keras writes");
        return diag_hint(diag,
                         "in PyTorch: safetensors.torch.save_file(model.state_dict(), \"weights.safetensors\"), "
                         "or torch.onnx.export()");
    }
    if (!is_safetensors(tensors->path) && import_reads(tensors->path))
        return read_onnx(arena, diag, limits, tensors);
    if (!read_safetensors(arena, diag, tensors))
        return false;
    sort(tensors);
    return true;
}
