/* runtime/program/train.c: from files to files. */
#include "rt_support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_model.h"

static void removes(void **state, const char *name)
{
    char path[RT_PATH];
    assert_int_equal(remove(rt_path(state, name, path)), 0);
}

static int setup(void **state)
{
    if (rt_setup(state))
        return -1;
    rt_write_set(state, "train", 90, 1);
    rt_write_set(state, "t10k", 30, 2);
    return 0;
}

static void trains_validates_and_saves(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    rt_expect(state, &model, "net train --data @ --epochs 20 --save @w.safetensors --history @h.csv", 0,
              "Epoch 20/20\n6/6 - 0s - ", "");
    char *history = rt_read(rt_path(state, "h.csv", path), NULL);
    rt_assert_contains(history, "epoch,seconds,loss,accuracy,val_loss,val_accuracy\n1,");
    const char *last = strstr(history, "\n20,");
    double seconds, loss, accuracy, val_loss, val_accuracy;
    assert_non_null(last);
    assert_int_equal(sscanf(last, "\n20,%lf,%lf,%lf,%lf,%lf", &seconds, &loss, &accuracy, &val_loss, &val_accuracy),
                     5);
    assert_true(seconds >= 0 && loss < 0.3 && accuracy > 0.9 && val_loss < 0.3 && val_accuracy > 0.9);
    free(history);
    rt_expect(state, &model, "net evaluate --data @ --weights @w.safetensors", 0, "30 samples - 0.0", "");
}

/* What the script asked for with summary(), evaluate(), save() and verbose; options win. */
static void does_what_the_script_asks_for(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = *model.stages;
    char path[RT_PATH], saved[RT_PATH];
    model.stages = &stage;
    model.save = rt_path(state, "by_script.safetensors", saved);
    rt_expect(state, &model, "net train --data @ --epochs 1", 0, "Saved ", "");
    removes(state, "by_script.safetensors");
    rt_expect(state, &model, "net train --data @ --epochs 1 --save @other.H5", 0,
              "other.H5\nnote: it is a safetensors file, and not HDF5 as its name says\n", "");
    removes(state, "other.H5");
    rt_expect(state, &model, "net train --data @ --epochs 1 --save @other.safetensors", 0, "Epoch 1/1\n", "");
    assert_int_equal(access(saved, F_OK), -1);
    assert_int_equal(access(rt_path(state, "other.safetensors", path), F_OK), 0);
    model.save = NULL;
    stage.verbose = CNN_VERBOSE_NOTHING;
    struct rt_run run = rt_run(state, &model, "net train --data @ --epochs 1");
    assert_int_equal(run.status, 0);
    assert_null(strstr(run.out, "Epoch"));
    rt_run_free(&run);
    rt_expect(state, &model, "net train --data @ --epochs 1 --verbose 2", 0, "Epoch 1/1\n6/6 - ", "");
    rt_expect(state, &model, "net train --data @ --verbose 3", 2, "", "--verbose wants 0, 1 or 2, not '3'");
    model.evaluates = true;
    rt_expect(state, &model, "net train --data @ --epochs 1", 0, "30 samples - ", "");
    rt_expect(state, &model, "net train --data @ --epochs 1 --validation-split 0.5", 0, "30 samples - ", "");
    model.evaluates = false;
    model.summarizes = true;
    rt_expect(state, &model, "net train --data @ --epochs 1", 0, "Layer (type)", "");
}

static char *weights_after(void **state, const struct cnn_model *model, const char *line, size_t *size)
{
    char path[RT_PATH];
    rt_expect(state, model, line, 0, "Saved ", "");
    return rt_read(rt_path(state, "w", path), size);
}

