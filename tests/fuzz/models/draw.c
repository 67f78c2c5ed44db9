/* draw.c -- gives draw.lua the language of model scripts to draw in. */
#include "draw.h"

#include "op/op.h"
#include "script/script.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

/* load_module(name) */
static int load_module(lua_State *lua)
{
    size_t length;
    const char *name = luaL_checkstring(lua, 1);
    const char *text = embedded_find(lua_pushfstring(lua, "script/%s", name), &length);
    if (!text)
        return luaL_error(lua, "there is no %s", name);
    if (luaL_loadbufferx(lua, text, length, name, "b") != LUA_OK)
        return lua_error(lua);
    lua_pushvalue(lua, lua_upvalueindex(1)); /* cnnc */
    lua_call(lua, 1, 0);
    return 0;
}

/* forgive() */
static int forgive(lua_State *lua)
{
    struct diag *diag = script_of(lua)->diag;
    *diag = (struct diag){.arena = diag->arena};
    return 0;
}

/* work() */
static int work(lua_State *lua)
{
    lua_pushinteger(lua, graph_work(script_of(lua)->graph, NULL));
    return 1;
}

static void push_attribute(lua_State *lua, const struct attribute *attribute)
{
    static const char *const types[] = {
        [ATTRIBUTE_INT] = "int",   [ATTRIBUTE_COUNT] = "int",     [ATTRIBUTE_FLOAT] = "float",
        [ATTRIBUTE_BOOL] = "bool", [ATTRIBUTE_CHOICE] = "choice", [ATTRIBUTE_PAIR] = "pair",
        [ATTRIBUTE_QUAD] = "quad", [ATTRIBUTE_SHAPE] = "shape"};
    lua_newtable(lua);
    lua_pushstring(lua, attribute->name);
    lua_setfield(lua, -2, "name");
    lua_pushstring(lua, types[attribute->type]);
    lua_setfield(lua, -2, "type");
    lua_newtable(lua);
    for (int i = 0; attribute->choices && attribute->choices[i]; i++) {
        lua_pushstring(lua, attribute->choices[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "choices");
}

/* describe(name of an op) -> {inputs = how many at least, most = at most or -1, {name =, type =, choices =}, ...}
 */
static int describe(lua_State *lua)
{
    const struct op *op = op_find(luaL_checkstring(lua, 1));
    if (!op)
        return luaL_error(lua, "there is no such op");
    lua_newtable(lua);
    lua_pushinteger(lua, op->min_in);
    lua_setfield(lua, -2, "inputs");
    lua_pushinteger(lua, op->max_in);
    lua_setfield(lua, -2, "max");
    int count = 0;
    for (const struct attribute *attribute = op->attributes; attribute && attribute->name; attribute++) {
        if (!attribute->doc) /* the others are no script's to set */
            continue;
        push_attribute(lua, attribute);
        lua_rawseti(lua, -2, ++count);
    }
    return 1;
}

/* beside(name): what a file in the folder of draw.lua returns as a function */
static int beside(lua_State *lua)
{
    const char *draw = lua_tostring(lua, lua_upvalueindex(1)), *slash = strrchr(draw, '/');
    lua_pushlstring(lua, draw, slash ? (size_t)(slash - draw + 1) : 0);
    lua_pushvalue(lua, 1);
    lua_concat(lua, 2);
    if (luaL_loadfile(lua, lua_tostring(lua, -1)) != LUA_OK)
        return lua_error(lua);
    return 1;
}

/* In protected mode: (path of draw.lua, seed) -> the script's text, or nil. */
static int draw(lua_State *lua)
{
    luaL_openlibs(lua);
    if (luaL_loadfile(lua, lua_tostring(lua, 1)) != LUA_OK)
        return lua_error(lua);
    lua_newtable(lua);
    script_open_reports(lua);
    script_open_graph(lua);
    script_open_ops(lua);
    script_open_model(lua);
    script_open_training(lua);
    script_open_complete(lua);
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, load_module, 1);
    lua_pushcfunction(lua, forgive);
    lua_pushcfunction(lua, work);
    lua_pushcfunction(lua, describe);
    lua_pushvalue(lua, 1);
    lua_pushcclosure(lua, beside, 1);
    lua_newtable(lua);
    for (int i = 0; script_modules[i]; i++) {
        lua_pushstring(lua, script_modules[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_call(lua, 7, 1);
    lua_pushvalue(lua, 2);
    lua_call(lua, 1, 1);
    return 1;
}

enum outcome { FAILED, DRAWN, NOTHING };

static enum outcome draw_once(const char *path, uint64_t seed, FILE *out)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory))
        return FAILED;
    struct script script = {.arena = &arena, .diag = &diag, .path = path, .graph = graph_new(&arena, &diag, path)};
    script.lua = luaL_newstate();
    if (!script.lua)
        return FAILED;
    *(struct script **)lua_getextraspace(script.lua) = &script;
    lua_pushcfunction(script.lua, draw);
    lua_pushstring(script.lua, path);
    lua_pushinteger(script.lua, (lua_Integer)seed);
    bool ok = lua_pcall(script.lua, 2, 1, 0) == LUA_OK;
    const char *text = lua_tostring(script.lua, -1);
    if (text)
        fputs(text, ok ? out : stderr);
    if (diag.failed)
        diag_print(&diag, stderr);
    lua_close(script.lua);
    arena_free(&arena);
    return !ok ? FAILED : text ? DRAWN : NOTHING;
}

bool draw_script(const char *path, uint64_t seed, FILE *out)
{
    enum outcome outcome = NOTHING;
    for (uint64_t i = 0; outcome == NOTHING; i++)
        outcome = draw_once(path, seed + (i << 32), out);
    return outcome == DRAWN;
}
