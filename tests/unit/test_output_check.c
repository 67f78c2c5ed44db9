/* Whether the model's output fits its loss: what is warned of, with what would mend it, and what is fine. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *model(struct script_fixture *fixture, const char *layers, const char *loss)
{
    return arena_printf(&fixture->arena,
                        "local m = Sequential{Input{4}}\n%s\nm:compile{optimizer = 'sgd', loss = %s}\nreturn m\n",
                        layers, loss);
}

#define DENSE(activation) "m:add(Dense{3, activation = '" activation "'})"
#define SPARSE            "'sparse_categorical_crossentropy'"
#define SPARSE_LOGITS     "SparseCategoricalCrossentropy{from_logits = true}"
#define ONE_HOT           "'categorical_crossentropy'"
#define ONE_HOT_LOGITS    "CategoricalCrossentropy{from_logits = true}"
#define BINARY            "'binary_crossentropy'"
#define BINARY_LOGITS     "BinaryCrossentropy{from_logits = true}"
/* A layer of the script's own, which is not what its name says. */
#define OWN_DENSE                                                                                                  \
    "local Dense = Layer{name = 'Dense', call = function(self, x) "                                                \
    "return op.softmax(op.matmul(x, self:parameter('kernel', {x.shape[-1], 3}))) end}"

