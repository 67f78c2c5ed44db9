/* Models of other tools: what becomes of their axes, and what is said of those that cannot be. Their numbers: tests/onnx. */
#include "import/import.h"
#include "naive/naive.h"
#include "onnx_models.h"
#include "script_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The graph of the model; NULL: what is wrong is in fixture->diag. */
static struct graph *try_path(struct script_fixture *fixture, const char *path, enum import_batch batch)
{
    const struct import_options options = {
        .path = path, .limits = limits_default, .shapes = &fixture->shapes, .batch = batch};
    fixture->diag = (struct diag){.arena = &fixture->arena};
    return import_run(&fixture->arena, &fixture->diag, &options);
}

static struct graph *import(struct script_fixture *fixture, struct onnx_model *model, enum import_batch batch)
{
    struct graph *graph = try_path(fixture, onnx_write(model, fixture->folder, "model.onnx"), batch);
    if (!graph)
        fail_msg("%s", fixture->diag.message);
    return graph;
}

static void assert_refused(struct script_fixture *fixture, struct onnx_model *model, const char *message)
{
    if (try_path(fixture, onnx_write(model, fixture->folder, "model.onnx"), BATCH_AUTO))
        fail_msg("it is taken, and should not: %s", message);
    if (!strstr(fixture->diag.message, message))
        fail_msg("says \"%s\", not \"%s\"", fixture->diag.message, message);
}

static const char *shapes_of(struct script_fixture *fixture, const struct graph *graph)
{
    return arena_printf(&fixture->arena, "%s -> %s", shape_text(&fixture->arena, &graph->inputs[0]->shape),
                        shape_text(&fixture->arena, &graph->outputs[0]->shape));
}

/* ---- axes ---- */

static void convolution(struct onnx_model *model, struct arena *arena, const char *dims)
{
    onnx_begin(model, arena, 13);
    onnx_input(model, "x", dims);
    onnx_weights(model, "w", "4,3,3,3");
    onnx_node(model, "Conv", "x,w", "y", "strides=1,1 pads=1,1,1,1");
    onnx_output(model, "y");
}

static void takes_the_batch_from_arrays(void **state)
{
    static const struct {
        const char *dims;
        enum import_batch batch;
        const char *shapes;
    } cases[] = {{"N,3,8,6", BATCH_AUTO, "3x8x6 -> 4x8x6"},
                 {"1,3,8,6", BATCH_AUTO, "3x8x6 -> 4x8x6"},
                 {"2,3,8,6", BATCH_AUTO, "2x3x8x6 -> 2x4x8x6"},
                 {"2,3,8,6", BATCH_STRIP, "3x8x6 -> 4x8x6"},
                 {"1,3,8,6", BATCH_KEEP, "1x3x8x6 -> 1x4x8x6"}};
    struct script_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct onnx_model model;
        convolution(&model, &fixture->arena, cases[i].dims);
        assert_string_equal(shapes_of(fixture, import(fixture, &model, cases[i].batch)), cases[i].shapes);
    }
}

static void asks_for_all_open_lengths(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "a", "N,T");
    onnx_input(&model, "b", "N,3,U");
    onnx_node(&model, "Add", "a,b", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, "the model leaves lengths open: of the inputs 'a' (NxT), 'b' (Nx3xU)");
    assert_string_equal(fixture->diag.hint,
                        "give them: --shape a=1x100 --shape b=1x3x100, with the right numbers for 100");
    fixture->shapes.list[fixture->shapes.count++] =
        (struct given_shape){.name = "a", .name_length = 1, .shape = {2, {1, 5}}};
    fixture->shapes.list[fixture->shapes.count++] =
        (struct given_shape){.name = "b", .name_length = 1, .shape = {3, {1, 3, 5}}};
    assert_string_equal(shapes_of(fixture, import(fixture, &model, BATCH_AUTO)), "5 -> 3x5");
}

