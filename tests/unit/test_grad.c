/* Which gradients there are, and which nodes make them. Their numbers are proved by tests/grad. */
#include "build.h"
#include "op/op.h"

#include <string.h>

#include <cmocka.h>

static const char *differentiated(struct build *build)
{
    if (!pass_grad(build->graph))
        fail_msg("%s", build->diag.message);
    return graph_words(build->graph);
}

static const struct gradient *gradient_of(const struct graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_gradients; i++)
        if (strcmp(graph->gradients[i].parameter->name, name) == 0)
            return &graph->gradients[i];
    return NULL;
}

static void every_trainable_parameter_has_a_gradient(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "8x8x1");
    struct tensor *y = apply(build, "conv2d", "", x, build_parameter(build, "conv/kernel", "3x3x1x4"));
    y = apply(build, "binary", "function=add", y, build_parameter(build, "conv/bias", "4"));
    y = apply(build, "reshape", "shape=144", apply(build, "unary", "function=relu", y));
    build_loss(build, apply(build, "matmul", "", y, build_parameter(build, "dense/kernel", "144x2")));
    /* The first layer's input gets none: nobody wants it. */
    assert_string_equal(differentiated(build),
                        "conv2d add relu reshape matmul squared_error squared_error_grad matmul_grad_kernel "
                        "matmul_grad_input reshape unary_grad sum_to conv2d_grad_kernel");
    const struct graph *graph = build->graph;
    assert_int_equal(graph->n_gradients, 3);
    for (int i = 0; i < graph->n_gradients; i++) {
        assert_int_equal(graph->gradients[i].n_parts, 1);
        const struct tensor *part = graph->gradients[i].parts[0];
        assert_true(shape_equal(&part->shape, &graph->gradients[i].parameter->shape));
        assert_int_equal(part->scope, SCOPE_SHARED);
        assert_true(node_reduces(part->producer));
    }
    for (int i = 0; i < graph->n_nodes; i++)
        assert_int_equal(graph->nodes[i]->direction, i > graph->loss->producer->id ? BACKWARD : FORWARD);
}

static void the_sample_weight_is_what_flows_in(void **state)
{
    struct build *build = *state;
    build_loss(build, apply(build, "matmul", "", build_input(build, "3"), build_parameter(build, "k", "3x2")));
    differentiated(build);
    assert_non_null(build->graph->sample_weight);
    assert_ptr_equal(graph_find(build->graph, "squared_error_grad")->in[2], build->graph->sample_weight);
}

static void a_parameter_read_twice_has_two_parts(void **state)
{
    struct build *build = *state;
    struct tensor *k = build_parameter(build, "k", "4x4");
    build_loss(build, apply(build, "matmul", "", apply(build, "matmul", "", build_input(build, "4"), k), k));
    differentiated(build);
    assert_int_equal(build->graph->n_gradients, 1);
    assert_int_equal(gradient_of(build->graph, "k")->n_parts, 2);
}

static void a_bias_gradient_is_summed_before_the_max_pool_spreads_it(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4x4x2"), build_parameter(build, "k", "2x3"));
    y = apply(build, "binary", "function=add", y, build_parameter(build, "bias", "3"));
    build_loss(build, apply(build, "max_pool2d", "pool=2,2 strides=2,2", y));
    differentiated(build);
    const struct node *spread = graph_find(build->graph, "max_pool2d_grad");
    assert_ptr_equal(graph_find(build->graph, "sum_to")->in[0], spread->in[0]);
    assert_ptr_equal(graph_find(build->graph, "matmul_grad_kernel")->in[1], spread->out[0]);
}

static void a_gradient_of_repeated_positions_is_summed_behind_the_max_pool(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x2");
    struct tensor *y = apply(build, "binary", "function=add", x, build_parameter(build, "map", "4x2"));
    build_loss(build, apply(build, "max_pool2d", "pool=2,2 strides=2,2", y));
    differentiated(build);
    assert_ptr_equal(graph_find(build->graph, "sum_to")->in[0],
                     graph_find(build->graph, "max_pool2d_grad")->out[0]);
}

static void gradients_that_meet_are_added(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4"), build_parameter(build, "k", "4x4"));
    build_loss(build, apply(build, "binary", "function=add", apply(build, "unary", "function=tanh", y),
                            apply(build, "unary", "function=relu", y)));
    assert_string_equal(differentiated(build),
                        "matmul tanh relu add squared_error squared_error_grad unary_grad unary_grad "
                        "add matmul_grad_kernel");
    assert_int_equal(graph_find(build->graph, "matmul_grad_kernel")->in[1]->producer->direction, BACKWARD);
}

static void what_is_not_trainable_has_none(void **state)
{
    struct build *build = *state;
    struct parameter frozen = {.name = "frozen", .shape = build_shape("4x4")};
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4"), graph_parameter(build->graph, &frozen));
    build_loss(build, apply(build, "matmul", "", y, build_parameter(build, "k", "4x2")));
    /* Nothing in front of the frozen kernel is trained, so no gradient flows there. */
    assert_string_equal(differentiated(build), "matmul matmul squared_error squared_error_grad matmul_grad_kernel");
    assert_int_equal(build->graph->n_gradients, 1);
    assert_null(gradient_of(build->graph, "frozen"));
}

