/* Memory plans of whole networks, checked against lives that are found here anew: no two tensors that live at once
 * share bytes, unless one is written over the other on purpose. */
#include "build.h"
#include "op/op.h"

#include <inttypes.h>
#include <string.h>

#include <cmocka.h>

/* ---- lives, from the definition ---- */

struct life {
    int64_t begin, end; /* steps, inclusive */
    int64_t offset, bytes;
};

static const struct tensor *root(const struct tensor *tensor) { return tensor->alias ? tensor->alias : tensor; }

static int step_of(const struct node *node) { return node->fused_into ? node->fused_into->id : node->id; }

static bool is_result(const struct graph *graph, const struct tensor *tensor)
{
    bool result = graph->loss && root(graph->loss) == tensor;
    for (int i = 0; i < graph->n_outputs; i++)
        result |= root(graph->outputs[i]) == tensor;
    for (int i = 0; i < graph->n_metrics; i++)
        result |= root(graph->metrics[i]) == tensor;
    return result;
}

static struct life life_of(const struct program *program, const struct tensor *tensor)
{
    const struct graph *graph = program->graph;
    struct life life = {.begin = tensor->producer ? step_of(tensor->producer) : -1, .offset = tensor->offset};
    life.end = life.begin;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) {
            const struct tensor *in = graph->nodes[i]->in[j];
            if (in && root(in) == tensor && step_of(graph->nodes[i]) > life.end)
                life.end = step_of(graph->nodes[i]);
        }
    if (is_result(graph, tensor))
        life.end = graph->n_nodes;
    int64_t lanes = tensor->scope == SCOPE_SAMPLE ? program->lanes : 1;
    life.bytes = shape_count(&tensor->shape) * lanes * (tensor->element == ELEMENT_BYTE ? 1 : 4);
    return life;
}

static bool meet(const struct life *a, const struct life *b)
{
    return a->begin <= b->end && b->begin <= a->end && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

/* May `b` be written over `a`: in its place, by an op that allows it, at the step that reads `a` last. */
static bool written_over(const struct tensor *a, const struct life *la, const struct tensor *b,
                         const struct life *lb)
{
    const struct node *node = b->producer;
    if (!node || !node->op->in_place || node->n_fused || node->fused_into || root(node->in[0]) != a)
        return false;
    for (int i = 1; i < node->n_in; i++)
        if (node->in[i] && root(node->in[i]) == a)
            return false;
    return la->end == lb->begin && la->offset == lb->offset && la->bytes == lb->bytes && b->output_index == 0;
}

/* ---- what must hold of every plan ---- */

static void check_workspace(const struct program *program)
{
    const struct graph *graph = program->graph;
    int64_t unit = program->kind == PROGRAM_PREDICT ? 4 : 4 * program->lanes;
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *a = graph->tensors[i];
        if (a->storage != STORE_WORKSPACE || a->alias)
            continue;
        struct life la = life_of(program, a);
        assert_int_equal(la.offset % unit, 0);
        assert_in_range(la.offset + la.bytes, 1, program->workspace_bytes);
        for (int j = 0; j < i; j++) {
            const struct tensor *b = graph->tensors[j];
            if (b->storage != STORE_WORKSPACE || b->alias)
                continue;
            struct life lb = life_of(program, b);
            if (meet(&la, &lb) && !written_over(a, &la, b, &lb) && !written_over(b, &lb, a, &la))
                fail_msg("%s: t%d and t%d share bytes while both live", graph->script, a->id, b->id);
        }
    }
    assert_true(program->lower_bound_bytes <= program->workspace_bytes);
}

/* Blocks of samples go through one phase after the other, and the workspace belongs to whoever comes next. */
static void check_phases(const struct program *program)
{
    const struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_nodes; i++)
        for (int j = 0; j < graph->nodes[i]->n_in; j++) {
            const struct node *reader = graph->nodes[i];
            const struct tensor *in = reader->in[j] ? root(reader->in[j]) : NULL;
            if (!in || in->storage != STORE_WORKSPACE)
                continue;
            if (in->producer && in->producer->phase != reader->phase)
                fail_msg("%s: t%d is in the workspace, but read in another phase", graph->script, in->id);
            for (int k = 0; k < i && !in->producer; k++)
                for (int l = 0; l < graph->nodes[k]->n_in; l++)
                    if (graph->nodes[k]->in[l] == in && graph->nodes[k]->phase != reader->phase)
                        fail_msg("%s: t%d is loaded in one phase, but read in two", graph->script, in->id);
        }
}

