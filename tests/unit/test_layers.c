/* What layers, models, compile and fit put into the graph. */
#include "../../runtime/cnnrt.h"
#include "script_support.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- looking at a graph ---- */

static const struct layer *layer_named(const struct graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (strcmp(graph->layers[i]->name, name) == 0)
            return graph->layers[i];
    fail_msg("no layer %s", name);
    return NULL;
}

static const struct parameter *parameter_named(const struct graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_parameters; i++)
        if (strcmp(graph->parameters[i]->name, name) == 0)
            return graph->parameters[i];
    fail_msg("no parameter %s", name);
    return NULL;
}

static const char *shape_of(struct script_fixture *fixture, const struct shape *shape)
{
    return shape_text(&fixture->arena, shape);
}

static void assert_output(struct script_fixture *fixture, const char *text, const char *expected)
{
    const struct graph *graph = script_compile(fixture, text);
    assert_string_equal(shape_of(fixture, &graph->outputs[0]->shape), expected);
}

static void assert_number(double actual, double expected)
{
    if (fabs(actual - expected) > 1e-12 * fmax(1, fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static void assert_ops(struct script_fixture *fixture, const char *text, const char *expected)
{
    assert_string_equal(script_ops_of(fixture, script_compile(fixture, text)), expected);
}

#define SCRIPTS "tests/scripts/"

static struct graph *run_file(struct script_fixture *fixture, const char *path)
{
    fixture->diag = (struct diag){.arena = &fixture->arena};
    struct graph *graph = script_run(&fixture->arena, &fixture->diag, path, limits_default);
    if (!graph)
        fail_msg("%s:%d: %s", path, fixture->diag.at.line, fixture->diag.message);
    return graph;
}

/* ---- the lesson ---- */

static void builds_the_network_of_the_lesson(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = run_file(fixture, "examples/mnist.lua");
    static const struct {
        const char *name, *type, *shape;
        int line, parameters;
    } rows[] = {
        {"conv2d", "Conv2D", "24x24x8", 2, 2},    {"max_pooling2d", "MaxPooling2D", "12x12x8", 3, 0},
        {"conv2d_1", "Conv2D", "10x10x16", 4, 2}, {"max_pooling2d_1", "MaxPooling2D", "5x5x16", 5, 0},
        {"dropout", "Dropout", "5x5x16", 6, 0},   {"flatten", "Flatten", "400", 7, 0},
        {"dense", "Dense", "10", 8, 2},
    };
    assert_int_equal(graph->n_layers, 7);
    for (int i = 0; i < graph->n_layers; i++) {
        const struct layer *layer = graph->layers[i];
        assert_string_equal(layer->name, rows[i].name);
        assert_string_equal(layer->type, rows[i].type);
        assert_string_equal(shape_of(fixture, &layer->outputs[0]->shape), rows[i].shape);
        assert_int_equal(layer->line, rows[i].line);
        assert_int_equal(layer->n_parameters, rows[i].parameters);
        assert_int_equal(layer->n_connected, i > 0);
        if (i > 0)
            assert_int_equal(layer->connected_to[0], i - 1);
    }
    assert_string_equal(
        script_ops_of(fixture, graph),
        "conv2d binary unary max_pool2d conv2d binary unary max_pool2d dropout reshape matmul binary "
        "softmax accuracy cross_entropy");
    assert_int_equal(graph->parameter_floats, 5386);
    assert_string_equal(graph->parameters[2]->name, "conv2d_1/kernel");
    assert_string_equal(shape_of(fixture, &graph->parameters[2]->shape), "3x3x8x16");
    assert_int_equal(graph->nodes[4]->origin.line, 4);
    assert_string_equal(graph->nodes[4]->origin.layer, "conv2d_1");
    assert_string_equal(graph->nodes[4]->origin.type, "Conv2D");
    assert_false(graph->inputs[0]->rescales);
}

static void takes_over_compile_and_fit(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = run_file(fixture, "examples/mnist.lua");
    const struct training *training = &graph->training;
    assert_true(training->compiled);
    assert_string_equal(training->stages->optimizer, "adam");
    static const struct setting settings[] = {
        {"learning_rate", 0.001}, {"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}, {"amsgrad", 0}};
    assert_true(training->stages->n_settings > 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(training->stages->settings[i].name, settings[i].name);
        assert_number(training->stages->settings[i].value, settings[i].value);
    }
    assert_int_equal(training->stages->n_slots, 2);
    assert_string_equal(training->stages->slots[0].name, "momentum");
    assert_string_equal(training->stages->slots[1].name, "velocity");
    assert_string_equal(graph->labels[0].loss, "sparse_categorical_crossentropy");
    assert_int_equal(training->n_columns, 2);
    assert_string_equal(training->columns[0], "loss");
    assert_string_equal(training->columns[1], "accuracy");
    assert_int_equal(training->stages->batch_size, 128);
    assert_int_equal(training->stages->epochs, 5);
    assert_true(training->stages->shuffle);
    assert_number(training->stages->validation_split, 0);
    assert_true(graph->labels[0].is_class);
    assert_int_equal(graph->labels[0].tensor->shape.rank, 0);
    assert_string_equal(graph->loss->producer->op->name, "cross_entropy");
    assert_string_equal(graph->metrics[0]->producer->op->name, "accuracy");
}

static void runs_the_shared_scripts(void **state)
{
    static const char *const paths[] = {SCRIPTS "lesson.lua",     SCRIPTS "mlp.lua",
                                        SCRIPTS "graph.lua",      SCRIPTS "batch_norm.lua",
                                        SCRIPTS "geometry.lua",   SCRIPTS "channels_first.lua",
                                        SCRIPTS "user_layer.lua", SCRIPTS "no_training.lua",
                                        SCRIPTS "modules.lua",    "examples/residual.lua"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        run_file(*state, paths[i]);
}

/* ---- arguments ---- */

static void takes_arguments_in_every_form(void **state)
{
    static const char *const layers[] = {
        "Conv2D{filters = 8, kernel_size = {5, 3}, padding = 'same', activation = 'relu'}",
        "Conv2D{8, {5, 3}, padding = 'same', activation = 'relu'}",
        "Conv2D(8, {5, 3}, {padding = 'same', activation = 'relu'})",
        "Conv2D(8, {5, 3}, 1, 'same', nil, nil, nil, 'relu')",
        "Conv2D{8, {5, 3}, {1, 1}, 'same', 'channels_last', {1, 1}, 1, 'relu'}",
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const char *text = arena_printf(&fixture->arena, "return Sequential{Input{9, 9, 2}, %s}\n", layers[i]);
        const struct graph *graph = script_compile(fixture, text);
        assert_string_equal(shape_of(fixture, &graph->outputs[0]->shape), "9x9x8");
        assert_string_equal(shape_of(fixture, &graph->parameters[0]->shape), "5x3x2x8");
        assert_string_equal(script_ops_of(fixture, graph), "conv2d binary unary");
    }
}

static void takes_shapes_with_or_without_braces(void **state)
{
    assert_output(*state, "return Sequential{Input{4, 4, 2}, Reshape{8, -1}}\n", "8x4");
    assert_output(*state, "return Sequential{Input({4, 4, 2}), Reshape({-1})}\n", "32");
    assert_output(*state, "return Sequential{Input{shape = {4, 4, 2}}, Reshape{target_shape = {32}}}\n", "32");
}

/* ---- layers ---- */

static void follows_keras_shapes(void **state)
{
    assert_output(*state, "return Sequential{Input{28, 28, 1}, Conv2D{8, 5}}\n", "24x24x8");
    assert_output(*state, "return Sequential{Input{28, 27, 1}, Conv2D{8, 3, strides = 2, padding = 'same'}}\n",
                  "14x14x8");
    assert_output(*state, "return Sequential{Input{12, 12, 4}, Conv2D{8, 3, dilation_rate = {2, 3}, groups = 2}}\n",
                  "8x6x8");
    assert_output(*state, "return Sequential{Input{3, 9, 8}, Conv2D{5, {3, 2}, data_format = 'channels_first'}}\n",
                  "5x7x7");
    assert_output(*state, "return Sequential{Input{7, 7, 2}, MaxPool2D()}\n", "3x3x2");
    assert_output(*state, "return Sequential{Input{7, 7, 2}, MaxPool2D{3, strides = 1}}\n", "5x5x2");
    assert_output(*state, "return Sequential{Input{7, 7, 2}, AveragePooling2D{2, padding = 'same'}}\n", "4x4x2");
    assert_output(*state, "return Sequential{Input{7, 6, 2}, ZeroPadding2D{{{1, 2}, {0, 3}}}}\n", "10x9x2");
    assert_output(*state, "return Sequential{Input{7, 6, 2}, Dense(4)}\n", "7x6x4");
    assert_output(*state, "return Sequential{Input{7, 6, 2}, GlobalMaxPooling2D()}\n", "2");
    assert_output(*state, "return Sequential{Input{7, 6, 2}, GlobalAveragePooling2D{keepdims = true}}\n", "1x1x2");
    assert_output(*state, "return Sequential{Input{7, 6, 2}, Permute{3, 1, 2}}\n", "2x7x6");
    assert_output(*state,
                  "local x = Input{4, 4, 2}\nlocal y = Dense(3)(x)\n"
                  "return Model{x, Concatenate{axis = -1}(x, y)}\n",
                  "4x4x5");
    assert_output(*state, "local x = Input{4, 4, 2}\nreturn Model{x, Concatenate{1}({x, x, x})}\n", "12x4x2");
}

static void builds_layers_of_ops(void **state)
{
    assert_ops(*state, "return Sequential{Input{3}, Dense{2, use_bias = false}}\n", "matmul");
    assert_ops(*state, "return Sequential{Input{3}, Dense{2, activation = 'log_softmax'}}\n",
               "matmul binary softmax");
    assert_ops(*state, "return Sequential{Input{3, 3, 1}, Flatten{data_format = 'channels_first'}}\n",
               "permute reshape");
    assert_ops(*state, "return Sequential{Input{3, 3, 1}, BatchNormalization{axis = 1}}\n",
               "permute batch_norm permute");
    assert_ops(*state, "local x = Input{3}\nreturn Model{x, Average()(x, x, x)}\n", "binary binary affine");
    assert_ops(*state, "local x = Input{3}\nreturn Model{x, (2 * x - x / 3 + 1) * -x}\n",
               "affine affine binary affine affine binary");
    assert_ops(*state,
               "return Sequential{Input{3}, Activation('linear'), Dense(1), ReLU(), ReLU(6), ReLU{negative_slope = "
               "0.1}}\n",
               "matmul binary unary unary unary");
}

static void knows_every_activation(void **state)
{
    static const char *const names[] = {"relu",        "relu6",      "leaky_relu", "elu",         "selu",
                                        "celu",        "softplus",   "softsign",   "silu",        "swish",
                                        "gelu",        "tanh",       "sigmoid",    "exponential", "hard_sigmoid",
                                        "hard_silu",   "hard_swish", "hard_tanh",  "mish",        "softmax",
                                        "log_softmax", "linear"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = arena_printf(&fixture->arena,
                                        "return Sequential{Input{3}, Dense(2), Activation('%s'), "
                                        "Dense{2, activation = '%s'}}\n",
                                        names[i], names[i]);
        script_compile(fixture, text);
    }
}

static void applies_softmax_to_the_last_axis_always(void **state)
{
    assert_ops(
        *state,
        "return Sequential{Input{3, 5, 5}, Conv2D{2, 3, data_format = 'channels_first', activation = 'softmax'}}\n",
        "permute conv2d binary permute softmax");
    assert_ops(
        *state,
        "return Sequential{Input{3, 5, 5}, Conv2D{2, 3, data_format = 'channels_first', activation = 'relu'}}\n",
        "permute conv2d binary unary permute");
}

/* ---- names and parameters ---- */

static void numbers_names_as_keras(void **state)
{
    const struct graph *graph =
        script_compile(*state, "return Sequential{Input{8, 8, 1}, Conv2D{2, 3}, Conv2D{2, 3, name = 'conv2d_2'}, "
                               "Conv2D{2, 3}, Conv2D{2, 1}, ReLU(), LeakyReLU(),\n"
                               "  MaxPool2D{1}, BatchNormalization()}\n");
    static const char *const names[] = {"conv2d", "conv2d_2",    "conv2d_1",      "conv2d_3",
                                        "re_lu",  "leaky_re_lu", "max_pooling2d", "batch_normalization"};
    assert_int_equal(graph->n_layers, 8);
    for (int i = 0; i < 8; i++)
        assert_string_equal(graph->layers[i]->name, names[i]);
}

static void resolves_initializers(void **state)
{
    static const struct {
        const char *text;
        enum initializer initializer;
        double a, b;
    } cases[] = {
        {"'zeros'", INIT_CONSTANT, 0, 0},
        {"'ones'", INIT_CONSTANT, 1, 0},
        {"Constant(0.3)", INIT_CONSTANT, 0.3, 0},
        {"'random_normal'", INIT_NORMAL, 0, 0.05},
        {"RandomNormal{stddev = 0.1}", INIT_NORMAL, 0, 0.1},
        {"'random_uniform'", INIT_UNIFORM, -0.05, 0.05},
        {"TruncatedNormal{1, 2}", INIT_TRUNCATED_NORMAL, 1, 2},
        /* fan_in 5*3*2 = 30, fan_out 5*3*8 = 120 */
        {"'glorot_uniform'", INIT_UNIFORM, -0.2, 0.2},
        {"GlorotUniform", INIT_UNIFORM, -0.2, 0.2},
        {"'glorot_normal'", INIT_TRUNCATED_NORMAL, 0, 0.11547005383792516 / 0.87962566103423978},
        {"'he_uniform'", INIT_UNIFORM, -0.44721359549995793, 0.44721359549995793},
        {"'he_normal'", INIT_TRUNCATED_NORMAL, 0, 0.2581988897471611 / 0.87962566103423978},
        {"'lecun_uniform'", INIT_UNIFORM, -0.31622776601683794, 0.31622776601683794},
        {"'lecun_normal'", INIT_TRUNCATED_NORMAL, 0, 0.18257418583505536 / 0.87962566103423978},
        {"Orthogonal{2}", INIT_ORTHOGONAL, 2, 0},
        {"VarianceScaling{2, mode = 'fan_out', distribution = 'uniform'}", INIT_UNIFORM, -0.22360679774997896,
         0.22360679774997896},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena,
                                        "return Sequential{Input{9, 9, 2}, Conv2D{8, {5, 3}, "
                                        "kernel_initializer = %s}}\n",
                                        cases[i].text);
        const struct parameter *kernel = parameter_named(script_compile(fixture, text), "conv2d/kernel");
        assert_int_equal(kernel->initializer, cases[i].initializer);
        assert_number(kernel->a, cases[i].a);
        assert_number(kernel->b, cases[i].b);
    }
}

static void makes_the_parameters_of_batch_normalization(void **state)
{
    const struct graph *graph =
        script_compile(*state, "return Sequential{Input{4, 4, 3}, BatchNormalization(), Dense(1)}\n");
    assert_true(parameter_named(graph, "batch_normalization/gamma")->trainable);
    assert_number(parameter_named(graph, "batch_normalization/gamma")->a, 1);
    assert_true(parameter_named(graph, "batch_normalization/beta")->trainable);
    assert_false(parameter_named(graph, "batch_normalization/moving_mean")->trainable);
    assert_number(parameter_named(graph, "batch_normalization/moving_variance")->a, 1);
    assert_int_equal(graph->trainable_floats, 3 + 3 + 3 + 1);
    assert_int_equal(graph->parameter_floats, graph->trainable_floats + 6);
    assert_int_equal(layer_named(graph, "batch_normalization")->n_parameters, 4);
}

static void freezes_layers(void **state)
{
    const struct graph *graph =
        script_compile(*state, "return Sequential{Input{4}, Dense{3, trainable = false}, Dense(1)}\n");
    assert_true(parameter_named(graph, "dense/kernel")->frozen);
    assert_int_equal(graph->trainable_floats, 4);
}

/* What compile finds counts, whatever came before or comes after; without compile, the script's end. `trained`: which of
 * three Dense layers, of 4, 2 and 3 parameters, are. */
static void what_is_frozen_counts_when_compile_is_called(void **state)
{
    static const struct {
        const char *text;
        int trained;
    } cases[] = {
        {"", 4 + 2 + 3},
        {"a.trainable = false", 2 + 3},
        {"model.layers[2].trainable = false", 4 + 3},
        {"model.layers[#model.layers].trainable = false", 4 + 2},
        {"model:get_layer('dense').trainable = false", 4 + 3},
        {"model:get_layer{index = 1}.trainable = false", 2 + 3},
        {"model.trainable = false", 0},
        {"model.trainable = false model.trainable = true", 4 + 2 + 3},
        {"model.trainable = false a.trainable = true", 0}, /* as in Keras, the model itself is still frozen */
        {"a.trainable = false compile() a.trainable = true b.trainable = false", 2 + 3},
        {"a.trainable = false compile() a.trainable = true b.trainable = false compile()", 4 + 3},
        {"compile() model.trainable = false", 4 + 2 + 3},
        {"compile() model:add(Dense{1, trainable = false})", 4 + 2 + 3},
        {"a.trainable = false compile() model:add(Dense{1, use_bias = false})", 2 + 3 + 3},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(
            &fixture->arena,
            "local a, b, c = Dense{1, name = 'a', use_bias = false}, Dense(1), Dense{3, use_bias = false}\n"
            "b.trainable = true\n"
            "local model = Sequential{Input{4}, a, b, c}\n"
            "local function compile() model:compile{loss = 'mse'} end\n"
            "%s\nreturn model\n",
            cases[i].text);
        const struct graph *graph = script_compile(fixture, text);
        int frozen = 0;
        for (int t = 0; t < graph->n_tensors; t++)
            if (graph->tensors[t]->frozen)
                frozen += (int)shape_count(&graph->tensors[t]->shape);
        assert_int_equal(graph->trainable_floats, cases[i].trained);
        assert_int_equal(frozen, graph->parameter_floats - cases[i].trained);
    }
}

/* Names and shapes of weights as in Keras. */
static void samples_are_normalized_by_weights_along_axes(void **state)
{
    static const struct {
        const char *layer, *parameter, *shape;
    } cases[] = {
        {"LayerNormalization()", "layer_normalization/gamma", "4"},
        {"LayerNormalization{axis = {1, 3}}", "layer_normalization/beta", "6x4"},
        {"LayerNormalization{axis = {-1, 1}}", "layer_normalization/gamma", "6x4"},
        {"GroupNormalization{groups = 2}", "group_normalization/beta", "4"},
        {"GroupNormalization{groups = -1, axis = 1}", "group_normalization/gamma", "6"},
        {"RMSNormalization()", "rms_normalization/scale", "4"},
        {"PReLU()", "p_re_lu/alpha", "6x5x4"},
        {"PReLU{shared_axes = {1, 2}}", "p_re_lu/alpha", "1x1x4"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena, "return Sequential{Input{6, 5, 4}, %s}\n", cases[i].layer);
        const struct parameter *parameter = parameter_named(script_compile(fixture, text), cases[i].parameter);
        assert_string_equal(shape_text(&fixture->arena, &parameter->shape), cases[i].shape);
    }
    assert_script_error(fixture, "return Sequential{Input{6}, GroupNormalization{groups = 4}}\n", 1,
                        "GroupNormalization has 4 groups, into which 6 channels do not divide", NULL);
    assert_script_error(fixture, "return Sequential{Input{6, 5}, LayerNormalization{axis = {1, 1}}}\n", 1,
                        "LayerNormalization needs one axis or more, each once", NULL);
    assert_script_error(fixture, "return Sequential{Input{6, 5}, Softmax{axis = 'last'}}\n", 1,
                        "Softmax: axis must be an integer or a list of integers, not \"last\"", NULL);
}

static void merged_tensors_broadcast(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local x = Input{6, 5, 4}\n"
                 "local row, column = Reshape{{1, 4}}(Dense(4)(GlobalAveragePooling2D()(x))), Dense(1)(x)\n"
                 "return Model{inputs = x, outputs = Multiply{column, row, 2 ^ x / 3}}\n");
    assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), "6x5x4");
    assert_script_error(fixture, "local x = Input{6, 5, 4}\nlocal y = Add{x, Input{6, 5}}\n", 2,
                        "Add needs inputs whose axes are equal or of size 1, but they are 6x5x4 and 6x5", NULL);
}

/* A layer within a layer is frozen with that, and batch normalization too, whoever calls it. */
static void what_is_inside_a_frozen_layer_is_frozen(void **state)
{
    static const char text[] = "local Twice = Layer{name = 'Twice', call = function(self, x)\n"
                               "  local y = Dense{2, name = 'inner'}(x)\n"
                               "  return BatchNormalization{name = 'normal'}(y + self:parameter('shift', {2}))\n"
                               "end}\n"
                               "local layer = Twice{name = 'outer'}\n"
                               "local model = Sequential{Input{2}, layer, Dense(1)}\n"
                               "layer.trainable = false\n"
                               "model:compile{loss = 'mse'}\n"
                               "return model\n";
    const struct graph *graph = script_compile(*state, text);
    static const char *const frozen[] = {"outer/shift", "outer/inner/kernel", "outer/normal/gamma"};
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++)
        assert_true(parameter_named(graph, frozen[i])->frozen);
    assert_int_equal(graph->trainable_floats, 3);
}

static void a_model_shows_its_layers(void **state)
{
    struct script_fixture *fixture = *state;
    script_compile(fixture, "local m = Sequential{Input{4}, Dense(3), Dense(2)}\n"
                            "local x = Input{4}\n"
                            "local n = Model(x, Dense(1)(Dense(2)(x)))\n"
                            "assert(#m.layers == 2 and m.layers[2].units == 2 and m.trainable)\n"
                            "assert(#n.layers == 3 and n.layers[3].units == 1)\n"
                            "m.layers[1] = nil\n"
                            "assert(#m.layers == 2 and m:get_layer('dense_1') == m.layers[2])\n"
                            "assert(not Model{x, Dense(1)(x), trainable = false}.trainable)\n"
                            "assert(isinstance(m.layers[1], Dense) and not isinstance(m.layers[1], Flatten))\n"
                            "assert(isinstance(n.layers[2], {Flatten, Dense}) and not isinstance(3, Dense))\n"
                            "assert(isinstance(m, Model) and not isinstance(m, Dense))\n"
                            "return m\n");
    static const struct {
        const char *line, *message, *hint;
    } cases[] = {
        {"for layer in m.layers do end", "a list cannot be called, nor gone through by itself",
         "for _, layer in ipairs(model.layers) do ... end"},
        {"isinstance(m, 'Dense')", "isinstance: the kind must be that of a layer or model, not \"Dense\"",
         "isinstance(layer, BatchNormalization)"},
        {"m.layers = {}", "Sequential: 'layers' cannot be changed", NULL},
        {"m.trainable = 1", "Sequential: trainable must be true or false, not 1", NULL},
        {"m:get_layer('dens')", "the model has no layer \"dens\"", "did you mean 'dense'?"},
        {"m:get_layer{index = 3}", "the model has 1 layers, and so none with the index 3",
         "write model:get_layer(\"conv2d\"), or model.layers[3]"},
        {"m:get_layer()", "get_layer needs a name or an index",
         "write model:get_layer(\"conv2d\"), or model.layers[3]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena, "local m = Sequential{Input{4}, Dense(3)}\n%s\nreturn m\n",
                                        cases[i].line);
        assert_script_error(fixture, text, 2, cases[i].message, cases[i].hint);
    }
}

static void shares_the_parameters_of_a_shared_layer(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(fixture, "local x = Input{4}\nlocal dense = Dense(4)\n"
                                                        "return Model{x, dense(dense(x))}\n");
    assert_int_equal(graph->n_parameters, 2);
    assert_string_equal(script_ops_of(fixture, graph), "matmul binary matmul binary");
    assert_ptr_equal(graph->nodes[0]->in[1], graph->nodes[2]->in[1]);
    assert_script_error(fixture, "local x = Input{4}\nlocal dense = Dense(3)\nlocal y = dense(x)\ny = dense(y)\n",
                        4, "Dense shares its kernel of shape 4x3, but here it would need 3x3",
                        "make a second layer for inputs of another shape");
}

static void drops_what_the_model_does_not_use(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local x = Input{4}\nlocal other = Input{7}\n"
                                "local side, y = Dense(5)(x), Dense(2)(x)\nlocal far = Dense(6)(other)\n"
                                "local a = Model{other, far}\n"
                                "return Model{x, y}\n");
    assert_int_equal(graph->n_inputs, 1);
    assert_int_equal(graph->n_parameters, 2);
    assert_string_equal(graph->parameters[0]->name, "dense_1/kernel");
    assert_int_equal(graph->n_layers, 2);
    assert_string_equal(graph->layers[0]->type, "InputLayer");
    for (int i = 0; i < graph->n_tensors; i++)
        assert_int_equal(graph->tensors[i]->id, i);
}

