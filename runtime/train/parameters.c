/* parameters.c -- a model's parameters as named tensors. */
#include "train/train.h"

struct cnn_tensor cnn_weights_tensor(const struct cnn_parameter *parameter, float *parameters)
{
    struct cnn_tensor tensor = {.name = parameter->name,
                                .dtype = CNN_F32,
                                .rank = parameter->rank,
                                .data = parameters ? parameters + parameter->offset : NULL};
    for (int i = 0; i < parameter->rank; i++)
        tensor.dim[i] = parameter->dim[i];
    return tensor;
}

void cnn_weights_list(const struct cnn_model *model, float *parameters, struct cnn_tensor *out)
{
    for (int p = 0; p < model->n_parameters; p++)
        out[p] = cnn_weights_tensor(&model->parameters[p], parameters);
}
