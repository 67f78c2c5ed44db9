/* tensors.h -- reads the safetensors files of the tests: float32 tensors found by name. */
#ifndef TENSORS_H
#define TENSORS_H

#include <stdint.h>

struct tensors {
    char *file;         /* the whole file; tensors point into it */
    const char *header; /* its JSON, NUL-terminated */
    const float *data;
    int64_t floats; /* in data */
};

/* Exits with a message when the file cannot be read. */
struct tensors tensors_read(const char *path);
/* NULL when the file has no tensor of that name; *count (may be NULL) is set to its floats. */
const float *tensors_find(const struct tensors *tensors, const char *name, int64_t *count);
/* The same for one that must be there: exits with a message. */
const float *tensors_need(const struct tensors *tensors, const char *name, int64_t *count);
/* How many are called KIND/... */
int tensors_count(const struct tensors *tensors, const char *kind);
void tensors_free(struct tensors *tensors);

#endif
