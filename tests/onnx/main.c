/* main.c -- ONNX' own tests of its operators, which Debian has in libonnx-testdata: each is imported, evaluated by the naive
 * interpreter, and compared with the outputs that are stored beside it.
 *
 *   main FOLDER...            every test below each FOLDER; the last line counts them
 *   main --own FOLDER         small models of ours (own.c); FOLDER is for their files
 *   main --binds TEST         the options that cnnc needs to compile one as it is done here
 *   main --call TEST NET.so   the same comparison with the C that cnnc wrote of it
 *
 * A test counts where its data are floats and cnnc knows its operators; what it refuses is counted apart, by a message that names
 * the operator. Weights are inputs in these models: what a trained one has as constants is bound. */
#include "tests.h"

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

/* "" where all outputs are right. */
static const char *evaluate(struct test *test, const struct graph *graph)
{
    struct naive_data data = {.count = 1, .inputs = stored_inputs(test), .parameters = imported_parameters(graph)};
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

/* Does the test have floats alone, and inputs that are not empty? Of two the stored numbers are disputed: ONNX 1.12 divided by the
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
        if (!stored(test, "output", (int)i, &count))
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
