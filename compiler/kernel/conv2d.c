/* conv2d.c -- the kernels of convolutions and of their gradients: when they apply, and how they are tiled. */
#include "kernel/kernel.h"

/* The filters of a channel, if each of several is a group; else 0. */
static int64_t multiplier(const struct node *node)
{
    const struct conv2d *a = node->attributes;
    bool apart = a->groups > 1 && a->groups == node->in[0]->shape.dim[2];
    return apart ? node->out[0]->shape.dim[2] / a->groups : 0;
}

/* Can a vector hold filters of neighbouring groups, with a whole number of channels? The gradient with respect to the input has
 * several filters of dy for a channel where there are several, which no vector sums. */
static bool depthwise(const struct node *node, const struct target *target)
{
    int64_t filters = multiplier(node);
    return node->op == &op_conv2d_grad_input ? filters == 1 : filters > 0 && target->lanes % filters == 0;
}

/* ---- the loops ---- */

/* Over `out`, where the window stands on `in`, or the other way round. */
static struct nest geometry(const struct node *node, const struct shape *in, const struct shape *out)
{
    const struct conv2d *a = node->attributes;
    const struct epilogue epilogue = epilogue_of(node);
    struct nest nest = {.groups = a->groups,
                        .channels = in->dim[2] / a->groups,
                        .filters = out->dim[2] / a->groups,
                        .input_channels = in->dim[2],
                        .output_channels = out->dim[2]};
    for (int i = 0; i < 2; i++) {
        nest.input[i] = in->dim[i];
        nest.output[i] = out->dim[i];
        nest.size[i] = a->window.size[i];
        nest.strides[i] = a->window.strides[i];
        nest.dilation[i] = a->window.dilation[i];
        nest.pool[i] = epilogue.window[i];
    }
    for (int i = 0; i < 4; i++)
        nest.pads[i] = a->window.pads[i];
    return nest;
}

struct nest conv2d_nest(const struct node *node, const struct target *target, enum vectors vectors)
{
    struct nest nest = geometry(node, &node->in[0]->shape, &node->out[0]->shape);
    nest.vectors = (int)vectors;
    nest.transposed = node->op != &op_conv2d;
    nest.filters_first =
        nest.transposed && !((const struct conv2d *)node->attributes)->filters_last && packed_panel(node) == 0;
    nest_complete(&nest, node, target);
    return nest;
}

static struct nest block_nest(const struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    return conv2d_nest(node, target, VECTORS_SAMPLES);
}

static struct nest channels_nest(const struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    return conv2d_nest(node, target, VECTORS_CHANNELS);
}

/* Vectors run along the filters of all groups, which have one channel each. */
static struct nest depthwise_nest(const struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = geometry(node, &node->in[0]->shape, &node->out[0]->shape);
    nest.depthwise = true;
    nest.transposed = node->op != &op_conv2d;
    nest.multiplier = multiplier(node);
    nest.vectors = VECTORS_CHANNELS;
    nest.filters = nest.output_channels;
    nest.groups = nest.channels = 1;
    nest_complete(&nest, node, target);
    return nest;
}

/* Vectors are columns of the output, in front of a pool those that are pooled. So that these lie side by side, the input is
 * split first: every step-th column of it, for each of `step` residues. */
static struct nest columns_nest(const struct node *node, const struct target *target, int lanes)
{
    (void)lanes;
    struct nest nest = conv2d_nest(node, target, VECTORS_COLUMNS);
    int64_t farthest = (nest.pool[1] - 1) * nest.strides[1] + (nest.size[1] - 1) * nest.dilation[1]; /* tap */
    int64_t rows = nest.output[0] / nest.pool[0] * nest.pool[0];
    int64_t read = (rows - 1) * nest.strides[0] + (nest.size[0] - 1) * nest.dilation[0] + 1;
    int64_t loaded = nest.input[0] + nest.pads[0];
    nest.split_step = nest.strides[1] * nest.pool[1];
    nest.split_columns = round_up(nest.output[1] / nest.pool[1], target->lanes) + farthest / nest.split_step;
    nest.split_rows = loaded > read ? loaded : read;
    return nest;
}

/* Of x and dy, as the forward op goes over them. */
static struct nest grad_kernel_nest(const struct node *node, const struct target *target, int lanes)
{
    (void)target, (void)lanes;
    struct nest nest = geometry(node, &node->in[0]->shape, &node->in[1]->shape);
    nest.vectors = VECTORS_SAMPLES;
    return nest;
}

