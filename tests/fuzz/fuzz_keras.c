/* fuzz_keras.c -- what a process of its own says of a file of Keras: its records, the configuration in them, and the graph that is
 * built of it. */
#include "fuzz.h"
#include "import/import.h"

#include <string.h>

static const struct limits limits = {.memory_bytes = (size_t)16 << 20, .instructions = 200000};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct import_bytes described = {data, size};
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (!setjmp(arena.out_of_memory)) {
        const struct import_options options = {.path = "model.h5", .limits = limits, .described = &described};
        struct graph *graph = import_run(&arena, &diag, &options);
        fuzz_assert((graph == NULL) == diag.failed);
        fuzz_assert(!diag.failed || strncmp(diag.message, "internal error", strlen("internal error")) != 0);
    }
    arena_free(&arena);
    return 0;
}
