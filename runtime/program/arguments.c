/* arguments.c -- the options of all commands, in one table: parsing and --help read it. */
#include "program/program.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    TEXT,
    COUNT,
    INDEX,
    THREADS,
    SEED,
    POSITIVE,
    FRACTION,
    FLAG,
    SWITCH, /* an int that becomes 1 */
    MODE,
    REAL,
    SCALE,
    LEVEL,
    SIZE,
    WEIGHTS,
    ARRAYS,
    NAMED
};

struct row {
    const char *name, *operand, *about;
    enum kind kind;
    size_t member; /* of struct cnn_arguments */
    size_t files;  /* NAMED: where the files of NAME=FILE are, NAME being an output's; another word is a text */
    bool unless_inputs; /* it is not required where --input gives the data */
    const char *needs;  /* the name of a TEXT option without which it means nothing, or NULL */
    bool of_stages;     /* what each stage of the script's training says, the option says for all */
};

#define MEMBER(name) .member = offsetof(struct cnn_arguments, name)
static const struct row rows[] = {
    {"model", "NAME", "which of the models, where the script has several", TEXT, MEMBER(model_name)},
    {"data", "PATH",
     "folder of the IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte and the same for t10k, as they are or "
     "as .gz; or of x_train.npy, y_train.npy, x_test.npy, y_test.npy; an .npz with these arrays; a CSV file; "
     "pictures in a sub-folder a class, or such folders train, validation and test",
     TEXT, MEMBER(data), .unless_inputs = true},
    {"input", "[NAME=]FILE",
     "IDX or .npy file of the input of that name, in place of --data: one for each input of the model", ARRAYS,
     MEMBER(input_files)},
    {"set", "NAME", "set to use: test, also called t10k (default), validation or train", TEXT, MEMBER(set)},
    {"scale", "pixels|none",
     "divide features by 255, or leave them as they are; otherwise as the weights were trained, or as the data look",
     SCALE, MEMBER(scale)},
    {"label", "NAME|NUMBER",
     "column of a CSV file that is the label: its name in the first row, or its number, from 1, or -1 for the last; or, as "
     "NAME=FILE, the IDX or .npy file of the labels of the output of that name",
     NAMED, MEMBER(label), .files = offsetof(struct cnn_arguments, label_files)},
    {"sample-weight", "FILE", "IDX or .npy file with a weight for each sample, by which its loss is multiplied",
     TEXT, MEMBER(sample_weight)},
    {"validation-data", "PATH", "data as --data takes them, to validate on, where they are not part of those", TEXT,
     MEMBER(validation_data)},
    {"weights", "FILE", "safetensors file of parameters", TEXT, MEMBER(weights)},
    {"partial", "", "take of the weights what fits by name and shape, and begin with fresh ones elsewhere", FLAG,
     MEMBER(partial), .needs = "weights"},
    {"save", "FILE", "safetensors file for the trained parameters", TEXT, MEMBER(save)},
    {"history", "FILE", "CSV file: a row for every epoch", TEXT, MEMBER(history)},
    {"report", "FILE", "HTML file to look at: curves, mistakes, what each layer sees; written anew as epochs end",
     TEXT, MEMBER(report)},
    {"checkpoint", "FILE", "safetensors file that keeps the whole training, at the end of each epoch", TEXT,
     MEMBER(checkpoint)},
    {"checkpoint-every", "N", "steps from one checkpoint to the next, instead of an epoch's", COUNT,
     MEMBER(checkpoint_every), .needs = "checkpoint"},
    {"resume", "", "go on from the checkpoint, if it is there", FLAG, MEMBER(resume), .needs = "checkpoint"},
    {"epochs", "N", "times to go through the data", COUNT, MEMBER(epochs), .of_stages = true},
    {"initial-epoch", "N", "of these epochs so many count as done, and are not trained", INDEX,
     MEMBER(initial_epoch), .of_stages = true},
    {"batch-size", "N", "samples in one step", COUNT, MEMBER(batch_size), .of_stages = true},
    {"no-shuffle", "", "go through the data in their order", FLAG, MEMBER(no_shuffle)},
    {"learning-rate", "X", "step size of the optimizer", POSITIVE, MEMBER(learning_rate), .of_stages = true},
    {"steps-per-epoch", "N",
     "batches of an epoch, beyond the last of the data from the first on; 0: all of the data", INDEX,
     MEMBER(steps_per_epoch), .of_stages = true},
    {"validation-steps", "N", "batches that validate, the first ones; 0: all", INDEX, MEMBER(validation_steps),
     .of_stages = true},
    {"validation-freq", "N", "epochs from one validation to the next", INDEX, MEMBER(validation_freq),
     .of_stages = true},
    {"monitor", "COLUMN",
     "what EarlyStopping looks at: loss, a metric's name, or one with val_ in front, where it is not what the script says; or "
     "val_loss, where the script has no EarlyStopping",
     TEXT, MEMBER(early_stopping.monitor), .of_stages = true},
    {"monitor-mode", "min|max", "which of two numbers of that column is better; otherwise as its metric has it",
     MODE, MEMBER(early_stopping.mode), .of_stages = true},
    {"patience", "N",
     "end when EarlyStopping's column has not become better for so many epochs; where the script has no "
     "EarlyStopping it gets one",
     INDEX, MEMBER(early_stopping.patience), .of_stages = true},
    {"min-delta", "X", "what becomes better by less than this is no improvement for EarlyStopping", SIZE,
     MEMBER(early_stopping.min_delta), .of_stages = true},
    {"baseline", "X", "what is not better than this is no improvement for EarlyStopping", REAL,
     MEMBER(early_stopping.baseline), .of_stages = true},
    {"start-from-epoch", "N", "epochs at which EarlyStopping does not look", INDEX,
     MEMBER(early_stopping.start_from_epoch), .of_stages = true},
    {"restore-best", "", "EarlyStopping ends with the parameters of the best epoch", SWITCH,
     MEMBER(early_stopping.restores_best)},
    {"plateau-monitor", "COLUMN", "what ReduceLROnPlateau looks at", TEXT, MEMBER(plateau.monitor),
     .of_stages = true},
    {"plateau-monitor-mode", "min|max",
     "which of two numbers of that column is better; otherwise as its metric has it", MODE, MEMBER(plateau.mode),
     .of_stages = true},
    {"plateau-patience", "N", "epochs without improvement before ReduceLROnPlateau reduces the learning rate",
     INDEX, MEMBER(plateau.patience), .of_stages = true},
    {"plateau-min-delta", "X", "what becomes better by less than this is no improvement for ReduceLROnPlateau",
     SIZE, MEMBER(plateau.min_delta), .of_stages = true},
    {"plateau-factor", "X", "by which ReduceLROnPlateau multiplies the learning rate", FRACTION,
     MEMBER(plateau.factor), .of_stages = true},
    {"plateau-cooldown", "N", "epochs after a reduction that do not count for ReduceLROnPlateau", INDEX,
     MEMBER(plateau.cooldown), .of_stages = true},
    {"plateau-min-lr", "X", "ReduceLROnPlateau does not reduce the learning rate below this", SIZE,
     MEMBER(plateau.min_lr), .of_stages = true},
    {"model-checkpoint-file", "FILE",
     "safetensors file of ModelCheckpoint, {epoch:02d} and {val_loss:.2f} in it stand for numbers; where the script has no "
     "ModelCheckpoint it gets one, which saves after each epoch",
     TEXT, MEMBER(model_checkpoint.file), .of_stages = true},
    {"model-checkpoint-save-freq", "N",
     "batches after which ModelCheckpoint saves, counted across epochs; {batch:03d} in the file is a number; 0: after each epoch",
     INDEX, MEMBER(model_checkpoint.save_freq), .of_stages = true},
    {"model-checkpoint-best-only", "0|1",
     "1: ModelCheckpoint saves when its column has become better, 0: each time", INDEX,
     MEMBER(model_checkpoint.best_only), .of_stages = true},
    {"model-checkpoint-monitor", "COLUMN", "what ModelCheckpoint looks at", TEXT, MEMBER(model_checkpoint.monitor),
     .of_stages = true},
    {"model-checkpoint-monitor-mode", "min|max",
     "which of two numbers of that column is better; otherwise as its metric has it", MODE,
     MEMBER(model_checkpoint.mode), .of_stages = true},
    {"model-checkpoint-baseline", "X", "what must become better at first for ModelCheckpoint", REAL,
     MEMBER(model_checkpoint.baseline), .of_stages = true},
    {"class-weight", "0=X,1=X",
     "what the loss of a training sample of each class is multiplied by, 0=1,1=5 say; a class that is left out counts 1",
     WEIGHTS, MEMBER(class_weight), .of_stages = true},
    {"no-callbacks", "", "leave out what the script's callbacks would do", FLAG, MEMBER(no_callbacks)},
    {"validation-split", "X", "validate on this part of the training rows, the last ones, instead of t10k",
     FRACTION, MEMBER(validation_split), .of_stages = true},
    {"verbose", "N", "what is shown of a training: 0 nothing, 1 a bar, on a terminal, 2 a line for each epoch",
     LEVEL, MEMBER(verbose)},
    {"seed", "N", "number that decides all that is random", SEED, MEMBER(seed)},
    {"threads", "N", "threads to use at most; the results do not depend on it", THREADS, MEMBER(threads)},
    {"top", "N", "classes to print", COUNT, MEMBER(top)},
    {"index", "N", "first row of a file to look at, counted from 0", INDEX, MEMBER(index)},
    {"count", "N", "rows of a file to look at (default 5; all with --output)", COUNT, MEMBER(count)},
    {"output", "FILE",
     "file for the outputs of all samples, in their order: .csv for a table with the class of each, .npy for an array of "
     "float32, .npz for one of each output; or NAME=FILE for the output of that name",
     NAMED, MEMBER(output), .files = offsetof(struct cnn_arguments, output_files)},
    {"csv", "FILE", "CSV file: a row for every kernel", TEXT, MEMBER(csv)},
    {"kernels", "", "measure the kernels only, not the programs", FLAG, MEMBER(kernels)},
    {"predict", "", "measure prediction only, and take no memory for training", FLAG, MEMBER(predict)},
    {"seconds", "X", "time to spend on each measurement", POSITIVE, MEMBER(budget)},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

/* Whether a command's list of options has this name; *required when it ends in '!' there. */
static bool takes(const struct cnn_command *command, const char *name, bool *required)
{
    size_t length = strlen(name);
    for (const char *at = command->options; *at;) {
        size_t word = strcspn(at, " ");
        bool marked = word > 0 && at[word - 1] == '!';
        if (word - marked == length && memcmp(at, name, length) == 0) {
            *required = marked;
            return true;
        }
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

enum { MAX = 1000000000 };

static bool whole_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *out = value;
    return end != text && !*end && !errno && value >= min && value <= max;
}

static bool real_number(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && !*end && isfinite(*out);
}

static bool seed_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno;
}

static bool scale_name(const char *text, enum cnn_scale *out)
{
    for (int i = CNN_SCALE_PIXELS; i <= CNN_SCALE_NONE; i++)
        if (strcmp(text, cnn_scale_name((enum cnn_scale)i)) == 0)
            *out = (enum cnn_scale)i;
    return *out != CNN_SCALE_UNKNOWN;
}

/* Has the class a weight in front of `at`? */
static bool is_there(const char *text, const char *at, long long class)
{
    while (text < at) {
        if (strtoll(text, NULL, 10) == class)
            return true;
        text = strchr(text, ',') + 1;
    }
    return false;
}

int64_t cnn_class_weights(const char *text, double *weights)
{
    enum { MAX_CLASSES = 1 << 16 };
    int64_t count = 0;
    for (const char *at = text;; at++) {
        char *end;
        long long class = strtoll(at, &end, 10);
        if (*at < '0' || *at > '9' || *end != '=' || class >= MAX_CLASSES || is_there(text, at, class))
            return -1;
        at = end + 1;
        double weight = strtod(at, &end);
        if (end == at || !(weight >= 0 && weight <= 1e30) || (*end && *end != ','))
            return -1;
        for (; count <= class; count++)
            if (weights)
                weights[count] = 1;
        if (weights)
            weights[class] = weight;
        at = end;
        if (!*at)
            return count;
    }
}

/* What stands behind "NAME=" where NAME is that of number `i` of the inputs or outputs; NULL: it does not begin so. */
static const char *behind_name(const struct cnn_model *model, bool inputs, int i, const char *text)
{
    const char *name = inputs ? model->inputs[i].name : model->outputs[i].name;
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == '=' ? text + length + 1 : NULL;
}

static bool wrong_name(const struct cnn_model *model, const struct row *row, bool inputs, const char *text,
                       struct cnn_error *error)
{
    char names[CNN_ABOUT];
    size_t used = 0;
    int count = inputs ? model->n_inputs : model->n_outputs;
    for (int i = 0; i < count && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                 inputs ? model->inputs[i].name : model->outputs[i].name);
    return cnn_fail(error, "--%s wants NAME=FILE, NAME being one of %s, not '%s'", row->name, names, text);
}

/* NAME=FILE; of a model's only input also FILE. */
static bool set_file(const struct row *row, const char *text, struct cnn_arguments *arguments,
                     struct cnn_error *error)
{
    const struct cnn_model *model = arguments->model;
    const bool inputs = row->kind == ARRAYS;
    const char **files = (const char **)(void *)((char *)arguments + (inputs ? row->member : row->files));
    for (int i = 0; i < (inputs ? model->n_inputs : model->n_outputs); i++) {
        const char *file = behind_name(model, inputs, i, text);
        if (inputs && model->n_inputs == 1 && !file)
            file = text;
        if (!file)
            continue;
        files[i] = file;
        arguments->has_inputs |= inputs;
        return true;
    }
    if (inputs || (model->n_outputs > 1 && strchr(text, '=')))
        return wrong_name(model, row, inputs, text, error);
    *(const char **)(void *)((char *)arguments + row->member) = text;
    return true;
}

static bool set_value(const struct row *row, const char *text, struct cnn_arguments *arguments,
                      struct cnn_error *error)
{
    static const char *const expected[] = {[COUNT] = "a whole number from 1 to 1000000000",
                                           [INDEX] = "a whole number from 0 to 1000000000",
                                           [THREADS] = "a whole number from 1 to 1024",
                                           [SEED] = "a whole number of at least 0",
                                           [POSITIVE] = "a number above 0",
                                           [FRACTION] = "a number of at least 0 and below 1",
                                           [SCALE] = "pixels or none",
                                           [LEVEL] = "0, 1 or 2",
                                           [SIZE] = "a number of at least 0",
                                           [REAL] = "a number",
                                           [MODE] = "min or max",
                                           [WEIGHTS] =
                                               "weights of at least 0 by class, each once, such as 0=1,1=5"};
    void *member = (char *)arguments + row->member;
    bool ok = true;
    switch (row->kind) {
    case TEXT: *(const char **)member = text; break;
    case ARRAYS:
    case NAMED: return set_file(row, text, arguments, error);
    case COUNT: ok = whole_number(text, 1, MAX, member); break;
    case INDEX: ok = whole_number(text, 0, MAX, member); break;
    case LEVEL: ok = whole_number(text, 0, 2, member); break;
    case THREADS: ok = whole_number(text, 1, CNN_MAX_THREADS, member); break;
    case SIZE: ok = real_number(text, member) && *(double *)member >= 0; break;
    case WEIGHTS: ok = cnn_class_weights(text, NULL) > 0, *(const char **)member = text; break;
    case REAL: ok = real_number(text, member); break;
    case MODE:
        *(const char **)member = text;
        ok = strcmp(text, "min") == 0 || strcmp(text, "max") == 0;
        break;
    case SEED: ok = seed_number(text, member); break;
    case POSITIVE: ok = real_number(text, member) && *(double *)member > 0; break;
    case FLAG: *(bool *)member = true; break;
    case SWITCH: *(int *)member = 1; break;
    case SCALE: ok = scale_name(text, member); break;
    case FRACTION: ok = real_number(text, member) && *(double *)member >= 0 && *(double *)member < 1; break;
    }
    return ok || cnn_fail(error, "--%s wants %s, not '%s'", row->name, expected[row->kind], text);
}

/* getopt_long tells an option by a number: of its row and this, beyond all characters. */
enum { FIRST_ROW = 256 };

/* The options of one command as getopt_long wants them. */
static void fill_table(const struct cnn_command *command, struct option table[N_ROWS + 2])
{
    int count = 0;
    bool required;
    for (int i = 0; i < N_ROWS; i++)
        if (takes(command, rows[i].name, &required))
            table[count++] = (struct option){rows[i].name, *rows[i].operand ? required_argument : no_argument, NULL,
                                             FIRST_ROW + i};
    table[count++] = (struct option){"help", no_argument, NULL, 'h'};
    table[count] = (struct option){0};
}

static const void *member_of(const struct row *row, const struct cnn_arguments *arguments)
{
    return (const char *)arguments + row->member;
}

static const struct row *find_row(const char *name)
{
    const struct row *row = rows;
    while (strcmp(row->name, name) != 0)
        row++;
    return row;
}

/* An option that was given, and needs another one that was not. */
static bool check_needs(const struct row *row, const struct cnn_arguments *arguments, struct cnn_error *error)
{
    bool given = row->kind == FLAG ? *(const bool *)member_of(row, arguments)
                                   : *(const int64_t *)member_of(row, arguments) != 0;
    const struct row *needed = find_row(row->needs);
    if (!given || *(const char *const *)member_of(needed, arguments))
        return true;
    return cnn_fail(error, "--%s needs --%s %s", row->name, needed->name, needed->operand);
}

/* All inputs, or none. Where arrays are given one by one, so is the only label. */
static bool check_inputs(struct cnn_arguments *arguments, struct cnn_error *error)
{
    const struct cnn_model *model = arguments->model;
    int labelled = -1, labels = 0;
    if (!arguments->has_inputs)
        return true;
    if (arguments->data || arguments->n_files > 0)
        return cnn_fail(error, "--input gives the data: leave out %s",
                        arguments->data ? arguments->data : arguments->files[0]);
    for (int i = 0; i < model->n_inputs; i++)
        if (!arguments->input_files[i])
            return cnn_fail(error, "the input %s is missing: --input %s=FILE", model->inputs[i].name,
                            model->inputs[i].name);
    for (int i = 0; i < model->n_outputs; i++)
        if (model->outputs[i].loss) {
            labelled = i;
            labels++;
        }
    if (arguments->label && labels == 1) {
        arguments->label_files[labelled] = arguments->label;
        arguments->label = NULL;
    }
    return true;
}

static bool check_required(const struct cnn_command *command, struct cnn_arguments *arguments,
                           struct cnn_error *error)
{
    for (int i = 0; i < N_ROWS; i++) {
        bool required = false;
        bool taken = takes(command, rows[i].name, &required);
        if (taken && rows[i].needs && !check_needs(&rows[i], arguments, error))
            return false;
        if (taken && required && !(rows[i].unless_inputs && arguments->has_inputs) &&
            !*(const char *const *)member_of(&rows[i], arguments))
            return cnn_fail(error, "%s needs --%s %s", command->name, rows[i].name, rows[i].operand);
    }
    if (command->operands && arguments->n_files == 0 && !arguments->has_inputs)
        return cnn_fail(error, "%s needs %s", command->name, command->operands);
    if (!command->operands && arguments->n_files > 0)
        return cnn_fail(error, "%s takes no '%s'", command->name, arguments->files[0]);
    return true;
}

/* The word of an unknown option. Of a short one, whose letter getopt_long leaves in optopt, the rest is to come. */
static const char *unknown_word(char **argv)
{
    const char *next = argv[optind];
    return next && next[0] == '-' && optopt > 0 && next[1] == optopt ? next : argv[optind - 1];
}

/* How many options of the command begin as the word does; all of their names. */
static int options_of_beginning(const struct option *table, const struct cnn_near *near, char *names, size_t size)
{
    int count = 0;
    for (size_t used = 0; table->name; table++)
        if (strncmp(table->name, near->word, near->length) == 0 && used < size)
            used += (size_t)snprintf(names + used, size - used, "%s--%s", count++ ? ", " : "", table->name);
    return count;
}

static bool unknown_option(const struct cnn_command *command, char **argv, const struct option *table,
                           struct cnn_error *error)
{
    const char letter[] = {'-', (char)optopt, '\0'}, *word = unknown_word(argv);
    const bool is_short = optopt > 0 && optopt < FIRST_ROW && optopt != 'h';
    char names[CNN_ABOUT];
    struct cnn_near near = cnn_near(word);
    int count = !is_short && near.length > 0 ? options_of_beginning(table, &near, names, sizeof names) : 0;
    if (count == 1)
        return cnn_fail(error, "%s takes no value: leave out '%s'", names, near.word + near.length);
    if (count > 1)
        return cnn_fail(error, "'%s' may be any of %s", word, names);
    for (; table->name; table++)
        cnn_near_try(&near, table->name);
    if (near.found)
        return cnn_fail(error, "%s does not know option '%s'; did you mean --%s?", command->name, word, near.found);
    return cnn_fail(error, "%s does not know option '%s'", command->name, is_short ? letter : word);
}

bool cnn_arguments_read(const struct cnn_command *command, int argc, char **argv, struct cnn_arguments *arguments,
                        struct cnn_error *error)
{
    struct option table[N_ROWS + 2];
    fill_table(command, table);
    opterr = 0;
    optind = 0; /* glibc and musl begin anew */
    for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
        if (found == 'h') {
            arguments->help = true;
            return true;
        }
        if (found == ':')
            return cnn_fail(error, "%s needs a value", argv[optind - 1]);
        if (found == '?')
            return unknown_option(command, argv, table, error);
        const struct row *row = &rows[found - FIRST_ROW];
        if (!set_value(row, optarg, arguments, error))
            return false;
    }
    arguments->files = argv + optind;
    arguments->n_files = argc - optind;
    if (command->data_operand && !arguments->data && arguments->n_files > 0) {
        arguments->data = *arguments->files++;
        arguments->n_files--;
    }
    return check_inputs(arguments, error) && check_required(command, arguments, error) &&
           (!command->check || command->check(arguments, error));
}

