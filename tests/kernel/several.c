/* several.c -- networks that a script does not compile, so that they only predict: these may have several inputs
 * and outputs, which NAME_predict() and NAME_predict_many() take one by one. */
#include "kernel.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

const struct kernel_case several_case = {
    "several", NULL,
    "local left, right = Input{shape = {8, 7, 1}}, Input{shape = {8, 7, 2}} "
    "local see = Conv2D{4, 3, padding = 'same', activation = 'relu'} "
    "local both = Concatenate()({see(left), Conv2D{4, 3, padding = 'same'}(right), see(left)}) "
    "local flat = Flatten()(MaxPool2D(2)(both)) "
    "local model = Model{inputs = {left, right}, outputs = {Dense{3, activation = 'softmax'}(flat), Dense{2}(flat)}} "
    "return model",
    NULL, false};

/* float's rounding against the largest number expected, as in check.c. */
static const double TOLERANCE = 1e-5;

/* ---- what it must predict ---- */

static void draw_data(struct several *s)
{
    struct random random = {s->plan.seed};
    s->parameters = data_allocate(s->model->parameter_floats, sizeof *s->parameters);
    data_draw_parameters(&random, s->model, s->parameters);
    s->inputs = data_allocate(s->model->n_inputs, sizeof *s->inputs);
    s->own = data_allocate(s->model->n_inputs, sizeof *s->own);
    for (int i = 0; i < s->model->n_inputs; i++) {
        int64_t count = s->samples * shape_count(&s->model->inputs[i]->shape);
        s->inputs[i] = data_allocate(count, sizeof **s->inputs);
        for (int64_t j = 0; j < count; j++)
            s->inputs[i][j] = data_draw_input(&random, s->model->inputs[i]->element, s->model->inputs[i]->indices);
        s->own[i] = data_encoded(s->inputs[i], count, s->model->inputs[i]->element);
    }
}

static bool run(const struct several *s, uint64_t shake, struct naive *naive)
{
    struct graph *graph = graph_copy(s->model);
    if (s->plan.rewritten && !data_rewrite_prediction(graph))
        return false;
    double **inputs = data_allocate(graph->n_inputs, sizeof *inputs);
    double *parameters = data_widened(s->parameters, graph->parameter_floats);
    for (int i = 0; i < graph->n_inputs; i++)
        inputs[i] = data_widened(s->inputs[i], s->samples * shape_count(&graph->inputs[i]->shape));
    struct naive_data data = {
        .count = s->samples, .inputs = (const double *const *)inputs, .parameters = parameters, .shake = shake};
    bool ok = naive_run(naive, graph, &data);
    for (int i = 0; i < graph->n_inputs; i++)
        free(inputs[i]);
    free(inputs);
    free(parameters);
    return ok;
}

static bool predict(struct several *s)
{
    struct naive naive = {0};
    bool ok = run(s, 0, &naive);
    s->outputs = data_allocate(s->model->n_outputs, sizeof *s->outputs);
    for (int i = 0; ok && i < s->model->n_outputs; i++)
        s->outputs[i] = data_copied(&naive, naive.graph->outputs[i]);
    s->largest = naive.largest;
    naive_free(&naive);
    return ok;
}

static bool shake(struct several *s)
{
    s->slack = data_allocate(s->model->n_outputs, sizeof *s->slack);
    for (int i = 0; i < s->model->n_outputs; i++)
        s->slack[i] = data_allocate(s->samples, sizeof **s->slack);
    for (int key = 1; key <= s->plan.shakes; key++) {
        struct naive naive = {0};
        if (!run(s, (uint64_t)key, &naive))
            return false;
        for (int i = 0; i < s->model->n_outputs; i++) {
            int64_t count = shape_count(&s->model->outputs[i]->shape);
            const double *shaken = naive_value(&naive, naive.graph->outputs[i]);
            for (int64_t k = 0; k < s->samples; k++)
                data_widen_slack(&s->slack[i][k], s->outputs[i] + k * count, shaken + k * count, count);
        }
        naive_free(&naive);
    }
    return true;
}

bool several_make(struct several *s, const char *script, const struct plan *plan)
{
    *s = (struct several){.plan = *plan, .samples = plan->batch_sizes[BATCHES - 1]};
    s->diag.arena = &s->arena;
    if (setjmp(s->arena.out_of_memory))
        return false;
    s->model = script_run(&s->arena, &s->diag, script, limits_default);
    bool ok = s->model && s->model->n_labels == 0;
    if (ok)
        draw_data(s);
    ok = ok && (!plan->rewritten || pass_simplify(s->model)) && predict(s) && shake(s);
    if (!ok && s->diag.failed)
        diag_print(&s->diag, stderr);
    return ok;
}

int several_compare(const struct several *plain, const struct several *rewritten)
{
    int wrong = 0;
    for (int i = 0; i < plain->model->n_outputs; i++)
        wrong += data_differ("output", plain->outputs[i], rewritten->outputs[i],
                             plain->samples * shape_count(&plain->model->outputs[i]->shape));
    return wrong;
}