static struct nest small_nest(const struct node *node, const struct target *target, int lanes)
{
    return conv2d_nest(node, target, lanes == target->lanes ? VECTORS_SAMPLES : VECTORS_CHANNELS);
}

bool conv2d_reads_planar(const struct node *node) { return multiplier(node) == 0; }

static bool one_sample_channels(const struct node *node, const struct target *target, int lanes)
{
    return one_sample(node, target, lanes) && !depthwise(node, target);
}

/* ---- a block of samples ---- */

static void conv2d_block_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    const struct nest nest = block_nest(node, target, lanes);
    struct tiling tiling = tiling_of(&nest, node);
    weigh_inputs(&tiling, target, nest.size[0], nest.size[1]);
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, tiling.pw, tiles);
}

static void conv2d_grad_input_tile(const struct node *node, const struct target *target, int lanes,
                                   struct tiles *tiles)
{
    const struct nest nest = block_nest(node, target, lanes);
    struct tiling tiling = tiling_of(&nest, node);
    tiling.unit = nest.strides[1];
    weigh_inputs(&tiling, target, nest.size[0], nest.size[1]);
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, tiling.pw, tiles);
}

/* ---- one sample ---- */

static void conv2d_channels_tile(const struct node *node, const struct target *target, int lanes,
                                 struct tiles *tiles)
{
    const struct nest nest = channels_nest(node, target, lanes);
    struct tiling tiling = tiling_of(&nest, node);
    tiling.unit = nest.transposed ? nest.strides[1] : 1;
    count_vectors(&tiling, target);
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){[TILE_SUMS] = 1}, tiling.pw, tiles);
}

static bool one_sample_depthwise(const struct node *node, const struct target *target, int lanes)
{
    return one_sample(node, target, lanes) && depthwise(node, target) && !node->in[0]->planar;
}

static void conv2d_depthwise_tile(const struct node *node, const struct target *target, int lanes,
                                  struct tiles *tiles)
{
    const struct nest nest = depthwise_nest(node, target, lanes);
    struct tiling tiling = tiling_of(&nest, node);
    tiling.unit = nest.transposed ? nest.strides[1] : 1;
    count_vectors(&tiling, target);
    tiling.panel = 0;
    tiling.repeats = tiling.outputs;
    tiling.outputs = 1; /* of a tile: with more, every product still loads its own x */
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, tiling.pw, tiles);
}

/* The split input is on the stack. */
enum { COLUMNS_STACK_BYTES = 16 << 10 };

static int64_t split_bytes(const struct nest *nest)
{
    int64_t floats = nest->split_rows * nest->split_step * nest->split_columns * nest->channels;
    return floats * (int64_t)sizeof(float);
}

static bool few_channels(const struct node *node, const struct target *target, int lanes)
{
    const struct nest nest = columns_nest(node, target, lanes);
    return one_sample(node, target, lanes) && nest.groups == 1 && nest.channels <= 4 && !node->in[0]->planar &&
           nest.size[0] * nest.size[1] * nest.channels <= RUN && split_bytes(&nest) <= COLUMNS_STACK_BYTES;
}

/* What the columns of an image give to vectors when there are few channels; split in front, it is read planar. */
static void conv2d_columns_tile(const struct node *node, const struct target *target, int lanes,
                                struct tiles *tiles)
{
    const struct nest nest = columns_nest(node, target, lanes);
    struct tiling tiling = tiling_of(&nest, node);
    tiling.beside = (double)split_bytes(&nest) / 16;
    tiling.columns = ceil_div(tiling.columns, target->lanes); /* vectors of them */
    offer_tiles(&tiling, target->registers, (int64_t[TILE_MAX]){0}, 1, tiles);
}

/* ---- gradients of kernels ---- */

enum { TILE_TAPS, TILE_CHANNELS, TILE_FILTERS };

/* Of x and dy. */
static int64_t bytes_of_both(const struct node *node, const struct target *target)
{
    int64_t vector = target->lanes * (int64_t)sizeof(float);
    return (shape_count(&node->in[0]->shape) + shape_count(&node->in[1]->shape)) * vector;
}

/* What streams past a tile of conv2d_grad_kernel comes from where x and dy fit: beyond the second cache, at half its
 * speed. */
