/* Nothing that a script says is ignored: what cannot be done is refused, and what was checked stays as it was. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct refused {
    const char *text, *message, *hint;
};

/* Each stops at its last line but for the last. */
static void assert_refused(struct script_fixture *fixture, const struct refused *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int line = 0;
        for (const char *p = cases[i].text; (p = strchr(p, '\n')); p++)
            line++;
        assert_script_error(fixture, arena_printf(&fixture->arena, "%s\nreturn x\n", cases[i].text), line + 1,
                            cases[i].message, cases[i].hint);
    }
}
#define ASSERT_REFUSED(cases) assert_refused(*state, cases, sizeof cases / sizeof *cases)

static void lists_have_neither_names_nor_gaps(void **state)
{
#define MODEL "local m = Sequential{Dense{2, input_shape = {4}}}\nm:compile{loss = 'mse'}\n"
    static const struct refused cases[] = {
        {MODEL "m:fit{callbacks = {early = EarlyStopping()}}",
         "fit: callbacks must be a list, without names and without gaps, not {early = {...}}", NULL},
        {MODEL "m:fit{callbacks = {nil, EarlyStopping()}}",
         "fit: callbacks must be a list, without names and without gaps, not {nil, {...}}",
         "a function that ends without `return` makes nothing, which is nil"},
        {"Sequential{layers = {Dense{2, input_shape = {4}}, last = Dense(1)}}",
         "Sequential: layers must be a list, without names and without gaps, not {{...}, last = {...}}", NULL},
        {MODEL "m:compile{loss = 'mse', metrics = {{'mae', extra = 'mape'}}}",
         "compile: metrics must be a list, of several outputs one of lists, or a table by their names, not {{\"mae\", "
         "extra = \"mape\"}}",
         NULL},
        {MODEL "m:compile{loss = 'mse', metrics = {[1.5] = 'mae'}}",
         "compile: metrics must be a list, of several outputs one of lists, or a table by their names, not {}",
         NULL},
        {"local x = Input{5, 4}\nLSTM(3)(x, {initial_state = {h = x}})",
         "LSTM begins with states, tensors, not with {h = a tensor}", NULL},
        {"BinaryAccuracy{threshold = 0.5}\nPrecision{thresholds = {0.5, high = 0.9}}",
         "Precision: thresholds must be a number from 0 to 1, or a list of such, not {0.5, high = 0.9}", NULL},
        {"IoU{3, target_class_ids = {0, last = 2}}",
         "IoU: target_class_ids must be a list of classes, from 0, not {0, last = 2}", NULL},
        {"LayerNormalization{axis = {-1, more = -2}}",
         "LayerNormalization: axis must be an integer or a list of integers, not {-1, more = -2}", NULL},
        {"local m = Sequential{Input{4, 3}, Lambda{function(x) return x end, output_shape = {None, 4}}}",
         "Lambda says output_shape = {None, 4}, but its function makes 4x3", NULL},
        {"Lambda{function(x) return x end, output_shape = 'same'}",
         "Lambda: output_shape must be a list of 1 to 6 integers, without the batch axis, not \"same\"", NULL},
        {"Rescaling{{1, 2, last = 3}}",
         "Rescaling: scale must be a number or a list of numbers, not {1, 2, last = 3}", NULL},
    };
    ASSERT_REFUSED(cases);
}

static void functions_read_all_that_they_are_called_on(void **state)
{
#define X "local x = Input{4, 6, 8}\n"
    static const struct refused cases[] = {
        {X "ops.add{x, x, x}", "ops.add takes 2 tensors, not 3", "ops.add(x, x)"},
        {X "ops.add(x)", "ops.add takes 2 tensors, not 1", "ops.add(x, x)"},
        {X "ops.abs{x, x}", "ops.abs takes 1 tensor, not 2", "ops.abs(x)"},
        {X "ops.concatenate{x, 'y'}", "ops.concatenate is called on tensors, not on \"y\"", NULL},
        {X "ops.squeeze{x, axes = 1}", "ops.squeeze has no argument 'axes'", "did you mean 'axis'?"},
        {X "ops.einsum('bijc,bikc->bijk', x, x, x)", "ops.einsum is called on an equation and two tensors",
         "ops.einsum(\"bic,bjc->bij\", x, y)"},
    };
    ASSERT_REFUSED(cases);
}