/* Tensors of a storage that has no lives lie side by side. */
static void check_apart(const struct program *program, enum storage storage, bool combined, int64_t bytes)
{
    const struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *a = graph->tensors[i];
        int64_t at = combined ? a->combined_offset : a->offset;
        int64_t lanes = a->scope == SCOPE_SAMPLE ? program->lanes : 1;
        int64_t size = shape_count(&a->shape) * lanes * (a->element == ELEMENT_BYTE ? 1 : 4);
        if (a->storage != storage || at < 0)
            continue;
        assert_true(at + size <= bytes);
        for (int j = 0; j < i; j++) {
            const struct tensor *b = graph->tensors[j];
            int64_t other = combined ? b->combined_offset : b->offset;
            int64_t other_size = shape_count(&b->shape) * lanes * (b->element == ELEMENT_BYTE ? 1 : 4);
            if (b->storage == storage && other >= 0)
                assert_true(at + size <= other || other + other_size <= at || (!combined && at == other));
        }
    }
}

/* The phases in which a tensor is made and read. */
static void phases_of(const struct program *program, const struct tensor *tensor, int *first, int *last)
{
    *first = tensor->producer ? tensor->producer->phase : INT32_MAX;
    *last = -1;
    for (int i = 0; i < program->graph->n_nodes; i++) {
        const struct node *node = program->graph->nodes[i];
        for (int j = 0; j < node->n_in; j++)
            if (node->in[j] && root(node->in[j]) == tensor) {
                *first = node->phase < *first ? node->phase : *first;
                *last = node->phase > *last ? node->phase : *last;
            }
    }
}

/* What blocks keep shares bytes only if the phases of one are over when the other's begin. */
static void check_kept(const struct program *program)
{
    const struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *a = graph->tensors[i];
        if (a->storage != STORE_SAVED)
            continue;
        int64_t size = shape_count(&a->shape) * program->lanes * (a->element == ELEMENT_BYTE ? 1 : 4);
        int first, last;
        phases_of(program, a, &first, &last);
        assert_in_range(a->offset + size, 1, program->saved_bytes);
        for (int j = 0; j < i; j++) {
            const struct tensor *b = graph->tensors[j];
            int64_t other_size = shape_count(&b->shape) * program->lanes * (b->element == ELEMENT_BYTE ? 1 : 4);
            if (b->storage != STORE_SAVED || a->offset + size <= b->offset || b->offset + other_size <= a->offset)
                continue;
            int other_first, other_last;
            phases_of(program, b, &other_first, &other_last);
            if (first <= other_last && other_first <= last)
                fail_msg("%s: t%d and t%d share bytes that both keep", graph->script, a->id, b->id);
        }
    }
    assert_true(program->saved_bound_bytes <= program->saved_bytes);
}

/* Sums over the batch: parts of a gradient meet at their parameter's place, all else lies behind the gradients. */
static void check_partial(const struct program *program)
{
    const struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_gradients; i++)
        for (int j = 0; j < graph->gradients[i].n_parts; j++) {
            const struct tensor *part = graph->gradients[i].parts[j];
            assert_int_equal(part->storage, STORE_PARTIAL);
            if (part->combined_offset < 0)
                assert_int_equal(part->offset, graph->gradients[i].parameter->offset * 4);
        }
    for (int i = 0; i < graph->n_tensors; i++) {
        const struct tensor *tensor = graph->tensors[i];
        if (tensor->storage == STORE_PARTIAL && tensor->combined_offset >= 0)
            assert_true(tensor->offset >= graph->trainable_floats * 4);
    }
    check_apart(program, STORE_PARTIAL, false, program->partial_bytes);
    check_apart(program, STORE_PARTIAL, true, program->combined_bytes);
}

/* Every tensor that a kernel reads or writes has a place. */
static void check_places(const struct program *program)
{
    const struct graph *graph = program->graph;
    for (int i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (!node->kernel)
            continue;
        for (int j = 0; j < node->n_in; j++)
            assert_true(!node->in[j] || root(node->in[j])->storage != STORE_NONE);
        assert_true(root(node_last((struct node *)node)->out[0])->storage != STORE_NONE);
        for (int j = 0; j < node->n_fused; j++)
            assert_true(node->fused[j]->n_in < 2 || node->fused[j]->in[1]->storage != STORE_NONE);
    }
}

static void check(const struct program *program)
{
    check_places(program);
    check_workspace(program);
    check_phases(program);
    check_kept(program);
    check_partial(program);
}

static void plans_of_networks_are_sound(void **state)
{
    struct build *build = *state;
    static const char *const targets[] = {"generic", "avx2", "avx512"};
    for (const char *const *script = build_scripts; *script; script++) {
        const struct graph *model = build_script(build, *script);
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
            for (int kind = PROGRAM_PREDICT; kind <= PROGRAM_TRAIN; kind++) {
                struct program program = build_program(model, (enum program_kind)kind, target_find(targets[i]));
                check(&program);
            }
    }
}

