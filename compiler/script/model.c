/* model.c -- the model that the script returns: its inputs, outputs and layers. */
#include "script/script.h"

#include <lauxlib.h>

/* Moves the parameters of the layer at the top of the stack to the end of the graph's list, but for those that a layer before
 * has, too. */
static void take_parameters(lua_State *lua, struct graph *graph, struct layer *layer)
{
    lua_getfield(lua, -1, "parameters");
    layer->n_parameters = (int)lua_rawlen(lua, -1);
    layer->parameters = arena_array(graph->arena, layer->n_parameters, sizeof *layer->parameters);
    for (int i = 0; i < layer->n_parameters; i++) {
        lua_rawgeti(lua, -1, i + 1);
        layer->parameters[i] = script_check_tensor(lua, -1)->parameter;
        graph_list_parameter(graph, layer->parameters[i]);
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

static void take_connections(lua_State *lua, int row, struct graph *graph, struct layer *layer)
{
    lua_getfield(lua, row, "connected_to");
    layer->n_connected = (int)lua_rawlen(lua, -1);
    layer->connected_to = arena_array(graph->arena, layer->n_connected, sizeof *layer->connected_to);
    for (int i = 0; i < layer->n_connected; i++) {
        lua_rawgeti(lua, -1, i + 1);
        layer->connected_to[i] = (int)lua_tointeger(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Appends the layer that the table on top of the stack describes. */
static void take_layer(lua_State *lua, struct graph *graph)
{
    int row = lua_gettop(lua);
    struct layer *layer = arena_alloc(graph->arena, sizeof *layer);
    layer->name = script_name_field(lua, row, "name");
    layer->type = script_name_field(lua, row, "type");
    layer->line = (int)script_count_field(lua, row, "line");
    layer->neurons = script_count_field(lua, row, "neurons");
    take_outputs(lua, graph, layer);
    take_connections(lua, row, graph, layer);
    take_parameters(lua, graph, layer);
    graph->layers = arena_grow(graph->arena, graph->layers, graph->n_layers, sizeof *graph->layers);
    graph->layers[graph->n_layers++] = layer;
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

/* set_model{name = (or nil), inputs =, outputs =, input_names =, output_names =,
 *   layers = {{name =, type =, line =, outputs =, neurons =, connected_to = {index, ...}, parameters =},
 * ...}} */
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
    graph->n_parameters = 0;
    lua_getfield(lua, 1, "layers");
    int count = (int)lua_rawlen(lua, -1);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(lua, 2, i);
        take_layer(lua, graph);
        lua_settop(lua, 2);
    }
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
