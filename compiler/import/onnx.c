/* onnx.c -- an ONNX file as tables of Lua. protobuf-c takes its messages apart; what they say is believed only where its size
 * is right. Names stay as they are in the file: whoever makes a name of a layer of one checks it. */
#include "import/import.h"

#include "../../runtime/file/file.h"
#include "onnx.pb-c.h"

#include <lauxlib.h>
#include <string.h>

/* ONNX' numbers of element types. */
enum {
    TYPE_FLOAT = 1,
    TYPE_UINT8,
    TYPE_INT8,
    TYPE_UINT16,
    TYPE_INT16,
    TYPE_INT32,
    TYPE_INT64,
    TYPE_STRING,
    TYPE_BOOL,
    TYPE_FLOAT16,
    TYPE_DOUBLE,
    TYPE_UINT32,
    TYPE_UINT64,
    TYPE_BFLOAT16 = 16
};

/* How an element lies in raw_data, and what it becomes. */
static const struct onnx_type {
    int type, bytes;
    enum array_type of;
    const char *name;
    bool is_signed;
} elements[] = {{TYPE_FLOAT, 4, ARRAY_FLOAT, "float32", true},    {TYPE_UINT8, 1, ARRAY_INT, "uint8", false},
                {TYPE_INT8, 1, ARRAY_INT, "int8", true},          {TYPE_UINT16, 2, ARRAY_INT, "uint16", false},
                {TYPE_INT16, 2, ARRAY_INT, "int16", true},        {TYPE_INT32, 4, ARRAY_INT, "int32", true},
                {TYPE_INT64, 8, ARRAY_INT, "int64", true},        {TYPE_BOOL, 1, ARRAY_BOOL, "bool", false},
                {TYPE_FLOAT16, 2, ARRAY_FLOAT, "float16", true},  {TYPE_DOUBLE, 8, ARRAY_FLOAT, "float64", true},
                {TYPE_UINT32, 4, ARRAY_INT, "uint32", false},     {TYPE_UINT64, 8, ARRAY_INT, "uint64", false},
                {TYPE_BFLOAT16, 2, ARRAY_FLOAT, "bfloat16", true}};

static const struct onnx_type *find_element(int type)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (elements[i].type == type)
            return &elements[i];
    return NULL;
}

/* ---- memory of protobuf-c: the arena, which is freed as a whole ---- */

static void *take(void *script, size_t bytes) { return arena_alloc(((struct script *)script)->arena, bytes); }

static void leave(void *script, void *memory) { (void)script, (void)memory; }

static ProtobufCAllocator allocator_of(lua_State *lua) { return (ProtobufCAllocator){take, leave, script_of(lua)}; }

/* ---- tensors ---- */

enum { NAME_SHOWN = 128 };

/* A name that a file has, for messages: in `to`. NULL: it has none. */
static const char *shown(const char *name, char to[NAME_SHOWN])
{
    snprintf(to, NAME_SHOWN, "%s", name ? name : "");
    cnn_make_printable(to);
    return to;
}

_Noreturn static int fail_of_tensor(lua_State *lua, const char *path, const Onnx__Tensor *tensor, const char *what)
{
    char name[NAME_SHOWN];
    script_fail(lua, (struct origin){.file = path}, "the tensor '%s' %s", shown(tensor->name, name), what);
}

static void set_element(struct array *array, int64_t i, const struct onnx_type *element, uint64_t bits)
{
    int unused = 64 - 8 * element->bytes;
    switch (element->type) {
    case TYPE_FLOAT: array->floats[i] = cnn_float_of(bits); break;
    case TYPE_FLOAT16: array->floats[i] = cnn_half_of(bits & 0xffff); break;
    case TYPE_BFLOAT16: array->floats[i] = cnn_float_of((bits & 0xffff) << 16); break;
    case TYPE_DOUBLE: array->floats[i] = (float)cnn_double_of(bits); break;
    case TYPE_BOOL: array->whole[i] = (bits & 255) != 0; break;
    default:
        array->whole[i] =
            element->is_signed ? (int64_t)(bits << unused) >> unused : (int64_t)(bits << unused >> unused);
    }
}

