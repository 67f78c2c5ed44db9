/* tune.c -- `cnnc tune`: which of the tiles that the cost model cannot tell apart is the fastest on this machine.
 *
 * As many programs are built as a kernel has candidates: in the n-th one each kernel has its n-th. They measure
 * their kernels (`bench --kernels --csv`) in turns, so that whatever else the machine does meets all alike. A
 * candidate is compared with the predicted tile round by round, and must win by more than the rounds differ among
 * themselves. */
#include "command/command.h"
#include "op/op.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is worth another tile, of a kernel's time, however well the rounds agree; and what a kernel is, of its
 * program's. */
static const double MIN_ADVANTAGE = 0.01, MIN_SHARE = 0.01;
enum { PROGRAMS = 3, LAYER_BYTES = 128, LINE_BYTES = 1024 };

/* The kernel of one shape, which may be that of several nodes. */
struct shape_row {
    const char *kernel, *shape, *layer; /* layer: of the first node */
    int count;                          /* of candidates */
    const char *tile[CANDIDATES_MAX];
    struct tune_times times[CANDIDATES_MAX]; /* of one node */
    double now;                              /* microseconds of all nodes that the running program measured */
    int nodes;
    double share; /* of its program's time */
};

/* A node as the CSV names it. */
struct source {
    const char *program, *layer, *op;
    int row; /* -1: several nodes of other shapes have that name, so none of them is tuned */
};

struct tune {
    const struct command *command;
    struct diag *diag;
    struct arena *arena;
    const struct target *target;
    int choices;   /* candidates of the kernel that has the most */
    bool predicts; /* the model compiles no loss */
    const char *programs[CANDIDATES_MAX], *csv;
    struct shape_row *rows;
    struct source *sources;
    int n_rows, n_sources;
};

/* ---- what there is to measure ------------------------------------------------------------------------- */

static int find_row(struct tune *tune, const struct node *node, const struct tiles *tiles)
{
    const char *shape = tuning_shape(tune->arena, node);
    for (int i = 0; i < tune->n_rows; i++)
        if (strcmp(tune->rows[i].shape, shape) == 0 && strcmp(tune->rows[i].kernel, node->kernel->name) == 0)
            return i;
    struct shape_row row = {
        .kernel = node->kernel->name, .shape = shape, .layer = node->origin.layer, .count = tiles->count};
    for (int i = 0; i < tiles->count; i++)
        row.tile[i] = tuning_tile(tune->arena, node, tiles->list[i].tile);
    tune->rows = arena_grow(tune->arena, tune->rows, tune->n_rows, sizeof row);
    tune->rows[tune->n_rows] = row;
    return tune->n_rows++;
}

static void add_node(struct tune *tune, const char *program, const struct node *node, int lanes)
{
    struct tiles tiles = tuning_candidates(node, tune->target, lanes);
    if (tiles.count < 2 || !node->origin.layer)
        return;
    struct source source = {program, node->origin.layer, node->op->name, find_row(tune, node, &tiles)};
    tune->choices = tiles.count > tune->choices ? tiles.count : tune->choices;
    for (int i = 0; i < tune->n_sources; i++) {
        struct source *other = &tune->sources[i];
        if (strcmp(other->program, program) == 0 && strcmp(other->layer, source.layer) == 0 &&
            strcmp(other->op, source.op) == 0) {
            other->row = other->row == source.row ? source.row : -1;
            return;
        }
    }
    tune->sources = arena_grow(tune->arena, tune->sources, tune->n_sources, sizeof source);
    tune->sources[tune->n_sources++] = source;
}

static void add_program(struct tune *tune, const char *name, const struct program *program)
{
    for (int i = 0; program->graph && i < program->graph->n_nodes; i++) {
        const struct node *node = program->graph->nodes[i];
        if (node->kernel && node->kernel->tile && !node->once)
            add_node(tune, name, node, program->lanes);
    }
}

/* ---- a loss for models that only predict --------------------------------------------------------------- */

