/* fuzz_idx.c -- IDX files as images and as labels of a model: runtime/data/idx.c, array.c and dataset.c. */
#include "fake_model.h"
#include "fuzz.h"

static void read_set(const struct cnn_model *model, const char *path, const char *labels)
{
    struct cnn_dataset set;
    struct cnn_error error;
    if (!cnn_dataset_read(model, path, labels, &set, &error))
        return;
    fuzz_assert(set.count > 0 && set.input_counts[0] == model->inputs[0].count);
    cnn_dataset_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    struct cnn_array array;
    const char *path = fuzz_file(data, size);
    read_set(&model, path, NULL);
    model.inputs[0].count = model.inputs[0].dim[0] = model.inputs[0].rank =
        1; /* then the file can be its own labels */
    read_set(&model, path, path);
    if (cnn_array_read(path, NULL, &array, NULL)) {
        fuzz_assert(array.rank > 0 && array.rank <= CNN_MAX_RANK);
        cnn_array_free(&array);
    }
    return 0;
}
