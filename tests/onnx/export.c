/* export.c -- scripts, exported as ONNX and imported again, give what they gave: both are evaluated by the naive interpreter, of
 * the same parameters and samples.
 *
 *   export FILE SCRIPT...     FILE.onnx is written, a model after the other; the last line counts them
 *   export --keep FOLDER SCRIPT...   writes FOLDER/N.onnx and FOLDER/N.json, {inputs, outputs} of a batch of two: for runtime.js, which
 *                             has ONNX Runtime compute the same
 *
 * What is refused counts apart; the message names an op. */
#include "tests.h"

#include "naive/naive.h"

#include "export/export.h"
#include "import/import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 2 };
/* The interpreter needs a second for more. */
static const int64_t WORK_MAX = 20 * 1000 * 1000;

/* A number from -1 to 1 that i decides. */
static double number(uint64_t i)
{
    i = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    i ^= i >> 29;
    i *= UINT64_C(0xbf58476d1ce4e5b9);
    i ^= i >> 32;
    return (double)(i & 0xffffff) / 0x800000 - 1;
}

/* As trained ones are: a variance is above 0, and sums stay small. */
static float *make_parameters(const struct graph *graph)
{
    float *parameters = arena_array(graph->arena, graph->parameter_floats + 1, sizeof *parameters);
    for (int i = 0; i < graph->n_in_memory; i++) {
        const struct parameter *parameter = graph->parameters_in_memory[i];
        const struct shape *shape = &parameter->shape;
        int64_t count = shape_count(shape);
        double scale = shape->rank > 1 ? 1 / sqrt((double)(count / shape->dim[shape->rank - 1])) : 0.5;
        bool positive = strstr(parameter->name, "variance") || strstr(parameter->name, "gamma");
        for (int64_t j = 0; j < count; j++)
            parameters[parameter->offset + j] =
                (float)((positive ? 1 : 0) + scale * number((uint64_t)(parameter->offset + j)));
    }
    return parameters;
}

static const double *widened(const struct graph *graph, const float *parameters)
{
    double *wide = arena_array(graph->arena, graph->parameter_floats + 1, sizeof *wide);
    for (int64_t i = 0; i < graph->parameter_floats; i++)
        wide[i] = (double)parameters[i];
    return wide;
}

/* Whole numbers are those that index a table. */
static const double **make_inputs(const struct graph *graph)
{
    const double **inputs = arena_array(graph->arena, graph->n_inputs, sizeof *inputs);
    for (int i = 0; i < graph->n_inputs; i++) {
        const struct tensor *tensor = graph->inputs[i];
        int64_t count = SAMPLES * shape_count(&tensor->shape), limit = tensor->indices ? tensor->indices : 5;
        double *numbers = arena_array(graph->arena, count, sizeof *numbers);
        for (int64_t j = 0; j < count; j++) {
            double x = number((uint64_t)(1000 * i + j));
            numbers[j] = tensor->element == ELEMENT_FLOAT ? (double)(float)x : floor((x + 1) / 2 * (double)limit);
        }
        inputs[i] = numbers;
    }
    return inputs;
}

/* A list of copies of the outputs' numbers; NULL: the interpreter knows no such graph. */
static double **evaluate(const struct graph *graph, const double *const *inputs, const double *parameters)
{
    struct naive_data data = {.count = SAMPLES, .inputs = inputs, .parameters = parameters};
    struct naive naive;
    if (!naive_run(&naive, graph, &data))
        return NULL;
    double **outputs = arena_array(graph->arena, graph->n_outputs, sizeof *outputs);
    for (int i = 0; i < graph->n_outputs; i++) {
        int64_t count = SAMPLES * shape_count(&graph->outputs[i]->shape);
        outputs[i] = arena_array(graph->arena, count, sizeof **outputs);
        memcpy(outputs[i], naive_value(&naive, graph->outputs[i]), (size_t)count * sizeof **outputs);
    }
    naive_free(&naive);
    return outputs;
}

/* Both are evaluated in double, of which constants that were rounded to float are what is lost. */
static bool are_close(const double *a, const double *b, int64_t count)
{
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(a[i]));
        worst = fmax(worst, a[i] == b[i] || (isnan(a[i]) && isnan(b[i])) ? 0 : fabs(a[i] - b[i]));
    }
    return worst <= 1e-5 * fmax(largest, 1);
}

