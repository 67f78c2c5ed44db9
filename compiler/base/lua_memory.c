/* lua_memory.c -- an allocator that counts what it gives. */
#include "base/base.h"

#include <stdlib.h>

static bool fits(const struct lua_memory *memory, size_t bytes)
{
    return !memory->limit || bytes <= memory->limit - memory->used;
}

void *lua_memory_allocate(void *user_data, void *block, size_t old_bytes, size_t new_bytes)
{
    struct lua_memory *memory = user_data;
    if (!block)
        old_bytes = 0; /* then it tells a kind of object */
    if (new_bytes == 0) {
        free(block);
        memory->used -= old_bytes;
        return NULL;
    }
    size_t more = new_bytes > old_bytes ? new_bytes - old_bytes : 0;
    bool allowed = fits(memory, more);
    void *moved = allowed ? realloc(block, new_bytes) : NULL;
    if (!moved) {
        memory->exceeded = !allowed;
        return NULL;
    }
    memory->used += new_bytes - old_bytes; /* less, where it wraps around */
    memory->grown += more;
    return moved;
}
