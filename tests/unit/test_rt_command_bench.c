/* runtime/program/bench.c */
#include "rt_support.h"

#include <stdlib.h>
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
    assert_int_equal(lines(run.out, "\npredict one  "), 1);
    assert_int_equal(lines(run.out, "\npredict many  "), 2);
    assert_int_equal(lines(run.out, "training step           16"), 2);
    rt_run_free(&run);
    run = rt_run(state, &model, "net bench --seconds 0.001 --threads 1 --batch-size 2000");
    assert_int_equal(lines(run.out, "\npredict many  "), 1);
    assert_int_equal(lines(run.out, "training step         2000"), 1);
    rt_run_free(&run);
}

/* Networks that take long have fewer samples predicted at once. */
static void large_networks_get_fewer_samples(void **state)
{
    struct cnn_model model = fake_model();
    struct cnn_layer layer = model.layers[1];
    model.layers = &layer;
    model.n_layers = 1;
    layer.multiply_adds = 20000000;
    rt_expect(state, &model, "net bench --seconds 0.001", 0, "predict many            64 ", "");
    layer.multiply_adds = 20000000000;
    rt_expect(state, &model, "net bench --seconds 0.001", 0, "predict many            16 ", "");
}

static const struct cnn_kernel *kernels_of_prediction(int *count)
{
    const struct cnn_kernel *kernels = fake_model().kernels(count);
    *count -= 1;
    return kernels;
}

static void a_network_may_not_train(void **state)
{
    struct cnn_model model = fake_model_onehot();
    model.n_stages = 0;
    model.kernels = kernels_of_prediction;
    struct rt_run run = rt_run(state, &model, "net bench --seconds 0.001");
    assert_int_equal(run.status, 0);
    assert_int_equal(lines(run.out, "training"), 0);
    rt_run_free(&run);
}

static void prints_every_kernel(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run = rt_run(state, &model, "net bench --seconds 0.001 --batch-size 10");
    assert_int_equal(run.status, 0);
    rt_assert_contains(run.out, "\npredict one, batch 1, 1 thread; peak ");
    rt_assert_contains(run.out, "\n  dense_one dense       1 ");
    rt_assert_contains(run.out, "\npredict many, batch 1024, 1 thread; peak ");
    rt_assert_contains(run.out, "\n  dense_block dense     256 ");
    rt_assert_contains(run.out, "\ntraining step, batch 10, 1 thread; peak ");
    rt_assert_contains(run.out, "\n  train              1 ");
    assert_int_equal(lines(run.out, "\n  all "), 3);
    rt_run_free(&run);
}

static void kernels_can_be_measured_alone(void **state)
{
    struct cnn_model model = fake_model();
    struct rt_run run = rt_run(state, &model, "net bench --kernels --seconds 0.001 --batch-size 10");
    assert_int_equal(run.status, 0);
    assert_int_equal(lines(run.out, "samples/s"), 0);
    assert_int_equal(lines(run.out, "\n  all "), 3);
    rt_run_free(&run);
    run = rt_run(state, &model, "net bench --kernels --predict --seconds 0.001");
    assert_int_equal(run.status, 0);
    assert_int_equal(lines(run.out, "\n  all "), 2);
    assert_int_equal(lines(run.out, "training"), 0);
    rt_run_free(&run);
}

static void writes_every_kernel(void **state)
{
    struct cnn_model model = fake_model();
    char path[RT_PATH];
    rt_expect(state, &model, "net bench --seconds 0.001 --batch-size 10 --csv @kernels.csv", 0, "training step",
              "");
    char *text = rt_read(rt_path(state, "kernels.csv", path), NULL);
    assert_int_equal(lines(text, "\n"), 4);
    rt_assert_contains(
        text, "program,kernel,layer,op,samples,calls,microseconds,gflops,percent_of_peak,peak_gflops,bytes\n");
    rt_assert_contains(text, "\none,dense_one,dense,matmul,1,1,");
    rt_assert_contains(text, "\nmany,dense_block,dense,matmul,4,256,");
    rt_assert_contains(text, "\ntrain,train,,train,0,1,");
    free(text);
    rt_expect(state, &model, "net bench --seconds 0.001 --csv @nowhere/kernels.csv", 1, "",
              "kernels.csv: cannot be written: No such file");
    rt_expect(state, &model, "net bench --seconds 0.001 --csv /dev/full", 1, "",
              "/dev/full: cannot be written: it is no regular file");
    rt_expect(state, &model, "net bench --seconds 0.001 --csv @w --weights @./w", 2, "",
              "/w, which is the file of --weights; give it a file of its own");
}

/* Where the table goes. */
static char earlier[RT_PATH];

static void look_at_the_earlier_table(enum cnn_program_kind program, int kernel, const struct cnn_kernel_data *data)
{
    char *text = rt_read(earlier, NULL);
    (void)program;
    (void)kernel;
    (void)data;
    assert_string_equal(text, "earlier");
    free(text);
}

static void an_earlier_table_stays_until_all_is_measured(void **state)
{
    struct cnn_model model = fake_model();
    model.run_kernel = look_at_the_earlier_table;
    rt_write(state, "kernels.csv", "earlier", 7);
    rt_path(state, "kernels.csv", earlier);
    rt_expect(state, &model, "net bench --seconds 0.001 --csv @kernels.csv", 0, "", "");
    char *text = rt_read(earlier, NULL);
    assert_int_equal(lines(text, "\n"), 4);
    free(text);
}

static void says_what_to_do_without_functions_that_measure(void **state)
{
    struct cnn_model model = fake_model();
    model.kernels = NULL;
    rt_expect(
        state, &model, "net bench --seconds 0.001 --batch-size 10", 0,
        "No kernels: this program has no functions that measure its kernels: have cnnc write its C with --emit bench",
        "");
    rt_expect(state, &model, "net bench --kernels", 2, "", "--kernels: this program has no functions that measure");
    rt_expect(state, &model, "net bench --csv @kernels.csv", 2, "", "--csv: this program has no functions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_on_one_thread_and_on_all),
        cmocka_unit_test(large_networks_get_fewer_samples),
        cmocka_unit_test(a_network_may_not_train),
        cmocka_unit_test(prints_every_kernel),
        cmocka_unit_test(kernels_can_be_measured_alone),
        cmocka_unit_test(writes_every_kernel),
        cmocka_unit_test(an_earlier_table_stays_until_all_is_measured),
        cmocka_unit_test(says_what_to_do_without_functions_that_measure),
    };
    return cmocka_run_group_tests(tests, rt_setup, rt_teardown);
}
