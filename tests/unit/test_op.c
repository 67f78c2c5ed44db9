/* The table of ops, and the shape rule of each: what it makes of its inputs, and how it refuses them. */
#include "build.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- the table ---- */

static void every_op_is_found_by_its_name(void **state)
{
    (void)state;
    for (const struct op *const *op = op_table; *op; op++)
        assert_ptr_equal(op_find((*op)->name), *op);
    assert_null(op_find("conv3d"));
    assert_null(op_find(""));
}

static void the_table_is_sorted(void **state)
{
    (void)state;
    for (int i = 0; op_table[i + 1]; i++)
        assert_true(strcmp(op_table[i]->name, op_table[i + 1]->name) < 0);
}

static void every_op_is_complete(void **state)
{
    (void)state;
    for (const struct op *const *each = op_table; *each; each++) {
        const struct op *op = *each;
        assert_non_null(op->shape);
        assert_true(op->min_in >= (op->border == BORDER_STATE || op == &op_constant ? 0 : 1) &&
                    (op->max_in < 0 || op->max_in >= op->min_in));
        /* It is computed by a kernel, is nothing but another name or the border of a loop, or becomes other ops. */
        if (!kernels_of(op)->candidates[0] && !op->alias && op->border == BORDER_NONE && !op->lower)
            fail_msg("nothing computes %s", op->name);
        for (const struct attribute *a = op->attributes; a && a->name; a++) {
            assert_true(a->offset < op->attributes_size);
            assert_int_equal(a->type == ATTRIBUTE_CHOICE, a->choices != NULL);
        }
    }
}

/* ---- arithmetic ---- */

static void tiles_are_few_and_as_equal_as_can_be(void **state)
{
    (void)state;
    assert_int_equal(best_tile(24, 10), 8);
    assert_int_equal(best_tile(10, 10), 10);
    assert_int_equal(best_tile(11, 10), 6);
    assert_int_equal(best_tile(1, 10), 1);
    for (int64_t n = 1; n < 50; n++)
        for (int64_t max = 1; max < 20; max++) {
            int64_t tile = best_tile(n, max);
            assert_in_range(tile, 1, max);
            assert_int_equal(ceil_div(n, tile), ceil_div(n, max));
        }
}

static void suffixes(void **state)
{
    (void)state;
    struct shape image = build_shape("5x4x3"), channels = build_shape("3"), row = build_shape("4x3");
    struct shape other = build_shape("4"), scalar = build_shape(""), longer = build_shape("1x5x4x3");
    assert_true(is_suffix(&channels, &image));
    assert_true(is_suffix(&row, &image));
    assert_true(is_suffix(&image, &image));
    assert_true(is_suffix(&scalar, &image));
    assert_false(is_suffix(&other, &image));
    assert_false(is_suffix(&longer, &image));
}

/* ---- windows ---- */

static const struct conv2d *conv_of(const struct tensor *y) { return y->producer->attributes; }

/* Every size, stride and dilation against the definition: windows that fit, or as many as there are strides. */
static void windows_follow_keras(void **state)
{
    struct build *build = *state;
    for (int64_t n = 1; n <= 9; n++)
        for (int64_t k = 1; k <= 4; k++)
            for (int64_t s = 1; s <= 3; s++)
                for (int64_t d = 1; d <= (s == 1 ? 3 : 1); d++)
                    for (int same = 0; same < 2; same++) {
                        int64_t extent = (k - 1) * d + 1, fitting = 0;
                        for (int64_t at = 0; at + extent <= n; at += s)
                            fitting++;
                        if (!same && !fitting)
                            continue;
                        build_reset(build);
                        struct tensor *x =
                            graph_input(build->graph, "x", (struct shape){3, {n, 9, 1}}, ELEMENT_FLOAT);
                        struct parameter kernel = {.name = "k", .shape = {4, {k, 1, 1, 1}}};
                        const char *text = arena_printf(&build->arena, "strides=%d,1 dilation=%d,1 padding=%s",
                                                        (int)s, (int)d, padding_names[same]);
                        struct tensor *y = apply(build, "conv2d", text, x, graph_parameter(build->graph, &kernel));
                        const int64_t *pads = conv_of(y)->window.pads;
                        int64_t out = same ? (n + s - 1) / s : fitting;
                        assert_int_equal(y->shape.dim[0], out);
                        assert_int_equal(y->shape.dim[1], 9);
                        /* The last window ends where the padding does; the odd pad is at the end. */
                        if (pads[0] + pads[1] > 0)
                            assert_int_equal((out - 1) * s + extent, n + pads[0] + pads[1]);
                        assert_in_range(pads[1] - pads[0], 0, 1);
                        assert_int_equal(pads[2] + pads[3], 0);
                    }
}

