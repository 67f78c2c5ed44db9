/* Several calls of compile and fit: from the script to the programs that train. */
#include "emit/emit.h"
#include "pass/pass.h"
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Three Dense layers of 20, 20 and 5 parameters; compile(optimizer) with loss and metrics. */
#define MODEL                                                                                                      \
    "local model = Sequential{Input{4}, Dense(4), Dense(4), Dense(1)}\n"                                           \
    "local function compile(optimizer) model:compile{optimizer = optimizer, loss = 'mse', metrics = {'mse'}} end\n"

static struct graph *model_of(struct script_fixture *fixture, const char *calls)
{
    return script_compile(fixture, arena_printf(&fixture->arena, MODEL "%s\nreturn model\n", calls));
}

static const struct training *training_of(struct script_fixture *fixture, const char *calls)
{
    return &model_of(fixture, calls)->training;
}

static void every_fit_is_a_stage(void **state)
{
    const struct training *training =
        training_of(*state, "model.layers[1].trainable = false\n"
                            "compile(Adam(0.01)) model:fit{epochs = 2, batch_size = 8}\n"
                            "model.trainable = true\n"
                            "compile(SGD{0.1, momentum = 0.9}) model:fit{epochs = 3, validation_split = 0.25}\n"
                            "model.optimizer.learning_rate = 0.5\n"
                            "model:fit{shuffle = false}");
    assert_int_equal(training->n_stages, 3);
    const struct stage *stages = training->stages;
    assert_string_equal(stages[0].optimizer, "adam");
    assert_int_equal(stages[0].n_slots, 2);
    assert_int_equal(stages[0].n_frozen, 2);
    assert_int_equal(stages[0].at.line, 4);
    assert_int_equal(stages[0].batch_size, 8);
    assert_string_equal(stages[1].optimizer, "sgd");
    assert_int_equal(stages[1].n_frozen, 0);
    assert_int_equal(stages[1].epochs, 3);
    assert_true(stages[1].validation_split == 0.25 && stages[1].settings[0].value == 0.1);
    assert_true(stages[0].fresh && stages[1].fresh && !stages[2].fresh);
    assert_true(stages[2].settings[0].value == 0.5 && !stages[2].shuffle);
    assert_int_equal(stages[2].epochs, 1);
}

/* Checkpoints know these: by them a training with other arguments is told from the one that was stopped. */
static void what_is_computed_has_a_digest(void **state)
{
    static const struct {
        const char *calls;
        bool other_network, other_stage;
    } cases[] = {
        {"\ncompile(SGD{0.1, momentum = 0.9}) model:fit{epochs = 7}", false, false},
        {"compile(SGD{0.5, momentum = 0.9})", false, false}, /* the rate is compared by itself */
        {"compile(SGD{0.1, momentum = 0.8})", false, true},
        {"compile(SGD{0.1, momentum = 0.9, clipnorm = 1})", false, true},
        {"compile(SGD{ExponentialDecay(0.1, 10, 0.5), momentum = 0.9})", false, true},
        {"model:add(Dropout(0.25)) compile(SGD{0.1, momentum = 0.9})", true, false},
        {"model:add(Dropout(0.5)) compile(SGD{0.1, momentum = 0.9})", true, false},
        {"model:add(Dense{1, kernel_regularizer = L2(0.1)}) compile(SGD{0.1, momentum = 0.9})", true, true},
        {"model:add(Dense{1, kernel_regularizer = L2(0.2)}) compile(SGD{0.1, momentum = 0.9})", true, true},
    };
    const struct graph *graph = model_of(*state, "compile(SGD{0.1, momentum = 0.9})");
    const uint64_t network = graph->digest, stage = graph->training.stages->digest;
    uint64_t before = network;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        graph = model_of(*state, cases[i].calls);
        assert_int_equal(graph->digest != network, cases[i].other_network);
        assert_true(!cases[i].other_network || graph->digest != before);
        assert_int_equal(graph->training.stages->digest != stage, cases[i].other_stage);
        before = graph->digest;
    }
}

static uint64_t digest_of(struct script_fixture *fixture, const char *made)
{
    return script_compile(fixture, arena_printf(&fixture->arena,
                                                "local a, b = Input{4}, Input{4}\n"
                                                "local model = Model{inputs = {a, b}, outputs = Dense(1)(%s)}\n"
                                                "model:compile{loss = 'mse'}\nreturn model\n",
                                                made))
        ->digest;
}

