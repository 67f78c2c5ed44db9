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
        {"ops.stack({x, x})", "4x6x8x2", "reshape reshape concat"},
        {"ops.expand_dims(x, 2)", "4x1x6x8", "reshape"},
        {"ops.squeeze(ops.expand_dims(x), -1)", "4x6x8", "reshape reshape"},
        {"ops.transpose(x, {axes = {0, 3, 1, 2}})", "8x4x6", "permute"},
        {"ops.depth_to_space(x, 2)", "8x12x2", "reshape permute reshape"},
        {"ops.space_to_depth(x, 2)", "2x3x32", "reshape permute reshape"},
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
        {"ops.sum(x)", "ops.sum needs axis: an integer or a list of integers",
         "axis = -1 is the last; the batch, axis 0, is not among them"},
        {"ops.expand_dims(x, 5)", "ops.expand_dims has axis = 5, but its input has the axes 0 (the batch) to 4",
         NULL},
        {"ops.squeeze(x, 1)", "ops.squeeze: axis 1 is of size 4, not 1", NULL},
        {"ops.transpose(x, {axes = {1, 0, 2, 3}})", "ops.transpose needs the axes 0 to 3, 0 in front", NULL},
        {"ops.depth_to_space(x, 3)", "ops.depth_to_space needs an image whose channels divide by 9, not 4x6x8",
         NULL},
        {"ops.space_to_depth(x, 5)", "ops.space_to_depth needs an image whose sizes divide by 5, not 4x6x8", NULL},
        {"ops.expp(x)", "there is no function 'ops.expp'", "did you mean 'exp'?"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(fixture, arena_printf(&fixture->arena, "local x = Input{4, 6, 8}\n%s\n", cases[i].call),
                            2, cases[i].message, cases[i].hint);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {TEST(makes_shapes_of_keras), TEST(explains_misuse)};
    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