static void warns_of_losses_that_do_not_fit(void **state)
{
    static const struct {
        const char *layers, *loss, *message, *hint;
    } cases[] = {
        {DENSE("linear"), SPARSE,
         "sparse_categorical_crossentropy takes probabilities, but the model's output has no softmax",
         "give the Dense of line 2 activation = \"softmax\", or write "
         "loss = SparseCategoricalCrossentropy{from_logits = true}"},
        {DENSE("relu") " m:add(Dense{2, use_bias = false}) m:add(Dropout(0.1))", ONE_HOT,
         "categorical_crossentropy takes probabilities, but the model's output has no softmax",
         "add Activation(\"softmax\") behind the Dropout of line 2, or write "
         "loss = CategoricalCrossentropy{from_logits = true}"},
        {DENSE("linear"), BINARY, "binary_crossentropy takes probabilities, but the model's output has no sigmoid",
         "give the Dense of line 2 activation = \"sigmoid\", or write "
         "loss = BinaryCrossentropy{from_logits = true}"},
        {DENSE("relu"), SPARSE,
         "sparse_categorical_crossentropy takes probabilities, but the model's output ends in a relu",
         "give the Dense of line 2 activation = \"softmax\" in place of the relu"},
        {DENSE("tanh"), BINARY, "binary_crossentropy takes probabilities, but the model's output ends in a tanh",
         "give the Dense of line 2 activation = \"sigmoid\" in place of the tanh"},
        {DENSE("log_softmax"), SPARSE,
         "sparse_categorical_crossentropy takes probabilities, but the model's output ends in a log_softmax",
         "give the Dense of line 2 activation = \"softmax\", or write "
         "loss = SparseCategoricalCrossentropy{from_logits = true}, for which logarithms are right"},
        {DENSE("softmax"), SPARSE_LOGITS,
         "sparse_categorical_crossentropy with from_logits applies the softmax itself, but the model's output went "
         "through a softmax already",
         "leave out from_logits, or leave out activation = \"softmax\" of the Dense of line 2"},
        {"m:add(Dense(3)) m:add(Softmax())", ONE_HOT_LOGITS,
         "categorical_crossentropy with from_logits applies the softmax itself, but the model's output went "
         "through a softmax already",
         "leave out from_logits, or leave out the softmax of line 2"},
        {DENSE("linear"), "'kl_divergence'",
         "kl_divergence takes probabilities, but the model's output has no softmax",
         "give the Dense of line 2 activation = \"softmax\""},
        {DENSE("relu"), "KLDivergence()",
         "kl_divergence takes probabilities, but the model's output ends in a relu",
         "give the Dense of line 2 activation = \"softmax\" in place of the relu"},
        {DENSE("sigmoid"), "'hinge'",
         "hinge takes numbers of either sign, but the model's output ends in a sigmoid",
         "leave out activation = \"sigmoid\" of the Dense of line 2"},
        {"m:add(Dense(3)) m:add(Softmax())", "'squared_hinge'",
         "squared_hinge takes numbers of either sign, but the model's output ends in a softmax",
         "leave out the softmax of line 2"},
        {DENSE("softmax"), "'categorical_hinge'",
         "categorical_hinge takes scores that differ by 1 or more, but the model's output ends in a softmax",
         "leave out activation = \"softmax\" of the Dense of line 2"},
        {DENSE("linear"), "'poisson'", "poisson takes numbers above 0, but the model's output has no exponential",
         "give the Dense of line 2 activation = \"exponential\""},
        {DENSE("tanh"), "'poisson'", "poisson takes numbers above 0, but the model's output ends in a tanh",
         "give the Dense of line 2 activation = \"exponential\" in place of the tanh"},
        {DENSE("linear"), "Dice{axis = {1}}", "dice takes probabilities, but the model's output has no sigmoid",
         "give the Dense of line 2 activation = \"sigmoid\""},
        {DENSE("tanh"), "Tversky{axis = {1}}", "tversky takes probabilities, but the model's output ends in a tanh",
         "give the Dense of line 2 activation = \"sigmoid\" in place of the tanh"},
        {DENSE("sigmoid"), BINARY_LOGITS,
         "binary_crossentropy with from_logits applies the sigmoid itself, but the model's output went through a "
         "sigmoid already",
         "leave out from_logits, or leave out activation = \"sigmoid\" of the Dense of line 2"},
        {DENSE("relu"), SPARSE_LOGITS,
         "sparse_categorical_crossentropy with from_logits takes numbers of either sign, but the relu makes those "
         "below 0 alike",
         "leave out activation = \"relu\" of the Dense of line 2"},
        {"m:add(Dense{1, activation = 'softmax'})", BINARY, "a softmax over one unit is always 1",
         "give the Dense of line 2 activation = \"sigmoid\" in its place"},
        {"m:add(Dense{1, activation = 'softmax'})", "'mse'", "a softmax over one unit is always 1",
         "leave out activation = \"softmax\" of the Dense of line 2"},
        {OWN_DENSE " m:add(Dense())", ONE_HOT_LOGITS,
         "categorical_crossentropy with from_logits applies the softmax itself, but the model's output went "
         "through a softmax already",
         "leave out from_logits, or leave out the softmax of line 2"},
        {"m:add(Reshape{4, 1}) m:add(Conv1D(1, 2))", BINARY,
         "binary_crossentropy takes probabilities, but the model's output has no sigmoid",
         "give the Conv1D of line 2 activation = \"sigmoid\", or write "
         "loss = BinaryCrossentropy{from_logits = true}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_warning(*state, model(*state, cases[i].layers, cases[i].loss), 3, cases[i].message,
                              cases[i].hint);
}

static void is_silent_about_those_that_do(void **state)
{
    static const struct {
        const char *layers, *loss;
    } cases[] = {
        {DENSE("softmax"), SPARSE},
        {DENSE("softmax") " m:add(Dropout(0.1)) m:add(Reshape{3})", ONE_HOT},
        {DENSE("sigmoid"), ONE_HOT},
        {DENSE("exponential"), SPARSE},
        {DENSE("linear"), SPARSE_LOGITS},
        {DENSE("log_softmax"), SPARSE_LOGITS},
        {DENSE("sigmoid"), BINARY},
        {DENSE("softmax"), BINARY},
        {DENSE("linear"), BINARY_LOGITS},
        {DENSE("relu"), "'mse'"},
        {DENSE("softmax"), "'kl_divergence'"},
        {DENSE("sigmoid"), "'kl_divergence'"},
        {DENSE("tanh"), "'hinge'"},
        {DENSE("linear"), "'squared_hinge'"},
        {DENSE("relu"), "'categorical_hinge'"},
        {DENSE("softplus"), "'poisson'"},
        {DENSE("exponential"), "'poisson'"},
        {DENSE("sigmoid"), "Dice{axis = {1}}"},
        {"m:add(Dense{2, activation = function(x) return op.softmax(x) * 0.5 + 0.25 end})", SPARSE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_warning(*state, model(*state, cases[i].layers, cases[i].loss), 0, NULL, NULL);
}

/* A script may be run more than once in a compilation: `cnnc size` does so. */
static void warns_once(void **state)
{
    struct script_fixture *fixture = *state;
    script_compile(fixture, model(fixture, DENSE("relu"), SPARSE));
    assert_non_null(script_run(&fixture->arena, &fixture->diag, fixture->path, fixture->limits));
    assert_int_equal(fixture->diag.n_warnings, 1);
}

#define MASK(layer, loss)                                                                                          \
    "local m = Sequential{Input{8, 8, 1}, Conv2D{4, 3, padding = 'same', activation = 'relu'}, " layer "}\n"       \
    "m:compile{loss = " loss "}\n"

static void tells_segmentations_apart_from_forgotten_flattens(void **state)
{
    assert_script_warning(*state, MASK("Conv2D{3, 1, activation = 'softmax'}", SPARSE), 0, NULL, NULL);
    assert_script_warning(*state, MASK("Conv2D{3, 3, activation = 'softmax'}", SPARSE), 0, NULL, NULL);
    assert_script_warning(*state, MASK("Dense{3, activation = 'softmax'}", SPARSE), 0, NULL, NULL);
    assert_script_warning(*state, MASK("Dense{3}", SPARSE_LOGITS), 0, NULL, NULL);
    assert_script_error(
        *state, MASK("MaxPool2D(), Dense{3, activation = 'softmax'}", SPARSE), 2,
        "the model's output is 4x4x3, but sparse_categorical_crossentropy compares one class index an "
        "image with a single row of class scores",
        "add Flatten() before the Dense layer of line 1: Dense works on the last axis only");
    assert_script_warning(*state, MASK("Conv2D{1, 1, activation = 'sigmoid'}", BINARY), 0, NULL, NULL);
    assert_script_warning(*state, OWN_DENSE " " MASK("MaxPool2D(), Dense()", SPARSE), 0, NULL, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(warns_of_losses_that_do_not_fit),
        TEST(is_silent_about_those_that_do),
        TEST(warns_once),
        TEST(tells_segmentations_apart_from_forgotten_flattens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
