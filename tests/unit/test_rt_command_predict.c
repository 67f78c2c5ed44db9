/* runtime/program/predict.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES };

static void save(void **state, const char *name, const float parameters[FLOATS])
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    assert_true(cnn_weights_save(&model, rt_path(state, name, path), parameters, NULL));
}

/* Weights that know the bars: "w" tells the three columns apart; "even" gives 1/2, 1/4, 1/4 always. */
static int setup(void **state)
{
    float parameters[FLOATS] = {0};
    if (rt_setup(state))
        return -1;
    rt_write_set(state, "t10k", 12, 2);
    for (int i = 0; i < FAKE_INPUTS; i++)
        for (int c = 0; c < FAKE_CLASSES; c++)
            parameters[i * FAKE_CLASSES + c] = i % FAKE_SIDE == 3 * c ? 4.0f : 0.0f;
    save(state, "w", parameters);
    memset(parameters, 0, sizeof parameters);
    parameters[FLOATS - 3] = logf(2);
    save(state, "even", parameters);
    const char *pgm = "P2 8 8 1 0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0 "
                      "0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0  0 0 0 1 0 0 0 0 ";
    rt_write(state, "bar.pgm", pgm, strlen(pgm));
    return 0;
}

static void shows_a_picture_and_classes(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net predict --weights @w @bar.pgm", 0,
              "/bar.pgm\n     @    \n     @    \n     @    \n     @    \n     1  100.00 %\n     0    0.00 %\n", "");
    rt_expect(state, &model, "net predict --weights @even @bar.pgm", 0,
              "     0   50.00 %\n     1   25.00 %\n     2   25.00 %\n", "");
}

static void prints_as_many_classes_as_asked(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run = rt_run(state, &model, "net predict --weights @even --top 1 @bar.pgm");
    rt_assert_contains(run.out, "     0   50.00 %\n");
    assert_null(strstr(run.out, "25.00"));
    rt_run_free(&run);
    rt_expect(state, &model, "net predict --weights @even --top 99 @bar.pgm", 0, "     2   25.00 %\n", "");
}

static void looks_at_rows_of_an_idx_file(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run =
        rt_run(state, &model, "net predict --weights @w --index 4 --count 2 --top 1 @t10k-images-idx3-ubyte");
    assert_int_equal(run.status, 0);
    rt_assert_contains(run.out, "t10k-images-idx3-ubyte[4]");
    rt_assert_contains(run.out, "t10k-images-idx3-ubyte[5]");
    assert_null(strstr(run.out, "[6]"));
    rt_assert_contains(run.out, "     1  100.00 %\n");
    rt_run_free(&run);
    rt_expect(state, &model, "net predict --weights @w --index 11 @t10k-images-idx3-ubyte", 0, "[11]", "");
    rt_expect(state, &model, "net predict --weights @w --index 12 @t10k-images-idx3-ubyte", 1, "",
              "has no row 12, its rows are 0 to 11");
}

static void tells_the_label_that_lies_beside(void **state)
{
    struct cnn_model model = fake_model(), onehot = fake_model_onehot();
    char path[RT_PATH];
    rt_expect(state, &model, "net predict --weights @w --index 2 @t10k-images-idx3-ubyte", 0, "[2], label 2\n", "");
    rt_expect(state, &onehot, "net predict --weights @w --index 4 @t10k-images-idx3-ubyte", 0, "[4], label 1\n",
              "");
    char dotted[RT_PATH];
    assert_int_equal(
        rename(rt_path(state, "t10k-images-idx3-ubyte", path), rt_path(state, "a-images.idx3-ubyte", dotted)), 0);
    assert_int_equal(
        rename(rt_path(state, "t10k-labels-idx1-ubyte.gz", path), rt_path(state, "a-labels.idx1-ubyte.gz", dotted)),
        0);
    rt_expect(state, &model, "net predict --weights @w --index 2 @a-images.idx3-ubyte", 0, "[2], label 2\n", "");
    rt_write_set(state, "t10k", 12, 2);
    assert_int_equal(remove(rt_path(state, "t10k-labels-idx1-ubyte.gz", path)), 0);
    rt_expect(state, &model, "net predict --weights @w --index 2 @t10k-images-idx3-ubyte", 0, "[2]\n", "");
}

static void other_outputs_are_printed_as_they_are(void **state)
{
    struct cnn_model model = fake_model();
    float parameters[FLOATS] = {0};
    parameters[FLOATS - 1] = NAN;
    save(state, "nan", parameters);
    rt_expect(state, &model, "net predict --weights @nan @bar.pgm", 0, "no numbers", "");
}

