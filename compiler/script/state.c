/* state.c -- where a running script stands: its files and lines, and how a failure becomes the diag's error. */
#include "script/script.h"

#include <ctype.h>
#include <errno.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

const char *const script_shared = "cnnc";

struct script *script_of(lua_State *lua) { return *(struct script **)lua_getextraspace(lua); }

/* ---- where the script is ---- */

/* Chunks of the user are loaded from files, so their source is "@path"; ours is "=name", and where it does what another tool's
 * model says "@\1name": its errors are the model's, which has no lines. */
bool script_is_user_frame(const lua_Debug *frame) { return frame->source[0] == '@' && frame->currentline > 0; }
static bool is_of_model(const lua_Debug *frame) { return frame->source[1] == '\1'; }

struct origin script_where(lua_State *lua)
{
    struct script *script = script_of(lua);
    lua_Debug frame;
    for (int level = 0; lua_getstack(lua, level, &frame); level++)
        if (lua_getinfo(lua, "Sl", &frame) && script_is_user_frame(&frame) && !is_of_model(&frame))
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

const char script_nil_hint[] = "a function that ends without `return` makes nothing, which is nil";

/* The message handler: an error of Lua itself, or error(...) of the script, still with its stack. */
int script_report_error(lua_State *lua)
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
        if (!script_is_user_frame(&frame)) {
            diag_error(script->diag, at, overflow ? "%s" : "internal error: %s", overflow ? text : message);
            return 1;
        }
        if (!is_of_model(&frame))
            at = (struct origin){.file = arena_strdup(script->arena, frame.source + 1), .line = line};
        message = text;
        break;
    }
    diag_error(script->diag, at, "%s", message);
    if (strstr(message, "a nil value (local '") || strstr(message, "a nil value (upvalue '"))
        diag_hint(script->diag, "%s", script_nil_hint);
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
    const struct script *script = script_of(lua);
    if (script->text && loading->path == script->path) {
        const char *name = lua_pushfstring(lua, "@%s", loading->path);
        loading->status = luaL_loadbufferx(lua, script->text, strlen(script->text), name, "t");
        return 1;
    }
    loading->status = luaL_loadfilex(lua, loading->path, "t");
    loading->error = errno;
    if (loading->status != LUA_ERRFILE)
        diag_reads(script->diag, loading->path);
    if (loading->status == LUA_ERRSYNTAX || loading->status == LUA_ERRRUN)
        loading->line = last_line_parsed(lua, loading->path);
    return 1;
}

/* Reports a syntax error; a script that speaks Python gets a hint, and may be wrong in another line than Lua says. */
static void fail_parsing(lua_State *lua, struct origin at, const char *message)
{
    struct diag *diag = script_of(lua)->diag;
    lua_getfield(lua, LUA_REGISTRYINDEX, script_shared);
    lua_getfield(lua, -1, "explain_syntax");
    lua_pushstring(lua, at.file);
    lua_pushinteger(lua, at.line);
    lua_pushstring(lua, message);
    lua_call(lua, 3, 2);
    if (lua_isstring(lua, -2))
        at.line = (int)lua_tointeger(lua, -1);
    diag_error(diag, at, "%s", message);
    if (lua_isstring(lua, -2))
        diag_hint(diag, "%s", lua_tostring(lua, -2));
    script_abort(lua);
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
            fail_parsing(lua, at, rest);
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
    /* Without script_report_error(), which would look for the script's line where the parser's is meant. */
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK)
        lua_error(lua);
    errno = loading.error;
    if (loading.status == LUA_ERRFILE)
        return false;
    if (loading.status != LUA_OK)
        fail_loading(lua, &loading, lua_tostring(lua, -1));
    return true;
}
