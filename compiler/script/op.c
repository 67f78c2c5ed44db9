/* op.c -- the one binding for all ops: op.NAME(inputs..., {attributes}).
 *
 * The op's own table of attributes says what may stand in the braces, so no op is named here. */
#include "op/op.h"
#include "script/script.h"

#include <float.h>
#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { NODES_MAX = 10000 };

/* ---- attributes of ops ---- */

/* One integer stands for all `count`. */
static bool to_equal_integers(lua_State *lua, int index, int64_t *result, int count)
{
    int is_integer;
    lua_Integer value = lua_tointegerx(lua, index, &is_integer);
    for (int i = 0; is_integer && i < count; i++)
        result[i] = value;
    return is_integer;
}

/* Sets one attribute in `block` from the value at `index`; false: it is of another type. */
static bool set_attribute(lua_State *lua, int index, const struct attribute *attribute, void *block)
{
    void *at = (char *)block + attribute->offset;
    struct shape *shape = at;
    int fits;
    switch (attribute->type) {
    case ATTRIBUTE_INT: return to_equal_integers(lua, index, at, 1);
    case ATTRIBUTE_COUNT: return to_equal_integers(lua, index, at, 1) && *(int64_t *)at >= 0;
    case ATTRIBUTE_FLOAT:
        *(double *)at = lua_tonumberx(lua, index, &fits);
        return fits && fabs(*(double *)at) <= (double)FLT_MAX; /* it becomes a constant of that type */
    case ATTRIBUTE_BOOL: *(bool *)at = lua_toboolean(lua, index); return lua_isboolean(lua, index);
    case ATTRIBUTE_CHOICE: return script_choice(lua, index, attribute->choices, at);
    case ATTRIBUTE_PAIR: return to_equal_integers(lua, index, at, 2) || script_integers(lua, index, at, 2, 2);
    case ATTRIBUTE_QUAD: return to_equal_integers(lua, index, at, 4) || script_integers(lua, index, at, 4, 4);
    case ATTRIBUTE_SHAPE:
        shape->rank = script_integers(lua, index, shape->dim, 1, SHAPE_MAX_RANK);
        return shape->rank > 0;
    }
    return false;
}

const char *attribute_expects(struct arena *arena, const struct attribute *attribute)
{
    static const char *const texts[] = {[ATTRIBUTE_INT] = "an integer",
                                        [ATTRIBUTE_COUNT] = "an integer of at least 0",
                                        [ATTRIBUTE_FLOAT] = "a number that float can hold",
                                        [ATTRIBUTE_BOOL] = "true or false",
                                        [ATTRIBUTE_CHOICE] = "one of",
                                        [ATTRIBUTE_PAIR] = "an integer or {rows, columns}",
                                        [ATTRIBUTE_QUAD] = "an integer or {top, bottom, left, right}",
                                        [ATTRIBUTE_SHAPE] = "a list of 1 to 6 integers"};
    const char *text = texts[attribute->type];
    for (const char *const *choice = attribute->choices; choice && *choice; choice++)
        text = arena_printf(arena, "%s%s %s", text, choice == attribute->choices ? "" : ",", *choice);
    return text;
}

static const char *attribute_names(struct arena *arena, const struct op *op)
{
    const char *names = "";
    for (const struct attribute *a = op->attributes; a && a->name; a++)
        if (a->doc)
            names = arena_printf(arena, "%s%s%s", names, *names ? ", " : "", a->name);
    return names;
}

