/* Anyone's script is safe to compile: the attacks, one a row. Each ends with one message at the script's line, soon
 * and in little memory. The limits are smaller here than a user's, so that the tests are quick; what holds for them
 * holds for larger ones. The time limit of the whole compilation is tested in tests/cli. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ONE_LAYER "local m = Sequential{Dense{1, input_shape = {3}}}\n"

/* The loops that make too large a network need more than the others: some 3000 instructions for each of 10000 layers. */
static const struct limits small = {.memory_bytes = 64 << 20, .instructions = 2000000},
                           enough = {.memory_bytes = 64 << 20, .instructions = 40000000};

struct attack {
    const char *script, *message;
};

/* Runs each and fails unless it is refused with its message. */
static void refuse_all(void **state, struct limits limits, const struct attack *attacks, size_t count)
{
    struct script_fixture *fixture = *state;
    fixture->limits = limits;
    for (size_t i = 0; i < count; i++) {
        if (script_try(fixture, attacks[i].script))
            fail_msg("no error from: %s", attacks[i].script);
        if (!strstr(fixture->diag.message, attacks[i].message))
            fail_msg("\"%s\" instead of \"%s\" from: %s", fixture->diag.message, attacks[i].message,
                     attacks[i].script);
    }
}
#define REFUSE_ALL(limits, attacks) refuse_all(state, limits, attacks, sizeof(attacks) / sizeof *(attacks))

/* ---- it reaches nothing outside ---- */

static void sees_only_harmless_names(void **state)
{
    static const char *const names[] = {"io",           "os",
                                        "load",         "loadfile",
                                        "loadstring",   "dofile",
                                        "debug",        "collectgarbage",
                                        "package",      "coroutine",
                                        "getmetatable", "setmetatable",
                                        "rawset",       "rawget",
                                        "rawlen",       "rawequal",
                                        "xpcall",       "utf8",
                                        "_G",           "_ENV.io",
                                        "string.dump",  "math.randomseed",
                                        "('').dump",    "('x').rep.x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct script_fixture *fixture = *state;
        const char *text = arena_printf(
            &fixture->arena, ONE_LAYER "assert(pcall(function() return %s end) and %s)\n", names[i], names[i]);
        if (script_try(fixture, text))
            fail_msg("%s is there", names[i]);
    }
}

static void tells_of_names_that_are_kept_from_it(void **state)
{
    static const struct attack attacks[] = {
        {"local x = io", "'io' is not available in a model script"},
        {"os.execute('true')", "'os' is not available in a model script"},
        {"load('return 1')()", "'load' is not available in a model script"},
        {"dofile('/etc/passwd')", "'dofile' is not available in a model script"},
        {"string.dump(print)", "attempt to call a nil value"},
        {"('').x.y = 1", "attempt to index a nil value"},
    };
    REFUSE_ALL(small, attacks);
}

/* The libraries' tables are the script's own, and its strings have others. */
static void changes_nothing_for_others(void **state)
{
    script_compile(*state,
                   ONE_LAYER "string.rep = nil table.sort = nil math.floor = nil pcall(function() string = 1 end)\n"
                             "assert(('x'):rep(2) == 'xx')\n");
    script_compile(*state, ONE_LAYER "assert(string.rep and table.sort and math.floor)\n");
}

