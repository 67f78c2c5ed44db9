/* draw.c -- gives draw.lua the language of model scripts to draw in. */
#include "draw.h"

#include "script.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/* load_module(name) */
static int load_module(lua_State *lua)
{
    size_t length;
    const char *name = luaL_checkstring(lua, 1), *text = embedded_find(name, &length);
    if (!text)
        return luaL_error(lua, "there is no %s", name);
    if (luaL_loadbufferx(lua, text, length, lua_pushfstring(lua, "=%s", name), "t") != LUA_OK)
        return lua_error(lua);
    lua_pushvalue(lua, lua_upvalueindex(1)); /* cnnc */
    lua_call(lua, 1, 0);
    return 0;
}

/* forgive() */
static int forgive(lua_State *lua)
{
    struct diag *diag = script_of(lua)->diag;
    *diag = (struct diag){.arena = diag->arena};
    return 0;
}

/* work() */
static int work(lua_State *lua)
{
    lua_pushinteger(lua, graph_work(script_of(lua)->graph, NULL));
    return 1;
}

/* In protected mode: (path of draw.lua, seed) -> the script's text. */
static int draw(lua_State *lua)
{
    luaL_openlibs(lua);
    if (luaL_loadfile(lua, lua_tostring(lua, 1)) != LUA_OK)
        return lua_error(lua);
    lua_newtable(lua);
    script_open_graph(lua);
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, load_module, 1);
    lua_pushcfunction(lua, forgive);
    lua_pushcfunction(lua, work);
    lua_call(lua, 4, 1);
    lua_pushvalue(lua, 2);
    lua_call(lua, 1, 1);
    return 1;
}

bool draw_script(const char *path, uint64_t seed, FILE *out)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory))
        return false;
    struct script script = {.arena = &arena, .diag = &diag, .path = path, .graph = graph_new(&arena, &diag, path)};
    script.lua = luaL_newstate();
    if (!script.lua)
        return false;
    *(struct script **)lua_getextraspace(script.lua) = &script;
    lua_pushcfunction(script.lua, draw);
    lua_pushstring(script.lua, path);
    lua_pushinteger(script.lua, (lua_Integer)seed);
    bool ok = lua_pcall(script.lua, 2, 1, 0) == LUA_OK;
    if (ok)
        fputs(lua_tostring(script.lua, -1), out);
    else
        fprintf(stderr, "%s\n", lua_tostring(script.lua, -1));
    if (diag.failed)
        diag_print(&diag, stderr);
    lua_close(script.lua);
    arena_free(&arena);
    return ok;
}
