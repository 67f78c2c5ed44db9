/* product.c -- the kernels of conv2d and matmul and how their register tiles are chosen.
 *
 * The model of a tile's cost, in cycles for one tap and channel: the machine issues two FMAs and two loads a cycle, an FMA
 * takes four cycles until its accumulator can be used again. A tile of P positions and F outputs makes P*F FMAs from P+F
 * loads. What the first cache does not hold (many weights, or wide rows of many samples) comes from the second at 16 bytes
 * a cycle. Loads that hide behind the FMAs are not free, as they wait for the caches now and then; nor is the loop itself.
 * Accumulators, the weights that are used again and one input must fit the registers; otherwise the tile is not
 * considered. */
#include "kernel/kernel.h"

enum { FAR_BYTES_A_CYCLE = 16 };

static double tile_cycles(int64_t positions, int64_t outputs, int64_t chains, double far_bytes)
{
    double products = (double)(positions * outputs);
    double cycles = products / 2, loads = (double)(positions + outputs) / 2, latency = 4.0 / (double)chains;
    if (far_bytes / FAR_BYTES_A_CYCLE > loads)
        loads = far_bytes / FAR_BYTES_A_CYCLE;
    if (loads > cycles)
        cycles = loads;
    if (latency > cycles)
        cycles = latency;
    return cycles + 0.15 * (double)(positions + outputs) + 0.5;
}

/* Is a tile of these cycles the best one so far? With some room, as they may have been through arithmetic. */
static bool is_better(double cycles, double best, double dearer_than)
{
    return (best == 0 || cycles < best) && cycles > dearer_than * (1 + 1e-9);
}

double choose_tile(const struct nest *nest, int registers, int64_t *outputs, int64_t *columns)
{
    double best = 0;
    for (int64_t f = 1; f <= nest->outputs && f <= (nest->most_outputs ? nest->most_outputs : 16); f++) {
        int64_t step = f * nest->width;
        if (nest->panel && nest->panel % step && step % nest->panel)
            continue; /* a tile would begin inside one panel and end in another */
        for (int64_t q = nest->unit; q <= round_up(nest->columns, nest->unit); q += nest->unit) {
            int64_t positions = q * nest->pw * nest->ph;
            int64_t weights = positions > 1 ? f : 1; /* that wait for another product */
            bool smallest = f == 1 && q == nest->unit;
            if ((q > 16 || positions * f + weights + 1 > registers) && !smallest)
                break; /* a wider one fits even less */
            double tiles =
                (double)(nest->rows * nest->groups * ceil_div(nest->columns, q) * ceil_div(nest->outputs, f));
            double products = (double)(nest->taps * nest->channels) *
                              tile_cycles(positions, f, positions * f,
                                          (double)f * nest->far_weights + (double)positions * nest->far_inputs);
            double cycles = tiles * (products + 2.0 * (double)(positions * f) + 8);
            if (is_better(cycles, best, nest->dearer_than)) {
                best = cycles;
                *outputs = f;
                *columns = q * nest->pw;
            }
        }
    }
    return best;
}

/* One sample: weights are vectors, and stream when the first cache cannot hold them. */
static void weigh_weights(struct nest *nest, const struct target *target)
{
    int64_t bytes = nest->taps * nest->channels * nest->outputs * nest->width * (int64_t)sizeof(float);
    nest->far_weights = bytes > target->l1 / 2 ? (double)(nest->width * (int64_t)sizeof(float)) : 0;
}

/* A block of samples: inputs are vectors. The taps of a row find them in the first cache after the first of them. */
void weigh_inputs(struct nest *nest, const struct target *target, int64_t rows, int64_t taps_of_row)
{
    int64_t vector = target->lanes * (int64_t)sizeof(float);
    int64_t bytes = rows * nest->columns * nest->pw * nest->channels * nest->groups * vector;
    nest->far_inputs = bytes > target->l1 / 2 ? (double)vector / (double)taps_of_row : 0;
}

static bool is_packed(const struct node *node)
{
    const struct node *producer = node->in[1]->producer;
    return producer && producer->op == &op_pack;
}

static int64_t packed_panel(const struct node *node)
{
    return is_packed(node) ? ((const struct pack *)node->in[1]->producer->attributes)->panel : 0;
}

