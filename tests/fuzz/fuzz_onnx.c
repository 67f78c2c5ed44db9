/* fuzz_onnx.c -- a model of ONNX: messages, tensors, the rows of operators, the graph that they build, and that of the script
 * which it becomes. */
#include "fuzz.h"
#include "import/import.h"

#include <string.h>

static const struct limits limits = {.memory_bytes = (size_t)16 << 20, .instructions = 2000000};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (!setjmp(arena.out_of_memory)) {
        const struct import_options options = {.path = fuzz_file(data, size), .limits = limits};
        struct import_script script = {.path = "model.lua", .weights = "model.safetensors"};
        struct graph *graph = import_as_script(&arena, &diag, &options, &script);
        fuzz_assert((graph == NULL) == diag.failed);
        fuzz_assert(!diag.failed || !strstr(diag.message, "the script that was made of it"));
        fuzz_assert(!diag.failed || strncmp(diag.message, "internal error", strlen("internal error")) != 0);
    }
    arena_free(&arena);
    return 0;
}
