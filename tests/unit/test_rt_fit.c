/* runtime/train/fit.c */
#include "rt_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fake_model.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES };

/* Trains fresh parameters, which the caller gets in `parameters`. */
static bool fit(const struct cnn_model *model, const struct cnn_dataset *train,
                const struct cnn_dataset *validation, const struct cnn_fit_options *options,
                float parameters[FLOATS], struct cnn_error *error)
{
    assert_true(cnn_initialise(model, 1, parameters, NULL));
    return cnn_fit(model, train, validation, options, parameters, error);
}

/* A callback that keeps what it saw, and may say something. */
struct record {
    int begins, steps, ends;
    struct cnn_training last; /* at CNN_EPOCH_END */
    double columns[FAKE_COLUMNS], validation[FAKE_COLUMNS];
    enum cnn_event event; /* at which it says ... */
    enum cnn_verdict verdict;
};

static enum cnn_verdict record_call(void *user, enum cnn_event event, struct cnn_training *training,
                                    struct cnn_error *error)
{
    struct record *record = user;
    record->begins += event == CNN_EPOCH_BEGIN;
    record->steps += event == CNN_STEP_END;
    record->ends += event == CNN_EPOCH_END;
    if (event == CNN_EPOCH_END) {
        record->last = *training;
        memcpy(record->columns, training->columns, sizeof record->columns);
        memcpy(record->validation, training->validation, sizeof record->validation);
    }
    if (event != record->event || record->verdict == CNN_CONTINUE)
        return CNN_CONTINUE;
    cnn_fail(error, "told to");
    return record->verdict;
}

static void training_learns(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(100, 1), test = rt_set(50, 2);
    struct record record = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &record};
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    float parameters[FLOATS];
    options.epochs = 20;
    options.callbacks = &callback;
    options.n_callbacks = 1;
    assert_true(fit(&model, &train, &test, &options, parameters, NULL));
    assert_true(record.validation[1] > 0.95);
    assert_true(record.validation[0] < 0.3);
    assert_true(record.columns[0] < 0.3);
    cnn_dataset_free(&train);
    cnn_dataset_free(&test);
}

static void keeps_the_last_partial_batch(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(35, 1);
    struct record record = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &record};
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    float parameters[FLOATS];
    options.callbacks = &callback;
    options.n_callbacks = 1;
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    assert_int_equal(record.begins, 3);
    assert_int_equal(record.ends, 3);
    assert_int_equal(record.steps, 3 * 3); /* 16 + 16 + 3 */
    assert_int_equal(record.last.step, 9);
    assert_int_equal(record.last.batches, 3);
    assert_false(record.last.validates);
    cnn_dataset_free(&train);
}

/* With a learning rate of 0 the running means of an epoch are the means over the set. */
static void means_are_over_the_samples(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(35, 1);
    struct record record = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &record};
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    double means[FAKE_COLUMNS];
    float parameters[FLOATS];
    options.learning_rate = 0;
    options.callbacks = &callback;
    options.n_callbacks = 1;
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    assert_true(cnn_evaluate(&model, &train, parameters, 1, means, NULL));
    assert_true(fabs(means[0] - record.columns[0]) < 1e-12 * 35);
    assert_true(fabs(means[1] - record.columns[1]) < 1e-12);
    cnn_dataset_free(&train);
}

/* A training step that writes down, in the parameters, how many rows it was given and which. */
static void note_rows(const struct cnn_step *step, double *sums)
{
    float *seen = step->parameters;
    (void)sums;
    for (int64_t i = 0; i < step->batch.count; i++) {
        seen[0]++;
        seen[(int)seen[0]] = (float)step->batch.index[i];
    }
}

/* seen[0] is the number of rows that an epoch's steps were given, the rows follow. */
static void seen_rows(struct cnn_fit_options *options, uint32_t count, float seen[FLOATS])
{
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(count, 1);
    struct cnn_stage stage = fake_stage;
    stage.train_step = note_rows;
    model.stages = &stage;
    memset(seen, 0, FLOATS * sizeof *seen);
    assert_true(cnn_fit(&model, &train, NULL, options, seen, NULL));
    cnn_dataset_free(&train);
}

static struct cnn_fit_options options_for(int64_t epochs, int64_t batch_size, bool shuffle)
{
    return (struct cnn_fit_options){.epochs = epochs, .batch_size = batch_size, .shuffle = shuffle, .seed = 7};
}

