/* bench.c -- ./net bench: how fast the network is here, on random bytes. */
#define _POSIX_C_SOURCE 200809L
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Samples that are predicted at once: of large networks as many as make about MANY_WORK multiply-adds. */
enum { MANY_MIN = 16, MANY_MAX = 1024, ROUNDS = 9 };
static const int64_t MANY_WORK = (int64_t)1 << 31;

/* What the measured functions work on. */
struct bench {
    const struct cnn_model *model;
    const struct cnn_stage *stage; /* whose training step is measured; NULL: none is */
    FILE *out;
    double budget; /* seconds for one measurement */
    float *parameters, *prepared, *state;
    float *outputs[CNN_MAX_ARRAYS];
    void *sample[CNN_MAX_ARRAYS];      /* one, of the elements that the model takes */
    const void *input[CNN_MAX_ARRAYS]; /* the same, as prediction takes them */
    struct cnn_dataset set; /* as many samples as the larger batch has: bytes, or of that element; and labels */
    void *workspace;
    double *sums;                      /* which nobody looks at */
    int64_t many, batch_size, samples; /* of predict many, of training; the larger of both */
    int threads;                       /* of the measurement */
    uint64_t step;
};

/* Floats are given as bytes, which is faster. */
static enum cnn_element element_of(const struct cnn_model_input *input)
{
    return input->element == CNN_INT32 ? CNN_INT32 : CNN_BYTE;
}

static void predict_one(struct bench *bench)
{
    bench->model->predict(bench->parameters, bench->prepared, bench->workspace, bench->input, bench->outputs);
}

static void predict_many(struct bench *bench)
{
    struct cnn_batch batch = cnn_dataset_batch(&bench->set);
    batch.count = bench->many;
    bench->model->predict_many(&batch, bench->parameters, bench->prepared, bench->workspace, bench->threads,
                               bench->outputs);
}

/* At a rate of 0: trained with one batch again and again, gradients would fade into denormal numbers, which are
 * slow. */
static struct cnn_step training_step(struct bench *bench)
{
    struct cnn_step step = {.batch = cnn_dataset_batch(&bench->set),
                            .parameters = bench->parameters,
                            .state = bench->state,
                            .workspace = bench->workspace,
                            .threads = bench->threads,
                            .step = bench->step++};
    step.batch.count = bench->batch_size;
    return step;
}

static void train(struct bench *bench)
{
    struct cnn_step step = training_step(bench);
    bench->stage->train_step(&step, bench->sums);
}

static double time_calls(struct bench *bench, void (*work)(struct bench *), int64_t calls)
{
    double start = cnn_seconds();
    for (int64_t i = 0; i < calls; i++)
        work(bench);
    return cnn_seconds() - start;
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
    return cnn_median(seconds, ROUNDS);
}

static void report(struct bench *bench, const char *what, int64_t samples, void (*work)(struct bench *))
{
    double seconds = measure(bench, work);
    fprintf(bench->out, "%-20s %5" PRId64 " %8d %14.2f %14.0f\n", what, samples, bench->threads, seconds * 1e6,
            (double)samples / seconds);
}

static void fill_input(struct bench *bench, int number, uint64_t seed)
{
    const struct cnn_model_input *input = &bench->model->inputs[number];
    struct cnn_draw draw = cnn_draw(seed, CNN_PURPOSE_BENCH, (uint32_t)number);
    const int64_t range = input->indices > 0 ? input->indices : 256;
    void *values = bench->set.inputs[number], *sample = bench->sample[number];
    uint32_t word[4] = {0};
    for (int64_t i = 0; i < bench->samples * input->count; i++) {
        if (i % 4 == 0)
            cnn_draw_block(&draw, (uint64_t)i / 4, 0, word);
        if (element_of(input) == CNN_INT32)
            ((int32_t *)values)[i] = (int32_t)(word[i % 4] % (uint32_t)range);
        else
            ((uint8_t *)values)[i] = (uint8_t)(word[i % 4] >> 24);
    }
    for (int64_t i = 0; input->element == CNN_FLOAT && i < input->count; i++)
        ((float *)sample)[i] = (float)((uint8_t *)values)[i] / (input->rescales ? 1.0f : 255.0f);
    if (input->element != CNN_FLOAT)
        memcpy(sample, values, (size_t)(input->count * cnn_element_bytes(input->element)));
}

