/* Lengths that a script leaves open, and that the command line gives. */
#include "script_support.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void give(struct script_fixture *fixture, const char *name, struct shape shape)
{
    fixture->shapes.list[fixture->shapes.count++] =
        (struct given_shape){.name = name, .name_length = (int)strlen(name), .shape = shape};
}

static const char *input_of(struct script_fixture *fixture, const char *script, int input)
{
    const struct graph *graph = script_compile(fixture, script);
    return shape_text(&fixture->arena, &graph->inputs[input]->shape);
}

static void takes_the_length_of_the_only_input(void **state)
{
    static const char *const scripts[] = {
        "local x = Input{shape = {None, 5}}\nreturn Model(x, Dense(2)(x))\n",
        "local x = Input{None, 5}\nreturn Model(x, Dense(2)(x))\n",
        "local x = Input{shape = {nil, 5}}\nreturn Model(x, Dense(2)(x))\n",
        "local x = Input{shape = {None, None}}\nreturn Model(x, Dense(2)(x))\n",
        "local x = Input{batch_shape = {None, None, 5}}\nreturn Model(x, Dense(2)(x))\n",
        "return Sequential{Dense{2, input_shape = {None, 5}}}\n",
        "return Sequential{InputLayer{input_shape = {None, 5}}, Dense{2}}\n",
        "return Sequential{Dense{2, batch_input_shape = {nil, nil, 5}}}\n",
        "return Sequential{Dense(2), Dense(3)}\n", /* whose shape nothing tells */
        "return Sequential{Dense{2, input_shape = {28, 5}}}\n",
        "local m = Sequential{Dense(2)}\nm:build{nil, None, 5}\nreturn m\n",
    };
    struct script_fixture *fixture = *state;
    give(fixture, "", (struct shape){2, {28, 5}});
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        assert_string_equal(input_of(fixture, scripts[i], 0), "28x5");
}

#define TWO                                                                                                        \
    "local title, body = Input{shape = {None}, name = 'title'}, Input{shape = {None}, name = 'body'}\n"            \
    "return Model({title, body}, concatenate{Dense(2)(title), Dense(3)(body)})\n"

static void takes_lengths_by_name(void **state)
{
    struct script_fixture *fixture = *state;
    give(fixture, "body", (struct shape){1, {100}});
    give(fixture, "title", (struct shape){1, {10}});
    assert_string_equal(input_of(fixture, TWO, 0), "10");
    assert_string_equal(input_of(fixture, TWO, 1), "100");
    /* that of another model of the script's */
    assert_string_equal(
        input_of(fixture,
                 "local body = Input{None, name = 'body'}\nlocal other = Model(body, Dense(2)(body))\n"
                 "local title = Input{None, name = 'title'}\nreturn Model(title, Dense(2)(title))\n",
                 0),
        "10");
}

static void lists_the_inputs_that_are_open(void **state)
{
    struct script_fixture *fixture = *state;
    assert_script_error(
        fixture, TWO, 1, "the script leaves lengths open: of the inputs 'title' (None), 'body' (None)",
        "give them on the command line: --shape title=100 --shape body=100, with the right number for 100");
    assert_script_error(fixture, "local x = Input{shape = {None, 5}}\nreturn Model(x, Dense(2)(x))\n", 1,
                        "the script leaves lengths open: of the input 'input_layer' (Nonex5)",
                        "give it on the command line: --shape 100x5, with the right number for 100");
    /* what does not fit a length that is not known is no mistake of the script's */
    assert_script_error(fixture, "local x = Input{shape = {None, 5}}\nreturn Model(x, Reshape{7, 3}(x))\n", 1,
                        "the script leaves lengths open: of the input 'input_layer' (Nonex5)",
                        "give it on the command line: --shape 100x5, with the right number for 100");
    give(fixture, "title", (struct shape){1, {10}});
    assert_script_error(fixture, TWO, 1, "the script leaves lengths open: of the input 'body' (None)",
                        "give it on the command line: --shape 100, with the right number for 100");
    /* a model that the script does not return may leave what it likes open */
    fixture->shapes.count = 0;
    script_compile(fixture, "local x = Input{None}\nlocal other = Model(x, Dense(2)(x))\n"
                            "return Sequential{Dense{2, input_shape = {3}}}\n");
}

static void explains_shapes_that_do_not_fit(void **state)
{
    struct script_fixture *fixture = *state;
    give(fixture, "", (struct shape){2, {28, 6}});
    assert_script_error(fixture, "\nlocal x = Input{shape = {None, 5}}\nreturn Model(x, Dense(2)(x))\n", 2,
                        "the shape of the input 'input_layer' is Nonex5, and cannot be 28x6, as --shape says",
                        NULL);
    assert_script_error(fixture, "\nlocal x = Input{28, 5}\nreturn Model(x, Dense(2)(x))\n", 2,
                        "the shape of the input 'input_layer' is 28x5, and cannot be 28x6, as --shape says", NULL);
    fixture->shapes.count = 0;
    give(fixture, "", (struct shape){1, {28}});
    assert_script_error(fixture, TWO, 0, "--shape 28: which of the inputs title, body?",
                        "give each its own: --shape title=28");
    fixture->shapes.count = 0;
    give(fixture, "tittle", (struct shape){1, {28}});
    assert_script_error(fixture, "local x = Input{28, name = 'title'}\nreturn Model(x, Dense(2)(x))\n", 0,
                        "--shape: there is no input 'tittle'", "did you mean 'title'?");
    assert_script_error(fixture, "Conv2D{8, {None, 3}}\n", 1,
                        "Conv2D: kernel_size must be an integer or a pair of integers of at least 1, not {None, 3}",
                        NULL);
    assert_script_error(
        fixture, "Input{shape = {0, 5}}\n", 1,
        "Input: shape must be a list of 1 to 6 integers of at least 1, without the batch axis, not {0, 5}", NULL);
}

/* A nested model may be called on other lengths than it was made for. */
static void lets_models_of_open_lengths_take_any(void **state)
{
    struct script_fixture *fixture = *state;
    const struct graph *graph =
        script_compile(fixture, "local x = Input{None, 3}\nlocal f = Model(x, Dense(2)(x))\n"
                                "local a, b = Input{4, 3}, Input{7, 3}\nreturn Model({a, b}, {f(a), f(b)})\n");
    assert_int_equal(graph->outputs[0]->shape.dim[0], 4);
    assert_int_equal(graph->outputs[1]->shape.dim[0], 7);
    give(fixture, "", (struct shape){2, {28, 3}});
    assert_script_error(fixture, "local f = Sequential{Dense{2, input_shape = {None, 3}}}\nf(Input{4, 5})\n", 2,
                        "Sequential 'sequential' is made for Nonex3, but is called on 4x5", NULL);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(takes_the_length_of_the_only_input),   TEST(takes_lengths_by_name),
        TEST(lists_the_inputs_that_are_open),       TEST(explains_shapes_that_do_not_fit),
        TEST(lets_models_of_open_lengths_take_any),
    };
    return cmocka_run_group_tests_name("lengths", tests, NULL, NULL);
}
