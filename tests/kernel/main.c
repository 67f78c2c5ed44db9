/* main.c -- writes the generated code of every case, and checks it after it was compiled.
 *
 * usage: kernel generate FOLDER TARGET [CASE...]   writes FOLDER/CASE.c and prints its path
 *        kernel check FOLDER TARGET [CASE...]      compares them, in FOLDER/cases.so, with the naive interpreter
 *        kernel generate-inference, generate-embedded, check-inference ...
 *                                                  the same for --emit infer, without and with trained parameters
 *        kernel rewrites FOLDER TARGET [CASE...]   compares the graphs before and after the compiler's rewrites
 *        (TARGET is the name of a target, or NAME-small for --optimize size.)
 *        kernel flags TARGET                       prints what a compiler needs for the target
 *        kernel targets                            prints those that this machine can run, best first
 *        kernel list                               prints the cases that are taken where none is named */
#include "kernel.h"

#include "emit/emit.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* What code is made for. */
struct machine {
    const char *name; /* of a target; NAME-small for --optimize size */
    const struct target *target;
    enum optimize optimize;
};

static bool is_wanted(const struct kernel_case *row, char *const *names)
{
    for (char *const *name = names; *name; name++)
        if (strcmp(row->name, *name) == 0)
            return true;
    return !*names;
}

static bool write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool ok = fputs(text, file) >= 0;
    return fclose(file) == 0 && ok;
}

static struct plan plan_of(const struct kernel_case *row)
{
    struct plan plan = usual_plan;
    plan.bytes = row->bytes;
    return plan;
}

/* ---- generate ---- */

/* As `--weights` does, without a file. */
static bool embed(struct unit *unit, const char *script, const struct kernel_case *row)
{
    struct reference reference;
    struct plan plan = plan_of(row);
    bool ok = reference_make(&reference, script, &plan);
    ok = ok && embed_parameters(unit, reference.parameters);
    reference_free(&reference);
    return ok;
}

static bool generate_as(const char *folder, const struct machine *machine, const struct kernel_case *row,
                        enum emit emit, bool embeds)
{
    char script[500], source_path[500], header_path[500];
    snprintf(script, sizeof script, "%s/%s.lua", folder, row->name);
    snprintf(source_path, sizeof source_path, "%s/%s.c", folder, row->name);
    snprintf(header_path, sizeof header_path, "%s/%s.h", folder, row->name);
    case_write(row, script);

    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory))
        return false;
    struct options options = {.script = script,
                              .output = source_path,
                              .name = row->name,
                              .target = machine->target,
                              .emit = emit,
                              .embeds = embeds,
                              .optimize = machine->optimize};
    struct unit unit = {0};
    const char *source, *header;
    struct graph *model = script_run(&arena, &diag, script, limits_default);
    bool ok = model && compile_unit(&unit, model, &options) && (!embeds || embed(&unit, script, row)) &&
              emit_unit(&unit, &source, &header);
    ok = ok && write_file(source_path, source) && write_file(header_path, header) &&
         (emit != EMIT_INFER || caller_add(source_path, model, row->name));
    if (diag.failed)
        diag_print(&diag, stderr);
    if (ok)
        puts(source_path);
    else
        printf("not ok %s/%s\n", machine->name, row->name);
    arena_free(&arena);
    return ok;
}

static bool generate(const char *folder, const struct machine *machine, const struct kernel_case *row)
{
    return generate_as(folder, machine, row, EMIT_BENCH, false);
}

static bool generate_inference(const char *folder, const struct machine *machine, const struct kernel_case *row)
{
    return generate_as(folder, machine, row, EMIT_INFER, false);
}

static bool generate_embedded(const char *folder, const struct machine *machine, const struct kernel_case *row)
{
    return generate_as(folder, machine, row, EMIT_INFER, true);
}

/* ---- check ---- */

/* The library of all cases. It stays open: the threads of OpenMP live on. */
static void *load(const char *folder)
{
    char path[500];
    snprintf(path, sizeof path, "%s/cases.so", folder);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        printf("# %s\n", dlerror());
    return library;
}

typedef int check_function(const struct reference *reference, void *library, const char *name, uint64_t *bits);

