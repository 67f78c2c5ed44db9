/* runtime/train/checkpoint.c, and how runtime/train/fit.c uses it: training stops anywhere and goes on with the same bits. */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fake_model.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES, ROWS = 40, EPOCHS = 3, MAX_EPOCHS = 5, STEPS = 9 };

/* ---- callbacks ------------------------------------------------------------------------------------------- */

/* Changes the learning rate by what it remembers. */
static enum cnn_verdict schedule_call(void *user, enum cnn_event event, struct cnn_training *training,
                                      struct cnn_error *error)
{
    int64_t *calls = user;
    (void)error;
    *calls += event == CNN_EPOCH_END || event == CNN_STEP_END;
    if (event == CNN_EPOCH_END)
        training->learning_rate *= *calls % 2 ? 0.5 : 0.75;
    return CNN_CONTINUE;
}

/* Says something once. */
struct saying {
    uint64_t step;
    enum cnn_event event;
    enum cnn_verdict verdict;
    double seconds; /* of the epoch when it was said */
};

static enum cnn_verdict say_call(void *user, enum cnn_event event, struct cnn_training *training,
                                 struct cnn_error *error)
{
    struct saying *saying = user;
    if (training->step != saying->step || event != saying->event)
        return CNN_CONTINUE;
    cnn_fail(error, "told to");
    saying->seconds = training->seconds;
    return saying->verdict;
}

/* What a training came to. */
struct outcome {
    float parameters[FLOATS];
    double history[MAX_EPOCHS][5];
    int64_t epochs;
    uint64_t steps;
    double resumed_seconds; /* of the epoch so far, when it went on */
};

static enum cnn_verdict outcome_call(void *user, enum cnn_event event, struct cnn_training *training,
                                     struct cnn_error *error)
{
    struct outcome *outcome = user;
    (void)error;
    outcome->steps = training->step;
    if (event == CNN_RESUME)
        outcome->resumed_seconds = training->seconds;
    if (event != CNN_EPOCH_END && event != CNN_RESUME)
        return CNN_CONTINUE;
    assert_int_equal(training->history_columns, 5);
    outcome->epochs = training->history_rows;
    for (int64_t i = 0; i < training->history_rows * 5; i++)
        outcome->history[i / 5][i % 5] = i % 5 ? training->history[i] : 0; /* the seconds differ */
    return CNN_CONTINUE;
}

/* ---- trainings ------------------------------------------------------------------------------------------- */

/* What a training is told. */
struct setting {
    char path[RT_PATH];
    struct cnn_model model;
    struct cnn_dataset train, validation;
    struct cnn_fit_options options;
    int64_t calls, state_bytes; /* of the schedule */
    struct saying stop, leave;
};

static struct setting begin(void **state)
{
    struct setting setting = {.model = fake_model(), .train = rt_set(ROWS, 1), .validation = rt_set(12, 2)};
    rt_path(state, "c", setting.path);
    setting.options = cnn_fit_defaults(&setting.model);
    setting.options.epochs = EPOCHS;
    setting.options.resume = true;
    setting.state_bytes = sizeof setting.calls;
    return setting;
}

static void end(struct setting *setting)
{
    cnn_dataset_free(&setting->train);
    cnn_dataset_free(&setting->validation);
}

static bool fit_with(struct setting *setting, const char *path, struct outcome *outcome, struct cnn_error *error)
{
    const struct cnn_callback callbacks[] = {
        {.call = schedule_call, &setting->calls, &setting->calls, setting->state_bytes},
        {.call = say_call, .user = &setting->stop},
        {.call = say_call, .user = &setting->leave},
        {.call = outcome_call, .user = outcome}};
    setting->options.callbacks = callbacks;
    setting->options.n_callbacks = COUNT_OF(callbacks);
    setting->options.checkpoint = path;
    setting->calls = 0;
    memset(outcome, 0, sizeof *outcome);
    assert_true(cnn_initialise(&setting->model, 1, outcome->parameters, NULL));
    return cnn_fit(&setting->model, &setting->train, setting->validation.count ? &setting->validation : NULL,
                   &setting->options, outcome->parameters, error);
}

