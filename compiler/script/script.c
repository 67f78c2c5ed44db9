/* script.c -- runs a model script: opens Lua, loads the language and the script, turns failures into a diag.
 *
 * The Lua of this folder does what can be said without knowing C: arguments, layers, models. Its modules share one table,
 * `cnnc`, which script_graph.c fills first; what they put into cnnc.exports becomes the globals of the script. */
#include "script/script.h"

#include <ctype.h>
#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

struct script *script_of(lua_State *lua) { return *(struct script **)lua_getextraspace(lua); }

/* ---- where the script is ---- */

/* Chunks of the user are loaded from files, so their source is "@path"; ours is "=name". */
static bool is_user_frame(const lua_Debug *frame) { return frame->source[0] == '@' && frame->currentline > 0; }

struct origin script_where(lua_State *lua)
{
    struct script *script = script_of(lua);
    lua_Debug frame;
    for (int level = 0; lua_getstack(lua, level, &frame); level++)
        if (lua_getinfo(lua, "Sl", &frame) && is_user_frame(&frame))
            return (struct origin){.file = arena_strdup(script->arena, frame.source + 1),
                                   .line = frame.currentline};
    return (struct origin){.file = script->path};
}

/* "NAME:12: text", as Lua writes it, is taken apart: returns text and sets *line; NULL: it is not of that form. */
static const char *after_position(const char *message, const char *name, int *line)
{
    size_t length = strlen(name);
    if (strncmp(message, name, length) != 0 || message[length] != ':')
        return NULL;
    const char *digits = message + length + 1;
    if (!isdigit((unsigned char)*digits))
        return NULL;
    char *end;
    *line = (int)strtol(digits, &end, 10);
    return strncmp(end, ": ", 2) == 0 ? end + 2 : NULL;
}

/* ---- failures ---- */

int script_abort(lua_State *lua)
{
    lua_pushliteral(lua, "reported");
    lua_error(lua);
    abort(); /* lua_error() does not return, but is not declared so */
}

int script_fail(lua_State *lua, struct origin at, const char *format, ...)
{
    struct script *script = script_of(lua);
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(script->arena, format, args);
    va_end(args);
    diag_error(script->diag, at, "%s", message);
    script_abort(lua);
}

/* The message handler: an error of Lua itself, or error(...) of the script, still with its stack. */
static int report_error(lua_State *lua)
{
    struct script *script = script_of(lua);
    if (script->diag->failed)
        return 1;
    const char *message = lua_tostring(lua, 1);
    struct origin at = script_where(lua);
    if (!message) {
        diag_error(script->diag, at, "the script calls error() with a %s value", luaL_typename(lua, 1));
        return 1;
    }
    lua_Debug frame;
    for (int level = 0; lua_getstack(lua, level, &frame); level++) {
        int line;
        const char *text;
        if (!lua_getinfo(lua, "Sl", &frame) || !(text = after_position(message, frame.short_src, &line)))
            continue;
        bool overflow = strstr(text, "stack overflow") != NULL; /* of the script, wherever it strikes */
        if (!is_user_frame(&frame)) {
            diag_error(script->diag, at, overflow ? "%s" : "internal error: %s", overflow ? text : message);
            return 1;
        }
        at = (struct origin){.file = arena_strdup(script->arena, frame.source + 1), .line = line};
        message = text;
        break;
    }
    diag_error(script->diag, at, "%s", message);
    return 1;
}

/* ---- loading ---- */

/* Gives the parser a file line by line, so that one knows how far it came. */
struct lines {
    FILE *file;
    int line; /* that was read last */
    bool ended;
    char text[1024];
};

