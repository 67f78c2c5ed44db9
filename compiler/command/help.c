/* help.c -- `cnnc help`: hands the tables of commands, options, ops, targets and passes to help.lua, which has those of
 * scripts already, and prints what it makes of them. */
#include "command/command.h"
#include "op/op.h"

#include <lauxlib.h>
#include <string.h>

/* ---- facts: the list on top of the stack takes a table for each thing ------------------------------------ */

static void set_text(lua_State *lua, const char *key, const char *value)
{
    lua_pushstring(lua, value); /* NULL: nil */
    lua_setfield(lua, -2, key);
}

/* Begins a table that end_fact() puts into the list. */
static void begin_fact(lua_State *lua, const char *kind, const char *name, const char *doc)
{
    lua_newtable(lua);
    set_text(lua, "kind", kind);
    set_text(lua, "name", name);
    set_text(lua, "doc", doc);
}

static void end_fact(lua_State *lua) { lua_rawseti(lua, -2, (lua_Integer)lua_rawlen(lua, -2) + 1); }

static void push_command_line(lua_State *lua, struct arena *arena)
{
    struct usage_line line;
    for (int i = 0; command_usage(i, &line); i++) {
        begin_fact(lua, "command", line.name, line.about);
        set_text(lua, "synopsis", line.synopsis);
        end_fact(lua);
    }
    for (int i = 0; option_usage(i, &line); i++) {
        begin_fact(lua, "option", arena_printf(arena, "--%s", line.name), line.about);
        set_text(lua, "synopsis", line.synopsis);
        set_text(lua, "short", line.name);
        end_fact(lua);
    }
}

/* "valid", or a number as the script would write it; NULL: nothing stands for itself. */
static const char *default_text(struct arena *arena, const struct op *op, const struct attribute *attribute)
{
    if (!op->attribute_defaults || attribute->type == ATTRIBUTE_SHAPE)
        return NULL;
    struct node node = {.op = op, .attributes = (void *)op->attribute_defaults};
    return strchr(attribute_text(arena, &node, attribute), '=');
}

static void push_attributes(lua_State *lua, struct arena *arena, const struct op *op)
{
    lua_newtable(lua);
    int count = 0;
    for (const struct attribute *a = op->attributes; a && a->name; a++) {
        if (!a->doc)
            continue;
        const char *value = default_text(arena, op, a);
        lua_newtable(lua);
        set_text(lua, "head", value ? arena_printf(arena, "%s = %s", a->name, value + 1) : a->name);
        set_text(lua, "type", attribute_expects(arena, a));
        set_text(lua, "doc", a->doc);
        lua_rawseti(lua, -2, ++count);
    }
    lua_setfield(lua, -2, "rows");
}

static void push_ops(lua_State *lua, struct arena *arena)
{
    for (const struct op *const *op = op_table; *op; op++) {
        begin_fact(lua, "op", arena_printf(arena, "op.%s", (*op)->name), (*op)->usage.doc);
        set_text(lua, "formula", (*op)->usage.formula);
        set_text(lua, "example", (*op)->usage.example);
        set_text(lua, "short", (*op)->name);
        push_attributes(lua, arena, *op);
        end_fact(lua);
    }
}

/* What a target is made of, as its row says. */
static const char *target_text(struct arena *arena, const struct target *target)
{
    const char *text = target->variants[0] ? "holds"
                                           : arena_printf(arena, "%d float%s in a vector", target->lanes,
                                                          target->lanes == 1 ? "" : "s");
    for (int i = 0; target->variants[i]; i++)
        text = arena_printf(arena, "%s%s %s", text, i ? "," : "", target->variants[i]);
    if (!target->variants[0])
        text = arena_printf(arena, "%s, %d registers, tiles for caches of %d and %d KB", text, target->registers,
                            (int)(target->l1 >> 10), (int)(target->l2 >> 10));
    if (target->needs)
        text = arena_printf(arena, "%s; for %s", text, target->needs);
    return target->features ? arena_printf(arena, "%s with %s", text, target->features) : text;
}

static void push_targets(lua_State *lua, struct arena *arena)
{
    for (const struct target *target = target_table; target->name; target++) {
        begin_fact(lua, "target", target->name, target->about);
        set_text(lua, "formula", target_text(arena, target));
        end_fact(lua);
    }
}

static void push_passes(lua_State *lua)
{
    for (const struct pass *pass = pass_table; pass->name; pass++) {
        begin_fact(lua, "pass", pass->name, pass->about);
        end_fact(lua);
    }
}

/* ---- help.lua --------------------------------------------------------------------------------------------- */

struct help {
    struct arena *arena;
    const struct command *command;
    const char *text, *refusal; /* what help.lua returned: one of them */
};

static void push_facts(lua_State *lua, struct arena *arena)
{
    lua_newtable(lua);
    push_command_line(lua, arena);
    push_ops(lua, arena);
    push_targets(lua, arena);
    push_passes(lua);
}

static const char *take_text(lua_State *lua, struct arena *arena, int index)
{
    return lua_isnil(lua, index) ? NULL : arena_strdup(arena, lua_tostring(lua, index));
}

/* The table `cnnc` is on top of the stack. */
static int use_language(lua_State *lua, void *data)
{
    struct help *help = data;
    embedded_load(lua, "command/help.lua");
    lua_insert(lua, -2);
    push_facts(lua, help->arena);
    lua_newtable(lua);
    for (int i = 0; help->command->arguments[i]; i++) {
        lua_pushstring(lua, help->command->arguments[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    lua_pushboolean(lua, help->command->mdoc);
    lua_call(lua, 4, 2);
    help->text = take_text(lua, help->arena, -2);
    help->refusal = take_text(lua, help->arena, -1);
    return 0;
}

int help_print(const struct command *command, struct diag *diag)
{
    if (command->completion != SHELL_NONE) {
        completion_print(diag->arena, command->completion);
        return STATUS_OK;
    }
    struct help help = {.arena = diag->arena, .command = command};
    if (!script_language(diag->arena, diag, use_language, &help))
        return STATUS_ERROR;
    if (!help.text)
        return usage_error("%s", help.refusal);
    fputs(help.text, stdout);
    return STATUS_OK;
}