static void every_row_is_seen_once_an_epoch(void **state)
{
    (void)state;
    float seen[FLOATS];
    uint32_t times[10] = {0}, order[10];
    struct cnn_fit_options options = options_for(3, 4, true);
    seen_rows(&options, 10, seen);
    assert_true(seen[0] == 30);
    for (int i = 1; i <= 30; i++)
        times[(int)seen[i]]++;
    for (int i = 0; i < 10; i++)
        assert_int_equal(times[i], 3);
    cnn_shuffle(7, 1, order, 10);
    for (int i = 0; i < 10; i++)
        assert_true(seen[11 + i] == (float)order[i]); /* the second epoch */
}

static void without_shuffling_rows_come_in_order(void **state)
{
    (void)state;
    float seen[FLOATS];
    struct cnn_fit_options options = options_for(2, 4, false);
    seen_rows(&options, 10, seen);
    for (int i = 0; i < 20; i++)
        assert_true(seen[i + 1] == (float)(i % 10));
}

static void a_split_takes_the_last_rows(void **state)
{
    (void)state;
    float seen[FLOATS];
    struct cnn_fit_options options = options_for(1, 4, true);
    options.validation_split = 0.25; /* Keras trains on floor(10 * 0.75) = 7 */
    seen_rows(&options, 10, seen);
    assert_true(seen[0] == 7);
    for (int i = 1; i <= 7; i++)
        assert_true(seen[i] < 7);
}

static void a_batch_may_be_larger_than_the_set(void **state)
{
    (void)state;
    float seen[FLOATS];
    struct cnn_fit_options options = options_for(2, 1000, false);
    seen_rows(&options, 10, seen);
    assert_true(seen[0] == 20);
}

static void state_begins_as_the_model_says(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(8, 1);
    struct record record = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &record};
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    float fresh[FLOATS], parameters[FLOATS];
    struct cnn_stage stage = fake_stage;
    stage.slot_initial = (const double[]){1}; /* a velocity of 1, decayed once and applied once */
    model.stages = &stage;
    options.learning_rate = 0;
    options.epochs = 1;
    options.callbacks = &callback;
    options.n_callbacks = 1;
    assert_true(cnn_initialise(&model, 1, fresh, NULL));
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    for (int i = 0; i < FLOATS; i++)
        assert_true(fabsf(parameters[i] - fresh[i] - 0.9f) < 1e-6f);
    cnn_dataset_free(&train);
}

static int *counted; /* by row */

static void count_step(const struct cnn_step *step, double *sums)
{
    for (int64_t i = 0; i < step->batch.count; i++)
        counted[step->batch.index[i]]++;
    sums[0] += (double)step->batch.count;
}

static double penalty_of_seven(const float *parameters)
{
    (void)parameters;
    return 7;
}

/* Of the last epoch of the second of two stages. */
static double validation_loss(struct cnn_stage stages[2])
{
    struct cnn_model model = fake_model();
    struct cnn_dataset set = rt_set(8, 1);
    struct record record = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &record};
    float parameters[FLOATS];
    model.stages = stages;
    model.n_stages = 2;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.callbacks = &callback;
    options.n_callbacks = 1;
    assert_true(fit(&model, &set, &set, &options, parameters, NULL));
    double means[FAKE_COLUMNS];
    assert_true(cnn_evaluate(&model, &set, parameters, 1, means, NULL));
    assert_true(means[0] == record.validation[0]);
    cnn_dataset_free(&set);
    return means[0];
}

static void evaluation_has_the_penalty_of_its_stage(void **state)
{
    (void)state;
    struct cnn_stage stages[] = {fake_stage, fake_stage};
    double without = validation_loss(stages);
    stages[1].penalty = penalty_of_seven;
    assert_true(fabs(validation_loss(stages) - without - 7) < 1e-12);
    stages[0] = stages[1];
    stages[1] = fake_stage;
    assert_true(validation_loss(stages) == without);
}

static void averages_take_the_parameters_place(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(8, 1);
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    float parameters[FLOATS];
    struct cnn_stage stage = fake_stage;
    static const char *const slots[] = {CNN_SLOT_AVERAGE};
    stage.slots = slots; /* the velocity by another name, 1 before and 0.9 after the step */
    stage.slot_initial = (const double[]){1};
    model.stages = &stage;
    options.learning_rate = 0;
    options.epochs = 1;
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    for (int i = 0; i < FLOATS; i++)
        assert_true(fabsf(parameters[i] - 0.9f) < 1e-6f);
    cnn_dataset_free(&train);
}