static void only_the_seed_decides_the_bits(void **state)
{
    struct cnn_model model = fake_model();
    size_t size, same_size, other_size;
    char *once = weights_after(state, &model, "net train --data @ --save @w --seed 5 --threads 1", &size);
    char *again = weights_after(state, &model, "net train --data @ --save @w --seed 5 --threads 3", &same_size);
    char *other = weights_after(state, &model, "net train --data @ --save @w --seed 6", &other_size);
    assert_int_equal(size, same_size);
    assert_memory_equal(once, again, size);
    assert_memory_not_equal(once, other, size);
    free(once);
    free(again);
    free(other);
}

/* With a tiny learning rate the second training can only be as good as where it began. */
static void goes_on_from_weights(void **state)
{
    struct cnn_model model = fake_model();
    char *text;
    size_t size;
    free(weights_after(state, &model, "net train --data @ --save @w --epochs 20", &size));
    struct rt_run run = rt_run(state, &model, "net train --data @ --weights @w --epochs 1 --learning-rate 1e-9");
    double accuracy = 0;
    text = strstr(run.out, "accuracy: ");
    assert_non_null(text);
    assert_int_equal(sscanf(text, "accuracy: %lf", &accuracy), 1);
    assert_true(run.status == 0 && accuracy > 0.9);
    rt_run_free(&run);
}

static void validates_on_a_part_when_told(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net train --data @ --validation-split 0.5 --epochs 1 --batch-size 45", 0, "1/1 - 0s",
              "");
    rt_expect(state, &model, "net train --data @ --validation-split 0.5 --epochs 1", 0, " - val_loss: ", "");
}

static void options_override_what_the_script_says_of_fit(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net train --data @ --epochs 5 --initial-epoch 3", 0, "Epoch 4/5\n", "");
    rt_expect(state, &model, "net train --data @ --epochs 5 --initial-epoch 5", 1, "",
              "5 epochs count as done before, of 5: none is left to train");
    rt_expect(state, &model, "net train --data @ --epochs 500 --learning-rate 1 --patience 1", 0,
              ": early stopping\n", "");
    size_t size, same;
    char *shuffled = weights_after(state, &model, "net train --data @ --save @w --epochs 2", &size);
    char *ordered = weights_after(state, &model, "net train --data @ --save @w --epochs 2 --no-shuffle", &same);
    assert_int_equal(size, same);
    assert_memory_not_equal(shuffled, ordered, size);
    free(shuffled);
    free(ordered);
}

static void trains_without_validation(void **state)
{
    struct cnn_model model = fake_model();
    removes(state, "t10k-images-idx3-ubyte");
    removes(state, "t10k-labels-idx1-ubyte.gz");
    struct rt_run run = rt_run(state, &model, "net train --data @ --epochs 1");
    assert_int_equal(run.status, 0);
    assert_null(strstr(run.out, "val_"));
    rt_run_free(&run);
}

static void what_cannot_begin_leaves_no_history(void **state)
{
    struct cnn_model model = fake_model();
    int files = rt_count_files(state);
    rt_expect(state, &model, "net train --data @ --history @h.csv --weights @train-images-idx3-ubyte", 1, "", "");
    assert_int_equal(rt_count_files(state), files);
}

static void a_wish_that_cannot_be_met_is_said_before_training(void **state)
{
    static const char *const cases[][2] = {
        {"net train --data @ --save @no/where", "no/where: cannot be written: No such file"},
        {"net train --data @ --history @no/where", "no/where: cannot be written: No such file"},
        {"net train --data @ --weights @nowhere", "nowhere: No such file"},
        {"net train --data @nowhere", "nowhere: No such file"},
        {"net train --data @train-images-idx3-ubyte", "is an IDX file of samples or of labels alone"},
    };
    struct cnn_model model = fake_model();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rt_run run = rt_run(state, &model, cases[i][0]);
        assert_int_equal(run.status, 1);
        rt_assert_contains(run.err, cases[i][1]);
        assert_string_equal(run.out, "");
        rt_run_free(&run);
    }
}

