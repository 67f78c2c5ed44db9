/* `cnnc run` builds a program once and then takes it from the cache. The compiler is a shell script that notes each
 * call and makes a program which prints its arguments. */
#include "build.h"

#include "command/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char compiler[] = "#!/bin/sh\n"
                               "echo called >>\"$(dirname \"$0\")/calls\"\n"
                               "for word; do [ \"$last\" = -o ] && output=$word; last=$word; done\n"
                               "printf '#!/bin/sh\\necho ran \"$@\"\\n' >\"$output\" && chmod 755 \"$output\"\n";

/* The runtime is looked for beside the running program, which is this test: it finds two empty files there. */
static const char *beside(struct build *build, const char *name)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(length > 0);
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    return arena_printf(&build->arena, "%s/%s", path, name);
}

static int open_runtime(void **state)
{
    if (build_open(state) != 0)
        return -1;
    FILE *header = fopen(beside(*state, "cnnrt.h"), "w"), *library = fopen(beside(*state, "libcnnrt.a"), "w");
    return header && library && fclose(header) == 0 && fclose(library) == 0 ? 0 : -1;
}

static int close_runtime(void **state)
{
    unlink(beside(*state, "cnnrt.h"));
    unlink(beside(*state, "libcnnrt.a"));
    return build_close(state);
}

static const char *new_folder(struct build *build)
{
    char *folder = arena_strdup(&build->arena, "/tmp/cnnc-run-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void write_compiler(struct build *build, const char *folder, const char *text)
{
    const char *path = arena_printf(&build->arena, "%s/cc", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0755), 0);
}

static const char *read_file(struct build *build, const char *folder, const char *name)
{
    static char text[4096];
    FILE *file = fopen(arena_printf(&build->arena, "%s/%s", folder, name), "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    return text;
}

/* Runs the unit in a child, as it becomes the program. Returns the exit status; 99 where run_unit() returned. */
static int run(struct build *build, const char *folder, const struct unit *unit, char *const *arguments)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("CC", arena_printf(&build->arena, "%s/cc", folder), 1);
        setenv("XDG_CACHE_HOME", folder, 1);
        if (!freopen(arena_printf(&build->arena, "%s/out", folder), "w", stdout))
            _exit(98);
        run_unit(unit, &build->diag, "cnnc", arguments);
        diag_print(&build->diag, stderr);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void clean(struct build *build, const char *folder)
{
    assert_int_equal(system(arena_printf(&build->arena, "rm -r %s", folder)), 0);
}

static void prepare_unit(struct build *build, struct unit *unit, struct options *options)
{
    *options =
        (struct options){.script = "mnist.lua", .output = "-", .name = "mnist", .target = target_find("generic")};
    assert_true(compile_unit(unit, build_script(build, "examples/mnist.lua"), options));
}

static void a_program_is_built_once(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    struct options options;
    const char *folder = new_folder(build);
    write_compiler(build, folder, compiler);
    prepare_unit(build, &unit, &options);
    assert_int_equal(run(build, folder, &unit, (char *[]){"train", "--data", "x y", NULL}), 0);
    assert_string_equal(read_file(build, folder, "out"), "ran train --data x y\n");
    assert_int_equal(run(build, folder, &unit, (char *[]){NULL}), 0);
    assert_string_equal(read_file(build, folder, "out"), "ran info\n");
    assert_string_equal(read_file(build, folder, "calls"), "called\n");
    options.seed = 1; /* other C */
    assert_int_equal(run(build, folder, &unit, (char *[]){NULL}), 0);
    assert_string_equal(read_file(build, folder, "calls"), "called\ncalled\n");
    clean(build, folder);
}

static void a_failed_compiler_leaves_nothing(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    struct options options;
    const char *folder = new_folder(build);
    write_compiler(build, folder, "#!/bin/sh\nexit 3\n");
    prepare_unit(build, &unit, &options);
    assert_int_equal(run(build, folder, &unit, (char *[]){NULL}), 99);
    assert_int_equal(rmdir(arena_printf(&build->arena, "%s/cnnc", folder)), 0); /* it is empty */
    clean(build, folder);
}

static void a_network_without_a_loss_predicts_alone(void **state)
{
    struct build *build = *state;
    struct unit unit = {0};
    struct options options = {
        .script = "m.lua", .output = "-", .name = "m", .target = target_find("generic"), .describes = true};
    const char *folder = new_folder(build);
    write_compiler(build, folder, compiler);
    assert_true(compile_unit(&unit, build_script(build, "tests/scripts/no_training.lua"), &options));
    for (int i = 0; i < 2; i++) {
        assert_false(run_unit(&unit, &build->diag, "build/cnnc", (char *[]){i ? "train" : NULL, NULL}));
        assert_non_null(strstr(build->diag.message, "the script compiles no loss"));
        assert_non_null(strstr(build->diag.hint, "call model:compile"));
        build->diag = (struct diag){.arena = &build->arena};
    }
    assert_int_equal(run(build, folder, &unit, (char *[]){"predict", "x.png", NULL}), 0);
    assert_string_equal(read_file(build, folder, "out"), "ran predict x.png\n");
    clean(build, folder);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_runtime, close_runtime)
    const struct CMUnitTest tests[] = {
        TEST(a_program_is_built_once),
        TEST(a_failed_compiler_leaves_nothing),
        TEST(a_network_without_a_loss_predicts_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