static bool fit(struct setting *setting, struct outcome *outcome, struct cnn_error *error)
{
    return fit_with(setting, setting->path, outcome, error);
}

static struct outcome outcome_of(struct setting *setting)
{
    struct outcome outcome;
    struct cnn_error error = {""};
    if (!fit(setting, &outcome, &error))
        fail_msg("%s", error.message);
    return outcome;
}

/* Of the training that never stops and knows no checkpoint. */
static struct outcome straight(struct setting *setting)
{
    struct outcome outcome;
    assert_true(fit_with(setting, NULL, &outcome, NULL));
    return outcome;
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->epochs, b->epochs);
    assert_int_equal(a->steps, b->steps);
    assert_memory_equal(a->parameters, b->parameters, sizeof a->parameters);
    assert_memory_equal(a->history, b->history, sizeof a->history);
}

/* Trains until something is said, which must be told by the position, and goes on to the end. */
static void leave_and_go_on(struct setting *setting, struct saying saying, struct cnn_position wanted,
                            const struct outcome *whole)
{
    struct cnn_position position;
    setting->leave = saying;
    setting->options.threads = 1;
    outcome_of(setting);
    assert_true(cnn_checkpoint_position(&setting->model, setting->path, &position, NULL));
    assert_int_equal(position.stage, wanted.stage);
    assert_int_equal(position.step, wanted.step);
    assert_int_equal(position.epoch, wanted.epoch);
    assert_int_equal(position.batch, wanted.batch);
    assert_int_equal(position.stopped, wanted.stopped);
    double seconds = setting->leave.seconds;
    setting->leave = (struct saying){0};
    setting->options.threads = 3;
    struct outcome outcome = outcome_of(setting);
    assert_true(outcome.resumed_seconds == seconds);
    assert_same(&outcome, whole);
    assert_int_equal(remove(setting->path), 0);
}

/* ---- going on -------------------------------------------------------------------------------------------- */

static void training_goes_on_from_every_step(void **state)
{
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        struct setting setting = begin(state);
        setting.options.shuffle = shuffle;
        struct outcome whole = straight(&setting);
        for (uint64_t step = 1; step <= STEPS; step++) {
            struct cnn_position position = {0, step, (int64_t)(step - 1) / 3, (int64_t)(step - 1) % 3 + 1, false};
            leave_and_go_on(&setting, (struct saying){step, CNN_STEP_END, CNN_INTERRUPT, 0}, position, &whole);
            assert_int_equal(setting.calls, STEPS + EPOCHS);
        }
        end(&setting);
    }
}

/* Three stages of an epoch each, of 3, 4 and 3 steps; the last goes on with the optimizer of the second. */
static struct setting begin_stages(void **state, struct cnn_stage stages[3])
{
    struct setting setting = begin(state);
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
    struct setting setting = begin_stages(state, stages);
    struct outcome whole = straight(&setting);
    uint64_t step = 0;
    assert_int_equal(whole.epochs, 3);
    assert_int_equal(whole.steps, 3 + 4 + 3);
    for (int stage = 0; stage < 3; stage++) {
        for (int batch = 1; batch <= (stage == 1 ? 4 : 3); batch++) {
            struct cnn_position position = {stage, ++step, 0, batch, false};
            leave_and_go_on(&setting, (struct saying){step, CNN_STEP_END, CNN_INTERRUPT, 0}, position, &whole);
        }
        struct cnn_position position = {stage, step, 1, 0, false};
        leave_and_go_on(&setting, (struct saying){step, CNN_EPOCH_END, CNN_INTERRUPT, 0}, position, &whole);
    }
    end(&setting);
}