/* How often each row of 10 was trained on, in `epochs` of so many steps of 4 rows. */
static void count_rows(int64_t steps, int64_t epochs, int counts[10], struct record *record)
{
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    struct cnn_dataset train = rt_set(10, 1), validation = rt_set(40, 2);
    const struct cnn_callback callback = {.call = record_call, .user = record};
    float parameters[FLOATS];
    counted = counts;
    memset(counts, 0, 10 * sizeof *counts);
    stage.train_step = count_step;
    stage.steps_per_epoch = steps;
    stage.validation_steps = 2;
    stage.validation_freq = 2;
    model.stages = &stage;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.batch_size = 4;
    options.epochs = epochs;
    options.callbacks = &callback;
    options.n_callbacks = 1;
    assert_true(fit(&model, &train, &validation, &options, parameters, NULL));
    cnn_dataset_free(&train);
    cnn_dataset_free(&validation);
}

/* What the options say counts for all stages. */
static void options_say_how_many_steps(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_stage stage = fake_stage;
    struct cnn_dataset train = rt_set(10, 1);
    float parameters[FLOATS];
    int counts[10] = {0}, all = 0;
    counted = counts;
    stage.train_step = count_step;
    stage.steps_per_epoch = 1;
    model.stages = &stage;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.batch_size = 4;
    options.epochs = 1;
    options.steps_per_epoch = 4; /* 4 + 4 + 2 + 4 rows */
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    for (int i = 0; i < 10; i++)
        all += counts[i];
    assert_int_equal(all, 14);
    options.steps_per_epoch = 0; /* all of the data */
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    for (int i = 0; i < 10; i++)
        all += counts[i];
    assert_int_equal(all, 14 + 14 + 10);
    cnn_dataset_free(&train);
}

static void an_epoch_has_the_steps_that_are_asked_for(void **state)
{
    (void)state;
    struct record record = {0};
    int counts[10], all = 0;
    count_rows(2, 1, counts, &record); /* a part of the rows */
    for (int i = 0; i < 10; i++)
        all += counts[i];
    assert_int_equal(all, 8);
    assert_int_equal(record.last.batches, 2);
    count_rows(6, 2, counts, &record); /* each row twice an epoch */
    for (int i = 0; i < 10; i++)
        assert_int_equal(counts[i], 4);
}

static void validates_some_epochs_on_some_rows(void **state)
{
    (void)state;
    struct record first = {0}, second = {0};
    int counts[10];
    count_rows(0, 1, counts, &first);
    assert_false(first.last.validates);
    count_rows(0, 2, counts, &second);
    assert_true(second.last.validates);
    struct cnn_model model = fake_model();
    struct cnn_dataset validation = rt_set(40, 2), eight = cnn_dataset_slice(&validation, 0, 8);
    float parameters[FLOATS];
    double means[FAKE_COLUMNS];
    assert_true(cnn_initialise(&model, 1, parameters, NULL)); /* which count_step leaves as they are */
    assert_true(cnn_evaluate(&model, &eight, parameters, 1, means, NULL));
    assert_true(second.validation[0] == means[0]);
    /* the same eight where there are fewer rows to train on than in a batch */
    struct cnn_dataset three = rt_set(3, 1);
    struct record third = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &third};
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.epochs = 1, options.learning_rate = 0;
    options.batch_size = 4, options.validation_steps = 2;
    options.callbacks = &callback, options.n_callbacks = 1;
    assert_true(fit(&model, &three, &validation, &options, parameters, NULL));
    assert_true(third.validation[0] == means[0]);
    cnn_dataset_free(&three);
    cnn_dataset_free(&validation);
}

/* ---- stages ---- */

/* Trains the stages in one go; `seed` of fresh parameters. */
static void fit_stages(const struct cnn_stage *stages, int count, float parameters[FLOATS])
{
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(40, 1);
    model.stages = stages;
    model.n_stages = count;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    cnn_dataset_free(&train);
}

