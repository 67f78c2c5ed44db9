/* runtime/data/scale.c and label.c, and train/preprocessing.c: what becomes of the numbers of files, decided once. */
#include "rt_arrays.h"

#include <stdlib.h>
#include <string.h>

#include "../../runtime/train/train.h"
#include "fake_model.h"

enum { ROWS = 6, NUMBERS = ROWS * FAKE_INPUTS, ROOM = 8 * NUMBERS + 256 };

/* As many numbers from 0 to `most`, which the last one is. */
static void fill(uint8_t numbers[NUMBERS], int max)
{
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = (uint8_t)(i * 7 % (max + 1));
    numbers[NUMBERS - 1] = (uint8_t)max;
}

/* Integers of so many bytes. */
static size_t widen(unsigned char *out, const uint8_t numbers[NUMBERS], int size, bool big_endian)
{
    memset(out, 0, (size_t)(NUMBERS * size));
    for (int i = 0; i < NUMBERS; i++)
        out[i * size + (big_endian ? size - 1 : 0)] = numbers[i];
    return (size_t)(NUMBERS * size);
}

static void write_npy(void **state, const char *name, const char *type, int size, bool big_endian,
                      const uint8_t numbers[NUMBERS])
{
    static unsigned char file[ROOM], data[ROOM];
    char dict[128];
    snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, 8, 8), }", type, ROWS);
    rt_write(state, name, file, rt_npy(file, dict, data, widen(data, numbers, size, big_endian)));
}

static void write_idx(void **state, const char *name, int type, int size, const uint8_t numbers[NUMBERS])
{
    static unsigned char file[ROOM];
    size_t header = rt_idx_header(file, type, 3, (const uint32_t[]){ROWS, FAKE_SIDE, FAKE_SIDE});
    rt_write(state, name, file, header + widen(file + header, numbers, size, true));
}

/* The class of row i is i % 3. */
static void write_csv(void **state, const char *name, const char *last, const uint8_t numbers[NUMBERS])
{
    static char text[ROOM];
    size_t length = 0;
    for (int i = 0; i < NUMBERS; i++) {
        if (i % FAKE_INPUTS == 0)
            length += (size_t)sprintf(text + length, "%s%d", i ? "\n" : "", i / FAKE_INPUTS % 3);
        if (i + 1 < NUMBERS)
            length += (size_t)sprintf(text + length, ",%d", numbers[i]);
        else
            length += (size_t)sprintf(text + length, ",%s\n", last);
    }
    rt_write(state, name, text, length);
}

static struct cnn_model flat_model(void)
{
    struct cnn_model model = fake_model();
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = FAKE_INPUTS;
    return model;
}

static struct cnn_dataset read_as(void **state, const struct cnn_model *model, const char *name,
                                  struct cnn_preprocessing *preprocessing)
{
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    if (!cnn_dataset_read_as(model, rt_path(state, name, path), NULL, preprocessing, &set, &error))
        fail_msg("%s", error.message);
    return set;
}

/* What the network sees of a file: value i of `numbers`, times `unit`. */
static void assert_features(void **state, const struct cnn_model *model, const char *name,
                            struct cnn_preprocessing preprocessing, const uint8_t numbers[NUMBERS], float unit)
{
    struct cnn_dataset set = read_as(state, model, name, &preprocessing);
    bool bytes = set.input_elements[0] == CNN_BYTE;
    assert_int_equal(set.count, ROWS);
    for (int i = 0; i < NUMBERS; i++) {
        float value =
            bytes ? (float)((const uint8_t *)set.inputs[0])[i] * (model->inputs[0].rescales ? 1 : 1.0f / 255)
                  : ((const float *)set.inputs[0])[i];
        if (value != (float)numbers[i] * unit)
            fail_msg("%s: number %d is %a, not %a", name, i, (double)value, (double)((float)numbers[i] * unit));
    }
    cnn_dataset_free(&set);
}

static const struct cnn_preprocessing undecided = {.n_classes = 0};

