/* block.c -- what feeds what in a layer of the script's own that calls others: between these stand ops, which are found from the
 * layer's outputs backward. */
#include "op/op.h"
#include "script/script.h"

/* More ops than these are no picture of a block, but one of arithmetic. */
enum { BLOCK_OPS_MAX = 24 };

struct tracing {
    struct graph *graph;
    struct wiring *wiring;
    struct connection *source; /* by a tensor's id: of which layer of the wiring it is; layer -1: unknown */
    bool *needed;              /* by a tensor's id */
    int n_ops;
};

static int add_layer(struct tracing *tracing, struct layer *layer)
{
    struct wiring *wiring = tracing->wiring;
    wiring->layers = arena_grow(tracing->graph->arena, wiring->layers, wiring->n_layers, sizeof *wiring->layers);
    wiring->layers[wiring->n_layers] = layer;
    return wiring->n_layers++;
}

/* A layer that the script does not have. */
static struct layer *new_layer(struct tracing *tracing, const char *name, struct tensor **outputs, int n_outputs)
{
    struct layer *layer = arena_alloc(tracing->graph->arena, sizeof *layer);
    *layer = (struct layer){
        .name = name, .type = "", .note = "", .calls = 1, .outputs = outputs, .n_outputs = n_outputs};
    return layer;
}

static void set_sources(struct tracing *tracing, struct tensor *const *tensors, int count, int layer)
{
    for (int i = 0; i < count; i++)
        if (tracing->source[tensors[i]->id].layer < 0) /* one that gives what it gets makes nothing */
            tracing->source[tensors[i]->id] = (struct connection){.layer = layer, .output = i};
}

static void connect(struct tracing *tracing, struct layer *to, struct tensor *const *in, int n_in)
{
    for (int i = 0; i < n_in; i++) {
        struct connection from = in[i] ? tracing->source[in[i]->id] : (struct connection){.layer = -1};
        if (from.layer < 0)
            continue;
        from.input = i;
        to->connections =
            arena_grow(tracing->graph->arena, to->connections, to->n_connections, sizeof *to->connections);
        to->connections[to->n_connections++] = from;
    }
}

/* ---- ops ------------------------------------------------------------------------------------------------------ */

static bool is_source(const struct tracing *tracing, const struct tensor *tensor)
{
    return tracing->source[tensor->id].layer >= 0;
}

/* Of an op that chooses between what training and what prediction computes, the first. */
static int inputs_of(const struct node *node) { return node->op->chooses ? 1 : node->n_in; }

static bool is_needed(const struct tracing *tracing, const struct node *node)
{
    for (int i = 0; i < node->n_out; i++)
        if (tracing->needed[node->out[i]->id] && !is_source(tracing, node->out[i]) &&
            node->out[i]->scope == SCOPE_SAMPLE)
            return true;
    return false;
}

static void need(struct tracing *tracing, struct tensor *const *tensors, int count)
{
    for (int i = 0; i < count; i++)
        if (tensors[i])
            tracing->needed[tensors[i]->id] = true;
}

/* From the last node to the first, as none reads what a later one makes. */
static void need_backward(struct tracing *tracing)
{
    const struct graph *graph = tracing->graph;
    for (int i = graph->n_nodes - 1; i >= 0; i--)
        if (is_needed(tracing, graph->nodes[i]))
            need(tracing, graph->nodes[i]->in, inputs_of(graph->nodes[i]));
}

/* The op as a layer; one that moves no number, or chooses, is what it is given. */
static bool add_op(struct tracing *tracing, const struct node *node)
{
    if ((node->op->alias || node->op->chooses) && is_source(tracing, node->in[0])) {
        tracing->source[node->out[0]->id] = tracing->source[node->in[0]->id];
        return true;
    }
    struct layer *layer = new_layer(tracing, node_word(tracing->graph->arena, node), node->out, node->n_out);
    layer->is_op = true;
    connect(tracing, layer, node->in, inputs_of(node));
    set_sources(tracing, node->out, node->n_out, add_layer(tracing, layer));
    return !node->loop && ++tracing->n_ops <= BLOCK_OPS_MAX;
}

