/* fields.c -- sets a field of the table on top of Lua's stack. */
#include "emit/emit.h"

#include <lua.h>

void field_int(lua_State *lua, const char *name, int64_t value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

void field_number(lua_State *lua, const char *name, double value)
{
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, name);
}

void field_bool(lua_State *lua, const char *name, bool value)
{
    lua_pushboolean(lua, value);
    lua_setfield(lua, -2, name);
}

void field_text(lua_State *lua, const char *name, const char *value)
{
    if (!value)
        return;
    lua_pushstring(lua, value);
    lua_setfield(lua, -2, name);
}

void field_ints(lua_State *lua, const char *name, const int64_t *values, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushinteger(lua, values[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

void field_texts(lua_State *lua, const char *name, const char *const *texts, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; texts && i < count; i++) {
        lua_pushstring(lua, texts[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}
