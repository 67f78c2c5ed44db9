/* compile.c -- from the script's graph to programs ready to be emitted. */
#include "cnnc.h"

#include <string.h>

/* --dump=STAGE prints the graph after that stage; stages of several programs print each of them. */
static void dump(const struct unit *unit, const char *stage, const char *program, const struct graph *graph)
{
    if (!unit->options->dump || strcmp(unit->options->dump, stage) != 0)
        return;
    printf("-- %s%s%s\n", stage, program ? " of " : "", program ? program : "");
    graph_dump(graph, stdout);
}

static bool finish(struct unit *unit, struct program *program, const char *name)
{
    if (!pass_fuse(program->graph))
        return false;
    dump(unit, "fuse", name, program->graph);
    if (!pass_schedule(program, unit->options->target))
        return false;
    dump(unit, "schedule", name, program->graph);
    if (!pass_plan(program))
        return false;
    dump(unit, "plan", name, program->graph);
    return true;
}

static void forget_loss(struct graph *graph)
{
    graph->loss = graph->label = NULL;
    memset(graph->metrics, 0, sizeof graph->metrics);
    graph_sweep(graph);
}

static void forget_outputs(struct graph *graph)
{
    for (int i = 0; i < graph->n_outputs; i++)
        graph->outputs[i]->is_output = false;
    graph->n_outputs = 0;
    graph_sweep(graph);
}

/* All programs of inference share what is prepared from the parameters, so they are copied from one graph. */
static bool compile_inference(struct unit *unit, struct graph *model, bool train)
{
    const struct target *target = unit->options->target;
    struct graph *graph = graph_copy(model);
    if (!pass_lower(graph, false))
        return false;
    dump(unit, "lower", "inference", graph);
    if (!pass_prepare(graph, target, &unit->prepared))
        return false;
    dump(unit, "prepare", "inference", graph);
    unit->evaluate = (struct program){.kind = PROGRAM_EVALUATE, .graph = graph_copy(graph), .lanes = target->lanes};
    forget_loss(graph);
    unit->many = (struct program){.kind = PROGRAM_MANY, .graph = graph_copy(graph), .lanes = target->lanes};
    unit->predict = (struct program){.kind = PROGRAM_PREDICT, .graph = graph, .lanes = 1};
    if (!finish(unit, &unit->predict, "predict") || !finish(unit, &unit->many, "many"))
        return false;
    if (!train) {
        unit->evaluate.graph = NULL;
        return true;
    }
    forget_outputs(unit->evaluate.graph);
    return finish(unit, &unit->evaluate, "evaluate");
}

enum { GRADIENT_GROUPS = 8 };

static bool compile_training(struct unit *unit, struct graph *model)
{
    struct graph *graph = graph_copy(model);
    unit->train = (struct program){
        .kind = PROGRAM_TRAIN, .graph = graph, .lanes = unit->options->target->lanes, .groups = GRADIENT_GROUPS};
    if (graph->n_inputs != 1 || graph->n_outputs != 1) {
        diag_error(graph->diag, (struct origin){.file = graph->script},
                   "a model with %d inputs and %d outputs cannot be trained: it must have one of each", graph->n_inputs,
                   graph->n_outputs);
        return diag_hint(graph->diag, "compile it with --emit infer to predict with it");
    }
    if (!pass_lower(graph, true))
        return false;
    forget_outputs(graph);
    dump(unit, "lower", "training", graph);
    if (!pass_grad(graph))
        return false;
    dump(unit, "grad", "training", graph);
    return finish(unit, &unit->train, "training");
}

bool compile_unit(struct unit *unit, struct graph *model, const struct options *options)
{
    unit->options = options;
    unit->model = model;
    dump(unit, "script", NULL, model);
    if (!pass_simplify(model))
        return false;
    dump(unit, "simplify", NULL, model);
    /* Embedded parameters are constants: a file that has them predicts, whatever the script compiles. */
    bool train = options->emit == EMIT_TRAIN ||
                 (options->emit == EMIT_DEFAULT && model->training.compiled && !options->weights);
    if (train && options->weights)
        return diag_error(model->diag, (struct origin){.file = options->script},
                          "--weights embeds constants, which cannot be trained: leave out --emit train");
    if (train && !model->training.compiled) {
        diag_error(model->diag, (struct origin){.file = options->script},
                   "--emit train needs a loss, but the script does not compile the model");
        return diag_hint(model->diag, "add model:compile{optimizer = \"adam\", loss = ...}");
    }
    if (!compile_inference(unit, model, train) || (train && !compile_training(unit, model)))
        return false;
    if (!options->weights)
        return true;
    const float *parameters = weights_read(model, options->weights);
    if (!parameters)
        return false;
    float *embedded = arena_array(model->arena, unit->prepared.floats + unit->prepared.scratch_floats, sizeof *embedded);
    prepared_evaluate(unit->predict.graph, &unit->prepared, parameters, embedded);
    unit->embedded = embedded;
    return true;
}
