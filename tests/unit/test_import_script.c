/* Models of other tools as scripts: how they read, and that strange names do nothing in them. Their numbers: tests/onnx. */
#include "import/import.h"
#include "onnx_models.h"
#include "script_support.h"

#include <float.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The script without its head: what stands behind the first empty line. */
static const char *script_of_model(struct script_fixture *fixture, struct onnx_model *model, struct graph **graph)
{
    const struct import_options options = {.path = onnx_write(model, fixture->folder, "model.onnx"),
                                           .limits = limits_default,
                                           .shapes = &fixture->shapes};
    struct import_script script = {.path = "net.lua", .weights = "net.safetensors"};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    struct graph *made = import_as_script(&fixture->arena, &fixture->diag, &options, &script);
    if (!made)
        fail_msg("%s", fixture->diag.message);
    if (graph)
        *graph = made;
    return strstr(script.text, "\n\n") + 2;
}

static void block(struct onnx_model *model, int number, int from, int to)
{
    char w[8], b[8], c[8], r[8], y[8], inputs[32];
    const char *const formats[] = {"w%d", "b%d", "conv%d", "relu%d", "y%d"};
    char *const names[] = {w, b, c, r, y};
    for (int i = 0; i < 5; i++)
        snprintf(names[i], sizeof w, formats[i], number);
    snprintf(inputs, sizeof inputs, "%d,%d,3,3", to, from);
    onnx_weights(model, w, inputs);
    snprintf(inputs, sizeof inputs, "%d", to);
    onnx_weights(model, b, inputs);
    snprintf(inputs, sizeof inputs, "y%d,%s,%s", number - 1, w, b);
    onnx_node(model, "Conv", inputs, c, "pads=1,1,1,1");
    onnx_node(model, "Relu", c, r, "");
    onnx_node(model, "MaxPool", r, y, "kernel_shape=2,2 strides=2,2");
}

/* Channels first become a Permute, what repeats a loop, and what stands behind sums an argument. */
static void a_chain_is_a_sequential_with_loops(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    struct graph *graph;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "y0", "N,3,16,16");
    block(&model, 1, 3, 4);
    block(&model, 2, 4, 8);
    block(&model, 3, 8, 16);
    onnx_weights(&model, "k", "10,64");
    onnx_weights(&model, "kb", "10");
    onnx_node(&model, "Flatten", "y3", "f", "");
    onnx_node(&model, "Gemm", "f,k,kb", "g", "transB=1");
    onnx_node(&model, "Softmax", "g", "p", "axis=1");
    onnx_output(&model, "p");
    assert_string_equal(
        script_of_model(fixture, &model, &graph),
        "local model = Sequential()\n"
        "model:add(Input{shape = {3, 16, 16}})\n"
        "model:add(Permute{{2, 3, 1}})\n"
        "for _, filters in ipairs{4, 8, 16} do\n"
        "  model:add(Conv2D{filters, 3, padding = \"same\", activation = \"relu\"}) -- conv1 to conv3\n"
        "  model:add(MaxPooling2D(2)) -- y1 to y3\n"
        "end\n"
        "model:add(Flatten())\n"
        "model:add(Dense{10, activation = \"softmax\"}) -- g\n"
        "return model\n");
    const struct import_options options = {.path = arena_printf(&fixture->arena, "%s/model.onnx", fixture->folder),
                                           .limits = limits_default};
    const char *ops = script_ops_of(fixture, import_run(&fixture->arena, &fixture->diag, &options));
    assert_non_null(strstr(script_ops_of(fixture, graph), strstr(ops, "conv2d"))); /* so that its C is the same */
    /* output 1 of the file's (channel, row, column) = (3, 1, 0) */
    assert_true(script_parameter(graph, "dense/kernel")->values[((1 * 2 + 0) * 16 + 3) * 10 + 1] ==
                model.weights[6]->float_data[64 + (3 * 2 + 1) * 2 + 0]);
}

