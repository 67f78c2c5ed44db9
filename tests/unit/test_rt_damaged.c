/* Checkpoints that are damaged, or made to do harm: each is refused, and nothing is touched. */
#include "rt_training.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A small checkpoint in memory, to be spoilt. */
struct image {
    struct rt_setting setting;
    struct rt_outcome outcome;
    char *bytes;
    size_t size;
};

static struct image make_image(void **state)
{
    struct image image = {.setting = rt_training_begin(state)};
    image.outcome = rt_training_outcome(&image.setting);
    image.bytes = rt_read(image.setting.path, &image.size);
    return image;
}

static void free_image(struct image *image)
{
    free(image->bytes);
    rt_training_end(&image->setting);
}

/* Nothing reads the spoilt file, nothing is touched, and something is said. */
static void assert_refused(void **state, struct image *image, size_t size, const char *what, size_t where)
{
    struct cnn_position position = {7, 7, 7, 7, true};
    struct cnn_error error = {""};
    float weights[FLOATS] = {0}, untouched[FLOATS] = {0};
    rt_write(state, "c", image->bytes, size);
    if (cnn_checkpoint_position(&image->setting.model, image->setting.path, &position, &error))
        fail_msg("a file %s at byte %zu is read", what, where);
    assert_true(error.message[0] && position.step == 7);
    error.message[0] = '\0';
    if (cnn_weights_load(&image->setting.model, image->setting.path, weights, &error))
        fail_msg("the weights of a file %s at byte %zu are read", what, where);
    assert_true(error.message[0]);
    assert_memory_equal(weights, untouched, sizeof weights);
}

static void every_flipped_byte_is_found(void **state)
{
    struct image image = make_image(state);
    for (size_t at = 0; at < image.size; at++) {
        const char masks[] = {(char)(1u << at % 8), (char)0xFF, 0x20};
        for (size_t m = 0; m < COUNT_OF(masks); m++) {
            image.bytes[at] ^= masks[m];
            assert_refused(state, &image, image.size, "flipped", at);
            image.bytes[at] ^= masks[m];
        }
    }
    free_image(&image);
}

static void every_cut_is_found(void **state)
{
    struct image image = make_image(state);
    for (size_t cut = 0; cut < image.size; cut++)
        assert_refused(state, &image, cut, "cut", cut);
    image.bytes = realloc(image.bytes, image.size + 1);
    assert_non_null(image.bytes);
    image.bytes[image.size] = 0;
    assert_refused(state, &image, image.size + 1, "that is longer", image.size);
    free_image(&image);
}

/* The bytes of a tensor in the file. */
static char *tensor_at(const struct image *image, const char *name)
{
    char entry[64];
    unsigned header = (unsigned char)image->bytes[0] + 256u * (unsigned char)image->bytes[1];
    long begin;
    snprintf(entry, sizeof entry, "\"%s\":{", name);
    const char *at = strstr(image->bytes + 8, entry);
    assert_non_null(at);
    assert_int_equal(sscanf(strstr(at, "offsets\":["), "offsets\":[%ld", &begin), 1);
    return image->bytes + 8 + header + begin;
}

/* Makes the checksum that of the bytes again, as one does who wants to do harm. */
static void sign(struct image *image)
{
    uLong crc = crc32(0, (const void *)image->bytes, (uInt)image->size - 4);
    for (size_t i = 0; i < 4; i++)
        image->bytes[image->size - 4 + i] = (char)(crc >> 8 * i);
}

static void positions_that_cannot_be_are_refused(void **state)
{
    static const struct {
        const char *tensor;
        int64_t value;
    } cases[] = {{".training/epoch", -1},         {".training/epoch", 4},
                 {".training/epoch", INT64_MAX},  {".training/batch", -1},
                 {".training/batch", INT64_MAX},  {".training/stopped", 2},
                 {".training/rows", 0},           {".training/rows", -1},
                 {".training/batch_size", 0},     {".training/seconds", -1 /* NaN */},
                 {".training/learning_rate", -1}, {".training/callback_bytes", 16}};
    struct image image = make_image(state);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char kept[8], *at = tensor_at(&image, cases[i].tensor);
        memcpy(kept, at, sizeof kept);
        for (int b = 0; b < 8; b++)
            at[b] = (char)((uint64_t)cases[i].value >> 8 * b);
        sign(&image);
        rt_write(state, "c", image.bytes, image.size);
        struct cnn_position position;
        struct cnn_error error;
        assert_false(cnn_checkpoint_position(&image.setting.model, image.setting.path, &position, &error));
        rt_assert_contains(error.message, "it stands where no training can");
        memcpy(at, kept, sizeof kept);
    }
    sign(&image);
    rt_write(state, "c", image.bytes, image.size);
    struct rt_outcome outcome = rt_training_outcome(&image.setting);
    rt_assert_same_outcome(&outcome, &image.outcome);
    free_image(&image);
}

