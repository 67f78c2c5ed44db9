/* runtime/data/sets.c: where the sets are in folders, archives and tables. */
#include "rt_arrays.h"

#include "data/data.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { ROWS = 40, TEST_ROWS = 12, ROOM = 32768 };

/* Inputs and labels of such a set as rt_write_set() writes, as .npy files; labels are int64. */
static size_t inputs_npy(unsigned char *out, uint32_t count, uint32_t seed)
{
    struct cnn_dataset set = rt_set(count, seed);
    char dict[128];
    snprintf(dict, sizeof dict, NPY("'|u1'", "False", "(%u, 8, 8)"), count);
    size_t size = rt_npy(out, dict, set.inputs[0], (size_t)count * FAKE_INPUTS);
    cnn_dataset_free(&set);
    return size;
}

static size_t labels_npy(unsigned char *out, uint32_t count, uint32_t seed)
{
    struct cnn_dataset set = rt_set(count, seed);
    unsigned char labels[8 * ROWS] = {0};
    char dict[128];
    for (uint32_t i = 0; i < count; i++)
        labels[8 * i] = (unsigned char)set.labels[0][i];
    snprintf(dict, sizeof dict, NPY("'<i8'", "False", "(%u,)"), count);
    size_t size = rt_npy(out, dict, labels, 8 * (size_t)count);
    cnn_dataset_free(&set);
    return size;
}

/* The four arrays of an archive, under these names. */
/* The first `count` of them. */
static void write_npz_of(void **state, const char *const names[4], int count)
{
    static unsigned char arrays[4][ROOM / 8], file[ROOM];
    struct rt_member members[4];
    for (int i = 0; i < 4; i++) {
        size_t size = i % 2 ? labels_npy(arrays[i], i < 2 ? ROWS : TEST_ROWS, (uint32_t)i / 2 + 1)
                            : inputs_npy(arrays[i], i < 2 ? ROWS : TEST_ROWS, (uint32_t)i / 2 + 1);
        members[i] = (struct rt_member){.name = names[i], .data = arrays[i], .size = size, .deflate = true};
    }
    rt_write(state, "set.npz", file, rt_zip(file, members, count));
}

static void write_npz(void **state, const char *const names[4]) { write_npz_of(state, names, 4); }

static const char *const keras[] = {"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"};

static void write_csv(void **state, const char *name, uint32_t count, uint32_t seed)
{
    static char text[ROOM];
    struct cnn_dataset set = rt_set(count, seed);
    size_t length = 0;
    for (uint32_t row = 0; row < count; row++) {
        length += (size_t)sprintf(text + length, "%d", (int)set.labels[0][row]);
        for (int i = 0; i < FAKE_INPUTS; i++)
            length +=
                (size_t)sprintf(text + length, ",%d", ((const uint8_t *)set.inputs[0])[(int)row * FAKE_INPUTS + i]);
        length += (size_t)sprintf(text + length, "\n");
    }
    rt_write(state, name, text, length);
    cnn_dataset_free(&set);
}

/* ---- one format at a time ---- */

static void opens_a_folder_of_idx_files(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    assert_false(cnn_dataset_exists(&model, *state, "train"));
    assert_false(cnn_dataset_open(&model, *state, "train", &set, &error));
    rt_assert_contains(error.message, "has no train-images-idx3-ubyte or train-images-idx3-ubyte.gz");
    rt_write_set(state, "train", 7, 1);
    assert_true(cnn_dataset_exists(&model, *state, "train"));
    assert_true(cnn_dataset_open(&model, *state, "train", &set, NULL));
    assert_int_equal(set.count, 7);
    cnn_dataset_free(&set);
    assert_int_equal(remove(rt_path(state, "train-labels-idx1-ubyte.gz", path)), 0);
    assert_false(cnn_dataset_open(&model, *state, "train", &set, &error));
    rt_assert_contains(error.message, "has no train-labels-idx1-ubyte");
}

static void rename_file(void **state, const char *from, const char *to)
{
    char old[RT_PATH], new[RT_PATH];
    assert_int_equal(rename(rt_path(state, from, old), rt_path(state, to, new)), 0);
}

