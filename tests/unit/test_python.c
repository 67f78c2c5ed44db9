/* A script that speaks Python is told, at its line, how the line is written here; and what is told can be compiled. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Where a line may stand: %s is the line. */
#define ALONE   "local model = Sequential{Input{28, 28, 1}}\n%s\nmodel:add(Flatten())\nreturn model\n"
#define TENSORS "local x = Input{28, 28, 1}\nlocal y = x * 2\n%s\nreturn Model{x, Flatten()(y)}\n"
#define NESTED  "local i, n, list = 1, 3, {}\n%s\nreturn Sequential{Input{4}, Dense(1)}\n"

#define NAMED     "arguments with names stand in braces"
#define LISTS     "lists stand in braces"
#define DATA      "the data set is given to the program: ./net train --data DIR"
#define NO_MODULE "layers have no module in front of their name"
#define LOWER     "true, false and nil are written in lower case"
#define METHOD    "methods are called with a colon"
#define IMPORTED  "leave this line out: what it imports is here already"
#define NO_CLASS  "a class is written: local Mine = class(Model), and function Mine:call(x) ... end"
#define IN_TEXT   "numbers are put into text with string.format(\"conv%d\", i), or \"conv\" .. i"

/* translated: NULL: there is none; "..." in it stands for a block, which is then left out to compile it. */
static const struct row {
    const char *line, *context, *said, *translated;
} rows[] = {
    {"model.add(Dense(3, activation = \"relu\"))", ALONE, NAMED, "model:add(Dense{3, activation = \"relu\"})"},
    {"model.add(Flatten())", ALONE, METHOD, "model:add(Flatten())"},
    {"model = Sequential(name='net', layers=[Input((28, 28, 1))])", ALONE, NAMED,
     "model = Sequential{name = 'net', layers = {Input({28, 28, 1})}}"},
    {"x = Input(shape = (28,28,1)); y = x", TENSORS, NAMED, "x = Input{shape = {28, 28, 1}}; y = x"},
    {"model = keras.models.Sequential([Input((28, 28, 1))])", ALONE, LISTS,
     "model = Sequential{Input({28, 28, 1})}"},
    {"model = keras.Sequential([", NULL, LISTS, "model = Sequential{"},
    {"])", NULL, "lists stand in braces, and end with }", NULL},
    {"y = tf.keras.layers.Dense(10, activation='relu')(y)", TENSORS, NAMED,
     "y = Dense{10, activation = 'relu'}(y)"},
    {"y = layers.Dense(10)(layers.Flatten()(x))", TENSORS, NO_MODULE, "y = Dense(10)(Flatten()(x))"},
    {"y = Concatenate()([x, y])", TENSORS, LISTS, "y = Concatenate()({x, y})"},
    {"y = Concatenate(axis=-1)([x, y])", TENSORS, NAMED, "y = Concatenate{axis = -1}({x, y})"},
    {"y = Conv2D(32, (3, 3), activation=tf.nn.relu, padding='same')(y)", TENSORS, LISTS,
     "y = Conv2D{32, {3, 3}, activation = \"relu\", padding = 'same'}(y)"},
    {"y = tf.reduce_mean(y, axis=-1)", TENSORS, NAMED, "y = ops.mean{y, axis = -1}"},
    {"y = tf.concat([y, y], axis=-1)", TENSORS, LISTS, "y = concatenate{{y, y}, axis = -1}"},
    {"y = Mine((3, 2))(y)", NULL, LISTS, "y = Mine({3, 2})(y)"},
    {"y = MaxPool2D((3, 2))(y)", TENSORS, LISTS, "y = MaxPool2D{{3, 2}}(y)"},
    {"y = y[:, -1, :]", TENSORS,
     "a part of a tensor is op.slice(x, {axis = 0, begin = 2, count = 3}), whose axes do not count the batch; the last step alone is what a recurrent layer gives without return_sequences",
     NULL},
    {"y = Conv2D(32, kernel_size=(3, 3),", NULL, NAMED, "y = Conv2D{32, kernel_size = {3, 3},"},
    {"    activation='relu',", NULL, NULL, NULL},
    {"model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=\"mse\", metrics=[\"mse\"])", ALONE, NAMED,
     "model:compile{optimizer = Adam(1e-3), loss = \"mse\", metrics = {\"mse\"}}"},
    {"model.fit(x_train, y_train, epochs=5, validation_data=(x_test, y_test))", NULL,
     DATA ". Without it this line is", "model:fit{epochs = 5}"},
    {"model:fit{x_train, y_train}", ALONE, DATA, NULL},
    {"if True and not False: print('hi')", ALONE, "conditions are written", "if true and not false then ... end"},
    {"y = x @ y", NULL, "products of matrices are ops.matmul(x, y)", NULL},
    {"if y is None then y = 1 end", NULL, "equal is written ==, and unequal ~=", NULL},
    {"local a = y is None", NULL, "equal is written ==, and what is not there is nil", NULL},
    {"y = null", TENSORS, "nil stands for nothing", NULL},
    {"(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()", NULL, DATA, NULL},
    {"local data = keras.datasets.mnist.load_data()", NULL, DATA, NULL},
    {"model:add(Dense{3, use_bias = False})", ALONE, LOWER, "model:add(Dense{3, use_bias = false})"},
    {"model.add(Dense(10, activation=None))", ALONE, NAMED, "model:add(Dense{10, activation = None})"},
    {"import tensorflow as tf", NULL, IMPORTED, NULL},
    {"from tensorflow.keras.layers import Dense, Conv2D", NULL, IMPORTED, NULL},
    {"def block(x, filters):", NESTED, "functions are written", "local function block(x, filters) ... end"},
    {"for i in range(3):", NESTED, "loops are written", "for i = 0, 2 do ... end"},
    {"for i in range(1, n, 2):", NESTED, "loops are written", "for i = 1, n - 1, 2 do ... end"},
    {"for i, filters in enumerate([8, 16]):", NESTED, "loops are written",
     "for i, filters in ipairs({8, 16}) do ... end"},
    {"for filters in list:", NESTED, "loops are written", "for _, filters in ipairs(list) do ... end"},
    {"while n != 3:", NESTED, "loops are written", "while n ~= 3 do ... end"},
    {"if n ** 2 > 3:", NESTED, "conditions are written", "if n ^ 2 > 3 then ... end"},
    {"else:", NULL, "conditions are written: if ... then ... else ... end", NULL},
    {"n += 2", NESTED, "there is no +=, -=, *= or /=", "n = n + 2"},
    {"if n is not None:", NESTED, "conditions are written", "if n ~= nil then ... end"},
    {"assert len(n) == 3", NESTED, "what is asserted stands in brackets", "assert(#list == 0)"},
    {"n = 2 ** 3", NESTED, "powers are written with ^", "n = 2 ^ 3"},
    {"if n != i then i = n end", NESTED, "unequal is written ~=", "if n ~= i then i = n end"},
    {"n = 3 # of them", NESTED, "comments begin with --", "n = 3 -- of them"},
    {"# a comment", NESTED, "comments begin with --", "-- a comment"},
    {"\"\"\"Trains a network.\"\"\"", NULL, "comments begin with --", NULL},
    {"n = (28, 28, 1)", NESTED, LISTS, "n = {28, 28, 1}"},
    {"n = {0: 1.0, 'b': 5.0}", NESTED, "in tables the names stand in front of =", "n = {[0] = 1.0, b = 5.0}"},
    {"n = f\"conv{i}\"", NULL, IN_TEXT, NULL},
    {"n = [8 * k for k in range(3)]", NULL, "lists are filled in a loop: for i = 1, n do list[i] = ... end", NULL},
    {"n = lambda a: a + 1", NULL, "functions without a name are written: function(x) return ... end", NULL},
    {"n = 3 if i > 2 else 4", NULL, "a choice between two values is written: condition and one or other", NULL},
    {"n = len(list)", NULL, "the length of a list is #list", NULL},
    {"class Net(nn.Module):", NULL, NO_CLASS, NULL},
    {"self.conv = 3", NULL, NO_CLASS, NULL},
    {"y = nn.Conv2d(1, 8, 5)(y)", TENSORS, NO_MODULE, "y = Conv2D{8, 5}(y)"},
    {"y = nn.Conv2d(1, 8, 3, stride=2, padding=1)(y)", TENSORS, NAMED,
     "y = Conv2D{8, 3, strides = 2, padding = \"same\"}(y)"},
    {"model:add(nn.Conv2d(1, 8, 5, padding=1))", NULL, NAMED, "model:add(ZeroPadding2D(1), Conv2D{8, 5})"},
    {"y = nn.MaxPool2d(2, 2)(nn.BatchNorm2d(1)(y))", TENSORS, NO_MODULE,
     "y = MaxPool2D{2, strides = 2}(BatchNormalization{epsilon = 1e-5, momentum = 0.9}(y))"},
    {"y = nn.Linear(784, 10, bias=False)(y)", TENSORS, NAMED, "y = Dense{10, use_bias = false}(y)"},
    {"y = nn.ReLU(inplace=True)(y)", TENSORS, NAMED, "y = ReLU()(y)"},
    {"y = nn.GELU()(nn.Softmax2d()(y))", TENSORS, NO_MODULE, "y = Activation(\"gelu\")(Softmax()(y))"},
    {"y = nn.ConvTranspose2d(1, 8, 2, stride=2)(y)", TENSORS, NAMED, "y = Conv2DTranspose{8, 2, strides = 2}(y)"},
    {"y = nn.LayerNorm(1)(nn.AdaptiveAvgPool2d(1)(y))", TENSORS, NO_MODULE,
     "y = LayerNormalization{epsilon = 1e-5}(GlobalAveragePooling2D{keepdims = true}(y))"},
    {"y = Linear(1, 10)(Dropout2d(0.2)(y))", TENSORS, "Linear is PyTorch's; here it is written",
     "y = Dense(10)(SpatialDropout2D(0.2)(y))"},
    {"y = Conv2d(1, 8, 5)(y)", TENSORS, "Conv2d is PyTorch's; here it is written", "y = Conv2D{8, 5}(y)"},
    {"y = Conv2d{8, 5}(y)", NULL, "Conv2d is PyTorch's; here it is Conv2D{filters, kernel_size}", NULL},
    {"y = MaxPool2d(3, 2, 1)(y)", NULL, "MaxPool2d is PyTorch's; here it is MaxPool2D(pool_size)", NULL},
    {"y = BatchNorm()(y)", TENSORS, "BatchNorm is PyTorch's; here it is written",
     "y = BatchNormalization{epsilon = 1e-5, momentum = 0.9}(y)"},
};

