/* What is computed once more for gradients, and how much less is kept for it. That it is the same is what tests/kernel and the
 * random networks see, which force it. */
#include "command/command.h"
#include "op/op.h"
#include "script_support.h"

#include <string.h>

#include <cmocka.h>

/* How a step of a script is compiled. */
struct step {
    const struct program *program;
    int again; /* nodes that run once more */
};

static struct step compile(struct script_fixture *fixture, const char *text, bool recomputes)
{
    struct options options = {.script = "model.lua",
                              .output = "net.c",
                              .name = "net",
                              .emit = EMIT_TRAIN,
                              .batches = BATCHES_IN_BLOCKS,
                              .recomputes = recomputes,
                              .no_tune = true,
                              .target = target_find("avx2")};
    struct unit *unit = arena_alloc(&fixture->arena, sizeof *unit);
    struct graph *model = script_compile(fixture, text);
    assert_true(compile_unit(unit, model, &options));
    struct step step = {.program = &unit->variants[0].train[0]};
    for (int i = 0; i < step.program->graph->n_nodes; i++)
        step.again += step.program->graph->nodes[i]->again;
    return step;
}

/* Layers normalized as in most networks, behind an input of side x side x 8. */
static const char *normalized(struct script_fixture *fixture, int side, const char *nonlinearity, int batch)
{
    return arena_printf(
        &fixture->arena,
        "local m = Sequential{Input{%d, %d, 8}}\n"
        "for i = 1, 4 do\n"
        "  m:add(Conv2D{8, 3, padding = 'same'}) m:add(BatchNormalization()) m:add(Activation('%s'))\n"
        "end\n"
        "m:add(GlobalAveragePooling2D()) m:add(Dense(3)) m:compile{loss = 'mse'} m:fit{batch_size = %d} return m\n",
        side, side, nonlinearity, batch);
}

/* Of each of the first three layers what its nonlinearity makes is not kept; the last one's is read in the phase in which it is made.
 * What is: the input, what the four convolutions make, and two gradients. */
static void what_is_made_again_is_not_kept(void **state)
{
    struct script_fixture *fixture = *state;
    struct step large = compile(fixture, normalized(fixture, 32, "relu", 64), false);
    assert_int_equal(large.again, 3 * 2);
    const int64_t tensor = 32 * 32 * 8 * 8 * 4; /* of a block of 8 samples */
    assert_in_range(large.program->saved_bytes, 7 * tensor, 7 * tensor + tensor / 2);
}

static void what_the_cache_keeps_is_not_computed_again(void **state)
{
    struct script_fixture *fixture = *state;
    struct step small = compile(fixture, normalized(fixture, 8, "relu", 16), false);
    assert_int_equal(small.again, 0);
    struct step forced = compile(fixture, normalized(fixture, 8, "relu", 16), true);
    assert_true(forced.again > 0);
    assert_true(forced.program->saved_bytes < small.program->saved_bytes);
}

/* What normalizes is, but not the function behind it, until memory counts. */
static void dear_functions_are_kept(void **state)
{
    struct script_fixture *fixture = *state;
    struct step fast = compile(fixture, normalized(fixture, 32, "swish", 64), false);
    struct step lean = compile(fixture, normalized(fixture, 32, "swish", 64), true);
    for (int i = 0; i < fast.program->graph->n_nodes; i++)
        assert_false(fast.program->graph->nodes[i]->again && fast.program->graph->nodes[i]->op == &op_unary);
    assert_true(fast.again > 0 && lean.again > fast.again);
    assert_true(lean.program->saved_bytes < fast.program->saved_bytes);
}

/* A sum around each block could be made of all blocks in front of it. */
static void residual_blocks_are_not_followed_to_the_input(void **state)
{
    struct script_fixture *fixture = *state;
    struct step step =
        compile(fixture,
                "local x = Input{16, 16, 8} local input = x\n"
                "for i = 1, 12 do\n"
                "  local y = BatchNormalization()(Conv2D{8, 3, padding = 'same'}(x))\n"
                "  x = ReLU()(Add(){x, y})\n"
                "end\n"
                "local m = Model(input, Dense(2)(GlobalAveragePooling2D()(x))) m:compile{loss = 'mse'} return m\n",
                true);
    assert_in_range(step.again, 12, 4 * 12);
}

/* A nonlinearity that a convolution computes leaves nothing it could be made of. */
static void what_is_kept_for_nothing_else_stays(void **state)
{
    struct script_fixture *fixture = *state;
    assert_int_equal(
        compile(fixture,
                "local m = Sequential{Input{16, 16, 1}, Conv2D{8, 3, activation = 'relu'}, Conv2D{8, 3},"
                "MaxPool2D(), Flatten(), Dense(3)} m:compile{loss = 'mse'} return m",
                true)
            .again,
        0);
}

/* Each stands in front of what reads it, and runs in its phase. */
static void it_runs_where_it_is_read(void **state)
{
    struct script_fixture *fixture = *state;
    struct step step = compile(fixture, normalized(fixture, 32, "relu", 64), false);
    const struct graph *graph = step.program->graph;
    for (int i = 0; i < graph->n_nodes; i++) {
        struct node *reader = NULL;
        if (!graph->nodes[i]->again)
            continue;
        assert_int_equal(tensor_readers(graph, graph->nodes[i]->out[0], &reader), 1);
        assert_int_equal(graph->nodes[i]->phase, reader->phase);
        assert_int_equal(reader->id, i + 1);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(what_is_made_again_is_not_kept),
        TEST(what_the_cache_keeps_is_not_computed_again),
        TEST(dear_functions_are_kept),
        TEST(residual_blocks_are_not_followed_to_the_input),
        TEST(what_is_kept_for_nothing_else_stays),
        TEST(it_runs_where_it_is_read),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