/* What a callback stops is its stage. */
static void a_stopped_stage_is_followed_by_the_next(void **state)
{
    struct cnn_stage stages[3];
    struct setting setting = begin_stages(state, stages);
    stages[0].epochs = 2;
    setting.stop = (struct saying){3, CNN_EPOCH_END, CNN_STOP, 0};
    struct outcome whole = straight(&setting);
    assert_int_equal(whole.epochs, 3);
    leave_and_go_on(&setting, (struct saying){3, CNN_EPOCH_END, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 3, 1, 0, true}, &whole);
    end(&setting);
}

static void training_goes_on_from_the_end_of_every_epoch(void **state)
{
    struct setting setting = begin(state);
    struct outcome whole = straight(&setting);
    for (uint64_t step = 3; step <= STEPS; step += 3)
        leave_and_go_on(&setting, (struct saying){step, CNN_EPOCH_END, CNN_INTERRUPT, 0},
                        (struct cnn_position){0, step, (int64_t)step / 3, 0, false}, &whole);
    leave_and_go_on(&setting, (struct saying){3, CNN_EPOCH_BEGIN, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 3, 1, 0, false}, &whole);
    end(&setting);
}

/* A failure ends a training as a kill does: what it was asked to keep before is all that there is. */
static void training_goes_on_from_any_distance(void **state)
{
    struct setting setting = begin(state);
    struct outcome outcome, whole = straight(&setting);
    for (int64_t every = 0; every <= STEPS + 1; every++)
        for (uint64_t step = 1; step <= STEPS; step++) {
            struct cnn_position position;
            uint64_t wanted = every ? (step - 1) / (uint64_t)every * (uint64_t)every : (step - 1) / 3 * 3;
            setting.options.checkpoint_every = every;
            setting.leave = (struct saying){step, CNN_STEP_END, CNN_FAIL, 0};
            assert_false(fit(&setting, &outcome, NULL));
            setting.leave = (struct saying){0};
            assert_int_equal(rt_count_files(state), wanted > 0);
            if (wanted > 0) {
                assert_true(cnn_checkpoint_position(&setting.model, setting.path, &position, NULL));
                assert_int_equal(position.step, wanted);
            }
            outcome = outcome_of(&setting);
            assert_same(&outcome, &whole);
            assert_int_equal(remove(setting.path), 0);
        }
    end(&setting);
}

static void a_training_that_has_ended_is_not_repeated(void **state)
{
    struct setting setting = begin(state);
    struct outcome first = outcome_of(&setting);
    setting.leave = (struct saying){STEPS + 1, CNN_STEP_END, CNN_FAIL, 0};
    struct outcome second = outcome_of(&setting);
    assert_same(&first, &second);
    end(&setting);
}

static void more_epochs_may_follow(void **state)
{
    struct setting setting = begin(state);
    outcome_of(&setting);
    setting.options.epochs = MAX_EPOCHS;
    struct outcome whole = straight(&setting), outcome = outcome_of(&setting);
    assert_same(&outcome, &whole);
    end(&setting);
}

/* Interrupted in the moment in which a callback ends the training: what follows a stop follows when it goes on. */
static void a_stop_is_remembered(void **state)
{
    struct setting setting = begin(state);
    setting.stop = (struct saying){5, CNN_STEP_END, CNN_STOP, 0};
    struct outcome whole = straight(&setting);
    assert_int_equal(whole.epochs, 2);
    leave_and_go_on(&setting, (struct saying){5, CNN_STEP_END, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 5, 1, 2, true}, &whole);
    setting.stop = (struct saying){6, CNN_EPOCH_END, CNN_STOP, 0};
    whole = straight(&setting);
    assert_int_equal(whole.epochs, 2);
    leave_and_go_on(&setting, (struct saying){6, CNN_EPOCH_END, CNN_INTERRUPT, 0},
                    (struct cnn_position){0, 6, 2, 0, true}, &whole);
    end(&setting);
}

/* ---- what is kept, and what never is ---------------------------------------------------------------------- */