/* Puts another text into the header, which grows by it. */
static void replace_in_header(struct image *image, const char *old, const char *new)
{
    size_t header = (unsigned char)image->bytes[0] + 256u * (unsigned char)image->bytes[1];
    size_t more = strlen(new) - strlen(old);
    image->bytes = realloc(image->bytes, image->size + more + 1);
    assert_non_null(image->bytes);
    char *at = strstr(image->bytes + 8, old);
    assert_non_null(at);
    memmove(at + strlen(new), at + strlen(old), image->size - (size_t)(at - image->bytes) - strlen(old));
    memcpy(at, new, strlen(new));
    image->size += more;
    image->bytes[0] = (char)(header + more);
    image->bytes[1] = (char)((header + more) >> 8);
}

static void shapes_that_cannot_be_are_refused(void **state)
{
    static const struct {
        const char *shape, *message;
    } cases[] = {{"[4294967296,4294967296]", "tensor .training/history is impossibly large"},
                 {"[1,15]", "it stands where no training can"},
                 {"[3,5,1]", "tensor .training/history is 3x5x1, but "},
                 {"[333,5]", "needs 13320 bytes"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct image image = make_image(state);
        replace_in_header(&image, "[3,5]", cases[i].shape);
        sign(&image);
        rt_write(state, "c", image.bytes, image.size);
        rt_assert_training_refused(&image.setting, cases[i].message);
        assert_int_equal(remove(image.setting.path), 0);
        free_image(&image);
    }
}

/* As a file that somebody made who left out what it is of, or wrote more than any name has. */
static void a_checkpoint_that_does_not_name_what_it_is_of_is_refused(void **state)
{
    static const char *const keys[] = {"optimizer", "loss", "network"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        for (int endless = 0; endless < 2; endless++) {
            struct image image = make_image(state);
            char old[32], new[512], message[64];
            snprintf(old, sizeof old, "\"%s\":\"", keys[i]);
            snprintf(new, sizeof new, "\"%s%s\":\"%0*d", endless ? "" : "no ", keys[i], endless ? 300 : 1, 0);
            snprintf(message, sizeof message, "this checkpoint is damaged: it does not name its %s", keys[i]);
            replace_in_header(&image, old, new);
            sign(&image);
            rt_write(state, "c", image.bytes, image.size);
            rt_assert_training_refused(&image.setting, message);
            assert_int_equal(remove(image.setting.path), 0);
            free_image(&image);
        }
}

/* Of a training that validates, made to look like one that does not: its history has other columns. */
static void a_history_of_another_width_is_refused(void **state)
{
    struct image image = make_image(state);
    struct rt_setting bad = image.setting;
    memset(tensor_at(&image, ".training/validation_rows"), 0, 8);
    memset(tensor_at(&image, ".training/data"), 0, 4); /* the half of the validation set's checksum */
    sign(&image);
    rt_write(state, "c", image.bytes, image.size);
    bad.validation.count = 0;
    rt_assert_training_refused(&bad, "it stands where no training can");
    free_image(&image);
}

static void other_versions_are_refused(void **state)
{
    struct image image = make_image(state);
    char *version = strstr(image.bytes + 8, "\"checkpoint\":\"3\"");
    float weights[FLOATS];
    struct cnn_error error;
    assert_non_null(version);
    version[14] = '4';
    sign(&image);
    rt_write(state, "c", image.bytes, image.size);
    rt_assert_training_refused(&image.setting,
                               "/c: is a checkpoint of version 4, but this program reads version 3");
    assert_false(cnn_weights_load(&image.setting.model, image.setting.path, weights, &error));
    rt_assert_contains(error.message, "version 4");
    free_image(&image);
}

/* Those that tests/fuzz begins with: of another version or network, nothing behind its check would be reached. */
static void the_fuzz_targets_seeds_are_of_this_version(void **state)
{
    static const char *const names[] = {"first", "later"};
    const char *top = getenv("TOP");
    struct cnn_model model = fake_model();
    struct cnn_position position;
    struct cnn_error error;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[500];
        snprintf(path, sizeof path, "%s/tests/fuzz/corpus/checkpoint/whole-%s", top ? top : ".", names[i]);
        if (!cnn_checkpoint_position(&model, path, &position, &error))
            fail_msg("%s; write it anew with cnn_checkpoint_save()", error.message);
    }
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, rt_setup, rt_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fuzz_targets_seeds_are_of_this_version),
        FRESH(every_flipped_byte_is_found),
        FRESH(every_cut_is_found),
        FRESH(positions_that_cannot_be_are_refused),
        FRESH(shapes_that_cannot_be_are_refused),
        FRESH(a_checkpoint_that_does_not_name_what_it_is_of_is_refused),
        FRESH(a_history_of_another_width_is_refused),
        FRESH(other_versions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
