/* rt_training.h -- small trainings with a checkpoint: what they are told, and what they come to. */
#ifndef RT_TRAINING_H
#define RT_TRAINING_H

#include "fake_model.h"
#include "rt_support.h"

enum { FLOATS = FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES, ROWS = 40, EPOCHS = 3, MAX_EPOCHS = 5, STEPS = 9 };

/* Says something once. */
struct rt_saying {
    uint64_t step;
    enum cnn_event event;
    enum cnn_verdict verdict;
    double seconds; /* of the epoch when it was said */
};

/* What a training came to. */
struct rt_outcome {
    float parameters[FLOATS];
    double history[MAX_EPOCHS][5];
    int64_t epochs;
    uint64_t steps;
    double resumed_seconds; /* of the epoch so far, when it went on */
};

/* What a training is told. */
struct rt_setting {
    char path[RT_PATH];
    struct cnn_model model;
    struct cnn_dataset train, validation;
    struct cnn_fit_options options;
    int64_t calls, state_bytes; /* of the schedule */
    struct rt_saying stop, leave;
};

struct rt_setting rt_training_begin(void **state);
void rt_training_end(struct rt_setting *setting);
/* Trains or goes on, with the checkpoint at `path`, or that of the setting. */
bool rt_training_fit_with(struct rt_setting *setting, const char *path, struct rt_outcome *outcome,
                          struct cnn_error *error);
bool rt_training_fit(struct rt_setting *setting, struct rt_outcome *outcome, struct cnn_error *error);
/* What that comes to, which must succeed. */
struct rt_outcome rt_training_outcome(struct rt_setting *setting);
/* Of the training that never stops and knows no checkpoint. */
struct rt_outcome rt_training_straight(struct rt_setting *setting);

void rt_assert_same_outcome(const struct rt_outcome *a, const struct rt_outcome *b);
void rt_assert_training_refused(struct rt_setting *setting, const char *message);

#endif
