/* write.c -- an imported model as a script: has the Lua of this folder write it (write.lua), runs it as whoever compiles it will,
 * and gives its parameters the model's values. */
#include "import/import.h"

#include <string.h>

/* What a parameter of the script holds. */
struct import_values {
    const float *values;
    int64_t count;
};

/* That of the parameters in the list on top of the stack, one behind the other. */
static struct import_values values_of(lua_State *lua, struct arena *arena)
{
    int n = (int)lua_rawlen(lua, -1);
    const struct parameter **list = arena_array(arena, n, sizeof *list);
    struct import_values all = {0};
    for (int i = 0; i < n; i++, lua_pop(lua, 1)) {
        lua_rawgeti(lua, -1, i + 1);
        list[i] = script_check_tensor(lua, -1)->parameter;
        all.count += shape_count(&list[i]->shape);
    }
    all.values = n ? list[0]->values : NULL;
    if (n < 2)
        return all;
    float *joined = arena_array(arena, all.count, sizeof *joined), *at = joined;
    for (int i = 0; i < n; at += shape_count(&list[i]->shape), i++)
        memcpy(at, list[i]->values, (size_t)shape_count(&list[i]->shape) * sizeof *joined);
    all.values = joined;
    return all;
}

/* The script of the model on top of the stack, which stays there; the table cnnc is at index `cnnc`. */
static void write_script(lua_State *lua, int cnnc)
{
    struct import_building *building = import_building_of(lua);
    struct import_script *script = building->script;
    struct arena *arena = script_of(lua)->arena;
    lua_getfield(lua, cnnc, "import");
    lua_getfield(lua, -1, "write");
    lua_pushvalue(lua, -3);
    lua_pushstring(lua, script->weights);
    lua_call(lua, 2, 2);
    const char *text = lua_tolstring(lua, -2, &script->length);
    char *copy = arena_alloc(arena, script->length + 1);
    memcpy(copy, text, script->length + 1);
    script->text = copy;
    building->n_written = (int)lua_rawlen(lua, -1);
    building->written = arena_array(arena, building->n_written, sizeof *building->written);
    for (int i = 0; i < building->n_written; i++, lua_pop(lua, 1)) {
        lua_rawgeti(lua, -1, i + 1);
        building->written[i] = values_of(lua, arena);
    }
    lua_pop(lua, 3);
}

static bool give_values(struct graph *graph, const struct import_building *building)
{
    bool fits = graph->n_parameters == building->n_written;
    for (int i = 0; i < graph->n_parameters && fits; i++) {
        const struct import_values *from = &building->written[i];
        fits = from->values && shape_count(&graph->parameters[i]->shape) == from->count;
        graph->parameters[i]->values = from->values;
    }
    return fits || diag_error(graph->diag, (struct origin){.file = building->options->path},
                              "the script that was made of it has other parameters than the model");
}

struct graph *import_as_script(struct arena *arena, struct diag *diag, const struct import_options *options,
                               struct import_script *script)
{
    struct import_building building = {.options = options, .write = write_script, .script = script};
    if (!import_build(arena, diag, &building))
        return NULL;
    struct graph *graph = script_run_text(arena, diag, script->path, options->limits, script->text);
    if (graph)
        return give_values(graph, &building) ? graph : NULL;
    diag->message = arena_printf(arena, "the script that was made of it does not compile: line %d: %s",
                                 diag->at.line, diag->message);
    diag->at = (struct origin){.file = options->path};
    return NULL;
}
