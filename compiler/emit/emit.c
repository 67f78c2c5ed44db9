/* emit.c -- runs the templates over the unit, which unit.c shows them, and takes the two files' texts from them; emit.lua says
 * what it makes of it. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <lua.h>
#include <string.h>

static bool ran_out_of_memory(struct diag *diag, struct origin at, const struct lua_memory *memory)
{
    if (!memory->exceeded)
        return diag_error(diag, at, "out of memory");
    diag_error(diag, at, "the C of this network takes more than %zu MiB to write", memory->limit >> 20);
    diag_hint(diag, "fewer layers, or layers that are alike, take less, as does --target with a single machine; "
                    "--memory-limit MIB allows it more");
    return false;
}

static void load_embedded(lua_State *lua, const char *name)
{
    size_t length;
    const char *text = embedded_find(name, &length);
    if (!text)
        luaL_error(lua, "this cnnc was built without %s", name);
    if (luaL_loadbufferx(lua, text, length, name, "b") != LUA_OK)
        lua_error(lua);
}

/* unit -> source, header. Runs protected: errors are Lua's. */
static int expand_unit(lua_State *lua)
{
    const struct unit *unit = lua_touserdata(lua, 1);
    template_open(lua);
    load_embedded(lua, "emit/emit.lua");
    lua_newtable(lua);
    for (; unit; unit = unit->next) {
        unit_push(lua, unit);
        lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1);
    }
    lua_pushcfunction(lua, text_renamed);
    lua_pushcfunction(lua, text_mentions);
    lua_pushcfunction(lua, text_laid_out);
    lua_pushcfunction(lua, text_tidied);
    lua_call(lua, 5, 2);
    return 2;
}

/* Lua's own error, or its message thrown again by what caught it on the way (template.lua). */
static bool is_out_of_memory(lua_State *lua, int status)
{
    const char *message = lua_tostring(lua, -1);
    return status == LUA_ERRMEM || (message && strcmp(message, "not enough memory") == 0);
}

/* Garbage may grow to three times what is in use before it is collected: of a large network's some 20 MB. */
enum { GC_PAUSE = 400 };

bool emit_unit(const struct unit *unit, const char **source, const char **header)
{
    struct arena *arena = unit->model->arena;
    struct diag *diag = unit->model->diag;
    struct origin nowhere = {.file = unit->options->script};
    struct lua_memory *memory = arena_alloc(arena, sizeof *memory);
    memory->limit = unit->options->limits.memory_bytes * MEMORY_OF_EMIT;
    lua_State *lua = lua_newstate(lua_memory_allocate, memory);
    if (!lua) {
        lua_memory_release(memory);
        return diag_error(diag, nowhere, "out of memory");
    }
    lua_gc(lua, LUA_GCINC, GC_PAUSE, 0, 0);
    lua_pushcfunction(lua, expand_unit);
    lua_pushlightuserdata(lua, (void *)unit);
    /* The arena's own failure would leave the Lua state open: it is caught, and thrown again. */
    jmp_buf outer;
    memcpy(&outer, &arena->out_of_memory, sizeof outer);
    volatile bool ok = false;
    if (setjmp(arena->out_of_memory) != 0) {
        lua_memory_release(memory);
        memcpy(&arena->out_of_memory, &outer, sizeof outer);
        longjmp(arena->out_of_memory, 1);
    }
    int status = lua_pcall(lua, 1, 2, 0);
    if (status == LUA_OK) {
        *source = numbers_filled(unit, lua_tostring(lua, -2));
        *header = arena_strdup(arena, lua_tostring(lua, -1));
        ok = true;
    } else if (is_out_of_memory(lua, status)) {
        ran_out_of_memory(diag, nowhere, memory);
    } else {
        const char *message = lua_tostring(lua, -1);
        diag_error(diag, nowhere, "cnnc has a bug in its templates: %s",
                   arena_strdup(arena, message ? message : "unknown"));
    }
    memcpy(&arena->out_of_memory, &outer, sizeof outer);
    lua_memory_release(memory);
    return ok;
}
