/* fuzz.c -- see fuzz.h. One file in memory is used again and again, for making one takes longer than reading it. */
#define _GNU_SOURCE
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_assert(int ok)
{
    if (!ok)
        abort();
}

const char *fuzz_file(const void *data, size_t size)
{
    static int descriptor = -1;
    static char path[32];
    if (descriptor < 0) {
        descriptor = memfd_create("fuzz", MFD_CLOEXEC);
        fuzz_assert(descriptor >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    fuzz_assert(ftruncate(descriptor, (off_t)size) == 0);
    fuzz_assert(pwrite(descriptor, data, size, 0) == (ssize_t)size);
    return path;
}

/* What costs time and finds nothing here. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "malloc_context_size=4:quarantine_size_mb=4:detect_stack_use_after_return=0";
}
