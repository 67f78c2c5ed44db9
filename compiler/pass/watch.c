/* watch.c -- a program of its own that gives what every layer makes of one sample: a report of a training shows it. In the others
 * layers are fused, and their outputs are nowhere in memory. */
#include "op/op.h"
#include "pass/pass.h"

#include <string.h>

bool watch_can(const struct graph *model, const struct tensor *tensor)
{
    if (!tensor->producer || tensor->scope != SCOPE_SAMPLE || tensor->element != ELEMENT_FLOAT ||
        tensor_loop(tensor) || !shape_valid(&tensor->shape))
        return false;
    for (int i = 0; i < model->n_nodes; i++)
        if (model->nodes[i] == tensor->producer)
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

/* Through a node; false: its numbers come of nowhere in particular. */
static bool reach_through(struct reach *reach, const struct node *node)
{
    const int64_t one[2] = {1, 1};
    if (node->op == &op_pad2d) {
        const int64_t *padding = ((const struct pad2d *)node->attributes)->padding;
        step_back(reach, one, one, (const int64_t[]){padding[0], padding[2]});
        return true;
    }
    if (node_keeps_places(node))
        return true;
    const struct window *window = node->op->window ? node->op->window(node) : NULL;
    if (!window)
        return false;
    const int64_t extent[2] = {window_extent(window, 0), window_extent(window, 1)};
    step_back(reach, extent, window->strides, (const int64_t[]){window->pads[0], window->pads[2]});
    return true;
}

/* Of two ways back, as around a layer and through it, what either leads to; false: they are not side by side. */
static bool reach_unite(struct reach *all, const struct reach *way)
{
    const bool is_first = all->window[0] == 0;
    for (int i = 0; i < 2 && !is_first; i++) {
        if (all->stride[i] != way->stride[i])
            return false;
        int64_t before = all->before[i] > way->before[i] ? all->before[i] : way->before[i];
        int64_t end = all->window[i] - all->before[i], other = way->window[i] - way->before[i];
        all->window[i] = before + (end > other ? end : other);
        all->before[i] = before;
    }
    if (is_first)
        *all = *way;
    return true;
}

enum { WAYS_MAX = 1000 }; /* that are gone; a layer of more leads to nowhere in particular */

struct search {
    const struct graph *model;
    struct reach all;
    int ways;
};

/* Goes back from a tensor, of which `reach` are the places that are asked for, to what feeds the layer. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the ops of one layer, and of few ways. */
static bool reach_back(struct search *search, const struct tensor *tensor, struct reach reach)
{
    const struct node *node = tensor->producer;
    if (++search->ways > WAYS_MAX || !reach_through(&reach, node))
        return false;
    for (int i = 0; i < node->n_in; i++) {
        const struct tensor *in = node->in[i];
        if (!in || in->scope != SCOPE_SAMPLE)
            continue;
        if (in->shape.rank != 3)
            return false;
        bool found =
            is_layers_output(search->model, in) ? reach_unite(&search->all, &reach) : reach_back(search, in, reach);
        if (!found)
            return false;
    }
    return true;
}

static struct reach reach_of(const struct graph *model, const struct layer *layer)
{
    const struct tensor *output = layer->outputs[0];
    struct search search = {.model = model};
    if (!output->producer || output->shape.rank != 3 ||
        !reach_back(&search, output, (struct reach){{1, 1}, {1, 1}, {0, 0}}))
        return (struct reach){0};
    return search.all;
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
        if (!watch_can(model, output))
            continue;
        outputs[count++] = graph->tensors[output->id];
        watch->places[i] = watch->floats;
        watch->floats += shape_count(&output->shape);
    }
    graph_give_outputs(graph, outputs, count);
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
