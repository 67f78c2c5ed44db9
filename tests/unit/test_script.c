/* What a model script can say, and that whatever goes wrong in it is told at its line. test_sandbox.c has the attacks. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONE_LAYER "local m = Sequential{Dense{1, input_shape = {3}}}\n"
#define ADDED     ONE_LAYER "m:add_loss(op.reduce(m.output, 'sum'))\n"
#define ONE_LAYER_WITH(rule)                                                                                       \
    "local m = Sequential()\nm:add(Dense{1, input_shape = {4}, " rule "})\nm:compile{loss = 'mse'}\nreturn m\n"

/* ---- the language ---- */

static void runs_plain_lua(void **state)
{
    struct graph *graph = script_compile(
        *state, "local model = Sequential()\n"
                "model:add(Input{4})\n"
                "local function width(i) return math.tointeger(2 ^ i) end\n"
                "for i = 3, 1, -1 do model:add(Dense(width(i))) end\n"
                "local names = {}\n"
                "for word in string.gmatch('a b c', '%a') do table.insert(names, word) end\n"
                "assert(table.concat(names, '-') == 'a-b-c' and ('x'):rep(3) == 'xxx' and #names == 3)\n"
                "assert(select('#', 1, 2) == 2 and tonumber('7') == 7 and type(nil) == 'nil')\n"
                "return model\n");
    assert_int_equal(graph->n_layers, 3);
    assert_int_equal(graph->outputs[0]->shape.dim[0], 2);
}

static void returns_the_only_model_by_itself(void **state)
{
    assert_int_equal(script_compile(*state, ONE_LAYER)->n_layers, 1);
}

static void loads_modules_of_its_folder(void **state)
{
    struct script_fixture *fixture = *state;
    script_write(fixture, "parts.lua",
                 "count = (count or 0) + 1\nlocal parts = {}\n"
                 "function parts.head(n) return Dense{n} end\nreturn parts\n");
    struct graph *graph = script_compile(fixture, "count = 0\n"
                                                  "local parts = require \"parts\"\n"
                                                  "assert(require(\"parts\") == parts and count == 1)\n"
                                                  "return Sequential{Input{2}, parts.head(5)}\n");
    assert_int_equal(graph->outputs[0]->shape.dim[0], 5);
}

static void catches_its_own_errors(void **state)
{
    script_compile(*state, ONE_LAYER "local ok, message = pcall(error, 'mine')\n"
                                     "assert(not ok and message == 'mine')\n"
                                     "local good, value = pcall(function() return 7 end)\n"
                                     "assert(good and value == 7)\n");
}

static void goes_through_tables_in_order(void **state)
{
    script_compile(*state, ONE_LAYER
                   "local seen = {}\n"
                   "for key, value in pairs{z = 1, 10, a = 2, 20, m = 3} do seen[#seen + 1] = key .. value end\n"
                   "assert(table.concat(seen, ' ') == '110 220 a2 m3 z1', table.concat(seen, ' '))\n");
}

static void draws_the_same_random_numbers(void **state)
{
    const char *text = "return Sequential{Input{2}, Dense{math.random(1, 1000000)}}\n";
    int64_t first = script_compile(*state, text)->outputs[0]->shape.dim[0];
    assert_int_equal(script_compile(*state, text)->outputs[0]->shape.dim[0], first);
}

/* ---- errors ---- */

static void tells_syntax_errors(void **state)
{
    assert_script_error(*state, "local a = 1\nlocal b = = 2\n", 2, "unexpected symbol near '='", NULL);
    assert_script_error(*state, "for i = 1, 2 do\n", 2, "'end' expected (to close 'for' at line 1) near <eof>",
                        NULL);
}

/* The parser tells its line of no limit. */
static void tells_where_the_parser_gave_up(void **state)
{
    struct script_fixture *fixture = *state;
    const char *hint = "the script is nested too deeply here; variables can hold its inner parts";
    char nested[1300] = "# a line for the shell\n\nlocal x =\n", *end = nested + strlen(nested);
    memset(end, '{', sizeof nested - (size_t)(end - nested) - 1);
    assert_script_error(fixture, nested, 4, "C stack overflow", hint);
    assert_script_error(fixture, arena_printf(&fixture->arena, "\xEF\xBB\xBF%s", nested), 4, "C stack overflow",
                        hint);
    const char *module = script_write(fixture, "nested.lua", nested);
    assert_null(script_try(fixture, "require 'nested'\n"));
    assert_string_equal(fixture->diag.at.file, module);
    assert_int_equal(fixture->diag.at.line, 4);

    char *many = arena_alloc(&fixture->arena, 40000 * 24);
    char *at = many;
    for (int i = 0; i < 40000; i++)
        at += sprintf(at, "do goto l%d end\n", i);
    assert_script_error(fixture, many, 32768, "too many labels/gotos (limit is 32767)", NULL);
}

