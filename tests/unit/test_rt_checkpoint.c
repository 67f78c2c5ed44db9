/* runtime/train/checkpoint.c, and how runtime/train/fit.c uses it: training stops anywhere and goes on with the same bits. */
#include "rt_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Trains until something is said, which must be told by the position, and goes on to the end. */
static void leave_and_go_on(struct rt_setting *setting, struct rt_saying saying, struct cnn_position wanted,
                            const struct rt_outcome *whole)
{
    struct cnn_position position;
    setting->leave = saying;
    setting->options.threads = 1;
    rt_training_outcome(setting);
    assert_true(cnn_checkpoint_position(&setting->model, setting->path, &position, NULL));
    assert_int_equal(position.stage, wanted.stage);
    assert_int_equal(position.step, wanted.step);
    assert_int_equal(position.epoch, wanted.epoch);
    assert_int_equal(position.batch, wanted.batch);
    assert_int_equal(position.stopped, wanted.stopped);
    double seconds = setting->leave.seconds;
    setting->leave = (struct rt_saying){0};
    setting->options.threads = 3;
    struct rt_outcome outcome = rt_training_outcome(setting);
    assert_true(outcome.resumed_seconds == seconds);
    rt_assert_same_outcome(&outcome, whole);
    assert_int_equal(remove(setting->path), 0);
}

/* ---- going on -------------------------------------------------------------------------------------------- */

static void training_goes_on_from_every_step(void **state)
{
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        struct rt_setting setting = rt_training_begin(state);
        setting.options.shuffle = shuffle;
        struct rt_outcome whole = rt_training_straight(&setting);
        for (uint64_t step = 1; step <= STEPS; step++) {
            struct cnn_position position = {0, step, (int64_t)(step - 1) / 3, (int64_t)(step - 1) % 3 + 1, false};
            leave_and_go_on(&setting, (struct rt_saying){step, CNN_STEP_END, CNN_INTERRUPT, 0}, position, &whole);
            assert_int_equal(setting.calls, STEPS + EPOCHS);
        }
        rt_training_end(&setting);
    }
}

/* Three stages of an epoch each, of 3, 4 and 3 steps; the last goes on with the optimizer of the second. */
static struct rt_setting begin_stages(void **state, struct cnn_stage stages[3])
{
    struct rt_setting setting = rt_training_begin(state);
    for (int i = 0; i < 3; i++)
        stages[i] = fake_stage, stages[i].epochs = 1;
    stages[1].batch_size = 10;
    stages[1].learning_rate = stages[2].learning_rate = 0.05;
    stages[2].fresh = stages[2].shuffle = false;
    setting.model.n_stages = 3;
    setting.model.stages = stages;
    setting.options = cnn_fit_defaults(&setting.model);
    setting.options.resume = true;
    return setting;
}

static void training_goes_on_from_every_step_of_every_stage(void **state)
{
    struct cnn_stage stages[3];
    struct rt_setting setting = begin_stages(state, stages);
    struct rt_outcome whole = rt_training_straight(&setting);
    uint64_t step = 0;
    assert_int_equal(whole.epochs, 3);
    assert_int_equal(whole.steps, 3 + 4 + 3);
    for (int stage = 0; stage < 3; stage++) {
        for (int batch = 1; batch <= (stage == 1 ? 4 : 3); batch++) {
            struct cnn_position position = {stage, ++step, 0, batch, false};
            leave_and_go_on(&setting, (struct rt_saying){step, CNN_STEP_END, CNN_INTERRUPT, 0}, position, &whole);
        }
        struct cnn_position position = {stage, step, 1, 0, false};
        leave_and_go_on(&setting, (struct rt_saying){step, CNN_EPOCH_END, CNN_INTERRUPT, 0}, position, &whole);
    }
    rt_training_end(&setting);
}

