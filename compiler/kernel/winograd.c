/* winograd.c -- the kernels of winograd (op/winograd.c), and whether they are faster than those of conv2d. */
#include "kernel/kernel.h"

enum { NUMBERS = WINOGRAD_NUMBERS };

enum { TILE_TILES = 2, TILE_GROUP = 3, TILE_SHARES = 4 };
/* Filters whose sums are kept until they are transformed back. */
enum { MAX_FILTERS = 96 };
/* So many threads can share the work of one call, each with scratch memory of its own. */
enum { SHARES = 4 };
/* Cycles in which a vector of a 4x4 tile is transformed, by the loads, sums and stores that it takes: of the inputs, and of
 * the sums. Kernels for one sample whose weights are near took 0.9 to 1.0 of the cycles that come of it. */
enum { TRANSFORM_CYCLES = 40, SUMS_CYCLES = 32 };
/* Weights that the second cache does not keep come from memory, which many processors share (a guess), and from the third
 * cache when they are read again (10.5 measured, on Zen 5). */
enum { MEMORY_BYTES_A_CYCLE = 4, THIRD_CACHE_BYTES_A_CYCLE = 10 };
/* The model is up to 1.4 times too dear for direct convolutions of few channels; where it is not, so much is to be gained
 * for what the transformed weights take more. */
#define CLEARLY_LESS 0.65

/* Floats of a tile of inputs, whose channels are followed by some that keep the rows of a matrix out of each other's cache
 * sets; and of a tile of sums. */
static int64_t row_floats(int64_t channels, int64_t width) { return NUMBERS * (channels + width); }

/* As equal strips as fit half of the second cache, and a number of them that threads can share. */
static int64_t tiles_of_strip(int64_t tiles, int64_t bytes, int64_t l2)
{
    int64_t max = l2 / 2 / bytes > 4 ? l2 / 2 / bytes : 4, strips = ceil_div(tiles, max);
    strips = strips > 2 ? round_up(strips, SHARES) : 2;
    return ceil_div(tiles, strips);
}

/* Offers the tiles for groups of so many filters. */
static void offer_group(const struct node *node, const struct target *target, int lanes, int64_t group,
                        struct tiles *tiles)
{
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape, *packed = &node->in[1]->shape;
    int64_t width = lanes == 1 ? target->lanes : 1, count = winograd_tiles(node);
    int64_t bytes = (row_floats(x->dim[2], width) + NUMBERS * group) * lanes * (int64_t)sizeof(float);
    int64_t strip = tiles_of_strip(count, bytes, target->l2), strips = ceil_div(count, strip);
    struct tiling tiling = {.rows = NUMBERS * strips,
                            .columns = strip,
                            .outputs = group / width,
                            .ph = 1,
                            .pw = 1,
                            .taps = 1,
                            .channels = x->dim[2],
                            .groups = packed->dim[0] * packed->dim[2] / group,
                            .unit = 1,
                            .width = width,
                            .panel = packed->dim[2]};
    double vector = (double)(target->lanes * (int64_t)sizeof(float));
    tiling.l2_weights = lanes == 1 && x->dim[2] * group * (int64_t)sizeof(float) > target->l1 / 2 ? vector : 0;
    tiling.l2_inputs =
        lanes > 1 && strip * x->dim[2] * lanes * (int64_t)sizeof(float) > target->l1 / 2 ? vector : 0;
    tiling.beside = (double)count * ((double)ceil_div(x->dim[2], width) * TRANSFORM_CYCLES +
                                     (double)ceil_div(y->dim[2], width) * SUMS_CYCLES);
    int64_t tile[TILE_MAX] = {
        [TILE_TILES] = strip, [TILE_GROUP] = group, [TILE_SHARES] = strips < SHARES ? strips : SHARES};
    offer_tiles(&tiling, target->registers, tile, 1, tiles);
}

/* Of all equal groups of whole panels. */
static void winograd_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    const struct shape *packed = &node->in[1]->shape;
    for (int64_t n = 1; n == 1 || (n <= packed->dim[0] && n * packed->dim[2] <= MAX_FILTERS); n++)
        if (packed->dim[0] % n == 0)
            offer_group(node, target, lanes, n * packed->dim[2], tiles);
}