/* Channels come first in the file and last in memory: the rows of the product's weights change places, no tensor does. */
static void a_flatten_moves_no_numbers(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,1,6,6");
    onnx_weights(&model, "w", "4,1,3,3");
    onnx_weights(&model, "b", "4");
    onnx_weights(&model, "k", "10,64");
    onnx_node(&model, "Conv", "x,w,b", "c", "");
    onnx_node(&model, "Relu", "c", "r", "");
    onnx_node(&model, "Flatten", "r", "f", "");
    onnx_node(&model, "Gemm", "f,k", "y", "transB=1");
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(script_ops_of(fixture, graph), "reshape conv2d binary unary reshape matmul");
    /* output 1, place (2, 1), channel 3 of the file's (channel, row, column) */
    const float *k = model.weights[2]->float_data;
    assert_true(script_parameter(graph, "y/kernel")->values[((2 * 4 + 1) * 4 + 3) * 10 + 1] ==
                k[64 + (3 * 4 + 2) * 4 + 1]);
}

static void transposes_that_undo_each_other_are_none(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "N,8,6,3");
    onnx_weights(&model, "w", "4,3,3,3");
    onnx_node(&model, "Transpose", "x", "t", "perm=0,3,1,2");
    onnx_node(&model, "Conv", "t,w", "c", "");
    onnx_node(&model, "Transpose", "c", "y", "perm=0,2,3,1");
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(shapes_of(fixture, graph), "8x6x3 -> 6x4x4");
    assert_string_equal(script_ops_of(fixture, graph), "conv2d");
}

/* Shape -> Gather -> Concat -> Reshape, as PyTorch's view(x.size(0), -1). */
static void arithmetic_of_shapes_is_gone(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "N,3,4");
    onnx_integers(&model, "zero", "0");
    onnx_integers(&model, "rest", "-1");
    onnx_node(&model, "Shape", "x", "s", "");
    onnx_node(&model, "Gather", "s,zero", "n", "axis=0");
    onnx_node(&model, "Concat", "n,rest", "to", "axis=0");
    onnx_node(&model, "Reshape", "x,to", "r", "");
    onnx_node(&model, "Relu", "r", "y", "");
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(shapes_of(fixture, graph), "3x4 -> 12");
    assert_string_equal(script_ops_of(fixture, graph), "unary reshape");
}

/* A model of x, and of the weights w. */
static void begin(struct onnx_model *model, struct arena *arena, const char *x, const char *w)
{
    onnx_begin(model, arena, 13);
    onnx_input(model, "x", x);
    onnx_weights(model, "w", w);
}

static void what_works_along_the_batch_is_refused(void **state)
{
    static const char *const message = "works along the axis of the batch";
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "N,4", "1");
    onnx_node(&model, "Softmax", "x", "y", "axis=0");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, "Softmax (output 'y'): works along the axis of the batch");
    begin(&model, &fixture->arena, "N,4", "1");
    onnx_node(&model, "Transpose", "x", "t", "");
    onnx_node(&model, "MatMul", "t,x", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, message);
    begin(&model, &fixture->arena, "N,2,2", "1,2,2");
    onnx_node(&model, "MatMul", "w,x", "m", "");
    onnx_node(&model, "ReduceMean", "m", "y", "axes=0, keepdims=0");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, message);
    begin(&model, &fixture->arena, "N,4", "1");
    onnx_node(&model, "Flatten", "x", "f", "axis=0");
    onnx_node(&model, "Softmax", "f", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, message);
    begin(&model, &fixture->arena, "N,4", "2,4");
    onnx_node(&model, "Add", "x,w", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, message);
}

