/* Models and layers that a script writes as Keras' subclasses. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK                                                                                                          \
    "local Block = class(Layer, 'Block')\n"                                                                            \
    "function Block:init(units) self.units, self.d = units, Dense{units, name = 'd'} end\n"                            \
    "function Block:build(shape) self.w = self:add_weight{name = 'w', shape = {shape[1]}, initializer = 'ones'} end\n" \
    "function Block:call(x) return self:twice(self.d(x * self.w)) end\n"                                               \
    "function Block:twice(x) return 2 * x end\n"

#define AUTO                                                                                                       \
    "local Auto = class(Model, 'Auto')\n"                                                                          \
    "function Auto:init(units) self.encoder, self.decoder = Dense{units, name = 'e'}, Dense{6, name = 'o'} end\n"  \
    "function Auto:call(x) return self.decoder(self.encoder(x)) end\nlocal auto = Auto(4)\n"

static const char *parameters_of(struct script_fixture *fixture, const struct graph *graph)
{
    const char *text = "";
    for (int i = 0; i < graph->n_parameters; i++)
        text = arena_printf(&fixture->arena, "%s%s%s", text, i ? " " : "", graph->parameters[i]->name);
    return text;
}

static void makes_layers(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(fixture, BLOCK "return Sequential{Input{3}, Block(3), Block(2)}\n");
    assert_string_equal(parameters_of(fixture, graph),
                        "block/w block/d/kernel block/d/bias block_1/w block_1/d/kernel block_1/d/bias");
    assert_string_equal(graph->layers[1]->type, "Block");
    /* called again, in a model inside of another one */
    graph = script_compile(fixture, BLOCK "local b = Block(3)\nlocal inner = Sequential{Input{3}, b}\n"
                                          "local x = Input{3}\nreturn Model(x, inner(inner(x)))\n");
    assert_string_equal(parameters_of(fixture, graph),
                        "sequential/block/w sequential/block/d/kernel sequential/block/d/bias");
    assert_int_equal(graph->layers[1]->n_parameters, 3);
}

/* A method `call` gets tensors each in an argument of its own where it has as many, `training`, and may ask for that. */
static void hands_over_what_call_asks_for(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local Gap = class(Layer)\n"
                 "function Gap:build(shapes) self.d = Sequential{Dense{shapes[2][1], name = 'd'}} end\n"
                 "function Gap:call(a, b, training) if training then return a - self.d(b) end return a end\n"
                 "local a, b = Input{3}, Input{3}\nreturn Model({a, b}, Gap()(a, b))\n");
    assert_string_equal(script_ops_of(fixture, graph), "matmul binary binary in_training");
    assert_string_equal(parameters_of(fixture, graph), "layer/sequential/d/kernel layer/sequential/d/bias");
    graph = script_compile(fixture, "local Twice = class(Layer)\n"
                                    "function Twice:call(x, training) return training and 2 * x or x end\n"
                                    "local x = Input{3}\nreturn Model(x, -Twice()(x, {training = false}))\n");
    assert_string_equal(script_ops_of(fixture, graph), "affine");
    graph = script_compile(fixture, "local Sum = class(Layer)\n"
                                    "function Sum:call(xs) return xs[1] + xs[2] end\n"
                                    "local a, b = Input{3}, Input{3}\nreturn Model({a, b}, Sum()(a, b))\n");
    assert_string_equal(script_ops_of(fixture, graph), "binary");
}

static void makes_models(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(fixture, AUTO "auto:build{nil, 6}\nreturn auto\n");
    assert_string_equal(parameters_of(fixture, graph), "e/kernel e/bias o/kernel o/bias");
    assert_int_equal(graph->n_layers, 3);
    graph = script_compile(fixture, AUTO "local x = Input{6}\nlocal m = Model(x, auto(auto(x)))\n"
                                         "auto:get_layer('e').trainable = false\nreturn m\n");
    assert_string_equal(parameters_of(fixture, graph), "auto/e/kernel auto/e/bias auto/o/kernel auto/o/bias");
    assert_int_equal(graph->trainable_floats, 4 * 6 + 6);
    assert_string_equal(graph->layers[1]->type, "Auto");
    graph = script_compile(fixture, "local Two = class(Model)\n"
                                    "function Two:init() self.d = Dense(2) end\n"
                                    "function Two:call(xs) return {self.d(xs[1]), self.d(xs[2])} end\n"
                                    "local two = Two()\nlocal a, b = Input{3}, Input{3}\n"
                                    "return Model({a, b}, two{a, b})\n");
    assert_int_equal(graph->n_outputs, 2);
    assert_string_equal(parameters_of(fixture, graph), "model/dense/kernel model/dense/bias");
}

static void explains_misuse(void **state)
{
    struct script_fixture *fixture = *state;
    assert_script_error(fixture, AUTO "return auto\n", 4, "the model 'auto' does not know the shape of its input",
                        "call model:build{nil, 28, 28, 1}, or give --shape 28x28x1 on the command line");
    assert_script_error(fixture, "class(Dense)\n", 1, "class needs Model or Layer, not a function",
                        "local Mine = class(Model)");
    assert_script_error(fixture, "local M = class(Model)\nlocal m = M()\nm:build{nil, 3}\n", 3,
                        "a class needs a method call, not nil", "function NAME:call(x) ... end");
    assert_script_error(fixture, "local M = class(Model)\nfunction M:call() end\nlocal m = M()\nm:build{nil, 3}\n",
                        3, "Model: its call must return a tensor, not nil", NULL);
    assert_script_error(fixture, BLOCK "local b = Block(2)\nb.spec = 1\n", 7, "Block: 'spec' cannot be changed",
                        NULL);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {TEST(makes_layers), TEST(hands_over_what_call_asks_for), TEST(makes_models),
                                       TEST(explains_misuse)};
    return cmocka_run_group_tests_name("class", tests, NULL, NULL);
}
