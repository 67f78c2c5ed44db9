/* C without what numbers made needless. */
#include "emit/emit.h"

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

static void assert_tidied(void **state, const char *text, const char *expected)
{
    lua_State *lua = *state;
    lua_pushcfunction(lua, text_tidied);
    lua_pushstring(lua, text);
    lua_pushinteger(lua, 8);
    lua_call(lua, 2, 1);
    assert_string_equal(lua_tostring(lua, -1), expected);
    lua_settop(lua, 0);
}

static void assert_kept(void **state, const char *text) { assert_tidied(state, text, text); }

static void terms_of_zero_go(void **state)
{
    assert_tidied(state, "y = x + 0 * 10;\n", "y = x;\n");
    assert_tidied(state, "y = x[0 + i - 0];\n", "y = x[i];\n");
    assert_tidied(state, "f(x + 0 * a[i].b * g(1, 2) + 4);\n", "f(x + 4);\n");
    assert_tidied(state, "f(x + (a + b) / c * (int)d * 0 + 4);\n", "f(x + 4);\n");
    assert_tidied(state, "f(x - i % 1);\n", "f(x);\n");
    assert_tidied(state, "i = 0 * sizeof *y;\n", "i = 0;\n");
    assert_tidied(state, "f((0 * 28 + 3) * 8);\n", "f(3 * 8);\n");
}

static void factors_of_one_go(void **state)
{
    assert_tidied(state, "y = x + 1 * VL;\n", "y = x + VL;\n");
    assert_tidied(state, "y = (i * 1 + j / 1) * 4;\n", "y = (i + j) * 4;\n");
    assert_tidied(state, "memcpy(y, x, 1 * sizeof *y);\n", "memcpy(y, x, sizeof *y);\n");
    assert_tidied(state, "y = x - 1 * i;\n", "y = x - i;\n");
}

static void steps_of_one_are_increments(void **state)
{
    assert_tidied(state, "for (int i = 0; i < n; i += 1, x += 1 * 1)\n    w += 1;\n",
                  "for (int i = 0; i < n; i++, x++)\n    w++;\n");
    assert_tidied(state, "{\n    f(a[2]), i += 1;\n}\n", "{\n    f(a[2]), i++;\n}\n");
    assert_kept(state, "y = x += 1;\nf(a, x += 1);\n*p += 1;\na[i] += 1;\n");
}

static void what_numbers_decide_stays(void **state)
{
    assert_kept(state, "y = x + 0.0f * 1.0f;\n");
    assert_kept(state, "y = 8 / 1u + i % 10 + a10 * 10;\n");
    assert_kept(state, "x = 12 / i, y = 0, z = -1;\n");
    assert_kept(state, "x = 1 / i * 4 + 8 % i;\n");
    assert_kept(state, "float *x = *y, z = v[0], w = (float)0;\n");
    assert_kept(state, "/* 4 * 1 + 0 */ puts(\"1 * 1\");\n#define A(x) (x + 0 * 1)\n");
}

static void needless_brackets_go(void **state)
{
    assert_tidied(state, "y = x + (i) * VL;\n", "y = x + i * VL;\n");
    assert_tidied(state, "y = x + ((a + b) * c);\n", "y = x + (a + b) * c;\n");
    assert_tidied(state, "y = (a * 4) * VL;\n", "y = a * 4 * VL;\n");
    assert_kept(state, "y = f(x) + (float)i + sizeof(x) + (a + b) * 2 + 3 * (a * b) - 2 / (a * b);\n");
    assert_kept(state, "if (x)\n    (void)y, (*f)(z);\n");
}

static void choices_between_numbers_are_made(void **state)
{
    assert_tidied(state, "const int n = 0 + 8 < 8 ? 0 + 8 : 9, m = 1;\n", "const int n = 9, m = 1;\n");
    assert_tidied(state, "f(3 < 4 ? a[3] : b);\n", "f(a[3]);\n");
    assert_kept(state, "n = i < 8 ? 1 : 2;\n");
    assert_kept(state, "n = a + 3 < 8 ? 1 : 2;\n");
    assert_kept(state, "n = 3 < 8 ? i ? 1 : 2 : 3;\n");
}