void several_free(struct several *s)
{
    for (int i = 0; s->inputs && i < s->model->n_inputs; i++)
        free(s->inputs[i]), free(s->own[i]);
    for (int i = 0; s->outputs && i < s->model->n_outputs; i++)
        free(s->outputs[i]);
    for (int i = 0; s->slack && i < s->model->n_outputs; i++)
        free(s->slack[i]);
    free(s->inputs);
    free(s->own);
    free(s->outputs);
    free(s->slack);
    free(s->parameters);
    arena_free(&s->arena);
    *s = (struct several){0};
}

/* ---- calling a program ---- */

typedef void call_one(const void *const *inputs, float *const *outputs);
typedef void call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count);
typedef void set_parameters(const float *parameters);

union symbol {
    void *address;
    set_parameters *set;
    call_one *one;
    call_many *many;
};

static void write_arguments(FILE *file, const struct graph *model)
{
    for (int i = 0; i < model->n_inputs; i++)
        fprintf(file, "%sinputs[%d]", i ? ", " : "", i);
    for (int i = 0; i < model->n_outputs; i++)
        fprintf(file, ", outputs[%d]", i);
}

bool several_add_caller(const char *source_path, const struct graph *model, const char *name)
{
    FILE *file = fopen(source_path, "a");
    if (!file)
        return false;
    fprintf(file,
            "\nvoid call_one(const void *const *inputs, float *const *outputs);"
            "\nvoid call_one(const void *const *inputs, float *const *outputs)\n{\n    %s_predict(",
            name);
    write_arguments(file, model);
    fprintf(file,
            ");\n}\n\nvoid call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count);"
            "\nvoid call_many(const void *const *inputs, float *const *outputs, ptrdiff_t count)\n{\n"
            "    %s_predict_many(",
            name);
    write_arguments(file, model);
    fputs(", count);\n}\n", file);
    return fclose(file) == 0;
}

/* ---- check ---- */

/* Row by row from `first` on; `got` begins there. */
static int differ(const struct several *s, int output, const char *what, const float *got, int64_t first,
                  int64_t rows)
{
    int64_t count = shape_count(&s->model->outputs[output]->shape);
    for (int64_t k = first; k < first + rows; k++) {
        const double *expected = s->outputs[output] + k * count;
        double largest = 1;
        for (int64_t i = 0; i < count; i++)
            largest = fmax(largest, fabs(expected[i]));
        for (int64_t i = 0; i < count; i++) {
            double value = (double)got[(k - first) * count + i];
            if (fabs(value - expected[i]) <= TOLERANCE * largest + s->slack[output][k])
                continue;
            printf("# %s: output %d of sample %d [%d] is %.9g instead of %.9g\n", what, output + 1, (int)k, (int)i,
                   value, expected[i]);
            return 1;
        }
    }
    return 0;
}

static void digest(uint64_t *bits, const float *values, int64_t count)
{
    for (int64_t i = 0; i < count * (int64_t)sizeof *values; i++)
        *bits = (*bits ^ ((const uint8_t *)values)[i]) * 0x100000001b3u;
}

/* Predicts rows from `first` on, one of them where `many` is NULL. */
static int check_rows(const struct several *s, call_one *one, call_many *many, int64_t first, int64_t rows,
                      uint64_t *bits)
{
    const struct graph *model = s->model;
    const void **inputs = data_allocate(model->n_inputs, sizeof *inputs);
    float **outputs = data_allocate(model->n_outputs, sizeof *outputs);
    for (int i = 0; i < model->n_inputs; i++)
        inputs[i] = (const char *)s->own[i] + first * tensor_bytes(model->inputs[i]);
    for (int i = 0; i < model->n_outputs; i++)
        outputs[i] = data_allocate(rows * shape_count(&model->outputs[i]->shape), sizeof **outputs);
    if (many)
        many(inputs, outputs, rows);
    else
        one(inputs, outputs);
    int wrong = 0;
    for (int i = 0; i < model->n_outputs; i++) {
        digest(bits, outputs[i], rows * shape_count(&model->outputs[i]->shape));
        wrong += differ(s, i, many ? "predict_many" : "predict", outputs[i], first, rows);
        free(outputs[i]);
    }
    free(inputs);
    free(outputs);
    return wrong;
}

int several_check(const struct several *s, void *library, const char *name, uint64_t *bits)
{
    char set_name[200];
    snprintf(set_name, sizeof set_name, "%s_set_parameters", name);
    union symbol set = {.address = dlsym(library, set_name)}; /* absent: they are embedded */
    union symbol one = {.address = dlsym(library, "call_one")}, many = {.address = dlsym(library, "call_many")};
    if (!one.address || !many.address) {
        printf("# %s: the library has no call_one or call_many\n", name);
        return 1;
    }
    if (set.address)
        set.set(s->parameters);
    *bits = 0;
    int wrong = 0;
    for (int64_t k = 0; k < s->samples && k < LARGE_SAMPLES; k++)
        wrong += check_rows(s, one.one, NULL, k, 1, bits);
    for (int b = 0; b < BATCHES; b++)
        wrong += check_rows(s, one.one, many.many, 0, s->plan.batch_sizes[b], bits);
    return wrong;
}
