/* runtime/train/progress.c */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

/* Text that functions print into. */
struct printed {
    FILE *file;
    char *text;
    size_t length;
};

static void begin(struct printed *printed)
{
    *printed = (struct printed){0};
    printed->file = open_memstream(&printed->text, &printed->length);
    assert_non_null(printed->file);
}

static struct cnn_training training_of(const struct cnn_model *model)
{
    static double columns[] = {0.2214, 0.9312}, validation[] = {0.1, 0.97};
    return (struct cnn_training){.model = model,
                                 .epoch = 0,
                                 .epochs = 5,
                                 .batch = 469,
                                 .batches = 469,
                                 .seconds = 0.94,
                                 .columns = columns,
                                 .validates = true,
                                 .validation = validation};
}

static void prints_lines_as_keras_does(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_training training = training_of(&model);
    struct printed printed;
    begin(&printed);
    struct cnn_progress progress = {.out = printed.file};
    assert_int_equal(cnn_progress_call(&progress, CNN_EPOCH_BEGIN, &training, NULL), CNN_CONTINUE);
    assert_int_equal(cnn_progress_call(&progress, CNN_STEP_END, &training, NULL), CNN_CONTINUE);
    assert_int_equal(cnn_progress_call(&progress, CNN_EPOCH_END, &training, NULL), CNN_CONTINUE);
    fclose(printed.file);
    assert_string_equal(printed.text, "Epoch 1/5\n469/469 - 1s - 2ms/step - accuracy: 0.9312 - loss: 0.2214 - "
                                      "val_accuracy: 0.9700 - val_loss: 0.1000\n");
    free(printed.text);
}

static void tells_where_a_resumed_training_stands(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_training training = training_of(&model);
    struct printed printed;
    begin(&printed);
    struct cnn_progress progress = {.out = printed.file};
    training.epoch = 2;
    training.batch = 296;
    assert_int_equal(cnn_progress_call(&progress, CNN_RESUME, &training, NULL), CNN_CONTINUE);
    assert_true(progress.drawn == training.seconds);
    training.batch = 0; /* CNN_EPOCH_BEGIN tells more */
    assert_int_equal(cnn_progress_call(&progress, CNN_RESUME, &training, NULL), CNN_CONTINUE);
    training.epoch = 5;
    assert_int_equal(cnn_progress_call(&progress, CNN_RESUME, &training, NULL), CNN_CONTINUE);
    fclose(printed.file);
    assert_string_equal(printed.text, "Epoch 3/5, after batch 296/469\nAll 5 epochs are done\n");
    free(printed.text);
}

static void draws_a_bar_on_a_terminal(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_training training = training_of(&model);
    struct printed printed;
    begin(&printed);
    struct cnn_progress progress = {.out = printed.file, .terminal = true};
    training.batch = 47;
    training.seconds = 10;
    cnn_progress_call(&progress, CNN_STEP_END, &training, NULL);
    rt_assert_contains(printed.text,
                       "\r\033[1m 47/469\033[0m \033[32m\xe2\x94\x81\xe2\x94\x81\033[37m\xe2\x94\x81");
    rt_assert_contains(printed.text, "\033[1m1:29\033[0m 213ms/step - accuracy: 0.9312 - loss: 0.2214\033[K");
    size_t drawn = printed.length;
    training.seconds = 10.01; /* too soon to draw again */
    cnn_progress_call(&progress, CNN_STEP_END, &training, NULL);
    fflush(printed.file);
    assert_int_equal(printed.length, drawn);
    cnn_progress_call(&progress, CNN_EPOCH_END, &training, NULL);
    fclose(printed.file);
    rt_assert_contains(printed.text + drawn, "\033[1m10s\033[0m 213ms/step");
    rt_assert_contains(printed.text + drawn, " - val_accuracy: 0.9700 - val_loss: 0.1000\033[K\n");
    free(printed.text);
}

static void sorts_logs_and_shows_small_ones(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct printed printed;
    const double columns[] = {0.00012345, 0.5, -2}, validation[] = {0, 1, 0.25};
    model.n_columns = 3;
    model.columns = (const char *const[]){"loss", "top_k", "mae"};
    begin(&printed);
    cnn_logs_print(&model, columns, NULL, printed.file);
    fputc('\n', printed.file);
    cnn_logs_print(&model, columns, validation, printed.file);
    fclose(printed.file);
    assert_string_equal(printed.text, " - loss: 1.2345e-04 - mae: -2.0000 - top_k: 0.5000\n"
                                      " - loss: 1.2345e-04 - mae: -2.0000 - top_k: 0.5000"
                                      " - val_loss: 0.0000e+00 - val_mae: 0.2500 - val_top_k: 1.0000");
    free(printed.text);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_training training = training_of(&model);
    struct cnn_error error;
    struct cnn_progress progress = {.out = fopen("/dev/full", "w")};
    if (!progress.out)
        skip();
    assert_int_equal(cnn_progress_call(&progress, CNN_EPOCH_BEGIN, &training, &error), CNN_FAIL);
    rt_assert_contains(error.message, "cannot be written");
    fclose(progress.out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_lines_as_keras_does), cmocka_unit_test(tells_where_a_resumed_training_stands),
        cmocka_unit_test(draws_a_bar_on_a_terminal),  cmocka_unit_test(sorts_logs_and_shows_small_ones),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
