/* serve.h -- the loop of a program that measures when it is asked to.
 *
 * make bench keeps one such program for each compiler and peer and asks them in turn, so that they share the
 * machine's good and bad moments. A request is a line on standard input,
 *
 *     KIND COUNT THREADS SECONDS
 *
 * where KIND is one (predict one sample), many (predict COUNT samples), train (an optimizer step on a batch of
 * COUNT), epoch (train on full MNIST once, in batches of COUNT) or peak (1 GFLOP of multiply-adds). The answer is a
 * line with the mean seconds of one such call over about SECONDS, or "-" and why it cannot be had. The first answer
 * is the line "ready". One thread is timed by the processor's seconds that it uses, so that other programs do not
 * count; several can only be timed by the clock on the wall.
 */
#ifndef SERVE_H
#define SERVE_H

struct request {
    char kind[16];
    int count, threads;
};

/* Makes `request` ready to run: warm, and with memory. NULL, or why it cannot be done. */
typedef const char *prepare_function(void *user, const struct request *request);
typedef void call_function(void *user, const struct request *request);

/* Now, by the clock that suits so many threads. */
double serve_seconds(int threads);

/* Answers until the input ends. Returns main's status. */
int serve(void *user, prepare_function *prepare, call_function *call);

#endif