/* Which calls the outputs need. A class's `call` that asks whether it is in training is run twice, for training and for prediction,
 * of which the picture has the first. */
static void need_uses(struct tracing *tracing, const struct block *block)
{
    need(tracing, block->outputs, block->n_outputs);
    need_backward(tracing);
    for (int i = block->n_uses - 1; i >= 0; i--) {
        struct block_use *use = &block->uses[i];
        for (int j = 0; j < use->n_out; j++)
            use->needed |= tracing->needed[use->out[j]->id];
        if (!use->needed)
            continue;
        need(tracing, use->in, use->n_in);
        need_backward(tracing);
    }
}

static bool add_ops(struct tracing *tracing)
{
    const struct graph *graph = tracing->graph;
    for (int i = 0; i < graph->n_nodes; i++)
        if (is_needed(tracing, graph->nodes[i]) && !add_op(tracing, graph->nodes[i]))
            return false;
    return true;
}

/* ---- the block ------------------------------------------------------------------------------------------------ */

static void add_inputs(struct tracing *tracing, const struct block *block)
{
    struct arena *arena = tracing->graph->arena;
    struct wiring *wiring = tracing->wiring;
    wiring->n_inputs = block->n_inputs;
    wiring->inputs = arena_array(arena, block->n_inputs + 1, sizeof *wiring->inputs);
    for (int i = 0; i < block->n_inputs; i++) {
        const char *name = block->n_inputs > 1 ? arena_printf(arena, "input %d", i + 1) : "input";
        wiring->inputs[i] = add_layer(tracing, new_layer(tracing, name, &block->inputs[i], 1));
        set_sources(tracing, &block->inputs[i], 1, wiring->inputs[i]);
    }
}

static bool add_outputs(struct tracing *tracing, const struct block *block)
{
    struct wiring *wiring = tracing->wiring;
    wiring->n_outputs = block->n_outputs;
    wiring->outputs = arena_array(tracing->graph->arena, block->n_outputs + 1, sizeof *wiring->outputs);
    for (int i = 0; i < block->n_outputs; i++) {
        wiring->outputs[i] = tracing->source[block->outputs[i]->id];
        if (wiring->outputs[i].layer < 0)
            return false;
    }
    return true;
}

static void connect_layers(struct tracing *tracing, const struct block *block)
{
    for (int i = 0; i < block->n_layers; i++)
        block->layers[i]->calls = 0;
    for (int i = 0; i < block->n_uses; i++) {
        struct layer *layer = block->layers[block->uses[i].layer];
        if (block->uses[i].needed) {
            connect(tracing, layer, block->uses[i].in, block->uses[i].n_in);
            layer->calls++;
        }
    }
}

const struct wiring *script_block(struct graph *graph, const struct block *block)
{
    struct arena *arena = graph->arena;
    struct tracing tracing = {.graph = graph, .wiring = arena_alloc(arena, sizeof *tracing.wiring)};
    tracing.source = arena_array(arena, graph->n_tensors + 1, sizeof *tracing.source);
    tracing.needed = arena_array(arena, graph->n_tensors + 1, sizeof *tracing.needed);
    for (int i = 0; i < graph->n_tensors; i++)
        tracing.source[i].layer = -1;
    add_inputs(&tracing, block);
    int first = tracing.wiring->n_layers;
    for (int i = 0; i < block->n_layers; i++)
        add_layer(&tracing, block->layers[i]);
    for (int i = 0; i < block->n_uses; i++)
        set_sources(&tracing, block->uses[i].out, block->uses[i].n_out, first + block->uses[i].layer);
    need_uses(&tracing, block);
    bool drawn = add_ops(&tracing) && add_outputs(&tracing, block);
    connect_layers(&tracing, block);
    return drawn ? tracing.wiring : NULL;
}