/* ---- the same integers ---- */

static const char *const integers[] = {"u1.npy", "i8.npy", "i4.npy", "u2.npy", "u1", "i4", "t.csv"};

static void write_integers(void **state, int max, uint8_t numbers[NUMBERS])
{
    char last[16];
    fill(numbers, max);
    snprintf(last, sizeof last, "%d", max);
    write_npy(state, "u1.npy", "|u1", 1, false, numbers);
    write_npy(state, "i8.npy", "<i8", 8, false, numbers);
    write_npy(state, "i4.npy", ">i4", 4, true, numbers);
    write_npy(state, "u2.npy", "<u2", 2, false, numbers);
    write_idx(state, "u1", 0x08, 1, numbers);
    write_idx(state, "i4", 0x0C, 4, numbers);
    write_csv(state, "t.csv", last, numbers);
}

static void are_the_same_in_every_file(void **state)
{
    static const struct {
        bool flat;
        int max;
        bool pixels;
    } cases[] = {
        {false, 255, true}, {false, 200, true}, {false, 2, true},  {false, 1, false}, {true, 255, true},
        {true, 240, true},  {true, 239, false}, {true, 16, false}, {true, 1, false},
    };
    uint8_t numbers[NUMBERS];
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct cnn_model model = cases[c].flat ? flat_model() : fake_model();
        write_integers(state, cases[c].max, numbers);
        for (size_t i = 0; i < COUNT_OF(integers); i++)
            assert_features(state, &model, integers[i], undecided, numbers, cases[c].pixels ? 1.0f / 255 : 1);
    }
}

static void stay_what_they_are_for_a_network_that_rescales(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_preprocessing chosen = {.scale = CNN_SCALE_PIXELS, .scale_is_chosen = true};
    struct cnn_dataset set;
    struct cnn_error error;
    uint8_t numbers[NUMBERS];
    char path[RT_PATH];
    model.inputs[0].rescales = true;
    write_integers(state, 255, numbers);
    for (size_t i = 0; i < COUNT_OF(integers); i++)
        assert_features(state, &model, integers[i], undecided, numbers, 1);
    assert_false(cnn_dataset_read_as(&model, rt_path(state, "u1", path), NULL, &chosen, &set, &error));
    rt_assert_contains(error.message, "--scale pixels: model fake begins with Rescaling");
}

static void are_what_the_user_or_a_training_says(void **state)
{
    const struct cnn_preprocessing pixels = {.scale = CNN_SCALE_PIXELS}, none = {.scale = CNN_SCALE_NONE};
    struct cnn_model model = flat_model();
    uint8_t numbers[NUMBERS];
    write_integers(state, 200, numbers);
    for (size_t i = 0; i < COUNT_OF(integers); i++) {
        assert_features(state, &model, integers[i], pixels, numbers, 1.0f / 255);
        assert_features(state, &model, integers[i], none, numbers, 1);
    }
    model = fake_model();
    assert_features(state, &model, "u1", none, numbers, 1);
}

/* ---- real numbers ---- */

