/* Which kernel computes a node, in which phase, with which tile. What is chosen for whole networks stands in the
 * golden files *.schedule; here is what must hold of every choice. */
#include "build.h"
#include "kernel/kernel.h"

#include <string.h>

#include <cmocka.h>

static int64_t tile_of(const struct node *node, const char *name)
{
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        if (strcmp(node->kernel->tile_names[i], name) == 0)
            return node->tile[i];
    return 1;
}

static struct program scheduled(struct build *build, const char *target, int lanes)
{
    struct program program = {
        .kind = lanes == 1 ? PROGRAM_PREDICT : PROGRAM_MANY, .graph = build->graph, .lanes = lanes};
    if (!pass_schedule(&program, target_find(target)))
        fail_msg("%s", build->diag.message);
    return program;
}

/* Calls `check` for each node with a kernel, of all programs of all scripts for all targets. */
static void for_all(struct build *build,
                    void (*check)(const struct program *, const struct node *, const struct target *))
{
    for (const char *const *script = build_scripts; *script; script++) {
        const struct graph *model = build_script(build, *script);
        for (const struct target *target = target_table; target->name; target++)
            for (int kind = PROGRAM_PREDICT; kind <= PROGRAM_TRAIN; kind++) {
                struct program program = build_program(model, (enum program_kind)kind, target);
                for (int i = 0; i < program.graph->n_nodes; i++)
                    check(&program, program.graph->nodes[i], target);
            }
    }
}

/* ---- kernels ---- */

static void check_kernel(const struct program *program, const struct node *node, const struct target *target)
{
    (void)program, (void)target;
    assert_int_equal(node->kernel == NULL, node->fused_into || node->op->alias);
    if (!node->kernel)
        return;
    bool candidate = false;
    for (const struct kernel *const *kernel = kernels_of(node->op)->candidates; *kernel; kernel++)
        candidate |= *kernel == node->kernel;
    assert_true(candidate);
}

static void every_node_has_a_kernel_of_its_op(void **state) { for_all(*state, check_kernel); }

/* A network that scales its input first does so while blocks are loaded, but one sample is read where the caller has it. */
static void an_input_is_scaled_while_it_is_loaded(void **state)
{
    for (int lanes = 1; lanes <= 16; lanes += 15) {
        struct build *build = *state;
        build_reset(build);
        struct tensor *scaled = apply(build, "affine", "scale=2", build_input(build, "8x8x4"));
        build_output(build, apply(build, "unary", "function=tanh", scaled));
        scheduled(build, "avx512", lanes);
        assert_int_equal(scaled->producer->loads, lanes > 1);
    }
}

static void an_input_with_two_readers_is_not_scaled_on_the_way(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "8x8x4");
    struct tensor *scaled = apply(build, "affine", "scale=2", x);
    build_output(build, apply(build, "binary", "function=add", scaled, x));
    scheduled(build, "avx512", 16);
    assert_false(scaled->producer->loads);
}

static const char *kernel_for(struct build *build, const char *target, int lanes, enum optimize optimize)
{
    build_reset(build);
    build->graph->optimize = optimize;
    struct tensor *x = build_input(build, "8x8x4"), *k = build_parameter(build, "k", "3x3x4x8");
    build_output(build, apply(build, "conv2d", "", x, k));
    struct prepared prepared;
    assert_true(pass_prepare(build->graph, target_find(target), &prepared));
    scheduled(build, target, lanes);
    return graph_find(build->graph, "conv2d")->kernel->name;
}

static void vectors_run_along_samples_or_channels(void **state)
{
    struct build *build = *state;
    assert_string_equal(kernel_for(build, "avx2", 8, OPTIMIZE_SPEED), "conv2d_block");
    assert_string_equal(kernel_for(build, "avx2", 1, OPTIMIZE_SPEED), "conv2d_channels");
    assert_string_equal(kernel_for(build, "avx512", 1, OPTIMIZE_SPEED), "conv2d_channels");
    assert_string_equal(kernel_for(build, "generic", 1, OPTIMIZE_SPEED), "conv2d_block");
}

static void size_has_kernels_of_its_own(void **state)
{
    struct build *build = *state;
    assert_string_equal(kernel_for(build, "avx2", 8, OPTIMIZE_SIZE), "small_conv2d");
    assert_string_equal(kernel_for(build, "avx2", 1, OPTIMIZE_SIZE), "small_conv2d");
    assert_string_equal(kernel_for(build, "generic", 1, OPTIMIZE_SIZE), "small_conv2d");
}

/* Of a depthwise convolution in training. */
static const struct node *gradient_for(struct build *build, const char *kernel)
{
    build_reset(build);
    struct tensor *x = build_input(build, "64x40x16"), *k = build_parameter(build, "k", kernel);
    build_loss(build, apply(build, "conv2d", "groups=16", x, k));
    graph_finish(build->graph);
    struct program program = build_program(build->graph, PROGRAM_TRAIN, target_find("avx512"));
    return graph_find(program.graph, "conv2d_grad_kernel");
}

