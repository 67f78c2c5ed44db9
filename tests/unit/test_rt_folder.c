/* runtime/data/folder.c and listing.c: folders of pictures, a sub-folder a class. */
#define _XOPEN_SOURCE 700
#include "data/data.h"
#include "rt_support.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_model.h"

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

/* With its folders. */
static int teardown(void **state)
{
    int result = nftw(*state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

static void make_folder(void **state, const char *name)
{
    char path[RT_PATH];
    assert_int_equal(mkdir(rt_path(state, name, path), 0700), 0);
}

/* FOLDER/NAME.pgm, all of one grey. */
static void write_picture(void **state, const char *name, int grey)
{
    char text[64];
    int length = snprintf(text, sizeof text, "P2 1 1 255 %d", grey);
    rt_write(state, name, text, (size_t)length);
}

/* SET/a, SET/b and SET/c with `count` pictures each, whose grey is 10 * class + number. */
static void write_classes(void **state, const char *set, int count)
{
    char name[64];
    make_folder(state, set);
    for (int class = 0; class < FAKE_CLASSES; class ++) {
        snprintf(name, sizeof name, "%s/%c", set, "cab"[class]); /* not in the alphabet's order */
        make_folder(state, name);
        for (int i = 0; i < count; i++) {
            snprintf(name, sizeof name, "%s/%c/%d.PGM", set, "cab"[class], i);
            write_picture(state, name, 10 * ("cab"[class] - 'a') + i);
        }
    }
}

/* The grey of a row, which says what it is: its label is a tenth of that. */
static int grey_of(const struct cnn_dataset *set, int64_t row)
{
    return ((const uint8_t *)set->inputs[0])[row * FAKE_INPUTS];
}

static void classes_are_the_names_of_folders_in_order(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_preprocessing preprocessing = {.n_classes = 0};
    struct cnn_dataset set;
    char path[RT_PATH];
    write_classes(state, "pets", 4);
    rt_write(state, "pets/a/Thumbs.db", "x", 1);
    rt_write(state, "pets/b/*.webp", "x", 1);
    rt_write(state, "pets/c/1.GIF", "x", 1);
    make_folder(state, "pets/.git");
    write_picture(state, "pets/.git/0.pgm", 200);
    assert_true(cnn_dataset_read_as(&model, rt_path(state, "pets", path), NULL, &preprocessing, &set, NULL));
    assert_int_equal(set.count, 12);
    for (int64_t row = 0; row < set.count; row++) {
        assert_int_equal(grey_of(&set, row), row / 4 * 10 + row % 4);
        assert_true(set.labels[0][row] == (float)(row / 4));
    }
    assert_string_equal(cnn_class_name(&preprocessing, 2), "c");
    rt_assert_contains(set.row_names[5], "/pets/b/1.PGM");
    struct cnn_dataset slice = cnn_dataset_slice(&set, 5, 2);
    assert_ptr_equal(slice.row_names[1], set.row_names[6]);
    assert_string_equal(
        preprocessing.labels_about,
        "the names of folders; left out: 2 of kinds that are not read, b/*.webp say; classes a, b, c");
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&preprocessing);
}

/* Whoever evaluates a folder of classes means these pictures, but not those of a folder that is called train. */
static void classes_without_sets_are_the_only_set(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    write_classes(state, "pets", 2);
    assert_true(cnn_dataset_open(&model, rt_path(state, "pets", path), "t10k", &set, NULL));
    assert_int_equal(set.count, 6);
    cnn_dataset_free(&set);
    make_folder(state, "sets");
    write_classes(state, "sets/train", 2);
    assert_false(cnn_dataset_open(&model, rt_path(state, "sets", path), "t10k", &set, &error));
    rt_assert_contains(error.message, "sets: has no test set; --set train takes what is trained with");
}

/* Reads the training set with a seed. */
static struct cnn_dataset read_training(void **state, uint64_t seed)
{
    struct cnn_model model = fake_model();
    struct cnn_preprocessing preprocessing = {.seed = seed};
    struct cnn_dataset set;
    char path[RT_PATH];
    const char *prefix = "train";
    assert_true(cnn_datasets_open(&model, rt_path(state, "pets", path), &prefix, 1, &preprocessing, &set, NULL));
    rt_assert_contains(preprocessing.labels_about, "in an order drawn by the seed; classes a, b, c");
    cnn_preprocessing_free(&preprocessing);
    return set;
}

/* Its last rows, which would validate, are of all classes; a row keeps its label and its name. */
static void a_training_set_is_shuffled_by_the_seed(void **state)
{
    write_classes(state, "pets", 10);
    struct cnn_dataset one = read_training(state, 1), again = read_training(state, 1),
                       other = read_training(state, 2);
    bool seen[FAKE_CLASSES] = {false}, differ = false;
    int64_t sum = 0;
    for (int64_t row = 0; row < 30; row++) {
        char name[32];
        int grey = grey_of(&one, row);
        snprintf(name, sizeof name, "pets/%c/%d.PGM", "abc"[grey / 10], grey % 10);
        rt_assert_contains(one.row_names[row], name);
        assert_true(one.labels[0][row] == (float)(grey / 10));
        assert_int_equal(grey, grey_of(&again, row));
        differ = differ || grey != grey_of(&other, row);
        sum += grey;
        if (row >= 20)
            seen[grey / 10] = true;
    }
    assert_int_equal(sum, 29 * 30 / 2);
    assert_true(differ && seen[0] && seen[1] && seen[2]);
    cnn_dataset_free(&one);
    cnn_dataset_free(&again);
    cnn_dataset_free(&other);
}

static void sets_are_sub_folders(void **state)
{
    static const struct {
        const char *prefix;
        int64_t count;
    } sets[] = {{"train", 12}, {"validation", 6}, {"t10k", 3}};
    struct cnn_model model = fake_model();
    struct cnn_error error;
    make_folder(state, "all");
    write_classes(state, "all/train", 4);
    for (size_t i = 1; i < COUNT_OF(sets); i++) {
        char path[RT_PATH];
        assert_false(cnn_dataset_exists(&model, rt_path(state, "all", path), sets[i].prefix));
    }
    write_classes(state, "all/val", 2);
    write_classes(state, "all/test", 1);
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct cnn_dataset set;
        char path[RT_PATH];
        assert_true(cnn_dataset_exists(&model, rt_path(state, "all", path), sets[i].prefix));
        assert_true(cnn_dataset_open(&model, path, sets[i].prefix, &set, &error));
        assert_int_equal(set.count, sets[i].count);
        cnn_dataset_free(&set);
    }
}