static void real_numbers_are_divided_only_on_that_scale(void **state)
{
    static const struct {
        const char *row;
        enum cnn_scale scale;
        bool chosen;
        float first;
        enum cnn_scale decided;
        const char *about;
    } cases[] = {
        {"0,0.5,1,0", CNN_SCALE_UNKNOWN, false, 0.5f, CNN_SCALE_UNKNOWN, "numbers 0..1, as they are"},
        {"0,0.5,-1,0", CNN_SCALE_PIXELS, false, 0.5f, CNN_SCALE_PIXELS,
         "numbers -1..0.5, as they are, for they are divided already"}, /* has been divided by whoever wrote it */
        {"0,0.5,1,0", CNN_SCALE_PIXELS, true, 0.5f * (1.0f / 255), CNN_SCALE_PIXELS,
         "numbers 0..1, divided by 255 (--scale)"},
        {"0,0.5,255,0", CNN_SCALE_UNKNOWN, false, 0.5f, CNN_SCALE_NONE, "numbers 0..255, as they are"},
        {"0,0.5,255,0", CNN_SCALE_PIXELS, false, 0.5f * (1.0f / 255), CNN_SCALE_PIXELS,
         "numbers 0..255, divided by 255, as in training"},
        {"0,0.5,255,0", CNN_SCALE_NONE, false, 0.5f, CNN_SCALE_NONE, "numbers 0..255, as they are, as in training"},
        {"0,51,300,0", CNN_SCALE_UNKNOWN, false, 51, CNN_SCALE_NONE, "whole numbers 0..300, as they are"},
        {"0,51,300,0", CNN_SCALE_PIXELS, false, 51 * (1.0f / 255), CNN_SCALE_PIXELS,
         "whole numbers 0..300, divided by 255, as in training"},
        {"0,-51,255,0", CNN_SCALE_UNKNOWN, false, -51, CNN_SCALE_NONE, "whole numbers -51..255, as they are"},
    };
    struct cnn_model model = flat_model();
    model.inputs[0].dim[0] = model.inputs[0].count = 3;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_preprocessing preprocessing = {.scale = cases[i].scale, .scale_is_chosen = cases[i].chosen};
        rt_write(state, "r.csv", cases[i].row, strlen(cases[i].row));
        struct cnn_dataset set = read_as(state, &model, "r.csv", &preprocessing);
        assert_int_equal(set.input_elements[0], CNN_FLOAT);
        assert_true(((const float *)set.inputs[0])[0] == cases[i].first);
        assert_int_equal(preprocessing.scale, cases[i].decided);
        assert_string_equal(preprocessing.features_about, cases[i].about);
        cnn_dataset_free(&set);
    }
}

/* Keras' users write astype("float32") themselves, and then / 255; who forgets that is told. */
static void whole_numbers_that_are_real_are_told_of(void **state)
{
    static const struct {
        float last;
        const char *about;
    } cases[] = {{255, "numbers 0..255, as they are; --scale pixels divides them by 255"},
                 {254.5f, "numbers 0..254.5, as they are"},
                 {300, "numbers 0..300, as they are"}};
    struct cnn_model model = fake_model();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        float values[NUMBERS] = {0};
        unsigned char file[ROOM];
        struct cnn_preprocessing preprocessing = undecided;
        values[1] = 7;
        values[NUMBERS - 1] = cases[i].last;
        rt_write(
            state, "f4.npy", file,
            rt_npy(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8, 8), }", values, sizeof values));
        struct cnn_dataset set = read_as(state, &model, "f4.npy", &preprocessing);
        assert_true(((const float *)set.inputs[0])[1] == 7);
        assert_string_equal(preprocessing.features_about, cases[i].about);
        cnn_dataset_free(&set);
    }
}

/* An autoencoder's samples and labels are the same numbers, whatever becomes of them. */
static void samples_as_labels_are_divided_with_them(void **state)
{
    struct cnn_model model = fake_model_onehot();
    struct cnn_preprocessing preprocessing = {.scale = CNN_SCALE_PIXELS, .scale_is_chosen = true};
    struct cnn_dataset set;
    struct cnn_error error;
    float values[NUMBERS] = {0};
    unsigned char file[ROOM];
    const char *prefix = "train";
    model.outputs[0].rank = model.inputs[0].rank;
    memcpy(model.outputs[0].dim, model.inputs[0].dim, sizeof model.outputs[0].dim);
    model.outputs[0].count = model.outputs[0].label_count = FAKE_INPUTS;
    model.outputs[0].probabilities = CNN_PROBABILITIES_SIGMOID;
    values[1] = 51;
    values[NUMBERS - 1] = 255;
    rt_write(state, "x_train.npy", file,
             rt_npy(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8, 8), }", values, sizeof values));
    assert_false(cnn_dataset_open(&model, *state, "train", &set, &error));
    rt_assert_contains(error.message, "x_train.npy: row 0 has label 51, but ");
    rt_assert_contains(error.message, "from 0 to 1; --scale pixels divides samples and labels by 255");
    assert_true(cnn_datasets_open(&model, *state, &prefix, 1, &preprocessing, &set, NULL));
    assert_string_equal(preprocessing.features_about, "numbers 0..255, divided by 255 (--scale)");
    assert_string_equal(preprocessing.labels_about,
                        "the features themselves, for there are no others; numbers 0..255, divided by 255");
    assert_memory_equal(set.labels[0], set.inputs[0], sizeof values);
    assert_true(set.labels[0][1] == 51 * (1.0f / 255));
    cnn_dataset_free(&set);
}

