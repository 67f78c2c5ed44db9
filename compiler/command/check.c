/* check.c -- what a command line asks for, against itself: do output, names and options fit together? */
#include "../../runtime/file/file.h"
#include "command/command.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_identifier(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && *text != '_')
            return false;
    return true;
}

/* And not it alone. */
static bool has_suffix(const char *text, const char *suffix)
{
    return text_ends_with(text, suffix) && strcmp(text, suffix) != 0;
}

/* "some/net.c" -> "net" */
static const char *stem(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = arena_strdup(arena, slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot)
        *dot = '\0';
    return name;
}

static int check_exported(const char *output)
{
    if (!output)
        return usage_error("where should the model go? Say so with `-o model.onnx`");
    if (strcmp(output, "-") != 0 && !has_suffix(output, ".onnx"))
        return usage_error("the output `%s` should end in .onnx (or be - for standard output)", output);
    return STATUS_OK;
}

/* Of a library the output is the folder: the C has a place in it. */
static int check_library(struct command *command, struct arena *arena)
{
    struct options *options = &command->options;
    if (strcmp(options->output, "-") == 0 || has_suffix(options->output, ".c"))
        return usage_error("a library is a folder, and no file: say `-o digits`, not `-o %s`", options->output);
    char *folder = arena_strdup(arena, options->output);
    for (size_t end = strlen(folder); end > 1 && folder[end - 1] == '/'; end--)
        folder[end - 1] = '\0';
    if (!options->name)
        options->name = stem(arena, folder);
    command->folder = folder;
    options->output = arena_printf(arena, "%s/src/%s.c", folder, options->name);
    return STATUS_OK;
}

static int check_output(struct command *command, struct arena *arena)
{
    const struct options *options = &command->options;
    if (command->action == ACTION_EXPORT)
        return check_exported(options->output);
    if (command->action == ACTION_GRAPH)
        return graph_check(arena, options->output);
    if (command->action == ACTION_IMPORT && !options->output)
        return usage_error("where should the script go? Say so with `-o model.lua`");
    if (command->action == ACTION_IMPORT && !has_suffix(options->output, ".lua"))
        return usage_error("the output `%s` should end in .lua", options->output);
    if (command->action != ACTION_COMPILE)
        return STATUS_OK;
    if (!options->output && !options->dump)
        return usage_error("where should the C go? Say so with `-o net.c`");
    if (options->output && options->emit == EMIT_ARDUINO)
        return check_library(command, arena);
    if (options->output && strcmp(options->output, "-") != 0 && !has_suffix(options->output, ".c"))
        return usage_error("the output `%s` should end in .c (or be - for standard output)", options->output);
    return STATUS_OK;
}

/* Does cnnrt.h have names that begin so? In capitals they are its macros and its guard. */
static bool is_runtime_name(const char *name)
{
    return strcasecmp(name, "cnn") == 0 || strcasecmp(name, "cnnrt") == 0 || strncasecmp(name, "cnn_", 4) == 0;
}

/* Why the names of functions and, in capitals, of macros cannot begin with this one; NULL: they can. */
static const char *name_fault(const char *name)
{
    if (!is_identifier(name))
        return "is no C identifier";
    if (*name == '_')
        return "begins with an underscore, which C reserves";
    if (is_runtime_name(name))
        return "is one of those that the runtime's header, cnnrt.h, declares";
    return NULL;
}

static int check_name(struct command *command, struct arena *arena)
{
    struct options *options = &command->options;
    bool given = options->name != NULL, to_file = options->output && strcmp(options->output, "-") != 0;
    if (!given)
        options->name = stem(arena, to_file ? options->output : options->script);
    const char *fault = name_fault(options->name);
    if (!fault)
        return STATUS_OK;
    if (given || options->output)
        return usage_error("the name `%s` %s; choose another with --name", options->name, fault);
    options->name = "net"; /* seen by nobody */
    return STATUS_OK;
}

/* With -I., would NAME.h be taken for a header that the C, or what it includes, asks for? */
static bool hides_header(const char *name)
{
    static const char *const headers[] = {
        "assert",   "complex",   "ctype",    "errno",        "fenv",   "float",       "inttypes", "iso646",
        "limits",   "locale",    "math",     "setjmp",       "signal", "stdalign",    "stdarg",   "stdatomic",
        "stdbool",  "stddef",    "stdint",   "stdio",        "stdlib", "stdnoreturn", "string",   "tgmath",
        "threads",  "time",      "uchar",    "wchar",        "wctype", /* those were C11's */
        "alloca",   "endian",    "features", "strings",                /* included by them */
        "arm_neon", "mm_malloc", "omp",      "wasm_simd128", "cnnrt",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (strcmp(name, headers[i]) == 0)
            return true;
    return has_suffix(name, "intrin"); /* immintrin.h, and the many that it includes */
}

static int check_header(const struct command *command, struct arena *arena)
{
    const char *output = command->options.output;
    if (!output)
        return STATUS_OK;
    bool to_stdout = strcmp(output, "-") == 0;
    const char *header = to_stdout ? command->options.name : stem(arena, output);
    if (!hides_header(header))
        return STATUS_OK;
    return usage_error("the header would be %s.h, which a C compiler may take for another one that the C needs; "
                       "choose another %s",
                       header, to_stdout ? "name with --name" : "name for the output");
}

static int check_depfile(const struct command *command, struct arena *arena)
{
    const struct options *options = &command->options;
    if (!command->depfile)
        return STATUS_OK;
    if (!options->output || strcmp(options->output, "-") == 0)
        return usage_error("--depfile says what a file depends on: name one with `-o net.c`");
    const char *const others[] = {options->script, options->weights, options->output,
                                  header_path(arena, options->output), command->python};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] && (strcmp(others[i], command->depfile) == 0 || cnn_file_same(others[i], command->depfile)))
            return usage_error("`%s` is another file of this command; choose another name for --depfile",
                               command->depfile);
    return STATUS_OK;
}