/* Which axis is the batch, a recurrence says, whose steps it cannot be. */
static void steps_are_no_batch(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "T,1,2", "1,3,2");
    onnx_weights(&model, "r", "1,3,3");
    onnx_node(&model, "RNN", "x,w,r", "y,h", "hidden_size=3");
    onnx_output(&model, "h");
    assert_refused(fixture, &model, "RNN (output 'y'): works along the axis of the batch");
    fixture->shapes.list[fixture->shapes.count++] =
        (struct given_shape){.name = "x", .name_length = 1, .shape = {3, {5, 1, 2}}};
    assert_refused(fixture, &model, "--shape gives 5 for axis 1 of the input 'x', which is the batch");
    assert_string_equal(shapes_of(fixture, import(fixture, &model, BATCH_KEEP)), "5x1x2 -> 1x1x3");
}

static void the_batch_is_the_symbol_that_inputs_share(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "T,N,2", "1,3,2");
    onnx_input(&model, "s", "N,3");
    onnx_weights(&model, "r", "1,3,3");
    onnx_node(&model, "RNN", "x,w,r", "a,h", "hidden_size=3");
    onnx_node(&model, "Add", "h,s", "y", "");
    onnx_output(&model, "y");
    fixture->shapes.list[fixture->shapes.count++] =
        (struct given_shape){.name = "x", .name_length = 1, .shape = {3, {5, 1, 2}}};
    assert_string_equal(shapes_of(fixture, import(fixture, &model, BATCH_AUTO)), "5x2 -> 1x3");
}

/* As networks of videos do: frames are folded into the batch, and taken out again. */
static void frames_may_be_folded_into_the_batch(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "N,2,1,3,3", "4,1,3,3");
    onnx_weights(&model, "one", "4");
    onnx_integers(&model, "fold", "-1,1,3,3");
    onnx_integers(&model, "unfold", "-1,2,4");
    for (int i = 0; i < 4; i++)
        model.weights[1]->float_data[i] = 1;
    onnx_node(&model, "Reshape", "x,fold", "f", "");
    onnx_node(&model, "Conv", "f,w", "c", "");
    onnx_node(&model, "BatchNormalization", "c,one,one,one,one", "b", "");
    onnx_node(&model, "Reshape", "b,unfold", "y", "");
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(shapes_of(fixture, graph), "2x1x3x3 -> 2x4");
    assert_int_equal(graph->parameter_floats, 4 * 9 + 4 * 4); /* not for each frame once more */
}

static void a_batch_that_stays_an_axis_is_told(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    for (int64_t size = 1; size <= 3; size++) {
        begin(&model, &fixture->arena, "3,4", "1");
        onnx_node(&model, "Relu", "x", "y", "");
        onnx_output(&model, "y");
        model.outputs[0]->type->tensor_type->shape = model.inputs[0]->type->tensor_type->shape;
        model.inputs[0]->type->tensor_type->shape->dim[0]->dim_value = size;
        import(fixture, &model, BATCH_AUTO);
        assert_int_equal(fixture->diag.n_warnings, size > 1);
        import(fixture, &model, BATCH_STRIP);
        assert_int_equal(fixture->diag.n_warnings, 0);
    }
}

/* ---- what cannot be ---- */

static void names_all_that_is_missing(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_node(&model, "RandomUniformLike", "x", "a", "")->name = arena_strdup(&fixture->arena, "noise");
    onnx_node(&model, "RandomUniformLike", "a", "b", "");
    onnx_node(&model, "Frobnicate", "b", "y", "");
    onnx_output(&model, "y");
    assert_refused(
        fixture, &model,
        "operators that cnnc does not know: RandomUniformLike ('noise' and 1 more), Frobnicate (output 'y')");
    assert_string_equal(fixture->diag.hint, "export the model for inference (model.eval())");
}

/* One operator on "x", which is of the graph around it. */
static struct onnx_model *branch(struct arena *arena, const char *op)
{
    struct onnx_model *body = arena_alloc(arena, sizeof *body);
    onnx_begin(body, arena, 13);
    onnx_node(body, op, "x", "y", "");
    onnx_output(body, "y");
    return body;
}

