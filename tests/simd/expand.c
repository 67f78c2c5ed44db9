/* expand.c -- prints what a template gives: expand FILE [VARIABLES], VARIABLES being the inside of a Lua table. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <lualib.h>

static const char program[] = "local path, variables = ...\n"
                              "local file = assert(io.open(path))\n"
                              "local text = file:read('a')\n"
                              "file:close()\n"
                              "variables = assert(load('return {' .. (variables or '') .. '}'))()\n"
                              "io.write(expand(path, variables, text))\n";

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fputs("usage: expand FILE [VARIABLES]\n", stderr);
        return 2;
    }
    lua_State *lua = luaL_newstate();
    if (!lua)
        return 1;
    luaL_openlibs(lua);
    template_open(lua);
    int status = luaL_loadstring(lua, program);
    for (int i = 1; i < argc; i++)
        lua_pushstring(lua, argv[i]);
    if (status == LUA_OK)
        status = lua_pcall(lua, argc - 1, 0, 0);
    if (status != LUA_OK)
        fprintf(stderr, "expand: %s\n", lua_tostring(lua, -1));
    lua_close(lua);
    return status == LUA_OK ? 0 : 1;
}
