/* fuzz_npy.c -- .npy and .npz files, runtime/data/npy.c, zip.c and sets.c. Checksums of the archive's members are made
 * right first where they are stored, or hardly anything would get past them. */
#include "fake_model.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint32_t little_endian(const uint8_t *bytes, int size)
{
    uint32_t value = 0;
    for (int i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

/* The checksum of a member that stands at `at` in the directory. */
static void mend_member(uint8_t *data, size_t size, size_t at)
{
    uint64_t packed = little_endian(data + at + 20, 4), local = little_endian(data + at + 42, 4);
    if (little_endian(data + at + 10, 2) != 0 || local + 30 > size)
        return;
    uint64_t start = local + 30 + little_endian(data + local + 26, 2) + little_endian(data + local + 28, 2);
    if (start + packed > size)
        return;
    uLong crc = crc32(0, data + start, (uInt)packed);
    for (size_t i = 0; i < 4; i++)
        data[at + 16 + i] = (uint8_t)(crc >> 8 * i);
}

static void read_sets(const struct cnn_model *model, const char *path)
{
    static const char *const prefixes[] = {"train", "t10k"};
    for (int i = 0; i < 2; i++) {
        struct cnn_dataset set;
        struct cnn_error error;
        if (!cnn_dataset_open(model, path, prefixes[i], &set, &error))
            continue;
        fuzz_assert(set.count > 0 && set.input_counts[0] == model->inputs[0].count && set.labels[0] != NULL);
        cnn_dataset_free(&set);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    struct cnn_array array;
    uint8_t *copy = malloc(size ? size : 1);
    fuzz_assert(copy != NULL);
    memcpy(copy, data, size);
    for (size_t at = 0; at + 46 <= size; at++)
        if (memcmp(copy + at, "PK\1\2", 4) == 0)
            mend_member(copy, size, at);
    const char *path = fuzz_file(copy, size);
    if (cnn_array_read(path, NULL, &array, NULL)) {
        fuzz_assert(array.rank > 0 && array.rank <= CNN_MAX_RANK);
        cnn_array_free(&array);
    }
    read_sets(&model, path);
    free(copy);
    return 0;
}