/* The loss times a number that can be trained, for a model may have none: those of other tools are constants. */
static bool scale_loss(struct graph *model)
{
    const struct parameter scale = {.name = "tune/scale", .shape = model->loss->shape, .trainable = true};
    struct tensor *pair[] = {model->loss, graph_parameter(model, &scale)};
    model->loss =
        graph_apply(model, &op_binary, &(struct binary){BINARY_MULTIPLY}, pair, 2, model->loss->producer->origin);
    model->trainable_floats = 0;
    graph_finish(model);
    return model->loss != NULL;
}

/* Only the program that can train has the functions that measure. What measures leaves the training out. */
static bool add_loss(struct tune *tune, struct graph *model)
{
    struct stage *stage = arena_alloc(model->arena, sizeof *stage);
    struct origin origin = {.file = model->script};
    for (int i = 0; i < model->n_outputs; i++) {
        struct tensor *pair[] = {model->outputs[i], graph_label(model, model->outputs[i]->shape)};
        model->labels[i].loss = "mse";
        model->labels[i].output = i;
        struct tensor *loss = graph_apply(model, &op_squared_error, NULL, pair, 2, origin);
        struct tensor *sum[] = {model->loss, loss};
        model->loss = !loss || !model->loss ? loss : graph_apply(model, &op_binary, NULL, sum, 2, origin);
        if (!model->loss)
            return false;
    }
    *stage = (struct stage){.optimizer = "sgd",
                            .n_settings = 1,
                            .settings = arena_alloc(model->arena, sizeof(struct setting)),
                            .fresh = true,
                            .batch_size = 1,
                            .epochs = 1};
    stage->settings[0] = (struct setting){.name = "learning_rate"};
    model->training = (struct training){.compiled = true, .better = "", .n_stages = 1, .stages = stage};
    tune->predicts = true;
    return scale_loss(model);
}

/* ---- the programs ---------------------------------------------------------------------------------------- */

static bool compile_choice(struct tune *tune, int choice, struct unit *unit, struct options *options)
{
    *options = tune->command->options;
    options->tuning = arena_alloc(tune->arena, sizeof *options->tuning);
    options->tuning->choice = choice;
    options->emit = EMIT_BENCH;
    struct graph *model = model_read(tune->command, tune->diag);
    if (model && model->key) {
        diag_error(tune->diag, (struct origin){.file = options->script},
                   "`cnnc tune` measures one model, and the script returns several");
        return diag_hint(tune->diag,
                         "a script that returns one of them can be tuned; the lines of its .tune file hold for "
                         "kernels of the same shapes here, too");
    }
    return model && (model->training.compiled || add_loss(tune, model)) && compile_unit(unit, model, options);
}

static bool build_choice(struct tune *tune, int choice)
{
    struct unit unit = {0};
    struct options options;
    time_limit_set(tune->command->time_limit); /* each choice compiles the script anew */
    if (!compile_choice(tune, choice, &unit, &options))
        return false;
    if (choice == 0) {
        add_program(tune, "one", &unit.variants[0].predict);
        add_program(tune, "many", &unit.variants[0].many);
        if (!tune->predicts)
            add_program(tune, "train", &unit.variants[0].train[0]);
    }
    return run_build(&unit, tune->diag, tune->command->self, &tune->programs[choice]);
}

static bool build_all(struct tune *tune)
{
    bool built = build_choice(tune, 0);
    for (int choice = 1; built && choice < tune->choices; choice++)
        built = build_choice(tune, choice);
    return built;
}

/* ---- measuring --------------------------------------------------------------------------------------------- */

/* One kernel of `bench --csv`. */
struct measured {
    char program[16], layer[LAYER_BYTES], op[64];
    double calls, microseconds;
};

static bool read_measured(const char *line, struct measured *m)
{
    /* NOLINTNEXTLINE(cert-err34-c): the numbers are a program's that cnnc has just made. */
    return sscanf(line, "%15[^,],%*[^,],%127[^,],%63[^,],%*d,%lf,%lf", m->program, m->layer, m->op, &m->calls,
                  &m->microseconds) == 5;
}

