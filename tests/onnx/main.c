/* main.c -- ONNX' own tests of its operators, which Debian has in libonnx-testdata: each is imported, evaluated by the naive
 * interpreter, and compared with the outputs that are stored beside it.
 *
 *   main FOLDER...            every test below each FOLDER; the last line counts them
 *   main --own FOLDER         small models of ours, of what those tests do not look at; FOLDER is for their files
 *   main --binds TEST         the options that cnnc needs to compile one as it is done here
 *   main --call TEST NET.so   the same comparison with the C that cnnc wrote of it
 *
 * A test counts where its data are floats and cnnc knows its operators; what it refuses is counted apart, by a message that names
 * the operator. Weights are inputs in these models: what a trained one has as constants is bound. */
#include "naive/naive.h"

#include "import/import.h"
#include "../unit/onnx_models.h"

#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ARRAYS = 16, PATH_BYTES = 1024 };

struct test {
    char folder[PATH_BYTES];
    struct arena arena;
    const Onnx__Model *model;
    struct import_options options;
    struct import_bind binds[BINDS_MAX];
    int inputs[MAX_ARRAYS]; /* the indices of those that are not bound */
    int n_inputs;
};

/* ---- files ---- */

static unsigned char *read_file(struct arena *arena, const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = arena_alloc(arena, *size + 1);
    *size = fread(bytes, 1, *size, file);
    fclose(file);
    return bytes;
}

static const char *data_path(struct test *test, const char *kind, int i)
{
    return arena_printf(&test->arena, "%s/test_data_set_0/%s_%d.pb", test->folder, kind, i);
}

/* The floats of a stored tensor; NULL: it has other numbers, or is not there. */
static const float *stored(struct test *test, const char *kind, int i, int64_t *count)
{
    size_t size;
    unsigned char *bytes = read_file(&test->arena, data_path(test, kind, i), &size);
    const Onnx__Tensor *tensor = bytes ? onnx__tensor__unpack(NULL, size, bytes) : NULL;
    if (!tensor || tensor->data_type != 1)
        return NULL;
    *count = tensor->has_raw_data ? (int64_t)(tensor->raw_data.len / sizeof(float)) : (int64_t)tensor->n_float_data;
    float *floats = arena_array(&test->arena, *count + 1, sizeof *floats);
    if (*count)
        memcpy(floats, tensor->has_raw_data ? (const void *)tensor->raw_data.data : tensor->float_data,
               (size_t)*count * sizeof *floats);
    return floats;
}

/* ---- which inputs are bound ---- */

/* Of these operators all inputs are weights but the first, and, of recurrent ones, the first states. */
static bool is_weight(const char *op, size_t input)
{
    static const char *const weighed[] = {"Conv",
                                          "ConvTranspose",
                                          "BatchNormalization",
                                          "InstanceNormalization",
                                          "LayerNormalization",
                                          "Gemm",
                                          "PRelu",
                                          "Clip",
                                          "Pad",
                                          "Resize",
                                          "Upsample",
                                          "Dropout",
                                          NULL};
    for (const char *const *name = weighed; *name; name++)
        if (strcmp(op, *name) == 0)
            return input > 0;
    bool recurrent = strcmp(op, "LSTM") == 0 || strcmp(op, "GRU") == 0 || strcmp(op, "RNN") == 0;
    return recurrent && input > 0 && input != 5 && input != 6;
}

static bool is_bound(const Onnx__Graph *graph, const Onnx__Value *value)
{
    const Onnx__TensorType *type = value->type ? value->type->tensor_type : NULL;
    if (!type || type->elem_type != 1)
        return true;
    for (size_t i = 0; i < graph->n_node; i++)
        for (size_t j = 0; j < graph->node[i]->n_input; j++)
            if (strcmp(graph->node[i]->input[j], value->name) == 0 && is_weight(graph->node[i]->op_type, j))
                return true;
    return false;
}

static bool is_initializer(const Onnx__Graph *graph, const char *name)
{
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(graph->initializer[i]->name, name) == 0)
            return true;
    return false;
}

