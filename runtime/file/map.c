/* map.c -- the bytes of a large file as memory: the system reads what is used, and forgets it when memory is short. What is
 * written to them stays in this program. */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *cnn_map(const char *path, int64_t offset, int64_t bytes)
{
    int64_t size;
    int descriptor = cnn_file_open(path, &size, NULL);
    if (descriptor < 0)
        return NULL;
    void *at = MAP_FAILED;
    if (size - offset == bytes && (uint64_t)size <= SIZE_MAX)
        at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    return at == MAP_FAILED ? NULL : (char *)at + offset;
}

void cnn_unmap(void *data, int64_t offset, int64_t bytes)
{
    if (offset == 0)
        free(data);
    else if (data)
        (void)munmap((char *)data - offset, (size_t)(offset + bytes)); /* only fails for what was never mapped */
}
