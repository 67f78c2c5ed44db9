/* Layers of images and of sequences: convolutions, pools, borders and sizes; what becomes of them before C is written. */
#include "pass/pass.h"
#include "script_support.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

struct layer_case {
    const char *input, *layer, *output, *parameters; /* "kernel 3x4x8, bias 8" */
};

/* "kernel 3x4x8, bias 8": the parameters of the graph, without the layer's name. */
static const char *parameters_of(struct script_fixture *fixture, const struct graph *graph)
{
    const char *text = "";
    for (int i = 0; i < graph->n_parameters; i++)
        text = arena_printf(&fixture->arena, "%s%s%s %s", text, i ? ", " : "",
                            strchr(graph->parameters[i]->name, '/') + 1,
                            shape_text(&fixture->arena, &graph->parameters[i]->shape));
    return text;
}

static void check(struct script_fixture *fixture, const struct layer_case *row)
{
    const struct graph *graph = script_compile(
        fixture, arena_printf(&fixture->arena, "return Sequential{Input{%s}, %s}\n", row->input, row->layer));
    const char *output = shape_text(&fixture->arena, &graph->outputs[0]->shape);
    if (strcmp(output, row->output) != 0 || strcmp(parameters_of(fixture, graph), row->parameters) != 0)
        fail_msg("%s of %s gives %s with %s", row->layer, row->input, output, parameters_of(fixture, graph));
}

#define CHECK_ALL(STATE, ROWS)                                                                                     \
    for (size_t i = 0; i < sizeof(ROWS) / sizeof *(ROWS); i++)                                                     \
    check(STATE, &(ROWS)[i])

static void convolutions_have_keras_shapes_and_parameters(void **state)
{
    static const struct layer_case rows[] = {
        {"10, 4", "Conv1D{8, 3}", "8x8", "kernel 3x4x8, bias 8"},
        {"10, 4", "Convolution1D{8, {3}, strides = 2, padding = 'same'}", "5x8", "kernel 3x4x8, bias 8"},
        {"10, 4", "Conv1D{8, 3, padding = 'causal', dilation_rate = 6, use_bias = false}", "10x8", "kernel 3x4x8"},
        {"4, 10", "Conv1D{8, 3, groups = 2, data_format = 'channels_first'}", "8x8", "kernel 3x2x8, bias 8"},
        {"9, 8, 3", "DepthwiseConv2D{{3, 2}, depth_multiplier = 2}", "7x7x6", "kernel 3x2x3x2, bias 6"},
        {"9, 3", "DepthwiseConv1D{3, padding = 'same', strides = 2}", "5x3", "kernel 3x3x1, bias 3"},
        {"9, 8, 3", "SeparableConv2D{5, 3, depth_multiplier = 2}", "7x6x5",
         "depthwise_kernel 3x3x3x2, pointwise_kernel 1x1x6x5, bias 5"},
        {"9, 3", "SeparableConvolution1D{5, 3, padding = 'causal'}", "9x5",
         "depthwise_kernel 3x3x1, pointwise_kernel 1x3x5, bias 5"},
        {"4, 5, 3", "Conv2DTranspose{8, 3}", "6x7x8", "kernel 3x3x8x3, bias 8"},
        {"4, 5, 3", "Conv2DTranspose{8, 2, strides = 3}", "12x15x8", "kernel 2x2x8x3, bias 8"},
        {"4, 5, 3", "Conv2DTranspose{8, 3, strides = {2, 3}, padding = 'same'}", "8x15x8",
         "kernel 3x3x8x3, bias 8"},
        {"4, 5, 3", "Conv2DTranspose{8, 3, strides = 2, padding = 'same', output_padding = 0}", "7x9x8",
         "kernel 3x3x8x3, bias 8"},
        {"4, 5, 3", "Conv2DTranspose{8, 4, strides = 2, padding = 'same', output_padding = 1}", "7x9x8",
         "kernel 4x4x8x3, bias 8"},
        {"3, 4, 5", "Conv2DTranspose{8, 3, data_format = 'channels_first'}", "8x6x7", "kernel 3x3x8x3, bias 8"},
        {"6, 3", "Conv1DTranspose{8, 4, strides = 2, padding = 'same'}", "12x8", "kernel 4x8x3, bias 8"},
        {"6, 3", "Convolution1DTranspose{8, 4, strides = 3, output_padding = 2}", "21x8", "kernel 4x8x3, bias 8"},
    };
    CHECK_ALL(*state, rows);
}

