/* From a script to programs ready to be emitted: what is asked for is there, what cannot be is refused, and a lack
 * of memory anywhere on the way is survived. */
#include "build.h"
#include "failing_arena.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options options_for(const char *target)
{
    return (struct options){.script = "model.lua", .output = "net.c", .name = "net", .target = target_find(target)};
}

/* ---- what is there ---- */

static void a_compiled_model_has_all_programs(void **state)
{
    struct build *build = *state;
    struct options options = options_for("avx2");
    struct unit unit = {0};
    assert_true(compile_unit(&unit, build_script(build, "examples/mnist.lua"), &options));
    assert_int_equal(unit.n_variants, 1);
    const struct variant *variant = &unit.variants[0];
    assert_int_equal(variant->predict.kind, PROGRAM_PREDICT);
    assert_int_equal(variant->predict.lanes, 1);
    assert_int_equal(variant->many.lanes, 8);
    assert_int_equal(variant->evaluate.lanes, 8);
    assert_int_equal(variant->train->lanes, 8);
    assert_true(variant->train->groups > 0);
    assert_null(unit.embedded);
    /* Each has what it is for. */
    assert_null(variant->predict.graph->loss);
    assert_null(variant->many.graph->loss);
    assert_int_equal(variant->predict.graph->n_outputs, 1);
    assert_non_null(variant->evaluate.graph->loss);
    assert_non_null(variant->evaluate.graph->metrics[0]);
    assert_int_equal(variant->evaluate.graph->n_outputs, 0);
    assert_non_null(variant->train->graph->loss);
    assert_int_equal(variant->train->graph->n_outputs, 0);
    assert_int_equal(variant->train->graph->n_gradients, 6);
}

static void emit_infer_leaves_training_out(void **state)
{
    struct build *build = *state;
    struct options options = options_for("avx2");
    options.emit = EMIT_INFER;
    struct unit unit = {0};
    assert_true(compile_unit(&unit, build_script(build, "examples/mnist.lua"), &options));
    assert_non_null(unit.variants[0].predict.graph);
    assert_non_null(unit.variants[0].many.graph);
    assert_null(unit.variants[0].evaluate.graph);
    assert_null(unit.variants[0].train);
    assert_null(unit.watch.program.graph);
}

/* Around a shortcut and through the convolutions beside it: what either way leads to. */
static void layers_say_where_their_places_come_from(void **state)
{
    static const struct reach wanted[] = {
        {{0, 0}, {0, 0}, {0, 0}},                           /* the input */
        {{3, 3}, {2, 2}, {0, 0}},                           /* a convolution of stride 2, "same" on 28 rows */
        {{5, 5}, {1, 1}, {2, 2}},                           /* two convolutions and a shortcut */
        {{2, 2}, {2, 2}, {0, 0}},                           /* a pool */
        {{5, 5}, {1, 1}, {2, 2}}, {{0, 0}, {0, 0}, {0, 0}}, /* the mean of everywhere */
        {{0, 0}, {0, 0}, {0, 0}}};                          /* no image */
    struct build *build = *state;
    struct options options = options_for("generic");
    struct unit unit = {0};
    const char *top = getenv("TOP"),
               *path = arena_printf(&build->arena, "%s/examples/residual.lua", top ? top : ".");
    struct graph *model =
        script_run(&build->arena, &build->diag, path, limits_default); /* as it is, not simplified */
    assert_non_null(model);
    assert_true(compile_unit(&unit, model, &options));
    assert_int_equal(unit.model->n_layers, 7);
    assert_memory_equal(unit.watch.reaches, wanted, sizeof wanted);
    assert_int_equal(unit.watch.places[0], -1);
    assert_int_equal(unit.watch.places[2], 14 * 14 * 8);
    assert_int_equal(unit.watch.program.graph->n_outputs, 6);
    assert_int_equal(unit.watch.program.graph->optimize, OPTIMIZE_SIZE);
}

static bool sums_by_parameters(const struct graph *graph)
{
    bool found = false;
    for (int i = 0; i < graph->n_nodes; i++)
        found |= graph->nodes[i]->op->by_parameters;
    return found;
}

/* When size counts, samples are predicted one by one, and large gradients have no kernels of their own. */
static void size_takes_the_simple_ways(void **state)
{
    struct build *build = *state;
    struct options options = options_for("avx2");
    for (int size = 0; size < 2; size++) {
        struct unit unit = {0};
        options.optimize = size ? OPTIMIZE_SIZE : OPTIMIZE_SPEED;
        assert_true(compile_unit(&unit, build_script(build, "tests/bench/models/mlp.lua"), &options));
        assert_int_equal(unit.variants[0].many.graph == NULL, size);
        assert_int_equal(sums_by_parameters(unit.variants[0].train->graph), !size);
        assert_non_null(unit.variants[0].evaluate.graph);
    }
}

