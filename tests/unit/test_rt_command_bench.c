/* runtime/command_bench.c */
#include "rt_support.h"

#include <string.h>

#include "fake_model.h"

/* Lines of the table that begin with `what`. */
static int lines(const char *text, const char *what)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        count++;
    return count;
}

static void measures_on_one_thread_and_on_all(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run = rt_run(state, &model, "net bench --seconds 0.001");
    assert_int_equal(run.status, 0);
    assert_int_equal(lines(run.out, "predict one"), 1);
    assert_int_equal(lines(run.out, "predict many"), 2);
    assert_int_equal(lines(run.out, "training step           16"), 2);
    rt_run_free(&run);
    run = rt_run(state, &model, "net bench --seconds 0.001 --threads 1 --batch-size 2000");
    assert_int_equal(lines(run.out, "predict many"), 1);
    assert_int_equal(lines(run.out, "training step         2000"), 1);
    rt_run_free(&run);
}

static void a_network_may_not_train(void **state)
{
    struct cnn_model model = fake_model_onehot();
    model.train_step = NULL;
    struct rt_run run = rt_run(state, &model, "net bench --seconds 0.001");
    assert_int_equal(run.status, 0);
    assert_int_equal(lines(run.out, "training"), 0);
    rt_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_on_one_thread_and_on_all),
        cmocka_unit_test(a_network_may_not_train),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
