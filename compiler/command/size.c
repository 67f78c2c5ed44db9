/* size.c -- `cnnc size`: what a network takes of a microcontroller's memory, with either --optimize.
 *
 * The file that predicts is emitted with its parameters inside and compiled, and the sizes of the object file's
 * sections are read from binutils' `size`, the one that belongs to the compiler; the stack is gcc's call graph's. Sizes do
 * not depend on what the parameters are: without --weights any numbers take their place. */
#include "command/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of an object file; stack: -1 where the compiler does not tell. */
struct bytes {
    int64_t code, constants, ram, stack;
};

struct sizing {
    const struct command *command;
    struct diag *diag;
    struct arena *arena;
    const char *folder;  /* of temporary files */
    bool has_call_graph; /* the compiler can write it: gcc from version 10 */
    const char *work;    /* "123", or "123 (generator), 45 (discriminator)" */
    int64_t parameters;
};

/* What is compiled in one way. */
static const struct way {
    const char *name, *flag;
    enum optimize optimize;
} ways[] = {{"speed", "-O2", OPTIMIZE_SPEED}, {"size", "-Os", OPTIMIZE_SIZE}};

enum { WAYS = sizeof ways / sizeof ways[0] };

/* Above this a network is not for flash, and its C would be gigabytes. */
enum { PARAMETERS_MAX = 4 << 20 };

/* ---- the file that predicts ---------------------------------------------------------------------- */

/* Any numbers will do that are not all the same, which a compiler would see. */
static bool embed_numbers(struct unit *unit)
{
    int64_t floats = unit->model->parameter_floats;
    float *parameters = arena_array(unit->model->arena, floats + 1, sizeof *parameters);
    for (int64_t i = 0; i < floats; i++)
        parameters[i] = (float)(i % 251 + 1) / 256;
    return embed_parameters(unit, parameters);
}

/* The two files' texts. */
struct texts {
    const char *source, *header;
};

static const char *work_text(struct arena *arena, const struct graph *model)
{
    const char *text = "";
    if (!model->key)
        return number_text(arena, graph_work(model, NULL));
    for (; model; model = model->next)
        text = arena_printf(arena, "%s%s (%s)%s", text, number_text(arena, graph_work(model, NULL)), model->key,
                            model->next ? ", " : "");
    return text;
}

static bool emit(struct sizing *sizing, enum optimize optimize, struct texts *texts)
{
    struct unit unit = {0};
    struct options options = sizing->command->options;
    options.emit = EMIT_INFER;
    options.embeds = true;
    options.output = "-";
    options.optimize = optimize;
    struct graph *model = model_read(sizing->command, sizing->diag);
    if (!model)
        return false;
    sizing->parameters = model->parameter_floats;
    sizing->work = work_text(sizing->arena, model);
    if (sizing->parameters > PARAMETERS_MAX)
        return diag_error(sizing->diag, (struct origin){.file = options.script},
                          "%s parameters are too many for flash: `cnnc size` takes at most %s",
                          number_text(sizing->arena, sizing->parameters),
                          number_text(sizing->arena, PARAMETERS_MAX));
    const float *parameters;
    return weights_find(model, &options, &parameters) && compile_unit(&unit, model, &options) &&
           weights_embed(&unit, model, parameters) && (parameters || embed_numbers(&unit)) &&
           emit_unit(&unit, &texts->source, &texts->header);
}

/* ---- the object file ------------------------------------------------------------------------------- */

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static void add_section(struct bytes *bytes, const char *name, int64_t size)
{
    static const char *const ram[] = {".bss", ".data", ".sbss", ".sdata", ".tbss", ".tdata", "COMMON"};
    if (starts_with(name, ".text"))
        bytes->code += size;
    if (starts_with(name, ".rodata") || starts_with(name, ".srodata"))
        bytes->constants += size;
    for (size_t i = 0; i < sizeof ram / sizeof ram[0]; i++)
        if (starts_with(name, ram[i]))
            bytes->ram += size;
}

/* The lines of `size -A` are "SECTION BYTES ADDRESS". */
static bool read_sections(struct sizing *sizing, const char *object, struct bytes *bytes)
{
    struct cc cc, tool = {.diag = sizing->diag};
    const char *name, *text;
    if (!cc_open(&cc, sizing->diag, sizing->command->options.cc) || !cc_word(&cc, "-print-prog-name=size") ||
        !cc_run(&cc, &name))
        return false;
    name = arena_printf(sizing->arena, "%.*s", (int)strcspn(name, "\n"), name);
    if (!cc_word(&tool, name) || !cc_word(&tool, "-A") || !cc_word(&tool, object) || !cc_run(&tool, &text))
        return false;
    *bytes = (struct bytes){.stack = -1};
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        char section[64];
        int64_t size;
        /* NOLINTNEXTLINE(cert-err34-c): the numbers are a tool's, not a user's. */
        if (sscanf(line, "%63s %" SCNd64, section, &size) == 2)
            add_section(bytes, section, size);
    }
    return bytes->code > 0 || diag_error(sizing->diag, (struct origin){0}, "`%s -A` shows no code", tool.words[0]);
}

