/* template.c -- opens the template language, which is written in Lua: template.lua. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* find(name): an embedded file, or nil. */
static int find(lua_State *lua)
{
    size_t length;
    const char *text = embedded_find(luaL_checkstring(lua, 1), &length);
    if (text)
        lua_pushlstring(lua, text, length);
    else
        lua_pushnil(lua);
    return 1;
}

/* where(level): "file:line: " of the function at that level, as error() counts them. */
static int where(lua_State *lua)
{
    luaL_where(lua, (int)luaL_checkinteger(lua, 1));
    return 1;
}

void template_open(lua_State *lua)
{
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},
        {LUA_STRLIBNAME, luaopen_string},
        {LUA_TABLIBNAME, luaopen_table},
        {LUA_MATHLIBNAME, luaopen_math},
        {NULL, NULL},
    };
    for (const luaL_Reg *library = libraries; library->name; library++) {
        luaL_requiref(lua, library->name, library->func, 1);
        lua_pop(lua, 1);
    }
    embedded_load(lua, "emit/template.lua");
    lua_pushcfunction(lua, find);
    lua_pushcfunction(lua, where);
    lua_pushcfunction(lua, text_indented);
    lua_call(lua, 3, 0);
}
