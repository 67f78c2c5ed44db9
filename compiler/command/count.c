/* count.c -- what `cnnc summary` tells of layers and memory, before it is printed one way or another. */
#include "command/command.h"

static struct summary_row count_layer(const struct graph *model, const struct layer *layer)
{
    struct summary_row row = {.layer = layer, .neurons = layer->neurons};
    row.multiply_adds = graph_work(model, layer->name);
    for (int i = 0; i < layer->n_parameters; i++)
        row.parameters += shape_count(&layer->parameters[i]->shape);
    return row;
}

struct summary_totals summary_count(const struct graph *model, struct summary_row *rows)
{
    struct summary_totals totals = {.trainable = model->trainable_floats};
    for (int i = 0; i < model->n_parameters; i++)
        totals.parameters += shape_count(&model->parameters[i]->shape);
    for (int i = 0; i < model->n_layers; i++) {
        rows[i] = count_layer(model, model->layers[i]);
        totals.neurons += rows[i].neurons;
        totals.multiply_adds += rows[i].multiply_adds;
    }
    return totals;
}

struct summary_memory summary_inference(const struct unit *unit)
{
    const struct program *predict = &unit->variants[0].predict;
    int64_t parameters = (unit->prepared.floats + unit->prepared.direct_floats) * SUMMARY_NUMBER_BYTES;
    return (struct summary_memory){
        .parameters = parameters,
        .workspace = predict->workspace_bytes,
        .lower_bound = parameters + predict->lower_bound_bytes,
    };
}

int64_t summary_total(struct summary_memory memory) { return memory.parameters + memory.workspace + memory.others; }

/* On one thread: the parameters, the optimizer's state, and the parts of a step. */
struct summary_memory summary_stage(const struct unit *unit, int index)
{
    const struct stage *stage = &unit->model->training.stages[index];
    const struct program *train = &unit->variants[0].train[unit->train_of[index]];
    int64_t floats = unit->model->parameter_floats + stage->n_slots * train->trained_floats;
    struct summary_memory memory = {.parameters = floats * SUMMARY_NUMBER_BYTES,
                                    .lower_bound = floats * SUMMARY_NUMBER_BYTES};
    for (int i = 0; i < train->n_parts; i++) {
        const struct step_part *part = &train->parts[i];
        int64_t bytes = step_part_bytes(train, part, stage->batch_size, false);
        *(part->times == TIMES_THREADS ? &memory.workspace : &memory.others) += bytes;
        memory.lower_bound += step_part_bytes(train, part, stage->batch_size, true);
    }
    return memory;
}

/* The stage that needs the most; the others use the same memory. */
int summary_largest_stage(const struct unit *unit)
{
    int largest = 0;
    for (int i = 1; i < unit->model->training.n_stages; i++)
        if (summary_total(summary_stage(unit, i)) > summary_total(summary_stage(unit, largest)))
            largest = i;
    return largest;
}