/* Of sets that are not alike what is said of one is not said of the other. */
static void some_sets_are_divided_already(void **state)
{
    static const char *const prefixes[] = {"train", "t10k"};
    struct cnn_preprocessing preprocessing = {.scale = CNN_SCALE_PIXELS};
    struct cnn_model model = flat_model();
    struct cnn_dataset sets[2];
    uint8_t numbers[NUMBERS];
    fill(numbers, 200);
    write_csv(state, "train.csv", "100", numbers);
    fill(numbers, 1);
    write_csv(state, "test.csv", "0.78", numbers);
    assert_true(cnn_datasets_open(&model, *state, prefixes, 2, &preprocessing, sets, NULL));
    assert_string_equal(preprocessing.features_about,
                        "whole numbers 0..255, divided by 255; numbers 0..1, as they are, "
                        "for they are divided already");
    assert_int_equal(sets[0].input_elements[0], CNN_BYTE);
    assert_true(((const float *)sets[1].inputs[0])[NUMBERS - 1] == 0.78f);
    cnn_dataset_free(&sets[0]);
    cnn_dataset_free(&sets[1]);
}

/* ---- one decision ---- */

static void is_one_for_all_sets(void **state)
{
    static const struct {
        const char *train, *test; /* the last number of each table */
        const char *about;
        enum cnn_scale scale;
    } cases[] = {
        {"255", "255", "whole numbers 0..255, divided by 255", CNN_SCALE_PIXELS},
        {"300", "255", "whole numbers 0..300, as they are", CNN_SCALE_NONE},
        {"255", "300", "whole numbers 0..300, as they are", CNN_SCALE_NONE},
        {"255", "2.5", "numbers 0..255, as they are", CNN_SCALE_NONE},
        {"0", "255", "whole numbers 0..255, divided by 255", CNN_SCALE_PIXELS},
    };
    static const char *const prefixes[] = {"train", "t10k"};
    struct cnn_model model = flat_model();
    uint8_t numbers[NUMBERS];
    fill(numbers, 255);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_preprocessing preprocessing = undecided;
        struct cnn_dataset sets[2];
        write_csv(state, "train.csv", cases[i].train, numbers);
        write_csv(state, "test.csv", cases[i].test, numbers);
        assert_true(cnn_datasets_open(&model, *state, prefixes, 2, &preprocessing, sets, NULL));
        assert_string_equal(preprocessing.features_about, cases[i].about);
        assert_int_equal(preprocessing.scale, cases[i].scale);
        for (int s = 0; s < 2; s++) {
            assert_int_equal(sets[s].input_elements[0], cases[i].scale == CNN_SCALE_PIXELS ? CNN_BYTE : CNN_FLOAT);
            cnn_dataset_free(&sets[s]);
        }
    }
}

