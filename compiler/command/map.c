/* map.c -- the memory of a program over its schedule, from the buffers that pass/plan.c placed. */
#include "command/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const map_kind_names[] = {"input", "activation", "gradient", "scratch", NULL};

struct mapping {
    const struct program *program;
    struct arena *arena;
    const struct pool *pool;
    struct memory_map map;
    int *row_of; /* by time + 1 */
};

/* ---- blocks --------------------------------------------------------------------------------------------------- */

static enum map_kind kind_of(const struct tensor *tensor)
{
    if (!tensor->producer)
        return MAP_INPUT;
    if (tensor->scratch)
        return MAP_SCRATCH;
    return tensor->producer->direction == BACKWARD ? MAP_GRADIENT : MAP_ACTIVATION;
}

/* The tensors of one buffer share a block: the first of them says what it is. */
static void add_blocks(struct mapping *mapping)
{
    const struct program *program = mapping->program;
    const struct graph *graph = program->graph;
    const struct pool *pool = mapping->pool;
    struct map_block **of = arena_array(mapping->arena, pool->n_buffers + 1, sizeof(struct map_block *));
    mapping->map.blocks = arena_array(mapping->arena, pool->n_buffers + 1, sizeof *mapping->map.blocks);
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *tensor = graph->tensors[i];
        const struct buffer *buffer = program->buffer_of[i];
        ptrdiff_t number = buffer ? buffer - pool->buffers : -1;
        if (number < 0 || number >= pool->n_buffers || buffer->bytes == 0)
            continue;
        struct map_block *block = of[number];
        if (block) {
            block->names = arena_printf(mapping->arena, "%s, %s", block->names, tensor->name);
            continue;
        }
        of[number] = block = &mapping->map.blocks[mapping->map.n_blocks++];
        *block = (struct map_block){.names = tensor->name,
                                    .kind = kind_of(tensor),
                                    .offset = buffer->offset,
                                    .bytes = buffer->bytes,
                                    .first = mapping->row_of[buffer->first + 1],
                                    .last = mapping->row_of[buffer->last + 1]};
    }
}

static int by_time(const void *a, const void *b)
{
    const struct map_block *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* ---- rows ----------------------------------------------------------------------------------------------------- */

static int add_row(struct mapping *mapping, const char *layer, const char *what)
{
    mapping->map.rows[mapping->map.n_rows] = (struct map_row){.layer = layer, .what = what};
    return mapping->map.n_rows++;
}

static void count_live(struct mapping *mapping)
{
    struct memory_map *map = &mapping->map;
    for (int b = 0; b < map->n_blocks; b++)
        for (int row = map->blocks[b].first; row <= map->blocks[b].last; row++)
            map->rows[row].live += map->blocks[b].bytes;
    for (int row = 0; row < map->n_rows; row++)
        if (map->rows[row].live > map->rows[map->peak].live)
            map->peak = row;
}

/* When the rows are there. */
static void finish(struct mapping *mapping)
{
    add_blocks(mapping);
    qsort(mapping->map.blocks, (size_t)mapping->map.n_blocks, sizeof *mapping->map.blocks, by_time);
    count_live(mapping);
}

static struct mapping begin(const struct program *program, const struct pool *pool)
{
    struct arena *arena = program->graph->arena;
    struct mapping mapping = {.program = program, .arena = arena, .pool = pool};
    mapping.row_of = arena_array(arena, pool->end + 3, sizeof *mapping.row_of);
    mapping.map.rows = arena_array(arena, pool->end + 3, sizeof *mapping.map.rows);
    return mapping;
}

/* Does anything begin or end then? */
static const bool *turning_times(const struct mapping *mapping)
{
    const struct pool *pool = mapping->pool;
    bool *turns = arena_array(mapping->arena, pool->end + 3, sizeof *turns);
    for (int i = 0; i < pool->n_buffers; i++)
        if (pool->buffers[i].bytes > 0)
            turns[pool->buffers[i].first + 1] = turns[pool->buffers[i].last + 1] = true;
    return turns;
}

/* "conv2d + add + relu", and "tanh, 28 times" in a loop. */
static const char *node_text(struct arena *arena, const struct node *node)
{
    const char *text = node_word(arena, node);
    for (int i = 0; i < node->n_fused; i++)
        text = arena_printf(arena, "%s + %s", text, node_word(arena, node->fused[i]));
    if (node_rounds(node) > 1)
        text = arena_printf(arena, "%s, %" PRId64 " times", text, node_rounds(node));
    return node->direction == BACKWARD ? arena_printf(arena, "%s (backward)", text) : text;
}

/* Rows are the kernels, in order, and what else a life begins or ends at. */
struct memory_map map_workspace(const struct program *program)
{
    const struct graph *graph = program->graph;
    struct mapping mapping = begin(program, &program->workspace);
    const bool *turns = turning_times(&mapping);
    if (turns[0])
        mapping.row_of[0] = add_row(&mapping, "", "inputs are loaded");
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        bool computes = node->kernel && !node->fused_into && !node->placed && !node->once;
        if (computes || turns[i + 1])
            mapping.row_of[i + 1] =
                add_row(&mapping, node->origin.layer ? node->origin.layer : "", node_text(mapping.arena, node));
    }
    if (turns[graph->n_nodes + 1])
        mapping.row_of[graph->n_nodes + 1] = add_row(&mapping, "", "the end");
    finish(&mapping);
    mapping.map.bytes = program->workspace_bytes;
    mapping.map.bound = program->lower_bound_bytes;
    return mapping.map;
}

/* Rows are the phases of a step. */
struct memory_map map_saved(const struct program *program)
{
    struct mapping mapping = begin(program, &program->saved);
    for (int phase = 0; phase <= program->saved.end; phase++)
        mapping.row_of[phase + 1] = add_row(&mapping, "", arena_printf(mapping.arena, "phase %d", phase + 1));
    finish(&mapping);
    mapping.map.bytes = program->saved_bytes;
    mapping.map.bound = program->saved_bound_bytes;
    return mapping.map;
}