/* Softmax regression called something else: its outputs are what predict() of fake_model.c makes of zero inputs. */
static struct cnn_model called(enum cnn_probabilities probabilities, bool from_logits, int64_t outputs)
{
    struct cnn_model model = fake_model();
    model.outputs[0].probabilities = probabilities;
    model.outputs[0].from_logits = from_logits;
    model.outputs[0].count = model.outputs[0].dim[0] = outputs;
    return model;
}

/* A model of one output, which is the number that it was given as its only parameter. */
static void predict_bias(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                         void *workspace, int threads, float *const *outputs)
{
    (void)parameters;
    (void)workspace;
    (void)threads;
    for (int64_t i = 0; i < batch->count; i++)
        outputs[0][i] = prepared[FLOATS - 1];
}

static struct cnn_model one_output(void **state, enum cnn_probabilities probabilities, bool from_logits,
                                   float value)
{
    struct cnn_model model = called(probabilities, from_logits, 1);
    float parameters[FLOATS] = {[FLOATS - 1] = value};
    save(state, "one", parameters);
    model.predict_many = predict_bias;
    model.outputs[0].label_is_class = false;
    return model;
}

static void one_sigmoid_tells_two_classes(void **state)
{
    struct cnn_model yes = one_output(state, CNN_PROBABILITIES_SIGMOID, false, 0.875f);
    rt_expect(state, &yes, "net predict --weights @one @bar.pgm", 0, "     1   87.50 %\n     0   12.50 %\n", "");
    rt_expect(state, &yes, "net predict --weights @one --output @o.csv @bar.pgm", 0, "o.csv: 1 sample\n", "");
    struct cnn_model no = one_output(state, CNN_PROBABILITIES_SIGMOID, false, 0.25f);
    rt_expect(state, &no, "net predict --weights @one --top 1 @bar.pgm", 0, "     0   75.00 %\n", "");
    struct cnn_model logit = one_output(state, CNN_PROBABILITIES_SIGMOID, true, -logf(3));
    rt_expect(state, &logit, "net predict --weights @one @bar.pgm", 0, "     0   75.00 %\n     1   25.00 %\n", "");
    struct cnn_model none = one_output(state, CNN_PROBABILITIES_SIGMOID, false, -2.5f);
    rt_expect(state, &none, "net predict --weights @one @bar.pgm", 0, "  -2.5\n", "");
}

/* As many numbers as the sample has, or one for each place of an array, are no classes of the sample. */
static void predict_sample(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                           void *workspace, int threads, float *const *outputs)
{
    (void)parameters;
    (void)prepared;
    (void)workspace;
    (void)threads;
    for (int64_t i = 0; i < batch->count * FAKE_INPUTS; i++)
        outputs[0][i] = 0.25f;
}

static void an_autoencoder_has_no_classes(void **state)
{
    struct cnn_model model = called(CNN_PROBABILITIES_SIGMOID, false, FAKE_INPUTS), steps = model;
    char path[RT_PATH];
    model.predict_many = steps.predict_many = predict_sample;
    model.outputs[0].label_is_class = false;
    model.outputs[0].label_count = FAKE_INPUTS;
    rt_expect(state, &model, "net predict --weights @even @bar.pgm", 0, "  output 0  0.25\n  output 1  0.25\n", "");
    rt_expect(state, &model, "net predict --weights @even @bar.pgm", 0,
              "  and 48 more: --output FILE.csv writes all\n", "");
    rt_expect(state, &model, "net predict --weights @even @bar.pgm --output @o.csv", 0, "o.csv: 1 sample\n", "");
    char *text = rt_read(rt_path(state, "o.csv", path), NULL);
    rt_assert_contains(text, "sample,output_0,output_1,");
    free(text);
    steps.inputs[0].element = CNN_INT32;
    steps.outputs[0].label_is_class = false;
    steps.outputs[0].label_count = FAKE_INPUTS;
    steps.outputs[0].rank = 2;
    steps.outputs[0].dim[0] = 32;
    steps.outputs[0].dim[1] = 2;
    rt_expect(state, &steps, "net predict --weights @even @bar.pgm", 0, "  output 0 0  0.25\n  output 0 1  0.25\n",
              "");
    steps.outputs[0].rank = 1; /* labels, each of which may be */
    steps.outputs[0].dim[0] = FAKE_INPUTS;
    rt_expect(state, &steps, "net predict --weights @even @bar.pgm", 0, "     0   25.00 %\n     1   25.00 %\n", "");
}