/* Which are on the stack of a thread. */
static void sums_of_depthwise_gradients_are_few(void **state)
{
    struct build *build = *state;
    const struct node *small = gradient_for(build, "3x3x1x16");
    assert_string_equal(small->kernel->name, "conv2d_grad_depthwise");
    assert_int_equal(node_tile(small, "filters"), 8);
    assert_string_equal(gradient_for(build, "40x20x1x16")->kernel->name, "conv2d_grad_kernel");
}

/* One sample's channels may lie one image after the other only where every reader can read that. */
static void check_planar(const struct program *program, const struct node *node, const struct target *target)
{
    (void)target;
    for (int i = 0; i < node->n_out; i++)
        if (node->out[i]->planar)
            assert_true(program->kind == PROGRAM_PREDICT && !node->out[i]->is_output);
    for (int i = 0; i < node->n_in; i++)
        if (node->in[i] && node->in[i]->planar)
            assert_true(i == 0 && kernels_of(node->op)->reads_planar && kernels_of(node->op)->reads_planar(node));
}

static void planar_tensors_have_readers_for_them(void **state) { for_all(*state, check_planar); }

static void a_node_that_no_kernel_fits_is_an_error(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "8x8x4"), *k = build_parameter(build, "k", "3x3x4x8");
    build_output(build, apply(build, "conv2d", "", x, k));
    /* The kernel of one sample reads packed weights. */
    struct program program = {.graph = build->graph, .lanes = 1};
    assert_false(pass_schedule(&program, target_find("avx2")));
    assert_string_equal(build->diag.message, "no kernel can compute conv2d here");
    assert_int_equal(build->diag.at.line, 7);
}

/* ---- tiles ---- */

static bool is_kernel(const struct node *node, const char *name)
{
    return node->kernel && strcmp(node->kernel->name, name) == 0;
}

/* Rows and columns of the pool that the node's kernel computes too. */
static void pool_of(const struct node *node, int64_t window[2])
{
    window[0] = window[1] = 1;
    for (int i = 0; i < node->n_fused; i++)
        if (node->fused[i]->op == &op_max_pool2d)
            memcpy(window, ((const struct pool2d *)node->fused[i]->attributes)->window.size, 2 * sizeof window[0]);
}

/* Accumulators, the weights that a step uses again and one input: what the inner loop of a product keeps in registers. */
static int64_t registers_of(const struct node *node)
{
    int64_t window[2], filters = tile_of(node, "filters"), vectors = tile_of(node, "vectors");
    pool_of(node, window);
    if (is_kernel(node, "conv2d_grad_kernel"))
        return tile_of(node, "taps") * tile_of(node, "channels") * filters + filters + 1;
    if (is_kernel(node, "conv2d_columns")) /* vectors of pooled columns */
        return window[0] * window[1] * vectors * filters + filters + 1;
    if (is_kernel(node, "matmul_grad_rows")) /* by two vectors of outputs */
        return tile_of(node, "rows") * 2 + 2 + 1;
    int64_t outputs = filters * vectors, positions = window[0] * tile_of(node, "columns");
    return positions * outputs * tile_of(node, "sums") + (positions > 1 ? outputs : 1) + 1;
}

static void check_registers(const struct program *program, const struct node *node, const struct target *target)
{
    if (!node->kernel || !node->kernel->tile || !node->op->work)
        return;
    int64_t registers = registers_of(node);
    if (registers > target->registers)
        fail_msg("%s for %s: %s of %s takes %d registers", program->graph->script, target->name, node->kernel->name,
                 node->origin.layer, (int)registers);
}

static void every_tile_fits_the_registers(void **state) { for_all(*state, check_registers); }

static void check_columns(const struct program *program, const struct node *node, const struct target *target)
{
    (void)program, (void)target;
    int64_t window[2];
    if (!node->kernel || !node->kernel->tile || is_kernel(node, "conv2d_columns"))
        return;
    pool_of(node, window);
    if (node->op == &op_conv2d_grad_input)
        window[1] = ((const struct conv2d *)node->attributes)->window.strides[1];
    assert_int_equal(tile_of(node, "columns") % window[1], 0);
}

/* A tile computes whole windows of the pool behind it; the gradient of a strided convolution whole strides. */
static void tiles_are_whole_windows(void **state) { for_all(*state, check_columns); }

static void check_panels(const struct program *program, const struct node *node, const struct target *target)
{
    (void)program;
    const struct node *packed = node->kernel && node->n_in > 1 && node->in[1] ? node->in[1]->producer : NULL;
    if (!packed || packed->op != &op_pack || !(node->op == &op_conv2d || node->op == &op_matmul))
        return;
    int64_t panel = ((const struct pack *)packed->attributes)->panel, step = tile_of(node, "filters");
    if (program->lanes == 1 && !is_kernel(node, "conv2d_columns"))
        step *= tile_of(node, "vectors") * target->lanes;
    assert_true(target->lanes == 1 || panel % step == 0 || step % panel == 0);
}

