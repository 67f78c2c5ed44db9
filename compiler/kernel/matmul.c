/* matmul.c -- the kernels of matrix products and of their gradients: when they apply, and how they are tiled. */
#include "kernel/kernel.h"

/* A 1x1 convolution of one row, whose columns are the positions. */
static struct nest geometry(const struct shape *in, const struct shape *out)
{
    int64_t channels = in->dim[in->rank - 1], filters = out->dim[out->rank - 1];
    int64_t positions = shape_count(in) / channels;
    return (struct nest){.input = {1, positions},
                         .output = {1, positions},
                         .size = {1, 1},
                         .strides = {1, 1},
                         .dilation = {1, 1},
                         .pool = {1, 1},
                         .groups = 1,
                         .channels = channels,
                         .filters = filters,
                         .input_channels = channels,
                         .output_channels = filters};
}

static struct nest matmul_nest(const struct node *node, const struct target *target, int lanes)
{
    struct nest nest = geometry(&node->in[0]->shape, &node->out[0]->shape);
    nest.vectors = lanes == target->lanes ? VECTORS_SAMPLES : VECTORS_CHANNELS;
    nest.transposed = nest.filters_first = node->op == &op_matmul_grad_input && packed_panel(node) == 0;
    nest_complete(&nest, node, target);
    return nest;
}

/* Of x and dy, as the forward op goes over them. */
static struct nest grad_kernel_nest(const struct node *node, const struct target *target, int lanes)
{
    (void)target, (void)lanes;
    return geometry(&node->in[0]->shape, &node->in[1]->shape);
}

static void matmul_block_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    const struct nest nest = matmul_nest(node, target, lanes);
    const struct tiling tiling = tiling_of(&nest, node);
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, 1, tiles);
}

/* ---- one sample ---- */

/* With one position there are few accumulators: each is split into partial sums over the channels. */

/* Weights that come from beyond the second cache. Few panels of them are read at a time: processors prefetch a few streams
 * better than many. */
static bool from_memory(const struct node *node, const struct target *target)
{
    return shape_count(&node->in[1]->shape) * (int64_t)sizeof(float) > target->l2;
}

enum { MEMORY_PANELS = 4 };

static void matmul_channels_tile(const struct node *node, const struct target *target, int lanes,
                                 struct tiles *tiles)
{
    const struct nest nest = matmul_nest(node, target, lanes);
    struct tiling tiling = tiling_of(&nest, node);
    count_vectors(&tiling, target);
    if (tiling.columns == 1 && from_memory(node, target))
        tiling.max_outputs = MEMORY_PANELS;
    tiling.splits_sums = true;
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, 1, tiles);
}

/* ---- gradients of kernels ---- */

static void matmul_grad_kernel_tile(const struct node *node, const struct target *target, int lanes,
                                    struct tiles *tiles)
{
    (void)lanes;
    const struct shape *k = &node->out[0]->shape;
    int64_t positions = shape_count(&node->in[0]->shape) / k->dim[0];
    double products = (double)(positions * k->dim[0] * ceil_div(k->dim[1], target->lanes) * target->lanes);
    tiles_offer(tiles, (int64_t[TILE_MAX]){0}, products / 2);
}

/* One sample: vectors of outputs lie side by side in dy; each number of x meets all of a tile's. */
enum { TILE_CHANNELS, TILE_VECTORS };

static void one_kernel_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    (void)lanes;
    const struct shape *k = &node->out[0]->shape;
    int64_t positions = shape_count(&node->in[0]->shape) / k->dim[0];
    int64_t vectors = ceil_div(k->dim[1], target->lanes);
    for (int64_t v = 1; v <= vectors && v <= 4; v++)
        for (int64_t c = 1; c <= k->dim[0] && c <= 16 && (c * v + v + 1 <= target->registers || c == 1); c++) {
            double sweep = (double)positions * tile_cycles(c, v, c * v, 0) + 4.0 * (double)(c * v);
            int64_t tile[TILE_MAX] = {[TILE_CHANNELS] = c, [TILE_VECTORS] = v};
            tiles_offer(tiles, tile, (double)(ceil_div(k->dim[0], c) * ceil_div(vectors, v)) * sweep);
        }
}

enum { TILE_ROWS, TILE_CHUNK };
enum { CHUNK_BYTES = 64 << 10 }; /* of a gradient, which the optimizer then finds in the cache */

/* Two vectors of outputs and as many rows as fit the registers. */
static void matmul_grad_rows_tile(const struct node *node, const struct target *target, int lanes,
                                  struct tiles *tiles)
{
    const struct shape *k = &node->out[0]->shape;
    int64_t panels = ceil_div(k->dim[1], 2 * (int64_t)target->lanes);
    int64_t rows = best_tile(k->dim[0], (target->registers - 3) / 2);
    int64_t tiles_a_chunk = CHUNK_BYTES / (rows * k->dim[1] * (int64_t)sizeof(float));
    int64_t tile[TILE_MAX] = {[TILE_ROWS] = rows, [TILE_CHUNK] = rows * (tiles_a_chunk > 1 ? tiles_a_chunk : 1)};
    double cycles = tile_cycles(rows, 2, 2 * rows, 0);
    tiles_offer(tiles, tile, (double)(lanes * panels * ceil_div(k->dim[0], rows)) * cycles);
}

/* ---- all blocks of a batch ---- */

enum { TILE_BLOCKS = 1, TILE_PANEL = 2, TILE_PACKED = 3 };
enum { BLOCKS_AT_ONCE = 2, PANEL_OUTPUTS = 48, PANEL_CHANNELS = 128 }; /* 24 KB, and 16 of two blocks' x */