/* Prints text in lines that end before column 96, each indented by `indent`. */
static void print_wrapped(const char *text, int indent, FILE *out)
{
    int column = indent;
    for (const char *at = text; *at;) {
        int word = (int)strcspn(at, " ");
        if (column > indent && column + 1 + word > 96)
            column = fprintf(out, "\n%*s", indent, "") - 1;
        else if (column > indent)
            column += fprintf(out, " ");
        column += fprintf(out, "%.*s", word, at);
        at += word;
        at += strspn(at, " ");
    }
    putc('\n', out);
}

/* What holds when the option is not given, after "default "; nothing where 0 or NULL means none. */
static void print_default(const struct row *row, const struct cnn_arguments *arguments, char *out, size_t size)
{
    const void *member = member_of(row, arguments);
    int64_t count = row->kind == COUNT || row->kind == INDEX ? *(const int64_t *)member : 0;
    double real = row->kind == POSITIVE || row->kind == FRACTION ? *(const double *)member : 0;
    *out = '\0';
    if (row->kind == TEXT && *(const char *const *)member)
        snprintf(out, size, " (default %s)", *(const char *const *)member);
    if (row->of_stages && arguments->model->n_stages > 1)
        snprintf(out, size, ", in each of the %d stages (default: as each says)", arguments->model->n_stages);
    if (count > 0)
        snprintf(out, size, " (default %" PRId64 ")", count);
    if (real > 0)
        snprintf(out, size, " (default %g)", real);
    if (row->kind == SEED)
        snprintf(out, size, " (default %" PRIu64 ")", *(const uint64_t *)member);
}