/* Two fits after one compile are one fit of as many epochs: no order of the rows comes again, and the optimizer's state stays. */
static void a_second_fit_goes_on(void **state)
{
    (void)state;
    struct cnn_stage once = fake_stage, twice[2] = {fake_stage, fake_stage};
    float parameters[FLOATS], others[FLOATS];
    twice[0].epochs = 2, twice[1].epochs = 1, twice[1].fresh = false;
    fit_stages(&once, 1, parameters);
    fit_stages(twice, 2, others);
    assert_memory_equal(parameters, others, sizeof parameters);
    twice[1].fresh = true;
    fit_stages(twice, 2, others);
    assert_memory_not_equal(parameters, others, sizeof parameters);
}

/* With another optimizer, learning rate and batch size, the second stage is what a program of it alone does to the weights. */
static void a_new_optimizer_begins_anew(void **state)
{
    (void)state;
    struct cnn_stage both[2] = {fake_stage, fake_stage};
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(40, 1);
    float parameters[FLOATS], others[FLOATS];
    both[0].shuffle = both[1].shuffle = false;
    both[1].learning_rate = 0.01, both[1].batch_size = 7, both[1].epochs = 2;
    fit_stages(both, 2, parameters);
    fit_stages(&both[0], 1, others);
    model.stages = &both[1];
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    assert_true(cnn_fit(&model, &train, NULL, &options, others, NULL));
    assert_memory_equal(parameters, others, sizeof parameters);
    cnn_dataset_free(&train);
}

/* Counts steps by optimizer, and keeps the keys of dropout: a new optimizer counts from 0, and draws other masks. */
static void note_steps(const struct cnn_step *step, double *sums)
{
    (void)sums;
    step->parameters[0] = step->step == 0 ? 1 : step->parameters[0] + 1;
    step->parameters[1] += step->step == 0;
    for (int i = 0; step->step == 0 && i < 2; i++)
        step->parameters[2 + 2 * (int)step->parameters[1] + i] = (float)(step->seed >> 32 * i & 0xFFFF);
}

static void each_optimizer_has_steps_and_masks_of_its_own(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_stage stages[3] = {fake_stage, fake_stage, fake_stage};
    struct cnn_dataset train = rt_set(40, 1);
    float seen[FLOATS] = {0};
    for (int i = 0; i < 3; i++)
        stages[i].epochs = 1, stages[i].train_step = note_steps;
    stages[1].fresh = false;
    model.stages = stages, model.n_stages = 3;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    assert_true(cnn_fit(&model, &train, NULL, &options, seen, NULL));
    assert_true(seen[0] == 3 && seen[1] == 2); /* steps of the last optimizer; optimizers */
    assert_true(seen[4] != seen[6] || seen[5] != seen[7]);
    cnn_dataset_free(&train);
}

static void options_hold_for_all_stages(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_stage stages[2] = {fake_stage, fake_stage};
    struct cnn_dataset train = rt_set(40, 1);
    struct record record = {0};
    const struct cnn_callback callback = {.call = record_call, .user = &record};
    float parameters[FLOATS];
    stages[0].validation_split = 0.5;
    model.stages = stages, model.n_stages = 2;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    options.epochs = 2, options.batch_size = 10;
    options.callbacks = &callback, options.n_callbacks = 1;
    assert_true(fit(&model, &train, NULL, &options, parameters, NULL));
    assert_int_equal(record.ends, 2 * 2);
    assert_int_equal(record.steps, 2 * 2 + 2 * 4); /* the first stage trains with half of the rows */
    assert_int_equal(record.last.stage, 1);
    assert_int_equal(record.last.epoch, 1);
    assert_int_equal(record.last.history_columns, 5); /* the first one validates */
    assert_false(record.last.validates);
    cnn_dataset_free(&train);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(40, 1);
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    float a[FLOATS], b[FLOATS];
    assert_true(fit(&model, &train, NULL, &options, a, NULL));
    options.threads = 1;
    assert_true(fit(&model, &train, NULL, &options, b, NULL));
    assert_memory_equal(a, b, sizeof a);
    options.seed++;
    assert_true(fit(&model, &train, NULL, &options, b, NULL));
    assert_memory_not_equal(a, b, sizeof a);
    cnn_dataset_free(&train);
}

