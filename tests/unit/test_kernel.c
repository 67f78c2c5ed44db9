/* How the kernels of conv2d and matmul are tiled, and how their weights are packed. */
#include "build.h"
#include "kernel/kernel.h"

#include <string.h>

#include <cmocka.h>

static const struct kernel *kernel_of(const struct op *op, const char *name)
{
    for (const struct kernel *const *kernel = kernels_of(op)->candidates; *kernel; kernel++)
        if (strcmp((*kernel)->name, name) == 0)
            return *kernel;
    fail_msg("%s has no kernel %s", op->name, name);
    return NULL;
}

/* Tiles a node by hand: sets kernel, tile and cycles. */
static struct node *tile(struct node *node, const char *kernel, const char *target, int lanes)
{
    node->kernel = kernel_of(node->op, kernel);
    struct tiles tiles = {0};
    node->kernel->tile(node, target_find(target), lanes, &tiles);
    memcpy(node->tile, tiles.list[0].tile, sizeof node->tile);
    node->cycles = tiles.list[0].cycles;
    return node;
}

static int64_t tile_of(const struct node *node, const char *name)
{
    for (int i = 0; i < TILE_MAX && node->kernel->tile_names[i]; i++)
        if (strcmp(node->kernel->tile_names[i], name) == 0)
            return node->tile[i];
    fail_msg("%s has no tile %s", node->kernel->name, name);
    return 0;
}

static struct tensor *conv(struct build *build, const char *input, const char *kernel, const char *attributes)
{
    return apply(build, "conv2d", attributes, build_input(build, input), build_parameter(build, "k", kernel));
}

/* The same, its weights packed in panels. */
static struct tensor *packed(struct build *build, const char *input, const char *kernel, int panel)
{
    struct tensor *k = build_parameter(build, "k", kernel);
    const char *attributes = arena_printf(&build->arena, "panel=%d groups=1", panel);
    struct tensor *y = apply(build, "conv2d", "", build_input(build, input), k);
    y->producer->in[1] = apply(build, "pack", attributes, k);
    return y;
}

/* ---- the list of the best ---- */

static void the_best_of_all_offered_tiles_stay(void **state)
{
    (void)state;
    struct tiles tiles = {0};
    for (int64_t i = 0; i < 20; i++)
        tiles_offer(&tiles, (int64_t[TILE_MAX]){i}, (double)(i * 7 % 20 / 2));
    /* Two each cost the same; the first of them stays in front. */
    static const int64_t expected[CANDIDATES_MAX] = {0, 3, 6, 9, 12, 15};
    assert_int_equal(tiles.count, CANDIDATES_MAX);
    for (int i = 0; i < CANDIDATES_MAX; i++) {
        assert_int_equal(tiles.list[i].tile[0], expected[i]);
        assert_true(tiles.list[i].cycles == i / 2);
    }
}

/* ---- epilogues ---- */

static void an_epilogue_says_each_part(void **state)
{
    struct build *build = *state;
    struct tensor *y = conv(build, "26x26x8", "3x3x8x8", "");
    struct tensor *bias = apply(build, "binary", "function=add", y, build_parameter(build, "b", "8"));
    struct tensor *pooled = apply(build, "max_pool2d", "pool=2,3 strides=2,3", bias);
    build_output(build, apply(build, "unary", "function=elu alpha=0.5", pooled));
    assert_true(epilogue_of(y->producer).pool == POOL_NONE && !epilogue_of(y->producer).bias);
    assert_true(pass_fuse(build->graph));
    const struct epilogue epilogue = epilogue_of(y->producer);
    assert_true(epilogue.bias && epilogue.nonlinearity->op == &op_unary);
    assert_int_equal(epilogue.pool, POOL_MAX);
    assert_true(epilogue.window[0] == 2 && epilogue.window[1] == 3);
    assert_ptr_equal(epilogue.argmax, pooled->producer->out[1]);
}