/* Pointwise convolutions of 64 channels have a vector's worth of channels in one sample; those of the digits have not. A block
 * of larger images is beyond the caches, and an image itself is work enough for all threads. */
static void many_samples_are_predicted_the_quicker_way(void **state)
{
    static const struct {
        const char *script;
        enum many_mode mode;
    } expected[] = {{"examples/mnist.lua", MANY_BLOCKS},
                    {"examples/keywords.lua", MANY_SAMPLES},
                    {"tests/bench/models/vgglike.lua", MANY_SEQUENCE}};
    struct options options = options_for("avx512");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct unit unit = {0};
        assert_true(compile_unit(&unit, build_script(*state, expected[i].script), &options));
        assert_int_equal(unit.many_mode, expected[i].mode);
    }
}

/* Eight samples leave half of sixteen lanes empty, and of large images each is work enough; the digits' channels fill half of
 * a vector, but a block of them all of it. */
static void training_goes_through_a_batch_the_quicker_way(void **state)
{
    static const struct {
        const char *script, *target;
        int lanes;
    } expected[] = {{"examples/mnist.lua", "avx512", 16},
                    {"tests/bench/models/denoiser.lua", "avx512", 1},
                    {"tests/bench/models/denoiser.lua", "generic", 1},
                    {"tests/bench/models/mlp.lua", "avx512", 16}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct options options = options_for(expected[i].target);
        struct unit unit = {0};
        assert_true(compile_unit(&unit, build_script(*state, expected[i].script), &options));
        assert_int_equal(unit.variants[0].train->lanes, expected[i].lanes);
        options.batches = BATCHES_IN_BLOCKS;
        struct unit blocks = {0};
        assert_true(compile_unit(&blocks, build_script(*state, expected[i].script), &options));
        assert_int_equal(blocks.variants[0].train->lanes, options.target->lanes);
    }
}

static void a_script_that_does_not_compile_predicts(void **state)
{
    struct build *build = *state;
    struct options options = options_for("generic");
    struct unit unit = {0};
    assert_true(compile_unit(&unit, build_script(build, "tests/golden/channels_first.lua"), &options));
    assert_non_null(unit.variants[0].predict.graph);
    assert_null(unit.variants[0].train);
}

static void weights_make_it_an_inference_file(void **state)
{
    struct build *build = *state;
    const char *top = getenv("TOP");
    struct options options = options_for("avx2");
    options.weights = arena_printf(&build->arena, "%s/examples/mnist.safetensors", top ? top : ".");
    struct unit unit = {0};
    struct graph *model = build_script(build, "examples/mnist.lua");
    const float *parameters = NULL;
    assert_true(weights_find(model, &options, &parameters));
    assert_true(compile_unit(&unit, model, &options) && weights_embed(&unit, model, parameters));
    assert_non_null(unit.embedded);
    assert_null(unit.variants[0].train);
}

/* All variants read the same prepared parameters. */
static void one_file_may_hold_several_targets(void **state)
{
    struct build *build = *state;
    struct options options = options_for("fat");
    struct unit unit = {0};
    assert_true(compile_unit(&unit, build_script(build, "tests/golden/graph.lua"), &options));
    assert_true(unit.n_variants > 1);
    const struct graph *first = unit.variants[0].many.graph;
    for (int i = 0; i < unit.n_variants; i++) {
        const struct variant *variant = &unit.variants[i];
        assert_string_equal(variant->target->name, options.target->variants[i]);
        assert_int_equal(variant->many.lanes, variant->target->lanes);
        for (int j = 0; j < first->n_tensors; j++)
            if (first->tensors[j]->storage == STORE_PREPARED)
                assert_int_equal(variant->many.graph->tensors[j]->offset, first->tensors[j]->offset);
    }
}

/* ---- what is refused ---- */

static void assert_refused(struct build *build, const char *script, const struct options *options,
                           const char *message, const char *hint)
{
    struct unit unit = {0};
    assert_false(compile_unit(&unit, build_script(build, script), options));
    assert_string_equal(build->diag.message, message);
    if (hint)
        assert_string_equal(build->diag.hint, hint);
}

static void contradictions_are_errors(void **state)
{
    struct build *build = *state;
    struct options options = options_for("avx2");
    options.emit = EMIT_TRAIN;
    assert_refused(build, "tests/golden/channels_first.lua", &options,
                   "--emit train needs a loss, but the script does not compile the model",
                   "add model:compile{optimizer = \"adam\", loss = ...}");
    options.weights = "w.safetensors";
    assert_refused(build, "examples/mnist.lua", &options,
                   "--weights embeds constants, which cannot be trained: leave out --emit train", NULL);
    options.emit = EMIT_DEFAULT;
    options.weights = "/nonexistent/w.safetensors";
    const float *parameters = NULL;
    assert_false(weights_find(build_script(build, "examples/mnist.lua"), &options, &parameters));
    assert_string_equal(build->diag.at.file, "/nonexistent/w.safetensors");
}