static double stream_bytes(const struct node *node, const struct target *target, int64_t vectors)
{
    int64_t vector = target->lanes * (int64_t)sizeof(float), bytes = bytes_of_both(node, target);
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

/* Vectors run along filters, two of them or what there is. With one, every FMA waits for its own load; yet that is sooner there
 * than what conv2d_grad_kernel's tiles, between which x and dy pass once more, get from beyond the second cache. */
static bool many_filters(const struct node *node, const struct target *target, int lanes)
{
    const struct conv2d *a = node->attributes;
    int64_t filters = node->in[1]->shape.dim[2] / a->groups;
    bool streams = bytes_of_both(node, target) > 2 * target->l2;
    return block_of_samples(node, target, lanes) && lanes > 1 &&
           (filters > target->lanes || (streams && 2 * filters > target->lanes));
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
    int64_t kh = a->window.size[0], kw = a->window.size[1];
    int64_t channels = node->in[0]->shape.dim[2] / a->groups, filters = dy->dim[2] / a->groups;
    int64_t vectors = filters > lanes ? 2 : 1, max = (target->registers - 1 - vectors) / vectors;
    int64_t widest = 2 * (int64_t)lanes, panel = filters < widest ? filters : widest,
            panels = ceil_div(filters, widest);
    int64_t positions = best_tile(dy->dim[1], PANEL_BYTES / (panel * lanes * (int64_t)sizeof(float)));
    double segments = (double)(dy->dim[0] * ceil_div(dy->dim[1], positions) * a->groups * panels);
    double fill = (double)(dy->dim[0] * dy->dim[1] * a->groups * panels * lanes) * 8;
    for (int64_t j = 1; j <= kw && j <= max; j++)
        for (int64_t c = 1; c <= channels && j * c <= max; c++) {
            double pieces = (double)(kh * ceil_div(kw, j) * ceil_div(channels, c));
            double sweep = (double)(positions * lanes) * tile_cycles(j * c, vectors, vectors * j * c, 0);
            int64_t tile[TILE_MAX] = {[TILE_TAPS] = j, [TILE_CHANNELS] = c, [TILE_POSITIONS] = positions};
            tiles_offer(tiles, tile, fill + segments * pieces * (sweep + 2.0 * (double)(vectors * j * c)));
        }
}

/* How many filters conv2d_grad_depthwise takes at once: their sums are on the stack, and, of many positions, totals. */
static const int64_t filters_apart[] = {8, 16, 4};
enum { FEWEST_APART = 4, SUMS_STACK_BYTES = 16 << 10, TILE_ROWS = 1 };

static bool fits_stack(const struct node *node, const struct target *target, int64_t filters)
{
    const int64_t *size = ((const struct conv2d *)node->attributes)->window.size, *dy = node->in[1]->shape.dim;
    int64_t arrays = dy[0] * dy[1] > RUN ? 2 : 1;
    return arrays * filters * size[0] * size[1] * target->lanes * (int64_t)sizeof(float) <= SUMS_STACK_BYTES;
}

/* Each channel alone, of which there are several. */
static bool channels_apart(const struct node *node, const struct target *target, int lanes)
{
    const struct conv2d *a = node->attributes;
    return block_of_samples(node, target, lanes) && a->groups > 1 && a->groups == node->in[0]->shape.dim[2] &&
           a->window.size[1] + 2 <= target->registers && node->in[1]->shape.dim[1] <= RUN &&
           fits_stack(node, target, FEWEST_APART);
}

/* Eight filters are vectors that lie side by side as processors fetch them ahead; with more, the rows that a window meets leave
 * the first cache before the rows below pass. The model cannot tell them apart, `cnnc tune` can. */
static void conv2d_grad_depthwise_tile(const struct node *node, const struct target *target, int lanes,
                                       struct tiles *tiles)
{
    (void)lanes;
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1];
    int64_t rows = best_tile(kh, (target->registers - 2) / kw), passes = ceil_div(kh, rows);
    double position = tile_cycles(kh * kw, 1, rows * kw, 0) + (double)(passes - 1);
    double row = (double)dy->dim[1] * position + 2.0 * (double)(kh * kw); /* of a filter */
    for (size_t i = 0; i < sizeof filters_apart / sizeof *filters_apart; i++) {
        int64_t filters = filters_apart[i] < dy->dim[2] ? filters_apart[i] : dy->dim[2];
        if (!fits_stack(node, target, filters))
            continue;
        int64_t tile[TILE_MAX] = {[TILE_OUTPUTS] = filters, [TILE_ROWS] = rows};
        tiles_offer(tiles, tile, (double)(dy->dim[0] * dy->dim[2]) * row);
    }
}

