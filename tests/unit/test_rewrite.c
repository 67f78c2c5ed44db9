/* What simplifying and lowering make of a graph, and where they must leave it alone. That the numbers stay the same
 * is proved by tests/kernel, which evaluates networks before and after. */
#include "build.h"
#include "op/op.h"

#include <string.h>

#include <cmocka.h>

static const char *simplified(struct build *build)
{
    assert_true(pass_simplify(build->graph));
    return graph_words(build->graph);
}

static const char *lowered(struct build *build, bool training)
{
    assert_true(pass_simplify(build->graph) && pass_lower(build->graph, training));
    return graph_words(build->graph);
}

static bool bool_of(const struct node *node, const char *name)
{
    const struct attribute *a = node->op->attributes;
    while (strcmp(a->name, name) != 0)
        a++;
    return *(const bool *)((const char *)node->attributes + a->offset);
}

/* ---- losses ---- */

static void a_softmax_joins_its_cross_entropy(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "10"), *label = graph_label(build->graph, build_shape(""));
    struct tensor *y = apply(build, "softmax", "", apply(build, "unary", "function=tanh", x));
    build_output(build, y);
    build->graph->loss = apply(build, "cross_entropy", "sparse=true", y, label);
    build_metric(build, apply(build, "accuracy", "kind=sparse", y, label));
    assert_string_equal(simplified(build), "tanh softmax accuracy cross_entropy");
    const struct node *loss = build->graph->loss->producer;
    assert_string_equal(loss->in[0]->producer->op->name, "unary");
    assert_true(bool_of(loss, "from_logits"));
    assert_string_equal(build->graph->metrics[0]->producer->in[0]->producer->op->name, "unary");
    assert_ptr_equal(build->graph->outputs[0], y);
}

static void a_logarithm_of_softmax_does_not(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "softmax", "log=true", build_input(build, "10"));
    build->graph->loss = apply(build, "cross_entropy", "", y, graph_label(build->graph, build_shape("10")));
    assert_string_equal(simplified(build), "softmax cross_entropy");
    assert_false(bool_of(build->graph->loss->producer, "from_logits"));
}

static void a_sigmoid_joins_its_binary_cross_entropy(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "unary", "function=sigmoid", build_input(build, "3"));
    struct tensor *label = graph_label(build->graph, build_shape("3"));
    build->graph->loss = apply(build, "binary_cross_entropy", "", y, label);
    build_metric(build, apply(build, "accuracy", "kind=binary", y, label));
    build_metric(build, apply(build, "accuracy", "kind=binary threshold=0.7", y, label));
    assert_string_equal(simplified(build), "accuracy sigmoid accuracy binary_cross_entropy");
    assert_true(bool_of(build->graph->loss->producer, "from_logits"));
    /* sigmoid(x) > 0.5 where x > 0; another threshold keeps the sigmoid. */
    assert_ptr_equal(build->graph->metrics[0]->producer->in[0], build->graph->inputs[0]);
    assert_ptr_equal(build->graph->metrics[1]->producer->in[0], y);
}

static void logits_are_taken_as_they_are(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "softmax", "", build_input(build, "10"));
    build->graph->loss =
        apply(build, "cross_entropy", "from_logits=true", y, graph_label(build->graph, build_shape("10")));
    assert_string_equal(simplified(build), "softmax cross_entropy");
}

/* ---- permutes ---- */

static void permutes_that_undo_each_other_vanish(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "2x3x4");
    struct tensor *y = apply(build, "permute", "order=2x0x1", apply(build, "permute", "order=1x2x0", x));
    build_output(build, apply(build, "unary", "function=relu", y));
    assert_string_equal(simplified(build), "relu");
    assert_ptr_equal(build->graph->nodes[0]->in[0], x);
}

static void other_permutes_stay(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "2x3x4");
    build_output(build, apply(build, "permute", "order=1x2x0", apply(build, "permute", "order=1x2x0", x)));
    assert_string_equal(simplified(build), "permute permute");
}