static void says_which_output_is_not_computed(void **state)
{
    assert_script_error(*state,
                        "local x = Input{3}\nlocal y = Dense{2}(x)\nreturn Model{inputs = x, outputs = {y, x}}\n",
                        0, "output 2 of the model is not computed from an input", NULL);
    assert_script_error(
        *state,
        "local One = Layer{name = 'One', call = function(layer) return layer:parameter('w', {3}) end}\n"
        "local x = Input{3}\nreturn Model{inputs = x, outputs = One()(x)}\n",
        0, "the model computes nothing from its input", NULL);
}

/* ---- forms of a call ---- */

static void layers_of_several_inputs_take_them_at_once(void **state)
{
    static const char *const sums[] = {"Add{x, y}", "Add(x, y)", "Add({x, y})",
                                       "Add{x, y, name = 'sum', trainable = false}", "Add()({x, y})"};
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        assert_ops(*state,
                   arena_printf(&((struct script_fixture *)*state)->arena,
                                "local x = Input{4}\nlocal y = ReLU()(x)\nreturn Model{x, %s}\n", sums[i]),
                   "unary binary");
    assert_output(*state, "local x = Input{2, 3}\nreturn Model{x, Concatenate{x, x, x, axis = 1}}\n", "6x3");
    assert_output(*state, "local x = Input{2, 3}\nreturn Model{x, Concatenate({x, x}, {axis = -1})}\n", "2x6");
    assert_output(*state, "local x = Input{2, 3}\nreturn Model{x, concatenate{{x, x}, axis = -1}}\n", "2x6");
    assert_output(*state, "local x = Input{2, 3}\nreturn Model{x, concatenate{{x, x}, 1}}\n", "4x3");
    assert_script_error(*state, "local x = Input{4}\nSubtract{x}\n", 2, "Subtract takes 2 tensors, not 1", NULL);
    assert_script_error(*state, "local x = Input{4}\nAdd{x, 3}\n", 2, "Add takes no unnamed values", NULL);
}

