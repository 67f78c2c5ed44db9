/* runtime/history.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

static char *history_of(bool validates)
{
    struct cnn_model model = fake_model();
    struct cnn_training training = {.model = &model,
                                    .seconds = 1.5,
                                    .means = {0.25, {0.75}},
                                    .validates = validates,
                                    .validation = {0.5, {0.625}}};
    char *text = NULL;
    size_t length;
    struct cnn_history history = {.file = open_memstream(&text, &length), .path = "h.csv"};
    assert_non_null(history.file);
    for (; training.epoch < 2; training.epoch++)
        for (int event = CNN_EPOCH_BEGIN; event <= CNN_EPOCH_END; event++)
            assert_int_equal(cnn_history_call(&history, (enum cnn_event)event, &training, NULL), CNN_CONTINUE);
    fclose(history.file);
    return text;
}

static void writes_a_row_an_epoch(void **state)
{
    (void)state;
    char *text = history_of(true);
    assert_string_equal(text, "epoch,seconds,loss,accuracy,val_loss,val_accuracy\n"
                              "1,1.500000,0.25,0.75,0.5,0.625\n2,1.500000,0.25,0.75,0.5,0.625\n");
    free(text);
}

static void leaves_out_what_was_not_validated(void **state)
{
    (void)state;
    char *text = history_of(false);
    assert_string_equal(text, "epoch,seconds,loss,accuracy\n1,1.500000,0.25,0.75\n2,1.500000,0.25,0.75\n");
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
        cmocka_unit_test(writes_a_row_an_epoch),
        cmocka_unit_test(leaves_out_what_was_not_validated),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
