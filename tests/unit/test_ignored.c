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
         "fit: callbacks must be a list, without names and without gaps, not {nil, {...}}", NULL},
        {"Sequential{layers = {Dense{2, input_shape = {4}}, last = Dense(1)}}",
         "Sequential: layers must be a list, without names and without gaps, not {{...}, last = {...}}", NULL},
        {MODEL "m:compile{loss = 'mse', metrics = {{'mae', extra = 'mape'}}}",
         "compile: metrics must be a list, of several outputs one of lists, or a table by their names, not {{\"mae\", "
         "extra = \"mape\"}}",
         NULL},
        {MODEL "m:compile{loss = 'mse', metrics = {[1.5] = 'mae'}}",
         "compile: metrics must be a list, of several outputs one of lists, or a table by their names, not {}", NULL},
        {"local x = Input{5, 4}\nLSTM(3)(x, {initial_state = {h = x}})",
         "LSTM begins with states, tensors, not with {h = a tensor}", NULL},
        {"BinaryAccuracy{threshold = 0.5}\nPrecision{thresholds = {0.5, high = 0.9}}",
         "Precision: thresholds must be a number from 0 to 1, or a list of such, not {0.5, high = 0.9}", NULL},
        {"IoU{3, target_class_ids = {0, last = 2}}",
         "IoU: target_class_ids must be a list of classes, from 0, not {0, last = 2}", NULL},
        {"LayerNormalization{axis = {-1, more = -2}}",
         "LayerNormalization: axis must be an integer or a list of integers, not {-1, more = -2}", NULL},
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

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(lists_have_neither_names_nor_gaps),
        TEST(functions_read_all_that_they_are_called_on),
        TEST(what_was_checked_stays_as_it_was),
    };
    return cmocka_run_group_tests_name("ignored", tests, NULL, NULL);
}
