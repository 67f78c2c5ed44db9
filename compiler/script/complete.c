/* complete.c -- after the script: drops what the model does not use, and looks at what is left. */
#include "script/script.h"

#include <lauxlib.h>

static void mark(bool *used, struct tensor *const *list, int count)
{
    for (int i = 0; i < count; i++)
        if (list[i])
            used[list[i]->id] = true;
}

/* Forgets the tensors of layers that the script made but did not put into the model. */
static void drop_unused_tensors(struct graph *graph)
{
    bool *used = arena_array(graph->arena, graph->n_tensors, sizeof *used);
    mark(used, graph->inputs, graph->n_inputs);
    for (int i = 0; i < graph->n_labels; i++)
        mark(used, &graph->labels[i].tensor, 1);
    for (int i = 0; i < graph->n_nodes; i++) {
        mark(used, graph->nodes[i]->in, graph->nodes[i]->n_in);
        mark(used, graph->nodes[i]->out, graph->nodes[i]->n_out);
    }
    struct tensor **all = graph->tensors;
    int count = graph->n_tensors;
    graph->tensors = NULL;
    graph->n_tensors = 0;
    for (int i = 0; i < count; i++) {
        if (!used[all[i]->id])
            continue;
        graph->tensors = arena_grow(graph->arena, graph->tensors, graph->n_tensors, sizeof *graph->tensors);
        all[i]->id = graph->n_tensors;
        graph->tensors[graph->n_tensors++] = all[i];
    }
}

/* A layer may use what a layer outside of the model made, inside of another one say. */
static void adopt_parameters(struct graph *graph)
{
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->role == ROLE_PARAMETER)
            graph_list_parameter(graph, graph->tensors[i]->parameter);
}

/* Names that differ only in case, or in '/' for '_', would be one macro in the header, defined twice. */
static void check_macros(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua); /* macro -> parameter's name */
    for (int i = 0; i < graph->n_parameters; i++) {
        const struct parameter *named = graph->parameters[i];
        if (lua_getfield(lua, -1, named->macro) == LUA_TSTRING) {
            diag_error(graph->diag, named->at, "the parameters '%s' and '%s' would both be %s_OFFSET in the header",
                       lua_tostring(lua, -1), named->name, named->macro);
            diag_hint(graph->diag, "give one of them, or its layer, another name");
            script_abort(lua);
        }
        lua_pop(lua, 1);
        lua_pushstring(lua, named->name);
        lua_setfield(lua, -2, named->macro);
    }
    lua_pop(lua, 1);
}

/* A function of the script's may have taken a tensor of another model. */
static void check_inputs(lua_State *lua, const struct graph *graph)
{
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *tensor = graph->tensors[i];
        bool known = tensor->role != ROLE_INPUT;
        for (int j = 0; j < graph->n_inputs; j++)
            known |= graph->inputs[j] == tensor;
        if (!known)
            script_fail(lua, (struct origin){.file = graph->script},
                        "the model depends on the input '%s', which is not its own", tensor->name);
    }
}

/* complete(): after set_model and set_training; does the network scale its first input itself? */
static int complete(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    graph_sweep(graph);
    drop_unused_tensors(graph);
    adopt_parameters(graph);
    check_macros(lua, graph);
    check_inputs(lua, graph);
    script_find_inputs(graph);
    script_finish_adaptations(graph);
    graph_finish(graph);
    lua_pushboolean(lua, graph->inputs[0]->rescales);
    return 1;
}

void script_open_complete(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"complete", complete},
        {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
}
