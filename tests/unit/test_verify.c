/* What `cnnc verify` expects of C, and how it judges what it gets. */
#include "verify/verify.h"

#include "script_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char MODEL[] = "local x = Input{2, 2, 1}\n"
                            "local y = Dense{2, activation = 'relu', name = 'first'}(Flatten()(x))\n"
                            "return Model{inputs = x, outputs = Dense{3, name = 'last'}(Dropout(0.5)(y))}";

/* Each parameter is 0.25. */
static struct reference reference(struct script_fixture *fixture, struct samples *samples, struct graph **graph)
{
    struct reference reference;
    *graph = script_compile(fixture, MODEL);
    float *parameters = arena_array(&fixture->arena, (*graph)->parameter_floats, sizeof *parameters);
    for (int64_t i = 0; i < (*graph)->parameter_floats; i++)
        parameters[i] = 0.25f;
    samples_draw(*graph, 3, 1, samples);
    assert_true(reference_of(*graph, parameters, samples, &reference));
    return reference;
}

static void every_layer_and_output_is_watched(void **state)
{
    struct samples samples;
    struct graph *graph;
    struct reference it = reference(*state, &samples, &graph);
    assert_int_equal(it.n_layers, 4);
    assert_string_equal(it.layers[1].name, "first");
    assert_string_equal(it.layers[1].type, "Dense");
    assert_int_equal(it.n_outputs, 1);
    assert_string_equal(it.outputs[0].name, "last");
    for (int s = 0; s < 3; s++) {
        double sum = 0.25;
        for (int i = 0; i < 4; i++) {
            double x = samples.values[0][s * 4 + i];
            assert_true(x >= -1 && x <= 1 && x == (double)(float)x);
            sum += 0.25 * x;
        }
        assert_true(fabs(it.layers[1].expected[s * 2] - fmax(sum, 0)) < 1e-12);
        assert_true(fabs(it.outputs[0].expected[s * 3 + 2] - (0.25 + 0.5 * fmax(sum, 0))) < 1e-12);
    }
    reference_keep(&it, graph);
    assert_int_equal(graph->n_outputs, 5);
    assert_true(graph->outputs[2] == it.layers[1].tensor && graph->outputs[2]->is_output);
}

/* As far as the graph may be off by rounding, which is measured: some units of the last place, and no thousand. */
static void what_rounding_does_is_allowed_and_no_more(void **state)
{
    struct samples samples;
    struct graph *graph;
    struct reference it = reference(*state, &samples, &graph);
    const struct watched *output = &it.outputs[0];
    float found[9];
    for (int i = 0; i < 9; i++)
        found[i] = (float)output->expected[i];
    struct difference difference = difference_of(output, 3, found);
    assert_false(difference.is_wrong);
    assert_true(difference.ulps <= 0.5 && difference.mean_ulps <= 0.5);
    found[4] += 0x1p-22f;
    difference = difference_of(output, 3, found);
    assert_false(difference.is_wrong);
    assert_true(difference.ulps > 2 && difference.ulps < 16);
    assert_true(fabs(difference.error - 0x1p-22) < 0x1p-24);
    found[4] += 1e-3f;
    assert_true(difference_of(output, 3, found).is_wrong);
    found[4] = NAN;
    difference = difference_of(output, 3, found);
    assert_true(difference.is_wrong && isinf(difference.error));
}

