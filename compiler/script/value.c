/* value.c -- values of Lua that stand for the compiler's: handles of tensors, lists of integers, words. */
#include "script/script.h"

#include <lauxlib.h>
#include <string.h>

const char *const script_tensor_type = "cnnc.tensor";

void script_push_tensor(lua_State *lua, struct tensor *tensor)
{
    *(struct tensor **)lua_newuserdatauv(lua, sizeof tensor, 0) = tensor;
    luaL_setmetatable(lua, script_tensor_type);
}

struct tensor *script_tensor(lua_State *lua, int index)
{
    struct tensor **tensor = luaL_testudata(lua, index, script_tensor_type);
    return tensor ? *tensor : NULL;
}

struct tensor *script_check_tensor(lua_State *lua, int index)
{
    return *(struct tensor **)luaL_checkudata(lua, index, script_tensor_type);
}

int script_integers(lua_State *lua, int index, int64_t *result, int min, int max)
{
    if (!lua_istable(lua, index))
        return 0;
    lua_Unsigned count = lua_rawlen(lua, index);
    if (count < (lua_Unsigned)min || count > (lua_Unsigned)max)
        return 0;
    for (int i = 0; i < (int)count; i++) {
        int is_integer;
        lua_rawgeti(lua, index, i + 1);
        result[i] = lua_tointegerx(lua, -1, &is_integer);
        lua_pop(lua, 1);
        if (!is_integer)
            return 0;
    }
    return (int)count;
}

bool script_choice(lua_State *lua, int index, const char *const *choices, int *result)
{
    const char *word = lua_type(lua, index) == LUA_TSTRING ? lua_tostring(lua, index) : "";
    for (*result = 0; choices[*result]; ++*result)
        if (strcmp(choices[*result], word) == 0)
            return true;
    return false;
}