static void its_weights_can_be_read_as_weights(void **state)
{
    struct setting setting = begin(state);
    struct outcome outcome = outcome_of(&setting);
    float weights[FLOATS] = {0};
    assert_true(cnn_weights_load(&setting.model, setting.path, weights, NULL));
    assert_memory_equal(weights, outcome.parameters, sizeof weights);
    end(&setting);
}

static void a_training_is_not_written_over(void **state)
{
    struct setting setting = begin(state);
    struct outcome outcome;
    struct cnn_error error;
    size_t before, after;
    outcome_of(&setting);
    char *old = rt_read(setting.path, &before);
    setting.options.resume = false;
    assert_false(fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "c: is there already; resume its training (--resume), or remove it");
    char *new = rt_read(setting.path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(old, new, before);
    free(old);
    free(new);
    end(&setting);
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
        struct setting setting = begin(state);
        struct outcome outcome;
        struct cnn_error error;
        struct cnn_position position;
        struct cnn_stage stage = fake_stage;
        stage.train_step = cases[i].train_step;
        setting.model.stages = &stage;
        setting.options.checkpoint_every = 1;
        assert_false(fit(&setting, &outcome, &error));
        rt_assert_contains(error.message, cases[i].message);
        rt_assert_contains(error.message, "/c has the training as it was after step 4");
        assert_true(cnn_checkpoint_position(&setting.model, setting.path, &position, NULL));
        assert_int_equal(position.step, 4);
        assert_int_equal(remove(setting.path), 0);
        assert_false(fit_with(&setting, NULL, &outcome, &error));
        assert_null(strstr(error.message, "has the training"));
        end(&setting);
    }
}

static void a_place_that_cannot_be_written_is_said_first(void **state)
{
    struct setting setting = begin(state);
    struct outcome outcome;
    struct cnn_error error;
    rt_path(state, "no/where", setting.path);
    setting.leave = (struct saying){1, CNN_STEP_END, CNN_FAIL, 0};
    assert_false(fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "no/where: cannot be written: No such file");
    rt_write(state, "file", "", 0);
    rt_path(state, "file/inside", setting.path);
    assert_false(fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "file/inside: Not a directory");
    setting.options.checkpoint_every = -1;
    assert_false(fit(&setting, &outcome, &error));
    rt_assert_contains(error.message, "every -1 steps is impossible");
    end(&setting);
}

/* ---- other trainings and other networks --------------------------------------------------------------------- */

/* The checkpoint of an ended training is refused with that message, and nothing is touched. */
static void refuse(struct setting *setting, const char *message)
{
    struct outcome outcome;
    struct cnn_error error;
    float fresh[FLOATS];
    assert_true(cnn_initialise(&setting->model, 1, fresh, NULL));
    assert_false(fit(setting, &outcome, &error));
    rt_assert_contains(error.message, message);
    assert_memory_equal(outcome.parameters, fresh, sizeof fresh);
}

static void another_training_is_refused_with_what_differs(void **state)
{
    struct setting good = begin(state), bad;
    struct cnn_dataset other = rt_set(ROWS, 3);
    outcome_of(&good);
    bad = good, bad.options.batch_size = 8;
    refuse(&bad, "/c: its training has batch size 16, but this one has 8; go on with the same, or begin anew");
    bad = good, bad.options.seed = UINT64_MAX;
    refuse(&bad, "has seed 0, but this one has 18446744073709551615");
    bad = good, bad.options.shuffle = false;
    refuse(&bad, "has shuffle 1, but this one has 0");
    bad = good, bad.options.learning_rate = 0.05;
    refuse(&bad, "has learning rate 0.1, but this one has 0.05");
    bad = good, bad.train.count--;
    refuse(&bad, "has number of training rows 40, but this one has 39");
    bad = good, bad.validation.count--;
    refuse(&bad, "has number of validation rows 12, but this one has 11");
    bad = good, bad.train = other;
    refuse(&bad, "has data with checksum ");
    bad = good, bad.validation = other, bad.validation.count = good.validation.count;
    refuse(&bad, "has data with checksum ");
    bad = good, bad.state_bytes = 0;
    refuse(&bad, "has size of callback state 8, but this one has 0");
    outcome_of(&good);
    cnn_dataset_free(&other);
    end(&good);
}