static void compiles(struct script_fixture *fixture, const struct row *row)
{
    const char *dots = strstr(row->translated, "...");
    const char *line = dots ? arena_printf(&fixture->arena, "%.*s%s", (int)(dots - row->translated),
                                           row->translated, dots + strlen("..."))
                            : row->translated;
    const char *percent = strstr(row->context, "%s");
    script_compile(fixture, arena_printf(&fixture->arena, "%.*s%s%s", (int)(percent - row->context), row->context,
                                         line, percent + strlen("%s")));
}

static void explains_lines_of_python(void **state)
{
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        const char *script = arena_printf(
            &fixture->arena,
            "local model, list = Sequential{Input{28, 28, 1}}, {}\nlocal x, y, n, i\n\n%s\ny = 1\n", row->line);
        assert_null(script_try(fixture, script));
        const char *hint =
            !row->translated ? row->said : arena_printf(&fixture->arena, "%s: %s", row->said, row->translated);
        if (!hint != !fixture->diag.hint || (hint && strcmp(hint, fixture->diag.hint) != 0))
            fail_msg("%s\n%s\n%s", row->line, hint, fixture->diag.hint);
        if (hint)
            assert_int_equal(fixture->diag.at.line, 4);
        if (row->translated && row->context)
            compiles(fixture, row);
    }
}

