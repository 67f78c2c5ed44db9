/* pack.c -- weights as the bytes of a safetensors file, in memory. */
#include "train/train.h"

#include <stdlib.h>
#include <string.h>

static bool pack(const struct cnn_model *model, const struct cnn_tensors *tensors, const struct cnn_kept *kept,
                 unsigned char **bytes, int64_t *count, struct cnn_error *error)
{
    struct cnn_metadata metadata[1 + CNN_PREPROCESSING_ENTRIES] = {{"model", model->name}};
    char *header;
    size_t length;
    memcpy(metadata + 1, kept->entry, sizeof kept->entry);
    *count = 0;
    for (int i = 0; i < tensors->count; i++)
        *count += cnn_tensor_bytes(&tensors->tensor[i]);
    bool ok = cnn_tensors_header(metadata, 1 + kept->count, tensors, &header, &length) ||
              cnn_fail(error, "out of memory for the names of %d tensors", tensors->count);
    *count += (int64_t)length;
    *bytes = ok ? cnn_alloc(*count, error) : NULL;
    if (*bytes) {
        unsigned char *at = *bytes;
        memcpy(at, header, length);
        at += length;
        for (int i = 0; i < tensors->count; i++) {
            const struct cnn_tensor *tensor = &tensors->tensor[i];
            cnn_encode(at, tensor->data, cnn_tensor_count(tensor), cnn_dtypes[tensor->dtype].bytes);
            at += cnn_tensor_bytes(tensor);
        }
    }
    free(header);
    return *bytes != NULL;
}

bool cnn_weights_pack(const struct cnn_model *model, const float *parameters,
                      const struct cnn_preprocessing *preprocessing, unsigned char **bytes, int64_t *count,
                      struct cnn_error *error)
{
    struct cnn_kept kept;
    struct cnn_tensors tensors = cnn_weights_tensors(model, (float *)parameters, error); /* only read */
    *bytes = NULL;
    bool ok = cnn_kept_make(preprocessing, &kept, error) && tensors.tensor &&
              pack(model, &tensors, &kept, bytes, count, error);
    cnn_kept_free(&kept);
    free(tensors.tensor);
    return ok;
}
