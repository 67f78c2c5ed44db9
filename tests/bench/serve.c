/* serve.c -- see serve.h. */
#define _POSIX_C_SOURCE 200809L
#include "serve.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

double serve_seconds(int threads)
{
    struct timespec time;
    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The clock is read after 1, 2, 4, ... calls, so that it costs short calls nothing. */
static double measure(void *user, call_function *call, const struct request *request, double seconds)
{
    double start = serve_seconds(request->threads), passed = 0;
    long calls = 0;
    for (long more = 1; passed < seconds; more = passed < seconds / 4 ? calls : (calls + 3) / 4) {
        for (long i = 0; i < more; i++)
            call(user, request);
        calls += more;
        passed = serve_seconds(request->threads) - start;
    }
    return passed / (double)calls;
}

int serve(void *user, prepare_function *prepare, call_function *call)
{
    char line[256];
    struct request request, last = {0};
    double seconds;

    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        memset(&request, 0, sizeof request);
        if (sscanf(line, "%15s %d %d %lf", request.kind, &request.count, &request.threads, &seconds) != 4)
            return 2;
        const char *problem = memcmp(&request, &last, sizeof last) == 0 ? NULL : prepare(user, &request);
        if (problem)
            printf("- %s\n", problem);
        else
            printf("%.9g\n", measure(user, call, &request, seconds));
        fflush(stdout);
        memset(&last, 0, sizeof last);
        if (!problem)
            last = request;
    }
    return 0;
}