static int check_overwriting(const struct command *command, struct arena *arena)
{
    const struct options *options = &command->options;
    if (!options->output || strcmp(options->output, "-") == 0)
        return STATUS_OK;
    const char *const outputs[] = {options->output, command->action == ACTION_IMPORT
                                                        ? import_weights_path(arena, options->output)
                                                        : header_path(arena, options->output)};
    const char *const inputs[] = {options->script, options->weights};
    for (int o = 0; o < 2; o++)
        for (int i = 0; i < 2; i++)
            if (inputs[i] && cnn_file_same(outputs[o], inputs[i]))
                return usage_error(
                    "`%s` would be written over `%s`, which is read; choose another name for the output",
                    outputs[o], inputs[i]);
    return STATUS_OK;
}

/* `cnnc convert` writes no C. */
static int check_converted(struct options *options)
{
    options->name = "net"; /* seen by nobody */
    if (!options->weights)
        return usage_error("which weights? Say so with --weights FILE");
    if (!options->output || !has_suffix(options->output, ".safetensors"))
        return usage_error("where should they go? Say so with `-o w.safetensors`");
    if (cnn_file_same(options->output, options->weights) || cnn_file_same(options->output, options->script))
        return usage_error("`%s` is read; choose another name for the output", options->output);
    return STATUS_OK;
}

/* The page, what is in it, and what it would be written over. */
static int check_page(struct command *command)
{
    const char *html = command->html, *const inputs[] = {command->options.script, command->options.weights};
    if (!html && (command->measure || command->draw.folded || command->draw.rankdir != RANKDIR_TB))
        return usage_error("%s is for the page of --html FILE", command->measure       ? "--measure"
                                                                : command->draw.folded ? "--fold"
                                                                                       : "--rankdir");
    if (!html)
        return STATUS_OK;
    if (command->json)
        return usage_error("a summary is a page (--html) or for programs (--json), not both at once");
    if (strcmp(html, "-") != 0 && !has_suffix(html, ".html"))
        return usage_error("the page `%s` should end in .html (or be - for standard output)", html);
    for (int i = 0; i < 2; i++)
        if (inputs[i] && cnn_file_same(html, inputs[i]))
            return usage_error("`%s` is read; choose another name for the page", html);
    if (command->measure && command->options.weights)
        return usage_error(
            "--measure measures the program that trains too, which has no weights in it: leave out --weights");
    if (command->measure && command->options.emit == EMIT_DEFAULT)
        command->options.emit = EMIT_BENCH;
    if (command->measure && command->options.emit != EMIT_BENCH)
        return usage_error("--measure builds what --emit bench does, and nothing else");
    return STATUS_OK;
}

int command_check(struct command *command, struct arena *arena)
{
    struct options *options = &command->options;
    if (command->action == ACTION_SUMMARY && check_page(command) != STATUS_OK)
        return STATUS_USAGE;
    if (command->action == ACTION_TUNE && options->target->variants[0])
        return usage_error("`cnnc tune` measures for one target at a time; `%s` has several",
                           options->target->name);
    if (options->partial && !options->weights)
        return usage_error("--partial needs --weights FILE");
    if (options->layout != LAYOUT_OWN && !options->weights)
        return usage_error("--layout needs --weights FILE");
    if (command->expect && !command->data)
        return usage_error("--expect needs the samples, too: --data FILE");
    if (command->data && command->action == ACTION_COMPILE && options->emit != EMIT_SELFTEST)
        return usage_error(
            "--data is for --emit selftest; a network's program takes data: cnnc run MODEL.lua -- train --data");
    if (command->action == ACTION_CONVERT)
        return check_converted(options);
    int status = check_output(command, arena);
    bool makes_c =
        command->action != ACTION_EXPORT && command->action != ACTION_IMPORT && command->action != ACTION_GRAPH;
    if (command->action == ACTION_GRAPH)
        options->name = stem(arena, options->script);
    if (!status && makes_c)
        status = check_name(command, arena);
    if (!status && makes_c)
        status = check_header(command, arena);
    if (!status && makes_c)
        status = beside_check(command);
    if (!status)
        status = check_depfile(command, arena);
    return status ? status : check_overwriting(command, arena);
}
