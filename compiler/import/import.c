/* import.c -- from a model's file to a graph: opens the language of scripts, has the reader make tables of the file, and hands
 * them to the Lua of this folder. */
#include "import/import.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *const import_batch_names[] = {"auto", "strip", "keep", NULL};

static const char *const modules[] = {"record.lua",
                                      "value.lua",
                                      "layers.lua",
                                      "onnx.lua",
                                      "fold.lua",
                                      "onnx/elementwise.lua",
                                      "onnx/shape.lua",
                                      "onnx/window.lua",
                                      "onnx/resize.lua",
                                      "onnx/product.lua",
                                      "onnx/normalization.lua",
                                      "onnx/recurrent.lua",
                                      "flow.lua",
                                      "reshapes.lua",
                                      "forms.lua",
                                      "text.lua",
                                      "own.lua",
                                      "loops.lua",
                                      "write.lua",
                                      NULL};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    if (n < m)
        return false;
    for (size_t i = 0; i < m; i++)
        if (tolower((unsigned char)text[n - m + i]) != end[i])
            return false;
    return true;
}

/* No text begins with the byte that says of a message of ONNX "here is the version". What is no regular file, a pipe say, is
 * not opened: a script that comes from there can be read once. */
bool import_reads(const char *path)
{
    struct stat status;
    bool is_file = path && stat(path, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file = is_file ? fopen(path, "rb") : NULL;
    int first = file ? getc(file) : EOF;
    if (file)
        (void)fclose(file); /* only read */
    return first == 0x08 || (first != EOF && ends_with(path, ".onnx"));
}

static void load_module(lua_State *lua, const char *name)
{
    size_t length;
    const char *text = embedded_find(lua_pushfstring(lua, "import/%s", name), &length);
    lua_pop(lua, 1);
    if (!text || luaL_loadbufferx(lua, text, length, name, "b") != LUA_OK)
        luaL_error(lua, "this cnnc was built without import/%s", name);
}

/* Pushes {NAME = array, ...} of --bind. */
static void push_binds(lua_State *lua, const struct import_options *options)
{
    lua_newtable(lua);
    for (int i = 0; i < options->n_binds; i++) {
        lua_pushlstring(lua, options->binds[i].name, (size_t)options->binds[i].name_length);
        import_push_array(lua, options->binds[i].file);
        lua_rawset(lua, -3);
    }
}

struct import_building *import_building_of(lua_State *lua) { return script_of(lua)->data; }

/* note(text or nil): the node that is built from here on */
static int note(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct import_building *building = import_building_of(lua);
    building->node = lua_isstring(lua, 1) ? arena_strdup(script->arena, lua_tostring(lua, 1)) : NULL;
    return 0;
}

/* With the table cnnc on top of the stack. */
static int build(lua_State *lua, void *data)
{
    const struct import_building *building = data;
    const struct import_options *options = building->options;
    int cnnc = lua_gettop(lua);
    array_open(lua);
    lua_setfield(lua, cnnc, "array");
    lua_newtable(lua);
    lua_pushcfunction(lua, note);
    lua_setfield(lua, -2, "note");
    lua_setfield(lua, cnnc, "import");
    for (const char *const *module = modules; *module; module++) {
        load_module(lua, *module);
        lua_pushvalue(lua, cnnc);
        lua_call(lua, 1, 0);
    }
    lua_getfield(lua, cnnc, "import");
    lua_getfield(lua, -1, "build");
    onnx_push_model(lua, options->path);
    lua_newtable(lua);
    lua_pushstring(lua, options->path);
    lua_setfield(lua, -2, "path");
    lua_pushstring(lua, import_batch_names[options->batch]);
    lua_setfield(lua, -2, "batch");
    push_binds(lua, options);
    lua_setfield(lua, -2, "binds");
    lua_call(lua, 2, 1);
    if (building->script)
        import_write_script(lua, cnnc);
    lua_getfield(lua, cnnc, "finish");
    lua_insert(lua, -2);
    lua_call(lua, 1, 0);
    return 0;
}

/* What an op says knows no node; what Lua says of a row that found nil tells of none of the user's. */
static void explain(struct diag *diag, const char *node)
{
    if (strcmp(diag->message, "the script needs too much memory") == 0) {
        diag->message = "the model needs too much memory";
        diag->hint = "--memory-limit MIB allows it more";
        return;
    }
    if (node && strncmp(diag->message, "attempt to ", strlen("attempt to ")) == 0)
        diag->message = "is malformed: it lacks an input or an attribute, or has one of another kind";
    if (node && !strstr(diag->message, node))
        diag->message = arena_printf(diag->arena, "%s: %s", node, diag->message);
}

struct graph *import_build(struct arena *arena, struct diag *diag, struct import_building *building)
{
    const struct import_options *options = building->options;
    size_t held = arena->held;
    struct graph *graph =
        script_build(arena, diag, options->path, options->limits, options->shapes, build, building);
    if (graph) {
        graph->is_imported = true;
        if (arena->limit) /* the passes have what they have beside the weights, which the file is as large as */
            arena->limit += (arena->held - held) * 2;
        return graph;
    }
    explain(diag, building->node);
    return NULL;
}

struct graph *import_run(struct arena *arena, struct diag *diag, const struct import_options *options)
{
    struct import_building building = {.options = options};
    return import_build(arena, diag, &building);
}

bool import_list_weights(struct arena *arena, struct diag *diag, struct limits limits,
                         struct import_weights *weights)
{
    return script_build(arena, diag, weights->path, limits, NULL, onnx_list_weights, weights) != NULL;
}

struct reading {
    const char *path;
    const struct array *array;
};

static int read_array(lua_State *lua, void *data)
{
    struct reading *reading = data;
    array_open(lua);
    import_push_array(lua, reading->path);
    reading->array = array_check(lua, -1);
    return 0;
}

bool import_array(struct arena *arena, struct diag *diag, struct limits limits, const char *path,
                  const struct array **array)
{
    struct reading reading = {.path = path};
    bool ok = script_build(arena, diag, path, limits, NULL, read_array, &reading) != NULL;
    *array = reading.array;
    return ok;
}