/* Keras' fit(x_train, x_train): whoever has no labels and makes samples again, gives these. */
static void samples_are_labels_where_there_are_no_others(void **state)
{
    struct cnn_model model = fake_model_onehot();
    struct cnn_preprocessing preprocessing = {.n_classes = 0};
    struct cnn_dataset sets[2];
    struct cnn_error error;
    char path[RT_PATH];
    static const char *const prefixes[] = {"train", "t10k"};
    memcpy(&model.outputs[0].dim, &model.inputs[0].dim, sizeof model.outputs[0].dim);
    model.outputs[0].rank = model.inputs[0].rank;
    model.outputs[0].count = model.outputs[0].label_count = FAKE_INPUTS;
    model.outputs[0].probabilities = CNN_PROBABILITIES_SIGMOID;
    rt_write_set(state, "train", 7, 1);
    rt_write_set(state, "t10k", 4, 2);
    assert_int_equal(remove(rt_path(state, "t10k-labels-idx1-ubyte.gz", path)), 0);
    assert_false(cnn_datasets_open(&model, *state, prefixes, 2, &preprocessing, sets, &error));
    rt_assert_contains(error.message, "has no t10k-labels-idx1-ubyte"); /* the training set has some */
    cnn_preprocessing_free(&preprocessing);
    preprocessing = (struct cnn_preprocessing){.n_classes = 0};
    assert_int_equal(remove(rt_path(state, "train-labels-idx1-ubyte.gz", path)), 0);
    assert_true(cnn_datasets_open(&model, *state, prefixes, 2, &preprocessing, sets, NULL));
    assert_string_equal(preprocessing.labels_about,
                        "the features themselves, for there are no others; whole numbers 0..255, divided by 255");
    for (int s = 0; s < 2; s++) {
        for (int64_t i = 0; i < sets[s].count * FAKE_INPUTS; i++)
            assert_true(sets[s].labels[0][i] == (float)((const uint8_t *)sets[s].inputs[0])[i] * (1.0f / 255));
        cnn_dataset_free(&sets[s]);
    }
    model.outputs[0].probabilities = CNN_PROBABILITIES_SOFTMAX; /* scores of one class, which is missing */
    assert_false(cnn_dataset_open(&model, *state, "train", &sets[0], &error));
    rt_assert_contains(error.message, "has no train-labels-idx1-ubyte");
}

/* A column is one of a table: what else has labels has them where it has them. */
static void a_column_is_chosen_of_tables_alone(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_preprocessing chosen = {.label_is_chosen = true, .label = "3"};
    struct cnn_dataset set;
    struct cnn_error error;
    const char *prefix = "train";
    rt_write_set(state, "train", 7, 1);
    assert_false(cnn_datasets_open(&model, *state, &prefix, 1, &chosen, &set, &error));
    rt_assert_contains(error.message,
                       "/train-images-idx3-ubyte: is an IDX file, which has no columns: --label 3 chooses one "
                       "of a CSV file; labels here are a file of their own");
    rt_expect(state, &model, "net train @ --label 3", 1, "", "--label 3 chooses one of a CSV file");
}

/* Some unpackers name them so: train-images.idx3-ubyte. */
static void opens_a_folder_of_idx_files_with_a_dot(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    rt_write_set(state, "train", 7, 1);
    rename_file(state, "train-images-idx3-ubyte", "train-images.idx3-ubyte");
    rename_file(state, "train-labels-idx1-ubyte.gz", "train-labels.idx1-ubyte.gz");
    assert_true(cnn_dataset_exists(&model, *state, "train"));
    assert_true(cnn_dataset_open(&model, *state, "train", &set, NULL));
    assert_int_equal(set.count, 7);
    assert_non_null(set.labels[0]);
    cnn_dataset_free(&set);
}

static void a_path_must_be_of_a_known_kind(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    rt_write(state, "file", "", 0);
    assert_false(cnn_dataset_open(&model, rt_path(state, "file", path), "train", &set, &error));
    rt_assert_contains(error.message, "it is empty");
    assert_false(cnn_dataset_open(&model, rt_path(state, "nowhere", path), "train", &set, &error));
    rt_assert_contains(error.message, "No such file");
}

/* The set has the rows of rt_set(). */
static void assert_set(const char *data, const char *prefix, uint32_t count, uint32_t seed)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set, wanted = rt_set(count, seed);
    struct cnn_error error;
    if (!cnn_dataset_open(&model, data, prefix, &set, &error))
        fail_msg("%s", error.message);
    assert_int_equal(set.count, count);
    assert_int_equal(set.input_elements[0], CNN_BYTE);
    assert_memory_equal(set.inputs[0], wanted.inputs[0], (size_t)count * FAKE_INPUTS);
    assert_memory_equal(set.labels[0], wanted.labels[0], (size_t)count * sizeof(float));
    cnn_dataset_free(&set);
    cnn_dataset_free(&wanted);
}

