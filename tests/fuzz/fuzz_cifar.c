/* fuzz_cifar.c -- CIFAR's binary batches, runtime/data/cifar.c, made smaller and grey. */
#include "../../runtime/data/data.h"
#include "fake_model.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    const struct cnn_source source = {.inputs = {.path = fuzz_file(data, size)}};
    struct cnn_preprocessing preprocessing = {.n_classes = 0};
    struct cnn_raw raw = {.is_picture = false};
    struct cnn_dataset set = {.count = 0};
    if (cnn_cifar_read(&model, &source, &preprocessing, &raw, NULL)) {
        fuzz_assert(raw.inputs.dim[0] > 0 && raw.inputs.dim[0] == raw.labels.dim[0]);
        if (cnn_raws_finish(&model, &raw, 1, &preprocessing, &set, NULL))
            fuzz_assert(set.count > 0 && set.labels[0]);
    }
    cnn_raw_free(&raw);
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&preprocessing);
    return 0;
}
