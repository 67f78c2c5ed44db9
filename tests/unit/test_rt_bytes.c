/* runtime/file/bytes.c */
#include "rt_support.h"

#include <string.h>

#include "../../runtime/file/file.h"

static const unsigned char bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

static void both_orders_are_read(void **state)
{
    (void)state;
    assert_int_equal(cnn_little_endian(bytes, 1), 0x01);
    assert_int_equal(cnn_little_endian(bytes, 2), 0x2301);
    assert_int_equal(cnn_little_endian(bytes, 8), UINT64_C(0xefcdab8967452301));
    assert_int_equal(cnn_big_endian(bytes, 1), 0x01);
    assert_int_equal(cnn_big_endian(bytes, 4), 0x01234567);
    assert_int_equal(cnn_big_endian(bytes, 8), UINT64_C(0x0123456789abcdef));
}

static void numbers_are_put_little_endian(void **state)
{
    (void)state;
    unsigned char out[9] = {[8] = 7};
    cnn_put_little_endian(out, UINT64_C(0xefcdab8967452301), 8);
    assert_memory_equal(out, bytes, 8);
    assert_int_equal(out[8], 7);
}

static void bits_become_numbers(void **state)
{
    (void)state;
    assert_true(cnn_float_of(0xC0490FDB) == -0x1.921fb6p1f);
    assert_true(cnn_double_of(UINT64_C(0x3FF8000000000000)) == 1.5);
}

/* What stands in a file does not depend on the machine; what comes back is what was there. */
static void elements_come_back(void **state)
{
    (void)state;
    unsigned char file[16];
    const float floats[] = {1, -2.5f};
    cnn_encode(file, floats, 2, 4);
    assert_memory_equal(file, ((const unsigned char[]){0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0}), 8);
    float back[2];
    cnn_decode(back, file, 2, 4);
    assert_memory_equal(back, floats, sizeof floats);

    const double wide[] = {1};
    cnn_encode(file, wide, 1, 8);
    assert_memory_equal(file, ((const unsigned char[]){0, 0, 0, 0, 0, 0, 0xF0, 0x3F}), 8);
    double wide_back[1];
    memcpy(wide_back, file, sizeof wide_back);
    cnn_decode(wide_back, (const unsigned char *)wide_back, 1, 8); /* in place */
    assert_true(wide_back[0] == 1);

    cnn_encode(file, "abc", 3, 1);
    assert_memory_equal(file, "abc", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_are_read),
        cmocka_unit_test(numbers_are_put_little_endian),
        cmocka_unit_test(bits_become_numbers),
        cmocka_unit_test(elements_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
