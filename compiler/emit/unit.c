/* unit.c -- what templates know of the unit: its models and trainings as Lua's tables.
 *
 * Requires planned programs. The tables mirror the structs of the headers. No C text is written here, only numbers. */
#include "../../runtime/file/file.h"
#include "emit/emit.h"
#include "kernel/kernel.h"

#include <ctype.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

/* What the compiler lets a script have, the runtime has room for. */
_Static_assert((int)SHAPE_MAX_RANK <= (int)CNN_MAX_RANK, "shapes");
_Static_assert((int)ARRAYS_MAX <= (int)CNN_MAX_ARRAYS, "inputs and outputs");

/* A file that the script names is looked for beside it first: its path, from where cnnc runs, as a string of C may have it. NULL:
 * none is named. */
static const char *beside_script(const struct unit *unit, const char *file)
{
    const char *script = unit->options->script, *slash = script ? strrchr(script, '/') : NULL;
    struct arena *arena = unit->model->arena;
    while (slash && script < slash && strncmp(script, "./", 2) == 0)
        script += 2;
    if (!file || !slash || script > slash)
        return file;
    char *folder = arena_alloc(arena, 4 * (size_t)(slash - script) + 1), *to = folder;
    for (; script < slash; script++)
        if (isalnum((unsigned char)*script) || strchr("/._-", *script))
            *to++ = *script;
        else
            to += snprintf(to, sizeof "\\ooo", "\\%03o", (unsigned)(unsigned char)*script);
    *to = '\0';
    return arena_printf(arena, "%s/%s", folder, file);
}

static void set_parameters(lua_State *lua, const struct unit *unit)
{
    const struct graph *graph = unit->model;
    lua_createtable(lua, graph->n_in_memory, 0);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct parameter *parameter = graph->parameters_in_memory[i];
        lua_newtable(lua);
        field_text(lua, "name", parameter->name);
        field_text(lua, "macro", parameter->macro);
        field_ints(lua, "shape", parameter->shape.dim, parameter->shape.rank);
        field_int(lua, "offset", parameter->offset);
        field_int(lua, "count", shape_count(&parameter->shape));
        field_bool(lua, "trainable", parameter->trainable && !parameter->frozen);
        field_text(lua, "initializer", initializer_names[parameter->initializer]);
        field_number(lua, "a", parameter->a);
        field_number(lua, "b", parameter->b);
        field_text(lua, "file", beside_script(unit, parameter->file));
        field_text(lua, "name_in_file", parameter->name_in_file);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "parameters");
}

static void set_adaptations(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua);
    for (int i = 0; i < graph->n_adaptations; i++) {
        const struct adaptation *adaptation = &graph->adaptations[i];
        lua_newtable(lua);
        field_int(lua, "input", adaptation->input);
        field_int(lua, "mean", adaptation->mean->offset);
        field_int(lua, "variance", adaptation->variance->offset);
        field_int(lua, "count", shape_count(&adaptation->mean->shape));
        field_int(lua, "inner", adaptation->inner);
        field_number(lua, "scale", adaptation->scale);
        field_number(lua, "offset", adaptation->offset);
        field_text(lua, "layer", adaptation->at.layer);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "adaptations");
}

/* What a report shows of a layer. */
static void set_watched(lua_State *lua, const struct unit *unit, int index)
{
    const struct layer *layer = unit->model->layers[index];
    const struct reach *reach = unit->watch.reaches ? &unit->watch.reaches[index] : NULL;
    field_int(lua, "watched", unit->watch.places ? unit->watch.places[index] : -1);
    lua_createtable(lua, layer->n_connections, 0);
    for (int i = 0; i < layer->n_connections; i++) {
        lua_pushinteger(lua, layer->connections[i].layer);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "from");
    if (!reach || reach->window[0] == 0)
        return;
    field_ints(lua, "window", reach->window, 2);
    field_ints(lua, "stride", reach->stride, 2);
    field_ints(lua, "before", reach->before, 2);
}