/* The inputs and sums of a strip, for each share where threads can work on them. */
static int64_t scratch(const struct node *node, const struct target *target, int lanes)
{
    int64_t shares = node->parallel ? node->tile[TILE_SHARES] : 1, width = lanes == 1 ? target->lanes : 1;
    int64_t tile = row_floats(node->in[0]->shape.dim[2], width) + NUMBERS * node->tile[TILE_GROUP];
    return shares * node->tile[TILE_TILES] * tile;
}

/* The products of a strip of tiles with a group of filters, for one of the 16 numbers: a row of 1x1 taps. The channels of a
 * tile are followed by a gap. */
static struct nest products(const struct node *node, const struct target *target, int lanes)
{
    int64_t strip = node->tile[TILE_TILES], channels = node->in[0]->shape.dim[2];
    struct nest nest = {.vectors = lanes == target->lanes ? VECTORS_SAMPLES : VECTORS_CHANNELS,
                        .input = {1, strip},
                        .output = {1, strip},
                        .size = {1, 1},
                        .strides = {1, 1},
                        .dilation = {1, 1},
                        .pool = {1, 1},
                        .groups = 1,
                        .channels = channels,
                        .filters = node->tile[TILE_GROUP],
                        .input_channels = channels + (lanes == 1 ? target->lanes : 1),
                        .output_channels = node->tile[TILE_GROUP]};
    nest_complete(&nest, node, target);
    return nest;
}

static const struct kernel winograd_block = {.name = "winograd_block",
                                             .applies = block_of_samples,
                                             .tile = winograd_tile,
                                             .tile_names = {"filters", "columns", "tiles", "group", "shares"},
                                             .nest = products,
                                             .scratch = scratch,
                                             .divisible = true};
static const struct kernel winograd_channels = {.name = "winograd_channels",
                                                .applies = one_of_vectors,
                                                .tile = winograd_tile,
                                                .tile_names = {"vectors", "columns", "tiles", "group", "shares"},
                                                .nest = products,
                                                .scratch = scratch,
                                                .divisible = true};

const struct kernel *const winograd_kernels[] = {&winograd_block, &winograd_channels, NULL};

/* ---- the choice ---- */

/* Those of the products, or of the weights' way to them, which hides behind the products. */
static double with_weights(double cycles, int64_t floats, int64_t times, const struct target *target)
{
    double bytes = (double)floats * (double)sizeof(float);
    double weights = bytes / MEMORY_BYTES_A_CYCLE + bytes * (double)(times - 1) / THIRD_CACHE_BYTES_A_CYCLE;
    return bytes > (double)target->l2 && weights > cycles ? weights : cycles;
}

static double direct_cycles(const struct node *node, const struct target *target, int lanes)
{
    const struct nest nest = conv2d_nest(node, target, lanes == 1 ? VECTORS_CHANNELS : VECTORS_SAMPLES);
    struct tiling tiling = tiling_of(&nest, node);
    struct tiles tiles = {0};
    if (lanes == 1) {
        tiling.panel = target->lanes;
        count_vectors(&tiling, target);
    } else {
        weigh_inputs(&tiling, target, 3, 3);
    }
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, tiling.pw, &tiles);
    return with_weights(tiles.list[0].cycles, shape_count(&node->in[1]->shape), 1, target);
}

bool winograd_pays(const struct node *winograd, const struct node *direct, const struct target *target, int lanes)
{
    struct tiles tiles = {0};
    if (winograd->op->work(winograd) > direct->op->work(direct)) /* of images that are mostly border */
        return false;
    winograd_tile(winograd, target, lanes, &tiles);
    int64_t strips = ceil_div(winograd_tiles(winograd), tiles.list[0].tile[TILE_TILES]);
    return with_weights(tiles.list[0].cycles, shape_count(&winograd->in[1]->shape), strips, target) <
           CLEARLY_LESS * direct_cycles(direct, target, lanes);
}
