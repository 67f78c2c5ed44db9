/* conv2d.c -- 2-D convolution (cross-correlation, as everywhere in this field) and its gradients.
 *
 *   y[p,q,o] = sum over i,j,c of x[p*s + i*d - top, q*s + j*d - left, g*C + c] * k[i,j,c,o],  g = o / (O/groups)
 *
 * x (rows, columns, channels), k (kh, kw, channels/groups, filters); what lies outside x is zero. */
#include "op/op.h"

#include <inttypes.h>

const struct attribute conv2d_attributes[] = {
    {"size", ATTRIBUTE_PAIR, offsetof(struct conv2d, window.size), NULL, NULL},
    {"strides", ATTRIBUTE_PAIR, offsetof(struct conv2d, window.strides), NULL,
     "from one place of the kernel to the next"},
    {"dilation", ATTRIBUTE_PAIR, offsetof(struct conv2d, window.dilation), NULL, "distance of the kernel's taps"},
    {"padding", ATTRIBUTE_CHOICE, offsetof(struct conv2d, window.padding), explicit_padding_names,
     "valid: the kernel stays inside; same: zeros around the image; explicit: as many as pads says"},
    {"pads", ATTRIBUTE_QUAD, offsetof(struct conv2d, window.pads), NULL,
     "rows and columns of zeros on each side, with padding = \"explicit\""},
    {"groups", ATTRIBUTE_INT, offsetof(struct conv2d, groups), NULL,
     "parts of the channels that are convolved apart"},
    {"result", ATTRIBUTE_SHAPE, offsetof(struct conv2d, result), NULL, NULL},
    {0}};

static const struct conv2d defaults = {.window = {.strides = {1, 1}, .dilation = {1, 1}}, .groups = 1};

static bool check_channels(struct graph *graph, struct node *node, const struct conv2d *a)
{
    const struct shape *x = &node->in[0]->shape, *k = &node->in[1]->shape;
    int64_t channels = x->dim[2], filters = k->dim[3];
    if (a->groups < 1 || channels % a->groups || filters % a->groups)
        return diag_error(graph->diag, node->origin,
                          "conv2d: %" PRId64 " channels and %" PRId64
                          " filters must both divide by groups = %" PRId64,
                          channels, filters, a->groups);
    if (k->dim[2] != channels / a->groups)
        return diag_error(graph->diag, node->origin,
                          "conv2d: the kernel takes %" PRId64 " channels a group, but the input has %" PRId64,
                          k->dim[2], channels / a->groups);
    if ((a->window.strides[0] > 1 || a->window.strides[1] > 1) &&
        (a->window.dilation[0] > 1 || a->window.dilation[1] > 1))
        return diag_error(graph->diag, node->origin,
                          "conv2d cannot have strides and a dilation both larger than 1");
    return true;
}

static bool shape(struct graph *graph, struct node *node)
{
    struct conv2d *a = node->attributes;
    int64_t out[2];
    if (!need_rank(graph, node, 0, 3) || !need_rank(graph, node, 1, 4) ||
        !need_scope(graph, node, 0, SCOPE_SAMPLE) || !need_scope(graph, node, 1, SCOPE_SHARED) ||
        !check_channels(graph, node, a))
        return false;
    const struct shape *k = &node->in[1]->shape;
    a->window.size[0] = k->dim[0];
    a->window.size[1] = k->dim[1];
    if (!window_resolve(graph, node, &a->window, &node->in[0]->shape, out))
        return false;
    return node_output(graph, node, (struct shape){3, {out[0], out[1], k->dim[3]}}, SCOPE_SAMPLE);
}

static bool backward(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx)
{
    struct conv2d a = *(const struct conv2d *)node->attributes;
    a.result = node->in[0]->shape;
    dx[0] = append_gradient(graph, &op_conv2d_grad_input, &a, (struct tensor *[]){dy[0], node->in[1]}, 2, node);
    a.result = node->in[1]->shape;
    dx[1] = append_gradient(graph, &op_conv2d_grad_kernel, &a, (struct tensor *[]){node->in[0], dy[0]}, 2, node);
    return dx[0] && dx[1];
}

