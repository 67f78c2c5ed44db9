/* fuzz_csv.c -- tables, runtime/data/csv.c, for a model of three inputs with a class, or two values, as label. */
#include "../../runtime/data/data.h"
#include "fake_model.h"
#include "fuzz.h"

static void read_table(const struct cnn_model *model, const char *path)
{
    struct cnn_array inputs, labels;
    struct cnn_error error;
    if (cnn_csv_read(model, path, &inputs, &labels, &error)) {
        fuzz_assert(inputs.dim[0] > 0 && inputs.dim[1] == model->input_count);
        fuzz_assert(!labels.data || labels.dim[0] == inputs.dim[0]);
    }
    cnn_array_free(&inputs);
    cnn_array_free(&labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    const char *path = fuzz_file(data, size);
    model.input_rank = 1;
    model.input_dim[0] = model.input_count = 3;
    read_table(&model, path);
    model.label_is_class = false;
    model.label_count = 2;
    read_table(&model, path);
    return 0;
}
