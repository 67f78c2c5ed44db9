/* Shapes, and building, copying, rewriting and printing the graph. */
#include "build.h"

#include <string.h>

#include <cmocka.h>

static const struct origin NOWHERE = {0};

/* ---- shapes ---- */

static void shapes_count_compare_and_print(void **state)
{
    struct build *build = *state;
    const struct shape image = build_shape("24x24x8"), scalar = build_shape("");
    assert_int_equal(shape_count(&image), 4608);
    assert_int_equal(shape_count(&scalar), 1);
    assert_string_equal(shape_text(&build->arena, &image), "24x24x8");
    assert_string_equal(shape_text(&build->arena, &scalar), "scalar");
    struct shape row = build_shape("24x192"), stale = {.rank = 2, .dim = {24, 192, 99}};
    assert_true(shape_equal(&row, &stale));
    assert_false(shape_equal(&row, &image));
    assert_false(shape_equal(&scalar, &row));
}

static void a_shape_is_valid_up_to_2_to_the_40(void **state)
{
    (void)state;
    struct shape max = {.rank = 2, .dim = {1 << 20, 1 << 20}}, more = {.rank = 2, .dim = {1 << 20, (1 << 20) + 1}};
    struct shape none = {.rank = 1, .dim = {0}}, negative = {.rank = 2, .dim = {3, -3}};
    struct shape overflow = {.rank = 3, .dim = {INT64_MAX, INT64_MAX, INT64_MAX}};
    assert_true(shape_valid(&max));
    assert_true(shape_valid(&(struct shape){0}));
    assert_false(shape_valid(&more));
    assert_false(shape_valid(&none));
    assert_false(shape_valid(&negative));
    assert_false(shape_valid(&overflow));
}

/* ---- building ---- */

/* input -> conv2d -> add -> relu, the output */
static struct tensor *build_small(struct build *build)
{
    struct tensor *x = build_input(build, "8x8x3");
    struct tensor *y = apply(build, "conv2d", "strides=2,1", x, build_parameter(build, "conv/kernel", "3x3x3x4"));
    y = apply(build, "binary", "function=add", y, build_parameter(build, "conv/bias", "4"));
    y = apply(build, "unary", "function=relu", y);
    build_output(build, y);
    return y;
}

static void a_node_makes_its_outputs(void **state)
{
    struct build *build = *state;
    struct tensor *y = apply(build, "max_pool2d", "", build_input(build, "8x8x3"));
    struct node *pool = y->producer;
    assert_int_equal(pool->n_out, 2);
    assert_ptr_equal(pool->out[1]->producer, pool);
    assert_int_equal(pool->out[1]->output_index, 1);
    assert_int_equal(pool->out[1]->element, ELEMENT_BYTE);
    assert_int_equal(y->role, ROLE_VALUE);
    assert_int_equal(y->scope, SCOPE_SAMPLE);
    assert_int_equal(pool->direction, FORWARD);
    for (int i = 0; i < build->graph->n_tensors; i++)
        assert_int_equal(build->graph->tensors[i]->id, i);
}

static void inputs_and_attributes_are_copied(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "2x2x1"), *in[] = {x};
    struct affine {
        double scale, offset;
    } a = {2, 3};
    struct tensor *y = graph_apply(build->graph, &op_affine, &a, in, 1, NOWHERE);
    in[0] = NULL;
    a.scale = 99;
    assert_ptr_equal(y->producer->in[0], x);
    assert_true(((struct affine *)y->producer->attributes)->scale == 2);
}

static void an_op_refuses_a_wrong_number_of_inputs(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "2x2x1");
    refuse(build, "conv2d takes 2 inputs, not 1", "conv2d", "", x);
    refuse(build, "unary takes 1 inputs, not 2", "unary", "", x, x);
    assert_int_equal(build->graph->n_nodes, 0);
}

static void an_impossible_shape_is_an_error(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x1");
    refuse(build, "pad2d would give the impossible shape 0x4x1", "pad2d", "padding=-2,-2,0,0", x);
    refuse(build, "pad2d would give the impossible shape 2000000004x2000000004x1", "pad2d",
           "padding=1000000000,1000000000,1000000000,1000000000", x);
    assert_int_equal(build->graph->n_nodes, 0);
}

