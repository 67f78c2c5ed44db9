/* threads.c -- reads digits in two threads at once: threads IMAGE.pgm...
 *
 * digits_predict_with() keeps nothing between calls, so threads may call it at the same time, each with a workspace
 * of its own. Both threads predict every image many times over, one of them backwards, and must get the bits that a
 * single thread got before. */
#include "digits.h"
#include "pgm.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 28, COLUMNS = 28, IMAGES_MAX = 64, THREADS = 2, TIMES = 50 };

struct digit {
    const char *path;
    float image[DIGITS_INPUT_COUNT];
    float probabilities[DIGITS_OUTPUT_COUNT]; /* as a single thread got them */
};

struct worker {
    pthread_t thread;
    const struct digit *digits;
    int count;
    int backwards;
    int differences; /* predictions that came out otherwise */
    float workspace[DIGITS_WORKSPACE_FLOATS];
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < TIMES * worker->count; i++) {
        int at = i % worker->count;
        const struct digit *digit = &worker->digits[worker->backwards ? worker->count - 1 - at : at];
        float probabilities[DIGITS_OUTPUT_COUNT];
        digits_predict_with(worker->workspace, digit->image, probabilities);
        if (memcmp(probabilities, digit->probabilities, sizeof probabilities) != 0)
            worker->differences++;
    }
    return NULL;
}

/* Returns how many predictions differed, -1 if a thread could not be started. */
static int predict_at_once(const struct digit *digits, int count)
{
    static struct worker workers[THREADS];
    int started = 0, differences = 0;
    for (; started < THREADS; started++) {
        struct worker *worker = &workers[started];
        worker->digits = digits;
        worker->count = count;
        worker->backwards = started % 2;
        if (pthread_create(&worker->thread, NULL, work, worker) != 0)
            break;
    }
    for (int i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        differences += workers[i].differences;
    }
    return started == THREADS ? differences : -1;
}

static int index_of_largest(const float *values, int count)
{
    int largest = 0;
    for (int i = 1; i < count; i++)
        if (values[i] > values[largest])
            largest = i;
    return largest;
}

int main(int argc, char **argv)
{
    static struct digit digits[IMAGES_MAX];
    int count = argc - 1;
    if (count < 1 || count > IMAGES_MAX) {
        fprintf(stderr, "usage: %s IMAGE.pgm... (at most %d)\n", argv[0], IMAGES_MAX);
        return 2;
    }
    for (int i = 0; i < count; i++) {
        digits[i].path = argv[i + 1];
        const char *error = pgm_read(digits[i].path, ROWS, COLUMNS, digits[i].image);
        if (error) {
            fprintf(stderr, "%s: %s\n", digits[i].path, error);
            return 1;
        }
        digits_predict(digits[i].image, digits[i].probabilities);
    }
    int differences = predict_at_once(digits, count);
    if (differences < 0)
        fprintf(stderr, "cannot start a thread\n");
    if (differences > 0)
        fprintf(stderr, "%d predictions differ between threads\n", differences);
    if (differences != 0)
        return 1;
    for (int i = 0; i < count; i++) {
        int digit = index_of_largest(digits[i].probabilities, DIGITS_OUTPUT_COUNT);
        printf("%s: %d (%.1f %%)\n", digits[i].path, digit, 100 * (double)digits[i].probabilities[digit]);
    }
    return 0;
}
