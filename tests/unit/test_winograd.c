/* Which convolutions are computed in the manner of Winograd, and what becomes of their kernels. */
#include "build.h"
#include "op/op.h"

#include <math.h>

#include <cmocka.h>

struct layer_case {
    const char *input, *kernel, *attributes;
    bool pays;
};

/* A model of one convolution, after the pass. */
static const struct graph *one_convolution(struct build *build, const struct layer_case *layer, const char *target)
{
    build_reset(build);
    struct tensor *x = build_input(build, layer->input),
                  *k = build_parameter(build, "conv2d/kernel", layer->kernel);
    build_output(build, apply(build, "conv2d", layer->attributes, x, k));
    graph_finish(build->graph);
    assert_true(pass_winograd(build->graph, target_find(target), 1));
    return build->graph;
}

static bool is_replaced(const struct graph *graph) { return graph->nodes[graph->n_nodes - 1]->op == &op_winograd; }

/* Measured, one sample on one thread: what pays was 1.5 to 2.2 times as fast, what does not 0.5 to 1.0 times. */
static void layers_that_gain_are_replaced(void **state)
{
    static const struct layer_case layers[] = {
        {"56x56x64", "3x3x64x64", "padding=same", true},    {"28x28x128", "3x3x128x128", "padding=same", true},
        {"14x14x256", "3x3x256x256", "padding=same", true}, {"14x14x512", "3x3x512x512", "padding=same", true},
        {"28x28x32", "3x3x32x32", "padding=same", true},    {"14x14x64", "3x3x64x64", "", true},
        {"10x10x64", "3x3x64x128", "padding=same", true},   {"7x7x512", "3x3x512x512", "padding=same", false},
        {"56x56x16", "3x3x16x16", "padding=same", false},   {"64x64x8", "3x3x8x16", "padding=same", false},
        {"32x32x3", "3x3x3x32", "padding=same", false},     {"12x12x8", "3x3x8x16", "", false},
    };
    struct build *build = *state;
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        if (is_replaced(one_convolution(build, &layers[i], "avx512")) != layers[i].pays)
            fail_msg("%s by %s", layers[i].input, layers[i].kernel);
}

/* One number of G g G^T (Lavin & Gray 2016, section 4.1), of the taps `stride` apart. */
static double transformed(const float *g, int stride, bool backwards, int row, int column)
{
    static const double G[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
    double sum = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            int tap = 3 * i + j;
            sum += G[row][i] * (double)g[(backwards ? 8 - tap : tap) * stride] * G[column][j];
        }
    return sum;
}

/* What cnnc does when it embeds parameters; transposed: for the gradient, which goes from outputs to inputs. */
static void embedded_kernels_are_transformed(void **state)
{
    enum { INPUTS = 2, OUTPUTS = 3, PANEL = 2, MAX = 2 * 16 * OUTPUTS * PANEL, GUARD = 8 };
    struct build *build = *state;
    for (int transposed = 0; transposed < 2; transposed++) {
        int channels = transposed ? OUTPUTS : INPUTS, filters = transposed ? INPUTS : OUTPUTS;
        float kernel[9 * INPUTS * OUTPUTS], out[MAX + GUARD], *outs[] = {out};
        const float *ins[] = {kernel};
        build_reset(build);
        struct tensor *k = build_parameter(build, "conv2d/kernel", "3x3x2x3");
        struct tensor *y =
            apply(build, "winograd_kernel", transposed ? "panel=2 transposed=true backwards=true" : "panel=2", k);
        for (int i = 0; i < 9 * INPUTS * OUTPUTS; i++)
            kernel[i] = (float)((i * 37 + 11) % 101) / 64;
        for (int i = 0; i < MAX + GUARD; i++)
            out[i] = 77;
        y->producer->op->evaluate(y->producer, ins, outs);
        for (int f = 0; f < filters; f++)
            for (int c = 0; c < channels; c++)
                for (int i = 0; i < 16; i++) {
                    const float *g = kernel + (transposed ? f * OUTPUTS + c : c * OUTPUTS + f);
                    int at = (f / PANEL * 16 + i) * channels * PANEL + c * PANEL + f % PANEL;
                    double expected = transformed(g, INPUTS * OUTPUTS, transposed, i / 4, i % 4);
                    assert_true(fabs((double)out[at] - expected) < 1e-6); /* numbers below 4, in float */
                    out[at] = 77;
                }
        for (int i = 0; i < MAX + GUARD; i++)
            assert_true(out[i] == 77.0f); /* nothing else was written */
    }
}

static void others_stay(void **state)
{
    static const struct layer_case layers[] = {
        {"28x28x64", "5x5x64x64", "padding=same", false},
        {"28x28x64", "3x1x64x64", "padding=same", false},
        {"28x28x64", "3x3x64x64", "padding=same strides=2,2", false},
        {"28x28x64", "3x3x64x64", "padding=same strides=1,2", false},
        {"28x28x64", "3x3x64x64", "padding=same dilation=2,1", false},
        {"28x28x128", "3x3x64x128", "padding=same groups=2", false},
    };
    struct build *build = *state;
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        assert_false(is_replaced(one_convolution(build, &layers[i], "avx512")));
}

static const struct layer_case usual = {"28x28x64", "3x3x64x64", "padding=same", true};