static void values_are_numbers(void **state)
{
    struct cnn_model model = one_output(state, CNN_PROBABILITIES_NONE, false, 0.875f);
    rt_expect(state, &model, "net predict --weights @one @bar.pgm", 0, "  output  0.875\n", "");
    /* Outputs like probabilities are some of classes, unless they are an array. */
    struct cnn_model classes = called(CNN_PROBABILITIES_NONE, false, FAKE_CLASSES), array = classes;
    rt_expect(state, &classes, "net predict --weights @even @bar.pgm", 0, "     0   50.00 %\n", "");
    array.outputs[0].rank = 2;
    array.outputs[0].dim[0] = 1;
    array.outputs[0].dim[1] = FAKE_CLASSES;
    rt_expect(state, &array, "net predict --weights @even @bar.pgm", 0,
              "  output 0 0  0.5\n  output 0 1  0.25\n  output 0 2  0.25\n", "");
}

static void logits_become_probabilities(void **state)
{
    struct cnn_model softmax = called(CNN_PROBABILITIES_SOFTMAX, true, FAKE_CLASSES);
    /* exp of 1/2, 1/4, 1/4 over their sum: 1.6487, 1.2840, 1.2840 of 4.2168 */
    rt_expect(state, &softmax, "net predict --weights @even @bar.pgm", 0, "     0   39.10 %\n     1   30.45 %\n",
              "");
    struct cnn_model labels = called(CNN_PROBABILITIES_SIGMOID, false, FAKE_CLASSES);
    rt_expect(state, &labels, "net predict --weights @even @bar.pgm", 0, "     0   50.00 %\n     1   25.00 %\n",
              "");
}

/* ---- files of all outputs ---- */

static void expect_file(void **state, const char *name, const char *contents)
{
    char path[RT_PATH];
    char *text = rt_read(rt_path(state, name, path), NULL);
    rt_assert_contains(text, contents);
    free(text);
}

static void writes_a_table_of_a_whole_set(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    rt_expect(state, &model, "net predict --weights @even --output @o.csv @t10k-images-idx3-ubyte", 0,
              "o.csv: 12 samples\n", "");
    char *text = rt_read(rt_path(state, "o.csv", path), NULL);
    assert_string_equal(text, "sample,class,score_0,score_1,score_2\n0,0,0.5,0.25,0.25\n1,0,0.5,0.25,0.25\n"
                              "2,0,0.5,0.25,0.25\n3,0,0.5,0.25,0.25\n4,0,0.5,0.25,0.25\n5,0,0.5,0.25,0.25\n"
                              "6,0,0.5,0.25,0.25\n7,0,0.5,0.25,0.25\n8,0,0.5,0.25,0.25\n9,0,0.5,0.25,0.25\n"
                              "10,0,0.5,0.25,0.25\n11,0,0.5,0.25,0.25\n");
    free(text);
    /* The folder's test set is the same; some rows are, too. */
    rt_expect(state, &model, "net predict --weights @w --output @o.csv @", 0, "12 samples\n", "");
    expect_file(state, "o.csv", "\n4,1,");
    rt_expect(state, &model, "net predict --weights @w --index 4 --count 1 --output @o.csv @", 0, "1 sample\n", "");
    expect_file(state, "o.csv", "score_2\n4,1,");
    rt_expect(state, &model, "net predict --weights @w --output @o.csv @ --set train", 1, "",
              "has no train-images");
    expect_file(state, "o.csv", "score_2\n4,1,");
}

/* Pictures and files are named; a name with a comma stands in quotes. */
static void names_what_comes_from_several_files(void **state)
{
    struct cnn_model model = fake_model();
    const char *grey = "P2 8 8 1 0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0 "
                       "0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0  0 0 0 0 0 0 0 0 ";
    rt_write(state, "a,b.pgm", grey, strlen(grey));
    rt_expect(state, &model, "net predict --weights @w --output @o.csv @bar.pgm @a,b.pgm @t10k-images-idx3-ubyte",
              0, "14 samples\n", "");
    expect_file(state, "o.csv", "/bar.pgm,1,");
    expect_file(state, "o.csv", "/a,b.pgm\",0,0.333333");
    expect_file(state, "o.csv", "/t10k-images-idx3-ubyte[11],");
}

static void writes_an_array(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_array array;
    char path[RT_PATH];
    rt_expect(state, &model, "net predict --weights @even --output @o.npy @t10k-images-idx3-ubyte", 0,
              "12 samples\n", "");
    assert_true(cnn_array_read(rt_path(state, "o.npy", path), NULL, &array, NULL));
    assert_int_equal(array.rank, 2);
    assert_int_equal(array.dim[0], 12);
    assert_int_equal(array.dim[1], FAKE_CLASSES);
    assert_int_equal(array.element, CNN_FLOAT);
    for (int i = 0; i < 12 * FAKE_CLASSES; i++)
        assert_true(fabsf(((float *)array.data)[i] - (i % FAKE_CLASSES ? 0.25f : 0.5f)) < 1e-6f);
    cnn_array_free(&array);
    size_t size;
    char *bytes = rt_read(path, &size);
    assert_int_equal(size, 128 + 4 * 12 * FAKE_CLASSES); /* NumPy's data begin at a multiple of 64 */
    assert_memory_equal(bytes, "\x93NUMPY\1\0\x76\0{'descr': '<f4', 'fortran_order': False, 'shape': (12, 3), }",
                        69);
    free(bytes);
}