/* Branches are variables; an operator that no layer of Keras is becomes a layer of the script's own. */
static void branches_and_own_layers(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "image", "1,8,6,6");
    onnx_weights(&model, "w", "8,1,3,3");
    onnx_weights(&model, "s", "1,8,1,1");
    onnx_node(&model, "Conv", "image,w", "c", "group=8 strides=2,2 pads=1,1,1,1");
    onnx_node(&model, "Tanh", "c", "d", "");
    onnx_node(&model, "Mul", "c,d", "e", "");
    onnx_node(&model, "Mul", "e,s", "scaled", "");
    onnx_node(&model, "Clip", "scaled", "u", "min=0 max=6");
    onnx_node(&model, "GlobalAveragePool", "u", "v", "");
    onnx_node(&model, "ReduceMax", "u", "t", "axes=2,3 keepdims=0");
    onnx_output(&model, "v");
    onnx_output(&model, "t");
    model.opset.version = 10;
    assert_string_equal(script_of_model(fixture, &model, NULL),
                        "local Mul = Layer{name = \"Mul\", call = function(layer, x)\n"
                        "  local value = layer:add_weight{name = \"value\", shape = {8}}\n"
                        "  return x * value\n"
                        "end}\n"
                        "\n"
                        "local image = Input{shape = {8, 6, 6}, name = \"image\"}\n"
                        "local x = Permute{{2, 3, 1}}(image)\n"
                        "x = ZeroPadding2D(1)(x)\n"
                        "x = DepthwiseConv2D{3, strides = 2, use_bias = false}(x) -- c\n"
                        "local y = Activation(\"tanh\")(x) -- d\n"
                        "x = multiply{x, y} -- e\n"
                        "x = Mul()(x) -- scaled\n"
                        "x = Activation(\"relu6\")(x) -- u\n"
                        "y = GlobalAveragePooling2D()(x) -- v\n"
                        "x = ops.max(x, {axis = {1, 2}}) -- t\n"
                        "y = Reshape{{8, 1, 1}, name = \"v\"}(y) -- v\n"
                        "\n"
                        "local model = Model{inputs = image, outputs = {y, x}}\n"
                        "return model\n");
}

/* Blocks with a branch are rounds of a loop, which begins with a convolution; what a round hands on is declared in front. */
static void blocks_are_rounds(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "an_input_with_a_name_that_is_longer_than_scripts_have_them", "1,4,6,6");
    onnx_weights(&model, "w", "4,4,3,3");
    onnx_node(&model, "Conv", "an_input_with_a_name_that_is_longer_than_scripts_have_them,w", "r0", "pads=1,1,1,1");
    for (int i = 0; i < 3; i++) {
        const char *w = arena_printf(&fixture->arena, "w%d", i);
        onnx_weights(&model, w, i < 2 ? "4,4,3,3" : "4,4,5,5");
        onnx_node(&model, "Conv", arena_printf(&fixture->arena, "r%d,w%d", i, i),
                  arena_printf(&fixture->arena, "c%d", i), i < 2 ? "pads=1,1,1,1" : "pads=2,2,2,2");
        onnx_node(&model, "Sigmoid", arena_printf(&fixture->arena, "c%d", i),
                  arena_printf(&fixture->arena, "s%d", i), "");
        onnx_node(&model, "Add", arena_printf(&fixture->arena, "r%d,s%d", i, i),
                  arena_printf(&fixture->arena, "a%d", i), "");
        onnx_node(&model, "Relu", arena_printf(&fixture->arena, "a%d", i),
                  arena_printf(&fixture->arena, "r%d", i + 1), "");
    }
    onnx_node(&model, "GlobalMaxPool", "r3", "g", "");
    onnx_node(&model, "Flatten", "g", "y", "");
    onnx_output(&model, "y");
    assert_string_equal(
        script_of_model(fixture, &model, NULL),
        "local an_input_with_a_name_that_is_longer_than = Input{shape = {4, 6, 6}, name = "
        "\"an_input_with_a_name_that_is_longer_than_sc\"}\n"
        "local x = Permute{{2, 3, 1}}(an_input_with_a_name_that_is_longer_than)\n"
        "x = Conv2D{4, 3, padding = \"same\", use_bias = false}(x) -- r0\n"
        "for _, kernel_size in ipairs{3, 3, 5} do\n"
        "  local y = Conv2D{4, kernel_size, padding = \"same\", activation = \"sigmoid\", use_bias = false}(x) -- c0 to c2\n"
        "  x = add{x, y} -- a0 to a2\n"
        "  x = ReLU()(x) -- r1 to r3\n"
        "end\n"
        "x = GlobalMaxPooling2D()(x) -- g\n"
        "\n"
        "local model = Model{inputs = an_input_with_a_name_that_is_longer_than, outputs = x}\n"
        "return model\n");
}