static void loops_of_one_round_go(void **state)
{
    assert_tidied(state, "for (int i = 0; i < 1; i++)\n    y[i * 4 + 1] = i;\n", "y[1] = 0;\n");
    assert_tidied(state, "UNROLL\nfor (int i = 0; i < 1; i++)\n    f(i);\n", "f(0);\n");
    assert_tidied(
        state,
        "for (int j = 0; j < 1; j++) {\n    UNROLL\n    for (int i = 0; i < 4; i++)\n        f(i, j);\n    g(j);\n}\n",
        "UNROLL\nfor (int i = 0; i < 4; i++)\n    f(i, 0);\ng(0);\n");
    assert_tidied(state, "for (int i = 8; i < 16; i += VL)\n    f(i);\n", "f(8);\n");
    assert_tidied(state, "for (int64_t i = 0; i < 2 * VL; i += 16) {\n    f(i);\n    g(i);\n}\n", "f(0);\ng(0);\n");
    assert_tidied(
        state,
        "for (int i = 0; i < 9; i++)\n    for (int j = 0; j < 1; j++) {\n        f(i, j);\n        g();\n    }\n",
        "for (int i = 0; i < 9; i++) {\n    f(i, 0);\n    g();\n}\n");
    assert_tidied(state, "for (int i = 0; i < 1; i++)\n    for (int j = i; j < 1; j++)\n        f(p.i, i, j);\n",
                  "f(p.i, 0, 0);\n");
    assert_tidied(state, "for (int i = 0; i < 1; i++)\n    if (i)\n        a();\n    else\n        b();\nc();\n",
                  "if (0)\n    a();\nelse\n    b();\nc();\n");
}

static void loops_of_no_round_go(void **state)
{
    assert_tidied(state, "f();\nfor (int i = 0; i < 0; i++)\n    f(i);\ng();\n", "f();\ng();\n");
    assert_tidied(state,
                  "{\n    for (int i = 16; i < 2 * VL; i += VL, y += 4) {\n        f(i);\n    }\n    g();\n}\n",
                  "{\n    g();\n}\n");
    assert_tidied(state, "for (int i = 4; i < 4; i++)\n    f(i);\n", "\n");
    assert_kept(state, "for (int j = 0; j < 4; j++)\n    for (int i = 4; i < 4; i++)\n        f(i);\n");
    assert_kept(state, "if (a)\n    f(1);\nelse\n    for (int i = 4; i < 4; i++)\n        f(i);\n");
}

static void loops_that_are_needed_stay(void **state)
{
    assert_kept(state, "for (int i = 0; i < 2; i++)\n    f(i);\n");
    assert_kept(state, "for (int i = 0; i < n; i++)\n    f(i);\n");
    assert_kept(state, "for (int i = 0; i < 9; i += VL)\n    f(i);\n");
    assert_kept(state, "for (int i = 0; i < 1; i++) {\n    if (a)\n        continue;\n    f(i);\n}\n");
    assert_kept(state, "for (int i = 0; i < 1; i++)\n    f(&i);\n");
    assert_kept(state, "for (int i = 0; i < 1; i++)\n    f(i += 2);\n");
    assert_kept(state, "#pragma omp parallel for\nfor (int i = 0; i < 1; i++)\n    f(i);\n");
    assert_tidied(
        state,
        "for (int i = 0; i < 1; i++)\n    for (int j = 0; j < 4; j++)\n        if (f(i, j))\n            break;\n",
        "for (int j = 0; j < 4; j++)\n    if (f(0, j))\n        break;\n");
}

