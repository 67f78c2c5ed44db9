/* runtime/file/error.c */
#include "rt_support.h"

#include <string.h>

static void formats_the_message(void **state)
{
    (void)state;
    struct cnn_error error;
    assert_false(cnn_fail(&error, "%s has %d", "x", 3));
    assert_string_equal(error.message, "x has 3");
}

static void cuts_a_long_message(void **state)
{
    (void)state;
    struct cnn_error error;
    assert_false(cnn_fail(&error, "%5000d", 1));
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void a_message_steers_no_terminal(void **state)
{
    (void)state;
    struct cnn_error error;
    assert_false(cnn_fail(&error, "tensor %s is missing", "\033[2J\xC3\xA9"));
    assert_string_equal(error.message, "tensor ?[2J\xC3\xA9 is missing");
}

static void nobody_need_want_the_message(void **state)
{
    (void)state;
    assert_false(cnn_fail(NULL, "lost"));
}

static void writes_shapes(void **state)
{
    (void)state;
    char text[CNN_SHAPE_TEXT];
    assert_string_equal(cnn_shape_text(text, 3, (const int64_t[]){28, 28, 1}), "28x28x1");
    assert_string_equal(cnn_shape_text(text, 1, (const int64_t[]){10}), "10");
    assert_string_equal(cnn_shape_text(text, 0, NULL), "scalar");
}

static void has_room_for_the_largest_shape(void **state)
{
    (void)state;
    char text[CNN_SHAPE_TEXT];
    const int64_t dim[CNN_MAX_RANK] = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    assert_int_equal(strlen(cnn_shape_text(text, CNN_MAX_RANK, dim)), CNN_SHAPE_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_the_message),
        cmocka_unit_test(cuts_a_long_message),
        cmocka_unit_test(a_message_steers_no_terminal),
        cmocka_unit_test(nobody_need_want_the_message),
        cmocka_unit_test(writes_shapes),
        cmocka_unit_test(has_room_for_the_largest_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
