/* pack.c -- messages of ONNX, made of tables of Lua. Little-endian, as the format is. */
#include "../../runtime/file/file.h"
#include "export/export.h"
#include "onnx.pb-c.h"
#include "script/script.h"

#include <assert.h>
#include <lauxlib.h>
#include <string.h>

enum { OPSET = 17, IR_VERSION = 8 };

/* ONNX' numbers of the element types that are written. */
static const struct {
    const char *name;
    int number, bytes;
} types[] = {{"float32", 1, 4}, {"uint8", 2, 1}, {"int32", 6, 4}, {"int64", 7, 8}, {"bool", 9, 1}};

/* And of the types of attributes. */
enum {
    ATTRIBUTE_IS_FLOAT = 1,
    ATTRIBUTE_IS_INT,
    ATTRIBUTE_IS_STRING,
    ATTRIBUTE_IS_GRAPH = 5,
    ATTRIBUTE_IS_INTS = 7
};

/* A constant that is made of a parameter when all else is known. */
struct of_parameter {
    Onnx__Tensor *tensor;
    const struct parameter *parameter;
    struct shape shape, order;
    int64_t axis;      /* of shape */
    struct shape pick; /* of rank 0: all, in their order */
};

struct export_message {
    const struct graph *model;
    struct arena *arena;
    Onnx__Model onnx;
    struct of_parameter *parameters;
    int n_parameters;
};

/* ---- from Lua ---- */

static char *text_at(lua_State *lua, int index, struct export_message *message)
{
    return arena_strdup(message->arena, luaL_checkstring(lua, index));
}

/* The text FIELD of the table on top. */
static char *text_field(lua_State *lua, const char *field, struct export_message *message)
{
    lua_getfield(lua, -1, field);
    char *text = text_at(lua, -1, message);
    lua_pop(lua, 1);
    return text;
}

/* Pushes the list FIELD of the table on top; an absent one is empty. Returns how long it is. */
static size_t push_list(lua_State *lua, const char *field)
{
    lua_getfield(lua, -1, field);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_newtable(lua);
    }
    return lua_rawlen(lua, -1);
}

/* The list of whole numbers on top. */
static int64_t *integers_at_top(lua_State *lua, size_t *count, struct export_message *message)
{
    *count = lua_rawlen(lua, -1);
    int64_t *list = arena_array(message->arena, (int64_t)*count, sizeof *list);
    for (size_t i = 0; i < *count; i++) {
        lua_rawgeti(lua, -1, (lua_Integer)i + 1);
        list[i] = luaL_checkinteger(lua, -1);
        lua_pop(lua, 1);
    }
    return list;
}

static int64_t *integers_field(lua_State *lua, const char *field, size_t *count, struct export_message *message)
{
    push_list(lua, field);
    int64_t *list = integers_at_top(lua, count, message);
    lua_pop(lua, 1);
    return list;
}

static struct shape shape_field(lua_State *lua, const char *field, struct export_message *message)
{
    size_t count;
    const int64_t *list = integers_field(lua, field, &count, message);
    struct shape shape = {.rank = (int)count};
    if (count > SHAPE_MAX_RANK)
        luaL_error(lua, "%d axes", (int)count);
    for (size_t i = 0; i < count; i++)
        shape.dim[i] = list[i];
    return shape;
}

/* 0 where there is none. */
static int64_t whole_field(lua_State *lua, const char *field)
{
    lua_getfield(lua, -1, field);
    int64_t number = lua_tointeger(lua, -1);
    lua_pop(lua, 1);
    return number;
}

static size_t type_field(lua_State *lua)
{
    lua_getfield(lua, -1, "type");
    const char *name = luaL_checkstring(lua, -1);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) {
            lua_pop(lua, 1);
            return i;
        }
    return (size_t)luaL_error(lua, "no type %s", name);
}

/* f() for each entry of the list FIELD, which is on top then. */
static void each(lua_State *lua, const char *field,
                 void (*f)(lua_State *lua, void *one, struct export_message *message), void *list, size_t size,
                 struct export_message *message)
{
    size_t count = push_list(lua, field);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, -1, (lua_Integer)i + 1);
        f(lua, (char *)list + i * size, message);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* ---- messages ---- */

