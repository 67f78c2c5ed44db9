/* model.c -- the model that the script returns: its inputs, outputs and layers. */
#include "script/script.h"

#include <lauxlib.h>

static void take_parameters(lua_State *lua, struct graph *graph, struct layer *layer)
{
    lua_getfield(lua, -1, "parameters");
    layer->n_parameters = (int)lua_rawlen(lua, -1);
    layer->parameters = arena_array(graph->arena, layer->n_parameters, sizeof *layer->parameters);
    for (int i = 0; i < layer->n_parameters; i++) {
        lua_rawgeti(lua, -1, i + 1);
        layer->parameters[i] = script_check_tensor(lua, -1)->parameter;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void take_outputs(lua_State *lua, struct graph *graph, struct layer *layer)
{
    lua_getfield(lua, -1, "outputs");
    layer->n_outputs = (int)lua_rawlen(lua, -1);
    layer->outputs = arena_array(graph->arena, layer->n_outputs, sizeof *layer->outputs);
    for (int i = 0; i < layer->n_outputs; i++) {
        lua_rawgeti(lua, -1, i + 1);
        layer->outputs[i] = script_check_tensor(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* The connection that the table on top of the stack describes. */
static struct connection take_connection(lua_State *lua)
{
    static const char *const fields[] = {"layer", "output", "input"};
    int numbers[3];
    for (int i = 0; i < 3; i++) {
        lua_getfield(lua, -1, fields[i]);
        numbers[i] = (int)lua_tointeger(lua, -1);
        lua_pop(lua, 1);
    }
    return (struct connection){numbers[0], numbers[1], numbers[2]};
}

/* The list FIELD of the table at `index`. */
static struct connection *take_connections(lua_State *lua, int index, const char *field, int *count)
{
    lua_getfield(lua, index, field);
    *count = (int)lua_rawlen(lua, -1);
    struct connection *list = arena_array(script_of(lua)->arena, *count, sizeof *list);
    for (int i = 0; i < *count; i++) {
        lua_rawgeti(lua, -1, i + 1);
        list[i] = take_connection(lua);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return list;
}

static struct wiring *take_wiring(lua_State *lua, struct graph *graph);
static const struct wiring *take_block(lua_State *lua, struct graph *graph);

/* The layer that the table on top of the stack describes, which is popped. */
/* NOLINTNEXTLINE(misc-no-recursion): models in models, as deep as calls may be nested: MAX_DEPTH of scope.lua. */
static struct layer *take_layer(lua_State *lua, struct graph *graph)
{
    int row = lua_gettop(lua);
    struct layer *layer = arena_alloc(graph->arena, sizeof *layer);
    layer->name = script_name_field(lua, row, "name");
    layer->type = script_name_field(lua, row, "type");
    lua_getfield(lua, row, "note");
    layer->note = arena_strdup(graph->arena, luaL_checkstring(lua, -1));
    lua_pop(lua, 1);
    layer->line = (int)script_count_field(lua, row, "line");
    layer->calls = (int)script_count_field(lua, row, "calls");
    layer->neurons = script_count_field(lua, row, "neurons");
    take_outputs(lua, graph, layer);
    layer->connections = take_connections(lua, row, "connections", &layer->n_connections);
    take_parameters(lua, graph, layer);
    if (lua_getfield(lua, row, "inside") != LUA_TNIL)
        layer->inside = take_wiring(lua, graph);
    lua_settop(lua, row);
    if (lua_getfield(lua, row, "block") != LUA_TNIL)
        layer->inside = take_block(lua, graph);
    lua_settop(lua, row - 1);
    return layer;
}

/* The calls of layer number `layer`, whose row is on top of the stack, in a block. */
static void take_uses(lua_State *lua, struct block *block, int layer)
{
    lua_getfield(lua, -1, "uses");
    int list = lua_gettop(lua), count = (int)lua_rawlen(lua, list);
    for (int i = 1; i <= count; i++) {
        struct block_use use = {.layer = layer};
        lua_rawgeti(lua, list, i);
        script_tensors_field(lua, list + 1, "inputs", &use.in, &use.n_in);
        script_tensors_field(lua, list + 1, "outputs", &use.out, &use.n_out);
        lua_settop(lua, list);
        block->uses = arena_grow(script_of(lua)->arena, block->uses, block->n_uses, sizeof use);
        block->uses[block->n_uses++] = use;
    }
    lua_pop(lua, 1);
}

/* The wiring of the block that the table on top of the stack describes; NULL: it is no picture. */
/* NOLINTNEXTLINE(misc-no-recursion): models in models, as deep as calls may be nested: MAX_DEPTH of scope.lua. */
static const struct wiring *take_block(lua_State *lua, struct graph *graph)
{
    luaL_checkstack(lua, LUA_MINSTACK, "layers are nested too deeply");
    struct block block = {0};
    int table = lua_gettop(lua);
    script_tensors_field(lua, table, "inputs", &block.inputs, &block.n_inputs);
    script_tensors_field(lua, table, "outputs", &block.outputs, &block.n_outputs);
    lua_getfield(lua, table, "layers");
    block.n_layers = (int)lua_rawlen(lua, -1);
    block.layers = arena_array(graph->arena, block.n_layers, sizeof(struct layer *));
    for (int i = 0; i < block.n_layers; i++) {
        lua_rawgeti(lua, table + 1, i + 1);
        take_uses(lua, &block, i);
        block.layers[i] = take_layer(lua, graph);
    }
    lua_settop(lua, table);
    return script_block(graph, &block);
}

/* The wiring that the table on top of the stack describes. */
/* NOLINTNEXTLINE(misc-no-recursion): models in models, as deep as calls may be nested: MAX_DEPTH of scope.lua. */
static struct wiring *take_wiring(lua_State *lua, struct graph *graph)
{
    luaL_checkstack(lua, LUA_MINSTACK, "models are nested too deeply");
    struct wiring *wiring = arena_alloc(graph->arena, sizeof *wiring);
    int table = lua_gettop(lua);
    lua_getfield(lua, table, "inputs");
    wiring->n_inputs = (int)lua_rawlen(lua, -1);
    wiring->inputs = arena_array(graph->arena, wiring->n_inputs, sizeof *wiring->inputs);
    for (int i = 0; i < wiring->n_inputs; i++) {
        lua_rawgeti(lua, -1, i + 1);
        wiring->inputs[i] = (int)lua_tointeger(lua, -1);
        lua_pop(lua, 1);
    }
    wiring->outputs = take_connections(lua, table, "outputs", &wiring->n_outputs);
    lua_getfield(lua, table, "layers");
    wiring->n_layers = (int)lua_rawlen(lua, -1);
    wiring->layers = arena_array(graph->arena, wiring->n_layers, sizeof(struct layer *));
    for (int i = 0; i < wiring->n_layers; i++) {
        lua_rawgeti(lua, -1, i + 1);
        wiring->layers[i] = take_layer(lua, graph);
    }
    lua_settop(lua, table);
    return wiring;
}

/* The parameters of the layers, in their order, but for those that a layer before has, too. */
static void list_parameters(struct graph *graph)
{
    graph->n_parameters = 0;
    for (int i = 0; i < graph->n_layers; i++)
        for (int j = 0; j < graph->layers[i]->n_parameters; j++)
            graph_list_parameter(graph, graph->layers[i]->parameters[j]);
}

static void check_outputs(lua_State *lua, const struct graph *graph)
{
    struct origin nowhere = {.file = graph->script};
    for (int i = 0; i < graph->n_outputs; i++) {
        const struct tensor *out = graph->outputs[i];
        if (out->element != ELEMENT_FLOAT)
            script_fail(lua, nowhere,
                        "output %d of the model is of type %s, and must be floats: op.cast(x, \"float32\")", i + 1,
                        element_names[out->element]);
        if (out->producer && out->scope == SCOPE_SAMPLE)
            continue;
        if (graph->n_outputs > 1)
            script_fail(lua, nowhere, "output %d of the model is not computed from an input", i + 1);
        script_fail(lua, nowhere, "the model computes nothing from its input");
    }
}

/* The list of names FIELD of the table at index 1. */
static const char **take_names(lua_State *lua, const char *field)
{
    lua_getfield(lua, 1, field);
    int count = (int)lua_rawlen(lua, -1);
    const char **names = arena_array(script_of(lua)->arena, count, sizeof *names);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(lua, -1, i + 1);
        names[i] = script_name(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return names;
}

/* set_model{name = (or nil), inputs =, outputs =, input_names =, output_names =, wiring = {inputs = {index, ...}, outputs =
 *   {connection, ...}, layers = {{name =, type =, note =, line =, calls =, outputs =, neurons =, parameters =, connections =
 *   {{layer = index, output =, input =}, ...}, inside = (a wiring, or nil), block = (or nil)}, ...}}}; block = {inputs =,
 *   outputs =, layers = rows with uses = {{inputs =, outputs =}, ...}} */
static int set_model(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct graph *graph = script->graph;
    if (lua_getfield(lua, 1, "name") != LUA_TNIL)
        graph->name = script_name(lua, -1);
    lua_settop(lua, 1);
    script_tensors_field(lua, 1, "inputs", &graph->inputs, &graph->n_inputs);
    script_tensors_field(lua, 1, "outputs", &graph->outputs, &graph->n_outputs);
    graph->input_names = take_names(lua, "input_names");
    graph->output_names = take_names(lua, "output_names");
    check_outputs(lua, graph);
    for (int i = 0; i < graph->n_outputs; i++)
        graph->outputs[i]->is_output = true;
    lua_getfield(lua, 1, "wiring");
    const struct wiring *wiring = take_wiring(lua, graph);
    graph->wiring = wiring;
    graph->layers = wiring->layers;
    graph->n_layers = wiring->n_layers;
    list_parameters(graph);
    return 0;
}

void script_open_model(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"set_model", set_model},
        {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
}
