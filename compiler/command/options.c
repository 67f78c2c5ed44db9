/* options.c -- the command line: one table of commands and one of options, which reading and --help go by. */
#include "../../runtime/file/file.h"
#include "command/command.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* ---- commands --------------------------------------------------------------------------------- */

struct verb {
    const char *word, *operands, *about;
    const char *target; /* without --target */
};

static const struct verb verbs[] = {
    [ACTION_COMPILE] = {"", "MODEL.lua -o net.c", "compile the model to net.c and net.h", "default"},
    [ACTION_SUMMARY] = {"summary", "MODEL.lua", "print its layers, sizes, work and memory", "default"},
    [ACTION_GRAPH] = {"graph", "MODEL.lua -o net.svg", "draw its layers: .svg, .png, .pdf or .dot, by the name",
                      "default"},
    [ACTION_SIZE] = {"size", "MODEL.lua", "compile it both ways; print bytes of code, constants and RAM",
                     "generic"},
    [ACTION_TUNE] = {"tune", "MODEL.lua", "measure its kernels here, for MODEL.tune, which compiling reads",
                     "native"},
    [ACTION_RUN] = {"run", "MODEL.lua [-- ARG...]", "compile, build and run it; ARGs are the program's", "native"},
    [ACTION_EXPORT] = {"export", "MODEL.lua -o MODEL.onnx", "write the model, with --weights, as one of ONNX",
                       "generic"},
    [ACTION_IMPORT] = {"import", "MODEL -o model.lua",
                       "write another tool's model as a script, and model.safetensors", "default"},
    [ACTION_CONVERT] = {"convert", "MODEL.lua --weights FILE -o w.safetensors",
                        "write the weights as the network's program reads them", "default"},
    [ACTION_VERIFY] = {"verify", "MODEL.lua",
                       "build the C, run it, and compare each layer with the model in double", "default"},
    [ACTION_HELP] = {"help", "[NAME...]", "tell of a layer, a loss, an option or whatever else has a name", NULL},
};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

/* Sets of commands. */
enum {
    COMPILES = 1 << ACTION_COMPILE,
    SUMS_UP = 1 << ACTION_SUMMARY,
    DRAWS = 1 << ACTION_GRAPH,
    SIZES = 1 << ACTION_SIZE,
    TUNES = 1 << ACTION_TUNE,
    RUNS = 1 << ACTION_RUN,
    EXPORTS = 1 << ACTION_EXPORT,
    IMPORTS = 1 << ACTION_IMPORT,
    CONVERTS = 1 << ACTION_CONVERT,
    VERIFIES = 1 << ACTION_VERIFY,
    HELPS = 1 << ACTION_HELP,
    EVERY = (1 << N_VERBS) - 1,
    TAKES_MODEL = EVERY & ~HELPS,
    MAKES_C = TAKES_MODEL & ~(IMPORTS | DRAWS)
};

/* ---- options ---------------------------------------------------------------------------------- */

enum kind { TEXT, FLAG, CHOICE, WHOLE, COUNT, SEED, BYTES, MEBIBYTES, ABOVE_ZERO, LOOKUP };

struct row {
    char letter; /* of its short form; 0: none */
    const char *name, *operand, *about;
    enum kind kind;
    size_t member;       /* of struct command */
    unsigned commands;   /* that take it */
    const char *instead; /* what to do where it is not taken, or NULL */
    /* CHOICE: the operand has the words, as in "speed|size", and this is the value of the first. */
    int first;
    long long max; /* of WHOLE, COUNT and MEBIBYTES */
    /* LOOKUP: what the value means, or an answer to the user. */
    int (*read)(struct command *command, const char *value);
};

static int read_target(struct command *command, const char *value);
static int read_dump(struct command *command, const char *value);
static int read_shape(struct command *command, const char *value);
static int read_bind(struct command *command, const char *value);
static int read_help(struct command *command, const char *value);
static int read_version(struct command *command, const char *value);

