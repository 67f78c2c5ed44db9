/* What the command line means. Messages are looked at in tests/cli. */
#include "command/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

/* Reads a command line given as one text, words split at blanks. */
static int parse(struct command *command, struct arena *arena, const char *line)
{
    char *argv[WORDS_MAX + 1] = {NULL}, *rest = NULL;
    int argc = 0;
    char *words = arena_strdup(arena, line);
    for (char *word = strtok_r(words, " ", &rest); word && argc < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    char **kept = arena_array(arena, argc + 1, sizeof *kept);
    memcpy(kept, argv, (size_t)(argc + 1) * sizeof *kept);
    return command_read(command, arena, argc, kept);
}

static void compiles_by_default(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc mnist.lua -o some/net.c"), STATUS_OK);
    assert_int_equal(command.action, ACTION_COMPILE);
    assert_string_equal(command.options.script, "mnist.lua");
    assert_string_equal(command.options.output, "some/net.c");
    assert_string_equal(command.options.name, "net");
    assert_int_equal(command.options.emit, EMIT_DEFAULT);
    assert_int_equal(command.options.optimize, OPTIMIZE_SPEED);
    assert_ptr_equal(command.options.target, target_find("default"));
    assert_null(command.options.weights);
    assert_true(command.options.seed == 0);
    assert_int_equal(command.time_limit, 300);
    assert_int_equal(parse(&command, &arena, "cnnc m.lua -o m.c --time-limit 0"), STATUS_OK);
    assert_int_equal(command.time_limit, 0);
    assert_true(command.options.limits.memory_bytes == (size_t)256 << 20);
    assert_int_equal(parse(&command, &arena, "cnnc m.lua -o m.c --memory-limit 1024"), STATUS_OK);
    assert_true(command.options.limits.memory_bytes == (size_t)1 << 30);
    arena_free(&arena);
}

static void takes_options_anywhere(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena,
                           "cnnc --seed 18446744073709551615 --emit=infer m.lua --name x_1 "
                           "--target generic --optimize size --weights w.safetensors -o-"),
                     STATUS_OK);
    assert_string_equal(command.options.output, "-");
    assert_string_equal(command.options.name, "x_1");
    assert_string_equal(command.options.weights, "w.safetensors");
    assert_string_equal(command.options.target->name, "generic");
    assert_int_equal(command.options.emit, EMIT_INFER);
    assert_int_equal(command.options.optimize, OPTIMIZE_SIZE);
    assert_true(command.options.seed == UINT64_MAX);
    arena_free(&arena);
}

static void cuts_off_what_is_the_program_s(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc run m.lua --seed 3 -- train --seed 4 --"), STATUS_OK);
    assert_int_equal(command.action, ACTION_RUN);
    assert_true(command.options.seed == 3);
    assert_ptr_equal(command.options.target, target_find("native")); /* nobody else will run this program */
    assert_string_equal(command.arguments[0], "train");
    assert_string_equal(command.arguments[2], "4");
    assert_string_equal(command.arguments[3], "--");
    assert_null(command.arguments[4]);
    assert_int_equal(parse(&command, &arena, "cnnc run m.lua"), STATUS_OK);
    assert_null(command.arguments[0]);
    arena_free(&arena);
}

static void knows_summary(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc summary --json my-model.lua"), STATUS_OK);
    assert_int_equal(command.action, ACTION_SUMMARY);
    assert_true(command.json);
    assert_string_equal(command.options.script, "my-model.lua");
    arena_free(&arena);
}