static void permutes_vanish_outwards(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "2x3x4");
    struct tensor *y = apply(build, "permute", "order=1x0x2", apply(build, "permute", "order=1x2x0", x));
    y = apply(build, "permute", "order=2x0x1", apply(build, "permute", "order=1x0x2", y));
    build_output(build, y);
    assert_string_equal(simplified(build), "");
    assert_ptr_equal(build->graph->outputs[0], x);
}

/* ---- a nonlinearity moves behind the pool ---- */

static struct tensor *conv(struct build *build, struct tensor *x)
{
    const char *shape = arena_printf(&build->arena, "3x3x%dx4", (int)x->shape.dim[2]);
    return apply(build, "conv2d", "padding=same", x, build_parameter(build, "kernel", shape));
}

static void a_monotone_function_moves_behind_the_pool(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "unary", "function=relu", conv(build, build_input(build, "8x8x1")));
    y = apply(build, "max_pool2d", "", apply(build, "max_pool2d", "", y));
    build_output(build, y);
    assert_string_equal(simplified(build), "conv2d max_pool2d max_pool2d relu");
    assert_true(build->graph->outputs[0]->is_output);
    assert_string_equal(shape_text(&build->arena, &build->graph->outputs[0]->shape), "2x2x4");
}

static void a_function_that_falls_somewhere_stays(void **state)
{
    struct build *build = *state;
    const char *const functions[] = {"function=gelu", "function=silu", "function=square",
                                     "function=leaky_relu alpha=-0.5"};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        build_reset(build);
        struct tensor *y = apply(build, "unary", functions[i], build_input(build, "8x8x1"));
        build_output(build, apply(build, "max_pool2d", "", y));
        simplified(build);
        assert_string_equal(build->graph->nodes[1]->op->name, "max_pool2d");
    }
}

static void a_function_with_another_reader_stays(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "unary", "function=relu", build_input(build, "8x8x1"));
    build_output(build, apply(build, "max_pool2d", "", y));
    build_output(build, apply(build, "unary", "function=abs", y));
    assert_string_equal(simplified(build), "relu max_pool2d abs");
    build_reset(build);
    y = apply(build, "unary", "function=relu", build_input(build, "8x8x1"));
    build_output(build, apply(build, "max_pool2d", "", y));
    build_output(build, y);
    assert_string_equal(simplified(build), "relu max_pool2d");
}

static void a_mean_is_not_a_maximum(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "unary", "function=relu", build_input(build, "8x8x1"));
    build_output(build, apply(build, "average_pool2d", "", y));
    assert_string_equal(simplified(build), "relu average_pool2d");
}

/* ---- lowering ---- */

/* Frozen, it takes the moving mean and variance in training too, and leaves them alone. */
static void a_frozen_batch_norm_runs_as_in_inference(void **state)
{
    for (int frozen = 0; frozen < 2; frozen++) {
        struct build *build = *state;
        build_reset(build);
        struct tensor *mean = build_parameter(build, "mean", "4"),
                      *variance = build_parameter(build, "variance", "4");
        struct tensor *y = apply(build, "batch_norm", "", build_input(build, "4"), NULL, NULL, mean, variance);
        build_loss(build, y);
        mean->frozen = variance->frozen = frozen;
        assert_string_equal(lowered(build, true), frozen ? "batch_scale multiply batch_shift add squared_error"
                                                         : "batch_mean batch_variance normalize squared_error");
        assert_int_equal(build->graph->n_updates, frozen ? 0 : 2);
    }
}