/* ---- how good they are ---- */

/* The most that lives at once, with what is written over its input counted once. */
static int64_t most_alive(const struct program *program)
{
    const struct graph *graph = program->graph;
    int64_t max = 0;
    for (int step = -1; step <= graph->n_nodes; step++) {
        int64_t live = 0;
        for (int i = 0; i < graph->n_tensors; i++) {
            const struct tensor *tensor = graph->tensors[i];
            if (tensor->storage != STORE_WORKSPACE || tensor->alias)
                continue;
            struct life life = life_of(program, tensor);
            bool counted = false; /* with what it is written over */
            for (int j = 0; j < i; j++) {
                const struct tensor *other = graph->tensors[j];
                struct life its = life_of(program, other);
                counted |= other->storage == STORE_WORKSPACE && !other->alias && its.begin <= step &&
                           step <= its.end &&
                           (written_over(other, &its, tensor, &life) || written_over(tensor, &life, other, &its));
            }
            if (life.begin <= step && step <= life.end && !counted)
                live += life.bytes;
        }
        max = live > max ? live : max;
    }
    return max;
}

static void the_lower_bound_is_what_lives_at_once(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++) {
        const struct graph *model = build_script(build, *script);
        for (int kind = PROGRAM_PREDICT; kind <= PROGRAM_TRAIN; kind++) {
            struct program program = build_program(model, (enum program_kind)kind, target_find("generic"));
            assert_true(program.lower_bound_bytes >= most_alive(&program));
        }
    }
}

/* Where each layer reads only the one before, two tensors live at a time: one grows from below, one from above. */
static void chains_reach_the_lower_bound(void **state)
{
    struct build *build = *state;
    static const char *const chains[] = {"examples/mnist.lua", "tests/golden/geometry.lua", "tests/golden/mlp.lua",
                                         "tests/scripts/batch_norm.lua", "tests/scripts/geometry.lua"};
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        const struct graph *model = build_script(build, chains[i]);
        for (int kind = PROGRAM_PREDICT; kind <= PROGRAM_MANY; kind++) {
            struct program program = build_program(model, (enum program_kind)kind, target_find("avx2"));
            if (program.workspace_bytes != program.lower_bound_bytes)
                fail_msg("%s: %" PRId64 " bytes, though %" PRId64 " would do", chains[i], program.workspace_bytes,
                         program.lower_bound_bytes);
        }
    }
}

static void assert_close_to_the_bound(struct build *build, const char *script)
{
    const struct graph *model = build_script(build, script);
    for (int kind = PROGRAM_PREDICT; kind <= PROGRAM_TRAIN; kind++) {
        if (kind > PROGRAM_MANY && !model->loss)
            break;
        struct program program = build_program(model, (enum program_kind)kind, target_find("avx2"));
        if (program.workspace_bytes * 100 > program.lower_bound_bytes * 101 ||
            program.saved_bytes * 100 > program.saved_bound_bytes * 101)
            fail_msg("%s: %" PRId64 " bytes, though %" PRId64 " might do", script, program.workspace_bytes,
                     program.lower_bound_bytes);
    }
}

/* The bound may be out of any plan's reach; training geometry.lua takes 0.2 % more, all others nothing. */
static void every_network_comes_close(void **state)
{
    for (const char *const *script = build_scripts; *script; script++)
        assert_close_to_the_bound(*state, *script);
}

/* Sequences, loops over steps, one step of a stream, and branches that wait for one another. */
static void networks_of_all_kinds_come_close(void **state)
{
    static const char *const scripts[] = {"tests/bench/models/ecg.lua",  "tests/bench/models/lstm.lua",
                                          "tests/bench/models/unet.lua", "examples/stream/stream.lua",
                                          "examples/stream/train.lua",   "examples/text.lua",
                                          "examples/tickets.lua",        "examples/sensors.lua"};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        assert_close_to_the_bound(*state, scripts[i]);
}

/* ---- single rules ---- */

static struct program planned(struct build *build, enum program_kind kind)
{
    struct program program = {.kind = kind, .graph = build->graph, .lanes = kind == PROGRAM_PREDICT ? 1 : 8};
    graph_finish(build->graph);
    assert_true(pass_fuse(build->graph) && pass_schedule(&program, target_find("avx2")) && pass_plan(&program));
    check(&program);
    return program;
}

static void an_elementwise_op_writes_over_its_input(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x2");
    struct tensor *a = apply(build, "average_pool2d", "pool=1,1 strides=1,1", x), *b = apply(build, "unary", "", a);
    struct tensor *c = apply(build, "unary", "", b);
    build_output(build, c);
    struct program program = planned(build, PROGRAM_MANY);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(b->offset, c->offset);
    assert_int_equal(program.workspace_bytes, 2 * 32 * 8 * 4); /* x and one more */
}