static void is_kept_and_used_later(void **state)
{
    struct cnn_model model = flat_model();
    uint8_t numbers[NUMBERS];
    fill(numbers, 1); /* or the fake model's loss would be infinite */
    write_csv(state, "train.csv", "300", numbers);
    write_csv(state, "test.csv", "255", numbers);
    rt_expect(state, &model, "net train @ --learning-rate 1e-9 --epochs 1 --save @w --checkpoint @c", 0,
              "features: whole numbers 0..300, as they are\n", "");
    rt_expect(state, &model, "net evaluate @ --weights @w", 0,
              "features: whole numbers 0..255, as they are, as in training\n", "");
    rt_expect(state, &model, "net evaluate @ --weights @c", 0, "as they are, as in training\n", "");
    rt_expect(state, &model, "net evaluate @ --weights @w --scale pixels", 0,
              "features: whole numbers 0..255, divided by 255 (--scale)\n", "");
    rt_expect(state, &model, "net train @ --epochs 1 --weights @w --scale pixels", 0, "divided by 255 (--scale)\n",
              "");
    rt_expect(state, &model, "net train @ --learning-rate 1e-9 --epochs 2 --checkpoint @c --resume", 0,
              "features: whole numbers 0..300, as they are, as in training\n", "");
    rt_expect(state, &model, "net train @ --learning-rate 1e-9 --epochs 3 --checkpoint @c --resume --scale pixels",
              1, "", "its training has features with scale none, but this one has pixels");
    rt_expect(state, &model, "net train @ --scale bytes", 2, "", "--scale wants pixels or none, not 'bytes'");
    struct rt_run run = rt_run(state, &model, "net predict @test.csv --weights @w --count 1"); /* nothing is new */
    assert_null(strstr(run.out, "features"));
    rt_run_free(&run);
}

/* The answer for a row does not depend on what else is in its file. */
static void one_row_has_one_answer(void **state)
{
    struct cnn_model model = flat_model();
    uint8_t numbers[NUMBERS];
    fill(numbers, 200);
    write_csv(state, "train.csv", "255", numbers);
    rt_expect(state, &model, "net train @ --epochs 1 --save @w", 0, "divided by 255\n", "");
    write_csv(state, "one.csv", "0", numbers); /* no number above 200 */
    struct rt_run alone = rt_run(state, &model, "net predict @one.csv --weights @w --count 1");
    write_csv(state, "one.csv", "0.5", numbers);
    struct rt_run beside = rt_run(state, &model, "net predict @one.csv --weights @w --count 1");
    assert_string_equal(alone.out, beside.out);
    rt_run_free(&alone);
    rt_run_free(&beside);
}

static void pictures_follow_the_weights(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_preprocessing pixels = {.scale = CNN_SCALE_PIXELS}, none = {.scale = CNN_SCALE_NONE};
    char file[64 + FAKE_INPUTS] = "P5 8 8 255\n";
    struct cnn_dataset set;
    memset(file + 11, 2, FAKE_INPUTS);
    rt_write(state, "p.pgm", file, 11 + FAKE_INPUTS);
    set = read_as(state, &model, "p.pgm", &pixels);
    assert_int_equal(set.input_elements[0], CNN_BYTE);
    assert_true(cnn_pictures_scale(&model, &pixels, &set, NULL) && set.input_elements[0] == CNN_BYTE);
    assert_true(cnn_pictures_scale(&model, &none, &set, NULL) && set.input_elements[0] == CNN_FLOAT);
    assert_true(((const float *)set.inputs[0])[FAKE_INPUTS - 1] == 2);
    cnn_dataset_free(&set);
    set = read_as(state, &model, "p.pgm", &none);
    assert_true(set.input_elements[0] == CNN_FLOAT && ((const float *)set.inputs[0])[0] == 2);
    cnn_dataset_free(&set);
    struct cnn_preprocessing preprocessing = undecided;
    memset(file + 11, 1, FAKE_INPUTS);
    rt_write(state, "p.pgm", file, 11 + FAKE_INPUTS);
    set = read_as(state, &model, "p.pgm", &preprocessing); /* a picture is one, however dark */
    assert_true(set.input_elements[0] == CNN_BYTE && preprocessing.scale == CNN_SCALE_PIXELS);
    cnn_dataset_free(&set);
}

/* ---- labels ---- */

