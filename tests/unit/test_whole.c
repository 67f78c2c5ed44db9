/* Inputs of whole numbers, and the layers that read them. */
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_input(void **state, const char *text, enum element element, int64_t indices)
{
    const struct graph *graph = script_compile(*state, text);
    assert_int_equal(graph->inputs[0]->element, element);
    assert_int_equal(graph->inputs[0]->indices, indices);
}

static void inputs_have_the_type_that_the_script_says(void **state)
{
    assert_input(state, "return Sequential{Input{3}, Dense{1}}\n", ELEMENT_FLOAT, 0);
    assert_input(state, "return Sequential{Input{shape = {3}, dtype = 'float32'}, Dense{1}}\n", ELEMENT_FLOAT, 0);
    assert_input(state, "return Sequential{Input{shape = {3}, dtype = 'int32'}, Dense{1}}\n", ELEMENT_INT32, 0);
    assert_input(state, "return Sequential{Input{shape = {3}, dtype = 'uint8'}, Dense{1}}\n", ELEMENT_BYTE, 0);
    assert_input(state, "return Sequential{Input{shape = {3}, dtype = 'int64'}, Dense{1}}\n", ELEMENT_INT32, 0);
}

/* Keras takes floats for an Embedding too, and casts them. */
static void an_embedding_makes_an_input_whole(void **state)
{
    assert_input(state, "return Sequential{Input{7}, Embedding{100, 4}, Flatten(), Dense{1}}\n", ELEMENT_INT32,
                 100);
    assert_input(state, "return Sequential{Embedding{100, 4, input_length = 7}, Flatten(), Dense{1}}\n",
                 ELEMENT_INT32, 100);
    assert_input(state,
                 "local x = Input{6}\n"
                 "local y = Embedding{9, 2}(Reshape{{2, 3}}(x))\n"
                 "return Model{x, Dense{1}(Flatten()(y))}\n",
                 ELEMENT_FLOAT, 0);
    assert_input(
        state,
        "local x = Input{shape = {6}, dtype = 'int32'}\n"
        "local y = Concatenate()({Embedding{9, 2}(Reshape{{2, 3}}(x)), Embedding{8, 2}(Reshape{{2, 3}}(x))})\n"
        "return Model{x, Dense{1}(Flatten()(y))}\n",
        ELEMENT_INT32, 8);
    assert_input(state,
                 "local x = Input{6}\n"
                 "return Model{x, Concatenate()({Flatten()(Embedding{9, 2}(x)), Dense{2}(x)})}\n",
                 ELEMENT_FLOAT, 0);
    assert_input(state,
                 "return Sequential{Input{shape = {7}, dtype = 'float32'}, Embedding{9, 4}, Flatten(), Dense{1}}\n",
                 ELEMENT_FLOAT, 0);
}

static void assert_ops(void **state, const char *text, const char *expected)
{
    assert_string_equal(script_ops_of(*state, script_compile(*state, text)), expected);
}

static void whole_numbers_become_floats_once(void **state)
{
    assert_ops(
        state,
        "local x = Input{shape = {6}, dtype = 'int32'}\n"
        "return Model{x, Concatenate()({Dense{2, use_bias = false}(x), Dense{2, use_bias = false}(x), x * 2})}\n",
        "cast matmul matmul affine concat");
    assert_ops(state, "return Sequential{Input{5}, Embedding{9, 2}, Flatten(), Dense{2, use_bias = false}}\n",
               "gather reshape matmul");
}

static void an_embedding_has_keras_names_and_numbers(void **state)
{
    const struct graph *graph = script_compile(*state, "return Sequential{Input{5}, Embedding{9, 2}, Flatten()}\n");
    const struct parameter *table = graph->parameters[0];
    assert_string_equal(table->name, "embedding/embeddings");
    assert_int_equal(table->initializer, INIT_UNIFORM);
    assert_true(table->a == -0.05 && table->b == 0.05);
    assert_int_equal(table->shape.dim[0], 9);
    assert_int_equal(table->shape.dim[1], 2);
}

static void category_encoding_has_keras_shapes(void **state)
{
    static const char *const cases[][2] = {
        {"Input{shape = {1}, dtype = 'int32'}, CategoryEncoding{5, output_mode = 'one_hot'}", "5"},
        {"Input{shape = {4}, dtype = 'int32'}, CategoryEncoding{5, output_mode = 'one_hot'}", "4x5"},
        {"Input{shape = {4, 1}, dtype = 'int32'}, CategoryEncoding{5, output_mode = 'one_hot'}", "4x5"},
        {"Input{shape = {4}, dtype = 'int32'}, CategoryEncoding{5}", "5"},
        {"Input{4}, CategoryEncoding{5, output_mode = 'count'}", "5"},
        {"Input{3, 4}, CategoryEncoding{num_tokens = 5}", "3x5"},
    };
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct graph *graph =
            script_compile(fixture, arena_printf(&fixture->arena, "return Sequential{%s}\n", cases[i][0]));
        assert_string_equal(shape_text(&fixture->arena, &graph->outputs[0]->shape), cases[i][1]);
    }
}

static void refuses_what_has_no_meaning(void **state)
{
    assert_script_error(*state, "return Sequential{Input{shape = {3}, dtype = 'string'}, Dense{1}}\n", 1,
                        "Input: dtype must be \"float32\" or \"int32\" or \"int64\" or \"uint8\", not \"string\"",
                        "whole numbers, such as those of words, are \"int32\"");
    assert_script_error(*state, "return Sequential{Input{3}, Embedding{5, 2, input_length = 4}}\n", 1,
                        "Embedding says input_length = 4, but its input is 3", NULL);
    assert_script_error(*state, "return Model{Input{3}, op.gather(Input{3}, Input{3})}\n", 1,
                        "gather needs int32 indices, but its first input is of type float32",
                        "op.cast(x, \"int32\") makes some; Input{..., dtype = \"int32\"} has them");
    assert_script_error(
        *state, "local x = Input{shape = {4}, dtype = 'int32'}\nreturn Model{x, Reshape{{2, 2}}(x)}\n", 0,
        "output 1 of the model is of type int32, and must be floats: op.cast(x, \"float32\")", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(inputs_have_the_type_that_the_script_says), TEST(an_embedding_makes_an_input_whole),
        TEST(whole_numbers_become_floats_once),          TEST(an_embedding_has_keras_names_and_numbers),
        TEST(category_encoding_has_keras_shapes),        TEST(refuses_what_has_no_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