static void layers_can_be_activations(void **state)
{
    struct script_fixture *fixture = *state;
    static const char *const activations[] = {
        "LeakyReLU(0.1)", "LeakyReLU{negative_slope = 0.1}",
        "function(x) return op.unary(x, {['function'] = 'leaky_relu', alpha = 0.1}) end"};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        const struct graph *graph = script_compile(
            fixture, arena_printf(&fixture->arena, "return Sequential{Input{4}, Dense{3, activation = %s}}\n",
                                  activations[i]));
        assert_string_equal(script_ops_of(fixture, graph), "matmul binary unary");
        assert_int_equal(graph->n_layers, 1);
        assert_string_equal(graph->nodes[2]->origin.layer, "dense");
    }
    assert_ops(fixture, "return Sequential{Input{4}, Dense{3, activation = ReLU}, Activation(ELU())}\n",
               "matmul binary unary unary");
    /* Parameters of such a layer are those of the layer that has it. */
    const struct graph *graph = script_compile(
        fixture, "local Scale = Layer{name = 'Scale', call = function(l, x) return x * l:parameter('w', {3}) end}\n"
                 "return Sequential{Input{4}, Dense{3, activation = Scale()}}\n");
    assert_int_equal(layer_named(graph, "dense")->n_parameters, 3);
    assert_script_error(fixture, "return Sequential{Input{2, 3}, Dense{3, activation = Flatten()}}\n", 1,
                        "Dense: its activation Flatten makes 6 of 2x3",
                        "an activation keeps the shape; other layers are added behind");
}

