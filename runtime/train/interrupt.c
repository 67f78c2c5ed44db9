/* interrupt.c -- SIGINT and SIGTERM ask a training to stop after the running step. */
#define _POSIX_C_SOURCE 200809L
#include "train/train.h"

#include <signal.h>
#include <stdatomic.h>

static const int signals[] = {SIGINT, SIGTERM};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

/* The number of the signal that came, 0: none, and when it did. The runtime's only variables that are no
 * argument's: a signal's handler is given nothing else. */
static volatile sig_atomic_t caught;
static atomic_llong caught_at; /* milliseconds */

/* The second signal ends the program, unless it is the first one once more: timeout sends it to a process and then
 * to the process's group, and a shell or make may pass on what a terminal has sent already. */
static void handle(int number)
{
    enum { ONCE_MORE = 250 };
    long long now = (long long)(1000 * cnn_seconds());
    if (!caught) {
        caught_at = now;
        caught = number;
    } else if (now - caught_at > ONCE_MORE) {
        (void)signal(number, SIG_DFL);
        (void)raise(number); /* blocked until this handler is left */
    }
}

enum cnn_verdict cnn_interrupt_call(void *user, enum cnn_event event, struct cnn_training *training,
                                    struct cnn_error *error)
{
    struct cnn_interrupt *interrupt = user;
    (void)error;
    bool more = training->epoch + 1 < training->epochs || training->stage + 1 < training->stages;
    bool between = event == CNN_STEP_END || (event == CNN_EPOCH_END && more);
    if (!between || !caught)
        return CNN_CONTINUE;
    interrupt->signal = caught;
    interrupt->step = training->step;
    return CNN_INTERRUPT;
}

/* A signal that is ignored stays so: nohup and the background jobs of a shell want it. */
static void install(struct sigaction before[N_SIGNALS])
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_SIGNALS; i++)
        sigaddset(&action.sa_mask, signals[i]); /* one after the other */
    caught = 0;
    for (int i = 0; i < N_SIGNALS; i++) {
        sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

bool cnn_interrupt_fit(const struct cnn_model *model, const struct cnn_dataset *train,
                       const struct cnn_dataset *validation, const struct cnn_fit_options *options,
                       float *parameters, struct cnn_error *error)
{
    struct sigaction before[N_SIGNALS];
    install(before);
    bool ok = cnn_fit(model, train, validation, options, parameters, error);
    for (int i = 0; i < N_SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    return ok;
}
