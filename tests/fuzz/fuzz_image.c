/* fuzz_image.c -- PNG, JPEG, BMP, PGM and PPM pictures, runtime/data/image.c. The checksums of PNG's chunks are made right first,
 * or nothing would get past them. */
#include "fake_model.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Chunks: length, four letters, data, checksum of letters and data; the first follows eight bytes of signature. */
static void mend_png(uint8_t *data, size_t size)
{
    size_t at = 8;
    while (size >= 12 && at <= size - 12) {
        size_t length = big_endian(data + at);
        if (length > size - 12 - at)
            return;
        uLong crc = crc32(0, data + at + 4, (uInt)(4 + length));
        uint8_t *stored = data + at + 8 + length;
        for (int i = 0; i < 4; i++)
            stored[i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnn_model model = fake_model();
    uint8_t *copy = malloc(size ? size : 1), *input = malloc((size_t)model.inputs[0].count * 3);
    fuzz_assert(copy != NULL && input != NULL);
    memcpy(copy, data, size);
    if (size > 0 && copy[0] == 0x89)
        mend_png(copy, size);
    const char *path = fuzz_file(copy, size);
    cnn_image_read(&model, path, input, NULL);
    model.inputs[0].dim[2] = 3;
    model.inputs[0].count *= 3;
    cnn_image_read(&model, path, input, NULL);
    free(copy);
    free(input);
    return 0;
}