static void refuses(void **state, const char *name, const char *message)
{
    struct cnn_model model = fake_model();
    struct cnn_error error;
    struct cnn_dataset set;
    char path[RT_PATH];
    assert_false(cnn_dataset_open(&model, rt_path(state, name, path), "train", &set, &error));
    rt_assert_contains(error.message, message);
}

static void what_is_no_such_folder_is_told(void **state)
{
    char name[128];
    make_folder(state, "bad");
    refuses(state, "bad", "or folder of pictures, with a sub-folder a class");
    make_folder(state, "bad/one");
    write_picture(state, "bad/one/1.pgm", 1);
    refuses(state, "bad", "its labels are 1 words (one), but model fake has 3 classes");
    make_folder(state, "bad/three");
    make_folder(state, "bad/two");
    write_picture(state, "bad/two/1.pgm", 1);
    make_folder(state, "bad/two/deeper");
    make_folder(state, "bad/three/deeper");
    refuses(state, "bad", "bad/three: has folders, but no pictures");
    rt_write(state, "bad/three/2.png", "GIF89a", 6);
    refuses(state, "bad", "bad/three/2.png: is a GIF picture");
    snprintf(name, sizeof name, "bad/%070d", 0);
    make_folder(state, name);
    refuses(state, "bad", "is too long for a class");
}

static void predicts_folders(void **state)
{
    struct cnn_model model = fake_model();
    make_folder(state, "all");
    write_classes(state, "all/train", 3);
    make_folder(state, "all/test");
    write_picture(state, "all/test/some.pgm", 5);
    rt_expect(state, &model, "net train @all --save @w --epochs 1", 0, "classes a, b, c", "");
    rt_expect(state, &model, "net train @all --save @w --epochs 1", 0,
              "validation: none, for the test set has no labels", "");
    rt_expect(state, &model, "net predict --weights @w @all", 0, "all/test/some.pgm\n", "");
    rt_expect(state, &model, "net predict --weights @w @all/test --top 1", 0, "all/test/some.pgm\n", "");
    rt_expect(state, &model, "net predict --weights @w --index 4 @all/train", 0, "all/train/b/1.PGM, label b", "");
    rt_expect(state, &model, "net predict --weights @w @all/train --output @o.csv", 0, "9 samples", "");
    char path[RT_PATH], *table = rt_read(rt_path(state, "o.csv", path), NULL);
    rt_assert_contains(table, "all/train/a/0.PGM,");
    rt_assert_contains(table, "all/train/c/2.PGM,");
    free(table);
    rt_expect(state, &model, "net evaluate --weights @w @all", 1, "", "whose names would be the labels");
}

