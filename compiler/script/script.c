/* script.c -- runs a model script: opens Lua, loads the language and the script, turns failures into a diag.
 *
 * The Lua of this folder does what can be said without knowing C: arguments, layers, models. Its modules share one table,
 * `cnnc`, which graph.c and op.c fill first; what they put into cnnc.exports becomes the globals of the script. */
#include "script/script.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

static void load_module(lua_State *lua, const char *name)
{
    embedded_load(lua, lua_pushfstring(lua, "script/%s", name));
    lua_remove(lua, -2);
}

const char *const script_modules[] = {"object.lua",
                                      "torch.lua",
                                      "python.lua",
                                      "keras.lua",
                                      "values.lua",
                                      "suggestions.lua",
                                      "types.lua",
                                      "arguments.lua",
                                      "kinds.lua",
                                      "scope.lua",
                                      "parameters.lua",
                                      "layer.lua",
                                      "lengths.lua",
                                      "mask.lua",
                                      "call.lua",
                                      "tensor.lua",
                                      "network.lua",
                                      "initializers.lua",
                                      "regularizers.lua",
                                      "constraints.lua",
                                      "layers/common.lua",
                                      "layers/activations.lua",
                                      "layers/convolution.lua",
                                      "layers/pooling.lua",
                                      "layers/augmentation.lua",
                                      "layers/regularization.lua",
                                      "layers/normalization.lua",
                                      "layers/shape.lua",
                                      "layers/resizing.lua",
                                      "layers/embedding.lua",
                                      "layers/attention.lua",
                                      "layers/einsum.lua",
                                      "layers/merging.lua",
                                      "layers/elementwise.lua",
                                      "scan.lua",
                                      "layers/recurrent.lua",
                                      "layers/convolutional_recurrence.lua",
                                      "layers/wrapping.lua",
                                      "ops.lua",
                                      "ops_shapes.lua",
                                      "ops_numbers.lua",
                                      "model.lua",
                                      "sequential.lua",
                                      "class.lua",
                                      "applications.lua",
                                      "output.lua",
                                      "rule.lua",
                                      "schedules.lua",
                                      "optimizers.lua",
                                      "losses.lua",
                                      "loss_functions.lua",
                                      "metrics/parts.lua",
                                      "metrics/accuracy.lua",
                                      "metrics/thresholds.lua",
                                      "metrics/curves.lua",
                                      "metrics/classes.lua",
                                      "metrics/regression.lua",
                                      "metrics.lua",
                                      "own_metric.lua",
                                      "columns.lua",
                                      "callbacks.lua",
                                      "outputs.lua",
                                      "training.lua",
                                      "pretrained.lua",
                                      "distiller.lua",
                                      "rows.lua",
                                      "finish.lua",
                                      "globals.lua",
                                      NULL};

/* Leaves the table cnnc on the stack. */
static void open_language(lua_State *lua)
{
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, script_shared);
    script_open_reports(lua);
    script_open_graph(lua);
    script_open_ops(lua);
    script_open_model(lua);
    script_open_training(lua);
    script_open_complete(lua);
    for (const char *const *module = script_modules; *module; module++) {
        load_module(lua, *module);
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

/* Leaves the table cnnc on the stack. */
static void open_all(lua_State *lua)
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
}

/* Runs in protected mode: everything that may raise a Lua error. */
static int run_model(lua_State *lua)
{
    open_all(lua);
    load_script(lua, script_of(lua)); /* cnnc, script */
    lua_pushvalue(lua, -2);
    push_globals(lua);
    lua_setupvalue(lua, -3, 1);
    lua_pop(lua, 1);
    script_start_budget(lua);
    int cnnc = lua_gettop(lua) - 1;
    lua_call(lua, 0, LUA_MULTRET);
    lua_getfield(lua, cnnc, "finish");
    lua_insert(lua, cnnc + 1);
    lua_call(lua, lua_gettop(lua) - cnnc - 1, 0);
    return 0;
}

static int run_use(lua_State *lua)
{
    open_all(lua);
    return script_of(lua)->use(lua, script_of(lua)->data);
}

static void needs_too_much_memory(struct script *script)
{
    diag_error(script->diag, (struct origin){.file = script->path}, "the script needs too much memory");
    diag_hint(script->diag, "it may use %zu MiB, --memory-limit MIB allows it more; does a loop not end?",
              script->limits.memory_bytes >> 20);
}

