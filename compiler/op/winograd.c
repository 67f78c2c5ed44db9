/* winograd.c -- 3x3 convolutions with 16 products in place of 36 (Lavin & Gray 2016, "Fast Algorithms for Convolutional
 * Neural Networks", F(2x2, 3x3)).
 *
 * A tile of 2x2 outputs depends on 4x4 inputs d and on the 3x3 kernel g of each channel:
 *
 *   Y = A' [sum over channels of (G g G') * (B' d B)] A,   * number by number
 *
 *        1   0   0          1  0 -1  0
 *   G = .5  .5  .5    B' =  0  1  1  0    A' = 1  1  1  0
 *       .5 -.5  .5          0 -1  1  0         0  1 -1 -1
 *        0   0   1          0  1  0 -1
 *
 * (x' is x transposed.) The 16 sums over channels are matrix products, one for each number of a transformed tile, with the
 * tiles as rows. G g G' depends on parameters only and is prepared; it has 16 numbers where the kernel has 9. Tiles are
 * computed in strips, whose transformed inputs stay in the second cache while all filters pass. */
#include "op/op.h"

enum { NUMBERS = WINOGRAD_NUMBERS };

/* A tile is a window of the pool behind, which leaves half windows out. */
int64_t winograd_tiles(const struct node *node)
{
    const struct shape *y = &node->out[0]->shape;
    bool pooled = node_has_fused(node, &op_max_pool2d) || node_has_fused(node, &op_average_pool2d);
    return (y->dim[0] + !pooled) / 2 * ((y->dim[1] + !pooled) / 2);
}

/* ---- the transformed kernel ---- */

static const struct attribute kernel_attributes[] = {
    {"panel", ATTRIBUTE_INT, offsetof(struct winograd_kernel, panel), NULL, NULL},
    {"transposed", ATTRIBUTE_BOOL, offsetof(struct winograd_kernel, transposed), NULL, NULL},
    {"backwards", ATTRIBUTE_BOOL, offsetof(struct winograd_kernel, backwards), NULL, NULL},
    {0}};

/* (panels, 16 * channels, panel), as pack.c would have it of a kernel with 16 taps. */
static bool kernel_shape(struct graph *graph, struct node *node)
{
    const struct winograd_kernel *a = node->attributes;
    const int64_t *k = node->in[0]->shape.dim;
    int64_t rows = NUMBERS * k[2 + a->transposed], panels = ceil_div(k[3 - a->transposed], a->panel);
    return node_output(graph, node, (struct shape){3, {panels, rows, a->panel}}, SCOPE_SHARED);
}

/* to = G from, of three numbers that lie `step` apart; the sums round as those of templates/kernel/winograd_kernel.c.in. */
static void transform(const float *from, int64_t step, float to[4])
{
    float ends = from[0] + from[2 * step];
    to[0] = from[0];
    to[1] = 0.5f * (ends + from[step]);
    to[2] = 0.5f * (ends - from[step]);
    to[3] = from[2 * step];
}

/* Of the taps of one channel and filter, `stride` apart. */
static void evaluate_one(const float *kernel, int64_t stride, bool backwards, float *out, int64_t plane)
{
    float taps[9], columns[3][4], row[3], result[4];
    for (int i = 0; i < 9; i++)
        taps[i] = kernel[(backwards ? 8 - i : i) * stride];
    for (int j = 0; j < 3; j++)
        transform(taps + j, 3, columns[j]);
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 3; j++)
            row[j] = columns[j][i];
        transform(row, 1, result);
        for (int j = 0; j < 4; j++)
            out[(4 * i + j) * plane] = result[j];
    }
}

static void evaluate(const struct node *node, const float *const *in, float *const *out)
{
    const struct winograd_kernel *a = node->attributes;
    const int64_t *k = node->in[0]->shape.dim, numbers = k[2] * k[3];
    int64_t channels = k[2 + a->transposed], filters = k[3 - a->transposed], plane = channels * a->panel;
    for (int64_t f = 0; f < filters; f++)
        for (int64_t c = 0; c < channels; c++)
            evaluate_one(in[0] + (a->transposed ? f * k[3] + c : c * k[3] + f), numbers, a->backwards,
                         out[0] + f / a->panel * NUMBERS * plane + c * a->panel + f % a->panel, plane);
}

const struct op op_winograd_kernel = {.name = "winograd_kernel",
                                      .attributes = kernel_attributes,
                                      .attributes_size = sizeof(struct winograd_kernel),
                                      .min_in = 1,
                                      .max_in = 1,
                                      .shape = kernel_shape,
                                      .evaluate = evaluate};

/* ---- the convolution ---- */

static const struct attribute attributes[] = {
    {"pads", ATTRIBUTE_QUAD, offsetof(struct winograd, pads), NULL, NULL},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct winograd, result), NULL, NULL},
    {0}};

/* The second output is the kernel's scratch memory: the schedule says how much. */
static bool shape(struct graph *graph, struct node *node)
{
    const struct winograd *a = node->attributes;
    if (!node_output(graph, node, a->result, SCOPE_SAMPLE) ||
        !node_output(graph, node, (struct shape){1, {1}}, SCOPE_SAMPLE))
        return false;
    node->out[1]->scratch = true;
    return true;
}

static int64_t work(const struct node *node)
{
    return NUMBERS * winograd_tiles(node) * node->in[0]->shape.dim[2] * node->out[0]->shape.dim[2];
}

const struct op op_winograd = {.name = "winograd", /* (x, transformed kernel) */
                               .attributes = attributes,
                               .attributes_size = sizeof(struct winograd),
                               .min_in = 2,
                               .max_in = 2,
                               .shape = shape,
                               .work = work};
