/* sandbox.c -- what a model script may use of Lua, and how much.
 *
 * A script may be anyone's: it reads no file but the modules beside it, writes nothing but messages, and ends.
 * Memory is capped in the allocator and instructions are counted by a hook. A library function that could
 * compute for long inside one instruction is wrapped in a check of its arguments. */
#include "script/script.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>
#include <sys/stat.h>

enum { INSTRUCTIONS_BETWEEN_CHECKS = 1000, BYTES_OF_AN_INSTRUCTION = 16 };

/* ---- time ---- */

/* What is allocated is filled, which one instruction can do with megabytes. */
static int64_t instructions_so_far(const struct script *script)
{
    return script->instructions + (int64_t)(script->memory.grown / BYTES_OF_AN_INSTRUCTION);
}

static void spend(lua_State *lua, int64_t instructions)
{
    struct script *script = script_of(lua);
    script->instructions += instructions;
    if (instructions_so_far(script) <= script->limits.instructions)
        return;
    diag_error(script->diag, script_where(lua), "the script runs for too long");
    diag_hint(script->diag, "it is stopped after %lld million instructions; does a loop not end?",
              (long long)(script->limits.instructions / 1000000));
    script_abort(lua);
}

static void count_instructions(lua_State *lua, lua_Debug *event)
{
    (void)event;
    spend(lua, INSTRUCTIONS_BETWEEN_CHECKS);
}

void script_start_budget(lua_State *lua)
{
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, INSTRUCTIONS_BETWEEN_CHECKS);
}

