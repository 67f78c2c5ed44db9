/* What one kernel may compute of what follows it, and above all what it may not. */
#include "build.h"
#include "op/op.h"

#include <cmocka.h>

static const char *fused(struct build *build)
{
    assert_true(pass_fuse(build->graph));
    return graph_words(build->graph);
}

static struct tensor *conv(struct build *build, const char *input)
{
    struct tensor *x = build_input(build, input);
    const char *shape = arena_printf(&build->arena, "3x3x%dx4", (int)x->shape.dim[2]);
    return apply(build, "conv2d", "padding=same", x, build_parameter(build, "kernel", shape));
}

static struct tensor *bias(struct build *build, struct tensor *x)
{
    return apply(build, "binary", "function=add", x, build_parameter(build, "bias", "4"));
}

static struct tensor *relu(struct build *build, struct tensor *x)
{
    return apply(build, "unary", "function=relu", x);
}

static struct tensor *pool(struct build *build, struct tensor *x) { return apply(build, "max_pool2d", "", x); }

/* ---- what fuses ---- */

static void a_convolution_takes_bias_pool_and_nonlinearity(void **state)
{
    struct build *build = *state;
    struct tensor *y = relu(build, pool(build, bias(build, conv(build, "8x8x1"))));
    build_output(build, y);
    assert_string_equal(fused(build), "conv2d+add+max_pool2d+relu");
    struct node *head = build->graph->nodes[0];
    assert_ptr_equal(node_last(head), y->producer);
    for (int i = 1; i < build->graph->n_nodes; i++)
        assert_ptr_equal(build->graph->nodes[i]->fused_into, head);
    assert_null(head->fused_into);
}

