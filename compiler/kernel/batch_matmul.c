/* batch_matmul.c -- the kernels of products of two tensors: when they apply, and how they are tiled. */
#include "kernel/kernel.h"

enum { TILE_ROWS, TILE_WIDTH };

/* Tiles of rows x width sums, beside which a row's width of b and one number of a must fit the registers. */
static void offer(const struct node *node, const struct target *target, int64_t lanes_of_column,
                  struct tiles *tiles)
{
    const struct batch_matmul_size size = batch_matmul_size(node);
    int64_t columns = ceil_div(size.columns, lanes_of_column);
    for (int64_t rows = 1; rows <= size.rows && rows <= 16; rows++)
        for (int64_t width = 1; width <= columns && width <= 8; width++) {
            if (rows * width > 1 && rows * width + width + 1 > target->registers)
                continue;
            double count = (double)(size.matrices * ceil_div(size.rows, rows) * ceil_div(columns, width));
            double cycles =
                (double)size.sums * tile_cycles(rows, width, rows * width, 0) + 2.0 * (double)(rows * width) + 8;
            tiles_offer(tiles, (int64_t[TILE_MAX]){[TILE_ROWS] = rows, [TILE_WIDTH] = width}, count * cycles);
        }
}

static void block_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    (void)lanes;
    offer(node, target, 1, tiles);
}

static void one_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    (void)lanes;
    offer(node, target, target->lanes, tiles);
}

static const struct kernel batch_matmul_block = {.name = "batch_matmul_block",
                                                 .applies = block_of_samples,
                                                 .tile = block_tile,
                                                 .tile_names = {"rows", "columns"}};
static const struct kernel batch_matmul_one = {
    .name = "batch_matmul_one", .applies = one_of_vectors, .tile = one_tile, .tile_names = {"rows", "vectors"}};
static const struct kernel small_batch_matmul = {.name = "small_batch_matmul", .small = true};

const struct kernel *const batch_matmul_kernels[] = {&batch_matmul_block, &batch_matmul_one, &small_batch_matmul,
                                                     NULL};
