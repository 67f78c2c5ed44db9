/* gather.c -- how the gradient of a table is cut into rows. */
#include "kernel/kernel.h"

enum { TILE_CHUNK };
/* Of a gradient, which the optimizer then finds in the cache. For each chunk the indices of the whole batch are read. */
enum { CHUNK_BYTES = 64 << 10 };

static void gather_grad_rows_tile(const struct node *node, const struct target *target, int lanes,
                                  struct tiles *tiles)
{
    const struct shape *table = &node->out[0]->shape;
    int64_t width = shape_count(table) / table->dim[0];
    int64_t rows = best_tile(table->dim[0], ceil_div(CHUNK_BYTES, width * (int64_t)sizeof(float)));
    int64_t indices = shape_count(&node->in[0]->shape) * lanes;
    double cycles = (double)(indices * ceil_div(width, target->lanes));
    tiles_offer(tiles, (int64_t[TILE_MAX]){[TILE_CHUNK] = rows}, cycles);
}

static const struct kernel gather_grad_rows = {.name = "gather_grad_rows",
                                               .applies = block_of_samples,
                                               .tile = gather_grad_rows_tile,
                                               .tile_names = {"chunk"}};

const struct kernel *const gather_grad_rows_kernels[] = {&gather_grad_rows, NULL};