static const struct attribute *find_attribute(const struct op *op, const char *name)
{
    for (const struct attribute *a = op->attributes; a && a->name; a++)
        if (a->doc && strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

static void set_named_attribute(lua_State *lua, const struct op *op, const char *name, int index, void *block)
{
    struct script *script = script_of(lua);
    const struct attribute *attribute = find_attribute(op, name);
    if (!attribute) {
        diag_error(script->diag, script_where(lua), "op.%s has no attribute '%s'", op->name, name);
        diag_hint(script->diag, "it has: %s", attribute_names(script->arena, op));
        script_abort(lua);
    } else if (!set_attribute(lua, index, attribute, block)) {
        script_fail(lua, script_where(lua), "op.%s: %s must be %s, not '%s'", op->name, name,
                    attribute_expects(script->arena, attribute), luaL_tolstring(lua, index, NULL));
    }
}

/* The op's defaults, changed by what the braces say; `index` is above the top when there are none. */
static void *read_attributes(lua_State *lua, const struct op *op, int index)
{
    struct script *script = script_of(lua);
    void *block = arena_alloc(script->arena, op->attributes_size);
    if (op->attribute_defaults && op->attributes_size)
        memcpy(block, op->attribute_defaults, op->attributes_size);
    if (index > lua_gettop(lua))
        return block;
    if (lua_type(lua, index) == LUA_TSTRING && op->attributes) { /* op.unary(x, "relu") */
        set_named_attribute(lua, op, op->attributes[0].name, index, block);
        return block;
    }
    if (!lua_istable(lua, index))
        script_fail(lua, script_where(lua), "op.%s takes tensors and then {attributes}, not a %s", op->name,
                    luaL_typename(lua, index));
    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            script_fail(lua, script_where(lua), "op.%s: attributes are written NAME = VALUE", op->name);
        set_named_attribute(lua, op, lua_tostring(lua, -2), lua_gettop(lua), block);
    }
    return block;
}

/* ---- ops ---- */

/* The tensor at `index`, which may be a number in place of one of the op's inputs; NULL: there is none. */
static struct tensor *read_input(lua_State *lua, const struct op *op, int index)
{
    struct tensor *tensor = script_tensor(lua, index);
    if (tensor || index > op->max_in || lua_type(lua, index) != LUA_TNUMBER)
        return tensor;
    struct script *script = script_of(lua);
    struct constant constant = {.value = lua_tonumber(lua, index)};
    if (!(fabs(constant.value) <= (double)FLT_MAX))
        script_fail(lua, script_where(lua), "op.%s: %s is not a number that float can hold", op->name,
                    luaL_tolstring(lua, index, NULL));
    tensor = graph_apply(script->graph, &op_constant, &constant, NULL, 0, script->origin);
    if (!tensor)
        script_abort(lua);
    return tensor;
}

/* Reads the leading tensors, as many as there are arguments at most; nil stands for an optional one that is absent. Returns
 * how many. */
static int read_inputs(lua_State *lua, const struct op *op, struct tensor **in)
{
    int count = 0, present = 0;
    for (int i = 1; i <= lua_gettop(lua); i++) {
        struct tensor *tensor = read_input(lua, op, i);
        if (!tensor && !lua_isnil(lua, i))
            break;
        in[count++] = tensor;
        if (tensor)
            present = count;
    }
    for (int i = 0; i < present; i++)
        if (!in[i] && (i == 0 || op->max_in < 0))
            script_fail(lua, script_where(lua), "op.%s: tensor %d is nil", op->name, i + 1);
    if (present < op->min_in)
        script_fail(lua, script_where(lua), "op.%s needs %d tensor%s, not %d", op->name, op->min_in,
                    op->min_in == 1 ? "" : "s", present);
    return present;
}

/* The floats that a tensor of whole numbers becomes, once for all that read it. */
static struct tensor *as_floats(struct script *script, struct tensor *tensor)
{
    struct graph *graph = script->graph;
    for (int i = 0; i < graph->n_nodes; i++)
        if (cast_makes(graph->nodes[i], ELEMENT_FLOAT) && graph->nodes[i]->in[0] == tensor)
            return graph->nodes[i]->out[0];
    return graph_apply(graph, &op_cast, NULL, &tensor, 1, script->origin);
}

/* Most ops read floats. */
static void convert_inputs(struct script *script, const struct op *op, struct tensor **in, int n_in)
{
    for (int i = op->any_element; i < n_in; i++)
        if (in[i] && in[i]->element != ELEMENT_FLOAT)
            in[i] = as_floats(script, in[i]);
}

/* What a round of a loop makes is nothing outside of it: no pass could say of which round. */
static void check_loops(lua_State *lua, const struct op *op, struct tensor *const *in, int n_in)
{
    struct script *script = script_of(lua);
    for (int i = 0; i < n_in; i++) {
        if (!tensor_loop(in[i]) || tensor_loop(in[i]) == script->graph->loop)
            continue;
        diag_error(script->diag, script_where(lua),
                   "op.%s: tensor %d belongs to one step of a scan, and this is outside of it", op->name, i + 1);
        diag_hint(script->diag, "what the scan's function returns is what comes out of it");
        script_abort(lua);
    }
}

static void check_numbers(lua_State *lua, const struct op *op, struct tensor *const *in, int n_in)
{
    struct script *script = script_of(lua);
    for (int i = 0; i < n_in; i++)
        if (in[i] && !shape_valid(&in[i]->shape))
            script_fail(lua, script_where(lua), "op.%s: tensor %d has no numbers, for it is %s", op->name, i + 1,
                        shape_text(script->arena, &in[i]->shape));
}

/* op.NAME(inputs..., {attributes}): the output. The op is upvalue 1. */
static int apply(lua_State *lua)
{
    struct script *script = script_of(lua);
    const struct op *op = lua_touserdata(lua, lua_upvalueindex(1));
    struct tensor **in = arena_array(script->arena, lua_gettop(lua) + 1, sizeof *in);
    int n_in = read_inputs(lua, op, in), rest = n_in + 1;
    check_loops(lua, op, in, n_in);
    check_numbers(lua, op, in, n_in);
    while (rest <= lua_gettop(lua) && lua_isnil(lua, rest))
        rest++;
    if (rest < lua_gettop(lua))
        script_fail(lua, script_where(lua), "op.%s takes tensors and then {attributes}, nothing else", op->name);
    if (script->graph->n_nodes >= NODES_MAX)
        script_fail(lua, script_where(lua), "the network has more than %d operations", NODES_MAX);
    void *attributes = read_attributes(lua, op, rest);
    convert_inputs(script, op, in, n_in);
    struct node *node = graph_append(script->graph, op, attributes, in, n_in, script->origin);
    if (!node) {
        diag_trail(script->diag, graph_trail(script->graph, in[0]));
        return script_abort(lua);
    }
    script_push_tensor(lua, node->out[0]); /* a further one (where a pool's maximum was) is for backward */
    return 1;
}

/* cnnc.op has them all, cnnc.script_ops tells by name whether a network can be written in it: the others belong to
 * gradients and to the passes. */
void script_open_ops(lua_State *lua)
{
    lua_newtable(lua);
    lua_newtable(lua);
    for (const struct op *const *op = op_table; *op; op++) {
        lua_pushlightuserdata(lua, (void *)*op);
        lua_pushcclosure(lua, apply, 1);
        lua_setfield(lua, -3, (*op)->name);
        lua_pushboolean(lua, (*op)->border == BORDER_NONE && ((*op)->backward || (*op)->lower));
        lua_setfield(lua, -2, (*op)->name);
    }
    lua_setfield(lua, -3, "script_ops");
    lua_setfield(lua, -2, "op");
}