static void pointers_that_move_on_stay_true(void **state)
{
    assert_tidied(state, "void f(float *y)\n{\n    for (int i = 0; i < 1; i++, y += 4)\n        *y = i;\n}\n",
                  "void f(float *y)\n{\n    *y = 0;\n}\n");
    assert_kept(state,
                "void f(float *y)\n{\n    for (int i = 0; i < 1; i++, y += 4)\n        *y = i;\n    *y = 3;\n}\n");
    assert_kept(
        state,
        "void f(float *y)\n{\n    for (int j = 0; j < 4; j++, y++) {\n        for (int i = 0; i < 1; i++, y++)\n"
        "            *y = i;\n    }\n}\n");
}

static void names_stay_apart(void **state)
{
    assert_tidied(
        state, "{\n    for (int i = 0; i < 1; i++) {\n        vec v = f(i);\n        g(v);\n    }\n    h();\n}\n",
        "{\n    vec v = f(0);\n    g(v);\n    h();\n}\n");
    assert_tidied(
        state, "{\n    for (int i = 0; i < 1; i++) {\n        vec v = f(i);\n        g(v);\n    }\n    h(v);\n}\n",
        "{\n    {\n        vec v = f(0);\n        g(v);\n    }\n    h(v);\n}\n");
    assert_tidied(
        state,
        "void f(vec v)\n{\n    for (int i = 0; i < 1; i++) {\n        const vec w = a, *v = f(i);\n    }\n}\n",
        "void f(vec v)\n{\n    {\n        const vec w = a, *v = f(0);\n    }\n}\n");
    assert_tidied(
        state,
        "{\n    for (int i = 0; i < 1; i++) {\n        for (int k = 0; k < 3; k++)\n            f(k);\n    }\n"
        "    for (int k = 0; k < 3; k++)\n        f(k);\n}\n",
        "{\n    for (int k = 0; k < 3; k++)\n        f(k);\n    for (int k = 0; k < 3; k++)\n        f(k);\n}\n");
}

static void needless_blocks_go(void **state)
{
    assert_tidied(state, "void f(int a)\n{\n    {\n        const int i = a;\n        g(i);\n    }\n    h(a);\n}\n",
                  "void f(int a)\n{\n    const int i = a;\n    g(i);\n    h(a);\n}\n");
    assert_tidied(state, "{\n    f();\n    {\n        {\n            g();\n        }\n    }\n}\n",
                  "{\n    f();\n    g();\n}\n");
    assert_kept(state, "{\n    {\n        int i = f();\n    }\n    {\n        int i = g();\n    }\n}\n");
    assert_kept(state, "{\n    { int i = f(); g(i); }\n    h();\n}\n");
    assert_kept(state, "int a[2][2] = {\n    {\n        1, 2},\n    {\n        3, 4}};\n");
    assert_kept(state, "if (a) {\n    f();\n} else {\n    g();\n}\n");
}

static void any_text_is_read(void **state)
{
    assert_kept(state, "");
    assert_kept(state, "for (int");
    assert_kept(state, "for (int i = 0; i < 1; i++) { f(");
    assert_kept(state, "0 + 1 *");
    assert_kept(state, "{ for (int i = 0; i < 1; i++) }");
    assert_kept(state, "{ if (a) else }");
    assert_kept(state, "}}) 'a' \"\\\" /* */ /*");
    assert_kept(state, "# a\n\n  b;\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_of_zero_go),
        cmocka_unit_test(factors_of_one_go),
        cmocka_unit_test(steps_of_one_are_increments),
        cmocka_unit_test(what_numbers_decide_stays),
        cmocka_unit_test(needless_brackets_go),
        cmocka_unit_test(choices_between_numbers_are_made),
        cmocka_unit_test(loops_of_one_round_go),
        cmocka_unit_test(loops_of_no_round_go),
        cmocka_unit_test(loops_that_are_needed_stay),
        cmocka_unit_test(pointers_that_move_on_stay_true),
        cmocka_unit_test(names_stay_apart),
        cmocka_unit_test(needless_blocks_go),
        cmocka_unit_test(any_text_is_read),
    };
    return cmocka_run_group_tests(tests, open_lua, close_lua);
}
