/* chunk.c -- the Lua that was embedded when cnnc was built. */
#include "base/base.h"

#include <lauxlib.h>

void embedded_load(lua_State *lua, const char *name)
{
    size_t length;
    const char *text = embedded_find(name, &length);
    if (!text)
        luaL_error(lua, "this cnnc was built without %s", name);
    if (luaL_loadbufferx(lua, text, length, name, "b") != LUA_OK)
        lua_error(lua);
}
