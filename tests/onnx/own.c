/* own.c -- small models of ours, of what ONNX' own tests do not look at. */
#include "tests.h"

#include "naive/naive.h"

#include "import/import.h"
#include "../unit/onnx_models.h"

#include <math.h>
#include <string.h>

/* One operator; the numbers follow from what ONNX says of it. `known`: those of a second input, "s"; "ones" are weights of two
 * directions, and an input that is called 2;3 has these whole numbers. Without `in` the numbers are 0, 1, 2, ... */
static const struct own {
    const char *name, *op, *inputs, *attributes, *dims;
    int version, n_known, n_out;
    float known[4], in[8];
    double out[12];
} owns[] = {
    {"nearest: asymmetric",
     "Resize",
     "x,,s",
     "coordinate_transformation_mode=asymmetric",
     "1,1,1,2",
     13,
     4,
     6,
     {1, 1, 1, 3},
     {1, 2},
     {1, 1, 2, 2, 2, 2}},
    {"nearest: half_pixel and floor",
     "Resize",
     "x,,s",
     "nearest_mode=floor",
     "1,1,1,2",
     13,
     4,
     4,
     {1, 1, 1, 2},
     {1, 2},
     {1, 1, 1, 2}},
    {"nearest: tf_half_pixel_for_nn",
     "Resize",
     "x,,s",
     "coordinate_transformation_mode=tf_half_pixel_for_nn",
     "1,1,1,2",
     13,
     4,
     4,
     {1, 1, 1, 2},
     {1, 2},
     {1, 2, 2, 2}},
    {"nearest of opset 10", "Resize", "x,s", "", "1,1,1,2", 10, 4, 4, {1, 1, 1, 2}, {1, 2}, {1, 1, 2, 2}},
    {"resize of named axes",
     "Resize",
     "x,,s",
     "axes=3, coordinate_transformation_mode=asymmetric nearest_mode=floor",
     "1,1,1,2",
     18,
     1,
     4,
     {2},
     {1, 2},
     {1, 1, 2, 2}},
    {"pool of a volume with ceil_mode",
     "MaxPool",
     "x",
     "kernel_shape=2,2,2 strides=2,2,2 ceil_mode=1",
     "1,1,3,3,3",
     13,
     0,
     8,
     {0},
     {0},
     {13, 14, 16, 17, 22, 23, 25, 26}},
    {"mean of a border that does not count",
     "AveragePool",
     "x",
     "kernel_shape=2, pads=1,0, strides=2,",
     "1,1,3",
     13,
     0,
     2,
     {0},
     {3, 4, 6},
     {3, 5}},
    {"largest of a window with nothing above -inf, beside the border",
     "MaxPool",
     "x",
     "kernel_shape=2,2 pads=1,0,0,1",
     "1,1,1,3",
     13,
     0,
     3,
     {0},
     {-INFINITY, -INFINITY, INFINITY},
     {-INFINITY, INFINITY, INFINITY}},
    {"the same of cells that are apart",
     "MaxPool",
     "x",
     "kernel_shape=2, dilations=2, pads=2,2",
     "1,1,4",
     13,
     0,
     6,
     {0},
     {-INFINITY, 3, -INFINITY, -INFINITY},
     {-INFINITY, 3, -INFINITY, 3, -INFINITY, -INFINITY}},
    {"pad by a large number",
     "Pad",
     "x",
     "mode=constant pads=0,1,0,0 value=1000000000.0",
     "1,2",
     2,
     0,
     3,
     {0},
     {0.5, 0.25},
     {1e9, 0.5, 0.25}},
    {"space to depth and its order",
     "SpaceToDepth",
     "x",
     "blocksize=2",
     "1,1,2,4",
     13,
     0,
     8,
     {0},
     {1, 2, 3, 4, 5, 6, 7, 8},
     {1, 3, 2, 4, 5, 7, 6, 8}},
    {"depth to space, columns first",
     "DepthToSpace",
     "x",
     "blocksize=2 mode=CRD",
     "1,4,1,2",
     13,
     0,
     8,
     {0},
     {1, 2, 3, 4, 5, 6, 7, 8},
     {1, 3, 2, 4, 5, 7, 6, 8}},
    {"softmax of all behind the axis",
     "Softmax",
     "x",
     "axis=1",
     "1,2,2",
     11,
     0,
     4,
     {0},
     {2, 2, 2, 2},
     {0.25, 0.25, 0.25, 0.25}},
    {"softmax of the last axis", "Softmax", "x", "", "1,2,2", 13, 0, 4, {0}, {2, 2, 2, 2}, {0.5, 0.5, 0.5, 0.5}},
    {"a mean that keeps no axes",
     "ReduceMean",
     "x",
     "axes=1,3 keepdims=0",
     "1,2,2,2",
     13,
     0,
     2,
     {0},
     {1, 2, 3, 4, 5, 6, 7, 8},
     {3.5, 5.5}},
    {"batch normalization as in training",
     "BatchNormalization",
     "x,s,s,s,s",
     "training_mode=1",
     "1,2,2",
     15,
     2,
     0,
     {1, 1},
     {1},
     {0}},
    {"linear resize with antialias",
     "Resize",
     "x,,s",
     "antialias=1 mode=linear",
     "1,1,1,4",
     18,
     4,
     2,
     {1, 1, 1, 0.5},
     {1, 2, 3, 4},
     {1.625, 3.375}},
    {"a group's scale until version 20",
     "GroupNormalization",
     "x,s,s",
     "num_groups=2 epsilon=0",
     "1,4,1",
     18,
     2,
     4,
     {2, 3},
     {1, 3, 10, 14},
     {0, 4, 0, 6}},
    {"a channel's scale since version 21",
     "GroupNormalization",
     "x,s,s",
     "num_groups=2 epsilon=0",
     "1,4,1",
     21,
     4,
     4,
     {1, 2, 3, 4},
     {1, 3, 10, 14},
     {0, 4, 0, 8}},
    {"halves are rounded to even numbers",
     "QuantizeLinear",
     "x,s",
     "",
     "6",
     13,
     1,
     6,
     {2},
     {1, 3, 5, -1, 600, 7},
     {0, 2, 2, 0, 255, 4}},
    {"scales along an axis",
     "DequantizeLinear",
     "x,s",
     "axis=1",
     "2,2",
     13,
     2,
     4,
     {2, 0.5},
     {1, 2, 3, 4},
     {2, 1, 6, 2}},
    {"a product by an equation",
     "Einsum",
     "x,s",
     "equation=ij;i->j",
     "3,2",
     13,
     3,
     2,
     {1, 2, 3},
     {1, 2, 3, 4, 5, 6},
     {22, 28}},
    {"an outer product by an equation",
     "Einsum",
     "x,s",
     "equation=i;j->ji",
     "2",
     13,
     3,
     6,
     {1, 2, 3},
     {1, 2},
     {1, 2, 2, 4, 3, 6}},
    {"axes by an equation",
     "Einsum",
     "x",
     "equation=ijk->kj",
     "2,2,2",
     13,
     0,
     4,
     {0},
     {1, 2, 3, 4, 5, 6, 7, 8},
     {6, 10, 8, 12}},
    {"a place of the largest, of several the last",
     "ArgMax",
     "x",
     "axis=1 keepdims=0 select_last_index=1",
     "2,3",
     13,
     0,
     2,
     {0},
     {5, 1, 5, 0, 3, 2},
     {2, 1}},
    {"places of the smallest along rows",
     "ArgMin",
     "x",
     "axis=0 keepdims=1",
     "2,3",
     13,
     0,
     3,
     {0},
     {5, 1, 5, 0, 3, 5},
     {1, 0, 0}},
    {"the two smallest", "TopK", "x", "k=2 axis=1 largest=0", "1,4", 10, 0, 2, {0}, {4, 2, 3, 1}, {1, 2}},
    {"sums from behind, without the number itself",
     "CumSum",
     "x,s",
     "exclusive=1 reverse=1",
     "3,2",
     14,
     1,
     6,
     {0},
     {1, 2, 3, 4, 5, 6},
     {8, 10, 5, 6, 0, 0}},
    {"what is above a diagonal",
     "Trilu",
     "x",
     "upper=1",
     "2,3",
     14,
     0,
     6,
     {0},
     {1, 2, 3, 4, 5, 6},
     {1, 2, 3, 0, 5, 6}},
    {"columns by their length",
     "LpNormalization",
     "x",
     "axis=0 p=1",
     "2,2",
     13,
     0,
     4,
     {0},
     {1, 2, 3, 6},
     {0.25, 0.25, 0.75, 0.75}},
    {"sums of windows",
     "LpPool",
     "x",
     "kernel_shape=2, strides=2, p=1",
     "1,1,4",
     18,
     0,
     2,
     {0},
     {1, -2, 3, 4},
     {3, 7}},
    {"the root of a mean of squares",
     "RMSNormalization",
     "x,s",
     "epsilon=0",
     "1,2",
     22,
     2,
     2,
     {1, 2},
     {3, 3},
     {1, 2}},
    {"sequences of two lengths in two directions",
     "RNN",
     "x,ones,ones,,2;3",
     "hidden_size=1 direction=bidirectional activations=Affine,Affine",
     "3,2,1",
     14,
     0,
     12,
     {0},
     {0},
     {0, 1, 2, 9, 2, 4, 2, 8, 0, 9, 0, 5}},
    {"sequences that are all shorter",
     "RNN",
     "x,ones,ones,,2;2",
     "hidden_size=1 direction=bidirectional activations=Affine,Affine",
     "3,2,1",
     14,
     0,
     12,
     {0},
     {0},
     {0, 1, 2, 4, 2, 4, 2, 3, 0, 0, 0, 0}},
    {"a remainder with the first one's sign",
     "Mod",
     "x,s",
     "fmod=1",
     "4",
     13,
     1,
     4,
     {3},
     {-4, 4, -6, 5},
     {-1, 1, 0, 2}},
};

