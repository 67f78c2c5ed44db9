/* Images that pass through layers row by row: the same numbers as of whole images, by the interpreter; what can pass and what
 * cannot; how many bytes are live; what is said where they are too many. */
#include "naive/naive.h"
#include "op/op.h"
#include "script_support.h"
#include "command/command.h"

#include <math.h>
#include <string.h>

#include <cmocka.h>

/* ---- the same numbers ---- */

static struct graph *lowered(struct script_fixture *fixture, const char *text)
{
    struct graph *graph = script_compile(fixture, text);
    assert_true(pass_simplify(graph) && pass_lower(graph, false));
    graph_sweep(graph);
    return graph;
}

/* Of any size, sign and order, the same in each run. */
static double some_number(int64_t i) { return sin((double)(i * i % 1009)) / 2; }

static double *some_numbers(struct script_fixture *fixture, int64_t count)
{
    double *numbers = arena_array(&fixture->arena, count + 1, sizeof *numbers);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = some_number(i + count);
    return numbers;
}

static void run(struct script_fixture *fixture, struct naive *naive, const struct graph *graph)
{
    const double *x = some_numbers(fixture, shape_count(&graph->inputs[0]->shape));
    double *parameters = some_numbers(fixture, graph->parameter_floats);
    for (int64_t i = 0; i < graph->parameter_floats; i++)
        parameters[i] = fabs(parameters[i]) < 0.01 ? 0.01 : parameters[i];
    const struct naive_data given = {.count = 1, .inputs = &x, .parameters = parameters};
    assert_true(naive_run(naive, graph, &given));
}

/* Sums are in another order, each of some hundred numbers of about 1. */
static void assert_same_outputs(struct script_fixture *fixture, const struct graph *whole,
                                const struct graph *streamed)
{
    struct naive a, b;
    run(fixture, &a, whole);
    run(fixture, &b, streamed);
    for (int o = 0; o < whole->n_outputs; o++) {
        const double *x = naive_value(&a, whole->outputs[o]), *y = naive_value(&b, streamed->outputs[o]);
        assert_true(shape_equal(&whole->outputs[o]->shape, &streamed->outputs[o]->shape));
        for (int64_t i = 0; i < shape_count(&whole->outputs[o]->shape); i++)
            if (!(fabs(x[i] - y[i]) <= 1e-12 * (1 + fabs(x[i]))))
                fail_msg("output %d, number %d: %g, not %g", o, (int)i, y[i], x[i]);
    }
    naive_free(&a);
    naive_free(&b);
}

static int count_ops(const struct graph *graph, const struct op *op)
{
    int count = 0;
    for (int i = 0; i < graph->n_nodes; i++)
        count += graph->nodes[i]->op == op;
    return count;
}

/* As far as they can, the script's images pass in rows: in so many loops, which keep rows at so many places. */
static void assert_streams(struct script_fixture *fixture, const char *text, int loops, int kept)
{
    struct graph *whole = lowered(fixture, text), *streamed = graph_copy(whole);
    assert_true(pass_stream(streamed, INT64_MAX));
    assert_same_outputs(fixture, whole, streamed);
    if (streamed->n_loops != loops || count_ops(streamed, &op_window_rows) != kept)
        fail_msg("%d loops with %d windows, not %d with %d:\n%s", streamed->n_loops,
                 count_ops(streamed, &op_window_rows), loops, kept, text);
}

