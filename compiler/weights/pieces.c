/* pieces.c -- the parameters of a model as PyTorch would save them, and how each is made of what it saves. */
#include "weights/weights.h"

#include "op/op.h"

#include <string.h>

/* A row: parameters of this name are made of these tensors of a module. */
struct recipe {
    const char *name;     /* of the parameter, behind its layer's */
    const char *parts[2]; /* of the module; the second may be absent */
    /* The shape that a tensor is to have. */
    void (*shape)(const struct ingredient *ingredient, struct shape *shape);
    void (*fill)(const struct ingredient *ingredient, const float *const *from, float *to);
};

static const struct shape *shape_of(const struct ingredient *i) { return &i->parameter->shape; }
static int64_t last(const struct shape *shape) { return shape->rank ? shape->dim[shape->rank - 1] : 1; }
static int64_t place_of(const struct ingredient *i, int64_t place) { return i->order ? i->order[place] : place; }

/* ---- what is the same ---- */

/* Of whole images channels first. */
static void same_shape(const struct ingredient *i, struct shape *shape)
{
    *shape = *shape_of(i);
    for (int axis = shape->rank - 1; i->order && axis > 0; axis--) {
        shape->dim[axis] = shape_of(i)->dim[axis - 1];
        shape->dim[0] = last(shape_of(i));
    }
}

static void copy(const struct ingredient *i, const float *const *from, float *to)
{
    for (int64_t j = 0; j < shape_count(shape_of(i)); j++)
        to[j] = from[0][place_of(i, j)];
}

/* Slopes of a PReLU that are shared by the places. */
static void of_channels(const struct ingredient *i, struct shape *shape)
{
    *shape = (struct shape){.rank = 1, .dim = {last(shape_of(i))}};
}

static void fill_channels(const struct ingredient *i, const float *const *from, float *to)
{
    for (int64_t j = 0; j < shape_count(shape_of(i)); j++)
        to[j] = from[0][j % last(shape_of(i))];
}

/* ---- kernels: (places..., in, out) of (out, in, places...) ---- */

static void swapped_shape(const struct ingredient *i, struct shape *shape)
{
    const struct shape *own = shape_of(i);
    shape->rank = own->rank;
    shape->dim[0] = own->dim[own->rank - 1];
    shape->dim[1] = own->dim[own->rank - 2];
    for (int axis = 0; axis < own->rank - 2; axis++)
        shape->dim[axis + 2] = own->dim[axis];
}

static void swap(const struct ingredient *i, const float *const *from, float *to)
{
    const struct shape *own = shape_of(i);
    int64_t out = own->dim[own->rank - 1], in = own->dim[own->rank - 2], places = shape_count(own) / (in * out);
    for (int64_t p = 0; p < places; p++)
        for (int64_t c = 0; c < in; c++)
            for (int64_t f = 0; f < out; f++)
                *to++ = from[0][((i->columns ? i->columns[f] : f) * in + place_of(i, c)) * places + p];
}

/* (places..., channels, multiplier) of (channels * multiplier, 1, places...) */
static void depthwise_shape(const struct ingredient *i, struct shape *shape)
{
    swapped_shape(i, shape);
    shape->dim[0] *= shape->dim[1];
    shape->dim[1] = 1;
}

static void fill_depthwise(const struct ingredient *i, const float *const *from, float *to)
{
    const struct shape *own = shape_of(i);
    int64_t filters = own->dim[own->rank - 1] * own->dim[own->rank - 2], places = shape_count(own) / filters;
    for (int64_t p = 0; p < places; p++)
        for (int64_t f = 0; f < filters; f++)
            *to++ = from[0][f * places + p];
}

/* ---- recurrence: the gates one behind the other ---- */

/* Which of PyTorch's gates each of Keras' is: of a GRU they are z, r, h there, and r, z, n here. */
static int64_t gate_of(const struct ingredient *i, int64_t gate)
{
    return i->gates == 3 && gate < 2 ? 1 - gate : gate;
}

static void fill_gates(const struct ingredient *i, const float *const *from, float *to)
{
    const struct shape *own = shape_of(i);
    int64_t rows = own->dim[0], units = own->dim[1] / i->gates;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t g = 0; g < i->gates; g++)
            for (int64_t u = 0; u < units; u++)
                *to++ = from[0][(gate_of(i, g) * units + u) * rows + place_of(i, r)];
}

