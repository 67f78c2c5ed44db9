/* Keras' callbacks in a training: when they stop, save, and change learning rates, and that a training which goes on knows it. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "fake_model.h"
#include "rt_support.h"

/* Makes the loss go up and down. */
#define LARGE_RATE 4.0

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES, EPOCHS_MAX = 64 };

/* What a training came to. */
struct result {
    int epochs;
    double rates[EPOCHS_MAX], validation_loss[EPOCHS_MAX];
    float at_end[EPOCHS_MAX][FLOATS], parameters[FLOATS];
    uint64_t interrupt_at;                   /* a step; 0: none */
    const int64_t *patience, *initial_epoch; /* of the options; NULL: as the script says */
    char said[4096];
};

static enum cnn_verdict record(void *user, enum cnn_event event, struct cnn_training *training,
                               struct cnn_error *error)
{
    struct result *result = user;
    (void)error;
    if (event == CNN_STEP_END && training->step == result->interrupt_at)
        return CNN_INTERRUPT;
    if (event == CNN_STEP_END)
        result->rates[training->epoch] = training->learning_rate;
    if (event != CNN_EPOCH_END)
        return CNN_CONTINUE;
    result->epochs = (int)training->epoch + 1;
    result->validation_loss[training->epoch] = training->validation[0];
    memcpy(result->at_end[training->epoch], training->parameters, sizeof result->parameters);
    return CNN_CONTINUE;
}

static void train(const struct cnn_stage_callback *callbacks, int count, double learning_rate, int64_t epochs,
                  const char *checkpoint, struct result *result)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    struct cnn_dataset train = rt_set(64, 1), validation = rt_set(32, 2);
    const struct cnn_callback callback = {.call = record, .user = result};
    struct cnn_error error = {""};
    stage.callbacks = callbacks;
    stage.n_callbacks = count;
    stage.learning_rate = learning_rate;
    model.stages = &stage;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.epochs = epochs;
    options.callbacks = &callback;
    options.n_callbacks = 1;
    options.checkpoint = checkpoint;
    options.resume = true;
    options.out = tmpfile();
    if (result->patience)
        options.early_stopping.patience = *result->patience;
    if (result->initial_epoch)
        options.initial_epoch = *result->initial_epoch;
    assert_true(cnn_initialise(&model, 1, result->parameters, NULL));
    bool trained = cnn_fit(&model, &train, &validation, &options, result->parameters, &error);
    assert_string_equal(error.message, "");
    assert_true(trained);
    rewind(options.out);
    result->said[fread(result->said, 1, sizeof result->said - 1, options.out)] = '\0';
    fclose(options.out);
    cnn_dataset_free(&train);
    cnn_dataset_free(&validation);
}

#define VAL_LOSS .monitor = "val_loss", .of_validation = true, .column = 0, .verbose = true

static void stops_when_nothing_improves(void **state)
{
    static struct result result;
    const struct cnn_stage_callback stop = {.kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 2, .min_delta = 1e9};
    (void)state;
    train(&stop, 1, 0.1, 20, NULL, &result);
    assert_int_equal(result.epochs, 3); /* the first is better than nothing, the next two are not */
    rt_assert_contains(result.said, "Epoch 3: early stopping\n");
}

static void goes_on_while_it_improves(void **state)
{
    static struct result result;
    const struct cnn_stage_callback stop = {.kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 1};
    (void)state;
    train(&stop, 1, 0.01, 8, NULL, &result);
    assert_int_equal(result.epochs, 8);
    for (int i = 1; i < 8; i++)
        assert_true(result.validation_loss[i] < result.validation_loss[i - 1]);
}

/* An option has the last word, and needs no callback of the script's. */
static void takes_the_patience_of_the_options(void **state)
{
    static const int64_t patience = 4;
    static struct result result = {.patience = &patience};
    const struct cnn_stage_callback stop = {.kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 2, .min_delta = 1e9};
    (void)state;
    train(&stop, 1, 0.1, 20, NULL, &result);
    assert_int_equal(result.epochs, 5);
    train(NULL, 0, LARGE_RATE, 60, NULL, &result);
    assert_true(result.epochs < 60);
    int best = 0;
    for (int i = 1; i < result.epochs; i++)
        best = result.validation_loss[i] < result.validation_loss[best] ? i : best;
    assert_int_equal(result.epochs, best + 1 + 4);
    rt_assert_contains(result.said, "early stopping\n");
}

