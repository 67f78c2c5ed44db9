/* arena.c -- memory for one compilation, freed all at once.
 *
 * Chunks double in size, so the number of calls to malloc grows with the logarithm of what is used. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what was not given out cannot be touched, nor the gap behind each block. */
#ifdef __SANITIZE_ADDRESS__ /* gcc */
#define SANITIZED 1
#elif defined __has_feature
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif
#if SANITIZED
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes)   ((void)(memory), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
enum { GAP_BYTES = 0 };
#endif

struct arena_chunk {
    struct arena_chunk *next;
    max_align_t memory[];
};

enum { FIRST_CHUNK_BYTES = 1 << 16, LARGEST_STEP_BYTES = 1 << 24 };

static void add_chunk(struct arena *arena, size_t at_least)
{
    size_t size = arena->size ? arena->size * 2 : FIRST_CHUNK_BYTES;
    if (size > LARGEST_STEP_BYTES)
        size = LARGEST_STEP_BYTES;
    if (size < at_least)
        size = at_least;
    struct arena_chunk *chunk = NULL;
    arena->exceeded = arena->limit && (arena->held > arena->limit || size > arena->limit - arena->held);
    if (!arena->exceeded && size <= SIZE_MAX - sizeof *chunk)
        chunk =
            calloc(1, sizeof *chunk + size); /* of much the system's pages, which are zeros when they are touched */
    if (!chunk)
        longjmp(arena->out_of_memory, 1);
    ASAN_POISON_MEMORY_REGION(chunk->memory, size);
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->used = 0;
    arena->size = size;
    arena->held += size;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
    const size_t align = _Alignof(max_align_t);
    if (bytes > SIZE_MAX - align - GAP_BYTES)
        longjmp(arena->out_of_memory, 1);
    size_t taken = (bytes + GAP_BYTES + align - 1) / align * align;
    if (!arena->chunks || arena->size - arena->used < taken)
        add_chunk(arena, taken);
    char *result = (char *)arena->chunks->memory + arena->used;
    arena->used += taken;
    ASAN_UNPOISON_MEMORY_REGION(result, bytes);
    return result;
}

void *arena_array(struct arena *arena, int64_t count, size_t bytes)
{
    if (count < 0 || (bytes && (uint64_t)count > SIZE_MAX / bytes))
        longjmp(arena->out_of_memory, 1);
    return arena_alloc(arena, (size_t)count * bytes);
}

char *arena_strdup(struct arena *arena, const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(arena_alloc(arena, bytes), text, bytes);
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, length < 0 ? 1 : (size_t)length + 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void *arena_grow(struct arena *arena, void *list, int count, size_t bytes)
{
    bool full = count == 0 || (count >= 8 && (count & (count - 1)) == 0);
    if (full) {
        int64_t capacity = count < 8 ? 8 : 2 * (int64_t)count;
        void *larger = arena_array(arena, capacity, bytes);
        list = count ? memcpy(larger, list, (size_t)count * bytes) : larger;
        ASAN_POISON_MEMORY_REGION((char *)list + (size_t)count * bytes, (size_t)(capacity - count) * bytes);
    }
    ASAN_UNPOISON_MEMORY_REGION((char *)list + (size_t)count * bytes, bytes);
    return list;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
    arena->used = arena->size = arena->held = 0;
}
