/* Layers around functions and other layers, and the words of Keras that are functions. */
#include "naive/naive.h"
#include "pass/pass.h"
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void makes_layers_of_functions(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph =
        script_compile(fixture, "local x = Input{4}\nlocal double = Lambda(function(t) return 2 * t end)\n"
                                "local y = Lambda{function(ts, a) return ts[1] * ts[2] + a.c end, name = 'pair',\n"
                                "  arguments = {c = 3}, output_shape = {4}}{double(x), double(x)}\n"
                                "local z = Lambda(tanh)(y)\n"
                                "local f = Model(x, Identity()(z))\nlocal a = Input{4}\nreturn Model(a, f(a))\n");
    assert_string_equal(script_ops_of(fixture, graph), "affine affine binary affine unary");
    const struct graph *alone = script_compile(
        fixture, "local x = Input{4}\nreturn Model(x, Lambda(function(t) return {t + 1, t * 2} end)(x))\n");
    assert_int_equal(alone->n_outputs, 2);
    assert_string_equal(alone->layers[1]->type, "Lambda");
    assert_script_error(fixture, "Lambda{function(t) return t end, output_shape = {3}}(Input{4})\n", 1,
                        "Lambda says output_shape = {3}, but its function makes 4", NULL);
    assert_script_error(fixture, "Lambda(function(t)\n  return 3\nend)(Input{4})\n", 1,
                        "Lambda: its call must return a tensor, not 3", NULL);
    assert_script_error(fixture, "Lambda(Dense)\n", 1,
                        "Lambda: function must be a function of tensors, not a function", NULL);
    assert_script_error(fixture, "Lambda(function(t)\n  return t.x\nend)(Input{4})\n", 2,
                        "a tensor has no field 'x'", "it has shape, rank and dtype");
}

static void knows_words_that_are_functions(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(
        fixture, "local x = Input{4}\nlocal y = Dense{3, activation = relu, kernel_initializer = he_normal()}(x)\n"
                 "y = softmax(Activation(tanh)(y))\nlocal m = Model(x, y)\n"
                 "m:compile{loss = categorical_crossentropy, optimizer = 'sgd', metrics = {categorical_accuracy}}\n"
                 "return m\n");
    assert_string_equal(graph->layers[3]->type, "softmax");
    assert_string_equal(graph->labels[0].loss, "categorical_crossentropy");
    assert_int_equal(graph->parameters[0]->initializer, INIT_TRUNCATED_NORMAL);
    assert_script_error(fixture, "categorical_crossentropy(Input{3})\n", 1,
                        "categorical_crossentropy is called on the labels and the output, two tensors",
                        "or it is given to model:compile: \"categorical_crossentropy\"");
    assert_script_error(fixture, "Huber()(Input{3})\n", 1,
                        "Huber is called on the labels and the output, two tensors", NULL);
    assert_script_error(fixture, "CTC()(Input{3}, Input{3})\n", 1, "CTC cannot be called on tensors",
                        "it can be given to model:compile");
    assert_script_error(fixture, "CategoricalCrossentropy{label_smoothing = 0.1}(Input{3}, Input{3})\n", 1,
                        "CategoricalCrossentropy: one that has label_smoothing cannot be called",
                        "it can be given to model:compile");
    assert_script_error(fixture, "sparse_categorical_crossentropy(Input{2, 3}, Input{3, 4})\n", 1,
                        "sparse_categorical_crossentropy compares a class for each row of scores, not 2x3 with 3x4",
                        NULL);
    assert_script_error(fixture, "hinge(Input{3})\n", 1,
                        "hinge cannot be called in a script, which only describes the network",
                        "it is given to model:compile: \"hinge\"");
    assert_script_error(fixture, "relu(3)\n", 1, "relu is called on a tensor, not on 3", NULL);
    assert_script_error(fixture, "Dense(relu)\n", 1, "Dense: units must be an integer of at least 1, not relu",
                        NULL);
    assert_script_error(fixture, "local x = relu.x\n", 1, "relu has no field 'x'", NULL);
    assert_script_error(fixture, "relu.x = 1\n", 1, "relu cannot be changed", NULL);
    /* a script's own names go before */
    script_compile(fixture,
                   "local relu = function(x) return x end\nreturn Sequential{Dense{relu(2), input_shape = {3}}}\n");
}