static const char *next_line(lua_State *lua, void *data, size_t *length)
{
    (void)lua;
    struct lines *lines = data;
    if (!fgets(lines->text, sizeof lines->text, lines->file))
        return NULL;
    *length = strlen(lines->text);
    lines->line += lines->ended;
    lines->ended = strchr(lines->text, '\n') != NULL;
    const char *mark = "\xEF\xBB\xBF"; /* of UTF-8; skipped with a line for a shell, as luaL_loadfilex() does */
    if (lines->line == 1 && strncmp(lines->text, mark, strlen(mark)) == 0)
        memset(lines->text, ' ', strlen(mark));
    if (lines->line == 1 && lines->text[strspn(lines->text, " ")] == '#')
        memset(lines->text, ' ', strcspn(lines->text, "\n"));
    return lines->text;
}

/* Where the parser meets a limit of its own, of which it tells no line. */
static int last_line_parsed(lua_State *lua, const char *path)
{
    struct lines lines = {.file = open_again(path), .ended = true};
    if (!lines.file)
        return 0;
    int status = lua_load(lua, next_line, &lines, path, "t");
    (void)fclose(lines.file); /* only read */
    lua_pop(lua, 1);
    return status == LUA_OK ? 0 : lines.line;
}

struct loading {
    const char *path;
    int status, error;
    int line; /* for a message that has none */
};

static int load_file(lua_State *lua)
{
    struct loading *loading = lua_touserdata(lua, 1);
    loading->status = luaL_loadfilex(lua, loading->path, "t");
    loading->error = errno;
    if (loading->status == LUA_ERRSYNTAX || loading->status == LUA_ERRRUN)
        loading->line = last_line_parsed(lua, loading->path);
    return 1;
}

/* Reports Lua's own message "file:line: text". */
static void fail_loading(lua_State *lua, const struct loading *loading, const char *message)
{
    struct origin at = {.file = arena_strdup(script_of(lua)->arena, loading->path)};
    if (strstr(message, "binary chunk"))
        script_fail(lua, at, "%s is not a text file", loading->path);
    const char *text = strchr(message, ':');
    char name[LUA_IDSIZE];
    while (text && (size_t)(text - message) < sizeof name) {
        memcpy(name, message, (size_t)(text - message));
        name[text - message] = '\0';
        const char *rest = after_position(message, name, &at.line);
        if (rest)
            script_fail(lua, at, "%s", rest);
        text = strchr(text + 1, ':');
    }
    at.line = loading->line;
    diag_error(script_of(lua)->diag, at, "%s", message);
    if (strcmp(message, "C stack overflow") == 0)
        diag_hint(script_of(lua)->diag, "the script is nested too deeply here; variables can hold its inner parts");
    script_abort(lua);
}

bool script_load(lua_State *lua, const char *path)
{
    struct loading loading = {.path = path};
    lua_pushcfunction(lua, load_file);
    lua_pushlightuserdata(lua, &loading);
    /* Without report_error(), which would look for the script's line where the parser's is meant. */
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK)
        lua_error(lua);
    errno = loading.error;
    if (loading.status == LUA_ERRFILE)
        return false;
    if (loading.status != LUA_OK)
        fail_loading(lua, &loading, lua_tostring(lua, -1));
    return true;
}

static void load_module(lua_State *lua, const char *name)
{
    size_t length;
    const char *text = embedded_find(lua_pushfstring(lua, "script/%s", name), &length);
    lua_pop(lua, 1);
    if (!text)
        luaL_error(lua, "this cnnc was built without script/%s", name);
    if (luaL_loadbufferx(lua, text, length, lua_pushfstring(lua, "=%s", name), "t") != LUA_OK)
        lua_error(lua);
    lua_remove(lua, -2); /* the chunk's name */
}

/* Leaves the table cnnc on the stack. */
static void open_language(lua_State *lua)
{
    static const char *const modules[] = {"object.lua",       "arguments.lua", "layer.lua",
                                          "initializers.lua", "layers.lua",    "model.lua",
                                          "output.lua",       "training.lua",  "globals.lua"};
    lua_newtable(lua);
    script_open_graph(lua);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        load_module(lua, modules[i]);
        lua_pushvalue(lua, -2);
        lua_call(lua, 1, 0);
    }
}

static int unknown_global(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, 2, 0);
    return 0;
}

