/* shrink.c -- gives shrink.lua the means to try a text. */
#include "case.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRIES_MAX = 600 };

static bool write_whole(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool ok = fwrite(text, 1, length, file) == length;
    return fclose(file) == 0 && ok;
}

/* differs(text). Upvalue: the workshop. */
static int differs(lua_State *lua)
{
    const struct workshop *workshop = lua_touserdata(lua, lua_upvalueindex(1));
    char path[500];
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    snprintf(path, sizeof path, "%s/shrinking.lua", workshop->folder);
    lua_pushboolean(lua, write_whole(path, text, length) && case_run(workshop, path) == DIFFERS);
    return 1;
}

/* (path of shrink.lua, path of the case, workshop) -> the small text */
static int shrink(lua_State *lua)
{
    char text[1 << 16];
    FILE *file = fopen(lua_tostring(lua, 2), "r");
    size_t length = file ? fread(text, 1, sizeof text, file) : 0;
    if (file)
        fclose(file);
    if (luaL_loadfile(lua, lua_tostring(lua, 1)) != LUA_OK)
        return lua_error(lua);
    lua_pushlstring(lua, text, length);
    lua_pushvalue(lua, 3);
    lua_pushcclosure(lua, differs, 1);
    lua_pushinteger(lua, TRIES_MAX);
    lua_call(lua, 3, 1);
    return 1;
}

bool case_shrink(const struct workshop *workshop, const char *shrinker, const char *path, const char *result)
{
    lua_State *lua = luaL_newstate();
    if (!lua)
        return false;
    luaL_openlibs(lua);
    lua_pushcfunction(lua, shrink);
    lua_pushstring(lua, shrinker);
    lua_pushstring(lua, path);
    lua_pushlightuserdata(lua, (void *)(uintptr_t)workshop);
    size_t length;
    bool ok = lua_pcall(lua, 3, 1, 0) == LUA_OK;
    const char *text = lua_tolstring(lua, -1, &length);
    if (ok)
        ok = write_whole(result, text, length);
    else
        fprintf(stderr, "%s\n", text);
    lua_close(lua);
    return ok;
}
