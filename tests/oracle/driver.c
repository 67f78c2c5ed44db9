/* driver.c -- runs generated networks through what PyTorch and TensorFlow.js computed for them.
 *
 * usage: driver TARGET FOLDER NETWORKS.so CASE...
 *
 * FOLDER/CASE.safetensors has the numbers of the model of that name, or of the only one. For each it sets the parameters by name, then compares predict, predict_many, the loss and the accuracy of evaluate, and the
 * parameters after the training steps of the case, which must have the same bits on any number of threads. Of a model with
 * several inputs the arrays are called inputs/NAME, and labels/NAME and predict/NAME of one with several outputs. Prints one
 * line "ok CASE on TARGET" or "not ok CASE on TARGET". */
#include "cnnrt.h"
#include "names.h"
#include "tensors.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* float32 rounds by 6e-8; sums of up to 400 products, exp and log in polynomial form, and another order of adding
 * cost some tens of that. Errors are measured against the largest number of the tensor. */
static const double TOLERANCE = 1e-5;

struct test {
    char name[256];
    const struct cnn_model *model;
    struct tensors data;
    const void *inputs[CNN_MAX_ARRAYS];
    int32_t *whole[CNN_MAX_ARRAYS]; /* those of them that are whole numbers */
    const float *labels[CNN_MAX_ARRAYS];
    const float *weights; /* of the samples, or NULL */
    int64_t rows;         /* of inputs and labels */
    int64_t steps;
    float *parameters, *prepared;
    bool failed;
};

static void *allocate(int64_t bytes)
{
    void *memory = aligned_alloc(64, (size_t)(bytes / 64 + 1) * 64);
    if (!memory)
        exit(1);
    memset(memory, 0, (size_t)(bytes / 64 + 1) * 64);
    return memory;
}

static void fail(struct test *test, const char *what, double got, double expected)
{
    if (!test->failed)
        printf("not ok %s\n", test->name);
    test->failed = true;
    printf("# %s is %.9g instead of %.9g\n", what, got, expected);
}

/* `scale`: what errors are measured against; reports the worst number only. */
static void compare(struct test *test, const char *what, const float *got, const float *expected, int64_t count,
                    double scale, double tolerance)
{
    int64_t worst = 0;
    double most = -1;
    for (int64_t i = 0; i < count; i++) {
        double error = fabs((double)got[i] - (double)expected[i]);
        if (!(error <= most)) { /* NaN is the worst */
            most = error;
            worst = i;
        }
        if (isnan(error))
            break;
    }
    if (most <= tolerance * scale)
        return;
    char where[300];
    snprintf(where, sizeof where, "%s[%" PRId64 "]", what, worst);
    fail(test, where, (double)got[worst], (double)expected[worst]);
}

static double largest(const float *values, int64_t count)
{
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        most = fmax(most, fabs((double)values[i]));
    return most;
}

/* The array KIND, or KIND/NAME where there are several of that kind. */
static const float *array_of(const struct test *test, const char *kind, int number_of_kind, const char *of,
                             int64_t *count)
{
    char name[256];
    snprintf(name, sizeof name, number_of_kind > 1 ? "%s/%s" : "%s", kind, of);
    return tensors_need(&test->data, name, count);
}

static void set_parameters(struct test *test)
{
    const struct cnn_model *model = test->model;
    test->parameters = allocate(model->parameter_floats * (int64_t)sizeof(float));
    test->prepared = allocate(model->prepared_floats * (int64_t)sizeof(float));
    int found = 0;
    for (int i = 0; i < model->n_parameters; i++) {
        const struct cnn_parameter *parameter = &model->parameters[i];
        char name[NAME_MAX_LENGTH];
        int64_t count;
        if (!name_in_case(model, parameter, "initial", name))
            continue;
        const float *values = tensors_need(&test->data, name, &count);
        if (count != parameter->count) {
            fprintf(stderr, "%s has %" PRId64 " numbers instead of %" PRId64 "\n", name, parameter->count, count);
            exit(1);
        }
        memcpy(test->parameters + parameter->offset, values, (size_t)count * sizeof(float));
        found++;
    }
    if (found != tensors_count(&test->data, "initial"))
        fail(test, "the number of parameters", found, tensors_count(&test->data, "initial"));
    model->prepare(test->parameters, test->prepared);
}

static struct cnn_batch batch(const struct test *test, int64_t first, int64_t count)
{
    struct cnn_batch batch = {.weights = test->weights, .first = first, .count = count};
    for (int i = 0; i < test->model->n_inputs; i++) {
        batch.inputs[i] = test->inputs[i];
        batch.input_elements[i] = test->model->inputs[i].element;
    }
    for (int i = 0; i < test->model->n_outputs; i++)
        batch.labels[i] = test->labels[i];
    return batch;
}