/* Of 20 epochs 15 are done before: five are trained, and called 16 to 20. */
static void counts_epochs_that_were_done_before(void **state)
{
    static const int64_t before = 15, all = 20;
    static const double rates[] = {[15] = 0.3, [16] = 0.2, [17] = 0.1};
    static struct result result = {.initial_epoch = &before};
    const struct cnn_stage_callback callbacks[] = {
        {.kind = CNN_LEARNING_RATE_SCHEDULER, .rates = rates, .n_rates = 18, .verbose = true},
        {.kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 1, .min_delta = 1e9, .start_from_epoch = 18}};
    (void)state;
    train(callbacks, 1, 0.1, all, NULL, &result);
    assert_int_equal(result.epochs, 5);
    assert_float_equal(result.rates[1], 0.2, 1e-12);
    rt_assert_contains(result.said, "Epoch 17: the learning rate is set to 0.2\n");
    train(callbacks, 2, 0.1, all, NULL, &result);
    assert_int_equal(result.epochs, 5); /* number 19, from which it looks, is the first that counts */
}

/* A baseline that is never reached does not reset the patience. */
static void counts_what_is_not_better_than_the_baseline(void **state)
{
    static struct result result;
    const struct cnn_stage_callback stop = {
        .kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 3, .has_baseline = true, .baseline = -1};
    (void)state;
    train(&stop, 1, 0.01, 20, NULL, &result);
    assert_true(result.epochs > 3); /* each improves: it is asked only when one does not */
    const struct cnn_stage_callback still = {.kind = CNN_EARLY_STOPPING,
                                             VAL_LOSS,
                                             .patience = 3,
                                             .has_baseline = true,
                                             .baseline = -1,
                                             .start_from_epoch = 4,
                                             .min_delta = 1e9};
    train(&still, 1, 0.01, 20, NULL, &result);
    assert_int_equal(result.epochs, 7); /* the first that is looked at, number 5, counts already */
}

static int best_epoch(const struct result *result)
{
    int best = 0;
    for (int i = 1; i < result->epochs; i++)
        best = result->validation_loss[i] < result->validation_loss[best] ? i : best;
    return best;
}

static void ends_with_the_best_parameters(void **state)
{
    static struct result result;
    const struct cnn_stage_callback stop = {
        .kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 50, .restores_best = true};
    (void)state;
    train(&stop, 1, LARGE_RATE, 12, NULL, &result);
    int best = best_epoch(&result);
    assert_true(best < 11);
    assert_memory_equal(result.parameters, result.at_end[best], sizeof result.parameters);
}

static void reduces_the_learning_rate(void **state)
{
    static struct result result;
    const struct cnn_stage_callback reduce = {.kind = CNN_REDUCE_LR_ON_PLATEAU,
                                              VAL_LOSS,
                                              .patience = 2,
                                              .factor = 0.5,
                                              .cooldown = 1,
                                              .min_lr = 0.02,
                                              .min_delta = 1e9};
    /* Waits 1 and 2: halved behind epoch 3. Keras counts the epoch in which the cooldown ends: halved behind epoch 5, and, to
     * the least, behind epoch 7. */
    static const double rates[] = {0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02, 0.02, 0.02, 0.02};
    (void)state;
    train(&reduce, 1, 0.1, 12, NULL, &result);
    for (int i = 0; i < 12; i++)
        assert_float_equal(result.rates[i], rates[i], 1e-12);
    rt_assert_contains(result.said, "Epoch 3: the learning rate is reduced to 0.05\n");
}

static void follows_a_table_of_learning_rates(void **state)
{
    static struct result result;
    static const double rates[] = {0.3, 0.2, 0.1};
    const struct cnn_stage_callback schedule = {.kind = CNN_LEARNING_RATE_SCHEDULER, .rates = rates, .n_rates = 3};
    (void)state;
    train(&schedule, 1, 0.1, 5, NULL, &result);
    for (int i = 0; i < 5; i++)
        assert_float_equal(result.rates[i], rates[i < 3 ? i : 2], 1e-12);
}

static void saves_under_the_names_of_epochs(void **state)
{
    static struct result result;
    char file[RT_PATH], path[RT_PATH];
    struct cnn_stage_callback save = {.kind = CNN_MODEL_CHECKPOINT, VAL_LOSS};
    struct cnn_model model = fake_model();
    save.file = rt_path(state, "m{epoch:03d}.safetensors", file);
    train(&save, 1, 0.1, 3, NULL, &result);
    assert_int_equal(rt_count_files(state), 3);
    float parameters[FLOATS];
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "m%03d.safetensors", i + 1);
        assert_true(cnn_weights_load(&model, rt_path(state, name, path), parameters, NULL));
        assert_memory_equal(parameters, result.at_end[i], sizeof parameters);
    }
}

