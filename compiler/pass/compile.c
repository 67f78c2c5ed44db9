/* compile.c -- from the script's graph to programs ready to be emitted. */
#include "kernel/kernel.h"
#include "pass/pass.h"

#include <string.h>

/* The largest tensor in memory that a layer made; NULL: none. */
static const struct tensor *largest_tensor(const struct graph *graph)
{
    const struct tensor *largest = NULL;
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *tensor = graph->tensors[i];
        if (tensor->storage == STORE_NONE || !tensor->producer || tensor->producer->origin.line == 0)
            continue;
        if (!largest || shape_count(&tensor->shape) > shape_count(&largest->shape))
            largest = tensor;
    }
    return largest;
}

/* A network that no machine holds is a mistake, which a C compiler would put in other words. */
static bool fits_memory(const struct program *program, const char *name)
{
    const int64_t max = (int64_t)1 << 36;
    struct graph *graph = program->graph;
    int64_t largest = program->workspace_bytes;
    largest = program->saved_bytes > largest ? program->saved_bytes : largest;
    largest = program->partial_bytes > largest ? program->partial_bytes : largest;
    if (largest <= max)
        return true;
    const struct tensor *tensor = largest_tensor(graph);
    diag_error(graph->diag, tensor ? tensor->producer->origin : (struct origin){.file = graph->script},
               "%s needs %s bytes of memory in one piece, and %s at most are possible", name,
               number_text(graph->arena, largest), number_text(graph->arena, max));
    return tensor ? diag_hint(graph->diag, "its largest tensor, %s, is made here",
                              shape_text(graph->arena, &tensor->shape))
                  : false;
}

/* Of a program, among those of all variants and models. */
static const char *name_for(const struct unit *unit, const char *name, const struct target *target)
{
    struct arena *arena = unit->model->arena;
    if (unit->model->key)
        name = name ? arena_printf(arena, "%s, model %s", name, unit->model->key) : unit->model->key;
    return target && unit->n_variants > 1 ? arena_printf(arena, "%s for %s", name, target->name) : name;
}

static bool finish(struct unit *unit, struct program *program, const struct target *target, const char *name)
{
    name = name_for(unit, name, target);
    return passes_run(unit, program, target, ON_PROGRAM, name) && fits_memory(program, name);
}

static void forget_loss(struct graph *graph)
{
    graph->loss = graph->penalty = NULL;
    graph->n_labels = graph->n_metrics = 0;
    graph_sweep(graph);
}

/* All programs of inference share what is prepared from the parameters, so they are copied from one graph. */
static bool infer_variant(struct unit *unit, struct variant *variant, const struct graph *graph, bool train)
{
    int lanes = variant->target->lanes;
    variant->predict = (struct program){.kind = PROGRAM_PREDICT, .graph = graph_copy(graph), .lanes = 1};
    forget_loss(variant->predict.graph);
    if (!pass_keep(variant->predict.graph))
        return false;
    if (!finish(unit, &variant->predict, variant->target, "predict"))
        return false;
    if (!ram_counts(unit)) {
        variant->many = (struct program){.kind = PROGRAM_MANY, .graph = graph_copy(graph), .lanes = lanes};
        forget_loss(variant->many.graph);
        if (!finish(unit, &variant->many, variant->target, "many"))
            return false;
    }
    if (!train)
        return true;
    variant->evaluate = (struct program){.kind = PROGRAM_EVALUATE, .graph = graph_copy(graph), .lanes = lanes};
    graph_forget_outputs(variant->evaluate.graph);
    return finish(unit, &variant->evaluate, variant->target, "evaluate");
}

static bool infer(struct unit *unit, struct graph *model, bool train)
{
    /* For all variants alike, as what is prepared is. */
    struct program program = {.kind = PROGRAM_PREDICT, .graph = graph_copy(model), .lanes = 1};
    program.graph->n_constraints = 0;
    if (!train)
        forget_loss(program.graph);
    if (!passes_run(unit, &program, unit->options->target, ON_INFERENCE, name_for(unit, "inference", NULL)))
        return false;
    for (int i = 0; i < unit->n_variants; i++)
        if (!infer_variant(unit, &unit->variants[i], program.graph, train))
            return false;
    return true;
}

/* What a prediction would take at least. */
static bool weigh_rows(struct unit *unit, struct graph *model)
{
    struct unit least = *unit;
    least.streams = true;
    if (unit->streams || !unit->options->weighs_rows)
        return true;
    if (!infer(&least, model, false))
        return false;
    int64_t bytes = least.variants[0].predict.workspace_bytes;
    unit->rows_workspace_bytes = bytes < unit->variants[0].predict.workspace_bytes ? bytes : 0;
    return true;
}

