/* matmul.c -- the kernels of matrix products and of their gradients: when they apply, and how they are tiled. */
#include "kernel/kernel.h"

static struct nest matmul_nest(const struct node *node)
{
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    int64_t channels = x->dim[x->rank - 1];
    return (struct nest){.rows = 1,
                         .columns = shape_count(x) / channels,
                         .outputs = y->dim[y->rank - 1],
                         .ph = 1,
                         .pw = 1,
                         .taps = 1,
                         .channels = channels,
                         .groups = 1,
                         .unit = 1,
                         .width = 1,
                         .panel = packed_panel(node)};
}

static void matmul_block_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    struct nest nest = matmul_nest(node);
    (void)lanes;
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){0}, nest.pw, tiles);
}

/* ---- one sample ---- */

/* With one position there are few accumulators: each is split into partial sums over the channels. Of weights that come
 * from beyond the second cache, few panels are read at a time: their lines lie as far apart as the sets of a cache repeat,
 * and processors prefetch a few streams better than many. */
enum { MEMORY_PANELS = 4 };

static void matmul_channels_tile(const struct node *node, const struct target *target, int lanes,
                                 struct tiles *tiles)
{
    (void)lanes;
    struct nest nest = matmul_nest(node);
    count_vectors(&nest, target);
    if (nest.columns == 1 && shape_count(&node->in[1]->shape) * (int64_t)sizeof(float) > target->l2)
        nest.max_outputs = MEMORY_PANELS;
    nest.splits_sums = true;
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){0}, nest.pw, tiles);
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

struct pack matmul_pack(const struct node *node, const struct target *target)
{
    const struct shape *y = &node->out[0]->shape;
    return (struct pack){.panel = target->lanes == 1 ? y->dim[y->rank - 1] : target->lanes, .groups = 1};
}

/* ---- the candidates ---- */

KERNEL(matmul_block, block_of_samples, matmul_block_tile, false, true, "filters", "columns")
KERNEL(matmul_channels, one_sample, matmul_channels_tile, false, true, "vectors", "columns", "sums")
KERNEL(matmul_blocks, block_of_samples, matmul_blocks_tile, false, false, "outputs", "blocks", "panel", "channels")
KERNEL(matmul_blocks_grad_input, block_of_samples, matmul_blocks_tile, false, false, "outputs", "blocks", "panel",
       "channels")
KERNEL(matmul_grad_input, block_of_samples, matmul_block_tile, false, true, "filters", "columns")
KERNEL(matmul_grad_kernel, block_of_samples, matmul_grad_kernel_tile, false, false, NULL)
KERNEL(matmul_grad_rows, block_of_samples, matmul_grad_rows_tile, false, false, "rows", "chunk")

SMALL_KERNEL(matmul)
SMALL_KERNEL(matmul_grad_input)
SMALL_KERNEL(matmul_grad_kernel)

const struct kernel *const matmul_kernels[] = {&matmul_block, &matmul_channels, &small_matmul, NULL};
const struct kernel *const matmul_blocks_kernels[] = {&matmul_blocks, NULL};
const struct kernel *const matmul_blocks_grad_input_kernels[] = {&matmul_blocks_grad_input, NULL};
const struct kernel *const matmul_grad_input_kernels[] = {&matmul_grad_input, &small_matmul_grad_input, NULL};
const struct kernel *const matmul_grad_kernel_kernels[] = {&matmul_grad_kernel, &small_matmul_grad_kernel, NULL};
const struct kernel *const matmul_grad_rows_kernels[] = {&matmul_grad_rows, NULL};