static void read_raw(lua_State *lua, const char *path, const Onnx__Tensor *tensor, const struct onnx_type *element,
                     struct array *array, const unsigned char *data, size_t size)
{
    if (size / (size_t)element->bytes != (size_t)array->count || size % (size_t)element->bytes)
        fail_of_tensor(lua, path, tensor, "has other data than its shape says");
    for (int64_t i = 0; i < array->count; i++)
        set_element(array, i, element, cnn_little_endian(data + i * element->bytes, element->bytes));
}

/* The bits of number i in the field that has numbers of its type; *n: how many there are. */
static uint64_t typed_bits(const Onnx__Tensor *tensor, int type, int64_t i, size_t *n)
{
    uint32_t bits;
    switch (type) {
    case TYPE_FLOAT:
        *n = tensor->n_float_data;
        if (i < 0)
            return 0;
        memcpy(&bits, &tensor->float_data[i], sizeof bits);
        return bits;
    case TYPE_DOUBLE: {
        uint64_t wide;
        *n = tensor->n_double_data;
        if (i < 0)
            return 0;
        memcpy(&wide, &tensor->double_data[i], sizeof wide);
        return wide;
    }
    case TYPE_INT64: *n = tensor->n_int64_data; return i < 0 ? 0 : (uint64_t)tensor->int64_data[i];
    case TYPE_UINT32:
    case TYPE_UINT64: *n = tensor->n_uint64_data; return i < 0 ? 0 : tensor->uint64_data[i];
    default: *n = tensor->n_int32_data; return i < 0 ? 0 : (uint64_t)tensor->int32_data[i];
    }
}

static const char *external(const Onnx__Tensor *tensor, const char *key)
{
    for (size_t i = 0; i < tensor->n_external_data; i++)
        if (tensor->external_data[i]->key && strcmp(tensor->external_data[i]->key, key) == 0)
            return tensor->external_data[i]->value;
    return NULL;
}

/* A whole number from 0 on; absent: `otherwise`. False: it is none. */
static bool count_of_text(const char *text, int64_t otherwise, int64_t *number)
{
    *number = text ? 0 : otherwise;
    for (; text && *text; text++) {
        if (*text < '0' || *text > '9' || *number > INT64_MAX / 16)
            return false;
        *number = *number * 10 + (*text - '0');
    }
    return true;
}

/* Only a file that lies beside the model, and is no link: a model must not make anyone read what it likes. `bytes`: that the
 * tensor has. */
static const char *external_file(lua_State *lua, const char *path, const Onnx__Tensor *tensor, int64_t bytes)
{
    const char *name = external(tensor, "location"), *why;
    const char *file = import_beside(lua, path, name, &why);
    if (file && !import_has(file, bytes))
        why = "is shorter than the tensor";
    if (why) {
        char text[NAME_SHOWN];
        fail_of_tensor(lua, path, tensor,
                       arena_printf(script_of(lua)->arena, "lies in '%s', which %s", shown(name, text), why));
    }
    return file;
}

static void read_external(lua_State *lua, const char *path, const Onnx__Tensor *tensor,
                          const struct onnx_type *element, struct array *array)
{
    int64_t offset, length, bytes = array->count * element->bytes;
    if (!count_of_text(external(tensor, "offset"), 0, &offset) ||
        !count_of_text(external(tensor, "length"), bytes, &length))
        fail_of_tensor(lua, path, tensor, "lies at a place that is none");
    const char *file = external_file(lua, path, tensor, bytes);
    const unsigned char *data = import_read_part(lua, file, offset, length);
    read_raw(lua, path, tensor, element, array, data, (size_t)length);
}

