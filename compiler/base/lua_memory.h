/* lua_memory.h -- memory for a Lua state, up to a limit. */
#ifndef LUA_MEMORY_H
#define LUA_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

struct lua_memory {
    size_t limit; /* in bytes; 0: none */
    size_t used;
    size_t grown;  /* all bytes that were ever added */
    bool exceeded; /* the limit, not malloc, refused what was refused last; Lua may have made do without it */
};

/* The allocator of a state (lua_Alloc), whose user data is a struct lua_memory. */
void *lua_memory_allocate(void *user_data, void *block, size_t old_bytes, size_t new_bytes);

#endif