/* What a file is stands behind the last dot of its name. */
static void names_of_arrays_may_have_dots(void **state)
{
    static unsigned char file[1 << 16];
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    model.inputs[0].name = "images.v2";
    rt_write(state, "images.v2.npy", file, inputs_npy(file, ROWS, 1));
    rt_write(state, "dense.npy", file, labels_npy(file, ROWS, 1));
    if (!cnn_dataset_open(&model, *state, "train", &set, &error))
        fail_msg("%s", error.message);
    assert_int_equal(set.count, ROWS);
    cnn_dataset_free(&set);
}

/* As cnnc makes names of C of those that other tools give. */
static void arrays_have_the_names_of_other_tools(void **state)
{
    static const struct {
        const char *listed, *name;
        bool same;
    } cases[] = {{"input.1", "input_1", true},
                 {"onnx::Expand_0", "onnx_Expand_0", true},
                 {"23", "output_23", true},
                 {"0:x/", "input_0_x", true},
                 {"/model/out.1/", "model_out_1", true},
                 {"a__b", "a_b", true},
                 {"input.1", "input_10", false},
                 {"input.10", "input_1", false},
                 {"ab", "a_b", false},
                 {"a.b", "ab", false},
                 {"23", "hidden_23", false},
                 {"23", "output_2", false},
                 {"x", "output_x", false},
                 {"", "x", false}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (cnn_array_is_called(cases[i].listed, strlen(cases[i].listed), cases[i].name) != cases[i].same)
            fail_msg("%s, %s", cases[i].listed, cases[i].name);
}

static void opens_an_archive(void **state)
{
    struct cnn_model model = fake_model();
    static const char *const medmnist[] = {"train_images.npy", "train_labels.npy", "test_images.npy",
                                           "test_labels.npy"};
    static const char *const layers[] = {"x_train_images.npy", "dense_train.npy", "images_test.npy",
                                         "y_test_dense.npy"};
    static const char *const bare[] = {"images.npy", "dense.npy", "x_test.npy", "y_test.npy"};
    static const char *const others[] = {"x:train:images.npy", "dense.train.npy", "images:test.npy",
                                         "y_test_dense.npy"};
    static const char *const *const names[] = {keras, medmnist, layers, bare, others};
    char path[RT_PATH];
    rt_path(state, "set.npz", path);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        write_npz(state, names[i]);
        assert_true(cnn_dataset_exists(&model, path, "train"));
        assert_true(cnn_dataset_exists(&model, path, "t10k"));
        assert_false(cnn_dataset_exists(&model, path, "other"));
        assert_set(path, "train", ROWS, 1);
        assert_set(path, "t10k", TEST_ROWS, 2);
    }
}

static void opens_a_folder_of_arrays_or_tables(void **state)
{
    struct cnn_model model = fake_model();
    static unsigned char file[ROOM];
    char path[RT_PATH];
    rt_write(state, "x_train.npy", file, inputs_npy(file, ROWS, 1));
    rt_write(state, "y_train.npy", file, labels_npy(file, ROWS, 1));
    assert_set(*state, "train", ROWS, 1);
    assert_false(cnn_dataset_exists(&model, *state, "t10k"));
    write_csv(state, "mnist_test.csv", TEST_ROWS, 2);
    assert_true(cnn_dataset_exists(&model, *state, "t10k"));
    assert_set(*state, "t10k", TEST_ROWS, 2);
    assert_int_equal(remove(rt_path(state, "y_train.npy", path)), 0);
    struct cnn_dataset set;
    struct cnn_error error;
    assert_false(cnn_dataset_open(&model, *state, "train", &set, &error));
    rt_assert_contains(error.message, "y_train.npy: No such file");
}

static void a_table_is_the_only_set(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    write_csv(state, "t.csv", ROWS, 1);
    rt_path(state, "t.csv", path);
    assert_set(path, "train", ROWS, 1);
    assert_set(path, "t10k", ROWS, 1);
    assert_false(cnn_dataset_exists(&model, path, "train"));
}

/* A row of pixels for an autoencoder: ten classes are not meant by 64 numbers between 0 and 1. */
static void few_classes_of_a_table_are_no_labels_of_an_autoencoder(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    model.inputs[0].rank = model.outputs[0].rank = 1;
    model.inputs[0].dim[0] = model.outputs[0].dim[0] = FAKE_INPUTS;
    model.outputs[0].count = model.outputs[0].label_count = FAKE_INPUTS;
    model.outputs[0].label_is_class = false;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    write_csv(state, "t.csv", ROWS, 1);
    assert_true(cnn_dataset_open(&model, rt_path(state, "t.csv", path), "train", &set, &error));
    for (int i = 0; i < ROWS * FAKE_INPUTS; i++) {
        float input = set.input_elements[0] == CNN_BYTE ? (float)((const uint8_t *)set.inputs[0])[i] * (1.0f / 255)
                                                        : ((const float *)set.inputs[0])[i];
        assert_true(set.labels[0][i] == input);
    }
    cnn_dataset_free(&set);
}

