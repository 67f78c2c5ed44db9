/* fuzz_checkpoint.c -- checkpoints, runtime/train/checkpoint.c. The checksum is made right first, or nothing would get
 * past it. */
#include "../../runtime/train/train.h"
#include "fake_model.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CALLBACK_BYTES = 16 };

/* The copy, freed by the caller, with its last four bytes the CRC-32 of those before. */
static uint8_t *with_checksum(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    fuzz_assert(copy != NULL);
    memcpy(copy, data, size);
    uLong crc = size < 4 ? 0 : crc32(0, copy, (uInt)(size - 4));
    for (size_t i = 0; size >= 4 && i < 4; i++)
        copy[size - 4 + i] = (uint8_t)(crc >> 8 * i);
    return copy;
}

/* As cnn_fit() would, for the training of the seed. */
static void load(const struct cnn_model *model, const char *path)
{
    struct cnn_error error;
    unsigned char callbacks[CALLBACK_BYTES];
    double sums[FAKE_COLUMNS];
    int64_t rows = 0;
    const struct cnn_fit_options options = cnn_fit_defaults(model);
    struct cnn_checkpoint here = {.batch_size = 16,
                                  .shuffle = 1,
                                  .rows = 40,
                                  .callback_bytes = CALLBACK_BYTES,
                                  .history_columns = 3,
                                  .seed = 1,
                                  .data = 2,
                                  .first_learning_rate = model->stages->learning_rate,
                                  .class_weights = cnn_class_weights_hash(model, &options),
                                  .sums = sums,
                                  .callbacks = callbacks,
                                  .stage_rows = &rows};
    here.parameters = cnn_alloc_floats(model->parameter_floats, &error);
    here.state = cnn_alloc_floats(model->stages->state_floats, &error);
    if (cnn_checkpoint_load(model, path, &here, &error))
        free(here.history);
    free(here.parameters);
    free(here.state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    struct cnn_position position;
    struct cnn_error error;
    uint8_t *copy = with_checksum(data, size);
    const char *path = fuzz_file(copy, size);
    if (cnn_checkpoint_position(&model, path, &position, &error))
        fuzz_assert(position.epoch >= 0 && position.batch >= 0);
    load(&model, path);
    free(copy);
    return 0;
}
