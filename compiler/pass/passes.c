/* passes.c -- the passes in the order in which they run: the way from the script's graph to what emit writes. */
#include "pass/pass.h"

#include <string.h>

static bool simplify(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    return pass_simplify(program->graph);
}

static bool lower(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    bool training = program->kind == PROGRAM_TRAIN;
    if (!pass_lower(program->graph, training))
        return false;
    if (training)
        graph_forget_outputs(program->graph);
    return true;
}

static bool grad(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    return pass_grad(program->graph);
}

static bool split(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    return program->graph->optimize == OPTIMIZE_SIZE || pass_split(program->graph);
}

static bool winograd(struct unit *unit, struct program *program, const struct target *target)
{
    if (unit->streams && program->kind != PROGRAM_TRAIN)
        return true; /* its tiles are no rows */
    return pass_winograd(program->graph, target, program->lanes);
}

static bool prepare(struct unit *unit, struct program *program, const struct target *target)
{
    if (program->kind == PROGRAM_TRAIN)
        return program->lanes == target->lanes || pass_pack(program->graph, target);
    return pass_prepare(program->graph, target, &unit->prepared);
}

static bool slopes(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    return program->graph->optimize == OPTIMIZE_SIZE || pass_slopes(program->graph);
}

static bool recompute(struct unit *unit, struct program *program, const struct target *target)
{
    bool small = program->graph->optimize == OPTIMIZE_SIZE;
    return pass_recompute(program, target, unit->options->recomputes || small);
}

static bool stream(struct unit *unit, struct program *program, const struct target *target)
{
    (void)target;
    if (program->kind != PROGRAM_PREDICT || !unit->streams)
        return true;
    bool small = program->graph->optimize == OPTIMIZE_SIZE;
    return pass_stream(program->graph, unit->options->streams ? INT64_MAX : small ? 0 : ram_for_workspace(unit));
}

static bool fuse(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    return pass_fuse(program->graph);
}

static bool schedule(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit;
    return pass_schedule(program, target);
}

static bool plan(struct unit *unit, struct program *program, const struct target *target)
{
    (void)unit, (void)target;
    return pass_plan(program);
}

const struct pass pass_table[] = {
    {"script", "the graph as the script built it", ON_MODEL, NULL},
    {"simplify", "rewrites that are true in training and inference alike", ON_MODEL, simplify},
    {"lower", "ops of training only, or of inference only", ON_INFERENCE | ON_TRAINING, lower},
    {"grad", "appends the way backward", ON_TRAINING, grad},
    {"split", "large kernels of matmul, and their gradients, are shared out by parameters", ON_TRAINING, split},
    {"winograd", "3x3 convolutions with fewer products, where that pays", ON_INFERENCE | ON_TRAIN_PROGRAM,
     winograd},
    {"prepare", "folds and packs parameters for the kernels that read them", ON_INFERENCE | ON_TRAIN_PROGRAM,
     prepare},
    {"slopes", "gradients of normalizations compute that of the nonlinearity behind", ON_TRAIN_PROGRAM, slopes},
    {"recompute", "what is cheap is made again for gradients, and not kept", ON_TRAIN_PROGRAM, recompute},
    {"stream", "images pass through the layers row by row, where memory is short", ON_PROGRAM, stream},
    {"fuse", "gives kernels what follows them to compute", ON_PROGRAM, fuse},
    {"schedule", "picks a kernel for every node, its tile, loops and layout", ON_PROGRAM, schedule},
    {"plan", "gives every tensor its place in memory", ON_PROGRAM, plan},
    {NULL, NULL, 0, NULL},
};

/* --dump PASS prints the graph behind that pass, of every program that it works on. */
static void dump(const struct unit *unit, const struct pass *pass, const char *name, const struct graph *graph)
{
    if (!unit->options->dump || strcmp(unit->options->dump, pass->name) != 0)
        return;
    printf("-- %s%s%s\n", pass->name, name ? " of " : "", name ? name : "");
    graph_dump(graph, stdout);
}

bool passes_run(struct unit *unit, struct program *program, const struct target *target, int on, const char *name)
{
    for (const struct pass *pass = pass_table; pass->name; pass++) {
        if (!(pass->on & on))
            continue;
        if (pass->run && !pass->run(unit, program, target))
            return false;
        dump(unit, pass, name, program->graph);
    }
    return true;
}
