/* fuzz_gzip.c -- compressed IDX files. The input is the deflate stream: header, checksum and length, which no
 * mutation would get right, are put around it. The last byte says whether to spoil them. */
#include "fake_model.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MAX = 1 << 16 };

/* Checksum and length of what the stream holds, little-endian. */
static void make_trailer(const uint8_t *data, size_t size, uint8_t trailer[8])
{
    static uint8_t out[MAX];
    z_stream stream = {
        .next_in = (uint8_t *)(uintptr_t)data, .avail_in = (uInt)size, .next_out = out, .avail_out = MAX};
    fuzz_assert(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
    inflate(&stream, Z_FINISH);
    uLong values[] = {crc32(0, out, (uInt)stream.total_out), stream.total_out};
    inflateEnd(&stream);
    for (int i = 0; i < 8; i++)
        trailer[i] = (uint8_t)(values[i / 4] >> 8 * (i % 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t header[10] = {0x1f, 0x8b, 8};
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    if (size == 0)
        return 0;
    uint8_t spoil = data[--size], *file = malloc(sizeof header + size + 8);
    fuzz_assert(file != NULL);
    memcpy(file, header, sizeof header);
    memcpy(file + sizeof header, data, size);
    make_trailer(data, size, file + sizeof header + size);
    file[sizeof header + size + spoil % 8] ^= (uint8_t)(spoil >> 7);
    if (cnn_dataset_read(&model, fuzz_file(file, sizeof header + size + 8), NULL, &set, NULL))
        cnn_dataset_free(&set);
    free(file);
    return 0;
}
