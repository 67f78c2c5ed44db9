/* check.c -- runs a generated program on the data of a reference and compares.
 *
 * Workspaces are allocated to the byte, so that an address sanitizer sees a program that takes more. */
#include "kernel.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* float32 rounds by 6e-8. A sum of n products errs by about sqrt(n) of that, measured against its terms, which may
 * be larger than the sum; exp and its kin add a few units; a network has several of these behind each other. */
static const double TOLERANCE = 1e-5;
/* A gradient sums a product for each position of each sample, and the terms cancel more. */
static const double GRADIENT_TOLERANCE = 3e-5;

struct check {
    const struct reference *reference;
    const char *name;
    const struct cnn_model *model; /* check_model() only */
    float *prepared;
    uint64_t digest; /* of the bits of all results */
    int wrong;
};

static void *allocate(int64_t bytes)
{
    void *memory;
    if (posix_memalign(&memory, 64, bytes > 0 ? (size_t)bytes : 1) != 0)
        exit(1);
    memset(memory, 0x7f, (size_t)bytes); /* 3.4e38: whoever reads what it did not write is seen */
    return memory;
}

static void report(struct check *check, const char *what, double got, double expected)
{
    printf("# %s: %s is %.9g instead of %.9g\n", check->name, what, got, expected);
    check->wrong++;
}

