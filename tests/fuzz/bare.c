/* bare.c -- see bare.h. */
#include "bare.h"

#include "fuzz.h"

#include <lauxlib.h>

static void run(struct script *script, lua_CFunction use, void *data)
{
    if (setjmp(script->arena->out_of_memory))
        return;
    lua_State *lua = lua_newstate(lua_memory_allocate, &script->memory);
    fuzz_assert(lua != NULL);
    *(struct script **)lua_getextraspace(lua) = script;
    lua_pushcfunction(lua, use);
    lua_pushlightuserdata(lua, data);
    (void)lua_pcall(lua, 1, 0, 0);
}

void fuzz_bare(lua_CFunction use, void *data)
{
    const struct limits limits = {.memory_bytes = (size_t)16 << 20, .instructions = 2000000};
    struct arena arena = {.limit = limits.memory_bytes};
    struct diag diag = {.arena = &arena};
    struct script script = {
        .arena = &arena, .diag = &diag, .path = "model", .limits = limits, .memory.limit = limits.memory_bytes};
    run(&script, use, data);
    lua_memory_release(&script.memory);
    arena_free(&arena);
}