static struct cnn_model autoencoder(void)
{
    struct cnn_model model = fake_model_onehot();
    model.outputs[0].rank = 3;
    memcpy(model.outputs[0].dim, model.inputs[0].dim, sizeof model.outputs[0].dim);
    model.outputs[0].count = model.outputs[0].label_count = FAKE_INPUTS;
    model.outputs[0].loss = "mse";
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    return model;
}

static bool read_pair(void **state, const struct cnn_model *model, const char *inputs, const char *labels,
                      struct cnn_preprocessing *preprocessing, struct cnn_dataset *set, struct cnn_error *error)
{
    char input_path[RT_PATH], label_path[RT_PATH];
    return cnn_dataset_read_as(model, rt_path(state, inputs, input_path), rt_path(state, labels, label_path),
                               preprocessing, set, error);
}

static void that_are_pictures_are_scaled_as_the_features(void **state)
{
    static const struct {
        enum cnn_scale scale;
        bool rescales;
        float unit;
    } cases[] = {{CNN_SCALE_UNKNOWN, false, 1.0f / 255}, {CNN_SCALE_NONE, false, 1}, {CNN_SCALE_UNKNOWN, true, 1}};
    struct cnn_model model = autoencoder();
    uint8_t numbers[NUMBERS];
    write_integers(state, 255, numbers);
    for (size_t c = 0; c < COUNT_OF(cases); c++)
        for (size_t i = 0; i < 6; i++) {
            struct cnn_preprocessing preprocessing = {.scale = cases[c].scale, .label_scale = cases[c].scale};
            struct cnn_dataset set;
            model.inputs[0].rescales = cases[c].rescales;
            assert_true(read_pair(state, &model, "u1", integers[i], &preprocessing, &set, NULL));
            for (int n = 0; n < NUMBERS; n++)
                assert_true(set.labels[0][n] == (float)numbers[n] * cases[c].unit);
            cnn_dataset_free(&set);
        }
}

static void write_classes(void **state)
{
    unsigned char file[64];
    size_t header = rt_idx_header(file, 8, 1, (const uint32_t[]){ROWS});
    memset(file + header, 2, ROWS);
    rt_write(state, "classes", file, header + ROWS);
}

/* MNIST's digits for an autoencoder: of their classes nothing can be learnt. */
static void that_are_classes_give_way_to_the_pictures_of_an_autoencoder(void **state)
{
    struct cnn_model models[] = {autoencoder(), autoencoder(), autoencoder()};
    uint8_t numbers[NUMBERS];
    write_classes(state);
    write_integers(state, 255, numbers);
    models[1].outputs[0].rank = models[2].outputs[0].rank = models[2].inputs[0].rank = 1;
    models[1].outputs[0].dim[0] = models[2].outputs[0].dim[0] = models[2].inputs[0].dim[0] = FAKE_INPUTS;
    models[1].outputs[0].probabilities = models[2].outputs[0].probabilities = CNN_PROBABILITIES_SIGMOID;
    for (size_t m = 0; m < COUNT_OF(models); m++) {
        struct cnn_preprocessing preprocessing = undecided;
        struct cnn_dataset set;
        assert_true(read_pair(state, &models[m], "u1", "classes", &preprocessing, &set, NULL));
        rt_assert_contains(preprocessing.labels_about, "the pictures themselves, not their classes; whole numbers");
        for (int n = 0; n < NUMBERS; n++)
            assert_true(set.labels[0][n] == (float)numbers[n] * (1.0f / 255));
        cnn_dataset_free(&set);
    }
}

/* One class for each of as many numbers as a sample has, by a softmax, is no autoencoder. */
static void that_are_classes_of_a_softmax_stay_one_hot(void **state)
{
    struct cnn_model model = autoencoder();
    struct cnn_preprocessing preprocessing = undecided;
    struct cnn_dataset set;
    uint8_t numbers[NUMBERS];
    write_classes(state);
    write_integers(state, 255, numbers);
    model.outputs[0].probabilities = CNN_PROBABILITIES_SOFTMAX;
    model.outputs[0].rank = 1;
    model.outputs[0].dim[0] = FAKE_INPUTS;
    assert_true(read_pair(state, &model, "u1", "classes", &preprocessing, &set, NULL));
    assert_true(set.labels[0][1] == 0 && set.labels[0][2] == 1);
    cnn_dataset_free(&set);
}