static void tells_runtime_errors(void **state)
{
    assert_script_error(*state, "local x\nlocal y = x.z\n", 2, "attempt to index a nil value (local 'x')",
                        "a function that ends without `return` makes nothing, which is nil");
    assert_script_error(*state, "\nerror('mine: 3: x')\n", 2, "mine: 3: x", NULL);
    assert_script_error(*state, "local function f() error('callers', 2) end\n\nf()\n", 3, "callers", NULL);
    assert_script_error(*state, "error('bare', 0)\n", 1, "bare", NULL);
    assert_script_error(*state, "error({})\n", 1, "the script calls error() with a table value", NULL);
    assert_script_error(*state, "\nlocal s = ('x'):rep({})\n", 2,
                        "bad argument #1 to 'rep' (number expected, got table)", NULL);
    assert_script_error(*state, "local function f() return 1 + f() end\nf()\n", 1, "stack overflow", NULL);
    assert_script_error(*state, "local function f() return (pairs({})), f() end\nf()\n", 1, "stack overflow", NULL);
    assert_script_error(*state, "\nreturn Sequential{Input{3}, Dense{1, activation = string.upper}}\n", 2,
                        "bad argument #1 to 'string.upper' (string expected, got cnnc.tensor)", NULL);
    assert_script_error(*state,
                        "local L = Layer{name = 'L', call = string.upper}\nreturn Sequential{Input{3}, L()}\n", 2,
                        "bad argument #1 to 'string.upper' (string expected, got layer)", NULL);
}

static void tells_errors_in_modules(void **state)
{
    struct script_fixture *fixture = *state;
    const char *broken = script_write(fixture, "broken.lua", "\nlocal = 3\n");
    assert_null(script_try(fixture, "require 'broken'\n"));
    assert_string_equal(fixture->diag.at.file, broken);
    assert_int_equal(fixture->diag.at.line, 2);
    script_write(fixture, "failing.lua", "\n\nDense{0}\n");
    assert_null(script_try(fixture, "require 'failing'\n"));
    assert_int_equal(fixture->diag.at.line, 3);
    script_write(fixture, "again.lua", "require 'again'\n");
    assert_null(script_try(fixture, "require 'again'\n"));
    assert_string_equal(fixture->diag.message, "the module again requires itself");
}