static void requires_only_modules_of_its_folder(void **state)
{
    static const struct attack attacks[] = {
        {"require '../model'", "\"../model\" is not the name of a module"},
        {"require '/etc/passwd'", "\"/etc/passwd\" is not the name of a module"},
        {"require '..passwd'", "\"..passwd\" is not the name of a module"},
        {"require '.passwd'", "\".passwd\" is not the name of a module"},
        {"require 'a..b'", "\"a..b\" is not the name of a module"},
        {"require ''", "\"\" is not the name of a module"},
        {"require 'x\\0y'", "cannot read the module"},
        {"require 'link'", "is a link, which may lead out of the script's folder"},
        {"require 'link_to_folder.passwd'", "is a link, which may lead out of the script's folder"},
        {"require 'device'", "is a link, which may lead out of the script's folder"},
        {"require 'pipe'", "is no regular file"},
        {"require 'again'", "the module again requires itself"},
        {"require 'binary'", "is not a text file"},
    };
    struct script_fixture *fixture = *state;
    struct arena *arena = &fixture->arena;
    char other[] = "/tmp/cnnc-other-XXXXXX";
    assert_non_null(mkdtemp(other));
    const char *outside = arena_printf(arena, "%s/passwd.lua", other);
    FILE *file = fopen(outside, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(symlink(outside, arena_printf(arena, "%s/link.lua", fixture->folder)), 0);
    assert_int_equal(symlink(other, arena_printf(arena, "%s/link_to_folder", fixture->folder)), 0);
    assert_int_equal(symlink("/dev/zero", arena_printf(arena, "%s/device.lua", fixture->folder)), 0);
    assert_int_equal(mkfifo(arena_printf(arena, "%s/pipe.lua", fixture->folder), 0600), 0);
    script_write(fixture, "again.lua", "require 'again'\n");
    script_write(fixture, "binary.lua", "\033Lua");
    REFUSE_ALL(small, attacks);
    assert_int_equal(unlink(outside), 0);
    assert_int_equal(rmdir(other), 0);
}

static void reads_only_text(void **state)
{
    struct script_fixture *fixture = *state;
    assert_null(script_try(fixture, "\033Lua"));
    assert_non_null(strstr(fixture->diag.message, "is not a text file"));
    fixture->diag = (struct diag){.arena = &fixture->arena};
    assert_null(script_run(&fixture->arena, &fixture->diag, "/nowhere/model.lua", limits_default));
    assert_string_equal(fixture->diag.message, "cannot read /nowhere/model.lua: No such file or directory");
    fixture->diag = (struct diag){.arena = &fixture->arena};
    assert_null(script_run(&fixture->arena, &fixture->diag, "/tmp", limits_default));
    assert_string_equal(fixture->diag.message, "cannot read /tmp: Is a directory");
}

/* ---- it ends, and soon ---- */

static void a_user_s_limits_are_generous(void **state)
{
    assert_script_error(*state, "local i = 0\nwhile true do i = i + 1 end\n", 2, "the script runs for too long",
                        "it is stopped after 500 million instructions; does a loop not end?");
    assert_script_error(*state, "local t = {}\nwhile true do t[#t + 1] = ('x'):rep(1 << 20) .. #t end\n", 0,
                        "the script needs too much memory",
                        "it may use 256 MiB, --memory-limit MIB allows it more; does a loop not end?");
}

static void ends_endless_loops(void **state)
{
    static const char *const too_long = "the script runs for too long";
    const struct attack attacks[] = {
        {"while true do end", too_long},
        {"::again:: goto again", too_long},
        {"while true do pcall(function() while true do end end) end", too_long},
        {"local function f() pcall(f) return f() end f()", too_long},
        {"local function f() return f() end f()", too_long},
        {"for i = 1, math.huge do end", too_long},
        {"while true do Dropout(0.1) end", too_long},
        {"local L = Layer{name = 'L', call = function(l, x) while true do end end} return Sequential{Input{1}, L()}",
         too_long},
        {"print(('x'):rep(300000))", too_long},
        /* loops within the library, which are charged for what they do */
        {"local s = ('x'):rep(1 << 20) while true do local t = s .. s end", too_long},
        {"local s = ('x'):rep(1 << 20) while true do s:upper() end", too_long},
        {"local t = {} for i = 1, 100000 do t[i] = -i end while true do table.sort(t) end", too_long},
        {"local t = {} for i = 1, 100000 do t[i] = i end while true do table.insert(t, 1, table.remove(t, 1)) end",
         too_long},
        {"local t = {} for i = 1, 100000 do t[i] = i end while true do table.move(t, 1, 100000, 2) end", too_long},
        {"while true do ('%99.99f'):format(1e308) end", too_long},
        {"while true do (''):rep(1 << 24) end", too_long},
        {"local s = ('a'):rep(22) while true do s:find(('a?'):rep(22) .. s) end", too_long},
        {"local s = ('a'):rep(5000) while true do s:find('a*b') end", too_long},
        {"local s = ('a'):rep(1 << 20) while true do s:find('b', 1, true) end", too_long},
        {"local s = ('a'):rep(1 << 20) while true do string.format('%q', s) end", too_long},
        {"local s = (' '):rep(1 << 20) while true do tonumber(s) end", too_long},
        {"while true do pcall(table.unpack, {}, 1, 200000) end", too_long},
        /* those that would not end at all */
        {"local s = string.rep('', 1 << 60)", "a string can be repeated 16777216 times at most"},
        {"table.move({}, 1, 1 << 60, 2)", "a list can have 16777216 elements at most"},
        {"table.move({}, -(1 << 60), 0, 2)", "a list can have 16777216 elements at most"},
        {"local s = ('a'):rep(26) s:find(('a?'):rep(26) .. s)",
         "this pattern may take too long on a text of 26 characters"},
        {"('a'):rep(10000):find('a*a*a*a*b')", "this pattern may take too long on a text of 10000 characters"},
        {"('a'):rep(10000):gsub('(.-)(.-)(.-)x', '')", "this pattern may take too long"},
        {"('('):rep(100000):match('%b()%b()x')", "this pattern may take too long"},
        {"for w in ('a'):rep(10000):gmatch('[a]-[a]-[a]-[a]-b') do end", "this pattern may take too long"},
        {"('a'):rep(1 << 20):find(('a'):rep(1 << 19) .. 'b', 1, true)", "this pattern may take too long"},
        {"('a'):rep(1 << 20):match(('a'):rep(1 << 19) .. 'b')", "this pattern may take too long"},
        {"local s = 'a' s:find(('a?'):rep(60))", "this pattern may take too long"},
    };
    REFUSE_ALL(small, attacks);
}

static void honest_patterns_are_quick(void **state)
{
    script_compile(*state, ONE_LAYER "assert(('key = value'):match('^(%w+)%s*=%s*(%w+)$') == 'key')\n"
                                     "assert(('a.b'):gsub('[.]', '-') == 'a-b')\n"
                                     "assert(('a.b'):find('.', 1, true) == 2 and ('a%b'):find('%', 1, true) == 2)\n"
                                     "assert(('x'):rep(1 << 20):find('y') == nil)\n"
                                     "assert(tonumber('12') == 12 and tonumber('ff', 16) == 255)\n"
                                     "assert(select('#', table.unpack({}, 1, 3)) == 3)\n");
}

/* Neither addresses, which differ from run to run, nor an order that comes of them. */
static void is_the_same_in_every_run(void **state)
{
    script_compile(*state, ONE_LAYER
                   "assert(tostring({}) == 'table' and tostring(print) == 'function')\n"
                   "assert(tostring(Dense{2, name = 'd'}) == \"Dense 'd'\")\n"
                   "assert(tostring(1.5) == '1.5' and tostring(nil) == 'nil')\n"
                   "assert(('%s %5.2s|%d%% %s'):format({}, 'abc', 3, print) == 'table    ab|3% function')\n"
                   "local t, seen = {b = 1, a = 2, 10, 20, [true] = 3}, ''\n"
                   "for key, value in next, t do seen = seen .. tostring(key) .. value .. ' ' t[key] = nil end\n"
                   "assert(seen == 'true3 110 220 a2 b1 ' and next(t) == nil)\n"
                   "for key, value in pairs{[{}] = 1, x = 2} do seen = seen .. type(key) .. value end\n"
                   "assert(seen:sub(-13) == 'string2table1')\n");
    const struct attack attacks[] = {
        {"string.format('%p', {})", "%p is not available in a model script"},
        {"string.format('%-20p', {})", "%p is not available in a model script"},
        {"string.format('\\0%p', {})", "%p is not available in a model script"},
        {"for key in pairs{[{}] = 1, [{}] = 2} do end", "pairs cannot order keys that are tables"},
        {"for key in next, {[print] = 1, [pcall] = 2} do end", "next cannot order keys that are functions"},
        {"next({1}, 2)", "next: the table has no such key"},
        {"next(Dense{1})", "next goes through tables, not through layers, models and the like"},
        {"string.format('%', 1)", "invalid conversion"},
    };
    REFUSE_ALL(enough, attacks);
}

/* ---- it does not eat the memory or the stack ---- */

static void limits_memory(void **state)
{
    static const char *const too_much = "the script needs too much memory";
    const struct attack attacks[] = {
        {"local t, s = {}, ('x'):rep(1 << 16) while true do t[#t + 1] = s .. #t end", too_much},
        {"local s = 'x' while true do s = s .. s end", too_much},
        {"local s = ('x'):rep(1 << 24) s = s .. s .. s", too_much},
        {"local t = {} while true do t = {t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t} end", too_much},
        {"local s = ('x'):rep(1 << 24) s = s:gsub('.', '%0%0')", too_much},
        {"local t = {} for i = 1, 1000 do t[i] = ('x'):rep(1 << 14) end local s = table.concat(t) .. table.concat(t, ',')",
         too_much},
        {"pcall(function() local s = 'x' while true do s = s .. s end end) while true do end",
         "the script runs for too long"},
        {"local function f() return 1 + f() end f()", too_much},
        {"local function f(...) return 1 + f(1, ...) end f()", "stack overflow"},
        {"local t = {} t = table.unpack(t, 1, 1e8)", "too many results to unpack"},
        {"('x'):rep(1 << 22):byte(1, -1)", "string slice too long"},
        {"local x = 0 x:gsub('', '')", "attempt to index a number value"},
        {"local s = ('('):rep(100):find(('('):rep(100))", "too many captures"},
    };
    REFUSE_ALL(enough, attacks);
}

static void limits_what_the_compiler_holds_for_it(void **state)
{
    struct script_fixture *fixture = *state;
    fixture->limits = (struct limits){.memory_bytes = 4 << 20, .instructions = 500000000};
    assert_script_error(fixture, "while true do Input{1} end\n", 0, "the script needs too much memory",
                        "it may use 4 MiB, --memory-limit MIB allows it more; does a loop not end?");
}

static void limits_nesting(void **state)
{
    static const char *const opens[] = {"(", "{", "function() return ", "- - ", "if true then "};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
        char *text = arena_alloc(&fixture->arena, 100000 * strlen(opens[i]) + 64);
        strcpy(text, i == 4 ? "" : "local x = ");
        char *at = text + strlen(text);
        for (int j = 0; j < 100000; j++, at += strlen(opens[i]))
            memcpy(at, opens[i], strlen(opens[i]));
        if (script_try(fixture, text))
            fail_msg("no error from nested %s", opens[i]);
    }
}