static void another_network_is_refused(void **state)
{
    struct setting good = begin(state), bad;
    struct cnn_layer layers[2];
    struct cnn_parameter parameters[2];
    memcpy(layers, good.model.layers, sizeof layers);
    memcpy(parameters, good.model.parameters, sizeof parameters);
    outcome_of(&good);
    bad = good, bad.model.layers = layers, layers[0].type = "Reshape";
    refuse(&bad,
           "/c: is a checkpoint of another network: its parameters are those of model fake, its layers are not");
    struct cnn_stage stage = fake_stage;
    bad = good, bad.model.stages = &stage, stage.optimizer = "adam";
    refuse(&bad, "its training has the optimizer sgd, but this one has adam");
    stage = fake_stage, stage.digest++;
    bad = good, bad.model.stages = &stage;
    refuse(&bad, "its training has other constants: an argument of the optimizer sgd");
    stage = fake_stage, stage.n_class_weights = 1, stage.class_weights = (const double[]){2};
    refuse(&bad, "its training has other constants");
    bad = good, bad.model.digest++;
    refuse(&bad, "/c: its network computes something else");
    bad = good, bad.model.outputs[0].loss = "mse";
    refuse(&bad, "its training has the loss sparse_categorical_crossentropy, but this one has mse");
    stage = fake_stage, stage.slots = (const char *const[]){"momentum"};
    bad = good, bad.model.stages = &stage;
    refuse(&bad, "has tensor .training/velocity/dense/kernel, which model fake has not");
    bad = good, bad.model.parameters = parameters, parameters[1].name = "dense/offset";
    refuse(&bad, "has tensor dense/bias, which model fake has not");
    bad = good, bad.model.n_sums = bad.model.n_columns = 1;
    refuse(&bad, "tensor .training/sums is 2, but in model fake it is 1");
    good.model.name = "renamed";
    outcome_of(&good);
    end(&good);
}

/* A second output with such a loss, and the labels of the first. */
static void add_output(struct setting *setting, const char *loss)
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
    const struct setting one = begin(state);
    struct setting good = one, bad = one;
    add_output(&good, NULL);
    add_output(&bad, "mse");
    outcome_of(&good);
    refuse(&bad, "its training has the loss dense: sparse_categorical_crossentropy, but this one has "
                 "dense: sparse_categorical_crossentropy, more: mse");
    bad = good, bad.model.outputs[1].dim[0]++;
    refuse(&bad, "is a checkpoint of another network");
    bad = good, bad.model.n_inputs = 2, bad.model.inputs[1] = bad.model.inputs[0];
    bad.train.inputs[1] = bad.train.inputs[0], bad.validation.inputs[1] = bad.validation.inputs[0];
    bad.train.input_counts[1] = bad.validation.input_counts[1] = FAKE_INPUTS;
    bad.train.input_elements[1] = bad.train.input_elements[0];
    refuse(&bad, "is a checkpoint of another network");
    end(&(struct setting){.train = one.train, .validation = one.validation});
}

static void epochs_of_so_many_steps_are_kept(void **state)
{
    struct setting setting = begin(state);
    setting.options.steps_per_epoch = 2;
    struct outcome whole = straight(&setting);
    leave_and_go_on(&setting, (struct saying){.step = 3, .event = CNN_STEP_END, .verdict = CNN_INTERRUPT},
                    (struct cnn_position){0, 3, 1, 1, false}, &whole);
    outcome_of(&setting);
    setting.options.steps_per_epoch = 4;
    refuse(&setting, "its training has steps per epoch 2, but this one has 4");
    setting.options.steps_per_epoch = 0;
    refuse(&setting, "its training has steps per epoch 2, but this one has 0");
    end(&setting);
}

