/* label.c -- what a model's labels can be: classes, or values. */
#include "data/data.h"

#include <math.h>

int64_t cnn_label_classes(const struct cnn_model *model)
{
    if (!model->label_is_class)
        return model->label_count > 1 ? model->label_count : 0;
    return model->output_rank > 0 ? model->output_dim[model->output_rank - 1] : 1;
}

bool cnn_is_class(float value, int64_t classes)
{
    return value >= 0 && value < (float)classes && value == floorf(value);
}
