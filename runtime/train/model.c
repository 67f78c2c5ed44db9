/* model.c -- is a model one of this runtime's? */
#include "train/train.h"

/* What is read here stands in front of all else, and where it did in every version. */
bool cnn_model_check(const struct cnn_model *model, struct cnn_error *error)
{
    return model->abi == CNN_ABI ||
           cnn_fail(error, "%s wrote model %s for version %d of the runtime, which is version %d; run cnnc again",
                    model->generator ? model->generator : "cnnc", model->name, model->abi, CNN_ABI);
}
