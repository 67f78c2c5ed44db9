/* guard.c -- runs a network with every array between two pages that nobody may touch: once so that it ends at the
 * one behind, once so that it begins at the one in front. What a program only reads it cannot write either. */
#define _GNU_SOURCE
#include "networks.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_BLOCKS = 256, PAGE = 4096 };

struct block {
    char *pages, *memory;
    size_t bytes; /* of the pages between the guards */
};

struct arrays {
    bool at_end;
    int count;
    struct block block[MAX_BLOCKS];
};

static void *give_guarded(void *user, int64_t bytes, int64_t unit)
{
    struct arrays *arrays = user;
    struct block *block = &arrays->block[arrays->count++];
    size_t used = (size_t)((bytes + unit - 1) / unit * unit);
    block->bytes = (used + PAGE - 1) / PAGE * PAGE;
    if (block->bytes == 0)
        block->bytes = PAGE;
    char *guarded = mmap(NULL, block->bytes + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guarded == MAP_FAILED || arrays->count == MAX_BLOCKS)
        abort();
    block->pages = guarded + PAGE;
    if (mprotect(block->pages, block->bytes, PROT_READ | PROT_WRITE) != 0)
        abort();
    memset(block->pages, 0xff, block->bytes); /* NaN, where nobody wrote a number */
    block->memory = arrays->at_end ? block->pages + block->bytes - used : block->pages;
    return block->memory;
}

static void protect_block(void *user, void *memory)
{
    struct arrays *arrays = user;
    for (int i = 0; i < arrays->count; i++)
        if (arrays->block[i].memory == memory &&
            mprotect(arrays->block[i].pages, arrays->block[i].bytes, PROT_READ) != 0)
            abort();
}

static struct results run(bool at_end, int threads)
{
    static struct arrays arrays;
    arrays.count = 0;
    arrays.at_end = at_end;
    const struct memory memory = {give_guarded, protect_block, &arrays};
    struct results results = run_programs(&memory, threads, 1);
    for (int i = 0; i < arrays.count; i++)
        munmap(arrays.block[i].pages - PAGE, arrays.block[i].bytes + 2 * PAGE);
    return results;
}

/* Does a byte beside an array kill a program? */
static bool guards(bool at_end)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        static struct arrays arrays;
        arrays.at_end = at_end;
        volatile char *memory = give_guarded(&arrays, 64, 64);
        signal(SIGSEGV, SIG_DFL);
        memory[at_end ? 64 : -1] = 1;
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

int main(void)
{
    if (!guards(true) || !guards(false)) {
        puts("# the guards let a byte pass");
        return 1;
    }
    struct results first = run(true, 1), second = run(false, 2);
    if (memcmp(&first, &second, sizeof first) != 0) {
        puts("# the bits depend on where arrays lie, or on the number of threads");
        return 1;
    }
    return 0;
}