static void the_odd_pad_goes_to_the_bottom_and_right(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "6x7x2"), *k = build_parameter(build, "k", "3x4x2x5");
    struct tensor *y = apply(build, "conv2d", "strides=2,1 padding=same", x, k);
    const int64_t expected[4] = {0, 1, 1, 2};
    assert_memory_equal(conv_of(y)->window.pads, expected, sizeof expected);
    assert_string_equal(shape_text(&build->arena, &y->shape), "3x7x5");
    assert_int_equal(conv_of(y)->window.size[0], 3);
    assert_int_equal(conv_of(y)->window.size[1], 4);
}

static void a_window_larger_than_its_input_says_what_mends_it(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x6x1"), *k = build_parameter(build, "k", "3x5x1x2");
    assert_null(build_try(build, "conv2d", "dilation=2,1", TENSORS(x, k)));
    assert_string_equal(build->diag.message, "conv2d window of 5x5 is larger than its input of 4x6");
    assert_string_equal(build->diag.hint,
                        "make the window smaller, use padding = \"same\", or take away a layer that "
                        "shrinks the image (4 rows are left here)");
    assert_string_equal(build->diag.trail, "4x6x1");
    build_forgive(build);
    refuse(build, "max_pool2d window of 2x7 is larger than its input of 4x6", "max_pool2d", "pool=2,7", x);
    refuse(build, "conv2d needs a positive size, stride and dilation", "conv2d", "strides=0,1", x, k);
    refuse(build, "average_pool2d's window is too large", "average_pool2d", "pool=99999999999,1", x);
    refuse(build, "a max pool's window may have at most 256 cells, not 289", "max_pool2d",
           "pool=17,17 padding=same", x);
}

/* ---- one rule after the other ---- */

static void conv2d_checks_channels_and_groups(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "8x8x6"), *row = build_input(build, "8x6");
    struct tensor *k = build_parameter(build, "k", "3x3x2x9");
    assert_string_equal(shape_text(&build->arena, &apply(build, "conv2d", "groups=3", x, k)->shape), "6x6x9");
    refuse(build, "conv2d: the kernel takes 2 channels a group, but the input has 6", "conv2d", "", x, k);
    refuse(build, "conv2d: 6 channels and 9 filters must both divide by groups = 2", "conv2d", "groups=2", x, k);
    refuse(build, "conv2d: 6 channels and 9 filters must both divide by groups = 0", "conv2d", "groups=0", x, k);
    refuse(build, "conv2d cannot have strides and a dilation both larger than 1", "conv2d",
           "groups=3 strides=1,2 dilation=2,1", x, k);
    refuse(build, "conv2d needs an input with 3 dimensions (rows, columns, channels), but it gets 8x6", "conv2d",
           "", row, k);
    refuse(build, "conv2d: input 1 must be a tensor that the model's input leads to", "conv2d", "",
           build_parameter(build, "p", "8x8x6"), k);
    assert_int_equal(apply(build, "conv2d", "groups=3", x, k)->producer->op->work(build->graph->nodes[0]),
                     6 * 6 * 9 * 3 * 3 * 2);
}

