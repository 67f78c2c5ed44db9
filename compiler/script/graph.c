/* graph.c -- what the Lua of this folder calls to build the graph: tensors, errors, parameters, the finished model. */
#include "op/op.h"
#include "script/script.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <string.h>

enum { PARAMETERS_MAX = 10000, NAME_MAX_LENGTH = 2048 };
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.-"
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

static struct shape check_shape(lua_State *lua, int index);

/* view(parameter, shape): the same parameter in another shape */
static int view(lua_State *lua)
{
    struct tensor *tensor = script_check_tensor(lua, 1);
    struct shape other = check_shape(lua, 2);
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

/* Sets the attributes of a node that are words or flags in the table on top of the stack. */
static void set_words(lua_State *lua, const struct node *node)
{
    for (const struct attribute *a = node->op->attributes; a && a->name; a++) {
        const void *at = (const char *)node->attributes + a->offset;
        if (a->type == ATTRIBUTE_CHOICE)
            lua_pushstring(lua, a->choices[*(const int *)at]);
        else if (a->type == ATTRIBUTE_BOOL)
            lua_pushboolean(lua, *(const bool *)at);
        else
            continue;
        lua_setfield(lua, -2, a->name);
    }
}

/* producer(tensor): {op = its name, inputs = {tensor, ...}}, with the op's attributes that are words or flags by name; nil:
 * no op made the tensor. */
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

/* line(file, number): its text; nil: it cannot be read again. */
static int line(lua_State *lua)
{
    char text[512];
    if (!source_line(luaL_checkstring(lua, 1), (int)luaL_checkinteger(lua, 2), text, sizeof text))
        return 0;
    lua_pushstring(lua, text);
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
    const struct tensor *tensor = script_tensor(lua, -1);
    if (tensor)
        diag_trail(script->diag, graph_trail(script->graph, tensor));
    lua_getfield(lua, 2, "hint");
    if (lua_isstring(lua, -1))
        diag_hint(script->diag, "%s", lua_tostring(lua, -1));
    return script_abort(lua);
}

/* warn(message, {hint =, at =}), both optional. */
static int warn(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct warning warning = {.message = arena_strdup(script->arena, luaL_checkstring(lua, 1))};
    luaL_checktype(lua, 2, LUA_TTABLE);
    lua_getfield(lua, 2, "at");
    warning.at = to_origin(lua, lua_gettop(lua));
    lua_getfield(lua, 2, "hint");
    if (lua_isstring(lua, -1))
        warning.hint = arena_strdup(script->arena, lua_tostring(lua, -1));
    diag_warn(script->diag, warning);
    return 0;
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

/* ---- inputs, labels, parameters ---- */

/* A copy of the name at `index`. Names become comments and identifiers of C, and a script can change any field of the
 * objects that carry them: here nothing passes that could end a comment or a string. */
static const char *to_name(lua_State *lua, int index)
{
    const char *name = luaL_checkstring(lua, index);
    size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_LENGTH || length != lua_rawlen(lua, index) ||
        strspn(name, NAME_CHARACTERS) != length)
        script_fail(lua, script_where(lua), "a name has other characters than letters, digits and _ / . -");
    return arena_strdup(script_of(lua)->arena, name);
}

static struct shape check_shape(lua_State *lua, int index)
{
    struct shape result = {0};
    result.rank = script_integers(lua, index, result.dim, 0, SHAPE_MAX_RANK);
    if (!shape_valid(&result))
        script_fail(lua, script_where(lua), "the shape %s is too large",
                    shape_text(script_of(lua)->arena, &result));
    return result;
}

/* input(name, shape, dtype or nil) */
static int input(lua_State *lua)
{
    const char *name = to_name(lua, 1);
    int element = ELEMENT_FLOAT;
    bool is_told = !lua_isnoneornil(lua, 3);
    if (is_told && !script_choice(lua, 3, element_names, &element))
        return luaL_error(lua, "unknown type of numbers");
    struct tensor *tensor = graph_input(script_of(lua)->graph, name, check_shape(lua, 2), (enum element)element);
    tensor->may_be_indices = !is_told;
    script_push_tensor(lua, tensor);
    return 1;
}

/* label(shape, is_class, is_probability) */
static int label(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    struct tensor *tensor = graph_label(graph, check_shape(lua, 1));
    graph->label_is_class = lua_toboolean(lua, 2);
    graph->label_is_probability = lua_toboolean(lua, 3);
    script_push_tensor(lua, tensor);
    return 1;
}

/* The number, whole number, name or flag FIELD of the table at `index`. */
static double number_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    double value = luaL_checknumber(lua, -1);
    lua_pop(lua, 1);
    return value;
}