static void onehot_labels_train_alike(void **state)
{
    (void)state;
    struct cnn_model sparse = fake_model(), onehot = fake_model_onehot();
    struct cnn_dataset train = rt_set(40, 1), same = train;
    struct cnn_fit_options options = cnn_fit_defaults(&sparse);
    float a[FLOATS], b[FLOATS];
    same.label_counts[0] = FAKE_CLASSES;
    same.labels[0] = cnn_alloc_floats(40 * FAKE_CLASSES, NULL);
    for (int i = 0; i < 40; i++)
        same.labels[0][i * FAKE_CLASSES + i % FAKE_CLASSES] = 1;
    assert_true(fit(&sparse, &train, NULL, &options, a, NULL));
    assert_true(fit(&onehot, &same, NULL, &options, b, NULL));
    assert_memory_equal(a, b, sizeof a);
    free(same.labels[0]);
    cnn_dataset_free(&train);
}

static bool run_with(struct record *record)
{
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(32, 1);
    const struct cnn_callback callback = {.call = record_call, .user = record};
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    struct cnn_error error;
    float parameters[FLOATS];
    options.callbacks = &callback;
    options.n_callbacks = 1;
    bool ok = fit(&model, &train, NULL, &options, parameters, &error);
    if (!ok)
        assert_string_equal(error.message, "told to");
    cnn_dataset_free(&train);
    return ok;
}

static void a_callback_may_stop_or_fail(void **state)
{
    (void)state;
    struct record stop_epoch = {.event = CNN_EPOCH_END, .verdict = CNN_STOP};
    assert_true(run_with(&stop_epoch));
    assert_int_equal(stop_epoch.ends, 1);
    struct record stop_step = {.event = CNN_STEP_END, .verdict = CNN_STOP};
    assert_true(run_with(&stop_step));
    assert_int_equal(stop_step.steps, 1);
    assert_int_equal(stop_step.ends, 1);
    struct record fails = {.event = CNN_STEP_END, .verdict = CNN_FAIL};
    assert_false(run_with(&fails));
    assert_int_equal(fails.ends, 0);
}

static void refuses_impossible_options(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(4, 1);
    struct cnn_fit_options good = cnn_fit_defaults(&model), bad;
    struct cnn_error error;
    float parameters[FLOATS];
    bad = good, bad.batch_size = 0;
    assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
    rt_assert_contains(error.message, "batch size of 0");
    bad = good, bad.epochs = -2;
    assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
    bad = good, bad.validation_split = 1;
    assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
    bad.validation_split = 0.9;
    assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
    rt_assert_contains(error.message, "leaves nothing to train on of 4 rows");
    bad.validation_split = 1e-17;
    assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
    rt_assert_contains(error.message, "leaves nothing to validate on");
    static const double weights[] = {1, 2, 3, 4}, infinite[] = {1, INFINITY}, below[] = {-1};
    static const struct {
        int64_t count;
        const double *weights;
        const char *message;
    } wrong[] = {{-2, weights, "-2 weights of classes are impossible"},
                 {1, NULL, "1 weights of classes are impossible without an array of them"},
                 {2, infinite, "the weight of class 1 is no finite number of at least 0"},
                 {1, below, "the weight of class 0 is no finite number of at least 0"},
                 {4, weights, "class 3 has a weight (--class-weight), but model fake has classes 0 to 2"}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        bad = good, bad.n_class_weights = wrong[i].count, bad.class_weights = wrong[i].weights;
        assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
        rt_assert_contains(error.message, wrong[i].message);
    }
    model.outputs[0].loss = NULL; /* what is added is all */
    bad = good, bad.n_class_weights = 1, bad.class_weights = weights;
    assert_false(fit(&model, &train, NULL, &bad, parameters, &error));
    rt_assert_contains(error.message, "are for models with one output and one label for each sample");
    model = fake_model();
    model.n_stages = 0;
    assert_false(fit(&model, &train, NULL, &good, parameters, &error));
    rt_assert_contains(error.message, "compiles no loss");
    model.evaluate = NULL;
    double means[FAKE_COLUMNS];
    assert_false(cnn_evaluate(&model, &train, parameters, 1, means, &error));
    cnn_dataset_free(&train);
}

static void refuses_other_data_sets(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(4, 1), bad;
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    struct cnn_error error;
    float parameters[FLOATS];
    bad = train, bad.labels[0] = NULL;
    assert_false(fit(&model, &bad, NULL, &options, parameters, &error));
    rt_assert_contains(error.message, "no labels");
    bad = train, bad.count = 0;
    assert_false(fit(&model, &train, &bad, &options, parameters, &error));
    rt_assert_contains(error.message, "no samples");
    bad = train, bad.input_counts[0] = 7;
    assert_false(fit(&model, &bad, NULL, &options, parameters, &error));
    rt_assert_contains(error.message, "has 7 inputs a sample, but model fake has 64");
    cnn_dataset_free(&train);
}

