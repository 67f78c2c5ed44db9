/* conv2d_transpose.c -- the transposed convolution: what the gradient of a convolution does to y, as an op of its own.
 *
 *   y[u,v,f] = sum of x[p,q,c] * k[i,j,f,c] over all p,q,i,j,c with p*s + i*d - top = u and q*s + j*d - left = v
 *
 * x (rows, columns, channels), k (kh, kw, filters, channels). Its gradients are a convolution of dy, and that of this
 * convolution's kernel. For inference filters become the kernel's last axis, as of a convolution: then kernels can load
 * vectors of them, and what multiplies y can move into k. */
#include "op/op.h"

#include <inttypes.h>

static const struct attribute attributes[] = {
    {"size", ATTRIBUTE_PAIR, offsetof(struct conv2d, window.size), NULL, NULL},
    {"strides", ATTRIBUTE_PAIR, offsetof(struct conv2d, window.strides), NULL,
     "rows and columns of the result for one of the input"},
    {"dilation", ATTRIBUTE_PAIR, offsetof(struct conv2d, window.dilation), NULL, "distance of the kernel's taps"},
    {"padding", ATTRIBUTE_CHOICE, offsetof(struct conv2d, window.padding), padding_names,
     "valid: all that the kernel touches; same: strides times rows and columns of it"},
    {"pads", ATTRIBUTE_QUAD, offsetof(struct conv2d, window.pads), NULL, NULL},
    {"groups", ATTRIBUTE_INT, offsetof(struct conv2d, groups), NULL, NULL},
    {"output_padding", ATTRIBUTE_PAIR, offsetof(struct conv2d, output_padding), NULL,
     "rows and columns that are added, below strides; -1: so many that a convolution of the result gives the input's"},
    {"filters_last", ATTRIBUTE_BOOL, offsetof(struct conv2d, filters_last), NULL, NULL},
    {0}};

static const struct conv2d defaults = {
    .window = {.strides = {1, 1}, .dilation = {1, 1}}, .groups = 1, .output_padding = {-1, -1}};

static bool check_kernel(struct graph *graph, struct node *node, const struct conv2d *a)
{
    int64_t channels = node->in[0]->shape.dim[2], takes = node->in[1]->shape.dim[a->filters_last ? 2 : 3];
    const int64_t *s = a->window.strides, *d = a->window.dilation;
    if (takes != channels)
        return diag_error(graph->diag, node->origin,
                          "conv2d_transpose: the kernel takes %" PRId64 " channels, but the input has %" PRId64,
                          takes, channels);
    if ((s[0] > 1 || s[1] > 1) && (d[0] > 1 || d[1] > 1))
        return diag_error(graph->diag, node->origin,
                          "conv2d_transpose cannot have strides and a dilation both larger than 1");
    return true;
}

/* Rows (axis 0) or columns of y, as Keras has them, and what the windows have before and behind it. */
static bool resolve(struct graph *graph, struct node *node, size_t axis, int64_t *out)
{
    struct conv2d *a = node->attributes;
    struct window *w = &a->window;
    if (!window_check(graph, node, w, &node->in[0]->shape, axis))
        return false;
    int64_t s = w->strides[axis], extent = window_extent(w, axis), extra = a->output_padding[axis];
    if (extra >= s || extra < -1)
        return diag_error(graph->diag, node->origin,
                          "conv2d_transpose: output_padding must be from 0 to %" PRId64 ", below the strides",
                          s - 1);
    int64_t before = (node->in[0]->shape.dim[axis] - 1) * s; /* of the last window */
    if (w->padding == PADDING_SAME)
        *out = before + (extra < 0 ? s : extent % 2 + extra);
    else
        *out = before + extent + (extra >= 0 ? extra : s > extent ? s - extent : 0);
    int64_t total = before + extent - *out;
    w->pads[2 * axis] = total > 0 ? total / 2 : 0;
    w->pads[2 * axis + 1] = total > 0 ? total - total / 2 : 0;
    return true;
}

static bool shape(struct graph *graph, struct node *node)
{
    struct conv2d *a = node->attributes;
    int64_t out[2];
    if (!need_rank(graph, node, 0, 3) || !need_rank(graph, node, 1, 4) ||
        !need_scope(graph, node, 0, SCOPE_SAMPLE) || !need_scope(graph, node, 1, SCOPE_SHARED) ||
        !check_kernel(graph, node, a))
        return false;
    const struct shape *k = &node->in[1]->shape;
    for (size_t i = 0; i < 2; i++) {
        a->window.size[i] = k->dim[i];
        if (!resolve(graph, node, i, &out[i]))
            return false;
    }
    return node_output(graph, node, (struct shape){3, {out[0], out[1], k->dim[a->filters_last ? 3 : 2]}},
                       SCOPE_SAMPLE);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct conv2d a = *(const struct conv2d *)node->attributes;
    a.window.padding = PADDING_EXPLICIT;
    dx[0] = append_gradient(graph, &op_conv2d, &a, (struct tensor *[]){dy[0], node->in[1]}, 2, node);
    a.result = node->in[1]->shape;
    dx[1] = append_gradient(graph, &op_conv2d_grad_kernel, &a, (struct tensor *[]){dy[0], node->in[0]}, 2, node);
    return dx[0] && dx[1];
}

static bool lower(struct graph *graph, struct node *node, bool training)
{
    struct conv2d a = *(const struct conv2d *)node->attributes;
    struct permute order = {.order = {4, {0, 1, 3, 2}}};
    if (training)
        return true;
    a.filters_last = true;
    struct tensor *in[] = {node->in[0], graph_apply(graph, &op_permute, &order, &node->in[1], 1, node->origin)};
    struct tensor *y = in[1] ? graph_apply(graph, &op_conv2d_transpose, &a, in, 2, node->origin) : NULL;
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    return true;
}

static int64_t work(const struct node *node)
{
    const struct conv2d *a = node->attributes;
    return shape_count(&node->in[0]->shape) * a->window.size[0] * a->window.size[1] * node->out[0]->shape.dim[2];
}

const struct op op_conv2d_transpose = {
    .name = "conv2d_transpose",
    .usage = {"transposed 2-D convolution of (x, kernel), with a kernel of (rows, columns, filters, channels)",
              "y[p*s+i*d, q*s+j*d, f] = sum over c of x[p,q,c] * k[i,j,f,c], summed where windows overlap",
              "local Mine = Layer{name = \"Mine\", call = function(self, x)\n"
              "  local kernel = self:parameter(\"kernel\", {3, 3, 8, 4}, \"glorot_uniform\")\n"
              "  return op.conv2d_transpose(x, kernel, {strides = 2, padding = \"same\"})\n"
              "end}\n"
              "return Sequential{Mine{input_shape = {8, 8, 4}}}"},
    .attributes = attributes,
    .attributes_size = sizeof(struct conv2d),
    .attribute_defaults = &defaults,
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .backward = backward,
    .lower = lower,
    .takes_factor = true,
    .work = work};
