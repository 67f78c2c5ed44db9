/* script_graph.c -- what compiler/lua calls to build the graph.
 *
 * There is one binding for all ops, op.NAME(inputs..., {attributes}): the op's own table of attributes says what
 * may stand in the braces. The rest makes inputs and parameters, and takes over the finished model. */
#include "script.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <string.h>

static const char *const tensor_type = "cnnc.tensor";
enum { INPUTS_MAX = 64, NODES_MAX = 10000, PARAMETERS_MAX = 10000 };

/* ---- tensors ---- */

static void push_tensor(lua_State *lua, struct tensor *tensor)
{
    *(struct tensor **)lua_newuserdatauv(lua, sizeof tensor, 0) = tensor;
    luaL_setmetatable(lua, tensor_type);
}

/* NULL: something else. */
static struct tensor *to_tensor(lua_State *lua, int index)
{
    struct tensor **tensor = luaL_testudata(lua, index, tensor_type);
    return tensor ? *tensor : NULL;
}

/* is_tensor(value) */
static int is_tensor(lua_State *lua)
{
    lua_pushboolean(lua, to_tensor(lua, 1) != NULL);
    return 1;
}

/* same(tensor): another handle of this tensor. */
static int same(lua_State *lua)
{
    push_tensor(lua, *(struct tensor **)luaL_checkudata(lua, 1, tensor_type));
    return 1;
}