/* FNV-1a. */
static void digest(struct check *check, const void *bytes, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        check->digest = (check->digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
}

/* What a comparison allows: `relative` of the largest number expected, or of `scale` if that is larger, and `slack`. */
struct tolerance {
    double scale, relative, slack;
};

/* Reports the worst. */
static void compare(struct check *check, const char *what, const float *got, const double *expected, int64_t count,
                    struct tolerance tolerance)
{
    int64_t worst = 0;
    double max = -1, largest = tolerance.scale;
    digest(check, got, count * (int64_t)sizeof *got);
    for (int64_t i = 0; i < count; i++) {
        double error = fabs((double)got[i] - expected[i]);
        largest = fmax(largest, fabs(expected[i]));
        if (error > max || isnan(error)) {
            max = isnan(error) ? INFINITY : error;
            worst = i;
        }
    }
    if (max <= tolerance.relative * largest + tolerance.slack)
        return;
    char where[200];
    snprintf(where, sizeof where, "%s[%" PRId64 "]", what, worst);
    report(check, where, (double)got[worst], expected[worst]);
}

/* An array for each output. */
struct outputs {
    float *arrays[ARRAYS_MAX];
    int64_t bytes[ARRAYS_MAX];
    int count;
};

static struct outputs open_outputs(const struct reference *r, int64_t samples)
{
    struct outputs outputs = {.count = r->model->n_outputs};
    for (int i = 0; i < outputs.count; i++) {
        outputs.bytes[i] = samples * r->output_counts[i] * (int64_t)sizeof(float);
        outputs.arrays[i] = allocate(outputs.bytes[i]);
    }
    return outputs;
}

static void close_outputs(struct outputs *outputs)
{
    for (int i = 0; i < outputs->count; i++)
        free(outputs->arrays[i]);
}

static bool are_same(const struct outputs *a, const struct outputs *b)
{
    bool same = true;
    for (int i = 0; i < a->count; i++)
        same &= memcmp(a->arrays[i], b->arrays[i], (size_t)a->bytes[i]) == 0;
    return same;
}

static void compare_output(struct check *check, const char *what, int output, const float *got, int64_t first,
                           int64_t count)
{
    const struct reference *r = check->reference;
    int64_t size = r->output_counts[output];
    const double *expected = r->inference.outputs[output] + first * size;
    double scale = 1;
    for (int64_t i = 0; i < count * size; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (int64_t s = 0; s < count; s++)
        compare(check, what, got + s * size, expected + s * size, size,
                (struct tolerance){scale, TOLERANCE, r->slack.outputs[output][first + s]});
}

static void compare_outputs(struct check *check, const char *what, const struct outputs *got, int64_t first,
                            int64_t count)
{
    char name[100];
    for (int i = 0; i < got->count; i++) {
        snprintf(name, sizeof name, "%s's output %d", what, i + 1);
        compare_output(check, name, i, got->arrays[i], first, count);
    }
}

static void need(struct check *check, const char *what, int64_t got, int64_t expected)
{
    if (got != expected)
        report(check, what, (double)got, (double)expected);
}

/* The number t of those to be tried; 0: no more. */
static int thread_count(const struct check *check, int t)
{
    return t < THREAD_COUNTS ? check->reference->plan.threads[t] : 0;
}

static struct cnn_batch batch_of(const struct check *check, int64_t count)
{
    return reference_batch(check->reference, count);
}

static void prepare(struct check *check)
{
    int64_t bytes = check->model->prepared_floats * (int64_t)sizeof(float);
    check->prepared = allocate(bytes);
    check->model->prepare(check->reference->parameters, check->prepared);
}

/* ---- the description ---- */

static void check_description(struct check *check)
{
    const struct cnn_model *model = check->model;
    const struct graph *graph = check->reference->model;
    need(check, "abi", model->abi, CNN_ABI);
    need(check, "n_inputs", model->n_inputs, graph->n_inputs);
    need(check, "n_outputs", model->n_outputs, graph->n_outputs);
    for (int i = 0; i < graph->n_inputs; i++)
        need(check, "an input's count", model->inputs[i].count, check->reference->inputs[i].count);
    for (int i = 0; i < graph->n_outputs; i++) {
        need(check, "an output's count", model->outputs[i].count, check->reference->output_counts[i]);
        need(check, "an output's label_count", model->outputs[i].label_count, check->reference->labels[i].count);
    }
    need(check, "parameter_floats", model->parameter_floats, graph->parameter_floats);
    need(check, "trainable_floats", model->trainable_floats, graph->trainable_floats);
    need(check, "n_parameters", model->n_parameters, graph->n_in_memory);
    for (int i = 0; i < model->n_parameters && i < graph->n_in_memory; i++) {
        const struct parameter *expected = graph->parameters_in_memory[i];
        const struct cnn_parameter *got = &model->parameters[i];
        need(check, got->name, strcmp(got->name, expected->name), 0);
        need(check, "offset", got->offset, expected->offset);
        need(check, "count", got->count, shape_count(&expected->shape));
    }
}

/* ---- prediction ---- */

static void check_predict(struct check *check)
{
    const struct reference *r = check->reference;
    void *workspace = allocate(check->model->predict_bytes);
    struct outputs output = open_outputs(r, 1);
    for (int64_t s = 0; s < 3 && s < r->samples; s++) {
        struct inputs inputs = reference_inputs(r, s);
        check->model->predict(r->parameters, check->prepared, workspace, inputs.arrays, output.arrays);
        compare_outputs(check, "predict", &output, s, 1);
    }
    close_outputs(&output);
    free(workspace);
}

/* Where a layer gives an output of the model, what is watched of it must be that. */
static void check_watch(struct check *check)
{
    const struct reference *r = check->reference;
    const struct cnn_model *model = check->model;
    if (!model->watch)
        return;
    struct inputs inputs = reference_inputs(r, 0);
    float *layers = allocate(model->watched_floats * (int64_t)sizeof *layers);
    void *workspace = allocate(model->watch_bytes);
    model->watch(r->parameters, workspace, inputs.arrays, layers);
    for (int k = 0; k < r->model->n_outputs; k++)
        for (int i = 0; i < model->n_layers; i++)
            if (r->model->layers[i]->outputs[0] == r->model->outputs[k] && model->layers[i].watched >= 0)
                compare_output(check, "watch", k, layers + model->layers[i].watched, 0, 1);
    free(layers);
    free(workspace);
}

static void predict_many(struct check *check, struct cnn_batch batch, int threads, struct outputs *outputs)
{
    void *workspace = allocate(check->model->many_bytes(threads));
    check->model->predict_many(&batch, check->reference->parameters, check->prepared, workspace, threads,
                               outputs->arrays);
    free(workspace);
}

static void check_predict_many(struct check *check, int64_t count)
{
    struct outputs first = open_outputs(check->reference, count);
    predict_many(check, batch_of(check, count), 1, &first);
    compare_outputs(check, "predict_many", &first, 0, count);
    for (int t = 1; thread_count(check, t); t++) {
        struct outputs outputs = open_outputs(check->reference, count);
        predict_many(check, batch_of(check, count), thread_count(check, t), &outputs);
        need(check, "predict_many's bits on several threads", are_same(&first, &outputs), true);
        close_outputs(&outputs);
    }
    close_outputs(&first);
}

/* How many rows have in `indexed` the bits that they have in their place. */
static int64_t count_same_rows(const struct outputs *indexed, const struct outputs *straight, const uint32_t *index,
                               int64_t samples)
{
    int64_t same = 0;
    for (int64_t s = 0; s < samples; s++) {
        bool is_same = true;
        for (int i = 0; i < straight->count; i++) {
            int64_t size = straight->bytes[i] / samples;
            is_same &= memcmp((char *)indexed->arrays[i] + s * size, (char *)straight->arrays[i] + index[s] * size,
                              (size_t)size) == 0;
        }
        same += is_same;
    }
    return same;
}

/* Rows in another order: each must have the bits that it had in its place. */
static void check_index(struct check *check)
{
    const struct reference *r = check->reference;
    struct outputs straight = open_outputs(r, r->samples), indexed = open_outputs(r, r->samples);
    uint32_t *index = allocate(r->samples * (int64_t)sizeof *index), samples = (uint32_t)r->samples;
    for (uint32_t s = 0; s < samples; s++)
        index[s] = (s * 7 + 3) % samples;
    struct cnn_batch batch = batch_of(check, r->samples);
    predict_many(check, batch, 2, &straight);
    batch.index = index;
    predict_many(check, batch, 2, &indexed);
    need(check, "rows of predict_many that an index finds", count_same_rows(&indexed, &straight, index, samples),
         samples);
    free(index);
    close_outputs(&straight);
    close_outputs(&indexed);
}

/* The first of them began with 1. */
static void compare_sums(struct check *check, const char *what, const double *sums, int64_t count,
                         const double *expected, const double *slack)
{
    char name[100];
    digest(check, sums, check->model->n_sums * (int64_t)sizeof *sums);
    for (int i = 0; i < check->model->n_sums; i++) {
        double got = sums[i] - (i == 0), larger = i == 0 ? fmax(1, fabs(expected[i])) : (double)count;
        snprintf(name, sizeof name, i == 0 ? "%s's loss" : "%s's sum %d of metrics", what, i);
        if (!(fabs(got - expected[i]) <= TOLERANCE * fmax(larger, fabs(expected[i])) + slack[i]))
            report(check, name, got, expected[i]);
    }
}

/* The first one 1: what is called adds. */
static double *fresh_sums(const struct check *check)
{
    double *sums = allocate(check->model->n_sums * (int64_t)sizeof *sums);
    for (int i = 0; i < check->model->n_sums; i++)
        sums[i] = i == 0;
    return sums;
}

/* Adds a loss and metrics to their sums. */
static void add_to(double *sums, int64_t n_metrics, double loss, const double *metrics)
{
    sums[0] += loss;
    for (int64_t i = 0; i < n_metrics; i++)
        sums[1 + i] += metrics[i];
}

static void check_evaluate(struct check *check, int64_t count)
{
    const struct reference *r = check->reference;
    struct cnn_batch batch = batch_of(check, count);
    double *expected = data_allocate(1 + r->metric_count, sizeof(double)),
           *slack = data_allocate(1 + r->metric_count, sizeof(double));
    for (int64_t s = 0; s < count; s++) {
        add_to(expected, r->metric_count, r->inference.losses[s], r->inference.metrics + s * r->metric_count);
        add_to(slack, r->metric_count, r->slack.losses[s], r->slack.metrics + s * r->metric_count);
    }
    for (int t = 0; thread_count(check, t); t++) {
        double *sums = fresh_sums(check);
        void *workspace = allocate(check->model->many_bytes(thread_count(check, t)));
        check->model->evaluate(&batch, check->reference->parameters, check->prepared, workspace,
                               thread_count(check, t), sums);
        free(workspace);
        compare_sums(check, "evaluate", sums, count, expected, slack);
        free(sums);
    }
    free(expected);
    free(slack);
}

/* ---- training ---- */

static void train_step(struct check *check, const struct cnn_stage *stage, struct cnn_batch batch, int threads,
                       double learning_rate, float *parameters, double *sums)
{
    const struct cnn_model *model = check->model;
    int64_t state_bytes = stage->state_floats * (int64_t)sizeof(float);
    float *state = allocate(state_bytes);
    memset(state, 0, (size_t)state_bytes);
    void *workspace = allocate(stage->train_bytes(batch.count, threads));
    memcpy(parameters, check->reference->parameters, (size_t)model->parameter_floats * sizeof *parameters);
    struct cnn_step step = {.batch = batch,
                            .parameters = parameters,
                            .state = state,
                            .workspace = workspace,
                            .threads = threads,
                            .seed = check->reference->seed,
                            .learning_rate = learning_rate};
    stage->train_step(&step, sums);
    free(workspace);
    free(state);
}

/* Plain gradient descent with a rate that makes the changes as large as the parameters: what is subtracted is then
 * the gradient, to float's precision. */
static void compare_parameters(struct check *check, int b, const float *got, double rate)
{
    const double *change = check->reference->step[b].change, *slack = check->reference->slack.step[b].changes;
    const struct graph *graph = check->reference->model;
    for (int i = 0; i < graph->n_parameters; i++) {
        const struct parameter *parameter = graph->parameters[i];
        int64_t count = shape_count(&parameter->shape), offset = parameter->offset;
        double *expected = allocate(count * (int64_t)sizeof(double));
        for (int64_t j = 0; j < count; j++) {
            double before = (double)check->reference->parameters[offset + j];
            expected[j] = is_trained(parameter) ? before - rate * change[offset + j] : change[offset + j];
        }
        double factor = is_trained(parameter) ? rate : 1;
        compare(check, parameter->name, got + offset, expected, count,
                (struct tolerance){0.1, GRADIENT_TOLERANCE, factor * slack[i]});
        free(expected);
    }
}

/* Other optimizers are not compared here, only how their bits depend on threads. */
static bool is_plain_descent(const struct stage *stage)
{
    const char *last = stage->settings[stage->n_settings - 1].name; /* has a dot when it is of a schedule */
    bool plain = strcmp(stage->optimizer, "sgd") == 0 && stage->n_slots == 0 && !strchr(last, '.');
    for (int i = 0; i < stage->n_settings; i++)
        for (const char *const *other =
                 (const char *const[]){"decay", "weight_decay", "clipvalue", "clipnorm", "global_clipnorm", NULL};
             *other; other++)
            plain &= strcmp(stage->settings[i].name, *other) != 0;
    return plain;
}

static void check_training(struct check *check, int b)
{
    const struct cnn_model *model = check->model;
    int64_t count = check->reference->plan.batch_sizes[b], bytes = model->parameter_floats * (int64_t)sizeof(float);
    const double *change = check->reference->step[b].change;
    double largest = 1e-6;
    for (int i = 0; i < model->n_parameters; i++) {
        const struct cnn_parameter *parameter = &model->parameters[i];
        for (int64_t j = 0; parameter->trainable && j < parameter->count; j++)
            largest = fmax(largest, fabs(change[parameter->offset + j]));
    }
    double rate = (double)(float)(1 / largest);

    float *first = allocate(bytes), *parameters = allocate(bytes);
    double *sums = fresh_sums(check);
    train_step(check, model->stages, batch_of(check, count), 1, rate, first, sums);
    if (is_plain_descent(check->reference->model->training.stages) && check->reference->model->n_constraints == 0)
        compare_parameters(check, b, first, rate);
    const struct reference *r = check->reference;
    double *expected = data_allocate(1 + r->metric_count, sizeof(double)),
           *slack = data_allocate(1 + r->metric_count, sizeof(double));
    add_to(expected, r->metric_count, r->step[b].loss, r->step[b].metrics);
    add_to(slack, r->metric_count, r->slack.step[b].loss, r->slack.step[b].metrics);
    compare_sums(check, "train_step", sums, count, expected, slack);
    for (int t = 1; thread_count(check, t); t++) {
        double *others = fresh_sums(check);
        train_step(check, model->stages, batch_of(check, count), thread_count(check, t), rate, parameters, others);
        need(check, "train_step's bits on several threads", memcmp(first, parameters, (size_t)bytes) == 0, true);
        need(check, "train_step's sums on several threads",
             memcmp(sums, others, (size_t)model->n_sums * sizeof *sums) == 0, true);
        free(others);
    }
    free(sums);
    free(expected);
    free(slack);
    free(first);
    free(parameters);
}

/* Many blocks: rows again and again, through an index. Only the bits are compared. */
static void check_large_batch(struct check *check)
{
    int64_t rows = check->reference->plan.many_rows;
    uint32_t *index = allocate(rows * (int64_t)sizeof *index);
    for (uint32_t i = 0; i < (uint32_t)rows; i++)
        index[i] = i * 5 % (uint32_t)check->reference->samples;
    struct cnn_batch batch = batch_of(check, rows);
    batch.index = index;
    int64_t bytes = check->model->parameter_floats * (int64_t)sizeof(float);
    float *first = allocate(bytes), *parameters = allocate(bytes);
    for (int t = 0; thread_count(check, t); t++) {
        double *sums = fresh_sums(check);
        train_step(check, check->model->stages, batch, thread_count(check, t), 0.01, t ? parameters : first, sums);
        free(sums);
        if (t)
            need(check, "train_step's bits with many blocks", memcmp(first, parameters, (size_t)bytes) == 0, true);
    }
    free(first);
    free(parameters);
    free(index);
}

/* ---- kernels one by one ---- */

/* Runs kernel `first`, or those of its loop round by round; returns the first one behind. */
static int run_loop(struct check *check, enum cnn_program_kind program, const struct cnn_kernel *kernels, int first,
                    int end, struct cnn_kernel_data *data)
{
    int last = first + 1, loop = kernels[first].loop;
    while (loop && last < end && kernels[last].loop == loop)
        last++;
    for (data->round = 0; data->round < (loop ? kernels[first].rounds : 1); data->round++)
        for (int k = first; k < last; k++)
            check->model->run_kernel(program, k, data);
    return last;
}

/* Calls a program's kernels in order: every block of the batch goes through all that work on blocks and stand
 * together. Returns how many there are. */
static int run_kernels(struct check *check, enum cnn_program_kind program, struct cnn_kernel_data data)
{
    int all, count = 0;
    const struct cnn_kernel *kernels = check->model->kernels(&all);
    for (; all > 0 && kernels->program != program; kernels++)
        all--;
    while (count < all && kernels[count].program == program)
        count++;
    for (int first = 0, end = 0; first < count; first = end) {
        int samples = kernels[first].samples;
        while (end < count && kernels[end].samples == samples)
            end++;
        int64_t blocks =
            program == CNN_PREDICT_ONE || samples == 0 ? 1 : (data.step.batch.count + samples - 1) / samples;
        for (data.block = 0; data.block < blocks; data.block++)
            for (int k = first; k < end;)
                k = run_loop(check, program, kernels, k, end, &data);
    }
    return count;
}

static void check_kernels_of_prediction(struct check *check)
{
    const struct reference *r = check->reference;
    struct outputs expected = open_outputs(r, r->samples), outputs = open_outputs(r, r->samples);
    struct inputs inputs = reference_inputs(r, 0);
    void *workspace = allocate(check->model->many_bytes(1));
    struct cnn_kernel_data data = {.step = {.batch = batch_of(check, r->samples),
                                            .parameters = r->parameters,
                                            .workspace = workspace,
                                            .threads = 1},
                                   .prepared = check->prepared};
    memcpy(data.inputs, inputs.arrays, sizeof data.inputs);
    memcpy(data.outputs, outputs.arrays, sizeof data.outputs);
    predict_many(check, data.step.batch, 1, &expected);
    if (run_kernels(check, CNN_PREDICT_MANY, data) > 0)
        need(check, "the bits of predict_many's kernels", are_same(&outputs, &expected), true);
    free(workspace);
    data.step.workspace = workspace = allocate(check->model->predict_bytes);
    check->model->predict(r->parameters, check->prepared, workspace, data.inputs, expected.arrays);
    run_kernels(check, CNN_PREDICT_ONE, data);
    for (int i = 0; i < outputs.count; i++)
        outputs.bytes[i] /= r->samples;
    need(check, "the bits of predict's kernels", are_same(&outputs, &expected), true);
    free(workspace);
    close_outputs(&outputs);
    close_outputs(&expected);
}

static void check_kernels_of_training(struct check *check)
{
    const struct cnn_model *model = check->model;
    const struct cnn_stage *stage = &model->stages[model->measured_stage];
    int64_t bytes = model->parameter_floats * (int64_t)sizeof(float);
    float *expected = allocate(bytes), *parameters = allocate(bytes), *state = allocate(stage->state_floats * 4);
    double *sums = fresh_sums(check);
    int64_t samples = check->reference->samples;
    train_step(check, stage, batch_of(check, samples), 1, 0.01, expected, sums);
    free(sums);
    void *workspace = allocate(stage->train_bytes(samples, 1));
    memcpy(parameters, check->reference->parameters, (size_t)bytes);
    memset(state, 0, (size_t)stage->state_floats * sizeof *state);
    struct cnn_kernel_data data = {.step = {.batch = batch_of(check, samples),
                                            .parameters = parameters,
                                            .state = state,
                                            .workspace = workspace,
                                            .threads = 1,
                                            .seed = check->reference->seed,
                                            .learning_rate = 0.01}};
    run_kernels(check, CNN_TRAIN_STEP, data);
    need(check, "the bits of train_step's kernels", memcmp(parameters, expected, (size_t)bytes) == 0, true);
    free(workspace);
    free(state);
    free(parameters);
    free(expected);
}

/* The FLOP of a layer as its summary has them. */
static int64_t layer_flop(const struct cnn_model *model, const char *name)
{
    for (int i = 0; i < model->n_layers; i++)
        if (strcmp(model->layers[i].name, name) == 0)
            return 2 * model->layers[i].multiply_adds;
    return -1;
}

/* Of 36 products Winograd's convolution makes 16, and more at borders. */
static bool is_winograd(const struct cnn_kernel *kernel) { return strcmp(kernel->op, "winograd") == 0; }

/* FLOP as those of its layer's plain sums. A layer that is shared may have several kernels, some of them Winograd's: then
 * the first counts for all. */
static int64_t plain_flop(struct check *check, const struct cnn_kernel *kernels, int count, int i)
{
    bool any = is_winograd(&kernels[i]), first = true;
    for (int j = 0; j < count && kernels[j].program == CNN_PREDICT_ONE; j++) {
        if (strcmp(kernels[j].layer, kernels[i].layer) != 0)
            continue;
        any |= is_winograd(&kernels[j]);
        first &= j >= i;
    }
    int64_t all = layer_flop(check->model, kernels[i].layer);
    if (is_winograd(&kernels[i]))
        need(check, "FLOP of a Winograd kernel", kernels[i].flop >= 0 && kernels[i].flop < all, true);
    return !any ? kernels[i].flop * (kernels[i].loop ? kernels[i].times : 1) : first ? all : 0;
}

static void check_kernel_table(struct check *check)
{
    int count;
    int64_t flop = 0, multiply_adds = 0;
    const struct cnn_kernel *kernels = check->model->kernels(&count);
    for (int i = 0; i < count; i++) {
        need(check, kernels[i].name, kernels[i].sample_bytes + kernels[i].shared_bytes > 0, true);
        need(check, kernels[i].name, i == 0 || kernels[i].program >= kernels[i - 1].program, true);
        if (kernels[i].program == CNN_PREDICT_ONE)
            flop += plain_flop(check, kernels, count, i);
    }
    for (int i = 0; i < check->model->n_layers; i++)
        multiply_adds += check->model->layers[i].multiply_adds;
    need(check, "FLOP of predict's kernels", flop, 2 * multiply_adds);
    need(check, "FLOP of the peak", check->model->peak(10) > 0, true);
}

int check_model(const struct reference *reference, void *library, const char *name, uint64_t *bits)
{
    char symbol[200];
    snprintf(symbol, sizeof symbol, "%s_model", name);
    struct check check = {.reference = reference, .name = name, .model = dlsym(library, symbol)};
    need(&check, symbol, check.model != NULL, true);
    if (check.model)
        check_description(&check);
    if (check.wrong)
        return check.wrong;
    prepare(&check);
    check_predict(&check);
    check_watch(&check);
    check_index(&check);
    for (int b = 0; b < BATCHES; b++) {
        check_predict_many(&check, reference->plan.batch_sizes[b]);
        /* the loss of a sample may depend on the batch, which was all of them */
        check_evaluate(&check,
                       reference->model->n_batch_numbers ? reference->samples : reference->plan.batch_sizes[b]);
        check_training(&check, b);
    }
    if (reference->plan.many_rows)
        check_large_batch(&check);
    check_kernel_table(&check);
    check_kernels_of_prediction(&check);
    check_kernels_of_training(&check);
    free(check.prepared);
    *bits = check.digest;
    return check.wrong;
}

/* ---- inference without the runtime ---- */

union symbol {
    void *address;
    void (*set_parameters)(const float *parameters);
};

static void set_parameters(const struct check *check, void *library)
{
    char name[200];
    snprintf(name, sizeof name, "%s_set_parameters", check->name);
    union symbol symbol = {.address = dlsym(library, name)};
    if (symbol.address) /* else they are embedded */
        symbol.set_parameters(check->reference->parameters);
}

int check_functions(const struct reference *r, void *library, const char *name, uint64_t *bits)
{
    struct check check = {.reference = r, .name = name};
    call_one *one = caller_one(library, name);
    call_many *many = caller_many(library, name);
    need(&check, "what calls predict and predict_many", one && many, true);
    if (check.wrong)
        return check.wrong;
    set_parameters(&check, library);
    for (int64_t s = 0; s < LARGE_SAMPLES && s < r->samples; s++) {
        struct inputs inputs = reference_inputs(r, s);
        struct outputs output = open_outputs(r, 1);
        one(inputs.arrays, output.arrays);
        compare_outputs(&check, "predict", &output, s, 1);
        close_outputs(&output);
    }
    for (int b = 0; b < BATCHES; b++) {
        int64_t count = r->plan.batch_sizes[b];
        struct inputs inputs = reference_inputs(r, 0);
        struct outputs outputs = open_outputs(r, count);
        many(inputs.arrays, outputs.arrays, count);
        compare_outputs(&check, "predict_many", &outputs, 0, count);
        close_outputs(&outputs);
    }
    *bits = check.digest;
    return check.wrong;
}
