/* options.c -- the command line: five commands, their options, and what is said when they are wrong. */
#include "../../runtime/file/file.h"
#include "command/command.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help_text[] =
    "usage: cnnc MODEL.lua -o net.c [OPTION]...         compile the model to net.c and net.h\n"
    "       cnnc summary MODEL.lua [--json] [OPTION]...  print its layers, sizes, work and memory\n"
    "       cnnc size MODEL.lua [OPTION]...              compile it both ways; print bytes of code, constants and RAM\n"
    "       cnnc tune MODEL.lua [OPTION]...              measure its kernels here, for MODEL.tune, which compiling reads\n"
    "       cnnc run MODEL.lua [OPTION]... [-- ARG...]   compile, build and run it; ARGs are the program's\n"
    "\n"
    "  -o, --output FILE       where the C goes; the header goes beside it; - is standard output\n"
    "      --name ID           prefix of the functions, a C identifier (default: from FILE)\n"
    "      --emit train|infer  what the C can do (default: train if the script compiles a loss)\n"
    "      --weights FILE      embed these trained parameters (.safetensors)\n"
    "      --target NAME       machine to compile for; help lists them\n"
    "                          (default: fat, or native off x86-64, for run and for tune; generic for size)\n"
    "      --optimize speed|size  unrolled kernels for each layer, or small ones that layers share (default: speed)\n"
    "      --seed N            seed of initial parameters and dropout (default: 0)\n"
    "      --time-limit N      seconds of processor time that compiling may take (default: 300; 0: any)\n"
    "      --memory-limit N    MiB that the script may use; the compiler has 4 times as many, and 8 times as many to\n"
    "                          write the C (default: 256; 0: any)\n"
    "      --dump STAGE        print the graph after a stage; help lists them\n"
    "      --no-tune           leave out what `cnnc tune` measured\n"
    "      --seconds X         time that tune measures for, once it has built its programs (default: 20)\n"
    "      --cc COMMAND        C compiler of run, tune and size (default: $CC, or cc); size takes $CFLAGS too\n"
    "      --json              a summary for programs\n"
    "      --help, --version   this text; the version\n"
    "\n"
    "`cnnc run` and `cnnc tune` keep programs in ${XDG_CACHE_HOME:-~/.cache}/cnnc.\n"
    "Exit status: 0 done; 1 the model or a file is at fault; 2 the command line is.\n";

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"name", required_argument, NULL, 'n'},
    {"emit", required_argument, NULL, 'e'},
    {"weights", required_argument, NULL, 'w'},
    {"target", required_argument, NULL, 't'},
    {"optimize", required_argument, NULL, 'z'},
    {"seed", required_argument, NULL, 's'},
    {"time-limit", required_argument, NULL, 'l'},
    {"memory-limit", required_argument, NULL, 'm'},
    {"dump", required_argument, NULL, 'd'},
    {"cc", required_argument, NULL, 'c'},
    {"no-tune", no_argument, NULL, 'u'},
    {"seconds", required_argument, NULL, 'b'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

static const char *const stages[] = {"script",  "simplify", "lower",    "grad", "winograd",
                                     "prepare", "fuse",     "schedule", "plan", NULL};

enum { TIME_LIMIT_DEFAULT = 300, TIME_LIMIT_MAX = 1000000, MEMORY_LIMIT_MAX = sizeof(size_t) > 4 ? 1 << 20 : 511 };

/* ---- messages -------------------------------------------------------------------------------- */

static int usage_error(const char *format, ...) CNNC_PRINTF(1, 2);

static int usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("cnnc: ", stderr);
    vfprintf(stderr, format, args);
    fputs("\nTry `cnnc --help`.\n", stderr);
    va_end(args);
    return STATUS_USAGE;
}

static int answer(struct command *command, const char *text)
{
    command->action = ACTION_NONE;
    fputs(text, stdout);
    return STATUS_OK;
}

static int list_targets(struct command *command)
{
    command->action = ACTION_NONE;
    const struct target *native = target_find("native");
    for (const struct target *target = target_table; target->name; target++)
        printf("%-10s %s%s\n", target->name, target->about, target == native ? " (native)" : "");
    return STATUS_OK;
}

static int list_stages(struct command *command)
{
    command->action = ACTION_NONE;
    for (int i = 0; stages[i]; i++)
        puts(stages[i]);
    return STATUS_OK;
}

/* ---- values ----------------------------------------------------------------------------------- */

static bool is_identifier(const char *text)
{
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && *text != '_')
            return false;
    return true;
}

static bool has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text), end = strlen(suffix);
    return length > end && strcmp(text + length - end, suffix) == 0;
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

