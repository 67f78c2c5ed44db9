/* cost.c -- how register tiles of products are chosen.
 *
 * The model of a tile's cost, in cycles for one tap and channel: the machine issues two FMAs and two loads a cycle, an FMA
 * takes four cycles until its accumulator can be used again. A tile of P positions and F outputs makes P*F FMAs from P+F
 * loads. What the first cache does not hold (many weights, or wide rows of many samples) comes from the second at 16 bytes
 * a cycle. Loads that hide behind the FMAs are not free, as they wait for the caches now and then; nor is the loop itself.
 * Accumulators, the weights that are used again and one input must fit the registers; otherwise the tile is not
 * considered. */
#include "kernel/kernel.h"

#include <string.h>

enum { L2_BYTES_A_CYCLE = 16 };

double tile_cycles(int64_t positions, int64_t outputs, int64_t chains, double l2_bytes)
{
    double products = (double)(positions * outputs);
    double cycles = products / 2, loads = (double)(positions + outputs) / 2, latency = 4.0 / (double)chains;
    if (l2_bytes / L2_BYTES_A_CYCLE > loads)
        loads = l2_bytes / L2_BYTES_A_CYCLE;
    if (loads > cycles)
        cycles = loads;
    if (latency > cycles)
        cycles = latency;
    return cycles + 0.15 * (double)(positions + outputs) + 0.5;
}

/* The cycles of all tiles of q columns and f outputs. */
static double tiling_cycles(const struct tiling *tiling, int64_t q, int64_t f)
{
    int64_t positions = q * tiling->pw * tiling->ph;
    double tiles =
        (double)(tiling->rows * tiling->groups * ceil_div(tiling->columns, q) * ceil_div(tiling->outputs, f));
    double l2_bytes = (double)f * tiling->l2_weights + (double)positions * tiling->l2_inputs;
    double products =
        (double)(tiling->taps * tiling->channels) * tile_cycles(positions, f, positions * f, l2_bytes);
    double cycles = tiles * (products + 2.0 * (double)(positions * f) + 8);
    return (tiling->repeats ? (double)tiling->repeats * cycles : cycles) + tiling->beside;
}

/* So many partial sums that there are enough chains of FMAs, if the channels can be split into them. */
static int64_t partial_sums(const struct tiling *tiling, int64_t chains)
{
    int64_t sums = 1;
    while (chains * sums < 8 && tiling->channels % (2 * sums) == 0)
        sums *= 2;
    return sums;
}

static bool fits_registers(const struct tiling *tiling, int64_t q, int64_t f, int registers)
{
    int64_t positions = q * tiling->pw * tiling->ph;
    int64_t weights = positions > 1 ? f : 1; /* that wait for another product */
    bool smallest = f == 1 && q == tiling->unit;
    return smallest || (q <= 16 && positions * f + weights + 1 <= registers);
}

void offer_tiles(const struct tiling *tiling, int registers, const int64_t *tile, int64_t column,
                 struct tiles *tiles)
{
    int64_t offered[TILE_MAX], last = round_up(tiling->columns, tiling->unit);
    memcpy(offered, tile, sizeof offered);
    for (int64_t f = 1; f <= tiling->outputs && f <= (tiling->max_outputs ? tiling->max_outputs : 16); f++) {
        int64_t step = f * tiling->width;
        if (tiling->panel && tiling->panel % step && step % tiling->panel)
            continue; /* a tile would begin inside one panel and end in another */
        for (int64_t q = tiling->unit; q <= last && fits_registers(tiling, q, f, registers); q += tiling->unit) {
            offered[TILE_OUTPUTS] = f;
            offered[TILE_COLUMNS] = q * column;
            if (tiling->splits_sums)
                offered[TILE_SUMS] = partial_sums(tiling, f * q * column);
            tiles_offer(tiles, offered, tiling_cycles(tiling, q, f));
        }
    }
}

/* One sample: weights are vectors, and stream when the first cache cannot hold them. */
static void weigh_weights(struct tiling *tiling, const struct target *target)
{
    int64_t bytes = tiling->taps * tiling->channels * tiling->outputs * tiling->width * (int64_t)sizeof(float);
    tiling->l2_weights = bytes > target->l1 / 2 ? (double)(tiling->width * (int64_t)sizeof(float)) : 0;
}

/* A block of samples: inputs are vectors. The taps of a row find them in the first cache after the first of them. */
void weigh_inputs(struct tiling *tiling, const struct target *target, int64_t rows, int64_t taps_of_row)
{
    int64_t vector = target->lanes * (int64_t)sizeof(float);
    int64_t bytes = rows * tiling->columns * tiling->pw * tiling->channels * tiling->groups * vector;
    tiling->l2_inputs = bytes > target->l1 / 2 ? (double)vector / (double)taps_of_row : 0;
}

static bool is_packed(const struct node *node)
{
    const struct node *producer = node->in[1]->producer;
    return producer && producer->op == &op_pack;
}

int64_t packed_panel(const struct node *node)
{
    return is_packed(node) ? ((const struct pack *)node->in[1]->producer->attributes)->panel : 0;
}

struct tiling tiling_of(const struct nest *nest, const struct node *node)
{
    return (struct tiling){.rows = nest->output[0] / nest->pool[0],
                           .columns = nest->output[1] / nest->pool[1],
                           .outputs = nest->filters,
                           .ph = nest->pool[0],
                           .pw = nest->pool[1],
                           .taps = nest->size[0] * nest->size[1],
                           .channels = nest->channels,
                           .groups = nest->groups,
                           .unit = 1,
                           .width = 1,
                           .panel = packed_panel(node)};
}

bool one_of_vectors(const struct node *node, const struct target *target, int lanes)
{
    (void)node;
    return lanes == 1 && target->lanes > 1;
}

bool one_sample(const struct node *node, const struct target *target, int lanes)
{
    return one_of_vectors(node, target, lanes) && is_packed(node);
}

bool block_of_samples(const struct node *node, const struct target *target, int lanes)
{
    (void)node;
    return lanes == target->lanes;
}

void count_vectors(struct tiling *tiling, const struct target *target)
{
    tiling->width = target->lanes;
    tiling->outputs = ceil_div(tiling->outputs, tiling->width);
    weigh_weights(tiling, target);
}
