/* runtime/data/csv.c, through cnn_dataset_read(): tables for a model of three inputs and four classes. */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { INPUTS = 3, CLASSES = 4 };

static struct cnn_model small_model(void)
{
    struct cnn_model model = fake_model();
    model.input_rank = 1;
    model.input_dim[0] = model.input_count = INPUTS;
    model.output_dim[0] = model.output_count = CLASSES;
    return model;
}

static bool read_text(void **state, const struct cnn_model *model, const char *text, struct cnn_dataset *set,
                      struct cnn_error *error)
{
    char path[RT_PATH];
    rt_write(state, "t.csv", text, strlen(text));
    return cnn_dataset_read(model, rt_path(state, "t.csv", path), NULL, set, error);
}

static void refuses(void **state, const char *text, const char *message)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    struct cnn_error error;
    assert_false(read_text(state, &model, text, &set, &error));
    assert_null(set.inputs);
    assert_null(set.labels);
    rt_assert_contains(error.message, message);
}

/* Reads two rows whose pixels are 10, 20, 30 and 40, 50, 255 and whose classes are 1 and 3. */
static void reads_the_two_rows(void **state, const char *text)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    struct cnn_error error;
    if (!read_text(state, &model, text, &set, &error))
        fail_msg("%s: %s", text, error.message);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.input_element, CNN_BYTE);
    assert_memory_equal(set.inputs, ((const uint8_t[]){10, 20, 30, 40, 50, 255}), 6);
    assert_memory_equal(set.labels, ((const float[]){1, 3}), 2 * sizeof(float));
    cnn_dataset_free(&set);
}

static void the_label_comes_first(void **state)
{
    reads_the_two_rows(state, "1,10,20,30\n3,40,50,255\n");
    reads_the_two_rows(state, "a,b,c,d\n1,10,20,30\n3,40,50,255\n");
}

static void or_where_the_header_says(void **state)
{
    reads_the_two_rows(state, "label,p0,p1,p2\n1,10,20,30\n3,40,50,255\n");
    reads_the_two_rows(state, "p0,p1,p2,Class\n10,20,30,1\n40,50,255,3\n");
    reads_the_two_rows(state, "p0,TARGET,p1,p2\n10,1,20,30\n40,3,50,255\n");
    reads_the_two_rows(state, "\"p0\",\"p1\",\"p2\",\"y\"\n10,20,30,1\n40,50,255,3\n");
}

static void rows_are_written_in_many_ways(void **state)
{
    reads_the_two_rows(state, "1,10,20,30\r\n3,40,50,255");
    reads_the_two_rows(state, "\xEF\xBB\xBF"
                              "1,10,20,30\n\n \r\n3,40,50,255\n\n");
    reads_the_two_rows(state, " 1 ,\t10, 20,30 \n 3, 40,50 , 255\n");
    reads_the_two_rows(state, "\"1\",\"10\" , \"20\",30\n+3,4e1,50.0,0000000000000255\n");
    reads_the_two_rows(state, "\"a \"\"b\"\", c\",d,e,f\n1,10,20,30\n3,40,50,255\n");
}

static void may_be_compressed_and_long(void **state)
{
    enum { ROWS = 5000, ROW_BYTES = 16 };
    static char text[ROWS * ROW_BYTES + 1];
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    char path[RT_PATH];
    size_t length = 0;
    for (int i = 0; i < ROWS; i++)
        length += (size_t)sprintf(text + length, "%d,%d,%d,%d\n", i % 4, i % 256, i % 7, i % 11);
    rt_write_gz(state, "t.csv.gz", text, length);
    assert_true(cnn_dataset_read(&model, rt_path(state, "t.csv.gz", path), NULL, &set, NULL));
    assert_int_equal(set.count, ROWS);
    for (int i = 0; i < ROWS; i++) {
        const uint8_t *row = (const uint8_t *)set.inputs + (ptrdiff_t)INPUTS * i;
        assert_true(row[0] == i % 256 && row[1] == i % 7 && row[2] == i % 11 && (int)set.labels[i] == i % 4);
    }
    cnn_dataset_free(&set);
}

static void other_features_are_floats(void **state)
{
    static const struct {
        const char *text;
        float inputs[2 * INPUTS];
    } cases[] = {
        {"0,10,20,30\n0,0.5,-1,1e3\n", {10, 20, 30, 0.5f, -1, 1000}},
        {"0,10,20,30\n0,1,2,256\n", {10, 20, 30, 1, 2, 256}},
        {"0,-.5,2.,3e-2\n0,1,2,3\n", {-0.5f, 2, 0.03f, 1, 2, 3}},
        {"0,0,1,1\n3,1,0,1\n", {0, 1, 1, 1, 0, 1}}, /* ones and zeros are no pixels */
    };
    struct cnn_model model = small_model();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_dataset set;
        assert_true(read_text(state, &model, cases[i].text, &set, NULL));
        assert_int_equal(set.input_element, CNN_FLOAT);
        assert_memory_equal(set.inputs, cases[i].inputs, sizeof cases[i].inputs);
        cnn_dataset_free(&set);
    }
}

