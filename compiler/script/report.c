/* report.c -- errors and warnings of the Lua in this folder, and the script's lines that they name. */
#include "script/script.h"

#include <lauxlib.h>

/* where(): {file =, line =} of the script's line that is being executed. */
static int where(lua_State *lua)
{
    struct origin at = script_where(lua);
    lua_createtable(lua, 0, 2);
    lua_pushstring(lua, at.file);
    lua_setfield(lua, -2, "file");
    lua_pushinteger(lua, at.line);
    lua_setfield(lua, -2, "line");
    return 1;
}

/* name_of(f): what the script calls a function of its: the variable, of the outermost frame, that holds it; nil: none does. */
static int name_of(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    script_push_name(lua);
    return 1;
}

/* line(file, number): its text; nil: it cannot be read again. */
static int line(lua_State *lua)
{
    char text[512];
    if (!source_line(luaL_checkstring(lua, 1), (int)luaL_checkinteger(lua, 2), text, sizeof text))
        return 0;
    lua_pushstring(lua, text);
    return 1;
}

/* fail(message, {hint =, at =, tensor = the one whose shape is to be explained}), all optional. */
static int fail(lua_State *lua)
{
    struct script *script = script_of(lua);
    const char *message = luaL_checkstring(lua, 1);
    lua_settop(lua, 2);
    if (!lua_istable(lua, 2)) {
        lua_newtable(lua);
        lua_replace(lua, 2);
    }
    lua_getfield(lua, 2, "at");
    diag_error(script->diag, script_origin(lua, 3), "%s", message);
    lua_getfield(lua, 2, "tensor");
    const struct tensor *tensor = script_tensor(lua, -1);
    if (tensor)
        diag_trail(script->diag, graph_trail(script->graph, tensor));
    lua_getfield(lua, 2, "hint");
    if (lua_isstring(lua, -1))
        diag_hint(script->diag, "%s", lua_tostring(lua, -1));
    return script_abort(lua);
}

/* warn(message, {hint =, at =}), both optional. */
static int warn(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct warning warning = {.message = arena_strdup(script->arena, luaL_checkstring(lua, 1))};
    luaL_checktype(lua, 2, LUA_TTABLE);
    lua_getfield(lua, 2, "at");
    warning.at = script_origin(lua, lua_gettop(lua));
    lua_getfield(lua, 2, "hint");
    if (lua_isstring(lua, -1))
        warning.hint = arena_strdup(script->arena, lua_tostring(lua, -1));
    diag_warn(script->diag, warning);
    return 0;
}

/* entry(f): f behind a C function. The frame of a caller that ends in `return Model{...}` is still there while a
 * C function runs, so that its line is known. */
static int call_entry(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

static int entry(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_pushcclosure(lua, call_entry, 1);
    return 1;
}

void script_open_reports(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"entry", entry},        {"fail", fail}, {"line", line},   {"name_of", name_of},
        {"pcall", script_pcall}, {"warn", warn}, {"where", where}, {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
    lua_pushstring(lua, script_nil_hint);
    lua_setfield(lua, -2, "NIL_HINT");
}
