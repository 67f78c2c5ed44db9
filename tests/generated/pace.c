/* pace.c -- whether calls on several threads give way to calls on one, told how long each took: what a net.c has of this, included
 * here, with OpenMP. No clock is read. */
#include "net.c"

#include <stdio.h>

static int failures;

#define NEED(CONDITION)                                                                                            \
    do {                                                                                                           \
        if (!(CONDITION)) {                                                                                        \
            printf("# line %d: not %s\n", __LINE__, #CONDITION);                                                   \
            failures++;                                                                                            \
        }                                                                                                          \
    } while (0)

/* A call of one sample that takes so many microseconds on two threads and on one; returns on how many it was made. */
static int call(struct pace *pace, double together, double alone)
{
    int threads = pace_threads(pace, 2);
    pace_call(pace, threads, 1e-6 * (threads > 1 ? together : alone), 1);
    return threads;
}

static int calls_on_two(struct pace *pace, int calls, double together, double alone)
{
    int count = 0;
    for (int i = 0; i < calls; i++)
        count += call(pace, together, alone) == 2;
    return count;
}

int main(void)
{
    struct pace quiet = {.alone = 0};
    NEED(call(&quiet, 60, 100) == 2);
    NEED(call(&quiet, 60, 100) == 1 && call(&quiet, 60, 100) == 1); /* to compare */
    NEED(calls_on_two(&quiet, 1000, 60, 100) == 1000);
    NEED(call(&quiet, 300, 100) == 2 &&
         calls_on_two(&quiet, 100, 60, 100) == 100); /* one that is slow tells nothing */

    /* A core is taken: of all that is lost, a twentieth is what asking costs. */
    NEED(calls_on_two(&quiet, 10000, 8000, 100) <= 10);
    /* And given back: soon all is as before. */
    NEED(calls_on_two(&quiet, 10000, 60, 100) > 8000);

    /* Two threads that win nothing. */
    struct pace equal = {.alone = 0};
    NEED(calls_on_two(&equal, 10000, 130, 100) < 1000);

    /* One that is long is shared, and makes no other wait. */
    struct pace length = {.alone = 0};
    NEED(calls_on_two(&length, 10, 1e6, 2e6) == 10);
    return failures > 0;
}