static int64_t count_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    int64_t value = luaL_checkinteger(lua, -1);
    lua_pop(lua, 1);
    return value;
}

static const char *name_field(lua_State *lua, int index, const char *field)
{
    lua_getfield(lua, index, field);
    const char *value = to_name(lua, -1);
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
    struct tensor *tensor = script_check_tensor(lua, -1);
    lua_pop(lua, 1);
    return tensor;
}

/* parameter{name =, shape =, trainable =, initializer = {distribution =, a =, b =}, at = where its layer was made} */
static int parameter(lua_State *lua)
{
    struct script *script = script_of(lua);
    if (script->graph->n_parameters >= PARAMETERS_MAX)
        script_fail(lua, script_where(lua), "the network has more than %d parameters", PARAMETERS_MAX);
    struct parameter p = {.name = name_field(lua, 1, "name"), .trainable = flag_field(lua, 1, "trainable")};
    p.l1 = number_field(lua, 1, "l1");
    p.l2 = number_field(lua, 1, "l2");
    lua_getfield(lua, 1, "shape");
    p.shape = check_shape(lua, lua_gettop(lua));
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
    p.a = number_field(lua, initializer, "a");
    p.b = number_field(lua, initializer, "b");
    lua_getfield(lua, 1, "at");
    p.at = to_origin(lua, lua_gettop(lua));
    script_push_tensor(lua, graph_parameter(script->graph, &p));
    return 1;
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
    graph_name_parameter(script_of(lua)->graph, script_check_tensor(lua, 1), to_name(lua, 2));
    return 0;
}

/* origin({file =, line =}, layer, type, row = the layer of the model that the layer is in, or nil): of the ops from here on */
static int origin(lua_State *lua)
{
    struct script *script = script_of(lua);
    script->origin = to_origin(lua, 1);
    script->origin.layer = to_name(lua, 2);
    script->origin.type = to_name(lua, 3);
    script->origin.row = lua_isnoneornil(lua, 4) ? NULL : to_name(lua, 4);
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

/* ---- the finished model ---- */

static void add_parameter(struct graph *graph, struct parameter *parameter)
{
    graph->parameters = arena_grow(graph->arena, graph->parameters, graph->n_parameters, sizeof *graph->parameters);
    graph->parameters[graph->n_parameters++] = parameter;
}

static bool has_parameter(const struct graph *graph, const struct parameter *parameter)
{
    for (int i = 0; i < graph->n_parameters; i++)
        if (graph->parameters[i] == parameter)
            return true;
    return false;
}

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
        if (!has_parameter(graph, layer->parameters[i]))
            add_parameter(graph, layer->parameters[i]);
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
    layer->name = name_field(lua, row, "name");
    layer->type = name_field(lua, row, "type");
    layer->line = (int)count_field(lua, row, "line");
    layer->neurons = count_field(lua, row, "neurons");
    take_outputs(lua, graph, layer);
    take_connections(lua, row, graph, layer);
    take_parameters(lua, graph, layer);
    graph->layers = arena_grow(graph->arena, graph->layers, graph->n_layers, sizeof *graph->layers);
    graph->layers[graph->n_layers++] = layer;
}

