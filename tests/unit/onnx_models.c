/* onnx_models.c */
#include "onnx_models.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(struct onnx_model *model, const char *text) { return arena_strdup(model->arena, text); }

static ProtobufCBinaryData bytes_of(char *text)
{
    return (ProtobufCBinaryData){.len = strlen(text), .data = (uint8_t *)text};
}

/* The parts of "a,b": a list in the arena. */
static char **split(struct onnx_model *model, const char *text, size_t *n)
{
    char **list = arena_array(model->arena, ONNX_MOST, sizeof *list);
    for (*n = 0; *text; text += strcspn(text, ","), text += *text == ',') {
        char *part = copy(model, text);
        part[strcspn(part, ",")] = '\0';
        list[(*n)++] = part;
    }
    return list;
}

void onnx_begin(struct onnx_model *model, struct arena *arena, int64_t version)
{
    *model = (struct onnx_model){.arena = arena};
    onnx__model__init(&model->model);
    onnx__graph__init(&model->graph);
    onnx__opset_id__init(&model->opset);
    model->opset.has_version = true;
    model->opset.version = version;
    model->opsets[0] = &model->opset;
    model->model.has_ir_version = true;
    model->model.ir_version = 8;
    model->model.graph = &model->graph;
    model->model.opset_import = model->opsets;
    model->model.n_opset_import = 1;
    model->graph.node = model->nodes;
    model->graph.initializer = model->weights;
    model->graph.input = model->inputs;
    model->graph.output = model->outputs;
}

static Onnx__Value *value(struct onnx_model *model, const char *name)
{
    Onnx__Value *value = arena_alloc(model->arena, sizeof *value);
    onnx__value__init(value);
    value->name = copy(model, name);
    value->type = arena_alloc(model->arena, sizeof *value->type);
    onnx__type__init(value->type);
    value->type->tensor_type = arena_alloc(model->arena, sizeof *value->type->tensor_type);
    onnx__tensor_type__init(value->type->tensor_type);
    value->type->tensor_type->has_elem_type = true;
    value->type->tensor_type->elem_type = 1;
    return value;
}

void onnx_input(struct onnx_model *model, const char *name, const char *dims)
{
    size_t n;
    char **parts = split(model, dims, &n);
    Onnx__Value *made = value(model, name);
    Onnx__Shape *shape = arena_alloc(model->arena, sizeof *shape);
    onnx__shape__init(shape);
    shape->dim = arena_array(model->arena, ONNX_MOST, sizeof *shape->dim);
    for (size_t i = 0; i < n; i++) {
        Onnx__Dim *dim = shape->dim[i] = arena_alloc(model->arena, sizeof *dim);
        onnx__dim__init(dim);
        dim->has_dim_value = isdigit((unsigned char)parts[i][0]) != 0;
        if (dim->has_dim_value)
            dim->dim_value = atol(parts[i]);
        else
            dim->dim_param = parts[i];
    }
    shape->n_dim = n;
    made->type->tensor_type->shape = shape;
    model->inputs[model->graph.n_input++] = made;
}

void onnx_output(struct onnx_model *model, const char *name)
{
    model->outputs[model->graph.n_output++] = value(model, name);
}

static Onnx__Tensor *tensor(struct onnx_model *model, const char *name, int type)
{
    Onnx__Tensor *tensor = arena_alloc(model->arena, sizeof *tensor);
    onnx__tensor__init(tensor);
    tensor->name = copy(model, name);
    tensor->has_data_type = true;
    tensor->data_type = type;
    model->weights[model->graph.n_initializer++] = tensor;
    return tensor;
}

Onnx__Tensor *onnx_weights(struct onnx_model *model, const char *name, const char *dims)
{
    size_t n, count = 1;
    char **parts = split(model, dims, &n);
    Onnx__Tensor *made = tensor(model, name, 1);
    made->dims = arena_array(model->arena, ONNX_MOST, sizeof *made->dims);
    for (size_t i = 0; i < n; i++) {
        made->dims[i] = atol(parts[i]);
        count *= (size_t)made->dims[i];
    }
    made->n_dims = n;
    made->float_data = arena_array(model->arena, (int64_t)count + 1, sizeof *made->float_data);
    for (size_t i = 0; i < count; i++)
        made->float_data[i] = (float)(i * 7 % 11) / 8 - 0.5f;
    made->n_float_data = count;
    return made;
}