/* Two blocks and as many outputs as fit the registers beside two inputs and one weight, but a divisor of the panel's. */
static void matmul_blocks_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    int64_t channels = shape_count(&node->in[0]->shape), total = shape_count(&node->out[0]->shape), outputs = 1;
    for (int64_t f = 1; f <= (target->registers - BLOCKS_AT_ONCE - 1) / BLOCKS_AT_ONCE; f++)
        outputs = PANEL_OUTPUTS % f == 0 ? f : outputs;
    (void)lanes;
    int64_t tile[TILE_MAX] = {[TILE_OUTPUTS] = outputs,
                              [TILE_BLOCKS] = BLOCKS_AT_ONCE,
                              [TILE_PANEL] = PANEL_OUTPUTS,
                              [TILE_PACKED] = PANEL_CHANNELS};
    double cycles = tile_cycles(BLOCKS_AT_ONCE, outputs, BLOCKS_AT_ONCE * outputs, 0) / BLOCKS_AT_ONCE;
    tiles_offer(tiles, tile, (double)(ceil_div(total, outputs) * channels) * cycles);
}

/* ---- packing ---- */

/* As many vectors as a tile has of one position, where registers hold them beside an input and a product, and no panel is
 * filled up. */
static int64_t vectors_of_tile(int64_t vectors, const struct target *target)
{
    int64_t max = target->registers - 2 < 16 ? target->registers - 2 : 16;
    while (vectors % max)
        max--;
    return max;
}

/* One position reads each weight once. Where a panel is as wide as the tile it does so from one end to the other; panels of
 * one vector are a stream each, whose lines lie as far apart as the sets of a cache repeat. */
struct pack matmul_pack(const struct node *node, const struct target *target)
{
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    int64_t filters = y->dim[y->rank - 1];
    bool turned = node->op == &op_matmul_grad_input;
    if (target->lanes == 1)
        return (struct pack){.panel = filters, .groups = 1};
    bool streams = shape_count(x) == x->dim[x->rank - 1] && !from_memory(node, target);
    int64_t vectors = streams ? vectors_of_tile(ceil_div(filters, target->lanes), target) : 1;
    return (struct pack){.panel = vectors * target->lanes, .groups = 1, .turned = turned};
}

/* ---- the candidates ---- */

static const struct kernel matmul_block = {.name = "matmul_block",
                                           .applies = block_of_samples,
                                           .tile = matmul_block_tile,
                                           .nest = matmul_nest,
                                           .tile_names = {"filters", "columns"},
                                           .divisible = true};
static const struct kernel matmul_channels = {.name = "matmul_channels",
                                              .applies = one_sample,
                                              .tile = matmul_channels_tile,
                                              .nest = matmul_nest,
                                              .tile_names = {"vectors", "columns", "sums"},
                                              .divisible = true};
static const struct kernel matmul_blocks = {.name = "matmul_blocks",
                                            .applies = block_of_samples,
                                            .tile = matmul_blocks_tile,
                                            .tile_names = {"outputs", "blocks", "panel", "channels"}};
static const struct kernel matmul_blocks_grad_input = {.name = "matmul_blocks_grad_input",
                                                       .applies = block_of_samples,
                                                       .tile = matmul_blocks_tile,
                                                       .tile_names = {"outputs", "blocks", "panel", "channels"}};
static const struct kernel matmul_grad_input = {.name = "matmul_grad_input",
                                                .applies = block_of_samples,
                                                .tile = matmul_block_tile,
                                                .nest = matmul_nest,
                                                .tile_names = {"filters", "columns"},
                                                .divisible = true};
static const struct kernel matmul_grad_kernel = {
    .name = "matmul_grad_kernel", .applies = block_of_samples, .tile = matmul_grad_kernel_tile};
static const struct kernel matmul_grad_rows = {.name = "matmul_grad_rows",
                                               .applies = block_of_samples,
                                               .tile = matmul_grad_rows_tile,
                                               .tile_names = {"rows", "chunk"}};

static const struct kernel matmul_grad_input_channels = {.name = "matmul_grad_input_channels",
                                                         .applies = one_sample,
                                                         .tile = matmul_channels_tile,
                                                         .nest = matmul_nest,
                                                         .tile_names = {"vectors", "columns", "sums"}};
static const struct kernel matmul_grad_kernel_channels = {.name = "matmul_grad_kernel_channels",
                                                          .applies = one_of_vectors,
                                                          .tile = one_kernel_tile,
                                                          .tile_names = {"channels", "vectors"}};

SMALL_KERNEL(matmul, matmul_nest, NULL)
SMALL_KERNEL(matmul_grad_input, matmul_nest, NULL)
SMALL_KERNEL(matmul_grad_kernel, grad_kernel_nest, block_of_samples)

const struct kernel *const matmul_kernels[] = {&matmul_block, &matmul_channels, &small_matmul, NULL};
const struct kernel *const matmul_blocks_kernels[] = {&matmul_blocks, NULL};
const struct kernel *const matmul_blocks_grad_input_kernels[] = {&matmul_blocks_grad_input, NULL};
const struct kernel *const matmul_grad_input_kernels[] = {&matmul_grad_input, &matmul_grad_input_channels,
                                                          &small_matmul_grad_input, NULL};
const struct kernel *const matmul_grad_kernel_kernels[] = {&matmul_grad_kernel, &matmul_grad_kernel_channels,
                                                           &small_matmul_grad_kernel, NULL};
const struct kernel *const matmul_grad_rows_kernels[] = {&matmul_grad_rows, NULL};