/* A logarithm of 0 is -inf in right C, too, and says nothing of the numbers beside it; a root of less than 0 is none. */
static void infinity_and_no_number_are_right_where_they_are_expected(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local x = Input{8}\nlocal y = Activation('relu')(x)\n"
                                "return Model{inputs = x, outputs = concatenate{ops.log(y), ops.sqrt(x)}}");
    struct samples samples;
    struct reference it;
    samples_draw(graph, 1, 1, &samples);
    assert_true(reference_of(graph, NULL, &samples, &it));
    const struct watched *output = &it.outputs[0];
    float found[16];
    int infinite = -1, none = -1, finite = -1;
    for (int i = 0; i < 16; i++) {
        found[i] = (float)output->expected[i];
        infinite = isinf(found[i]) ? i : infinite;
        none = isnan(found[i]) ? i : none;
        finite = isfinite(found[i]) ? i : finite;
    }
    assert_true(infinite >= 0 && none >= 0 && finite >= 0);
    struct difference difference = difference_of(output, 1, found);
    assert_true(!difference.is_wrong && difference.ulps < 1 && isfinite(difference.mean_ulps));
    assert_true(isfinite(output->allowed) && isfinite(output->typical));
    const char *program = selftest_program(&it, &samples, "m");
    assert_non_null(strstr(program, " -INFINITY,"));
    assert_non_null(strstr(program, " NAN,"));
    assert_null(strstr(program, "nan.0f"));
    assert_null(strstr(program, "inf.0f"));
    const int places[] = {infinite, none, finite};
    const float others[] = {INFINITY, 1, (float)(output->expected[finite] + 1)};
    for (int i = 0; i < 3; i++) {
        float right = found[places[i]];
        found[places[i]] = others[i];
        assert_true(difference_of(output, 1, found).is_wrong);
        found[places[i]] = right;
    }
}

static void inputs_are_drawn_as_they_are_taken(void **state)
{
    struct script_fixture *fixture = *state;
    struct graph *graph = script_compile(
        fixture, "local a, b, c = Input{50}, Input{50, dtype = 'uint8'}, Input{50}\n"
                 "return Model{inputs = {a, b, c}, outputs = {Flatten()(Embedding{7, 2}(a)), Dense(1)(b), "
                 "Dense(1)(Rescaling(1 / 255)(c))}}");
    struct samples samples;
    double largest[3] = {0};
    samples_draw(graph, 4, 1, &samples);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 200; j++) {
            double x = samples.values[i][j];
            assert_true(x >= 0 && (i == 2 || x == floor(x)));
            largest[i] = fmax(largest[i], x);
        }
    assert_true(largest[0] == 6 && largest[1] > 200 && largest[1] <= 255 && largest[2] > 200 && largest[2] <= 255);
}

static void bits_come_back_as_numbers_and_noise_does_not(void **state)
{
    struct script_fixture *fixture = *state;
    const float *values = verify_parse(&fixture->arena, "3f800000\nc0000000\r\n00000001\n", 3);
    assert_non_null(values);
    assert_true(values[0] == 1 && values[1] == -2 && values[2] == 0x1p-149f);
    assert_null(verify_parse(&fixture->arena, "3f800000\n", 2));
    assert_null(verify_parse(&fixture->arena, "3f800000\n3f800000\n", 1));
    assert_null(verify_parse(&fixture->arena, "hello\n3f800000\n", 1));
    assert_null(verify_parse(&fixture->arena, "3f80\n", 1));
}

static void outputs_of_other_frameworks_are_expected_whole(void **state)
{
    struct script_fixture *fixture = *state;
    struct samples samples;
    struct graph *graph;
    struct reference it = reference(fixture, &samples, &graph);
    const char *top = getenv("TOP");
    const char *path = arena_printf(&fixture->arena, "%s/tests/unit/pytorch/image.y.npy", top ? top : ".");
    assert_false(reference_expect(&it, path, limits_default));
    assert_string_equal(graph->diag->message, "it has 10 numbers, and the output last has 3 of each of 3 samples");
}

int main(void)
{
#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST_OF(every_layer_and_output_is_watched),
        TEST_OF(what_rounding_does_is_allowed_and_no_more),
        TEST_OF(infinity_and_no_number_are_right_where_they_are_expected),
        TEST_OF(inputs_are_drawn_as_they_are_taken),
        TEST_OF(bits_come_back_as_numbers_and_noise_does_not),
        TEST_OF(outputs_of_other_frameworks_are_expected_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