static void a_table_may_have_no_labels(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    assert_true(read_text(state, &model, "10,20,30\n", &set, NULL));
    assert_int_equal(set.count, 1);
    assert_null(set.labels);
    assert_memory_equal(set.inputs, ((const uint8_t[]){10, 20, 30}), 3);
    cnn_dataset_free(&set);
}

static void or_several(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    model.label_is_class = false;
    model.label_count = 2;
    assert_true(read_text(state, &model, "y,z,a,b,c\n0.5,7,10,20,30\n", &set, NULL));
    assert_memory_equal(set.inputs, ((const uint8_t[]){10, 20, 30}), 3);
    assert_memory_equal(set.labels, ((const float[]){0.5f, 7}), 2 * sizeof(float));
    cnn_dataset_free(&set);
    assert_true(read_text(state, &model, "1,10,20,30\n", &set, NULL)); /* a class, as one-hot */
    assert_memory_equal(set.labels, ((const float[]){0, 1}), 2 * sizeof(float));
    cnn_dataset_free(&set);
    struct cnn_error error;
    assert_false(read_text(state, &model, "1,10,20,30\n2,10,20,30\n", &set, &error));
    rt_assert_contains(error.message, "t.csv:2: has class 2, but model fake has classes 0 to 1");
    model.label_count = 1; /* a value */
    assert_true(read_text(state, &model, "1,10,20,30\n-2.5,10,20,30\n", &set, NULL));
    assert_memory_equal(set.labels, ((const float[]){1, -2.5f}), 2 * sizeof(float));
    cnn_dataset_free(&set);
}

static void bad_rows_are_named_by_their_line(void **state)
{
    refuses(state, "1,10,20,30\n3,40,50\n", "t.csv:2: has 3 cells, but the first row has 4");
    refuses(state, "1,10,20,30\n\n3,40,50,6,7,8,9\n", "t.csv:3: has 7 cells, but the first row has 4");
    refuses(state, "l,a,b,c\n1,10,20,30\n1,10,,30\n", "t.csv:3: cell 3 is no number");
    refuses(state, "1,10,20,30\nx,1,2,3\n", "t.csv:2: cell 1 is no number");
    refuses(state, "1,10,20,30\n1,0x10,2,3\n", "t.csv:2: cell 2 is no number");
    refuses(state, "1,10,20,30\n1,nan,2,3\n", "t.csv:2: cell 2 is no number");
    refuses(state, "1,10,20,30\n1,1e999,2,3\n", "t.csv:2: cell 2 is no number");
    refuses(state, "1,10,20,30\n1,1.2.3,2,3\n", "t.csv:2: cell 2 is no number");
    refuses(state, "1,10,20,30\n1,\"10,2,3\n", "t.csv:2: a quote is not closed");
    refuses(state, "1,10,20,30\n1,\"10", "t.csv:2: a quote is not closed");
    refuses(state, "9,10,20,30\n", "t.csv:1: has class 9, but model fake has classes 0 to 3");
    refuses(state, "1,10,20,30\n\n0.5,10,20,30\n", "t.csv:3: has class 0.5, but model fake has");
    refuses(state, "a,b,label,c\n10,20,3,30\n10,20,4,30\n10,20,5,x\n", "t.csv:3: has class 4, but model fake has");
    refuses(state, "1,10,20,30\n-1,10,20,30\n", "t.csv:2: has class -1, but model fake has");
}

static void a_table_must_fit_the_model(void **state)
{
    refuses(state, "", "t.csv: is empty");
    refuses(state, "\n \n", "t.csv: is empty");
    refuses(state, "label,a,b,c\n", "t.csv: has no rows");
    refuses(state, "1;10;20;30\n", "has 1 columns, but model fake has 3 inputs: with a label there are 4 columns");
    refuses(state, "1,2,3,4,5,6\n",
            "has 6 columns, but model fake has 3 inputs: with a label there are 4 columns, "
            "without one 3");
    refuses(state, "label,a,b\n1,2,3\n", "has 3 columns, one of them a label, but model fake has 3 inputs");
}

static void a_cell_of_any_length_is_one_cell(void **state)
{
    char text[400] = "1,10,20,";
    memset(text + 8, '1', 300);
    refuses(state, text, "t.csv: has no rows"); /* too long for a number, so this is a header */
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    assert_false(cnn_dataset_read(&model, rt_path(state, "nowhere.csv", path), NULL, &set, &error));
    rt_assert_contains(error.message, "nowhere.csv: No such file");
    rt_write(state, "cut.csv.gz", "\x1f\x8b\x08\0\0\0\0\0\0\0\x33\xd4\x31", 13);
    assert_false(cnn_dataset_read(&model, rt_path(state, "cut.csv.gz", path), NULL, &set, &error));
    rt_assert_contains(error.message, "cannot be read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_label_comes_first),
        cmocka_unit_test(or_where_the_header_says),
        cmocka_unit_test(rows_are_written_in_many_ways),
        cmocka_unit_test(may_be_compressed_and_long),
        cmocka_unit_test(other_features_are_floats),
        cmocka_unit_test(a_table_may_have_no_labels),
        cmocka_unit_test(or_several),
        cmocka_unit_test(bad_rows_are_named_by_their_line),
        cmocka_unit_test(a_table_must_fit_the_model),
        cmocka_unit_test(a_cell_of_any_length_is_one_cell),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