static void knows_shapes(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc run m.lua --shape 28x5x1 --shape body=100"), STATUS_OK);
    const struct given_shapes *shapes = &command.options.shapes;
    assert_int_equal(shapes->count, 2);
    assert_int_equal(shapes->list[0].name_length, 0);
    assert_string_equal(shape_text(&arena, &shapes->list[0].shape), "28x5x1");
    assert_int_equal(shapes->list[1].name_length, 4);
    assert_memory_equal(shapes->list[1].name, "body", 4);
    assert_string_equal(shape_text(&arena, &shapes->list[1].shape), "100");
    static const char *const wrong[] = {"x",
                                        "28x",
                                        "0",
                                        "28x-1",
                                        "=28",
                                        "body=",
                                        "28X5",
                                        "2147483648",
                                        "1x1x1x1x1x1x1",
                                        "28 --shape 5",
                                        "a=3 --shape a=4",
                                        "1048576x1048577"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(parse(&command, &arena, arena_printf(&arena, "cnnc m.lua -o net.c --shape %s", wrong[i])),
                         STATUS_USAGE);
    arena_free(&arena);
}

static void knows_size(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc size --cc arm-none-eabi-gcc my-model.lua"), STATUS_OK);
    assert_int_equal(command.action, ACTION_SIZE);
    assert_string_equal(command.options.cc, "arm-none-eabi-gcc");
    assert_string_equal(command.options.target->name, "generic"); /* what is small enough has no vectors */
    assert_int_equal(parse(&command, &arena, "cnnc size --target avx2 m.lua"), STATUS_OK);
    assert_string_equal(command.options.target->name, "avx2");
    arena_free(&arena);
}

static void knows_help(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc help --mdoc Conv2D relu"), STATUS_OK);
    assert_int_equal(command.action, ACTION_HELP);
    assert_true(command.mdoc);
    assert_string_equal(command.arguments[0], "Conv2D");
    assert_string_equal(command.arguments[1], "relu");
    assert_null(command.arguments[2]);
    assert_int_equal(parse(&command, &arena, "cnnc help"), STATUS_OK);
    assert_null(command.arguments[0]);
    arena_free(&arena);
}

static void refuses_what_makes_no_sense(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "cnnc",
        "cnnc m.lua",
        "cnnc m.lua -o net.h",
        "cnnc net.c -o net.c",
        "cnnc net.h -o net.c",
        "cnnc m.lua --weights net.h -o net.c",
        "cnnc m.lua -o .c",
        "cnnc m.lua -o my-net.c",
        "cnnc a.lua b.lua -o net.c",
        "cnnc m.lua -o net.c --name 1x",
        "cnnc m.lua -o net.c --name=",
        "cnnc m.lua -o cnn.c",
        "cnnc m.lua -o net.c --name cnn",
        "cnnc m.lua -o net.c --name cnn_command",
        "cnnc m.lua -o net.c --name CNNRT",
        "cnnc m.lua -o net.c --name _",
        "cnnc m.lua -o net.c --name _Net",
        "cnnc m.lua -o net.c --name __net",
        "cnnc m.lua -o net.c --name _net", /* its macros would begin with _NET */
        "cnnc run m.lua --name cnn",
        "cnnc m.lua -o cnnrt.c --name net",
        "cnnc m.lua -o out/string.c --name net",
        "cnnc m.lua -o stdnoreturn.c",
        "cnnc m.lua -o features.c",
        "cnnc m.lua -o omp.c",
        "cnnc m.lua -o immintrin.c",
        "cnnc m.lua -o xmmintrin.c",
        "cnnc m.lua -o wasm_simd128.c",
        "cnnc math.lua -o -",
        "cnnc m.lua -o net.c --seed 1.5",
        "cnnc m.lua -o net.c --seed 18446744073709551616",
        "cnnc m.lua -o net.c --emit all",
        "cnnc m.lua -o net.c --target none",
        "cnnc m.lua -o net.c --optimize fast",
        "cnnc m.lua --dump none",
        "cnnc m.lua -o net.c --json",
        "cnnc summary m.lua -o net.c",
        "cnnc run m.lua -o net.c",
        "cnnc size m.lua -o net.c",
        "cnnc size m.lua --optimize size",
        "cnnc size m.lua --emit train",
        "cnnc m.lua -o net.c --cc gcc",
        "cnnc run m.lua train",
        "cnnc run m.lua --emit infer",
        "cnnc m.lua -o net.c --mdoc",
        "cnnc help --seed 3",
        "cnnc help -o net.c",
        "cnnc m.lua -o",
        "cnnc m.lua -x",
        "cnnc my-model.lua -o -",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct arena arena = {0};
        struct command command;
        if (parse(&command, &arena, lines[i]) != STATUS_USAGE)
            fail_msg("accepted: %s", lines[i]);
        arena_free(&arena);
    }
}

/* Nothing is near to what is refused but it. */
static void allows_names_like_others(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "cnnc m.lua -o cnnet.c",
        "cnnc m.lua -o cnn.c --name net",
        "cnnc m.lua -o strings_/string_.c --name string", /* whose header is another */
        "cnnc m.lua -o math/net.c",
        "cnnc m.lua -o - --name net",
        "cnnc run string.lua", /* its header is in a folder that nobody searches */
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct arena arena = {0};
        struct command command;
        if (parse(&command, &arena, lines[i]) != STATUS_OK)
            fail_msg("refused: %s", lines[i]);
        arena_free(&arena);
    }
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc run cnn.lua"), STATUS_OK);
    assert_string_equal(command.options.name, "net");
    assert_int_equal(parse(&command, &arena, "cnnc summary _.lua"), STATUS_OK);
    assert_string_equal(command.options.name, "net");
    arena_free(&arena);
}

static void answers_questions(void **state)
{
    (void)state;
    static const char *const lines[] = {"cnnc --help", "cnnc --version", "cnnc --target help", "cnnc --dump help"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct arena arena = {0};
        struct command command;
        assert_int_equal(parse(&command, &arena, lines[i]), STATUS_OK);
        assert_int_equal(command.action, ACTION_NONE);
        arena_free(&arena);
    }
}

/* getopt stands inside a word when it meets an error there; the next command line must not begin with the rest. */
static void forgets_the_command_line_before(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct command command;
    assert_int_equal(parse(&command, &arena, "cnnc -xo m.lua"), STATUS_USAGE);
    arena_free(&arena);
    assert_int_equal(parse(&command, &arena, "cnnc m.lua -o net.c"), STATUS_OK);
    assert_string_equal(command.options.output, "net.c");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compiles_by_default),
        cmocka_unit_test(takes_options_anywhere),
        cmocka_unit_test(cuts_off_what_is_the_program_s),
        cmocka_unit_test(knows_summary),
        cmocka_unit_test(knows_shapes),
        cmocka_unit_test(knows_size),
        cmocka_unit_test(knows_help),
        cmocka_unit_test(refuses_what_makes_no_sense),
        cmocka_unit_test(allows_names_like_others),
        cmocka_unit_test(answers_questions),
        cmocka_unit_test(forgets_the_command_line_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
