/* unary.def and nonlinearity.lua describe the same functions. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>

static const struct row {
    const char *name;
    bool from_output, steps;
} rows[] = {
#define UNARY(name, from_output, monotone, steps, value) {#name, from_output, steps},
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

/* Does the formula, a field of the table on top, use the variable? */
static bool uses(lua_State *lua, const char *field, char variable)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    lua_getfield(lua, -1, field);
    const char *text = lua_isnil(lua, -1) ? "" : lua_tostring(lua, -1);
    bool found = false;
    while (*(text += strcspn(text, letters))) {
        size_t length = strspn(text, letters);
        found = found || (length == 1 && *text == variable);
        text += length;
    }
    lua_pop(lua, 1);
    return found;
}

static bool has(lua_State *lua, const char *field)
{
    bool found = lua_getfield(lua, -1, field) == LUA_TSTRING;
    lua_pop(lua, 1);
    return found;
}

static void check_formulas(lua_State *lua, const struct row *row)
{
    if (lua_getfield(lua, 2, row->name) != LUA_TTABLE)
        fail_msg("nonlinearity.lua has no formulas of %s, which is a row of unary.def", row->name);
    if (!uses(lua, "forward", 'x') || uses(lua, "forward", 'y'))
        fail_msg("forward of %s is to be computed from x", row->name);
    if (has(lua, "derivative") + has(lua, "gradient") != !row->steps)
        fail_msg("%s wants %s", row->name, row->steps ? "no derivative: it has steps" : "derivative or gradient");
    if (uses(lua, "derivative", row->from_output ? 'x' : 'y') ||
        uses(lua, "gradient", row->from_output ? 'x' : 'y'))
        fail_msg("the derivative of %s is to be computed from its %s", row->name,
                 row->from_output ? "output y" : "input x");
    lua_settop(lua, 2);
}

static void rows_agree(void **state)
{
    lua_State *lua = *state;
    size_t count = 0;
    lua_getfield(lua, 1, "functions");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_formulas(lua, &rows[i]);
    for (lua_pushnil(lua); lua_next(lua, 2); lua_pop(lua, 1))
        count++;
    assert_int_equal(count, sizeof rows / sizeof *rows);
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
    assert_result(lua, "return (...).gradient('square', 'g', 'v')", "vmul(g, vadd(v, v))");
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