static void matmul_contracts_the_last_axis(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "5x5x16"), *k = build_parameter(build, "k", "16x10");
    struct tensor *y = apply(build, "matmul", "", x, k);
    assert_string_equal(shape_text(&build->arena, &y->shape), "5x5x10");
    assert_int_equal(y->producer->op->work(y->producer), 25 * 16 * 10);
    refuse(build, "matmul: the last dimension of 5x5x16 must be 9, the rows of the kernel", "matmul", "", x,
           build_parameter(build, "k9", "9x10"));
    refuse(build, "matmul needs an input with 2 dimensions, but it gets 16", "matmul", "", x,
           build_parameter(build, "k1", "16"));
}

static void binary_broadcasts(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x3"), *bias = build_parameter(build, "bias", "3");
    struct tensor *row = build_input(build, "4x1"), *column = build_input(build, "5x1x1x3");
    assert_true(shape_equal(&apply(build, "binary", "function=add", x, bias)->shape, &x->shape));
    assert_string_equal(shape_text(&build->arena, &apply(build, "binary", "", row, bias)->shape), "4x3");
    assert_string_equal(shape_text(&build->arena, &apply(build, "binary", "", column, x)->shape), "5x4x4x3");
    assert_int_equal(apply(build, "binary", "function=maximum", bias, x)->scope, SCOPE_SAMPLE);
    assert_int_equal(apply(build, "binary", "function=maximum", bias, bias)->scope, SCOPE_SHARED);
    assert_null(build_try(build, "binary", "function=add", TENSORS(x, build_parameter(build, "b", "4"))));
    assert_string_equal(build->diag.message, "cannot add tensors of the shapes 4x4x3 and 4");
    assert_string_equal(build->diag.hint, "their axes must be equal from the last one on, or of size 1");
    build_forgive(build);
    struct tensor *absent[] = {x, NULL};
    assert_null(build_try(build, "select", "", absent, 2));
    build_forgive(build);
    refuse(build, "cannot broadcast 4x4x3 to 4x1x3", "broadcast", "shape=4x1x3", x);
}

static void reduce_leaves_axes_out(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x5x3");
    assert_string_equal(shape_text(&build->arena, &apply(build, "reduce", "axes=1", x)->shape), "4x3");
    assert_string_equal(shape_text(&build->arena, &apply(build, "reduce", "axes=2x0 keepdims=true", x)->shape),
                        "1x5x1");
    assert_int_equal(apply(build, "reduce", "", x)->shape.rank, 0);
    refuse(build, "reduce: 4x5x3 has no such axes, or one is named twice", "reduce", "axes=3", x);
    refuse(build, "reduce: 4x5x3 has no such axes, or one is named twice", "reduce", "axes=1x1", x);
}