static void saves_the_best(void **state)
{
    static struct result result;
    char file[RT_PATH];
    struct cnn_stage_callback save = {.kind = CNN_MODEL_CHECKPOINT, VAL_LOSS, .best_only = true};
    struct cnn_model model = fake_model();
    save.file = rt_path(state, "best.safetensors", file);
    train(&save, 1, LARGE_RATE, 12, NULL, &result);
    float parameters[FLOATS];
    assert_true(cnn_weights_load(&model, file, parameters, NULL));
    assert_memory_equal(parameters, result.at_end[best_epoch(&result)], sizeof parameters);
}

static void are_the_files_of_every_third_of_12_steps(void **state)
{
    static const char *const names[] = {"m1-03", "m2-02", "m3-01", "m3-04"};
    char path[RT_PATH];
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_int_equal(unlink(rt_path(state, names[i], path)), 0);
    assert_int_equal(rt_count_files(state), 0);
}

/* Of epochs of 4 steps; and also where the training is interrupted between them. */
static void saves_after_so_many_batches(void **state)
{
    static struct result result;
    char file[RT_PATH], path[RT_PATH];
    struct cnn_stage_callback save = {.kind = CNN_MODEL_CHECKPOINT, .monitor = "loss", .save_freq = 3};
    struct cnn_model model = fake_model();
    float parameters[FLOATS];
    save.file = rt_path(state, "m{epoch}-{batch:02d}", file);
    train(&save, 1, 0.1, 3, NULL, &result);
    assert_true(cnn_weights_load(&model, rt_path(state, "m3-04", path), parameters, NULL));
    assert_memory_equal(parameters, result.at_end[2], sizeof parameters);
    assert_true(cnn_weights_load(&model, rt_path(state, "m2-02", path), parameters, NULL));
    assert_memory_not_equal(parameters, result.at_end[1], sizeof parameters);
    are_the_files_of_every_third_of_12_steps(state);
    for (uint64_t at = 1; at < 12; at++) {
        result.interrupt_at = at;
        train(&save, 1, 0.1, 3, rt_path(state, "checkpoint", path), &result);
        result.interrupt_at = 0;
        train(&save, 1, 0.1, 3, path, &result);
        assert_int_equal(unlink(path), 0);
        are_the_files_of_every_third_of_12_steps(state);
    }
}

static void names_what_stands_in_braces(void **state)
{
    static struct result result;
    char file[RT_PATH], path[RT_PATH];
    struct cnn_stage_callback save = {.kind = CNN_MODEL_CHECKPOINT, VAL_LOSS};
    save.file = rt_path(state, "{epoch}-{epoch:3d}-{val_loss:.0f}.safetensors", file);
    train(&save, 1, 0, 1, NULL, &result);
    assert_int_equal(access(rt_path(state, "1-  1-1.safetensors", path), F_OK), 0);
    assert_int_equal(rt_count_files(state), 1);
}

/* Before the first step, rather than behind an epoch of hours. */
static void refuses_a_name(void **state, const char *name, bool validates, const char *message)
{
    static struct result result;
    char file[RT_PATH];
    const struct cnn_stage_callback save = {
        .kind = CNN_MODEL_CHECKPOINT, VAL_LOSS, .file = rt_path(state, name, file)};
    const struct cnn_callback callback = {.call = record, .user = &result};
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    struct cnn_dataset set = rt_set(64, 1);
    struct cnn_error error = {""};
    stage.callbacks = &save;
    stage.n_callbacks = 1;
    model.stages = &stage;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.callbacks = &callback;
    options.n_callbacks = 1;
    result = (struct result){.epochs = 0};
    assert_true(cnn_initialise(&model, 1, result.parameters, NULL));
    assert_false(cnn_fit(&model, &set, validates ? &set : NULL, &options, result.parameters, &error));
    rt_assert_contains(error.message, message);
    assert_true(result.rates[0] == 0);
    assert_int_equal(rt_count_files(state), 0);
    cnn_dataset_free(&set);
}

static void refuses_names_that_cannot_be(void **state)
{
    static const char *const forms[] = {"{epoch:02x}", "{loss:d}", "{loss:.2e}", "{loss:.2}", "{epoch:-3d}"};
    char many[300] = "";
    refuses_a_name(state, "{mae:.1f}", true, "what stands in braces is no column of the log");
    refuses_a_name(state, "m{epoch", true, "what stands in braces is no column of the log");
    refuses_a_name(state, "{val_loss:.2f}", false,
                   "there is no val_loss to name it by, for this epoch is not validated");
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        refuses_a_name(state, forms[i], true, "numbers have a form such as {epoch:02d} and {loss:.2f}");
    memset(many, 'm', 250);
    strcat(many, "{epoch:09d}");
    refuses_a_name(state, many, true, "is too long with the numbers that stand in braces");
}