/* ---- training ---- */

#define COMPILED "local m = Sequential{Input{3}, Dense(1)}\nm:compile{loss = 'mse'}\n"

static void takes_over_what_the_program_should_do(void **state)
{
    struct script_fixture *fixture = *state;
    const struct training *training = &script_compile(fixture, COMPILED "m:fit{verbose = 2}\n")->training;
    assert_int_equal(training->stages[0].verbose, CNN_VERBOSE_LINES);
    assert_false(training->summarizes || training->evaluates);
    assert_null(training->save);
    training = &script_compile(fixture, COMPILED "m:summary()\nm:fit{verbose = 0}\nm:evaluate{verbose = 0}\n"
                                                 "m:save_weights('best.safetensors')\n")
                    ->training;
    assert_int_equal(training->stages[0].verbose, CNN_VERBOSE_NOTHING);
    assert_true(training->summarizes);
    assert_false(training->evaluates);
    assert_string_equal(training->save, "best.safetensors");
    training = &script_compile(fixture, COMPILED "m:fit{verbose = 'auto'}\nm:evaluate()\n")->training;
    assert_int_equal(training->stages[0].verbose, CNN_VERBOSE_AUTO);
    assert_true(training->evaluates);
}

static void saves_where_the_program_runs(void **state)
{
    static const struct {
        const char *path, *file;
    } cases[] = {{"'a.safetensors'", "a.safetensors"},
                 {"'digits.h5'", "digits.safetensors"},
                 {"{filepath = 'models/digits.weights.h5'}", "digits.safetensors"},
                 {"'../a.keras'", "a.safetensors"},
                 {"'a'", "a.safetensors"}};
    static const char *const refused[] = {"'.safetensors'",        "'-a.safetensors'",
                                          "'a\\nb.safetensors'",   "('a'):rep(99) .. '.safetensors'",
                                          "'{epoch}.safetensors'", "3"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena, COMPILED "m:save(%s)\n", cases[i].path);
        assert_string_equal(script_compile(fixture, text)->training.save, cases[i].file);
        assert_int_equal(i > 0, fixture->diag.n_warnings > 0);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_null(script_try(fixture, arena_printf(&fixture->arena, COMPILED "m:save(%s)\n", refused[i])));
        assert_non_null(strstr(fixture->diag.message, "save: "));
    }
    assert_script_error(fixture, COMPILED "m:evaluate({1, 2}, {3, 4})\n", 3, "evaluate: the script has no data",
                        "the data set is given to the program: ./net train --data DIR");
    assert_script_error(fixture, COMPILED "m:fit{verbose = 3}\n", 3,
                        "fit: verbose must be 0, 1, 2 or \"auto\", not 3", NULL);
}