static int read_emit(struct options *options, const char *value)
{
    if (strcmp(value, "train") == 0)
        options->emit = EMIT_TRAIN;
    else if (strcmp(value, "infer") == 0)
        options->emit = EMIT_INFER;
    else
        return usage_error("--emit is `train` or `infer`, not `%s`", value);
    return STATUS_OK;
}

static int read_optimize(struct options *options, const char *value)
{
    if (strcmp(value, "speed") == 0)
        options->optimize = OPTIMIZE_SPEED;
    else if (strcmp(value, "size") == 0)
        options->optimize = OPTIMIZE_SIZE;
    else
        return usage_error("--optimize is `speed` or `size`, not `%s`", value);
    return STATUS_OK;
}

static int read_target(struct options *options, const char *value)
{
    options->target = target_find(value);
    if (!options->target)
        return usage_error("no target is called `%s`; `--target help` lists them", value);
    return STATUS_OK;
}

static int read_seed(struct options *options, const char *value)
{
    char *end;
    errno = 0;
    options->seed = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || errno)
        return usage_error("--seed is a whole number from 0 to 2^64-1, not `%s`", value);
    return STATUS_OK;
}

static int read_seconds(struct command *command, const char *value)
{
    char *end;
    command->seconds = strtod(value, &end);
    if (end == value || *end || !(command->seconds > 0 && command->seconds <= 1e6))
        return usage_error("--seconds is a number above 0, not `%s`", value);
    return STATUS_OK;
}

/* A whole number from 0 to `most`. */
static bool read_limit(const char *value, long long most, long long *limit)
{
    char *end;
    errno = 0;
    *limit = strtoll(value, &end, 10);
    return isdigit((unsigned char)*value) && !*end && !errno && *limit <= most;
}

static int read_time_limit(struct command *command, const char *value)
{
    long long seconds;
    if (!read_limit(value, TIME_LIMIT_MAX, &seconds))
        return usage_error("--time-limit is a whole number of seconds, 0 to %d, not `%s`", TIME_LIMIT_MAX, value);
    command->time_limit = seconds;
    return STATUS_OK;
}

static int read_memory_limit(struct options *options, const char *value)
{
    long long mebibytes;
    if (!read_limit(value, MEMORY_LIMIT_MAX, &mebibytes))
        return usage_error("--memory-limit is a whole number of MiB, 0 to %d, not `%s`", MEMORY_LIMIT_MAX, value);
    options->limits.memory_bytes = (size_t)mebibytes << 20;
    return STATUS_OK;
}

static int read_dump(struct options *options, const char *value)
{
    for (int i = 0; stages[i]; i++)
        if (strcmp(stages[i], value) == 0) {
            options->dump = value;
            return STATUS_OK;
        }
    return usage_error("no stage is called `%s`; `--dump help` lists them", value);
}

/* ---- options ---------------------------------------------------------------------------------- */

static int read_option(struct command *command, int option, const char *value, const char *as_typed)
{
    struct options *options = &command->options;
    bool help = strcmp(value, "help") == 0;
    switch (option) {
    case 'o': options->output = value; return STATUS_OK;
    case 'n': options->name = value; return STATUS_OK;
    case 'w': options->weights = value; return STATUS_OK;
    case 'e': return read_emit(options, value);
    case 't': return help ? list_targets(command) : read_target(options, value);
    case 'z': return read_optimize(options, value);
    case 's': return read_seed(options, value);
    case 'l': return read_time_limit(command, value);
    case 'm': return read_memory_limit(options, value);
    case 'd': return help ? list_stages(command) : read_dump(options, value);
    case 'c': options->cc = value; return STATUS_OK;
    case 'u': options->no_tune = true; return STATUS_OK;
    case 'b': return read_seconds(command, value);
    case 'j': command->json = true; return STATUS_OK;
    case 'h': return answer(command, help_text);
    case 'v': return answer(command, "cnnc " CNNC_VERSION "\n");
    case ':': return usage_error("`%s` needs a value", as_typed);
    default: return usage_error("unknown option `%s`", as_typed);
    }
}

/* Takes a leading "summary", "size", "tune" or "run" off the arguments. */
static enum action read_action(int *argc, char ***argv)
{
    static const struct {
        const char *word;
        enum action action;
    } actions[] = {{"summary", ACTION_SUMMARY}, {"size", ACTION_SIZE}, {"tune", ACTION_TUNE}, {"run", ACTION_RUN}};
    for (size_t i = 0; *argc > 1 && i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp((*argv)[1], actions[i].word) == 0) {
            --*argc;
            ++*argv;
            return actions[i].action;
        }
    return ACTION_COMPILE;
}

