/* Measured tiles: which ones can be, how the file is read and written, and how nodes take them. */
#include "build.h"
#include "command/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FIRST_LINE "cnnc-tune 1 " CNNC_VERSION "\n"

/* Calls `check` for every node with a kernel of all programs of all scripts for two targets. */
static void for_all(struct build *build, void (*check)(const struct node *, const struct target *, int lanes))
{
    static const char *const targets[] = {"avx512", "generic"};
    for (const char *const *script = build_scripts; *script; script++) {
        const struct graph *model = build_script(build, *script);
        for (size_t t = 0; t < 2; t++)
            for (int kind = PROGRAM_PREDICT; kind <= PROGRAM_TRAIN; kind++) {
                const struct target *target = target_find(targets[t]);
                struct program program = build_program(model, (enum program_kind)kind, target);
                for (int i = 0; i < program.graph->n_nodes; i++)
                    if (program.graph->nodes[i]->kernel)
                        check(program.graph->nodes[i], target, program.graph->nodes[i]->once ? 1 : program.lanes);
            }
    }
}

/* ---- candidates ---- */

static int64_t sums_of(const struct node *node, const int64_t *tile)
{
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        if (strcmp(node->kernel->tile_names[i], "sums") == 0)
            return tile[i];
    return 0;
}

static void check_candidates(const struct node *node, const struct target *target, int lanes)
{
    const struct tiles tiles = tuning_candidates(node, target, lanes);
    const struct candidate *list = tiles.list;
    int count = tiles.count;
    assert_in_range(count, 1, CANDIDATES_MAX);
    assert_memory_equal(list[0].tile, node->tile, sizeof node->tile);
    assert_true(list[0].cycles == node->cycles);
    for (int i = 1; i < count; i++) {
        assert_true(list[i].cycles >= list[i - 1].cycles && list[i].cycles <= CANDIDATE_COST * node->cycles);
        assert_int_equal(sums_of(node, list[i].tile), sums_of(node, node->tile));
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(list[i].tile, list[j].tile, sizeof node->tile);
    }
}

static void candidates_are_near_the_predicted_tile(void **state) { for_all(*state, check_candidates); }

/* Convolutions have several, or there would be nothing to measure. */
static void a_convolution_has_candidates(void **state)
{
    struct build *build = *state;
    struct program program =
        build_program(build_script(build, "examples/mnist.lua"), PROGRAM_TRAIN, target_find("avx512"));
    const char *const ops[] = {"conv2d", "conv2d_grad_input", "conv2d_grad_kernel"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(tuning_candidates(graph_find(program.graph, ops[i]), target_find("avx512"), 16).count > 1);
    }
}

/* ---- the file ---- */

static const char *write_file(struct build *build, const char *text)
{
    char *path = arena_strdup(&build->arena, "/tmp/test_tuning-XXXXXX");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    return path;
}

static struct tuning *read_text(struct build *build, const char *text)
{
    const char *path = write_file(build, text);
    struct tuning *tuning = NULL;
    build->diag = (struct diag){.arena = &build->arena};
    bool read = tuning_read(&build->diag, path, &tuning);
    unlink(path);
    assert_int_equal(read, !build->diag.failed);
    return tuning;
}

static void what_is_written_is_read(void **state)
{
    struct build *build = *state;
    struct tuning tuning = {0};
    tuning_add(&build->arena, &tuning,
               (struct tuned){"avx512", "conv2d_block", "conv2d:a", "filters=4", 1.5, 2, 0});
    tuning_add(&build->arena, &tuning,
               (struct tuned){"avx2", "conv2d_block", "conv2d:a", "filters=2", 0.001, 3, 0});
    struct tuning *again = read_text(build, tuning_text(&build->arena, &tuning, "some/model.lua"));
    assert_int_equal(again->count, 2);
    assert_string_equal(tuning_find(again, "avx2", "conv2d_block", "conv2d:a")->tile, "filters=2");
    const struct tuned *first = tuning_find(again, "avx512", "conv2d_block", "conv2d:a");
    assert_string_equal(first->tile, "filters=4");
    assert_true(first->microseconds == 1.5 && first->predicted_microseconds == 2);
    assert_null(tuning_find(again, "avx512", "conv2d_block", "conv2d:b"));
    assert_null(tuning_find(again, "neon", "conv2d_block", "conv2d:a"));
}

static void the_file_is_beside_the_script(void **state)
{
    struct build *build = *state;
    assert_string_equal(tuning_path(&build->arena, "some/mnist.lua"), "some/mnist.tune");
    assert_string_equal(tuning_path(&build->arena, "model"), "model.tune");
    struct tuning *tuning = read_text(build, FIRST_LINE);
    assert_true(tuning_read(&build->diag, "/tmp/is-not-there.tune", &tuning));
    assert_null(tuning);
}

static void another_version_is_left_alone(void **state)
{
    assert_null(read_text(*state, "cnnc-tune 0 " CNNC_VERSION "\nwhatever\n"));
    assert_null(read_text(*state, "cnnc-tune 1 " CNNC_VERSION ".1\nwhatever\n"));
    assert_null(read_text(*state, ""));
}

