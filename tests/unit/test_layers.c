/* What layers and models put into the graph: shapes, ops, names and parameters. */
#include "script_support.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static const struct layer *layer_named(const struct graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (strcmp(graph->layers[i]->name, name) == 0)
            return graph->layers[i];
    fail_msg("no layer %s", name);
    return NULL;
}

static void assert_output(struct script_fixture *fixture, const char *text, const char *expected)
{
    const struct graph *graph = script_compile(fixture, text);
    assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), expected);
}

static void assert_ops(struct script_fixture *fixture, const char *text, const char *expected)
{
    assert_string_equal(script_ops_of(fixture, script_compile(fixture, text)), expected);
}

#define SCRIPTS "tests/scripts/"

/* ---- the lesson ---- */

static void builds_the_network_of_the_lesson(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_run_file(fixture, "examples/mnist.lua");
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
        assert_string_equal(shape_text(&fixture->arena, &layer->outputs[0]->shape), rows[i].shape);
        assert_int_equal(layer->line, rows[i].line);
        assert_int_equal(layer->n_parameters, rows[i].parameters);
        assert_int_equal(layer->n_connections, i > 0);
        if (i > 0)
            assert_int_equal(layer->connections[0].layer, i - 1);
    }
    assert_string_equal(
        script_ops_of(fixture, graph),
        "conv2d binary unary max_pool2d conv2d binary unary max_pool2d dropout reshape matmul binary "
        "softmax accuracy cross_entropy");
    assert_int_equal(graph->parameter_floats, 5386);
    assert_string_equal(graph->parameters[2]->name, "conv2d_1/kernel");
    assert_string_equal(shape_text(&fixture->arena, &graph->parameters[2]->shape), "3x3x8x16");
    assert_int_equal(graph->nodes[4]->origin.line, 4);
    assert_string_equal(graph->nodes[4]->origin.layer, "conv2d_1");
    assert_string_equal(graph->nodes[4]->origin.type, "Conv2D");
    assert_false(graph->inputs[0]->rescales);
}

static void runs_the_shared_scripts(void **state)
{
    static const char *const paths[] = {SCRIPTS "lesson.lua",     SCRIPTS "mlp.lua",
                                        SCRIPTS "graph.lua",      SCRIPTS "batch_norm.lua",
                                        SCRIPTS "geometry.lua",   SCRIPTS "channels_first.lua",
                                        SCRIPTS "user_layer.lua", SCRIPTS "no_training.lua",
                                        SCRIPTS "modules.lua",    "examples/residual.lua"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        script_run_file(*state, paths[i]);
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
        assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), "9x9x8");
        assert_string_equal(shape_text(&fixture->arena, &graph->parameters[0]->shape), "5x3x2x8");
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
        const struct parameter *kernel = script_parameter(script_compile(fixture, text), "conv2d/kernel");
        assert_int_equal(kernel->initializer, cases[i].initializer);
        assert_script_number(kernel->a, cases[i].a);
        assert_script_number(kernel->b, cases[i].b);
    }
    const char *const identities[] = {"'identity'", "IdentityInitializer{1}", "Identity", "Identity{gain = 1}"};
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        const char *text = arena_printf(
            &fixture->arena, "return Sequential{Input{3}, Dense{3, kernel_initializer = %s}}\n", identities[i]);
        const struct parameter *kernel = script_parameter(script_compile(fixture, text), "dense/kernel");
        assert_int_equal(kernel->initializer, INIT_IDENTITY);
        assert_script_number(kernel->a, 1);
    }
    /* as an initializer it is no layer, and takes no layer's name */
    assert_non_null(layer_named(
        script_compile(fixture,
                       "return Sequential{Input{3}, Dense{3, kernel_initializer = Identity}, Identity()}\n"),
        "identity"));
    assert_script_error(
        fixture,
        "return Sequential{Input{9, 9, 2}, Conv2D{8, 3, padding = 'SAME', kernel_initializer = Identity()}}\n", 1,
        "Conv2D: the identity initializer needs a parameter that is a matrix", NULL);
}

static void makes_the_parameters_of_batch_normalization(void **state)
{
    const struct graph *graph =
        script_compile(*state, "return Sequential{Input{4, 4, 3}, BatchNormalization(), Dense(1)}\n");
    assert_true(script_parameter(graph, "batch_normalization/gamma")->trainable);
    assert_script_number(script_parameter(graph, "batch_normalization/gamma")->a, 1);
    assert_true(script_parameter(graph, "batch_normalization/beta")->trainable);
    assert_false(script_parameter(graph, "batch_normalization/moving_mean")->trainable);
    assert_script_number(script_parameter(graph, "batch_normalization/moving_variance")->a, 1);
    assert_int_equal(graph->trainable_floats, 3 + 3 + 3 + 1);
    assert_int_equal(graph->parameter_floats, graph->trainable_floats + 6);
    assert_int_equal(layer_named(graph, "batch_normalization")->n_parameters, 4);
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
        const struct parameter *parameter = script_parameter(script_compile(fixture, text), cases[i].parameter);
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

static void a_model_shows_its_layers(void **state)
{
    struct script_fixture *fixture = *state;
    script_compile(fixture, "local m = Sequential{Input{4}, Dense(3), Dense(2)}\n"
                            "local x = Input{4}\n"
                            "local n = Model(x, Dense(1)(Dense(2)(x)))\n"
                            "assert(#m.layers == 2 and m.layers[2].units == 2 and m.trainable)\n"
                            "assert(#n.layers == 3 and n.layers[3].units == 1)\n"
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

static void rescales_and_drops_by_axes(void **state)
{
    assert_true(script_compile(
                    *state, "return Sequential{Input{2, 3}, Rescaling{scale = {1, 2, 3}, offset = -1}, Flatten(), "
                            "Dense(1)}\n")
                    ->inputs[0]
                    ->rescales);
    /* A script's layer of that name is known by what it computes. */
    static const char *const own =
        "local Own = Layer{name = 'Rescaling', call = function(layer, x) return %s end}\n"
        "return Sequential{Input{2, 3}, Own{}, Flatten(), Dense(1)}\n";
    struct arena *arena = &((struct script_fixture *)*state)->arena;
    assert_false(script_compile(*state, arena_printf(arena, own, "ops.relu(x)"))->inputs[0]->rescales);
    assert_true(script_compile(*state, arena_printf(arena, own, "x / 255"))->inputs[0]->rescales);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(builds_the_network_of_the_lesson),
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
        TEST(samples_are_normalized_by_weights_along_axes),
        TEST(merged_tensors_broadcast),
        TEST(a_model_shows_its_layers),
        TEST(shares_the_parameters_of_a_shared_layer),
        TEST(drops_what_the_model_does_not_use),
        TEST(says_which_output_is_not_computed),
        TEST(layers_of_several_inputs_take_them_at_once),
        TEST(layers_can_be_activations),
        TEST(rescales_and_drops_by_axes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