static void two_branches(struct onnx_model *model, struct arena *arena, const char *condition)
{
    Onnx__Node *node = onnx_node(model, "If", condition, "y", "");
    onnx_body(model, node, "then_branch", branch(arena, "Relu"));
    onnx_body(model, node, "else_branch", branch(arena, "Frobnicate"));
}

/* What the other one is made of does not matter. */
static void the_branch_of_a_known_condition_is_taken(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_integers(&model, "one", "1");
    onnx_node(&model, "Greater", "one,one", "n", "");
    onnx_node(&model, "Not", "n", "c", "");
    two_branches(&model, &fixture->arena, "c");
    onnx_output(&model, "y");
    assert_string_equal(script_ops_of(fixture, import(fixture, &model, BATCH_AUTO)), "unary");
    model.nodes[2]->input[0] = model.nodes[0]->output[0];
    assert_refused(fixture, &model, "operator that cnnc does not know: Frobnicate (output 'y')");
    model.nodes[2]->input[0] = model.inputs[0]->name;
    assert_refused(fixture, &model, "If (output 'y'): needs a condition that is known when it is compiled");
}

static void a_loop_is_written_out(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model, body;
    onnx_begin(&body, &fixture->arena, 13);
    onnx_input(&body, "i", "1");
    onnx_input(&body, "c", "1");
    onnx_input(&body, "h", "1,4");
    onnx_node(&body, "Mul", "h,x", "next", "");
    onnx_output(&body, "c");
    onnx_output(&body, "next");
    onnx_output(&body, "next");
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "N,4");
    onnx_integers(&model, "n", "3");
    onnx_body(&model, onnx_node(&model, "Loop", "n,,x", "last,y", ""), "body", &body);
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(script_ops_of(fixture, graph),
                        "binary reshape binary reshape binary reshape concat reshape reshape");
    assert_string_equal(shapes_of(fixture, graph), "4 -> 3x4");
    model.nodes[0]->input[0] = model.inputs[0]->name;
    assert_refused(fixture, &model, "Loop (output 'last'): needs a trip count that is known when it is compiled");
    assert_non_null(strstr(fixture->diag.hint, "save the model as .keras"));
    onnx_integers(&model, "many", "100000");
    model.nodes[0]->input[0] = model.weights[1]->name;
    assert_refused(fixture, &model,
                   "Loop (output 'last'): makes 1001 rounds, of which at most 1000 are written out");
}

/* A file must not end the stack. */
static void graphs_in_graphs_are_not_read_without_end(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model *model = branch(&fixture->arena, "Relu");
    for (int i = 0; i < 10; i++) {
        struct onnx_model *around = arena_alloc(&fixture->arena, sizeof *around);
        onnx_begin(around, &fixture->arena, 13);
        onnx_input(around, "x", "1,4");
        onnx_integers(around, "c", "1");
        onnx_body(around, onnx_node(around, "If", "c", "y", ""), "then_branch", model);
        onnx_output(around, "y");
        model = around;
    }
    assert_refused(fixture, model, "its loops and branches are more than 8 deep");
}

/* Of float64: exact in a shape, but weights lose digits. */
static void conversions_are_told(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "1,4", "4");
    Onnx__Tensor *w = model.weights[0];
    static double numbers[] = {1, 2, 3, 0.1};
    w->data_type = 11;
    w->n_float_data = 0;
    w->n_double_data = 4;
    w->double_data = numbers;
    onnx_node(&model, "Mul", "x,w", "y", "");
    onnx_output(&model, "y");
    import(fixture, &model, BATCH_AUTO);
    assert_int_equal(fixture->diag.n_warnings, 1);
    assert_string_equal(fixture->diag.warnings[0].message, "weights of type float64 are made float32");
}

static void no_numbers_at_all_are_refused(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "N,4", "1");
    onnx_integers(&model, "times", "1,0");
    onnx_node(&model, "Tile", "x,times", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, "Tile (output 'y'): repeats numbers 0 times");
}