static bool check_with(check_function *function, const char *folder, const struct machine *machine,
                       const struct kernel_case *row, bool trains)
{
    char script[500];
    snprintf(script, sizeof script, "%s/%s.lua", folder, row->name);
    void *library = load(folder);
    struct reference reference;
    struct plan plan = plan_of(row);
    plan.trains_large = trains;
    bool ok = reference_make(&reference, script, &plan) && library;
    uint64_t bits;
    ok = ok && function(&reference, library, row->name, &bits) == 0;
    printf("%s %s/%s\n", ok ? "ok" : "not ok", machine->name, row->name);
    reference_free(&reference);
    return ok;
}

static bool check(const char *folder, const struct machine *machine, const struct kernel_case *row)
{
    return check_with(check_model, folder, machine, row, true);
}

static bool check_inference(const char *folder, const struct machine *machine, const struct kernel_case *row)
{
    return check_with(check_functions, folder, machine, row, false);
}

/* ---- rewrites ---- */

static bool check_rewrites(const char *folder, const struct machine *machine, const struct kernel_case *row)
{
    (void)machine;
    char script[500];
    struct reference plain, rewritten;
    snprintf(script, sizeof script, "%s/%s.lua", folder, row->name);
    case_write(row, script);
    struct plan plan = plan_of(row);
    plan.trains_large = true;
    bool made = reference_make(&plain, script, &plan);
    plan.rewritten = true;
    made &= reference_make(&rewritten, script, &plan);
    bool ok = made && reference_compare(&plain, &rewritten) == 0;
    printf("%s rewrites/%s\n", ok ? "ok" : "not ok", row->name);
    reference_free(&plain);
    reference_free(&rewritten);
    return ok;
}

/* ---- the command line ---- */

typedef bool action(const char *folder, const struct machine *machine, const struct kernel_case *row);

static const struct {
    const char *name;
    action *function;
} actions[] = {
    {"generate", generate}, {"generate-inference", generate_inference}, {"generate-embedded", generate_embedded},
    {"check", check},       {"check-inference", check_inference},       {"rewrites", check_rewrites},
};

static action *action_find(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].function;
    return NULL;
}

/* The widest vectors first, and of equally wide ones the target that is no choice among others. */
static void print_targets(void)
{
    for (int lanes = 64; lanes > 0; lanes--)
        for (int fat = 0; fat < 2; fat++)
            for (const struct target *target = target_table; target->name; target++)
                if (target->lanes == lanes && (target->variants[0] != NULL) == fat && machine_can_run(target->name))
                    puts(target->name);
}

static bool machine_read(struct machine *machine, const char *name)
{
    char target[100];
    const char *small = strstr(name, "-small");
    snprintf(target, sizeof target, "%.*s", small ? (int)(small - name) : (int)strlen(name), name);
    *machine = (struct machine){name, target_find(target), small ? OPTIMIZE_SIZE : OPTIMIZE_SPEED};
    return machine->target != NULL;
}

static int usage(void)
{
    fprintf(stderr, "usage: kernel ACTION FOLDER TARGET [CASE...] | flags TARGET | targets | list\n"
                    "actions: generate, generate-inference, generate-embedded, check, check-inference, rewrites\n");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "targets") == 0) {
        print_targets();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (const struct kernel_case *row = kernel_cases; row->name; row++)
            puts(row->name);
        return 0;
    }
    struct machine machine = {0};
    if (argc < 3 || !machine_read(&machine, argv[argc > 3 ? 3 : 2]))
        return usage();
    if (argc == 3 && strcmp(argv[1], "flags") == 0) {
        puts(machine.target->flags ? machine.target->flags : "");
        return 0;
    }
    action *act = argc > 3 ? action_find(argv[1]) : NULL;
    if (!act)
        return usage();
    bool ok = true;
    for (const struct kernel_case *row = kernel_cases; row->name; row++)
        if (is_wanted(row, argv + 4))
            ok &= act(argv[2], &machine, row);
    for (const struct kernel_case *row = large_cases; argc > 4 && row->name; row++)
        if (is_wanted(row, argv + 4))
            ok &= act(argv[2], &machine, row);
    if (argc > 4 && is_wanted(&several_case, argv + 4))
        ok &= act(argv[2], &machine, &several_case);
    return !ok;
}