/* Of two metrics of the same tensors, as a callback may look at either. */
static void columns_are_in_the_digest(void **state)
{
    uint64_t digests[2];
    for (int i = 0; i < 2; i++)
        digests[i] =
            script_compile(*state, arena_printf(&((struct script_fixture *)*state)->arena,
                                                "local Own = class(Layer, 'Own')\n"
                                                "function Own:init() self.seen = %s{name = 'seen'} end\n"
                                                "function Own:call(x)\n"
                                                "  self.seen:update_state(ops.sum(x, -1))\n  return x\nend\n"
                                                "local model = Sequential{Input{4}, Own(), Dense(1)}\n"
                                                "model:compile{loss = 'mse'}\nreturn model\n",
                                                i ? "Sum" : "Mean"))
                ->digest;
    assert_true(digests[0] != digests[1]);
}

/* By its place among the inputs: their shapes are the same. */
static void which_input_it_is_matters(void **state)
{
    assert_true(digest_of(*state, "a - 2 * b") == digest_of(*state, "a - 2 * b"));
    assert_true(digest_of(*state, "a - 2 * b") != digest_of(*state, "b - 2 * a"));
}

/* Two lines of a rule that are the same but for the variable. */
static void which_variable_it_is_matters(void **state)
{
    (void)state;
    struct rule_line lines[] = {{.op = "variable", .name = "g"}, {.op = "assign", .name = "w", .n_operands = 1}};
    const struct stage stage = {.loss_scale = 1, .rule = {lines, 2}};
    const uint64_t digest = script_stage_digest(&stage);
    lines[0].name = "w";
    assert_true(script_stage_digest(&stage) != digest);
    lines[0].name = "g", lines[1].name = "velocity";
    assert_true(script_stage_digest(&stage) != digest);
    lines[1].name = "w";
    assert_true(script_stage_digest(&stage) == digest);
}

/* Without fit, and where a compile replaces another, there is one. */
static void what_is_compiled_but_not_fitted_is_no_stage(void **state)
{
    const struct training *training = training_of(*state, "compile('adam')");
    assert_int_equal(training->n_stages, 1);
    assert_int_equal(training->stages->epochs, 1);
    training = training_of(*state, "compile('adam') compile('sgd') model:fit{epochs = 4} compile('adam')");
    assert_int_equal(training->n_stages, 1);
    assert_string_equal(training->stages->optimizer, "sgd");
    assert_int_equal(training->stages->epochs, 4);
}

/* ---- programs ---- */

static struct unit unit_of(struct script_fixture *fixture, const char *calls)
{
    struct options *options = arena_alloc(&fixture->arena, sizeof *options);
    *options = (struct options){.output = "net.c", .name = "net", .target = target_find("generic")};
    struct unit unit = {0};
    const char *text = arena_printf(&fixture->arena, MODEL "%s\nreturn model\n", calls);
    assert_true(compile_unit(&unit, script_compile(fixture, text), options));
    return unit;
}

static void stages_that_train_alike_share_a_program(void **state)
{
    struct unit unit =
        unit_of(*state, "for i = 1, 3 do compile(Adam(i / 10)) model:fit{epochs = i, batch_size = i} end");
    assert_int_equal(unit.n_trains, 1);
    assert_int_equal(unit.model->training.n_stages, 3);
    const char *source, *header;
    assert_true(emit_unit(&unit, &source, &header));
    assert_null(strstr(source, "train_step_2"));
    assert_non_null(strstr(source, ".n_stages = 3,"));
}

/* The one that trains the most comes first. */
static void others_have_their_own(void **state)
{
    struct unit unit = unit_of(*state, "model.layers[1].trainable, model.layers[2].trainable = false, false\n"
                                       "compile('adam') model:fit()\n"
                                       "model.layers[2].trainable = true\n"
                                       "compile('adam') model:fit()\n"
                                       "compile(Adam{beta_1 = 0.5}) model:fit()");
    const struct program *train = unit.variants[0].train;
    assert_int_equal(unit.n_trains, 3);
    assert_int_equal(unit.train_of[0], 2);
    assert_int_equal(unit.train_of[1], 0);
    assert_int_equal(unit.train_of[2], 1);
    assert_int_equal(train[0].trained_floats, 25);
    assert_int_equal(train[0].graph->n_gradients, 4);
    assert_int_equal(train[2].trained_floats, 5);
    assert_int_equal(train[2].graph->n_gradients, 2);
    assert_int_equal(unit.model->trainable_floats, 25);      /* the first layer is trained in no stage */
    assert_int_equal(unit.model->parameters[2]->offset, 20); /* but freezing moves no parameter */
    const char *source, *header;
    assert_true(emit_unit(&unit, &source, &header));
    assert_non_null(strstr(source, "static void train_step_3("));
    assert_non_null(strstr(source, "trained_3[] = {false, false, false, false, true, true};"));
}