static void refuses(void **state, const char *name, const char *prefix, const char *message)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    assert_false(cnn_dataset_open(&model, rt_path(state, name, path), prefix, &set, &error));
    assert_null(set.inputs[0]);
    assert_null(set.labels[0]);
    rt_assert_contains(error.message, message);
}

static void a_table_is_no_validation_set(void **state)
{
    rt_write(state, "t.csv", "1,2\n", 4);
    refuses(
        state, "t.csv", "validation",
        "t.csv: is one set, of which --set train and --set test take all rows: it has no validation set; a column");
}

/* What is predicted of an archive: its test set, else its only array, else what is asked for by name. */
static void an_archive_may_have_one_array(void **state)
{
    struct cnn_model model = fake_model();
    write_npz(state, keras);
    rt_expect(state, &model, "net train @set.npz --save @w --epochs 1", 0, "Saved ", "");
    write_npz_of(state, (const char *const[4]){"features.npy", "", "", ""}, 1);
    rt_expect(state, &model, "net predict @set.npz --weights @w --index 39", 0, "set.npz[39]\n", "");
    rt_expect(state, &model, "net train @set.npz", 1, "", "set.npz: has no array y_train");
    write_npz_of(state, keras, 1);
    rt_expect(state, &model, "net predict @set.npz --weights @w", 1, "",
              "set.npz: has no array x_test; its arrays are x_train; --set train takes x_train\n");
    rt_expect(state, &model, "net predict @set.npz --weights @w --set train --index 39", 0, "set.npz[39]\n", "");
    static unsigned char npy[ROOM / 8];
    rt_write(state, "x.npy", npy, inputs_npy(npy, ROWS, 1));
    rt_expect(state, &model, "net predict @x.npy --weights @w --index 39", 0, "x.npy[39]\n", "");
    rt_expect(
        state, &model, "net train @x.npy", 1, "",
        "is an .npy file of samples or of labels alone: --input FILE --label FILE give both, and so do a folder with "
        "x_train.npy and y_train.npy");
    write_npz_of(state, (const char *const[4]){"a.npy", "b.npy", "", ""}, 2);
    rt_expect(state, &model, "net predict @set.npz --weights @w", 1, "",
              "has no array x_test; its arrays are a, b\n");
    write_npz_of(state, (const char *const[4]){"labels.npy", "", "", ""}, 1);
    rt_expect(state, &model, "net predict @set.npz --weights @w", 1, "",
              "has no array x_test; its arrays are labels\n");
    char name[CNN_ABOUT + 8]; /* of which no more than a part can be shown */
    memset(name, 'n', sizeof name);
    memcpy(name + sizeof name - 5, ".npy", 5);
    write_npz_of(state, (const char *const[4]){name, "", "", ""}, 1);
    rt_expect(state, &model, "net predict @set.npz --weights @w", 1, "", "has no array x_test; its arrays are nnn");
}

static void says_what_is_missing(void **state)
{
    static const char *const lacking[][4] = {{"x_train.npy", "z.npy", "x_test.npy", "y_test.npy"},
                                             {"z.npy", "y_train.npy", "x_test.npy", "y_test.npy"},
                                             {"x_train.npy", "y_train.npy", "x_train.npy", "y_test.npy"},
                                             {"x_train.npy", "x_test.npy", "y_train.npy", "y_test.npy"}};
    static const char *const messages[] = {
        "set.npz: has no array y_train",
        ("set.npz: has no array x_train, with y_train beside it; its arrays are z, y_train, "
         "x_test, y_test"),
        "set.npz: has array x_train twice", "set.npz[y_train] has 12 rows, but "};
    for (size_t i = 0; i < COUNT_OF(lacking); i++) {
        write_npz(state, lacking[i]);
        refuses(state, "set.npz", "train", messages[i]);
    }
    rt_write(state, "set.npz", "PK\3\4", 4);
    refuses(state, "set.npz", "train", "its end is missing");
    rt_write(state, "t.csv", "0\n", 2);
    refuses(state, "t.csv", "train", "has 1 columns, but model fake has 64 inputs");
    char row[2 * FAKE_INPUTS + 1] = "";
    for (int i = 0; i < FAKE_INPUTS; i++)
        memcpy(row + 2 * i, i + 1 < FAKE_INPUTS ? "7," : "7\n", 2);
    rt_write(state, "t.csv", row, 2 * FAKE_INPUTS);
    refuses(state, "t.csv", "train", "so there is no label");
}