static void assert_numbers(const double *got, int n, const double *wanted)
{
    for (int i = 0; i < n; i++)
        if (!(got[i] == wanted[i])) /* NaN is none of them */
            fail_msg("number %d is %g, not %g", i, got[i], wanted[i]);
}

/* As scores are: what is masked is no place that was taken. The lowest float is above it. */
static void the_largest_of_masked_numbers_are_other_places(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "N,4");
    onnx_integers(&model, "k", "3");
    onnx_node(&model, "TopK", "x,k", "y,i", "axis=1");
    onnx_output(&model, "y");
    onnx_output(&model, "i");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    const double lowest = -(double)3.402823466e38f;
    const double x[][4] = {{-INFINITY, 5, -INFINITY, -INFINITY}, {-INFINITY, 5, lowest, -INFINITY}, {2, 3, 1, 3}};
    const double y[][3] = {{5, -INFINITY, -INFINITY}, {5, lowest, -INFINITY}, {3, 3, 2}};
    const double places[][3] = {{1, 0, 2}, {1, 2, 0}, {1, 3, 0}};
    for (int i = 0; i < 3; i++) {
        assert_numbers(script_numbers(fixture, graph, x[i], 0), 3, y[i]);
        assert_numbers(script_numbers(fixture, graph, x[i], 1), 3, places[i]);
    }
}

/* An embedding of x.long(): of 1.9 and -1.2, the rows 1 and, counted from the end, -1. */
static void numbers_made_whole_are_places(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    begin(&model, &fixture->arena, "N,2", "3,2");
    onnx_integers(&model, "two", "2");
    onnx_node(&model, "Cast", "x", "long", "to=7");
    onnx_node(&model, "Min", "long,two", "low", "");
    onnx_node(&model, "Greater", "x,x", "c", "");
    onnx_node(&model, "Where", "c,two,low", "i", "");
    onnx_node(&model, "Gather", "w,i", "y", "");
    onnx_output(&model, "y");
    const float *w = model.weights[0]->float_data;
    const double wanted[] = {(double)w[2], (double)w[3], (double)w[4], (double)w[5]};
    assert_numbers(script_numbers(fixture, import(fixture, &model, BATCH_AUTO), (double[]){1.9, -1.2}, 0), 4,
                   wanted);
    model.nodes[4]->input[1] = model.inputs[0]->name;
    assert_refused(fixture, &model, "Gather (output 'y'): needs indices that are whole numbers");
}

/* What a body reads is known by its own names: its divisor is an initializer of its own, of another type than the model's. */
static void whole_numbers_of_bodies_are_divided_as_such(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model, body;
    onnx_begin(&body, &fixture->arena, 13);
    onnx_input(&body, "i", "1");
    onnx_input(&body, "c", "1");
    onnx_input(&body, "h", "1,2");
    body.inputs[2]->type->tensor_type->elem_type = 7;
    onnx_integers(&body, "w", "2");
    onnx_node(&body, "Div", "h,w", "next", "");
    onnx_output(&body, "c");
    onnx_output(&body, "next");
    begin(&model, &fixture->arena, "N,2", "1");
    model.weights[0]->float_data[0] = 2;
    onnx_integers(&model, "n", "1");
    onnx_node(&model, "Cast", "x", "long", "to=7");
    onnx_body(&model, onnx_node(&model, "Loop", "n,,long", "last", ""), "body", &body);
    onnx_node(&model, "Cast", "last", "f", "to=1");
    onnx_node(&model, "Div", "f,w", "y", "");
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_numbers(script_numbers(fixture, graph, (double[]){7, -5}, 0), 2, (double[]){1.5, -1});
}

/* 7 / 2 is 3: the divisor is no initializer, but made of one. */
static void whole_numbers_are_divided_as_such(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "N,4");
    model.inputs[0]->type->tensor_type->elem_type = 7;
    onnx_integers(&model, "two", "2");
    onnx_node(&model, "Identity", "two", "t", "");
    onnx_node(&model, "Div", "x,t", "d", "");
    onnx_node(&model, "Cast", "d", "y", "to=1");
    onnx_output(&model, "y");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_non_null(strstr(script_ops_of(fixture, graph), "affine cast"));
}