/* As Kaggle's test.csv: pixels only, with names or without. */
static void takes_tables_without_labels(void **state)
{
    struct cnn_model model = fake_model();
    char text[1024] = "";
    for (int i = 0; i < FAKE_INPUTS; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? "," : "",
                 i % FAKE_SIDE == 3 ? 255 : 0);
    snprintf(text + strlen(text), sizeof text - strlen(text), "\n");
    rt_write(state, "plain.csv", text, strlen(text));
    char named[2048] = "";
    for (int i = 0; i < FAKE_INPUTS; i++)
        snprintf(named + strlen(named), sizeof named - strlen(named), "%spixel%d", i ? "," : "", i);
    snprintf(named + strlen(named), sizeof named - strlen(named), "\n%s", text);
    rt_write(state, "named.csv", named, strlen(named));
    static const char *const lines[] = {"net predict --weights @w --output @o.csv @plain.csv",
                                        "net predict --weights @w --output @o.csv @named.csv"};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        rt_expect(state, &model, lines[i], 0, "1 sample\n", "");
        expect_file(state, "o.csv", "score_2\n0,1,");
    }
}

static void what_is_read_is_not_written_over(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net predict --weights @w --output @x.txt @bar.pgm", 2, "",
              "ends in .csv, .npy or .npz");
    rt_expect(state, &model, "net predict --weights @w --output @plain.csv @plain.csv", 2, "",
              "plain.csv, which is to be predicted; give it a file of its own");
    rt_write(state, "a.csv.tmp", "", 0);
    rt_expect(state, &model, "net predict --weights @w --output @a.csv @a.csv.tmp", 2, "", "is to be predicted");
    rt_write(state, "test.csv", "", 0);
    rt_expect(state, &model, "net predict --weights @w --output @x_test.npy @x_test.npy", 2, "",
              "is to be predicted");
    rt_write(state, "w.npy", "", 0);
    rt_expect(state, &model, "net predict --weights @w.npy --output @w.npy @bar.pgm", 2, "",
              "the file of --weights");
    rt_expect(state, &model, "net predict --weights @w --output @nowhere/o.csv @bar.pgm", 1, "",
              "cannot be written");
    expect_file(state, "plain.csv", "0,0,0,255");
}

/* Sets whose files --output would replace are known by the names that they must have. */
static void a_set_is_not_written_over(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    assert_int_equal(remove(rt_path(state, "t10k-images-idx3-ubyte", path)), 0);
    rt_write(state, "test.csv", "", 0);
    rt_expect(state, &model, "net predict --weights @w --output @test.csv @", 2, "",
              "test.csv, which is to be predicted");
}

static void says_what_is_wrong(void **state)
{
    struct cnn_model model = fake_model();
    rt_write(state, "text", "hello", 5);
    rt_expect(state, &model, "net predict @bar.pgm", 2, "", "predict needs --weights FILE");
    rt_expect(state, &model, "net predict --weights @w", 2, "", "predict needs FILE...");
    rt_expect(state, &model, "net predict --weights @w @nowhere", 1, "", "nowhere: No such file");
    rt_pipe(state, "pipe");
    rt_expect(state, &model, "net predict --weights @w @pipe", 1, "",
              "pipe: cannot be read: it is no regular file");
    rt_expect(state, &model, "net predict --weights @bar.pgm @bar.pgm", 1, "", "not a sound safetensors file");
    rt_expect(state, &model, "net predict --weights @w @text", 1, "",
              "is no CSV, .npy, .npz or IDX file and no picture (PNG, JPEG, PGM, PPM, BMP): it begins with");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_a_picture_and_classes),
        cmocka_unit_test(prints_as_many_classes_as_asked),
        cmocka_unit_test(looks_at_rows_of_an_idx_file),
        cmocka_unit_test(tells_the_label_that_lies_beside),
        cmocka_unit_test(other_outputs_are_printed_as_they_are),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(one_sigmoid_tells_two_classes),
        cmocka_unit_test(an_autoencoder_has_no_classes),
        cmocka_unit_test(values_are_numbers),
        cmocka_unit_test(logits_become_probabilities),
        cmocka_unit_test_setup_teardown(writes_a_table_of_a_whole_set, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(names_what_comes_from_several_files, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(writes_an_array, setup, rt_teardown),
        cmocka_unit_test(takes_tables_without_labels),
        cmocka_unit_test(what_is_read_is_not_written_over),
        cmocka_unit_test_setup_teardown(a_set_is_not_written_over, setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, setup, rt_teardown);
}