static void that_are_classes_are_refused_where_other_pictures_are_made(void **state)
{
    struct cnn_model model = autoencoder();
    struct cnn_preprocessing preprocessing = undecided;
    struct cnn_dataset set;
    struct cnn_error error;
    uint8_t numbers[NUMBERS];
    write_classes(state);
    write_integers(state, 255, numbers);
    model.outputs[0].dim[0] *= 2;
    model.outputs[0].count = model.outputs[0].label_count *= 2;
    assert_false(read_pair(state, &model, "u1", "classes", &preprocessing, &set, &error));
    rt_assert_contains(error.message, "a row has one label, but the labels of model fake are 16x8x1");
}

/* Coordinates beside pixels are none. */
static void that_are_values_stay_what_they_are(void **state)
{
    struct cnn_model model = fake_model_onehot();
    struct cnn_preprocessing preprocessing = undecided;
    struct cnn_dataset set;
    unsigned char file[64];
    uint8_t numbers[NUMBERS];
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    write_integers(state, 255, numbers);
    size_t header = rt_idx_header(file, 8, 2, (const uint32_t[]){ROWS, 3});
    memset(file + header, 250, ROWS * 3);
    rt_write(state, "y", file, header + ROWS * 3);
    assert_true(read_pair(state, &model, "u1", "y", &preprocessing, &set, NULL));
    assert_true(set.labels[0][0] == 250 && set.labels[0][3 * ROWS - 1] == 250);
    cnn_dataset_free(&set);
}

static void that_the_loss_cannot_take_are_refused_by_row(void **state)
{
    struct cnn_model model = fake_model_onehot();
    struct cnn_preprocessing preprocessing = undecided;
    struct cnn_dataset set;
    struct cnn_error error;
    unsigned char file[64] = {0};
    uint8_t numbers[NUMBERS];
    model.outputs[0].probabilities = CNN_PROBABILITIES_SIGMOID;
    model.outputs[0].loss = "binary_crossentropy";
    write_integers(state, 255, numbers);
    size_t header = rt_idx_header(file, 8, 2, (const uint32_t[]){ROWS, 3});
    memcpy(file + header + 12, "\1\0\2", 3);
    rt_write(state, "y", file, header + ROWS * 3);
    assert_false(read_pair(state, &model, "u1", "y", &preprocessing, &set, &error));
    rt_assert_contains(error.message,
                       "y: row 4 has label 2, but binary_crossentropy, the loss of model fake, takes "
                       "labels from 0 to 1");
    model.outputs[0].dim[0] = model.outputs[0].count = model.outputs[0].label_count = 1;
    header = rt_idx_header(file, 8, 1, (const uint32_t[]){ROWS});
    memcpy(file + header, "\1\0\1\1\2\1", ROWS);
    rt_write(state, "y", file, header + ROWS);
    assert_false(read_pair(state, &model, "u1", "y", &preprocessing, &set, &error));
    rt_assert_contains(error.message, "y: row 4 has label 2, but binary_crossentropy");
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE; /* a regression takes any */
    assert_true(read_pair(state, &model, "u1", "y", &preprocessing, &set, &error));
    cnn_dataset_free(&set);
}

/* ---- what weights keep ---- */