static void pools_have_keras_shapes(void **state)
{
    static const struct layer_case rows[] = {
        {"9, 4", "MaxPooling1D()", "4x4", ""},
        {"9, 4", "MaxPool1D{3, strides = 2, padding = 'same'}", "5x4", ""},
        {"9, 4", "AveragePooling1D(3)", "3x4", ""},
        {"4, 9", "AvgPool1D{3, data_format = 'channels_first'}", "4x3", ""},
        {"9, 4", "GlobalMaxPooling1D()", "4", ""},
        {"9, 4", "GlobalAveragePooling1D{keepdims = true}", "1x4", ""},
        {"4, 9", "GlobalAvgPool1D{data_format = 'channels_first'}", "4", ""},
        {"100000, 2", "GlobalMaxPool1D()", "2", ""},
        {"40, 50, 2", "GlobalMaxPooling2D{keepdims = true}", "1x1x2", ""},
        {"12, 9, 2", "AdaptiveAveragePooling2D{{4, 3}}", "4x3x2", ""},
        {"12, 2", "AdaptiveMaxPooling1D(6)", "6x2", ""},
    };
    CHECK_ALL(*state, rows);
}

static void sizes_are_keras(void **state)
{
    static const struct layer_case rows[] = {
        {"6, 5", "ZeroPadding1D()", "8x5", ""},
        {"6, 5", "ZeroPadding1D{{2, 0}}", "8x5", ""},
        {"6, 5", "Cropping1D()", "4x5", ""},
        {"6, 7, 5", "Cropping2D{{{1, 2}, {0, 3}}}", "3x4x5", ""},
        {"6, 7, 5", "Cropping2D{{1, 2}}", "4x3x5", ""},
        {"6, 5", "UpSampling1D(3)", "18x5", ""},
        {"6, 7, 5", "UpSampling2D{{2, 3}, interpolation = 'bilinear'}", "12x21x5", ""},
        {"5, 6, 7", "UpSampling2D{data_format = 'channels_first'}", "5x12x14", ""},
        {"6, 7, 5", "Resizing{3, 20}", "3x20x5", ""},
        {"6, 7, 5", "Resizing{3, 20, interpolation = 'bicubic'}", "3x20x5", ""},
        {"6, 7, 5", "Resizing{6, 3, interpolation = 'lanczos5', antialias = true}", "6x3x5", ""},
        {"6, 7, 5", "UpSampling2D{{1, 2}, interpolation = 'lanczos3'}", "6x14x5", ""},
        {"6, 7, 5", "Resizing{3, 20, crop_to_aspect_ratio = true}", "3x20x5", ""},
        {"6, 7, 5", "Resizing{3, 20, pad_to_aspect_ratio = true, fill_value = 1}", "3x20x5", ""},
        {"6, 7, 5", "CenterCrop{3, 4}", "3x4x5", ""},
        {"6, 7, 5", "CenterCrop{8, 4}", "8x4x5", ""},
        {"6", "RepeatVector(3)", "3x6", ""},
    };
    CHECK_ALL(*state, rows);
}