/* With a gamma that is trained all the same, it takes the form that has a gradient for it. */
static void a_frozen_batch_norm_may_train_its_gamma(void **state)
{
    struct build *build = *state;
    struct tensor *mean = build_parameter(build, "mean", "4"), *variance = build_parameter(build, "variance", "4");
    struct tensor *gamma = build_parameter(build, "gamma", "4");
    build_loss(build, apply(build, "batch_norm", "", build_input(build, "4"), gamma, NULL, mean, variance));
    mean->frozen = variance->frozen = true;
    assert_string_equal(lowered(build, true), "subtract batch_scale multiply multiply squared_error");
    assert_int_equal(build->graph->n_updates, 0);
}

/* What only scales the input is done with the first one of a chain; what stands between two of them stays. */
static void augmentation_is_for_training(void **state)
{
    struct build *build = *state;
    for (int training = 0; training < 2; training++) {
        build_reset(build);
        struct tensor *y = apply(build, "affine", "scale=0.5 offset=2", build_input(build, "4x4x1"));
        y = apply(build, "affine", "scale=3", apply(build, "augment", "function=flip", y));
        build_output(build, apply(build, "augment", "function=zoom min=0.5 max=0.5", y));
        assert_string_equal(lowered(build, training), training ? "augment affine augment" : "affine affine");
        if (training)
            assert_true(build->graph->nodes[0]->in[0]->role == ROLE_INPUT);
    }
}

static void dropout_is_for_training(void **state)
{
    struct build *build = *state;
    for (int training = 0; training < 2; training++) {
        build_reset(build);
        struct tensor *y = apply(build, "unary", "function=relu", build_input(build, "8"));
        y = apply(build, "dropout", "rate=0.2", apply(build, "dropout", "rate=0.5", y));
        build_output(build, y);
        graph_sample_weight(build->graph);
        assert_string_equal(lowered(build, training), training ? "relu dropout dropout" : "relu");
        assert_true(build->graph->outputs[0]->is_output);
        assert_int_equal(build->graph->sample_weight != NULL, training);
    }
}

static struct tensor *batch_norm(struct build *build, struct tensor *x, bool gamma, bool beta)
{
    const char *shape = arena_printf(&build->arena, "%d", (int)x->shape.dim[x->shape.rank - 1]);
    struct parameter moving = {.name = "moving", .shape = build_shape(shape)};
    return apply(build, "batch_norm", "momentum=0.9", x, gamma ? build_parameter(build, "gamma", shape) : NULL,
                 beta ? build_parameter(build, "beta", shape) : NULL, graph_parameter(build->graph, &moving),
                 graph_parameter(build->graph, &moving));
}

/* How many nodes work on samples, and what they are: the rest prepares parameters. */
static const char *sample_words(struct build *build)
{
    const struct graph *graph = build->graph;
    const char *words = "";
    for (int i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->out[0]->scope == SCOPE_SAMPLE) {
            const struct graph one = {
                .arena = &build->arena, .nodes = &(struct node *){graph->nodes[i]}, .n_nodes = 1};
            words = arena_printf(&build->arena, "%s%s%s", words, *words ? " " : "", graph_words(&one));
        }
    return words;
}

static void batch_norm_folds_into_the_product_in_front(void **state)
{
    struct build *build = *state;
    for (int i = 0; i < 8; i++) {
        build_reset(build);
        bool bias = i & 1, gamma = i & 2, beta = i & 4;
        struct tensor *y = conv(build, build_input(build, "8x8x1"));
        if (bias)
            y = apply(build, "binary", "function=add", y, build_parameter(build, "bias", "4"));
        build_output(build, batch_norm(build, batch_norm(build, y, gamma, beta), gamma, beta));
        lowered(build, false);
        assert_string_equal(sample_words(build), "conv2d add");
    }
    build_reset(build);
    struct tensor *y = apply(build, "matmul", "", build_input(build, "5"), build_parameter(build, "k", "5x4"));
    build_output(build, apply(build, "unary", "function=relu", batch_norm(build, y, true, true)));
    lowered(build, false);
    assert_string_equal(sample_words(build), "matmul add relu");
}

