/* failing_arena.h -- the arena over a calloc that can be made to fail. Its functions take the place of the
 * library's, so one test program includes this once. */
#ifndef FAILING_ARENA_H
#define FAILING_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static int callocs_left = -1; /* before the first that fails; negative: none does */

static void *failing_calloc(size_t count, size_t bytes)
{
    if (callocs_left == 0 || bytes > PTRDIFF_MAX / count) /* which a sanitizer's malloc would report */
        return NULL;
    if (callocs_left > 0)
        callocs_left--;
    return calloc(count, bytes);
}

#define calloc failing_calloc
#include "base/arena.c"
#undef calloc

#endif
