/* What `cnnc summary` prints of the lesson's network: the table, the sums, and the memory that the programs plan. */
#include "build.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct options *options_for(struct build *build, enum emit emit)
{
    struct options *options = arena_alloc(&build->arena, sizeof *options);
    *options = (struct options){
        .script = "mnist.lua", .output = "net.c", .name = "net", .emit = emit, .target = target_find("avx2")};
    return options;
}

static const char *text_of(struct build *build, const struct unit *unit, bool json)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    summary_print(unit, json, out);
    fclose(out);
    const char *copy = arena_strdup(&build->arena, text);
    free(text);
    return copy;
}

static const char *summary(struct build *build, const char *script, enum emit emit, bool json, struct unit *unit)
{
    assert_true(compile_unit(unit, build_script(build, script), options_for(build, emit)));
    return text_of(build, unit, json);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in\n%s", part, text);
}

/* The row of a layer, blanks squeezed. */
static const char *row_of(struct build *build, const char *text, const char *layer)
{
    const char *from = strstr(text, layer);
    assert_non_null(from);
    char *row = arena_strdup(&build->arena, from), *to = row;
    for (const char *c = row; *c && *c != '\n'; c++)
        if (*c != ' ' || (to > row && to[-1] != ' '))
            *to++ = *c;
    while (to > row && to[-1] == ' ')
        to--;
    *to = '\0';
    return row;
}

/* 24*24*8 = 4608, as the lesson counts; 4608 * 5*5 multiply-adds; (25 + 1) * 8 parameters. */
static void layers_are_counted_as_in_the_lesson(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    const char *text = summary(build, "examples/mnist.lua", EMIT_DEFAULT, false, &unit);
    assert_string_equal(row_of(build, text, "conv2d (Conv2D)"),
                        "conv2d (Conv2D) (None, 24, 24, 8) 208 4,608 115,200 18,432");
    assert_string_equal(row_of(build, text, "max_pooling2d_1"),
                        "max_pooling2d_1 (MaxPooling2D) (None, 5, 5, 16) 0 400 0 1,600");
    assert_string_equal(row_of(build, text, "dense (Dense)"), "dense (Dense) (None, 10) 4,010 10 4,000 40");
    assert_has(text, "Total params: 5,386 (21.04 KB)");
    assert_has(text, "Non-trainable params: 0");
    assert_has(text, "Multiply-adds: 234,400 for one sample");
    assert_has(text, "RAM of training (adam, batch 128, one thread)");
}

static void moving_averages_are_not_trainable(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    const char *text = summary(build, "tests/scripts/batch_norm.lua", EMIT_DEFAULT, false, &unit);
    int64_t rest = unit.model->parameter_floats - unit.model->trainable_floats;
    assert_true(rest > 0);
    assert_has(text, arena_printf(&build->arena, "Non-trainable params: %" PRId64 " ", rest));
}

static void prediction_alone_has_no_memory_of_training(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    const char *text = summary(build, "examples/mnist.lua", EMIT_INFER, false, &unit);
    assert_has(text, "RAM of prediction");
    assert_null(strstr(text, "RAM of training"));
}

static void json_tells_what_the_programs_plan(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    const char *text = summary(build, "examples/mnist.lua", EMIT_DEFAULT, true, &unit);
    const struct program *predict = &unit.variants[0].predict;
    assert_has(text, "\"target\": \"avx2\"");
    assert_has(text, "\"multiply_adds\": 234400");
    assert_has(text, arena_printf(&build->arena, "\"workspace_bytes\": %" PRId64, predict->workspace_bytes));
    assert_has(text, arena_printf(&build->arena, "\"lower_bound_bytes\": %" PRId64,
                                  unit.prepared.floats * 4 + predict->lower_bound_bytes));
    assert_has(text, "\"training\": {");
}

/* A layer with several inputs shows them all, in their order; the second call of a shared layer adds its own. */
static void shows_all_inputs_of_a_layer(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    const char *text = summary(build, "tests/scripts/shared_layer.lua", EMIT_INFER, false, &unit);
    assert_string_equal(row_of(build, text, "shared (Dense)"),
                        "shared (Dense) (None, 4) 20 4 32 16 input_layer_1, input_layer");
    assert_string_equal(row_of(build, text, "sum (Add)"),
                        "sum (Add) (None, 4) 0 4 0 16 shared, shared, input_layer");
    text = text_of(build, &unit, true);
    assert_has(text, "\"connected_to\": [\"shared\", \"shared\", \"input_layer\"]}");
    assert_has(text, "\"connected_to\": []}");
}

/* A path may be any bytes. What is no character of UTF-8 may end in the middle of one, be longer than it must, or mean a
 * surrogate or what is beyond Unicode. */
static void json_is_utf_8(void **state)
{
    static const struct {
        const char *path, *json;
    } names[] = {
        {"plain\x7f \"\\\n", "plain\x7f \\\"\\\\\\u000a"},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
         "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"},
        {"a\xff"
         "b\x80",
         "a\\ufffdb\\ufffd"},
        {"\xc3", "\\ufffd"},
        {"\xe2\x82", "\\ufffd\\ufffd"},
        {"\xf0\x9f\x98x", "\\ufffd\\ufffd\\ufffdx"},
        {"\xc0\xaf\xc1\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd"},
        {"\xf0\x8f\xbf\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf5\x80\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
    };
    struct build *build = *state;
    struct unit unit = {0};
    struct graph *model = build_script(build, "examples/mnist.lua");
    assert_true(compile_unit(&unit, model, options_for(build, EMIT_INFER)));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        model->script = names[i].path;
        const char *line = arena_printf(&build->arena, "\n  \"script\": \"%s\",\n", names[i].json);
        assert_has(text_of(build, &unit, true), line);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(layers_are_counted_as_in_the_lesson),
        TEST(moving_averages_are_not_trainable),
        TEST(prediction_alone_has_no_memory_of_training),
        TEST(json_tells_what_the_programs_plan),
        TEST(shows_all_inputs_of_a_layer),
        TEST(json_is_utf_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