static void batch_norm_behind_a_nonlinearity_stays_two_operations(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "unary", "function=relu", conv(build, build_input(build, "8x8x1")));
    build_output(build, batch_norm(build, y, true, true));
    lowered(build, false);
    assert_string_equal(sample_words(build), "conv2d relu multiply add");
}

static void a_product_that_others_read_is_not_folded_into(void **state)
{
    struct build *build = *state;
    struct tensor *y = conv(build, build_input(build, "8x8x1"));
    build_output(build, batch_norm(build, y, true, true));
    build_output(build, apply(build, "unary", "function=relu", y));
    lowered(build, false);
    assert_string_equal(sample_words(build), "conv2d multiply add relu");
    build_reset(build);
    y = conv(build, build_input(build, "8x8x1"));
    build_output(build, y);
    build_output(build, batch_norm(build, y, true, true));
    lowered(build, false);
    assert_string_equal(sample_words(build), "conv2d multiply add");
}

static void batch_norm_trains_on_the_batch(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "8x8x3");
    build_output(build, batch_norm(build, x, true, false));
    assert_string_equal(lowered(build, true), "batch_mean batch_variance normalize");
    const struct graph *graph = build->graph;
    assert_int_equal(graph->n_updates, 2);
    assert_string_equal(graph->updates[0].value->producer->op->name, "batch_mean");
    assert_string_equal(graph->updates[1].value->producer->op->name, "batch_variance");
    assert_ptr_equal(graph->updates[0].parameter, graph->parameters[1]);
    assert_ptr_equal(graph->updates[1].parameter, graph->parameters[2]);
    assert_true(graph->updates[0].momentum == 0.9);
    assert_non_null(graph->share);
    assert_null(graph->nodes[2]->in[4]);
}

/* ---- outputs ---- */

/* A kernel writes each to the caller's memory, so none is an input, another name or another output. */
static void outputs_are_tensors_of_their_own(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "6"), *y = apply(build, "unary", "function=relu", x);
    build_output(build, apply(build, "reshape", "shape=2x3", y));
    build_output(build, y);
    build_output(build, apply(build, "dropout", "rate=0.5", y));
    build_output(build, apply(build, "dropout", "rate=0.5", x));
    assert_string_equal(lowered(build, false), "relu reshape affine affine affine");
    const struct graph *graph = build->graph;
    assert_ptr_equal(graph->outputs[1], y);
    assert_string_equal(shape_text(&build->arena, &graph->outputs[0]->shape), "2x3");
    for (int i = 0; i < graph->n_outputs; i++) {
        assert_true(graph->outputs[i]->is_output);
        assert_false(graph->outputs[i]->producer->op->alias);
        for (int j = 0; j < i; j++)
            assert_ptr_not_equal(graph->outputs[i], graph->outputs[j]);
    }
    assert_true(y->is_output);
    assert_false(x->is_output);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(a_softmax_joins_its_cross_entropy),
        TEST(a_logarithm_of_softmax_does_not),
        TEST(a_sigmoid_joins_its_binary_cross_entropy),
        TEST(logits_are_taken_as_they_are),
        TEST(permutes_that_undo_each_other_vanish),
        TEST(other_permutes_stay),
        TEST(permutes_vanish_outwards),
        TEST(a_monotone_function_moves_behind_the_pool),
        TEST(a_function_that_falls_somewhere_stays),
        TEST(a_function_with_another_reader_stays),
        TEST(a_mean_is_not_a_maximum),
        TEST(a_frozen_batch_norm_runs_as_in_inference),
        TEST(a_frozen_batch_norm_may_train_its_gamma),
        TEST(augmentation_is_for_training),
        TEST(dropout_is_for_training),
        TEST(batch_norm_folds_into_the_product_in_front),
        TEST(batch_norm_behind_a_nonlinearity_stays_two_operations),
        TEST(a_product_that_others_read_is_not_folded_into),
        TEST(batch_norm_trains_on_the_batch),
        TEST(outputs_are_tensors_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
