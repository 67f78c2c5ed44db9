/* tensors.c -- a reader for safetensors files that our own scripts wrote: 8 bytes of header length, a JSON
 * object of {"NAME": {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}}, the numbers. It trusts its
 * files and finds a tensor by searching the text for its quoted name. */
#include "tensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path, int64_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0 || (*size = ftell(file)) < 8) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    rewind(file);
    char *bytes = malloc((size_t)*size);
    if (!bytes || fread(bytes, 1, (size_t)*size, file) != (size_t)*size) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    fclose(file);
    return bytes;
}

struct tensors tensors_read(const char *path)
{
    int64_t size;
    char *file = read_file(path, &size);
    int64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | (unsigned char)file[i];
    if (length < 2 || length > size - 8 || length % 8) {
        fprintf(stderr, "%s is not a safetensors file\n", path);
        exit(1);
    }
    /* The header moves to the front of its length, which makes room for a NUL and keeps the data aligned. */
    memmove(file, file + 8, (size_t)length);
    file[length] = '\0';
    const void *data = file + 8 + length;
    return (struct tensors){file, file, data, (size - 8 - length) / (int64_t)sizeof(float)};
}

const float *tensors_find(const struct tensors *tensors, const char *name, int64_t *count)
{
    char quoted[256];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *at = strstr(tensors->header, quoted);
    const char *offsets = at ? strstr(at, "\"data_offsets\":[") : NULL;
    int64_t begin, end;
    if (!offsets || sscanf(offsets, "\"data_offsets\":[%" SCNd64 ",%" SCNd64, &begin, &end) != 2 ||
        end > tensors->floats * (int64_t)sizeof(float))
        return NULL;
    if (count)
        *count = (end - begin) / (int64_t)sizeof(float);
    return tensors->data + begin / (int64_t)sizeof(float);
}

int tensors_count(const struct tensors *tensors, const char *kind)
{
    char quoted[256];
    int count = 0;
    snprintf(quoted, sizeof quoted, "\"%s/", kind);
    for (const char *at = tensors->header; (at = strstr(at, quoted)) != NULL; at++)
        count++;
    return count;
}

const float *tensors_need(const struct tensors *tensors, const char *name, int64_t *count)
{
    const float *found = tensors_find(tensors, name, count);
    if (!found) {
        fprintf(stderr, "the data file has no tensor named %s\n", name);
        exit(1);
    }
    return found;
}

void tensors_free(struct tensors *tensors)
{
    free(tensors->file);
    *tensors = (struct tensors){0};
}