static void movement_keeps_the_numbers(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "2x3x4"), *z = build_input(build, "2x5x4");
    assert_string_equal(shape_text(&build->arena, &apply(build, "reshape", "shape=6x4", x)->shape), "6x4");
    refuse(build, "cannot reshape 2x3x4 (24 numbers) to 5x5", "reshape", "shape=5x5", x);
    assert_string_equal(shape_text(&build->arena, &apply(build, "permute", "order=2x0x1", x)->shape), "4x2x3");
    refuse(build, "permute: the order must name each of the 3 axes of 2x3x4 once", "permute", "order=0x0x1", x);
    refuse(build, "permute: the order must name each of the 3 axes of 2x3x4 once", "permute", "order=0x1", x);
    refuse(build, "permute: the order must name each of the 3 axes of 2x3x4 once", "permute", "order=0x1x3", x);
    assert_string_equal(shape_text(&build->arena, &apply(build, "concat", "axis=1", x, z, x)->shape), "2x11x4");
    refuse(build, "cannot concatenate 2x3x4 and 2x5x4: all dimensions but one must be equal", "concat", "axis=2", x,
           z);
    refuse(build, "concat: 2x3x4 has no such axis", "concat", "axis=3", x, z);
    refuse(build, "concat: input 2 must be a tensor that the model's input leads to", "concat", "axis=1", x,
           build_parameter(build, "beside", "2x3x4"));
    refuse(build, "cannot concatenate 2x3x4 and 6x4: all dimensions but one must be equal", "concat", "axis=1", x,
           build_input(build, "6x4"));
    assert_string_equal(shape_text(&build->arena, &apply(build, "slice", "axis=1 begin=1 count=2", x)->shape),
                        "2x2x4");
    refuse(build, "slice lies outside 2x3x4", "slice", "axis=1 begin=2 count=2", x);
    refuse(build, "slice lies outside 2x3x4", "slice", "axis=1 begin=-1 count=2", x);
    assert_string_equal(shape_text(&build->arena, &apply(build, "pad2d", "padding=1,2,-1,0", x)->shape), "5x2x4");
    assert_string_equal(
        shape_text(&build->arena, &apply(build, "border", "axis=1 before=5 behind=-3 mode=wrap", x)->shape),
        "2x5x4");
    refuse(build, "border: 2x3x4 has no axis 3", "border", "axis=3 before=1", x);
    refuse(build, "border of 9999999999 places around 3 is too large", "border", "axis=1 behind=9999999999", x);
    refuse(build, "border would give the impossible shape 2x0x4", "border", "axis=1 before=-1 behind=-2", x);
    refuse(build, "pad2d's border of 9999999999 is too large", "pad2d", "padding=0,9999999999,0,0", x);
}

/* Their kernels and gradients take what the samples share for one, and what each sample has for the other. */
static void operands_are_of_the_samples_or_shared(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x3"), *square = build_input(build, "3x3"),
                  *windows = build_input(build, "2x2x3x5"), *row = build_input(build, "3"),
                  *parameter = build_parameter(build, "p", "4x4x3"), *mean = build_parameter(build, "mean", "3"),
                  *variance = build_parameter(build, "variance", "3");
    refuse(build, "matmul: input 2 must be a parameter", "matmul", "", x, square);
    refuse(build, "conv2d: input 2 must be a parameter", "conv2d", "", x, windows);
    refuse(build, "batch_norm: input 2 must be a parameter", "batch_norm", "", x, row, NULL, mean, variance);
    refuse(build, "max_pool2d: input 1 must be a tensor that the model's input leads to", "max_pool2d", "",
           parameter);
    refuse(build, "average_pool2d: input 1 must be a tensor that the model's input leads to", "average_pool2d", "",
           parameter);
}

/* A tensor more would be left out of the sum without a word. */
static void one_tensor_too_many_is_refused(void **state)
{
    static const struct {
        const char *op;
        int inputs;
    } cases[] = {
        {"affine", 1},        {"augment", 2},       {"average_pool2d", 1},
        {"binary", 2},        {"conv2d", 2},        {"conv2d_grad_input", 2},
        {"dropout", 1},       {"matmul", 2},        {"max_pool2d", 1},
        {"pack", 1},          {"pad2d", 1},         {"permute", 1},
        {"reshape", 1},       {"slice", 1},         {"slice_grad", 1},
        {"softmax", 1},       {"reduce", 1},        {"sum_to", 1},
        {"squared_error", 2}, {"cross_entropy", 2}, {"unary", 1},
    };
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x3"), *const in[] = {x, x, x};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(build_try(build, cases[i].op, "", in, cases[i].inputs + 1));
        assert_non_null(strstr(build->diag.message, "inputs, not"));
        build_forgive(build);
    }
}

