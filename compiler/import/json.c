/* json.c -- JSON as tables of Lua. What is null becomes None of the script language, which a list may have in it. */
#include "import/import.h"

#include <jansson.h>
#include <lauxlib.h>
#include <string.h>

enum { DEPTH_MAX = 100, NONE = 2 };

static void push_value(lua_State *lua, json_t *value, int depth);

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX levels deep at most. */
static void push_list(lua_State *lua, json_t *list, int depth)
{
    lua_createtable(lua, (int)json_array_size(list), 0);
    for (size_t i = 0; i < json_array_size(list); i++) {
        push_value(lua, json_array_get(list, i), depth + 1);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX levels deep at most. */
static void push_object(lua_State *lua, json_t *object, int depth)
{
    lua_newtable(lua);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        lua_pushstring(lua, json_object_iter_key(at));
        push_value(lua, json_object_iter_value(at), depth + 1);
        lua_rawset(lua, -3);
    }
}

/* With None at place NONE of the stack. */
/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX levels deep at most. */
static void push_value(lua_State *lua, json_t *value, int depth)
{
    if (depth > DEPTH_MAX)
        luaL_error(lua, "the configuration is nested too deeply");
    luaL_checkstack(lua, 8, NULL);
    switch (json_typeof(value)) {
    case JSON_OBJECT: push_object(lua, value, depth); return;
    case JSON_ARRAY: push_list(lua, value, depth); return;
    case JSON_STRING: lua_pushlstring(lua, json_string_value(value), json_string_length(value)); return;
    case JSON_INTEGER: lua_pushinteger(lua, (lua_Integer)json_integer_value(value)); return;
    case JSON_REAL: lua_pushnumber(lua, json_real_value(value)); return;
    case JSON_TRUE: lua_pushboolean(lua, true); return;
    case JSON_FALSE: lua_pushboolean(lua, false); return;
    case JSON_NULL: break;
    }
    lua_pushvalue(lua, NONE);
}

/* (value as a light userdata, None) */
static int convert(lua_State *lua)
{
    push_value(lua, lua_touserdata(lua, 1), 0);
    return 1;
}

/* json(text, None): a table; nil and what is wrong with the text */
int import_json(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    json_error_t error;
    json_t *value = json_loadb(text, length, JSON_ALLOW_NUL, &error);
    if (!value) {
        lua_pushnil(lua);
        lua_pushfstring(lua, "line %d: %s", error.line, error.text);
        return 2;
    }
    lua_pushcfunction(lua, convert);
    lua_pushlightuserdata(lua, value);
    lua_pushvalue(lua, 2);
    int status = lua_pcall(lua, 2, 1, 0);
    json_decref(value);
    return status == LUA_OK ? 1 : lua_error(lua);
}
