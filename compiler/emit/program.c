/* program.c -- what templates know of a program: its nodes, tensors and gradients as Lua's tables.
 *
 * Requires planned programs. The tables mirror the structs of the headers. No C text is written here, only numbers. */
#include "emit/emit.h"
#include "kernel/kernel.h"

#include <assert.h>
#include <inttypes.h>
#include <lua.h>
#include <stdlib.h>

/* ---- tensors and nodes ---- */

static void push_new_tensor(lua_State *lua, const struct tensor *tensor)
{
    const struct tensor *memory = tensor->alias ? tensor->alias : tensor;
    bool parameter = memory->role == ROLE_PARAMETER;
    bool own = tensor->shift || tensor->stride; /* the place has a name */
    lua_createtable(lua, 0, 16);
    field_int(lua, "id", own ? tensor->id : memory->id);
    field_int(lua, "memory", memory->id);
    field_int(lua, "shift", tensor->shift);
    field_int(lua, "stride", tensor->stride);
    if (tensor->stride)
        field_int(lua, "steps", shape_count(&memory->shape) / llabs(tensor->stride));
    field_text(lua, "made_by", tensor->producer ? tensor->producer->op->name : "");
    field_text(lua, "name", tensor->name);
    field_ints(lua, "shape", tensor->shape.dim, tensor->shape.rank);
    field_int(lua, "count", shape_count(&tensor->shape));
    field_bool(lua, "shared", tensor->scope == SCOPE_SHARED);
    field_text(lua, "role", role_names[memory->role]);
    field_bool(lua, "planar", memory->planar);
    field_text(lua, "element", element_c_types[tensor->element]);
    field_int(lua, "bytes", tensor_bytes(tensor));
    field_text(lua, "storage", storage_names[memory->storage]);
    field_int(lua, "offset", parameter ? memory->parameter->offset * (int64_t)sizeof(float) : memory->offset);
    field_int(lua, "combined_offset", memory->combined_offset);
    field_bool(lua, "rescales", memory->rescales);
    field_int(lua, "indices", memory->indices);
}

/* A tensor is one table, whoever names it: a table of the registry has them. */
static void push_tensor(lua_State *lua, const struct tensor *tensor)
{
    static const char tensors;
    if (!tensor) {
        lua_pushboolean(lua, false);
        return;
    }
    if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &tensors) == LUA_TNIL) {
        lua_newtable(lua);
        lua_copy(lua, -1, -2);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &tensors);
    }
    if (lua_rawgetp(lua, -1, tensor) == LUA_TNIL) {
        push_new_tensor(lua, tensor);
        lua_copy(lua, -1, -2);
        lua_rawsetp(lua, -3, tensor);
    }
    lua_remove(lua, -2);
}

static void set_tensor(lua_State *lua, const char *name, const struct tensor *tensor)
{
    push_tensor(lua, tensor);
    lua_setfield(lua, -2, name);
}

