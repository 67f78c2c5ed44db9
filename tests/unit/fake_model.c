/* fake_model.c -- softmax regression behind the descriptor that generated code exports. */
#include "fake_model.h"

#include <math.h>

enum { KERNEL = 0, BIAS = FAKE_INPUTS * FAKE_CLASSES, FLOATS = BIAS + FAKE_CLASSES };

static const struct cnn_parameter parameter_table[] = {
    {"dense/kernel", 2, {FAKE_INPUTS, FAKE_CLASSES}, KERNEL, BIAS, true, CNN_INIT_UNIFORM, -0.3, 0.3},
    {"dense/bias", 1, {FAKE_CLASSES}, BIAS, FAKE_CLASSES, true, CNN_INIT_CONSTANT, 0, 0},
};

static const struct cnn_layer layers[] = {
    {.name = "flatten", .type = "Flatten", .rank = 1, .dim = {FAKE_INPUTS}, .watched = -1},
    {.name = "dense",
     .type = "Dense",
     .rank = 1,
     .dim = {FAKE_CLASSES},
     .parameters = FLOATS,
     .multiply_adds = BIAS,
     .watched = -1},
};

static int64_t many_bytes(int threads) { return 64 * threads; }

static int64_t train_bytes(int64_t batch, int threads) { return 64 * threads + batch; }

static int threads(void) { return 2; }

static void prepare(const float *parameter, float *prepared)
{
    for (int i = 0; i < FLOATS; i++)
        prepared[i] = parameter[i];
}

/* Of what was prepared, which is a copy: one that was forgotten shows. */
static void predict(const float *parameters, const float *prepared, void *workspace, const void *const *samples,
                    float *const *outputs)
{
    const float *input = samples[0];
    float *output = outputs[0], sum = 0;
    (void)parameters;
    (void)workspace;
    for (int c = 0; c < FAKE_CLASSES; c++) {
        float logit = prepared[BIAS + c];
        for (int i = 0; i < FAKE_INPUTS; i++)
            logit += input[i] * prepared[KERNEL + i * FAKE_CLASSES + c];
        output[c] = expf(logit);
        sum += output[c];
    }
    for (int c = 0; c < FAKE_CLASSES; c++)
        output[c] /= sum;
}

static int64_t row_of(const struct cnn_batch *batch, int64_t i)
{
    return batch->index ? (int64_t)batch->index[i] : batch->first + i;
}

static void load(const struct cnn_batch *batch, int64_t i, float input[FAKE_INPUTS])
{
    int64_t start = row_of(batch, i) * FAKE_INPUTS;
    for (int k = 0; k < FAKE_INPUTS; k++)
        input[k] = batch->input_elements[0] == CNN_BYTE
                       ? (float)((const uint8_t *)batch->inputs[0])[start + k] / 255
                       : ((const float *)batch->inputs[0])[start + k];
}

static int class_of(const struct cnn_batch *batch, int64_t i) { return (int)batch->labels[0][row_of(batch, i)]; }

static int class_of_onehot(const struct cnn_batch *batch, int64_t i)
{
    const float *label = batch->labels[0] + row_of(batch, i) * FAKE_CLASSES;
    return label[0] > 0 ? 0 : label[1] > 0 ? 1 : 2;
}

static void predict_many(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                         void *workspace, int n_threads, float *const *outputs)
{
    (void)n_threads;
    for (int64_t i = 0; i < batch->count; i++) {
        float input[FAKE_INPUTS];
        load(batch, i, input);
        predict(parameters, prepared, workspace, (const void *const[]){input},
                (float *const[]){outputs[0] + i * FAKE_CLASSES});
    }
}

static const char *const columns[] = {"loss", "accuracy"};

static void finish(const double *sums, double count, double *to)
{
    for (int i = 0; i < FAKE_COLUMNS; i++)
        to[i] = sums[i] / count;
}

static void add_sums(const float output[FAKE_CLASSES], int label, double *sums)
{
    int best = 0;
    for (int c = 1; c < FAKE_CLASSES; c++)
        best = output[c] > output[best] ? c : best;
    sums[0] -= log((double)output[label]);
    sums[1] += best == label;
}

typedef int class_function(const struct cnn_batch *batch, int64_t i);

static void evaluate_with(class_function *class, const struct cnn_batch *batch, const float *parameters,
                          const float *prepared, double *sums)
{
    for (int64_t i = 0; i < batch->count; i++) {
        float input[FAKE_INPUTS], output[FAKE_CLASSES];
        load(batch, i, input);
        predict(parameters, prepared, NULL, (const void *const[]){input}, (float *const[]){output});
        add_sums(output, class(batch, i), sums);
    }
}

static void train_with(class_function *class, const struct cnn_step *step, double *sums)
{
    float gradient[FLOATS] = {0};
    for (int64_t i = 0; i < step->batch.count; i++) {
        float input[FAKE_INPUTS], output[FAKE_CLASSES];
        int label = class(&step->batch, i);
        load(&step->batch, i, input);
        predict(step->parameters, step->parameters, NULL, (const void *const[]){input}, (float *const[]){output});
        add_sums(output, label, sums);
        for (int c = 0; c < FAKE_CLASSES; c++) {
            float error = output[c] - (c == label ? 1.0f : 0.0f);
            gradient[BIAS + c] += error;
            for (int k = 0; k < FAKE_INPUTS; k++)
                gradient[KERNEL + k * FAKE_CLASSES + c] += error * input[k];
        }
    }
    for (int i = 0; i < FLOATS; i++) {
        step->state[i] =
            0.9f * step->state[i] - (float)step->learning_rate * gradient[i] / (float)step->batch.count;
        step->parameters[i] += step->state[i];
    }
}