static double setting_of(const struct stage *stage, const char *name)
{
    for (int i = 0; i < stage->n_settings; i++)
        if (strcmp(stage->settings[i].name, name) == 0)
            return stage->settings[i].value;
    fail_msg("%s has no setting %s", stage->optimizer, name);
    return 0;
}

static void takes_settings_and_slots_of_optimizers(void **state)
{
    static const struct {
        const char *text, *optimizer;
        int n_slots;
        const char *slots[3], *setting;
        double value;
    } cases[] = {
        {"'sgd'", "sgd", 0, {NULL}, "learning_rate", 0.01},
        {"SGD{0.1, momentum = 0.9, nesterov = true}", "sgd", 1, {"momentum"}, "nesterov", 1},
        {"Adam{learning_rate = 0.01}", "adam", 2, {"momentum", "velocity"}, "epsilon", 1e-7},
        {"Adam{amsgrad = true}", "adam", 3, {"momentum", "velocity", "velocity_hat"}, "amsgrad", 1},
        {"'adamw'", "adamw", 2, {"momentum", "velocity"}, "weight_decay", 0.004},
        {"Adagrad{clipvalue = 0.5}", "adagrad", 1, {"accumulator"}, "clipvalue", 0.5},
        {"SGD{use_ema = true, gradient_accumulation_steps = 2}",
         "sgd",
         2,
         {"average", "gradient_accumulator"},
         "ema_momentum",
         0.99},
        {"SGD{CosineDecay{0.5, 100}}", "sgd", 0, {NULL}, "learning_rate", 0.5},
        {"SGD{function(step) return 0.25 * 0.5^(step // 10) end}", "sgd", 0, {NULL}, "learning_rate", 0.25},
        {"nil", "rmsprop", 1, {"velocity"}, "centered", 0},
        {"RMSprop", "rmsprop", 1, {"velocity"}, "rho", 0.9},
        {"RMSprop{momentum = 0.5, centered = true}",
         "rmsprop",
         3,
         {"velocity", "momentum", "average_gradient"},
         "centered",
         1},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena,
                                        "local m = Sequential{Input{3}, Dense(1)}\n"
                                        "m:compile{optimizer = %s, loss = 'mse'}\n",
                                        cases[i].text);
        const struct training *training = &script_compile(fixture, text)->training;
        assert_string_equal(training->stages->optimizer, cases[i].optimizer);
        assert_string_equal(training->stages->settings[0].name, "learning_rate");
        assert_number(setting_of(training->stages, cases[i].setting), cases[i].value);
        assert_int_equal(training->stages->n_slots, cases[i].n_slots);
        for (int j = 0; j < training->stages->n_slots; j++)
            assert_string_equal(training->stages->slots[j].name, cases[i].slots[j]);
        assert_int_equal(training->stages->batch_size, 32);
        assert_int_equal(training->stages->epochs, 1);
    }
}

static void refuses_learning_rates_that_are_none(void **state)
{
    static const struct {
        const char *rate, *message, *hint;
    } cases[] = {
        {"'fast'",
         "SGD: learning_rate must be a number of at least 0, a schedule, or a function of the steps made, not \"fast\"",
         NULL},
        {"function(step) if step < 9 then return 1 end return 2 end",
         "learning_rate: the function must make a number of the number of steps, by + - * / // % and ^ alone",
         "learning_rate = function(step) return 0.1 * 0.95^(step // 1000) end"},
        {"function(step) return 0 end", "learning_rate: the function is 0 in the first 1000 steps", NULL},
        {"PiecewiseConstantDecay{{10, 20}, {1, 2}}", "PiecewiseConstantDecay: 2 boundaries need 3 values, not 2",
         NULL},
        {"PiecewiseConstantDecay{{20, 10}, {1, 2, 3}}",
         "PiecewiseConstantDecay: boundaries must be a number above 20, not 10", NULL},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena,
                                        "local m = Sequential{Input{3}, Dense(1)}\n"
                                        "m:compile{optimizer = SGD{%s}, loss = 'mse'}\n",
                                        cases[i].rate);
        assert_script_error(fixture, text, 2, cases[i].message, cases[i].hint);
    }
}

