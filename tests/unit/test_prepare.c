/* Parameters as inference reads them: where they lie, and which numbers stand there. */
#include "build.h"
#include "op/op.h"

#include <math.h>
#include <string.h>

#include <cmocka.h>

/* A prepared graph with what it makes of parameters 1/8, 2/8, 3/8, ... */
struct made {
    const struct graph *graph;
    struct prepared prepared;
    float *parameters, *values;
};

static struct made prepare(struct build *build, const char *target)
{
    struct made made = {.graph = build->graph};
    graph_finish(build->graph);
    build->graph->embeds = true;
    assert_true(pass_simplify(build->graph) && pass_lower(build->graph, false) &&
                pass_prepare(build->graph, target_find(target), &made.prepared));
    made.parameters = arena_array(&build->arena, build->graph->parameter_floats, sizeof(float));
    for (int64_t i = 0; i < build->graph->parameter_floats; i++)
        made.parameters[i] = (float)(i + 1) / 8;
    int64_t floats = made.prepared.floats + made.prepared.scratch_floats;
    made.values = arena_array(&build->arena, floats, sizeof(float));
    memset(made.values, 255, (size_t)floats * sizeof(float)); /* what was there does not matter */
    assert_true(prepared_evaluate(build->graph, &made.prepared, made.parameters, made.values));
    return made;
}

static const float *value_of(const struct made *made, const struct tensor *tensor)
{
    assert_int_equal(tensor->storage, STORE_PREPARED);
    return made->values + tensor->offset / (int64_t)sizeof(float);
}

static const float *parameter_of(const struct made *made, const struct tensor *tensor)
{
    return made->parameters + tensor->parameter->offset;
}

/* Kernel (rows, filters), cut into panels of `lanes`: (panel, row, lane), zeros behind a group's last filter. */
static void assert_packed(const float *packed, const float *kernel, int rows, int filters, int groups, int lanes)
{
    int group = filters / groups, panels = (group + lanes - 1) / lanes;
    for (int g = 0; g < groups; g++)
        for (int p = 0; p < panels; p++)
            for (int r = 0; r < rows; r++)
                for (int l = 0; l < lanes; l++) {
                    int filter = p * lanes + l;
                    float expected = filter < group ? kernel[r * filters + g * group + filter] : 0;
                    assert_true(packed[((g * panels + p) * rows + r) * lanes + l] == expected);
                }
}

static void kernels_are_packed_for_the_target(void **state)
{
    struct build *build = *state;
    static const struct {
        const char *target;
        int lanes;
    } cases[] = {{"avx512", 16}, {"avx2", 8}, {"sse2", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        build_reset(build);
        struct tensor *x = build_input(build, "6x6x4"), *k = build_parameter(build, "k", "3x2x2x20");
        struct tensor *y = apply(build, "conv2d", "groups=2", x, k);
        struct tensor *dense = build_parameter(build, "dense", "20x11");
        build_output(build, apply(build, "matmul", "", y, dense));
        struct made made = prepare(build, cases[i].target);
        const struct node *conv = graph_find(build->graph, "conv2d"), *matmul = graph_find(build->graph, "matmul");
        assert_packed(value_of(&made, conv->in[1]), parameter_of(&made, k), 12, 20, 2, cases[i].lanes);
        assert_packed(value_of(&made, matmul->in[1]), parameter_of(&made, dense), 20, 11, 1, cases[i].lanes);
        assert_int_equal(made.prepared.scratch_floats, 0);
    }
}

static void a_target_without_vectors_copies_kernels(void **state)
{
    struct build *build = *state;
    struct tensor *k = build_parameter(build, "k", "5x7");
    build_output(build, apply(build, "matmul", "", build_input(build, "5"), k));
    struct made made = prepare(build, "generic");
    const struct node *matmul = graph_find(build->graph, "matmul");
    assert_memory_equal(value_of(&made, matmul->in[1]), parameter_of(&made, k), 35 * sizeof(float));
    assert_int_equal(made.prepared.floats, 35);
}

static void small_kernels_read_filter_after_filter(void **state)
{
    struct build *build = *state;
    for (int vectors = 0; vectors < 2; vectors++) {
        build_reset(build);
        build->graph->optimize = OPTIMIZE_SIZE;
        struct tensor *x = build_input(build, "6x6x4"), *k = build_parameter(build, "k", "3x2x2x20");
        build_output(build, apply(build, "conv2d", "groups=2", x, k));
        struct made made = prepare(build, vectors ? "avx2" : "generic");
        const float *packed = value_of(&made, graph_find(build->graph, "conv2d")->in[1]);
        if (vectors) /* all filters of a tap, as they are */
            assert_memory_equal(packed, parameter_of(&made, k), 12 * 20 * sizeof(float));
        else
            assert_packed(packed, parameter_of(&made, k), 12, 20, 1, 1);
    }
}

static void plain_parameters_are_copied_beside_them(void **state)
{
    struct build *build = *state;
    struct tensor *bias = build_parameter(build, "bias", "3");
    build_output(build, apply(build, "binary", "function=add", build_input(build, "4x3"), bias));
    struct made made = prepare(build, "avx2");
    const struct node *add = graph_find(build->graph, "add");
    assert_memory_equal(value_of(&made, add->in[1]), parameter_of(&made, bias), 3 * sizeof(float));
    assert_int_equal(made.prepared.floats, 8); /* a vector's worth */
}

/* conv(x, k) + b, normalised: (conv(x, k*s)) + (b - mean)*s + beta, s = gamma / sqrt(variance + epsilon) */
static void a_folded_batch_norm_is_arithmetic_on_parameters(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "6x6x2"), *k = build_parameter(build, "k", "3x3x2x5");
    struct tensor *bias = build_parameter(build, "bias", "5"), *gamma = build_parameter(build, "gamma", "5");
    struct tensor *beta = build_parameter(build, "beta", "5"), *mean = build_parameter(build, "mean", "5");
    struct tensor *variance = build_parameter(build, "variance", "5");
    struct tensor *y = apply(build, "binary", "function=add", apply(build, "conv2d", "", x, k), bias);
    build_output(build, apply(build, "batch_norm", "epsilon=0.25", y, gamma, beta, mean, variance));
    struct made made = prepare(build, "avx2");
    const struct node *conv = graph_find(build->graph, "conv2d");
    const struct node *add = build->graph->outputs[0]->producer;
    assert_true(is_binary(add, BINARY_ADD));
    assert_ptr_equal(add->in[0]->producer, conv);
    const float *packed = value_of(&made, conv->in[1]), *shift = value_of(&made, add->in[1]);
    for (int c = 0; c < 5; c++) {
        double scale = parameter_of(&made, gamma)[c] / sqrt(parameter_of(&made, variance)[c] + 0.25);
        double expected =
            (parameter_of(&made, bias)[c] - parameter_of(&made, mean)[c]) * scale + parameter_of(&made, beta)[c];
        assert_true(fabs(shift[c] - expected) < 1e-5 * (1 + fabs(expected)));
        for (int r = 0; r < 18; r++) {
            double weight = parameter_of(&made, k)[r * 5 + c] * scale;
            assert_true(fabs(packed[r * 8 + c] - weight) < 1e-5 * (1 + fabs(weight)));
        }
    }
    assert_true(made.prepared.scratch_floats > 0);
}