/* Memory is asked for only where the file has as many numbers. */
static void push_tensor(lua_State *lua, const char *path, const Onnx__Tensor *tensor)
{
    const struct onnx_type *element = find_element(tensor->data_type);
    int64_t dim[ARRAY_RANK_MAX], count = 1;
    size_t n = 0;
    if (!element)
        fail_of_tensor(lua, path, tensor,
                       "has elements of a type that is not read (text, complex or packed numbers)");
    if (tensor->n_dims > ARRAY_RANK_MAX)
        fail_of_tensor(lua, path, tensor, "has too many axes");
    for (size_t i = 0; i < tensor->n_dims; i++) {
        dim[i] = tensor->dims[i];
        if (dim[i] < 0 || (dim[i] > 0 && count > ((int64_t)1 << 40) / dim[i]))
            fail_of_tensor(lua, path, tensor, "has a shape that is none");
        count *= dim[i];
    }
    bool is_external = tensor->data_location == 1;
    if (!is_external && !tensor->has_raw_data) {
        (void)typed_bits(tensor, element->type, -1, &n);
        if (n != (size_t)count)
            fail_of_tensor(lua, path, tensor, "has other data than its shape says");
    } else if (!is_external && tensor->raw_data.len / (size_t)element->bytes != (size_t)count) {
        fail_of_tensor(lua, path, tensor, "has other data than its shape says");
    } else if (is_external) {
        (void)external_file(lua, path, tensor, count * element->bytes);
    }
    struct array *array = array_push(lua, element->of, (int)tensor->n_dims, dim);
    array->element = element->name;
    if (is_external)
        read_external(lua, path, tensor, element, array);
    else if (tensor->has_raw_data)
        read_raw(lua, path, tensor, element, array, tensor->raw_data.data, tensor->raw_data.len);
    else
        for (int64_t i = 0; i < array->count; i++)
            set_element(array, i, element, typed_bits(tensor, element->type, i, &n));
}

/* ---- attributes ---- */

enum {
    ATTRIBUTE_F = 1,
    ATTRIBUTE_I,
    ATTRIBUTE_S,
    ATTRIBUTE_T,
    ATTRIBUTE_G,
    ATTRIBUTE_FLOATS,
    ATTRIBUTE_INTS,
    ATTRIBUTE_STRINGS
};

/* Early files do not say the type. */
static int attribute_type(const Onnx__Attribute *a)
{
    if (a->has_type && a->type != 0)
        return a->type;
    const struct {
        bool has;
        int type;
    } fields[] = {{a->has_f != 0, ATTRIBUTE_F},         {a->has_i != 0, ATTRIBUTE_I},
                  {a->has_s != 0, ATTRIBUTE_S},         {a->t != NULL, ATTRIBUTE_T},
                  {a->has_g != 0, ATTRIBUTE_G},         {a->n_floats > 0, ATTRIBUTE_FLOATS},
                  {a->n_strings > 0, ATTRIBUTE_STRINGS}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].has)
            return fields[i].type;
    return ATTRIBUTE_INTS;
}

static void push_bytes(lua_State *lua, ProtobufCBinaryData bytes)
{
    lua_pushlstring(lua, bytes.data ? (const char *)bytes.data : "", bytes.len);
}

/* Graphs within graphs, as bodies of loops are: not so deep that the stack ends. */
enum { GRAPHS_MAX = 8 };
static void push_graph(lua_State *lua, const char *path, const Onnx__Graph *graph, int depth);

/* Pushes the graph that an attribute holds, at `depth`. */
/* NOLINTNEXTLINE(misc-no-recursion): graphs in graphs, GRAPHS_MAX deep at most. */
static void push_body(lua_State *lua, const char *path, const Onnx__Attribute *a, int depth)
{
    struct origin at = {.file = path};
    ProtobufCAllocator allocator = allocator_of(lua);
    if (depth > GRAPHS_MAX)
        script_fail(lua, at, "its loops and branches are more than %d deep", GRAPHS_MAX);
    const Onnx__Graph *graph = onnx__graph__unpack(&allocator, a->g.len, a->g.data);
    lua_newtable(lua);
    if (graph)
        push_graph(lua, path, graph, depth);
    else
        script_fail(lua, at, "this is no ONNX model, or the file is damaged");
}