static void losses_check_their_labels(void **state)
{
    struct build *build = *state;
    struct tensor *y = build_input(build, "10"), *classes = build_input(build, ""),
                  *vector = build_input(build, "10");
    assert_int_equal(apply(build, "cross_entropy", "sparse=true", y, classes)->shape.rank, 0);
    assert_int_equal(apply(build, "cross_entropy", "", y, vector)->shape.rank, 0);
    assert_int_equal(apply(build, "accuracy", "kind=sparse", y, classes)->shape.rank, 0);
    refuse(build, "cross_entropy: the output 10 does not fit labels of the shape 10", "cross_entropy",
           "sparse=true", y, vector);
    refuse(build, "squared_error: the output 10 does not fit labels of the shape scalar", "squared_error", "", y,
           classes);
    refuse(build, "accuracy: the output 10 does not fit labels of the shape 10", "accuracy", "kind=sparse", y,
           vector);
    refuse(build, "cross_entropy needs an output with one number for each class", "cross_entropy", "sparse=true",
           classes, classes);
    refuse(build, "softmax needs at least one dimension", "softmax", "", classes);
}

static void batch_norm_and_dropout_check_their_arguments(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x3"), *p = build_parameter(build, "p", "3"),
                  *q = build_parameter(build, "q", "4");
    assert_true(shape_equal(&apply(build, "batch_norm", "", x, NULL, NULL, p, p)->shape, &x->shape));
    refuse(build, "batch_norm: 4 does not fit the last axis of 4x4x3", "batch_norm", "", x, q, p, p, p);
    refuse(build, "batch_norm's moving mean and variance must be parameters", "batch_norm", "", x, p, p, p, NULL);
    refuse(build, "batch_norm's moving mean and variance must be parameters", "batch_norm", "", x, p, p,
           apply(build, "affine", "", p), p);
    refuse(build, "batch_norm: counts of 4x4x3 are not of the shape 4x4x1", "batch_norm", "", x, p, p, p, p, x);
    refuse(build, "dropout's rate must be at least 0 and below 1, not 1", "dropout", "rate=1", x);
    refuse(build, "dropout's rate must be at most 0.99998, not 0.999995", "dropout", "rate=0.999995", x);
    refuse(build, "dropout's rate must be at least 0 and below 1, not nan", "dropout", "rate=nan", x);
    refuse(build, "dropout: input 1 must be a tensor that the model's input leads to", "dropout", "rate=0.5", p);
}

static void augmentation_checks_its_arguments(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x5x3"), *p = build_parameter(build, "p", "3");
    assert_true(shape_equal(&apply(build, "augment", "function=rotate min=-0.1 max=0.1", x)->shape, &x->shape));
    refuse(build, "augment: input 1 must be a tensor that the model's input leads to", "augment", "", p);
    refuse(build, "augment needs an input with 3 dimensions (rows, columns, channels), but it gets 4x5", "augment",
           "", build_input(build, "4x5"));
    refuse(build, "augment: the factors must be from -1 to 1, and min at most max", "augment", "min=0.2 max=0.1",
           x);
    refuse(build, "augment: the factors must be from -1 to 1, and min at most max", "augment", "min=nan", x);
    refuse(build, "augment: the factors must be from -1 to 1, and min at most max", "augment",
           "column_min=-1.5 column_max=0", x);
    refuse(build, "augment: low must be at most high", "augment", "function=brightness low=2 high=1", x);
    refuse(build, "augment's seed must be at most 2147483647, not 2147483648", "augment", "seed=2147483648", x);
    refuse(build, "augment: an image may have 32767 rows and columns, not 32768x1", "augment", "",
           build_input(build, "32768x1x1"));
    struct tensor *y = build_input(build, "2x5x3");
    assert_true(shape_equal(&apply(build, "augment", "function=crop size=2,5", x, y)->shape, &y->shape));
    refuse(build, "augment: only a crop takes two tensors", "augment", "", x, y);
    refuse(build, "augment: 4x5x3 cannot be cropped to 5x5x3", "augment", "function=crop size=5,5", x, y);
    refuse(build, "augment: 4x5x3 cannot be cropped to 0x0x3", "augment", "function=crop", x, y);
    refuse(build, "augment: a crop's second tensor is what comes out in prediction, of the shape 2x4x3", "augment",
           "function=crop size=2,4", x, y);
    refuse(build, "augment: a crop's second tensor is what comes out in prediction, of the shape 2x5x3", "augment",
           "function=crop size=2,5", x);
    refuse(build, "images are augmented in front of the layers that are trained, not behind one", "augment", "",
           apply(build, "binary", "function=add", x, p));
}

