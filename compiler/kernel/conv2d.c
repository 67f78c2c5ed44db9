/* conv2d.c -- the kernels of convolutions and of their gradients: when they apply, and how they are tiled. */
#include "kernel/kernel.h"

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
                        .panel = packed_panel(node)};
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

static bool one_sample_channels(const struct node *node, const struct target *target, int lanes)
{
    return one_sample(node, target, lanes) && !depthwise(node);
}

/* ---- a block of samples ---- */

static void conv2d_block_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    const struct window *window = &((const struct conv2d *)node->attributes)->window;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    (void)lanes;
    weigh_inputs(&nest, target, window->size[0], window->size[1]);
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){0}, nest.pw, tiles);
}

static void conv2d_grad_input_tile(const struct node *node, const struct target *target, int lanes,
                                   struct tiles *tiles)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    const struct window *window = &((const struct conv2d *)node->attributes)->window;
    nest.unit = window->strides[1];
    weigh_inputs(&nest, target, window->size[0], window->size[1]);
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){0}, nest.pw, tiles);
}

/* ---- one sample ---- */

static void conv2d_channels_tile(const struct node *node, const struct target *target, int lanes,
                                 struct tiles *tiles)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    count_vectors(&nest, target);
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){[TILE_SUMS] = 1}, nest.pw, tiles);
}

static bool one_sample_depthwise(const struct node *node, const struct target *target, int lanes)
{
    return one_sample(node, target, lanes) && depthwise(node) && !node->in[0]->planar;
}

static void conv2d_depthwise_tile(const struct node *node, const struct target *target, int lanes,
                                  struct tiles *tiles)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    nest.outputs = nest.groups;
    nest.groups = 1;
    count_vectors(&nest, target);
    nest.panel = 0;
    nest.outputs = 1; /* of a tile: with more, every product still loads its own x */
    nest.repeats = ceil_div(node->out[0]->shape.dim[2], target->lanes);
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){0}, nest.pw, tiles);
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

static void conv2d_columns_tile(const struct node *node, const struct target *target, int lanes,
                                struct tiles *tiles)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, &node->in[0]->shape, &node->out[0]->shape);
    nest.beside = (double)split_bytes(node, &nest, target) / 16;
    nest.columns = ceil_div(nest.columns, target->lanes); /* vectors of them */
    offer_tiles(&nest, target->registers, (int64_t[TILE_MAX]){0}, 1, tiles);
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

static void conv2d_grad_kernel_tile(const struct node *node, const struct target *target, int lanes,
                                    struct tiles *tiles)
{
    (void)lanes;
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1];
    int64_t channels = node->in[0]->shape.dim[2] / a->groups, filters = dy->dim[2] / a->groups;
    for (int64_t j = 1; j <= kw && j <= 8; j++)
        for (int64_t c = 1; c <= channels && c <= 8; c++)
            for (int64_t f = 1; f <= filters && f <= 8; f++) {
                if (j * c * f + f + 1 > target->registers && j * c * f > 1)
                    continue;
                double pieces =
                    (double)(kh * a->groups * ceil_div(kw, j) * ceil_div(channels, c) * ceil_div(filters, f));
                double l2_bytes = stream_bytes(node, target, c + f);
                double sweep = (double)(dy->dim[0] * dy->dim[1]) * tile_cycles(j * c, f, j * c * f, l2_bytes);
                int64_t tile[TILE_MAX] = {[TILE_TAPS] = j, [TILE_CHANNELS] = c, [TILE_FILTERS] = f};
                tiles_offer(tiles, tile, pieces * (sweep + 8.0 * (double)(j * c * f)));
            }
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
static void conv2d_grad_panels_tile(const struct node *node, const struct target *target, int lanes,
                                    struct tiles *tiles)
{
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1], max = (target->registers - 3) / 2;
    int64_t channels = node->in[0]->shape.dim[2] / a->groups, filters = dy->dim[2] / a->groups;
    int64_t widest = 2 * (int64_t)lanes, panel = filters < widest ? filters : widest,
            panels = ceil_div(filters, widest);
    int64_t positions = best_tile(dy->dim[1], PANEL_BYTES / (panel * lanes * (int64_t)sizeof(float)));
    double segments = (double)(dy->dim[0] * ceil_div(dy->dim[1], positions) * a->groups * panels);
    double fill = (double)(dy->dim[0] * dy->dim[1] * a->groups * panels * lanes) * 8;
    for (int64_t j = 1; j <= kw && j <= max; j++)
        for (int64_t c = 1; c <= channels && j * c <= max; c++) {
            double pieces = (double)(kh * ceil_div(kw, j) * ceil_div(channels, c));
            double sweep = (double)(positions * lanes) * tile_cycles(j * c, 2, 2 * j * c, 0);
            int64_t tile[TILE_MAX] = {[TILE_TAPS] = j, [TILE_CHANNELS] = c, [TILE_POSITIONS] = positions};
            tiles_offer(tiles, tile, fill + segments * pieces * (sweep + 4.0 * (double)(j * c)));
        }
}

/* ---- packing ---- */

struct pack conv2d_pack(const struct node *node, const struct target *target)
{
    const struct conv2d *a = node->attributes;
    if (target->lanes == 1 || depthwise(node))
        return (struct pack){.panel = node->out[0]->shape.dim[2], .groups = 1};
    return (struct pack){.panel = target->lanes, .groups = a->groups};
}

/* ---- the candidates ---- */

KERNEL(conv2d_block, block_of_samples, conv2d_block_tile, false, true, "filters", "columns")
KERNEL(conv2d_channels, one_sample_channels, conv2d_channels_tile, false, true, "vectors", "columns", "sums")
KERNEL(conv2d_depthwise, one_sample_depthwise, conv2d_depthwise_tile, false, true, "vectors", "columns")
KERNEL(conv2d_columns, few_channels, conv2d_columns_tile, true, false, "filters", "vectors")
KERNEL(conv2d_grad_input, block_of_samples, conv2d_grad_input_tile, false, true, "filters", "columns")
KERNEL(conv2d_grad_kernel, block_of_samples, conv2d_grad_kernel_tile, false, true, "taps", "channels", "filters")
KERNEL(conv2d_grad_panels, many_filters, conv2d_grad_panels_tile, false, true, "taps", "channels", "positions")

SMALL_KERNEL(conv2d)
SMALL_KERNEL(conv2d_grad_input)
SMALL_KERNEL(conv2d_grad_kernel)

const struct kernel *const conv2d_kernels[] = {&conv2d_block,     &conv2d_channels, &conv2d_columns,
                                               &conv2d_depthwise, &small_conv2d,    NULL};
const struct kernel *const conv2d_grad_input_kernels[] = {&conv2d_grad_input, &small_conv2d_grad_input, NULL};
const struct kernel *const conv2d_grad_kernel_kernels[] = {&conv2d_grad_kernel, &conv2d_grad_panels,
                                                           &small_conv2d_grad_kernel, NULL};