/* What a callback stops is its stage. */
static void a_stopped_stage_is_followed_by_the_next(void **state)
{
    struct cnn_stage stages[3];
    struct rt_setting setting = begin_stages(state, stages);
    stages[0].epochs = 2;
    setting.stop = (struct rt_saying){3, CNN_EPOCH_END, CNN_STOP, 0};
    struct rt_outcome whole = rt_training_straight(&setting);
    assert_int_equal(whole.epochs, 3);
    leave_and_go_on(&setting, (struct rt_saying){3, CNN_EPOCH_END, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 3, 1, 0, true}, &whole);
    rt_training_end(&setting);
}

static void training_goes_on_from_the_end_of_every_epoch(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome whole = rt_training_straight(&setting);
    for (uint64_t step = 3; step <= STEPS; step += 3)
        leave_and_go_on(&setting, (struct rt_saying){step, CNN_EPOCH_END, CNN_INTERRUPT, 0},
                        (struct cnn_position){0, step, (int64_t)step / 3, 0, false}, &whole);
    leave_and_go_on(&setting, (struct rt_saying){3, CNN_EPOCH_BEGIN, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 3, 1, 0, false}, &whole);
    rt_training_end(&setting);
}

/* A failure ends a training as a kill does: what it was asked to keep before is all that there is. */
static void training_goes_on_from_any_distance(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome outcome, whole = rt_training_straight(&setting);
    for (int64_t every = 0; every <= STEPS + 1; every++)
        for (uint64_t step = 1; step <= STEPS; step++) {
            struct cnn_position position;
            uint64_t wanted = every ? (step - 1) / (uint64_t)every * (uint64_t)every : (step - 1) / 3 * 3;
            setting.options.checkpoint_every = every;
            setting.leave = (struct rt_saying){step, CNN_STEP_END, CNN_FAIL, 0};
            assert_false(rt_training_fit(&setting, &outcome, NULL));
            setting.leave = (struct rt_saying){0};
            assert_int_equal(rt_count_files(state), wanted > 0);
            if (wanted > 0) {
                assert_true(cnn_checkpoint_position(&setting.model, setting.path, &position, NULL));
                assert_int_equal(position.step, wanted);
            }
            outcome = rt_training_outcome(&setting);
            rt_assert_same_outcome(&outcome, &whole);
            assert_int_equal(remove(setting.path), 0);
        }
    rt_training_end(&setting);
}

static void a_training_that_has_ended_is_not_repeated(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome first = rt_training_outcome(&setting);
    setting.leave = (struct rt_saying){STEPS + 1, CNN_STEP_END, CNN_FAIL, 0};
    struct rt_outcome second = rt_training_outcome(&setting);
    rt_assert_same_outcome(&first, &second);
    rt_training_end(&setting);
}

static void more_epochs_may_follow(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    rt_training_outcome(&setting);
    setting.options.epochs = MAX_EPOCHS;
    struct rt_outcome whole = rt_training_straight(&setting), outcome = rt_training_outcome(&setting);
    rt_assert_same_outcome(&outcome, &whole);
    rt_training_end(&setting);
}

/* Interrupted in the moment in which a callback ends the training: what follows a stop follows when it goes on. */
static void a_stop_is_remembered(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    setting.stop = (struct rt_saying){5, CNN_STEP_END, CNN_STOP, 0};
    struct rt_outcome whole = rt_training_straight(&setting);
    assert_int_equal(whole.epochs, 2);
    leave_and_go_on(&setting, (struct rt_saying){5, CNN_STEP_END, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 5, 1, 2, true}, &whole);
    setting.stop = (struct rt_saying){6, CNN_EPOCH_END, CNN_STOP, 0};
    whole = rt_training_straight(&setting);
    assert_int_equal(whole.epochs, 2);
    leave_and_go_on(&setting, (struct rt_saying){6, CNN_EPOCH_END, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 6, 2, 0, true}, &whole);
    rt_training_end(&setting);
}

/* ---- what is kept, and what never is ---------------------------------------------------------------------- */

static void its_weights_can_be_read_as_weights(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome outcome = rt_training_outcome(&setting);
    float weights[FLOATS] = {0};
    assert_true(cnn_weights_load(&setting.model, setting.path, weights, NULL));
    assert_memory_equal(weights, outcome.parameters, sizeof weights);
    rt_training_end(&setting);
}

