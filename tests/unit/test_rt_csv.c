/* runtime/data/csv.c, column.c, order.c, table.c and words.c, through cnn_dataset_read(): tables for a model of three inputs and four classes. */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { INPUTS = 3, CLASSES = 4 };

static struct cnn_model small_model(void)
{
    struct cnn_model model = fake_model();
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = model.inputs[0].count = INPUTS;
    model.outputs[0].dim[0] = model.outputs[0].count = CLASSES;
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
    assert_null(set.inputs[0]);
    assert_null(set.labels[0]);
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
    assert_int_equal(set.input_elements[0], CNN_BYTE);
    assert_memory_equal(set.inputs[0], ((const uint8_t[]){10, 20, 30, 40, 50, 255}), 6);
    assert_memory_equal(set.labels[0], ((const float[]){1, 3}), 2 * sizeof(float));
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

/* ---- which column is the label ---- */

/* Reads two rows of that table, and says how its label was found. */
static void finds(void **state, const char *label, const char *text, const char *about)
{
    struct cnn_model model = small_model();
    struct cnn_preprocessing told = {.label_is_chosen = label != NULL};
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    if (label)
        snprintf(told.label, sizeof told.label, "%s", label);
    rt_write(state, "t.csv", text, strlen(text));
    if (!cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, &told, &set, &error))
        fail_msg("%s: %s", text, error.message);
    assert_memory_equal(set.inputs[0], ((const uint8_t[]){10, 20, 30, 40, 50, 255}), 6);
    assert_memory_equal(set.labels[0], ((const float[]){1, 3}), 2 * sizeof(float));
    assert_string_equal(told.labels_about, about);
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&told);
}

static void is_said_with_the_reason(void **state)
{
    finds(state, NULL, "p0,p1,p2,Class\n10,20,30,1\n40,50,255,3\n", "column 4 of 4, called Class, by its name");
    finds(state, NULL, "1,10,20,30\n3,40,50,255\n",
          "column 1 of 4, the first, for there is no header; --label NAME|NUMBER takes another");
    finds(state, NULL, "a,b,c,d\n1,10,20,30\n3,40,50,255\n",
          "column 1 of 4, called a, the first, for no column is called label, class, target or y; "
          "--label NAME|NUMBER takes another");
}

static void is_the_one_that_was_chosen(void **state)
{
    static const char *const named[] = {"c", "C", "3", "-2"}, *const numbers[] = {"3", "-2"};
    for (size_t i = 0; i < COUNT_OF(named); i++)
        finds(state, named[i], "label,b,c,d\n10,20,1,30\n40,50,3,255\n", "column 3 of 4, called c, by --label");
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        finds(state, numbers[i], "10,20,1,30\n40,50,3,255\n", "column 3 of 4, by --label");
}

static void is_asked_for(void **state, const char *label, const char *text, const char *message)
{
    struct cnn_model model = small_model();
    struct cnn_preprocessing told = {.label_is_chosen = label != NULL};
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    if (label)
        snprintf(told.label, sizeof told.label, "%s", label);
    rt_write(state, "t.csv", text, strlen(text));
    assert_false(cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, &told, &set, &error));
    rt_assert_contains(error.message, message);
    cnn_preprocessing_free(&told);
}

/* With as many labels as there are added to it, it would be one of the table again. */
static void may_be_any_number(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    model.outputs[0].label_is_class = false;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    model.outputs[0].label_count = 2;
    rt_write(state, "t.csv", "1,2,10,20,30\n3,4,40,50,60\n", 26);
    struct cnn_preprocessing chosen = {.label_is_chosen = true, .label = "9223372036854775807"};
    assert_false(cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, &chosen, &set, &error));
    rt_assert_contains(error.message, "has no column 9223372036854775807 for --label");
    struct cnn_preprocessing trained = {.label_column = INT64_MAX};
    assert_true(cnn_dataset_read_as(&model, path, NULL, &trained, &set, &error));
    rt_assert_contains(trained.labels_about, "column 1 of 5, the first, for there is no header");
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&trained);
}

