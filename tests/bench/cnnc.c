/* cnnc.c -- measures the network that it is linked with: see serve.h.
 * Usage: cnnc FOLDER, where FOLDER has full MNIST for requests of the kind "epoch". */
#include "cnnrt.h"
#include "serve.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MOST_BYTES = (int64_t)4 << 30;

struct bench {
    const struct cnn_model *model;
    const char *folder;
    struct cnn_dataset set; /* read for the first epoch */
    float *parameters, *prepared, *state, *inputs, *outputs, *labels;
    uint8_t *bytes;
    void *workspace;
    double *sums;
    uint64_t step;
    struct cnn_error error;
};

static bool is(const struct request *request, const char *kind) { return strcmp(request->kind, kind) == 0; }

static void release(struct bench *bench)
{
    float **arrays[] = {&bench->state, &bench->inputs, &bench->outputs, &bench->labels};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
    free(bench->bytes);
    free(bench->workspace);
    free(bench->sums);
    bench->bytes = NULL;
    bench->workspace = NULL;
    bench->sums = NULL;
}

static bool allocate(struct bench *bench, const struct request *request)
{
    const struct cnn_model *model = bench->model;
    int64_t workspace = model->predict_bytes, count = request->count, inputs = count * model->inputs[0].count;
    if (is(request, "many"))
        workspace = model->many_bytes(request->threads);
    if (is(request, "train"))
        workspace = model->stages->train_bytes(count, request->threads);
    if (workspace > MOST_BYTES)
        return cnn_fail(&bench->error, "it needs %.1f GB", (double)workspace / 1e9);
    bench->workspace = cnn_alloc(workspace, &bench->error);
    bench->sums = cnn_alloc(bench->model->n_sums * (int64_t)sizeof *bench->sums, &bench->error);
    bench->state = cnn_alloc_floats(model->stages->state_floats, &bench->error);
    bench->inputs = cnn_alloc_floats(inputs, &bench->error);
    bench->bytes = cnn_alloc(inputs, &bench->error);
    bench->outputs = cnn_alloc_floats(count * model->outputs[0].count, &bench->error);
    bench->labels = cnn_alloc_floats(count, &bench->error);
    if (!bench->workspace || !bench->sums || !bench->state || !bench->inputs || !bench->bytes || !bench->outputs ||
        !bench->labels)
        return false;
    for (int i = 0; i < model->n_sums; i++)
        bench->sums[i] = 0;
    struct cnn_draw draw = cnn_draw(1, CNN_PURPOSE_BENCH, 0);
    for (int64_t i = 0; i < inputs; i++) {
        uint32_t word[4];
        cnn_draw_block(&draw, (uint64_t)i, 0, word);
        bench->bytes[i] = (uint8_t)(word[0] >> 24);
        bench->inputs[i] = (float)bench->bytes[i] / 255;
    }
    for (int64_t i = 0; i < count; i++)
        bench->labels[i] = (float)(i % model->outputs[0].count);
    return true;
}

static bool read_mnist(struct bench *bench)
{
    return bench->set.inputs[0] ||
           cnn_dataset_open(bench->model, bench->folder, "train", &bench->set, &bench->error);
}

static void predict_one(struct bench *bench)
{
    bench->model->predict(bench->parameters, bench->prepared, bench->workspace,
                          (const void *const[]){bench->inputs}, (float *const[]){bench->outputs});
}

static void predict_many(struct bench *bench, const struct request *request)
{
    struct cnn_batch batch = {.inputs = {bench->inputs}, .input_elements = {CNN_FLOAT}, .count = request->count};
    bench->model->predict_many(&batch, bench->parameters, bench->prepared, bench->workspace, request->threads,
                               (float *const[]){bench->outputs});
}

static void train(struct bench *bench, const struct request *request)
{
    struct cnn_step step = {.batch = {.inputs = {bench->bytes},
                                      .input_elements = {CNN_BYTE},
                                      .labels = {bench->labels},
                                      .count = request->count},
                            .parameters = bench->parameters,
                            .state = bench->state,
                            .workspace = bench->workspace,
                            .threads = request->threads,
                            .step = bench->step++,
                            .learning_rate = bench->model->stages->learning_rate};
    bench->model->stages->train_step(&step, bench->sums);
}

static void epoch(struct bench *bench, const struct request *request)
{
    struct cnn_fit_options options = cnn_fit_defaults(bench->model);
    options.epochs = 1;
    options.batch_size = request->count;
    options.threads = request->threads;
    if (!cnn_fit(bench->model, &bench->set, NULL, &options, bench->parameters, &bench->error))
        exit(1);
}

static void call(void *user, const struct request *request)
{
    if (is(request, "one"))
        predict_one(user);
    else if (is(request, "many"))
        predict_many(user, request);
    else if (is(request, "train"))
        train(user, request);
    else
        epoch(user, request);
}

static const char *prepare(void *user, const struct request *request)
{
    struct bench *bench = user;
    bool training = is(request, "train") || is(request, "epoch");
    if (training && bench->model->n_stages == 0)
        return "this network is only for prediction";
    release(bench);
    omp_set_num_threads(request->threads);
    if (is(request, "epoch"))
        return read_mnist(bench) ? NULL : bench->error.message;
    if (!cnn_initialise(bench->model, 1, bench->parameters, &bench->error) || !allocate(bench, request))
        return bench->error.message;
    bench->model->prepare(bench->parameters, bench->prepared);
    call(bench, request);
    return NULL;
}

int main(int argc, char **argv)
{
    struct bench bench = {.model = cnn_program_model, .folder = argc > 1 ? argv[1] : "."};
    bench.parameters = cnn_alloc_floats(bench.model->parameter_floats, &bench.error);
    bench.prepared = cnn_alloc_floats(bench.model->prepared_floats, &bench.error);
    if (!bench.parameters || !bench.prepared) {
        fprintf(stderr, "%s\n", bench.error.message);
        return 1;
    }
    int status = serve(&bench, prepare, call);
    release(&bench);
    cnn_dataset_free(&bench.set);
    free(bench.parameters);
    free(bench.prepared);
    return status;
}
