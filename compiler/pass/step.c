/* step.c -- how the optimizer of a training step goes through the parameters, and what the step's memory is divided into.
 *
 * Requires planned. Sets runs, the numbers of sums and parts of the program. */
#include "pass/pass.h"

#include <string.h>

/* ---- runs of parameters ---- */

static bool rule_uses(const struct rule *rule, const char *variable)
{
    for (int i = 0; i < rule->n_lines; i++)
        if (strcmp(rule->lines[i].op, "variable") == 0 && strcmp(rule->lines[i].name, variable) == 0)
            return true;
    return false;
}

static struct gradient_run run_of(const struct gradient *gradient, int64_t slot_offset)
{
    const struct parameter *parameter = gradient->parameter;
    return (struct gradient_run){.parameter_offset = parameter->offset,
                                 .slot_offset = slot_offset,
                                 .count = shape_count(&parameter->shape),
                                 .partial_offset = gradient->partial_offset,
                                 .l1 = parameter->l1,
                                 .l2 = parameter->l2,
                                 .node = gradient->partial_offset < 0 ? gradient->parts[0]->producer : NULL};
}

static bool goes_on(const struct gradient_run *run, const struct gradient_run *next)
{
    return !run->node && !next->node && run->parameter_offset + run->count == next->parameter_offset &&
           run->l1 == next->l1 && run->l2 == next->l2;
}

/* One run has one parameter where the norm of its gradient is asked for. */
static void list_runs(struct program *program)
{
    const struct graph *graph = program->graph;
    bool one_by_one = rule_uses(&program->stage->rule, "gradient_norm");
    int64_t slot_offset = 0;
    int count = 0;
    struct gradient_run *runs = arena_array(graph->arena, graph->n_in_memory + 1, sizeof *runs);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct gradient *gradient = graph_gradient(graph, graph->parameters_in_memory[i]);
        if (gradient) {
            struct gradient_run run = run_of(gradient, slot_offset);
            if (count > 0 && !one_by_one && goes_on(&runs[count - 1], &run))
                runs[count - 1].count += run.count;
            else
                runs[count++] = run;
        }
        slot_offset += program->trained[i] ? shape_count(&graph->parameters_in_memory[i]->shape) : 0;
    }
    program->runs = runs;
    program->n_runs = count;
}

int64_t step_chunk(const struct graph *graph, const struct node *node)
{
    if (node)
        return node_tile(node, "chunk");
    return graph->optimize == OPTIMIZE_SIZE ? SMALL_UPDATE_CHUNK : UPDATE_CHUNK;
}

/* In how many parts a run is gone through, the first time. */
static int64_t count_chunks(const struct graph *graph, const struct gradient_run *run)
{
    int64_t size = run->node ? run->node->out[0]->shape.dim[0] : run->count;
    int64_t chunk = step_chunk(graph, run->node);
    return (size + chunk - 1) / chunk;
}

/* Each chunk makes a part of the sums over all parameters; loss and metrics are summed by blocks. */
static void count_sums(struct program *program)
{
    const struct graph *graph = program->graph;
    program->n_sums = 1;
    for (int i = 0; i < graph->n_metrics; i++)
        program->n_sums += shape_count(&graph->metrics[i]->shape);
    bool measures = program->stage->measure.n_lines > 0;
    for (int i = 0; i < program->n_runs; i++) {
        struct gradient_run *run = &program->runs[i];
        bool penalized = run->l1 > 0 || run->l2 > 0;
        run->chunks = count_chunks(graph, run);
        run->penalties = penalized ? program->n_penalties : -1;
        run->squares = measures ? program->n_squares : -1;
        program->n_penalties += penalized ? run->chunks : 0;
        program->n_squares += measures ? run->chunks : 0;
    }
}

/* ---- memory ---- */

const char *const times_names[] = {"one", "threads", "groups", "blocks", "blocks_close"};

static void add_part(struct program *program, const char *name, enum times times, int64_t bytes, int64_t live_bytes)
{
    program->parts[program->n_parts++] =
        (struct step_part){.name = name, .times = times, .bytes = bytes, .live_bytes = live_bytes};
}

/* In the order in which they stand. */
static void list_parts(struct program *program)
{
    const int64_t sums = program->n_sums * (int64_t)sizeof(double);
    const int64_t penalties = program->n_penalties * (int64_t)sizeof(double);
    const int64_t squares = program->n_squares * (int64_t)sizeof(double);
    const int64_t gradients = program->trained_floats * (int64_t)sizeof(float);
    const int64_t numbers = program->graph->n_batch_numbers * (int64_t)sizeof(float);
    add_part(program, "workspace", TIMES_THREADS, program->workspace_bytes, program->lower_bound_bytes);
    add_part(program, "saved", TIMES_BLOCKS, program->saved_bytes, program->saved_bound_bytes);
    add_part(program, "partial", TIMES_GROUPS, program->partial_bytes, program->partial_bytes);
    add_part(program, "combined", TIMES_ONE, program->combined_bytes, program->combined_bytes);
    add_part(program, "sums", TIMES_BLOCKS_CLOSE, sums, sums);
    if (numbers > 0)
        add_part(program, "numbers", TIMES_ONE, numbers, numbers);
    if (penalties > 0)
        add_part(program, "penalties", TIMES_ONE, penalties, penalties);
    if (squares > 0) {
        add_part(program, "squares", TIMES_ONE, squares, squares);
        add_part(program, "gradients", TIMES_ONE, gradients, gradients);
    }
}

static int64_t aligned(int64_t bytes) { return (bytes + STEP_ALIGNMENT - 1) / STEP_ALIGNMENT * STEP_ALIGNMENT; }

int64_t step_part_bytes(const struct program *program, const struct step_part *part, int64_t batch, bool live)
{
    int64_t bytes = live ? part->live_bytes : part->bytes;
    int64_t blocks = (batch + program->lanes - 1) / program->lanes;
    switch (part->times) {
    case TIMES_BLOCKS: return aligned(bytes) * blocks;
    case TIMES_BLOCKS_CLOSE: return aligned(bytes * blocks);
    case TIMES_GROUPS: return aligned(bytes) * program->groups;
    case TIMES_THREADS:
    case TIMES_ONE: break;
    }
    return aligned(bytes);
}

void step_divide(struct program *program)
{
    list_runs(program);
    count_sums(program);
    list_parts(program);
}