static void no_tile_begins_inside_a_panel_and_ends_in_another(void **state) { for_all(*state, check_panels); }

/* Two FMAs a cycle is all there is. Tails of pools are left out of the work, so only full grids can be compared. */
static void check_cycles(const struct program *program, const struct node *node, const struct target *target)
{
    if (!node->kernel || !node->kernel->tile || node->n_fused ||
        !(node->op == &op_conv2d || node->op == &op_matmul))
        return;
    double lanes = program->kind == PROGRAM_PREDICT ? target->lanes : 1;
    assert_true(node->cycles >= (double)node->op->work(node) / (2 * lanes));
}

static void nothing_is_faster_than_the_machine(void **state) { for_all(*state, check_cycles); }

/* ---- phases ---- */

static void check_phase(const struct program *program, const struct node *node, const struct target *target)
{
    (void)target;
    assert_in_range(node->phase, 0, program->n_phases - 1);
    for (int i = 0; i < node->n_in; i++) {
        const struct node *producer = node->in[i] ? node->in[i]->producer : NULL;
        if (producer)
            assert_true(node->phase >= producer->phase + node_reduces(producer));
    }
    if (program->kind != PROGRAM_TRAIN)
        assert_int_equal(node->phase, 0);
}

static void who_reads_a_batch_sum_runs_a_phase_later(void **state) { for_all(*state, check_phase); }

/* Three for each: the mean, the variance, and the sums of its gradient. */
static void batch_norm_cuts_a_step_into_phases(void **state)
{
    struct build *build = *state;
    static const struct {
        const char *script;
        int phases;
    } cases[] = {{"examples/mnist.lua", 1}, {"tests/golden/graph.lua", 4}, {"tests/scripts/batch_norm.lua", 10}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program program =
            build_program(build_script(build, cases[i].script), PROGRAM_TRAIN, target_find("avx2"));
        assert_int_equal(program.n_phases, cases[i].phases);
    }
}

static void gradients_by_parameters_run_behind_all_phases(void **state)
{
    struct build *build = *state;
    struct program program =
        build_program(build_script(build, "tests/bench/models/lenet.lua"), PROGRAM_TRAIN, target_find("avx2"));
    for (int i = 0; i < program.graph->n_nodes; i++) {
        const struct node *node = program.graph->nodes[i];
        assert_true(node->op->by_parameters ? node->phase == program.n_phases : node->phase < program.n_phases);
    }
    assert_non_null(graph_find(program.graph, "matmul_grad_rows"));
}

/* Two large layers, whose epilogues run with them: input, first; second; output, loss, gradients; then the first's. */
static void what_the_batch_computes_at_once_is_read_a_phase_later(void **state)
{
    struct build *build = *state;
    struct program program =
        build_program(build_script(build, "tests/bench/models/mlp.lua"), PROGRAM_TRAIN, target_find("avx2"));
    assert_int_equal(program.n_phases, 4);
    for (int i = 0; i < program.graph->n_nodes; i++) {
        const struct node *node = program.graph->nodes[i];
        if (node->fused_into)
            assert_int_equal(node->phase, node->fused_into->phase);
        for (int j = 0; j < node->n_in; j++) {
            const struct node *maker = node->in[j] ? node->in[j]->producer : NULL;
            const struct node *head = maker && maker->fused_into ? maker->fused_into : maker;
            if (head && head->op->by_batch && node->fused_into != head)
                assert_true(node->phase > head->phase);
        }
    }
}

static void what_depends_on_parameters_only_runs_once(void **state)
{
    struct build *build = *state;
    struct tensor *p = build_parameter(build, "p", "4");
    struct tensor *shared = apply(build, "affine", "scale=2", p);
    build_output(build, apply(build, "binary", "function=add", build_input(build, "3x4"), shared));
    scheduled(build, "avx2", 8);
    assert_true(shared->producer->once);
    assert_false(graph_find(build->graph, "add")->once);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(an_input_is_scaled_while_it_is_loaded),
        TEST(an_input_with_two_readers_is_not_scaled_on_the_way),
        TEST(every_node_has_a_kernel_of_its_op),
        TEST(vectors_run_along_samples_or_channels),
        TEST(size_has_kernels_of_its_own),
        TEST(sums_of_depthwise_gradients_are_few),
        TEST(planar_tensors_have_readers_for_them),
        TEST(a_node_that_no_kernel_fits_is_an_error),
        TEST(every_tile_fits_the_registers),
        TEST(tiles_are_whole_windows),
        TEST(no_tile_begins_inside_a_panel_and_ends_in_another),
        TEST(nothing_is_faster_than_the_machine),
        TEST(who_reads_a_batch_sum_runs_a_phase_later),
        TEST(batch_norm_cuts_a_step_into_phases),
        TEST(gradients_by_parameters_run_behind_all_phases),
        TEST(what_the_batch_computes_at_once_is_read_a_phase_later),
        TEST(what_depends_on_parameters_only_runs_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