static void comes_back_from_a_file(void **state)
{
    struct cnn_model model = fake_model();
    float *weights = cnn_alloc_floats(model.parameter_floats, NULL);
    char path[RT_PATH], classes[] = "a \"b\", c\0b\0\xC3\xA9\0", columns[] = "width\0"; /* and one without a name */
    struct cnn_preprocessing kept = {.scale = CNN_SCALE_PIXELS,
                                     .label_scale = CNN_SCALE_NONE,
                                     .label = "the \"label\"",
                                     .label_column = 7,
                                     .n_classes = 3,
                                     .classes = classes,
                                     .n_columns = 2,
                                     .columns = columns},
                             back;
    assert_true(cnn_weights_save_with(&model, rt_path(state, "w", path), weights, &kept, NULL));
    assert_true(cnn_weights_load(&model, path, weights, NULL));
    assert_true(cnn_preprocessing_load(path, &back, NULL));
    assert_int_equal(back.scale, CNN_SCALE_PIXELS);
    assert_int_equal(back.label_scale, CNN_SCALE_NONE);
    assert_string_equal(back.label, kept.label);
    assert_int_equal(back.label_column, 7);
    assert_int_equal(back.n_classes, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(cnn_class_name(&back, i), cnn_class_name(&kept, i));
    assert_null(cnn_class_name(&back, 3));
    assert_null(cnn_class_name(&back, -1));
    assert_int_equal(back.n_columns, 2);
    assert_memory_equal(back.columns, columns, sizeof columns);
    cnn_preprocessing_free(&back);
    assert_true(cnn_weights_save(&model, path, weights, NULL));
    assert_true(cnn_preprocessing_load(path, &back, NULL));
    assert_true(!back.scale && !back.label_scale && !*back.label && !back.label_column && !back.n_classes);
    cnn_preprocessing_free(&back);
    free(weights);
}

static void is_refused_when_damaged(void **state)
{
    static const char *const cases[][2] = {
        {"\"scale\":\"byte\"", "the scale"},
        {"\"label_scale\":\"\"", "the label_scale"},
        {"\"label_column\":\"0\"", "the label_column"},
        {"\"label_column\":\"x\"", "the label_column"},
        {"\"label_column\":\"9223372036854775807\"", "the label_column"},
        {"\"columns\":\"[\\\"a\\\"\"", "the columns"},
        {"\"classes\":\"[]\"", "the classes"},
        {"\"classes\":\"[\\\"a\\\",\\\"a\\\"]\"", "the classes"},
        {"\"classes\":\"[\\\"a\\\"\"", "the classes"},
        {"\"classes\":\"[\\\"\\\"]\"", "the classes"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_preprocessing back;
        struct cnn_error error;
        char file[256] = {0}, path[RT_PATH];
        int length = snprintf(file + 8, sizeof file - 8, "{\"__metadata__\":{%s}}", cases[i][0]);
        file[0] = (char)length;
        rt_write(state, "w", file, (size_t)length + 8);
        if (cnn_preprocessing_load(rt_path(state, "w", path), &back, &error))
            fail_msg("%s is taken", cases[i][0]);
        rt_assert_contains(error.message, "w: what it says of its data is damaged: ");
        rt_assert_contains(error.message, cases[i][1]);
        cnn_preprocessing_free(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(are_the_same_in_every_file, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(stay_what_they_are_for_a_network_that_rescales, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(are_what_the_user_or_a_training_says, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(real_numbers_are_divided_only_on_that_scale, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(whole_numbers_that_are_real_are_told_of, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(some_sets_are_divided_already, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(samples_as_labels_are_divided_with_them, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(is_one_for_all_sets, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(is_kept_and_used_later, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(one_row_has_one_answer, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(pictures_follow_the_weights, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(that_are_pictures_are_scaled_as_the_features, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(that_are_classes_give_way_to_the_pictures_of_an_autoencoder, rt_setup,
                                        rt_teardown),
        cmocka_unit_test_setup_teardown(that_are_classes_of_a_softmax_stay_one_hot, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(that_are_classes_are_refused_where_other_pictures_are_made, rt_setup,
                                        rt_teardown),
        cmocka_unit_test_setup_teardown(that_are_values_stay_what_they_are, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(that_the_loss_cannot_take_are_refused_by_row, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(comes_back_from_a_file, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(is_refused_when_damaged, rt_setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
