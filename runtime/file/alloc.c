/* alloc.c -- memory aligned for the widest vectors. */
#include "cnnrt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

void *cnn_alloc(int64_t bytes, struct cnn_error *error)
{
    if (bytes < 0 || bytes > INT64_MAX - ALIGNMENT || (uint64_t)bytes > SIZE_MAX - ALIGNMENT) {
        cnn_fail(error, "a size of %" PRId64 " bytes is impossible", bytes);
        return NULL;
    }
    size_t blocks = ((size_t)bytes + ALIGNMENT - 1) / ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, (blocks ? blocks : 1) * ALIGNMENT);
    if (!memory)
        cnn_fail(error, "out of memory: %" PRId64 " bytes are not to be had", bytes);
    return memory;
}

float *cnn_alloc_floats(int64_t count, struct cnn_error *error)
{
    int64_t size = (int64_t)sizeof(float);
    float *memory = cnn_alloc(count > INT64_MAX / size ? -1 : count * size, error);
    if (memory)
        memset(memory, 0, (size_t)(count * size));
    return memory;
}
