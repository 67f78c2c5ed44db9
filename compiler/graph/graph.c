/* graph.c -- building, copying and rewriting the graph.
 *
 * Nodes stay in topological order: a tensor exists before it is used, so appending keeps the order, and a
 * rewrite that makes a later tensor an earlier node's input calls graph_sweep() (order.c) to restore it. */
#include "graph/graph.h"

#include <ctype.h>
#include <string.h>

/* ---- building ---- */

struct graph *graph_new(struct arena *arena, struct diag *diag, const char *script)
{
    struct graph *graph = arena_alloc(arena, sizeof *graph);
    graph->arena = arena;
    graph->diag = diag;
    graph->script = script;
    graph->loss_scale = 1;
    return graph;
}

static struct tensor *add_tensor(struct graph *graph, const char *name, struct shape shape, enum scope scope,
                                 enum role role)
{
    struct tensor *tensor = arena_alloc(graph->arena, sizeof *tensor);
    tensor->id = graph->n_tensors;
    tensor->name = name;
    tensor->shape = shape;
    tensor->scope = scope;
    tensor->role = role;
    graph->tensors = arena_grow(graph->arena, graph->tensors, graph->n_tensors, sizeof *graph->tensors);
    graph->tensors[graph->n_tensors++] = tensor;
    return tensor;
}

struct tensor *graph_input(struct graph *graph, const char *name, struct shape shape, enum element element)
{
    struct tensor *input = add_tensor(graph, arena_strdup(graph->arena, name), shape, SCOPE_SAMPLE, ROLE_INPUT);
    input->element = element;
    graph->inputs = arena_grow(graph->arena, graph->inputs, graph->n_inputs, sizeof *graph->inputs);
    graph->inputs[graph->n_inputs++] = input;
    return input;
}

struct tensor *graph_state(struct graph *graph, struct shape shape)
{
    return add_tensor(graph, "kept_state", shape, SCOPE_SAMPLE, ROLE_STATE);
}

struct tensor *graph_label(struct graph *graph, struct shape shape)
{
    struct label label = {
        .tensor = add_tensor(graph, "label", shape, SCOPE_SAMPLE, ROLE_LABEL), .loss = "", .probabilities = "none"};
    graph->labels = arena_grow(graph->arena, graph->labels, graph->n_labels, sizeof *graph->labels);
    graph->labels[graph->n_labels++] = label;
    return label.tensor;
}

struct tensor *graph_share(struct graph *graph)
{
    if (!graph->share)
        graph->share = add_tensor(graph, "share", (struct shape){0}, SCOPE_SAMPLE, ROLE_SHARE);
    return graph->share;
}

struct tensor *graph_sample_weight(struct graph *graph)
{
    if (!graph->sample_weight)
        graph->sample_weight =
            add_tensor(graph, "sample_weight", (struct shape){0}, SCOPE_SAMPLE, ROLE_SAMPLE_WEIGHT);
    return graph->sample_weight;
}

struct tensor *graph_weight(struct graph *graph)
{
    if (!graph->weight)
        graph->weight = add_tensor(graph, "weight", (struct shape){0}, SCOPE_SAMPLE, ROLE_WEIGHT);
    return graph->weight;
}

struct tensor *graph_batch_number(struct graph *graph, const struct batch_number *of)
{
    for (int i = 0; i < graph->n_batch_numbers; i++) {
        const struct batch_number *known = &graph->batch_numbers[i];
        if (known->kind == of->kind && known->output == of->output && known->ignored == of->ignored)
            return known->tensor;
    }
    struct batch_number made = *of;
    made.tensor = add_tensor(graph, "batch_number", (struct shape){0}, SCOPE_SAMPLE, ROLE_BATCH);
    graph->batch_numbers =
        arena_grow(graph->arena, graph->batch_numbers, graph->n_batch_numbers, sizeof *graph->batch_numbers);
    graph->batch_numbers[graph->n_batch_numbers++] = made;
    return made.tensor;
}

/* Names of C have no '/', and macros no small letters. */
static const char *macro_of(struct arena *arena, const char *name)
{
    char *macro = arena_strdup(arena, name);
    for (char *p = macro; *p; p++)
        *p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
    return macro;
}

void graph_list_parameter(struct graph *graph, struct parameter *parameter)
{
    for (int i = 0; i < graph->n_parameters; i++)
        if (graph->parameters[i] == parameter)
            return;
    graph->parameters = arena_grow(graph->arena, graph->parameters, graph->n_parameters, sizeof *graph->parameters);
    graph->parameters[graph->n_parameters++] = parameter;
}