struct nest conv2d_nest(const struct node *node, const struct shape *x, const struct shape *y)
{
    const struct conv2d *a = node->attributes;
    struct nest nest = {.ph = 1,
                        .pw = 1,
                        .taps = a->window.size[0] * a->window.size[1],
                        .channels = x->dim[2] / a->groups,
                        .groups = a->groups,
                        .outputs = y->dim[2] / a->groups,
                        .unit = 1,
                        .width = 1,
                        .panel = packed_panel(node),
                        .dearer_than = node->dearer_than};
    for (int i = 0; i < node->n_fused; i++)
        if (node->fused[i]->op == &op_max_pool2d || node->fused[i]->op == &op_average_pool2d) {
            const struct pool2d *pool = node->fused[i]->attributes;
            nest.ph = pool->window.size[0];
            nest.pw = pool->window.size[1];
        }
    nest.rows = y->dim[0] / nest.ph;
    nest.columns = y->dim[1] / nest.pw;
    return nest;
}

/* Groups of one channel with one filter each. */
static bool depthwise(const struct node *node)
{
    const struct conv2d *a = node->attributes;
    return a->groups > 1 && a->groups == node->in[0]->shape.dim[2] && a->groups == node->out[0]->shape.dim[2];
}

bool conv2d_reads_planar(const struct node *node) { return !depthwise(node); }

static bool one_sample(const struct node *node, const struct target *target, int lanes)
{
    return lanes == 1 && target->lanes > 1 && is_packed(node);
}

static bool one_sample_channels(const struct node *node, const struct target *target, int lanes)
{
    return one_sample(node, target, lanes) && !(node->op == &op_conv2d && depthwise(node));
}

bool block_of_samples(const struct node *node, const struct target *target, int lanes)
{
    (void)node;
    return lanes == target->lanes;
}

/* ---- a block of samples ---- */

static double conv2d_block_tile(struct node *node, const struct target *target, int lanes)
{
    const struct window *window = &((const struct conv2d *)node->attributes)->window;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    (void)lanes;
    weigh_inputs(&nest, target, window->size[0], window->size[1]);
    return choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
}

static double conv2d_grad_input_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    const struct window *window = &((const struct conv2d *)node->attributes)->window;
    nest.unit = window->strides[1];
    weigh_inputs(&nest, target, window->size[0], window->size[1]);
    return choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
}

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
                         .panel = packed_panel(node),
                         .dearer_than = node->dearer_than};
}

static double matmul_block_tile(struct node *node, const struct target *target, int lanes)
{
    struct nest nest = matmul_nest(node);
    (void)lanes;
    return choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
}

/* ---- one sample ---- */

void count_vectors(struct nest *nest, const struct target *target)
{
    nest->width = target->lanes;
    nest->outputs = ceil_div(nest->outputs, nest->width);
    weigh_weights(nest, target);
}

static double conv2d_channels_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    count_vectors(&nest, target);
    node->tile[TILE_SUMS] = 1;
    return choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
}

static bool one_sample_depthwise(const struct node *node, const struct target *target, int lanes)
{
    return one_sample(node, target, lanes) && depthwise(node) && !node->in[0]->planar;
}

static double conv2d_depthwise_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    nest.outputs = nest.groups;
    nest.groups = 1;
    count_vectors(&nest, target);
    nest.panel = 0;
    nest.outputs = 1; /* of a tile: with more, every product still loads its own x */
    double vectors = (double)ceil_div(node->out[0]->shape.dim[2], target->lanes);
    nest.dearer_than /= vectors;
    return vectors * choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
}

/* What the columns of an image give to vectors when there are few channels; split in front, it is read planar. */
enum { COLUMNS_STACK_BYTES = 16 << 10 };

static int64_t split_bytes(const struct node *node, const struct nest *nest, const struct target *target)
{
    const struct conv2d *a = node->attributes;
    const struct shape *x = &node->in[0]->shape;
    int64_t step = a->window.strides[1] * nest->pw;
    int64_t rows = x->dim[0] + a->window.pads[0] + a->window.pads[1] + nest->ph;
    int64_t columns = round_up(nest->columns, target->lanes) + a->window.size[1] * a->window.dilation[1] + nest->pw;
    return rows * columns * step * x->dim[2] * (int64_t)sizeof(float);
}

