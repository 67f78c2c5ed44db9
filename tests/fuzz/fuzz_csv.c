/* fuzz_csv.c -- tables, runtime/data/csv.c, column.c and table.c, for models of three or nine inputs with a class, a yes or no, or
 * two values as label; the label's column is looked for, or told. */
#include <stdlib.h>
#include <string.h>

#include "../../runtime/data/data.h"
#include "fake_model.h"
#include "fuzz.h"

static void read_table(const struct cnn_model *model, const char *path, const char *label)
{
    const struct cnn_source source = {.inputs = {.path = path, .name = label ? NULL : "train"}};
    struct cnn_preprocessing preprocessing = {.label_is_chosen = label != NULL};
    struct cnn_raw raw = {.is_picture = false};
    struct cnn_dataset set = {.count = 0};
    struct cnn_error error;
    if (label)
        memcpy(preprocessing.label, label, strlen(label) + 1);
    if (cnn_table_read(model, &source, &preprocessing, &raw, &error)) {
        fuzz_assert(raw.inputs.dim[0] > 0 && raw.inputs.dim[1] == model->inputs[0].count);
        fuzz_assert(!raw.labels.data || raw.labels.dim[0] == raw.inputs.dim[0]);
        if (cnn_raws_finish(model, &raw, 1, &preprocessing, &set, &error))
            fuzz_assert(set.count > 0 && set.inputs[0]);
    }
    cnn_raw_free(&raw);
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&preprocessing);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    const char *path = fuzz_file(data, size);
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = model.inputs[0].count = 3;
    read_table(&model, path, NULL);
    read_table(&model, path, "-1");
    model.outputs[0].label_is_class = false;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    model.outputs[0].label_count = 2;
    read_table(&model, path, NULL);
    read_table(&model, path, "9223372036854775807");
    model.inputs[0].dim[0] = model.inputs[0].count = 9; /* as many may stand in one cell */
    read_table(&model, path, NULL);
    model.inputs[0].dim[0] = model.inputs[0].count = 3;
    model.outputs[0].label_count = 1;
    model.outputs[0].probabilities = CNN_PROBABILITIES_SIGMOID;
    read_table(&model, path, "a");
    return 0;
}