struct tensor *graph_parameter(struct graph *graph, const struct parameter *parameter)
{
    struct parameter *copy = arena_alloc(graph->arena, sizeof *copy);
    *copy = *parameter;
    graph_list_parameter(graph, copy);
    struct tensor *tensor = add_tensor(graph, NULL, copy->shape, SCOPE_SHARED, ROLE_PARAMETER);
    tensor->parameter = copy;
    graph_name_parameter(graph, tensor, parameter->name);
    return tensor;
}

void graph_name_parameter(struct graph *graph, struct tensor *tensor, const char *name)
{
    struct parameter *parameter = tensor->parameter;
    parameter->name = arena_strdup(graph->arena, name);
    parameter->macro = macro_of(graph->arena, name);
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->parameter == parameter)
            graph->tensors[i]->name = parameter->name;
}

struct tensor *graph_view(struct graph *graph, struct tensor *parameter, struct shape shape)
{
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->parameter == parameter->parameter && shape_equal(&graph->tensors[i]->shape, &shape))
            return graph->tensors[i];
    struct tensor *tensor = add_tensor(graph, parameter->name, shape, SCOPE_SHARED, ROLE_PARAMETER);
    tensor->parameter = parameter->parameter;
    return tensor;
}

/* ---- loops ---- */

static const struct loop *add_loop(struct graph *graph, struct loop loop)
{
    struct loop *added = arena_alloc(graph->arena, sizeof *added);
    *added = loop;
    added->number = ++graph->n_loops;
    return added;
}

const struct loop *graph_loop(struct graph *graph, int64_t rounds, const struct loop *mirrors)
{
    return add_loop(graph, (struct loop){.rounds = rounds, .mirrors = mirrors});
}

const struct loop *graph_stream(struct graph *graph, int64_t rounds)
{
    return add_loop(graph, (struct loop){.rounds = rounds, .streams = true});
}

const struct loop *tensor_loop(const struct tensor *tensor)
{
    const struct node *producer = tensor ? tensor->producer : NULL;
    bool leaves = producer && (producer->op->border == BORDER_NEXT || producer->op->border == BORDER_ROWS ||
                               producer->op->border == BORDER_KEEP);
    return producer && !leaves && tensor->scope == SCOPE_SAMPLE ? producer->loop : NULL;
}

bool loop_across_batch(const struct graph *graph, const struct loop *loop)
{
    bool found = false;
    for (int i = 0; i < graph->n_nodes && !found; i++) {
        const struct node *node = graph->nodes[i];
        found = node->loop == loop && node->op->across_batch && node->op->across_batch(node);
    }
    return found;
}

int64_t node_rounds(const struct node *node)
{
    return node->every ? node->times : node->loop ? node->loop->rounds : 1;
}

int64_t node_turn(const struct node *node, int64_t round)
{
    if (!node->every)
        return round;
    int64_t turn = (round - node->first) / node->every;
    bool is_due = round >= node->first && (round - node->first) % node->every == 0 && turn < node->times;
    return is_due ? turn : -1;
}

/* The loop of a new node: that of its inputs, or where it draws numbers, which each round does. The nodes of a gradient read
 * two, until grad has what they need saved. */
static const struct loop *loop_of(const struct graph *graph, const struct node *node)
{
    const struct loop *loop = NULL;
    if (node->op->border != BORDER_NONE || (node->op->random && !node->op->numbered_apart && graph->loop))
        return graph->loop;
    for (int i = 0; i < node->n_in; i++)
        if (tensor_loop(node->in[i]))
            loop = tensor_loop(node->in[i]);
    return loop && graph->loop ? graph->loop : loop;
}

static struct node *add_node(struct graph *graph, struct node *node)
{
    node->id = graph->n_nodes;
    graph->nodes = arena_grow(graph->arena, graph->nodes, graph->n_nodes, sizeof *graph->nodes);
    graph->nodes[graph->n_nodes++] = node;
    return node;
}