static void packing_fills_up_panels(void **state)
{
    struct build *build = *state;
    struct tensor *k = build_parameter(build, "k", "3x3x2x20");
    assert_string_equal(shape_text(&build->arena, &apply(build, "pack", "panel=16 groups=1", k)->shape), "2x18x16");
    assert_string_equal(shape_text(&build->arena, &apply(build, "pack", "panel=8 groups=2", k)->shape), "4x18x8");
    assert_string_equal(shape_text(&build->arena, &apply(build, "pack", "panel=20 groups=1", k)->shape),
                        "3x3x2x20");
    assert_int_equal(apply(build, "pack", "panel=1 groups=1", build_parameter(build, "s", ""))->shape.rank, 0);
}

/* ---- ops of parameters ---- */

/* At -3.5, -0.5 and 2 with an alpha of 1/4, from Python's math module. */
static const struct point {
    const char *function;
    float values[3];
} points[] = {
    {"relu", {0, 0, 2}},
    {"relu6", {0, 0, 2}},
    {"leaky_relu", {-0.875f, -0.125f, 2}},
    {"elu", {-0.2424507f, -0.09836734f, 2}},
    {"selu", {-1.705009f, -0.6917582f, 2.101402f}},
    {"celu", {-0.2499998f, -0.2161662f, 2}},
    {"softplus", {0.02975042f, 0.474077f, 2.126928f}},
    {"softsign", {-0.7777778f, -0.3333333f, 0.6666667f}},
    {"silu", {-0.1025928f, -0.1887703f, 1.761594f}},
    {"gelu", {-0.0008142018f, -0.1542688f, 1.9545f}},
    {"gelu_tanh", {-0.0006161977f, -0.154286f, 1.954598f}},
    {"tanh", {-0.9981779f, -0.4621172f, 0.9640276f}},
    {"sigmoid", {0.02931223f, 0.3775407f, 0.8807971f}},
    {"exponential", {0.03019738f, 0.6065307f, 7.389056f}},
    {"hard_sigmoid", {0, 0.4166667f, 0.8333333f}},
    {"hard_silu", {0, -0.2083333f, 1.666667f}},
    {"hard_tanh", {-1, -0.5f, 1}},
    {"mish", {-0.1040958f, -0.2207438f, 1.943959f}},
    {"square", {12.25f, 0.25f, 4}},
    {"abs", {3.5f, 0.5f, 2}},
    {"negative", {3.5f, 0.5f, -2}},
    {"log", {NAN, NAN, 0.6931472f}},
    {"sqrt", {NAN, NAN, 1.414214f}},
    {"rsqrt", {NAN, NAN, 0.7071068f}},
    {"reciprocal", {-0.2857143f, -2, 0.5f}},
    {"expm1", {-0.9698026f, -0.3934693f, 6.389056f}},
    {"log1p", {NAN, -0.6931472f, 1.098612f}},
    {"erf", {-0.9999993f, -0.5204999f, 0.9953223f}},
    {"sin", {0.3507832f, -0.4794255f, 0.9092974f}},
    {"cos", {-0.9364567f, 0.8775826f, -0.4161468f}},
    {"tan", {-0.3745856f, -0.5463025f, -2.18504f}},
    {"floor", {-4, -1, 2}},
    {"ceil", {-3, 0, 2}},
    {"round", {-4, 0, 2}},
    {"sign", {-1, -1, 1}},
};

