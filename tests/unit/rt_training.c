#include "rt_training.h"

#include <string.h>

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

static enum cnn_verdict say_call(void *user, enum cnn_event event, struct cnn_training *training,
                                 struct cnn_error *error)
{
    struct rt_saying *saying = user;
    if (training->step != saying->step || event != saying->event)
        return CNN_CONTINUE;
    cnn_fail(error, "told to");
    saying->seconds = training->seconds;
    return saying->verdict;
}

static enum cnn_verdict outcome_call(void *user, enum cnn_event event, struct cnn_training *training,
                                     struct cnn_error *error)
{
    struct rt_outcome *outcome = user;
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

struct rt_setting rt_training_begin(void **state)
{
    struct rt_setting setting = {.model = fake_model(), .train = rt_set(ROWS, 1), .validation = rt_set(12, 2)};
    rt_path(state, "c", setting.path);
    setting.options = cnn_fit_defaults(&setting.model);
    setting.options.epochs = EPOCHS;
    setting.options.resume = true;
    setting.state_bytes = sizeof setting.calls;
    return setting;
}

void rt_training_end(struct rt_setting *setting)
{
    cnn_dataset_free(&setting->train);
    cnn_dataset_free(&setting->validation);
}

bool rt_training_fit_with(struct rt_setting *setting, const char *path, struct rt_outcome *outcome,
                          struct cnn_error *error)
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

bool rt_training_fit(struct rt_setting *setting, struct rt_outcome *outcome, struct cnn_error *error)
{
    return rt_training_fit_with(setting, setting->path, outcome, error);
}

struct rt_outcome rt_training_outcome(struct rt_setting *setting)
{
    struct rt_outcome outcome;
    struct cnn_error error = {""};
    if (!rt_training_fit(setting, &outcome, &error))
        fail_msg("%s", error.message);
    return outcome;
}

/* Of the training that never stops and knows no checkpoint. */
struct rt_outcome rt_training_straight(struct rt_setting *setting)
{
    struct rt_outcome outcome;
    assert_true(rt_training_fit_with(setting, NULL, &outcome, NULL));
    return outcome;
}

void rt_assert_same_outcome(const struct rt_outcome *a, const struct rt_outcome *b)
{
    assert_int_equal(a->epochs, b->epochs);
    assert_int_equal(a->steps, b->steps);
    assert_memory_equal(a->parameters, b->parameters, sizeof a->parameters);
    assert_memory_equal(a->history, b->history, sizeof a->history);
}

/* The checkpoint of an ended training is refused with that message, and nothing is touched. */
void rt_assert_training_refused(struct rt_setting *setting, const char *message)
{
    struct rt_outcome outcome;
    struct cnn_error error;
    float fresh[FLOATS];
    assert_true(cnn_initialise(&setting->model, 1, fresh, NULL));
    assert_false(rt_training_fit(setting, &outcome, &error));
    rt_assert_contains(error.message, message);
    assert_memory_equal(outcome.parameters, fresh, sizeof fresh);
}