static void targets_that_count_bytes_have_none(void **state)
{
    struct build *build = *state;
    assert_true(is_replaced(one_convolution(build, &usual, "fat")));
    assert_true(is_replaced(one_convolution(build, &usual, "neon")));
    assert_false(is_replaced(one_convolution(build, &usual, "generic")));
    build_reset(build);
    build->graph->optimize = OPTIMIZE_SIZE;
    struct tensor *x = build_input(build, usual.input), *k = build_parameter(build, "conv2d/kernel", usual.kernel);
    build_output(build, apply(build, "conv2d", usual.attributes, x, k));
    graph_finish(build->graph);
    assert_true(pass_winograd(build->graph, target_find("avx512"), 1));
    assert_false(is_replaced(build->graph));
}

static void a_kernel_of_several_calls_is_transformed_once(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "28x28x64"), *k = build_parameter(build, "conv2d/kernel", "3x3x64x64");
    struct tensor *y = apply(build, "conv2d", "padding=same", x, k);
    build_output(build, apply(build, "conv2d", "padding=same", y, k));
    graph_finish(build->graph);
    assert_true(pass_winograd(build->graph, target_find("avx2"), 1));
    assert_string_equal(graph_words(build->graph), "winograd_kernel winograd winograd");
}

static void pools_of_two_by_two_are_fused(void **state)
{
    static const char *const pools[] = {"pool=2,2 strides=2,2", "pool=3,3 strides=3,3"};
    static const char *const words[] = {"winograd_kernel winograd+max_pool2d",
                                        "winograd_kernel winograd max_pool2d"};
    struct build *build = *state;
    for (int i = 0; i < 2; i++) {
        build_reset(build);
        struct tensor *x = build_input(build, usual.input),
                      *k = build_parameter(build, "conv2d/kernel", usual.kernel);
        build_output(build, apply(build, "max_pool2d", pools[i], apply(build, "conv2d", usual.attributes, x, k)));
        graph_finish(build->graph);
        assert_true(pass_winograd(build->graph, target_find("avx2"), 1) && pass_fuse(build->graph));
        assert_string_equal(graph_words(build->graph), words[i]);
    }
}

/* The kernel's memory holds as many shares as it works on, and is no one else's while it runs. */
static void scratch_memory_is_planned(void **state)
{
    struct build *build = *state;
    one_convolution(build, &usual, "avx2");
    struct program program = {.kind = PROGRAM_PREDICT, .graph = build->graph, .lanes = 1};
    struct prepared prepared;
    assert_true(pass_prepare(build->graph, target_find("avx2"), &prepared) && pass_fuse(build->graph) &&
                pass_schedule(&program, target_find("avx2")) && pass_plan(&program));
    const struct node *node = graph_find(build->graph, "winograd");
    int64_t tiles = node_tile(node, "tiles"), group = node_tile(node, "group"), shares = node_tile(node, "shares");
    assert_int_equal(node->out[1]->storage, STORE_WORKSPACE);
    assert_true(shape_count(&node->out[1]->shape) >= shares * tiles * 16 * (64 + group));
    assert_int_equal(program.workspace_bytes, shape_count(&node->out[1]->shape) * (int64_t)sizeof(float));
}

/* Of a kernel that is 1 at one tap, G g G' is the product of G's two columns. */
static void kernels_are_transformed(void **state)
{
    static const float G[4][3] = {{1, 0, 0}, {.5f, .5f, .5f}, {.5f, -.5f, .5f}, {0, 0, 1}};
    struct build *build = *state;
    struct tensor *k = build_parameter(build, "conv2d/kernel", "3x3x2x5");
    const struct winograd_kernel attributes = {.panel = 4};
    struct tensor *u = graph_apply(build->graph, &op_winograd_kernel, &attributes, &k, 1, (struct origin){0});
    assert_non_null(u);
    assert_string_equal(shape_text(&build->arena, &u->shape), "2x32x4");
    for (int tap = 0; tap < 9; tap++) {
        float kernel[9 * 2 * 5] = {0}, panels[2 * 32 * 4] = {0};
        const float *in[] = {kernel};
        float *out[] = {panels};
        kernel[(tap * 2 + 1) * 5 + 4] = 8; /* channel 1, filter 4: of the second panel the first */
        u->producer->op->evaluate(u->producer, in, out);
        for (int i = 0; i < 256; i++) {
            int at = i / 8 % 16;
            bool here = i / 128 == 1 && i / 4 % 2 == 1 && i % 4 == 0;
            assert_true(panels[i] == (here ? 8 * G[at / 4][tap / 3] * G[at % 4][tap % 3] : 0));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layers_that_gain_are_replaced, build_open, build_close),
        cmocka_unit_test_setup_teardown(embedded_kernels_are_transformed, build_open, build_close),
        cmocka_unit_test_setup_teardown(others_stay, build_open, build_close),
        cmocka_unit_test_setup_teardown(targets_that_count_bytes_have_none, build_open, build_close),
        cmocka_unit_test_setup_teardown(a_kernel_of_several_calls_is_transformed_once, build_open, build_close),
        cmocka_unit_test_setup_teardown(pools_of_two_by_two_are_fused, build_open, build_close),
        cmocka_unit_test_setup_teardown(scratch_memory_is_planned, build_open, build_close),
        cmocka_unit_test_setup_teardown(kernels_are_transformed, build_open, build_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