/* It is the same training; what would need a file is refused, and not left out. */
static void trains_in_memory(void **state)
{
    (void)state;
    static const struct cnn_stage_callback saves = {
        .kind = CNN_MODEL_CHECKPOINT, .monitor = "loss", .file = "best.safetensors"};
    struct cnn_model model = fake_model();
    struct cnn_dataset train = rt_set(35, 1), test = rt_set(20, 2);
    struct cnn_fit_options options = cnn_fit_defaults(&model);
    struct cnn_error error;
    float parameters[FLOATS], expected[FLOATS];
    assert_true(fit(&model, &train, &test, &options, expected, NULL));
    assert_true(cnn_initialise(&model, 1, parameters, NULL));
    assert_true(cnn_fit_in_memory(&model, &train, &test, &options, parameters, NULL));
    assert_memory_equal(parameters, expected, sizeof expected);
    options.checkpoint = "training.checkpoint";
    assert_false(cnn_fit_in_memory(&model, &train, &test, &options, parameters, &error));
    assert_string_equal(error.message, "training.checkpoint: a training in memory keeps no checkpoint");
    options.checkpoint = NULL;
    struct cnn_stage stage = model.stages[0];
    stage.callbacks = &saves;
    stage.n_callbacks = 1;
    model.stages = &stage;
    assert_false(cnn_fit_in_memory(&model, &train, &test, &options, parameters, &error));
    assert_string_equal(error.message,
                        "best.safetensors: ModelCheckpoint writes files, and a training in memory has none; "
                        "no_callbacks leaves it out");
    options.no_callbacks = true;
    assert_true(cnn_fit_in_memory(&model, &train, &test, &options, parameters, &error));
    cnn_dataset_free(&train);
    cnn_dataset_free(&test);
}

static void predicts_a_batch(void **state)
{
    (void)state;
    struct cnn_model model = fake_model();
    struct cnn_dataset set = rt_set(3, 1);
    struct cnn_batch batch = cnn_dataset_batch(&set);
    float parameters[FLOATS], outputs[3 * FAKE_CLASSES];
    assert_true(cnn_initialise(&model, 1, parameters, NULL));
    assert_true(cnn_predict(&model, &batch, parameters, 0, (float *const[]){outputs}, NULL));
    for (int i = 0; i < 3; i++)
        assert_true(fabsf(outputs[3 * i] + outputs[3 * i + 1] + outputs[3 * i + 2] - 1) < 1e-6f);
    cnn_dataset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_learns),
        cmocka_unit_test(keeps_the_last_partial_batch),
        cmocka_unit_test(means_are_over_the_samples),
        cmocka_unit_test(every_row_is_seen_once_an_epoch),
        cmocka_unit_test(without_shuffling_rows_come_in_order),
        cmocka_unit_test(a_split_takes_the_last_rows),
        cmocka_unit_test(a_batch_may_be_larger_than_the_set),
        cmocka_unit_test(state_begins_as_the_model_says),
        cmocka_unit_test(evaluation_has_the_penalty_of_its_stage),
        cmocka_unit_test(averages_take_the_parameters_place),
        cmocka_unit_test(an_epoch_has_the_steps_that_are_asked_for),
        cmocka_unit_test(options_say_how_many_steps),
        cmocka_unit_test(validates_some_epochs_on_some_rows),
        cmocka_unit_test(a_second_fit_goes_on),
        cmocka_unit_test(a_new_optimizer_begins_anew),
        cmocka_unit_test(each_optimizer_has_steps_and_masks_of_its_own),
        cmocka_unit_test(options_hold_for_all_stages),
        cmocka_unit_test(the_same_seed_gives_the_same_bits),
        cmocka_unit_test(onehot_labels_train_alike),
        cmocka_unit_test(a_callback_may_stop_or_fail),
        cmocka_unit_test(refuses_impossible_options),
        cmocka_unit_test(refuses_other_data_sets),
        cmocka_unit_test(trains_in_memory),
        cmocka_unit_test(predicts_a_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
