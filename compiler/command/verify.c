/* verify.c -- `cnnc verify`: builds the C with the user's compiler, runs it, and compares each layer with the reference.
 *
 * Two files are compiled: the C as it is, whose outputs count; and the same network with each layer's tensor kept, which tells
 * where it is wrong. */
#include "verify/verify.h"
#include "command/command.h"

#include "../../runtime/file/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verifying {
    const struct command *command;
    struct arena *arena;
    struct diag *diag;
    struct options options;
    const char *layers; /* the name of the network whose layers are kept */
    const float *parameters;
    struct samples samples;
    struct reference reference;
    const char *texts[5]; /* as names of files */
    const char *found;    /* what the program printed */
};

static const char *const suffixes[] = {".c", ".h"};

/* ---- what is compiled ---- */

static bool emit(struct verifying *verifying, struct graph *model, const char *name, const char **texts)
{
    struct unit *unit = arena_alloc(verifying->arena, sizeof *unit);
    struct options *options = arena_alloc(verifying->arena, sizeof *options);
    *unit = (struct unit){0};
    *options = verifying->options;
    options->name = name;
    if (name == verifying->layers)
        options->max_ram = 0; /* which is the network's */
    return compile_unit(unit, model, options) && embed_parameters(unit, verifying->parameters) &&
           emit_unit(unit, &texts[0], &texts[1]);
}

bool verify_reference(const struct command *command, const struct graph *model, const float **parameters,
                      struct samples *samples, struct reference *reference)
{
    const struct options *options = &command->options;
    const char *own = options->layout == LAYOUT_OWN ? options->weights : NULL;
    if (model->next)
        return diag_error(model->diag, (struct origin){.file = options->script},
                          "the script returns several models: one can be verified at a time");
    if (!weights_find(model, options, parameters) ||
        (!*parameters && !(*parameters = weights_fresh(model, options->seed))))
        return false;
    if (!command->data)
        samples_draw(model, command->samples, options->seed, samples);
    else if (!samples_read(model, command->data, own, options->limits, command->samples, samples))
        return false;
    return reference_of(model, *parameters, samples, reference);
}

static bool prepare(struct verifying *verifying)
{
    const struct command *command = verifying->command;
    struct graph *kept = model_read(command, verifying->diag);
    if (!kept ||
        !verify_reference(command, kept, &verifying->parameters, &verifying->samples, &verifying->reference))
        return false;
    if (command->expect) {
        verifying->layers = NULL;
        if (!reference_expect(&verifying->reference, command->expect, verifying->options.limits))
            return false;
    }
    struct graph *model = model_read(command, verifying->diag);
    if (!model || !emit(verifying, model, verifying->options.name, verifying->texts))
        return false;
    if (verifying->layers) {
        reference_keep(&verifying->reference, kept);
        if (!emit(verifying, kept, verifying->layers, verifying->texts + 2))
            return false;
    }
    verifying->texts[4] =
        verify_program(&verifying->reference, &verifying->samples, verifying->options.name, verifying->layers);
    return verifying->texts[4] != NULL;
}

/* ---- building and running ---- */

static const char *path_in(const struct verifying *verifying, const char *folder, int i)
{
    const char *name = i < 2 ? verifying->options.name : i < 4 ? verifying->layers : "main";
    return arena_printf(verifying->arena, "%s/%s%s", folder, name, suffixes[i % 2]);
}

static bool write_texts(const struct verifying *verifying, const char *folder)
{
    struct output_file files[5];
    int count = 0;
    for (int i = 0; i < 5; i++)
        if (verifying->texts[i])
            files[count++] = (struct output_file){path_in(verifying, folder, i), verifying->texts[i],
                                                  strlen(verifying->texts[i])};
    return output_write(verifying->diag, files, count);
}