/* The fastest C takes memory as it comes; where that is too much, images go through the layers row by row. */
static bool compile_inference(struct unit *unit, struct graph *model, bool train)
{
    unit->streams = unit->options->streams || model->optimize == OPTIMIZE_SIZE;
    if (!infer(unit, model, train))
        return false;
    if (ram_suffices(unit, unit->streams))
        return weigh_rows(unit, model) && flash_suffices(unit);
    if (unit->streams)
        return false;
    unit->streams = true;
    return infer(unit, model, train) && ram_suffices(unit, true) && flash_suffices(unit);
}

/* Each gradient group has an array of the gradients that are summed by samples, which is cleared and summed in every
 * step: more groups can keep more threads busy, but cost memory traffic once the arrays leave the cache. Where RAM counts
 * there is one. */
static int gradient_groups(const struct graph *graph, int64_t trained_floats)
{
    int64_t floats = trained_floats;
    if (graph->optimize == OPTIMIZE_SIZE)
        return 1;
    for (int i = 0; i < graph->n_gradients; i++)
        if (graph->gradients[i].parts[0]->producer->op->by_parameters)
            floats -= shape_count(&graph->gradients[i].parameter->shape);
    return floats <= 1 << 16 ? 8 : floats <= 1 << 19 ? 4 : 2;
}

/* ---- training ---- */

/* "training", or "training 2" where there are several. */
static const char *training_name(const struct unit *unit, int index)
{
    return unit->n_trains > 1 ? arena_printf(unit->model->arena, "training %d", index + 1) : "training";
}

/* Those of the parameters that a stage trains. */
static void keep_constraints(struct graph *graph, const struct stage *stage)
{
    int count = graph->n_constraints;
    graph->n_constraints = 0;
    for (int i = 0; i < count; i++)
        if (!stage_freezes(stage, graph->constraints[i].parameter))
            graph->constraints[graph->n_constraints++] = graph->constraints[i];
}

/* The graph of a stage: what is frozen in it, and the way back. */
static struct graph *differentiated(struct unit *unit, const struct graph *model, const struct stage *stage,
                                    const char *name)
{
    struct graph *graph = graph_copy(model);
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->role == ROLE_PARAMETER)
            graph->tensors[i]->frozen = stage_freezes(stage, graph->tensors[i]->parameter);
    graph->loss->producer->origin.line = stage->compiled_at.line; /* the first one's, until here */
    graph->loss_scale = stage->loss_scale;
    keep_constraints(graph, stage);
    struct program program = {.kind = PROGRAM_TRAIN, .graph = graph, .lanes = 1};
    name = name_for(unit, name, NULL);
    return passes_run(unit, &program, unit->options->target, ON_TRAINING, name) ? graph : NULL;
}

/* A training step that goes through a batch in blocks of so many samples. */
static bool compile_step(struct unit *unit, struct program *program, const struct target *target, int lanes,
                         const struct graph *graph, const char *name)
{
    program->graph = graph_copy(graph);
    program->lanes = lanes;
    program->groups = gradient_groups(graph, program->trained_floats);
    return passes_run(unit, program, target, ON_TRAIN_PROGRAM, name_for(unit, name, target)) &&
           finish(unit, program, target, name);
}

/* Can each sample be computed by itself? */
static bool can_go_singly(const struct graph *graph, const struct target *target)
{
    for (int i = 0; i < graph->n_nodes; i++)
        if (!kernels_take_one(graph->nodes[i]->op))
            return false;
    return target->lanes > 1 && graph->optimize == OPTIMIZE_SPEED;
}

/* Sets *lanes. Where both ways are possible, they are compiled to be compared, without a word. */
static bool choose_lanes(struct unit *unit, const struct program *program, const struct target *target,
                         const struct graph *graph, const char *name, int *lanes)
{
    struct options quiet = *unit->options;
    struct unit trial = *unit;
    struct program blocks = *program, singly = *program;
    quiet.dump = NULL;
    trial.options = &quiet;
    *lanes = target->lanes;
    if (quiet.batches == BATCHES_IN_BLOCKS || !can_go_singly(graph, target))
        return true;
    if (quiet.batches == BATCHES_BY_COST && (!compile_step(&trial, &singly, target, 1, graph, name) ||
                                             !compile_step(&trial, &blocks, target, *lanes, graph, name)))
        return false;
    if (quiet.batches == BATCHES_SINGLY || step_goes_singly(&blocks, &singly, target))
        *lanes = 1;
    return true;
}

static bool compile_train_program(struct unit *unit, struct variant *variant, int index, const struct graph *graph)
{
    struct program *program = &variant->train[index];
    const char *name = training_name(unit, index);
    int lanes;
    if (!choose_lanes(unit, program, variant->target, graph, name, &lanes) ||
        !compile_step(unit, program, variant->target, lanes, graph, name))
        return false;
    step_divide(program);
    return true;
}

/* What the runtime is told of a model has arrays of so many. */
static bool can_be_described(const struct graph *model, bool describes)
{
    if (model->n_inputs <= ARRAYS_MAX && model->n_outputs <= ARRAYS_MAX)
        return true;
    diag_error(model->diag, (struct origin){.file = model->script},
               "a model with %d inputs and %d outputs cannot %s: it may have %d of each", model->n_inputs,
               model->n_outputs,
               model->training.compiled ? "be trained"
               : describes              ? "have a program"
                                        : "be trained, nor stand in a file that trains another",
               ARRAYS_MAX);
    return diag_hint(model->diag, "compile it with --emit infer to predict with it");
}