static bool few_channels(const struct node *node, const struct target *target, int lanes)
{
    const struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    return one_sample(node, target, lanes) && nest.groups == 1 && nest.channels <= 4 && !node->in[0]->planar &&
           split_bytes(node, &nest, target) <= COLUMNS_STACK_BYTES;
}

static double conv2d_columns_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    double split = (double)split_bytes(node, &nest, target) / 16;
    nest.columns = ceil_div(nest.columns, target->lanes); /* vectors of them */
    nest.dearer_than -= split;
    double cycles = choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
    node->tile[TILE_COLUMNS] /= nest.pw;
    return cycles + split;
}

/* With one position there are few accumulators: each is split into partial sums over the channels. Of weights that come
 * from beyond the second cache, few panels are read at a time: their lines lie as far apart as the sets of a cache repeat,
 * and processors prefetch a few streams better than many. */
enum { FAR_PANELS = 4 };

static double matmul_channels_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = matmul_nest(node);
    count_vectors(&nest, target);
    if (nest.columns == 1 && shape_count(&node->in[1]->shape) * (int64_t)sizeof(float) > target->l2)
        nest.most_outputs = FAR_PANELS;
    double cycles = choose_tile(&nest, target->registers, &node->tile[TILE_OUTPUTS], &node->tile[TILE_COLUMNS]);
    int64_t chains = node->tile[TILE_OUTPUTS] * node->tile[TILE_COLUMNS], sums = 1;
    while (chains * sums < 8 && nest.channels % (2 * sums) == 0)
        sums *= 2;
    node->tile[TILE_SUMS] = sums;
    return cycles;
}

/* ---- gradients of kernels ---- */

enum { TILE_TAPS, TILE_CHANNELS, TILE_FILTERS };

/* What streams past a tile of conv2d_grad_kernel comes from where x and dy fit: beyond the second cache, at half its
 * speed. */
static double stream_bytes(const struct node *node, const struct target *target, int64_t vectors)
{
    int64_t vector = target->lanes * (int64_t)sizeof(float);
    int64_t bytes = (shape_count(&node->in[0]->shape) + shape_count(&node->in[1]->shape)) * vector;
    double each = (double)(vectors * vector);
    return bytes > target->l2 ? 2 * each : bytes > target->l1 / 2 ? each : 0;
}

static double conv2d_grad_kernel_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1];
    int64_t channels = node->in[0]->shape.dim[2] / a->groups, filters = dy->dim[2] / a->groups;
    double best = 0;
    for (int64_t j = 1; j <= kw && j <= 8; j++)
        for (int64_t c = 1; c <= channels && c <= 8; c++)
            for (int64_t f = 1; f <= filters && f <= 8; f++) {
                if (j * c * f + f + 1 > target->registers && j * c * f > 1)
                    continue;
                double tiles =
                    (double)(kh * a->groups * ceil_div(kw, j) * ceil_div(channels, c) * ceil_div(filters, f));
                double far_bytes = stream_bytes(node, target, c + f);
                double sweep = (double)(dy->dim[0] * dy->dim[1]) * tile_cycles(j * c, f, j * c * f, far_bytes);
                double cycles = tiles * (sweep + 8.0 * (double)(j * c * f));
                if (is_better(cycles, best, node->dearer_than)) {
                    best = cycles;
                    node->tile[TILE_TAPS] = j;
                    node->tile[TILE_CHANNELS] = c;
                    node->tile[TILE_FILTERS] = f;
                }
            }
    return best;
}

/* Vectors run along filters, two of them or what there is: with fewer, every FMA would wait for its own load. */
static bool many_filters(const struct node *node, const struct target *target, int lanes)
{
    const struct conv2d *a = node->attributes;
    return block_of_samples(node, target, lanes) && lanes > 1 &&
           node->in[1]->shape.dim[2] / a->groups > target->lanes;
}

/* A panel is on the stack, and stays in the first cache beside the lines of x that pass. */
enum { TILE_POSITIONS = 2, PANEL_BYTES = 32 << 10 };

/* Beside the products: a vector of the panel takes about 8 cycles to be loaded, transposed and stored, and an
 * accumulator pair 4 to be loaded and stored for each panel. */
