/* run.c -- `cnnc run`: builds a model's program once, keeps it, and becomes it.
 *
 * A program is kept under a hash of all that decides its bytes: the generated C, the runtime it is linked
 * with, and the C compiler with its flags. It is built in a folder of this process's own and moved into place
 * by one rename, so that two runs at once do no harm to each other. */
#include "command/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_COMPILER "--cc or the environment variable CC names the compiler; it needs OpenMP"

/* What one build needs to know. Texts are in the arena. */
struct build {
    struct arena *arena;
    struct diag *diag;
    const struct unit *unit;
    const char *source, *header; /* the generated texts */
    const char *runtime_header, *runtime_library;
    struct cc cc;
    const char *cache;   /* folder */
    const char *program; /* in it */
    const char *weights; /* of a model that was imported, in it; NULL: it is a script */
};

static bool fail(struct build *build, const char *what, const char *path)
{
    return diag_error(build->diag, (struct origin){0}, "cannot %s `%s`: %s", what, path, strerror(errno));
}

/* ---- the runtime -------------------------------------------------------------------------------- */

const char *own_folder(struct arena *arena, const char *self)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    char *folder;
    if (length > 0) {
        path[length] = '\0';
        folder = arena_strdup(arena, path);
    } else {
        folder = arena_strdup(arena, self);
    }
    char *slash = strrchr(folder, '/');
    if (!slash)
        return ".";
    *slash = '\0';
    return folder;
}

static bool try_runtime(struct build *build, const char *header, const char *library)
{
    build->runtime_header = header;
    build->runtime_library = library;
    return access(header, R_OK) == 0 && access(library, R_OK) == 0;
}

static bool find_runtime(struct build *build, const char *self)
{
    const char *folder = own_folder(build->arena, self);
    return try_runtime(build, arena_printf(build->arena, "%s/cnnrt.h", folder),
                       arena_printf(build->arena, "%s/libcnnrt.a", folder)) ||
           try_runtime(build, arena_printf(build->arena, "%s/../include/cnnrt.h", folder),
                       arena_printf(build->arena, "%s/../lib/libcnnrt.a", folder)) ||
           diag_error(build->diag, (struct origin){0},
                      "the runtime is not there: cnnrt.h and libcnnrt.a belong beside `%s/cnnc`, or in include and "
                      "lib beside its folder",
                      folder);
}

/* ---- the C compiler ----------------------------------------------------------------------------- */

/* From so many bytes of C on gcc takes longer by -O3 than its programs win, which is 1 to 3 % beside -O2. */
enum { LARGE_SOURCE = 400000 };

static bool choose_compiler(struct build *build)
{
    const struct options *options = build->unit->options;
    return cc_open(&build->cc, build->diag, options->cc) &&
           cc_words(&build->cc, strlen(build->source) < LARGE_SOURCE ? "-O3" : "-O2") &&
           cc_words(&build->cc, "-fopenmp") && cc_words(&build->cc, options->target->flags);
}

/* The file that a command's first word names, found as a shell would. NULL: none. */
static const char *find_in_path(struct arena *arena, const char *word)
{
    if (strchr(word, '/'))
        return word;
    const char *path = getenv("PATH");
    char *folders = arena_strdup(arena, path ? path : "/usr/local/bin:/usr/bin:/bin"), *rest = NULL;
    for (char *folder = strtok_r(folders, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest)) {
        const char *file = arena_printf(arena, "%s/%s", folder, word);
        if (access(file, X_OK) == 0)
            return file;
    }
    return NULL;
}

/* ---- the cache ---------------------------------------------------------------------------------- */

/* A file as make sees it: another one has another size or time. */
static uint64_t hash_file(uint64_t hash, const char *path)
{
    struct stat status;
    if (!path || stat(path, &status) != 0)
        return hash;
    int64_t facts[] = {(int64_t)status.st_size, (int64_t)status.st_mtim.tv_sec, (int64_t)status.st_mtim.tv_nsec};
    return hash_bytes(hash_text(hash, path), facts, sizeof facts);
}

static uint64_t build_hash(const struct build *build)
{
    uint64_t hash = HASH_BEGIN;
    hash = hash_text(hash, CNNC_VERSION);
    hash = hash_text(hash, build->source);
    hash = hash_text(hash, build->header);
    for (int i = 0; i < build->diag->n_warnings; i++) /* new ones are to be printed */
        hash = hash_text(hash, build->diag->warnings[i].message);
    hash = hash_file(hash, build->runtime_header);
    hash = hash_file(hash, build->runtime_library);
    hash = hash_file(hash, find_in_path(build->arena, build->cc.words[0]));
    for (int i = 0; i < build->cc.n_words; i++)
        hash = hash_text(hash, build->cc.words[i]);
    return hash;
}

static bool open_cache(struct build *build)
{
    time_limit_set(0); /* the compilation is done, and files are written from here on */
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/') /* the XDG specification: a relative path is to be ignored */
        build->cache = arena_printf(build->arena, "%s/cnnc", xdg);
    else if (home && *home)
        build->cache = arena_printf(build->arena, "%s/.cache/cnnc", home);
    else
        return diag_error(build->diag, (struct origin){0},
                          "there is no place to keep the program: neither XDG_CACHE_HOME nor HOME is set");
    build->program = arena_printf(build->arena, "%s/%s-%016" PRIx64, build->cache, build->unit->options->name,
                                  build_hash(build));
    return output_folder(build->arena, build->cache) || fail(build, "make the folder", build->cache);
}

