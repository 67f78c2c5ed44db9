/* threads.c -- two threads run all re-entrant programs of a network at once, each with a workspace and parameters
 * of its own, and must get the bits that one thread got alone. Built with ThreadSanitizer and without OpenMP. */
#include "networks.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BLOCKS = 256, TIMES = 3 };

struct worker {
    pthread_t thread;
    struct results results;
    int count;
    void *block[MAX_BLOCKS];
};

static void *give_heap(void *user, int64_t bytes, int64_t unit)
{
    struct worker *worker = user;
    (void)unit;
    void *memory = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64 + 64);
    if (!memory || worker->count == MAX_BLOCKS)
        abort();
    worker->block[worker->count++] = memory;
    return memset(memory, 0xff, (size_t)bytes);
}

static void leave_block(void *user, void *memory) { (void)user, (void)memory; }

static void *work(void *argument)
{
    struct worker *worker = argument;
    const struct memory memory = {give_heap, leave_block, worker};
    for (int i = 0; i < TIMES; i++) {
        worker->results = run_programs(&memory, 1, 0);
        while (worker->count > 0)
            free(worker->block[--worker->count]);
    }
    return NULL;
}

int main(void)
{
    static struct worker alone, worker[2];
    work(&alone);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&worker[i].thread, NULL, work, &worker[i]) != 0)
            return 1;
    for (int i = 0; i < 2; i++)
        pthread_join(worker[i].thread, NULL);
    for (int i = 0; i < 2; i++)
        if (memcmp(&worker[i].results, &alone.results, sizeof alone.results) != 0) {
            puts("# two threads at once get other bits than one");
            return 1;
        }
    return 0;
}