static void many_outputs_are_for_prediction(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4"),
                  *y = apply(build, "matmul", "", x, build_parameter(build, "k", "4x3"));
    build_loss(build, y);
    for (int i = 0; i <= ARRAYS_MAX; i++)
        build_output(build, apply(build, "unary", "function=relu", y));
    build->graph->training.compiled = true;
    graph_finish(build->graph);
    struct options options = options_for("generic");
    struct unit unit = {0};
    assert_false(compile_unit(&unit, graph_copy(build->graph), &options));
    assert_string_equal(build->diag.message,
                        "a model with 1 inputs and 17 outputs cannot be trained: it may have 16 of each");
    build_forgive(build);
    options.describes = true;
    build->graph->training.compiled = false;
    assert_false(compile_unit(&unit, graph_copy(build->graph), &options));
    assert_string_equal(build->diag.message,
                        "a model with 1 inputs and 17 outputs cannot have a program: it may have 16 of each");
    build_forgive(build);
    build->graph->training.compiled = true;
    options.describes = false;
    /* Nor beside one that is trained: the file tells the runtime of both. */
    struct graph *other = graph_copy(build->graph);
    other->training.compiled = false;
    other->next = graph_copy(build->graph);
    options.emit = EMIT_TRAIN;
    unit = (struct unit){0};
    assert_false(compile_unit(&unit, other, &options));
    assert_string_equal(build->diag.message,
                        "a model with 1 inputs and 17 outputs cannot be trained, nor stand in a file that trains "
                        "another: it may have 16 of each");
    build_forgive(build);
    options.emit = EMIT_INFER;
    unit = (struct unit){0};
    assert_true(compile_unit(&unit, build->graph, &options));
    assert_int_equal(unit.variants[0].predict.graph->n_outputs, ARRAYS_MAX + 1);
}

/* ---- the same again ---- */

static const char *emitted(struct build *build, const char *script, const char *target)
{
    struct options options = options_for(target);
    struct unit unit = {0};
    const char *source, *header;
    assert_true(compile_unit(&unit, build_script(build, script), &options));
    assert_true(emit_unit(&unit, &source, &header));
    return arena_printf(&build->arena, "%s%s", source, header);
}

static void the_same_script_gives_the_same_bytes(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++) {
        const char *first = emitted(build, *script, "avx2");
        char *between = arena_alloc(&build->arena, 12345); /* memory lies elsewhere the second time */
        memset(between, 255, 12345);
        assert_string_equal(emitted(build, *script, "avx2"), first);
    }
}

/* ---- without memory ---- */

/* Returns whether the way through the compiler ended before `mallocs` had been made. */
static bool compiles_within(struct arena *arena, int mallocs, const char *path)
{
    volatile bool done = false;
    callocs_left = mallocs;
    if (setjmp(arena->out_of_memory) == 0) {
        struct diag diag = {.arena = arena};
        struct options options = options_for("avx2");
        struct unit unit = {0};
        const char *source, *header;
        struct graph *model = script_run(arena, &diag, path, limits_default);
        done = model && compile_unit(&unit, model, &options) && emit_unit(&unit, &source, &header);
        assert_false(diag.failed);
    }
    callocs_left = -1;
    return done;
}

/* Whatever stage is refused memory, it jumps out, and nothing is lost (a sanitizer or valgrind would tell). */
static void a_lack_of_memory_jumps_out_of_every_stage(void **state)
{
    (void)state;
    const char *top = getenv("TOP");
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/golden/graph.lua", top ? top : ".");
    int mallocs = 0;
    for (bool done = false; !done; mallocs++) {
        struct arena arena = {0};
        done = compiles_within(&arena, mallocs, path);
        arena_free(&arena);
    }
    assert_true(mallocs > 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(a_compiled_model_has_all_programs),
        TEST(layers_say_where_their_places_come_from),
        TEST(emit_infer_leaves_training_out),
        TEST(size_takes_the_simple_ways),
        TEST(many_samples_are_predicted_the_quicker_way),
        TEST(training_goes_through_a_batch_the_quicker_way),
        TEST(a_script_that_does_not_compile_predicts),
        TEST(weights_make_it_an_inference_file),
        TEST(one_file_may_hold_several_targets),
        TEST(contradictions_are_errors),
        TEST(many_outputs_are_for_prediction),
        TEST(the_same_script_gives_the_same_bytes),
        TEST(a_lack_of_memory_jumps_out_of_every_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
