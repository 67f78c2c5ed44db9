/* The template language: what is printed, and what an error says. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>

static int open_lua(void **state)
{
    lua_State *lua = luaL_newstate();
    if (!lua)
        return -1;
    template_open(lua);
    *state = lua;
    return 0;
}

static int close_lua(void **state)
{
    lua_close(*state);
    return 0;
}

/* Runs expand("test.c.in", VARIABLES, TEXT); the result or the message is on top of the stack. */
static bool expand(lua_State *lua, const char *variables, const char *text)
{
    lua_settop(lua, 0);
    lua_getglobal(lua, "expand");
    lua_pushstring(lua, "test.c.in");
    lua_pushfstring(lua, "return {%s}", variables);
    assert_int_equal(luaL_loadstring(lua, lua_tostring(lua, -1)), LUA_OK);
    lua_call(lua, 0, 1);
    lua_remove(lua, -2);
    lua_pushstring(lua, text);
    return lua_pcall(lua, 3, 1, 0) == LUA_OK;
}

static void assert_text(lua_State *lua, const char *variables, const char *text, const char *expected)
{
    bool expanded = expand(lua, variables, text);
    assert_string_equal(lua_tostring(lua, -1), expected);
    assert_true(expanded);
}

static void assert_message(lua_State *lua, const char *text, const char *expected)
{
    assert_false(expand(lua, "n = 2", text));
    assert_string_equal(lua_tostring(lua, -1), expected);
}

static void prints_text_as_it_is(void **state)
{
    assert_text(*state, "", "a\n\n  b %s \\n \"q\" \n", "a\n\n  b %s \\n \"q\" \n");
    assert_text(*state, "", "no newline at the end", "no newline at the end\n");
}

static void splices_values(void **state)
{
    assert_text(*state, "n = 3, name = 'conv2d', on = true", "x[${n * 2}] ${name}${n} ${on};\n",
                "x[6] conv2d3 true;\n");
    assert_text(*state, "x = 0.25", "${x} ${('%g'):format(8.0)}\n", "0.25 8\n");
    assert_text(*state, "f = {a = {b = 7}}", "v ${f['a'].b} ${#{1, 2}}\n", "v 7 2\n");
    assert_text(*state, "", "${1}\n", "1\n");
}

static void runs_lua_lines(void **state)
{
    assert_text(*state, "n = 3", "$ for i = 1, n do\n  f(${i});\n$   if i == 2 then\n  g();\n$   end\n$ end\n",
                "  f(1);\n  f(2);\n  g();\n  f(3);\n");
    assert_text(*state, "", "$ local t = {\n$   1, 2,\n$ }\n$\nsize ${#t}\n", "size 2\n");
    assert_text(*state, "", "cost $5 and $x\n", "cost $5 and $x\n");
}

static void runs_lua_lines_behind_blanks(void **state)
{
    assert_text(*state, "n = 2", "for (;;) {\n    $ for i = 1, n do\n    f(${i});\n    $ end\n\t$\n}\n  ${n}$\n",
                "for (;;) {\n    f(1);\n    f(2);\n}\n  2$\n");
    assert_message(*state, "a\n   $ local x = m\n", "templates/test.c.in:2: unknown name 'm'");
}

static void repeats_a_line_or_leaves_it_out(void **state)
{
    assert_text(*state, "n = 2", "  f(${i});  $ for i = 1, n\n  g();\t$ if n > 2\n  h();  $ if n == 2\n",
                "  f(1);\n  f(2);\n  h();\n");
    assert_text(*state, "t = {'a', 'b;\\nc'}", "  ${v};  $ for _, v in ipairs(t)\n    ${t[2]}  $ if true\n",
                "  a;\n  b;\nc;\n    b;\n    c\n");
    assert_message(*state, "a\nb  $ if m\n", "templates/test.c.in:2: unknown name 'm'");
}

static void prints_the_first_block(void **state)
{
    assert_text(*state, "n = 2",
                "$ local k = n + 1\n$ block all()\n{\n    ${row(k, 'x')}\n}\n$ block row(count, name)\n"
                "$ for i = 1, count do\n${cell(i)} = ${name};\n$ end\n$ block cell(i)\na[${i}]\n",
                "{\n    a[1] = x;\n    a[2] = x;\n    a[3] = x;\n}\n");
    assert_text(*state, "n = 0", "$ block all()\n  ${some()}\n$ block some()\n$ if n == 0 then return end\nx\n",
                "");
    assert_message(*state, "$ block all()\na\n${b()}\n$ block b()\n\n${m}\n",
                   "templates/test.c.in:6: unknown name 'm'");
    assert_message(*state, "$ block a()\n$ if n then\n$ block b()\nx\n",
                   "templates/test.c.in:3: unexpected symbol near ')'");
}

static void indents_a_value_alone_on_its_line(void **state)
{
    assert_text(*state, "body = 'a;\\n\\n  b;\\n'", "{\n    ${body}\n}\n", "{\n    a;\n\n      b;\n}\n");
    assert_text(*state, "body = ''", "{\n    ${body}\n}\n", "{\n}\n");
    assert_text(*state, "body = 'a;\\nb;'", "\t${body}\n", "\ta;\n\tb;\n");
}

