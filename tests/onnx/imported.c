/* imported.c -- the numbers of an imported model, for the naive interpreter. */
#include "tests.h"

const double *imported_parameters(const struct graph *graph)
{
    double *parameters = arena_array(graph->arena, graph->parameter_floats + 1, sizeof *parameters);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct parameter *parameter = graph->parameters_in_memory[i];
        for (int64_t j = 0; j < shape_count(&parameter->shape); j++)
            parameters[parameter->offset + j] = (double)parameter->values[j];
    }
    return parameters;
}
