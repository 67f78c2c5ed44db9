/* pace.c -- how many threads a training step takes, found while training.
 *
 * Threads meet at the end of each phase of a step. When another program keeps a core busy the one that waits for that core
 * holds up all others, and two threads can be ten times slower than one. As the bits of a step do not depend on its threads,
 * their number may change at any time: now and then two steps are made with half or twice as many, and what was faster
 * stays. Trials become rare as long as they lose; with several threads one comes at once when the steps grow slow. */
#include "train/train.h"

enum { TRIAL_STEPS = 2, FIRST_PERIOD = 16, LAST_PERIOD = 512 };

void cnn_pace_start(struct cnn_pace *pace, int max)
{
    *pace = (struct cnn_pace){.max = max, .now = max, .period = FIRST_PERIOD, .halve = true};
}

int cnn_pace_threads(const struct cnn_pace *pace) { return pace->trial > 0 ? pace->other : pace->now; }

static void begin_trial(struct cnn_pace *pace)
{
    int half = pace->now > 1 ? pace->now / 2 : pace->now;
    int twice = pace->now * 2 < pace->max ? pace->now * 2 : pace->max;
    pace->other = pace->halve ? half : twice;
    if (pace->other == pace->now)
        pace->other = pace->halve ? twice : half;
    pace->halve = !pace->halve;
    pace->trial = TRIAL_STEPS;
    pace->trial_seconds = 0;
}

static void end_trial(struct cnn_pace *pace)
{
    double mean = pace->trial_seconds / TRIAL_STEPS;
    pace->steps = 0;
    if (mean < 0.95 * pace->mean) {
        pace->now = pace->other;
        pace->mean = pace->best = mean;
        pace->period = FIRST_PERIOD;
    } else if (pace->period < LAST_PERIOD) {
        pace->period *= 2;
    }
}

void cnn_pace_step(struct cnn_pace *pace, double seconds)
{
    if (pace->max == 1)
        return;
    if (pace->trial > 0) {
        pace->trial_seconds += seconds;
        if (--pace->trial == 0)
            end_trial(pace);
        return;
    }
    /* A mean over about the last four steps: one that was held up weighs as much as it cost. */
    pace->mean = pace->mean > 0 ? pace->mean + (seconds - pace->mean) / 4 : seconds;
    if (pace->best == 0 || pace->mean < pace->best)
        pace->best = pace->mean;
    pace->steps++;
    bool slow = pace->now > 1 && pace->steps >= 4 && pace->mean > 1.5 * pace->best;
    if (slow)
        pace->best = pace->mean; /* asks once, not at every step from now on */
    if (slow || pace->steps >= pace->period)
        begin_trial(pace);
}
