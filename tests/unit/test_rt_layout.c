/* runtime/data/layout.c: how tables are written, through csv.c and sets.c. */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { SMALL = 3 };

/* Of three inputs. */
static struct cnn_model small_model(void)
{
    struct cnn_model model = fake_model();
    model.inputs[0].rank = 1;
    model.inputs[0].dim[0] = model.inputs[0].count = SMALL;
    return model;
}

/* The rows 10, 20, 30 and 40, 50, 255, of the classes 1 and 2. */
static void reads_the_two_rows(void **state, const char *name, const char *text)
{
    struct cnn_model model = small_model();
    struct cnn_dataset set;
    struct cnn_error error = {""};
    char path[RT_PATH];
    rt_write(state, name, text, strlen(text));
    cnn_dataset_read(&model, rt_path(state, name, path), NULL, &set, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(set.count, 2);
    assert_memory_equal(set.inputs[0], ((const uint8_t[]){10, 20, 30, 40, 50, 255}), 6);
    assert_memory_equal(set.labels[0], ((const float[]){1, 2}), 2 * sizeof(float));
    cnn_dataset_free(&set);
}

static void cells_are_parted_by_commas_semicolons_or_tabs(void **state)
{
    reads_the_two_rows(state, "t.csv", "1;10;20;30\n2;40;50;255\n");
    reads_the_two_rows(state, "t.csv", "\"a, or\";\"b\";c;d\n1;10;20;30\n2;40;50;255\n");
    reads_the_two_rows(state, "t.csv", "1\t10\t20\t30\n2\t40\t50\t255\n");
    reads_the_two_rows(state, "t.tsv", "a,b\tc\td\ty\n10\t20\t30\t1\n40\t50\t255\t2\n");
    reads_the_two_rows(state, "t.TSV", "1\t10\t20\t30\r\n2\t40\t50\t255\r\n");
}

/* Adds a row of a picture of 64 pixels: `grey` and what follows it. */
static size_t put_picture(char *text, int grey)
{
    size_t length = 0;
    for (int i = 0; i < FAKE_INPUTS; i++)
        length += (size_t)sprintf(text + length, "%s%d", i ? " " : "", grey + i);
    return length;
}

enum { FER_ROWS = 7, FER_SIZE = 4096 };

/* As fer2013.csv: the class, all pixels, and to which set the row belongs. `quote` stands around cells. */
static void write_fer(void **state, const char *header, const char *quote, bool usage_first)
{
    static const char *const usages[FER_ROWS] = {"Training",   "Training",    "PublicTest", "Training",
                                                 "PublicTest", "PrivateTest", "Training"};
    char text[FER_SIZE];
    size_t length = (size_t)sprintf(text, "%s\n", header);
    for (int row = 0; row < FER_ROWS; row++) {
        length += (size_t)sprintf(text + length, "%d,%s", row % FAKE_CLASSES, quote);
        if (usage_first)
            length += (size_t)sprintf(text + length, "%s%s,%s", usages[row], quote, quote);
        length += put_picture(text + length, row);
        length += usage_first ? (size_t)sprintf(text + length, "%s\r\n", quote)
                              : (size_t)sprintf(text + length, "%s,%s\n", quote, usages[row]);
    }
    rt_write(state, "fer.csv", text, length);
}

static void expect_rows(void **state, const char *prefix, const int *rows, int64_t count)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error = {""};
    char path[RT_PATH];
    rt_path(state, "fer.csv", path);
    bool ok = prefix ? cnn_dataset_open(&model, path, prefix, &set, &error)
                     : cnn_dataset_read(&model, path, NULL, &set, &error);
    assert_string_equal(error.message, "");
    assert_true(ok && (!prefix || cnn_dataset_exists(&model, path, prefix)));
    assert_int_equal(set.count, count);
    for (int64_t i = 0; i < count; i++) {
        assert_true(set.labels[0][i] == (float)(rows[i] % FAKE_CLASSES));
        for (int p = 0; p < FAKE_INPUTS; p++)
            assert_int_equal(((const uint8_t *)set.inputs[0])[i * FAKE_INPUTS + p], rows[i] + p);
    }
    cnn_dataset_free(&set);
}

static void a_cell_may_hold_a_picture_and_a_column_the_set(void **state)
{
    for (int i = 0; i < 3; i++) {
        const char *const headers[] = {"emotion,pixels,Usage", "\"emotion\",\"pixels\",\"usage\"",
                                       "emotion, Usage, pixels"};
        write_fer(state, headers[i], i == 1 ? "\"" : "", i == 2);
        expect_rows(state, "train", (const int[]){0, 1, 3, 6}, 4);
        expect_rows(state, "validation", (const int[]){2, 4}, 2);
        expect_rows(state, "t10k", (const int[]){5}, 1);
        expect_rows(state, NULL, (const int[]){0, 1, 2, 3, 4, 5, 6}, FER_ROWS);
    }
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net train @fer.csv --save @w --epochs 1", 0, "val_loss", "");
    rt_expect(state, &model, "net evaluate @fer.csv --weights @w", 0, "1 samples", "");
    rt_expect(state, &model, "net evaluate @fer.csv --weights @w --set train", 0, "4 samples", "");
}

static void pictures_may_come_without_a_header_or_a_set(void **state)
{
    char text[FER_SIZE];
    size_t length = 0;
    for (int row = 0; row < 3; row++) {
        length += (size_t)sprintf(text + length, "%d,", row);
        length += put_picture(text + length, row);
        text[length++] = '\n';
    }
    rt_write(state, "fer.csv", text, length);
    expect_rows(state, NULL, (const int[]){0, 1, 2}, 3);
    expect_rows(state, NULL, (const int[]){0, 1, 2}, 3);
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    assert_false(cnn_dataset_exists(&model, rt_path(state, "fer.csv", path), "validation"));
}

static void refuses(void **state, const char *text, const char *message)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set;
    struct cnn_error error;
    char path[RT_PATH];
    rt_write(state, "bad.csv", text, strlen(text));
    assert_false(cnn_dataset_open(&model, rt_path(state, "bad.csv", path), "train", &set, &error));
    rt_assert_contains(error.message, message);
}

static void bad_pictures_are_named_by_their_line(void **state)
{
    char text[FER_SIZE];
    size_t length = (size_t)sprintf(text, "y,pixels,Usage\n0,");
    length += put_picture(text + length, 0);
    size_t row = length + (size_t)sprintf(text + length, ",Training\n");
    sprintf(text + row, "1,1 2 3 4 5 6 7 8 9,Training\n");
    refuses(state, text, "bad.csv:3: has 10 cells, but the first row has 65");
    sprintf(text + length, ",Tomorrow\n");
    refuses(state, text, "bad.csv:2: 'Tomorrow' is no set: training, validation or test");
    sprintf(text + length, " 64,Training\n");
    refuses(state, text, "has 66 columns, one of them a label, but model fake has 64 inputs");
    row = length + (size_t)sprintf(text + length, ",Training\n2,");
    row += put_picture(text + row, 0);
    sprintf(text + row, "x,Training\n");
    refuses(state, text, "bad.csv:3: cell 65 is no number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_parted_by_commas_semicolons_or_tabs),
        cmocka_unit_test(a_cell_may_hold_a_picture_and_a_column_the_set),
        cmocka_unit_test(pictures_may_come_without_a_header_or_a_set),
        cmocka_unit_test(bad_pictures_are_named_by_their_line),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