/* Two biases, which are one, or one of each in two rows. */
static void fill_gate_biases(const struct ingredient *i, const float *const *from, float *to)
{
    int64_t width = last(shape_of(i)), units = width / i->gates;
    bool apart = shape_of(i)->rank == 2;
    for (int64_t j = 0; j < width; j++) {
        int64_t at = gate_of(i, j / units) * units + j % units;
        to[j] = apart ? from[0][at] : from[0][at] + from[1][at];
        if (apart)
            to[width + j] = from[1][at];
    }
}

/* ---- attention: query, key and value lie one behind the other ---- */

static void projection_shape(const struct ingredient *i, struct shape *shape)
{
    int64_t in = shape_of(i)->dim[0];
    *shape = (struct shape){.rank = 2, .dim = {3 * (shape_count(shape_of(i)) / in), in}};
}

static void fill_projection(const struct ingredient *i, const float *const *from, float *to)
{
    int64_t in = shape_of(i)->dim[0], out = shape_count(shape_of(i)) / in;
    for (int64_t r = 0; r < in; r++)
        for (int64_t c = 0; c < out; c++)
            *to++ = from[0][(i->slice * out + c) * in + r];
}

static void projection_bias_shape(const struct ingredient *i, struct shape *shape)
{
    *shape = (struct shape){.rank = 1, .dim = {3 * shape_count(shape_of(i))}};
}

static void fill_projection_bias(const struct ingredient *i, const float *const *from, float *to)
{
    int64_t count = shape_count(shape_of(i));
    memcpy(to, from[0] + i->slice * count, (size_t)count * sizeof *to);
}

/* The heads put together: (heads, size, out) of (out, heads * size). */
static void joining_shape(const struct ingredient *i, struct shape *shape)
{
    int64_t out = last(shape_of(i));
    *shape = (struct shape){.rank = 2, .dim = {out, shape_count(shape_of(i)) / out}};
}

static void fill_joining(const struct ingredient *i, const float *const *from, float *to)
{
    int64_t out = last(shape_of(i)), in = shape_count(shape_of(i)) / out;
    for (int64_t r = 0; r < in; r++)
        for (int64_t c = 0; c < out; c++)
            *to++ = from[0][c * in + r];
}

/* ---- the table ---- */

static const struct recipe plain[] = {
    {"kernel", {"weight"}, swapped_shape, swap},
    {"pointwise_kernel", {"weight"}, swapped_shape, swap},
    {"bias", {"bias"}, same_shape, copy},
    {"gamma", {"weight"}, same_shape, copy},
    {"scale", {"weight"}, same_shape, copy},
    {"beta", {"bias"}, same_shape, copy},
    {"moving_mean", {"running_mean"}, same_shape, copy},
    {"moving_variance", {"running_var"}, same_shape, copy},
    {"embeddings", {"weight"}, same_shape, copy},
    {"alpha", {"weight"}, of_channels, fill_channels},
};
static const struct recipe depthwise = {"depthwise_kernel", {"weight"}, depthwise_shape, fill_depthwise};
static const struct recipe recurrent[] = {
    {"kernel", {"weight_ih"}, swapped_shape, fill_gates},
    {"recurrent_kernel", {"weight_hh"}, swapped_shape, fill_gates},
    {"bias", {"bias_ih", "bias_hh"}, of_channels, fill_gate_biases},
};
static const struct recipe projection[] = {
    {"kernel", {"in_proj_weight"}, projection_shape, fill_projection},
    {"bias", {"in_proj_bias"}, projection_bias_shape, fill_projection_bias},
};
static const struct recipe joining[] = {
    {"kernel", {"weight"}, joining_shape, fill_joining},
    {"bias", {"bias"}, same_shape, copy},
};