static void a_node_that_needs_itself_is_refused(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_node(&model, "Add", "x,b", "a", "");
    onnx_node(&model, "Relu", "a", "b", "");
    onnx_output(&model, "b");
    assert_refused(fixture, &model, "needs its own result");
}

static void what_two_nodes_make_is_refused(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_node(&model, "Relu", "x", "y", "");
    onnx_node(&model, "Abs", "x", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, "Abs (output 'y'): makes 'y', which Relu (output 'y') makes, too");
}

static void weights_that_are_an_input_are_asked_for(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,3,8,8");
    onnx_input(&model, "the kernel", "4,3,3,3");
    onnx_node(&model, "Conv", "x,the kernel", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, "Conv (output 'y'): must know weights when it is compiled");
    assert_string_equal(fixture->diag.hint, "--bind the kernel=FILE makes an input of the model a constant");
}

static void shapes_that_do_not_fit_are_named_with_their_node(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    convolution(&model, &fixture->arena, "1,5,8,8");
    assert_refused(fixture, &model,
                   "Conv (output 'y'): conv2d: the kernel takes 3 channels a group, but the input has 5");
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_node(&model, "Add", "x,gone", "y", "");
    onnx_output(&model, "y");
    assert_refused(fixture, &model, "Add (output 'y'): reads 'gone', which nothing makes");
}

/* Nobody asks for memory that the file does not have. */
static void weights_that_are_not_there_are_refused(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    convolution(&model, &fixture->arena, "1,3,8,8");
    model.weights[0]->n_float_data--;
    assert_refused(fixture, &model, "the tensor 'w' has other data than its shape says");
    convolution(&model, &fixture->arena, "1,3,8,8");
    model.weights[0]->dims[0] = (int64_t)1 << 39;
    assert_refused(fixture, &model, "the tensor 'w' has a shape that is none");
}

static void outside(struct onnx_model *model, const char *file)
{
    Onnx__Tensor *w = model->weights[0];
    Onnx__Entry *entry = arena_alloc(model->arena, sizeof *entry);
    onnx__entry__init(entry);
    entry->key = arena_strdup(model->arena, "location");
    entry->value = arena_strdup(model->arena, file);
    w->external_data = arena_array(model->arena, 1, sizeof *w->external_data);
    w->external_data[0] = entry;
    w->n_external_data = 1;
    w->has_data_location = true;
    w->data_location = 1;
    w->n_float_data = 0;
}

static void data_beside_the_model_is_read_and_no_other(void **state)
{
    static const struct {
        const char *name, *message;
    } refused[] = {{"../other", "'../other', which is not beside the model"},
                   {"/etc/passwd", "'/etc/passwd', which is not beside the model"},
                   {"", "'', which is not beside the model"},
                   {"link.bin", "'link.bin', which is no plain file: links are not followed"},
                   {"none.bin", "'none.bin', which is not there"},
                   {"short.bin", "'short.bin', which is shorter than the tensor"}};
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    char bytes[4 * 3 * 9 * 4 + 1] = {0};
    memset(bytes, '?', sizeof bytes - 1); /* 0x3f3f3f3f is 0.747 */
    script_write(fixture, "data.bin", bytes);
    script_write(fixture, "short.bin", bytes + 1);
    const char *link = arena_printf(&fixture->arena, "%s/link.bin", fixture->folder);
    assert_int_equal(symlink("data.bin", link), 0);
    convolution(&model, &fixture->arena, "1,3,8,8");
    outside(&model, "data.bin");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_true(script_parameter(graph, "y/kernel")->values[7] > 0.747f);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        convolution(&model, &fixture->arena, "1,3,8,8");
        outside(&model, refused[i].name);
        assert_refused(fixture, &model, "the tensor 'w' lies in ");
        assert_non_null(strstr(fixture->diag.message, refused[i].message));
    }
    assert_int_equal(unlink(link), 0);
}