/* What kernels read comes first, each thing at whole vectors, and nothing lies on another. */
static void places_are_aligned_and_apart(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++)
        for (const struct target *target = target_table; target->name; target++) {
            struct graph *graph = graph_copy(build_script(build, *script));
            struct prepared prepared;
            assert_true(pass_lower(graph, false) && pass_prepare(graph, target, &prepared));
            int64_t end = 0;
            for (int pass = 0; pass < 2; pass++)
                for (int i = 0; i < graph->n_nodes; i++) {
                    const struct node *node = graph->nodes[i];
                    const struct tensor *out = node->out[0];
                    if (!node->once)
                        continue;
                    assert_int_equal(out->storage, STORE_PREPARED);
                    assert_int_equal(out->offset % (target->lanes * (int64_t)sizeof(float)), 0);
                    bool scratch = out->offset / (int64_t)sizeof(float) >= prepared.floats;
                    if (scratch != (pass == 1))
                        continue;
                    assert_true(out->offset >= end);
                    end = out->offset + shape_count(&out->shape) * (int64_t)sizeof(float);
                }
            assert_true(end <= (prepared.floats + prepared.scratch_floats) * (int64_t)sizeof(float));
        }
}

/* No kernel of inference reads the parameter array. */
static void only_what_runs_once_reads_parameters(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++) {
        struct graph *graph = graph_copy(build_script(build, *script));
        struct prepared prepared;
        assert_true(pass_lower(graph, false) && pass_prepare(graph, target_find("avx2"), &prepared));
        for (int i = 0; i < graph->n_nodes; i++)
            for (int j = 0; j < graph->nodes[i]->n_in; j++)
                assert_true(graph->nodes[i]->once || !graph->nodes[i]->in[j] || !graph->nodes[i]->in[j]->parameter);
    }
}

/* Without vectors a parameter that would only be copied is read where it is, unless it becomes a constant. */
static void copies_are_left_out(void **state)
{
    struct build *build = *state;
    for (int embeds = 0; embeds < 2; embeds++) {
        build_reset(build);
        struct tensor *x = build_input(build, "6"), *kernel = build_parameter(build, "kernel", "6x3");
        struct tensor *bias = build_parameter(build, "bias", "3");
        struct tensor *y = apply(build, "matmul", "", x, kernel),
                      *sum = apply(build, "binary", "function=add", y, bias);
        build_output(build, sum);
        graph_finish(build->graph);
        build->graph->embeds = embeds;
        struct prepared prepared;
        assert_true(pass_prepare(build->graph, target_find("generic"), &prepared));
        assert_int_equal(prepared.floats, embeds ? 18 + 3 : 0);
        assert_int_equal(prepared.direct_floats, embeds ? 0 : 18 + 3);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(kernels_are_packed_for_the_target),
        TEST(a_target_without_vectors_copies_kernels),
        TEST(small_kernels_read_filter_after_filter),
        TEST(plain_parameters_are_copied_beside_them),
        TEST(a_folded_batch_norm_is_arithmetic_on_parameters),
        TEST(copies_are_left_out),
        TEST(places_are_aligned_and_apart),
        TEST(only_what_runs_once_reads_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
