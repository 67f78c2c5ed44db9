/* Scripts that return a table of models: which there are, what they share, what each trains, and what is refused. */
#include "emit/emit.h"
#include "script_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HALVES                                                                                                     \
    "local encoder = Sequential{Input{6}, Dense(2), name = 'encoder'}\n"                                           \
    "local decoder = Sequential{Input{2}, Dense(6), name = 'decoder'}\n"                                           \
    "local both = Sequential{encoder, decoder, name = 'both'}\n"

static struct graph *compiled(struct script_fixture *fixture, const char *rest)
{
    return script_compile(fixture, arena_printf(&fixture->arena, HALVES "%s", rest));
}

#define TABLE "return {z = encoder, decoder = decoder, all = both}\n"

/* As they were made, whatever they are called. */
static void models_come_as_they_were_made(void **state)
{
    const struct graph *model = compiled(*state, TABLE);
    assert_string_equal(model->key, "z");
    assert_string_equal(model->next->key, "decoder");
    assert_string_equal(model->next->next->key, "all");
    assert_null(model->next->next->next);
    model = compiled(*state, "return {both = both}\n");
    assert_string_equal(model->key, "both");
    assert_null(model->next);
    assert_null(compiled(*state, "return both\n")->key);
}

/* One array, in which each has a part; the names are Keras' whole paths. */
static void parameters_are_shared(void **state)
{
    const struct graph *encoder = compiled(*state, TABLE), *decoder = encoder->next, *both = decoder->next;
    assert_int_equal(encoder->n_parameters, 2);
    assert_int_equal(both->n_parameters, 4);
    assert_ptr_equal(encoder->parameters[0], both->parameters[0]);
    assert_ptr_equal(decoder->parameters[1], both->parameters[3]);
    for (const struct graph *model = encoder; model; model = model->next) {
        assert_int_equal(model->parameter_floats, 6 * 2 + 2 + 2 * 6 + 6);
        assert_int_equal(model->n_in_memory, 4);
    }
    assert_string_equal(decoder->parameters_in_memory[0]->name, "encoder/dense/kernel");
    assert_string_equal(encoder->parameters_in_memory[2]->name, "decoder/dense_1/kernel");
    assert_int_equal(encoder->trainable_floats, 14);
    assert_int_equal(both->trainable_floats, 32);
}

/* What is trainable is what was when the model was compiled. */
static void each_compile_freezes_for_itself(void **state)
{
    const struct graph *model = compiled(*state, "decoder:compile{optimizer = 'adam', loss = 'mse'}\n"
                                                 "decoder.trainable = false\n"
                                                 "both:compile{optimizer = 'sgd', loss = 'mse'}\n"
                                                 "decoder.trainable = true\n" TABLE);
    const struct graph *decoder = model->next, *both = decoder->next;
    assert_false(model->training.compiled);
    assert_true(decoder->training.compiled && both->training.compiled);
    assert_false(decoder->training.fitted);
    assert_int_equal(decoder->trainable_floats, 18);
    assert_int_equal(both->trainable_floats, 14);
    assert_int_equal(decoder->training.stages->n_frozen, 0);
    assert_int_equal(both->training.stages->n_frozen, 2);
    assert_string_equal(both->training.stages->optimizer, "sgd");
    assert_false(decoder->parameters[0]->frozen); /* something trains it */
}

static void a_compiled_model_has_a_program_of_its_own(void **state)
{
    struct script_fixture *fixture = *state;
    const struct options options = {.output = "net.c", .name = "net", .target = target_find("generic")};
    struct graph *model =
        compiled(fixture, "both:compile{optimizer = 'adam', loss = 'mse'}\nboth:fit{epochs = 2}\n" TABLE);
    struct unit unit = {0};
    const char *source, *header;
    assert_true(compile_unit(&unit, model, &options));
    assert_true(unit.described && unit.next->described);
    assert_null(unit.variants[0].train);
    assert_int_equal(unit.next->next->n_trains, 1);
    assert_true(emit_unit(&unit, &source, &header));
    assert_non_null(strstr(header, "void net_z_predict(const float *input, float *output);"));
    assert_non_null(strstr(header, "extern const struct cnn_model net_decoder_model;"));
    assert_non_null(strstr(header, "#define NET_ALL_INPUT_COUNT 6"));
    assert_non_null(strstr(header, "#define NET_DECODER_DENSE_1_BIAS_OFFSET 26"));
    assert_non_null(strstr(source, "cnn_program_model = &net_all_model;")); /* the one that is fitted */
    assert_non_null(strstr(source, ".train_step = train_batch_all}"));
    assert_null(strstr(source, "train_batch_decoder"));
}

/* What no model's training needs is a file without the runtime. */
static void models_that_only_predict_need_no_runtime(void **state)
{
    struct script_fixture *fixture = *state;
    const struct options options = {.output = "net.c", .name = "net", .target = target_find("generic")};
    struct unit unit = {0};
    const char *source, *header;
    assert_true(compile_unit(&unit, compiled(fixture, TABLE), &options));
    assert_true(emit_unit(&unit, &source, &header));
    assert_null(strstr(header, "cnnrt.h"));
    assert_null(strstr(source, "struct cnn_model"));
}

static void what_is_no_table_of_models_is_refused(void **state)
{
    static const struct {
        const char *script, *message, *hint;
    } cases[] = {
        {HALVES "return {encoder, decoder}\n", "the models of the table have no names",
         "return {generator = g, discriminator = d}"},
        {HALVES "return encoder, decoder\n", "the script returns several models without names",
         "return {generator = g, discriminator = d}"},
        {HALVES "return {a = encoder, b = 3}\n", "the script returns a table, in which b is no model but 3",
         "return {generator = g, discriminator = d}"},
        {HALVES "return {a = encoder, b = encoder}\n", "the script returns one model twice, as a and as b", NULL},
        {HALVES "return {['a b'] = encoder}\n", "\"a b\" is no name for a model",
         "functions of C get it: a letter, and then letters, digits and _"},
        {HALVES "return {['_a'] = encoder}\n", "\"_a\" is no name for a model",
         "functions of C get it: a letter, and then letters, digits and _"},
        {HALVES "return {a = encoder, A = decoder}\n",
         "two models are called A and a, which would be the same in the header",
         "give one of them another name in the table"},
        {HALVES "return {a = encoder, a_many = decoder}\n",
         "two models are called a and a_many, which would be the same in the header",
         "give one of them another name in the table"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_script_error(*state, cases[i].script, 0, cases[i].message, cases[i].hint);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(models_come_as_they_were_made),
        TEST(parameters_are_shared),
        TEST(each_compile_freezes_for_itself),
        TEST(a_compiled_model_has_a_program_of_its_own),
        TEST(models_that_only_predict_need_no_runtime),
        TEST(what_is_no_table_of_models_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
