/* command_bench.c -- ./net bench: how fast the network is here, on random bytes. */
#include "internal.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MANY = 1024, ROUNDS = 9 };

/* What the measured functions work on. */
struct bench {
    const struct cnn_model *model;
    FILE *out;
    double budget; /* seconds for one measurement */
    float *parameters, *prepared, *state, *outputs, *input;
    uint8_t *inputs; /* MANY samples, or a batch when that is more */
    float *labels;
    void *workspace;
    int64_t samples, batch_size;
    int threads; /* of the measurement */
    uint64_t step;
};

static void predict_one(struct bench *bench)
{
    bench->model->predict(bench->prepared, bench->workspace, bench->input, bench->outputs);
}

static void predict_many(struct bench *bench)
{
    struct cnn_batch batch = {.inputs = bench->inputs, .input_element = CNN_BYTE, .count = MANY};
    bench->model->predict_many(&batch, bench->prepared, bench->workspace, bench->threads, bench->outputs);
}

static void train(struct bench *bench)
{
    struct cnn_sums sums = {0};
    struct cnn_step step = {.batch = {.inputs = bench->inputs,
                                      .input_element = CNN_BYTE,
                                      .labels = bench->labels,
                                      .count = bench->batch_size},
                            .parameters = bench->parameters,
                            .state = bench->state,
                            .workspace = bench->workspace,
                            .threads = bench->threads,
                            .step = bench->step++,
                            .learning_rate = bench->model->learning_rate};
    bench->model->train_step(&step, &sums);
}

static double time_calls(struct bench *bench, void (*work)(struct bench *), int64_t calls)
{
    double start = cnn_seconds();
    for (int64_t i = 0; i < calls; i++)
        work(bench);
    return cnn_seconds() - start;
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Seconds of one call: the median of rounds that share the budget, each long enough for the clock. */
static double measure(struct bench *bench, void (*work)(struct bench *))
{
    double round = bench->budget / ROUNDS, seconds[ROUNDS];
    int64_t calls = 1;
    while (time_calls(bench, work, calls) < round / 2 && calls < INT32_MAX)
        calls *= 2;
    for (int i = 0; i < ROUNDS; i++)
        seconds[i] = time_calls(bench, work, calls) / (double)calls;
    qsort(seconds, ROUNDS, sizeof *seconds, compare_doubles);
    return seconds[ROUNDS / 2];
}

static void report(struct bench *bench, const char *what, int64_t samples, void (*work)(struct bench *))
{
    double seconds = measure(bench, work);
    fprintf(bench->out, "%-20s %5" PRId64 " %8d %14.2f %14.0f\n", what, samples, bench->threads, seconds * 1e6,
            (double)samples / seconds);
}

static void fill_inputs(struct bench *bench, uint64_t seed)
{
    const struct cnn_model *model = bench->model;
    struct cnn_draw draw = cnn_draw(seed, CNN_PURPOSE_BENCH, 0);
    uint32_t word[4] = {0};
    for (int64_t i = 0; i < bench->samples * model->input_count; i++) {
        if (i % 4 == 0)
            cnn_draw_block(&draw, (uint64_t)i / 4, 0, word);
        bench->inputs[i] = (uint8_t)(word[i % 4] >> 24);
    }
    for (int64_t i = 0; i < model->input_count; i++)
        bench->input[i] = (float)bench->inputs[i] / (model->rescales ? 1 : 255);
    for (int64_t i = 0; i < bench->samples; i++)
        bench->labels[i * model->label_count] = model->label_is_class ? 0 : 1; /* class 0, or one-hot */
}

static int64_t largest(int64_t a, int64_t b, int64_t c)
{
    int64_t most = a > b ? a : b;
    return most > c ? most : c;
}

static bool allocate(struct bench *bench, int threads, struct cnn_error *error)
{
    const struct cnn_model *model = bench->model;
    int64_t workspace = model->predict_bytes;
    for (int t = 1; t <= threads; t++)
        workspace = largest(workspace, model->many_bytes(t),
                            model->train_step ? model->train_bytes(bench->batch_size, t) : 0);
    int64_t widest = largest(model->input_count, model->output_count, model->label_count);
    if (bench->samples > INT64_MAX / 8 / widest)
        return cnn_fail(error, "a batch size of %" PRId64 " is too large", bench->batch_size);
    bench->prepared = cnn_alloc_floats(model->prepared_floats, error);
    bench->state = cnn_alloc_floats(model->state_floats, error);
    bench->outputs = cnn_alloc_floats(MANY * model->output_count, error);
    bench->input = cnn_alloc_floats(model->input_count, error);
    bench->inputs = cnn_alloc(bench->samples * model->input_count, error);
    bench->labels = cnn_alloc_floats(bench->samples * model->label_count, error);
    bench->workspace = cnn_alloc(workspace, error);
    if (!bench->prepared || !bench->state || !bench->outputs || !bench->input || !bench->inputs || !bench->labels ||
        !bench->workspace)
        return false;
    for (int64_t i = 0; i < model->state_floats; i++)
        bench->state[i] = (float)model->slot_initial[i / model->parameter_floats];
    return true;
}

static void release(struct bench *bench)
{
    free(bench->parameters);
    free(bench->prepared);
    free(bench->state);
    free(bench->outputs);
    free(bench->input);
    free(bench->inputs);
    free(bench->labels);
    free(bench->workspace);
}

/* On one thread and on all. Training comes last, because it changes the parameters. */
static void measure_all(struct bench *bench, int threads)
{
    fprintf(bench->out, "%-20s %5s %8s %14s %14s\n", "", "batch", "threads", "microseconds", "samples/s");
    bench->threads = 1;
    report(bench, "predict one", 1, predict_one);
    for (int t = 1; t <= threads; t += threads > 1 ? threads - 1 : 1) {
        bench->threads = t;
        report(bench, "predict many", MANY, predict_many);
    }
    for (int t = 1; bench->model->train_step && t <= threads; t += threads > 1 ? threads - 1 : 1) {
        bench->threads = t;
        report(bench, "training step", bench->batch_size, train);
    }
}

static bool run(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    struct bench bench = {.model = arguments->model,
                          .out = arguments->out,
                          .budget = arguments->budget,
                          .batch_size = arguments->batch_size,
                          .samples = arguments->batch_size > MANY ? arguments->batch_size : MANY};
    int threads = cnn_arguments_threads(arguments);
    bench.parameters = cnn_arguments_parameters(arguments, error);
    bool ok = bench.parameters && allocate(&bench, threads, error);
    if (ok) {
        fill_inputs(&bench, arguments->seed);
        bench.model->prepare(bench.parameters, bench.prepared);
        fprintf(bench.out, "Network %s, made by %s, on random bytes\n\n", bench.model->name,
                bench.model->generator);
        measure_all(&bench, threads);
    }
    release(&bench);
    return ok;
}

const struct cnn_command cnn_command_bench = {
    .name = "bench",
    .about = "measure prediction and training on random data, on one thread and on all",
    .options = "weights batch-size threads seconds seed",
    .run = run,
};
