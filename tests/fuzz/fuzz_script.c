/* fuzz_script.c -- the script front end, compiler/script/script.c and all that it calls: script -> graph -> shapes. */
#include "command/command.h"
#include "fuzz.h"

#include <string.h>

/* Little enough that an input which uses it all is still a quick one. */
static const struct limits limits = {.memory_bytes = (size_t)16 << 20, .instructions = 200000};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (!setjmp(arena.out_of_memory)) {
        struct graph *graph = script_run(&arena, &diag, fuzz_file(data, size), limits);
        fuzz_assert((graph == NULL) == diag.failed);
        fuzz_assert(!diag.failed || strncmp(diag.message, "internal error", strlen("internal error")) != 0);
    }
    arena_free(&arena);
    return 0;
}
