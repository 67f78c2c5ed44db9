/* unary.def and nonlinearity.lua describe the same functions. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>

static const struct row {
    const char *name;
    bool from_output, monotone;
} rows[] = {
#define UNARY(name, from_output, monotone, steps) {#name, from_output, monotone},
#include "op/unary.def"
#undef UNARY
};

/* Leaves lib.module("nonlinearity") on the stack. */
static int open_table(void **state)
{
    lua_State *lua = luaL_newstate();
    if (!lua)
        return -1;
    template_open(lua);
    *state = lua;
    return luaL_dostring(lua, "return lib.module('nonlinearity')");
}

static int close_table(void **state)
{
    lua_close(*state);
    return 0;
}

static void rows_agree(void **state)
{
    lua_State *lua = *state;
    size_t count = 0;
    lua_getfield(lua, 1, "functions");
    for (lua_pushnil(lua); lua_next(lua, 2); lua_pop(lua, 1))
        count++;
    assert_int_equal(count, sizeof rows / sizeof *rows);
    for (const struct row *row = rows; row < rows + count; row++) {
        assert_int_equal(lua_getfield(lua, 2, row->name), LUA_TTABLE);
        lua_getfield(lua, 3, "from");
        assert_string_equal(lua_tostring(lua, -1), row->from_output ? "y" : "x");
        lua_getfield(lua, 3, "monotone");
        assert_int_equal(lua_toboolean(lua, -1), row->monotone);
        lua_settop(lua, 2);
    }
    lua_settop(lua, 1);
}

static void assert_result(lua_State *lua, const char *program, const char *expected)
{
    assert_int_equal(luaL_loadstring(lua, program), LUA_OK);
    lua_pushvalue(lua, 1);
    assert_int_equal(lua_pcall(lua, 1, 1, 0), LUA_OK);
    assert_string_equal(lua_tostring(lua, -1), expected);
    lua_settop(lua, 1);
}

static void writes_expressions(void **state)
{
    lua_State *lua = *state;
    assert_result(lua, "return (...).forward('relu', 'acc0')", "vmax(vzero(), acc0)");
    assert_result(lua, "return (...).forward('leaky_relu', 'x', 'vset1(0x1p-3f)')",
                  "vselect(vgt(x, vzero()), x, vmul(vset1(0x1p-3f), x))");
    assert_result(lua, "return (...).gradient('relu', 'dy', 'x')", "vselect(vgt(x, vzero()), dy, vzero())");
    assert_result(lua, "return (...).gradient('tanh', 'g', 't')", "vmul(g, vfnma(t, t, vset1(1.0f)))");
    assert_result(lua, "return (...).derivative('square', 'v')", "vadd(v, v)");
}

static void refuses_what_it_does_not_know(void **state)
{
    lua_State *lua = *state;
    assert_result(lua,
                  "local n = ...; return (select(2, pcall(function() n.forward('rely', 'x') end)):match(': (.*)'))",
                  "there is no nonlinearity 'rely'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_agree),
        cmocka_unit_test(writes_expressions),
        cmocka_unit_test(refuses_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, open_table, close_table);
}