static void any_part_of_the_epilogue_may_be_missing(void **state)
{
    struct build *build = *state;
    build_output(build, relu(build, bias(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+add+relu");
    build_reset(build);
    build_output(build, pool(build, conv(build, "8x8x1")));
    assert_string_equal(fused(build), "conv2d+max_pool2d");
    build_reset(build);
    struct tensor *y = apply(build, "matmul", "", build_input(build, "5"), build_parameter(build, "k", "5x4"));
    build_output(build, apply(build, "softmax", "", bias(build, y)));
    assert_string_equal(fused(build), "matmul+add softmax");
}

static void normalising_a_batch_takes_a_nonlinearity_alone(void **state)
{
    struct build *build = *state;
    for (int size = 0; size < 2; size++) {
        struct tensor *x = build_input(build, "8x8x4"), *mean = build_parameter(build, "mean", "4");
        struct tensor *gamma = build_parameter(build, "gamma", "4");
        struct tensor *y = apply(build, "normalize", "epsilon=0.001", x, mean, mean, gamma, gamma);
        build_output(build, pool(build, relu(build, y)));
        build->graph->optimize = size ? OPTIMIZE_SIZE : OPTIMIZE_SPEED;
        assert_string_equal(fused(build), size ? "normalize relu max_pool2d" : "normalize+relu max_pool2d");
        build_reset(build);
    }
}

/* ---- what does not ---- */

static void a_second_reader_keeps_its_tensor(void **state)
{
    struct build *build = *state;
    struct tensor *y = bias(build, conv(build, "8x8x1"));
    build_output(build, relu(build, y));
    build_output(build, apply(build, "unary", "function=abs", y));
    assert_string_equal(fused(build), "conv2d+add relu abs");
    build_reset(build);
    y = conv(build, "8x8x1");
    build_output(build, apply(build, "binary", "function=multiply", relu(build, y), y));
    assert_string_equal(fused(build), "conv2d relu multiply");
}

static void an_output_keeps_its_tensor(void **state)
{
    struct build *build = *state;
    struct tensor *y = bias(build, conv(build, "8x8x1"));
    build_output(build, y);
    build_output(build, relu(build, y));
    assert_string_equal(fused(build), "conv2d+add relu");
}

static void the_order_is_bias_pool_nonlinearity(void **state)
{
    struct build *build = *state;
    build_output(build, pool(build, relu(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+relu max_pool2d");
    build_reset(build);
    build_output(build, bias(build, pool(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+max_pool2d add");
    build_reset(build);
    build_output(build, bias(build, relu(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+relu add");
}

static void each_part_comes_once(void **state)
{
    struct build *build = *state;
    build_output(build, bias(build, bias(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+add add");
    build_reset(build);
    build_output(build, relu(build, relu(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+relu relu");
    build_reset(build);
    build_output(build, pool(build, pool(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+max_pool2d max_pool2d");
}

static void only_pools_that_tile_the_image_fuse(void **state)
{
    struct build *build = *state;
    static const char *const others[] = {"strides=1,1", "pool=3,3 strides=2,2", "pool=3,3 strides=3,3",
                                         "pool=2,2 strides=3,3"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        build_reset(build);
        build_output(build, apply(build, "max_pool2d", others[i], conv(build, "8x8x1")));
        assert_string_equal(fused(build), "conv2d max_pool2d");
    }
    /* Over the border of an image with an odd number of rows. */
    build_reset(build);
    build_output(build, apply(build, "max_pool2d", "padding=same", conv(build, "7x8x1")));
    assert_string_equal(fused(build), "conv2d max_pool2d");
    build_reset(build);
    build_output(build, apply(build, "average_pool2d", "pool=3,3", conv(build, "9x9x1")));
    assert_string_equal(fused(build), "conv2d average_pool2d");
}

static struct tensor *average(struct build *build, struct tensor *x)
{
    return apply(build, "average_pool2d", "", x);
}

/* A mean of what the nonlinearity gives is not what it gives for the mean. */
static void an_average_pool_comes_last(void **state)
{
    struct build *build = *state;
    build_output(build, average(build, relu(build, bias(build, conv(build, "8x8x1")))));
    assert_string_equal(fused(build), "conv2d+add+relu+average_pool2d");
    build_reset(build);
    build_output(build, relu(build, average(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+average_pool2d relu");
    build_reset(build);
    build_output(build, average(build, average(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+average_pool2d average_pool2d");
    build_reset(build);
    build_output(build, average(build, pool(build, conv(build, "8x8x1"))));
    assert_string_equal(fused(build), "conv2d+max_pool2d average_pool2d");
    build_reset(build);
    build->graph->optimize = OPTIMIZE_SIZE;
    build_output(build, average(build, conv(build, "8x8x1")));
    assert_string_equal(fused(build), "conv2d average_pool2d");
}

static void a_matmul_takes_no_pool(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "matmul", "", build_input(build, "8x8x3"), build_parameter(build, "k", "3x4"));
    build_output(build, pool(build, y));
    assert_string_equal(fused(build), "matmul max_pool2d");
}

static void only_a_vector_of_channels_is_a_bias(void **state)
{
    struct build *build = *state;
    struct tensor *y = conv(build, "8x8x1");
    build_output(build, apply(build, "binary", "function=add", y, build_parameter(build, "map", "8x4")));
    assert_string_equal(fused(build), "conv2d add");
    build_reset(build);
    y = conv(build, "8x8x1");
    build_output(build, apply(build, "binary", "function=multiply", y, build_parameter(build, "scale", "4")));
    assert_string_equal(fused(build), "conv2d multiply");
    /* A tensor of the sample: the other branch of a residual block. */
    build_reset(build);
    y = conv(build, "8x8x1");
    build_output(build, apply(build, "binary", "function=add", y, build_input(build, "8x8x4")));
    assert_string_equal(fused(build), "conv2d add");
}

/* y = conv(x) + mean over the batch of x: that is not known yet when the convolution runs. */
static void a_bias_that_the_batch_makes_is_too_late(void **state)
{
    struct build *build = *state;
    struct tensor *y = conv(build, "8x8x4"), *share = graph_share(build->graph);
    struct tensor *mean = apply(build, "batch_mean", "", build->graph->inputs[0], share);
    build_output(build, apply(build, "binary", "function=add", y, mean));
    assert_string_equal(fused(build), "conv2d batch_mean add");
}

/* bias + conv would read the convolution second. */
static void the_chain_goes_through_first_inputs(void **state)
{
    struct build *build = *state;
    struct tensor *y = conv(build, "8x8x1");
    build_output(build, apply(build, "binary", "function=add", build_input(build, "8x8x4"), y));
    assert_string_equal(fused(build), "conv2d add");
}

/* ---- aliases ---- */

static void a_reshape_is_another_name(void **state)
{
    struct build *build = *state;
    struct tensor *y = relu(build, conv(build, "8x8x1"));
    struct tensor *flat = apply(build, "reshape", "shape=256", y),
                  *again = apply(build, "reshape", "shape=16x16", flat);
    build_output(build, apply(build, "softmax", "", again));
    assert_string_equal(fused(build), "conv2d+relu reshape reshape softmax");
    assert_ptr_equal(flat->alias, y);
    assert_ptr_equal(again->alias, y);
    assert_null(y->alias);
}

static void nothing_fuses_across_a_reshape(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "reshape", "shape=64x4", conv(build, "8x8x1"));
    build_output(build, relu(build, y));
    assert_string_equal(fused(build), "conv2d reshape relu");
}

/* ---- training ---- */

/* The gradient of a nonlinearity may read its output, never what a fused chain does not store. */
static void a_gradient_reads_nothing_that_was_fused_away(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++) {
        struct graph *graph = graph_copy(build_script(build, *script));
        assert_true(pass_lower(graph, true) && pass_grad(graph) && pass_fuse(graph));
        for (int i = 0; i < graph->n_nodes; i++) {
            const struct node *reader = graph->nodes[i];
            for (int j = 0; j < reader->n_in; j++) {
                const struct node *maker = reader->in[j] ? reader->in[j]->producer : NULL;
                if (!maker || reader->in[j]->output_index)
                    continue;
                const struct node *head = maker->fused_into ? maker->fused_into : maker;
                bool stored = node_last((struct node *)head) == maker;
                assert_true(stored || reader->fused_into == head);
            }
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(a_convolution_takes_bias_pool_and_nonlinearity),
        TEST(any_part_of_the_epilogue_may_be_missing),
        TEST(normalising_a_batch_takes_a_nonlinearity_alone),
        TEST(a_second_reader_keeps_its_tensor),
        TEST(an_output_keeps_its_tensor),
        TEST(the_order_is_bias_pool_nonlinearity),
        TEST(each_part_comes_once),
        TEST(only_pools_that_tile_the_image_fuse),
        TEST(an_average_pool_comes_last),
        TEST(a_matmul_takes_no_pool),
        TEST(only_a_vector_of_channels_is_a_bias),
        TEST(a_bias_that_the_batch_makes_is_too_late),
        TEST(the_chain_goes_through_first_inputs),
        TEST(a_reshape_is_another_name),
        TEST(nothing_fuses_across_a_reshape),
        TEST(a_gradient_reads_nothing_that_was_fused_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