/* ---- its network is of a possible size ---- */

static void refuses_absurd_sizes(void **state)
{
    static const struct attack attacks[] = {
        {"local m = Sequential{Input{8}} for i = 1, 1000000 do m:add(Activation('relu')) end",
         "more than 10000 operations"},
        {"local i = Input{8} local t = {} for k = 1, 1000000 do t[k] = Dense{8}(i) end", "more than 10000"},
        {"local i, x = Input{8} x = i while true do x = Add()({x, x}) end", "more than 10000 operations"},
        {"return Sequential{Input{60000, 60000, 1}, Flatten(), Dense{60000}}",
         "'kernel' of 3600000000x60000, which is too large"},
        {"return Sequential{Input{1 << 20}, Dense{1 << 20}}", "which is too large"},
        {"local m = Sequential{Input{1 << 15}} for i = 1, 100 do m:add(Dense{1 << 15}) end",
         "the network's parameters need more than 64 GiB"},
        {"return Sequential{Input{1 << 62, 2}, Flatten(), Dense{1}}", "Input"},
        {"return Sequential{Input{1 << 32, 1 << 32}, Flatten(), Dense{1}}", "Input"},
        {"return Sequential{Input{math.maxinteger}, Dense{1}}", "Input"},
        {"return Sequential{Input{0}, Dense{1}}", "Input"},
        {"return Sequential{Input{-1}, Dense{1}}", "Input"},
        {"return Sequential{Input{1e300}, Dense{1}}", "Input"},
        {"return Sequential{Input{1, 1, 1, 1, 1, 1, 1}, Flatten(), Dense{1}}", "Input"},
        {"return Sequential{Input{8}, Dense{math.maxinteger}}", "units must be"},
        {"return Sequential{Input{8}, Dense{0/0}}", "units must be"},
        {"return Sequential{Input{8, 8, 1}, ZeroPadding2D{1 << 30}, Flatten(), Dense{1}}", "padding must be"},
        {"return Sequential{Input{8, 8, 1}, Conv2D{1, 3, dilation_rate = math.maxinteger}, Flatten(), Dense{1}}",
         "dilation_rate must be"},
        {"return Sequential{Input{8, 8, 1}, Conv2D{1, 3, strides = math.maxinteger}, Flatten(), Dense{1}}",
         "strides must be"},
        {"return Sequential{Input{8, 8, 1}, Conv2D{1, math.maxinteger}, Flatten(), Dense{1}}",
         "kernel_size must be"},
        {"return Sequential{Input{8, 8, 1}, MaxPool2D{1 << 40, padding = 'same'}, Flatten(), Dense{1}}",
         "pool_size must be"},
        {"return Sequential{Input{8}, Reshape{{-1, -1}}, Dense{1}}", "Reshape"},
        {"return Sequential{Input{8}, Reshape{{1 << 40, 1 << 40}}, Dense{1}}", "Reshape"},
        {ONE_LAYER "m:compile{loss = 'mse'} m:fit{batch_size = 1 << 53}", "batch_size must be"},
        {ONE_LAYER "m:compile{loss = 'mse'} m:fit{epochs = -1}", "epochs must be"},
    };
    REFUSE_ALL(enough, attacks);
}