static void take_measured(struct tune *tune, const struct measured *m, double program_microseconds)
{
    for (int i = 0; i < tune->n_sources; i++) {
        const struct source *source = &tune->sources[i];
        if (source->row < 0 || strcmp(source->program, m->program) != 0 || strcmp(source->layer, m->layer) != 0 ||
            strcmp(source->op, m->op) != 0)
            continue;
        struct shape_row *row = &tune->rows[source->row];
        row->now += m->microseconds;
        row->nodes++;
        double share = m->calls * m->microseconds / program_microseconds;
        row->share = share > row->share ? share : row->share;
    }
}

/* Kernels that have fewer candidates were measured once more with their first, which says nothing new. */
static void end_program(struct tune *tune, int round, int choice)
{
    for (int i = 0; i < tune->n_rows; i++) {
        struct shape_row *row = &tune->rows[i];
        if (row->nodes > 0 && choice < row->count)
            row->times[choice].microseconds[round] = row->now / row->nodes;
        row->nodes = 0;
        row->now = 0;
    }
}

/* What all kernels of a program took. */
static double sum_of_program(FILE *file, const char *program)
{
    char line[LINE_BYTES];
    struct measured m;
    double sum = 0;
    rewind(file);
    while (fgets(line, sizeof line, file))
        if (read_measured(line, &m) && strcmp(m.program, program) == 0)
            sum += m.calls * m.microseconds;
    return sum;
}

static bool read_csv(struct tune *tune, int round, int choice)
{
    static const char *const programs[PROGRAMS] = {"one", "many", "train"};
    char line[LINE_BYTES];
    struct measured m;
    FILE *file = fopen(tune->csv, "r");
    if (!file)
        return diag_error(tune->diag, (struct origin){0}, "cannot read `%s`: %s", tune->csv, strerror(errno));
    for (int i = 0; i < PROGRAMS; i++) {
        double sum = sum_of_program(file, programs[i]);
        rewind(file);
        while (fgets(line, sizeof line, file))
            if (read_measured(line, &m) && strcmp(m.program, programs[i]) == 0)
                take_measured(tune, &m, sum);
    }
    (void)fclose(file); /* only read */
    end_program(tune, round, choice);
    return true;
}

static bool measure(struct tune *tune, int round, int choice)
{
    double share = tune->command->seconds / (TUNE_ROUNDS * PROGRAMS * tune->choices);
    const char *budget = arena_printf(tune->arena, "%.6f", share), *output;
    struct cc program = {.diag = tune->diag};
    return cc_word(&program, tune->programs[choice]) &&
           cc_words(&program, "bench --kernels --threads 1 --seconds") && cc_word(&program, budget) &&
           (!tune->predicts || cc_word(&program, "--predict")) && cc_word(&program, "--csv") &&
           cc_word(&program, tune->csv) && cc_run(&program, &output) && read_csv(tune, round, choice);
}

static bool measure_all(struct tune *tune)
{
    const char *where = getenv("TMPDIR");
    char *csv = arena_printf(tune->arena, "%s/cnnc-tune-XXXXXX", where && *where ? where : "/tmp");
    int file = mkstemp(csv);
    if (file < 0)
        return diag_error(tune->diag, (struct origin){0}, "cannot make a file `%s`: %s", csv, strerror(errno));
    close(file);
    tune->csv = csv;
    bool measured = true;
    time_limit_set(0);
    for (int round = 0; measured && round < TUNE_ROUNDS; round++)
        for (int choice = 0; measured && choice < tune->choices; choice++)
            measured = measure(tune, round, choice);
    unlink(csv);
    return measured;
}

/* ---- choosing ------------------------------------------------------------------------------------------------ */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort_rounds(double *values) { qsort(values, TUNE_ROUNDS, sizeof *values, compare_doubles); }

double tune_median(const struct tune_times *times)
{
    struct tune_times sorted = *times;
    sort_rounds(sorted.microseconds);
    return sorted.microseconds[TUNE_ROUNDS / 2];
}

