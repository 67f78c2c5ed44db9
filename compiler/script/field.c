/* field.c -- the fields of Lua's tables, by name. */
#include "script/script.h"

#include <lauxlib.h>

double script_number_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    double value = luaL_checknumber(lua, -1);
    lua_pop(lua, 1);
    return value;
}

int64_t script_count_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    int64_t value = luaL_checkinteger(lua, -1);
    lua_pop(lua, 1);
    return value;
}

const char *script_name_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    const char *value = script_name(lua, -1);
    lua_pop(lua, 1);
    return value;
}

bool script_flag_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    bool value = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return value;
}

struct tensor *script_tensor_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    struct tensor *tensor = script_check_tensor(lua, -1);
    lua_pop(lua, 1);
    return tensor;
}

void script_tensors_field(lua_State *lua, int index, const char *field, struct tensor ***list, int *count)
{
    struct graph *graph = script_of(lua)->graph;
    lua_getfield(lua, index, field);
    int n = (int)lua_rawlen(lua, -1);
    *count = 0;
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(lua, -1, i);
        *list = arena_grow(graph->arena, *count ? *list : NULL, *count, sizeof **list);
        (*list)[(*count)++] = script_check_tensor(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}
