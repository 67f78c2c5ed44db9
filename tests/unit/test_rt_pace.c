/* test_rt_pace.c -- the number of threads follows what is faster. Time is told, not measured. */
#include "../../runtime/train/train.h"
#include "fake_model.h"
#include "rt_support.h"

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

static int threads_of_step;

static void tell_threads(const struct cnn_step *step, double *sums)
{
    threads_of_step = step->threads;
    fake_stage.train_step(step, sums);
}

/* At most so many as a loop of one's own says, also when it changes its mind. */
static void a_trainer_obeys_its_caller(void **state)
{
    (void)state;
    struct cnn_stage stage = fake_stage;
    struct cnn_model model = fake_model();
    struct cnn_dataset set = rt_set(4, 1);
    struct cnn_batch batch = cnn_dataset_batch(&set);
    struct cnn_trainer trainer;
    struct cnn_error error = {""};
    float parameters[FAKE_INPUTS * FAKE_CLASSES + FAKE_CLASSES] = {0};
    stage.train_step = tell_threads;
    model.stages = &stage;
    assert_true(cnn_trainer_open(&trainer, &model, parameters, 1, 2, &error));
    assert_true(cnn_train_on_batch(&trainer, &batch, NULL, &error));
    assert_int_equal(threads_of_step, 2);
    trainer.threads = 1;
    assert_true(cnn_train_on_batch(&trainer, &batch, NULL, &error));
    assert_int_equal(threads_of_step, 1);
    cnn_trainer_close(&trainer);
    cnn_dataset_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_stays_one),
        cmocka_unit_test(costs_little_on_a_quiet_machine),
        cmocka_unit_test(leaves_a_busy_core_alone),
        cmocka_unit_test(finds_what_lies_between),
        cmocka_unit_test(never_asks_for_more_than_allowed),
        cmocka_unit_test_setup_teardown(a_trainer_obeys_its_caller, rt_setup, rt_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
