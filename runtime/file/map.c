/* map.c -- the bytes of a large file as memory: the system reads what is used, and forgets it when memory is short. What is
 * written to them stays in this program. And memory that has a file for when memory is short. */
#define _POSIX_C_SOURCE 200809L
#include "file/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

/* What the machine has, or may be taken of it. */
static int64_t memory_bytes(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const int64_t machine = pages > 0 && page > 0 ? (int64_t)pages * page : INT64_MAX;
    struct rlimit limit;
    const bool limited = getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur < (rlim_t)machine;
    return limited ? (int64_t)limit.rlim_cur : machine;
}

void *cnn_map_scratch(int64_t bytes, int64_t *offset)
{
    enum { IN_FRONT = 64, PART = 4, NAME = 4096 }; /* no offset of 0, and as aligned as other memory */
    const char *folder = getenv("TMPDIR");
    char path[NAME];
    if (bytes < memory_bytes() / PART || bytes > INT64_MAX - IN_FRONT || (uint64_t)bytes > SIZE_MAX - IN_FRONT)
        return NULL;
    if (snprintf(path, sizeof path, "%s/cnn-XXXXXX", folder && *folder ? folder : "/var/tmp") >= NAME)
        return NULL;
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        return NULL;
    void *at = MAP_FAILED;
    /* Without room behind it, a write to the memory would end the program. */
    if (unlink(path) == 0 && posix_fallocate(descriptor, 0, bytes + IN_FRONT) == 0)
        at = mmap(NULL, (size_t)bytes + IN_FRONT, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    *offset = IN_FRONT;
    return at == MAP_FAILED ? NULL : (char *)at + IN_FRONT;
}

void cnn_unmap(void *data, int64_t offset, int64_t bytes)
{
    if (offset == 0)
        free(data);
    else if (data)
        (void)munmap((char *)data - offset, (size_t)(offset + bytes)); /* only fails for what was never mapped */
}
