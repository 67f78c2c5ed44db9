/* watch.c -- a program of its own that gives what every layer makes of one sample: a report of a training shows it. In the others
 * layers are fused, and their outputs are nowhere in memory. */
#include "op/op.h"
#include "pass/pass.h"

#include <string.h>

/* Floats of a sample that there are once, not in each round of a loop. */
static bool can_be_watched(const struct graph *graph, const struct tensor *tensor)
{
    if (!tensor->producer || tensor->scope != SCOPE_SAMPLE || tensor->element != ELEMENT_FLOAT ||
        tensor_loop(tensor) || !shape_valid(&tensor->shape))
        return false;
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] == tensor->producer)
            return true;
    return false;
}

/* ---- where the numbers of a layer come from ---- */

static bool is_layers_output(const struct graph *model, const struct tensor *tensor)
{
    for (int i = 0; i < model->n_layers; i++)
        for (int o = 0; o < model->layers[i]->n_outputs; o++)
            if (model->layers[i]->outputs[o] == tensor)
                return true;
    return !tensor->producer;
}

/* What a place of the node's first input is for, seen from behind it. */
static void step_back(struct reach *reach, const int64_t extent[2], const int64_t stride[2],
                      const int64_t before[2])
{
    for (int i = 0; i < 2; i++) {
        reach->window[i] = (reach->window[i] - 1) * stride[i] + extent[i];
        reach->before[i] = reach->before[i] * stride[i] + before[i];
        reach->stride[i] *= stride[i];
    }
}

/* Of images. */
static bool is_place_by_place(const struct node *node)
{
    const int64_t *x = node->in[0]->shape.dim, *y = node->out[0]->shape.dim;
    if (node->op == &op_concat)
        return x[0] == y[0] && x[1] == y[1]; /* along the channels */
    return node->op->pointwise || node->op->identity_in_inference || node->op == &op_softmax;
}

/* Through a node; false: its numbers come of nowhere in particular. */
static bool reach_through(struct reach *reach, const struct node *node)
{
    const int64_t one[2] = {1, 1};
    if (node->op == &op_pad2d) {
        const int64_t *padding = ((const struct pad2d *)node->attributes)->padding;
        step_back(reach, one, one, (const int64_t[]){padding[0], padding[2]});
        return true;
    }
    if (is_place_by_place(node))
        return true;
    bool convolves = node->op == &op_conv2d, pools = node->op == &op_max_pool2d || node->op == &op_average_pool2d;
    if (!convolves && !pools)
        return false;
    const struct window *window = convolves ? &((const struct conv2d *)node->attributes)->window
                                            : &((const struct pool2d *)node->attributes)->window;
    const int64_t extent[2] = {window_extent(window, 0), window_extent(window, 1)};
    step_back(reach, extent, window->strides, (const int64_t[]){window->pads[0], window->pads[2]});
    return true;
}

static struct reach reach_of(const struct graph *model, const struct layer *layer)
{
    struct reach reach = {{1, 1}, {1, 1}, {0, 0}};
    const struct tensor *tensor = layer->outputs[0];
    bool found = tensor->producer && tensor->shape.rank == 3;
    while (found) {
        found = reach_through(&reach, tensor->producer);
        tensor = tensor->producer->in[0];
        found = found && tensor && tensor->shape.rank == 3;
        if (found && is_layers_output(model, tensor))
            return reach;
    }
    return (struct reach){0};
}

/* ---- the program ---- */

/* Has the layers' outputs be those of the graph, a copy of the model. */
static void watch_layers(struct watch *watch, struct graph *graph, const struct graph *model)
{
    struct tensor **outputs = arena_array(graph->arena, model->n_layers + 1, sizeof(struct tensor *));
    int count = 0;
    watch->places = arena_array(graph->arena, model->n_layers + 1, sizeof *watch->places);
    watch->reaches = arena_array(graph->arena, model->n_layers + 1, sizeof *watch->reaches);
    for (int i = 0; i < model->n_layers; i++) {
        const struct tensor *output = model->layers[i]->outputs[0];
        watch->places[i] = -1;
        watch->reaches[i] = reach_of(model, model->layers[i]);
        if (!can_be_watched(model, output))
            continue;
        outputs[count] = graph->tensors[output->id];
        outputs[count++]->is_output = true;
        watch->places[i] = watch->floats;
        watch->floats += shape_count(&output->shape);
    }
    for (int i = 0; i < graph->n_outputs; i++)
        graph->outputs[i]->is_output = false;
    for (int i = 0; i < count; i++)
        outputs[i]->is_output = true;
    graph->outputs = outputs;
    graph->n_outputs = count;
    graph->output_names = NULL;
}

bool watch_compile(struct unit *unit, const struct graph *model, const char *name)
{
    struct watch *watch = &unit->watch;
    const struct target *target = unit->variants[unit->n_variants - 1].target;
    struct graph *graph = graph_copy(model);
    /* What it prepares is its own, and no kernel of it has to be fast. */
    struct unit own = {.options = unit->options, .model = model, .n_variants = 1};
    struct program program = {.kind = PROGRAM_PREDICT, .graph = graph, .lanes = 1};
    graph->loss = graph->penalty = NULL;
    graph->n_labels = graph->n_metrics = graph->n_constraints = 0;
    graph->optimize = OPTIMIZE_SIZE;
    watch_layers(watch, graph, model);
    graph_sweep(graph);
    if (graph->n_outputs == 0 || !passes_run(&own, &program, target, ON_MODEL | ON_INFERENCE, name) ||
        !passes_run(&own, &program, target, ON_PROGRAM, name))
        return graph->n_outputs == 0;
    watch->program = program;
    watch->prepared = own.prepared;
    return true;
}