static void a_gradient_flows_through_a_frozen_layer(void **state)
{
    struct build *build = *state;
    struct parameter frozen = {.name = "frozen", .shape = build_shape("4x2")};
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4"), build_parameter(build, "k", "4x4"));
    build_loss(build, apply(build, "matmul", "", y, graph_parameter(build->graph, &frozen)));
    assert_string_equal(differentiated(build), "matmul matmul squared_error squared_error_grad matmul_grad_input "
                                               "matmul_grad_kernel");
}

static void a_parameter_the_loss_does_not_reach_has_none(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4");
    build_output(build, apply(build, "matmul", "", x, build_parameter(build, "aside", "4x3")));
    build_loss(build, apply(build, "matmul", "", x, build_parameter(build, "k", "4x2")));
    differentiated(build);
    assert_null(gradient_of(build->graph, "aside"));
    assert_non_null(gradient_of(build->graph, "k"));
}

static void nothing_to_train_is_an_error(void **state)
{
    struct build *build = *state;
    build_loss(build, apply(build, "unary", "function=relu", build_input(build, "4")));
    assert_false(pass_grad(build->graph));
    assert_string_equal(build->diag.message,
                        "there is nothing to train: the loss depends on no trainable parameter");
}

static void what_is_frozen_has_none(void **state)
{
    struct build *build = *state;
    struct tensor *frozen = build_parameter(build, "frozen", "4x4");
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4"), frozen);
    build_loss(build, apply(build, "matmul", "", y, build_parameter(build, "k", "4x2")));
    frozen->frozen = true;
    assert_string_equal(differentiated(build), "matmul matmul squared_error squared_error_grad matmul_grad_kernel");
    assert_null(gradient_of(build->graph, "frozen"));
}

static void a_model_that_is_all_frozen_is_an_error(void **state)
{
    struct build *build = *state;
    struct tensor *frozen = build_parameter(build, "frozen", "4x4");
    build_loss(build, apply(build, "matmul", "", build_input(build, "4"), frozen));
    frozen->frozen = true;
    assert_false(pass_grad(build->graph));
    assert_non_null(
        strstr(build->diag.message, "no layer that the loss depends on is trainable when compile is called"));
    assert_non_null(strstr(build->diag.hint, "set trainable = true"));
}

static void an_op_without_a_gradient_is_an_error(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4"), build_parameter(build, "k", "4x4"));
    build->graph->loss = apply(build, "accuracy", "", y, graph_label(build->graph, build_shape("")));
    assert_false(pass_grad(build->graph));
    assert_string_equal(build->diag.message, "accuracy cannot be trained through: it has no gradient");
    assert_string_equal(build->diag.hint, "put it behind the trainable layers, or compile with --emit infer");
    assert_int_equal(build->diag.at.line, 7);
}

/* elu rises on both sides of 0 when its alpha is negative: the output, which is what is kept, says nothing of the side. */
static void a_negative_alpha_is_an_error(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "matmul", "", build_input(build, "4"), build_parameter(build, "k", "4x4"));
    build_loss(build, apply(build, "unary", "function=elu alpha=-0.5", y));
    assert_false(pass_grad(build->graph));
    assert_string_equal(build->diag.message, "elu with alpha = -0.5 cannot be trained");
    assert_int_equal(build->diag.at.line, 7);
}

/* The gradient of a max pool needs the argmax, of a relu its output: neither needs its input. */
static void saved_tensors_are_few(void **state)
{
    struct build *build = *state;
    struct tensor *y =
        apply(build, "conv2d", "", build_input(build, "6x6x1"), build_parameter(build, "k", "3x3x1x4"));
    struct tensor *pooled = apply(build, "max_pool2d", "", y),
                  *bent = apply(build, "unary", "function=relu", pooled);
    build_loss(build, bent);
    differentiated(build);
    assert_ptr_equal(graph_find(build->graph, "max_pool2d_grad")->in[1], pooled->producer->out[1]);
    assert_ptr_equal(graph_find(build->graph, "unary_grad")->in[1], bent);
    assert_int_equal(tensor_readers(build->graph, y, NULL), 1);
    assert_int_equal(tensor_readers(build->graph, pooled, NULL), 1);
}

static void whole_networks_have_all_their_gradients(void **state)
{
    struct build *build = *state;
    for (const char *const *script = build_scripts; *script; script++) {
        struct graph *graph = graph_copy(build_script(build, *script));
        assert_true(pass_lower(graph, true) && pass_grad(graph));
        for (int i = 0; i < graph->n_parameters; i++)
            assert_int_equal(gradient_of(graph, graph->parameters[i]->name) != NULL,
                             graph->parameters[i]->trainable);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(every_trainable_parameter_has_a_gradient),
        TEST(the_sample_weight_is_what_flows_in),
        TEST(a_parameter_read_twice_has_two_parts),
        TEST(a_bias_gradient_is_summed_before_the_max_pool_spreads_it),
        TEST(a_gradient_of_repeated_positions_is_summed_behind_the_max_pool),
        TEST(gradients_that_meet_are_added),
        TEST(what_is_not_trainable_has_none),
        TEST(what_is_frozen_has_none),
        TEST(a_model_that_is_all_frozen_is_an_error),
        TEST(a_gradient_flows_through_a_frozen_layer),
        TEST(a_parameter_the_loss_does_not_reach_has_none),
        TEST(nothing_to_train_is_an_error),
        TEST(an_op_without_a_gradient_is_an_error),
        TEST(a_negative_alpha_is_an_error),
        TEST(saved_tensors_are_few),
        TEST(whole_networks_have_all_their_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
