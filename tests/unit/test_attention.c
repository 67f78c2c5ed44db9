/* Dot and attention: shapes, names of parameters, and what they refuse. Their numbers are those of tests/oracle. */
#include "script_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void dot_has_keras_shapes(void **state)
{
    static const char *const cases[][2] = {
        {"local x = Input{5} return Model{x, Dot{axes = 1}({x, Dense{5}(x)})}", "1"},
        {"local x = Input{3, 5} return Model{x, Dot{axes = 2}({x, Dense{5}(x)})}", "3x3"},
        {"local x = Input{3, 5} return Model{x, Dot{axes = {1, 1}}({x, Dense{4}(x)})}", "5x4"},
        {"local x = Input{3, 5} return Model{x, Dot{axes = {2, 1}}({x, Dense{5}(Flatten()(x))})}", "3"},
        {"local x = Input{2, 3, 5} return Model{x, Dot{axes = -1}({x, Dense{5}(x)})}", "2x3x2x3"},
        {"local x = Input{5} return Model{x, dot({x, Dense{5}(x)}, {axes = -1, normalize = true})}", "1"},
        {"local x = Input{5} return Model{x, dot{x, Dense{5}(x), axes = -1}}", "1"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct graph *graph = script_compile(fixture, cases[i][0]);
        assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), cases[i][1]);
    }
}

static void heads_have_keras_parameters(void **state)
{
    static const char *const expected[][2] = {
        {"multi_head_attention/query/kernel", "12x3x4"},
        {"multi_head_attention/query/bias", "3x4"},
        {"multi_head_attention/key/kernel", "7x3x4"},
        {"multi_head_attention/key/bias", "3x4"},
        {"multi_head_attention/value/kernel", "7x3x5"},
        {"multi_head_attention/value/bias", "3x5"},
        {"multi_head_attention/attention_output/kernel", "3x5x12"},
        {"multi_head_attention/attention_output/bias", "12"},
    };
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local x = Input{8, 12}\n"
                                "local y = Dense{7, use_bias = false}(x)\n"
                                "return Model{x, MultiHeadAttention{3, 4, value_dim = 5}(x, y)}\n");
    assert_int_equal(graph->n_parameters, 9);
    for (int i = 0; i < 8; i++) {
        const struct parameter *parameter = graph->parameters[i + 1];
        assert_string_equal(parameter->name, expected[i][0]);
        assert_string_equal(shape_text(&fixture->arena, &parameter->shape), expected[i][1]);
    }
    /* Keras' rule for any kernel: the field is 12, so that 12 * 3 numbers enter and 12 * 4 leave */
    assert_true(fabs(graph->parameters[1]->b - sqrt(6.0 / (36 + 48))) < 1e-12);
}

static void a_shared_attention_shares_its_parameters(void **state)
{
    const struct graph *graph = script_compile(*state, "local x = Input{8, 6}\n"
                                                       "local a = MultiHeadAttention{2, 3}\n"
                                                       "return Model{x, a(a(x, x), x)}\n");
    assert_int_equal(graph->n_parameters, 8);
    assert_int_equal(graph->parameter_floats, 4 * (36 + 6));
}

static void a_scale_is_one_number(void **state)
{
    const struct graph *graph =
        script_compile(*state, "local x = Input{8, 6}\nreturn Model{x, Attention{use_scale = true}({x, x})}\n");
    assert_string_equal(graph->parameters[0]->name, "attention/scale");
    assert_int_equal(graph->parameters[0]->shape.rank, 0);
    assert_int_equal(graph->parameter_floats, 1);
}

static void refuses_what_does_not_fit(void **state)
{
    assert_script_error(*state, "local x = Input{3, 5}\nreturn Model{x, Dot{axes = {1, 2}}({x, Dense{4}(x)})}\n", 2,
                        "Dot sums products along axes of one size, but axis 1 of 3x5 has 3 and axis 2 of 3x4 has 4",
                        NULL);
    assert_script_error(*state, "local x = Input{5}\nreturn Model{x, Attention()({x, x})}\n", 2,
                        "Attention needs sequences of steps and features, but an input is 5", NULL);
    assert_script_error(*state, "local x = Input{3, 5}\nreturn Model{x, Attention()({x, Dense{4}(x)})}\n", 2,
                        "Attention multiplies queries and keys, but their features are 5 and 4",
                        "a Dense layer brings one of them to the size of the other");
    assert_script_error(
        *state, "local x = Input{3, 5}\nreturn Model{x, op.batch_matmul(x, x)}\n", 2,
        "batch_matmul: matrices 3x5 and 3x5 cannot be multiplied",
        "the columns of the first must be as many as the rows of the second, and the axes before equal");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(dot_has_keras_shapes),
        TEST(heads_have_keras_parameters),
        TEST(a_shared_attention_shares_its_parameters),
        TEST(a_scale_is_one_number),
        TEST(refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