static void a_training_is_not_written_over(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome outcome;
    struct cnn_error error;
    size_t before, after;
    rt_training_outcome(&setting);
    char *old = rt_read(setting.path, &before);
    setting.options.resume = false;
    assert_false(rt_training_fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "c: is there already; resume its training (--resume), or remove it");
    char *new = rt_read(setting.path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, new, before);
    free(old);
    free(new);
    rt_training_end(&setting);
}

/* A training step that spoils something from its fifth on. */
static void spoil_loss(const struct cnn_step *step, double *sums)
{
    sums[0] += step->step < 4 ? 1.0 : (double)INFINITY;
}

static void spoil_loss_with_nan(const struct cnn_step *step, double *sums)
{
    sums[0] += step->step < 4 ? 1.0 : (double)NAN;
    step->parameters[0] = step->step < 4 ? 1.0f : NAN;
}

static void spoil_parameter(const struct cnn_step *step, double *sums)
{
    sums[0] += 1;
    step->parameters[FLOATS - 1] = step->step < 4 ? 1.0f : INFINITY;
}

static void what_is_no_number_never_reaches_a_checkpoint(void **state)
{
    static const struct {
        void (*train_step)(const struct cnn_step *step, double *sums);
        const char *message;
    } cases[] = {{spoil_loss, "the loss is infinite after step 5: try a smaller learning rate"},
                 {spoil_loss_with_nan, "the loss is no number (NaN) after step 5: "},
                 {spoil_parameter, "the parameters are no finite numbers any more after step 5: "}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rt_setting setting = rt_training_begin(state);
        struct rt_outcome outcome;
        struct cnn_error error;
        struct cnn_position position;
        struct cnn_stage stage = fake_stage;
        stage.train_step = cases[i].train_step;
        setting.model.stages = &stage;
        setting.options.checkpoint_every = 1;
        assert_false(rt_training_fit(&setting, &outcome, &error));
        rt_assert_contains(error.message, cases[i].message);
        rt_assert_contains(error.message, "/c has the training as it was after step 4");
        assert_true(cnn_checkpoint_position(&setting.model, setting.path, &position, NULL));
        assert_int_equal(position.step, 4);
        assert_int_equal(remove(setting.path), 0);
        assert_false(rt_training_fit_with(&setting, NULL, &outcome, &error));
        assert_null(strstr(error.message, "has the training"));
        rt_training_end(&setting);
    }
}

static void a_place_that_cannot_be_written_is_said_first(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome outcome;
    struct cnn_error error;
    rt_path(state, "no/where", setting.path);
    setting.leave = (struct rt_saying){1, CNN_STEP_END, CNN_FAIL, 0};
    assert_false(rt_training_fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "no/where: cannot be written: No such file");
    rt_write(state, "file", "", 0);
    rt_path(state, "file/inside", setting.path);
    assert_false(rt_training_fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "file/inside: Not a directory");
    setting.options.checkpoint_every = -1;
    assert_false(rt_training_fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "every -1 steps is impossible");
    rt_training_end(&setting);
}

/* ---- other trainings and other networks --------------------------------------------------------------------- */

static void another_training_is_refused_with_what_differs(void **state)
{
    struct rt_setting good = rt_training_begin(state), bad;
    struct cnn_dataset other = rt_set(ROWS, 3);
    rt_training_outcome(&good);
    bad = good, bad.options.batch_size = 8;
    rt_assert_training_refused(
        &bad, "/c: its training has batch size 16, but this one has 8; go on with the same, or begin anew");
    bad = good, bad.options.seed = UINT64_MAX;
    rt_assert_training_refused(&bad, "has seed 0, but this one has 18446744073709551615");
    bad = good, bad.options.shuffle = false;
    rt_assert_training_refused(&bad, "has shuffle 1, but this one has 0");
    bad = good, bad.options.learning_rate = 0.05;
    rt_assert_training_refused(&bad, "has learning rate 0.1, but this one has 0.05");
    bad = good, bad.train.count--;
    rt_assert_training_refused(&bad, "has number of training rows 40, but this one has 39");
    bad = good, bad.validation.count--;
    rt_assert_training_refused(&bad, "has number of validation rows 12, but this one has 11");
    bad = good, bad.train = other;
    rt_assert_training_refused(&bad, "has data with checksum ");
    bad = good, bad.validation = other, bad.validation.count = good.validation.count;
    rt_assert_training_refused(&bad, "has data with checksum ");
    bad = good, bad.state_bytes = 0;
    rt_assert_training_refused(&bad, "has size of callback state 8, but this one has 0");
    rt_training_outcome(&good);
    cnn_dataset_free(&other);
    rt_training_end(&good);
}

