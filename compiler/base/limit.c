/* limit.c -- a limit on the time that a compilation may take, whatever it is doing.
 *
 * A script's steps are counted, but one of them may be a long one, and a model that is small to write may be large
 * to compile. A timer of the process's own processor time ends all of it: the time of a C compiler that is waited
 * for does not count, nor does that of others on a busy machine. */
#include "base/base.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* Only what a signal handler may do. Nothing was written yet that would have to be removed. */
static void give_up(int signal_number)
{
    static const char message[] = "error: the compilation takes too long\n"
                                  "  = help: --time-limit SECONDS allows it more; does the script make a network "
                                  "that large?\n";
    (void)signal_number;
    ssize_t written = write(STDERR_FILENO, message, strlen(message));
    (void)written;
    _exit(STATUS_ERROR);
}

void time_limit_set(int64_t seconds)
{
    struct sigaction action = {.sa_handler = give_up};
    struct itimerval timer = {.it_value.tv_sec = (time_t)seconds};
    sigemptyset(&action.sa_mask);
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &timer, NULL);
}