/* ---- gradients of kernels, of one sample ---- */

/* Each channel with one filter of its own. */
static bool one_kernel_apart(const struct node *node, const struct target *target, int lanes)
{
    const struct conv2d *a = node->attributes;
    return one_of_vectors(node, target, lanes) && a->groups > 1 && a->groups == node->in[0]->shape.dim[2] &&
           a->groups == node->in[1]->shape.dim[2] && a->window.size[1] + 2 <= target->registers;
}

static bool one_kernel(const struct node *node, const struct target *target, int lanes)
{
    return one_of_vectors(node, target, lanes) && !one_kernel_apart(node, target, lanes);
}

/* Vectors of filters lie side by side in dy; each number of x meets all of a tile's. */
static void one_kernel_tile(const struct node *node, const struct target *target, int lanes, struct tiles *tiles)
{
    (void)lanes;
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1];
    int64_t channels = node->in[0]->shape.dim[2] / a->groups;
    int64_t vectors = ceil_div(dy->dim[2] / a->groups, target->lanes);
    for (int64_t v = 1; v <= vectors && v <= 4; v++)
        for (int64_t j = 1; j <= kw && j <= 8; j++)
            for (int64_t c = 1; c <= channels && c <= 16; c++) {
                if (j * c * v + v + 1 > target->registers && j * c > 1)
                    continue;
                double pieces =
                    (double)(kh * a->groups * ceil_div(kw, j) * ceil_div(channels, c) * ceil_div(vectors, v));
                double l2 = shape_count(dy) * (int64_t)sizeof(float) > target->l1 / 2
                                ? (double)(v * target->lanes * (int64_t)sizeof(float))
                                : 0;
                double sweep = (double)(dy->dim[0] * dy->dim[1]) * tile_cycles(j * c, v, j * c * v, l2);
                int64_t tile[TILE_MAX] = {[TILE_TAPS] = j, [TILE_CHANNELS] = c, [TILE_FILTERS] = v};
                tiles_offer(tiles, tile, pieces * (sweep + 4.0 * (double)(j * c * v)));
            }
}

/* Rows of the window whose taps fit the registers. */
static void one_kernel_apart_tile(const struct node *node, const struct target *target, int lanes,
                                  struct tiles *tiles)
{
    (void)lanes;
    const struct conv2d *a = node->attributes;
    const struct shape *dy = &node->in[1]->shape;
    int64_t kh = a->window.size[0], kw = a->window.size[1];
    int64_t rows = best_tile(kh, (target->registers - 2) / kw), passes = ceil_div(kh, rows);
    double position = tile_cycles(kh * kw, 1, rows * kw, 0) + (double)(passes - 1);
    int64_t tile[TILE_MAX] = {rows};
    tiles_offer(tiles, tile, (double)(dy->dim[0] * dy->dim[1] * ceil_div(dy->dim[2], target->lanes)) * position);
}

/* ---- packing ---- */

struct pack conv2d_pack(const struct node *node, const struct target *target)
{
    const struct conv2d *a = node->attributes;
    bool turned = node->op == &op_conv2d_grad_input || (node->op == &op_conv2d_transpose && !a->filters_last);
    if (target->lanes == 1 || depthwise(node, target))
        return (struct pack){.panel = node->out[0]->shape.dim[2], .groups = 1};
    return (struct pack){.panel = target->lanes, .groups = a->groups, .turned = turned};
}

/* ---- the candidates ---- */

static const struct kernel conv2d_block = {.name = "conv2d_block",
                                           .applies = block_of_samples,
                                           .tile = conv2d_block_tile,
                                           .nest = block_nest,
                                           .tile_names = {"filters", "columns"},
                                           .divisible = true};
static const struct kernel conv2d_channels = {.name = "conv2d_channels",
                                              .applies = one_sample_channels,
                                              .tile = conv2d_channels_tile,
                                              .nest = channels_nest,
                                              .tile_names = {"vectors", "columns", "sums"},
                                              .divisible = true};
static const struct kernel conv2d_depthwise = {.name = "conv2d_depthwise",
                                               .applies = one_sample_depthwise,
                                               .tile = conv2d_depthwise_tile,
                                               .nest = depthwise_nest,
                                               .tile_names = {"vectors", "columns"},
                                               .divisible = true};
static const struct kernel conv2d_columns = {.name = "conv2d_columns",
                                             .applies = few_channels,
                                             .tile = conv2d_columns_tile,
                                             .nest = columns_nest,
                                             .tile_names = {"filters", "vectors"},
                                             .writes_planar = true};