static void another_network_is_refused(void **state)
{
    struct rt_setting good = rt_training_begin(state), bad;
    struct cnn_layer layers[2];
    struct cnn_parameter parameters[2];
    memcpy(layers, good.model.layers, sizeof layers);
    memcpy(parameters, good.model.parameters, sizeof parameters);
    rt_training_outcome(&good);
    bad = good, bad.model.layers = layers, layers[0].type = "Reshape";
    rt_assert_training_refused(
        &bad, "/c: is a checkpoint of another network: its parameters are those of model fake, its layers are not");
    struct cnn_stage stage = fake_stage;
    bad = good, bad.model.stages = &stage, stage.optimizer = "adam";
    rt_assert_training_refused(&bad, "its training has the optimizer sgd, but this one has adam");
    stage = fake_stage, stage.digest++;
    bad = good, bad.model.stages = &stage;
    rt_assert_training_refused(&bad, "its training has other constants: an argument of the optimizer was another");
    stage = fake_stage, stage.n_class_weights = 1, stage.class_weights = (const double[]){2};
    rt_assert_training_refused(&bad, "its training has other weights of classes");
    bad = good, bad.model.digest++;
    rt_assert_training_refused(&bad, "/c: its network computes something else");
    bad = good, bad.model.outputs[0].loss = "mse";
    rt_assert_training_refused(&bad,
                               "its training has the loss sparse_categorical_crossentropy, but this one has mse");
    stage = fake_stage, stage.slots = (const char *const[]){"momentum"};
    bad = good, bad.model.stages = &stage;
    rt_assert_training_refused(&bad, "has tensor .training/velocity/dense/kernel, which model fake has not");
    bad = good, bad.model.parameters = parameters, parameters[1].name = "dense/offset";
    rt_assert_training_refused(&bad, "has tensor dense/bias, which model fake has not");
    bad = good, bad.model.n_sums = bad.model.n_columns = 1;
    rt_assert_training_refused(&bad, "tensor .training/sums is 2, but in model fake it is 1");
    good.model.name = "renamed";
    rt_training_outcome(&good);
    rt_training_end(&good);
}

/* The same by an option as by the script, and no part of the data. */
static void weights_of_classes_are_kept(void **state)
{
    static const double weights[] = {1, 3}, same[] = {1, 3, 1};
    struct rt_setting good = rt_training_begin(state), bad;
    struct cnn_stage stage = fake_stage;
    stage.n_class_weights = 2, stage.class_weights = weights;
    good.model.stages = &stage;
    struct rt_outcome whole = rt_training_outcome(&good);
    bad = good, bad.options.n_class_weights = 0;
    rt_assert_training_refused(&bad, "/c: its training has other weights of classes");
    stage.n_class_weights = 0;
    good.options.class_weights = same, good.options.n_class_weights = 3;
    struct rt_outcome outcome = rt_training_outcome(&good);
    rt_assert_same_outcome(&outcome, &whole);
    rt_training_end(&good);
}

#define VAL_LOSS .monitor = "val_loss", .of_validation = true