static void is_refused_where_it_can_be_none(void **state)
{
    is_asked_for(state, "5", "1,10,20,30\n",
                 "t.csv: has no column 5 for --label: its columns are 1 to 4, and no row");
    is_asked_for(state, "0", "1,10,20,30\n", "has no column 0 for --label");
    is_asked_for(state, "-5", "1,10,20,30\n", "has no column -5 for --label");
    is_asked_for(state, "x", "a,b,c,d\n1,10,20,30\n",
                 "has no column x for --label: its columns are 1 to 4, or as its");
    is_asked_for(state, "prize", "a,price,c,d\n1,10,20,30\n",
                 "has no column prize for --label (did you mean price?): its columns");
    is_asked_for(state, "b", "a,b,c,d\n1,10,20,30\n", "t.csv:2: has class 10, but model fake has classes 0 to 3");
    is_asked_for(
        state, NULL, "6,10,20,1\n1,10,20,3\n8,10,20,2\n",
        "t.csv:1: has class 6, but model fake has classes 0 to 3; column 1 was taken for the label, for there "
        "is no header: it has 3 distinct values; the label could be column 4; --label NAME|NUMBER tells");
    is_asked_for(state, NULL, "a,b,Outcome,d\n1,10,3,30\n",
                 "which column is the label? None is called label, class, target or y, but it could be column 3, "
                 "called Outcome; --label NAME|NUMBER tells");
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"species", "diagnosis", "quality", "Price"};
        char text[64];
        snprintf(text, sizeof text, "%s,b,c,d\n1,2,3,4\n", names[i]);
        is_asked_for(state, NULL, text, "it could be column 1, called ");
    }
}

/* A regression takes any number, but says what it did not take. */
static void names_the_last_among_fractions(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_preprocessing told = {.n_classes = 0};
    struct cnn_dataset set;
    char path[RT_PATH];
    static const char text[] = "0.5,1.5,2.5,3\n1,1.5,2,4\n";
    model.outputs[0].label_is_class = false;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    model.outputs[0].label_count = 1;
    rt_write(state, "t.csv", text, sizeof text - 1);
    assert_true(cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, &told, &set, NULL));
    assert_string_equal(told.labels_about,
                        "column 1 of 4, the first, for there is no header; it could be column 4; "
                        "--label NAME|NUMBER takes another");
    cnn_dataset_free(&set);
}

/* ---- words as labels ---- */

static void reads_words(void **state, const char *text, const char *about)
{
    struct cnn_model model = small_model();
    struct cnn_preprocessing told = {.n_classes = 0};
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    rt_write(state, "t.csv", text, strlen(text));
    if (!cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, &told, &set, &error))
        fail_msg("%s: %s", text, error.message);
    assert_int_equal(set.count, 4);
    assert_memory_equal(set.labels[0], ((const float[]){2, 0, 1, 3}), 4 * sizeof(float));
    assert_string_equal(told.labels_about, about);
    assert_string_equal(cnn_class_name(&told, 1), "cat");
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&told);
}

static void words_are_classes_in_order(void **state)
{
    reads_words(state, "1,2,3,dog\n1,2,3,ant\n1,2,3,cat\n1,2,3,eel\n",
                "column 4 of 4, the only one of words; classes ant, cat, dog, eel");
    reads_words(state, "a,b,c,species\n1,2,3,dog\n1,2,3,ant\n1,2,3,cat\n1,2,3,eel\n",
                "column 4 of 4, called species, the only one of words; classes ant, cat, dog, eel");
    reads_words(state, "label,b,c,d\n\"dog\",1,2,3\n ant ,1,2,3\ncat,1,2,3\neel,1,2,3\n",
                "column 1 of 4, called label, by its name; classes ant, cat, dog, eel");
}

/* ---- columns by their names ---- */

/* Reads a table as a training left `told`. */
static bool read_after(void **state, const char *text, struct cnn_preprocessing *told, struct cnn_dataset *set,
                       struct cnn_error *error)
{
    struct cnn_model model = small_model();
    char path[RT_PATH];
    rt_write(state, "t.csv", text, strlen(text));
    return cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, told, set, error);
}

static void columns_stand_in_the_order_of_the_training(void **state)
{
    static const char *const others[] = {
        "p2,label,p0,p1\n30,1,10,20\n255,3,40,50\n", "p1,p0,p2,label\n20,10,30,1\n50,40,255,3\n",
        "P2,P1,P0\n30,20,10\n255,50,40\n", "10,20,30\n40,50,255\n", "label,p0,p1,p2\n1,10,20,30\n3,40,50,255\n"};
    struct cnn_preprocessing told = {.n_classes = 0};
    struct cnn_dataset set;
    assert_true(read_after(state, "label,p0,p1,p2\n1,10,20,255\n", &told, &set, NULL));
    cnn_dataset_free(&set);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct cnn_error error;
        if (!read_after(state, others[i], &told, &set, &error))
            fail_msg("%s: %s", others[i], error.message);
        assert_memory_equal(set.inputs[0], ((const uint8_t[]){10, 20, 30, 40, 50, 255}), 6);
        if (set.labels[0])
            assert_memory_equal(set.labels[0], ((const float[]){1, 3}), 2 * sizeof(float));
        cnn_dataset_free(&set);
    }
    cnn_preprocessing_free(&told);
}

