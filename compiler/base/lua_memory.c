/* lua_memory.c -- an allocator that counts what it gives, and gives all back at once.
 *
 * Lua asks for many small blocks: these are cut from pages, and those that come back are kept in lists by their size. Others are
 * malloc's, each with a head that joins them, so that whoever is done with a state need not walk over what it holds. */
#include "base/base.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 16, SMALL = LUA_MEMORY_SIZES * UNIT, PAGE = 64 << 10 };

struct lua_page {
    struct lua_page *before;
    _Alignas(max_align_t) char text[PAGE];
};

struct lua_large {
    struct lua_large *before, *after;
    _Alignas(max_align_t) char text[];
};

/* Where it gets nothing Lua collects its garbage and asks once more, but not for the text that luaL_Buffer puts together
 * (table.concat, gsub): there nothing is the end, however much garbage there is. Whether a script fits would depend on when
 * Lua collected last. So such a block, which unlike an object has no kind, may be half of the limit beyond it: the next
 * object is refused until the garbage is gone. */
static bool fits(const struct lua_memory *memory, bool is_object, size_t more, size_t new_bytes)
{
    size_t limit = memory->limit, half = limit / 2;
    if (!limit || !more || (memory->used <= limit && more <= limit - memory->used))
        return true;
    return !is_object && new_bytes > SMALL && new_bytes <= half && memory->used <= limit + half &&
           more <= limit + half - memory->used;
}

static size_t size_class(size_t bytes) { return (bytes - 1) / UNIT; }

static void *take_small(struct lua_memory *memory, size_t bytes)
{
    void **list = &memory->kept[size_class(bytes)], *block = *list;
    if (block) {
        memcpy(list, block, sizeof *list); /* a kept block begins with the address of the next */
        return block;
    }
    size_t size = (size_class(bytes) + 1) * UNIT;
    if (size > memory->page_left) {
        struct lua_page *page = malloc(sizeof *page);
        if (!page)
            return NULL;
        page->before = memory->pages;
        memory->pages = page;
        memory->page_left = PAGE;
    }
    memory->page_left -= size;
    return memory->pages->text + memory->page_left;
}

/* A block of malloc's in place of `old`, or a new one if that is NULL. */
static void *take_large(struct lua_memory *memory, struct lua_large *old, size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof *old)
        return NULL;
    struct lua_large *large = realloc(old, sizeof *large + bytes);
    if (!large)
        return NULL;
    if (!old) {
        large->before = NULL;
        large->after = memory->large;
    }
    if (large->after)
        large->after->before = large;
    if (large->before)
        large->before->after = large;
    else
        memory->large = large;
    return large->text;
}

static struct lua_large *large_of(void *block)
{
    return (struct lua_large *)(void *)((char *)block - offsetof(struct lua_large, text));
}

static void give_back(struct lua_memory *memory, void *block, size_t bytes)
{
    if (!block)
        return;
    if (bytes <= SMALL) {
        void **list = &memory->kept[size_class(bytes)];
        memcpy(block, list, sizeof *list);
        *list = block;
        return;
    }
    struct lua_large *large = large_of(block);
    if (large->after)
        large->after->before = large->before;
    if (large->before)
        large->before->after = large->after;
    else
        memory->large = large->after;
    free(large);
}

static void *resize(struct lua_memory *memory, void *block, size_t old_bytes, size_t new_bytes)
{
    bool was_small = old_bytes <= SMALL, is_small = new_bytes <= SMALL;
    if (block && was_small && is_small && size_class(old_bytes) == size_class(new_bytes))
        return block;
    if (!is_small && !(block && was_small))
        return take_large(memory, block ? large_of(block) : NULL, new_bytes);
    void *moved = is_small ? take_small(memory, new_bytes) : take_large(memory, NULL, new_bytes);
    if (moved && block) {
        memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
        give_back(memory, block, old_bytes);
    }
    return moved;
}

void *lua_memory_allocate(void *user_data, void *block, size_t old_bytes, size_t new_bytes)
{
    struct lua_memory *memory = user_data;
    bool is_object = !block && old_bytes;
    if (!block)
        old_bytes = 0; /* then it tells a kind of object */
    if (new_bytes == 0) {
        give_back(memory, block, old_bytes);
        memory->used -= old_bytes;
        return NULL;
    }
    size_t more = new_bytes > old_bytes ? new_bytes - old_bytes : 0;
    bool allowed = fits(memory, is_object, more, new_bytes);
    void *moved = allowed ? resize(memory, block, old_bytes, new_bytes) : NULL;
    if (!moved) {
        memory->exceeded = !allowed;
        return NULL;
    }
    memory->used += new_bytes - old_bytes; /* less, where it wraps around */
    memory->grown += more;
    return moved;
}

void lua_memory_release(struct lua_memory *memory)
{
    while (memory->pages) {
        struct lua_page *before = memory->pages->before;
        free(memory->pages);
        memory->pages = before;
    }
    while (memory->large) {
        struct lua_large *after = memory->large->after;
        free(memory->large);
        memory->large = after;
    }
}