static void set_layers(lua_State *lua, const struct unit *unit)
{
    const struct graph *graph = unit->model;
    lua_createtable(lua, graph->n_layers, 0);
    for (int i = 0; i < graph->n_layers; i++) {
        const struct layer *layer = graph->layers[i];
        int64_t parameters = 0;
        for (int j = 0; j < layer->n_parameters; j++)
            parameters += shape_count(&layer->parameters[j]->shape);
        lua_newtable(lua);
        field_text(lua, "name", layer->name);
        field_text(lua, "type", layer->type);
        field_ints(lua, "shape", layer->outputs[0]->shape.dim, layer->outputs[0]->shape.rank);
        field_int(lua, "parameters", parameters);
        field_int(lua, "multiply_adds", graph_work(graph, layer->name));
        set_watched(lua, unit, i);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "layers");
}

static void set_callbacks(lua_State *lua, const struct stage *stage)
{
    lua_newtable(lua);
    for (int i = 0; i < stage->n_callbacks; i++) {
        lua_newtable(lua);
        for (int j = 0; j < stage->callbacks[i].n_members; j++) {
            const struct callback_member *member = &stage->callbacks[i].members[j];
            lua_newtable(lua);
            field_text(lua, "name", member->name);
            field_text(lua, "text", member->text);
            for (int k = 0; !member->text && k < abs(member->n_numbers); k++) {
                lua_pushnumber(lua, member->numbers[k]);
                lua_rawseti(lua, -2, k + 1);
            }
            field_bool(lua, "list", member->n_numbers >= 0);
            lua_rawseti(lua, -2, j + 1);
        }
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "callbacks");
}

