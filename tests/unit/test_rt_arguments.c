/* runtime/program/arguments.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

#include "../../runtime/program/program.h"

static const struct cnn_command command = {
    .name = "try",
    .about = "tries things",
    .options = "data! weights epochs batch-size learning-rate validation-split seed index threads",
};
static const struct cnn_command with_files = {.name = "look", .options = "", .operands = "FILE..."};

/* Reads a command line whose words are separated by blanks. */
static bool read_line(const struct cnn_command *which, const char *line, struct cnn_arguments *arguments,
                      struct cnn_error *error)
{
    static char words[256];
    static char *argv[16];
    int argc = 0;
    snprintf(words, sizeof words, "%s %s", which->name, line);
    memset(argv, 0, sizeof argv);
    for (char *rest = NULL, *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    *arguments = (struct cnn_arguments){.program = "net"};
    error->message[0] = '\0';
    return cnn_arguments_read(which, argc, argv, arguments, error);
}

static void reads_values(void **state)
{
    (void)state;
    struct cnn_arguments arguments;
    struct cnn_error error;
    assert_true(read_line(&command,
                          "--data dir --epochs 3 --batch-size=64 --learning-rate 1e-3 --validation-split 0 "
                          "--seed 18446744073709551615 --index 0",
                          &arguments, &error));
    assert_string_equal(arguments.data, "dir");
    assert_null(arguments.weights);
    assert_int_equal(arguments.epochs, 3);
    assert_int_equal(arguments.batch_size, 64);
    assert_true(arguments.learning_rate == 1e-3);
    assert_true(arguments.seed == UINT64_MAX);
    assert_int_equal(arguments.n_files, 0);
    assert_true(read_line(&command, "--data dir --threads 1024", &arguments, &error));
    assert_int_equal(arguments.threads, 1024);
}

static void takes_files_anywhere(void **state)
{
    (void)state;
    struct cnn_arguments arguments;
    struct cnn_error error;
    assert_true(read_line(&with_files, "a b -- --c", &arguments, &error));
    assert_int_equal(arguments.n_files, 3);
    assert_string_equal(arguments.files[0], "a");
    assert_string_equal(arguments.files[2], "--c");
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    struct cnn_arguments arguments;
    struct cnn_error error;
    assert_true(read_line(&command, "--help", &arguments, &error));
    assert_true(arguments.help);
    assert_true(read_line(&command, "-h --nonsense", &arguments, &error));
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "try needs --data PATH"},
        {"--data", "--data needs a value"},
        {"--data x --nonsense", "try does not know option '--nonsense'"},
        {"--data x --nonsense=3", "try does not know option '--nonsense=3'"},
        {"--data x -z", "try does not know option '-z'"},
        {"--data x -zq", "try does not know option '-z'"},
        {"--data x --top 3", "try does not know option '--top'"},
        {"--data x --help=3", "--help takes no value: leave out '=3'"},
        {"--data x file", "try takes no 'file'"},
        {"--data x --epochs 0", "--epochs wants a whole number from 1 to 1000000000, not '0'"},
        {"--data x --epochs 3x", "not '3x'"},
        {"--data x --epochs 1.5", "not '1.5'"},
        {"--data x --epochs 99999999999999999999", "--epochs wants"},
        {"--data x --index -1", "--index wants a whole number from 0 to 1000000000, not '-1'"},
        {"--data x --threads 0", "--threads wants a whole number from 1 to 1024, not '0'"},
        {"--data x --threads 1025", "--threads wants a whole number from 1 to 1024, not '1025'"},
        {"--data x --seed -1", "--seed wants a whole number of at least 0, not '-1'"},
        {"--data x --seed 18446744073709551616", "--seed wants"},
        {"--data x --learning-rate 0", "--learning-rate wants a number above 0, not '0'"},
        {"--data x --learning-rate nan", "not 'nan'"},
        {"--data x --validation-split 1", "--validation-split wants a number of at least 0 and below 1, not '1'"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_arguments arguments;
        struct cnn_error error;
        assert_false(read_line(&command, cases[i][0], &arguments, &error));
        rt_assert_contains(error.message, cases[i][1]);
    }
}

static void files_may_be_needed(void **state)
{
    (void)state;
    struct cnn_arguments arguments;
    struct cnn_error error;
    assert_false(read_line(&with_files, "", &arguments, &error));
    assert_string_equal(error.message, "look needs FILE...");
}

static void help_shows_the_options_of_the_command(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_arguments arguments = {
        .model = &model, .program = "net", .epochs = 5, .learning_rate = 0.001, .seed = 7};
    char *text = NULL;
    size_t length;
    FILE *memory = open_memstream(&text, &length);
    cnn_arguments_help(&command, &arguments, memory);
    fclose(memory);
    rt_assert_contains(text, "usage: net try --data PATH [OPTION...]\n\ntries things\n");
    rt_assert_contains(text, "  --batch-size N          samples in one step\n");
    rt_assert_contains(text, "  --epochs N              times to go through the data (default 5)\n");
    rt_assert_contains(text, "step size of the optimizer (default 0.001)\n");
    rt_assert_contains(text, "all that is random (default 7)\n");
    rt_assert_contains(text, "  --validation-split X    ");
    rt_assert_contains(text, "  --help                  print this\n");
    assert_null(strstr(text, "--top"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 96);
    free(text);
    model.n_stages = 3;
    arguments.epochs = 0;
    memory = open_memstream(&text, &length);
    cnn_arguments_help(&command, &arguments, memory);
    fclose(memory);
    rt_assert_contains(text, "times to go through the data, in each of the 3 stages (default: as");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values),
        cmocka_unit_test(takes_files_anywhere),
        cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(files_may_be_needed),
        cmocka_unit_test(help_shows_the_options_of_the_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
