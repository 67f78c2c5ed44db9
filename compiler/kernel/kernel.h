/* kernel.h -- how ops can be computed: when a kernel applies, what it fuses, how it is tiled, and what that costs.
 *
 * The code of a kernel is its template; nothing here writes C or knows of passes. */
#ifndef KERNEL_H
#define KERNEL_H

#include "op/op.h"
#include "target/target.h"

/* ---- table.c: which kernels an op has ---- */

struct kernels {
    const struct op *op;
    const struct kernel *const *candidates; /* NULL-terminated */
    /* Can the kernel of `node` (with what it has fused so far) also compute `next`, its only reader? NULL: nothing. */
    bool (*fuses)(const struct graph *graph, const struct node *node, const struct node *next);
    /* Inference: how in[1] should be packed for the kernels. NULL: as it is. */
    struct pack (*pack)(const struct node *node, const struct target *target);
    /* Can it be computed while a block's inputs are loaded? */
    bool in_loading;
    /* Do the kernels for one sample take a planar first input as well? NULL: they do not. */
    bool (*reads_planar)(const struct node *node);
};

/* The row of an op; one without candidates for an op that no kernel computes. */
const struct kernels *kernels_of(const struct op *op);
/* Can it be computed of one sample where vectors are longer, with some of its vectors filled? */
bool kernels_take_one(const struct op *op);

/* ---- tiles.c: the best of all tiles that are offered ---- */

enum { CANDIDATES_MAX = 6 };

struct candidate {
    int64_t tile[TILE_MAX];
    double cycles;
};

struct tiles {
    int count;
    struct candidate list[CANDIDATES_MAX]; /* the cheapest first; of equal ones the one that was offered first */
    const struct node *order_of;           /* only tiles that add in the order of this node's; NULL: any */
};

void tiles_offer(struct tiles *tiles, const int64_t *tile, double cycles);

/* ---- epilogue.c: what is computed before a kernel stores ---- */

/* The epilogue of what the node has fused so far. */
struct epilogue epilogue_of(const struct node *node);
/* What every kernel that sums products (conv2d, matmul) can compute behind them. */
bool epilogue_fuses(const struct graph *graph, const struct node *node, const struct node *next);
/* The same of a transposed convolution, behind which stays a pool. Its rolled loops for size add up in memory. */
bool epilogue_fuses_transposed(const struct graph *graph, const struct node *node, const struct node *next);
/* A nonlinearity, behind what normalises a batch. */
bool epilogue_fuses_normalize(const struct graph *graph, const struct node *node, const struct node *next);
/* The same of winograd, whose tiles are the windows of a pool. */
bool epilogue_fuses_winograd(const struct graph *graph, const struct node *node, const struct node *next);

/* ---- nest.c: how loops are nested and memory is walked ---- */

/* Decides what follows from the geometry: the order of the loops, and how far apart in memory things are. */
void nest_complete(struct nest *nest, const struct node *node, const struct target *target);

/* ---- cost.c: what the tiles of a nest cost ---- */

/* What must be computed. */
struct tiling {
    int64_t rows, columns, outputs; /* of a group; columns and rows in units of the pool's window */
    int64_t ph, pw;                 /* pool window fused behind, 1x1 for none */
    int64_t taps, channels, groups;
    int64_t unit;        /* columns of a tile must be a multiple of it */
    int64_t width;       /* channels of an output */
    int64_t max_outputs; /* of a tile; 0: as many as there are registers for */
    int64_t panel;       /* channels of a panel of packed weights; 0: they are not packed */
    int64_t repeats;     /* how often all of it runs; 0: once */
    bool splits_sums; /* accumulators that are too few to hide an FMA's latency become partial sums over channels */
    /* bytes that come from the second cache, for one tap and channel: of an output, of a position */
    double l2_weights, l2_inputs;
    double beside; /* cycles of what is done beside the products */
};

/* Of a tile: the first numbers that its kernel's tile_names name. */
enum { TILE_OUTPUTS, TILE_COLUMNS, TILE_SUMS };

/* Offers all tiles of the tiling, which are otherwise like `tile`. Outputs are vectors for one sample, single channels for a
 * block of samples; columns are those of the image, in units `column` wide. */
void offer_tiles(const struct tiling *tiling, int registers, const int64_t *tile, int64_t column,
                 struct tiles *tiles);

/* Of a nest whose vectors are samples. */
struct tiling tiling_of(const struct nest *nest, const struct node *node);
/* Makes it that of one sample, whose outputs are vectors. */
void count_vectors(struct tiling *tiling, const struct target *target);

/* A block of samples: says what its inputs cost, of which `rows` rows meet a row of the kernel with so many taps. */
void weigh_inputs(struct tiling *tiling, const struct target *target, int64_t rows, int64_t taps_of_row);

/* Predicted cycles of one tap and channel of a tile, whose accumulators are `chains` chains of FMAs. */
double tile_cycles(int64_t positions, int64_t outputs, int64_t chains, double l2_bytes);

/* The channels of a panel of packed weights; 0: they are not packed. */
int64_t packed_panel(const struct node *node);
/* What a kernel is for: a block of samples, or one sample with vectors of channels or columns. */
bool block_of_samples(const struct node *node, const struct target *target, int lanes);
bool one_sample(const struct node *node, const struct target *target, int lanes);
/* One sample, whatever it reads, where vectors are longer. */
bool one_of_vectors(const struct node *node, const struct target *target, int lanes);

/* ---- augment.c ---- */

extern const struct kernel *const augment_kernels[];
bool augment_fuses(const struct graph *graph, const struct node *node, const struct node *next);

/* ---- conv2d.c, matmul.c, winograd.c, gather.c, batch_matmul.c: the kernels ---- */

/* So many numbers are added one after the other; templates add more in runs of as many (nest.RUN of emit/nest.lua), those that
 * cannot are for fewer. */
enum { RUN = 1024 };

extern const struct kernel *const conv2d_kernels[],
    *const conv2d_transpose_kernels[], *const conv2d_grad_input_kernels[], *const conv2d_grad_kernel_kernels[];
extern const struct kernel *const matmul_kernels[], *const matmul_grad_input_kernels[],
                                                        *const matmul_grad_kernel_kernels[],
                                                            *const matmul_grad_rows_kernels[],
                                                                *const matmul_blocks_kernels[],
                                                                    *const matmul_blocks_grad_input_kernels[];
extern const struct kernel *const winograd_kernels[];
extern const struct kernel *const gather_grad_rows_kernels[], *const batch_matmul_kernels[];

/* The loops of a convolution, and of its gradient with respect to the input. */
struct nest conv2d_nest(const struct node *node, const struct target *target, enum vectors vectors);
/* Not by the kernel of depthwise convolutions, whose vectors are channels. */
bool conv2d_reads_planar(const struct node *node);
struct pack conv2d_pack(const struct node *node, const struct target *target);
struct pack matmul_pack(const struct node *node, const struct target *target);

/* Is `winograd` predicted to be clearly faster than `direct`, the 3x3 convolution that it would replace? */
bool winograd_pays(const struct node *winograd, const struct node *direct, const struct target *target, int lanes);

/* For the files that define kernels. */
#define SMALL_KERNEL(NAME, NEST, APPLIES)                                                                          \
    static const struct kernel small_##NAME = {                                                                    \
        .name = "small_" #NAME, .nest = (NEST), .applies = (APPLIES), .small = true};

#endif