static bool compile_training(struct unit *unit, struct graph *model)
{
    const struct program *list = trainings_list(unit, model);
    for (int i = 0; i < unit->n_variants; i++) {
        unit->variants[i].train = arena_array(model->arena, unit->n_trains, sizeof *list);
        memcpy(unit->variants[i].train, list, (size_t)unit->n_trains * sizeof *list);
    }
    for (int t = 0; t < unit->n_trains; t++) {
        const struct graph *graph = differentiated(unit, model, list[t].stage, training_name(unit, t));
        if (!graph)
            return false;
        for (int i = 0; i < unit->n_variants; i++)
            if (!compile_train_program(unit, &unit->variants[i], t, graph))
                return false;
    }
    return true;
}

static void list_variants(struct unit *unit)
{
    const struct target *target = unit->options->target;
    unit->variants[0].target = target;
    unit->n_variants = 1;
    for (int i = 0; target->variants[i]; i++) {
        unit->variants[i].target = target_find(target->variants[i]);
        unit->n_variants = i + 1;
    }
}

bool embed_parameters(struct unit *unit, const float *parameters)
{
    for (; unit; unit = unit->next) {
        int64_t floats = unit->prepared.floats + unit->prepared.scratch_floats;
        float *embedded = arena_array(unit->model->arena, floats, sizeof *embedded);
        unit->embedded = embedded;
        if (!prepared_evaluate(unit->variants[0].predict.graph, &unit->prepared, parameters, embedded))
            return false;
    }
    return true;
}

/* Does the script compile a model? */
static bool compiles_any(const struct graph *model)
{
    for (; model; model = model->next)
        if (model->training.compiled)
            return true;
    return false;
}

/* Is anything trained? Embedded parameters are constants: a file that has them predicts, whatever the script compiles. */
static bool trains(const struct options *options, bool compiled)
{
    return options->emit == EMIT_TRAIN || options->emit == EMIT_BENCH ||
           (options->emit == EMIT_DEFAULT && compiled && !options->weights);
}

static bool check_options(const struct options *options, struct graph *model)
{
    bool compiled = compiles_any(model);
    const char *name = options->emit == EMIT_BENCH ? "bench" : "train";
    if (!trains(options, compiled))
        return true;
    if (options->weights)
        return diag_error(model->diag, (struct origin){.file = options->script},
                          "--weights embeds constants, which cannot be trained: leave out --emit %s", name);
    if (compiled)
        return true;
    diag_error(model->diag, (struct origin){.file = options->script}, "--emit %s needs a loss, but the %s", name,
               model->is_imported ? "model has none" : "script does not compile the model");
    if (model->is_imported)
        return diag_hint(model->diag, "`cnnc import` makes a script of it; add model:compile{...} there");
    return diag_hint(model->diag, "add model:compile{optimizer = \"adam\", loss = ...}");
}

static bool compile_model(struct unit *unit, struct graph *model)
{
    const struct options *options = unit->options;
    if (unit->described && !can_be_described(model, options->describes))
        return false;
    list_variants(unit);
    bool train = unit->described && model->training.compiled;
    if (train && !watch_compile(unit, model, name_for(unit, "layers", NULL)))
        return false;
    struct program script = {.graph = model};
    if (!passes_run(unit, &script, options->target, ON_MODEL, name_for(unit, NULL, NULL)))
        return false;
    if (!compile_inference(unit, model, train) || (train && !compile_training(unit, model)))
        return false;
    unit->many_mode = many_choose(unit);
    if (options->dump && strcmp(options->dump, "schedule") == 0)
        printf("-- many samples are predicted: %s\n", many_mode_names[unit->many_mode]);
    return true;
}

static bool find_tuning(const struct options *options, struct graph *model)
{
    struct tuning *tuning = options->tuning;
    if (!tuning && !options->no_tune && options->script &&
        !tuning_read(model->diag, tuning_path(model->arena, options->script), &tuning))
        return false;
    for (; model; model = model->next) {
        model->optimize = options->optimize;
        model->embeds = options->embeds || options->weights || (model->is_imported && !options->describes);
        model->tuning = tuning;
    }
    return true;
}

bool compile_unit(struct unit *unit, struct graph *model, const struct options *options)
{
    if (!find_tuning(options, model) || !check_options(options, model))
        return false;
    bool described = options->describes || trains(options, compiles_any(model));
    for (;; unit = unit->next) {
        unit->options = options;
        unit->model = model;
        unit->described = described;
        if (!compile_model(unit, model))
            return false;
        model = model->next;
        if (!model)
            return true;
        unit->next = arena_alloc(model->arena, sizeof *unit->next);
    }
}