static void trainable_parameters_come_first(void **state)
{
    struct build *build = *state;
    build_parameter(build, "a", "3");
    struct parameter mean = {.name = "mean", .shape = build_shape("5")};
    graph_parameter(build->graph, &mean);
    build_parameter(build, "b", "2x4");
    graph_finish(build->graph);
    const struct graph *graph = build->graph;
    assert_int_equal(graph->trainable_floats, 11);
    assert_int_equal(graph->parameter_floats, 16);
    assert_int_equal(graph->parameters[0]->offset, 0);
    assert_int_equal(graph->parameters[1]->offset, 11);
    assert_int_equal(graph->parameters[2]->offset, 3);
    assert_string_equal(graph->parameters_in_memory[1]->name, "b");
    assert_string_equal(graph->parameters_in_memory[2]->name, "mean");
}

static void the_sample_weight_is_made_once(void **state)
{
    struct build *build = *state;
    struct tensor *weight = graph_sample_weight(build->graph);
    assert_ptr_equal(graph_sample_weight(build->graph), weight);
    assert_int_equal(weight->shape.rank, 0);
    assert_int_equal(weight->role, ROLE_SAMPLE_WEIGHT);
}

static void a_batch_sum_reduces(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4x4x3"), *p = build_parameter(build, "p", "3");
    struct tensor *sum = apply(build, "sum_to", "result=3 over_batch=true", x);
    struct tensor *within = apply(build, "sum_to", "result=3", x);
    assert_true(node_reduces(sum->producer));
    assert_false(node_reduces(within->producer));
    assert_false(node_reduces(apply(build, "affine", "", p)->producer));
    assert_int_equal(sum->scope, SCOPE_SHARED);
}

/* ---- copying ---- */

static void a_copy_is_the_same_and_apart(void **state)
{
    struct build *build = *state;
    struct tensor *y = build_small(build);
    build_loss(build, y);
    struct graph *copy = graph_copy(build->graph);
    assert_string_equal(printed(copy, graph_dump), printed(build->graph, graph_dump));
    for (int i = 0; i < copy->n_tensors; i++) {
        assert_ptr_not_equal(copy->tensors[i], build->graph->tensors[i]);
        if (copy->tensors[i]->producer)
            assert_ptr_equal(copy->tensors[i]->producer, copy->nodes[build->graph->tensors[i]->producer->id]);
    }
    assert_ptr_equal(copy->outputs[0], copy->tensors[y->id]);
    assert_ptr_equal(copy->inputs[0], copy->tensors[0]);
    assert_ptr_equal(copy->loss, copy->tensors[build->graph->loss->id]);
    assert_ptr_equal(copy->labels[0].tensor, copy->tensors[build->graph->labels[0].tensor->id]);

    const char *before = printed(build->graph, graph_dump);
    graph_replace(copy, copy->outputs[0], copy->inputs[0]);
    graph_sweep(copy);
    graph_sample_weight(copy);
    assert_string_equal(printed(build->graph, graph_dump), before);
    assert_null(build->graph->sample_weight);
}

/* ---- rewriting ---- */

static void a_replacement_takes_every_place(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4");
    struct tensor *old = apply(build, "unary", "function=tanh", x);
    struct tensor *reader = apply(build, "binary", "function=multiply", old, old);
    build_output(build, old);
    build->graph->loss = old;
    build_metric(build, x);
    build_metric(build, old);
    /* The replacement reads what it replaces, and goes on doing so. */
    struct tensor *replacement = apply(build, "unary", "function=relu", old);
    graph_replace(build->graph, old, replacement);
    assert_ptr_equal(reader->producer->in[0], replacement);
    assert_ptr_equal(reader->producer->in[1], replacement);
    assert_ptr_equal(replacement->producer->in[0], old);
    assert_ptr_equal(build->graph->outputs[0], replacement);
    assert_ptr_equal(build->graph->loss, replacement);
    assert_ptr_equal(build->graph->metrics[1], replacement);
    assert_true(replacement->is_output);
}

static void a_sweep_drops_what_nobody_reads(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4");
    struct tensor *y = apply(build, "unary", "function=tanh", x);
    apply(build, "unary", "function=relu", apply(build, "unary", "function=elu", y));
    build_output(build, y);
    graph_sweep(build->graph);
    assert_string_equal(graph_words(build->graph), "tanh");
}