/* Reads the model and says how it is imported; false: it is no test of this kind. */
static bool open_test(struct test *test)
{
    size_t size;
    const char *path = arena_printf(&test->arena, "%s/model.onnx", test->folder);
    unsigned char *bytes = read_file(&test->arena, path, &size);
    test->model = bytes ? onnx__model__unpack(NULL, size, bytes) : NULL;
    if (!test->model || !test->model->graph || test->model->graph->n_input > MAX_ARRAYS)
        return false;
    const Onnx__Graph *graph = test->model->graph;
    test->options =
        (struct import_options){.path = path, .limits = limits_default, .batch = BATCH_KEEP, .binds = test->binds};
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = graph->input[i]->name;
        if (is_initializer(graph, name))
            continue;
        if (!is_bound(graph, graph->input[i]))
            test->inputs[test->n_inputs++] = (int)i;
        else
            test->binds[test->options.n_binds++] = (struct import_bind){
                .name = name, .name_length = (int)strlen(name), .file = data_path(test, "input", (int)i)};
    }
    return test->n_inputs > 0;
}

/* ---- comparing ---- */

/* Float32 sums in another order, and inputs off by a bit, come to less than a twentieth of it. */
static bool close_to(const double *found, const float *expected, int64_t count)
{
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)expected[i])); /* of NaN and a number the number */
        double error = isnan(found[i]) && isnan(expected[i]) ? 0 : fabs(found[i] - (double)expected[i]);
        worst = isfinite(error) ? fmax(worst, error) : INFINITY;
    }
    return worst <= 1e-5 + 1e-4 * largest;
}

static const double **stored_inputs(struct test *test)
{
    const double **inputs = arena_array(&test->arena, test->n_inputs, sizeof *inputs);
    for (int i = 0; i < test->n_inputs; i++) {
        int64_t count = 0;
        const float *floats = stored(test, "input", test->inputs[i], &count);
        double *wide = arena_array(&test->arena, count + 1, sizeof *wide);
        for (int64_t j = 0; floats && j < count; j++)
            wide[j] = (double)floats[j];
        inputs[i] = floats ? wide : NULL;
    }
    return inputs;
}

static const double *parameters_of(struct test *test, const struct graph *graph)
{
    double *parameters = arena_array(&test->arena, graph->parameter_floats + 1, sizeof *parameters);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct parameter *parameter = graph->parameters_in_memory[i];
        for (int64_t j = 0; j < shape_count(&parameter->shape); j++)
            parameters[parameter->offset + j] = (double)parameter->values[j];
    }
    return parameters;
}

/* "" where all outputs are right. */
static const char *evaluate(struct test *test, const struct graph *graph)
{
    struct naive_data data = {.count = 1, .inputs = stored_inputs(test), .parameters = parameters_of(test, graph)};
    struct naive naive;
    const char *said = "";
    if (!naive_run(&naive, graph, &data))
        return "the interpreter cannot evaluate it";
    for (int i = 0; i < graph->n_outputs && !*said; i++) {
        int64_t count = 0;
        const float *expected = stored(test, "output", i, &count);
        if (!expected || count != shape_count(&graph->outputs[i]->shape))
            said = "an output has another number of floats";
        else if (!close_to(naive_value(&naive, graph->outputs[i]), expected, count))
            said = "an output has other numbers";
    }
    naive_free(&naive);
    return said;
}

/* Does the test have floats alone, and not none of them? Of two the stored numbers are disputed: ONNX 1.12 divided by the
 * length that the scale gives before it is rounded; ONNX Runtime and PyTorch divide by the length that there is. */
static bool in_scope(struct test *test)
{
    int64_t count;
    if (strstr(test->folder, "test_resize_downsample_scales_cubic_align_corners") ||
        strstr(test->folder, "test_resize_downsample_scales_linear_align_corners"))
        return false;
    for (int i = 0; i < test->n_inputs; i++)
        if (!stored(test, "input", test->inputs[i], &count) || count == 0)
            return false;
    for (size_t i = 0; i < test->model->graph->n_output; i++)
        if (!stored(test, "output", (int)i, &count) || count == 0)
            return false;
    return true;
}

