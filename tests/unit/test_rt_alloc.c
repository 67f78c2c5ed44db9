/* runtime/file/alloc.c */
#include "rt_support.h"

#include <stdlib.h>

static void memory_is_aligned(void **state)
{
    (void)state;
    for (int64_t bytes = 0; bytes < 200; bytes += 33) {
        void *memory = cnn_alloc(bytes, NULL);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 64, 0);
        free(memory);
    }
}

static void floats_are_zero(void **state)
{
    (void)state;
    float *floats = cnn_alloc_floats(1000, NULL);
    assert_non_null(floats);
    for (int i = 0; i < 1000; i++)
        assert_true(floats[i] == 0);
    free(floats);
}

static void refuses_impossible_sizes(void **state)
{
    (void)state;
    struct cnn_error error;
    assert_null(cnn_alloc(-1, &error));
    rt_assert_contains(error.message, "impossible");
    assert_null(cnn_alloc(INT64_MAX, &error));
    assert_null(cnn_alloc_floats(INT64_MAX / 2, &error));
    assert_null(cnn_alloc_floats(-1, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned),
        cmocka_unit_test(floats_are_zero),
        cmocka_unit_test(refuses_impossible_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
