/* cifar.c -- the binary batches of CIFAR-10 and CIFAR-100 (www.cs.toronto.edu/~kriz/cifar.html): records of one label, or of
 * a coarse and a fine one, and 3 planes of 32x32 bytes. Nothing in the file says so but its size. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, CHANNELS = 3, PIXELS = CHANNELS * PLANE, BATCHES = 5, CHUNK = 1 << 20 };

struct batches {
    const struct cnn_model *model;
    struct cnn_geometry geometry;
    unsigned char *bytes; /* of all files */
    int64_t used, room;
    int64_t labels; /* of a record: 1 or 2 */
};

/* ---- bytes ------------------------------------------------------------------------------------------- */

static bool make_room(struct batches *batches, struct cnn_input *input)
{
    int64_t room = 2 * batches->room + CHUNK;
    if (batches->used < batches->room)
        return true;
    unsigned char *grown = room < INT64_MAX / 4 ? realloc(batches->bytes, (size_t)room) : NULL;
    if (!grown)
        return cnn_fail(input->error, "%s: out of memory: %" PRId64 " bytes are not to be had", input->path, room);
    batches->bytes = grown;
    batches->room = room;
    return true;
}

/* Adds the bytes of a file, whose size says what its records are. */
static bool add_bytes(struct batches *batches, struct cnn_input *input)
{
    const int64_t before = batches->used;
    for (int64_t got = 1; got > 0; batches->used += got)
        if (!make_room(batches, input) ||
            (got = input->read(input, batches->bytes + batches->used, batches->room - batches->used)) < 0)
            return false;
    int64_t bytes = batches->used - before, labels = bytes % (1 + PIXELS) == 0 ? 1 : 2;
    if (bytes == 0 || bytes % (labels + PIXELS) != 0 || (batches->labels && labels != batches->labels))
        return cnn_fail(input->error,
                        "%s: has %" PRId64
                        " bytes, which are no %srecords of CIFAR-10 (%d bytes each) or CIFAR-100 (%d)",
                        input->path, bytes, batches->labels ? "more " : "", 1 + PIXELS, 2 + PIXELS);
    batches->labels = labels;
    return true;
}

static bool add_file(struct batches *batches, const char *path, struct cnn_error *error)
{
    struct cnn_input input;
    bool ok = cnn_input_open(&input, path, error) && add_bytes(batches, &input);
    cnn_input_close(&input);
    return ok;
}

/* FOLDER/data_batch_1.bin and those of the other numbers that are there. */
static bool add_files(struct batches *batches, const char *path, struct cnn_error *error)
{
    char other[CNN_PATH_SIZE];
    const char *number = strrchr(path, '1');
    bool ok = number && add_file(batches, path, error);
    for (int i = 2; i <= BATCHES && ok; i++) {
        int length = snprintf(other, sizeof other, "%.*s%d%s", (int)(number - path), path, i, number + 1);
        if (length < (int)sizeof other && cnn_is_there(other))
            ok = add_file(batches, other, error);
    }
    return ok;
}

/* ---- records ----------------------------------------------------------------------------------------- */

static bool put_picture(const struct batches *batches, const unsigned char *planes, uint8_t *input,
                        struct cnn_error *error)
{
    struct cnn_picture_file picture = {
        .geometry = &batches->geometry, .columns = SIDE, .rows = SIDE, .channels = CHANNELS, .error = error};
    picture.pixels = cnn_alloc(PIXELS, error);
    for (int i = 0; picture.pixels && i < PIXELS; i++)
        picture.pixels[i] = planes[i % CHANNELS * PLANE + i / CHANNELS];
    bool ok = picture.pixels && cnn_picture_arrange(&picture, input);
    free(picture.pixels);
    return ok;
}

static bool convert(const struct batches *batches, struct cnn_raw *raw, struct cnn_error *error)
{
    const int64_t record = batches->labels + PIXELS, rows = batches->used / record;
    const int64_t inputs = batches->model->inputs[0].count;
    bool fine = batches->labels == 2 && cnn_label_classes(batches->model) != 20;
    uint8_t *pixels = cnn_alloc(inputs > INT64_MAX / rows ? -1 : inputs * rows, error);
    float *labels = cnn_alloc_floats(rows, error);
    raw->inputs = (struct cnn_array){.rank = 2, .dim = {rows, inputs}, .element = CNN_BYTE, .data = pixels};
    raw->labels = (struct cnn_array){.rank = 2, .dim = {rows, 1}, .element = CNN_FLOAT, .data = labels};
    raw->inputs_are_whole = raw->labels_are_whole = raw->is_picture = true;
    bool ok = pixels && labels;
    for (int64_t row = 0; row < rows && ok; row++) {
        const unsigned char *bytes = batches->bytes + row * record;
        labels[row] = bytes[fine];
        ok = put_picture(batches, bytes + batches->labels, pixels + row * inputs, error);
    }
    return ok;
}

bool cnn_cifar_read(const struct cnn_model *model, const struct cnn_source *source,
                    struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    const char *path = source->inputs.path;
    struct batches batches = {.model = model};
    (void)preprocessing;
    if (!cnn_geometry_of_flat(model, SIDE, SIDE, &batches.geometry) &&
        !cnn_picture_geometry(model, path, &batches.geometry, error))
        return false;
    bool ok = (source->inputs.name ? add_files : add_file)(&batches, path, error) && convert(&batches, raw, error);
    free(batches.bytes);
    return ok;
}