/* Lists have commas, so within their entries ; stands for one. */
static char *with_commas(char *text)
{
    for (char *p = text; *p; p++)
        if (*p == ';')
            *p = ',';
    return text;
}

static struct graph *import_own(const struct own *own, struct arena *arena, struct diag *diag, const char *folder)
{
    struct onnx_model model;
    onnx_begin(&model, arena, own->version);
    onnx_input(&model, "x", own->dims);
    if (own->n_known)
        memcpy(onnx_weights(&model, "s", arena_printf(arena, "%d", own->n_known))->float_data, own->known,
               (size_t)own->n_known * sizeof(float));
    if (strstr(own->inputs, "ones")) {
        float *weights = onnx_weights(&model, "ones", "2,1,1")->float_data;
        weights[0] = weights[1] = 1;
    }
    const char *list = strpbrk(own->inputs, "0123456789");
    if (list)
        onnx_integers(&model, list, with_commas(arena_strdup(arena, list)));
    const Onnx__Node *node = onnx_node(&model, own->op, own->inputs, "y", own->attributes);
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->s.data)
            with_commas((char *)node->attribute[i]->s.data);
    onnx_output(&model, "y");
    const struct import_options options = {
        .path = onnx_write(&model, folder, "own.onnx"), .limits = limits_default, .batch = BATCH_KEEP};
    return import_run(arena, diag, &options);
}