/* shape(tensor): a list, without the batch axis. */
static int shape(lua_State *lua)
{
    const struct shape *s = &(*(struct tensor **)luaL_checkudata(lua, 1, tensor_type))->shape;
    lua_createtable(lua, s->rank, 0);
    for (int i = 0; i < s->rank; i++) {
        lua_pushinteger(lua, s->dim[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    return 1;
}

/* ---- errors from the Lua side ---- */

/* Reads {file =, line =} at `index`; anything else is the line being executed. */
static struct origin to_origin(lua_State *lua, int index)
{
    if (!lua_istable(lua, index))
        return script_where(lua);
    struct origin at = {0};
    lua_getfield(lua, index, "file");
    lua_getfield(lua, index, "line");
    at.file = arena_strdup(script_of(lua)->arena, luaL_optstring(lua, -2, ""));
    at.line = (int)luaL_optinteger(lua, -1, 0);
    lua_pop(lua, 2);
    return at;
}

/* where(): {file =, line =} of the script's line that is being executed. */
static int where(lua_State *lua)
{
    struct origin at = script_where(lua);
    lua_createtable(lua, 0, 2);
    lua_pushstring(lua, at.file);
    lua_setfield(lua, -2, "file");
    lua_pushinteger(lua, at.line);
    lua_setfield(lua, -2, "line");
    return 1;
}

/* fail(message, {hint =, at =, tensor = the one whose shape is to be explained}), all optional. */
static int fail(lua_State *lua)
{
    struct script *script = script_of(lua);
    const char *message = luaL_checkstring(lua, 1);
    lua_settop(lua, 2);
    if (!lua_istable(lua, 2)) {
        lua_newtable(lua);
        lua_replace(lua, 2);
    }
    lua_getfield(lua, 2, "at");
    diag_error(script->diag, to_origin(lua, 3), "%s", message);
    lua_getfield(lua, 2, "tensor");
    const struct tensor *tensor = to_tensor(lua, -1);
    if (tensor)
        diag_trail(script->diag, graph_trail(script->graph, tensor));
    lua_getfield(lua, 2, "hint");
    if (lua_isstring(lua, -1))
        diag_hint(script->diag, "%s", lua_tostring(lua, -1));
    return script_abort(lua);
}

/* entry(f): f behind a C function. The frame of a caller that ends in `return Model{...}` is still there while a
 * C function runs, so that its line is known. */
static int call_entry(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
    return lua_gettop(lua);
}

static int entry(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_pushcclosure(lua, call_entry, 1);
    return 1;
}

/* ---- attributes of ops ---- */

/* The integers at `index`: a list of `least` to `most`. Returns how many, 0 for anything else. */
static int to_integers(lua_State *lua, int index, int64_t *result, int least, int most)
{
    if (!lua_istable(lua, index))
        return 0;
    lua_Unsigned count = lua_rawlen(lua, index);
    if (count < (lua_Unsigned)least || count > (lua_Unsigned)most)
        return 0;
    for (int i = 0; i < (int)count; i++) {
        int is_integer;
        lua_rawgeti(lua, index, i + 1);
        result[i] = lua_tointegerx(lua, -1, &is_integer);
        lua_pop(lua, 1);
        if (!is_integer)
            return 0;
    }
    return (int)count;
}

/* One integer stands for all `count`. */
static bool to_equal_integers(lua_State *lua, int index, int64_t *result, int count)
{
    int is_integer;
    lua_Integer value = lua_tointegerx(lua, index, &is_integer);
    for (int i = 0; is_integer && i < count; i++)
        result[i] = value;
    return is_integer;
}

static bool to_choice(lua_State *lua, int index, const char *const *choices, int *result)
{
    const char *word = lua_type(lua, index) == LUA_TSTRING ? lua_tostring(lua, index) : "";
    for (*result = 0; choices[*result]; ++*result)
        if (strcmp(choices[*result], word) == 0)
            return true;
    return false;
}

/* Sets one attribute in `block` from the value at `index`; false: it is of another type. */
static bool set_attribute(lua_State *lua, int index, const struct attribute *attribute, void *block)
{
    void *at = (char *)block + attribute->offset;
    struct shape *shape = at;
    int fits;
    switch (attribute->type) {
    case ATTRIBUTE_INT:
        return to_equal_integers(lua, index, at, 1);
    case ATTRIBUTE_FLOAT:
        *(double *)at = lua_tonumberx(lua, index, &fits);
        return fits;
    case ATTRIBUTE_BOOL:
        *(bool *)at = lua_toboolean(lua, index);
        return lua_isboolean(lua, index);
    case ATTRIBUTE_CHOICE:
        return to_choice(lua, index, attribute->choices, at);
    case ATTRIBUTE_PAIR:
        return to_equal_integers(lua, index, at, 2) || to_integers(lua, index, at, 2, 2);
    case ATTRIBUTE_QUAD:
        return to_equal_integers(lua, index, at, 4) || to_integers(lua, index, at, 4, 4);
    case ATTRIBUTE_SHAPE:
        shape->rank = to_integers(lua, index, shape->dim, 1, SHAPE_MAX_RANK);
        return shape->rank > 0;
    }
    return false;
}

static const char *attribute_expects(struct arena *arena, const struct attribute *attribute)
{
    static const char *const texts[] = {
        [ATTRIBUTE_INT] = "an integer", [ATTRIBUTE_FLOAT] = "a number", [ATTRIBUTE_BOOL] = "true or false",
        [ATTRIBUTE_CHOICE] = "one of", [ATTRIBUTE_PAIR] = "an integer or {rows, columns}",
        [ATTRIBUTE_QUAD] = "an integer or {top, bottom, left, right}", [ATTRIBUTE_SHAPE] = "a list of 1 to 6 integers"};
    const char *text = texts[attribute->type];
    for (const char *const *choice = attribute->choices; choice && *choice; choice++)
        text = arena_printf(arena, "%s %s", text, *choice);
    return text;
}

static const char *attribute_names(struct arena *arena, const struct op *op)
{
    const char *names = "";
    for (const struct attribute *a = op->attributes; a && a->name; a++)
        names = arena_printf(arena, "%s%s%s", names, *names ? ", " : "", a->name);
    return names;
}

static const struct attribute *find_attribute(const struct op *op, const char *name)
{
    for (const struct attribute *a = op->attributes; a && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

static void set_named_attribute(lua_State *lua, const struct op *op, const char *name, int index, void *block)
{
    struct script *script = script_of(lua);
    const struct attribute *attribute = find_attribute(op, name);
    if (!attribute) {
        diag_error(script->diag, script_where(lua), "op.%s has no attribute '%s'", op->name, name);
        diag_hint(script->diag, "it has: %s", attribute_names(script->arena, op));
        script_abort(lua);
    } else if (!set_attribute(lua, index, attribute, block)) {
        script_fail(lua, script_where(lua), "op.%s: %s must be %s, not %s", op->name, name,
                    attribute_expects(script->arena, attribute), luaL_tolstring(lua, index, NULL));
    }
}

/* The op's defaults, changed by what the braces say; `index` is above the top when there are none. */
static void *read_attributes(lua_State *lua, const struct op *op, int index)
{
    struct script *script = script_of(lua);
    void *block = arena_alloc(script->arena, op->attributes_size);
    if (op->attribute_defaults && op->attributes_size)
        memcpy(block, op->attribute_defaults, op->attributes_size);
    if (index > lua_gettop(lua))
        return block;
    if (lua_type(lua, index) == LUA_TSTRING && op->attributes) { /* op.unary(x, "relu") */
        set_named_attribute(lua, op, op->attributes[0].name, index, block);
        return block;
    }
    if (!lua_istable(lua, index))
        script_fail(lua, script_where(lua), "op.%s takes tensors and then {attributes}, not a %s", op->name,
                    luaL_typename(lua, index));
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            script_fail(lua, script_where(lua), "op.%s: attributes are written NAME = VALUE", op->name);
        set_named_attribute(lua, op, lua_tostring(lua, -2), lua_gettop(lua), block);
    }
    return block;
}

/* ---- ops ---- */

/* Reads the leading tensors; nil stands for an optional one that is absent. Returns how many. */
static int read_inputs(lua_State *lua, const struct op *op, struct tensor *in[INPUTS_MAX])
{
    int count = 0, present = 0;
    for (int i = 1; i <= lua_gettop(lua); i++) {
        struct tensor *tensor = to_tensor(lua, i);
        if (!tensor && !lua_isnil(lua, i))
            break;
        if (count == INPUTS_MAX)
            script_fail(lua, script_where(lua), "op.%s can take %d tensors at most", op->name, INPUTS_MAX);
        in[count++] = tensor;
        if (tensor)
            present = count;
    }
    for (int i = 0; i < present; i++)
        if (!in[i] && (i == 0 || op->max_in < 0))
            script_fail(lua, script_where(lua), "op.%s: tensor %d is nil", op->name, i + 1);
    if (present < op->min_in)
        script_fail(lua, script_where(lua), "op.%s needs %d tensor%s, not %d", op->name, op->min_in,
                    op->min_in == 1 ? "" : "s", present);
    return present;
}

/* op.NAME(inputs..., {attributes}): the outputs. The op is upvalue 1. */
static int apply(lua_State *lua)
{
    struct script *script = script_of(lua);
    const struct op *op = lua_touserdata(lua, lua_upvalueindex(1));
    struct tensor *in[INPUTS_MAX];
    int n_in = read_inputs(lua, op, in), rest = n_in + 1;
    while (rest <= lua_gettop(lua) && lua_isnil(lua, rest))
        rest++;
    if (rest < lua_gettop(lua))
        script_fail(lua, script_where(lua), "op.%s takes tensors and then {attributes}, nothing after them", op->name);
    if (script->graph->n_nodes >= NODES_MAX)
        script_fail(lua, script_where(lua), "the network has more than %d operations", NODES_MAX);
    void *attributes = read_attributes(lua, op, rest);
    struct node *node = graph_append(script->graph, op, attributes, in, n_in, script->origin);
    if (!node) {
        diag_trail(script->diag, graph_trail(script->graph, in[0]));
        return script_abort(lua);
    }
    luaL_checkstack(lua, node->n_out, "too many outputs");
    for (int i = 0; i < node->n_out; i++)
        push_tensor(lua, node->out[i]);
    return node->n_out;
}

/* op: all of them; script_ops: the names of those that a network can be written in. The others belong to
 * gradients and to the passes. */
static void push_ops(lua_State *lua)
{
    lua_newtable(lua);
    lua_newtable(lua);
    for (const struct op *const *op = op_table; *op; op++) {
        lua_pushlightuserdata(lua, (void *)(uintptr_t)*op);
        lua_pushcclosure(lua, apply, 1);
        lua_setfield(lua, -3, (*op)->name);
        lua_pushboolean(lua, (*op)->backward || (*op)->lower);
        lua_setfield(lua, -2, (*op)->name);
    }
    lua_setfield(lua, -3, "script_ops");
    lua_setfield(lua, -2, "op");
}

/* ---- inputs, labels, parameters ---- */

static struct shape check_shape(lua_State *lua, int index)
{
    struct shape result = {0};
    result.rank = to_integers(lua, index, result.dim, 0, SHAPE_MAX_RANK);
    if (!shape_valid(&result))
        script_fail(lua, script_where(lua), "the shape %s is too large", shape_text(script_of(lua)->arena, &result));
    return result;
}

/* input(name, shape) */
static int input(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    push_tensor(lua, graph_input(script_of(lua)->graph, name, check_shape(lua, 2)));
    return 1;
}

/* label(shape, is_class) */
static int label(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    struct tensor *tensor = graph_label(graph, check_shape(lua, 1));
    graph->label_is_class = lua_toboolean(lua, 2);
    push_tensor(lua, tensor);
    return 1;
}

static const char *const distributions[] = {
    [INIT_CONSTANT] = "constant",
    [INIT_UNIFORM] = "uniform",
    [INIT_NORMAL] = "normal",
    [INIT_TRUNCATED_NORMAL] = "truncated_normal",
    [INIT_ORTHOGONAL] = "orthogonal",
    NULL};

/* The number, text or flag FIELD of the table at `index`. */
static double number_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    double value = luaL_checknumber(lua, -1);
    lua_pop(lua, 1);
    return value;
}

static const char *text_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    const char *value = arena_strdup(script_of(lua)->arena, luaL_checkstring(lua, -1));
    lua_pop(lua, 1);
    return value;
}

static bool flag_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    bool value = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    return value;
}

static struct tensor *tensor_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    struct tensor *tensor = *(struct tensor **)luaL_checkudata(lua, -1, tensor_type);
    lua_pop(lua, 1);
    return tensor;
}

