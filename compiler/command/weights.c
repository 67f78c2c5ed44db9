/* weights.c -- trained parameters from a safetensors file, through the runtime's reader. */
#include "command/command.h"

#include "../../runtime/cnnrt.h"

#include <math.h>

/* An infinity or NaN has no C literal, and a network with one predicts nothing. */
static bool all_finite(const struct graph *model, const char *path, const float *parameters)
{
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        for (int64_t j = 0; j < shape_count(&parameter->shape); j++)
            if (!isfinite(parameters[parameter->offset + j])) {
                diag_error(model->diag, (struct origin){.file = path}, "%s has a number that is not finite",
                           parameter->name);
                return diag_hint(model->diag, "train again with a smaller learning rate");
            }
    }
    return true;
}

float *weights_read(const struct graph *model, const char *path)
{
    struct arena *arena = model->arena;
    struct cnn_parameter *table = arena_array(arena, model->n_in_memory, sizeof *table);
    for (int i = 0; i < model->n_in_memory; i++) {
        const struct parameter *parameter = model->parameters_in_memory[i];
        table[i] = (struct cnn_parameter){.name = parameter->name,
                                          .rank = parameter->shape.rank,
                                          .offset = parameter->offset,
                                          .count = shape_count(&parameter->shape)};
        for (int j = 0; j < parameter->shape.rank; j++)
            table[i].dim[j] = parameter->shape.dim[j];
    }
    struct cnn_model reader = {.name = model->script,
                               .parameters = table,
                               .n_parameters = model->n_in_memory,
                               .parameter_floats = model->parameter_floats};
    struct cnn_error error;
    /* Memory is asked for when the file is known to have as much. */
    if (cnn_weights_load(&reader, path, NULL, &error)) {
        float *parameters = arena_array(arena, model->parameter_floats, sizeof *parameters);
        if (cnn_weights_load(&reader, path, parameters, &error))
            return all_finite(model, path, parameters) ? parameters : NULL;
    }
    diag_error(model->diag, (struct origin){.file = path}, "%s", error.message);
    return NULL;
}

bool weights_embed(struct unit *unit, const struct graph *model, const char *path)
{
    const float *parameters = path ? weights_read(model, path) : NULL;
    return !path || (parameters && embed_parameters(unit, parameters));
}