static bool build(struct verifying *verifying, const char *folder, const char *program)
{
    const struct options *options = &verifying->options;
    const char *flags = getenv("CFLAGS");
    struct cc cc;
    bool ok = cc_open(&cc, verifying->diag, options->cc) &&
              cc_words(&cc, options->cc ? NULL
                            : flags     ? flags
                                        : "-O2") && /* hers are as she types them */
              cc_words(&cc, options->target->flags) &&
              cc_word(&cc, "-I") && cc_word(&cc, folder);
    for (int i = 0; ok && i < 5; i += 2)
        ok = !verifying->texts[i] || cc_word(&cc, path_in(verifying, folder, i));
    return ok && cc_words(&cc, "-lm -o") && cc_word(&cc, program) &&
           (cc_run(&cc, NULL) ||
            diag_hint(verifying->diag, "--cc or the environment variable CC names the compiler, with its "
                                       "options"));
}

static bool run(struct verifying *verifying, const char *program)
{
    const char *runner = verifying->command->run;
    struct cc cc = {.diag = verifying->diag};
    return cc_words(&cc, runner) && cc_word(&cc, program) &&
           (cc_run(&cc, &verifying->found) ||
            diag_hint(verifying->diag, runner ? "--run names what runs the program"
                                              : "--run qemu-arm, or the like, runs programs of another machine"));
}

static bool build_and_run(struct verifying *verifying)
{
    struct temporary temporary;
    time_limit_set(0); /* files are written from here on */
    if (!temporary_open(&temporary, verifying->diag, NULL, "cnnc-verify"))
        return false;
    const char *program = arena_printf(verifying->arena, "%s/program", temporary.path);
    bool ok = write_texts(verifying, temporary.path) && build(verifying, temporary.path, program) &&
              run(verifying, program);
    temporary_close(&temporary);
    return ok;
}

/* ---- what is found ---- */

/* The program prints sample by sample; here all samples of a tensor stand together. */
static void gather(const struct verifying *verifying, const float *printed, int64_t at, int64_t each, int64_t count,
                   float *to)
{
    for (int64_t s = 0; s < verifying->samples.count; s++)
        memcpy(to + s * count, printed + s * each + at, (size_t)count * sizeof *to);
}

static int64_t numbers_of(const struct watched *list, int count)
{
    int64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += list[i].count;
    return sum;
}

static const char *label_of(const struct verifying *verifying, const struct watched *watched, const char *of)
{
    return arena_printf(verifying->arena, "%s (%s)", watched->name, *watched->type ? watched->type : of);
}

/* A line; false: it is wrong. */
static bool show(const struct verifying *verifying, const struct watched *watched, const char *of, int width,
                 const float *found)
{
    struct difference difference = difference_of(watched, verifying->samples.count, found);
    difference_print(watched, label_of(verifying, watched, of), &difference, width, stdout);
    return !difference.is_wrong;
}

static int width_of(const struct verifying *verifying, int n_layers)
{
    const struct reference *reference = &verifying->reference;
    size_t width = 0;
    for (int i = 0; i < n_layers + reference->n_outputs; i++) {
        const struct watched *watched = i < n_layers ? &reference->layers[i] : &reference->outputs[i - n_layers];
        size_t length = strlen(label_of(verifying, watched, "predict_many"));
        width = length > width ? length : width;
    }
    return (int)width;
}

