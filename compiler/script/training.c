/* training.c -- how the model is trained: what compile and fit were given, stage by stage. */
#include "script/script.h"

#include <lauxlib.h>
#include <string.h>

/* freeze{tensor, ...}: parameters that are not trained, in whatever shapes the graph reads them */
static int freeze(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    for (int i = 1; lua_rawgeti(lua, 1, i) == LUA_TUSERDATA; i++) {
        script_check_tensor(lua, -1)->parameter->frozen = true;
        lua_settop(lua, 1);
    }
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->parameter)
            graph->tensors[i]->frozen |= graph->tensors[i]->parameter->frozen;
    return 0;
}

/* Of the stage in the table on top of the stack, as the next two. */
static void take_settings(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "settings");
    stage->n_settings = (int)lua_rawlen(lua, -1);
    stage->settings = arena_array(script_of(lua)->arena, stage->n_settings, sizeof *stage->settings);
    for (int i = 0; i < stage->n_settings; i++) {
        lua_rawgeti(lua, -1, i + 1);
        int entry_index = lua_gettop(lua);
        stage->settings[i] = (struct setting){script_name_field(lua, entry_index, "name"),
                                              script_number_field(lua, entry_index, "value")};
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void take_slots(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "slots");
    stage->n_slots = (int)lua_rawlen(lua, -1);
    stage->slots = arena_array(script_of(lua)->arena, stage->n_slots, sizeof *stage->slots);
    for (int i = 0; i < stage->n_slots; i++) {
        lua_rawgeti(lua, -1, i + 1);
        int entry_index = lua_gettop(lua);
        stage->slots[i] = (struct slot){script_name_field(lua, entry_index, "name"),
                                        script_number_field(lua, entry_index, "initial")};
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Of the line in the table at the top of the stack. */
static struct rule_line to_rule_line(lua_State *lua)
{
    int row = lua_gettop(lua);
    struct rule_line made = {.op = script_name_field(lua, row, "op"),
                             .value = script_number_field(lua, row, "value")};
    if (script_flag_field(lua, row, "name"))
        made.name = script_name_field(lua, row, "name");
    lua_getfield(lua, row, "operands");
    for (; made.n_operands < RULE_OPERANDS_MAX; made.n_operands++) {
        if (lua_rawgeti(lua, row + 1, made.n_operands + 1) != LUA_TNUMBER)
            break;
        made.operands[made.n_operands] = (int)lua_tointeger(lua, -1);
    }
    lua_settop(lua, row);
    return made;
}

static struct rule take_rule(lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, name);
    struct rule rule = {.n_lines = (int)lua_rawlen(lua, -1)};
    rule.lines = arena_array(script_of(lua)->arena, rule.n_lines, sizeof *rule.lines);
    for (int i = 0; i < rule.n_lines; i++) {
        lua_rawgeti(lua, -1, i + 1);
        rule.lines[i] = to_rule_line(lua);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return rule;
}

/* Of the value on top of the stack. */
static void take_numbers(lua_State *lua, struct callback_member *member)
{
    bool list = lua_istable(lua, -1);
    int count = list ? (int)lua_rawlen(lua, -1) : 1;
    member->n_numbers = list ? count : -1;
    member->numbers = arena_array(script_of(lua)->arena, count, sizeof *member->numbers);
    if (!list)
        member->numbers[0] = lua_isboolean(lua, -1) ? lua_toboolean(lua, -1) : lua_tonumber(lua, -1);
    for (int i = 0; list && i < count; i++) {
        lua_rawgeti(lua, -1, i + 1);
        member->numbers[i] = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
}

/* The text on top of the stack. It reaches the C within quotes, which nothing in it can end. */
static const char *take_text(lua_State *lua)
{
    const char *text = lua_tostring(lua, -1);
    if (strlen(text) != lua_rawlen(lua, -1) || text[strcspn(text, "\"\\\n\r?")])
        script_fail(lua, script_where(lua), "a callback's text has characters that are not for it");
    return arena_strdup(script_of(lua)->arena, text);
}

/* Of the list {{name =, value =}, ...} on top of the stack. */
static struct stage_callback to_callback(lua_State *lua)
{
    struct arena *arena = script_of(lua)->arena;
    struct stage_callback callback = {.n_members = (int)lua_rawlen(lua, -1)};
    callback.members = arena_array(arena, callback.n_members, sizeof *callback.members);
    for (int i = 0; i < callback.n_members; i++) {
        struct callback_member *member = &callback.members[i];
        lua_rawgeti(lua, -1, i + 1);
        member->name = script_name_field(lua, lua_gettop(lua), "name");
        lua_getfield(lua, -1, "value");
        if (lua_type(lua, -1) == LUA_TSTRING)
            member->text = take_text(lua);
        else
            take_numbers(lua, member);
        lua_pop(lua, 2);
    }
    return callback;
}

static void take_callbacks(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "callbacks");
    stage->n_callbacks = (int)lua_rawlen(lua, -1);
    stage->callbacks = arena_array(script_of(lua)->arena, stage->n_callbacks, sizeof *stage->callbacks);
    for (int i = 0; i < stage->n_callbacks; i++) {
        lua_rawgeti(lua, -1, i + 1);
        stage->callbacks[i] = to_callback(lua);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void take_frozen(lua_State *lua, struct stage *stage)
{
    struct arena *arena = script_of(lua)->arena;
    lua_getfield(lua, -1, "frozen");
    for (int i = 1; lua_rawgeti(lua, -1, i) == LUA_TUSERDATA; i++) {
        stage->frozen = arena_grow(arena, stage->frozen, stage->n_frozen, sizeof *stage->frozen);
        stage->frozen[stage->n_frozen++] = script_check_tensor(lua, -1)->parameter;
        lua_pop(lua, 1);
    }
    lua_pop(lua, 2);
}

/* Of the stage in the table on top of the stack. */
static void take_class_weights(lua_State *lua, struct stage *stage)
{
    lua_getfield(lua, -1, "class_weights");
    stage->n_class_weights = (int)lua_rawlen(lua, -1);
    stage->class_weights = arena_array(script_of(lua)->arena, stage->n_class_weights, sizeof *stage->class_weights);
    for (int i = 0; i < stage->n_class_weights; i++) {
        lua_rawgeti(lua, -1, i + 1);
        stage->class_weights[i] = lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* Appends the stage that the table on top of the stack describes. */
static void take_stage(lua_State *lua, struct training *training)
{
    struct script *script = script_of(lua);
    int row = lua_gettop(lua);
    struct stage stage = {.optimizer = script_name_field(lua, row, "optimizer"),
                          .fresh = script_flag_field(lua, row, "fresh"),
                          .batch_size = script_count_field(lua, row, "batch_size"),
                          .epochs = script_count_field(lua, row, "epochs"),
                          .initial_epoch = script_count_field(lua, row, "initial_epoch"),
                          .steps_per_epoch = script_count_field(lua, row, "steps_per_epoch"),
                          .validation_steps = script_count_field(lua, row, "validation_steps"),
                          .validation_freq = script_count_field(lua, row, "validation_freq"),
                          .loss_scale = script_number_field(lua, row, "loss_scale"),
                          .validation_split = script_number_field(lua, row, "validation_split"),
                          .shuffle = script_flag_field(lua, row, "shuffle"),
                          .verbose = (int)script_count_field(lua, row, "verbose")};
    lua_getfield(lua, row, "at");
    stage.at = script_origin(lua, lua_gettop(lua));
    lua_getfield(lua, row, "compiled_at");
    stage.compiled_at = script_origin(lua, lua_gettop(lua));
    lua_settop(lua, row);
    take_settings(lua, &stage);
    take_slots(lua, &stage);
    stage.measure = take_rule(lua, "measure");
    stage.rule = take_rule(lua, "rule");
    stage.digest = script_stage_digest(&stage);
    take_callbacks(lua, &stage);
    take_frozen(lua, &stage);
    take_class_weights(lua, &stage);
    training->stages = arena_grow(script->arena, training->stages, training->n_stages, sizeof stage);
    training->stages[training->n_stages++] = stage;
}

static void take_columns(lua_State *lua, struct training *training)
{
    lua_getfield(lua, 1, "columns");
    training->n_columns = (int)lua_rawlen(lua, -1);
    training->columns = arena_array(script_of(lua)->arena, training->n_columns, sizeof *training->columns);
    for (int i = 0; i < training->n_columns; i++) {
        lua_rawgeti(lua, -1, i + 1);
        training->columns[i] = script_name(lua, -1);
        lua_pop(lua, 1);
    }
    lua_settop(lua, 1);
    lua_getfield(lua, 1, "better");
    training->better = arena_strdup(script_of(lua)->arena, luaL_checkstring(lua, -1));
    lua_settop(lua, 1);
    training->finish = take_rule(lua, "finish");
}

/* What it makes is made behind the optimizer, where nothing of a batch, and of other parameters no certain value, is there. */
static void check_constraint(lua_State *lua, const struct graph *graph, const struct constraint *constraint,
                             struct origin at)
{
    bool *used = arena_array(graph->arena, graph->n_tensors, sizeof *used);
    used[constraint->value->id] = true;
    for (int i = graph->n_nodes; i-- > 0;) {
        const struct node *node = graph->nodes[i];
        bool uses = false;
        for (int j = 0; j < node->n_out; j++)
            uses |= used[node->out[j]->id];
        for (int j = 0; j < node->n_in && uses; j++)
            if (node->in[j])
                used[node->in[j]->id] = true;
    }
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *tensor = graph->tensors[i];
        if (!used[i] || tensor->producer || tensor->parameter == constraint->parameter)
            continue;
        diag_error(graph->diag, at, "a constraint of %s uses %s, but can use nothing but its parameter",
                   constraint->parameter->name, tensor->name);
        diag_hint(graph->diag, "what depends on other values is a regularizer, or add_loss");
        script_abort(lua);
    }
}

static void take_constraints(lua_State *lua, struct graph *graph)
{
    lua_getfield(lua, 1, "constraints");
    for (int i = 1; lua_rawgeti(lua, 2, i) == LUA_TTABLE; i++) {
        struct constraint constraint = {script_tensor_field(lua, 3, "parameter")->parameter,
                                        script_tensor_field(lua, 3, "value")};
        graph->constraints =
            arena_grow(graph->arena, graph->constraints, graph->n_constraints, sizeof *graph->constraints);
        graph->constraints[graph->n_constraints++] = constraint;
        lua_getfield(lua, 3, "at");
        check_constraint(lua, graph, &constraint, script_origin(lua, lua_gettop(lua)));
        lua_settop(lua, 2);
    }
    lua_settop(lua, 1);
}

/* set_training{fitted =, loss =, loss_has_weights =, penalty = (or nil), constraints = {{parameter =, value =, at =}, ...},
 * metrics = tensors, columns = names, better = (a letter for each), finish = lines of arithmetic, stages = {...},
 * summarizes =, evaluates =, evaluate_batch =, save =, weights =, history = (names of files, or nil),
 * begins_with_weights =}.
 *
 * A stage is {at = where fit was called, compiled_at =, fresh =, optimizer = name, settings = {{name =, value =}, ...},
 * slots = {{name =, initial =}, ...}, loss_scale =, measure =, rule = (lines), callbacks = {{{name =, value =}, ...}, ...},
 * frozen = {tensor, ...}, class_weights = numbers, batch_size =, epochs =, initial_epoch =, steps_per_epoch =,
 * validation_split =, validation_steps =, validation_freq =, shuffle =, verbose =}. */
static int set_training(lua_State *lua)
{
    struct graph *graph = script_of(lua)->graph;
    struct training *training = &graph->training;
    graph->loss = script_tensor_field(lua, 1, "loss");
    graph->loss_has_weights = script_flag_field(lua, 1, "loss_has_weights");
    if (script_flag_field(lua, 1, "penalty"))
        graph->penalty = script_tensor_field(lua, 1, "penalty");
    take_constraints(lua, graph);
    training->compiled = true;
    training->fitted = script_flag_field(lua, 1, "fitted");
    training->summarizes = script_flag_field(lua, 1, "summarizes");
    training->evaluate_batch = script_count_field(lua, 1, "evaluate_batch");
    training->evaluates = script_flag_field(lua, 1, "evaluates");
    if (script_flag_field(lua, 1, "save"))
        training->save = script_name_field(lua, 1, "save");
    if (script_flag_field(lua, 1, "weights"))
        training->weights = script_name_field(lua, 1, "weights");
    training->begins_with_weights = script_flag_field(lua, 1, "begins_with_weights");
    if (script_flag_field(lua, 1, "history"))
        training->history = script_name_field(lua, 1, "history");
    script_tensors_field(lua, 1, "metrics", &graph->metrics, &graph->n_metrics);
    take_columns(lua, training);
    lua_getfield(lua, 1, "stages");
    for (int i = 1; lua_rawgeti(lua, 2, i) == LUA_TTABLE; i++) {
        take_stage(lua, training);
        lua_settop(lua, 2);
    }
    return 0;
}

void script_open_training(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        {"freeze", freeze},
        {"set_training", set_training},
        {NULL, NULL},
    };
    luaL_setfuncs(lua, functions, 0);
}
