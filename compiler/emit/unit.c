/* unit.c -- what templates know of the unit: its programs and models as Lua's tables.
 *
 * Requires planned programs. The tables mirror the structs of the headers. No C text is written here, only numbers. */
#include "../../runtime/file/file.h"
#include "emit/emit.h"
#include "kernel/kernel.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

/* What the compiler lets a script have, the runtime has room for. */
_Static_assert((int)SHAPE_MAX_RANK <= (int)CNN_MAX_RANK, "shapes");
_Static_assert((int)ARRAYS_MAX <= (int)CNN_MAX_ARRAYS, "inputs and outputs");

/* ---- fields of the table on top of the stack ---- */

static void set_int(lua_State *lua, const char *name, int64_t value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_number(lua_State *lua, const char *name, double value)
{
    lua_pushnumber(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_bool(lua_State *lua, const char *name, bool value)
{
    lua_pushboolean(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_text(lua_State *lua, const char *name, const char *value)
{
    if (!value)
        return;
    lua_pushstring(lua, value);
    lua_setfield(lua, -2, name);
}

static void set_ints(lua_State *lua, const char *name, const int64_t *values, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushinteger(lua, values[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

/* ---- tensors and nodes ---- */

static void push_tensor(lua_State *lua, const struct tensor *tensor)
{
    if (!tensor) {
        lua_pushboolean(lua, false);
        return;
    }
    const struct tensor *memory = tensor->alias ? tensor->alias : tensor;
    bool parameter = memory->role == ROLE_PARAMETER;
    bool own = tensor->shift || tensor->stride; /* the place has a name */
    lua_createtable(lua, 0, 16);
    set_int(lua, "id", own ? tensor->id : memory->id);
    set_int(lua, "memory", memory->id);
    set_int(lua, "shift", tensor->shift);
    set_int(lua, "stride", tensor->stride);
    set_text(lua, "made_by", tensor->producer ? tensor->producer->op->name : "");
    set_text(lua, "name", tensor->name);
    set_ints(lua, "shape", tensor->shape.dim, tensor->shape.rank);
    set_int(lua, "count", shape_count(&tensor->shape));
    set_bool(lua, "shared", tensor->scope == SCOPE_SHARED);
    set_text(lua, "role", role_names[memory->role]);
    set_bool(lua, "planar", memory->planar);
    set_text(lua, "element", element_c_types[tensor->element]);
    set_int(lua, "bytes", tensor_bytes(tensor));
    set_text(lua, "storage", storage_names[memory->storage]);
    set_int(lua, "offset", parameter ? memory->parameter->offset * (int64_t)sizeof(float) : memory->offset);
    set_int(lua, "combined_offset", memory->combined_offset);
    set_bool(lua, "rescales", memory->rescales);
    set_int(lua, "indices", memory->indices);
}

static void set_tensor(lua_State *lua, const char *name, const struct tensor *tensor)
{
    push_tensor(lua, tensor);
    lua_setfield(lua, -2, name);
}

static void set_tensors(lua_State *lua, const char *name, struct tensor *const *tensors, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        push_tensor(lua, tensors[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

static void set_texts(lua_State *lua, const char *name, const char *const *texts, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; texts && i < count; i++) {
        lua_pushstring(lua, texts[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

/* The member of a struct that `a` describes. */
static void set_member(lua_State *lua, const void *of, const struct attribute *a)
{
    const void *at = (const char *)of + a->offset;
    const struct shape *shape = at;
    switch (a->type) {
    case ATTRIBUTE_INT:
    case ATTRIBUTE_COUNT: set_int(lua, a->name, *(const int64_t *)at); break;
    case ATTRIBUTE_FLOAT: set_number(lua, a->name, *(const double *)at); break;
    case ATTRIBUTE_BOOL: set_bool(lua, a->name, *(const bool *)at); break;
    case ATTRIBUTE_CHOICE: set_text(lua, a->name, a->choices[*(const int *)at]); break;
    case ATTRIBUTE_PAIR: set_ints(lua, a->name, at, 2); break;
    case ATTRIBUTE_QUAD: set_ints(lua, a->name, at, 4); break;
    case ATTRIBUTE_SHAPE: set_ints(lua, a->name, shape->dim, shape->rank); break;
    }
}

/* A table of the members. */
static void push_struct(lua_State *lua, const void *of, const struct attribute *members)
{
    lua_newtable(lua);
    for (const struct attribute *member = members; member && member->name; member++)
        set_member(lua, of, member);
}

static void set_loops(lua_State *lua, const struct node *node)
{
    const struct epilogue *epilogue = node->epilogue;
    if (node->nest) {
        push_struct(lua, node->nest, nest_members);
        lua_setfield(lua, -2, "nest");
    }
    if (!epilogue)
        return;
    push_struct(lua, epilogue, epilogue_members);
    set_bool(lua, "argmax", epilogue->argmax != NULL);
    if (epilogue->nonlinearity)
        push_struct(lua, epilogue->nonlinearity->attributes, epilogue->nonlinearity->op->attributes);
    else
        lua_pushboolean(lua, false);
    lua_setfield(lua, -2, "nonlinearity");
    lua_setfield(lua, -2, "epilogue");
}

/* NOLINTNEXTLINE(misc-no-recursion): one level deep, since what is fused has nothing fused into it. */
static void push_node(lua_State *lua, const struct node *node)
{
    lua_createtable(lua, 0, 20);
    set_int(lua, "id", node->id);
    set_text(lua, "op", node->op->name);
    set_text(lua, "layer", node->origin.layer);
    set_text(lua, "type", node->origin.type);
    set_int(lua, "line", node->origin.line);
    set_bool(lua, "backward", node->direction == BACKWARD);
    set_bool(lua, "once", node->once);
    set_bool(lua, "parallel", node->parallel);
    set_bool(lua, "by_batch", node->op->by_batch);
    set_bool(lua, "in_place", node->op->in_place);
    set_bool(lua, "random", node->op->random);
    set_bool(lua, "loads", node->loads);
    set_int(lua, "phase", node->phase);
    set_int(lua, "rounds", node_rounds(node));
    set_int(lua, "loop", node->loop ? node->loop->number : 0);
    set_bool(lua, "before_loop", node->op->border == BORDER_STATE);
    set_int(lua, "work", node->op->work ? node->op->work(node) : 0);
    set_tensors(lua, "ins", node->in, node->n_in);
    set_tensors(lua, "outs", node->out, node->n_out);
    push_struct(lua, node->attributes, node->op->attributes);
    lua_setfield(lua, -2, "attr");
    set_loops(lua, node);
    lua_createtable(lua, node->n_fused, 0);
    for (int i = 0; i < node->n_fused; i++) {
        push_node(lua, node->fused[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "fused");
    if (!node->kernel)
        return;
    set_text(lua, "kernel", node->kernel->name);
    lua_newtable(lua);
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        set_int(lua, node->kernel->tile_names[i], node->tile[i]);
    lua_setfield(lua, -2, "tile");
}

/* ---- programs ---- */

static void set_nodes(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua);
    int count = 0;
    for (int i = 0; i < graph->n_nodes; i++) {
        if (!graph->nodes[i]->kernel)
            continue; /* fused into another, or an alias */
        push_node(lua, graph->nodes[i]);
        lua_rawseti(lua, -2, ++count);
    }
    lua_setfield(lua, -2, "nodes");
}

static void set_updates(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua);
    for (int i = 0; i < graph->n_updates; i++) {
        lua_newtable(lua);
        set_int(lua, "parameter_offset", graph->updates[i].parameter->offset);
        set_text(lua, "parameter", graph->updates[i].parameter->name);
        set_number(lua, "momentum", graph->updates[i].momentum);
        set_tensor(lua, "value", graph->updates[i].value);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "updates");
}

/* Of the parameters that have a gradient. */
static void set_constraints(lua_State *lua, const struct graph *graph)
{
    int count = 0;
    lua_newtable(lua);
    for (int i = 0; i < graph->n_constraints; i++) {
        const struct constraint *constraint = &graph->constraints[i];
        if (!graph_gradient(graph, constraint->parameter))
            continue;
        lua_newtable(lua);
        set_int(lua, "parameter_offset", constraint->parameter->offset);
        set_text(lua, "parameter", constraint->parameter->name);
        set_tensor(lua, "value", constraint->value);
        lua_rawseti(lua, -2, ++count);
    }
    lua_setfield(lua, -2, "constraints");
}

/* The gradients, in the parameters' order, for their names. */
static void set_gradients(lua_State *lua, const struct graph *graph)
{
    int count = 0;
    lua_newtable(lua);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct gradient *gradient = graph_gradient(graph, graph->parameters_in_memory[i]);
        if (!gradient)
            continue;
        lua_newtable(lua);
        set_text(lua, "parameter", gradient->parameter->name);
        set_tensor(lua, "value", gradient->parts[0]);
        lua_rawseti(lua, -2, ++count);
    }
    lua_setfield(lua, -2, "gradients");
}

/* How the optimizer goes through the parameters. */
static void set_runs(lua_State *lua, const struct program *program)
{
    lua_createtable(lua, program->n_runs, 0);
    for (int i = 0; i < program->n_runs; i++) {
        const struct gradient_run *run = &program->runs[i];
        lua_newtable(lua);
        set_int(lua, "parameter_offset", run->parameter_offset);
        set_int(lua, "slot_offset", run->slot_offset);
        set_int(lua, "count", run->count);
        set_int(lua, "partial_offset", run->partial_offset);
        set_number(lua, "l1", run->l1);
        set_number(lua, "l2", run->l2);
        if (run->node)
            set_int(lua, "node_id", run->node->id);
        set_int(lua, "chunks", run->chunks);
        if (run->penalties >= 0)
            set_int(lua, "penalties", run->penalties);
        if (run->squares >= 0)
            set_int(lua, "squares", run->squares);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "runs");
    set_int(lua, "n_sums", program->n_sums);
    set_int(lua, "n_penalties", program->n_penalties);
    set_int(lua, "n_squares", program->n_squares);
}

/* What a step's memory is divided into. */
static void set_parts(lua_State *lua, const struct program *program)
{
    lua_createtable(lua, program->n_parts, 0);
    for (int i = 0; i < program->n_parts; i++) {
        lua_newtable(lua);
        set_text(lua, "name", program->parts[i].name);
        set_text(lua, "times", times_names[program->parts[i].times]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "parts");
}

/* Gradients that are not summed at their parameter's place, and have to be added there. */
static void set_extra_gradients(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua);
    int count = 0;
    for (int i = 0; i < graph->n_gradients; i++)
        for (int j = 0; j < graph->gradients[i].n_parts; j++) {
            const struct tensor *part = graph->gradients[i].parts[j];
            if (part->storage == STORE_GRADIENT || (part->storage == STORE_PARTIAL && part->combined_offset < 0))
                continue;
            lua_newtable(lua);
            set_text(lua, "parameter", graph->gradients[i].parameter->name);
            set_int(lua, "partial_offset", graph->gradients[i].partial_offset);
            set_tensor(lua, "value", part);
            lua_rawseti(lua, -2, ++count);
        }
    lua_setfield(lua, -2, "extra_gradients");
}

static void set_rule(lua_State *lua, const char *name, const struct rule *rule)
{
    lua_newtable(lua);
    for (int i = 0; i < rule->n_lines; i++) {
        const struct rule_line *line = &rule->lines[i];
        lua_newtable(lua);
        set_text(lua, "op", line->op);
        set_text(lua, "name", line->name);
        set_number(lua, "value", line->value);
        lua_newtable(lua);
        for (int j = 0; j < line->n_operands; j++) {
            lua_pushinteger(lua, line->operands[j] + 1);
            lua_rawseti(lua, -2, j + 1);
        }
        lua_setfield(lua, -2, "operands");
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, name);
}

/* As C writes it. */
static void set_digest(lua_State *lua, uint64_t digest)
{
    char text[24];
    snprintf(text, sizeof text, "0x%016" PRIx64 "u", digest);
    set_text(lua, "digest", text);
}

/* The optimizer that the stage's compile made. */
static void set_optimizer(lua_State *lua, const struct stage *stage)
{
    set_text(lua, "optimizer", stage->optimizer);
    set_number(lua, "learning_rate", stage->settings[0].value);
    set_digest(lua, stage->digest);
    set_rule(lua, "rule", &stage->rule);
    set_rule(lua, "measure", &stage->measure);
    lua_newtable(lua);
    for (int i = 0; i < stage->n_slots; i++) {
        lua_pushstring(lua, stage->slots[i].name);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "slots");
    lua_newtable(lua);
    for (int i = 0; i < stage->n_slots; i++) {
        lua_pushnumber(lua, stage->slots[i].initial);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "slot_initial");
}

/* What only programs that train have. */
static void set_trained(lua_State *lua, const struct program *program)
{
    set_optimizer(lua, program->stage);
    set_int(lua, "trained_floats", program->trained_floats);
    lua_newtable(lua);
    for (int i = 0; i < program->graph->n_in_memory; i++) {
        lua_pushboolean(lua, program->trained[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "trained");
}

/* The labels, each with the number of its output and what the loss says of it. */
static void set_labels(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua);
    for (int i = 0; i < graph->n_labels; i++) {
        const struct label *label = &graph->labels[i];
        push_tensor(lua, label->tensor);
        set_int(lua, "output", label->output + 1);
        set_bool(lua, "is_class", label->is_class);
        set_text(lua, "loss", label->loss);
        set_text(lua, "probabilities", label->probabilities);
        set_bool(lua, "from_logits", label->from_logits);
        if (label->ignores)
            set_number(lua, "ignored", label->ignored);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "labels");
}

static void set_batch_numbers(lua_State *lua, const struct graph *graph)
{
    static const char *const kinds[] = {"samples", "weights", "labels"};
    lua_newtable(lua);
    for (int i = 0; i < graph->n_batch_numbers; i++) {
        const struct batch_number *number = &graph->batch_numbers[i];
        push_tensor(lua, number->tensor);
        set_text(lua, "number", kinds[number->kind]);
        set_int(lua, "of_output", number->output + 1);
        set_number(lua, "ignored", number->ignored);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "batch_numbers");
}

static void push_program(lua_State *lua, const char *name, const struct program *program)
{
    const struct graph *graph = program->graph;
    lua_newtable(lua);
    set_text(lua, "kind", name);
    if (program->stage)
        set_trained(lua, program);
    set_int(lua, "lanes", program->lanes);
    set_int(lua, "phases", program->n_phases);
    set_int(lua, "groups", program->groups);
    set_int(lua, "workspace_bytes", program->workspace_bytes);
    set_int(lua, "lower_bound_bytes", program->lower_bound_bytes);
    set_int(lua, "state_bytes", program->state_bytes);
    set_int(lua, "saved_bytes", program->saved_bytes);
    set_int(lua, "partial_bytes", program->partial_bytes);
    set_int(lua, "combined_bytes", program->combined_bytes);
    set_nodes(lua, graph);
    set_updates(lua, graph);
    set_gradients(lua, graph);
    set_runs(lua, program);
    set_parts(lua, program);
    set_extra_gradients(lua, graph);
    set_tensors(lua, "inputs", graph->inputs, graph->n_inputs);
    set_tensors(lua, "outputs", graph->outputs, graph->n_outputs);
    set_labels(lua, graph);
    set_tensor(lua, "share", graph->share);
    set_tensor(lua, "sample_weight", graph->sample_weight);
    set_tensor(lua, "weight", graph->weight);
    set_batch_numbers(lua, graph);
    set_tensor(lua, "loss", graph->loss);
    set_tensors(lua, "metrics", graph->metrics, graph->n_metrics);
    if (graph->penalty)
        set_tensor(lua, "penalty", graph->penalty);
    set_constraints(lua, graph);
    lua_newtable(lua); /* every tensor, for the places that ask by storage */
    for (int i = 0; i < graph->n_tensors; i++) {
        push_tensor(lua, graph->tensors[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "tensors");
}

static void set_program(lua_State *lua, const char *name, const struct program *program)
{
    if (!program->graph)
        return;
    push_program(lua, name, program);
    lua_setfield(lua, -2, name);
}

/* ---- the model ---- */

static void set_parameters(lua_State *lua, const struct graph *graph)
{
    lua_createtable(lua, graph->n_in_memory, 0);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct parameter *parameter = graph->parameters_in_memory[i];
        lua_newtable(lua);
        set_text(lua, "name", parameter->name);
        set_text(lua, "macro", parameter->macro);
        set_ints(lua, "shape", parameter->shape.dim, parameter->shape.rank);
        set_int(lua, "offset", parameter->offset);
        set_int(lua, "count", shape_count(&parameter->shape));
        set_bool(lua, "trainable", parameter->trainable && !parameter->frozen);
        set_text(lua, "initializer", initializer_names[parameter->initializer]);
        set_number(lua, "a", parameter->a);
        set_number(lua, "b", parameter->b);
        set_text(lua, "file", parameter->file);
        set_text(lua, "name_in_file", parameter->name_in_file);
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
        set_int(lua, "input", adaptation->input);
        set_int(lua, "mean", adaptation->mean->offset);
        set_int(lua, "variance", adaptation->variance->offset);
        set_int(lua, "count", shape_count(&adaptation->mean->shape));
        set_int(lua, "inner", adaptation->inner);
        set_number(lua, "scale", adaptation->scale);
        set_number(lua, "offset", adaptation->offset);
        set_text(lua, "layer", adaptation->at.layer);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "adaptations");
}

static void set_layers(lua_State *lua, const struct graph *graph)
{
    lua_createtable(lua, graph->n_layers, 0);
    for (int i = 0; i < graph->n_layers; i++) {
        const struct layer *layer = graph->layers[i];
        int64_t parameters = 0;
        for (int j = 0; j < layer->n_parameters; j++)
            parameters += shape_count(&layer->parameters[j]->shape);
        lua_newtable(lua);
        set_text(lua, "name", layer->name);
        set_text(lua, "type", layer->type);
        set_ints(lua, "shape", layer->outputs[0]->shape.dim, layer->outputs[0]->shape.rank);
        set_int(lua, "parameters", parameters);
        set_int(lua, "multiply_adds", graph_work(graph, layer->name));
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
            set_text(lua, "name", member->name);
            set_text(lua, "text", member->text);
            for (int k = 0; !member->text && k < abs(member->n_numbers); k++) {
                lua_pushnumber(lua, member->numbers[k]);
                lua_rawseti(lua, -2, k + 1);
            }
            set_bool(lua, "list", member->n_numbers >= 0);
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
    set_optimizer(lua, stage);
    set_int(lua, "program", unit->train_of[index] + 1);
    set_int(lua, "line", stage->at.line);
    set_bool(lua, "fresh", stage->fresh);
    set_int(lua, "batch_size", stage->batch_size);
    set_int(lua, "epochs", stage->epochs);
    set_int(lua, "initial_epoch", stage->initial_epoch);
    set_int(lua, "steps_per_epoch", stage->steps_per_epoch);
    set_int(lua, "validation_steps", stage->validation_steps);
    set_int(lua, "validation_freq", stage->validation_freq);
    lua_createtable(lua, stage->n_class_weights, 0);
    for (int i = 0; i < stage->n_class_weights; i++) {
        lua_pushnumber(lua, stage->class_weights[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "class_weights");
    set_bool(lua, "shuffle", stage->shuffle);
    set_int(lua, "verbose", stage->verbose);
    set_number(lua, "validation_split", stage->validation_split);
    set_callbacks(lua, stage);
}

static void set_training(lua_State *lua, const struct unit *unit)
{
    const struct training *training = &unit->model->training;
    lua_newtable(lua);
    set_bool(lua, "compiled", training->compiled);
    set_bool(lua, "fitted", training->fitted);
    set_bool(lua, "summarizes", training->summarizes);
    set_bool(lua, "evaluates", training->evaluates);
    set_int(lua, "evaluate_batch", training->evaluate_batch);
    set_text(lua, "save", training->save);
    set_text(lua, "history", training->history);
    set_text(lua, "weights", training->weights);
    set_bool(lua, "begins_with_weights", training->begins_with_weights);
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
    set_rule(lua, "finish", &training->finish);
    lua_setfield(lua, -2, "training");
}

static void set_target(lua_State *lua, const struct target *target)
{
    lua_newtable(lua);
    set_text(lua, "name", target->name);
    set_text(lua, "flags", target->flags);
    set_text(lua, "guard", target->guard);
    set_text(lua, "needs", target->needs);
    set_text(lua, "header", target->header);
    set_text(lua, "features", target->features);
    set_text(lua, "test", target->test);
    set_int(lua, "lanes", target->lanes);
    set_int(lua, "registers", target->registers);
    lua_setfield(lua, -2, "target");
}

/* embedded(first, count): prepared numbers as C literals, eight a line; upvalue: the unit. */
static int embedded_text(lua_State *lua)
{
    const struct unit *unit = lua_touserdata(lua, lua_upvalueindex(1));
    int64_t first = luaL_checkinteger(lua, 1), count = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, first >= 0 && count >= 0 && first + count <= unit->prepared.floats, 2, "out of range");
    luaL_Buffer text;
    luaL_buffinit(lua, &text);
    for (int64_t i = 0; i < count; i++) {
        char number[40];
        int length = snprintf(number, sizeof number, "%af,%c", (double)unit->embedded[first + i],
                              i % 8 == 7 || i == count - 1 ? '\n' : ' ');
        luaL_addlstring(&text, number, (size_t)length);
    }
    luaL_pushresult(&text);
    return 1;
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
        set_program(lua, "predict", &variant->predict);
        set_program(lua, "many", &variant->many);
        set_program(lua, "evaluate", &variant->evaluate);
        lua_newtable(lua);
        for (int t = 0; t < unit->n_trains; t++) {
            push_program(lua, "train", &variant->train[t]);
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
    set_text(lua, "name", prefix_of(unit));
    set_text(lua, "file", unit->options->name);
    set_text(lua, "key", model->key);
    set_bool(lua, "described", unit->described);
    set_text(lua, "output", unit->options->output ? unit->options->output : "-");
    set_text(lua, "version", CNNC_VERSION);
    set_text(lua, "script", comment_text(model->arena, model->script));
    set_int(lua, "seed", (int64_t)unit->options->seed);
    set_digest(lua, model->digest);
    set_bool(lua, "small", model->optimize == OPTIMIZE_SIZE);
    set_int(lua, "parameter_floats", model->parameter_floats);
    set_int(lua, "trainable_floats", model->trainable_floats);
    set_int(lua, "update_chunk", UPDATE_CHUNK);
    set_int(lua, "run", RUN);
    set_int(lua, "step_alignment", STEP_ALIGNMENT);
    set_int(lua, "prepared_floats", unit->prepared.floats);
    set_int(lua, "scratch_floats", unit->prepared.scratch_floats);
    set_bool(lua, "embeds", unit->embedded != NULL);
    set_text(lua, "predicts_many", many_mode_names[unit->many_mode]);
    set_bool(lua, "reads_parameters", unit->prepared.direct_floats > 0);
    set_bool(lua, "measures", unit->options->emit == EMIT_BENCH);
    set_tensors(lua, "inputs", model->inputs, model->n_inputs);
    set_tensors(lua, "outputs", model->outputs, model->n_outputs);
    set_labels(lua, model);
    set_texts(lua, "inputs_named", model->input_names, model->n_inputs);
    set_texts(lua, "outputs_named", model->output_names, model->n_outputs);
    set_target(lua, unit->options->target);
    set_training(lua, unit);
    set_parameters(lua, model);
    set_layers(lua, model);
    set_adaptations(lua, model);
    set_variants(lua, unit);
    lua_pushlightuserdata(lua, (void *)unit);
    lua_pushcclosure(lua, embedded_text, 1);
    lua_setfield(lua, -2, "embedded");
}