/* Pushes the globals of the script. cnnc is on top of the stack. */
static void push_globals(lua_State *lua)
{
    lua_getfield(lua, -1, "exports");
    script_open_sandbox(lua);
    lua_newtable(lua);
    lua_getfield(lua, -3, "unknown_global");
    lua_pushcclosure(lua, unknown_global, 1);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}

static void load_script(lua_State *lua, struct script *script)
{
    if (!script_load(lua, script->path))
        script_fail(lua, (struct origin){.file = script->path}, "cannot read %s: %s", script->path,
                    strerror(errno));
}

/* Runs in protected mode: everything that may raise a Lua error. */
static int script_main(lua_State *lua)
{
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},
        {LUA_STRLIBNAME, luaopen_string},
        {LUA_TABLIBNAME, luaopen_table},
        {LUA_MATHLIBNAME, luaopen_math},
        {NULL, NULL},
    };
    for (const luaL_Reg *library = libraries; library->name; library++) {
        luaL_requiref(lua, library->name, library->func, 1);
        lua_pop(lua, 1);
    }
    open_language(lua);
    load_script(lua, script_of(lua)); /* cnnc, script */
    lua_pushvalue(lua, -2);
    push_globals(lua);
    lua_setupvalue(lua, -3, 1);
    lua_pop(lua, 1);
    script_start_budget(lua);
    lua_call(lua, 0, 1);
    lua_getfield(lua, -2, "finish");
    lua_insert(lua, -2);
    lua_call(lua, 1, 0);
    return 0;
}

static void needs_too_much_memory(struct script *script)
{
    diag_error(script->diag, (struct origin){.file = script->path}, "the script needs too much memory");
    diag_hint(script->diag, "it may use %zu MiB, --memory-limit MIB allows it more; does a loop not end?",
              script->limits.memory_bytes >> 20);
}

/* False when malloc gave Lua no memory; what the script did with too much of it, the diag says. */
static bool run(struct script *script)
{
    lua_State *lua = script->lua;
    *(struct script **)lua_getextraspace(lua) = script;
    lua_pushcfunction(lua, report_error);
    lua_pushcfunction(lua, script_main);
    int status = lua_pcall(lua, 0, 0, 1);
    if (status == LUA_ERRMEM && !script->memory.exceeded)
        return false;
    if (status == LUA_ERRMEM)
        needs_too_much_memory(script);
    else if (status != LUA_OK)
        diag_error(script->diag, (struct origin){.file = script->path}, "the script failed: %s",
                   lua_tostring(lua, -1));
    return true;
}

/* False when the arena, or malloc for Lua, ran out of memory. */
static bool run_until_out_of_memory(struct script *script)
{
    if (setjmp(script->arena->out_of_memory))
        return false;
    script->lua = lua_newstate(lua_memory_allocate, &script->memory);
    if (!script->lua)
        return false;
    return run(script);
}

const struct limits limits_default = {.memory_bytes = (size_t)256 << 20, .steps = 500000000};

struct graph *script_run(struct arena *arena, struct diag *diag, const char *path, struct limits limits)
{
    struct script *script = arena_alloc(arena, sizeof *script);
    *script = (struct script){
        .arena = arena, .diag = diag, .path = path, .limits = limits, .memory.limit = limits.memory_bytes};
    script->graph = graph_new(arena, diag, path);

    /* Lua's memory is not the arena's: it must be given back before the arena's owner hears of the end. */
    jmp_buf owner;
    size_t owners_limit = arena->limit;
    memcpy(&owner, &arena->out_of_memory, sizeof owner);
    arena->limit = limits.memory_bytes ? arena->held + limits.memory_bytes : 0;
    bool fits = run_until_out_of_memory(script);
    if (script->lua)
        lua_close(script->lua);
    arena->limit = owners_limit;
    memcpy(&arena->out_of_memory, &owner, sizeof owner);
    if (!fits && !arena->exceeded)
        longjmp(arena->out_of_memory, 1);
    if (!fits)
        needs_too_much_memory(script);
    return diag->failed ? NULL : script->graph;
}