int script_pcall(lua_State *lua)
{
    luaL_checkany(lua, 1);
    int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    if (status != LUA_OK && script_of(lua)->diag->failed)
        return lua_error(lua);
    lua_pushboolean(lua, status == LUA_OK);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/* ---- library functions that could take for ever ---- */

/* Calls the function that is wrapped: the closure's first upvalue. */
static int call_wrapped(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

/* A set of characters ends at the next ']' that is not its first character. */
static const char *skip_set(const char *p, const char *end)
{
    if (p < end && *p == '^')
        p++;
    for (const char *first = p; p < end; p++) {
        if (*p == '%')
            p++;
        else if (*p == ']' && p != first)
            break;
    }
    return p;
}

/* How many steps the search for a pattern may take at worst: each repetition may try every length. */
static double pattern_cost(const char *pattern, size_t pattern_length, size_t text_length)
{
    const char *end = pattern + pattern_length;
    double length = (double)text_length + 1, cost = pattern_length && *pattern == '^' ? 1 : length;
    for (const char *p = pattern; p < end; p++) {
        if (*p == '%' && p + 1 < end)
            cost *= *++p == 'b' ? length : 1;
        else if (*p == '[')
            p = skip_set(p + 1, end);
        else if (*p == '?')
            cost *= 2;
        else if (*p == '*' || *p == '+' || *p == '-')
            cost *= length;
    }
    return cost;
}

/* Text is searched for text at each of its characters, most of which end it soon. */
static double plain_cost(size_t pattern_length, size_t text_length)
{
    const double bytes_compared_in_a_step = 16;
    return (double)text_length * (1 + (double)pattern_length / bytes_compared_in_a_step);
}

static int search_for(lua_State *lua, bool plain)
{
    const double max = 1e9, costs_per_instruction = 100;
    size_t text_length, pattern_length;
    luaL_checklstring(lua, 1, &text_length);
    const char *pattern = luaL_checklstring(lua, 2, &pattern_length);
    double cost = plain || !strpbrk(pattern, "^$*+?.([%-") ? plain_cost(pattern_length, text_length)
                                                           : pattern_cost(pattern, pattern_length, text_length);
    if (cost > max)
        return luaL_error(lua, "this pattern may take too long on a text of %d characters", (int)text_length);
    spend(lua, (int64_t)(cost / costs_per_instruction));
    return call_wrapped(lua);
}

/* match, gmatch, gsub: (text, pattern, ...) */
static int search(lua_State *lua) { return search_for(lua, false); }

/* find(text, pattern, first, plain) */
static int find(lua_State *lua) { return search_for(lua, lua_toboolean(lua, 4)); }

/* An empty string can be repeated for ever without using memory. */
static int repeat(lua_State *lua)
{
    const lua_Integer max = 1 << 24;
    if (luaL_checkinteger(lua, 2) > max)
        return luaL_error(lua, "a string can be repeated %d times at most", (int)max);
    spend(lua, luaL_checkinteger(lua, 2) > 0 ? luaL_checkinteger(lua, 2) / 8 : 0);
    return call_wrapped(lua);
}

/* Pushes the text of the value at `index`, as tostring() gives it, without the address of what has one: it differs from
 * run to run, and is nobody's business. */
static const char *push_text(lua_State *lua, int index, size_t *length)
{
    int type = lua_type(lua, index);
    bool has_text = type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
    if (!has_text && luaL_getmetafield(lua, index, "__tostring") != LUA_TNIL) {
        lua_pop(lua, 1);
        has_text = true;
    }
    if (has_text)
        return luaL_tolstring(lua, index, length);
    lua_pushstring(lua, lua_typename(lua, type));
    return lua_tolstring(lua, -1, length);
}

static int to_string(lua_State *lua)
{
    luaL_checkany(lua, 1);
    push_text(lua, 1, NULL);
    return 1;
}

/* Puts texts in place of what %s would name by its address, as %p does. */
static void name_arguments(lua_State *lua)
{
    int argument = 1;
    size_t length;
    const char *p = luaL_checklstring(lua, 1, &length);
    for (const char *end = p + length; p < end; p++) {
        if (*p != '%' || *++p == '%')
            continue;
        argument++;
        p += strspn(p, "-+ #0123456789.");
        if (*p == 'p')
            luaL_error(lua, "%%p is not available in a model script");
        if (*p == 's' && argument <= lua_gettop(lua)) {
            push_text(lua, argument, NULL);
            lua_replace(lua, argument);
        } else if (lua_type(lua, argument) == LUA_TTABLE) {
            luaL_callmeta(lua, argument, "__number"); /* what only the program knows says so, and fails */
        }
    }
}

/* A number may be asked for with hundreds of digits. */
static int format(lua_State *lua)
{
    name_arguments(lua);
    const int64_t steps_of_an_argument = 200, characters_of_a_step = 4;
    int64_t instructions = 0;
    for (int i = 1; i <= lua_gettop(lua); i++)
        instructions +=
            steps_of_an_argument + (lua_isstring(lua, i) ? (int64_t)lua_rawlen(lua, i) / characters_of_a_step : 0);
    spend(lua, instructions);
    return call_wrapped(lua);
}

/* The text of a number may be megabytes of blanks, which are read more than once. */
static int to_number(lua_State *lua)
{
    spend(lua, lua_type(lua, 1) == LUA_TSTRING ? (int64_t)lua_rawlen(lua, 1) : 0);
    return call_wrapped(lua);
}

/* unpack(list, first, last): what is asked for need not be there. */
static int unpack(lua_State *lua)
{
    const lua_Integer max = 1 << 24;
    lua_Integer first = luaL_optinteger(lua, 2, 1);
    lua_Integer last = lua_isnoneornil(lua, 3) ? luaL_len(lua, 1) : luaL_checkinteger(lua, 3);
    if (first >= -max && last <= max && last > first)
        spend(lua, (last - first) / 4);
    return call_wrapped(lua); /* more than fit the stack are refused there */
}

/* The length of the list that is the first argument; a table with holes may claim any. */
static lua_Integer list_length(lua_State *lua)
{
    const lua_Integer max = 1 << 24;
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_Integer length = luaL_len(lua, 1);
    if (length > max)
        return luaL_error(lua, "a list can have %d elements at most", (int)max);
    return length;
}

/* insert, remove */
static int shift(lua_State *lua)
{
    spend(lua, list_length(lua) / 4);
    return call_wrapped(lua);
}

static int sort(lua_State *lua)
{
    const lua_Integer comparisons = 10; /* of an element, as instructions */
    spend(lua, list_length(lua) * comparisons);
    return call_wrapped(lua);
}

/* move(from, first, last, to): last - first may be anything. */
static int move(lua_State *lua)
{
    const lua_Integer max = 1 << 24;
    lua_Integer first = luaL_checkinteger(lua, 2), last = luaL_checkinteger(lua, 3);
    if (first < -max || last > max)
        return luaL_error(lua, "a list can have %d elements at most", (int)max);
    spend(lua, last > first ? (last - first) / 4 : 0);
    return call_wrapped(lua);
}

/* ---- print and require ---- */

/* As many bytes as a network needs no more of, and none that would steer the terminal. */
static int print(lua_State *lua)
{
    const int64_t steps_of_a_byte = 100;
    int count = lua_gettop(lua);
    for (int i = 1; i <= count; i++) {
        size_t length;
        const char *text = push_text(lua, i, &length);
        if (i > 1)
            fputc('\t', stderr);
        spend(lua, (int64_t)length * steps_of_a_byte);
        print_printable(text, length, stderr);
        lua_pop(lua, 1);
    }
    spend(lua, steps_of_a_byte);
    fputc('\n', stderr);
    return 0;
}

/* "a.b" is the file a/b.lua beside the script; NULL: not such a name. */
static char *module_path(struct script *script, const char *name)
{
    bool begins = true; /* a word of the name */
    for (const char *p = name; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' || *p == '-';
        bool digit = *p >= '0' && *p <= '9';
        if (!letter && !digit && (*p != '.' || begins))
            return NULL;
        begins = *p == '.';
    }
    if (begins)
        return NULL;
    const char *slash = strrchr(script->path, '/');
    int folder = slash ? (int)(slash - script->path) + 1 : 0;
    char *path = arena_printf(script->arena, "%.*s%s.lua", folder, script->path, name);
    for (char *p = path + folder; p < path + strlen(path) - strlen(".lua"); p++)
        if (*p == '.')
            *p = '/';
    return path;
}

/* A link may lead anywhere, and reading a device or a pipe may never end. The folder itself is the user's. */
static void check_module_file(lua_State *lua, char *path)
{
    struct stat status;
    const char *name = strrchr(script_of(lua)->path, '/');
    char *end = path + (name ? name + 1 - script_of(lua)->path : 0);
    while (*end) {
        end += strcspn(end + 1, "/") + 1;
        char kept = *end;
        *end = '\0';
        bool is_link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
        *end = kept;
        if (is_link)
            script_fail(lua, script_where(lua),
                        "the module %s is a link, which may lead out of the script's folder", path);
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        script_fail(lua, script_where(lua), "the module %s is no regular file", path);
}

/* Pushes the chunk of the module, with the script's globals (upvalue 2). */
static void load_user_module(lua_State *lua, const char *name)
{
    struct script *script = script_of(lua);
    char *path = module_path(script, name);
    if (!path) {
        diag_error(script->diag, script_where(lua), "require: \"%s\" is not the name of a module", name);
        diag_hint(script->diag, "require \"blocks\" reads blocks.lua in the script's folder");
        script_abort(lua);
    }
    check_module_file(lua, path);
    if (!script_load(lua, path))
        script_fail(lua, script_where(lua), "cannot read the module %s: %s", path, strerror(errno));
    lua_pushvalue(lua, lua_upvalueindex(2));
    lua_setupvalue(lua, -2, 1);
}

/* Upvalues: the modules loaded so far (false: being loaded), the script's globals. */
static int require(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    lua_settop(lua, 1);
    if (lua_getfield(lua, lua_upvalueindex(1), name) != LUA_TNIL) {
        if (!lua_toboolean(lua, -1))
            return script_fail(lua, script_where(lua), "the module %s requires itself", name);
        return 1;
    }
    lua_pushboolean(lua, false);
    lua_setfield(lua, lua_upvalueindex(1), name);
    load_user_module(lua, name);
    lua_call(lua, 0, 1);
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushboolean(lua, true);
    }
    lua_pushvalue(lua, -1);
    lua_setfield(lua, lua_upvalueindex(1), name);
    return 1;
}

/* ---- the globals ---- */

/* Copies NULL-terminated `names` from the table below the top to the table on top. */
static void copy_fields(lua_State *lua, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(lua, -2, *names);
        lua_setfield(lua, -2, *names);
    }
}

/* Puts `wrapper` around fields of the table on top. */
static void wrap_fields(lua_State *lua, const char *const *names, lua_CFunction wrapper)
{
    for (; *names; names++) {
        lua_getfield(lua, -1, *names);
        lua_pushcclosure(lua, wrapper, 1);
        lua_setfield(lua, -2, *names);
    }
}

static void push_string_library(lua_State *lua)
{
    static const char *const names[] = {"byte",  "char",  "find", "format",  "gmatch", "gsub",  "len",
                                        "lower", "match", "rep",  "reverse", "sub",    "upper", NULL};
    static const char *const finding[] = {"find", NULL};
    static const char *const searching[] = {"gmatch", "gsub", "match", NULL};
    static const char *const repeating[] = {"rep", NULL};
    static const char *const formatting[] = {"format", NULL};
    lua_getglobal(lua, LUA_STRLIBNAME);
    lua_newtable(lua);
    copy_fields(lua, names);
    wrap_fields(lua, finding, find);
    wrap_fields(lua, searching, search);
    wrap_fields(lua, repeating, repeat);
    wrap_fields(lua, formatting, format);
    lua_remove(lua, -2);
}

static void push_table_library(lua_State *lua)
{
    static const char *const names[] = {"concat", "insert", "move", "pack", "remove", "sort", "unpack", NULL};
    static const char *const shifting[] = {"insert", "remove", NULL};
    static const char *const sorting[] = {"sort", NULL};
    static const char *const moving[] = {"move", NULL};
    static const char *const unpacking[] = {"unpack", NULL};
    lua_getglobal(lua, LUA_TABLIBNAME);
    lua_newtable(lua);
    copy_fields(lua, names);
    wrap_fields(lua, shifting, shift);
    wrap_fields(lua, sorting, sort);
    wrap_fields(lua, moving, move);
    wrap_fields(lua, unpacking, unpack);
    lua_remove(lua, -2);
}

/* Random numbers are the same in every run, for the same script must give the same network. */
static void push_math_library(lua_State *lua)
{
    static const char *const names[] = {"abs",  "acos",       "asin",      "atan", "ceil", "cos",    "deg",
                                        "exp",  "floor",      "fmod",      "huge", "log",  "max",    "maxinteger",
                                        "min",  "mininteger", "modf",      "pi",   "rad",  "random", "sin",
                                        "sqrt", "tan",        "tointeger", "type", "ult",  NULL};
    lua_getglobal(lua, LUA_MATHLIBNAME);
    lua_getfield(lua, -1, "randomseed");
    lua_pushinteger(lua, 0);
    lua_call(lua, 1, 0);
    lua_newtable(lua);
    copy_fields(lua, names);
    lua_remove(lua, -2);
}

/* ("x"):rep(3) looks its methods up here; the script's own `string` is another table. */
static void lock_string_methods(lua_State *lua)
{
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    push_string_library(lua);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
}

void script_open_sandbox(lua_State *lua)
{
    static const char *const names[] = {"assert", "error", "ipairs", "select", "tonumber", "type", NULL};
    static const char *const converting[] = {"tonumber", NULL};
    lua_pushglobaltable(lua);
    lua_pushvalue(lua, -2);
    copy_fields(lua, names);
    wrap_fields(lua, converting, to_number);
    lua_pop(lua, 2);

    lock_string_methods(lua);
    push_string_library(lua);
    lua_setfield(lua, -2, LUA_STRLIBNAME);
    push_table_library(lua);
    lua_setfield(lua, -2, LUA_TABLIBNAME);
    push_math_library(lua);
    lua_setfield(lua, -2, LUA_MATHLIBNAME);

    lua_pushcfunction(lua, to_string);
    lua_setfield(lua, -2, "tostring");
    lua_pushcfunction(lua, print);
    lua_setfield(lua, -2, "print");
    lua_newtable(lua);
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, require, 2);
    lua_setfield(lua, -2, "require");
}