static void nonlinearities_of_parameters(void **state)
{
    struct build *build = *state;
    assert_int_equal(sizeof points / sizeof *points, UNARY_COUNT);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        float result[3], *out = result;
        const float in[3] = {-3.5f, -0.5f, 2}, *const inputs = in;
        build_reset(build);
        struct tensor *x = build_parameter(build, "x", "3");
        char attributes[64];
        snprintf(attributes, sizeof attributes, "function=%s alpha=0.25", points[i].function);
        struct tensor *y = apply(build, "unary", attributes, x);
        y->producer->op->evaluate(y->producer, &inputs, &out);
        for (int p = 0; p < 3; p++) {
            float expected = points[i].values[p];
            if (!(isnan(expected) ? isnan(result[p])
                                  : fabsf(result[p] - expected) <= 1e-5f * fmaxf(fabsf(expected), 0.01f)))
                fail_msg("%s(%g) is %g instead of %g", points[i].function, (double)in[p], (double)result[p],
                         (double)expected);
        }
    }
}

/* Those of two pieces, close above the point where they meet. */
static void nonlinearities_are_pieced_together_at_zero(void **state)
{
    static const struct {
        const char *function;
        float value;
    } cases[] = {{"relu", 0.5f}, {"relu6", 0.5f},       {"leaky_relu", 0.5f},
                 {"elu", 0.5f},  {"selu", 0.52535049f}, {"celu", 0.5f}};
    struct build *build = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float result[1], *out = result;
        const float in[1] = {0.5f}, *const inputs = in;
        build_reset(build);
        char attributes[64];
        snprintf(attributes, sizeof attributes, "function=%s alpha=0.25", cases[i].function);
        struct tensor *y = apply(build, "unary", attributes, build_parameter(build, "x", "1"));
        y->producer->op->evaluate(y->producer, &inputs, &out);
        if (fabsf(result[0] - cases[i].value) > 1e-6f) /* float rounds by 6e-8 of it */
            fail_msg("%s(0.5) is %g instead of %g", cases[i].function, (double)result[0], (double)cases[i].value);
    }
}

static void arithmetic_of_parameters(void **state)
{
    static const struct {
        const char *function;
        float values[4];
    } cases[] = {
        {"add", {11, 22, 13, 24}},      {"subtract", {-9, -18, -7, -16}},
        {"multiply", {10, 40, 30, 80}}, {"divide", {0.1f, 0.1f, 0.3f, 0.2f}},
        {"maximum", {10, 20, 10, 20}},  {"minimum", {1, 2, 3, 4}},
    };
    struct build *build = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float result[4], *out = result;
        const float a[4] = {1, 2, 3, 4}, b[2] = {10, 20}, *const in[2] = {a, b}; /* the second is repeated */
        build_reset(build);
        struct tensor *x = build_parameter(build, "x", "2x2"), *y = build_parameter(build, "y", "2");
        char attributes[64];
        snprintf(attributes, sizeof attributes, "function=%s", cases[i].function);
        const struct node *node = apply(build, "binary", attributes, x, y)->producer;
        node->op->evaluate(node, in, &out);
        assert_memory_equal(result, cases[i].values, sizeof result);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(every_op_is_found_by_its_name),
        TEST(the_table_is_sorted),
        TEST(every_op_is_complete),
        TEST(tiles_are_few_and_as_equal_as_can_be),
        TEST(suffixes),
        TEST(windows_follow_keras),
        TEST(the_odd_pad_goes_to_the_bottom_and_right),
        TEST(a_window_larger_than_its_input_says_what_mends_it),
        TEST(conv2d_checks_channels_and_groups),
        TEST(matmul_contracts_the_last_axis),
        TEST(binary_broadcasts),
        TEST(reduce_leaves_axes_out),
        TEST(movement_keeps_the_numbers),
        TEST(operands_are_of_the_samples_or_shared),
        TEST(one_tensor_too_many_is_refused),
        TEST(losses_check_their_labels),
        TEST(batch_norm_and_dropout_check_their_arguments),
        TEST(augmentation_checks_its_arguments),
        TEST(packing_fills_up_panels),
        TEST(nonlinearities_of_parameters),
        TEST(nonlinearities_are_pieced_together_at_zero),
        TEST(arithmetic_of_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
