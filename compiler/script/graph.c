/* graph.c -- what the Lua of this folder calls to build the graph: tensors, inputs, parameters, loops. */
#include "op/op.h"
#include "script/script.h"

#include <lauxlib.h>

enum { PARAMETERS_MAX = 10000 };
/* No machine trains more; each tensor is far below overflow by itself. */
static const int64_t PARAMETER_FLOATS_MAX = (int64_t)1 << 34;

/* ---- tensors ---- */

/* is_tensor(value) */
static int is_tensor(lua_State *lua)
{
    lua_pushboolean(lua, script_tensor(lua, 1) != NULL);
    return 1;
}

/* same(tensor): another handle of this tensor. */
static int same(lua_State *lua)
{
    script_push_tensor(lua, script_check_tensor(lua, 1));
    return 1;
}

/* shape(tensor): a list, without the batch axis. */
static int shape(lua_State *lua)
{
    const struct shape *s = &script_check_tensor(lua, 1)->shape;
    lua_createtable(lua, s->rank, 0);
    for (int i = 0; i < s->rank; i++) {
        lua_pushinteger(lua, s->dim[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    return 1;
}

/* dtype(tensor): "float32" */
static int dtype(lua_State *lua)
{
    lua_pushstring(lua, element_names[script_check_tensor(lua, 1)->element]);
    return 1;
}

/* view(parameter, shape): the same parameter in another shape */
static int view(lua_State *lua)
{
    struct tensor *tensor = script_check_tensor(lua, 1);
    struct shape other = script_shape(lua, 2);
    if (!tensor->parameter || shape_count(&other) != shape_count(&tensor->shape))
        return luaL_error(lua, "a view is of a parameter, and has as many numbers");
    script_push_tensor(lua, graph_view(script_of(lua)->graph, tensor, other));
    return 1;
}

/* is_parameter(tensor) */
static int is_parameter(lua_State *lua)
{
    const struct tensor *tensor = script_tensor(lua, 1);
    lua_pushboolean(lua, tensor && tensor->role == ROLE_PARAMETER);
    return 1;
}

/* is_shared(tensor): is it alike for all samples, as a parameter is? */
static int is_shared(lua_State *lua)
{
    lua_pushboolean(lua, script_check_tensor(lua, 1)->scope == SCOPE_SHARED);
    return 1;
}

/* key(tensor): what is equal for two handles of one tensor */
static int key(lua_State *lua)
{
    lua_pushlightuserdata(lua, script_check_tensor(lua, 1));
    return 1;
}

/* constant_row(tensor): of a constant row of numbers the first, and how many; else nothing. */
static int constant_row(lua_State *lua)
{
    const struct node *node = script_check_tensor(lua, 1)->producer;
    const struct constant *a = node && node->op == &op_constant ? node->attributes : NULL;
    if (!a || a->count == 0)
        return 0;
    lua_pushnumber(lua, a->value);
    lua_pushinteger(lua, (lua_Integer)a->count);
    return 2;
}

/* Sets the attributes of a node that are words, flags or numbers with fractions in the table on top of the stack. */
static void set_words(lua_State *lua, const struct node *node)
{
    for (const struct attribute *a = node->op->attributes; a && a->name; a++) {
        const void *at = (const char *)node->attributes + a->offset;
        if (a->type == ATTRIBUTE_CHOICE)
            lua_pushstring(lua, a->choices[*(const int *)at]);
        else if (a->type == ATTRIBUTE_BOOL)
            lua_pushboolean(lua, *(const bool *)at);
        else if (a->type == ATTRIBUTE_FLOAT)
            lua_pushnumber(lua, *(const double *)at);
        else
            continue;
        lua_setfield(lua, -2, a->name);
    }
}

/* producer(tensor): {op = its name, inputs = {tensor, ...}}, with the op's attributes that are words, flags or numbers with
 * fractions by name; nil: no op made the tensor. */
static int producer(lua_State *lua)
{
    const struct node *node = (script_check_tensor(lua, 1))->producer;
    if (!node)
        return 0;
    lua_newtable(lua);
    set_words(lua, node);
    lua_pushstring(lua, node->op->name);
    lua_setfield(lua, -2, "op");
    lua_createtable(lua, node->n_in, 0);
    for (int i = 0; i < node->n_in; i++) {
        if (node->in[i])
            script_push_tensor(lua, node->in[i]);
        else
            lua_pushboolean(lua, false);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "inputs");
    return 1;
}

/* parameter_names(f): of a function of the script's, a list */
static int parameter_names(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_newtable(lua);
    for (int i = 1;; i++) {
        lua_pushvalue(lua, 1);
        const char *name = lua_getlocal(lua, NULL, i);
        lua_pop(lua, 1);
        if (!name)
            return 1;
        lua_pushstring(lua, name);
        lua_rawseti(lua, 2, i);
    }
}

/* ---- inputs, labels, parameters ---- */

/* input(name, shape, dtype or nil) */
static int input(lua_State *lua)
{
    const char *name = script_name(lua, 1);
    int element = ELEMENT_FLOAT;
    bool is_told = !lua_isnoneornil(lua, 3);
    if (is_told && !script_choice(lua, 3, element_names, &element))
        return luaL_error(lua, "unknown type of numbers");
    struct tensor *tensor = graph_input(script_of(lua)->graph, name, script_shape(lua, 2), (enum element)element);
    tensor->may_be_indices = !is_told;
    script_push_tensor(lua, tensor);
    return 1;
}

/* weight(): that of each sample, by which its loss is multiplied */
static int weight(lua_State *lua)
{
    script_push_tensor(lua, graph_weight(script_of(lua)->graph));
    return 1;
}

/* batch_number(kind, {output = (from 1), ignored =}): what is known of a whole batch; the table is that of "labels" */
static int batch_number(lua_State *lua)
{
    static const char *const kinds[] = {"samples", "weights", "labels", NULL};
    int kind = luaL_checkoption(lua, 1, NULL, kinds);
    struct batch_number number = {.kind = (enum batch_number_kind)kind};
    if (number.kind == BATCH_LABELS) {
        number.output = (int)script_count_field(lua, 2, "output") - 1;
        number.ignored = script_number_field(lua, 2, "ignored");
    }
    script_push_tensor(lua, graph_batch_number(script_of(lua)->graph, &number));
    return 1;
}

/* label(shape, {output = index of the model's, is_class =, loss =, probabilities =, from_logits =}) */
static int label(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    struct tensor *tensor = graph_label(graph, script_shape(lua, 1));
    struct label *made = &graph->labels[graph->n_labels - 1];
    made->output = (int)script_count_field(lua, 2, "output") - 1;
    made->is_class = script_flag_field(lua, 2, "is_class");
    made->loss = script_name_field(lua, 2, "loss");
    made->probabilities = script_name_field(lua, 2, "probabilities");
    made->from_logits = script_flag_field(lua, 2, "from_logits");
    made->ignores = script_flag_field(lua, 2, "ignores");
    made->ignored = script_number_field(lua, 2, "ignored");
    script_push_tensor(lua, tensor);
    return 1;
}

/* parameter{name =, shape =, trainable =, initializer = {distribution =, a =, b =}, at = where its layer was made} */
static int parameter(lua_State *lua)
{
    struct script *script = script_of(lua);
    if (script->graph->n_parameters >= PARAMETERS_MAX)
        script_fail(lua, script_where(lua), "the network has more than %d parameters", PARAMETERS_MAX);
    struct parameter p = {.name = script_name_field(lua, 1, "name"),
                          .trainable = script_flag_field(lua, 1, "trainable")};
    p.l1 = script_number_field(lua, 1, "l1");
    p.l2 = script_number_field(lua, 1, "l2");
    lua_getfield(lua, 1, "shape");
    p.shape = script_shape(lua, lua_gettop(lua));
    script->floats += shape_count(&p.shape);
    if (script->floats > PARAMETER_FLOATS_MAX)
        script_fail(lua, script_where(lua), "the network's parameters need more than %d GiB",
                    (int)(PARAMETER_FLOATS_MAX * (int64_t)sizeof(float) >> 30));
    lua_getfield(lua, 1, "initializer");
    int initializer = lua_gettop(lua), distribution;
    lua_getfield(lua, initializer, "distribution");
    if (!script_choice(lua, -1, initializer_names, &distribution))
        return luaL_error(lua, "unknown distribution");
    p.initializer = (enum initializer)distribution;
    p.a = script_number_field(lua, initializer, "a");
    p.b = script_number_field(lua, initializer, "b");
    lua_getfield(lua, 1, "at");
    p.at = script_origin(lua, lua_gettop(lua));
    script_push_tensor(lua, graph_parameter(script->graph, &p));
    return 1;
}

/* load_parameter(tensor, file, name): it begins with the file's tensor of its own name, or of `name` where there is none. */
static int load_parameter(lua_State *lua)
{
    struct parameter *loaded = script_check_tensor(lua, 1)->parameter;
    loaded->file = script_name(lua, 2);
    loaded->name_in_file = script_name(lua, 3);
    return 0;
}

/* parameter_name(tensor) */
static int parameter_name(lua_State *lua)
{
    lua_pushstring(lua, script_check_tensor(lua, 1)->parameter->name);
    return 1;
}

/* name_parameter(tensor, name) */
static int name_parameter(lua_State *lua)
{
    graph_name_parameter(script_of(lua)->graph, script_check_tensor(lua, 1), script_name(lua, 2));
    return 0;
}

/* origin({file =, line =}, layer, type, row = the layer of the model that the layer is in, or nil, rescales): of the ops
 * from here on */
static int origin(lua_State *lua)
{
    struct script *script = script_of(lua);
    script->origin = script_origin(lua, 1);
    script->origin.layer = script_name(lua, 2);
    script->origin.type = script_name(lua, 3);
    script->origin.row = lua_isnoneornil(lua, 4) ? NULL : script_name(lua, 4);
    script->origin.rescales = lua_toboolean(lua, 5);
    return 0;
}

/* ---- loops ---- */

/* begin_loop(rounds): the ops from here on are of each of its rounds */
static int begin_loop(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    graph->loop = graph_loop(graph, luaL_checkinteger(lua, 1), NULL);
    return 0;
}

static int end_loop(lua_State *lua)
{
    script_of(lua)->graph->loop = NULL;
    return 0;
}

static int in_loop(lua_State *lua)
{
    lua_pushboolean(lua, script_of(lua)->graph->loop != NULL);
    return 1;
}

/* Does the loop that is made look across the batch in training? */
static int loop_looks_across(lua_State *lua)
{
    const struct graph *graph = script_of(lua)->graph;
    lua_pushboolean(lua, graph->loop && loop_across_batch(graph, graph->loop));
    return 1;
}

/* given_shapes: {{name = "" for the only input, shape =}, ...}, as the command line has them. */
static void set_given_shapes(lua_State *lua)
{
    const struct given_shapes *shapes = script_of(lua)->shapes;
    lua_newtable(lua);
    for (int i = 0; shapes && i < shapes->count; i++) {
        const struct given_shape *given = &shapes->list[i];
        lua_createtable(lua, 0, 2);
        lua_pushlstring(lua, given->name, (size_t)given->name_length);
        lua_setfield(lua, -2, "name");
        lua_createtable(lua, given->shape.rank, 0);
        for (int j = 0; j < given->shape.rank; j++) {
            lua_pushinteger(lua, given->shape.dim[j]);
            lua_rawseti(lua, -2, j + 1);
        }
        lua_setfield(lua, -2, "shape");
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "given_shapes");
}

void script_open_graph(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"adapt", script_adapt},
        {"begin_loop", begin_loop},
        {"constant_row", constant_row},
        {"dtype", dtype},
        {"end_loop", end_loop},
        {"in_loop", in_loop},
        {"input", input},
        {"is_parameter", is_parameter},
        {"is_shared", is_shared},
        {"is_tensor", is_tensor},
        {"key", key},
        {"label", label},
        {"weight", weight},
        {"batch_number", batch_number},
        {"load_parameter", load_parameter},
        {"loop_looks_across", loop_looks_across},
        {"name_parameter", name_parameter},
        {"origin", origin},
        {"parameter", parameter},
        {"parameter_name", parameter_name},
        {"parameter_names", parameter_names},
        {"producer", producer},
        {"same", same},
        {"shape", shape},
        {"view", view},
        {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
    lua_pushinteger(lua, SHAPE_MAX_RANK);
    lua_setfield(lua, -2, "MAX_RANK");
    set_given_shapes(lua);
    luaL_newmetatable(lua, script_tensor_type);
    lua_setfield(lua, -2, "tensor_metatable");
    lua_newtable(lua); /* what scripts see as globals */
    lua_setfield(lua, -2, "exports");
    lua_newtable(lua); /* constructor -> the kind of what it makes */
    lua_setfield(lua, -2, "constructors");
}
