/* Functions of keras.ops, which count the batch among the axes. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void makes_shapes_of_keras(void **state)
{
    static const struct {
        const char *call, *shape, *ops;
    } cases[] = {
        {"ops.exp(x)", "4x6x8", "unary"},
        {"ops.relu(x)", "4x6x8", "unary"},
        {"ops.add(x, 1)", "4x6x8", "affine"},
        {"ops.subtract(1, x)", "4x6x8", "affine"},
        {"ops.multiply(x, x)", "4x6x8", "binary"},
        {"ops.maximum(x, x)", "4x6x8", "binary"},
        {"ops.maximum(x, 0)", "4x6x8", "constant binary"},
        {"ops.clip(x, -1, 1)", "4x6x8", "constant binary constant binary"},
        {"ops.where(ops.greater(x, 0), x, 0.1 * x)", "4x6x8", "constant binary affine select"},
        {"ops.power(x, 2)", "4x6x8", "constant binary"},
        {"ops.sum(x, -1)", "4x6", "reduce"},
        {"ops.mean(x, {axis = {1, 2}})", "8", "reduce"},
        {"K.max(x, {axis = 1, keepdims = true})", "1x6x8", "reduce"},
        {"ops.sqrt(ops.sum(ops.square(x - 1), {axis = -1, keepdims = true}))", "4x6x1",
         "affine unary reduce unary"},
        {"ops.concatenate({x, x}, {axis = 1})", "8x6x8", "concat"},
        {"ops.concatenate{x, x}", "4x6x16", "concat"},
        {"ops.concatenate{x, x, axis = 1}", "8x6x8", "concat"},
        {"ops.stack{x, x, axis = 1}", "2x4x6x8", "reshape reshape concat"},
        {"ops.squeeze{ops.expand_dims(x, 1), axis = 1}", "4x6x8", "reshape reshape"},
        {"ops.sum{x, axis = {1, 2}, keepdims = true}", "1x1x8", "reduce"},
        {"ops.stack({x, x}, 1)", "2x4x6x8", "reshape reshape concat"},
        {"ops.stack({x, x}, -1)", "4x6x8x2", "reshape reshape concat"},
        {"ops.expand_dims(x, 2)", "4x1x6x8", "reshape"},
        {"ops.squeeze(ops.expand_dims(x), -1)", "4x6x8", "reshape reshape"},
        {"ops.squeeze(ops.expand_dims(ops.expand_dims(x), 1))", "4x6x8", "reshape reshape reshape"},
        {"ops.transpose(x, {axes = {0, 3, 1, 2}})", "8x4x6", "permute"},
        {"ops.depth_to_space(x, 2)", "8x12x2", "reshape permute reshape"},
        {"ops.space_to_depth(x, 2)", "2x3x32", "reshape permute reshape"},
        {"ops.reshape(x, {-1, 24, 8})", "24x8", "reshape"},
        {"ops.reshape(x, {nil, -1, 2, 8})", "12x2x8", "reshape"},
        {"ops.reshape(x, {ops.shape(x)[0], ops.shape(x)[1] * ops.shape(x)[-2], 8})", "24x8", "reshape"},
        {"ops.batch_flatten(x)", "192", "reshape"},
        {"ops.broadcast_to(ops.sum(x, {axis = 3, keepdims = true}), ops.shape(x))", "4x6x8", "reduce broadcast"},
        {"ops.image.resize(x, {8, 3})", "8x3x8", "resize"},
        {"ops.image.resize(x, {2, 3}, 'bicubic', true)", "2x3x8", "resample resample"},
        {"ops.image.extract_patches(x, 3)", "1x2x72", "slice reshape permute reshape"},
        {"ops.image.extract_patches(x, {size = {1, 2}, strides = {1, 4}, padding = 'same'})", "4x2x16",
         "reshape pad2d reshape reshape slice reshape reshape pad2d reshape reshape slice reshape concat"},
        {"Reshape(ops.shape(x))(ops.batch_flatten(x))", "4x6x8", "reshape reshape"},
        {"Reshape{target_shape = ops.shape(x)}(x)", "4x6x8", "reshape"},
        {"-ops.cast(x, 'float64')", "4x6x8", "affine"},
        {"ops.nn.relu(K.maximum(x, K.epsilon()))", "4x6x8", "constant binary unary"},
        {"ops.add(x, ops.expand_dims(ops.arange(8), 0))", "4x6x8", "constant reshape binary"},
        {"ops.multiply(x, ops.expand_dims(ops.arange(6), 1))", "4x6x8", "constant reshape binary"},
        {"Add()({x, ops.reshape(ops.arange(24), {1, 4, 6, 1})})", "4x6x8", "constant reshape reshape binary"},
        {"x + ops.sum(ops.reshape(ops.arange(48), {6, 8}), {axis = 0})", "4x6x8", "constant reshape reduce binary"},
        {"x + ops.take(ops.reshape(ops.arange(48), {8, 6}), 1, {axis = 1})", "4x6x8",
         "constant reshape slice reshape binary"},
        {"x + ops.transpose(ops.reshape(ops.arange(48), {8, 6}), {axes = {1, 0}})", "4x6x8",
         "constant reshape permute binary"},
        {"x + ops.squeeze(ops.softmax(ops.reshape(ops.arange(8), {8, 1}), {axis = 0}))", "4x6x8",
         "constant reshape permute softmax permute reshape binary"},
        {"ops.pad(x, {{0, 0}, {3, 0}, {0, 0}, {9, 9}}, {mode = 'wrap'})", "7x6x26", "border border"},
        {"ops.pad(x, {{0, 0}, {0, 3}, {0, 0}, {0, 0}}, 'edge')", "7x6x8", "border"},
        {"ops.flip(x, {1, -1})", "4x6x8", "border border"},
        {"ops.roll(x, -7, {axis = 2})", "4x6x8", "border"},
        {"x + ops.flip(ops.arange(8), 0)", "4x6x8", "constant border binary"},
        {"x + ops.pad(ops.arange(6), 1)", "4x6x8", "constant reshape pad2d reshape binary"},
        {"x + ops.broadcast_to(ops.arange(8), {nil, 6, 8})", "4x6x8", "constant broadcast binary"},
        {"ops.dot(2, x) - ops.dot(x, 3)", "4x6x8", "affine affine binary"},
        {"ops.norm(x, 1, -1)", "4x6", "unary reduce"},
        {"ops.norm(x, 'euclidean', {1, 2})", "8", "unary reduce unary"},
        {"ops.ones_like(x)", "4x6x8", "binary affine"},
        {"Embedding{6, 8}(ops.expand_dims(ops.arange(6), 0)) + x", "4x6x8", "reshape binary"},
        {"ops.pad(x, {{0, 0}, {1, 0}, {0, 0}, {0, 0}}, {constant_values = 2})", "5x6x8",
         "constant broadcast reshape pad2d reshape reshape pad2d reshape constant select"},
        {"mean_squared_error(x, ops.relu(x))", "4x6", "unary binary unary reduce"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *forms[] = {
            "local x = Input{4, 6, 8}\nreturn Model(x, %s)\n",
            "local f = Lambda(function(x) return %s end)\nreturn Sequential{Input{4, 6, 8}, f}\n"};
        for (int form = 0; form < 2; form++) {
            const char *place = strstr(forms[form], "%s");
            const struct graph *graph =
                script_compile(fixture, arena_printf(&fixture->arena, "%.*s%s%s", (int)(place - forms[form]),
                                                     forms[form], cases[i].call, place + 2));
            assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), cases[i].shape);
            assert_string_equal(script_ops_of(fixture, graph), cases[i].ops);
        }
    }
}

static void explains_misuse(void **state)
{
    static const struct {
        const char *call, *message, *hint;
    } cases[] = {
        {"ops.exp(3)", "ops.exp is called on tensors", "ops.exp(x)"},
        {"ops.concatenate({x, x}, 0)", "ops.concatenate cannot work along axis 0, which is the batch", NULL},
        {"ops.expand_dims(x, 5)", "ops.expand_dims has axis = 5, but its input has the axes 0 (the batch) to 4",
         NULL},
        {"ops.squeeze(x, 1)", "ops.squeeze: axis 1 is of size 4, not 1", NULL},
        {"ops.transpose(x, {axes = {1, 0, 2, 3}})", "ops.transpose needs the axes 0 to 3, 0 in front", NULL},
        {"ops.depth_to_space(x, 3)", "ops.depth_to_space needs an image whose channels divide by 9, not 4x6x8",
         NULL},
        {"ops.space_to_depth(x, 5)", "ops.space_to_depth needs an image whose sizes divide by 5, not 4x6x8", NULL},
        {"ops.reshape(x, {4, 48})", "ops.reshape needs a shape that begins with the batch, not {4, 48}",
         "{-1, ...}, or {ops.shape(x)[0], ...}: ops.reshape counts the batch, as Keras does"},
        {"ops.reshape(x, {-1, -1, 8, -1})", "ops.reshape: one size at most can be -1", "beside the batch in front"},
        {"ops.split(x, 4, -2)", "ops.split: 6 cannot be divided by 4", NULL},
        {"ops.take(x, 4, {axis = 1})", "ops.take: 4 is none of the 4 places of axis 1", NULL},
        {"ops.slice(x, {1, 0, 0, 0}, {-1, 1, 1, 1})",
         "ops.slice needs a start and a size for each axis of 4x6x8, and all of the batch", NULL},
        {"ops.pad(x, 1)", "ops.pad cannot pad the batch",
         "pad_width = {{0, 0}, {1, 1}, ...}: a pair for each axis, the batch first"},
        {"ops.pad(x, {{1, 0}, {0, 0}, {0, 0}, {0, 0}})",
         "ops.pad needs a pair for each of the axes 0 to 3, {0, 0} for the batch, in front", NULL},
        {"ops.pad(x, {{0, 0}, {4, 0}, {0, 0}, {0, 0}}, 'reflect')",
         "ops.pad cannot mirror more than the 3 numbers of an axis", NULL},
        {"ops.pad(x, {{0, 0}, {0, 0}, {0, 0}, {0, 0}}, 'mean')",
         "ops.pad: mode must be \"constant\", \"edge\", \"reflect\", \"symmetric\" or \"wrap\", not \"mean\"",
         NULL},
        {"ops.flip(x, 0)", "ops.flip cannot work along axis 0, which is the batch", NULL},
        {"ops.extract_patches(x, 5)", "ops.image.extract_patches: 4x6x8 has no room for a patch", NULL},
        {"ops.pad(x, {{0, 0}, {1, 1}, {0, 0}, {0, 0}}, 'reflect', 2)",
         "ops.pad: constant_values is for mode = \"constant\", not for \"reflect\"", NULL},
        {"ops.extract_patches(x, {2, padding = 'full'})",
         "ops.image.extract_patches: padding must be \"valid\" or \"same\", not \"full\"", NULL},
        {"ops.image.resize(ops.sum(x, 1), 2)", "ops.image.resize needs an image, not 6x8", NULL},
        {"ops.extract_patches(ops.sum(x, 1), 2)", "ops.image.extract_patches needs an image, not 6x8", NULL},
        {"ops.cast(x, 'uint8')", "ops.cast: there is no type \"uint8\"", "\"float32\", \"int32\" or \"bool\""},
        {"ops.stack{x, x}", "ops.stack without axis works along axis 0, the batch, which cannot be cut",
         "give it an axis; axis = -1 is the last"},
        {"ops.take(x, 1)", "ops.take without axis works along axis 0, the batch, which cannot be cut",
         "give it an axis; axis = -1 is the last"},
        {"x = x + ops.reshape(ops.arange(192), {1, 1, 4, 6, 8})",
         "a tensor of 1x1x4x6x8, which has no batch, cannot meet samples of 4x6x8",
         "its first axis would lie along the batch, where Keras takes 1 alone"},
        {"x = ops.maximum(x, ops.reshape(ops.arange(384), {2, 4, 6, 8}))",
         "a tensor of 2x4x6x8, which has no batch, cannot meet samples of 4x6x8",
         "its first axis would lie along the batch, where Keras takes 1 alone"},
        {"ops.sum(ops.arange(8), {axis = 1})", "ops.sum has axis = 1, but its input has the axes 0 to 0", NULL},
        {"ops.dot(x, x)", "ops.dot of 4x6x8 and 4x6x8 would multiply each row with those of all samples",
         "ops.matmul and ops.einsum multiply those of each sample"},
        {"ops.dot(x, ops.arange(8))",
         "ops.dot multiplies samples with a matrix that has no batch behind them, not 4x6x8 with 8",
         "ops.sum(x * w, {axis = -1}) is the product with a row of numbers"},
        {"ops.tensordot(x, 2, 1)", "ops.tensordot is called on two tensors, not on 2",
         "x * 2 is a product with a number"},
        {"ops.norm(x, -1, -1)", "ops.norm: ord must be 2, \"euclidean\" or 1, not -1",
         "as in Keras it comes before axis: ops.norm(x, {axis = -1})"},
        {"ops.norm(x, 2, {1, 2})",
         "ops.norm with ord = 2 over several axes is a norm of matrices, which cnnc does not have",
         "without ord it is the root of the sum of all squares"},
        {"op.scan(function(t) return t + op.random_normal(t) end, x)",
         "random_normal would draw the same numbers in every step of a recurrence",
         "draw a row for each step in front of it, and have them as a part of its sequence"},
        {"Embedding{5, 2}(ops.arange(0.5, 3.5))",
         "Embedding is called on numbers that are alike for all samples, and can look up only whole ones, one after "
         "the other",
         "ops.arange(40), or ops.arange(2, 42)"},
        {"random.truncated_normal(x)", "there is no function 'random.truncated_normal'",
         "known are: normal, uniform"},
        {"ops.exp = nil", "ops.exp cannot be changed", NULL},
        {"return Model{x, Flatten()(x - ops.mean(x))}",
         "ops.mean without axis is the mean over the batch, too, which a loss, a metric or add_loss alone can have",
         "axis = -1 is the last; the batch, axis 0, is not among them"},
        {"ops.sum(x)", "ops.sum without axis goes over the batch, too",
         "axis = -1 is the last; the batch, axis 0, is not among them"},
        {"local m = Model{x, Dense(1)(Flatten()(x))}; m:add_loss(ops.sqrt(ops.mean(x)))",
         "this add_loss makes more than sums of ops.mean without axis, which is the mean over the batch, too",
         "ops.mean(x, {axis = -1}) is a sample's own mean"},
        {"local m = Model{x, Dense(1)(Flatten()(x))}; m:add_loss(ops.mean(ops.square(x - ops.mean(x))))",
         "this add_loss makes more than sums of ops.mean without axis, which is the mean over the batch, too",
         "ops.mean(x, {axis = -1}) is a sample's own mean"},
        {"local m = Model{x, Dense(1)(Flatten()(x))}; m:add_metric(ops.sqrt(ops.mean(x)), 'a')",
         "this add_metric makes more than sums of ops.mean without axis, which is the mean over the batch, too",
         "ops.mean(x, {axis = -1}) is a sample's own mean"},
        {"Dense{1, activity_regularizer = L2(0.1)}(ops.mean{x, keepdims = true})",
         "this activity_regularizer makes more than sums of ops.mean without axis, which is the mean over the batch, "
         "too",
         "ops.mean(x, {axis = -1}) is a sample's own mean"},
        {"ActivityRegularization{l1 = 0.1}(ops.mean{x, keepdims = true})",
         "this ActivityRegularization makes more than sums of ops.mean without axis, which is the mean over the batch, "
         "too",
         "ops.mean(x, {axis = -1}) is a sample's own mean"},
        {"Embedding{5, 2}(ops.arange(6))", "Embedding has 5 rows, but is called on 0, ..., 5", NULL},
        {"random.normal{shape = {nil, 3}}",
         "random.normal is for the call of a layer: its numbers are of each sample of the layer's input",
         "Lambda(function(x) return x + random.normal(ops.shape(x)) end)"},
        {"return x < 0.5", "tensors are not compared by Lua's < and its kin, which give true or false",
         "ops.less(x, y), ops.greater(x, y) and the like give 1 where it is so, else 0"},
        {"ops.expp(x)", "there is no function 'ops.expp'", "did you mean 'exp'?"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(fixture, arena_printf(&fixture->arena, "local x = Input{4, 6, 8}\n%s\n", cases[i].call),
                            2, cases[i].message, cases[i].hint);
}

static void draws_numbers_in_layers(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture,
        "return Sequential{Input{4, 6}, Lambda(function(x)\n"
        "  return random.normal({ops.shape(x)[0], 6}, 0, 2) + K.random_uniform{shape = ops.shape(x), seed = 3}\nend)}\n");
    assert_string_equal(script_ops_of(fixture, graph), "random_normal random_uniform binary");
    assert_string_equal(shape_text(&fixture->arena, &graph->nodes[0]->out[0]->shape), "6");
}

/* A mean over all samples, which a loss can make of each sample's, as long as only sums and multiples follow. */
static void takes_means_over_the_batch_in_losses(void **state)
{
    static const char begin[] = "local m = Sequential{Dense{2, input_shape = {3}}}\n"
                                "m:compile{optimizer = 'sgd', loss = function(label, y) return ";
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture,
        arena_printf(&fixture->arena,
                     "%s2 * K.mean(K.square(y - label)) + 1 - K.mean(y - K.mean(y)) end}\nreturn m\n", begin));
    assert_int_equal(graph->loss->shape.rank, 0);
    assert_script_error(
        fixture, arena_printf(&fixture->arena, "%sK.sqrt(K.mean(K.square(y - label))) end}\nreturn m\n", begin), 2,
        "this loss makes more than sums of ops.mean without axis, which is the mean over the batch, too",
        "ops.mean(x, {axis = -1}) is a sample's own mean");
}