/* The table; *first: the first layer that is wrong. Returns how many lines are. */
static int show_all(const struct verifying *verifying, const float *printed, const char **first)
{
    const struct reference *reference = &verifying->reference;
    int n_layers = verifying->layers ? reference->n_layers : 0, width = width_of(verifying, n_layers), wrong = 0;
    int64_t of_outputs = numbers_of(reference->outputs, reference->n_outputs);
    int64_t each = of_outputs + (verifying->layers ? numbers_of(reference->layers, n_layers) : 0);
    float *found = arena_array(verifying->arena, verifying->samples.count * each + 1, sizeof *found);
    difference_print_head(width, stdout);
    int64_t at = of_outputs;
    for (int i = 0; i < n_layers; at += reference->layers[i++].count) {
        gather(verifying, printed, at, each, reference->layers[i].count, found);
        bool right = show(verifying, &reference->layers[i], "", width, found);
        *first = right || *first ? *first : reference->layers[i].name;
        wrong += !right;
    }
    at = 0;
    for (int i = 0; i < reference->n_outputs; at += reference->outputs[i++].count) {
        gather(verifying, printed, at, each, reference->outputs[i].count, found);
        wrong += !show(verifying, &reference->outputs[i], "predict", width, found);
    }
    const float *many = printed + verifying->samples.count * each;
    for (int i = 0; i < reference->n_outputs; many += verifying->samples.count * reference->outputs[i++].count)
        wrong += !show(verifying, &reference->outputs[i], "predict_many", width, many);
    return wrong;
}

static bool judge(const struct verifying *verifying)
{
    const struct reference *reference = &verifying->reference;
    const char *first = NULL, *script = verifying->options.script;
    int64_t samples = verifying->samples.count;
    int64_t count = samples * (2 * numbers_of(reference->outputs, reference->n_outputs) +
                               (verifying->layers ? numbers_of(reference->layers, reference->n_layers) : 0));
    const float *printed = verify_parse(verifying->arena, verifying->found, count);
    if (!printed)
        return diag_error(verifying->diag, (struct origin){.file = script},
                          "the program printed something else than its %s numbers",
                          number_text(verifying->arena, count));
    const char *whose = verifying->command->expect ? "what that file has" : "what the model says";
    int wrong = show_all(verifying, printed, &first);
    if (!wrong)
        printf("ok: the C computes %s, for %s sample%s\n", whose, number_text(verifying->arena, samples),
               samples == 1 ? "" : "s");
    else if (first)
        printf("WRONG: the C does not compute %s; the first layer that differs is %s\n", whose, first);
    else
        printf("WRONG: the C does not compute %s\n", whose);
    return !wrong;
}

bool verify_run(const struct command *command, struct diag *diag)
{
    struct verifying verifying = {
        .command = command, .arena = diag->arena, .diag = diag, .options = command->options};
    verifying.options.emit = EMIT_INFER;
    verifying.options.embeds = true;
    verifying.options.stands_in = !command->options.weights;
    verifying.options.output = NULL;
    verifying.layers = arena_printf(diag->arena, "%s_layers", command->options.name);
    if (!prepare(&verifying))
        return false;
    diag_print(diag, stderr);
    printf("%s for target %s, %s%s, %s\n", command->options.script, command->options.target->name,
           command->options.weights                 ? "weights "
           : verifying.reference.model->is_imported ? "its weights"
                                                    : "fresh parameters",
           command->options.weights ? command->options.weights : "",
           command->data ? command->data : "random samples");
    return build_and_run(&verifying) && judge(&verifying);
}

/* ---- --emit selftest ---- */

bool verify_emit_selftest(const struct command *command, const struct graph *model, struct diag *diag)
{
    const struct options *options = &command->options;
    struct samples samples;
    struct reference reference;
    const float *parameters;
    struct verifying verifying = {.command = command, .arena = diag->arena, .diag = diag, .options = *options};
    verifying.options.embeds = true;
    if (!verify_reference(command, model, &parameters, &samples, &reference))
        return false;
    verifying.parameters = parameters;
    const char *texts[2], *test = selftest_program(&reference, &samples, options->name);
    struct graph *compiled = model_read(command, diag);
    if (!compiled || !test || !emit(&verifying, compiled, options->name, texts))
        return false;
    time_limit_set(0);
    const char *source = arena_printf(diag->arena, "%s%s", texts[0], test);
    bool to_stdout = strcmp(options->output, "-") == 0;
    const struct output_file files[] = {
        {options->output, source, strlen(source)},
        {to_stdout ? "-" : header_path(diag->arena, options->output), texts[1], strlen(texts[1])},
    };
    return output_write(diag, files, to_stdout ? 1 : 2);
}
