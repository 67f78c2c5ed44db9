/* schedule.c -- picks a kernel and its tile for every node, and the phase it runs in.
 *
 * Requires fused. Sets kernel, tile, nest, epilogue, cycles, parallel, once, loads, phase of the nodes; planar of the tensors;
 * n_phases of the program. */
#include "kernel/kernel.h"
#include "pass/pass.h"

#include <string.h>

int64_t node_tile(const struct node *node, const char *name)
{
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        if (strcmp(node->kernel->tile_names[i], name) == 0)
            return node->tile[i];
    return 0;
}

/* A batch sum is complete only when all blocks of the batch have passed, as is what is computed for all of them at once:
 * who reads it runs a phase later. */
static int phase_of(const struct node *node)
{
    int phase = 0;
    if (node->fused_into)
        return node->fused_into->phase;
    for (int i = 0; i < node->n_in; i++) {
        const struct node *producer = node->in[i] ? node->in[i]->producer : NULL;
        if (!producer)
            continue;
        const struct node *maker = producer->fused_into ? producer->fused_into : producer;
        int ready = producer->phase + (node_reduces(producer) || maker->op->by_batch ? 1 : 0);
        phase = ready > phase ? ready : phase;
    }
    return phase;
}

/* A loop runs as a whole: the latest of the phases of its nodes. */
static int phase_of_loop(const struct graph *graph, int first)
{
    int phase = 0;
    const struct loop *loop = graph->nodes[first]->loop;
    for (int i = first; i < graph->n_nodes && graph->nodes[i]->loop == loop; i++) {
        graph->nodes[i]->phase = phase_of(graph->nodes[i]);
        phase = graph->nodes[i]->phase > phase ? graph->nodes[i]->phase : phase;
    }
    return phase;
}

/* What constraints make of parameters is made behind the optimizer, of nothing else. */
static void find_constraining(const struct graph *graph)
{
    bool *constrains = arena_array(graph->arena, graph->n_tensors, sizeof *constrains);
    for (int i = 0; i < graph->n_constraints; i++)
        constrains[graph->constraints[i].value->id] = true;
    for (int i = graph->n_nodes; i-- > 0;) {
        struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_out; j++)
            node->constrains |= constrains[node->out[j]->id];
        for (int j = 0; j < node->n_in && node->constrains; j++)
            if (node->in[j])
                constrains[node->in[j]->id] = true;
    }
}

/* In the first phase in which it is read: it stands in front of its readers. */
static int phase_of_readers(const struct graph *graph, const struct node *made)
{
    int phase = INT32_MAX;
    for (int i = made->id + 1; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        for (int j = 0; j < node->n_in; j++)
            if (node->in[j] && node->in[j]->producer == made && node->phase < phase)
                phase = node->phase;
    }
    return phase;
}

int find_phases(struct graph *graph)
{
    int n_phases = 1;
    find_constraining(graph);
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *node = graph->nodes[i];
        bool inside = node->loop && i > 0 && graph->nodes[i - 1]->loop == node->loop;
        node->once = node_is_shared(node);
        node->phase = inside ? graph->nodes[i - 1]->phase : node->loop ? phase_of_loop(graph, i) : phase_of(node);
        if (node->phase >= n_phases && !node->op->by_parameters && !node->constrains)
            n_phases = node->phase + 1;
    }
    for (int i = graph->n_nodes; i-- > 0;) {
        struct node *node = graph->nodes[i];
        if (node->op->by_parameters || node->constrains)
            node->phase = n_phases;
        else if (node->again)
            node->phase = phase_of_readers(graph, node);
    }
    return n_phases;
}

/* A tensor may be planar if all who read it can read that, and the caller does not. */
static void find_planar(struct program *program)
{
    struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_tensors; i++) {
        struct tensor *tensor = graph->tensors[i];
        tensor->may_be_planar = program->kind == PROGRAM_PREDICT && tensor->shape.rank == 3 && !tensor->is_output &&
                                tensor->role == ROLE_VALUE && tensor->scope == SCOPE_SAMPLE;
    }
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        const struct kernels *kernels = kernels_of(node->op);
        for (int j = 0; j < node->n_in; j++)
            if (node->in[j] && !(j == 0 && kernels->reads_planar && kernels->reads_planar(node)))
                node->in[j]->may_be_planar = false;
    }
}

static bool has_small_kernel(const struct op *op)
{
    for (const struct kernel *const *kernel = kernels_of(op)->candidates; *kernel; kernel++)
        if ((*kernel)->small)
            return true;
    return false;
}