static void take_tensors(lua_State *lua, const char *field, struct tensor ***list, int *count)
{
    struct graph *graph = script_of(lua)->graph;
    lua_getfield(lua, 1, field);
    int n = (int)lua_rawlen(lua, -1);
    *count = 0;
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(lua, 2, i);
        *list = arena_grow(graph->arena, *count ? *list : NULL, *count, sizeof **list);
        (*list)[(*count)++] = script_check_tensor(lua, 3);
        lua_settop(lua, 2);
    }
    lua_settop(lua, 1);
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

/* set_model{name = (or nil), inputs =, outputs =,
 *   layers = {{name =, type =, line =, outputs =, neurons =, connected_to = {index, ...}, parameters =},
 * ...}} */
static int set_model(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct graph *graph = script->graph;
    if (lua_getfield(lua, 1, "name") != LUA_TNIL)
        graph->name = to_name(lua, -1);
    lua_settop(lua, 1);
    take_tensors(lua, "inputs", &graph->inputs, &graph->n_inputs);
    take_tensors(lua, "outputs", &graph->outputs, &graph->n_outputs);
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

/* freeze{tensor, ...}: parameters that are not trained, in whatever shapes the graph reads them */
static int freeze(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    for (int i = 1; lua_rawgeti(lua, 1, i) == LUA_TUSERDATA; i++) {
        script_check_tensor(lua, -1)->parameter->frozen = true;
        lua_settop(lua, 1);
    }
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->parameter)
            graph->tensors[i]->frozen |= graph->tensors[i]->parameter->frozen;
    return 0;
}

