/* What templates do to much text at once. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <lauxlib.h>

static int open_lua(void **state)
{
    *state = luaL_newstate();
    return *state ? 0 : -1;
}

static int close_lua(void **state)
{
    lua_close(*state);
    return 0;
}

static void assert_indented(lua_State *lua, const char *text, const char *indent, const char *expected)
{
    lua_pushcfunction(lua, text_indented);
    lua_pushstring(lua, text);
    lua_pushstring(lua, indent);
    lua_call(lua, 2, 1);
    assert_string_equal(lua_tostring(lua, -1), expected);
    lua_pop(lua, 1);
}

/* The names are a table in Lua: "vec = 'vec_8', VL = 'VL_8'". */
static void assert_renamed(lua_State *lua, const char *names, const char *text, const char *expected)
{
    lua_pushcfunction(lua, text_renamed);
    lua_pushstring(lua, text);
    lua_pushfstring(lua, "return {%s}", names);
    assert_int_equal(luaL_loadstring(lua, lua_tostring(lua, -1)), LUA_OK);
    lua_remove(lua, -2);
    lua_call(lua, 0, 1);
    lua_call(lua, 2, 1);
    assert_string_equal(lua_tostring(lua, -1), expected);
    lua_pop(lua, 1);
}

static void every_line_is_indented(void **state)
{
    assert_indented(*state, "a;\n  b;\n", "\t", "\ta;\n\t  b;\n");
    assert_indented(*state, "a;\nb;", "  ", "  a;\n  b;\n");
    assert_indented(*state, "a;\n", "", "a;\n");
    assert_indented(*state, "", "  ", "");
}

static void blank_lines_become_empty(void **state)
{
    assert_indented(*state, "a;\n\n \t \n\nb;\n", "  ", "  a;\n\n\n\n  b;\n");
    assert_indented(*state, "\n  ", "  ", "\n\n");
}

static void directives_stay_at_the_margin(void **state)
{
    assert_indented(*state, "#if A\n  # pragma x\na # b\n#endif", "  ", "#if A\n# pragma x\n  a # b\n#endif\n");
}

static void whole_words_are_renamed(void **state)
{
    assert_renamed(*state, "vec = 'vec_8', f = 'g'", "vec f(vec vec_x, vec *f2) { return f(vec_x); }",
                   "vec_8 g(vec_8 vec_x, vec_8 *f2) { return g(vec_x); }");
    assert_renamed(*state, "a = 'longer', longer = 'a'", "a longer a", "longer a longer");
    assert_renamed(*state, "a = 'b'", "a", "b");
    assert_renamed(*state, "a = 'b'", "", "");
}

static void members_strings_and_numbers_are_not(void **state)
{
    assert_renamed(*state, "x = 'y', f = 'g', x1f = 'y'", "s.x s->x \"x\" 1.0f 2f 0x1f .5f x",
                   "s.x s->x \"x\" 1.0f 2f 0x1f .5f y");
}

static void comments_are_not(void **state)
{
    assert_renamed(*state, "x = 'y'", "x /* x * / x */ x / x /* x", "y /* x * / x */ y / y /* x");
    assert_renamed(*state, "x = 'y'", "/*/ x */ x", "/*/ x */ y");
}

static void finds_the_names_that_c_mentions(void **state)
{
    lua_State *lua = *state;
    assert_int_equal(luaL_dostring(lua, "return {vadd = 1, vmul = 1, VL = 1, ['struct rows'] = 1, rows = 1}"),
                     LUA_OK);
    lua_pushcfunction(lua, text_mentions);
    lua_pushstring(lua, "/* vmul */ x.VL = vadd(a, b), vadd(c, \"vmul\"); struct rows *rows2 = p->rows;");
    lua_pushvalue(lua, 1);
    lua_call(lua, 2, 1);
    assert_int_equal(lua_rawlen(lua, -1), 2);
    lua_rawgeti(lua, -1, 1);
    assert_string_equal(lua_tostring(lua, -1), "vadd");
    lua_rawgeti(lua, -2, 2);
    assert_string_equal(lua_tostring(lua, -1), "struct rows");
    lua_settop(lua, 0);
}

static void assert_laid_out(lua_State *lua, const char *text, const char *expected)
{
    lua_pushcfunction(lua, text_laid_out);
    lua_pushstring(lua, text);
    lua_call(lua, 1, 1);
    assert_string_equal(lua_tostring(lua, -1), expected);
    lua_pop(lua, 1);
}

#define FORTY "abcdefghijklmnopqrstuvwxyzabcdefghijklmn"

static void comments_flow_on(void **state)
{
    lua_State *lua = *state;
    assert_laid_out(
        lua,
        "    /* " FORTY " " FORTY " and some words that are too many\n     * more and\n     * less. */\n    f();\n",
        "    /* " FORTY " " FORTY " and some words that are too\n     * many more and less. */\n    f();\n");
    assert_laid_out(lua, "/* " FORTY " " FORTY " " FORTY "\n * more.\n *\n *   a  b\n */\n",
                    "/* " FORTY " " FORTY "\n * " FORTY " more.\n *\n *   a  b\n */\n");
    assert_laid_out(lua, "/* ---- " FORTY " " FORTY " -------------------------------------------------- */\n",
                    "/* ---- " FORTY " " FORTY " ----------------------- */\n");
}

static void breaks_lines_and_joins_empty_ones(void **state)
{
    lua_State *lua = *state;
    assert_laid_out(lua, "\n\na {\n\n\n    b;\n\n\n    c;\n\n}\n\n\n", "a {\n    b;\n\n    c;\n}\n");
    assert_laid_out(lua, "f(" FORTY ", " FORTY ", g(x, " FORTY "));\n",
                    "f(" FORTY ", " FORTY ",\n  g(x, " FORTY "));\n");
    assert_laid_out(lua, "    int a = " FORTY ", b = " FORTY ", c = " FORTY ";\n",
                    "    int a = " FORTY ", b = " FORTY ",\n        c = " FORTY ";\n");
    assert_laid_out(lua, "    " FORTY FORTY "(" FORTY ", " FORTY "2, y);\n",
                    "    " FORTY FORTY "(\n        " FORTY ", " FORTY "2, y);\n");
    assert_laid_out(lua, "static struct " FORTY " " FORTY FORTY "(void)\n",
                    "static struct " FORTY "\n    " FORTY FORTY "(void)\n");
    assert_laid_out(lua, "    int " FORTY FORTY "; /* " FORTY " */\n",
                    "    /* " FORTY " */\n    int " FORTY FORTY ";\n");
    assert_laid_out(lua, "/* " FORTY " " FORTY " " FORTY " */\n", "/* " FORTY " " FORTY "\n * " FORTY " */\n");
    assert_laid_out(lua, "#pragma " FORTY " " FORTY " " FORTY "\n",
                    "#pragma " FORTY " " FORTY " \\\n    " FORTY "\n");
    assert_laid_out(lua, FORTY FORTY FORTY "\n", FORTY FORTY FORTY "\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_lua, close_lua)
    const struct CMUnitTest tests[] = {
        TEST(finds_the_names_that_c_mentions),
        TEST(breaks_lines_and_joins_empty_ones),
        TEST(comments_flow_on),
        TEST(every_line_is_indented),
        TEST(blank_lines_become_empty),
        TEST(directives_stay_at_the_margin),
        TEST(whole_words_are_renamed),
        TEST(members_strings_and_numbers_are_not),
        TEST(comments_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