/* Memory is counted in bytes, which a size_t holds. */
enum { TIME_LIMIT_MAX = 1000000, SAMPLES_MAX = 10000, MEMORY_LIMIT_MAX = sizeof(size_t) > 4 ? 1 << 20 : 511 };

#define MEMBER(name) .member = offsetof(struct command, name)
static const struct row rows[] = {
    {'o', "output", "FILE",
     "where the C goes, the header beside it, or what is exported, converted or drawn, or the script of a model that is "
     "imported, its weights beside it; - is standard output, of C, a picture and an exported model",
     TEXT, MEMBER(options.output), COMPILES | DRAWS | EXPORTS | IMPORTS | CONVERTS},
    {0, "name", "ID", "prefix of the functions, a C identifier (default: from FILE)", TEXT, MEMBER(options.name),
     MAKES_C},
    {0, "depfile", "FILE", "write a rule of make, too: of which files the C was made; for CMake's DEPFILE, say",
     TEXT, MEMBER(depfile), COMPILES},
    {0, "emit", "train|infer|bench|selftest|arduino",
     "what the C can do (default: train if the script compiles a loss); bench: train, and measure each kernel; "
     "selftest: predict samples that are in the file, and say whether that is right; arduino: predict, in a folder that is a "
     "library of Arduino's, and for ESP-IDF and Zephyr",
     CHOICE, MEMBER(options.emit), COMPILES | SUMS_UP, .first = EMIT_TRAIN},
    {0, "python", "FILE",
     "write a module of Python, as net.py, beside the C: numpy in, numpy out, and fit, if the network trains", TEXT,
     MEMBER(python), COMPILES},
    {0, "weights", "FILE", "embed these trained parameters (.safetensors; with --layout pytorch also .onnx)", TEXT,
     MEMBER(options.weights), COMPILES | SUMS_UP | SIZES | EXPORTS | CONVERTS | VERIFIES,
     .instead = "the program takes them: -- predict --weights FILE ..."},
    {0, "partial", "", "take of --weights what fits by name and shape, and fresh parameters elsewhere", FLAG,
     MEMBER(options.partial), COMPILES | SUMS_UP | SIZES | EXPORTS | CONVERTS | VERIFIES},
    {0, "layout", "cnnc|pytorch",
     "whose --weights are; pytorch: a state_dict of the same network, whose kernels are transposed and whose names are mapped by "
     "order and shape; prints the map",
     CHOICE, MEMBER(options.layout), COMPILES | SUMS_UP | SIZES | EXPORTS | CONVERTS | VERIFIES,
     .first = LAYOUT_OWN},
    {0, "target", "NAME",
     "machine to compile for; `help` lists them (default: fat on x86-64, native elsewhere and for run and tune, "
     "generic for size and --emit arduino, and for verify by a compiler or on a machine that is named)",
     LOOKUP, .commands = MAKES_C, .read = read_target},
    {0, "optimize", "speed|size",
     "unrolled kernels for each layer, or small ones that layers share, and one set of gradients, so that it trains on one thread",
     CHOICE, MEMBER(options.optimize), COMPILES | SUMS_UP | RUNS | VERIFIES, .first = OPTIMIZE_SPEED},
    {0, "max-ram", "BYTES",
     "that a prediction may take, as 24K or 1M: its workspace, and parameters unless --weights makes them constants; if it takes "
     "more, images pass through the layers row by row",
     BYTES, MEMBER(options.max_ram), COMPILES | SUMS_UP | SIZES | RUNS | VERIFIES},
    {0, "recompute", "",
     "training keeps less between the ways forward and back: what normalizations, nonlinearities and sums make is computed again; "
     "no bit of a result changes",
     FLAG, MEMBER(options.recomputes), COMPILES | SUMS_UP | RUNS | VERIFIES},
    {0, "max-flash", "BYTES", "that the parameters may take where --weights makes them constants, as 256K", BYTES,
     MEMBER(options.max_flash), COMPILES | SIZES},
    {0, "shape", "[NAME=]NxN",
     "shape of the input NAME, or of the only one, where the script leaves lengths open: 28x5", LOOKUP,
     .commands = TAKES_MODEL, .read = read_shape},
    {0, "batch", "auto|strip|keep",
     "of an imported model; auto: a leading length that is open, or 1 everywhere, is the batch, which arrays leave out; "
     "strip: it is in any case; keep: arrays are as the file says",
     CHOICE, MEMBER(batch), TAKES_MODEL, .first = BATCH_AUTO},
    {0, "bind", "NAME=FILE",
     "of an imported model: its input NAME is the constant in FILE, an array of numpy or a tensor of ONNX", LOOKUP,
     .commands = TAKES_MODEL, .read = read_bind},
    {0, "seed", "N", "seed of initial parameters and dropout", SEED, MEMBER(options.seed), MAKES_C},
    {0, "time-limit", "N", "seconds of processor time that compiling may take; 0: any", WHOLE, MEMBER(time_limit),
     TAKES_MODEL, .max = TIME_LIMIT_MAX},
    {0, "memory-limit", "N",
     "MiB that the script may use; the compiler has 4 times as many, and 8 times as many to write the C; 0: any",
     MEBIBYTES, MEMBER(options.limits.memory_bytes), TAKES_MODEL, .max = MEMORY_LIMIT_MAX},
    {0, "dump", "PASS", "print the graph after a pass; `help` lists them", LOOKUP, .commands = MAKES_C,
     .read = read_dump},
    {0, "no-tune", "", "leave out what `cnnc tune` measured", FLAG, MEMBER(options.no_tune), MAKES_C & ~TUNES},
    {0, "seconds", "X", "time to measure for, once the programs are built", ABOVE_ZERO, MEMBER(seconds), TUNES},
    {0, "cc", "COMMAND", "C compiler (default: $CC, or cc); size takes $CFLAGS too", TEXT, MEMBER(options.cc),
     SUMS_UP | RUNS | TUNES | SIZES | VERIFIES},
    {0, "run", "COMMAND", "what runs the program, where that is another machine's: qemu-arm", TEXT, MEMBER(run),
     VERIFIES},
    {0, "data", "FILE",
     "samples in place of random ones: of any kind that the network's program reads, or a pb file of ONNX", TEXT,
     MEMBER(data), COMPILES | VERIFIES, .instead = "the program takes them: -- train --data FILE"},
    {0, "samples", "N", "how many samples are tried, at most", COUNT, MEMBER(samples), COMPILES | VERIFIES,
     .max = SAMPLES_MAX},
    {0, "expect", "FILE",
     "outputs of another framework for --data, in place of what the model says: an npy or pb file, or an npz with them by name",
     TEXT, MEMBER(expect), VERIFIES},
    {0, "html", "FILE",
     "write a page with the tables, the memory over the schedule and a picture, in place of printing", TEXT,
     MEMBER(html), SUMS_UP},
    {0, "measure", "",
     "with --html: build the program, and show what its kernels take beside what this machine could do", FLAG,
     MEMBER(measure), SUMS_UP},
    {0, "rankdir", "TB|LR", "the picture's arrows lead from the top to the bottom, or from left to right", CHOICE,
     MEMBER(draw.rankdir), DRAWS | SUMS_UP, .first = RANKDIR_TB},
    {0, "fold", "",
     "a model that is called like a layer, or a layer of the script's own, is one box, not a frame around its layers",
     FLAG, MEMBER(draw.folded), DRAWS | SUMS_UP},
    {0, "json", "", "a summary for programs", FLAG, MEMBER(json), SUMS_UP},
    {0, "mdoc", "", "as source of a manual page; NAME is a kind, such as layers", FLAG, MEMBER(mdoc), HELPS},
    {0, "completion", "bash|zsh|fish", "what that shell completes a command line of cnnc by, made of these tables",
     CHOICE, MEMBER(completion), HELPS, .first = SHELL_BASH},
    {'h', "help", "", "print this", LOOKUP, .commands = EVERY, .read = read_help},
    {0, "version", "", "print the version", LOOKUP, .commands = EVERY, .read = read_version},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* Not const, as size_t and pointers of the rest of it are what a command line sets. */
static struct command defaults(const char *self)
{
    return (struct command){.self = self,
                            .time_limit = 300,
                            .seconds = 20,
                            .samples = 4,
                            .options = {.limits = limits_default, .optimize = OPTIMIZE_SPEED}};
}

static void *member_of(const struct row *row, struct command *command) { return (char *)command + row->member; }

/* ---- answers ---------------------------------------------------------------------------------- */

/* What holds when the option is not given; nothing where its text tells. */
static const char *default_text(const struct row *row, char *out, size_t size)
{
    struct command command = defaults("");
    const void *member = member_of(row, &command);
    int words = (int)strcspn(row->operand, "|"), choice = row->kind == CHOICE ? *(const int *)member : 0;
    *out = '\0';
    if (row->kind == CHOICE && choice == row->first)
        snprintf(out, size, " (default: %.*s)", words, row->operand);
    if (row->kind == WHOLE || row->kind == COUNT)
        snprintf(out, size, " (default: %lld)", (long long)*(const int64_t *)member);
    if (row->kind == MEBIBYTES)
        snprintf(out, size, " (default: %lld)", (long long)(*(const size_t *)member >> 20));
    if (row->kind == SEED)
        snprintf(out, size, " (default: %llu)", (unsigned long long)*(const uint64_t *)member);
    if (row->kind == ABOVE_ZERO)
        snprintf(out, size, " (default: %g)", *(const double *)member);
    return out;
}

/* "compiling, summary and size": the commands of a set. */
static const char *command_names(unsigned commands, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (int i = 0; i < N_VERBS; i++) {
        if (!(commands & 1U << i) || used >= size)
            continue;
        bool more = commands >> i >> 1 != 0;
        const char *join = used == 0 ? "" : more ? ", " : " and ";
        const char *word = *verbs[i].word ? verbs[i].word : "compiling";
        int wrote = snprintf(out + used, size - used, "%s%s", join, word);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return out;
}

bool command_usage(int i, struct usage_line *line)
{
    if (i >= N_VERBS)
        return false;
    const struct verb *verb = &verbs[i];
    line->name = *verb->word ? verb->word : "compile";
    snprintf(line->synopsis, sizeof line->synopsis, "cnnc %s%s%s%s", verb->word, *verb->word ? " " : "",
             1U << i & TAKES_MODEL ? "[OPTION]... " : "", verb->operands);
    snprintf(line->about, sizeof line->about, "%s", verb->about);
    return true;
}

bool option_usage(int i, struct usage_line *line)
{
    if (i >= N_ROWS)
        return false;
    const struct row *row = &rows[i];
    char value[48], of[96] = "";
    if ((row->commands & MAKES_C) != MAKES_C && row->commands != (MAKES_C & ~TUNES))
        command_names(row->commands, of, sizeof of);
    line->name = row->name;
    line->letter = row->letter;
    line->operand = row->operand;
    line->commands = row->commands;
    const char letter[] = {'-', row->letter, ',', ' ', '\0'};
    snprintf(line->synopsis, sizeof line->synopsis, "%s--%s%s%s", row->letter ? letter : "", row->name,
             *row->operand ? " " : "", row->operand);
    snprintf(line->about, sizeof line->about, "%s%s%s%s", row->about, default_text(row, value, sizeof value),
             *of ? "; for " : "", of);
    return true;
}

/* `begin`, and behind it, from column `indent` on, the text. */
static void print_row(const char *begin, int indent, const char *text)
{
    int length = printf("%s ", begin);
    if (length < indent)
        length += printf("%*s", indent - length, "");
    print_wrapped(text, indent, length, stdout);
}

static int read_help(struct command *command, const char *value)
{
    (void)value;
    command->action = ACTION_NONE;
    struct usage_line line;
    char begin[sizeof line.synopsis + 8];
    for (int i = 0; command_usage(i, &line); i++) {
        snprintf(begin, sizeof begin, "%s %s", i == 0 ? "usage:" : "      ", line.synopsis);
        print_row(begin, 51, line.about);
    }
    putchar('\n');
    for (int i = 0; option_usage(i, &line); i++) {
        snprintf(begin, sizeof begin, "  %s%s", line.synopsis[1] == '-' ? "    " : "", line.synopsis);
        print_row(begin, 30, line.about);
    }
    fputs("\n`cnnc run` and `cnnc tune` keep programs in ${XDG_CACHE_HOME:-~/.cache}/cnnc.\n"
          "Exit status: 0 done; 1 the model or a file is at fault; 2 the command line is.\n",
          stdout);
    return STATUS_OK;
}

static int read_version(struct command *command, const char *value)
{
    (void)value;
    command->action = ACTION_NONE;
    puts("cnnc " CNNC_VERSION);
    return STATUS_OK;
}

/* ---- values ----------------------------------------------------------------------------------- */

static int read_target(struct command *command, const char *value)
{
    if (strcmp(value, "help") == 0) {
        command->action = ACTION_NONE;
        const struct target *native = target_find("native");
        for (const struct target *target = target_table; target->name; target++)
            printf("%-10s %s%s\n", target->name, target->about, target == native ? " (native)" : "");
        return STATUS_OK;
    }
    command->options.target = target_find(value);
    if (!command->options.target)
        return usage_error("no target is called `%s`; `--target help` lists them", value);
    return STATUS_OK;
}

static int read_dump(struct command *command, const char *value)
{
    bool list = strcmp(value, "help") == 0;
    for (const struct pass *pass = pass_table; pass->name; pass++) {
        if (list)
            printf("%-10s %s\n", pass->name, pass->about);
        if (strcmp(pass->name, value) == 0)
            command->options.dump = value;
    }
    if (list)
        command->action = ACTION_NONE;
    else if (!command->options.dump)
        return usage_error("no pass is called `%s`; `--dump help` lists them", value);
    return STATUS_OK;
}

/* Reads "28x28x1", all of it; false: it is none. */
static bool shape_of_text(const char *text, struct shape *shape)
{
    for (shape->rank = 0; shape->rank < SHAPE_MAX_RANK; text++) {
        char *end;
        errno = 0;
        long long length = strtoll(text, &end, 10);
        if (!isdigit((unsigned char)*text) || errno || length < 1 || length > INT32_MAX)
            return false;
        shape->dim[shape->rank++] = length;
        text = end;
        if (*text != 'x')
            return *text == '\0' && shape_valid(shape);
    }
    return false;
}

static int read_shape(struct command *command, const char *value)
{
    struct given_shapes *shapes = &command->options.shapes;
    const char *equals = strchr(value, '=');
    struct given_shape given = {.name = value, .name_length = equals ? (int)(equals - value) : 0};
    if (equals == value || !shape_of_text(equals ? equals + 1 : value, &given.shape))
        return usage_error("--shape is such as 28x28x1 or NAME=28x28x1, not `%s`", value);
    for (int i = 0; i < shapes->count; i++)
        if (shapes->list[i].name_length == given.name_length &&
            memcmp(shapes->list[i].name, given.name, (size_t)given.name_length) == 0)
            return usage_error("--shape tells of one input twice: `%s`", value);
    if (shapes->count == GIVEN_SHAPES_MAX)
        return usage_error("--shape tells of at most %d inputs", GIVEN_SHAPES_MAX);
    shapes->list[shapes->count++] = given;
    return STATUS_OK;
}

static int read_bind(struct command *command, const char *value)
{
    const char *equals = strchr(value, '=');
    if (!equals || equals == value || !equals[1])
        return usage_error("--bind is such as NAME=FILE.npy, not `%s`", value);
    if (command->n_binds == BINDS_MAX)
        return usage_error("--bind takes at most %d inputs", BINDS_MAX);
    command->binds[command->n_binds++] =
        (struct import_bind){.name = value, .name_length = (int)(equals - value), .file = equals + 1};
    return STATUS_OK;
}

/* The place of `value` among the words of "speed|size"; -1: it is none. */
static int find_word(const char *words, const char *value)
{
    size_t length = strlen(value);
    for (int i = 0; *words; i++) {
        size_t word = strcspn(words, "|");
        if (word == length && memcmp(words, value, word) == 0)
            return i;
        words += word + (words[word] == '|');
    }
    return -1;
}

static bool whole_number(const char *value, long long max, long long *number)
{
    char *end;
    errno = 0;
    *number = strtoll(value, &end, 10);
    return isdigit((unsigned char)*value) && !*end && !errno && *number <= max;
}

static bool seed_number(const char *value, uint64_t *seed)
{
    char *end;
    errno = 0;
    *seed = strtoull(value, &end, 10);
    return isdigit((unsigned char)*value) && !*end && !errno;
}

/* "24576", "24K" or "1M". */
static bool byte_number(const char *value, int64_t *bytes)
{
    static const char units[] = "KM";
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    *bytes = number > INT64_MAX >> shift ? 0 : (int64_t)number << shift;
    return isdigit((unsigned char)*value) && !errno && (*end == '\0' || (unit && !end[1])) && *bytes > 0;
}

static bool real_number(const char *value, double *number)
{
    char *end;
    *number = strtod(value, &end);
    return end != value && !*end && *number > 0 && *number <= 1e6;
}

static int set_value(const struct row *row, struct command *command, const char *value)
{
    void *member = member_of(row, command);
    long long number = 0;
    int word;
    switch (row->kind) {
    case TEXT: *(const char **)member = value; break;
    case FLAG: *(bool *)member = true; break;
    case LOOKUP: return row->read(command, value);
    case CHOICE:
        if ((word = find_word(row->operand, value)) < 0)
            return usage_error("--%s is one of %s, not `%s`", row->name, row->operand, value);
        *(int *)member = row->first + word;
        break;
    case SEED:
        if (!seed_number(value, member))
            return usage_error("--%s is a whole number from 0 to 2^64-1, not `%s`", row->name, value);
        break;
    case ABOVE_ZERO:
        if (!real_number(value, member))
            return usage_error("--%s is a number above 0, not `%s`", row->name, value);
        break;
    case BYTES:
        if (!byte_number(value, member))
            return usage_error("--%s is a number of bytes, or of KB or MB, as 24K or 1M, not `%s`", row->name,
                               value);
        break;
    case COUNT:
        if (!whole_number(value, row->max, &number) || number < 1)
            return usage_error("--%s is a whole number, 1 to %lld, not `%s`", row->name, row->max, value);
        *(int64_t *)member = number;
        break;
    case WHOLE:
    case MEBIBYTES:
        if (!whole_number(value, row->max, &number))
            return usage_error("--%s is a whole number of %s, 0 to %lld, not `%s`", row->name,
                               row->kind == WHOLE ? "seconds" : "MiB", row->max, value);
        if (row->kind == WHOLE)
            *(int64_t *)member = number;
        else
            *(size_t *)member = (size_t)number << 20;
        break;
    }
    return STATUS_OK;
}

static int read_option(struct command *command, const struct row *row, const char *value)
{
    if (row->commands & 1U << command->action)
        return set_value(row, command, value);
    char names[96];
    command_names(row->commands, names, sizeof names);
    const char *word = verbs[command->action].word, *instead = row->instead ? row->instead : "";
    return usage_error("%s%s takes no --%s, which is for %s%s%s", *word ? "cnnc " : "compiling", word, row->name,
                       names, *instead ? "; " : "", instead);
}

/* ---- the command line --------------------------------------------------------------------------- */

/* Takes a leading "summary", "run" or the like off the arguments. */
static enum action read_action(int *argc, char ***argv)
{
    for (int i = ACTION_COMPILE + 1; *argc > 1 && i < N_VERBS; i++)
        if (strcmp((*argv)[1], verbs[i].word) == 0) {
            --*argc;
            ++*argv;
            return (enum action)i;
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

/* getopt_long tells an option by a number: of its row and this, beyond all characters. */
enum { FIRST_ROW = 256 };

static void fill_tables(struct option table[N_ROWS + 1], char letters[2 * N_ROWS + 2])
{
    *letters++ = ':';
    for (int i = 0; i < N_ROWS; i++) {
        bool takes_value = *rows[i].operand != '\0';
        table[i] =
            (struct option){rows[i].name, takes_value ? required_argument : no_argument, NULL, FIRST_ROW + i};
        if (rows[i].letter)
            *letters++ = rows[i].letter;
        if (rows[i].letter && takes_value)
            *letters++ = ':';
    }
    table[N_ROWS] = (struct option){0};
    *letters = '\0';
}

/* The row that getopt_long found, by its number or its letter; NULL: none. */
static const struct row *find_row(int found)
{
    if (found >= FIRST_ROW)
        return &rows[found - FIRST_ROW];
    for (int i = 0; i < N_ROWS; i++)
        if (rows[i].letter == found)
            return &rows[i];
    return NULL;
}

static const char *of_program(const struct command *command)
{
    return command->action == ACTION_RUN ? " The program's arguments go behind --" : "";
}

/* The word of an unknown option. Of a short one, whose letter getopt_long leaves in optopt, the rest is to come. */
static const char *unknown_word(char **argv)
{
    const char *next = argv[optind];
    return next && next[0] == '-' && optopt > 0 && next[1] == optopt ? next : argv[optind - 1];
}

/* How many options begin as the word does; all of their names. */
static int options_of_beginning(const struct cnn_near *near, char *names, size_t size)
{
    int count = 0;
    size_t used = 0;
    for (int i = 0; i < N_ROWS; i++)
        if (strncmp(rows[i].name, near->word, near->length) == 0 && used < size)
            used += (size_t)snprintf(names + used, size - used, "%s--%s", count++ ? ", " : "", rows[i].name);
    return count;
}

static int unknown_option(const struct command *command, char **argv)
{
    const char letter[] = {'-', (char)optopt, '\0'}, *word = unknown_word(argv);
    const bool is_short = optopt > 0 && optopt < FIRST_ROW && !find_row(optopt);
    char names[256];
    struct cnn_near near = cnn_near(word);
    int count = !is_short && near.length > 0 ? options_of_beginning(&near, names, sizeof names) : 0;
    if (count == 1)
        return usage_error("%s takes no value: leave out `%s`", names, near.word + near.length);
    if (count > 1)
        return usage_error("`%s` may be any of %s", word, names);
    for (int i = 0; i < N_ROWS; i++)
        if (rows[i].commands & 1U << command->action)
            cnn_near_try(&near, rows[i].name);
    if (near.found)
        return usage_error("unknown option `%s`; did you mean --%s?", word, near.found);
    return usage_error("unknown option `%s`%s%s", is_short ? letter : word, *of_program(command) ? "." : "",
                       of_program(command));
}

/* An operand that is no script, and may be a mistyped command; `sure`: it is one. */
static int check_command(const char *word, bool sure)
{
    char names[96];
    struct cnn_near near = cnn_near(word);
    for (int i = 0; i < N_VERBS; i++)
        cnn_near_try(&near, *verbs[i].word ? verbs[i].word : "compile");
    if (near.found && strcmp(near.found, "compile") == 0)
        return usage_error("there is no command `%s`: `cnnc MODEL.lua -o net.c` compiles", word);
    if (near.found)
        return usage_error("there is no command `%s`; did you mean %s?", word, near.found);
    if (!sure)
        return STATUS_OK;
    command_names(((1U << N_VERBS) - 1) & ~(1U << ACTION_COMPILE), names, sizeof names);
    return usage_error("there is no command `%s`; there are %s, and the network's program has commands: "
                       "cnnc run MODEL.lua -- train ...",
                       word, names);
}

static bool is_script(const char *operand)
{
    const char *dot = strrchr(operand, '.');
    return (dot && strcmp(dot, ".lua") == 0) || strchr(operand, '/') || cnn_is_there(operand);
}

static int check_operands(const struct command *command, int count, char *const *operands)
{
    if (count == 0)
        return usage_error("no model script was given");
    int status = STATUS_OK;
    if (command->action == ACTION_COMPILE && !is_script(operands[0]))
        status = check_command(operands[0], count > 1);
    if (status == STATUS_OK && count > 1)
        status = usage_error("one model script at a time; what is `%s`?%s", operands[1], of_program(command));
    return status;
}

static int read_options(struct command *command, int argc, char **argv)
{
    struct option table[N_ROWS + 1];
    char letters[2 * N_ROWS + 2];
    fill_tables(table, letters);
    opterr = 0;
    optind = 0; /* glibc and musl begin anew, and forget words that may be gone */
    for (int found; (found = getopt_long(argc, argv, letters, table, NULL)) != -1;) {
        if (found == ':')
            return usage_error("`%s` needs a value", argv[optind - 1]);
        const struct row *row = found == '?' ? NULL : find_row(found);
        if (!row)
            return unknown_option(command, argv);
        int status = read_option(command, row, optarg ? optarg : "");
        if (status || command->action == ACTION_NONE)
            return status;
    }
    return STATUS_OK;
}

/* Do the program's arguments ask for times of kernels? */
static bool measures(char *const *arguments)
{
    bool found = arguments[0] && strcmp(arguments[0], "bench") == 0;
    for (char *const *word = arguments; *word; word++)
        found |= strncmp(*word, "--report", strlen("--report")) == 0;
    return found;
}

/* Without --target. What is verified by another compiler, or is for another machine, is C that any can read. */
static const char *usual_target(const struct command *command)
{
    bool elsewhere = command->options.cc || command->run || getenv("CC");
    return (command->action == ACTION_VERIFY && elsewhere) || command->options.emit == EMIT_ARDUINO
               ? "generic"
               : verbs[command->action].target;
}

int command_read(struct command *command, struct arena *arena, int argc, char **argv)
{
    *command = defaults(argv[0]);
    command->action = read_action(&argc, &argv);
    command->arguments = command->action == ACTION_RUN ? cut_arguments(&argc, argv) : NULL;
    int status = read_options(command, argc, argv);
    if (status || command->action == ACTION_NONE)
        return status;
    if (command->action == ACTION_HELP) {
        command->arguments = argv + optind;
        return STATUS_OK;
    }
    if ((status = check_operands(command, argc - optind, argv + optind)) != STATUS_OK)
        return status;
    command->options.script = argv[optind];
    command->options.describes = command->action == ACTION_RUN;
    command->options.weighs_rows = command->action == ACTION_SUMMARY;
    if (command->action == ACTION_RUN && measures(command->arguments))
        command->options.emit = EMIT_BENCH;
    if (!command->options.target)
        command->options.target = target_find(usual_target(command));
    return command_check(command, arena);
}