/* With what options make of them; of learning rates those that were used. */
static void what_callbacks_do_is_kept(void **state)
{
    static const char message[] = "/c: its training has other callbacks";
    static const double rates[MAX_EPOCHS] = {0.1, 0.08, 0.05, 0.01, 0.3}, others[EPOCHS] = {0.1, 0.07, 0.05};
    struct cnn_stage_callback callbacks[] = {
        {.kind = CNN_LEARNING_RATE_SCHEDULER, .rates = rates, .n_rates = EPOCHS},
        {.kind = CNN_REDUCE_LR_ON_PLATEAU, VAL_LOSS, .patience = 3, .factor = 0.5},
        {.kind = CNN_EARLY_STOPPING, VAL_LOSS, .patience = 9}};
    struct cnn_stage stage = fake_stage;
    struct rt_setting good = rt_training_begin(state), bad;
    stage.callbacks = callbacks, stage.n_callbacks = COUNT_OF(callbacks);
    good.model.stages = &stage;
    rt_training_outcome(&good);
    bad = good, bad.options.plateau.factor = 0.4;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.plateau.patience = 2;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.patience = 8;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.min_delta = 0.1;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.restores_best = 1;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.monitor = "val_accuracy";
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.mode = "max";
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.mode = "Max";
    rt_assert_training_refused(&bad, "the mode of a callback is max or min, not 'Max'");
    bad = good, bad.options.early_stopping.baseline = -1;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.early_stopping.start_from_epoch = 1;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.plateau.monitor = "loss";
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.plateau.mode = "max";
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.plateau.min_delta = 0.1;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.plateau.cooldown = 2;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.plateau.min_lr = 0.01;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.validation_freq = 2;
    rt_assert_training_refused(&bad, message);
    bad = good, bad.options.no_callbacks = true;
    rt_assert_training_refused(&bad, message);
    callbacks[1].higher_is_better = true;
    rt_assert_training_refused(&good, message);
    callbacks[1].higher_is_better = false;
    callbacks[0].rates = others;
    rt_assert_training_refused(&good, message);
    callbacks[0].rates = rates;
    callbacks[0].n_rates = good.options.epochs = MAX_EPOCHS;
    good.options.plateau.patience = 3;
    struct rt_outcome whole = rt_training_straight(&good), outcome = rt_training_outcome(&good);
    assert_int_equal(whole.epochs, MAX_EPOCHS);
    rt_assert_same_outcome(&outcome, &whole);
    rt_training_end(&good);
}

/* A second output with such a loss, and the labels of the first. */
static void add_output(struct rt_setting *setting, const char *loss)
{
    setting->model.n_outputs = 2;
    setting->model.outputs[1] = setting->model.outputs[0];
    setting->model.outputs[1].name = "more";
    setting->model.outputs[1].loss = loss;
    setting->train.labels[1] = setting->train.labels[0];
    setting->validation.labels[1] = setting->validation.labels[0];
    setting->train.label_counts[1] = setting->validation.label_counts[1] = 1;
}

static void losses_of_several_outputs_are_kept(void **state)
{
    const struct rt_setting one = rt_training_begin(state);
    struct rt_setting good = one, bad = one;
    add_output(&good, NULL);
    add_output(&bad, "mse");
    rt_training_outcome(&good);
    rt_assert_training_refused(&bad,
                               "its training has the loss dense: sparse_categorical_crossentropy, but this one has "
                               "dense: sparse_categorical_crossentropy, more: mse");
    bad = good, bad.model.outputs[1].dim[0]++;
    rt_assert_training_refused(&bad, "is a checkpoint of another network");
    bad = good, bad.model.n_inputs = 2, bad.model.inputs[1] = bad.model.inputs[0];
    bad.train.inputs[1] = bad.train.inputs[0], bad.validation.inputs[1] = bad.validation.inputs[0];
    bad.train.input_counts[1] = bad.validation.input_counts[1] = FAKE_INPUTS;
    bad.train.input_elements[1] = bad.train.input_elements[0];
    rt_assert_training_refused(&bad, "is a checkpoint of another network");
    rt_training_end(&(struct rt_setting){.train = one.train, .validation = one.validation});
}