/* parameter{name =, shape =, trainable =, initializer = {distribution =, a =, b =}} */
static int parameter(lua_State *lua)
{
    struct script *script = script_of(lua);
    if (script->graph->n_parameters >= PARAMETERS_MAX)
        script_fail(lua, script_where(lua), "the network has more than %d parameters", PARAMETERS_MAX);
    struct parameter p = {.name = text_field(lua, 1, "name"), .trainable = flag_field(lua, 1, "trainable")};
    lua_getfield(lua, 1, "shape");
    p.shape = check_shape(lua, lua_gettop(lua));
    lua_getfield(lua, 1, "initializer");
    int initializer = lua_gettop(lua), distribution;
    lua_getfield(lua, initializer, "distribution");
    if (!to_choice(lua, -1, distributions, &distribution))
        return luaL_error(lua, "unknown distribution");
    p.initializer = (enum initializer)distribution;
    p.a = number_field(lua, initializer, "a");
    p.b = number_field(lua, initializer, "b");
    push_tensor(lua, graph_parameter(script->graph, &p));
    return 1;
}

/* origin({file =, line =}, layer, type): of the ops from here on */
static int origin(lua_State *lua)
{
    struct script *script = script_of(lua);
    script->origin = to_origin(lua, 1);
    script->origin.layer = arena_strdup(script->arena, luaL_checkstring(lua, 2));
    script->origin.type = arena_strdup(script->arena, luaL_checkstring(lua, 3));
    return 0;
}

