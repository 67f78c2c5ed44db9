/* Which gradients are split by parameters. Their numbers are proved by the kernel tests. */
#include "build.h"
#include "op/op.h"

#include <cmocka.h>

static const char *split(struct build *build)
{
    if (!pass_grad(build->graph) || !pass_split(build->graph))
        fail_msg("%s", build->diag.message);
    return graph_words(build->graph);
}

static struct tensor *dense(struct build *build, const char *x, const char *k)
{
    return apply(build, "matmul", "", build_input(build, x), build_parameter(build, "k", k));
}

static void a_large_kernel_is_split(void **state)
{
    struct build *build = *state;
    build_loss(build, dense(build, "128", "128x128"));
    assert_string_equal(split(build),
                        "matmul squared_error squared_error_grad matmul_grad_panels matmul_grad_rows");
    const struct node *rows = graph_find(build->graph, "matmul_grad_rows");
    assert_ptr_equal(build->graph->gradients[0].parts[0], rows->out[0]);
    assert_int_equal(rows->direction, BACKWARD);
}

static void a_kernel_beyond_the_cache_is_read_once_for_a_batch(void **state)
{
    struct build *build = *state;
    struct tensor *h =
        apply(build, "matmul", "", build_input(build, "512"), build_parameter(build, "k1", "512x512"));
    build_loss(build, apply(build, "matmul", "", h, build_parameter(build, "k2", "512x512")));
    assert_string_equal(split(build),
                        "matmul_blocks matmul_blocks squared_error squared_error_grad "
                        "matmul_grad_panels matmul_grad_rows matmul_blocks_grad_input matmul_grad_panels "
                        "matmul_grad_rows");
}

static void a_small_kernel_is_not(void **state)
{
    struct build *build = *state;
    build_loss(build, dense(build, "128", "128x127"));
    assert_string_equal(split(build), "matmul squared_error squared_error_grad matmul_grad_kernel");
}

static void positions_are_summed_with_their_samples(void **state)
{
    struct build *build = *state;
    build_loss(build, dense(build, "2x128", "128x128"));
    assert_string_equal(split(build), "matmul squared_error squared_error_grad matmul_grad_kernel");
}

static void a_kernel_that_is_read_twice_is_not_split(void **state)
{
    struct build *build = *state;
    struct tensor *k = build_parameter(build, "k", "128x128");
    struct tensor *y = apply(build, "matmul", "", build_input(build, "128"), k);
    build_loss(build, apply(build, "matmul", "", y, k));
    assert_string_equal(split(build), "matmul matmul squared_error squared_error_grad matmul_grad_kernel "
                                      "matmul_grad_input matmul_grad_kernel");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(a_large_kernel_is_split),
        TEST(a_kernel_beyond_the_cache_is_read_once_for_a_batch),
        TEST(a_small_kernel_is_not),
        TEST(positions_are_summed_with_their_samples),
        TEST(a_kernel_that_is_read_twice_is_not_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