static void a_damaged_file_is_said_to_be_one(void **state)
{
    struct script_fixture *fixture = *state;
    assert_null(try_path(fixture, script_write(fixture, "cut.onnx", "\x08\x07:\x7f"), BATCH_AUTO));
    assert_string_equal(fixture->diag.message, "this is no ONNX model, or the file is damaged");
}

/* ---- names ---- */

static void names_become_names_of_c(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x\"; */ int main", "1,4");
    onnx_weights(&model, "w", "4,2");
    onnx_node(&model, "MatMul", "x\"; */ int main,w", "23", "");
    onnx_node(&model, "Relu", "23", "::y;", "");
    onnx_output(&model, "::y;");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(graph->input_names[0], "x_int_main");
    assert_string_equal(graph->output_names[0], "y");
    assert_non_null(script_parameter(graph, "mat_mul_23/kernel"));
}

/* Also where an operator that makes one has a name of its own. */
static void outputs_are_called_as_in_the_file(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    onnx_begin(&model, &fixture->arena, 13);
    onnx_input(&model, "x", "1,4");
    onnx_node(&model, "Relu", "x", "a b", "")->name = arena_strdup(&fixture->arena, "/relu");
    onnx_node(&model, "Abs", "x", "a_b", "");
    onnx_output(&model, "a b");
    onnx_output(&model, "a_b");
    const struct graph *graph = import(fixture, &model, BATCH_AUTO);
    assert_string_equal(graph->output_names[0], "a_b");
    assert_string_equal(graph->output_names[1], "a_b_2");
}

static void knows_models_by_their_first_byte(void **state)
{
    struct script_fixture *fixture = *state;
    struct onnx_model model;
    convolution(&model, &fixture->arena, "1,3,8,8");
    assert_true(import_reads(onnx_write(&model, fixture->folder, "model")));
    assert_false(import_reads(script_write(fixture, "script.lua", "return 1")));
    assert_false(import_reads("/nowhere.onnx"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, script_fixture_open, script_fixture_close)
    const struct CMUnitTest tests[] = {
        TEST(takes_the_batch_from_arrays),
        TEST(asks_for_all_open_lengths),
        TEST(a_flatten_moves_no_numbers),
        TEST(transposes_that_undo_each_other_are_none),
        TEST(arithmetic_of_shapes_is_gone),
        TEST(what_works_along_the_batch_is_refused),
        TEST(steps_are_no_batch),
        TEST(the_batch_is_the_symbol_that_inputs_share),
        TEST(frames_may_be_folded_into_the_batch),
        TEST(a_batch_that_stays_an_axis_is_told),
        TEST(names_all_that_is_missing),
        TEST(the_branch_of_a_known_condition_is_taken),
        TEST(a_loop_is_written_out),
        TEST(graphs_in_graphs_are_not_read_without_end),
        TEST(conversions_are_told),
        TEST(no_numbers_at_all_are_refused),
        TEST(the_largest_of_masked_numbers_are_other_places),
        TEST(numbers_made_whole_are_places),
        TEST(whole_numbers_of_bodies_are_divided_as_such),
        TEST(whole_numbers_are_divided_as_such),
        TEST(a_node_that_needs_itself_is_refused),
        TEST(what_two_nodes_make_is_refused),
        TEST(weights_that_are_an_input_are_asked_for),
        TEST(shapes_that_do_not_fit_are_named_with_their_node),
        TEST(weights_that_are_not_there_are_refused),
        TEST(data_beside_the_model_is_read_and_no_other),
        TEST(a_damaged_file_is_said_to_be_one),
        TEST(names_become_names_of_c),
        TEST(outputs_are_called_as_in_the_file),
        TEST(knows_models_by_their_first_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