static void assert_bad(struct build *build, const char *text, int line, const char *message)
{
    assert_null(read_text(build, text));
    assert_true(build->diag.failed);
    assert_string_equal(build->diag.message, message);
    assert_int_equal(build->diag.at.line, line);
    assert_non_null(build->diag.hint);
}

/* Beside an untrusted script, reading it could take for ever. */
static void what_is_no_regular_file_is_not_read(void **state)
{
    struct build *build = *state;
    struct tuning *tuning;
    char folder[] = "/tmp/cnnc-tune-XXXXXX", pipe[64], link[64];
    assert_non_null(mkdtemp(folder));
    snprintf(pipe, sizeof pipe, "%s/pipe.tune", folder);
    snprintf(link, sizeof link, "%s/link.tune", folder);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(symlink("/dev/zero", link), 0);
    assert_false(tuning_read(&build->diag, pipe, &tuning));
    assert_non_null(strstr(build->diag.message, "is a link or no regular file"));
    build->diag.failed = false;
    assert_false(tuning_read(&build->diag, link, &tuning));
    assert_null(tuning);
    unlink(pipe);
    unlink(link);
    rmdir(folder);
}

static void bad_lines_are_named(void **state)
{
    static const char six[] = "a line here has six words: target, kernel, shape, tile and two times",
                      times[] = "the last two words are times in microseconds";
    struct build *build = *state;
    assert_bad(build, FIRST_LINE "# note\n\navx2 a b c 1\n", 4, six);
    assert_bad(build, FIRST_LINE "avx2 a b c 1 2 3\n", 2, six);
    assert_bad(build, FIRST_LINE "avx2 a b c 1 x\n", 2, times);
    assert_bad(build, FIRST_LINE "avx2 a b c -1 2\n", 2, times);
    assert_bad(build, FIRST_LINE "avx2 a b c nan 2\n", 2, times);
    assert_bad(build, FIRST_LINE "avx2 a b c 1 2\navx2 a b d 1 2\n", 3,
               "this kernel stands in a line above already");
    assert_bad(build, FIRST_LINE "avx2 a b c 1 2", 2,
               "the line is too long, or has no end, or the file too many lines");
    char *line = arena_alloc(&build->arena, 5001);
    memset(line, 'a', 4999);
    line[4999] = '\n';
    assert_bad(build, arena_printf(&build->arena, FIRST_LINE "%s", line), 2,
               "the line is too long, or has no end, or the file too many lines");
}

/* ---- nodes ---- */

static struct node *scheduled(struct build *build, struct tuning *tuning)
{
    build_reset(build);
    build->graph->tuning = tuning;
    struct tensor *x = build_input(build, "20x20x16"), *k = build_parameter(build, "k", "3x3x16x16");
    build_output(build, apply(build, "conv2d", "", x, k));
    struct program program = {.kind = PROGRAM_MANY, .graph = build->graph, .lanes = 16};
    assert_true(pass_schedule(&program, target_find("avx512")));
    return graph_find(build->graph, "conv2d");
}

static void a_node_takes_the_measured_tile(void **state)
{
    struct build *build = *state;
    const struct target *target = target_find("avx512");
    const struct node *node = scheduled(build, NULL);
    const struct tiles tiles = tuning_candidates(node, target, 16);
    const struct candidate *list = tiles.list;
    assert_true(tiles.count > 2);
    assert_false(node->measured);
    for (int i = 0; i < 3; i++) {
        struct tuning tuning = {0};
        struct tuned tuned = {
            .target = "avx512", .kernel = "conv2d_block", .shape = tuning_shape(&build->arena, node)};
        tuned.tile = tuning_tile(&build->arena, node, list[i].tile);
        tuning_add(&build->arena, &tuning, tuned);
        node = scheduled(build, &tuning);
        assert_memory_equal(node->tile, list[i].tile, sizeof node->tile);
        assert_int_equal(node->measured, i > 0);
    }
}

/* A file cannot make a kernel that the compiler would not make by itself. */
static void other_tiles_are_ignored(void **state)
{
    struct build *build = *state;
    const struct node *node = scheduled(build, NULL);
    static const char *const tiles[] = {"filters=16,columns=16", "filters=0,columns=1", "filters=4", "nonsense"};
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++) {
        struct tuning tuning = {.path = "test.tune"};
        tuning_add(&build->arena, &tuning,
                   (struct tuned){.target = "avx512",
                                  .kernel = "conv2d_block",
                                  .tile = tiles[i],
                                  .line = 2,
                                  .shape = tuning_shape(&build->arena, node)});
        const struct node *again = scheduled(build, &tuning);
        assert_int_equal(build->diag.n_warnings, 1);
        assert_int_equal(build->diag.warnings[0].at.line, 2);
        assert_non_null(strstr(build->diag.warnings[0].message, "is no tile that conv2d_block can have here"));
        assert_memory_equal(again->tile, scheduled(build, NULL)->tile, sizeof node->tile);
    }
}