/* What is neither a bias, a nonlinearity nor a pool is nothing that a kernel could do to its sums. */
static void no_other_op_is_part_of_an_epilogue(void **state)
{
    struct build *build = *state;
    const struct node *node = conv(build, "8x8x4", "3x3x4x4", "")->producer;
    struct node next = {.in = node->out, .n_in = 1};
    for (const struct op *const *op = op_table; *op; op++) {
        bool part = *op == &op_binary || *op == &op_unary || *op == &op_max_pool2d || *op == &op_average_pool2d;
        next.op = *op;
        if (!part)
            assert_false(epilogue_fuses(build->graph, node, &next));
    }
}

/* ---- a block of samples ---- */

static void a_tile_takes_what_the_registers_give(void **state)
{
    struct build *build = *state;
    static const char *const targets[] = {"avx512", "avx2"};
    for (size_t i = 0; i < 2; i++) {
        int registers = target_find(targets[i])->registers;
        struct node *node = tile(conv(build, "34x34x32", "3x3x32x32", "")->producer, "conv2d_block", targets[i],
                                 target_find(targets[i])->lanes);
        int64_t filters = tile_of(node, "filters"), columns = tile_of(node, "columns");
        assert_true(filters * columns + filters + 1 <= registers);
        /* Most registers are accumulators, in a tile that shares both weights and inputs. */
        assert_true(filters * columns >= registers / 2);
        assert_true(filters > 1 && columns > 1);
        build_reset(build);
    }
}

static void a_tile_is_no_larger_than_the_image(void **state)
{
    struct build *build = *state;
    struct node *node = tile(conv(build, "3x3x4", "3x3x4x2", "")->producer, "conv2d_block", "avx512", 16);
    assert_int_equal(tile_of(node, "columns"), 1);
    assert_in_range(tile_of(node, "filters"), 1, 2);
}

static void a_tile_stays_within_its_group(void **state)
{
    struct build *build = *state;
    struct node *node = tile(conv(build, "8x8x8", "3x3x1x8", "groups=8")->producer, "conv2d_block", "avx512", 16);
    assert_int_equal(tile_of(node, "filters"), 1);
}

static void a_pool_behind_makes_tiles_of_its_windows(void **state)
{
    struct build *build = *state;
    struct tensor *y = conv(build, "26x26x8", "3x3x8x8", "");
    build_output(build, apply(build, "max_pool2d", "pool=2,3 strides=2,3", y));
    assert_true(pass_fuse(build->graph));
    struct node *node = tile(y->producer, "conv2d_block", "avx512", 16);
    assert_int_equal(tile_of(node, "columns") % 3, 0);
    assert_true(2 * tile_of(node, "columns") * tile_of(node, "filters") <= 32);
}

static void more_work_takes_longer(void **state)
{
    struct build *build = *state;
    double small = tile(conv(build, "10x10x4", "3x3x4x8", "")->producer, "conv2d_block", "avx2", 8)->cycles;
    double wide = tile(conv(build, "18x18x4", "3x3x4x8", "")->producer, "conv2d_block", "avx2", 8)->cycles;
    double deep = tile(conv(build, "10x10x8", "3x3x8x8", "")->producer, "conv2d_block", "avx2", 8)->cycles;
    assert_true(small > 0 && wide > 2 * small && deep > 1.5 * small);
}

static void the_gradient_of_strides_has_tiles_of_whole_strides(void **state)
{
    struct build *build = *state;
    for (int stride = 1; stride <= 40; stride++) {
        build_reset(build);
        struct tensor *x = build_input(build, "8x41x4");
        struct tensor *in = apply(build, "unary", "function=tanh",
                                  apply(build, "matmul", "", x, build_parameter(build, "first", "4x4")));
        const char *attributes = arena_printf(&build->arena, "strides=1,%d", stride);
        struct tensor *y = apply(build, "conv2d", attributes, in, build_parameter(build, "k", "3x1x4x6"));
        build_loss(build, y);
        assert_true(pass_grad(build->graph));
        struct node *node = tile(graph_find(build->graph, "conv2d_grad_input"), "conv2d_grad_input", "avx2", 8);
        assert_true(tile_of(node, "columns") >= stride && tile_of(node, "columns") % stride == 0);
        assert_true(tile_of(node, "filters") >= 1 && node->cycles > 0);
    }
}