static void evaluate(const struct cnn_batch *batch, const float *parameters, const float *prepared, void *workspace,
                     int n_threads, double *sums)
{
    (void)workspace;
    (void)n_threads;
    evaluate_with(class_of, batch, parameters, prepared, sums);
}

static void evaluate_onehot(const struct cnn_batch *batch, const float *parameters, const float *prepared,
                            void *workspace, int n_threads, double *sums)
{
    (void)workspace;
    (void)n_threads;
    evaluate_with(class_of_onehot, batch, parameters, prepared, sums);
}

static void train_step(const struct cnn_step *step, double *sums) { train_with(class_of, step, sums); }

static void train_step_onehot(const struct cnn_step *step, double *sums)
{
    train_with(class_of_onehot, step, sums);
}

/* ---- kernels: of a program one each ---- */

enum { BLOCK = 4 };

static const struct cnn_kernel kernels[] = {
    {CNN_PREDICT_ONE, "dense_one", "dense", "matmul", 1, 2 * BIAS, 4 * (FAKE_INPUTS + FAKE_CLASSES), 4 * FLOATS, 0,
     0, 0},
    {CNN_PREDICT_MANY, "dense_block", "dense", "matmul", BLOCK, 2 * BIAS, FAKE_INPUTS, 4 * FLOATS, 0, 0, 0},
    {CNN_TRAIN_STEP, "train", "", "train", 0, 4 * BIAS, FAKE_INPUTS + 4, 16 * FLOATS, 0, 0, 0},
};

static const struct cnn_kernel *list_kernels(int *count)
{
    *count = sizeof kernels / sizeof *kernels;
    return kernels;
}

static void predict_block(const struct cnn_kernel_data *data)
{
    struct cnn_batch batch = data->step.batch;
    int64_t first = data->block * BLOCK, left = batch.count - first;
    batch.first += first;
    batch.count = left < BLOCK ? left : BLOCK;
    predict_many(&batch, data->step.parameters, data->prepared, data->step.workspace, 1,
                 (float *const[]){data->outputs[0] + first * FAKE_CLASSES});
}

static void run_kernel(enum cnn_program_kind program, int kernel, const struct cnn_kernel_data *data)
{
    double sums[FAKE_COLUMNS] = {0};
    if (kernel != 0)
        return;
    switch (program) {
    case CNN_PREDICT_ONE:
        predict(data->step.parameters, data->prepared, data->step.workspace, data->inputs, data->outputs);
        break;
    case CNN_PREDICT_MANY: predict_block(data); break;
    case CNN_TRAIN_STEP: train_step(&data->step, sums); break;
    }
}

static double peak(int64_t rounds)
{
    volatile float sum = 0;
    for (int64_t i = 0; i < rounds; i++)
        sum = sum * 0.5f + 1;
    return 2 * (double)rounds;
}

#define STAGE                                                                                                      \
    .optimizer = "sgd", .fresh = true, .n_slots = 1, .slots = slots, .trained_floats = FLOATS,                     \
    .state_floats = FLOATS, .learning_rate = 0.1, .batch_size = 16, .epochs = 3, .shuffle = true,                  \
    .train_bytes = train_bytes

static const char *const slots[] = {"velocity"};
const struct cnn_stage fake_stage = {STAGE, .train_step = train_step};
static const struct cnn_stage stage_onehot = {STAGE, .train_step = train_step_onehot};

struct cnn_model fake_model(void)
{
    return (struct cnn_model){
        .abi = CNN_ABI,
        .name = "fake",
        .generator = "the tests",
        .n_inputs = 1,
        .n_outputs = 1,
        .inputs = {{.name = "images", .rank = 3, .dim = {FAKE_SIDE, FAKE_SIDE, 1}, .count = FAKE_INPUTS}},
        .outputs = {{.name = "dense",
                     .rank = 1,
                     .dim = {FAKE_CLASSES},
                     .count = FAKE_CLASSES,
                     .loss = "sparse_categorical_crossentropy",
                     .probabilities = CNN_PROBABILITIES_SOFTMAX,
                     .label_count = 1,
                     .label_is_class = true}},
        .n_layers = 2,
        .layers = layers,
        .n_parameters = 2,
        .parameters = parameter_table,
        .parameter_floats = FLOATS,
        .trainable_floats = FLOATS,
        .prepared_floats = FLOATS,
        .n_sums = FAKE_COLUMNS,
        .n_columns = FAKE_COLUMNS,
        .columns = columns,
        .better = "<>",
        .finish = finish,
        .n_stages = 1,
        .stages = &fake_stage,
        .many_bytes = many_bytes,
        .threads = threads,
        .prepare = prepare,
        .predict = predict,
        .predict_many = predict_many,
        .evaluate = evaluate,
        .kernels = list_kernels,
        .run_kernel = run_kernel,
        .peak = peak,
    };
}

struct cnn_model fake_model_onehot(void)
{
    struct cnn_model model = fake_model();
    model.outputs[0].label_is_class = false;
    model.outputs[0].label_count = FAKE_CLASSES;
    model.outputs[0].loss = "categorical_crossentropy";
    model.evaluate = evaluate_onehot;
    model.stages = &stage_onehot;
    return model;
}