/* ---- pictures as labels ---- */

/* A model whose output has the sizes of its input, a number for each pixel. */
static struct cnn_model mask_model(bool classes)
{
    struct cnn_model model = fake_model();
    struct cnn_model_output *output = &model.outputs[0];
    output->rank = 3;
    memcpy(output->dim, ((const int64_t[]){8, 8, classes ? 4 : 1}), 3 * sizeof(int64_t));
    output->count = classes ? 256 : 64;
    output->label_count = 64;
    output->label_is_class = classes;
    output->probabilities = classes ? CNN_PROBABILITIES_SOFTMAX : CNN_PROBABILITIES_SIGMOID;
    output->loss = "binary_crossentropy";
    return model;
}

/* FOLDER/images with pictures of one grey, and FOLDER/masks of 4x2 pixels with these levels. */
static void write_masks(void **state, const char *folder, const char *levels, const char *ending)
{
    char name[64], text[128];
    make_folder(state, folder);
    snprintf(name, sizeof name, "%s/images", folder);
    make_folder(state, name);
    snprintf(name, sizeof name, "%s/masks", folder);
    make_folder(state, name);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s/images/%d.pgm", folder, i);
        write_picture(state, name, 100 + i);
        snprintf(name, sizeof name, "%s/masks/%d%s", folder, i, ending);
        int length = snprintf(text, sizeof text, "P2 4 2 255 %s %d", levels, i);
        rt_write(state, name, text, (size_t)length);
    }
}

/* Pixel (y, x) of 8x8 is pixel (y / 4, x / 2) of the mask, the last of which is the number of the row. */
static void formats_are_known_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum cnn_kind kind;
        bool is;
    } cases[] = {
        {"a.png", CNN_PICTURE, true},       {"a.b.JPEG", CNN_PICTURE, true}, {"a.jpg", CNN_PICTURE, true},
        {"a.png.gz", CNN_PICTURE, false},   {".png", CNN_PICTURE, false},    {"Thumbs.db", CNN_PICTURE, false},
        {"digits.v2.npy", CNN_ARRAY, true}, {"a.NPY.gz", CNN_ARRAY, true},   {"a.idx", CNN_ARRAY, true},
        {"a.npz", CNN_ARRAY, false},        {"npy", CNN_ARRAY, false},       {"a.npz", CNN_ARCHIVE, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(cnn_format_is_called(cases[i].name, cases[i].kind), cases[i].is);
    /* What messages and documents say is read. */
    static const char *const pictures[] = {
#define CNN_IS_PICTURE(name) name,
#define CNN_IS_TABLE(name)
#define CNN_IS_ARRAY(name)
#define CNN_IS_ARCHIVE(name)
#define FORMAT(id, kind, name, endings, magic, header, decode, read) CNN_IS_##kind(name)
#include "data/format.def"
#undef FORMAT
    };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        char word[8];
        assert_int_equal(sscanf(pictures[i], "a %7s picture", word), 1);
        assert_non_null(strstr(CNN_PICTURE_FORMATS, word));
    }
}

static void masks_are_the_labels(void **state)
{
    const float levels[] = {0, 1, 2, 3, 3, 2, 1};
    struct cnn_model model = mask_model(true);
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    write_masks(state, "all", "0 1 2 3 3 2 1", "_mask.png");
    assert_true(cnn_dataset_open(&model, rt_path(state, "all", path), "train", &set, &error));
    for (int64_t row = 0; row < 3; row++)
        for (int p = 0; p < 64; p++) {
            int source = p / 32 * 4 + p % 8 / 2, number = grey_of(&set, row) - 100;
            assert_true(set.labels[0][row * 64 + p] == (source < 7 ? levels[source] : (float)number));
        }
    cnn_dataset_free(&set);
    model.outputs[0].dim[2] = 3;
    assert_false(cnn_dataset_open(&model, path, "train", &set, &error));
    rt_assert_contains(error.message, "has class 3, but model fake has classes 0 to 2");
    rt_write(state, "all/masks/1_mask.png", "P3 1 1 255 1 2 3", 16);
    assert_false(cnn_dataset_open(&model, path, "train", &set, &error));
    rt_assert_contains(error.message, "1_mask.png: is in colour, but the labels of model fake have one number");
    assert_int_equal(unlink(rt_path(state, "all/masks/1_mask.png", path)), 0);
    assert_false(cnn_dataset_open(&model, rt_path(state, "all", path), "train", &set, &error));
    rt_assert_contains(error.message, "images/1.pgm: has no mask: there is no ");
}