/* For `run`: what stands behind the first "--" is the program's. */
static char *const *cut_arguments(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++)
        if (strcmp(argv[i], "--") == 0) {
            char *const *arguments = argv + i + 1;
            *argc = i;
            argv[i] = NULL;
            return arguments;
        }
    return argv + *argc;
}

/* ---- what fits together ------------------------------------------------------------------------- */

static int check_output(struct command *command)
{
    const struct options *options = &command->options;
    if (command->action != ACTION_COMPILE)
        return options->output ? usage_error("only compiling writes an output file; leave out -o") : STATUS_OK;
    if (!options->output && !options->dump)
        return usage_error("where should the C go? Say so with `-o net.c`");
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

static int check_overwriting(const struct options *options, struct arena *arena)
{
    if (!options->output || strcmp(options->output, "-") == 0)
        return STATUS_OK;
    const char *const outputs[] = {options->output, header_path(arena, options->output)};
    const char *const inputs[] = {options->script, options->weights};
    for (int o = 0; o < 2; o++)
        for (int i = 0; i < 2; i++)
            if (inputs[i] && cnn_file_same(outputs[o], inputs[i]))
                return usage_error(
                    "`%s` would be written over `%s`, which is read; choose another name for the output",
                    outputs[o], inputs[i]);
    return STATUS_OK;
}

/* What one command has and another has not. */
static int check_command(const struct command *command)
{
    const struct options *options = &command->options;
    bool program = command->action == ACTION_RUN || command->action == ACTION_TUNE;
    const char *name = command->action == ACTION_TUNE ? "tune" : "run";
    if (command->json && command->action != ACTION_SUMMARY)
        return usage_error("--json is for `cnnc summary`");
    if (command->seconds > 0 && command->action != ACTION_TUNE)
        return usage_error("--seconds is for `cnnc tune`");
    if (program && options->emit == EMIT_INFER)
        return usage_error("`cnnc %s` needs the training program; leave out `--emit infer`", name);
    if (command->action == ACTION_RUN && options->weights)
        return usage_error("`cnnc run` embeds no weights; give them to the program: -- predict --weights FILE ...");
    if (command->action == ACTION_TUNE &&
        (options->weights || options->no_tune || options->optimize == OPTIMIZE_SIZE))
        return usage_error(
            "`cnnc tune` measures the kernels for speed; leave out --weights, --optimize and --no-tune");
    if (command->action == ACTION_TUNE && options->target && options->target->variants[0])
        return usage_error("`cnnc tune` measures for one target at a time; `%s` has several",
                           options->target->name);
    if (options->cc && !program && command->action != ACTION_SIZE)
        return usage_error("--cc is for `cnnc run`, `cnnc tune` and `cnnc size`");
    if (command->action == ACTION_SIZE && (options->emit == EMIT_TRAIN || options->optimize == OPTIMIZE_SIZE))
        return usage_error("`cnnc size` compiles what predicts both ways; leave out --emit and --optimize");
    return STATUS_OK;
}

static int check(struct command *command, struct arena *arena)
{
    static const char *const targets[] = {
        [ACTION_SIZE] = "generic", [ACTION_TUNE] = "native", [ACTION_RUN] = "native", [ACTION_NONE] = NULL};
    struct options *options = &command->options;
    int status = check_command(command);
    if (status)
        return status;
    if (!options->target)
        options->target = target_find(targets[command->action] ? targets[command->action] : "default");
    status = check_output(command);
    if (!status)
        status = check_name(command, arena);
    if (!status)
        status = check_header(command, arena);
    return status ? status : check_overwriting(options, arena);
}

int command_read(struct command *command, struct arena *arena, int argc, char **argv)
{
    *command =
        (struct command){.self = argv[0], .time_limit = TIME_LIMIT_DEFAULT, .options.limits = limits_default};
    command->action = read_action(&argc, &argv);
    command->arguments = command->action == ACTION_RUN ? cut_arguments(&argc, argv) : NULL;
    opterr = 0;
    optind = 0; /* glibc and musl begin anew, and forget words that may be gone */
    for (int option; (option = getopt_long(argc, argv, ":o:", long_options, NULL)) != -1;) {
        int status = read_option(command, option, optarg ? optarg : "", argv[optind - 1]);
        if (status || command->action == ACTION_NONE)
            return status;
    }
    if (optind == argc)
        return usage_error("no model script was given");
    if (optind + 1 < argc)
        return usage_error("one model script at a time; what is `%s`?%s", argv[optind + 1],
                           command->action == ACTION_RUN ? " The program's arguments go behind --" : "");
    command->options.script = argv[optind];
    return check(command, arena);
}