#define TIMES(layer) "local x = Input{6, 8, 8, 2}\nreturn Model(x, TimeDistributed{" layer ", name = 'td'}(x))\n"

static void works_on_each_step(void **state)
{
    static const struct {
        const char *script, *parameter, *shape;
    } cases[] = {
        {TIMES("Conv2D{4, 3, name = 'c'}"), "td/c/kernel", "6x6x6x4"},
        {TIMES("Dense{5, name = 'd'}"), "td/d/kernel", "6x8x8x5"},
        {TIMES("Sequential{{Conv2D{4, 3, name = 'c'}, Flatten()}, name = 'tower'}"), "td/tower/c/kernel", "6x144"},
        {TIMES("Sequential{{BatchNormalization{name = 'b'}, GlobalAveragePooling2D()}, name = 'tower'}"),
         "td/tower/b/gamma", "6x2"},
        {"local a = Input{8, 8, 2}\nlocal f = Model(a, Dense{3, name = 'd'}(Flatten()(a)))\n" TIMES("f"),
         "d/kernel", "6x3"},
        {TIMES("Flatten()"), NULL, "6x128"},
        {TIMES("Reshape{{4, 32}}"), NULL, "6x4x32"},
        {TIMES("Activation('relu')"), NULL, "6x8x8x2"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct graph *graph = script_compile(fixture, cases[i].script);
        assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), cases[i].shape);
        assert_int_equal(graph->n_layers, 2);
        if (cases[i].parameter)
            assert_string_equal(graph->parameters[0]->name, cases[i].parameter);
        else
            assert_int_equal(graph->n_parameters, 0);
    }
    assert_script_error(fixture, "TimeDistributed(Dense(3))(Input{4})\n", 1,
                        "TimeDistributed needs a sequence of at least two axes, but its input is 4", NULL);
    assert_script_error(fixture, "TimeDistributed(Dense)\n", 1,
                        "TimeDistributed: layer must be a layer, not a function", NULL);
    /* freezing it freezes what is inside */
    assert_int_equal(script_compile(fixture, "return Sequential{TimeDistributed{Dense(2), trainable = false, "
                                             "input_shape = {3, 4}}}\n")
                         ->trainable_floats,
                     0);
}

/* However many steps there are, the ops are the same. */
static void recurs_in_loops(void **state)
{
    static const char *const scripts[] = {
        "return Sequential{Input{%d, 5, 4}, TimeDistributed(Sequential{GRU{3, return_sequences = true}, Dense(2), LSTM(3)})}\n",
        "local a = Input{5, 4}\nlocal h = LSTM{3, return_sequences = true}(a)\n"
        "local f = Model(a, Flatten()(Add(){h, Dense(3)(h)}))\nlocal x = Input{%d, 5, 4}\n"
        "return Model(x, TimeDistributed(f)(x))\n",
        "return Sequential{Input{%d, 2, 5, 4}, TimeDistributed(TimeDistributed(LSTM(3)))}\n"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const char *few =
            script_ops_of(fixture, script_compile(fixture, arena_printf(&fixture->arena, scripts[i], 3)));
        const char *many =
            script_ops_of(fixture, script_compile(fixture, arena_printf(&fixture->arena, scripts[i], 30)));
        assert_string_equal(few, many);
    }
}

/* Of steps that look across the batch prediction has a loop, as has training where they are frozen; else these are written out. */
static void normalizes_steps(void **state)
{
    static const char *const scripts[] = {
        "return Sequential{Input{%d, 6, 6, 2}, TimeDistributed(Sequential{Conv2D(3, 3), BatchNormalization(), Flatten()})}\n",
        "return Sequential{Input{%d, 4}, TimeDistributed(BatchNormalization())}\n",
        "local Cell = Layer{name = 'Cell', inputs = 2, arguments = {{'units', 'integer'}}, call = function(self, x, h)\n"
        "  local y = op.unary(BatchNormalization()(Dense{self.units}(x) + h), 'tanh')\n  return y, y\nend}\n"
        "return Sequential{Input{%d, 4}, RNN(Cell(3))}\n"};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        for (int way = 0; way < 3; way++) {
            const bool training = way > 0, frozen = way == 2;
            const char *ops[2];
            for (int many = 0; many < 2; many++) {
                struct graph *graph =
                    script_compile(fixture, arena_printf(&fixture->arena, scripts[i], many ? 9 : 3));
                for (int t = 0; t < graph->n_tensors; t++)
                    graph->tensors[t]->frozen = frozen;
                assert_true(pass_simplify(graph) && pass_lower(graph, training));
                ops[many] = script_ops_of(fixture, graph);
            }
            assert_int_equal(strcmp(ops[0], ops[1]) == 0, !training || frozen);
        }
}