struct node *graph_append(struct graph *graph, const struct op *op, const void *attributes,
                          struct tensor *const *in, int n_in, struct origin origin)
{
    if (n_in < op->min_in || (op->max_in >= 0 && n_in > op->max_in)) {
        diag_error(graph->diag, origin, "%s takes %d inputs, not %d", op->name, op->min_in, n_in);
        return NULL;
    }
    struct node *node = arena_alloc(graph->arena, sizeof *node);
    node->op = op;
    node->origin = origin;
    node->attributes = arena_alloc(graph->arena, op->attributes_size);
    const void *initial = attributes ? attributes : op->attribute_defaults;
    if (initial && op->attributes_size)
        memcpy(node->attributes, initial, op->attributes_size);
    node->in = arena_array(graph->arena, n_in, sizeof *node->in);
    if (n_in > 0)
        memcpy(node->in, in, (size_t)n_in * sizeof *in);
    node->n_in = n_in;
    node->loop = loop_of(graph, node);
    if (!op->shape(graph, node))
        return NULL;
    return add_node(graph, node);
}

struct node *graph_append_like(struct graph *graph, const struct node *node, struct tensor *const *in)
{
    struct node *copy = arena_alloc(graph->arena, sizeof *copy);
    *copy = *node;
    copy->attributes = arena_alloc(graph->arena, node->op->attributes_size);
    if (node->op->attributes_size)
        memcpy(copy->attributes, node->attributes, node->op->attributes_size);
    copy->in = arena_array(graph->arena, node->n_in, sizeof *copy->in);
    memcpy(copy->in, in, (size_t)node->n_in * sizeof *in);
    copy->out = NULL;
    copy->n_out = 0;
    return add_node(graph, copy);
}

struct tensor *graph_apply(struct graph *graph, const struct op *op, const void *attributes,
                           struct tensor *const *in, int n_in, struct origin origin)
{
    struct node *node = graph_append(graph, op, attributes, in, n_in, origin);
    return node ? node->out[0] : NULL;
}

int64_t tensor_bytes(const struct tensor *tensor)
{
    return shape_count(&tensor->shape) * element_bytes(tensor->element);
}

bool node_output(struct graph *graph, struct node *node, struct shape shape, enum scope scope)
{
    return node_output_of(graph, node, shape, scope, ELEMENT_FLOAT);
}

bool node_output_of(struct graph *graph, struct node *node, struct shape shape, enum scope scope,
                    enum element element)
{
    if (!(node->op->may_be_empty ? shape_possible : shape_valid)(&shape))
        return diag_error(graph->diag, node->origin, "%s would give the impossible shape %s", node->op->name,
                          shape_text(graph->arena, &shape));
    const char *layer = node->origin.layer ? node->origin.layer : node->op->name;
    struct tensor *tensor = add_tensor(graph, layer, shape, scope, ROLE_VALUE);
    tensor->element = element;
    tensor->producer = node;
    tensor->output_index = node->n_out;
    node->out = arena_grow(graph->arena, node->out, node->n_out, sizeof *node->out);
    node->out[node->n_out++] = tensor;
    return true;
}

void graph_finish(struct graph *graph)
{
    struct parameter **ordered = arena_array(graph->arena, graph->n_parameters, sizeof *ordered);
    int count = 0;
    int64_t offset = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < graph->n_parameters; i++) {
            if (graph->parameters[i]->trainable != (pass == 0))
                continue;
            graph->parameters[i]->place = count;
            ordered[count++] = graph->parameters[i];
            graph->parameters[i]->offset = offset;
            offset += shape_count(&graph->parameters[i]->shape);
            if (pass == 0 && !graph->parameters[i]->frozen)
                graph->trainable_floats += shape_count(&graph->parameters[i]->shape);
        }
    }
    graph->parameter_floats = offset;
    graph->parameters_in_memory = ordered;
    graph->n_in_memory = count;
}

bool node_reduces(const struct node *node)
{
    if (node->out[0]->scope != SCOPE_SHARED)
        return false;
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && node->in[i]->scope == SCOPE_SAMPLE)
            return true;
    return false;
}

bool node_is_shared(const struct node *node)
{
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && node->in[i]->scope == SCOPE_SAMPLE)
            return false;
    return node->out[0]->scope == SCOPE_SHARED;
}

struct node *node_last(struct node *node) { return node->n_fused ? node->fused[node->n_fused - 1] : node; }

bool node_has_fused(const struct node *node, const struct op *op)
{
    for (int i = 0; i < node->n_fused; i++)
        if (node->fused[i]->op == op)
            return true;
    return false;
}

/* ---- copying ---- */

static struct tensor *mapped(struct tensor **map, const struct tensor *tensor)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the graph of a tensor has a list of them. */
    return tensor ? map[tensor->id] : NULL;
}

