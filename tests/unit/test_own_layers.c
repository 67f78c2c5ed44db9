/* Layers that a script makes of ops, and what scripts may try with them and with the lists they are given. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SQUARE_LAYER                                                                                               \
    "local Poly = Layer{name = 'MyPoly2D', arguments = {{'scale', 'number', min = 0, default = 2}, {'kind', "      \
    "{'a', 'b'}, default = 'a'}},\n"                                                                               \
    "  call = function(layer, x)\n"                                                                                \
    "    local w = layer:parameter('w', {x.shape[x.rank]}, 'ones')\n"                                              \
    "    return op.affine(op.binary(op.unary(x, 'square'), w, {['function'] = 'multiply'}), {scale = "             \
    "layer.scale, offset = 0})\n"                                                                                  \
    "  end}\n"

static void runs_layers_of_the_script(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, SQUARE_LAYER "return Sequential{Input{2, 5}, Poly(), Poly{3, name = 'second'}}\n");
    assert_string_equal(script_ops_of(fixture, graph), "unary binary affine unary binary affine");
    assert_string_equal(graph->layers[0]->name, "my_poly2d");
    assert_string_equal(graph->layers[0]->type, "MyPoly2D");
    assert_string_equal(graph->layers[1]->name, "second");
    assert_string_equal(graph->parameters[0]->name, "my_poly2d/w");
    assert_string_equal(graph->parameters[1]->name, "second/w");
}

static void checks_layers_of_the_script_like_its_own(void **state)
{
    assert_script_error(*state, SQUARE_LAYER "Poly{scal = 3}\n", 6, "MyPoly2D has no argument 'scal'",
                        "did you mean 'scale'?");
    assert_script_error(
        *state, "Layer{name = 'L', arguments = {{'a\\n*/', 'integer'}}, call = print}\n", 1,
        "L: \"a\\n*/\" cannot be the name of an argument, which is a name of at most 48 letters, digits and "
        "underscores, no digit first",
        NULL);
    assert_script_error(*state, SQUARE_LAYER "Poly{kind = 'c'}\n", 6,
                        "MyPoly2D: kind must be \"a\" or \"b\", not \"c\"", "did you mean 'a'?");
    assert_script_error(*state,
                        "local L = Layer{name = 'L', call = function() end}\nreturn Sequential{Input{2},\n  L()}\n",
                        3, "L: its call must return a tensor, not nil", NULL);
    assert_script_error(
        *state,
        "local L = Layer{name = 'L', call = function(l, x)\n  return op.unary(x, {fnction = 'relu'})\nend}\n"
        "return Sequential{Input{2}, L()}\n",
        2, "op.unary has no attribute 'fnction'", "it has: function, alpha");
    assert_script_error(*state,
                        "local L = Layer{name = 'L', call = function(l, x)\n  return x + l.missing\nend}\n"
                        "return Sequential{Input{2}, L()}\n",
                        2, "L has no field 'missing'", NULL);
    assert_script_error(*state, "Layer{name = 'L', arguments = {{'x', 'intger'}}, call = function() end}\n", 1,
                        "L: argument x has the unknown type \"intger\"", "did you mean 'integer'?");
}

