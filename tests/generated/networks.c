/* networks.c -- see networks.h. */
#include "networks.h"

#include <string.h>

enum { VECTOR = 64 };

/* Inputs as floats or bytes, and labels; rows are taken in another order. */
static struct cnn_batch make_batch(const struct memory *memory, int64_t count, enum cnn_element element)
{
    const struct cnn_model *model = &net_model;
    struct cnn_batch batch = {.input_elements = {element}, .count = count};
    int64_t elements = count * model->inputs[0].count;
    uint8_t *bytes = element == CNN_BYTE ? memory->give(memory->user, elements, 1) : NULL;
    for (int64_t i = 0; bytes && i < elements; i++)
        bytes[i] = (uint8_t)(i * 7919);
    batch.inputs[0] = bytes ? (void *)bytes : numbers(memory, elements, 1);
    float *labels = floats(memory, count * model->outputs[0].label_count);
    for (int64_t i = 0; i < count * model->outputs[0].label_count; i++)
        labels[i] = model->outputs[0].label_is_class ? (float)(i % model->outputs[0].count)
                                                     : (float)(i % model->outputs[0].label_count == 0);
    uint32_t *index = memory->give(memory->user, count * (int64_t)sizeof *index, sizeof *index);
    for (int64_t i = 0; i < count; i++)
        index[i] = (uint32_t)(count - 1 - i);
    batch.labels[0] = labels;
    batch.index = index;
    memory->protect(memory->user, (void *)batch.inputs[0]);
    memory->protect(memory->user, labels);
    memory->protect(memory->user, index);
    return batch;
}

static void predict(const struct memory *memory, const float *parameters, const float *prepared, int fixed,
                    struct results *results)
{
    float *input = numbers(memory, NET_INPUT_COUNT, 5), *output = floats(memory, NET_OUTPUT_COUNT);
    float *workspace = floats(memory, NET_WORKSPACE_FLOATS);
    memory->protect(memory->user, input);
    net_predict_with(parameters, prepared, workspace, input, output);
    results->predict_with = hash(results->predict_with, output, NET_OUTPUT_COUNT * (int64_t)sizeof(float));
    if (!fixed)
        return;
    net_set_parameters(parameters);
    net_predict(input, output);
    results->predict = hash(results->predict, output, NET_OUTPUT_COUNT * (int64_t)sizeof(float));
    for (int64_t count = 0; count <= 37; count += count ? 36 : 1) {
        float *inputs = numbers(memory, count * NET_INPUT_COUNT, 7),
              *outputs = floats(memory, count * NET_OUTPUT_COUNT);
        memory->protect(memory->user, inputs);
        net_predict_many(inputs, outputs, count);
        results->many = hash(results->many, outputs, count * NET_OUTPUT_COUNT * (int64_t)sizeof(float));
    }
}

static double *zeros(const struct memory *memory, int count)
{
    double *list = memory->give(memory->user, count * (int64_t)sizeof *list, (int64_t)sizeof *list);
    for (int i = 0; i < count; i++)
        list[i] = 0;
    return list;
}

static void look_at_batch(const struct memory *memory, const struct cnn_batch *batch, const float *parameters,
                          const float *prepared, int threads, struct results *results)
{
    const struct cnn_model *model = &net_model;
    double *sums = zeros(memory, model->n_sums);
    float *outputs = floats(memory, batch->count * model->outputs[0].count);
    void *workspace = memory->give(memory->user, model->many_bytes(threads), VECTOR);
    model->predict_many(batch, parameters, prepared, workspace, threads, (float *const[]){outputs});
    results->many = hash(results->many, outputs, batch->count * model->outputs[0].count * (int64_t)sizeof(float));
    model->evaluate(batch, parameters, prepared, workspace, threads, sums);
    results->evaluate = hash(results->evaluate, sums, model->n_sums * (int64_t)sizeof *sums);
}

static void train(const struct memory *memory, const struct cnn_batch *batch, const float *first, int threads,
                  struct results *results)
{
    const struct cnn_model *model = &net_model;
    double *sums = zeros(memory, model->n_sums);
    struct cnn_step step = {
        .batch = *batch, .threads = threads, .seed = 3, .learning_rate = model->stages->learning_rate};
    int64_t bytes = model->parameter_floats * (int64_t)sizeof(float);
    step.parameters = floats(memory, model->parameter_floats);
    memcpy(step.parameters, first, (size_t)bytes);
    step.state = floats(memory, model->stages->state_floats);
    for (int64_t i = 0; i < model->stages->state_floats; i++)
        step.state[i] = 0;
    step.workspace = memory->give(memory->user, model->stages->train_bytes(batch->count, threads), VECTOR);
    for (; step.step < 2; step.step++)
        model->stages->train_step(&step, sums);
    results->parameters = hash(results->parameters, step.parameters, bytes);
    results->evaluate = hash(results->evaluate, sums, model->n_sums * (int64_t)sizeof *sums);
}

struct results run_programs(const struct memory *memory, int threads, int fixed)
{
    const struct cnn_model *model = &net_model;
    struct results results = {0};
    float *parameters = numbers(memory, model->parameter_floats, 11);
    memory->protect(memory->user, parameters);
    float *prepared = floats(memory, NET_PREPARED_FLOATS);
    net_prepare(parameters, prepared);
    memory->protect(memory->user, prepared);
    predict(memory, parameters, prepared, fixed, &results);
    prepared = memory->give(memory->user, model->prepared_floats * (int64_t)sizeof(float), VECTOR);
    model->prepare(parameters, prepared);
    memory->protect(memory->user, prepared);
    const int64_t counts[] = {1, model->stages->batch_size, 19};
    for (int i = 0; i < 3; i++) {
        struct cnn_batch batch = make_batch(memory, counts[i], i == 1 ? CNN_BYTE : CNN_FLOAT);
        look_at_batch(memory, &batch, parameters, prepared, threads, &results);
        train(memory, &batch, parameters, threads, &results);
    }
    return results;
}
