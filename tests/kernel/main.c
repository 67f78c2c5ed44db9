/* main.c -- writes the generated code of cases, and checks it after it was compiled.
 *
 * usage: kernel generate FOLDER TARGET [CASE...]   writes FOLDER/lotN.c, each of several cases, and prints its path
 *        kernel check FOLDER TARGET [CASE...]      compares them, in FOLDER/cases.so, with the naive interpreter
 *        kernel generate-inference, generate-embedded, check-inference, check-embedded ...
 *                                                  the same for --emit infer, without and with trained parameters
 *        kernel rewrites FOLDER TARGET [CASE...]   compares the graphs before and after the compiler's rewrites
 *        (TARGET is the name of a target, NAME-small for --optimize size, NAME-rows for images that pass row by row, NAME-singly for
 *        training that goes sample by sample and computes again what is cheap.)
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
    const char *name; /* of a target; NAME-small, NAME-rows, NAME-singly */
    const struct target *target;
    enum optimize optimize;
    bool streams; /* images row by row */
    enum batches batches;
    bool recomputes; /* --recompute */
};

/* Cases that one script returns and one C file holds: what they share is compiled once. */
enum { LOT_MAX = 6 };
struct lot {
    char name[20]; /* of its files */
    const char *folder;
    const struct kernel_case *rows[LOT_MAX];
    int count;
};

struct path {
    char text[500];
};

static struct path lot_path(const struct lot *lot, const char *ending)
{
    struct path path;
    snprintf(path.text, sizeof path.text, "%s/%s%s", lot->folder, lot->name, ending);
    return path;
}

/* What a case's functions begin with. */
static struct path symbol_of(const struct lot *lot, const struct kernel_case *row)
{
    struct path symbol;
    snprintf(symbol.text, sizeof symbol.text, "%s%s%s", lot->name, lot->count > 1 ? "_" : "",
             lot->count > 1 ? row->name : "");
    return symbol;
}

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

static struct plan plan_of(const struct lot *lot, const struct kernel_case *row)
{
    struct plan plan = usual_plan;
    plan.model = lot->count > 1 ? row->name : NULL;
    plan.bytes = row->bytes;
    return plan;
}

/* ---- generate ---- */

/* As `--weights` does, without a file. */
static bool embed(struct unit *unit, const struct lot *lot)
{
    struct reference reference;
    struct plan plan = plan_of(lot, lot->rows[0]);
    bool ok = reference_make(&reference, lot_path(lot, ".lua").text, &plan);
    ok = ok && embed_parameters(unit, reference.parameters);
    reference_free(&reference);
    return ok;
}

static bool add_callers(const struct lot *lot, const char *source_path, const struct graph *model)
{
    bool ok = true;
    for (; model; model = model->next)
        for (int i = 0; i < lot->count; i++)
            if (!model->key || strcmp(model->key, lot->rows[i]->name) == 0)
                ok &= caller_add(source_path, model, symbol_of(lot, lot->rows[i]).text);
    return ok;
}

static bool generate_as(const struct machine *machine, const struct lot *lot, enum emit emit, bool embeds)
{
    struct path script = lot_path(lot, ".lua"), source_path = lot_path(lot, ".c");
    cases_write(lot->rows, lot->count, script.text);
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory))
        return false;
    struct options options = {.script = script.text,
                              .output = source_path.text,
                              .name = lot->name,
                              .target = machine->target,
                              .emit = emit,
                              .embeds = embeds,
                              .optimize = machine->optimize,
                              .streams = machine->streams,
                              .batches = machine->batches,
                              .recomputes = machine->recomputes};
    struct unit unit = {0};
    const char *source, *header;
    struct graph *model = script_run(&arena, &diag, script.text, limits_default);
    bool ok = model && compile_unit(&unit, model, &options) && (!embeds || embed(&unit, lot)) &&
              emit_unit(&unit, &source, &header);
    ok = ok && write_file(source_path.text, source) && write_file(lot_path(lot, ".h").text, header) &&
         (emit != EMIT_INFER || add_callers(lot, source_path.text, model));
    if (diag.failed)
        diag_print(&diag, stderr);
    if (ok)
        puts(source_path.text);
    else
        printf("not ok %s/%s and those with it\n", machine->name, lot->rows[0]->name);
    arena_free(&arena);
    return ok;
}

static bool generate(const struct machine *machine, const struct lot *lot)
{
    return generate_as(machine, lot, EMIT_BENCH, false);
}

static bool generate_inference(const struct machine *machine, const struct lot *lot)
{
    return generate_as(machine, lot, EMIT_INFER, false);
}