#define CALL_GRAPH "-fcallgraph-info=su"

/* Asks the compiler with a file that is empty. */
static bool find_call_graph(struct sizing *sizing)
{
    struct arena *arena = sizing->arena;
    struct diag silent = {.arena = arena};
    struct cc cc;
    const char *stem = arena_printf(arena, "%s/empty", sizing->folder);
    const char *object = arena_printf(arena, "%s.o", stem), *graph = arena_printf(arena, "%s.ci", stem);
    if (!cc_open(&cc, sizing->diag, sizing->command->options.cc) || !cc_word(&cc, CALL_GRAPH) ||
        !cc_word(&cc, "-xc") || !cc_word(&cc, "-c") || !cc_word(&cc, "/dev/null") || !cc_word(&cc, "-o") ||
        !cc_word(&cc, object))
        return false;
    cc.diag = &silent;
    cc.quiet = cc.uncached = true;
    sizing->has_call_graph = cc_run(&cc, NULL) && access(graph, R_OK) == 0;
    unlink(object);
    unlink(graph);
    return true;
}

static bool compile(struct sizing *sizing, const struct way *way, const char *source, const char *object)
{
    struct cc cc;
    if (!cc_open(&cc, sizing->diag, sizing->command->options.cc) || !cc_words(&cc, getenv("CFLAGS")) ||
        !cc_word(&cc, way->flag) || !cc_word(&cc, "-c") || !cc_word(&cc, source) || !cc_word(&cc, "-o") ||
        !cc_word(&cc, object) || (sizing->has_call_graph && !cc_word(&cc, CALL_GRAPH)))
        return false;
    cc.uncached = sizing->has_call_graph;
    return cc_run(&cc, NULL) ||
           diag_hint(sizing->diag, "--cc or the environment variable CC names the compiler, CFLAGS its flags");
}

static bool measure(struct sizing *sizing, const struct way *way, const struct texts *texts, struct bytes *bytes)
{
    const char *stem = arena_printf(sizing->arena, "%s/%s", sizing->folder, sizing->command->options.name);
    const char *source = arena_printf(sizing->arena, "%s.c", stem),
               *header = arena_printf(sizing->arena, "%s.h", stem);
    const char *object = arena_printf(sizing->arena, "%s.o", stem);
    const char *graph = arena_printf(sizing->arena, "%s.ci", stem);
    const struct output_file files[] = {{source, texts->source, strlen(texts->source)},
                                        {header, texts->header, strlen(texts->header)}};
    bool measured = output_write(sizing->diag, files, 2) && compile(sizing, way, source, object) &&
                    read_sections(sizing, object, bytes) &&
                    (!sizing->has_call_graph || stack_read(sizing->diag, graph, &bytes->stack));
    return measured;
}

/* ---- the table --------------------------------------------------------------------------------------- */

static void print(const struct sizing *sizing, const struct bytes *bytes)
{
    struct arena *arena = sizing->arena;
    const struct options *options = &sizing->command->options;
    printf("%s for target %s: %s multiply-adds for one sample, %s parameters\n\n", options->script,
           options->target->name, sizing->work, number_text(arena, sizing->parameters));
    printf("--optimize   cc   code bytes  constants        RAM      stack\n");
    for (int i = 0; i < WAYS; i++)
        printf("%-10s  %s  %11s  %9s  %9s  %9s\n", ways[i].name, ways[i].flag, number_text(arena, bytes[i].code),
               number_text(arena, bytes[i].constants), number_text(arena, bytes[i].ram),
               bytes[i].stack < 0 ? "?" : number_text(arena, bytes[i].stack));
}

bool size_print(const struct command *command, struct diag *diag)
{
    struct sizing sizing = {.command = command, .diag = diag, .arena = diag->arena};
    struct texts texts[WAYS] = {{"", ""}, {"", ""}};
    struct bytes bytes[WAYS];
    for (int i = 0; i < WAYS; i++)
        if (!emit(&sizing, ways[i].optimize, &texts[i]))
            return false;
    time_limit_set(0);
    struct temporary temporary;
    if (!temporary_open(&temporary, diag, NULL, "cnnc-size"))
        return false;
    sizing.folder = temporary.path;
    bool measured = find_call_graph(&sizing);
    for (int i = 0; i < WAYS && measured; i++)
        measured = measure(&sizing, &ways[i], &texts[i], &bytes[i]);
    temporary_close(&temporary);
    if (measured)
        print(&sizing, bytes);
    return measured;
}
