/* runtime/program/info.c */
#include "rt_support.h"

#include <string.h>

#include "fake_model.h"

static void prints_the_network(void **state)
{
    struct cnn_model model = fake_model();
    static const char *const parts[] = {
        "Network fake, made by the tests\nInput 8x8x1, output 3\n",
        "flatten (Flatten)  64                      0              0\n",
        "dense (Dense)      3                     195            192\n",
        "192 multiply-adds a sample\n",
        "dense/kernel                     64x3\n",
        "195 parameters, 195 of them trainable\n",
        "Training: loss sparse_categorical_crossentropy, optimizer sgd, learning rate 0.1, batch size 16, epochs "
        "3, "
        "metrics accuracy\n",
        "Memory in bytes, on 2 threads:\n  parameters                  780\n",
        "to train                    144\n",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        rt_expect(state, &model, "net info", 0, parts[i], "");
    rt_expect(state, &model, "net info --threads 1 --batch-size 100", 0, "to train                    164\n", "");
}

static int far_too_many(void) { return 50000; }

static void no_more_threads_are_used_than_any_machine_has(void **state)
{
    struct cnn_model model = fake_model();
    model.threads = far_too_many; /* OMP_NUM_THREADS=50000 */
    rt_expect(state, &model, "net info", 0, "Memory in bytes, on 1024 threads:\n", "");
    rt_expect(state, &model, "net info --threads 1000", 0, "on 1000 threads:\n", "");
    rt_expect(state, &model, "net info --threads 50000", 2, "", "--threads wants a whole number from 1 to 1024");
}

static void a_network_may_not_train(void **state)
{
    struct cnn_model model = fake_model();
    model.n_stages = 0;
    struct rt_run run = rt_run(state, &model, "net info");
    rt_assert_contains(run.out, "to predict many");
    assert_null(strstr(run.out, "Training"));
    rt_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_the_network),
        cmocka_unit_test(no_more_threads_are_used_than_any_machine_has),
        cmocka_unit_test(a_network_may_not_train),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
