/* cifar.c -- the binary batches of CIFAR-10 and CIFAR-100 (www.cs.toronto.edu/~kriz/cifar.html): records of one label, or of
 * a coarse and a fine one, and 3 planes of 32x32 bytes. Nothing in the file says so but its size. */
#include "data/data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_BYTES = 8192 }; /* of a file with the names of classes: CIFAR-100's has 1 KB */
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

static bool is_fine(const struct batches *batches)
{
    return batches->labels == 2 && cnn_label_classes(batches->model) != 20;
}

static bool convert(const struct batches *batches, struct cnn_raw *raw, struct cnn_error *error)
{
    const int64_t record = batches->labels + PIXELS, rows = batches->used / record;
    const int64_t inputs = batches->model->inputs[0].count;
    bool fine = is_fine(batches);
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

/* ---- names of classes ---------------------------------------------------------------------------------- */

/* Text that is longer than there is room for becomes none. */
static bool read_text(const char *path, char text[NAMES_BYTES], struct cnn_error *error)
{
    struct cnn_input input;
    int64_t used = 0, got = 1;
    bool ok = cnn_input_open(&input, path, error);
    for (; ok && got > 0 && used < NAMES_BYTES; used += got) {
        got = input.read(&input, (unsigned char *)text + used, NAMES_BYTES - used);
        ok = got >= 0;
    }
    cnn_input_close(&input);
    text[ok && used < NAMES_BYTES ? used : 0] = '\0';
    return ok;
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return length > 0 && length < CNN_COLUMN_NAME;
}

/* The lines; *fit: they are different names. */
static bool take_lines(char *text, struct cnn_words *words, bool *fit, struct cnn_error *error)
{
    int lines = 0;
    *fit = true;
    for (char *line = text + strspn(text, "\r\n"), *next; *line && *fit; line = next) {
        size_t length = strcspn(line, "\r\n");
        next = line + length + strspn(line + length, "\r\n");
        line[length] = '\0';
        *fit = is_name(line, length);
        if (*fit && cnn_words_add(words, line, error) < 0)
            return false;
        *fit = *fit && words->count == ++lines;
    }
    return true;
}

/* A file beside the records may have the names of the classes, one a line. What has not as many stays unread: the records are all
 * that is needed. */
static bool read_names(const struct batches *batches, const char *path, struct cnn_preprocessing *preprocessing,
                       struct cnn_error *error)
{
    const char *slash = strrchr(path, '/'), *file = "batches.meta.txt";
    char name[CNN_PATH_SIZE], text[NAMES_BYTES];
    struct cnn_words words = {.count = 0};
    bool fit = false;
    if (batches->labels == 2)
        file = is_fine(batches) ? "fine_label_names.txt" : "coarse_label_names.txt";
    int length = snprintf(name, sizeof name, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, file);
    if (preprocessing->n_classes > 0 || length >= (int)sizeof name || !cnn_is_there(name))
        return true;
    bool ok = read_text(name, text, error) && take_lines(text, &words, &fit, error);
    if (ok && fit && words.count == cnn_label_classes(batches->model)) {
        preprocessing->classes = words.text;
        preprocessing->n_classes = words.count;
    } else
        free(words.text);
    return ok;
}

bool cnn_cifar_read(const struct cnn_model *model, const struct cnn_source *source,
                    struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    const char *path = source->inputs.path;
    struct batches batches = {.model = model};
    if (!cnn_geometry_of_flat(model, SIDE, SIDE, &batches.geometry) &&
        !cnn_picture_geometry(model, path, &batches.geometry, error))
        return false;
    bool ok = (source->inputs.name ? add_files : add_file)(&batches, path, error) &&
              convert(&batches, raw, error) && read_names(&batches, path, preprocessing, error);
    free(batches.bytes);
    return ok;
}
