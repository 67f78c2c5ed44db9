/* fuzz_tune.c -- files of measured tiles, compiler/pass/tuning.c. The first line is given, or hardly any input would
 * have it. What was read must be read again from what is written of it. */
#include "fuzz.h"
#include "command/command.h"

#include <string.h>

static const char first_line[] = "cnnc-tune 1 " CNNC_VERSION "\n";

static struct tuning *read_bytes(struct diag *diag, const void *bytes, size_t size)
{
    struct tuning *tuning = NULL;
    bool read = tuning_read(diag, fuzz_file(bytes, size), &tuning);
    fuzz_assert(read == !diag->failed && read == (tuning != NULL));
    return tuning;
}

static void read_twice(struct arena *arena, const uint8_t *data, size_t size)
{
    const size_t line = sizeof first_line - 1, short_lines = 1000;
    struct diag diag = {.arena = arena};
    char *bytes = arena_alloc(arena, line + size);
    memcpy(bytes, first_line, line);
    if (size)
        memcpy(bytes + line, data, size);
    struct tuning *tuning = read_bytes(&diag, bytes, line + size);
    if (!tuning || size > short_lines)
        return;
    const char *text = tuning_text(arena, tuning, "model.lua");
    struct tuning *again = read_bytes(&diag, text, strlen(text));
    fuzz_assert(again && again->count == tuning->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    if (!setjmp(arena.out_of_memory))
        read_twice(&arena, data, size);
    arena_free(&arena);
    return 0;
}