/* ---- the finished model ---- */

/* Moves the parameters of the layer at the top of the stack to the end of the graph's list. */
static void take_parameters(lua_State *lua, struct graph *graph, struct layer *layer)
{
    lua_getfield(lua, -1, "parameters");
    layer->first_parameter = graph->n_parameters;
    layer->n_parameters = (int)lua_rawlen(lua, -1);
    for (int i = 1; i <= layer->n_parameters; i++) {
        lua_rawgeti(lua, -1, i);
        const struct parameter *p = to_tensor(lua, -1)->parameter;
        graph->parameters = arena_grow(graph->arena, graph->parameters, graph->n_parameters, sizeof *graph->parameters);
        graph->parameters[graph->n_parameters++] = (struct parameter *)(uintptr_t)p;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Appends the layer that the table on top of the stack describes. */
static void take_layer(lua_State *lua, struct graph *graph)
{
    int row = lua_gettop(lua);
    struct layer *layer = arena_alloc(graph->arena, sizeof *layer);
    layer->name = text_field(lua, row, "name");
    layer->type = text_field(lua, row, "type");
    layer->line = (int)number_field(lua, row, "line");
    layer->output = tensor_field(lua, row, "output");
    layer->connected_to = (int)number_field(lua, row, "connected_to");
    take_parameters(lua, graph, layer);
    graph->layers = arena_grow(graph->arena, graph->layers, graph->n_layers, sizeof *graph->layers);
    graph->layers[graph->n_layers++] = layer;
}

/* set_model{input =, output =, layers = {{name =, type =, line =, output =, connected_to =, parameters =}, ...}} */
static int set_model(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct graph *graph = script->graph;
    struct tensor *in = tensor_field(lua, 1, "input"), *out = tensor_field(lua, 1, "output");
    if (!out->producer || out->scope != SCOPE_SAMPLE)
        script_fail(lua, (struct origin){.file = script->path}, "the model computes nothing from its input");
    out->is_output = true;
    graph->inputs = arena_grow(graph->arena, NULL, 0, sizeof in);
    graph->outputs = arena_grow(graph->arena, NULL, 0, sizeof out);
    graph->inputs[0] = in;
    graph->outputs[0] = out;
    graph->n_inputs = graph->n_outputs = 1;
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

static void take_settings(lua_State *lua, struct training *training)
{
    lua_getfield(lua, 1, "settings");
    for (int i = 0; i < OPTIMIZER_MAX_SETTINGS && lua_rawgeti(lua, -1, i + 1) == LUA_TTABLE; i++) {
        int entry_index = lua_gettop(lua);
        training->settings[training->n_settings++] =
            (struct setting){text_field(lua, entry_index, "name"), number_field(lua, entry_index, "value")};
        lua_pop(lua, 1);
    }
    lua_settop(lua, 1);
}

static void take_slots(lua_State *lua, struct training *training)
{
    const int most = sizeof training->slots / sizeof *training->slots;
    lua_getfield(lua, 1, "slots");
    for (int i = 0; i < most && lua_rawgeti(lua, 2, i + 1) == LUA_TSTRING; i++) {
        training->slots[training->n_slots++] = arena_strdup(script_of(lua)->arena, lua_tostring(lua, -1));
        lua_pop(lua, 1);
    }
    lua_settop(lua, 1);
}

static void take_metrics(lua_State *lua, struct graph *graph)
{
    struct training *training = &graph->training;
    lua_getfield(lua, 1, "metrics");
    for (int i = 0; i < METRICS_MAX && lua_rawgeti(lua, 2, i + 1) == LUA_TTABLE; i++) {
        graph->metrics[i] = tensor_field(lua, 3, "output");
        training->metric_names[i] = text_field(lua, 3, "name");
        training->n_metrics++;
        lua_pop(lua, 1);
    }
    lua_settop(lua, 1);
}

/* set_training{optimizer =, settings = {{name =, value =}, ...}, slots = {name, ...}, loss =, loss_name =,
 * metrics = {{name =, output =}, ...}, batch_size =, epochs =, validation_split =, shuffle =} */
static int set_training(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    struct training *training = &graph->training;
    graph->loss = tensor_field(lua, 1, "loss");
    training->compiled = true;
    training->optimizer = text_field(lua, 1, "optimizer");
    training->loss_name = text_field(lua, 1, "loss_name");
    training->batch_size = (int64_t)number_field(lua, 1, "batch_size");
    training->epochs = (int64_t)number_field(lua, 1, "epochs");
    training->validation_split = number_field(lua, 1, "validation_split");
    training->shuffle = flag_field(lua, 1, "shuffle");
    take_settings(lua, training);
    take_slots(lua, training);
    take_metrics(lua, graph);
    return 0;
}

/* ---- after the script ---- */

/* Does the script scale its input itself? Then bytes reach it as they are. */
static bool all_readers_rescale(const struct graph *graph, const struct tensor *in)
{
    bool found = false;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) {
            if (graph->nodes[i]->in[j] != in)
                continue;
            const char *type = graph->nodes[i]->origin.type;
            if (!type || strcmp(type, "Rescaling") != 0)
                return false;
            found = true;
        }
    return found;
}

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
    mark(used, &graph->label, 1);
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

/* complete(): after set_model and set_training */
static int complete(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    graph_sweep(graph);
    drop_unused_tensors(graph);
    graph->rescales = all_readers_rescale(graph, graph->inputs[0]);
    graph_finish(graph);
    return 0;
}

void script_open_graph(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"complete", complete},   {"entry", entry},         {"fail", fail},
        {"input", input},         {"is_tensor", is_tensor}, {"label", label},
        {"origin", origin},       {"parameter", parameter}, {"pcall", script_pcall},
        {"same", same},           {"set_model", set_model}, {"set_training", set_training},
        {"shape", shape},         {"where", where},         {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
    push_ops(lua);
    luaL_newmetatable(lua, tensor_type);
    lua_setfield(lua, -2, "tensor_metatable");
    lua_newtable(lua); /* what scripts see as globals */
    lua_setfield(lua, -2, "exports");
    lua_newtable(lua); /* constructor -> the kind of what it makes */
    lua_setfield(lua, -2, "constructors");
}