static const struct recipe *find_recipe(const struct recipe *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
#define FIND(table, name) find_recipe(table, sizeof(table) / sizeof *(table), name)

/* ---- what reads a parameter ---- */

struct use {
    const struct graph *graph;
    const struct node *node;     /* NULL: nothing does */
    const struct tensor *tensor; /* the parameter, in the shape in which the node takes it */
    const struct tensor *data;   /* what the node takes beside it, or NULL */
};

static bool reads(const struct use *use, const struct tensor *tensor, const struct parameter *parameter)
{
    return tensor && (use->tensor ? tensor == use->tensor : tensor->parameter == parameter);
}

/* The next node that reads it, behind those that only give it another shape. */
static bool step(struct use *use, const struct parameter *parameter, const struct graph *graph)
{
    for (int n = 0; n < graph->n_nodes; n++) {
        const struct node *node = graph->nodes[n];
        for (int i = 0; i < node->n_in; i++)
            if (reads(use, node->in[i], parameter)) {
                *use = (struct use){graph, node, node->in[i], NULL};
                use->data = i > 0 ? node->in[0] : node->n_in > 1 ? node->in[1] : NULL;
                return true;
            }
    }
    return false;
}

static struct use use_of(const struct graph *model, const struct parameter *parameter)
{
    struct use use = {0};
    for (; model && !use.node; model = model->next)
        (void)step(&use, parameter, model);
    while (use.node && use.node->op == &op_reshape) {
        use.tensor = use.node->out[0];
        if (!step(&use, parameter, use.graph))
            break;
    }
    return use;
}

/* ---- pieces ---- */

static const char *own_name(const struct parameter *parameter)
{
    const char *slash = strrchr(parameter->name, '/');
    return slash ? slash + 1 : parameter->name;
}

/* "block/query" -> 0; -1: it is no projection of attention. */
static int slice_of(const char *layer)
{
    static const char *const names[] = {"/query", "/key", "/value"};
    for (int i = 0; i < 3; i++)
        if (text_ends_with(layer, names[i]))
            return i;
    return -1;
}

/* Has it an axis of heads, as attention's have? Not so a Dense that somebody calls by the same name. */
static bool is_of_heads(const struct parameter *parameter, const char *name)
{
    return parameter->shape.rank == (strcmp(name, "bias") == 0 ? 2 : 3);
}

static const struct parameter *find_parameter(const struct graph *model, const char *name)
{
    for (int i = 0; i < model->n_in_memory; i++)
        if (strcmp(model->parameters_in_memory[i]->name, name) == 0)
            return model->parameters_in_memory[i];
    return NULL;
}

static const struct parameter *sibling(const struct graph *model, const char *layer, const char *name)
{
    return find_parameter(model, arena_printf(model->arena, "%s/%s", layer, name));
}

/* What a parameter is a part of, and its recipe. */
struct place {
    const char *piece;
    const struct recipe *recipe;
    int64_t gates;
    int slice;
};

/* 0: it is no layer that PyTorch has. Without reset_after a GRU's last gate works on another state. */
static int64_t gates_of(const struct graph *model, const struct parameter *kernel)
{
    const struct shape *shape = &kernel->shape;
    int64_t gates = shape->rank == 2 ? shape->dim[1] / shape->dim[0] : 0;
    struct use use = use_of(model, kernel);
    bool whole = use.node && use.node->op == &op_matmul;
    return gates == 1 || gates == 4 || (gates == 3 && whole) ? gates : 0;
}

/* A kernel for each channel apart, which conv2d reads as one of so many groups. */
static bool is_depthwise(const struct parameter *parameter, const struct use *use)
{
    const struct shape *own = &parameter->shape;
    return use->node && use->node->op == &op_conv2d && own->rank > 2 &&
           use->tensor->shape.dim[2] != own->dim[own->rank - 2];
}

static struct place place_in(const struct graph *model, const struct parameter *parameter, const struct use *use)
{
    const char *name = own_name(parameter), *layer = parameter->name;
    if (name != layer)
        layer = arena_printf(model->arena, "%.*s", (int)(name - layer - 1), layer);
    struct place place = {.piece = layer, .slice = slice_of(layer)};
    const struct parameter *recurrence = sibling(model, layer, "recurrent_kernel");
    if (recurrence) {
        place.gates = gates_of(model, recurrence);
        place.recipe = place.gates ? FIND(recurrent, name) : NULL;
    } else if (place.slice >= 0 && is_of_heads(parameter, name)) {
        place.piece = arena_printf(model->arena, "%.*s", (int)(strrchr(layer, '/') - layer), layer);
        place.recipe = FIND(projection, name);
    } else if (text_ends_with(layer, "/attention_output")) {
        place.recipe = FIND(joining, name);
    } else if (is_depthwise(parameter, use)) {
        place.recipe = &depthwise;
        if (strcmp(name, "depthwise_kernel") == 0)
            place.piece = arena_printf(model->arena, "%s/depthwise", layer);
    } else {
        place.recipe = FIND(plain, name);
    }
    return place;
}

/* Of a vector that becomes an image. Only the kernel of a plain product can have its columns moved. */
static void find_columns(struct ingredient *ingredient, const struct graph *graph, const struct tensor *out)
{
    const struct shape *own = &ingredient->parameter->shape;
    int64_t count = shape_count(&out->shape);
    if (count != last(&out->shape))
        return;
    const struct places *places = &places_of(graph)[out->id];
    ingredient->columns = places_list(graph->arena, places, count);
    bool moves = ingredient->recipe && ingredient->recipe->fill == swap && own->rank == 2 && last(own) == count;
    ingredient->is_lost = !places_are_known(places, count, count) || (ingredient->columns && !moves);
}

/* Of the numbers that it is for, or of the rows that it has for each. */
static void find_order(struct ingredient *ingredient, const struct use *use)
{
    const struct shape *own = &ingredient->parameter->shape;
    const struct op *op = use->node ? use->node->op : NULL;
    bool is_product = op == &op_matmul && own->rank == 2;
    int64_t width = is_product ? own->dim[0] : op == &op_binary || op == &op_batch_norm ? shape_count(own) : 0;
    int64_t all = use->data && use->data->scope == SCOPE_SAMPLE ? shape_count(&use->data->shape) : 0;
    if (op == &op_matmul || op == &op_gather)
        find_columns(ingredient, use->graph, use->node->out[0]);
    if (all == 0 || width == 0 || (all != width && !is_product))
        return;
    const struct places *places = &places_of(use->graph)[use->data->id];
    ingredient->is_lost |= !places_are_known(places, all, width);
    if (all == width && !ingredient->is_lost)
        ingredient->order = places_list(use->graph->arena, places, width);
}

static struct piece *find_piece(const struct graph *model, struct pieces *pieces, const char *name)
{
    for (int i = 0; i < pieces->count; i++)
        if (strcmp(pieces->list[i].name, name) == 0)
            return &pieces->list[i];
    pieces->list = arena_grow(model->arena, pieces->list, pieces->count, sizeof *pieces->list);
    struct piece *piece = &pieces->list[pieces->count++];
    *piece = (struct piece){.name = name};
    return piece;
}

static const char *shape_words(struct arena *arena, const struct shape *shape)
{
    return shape->rank ? shape_text(arena, shape) : "scalar";
}

/* "weight 8x1x5x5, bias 8" */
static void say_what_it_wants(struct arena *arena, struct piece *piece)
{
    piece->wants = "";
    for (int i = 0; i < piece->count; i++) {
        const struct ingredient *ingredient = &piece->ingredients[i];
        struct shape shape;
        if (!ingredient->recipe || ingredient->slice > 0)
            continue;
        ingredient->recipe->shape(ingredient, &shape);
        for (int p = 0; p < 2 && ingredient->recipe->parts[p]; p++)
            piece->wants = arena_printf(arena, "%s%s%s %s", piece->wants, *piece->wants ? ", " : "",
                                        ingredient->recipe->parts[p], shape_words(arena, &shape));
    }
}

/* In the order in which the script made them. */
static void add_parameters(const struct graph *model, const struct graph *graph, struct pieces *pieces)
{
    for (int i = 0; i < graph->n_parameters; i++) {
        const struct parameter *parameter = graph->parameters[i];
        struct use use = use_of(model, parameter);
        struct place place = place_in(model, parameter, &use);
        struct piece *piece = find_piece(model, pieces, place.piece);
        bool known = false; /* as one of a model before */
        for (int j = 0; j < piece->count; j++)
            known |= piece->ingredients[j].parameter == parameter;
        struct ingredient ingredient = {
            .parameter = parameter, .recipe = place.recipe, .gates = place.gates, .slice = place.slice};
        find_order(&ingredient, &use);
        if (known)
            continue;
        piece->ingredients = arena_grow(model->arena, piece->ingredients, piece->count, sizeof ingredient);
        piece->ingredients[piece->count++] = ingredient;
    }
}

void pieces_of(const struct graph *model, struct pieces *pieces)
{
    struct arena *arena = model->arena;
    *pieces = (struct pieces){0};
    for (const struct graph *graph = model; graph; graph = graph->next)
        add_parameters(model, graph, pieces);
    for (int i = 0; i < pieces->count; i++)
        say_what_it_wants(arena, &pieces->list[i]);
}

/* ---- pieces and modules ---- */

static const struct named_tensor *find_part(const struct module *module, const char *part)
{
    for (int i = 0; i < module->count; i++)
        if (strcmp(module->tensors[i].part, part) == 0)
            return module->tensors[i].tensor;
    return NULL;
}

/* Axes of one place at the end do not count: a Linear may be a convolution of 1x1. */
static bool has_shape(const struct named_tensor *tensor, const struct shape *shape)
{
    for (int i = 0; i < tensor->rank || i < shape->rank; i++)
        if ((i < tensor->rank ? tensor->dim[i] : 1) != (i < shape->rank ? shape->dim[i] : 1))
            return false;
    return true;
}

/* Keras calls the layer that goes from the last step to the first so in a Bidirectional one, as PyTorch its tensors. */
static bool same_direction(const struct piece *piece, const struct module *module)
{
    return (strstr(piece->name, "backward_") != NULL) == text_ends_with(module->name, "_reverse");
}

bool piece_fits(const struct piece *piece, const struct module *module)
{
    int used = 0;
    if (piece->ingredients[0].gates && !same_direction(piece, module))
        return false;
    for (int i = 0; i < piece->count; i++) {
        const struct ingredient *ingredient = &piece->ingredients[i];
        const struct recipe *recipe = ingredient->recipe;
        struct shape shape;
        if (!recipe)
            return false;
        recipe->shape(ingredient, &shape);
        for (int p = 0; p < 2 && recipe->parts[p]; p++) {
            const struct named_tensor *tensor = find_part(module, recipe->parts[p]);
            if (!tensor || !has_shape(tensor, &shape))
                return false;
            used += ingredient->slice <= 0;
        }
    }
    return used == module->count;
}

/* Of a module that fits. */
static const struct named_tensor *part_of(const struct piece *piece, const char *part)
{
    static const struct named_tensor none = {.name = ""};
    const struct named_tensor *tensor = find_part(piece->module, part);
    return tensor ? tensor : &none;
}

const struct parameter *piece_lost(const struct piece *piece)
{
    for (int i = 0; i < piece->count; i++)
        if (piece->ingredients[i].is_lost)
            return piece->ingredients[i].parameter;
    return NULL;
}

void piece_fill(const struct piece *piece, float *parameters)
{
    for (int i = 0; i < piece->count; i++) {
        const struct ingredient *ingredient = &piece->ingredients[i];
        const float *from[2] = {NULL};
        for (int p = 0; p < 2 && ingredient->recipe->parts[p]; p++)
            from[p] = part_of(piece, ingredient->recipe->parts[p])->values;
        ingredient->recipe->fill(ingredient, from, parameters + ingredient->parameter->offset);
    }
}

/* "  dense/kernel 400x10 <- fc.weight 10x400, rows from channels first" */
static void print_ingredient(const struct piece *piece, const struct ingredient *i, FILE *out)
{
    const char *const *parts = i->recipe->parts;
    char text[CNN_SHAPE_TEXT];
    const struct named_tensor *tensor = part_of(piece, parts[0]);
    fprintf(out, "  %s %s", i->parameter->name,
            cnn_shape_text(text, i->parameter->shape.rank, i->parameter->shape.dim));
    fprintf(out, " <- %s %s", tensor->name, cnn_shape_text(text, tensor->rank, tensor->dim));
    if (parts[1])
        fprintf(out, i->parameter->shape.rank == 2 ? " and %s" : " + %s", part_of(piece, parts[1])->name);
    if (i->order)
        fputs(i->parameter->shape.rank == 2 ? ", its columns from channels first" : ", from channels first", out);
    if (i->columns)
        fputs(", its rows from channels first", out);
    if (i->gates == 3)
        fputs(", gates z r n of r z n", out);
    putc('\n', out);
}

void piece_print(const struct piece *piece, FILE *out)
{
    for (int i = 0; i < piece->count; i++)
        print_ingredient(piece, &piece->ingredients[i], out);
}