/* Runs in protected mode: what a script that leaves lengths open should be told, whatever it failed of. */
static int open_lengths(lua_State *lua)
{
    struct script *script = script_of(lua);
    lua_getfield(lua, LUA_REGISTRYINDEX, script_shared);
    lua_getfield(lua, -1, "explain_open");
    lua_call(lua, 0, 3); /* message, hint, at */
    if (!lua_isstring(lua, -3))
        return 0;
    lua_getfield(lua, -1, "line");
    struct origin at = {.file = script->path, .line = (int)lua_tointeger(lua, -1)};
    *script->diag = (struct diag){.arena = script->arena,
                                  .warnings = script->diag->warnings,
                                  .n_warnings = script->diag->n_warnings,
                                  .n_printed = script->diag->n_printed};
    diag_error(script->diag, at, "%s", lua_tostring(lua, -4));
    diag_hint(script->diag, "%s", lua_tostring(lua, -3));
    return 0;
}

/* False when malloc gave Lua no memory; what the script did with too much of it, the diag says. */
static bool run(struct script *script)
{
    lua_State *lua = script->lua;
    *(struct script **)lua_getextraspace(lua) = script;
    lua_pushcfunction(lua, script_report_error);
    lua_pushcfunction(lua, script->use ? run_use : run_model);
    int status = lua_pcall(lua, 0, 0, 1);
    if (status == LUA_ERRMEM && !script->memory.exceeded)
        return false;
    if (status == LUA_ERRMEM)
        needs_too_much_memory(script);
    else if (status != LUA_OK)
        diag_error(script->diag, (struct origin){.file = script->path}, "the script failed: %s",
                   lua_tostring(lua, -1));
    if (status == LUA_ERRRUN) {
        lua_pushcfunction(lua, open_lengths);
        (void)lua_pcall(lua, 0, 0, 0); /* without it the error is that of the script */
    }
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

const struct limits limits_default = {.memory_bytes = (size_t)256 << 20, .instructions = 500000000};

/* False after an error. */
static bool run_within_limits(struct script *script)
{
    struct arena *arena = script->arena;
    struct limits limits = script->limits;
    /* Lua's memory is not the arena's: it must be given back before the arena's owner hears of the end. */
    jmp_buf owner;
    size_t owners_limit = arena->limit;
    memcpy(&owner, &arena->out_of_memory, sizeof owner);
    arena->limit = limits.memory_bytes ? arena->held + limits.memory_bytes : 0;
    bool fits = run_until_out_of_memory(script);
    lua_memory_release(&script->memory);
    arena->limit = owners_limit;
    memcpy(&arena->out_of_memory, &owner, sizeof owner);
    if (!fits && !arena->exceeded)
        longjmp(arena->out_of_memory, 1);
    if (!fits)
        needs_too_much_memory(script);
    return !script->diag->failed;
}

static struct script *new_script(struct arena *arena, struct diag *diag, const char *path, struct limits limits)
{
    struct script *script = arena_alloc(arena, sizeof *script);
    *script = (struct script){
        .arena = arena, .diag = diag, .path = path, .limits = limits, .memory.limit = limits.memory_bytes};
    script->graph = graph_new(arena, diag, path);
    return script;
}

static struct graph *built(struct script *script)
{
    if (!run_within_limits(script))
        return NULL;
    return script->models ? script->models : script->graph;
}

struct graph *script_build(struct arena *arena, struct diag *diag, const char *path, struct limits limits,
                           const struct given_shapes *shapes, int (*use)(lua_State *lua, void *data), void *data)
{
    struct script *script = new_script(arena, diag, path, limits);
    script->shapes = shapes;
    script->use = use;
    script->data = data;
    return built(script);
}

struct graph *script_run_text(struct arena *arena, struct diag *diag, const char *path, struct limits limits,
                              const char *text)
{
    struct script *script = new_script(arena, diag, path, limits);
    script->text = text;
    return built(script);
}

struct graph *script_run_with(struct arena *arena, struct diag *diag, const char *path, struct limits limits,
                              const struct given_shapes *shapes)
{
    return script_build(arena, diag, path, limits, shapes, NULL, NULL);
}

struct graph *script_run(struct arena *arena, struct diag *diag, const char *path, struct limits limits)
{
    return script_run_with(arena, diag, path, limits, NULL);
}

bool script_language(struct arena *arena, struct diag *diag, int (*use)(lua_State *lua, void *data), void *data)
{
    return script_build(arena, diag, "", limits_default, NULL, use, data) != NULL;
}
