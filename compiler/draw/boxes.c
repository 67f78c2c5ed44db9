/* boxes.c -- which boxes and arrows a model's picture has.
 *
 * A layer is a box, however often it is called. A model that is called like a layer is a frame around the boxes of its own layers,
 * and the arrows to and from it are those of what is in it. */
#include "draw/draw.h"

#include <string.h>

/* A picture that is being put together. */
struct sketch {
    struct drawing *drawing;
    const struct graph *model; /* whose layers are drawn now */
    bool folded;
};

/* A wiring with the boxes of its layers, or of the first ones. */
struct drawn {
    const struct wiring *wiring;
    struct drawn **inside; /* by layer: of a frame; NULL: it is a box */
    int *boxes;            /* by layer */
};

/* ---- boxes ---------------------------------------------------------------------------------------------------- */

static int add_box(struct sketch *sketch, struct box box)
{
    struct drawing *drawing = sketch->drawing;
    drawing->boxes = arena_grow(drawing->arena, drawing->boxes, drawing->n_boxes, sizeof *drawing->boxes);
    drawing->boxes[drawing->n_boxes] = box;
    return drawing->n_boxes++;
}

static void add_arrow(struct sketch *sketch, struct arrow arrow)
{
    struct drawing *drawing = sketch->drawing;
    drawing->arrows = arena_grow(drawing->arena, drawing->arrows, drawing->n_arrows, sizeof *drawing->arrows);
    drawing->arrows[drawing->n_arrows++] = arrow;
}

