/* fuzz_planted.c -- no reader, but defects, for run.sh to see that each is found: the first byte says which. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

/* The only place that knows the block, until it forgets it. */
static void *volatile block;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char bytes[1];
    if (size == 0)
        return 0;
    FILE *file = fopen(fuzz_file(data, size), "rb");
    fuzz_assert(file != NULL);
    switch (data[0]) {
    case 'l': block = malloc(100); break;
    case 'o': fuzz_assert(fread(bytes, 1, size, file) == size); break;
    case 'u': fuzz_assert(INT32_MAX + (int32_t)size != 0); break;
    case 'f': return 0;
    default: break;
    }
    block = NULL;
    fuzz_assert(fclose(file) == 0);
    return 0;
}
