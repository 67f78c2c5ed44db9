/* fit.c -- the training loop, as Keras' fit: shuffle, step through the batches, validate, tell callbacks. */
#include "internal.h"

#include <inttypes.h>
#include <stdlib.h>

struct cnn_fit_options cnn_fit_defaults(const struct cnn_model *model)
{
    return (struct cnn_fit_options){.epochs = model->epochs,
                                    .batch_size = model->batch_size,
                                    .learning_rate = model->learning_rate,
                                    .validation_split = model->validation_split,
                                    .shuffle = model->shuffle,
                                    .seed = model->seed};
}

/* Everything a training holds on to. */
struct fit {
    const struct cnn_fit_options *options;
    struct cnn_dataset train, validation; /* views */
    struct cnn_training training;
    int64_t batch_size; /* at most train.count */
    int threads;
    struct cnn_pace pace;
    uint32_t *index;
    void *workspace;
    struct cnn_sums sums; /* of the epoch so far */
    struct cnn_error *error;
};

static int threads_or_default(const struct cnn_model *model, int threads)
{
    int available = threads > 0 ? threads : model->threads();
    return available > 0 ? available : 1;
}

static struct cnn_sums means_of(const struct cnn_model *model, const struct cnn_sums *sums, int64_t count)
{
    struct cnn_sums means = {.loss = sums->loss / (double)count};
    for (int m = 0; m < model->n_metrics; m++)
        means.metric[m] = sums->metric[m] / (double)count;
    return means;
}

static bool check_set(const struct cnn_model *model, const struct cnn_dataset *set, struct cnn_error *error)
{
    if (set->count < 1 || !set->labels)
        return cnn_fail(error, "the data set has no %s", set->labels ? "samples" : "labels");
    if (set->input_count != model->input_count || set->label_count != model->label_count)
        return cnn_fail(error,
                        "the data set has %" PRId64 " inputs and %" PRId64
                        " labels a sample, but model %s has %" PRId64 " and %" PRId64,
                        set->input_count, set->label_count, model->name, model->input_count, model->label_count);
    return true;
}

static bool check_options(const struct cnn_model *model, const struct cnn_fit_options *options,
                          struct cnn_error *error)
{
    if (!model->train_step)
        return cnn_fail(error, "model %s cannot be trained: its script compiles no loss", model->name);
    if (options->epochs < 0 || options->epochs > UINT32_MAX)
        return cnn_fail(error, "%" PRId64 " epochs are impossible", options->epochs);
    if (options->batch_size < 1)
        return cnn_fail(error, "a batch size of %" PRId64 " is impossible", options->batch_size);
    if (!(options->validation_split >= 0 && options->validation_split < 1))
        return cnn_fail(error, "a validation split of %g is impossible: it must be at least 0 and below 1",
                        options->validation_split);
    return true;
}

/* Keras: the rows before floor(count * (1 - split)) train, the last ones validate. */
static bool choose_sets(struct fit *fit, const struct cnn_dataset *train, const struct cnn_dataset *validation)
{
    const struct cnn_model *model = fit->training.model;
    double split = fit->options->validation_split;
    fit->train = *train;
    if (!check_set(model, train, fit->error) || (validation && !check_set(model, validation, fit->error)))
        return false;
    if (train->count > UINT32_MAX)
        return cnn_fail(fit->error, "the data set has more rows than can be shuffled");
    if (validation)
        fit->validation = *validation;
    else if (split > 0) {
        int64_t kept = (int64_t)((double)train->count * (1.0 - split));
        if (kept < 1 || kept == train->count)
            return cnn_fail(fit->error, "a validation split of %g leaves nothing to %s of %" PRId64 " rows", split,
                            kept < 1 ? "train on" : "validate on", train->count);
        fit->train = cnn_dataset_slice(train, 0, kept);
        fit->validation = cnn_dataset_slice(train, kept, train->count - kept);
    }
    fit->training.validates = fit->validation.count > 0;
    return true;
}

static bool allocate(struct fit *fit)
{
    const struct cnn_model *model = fit->training.model;
    int64_t whole = model->train_bytes(fit->batch_size, fit->threads);
    int64_t rest = model->train_bytes((fit->train.count - 1) % fit->batch_size + 1, fit->threads);
    fit->workspace = cnn_alloc(whole > rest ? whole : rest, fit->error);
    fit->index = cnn_alloc(fit->train.count * (int64_t)sizeof *fit->index, fit->error);
    fit->training.state = cnn_alloc_floats(model->state_floats, fit->error);
    if (!fit->workspace || !fit->index || !fit->training.state)
        return false;
    for (int64_t i = 0; i < model->state_floats; i++)
        fit->training.state[i] = (float)model->slot_initial[i / model->parameter_floats];
    for (int64_t i = 0; i < fit->train.count; i++)
        fit->index[i] = (uint32_t)i;
    return true;
}

/* All callbacks hear of every event; the most serious verdict counts. */
static enum cnn_verdict tell(struct fit *fit, enum cnn_event event)
{
    enum cnn_verdict worst = CNN_CONTINUE;
    for (int i = 0; i < fit->options->n_callbacks && worst != CNN_FAIL; i++) {
        const struct cnn_callback *callback = &fit->options->callbacks[i];
        enum cnn_verdict verdict = callback->call(callback->user, event, &fit->training, fit->error);
        worst = verdict > worst ? verdict : worst;
    }
    return worst;
}