static double conv2d_grad_panels_tile(struct node *node, const struct target *target, int lanes)
{
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1], most = (target->registers - 3) / 2;
    int64_t channels = node->in[0]->shape.dim[2] / a->groups, filters = dy->dim[2] / a->groups;
    int64_t widest = 2 * (int64_t)lanes, panel = filters < widest ? filters : widest,
            panels = ceil_div(filters, widest);
    int64_t positions = PANEL_BYTES / (panel * lanes * (int64_t)sizeof(float));
    double best = 0;
    node->tile[TILE_POSITIONS] = best_tile(dy->dim[1], positions);
    double segments = (double)(dy->dim[0] * ceil_div(dy->dim[1], node->tile[TILE_POSITIONS]) * a->groups * panels);
    double fill = (double)(dy->dim[0] * dy->dim[1] * a->groups * panels * lanes) * 8;
    for (int64_t j = 1; j <= kw && j <= most; j++)
        for (int64_t c = 1; c <= channels && j * c <= most; c++) {
            double tiles = (double)(kh * ceil_div(kw, j) * ceil_div(channels, c));
            double sweep = (double)(node->tile[TILE_POSITIONS] * lanes) * tile_cycles(j * c, 2, 2 * j * c, 0);
            double cycles = fill + segments * tiles * (sweep + 4.0 * (double)(j * c));
            if (is_better(cycles, best, node->dearer_than)) {
                best = cycles;
                node->tile[TILE_TAPS] = j;
                node->tile[TILE_CHANNELS] = c;
            }
        }
    return best;
}

static double matmul_grad_kernel_tile(struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    const struct shape *k = &node->out[0]->shape;
    int64_t positions = shape_count(&node->in[0]->shape) / k->dim[0];
    return (double)(positions * k->dim[0] * ceil_div(k->dim[1], target->lanes) * target->lanes) / 2;
}

enum { TILE_ROWS, TILE_CHUNK };
enum { CHUNK_BYTES = 64 << 10 }; /* of a gradient, which the optimizer then finds in the cache */

/* Two vectors of outputs and as many rows as fit the registers. */
static double matmul_grad_rows_tile(struct node *node, const struct target *target, int lanes)
{
    const struct shape *k = &node->out[0]->shape;
    int64_t panels = ceil_div(k->dim[1], 2 * (int64_t)target->lanes);
    int64_t rows = best_tile(k->dim[0], (target->registers - 3) / 2);
    int64_t tiles_a_chunk = CHUNK_BYTES / (rows * k->dim[1] * (int64_t)sizeof(float));
    node->tile[TILE_ROWS] = rows;
    node->tile[TILE_CHUNK] = rows * (tiles_a_chunk > 1 ? tiles_a_chunk : 1);
    return (double)(lanes * panels * ceil_div(k->dim[0], rows)) * tile_cycles(rows, 2, 2 * rows, 0);
}

/* ---- all blocks of a batch ---- */

enum { TILE_BLOCKS = 1, TILE_PANEL = 2, TILE_PACKED = 3 };
enum { BLOCKS_AT_ONCE = 2, PANEL_OUTPUTS = 48, PANEL_CHANNELS = 128 }; /* 24 KB, and 16 of two blocks' x */

/* Two blocks and as many outputs as fit the registers beside two inputs and one weight, but a divisor of the panel's. */
static double matmul_blocks_tile(struct node *node, const struct target *target, int lanes)
{
    int64_t channels = shape_count(&node->in[0]->shape), total = shape_count(&node->out[0]->shape), outputs = 1;
    for (int64_t f = 1; f <= (target->registers - BLOCKS_AT_ONCE - 1) / BLOCKS_AT_ONCE; f++)
        outputs = PANEL_OUTPUTS % f == 0 ? f : outputs;
    (void)lanes;
    node->tile[TILE_OUTPUTS] = outputs;
    node->tile[TILE_BLOCKS] = BLOCKS_AT_ONCE;
    node->tile[TILE_PANEL] = PANEL_OUTPUTS;
    node->tile[TILE_PACKED] = PANEL_CHANNELS;
    double cycles = tile_cycles(BLOCKS_AT_ONCE, outputs, BLOCKS_AT_ONCE * outputs, 0) / BLOCKS_AT_ONCE;
    return (double)(ceil_div(total, outputs) * channels) * cycles;
}

/* ---- packing ---- */

