/* bits.c -- prints a hash of all that each network of a C file computes, which a twin of the target, that rounds alike, must
 * print, too. models.h has a line NETWORK(name) for each of them. */
#include "cnnrt.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK(name) extern const struct cnn_model name;
#include "models.h"
#undef NETWORK

enum { ROWS = 7 }; /* more than a vector has, and no whole number of them */

static void *allocate(int64_t bytes)
{
    void *memory = aligned_alloc(64, ((size_t)bytes + 64) / 64 * 64);
    if (!memory)
        exit(1);
    memset(memory, 0, (size_t)bytes);
    return memory;
}

/* Knuth's linear congruential generator; 0 to 1. */
static float draw(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (float)(*state >> 8) * 0x1p-24f;
}

/* FNV-1a; NaNs are one, whatever bits a machine gives them. */
static uint64_t hash_floats(uint64_t hash, const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits = 0x7fc00000;
        if (!isnan(values[i]))
            memcpy(&bits, &values[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
    }
    return hash;
}

static uint64_t hash_sums(uint64_t hash, const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        uint64_t bits = 0;
        if (!isnan(values[i]))
            memcpy(&bits, &values[i], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
    }
    return hash;
}

static void *draw_input(const struct cnn_model_input *input, uint32_t *state)
{
    int64_t count = ROWS * input->count;
    float *floats = allocate(count * (int64_t)sizeof *floats);
    for (int64_t i = 0; i < count; i++) {
        float x = draw(state);
        int32_t whole = (int32_t)(x * (float)(input->indices ? input->indices : 9));
        switch (input->element) {
        case CNN_FLOAT: floats[i] = 2 * x - 1; break;
        case CNN_BYTE: ((uint8_t *)floats)[i] = (uint8_t)(256 * x); break;
        case CNN_INT32: memcpy(floats + i, &whole, sizeof whole); break;
        }
    }
    return floats;
}

static float *draw_labels(const struct cnn_model_output *output, uint32_t *state)
{
    int64_t count = ROWS * output->label_count;
    float classes = output->rank > 0 ? (float)output->dim[output->rank - 1] : 1;
    float *labels = allocate(count * (int64_t)sizeof *labels);
    for (int64_t i = 0; i < count; i++)
        labels[i] = output->label_is_class ? floorf(draw(state) * classes) : draw(state);
    return labels;
}

static struct cnn_batch draw_batch(const struct cnn_model *model, uint32_t *state)
{
    struct cnn_batch batch = {.count = ROWS};
    for (int i = 0; i < model->n_inputs; i++) {
        batch.inputs[i] = draw_input(&model->inputs[i], state);
        batch.input_elements[i] = model->inputs[i].element;
    }
    for (int i = 0; i < model->n_outputs; i++)
        if (model->outputs[i].loss)
            batch.labels[i] = draw_labels(&model->outputs[i], state);
    return batch;
}

static float *draw_parameters(const struct cnn_model *model, uint32_t *state)
{
    float *parameters = allocate(model->parameter_floats * (int64_t)sizeof *parameters);
    for (int p = 0; p < model->n_parameters; p++) {
        const struct cnn_parameter *parameter = &model->parameters[p];
        for (int64_t i = 0; i < parameter->count; i++)
            parameters[parameter->offset + i] = parameter->rank > 1 ? draw(state) - 0.5f : draw(state) + 0.1f;
    }
    return parameters;
}

/* One sample, then all. */
static uint64_t predict(const struct cnn_model *model, const struct cnn_batch *batch, const float *parameters,
                        const float *prepared, void *workspace, uint64_t hash)
{
    float *outputs[CNN_MAX_ARRAYS] = {NULL};
    for (int i = 0; i < model->n_outputs; i++)
        outputs[i] = allocate(ROWS * model->outputs[i].count * (int64_t)sizeof(float));
    model->predict(parameters, prepared, workspace, batch->inputs, outputs);
    for (int i = 0; i < model->n_outputs; i++)
        hash = hash_floats(hash, outputs[i], model->outputs[i].count);
    model->predict_many(batch, parameters, prepared, workspace, 1, outputs);
    for (int i = 0; i < model->n_outputs; i++) {
        hash = hash_floats(hash, outputs[i], ROWS * model->outputs[i].count);
        free(outputs[i]);
    }
    return hash;
}

/* Two steps of each stage. */
static uint64_t train(const struct cnn_model *model, const struct cnn_batch *batch, float *parameters,
                      uint64_t hash)
{
    double *sums = allocate(model->n_sums * (int64_t)sizeof *sums);
    for (int s = 0; s < model->n_stages; s++) {
        const struct cnn_stage *stage = &model->stages[s];
        float *state = allocate(stage->state_floats * (int64_t)sizeof *state);
        struct cnn_step step = {.batch = *batch,
                                .parameters = parameters,
                                .state = state,
                                .workspace = allocate(stage->train_bytes(ROWS, 1)),
                                .threads = 1,
                                .seed = 3,
                                .learning_rate = 0.01};
        for (; step.step < 2; step.step++)
            stage->train_step(&step, sums);
        free(step.workspace);
        free(state);
    }
    hash = hash_sums(hash, sums, model->n_sums);
    free(sums);
    return hash_floats(hash, parameters, model->parameter_floats);
}

static void print_bits(const char *name, const struct cnn_model *model)
{
    uint32_t random = 1;
    struct cnn_batch batch = draw_batch(model, &random);
    float *parameters = draw_parameters(model, &random);
    float *prepared = allocate(model->prepared_floats * (int64_t)sizeof *prepared);
    int64_t bytes = model->many_bytes(1) > model->predict_bytes ? model->many_bytes(1) : model->predict_bytes;
    void *workspace = allocate(bytes);
    double *sums = allocate(model->n_sums * (int64_t)sizeof *sums);
    model->prepare(parameters, prepared);
    uint64_t hash = predict(model, &batch, parameters, prepared, workspace, 1);
    model->evaluate(&batch, parameters, prepared, workspace, 1, sums);
    hash = hash_sums(hash, sums, model->n_sums);
    printf("%s %016" PRIx64 "\n", name, train(model, &batch, parameters, hash));
    for (int i = 0; i < CNN_MAX_ARRAYS; i++) {
        free((void *)(uintptr_t)batch.inputs[i]);
        free((void *)(uintptr_t)batch.labels[i]);
    }
    free(parameters);
    free(prepared);
    free(workspace);
    free(sums);
}

int main(void)
{
#define NETWORK(name) print_bits(#name, &name);
#include "models.h"
    return 0;
}