static void functions_write_where_they_are_called(void **state)
{
    assert_text(*state, "", "$ local function twice(x)\n${x}, ${x}\n$ end\nfirst\n$ twice(1)\n$ twice('b')\nlast\n",
                "first\n1, 1\nb, b\nlast\n");
}

static void captures_text(void **state)
{
    assert_text(*state, "", "$ local text = capture(function()\nx\n  y\n$ end)\nbefore\n  ${text}\n",
                "before\n  x\n    y\n");
    assert_text(*state, "", "$ local text = capture(function(a, b)\n${a}${b}\n$ end, 1, 2)\n${text}", "12\n");
}

static void includes_other_templates(void **state)
{
    lua_State *lua = *state;
    assert_text(lua, "", "$ local text = include('loop.c.in', {head = '', body = ''})\n[${#text}]\n", "[11]\n");
    assert_text(lua, "", "before\n  ${include('loop.c.in', {head = 'x', body = 'y;'})}\n",
                "before\n  for (x) {\n      y;\n  }\n");
}

static void writes_exact_floats(void **state)
{
    assert_text(*state, "", "${hex(1)} ${hex(-3)} ${hex(0.1)} ${hex(0)} ${hex(-0.0)} ${hex(2^-149)}\n",
                "0x1p+0f -0x1.8p+1f 0x1.99999ap-4f 0x0p+0f -0x0p+0f 0x1p-149f\n");
    assert_text(*state, "", "${hex(1/0)} ${hex(-1/0)} ${hex(0/0)}\n", "INFINITY -INFINITY NAN\n");
}

static void callers_add_names(void **state)
{
    lua_State *lua = *state;
    assert_int_equal(luaL_loadstring(lua, "function lib.double(x) return 2 * x end"), LUA_OK);
    lua_call(lua, 0, 0);
    assert_text(lua, "", "${double(4)} ${lib.double(5)}\n", "8 10\n");
    assert_text(lua, "double = 1, off = false",
                "${double} ${not off} ${variables.double} ${type(variables.none)}\n", "1 true 1 nil\n");
}

static void errors_name_the_line(void **state)
{
    lua_State *lua = *state;
    assert_message(lua, "a\n\n${m}\n", "templates/test.c.in:3: unknown name 'm'");
    assert_message(lua, "a\n$ local x = m\n", "templates/test.c.in:2: unknown name 'm'");
    assert_message(lua, "$ m = 1\n", "templates/test.c.in:1: 'm' is assigned but not declared: write local");
    assert_message(lua, "a\nx ${nil} y\n", "templates/test.c.in:2: ${nil} is a nil, which has no text");
    assert_message(lua, "a ${variables}\n", "templates/test.c.in:1: ${variables} is a table, which has no text");
    assert_message(lua, "${hex}\n", "templates/test.c.in:1: ${hex} is a function, which has no text");
    assert_message(lua, "\n\n${n / 1}\n",
                   "templates/test.c.in:3: ${n / 1} is the float 2.0: format it, with hex() or string.format()");
    assert_message(lua, "a\nb ${n\n", "templates/test.c.in:2: '${' without its '}'");
    assert_message(lua, "a\n$ for i = 1, n\nb\n", "templates/test.c.in:3: 'do' expected near '_put'");
    assert_message(lua, "a ${n n}\n", "templates/test.c.in:1: ')' expected near 'n'");
    assert_message(lua, "\n$ assert(n == 3, 'n is 3')\n", "templates/test.c.in:2: n is 3");
    assert_message(lua, "\n$ local text = capture(function()\nx ${variables.a.b}\n$ end)\n",
                   "templates/test.c.in:3: attempt to index a nil value (field 'a')");
}

static void errors_name_the_includes(void **state)
{
    lua_State *lua = *state;
    assert_message(lua, "a\n${include('none.in', {})}\n",
                   "no template is called templates/none.in\n  included from templates/test.c.in:2");
    assert_false(expand(lua, "", "\n\n${include('loop.c.in', {})}\n"));
    const char *message = lua_tostring(lua, -1);
    assert_memory_equal(message, "templates/loop.c.in:", 20);
    assert_non_null(strstr(message, ": unknown name 'head'\n  included from templates/test.c.in:3"));
}

/* An error within a capture must not leave its output in the way of later text. */
static void goes_on_after_an_error(void **state)
{
    lua_State *lua = *state;
    assert_false(expand(lua, "", "lost\n$ capture(function()\nlost\n$ error('x')\n$ end)\n"));
    assert_text(lua, "", "kept\n", "kept\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_text_as_it_is),
        cmocka_unit_test(splices_values),
        cmocka_unit_test(runs_lua_lines),
        cmocka_unit_test(runs_lua_lines_behind_blanks),
        cmocka_unit_test(repeats_a_line_or_leaves_it_out),
        cmocka_unit_test(prints_the_first_block),
        cmocka_unit_test(indents_a_value_alone_on_its_line),
        cmocka_unit_test(functions_write_where_they_are_called),
        cmocka_unit_test(captures_text),
        cmocka_unit_test(includes_other_templates),
        cmocka_unit_test(writes_exact_floats),
        cmocka_unit_test(callers_add_names),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(errors_name_the_includes),
        cmocka_unit_test(goes_on_after_an_error),
    };
    return cmocka_run_group_tests(tests, open_lua, close_lua);
}
