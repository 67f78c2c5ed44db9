/* adapt.c -- parameters that are computed from the data before training begins: from which input, and how. */
#include "op/op.h"
#include "script/script.h"

#include <lauxlib.h>
#include <string.h>

/* A crop changes which number is which, but for those that there is one mean for, or one for each of the last axis. */
static bool keeps_places(const struct adaptation *adaptation, const struct node *node)
{
    const struct shape *x = &node->in[0]->shape, *y = &node->out[0]->shape;
    int64_t count = shape_count(&adaptation->mean->shape), last = x->dim[x->rank - 1];
    return shape_equal(x, y) || count == 1 ||
           (adaptation->inner == 1 && count == last && last == y->dim[y->rank - 1]);
}

/* Goes back from what is normalised to an input of the script. On the way numbers may be scaled, and images augmented, which the
 * statistics leave out. False: something else computes what is normalised. */
static bool find_input(struct adaptation *adaptation)
{
    adaptation->scale = 1;
    while (adaptation->of->producer) {
        const struct node *node = adaptation->of->producer;
        if (node->op == &op_affine) {
            const struct affine *a = node->attributes;
            adaptation->offset += adaptation->scale * a->offset;
            adaptation->scale *= a->scale;
        } else if (!node->op->alias && !(node->op == &op_augment && keeps_places(adaptation, node))) {
            return false;
        }
        adaptation->of = node->in[0];
    }
    return adaptation->of->role == ROLE_INPUT;
}

int script_adapt(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct graph *graph = script->graph;
    struct adaptation adaptation = {.mean = script_check_tensor(lua, 1)->parameter,
                                    .variance = script_check_tensor(lua, 2)->parameter,
                                    .of = script_check_tensor(lua, 3),
                                    .inner = luaL_checkinteger(lua, 4),
                                    .at = script->origin};
    if (!find_input(&adaptation)) {
        diag_error(script->diag, adaptation.at,
                   "%s is adapted to the training data, so it must stand in front of all layers but Rescaling, "
                   "Reshape and augmentation",
                   adaptation.at.type);
        diag_trail(script->diag, graph_trail(graph, script_check_tensor(lua, 3)));
        diag_hint(script->diag, "put it there, or give it mean and variance");
        return script_abort(lua);
    }
    graph->adaptations =
        arena_grow(graph->arena, graph->adaptations, graph->n_adaptations, sizeof *graph->adaptations);
    graph->adaptations[graph->n_adaptations++] = adaptation;
    return 0;
}

static bool is_used(const struct graph *graph, const struct parameter *parameter)
{
    for (int i = 0; i < graph->n_tensors; i++)
        if (graph->tensors[i]->parameter == parameter)
            return true;
    return false;
}

/* A layer that is called on several inputs is adapted to the first of them. */
static bool is_adapted(const struct graph *graph, const struct parameter *mean)
{
    for (int i = 0; i < graph->n_adaptations; i++)
        if (graph->adaptations[i].mean == mean)
            return true;
    return false;
}

/* -1: it is none of the model's. */
static int input_number(const struct graph *graph, const struct tensor *tensor)
{
    for (int i = 0; i < graph->n_inputs; i++)
        if (graph->inputs[i] == tensor)
            return i;
    return -1;
}

void script_finish_adaptations(struct graph *graph)
{
    int count = graph->n_adaptations;
    graph->n_adaptations = 0;
    for (int i = 0; i < count; i++) {
        struct adaptation adaptation = graph->adaptations[i];
        adaptation.input = input_number(graph, adaptation.of);
        if (adaptation.input >= 0 && is_used(graph, adaptation.mean) && !is_adapted(graph, adaptation.mean))
            graph->adaptations[graph->n_adaptations++] = adaptation;
    }
}