/* ---- building ----------------------------------------------------------------------------------- */

static bool compile_in(struct build *build, const char *folder)
{
    struct arena *arena = build->arena;
    const char *name = build->unit->options->name;
    const char *source = arena_printf(arena, "%s/%s.c", folder, name);
    const char *header = arena_printf(arena, "%s/%s.h", folder, name);
    const char *program = arena_printf(arena, "%s/%s", folder, name);
    const struct output_file files[] = {
        {source, build->source, strlen(build->source)},
        {header, build->header, strlen(build->header)},
    };
    char *include = arena_strdup(arena, build->runtime_header);
    *strrchr(include, '/') = '\0';
    return output_write(build->diag, files, 2) && cc_word(&build->cc, "-I") && cc_word(&build->cc, include) &&
           cc_word(&build->cc, source) && cc_word(&build->cc, build->runtime_library) &&
           cc_words(&build->cc, RUNTIME_LIBS " -o") && cc_word(&build->cc, program) &&
           (cc_run(&build->cc, NULL) || diag_hint(build->diag, NO_COMPILER)) &&
           (rename(program, build->program) == 0 || fail(build, "write", build->program));
}

static bool make_program(struct build *build)
{
    struct temporary temporary;
    if (!temporary_open(&temporary, build->diag, build->cache, build->unit->options->name))
        return false;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "building %s for %s ...\n", build->unit->options->name, build->unit->options->target->name);
    diag_print(build->diag, stderr); /* warnings, before another program may take this one's place */
    bool made = compile_in(build, temporary.path);
    temporary_close(&temporary);
    return made;
}

/* ---- running ------------------------------------------------------------------------------------ */

/* Those of an imported model are given to what asks for some, unless the user gives others. */
static bool takes_weights(const struct build *build, char *const *arguments)
{
    bool given = !build->weights || !arguments[0] || strcmp(arguments[0], "predict") != 0;
    for (; !given && *arguments; arguments++)
        given = strncmp(*arguments, "--weights", strlen("--weights")) == 0;
    return !given;
}

static bool become(struct build *build, char *const *arguments)
{
    int count = 0, n = 0;
    while (arguments[count])
        count++;
    char **argv = arena_array(build->arena, count + 5, sizeof *argv);
    argv[n++] = arena_strdup(build->arena, build->unit->options->name);
    argv[n++] = count ? arguments[0] : arena_strdup(build->arena, "info");
    if (takes_weights(build, arguments)) {
        argv[n++] = arena_strdup(build->arena, "--weights");
        argv[n++] = arena_strdup(build->arena, build->weights);
    }
    for (int i = 1; i < count; i++)
        argv[n++] = arguments[i];
    fflush(stdout);
    execv(build->program, argv);
    return fail(build, "run", build->program);
}

/* Some model of the script is trained. */
static bool trains(const struct unit *unit)
{
    for (; unit; unit = unit->next)
        if (unit->n_trains > 0)
            return true;
    return false;
}

/* Without a loss a program predicts, and says what it is; an imported model has none. */
static bool check_loss(const struct build *build, char *const *arguments)
{
    const char *command = arguments[0];
    bool is_imported = build->unit->model->is_imported;
    bool needs = command ? strcmp(command, "train") == 0 || strcmp(command, "evaluate") == 0 : !is_imported;
    if (!needs || trains(build->unit))
        return true;
    diag_error(build->diag, (struct origin){.file = build->unit->options->script},
               "the %s no loss, so there is nothing to train: its program can predict",
               is_imported ? "model has" : "script compiles");
    if (is_imported)
        return diag_hint(build->diag, "`cnnc import` makes a script of it that can be trained");
    return diag_hint(build->diag, "call model:compile{optimizer = \"adam\", loss = ...} in the script");
}

/* Beside the program, under a hash of their own: the program is that of other weights, too. What is only measured has none. */
static bool keep_weights(struct build *build)
{
    const struct graph *model = build->unit->model;
    uint64_t hash = HASH_BEGIN;
    if (!model->is_imported)
        return true;
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        if (!parameter->values)
            return true;
        hash = hash_text(hash, parameter->name);
        hash =
            hash_bytes(hash, parameter->values, (size_t)shape_count(&parameter->shape) * sizeof *parameter->values);
    }
    build->weights = arena_printf(build->arena, "%s/%s-%016" PRIx64 ".safetensors", build->cache,
                                  build->unit->options->name, hash);
    return access(build->weights, R_OK) == 0 || weights_write(model, build->weights);
}

static bool prepare(struct build *build, const char *self)
{
    return emit_unit(build->unit, &build->source, &build->header) && find_runtime(build, self) &&
           choose_compiler(build) && open_cache(build) && keep_weights(build) &&
           (access(build->program, X_OK) == 0 || make_program(build));
}

bool run_build(const struct unit *unit, struct diag *diag, const char *self, const char **program)
{
    struct build build = {.arena = diag->arena, .diag = diag, .unit = unit};
    bool built = prepare(&build, self);
    *program = build.program;
    return built;
}

bool run_unit(const struct unit *unit, struct diag *diag, const char *self, char *const *arguments)
{
    struct build build = {.arena = diag->arena, .diag = diag, .unit = unit};
    if (!check_loss(&build, arguments) || !prepare(&build, self))
        return false;
    diag->n_printed = diag->n_warnings; /* when it was built */
    return become(&build, arguments);
}
