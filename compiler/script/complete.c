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
    mark(used, &graph->weight, 1);
    for (int i = 0; i < graph->n_batch_numbers; i++)
        mark(used, &graph->batch_numbers[i].tensor, 1);
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

static void clean(lua_State *lua, struct graph *graph)
{
    graph_sweep(graph);
    drop_unused_tensors(graph);
    adopt_parameters(graph);
    check_inputs(lua, graph);
    script_find_inputs(graph);
    script_finish_adaptations(graph);
}

/* Does the network scale one of its inputs itself? */
static bool rescales(const struct graph *graph)
{
    bool any = false;
    for (int i = 0; i < graph->n_inputs; i++)
        any |= graph->inputs[i]->rescales;
    return any;
}

/* complete(): after set_model and set_training; does the network scale an input itself? */
static int complete(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    clean(lua, graph);
    check_macros(lua, graph);
    graph_finish(graph);
    graph->digest = script_digest(graph);
    lua_pushboolean(lua, rescales(graph));
    return 1;
}

/* ---- several models ---- */

/* The graph from which all models are taken keeps what they are made of, and nothing of the model that was taken last. */
static void forget_model(struct graph *all)
{
    for (int i = 0; i < all->n_outputs; i++)
        all->outputs[i]->is_output = false;
    for (int i = 0; i < all->n_tensors; i++) {
        all->tensors[i]->frozen = false;
        if (all->tensors[i]->parameter)
            all->tensors[i]->parameter->frozen = false;
    }
    *all = (struct graph){.arena = all->arena,
                          .diag = all->diag,
                          .script = all->script,
                          .tensors = all->tensors,
                          .n_tensors = all->n_tensors,
                          .nodes = all->nodes,
                          .n_nodes = all->n_nodes,
                          .n_loops = all->n_loops,
                          .loss_scale = all->loss_scale,
                          .adaptations = all->adaptations,
                          .n_adaptations = all->n_adaptations};
}

/* What the layers give is in the model's own graph. */
static void take_layers(struct graph *model, const struct graph *all)
{
    model->layers = arena_array(all->arena, all->n_layers + 1, sizeof *model->layers);
    for (int i = 0; i < all->n_layers; i++) {
        struct layer *layer = model->layers[i] = arena_alloc(all->arena, sizeof *layer);
        *layer = *all->layers[i];
        layer->outputs = arena_array(all->arena, layer->n_outputs, sizeof *layer->outputs);
        for (int o = 0; o < layer->n_outputs; o++)
            layer->outputs[o] = model->tensors[all->layers[i]->outputs[o]->id];
    }
}

static struct graph *take_model(const struct graph *all)
{
    struct graph *model = graph_copy(all);
    take_layers(model, all);
    model->adaptations = arena_array(all->arena, all->n_adaptations, sizeof *model->adaptations);
    for (int i = 0; i < all->n_adaptations; i++) {
        model->adaptations[i] = all->adaptations[i];
        model->adaptations[i].of = model->tensors[all->adaptations[i].of->id];
    }
    return model;
}

/* keep_model(key): as complete(), of one of several models, which gets a graph of its own. */
static int keep_model(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct graph *model = take_model(script->graph);
    model->key = script_name(lua, 1);
    clean(lua, model);
    model->digest = script_digest(model);
    for (int i = 0; i < model->n_parameters; i++)
        if (model->parameters[i]->trainable && !model->parameters[i]->frozen)
            model->trainable_floats += shape_count(&model->parameters[i]->shape);
    if (script->models)
        script->last_model->next = model;
    else
        script->models = model;
    script->last_model = model;
    forget_model(script->graph);
    lua_pushboolean(lua, rescales(model));
    return 1;
}

/* Of a parameter's tensors, one in a model that trains it says so. */
static void unfreeze(const struct graph *model)
{
    for (int i = 0; i < model->n_tensors; i++)
        if (model->tensors[i]->parameter && !model->tensors[i]->frozen)
            model->tensors[i]->parameter->frozen = false;
}

/* join_models(): behind the last of them: the parameters of all lie in one array. */
static int join_models(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct graph *all = script->graph;
    for (const struct graph *model = script->models; model; model = model->next)
        for (int i = 0; i < model->n_parameters; i++)
            graph_list_parameter(all, model->parameters[i]);
    check_macros(lua, all);
    for (int i = 0; i < all->n_parameters; i++)
        all->parameters[i]->frozen = true;
    for (const struct graph *model = script->models; model; model = model->next)
        unfreeze(model);
    graph_finish(all);
    for (struct graph *model = script->models; model; model = model->next) {
        model->parameters_in_memory = all->parameters_in_memory;
        model->n_in_memory = all->n_in_memory;
        model->parameter_floats = all->parameter_floats;
    }
    return 0;
}

void script_open_complete(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"complete", complete},
        {"join_models", join_models},
        {"keep_model", keep_model},
        {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
}