static struct tensor **map_list(struct arena *arena, struct tensor **map, struct tensor *const *list, int count)
{
    struct tensor **copy = arena_array(arena, count, sizeof *copy);
    for (int i = 0; i < count; i++)
        copy[i] = mapped(map, list[i]);
    return copy;
}

static struct node *copy_node(struct arena *arena, struct tensor **map, const struct node *node)
{
    struct node *copy = arena_alloc(arena, sizeof *copy);
    *copy = *node;
    copy->attributes = arena_alloc(arena, node->op->attributes_size);
    if (node->op->attributes_size)
        memcpy(copy->attributes, node->attributes, node->op->attributes_size);
    copy->in = map_list(arena, map, node->in, node->n_in);
    copy->out = map_list(arena, map, node->out, node->n_out);
    for (int i = 0; i < copy->n_out; i++)
        copy->out[i]->producer = copy;
    return copy;
}

/* arena_grow derives a list's capacity from its count, so the copies are grown, not cut to size. */
static void copy_nodes(struct graph *copy, const struct graph *graph)
{
    struct arena *arena = graph->arena;
    copy->tensors = NULL;
    copy->nodes = NULL;
    copy->n_tensors = copy->n_nodes = 0;
    for (int i = 0; i < graph->n_tensors; i++) {
        struct tensor *tensor = arena_alloc(arena, sizeof *tensor);
        *tensor = *graph->tensors[i];
        copy->tensors = arena_grow(arena, copy->tensors, i, sizeof *copy->tensors);
        copy->tensors[copy->n_tensors++] = tensor;
    }
    for (int i = 0; i < graph->n_nodes; i++) {
        copy->nodes = arena_grow(arena, copy->nodes, i, sizeof *copy->nodes);
        copy->nodes[copy->n_nodes++] = copy_node(arena, copy->tensors, graph->nodes[i]);
    }
}

static void *copy_array(struct arena *arena, const void *list, int count, size_t size)
{
    void *copy = arena_array(arena, count, size);
    if (count > 0)
        memcpy(copy, list, (size_t)count * size);
    return copy;
}

/* What training knows of tensors. */
static void copy_training(struct graph *copy, const struct graph *graph)
{
    struct arena *arena = graph->arena;
    struct tensor **map = copy->tensors;
    copy->gradients = copy_array(arena, graph->gradients, graph->n_gradients, sizeof *copy->gradients);
    for (int i = 0; i < graph->n_gradients; i++)
        copy->gradients[i].parts = map_list(arena, map, graph->gradients[i].parts, graph->gradients[i].n_parts);
    copy->updates = copy_array(arena, graph->updates, graph->n_updates, sizeof *copy->updates);
    for (int i = 0; i < graph->n_updates; i++)
        copy->updates[i].value = mapped(map, graph->updates[i].value);
    copy->labels = copy_array(arena, graph->labels, graph->n_labels, sizeof *copy->labels);
    for (int i = 0; i < graph->n_labels; i++)
        copy->labels[i].tensor = mapped(map, graph->labels[i].tensor);
    copy->batch_numbers =
        copy_array(arena, graph->batch_numbers, graph->n_batch_numbers, sizeof *copy->batch_numbers);
    for (int i = 0; i < graph->n_batch_numbers; i++)
        copy->batch_numbers[i].tensor = mapped(map, graph->batch_numbers[i].tensor);
    copy->constraints = copy_array(arena, graph->constraints, graph->n_constraints, sizeof *copy->constraints);
    for (int i = 0; i < graph->n_constraints; i++)
        copy->constraints[i].value = mapped(map, graph->constraints[i].value);
}

struct graph *graph_copy(const struct graph *graph)
{
    struct arena *arena = graph->arena;
    struct graph *copy = arena_alloc(arena, sizeof *copy);
    *copy = *graph;
    copy_nodes(copy, graph);
    copy_training(copy, graph);
    struct tensor **map = copy->tensors;
    copy->inputs = map_list(arena, map, graph->inputs, graph->n_inputs);
    copy->outputs = map_list(arena, map, graph->outputs, graph->n_outputs);
    copy->kept = map_list(arena, map, graph->kept, graph->n_kept);
    copy->metrics = map_list(arena, map, graph->metrics, graph->n_metrics);
    copy->share = mapped(map, graph->share);
    copy->sample_weight = mapped(map, graph->sample_weight);
    copy->weight = mapped(map, graph->weight);
    copy->loss = mapped(map, graph->loss);
    copy->penalty = mapped(map, graph->penalty);
    return copy;
}

