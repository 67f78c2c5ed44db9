/* window.c -- the windows of convolutions and pools: where they stand on an image, and why they may not fit. */
#include "op/op.h"

#include <inttypes.h>

/* The model's input that leads to `tensor` without an axis having moved; NULL: none. */
static const struct tensor *unmoved_input(const struct tensor *tensor)
{
    while (tensor && tensor->producer) {
        const struct node *node = tensor->producer;
        tensor = node->op == &op_permute || node->n_in == 0 ? NULL : node->in[0];
    }
    return tensor && tensor->role == ROLE_INPUT ? tensor : NULL;
}

/* Why a window may be larger than its input along an axis, of which `left` are left. */
static bool hint_window(struct graph *graph, const struct node *node, const char *axis, int64_t left)
{
    const int64_t most_channels = 4;
    const struct tensor *input = unmoved_input(node->in[0]);
    const int64_t *dim = input ? input->shape.dim : NULL;
    if (input && input->shape.rank == 3 && dim[0] <= most_channels && dim[1] > dim[0] && dim[2] > most_channels)
        return diag_hint(
            graph->diag,
            "is the input {channels, rows, columns}? Images are {rows, columns, channels}: input_shape = "
            "{%" PRId64 ", %" PRId64 ", %" PRId64
            "}, or give each layer of images data_format = \"channels_first\"",
            dim[1], dim[2], dim[0]);
    return diag_hint(graph->diag,
                     "make the window smaller, use padding = \"same\", or take away a layer that shrinks "
                     "the image (%" PRId64 " %ss are left here)",
                     left, axis);
}

int64_t window_extent(const struct window *window, size_t axis)
{
    return (window->size[axis] - 1) * window->dilation[axis] + 1;
}

static bool report_window(struct graph *graph, const struct node *node, const struct window *window,
                          const struct shape *in, size_t axis)
{
    static const char *const names[] = {"row", "column"};
    diag_error(graph->diag, node->origin,
               "%s window of %" PRId64 "x%" PRId64 " is larger than its input of %" PRId64 "x%" PRId64,
               node->op->name, window_extent(window, 0), window_extent(window, 1), in->dim[0], in->dim[1]);
    diag_trail(graph->diag, graph_trail(graph, node->in[0]));
    return hint_window(graph, node, names[axis], in->dim[axis]);
}

bool window_check(struct graph *graph, const struct node *node, const struct window *window, const struct shape *in,
                  size_t axis)
{
    int64_t k = window->size[axis], s = window->strides[axis], d = window->dilation[axis];
    if (k < 1 || s < 1 || d < 1)
        return diag_error(graph->diag, node->origin, "%s needs a positive size, stride and dilation",
                          node->op->name);
    if (in->dim[axis] > INT32_MAX || k > INT32_MAX / d || s > INT32_MAX)
        return diag_error(graph->diag, node->origin, "%s's window is too large", node->op->name);
    for (const int64_t *pad = window->pads + 2 * axis; pad < window->pads + 2 * axis + 2; pad++)
        if (window->padding == PADDING_EXPLICIT && (*pad < 0 || *pad > INT32_MAX))
            return diag_error(graph->diag, node->origin, "%s: pads must be from 0 to %d, not %" PRId64,
                              node->op->name, INT32_MAX, *pad);
    return true;
}

bool window_resolve(struct graph *graph, struct node *node, struct window *window, const struct shape *in,
                    int64_t out[2])
{
    for (size_t i = 0; i < 2; i++) {
        if (!window_check(graph, node, window, in, i))
            return false;
        int64_t n = in->dim[i], s = window->strides[i], extent = window_extent(window, i);
        int64_t *pads = window->pads + 2 * i;
        if (window->padding == PADDING_SAME) {
            out[i] = ceil_div(n, s);
            int64_t total = (out[i] - 1) * s + extent - n;
            pads[0] = total > 0 ? total / 2 : 0;
            pads[1] = total > 0 ? total - pads[0] : 0;
            continue;
        }
        if (window->padding == PADDING_VALID)
            pads[0] = pads[1] = 0;
        int64_t padded = pads[0] + n + pads[1];
        if (extent > padded)
            return report_window(graph, node, window, in, i);
        out[i] = (padded - extent) / s + 1;
    }
    return true;
}