/* NOLINTNEXTLINE(bugprone-macro-parentheses): an initializer stands in none. */
#define NEW(TYPE, INIT, message) memcpy(arena_alloc((message)->arena, sizeof(TYPE)), &(TYPE)INIT, sizeof(TYPE))

static Onnx__Dim *new_dim(lua_State *lua, struct export_message *message)
{
    Onnx__Dim *dim = NEW(Onnx__Dim, ONNX__DIM__INIT, message);
    if (lua_isinteger(lua, -1)) {
        dim->has_dim_value = true;
        dim->dim_value = lua_tointeger(lua, -1);
    } else {
        dim->dim_param = text_at(lua, -1, message);
    }
    return dim;
}

static void take_value(lua_State *lua, void *one, struct export_message *message)
{
    Onnx__Value *value = NEW(Onnx__Value, ONNX__VALUE__INIT, message);
    value->name = text_field(lua, "name", message);
    value->type = NEW(Onnx__Type, ONNX__TYPE__INIT, message);
    Onnx__TensorType *type = value->type->tensor_type = NEW(Onnx__TensorType, ONNX__TENSOR_TYPE__INIT, message);
    type->has_elem_type = true;
    type->elem_type = types[type_field(lua)].number;
    type->shape = NEW(Onnx__Shape, ONNX__SHAPE__INIT, message);
    type->shape->n_dim = push_list(lua, "dims");
    type->shape->dim = arena_array(message->arena, (int64_t)type->shape->n_dim, sizeof *type->shape->dim);
    for (size_t i = 0; i < type->shape->n_dim; i++) {
        lua_rawgeti(lua, -1, (lua_Integer)i + 1);
        type->shape->dim[i] = new_dim(lua, message);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    *(Onnx__Value **)one = value;
}

/* Bytes in the order of the format, whatever the machine's is. */
static void put(uint8_t *to, uint64_t bits, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(bits >> 8 * i);
}

static uint64_t bits_of(float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* The list `numbers` of the table on top. */
static void set_numbers(lua_State *lua, Onnx__Tensor *tensor, size_t type, struct export_message *message)
{
    size_t count = push_list(lua, "numbers"), bytes = (size_t)types[type].bytes;
    tensor->raw_data.len = count * bytes;
    tensor->raw_data.data = arena_array(message->arena, (int64_t)(count ? count : 1), bytes);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, -1, (lua_Integer)i + 1);
        uint64_t bits = types[type].number == 1 ? bits_of((float)luaL_checknumber(lua, -1))
                                                : (uint64_t)luaL_checkinteger(lua, -1);
        put(tensor->raw_data.data + i * bytes, bits, (int)bytes);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void take_constant(lua_State *lua, void *one, struct export_message *message)
{
    Onnx__Tensor *tensor = NEW(Onnx__Tensor, ONNX__TENSOR__INIT, message);
    size_t type = type_field(lua);
    tensor->name = text_field(lua, "name", message);
    tensor->dims = integers_field(lua, "dims", &tensor->n_dims, message);
    tensor->has_data_type = tensor->has_raw_data = true;
    tensor->data_type = types[type].number;
    int64_t place = whole_field(lua, "parameter");
    if (place == 0) {
        set_numbers(lua, tensor, type, message);
    } else {
        message->parameters =
            arena_grow(message->arena, message->parameters, message->n_parameters, sizeof *message->parameters);
        message->parameters[message->n_parameters++] =
            (struct of_parameter){tensor,
                                  message->model->parameters_in_memory[place - 1],
                                  shape_field(lua, "shape", message),
                                  shape_field(lua, "order", message),
                                  whole_field(lua, "axis"),
                                  shape_field(lua, "pick", message)};
    }
    *(Onnx__Tensor **)one = tensor;
}

static void take_name(lua_State *lua, void *one, struct export_message *message)
{
    *(char **)one = text_at(lua, -1, message);
}

static Onnx__Graph *take_graph(lua_State *lua, const char *name, struct export_message *message);

static ProtobufCBinaryData packed(const ProtobufCMessage *of, struct export_message *message)
{
    ProtobufCBinaryData bytes = {.len = protobuf_c_message_get_packed_size(of)};
    bytes.data = arena_alloc(message->arena, bytes.len ? bytes.len : 1);
    protobuf_c_message_pack(of, bytes.data);
    return bytes;
}

/* The value of an attribute is on top. */
static Onnx__Attribute *new_attribute(lua_State *lua, const char *name, struct export_message *message)
{
    Onnx__Attribute *a = NEW(Onnx__Attribute, ONNX__ATTRIBUTE__INIT, message);
    a->name = arena_strdup(message->arena, name);
    a->has_type = true;
    if (lua_isinteger(lua, -1)) {
        a->type = ATTRIBUTE_IS_INT;
        a->has_i = true;
        a->i = lua_tointeger(lua, -1);
    } else if (lua_type(lua, -1) == LUA_TNUMBER) {
        a->type = ATTRIBUTE_IS_FLOAT;
        a->has_f = true;
        a->f = (float)lua_tonumber(lua, -1);
    } else if (lua_isstring(lua, -1)) {
        a->type = ATTRIBUTE_IS_STRING;
        a->has_s = true;
        a->s.data = (uint8_t *)text_at(lua, -1, message);
        a->s.len = strlen((const char *)a->s.data);
    } else if (lua_getfield(lua, -1, "graph") == LUA_TTABLE) {
        a->type = ATTRIBUTE_IS_GRAPH;
        a->has_g = true;
        a->g = packed(&take_graph(lua, name, message)->base, message);
        lua_pop(lua, 1);
    } else {
        lua_pop(lua, 1);
        a->type = ATTRIBUTE_IS_INTS;
        a->ints = integers_at_top(lua, &a->n_ints, message);
    }
    return a;
}

/* In the order of the list `attribute_names`, for `pairs` has none. */
static void take_attributes(lua_State *lua, Onnx__Node *node, struct export_message *message)
{
    lua_getfield(lua, -1, "attributes");
    lua_getfield(lua, -2, "attribute_names");
    node->n_attribute = lua_rawlen(lua, -1);
    node->attribute = arena_array(message->arena, (int64_t)node->n_attribute, sizeof *node->attribute);
    for (size_t i = 0; i < node->n_attribute; i++) {
        lua_rawgeti(lua, -1, (lua_Integer)i + 1);
        const char *name = luaL_checkstring(lua, -1);
        lua_getfield(lua, -3, name);
        node->attribute[i] = new_attribute(lua, name, message);
        lua_pop(lua, 2);
    }
    lua_pop(lua, 2);
}

/* How long the list FIELD is, and an array for as many pointers. */
static void *pointers(lua_State *lua, const char *field, size_t *count, struct export_message *message)
{
    *count = push_list(lua, field);
    lua_pop(lua, 1);
    return arena_array(message->arena, (int64_t)(*count ? *count : 1), sizeof(void *));
}

static void take_node(lua_State *lua, void *one, struct export_message *message)
{
    Onnx__Node *node = NEW(Onnx__Node, ONNX__NODE__INIT, message);
    luaL_checkstack(lua, 16, NULL);
    node->op_type = text_field(lua, "op", message);
    node->name = text_field(lua, "name", message);
    node->input = pointers(lua, "inputs", &node->n_input, message);
    each(lua, "inputs", take_name, node->input, sizeof *node->input, message);
    node->output = pointers(lua, "outputs", &node->n_output, message);
    each(lua, "outputs", take_name, node->output, sizeof *node->output, message);
    take_attributes(lua, node, message);
    *(Onnx__Node **)one = node;
}

static Onnx__Graph *take_graph(lua_State *lua, const char *name, struct export_message *message)
{
    Onnx__Graph *graph = NEW(Onnx__Graph, ONNX__GRAPH__INIT, message);
    luaL_checkstack(lua, 16, NULL);
    graph->name = arena_strdup(message->arena, name);
    graph->node = pointers(lua, "nodes", &graph->n_node, message);
    each(lua, "nodes", take_node, graph->node, sizeof *graph->node, message);
    graph->input = pointers(lua, "inputs", &graph->n_input, message);
    each(lua, "inputs", take_value, graph->input, sizeof *graph->input, message);
    graph->output = pointers(lua, "outputs", &graph->n_output, message);
    each(lua, "outputs", take_value, graph->output, sizeof *graph->output, message);
    graph->value_info = pointers(lua, "values", &graph->n_value_info, message);
    each(lua, "values", take_value, graph->value_info, sizeof *graph->value_info, message);
    graph->initializer = pointers(lua, "constants", &graph->n_initializer, message);
    each(lua, "constants", take_constant, graph->initializer, sizeof *graph->initializer, message);
    return graph;
}

struct export_message *export_take(lua_State *lua, const struct graph *model)
{
    struct export_message *message = arena_alloc(model->arena, sizeof *message);
    *message = (struct export_message){.model = model, .arena = model->arena, .onnx = ONNX__MODEL__INIT};
    Onnx__Model *onnx = &message->onnx;
    onnx->has_ir_version = true;
    onnx->ir_version = IR_VERSION;
    onnx->producer_name = arena_strdup(model->arena, "cnnc");
    onnx->producer_version = arena_strdup(model->arena, CNNC_VERSION);
    onnx->n_opset_import = 1;
    onnx->opset_import = arena_array(model->arena, 1, sizeof *onnx->opset_import);
    onnx->opset_import[0] = NEW(Onnx__OpsetId, ONNX__OPSET_ID__INIT, message);
    onnx->opset_import[0]->has_version = true;
    onnx->opset_import[0]->version = OPSET;
    onnx->graph = take_graph(lua, "network", message);
    return message;
}

/* ---- weights ---- */

/* Where number `i` of the constant stands in its parameter. */
static int64_t place_in(const struct of_parameter *of, int64_t i)
{
    const struct shape *shape = &of->shape;
    int64_t strides[SHAPE_MAX_RANK] = {0}, stride = 1, place = 0;
    for (int axis = shape->rank - 1; axis >= 0; stride *= shape->dim[axis--])
        strides[axis] = stride;
    for (int axis = of->order.rank - 1; axis >= 0; axis--) {
        int64_t from = of->order.dim[axis], number = i % shape->dim[from];
        place += (from == of->axis && of->pick.rank ? of->pick.dim[number] : number) * strides[from];
        i /= shape->dim[from];
    }
    return place;
}

static void set_parameter(const struct of_parameter *of, const float *parameters, struct arena *arena)
{
    int64_t count = shape_count(&of->shape);
    assert(count == shape_count(&of->parameter->shape));
    const float *numbers = parameters + of->parameter->offset;
    uint8_t *data = arena_array(arena, count, sizeof(float));
    for (int64_t i = 0; i < count; i++)
        put(data + i * (int64_t)sizeof(float), bits_of(numbers[place_in(of, i)]), sizeof(float));
    of->tensor->raw_data.len = (size_t)count * sizeof(float);
    of->tensor->raw_data.data = data;
}

/* Readers of the format take no message of two GiB. */
enum { MESSAGE_MAX = INT32_MAX };

bool export_packed(struct export_message *message, const float *parameters, const char *trained_on,
                   struct export_bytes *onnx)
{
    if (trained_on)
        message->onnx.doc_string = arena_printf(message->arena, "trained on %s", trained_on);
    for (int i = 0; i < message->n_parameters; i++)
        set_parameter(&message->parameters[i], parameters, message->arena);
    if (protobuf_c_message_get_packed_size(&message->onnx.base) > MESSAGE_MAX)
        return diag_error(
            message->model->diag, (struct origin){.file = message->model->script},
            "an ONNX file of these weights would have more than 2 GiB, which its readers do not take");
    ProtobufCBinaryData bytes = packed(&message->onnx.base, message);
    *onnx = (struct export_bytes){bytes.data, bytes.len};
    return true;
}