/* It goes on where the first output has no loss. */
static void the_first_output_may_have_no_loss(void **state)
{
    const struct setting one = begin(state);
    struct setting setting = one;
    add_output(&setting, "sparse_categorical_crossentropy");
    setting.model.outputs[0].loss = NULL;
    struct outcome whole = straight(&setting);
    leave_and_go_on(&setting, (struct saying){.step = 4, .event = CNN_STEP_END, .verdict = CNN_INTERRUPT},
                    (struct cnn_position){0, 4, 1, 1, false}, &whole);
    end(&(struct setting){.train = one.train, .validation = one.validation});
}

static void other_stages_are_refused(void **state)
{
    struct cnn_stage stages[3];
    struct setting setting = begin_stages(state, stages), bad = setting;
    outcome_of(&setting);
    bad.model.n_stages = 2;
    refuse(&bad, "/c: stands in stage 3 of its training, but this one has 2");
    stages[2].fresh = true;
    refuse(&setting, "/c: is a checkpoint of another network");
    stages[2].fresh = false;
    stages[2].batch_size = 7;
    refuse(&setting, "its training has batch size 16, but this one has 7");
    end(&setting);
}

static void what_is_no_checkpoint_is_refused(void **state)
{
    struct setting setting = begin(state);
    struct outcome outcome = outcome_of(&setting);
    struct cnn_position position;
    struct cnn_error error;
    assert_true(cnn_weights_save(&setting.model, setting.path, outcome.parameters, NULL));
    refuse(&setting, "/c: is no checkpoint of a training");
    assert_false(cnn_checkpoint_position(&setting.model, "nowhere", &position, &error));
    rt_assert_contains(error.message, "nowhere: No such file");
    setting.model.n_stages = 0;
    assert_false(cnn_checkpoint_position(&setting.model, setting.path, &position, &error));
    rt_assert_contains(error.message, "cannot be trained");
    end(&setting);
}

/* ---- damaged files ----------------------------------------------------------------------------------------------
 */

/* A small checkpoint in memory, to be spoilt. */
struct image {
    struct setting setting;
    struct outcome outcome;
    char *bytes;
    size_t size;
};

static struct image make_image(void **state)
{
    struct image image = {.setting = begin(state)};
    image.outcome = outcome_of(&image.setting);
    image.bytes = rt_read(image.setting.path, &image.size);
    return image;
}

static void free_image(struct image *image)
{
    free(image->bytes);
    end(&image->setting);
}

/* Nothing reads the spoilt file, nothing is touched, and something is said. */
static void assert_refused(void **state, struct image *image, size_t size, const char *what, size_t where)
{
    struct cnn_position position = {7, 7, 7, 7, true};
    struct cnn_error error = {""};
    float weights[FLOATS] = {0}, untouched[FLOATS] = {0};
    rt_write(state, "c", image->bytes, size);
    if (cnn_checkpoint_position(&image->setting.model, image->setting.path, &position, &error))
        fail_msg("a file %s at byte %zu is read", what, where);
    assert_true(error.message[0] && position.step == 7);
    error.message[0] = '\0';
    if (cnn_weights_load(&image->setting.model, image->setting.path, weights, &error))
        fail_msg("the weights of a file %s at byte %zu are read", what, where);
    assert_true(error.message[0]);
    assert_memory_equal(weights, untouched, sizeof weights);
}

static void every_flipped_byte_is_found(void **state)
{
    struct image image = make_image(state);
    for (size_t at = 0; at < image.size; at++) {
        const char masks[] = {(char)(1u << at % 8), (char)0xFF, 0x20};
        for (size_t m = 0; m < COUNT_OF(masks); m++) {
            image.bytes[at] ^= masks[m];
            assert_refused(state, &image, image.size, "flipped", at);
            image.bytes[at] ^= masks[m];
        }
    }
    free_image(&image);
}