static void what_is_read_again_is_not_written_over(void **state)
{
    struct build *build = *state;
    struct tensor *a = apply(build, "average_pool2d", "pool=1,1 strides=1,1", build_input(build, "4x4x2"));
    struct tensor *b = apply(build, "unary", "", a), *c = apply(build, "binary", "", a, b);
    build_output(build, c);
    planned(build, PROGRAM_MANY);
    assert_int_not_equal(a->offset, b->offset);
    assert_int_equal(c->offset, a->offset);
    build_reset(build);
    a = apply(build, "average_pool2d", "pool=1,1 strides=1,1", build_input(build, "4x4x2"));
    b = apply(build, "binary", "function=multiply", a, a);
    build_output(build, b);
    planned(build, PROGRAM_MANY);
    assert_int_not_equal(a->offset, b->offset);
}

static void one_sample_is_read_and_written_at_the_caller_s(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x2"), *y = apply(build, "unary", "", x);
    build_output(build, y);
    struct program program = planned(build, PROGRAM_PREDICT);
    assert_int_equal(x->storage, STORE_CALLER);
    assert_int_equal(y->storage, STORE_CALLER);
    assert_int_equal(program.workspace_bytes, 0);
}

static void an_alias_lives_as_long_as_its_readers(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x2");
    struct tensor *a = apply(build, "average_pool2d", "pool=1,1 strides=1,1", x);
    struct tensor *flat = apply(build, "reshape", "shape=32", a);
    struct tensor *b = apply(build, "average_pool2d", "pool=1,1 strides=1,1", a);
    struct tensor *c =
        apply(build, "reshape", "shape=32", apply(build, "average_pool2d", "pool=1,1 strides=1,1", b));
    build_output(build, apply(build, "binary", "", c, flat));
    planned(build, PROGRAM_MANY);
    assert_int_not_equal(a->offset, b->offset);
    assert_int_equal(flat->storage, STORE_NONE);
}

static void an_argmax_takes_a_byte(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x2"), *k = build_parameter(build, "k", "4x4x2");
    struct tensor *y = apply(build, "max_pool2d", "", apply(build, "binary", "function=multiply", x, k));
    build_loss(build, y);
    assert_true(pass_grad(build->graph));
    planned(build, PROGRAM_TRAIN);
    const struct tensor *argmax = y->producer->out[1];
    assert_int_equal(argmax->storage, STORE_WORKSPACE);
    /* In inference nobody reads it. */
    build_reset(build);
    y = apply(build, "max_pool2d", "", build_input(build, "4x4x2"));
    build_output(build, y);
    planned(build, PROGRAM_MANY);
    assert_int_equal(y->producer->out[1]->storage, STORE_NONE);
}

/* The batch's mean is known only when all samples have passed; the input is read again then, and in between by an
 * op that stands behind in the order of the graph, though it runs first. */
static void what_several_phases_read_is_kept(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x2"), *share = graph_share(build->graph);
    struct tensor *bent = apply(build, "unary", "function=tanh", x);
    struct tensor *mean = apply(build, "batch_mean", "", bent, share);
    struct tensor *variance = apply(build, "batch_variance", "", bent, mean, share);
    struct tensor *normal = apply(build, "normalize", "", bent, mean, variance, NULL, NULL);
    struct tensor *early = apply(build, "average_pool2d", "pool=1,1 strides=1,1", bent);
    struct tensor *scaled =
        apply(build, "binary", "function=multiply", apply(build, "concat", "axis=2", normal, early),
              build_parameter(build, "scale", "4"));
    build_loss(build, scaled);
    assert_true(pass_grad(build->graph));
    struct program program = planned(build, PROGRAM_TRAIN);
    assert_int_equal(program.n_phases, 3);
    assert_int_equal(bent->storage, STORE_SAVED);
    assert_int_equal(early->storage, STORE_SAVED);
    assert_int_equal(x->storage, STORE_WORKSPACE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(plans_of_networks_are_sound),
        TEST(the_lower_bound_is_what_lives_at_once),
        TEST(chains_reach_the_lower_bound),
        TEST(every_network_comes_close),
        TEST(networks_of_all_kinds_come_close),
        TEST(an_elementwise_op_writes_over_its_input),
        TEST(what_is_read_again_is_not_written_over),
        TEST(one_sample_is_read_and_written_at_the_caller_s),
        TEST(an_alias_lives_as_long_as_its_readers),
        TEST(an_argmax_takes_a_byte),
        TEST(what_several_phases_read_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