static void predict_one(const struct test *test, int64_t row, void *workspace, float *const *outputs)
{
    const struct cnn_model *model = test->model;
    const void *inputs[CNN_MAX_ARRAYS];
    float *of_row[CNN_MAX_ARRAYS];
    for (int i = 0; i < model->n_inputs; i++) /* of 4 bytes each */
        inputs[i] = (const float *)test->inputs[i] + row * model->inputs[i].count;
    for (int i = 0; i < model->n_outputs; i++)
        of_row[i] = outputs[i] + row * model->outputs[i].count;
    model->predict(test->parameters, test->prepared, workspace, inputs, of_row);
}

static void compare_outputs(struct test *test, const char *what, float *const *outputs)
{
    const struct cnn_model *model = test->model;
    for (int i = 0; i < model->n_outputs; i++) {
        int64_t count = test->rows * model->outputs[i].count;
        const float *expected = array_of(test, "predict", model->n_outputs, model->outputs[i].name, NULL);
        compare(test, what, outputs[i], expected, count, fmax(1, largest(expected, count)), TOLERANCE);
        memset(outputs[i], 0, (size_t)count * sizeof(float));
    }
}

static void check_prediction(struct test *test)
{
    const struct cnn_model *model = test->model;
    float *outputs[CNN_MAX_ARRAYS];
    for (int i = 0; i < model->n_outputs; i++)
        outputs[i] = allocate(test->rows * model->outputs[i].count * (int64_t)sizeof(float));

    void *workspace = allocate(model->predict_bytes);
    for (int64_t row = 0; row < test->rows; row++)
        predict_one(test, row, workspace, outputs);
    compare_outputs(test, "predict", outputs);
    free(workspace);

    workspace = allocate(model->many_bytes(2));
    struct cnn_batch all = batch(test, 0, test->rows);
    model->predict_many(&all, test->parameters, test->prepared, workspace, 2, outputs);
    compare_outputs(test, "predict_many", outputs);
    free(workspace);
    for (int i = 0; i < model->n_outputs; i++)
        free(outputs[i]);
}

static double *sums_of(const struct cnn_model *model)
{
    double *sums = allocate(model->n_sums * (int64_t)sizeof *sums);
    memset(sums, 0, (size_t)model->n_sums * sizeof *sums);
    return sums;
}

/* The columns of the log that the data know. */
static void check_columns(struct test *test, const double *columns)
{
    for (int c = 0; c < test->model->n_columns; c++) {
        const float *expected = tensors_find(&test->data, test->model->columns[c], NULL);
        float column = (float)columns[c];
        if (expected)
            compare(test, test->model->columns[c], &column, expected, 1, fmax(1, largest(expected, 1)), TOLERANCE);
    }
}

static void check_evaluation(struct test *test)
{
    const struct cnn_model *model = test->model;
    double *sums = sums_of(model);
    struct cnn_batch all = batch(test, 0, test->rows);
    void *workspace = allocate(model->many_bytes(2));
    model->evaluate(&all, test->parameters, test->prepared, workspace, 2, sums);
    free(workspace);

    double *columns = allocate(model->n_columns * (int64_t)sizeof *columns);
    model->finish(sums, (double)test->rows, columns);
    columns[0] += model->stages->penalty ? model->stages->penalty(test->parameters) : 0;
    tensors_need(&test->data, "loss", NULL);
    check_columns(test, columns);
    free(columns);
    free(sums);
}

/* The change of a parameter is compared, not only its value: a gradient may be small beside it. */
static void check_parameter(struct test *test, const struct cnn_parameter *parameter)
{
    char initial_name[NAME_MAX_LENGTH], trained_name[NAME_MAX_LENGTH];
    if (!name_in_case(test->model, parameter, "initial", initial_name) ||
        !name_in_case(test->model, parameter, "trained", trained_name))
        return;
    const float *initial = tensors_need(&test->data, initial_name, NULL);
    const float *trained = tensors_need(&test->data, trained_name, NULL);
    double change = 0;
    for (int64_t i = 0; i < parameter->count; i++)
        change = fmax(change, fabs((double)trained[i] - (double)initial[i]));
    /* The stored values themselves are rounded to 24 bits, once a step. */
    double rounding = 2 * 6e-8 * largest(trained, parameter->count) / TOLERANCE;
    compare(test, parameter->name, test->parameters + parameter->offset, trained, parameter->count,
            fmax(change, rounding), TOLERANCE * (double)test->steps);
}

static void make_steps(const struct test *test, int threads, float *parameters)
{
    const struct cnn_stage *stage = test->model->stages;
    int64_t rows = test->rows / test->steps;
    float *state = allocate(stage->state_floats * (int64_t)sizeof(float));
    for (int64_t i = 0; i < stage->state_floats; i++)
        state[i] = stage->slot_initial ? (float)stage->slot_initial[i / stage->trained_floats] : 0;
    void *workspace = allocate(stage->train_bytes(rows, threads));
    double *sums = sums_of(test->model);
    for (int64_t i = 0; i < test->steps; i++) {
        struct cnn_step step = {.batch = batch(test, i * rows, rows),
                                .parameters = parameters,
                                .state = state,
                                .workspace = workspace,
                                .threads = threads,
                                .step = (uint64_t)i,
                                .learning_rate = stage->learning_rate};
        stage->train_step(&step, sums);
    }
    free(workspace);
    free(state);
    free(sums);
}

