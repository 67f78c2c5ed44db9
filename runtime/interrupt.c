/* interrupt.c -- SIGINT and SIGTERM ask a training to stop after the running step. */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <signal.h>

static const int signals[] = {SIGINT, SIGTERM};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

/* The number of the signal that came, 0: none. The runtime's only variable that is no argument's: a signal's
 * handler is given nothing else. */
static volatile sig_atomic_t caught;

/* Whatever comes next ends the program at once. */
static void handle(int number)
{
    caught = number;
    for (int i = 0; i < N_SIGNALS; i++)
        signal(signals[i], SIG_DFL);
}

enum cnn_verdict cnn_interrupt_call(void *user, enum cnn_event event, struct cnn_training *training,
                                    struct cnn_error *error)
{
    struct cnn_interrupt *interrupt = user;
    (void)error;
    bool between = event == CNN_STEP_END || (event == CNN_EPOCH_END && training->epoch + 1 < training->epochs);
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