void onnx_integers(struct onnx_model *model, const char *name, const char *numbers)
{
    size_t n;
    char **parts = split(model, numbers, &n);
    Onnx__Tensor *made = tensor(model, name, 7);
    made->dims = arena_array(model->arena, 1, sizeof *made->dims);
    made->dims[0] = (int64_t)n;
    made->n_dims = 1;
    made->int64_data = arena_array(model->arena, ONNX_MOST, sizeof *made->int64_data);
    for (size_t i = 0; i < n; i++)
        made->int64_data[i] = atol(parts[i]);
    made->n_int64_data = n;
}

static void set_attribute(struct onnx_model *model, Onnx__Attribute *attribute, char *text)
{
    size_t n;
    char **parts = split(model, text, &n);
    attribute->has_type = true;
    if (strchr(text, ',') && isalpha((unsigned char)*text)) {
        attribute->type = 8;
        attribute->strings = arena_array(model->arena, ONNX_MOST, sizeof *attribute->strings);
        attribute->n_strings = n;
        for (size_t i = 0; i < n; i++)
            attribute->strings[i] = (ProtobufCBinaryData){strlen(parts[i]), (uint8_t *)parts[i]};
    } else if (strchr(text, ',')) {
        attribute->type = 7;
        attribute->ints = arena_array(model->arena, ONNX_MOST, sizeof *attribute->ints);
        attribute->n_ints = n;
        for (size_t i = 0; i < n; i++)
            attribute->ints[i] = atol(parts[i]);
    } else if (strchr(text, '.')) {
        attribute->type = 1;
        attribute->has_f = true;
        attribute->f = strtof(text, NULL);
    } else if (isdigit((unsigned char)text[0]) || text[0] == '-') {
        attribute->type = 2;
        attribute->has_i = true;
        attribute->i = atol(text);
    } else {
        attribute->type = 3;
        attribute->has_s = true;
        attribute->s = bytes_of(text);
    }
}

Onnx__Node *onnx_node(struct onnx_model *model, const char *op, const char *inputs, const char *outputs,
                      const char *attributes)
{
    Onnx__Node *node = arena_alloc(model->arena, sizeof *node);
    onnx__node__init(node);
    node->op_type = copy(model, op);
    node->input = split(model, inputs, &node->n_input);
    node->output = split(model, outputs, &node->n_output);
    node->attribute = arena_array(model->arena, ONNX_MOST, sizeof *node->attribute);
    for (char *text = copy(model, attributes); *text;) {
        char *next = text + strcspn(text, " ");
        if (*next)
            *next++ = '\0';
        Onnx__Attribute *attribute = node->attribute[node->n_attribute++] =
            arena_alloc(model->arena, sizeof *attribute);
        onnx__attribute__init(attribute);
        char *equals = strchr(text, '=');
        *equals = '\0';
        attribute->name = text;
        set_attribute(model, attribute, equals + 1);
        text = next;
    }
    model->nodes[model->graph.n_node++] = node;
    return node;
}

void onnx_body(struct onnx_model *model, Onnx__Node *node, const char *name, const struct onnx_model *body)
{
    Onnx__Attribute *attribute = arena_alloc(model->arena, sizeof *attribute);
    onnx__attribute__init(attribute);
    size_t size = onnx__graph__get_packed_size(&body->graph);
    attribute->name = arena_strdup(model->arena, name);
    attribute->has_type = attribute->has_g = true;
    attribute->type = 5;
    attribute->g = (ProtobufCBinaryData){size, arena_alloc(model->arena, size + 1)};
    onnx__graph__pack(&body->graph, attribute->g.data);
    Onnx__Attribute **more = arena_array(model->arena, (int64_t)node->n_attribute + 1, sizeof *more);
    for (size_t i = 0; i < node->n_attribute; i++)
        more[i] = node->attribute[i];
    more[node->n_attribute++] = attribute;
    node->attribute = more;
}

const char *onnx_write(struct onnx_model *model, const char *folder, const char *name)
{
    const char *path = arena_printf(model->arena, "%s/%s", folder, name);
    size_t size = onnx__model__get_packed_size(&model->model);
    uint8_t *bytes = arena_alloc(model->arena, size + 1);
    onnx__model__pack(&model->model, bytes);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
    return path;
}
