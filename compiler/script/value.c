/* value.c -- values of Lua that stand for the compiler's: handles of tensors, lists of integers, words, names, shapes, lines. */
#include "script/script.h"

#include <lauxlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 2048 };
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.-"

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

const char *script_name(lua_State *lua, int index)
{
    const char *name = luaL_checkstring(lua, index);
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_LENGTH || length != lua_rawlen(lua, index) ||
        strspn(name, NAME_CHARACTERS) != length)
        script_fail(lua, script_where(lua), "a name has other characters than letters, digits and _ / . -");
    return arena_strdup(script_of(lua)->arena, name);
}

struct shape script_shape(lua_State *lua, int index)
{
    struct shape result = {0};
    result.rank = script_integers(lua, index, result.dim, 0, SHAPE_MAX_RANK);
    if (!shape_valid(&result))
        script_fail(lua, script_where(lua), "the shape %s is too large",
                    shape_text(script_of(lua)->arena, &result));
    return result;
}

struct origin script_origin(lua_State *lua, int index)
{
    if (!lua_istable(lua, index))
        return script_where(lua);
    struct origin at = {0};
    lua_getfield(lua, index, "file");
    lua_getfield(lua, index, "line");
    at.file = arena_strdup(script_of(lua)->arena, luaL_optstring(lua, -2, ""));
    at.line = (int)luaL_optinteger(lua, -1, 0);
    lua_pop(lua, 2);
    return at;
}