static const struct kernel conv2d_grad_input = {.name = "conv2d_grad_input",
                                                .applies = block_of_samples,
                                                .tile = conv2d_grad_input_tile,
                                                .nest = block_nest,
                                                .tile_names = {"filters", "columns"},
                                                .divisible = true};
static const struct kernel conv2d_transpose_block = {.name = "conv2d_transpose_block",
                                                     .applies = block_of_samples,
                                                     .tile = conv2d_grad_input_tile,
                                                     .nest = block_nest,
                                                     .tile_names = {"filters", "columns"},
                                                     .divisible = true};
static const struct kernel conv2d_transpose_channels = {.name = "conv2d_transpose_channels",
                                                        .applies = one_sample,
                                                        .tile = conv2d_channels_tile,
                                                        .nest = channels_nest,
                                                        .tile_names = {"vectors", "columns", "sums"},
                                                        .divisible = true};
static const struct kernel conv2d_grad_kernel = {.name = "conv2d_grad_kernel",
                                                 .applies = block_of_samples,
                                                 .tile = conv2d_grad_kernel_tile,
                                                 .nest = grad_kernel_nest,
                                                 .tile_names = {"taps", "channels", "filters"},
                                                 .divisible = true};
static const struct kernel conv2d_grad_panels = {.name = "conv2d_grad_panels",
                                                 .applies = many_filters,
                                                 .tile = conv2d_grad_panels_tile,
                                                 .nest = grad_kernel_nest,
                                                 .tile_names = {"taps", "channels", "positions"},
                                                 .divisible = true};
static const struct kernel conv2d_grad_depthwise = {.name = "conv2d_grad_depthwise",
                                                    .applies = channels_apart,
                                                    .tile = conv2d_grad_depthwise_tile,
                                                    .nest = grad_kernel_nest,
                                                    .tile_names = {"filters", "rows"},
                                                    .divisible = true};

static const struct kernel conv2d_grad_input_channels = {.name = "conv2d_grad_input_channels",
                                                         .applies = one_sample_channels,
                                                         .tile = conv2d_channels_tile,
                                                         .nest = channels_nest,
                                                         .tile_names = {"vectors", "columns", "sums"}};
static const struct kernel conv2d_grad_input_depthwise = {.name = "conv2d_grad_input_depthwise",
                                                          .applies = one_sample_depthwise,
                                                          .tile = conv2d_depthwise_tile,
                                                          .nest = depthwise_nest,
                                                          .tile_names = {"vectors", "columns"}};
static const struct kernel conv2d_grad_kernel_channels = {.name = "conv2d_grad_kernel_channels",
                                                          .applies = one_kernel,
                                                          .tile = one_kernel_tile,
                                                          .nest = grad_kernel_nest,
                                                          .tile_names = {"taps", "channels", "vectors"}};
static const struct kernel conv2d_grad_kernel_depthwise = {.name = "conv2d_grad_kernel_depthwise",
                                                           .applies = one_kernel_apart,
                                                           .tile = one_kernel_apart_tile,
                                                           .nest = grad_kernel_nest,
                                                           .tile_names = {"rows"}};

SMALL_KERNEL(conv2d, small_nest, NULL)
SMALL_KERNEL(conv2d_grad_input, small_nest, NULL)
SMALL_KERNEL(conv2d_transpose, small_nest, NULL)
SMALL_KERNEL(conv2d_grad_kernel, grad_kernel_nest, block_of_samples)

const struct kernel *const conv2d_kernels[] = {&conv2d_block,     &conv2d_channels, &conv2d_columns,
                                               &conv2d_depthwise, &small_conv2d,    NULL};
const struct kernel *const conv2d_grad_input_kernels[] = {
    &conv2d_grad_input, &conv2d_grad_input_channels, &conv2d_grad_input_depthwise, &small_conv2d_grad_input, NULL};
const struct kernel *const conv2d_transpose_kernels[] = {&conv2d_transpose_block, &conv2d_transpose_channels,
                                                         &small_conv2d_transpose, NULL};
const struct kernel *const conv2d_grad_kernel_kernels[] = {&conv2d_grad_kernel,
                                                           &conv2d_grad_panels,
                                                           &conv2d_grad_depthwise,
                                                           &conv2d_grad_kernel_channels,
                                                           &conv2d_grad_kernel_depthwise,
                                                           &small_conv2d_grad_kernel,
                                                           NULL};