/* ---- nothing that it says becomes C, or steers a terminal ---- */

static void refuses_names_and_numbers_that_are_no_c(void **state)
{
    static const struct attack attacks[] = {
        {"local i = Input{4} return Model{inputs = i, outputs = Dense{1}(i), name = '*/ evil'}", "must be a name"},
        {"return Sequential{Input{4}, Dense{1, name = 'a b'}}", "must be a name"},
        {"return Sequential{Input{4}, Dense{1, name = 'a\\n#error'}}", "must be a name"},
        {"return Sequential{Input{4, name = '\"'}, Dense{1}}", "must be a name"},
        {"return Sequential{Input{4}, Dense{1, name = ('x'):rep(1000)}}", "must be a name"},
        {"Layer{name = '*/int evil;/*', call = function(l, x) return x end}", "must be a name"},
        {"local L = Layer{name = 'L', call = function(l, x) return x * l:parameter('a\"*/\\n', {4}) end}\n"
         "return Sequential{Input{4}, L()}",
         "is not a name for a parameter"},
        {"return Sequential{Input{4}, Rescaling{1/0}, Dense{1}}",
         "scale must be a number or a list of numbers, not inf"},
        {"return Sequential{Input{4}, Rescaling{0/0}, Dense{1}}",
         "scale must be a number or a list of numbers, not"},
        {"return Sequential{Input{4}, LeakyReLU{0/0}, Dense{1}}", "negative_slope must be a number"},
        {"return Sequential{Input{4}, Dropout(0/0), Dense{1}}", "rate must be a number"},
        {"return Sequential{Input{4}, Dense{1, kernel_initializer = Constant{0/0}}}", "value must be a number"},
        {"return Sequential{Input{4}, Dense{1, kernel_initializer = RandomUniform{minval = -1/0}}}",
         "minval must be a number"},
        {"return Sequential{Input{4, 4, 1}, BatchNormalization{epsilon = 0/0}, Flatten(), Dense{1}}",
         "epsilon must be a number"},
        {ONE_LAYER "m:compile{loss = 'mse', optimizer = Adam{learning_rate = 0/0}}",
         "learning_rate must be a number"},
        {ONE_LAYER "m:compile{loss = 'mse', optimizer = Adam{epsilon = 1/0}}", "epsilon must be a number"},
        {ONE_LAYER "m:compile{loss = '\");evil(\"'}", "loss"},
        {ONE_LAYER "m:compile{loss = 'mse', optimizer = '\");evil(\"'}", "optimizer"},
    };
    REFUSE_ALL(enough, attacks);
}

static void a_reported_error_cannot_be_held_back(void **state)
{
    assert_script_error(*state, ONE_LAYER "pcall(function()\n  Dense{0}\nend)\n", 3,
                        "Dense: units must be an integer of at least 1, not 0", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(sees_only_harmless_names),
        TEST(tells_of_names_that_are_kept_from_it),
        TEST(changes_nothing_for_others),
        TEST(requires_only_modules_of_its_folder),
        TEST(reads_only_text),
        TEST(a_user_s_limits_are_generous),
        TEST(ends_endless_loops),
        TEST(honest_patterns_are_quick),
        TEST(is_the_same_in_every_run),
        TEST(limits_memory),
        TEST(limits_what_the_compiler_holds_for_it),
        TEST(limits_nesting),
        TEST(refuses_absurd_sizes),
        TEST(refuses_names_and_numbers_that_are_no_c),
        TEST(a_reported_error_cannot_be_held_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