enum { STEPS = 6, UNITS = 64 };

/* How many of the steps lose the same as another one in front of them, where all are ones. */
static int count_repeated_masks(const struct graph *graph)
{
    double ones[STEPS * UNITS];
    for (int i = 0; i < STEPS * UNITS; i++)
        ones[i] = 1;
    const double *inputs = ones;
    struct naive naive;
    assert_true(
        naive_run(&naive, graph, &(struct naive_data){.count = 1, .inputs = &inputs, .training = true, .seed = 1}));
    const double *y = naive_value(&naive, graph->outputs[0]);
    int repeated = 0;
    for (int i = 1; i < STEPS; i++) {
        bool found = false;
        for (int j = 0; j < i; j++)
            found |= memcmp(y + i * UNITS, y + j * UNITS, UNITS * sizeof *y) == 0;
        repeated += found;
    }
    naive_free(&naive);
    return repeated;
}

/* As in Keras, where the steps come one after the other: of 64 numbers no two masks are the same by chance. */
static void drops_anew_in_each_step(void **state)
{
    static const char *const scripts[] = {
        "return Sequential{Input{6, 64}, TimeDistributed(Dropout(0.5))}\n",
        "return Sequential{Input{6, 64}, TimeDistributed(Sequential{ReLU(), Dropout{0.5, seed = 7}, AlphaDropout(0.1)})}\n",
        "return Sequential{Input{6, 64}, TimeDistributed(Sequential{ReLU(), GaussianDropout{0.5, seed = 7}})}\n",
        "return Sequential{Input{6, 8, 8}, TimeDistributed(SpatialDropout1D(0.5)), Reshape{6, 64}}\n",
        "return Sequential{Input{6, 64}, Reshape{6, 8, 8, 1},\n"
        "  TimeDistributed(RandomBrightness{0.5, value_range = {-1000, 1000}, seed = 7}), Reshape{6, 64}}\n",
        "local drop, x = Dropout{0.5, seed = 7}, Input{2, 3, 64}\n"
        "local function each(f) return function(t) return (op.scan(f, t)) end end\n"
        "return Model(x, Reshape{6, 64}(Lambda(each(each(function(t) return drop(t) end)))(x)))\n",
        "local x = Input{6, 64}\nlocal drop, c = Dropout(0.5), op.reduce(x, {axes = {0}})\n"
        "return Model(x, Lambda(function(t) return (op.scan(function(u) return u * drop(c) end, t)) end)(x))\n",
        "return Model(x, Lambda(function(t)\n  return (op.scan(function(u)\n    return op.dropout(u, {rate = 0.5, alike = true})\n"
        "  end, t))\nend)(x))\n"};
    struct script_fixture *fixture = *state;
    const int last = (int)(sizeof scripts / sizeof *scripts) - 1;
    for (int i = 0; i <= last; i++) {
        const char *text =
            arena_printf(&fixture->arena, "%s%s", i == last ? "local x = Input{6, 64}\n" : "", scripts[i]);
        assert_int_equal(count_repeated_masks(script_compile(fixture, text)), i == last ? STEPS - 1 : 0);
    }
    const struct graph *cells =
        script_compile(fixture, "return Sequential{Input{6, 4}, LSTM{3, recurrent_dropout = 0.5}}\n");
    for (int i = 0; i < cells->n_nodes; i++)
        if (cells->nodes[i]->op == &op_dropout)
            assert_true(naive_bool(cells->nodes[i], "alike"));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(makes_layers_of_functions), TEST(knows_words_that_are_functions),
        TEST(works_on_each_step),        TEST(recurs_in_loops),
        TEST(normalizes_steps),          TEST(drops_anew_in_each_step),
    };
    return cmocka_run_group_tests_name("wrapping", tests, NULL, NULL);
}