/* Names are anyone's: they may be Lua, be no names of Lua's, or try to end their comment. */
static void names_do_nothing(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "end", "1,4");
    onnx_input(&model, "x}) os.exit(", "1,4");
    onnx_node(&model, "Add", "end,x}) os.exit(", "[[\nerror('run')", "");
    onnx_node(&model, "Relu", "[[\nerror('run')", "--]]\x1b[2J\xe2\x80\xae", "");
    onnx_output(&model, "--]]\x1b[2J\xe2\x80\xae");
    assert_string_equal(script_of_model(fixture, &model, NULL),
                        "local end_2 = Input{shape = {4}, name = \"end\"}\n"
                        "local x_os_exit = Input{shape = {4}, name = \"x_os_exit\"}\n"
                        "local x = add{end_2, x_os_exit} -- [[?error('run')\n"
                        "x = ReLU()(x) -- --]]?[2J???\n"
                        "\n"
                        "local model = Model{inputs = {end_2, x_os_exit}, outputs = x}\n"
                        "return model\n");
}

/* Where a file has several samples each goes through the same layer, whose weights there are once. */
static void samples_share_a_layer(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    struct graph *graph;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "2,2,5,5");
    onnx_weights(&model, "w", "3,2,3,3");
    onnx_node(&model, "Conv", "x,w", "y", "");
    onnx_output(&model, "y");
    assert_non_null(
        strstr(script_of_model(fixture, &model, &graph), "local conv2d = Conv2D{3, 3, use_bias = false}\n"));
    assert_int_equal(graph->n_parameters, 1);
}

/* Borders of several axes are one call. */
static void borders_are_functions_of_keras(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 11);
    onnx_input(&model, "image", "1,3,6,5");
    onnx_integers(&model, "pads", "0,0,2,1,0,0,2,3");
    onnx_integers(&model, "last", "-1");
    onnx_integers(&model, "first", "-99");
    onnx_integers(&model, "rows", "2");
    onnx_node(&model, "Pad", "image,pads", "framed", "mode=reflect");
    onnx_node(&model, "Slice", "framed,last,first,rows,last", "turned", "");
    onnx_output(&model, "turned");
    assert_string_equal(script_of_model(fixture, &model, NULL),
                        "local image = Input{shape = {3, 6, 5}, name = \"image\"}\n"
                        "local x = ops.pad(image, {mode = \"reflect\", "
                        "pad_width = {{0, 0}, {0, 0}, {2, 2}, {1, 3}}}) -- framed\n"
                        "x = ops.flip(x, {axis = 2}) -- turned\n"
                        "\n"
                        "local model = Model{inputs = image, outputs = x}\n"
                        "return model\n");
}

/* What an operator counts with is no weight, which training may change; what the file calls one is. */
static void only_weights_are_trained(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    struct graph *graph;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_weights(&model, "w", "4,5");
    onnx_node(&model, "MatMul", "x,w", "s", "");
    onnx_node(&model, "ArgMax", "s", "place", "axis=1 keepdims=0");
    onnx_output(&model, "s");
    onnx_output(&model, "place");
    const char *text = script_of_model(fixture, &model, &graph);
    assert_non_null(strstr(text, "layer:add_weight{name = \"places\", shape = {5}, trainable = false}"));
    assert_true(script_parameter(graph, "s/kernel")->trainable);
    const struct import_options options = {.path = arena_printf(&fixture->arena, "%s/model.onnx", fixture->folder),
                                           .limits = limits_default};
    graph = import_run(&fixture->arena, &fixture->diag, &options);
    assert_true(
        script_parameter(graph, "s/kernel")->trainable); /* so that summary counts it as the script's does */
    assert_false(script_parameter(graph, "place/places")->trainable);
}

/* Eight digits of the lowest float are below it, and refused in a script. */
static void the_lowest_float_is_a_number_of_scripts(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,1,4,4");
    onnx_node(&model, "MaxPool", "x", "y", "kernel_shape=2,2 dilations=2,2 pads=1,1,1,1");
    onnx_output(&model, "y");
    const char *script = script_of_model(fixture, &model, NULL), *call = strstr(script, "op.binary(x, ");
    assert_non_null(call);
    assert_true(strtod(call + strlen("op.binary(x, "), NULL) >= -(double)FLT_MAX);
    assert_true((float)strtod(call + strlen("op.binary(x, "), NULL) == -FLT_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(a_chain_is_a_sequential_with_loops),
        TEST(branches_and_own_layers),
        TEST(blocks_are_rounds),
        TEST(names_do_nothing),
        TEST(samples_share_a_layer),
        TEST(borders_are_functions_of_keras),
        TEST(only_weights_are_trained),
        TEST(the_lowest_float_is_a_number_of_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
