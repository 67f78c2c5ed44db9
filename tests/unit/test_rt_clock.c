/* runtime/file/clock.c */
#include "rt_support.h"

#include <time.h>

#include "../../runtime/file/file.h"

static void time_goes_forward_in_seconds(void **state)
{
    (void)state;
    const struct timespec pause = {.tv_nsec = 20000000};
    double start = cnn_seconds();
    nanosleep(&pause, NULL);
    double passed = cnn_seconds() - start;
    assert_true(passed >= 0.02 && passed < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(time_goes_forward_in_seconds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
