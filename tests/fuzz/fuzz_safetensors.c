/* fuzz_safetensors.c -- files of weights, runtime/file/safetensors.c and json.c, and what they keep of their data. A file that is refused must leave the
 * parameters as they were, unless it became shorter while it was read, which none does here. */
#include "fake_model.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    size_t bytes = (size_t)model.parameter_floats * sizeof(float);
    unsigned char *parameters = malloc(bytes);
    fuzz_assert(parameters != NULL);
    memset(parameters, 0xA5, bytes);
    bool loaded = cnn_weights_load(&model, fuzz_file(data, size), (float *)(void *)parameters, &error);
    for (size_t i = 0; !loaded && i < bytes; i++)
        fuzz_assert(parameters[i] == 0xA5);
    free(parameters);
    struct cnn_preprocessing preprocessing;
    if (cnn_preprocessing_load(fuzz_file(data, size), &preprocessing, &error))
        fuzz_assert((preprocessing.n_classes > 0) == (preprocessing.classes != NULL));
    cnn_preprocessing_free(&preprocessing);
    return 0;
}