/* What a rewrite appends may be read by earlier nodes. */
static void a_sweep_restores_the_order(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4");
    struct tensor *a = apply(build, "unary", "function=tanh", x);
    build_output(build, apply(build, "unary", "function=relu", a));
    graph_replace(build->graph, a, apply(build, "unary", "function=elu", x));
    assert_string_equal(graph_words(build->graph), "tanh relu elu");
    graph_sweep(build->graph);
    assert_string_equal(graph_words(build->graph), "elu relu");
    for (int i = 0; i < build->graph->n_nodes; i++)
        assert_int_equal(build->graph->nodes[i]->id, i);
}

static void a_sweep_keeps_losses_metrics_gradients_and_updates(void **state)
{
    struct build *build = *state;
    struct graph *graph = build->graph;
    struct tensor *x = build_input(build, "4");
    graph->loss = apply(build, "unary", "function=tanh", x);
    build_metric(build, apply(build, "unary", "function=relu", x));
    struct tensor *part = apply(build, "unary", "function=elu", x),
                  *value = apply(build, "unary", "function=abs", x);
    graph->gradients = &(struct gradient){.parts = &part, .n_parts = 1};
    graph->n_gradients = 1;
    graph->updates = &(struct update){.value = value};
    graph->n_updates = 1;
    graph_sweep(graph);
    assert_string_equal(graph_words(graph), "relu tanh elu abs");
}

static void readers_are_counted_once_each(void **state)
{
    struct build *build = *state;
    struct tensor *x = build_input(build, "4");
    struct node *first = NULL;
    assert_int_equal(tensor_readers(build->graph, x, &first), 0);
    struct tensor *twice = apply(build, "binary", "function=multiply", x, x);
    apply(build, "unary", "function=relu", x);
    assert_int_equal(tensor_readers(build->graph, x, &first), 2);
    assert_ptr_equal(first, twice->producer);
    twice->producer->dead = true;
    assert_int_equal(tensor_readers(build->graph, x, NULL), 1);
}

/* ---- printing ---- */

static void the_trail_shows_what_each_layer_ends_in(void **state)
{
    struct build *build = *state;
    struct origin first = {.layer = "conv2d", .type = "Conv2D"}, second = {.layer = "pool", .type = "MaxPool2D"};
    struct tensor *x = build_input(build, "8x8x3"), *k = build_parameter(build, "k", "3x3x3x4");
    struct tensor *y = graph_apply(build->graph, &op_conv2d, NULL, (struct tensor *[]){x, k}, 2, first);
    y = graph_apply(build->graph, &op_unary, NULL, &y, 1, first);
    assert_string_equal(graph_trail(build->graph, x), "8x8x3");
    y = graph_apply(build->graph, &op_max_pool2d, NULL, &y, 1, second);
    assert_string_equal(graph_trail(build->graph, y), "8x8x3 -> conv2d 6x6x4 -> pool 3x3x4");
}

static void a_dump_has_a_line_for_each_node(void **state)
{
    struct build *build = *state;
    build_small(build);
    assert_string_equal(
        printed(build->graph, graph_dump),
        "    t0[8x8x3] input\n"
        "    t1[shared 3x3x3x4] conv/kernel\n"
        "    t3[shared 4] conv/bias\n"
        "  0 t2[3x6x4] = conv2d(t0, t1) size=3x3 strides=2x1 dilation=1x1 padding=valid pads=0,0,0,0 groups=1 "
        "result=scalar # layer, line 7\n"
        "  1 t4[3x6x4] = binary(t2, t3) function=add # layer, line 7\n"
        "  2 t5[3x6x4] = unary(t4) function=relu alpha=0 # layer, line 7\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, build_open, build_close)
    const struct CMUnitTest tests[] = {
        TEST(shapes_count_compare_and_print),
        cmocka_unit_test(a_shape_is_valid_up_to_2_to_the_40),
        TEST(a_node_makes_its_outputs),
        TEST(inputs_and_attributes_are_copied),
        TEST(an_op_refuses_a_wrong_number_of_inputs),
        TEST(an_impossible_shape_is_an_error),
        TEST(trainable_parameters_come_first),
        TEST(the_sample_weight_is_made_once),
        TEST(a_batch_sum_reduces),
        TEST(a_copy_is_the_same_and_apart),
        TEST(a_replacement_takes_every_place),
        TEST(a_sweep_drops_what_nobody_reads),
        TEST(a_sweep_restores_the_order),
        TEST(a_sweep_keeps_losses_metrics_gradients_and_updates),
        TEST(readers_are_counted_once_each),
        TEST(the_trail_shows_what_each_layer_ends_in),
        TEST(a_dump_has_a_line_for_each_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
