/* fuzz_compile.c -- a script and every pass behind it, up to the plan of memory. */
#include "command/command.h"
#include "fuzz.h"

static const struct limits limits = {.memory_bytes = (size_t)16 << 20, .instructions = 200000};

static void compile(struct arena *arena, const char *path)
{
    struct diag diag = {.arena = arena};
    struct options options = {.script = path, .name = "net", .target = target_find("avx2")};
    struct unit unit = {0};
    struct graph *graph = script_run(arena, &diag, path, limits);
    bool ok = graph && compile_unit(&unit, graph, &options);
    fuzz_assert(ok != diag.failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    if (!setjmp(arena.out_of_memory))
        compile(&arena, fuzz_file(data, size));
    arena_free(&arena);
    return 0;
}