/* The same in what layers and models add to it; and numbers of a parameter, all of which can be summed. */
static void adds_means_over_the_batch_to_the_loss(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local Small = class(Layer, 'Small')\n"
                                "function Small:build() self.w = self:add_weight{shape = {3}, name = 'w'} end\n"
                                "function Small:call(x)\n"
                                "  self:add_loss(0.1 * K.mean(K.square(x)) + 2 * K.mean(K.sum(x, 1)))\n"
                                "  return x * K.sum(self.w)\nend\n"
                                "local x = Input{3}\nlocal y = Small()(x)\nlocal m = Model{x, Dense(2)(y)}\n"
                                "m:add_loss(K.mean(y))\nm:compile{optimizer = 'sgd', loss = 'mse'}\nreturn m\n");
    assert_int_equal(graph->loss->shape.rank, 0);
}

/* What is made of parameters alone is summed over the samples as what differs between them is. */
static void makes_numbers_of_samples_of_those_of_parameters(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local Own = class(Layer, 'Own')\n"
                                "function Own:build() self.w = self:add_weight{shape = {3}, name = 'w'} end\n"
                                "function Own:call(x) return x * self.w end\n"
                                "local own, x = Own(), Input{3}\nlocal m = Model(x, own(x))\n"
                                "local function size() return ops.sum(ops.square(own.w)) end\n"
                                "m:compile{optimizer = 'sgd', loss = size, metrics = {size}}\nreturn m\n");
    assert_int_equal(graph->loss->scope, SCOPE_SAMPLE);
    assert_int_equal(graph->n_metrics, 1);
    assert_int_equal(graph->metrics[0]->scope, SCOPE_SAMPLE);
}

/* The rows of an Embedding by their numbers are a part of its table, which every sample has. */
static void knows_positions(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local x = Input{6, 4}\nlocal e = Embedding{9, 4}\n"
                                "local inner = Model(x, x + e(ops.arange{start = 2, stop = 8, step = 1}))\n"
                                "local y = Input{6, 4}\nreturn Model(y, inner(inner(y)))\n");
    assert_string_equal(script_ops_of(fixture, graph), "slice binary slice binary");
    assert_int_equal(graph->n_parameters, 1);
    assert_int_equal(graph->parameters[0]->shape.dim[0], 9);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {TEST(makes_shapes_of_keras),
                                       TEST(explains_misuse),
                                       TEST(draws_numbers_in_layers),
                                       TEST(takes_means_over_the_batch_in_losses),
                                       TEST(adds_means_over_the_batch_to_the_loss),
                                       TEST(makes_numbers_of_samples_of_those_of_parameters),
                                       TEST(knows_positions)};
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
