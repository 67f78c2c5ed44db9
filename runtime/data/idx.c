/* idx.c -- the header of an IDX file (yann.lecun.com/exdb/mnist): two zero bytes, a type byte, a rank byte, then
 * rank dimensions of four bytes. All of it, and the data, are big-endian. */
#include "data/data.h"

static const struct {
    unsigned char code;
    struct cnn_number number;
} types[] = {
    {0x08, {CNN_NUMBER_UNSIGNED, 1, true}}, {0x09, {CNN_NUMBER_SIGNED, 1, true}},
    {0x0B, {CNN_NUMBER_SIGNED, 2, true}},   {0x0C, {CNN_NUMBER_SIGNED, 4, true}},
    {0x0D, {CNN_NUMBER_REAL, 4, true}},     {0x0E, {CNN_NUMBER_REAL, 8, true}},
};

static const struct cnn_number *find_type(unsigned char code)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == code)
            return &types[i].number;
    return NULL;
}

bool cnn_idx_header(struct cnn_array_file *in, const unsigned char magic[4])
{
    struct cnn_input *input = &in->input;
    unsigned char bytes[4 * CNN_MAX_RANK];
    int64_t dim[CNN_MAX_RANK];
    const struct cnn_number *number = find_type(magic[2]);
    int rank = magic[3];
    if (!number)
        return cnn_fail(input->error, "%s: not a sound IDX file: it begins with %02x %02x %02x %02x", input->path,
                        magic[0], magic[1], magic[2], magic[3]);
    if (rank < 1 || rank > CNN_MAX_RANK)
        return cnn_fail(input->error, "%s: has %d dimensions, 1 to %d are possible", input->path, rank,
                        CNN_MAX_RANK);
    if (!cnn_input_exactly(input, bytes, 4 * (int64_t)rank, "an IDX file"))
        return false;
    for (int i = 0; i < rank; i++)
        dim[i] = (int64_t)cnn_big_endian(bytes + 4 * (ptrdiff_t)i, 4);
    in->number = *number;
    return cnn_array_file_shape(in, rank, dim);
}