static void masks_of_0_and_255_become_0_and_1(void **state)
{
    struct cnn_model model = mask_model(false);
    struct cnn_dataset set;
    char path[RT_PATH];
    for (int rescales = 0; rescales < 2; rescales++) {
        char folder[16];
        snprintf(folder, sizeof folder, "all%d", rescales);
        write_masks(state, folder, "0 255 0 255 255 0 255", ".pgm");
        model.inputs[0].rescales = rescales;
        assert_true(cnn_dataset_open(&model, rt_path(state, folder, path), "train", &set, NULL));
        for (int p = 0; p < 31; p++) /* all but the last pixel */
            assert_true(set.labels[0][p] == (float)(p % 8 / 2 % 2));
        cnn_dataset_free(&set);
    }
}

static void without_masks_a_picture_is_its_own_label(void **state)
{
    struct cnn_model model = mask_model(false);
    struct cnn_preprocessing preprocessing = {.seed = 1};
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    const char *prefix = "train";
    write_classes(state, "pets", 2);
    assert_true(cnn_datasets_open(&model, rt_path(state, "pets", path), &prefix, 1, &preprocessing, &set, NULL));
    assert_string_equal(preprocessing.labels_about, "the pictures themselves, in an order drawn by the seed; whole "
                                                    "numbers 0..255, divided by 255");
    for (int64_t row = 0; row < 6; row++)
        assert_true(set.labels[0][row * 64] == (float)grey_of(&set, row) * (1.0f / 255));
    cnn_dataset_free(&set);
    model.outputs[0].label_count = model.outputs[0].count = 16;
    model.outputs[0].dim[0] = model.outputs[0].dim[1] = 4;
    assert_false(cnn_dataset_open(&model, path, "train", &set, &error));
    rt_assert_contains(error.message, "the labels of model fake are pictures: put them into a folder masks");
    cnn_preprocessing_free(&preprocessing);
}

/* An autoencoder of Dense layers: what Keras' users reshape. */
static void a_flat_autoencoder_takes_pictures(void **state)
{
    struct cnn_model model = mask_model(false);
    struct cnn_preprocessing preprocessing = {.seed = 1};
    struct cnn_dataset set;
    char path[RT_PATH], text[400] = "P2 8 8 255";
    const char *prefix = "train";
    model.inputs[0].rank = model.outputs[0].rank = 1;
    model.inputs[0].dim[0] = model.outputs[0].dim[0] = 64;
    for (int i = 0; i < 64; i++)
        sprintf(text + strlen(text), " %d", i);
    make_folder(state, "plain");
    rt_write(state, "plain/1.pgm", text, strlen(text));
    assert_true(cnn_datasets_open(&model, rt_path(state, "plain", path), &prefix, 1, &preprocessing, &set, NULL));
    assert_string_equal(preprocessing.features_about,
                        "whole numbers 0..255, divided by 255; pictures are flattened");
    assert_string_equal(preprocessing.labels_about,
                        "the pictures themselves, for there are no others; whole numbers 0..255, divided by 255");
    for (int i = 0; i < 64; i++) {
        assert_int_equal(((const uint8_t *)set.inputs[0])[i], i);
        assert_true(set.labels[0][i] == (float)i * (1.0f / 255));
    }
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&preprocessing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(classes_are_the_names_of_folders_in_order, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(classes_without_sets_are_the_only_set, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(a_training_set_is_shuffled_by_the_seed, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(sets_are_sub_folders, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_such_folder_is_told, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(predicts_folders, rt_setup, teardown),
        cmocka_unit_test(formats_are_known_by_their_names),
        cmocka_unit_test_setup_teardown(masks_are_the_labels, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(masks_of_0_and_255_become_0_and_1, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(without_masks_a_picture_is_its_own_label, rt_setup, teardown),
        cmocka_unit_test_setup_teardown(a_flat_autoencoder_takes_pictures, rt_setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
