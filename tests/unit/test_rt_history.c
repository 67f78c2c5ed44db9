/* runtime/train/history.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

static const double rows[][5] = {{1.5, 0.25, 0.75, 0.5, 0.625}, {2, 0.125, 1, 1e-9, 0.5}};

/* Tells of two epochs, beginning with one of them. */
static void tell(struct cnn_history *history, int64_t first, bool validates)
{
    struct cnn_model model = fake_model();
    const int64_t begins = 0;
    double compact[2 * 3];
    for (int i = 0; i < 6; i++)
        compact[i] = rows[i / 3][i % 3];
    struct cnn_training training = {.model = &model,
                                    .epoch = first,
                                    .validates = validates,
                                    .history = validates ? rows[0] : compact,
                                    .history_rows = first,
                                    .history_columns = validates ? 5 : 3,
                                    .stage_begins = &begins};
    if (first > 0)
        assert_int_equal(cnn_history_call(history, CNN_RESUME, &training, NULL), CNN_CONTINUE);
    for (; training.epoch < 2; training.epoch++) {
        assert_int_equal(cnn_history_call(history, CNN_EPOCH_BEGIN, &training, NULL), CNN_CONTINUE);
        assert_int_equal(cnn_history_call(history, CNN_STEP_END, &training, NULL), CNN_CONTINUE);
        training.history_rows++;
        assert_int_equal(cnn_history_call(history, CNN_EPOCH_END, &training, NULL), CNN_CONTINUE);
    }
}

static char *history_of(bool validates)
{
    char *text = NULL;
    size_t length;
    struct cnn_history history = {.file = open_memstream(&text, &length), .path = "h.csv"};
    assert_non_null(history.file);
    tell(&history, 0, validates);
    fclose(history.file);
    return text;
}

static const char both[] = "epoch,seconds,loss,accuracy,val_loss,val_accuracy\n"
                           "1,1.500000,0.25,0.75,0.5,0.625\n2,2.000000,0.125,1,1e-09,0.5\n";

static void writes_a_row_an_epoch(void **state)
{
    (void)state;
    char *text = history_of(true);
    assert_string_equal(text, both);
    free(text);
}

static void leaves_out_what_was_not_validated(void **state)
{
    (void)state;
    char *text = history_of(false);
    assert_string_equal(text, "epoch,seconds,loss,accuracy\n1,1.500000,0.25,0.75\n2,2.000000,0.125,1\n");
    free(text);
}

/* A column tells the stage, in which epochs count from its initial_epoch, as they are shown; what a stage does not validate
 * is left empty. */
static void several_stages_are_told_apart(void **state)
{
    (void)state;
    static const double history[][5] = {{1, 0.5, 0.75, NAN, NAN}, {2, 0.25, 1, 0.5, 0.5}};
    const int64_t stage_rows[] = {1, 1}, begins[] = {0, 4};
    struct cnn_model model = fake_model();
    struct cnn_training training = {.model = &model,
                                    .stage = 1,
                                    .stages = 2,
                                    .history = history[0],
                                    .history_rows = 2,
                                    .history_columns = 5,
                                    .stage_rows = stage_rows,
                                    .stage_begins = begins};
    char *text = NULL;
    size_t length;
    struct cnn_history out = {.file = open_memstream(&text, &length), .path = "h.csv"};
    assert_int_equal(cnn_history_call(&out, CNN_RESUME, &training, NULL), CNN_CONTINUE);
    assert_int_equal(cnn_history_call(&out, CNN_EPOCH_END, &training, NULL), CNN_CONTINUE);
    fclose(out.file);
    assert_string_equal(text,
                        "stage,epoch,seconds,loss,accuracy,val_loss,val_accuracy\n"
                        "1,1,1.000000,0.5,0.75,,\n2,5,2.000000,0.25,1,0.5,0.5\n2,5,2.000000,0.25,1,0.5,0.5\n");
    free(text);
}

/* What an earlier training left in the file, rows that go beyond the checkpoint among them, makes room. */
static void a_resumed_training_writes_all_rows(void **state)
{
    char path[RT_PATH];
    const char *old = "epoch,old\n1,old\n2,a row that is longer than any that a training writes now\n";
    rt_write(state, "h.csv", old, strlen(old));
    struct cnn_history history = {.file = fopen(rt_path(state, "h.csv", path), "a"), .path = path};
    assert_non_null(history.file);
    tell(&history, 1, true);
    fclose(history.file);
    char *text = rt_read(path, NULL);
    assert_string_equal(text, both);
    free(text);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_training training = {.model = &model};
    struct cnn_error error;
    struct cnn_history history = {.file = fopen("/dev/full", "w"), .path = "h.csv"};
    if (!history.file)
        skip();
    assert_int_equal(cnn_history_call(&history, CNN_EPOCH_BEGIN, &training, &error), CNN_FAIL);
    rt_assert_contains(error.message, "h.csv: cannot be written: No space");
    fclose(history.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_row_an_epoch),         cmocka_unit_test(leaves_out_what_was_not_validated),
        cmocka_unit_test(several_stages_are_told_apart), cmocka_unit_test(a_resumed_training_writes_all_rows),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