static void other_columns_are_refused(void **state)
{
    static const char *const wrong[][2] = {
        {"p0,px,p2\n1,2,3\n", "t.csv: has the column px, but the columns of the training are p0, p1, p2; without"},
        {"p0,p0,p2\n1,2,3\n", "t.csv: has the column p0 twice, but the columns of the training are p0, p1, p2"}};
    struct cnn_preprocessing told = {.n_classes = 0};
    struct cnn_dataset set;
    assert_true(read_after(state, "p0,p1,p2\n10,20,30\n", &told, &set, NULL));
    cnn_dataset_free(&set);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct cnn_error error;
        assert_false(read_after(state, wrong[i][0], &told, &set, &error));
        rt_assert_contains(error.message, wrong[i][1]);
    }
    cnn_preprocessing_free(&told);
}

/* Names that are there twice tell nothing. */
static void names_that_are_alike_are_not_kept(void **state)
{
    struct cnn_preprocessing told = {.n_classes = 0};
    struct cnn_dataset set;
    assert_true(read_after(state, "p,p,q\n10,20,30\n", &told, &set, NULL));
    cnn_dataset_free(&set);
    assert_int_equal(told.n_columns, 0);
    assert_true(read_after(state, "q,r,p\n10,20,30\n", &told, &set, NULL));
    cnn_dataset_free(&set);
    cnn_preprocessing_free(&told);
}

static void words_must_be_those_of_the_training(void **state)
{
    struct cnn_model model = small_model();
    char classes[] = "ant\0cat\0dog\0eel";
    struct cnn_preprocessing told = {.n_classes = 4, .classes = classes};
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    rt_write(state, "t.csv", "1,2,3,cat\n1,2,3,eel\n", 20);
    assert_true(cnn_dataset_read_as(&model, rt_path(state, "t.csv", path), NULL, &told, &set, NULL));
    assert_memory_equal(set.labels[0], ((const float[]){1, 3}), 2 * sizeof(float));
    cnn_dataset_free(&set);
    rt_write(state, "t.csv", "1,2,3,cat\n1,2,3,cow\n", 20);
    assert_false(cnn_dataset_read_as(&model, path, NULL, &told, &set, &error));
    rt_assert_contains(error.message, "t.csv: has the label cow, which is none of the classes ant, cat, dog, eel");
    refuses(state, "1,2,3,cat\n1,2,3,eel\n",
            "t.csv: its labels are 2 words (cat, eel), but model fake has 4 classes");
    refuses(state, "1,2,3,cat\n1,2,3,\n", "t.csv:2: ");
    char text[128] = "l,b,c,label\n1,2,3,cat\n1,2,3,";
    memset(text + strlen(text), 'x', 64);
    refuses(state, text, "t.csv:3: its label is longer than 63 characters");
    model.outputs[0].label_is_class = false; /* a regression has no words */
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    model.outputs[0].label_count = 1;
    assert_false(read_text(state, &model, "1,2,3,cat\n1,2,3,eel\n", &set, &error));
    rt_assert_contains(error.message,
                       "t.csv: the label, column 4, has words (eel), but model fake predicts numbers");
}

/* ---- rows ---- */

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
        const uint8_t *row = (const uint8_t *)set.inputs[0] + (ptrdiff_t)INPUTS * i;
        assert_true(row[0] == i % 256 && row[1] == i % 7 && row[2] == i % 11 && (int)set.labels[0][i] == i % 4);
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
        {"0,0,1,1\n3,1,0,1\n", {0, 1, 1, 1, 0, 1}},         /* ones and zeros are no pixels, */
        {"0,0,1,200\n3,1,0,239\n", {0, 1, 200, 1, 0, 239}}, /* nor are counts */
    };
    struct cnn_model model = small_model();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct cnn_dataset set;
        assert_true(read_text(state, &model, cases[i].text, &set, NULL));
        assert_int_equal(set.input_elements[0], CNN_FLOAT);
        assert_memory_equal(set.inputs[0], cases[i].inputs, sizeof cases[i].inputs);
        cnn_dataset_free(&set);
    }
}

static void a_table_may_have_no_labels(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    assert_true(read_text(state, &model, "10,20,255\n", &set, NULL));
    assert_int_equal(set.count, 1);
    assert_null(set.labels[0]);
    assert_memory_equal(set.inputs[0], ((const uint8_t[]){10, 20, 255}), 3);
    cnn_dataset_free(&set);
}