static void suggests_names(void **state)
{
    assert_script_error(*state, "\nlocal x = conv2d{8, 3}\n", 2, "unknown name 'conv2d'", "did you mean 'Conv2D'?");
    assert_script_error(*state, "local x = Conv2D{filter = 8, kernel_size = 3}\n", 1,
                        "Conv2D has no argument 'filter'", "did you mean 'filters'?");
    assert_script_error(*state, "Adam{lr = 0.1}\n", 1, "Adam has no argument 'lr'",
                        "it is called learning_rate: learning_rate = ...");
    assert_script_error(*state, "Conv2D{8, kernel = {3, 3}}\n", 1, "Conv2D has no argument 'kernel'",
                        "it is called kernel_size: kernel_size = ...");
    assert_script_error(*state, "Activation('rleu')\n", 1, "Activation: unknown activation \"rleu\"",
                        "did you mean 'relu'?");
    assert_script_error(*state, "Dense{3, kernel_initializer = 'he_unifrm'}\n", 1,
                        "Dense: unknown initializer \"he_unifrm\"", "did you mean 'he_uniform'?");
    assert_script_error(
        *state, ONE_LAYER "m:compile{optimizer = Adam{clipnorm = 1, clipvalue = 2}, loss = 'mse'} m:fit()\n", 2,
        "Adam: only one of clipnorm, clipvalue and global_clipnorm can be given, not clipnorm and "
        "clipvalue",
        NULL);
    assert_script_error(*state, ONE_LAYER "m:compile{optimizer = 'adma', loss = 'mse'}\n", 2,
                        "compile: unknown optimizer \"adma\"", "did you mean 'adam'?");
    assert_script_error(*state, ONE_LAYER "m:compile{loss = 'sparse_crossentropy'}\n", 2,
                        "compile: unknown loss \"sparse_crossentropy\"",
                        "did you mean 'sparse_categorical_crossentropy'?");
    assert_script_error(*state, ONE_LAYER "m:compile{loss = 'mse', metrics = {'acuracy'}}\n", 2,
                        "compile: unknown metric \"acuracy\"", "did you mean 'accuracy'?");
    assert_script_error(*state, ONE_LAYER "m:ad(Flatten())\n", 2, "Sequential has no method 'ad'",
                        "did you mean 'add'?");
    static const struct {
        const char *line, *message, *hint;
    } others[] = {
        {"m:fit{learning_rate = 0.1}", "fit has no argument 'learning_rate'",
         "the optimizer has it: optimizer = Adam{learning_rate = 0.01}"},
        {"m:compile{loss = 'mse', epochs = 3}", "compile has no argument 'epochs'",
         "model:fit has it: model:fit{..., epochs = ...}"},
        {"m:compile{'adam', 'mse', {'mae'}}",
         "compile: loss_weights must be a number, or a list of one for each output, not {\"mae\"}",
         "metrics are given by name: metrics = {\"accuracy\"}"},
        {"local a = Adam() a.lr = 1", "Adam has no argument 'lr'",
         "it is called learning_rate: learning_rate = ..."},
        {"local n = m:count_params()", "Sequential has no method 'count_params'",
         "cnnc summary SCRIPT shows how many parameters each layer has"},
        {"local k = m.layers[1].kernel", "Dense has no field 'kernel'",
         "no parameter has a value yet: the program reads weights, --weights FILE, and writes them, --save FILE"},
        {"m:freeze()", "Sequential has no method 'freeze'", "here it is model.trainable = false"},
        {"m:compile{loss = 'mse'} m:fit{callbacks = {EarlyStopping{monitor = 'accuracy'}}}",
         "EarlyStopping: there is no column 'accuracy'",
         "columns are loss, and these with val_ in front; metrics = {\"accuracy\"} of compile makes another"},
        {"local y = m.output:view(-1)", "a tensor has no field 'view'", "it is written ops.reshape(x, {-1, ...})"},
        {"local y = m.output[{0, 1}]", "a tensor has no field for a place: there are no numbers in it yet",
         "ops.take(x, 0, {axis = 1}) is the first place along axis 1, of which 0 is the batch, and ops.slice a part"},
        {"local y = ConvLSTM2D(4, 3)(Input{30, 30, 1})",
         "ConvLSTM2D needs a sequence of images with channels, but its input is 30x30x1", NULL},
        {"m:reset_states()", "Sequential has no method 'reset_states'",
         "every call but NAME_predict_step begins with zeros, and that one where it is told to"},
        {"local y = m.output.relu()", "a tensor has no field 'relu'", "it is written relu(x)"},
        {"local y = m.output:mean()", "a tensor has no field 'mean'", "it is written ops.mean(x)"},
        {"m:add(Conv2D{8, 3, padding = 1})", "Conv2D: padding must be \"valid\" or \"same\", not 1",
         "padding = 1 of PyTorch is \"same\" for a kernel of 3 that moves by 1, else ZeroPadding2D(1) in front"},
        {"local N = class(Model) function N:forward(x) return x end local n = N() n:build{None, 5}",
         "a class needs a method call, not nil",
         "what PyTorch calls forward is call: function NAME:call(x) ... end"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_script_error(
            *state, arena_printf(&((struct script_fixture *)*state)->arena, ONE_LAYER "%s\n", others[i].line), 2,
            others[i].message, others[i].hint);
    assert_script_error(*state, "MaxPool2D{2, padding = 'smae'}\n", 1,
                        "MaxPooling2D: padding must be \"valid\" or \"same\", not \"smae\"",
                        "did you mean 'same'?");
    assert_script_error(*state, "Dense{2, avticavion = 'relu'}\n", 1, "Dense has no argument 'avticavion'",
                        "did you mean 'activation'?");
    assert_script_error(
        *state, "Dense{2, actwxyzion = 1}\n", 1, "Dense has no argument 'actwxyzion'",
        "known are: units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, "
        "activity_regularizer, kernel_constraint, bias_constraint, "
        "name, trainable, "
        "input_shape, batch_input_shape, input_dim");
    assert_script_error(*state, "RMSprop{rho = 1.5}\n", 1,
                        "RMSprop: rho must be a number of at least 0 and below 1, not 1.5", NULL);
    assert_script_error(*state, "op.conv2(1)\n", 1, "there is no op 'conv2'", "did you mean 'conv2d'?");
}

static void says_what_was_expected(void **state)
{
    assert_script_error(*state, "Conv2D{'eight', 3}\n", 1,
                        "Conv2D: filters must be an integer of at least 1, not \"eight\"", NULL);
    assert_script_error(*state, "Conv2D{8.5, 3}\n", 1, "Conv2D: filters must be an integer of at least 1, not 8.5",
                        NULL);
    assert_script_error(*state, "Conv2D{8, {3, 3, 3}}\n", 1,
                        "Conv2D: kernel_size must be an integer or a pair of integers of at least 1, not {3, 3, 3}",
                        NULL);
    assert_script_error(*state, "Dense{-1}\n", 1, "Dense: units must be an integer of at least 1, not -1", NULL);
    assert_script_error(*state, "Dropout(1.0)\n", 1,
                        "Dropout: rate must be a number of at least 0 and below 1, not 1.0", NULL);
    assert_script_error(*state, "Conv2D{8}\n", 1,
                        "Conv2D needs kernel_size: an integer or a pair of integers of at least 1", NULL);
    assert_script_error(*state, "Dense{1, use_bias = 'no'}\n", 1,
                        "Dense: use_bias must be true or false, not \"no\"", NULL);
    assert_script_error(
        *state, "Dense{1, name = 'a b'}\n", 1,
        "Dense: name must be a name of at most 48 letters, digits and underscores, no digit first, not \"a b\"",
        NULL);
    assert_script_error(
        *state, "Input{0, 3}\n", 1,
        "Input: shape must be a list of 1 to 6 integers of at least 1, without the batch axis, not {0, 3}", NULL);
    assert_script_error(*state, "Dropout(0.1, nil, 3, 4)\n", 1, "Dropout takes at most 3 unnamed values, not 4",
                        "in order they are: rate, noise_shape, seed");
    assert_script_error(*state, "Activation('relu', 2)\n", 1, "Activation takes at most 1 unnamed value, not 2",
                        "in order they are: activation");
    assert_script_error(*state, "Multiply(1)\n", 1, "Multiply takes no unnamed values", NULL);
    assert_script_error(*state, "return Input{4} + 'four'\n", 1, "cannot add a tensor and \"four\"", NULL);
    assert_script_error(*state, "return {} - Input{4}\n", 1, "cannot subtract {} and a tensor", NULL);
    assert_script_error(*state, "Dense(3, {units = 4})\n", 1, "Dense: units is given twice", NULL);
    assert_script_error(*state, "Dense{3, kernel_constraint = 'l2'}\n", 1, "Dense: unknown constraint \"l2\"",
                        "known are: max_norm, min_max_norm, unit_norm, non_neg");
    assert_script_error(*state, ONE_LAYER_WITH("kernel_constraint = MaxNorm{2, axis = 2}"), 2,
                        "a constraint has axis = 2, but its parameter has the axes 0 to 1", NULL);
    assert_script_error(*state, ONE_LAYER_WITH("kernel_constraint = function(w) return op.reduce(w, 'sum') end"), 2,
                        "a constraint makes scalar of a parameter of 4x1", NULL);
    assert_script_error(
        *state,
        "local x = Input{4}\n"
        "local y = Dense{4}(x)\n"
        "local z = Dense{3, kernel_constraint = function(w) return w * op.reduce(y, 'sum') end}(y)\n"
        "local m = Model(x, z)\n"
        "m:compile{loss = 'mse'}\n"
        "return m\n",
        3, "a constraint of dense_1/kernel uses input_layer, but can use nothing but its parameter",
        "what depends on other values is a regularizer, or add_loss");
    assert_script_error(
        *state,
        "local w\n"
        "local Scale = Layer{name = 'Scale', call = function(self, x)\n"
        "  w = self:parameter('w', {4}, 'ones')\n"
        "  return x * w\n"
        "end}\n"
        "local m = Sequential{Scale{input_shape = {4}}, Dense{4, bias_constraint = function() return w end}}\n"
        "m:compile{loss = 'mse'}\n"
        "return m\n",
        6, "a constraint of dense/bias uses scale/w, but can use nothing but its parameter",
        "what depends on other values is a regularizer, or add_loss");
    assert_script_warning(*state, ONE_LAYER_WITH("kernel_regularizer = L2(0.0), activity_regularizer = L1L2()"), 2,
                          NULL, NULL);
    assert_script_error(*state, ONE_LAYER_WITH("kernel_regularizer = function(w) return 3 end"), 2,
                        "a function that is a regularizer must return a tensor, not 3", NULL);
    assert_script_error(*state, ONE_LAYER_WITH("bias_regularizer = OrthogonalRegularizer()"), 2,
                        "OrthogonalRegularizer needs a matrix, not a parameter of 1", NULL);
    assert_script_error(*state, ONE_LAYER "m:compile{loss = function(label, y) return nil end}\n", 2,
                        "a function that is a loss must return a tensor, not nil", NULL);
    assert_script_warning(*state, ADDED "m:compile{optimizer = 'sgd'}\nm:fit{}\nreturn m", 0, NULL, NULL);
    assert_script_error(*state, ADDED "m:compile{metrics = {'mae'}}\nreturn m", 3,
                        "compile: the output dense has metrics, but no loss, and so no labels", NULL);
    assert_script_error(*state, ONE_LAYER "m:compile{}\nm:fit{}\nreturn m", 3, "fit needs a loss",
                        "model:compile{loss = \"...\"}, or model:add_loss(tensor) before");
    assert_script_error(*state, ONE_LAYER "m:add_loss(3)\n", 2, "add_loss needs a tensor of floats, not 3", NULL);
    assert_script_warning(*state, ONE_LAYER "m.layers[1]:load_weights('a.safetensors')\nreturn m\n", 0, NULL, NULL);
    assert_script_warning(*state, ONE_LAYER "Flatten():load_weights('a.safetensors')\nreturn m\n", 2,
                          "load_weights: this has no parameters, and so nothing is loaded",
                          "it is called on a tensor, or added to a model, somewhere in the script");
    assert_script_error(*state, ONE_LAYER "m.layers[1]:load_weights('{a}')\n", 2,
                        "load_weights: filepath must be a name such as \"model.safetensors\", not \"{a}\"", NULL);
    assert_script_warning(
        *state, "return Sequential{Input{6, 6, 1}, MaxPool2D({3, 2})}\n", 1,
        "MaxPooling2D{3, 2} is pool_size = 3 and strides = 2",
        "a list for pool_size is written MaxPooling2D{{3, 2}}; MaxPooling2D(3, 2) says what this does without doubt");
    assert_script_warning(
        *state,
        "return Sequential{Input{6, 6, 1}, MaxPool2D{2, 2}, MaxPool2D{{3, 1}}, MaxPool2D(1, 2), Rescaling{2, 1}}\n",
        0, NULL, NULL);
    script_compile(*state, "return Sequential{Input{4, 4, 1}, UpSampling2D({2, 2})}\n"); /* 2 is no data_format */
    assert_script_error(*state, "local x = Input{5, 4}\nMultiHeadAttention(2, 4)(x, x, {dropout = 0.5})\n", 2,
                        "the call of MultiHeadAttention has no argument 'dropout', but the layer has",
                        "MultiHeadAttention{..., dropout = 0.5}(...)");
    assert_script_error(*state, "Dense{3, [true] = 4}\n", 1, "true cannot be the name of an argument", NULL);
}

/* 2^24 is the largest size: said of what is larger, it would only be in the way elsewhere. */
static void says_the_largest_size(void **state)
{
    assert_script_error(*state, "Dense{1 << 40}\n", 1,
                        "Dense: units must be an integer of at least 1 and at most 16777216, not 1099511627776",
                        NULL);
    assert_script_error(*state, "Dense{1e300}\n", 1,
                        "Dense: units must be an integer of at least 1 and at most 16777216, not 1e+300", NULL);
    assert_script_error(
        *state, "Input{2147483647}\n", 1,
        "Input: shape must be a list of 1 to 6 integers of at least 1 and at most 16777216, without the "
        "batch axis, not {2147483647}",
        NULL);
    assert_script_error(
        *state, "Conv2D{1, 3, strides = {1, 16777217}}\n", 1,
        "Conv2D: strides must be an integer or a pair of integers of at least 1 and at most 16777216, "
        "not {1, 16777217}",
        NULL);
    assert_script_error(
        *state, "Reshape{-1, 1 << 30}\n", 1,
        "Reshape: target_shape must be a list of 1 to 6 integers of at least -1 and at most 16777216, "
        "without the batch axis, not {-1, 1073741824}",
        NULL);
    assert_script_error(
        *state, "ZeroPadding2D{{{0, 0}, {0, 1 << 30}}}\n", 1,
        "ZeroPadding2D: padding must be an integer, {rows, columns} or {{top, bottom}, {left, right}} "
        "of at least 0 and at most 16777216, not {{0, 0}, {0, 1073741824}}",
        NULL);
    assert_script_error(*state, "Concatenate{axis = 1 << 40}\n", 1,
                        "Concatenate: axis must be an integer of at most 16777216, not 1099511627776", NULL);
    assert_script_error(*state, "Concatenate{axis = -(1 << 40)}\n", 1,
                        "Concatenate: axis must be an integer of at least -16777216, not -1099511627776", NULL);
    assert_script_error(*state,
                        "local L = Layer{name = 'L', arguments = {{'n', 'integer', max = 1 << 40}},\n"
                        "  call = function(l, x) return x end}\nL{1 << 30}\n",
                        3, "L: n must be an integer of at most 16777216, not 1073741824", NULL);
    assert_script_error(*state, "Dropout(1 << 30)\n", 1,
                        "Dropout: rate must be a number of at least 0 and below 1, not 1073741824", NULL);
}

static void explains_misused_models(void **state)
{
    assert_script_error(*state, "\n", 0, "the script makes no model", "begin with: local model = Sequential()");
    assert_script_error(*state, ONE_LAYER ONE_LAYER, 2, "the script makes 2 models and returns none of them",
                        "end it with: return model, or return {NAME = model, ...}");
    assert_script_error(*state, "local m = Sequential()\nm.add(Flatten())\n", 2, "add must be called on a model",
                        "methods are called with a colon: m:add(Flatten())");
    assert_script_error(*state, "local m = Sequential()\nm:add(Flatten)\n", 2,
                        "model:add needs a layer, not the function that makes one",
                        "call it: model:add(Flatten())");
    assert_script_error(
        *state, "local m = Sequential()\nm:add(Dense(3))\n", 2, "the first layer, Dense, needs an input_shape",
        "Dense{..., input_shape = {400}}, model:add(Input{400}) before it, or --shape 400 on the command line");
    assert_script_error(
        *state, "return Sequential{Embedding(500, 16), LSTM(8)}\n", 1,
        "the first layer, Embedding, needs an input_shape",
        "Embedding{..., input_shape = {40}}, model:add(Input{40}) before it, or --shape 40 on the command line");
    assert_script_error(*state, "local m = Sequential()\n", 1, "the model has no layers", "model:add(...)");
    assert_script_error(*state, "local x = Input{3}\nDense(x)\n", 2,
                        "Dense: units must be an integer of at least 1, not a tensor",
                        "Dense{...} makes a layer; call the layer on the tensor: Dense{...}(x)");
    assert_script_error(*state,
                        "local a, b = Input{3}, Input{3}\nlocal m = Model{inputs = a, outputs = Add()(a, b)}\n", 2,
                        "the outputs depend on the input 'input_layer_1', which is not the model's", NULL);
    assert_script_error(
        *state, "local a, b = Input{3, 4}, Input{3, 5}\nConcatenate{axis = 1}(a, b)\n", 2,
        "Concatenate joins inputs along axis 1, so their other sizes must agree, but they are 3x4 and 3x5", NULL);
    assert_script_error(*state, ONE_LAYER "m:compile{loss = 'mse'}\nm:fit{epochs = 1048577}\n", 3,
                        "fit: epochs must be an integer of at least 1 and at most 1048576, not 1048577", NULL);
    assert_script_error(*state, ONE_LAYER "m:fit{epochs = 3}\n", 2, "fit needs a compiled model",
                        "model:compile{optimizer = \"adam\", loss = \"...\"}");
    assert_script_error(*state, ONE_LAYER "m:add(Dense{1, name = 'x'})\nm:add(Dense{1, name = 'x'})\n", 3,
                        "two layers have the name 'x'", "the other one was made in line 2");
}

/* The macros of net.h know no case and no '/'. */
static void tells_parameters_apart_in_the_header(void **state)
{
    const char *hint = "give one of them, or its layer, another name";
    assert_script_error(
        *state, ONE_LAYER "m:add(Dense{1, name = 'fc_A'})\nm:add(\nDense{1, name = 'fc_a'})\n", 4,
        "the parameters 'fc_A/kernel' and 'fc_a/kernel' would both be FC_A_KERNEL_OFFSET in the header", hint);
    assert_script_error(
        *state,
        "local Outer = Layer{name = 'Outer', call = function(l, x)\n"
        "  return Dense{1, name = 'b'}(x)\n"
        "end}\n"
        "return Sequential{Input{3}, Outer{name = 'a'},\n"
        "  Dense{1, name = 'a_b'}}\n",
        5, "the parameters 'a/b/kernel' and 'a_b/kernel' would both be A_B_KERNEL_OFFSET in the header", hint);
    assert_script_error(*state,
                        "local Twice = Layer{name = 'Twice', call = function(l, x)\n"
                        "  return x * l:parameter('w', {3}) * l:parameter('W', {3})\n"
                        "end}\n"
                        "return Sequential{Input{3},\n"
                        "  Twice()}\n",
                        5, "the parameters 'twice/w' and 'twice/W' would both be TWICE_W_OFFSET in the header",
                        hint);
    /* one parameter, asked for twice, and layers of one name in different ones */
    script_compile(*state, "local Outer = Layer{name = 'Outer', call = function(l, x)\n"
                           "  return Dense{3, name = 'b'}(x) * l:parameter('w', {3}) * l:parameter('w', {3})\n"
                           "end}\n"
                           "return Sequential{Input{3}, Outer{}, Outer{}, Dense{1, name = 'b'}}\n");
}

static void explains_impossible_shapes(void **state)
{
    struct script_fixture *fixture = *state;
    assert_null(script_try(fixture, "local m = Sequential()\n"
                                    "m:add(Conv2D{8, 5, input_shape = {9, 9, 1}})\n"
                                    "m:add(Conv2D{16, 7})\n"));
    assert_int_equal(fixture->diag.at.line, 3);
    assert_string_equal(fixture->diag.trail, "9x9x1 -> conv2d 5x5x8");
    assert_non_null(strstr(fixture->diag.message, "7x7"));
    assert_non_null(strstr(fixture->diag.message, "5x5"));
    assert_script_error(
        fixture, "return Sequential{Input{10}, Conv2D{8, 3}}\n", 1,
        "Conv2D needs an image of rows, columns and channels, but its input is 10",
        "layers of images come before Flatten and Dense; Reshape can make an image of other shapes");
    assert_script_error(fixture, "return Sequential{Conv2D{8, 3, input_shape = {28, 20}}}\n", 1,
                        "Conv2D needs an image of rows, columns and channels, but its input is 28x20",
                        "one channel is an axis, too: input_shape = {28, 20, 1}, or Reshape{28, 20, 1} before it");
    assert_script_error(fixture,
                        "return Sequential{MaxPooling2D{input_shape = {28, 20}, data_format = 'channels_first'}}\n",
                        1, "MaxPooling2D needs an image of rows, columns and channels, but its input is 28x20",
                        "one channel is an axis, too: input_shape = {1, 28, 20}, or Reshape{1, 28, 20} before it");
    assert_script_error(fixture, "return Sequential{Input{10}, Reshape{3, -1}}\n", 1,
                        "Reshape cannot turn 10 (10 numbers) into 3x-1", NULL);
    assert_script_error(fixture, "return Sequential{Input{8, 8, 3}, Conv2D{8, 3, groups = 2}}\n", 1,
                        "Conv2D has an input of 3 channels, which do not divide into 2 groups", NULL);
    assert_script_error(fixture, "return Sequential{Input{8, 8, 3}, Conv2D{8, 3, 2, dilation_rate = 2}}\n", 1,
                        "Conv2D cannot have both strides and dilation_rate above 1", "make one of them 1");
    assert_script_error(fixture, "return Sequential{\n  Input{8, 8, 3},\n  BatchNormalization{axis = 4}}\n", 3,
                        "BatchNormalization has axis = 4, but its input has the axes 0 (the batch) to 3", NULL);
}

static void explains_channels_that_come_first(void **state)
{
    const char *first =
        "is the input {channels, rows, columns}? Images are {rows, columns, channels}: input_shape = {28, "
        "28, 1}, or give each layer of images data_format = \"channels_first\"";
    assert_script_error(*state, "return Sequential{Conv2D{8, 5, input_shape = {1, 28, 28}}}\n", 1,
                        "conv2d window of 5x5 is larger than its input of 1x28", first);
    assert_script_error(*state,
                        "return Sequential{Input{1, 28, 28}, Conv2D{8, 5, padding = 'same'},\n  MaxPool2D(2)}\n", 2,
                        "max_pool2d window of 2x2 is larger than its input of 1x28", first);
    static const char *const others[] = {
        "return Sequential{Input{9, 9, 1}, Conv2D{8, 5}, Conv2D{8, 7}}\n",
        "return Sequential{Input{3, 9, 9}, Conv2D{8, 11, data_format = 'channels_first'}}\n",
        "return Sequential{Input{1, 28, 1}, Conv2D{8, 5}}\n",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct script_fixture *fixture = *state;
        assert_null(script_try(fixture, others[i]));
        assert_non_null(strstr(fixture->diag.hint, "make the window smaller, use padding = \"same\""));
    }
    /* A state of a loop comes from no input. */
    assert_script_error(
        *state,
        "local L = Layer{name = 'L', call = function(layer, x)\n"
        "  local w = layer:parameter('w', {3, 3, 1, 2})\n"
        "  return op.scan(function(now, s) op.conv2d(s, w) return now, s end, x, {{2, 2, 1}})\n"
        "end}\n"
        "return Sequential{L{input_shape = {10, 4}}}\n",
        5, "conv2d window of 3x3 is larger than its input of 2x2",
        "make the window smaller, use padding = \"same\", or take away a layer that shrinks the image (2 rows "
        "are left here)");
}

static void cuts_long_trails_to_their_ends(void **state)
{
    struct script_fixture *fixture = *state;
    const char *script = "local m = Sequential{Input{40, 40, 1}}\n"
                         "for i = 1, %d do m:add(Conv2D{i, 3}) end\nm:add(Conv2D{1, 41})\n";
    assert_null(script_try(fixture, arena_printf(&fixture->arena, script, 7)));
    assert_string_equal(fixture->diag.trail,
                        "40x40x1 -> conv2d 38x38x1 -> conv2d_1 36x36x2 -> conv2d_2 34x34x3 -> conv2d_3 32x32x4 -> "
                        "conv2d_4 30x30x5 -> conv2d_5 28x28x6 -> conv2d_6 26x26x7");
    assert_null(script_try(fixture, arena_printf(&fixture->arena, script, 12)));
    assert_string_equal(fixture->diag.trail,
                        "40x40x1 -> conv2d 38x38x1 -> ... -> conv2d_8 22x22x9 -> conv2d_9 20x20x10 -> "
                        "conv2d_10 18x18x11 -> conv2d_11 16x16x12");
}

static void fit_takes_no_data(void **state)
{
    static const char *const calls[] = {"{x, y}", "({1, 2}, {3, 4})", "{{1, 2}, {3, 4}, epochs = 3}", "('mnist')"};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct script_fixture *fixture = *state;
        assert_script_error(
            fixture, arena_printf(&fixture->arena, ONE_LAYER "local x, y = {1}, {2}\nm:fit%s\n", calls[i]), 3,
            "fit: the script has no data", "the data set is given to the program: ./net train --data DIR");
    }
    script_compile(*state, ONE_LAYER "m:compile{loss = 'mse'}\nm:fit(32, 3)\nm:fit{32, epochs = 2}\n");
}

static void explains_the_forgotten_flatten(void **state)
{
    struct script_fixture *fixture = *state;
    assert_script_error(fixture,
                        "local m = Sequential()\n"
                        "m:add(Conv2D{8, 5, input_shape = {9, 9, 1}})\n"
                        "m:add(Dense{10, activation = 'softmax'})\n"
                        "m:compile{loss = 'sparse_categorical_crossentropy'}\n",
                        4,
                        "the model's output is 5x5x10, but sparse_categorical_crossentropy compares one class "
                        "index an image with a "
                        "single row of class scores",
                        "add Flatten() before the Dense layer of line 3: Dense works on the last axis only");
    assert_string_equal(fixture->diag.trail, "9x9x1 -> conv2d 5x5x8 -> dense 5x5x10");
}

static void a_forgotten_return_is_explained(void **state)
{
    static const char *const cases[][2] = {
        {"Sequential{build(), Dense{3}}",
         "Sequential: layers must be a list, without names and without gaps, not {nil, {...}}"},
        {"Sequential{Input{8}}:add(build())", "model:add takes one layer, not 0"},
        {"Model(x, (build(x)))", "Model needs outputs: a list"},
        {"Dense{3}((build(x)))", "Dense is called on tensors, not on nil"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(
            *state,
            arena_printf(&((struct script_fixture *)*state)->arena,
                         "local function build(x) local y = Dense(4) end\nlocal x = Input{8}\nlocal m = %s\n",
                         cases[i][0]),
            3, cases[i][1], "a function that ends without `return` makes nothing, which is nil");
    assert_script_error(*state, "local units = {4, 8}\nSequential{Input{8}, Dense{units[0], use_bias = false}}\n",
                        2, "Dense needs units: an integer of at least 1",
                        "is units[0] nil? Lists begin at 1: units[1] is the first");
    assert_script_error(*state, "local x\nreturn Model{inputs = Input{8}, outputs = x}\n", 2,
                        "Model needs outputs: a list", NULL);
    assert_script_error(*state, "local function build() return Sequential{Input{8}, Dense{4}} end\nreturn build\n",
                        0, "the script returns a function, not a model", "call it: return build()");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(runs_plain_lua),
        TEST(a_forgotten_return_is_explained),
        TEST(returns_the_only_model_by_itself),
        TEST(loads_modules_of_its_folder),
        TEST(catches_its_own_errors),
        TEST(goes_through_tables_in_order),
        TEST(draws_the_same_random_numbers),
        TEST(tells_syntax_errors),
        TEST(tells_where_the_parser_gave_up),
        TEST(tells_runtime_errors),
        TEST(tells_errors_in_modules),
        TEST(suggests_names),
        TEST(says_what_was_expected),
        TEST(says_the_largest_size),
        TEST(explains_misused_models),
        TEST(tells_parameters_apart_in_the_header),
        TEST(explains_impossible_shapes),
        TEST(explains_channels_that_come_first),
        TEST(cuts_long_trails_to_their_ends),
        TEST(fit_takes_no_data),
        TEST(explains_the_forgotten_flatten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