void field_tensors(lua_State *lua, const char *name, struct tensor *const *tensors, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        push_tensor(lua, tensors[i]);
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
    case ATTRIBUTE_COUNT: field_int(lua, a->name, *(const int64_t *)at); break;
    case ATTRIBUTE_FLOAT: field_number(lua, a->name, *(const double *)at); break;
    case ATTRIBUTE_BOOL: field_bool(lua, a->name, *(const bool *)at); break;
    case ATTRIBUTE_CHOICE: field_text(lua, a->name, a->choices[*(const int *)at]); break;
    case ATTRIBUTE_PAIR: field_ints(lua, a->name, at, 2); break;
    case ATTRIBUTE_QUAD: field_ints(lua, a->name, at, 4); break;
    case ATTRIBUTE_SHAPE: field_ints(lua, a->name, shape->dim, shape->rank); break;
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
    field_bool(lua, "argmax", epilogue->argmax != NULL);
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
    field_int(lua, "id", node->id);
    field_text(lua, "op", node->op->name);
    field_text(lua, "layer", node->origin.layer);
    field_text(lua, "type", node->origin.type);
    field_int(lua, "line", node->origin.line);
    field_bool(lua, "backward", node->direction == BACKWARD);
    field_bool(lua, "once", node->once);
    field_bool(lua, "parallel", node->parallel);
    field_bool(lua, "by_batch", node->op->by_batch);
    field_bool(lua, "in_place", node->op->in_place);
    field_bool(lua, "random", node->op->random);
    field_bool(lua, "loads", node->loads);
    field_int(lua, "phase", node->phase);
    field_int(lua, "times", node_rounds(node));
    field_int(lua, "rounds", node->loop ? node->loop->rounds : 1);
    field_int(lua, "first", node->first);
    field_int(lua, "every", node->every);
    field_bool(lua, "keeps", node->op->border == BORDER_KEEP);
    field_int(lua, "loop", node->loop ? node->loop->number : 0);
    field_bool(lua, "before_loop", node->op->border == BORDER_STATE);
    field_int(lua, "work", node->op->work ? node->op->work(node) : 0);
    field_tensors(lua, "ins", node->in, node->n_in);
    field_tensors(lua, "outs", node->out, node->n_out);
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
    field_text(lua, "kernel", node->kernel->name);
    field_bool(lua, "shares", node->kernel->shared);
    lua_newtable(lua);
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        field_int(lua, node->kernel->tile_names[i], node->tile[i]);
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
        field_int(lua, "parameter_offset", graph->updates[i].parameter->offset);
        field_text(lua, "parameter", graph->updates[i].parameter->name);
        field_number(lua, "momentum", graph->updates[i].momentum);
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
        field_int(lua, "parameter_offset", constraint->parameter->offset);
        field_text(lua, "parameter", constraint->parameter->name);
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
        field_text(lua, "parameter", gradient->parameter->name);
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
        field_int(lua, "parameter_offset", run->parameter_offset);
        field_int(lua, "slot_offset", run->slot_offset);
        field_int(lua, "count", run->count);
        field_int(lua, "partial_offset", run->partial_offset);
        field_number(lua, "l1", run->l1);
        field_number(lua, "l2", run->l2);
        if (run->node)
            field_int(lua, "node_id", run->node->id);
        field_int(lua, "chunks", run->chunks);
        if (run->penalties >= 0)
            field_int(lua, "penalties", run->penalties);
        if (run->squares >= 0)
            field_int(lua, "squares", run->squares);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "runs");
    field_int(lua, "n_sums", program->n_sums);
    field_int(lua, "n_penalties", program->n_penalties);
    field_int(lua, "n_squares", program->n_squares);
}

/* What a step's memory is divided into. */
static void set_parts(lua_State *lua, const struct program *program)
{
    lua_createtable(lua, program->n_parts, 0);
    for (int i = 0; i < program->n_parts; i++) {
        lua_newtable(lua);
        field_text(lua, "name", program->parts[i].name);
        field_text(lua, "times", times_names[program->parts[i].times]);
        field_int(lua, "bytes", program->parts[i].bytes);
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
            field_text(lua, "parameter", graph->gradients[i].parameter->name);
            field_int(lua, "partial_offset", graph->gradients[i].partial_offset);
            set_tensor(lua, "value", part);
            lua_rawseti(lua, -2, ++count);
        }
    lua_setfield(lua, -2, "extra_gradients");
}