/* Where threads share one call, all of them begin it together and wait for the last, which takes so many cycles: of a call of
 * three times as many, two threads save a sixth. In a call for a block, which mostly runs where other threads have blocks of
 * their own, some tenths of a microsecond go in vain: there it is worth it from so many multiply-adds on. */
enum { MEETING_CYCLES = 10000, WORK_OF_A_BLOCK = 1 << 22 };

static bool worth_sharing(const struct node *node, int lanes)
{
    int64_t work = node->op->work ? node->op->work(node) : 0;
    bool pays = lanes == 1 ? node->cycles > 3 * MEETING_CYCLES : work > WORK_OF_A_BLOCK / lanes;
    return node->kernel->divisible && !node->once && pays;
}

static void take_best_tile(struct node *node, const struct target *target, int lanes)
{
    struct tiles tiles = {0};
    if (node->kernel->tile)
        node->kernel->tile(node, target, lanes, &tiles);
    memcpy(node->tile, tiles.list[0].tile, sizeof node->tile);
    node->cycles = tiles.list[0].cycles;
}

/* What the chosen kernel loops over, and what it does before it stores. */
static void set_loops(struct graph *graph, struct node *node, const struct target *target, int lanes)
{
    if (node->kernel->nest) {
        node->nest = arena_alloc(graph->arena, sizeof *node->nest);
        *node->nest = node->kernel->nest(node, target, lanes);
    }
    if (!kernels_of(node->op)->fuses)
        return;
    node->epilogue = arena_alloc(graph->arena, sizeof *node->epilogue);
    *node->epilogue = epilogue_of(node);
    if (node->epilogue->argmax && tensor_readers(graph, node->epilogue->argmax, NULL) == 0)
        node->epilogue->argmax = NULL;
}

/* shared: threads may share the work of a call. */
static bool choose_kernel(struct graph *graph, struct node *node, const struct target *target, int lanes,
                          bool shared)
{
    struct node trial = *node;
    bool small = graph->optimize == OPTIMIZE_SIZE && has_small_kernel(node->op);
    for (const struct kernel *const *candidate = kernels_of(node->op)->candidates; *candidate; candidate++) {
        if ((*candidate)->small != small)
            continue;
        if ((*candidate)->applies && !(*candidate)->applies(node, target, lanes))
            continue;
        if ((*candidate)->writes_planar && !node_last(node)->out[0]->may_be_planar)
            continue;
        trial.kernel = *candidate;
        take_best_tile(&trial, target, lanes);
        if (!node->kernel || trial.cycles < node->cycles)
            *node = trial;
    }
    if (node->kernel) {
        node_last(node)->out[0]->planar = node->kernel->writes_planar;
        tuning_apply(graph, node, target, lanes);
        node->parallel = shared && worth_sharing(node, lanes);
        set_loops(graph, node, target, lanes);
        if (node->kernel->scratch)
            node->out[1]->shape.dim[0] = node->kernel->scratch(node, target, lanes);
        return true;
    }
    return diag_error(graph->diag, node->origin, "no kernel can compute %s here", node->op->name);
}

static const struct tensor *memory_of(const struct tensor *tensor)
{
    return tensor->alias ? tensor->alias : tensor;
}

/* Blocks are loaded from the caller's rows: the only node that reads an input can be computed on the way, if its kernel can. */
static void find_loads(struct program *program)
{
    struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_inputs && program->kind != PROGRAM_PREDICT; i++) {
        struct node *reader = NULL;
        int readers = 0;
        for (int j = 0; j < graph->n_nodes; j++)
            for (int k = 0; k < graph->nodes[j]->n_in; k++)
                if (!graph->nodes[j]->placed && graph->nodes[j]->in[k] &&
                    memory_of(graph->nodes[j]->in[k]) == memory_of(graph->inputs[i])) {
                    reader = graph->nodes[j];
                    readers++;
                }
        bool whole = readers == 1 && shape_count(&reader->in[0]->shape) == shape_count(&graph->inputs[i]->shape);
        if (whole && !reader->loop && kernels_of(reader->op)->in_loading)
            reader->loads = true;
    }
}

bool pass_schedule(struct program *program, const struct target *target)
{
    /* Of samples that a training step goes through one by one, each thread has its own. */
    bool shared = program->kind != PROGRAM_TRAIN || program->lanes == target->lanes;
    program->n_phases = find_phases(program->graph);
    find_loads(program);
    find_planar(program);
    for (int i = 0; i < program->graph->n_nodes; i++) {
        struct node *node = program->graph->nodes[i];
        if (node->fused_into || node->placed)
            continue;
        if (!choose_kernel(program->graph, node, target, node->once ? 1 : program->lanes, shared))
            return false;
    }
    return true;
}