/* What is wrong in Lua is told as before. */
static void says_nothing_of_python_where_there_is_none(void **state)
{
    static const char *const scripts[] = {
        "local model = Sequential()\nmodel:add(Dense{3, activation = \"relu\"}\nmodel:add(Flatten())\n",
        "local a = {1, 2\nlocal b = a[1]\n",
        "local b = = 2\n",
        "for i = 1, 2 do\n",
        "x = 5 5\n",
        "local a = Dense(1, 2, 3 -- why\n",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct script_fixture *fixture = *state;
        assert_null(script_try(fixture, scripts[i]));
        if (fixture->diag.hint)
            fail_msg("%s\n%s", scripts[i], fixture->diag.hint);
    }
}

static void explains_lines_of_modules(void **state)
{
    struct script_fixture *fixture = *state;
    const char *path = script_write(fixture, "parts.lua", "\nlocal head = Dense(3, activation='relu')\n");
    assert_null(script_try(fixture, "require 'parts'\n"));
    assert_string_equal(fixture->diag.at.file, path);
    assert_string_equal(fixture->diag.hint, NAMED ": local head = Dense{3, activation = 'relu'}");
}

/* What a user of Keras writes for an argument that is optional there, too. */
static void takes_none_for_what_is_not_given(void **state)
{
    script_compile(*state,
                   "return Sequential{Input{8, 2}, LSTM{3, activation = None, kernel_regularizer = None}}\n");
    assert_script_error(*state, "return Sequential{Input{8}, Dense{3, use_bias = None}}\n", 1,
                        "Dense: use_bias must be true or false, not None", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(explains_lines_of_python),
        TEST(says_nothing_of_python_where_there_is_none),
        TEST(explains_lines_of_modules),
        TEST(takes_none_for_what_is_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