static void makes_link(void **state, const char *name, const char *target)
{
    char path[RT_PATH];
    assert_int_equal(symlink(target, rt_path(state, name, path)), 0);
}

/* Two names of one file, among what a training writes and what it reads. None is touched. */
static void no_file_is_written_over_another(void **state)
{
    static const char *const cases[][2] = {
        {"@ --save @s --checkpoint @s", "/s, which is the file of --checkpoint; give it a file of its own"},
        {"@ --save @s --history @s", "net: --save writes "},
        {"@ --save @s --history @./s", "/s, which is the file of --history;"},
        {"@ --checkpoint @s --history @s", "net: --checkpoint writes "},
        {"@ --save @s --history @s.tmp", "/s.tmp, which is the file of --history;"},
        {"@ --save @s.tmp --checkpoint @s", "net: --checkpoint writes "},
        {"@ --save @there --history @link", "/there, which is the file of --history;"},
        {"@t.csv --history @t.csv", "/t.csv, which is a file of --data; give it a file of its own"},
        {"--data @t.csv --save @./t.csv", "/./t.csv, which is a file of --data;"},
        {"@t.csv --checkpoint @table", "/table, which is a file of --data;"},
        {"@x.tmp --save @x", "/x.tmp, which is a file of --data;"},
        {"@ --history @train-images-idx3-ubyte", "/train-images-idx3-ubyte, which is a file of --data;"},
        {"@ --history @train-labels-idx1-ubyte.gz", "ubyte.gz, which is a file of --data;"},
        {"@ --save @t10k-images-idx3-ubyte", "/t10k-images-idx3-ubyte, which is a file of --data;"},
        {"@ --history @there --weights @there", "/there, which is the file of --weights;"},
        {"@ --save @s --weights @s.tmp", "/s.tmp, which is the file of --weights;"},
    };
    struct cnn_model model = fake_model();
    char line[256];
    rt_write(state, "t.csv", "1\n", 2);
    rt_write(state, "x.tmp", "", 0);
    rt_write(state, "there", "", 0);
    makes_link(state, "link", "there");
    makes_link(state, "table", "t.csv");
    int files = rt_count_files(state);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        snprintf(line, sizeof line, "net train %s", cases[i][0]);
        rt_expect(state, &model, line, 2, "", cases[i][1]);
        assert_int_equal(rt_count_files(state), files);
    }
}

/* What the script has callbacks write, too, be it a pattern of names. */
static void no_callback_writes_over_another_file(void **state)
{
    char file[RT_PATH], line[3 * RT_PATH];
    const struct cnn_stage_callback callbacks[] = {
        {.kind = CNN_MODEL_CHECKPOINT, .file = rt_path(state, "best", file)},
        {.kind = CNN_MODEL_CHECKPOINT, .file = "rt-{epoch:02d}-{loss:.2f}.safetensors"},
        {.kind = CNN_EARLY_STOPPING, .monitor = "loss"}};
    static const char *const cases[][2] = {
        {"@ --checkpoint @best", "net: --checkpoint writes "},
        {"@ --checkpoint @best", "/best, which is the file of ModelCheckpoint; give it a file of its own"},
        {"@ --save @best.tmp", "net: ModelCheckpoint writes "},
        {"@ --history @best", "which is the file of ModelCheckpoint;"},
        {"@best", "net: ModelCheckpoint writes "},
        {"@ --checkpoint rt-03-0.50.safetensors",
         "net: ModelCheckpoint writes rt-03-0.50.safetensors, which is the file of --checkpoint; give"},
        {"@ --save ./rt-1-1.safetensors", "net: ModelCheckpoint writes ./rt-1-1.safetensors, which is"},
    };
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    stage.callbacks = callbacks;
    stage.n_callbacks = COUNT_OF(callbacks);
    model.stages = &stage;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        snprintf(line, sizeof line, "net train %s", cases[i][0]);
        rt_expect(state, &model, line, 2, "", cases[i][1]);
    }
    stage.n_callbacks = 1; /* the other one would write where the test runs */
    rt_expect(state, &model, "net train @ --epochs 1 --save @best --no-callbacks", 0, "Saved ", "");
    rt_expect(state, &model, "net train @ --epochs 1 --weights @best --save @rt-final", 0, "Saved ", "");
    stage.callbacks = &callbacks[1];
    rt_expect(state, &model, "net train @nowhere --save rt-final-x.safetensors", 1, "", "nowhere");
}