static const char *shapes_of(struct arena *arena, struct tensor *const *tensors, int count)
{
    const char *text = "";
    for (int i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", shape_text(arena, &tensors[i]->shape));
    return text;
}

/* Those that have anything to do with training are frozen, and there is one. */
static bool is_frozen(const struct layer *layer)
{
    bool any = false;
    for (int i = 0; i < layer->n_parameters; i++) {
        const struct parameter *parameter = layer->parameters[i];
        if (parameter->trainable && !parameter->frozen)
            return false;
        any |= parameter->trainable;
    }
    return any;
}

static bool is_text(const char *a, const char *b) { return a && strcmp(a, b) == 0; }

/* The rounds of the longest loop among the nodes of a layer, which may be inside of the model's layer `row`. */
static int64_t rounds_of(const struct graph *model, const char *row, const char *layer)
{
    int64_t rounds = 0;
    for (int i = 0; i < model->n_nodes; i++) {
        const struct node *node = model->nodes[i];
        bool inside = row ? is_text(node->origin.row, row) : !node->origin.row;
        if (node->loop && inside && is_text(node->origin.layer, layer) && node->loop->rounds > rounds)
            rounds = node->loop->rounds;
    }
    return rounds;
}

static bool has_loops(const struct graph *model)
{
    for (int i = 0; i < model->n_nodes; i++)
        if (model->nodes[i]->loop)
            return true;
    return false;
}

/* A frame needs a box for every arrow that leads from it. */
static bool is_frame(const struct sketch *sketch, const struct layer *layer)
{
    const struct wiring *inside = layer->inside;
    if (sketch->folded || !inside || inside->n_layers == 0)
        return false;
    for (int i = 0; i < inside->n_outputs; i++)
        if (inside->outputs[i].layer < 0)
            return false;
    return true;
}

static struct box box_of(const struct sketch *sketch, const struct layer *layer, int around, const char *row)
{
    struct arena *arena = sketch->drawing->arena;
    struct box box = {.kind = is_frame(sketch, layer) ? BOX_FRAME
                              : layer->is_op          ? BOX_OP
                                                      : BOX_LAYER,
                      .name = layer->name,
                      .type = layer->type,
                      .note = layer->note,
                      .shapes = shapes_of(arena, layer->outputs, layer->n_outputs),
                      .frozen = is_frozen(layer),
                      .calls = layer->calls,
                      .around = around};
    for (int i = 0; i < layer->n_parameters; i++)
        box.parameters += shape_count(&layer->parameters[i]->shape);
    if (box.kind == BOX_LAYER && has_loops(sketch->model))
        box.rounds = rounds_of(sketch->model, row, layer->name);
    return box;
}

static bool is_input(const struct wiring *wiring, int layer)
{
    for (int i = 0; i < wiring->n_inputs; i++)
        if (wiring->inputs[i] == layer)
            return true;
    return false;
}

/* ---- arrows --------------------------------------------------------------------------------------------------- */

/* Where the arrow from an output of a layer begins. */
static struct arrow begin_of(const struct drawn *drawn, struct connection from)
{
    while (drawn->inside[from.layer]) {
        drawn = drawn->inside[from.layer];
        from = drawn->wiring->outputs[from.output];
    }
    bool several = drawn->wiring->layers[from.layer]->n_outputs > 1;
    return (struct arrow){.from = drawn->boxes[from.layer], .output = several ? from.output + 1 : 0};
}

/* Where the arrow to input number `input` of a layer ends: at the first layer of a Sequential, which has no box for its input. */
static int end_of(const struct drawn *drawn, int layer, int input)
{
    while (drawn->inside[layer]) {
        drawn = drawn->inside[layer];
        layer = input < drawn->wiring->n_inputs ? drawn->wiring->inputs[input] : -1;
        if (layer < 0)
            layer = 0;
        else
            input = 0;
    }
    return drawn->boxes[layer];
}

static void connect(struct sketch *sketch, const struct drawn *drawn, int layer)
{
    const struct layer *to = drawn->wiring->layers[layer];
    for (int i = 0; i < to->n_connections; i++) {
        struct arrow arrow = begin_of(drawn, to->connections[i]);
        arrow.to = end_of(drawn, layer, to->connections[i].input);
        add_arrow(sketch, arrow);
    }
}

/* ---- a model -------------------------------------------------------------------------------------------------- */

/* `row`: the layer of the model that all this is in; NULL: none. */
/* NOLINTNEXTLINE(misc-no-recursion): frames in frames, as deep as calls may be nested: MAX_DEPTH of scope.lua. */
static struct drawn *draw_wiring(struct sketch *sketch, const struct wiring *wiring, int around, const char *row)
{
    struct arena *arena = sketch->drawing->arena;
    struct drawn *drawn = arena_alloc(arena, sizeof *drawn);
    drawn->wiring = wiring;
    drawn->boxes = arena_array(arena, wiring->n_layers + 1, sizeof *drawn->boxes);
    drawn->inside = arena_array(arena, wiring->n_layers + 1, sizeof(struct drawn *));
    for (int i = 0; i < wiring->n_layers; i++) {
        const struct layer *layer = wiring->layers[i];
        struct box box = box_of(sketch, layer, around, row);
        if (is_input(wiring, i))
            box.kind = BOX_INPUT;
        drawn->boxes[i] = add_box(sketch, box);
        if (box.kind == BOX_FRAME)
            drawn->inside[i] = draw_wiring(sketch, layer->inside, drawn->boxes[i], row ? row : layer->name);
    }
    for (int i = 0; i < wiring->n_layers; i++)
        connect(sketch, drawn, i);
    return drawn;
}

/* The input of a Sequential is no layer of it, and gets a box as those of other models. */
static void draw_bare_input(struct sketch *sketch, const struct drawn *drawn, int number, int around)
{
    const struct graph *model = sketch->model;
    const struct tensor *input = model->inputs[number];
    const char *shape = shape_text(sketch->drawing->arena, &input->shape);
    struct box box = {.kind = BOX_INPUT,
                      .name = "input",
                      .type = "",
                      .note = input->element == ELEMENT_FLOAT ? "" : element_names[input->element],
                      .shapes = shape,
                      .around = around};
    int from = add_box(sketch, box);
    if (drawn->wiring->n_layers > 0)
        add_arrow(sketch, (struct arrow){.from = from, .to = end_of(drawn, 0, 0)});
}

static void draw_output(struct sketch *sketch, const struct drawn *drawn, int number, int around)
{
    const struct graph *model = sketch->model;
    struct connection of = drawn->wiring->outputs[number];
    if (of.layer < 0)
        return;
    const struct layer *layer = drawn->wiring->layers[of.layer];
    const char *shape = shape_text(sketch->drawing->arena, &layer->outputs[of.output]->shape);
    struct box box = {.kind = BOX_OUTPUT,
                      .name = model->n_outputs > 1 ? model->output_names[number] : "output",
                      .type = "",
                      .note = "",
                      .shapes = shape,
                      .around = around};
    struct arrow arrow = begin_of(drawn, of);
    arrow.to = add_box(sketch, box);
    add_arrow(sketch, arrow);
}

static void draw_model(struct sketch *sketch)
{
    const struct graph *model = sketch->model;
    int around = -1;
    if (model->key) {
        struct box box = {
            .kind = BOX_MODEL, .name = model->key, .type = "", .note = "", .shapes = "", .around = -1};
        for (int i = 0; i < model->n_parameters; i++)
            box.parameters += shape_count(&model->parameters[i]->shape);
        around = add_box(sketch, box);
    }
    const struct wiring *wiring = model->wiring;
    struct drawn *drawn = draw_wiring(sketch, wiring, around, NULL);
    for (int i = 0; i < wiring->n_inputs && i < model->n_inputs; i++)
        if (wiring->inputs[i] < 0)
            draw_bare_input(sketch, drawn, i, around);
    for (int i = 0; i < wiring->n_outputs; i++)
        draw_output(sketch, drawn, i, around);
}

struct drawing *drawing_of(const struct graph *model, const char *name, const struct draw_options *options)
{
    struct sketch sketch = {.drawing = arena_alloc(model->arena, sizeof *sketch.drawing),
                            .folded = options->folded};
    sketch.drawing->arena = model->arena;
    sketch.drawing->title = model->name && !model->key ? model->name : name;
    for (; model; model = model->next) {
        sketch.model = model;
        draw_model(&sketch);
    }
    return sketch.drawing;
}