static void train_batch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    int64_t first = training->batch * fit->batch_size, rest = fit->train.count - first;
    struct cnn_step step = {.batch = cnn_dataset_batch(&fit->train),
                            .parameters = training->parameters,
                            .state = training->state,
                            .workspace = fit->workspace,
                            .threads = cnn_pace_threads(&fit->pace),
                            .seed = cnn_key(fit->options->seed, CNN_PURPOSE_DROPOUT),
                            .step = training->step,
                            .learning_rate = training->learning_rate};
    step.batch.index = fit->index + first;
    step.batch.count = rest < fit->batch_size ? rest : fit->batch_size;
    double start = cnn_seconds();
    training->model->train_step(&step, &fit->sums);
    cnn_pace_step(&fit->pace, (cnn_seconds() - start) / (double)step.batch.count);
    training->means = means_of(training->model, &fit->sums, first + step.batch.count);
    training->step++;
    training->batch++;
}

static enum cnn_verdict train_epoch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    fit->sums = training->means = training->validation = (struct cnn_sums){0};
    training->batch = 0;
    training->seconds = 0;
    enum cnn_verdict verdict = tell(fit, CNN_EPOCH_BEGIN);
    double start = cnn_seconds();
    if (fit->options->shuffle)
        cnn_shuffle(fit->options->seed, (uint32_t)training->epoch, fit->index, (uint32_t)fit->train.count);
    while (verdict == CNN_CONTINUE && training->batch < training->batches) {
        train_batch(fit);
        training->seconds = cnn_seconds() - start;
        verdict = tell(fit, CNN_STEP_END);
    }
    if (verdict == CNN_FAIL)
        return verdict;
    if (training->validates && !cnn_evaluate(training->model, &fit->validation, training->parameters, fit->threads,
                                             &training->validation, fit->error))
        return CNN_FAIL;
    enum cnn_verdict last = tell(fit, CNN_EPOCH_END);
    return last > verdict ? last : verdict;
}

static bool run(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    enum cnn_verdict verdict = CNN_CONTINUE;
    training->batches = (fit->train.count - 1) / fit->batch_size + 1;
    for (; verdict == CNN_CONTINUE && training->epoch < training->epochs; training->epoch++)
        verdict = train_epoch(fit);
    return verdict != CNN_FAIL;
}

bool cnn_fit(const struct cnn_model *model, const struct cnn_dataset *train, const struct cnn_dataset *validation,
             const struct cnn_fit_options *options, float *parameters, struct cnn_error *error)
{
    struct fit fit = {.options = options, .error = error};
    fit.training = (struct cnn_training){.model = model,
                                         .parameters = parameters,
                                         .learning_rate = options->learning_rate,
                                         .epochs = options->epochs};
    if (!check_options(model, options, error) || !choose_sets(&fit, train, validation))
        return false;
    fit.threads = threads_or_default(model, options->threads);
    cnn_pace_start(&fit.pace, fit.threads);
    fit.batch_size = options->batch_size < fit.train.count ? options->batch_size : fit.train.count;
    bool ok = allocate(&fit) && run(&fit);
    free(fit.workspace);
    free(fit.index);
    free(fit.training.state);
    return ok;
}

/* ---- inference ------------------------------------------------------------------------------------ */

/* Parameters as the model predicts with them, and room to do it. */
struct prepared {
    int threads;
    float *parameters;
    void *workspace;
};

static bool prepare(const struct cnn_model *model, const float *parameters, int threads, struct prepared *prepared,
                    struct cnn_error *error)
{
    prepared->threads = threads_or_default(model, threads);
    prepared->parameters = cnn_alloc_floats(model->prepared_floats, error);
    prepared->workspace = cnn_alloc(model->many_bytes(prepared->threads), error);
    if (!prepared->parameters || !prepared->workspace)
        return false;
    model->prepare(parameters, prepared->parameters);
    return true;
}

static void unprepare(struct prepared *prepared)
{
    free(prepared->parameters);
    free(prepared->workspace);
}

bool cnn_evaluate(const struct cnn_model *model, const struct cnn_dataset *set, const float *parameters,
                  int threads, struct cnn_sums *means, struct cnn_error *error)
{
    if (!model->evaluate)
        return cnn_fail(error, "model %s cannot be evaluated: its script compiles no loss", model->name);
    if (!check_set(model, set, error))
        return false;
    struct prepared prepared;
    bool ok = prepare(model, parameters, threads, &prepared, error);
    if (ok) {
        struct cnn_batch batch = cnn_dataset_batch(set);
        struct cnn_sums sums = {0};
        model->evaluate(&batch, prepared.parameters, prepared.workspace, prepared.threads, &sums);
        *means = means_of(model, &sums, set->count);
    }
    unprepare(&prepared);
    return ok;
}

bool cnn_predict(const struct cnn_model *model, const struct cnn_batch *batch, const float *parameters, int threads,
                 float *outputs, struct cnn_error *error)
{
    struct prepared prepared;
    bool ok = prepare(model, parameters, threads, &prepared, error);
    if (ok)
        model->predict_many(batch, prepared.parameters, prepared.workspace, prepared.threads, outputs);
    unprepare(&prepared);
    return ok;
}