static bool write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(data, 1, size, file) == size;
    return file && fclose(file) == 0 && ok;
}

static void write_arrays(FILE *file, const char *what, struct tensor *const *tensors, const double *const *numbers,
                         int n)
{
    fprintf(file, "\"%s\": [", what);
    for (int i = 0; i < n; i++) {
        const struct shape *shape = &tensors[i]->shape;
        fprintf(file, "%s{\"type\": \"%s\", \"dims\": [%d", i ? ", " : "", element_names[tensors[i]->element],
                SAMPLES);
        for (int j = 0; j < shape->rank; j++)
            fprintf(file, ", %d", (int)shape->dim[j]);
        fputs("], \"data\": [", file);
        for (int64_t j = 0; j < SAMPLES * shape_count(shape); j++)
            fprintf(file, isfinite(numbers[i][j]) ? "%s%.9g" : "%snull", j ? "," : "", numbers[i][j]);
        fputs("]}", file);
    }
    fputs("]", file);
}

static void keep(const char *path, const struct graph *graph, const double *const *inputs, double *const *outputs)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return;
    fputs("{", file);
    write_arrays(file, "inputs", graph->inputs, inputs, graph->n_inputs);
    fputs(", ", file);
    write_arrays(file, "outputs", graph->outputs, (const double *const *)outputs, graph->n_outputs);
    fputs("}\n", file);
    fclose(file);
}

struct sums {
    int right, wrong, refused;
};

/* "" where the outputs are the same; NULL: it is refused, as the diag says. */
static const char *round_trip(const char *script, const char *path, const char *json, struct diag *diag)
{
    const struct graph *graph = script_run(diag->arena, diag, script, limits_default);
    if (!graph || graph->next || graph_work(graph, NULL) > WORK_MAX)
        return NULL;
    const float *parameters = make_parameters(graph);
    struct export_bytes onnx;
    if (!export_onnx(graph, parameters, NULL, &onnx))
        return NULL;
    if (!write_file(path, onnx.data, onnx.size))
        return "cannot be written";
    const double **inputs = make_inputs(graph);
    double **expected = evaluate(graph, inputs, widened(graph, parameters));
    if (!expected)
        return "the interpreter cannot evaluate it";
    if (json)
        keep(json, graph, inputs, expected);
    const struct import_options options = {.path = path, .limits = limits_default};
    const struct graph *again = import_run(diag->arena, diag, &options);
    if (!again && strstr(diag->message, "constants alone")) /* a convolution of a first state of zeros */
        return NULL;
    if (!again)
        return arena_printf(diag->arena, "is not imported: %s", diag->message);
    double **found = evaluate(again, inputs, imported_parameters(again));
    for (int i = 0; found && i < graph->n_outputs; i++)
        if (!are_close(expected[i], found[i], SAMPLES * shape_count(&graph->outputs[i]->shape)))
            return "has other numbers";
    return found && again->n_outputs == graph->n_outputs ? "" : "has other outputs";
}

static void run_script(const char *script, const char *path, const char *json, struct sums *sums)
{
    struct arena arena = {0};
    struct diag diag = {.arena = &arena};
    if (setjmp(arena.out_of_memory)) {
        sums->wrong++;
        printf("not ok %s: out of memory\n", script);
    } else {
        const char *said = round_trip(script, path, json, &diag);
        sums->right += said && !*said;
        sums->refused += !said;
        sums->wrong += said && *said;
        if (said && *said)
            printf("not ok %s: %s\n", script, said);
        else if (!said && getenv("VERBOSE"))
            printf("# %s is refused: %s\n", script, diag.failed ? diag.message : "too large, or several models");
    }
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    bool keeps = argc > 1 && strcmp(argv[1], "--keep") == 0;
    int first = keeps ? 3 : 2;
    if (argc <= first)
        return 2;
    struct sums sums = {0};
    for (int i = first; i < argc; i++) {
        char path[1024], json[1024];
        snprintf(path, sizeof path, keeps ? "%s/%d.onnx" : "%s.onnx", argv[first - 1], i - first);
        snprintf(json, sizeof json, "%s/%d.json", argv[first - 1], i - first);
        run_script(argv[i], path, keeps ? json : NULL, &sums);
    }
    printf("# %d right, %d wrong, %d refused\n%d\n", sums.right, sums.wrong, sums.refused, sums.right);
    return sums.wrong > 0;
}