static void fill(struct bench *bench, uint64_t seed)
{
    const struct cnn_model *model = bench->model;
    for (int i = 0; i < model->n_inputs; i++)
        fill_input(bench, i, seed);
    for (int i = 0; i < model->n_outputs; i++)
        for (int64_t row = 0; model->outputs[i].loss && row < bench->samples; row++) /* class 0, or one-hot */
            bench->set.labels[i][row * model->outputs[i].label_count] = model->outputs[i].label_is_class ? 0 : 1;
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* Numbers of the widest array of a sample. */
static int64_t widest(const struct cnn_model *model)
{
    int64_t width = 1;
    for (int i = 0; i < model->n_inputs; i++)
        width = larger(width, model->inputs[i].count);
    for (int i = 0; i < model->n_outputs; i++)
        width = larger(width, larger(model->outputs[i].count, model->outputs[i].label_count));
    return width;
}

static bool allocate_arrays(struct bench *bench, struct cnn_error *error)
{
    const struct cnn_model *model = bench->model;
    bool ok = true;
    bench->set.count = bench->samples;
    for (int i = 0; i < model->n_inputs; i++) {
        const struct cnn_model_input *input = &model->inputs[i];
        bench->set.input_counts[i] = input->count;
        bench->set.input_elements[i] = element_of(input);
        bench->input[i] = bench->sample[i] = cnn_alloc_floats(input->count, error);
        bench->set.inputs[i] =
            cnn_alloc(bench->samples * input->count * cnn_element_bytes(element_of(input)), error);
        ok = ok && bench->sample[i] && bench->set.inputs[i];
    }
    for (int i = 0; i < model->n_outputs; i++) {
        bench->set.label_counts[i] = model->outputs[i].label_count;
        bench->outputs[i] = cnn_alloc_floats(bench->many * model->outputs[i].count, error);
        bench->set.labels[i] = cnn_alloc_floats(bench->samples * model->outputs[i].label_count, error);
        ok = ok && bench->outputs[i] && bench->set.labels[i];
    }
    return ok;
}

static bool allocate(struct bench *bench, int threads, struct cnn_error *error)
{
    const struct cnn_model *model = bench->model;
    int64_t workspace = model->predict_bytes;
    for (int t = 1; t <= threads; t++)
        workspace = larger(workspace, larger(model->many_bytes(t),
                                             bench->stage ? bench->stage->train_bytes(bench->batch_size, t) : 0));
    if (bench->samples > INT64_MAX / 8 / widest(model))
        return cnn_fail(error, "a batch size of %" PRId64 " is too large", bench->batch_size);
    bench->prepared = cnn_alloc_floats(model->prepared_floats, error);
    bench->state = cnn_alloc_floats(bench->stage ? bench->stage->state_floats : 0, error);
    bench->workspace = cnn_alloc(workspace, error);
    bench->sums = cnn_alloc(model->n_sums * (int64_t)sizeof *bench->sums, error);
    if (!bench->prepared || !bench->state || !bench->workspace || !bench->sums || !allocate_arrays(bench, error))
        return false;
    for (int i = 0; i < model->n_sums; i++)
        bench->sums[i] = 0;
    const double *initial = bench->stage ? bench->stage->slot_initial : NULL;
    for (int64_t i = 0; initial && i < bench->stage->state_floats; i++)
        bench->state[i] = (float)initial[i / bench->stage->trained_floats];
    return true;
}

static void release(struct bench *bench)
{
    free(bench->parameters);
    free(bench->prepared);
    free(bench->state);
    for (int i = 0; i < CNN_MAX_ARRAYS; i++) {
        free(bench->outputs[i]);
        free(bench->sample[i]);
    }
    cnn_dataset_free(&bench->set);
    free(bench->workspace);
    free(bench->sums);
}

/* On one thread and on all. */
static void measure_all(struct bench *bench, int threads)
{
    fprintf(bench->out, "%-20s %5s %8s %14s %14s\n", "", "batch", "threads", "microseconds", "samples/s");
    bench->threads = bench->model->threads(); /* large layers of one sample are shared out among them */
    report(bench, "predict one", 1, predict_one);
    for (int t = 1; t <= threads; t += threads > 1 ? threads - 1 : 1) {
        bench->threads = t;
        report(bench, "predict many", bench->many, predict_many);
    }
    for (int t = 1; bench->stage && t <= threads; t += threads > 1 ? threads - 1 : 1) {
        bench->threads = t;
        report(bench, "training step", bench->batch_size, train);
    }
}

/* Those of all programs, on one thread. */
static bool measure_kernels(struct bench *bench, FILE *csv, struct cnn_error *error)
{
    bench->threads = 1;
    struct cnn_kernel_data data = {.step = training_step(bench), .prepared = bench->prepared};
    memcpy(data.inputs, bench->input, sizeof data.inputs);
    memcpy(data.outputs, bench->outputs, sizeof data.outputs);
    enum cnn_program_kind last = bench->stage ? CNN_TRAIN_STEP : CNN_PREDICT_MANY;
    for (enum cnn_program_kind program = CNN_PREDICT_ONE; program <= last; program++) {
        struct cnn_roofline roofline;
        data.step.batch.count = program == CNN_PREDICT_MANY ? bench->many : bench->batch_size;
        if (!cnn_roofline_measure(bench->model, program, &data, bench->budget, &roofline, error))
            return false;
        cnn_roofline_print(&roofline, bench->out);
        if (csv)
            cnn_roofline_csv(&roofline, csv);
        cnn_roofline_free(&roofline);
    }
    return true;
}

#define WITHOUT_KERNELS                                                                                              \
    "this program has no functions that measure its kernels: have cnnc write its C with --emit bench, as `cnnc run " \
    "MODEL.lua -- bench` does"

/* An earlier file stays until all has been measured. */
static bool write_kernels(struct bench *bench, const char *path, struct cnn_error *error)
{
    char *text = NULL;
    size_t length = 0;
    struct cnn_file file;
    FILE *csv = open_memstream(&text, &length);
    if (!csv)
        return cnn_fail(error, "out of memory for the table of kernels");
    cnn_roofline_csv_header(csv);
    bool ok = measure_kernels(bench, csv, error), whole = !ferror(csv);
    whole = fclose(csv) == 0 && whole;
    if (ok && !whole)
        ok = cnn_fail(error, "out of memory for the table of kernels");
    ok = ok && cnn_file_begin(&file, path, error);
    if (ok) {
        cnn_file_write(&file, text, length);
        ok = cnn_file_commit(&file, error);
    }
    free(text);
    return ok;
}

static bool report_kernels(struct bench *bench, const char *path, struct cnn_error *error)
{
    if (!bench->model->kernels) {
        fprintf(bench->out, "\nNo kernels: %s\n", WITHOUT_KERNELS);
        return true;
    }
    return path ? write_kernels(bench, path, error) : measure_kernels(bench, NULL, error);
}

static int64_t count_many(const struct cnn_model *model)
{
    int64_t work = 0, many = MANY_MAX;
    for (int i = 0; i < model->n_layers; i++)
        work += model->layers[i].multiply_adds;
    while (many > MANY_MIN && many * work > MANY_WORK)
        many /= 2;
    return many;
}

static bool run(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const struct cnn_model *model = arguments->model;
    bool trains = model->n_stages > 0 && !arguments->predict;
    struct bench bench = {.model = model,
                          .stage = trains ? &model->stages[model->measured_stage] : NULL,
                          .out = arguments->out,
                          .budget = arguments->budget,
                          .many = count_many(model),
                          .batch_size = arguments->batch_size};
    if (bench.batch_size == 0 && model->n_stages > 0)
        bench.batch_size = model->stages[model->measured_stage].batch_size;
    bench.samples = bench.many > bench.batch_size ? bench.many : bench.batch_size;
    int threads = cnn_arguments_threads(arguments);
    if (arguments->csv && !cnn_file_writable(arguments->csv, error))
        return false;
    bench.parameters = cnn_arguments_parameters(arguments, NULL, error);
    bool ok = bench.parameters && allocate(&bench, threads, error);
    if (ok) {
        fill(&bench, arguments->seed);
        bench.model->prepare(bench.parameters, bench.prepared);
        fprintf(bench.out, "Network %s, made by %s, on random bytes\n\n", bench.model->name,
                bench.model->generator);
        if (!arguments->kernels)
            measure_all(&bench, threads);
        ok = report_kernels(&bench, arguments->csv, error);
    }
    release(&bench);
    return ok;
}

/* The table would be all that is left of the weights. */
static bool check(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    if (!arguments->model->kernels && (arguments->kernels || arguments->csv))
        return cnn_fail(error, "%s: %s", arguments->kernels ? "--kernels" : "--csv", WITHOUT_KERNELS);
    if (!arguments->csv || !arguments->weights || !cnn_file_same(arguments->csv, arguments->weights))
        return true;
    return cnn_fail(error, "--csv writes %s, which is the file of --weights; give it a file of its own",
                    arguments->csv);
}

const struct cnn_command cnn_command_bench = {
    .name = "bench",
    .about = "measure prediction, training and each of their kernels on random data",
    .options = "model weights batch-size threads seconds seed csv kernels predict",
    .check = check,
    .run = run,
};
