/* driver.c -- runs one generated network through what PyTorch and TensorFlow.js computed for it.
 *
 * usage: driver NAME CASE.safetensors
 *
 * Sets the parameters by name, then compares predict, predict_many, the loss and the accuracy of evaluate, and the
 * parameters after the training steps of the case. Prints one line "ok NAME" or "not ok NAME". */
#include "cnnrt.h"
#include "tensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* float32 rounds by 6e-8; sums of up to 400 products, exp and log in polynomial form, and another order of adding
 * cost some tens of that. Errors are measured against the largest number of the tensor. */
static const double TOLERANCE = 1e-5;

struct test {
    const char *name;
    const struct cnn_model *model;
    struct tensors data;
    const void *inputs;
    const float *labels;
    int64_t rows; /* of inputs and labels */
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

static void set_parameters(struct test *test)
{
    const struct cnn_model *model = test->model;
    test->parameters = allocate(model->parameter_floats * (int64_t)sizeof(float));
    test->prepared = allocate(model->prepared_floats * (int64_t)sizeof(float));
    for (int i = 0; i < model->n_parameters; i++) {
        const struct cnn_parameter *parameter = &model->parameters[i];
        char name[256];
        int64_t count;
        snprintf(name, sizeof name, "initial/%s", parameter->name);
        const float *values = tensors_need(&test->data, name, &count);
        if (count != parameter->count) {
            fprintf(stderr, "%s has %" PRId64 " numbers instead of %" PRId64 "\n", name, parameter->count, count);
            exit(1);
        }
        memcpy(test->parameters + parameter->offset, values, (size_t)count * sizeof(float));
    }
    model->prepare(test->parameters, test->prepared);
}

static struct cnn_batch batch(const struct test *test, int64_t first, int64_t count)
{
    return (struct cnn_batch){.inputs = {test->inputs},
                              .input_elements = {test->model->inputs[0].element},
                              .labels = {test->labels},
                              .first = first,
                              .count = count};
}

static void check_prediction(struct test *test)
{
    const struct cnn_model *model = test->model;
    int64_t size = model->outputs[0].count, count = test->rows * size;
    const float *expected = tensors_need(&test->data, "predict", NULL);
    double scale = fmax(1, largest(expected, count));
    float *outputs = allocate(count * (int64_t)sizeof(float));

    void *workspace = allocate(model->predict_bytes);
    for (int64_t row = 0; row < test->rows; row++)
        model->predict(test->parameters, test->prepared, workspace,
                       (const void *const[]){(const float *)test->inputs + row * model->inputs[0].count},
                       (float *const[]){outputs + row * size});
    compare(test, "predict", outputs, expected, count, scale, TOLERANCE);
    free(workspace);

    memset(outputs, 0, (size_t)count * sizeof(float));
    workspace = allocate(model->many_bytes(2));
    struct cnn_batch all = batch(test, 0, test->rows);
    model->predict_many(&all, test->parameters, test->prepared, workspace, 2, (float *const[]){outputs});
    compare(test, "predict_many", outputs, expected, count, scale, TOLERANCE);
    free(workspace);
    free(outputs);
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
    char initial_name[256], trained_name[256];
    snprintf(initial_name, sizeof initial_name, "initial/%s", parameter->name);
    snprintf(trained_name, sizeof trained_name, "trained/%s", parameter->name);
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

static void check_training(struct test *test)
{
    const struct cnn_model *model = test->model;
    int64_t rows = test->rows / test->steps;
    float *state = allocate(model->stages->state_floats * (int64_t)sizeof(float));
    const double *initial = model->stages->slot_initial;
    for (int64_t i = 0; i < model->stages->state_floats; i++)
        state[i] = initial ? (float)initial[i / model->stages->trained_floats] : 0;
    void *workspace = allocate(model->stages->train_bytes(rows, 2));
    double *sums = sums_of(model);
    for (int64_t i = 0; i < test->steps; i++) {
        struct cnn_step step = {.batch = batch(test, i * rows, rows),
                                .parameters = test->parameters,
                                .state = state,
                                .workspace = workspace,
                                .threads = 2,
                                .step = (uint64_t)i,
                                .learning_rate = model->stages->learning_rate};
        model->stages->train_step(&step, sums);
    }
    for (int i = 0; i < model->n_parameters; i++)
        check_parameter(test, &model->parameters[i]);
    free(workspace);
    free(state);
    free(sums);
}

/* The floats as int32, to be freed. */
static int32_t *whole_numbers(const float *numbers, int64_t count)
{
    int32_t *whole = allocate(count * (int64_t)sizeof *whole);
    for (int64_t i = 0; i < count; i++)
        whole[i] = (int32_t)numbers[i];
    return whole;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: driver NAME CASE.safetensors\n");
        return 1;
    }
    struct test test = {.name = argv[1], .model = cnn_program_model, .data = tensors_read(argv[2])};
    int64_t count;
    const float *inputs = tensors_need(&test.data, "inputs", &count);
    test.labels = tensors_need(&test.data, "labels", NULL);
    test.rows = count / test.model->inputs[0].count;
    test.steps = (int64_t)*tensors_need(&test.data, "steps", NULL);
    int32_t *whole = test.model->inputs[0].element == CNN_INT32 ? whole_numbers(inputs, count) : NULL;
    test.inputs = whole ? (const void *)whole : inputs;
    set_parameters(&test);
    check_prediction(&test);
    check_evaluation(&test);
    check_training(&test);
    free(whole);
    free(test.parameters);
    free(test.prepared);
    tensors_free(&test.data);
    if (!test.failed)
        printf("ok %s\n", test.name);
    return test.failed;
}