/* The interpreter computes in double; 1e-9 is what its sums may be off. What float cannot hold is an infinity. */
static bool is_near(double a, double b) { return isinf(b) ? (double)(float)a == b : fabs(a - b) <= 1e-9 * fabs(b); }

/* Prints what is wrong; those without outputs are to be refused. */
static bool run_own(const struct own *own, const char *folder)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory))
        return false;
    const struct graph *graph = import_own(own, &arena, &diag, folder);
    bool right = (graph != NULL) == (own->n_out > 0);
    if (!right)
        printf("# %s\n", graph ? "it is taken" : diag.message);
    if (right && graph) {
        int64_t count = shape_count(&graph->inputs[0]->shape);
        double *in = arena_array(&arena, count, sizeof *in);
        bool given = false;
        for (int i = 0; i < 8; i++)
            given |= own->in[i] != 0;
        for (int64_t i = 0; i < count; i++)
            in[i] = given ? (double)own->in[i] : (double)i;
        const double *const inputs[] = {in};
        const struct naive_data data = {.count = 1, .inputs = inputs, .parameters = imported_parameters(graph)};
        struct naive naive;
        right = naive_run(&naive, graph, &data) && shape_count(&graph->outputs[0]->shape) == own->n_out;
        for (int i = 0; right && i < own->n_out; i++)
            right = is_near(naive_value(&naive, graph->outputs[0])[i], own->out[i]);
        naive_free(&naive);
    }
    arena_free(&arena);
    return right;
}

int run_owns(const char *folder)
{
    int status = 0;
    for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
        bool right = run_own(&owns[i], folder);
        printf("%sok %s\n", right ? "" : "not ", owns[i].name);
        status |= !right;
    }
    return status;
}
