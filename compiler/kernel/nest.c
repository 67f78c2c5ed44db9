/* nest.c -- how the loops of a kernel that sums products are nested, and how they walk the memory of inputs and weights. */
#include "kernel/kernel.h"

/* More bytes of weights than this do not stay in the first cache while the rows of an image pass: then all rows pass one
 * tile of outputs before the next. But when the rows that a row of a block's outputs reads are more than the second cache
 * can keep and the weights are not, all outputs of a few columns come first. */
enum { MANY_WEIGHTS = 64 << 10, MANY_INPUTS = 256 << 10, TOO_MANY_WEIGHTS = 1 << 20 };

static enum order order_of(const struct nest *nest, int64_t lanes)
{
    int64_t floats = nest->size[0] * nest->size[1] * nest->channels * nest->filters * nest->groups;
    int64_t rows = (nest->pool[0] - 1) * nest->strides[0] + (nest->size[0] - 1) * nest->dilation[0] + 1;
    int64_t weights = floats * (int64_t)sizeof(float);
    int64_t band = rows * nest->input[1] * nest->input_channels * lanes * (int64_t)sizeof(float);
    if (nest->vectors == VECTORS_SAMPLES && band > MANY_INPUTS && weights < TOO_MANY_WEIGHTS)
        return ORDER_ROWS_COLUMNS_OUTPUTS;
    return weights > MANY_WEIGHTS && nest->vectors != VECTORS_COLUMNS ? ORDER_OUTPUTS_ROWS_COLUMNS
                                                                      : ORDER_ROWS_OUTPUTS_COLUMNS;
}

/* Weights are as the parameter is, (taps, channels, filters of all groups), or packed, (panels, taps * channels, panel). With
 * filters first, those of a group of channels lie side by side where otherwise its filters do. */
static void walk_weights(struct nest *nest, const struct shape *weights)
{
    if (nest->filters_first) {
        nest->tap_stride = nest->filters * nest->input_channels;
        nest->channel_stride = 1;
        nest->filter_stride = nest->input_channels;
        nest->group_stride = nest->channels;
        return;
    }
    bool packed = weights->rank == 3;
    int64_t width = packed ? weights->dim[2] : nest->output_channels;
    nest->panel = packed ? width : 0;
    nest->panel_stride = packed ? weights->dim[1] * width : 0;
    nest->tap_stride = nest->channels * width;
    nest->channel_stride = width;
    nest->filter_stride = 1;
    nest->group_stride = packed ? ceil_div(nest->filters, width) * nest->panel_stride : nest->filters;
}

void nest_complete(struct nest *nest, const struct node *node, const struct target *target)
{
    int64_t lanes = nest->vectors == VECTORS_SAMPLES ? target->lanes : 1;
    bool planar = node->in[0]->planar && nest->vectors == VECTORS_CHANNELS;
    nest->input_column_stride = planar ? 1 : nest->input_channels * lanes;
    nest->input_channel_stride = planar ? nest->input[0] * nest->input[1] : lanes;
    walk_weights(nest, &node->in[1]->shape);
    nest->order = (int)order_of(nest, lanes);
}
