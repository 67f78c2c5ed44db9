/* The memory of a Lua state: what fits into a limit fits into each larger one, whenever Lua collects its garbage. */
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lualib.h>

/* Much garbage, and texts of some kilobytes that are put together while it is there. */
static const char script[] = "local lines = {}\n"
                             "for i = 1, 120 do\n"
                             "  local parts = {}\n"
                             "  for j = 1, 80 do parts[j] = string.format('%d: %d ', i, j) end\n"
                             "  local text = table.concat(parts)\n"
                             "  lines[i] = string.gsub(text, '%d', '%0%0'):sub(1, 200)\n"
                             "  text = ('='):rep(4000 + 50 * i)\n"
                             "end\n"
                             "return table.concat(lines)\n";

static int run(lua_State *lua)
{
    luaL_requiref(lua, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 1);
    if (luaL_loadstring(lua, script) != LUA_OK)
        return lua_error(lua);
    lua_call(lua, 0, 1);
    return 1;
}

static bool fits(size_t limit, size_t *length)
{
    struct lua_memory memory = {.limit = limit};
    lua_State *lua = lua_newstate(lua_memory_allocate, &memory);
    bool ok = false;
    if (lua) {
        lua_gc(lua, LUA_GCINC, 400, 0, 0); /* as where the C is written */
        lua_pushcfunction(lua, run);
        ok = lua_pcall(lua, 0, 1, 0) == LUA_OK;
        if (ok)
            lua_tolstring(lua, -1, length);
        else
            assert_true(memory.exceeded);
    }
    lua_memory_release(&memory);
    return ok;
}

static void what_fits_fits_into_more(void **state)
{
    (void)state;
    size_t smallest = 0, length = 0;
    for (size_t limit = 32 << 10; limit < 768 << 10; limit += 1 << 10) {
        bool ok = fits(limit, &length);
        if (ok && !smallest)
            smallest = limit;
        if (!ok && smallest)
            fail_msg("it fits into %zu bytes, but not into %zu", smallest, limit);
    }
    assert_true(smallest > 0);
    assert_int_equal(length, 120 * 200);
}

/* A text may be half of the limit beyond it, and nothing else. */
static void the_limit_holds(void **state)
{
    (void)state;
    struct lua_memory memory = {.limit = 64 << 10};
    const size_t object = LUA_TTABLE, text = 0;
    assert_non_null(lua_memory_allocate(&memory, NULL, object, 60 << 10));
    assert_null(lua_memory_allocate(&memory, NULL, object, 8 << 10));
    assert_true(memory.exceeded);
    assert_null(lua_memory_allocate(&memory, NULL, text, 33 << 10));
    void *block = lua_memory_allocate(&memory, NULL, text, 32 << 10);
    assert_non_null(block);
    assert_null(lua_memory_allocate(&memory, NULL, object, 16));
    assert_null(lua_memory_allocate(&memory, NULL, text, 8 << 10));
    assert_null(lua_memory_allocate(&memory, block, 32 << 10, SIZE_MAX - 64));
    block = lua_memory_allocate(&memory, block, 32 << 10, 31 << 10); /* what becomes smaller always may */
    assert_non_null(block);
    lua_memory_allocate(&memory, block, 31 << 10, 0);
    assert_non_null(lua_memory_allocate(&memory, NULL, object, 4 << 10));
    lua_memory_release(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_fits_fits_into_more),
                                       cmocka_unit_test(the_limit_holds)};
    return cmocka_run_group_tests_name("lua_memory", tests, NULL, NULL);
}
