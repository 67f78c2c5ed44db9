/* test_rt_pace.c -- the number of threads follows what is faster. Time is told, not measured. */
#include "../../runtime/train/train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Seconds of a step by its threads. */
typedef double cost(int threads);

static double quiet(int threads) { return 1.0 / threads; }

static double busy(int threads) { return threads == 1 ? 1 : 10; }

static double two_are_best(int threads) { return threads == 2 ? 1 : 2; }

/* Makes steps; returns the seconds they took. */
static double run(struct cnn_pace *pace, cost *seconds, int steps)
{
    double total = 0;
    for (int i = 0; i < steps; i++) {
        double step = seconds(cnn_pace_threads(pace));
        total += step;
        cnn_pace_step(pace, step);
    }
    return total;
}

static void one_thread_stays_one(void **state)
{
    (void)state;
    struct cnn_pace pace;
    cnn_pace_start(&pace, 1);
    assert_true(run(&pace, quiet, 1000) == 1000);
}

static void costs_little_on_a_quiet_machine(void **state)
{
    (void)state;
    struct cnn_pace pace;
    cnn_pace_start(&pace, 2);
    assert_true(run(&pace, quiet, 2000) < 1.02 * 2000 * quiet(2));
    assert_int_equal(pace.now, 2);
}

static void leaves_a_busy_core_alone(void **state)
{
    (void)state;
    struct cnn_pace pace;
    cnn_pace_start(&pace, 2);
    run(&pace, quiet, 469);
    assert_true(run(&pace, busy, 469) < 1.2 * 469 * busy(1));
    assert_int_equal(pace.now, 1);
    run(&pace, quiet, 1100); /* a trial comes at least every 512 steps */
    assert_int_equal(pace.now, 2);
}

static void finds_what_lies_between(void **state)
{
    (void)state;
    struct cnn_pace pace;
    cnn_pace_start(&pace, 8);
    run(&pace, two_are_best, 4000);
    assert_int_equal(pace.now, 8); /* 8 and 4 cost the same here, so nothing draws it away */
    cnn_pace_start(&pace, 4);
    run(&pace, two_are_best, 500);
    assert_int_equal(pace.now, 2);
}

static void never_asks_for_more_than_allowed(void **state)
{
    (void)state;
    struct cnn_pace pace;
    cnn_pace_start(&pace, 3);
    for (int i = 0; i < 3000; i++) {
        int threads = cnn_pace_threads(&pace);
        assert_in_range(threads, 1, 3);
        cnn_pace_step(&pace, i / 300 % 2 ? quiet(threads) : busy(threads));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_stays_one),
        cmocka_unit_test(costs_little_on_a_quiet_machine),
        cmocka_unit_test(leaves_a_busy_core_alone),
        cmocka_unit_test(finds_what_lies_between),
        cmocka_unit_test(never_asks_for_more_than_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
