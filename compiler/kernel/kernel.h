/* kernel.h -- how an op can be computed: when a kernel applies, how it is tiled, what that costs.
 *
 * The code of a kernel is its template; nothing here writes C or knows of passes. */
#ifndef KERNEL_H
#define KERNEL_H

#include "op/op.h"
#include "target/target.h"

/* ---- what the kernels that sum products share: the nest of their loops, and the choice of its register tile ---- */

/* What must be computed. */
struct nest {
    int64_t rows, columns, outputs; /* of a group; columns and rows in units of the pool's window */
    int64_t ph, pw;                 /* pool window fused behind, 1x1 for none */
    int64_t taps, channels, groups;
    int64_t unit;         /* columns of a tile must be a multiple of it */
    int64_t width;        /* channels of an output */
    int64_t most_outputs; /* of a tile; 0: as many as there are registers for */
    int64_t panel;        /* channels of a panel of packed weights; 0: they are not packed */
    /* bytes from the second cache, for one tap and channel: of an output, of a position */
    double far_weights, far_inputs;
    double dearer_than; /* cycles: cheaper tiles are passed by */
};

/* Of a tile: the first numbers that its kernel's tile_names name. */
enum { TILE_OUTPUTS, TILE_COLUMNS, TILE_SUMS };

/* The cheapest tile, which is dearer than nest->dearer_than; outputs are vectors for one sample, single channels for a block
 * of samples. Returns the predicted cycles. */
double choose_tile(const struct nest *nest, int registers, int64_t *outputs, int64_t *columns);

/* The nest of a direct convolution, for a block of samples. */
struct nest conv2d_nest(const struct node *node, const struct shape *x, const struct shape *y);
/* Makes it that of one sample, whose outputs are vectors. */
void count_vectors(struct nest *nest, const struct target *target);

/* A block of samples: says what its inputs cost, of which `rows` rows meet a row of the kernel with so many taps. */
void weigh_inputs(struct nest *nest, const struct target *target, int64_t rows, int64_t taps_of_row);

bool block_of_samples(const struct node *node, const struct target *target, int lanes);

#endif