/* Of the stage in the table on top of the stack, as the next two. */
static void take_settings(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "settings");
    stage->n_settings = (int)lua_rawlen(lua, -1);
    stage->settings = arena_array(script_of(lua)->arena, stage->n_settings, sizeof *stage->settings);
    for (int i = 0; i < stage->n_settings; i++) {
        lua_rawgeti(lua, -1, i + 1);
        int entry_index = lua_gettop(lua);
        stage->settings[i] =
            (struct setting){name_field(lua, entry_index, "name"), number_field(lua, entry_index, "value")};
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void take_slots(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "slots");
    stage->n_slots = (int)lua_rawlen(lua, -1);
    stage->slots = arena_array(script_of(lua)->arena, stage->n_slots, sizeof *stage->slots);
    for (int i = 0; i < stage->n_slots; i++) {
        lua_rawgeti(lua, -1, i + 1);
        int entry_index = lua_gettop(lua);
        stage->slots[i] =
            (struct slot){name_field(lua, entry_index, "name"), number_field(lua, entry_index, "initial")};
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Of the line in the table at the top of the stack. */
static struct rule_line to_rule_line(lua_State *lua)
{
    int row = lua_gettop(lua);
    struct rule_line made = {.op = name_field(lua, row, "op"), .value = number_field(lua, row, "value")};
    if (flag_field(lua, row, "name"))
        made.name = name_field(lua, row, "name");
    lua_getfield(lua, row, "operands");
    for (; made.n_operands < RULE_OPERANDS_MAX; made.n_operands++) {
        if (lua_rawgeti(lua, row + 1, made.n_operands + 1) != LUA_TNUMBER)
            break;
        made.operands[made.n_operands] = (int)lua_tointeger(lua, -1);
    }
    lua_settop(lua, row);
    return made;
}

static void take_rule(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "rule");
    stage->n_lines = (int)lua_rawlen(lua, -1);
    stage->rule = arena_array(script_of(lua)->arena, stage->n_lines, sizeof *stage->rule);
    for (int i = 0; i < stage->n_lines; i++) {
        lua_rawgeti(lua, -1, i + 1);
        stage->rule[i] = to_rule_line(lua);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Of the value on top of the stack. */
static void take_numbers(lua_State *lua, struct callback_member *member)
{
    bool list = lua_istable(lua, -1);
    int count = list ? (int)lua_rawlen(lua, -1) : 1;
    member->n_numbers = list ? count : -1;
    member->numbers = arena_array(script_of(lua)->arena, count, sizeof *member->numbers);
    if (!list)
        member->numbers[0] = lua_isboolean(lua, -1) ? lua_toboolean(lua, -1) : lua_tonumber(lua, -1);
    for (int i = 0; list && i < count; i++) {
        lua_rawgeti(lua, -1, i + 1);
        member->numbers[i] = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
}

/* Of the list {{name =, value =}, ...} on top of the stack. */
static struct stage_callback to_callback(lua_State *lua)
{
    struct arena *arena = script_of(lua)->arena;
    struct stage_callback callback = {.n_members = (int)lua_rawlen(lua, -1)};
    callback.members = arena_array(arena, callback.n_members, sizeof *callback.members);
    for (int i = 0; i < callback.n_members; i++) {
        struct callback_member *member = &callback.members[i];
        lua_rawgeti(lua, -1, i + 1);
        member->name = name_field(lua, lua_gettop(lua), "name");
        lua_getfield(lua, -1, "value");
        if (lua_type(lua, -1) == LUA_TSTRING)
            member->text = arena_strdup(arena, lua_tostring(lua, -1));
        else
            take_numbers(lua, member);
        lua_pop(lua, 2);
    }
    return callback;
}

static void take_callbacks(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "callbacks");
    stage->n_callbacks = (int)lua_rawlen(lua, -1);
    stage->callbacks = arena_array(script_of(lua)->arena, stage->n_callbacks, sizeof *stage->callbacks);
    for (int i = 0; i < stage->n_callbacks; i++) {
        lua_rawgeti(lua, -1, i + 1);
        stage->callbacks[i] = to_callback(lua);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void take_frozen(lua_State *lua, struct stage *stage)
{
    struct arena *arena = script_of(lua)->arena;
    lua_getfield(lua, -1, "frozen");
    for (int i = 1; lua_rawgeti(lua, -1, i) == LUA_TUSERDATA; i++) {
        stage->frozen = arena_grow(arena, stage->frozen, stage->n_frozen, sizeof *stage->frozen);
        stage->frozen[stage->n_frozen++] = script_check_tensor(lua, -1)->parameter;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
}

/* Appends the stage that the table on top of the stack describes. */
static void take_stage(lua_State *lua, struct training *training)
{
    struct script *script = script_of(lua);
    int row = lua_gettop(lua);
    struct stage stage = {.optimizer = name_field(lua, row, "optimizer"),
                          .fresh = flag_field(lua, row, "fresh"),
                          .batch_size = count_field(lua, row, "batch_size"),
                          .epochs = count_field(lua, row, "epochs"),
                          .initial_epoch = count_field(lua, row, "initial_epoch"),
                          .steps_per_epoch = count_field(lua, row, "steps_per_epoch"),
                          .validation_steps = count_field(lua, row, "validation_steps"),
                          .validation_freq = count_field(lua, row, "validation_freq"),
                          .validation_split = number_field(lua, row, "validation_split"),
                          .shuffle = flag_field(lua, row, "shuffle"),
                          .verbose = (int)count_field(lua, row, "verbose")};
    lua_getfield(lua, row, "at");
    stage.at = to_origin(lua, lua_gettop(lua));
    lua_getfield(lua, row, "compiled_at");
    stage.compiled_at = to_origin(lua, lua_gettop(lua));
    lua_settop(lua, row);
    take_settings(lua, &stage);
    take_slots(lua, &stage);
    take_rule(lua, &stage);
    take_callbacks(lua, &stage);
    take_frozen(lua, &stage);
    training->stages = arena_grow(script->arena, training->stages, training->n_stages, sizeof stage);
    training->stages[training->n_stages++] = stage;
}

/* How many entries the list FIELD has, which it leaves at index 2. More than `most` are the mistake of who wrote the
 * metric, for scripts are refused before. */
static int limited_list(lua_State *lua, const char *field, int max)
{
    lua_getfield(lua, 1, field);
    int count = (int)lua_rawlen(lua, 2);
    return count <= max ? count : luaL_error(lua, "%d %s, and the runtime takes %d", count, field, max);
}

static void take_metrics(lua_State *lua, struct graph *graph)
{
    struct training *training = &graph->training;
    training->n_metrics = limited_list(lua, "metrics", METRICS_MAX);
    for (int i = 0; i < training->n_metrics; i++) {
        lua_rawgeti(lua, 2, i + 1);
        graph->metrics[i] = tensor_field(lua, 3, "output");
        training->metric_names[i] = name_field(lua, 3, "name");
        lua_settop(lua, 2);
    }
    lua_settop(lua, 1);
}

/* set_training{loss =, loss_name =, probabilities =, from_logits =, metrics = {{name =, output =}, ...}, stages = {{optimizer =,
 * settings = {{name =, value =}, ...}, slots = {{name =, initial =}, ...}, fresh =, frozen = {tensor, ...},
 * at = where fit was called, compiled_at =, batch_size =, epochs =, validation_split =, shuffle =, verbose =}, ...},
 * summarizes =, evaluates =, save = path or nil} */
static int set_training(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    struct training *training = &graph->training;
    graph->loss = tensor_field(lua, 1, "loss");
    training->compiled = true;
    training->loss_name = name_field(lua, 1, "loss_name");
    training->probabilities = name_field(lua, 1, "probabilities");
    training->from_logits = flag_field(lua, 1, "from_logits");
    training->summarizes = flag_field(lua, 1, "summarizes");
    training->evaluates = flag_field(lua, 1, "evaluates");
    if (flag_field(lua, 1, "save"))
        training->save = name_field(lua, 1, "save");
    if (flag_field(lua, 1, "weights"))
        training->weights = name_field(lua, 1, "weights");
    training->begins_with_weights = flag_field(lua, 1, "begins_with_weights");
    if (flag_field(lua, 1, "history"))
        training->history = name_field(lua, 1, "history");
    take_metrics(lua, graph);
    lua_getfield(lua, 1, "stages");
    for (int i = 1; lua_rawgeti(lua, 2, i) == LUA_TTABLE; i++) {
        take_stage(lua, training);
        lua_settop(lua, 2);
    }
    return 0;
}

/* ---- after the script ---- */

/* Does it move numbers, or take them between their neighbours, so that pixels stay pixels? */
static bool keeps_pixels(const struct node *node)
{
    static const struct op *const ops[] = {&op_augment, &op_resize, &op_pad2d, &op_permute, &op_reshape};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (node->op == ops[i])
            return true;
    return false;
}

static bool reads_any(const struct node *node, const bool *tensors)
{
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && tensors[node->in[i]->id])
            return true;
    return false;
}

/* Does the script scale its input itself, at once or behind augmentation and resizing, or want whole numbers? Then bytes
 * reach it as they are. */
static bool all_readers_rescale(const struct graph *graph, const struct tensor *in)
{
    bool found = in->element != ELEMENT_FLOAT;
    bool *unscaled = arena_array(graph->arena, graph->n_tensors, sizeof *unscaled);
    unscaled[in->id] = !found;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!reads_any(node, unscaled))
            continue;
        bool scales = node->origin.type && strcmp(node->origin.type, "Rescaling") == 0;
        scales |= cast_makes(node, ELEMENT_INT32);
        if (!scales && !keeps_pixels(node))
            return false;
        unscaled[node->out[0]->id] = !scales;
        found |= scales;
    }
    return found;
}

/* ---- whole numbers ---- */

static bool all_readers_cast(const struct graph *graph, const struct tensor *in)
{
    bool found = false;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) {
            const struct node *node = graph->nodes[i];
            if (node->in[j] != in)
                continue;
            if (!cast_makes(node, ELEMENT_INT32))
                return false;
            found = true;
        }
    return found;
}

/* An input of which the script says no type, and which only gives indices, has whole numbers. */
static void find_index_inputs(struct graph *graph)
{
    for (int i = 0; i < graph->n_inputs; i++) {
        struct tensor *in = graph->inputs[i];
        if (!in->may_be_indices || !all_readers_cast(graph, in))
            continue;
        in->element = ELEMENT_INT32;
        for (int j = 0; j < graph->n_nodes; j++)
            if (graph->nodes[j]->n_in > 0 && graph->nodes[j]->in[0] == in &&
                cast_makes(graph->nodes[j], ELEMENT_INT32))
                graph_replace(graph, graph->nodes[j]->out[0], in);
    }
    graph_sweep(graph);
}

static const struct tensor *before_reshapes(const struct tensor *tensor)
{
    while (tensor->producer && tensor->producer->op->alias)
        tensor = tensor->producer->in[0];
    return tensor;
}

/* Of the tables that the input has indices of, the fewest rows; 0: of none. */
static int64_t index_limit(const struct graph *graph, const struct tensor *in)
{
    int64_t limit = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!node->op->index_limit || before_reshapes(node->in[0]) != in)
            continue;
        int64_t rows = node->op->index_limit(node);
        limit = limit && limit < rows ? limit : rows;
    }
    return limit;
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

/* A layer may use what a layer outside of the model made, inside of another one say. */
static void adopt_parameters(struct graph *graph)
{
    for (int i = 0; i < graph->n_tensors; i++) {
        if (graph->tensors[i]->role != ROLE_PARAMETER)
            continue;
        if (!has_parameter(graph, graph->tensors[i]->parameter))
            add_parameter(graph, graph->tensors[i]->parameter);
    }
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

/* complete(): after set_model and set_training; does the network scale its input itself? */
static int complete(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    graph_sweep(graph);
    drop_unused_tensors(graph);
    adopt_parameters(graph);
    check_macros(lua, graph);
    check_inputs(lua, graph);
    find_index_inputs(graph);
    graph->input_indices = index_limit(graph, graph->inputs[0]);
    script_finish_adaptations(graph);
    graph->rescales = all_readers_rescale(graph, graph->inputs[0]);
    graph_finish(graph);
    lua_pushboolean(lua, graph->rescales);
    return 1;
}

/* What the Lua of this folder must know of the arrays that it fills. */
static void set_limits(lua_State *lua)
{
    lua_pushinteger(lua, METRICS_MAX);
    lua_setfield(lua, -2, "METRICS_MAX");
    lua_pushinteger(lua, SHAPE_MAX_RANK);
    lua_setfield(lua, -2, "MAX_RANK");
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
        {"complete", complete},
        {"dtype", dtype},
        {"end_loop", end_loop},
        {"entry", entry},
        {"fail", fail},
        {"freeze", freeze},
        {"line", line},
        {"in_loop", in_loop},
        {"input", input},
        {"is_parameter", is_parameter},
        {"producer", producer},
        {"warn", warn},
        {"is_tensor", is_tensor},
        {"label", label},
        {"name_parameter", name_parameter},
        {"origin", origin},
        {"parameter", parameter},
        {"parameter_name", parameter_name},
        {"pcall", script_pcall},
        {"same", same},
        {"set_model", set_model},
        {"shape", shape},
        {"set_training", set_training},
        {"view", view},
        {"where", where},
        {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
    set_limits(lua);
    set_given_shapes(lua);
    luaL_newmetatable(lua, script_tensor_type);
    lua_setfield(lua, -2, "tensor_metatable");
    lua_newtable(lua); /* what scripts see as globals */
    lua_setfield(lua, -2, "exports");
    lua_newtable(lua); /* constructor -> the kind of what it makes */
    lua_setfield(lua, -2, "constructors");
}