/* Its median, if that is more than noise; else 0. The best and the worst round are left out of what rounds differ
 * in: something else may have run. Of two tiles that are alike, one passes for the faster once in a hundred
 * times. */
static double advantage_over(const struct tune_times *first, const struct tune_times *other)
{
    double advantage[TUNE_ROUNDS];
    for (int i = 0; i < TUNE_ROUNDS; i++) {
        if (first->microseconds[i] <= 0 || other->microseconds[i] <= 0)
            return 0;
        advantage[i] = 1 - other->microseconds[i] / first->microseconds[i];
    }
    sort_rounds(advantage);
    double median = advantage[TUNE_ROUNDS / 2], spread = advantage[TUNE_ROUNDS - 2] - advantage[1];
    return median > MIN_ADVANTAGE && median > spread ? median : 0;
}

int tune_choose(const struct tune_times *times, int count, double *advantage)
{
    int best = 0;
    *advantage = 0;
    for (int i = 1; i < count; i++) {
        double other = advantage_over(&times[0], &times[i]);
        if (other > *advantage) {
            best = i;
            *advantage = other;
        }
    }
    return best;
}

/* What the old file says of other targets stays; if it cannot be read, it is written over. */
static void keep_others(const struct tune *tune, const char *path, struct tuning *tuning)
{
    struct diag ignored = {.arena = tune->arena};
    struct tuning *old;
    if (!tuning_read(&ignored, path, &old) || !old)
        return;
    for (int i = 0; i < old->count; i++)
        if (strcmp(old->kernels[i].target, tune->target->name) != 0)
            tuning_add(tune->arena, tuning, old->kernels[i]);
}

/* Of the column of kernels. */
static int width_of_names(const struct tune *tune)
{
    int width = 20;
    for (int i = 0; i < tune->n_rows; i++)
        if (tune->rows[i].share >= MIN_SHARE && (int)strlen(tune->rows[i].kernel) > width)
            width = (int)strlen(tune->rows[i].kernel);
    return width;
}

static bool write_choices(const struct tune *tune)
{
    const char *path = tuning_path(tune->arena, tune->command->options.script);
    struct tuning tuning = {0};
    int changed = 0, measured = 0, width = width_of_names(tune);
    keep_others(tune, path, &tuning);
    printf("%-*s %-16s %-32s %10s   %-32s %10s\n", width, "kernel", "layer", "predicted tile", "us", "fastest tile",
           "us");
    for (int i = 0; i < tune->n_rows; i++) {
        const struct shape_row *row = &tune->rows[i];
        double advantage, predicted = tune_median(&row->times[0]);
        if (row->share < MIN_SHARE || predicted == 0)
            continue;
        int choice = tune_choose(row->times, row->count, &advantage);
        double microseconds = predicted * (1 - advantage);
        printf("%-*s %-16s %-32s %10.3f   %-32s %10.3f\n", width, row->kernel, row->layer, row->tile[0], predicted,
               choice ? row->tile[choice] : "the same", microseconds);
        tuning_add(tune->arena, &tuning,
                   (struct tuned){.target = tune->target->name,
                                  .kernel = row->kernel,
                                  .shape = row->shape,
                                  .tile = row->tile[choice],
                                  .microseconds = microseconds,
                                  .predicted_microseconds = predicted});
        measured++;
        changed += choice > 0;
    }
    const char *text = tuning_text(tune->arena, &tuning, tune->command->options.script);
    struct output_file file = {path, text, strlen(text)};
    if (!output_write(tune->diag, &file, 1))
        return false;
    printf("%d of %d kernels are faster with another tile than the predicted one; %s says so to cnnc\n", changed,
           measured, path);
    return true;
}

bool tune_run(const struct command *command, struct diag *diag)
{
    struct tune tune = {
        .command = command, .diag = diag, .arena = diag->arena, .target = command->options.target, .choices = 1};
    return build_all(&tune) && measure_all(&tune) && write_choices(&tune);
}