/* The same steps by the runtime, which is what knows the weights of classes: an epoch in the order of the rows. The set is
 * only read. */
static void fit_epoch(const struct test *test, int threads, float *parameters)
{
    struct cnn_dataset set = {.count = test->rows, .weights = (float *)(uintptr_t)test->weights};
    for (int i = 0; i < test->model->n_inputs; i++) {
        set.input_counts[i] = test->model->inputs[i].count;
        set.input_elements[i] = test->model->inputs[i].element;
        set.inputs[i] = (void *)(uintptr_t)test->inputs[i];
    }
    for (int i = 0; i < test->model->n_outputs; i++) {
        set.label_counts[i] = test->model->outputs[i].label_count;
        set.labels[i] = (float *)(uintptr_t)test->labels[i];
    }
    struct cnn_fit_options options = cnn_fit_defaults(test->model);
    struct cnn_error error;
    options.threads = threads;
    if (!cnn_fit(test->model, &set, NULL, &options, parameters, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
}

static void check_training(struct test *test)
{
    static const int threads[] = {1, 3, 8, 2};
    enum { N_THREADS = sizeof threads / sizeof threads[0] };
    const struct cnn_model *model = test->model;
    const size_t bytes = (size_t)model->parameter_floats * sizeof(float);
    float *trained[N_THREADS];
    for (int i = 0; i < N_THREADS; i++) {
        trained[i] = allocate((int64_t)bytes);
        memcpy(trained[i], test->parameters, bytes);
        (model->stages->n_class_weights > 0 ? fit_epoch : make_steps)(test, threads[i], trained[i]);
        if (memcmp(trained[i], trained[0], bytes) != 0)
            fail(test, "a training of other bits: number of threads", threads[i], threads[0]);
    }
    memcpy(test->parameters, trained[0], bytes);
    for (int i = 0; i < model->n_parameters; i++)
        check_parameter(test, &model->parameters[i]);
    for (int i = 0; i < N_THREADS; i++)
        free(trained[i]);
}

/* The floats as int32, to be freed. */
static int32_t *whole_numbers(const float *numbers, int64_t count)
{
    int32_t *whole = allocate(count * (int64_t)sizeof *whole);
    for (int64_t i = 0; i < count; i++)
        whole[i] = (int32_t)numbers[i];
    return whole;
}

static void find_arrays(struct test *test)
{
    const struct cnn_model *model = test->model;
    for (int i = 0; i < model->n_inputs; i++) {
        int64_t count;
        const float *inputs = array_of(test, "inputs", model->n_inputs, model->inputs[i].name, &count);
        test->rows = count / model->inputs[i].count;
        test->whole[i] = model->inputs[i].element == CNN_INT32 ? whole_numbers(inputs, count) : NULL;
        test->inputs[i] = test->whole[i] ? (const void *)test->whole[i] : inputs;
    }
    for (int i = 0; i < model->n_outputs; i++)
        test->labels[i] = array_of(test, "labels", model->n_outputs, model->outputs[i].name, NULL);
    test->weights = tensors_find(&test->data, "weights", NULL);
    test->steps = (int64_t)*tensors_need(&test->data, "steps", NULL);
}

/* Exits after a message where there is none. */
static const struct cnn_model *load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct cnn_model *const *model = library ? dlsym(library, "cnn_program_model") : NULL;
    if (!model) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }
    return *model;
}

/* That of the case among the models of a script that returns several. */
static const struct cnn_model *find_model(const struct cnn_model *model, const char *name)
{
    if (model->n_models < 2)
        return model;
    for (int i = 0; i < model->n_models; i++)
        if (strcmp(model->models[i]->key, name) == 0)
            return model->models[i];
    fprintf(stderr, "there is no model %s\n", name);
    exit(1);
}

static bool check(const struct cnn_model *model, const char *target, const char *folder, const char *name)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, name);
    struct test test = {.model = find_model(model, name), .data = tensors_read(path)};
    snprintf(test.name, sizeof test.name, "%s on %s", name, target);
    find_arrays(&test);
    set_parameters(&test);
    check_prediction(&test);
    check_evaluation(&test);
    check_training(&test);
    for (int i = 0; i < test.model->n_inputs; i++)
        free(test.whole[i]);
    free(test.parameters);
    free(test.prepared);
    tensors_free(&test.data);
    if (!test.failed)
        printf("ok %s\n", test.name);
    return !test.failed;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: driver TARGET FOLDER NETWORKS.so CASE...\n");
        return 1;
    }
    const struct cnn_model *model = load(argv[3]);
    bool ok = true;
    for (int i = 4; i < argc; i++)
        ok &= check(model, argv[1], argv[2], argv[i]);
    return !ok;
}