static void programs_are_made_of_one_rank(void **state)
{
    struct build *build = *state;
    struct tuning first = {.choice = 1}, far = {.choice = CANDIDATES_MAX};
    const struct tiles tiles = tuning_candidates(scheduled(build, NULL), target_find("avx512"), 16);
    const struct candidate *list = tiles.list;
    assert_true(tiles.count > 1);
    assert_memory_equal(scheduled(build, &first)->tile, list[1].tile, sizeof list[1].tile);
    assert_memory_equal(scheduled(build, &far)->tile, list[0].tile, sizeof list[0].tile);
}

/* ---- choosing ---- */

/* With noise that each round shares, a tile that takes `share` of the first one's time, and `noise` of its own. */
static struct tune_times times_of(double share, double noise)
{
    static const double rounds[TUNE_ROUNDS] = {10, 14, 11, 10, 30, 12, 10},
                        own[TUNE_ROUNDS] = {0, 1, -1, 0.5, -0.5, 1, -1};
    struct tune_times times;
    for (int i = 0; i < TUNE_ROUNDS; i++)
        times.microseconds[i] = rounds[i] * (share + noise * own[i]);
    return times;
}

static void expect_choice(const struct tune_times *times, int count, int choice, double advantage)
{
    double got = -1;
    assert_int_equal(tune_choose(times, count, &got), choice);
    assert_float_equal(got, advantage, 1e-6);
}

/* What meets all tiles of a round alike is no spread. */
static void a_steady_advantage_wins(void **state)
{
    (void)state;
    expect_choice(
        (const struct tune_times[]){times_of(1, 0), times_of(0.98, 0), times_of(0.97, 0), times_of(1.1, 0)}, 4, 2,
        0.03);
    expect_choice((const struct tune_times[]){times_of(1, 0), times_of(0.9, 0.01), times_of(0.89, 0)}, 3, 2, 0.11);
}

static void rounds_that_differ_ask_for_a_larger_advantage(void **state)
{
    (void)state;
    expect_choice((const struct tune_times[]){times_of(1, 0), times_of(0.95, 0.03)}, 2, 0, 0);
    expect_choice((const struct tune_times[]){times_of(1, 0), times_of(0.85, 0.03)}, 2, 1, 0.15);
    expect_choice((const struct tune_times[]){times_of(1, 0), times_of(0.95, 0.03), times_of(0.97, 0)}, 3, 2, 0.03);
}

static void too_little_is_not_worth_another_tile(void **state)
{
    (void)state;
    expect_choice((const struct tune_times[]){times_of(1, 0), times_of(0.995, 0)}, 2, 0, 0);
    expect_choice((const struct tune_times[]){times_of(1, 0), times_of(1, 0)}, 2, 0, 0);
    expect_choice((const struct tune_times[]){times_of(1, 0)}, 1, 0, 0);
}

/* Something else ran while the other tile was measured, or the first. */
static void two_bad_rounds_do_not_count(void **state)
{
    (void)state;
    struct tune_times times[] = {times_of(1, 0), times_of(0.9, 0)};
    times[1].microseconds[2] *= 3;
    times[0].microseconds[5] *= 3;
    expect_choice(times, 2, 1, 0.1);
    times[1].microseconds[3] *= 3;
    expect_choice(times, 2, 0, 0);
}

static void what_was_not_measured_is_not_chosen(void **state)
{
    (void)state;
    struct tune_times times[] = {times_of(1, 0), {{0}}, times_of(0.9, 0)};
    expect_choice(times, 2, 0, 0);
    expect_choice(times, 3, 2, 0.1);
    times[2].microseconds[6] = 0;
    expect_choice(times, 3, 0, 0);
}

static void the_median_is_of_all_rounds(void **state)
{
    (void)state;
    struct tune_times times = times_of(1, 0);
    assert_float_equal(tune_median(&times), 11, 1e-9);
    assert_float_equal(times.microseconds[4], 30, 1e-9); /* which stay where they are */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(candidates_are_near_the_predicted_tile),
        TEST(a_convolution_has_candidates),
        TEST(what_is_written_is_read),
        TEST(the_file_is_beside_the_script),
        TEST(another_version_is_left_alone),
        TEST(what_is_no_regular_file_is_not_read),
        TEST(bad_lines_are_named),
        TEST(a_node_takes_the_measured_tile),
        TEST(other_tiles_are_ignored),
        TEST(programs_are_made_of_one_rank),
        cmocka_unit_test(a_steady_advantage_wins),
        cmocka_unit_test(rounds_that_differ_ask_for_a_larger_advantage),
        cmocka_unit_test(too_little_is_not_worth_another_tile),
        cmocka_unit_test(two_bad_rounds_do_not_count),
        cmocka_unit_test(what_was_not_measured_is_not_chosen),
        cmocka_unit_test(the_median_is_of_all_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