static void or_several(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    model.outputs[0].label_is_class = false;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    model.outputs[0].label_count = 2;
    assert_true(read_text(state, &model, "y,z,a,b,c\n0.5,7,10,20,255\n", &set, NULL));
    assert_memory_equal(set.inputs[0], ((const uint8_t[]){10, 20, 255}), 3);
    assert_memory_equal(set.labels[0], ((const float[]){0.5f, 7}), 2 * sizeof(float));
    cnn_dataset_free(&set);
    assert_true(read_text(state, &model, "1,10,20,30\n", &set, NULL)); /* a class, as one-hot */
    assert_memory_equal(set.labels[0], ((const float[]){0, 1}), 2 * sizeof(float));
    cnn_dataset_free(&set);
    struct cnn_error error;
    assert_false(read_text(state, &model, "1,10,20,30\n2,10,20,30\n", &set, &error));
    rt_assert_contains(error.message, "t.csv:2: has class 2, but model fake has classes 0 to 1");
    model.outputs[0].label_count = 1; /* a value */
    assert_true(read_text(state, &model, "1,10,20,30\n-2.5,10,20,30\n", &set, NULL));
    assert_memory_equal(set.labels[0], ((const float[]){1, -2.5f}), 2 * sizeof(float));
    cnn_dataset_free(&set);
}

static void bad_rows_are_named_by_their_line(void **state)
{
    refuses(state, "1,10,20,30\n3,40,50\n", "t.csv:2: has 3 cells, but the first row has 4");
    refuses(state, "1,10,20,30\n\n3,40,50,6,7,8,9\n", "t.csv:3: has 7 cells, but the first row has 4");
    refuses(state, "l,a,b,c\n1,10,20,30\n1,10,,30\n", "t.csv:3: cell 3 is no number: it is empty");
    refuses(state, "1,10,20,30\nx,1,2,3\n", "t.csv:2: cell 1 is no number");
    refuses(state, "1;10,5;20,5;30\n1;10,5;2,5;30\n",
            "t.csv:1: cell 2 is no number: 10,5; decimals are written with a point");
    refuses(state, "y,a,b,c\n1,Rome,20,30\n",
            "t.csv:2: cell 2 is no number: Rome; a feature of words becomes a column for each "
            "of them, of 0 and 1");
    refuses(state, "y,a,b,c\n1,NaN,20,30\n",
            "t.csv:2: cell 2 is no number: NaN; where a number is missing, another must "
            "stand, or the row be left out");
    refuses(state, "1,10,20,30\n1,0x10,2,3\n", "t.csv:2: cell 2 is no number: 0x10");
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
    refuses(state, "1|10|20|30\n", "has 1 columns, but model fake has 3 inputs: with a label there are 4 columns");
    refuses(state, "1,2,3,4,5,6\n",
            "has 6 columns, but model fake has 3 inputs: with a label there are 4 columns, "
            "without one 3");
    refuses(state, "label,a,b\n1,2,3\n", "has 3 columns, one of them a label, but model fake has 3 inputs");
}

static void a_comma_makes_no_word_of_a_number(void **state)
{
    refuses(state, "a,b,c,d\n1,\"1,5\",2,3\n2,\"1,2\",2,3\n",
            "t.csv:2: cell 2 is no number: 1,5; decimals are written with a point");
    refuses(state, "1;1,5;2;3\n2;1,2;2;3\n", "t.csv:1: cell 2 is no number: 1,5; decimals are written");
}

static void words_are_no_labels_of_numbers(void **state)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    struct cnn_error error;
    model.outputs[0].label_is_class = false;
    model.outputs[0].probabilities = CNN_PROBABILITIES_NONE;
    model.outputs[0].label_count = 1;
    assert_false(read_text(state, &model, "a,b,c,d\n1,2,3,good\n1,2,3,bad\n", &set, &error));
    rt_assert_contains(error.message,
                       "t.csv: the label, column 4, called d, has words (bad), but model fake predicts "
                       "numbers: --label NAME|NUMBER takes a column of numbers");
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
        cmocka_unit_test(is_said_with_the_reason),
        cmocka_unit_test(is_the_one_that_was_chosen),
        cmocka_unit_test(may_be_any_number),
        cmocka_unit_test(is_refused_where_it_can_be_none),
        cmocka_unit_test(names_the_last_among_fractions),
        cmocka_unit_test(words_are_classes_in_order),
        cmocka_unit_test(words_must_be_those_of_the_training),
        cmocka_unit_test(words_are_no_labels_of_numbers),
        cmocka_unit_test(a_comma_makes_no_word_of_a_number),
        cmocka_unit_test(columns_stand_in_the_order_of_the_training),
        cmocka_unit_test(other_columns_are_refused),
        cmocka_unit_test(names_that_are_alike_are_not_kept),
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