static void says_that_there_is_nothing_to_look_at(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    struct cnn_dataset set = rt_set(64, 1);
    const struct cnn_stage_callback stop = {.kind = CNN_EARLY_STOPPING, VAL_LOSS};
    static struct result result;
    const struct cnn_callback callback = {.call = record, .user = &result};
    stage.callbacks = &stop;
    stage.n_callbacks = 1;
    model.stages = &stage;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.callbacks = &callback;
    options.n_callbacks = 1;
    options.epochs = 3;
    options.out = tmpfile();
    assert_true(cnn_initialise(&model, 1, result.parameters, NULL));
    assert_true(cnn_fit(&model, &set, NULL, &options, result.parameters, NULL));
    assert_int_equal(result.epochs, 3);
    rewind(options.out);
    result.said[fread(result.said, 1, sizeof result.said - 1, options.out)] = '\0';
    assert_string_equal(result.said, "There is no val_loss to look at, for nothing is validated\n");
    /* Where every second epoch is validated, as the script counts them, it is not said of the others. */
    struct cnn_dataset validation = rt_set(64, 2);
    rewind(options.out);
    assert_int_equal(ftruncate(fileno(options.out), 0), 0);
    options.validation_freq = 2;
    options.initial_epoch = 1;
    options.epochs = 3;
    assert_true(cnn_fit(&model, &set, &validation, &options, result.parameters, NULL));
    assert_true(result.validation_loss[0] > 0 && result.validation_loss[1] == 0);
    assert_int_equal(fgetc(options.out), EOF);
    fclose(options.out);
    cnn_dataset_free(&validation);
    cnn_dataset_free(&set);
}

/* The best parameters, patience and learning rates are kept: the same bits, wherever it was interrupted. */
static void goes_on_with_what_callbacks_remember(void **state)
{
    static struct result whole, parts;
    static const double rates[] = {LARGE_RATE, 2, 3};
    const struct cnn_stage_callback callbacks[] = {
        {.kind = CNN_LEARNING_RATE_SCHEDULER, .rates = rates, .n_rates = 3},
        {.kind = CNN_REDUCE_LR_ON_PLATEAU, VAL_LOSS, .patience = 1, .factor = 0.5},
        {.kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 3, .restores_best = true}};
    char path[RT_PATH];
    train(callbacks, 3, LARGE_RATE, 20, NULL, &whole);
    uint64_t steps = 4 * (uint64_t)whole.epochs;
    assert_true(whole.epochs < 20);
    for (uint64_t at = 1; at < steps; at++) {
        rt_path(state, "checkpoint", path);
        parts.interrupt_at = at;
        train(callbacks, 3, LARGE_RATE, 20, path, &parts);
        parts.interrupt_at = 0;
        train(callbacks, 3, LARGE_RATE, 20, path, &parts);
        assert_int_equal(parts.epochs, whole.epochs);
        assert_memory_equal(parts.parameters, whole.parameters, sizeof whole.parameters);
        /* once more: all is done, and the best parameters are put back again */
        train(callbacks, 3, LARGE_RATE, 20, path, &parts);
        assert_memory_equal(parts.parameters, whole.parameters, sizeof whole.parameters);
        assert_int_equal(unlink(path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_when_nothing_improves),
        cmocka_unit_test(goes_on_while_it_improves),
        cmocka_unit_test(takes_the_patience_of_the_options),
        cmocka_unit_test(counts_epochs_that_were_done_before),
        cmocka_unit_test(counts_what_is_not_better_than_the_baseline),
        cmocka_unit_test(ends_with_the_best_parameters),
        cmocka_unit_test(reduces_the_learning_rate),
        cmocka_unit_test(follows_a_table_of_learning_rates),
        cmocka_unit_test_setup_teardown(saves_under_the_names_of_epochs, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(saves_the_best, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(saves_after_so_many_batches, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(names_what_stands_in_braces, rt_setup, rt_teardown),
        cmocka_unit_test_setup_teardown(refuses_names_that_cannot_be, rt_setup, rt_teardown),
        cmocka_unit_test(says_that_there_is_nothing_to_look_at),
        cmocka_unit_test_setup_teardown(goes_on_with_what_callbacks_remember, rt_setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
