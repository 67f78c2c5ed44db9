/* With --optimize size layers share the functions of their kernels: what differs between them is an argument, what
 * they agree on a constant. */
#include "build.h"

#include <string.h>

#include <cmocka.h>

/* Lists that go on in another line, on one. */
static const char *unbroken(struct build *build, const char *text)
{
    char *joined = arena_strdup(&build->arena, text), *to = joined;
    for (const char *from = joined; *from; from++) {
        *to++ = *from;
        if (*from == ',' && from[1] == '\n') {
            *to++ = ' ';
            from += strspn(from + 1, "\n ");
        }
    }
    *to = '\0';
    return joined;
}

static const char *source_of(struct build *build, enum optimize optimize, const char *target)
{
    struct options options = {
        .output = "net.c", .name = "net", .emit = EMIT_INFER, .optimize = optimize, .target = target_find(target)};
    struct unit unit = {0};
    const char *source = NULL, *header = NULL;
    graph_finish(build->graph);
    if (!compile_unit(&unit, build->graph, &options) || !emit_unit(&unit, &source, &header))
        fail_msg("%s", build->diag.message);
    return unbroken(build, source);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* From the function's name to the end of its parameters. */
static const char *signature(struct build *build, const char *source, const char *name)
{
    const char *at = strstr(source, arena_printf(&build->arena, "KERNEL static void %s(", name));
    if (!at)
        fail_msg("there is no function %s", name);
    return arena_printf(&build->arena, "%.*s", (int)strcspn(at, "\n"), at);
}

static struct tensor *layer(struct build *build, struct tensor *x, const char *kernel, const char *filters,
                            const char *attributes, const char *function)
{
    struct tensor *k = build_parameter(build, kernel, kernel), *b = build_parameter(build, filters, filters);
    bool image = k->shape.rank == 4;
    struct tensor *y = apply(build, image ? "conv2d" : "matmul", attributes, x, k);
    y = apply(build, "binary", "function=add", y, b);
    return function ? apply(build, "unary", arena_printf(&build->arena, "function=%s", function), y) : y;
}

static void different_convolutions_share_one_function(void **state)
{
    struct build *build = *state;
    struct tensor *x = layer(build, build_input(build, "20x19x1"), "5x5x1x8", "8", "strides=2,2", "relu");
    x = layer(build, x, "3x3x8x6", "6", "padding=same", "relu");
    x = layer(build, x, "1x3x2x9", "9", "groups=3", "relu");
    build_output(build, x);
    const char *source = source_of(build, OPTIMIZE_SIZE, "generic");
    assert_int_equal(count_of(source, "\nKERNEL static void "), 3); /* the others pack, and keep rows */
    assert_int_equal(count_of(source, "shared_conv2d("), 1 + 3);
    assert_non_null(strstr(signature(build, source, "shared_conv2d"), "int window_rows, int window_columns"));
}

/* The parameters of a function that belongs to one layer. */
#define ALONE "const float *restrict kernel, const float *restrict bias, float *restrict y)\n{"

static void speed_shares_only_what_is_equal(void **state)
{
    struct build *build = *state;
    struct tensor *x = layer(build, build_input(build, "12x12x1"), "3x3x1x4", "4", "", "relu");
    x = layer(build, x, "3x3x4x5", "5", "", "relu");
    x = layer(build, x, "3x3x5x5", "5", "padding=same", "relu");
    x = layer(build, x, "3x3x5x5", "5", "padding=same", "relu");
    build_output(build, x);
    const char *source = source_of(build, OPTIMIZE_SPEED, "generic");
    assert_int_equal(count_of(source, ALONE), 3);
}

/* A number that is the same in all layers costs nothing in their calls. */
static void what_layers_agree_on_is_no_argument(void **state)
{
    struct build *build = *state;
    struct tensor *x = layer(build, build_input(build, "12x12x4"), "3x3x4x4", "4", "", "relu");
    build_output(build, layer(build, x, "3x3x4x4", "4", "", "relu"));
    assert_string_equal(
        signature(build, source_of(build, OPTIMIZE_SIZE, "generic"), "shared_conv2d"),
        "KERNEL static void shared_conv2d(const float *restrict x, const float *restrict kernel, "
        "const float *restrict bias, float *restrict y, int out_columns, int x_row)"); /* a row each */
}

static void a_layer_of_its_own_kind_has_no_arguments(void **state)
{
    struct build *build = *state;
    build_output(build, layer(build, build_input(build, "12x12x4"), "3x3x4x4", "4", "", "relu"));
    const char *source = source_of(build, OPTIMIZE_SIZE, "avx2");
    assert_int_equal(count_of(source, ALONE), 1);
    assert_non_null(strstr(source, "oy < 10"));
}

/* Whether a layer has the nonlinearity is an argument too; another nonlinearity is another function. */
static void a_nonlinearity_is_asked_for(void **state)
{
    struct build *build = *state;
    struct tensor *x = layer(build, build_input(build, "40"), "40x30", "30", "", "tanh");
    x = layer(build, x, "30x20", "20", "", NULL);
    build_output(build, layer(build, x, "20x10", "10", "", "sigmoid"));
    const char *source = source_of(build, OPTIMIZE_SIZE, "generic");
    assert_non_null(strstr(signature(build, source, "shared_matmul"), "int filters, int run, int nonlinear)"));
    assert_non_null(strstr(source, ", 30, 40, 1);"));
    assert_non_null(strstr(source, ", 20, 30, 0);"));
    assert_int_equal(count_of(source, "-> matmul, add, sigmoid ->"), 2); /* of its function, of its call */
    assert_int_equal(count_of(source, "\nKERNEL static void "), 3);
}

/* Numbers that are no whole ones are arguments as well. */
static void slopes_are_arguments(void **state)
{
    struct build *build = *state;
    struct tensor *x = apply(build, "unary", "function=leaky_relu alpha=0.25", build_input(build, "7x3"));
    x = apply(build, "affine", "scale=2", x);
    build_output(build, apply(build, "unary", "function=leaky_relu alpha=0.5", x));
    const char *source = source_of(build, OPTIMIZE_SIZE, "generic");
    assert_string_equal(signature(build, source, "shared_leaky_relu"),
                        "KERNEL static void shared_leaky_relu(const float *x, float *y, float alpha)");
    assert_int_equal(count_of(source, ", 0x1p-2f);"), 1);
    assert_int_equal(count_of(source, ", 0x1p-1f);"), 1);
}

/* Shared kernels keep what they fuse, and many samples are predicted in the workspace of one. */
static void memory_does_not_grow(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++) {
        int64_t bytes[2];
        for (int i = 0; i < 2; i++) {
            struct options options = {.script = *script,
                                      .output = "net.c",
                                      .name = "net",
                                      .emit = EMIT_INFER,
                                      .optimize = i ? OPTIMIZE_SIZE : OPTIMIZE_SPEED,
                                      .target = target_find("generic")};
            struct unit unit = {0};
            const char *source = NULL, *header = NULL;
            assert_true(compile_unit(&unit, build_script(build, *script), &options));
            assert_true(emit_unit(&unit, &source, &header));
            bytes[i] = unit.variants[0].predict.workspace_bytes;
            assert_int_equal(strstr(source, "many_workspace") == NULL, i);
            assert_int_equal(strstr(header, "MANY_WORKSPACE") == NULL, i);
        }
        assert_true(bytes[1] <= bytes[0]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(different_convolutions_share_one_function),
        TEST(speed_shares_only_what_is_equal),
        TEST(what_layers_agree_on_is_no_argument),
        TEST(a_layer_of_its_own_kind_has_no_arguments),
        TEST(a_nonlinearity_is_asked_for),
        TEST(slopes_are_arguments),
        TEST(memory_does_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
