/* names.c -- what a script calls a value: Lua's functions have no names, but the variables that hold them do. Variables of outer
 * frames come first: a function is defined there, and may be called f further in. */
#include "script/script.h"

#include <lauxlib.h>
#include <string.h>

enum { SOUGHT = 1, ENV_MAX = 10000 };

/* The globals, or a table in which functions stand by their names: pushes the key of what is sought; false: it is none. */
static bool push_key(lua_State *lua, int table)
{
    table = lua_absindex(lua, table);
    lua_pushnil(lua);
    for (int i = 0; lua_next(lua, table); i++) {
        bool found = lua_rawequal(lua, -1, SOUGHT) && lua_type(lua, -2) == LUA_TSTRING;
        lua_pop(lua, 1);
        if (found)
            return true;
        if (i > ENV_MAX) {
            lua_pop(lua, 1);
            return false;
        }
    }
    return false;
}

/* The variable on top of the stack, which is popped. With `inside`, it is looked for in tables. */
static bool is_it(lua_State *lua, const char *name, bool inside)
{
    bool is_env = strcmp(name, "_ENV") == 0;
    if (lua_istable(lua, -1) && (inside || is_env) && push_key(lua, -1)) {
        lua_remove(lua, -2);
        return true;
    }
    bool found = !inside && *name != '(' && lua_rawequal(lua, -1, SOUGHT);
    lua_pop(lua, 1);
    if (found)
        lua_pushstring(lua, name);
    return found;
}

static bool find_in_frame(lua_State *lua, lua_Debug *frame, bool inside)
{
    const char *name;
    for (int i = 1; (name = lua_getlocal(lua, frame, i)); i++)
        if (is_it(lua, name, inside))
            return true;
    lua_getinfo(lua, "f", frame);
    const int function = lua_gettop(lua);
    for (int i = 1; (name = lua_getupvalue(lua, function, i)); i++)
        if (is_it(lua, name, inside)) {
            lua_remove(lua, function);
            return true;
        }
    lua_pop(lua, 1);
    return false;
}

static int count_levels(lua_State *lua)
{
    lua_Debug frame;
    int count = 0;
    while (lua_getstack(lua, count, &frame))
        count++;
    return count;
}

void script_push_name(lua_State *lua)
{
    const int levels = count_levels(lua);
    for (int inside = 0; inside < 2; inside++)
        for (int level = levels - 1; level >= 0; level--) {
            lua_Debug frame;
            if (lua_getstack(lua, level, &frame) && lua_getinfo(lua, "Sl", &frame) &&
                script_is_user_frame(&frame) && find_in_frame(lua, &frame, inside))
                return;
        }
    lua_pushnil(lua);
}