struct pack conv2d_pack(const struct node *node, const struct target *target)
{
    const struct conv2d *a = node->attributes;
    if (target->lanes == 1 || depthwise(node))
        return (struct pack){.panel = node->out[0]->shape.dim[2], .groups = 1};
    return (struct pack){.panel = target->lanes, .groups = a->groups};
}

struct pack matmul_pack(const struct node *node, const struct target *target)
{
    const struct shape *y = &node->out[0]->shape;
    return (struct pack){.panel = target->lanes == 1 ? y->dim[y->rank - 1] : target->lanes, .groups = 1};
}

/* ---- the candidates ---- */

#define KERNEL(NAME, APPLIES, TILE, PLANAR, DIVISIBLE, ...)                                                        \
    static const struct kernel NAME = {.name = #NAME,                                                              \
                                       .applies = APPLIES,                                                         \
                                       .tile = TILE,                                                               \
                                       .tile_names = {__VA_ARGS__},                                                \
                                       .writes_planar = PLANAR,                                                    \
                                       .divisible = DIVISIBLE};

KERNEL(conv2d_block, block_of_samples, conv2d_block_tile, false, true, "filters", "columns")
KERNEL(conv2d_channels, one_sample_channels, conv2d_channels_tile, false, true, "vectors", "columns", "sums")
KERNEL(conv2d_depthwise, one_sample_depthwise, conv2d_depthwise_tile, false, true, "vectors", "columns")
KERNEL(conv2d_columns, few_channels, conv2d_columns_tile, true, false, "filters", "vectors")
KERNEL(conv2d_grad_input, block_of_samples, conv2d_grad_input_tile, false, true, "filters", "columns")
KERNEL(conv2d_grad_kernel, block_of_samples, conv2d_grad_kernel_tile, false, true, "taps", "channels", "filters")
KERNEL(conv2d_grad_panels, many_filters, conv2d_grad_panels_tile, false, true, "taps", "channels", "positions")
KERNEL(matmul_block, block_of_samples, matmul_block_tile, false, true, "filters", "columns")
KERNEL(matmul_channels, one_sample, matmul_channels_tile, false, true, "vectors", "columns", "sums")
KERNEL(matmul_blocks, block_of_samples, matmul_blocks_tile, false, false, "outputs", "blocks", "panel", "channels")
KERNEL(matmul_blocks_grad_input, block_of_samples, matmul_blocks_tile, false, false, "outputs", "blocks", "panel",
       "channels")
KERNEL(matmul_grad_input, block_of_samples, matmul_block_tile, false, true, "filters", "columns")
KERNEL(matmul_grad_kernel, block_of_samples, matmul_grad_kernel_tile, false, false, NULL)
KERNEL(matmul_grad_rows, block_of_samples, matmul_grad_rows_tile, false, false, "rows", "chunk")

#define SMALL_KERNEL(NAME) static const struct kernel small_##NAME = {.name = "small_" #NAME, .small = true};

SMALL_KERNEL(conv2d)
SMALL_KERNEL(conv2d_grad_input)
SMALL_KERNEL(conv2d_grad_kernel)
SMALL_KERNEL(matmul)
SMALL_KERNEL(matmul_grad_input)
SMALL_KERNEL(matmul_grad_kernel)

const struct kernel *const conv2d_kernels[] = {&conv2d_block,     &conv2d_channels, &conv2d_columns,
                                               &conv2d_depthwise, &small_conv2d,    NULL};
const struct kernel *const conv2d_grad_input_kernels[] = {&conv2d_grad_input, &small_conv2d_grad_input, NULL};
const struct kernel *const conv2d_grad_kernel_kernels[] = {&conv2d_grad_kernel, &conv2d_grad_panels,
                                                           &small_conv2d_grad_kernel, NULL};
const struct kernel *const matmul_kernels[] = {&matmul_block, &matmul_channels, &small_matmul, NULL};
const struct kernel *const matmul_blocks_kernels[] = {&matmul_blocks, NULL};
const struct kernel *const matmul_blocks_grad_input_kernels[] = {&matmul_blocks_grad_input, NULL};
const struct kernel *const matmul_grad_input_kernels[] = {&matmul_grad_input, &small_matmul_grad_input, NULL};
const struct kernel *const matmul_grad_kernel_kernels[] = {&matmul_grad_kernel, &small_matmul_grad_kernel, NULL};
const struct kernel *const matmul_grad_rows_kernels[] = {&matmul_grad_rows, NULL};