static void the_gradient_of_a_kernel_keeps_a_piece_of_it(void **state)
{
    struct build *build = *state;
    static const struct {
        const char *input, *kernel, *attributes;
    } cases[] = {{"28x28x1", "5x5x1x8", ""},
                 {"12x12x8", "3x3x8x16", ""},
                 {"12x12x8", "3x3x1x8", "groups=8"},
                 {"5x5x64", "1x1x64x64", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        build_reset(build);
        build_loss(build, conv(build, cases[i].input, cases[i].kernel, cases[i].attributes));
        assert_true(pass_grad(build->graph));
        struct node *node =
            tile(graph_find(build->graph, "conv2d_grad_kernel"), "conv2d_grad_kernel", "avx512", 16);
        struct shape kernel = build_shape(cases[i].kernel);
        int64_t groups = ((const struct conv2d *)node->attributes)->groups;
        assert_in_range(tile_of(node, "taps"), 1, kernel.dim[1]);
        assert_in_range(tile_of(node, "channels"), 1, kernel.dim[2]);
        assert_in_range(tile_of(node, "filters"), 1, kernel.dim[3] / groups);
    }
}

/* ---- one sample ---- */

static void one_sample_needs_packed_weights(void **state)
{
    struct build *build = *state;
    const struct target *avx2 = target_find("avx2"), *generic = target_find("generic");
    const struct node *plain = conv(build, "8x8x4", "3x3x4x8", "")->producer;
    const struct node *panels = packed(build, "8x8x4", "3x3x4x8", 8)->producer;
    const struct kernel *channels = kernel_of(&op_conv2d, "conv2d_channels"),
                        *block = kernel_of(&op_conv2d, "conv2d_block");
    assert_false(channels->applies(plain, avx2, 1));
    assert_true(channels->applies(panels, avx2, 1));
    assert_false(channels->applies(panels, avx2, 8));
    assert_false(channels->applies(panels, generic, 1));
    assert_true(block->applies(plain, avx2, 8));
    assert_false(block->applies(plain, avx2, 1));
    assert_true(block->applies(plain, generic, 1));
}

static void outputs_are_counted_in_vectors(void **state)
{
    struct build *build = *state;
    struct node *node = tile(packed(build, "8x8x4", "3x3x4x8", 8)->producer, "conv2d_channels", "avx2", 1);
    assert_int_equal(tile_of(node, "vectors"), 1);
    assert_in_range(tile_of(node, "columns"), 2, 6);
}

/* Panels of 16, in a file with several variants, read by vectors of 8: a tile ends with a panel or with its half. */
static void tiles_fit_panels_of_a_wider_target(void **state)
{
    struct build *build = *state;
    struct node *node = tile(packed(build, "8x8x4", "3x3x4x48", 16)->producer, "conv2d_channels", "avx2", 1);
    int64_t step = tile_of(node, "vectors") * 8;
    assert_true(step % 16 == 0 || 16 % step == 0);
    build_reset(build);
    node = tile(packed(build, "8x8x4", "3x3x4x48", 16)->producer, "conv2d_block", "avx2", 8);
    step = tile_of(node, "filters");
    assert_true(step % 16 == 0 || 16 % step == 0);
}

/* One position with few outputs: more sums at once hide how long an FMA takes. */
static void a_small_dense_splits_its_sums(void **state)
{
    struct build *build = *state;
    struct tensor *k = build_parameter(build, "k", "400x10");
    struct tensor *y = apply(build, "matmul", "", build_input(build, "400"), k);
    y->producer->in[1] = apply(build, "pack", "panel=16 groups=1", k);
    struct node *node = tile(y->producer, "matmul_channels", "avx512", 1);
    int64_t chains = tile_of(node, "vectors") * tile_of(node, "columns") * tile_of(node, "sums");
    assert_int_equal(chains, 8);
    assert_int_equal(400 % tile_of(node, "sums"), 0);
    /* An odd number of channels cannot be split in two. */
    build_reset(build);
    k = build_parameter(build, "k", "25x10");
    y = apply(build, "matmul", "", build_input(build, "25"), k);
    y->producer->in[1] = apply(build, "pack", "panel=16 groups=1", k);
    assert_int_equal(tile_of(tile(y->producer, "matmul_channels", "avx512", 1), "sums"), 1);
}

/* The lesson's first layer: 12 pooled columns fill more of a vector than 8 channels do. */
static void few_channels_go_along_the_columns(void **state)
{
    struct build *build = *state;
    const struct kernel *columns = kernel_of(&op_conv2d, "conv2d_columns");
    const struct target *avx512 = target_find("avx512");
    struct node *node = packed(build, "28x28x1", "5x5x1x8", 16)->producer;
    assert_true(columns->applies(node, avx512, 1));
    assert_false(columns->applies(node, avx512, 16));
    assert_true(columns->applies(packed(build, "12x12x4", "3x3x4x8", 16)->producer, avx512, 1));
    assert_false(columns->applies(packed(build, "12x12x5", "3x3x5x8", 16)->producer, avx512, 1));
    /* An image that is split in front must be small enough for the stack. */
    assert_false(columns->applies(packed(build, "224x224x3", "3x3x3x8", 16)->producer, avx512, 1));
}

/* ---- packing and work ---- */

static void panels_are_as_wide_as_a_vector(void **state)
{
    struct build *build = *state;
    struct node *y = conv(build, "8x8x6", "3x3x2x9", "groups=3")->producer;
    struct pack pack = conv2d_pack(y, target_find("avx512"));
    assert_int_equal(pack.panel, 16);
    assert_int_equal(pack.groups, 3);
    pack = conv2d_pack(y, target_find("generic"));
    assert_int_equal(pack.panel, 9); /* as it is */
    assert_int_equal(pack.groups, 1);
    struct node *dense =
        apply(build, "matmul", "", build_input(build, "5x7"), build_parameter(build, "d", "7x11"))->producer;
    assert_int_equal(matmul_pack(dense, target_find("avx2")).panel, 8);
    assert_int_equal(matmul_pack(dense, target_find("generic")).panel, 11);
}

static void work_counts_multiply_adds(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "12x12x8");
    struct tensor *first = apply(build, "conv2d", "padding=same", x, build_parameter(build, "a", "1x1x8x8"));
    build_loss(build, apply(build, "conv2d", "", first, build_parameter(build, "k", "3x3x8x16")));
    assert_true(pass_grad(build->graph));
    const int64_t products = 10 * 10 * 16 * 9 * 8;
    const struct graph *graph = build->graph;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        const struct conv2d *a = node->attributes;
        if (node->op->work && a->window.size[0] == 3)
            assert_int_equal(node->op->work(node), products); /* forward, and both gradients */
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(the_best_of_all_offered_tiles_stay),
        TEST(an_epilogue_says_each_part),
        TEST(no_other_op_is_part_of_an_epilogue),
        TEST(a_tile_takes_what_the_registers_give),
        TEST(a_tile_is_no_larger_than_the_image),
        TEST(a_tile_stays_within_its_group),
        TEST(a_pool_behind_makes_tiles_of_its_windows),
        TEST(more_work_takes_longer),
        TEST(the_gradient_of_strides_has_tiles_of_whole_strides),
        TEST(the_gradient_of_a_kernel_keeps_a_piece_of_it),
        TEST(one_sample_needs_packed_weights),
        TEST(outputs_are_counted_in_vectors),
        TEST(tiles_fit_panels_of_a_wider_target),
        TEST(a_small_dense_splits_its_sums),
        TEST(few_channels_go_along_the_columns),
        TEST(panels_are_as_wide_as_a_vector),
        TEST(work_counts_multiply_adds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