static void every_cut_is_found(void **state)
{
    struct image image = make_image(state);
    for (size_t cut = 0; cut < image.size; cut++)
        assert_refused(state, &image, cut, "cut", cut);
    image.bytes = realloc(image.bytes, image.size + 1);
    assert_non_null(image.bytes);
    image.bytes[image.size] = 0;
    assert_refused(state, &image, image.size + 1, "that is longer", image.size);
    free_image(&image);
}

/* The bytes of a tensor in the file. */
static char *tensor_at(const struct image *image, const char *name)
{
    char entry[64];
    unsigned header = (unsigned char)image->bytes[0] + 256u * (unsigned char)image->bytes[1];
    long begin;
    snprintf(entry, sizeof entry, "\"%s\":{", name);
    const char *at = strstr(image->bytes + 8, entry);
    assert_non_null(at);
    assert_int_equal(sscanf(strstr(at, "offsets\":["), "offsets\":[%ld", &begin), 1);
    return image->bytes + 8 + header + begin;
}

/* Makes the checksum that of the bytes again, as one does who wants to do harm. */
static void sign(struct image *image)
{
    uLong crc = crc32(0, (const void *)image->bytes, (uInt)image->size - 4);
    for (size_t i = 0; i < 4; i++)
        image->bytes[image->size - 4 + i] = (char)(crc >> 8 * i);
}

static void positions_that_cannot_be_are_refused(void **state)
{
    static const struct {
        const char *tensor;
        int64_t value;
    } cases[] = {{".training/epoch", -1},         {".training/epoch", 4},
                 {".training/epoch", INT64_MAX},  {".training/batch", -1},
                 {".training/batch", INT64_MAX},  {".training/stopped", 2},
                 {".training/rows", 0},           {".training/rows", -1},
                 {".training/batch_size", 0},     {".training/seconds", -1 /* NaN */},
                 {".training/learning_rate", -1}, {".training/callback_bytes", 16}};
    struct image image = make_image(state);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char kept[8], *at = tensor_at(&image, cases[i].tensor);
        memcpy(kept, at, sizeof kept);
        for (int b = 0; b < 8; b++)
            at[b] = (char)((uint64_t)cases[i].value >> 8 * b);
        sign(&image);
        rt_write(state, "c", image.bytes, image.size);
        struct cnn_position position;
        struct cnn_error error;
        assert_false(cnn_checkpoint_position(&image.setting.model, image.setting.path, &position, &error));
        rt_assert_contains(error.message, "it stands where no training can");
        memcpy(at, kept, sizeof kept);
    }
    sign(&image);
    rt_write(state, "c", image.bytes, image.size);
    struct outcome outcome = outcome_of(&image.setting);
    assert_same(&outcome, &image.outcome);
    free_image(&image);
}

/* Puts another text into the header, which grows by it. */
static void replace_in_header(struct image *image, const char *old, const char *new)
{
    size_t header = (unsigned char)image->bytes[0] + 256u * (unsigned char)image->bytes[1];
    size_t more = strlen(new) - strlen(old);
    image->bytes = realloc(image->bytes, image->size + more + 1);
    assert_non_null(image->bytes);
    char *at = strstr(image->bytes + 8, old);
    assert_non_null(at);
    memmove(at + strlen(new), at + strlen(old), image->size - (size_t)(at - image->bytes) - strlen(old));
    memcpy(at, new, strlen(new));
    image->size += more;
    image->bytes[0] = (char)(header + more);
    image->bytes[1] = (char)((header + more) >> 8);
}

