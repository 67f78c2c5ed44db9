/* parameters.c -- a model's parameters as named tensors. */
#include "train/train.h"

void cnn_weights_list(const struct cnn_model *model, float *parameters, struct cnn_tensor *out)
{
    for (int p = 0; p < model->n_parameters; p++) {
        const struct cnn_parameter *parameter = &model->parameters[p];
        out[p] = (struct cnn_tensor){.name = parameter->name,
                                     .dtype = CNN_F32,
                                     .rank = parameter->rank,
                                     .data = parameters ? parameters + parameter->offset : NULL};
        for (int i = 0; i < parameter->rank; i++)
            out[p].dim[i] = parameter->dim[i];
    }
}