static void files_of_their_own_are_no_clash(void **state)
{
    struct cnn_model model = fake_model();
    rt_write(state, "x_train.npy", "", 0); /* not read beside the IDX files */
    rt_expect(state, &model, "net train @ --epochs 1 --save @s --checkpoint @c --history @h", 0, "Saved ", "");
    rt_expect(state, &model, "net train @ --epochs 1 --save @s --weights @s", 0, "Saved ", "");
    rt_expect(state, &model, "net train @ --epochs 1 --checkpoint @c --weights @c --resume", 0, "are done", "");
    rt_expect(state, &model, "net train @ --epochs 1 --history @x_train.npy --save @../nowhere/s", 1, "", "cannot");
}

static void other_data_are_refused(void **state)
{
    struct cnn_model model = fake_model();
    model.inputs[0].dim[0] = 16;
    model.inputs[0].count = 128;
    rt_expect(state, &model, "net train --data @", 1, "",
              "its samples are 8x8, but the input of model fake is 16x8x1");
    model = fake_model();
    model.outputs[0].dim[0] = 2;
    rt_expect(state, &model, "net train --data @", 1, "", "row 2 has class 2, but model fake has classes 0 to 1");
}

static void a_training_that_is_refused_leaves_the_history(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    rt_expect(state, &model, "net train --data @ --checkpoint @c --history @h.csv", 0, "Epoch 3/3", "");
    char *before = rt_read(rt_path(state, "h.csv", path), NULL);
    rt_expect(state, &model, "net train --data @ --checkpoint @c --history @h.csv", 1, "", "c: is there already");
    rt_expect(state, &model, "net train --data @ --checkpoint @c --history @h.csv --resume --seed 1", 1, "",
              "has seed 0, but this one has 1");
    char *after = rt_read(path, NULL);
    assert_string_equal(before, after);
    free(after);
    rt_expect(state, &model, "net train --data @ --checkpoint @c --history @h.csv --resume", 0,
              "All 3 epochs are done", "");
    after = rt_read(path, NULL);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_checkpoint_gives_weights_to_begin_with(void **state)
{
    struct cnn_model model = fake_model();
    rt_expect(state, &model, "net train --data @ --checkpoint @c --checkpoint-every 5 --epochs 20", 0, "", "");
    rt_expect(state, &model, "net evaluate --data @ --weights @c", 0, "accuracy: 1.0000", "");
}

static void a_history_on_a_full_disk_is_an_error(void **state)
{
    struct cnn_model model = fake_model();
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    fclose(full);
    rt_expect(state, &model, "net train --data @ --history /dev/full", 1, "", "/dev/full: cannot be written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(trains_validates_and_saves, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(does_what_the_script_asks_for, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(only_the_seed_decides_the_bits, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(goes_on_from_weights, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(validates_on_a_part_when_told, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(options_override_what_the_script_says_of_fit, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(trains_without_validation, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_wish_that_cannot_be_met_is_said_before_training, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_begin_leaves_no_history, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(no_file_is_written_over_another, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(no_callback_writes_over_another_file, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(files_of_their_own_are_no_clash, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(other_data_are_refused, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_training_that_is_refused_leaves_the_history, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_gives_weights_to_begin_with, setup, rt_teardown),
        cmocka_unit_test_setup_teardown(a_history_on_a_full_disk_is_an_error, setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