static void shapes_that_cannot_be_are_refused(void **state)
{
    static const struct {
        const char *shape, *message;
    } cases[] = {{"[4294967296,4294967296]", "tensor .training/history is impossibly large"},
                 {"[1,15]", "it stands where no training can"},
                 {"[3,5,1]", "tensor .training/history is 3x5x1, but "},
                 {"[333,5]", "needs 13320 bytes"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct image image = make_image(state);
        replace_in_header(&image, "[3,5]", cases[i].shape);
        sign(&image);
        rt_write(state, "c", image.bytes, image.size);
        refuse(&image.setting, cases[i].message);
        assert_int_equal(remove(image.setting.path), 0);
        free_image(&image);
    }
}

/* As a file that somebody made who left out what it is of, or wrote more than any name has. */
static void a_checkpoint_that_does_not_name_what_it_is_of_is_refused(void **state)
{
    static const char *const keys[] = {"optimizer", "loss", "network"};
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        for (int endless = 0; endless < 2; endless++) {
            struct image image = make_image(state);
            char old[32], new[512], message[64];
            snprintf(old, sizeof old, "\"%s\":\"", keys[i]);
            snprintf(new, sizeof new, "\"%s%s\":\"%0*d", endless ? "" : "no ", keys[i], endless ? 300 : 1, 0);
            snprintf(message, sizeof message, "this checkpoint is damaged: it does not name its %s", keys[i]);
            replace_in_header(&image, old, new);
            sign(&image);
            rt_write(state, "c", image.bytes, image.size);
            refuse(&image.setting, message);
            assert_int_equal(remove(image.setting.path), 0);
            free_image(&image);
        }
}

/* Of a training that validates, made to look like one that does not: its history has other columns. */
static void a_history_of_another_width_is_refused(void **state)
{
    struct image image = make_image(state);
    struct setting bad = image.setting;
    memset(tensor_at(&image, ".training/validation_rows"), 0, 8);
    memset(tensor_at(&image, ".training/data"), 0, 4); /* the half of the validation set's checksum */
    sign(&image);
    rt_write(state, "c", image.bytes, image.size);
    bad.validation.count = 0;
    refuse(&bad, "it stands where no training can");
    free_image(&image);
}

static void other_versions_are_refused(void **state)
{
    struct image image = make_image(state);
    char *version = strstr(image.bytes + 8, "\"checkpoint\":\"2\"");
    float weights[FLOATS];
    struct cnn_error error;
    assert_non_null(version);
    version[14] = '3';
    sign(&image);
    rt_write(state, "c", image.bytes, image.size);
    refuse(&image.setting, "/c: is a checkpoint of version 3, but this program reads version 2");
    assert_false(cnn_weights_load(&image.setting.model, image.setting.path, weights, &error));
    rt_assert_contains(error.message, "version 3");
    free_image(&image);
}

/* Those that tests/fuzz begins with: of another version or network, nothing behind its check would be reached. */
static void the_fuzz_targets_seeds_are_of_this_version(void **state)
{
    static const char *const names[] = {"first", "later"};
    const char *top = getenv("TOP");
    struct cnn_model model = fake_model();
    struct cnn_position position;
    struct cnn_error error;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[500];
        snprintf(path, sizeof path, "%s/tests/fuzz/corpus/checkpoint/whole-%s", top ? top : ".", names[i]);
        if (!cnn_checkpoint_position(&model, path, &position, &error))
            fail_msg("%s; write it anew with cnn_checkpoint_save()", error.message);
    }
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, rt_setup, rt_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fuzz_targets_seeds_are_of_this_version),
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
        FRESH(losses_of_several_outputs_are_kept),
        FRESH(the_first_output_may_have_no_loss),
        FRESH(epochs_of_so_many_steps_are_kept),
        FRESH(what_is_no_checkpoint_is_refused),
        FRESH(every_flipped_byte_is_found),
        FRESH(every_cut_is_found),
        FRESH(positions_that_cannot_be_are_refused),
        FRESH(shapes_that_cannot_be_are_refused),
        FRESH(a_checkpoint_that_does_not_name_what_it_is_of_is_refused),
        FRESH(a_history_of_another_width_is_refused),
        FRESH(other_versions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