/* Each kind of file that is found by its name, and what is named itself. */
static void waits_for_no_pipe(void **state)
{
    struct cnn_model model = fake_model();
    static const char *const in_folder[] = {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "x_train.npy",
                                            "train.csv"};
    static const char *const named[] = {"pipe", "pipe.npz", "pipe.csv", "pipe.csv.gz"};
    char path[RT_PATH];
    rt_write(state, "train-labels-idx1-ubyte", "", 0);
    rt_write(state, "y_train.npy", "", 0);
    for (size_t i = 0; i < COUNT_OF(in_folder); i++) {
        rt_pipe(state, in_folder[i]);
        refuses(state, "", "train", "cannot be read: it is no regular file");
        assert_int_equal(remove(rt_path(state, in_folder[i], path)), 0);
    }
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        rt_pipe(state, named[i]);
        bool table = strstr(named[i], ".csv") != NULL; /* of which there is but one set; opening the others tells */
        assert_int_equal(cnn_dataset_exists(&model, rt_path(state, named[i], path), "train"), !table);
        refuses(state, named[i], "train", "cannot be read: it is no regular file");
    }
    rt_write_set(state, "t10k", 1, 1);
    assert_int_equal(remove(rt_path(state, "t10k-labels-idx1-ubyte.gz", path)), 0);
    rt_pipe(state, "t10k-labels-idx1-ubyte.gz");
    refuses(state, "", "t10k", "t10k-labels-idx1-ubyte.gz: cannot be read: it is no regular file");
}

/* ---- all of them are the same to a training ---- */

static float *weights_of(void **state, const char *data)
{
    struct cnn_model model = fake_model();
    char line[256], path[RT_PATH];
    snprintf(line, sizeof line, "net train %s --save @w --epochs 2", data);
    rt_expect(state, &model, line, 0, "Saved ", "");
    float *weights = cnn_alloc_floats(model.parameter_floats, NULL);
    assert_true(cnn_weights_load(&model, rt_path(state, "w", path), weights, NULL));
    return weights;
}

static void trains_to_the_same_bits(void **state)
{
    size_t size = (size_t)fake_model().parameter_floats * sizeof(float);
    rt_write_set(state, "train", ROWS, 1);
    rt_write_set(state, "t10k", TEST_ROWS, 2);
    write_npz(state, keras);
    write_csv(state, "t.csv", ROWS, 1);
    static const char *const data[] = {"@", "--data @", "@set.npz", "--data @set.npz", "@t.csv"};
    float *weights = weights_of(state, data[0]);
    for (size_t i = 1; i < COUNT_OF(data); i++) {
        float *same = weights_of(state, data[i]);
        assert_memory_equal(weights, same, size);
        free(same);
    }
    free(weights);
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net evaluate @set.npz --weights @w", 0, "12 samples", "");
    rt_expect(state, &model, "net evaluate @set.npz --weights @w --set test", 0, "12 samples", "");
    rt_expect(state, &model, "net evaluate @set.npz --weights @w --set train", 0, "40 samples", "");
    rt_expect(state, &model, "net evaluate @t.csv --weights @w", 0, "40 samples", "");
    rt_expect(state, &model, "net evaluate @t.csv @t.csv --weights @w", 2, "", "evaluate takes no '");
    rt_expect(state, &model, "net predict @set.npz --weights @w --index 11", 0, "set.npz[11], label ", "");
    rt_expect(state, &model, "net predict @t.csv --weights @w --index 39", 0, "t.csv[39], label ", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_a_folder_of_idx_files, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(opens_a_folder_of_idx_files_with_a_dot, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(samples_are_labels_where_there_are_no_others, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_column_is_chosen_of_tables_alone, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(names_of_arrays_may_have_dots, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_path_must_be_of_a_known_kind, rt_setup, rt_teardown),
        cmocka_unit_test(arrays_have_the_names_of_other_tools),
        cmocka_unit_test_setup_teardown(opens_an_archive, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(opens_a_folder_of_arrays_or_tables, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_table_is_the_only_set, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(few_classes_of_a_table_are_no_labels_of_an_autoencoder, rt_setup,
                                        rt_teardown),
        cmocka_unit_test_setup_teardown(an_archive_may_have_one_array, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_table_is_no_validation_set, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(says_what_is_missing, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(waits_for_no_pipe, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(trains_to_the_same_bits, rt_setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