/* What someone who writes a layer may get wrong in the call of an op. */
static void calls_of_ops_are_checked(void **state)
{
    static const struct {
        const char *call, *message;
    } cases[] = {
        {"op.unary(x, {[1] = 'relu'})", "op.unary: attributes are written NAME = VALUE"},
        {"op.unary(x, 5)", "op.unary takes tensors and then {attributes}, not a number"},
        {"op.unary(x, 'relu', 'tanh')", "op.unary takes tensors and then {attributes}, nothing else"},
        {"op.unary(x, {alpha = 'much'})", "op.unary: alpha must be a number that float can hold, not 'much'"},
        {"op.binary(x, x, 'modulo')",
         "op.binary: function must be one of add, subtract, multiply, divide, maximum, minimum, power, "
         "equal, not_equal, greater, greater_equal, less, less_equal, not 'modulo'"},
        {"op.binary(x, x, {['function'] = 1})",
         "op.binary: function must be one of add, subtract, multiply, divide, maximum, minimum, power, "
         "equal, not_equal, greater, greater_equal, less, less_equal, not '1'"},
        {"op.unary()", "op.unary needs 1 tensor, not 0"},
        {"op.binary(x)", "op.binary needs 2 tensors, not 1"},
        {"op.binary(nil, x, 'add')", "op.binary: tensor 1 is nil"},
        {"op.concat(x, nil, x)", "op.concat: tensor 2 is nil"},
        {"op.reshape(x, {shape = {}})", "op.reshape: shape must be a list of 1 to 6 integers, not 'table'"},
        {"op.softmax(x, {log = 1})", "op.softmax: log must be true or false, not '1'"},
        {"op.max_pool2d(x, {pool = 'wide'})",
         "op.max_pool2d: pool must be an integer or {rows, columns}, not 'wide'"},
        {"op.max_pool2d(x, {pool = {2, 2, 2}})",
         "op.max_pool2d: pool must be an integer or {rows, columns}, not 'table'"},
        {"op.max_pool2d(x, {pool = {2, 0.5}})",
         "op.max_pool2d: pool must be an integer or {rows, columns}, not 'table'"},
        {"op.pad2d(x, {padding = {1, 2}})",
         "op.pad2d: padding must be an integer or {top, bottom, left, right}, not 'table'"},
        {"op.concat(x, x, {axis = 0.5})", "op.concat: axis must be an integer, not '0.5'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512], message[256];
        snprintf(text, sizeof text,
                 "local L = Layer{name = 'L', call = function(l, x)\n"
                 "  return %s\nend}\nlocal x = Input{4, 4, 1}\nreturn Model{inputs = x, outputs = L()(x)}\n",
                 cases[i].call);
        struct script_fixture *fixture = *state;
        assert_null(script_try(fixture, text));
        snprintf(message, sizeof message, "%s", fixture->diag.message);
        char *address = strstr(message, "'table: "); /* a list is told as an address */
        if (address)
            strcpy(address, "'table'");
        assert_string_equal(message, cases[i].message);
        assert_int_equal(fixture->diag.at.line, 2);
    }
}

/* A script can write into its layers: that must neither reach the C nor lose a parameter. */
static void layers_that_were_tampered_with(void **state)
{
    static const struct {
        const char *change, *message;
    } changes[] = {
        {"d.name = 'a*/ b'", "Dense: the name cannot be changed"},
        {"d.name = {}", "Dense: the name cannot be changed"},
        {"d.type = '*/'", "Dense: 'type' cannot be changed"},
        {"d.path = ''", "Dense: 'path' cannot be changed"},
        {"d.made_at = {line = 'a', file = {}}", "Dense: 'made_at' cannot be changed"},
        {"d.spec = nil", "Dense: 'spec' cannot be changed"},
        {"d.spec.call = nil", "Dense has no field 'spec'"},
        {"d.calls = 'x'", "Dense: 'calls' cannot be changed"},
        {"d.call = nil", "Dense: 'call' cannot be changed"},
        {"d.output = nil", "Dense: 'output' cannot be changed"},
        {"d.parameter = nil", "Dense: 'parameter' cannot be changed"},
        {"d.fail({}, 'a')", "fail must be called on a layer"},
        {"d.parameter({}, 'a', {1})", "parameter must be called on a layer"},
        {"d.units = 0", "Dense: units must be an integer of at least 1, not 0"},
        {"d.units = nil", "Dense needs units: an integer of at least 1"},
        {"d.trainable = 'x'", "Dense: trainable must be true or false, not \"x\""},
        {"d[0/0] = 1", "a field cannot be called"},
        {"d.input_shape[1] = 'x' m:add(d)", "Dense: the list input_shape was changed in place"},
        {"d.input_shape[2] = 1 d(Input{3})", "Dense: the list input_shape was changed in place"},
        {"d.activation.spec = nil", "linear has no argument 'spec'"},
        {"d.activation.spec.apply = nil", "attempt to index a nil value (field 'spec')"},
        {"local c = Constant{1} c.value = 'x'", "Constant: value must be a number, not \"x\""},
        {"local a = Adam{} a.learning_rate = -1",
         "Adam: learning_rate must be a number of at least 0, a schedule, or a function of the steps made, not -1"},
        {"Adam{}()", "an optimizer cannot be called"},
        {"m.output = 3", "Sequential: 'output' cannot be changed"},
        {"m.compiled = {}", "Sequential: 'compiled' cannot be changed"},
        {"m.add = 1", "Sequential: 'add' cannot be changed"},
        {"m.layers[1] = d", "this list of layers tells what the model has, and cannot be changed"},
        {"m:add(d) table.remove(m.layers)", "this list of layers tells what the model has, and cannot be changed"},
        {"m:compile{loss = 'mse'} m.loss = 'mae'", "Sequential: loss is what compile was given"},
        {"m[nil] = 1", "a field cannot be called nil"},
        {"pairs(d)", "pairs goes through tables, not through layers, models and the like"},
        {"local x = Input{2} local x = Model{inputs = x, outputs = -x}.outputz", "Model has no method 'outputz'"},
        {"Layer{name = 'L', arguments = {{'n', 'integer', min = 'a'}}, call = print}",
         "L: argument n has a min that is no number, but \"a\""},
        {"Layer{name = 'L', arguments = {{'n', {'a', {}}}}, call = print}",
         "L: argument n is one of several words, but {} is none"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "local d, m = Dense{2, input_shape = {3}}, Sequential()\n%s\nreturn Sequential{d}\n",
                 changes[i].change);
        if (script_try(fixture, text))
            fail_msg("no error from: %s", changes[i].change);
        if (strncmp(fixture->diag.message, changes[i].message, strlen(changes[i].message)) != 0)
            fail_msg("\"%s\" from: %s", fixture->diag.message, changes[i].change);
        assert_int_equal(fixture->diag.at.line, 2);
    }
    const struct graph *graph = script_compile(
        fixture,
        "local d = Dense{2, input_shape = {3}}\nlocal m = Sequential{d}\nd.parameters = {m.output}\nreturn m\n");
    assert_int_equal(graph->n_parameters, 2);
    assert_int_equal(graph->parameter_floats, 8);
}

/* What a script gave away it may write to, and no more than before comes of it. */
static void lists_that_were_changed_behind_its_back(void **state)
{
    script_compile(*state,
                   "local row, words, inputs, wanted = {'n', {'a', 'b'}, default = 'a'}, {}, {Input{3}}, {'mse'}\n"
                   "local L = Layer{name = 'L', arguments = {row}, call = function(l, x) return -x end}\n"
                   "row[1], row[2][1] = nil, {}\n"
                   "local m = Model{inputs = inputs, outputs = L{'a'}(inputs[1])}\n"
                   "inputs[1] = nil\n"
                   "m:compile{loss = 'mse', metrics = wanted}\n"
                   "wanted[1] = 3\n"
                   "return m\n");
}

/* Until it is called a layer may be given other arguments, by the rules of the braces. */
static void arguments_that_are_changed_later(void **state)
{
    struct graph *graph = script_compile(
        *state, "local c, d = Conv2D{1, 3, input_shape = {8, 8, 1}}, Dense{1}\n"
                "c.filters, c.kernel_size, c.padding, c.use_bias = 4, {3, 1}, 'same', false\n"
                "d.units, d.activation, d.trainable = 2, function(x) return -x end, false\n"
                "assert(c.kernel_size[2] == 1 and d.name == 'dense' and d.type == 'Dense' and not d.input_shape)\n"
                "d.padding, d.mine = 3, {}\n"
                "d.mine.count = d.padding + 1\n"
                "c.padding = nil\n"
                "assert(c.padding == 'valid' and d.mine.count == 4)\n"
                "local a = Adam{}\n"
                "a.learning_rate = 0.5\n"
                "local m = Sequential{c, Flatten(), d}\n"
                "m.classes = 2\n"
                "m:compile{loss = 'mse', optimizer = a}\n"
                "assert(m.classes == 2 and m.output.shape[1] == 2 and #m.input.shape == 3)\n"
                "return m\n");
    assert_int_equal(graph->parameter_floats, 3 * 4 + 6 * 8 * 4 * 2 + 2);
    assert_int_equal(graph->trainable_floats, 3 * 4);
    assert_float_equal(graph->training.stages->settings[0].value, 0.5, 0.0);
}

static void arguments_that_are_changed_too_late_are_warned_of(void **state)
{
    assert_script_warning(
        *state,
        "local d = Dense{4, input_shape = {3}}\nlocal m = Sequential{d}\n"
        "d.units, d.trainable, d.mine = 4, false, 1\nd.activation = 'relu'\nreturn m\n",
        4, "Dense: activation is changed after the layer was called, which changes nothing of that call",
        "give it in the braces, Dense{..., activation = ...}, or before the layer is called or added");
}

static void fields_that_are_misspelt_freeze_nothing(void **state)
{
    assert_script_error(*state, "local d = Dense{4, input_shape = {3}}\nd.trainabel = false\n", 2,
                        "Dense has no field 'trainabel'", "did you mean 'trainable'?");
    assert_script_error(*state, "local m = Sequential{Dense{4, input_shape = {3}}}\nm.trainble = false\n", 2,
                        "Sequential has no field 'trainble'", "did you mean 'trainable'?");
    script_compile(*state,
                   "local d = Dense{4, input_shape = {3}}\nd.training, d.train, d.trained, d.trainer = 1, 2, 3, 4\n"
                   "return Sequential{d}\n");
}

static void what_the_program_will_know_is_not_known_in_the_script(void **state)
{
    static const char begin[] = "local m = Sequential{Dense{4, input_shape = {3}}}\nm:compile{loss = 'mse'}\n";
    char text[256];
    snprintf(text, sizeof text, "%slocal h = m:fit()\nprint(h.history)\nlocal n = #h.history.loss\n", begin);
    assert_script_error(*state, text, 5, "what fit gives is known only when the program runs",
                        "./net train --history FILE.csv writes a row for every epoch");
    snprintf(text, sizeof text, "%slocal h = m:fit()\nfor i, v in ipairs(h.history.loss) do end\n", begin);
    assert_script_error(*state, text, 4, "what fit gives is known only when the program runs",
                        "./net train --history FILE.csv writes a row for every epoch");
    snprintf(text, sizeof text, "%slocal score = m:evaluate()\nprint(string.format('%%s %%.3f', 'a', score[2]))\n",
             begin);
    assert_script_error(*state, text, 4, "what evaluate gives is known only when the program runs",
                        "the program prints loss and metrics at the end of train, and ./net evaluate does");
    snprintf(text, sizeof text,
             "%sm:fit()\nlocal score = m:evaluate()\nprint('loss', score[1])\nprint(1 + score[1])\n", begin);
    assert_script_error(*state, text, 6, "what evaluate gives is known only when the program runs",
                        "the program prints loss and metrics at the end of train, and ./net evaluate does");
}

static void bounds_how_many_inputs_a_layer_asks_for(void **state)
{
    static const char *const refused[] = {"0", "-1", "1.5", "'two'"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char text[256];
        snprintf(text, sizeof text, "Layer{name = 'L', inputs = %s, call = function(l, x) return x end}\n",
                 refused[i]);
        assert_null(script_try(fixture, text));
        assert_non_null(
            strstr(fixture->diag.message, "Layer: inputs must be the number of tensors or \"many\", not"));
    }
    script_compile(fixture, "local L = Layer{name = 'L', inputs = 64, call = function(l, x) return -x end}\n"
                            "local x = Input{3}\nlocal all = {}\nfor i = 1, 64 do all[i] = x end\n"
                            "return Model{inputs = x, outputs = L()(all)}\n");
}

static void offers_the_ops_of_networks_only(void **state)
{
    static const char *const hidden[] = {"cross_entropy", "squared_error", "accuracy", "conv2d_grad_input", "pack"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        assert_null(script_try(fixture, arena_printf(&fixture->arena, "local f = op.%s\n", hidden[i])));
        assert_string_equal(fixture->diag.message, arena_printf(&fixture->arena, "there is no op '%s'", hidden[i]));
    }
    assert_script_error(fixture, "op.affine(Input{3}, {scale = math.huge})\n", 1,
                        "op.affine: scale must be a number that float can hold, not 'inf'", NULL);
}

static void makes_one_layer_of_several(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local Block = Layer{name = 'Block', call = function(layer, x) return Dense(3)(Dense(4)(x)) end}\n"
                 "local block = Block()\nlocal x = Input{3}\nreturn Model{x, block(block(x))}\n");
    assert_int_equal(graph->n_layers, 2);
    assert_int_equal(graph->layers[1]->n_parameters, 4);
    assert_int_equal(graph->n_parameters, 4);
    assert_string_equal(graph->parameters[2]->name, "block/dense/kernel"); /* made first, called last */
}

static void keeps_parameters_of_layers_used_inside_others(void **state)
{
    const struct graph *graph = script_compile(
        *state, "local inner = Dense(3)\n"
                "local Outer = Layer{name = 'Outer', call = function(layer, x) return inner(x) end}\n"
                "local x = Input{3}\nlocal unused = Outer()(x)\nreturn Model{x, inner(x)}\n");
    assert_int_equal(graph->n_parameters, 2);
    assert_int_equal(graph->parameter_floats, 12);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(runs_layers_of_the_script),
        TEST(checks_layers_of_the_script_like_its_own),
        TEST(calls_of_ops_are_checked),
        TEST(layers_that_were_tampered_with),
        TEST(lists_that_were_changed_behind_its_back),
        TEST(arguments_that_are_changed_later),
        TEST(arguments_that_are_changed_too_late_are_warned_of),
        TEST(fields_that_are_misspelt_freeze_nothing),
        TEST(what_the_program_will_know_is_not_known_in_the_script),
        TEST(bounds_how_many_inputs_a_layer_asks_for),
        TEST(offers_the_ops_of_networks_only),
        TEST(makes_one_layer_of_several),
        TEST(keeps_parameters_of_layers_used_inside_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