void cnn_arguments_describe(const struct cnn_command *command, const struct cnn_arguments *arguments,
                            void (*tell)(void *user, const char *name, const char *operand, const char *about),
                            void *user)
{
    char about[512], value[192];
    bool required;
    for (int i = 0; i < N_ROWS; i++) {
        if (!takes(command, rows[i].name, &required))
            continue;
        print_default(&rows[i], arguments, value, sizeof value);
        snprintf(about, sizeof about, "%s%s", rows[i].about, value);
        tell(user, rows[i].name, rows[i].operand, about);
    }
    tell(user, "help", "", "print this");
}

static void print_option(void *out, const char *name, const char *operand, const char *about)
{
    int length = fprintf(out, "  --%s %s", name, operand);
    fprintf(out, "%*s", length < 26 ? 26 - length : 0, "");
    print_wrapped(about, 26, out);
}

void cnn_arguments_help(const struct cnn_command *command, const struct cnn_arguments *arguments, FILE *out)
{
    fprintf(out, "usage: %s %s", arguments->program, command->name);
    for (int i = 0; i < N_ROWS; i++) {
        bool required = false;
        if (takes(command, rows[i].name, &required) && required)
            fprintf(out, " --%s %s", rows[i].name, rows[i].operand);
    }
    fprintf(out, " [OPTION...]%s%s\n\n", command->operands ? " " : "", command->operands ? command->operands : "");
    print_wrapped(command->about, 0, out);
    if (command->takes)
        print_wrapped(command->takes, 0, out);
    putc('\n', out);
    cnn_arguments_describe(command, arguments, print_option, out);
}