static void what_was_checked_stays_as_it_was(void **state)
{
    struct script_fixture *fixture = *state;
#define TRAINED "local m = Sequential{Dense{8, activation = 'softmax', input_shape = {4}}}\n"
    static const char *const texts[] = {
        TRAINED "local values = {0.1, 0.01}\nlocal s = PiecewiseConstantDecay{boundaries = {9}, values = values}\n"
                "values[1] = 0\ns.values[1] = 'x'\ns.values[2] = 0/0\nassert(s.values[1] == 0.1)\n"
                "m:compile{SGD{s}, loss = 'sparse_categorical_crossentropy'}\nreturn m\n",
        TRAINED "local ids = {0, 1}\nlocal iou = IoU{8, target_class_ids = ids, sparse_y_pred = false}\n"
                "ids[1], iou.target_class_ids[2] = 'x', 99\n"
                "m:compile{loss = 'sparse_categorical_crossentropy', metrics = {iou}}\nreturn m\n",
        "local m = Sequential{Dense{1, activation = 'sigmoid', input_shape = {4}}}\n"
        "local limits = {0.2, 0.4}\nlocal p = Precision{thresholds = limits}\nlimits[1], p.thresholds[2] = 'x', {}\n"
        "m:compile{loss = 'binary_crossentropy', metrics = {p}}\nreturn m\n",
        "local m = Sequential{Dense{8, activation = 'sigmoid', input_shape = {6, 4}}}\n"
        "local axes = {1, 2}\nlocal dice = Dice{axis = axes}\naxes[1], dice.axis[2] = 'x', 9\n"
        "m:compile{loss = dice}\nreturn m\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        script_compile(fixture, texts[i]);
    static const struct refused changed[] = {
        {"local l = LayerNormalization{axis = {1}}\nl.axis[1] = 'x'\nl(Input{4, 3})",
         "LayerNormalization: the list axis was changed in place", "give the layer another: layer.axis = {...}"},
        {"local l = RandomRotation{{0.1, 0.2}}\nl.factor[1] = 'x'\nl(Input{4, 4, 3})",
         "RandomRotation: the list factor was changed in place", "give the layer another: layer.factor = {...}"},
    };
    ASSERT_REFUSED(changed);
}

static void what_is_not_done_is_refused(void **state)
{
#define IMAGES "local m = Sequential{Dense{8, activation = 'softmax', input_shape = {4}}}\n"
#define SPARSE "loss = 'sparse_categorical_crossentropy'"
    static const struct refused cases[] = {
        {MODEL "m:fit{callbacks = {CSVLogger{'a.csv', append = true}}}",
         "CSVLogger: append must be false, not true", "give the file another name, and the one before stays"},
        {MODEL "m:load_weights{'a.safetensors', by_name = false}", "load_weights: by_name must be true, not false",
         NULL},
        {MODEL "m:fit{validation_steps = 2, validation_batch_size = 64}",
         "fit: validation_steps counts batches of validation_batch_size = 64, but they are of batch_size = 32",
         "leave out validation_batch_size, and count in batches of batch_size"},
    };
    ASSERT_REFUSED(cases);
    struct script_fixture *fixture = *state;
    assert_script_error(fixture,
                        MODEL "m:fit{callbacks = {CSVLogger('a.csv')}}\nm:fit{callbacks = {CSVLogger('b.csv')}}\n"
                              "return m\n",
                        4, "CSVLogger: the program writes one file, and the CSVLogger before writes a.csv",
                        "all stages are in that file");
    script_compile(fixture, MODEL "m:fit{callbacks = {CSVLogger('a.csv'), CSVLogger('a.csv')}}\nreturn m\n");
    script_compile(fixture,
                   MODEL "m:fit{validation_steps = 2, batch_size = 8, validation_batch_size = 8}\nreturn m\n");
    assert_script_error(
        fixture,
        IMAGES "m:compile{" SPARSE
               ", metrics = {MeanIoU{8, sparse_y_true = false, sparse_y_pred = false}}}\nreturn m\n",
        2, "MeanIoU takes the labels for rows of scores, but they are classes, as the loss has them",
        "leave out sparse_y_true");
    assert_script_error(fixture, IMAGES "m:compile{loss = 'mse', metrics = {AUC{num_labels = 8}}}\nreturn m\n", 2,
                        "AUC has num_labels = 8, but there are 1", "give it multi_label = true, too");
    assert_script_error(fixture,
                        IMAGES "m:compile{loss = 'mse', metrics = {AUC{label_weights = {1, 2}}}}\nreturn m\n", 2,
                        "AUC has 2 label_weights, but the output has 8 numbers", NULL);
    assert_script_error(fixture,
                        MODEL "m:compile{loss = SparseCategoricalCrossentropy{ignore_class = 0, reduction = "
                              "'mean_with_sample_weight'}}\nreturn m\n",
                        3,
                        "SparseCategoricalCrossentropy: ignore_class and reduction = \"mean_with_sample_weight\" "
                        "cannot stand together",
                        "without reduction, the mean is that of the places that are not ignored");
    assert_script_error(fixture,
                        "m = Sequential{Input{4, 3}, Dense{2}}\n"
                        "m:compile{loss = MeanSquaredError{reduction = 'mean_with_sample_weight'}}\nreturn m\n",
                        2,
                        "MeanSquaredError: reduction = \"mean_with_sample_weight\" is for outputs with one loss a "
                        "sample, this one has 4",
                        "without it, weights multiply, and the mean is that of all");
    assert_script_error(fixture,
                        "m = Sequential{Input{4, 3}, Dense{2, activation = 'sigmoid'}}\n"
                        "m:compile{loss = BinaryCrossentropy{axis = 3, reduction = 'sum'}}\nreturn m\n",
                        2, "the loss has axis = 3, but the output has the axes 0 (the batch) to 2", NULL);
    assert_script_error(fixture, MODEL "m:compile{loss = 'ctc'}\nreturn m\n", 3,
                        "CTC needs scores of classes for each step, as in 50x28, but the model's output is 2",
                        "class 0 is the blank");
    script_compile(fixture,
                   IMAGES "m:compile{loss = 'categorical_crossentropy', metrics = {AUC{multi_label = true, "
                          "num_labels = 8}, MeanIoU{8, sparse_y_true = false, sparse_y_pred = false}}}\n"
                          "return m\n");
}

static void lists_count_from_their_end(void **state)
{
    script_compile(*state,
                   "local x = Input{4, 6, 8}\nassert(x.shape[-1] == 8 and x.shape[-3] == 4 and #x.shape == 3)\n"
                   "local a, b = Dense(3), Dense(2)\nlocal m = Model(x, b(a(x)))\n"
                   "assert(m.layers[-1] == b and m.layers[-2] == a and m.outputs[-1].shape[-1] == 2)\n"
                   "assert(m.layers[4] == nil)\nm.layers[-1].trainable = false\n"
                   "local n = 0\nfor i, layer in ipairs(m.layers) do n = n + i end\nassert(n == 6)\n"
                   "for _, layer in pairs(m.layers) do n = n + 1 end\nassert(n == 9)\n"
                   "local all = {table.unpack(m.layers, 2)}\nassert(#all == 2)\n"
                   "local t = Sequential(all)\nt:build{nil, 4, 6, 8}\n"
                   "return Model{inputs = m.inputs, outputs = m.outputs}\n");
    script_compile(*state, "local m = Sequential{Dense{3, input_shape = {4}}, Dense(2)}\n"
                           "return Sequential{layers = m.layers}\n");
    static const struct refused cases[] = {
        {MODEL "m.layers[0].trainable = false", "lists are counted from 1, not from 0",
         "the first is list[1], the last list[-1]"},
        {MODEL "m.layers[-2].trainable = false", "the list has 1 entries, and so none with the index -2", NULL},
        {"local x = Input{4, 6}\nlocal n = x.shape[0]", "lists are counted from 1, not from 0",
         "the first is list[1], the last list[-1]"},
    };
    ASSERT_REFUSED(cases);
}

/* The callback's member `higher_is_better`. */
static bool wants_more(struct script_fixture *fixture, const char *loss, const char *metric, const char *callback)
{
    const struct graph *graph = script_compile(
        fixture, arena_printf(&fixture->arena,
                              "local m = Sequential{Dense{8, activation = 'softmax', input_shape = {4}}}\n"
                              "local function mine(label, y) return ops.abs(y - label) end\n"
                              "m:compile{loss = %s, metrics = {%s}}\nm:fit{callbacks = {%s}}\nreturn m\n",
                              loss, metric, callback));
    const struct stage_callback *made = &graph->training.stages[0].callbacks[0];
    for (int i = 0; i < made->n_members; i++) {
        if (strcmp(made->members[i].name, "higher_is_better") == 0)
            return made->members[i].numbers[0] != 0;
    }
    fail_msg("no higher_is_better");
    return false;
}

static void what_is_better_is_the_metrics_to_say(void **state)
{
    static const struct {
        const char *metric, *column;
        bool more;
    } cases[] = {
        {"'accuracy'", "val_accuracy", true},
        {"'mae'", "val_mae", false},
        {"'mae'", "val_loss", false},
        {"'cosine_similarity'", "val_cosine_similarity", true},
        {"R2Score()", "r2_score", true},
        {"FBetaScore{average = 'macro'}", "val_fbeta_score", true},
        {"FBetaScore()", "fbeta_score_7", true},
        {"SensitivityAtSpecificity(0.5)", "sensitivity_at_specificity", true},
        {"TrueNegatives()", "true_negatives", true},
        {"FalsePositives()", "false_positives", false},
        {"Recall{name = 'found'}", "val_found", true},
        {"RootMeanSquaredError{name = 'accurate'}", "accurate", false},
        {"OneHotIoU{8, target_class_ids = {1}, name = 'overlap'}", "overlap", true},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *callback = arena_printf(&fixture->arena, "EarlyStopping{monitor = '%s'}", cases[i].column);
        if (wants_more(fixture, "'categorical_crossentropy'", cases[i].metric, callback) != cases[i].more)
            fail_msg("%s is taken wrongly", cases[i].column);
    }
    assert_true(wants_more(fixture, "'mse'", "mine", "EarlyStopping{monitor = 'mine', mode = 'max'}"));
    assert_false(wants_more(fixture, "'mse'", "mine", "ModelCheckpoint{'a.safetensors', monitor = 'mine'}"));
    assert_script_error(fixture,
                        MODEL "m:compile{loss = 'mse', metrics = {function(label, y) return y end}}\n"
                              "m:fit{callbacks = {ReduceLROnPlateau{monitor = 'val_metric'}}}\nreturn m\n",
                        4, "ReduceLROnPlateau: whether a larger or a smaller 'val_metric' is better cannot be told",
                        "mode = \"max\" or mode = \"min\" says it");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(lists_have_neither_names_nor_gaps), TEST(functions_read_all_that_they_are_called_on),
        TEST(what_was_checked_stays_as_it_was),  TEST(what_is_not_done_is_refused),
        TEST(lists_count_from_their_end),        TEST(what_is_better_is_the_metrics_to_say),
    };
    return cmocka_run_group_tests_name("ignored", tests, NULL, NULL);
}