/* What the descriptor says of a stage. */
static void push_stage(lua_State *lua, const struct unit *unit, int index)
{
    const struct stage *stage = &unit->model->training.stages[index];
    lua_newtable(lua);
    field_optimizer(lua, stage);
    field_int(lua, "program", unit->train_of[index] + 1);
    field_int(lua, "line", stage->at.line);
    field_bool(lua, "fresh", stage->fresh);
    field_int(lua, "batch_size", stage->batch_size);
    field_int(lua, "epochs", stage->epochs);
    field_int(lua, "initial_epoch", stage->initial_epoch);
    field_int(lua, "steps_per_epoch", stage->steps_per_epoch);
    field_int(lua, "validation_steps", stage->validation_steps);
    field_int(lua, "validation_freq", stage->validation_freq);
    lua_createtable(lua, stage->n_class_weights, 0);
    for (int i = 0; i < stage->n_class_weights; i++) {
        lua_pushnumber(lua, stage->class_weights[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "class_weights");
    field_bool(lua, "shuffle", stage->shuffle);
    field_int(lua, "verbose", stage->verbose);
    field_number(lua, "validation_split", stage->validation_split);
    set_callbacks(lua, stage);
}

static void set_training(lua_State *lua, const struct unit *unit)
{
    const struct training *training = &unit->model->training;
    lua_newtable(lua);
    field_bool(lua, "compiled", training->compiled);
    field_bool(lua, "fitted", training->fitted);
    field_bool(lua, "summarizes", training->summarizes);
    field_bool(lua, "evaluates", training->evaluates);
    field_int(lua, "evaluate_batch", training->evaluate_batch);
    field_text(lua, "save", training->save);
    field_text(lua, "history", training->history);
    field_text(lua, "weights", beside_script(unit, training->weights));
    field_bool(lua, "begins_with_weights", training->begins_with_weights);
    lua_newtable(lua);
    for (int i = 0; unit->train_of && i < training->n_stages; i++) {
        push_stage(lua, unit, i);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "stages");
    lua_newtable(lua);
    for (int i = 0; i < training->n_columns; i++) {
        lua_pushstring(lua, training->columns[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "columns");
    field_text(lua, "better", training->better);
    field_rule(lua, "finish", &training->finish);
    lua_setfield(lua, -2, "training");
}

static void set_target(lua_State *lua, const struct target *target)
{
    lua_newtable(lua);
    field_text(lua, "name", target->name);
    field_text(lua, "flags", target->flags ? target->flags : "");
    field_text(lua, "guard", target->guard);
    field_text(lua, "needs", target->needs);
    field_text(lua, "header", target->header);
    field_text(lua, "features", target->features);
    field_text(lua, "test", target->test);
    field_int(lua, "lanes", target->lanes);
    field_int(lua, "registers", target->registers);
    lua_setfield(lua, -2, "target");
}

/* A path as a comment of C can hold it: one line, which neither ends the comment nor begins another, nor is read in
 * another direction. */
static const char *comment_text(struct arena *arena, const char *path)
{
    char *text = arena_strdup(arena, path);
    cnn_make_printable(text);
    for (char *p = text; *p; p++)
        if (*p == '?' || *p == '*')
            *p = '_';
    return text;
}

/* What functions of the model begin with: the file's name, and behind it the model's where the script returns several. */
static const char *prefix_of(const struct unit *unit)
{
    const char *key = unit->model->key;
    return key ? arena_printf(unit->model->arena, "%s_%s", unit->options->name, key) : unit->options->name;
}

static void set_variants(lua_State *lua, const struct unit *unit)
{
    lua_createtable(lua, unit->n_variants, 0);
    for (int i = 0; i < unit->n_variants; i++) {
        const struct variant *variant = &unit->variants[i];
        lua_newtable(lua);
        set_target(lua, variant->target);
        field_program(lua, "predict", &variant->predict);
        field_program(lua, "many", &variant->many);
        field_program(lua, "evaluate", &variant->evaluate);
        if (i == unit->n_variants - 1)
            field_program(lua, "watch", &unit->watch.program);
        lua_newtable(lua);
        for (int t = 0; t < unit->n_trains; t++) {
            program_push(lua, "train", &variant->train[t]);
            lua_rawseti(lua, -2, t + 1);
        }
        lua_setfield(lua, -2, "trains");
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "variants");
}

void unit_push(lua_State *lua, const struct unit *unit)
{
    const struct graph *model = unit->model;
    lua_newtable(lua);
    field_text(lua, "name", prefix_of(unit));
    field_text(lua, "file", unit->options->name);
    field_text(lua, "key", model->key);
    field_bool(lua, "described", unit->described);
    field_text(lua, "output", unit->options->output ? unit->options->output : "-");
    field_text(lua, "version", CNNC_VERSION);
    field_text(lua, "script", comment_text(model->arena, model->script));
    field_int(lua, "seed", (int64_t)unit->options->seed);
    field_digest(lua, model->digest);
    field_bool(lua, "small", model->optimize == OPTIMIZE_SIZE);
    field_int(lua, "parameter_floats", model->parameter_floats);
    field_int(lua, "trainable_floats", model->trainable_floats);
    field_int(lua, "update_chunk", step_chunk(model, NULL));
    field_int(lua, "run", RUN);
    field_int(lua, "step_alignment", STEP_ALIGNMENT);
    field_int(lua, "prepared_floats", unit->prepared.floats);
    field_int(lua, "scratch_floats", unit->prepared.scratch_floats);
    field_bool(lua, "embeds", unit->embedded != NULL);
    if (unit->trained_on)
        field_text(lua, "trained_on", comment_text(model->arena, unit->trained_on));
    field_text(lua, "predicts_many", many_mode_names[unit->many_mode]);
    field_bool(lua, "reads_parameters", unit->prepared.direct_floats > 0);
    field_bool(lua, "measures", unit->options->emit == EMIT_BENCH);
    field_tensors(lua, "inputs", model->inputs, model->n_inputs);
    field_tensors(lua, "outputs", model->outputs, model->n_outputs);
    field_labels(lua, model);
    field_texts(lua, "inputs_named", model->input_names, model->n_inputs);
    field_texts(lua, "outputs_named", model->output_names, model->n_outputs);
    set_target(lua, unit->options->target);
    set_training(lua, unit);
    set_parameters(lua, unit);
    set_layers(lua, unit);
    set_adaptations(lua, model);
    set_variants(lua, unit);
    field_int(lua, "watched_floats", unit->watch.floats);
    field_int(lua, "watch_prepared_floats", unit->watch.prepared.floats + unit->watch.prepared.scratch_floats);
    field_bool(lua, "has_text", numbers_are_text(unit));
    numbers_push(lua, unit);
    lua_setfield(lua, -2, "embedded");
}
