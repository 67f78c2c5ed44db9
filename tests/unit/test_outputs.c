/* compiler/script/outputs.lua: a loss, its weight and metrics for each output of a model. */
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MODEL                                                                                                      \
    "local a, b = Input{4}, Input{3}\n"                                                                            \
    "local x = concatenate{a, b}\n"                                                                                \
    "local price, kind = Dense{1, name = 'price'}(x), Dense{5, activation = 'softmax', name = 'kind'}(x)\n"        \
    "local model = Model{inputs = {a, b}, outputs = {price, kind}}\n"
#define CLASSES "'sparse_categorical_crossentropy'"

static struct graph *compiled(struct script_fixture *fixture, const char *arguments)
{
    return script_compile(fixture,
                          arena_printf(&fixture->arena, MODEL "model:compile{%s}\nreturn model\n", arguments));
}

static void expect_columns(const struct graph *graph, const char *const *names, int count)
{
    assert_int_equal(graph->training.n_columns, count);
    for (int i = 0; i < count; i++)
        assert_string_equal(graph->training.columns[i], names[i]);
}

static void each_output_has_what_its_name_or_place_says(void **state)
{
    static const char *const arguments[] = {
        "loss = {'mse', " CLASSES "}, metrics = {{'mae'}, 'accuracy'}",
        "loss = {kind = " CLASSES ", price = 'mse'}, metrics = {price = {'mae'}, kind = {'accuracy'}}, "
        "loss_weights = {kind = 0.5, price = 2}",
    };
    static const char *const names[] = {"loss", "price_loss", "kind_loss", "price_mae", "kind_accuracy"};
    for (int i = 0; i < 2; i++) {
        struct graph *graph = compiled(*state, arguments[i]);
        expect_columns(graph, names, 5);
        assert_int_equal(graph->n_labels, 2);
        assert_string_equal(graph->labels[0].loss, "mean_squared_error");
        assert_int_equal(graph->labels[1].output, 1);
        assert_true(graph->labels[1].is_class && !graph->labels[0].is_class);
        assert_string_equal(graph->output_names[1], "kind");
    }
}

static void an_output_without_a_loss_has_no_labels(void **state)
{
    static const char *const names[] = {"loss", "kind_accuracy", "kind_weighted_accuracy"};
    struct graph *graph = compiled(*state, "loss = {kind = " CLASSES "}, metrics = {kind = {'accuracy'}}, "
                                           "weighted_metrics = {kind = {'accuracy'}}");
    expect_columns(graph, names, 3);
    assert_int_equal(graph->n_labels, 1);
    assert_int_equal(graph->labels[0].output, 1);
    graph = compiled(*state, "loss = {nil, " CLASSES "}");
    assert_int_equal(graph->n_labels, 1);
    graph = compiled(*state, "loss = {'mse', None}");
    assert_int_equal(graph->n_labels, 1);
    graph = compiled(*state, "loss = 'mse'");
    assert_int_equal(graph->n_labels, 2);
}

static void what_no_output_has_is_refused(void **state)
{
    static const struct {
        const char *arguments, *message, *hint;
    } cases[] = {
        {"loss = {prize = 'mse'}", "compile: loss has an entry prize, and no output is called so",
         "did you mean 'price'?"},
        {"loss = {'mse', 'mse', 'mse'}", "compile: loss has an entry 3, but the model has 2 outputs", NULL},
        {"loss = {'mse'}", "compile: loss is a list of 1, but the model has 2 outputs",
         "one for each, None where there is none; or by name: loss = {price = ...}"},
        {"loss = {'mse', price = 'mse'}", "compile: loss has two entries for the output price", NULL},
        {"loss = 'mse', loss_weights = 2", "compile: loss_weights is one number, but the model has several outputs",
         "a list of one for each: price, kind"},
        {"loss = 'mse', loss_weights = {price = 2}", "compile: loss_weights has none for the loss of kind", NULL},
        {"loss = {price = 'mse'}, loss_weights = {1, 2}",
         "compile: loss_weights has one for kind, which has no loss", NULL},
        {"loss = {price = 'mse'}, metrics = {kind = {'mae'}}",
         "compile: the output kind has metrics, but no loss, and so no labels", NULL},
        {"loss = 'mse', metrics = {'mae'}", "compile: metrics is a list of 1, but the model has 2 outputs",
         "give each output its own: metrics = {price = {\"mae\"}}"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(
            fixture, arena_printf(&fixture->arena, MODEL "model:compile{%s}\nreturn model\n", cases[i].arguments),
            5, cases[i].message, cases[i].hint);
}

static void classes_have_weights_where_a_sample_has_one(void **state)
{
    struct script_fixture *fixture = *state;
    const char *one =
        "local model = Sequential{Input{4}, Dense{3, activation = 'softmax'}}\n"
        "model:compile{loss = " CLASSES "}\nmodel:fit{class_weight = {[0] = 2, [2] = 0.5}}\nreturn model\n";
    const struct stage *stage = script_compile(fixture, one)->training.stages;
    assert_int_equal(stage->n_class_weights, 3);
    assert_true(stage->class_weights[0] == 2 && stage->class_weights[1] == 1 && stage->class_weights[2] == 0.5);
    assert_script_error(fixture,
                        MODEL "model:compile{loss = 'mse'}\nmodel:fit{class_weight = {[0] = 2}}\nreturn model\n", 6,
                        "fit: class_weight is for models with one output and one label for each sample",
                        "weights of samples do the same: an array sample_weight_train of the data");
    assert_script_error(
        fixture,
        "local model = Sequential{Input{4}, Dense{3, activation = 'softmax'}}\n"
        "model:compile{loss = " CLASSES "}\nmodel:fit{class_weight = {[1] = 2, [3] = 5}}\nreturn model\n",
        3, "fit: class_weight weighs class 3, but the model has the classes 0 to 2", "classes are counted from 0");
    assert_script_error(
        fixture,
        "local model = Sequential{Input{4}, Dense{3, activation = 'softmax'}}\n"
        "model:compile{loss = " CLASSES "}\nmodel:fit{class_weight = {[0] = -1}}\nreturn model\n",
        3,
        "fit: class_weight must be a table of numbers of at least 0 by the class, {[0] = 1, [1] = 5}, not {[0] = -1}",
        NULL);
    assert_script_error(
        fixture,
        "local model = Sequential{Input{4}, Dense{1, activation = 'sigmoid'}}\n"
        "model:compile{loss = 'binary_crossentropy'}\nmodel:fit{class_weight = {[0] = 1, [1] = 2, [2] = 5}}\nreturn model\n",
        3, "fit: class_weight weighs class 2, but the model has the classes 0 to 1", "classes are counted from 0");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(each_output_has_what_its_name_or_place_says),
        TEST(an_output_without_a_loss_has_no_labels),
        TEST(what_no_output_has_is_refused),
        TEST(classes_have_weights_where_a_sample_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
