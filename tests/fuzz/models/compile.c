/* compile.c -- from a script to a library that can be loaded. */
#include "case.h"
#include "emit/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { WORDS_MAX = 40 };

/* ---- commands ---- */

struct command {
    const char *words[WORDS_MAX + 1]; /* NULL-terminated */
    int count;
};

static void add(struct command *command, const char *word)
{
    if (command->count < WORDS_MAX)
        command->words[command->count++] = word;
}

static bool run(const struct command *command, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = -1;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return false;
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (posix_spawnp(&child, command->words[0], &actions, NULL, (char *const *)command->words, environ) == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    posix_spawn_file_actions_destroy(&actions);
    return status == 0;
}

static void show(const char *log)
{
    char line[500];
    FILE *file = fopen(log, "r");
    for (int i = 0; file && i < 10 && fgets(line, sizeof line, file); i++)
        printf("#   %s", line);
    if (file)
        fclose(file);
}

/* ---- compilers ---- */

static bool is_vector_target(const struct build *build) { return strcmp(build->target, "generic") != 0; }

bool build_possible(const struct build *build)
{
    return machine_can_run(build->target) && (strcmp(build->compiler, "tcc") != 0 || !is_vector_target(build));
}

/* tcc is there for its speed: it takes plain C only, no OpenMP, and does not optimise. */
static bool is_tcc(const struct build *build) { return strcmp(build->compiler, "tcc") == 0; }

static void add_flags(struct command *command, const struct workshop *workshop, const struct build *build)
{
    static const char *const all[] = {"-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall"};
    static const char *const full[] = {"-Wextra", "-Werror", "-fopenmp", "-fPIC", "-ffp-contract=off"};
    static const char *const sanitizers[] = {"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"};
    if (!is_tcc(build)) { /* compiled before: tests/cc.sh */
        add(command, "sh");
        add(command, "tests/cc.sh");
    }
    add(command, build->compiler);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add(command, all[i]);
    if (is_tcc(build)) {
        add(command, "-Werror");
    } else {
        for (size_t i = 0; i < sizeof full / sizeof *full; i++)
            add(command, full[i]);
        add(command, build->level);
    }
    for (size_t i = 0; workshop->sanitized && i < sizeof sanitizers / sizeof *sanitizers; i++)
        add(command, sanitizers[i]);
    add(command, "-I");
    add(command, workshop->runtime);
}

static bool compile(const struct workshop *workshop, const struct build *build, const char *source,
                    const char *library)
{
    char log[500];
    struct command command = {.count = 0};
    snprintf(log, sizeof log, "%s/compile.log", workshop->folder);
    add_flags(&command, workshop, build);
    const char *const words[] = {"-shared", "-o", library, source, "-lm"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        add(&command, words[i]);
    if (run(&command, log))
        return true;
    printf("# compile: %s fails\n", build->compiler);
    show(log);
    return false;
}

/* ---- the C file ---- */

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool ok = fputs(text, file) >= 0;
    return fclose(file) == 0 && ok;
}

/* As draw.lua calls it in its tables. */
const char *called(const struct graph *model) { return model->key ? "net_model" : "net"; }

static bool generate(const struct build *build, const char *script, const struct reference *reference,
                     const char *source_path, const char *header_path)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory)) {
        puts("# generate: out of memory");
        return false;
    }
    bool trains = strcmp(build->form, "train") == 0 && reference->model->n_labels > 0;
    struct options options = {.script = script,
                              .output = source_path,
                              .name = "net",
                              .target = target_find(build->target),
                              .emit = trains ? EMIT_BENCH : EMIT_INFER,
                              .embeds = strcmp(build->form, "embedded") == 0,
                              .optimize = strcmp(build->optimize, "size") == 0 ? OPTIMIZE_SIZE : OPTIMIZE_SPEED,
                              .streams = strcmp(build->optimize, "rows") == 0,
                              .batches = strcmp(build->optimize, "singly") == 0 ? BATCHES_SINGLY : BATCHES_BY_COST,
                              .recomputes = strcmp(build->optimize, "speed") != 0};
    struct unit unit = {0};
    const char *source, *header;
    struct graph *model = script_run(&arena, &diag, script, limits_default);
    bool ok = model && compile_unit(&unit, model, &options) &&
              (strcmp(build->form, "embedded") != 0 || embed_parameters(&unit, reference->parameters)) &&
              emit_unit(&unit, &source, &header);
    ok = ok && write_file(source_path, source) && write_file(header_path, header) &&
         (trains || caller_add(source_path, model, called(model)));
    if (!ok)
        puts("# generate: the compiler refuses what the script describes");
    if (diag.failed)
        diag_print(&diag, stdout);
    arena_free(&arena);
    return ok;
}

bool build_make(const struct workshop *workshop, const struct build *build, const char *script,
                const struct reference *reference, const char *library)
{
    char source[500], header[500];
    snprintf(source, sizeof source, "%s/net.c", workshop->folder);
    snprintf(header, sizeof header, "%s/net.h", workshop->folder);
    return generate(build, script, reference, source, header) && compile(workshop, build, source, library);
}