void field_rule(lua_State *lua, const char *name, const struct rule *rule)
{
    lua_newtable(lua);
    for (int i = 0; i < rule->n_lines; i++) {
        const struct rule_line *line = &rule->lines[i];
        lua_newtable(lua);
        field_text(lua, "op", line->op);
        field_text(lua, "name", line->name);
        field_number(lua, "value", line->value);
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
void field_digest(lua_State *lua, uint64_t digest)
{
    char text[24];
    snprintf(text, sizeof text, "0x%016" PRIx64 "u", digest);
    field_text(lua, "digest", text);
}

/* The optimizer that the stage's compile made. */
void field_optimizer(lua_State *lua, const struct stage *stage)
{
    field_text(lua, "optimizer", stage->optimizer);
    field_number(lua, "learning_rate", stage->settings[0].value);
    field_digest(lua, stage->digest);
    field_rule(lua, "rule", &stage->rule);
    field_rule(lua, "measure", &stage->measure);
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
    field_optimizer(lua, program->stage);
    field_int(lua, "trained_floats", program->trained_floats);
    lua_newtable(lua);
    for (int i = 0; i < program->graph->n_in_memory; i++) {
        lua_pushboolean(lua, program->trained[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "trained");
}

/* The labels, each with the number of its output and what the loss says of it. */
void field_labels(lua_State *lua, const struct graph *graph)
{
    lua_newtable(lua);
    for (int i = 0; i < graph->n_labels; i++) {
        const struct label *label = &graph->labels[i];
        push_tensor(lua, label->tensor);
        field_int(lua, "output", label->output + 1);
        field_bool(lua, "is_class", label->is_class);
        field_text(lua, "loss", label->loss);
        field_text(lua, "probabilities", label->probabilities);
        field_bool(lua, "from_logits", label->from_logits);
        if (label->ignores)
            field_number(lua, "ignored", label->ignored);
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
        field_text(lua, "number", kinds[number->kind]);
        field_int(lua, "of_output", number->output + 1);
        field_number(lua, "ignored", number->ignored);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "batch_numbers");
}

/* They are summed over the samples of a block, of which what all samples have alike has no lanes. */
static void set_metrics(lua_State *lua, const struct graph *graph)
{
    assert(!graph->loss || graph->loss->scope == SCOPE_SAMPLE);
    for (int i = 0; i < graph->n_metrics; i++)
        assert(graph->metrics[i]->scope == SCOPE_SAMPLE);
    field_tensors(lua, "metrics", graph->metrics, graph->n_metrics);
}

void program_push(lua_State *lua, const char *name, const struct program *program)
{
    const struct graph *graph = program->graph;
    lua_newtable(lua);
    field_text(lua, "kind", name);
    if (program->stage)
        set_trained(lua, program);
    field_int(lua, "lanes", program->lanes);
    field_int(lua, "phases", program->n_phases);
    field_int(lua, "groups", program->groups);
    field_int(lua, "workspace_bytes", program->workspace_bytes);
    field_int(lua, "lower_bound_bytes", program->lower_bound_bytes);
    field_int(lua, "state_bytes", program->state_bytes);
    field_int(lua, "saved_bytes", program->saved_bytes);
    field_int(lua, "partial_bytes", program->partial_bytes);
    field_int(lua, "combined_bytes", program->combined_bytes);
    set_nodes(lua, graph);
    set_updates(lua, graph);
    set_gradients(lua, graph);
    set_runs(lua, program);
    set_parts(lua, program);
    set_extra_gradients(lua, graph);
    field_tensors(lua, "inputs", graph->inputs, graph->n_inputs);
    field_tensors(lua, "outputs", graph->outputs, graph->n_outputs);
    field_labels(lua, graph);
    set_tensor(lua, "share", graph->share);
    set_tensor(lua, "sample_weight", graph->sample_weight);
    set_tensor(lua, "weight", graph->weight);
    set_batch_numbers(lua, graph);
    set_tensor(lua, "loss", graph->loss);
    lua_pushboolean(lua, graph->loss_has_weights);
    lua_setfield(lua, -2, "loss_has_weights");
    set_metrics(lua, graph);
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

void field_program(lua_State *lua, const char *name, const struct program *program)
{
    if (!program->graph)
        return;
    program_push(lua, name, program);
    lua_setfield(lua, -2, name);
}
