/* import.c -- from a model's file to a graph: opens the language of scripts, has the reader make tables of the file, and hands
 * them to the Lua of this folder. */
#include "import/import.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *const import_batch_names[] = {"auto", "strip", "keep", NULL};

/* What there is to read: what its files begin with, what their names end in, what reads them, and the Lua that builds the graph,
 * whose function is import.NAME. */
struct format {
    const char *bytes;
    size_t n_bytes;
    const char *endings; /* each with a space behind it */
    void (*push)(lua_State *lua, const char *path);
    const char *build;
    const char *const *modules;
};

static const char *const onnx_modules[] = {
    "onnx.lua",         "fold.lua",           "onnx/elementwise.lua",   "onnx/shape.lua",     "onnx/window.lua",
    "onnx/resize.lua",  "onnx/product.lua",   "onnx/normalization.lua", "onnx/recurrent.lua", "onnx/places.lua",
    "onnx/control.lua", "onnx/quantized.lua", "onnx/extra.lua",         "onnx/idioms.lua",    NULL};
static const char *const keras_modules[] = {"keras.lua",        "keras/arguments.lua", "keras/weights.lua",
                                            "keras/layers.lua", "keras/operators.lua", NULL};
static const char *const shared_modules[] = {"record.lua", "value.lua", "layers.lua", "lengths.lua", NULL};
static const char *const writing_modules[] = {"flow.lua", "reshapes.lua", "forms.lua", "text.lua",
                                              "own.lua",  "loops.lua",    "write.lua", NULL};

static void refuse_other(lua_State *lua, const char *path)
{
    const char *text = import_other(path);
    script_fail(lua, (struct origin){.file = path}, "%s", text ? text : import_other_by_name(path));
}

/* No text begins with the byte that says of a message of ONNX "here is the version". */
static const struct format formats[] = {
    {"\x08", 1, ".onnx ", onnx_push_model, "build", onnx_modules},
    {"\x89HDF\r\n\x1a\n", 8, ".h5 .hdf5 .keras ", keras_push_hdf5, "build_keras", keras_modules},
    {"PK\3\4", 4, "", keras_push_archive, "build_keras", keras_modules}};

static const struct format refused = {"", 0, "", refuse_other, "build_keras", keras_modules};

/* What the file's first bytes say it is, else its name. What is no regular file, a pipe say, is not opened: a script that comes
 * from there can be read once. */
static const struct format *format_of(const char *path)
{
    enum { COUNT = sizeof formats / sizeof *formats };
    unsigned char bytes[8];
    struct stat status;
    if (import_other(path))
        return &refused;
    if (!path || stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return NULL;
    size_t n = import_head(path, bytes, sizeof bytes);
    for (int i = 0; i < COUNT; i++)
        if (n >= formats[i].n_bytes && memcmp(bytes, formats[i].bytes, formats[i].n_bytes) == 0)
            return &formats[i];
    for (int i = 0; i < COUNT; i++)
        if (import_name_ends(path, formats[i].endings))
            return &formats[i];
    return import_other_by_name(path) ? &refused : NULL;
}

bool import_reads(const char *path) { return format_of(path) != NULL; }

static void load_module(lua_State *lua, const char *name)
{
    embedded_load(lua, lua_pushfstring(lua, "import/%s", name));
    lua_remove(lua, -2);
}

static void load_modules(lua_State *lua, int cnnc, const char *const *modules)
{
    for (; *modules; modules++) {
        load_module(lua, *modules);
        lua_pushvalue(lua, cnnc);
        lua_call(lua, 1, 0);
    }
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

/* What a file of a few bytes may ask for, an array of zeros say; a larger file may have more (bytes.c). */
enum { MEMORY_OF_ARRAYS = 8 };

/* With the table cnnc on top of the stack. */
static int build(lua_State *lua, void *data)
{
    const struct import_building *building = data;
    const struct import_options *options = building->options;
    const struct format *format = format_of(options->path);
    struct arena *arena = script_of(lua)->arena;
    if (arena->limit) /* of arrays, the script's limit is for what a person writes */
        arena->limit += script_of(lua)->limits.memory_bytes * (MEMORY_OF_ARRAYS - 1);
    int cnnc = lua_gettop(lua);
    format = options->described ? &formats[1] : format ? format : &formats[0]; /* which says that it is none */
    array_open(lua);
    lua_setfield(lua, cnnc, "array");
    lua_newtable(lua);
    lua_pushcfunction(lua, note);
    lua_setfield(lua, -2, "note");
    lua_pushcfunction(lua, import_json);
    lua_setfield(lua, -2, "json");
    lua_setfield(lua, cnnc, "import");
    load_modules(lua, cnnc, shared_modules);
    load_modules(lua, cnnc, format->modules);
    load_modules(lua, cnnc, writing_modules);
    lua_getfield(lua, cnnc, "import");
    lua_getfield(lua, -1, format->build);
    if (options->described)
        hdf5_push_records(lua, options->path, *options->described);
    else
        format->push(lua, options->path);
    lua_newtable(lua);
    lua_pushstring(lua, options->path);
    lua_setfield(lua, -2, "path");
    lua_pushstring(lua, import_batch_names[options->batch]);
    lua_setfield(lua, -2, "batch");
    push_binds(lua, options);
    lua_setfield(lua, -2, "binds");
    lua_call(lua, 2, 1);
    if (building->write)
        building->write(lua, cnnc);
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
    if (strncmp(diag->message, "attempt to ", strlen("attempt to ")) == 0)
        diag->message = node ? "is malformed: it lacks an input or an attribute, or has one of another kind"
                             : "the model is malformed: it lacks something, or has it of another kind";
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

static int list_weights(lua_State *lua, void *data)
{
    const struct import_weights *weights = data;
    if (import_other(weights->path))
        refuse_other(lua, weights->path);
    return onnx_list_weights(lua, data);
}

bool import_list_weights(struct arena *arena, struct diag *diag, struct limits limits,
                         struct import_weights *weights)
{
    return script_build(arena, diag, weights->path, limits, NULL, list_weights, weights) != NULL;
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
