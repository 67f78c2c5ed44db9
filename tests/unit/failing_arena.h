/* failing_arena.h -- the arena over a malloc that can be made to fail. Its functions take the place of the
 * library's, so one test program includes this once. */
#ifndef FAILING_ARENA_H
#define FAILING_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static int mallocs_left = -1; /* before the first that fails; negative: none does */

static void *failing_malloc(size_t bytes)
{
    if (mallocs_left == 0 || bytes > PTRDIFF_MAX) /* which a sanitizer's malloc would report */
        return NULL;
    if (mallocs_left > 0)
        mallocs_left--;
    return malloc(bytes);
}

#define malloc failing_malloc
#include "base/arena.c"
#undef malloc

#endif
