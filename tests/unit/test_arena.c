/* An arena gives zeroed, aligned memory, jumps when there is none, and can be used again after it was freed. */
#include "failing_arena.h"

#include <inttypes.h>

#include <cmocka.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *blocks[100];
    for (size_t i = 0; i < 100; i++) {
        blocks[i] = arena_alloc(&arena, i * 37);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < i * 37; j++)
            assert_int_equal(blocks[i][j], 0);
        memset(blocks[i], (int)i + 1, i * 37);
    }
    for (size_t i = 0; i < 100; i++)
        for (size_t j = 0; j < i * 37; j++)
            assert_int_equal(blocks[i][j], i + 1);
    arena_free(&arena);
}

static void a_block_may_be_larger_than_any_chunk(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *small = arena_alloc(&arena, 1);
    char *large = arena_alloc(&arena, LARGEST_STEP_BYTES + 1);
    large[0] = large[LARGEST_STEP_BYTES] = *small = 1;
    assert_int_equal(*(char *)arena_alloc(&arena, 1), 0);
    arena_free(&arena);
}

/* Calls malloc as often as the logarithm of what is used. */
static void chunks_double(void **state)
{
    (void)state;
    struct arena arena = {0};
    callocs_left = 1000;
    for (int i = 0; i < 100000; i++)
        arena_alloc(&arena, 64);
    assert_in_range(callocs_left, 990, 1000);
    callocs_left = -1;
    arena_free(&arena);
}

#if SANITIZED /* as the unit tests of .ci/run are, too */
static void what_was_not_given_out_may_not_be_touched(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *block = arena_alloc(&arena, 13), *next = arena_alloc(&arena, 1);
    assert_null(__asan_region_is_poisoned(block, 13));
    assert_ptr_equal(__asan_region_is_poisoned(block, 14), block + 13);
    assert_true(next - (block + 13) >= GAP_BYTES);
    int64_t *list = NULL;
    for (int i = 0; i < 20; i++) {
        list = arena_grow(&arena, list, i, sizeof *list);
        list[i] = i;
        assert_ptr_equal(__asan_region_is_poisoned(list, 32 * sizeof *list), list + i + 1);
    }
    arena_free(&arena);
}
#endif

static void text_is_copied_and_formatted(void **state)
{
    (void)state;
    struct arena arena = {0};
    char word[] = "word";
    char *copy = arena_strdup(&arena, word);
    word[0] = 'W';
    assert_string_equal(copy, "word");
    assert_string_equal(arena_printf(&arena, "%s is %" PRId64, copy, INT64_MAX), "word is 9223372036854775807");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    arena_free(&arena);
}

static void a_list_grows_by_powers_of_two(void **state)
{
    (void)state;
    struct arena arena = {0};
    int *list = NULL;
    int moves = 0;
    for (int i = 0; i < 1000; i++) {
        int *before = list;
        list = arena_grow(&arena, list, i, sizeof *list);
        moves += list != before;
        list[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(list[i], i);
    assert_int_equal(moves, 8); /* at 0, 8, 16, ... 512 */
    arena_free(&arena);
}

/* Each of these asks for more than there can be. */
static void ask_array(struct arena *arena) { arena_array(arena, INT64_MAX, 16); }
static void ask_negative(struct arena *arena) { arena_array(arena, -1, 1); }
static void ask_bytes(struct arena *arena) { arena_alloc(arena, SIZE_MAX); }
static void ask_header(struct arena *arena) { arena_alloc(arena, SIZE_MAX - 2 * _Alignof(max_align_t)); }

/* Does it jump rather than return? A function of its own, so that no caller's variable is lost in the jump. */
static bool jumps(void (*ask)(struct arena *arena))
{
    struct arena arena = {0};
    volatile bool returned = false;
    if (setjmp(arena.out_of_memory) == 0) {
        ask(&arena);
        returned = true;
    }
    arena_free(&arena);
    return !returned;
}

static void a_size_that_overflows_jumps(void **state)
{
    (void)state;
    assert_true(jumps(ask_array));
    assert_true(jumps(ask_negative));
    assert_true(jumps(ask_bytes));
    assert_true(jumps(ask_header));
}

static void an_array_of_nothing_is_memory_too(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_non_null(arena_array(&arena, 0, 8));
    assert_non_null(arena_array(&arena, INT64_MAX, 0));
    arena_free(&arena);
}

/* What was given before stays valid, and the arena can be used again. */
static void a_failing_calloc_jumps(void **state)
{
    (void)state;
    struct arena arena = {0};
    int *kept = arena_alloc(&arena, sizeof *kept);
    *kept = 5;
    volatile int jumps = 0;
    if (setjmp(arena.out_of_memory) == 0) {
        callocs_left = 0;
        arena_alloc(&arena, FIRST_CHUNK_BYTES);
    } else {
        jumps++;
    }
    callocs_left = -1;
    assert_int_equal(jumps, 1);
    assert_int_equal(*kept, 5);
    assert_non_null(arena_alloc(&arena, FIRST_CHUNK_BYTES));
    arena_free(&arena);
}

static void a_freed_arena_begins_anew(void **state)
{
    (void)state;
    struct arena arena = {0};
    arena_free(&arena);
    for (int i = 0; i < 3; i++) {
        memset(arena_alloc(&arena, 100000), 255, 100000);
        arena_free(&arena);
        assert_null(arena.chunks);
        assert_int_equal(*(char *)arena_alloc(&arena, 1), 0);
    }
    arena_free(&arena);
}

static void a_limit_jumps_before_malloc_is_asked(void **state)
{
    (void)state;
    struct arena arena = {.limit = 1 << 20};
    volatile int blocks = 0;
    if (!setjmp(arena.out_of_memory))
        for (;; blocks++)
            arena_alloc(&arena, 1 << 14);
    assert_true(arena.exceeded);
    assert_true(arena.held <= arena.limit);
    assert_in_range(blocks, 16, 64);
    arena.limit = 0;
    arena_alloc(&arena, 1 << 21);
    assert_false(arena.exceeded);
    arena_free(&arena);
    assert_true(arena.held == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(a_block_may_be_larger_than_any_chunk),
        cmocka_unit_test(chunks_double),
#if SANITIZED
        cmocka_unit_test(what_was_not_given_out_may_not_be_touched),
#endif
        cmocka_unit_test(text_is_copied_and_formatted),
        cmocka_unit_test(a_list_grows_by_powers_of_two),
        cmocka_unit_test(a_size_that_overflows_jumps),
        cmocka_unit_test(an_array_of_nothing_is_memory_too),
        cmocka_unit_test(a_failing_calloc_jumps),
        cmocka_unit_test(a_freed_arena_begins_anew),
        cmocka_unit_test(a_limit_jumps_before_malloc_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