static void chooses_accuracy_and_labels_by_shapes_and_loss(void **state)
{
    static const struct {
        int units;
        const char *loss;
        int kind; /* sparse, categorical, binary */
        const char *probabilities;
    } cases[] = {{4, "sparse_categorical_crossentropy", 0, "softmax"},
                 {4, "categorical_crossentropy", 1, "softmax"},
                 {1, "binary_crossentropy", 2, "sigmoid"},
                 {4, "binary_crossentropy", 1, "sigmoid"},
                 {1, "mse", 2, "none"}};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena,
                                        "local m = Sequential{Input{3}, Dense(%d)}\n"
                                        "m:compile{loss = '%s', metrics = {'accuracy'}}\n",
                                        cases[i].units, cases[i].loss);
        const struct graph *graph = script_compile(fixture, text);
        const struct node *node = graph->metrics[0]->producer;
        assert_string_equal(graph->labels[0].probabilities, cases[i].probabilities);
        assert_true(graph->labels[0].is_class == (cases[i].kind == 0));
        assert_string_equal(node->op->attributes[0].name, "kind");
        assert_int_equal(*(const int *)((const char *)node->attributes + node->op->attributes[0].offset),
                         cases[i].kind);
    }
}

/* A column bears the name that the script gives it, and a loss is a metric, too. */
static void names_the_columns_of_metrics(void **state)
{
    struct script_fixture *fixture = *state;
    const struct training *training =
        &script_compile(fixture, "local m = Sequential{Input{3}, Dense(4)}\n"
                                 "m:compile{loss = 'sparse_categorical_crossentropy', metrics = {'acc', "
                                 "'sparse_categorical_crossentropy', SparseCategoricalAccuracy{name = 'hits'}, "
                                 "SparseCategoricalAccuracy, SparseCategoricalCrossentropy{from_logits = true}}}\n")
             ->training;
    static const char *const names[] = {"loss",
                                        "acc",
                                        "sparse_categorical_crossentropy",
                                        "hits",
                                        "sparse_categorical_accuracy",
                                        "sparse_categorical_crossentropy_1"};
    assert_int_equal(training->n_columns, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(training->columns[i], names[i]);
    training =
        &script_compile(fixture, "local m = Sequential{Input{3}, Dense(2)}\n"
                                 "m:compile{loss = 'mse', metrics = {Recall{thresholds = {0.2, 0.4}}, 'Recall', "
                                 "MeanAbsoluteError(), 'mse', 'mse', function(label, y) return y - label end}}\n")
             ->training;
    static const char *const others[] = {"loss", "recall_0", "recall_1", "Recall", "mean_absolute_error",
                                         "mse",  "mse_1",    "metric"};
    assert_int_equal(training->n_columns, 8);
    for (int i = 0; i < 8; i++)
        assert_string_equal(training->columns[i], others[i]);
}

static void refuses_metrics_that_do_not_fit(void **state)
{
    assert_script_error(*state,
                        "local m = Sequential{Input{3}, Dense(4, {activation = 'softmax'})}\n"
                        "m:compile{loss = 'sparse_categorical_crossentropy', metrics = {AUC()}}\n",
                        2, "compile: the metric AUC does not fit the labels of sparse_categorical_crossentropy",
                        "metrics = {\"accuracy\"} takes the one that fits");
    assert_script_error(*state,
                        "local m = Sequential{Input{3}, Dense(4, {activation = 'softmax'})}\n"
                        "m:compile{loss = 'sparse_categorical_crossentropy', metrics = {MeanIoU{4}}}\n",
                        2, "MeanIoU takes the output for classes, but it has scores of them",
                        "give it sparse_y_pred = false");
    assert_script_error(*state,
                        "local m = Sequential{Input{3}, Dense(4, {activation = 'softmax'})}\n"
                        "m:compile{loss = 'sparse_categorical_crossentropy', metrics = {MeanIoU{5, sparse_y_pred = "
                        "false}}}\n",
                        2, "MeanIoU has num_classes = 5, but the output has 4 scores", NULL);
    assert_script_error(*state,
                        "local m = Sequential{Input{3}, Dense(4, {activation = 'sigmoid'})}\n"
                        "m:compile{loss = Dice()}\n",
                        2, "Dice sums over the whole batch where it has no axis, which cnnc cannot",
                        "axis = {1, 2, 3} makes it a loss of each image, whose mean is taken");
    assert_script_error(
        *state,
        "local m = Sequential{Input{3}, Dense(4)}\n"
        "m:compile{loss = MeanSquaredError{reduction = 'sum'}}\n",
        2,
        "MeanSquaredError cannot have reduction = \"sum\": a sum's gradient grows with the batch, of "
        "which the last is smaller: multiply the learning rate by the batch size",
        NULL);
}

static void refuses_losses_that_do_not_fit(void **state)
{
    assert_script_error(
        *state, "local m = Sequential{Input{3}, Dense(1)}\nm:compile{loss = 'sparse_categorical_crossentropy'}\n",
        2, "sparse_categorical_crossentropy needs at least two classes, but the model's output is one number",
        "for a yes or no, use activation = \"sigmoid\" and loss = \"binary_crossentropy\"");
    assert_script_error(
        *state,
        "local m = Sequential{Input{3}, Dense(4)}\n"
        "m:compile{loss = 'mse', metrics = {'sparse_categorical_accuracy'}}\n",
        2, "compile: the metric SparseCategoricalAccuracy does not fit the labels of mean_squared_error",
        "metrics = {\"accuracy\"} takes the one that fits");
    assert_script_error(
        *state,
        "local m = Sequential{Input{3}, Dense(4)}\nm:compile{loss = CategoricalCrossentropy{label_smoothing = "
        "2}}\n",
        2, "CategoricalCrossentropy: label_smoothing must be a number of at least 0 and at most 1, not 2", NULL);
}

static void notices_rescaling(void **state)
{
    assert_true(
        script_compile(*state, "return Sequential{Input{3}, Rescaling(1 / 255), Dense(1)}\n")->inputs[0]->rescales);
    assert_false(
        script_compile(*state, "return Sequential{Input{3}, Dense(1), Rescaling(1 / 255)}\n")->inputs[0]->rescales);
    static const struct {
        const char *expression;
        bool rescales;
    } cases[] = {{"x / 255", true},
                 {"(x - 127.5) / 127.5", true},
                 {"x / 127.5 - 1", true},
                 {"x * 2", false},
                 {"x - 3", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *script =
            arena_printf(&((struct script_fixture *)*state)->arena,
                         "local x = Input{3}\nreturn Model{x, Dense(1)(%s)}\n", cases[i].expression);
        assert_int_equal(script_compile(*state, script)->inputs[0]->rescales, cases[i].rescales);
    }
    assert_false(script_compile(*state, "local x = Input{3}\n"
                                        "return Model{x, Add()(Rescaling(2)(x), Dense(3)(x))}\n")
                     ->inputs[0]
                     ->rescales);
}

static void rescales_and_drops_by_axes(void **state)
{
    assert_true(script_compile(
                    *state, "return Sequential{Input{2, 3}, Rescaling{scale = {1, 2, 3}, offset = -1}, Flatten(), "
                            "Dense(1)}\n")
                    ->inputs[0]
                    ->rescales);
    assert_script_error(*state, "Rescaling{{1, 2}, input_shape = {3}}(Input{3})\n", 1,
                        "Rescaling has 2 numbers as scale, but its input has 3 channels", NULL);
    struct graph *graph =
        script_compile(*state, "return Sequential{Input{4, 5, 3}, Dropout{0.5, noise_shape = {None, 1, 1}}, "
                               "Dropout{0.5, noise_shape = {nil, nil, 1, 3}}}\n");
    assert_string_equal(script_ops_of(*state, graph), "dropout permute dropout permute");
    assert_script_error(*state, "Dropout{0.5, noise_shape = {1, 4}}(Input{4})\n", 1,
                        "Dropout cannot drop the same units in all samples of a batch",
                        "write None in front of noise_shape");
    assert_script_error(*state, "Dropout{0.5, noise_shape = {None, 3}}(Input{4})\n", 1,
                        "Dropout has a noise_shape with 3 along an axis of 4", NULL);
    assert_script_error(*state, "Dropout{0.5, noise_shape = {None, 4, 1}}(Input{4})\n", 1,
                        "Dropout needs a noise_shape of 2 entries, that of the batch first", NULL);
    assert_script_error(*state, "Dropout{0.5, noise_shape = 3}(Input{4})\n", 1,
                        "Dropout needs a list as noise_shape: {None, 1, 16}", NULL);
}

static void a_penalty_of_zero_is_none(void **state)
{
    const struct graph *graph =
        script_compile(*state, "local m = Sequential{Dense{2, kernel_regularizer = L2(0), input_shape = {3}}}\n"
                               "m:compile{loss = 'mse'}\nreturn m\n");
    assert_true(graph->parameters[0]->l2 == 0);
}

static void notices_rescaling_behind_augmentation(void **state)
{
    assert_true(script_compile(*state, "return Sequential{Input{4, 5, 1}, RandomCrop{3, 3}, Resizing{6, 6}, "
                                       "RandomCrop{3, 3}, Rescaling(1 / 255), Flatten(), Dense(1)}\n")
                    ->inputs[0]
                    ->rescales);
    assert_false(script_compile(*state, "local x = Input{4, 4, 1}\n"
                                        "local y = Flatten()(Rescaling(2)(RandomFlip()(x)))\n"
                                        "return Model{x, Add(){y, Flatten()(Dense(1)(RandomFlip()(x)))}}\n")
                     ->inputs[0]
                     ->rescales);
    assert_true(script_compile(*state, "return Sequential{Input{4, 4, 1}, RandomFlip(), RandomZoom(0.1), "
                                       "Rescaling(1 / 255), Flatten(), Dense(1)}\n")
                    ->inputs[0]
                    ->rescales);
    assert_false(script_compile(*state, "return Sequential{Input{4, 4, 1}, RandomFlip(), Flatten(), Dense(1)}\n")
                     ->inputs[0]
                     ->rescales);
}

/* The attributes of the op that Sequential{Input{4, 6, 3}, LAYER} is made of. */
static void assert_augments(struct script_fixture *fixture, const char *layer, const char *expected)
{
    const struct graph *graph =
        script_compile(fixture, arena_printf(&fixture->arena, "return Sequential{Input{4, 6, 3}, %s}\n", layer));
    const struct node *node = graph->nodes[0];
    const char *text = "";
    for (const struct attribute *a = node->op->attributes; a->name; a++)
        if (strstr("function min max column_min column_max tied high seed", a->name))
            text = arena_printf(&fixture->arena, "%s%s%s", text, *text ? " " : "",
                                attribute_text(&fixture->arena, node, a));
    assert_string_equal(text, expected);
    assert_string_equal(shape_of(fixture, &graph->outputs[0]->shape), "4x6x3");
}

static void augments_by_keras_factors(void **state)
{
    struct script_fixture *fixture = *state;
    assert_augments(fixture, "RandomFlip()",
                    "function=flip min=0 max=0 column_min=0 column_max=0 tied=false high=255 seed=-1");
    assert_augments(fixture, "RandomFlip{'horizontal', seed = 5}",
                    "function=flip min=0 max=0 column_min=0 column_max=0 tied=false high=255 seed=5");
    assert_augments(
        fixture, "RandomTranslation(0.25, {0.5, -0.125})",
        "function=translate min=-0.25 max=0.25 column_min=-0.125 column_max=0.5 tied=false high=255 seed=-1");
    assert_augments(fixture, "RandomTranslation{-0.25, 0, fill_mode = 'wrap'}",
                    "function=translate min=-0.25 max=0.25 column_min=0 column_max=0 tied=false high=255 seed=-1");
    assert_augments(fixture, "RandomRotation{0.5, interpolation = 'nearest'}",
                    "function=rotate min=-0.5 max=0.5 column_min=0 column_max=0 tied=true high=255 seed=-1");
    assert_augments(fixture, "RandomZoom(0.5)",
                    "function=zoom min=-0.5 max=0.5 column_min=0 column_max=0 tied=true high=255 seed=-1");
    assert_augments(
        fixture, "RandomZoom({-0.25, -0.5}, 0.25)",
        "function=zoom min=-0.5 max=-0.25 column_min=-0.25 column_max=0.25 tied=false high=255 seed=-1");
    assert_augments(fixture, "RandomShear{0.25, {0.5, 1}}",
                    "function=shear min=0.5 max=1 column_min=-0.25 column_max=0.25 tied=false high=255 seed=-1");
    assert_augments(fixture, "RandomContrast(0.25)",
                    "function=contrast min=0.75 max=1.25 column_min=0 column_max=0 tied=false high=255 seed=-1");
    assert_augments(fixture, "RandomContrast{{0.25, 0.5}, value_range = {0, 1}}",
                    "function=contrast min=0.75 max=1.5 column_min=0 column_max=0 tied=false high=1 seed=-1");
    assert_augments(fixture, "RandomBrightness(0.25)",
                    "function=brightness min=-0.25 max=0.25 column_min=0 column_max=0 tied=false high=255 seed=-1");
    assert_script_error(
        fixture, "return Sequential{Input{4, 6, 3}, RandomZoom(1.5)}\n", 1,
        "RandomZoom: height_factor must be a number or a pair of numbers of at least -1 and at most 1, not 1.5",
        NULL);
}

static void assert_adaptation(struct script_fixture *fixture, const char *layers, const char *expected)
{
    const struct graph *graph =
        script_compile(fixture, arena_printf(&fixture->arena,
                                             "local m = Sequential{Input{4, 6, 3}, %s, Flatten(), Dense(2)}\n"
                                             "m:compile{loss = 'mse'}\nreturn m\n",
                                             layers));
    const char *text = "none";
    for (int i = 0; i < graph->n_adaptations; i++) {
        const struct adaptation *a = &graph->adaptations[i];
        assert_false(a->mean->trainable || a->variance->trainable);
        text = arena_printf(&fixture->arena, "%s %s / %" PRId64 ", %g x + %g of %d", a->mean->name,
                            shape_of(fixture, &a->mean->shape), a->inner, a->scale, a->offset, a->input);
    }
    assert_string_equal(text, expected);
}

static void warns_of_a_range_that_pixels_have_not(void **state)
{
    static const char message[] = "RandomBrightness: value_range is 0 to 255, but pixels come as 0 to 1";
    static const char hint[] =
        "write value_range = {0, 1}; or add Rescaling(1 / 255) behind the augmentation, then they "
        "come as 0 to 255";
    assert_script_warning(*state,
                          "local m = Sequential{Input{4, 4, 1}, RandomFlip(),\n"
                          "  RandomBrightness(0.2), Flatten(), Dense(2)}\nm:compile{loss = 'mse'}\nreturn m\n",
                          2, message, hint);
    assert_script_warning(
        *state,
        "local m = Sequential{Input{4, 4, 1}, RandomBrightness(0.2), Rescaling(1 / 255), Flatten(), "
        "Dense(2)}\nm:compile{loss = 'mse'}\nreturn m\n",
        0, NULL, NULL);
    assert_script_warning(*state,
                          "local m = Sequential{Input{4, 4, 1}, Rescaling(2), RandomContrast(0.2), Flatten(), "
                          "Dense(2)}\nm:compile{loss = 'mse'}\nreturn m\n",
                          0, NULL, NULL);
    /* The picture is not the first input. */
    assert_script_warning(*state,
                          "local age, photo = Input(1), Input{4, 4, 1}\n"
                          "local seen = Flatten()(Rescaling(1 / 255)(RandomBrightness(0.2)(photo)))\n"
                          "local m = Model{inputs = {age, photo}, outputs = Dense(2)(Concatenate(){age, seen})}\n"
                          "m:compile{loss = 'mse'}\nreturn m\n",
                          0, NULL, NULL);
}

static void normalization_is_adapted_to_an_input(void **state)
{
    struct script_fixture *fixture = *state;
    assert_adaptation(fixture, "Normalization()", "normalization/mean 3 / 1, 1 x + 0 of 0");
    assert_adaptation(fixture, "Normalization{axis = {1, 2}}", "normalization/mean 4x6 / 3, 1 x + 0 of 0");
    assert_adaptation(fixture, "Normalization{axis = 1}", "normalization/mean 4 / 18, 1 x + 0 of 0");
    assert_adaptation(fixture, "Normalization{axis = {}}", "normalization/mean scalar / 1, 1 x + 0 of 0");
    assert_adaptation(fixture, "Rescaling(2, 1), RandomFlip(), Rescaling(3), Normalization()",
                      "normalization/mean 3 / 1, 6 x + 3 of 0");
    assert_adaptation(fixture, "Reshape{{24, 3}}, Normalization{name = 'n'}", "n/mean 3 / 1, 1 x + 0 of 0");
    assert_adaptation(fixture, "Normalization{mean = 1, variance = 4}", "none");
    assert_adaptation(fixture, "RandomCrop{3, 3}, Normalization()", "normalization/mean 3 / 1, 1 x + 0 of 0");
    assert_script_error(
        fixture, "return Sequential{Input{4, 6, 3}, RandomCrop{3, 3}, Normalization{axis = 1}}\n", 1,
        "Normalization is adapted to the training data, so it must stand in front of all layers but "
        "Rescaling, Reshape and augmentation",
        "put it there, or give it mean and variance");
    assert_script_error(
        fixture,
        "local m = Sequential{Input{4, 6, 3}, Conv2D(3, 1),\n Normalization(), Flatten(), Dense(2)}\n"
        "m:compile{loss = 'mse'}\nreturn m\n",
        2,
        "Normalization is adapted to the training data, so it must stand in front of all layers but "
        "Rescaling, Reshape and augmentation",
        "put it there, or give it mean and variance");
    assert_script_error(fixture, "return Sequential{Input{4, 6, 3}, Normalization{mean = 1}}\n", 1,
                        "Normalization needs mean and variance, or none of them", NULL);
    assert_script_error(fixture, "return Sequential{Input{4, 6, 3}, Normalization{axis = {1, 3}}}\n", 1,
                        "Normalization needs axes that are neighbours, each once", NULL);
    assert_script_error(fixture,
                        "return Sequential{Input{4, 6, 3}, Normalization{mean = {1, 2}, variance = {1, 1}}}\n", 1,
                        "Normalization is given 2 means, but there are 3 places along its axis", NULL);
    assert_script_error(fixture, "Dense(2):adapt()\n", 1, "Dense has nothing to adapt", NULL);
}

static void does_without_training(void **state)
{
    const struct graph *graph = script_compile(*state, "return Sequential{Input{3}, Dense(1)}\n");
    assert_false(graph->training.compiled);
    assert_null(graph->loss);
    assert_int_equal(graph->n_labels, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(builds_the_network_of_the_lesson),
        TEST(takes_over_compile_and_fit),
        TEST(runs_the_shared_scripts),
        TEST(takes_arguments_in_every_form),
        TEST(takes_shapes_with_or_without_braces),
        TEST(follows_keras_shapes),
        TEST(builds_layers_of_ops),
        TEST(knows_every_activation),
        TEST(applies_softmax_to_the_last_axis_always),
        TEST(numbers_names_as_keras),
        TEST(resolves_initializers),
        TEST(makes_the_parameters_of_batch_normalization),
        TEST(what_is_frozen_counts_when_compile_is_called),
        TEST(samples_are_normalized_by_weights_along_axes),
        TEST(merged_tensors_broadcast),
        TEST(what_is_inside_a_frozen_layer_is_frozen),
        TEST(a_model_shows_its_layers),
        TEST(freezes_layers),
        TEST(shares_the_parameters_of_a_shared_layer),
        TEST(drops_what_the_model_does_not_use),
        TEST(says_which_output_is_not_computed),
        TEST(layers_of_several_inputs_take_them_at_once),
        TEST(layers_can_be_activations),
        TEST(takes_over_what_the_program_should_do),
        TEST(saves_where_the_program_runs),
        TEST(takes_settings_and_slots_of_optimizers),
        TEST(refuses_learning_rates_that_are_none),
        TEST(chooses_accuracy_and_labels_by_shapes_and_loss),
        TEST(names_the_columns_of_metrics),
        TEST(refuses_metrics_that_do_not_fit),
        TEST(refuses_losses_that_do_not_fit),
        TEST(notices_rescaling),
        TEST(rescales_and_drops_by_axes),
        TEST(a_penalty_of_zero_is_none),
        TEST(notices_rescaling_behind_augmentation),
        TEST(augments_by_keras_factors),
        TEST(warns_of_a_range_that_pixels_have_not),
        TEST(normalization_is_adapted_to_an_input),
        TEST(does_without_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
