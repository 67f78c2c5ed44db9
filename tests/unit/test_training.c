/* What compile and fit put into the graph, which parameters are trained, and the layers that prepare samples for it. */
#include "../../runtime/cnnrt.h"
#include "script_support.h"

#include <inttypes.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#define COMPILED "local m = Sequential{Input{3}, Dense(1)}\nm:compile{loss = 'mse'}\n"

/* ---- compile and fit ---- */

static void takes_over_compile_and_fit(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_run_file(fixture, "examples/mnist.lua");
    const struct training *training = &graph->training;
    assert_true(training->compiled);
    assert_string_equal(training->stages->optimizer, "adam");
    static const struct setting settings[] = {
        {"learning_rate", 0.001}, {"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-7}, {"amsgrad", 0}};
    assert_true(training->stages->n_settings > 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(training->stages->settings[i].name, settings[i].name);
        assert_script_number(training->stages->settings[i].value, settings[i].value);
    }
    assert_int_equal(training->stages->n_slots, 2);
    assert_string_equal(training->stages->slots[0].name, "momentum");
    assert_string_equal(training->stages->slots[1].name, "velocity");
    assert_string_equal(graph->labels[0].loss, "sparse_categorical_crossentropy");
    assert_int_equal(training->n_columns, 2);
    assert_string_equal(training->columns[0], "loss");
    assert_string_equal(training->columns[1], "accuracy");
    assert_string_equal(training->better, "<>");
    assert_int_equal(training->stages->batch_size, 128);
    assert_int_equal(training->stages->epochs, 5);
    assert_true(training->stages->shuffle);
    assert_script_number(training->stages->validation_split, 0);
    assert_true(graph->labels[0].is_class);
    assert_int_equal(graph->labels[0].tensor->shape.rank, 0);
    assert_string_equal(graph->loss->producer->op->name, "cross_entropy");
    assert_string_equal(graph->metrics[0]->producer->op->name, "accuracy");
}

static void does_without_training(void **state)
{
    const struct graph *graph = script_compile(*state, "return Sequential{Input{3}, Dense(1)}\n");
    assert_false(graph->training.compiled);
    assert_null(graph->loss);
    assert_int_equal(graph->n_labels, 0);
}

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
    training = &script_compile(fixture, COMPILED "m:fit{verbose = 'auto'}\nm:evaluate{batch_size = 64}\n"
                                                 "m:evaluate{verbose = 0, batch_size = 7}\n")
                    ->training;
    assert_int_equal(training->stages[0].verbose, CNN_VERBOSE_AUTO);
    assert_true(training->evaluates);
    assert_int_equal(training->evaluate_batch, 64); /* of the one that is shown */
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

/* ---- what is trained ---- */

static void freezes_layers(void **state)
{
    const struct graph *graph =
        script_compile(*state, "return Sequential{Input{4}, Dense{3, trainable = false}, Dense(1)}\n");
    assert_true(script_parameter(graph, "dense/kernel")->frozen);
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
        assert_true(script_parameter(graph, frozen[i])->frozen);
    assert_int_equal(graph->trainable_floats, 3);
}

/* ---- optimizers, losses and metrics ---- */

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
        assert_script_number(setting_of(training->stages, cases[i].setting), cases[i].value);
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
    training =
        &script_compile(fixture, "local M, loss = {}, function(label, y) return (y - label) ^ 2 end\n"
                                 "function M.of_table(label, y) return label - y end\n"
                                 "function of_all(label, y) return y - label end\n"
                                 "local function tenth(f) return function(...) return f(...) / 10 end end\n"
                                 "local function build(f)\n"
                                 "  local m = Sequential{Input{3}, Dense(2)}\n"
                                 "  m:compile{loss = 'mse', metrics = {loss, M.of_table, of_all, f, tenth(loss)}}\n"
                                 "end\n"
                                 "local own = tenth(of_all)\n"
                                 "build(own)\n")
             ->training;
    static const char *const found[] = {"loss", "loss_1", "of_table", "of_all", "own", "metric"};
    assert_int_equal(training->n_columns, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(training->columns[i], found[i]);
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
        "m:compile{loss = MeanSquaredError{reduction = None}}\n",
        2, "MeanSquaredError cannot have reduction = \"none\" in compile",
        "training needs one number of a batch: Keras with TensorFlow takes the gradient of the sum, as "
        "\"sum\" does, and says the mean; with others it fails");
    assert_script_error(*state,
                        "local m = Sequential{Input{3}, Dense(4)}\n"
                        "m:compile{loss = 'mse', metrics = {Huber{reduction = 'sum'}}}\n",
                        2, "Huber among metrics is the mean of the samples, and cannot have reduction = \"sum\"",
                        "leave that out, or give it to loss alone");
    assert_script_error(*state,
                        "local m = Sequential{Input{3}, Dense(4)}\n"
                        "m:compile{loss = MeanSquaredError{reduction = 'sum'}}\n"
                        "m:fit{batch_size = 32, validation_batch_size = 64}\n",
                        3,
                        "fit: the loss MeanSquaredError depends on the batch, and validation takes batches of "
                        "batch_size = 32, not 64",
                        "leave out validation_batch_size");
    assert_script_error(
        *state,
        "local t, s = Sequential{Input{3}, Dense(4)}, Sequential{Input{3}, Dense(4)}\n"
        "Distiller{student = s, teacher = t, distillation_loss_fn = MeanSquaredError{reduction = 'sum'}}\n",
        2, "Distiller: the distillation loss MeanSquaredError depends on the batch",
        "it is added to each sample's loss: leave out reduction and ignore_class");
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

static void a_penalty_of_zero_is_none(void **state)
{
    const struct graph *graph =
        script_compile(*state, "local m = Sequential{Dense{2, kernel_regularizer = L2(0), input_shape = {3}}}\n"
                               "m:compile{loss = 'mse'}\nreturn m\n");
    assert_true(graph->parameters[0]->l2 == 0);
}

/* ---- layers that prepare samples ---- */

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
    assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), "4x6x3");
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
                            shape_text(&fixture->arena, &a->mean->shape), a->inner, a->scale, a->offset, a->input);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(takes_over_compile_and_fit),
        TEST(what_is_frozen_counts_when_compile_is_called),
        TEST(what_is_inside_a_frozen_layer_is_frozen),
        TEST(freezes_layers),
        TEST(takes_over_what_the_program_should_do),
        TEST(saves_where_the_program_runs),
        TEST(takes_settings_and_slots_of_optimizers),
        TEST(refuses_learning_rates_that_are_none),
        TEST(chooses_accuracy_and_labels_by_shapes_and_loss),
        TEST(names_the_columns_of_metrics),
        TEST(refuses_metrics_that_do_not_fit),
        TEST(refuses_losses_that_do_not_fit),
        TEST(notices_rescaling),
        TEST(a_penalty_of_zero_is_none),
        TEST(notices_rescaling_behind_augmentation),
        TEST(augments_by_keras_factors),
        TEST(warns_of_a_range_that_pixels_have_not),
        TEST(normalization_is_adapted_to_an_input),
        TEST(does_without_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