/* Zeros that only this convolution reads are its border. */
static bool simplify(struct graph *graph, struct node *node, bool *changed)
{
    struct conv2d a = *(const struct conv2d *)node->attributes;
    const struct node *pad = node->in[0]->producer;
    if (!pad || pad->op != &op_pad2d || a.window.padding == PADDING_SAME || node->in[0]->is_output ||
        tensor_readers(graph, node->in[0], NULL) != 1)
        return true;
    const struct pad2d *border = pad->attributes;
    for (int i = 0; i < 4; i++) {
        if (border->padding[i] < 0)
            return true;
        a.window.pads[i] += border->padding[i];
    }
    a.window.padding = PADDING_EXPLICIT;
    struct tensor *y =
        graph_apply(graph, &op_conv2d, &a, (struct tensor *[]){pad->in[0], node->in[1]}, 2, node->origin);
    if (!y)
        return false;
    graph_replace(graph, node->out[0], y);
    *changed = true;
    return true;
}

/* The taps that fall on zeros of the border count too, as is customary. */
static int64_t taps(const struct node *node, int64_t channels)
{
    const struct conv2d *a = node->attributes;
    return a->window.size[0] * a->window.size[1] * channels / a->groups;
}

static int64_t work(const struct node *node)
{
    return shape_count(&node->out[0]->shape) * taps(node, node->in[0]->shape.dim[2]);
}

static bool input_gradient_shape(struct graph *graph, struct node *node)
{
    const struct conv2d *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SAMPLE);
}

static bool kernel_gradient_shape(struct graph *graph, struct node *node)
{
    const struct conv2d *a = node->attributes;
    return node_output(graph, node, a->result, SCOPE_SHARED);
}

static int64_t input_gradient_work(const struct node *node)
{
    return shape_count(&node->in[0]->shape) * taps(node, node->out[0]->shape.dim[2]);
}

static int64_t kernel_gradient_work(const struct node *node)
{
    return shape_count(&node->in[1]->shape) * taps(node, node->in[0]->shape.dim[2]);
}

static struct window *window(const struct node *node) { return &((struct conv2d *)node->attributes)->window; }

const struct op op_conv2d = {
    .name = "conv2d",
    .usage = {"2-D convolution of (x, kernel), with a kernel of (rows, columns, channels/groups, filters)",
              "y[p,q,f] = sum over i,j,c of x[p*s+i*d, q*s+j*d, c] * k[i,j,c,f]",
              "local Mine = Layer{name = \"Mine\", call = function(self, x)\n"
              "  local kernel = self:parameter(\"kernel\", {3, 3, 4, 8}, \"glorot_uniform\")\n"
              "  return op.conv2d(x, kernel, {padding = \"same\"})\n"
              "end}\n"
              "return Sequential{Mine{input_shape = {8, 8, 4}}}"},
    .attributes = conv2d_attributes,
    .attributes_size = sizeof(struct conv2d),
    .attribute_defaults = &defaults,
    .min_in = 2,
    .max_in = 2,
    .shape = shape,
    .backward = backward,
    .simplify = simplify,
    .takes_factor = true,
    .window = window,
    .outside = OUTSIDE_ZEROS,
    .work = work};

/* dx[u,v,c] = sum of dy[p,q,o] * k[i,j,c,o] over all p,q,i,j with p*s + i*d - top = u and q*s + j*d - left = v */
const struct op op_conv2d_grad_input = {.name = "conv2d_grad_input", /* (dy, k) */
                                        .attributes = conv2d_attributes,
                                        .attributes_size = sizeof(struct conv2d),
                                        .min_in = 2,
                                        .max_in = 2,
                                        .shape = input_gradient_shape,
                                        .work = input_gradient_work};

/* dk[i,j,c,o] = sum over the batch and p,q of x[p*s + i*d - top, q*s + j*d - left, c] * dy[p,q,o] */
const struct op op_conv2d_grad_kernel = {.name = "conv2d_grad_kernel", /* (x, dy) */
                                         .attributes = conv2d_attributes,
                                         .attributes_size = sizeof(struct conv2d),
                                         .min_in = 2,
                                         .max_in = 2,
                                         .shape = kernel_gradient_shape,
                                         .work = kernel_gradient_work};