static bool generate_embedded(const struct machine *machine, const struct lot *lot)
{
    return generate_as(machine, lot, EMIT_INFER, true);
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

static bool check_with(check_function *function, const struct machine *machine, const struct lot *lot, bool trains)
{
    void *library = load(lot->folder);
    bool all = true;
    for (int i = 0; i < lot->count; i++) {
        struct reference reference;
        struct plan plan = plan_of(lot, lot->rows[i]);
        plan.trains_large = trains;
        bool ok = reference_make(&reference, lot_path(lot, ".lua").text, &plan) && library;
        uint64_t bits;
        ok = ok && function(&reference, library, symbol_of(lot, lot->rows[i]).text, &bits) == 0;
        printf("%s %s/%s\n", ok ? "ok" : "not ok", machine->name, lot->rows[i]->name);
        reference_free(&reference);
        all &= ok;
    }
    return all;
}

static bool check(const struct machine *machine, const struct lot *lot)
{
    return check_with(check_model, machine, lot, true);
}

static bool check_inference(const struct machine *machine, const struct lot *lot)
{
    return check_with(check_functions, machine, lot, false);
}

/* ---- rewrites ---- */

static bool check_rewrites(const struct machine *machine, const struct lot *lot)
{
    (void)machine;
    struct path script = lot_path(lot, ".lua");
    struct reference plain, rewritten;
    cases_write(lot->rows, lot->count, script.text);
    struct plan plan = plan_of(lot, lot->rows[0]);
    plan.trains_large = true;
    bool made = reference_make(&plain, script.text, &plan);
    plan.rewritten = true;
    made &= reference_make(&rewritten, script.text, &plan);
    bool ok = made && reference_compare(&plain, &rewritten) == 0;
    printf("%s rewrites/%s\n", ok ? "ok" : "not ok", lot->rows[0]->name);
    reference_free(&plain);
    reference_free(&rewritten);
    return ok;
}

/* ---- the command line ---- */

typedef bool action(const struct machine *machine, const struct lot *lot);

/* Parameters are embedded, and rewrites compared, of one case at a time. */
static const struct act {
    const char *name;
    action *function;
    int lot; /* how many cases it takes at once */
} acts[] = {
    {"generate", generate, LOT_MAX},
    {"check", check, LOT_MAX},
    {"generate-inference", generate_inference, LOT_MAX},
    {"check-inference", check_inference, LOT_MAX},
    {"generate-embedded", generate_embedded, 1},
    {"check-embedded", check_inference, 1},
    {"rewrites", check_rewrites, 1},
};

static const struct act *act_find(const char *name)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(acts[i].name, name) == 0)
            return &acts[i];
    return NULL;
}

/* What is done, and the lot that is not full yet. */
struct work {
    const struct act *act;
    const struct machine *machine;
    struct lot lot;
    int lots;
    bool ok;
};

static void work_end_lot(struct work *work)
{
    struct lot *lot = &work->lot;
    if (lot->count == 0)
        return;
    snprintf(lot->name, sizeof lot->name, "lot%d", ++work->lots);
    work->ok &= work->act->function(work->machine, lot);
    lot->count = 0;
}

static void work_add(struct work *work, const struct kernel_case *row)
{
    work->lot.rows[work->lot.count++] = row;
    if (work->lot.count == work->act->lot)
        work_end_lot(work);
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
    bool small = strstr(name, "-small"), rows = strstr(name, "-rows"), singly = strstr(name, "-singly");
    snprintf(target, sizeof target, "%.*s", (int)strcspn(name, "-"), name);
    *machine = (struct machine){name,
                                target_find(target),
                                small ? OPTIMIZE_SIZE : OPTIMIZE_SPEED,
                                rows,
                                singly ? BATCHES_SINGLY : BATCHES_IN_BLOCKS,
                                singly};
    return machine->target != NULL;
}

static int usage(void)
{
    fprintf(
        stderr,
        "usage: kernel ACTION FOLDER TARGET [CASE...] | flags TARGET | targets | list\n"
        "actions: generate, generate-inference, generate-embedded, check, check-inference, check-embedded, rewrites\n");
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
    struct work work = {
        .act = argc > 3 ? act_find(argv[1]) : NULL, .machine = &machine, .lot.folder = argv[2], .ok = true};
    if (!work.act)
        return usage();
    for (const struct kernel_case *row = kernel_cases; row->name; row++)
        if (is_wanted(row, argv + 4))
            work_add(&work, row);
    for (const struct kernel_case *row = large_cases; argc > 4 && row->name; row++)
        if (is_wanted(row, argv + 4))
            work_add(&work, row);
    if (argc > 4 && is_wanted(&several_case, argv + 4))
        work_add(&work, &several_case);
    work_end_lot(&work);
    return !work.ok;
}
