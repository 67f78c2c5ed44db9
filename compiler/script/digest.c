/* digest.c -- what a training computes, as a number: another one would not go on from its checkpoints with the same bits.
 *
 * It is that of the script's graph, before anything of the target or of the options is in it, and not of where the script
 * says what: lines may change. Parameters are known by their names, as in the checkpoints. */
#include "op/op.h"
#include "script/script.h"

#include <string.h>

static uint64_t hash_shape(uint64_t hash, const struct shape *shape)
{
    hash = hash_number(hash, shape->rank);
    for (int i = 0; i < shape->rank; i++)
        hash = hash_number(hash, shape->dim[i]);
    return hash;
}

/* Which it is of those that are given with a sample or a batch. */
static uint64_t hash_given(uint64_t hash, const struct graph *graph, const struct tensor *tensor)
{
    for (int i = 0; i < graph->n_inputs; i++)
        if (graph->inputs[i] == tensor)
            hash = hash_number(hash, i);
    for (int i = 0; i < graph->n_labels; i++)
        if (graph->labels[i].tensor == tensor)
            hash = hash_number(hash, graph->labels[i].output);
    for (int i = 0; i < graph->n_batch_numbers; i++) {
        const struct batch_number *number = &graph->batch_numbers[i];
        if (number->tensor == tensor)
            hash = hash_real(hash_number(hash_number(hash, number->kind), number->output), number->ignored);
    }
    return hash;
}

/* By what it is made, or else by what it is: ids count what the model does not use, too. */
static uint64_t hash_tensor(uint64_t hash, const struct graph *graph, const struct tensor *tensor)
{
    if (!tensor)
        return hash_number(hash, -1);
    hash = hash_shape(hash_number(hash, tensor->role), &tensor->shape);
    if (tensor->producer)
        return hash_number(hash_number(hash, tensor->producer->id), tensor->output_index);
    return tensor->parameter ? hash_text(hash, tensor->parameter->name) : hash_given(hash, graph, tensor);
}

static uint64_t hash_attribute(uint64_t hash, struct arena *arena, const struct node *node,
                               const struct attribute *a)
{
    double real;
    if (a->type != ATTRIBUTE_FLOAT) /* of which a text has not all digits */
        return hash_text(hash, member_text(arena, node->attributes, a));
    memcpy(&real, (const char *)node->attributes + a->offset, sizeof real);
    return hash_real(hash, real);
}

static uint64_t hash_node(uint64_t hash, const struct graph *graph, const struct node *node)
{
    hash = hash_text(hash, node->op->name);
    for (const struct attribute *a = node->op->attributes; a && a->name; a++)
        hash = hash_attribute(hash, graph->arena, node, a);
    for (int i = 0; i < node->n_in; i++)
        hash = hash_tensor(hash, graph, node->in[i]);
    return hash;
}

static uint64_t hash_rule(uint64_t hash, const struct rule *rule)
{
    hash = hash_number(hash, rule->n_lines);
    for (int i = 0; i < rule->n_lines; i++) {
        const struct rule_line *line = &rule->lines[i];
        hash = hash_real(hash_text(hash, line->op), line->value);
        if (strcmp(line->op, "variable") == 0 || strcmp(line->op, "assign") == 0)
            hash = hash_text(hash, line->name); /* of others it is only what the C calls them */
        for (int j = 0; j < line->n_operands; j++)
            hash = hash_number(hash, line->operands[j]);
    }
    return hash;
}

uint64_t script_digest(const struct graph *graph)
{
    uint64_t hash = HASH_BEGIN;
    for (int i = 0; i < graph->n_nodes; i++)
        hash = hash_node(hash, graph, graph->nodes[i]);
    hash = hash_tensor(hash_tensor(hash, graph, graph->loss), graph, graph->penalty);
    for (int i = 0; i < graph->n_parameters; i++)
        hash = hash_real(hash_real(hash, graph->parameters[i]->l1), graph->parameters[i]->l2);
    for (int i = 0; i < graph->n_constraints; i++)
        hash =
            hash_tensor(hash_text(hash, graph->constraints[i].parameter->name), graph, graph->constraints[i].value);
    for (int i = 0; i < graph->n_metrics; i++) /* what a callback looks at decides what comes next */
        hash = hash_tensor(hash, graph, graph->metrics[i]);
    return hash_rule(hash, &graph->training.finish);
}

uint64_t script_stage_digest(const struct stage *stage)
{
    uint64_t hash = hash_real(HASH_BEGIN, stage->loss_scale);
    for (int i = 0; i < stage->n_slots; i++)
        hash = hash_real(hash, stage->slots[i].initial);
    return hash_rule(hash_rule(hash, &stage->measure), &stage->rule);
}
