/* trainings.c -- the programs that train: stages whose C is the same share one. */
#include "pass/pass.h"

#include <string.h>

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static bool same_line(const struct rule_line *a, const struct rule_line *b)
{
    return strcmp(a->op, b->op) == 0 && same_text(a->name, b->name) && a->value == b->value &&
           a->n_operands == b->n_operands && memcmp(a->operands, b->operands, sizeof a->operands) == 0;
}

static bool same_rule(const struct rule *a, const struct rule *b)
{
    if (a->n_lines != b->n_lines)
        return false;
    for (int i = 0; i < a->n_lines; i++)
        if (!same_line(&a->lines[i], &b->lines[i]))
            return false;
    return true;
}

/* Is everything that is written into the C the same? The learning rate is not. */
static bool same_program(const struct stage *a, const struct stage *b)
{
    if (strcmp(a->optimizer, b->optimizer) != 0 || !same_rule(&a->measure, &b->measure) ||
        !same_rule(&a->rule, &b->rule) || a->loss_scale != b->loss_scale || a->n_slots != b->n_slots ||
        a->n_frozen != b->n_frozen)
        return false;
    for (int i = 0; i < a->n_slots; i++)
        if (strcmp(a->slots[i].name, b->slots[i].name) != 0 || a->slots[i].initial != b->slots[i].initial)
            return false;
    for (int i = 0; i < a->n_frozen; i++)
        if (a->frozen[i] != b->frozen[i])
            return false;
    return true;
}

bool stage_freezes(const struct stage *stage, const struct parameter *parameter)
{
    for (int i = 0; i < stage->n_frozen; i++)
        if (stage->frozen[i] == parameter)
            return true;
    return false;
}

/* What a program trains. */
static struct program new_training(const struct graph *model, const struct stage *stage)
{
    struct program program = {.kind = PROGRAM_TRAIN,
                              .stage = stage,
                              .trained = arena_array(model->arena, model->n_in_memory + 1, sizeof(bool))};
    for (int i = 0; i < model->n_parameters; i++) {
        const struct parameter *parameter = model->parameters[i];
        bool trained = parameter->trainable && !stage_freezes(stage, parameter);
        program.trained[parameter->place] = trained;
        program.trained_floats += trained ? shape_count(&parameter->shape) : 0;
    }
    return program;
}

struct program *trainings_list(struct unit *unit, const struct graph *model)
{
    const struct training *training = &model->training;
    struct program *list = arena_array(model->arena, training->n_stages, sizeof *list);
    unit->train_of = arena_array(model->arena, training->n_stages, sizeof *unit->train_of);
    for (int s = 0; s < training->n_stages; s++) {
        const struct stage *stage = &training->stages[s];
        int i = 0;
        while (i < unit->n_trains && !same_program(list[i].stage, stage))
            i++;
        if (i < unit->n_trains)
            continue;
        struct program program = new_training(model, stage);
        for (i = unit->n_trains++; i > 0 && list[i - 1].trained_floats < program.trained_floats; i--)
            list[i] = list[i - 1];
        list[i] = program;
    }
    for (int s = 0; s < training->n_stages; s++)
        while (!same_program(list[unit->train_of[s]].stage, &training->stages[s]))
            unit->train_of[s]++;
    return list;
}