/* Pushes its value; what is of no known type is `false`. */
/* NOLINTNEXTLINE(misc-no-recursion): graphs in graphs, GRAPHS_MAX deep at most. */
static void push_attribute(lua_State *lua, const char *path, const Onnx__Attribute *a, int depth)
{
    switch (attribute_type(a)) {
    case ATTRIBUTE_F: lua_pushnumber(lua, (double)a->f); return;
    case ATTRIBUTE_I: lua_pushinteger(lua, a->i); return;
    case ATTRIBUTE_S: push_bytes(lua, a->s); return;
    case ATTRIBUTE_T:
        if (a->t)
            push_tensor(lua, path, a->t);
        else
            lua_pushboolean(lua, false);
        return;
    case ATTRIBUTE_G: push_body(lua, path, a, depth + 1); return;
    case ATTRIBUTE_FLOATS:
        lua_newtable(lua);
        for (size_t i = 0; i < a->n_floats; i++) {
            lua_pushnumber(lua, (double)a->floats[i]);
            lua_rawseti(lua, -2, (lua_Integer)i + 1);
        }
        return;
    case ATTRIBUTE_INTS:
        lua_newtable(lua);
        for (size_t i = 0; i < a->n_ints; i++) {
            lua_pushinteger(lua, a->ints[i]);
            lua_rawseti(lua, -2, (lua_Integer)i + 1);
        }
        return;
    case ATTRIBUTE_STRINGS:
        lua_newtable(lua);
        for (size_t i = 0; i < a->n_strings; i++) {
            push_bytes(lua, a->strings[i]);
            lua_rawseti(lua, -2, (lua_Integer)i + 1);
        }
        return;
    default: lua_pushboolean(lua, false);
    }
}

/* ---- the graph ---- */

static void set_text(lua_State *lua, const char *field, const char *text)
{
    lua_pushstring(lua, text ? text : "");
    lua_setfield(lua, -2, field);
}