static void rows_give_the_same_numbers(void **state)
{
    struct script_fixture *fixture = *state;
    static const struct {
        const char *text;
        int loops, kept;
    } cases[] = {
        /* windows of all kinds: around the image, with strides and dilation, of uneven height */
        {"return Sequential{Input{17, 9, 3}, Conv2D{8, 3, padding = 'same', activation = 'relu'},\n"
         "  Conv2D{8, 5, strides = 2}, DepthwiseConv2D{3, padding = 'same'}, Conv2D{6, 1},\n"
         "  Conv2D{8, {3, 2}, dilation_rate = 2, padding = 'same'}, GlobalAveragePooling2D(), Dense{3}}",
         1, 4},
        {"return Sequential{Input{32, 6, 2}, Conv2D{4, 3, strides = 2, padding = 'same'}, MaxPooling2D{2},\n"
         "  Conv2D{4, 3, strides = 2, padding = 'same'}, Conv2D{5, 1, strides = 2}, GlobalMaxPooling2D()}",
         1, 4},
        /* below the lowest number lies nothing that a maximum could be */
        {"return Sequential{Input{20, 20, 3}, Conv2D{8, 3, padding = 'same'}, MaxPooling2D{3, strides = 2, padding = 'same'},\n"
         "  Conv2D{4, 3, padding = 'same'}, MaxPooling2D{3, strides = 1, padding = 'same'}, GlobalAveragePooling2D()}",
         1, 4},
        /* what comes early waits */
        {"local x = Input{16, 8, 4}\n"
         "local y = Conv2D{8, 3, padding = 'same', activation = 'relu'}(x)\n"
         "local z = Conv2D{8, 3, padding = 'same'}(Conv2D{8, 3, padding = 'same', activation = 'relu'}(y))\n"
         "y = Activation('relu')(Add()({y, z}))\n"
         "local short = Conv2D{12, 1, strides = 2}(y)\n"
         "z = MaxPooling2D{3, strides = 2, padding = 'same'}(Conv2D{12, 3, padding = 'same'}(y))\n"
         "return Model{inputs = x, outputs = Dense{2}(GlobalAveragePooling2D()(Add()({short, z})))}",
         1, 8},
        {"local x = Input{12, 12, 4}\n"
         "local y = Conv2D{8, 3, padding = 'same', activation = 'relu'}(x)\n"
         "y = Concatenate()({Conv2D{4, 1}(y), Conv2D{4, 3, padding = 'same'}(y), Conv2D{4, 5, padding = 'same'}(y)})\n"
         "return Model{inputs = x, outputs = GlobalAveragePooling2D()(Conv2D{4, 3}(y))}",
         1, 6},
        /* a pool of the upper rows alone; images that leave whole */
        {"return Sequential{Input{25, 5, 4}, Conv2D{16, 3, padding = 'same'}, Conv2D{16, 3, padding = 'same'},\n"
         "  AveragePooling2D{{24, 5}}, Flatten(), Dense{2}}",
         1, 2},
        {"return Sequential{Input{24, 24, 2}, Conv2D{8, 3}, Conv2D{8, 3}, Conv2D{1, 3, activation = 'softmax'}}", 1,
         4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_streams(fixture, cases[i].text, cases[i].loops, cases[i].kept);
}

static void what_cannot_pass_stays_whole(void **state)
{
    struct script_fixture *fixture = *state;
    /* a mean at the border is one of fewer numbers */
    assert_streams(
        fixture,
        "return Sequential{Input{12, 12, 8}, AveragePooling2D{3, strides = 1, padding = 'same'}, Flatten()}", 0, 0);
    /* in front of it and behind it images pass */
    assert_streams(
        fixture,
        "return Sequential{Input{16, 16, 1}, Conv2D{16, 3}, Conv2D{16, 3}, Conv2D{4, 3},\n"
        "  AveragePooling2D{3, strides = 1, padding = 'same'}, Conv2D{16, 3}, Conv2D{16, 3}, Conv2D{1, 3}}",
        2, 8);
    /* what multiplies an image is made of all of it: up to there rows pass, and of the product */
    assert_streams(fixture,
                   "local x = Input{8, 8, 4}\n"
                   "local y = Conv2D{16, 3}(x)\n"
                   "local part = Dense{16, activation = 'sigmoid'}(GlobalAveragePooling2D{keepdims = true}(y))\n"
                   "return Model{inputs = x, outputs = GlobalAveragePooling2D()(Multiply()({y, part}))}",
                   2, 2);
    /* a recurrence has a loop of its own */
    assert_streams(
        fixture, "return Sequential{Input{8, 8, 1}, Conv2D{16, 3}, Conv2D{16, 3}, Reshape{4, 64}, LSTM(3)}", 1, 0);
}

/* ---- bytes ---- */

#define NETWORK                                                                                                    \
    "local model = Sequential{Input{32, 32, 3}, Conv2D{8, 3, padding = 'same'}, Conv2D{8, 3, padding = 'same'},\n" \
    "  Conv2D{4, 3, strides = 4}, GlobalAveragePooling2D()}\n"                                                     \
    "return model\n"

static bool compile(struct script_fixture *fixture, struct unit *unit, const struct options *options)
{
    struct graph *model = script_compile(fixture, NETWORK);
    *unit = (struct unit){0};
    return compile_unit(unit, model, options);
}

/* Whole: two images of 32x32x8. In rows: three of each image, one that passes, and the means. */
static void rows_take_few_bytes(void **state)
{
    struct script_fixture *fixture = *state;
    struct unit unit;
    struct options options = {.emit = EMIT_INFER, .target = target_find("generic"), .embeds = true};
    assert_true(compile(fixture, &unit, &options));
    assert_int_equal(ram_of_prediction(&unit), 2 * 32 * 32 * 8 * 4);
    options.max_ram = 2 * 32 * 32 * 8 * 4;
    assert_true(compile(fixture, &unit, &options) && !unit.streams);
    options.max_ram--;
    assert_true(compile(fixture, &unit, &options) && unit.streams);
    assert_in_range(ram_of_prediction(&unit), 1, options.max_ram);
    const int64_t image = 32 * 8 * 4, enters = 32 * 3 * 4;
    options.max_ram = 0;
    options.optimize = OPTIMIZE_SIZE;
    assert_true(compile(fixture, &unit, &options) && unit.streams);
    assert_in_range(ram_of_prediction(&unit), 3 * enters + 3 * image + 4 * image,
                    3 * enters + 3 * image + 6 * image);
}

static void too_little_ram_names_a_layer(void **state)
{
    struct script_fixture *fixture = *state;
    struct unit unit;
    struct options options = {.emit = EMIT_INFER, .target = target_find("generic"), .max_ram = 5000};
    assert_false(compile(fixture, &unit, &options));
    assert_non_null(strstr(fixture->diag.message, "bytes of RAM, "));
    assert_non_null(
        strstr(fixture->diag.message, " more than --max-ram allows, and most of its workspace in layer `conv2d"));
    assert_int_equal(fixture->diag.at.line, 1);
    assert_string_equal(fixture->diag.hint,
                        "4,400 bytes of it are parameters, which --weights FILE makes constants");
    options.embeds = true;
    assert_false(compile(fixture, &unit, &options));
    assert_string_equal(fixture->diag.hint, "a smaller image or fewer channels there take less");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_give_the_same_numbers, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(what_cannot_pass_stays_whole, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(rows_take_few_bytes, script_fixture_open, script_fixture_close),
        cmocka_unit_test_setup_teardown(too_little_ram_names_a_layer, script_fixture_open, script_fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
