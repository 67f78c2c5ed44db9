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

struct cnn_tensors cnn_weights_tensors(const struct cnn_model *model, float *parameters, struct cnn_error *error)
{
    struct cnn_tensors tensors = {.model = model->name, .count = model->n_parameters};
    if (cnn_model_check(model, error))
        tensors.tensor = cnn_alloc(tensors.count * (int64_t)sizeof *tensors.tensor, error);
    if (tensors.tensor)
        cnn_weights_list(model, parameters, tensors.tensor);
    return tensors;
}

bool cnn_stage_trains(const struct cnn_model *model, const struct cnn_stage *stage, int parameter)
{
    return stage->trained ? stage->trained[parameter] : model->parameters[parameter].trainable;
}
