/* Which layers make masks, pass them on, heed them and end them; what is said of masks that end. */
#include "op/op.h"
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Five steps of four numbers, with a mask. */
#define MASKED                                                                                                     \
    "local words = Input{shape = {5}, dtype = 'int32'}\n"                                                          \
    "local x = Embedding{9, 4, mask_zero = true}(words)\n"

#define NOT_PASSED(layer) layer " passes on no mask: the layers behind it count every step"
#define GIVE_ONE          "a layer can be given one in its call: layer(x, {mask = m})"

static void two_layers_make_masks(void **state)
{
    script_compile(*state, MASKED "assert(#x._keras_mask.shape == 1 and x._keras_mask.shape[1] == 5)\n"
                                  "local y = Masking(0.5)(Input{6, 3, 2})\n"
                                  "assert(#y._keras_mask.shape == 2 and y._keras_mask.shape[2] == 3)\n"
                                  "assert(Embedding(9, 4)(words)._keras_mask == nil and words._keras_mask == nil)\n"
                                  "return Model{words, GlobalAveragePooling1D()(x)}\n");
}

/* What Keras 3 says supports_masking of; those that change the steps give the mask no further. */
static void layers_pass_masks_on_as_in_keras(void **state)
{
    static const struct {
        const char *layer;
        bool passes;
    } cases[] = {
        {"Activation('relu')", true},
        {"ReLU()", true},
        {"LeakyReLU()", true},
        {"PReLU()", true},
        {"ELU()", true},
        {"Softmax()", true},
        {"Dense(3)", true},
        {"Identity()", true},
        {"Dropout(0.5)", true},
        {"SpatialDropout1D(0.5)", true},
        {"GaussianNoise(0.5)", true},
        {"GaussianDropout(0.5)", true},
        {"AlphaDropout(0.5)", true},
        {"ActivityRegularization{l2 = 0.1}", true},
        {"LayerNormalization()", true},
        {"GroupNormalization(2)", true},
        {"UnitNormalization()", true},
        {"TimeDistributed(Dense(3))", true},
        {"LSTM{3, return_sequences = true}", true},
        {"GRU{3, return_sequences = true, go_backwards = true}", true},
        {"Bidirectional(SimpleRNN{3, return_sequences = true})", true},
        {"RNN{StackedRNNCells{LSTMCell(3), GRUCell(2)}, return_sequences = true}", true},
        {"Sequential{Dense(3), LSTM{2, return_sequences = true}}", true},
        {"LSTM(3)", false},
        {"Bidirectional(GRU(3))", false},
        {"GlobalAveragePooling1D()", false},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_warning(
            *state,
            arena_printf(&fixture->arena,
                         MASKED "local y = %s(x)\nassert((y._keras_mask ~= nil) == %s)\n"
                                "return Model{words, GlobalAveragePooling1D()(#y.shape > 1 and y or x)}\n",
                         cases[i].layer, cases[i].passes ? "true" : "false"),
            0, NULL, NULL);
}

static void says_where_a_mask_ends(void **state)
{
    static const char *const cases[][2] = {
        {"Flatten()", "Flatten"},
        {"Conv1D(3, 2)", "Conv1D"},
        {"MaxPooling1D(2)", "MaxPooling1D"},
        {"GlobalMaxPooling1D()", "GlobalMaxPooling1D"},
        {"Reshape{{10, 2}}", "Reshape"},
        {"Permute{{2, 1}}", "Permute"},
        {"Lambda(function(x) return 2 * x end)", "Lambda"},
        {"Layer{name = 'Mine', call = function(self, x) return 2 * x end}()", "Mine"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_warning(*state,
                              arena_printf(&fixture->arena, MASKED "return Model{words, %s(x)}\n", cases[i][0]), 3,
                              arena_printf(&fixture->arena, NOT_PASSED("%s"), cases[i][1]), GIVE_ONE);
    assert_script_warning(*state, MASKED "return Model{words, Flatten()(x + 1)}\n", 3, NOT_PASSED("affine"),
                          GIVE_ONE);
    /* once, for a layer that is called again in the same line, too */
    assert_script_warning(*state,
                          MASKED "local f = Flatten()\nlocal list = {}\n"
                                 "for i = 1, 2 do list[i] = f(x) end\nreturn Model{words, Add()(list)}\n",
                          5, NOT_PASSED("Flatten"), GIVE_ONE);
}

static void sums_have_a_mask_where_all_parts_have_one(void **state)
{
    static const char ALL[] =
        "all of its inputs must have a mask: layer(x, {mask = m}) gives one to another layer's input";
    assert_script_warning(*state,
                          MASKED "local y = Add(){x, Dense(4)(x)}\nassert(y._keras_mask)\n"
                                 "return Model{words, GlobalAveragePooling1D()(y)}\n",
                          0, NULL, NULL);
    assert_script_warning(*state,
                          MASKED "local y = Concatenate{axis = 1}{x, Embedding(9, 4)(words)}\n"
                                 "assert(y._keras_mask.shape[1] == 10)\n"
                                 "return Model{words, GlobalAveragePooling1D()(y)}\n",
                          0, NULL, NULL);
    assert_script_warning(*state, MASKED "return Model{words, Flatten()(Add(){x, Embedding(9, 4)(words)})}\n", 3,
                          NOT_PASSED("Add"), ALL);
    assert_script_warning(*state,
                          MASKED "return Model{words, Flatten()(Concatenate(){x, Embedding(9, 4)(words)})}\n", 3,
                          NOT_PASSED("Concatenate"), ALL);
}

static void a_call_can_be_given_a_mask(void **state)
{
    script_compile(*state, MASKED "local m = ops.not_equal(ops.cast(words, 'float32'), 3)\n"
                                  "local y = Dense(3)(Embedding(9, 4)(words), {mask = m})\nassert(y._keras_mask)\n"
                                  "local z = Attention()({y, y}, {mask = {None, m}, use_causal_mask = true})\n"
                                  "assert(z._keras_mask)\n"
                                  "local e = Embedding{9, 4, mask_zero = true}\n"
                                  "local a = LSTM(3)(Embedding(9, 4)(words), {mask = e:compute_mask(words)})\n"
                                  "return Model{words, Add(){a, GlobalAveragePooling1D()(z)}}\n");
    assert_script_error(*state, MASKED "LSTM(3)(x, {mask = 3})\n", 3,
                        "the call of LSTM: a mask must be a tensor, not 3", NULL);
    assert_script_error(*state, MASKED "LSTM(3)(x, {mask = Input{4}})\n", 3,
                        "LSTM: one sequence has 5 steps, another 4", NULL);
    assert_script_error(*state, MASKED "MultiHeadAttention(1, 2)(x, x, {value_mask = Input{4}})\n", 3,
                        "a mask of 4 does not fit 5 steps", NULL);
    assert_script_error(*state, MASKED "MultiHeadAttention(1, 2)(x, x, {attention_mask = words})\n", 3,
                        "an attention_mask has the axes of the scores, query and values, but this one is 5", NULL);
}

static void positions_have_no_mask(void **state)
{
    assert_script_error(
        *state, MASKED "return Model{words, x + Embedding{9, 4, mask_zero = true}(ops.arange(5))}\n", 3,
        "Embedding cannot mask zeros among numbers that are alike for all samples", "leave out mask_zero");
}

/* A nested model is called once more with the masks of what it is called on. */
static void masks_go_through_nested_models(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, MASKED "local inner = Sequential{Input{5, 4}, Dense(3), LSTM(2)}\n"
                                       "return Model{words, inner(x)}\n");
    assert_non_null(strstr(script_ops_of(fixture, graph), "select"));
    graph = script_compile(fixture, MASKED
                           "local t = Input{5, 4}\nlocal inner = Model{t, GRU(2)(t, {mask = t._keras_mask})}\n"
                           "return Model{words, inner(x)}\n");
    assert_non_null(strstr(script_ops_of(fixture, graph), "select"));
    graph = script_compile(fixture, "local t = Input{5, 4}\nreturn Model{t, GRU(2)(t)}\n");
    assert_null(strstr(script_ops_of(fixture, graph), "select"));
}

static void classes_get_masks_and_make_them(void **state)
{
    script_compile(*state, MASKED
                   "local Mine = class(Layer, 'Mine')\n"
                   "function Mine:call(x, mask)\n"
                   "  assert(mask.shape[1] == 5)\n"
                   "  return x * ops.expand_dims(mask, -1)\n"
                   "end\n"
                   "function Mine:compute_mask(x, mask) return 1 - mask end\n"
                   "local y = Mine()(x)\nassert(y._keras_mask)\n"
                   "local Passes = class(Layer, 'Passes')\n"
                   "function Passes:init() self.supports_masking = true end\n"
                   "function Passes:call(a, b, b_mask) assert(b_mask) return a * b end\n"
                   "local z = Passes()(y, x)\nassert(z._keras_mask)\n"
                   "local Of = Layer{name = 'Of', supports_masking = true, call = function(_, x) return -x end}\n"
                   "local v = Of()(z)\nassert(v._keras_mask)\n"
                   "return Model{words, GlobalAveragePooling1D()(v)}\n");
    assert_script_error(*state,
                        MASKED "local Mine = class(Layer, 'Mine')\nfunction Mine:call(x) return x end\n"
                               "function Mine:compute_mask(x, mask) return 3 end\nMine()(x)\n",
                        6, "Mine: its compute_mask must return a tensor, not 3", NULL);
    /* an embedding inside makes the mask of the layer around it, as in Keras */
    script_compile(*state,
                   "local words = Input{shape = {5}, dtype = 'int32'}\n"
                   "local Own = class(Layer, 'Own')\n"
                   "function Own:init() self.e = Embedding{9, 4, mask_zero = true} end\n"
                   "function Own:call(x, training) return Dropout(0.5)(self.e(x), {training = training}) end\n"
                   "function Own:compute_mask(x) return self.e:compute_mask(x) end\n"
                   "local y = Own()(words)\nassert(y._keras_mask)\n"
                   "return Model{words, LSTM(2)(y)}\n");
}

/* Their calls are run on inputs of their own, and so are masks. */
static void models_of_classes_get_masks(void **state)
{
    struct script_fixture *fixture = *state;
#define SUMS                                                                                                       \
    MASKED "local Sums = class(Model, 'Sums')\n"                                                                   \
           "function Sums:init() self.d = Dense(3) end\n"                                                          \
           "function Sums:call(x, mask)\n"                                                                         \
           "  assert(mask.shape[1] == 5)\n"                                                                        \
           "  return ops.sum(self.d(x) * ops.expand_dims(mask, -1), 1)\n"                                          \
           "end\nlocal sums = Sums()\n"
    const struct graph *graph = script_compile(fixture, SUMS "return Model{words, sums(x)}\n");
    assert_non_null(strstr(script_ops_of(fixture, graph), "binary")); /* words that are not 0 */
    script_compile(fixture, SUMS
                   "return Model{words, sums(x) + sums(Lambda{function(y) return y * 2 end, mask = None}(x))}\n");
    assert_script_error(fixture,
                        MASKED
                        "local Any = class(Model, 'Any')\n"
                        "function Any:call(x, mask) return mask and x or 2 * x end\n"
                        "local any = Any()\nlocal y = any(Lambda{function(y) return y * 2 end, mask = None}(x))\n"
                        "return Model{words, any(x) + y}\n",
                        7, "Any: its call gets a mask, which it did not get where it was called first",
                        "call it on what has a mask first, or make two of it");
#undef SUMS
}

/* In front of the first step that counts Keras' output is 0: where the states begin with something else, that is one more. */
/* Where data come in their order Keras would train with states of the batch before. */
static void a_stateful_recurrence_is_trained_without(void **state)
{
#define STATEFUL                                                                                                   \
    "local m = Sequential{GRU{3, stateful = true, input_shape = {5, 4}}, Dense(1)}\nm:compile{loss = 'mse'}\n"
    assert_script_warning(*state, STATEFUL "m:fit{epochs = 2}\nreturn m\n", 0, NULL, NULL);
    assert_script_warning(
        *state, STATEFUL "m:fit{epochs = 2, shuffle = false}\nreturn m\n", 3,
        "GRU is stateful in prediction step by step, but in training every sample begins with zeros",
        "longer samples show it more of a series");
}

static void a_stateful_recurrence_keeps_states_alone(void **state)
{
    const struct graph *graph = script_compile(
        *state,
        "return Sequential{Masking{input_shape = {5, 4}}, GRU{3, stateful = true, return_sequences = true}}\n");
    int states = 0, kept = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        if (strcmp(graph->nodes[i]->op->name, "loop_state") == 0) {
            states++;
            kept += ((const struct loop_state *)graph->nodes[i]->attributes)->stateful;
        }
    assert_int_equal(states, 2);
    assert_int_equal(kept, 1);
}

/* As Keras gives them by their names: whatever has the name mask is that, and what `arguments` says the next other one. */
static void functions_of_layers_get_masks_by_name(void **state)
{
    script_compile(*state,
                   MASKED "local k = {3}\n"
                          "local function first(x, mask, k) assert(mask.shape[1] == 5 and k[1] == 3) return x end\n"
                          "local function last(x, k, mask) assert(mask.shape[1] == 5 and k[1] == 3) return x end\n"
                          "local function alone(x, mask) assert(mask.shape[1] == 5) return x end\n"
                          "local function none(x, k) assert(k[1] == 3) return x end\n"
                          "local y = Lambda{first, arguments = k, mask = x._keras_mask}(x)\n"
                          "y = Lambda{last, arguments = k, mask = x._keras_mask}(y)\n"
                          "y = Lambda{alone, mask = function(x, mask) return mask end}(y)\n"
                          "assert(y._keras_mask)\n"
                          "y = Lambda{none, arguments = k, mask = y._keras_mask}(y)\n"
                          "return Model{words, Flatten()(y)}\n");
    assert_script_error(*state, MASKED "Lambda{function(x) return x end, mask = 3}(x)\n", 3,
                        "Lambda has a mask that must be a tensor, not 3", NULL);
}

/* What is not 0 counts, once: what a script gives for a mask becomes 0 and 1, and what is that is left alone. */
static void masks_of_scripts_are_0_and_1(void **state)
{
    static const struct {
        const char *masked;
        int compared; /* beside Embedding's */
    } cases[] = {
        {"Dense(3)(x, {mask = words})", 1},
        {"Dense(3)(x, {mask = ops.cast(words, 'float32')})", 1},
        {"Dense(3)(x, {mask = ops.not_equal(ops.cast(words, 'float32'), 2)})", 1},
        {"Dense(3)(x, {mask = x._keras_mask})", 0},
        {"Lambda{function(x) return x end, mask = ops.cast(words, 'float32')}(x)", 1},
        {"Own{2}(x)", 1},
        {"Own{1}(x)", 0},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct graph *graph = script_compile(
            fixture,
            arena_printf(&fixture->arena,
                         MASKED "local Own = class(Layer, 'Own')\n"
                                "function Own:init(options) self.factor = options[1] end\n"
                                "function Own:call(x) return x end\n"
                                "function Own:compute_mask(x, mask)\n"
                                "  return self.factor == 1 and mask or mask * self.factor\nend\n"
                                "local y = %s\nassert(y._keras_mask)\n"
                                "return Model{words, {GlobalAveragePooling1D()(y), GlobalAveragePooling1D()(x)}}\n",
                         cases[i].masked));
        int compared = -1;
        for (int j = 0; j < graph->n_nodes; j++)
            compared += strcmp(graph->nodes[j]->op->name, "binary") == 0 &&
                        ((const struct binary *)graph->nodes[j]->attributes)->function == BINARY_NOT_EQUAL;
        assert_int_equal(compared, cases[i].compared);
    }
}

#define TRAINED(loss)                                                                                              \
    MASKED "local m = Model{words, Dense{3, activation = 'softmax'}(x)}\nm:compile{loss = " loss "}\nreturn m\n"

static void losses_heed_the_mask_of_an_output(void **state)
{
    script_compile(*state, TRAINED("SparseCategoricalCrossentropy{ignore_class = 0}"));
    script_compile(*state, TRAINED("SparseCategoricalCrossentropy{reduction = 'sum'}"));
    script_compile(*state, TRAINED("function(y, p) return ops.mean(ops.square(y - p), -1) end"));
    assert_script_error(
        *state, TRAINED("MeanSquaredError{reduction = 'mean_with_sample_weight'}"), 4,
        "MeanSquaredError: reduction = \"mean_with_sample_weight\" cannot stand where the output has a mask",
        "without reduction, the mean is that of the steps that count");
    assert_script_error(*state, TRAINED("CTC()"), 4,
                        "CTC has one loss a sample, but the output has a mask of its steps",
                        "Lambda(function(y) return ops.convert_to_tensor(y) end) behind it has none");
    assert_script_error(*state, TRAINED("function(y, p) return ops.mean(ops.square(y - p), {1, 2}) end"), 4,
                        "a loss of scalar does not fit the output's mask of 5",
                        "it must have a number for each step: ops.mean(..., -1), say");
    assert_script_error(*state, TRAINED("function(y, p) return ops.mean(p) + ops.mean(ops.square(y - p), -1) end"),
                        4,
                        "this loss has ops.mean without axis beside numbers of steps, of which a mask leaves some",
                        "ops.mean(x, {axis = -1}) is a step's own mean");
}

static void moments_leave_masked_steps_out_along_the_last_axis(void **state)
{
    assert_script_error(*state, MASKED "return Model{words, LSTM(2)(BatchNormalization{axis = 1}(x))}\n", 3,
                        "BatchNormalization can leave masked steps out only where the channels are the last axis",
                        "axis = -1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(two_layers_make_masks),
        TEST(layers_pass_masks_on_as_in_keras),
        TEST(says_where_a_mask_ends),
        TEST(sums_have_a_mask_where_all_parts_have_one),
        TEST(a_call_can_be_given_a_mask),
        TEST(positions_have_no_mask),
        TEST(masks_go_through_nested_models),
        TEST(classes_get_masks_and_make_them),
        TEST(models_of_classes_get_masks),
        TEST(a_stateful_recurrence_keeps_states_alone),
        TEST(a_stateful_recurrence_is_trained_without),
        TEST(functions_of_layers_get_masks_by_name),
        TEST(masks_of_scripts_are_0_and_1),
        TEST(losses_heed_the_mask_of_an_output),
        TEST(moments_leave_masked_steps_out_along_the_last_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