/* The same of the script that the model becomes. */
static const char *evaluate_script(struct test *test)
{
    struct diag diag = {.arena = &test->arena};
    struct import_script script = {.path = "model.lua", .weights = "model.safetensors"};
    const struct graph *graph = import_as_script(&test->arena, &diag, &test->options, &script);
    if (!graph)
        return diag.message;
    const char *said = evaluate(test, graph);
    return *said ? arena_printf(&test->arena, "as a script, %s\n%s", said, script.text) : said;
}

static bool leads_with_one(const struct test *test)
{
    for (int i = 0; i < test->n_inputs; i++) {
        const Onnx__Shape *shape = test->model->graph->input[test->inputs[i]]->type->tensor_type->shape;
        if (!shape || shape->n_dim < 2 || shape->dim[0]->dim_value != 1)
            return false;
    }
    return true;
}

struct sums {
    int right, refused, left_out, wrong;
};

static void run_test(const char *folder, const char *name, struct sums *sums)
{
    struct test test = {0};
    struct diag diag = {.arena = &test.arena};
    snprintf(test.folder, sizeof test.folder, "%s/%s", folder, name);
    if (setjmp(test.arena.out_of_memory)) {
        sums->wrong++;
        printf("not ok %s: out of memory\n", name);
    } else if (!open_test(&test) || !in_scope(&test)) {
        sums->left_out++;
    } else {
        const struct graph *graph = import_run(&test.arena, &diag, &test.options);
        const char *said = graph ? evaluate(&test, graph) : "";
        if (graph && !*said && leads_with_one(&test)) { /* the same numbers, with the batch left out of arrays */
            test.options.batch = BATCH_AUTO;
            graph = import_run(&test.arena, &diag, &test.options);
            said = graph ? evaluate(&test, graph) : "is refused where the batch is left out of arrays";
        }
        if (graph && !*said)
            said = evaluate_script(&test);
        sums->right += graph && !*said;
        sums->wrong += *said != '\0';
        sums->refused += !graph;
        if (*said)
            printf("not ok %s: %s\n", name, said);
        else if (!graph && getenv("VERBOSE"))
            printf("# %s is refused: %s\n", name, diag.message);
    }
    arena_free(&test.arena);
}

static int run_folders(int count, char **folders)
{
    struct sums sums = {0};
    for (int i = 0; i < count; i++) {
        struct dirent **entries;
        int n = scandir(folders[i], &entries, NULL, alphasort);
        for (int j = 0; j < n; j++) {
            if (strncmp(entries[j]->d_name, "test_", 5) == 0)
                run_test(folders[i], entries[j]->d_name, &sums);
            free(entries[j]);
        }
        if (n >= 0)
            free(entries);
    }
    printf("# %d right, %d wrong, %d refused, %d of other types\n", sums.right, sums.wrong, sums.refused,
           sums.left_out);
    printf("%d\n", sums.right);
    return sums.wrong > 0;
}

/* ---- models of ours ---- */

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

static struct graph *import_own(const struct own *own, struct test *test, struct diag *diag, const char *folder)
{
    struct onnx_model model;
    onnx_begin(&model, &test->arena, own->version);
    onnx_input(&model, "x", own->dims);
    if (own->n_known)
        memcpy(onnx_weights(&model, "s", arena_printf(&test->arena, "%d", own->n_known))->float_data, own->known,
               (size_t)own->n_known * sizeof(float));
    if (strstr(own->inputs, "ones")) {
        float *weights = onnx_weights(&model, "ones", "2,1,1")->float_data;
        weights[0] = weights[1] = 1;
    }
    const char *list = strpbrk(own->inputs, "0123456789");
    if (list)
        onnx_integers(&model, list, with_commas(arena_strdup(&test->arena, list)));
    const Onnx__Node *node = onnx_node(&model, own->op, own->inputs, "y", own->attributes);
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->s.data)
            with_commas((char *)node->attribute[i]->s.data);
    onnx_output(&model, "y");
    const struct import_options options = {
        .path = onnx_write(&model, folder, "own.onnx"), .limits = limits_default, .batch = BATCH_KEEP};
    return import_run(&test->arena, diag, &options);
}

