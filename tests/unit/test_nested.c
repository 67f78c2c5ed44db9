/* Models in models: which layers and names they give, and what a script may do with their parts. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "name name ..." */
static const char *parameters_of(struct script_fixture *fixture, const struct graph *graph)
{
    const char *text = "";
    for (int i = 0; i < graph->n_parameters; i++)
        text = arena_printf(&fixture->arena, "%s%s%s", text, i ? " " : "", graph->parameters[i]->name);
    return text;
}

/* "name (type) parameters" of each layer. */
static const char *layers_of(struct script_fixture *fixture, const struct graph *graph)
{
    const char *text = "";
    for (int i = 0; i < graph->n_layers; i++)
        text = arena_printf(&fixture->arena, "%s%s%s (%s) %d", text, i ? ", " : "", graph->layers[i]->name,
                            graph->layers[i]->type, graph->layers[i]->n_parameters);
    return text;
}

#define TOWER                                                                                                      \
    "local tower = Sequential{{Dense{4, name = 'd1', input_shape = {3}}, Dense{2, name = 'd2'}}, name = 'tower'}\n"

/* Keras' variable.path without the outermost model. */
static void names_parameters_as_keras_does(void **state)
{
    static const struct {
        const char *script, *names;
    } cases[] = {
        {TOWER "return tower\n", "d1/kernel d1/bias d2/kernel d2/bias"},
        {TOWER "local x = Input{3}\nreturn Model(x, tower(x))\n",
         "tower/d1/kernel tower/d1/bias tower/d2/kernel tower/d2/bias"},
        {TOWER "return Sequential{tower, Dense{1, name = 'head'}}\n",
         "tower/d1/kernel tower/d1/bias tower/d2/kernel tower/d2/bias head/kernel head/bias"},
        /* a Sequential that is built where it is called */
        {"local inner = Sequential{{Dense{2, name = 'd', use_bias = false}}, name = 'inner'}\n"
         "local x = Input{3}\nreturn Model(x, inner(x))\n",
         "inner/d/kernel"},
        {"local inner = Sequential{{Dense{2, name = 'd', use_bias = false}}, name = 'inner'}\n"
         "return Sequential{{Dense{5, name = 'e', input_shape = {3}, use_bias = false}, inner}, name = 'outer'}\n",
         "e/kernel inner/d/kernel"},
        {"local inner = Sequential{{Dense{2, name = 'd', use_bias = false}}, name = 'inner'}\n"
         "local outer = Sequential{{Dense{5, name = 'e', input_shape = {3}, use_bias = false}, inner}, name = 'outer'}\n"
         "local x = Input{3}\nreturn Model(x, outer(x))\n",
         "outer/e/kernel outer/inner/d/kernel"},
        /* a Model adds nothing, nor does it to the layers of a layer */
        {"local a = Input{3}\nlocal f = Model{a, Dense{2, name = 'd', use_bias = false}(a), name = 'f'}\n"
         "local x = Input{3}\nreturn Model(x, f(x))\n",
         "d/kernel"},
        {"local L = Layer{name = 'Mine', call = function(_, x) return Dense{2, use_bias = false}(x) end}\n"
         "local a = Input{3}\nlocal f = Model(a, L()(a))\nlocal x = Input{3}\nreturn Model(x, f(x))\n",
         "mine/dense/kernel"},
        /* a layer of the script's own that calls what was made outside */
        {"local d = Dense{2, use_bias = false}\n"
         "local L = Layer{name = 'Mine', call = function(_, x) return d(x) end}\nreturn Sequential{Input{3}, L()}\n",
         "mine/dense/kernel"},
        {"local s = Sequential{Dense{2, use_bias = false}}\n"
         "local L = Layer{name = 'Mine', call = function(_, x) return s(x) end}\nreturn Sequential{Input{3}, L()}\n",
         "mine/sequential/dense/kernel"},
        /* layers that were called before the Sequential got them */
        {"local d = Dense{2, use_bias = false}\nd(Input{3})\nreturn Sequential{Input{3}, d}\n", "dense/kernel"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(parameters_of(fixture, script_compile(fixture, cases[i].script)), cases[i].names);
}

static void shares_the_parameters_of_its_calls(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph =
        script_compile(fixture, TOWER "local a, b = Input{3}, Input{3}\n"
                                      "return Model{inputs = {a, b}, outputs = Subtract{tower(a), tower(b)}}\n");
    assert_string_equal(layers_of(fixture, graph),
                        "input_layer_1 (InputLayer) 0, input_layer_2 (InputLayer) 0, tower (Sequential) 4, "
                        "subtract (Subtract) 0");
    assert_string_equal(script_ops_of(fixture, graph),
                        "matmul binary matmul binary matmul binary matmul binary binary");
    assert_int_equal(graph->n_parameters, 4);
    assert_ptr_equal(graph->nodes[0]->in[1], graph->nodes[4]->in[1]);
    const struct layer *tower = graph->layers[2];
    assert_int_equal(tower->neurons, 4 + 2);
    assert_int_equal(tower->n_connections, 2);
    assert_int_equal(graph_work(graph, "tower"), 2 * (3 * 4 + 4 * 2));
    assert_string_equal(graph->nodes[0]->origin.layer, "d1");
    assert_string_equal(graph->nodes[0]->origin.type, "Dense");
    assert_int_equal(graph->nodes[0]->origin.line, 1);
}

static void counts_a_parameter_once_that_two_rows_have(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph =
        script_compile(fixture, "local d = Dense{3}\nlocal x = Input{3}\nlocal f = Model(x, d(x))\n"
                                "local y = Input{3}\nreturn Model(y, f(d(y)))\n");
    assert_string_equal(layers_of(fixture, graph),
                        "input_layer_1 (InputLayer) 0, dense (Dense) 2, functional (Functional) 2");
    assert_int_equal(graph->parameter_floats, 12);
}

static void gives_a_list_for_several_outputs(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph =
        script_compile(fixture, "local a, b = Input{2}, Input{3}\n"
                                "local f = Model{{a, b}, {Dense(4)(a), Dense(5)(concatenate{a, b})}}\n"
                                "local x, y = Input{2}, Input{3}\n"
                                "local both = f{x, y}\n"
                                "assert(#both == 2 and both[2].shape[1] == 5)\n"
                                "assert(#f.outputs == 2 and #f.input == 2 and f.inputs[1] == a)\n"
                                "return Model{inputs = {x, y}, outputs = {both[2], both[1]}}\n");
    assert_int_equal(graph->outputs[0]->shape.dim[0], 5);
    assert_int_equal(graph->layers[2]->n_outputs, 2);
    assert_int_equal(graph->layers[2]->neurons, 4 + 5 + 5);
}

/* As those do who cut an autoencoder, or take the features of a network. */
static void makes_models_of_parts(void **state)
{
    struct script_fixture *fixture = *state;
    const char *autoencoder =
        "local auto = Sequential{Dense{4, input_shape = {9}, activation = 'relu'}, Dense{9}}\n";
    const char *script = arena_printf(
        &fixture->arena, "%sreturn Model{inputs = auto.input, outputs = auto:get_layer('dense').output}\n",
        autoencoder);
    assert_string_equal(script_ops_of(fixture, script_compile(fixture, script)), "matmul binary unary");
    script = arena_printf(&fixture->arena, "%slocal code = Input{4}\nreturn Model(code, auto.layers[2](code))\n",
                          autoencoder);
    struct graph *graph = script_compile(fixture, script);
    assert_string_equal(script_ops_of(fixture, graph), "matmul binary");
    assert_string_equal(parameters_of(fixture, graph), "sequential/dense_1/kernel sequential/dense_1/bias");
    /* a model that begins in the middle */
    script = arena_printf(&fixture->arena, "%sreturn Model(auto.layers[1].output, auto.output)\n", autoencoder);
    graph = script_compile(fixture, script);
    assert_string_equal(script_ops_of(fixture, graph), "matmul binary");
    assert_int_equal(graph->inputs[0]->shape.dim[0], 4);
    /* ops outside of layers are made anew, too */
    graph = script_compile(fixture, "local x = Input{3}\nlocal f = Model(x, 2 * op.unary(x, 'relu') + x)\n"
                                    "local y = Input{3}\nreturn Model(y, f(f(y)))\n");
    assert_string_equal(script_ops_of(fixture, graph), "unary affine binary unary affine binary");
}

static void takes_layers_off(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(fixture, "local m = Sequential{Dense{4, input_shape = {9}}, Dense{2}}\n"
                                                  "m:pop()\nm:add(Dense{7})\nreturn m\n");
    assert_string_equal(layers_of(fixture, graph), "dense (Dense) 2, dense_2 (Dense) 2");
    assert_script_error(fixture, "local m = Sequential()\nm:pop()\n", 2, "pop: the model has no layers", NULL);
}

static void freezes_what_is_inside(void **state)
{
    static const struct {
        const char *lines;
        int64_t trainable;
    } cases[] = {
        {"", 16 + 10 + 3},
        {"tower.trainable = false\n", 3},
        {"tower.trainable = false\ntower.layers[2].trainable = true\n", 10 + 3},
        {"tower:get_layer('d1').trainable = false\n", 10 + 3},
        {"model.layers[2].trainable = false\n", 3},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *script = arena_printf(
            &fixture->arena, "%slocal x = Input{3}\nlocal model = Model(x, Dense{1}(tower(x)))\n%sreturn model\n",
            TOWER, cases[i].lines);
        assert_int_equal(script_compile(fixture, script)->trainable_floats, cases[i].trainable);
    }
    struct graph *graph = script_compile(fixture, "local inner = Sequential{{Dense{4}}, trainable = false}\n"
                                                  "return Sequential{{Input{3}, Sequential{inner, Dense{1}}}}\n");
    assert_int_equal(graph->trainable_floats, 5);
}

/* base(x, training = False) of transfer learning: no dropout, and the moving averages stay. */
static void runs_as_in_inference_where_it_is_told(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(
        fixture, "local base = Sequential{BatchNormalization{input_shape = {3}}, Dropout(0.5)}\n"
                 "local x = Input{3}\n"
                 "return Model(x, {base(x, {training = false}), base{x, training = false}, base(x)})\n");
    assert_string_equal(script_ops_of(fixture, graph), "batch_norm batch_norm batch_norm dropout");
    const char *text = attribute_text(&fixture->arena, graph->nodes[0], &graph->nodes[0]->op->attributes[2]);
    assert_string_equal(text, "inference=true");
    text = attribute_text(&fixture->arena, graph->nodes[2], &graph->nodes[2]->op->attributes[2]);
    assert_string_equal(text, "inference=false");
    assert_script_error(fixture, "Dropout(0.5)(Input{3}, {training = true})\n", 1,
                        "Dropout works in training only, and cannot be called with training = true", NULL);
    assert_script_error(fixture, "Dense(2)(Input{3}, {trainin = false})\n", 1,
                        "the call of Dense has no argument 'trainin'", "did you mean 'training'?");
}

static void has_functions_of_layers(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph =
        script_compile(fixture, "local x, y = Input{2, 4}, Input{2, 4}\n"
                                "local z = concatenate({add{x, y}, subtract({x, y}, {name = 's'})}, {axis = 1})\n"
                                "z = concatenate{z, multiply{x, y}, average(x, y), axis = 1}\n"
                                "return Model({x, y}, {z, maximum{x, y}, minimum{x, y}})\n");
    assert_string_equal(layers_of(fixture, graph),
                        "input_layer (InputLayer) 0, input_layer_1 (InputLayer) 0, add (Add) 0, s (Subtract) 0, "
                        "concatenate (Concatenate) 0, multiply (Multiply) 0, average (Average) 0, "
                        "concatenate_1 (Concatenate) 0, maximum (Maximum) 0, minimum (Minimum) 0");
    assert_int_equal(graph->outputs[0]->shape.dim[0], 8);
    assert_script_error(fixture, "add{}\n", 1, "add is called on tensors", "add{x, y}; Add() makes a layer");
}

static void tells_inputs_in_keras_ways(void **state)
{
    static const char *const firsts[] = {
        "Dense{2, input_dim = 5}",
        "Dense{2, batch_input_shape = {nil, 5}}",
        "InputLayer{input_shape = {5}}, Dense{2}",
        "InputLayer{batch_shape = {nil, 5}, name = 'in'}, Dense{2}",
        "InputLayer{batch_shape = ops.shape(Input{5})}, Dense{2}",
        "Input{shape = {5}, batch_size = 32}, Dense{2}",
        "Sequential{Dense{2, input_shape = {5}}}",
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        struct graph *graph =
            script_compile(fixture, arena_printf(&fixture->arena, "return Sequential{%s}\n", firsts[i]));
        assert_int_equal(graph->inputs[0]->shape.rank, 1);
        assert_int_equal(graph->inputs[0]->shape.dim[0], 5);
        assert_int_equal(graph->outputs[0]->shape.dim[0], 2);
    }
}

static void explains_misuse(void **state)
{
    struct script_fixture *fixture = *state;
    assert_script_error(fixture, TOWER "tower(Input{4})\n", 2,
                        "Sequential 'tower' is made for 3, but is called on 4", NULL);
    assert_script_error(fixture, "local m = Sequential()\nm:add(m)\n", 2, "a model cannot be added to itself",
                        NULL);
    assert_script_error(fixture, "local a, b = Sequential{Dense(3)}, Sequential{Dense(3)}\na:add(b)\nb:add(a)\n", 3,
                        "a model cannot be added to itself", NULL);
    assert_script_error(fixture, "local m = Sequential{Dense(2)}\nlocal x = m.output\n", 2,
                        "the model does not know its input yet, and so has no output",
                        "give its first layer an input_shape, or call model:build{nil, 28, 28, 1}");
    assert_script_error(fixture, "local d = Dense(2)\nlocal x = d.output\n", 2,
                        "Dense 'dense' was not called yet, and so has no output",
                        "call it on a tensor, or add it to a model that knows its input");
    assert_script_error(fixture,
                        "local x = Input{3}\nlocal y = Dense{2, name = 'a'}(x)\n"
                        "local z = Dense{2, name = 'a'}(y)\nreturn Model(x, z)\n",
                        3, "two layers have the name 'a'", "the other one was made in line 2");
    assert_script_error(fixture, "Sequential():add(Dense(2)(Input{3}))\n", 1,
                        "model:add needs a layer, not a tensor", NULL);
    assert_script_error(fixture,
                        "local a = Input{3}\nlocal f = Model(a, {Dense(1)(a), Dense(2)(a)})\n"
                        "return Sequential{Input{3}, f}\n",
                        2, "Functional has several outputs, and so cannot stand in a Sequential",
                        "call it on a tensor, and make a Model{inputs = ..., outputs = ...}");
    /* a function that takes what it was not given */
    assert_script_error(fixture,
                        "local a = Input{3}\nlocal L = Layer{name = 'L', call = function(_, x) return x + a end}\n"
                        "local f = Model(a, L()(Dense(3)(a)))\nlocal b = Input{3}\nreturn Model(b, f(b))\n",
                        0, "the model depends on the input 'input_layer', which is not its own", NULL);
    assert_script_error(
        fixture,
        "local kept\nlocal L = Layer{name = 'L', call = function(_, x) kept = x * 2 return kept * 2 end}\n"
        "local a = Input{3}\nL()(a)\nreturn Model(a, kept)\n",
        5, "a tensor that was made inside of a layer's call cannot be used outside of it",
        "the call returns what is used outside");
    assert_script_error(fixture,
                        "local a = Input{3, 4}\nlocal none = op.slice(a, {axis = 1, begin = 2, count = 0})\n"
                        "return Model(a, op.softmax(none))\n",
                        3, "op.softmax: tensor 1 has no numbers, for it is 3x0", NULL);
    /* models nested without end */
    assert_script_error(fixture,
                        "local m = Sequential{Dense{3, input_shape = {3}}}\n"
                        "for _ = 1, 40 do m = Sequential{m} end\nreturn m\n",
                        2, "Dense: layers are nested too deeply", NULL);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(names_parameters_as_keras_does),
        TEST(shares_the_parameters_of_its_calls),
        TEST(counts_a_parameter_once_that_two_rows_have),
        TEST(gives_a_list_for_several_outputs),
        TEST(makes_models_of_parts),
        TEST(takes_layers_off),
        TEST(freezes_what_is_inside),
        TEST(runs_as_in_inference_where_it_is_told),
        TEST(has_functions_of_layers),
        TEST(tells_inputs_in_keras_ways),
        TEST(explains_misuse),
    };
    return cmocka_run_group_tests_name("nested", tests, NULL, NULL);
}
