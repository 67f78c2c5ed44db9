/* graph.c -- the graph as tables of Lua: a table for each tensor and node, which refer to one another. */
#include "export/export.h"

#include <lauxlib.h>

static void set_text(lua_State *lua, const char *name, const char *value)
{
    lua_pushstring(lua, value); /* NULL: nil */
    lua_setfield(lua, -2, name);
}

static void set_flag(lua_State *lua, const char *name, bool value)
{
    lua_pushboolean(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_whole(lua_State *lua, const char *name, int64_t value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_list(lua_State *lua, const char *name, const int64_t *list, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushinteger(lua, list[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

static void set_attribute(lua_State *lua, const struct node *node, const struct attribute *a)
{
    const void *at = (const char *)node->attributes + a->offset;
    const int64_t *list = at;
    switch (a->type) {
    case ATTRIBUTE_INT:
    case ATTRIBUTE_COUNT: set_whole(lua, a->name, *list); break;
    case ATTRIBUTE_FLOAT:
        lua_pushnumber(lua, *(const double *)at);
        lua_setfield(lua, -2, a->name);
        break;
    case ATTRIBUTE_BOOL: set_flag(lua, a->name, *(const bool *)at); break;
    case ATTRIBUTE_CHOICE: set_text(lua, a->name, a->choices[*(const int *)at]); break;
    case ATTRIBUTE_PAIR: set_list(lua, a->name, list, 2); break;
    case ATTRIBUTE_QUAD: set_list(lua, a->name, list, 4); break;
    case ATTRIBUTE_SHAPE: {
        const struct shape *shape = at;
        set_list(lua, a->name, shape->dim, shape->rank);
        break;
    }
    }
}

static void push_tensor(lua_State *lua, const struct tensor *tensor)
{
    lua_newtable(lua);
    set_text(lua, "name", tensor->name);
    set_list(lua, "shape", tensor->shape.dim, tensor->shape.rank);
    set_flag(lua, "shared", tensor->scope == SCOPE_SHARED);
    set_text(lua, "element", element_names[tensor->element]);
    set_flag(lua, "state", tensor->role == ROLE_STATE);
    if (tensor->role == ROLE_PARAMETER)
        set_whole(lua, "parameter", tensor->parameter->place + 1);
}

/* A list of the tensors, whose tables are those of the table at index `all`. */
static void set_tensors(lua_State *lua, const char *name, int all, struct tensor *const *tensors, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        if (tensors[i])
            lua_rawgeti(lua, all, tensors[i]->id + 1);
        else
            lua_pushboolean(lua, false);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

static void set_origin(lua_State *lua, struct origin at)
{
    lua_newtable(lua);
    set_text(lua, "file", at.file);
    set_whole(lua, "line", at.line);
    lua_setfield(lua, -2, "at");
}

static void push_node(lua_State *lua, const struct node *node, int all)
{
    lua_newtable(lua);
    for (const struct attribute *a = node->op->attributes; a && a->name; a++)
        set_attribute(lua, node, a);
    set_text(lua, "op", node->op->name);
    set_text(lua, "layer", node->origin.layer);
    set_origin(lua, node->origin);
    set_flag(lua, "identity", node->op->identity_in_inference);
    set_tensors(lua, "inputs", all, node->in, node->n_in);
    set_tensors(lua, "outputs", all, node->out, node->n_out);
    if (node->loop) {
        set_whole(lua, "loop", node->loop->number);
        set_whole(lua, "rounds", node->loop->rounds);
    }
    for (int i = 0; i < node->n_out; i++) {
        lua_rawgeti(lua, all, node->out[i]->id + 1);
        lua_pushvalue(lua, -2);
        lua_setfield(lua, -2, "node");
        lua_pop(lua, 1);
    }
}

static void set_names(lua_State *lua, const char *field, const char *const *names, int count)
{
    if (!names)
        return;
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushstring(lua, names[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, field);
}

void export_push_graph(lua_State *lua, const struct graph *graph)
{
    luaL_checkstack(lua, 16, NULL);
    lua_createtable(lua, graph->n_tensors, 0);
    int all = lua_gettop(lua);
    for (int i = 0; i < graph->n_tensors; i++) {
        push_tensor(lua, graph->tensors[i]);
        lua_rawseti(lua, all, graph->tensors[i]->id + 1);
    }
    lua_newtable(lua);
    lua_createtable(lua, graph->n_nodes, 0);
    for (int i = 0; i < graph->n_nodes; i++) {
        push_node(lua, graph->nodes[i], all);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "nodes");
    set_tensors(lua, "inputs", all, graph->inputs, graph->n_inputs);
    set_tensors(lua, "outputs", all, graph->outputs, graph->n_outputs);
    set_names(lua, "input_names", graph->input_names, graph->n_inputs);
    set_names(lua, "output_names", graph->output_names, graph->n_outputs);
    lua_remove(lua, all);
}
