/* window.c -- the windows of convolutions and pools: where they stand on an image, and why they may not fit. */
#include "op/op.h"

#include <inttypes.h>

/* The model's input that leads to `tensor` without an axis having moved; NULL: none. */
static const struct tensor *unmoved_input(const struct tensor *tensor)
{
    while (tensor && tensor->producer)
        tensor = tensor->producer->op == &op_permute ? NULL : tensor->producer->in[0];
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

bool window_resolve(struct graph *graph, struct node *node, struct window *window, const struct shape *in,
                    int64_t out[2])
{
    static const char *const axis[] = {"row", "column"};
    for (size_t i = 0; i < 2; i++) {
        int64_t n = in->dim[i], k = window->size[i], s = window->strides[i], d = window->dilation[i];
        if (k < 1 || s < 1 || d < 1)
            return diag_error(graph->diag, node->origin, "%s needs a positive size, stride and dilation",
                              node->op->name);
        if (n > INT32_MAX || k > INT32_MAX / d || s > INT32_MAX)
            return diag_error(graph->diag, node->origin, "%s's window is too large", node->op->name);
        int64_t extent = (k - 1) * d + 1, before = 0, after = 0;
        if (window->padding == PADDING_SAME) {
            out[i] = ceil_div(n, s);
            int64_t total = (out[i] - 1) * s + extent - n;
            before = total > 0 ? total / 2 : 0;
            after = total > 0 ? total - before : 0;
        } else {
            if (extent > n) {
                diag_error(graph->diag, node->origin,
                           "%s window of %" PRId64 "x%" PRId64 " is larger than its input of %" PRId64 "x%" PRId64,
                           node->op->name, (window->size[0] - 1) * window->dilation[0] + 1,
                           (window->size[1] - 1) * window->dilation[1] + 1, in->dim[0], in->dim[1]);
                diag_trail(graph->diag, graph_trail(graph, node->in[0]));
                return hint_window(graph, node, axis[i], n);
            }
            out[i] = (n - extent) / s + 1;
        }
        window->pads[2 * i] = before;
        window->pads[2 * i + 1] = after;
    }
    return true;
}