/* ---- refusals ---- */

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *calls;
        int line;
        const char *message, *hint;
    } cases[] = {
        {"model:fit()", 3, "fit needs a compiled model", "model:compile{optimizer = \"adam\", loss = \"...\"}"},
        {"model:compile{}\nmodel:fit()", 4, "fit needs a loss",
         "model:compile{loss = \"...\"}, or model:add_loss(tensor) before"},
        {"compile('adam') model:fit()\nmodel:compile{loss = 'binary_crossentropy', metrics = {'mse'}} model:fit()",
         4, "compile: the loss and metrics of line 4 are not those of the compile before, in line 2",
         "give each compile the same loss and metrics; what needs others is a script of its own, whose training begins "
         "with --weights"},
        {"compile('adam') model:fit()\nmodel:compile{loss = 'mse'} model:fit()", 4,
         "compile: the metrics of line 4 are not those of the compile before, in line 2",
         "give each compile the same loss and metrics; what needs others is a script of its own, whose training begins "
         "with --weights"},
        {"compile('sgd') model:fit()\nmodel.optimizer.momentum = 0.9\nmodel:fit()", 5,
         "fit: what the optimizer keeps for each parameter is another than in the fit before",
         "call model:compile{...} again, which makes a new optimizer"},
        {"compile('sgd')\nfor i = 1, 257 do model:fit() end", 4, "one model can be fitted 256 times at most", NULL},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = arena_printf(&fixture->arena, MODEL "%s\nreturn model\n", cases[i].calls);
        assert_script_error(fixture, text, cases[i].line, cases[i].message, cases[i].hint);
    }
}

static void a_stage_without_anything_to_train_is_refused_at_its_compile(void **state)
{
    struct script_fixture *fixture = *state;
    struct options options = {.output = "net.c", .name = "net", .target = target_find("generic")};
    struct unit unit = {0};
    struct graph *graph = script_compile(fixture, "local model = Sequential{Input{4}, Dense(1)}\n"
                                                  "model:compile{loss = 'mse'} model:fit()\n"
                                                  "model.trainable = false\n"
                                                  "model:compile{loss = 'mse'} model:fit()\n"
                                                  "return model\n");
    assert_false(compile_unit(&unit, graph, &options));
    assert_int_equal(fixture->diag.at.line, 4);
    assert_non_null(strstr(fixture->diag.message, "there is nothing to train: no layer"));
}

static void what_has_no_effect_is_warned_of(void **state)
{
    assert_script_warning(*state, MODEL "compile('adam')\nmodel.trainable = false\nmodel:fit()\nreturn model\n", 5,
                          "this fit trains what was trainable when compile was called, and trainable was changed "
                          "since then",
                          "call model:compile{...} again, which was in line 2");
    assert_script_warning(
        *state, MODEL "compile('adam')\nmodel.trainable = false\nreturn model\n", 2,
        "the program trains what was trainable when compile was called, and trainable was changed "
        "since then",
        "call model:compile{...} again, which was in line 2");
    assert_script_warning(*state, MODEL "compile('adam')\nmodel.trainable = false\nreturn {net = model}\n", 0, NULL,
                          NULL);
    assert_script_warning(
        *state, MODEL "compile('adam')\nmodel:fit()\nreturn Sequential{Input{4}, Dense(1)}\n", 4,
        "this model is not trained: the script returns another one",
        "return {NAME = model, ...} with both, or write a script for it; weights that both have go from one to the other with --save and "
        "--weights");
    assert_script_warning(*state, MODEL "compile('adam')\nmodel:fit()\nmodel:fit()\nreturn model\n", 0, NULL, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(every_fit_is_a_stage),
        TEST(what_is_computed_has_a_digest),
        TEST(columns_are_in_the_digest),
        TEST(which_input_it_is_matters),
        TEST(which_variable_it_is_matters),
        TEST(what_is_compiled_but_not_fitted_is_no_stage),
        TEST(stages_that_train_alike_share_a_program),
        TEST(others_have_their_own),
        TEST(what_cannot_be_is_refused),
        TEST(a_stage_without_anything_to_train_is_refused_at_its_compile),
        TEST(what_has_no_effect_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