static void epochs_of_so_many_steps_are_kept(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    setting.options.steps_per_epoch = 2;
    struct rt_outcome whole = rt_training_straight(&setting);
    leave_and_go_on(&setting, (struct rt_saying){.step = 3, .event = CNN_STEP_END, .verdict = CNN_INTERRUPT},
                    (struct cnn_position){0, 3, 1, 1, false}, &whole);
    rt_training_outcome(&setting);
    setting.options.steps_per_epoch = 4;
    rt_assert_training_refused(&setting, "its training has steps per epoch 2, but this one has 4");
    setting.options.steps_per_epoch = 0;
    rt_assert_training_refused(&setting, "its training has steps per epoch 2, but this one has 0");
    setting.options.steps_per_epoch = 2, setting.options.initial_epoch = 1;
    rt_assert_training_refused(&setting, "its training has initial epoch 0, but this one has 1");
    rt_training_end(&setting);
}

/* It goes on where the first output has no loss. */
static void the_first_output_may_have_no_loss(void **state)
{
    const struct rt_setting one = rt_training_begin(state);
    struct rt_setting setting = one;
    add_output(&setting, "sparse_categorical_crossentropy");
    setting.model.outputs[0].loss = NULL;
    struct rt_outcome whole = rt_training_straight(&setting);
    leave_and_go_on(&setting, (struct rt_saying){.step = 4, .event = CNN_STEP_END, .verdict = CNN_INTERRUPT},
                    (struct cnn_position){0, 4, 1, 1, false}, &whole);
    rt_training_end(&(struct rt_setting){.train = one.train, .validation = one.validation});
}

static void other_stages_are_refused(void **state)
{
    struct cnn_stage stages[3];
    struct rt_setting setting = begin_stages(state, stages), bad = setting;
    rt_training_outcome(&setting);
    bad.model.n_stages = 2;
    rt_assert_training_refused(&bad, "/c: stands in stage 3 of its training, but this one has 2");
    stages[2].fresh = true;
    rt_assert_training_refused(&setting, "/c: is a checkpoint of another network");
    stages[2].fresh = false;
    stages[2].batch_size = 7;
    rt_assert_training_refused(&setting, "its training has batch size 16, but this one has 7");
    rt_training_end(&setting);
}

static void what_is_no_checkpoint_is_refused(void **state)
{
    struct rt_setting setting = rt_training_begin(state);
    struct rt_outcome outcome = rt_training_outcome(&setting);
    struct cnn_position position;
    struct cnn_error error;
    assert_true(cnn_weights_save(&setting.model, setting.path, outcome.parameters, NULL));
    rt_assert_training_refused(&setting, "/c: is no checkpoint of a training");
    assert_false(cnn_checkpoint_position(&setting.model, "nowhere", &position, &error));
    rt_assert_contains(error.message, "nowhere: No such file");
    setting.model.n_stages = 0;
    assert_false(cnn_checkpoint_position(&setting.model, setting.path, &position, &error));
    rt_assert_contains(error.message, "cannot be trained");
    rt_training_end(&setting);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, rt_setup, rt_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(training_goes_on_from_every_step),
        FRESH(training_goes_on_from_every_step_of_every_stage),
        FRESH(a_stopped_stage_is_followed_by_the_next),
        FRESH(other_stages_are_refused),
        FRESH(training_goes_on_from_the_end_of_every_epoch),
        FRESH(training_goes_on_from_any_distance),
        FRESH(a_training_that_has_ended_is_not_repeated),
        FRESH(more_epochs_may_follow),
        FRESH(a_stop_is_remembered),
        FRESH(its_weights_can_be_read_as_weights),
        FRESH(a_training_is_not_written_over),
        FRESH(what_is_no_number_never_reaches_a_checkpoint),
        FRESH(a_place_that_cannot_be_written_is_said_first),
        FRESH(another_training_is_refused_with_what_differs),
        FRESH(another_network_is_refused),
        FRESH(weights_of_classes_are_kept),
        FRESH(what_callbacks_do_is_kept),
        FRESH(losses_of_several_outputs_are_kept),
        FRESH(the_first_output_may_have_no_loss),
        FRESH(epochs_of_so_many_steps_are_kept),
        FRESH(what_is_no_checkpoint_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
