/* EinsumDense and ops.einsum: shapes, parameters, and what they refuse. Their numbers are those of tests/oracle. */
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void einsum_dense_has_keras_parameters(void **state)
{
    static const struct {
        const char *layer, *kernel, *bias, *output;
    } cases[] = {
        {"EinsumDense{'abc,cd->abd', output_shape = {None, 7}, bias_axes = 'd'}", "5x7", "7", "4x7"},
        {"EinsumDense{'abc,cd->abd', output_shape = 7}", "5x7", NULL, "4x7"},
        {"EinsumDense{'abc,bcd->ad', output_shape = 7, bias_axes = 'd'}", "4x5x7", "7", "7"},
        {"EinsumDense{'abc,cde->adeb', output_shape = {2, 3, 4}, bias_axes = 'de'}", "5x2x3", "2x3x1", "2x3x4"},
        {"EinsumDense{'...x,xy->...y', output_shape = 6, bias_axes = 'y'}", "5x6", "6", "4x6"},
        {"EinsumDense{'abc,cd->ad', output_shape = 7}", "5x7", NULL, "7"},
        {"EinsumDense{'abc,bc->abc', output_shape = {4, 5}}", "4x5", NULL, "4x5"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct graph *graph = script_compile(
            fixture, arena_printf(&fixture->arena, "local x = Input{4, 5} return Model{x, %s(x)}", cases[i].layer));
        assert_string_equal(graph->parameters[0]->name, "einsum_dense/kernel");
        assert_string_equal(shape_text(&fixture->arena, &graph->parameters[0]->shape), cases[i].kernel);
        assert_int_equal(graph->n_parameters, cases[i].bias ? 2 : 1);
        if (cases[i].bias)
            assert_string_equal(shape_text(&fixture->arena, &graph->parameters[1]->shape), cases[i].bias);
        assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), cases[i].output);
    }
}

static void equations_are_checked(void **state)
{
    static const char *const cases[][2] = {
        {"abc", "is like \"abc,cd->abd\""},
        {"abc,cd->abdd", "has the letter d twice in one place"},
        {"ab.c,cd->abd", "has dots that are no \"...\""},
        {"abc,cd->bad", "does not begin with the batch in front of the input and the result"},
        {"abcd,de->abce", "has 3 letters for an operand of 2 axes"},
        {"abc,cd->abe", "sums d of one operand alone"},
        {"abc,ce->abc", "makes 5 of c, for which output_shape has 7"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(
            fixture,
            arena_printf(&fixture->arena, "EinsumDense{'%s', output_shape = {None, 7}}(Input{4, 5})\n",
                         cases[i][0]),
            1, arena_printf(&fixture->arena, "EinsumDense has the equation %s, which %s", cases[i][0], cases[i][1]),
            "EinsumDense(\"abc,cd->abd\", {output_shape = {nil, 64}})");
    assert_script_error(fixture,
                        "EinsumDense{'abc,cd->abd', output_shape = {None, 7}, bias_axes = 'x'}(Input{4, 5})\n", 1,
                        "EinsumDense has the bias axis x, which its result does not have", NULL);
    assert_script_error(fixture, "EinsumDense{'abc,cd->abd', output_shape = 'x'}(Input{4, 5})\n", 1,
                        "EinsumDense needs an integer or a list of integers as output_shape", NULL);
}

static void multiplies_tensors_by_equations(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph = script_compile(
        fixture, "local x, y = Input{4, 5}, Input{3, 5}\n"
                 "return Model({x, y}, {ops.einsum('aij,akj->aki', x, y), ops.einsum('aij,akj->ai', x, y)})\n");
    assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), "3x4");
    assert_script_error(
        fixture, "local x = Input{4, 5}\nops.einsum('ij,akj->aki', x, x)\n", 2,
        "ops.einsum has the equation ij,akj->aki, which does not begin with one letter, that of the "
        "batch, everywhere",
        NULL);
    assert_script_error(fixture, "local x = Input{4, 5}\nops.einsum('aij,ajk->aik', x, x)\n", 2,
                        "ops.einsum has the equation aij,ajk->aik, which has j stand for 5 and for 4", NULL);
    assert_script_error(fixture, "ops.einsum('aij,ajk->aik')\n", 1,
                        "ops.einsum is called on an equation and two tensors",
                        "ops.einsum(\"bic,bjc->bij\", x, y)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(einsum_dense_has_keras_parameters),
        TEST(equations_are_checked),
        TEST(multiplies_tensors_by_equations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
