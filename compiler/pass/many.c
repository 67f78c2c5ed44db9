/* many.c -- whether many samples are predicted, or trained with, in blocks, whose kernels have samples side by side in a vector, or
 * one by one. A block takes less as a rule: it reads each weight once for all its samples, and fills vectors whatever the shapes
 * are. Where the channels fill them as well, and the weights stay in the first cache, it may take more; and where a batch has
 * fewer samples than a vector, or what a block keeps leaves the caches. */
#include "pass/pass.h"

const char *const many_mode_names[] = {"calls", "blocks", "samples", "sequence"};

/* Blocks that leave the second cache took 1.0 to 1.3 times as long as is predicted of them, compared with samples one by one, of
 * which few are work for all threads, and which take less memory. */
#define BEYOND_L2 1.2
/* A vector of what a kernel reads or writes, where it does hardly more than that. */
enum { CYCLES_OF_VECTOR = 1 };

static int64_t numbers_of(const struct node *node)
{
    const struct node *last = node_last((struct node *)node);
    int64_t numbers = 0;
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && node->in[i]->scope == SCOPE_SAMPLE)
            numbers += shape_count(&node->in[i]->shape);
    for (int i = 0; i < last->n_out; i++)
        numbers += shape_count(&last->out[i]->shape);
    return numbers;
}

/* Those that the tiles were chosen by, and of other kernels those of their memory. */
static double node_cycles(const struct node *node, const struct program *program, const struct target *target)
{
    double rounds = (double)node_rounds(node);
    if (node->cycles > 0)
        return rounds * node->cycles;
    return rounds * CYCLES_OF_VECTOR * (double)(numbers_of(node) * program->lanes) / target->lanes;
}

/* The predicted cycles of one sample. */
static double sample_cycles(const struct program *program, const struct target *target)
{
    double cycles = 0;
    for (int i = 0; i < program->graph->n_nodes; i++) {
        const struct node *node = program->graph->nodes[i];
        if (!node->dead && !node->fused_into && !node->once && !node->placed)
            cycles += node_cycles(node, program, target);
    }
    return cycles / program->lanes;
}

/* How much of the vectors channels fill, where work is predicted; 0 to 1. */
static double filled(const struct program *singly, const struct target *target)
{
    double cycles = 0, full = 0;
    for (int i = 0; i < singly->graph->n_nodes; i++) {
        const struct node *node = singly->graph->nodes[i];
        if (node->dead || node->fused_into || node->once || node->placed || node->cycles <= 0)
            continue;
        const struct shape *shape = &node->out[0]->shape;
        int64_t channels = shape->rank ? shape->dim[shape->rank - 1] : 1;
        cycles += node->cycles;
        full += node->cycles * (double)channels / (double)round_up(channels, target->lanes);
    }
    return cycles > 0 ? full / cycles : 0;
}

bool step_goes_singly(const struct program *blocks, const struct program *singly, const struct target *target)
{
    /* Of networks whose channels leave lanes empty, one by one took up to 1.4 times what is predicted; of others 0.94 to 1.0. */
    const double clearly = filled(singly, target) < 0.95 ? 1.15 : 1;
    int64_t batch = blocks->stage->batch_size;
    double padded = (double)round_up(batch, blocks->lanes) / (double)batch;
    return clearly * sample_cycles(singly, target) < padded * sample_cycles(blocks, target);
}

/* Of the best variant: the others do as it does. */
static bool block_pays(const struct unit *unit)
{
    const struct variant *best = &unit->variants[0];
    double beyond = best->many.workspace_bytes > best->target->l2 ? BEYOND_L2 : 1;
    return beyond * sample_cycles(&best->many, best->target) <= sample_cycles(&best->predict, best->target);
}

/* The workspace of the largest variant counts. */
enum many_mode many_choose(const struct unit *unit)
{
    enum { BLOCK_BYTES = 8 << 20, SAMPLE_BYTES = 2 << 20 };
    int64_t block = 0, sample = 0;
    for (int i = 0; i < unit->n_variants; i++) {
        const struct variant *variant = &unit->variants[i];
        block = variant->many.workspace_bytes > block ? variant->many.workspace_bytes : block;
        sample = variant->predict.workspace_bytes > sample ? variant->predict.workspace_bytes : sample;
    }
    bool small = ram_counts(unit);
    if (small && !unit->described)
        return MANY_CALLS;
    if (!small && block <= BLOCK_BYTES && block_pays(unit))
        return MANY_BLOCKS;
    return sample <= SAMPLE_BYTES ? MANY_SAMPLES : MANY_SEQUENCE;
}