/* Prints what is wrong; those without outputs are to be refused. */
static bool run_own(const struct own *own, const char *folder)
{
    struct test test = {0};
    struct diag diag = {.arena = &test.arena};
    if (setjmp(test.arena.out_of_memory))
        return false;
    const struct graph *graph = import_own(own, &test, &diag, folder);
    bool right = (graph != NULL) == (own->n_out > 0);
    if (!right)
        printf("# %s\n", graph ? "it is taken" : diag.message);
    if (right && graph) {
        int64_t count = shape_count(&graph->inputs[0]->shape);
        double *in = arena_array(&test.arena, count, sizeof *in);
        bool given = false;
        for (int i = 0; i < 8; i++)
            given |= own->in[i] != 0;
        for (int64_t i = 0; i < count; i++)
            in[i] = given ? (double)own->in[i] : (double)i;
        const double *const inputs[] = {in};
        const struct naive_data data = {.count = 1, .inputs = inputs, .parameters = parameters_of(&test, graph)};
        struct naive naive;
        right = naive_run(&naive, graph, &data) && shape_count(&graph->outputs[0]->shape) == own->n_out;
        for (int i = 0; right && i < own->n_out; i++)
            right = fabs(naive_value(&naive, graph->outputs[0])[i] - own->out[i]) <= 1e-9 * fabs(own->out[i]);
        naive_free(&naive);
    }
    arena_free(&test.arena);
    return right;
}

static int run_owns(const char *folder)
{
    int status = 0;
    for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
        bool right = run_own(&owns[i], folder);
        printf("%sok %s\n", right ? "" : "not ", owns[i].name);
        status |= !right;
    }
    return status;
}

/* ---- the C that cnnc wrote ---- */

typedef void function(const float *, const float *, const float *, const float *);

/* Its arrays in a row: inputs, then outputs; at most four. */
static int call_library(struct test *test, const char *library)
{
    const size_t n_outputs = test->model->graph->n_output;
    float *arrays[4] = {NULL};
    void *handle = dlopen(library, RTLD_NOW);
    function *predict = handle ? (function *)dlsym(handle, "net_predict") : NULL;
    if (!predict || test->n_inputs + (int)n_outputs > 4)
        return 1;
    int64_t count;
    for (int i = 0; i < test->n_inputs; i++)
        arrays[i] = (float *)stored(test, "input", test->inputs[i], &count);
    for (size_t i = 0; i < n_outputs; i++) {
        (void)stored(test, "output", (int)i, &count);
        arrays[test->n_inputs + (int)i] = arena_array(&test->arena, count, sizeof(float));
    }
    predict(arrays[0], arrays[1], arrays[2], arrays[3]);
    for (size_t i = 0; i < n_outputs; i++) {
        const float *expected = stored(test, "output", (int)i, &count);
        double *wide = arena_array(&test->arena, count, sizeof *wide);
        for (int64_t j = 0; j < count; j++)
            wide[j] = (double)arrays[test->n_inputs + (int)i][j];
        if (!close_to(wide, expected, count))
            return 1;
    }
    return 0;
}

static int print_binds(const struct test *test)
{
    for (int i = 0; i < test->options.n_binds; i++)
        printf("--bind\n%s=%s\n", test->binds[i].name, test->binds[i].file);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argv[1][0] != '-')
        return run_folders(argc - 1, argv + 1);
    struct test test = {0};
    if (strcmp(argv[1], "--own") == 0)
        return run_owns(argv[2]);
    if (setjmp(test.arena.out_of_memory))
        return 1;
    snprintf(test.folder, sizeof test.folder, "%s", argv[2]);
    int status = 1;
    if (open_test(&test))
        status = argc > 3 ? call_library(&test, argv[3]) : print_binds(&test);
    arena_free(&test.arena);
    return status;
}