static void says_what_does_not_fit(void **state)
{
    static const struct {
        const char *layer, *message, *hint;
    } rows[] = {
        {"Conv1D{4, 3, input_shape = {10}}", "Conv1D needs a sequence of steps and channels, but its input is 10",
         "Reshape{{10, 1}} makes a sequence of one channel of it"},
        {"Conv1D{4, 3, dilation_rate = 5, input_shape = {10, 4}}",
         "Conv1D has windows of 11 steps, but its input has 10",
         "make them smaller, take padding = \"same\", or take away a layer that shortens the sequence"},
        {"Conv1D{4, {3, 3}, input_shape = {10, 4}}",
         "Conv1D: kernel_size must be an integer of at least 1, not {3, 3}", NULL},
        {"Conv1D{4, 3, padding = 'causal', data_format = 'channels_first', input_shape = {4, 10}}",
         "Conv1D cannot have padding = \"causal\" with data_format = \"channels_first\"",
         "Keras has it for channels_last alone"},
        {"Conv2DTranspose{4, 3, strides = 2, output_padding = 2, input_shape = {10, 4, 3}}",
         "Conv2DTranspose needs output_padding below strides", NULL},
        {"Conv2DTranspose{4, 2, strides = 2, dilation_rate = 2, input_shape = {10, 4, 3}}",
         "Conv2DTranspose cannot have both strides and dilation_rate above 1", "make one of them 1"},
        {"Cropping1D{{5, 5}, input_shape = {10, 4}}", "Cropping1D would leave nothing of 10x4", "take less away"},
        {"Resizing{2, 2, interpolation = 'area', input_shape = {4, 4, 3}}",
         "Resizing: interpolation must be \"bilinear\" or \"nearest\" or \"bicubic\" or \"lanczos3\" or \"lanczos5\", not \"area\"",
         "Keras 3 has no others; of area, gaussian and mitchellcubic bilinear with antialias comes nearest"},
        {"Resizing{200000, 10, input_shape = {9000, 4, 3}}", "resize cannot make 200000 rows of 9000", NULL},
        {"Resizing{900000, 10, interpolation = 'bicubic', input_shape = {3, 4, 3}}",
         "resample cannot make 900000 places of 3", NULL},
        {"AdaptiveMaxPooling1D{3, input_shape = {10, 4}}",
         "AdaptiveMaxPooling1D cannot make 3 of 10: cnnc has windows of one size alone",
         "take an output_size that divides the input, or a pool with pool_size and strides"},
        {"RepeatVector{3, input_shape = {10, 4}}", "RepeatVector needs a vector, but its input is 10x4",
         "Flatten() makes one"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_script_error(fixture, arena_printf(&fixture->arena, "return Sequential{%s}\n", rows[i].layer), 1,
                            rows[i].message, rows[i].hint);
}

/* ---- rewrites ---- */

static void assert_simplified(struct script_fixture *fixture, const char *layers, const char *ops)
{
    struct graph *graph = script_compile(fixture, arena_printf(&fixture->arena, "return Sequential{%s}\n", layers));
    assert_true(pass_simplify(graph));
    assert_string_equal(script_ops_of(fixture, graph), ops);
}

static void layers_of_sequences_meet(void **state)
{
    assert_simplified(
        *state,
        "Input{20, 3}, Conv1D{4, 3}, BatchNormalization(), Activation('relu'), Dropout(0.5), MaxPooling1D(), "
        "Conv1D{4, 3}",
        "reshape reshape conv2d binary batch_norm unary dropout max_pool2d reshape conv2d binary reshape");
    /* a row for all steps, and a tensor of the reshaped shape, are no channels */
    assert_simplified(*state, "Input{6, 4}, Reshape{{3, 8}}, Activation('relu')", "reshape unary");
    assert_simplified(*state, "Input{6, 4}, Reshape{{3, 2, 4}}, Activation('relu')", "unary reshape");
    assert_simplified(*state, "Input{6, 4}, Reshape{{24}}, Reshape{{6, 4}}, Activation('relu')", "unary");
    assert_simplified(
        *state,
        "Input{6, 4}, Activation('tanh'), Activation(function(x) local y = op.reshape(x, {shape = {3, 2, 4}}) "
        "return y + y end)",
        "unary reshape binary");
}

static void a_border_becomes_the_convolutions(void **state)
{
    assert_simplified(*state, "Input{9, 9, 3}, ZeroPadding2D(2), Conv2D{4, 3}", "conv2d binary");
    assert_simplified(*state, "Input{9, 9, 3}, ZeroPadding2D(0), MaxPool2D()", "max_pool2d");
    assert_simplified(*state, "Input{9, 9, 3}, ZeroPadding2D(1), Conv2D{4, 3, padding = 'same'}",
                      "pad2d conv2d binary");
    assert_simplified(*state, "Input{9, 9, 3}, Cropping2D(1), Conv2D{4, 3}", "pad2d conv2d binary");
    assert_simplified(*state, "Input{9, 3}, Conv1D{4, 3, padding = 'causal'}",
                      "reshape reshape conv2d binary reshape");
}

static void a_transposed_kernel_is_turned_for_inference(void **state)
{
    struct graph *graph = script_compile(*state, "return Sequential{Input{4, 4, 3}, Conv2DTranspose{5, 3}, "
                                                 "BatchNormalization()}\n");
    assert_true(pass_simplify(graph) && pass_lower(graph, false));
    const struct node *last = graph->outputs[0]->producer;
    assert_string_equal(last->op->name, "binary"); /* the shift; the scale is in the kernel */
    const struct node *transposed = last->in[0]->producer;
    assert_string_equal(transposed->op->name, "conv2d_transpose");
    assert_string_equal(shape_text(graph->arena, &transposed->in[1]->shape), "3x3x3x5");
    assert_string_equal(transposed->in[1]->producer->in[0]->producer->op->name, "permute");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(convolutions_have_keras_shapes_and_parameters),
        TEST(pools_have_keras_shapes),
        TEST(sizes_are_keras),
        TEST(says_what_does_not_fit),
        TEST(layers_of_sequences_meet),
        TEST(a_border_becomes_the_convolutions),
        TEST(a_transposed_kernel_is_turned_for_inference),
    };
    return cmocka_run_group_tests_name("spaces", tests, NULL, NULL);
}