static void push_names(lua_State *lua, size_t n, char **names)
{
    lua_createtable(lua, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(lua, names[i] ? names[i] : "");
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): graphs in graphs, GRAPHS_MAX deep at most. */
static void push_node(lua_State *lua, const char *path, const Onnx__Node *node, int depth)
{
    lua_newtable(lua);
    set_text(lua, "op", node->op_type);
    set_text(lua, "name", node->name);
    set_text(lua, "domain", node->domain);
    push_names(lua, node->n_input, node->input);
    lua_setfield(lua, -2, "inputs");
    push_names(lua, node->n_output, node->output);
    lua_setfield(lua, -2, "outputs");
    lua_newtable(lua);
    for (size_t i = 0; i < node->n_attribute; i++) {
        lua_pushstring(lua, node->attribute[i]->name ? node->attribute[i]->name : "");
        push_attribute(lua, path, node->attribute[i], depth);
        lua_rawset(lua, -3);
    }
    lua_setfield(lua, -2, "attributes");
}

static void push_dim(lua_State *lua, const Onnx__Dim *dim)
{
    if (dim->has_dim_value && dim->dim_value > 0)
        lua_pushinteger(lua, dim->dim_value);
    else if (dim->dim_param && *dim->dim_param)
        lua_pushstring(lua, dim->dim_param);
    else
        lua_pushboolean(lua, false);
}

static void push_value(lua_State *lua, const Onnx__Value *value)
{
    const Onnx__TensorType *type = value->type ? value->type->tensor_type : NULL;
    const struct onnx_type *element = type ? find_element(type->elem_type) : NULL;
    lua_newtable(lua);
    set_text(lua, "name", value->name);
    set_text(lua, "type", element ? element->name : "text, or another that is not read");
    if (!type || !type->shape)
        return;
    lua_newtable(lua);
    for (size_t i = 0; i < type->shape->n_dim; i++) {
        push_dim(lua, type->shape->dim[i]);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_setfield(lua, -2, "dims");
}

static void push_values(lua_State *lua, size_t n, Onnx__Value **values)
{
    lua_newtable(lua);
    for (size_t i = 0; i < n; i++) {
        push_value(lua, values[i]);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
}

/* Into the table on top of the stack. */
/* NOLINTNEXTLINE(misc-no-recursion): graphs in graphs, GRAPHS_MAX deep at most. */
static void push_graph(lua_State *lua, const char *path, const Onnx__Graph *graph, int depth)
{
    push_values(lua, graph->n_input, graph->input);
    lua_setfield(lua, -2, "inputs");
    push_values(lua, graph->n_output, graph->output);
    lua_setfield(lua, -2, "outputs");
    lua_newtable(lua);
    for (size_t i = 0; i < graph->n_node; i++) {
        push_node(lua, path, graph->node[i], depth);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_setfield(lua, -2, "nodes");
    lua_newtable(lua);
    for (size_t i = 0; i < graph->n_initializer; i++) {
        lua_pushstring(lua, graph->initializer[i]->name ? graph->initializer[i]->name : "");
        push_tensor(lua, path, graph->initializer[i]);
        lua_rawset(lua, -3);
    }
    lua_setfield(lua, -2, "initializers");
    lua_pushinteger(lua, (lua_Integer)graph->n_sparse_initializer);
    lua_setfield(lua, -2, "sparse");
}

static void push_opsets(lua_State *lua, const Onnx__Model *model)
{
    lua_newtable(lua);
    for (size_t i = 0; i < model->n_opset_import; i++) {
        lua_pushstring(lua, model->opset_import[i]->domain ? model->opset_import[i]->domain : "");
        lua_pushinteger(lua, model->opset_import[i]->version);
        lua_rawset(lua, -3);
    }
}

void onnx_push_model(lua_State *lua, const char *path)
{
    struct import_bytes bytes = import_read(lua, path);
    ProtobufCAllocator allocator = allocator_of(lua);
    const Onnx__Model *model = onnx__model__unpack(&allocator, bytes.size, bytes.data);
    if (model && model->graph) {
        lua_newtable(lua);
        set_text(lua, "producer", model->producer_name);
        push_opsets(lua, model);
        lua_setfield(lua, -2, "opsets");
        lua_pushinteger(lua, (lua_Integer)model->n_functions);
        lua_setfield(lua, -2, "functions");
        push_graph(lua, path, model->graph, 0);
    } else {
        script_fail(lua, (struct origin){.file = path}, "this is no ONNX model, or the file is damaged");
    }
}

void onnx_push_tensor(lua_State *lua, const char *path)
{
    struct import_bytes bytes = import_read(lua, path);
    ProtobufCAllocator allocator = allocator_of(lua);
    const Onnx__Tensor *tensor = onnx__tensor__unpack(&allocator, bytes.size, bytes.data);
    if (tensor)
        push_tensor(lua, path, tensor);
    else
        script_fail(lua, (struct origin){.file = path}, "this is no tensor of ONNX, or the file is damaged");
}

/* ---- the weights alone ---- */

/* The initializers in the order in which nodes use them, which is the network's, whatever the file's is. */
static void list_weights(lua_State *lua, const Onnx__Graph *graph, const char *path, struct import_weights *weights)
{
    struct arena *arena = script_of(lua)->arena;
    weights->list = arena_array(arena, (int64_t)graph->n_initializer + 1, sizeof *weights->list);
    lua_newtable(lua); /* name -> place among the initializers, until it is listed */
    int places = lua_gettop(lua);
    for (size_t i = 0; i < graph->n_initializer; i++) {
        lua_pushinteger(lua, (lua_Integer)i);
        lua_setfield(lua, places, graph->initializer[i]->name ? graph->initializer[i]->name : "");
    }
    for (size_t n = 0; n < graph->n_node; n++)
        for (size_t i = 0; i < graph->node[n]->n_input; i++) {
            const char *name = graph->node[n]->input[i];
            if (lua_getfield(lua, places, name) == LUA_TNUMBER) {
                push_tensor(lua, path, graph->initializer[lua_tointeger(lua, -1)]);
                weights->list[weights->count++] =
                    (struct import_weight){arena_strdup(arena, name), array_check(lua, -1)};
                lua_pop(lua, 1);
                lua_pushnil(lua);
                lua_setfield(lua, places, name);
            }
            lua_pop(lua, 1);
        }
}

int onnx_list_weights(lua_State *lua, void *data)
{
    struct import_weights *weights = data;
    struct import_bytes bytes = import_read(lua, weights->path);
    ProtobufCAllocator allocator = allocator_of(lua);
    const Onnx__Model *model = onnx__model__unpack(&allocator, bytes.size, bytes.data);
    array_open(lua);
    if (model && model->graph)
        list_weights(lua, model->graph, weights->path, weights);
    else
        script_fail(lua, (struct origin){.file = weights->path}, "this is no ONNX model, or the file is damaged");
    return 0;
}