/* ---- rewriting ---- */

static void replace_in(struct tensor **list, int count, const struct tensor *old, struct tensor *replacement)
{
    for (int i = 0; i < count; i++)
        if (list[i] == old)
            list[i] = replacement;
}

void graph_replace(struct graph *graph, struct tensor *old, struct tensor *replacement)
{
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] != replacement->producer)
            replace_in(graph->nodes[i]->in, graph->nodes[i]->n_in, old, replacement);
    replace_in(graph->outputs, graph->n_outputs, old, replacement);
    replace_in(graph->metrics, graph->n_metrics, old, replacement);
    replace_in(&graph->loss, 1, old, replacement);
    replace_in(&graph->penalty, 1, old, replacement);
    for (int i = 0; i < graph->n_constraints; i++)
        replace_in(&graph->constraints[i].value, 1, old, replacement);
    replacement->is_output |= old->is_output;
}

int tensor_readers(const struct graph *graph, const struct tensor *tensor, struct node **first)
{
    int readers = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        if (node->dead)
            continue;
        for (int j = 0; j < node->n_in; j++)
            if (node->in[j] == tensor) {
                if (readers++ == 0 && first)
                    *first = node;
                break;
            }
    }
    return readers;
}

struct gradient *graph_gradient(const struct graph *graph, const struct parameter *parameter)
{
    for (int i = 0; i < graph->n_gradients; i++)
        if (graph->gradients[i].parameter == parameter)
            return &graph->gradients[i];
    return NULL;
}

bool tensor_is_read(const struct graph *graph, const struct tensor *tensor)
{
    for (int i = 0; i < graph->n_updates; i++)
        if (graph->updates[i].value == tensor)
            return true;
    return tensor_readers(graph, tensor, NULL) > 0;
}

int64_t graph_work(const struct graph *graph, const char *layer)
{
    int64_t work = 0;
    const int *predicts = graph_predicts(graph);
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        const char *row = node->origin.row ? node->origin.row : node->origin.layer;
        bool counts = !layer || (row && strcmp(row, layer) == 0);
        if (counts && predicts[node->id] && !node->dead && node->op->work)
            work += node->op->work(node) * node_rounds(node);
    }
    return work;
}

/* ---- printing ---- */

static const struct tensor *first_sample_input(const struct node *node)
{
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && node->in[i]->scope == SCOPE_SAMPLE)
            return node->in[i];
    return NULL;
}

/* What a trail shows: of each layer what it ends in, from the last back to the input. */
static int list_stations(const struct graph *graph, const struct tensor *tensor, const char ***stations)
{
    int count = 0;
    const char *layer = NULL;
    for (; tensor; tensor = tensor->producer ? first_sample_input(tensor->producer) : NULL) {
        const char *here = tensor->producer ? tensor->producer->origin.layer : NULL;
        if (count && here && layer && strcmp(here, layer) == 0)
            continue;
        layer = here;
        *stations = arena_grow(graph->arena, *stations, count, sizeof **stations);
        (*stations)[count++] = arena_printf(graph->arena, "%s%s%s", here ? here : "", here ? " " : "",
                                            shape_text(graph->arena, &tensor->shape));
    }
    return count;
}

const char *graph_trail(const struct graph *graph, const struct tensor *tensor)
{
    enum { SHOWN = 8, FIRST = 2, LAST = 4 }; /* of more than so many, the ends */
    const char **stations = NULL, *trail = "";
    int count = list_stations(graph, tensor, &stations);
    for (int i = count - 1; i >= 0; i--) {
        bool hidden = count > SHOWN && i < count - FIRST && i >= LAST;
        if (hidden && i > LAST)
            continue;
        trail = arena_printf(graph->arena, "%s%s%s", trail, *trail ? " -> " : "", hidden ? "..." : stations[i]);
    }
    return trail;
}

void graph_give_outputs(struct graph *graph, struct tensor **outputs, int count)
{
    for (int i = 0; i < graph->n_outputs; i++)
        graph->outputs[i]->is_output = false;
    for (int i = 0; i < count; i++)
        outputs[i]->is_output = true;
    graph->outputs = outputs;
    graph->n_outputs = count;
    graph->output_names = NULL;
}

void graph_forget_outputs(struct graph *graph)
{
    graph_give_outputs(graph, NULL, 0);
    graph_sweep(graph);
}
