/* fit.c -- the training loop, as Keras' fit: shuffle, step through the batches, validate, tell callbacks, and keep
 * checkpoints.
 *
 * Between two events a training is struct cnn_checkpoint and nothing else: the order of an epoch's rows is a
 * function of seed and epoch, dropout one of seed and step, and neither threads nor time reach the numbers. So it
 * can stop after any step, and go on with the same bits. */
#include "train/train.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
    double *history;      /* training.history */
    int64_t history_room; /* rows */
    bool stopped;         /* a callback said CNN_STOP */
    uint64_t data;        /* checksums of the sets */
    void *callbacks;      /* their states, one after the other, for checkpoints */
    int64_t callback_bytes;
    bool saved;          /* there is a checkpoint, */
    uint64_t saved_step; /* made after this many steps */
    struct cnn_error *error;
};

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
    if (options->checkpoint_every < 0)
        return cnn_fail(error, "a checkpoint every %" PRId64 " steps is impossible", options->checkpoint_every);
    return true;
}

/* Keras: the rows before floor(count * (1 - split)) train, the last ones validate. */
static bool choose_sets(struct fit *fit, const struct cnn_dataset *train, const struct cnn_dataset *validation)
{
    const struct cnn_model *model = fit->training.model;
    double split = fit->options->validation_split;
    fit->train = *train;
    if (!cnn_dataset_check(model, train, fit->error) ||
        (validation && !cnn_dataset_check(model, validation, fit->error)))
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
    fit->training.history_columns = 1 + (1 + model->n_metrics) * (fit->training.validates ? 2 : 1);
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
    for (int i = 0; i < fit->options->n_callbacks; i++)
        fit->callback_bytes += fit->options->callbacks[i].state_bytes;
    fit->callbacks = cnn_alloc(fit->callback_bytes, fit->error);
    if (!fit->workspace || !fit->index || !fit->training.state || !fit->callbacks)
        return false;
    for (int64_t i = 0; i < model->state_floats; i++)
        fit->training.state[i] = (float)model->slot_initial[i / model->trainable_floats];
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
        fit->stopped |= verdict == CNN_STOP;
    }
    return worst;
}

/* ---- checkpoints ----------------------------------------------------------------------------------- */

/* Copies the callbacks' states, one after the other, to or from the place where checkpoints find them. */
static void move_states(const struct fit *fit, bool to_checkpoint)
{
    char *at = fit->callbacks;
    for (int i = 0; i < fit->options->n_callbacks; i++) {
        const struct cnn_callback *callback = &fit->options->callbacks[i];
        if (callback->state_bytes == 0)
            continue;
        memcpy(to_checkpoint ? at : callback->state, to_checkpoint ? callback->state : at,
               (size_t)callback->state_bytes);
        at += callback->state_bytes;
    }
}

static struct cnn_checkpoint as_checkpoint(const struct fit *fit)
{
    const struct cnn_training *training = &fit->training;
    return (struct cnn_checkpoint){.batch_size = fit->batch_size,
                                   .shuffle = fit->options->shuffle,
                                   .rows = fit->train.count,
                                   .validation_rows = fit->validation.count,
                                   .callback_bytes = fit->callback_bytes,
                                   .history_columns = training->history_columns,
                                   .seed = fit->options->seed,
                                   .data = fit->data,
                                   .first_learning_rate = fit->options->learning_rate,
                                   .step = training->step,
                                   .epoch = training->epoch,
                                   .batch = training->batch,
                                   .stopped = fit->stopped,
                                   .learning_rate = training->learning_rate,
                                   .seconds = training->seconds,
                                   .sums = fit->sums,
                                   .history = fit->history,
                                   .parameters = training->parameters,
                                   .state = training->state,
                                   .callbacks = fit->callbacks,
                                   .preprocessing = fit->options->preprocessing};
}

/* Adds where the last good state is to a message that ends a training. */
static bool fail_bad(const struct fit *fit, const char *what)
{
    char kept[CNN_PATH_SIZE / 8 + 64] = "";
    if (fit->saved)
        snprintf(kept, sizeof kept, "; %.*s has the training as it was after step %" PRIu64, CNN_PATH_SIZE / 8,
                 fit->options->checkpoint, fit->saved_step);
    return cnn_fail(fit->error,
                    "%s after step %" PRIu64
                    ": try a smaller learning rate, and look for such values in the data%s",
                    what, fit->training.step, kept);
}

/* A loss is computed before the step's update, so that the parameters may be spoilt when no loss has told so yet.
 */
static bool parameters_are_finite(const struct fit *fit)
{
    const struct cnn_model *model = fit->training.model;
    for (int p = 0; p < model->n_parameters; p++) {
        const float *values = fit->training.parameters + model->parameters[p].offset;
        for (int64_t i = 0; i < model->parameters[p].count; i++)
            if (!isfinite(values[i]))
                return fail_bad(fit, "the parameters are no finite numbers any more");
    }
    return true;
}

static bool save(struct fit *fit)
{
    struct cnn_checkpoint checkpoint = as_checkpoint(fit);
    if (!parameters_are_finite(fit))
        return false;
    if (!fit->options->checkpoint)
        return true;
    move_states(fit, true);
    if (!cnn_checkpoint_save(fit->training.model, fit->options->checkpoint, &checkpoint, fit->error))
        return false;
    fit->saved = true;
    fit->saved_step = fit->training.step;
    return true;
}

/* The sums of an epoch's first batches are means over so many samples. */
static int64_t samples_done(const struct fit *fit)
{
    int64_t done = fit->training.batch * fit->batch_size;
    return done < fit->train.count ? done : fit->train.count;
}

static bool load(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    struct cnn_checkpoint checkpoint = as_checkpoint(fit);
    if (!cnn_checkpoint_load(training->model, fit->options->checkpoint, &checkpoint, fit->error))
        return false;
    move_states(fit, false);
    training->step = checkpoint.step;
    training->epoch = training->history_rows = fit->history_room = checkpoint.epoch;
    training->batch = checkpoint.batch;
    training->learning_rate = checkpoint.learning_rate;
    training->seconds = checkpoint.seconds;
    training->history = fit->history = checkpoint.history;
    fit->stopped = checkpoint.stopped;
    fit->sums = checkpoint.sums;
    if (training->batch > 0)
        training->means = cnn_means_of(training->model, &fit->sums, samples_done(fit));
    fit->saved = true;
    fit->saved_step = training->step;
    return true;
}

/* Goes on from the checkpoint where that is wanted and there is one; *resumed tells. */
static bool resume(struct fit *fit, bool *resumed)
{
    const char *path = fit->options->checkpoint;
    struct stat status;
    *resumed = false;
    if (!path)
        return true;
    bool exists = stat(path, &status) == 0;
    if (!exists && errno != ENOENT)
        return cnn_fail(fit->error, "%s: %s", path, strerror(errno));
    if (exists && !fit->options->resume)
        return cnn_fail(fit->error,
                        "%s: is there already; resume its training (--resume), or remove it to begin anew", path);
    fit->data = (uint64_t)cnn_dataset_crc(&fit->train) << 32;
    if (fit->training.validates)
        fit->data |= cnn_dataset_crc(&fit->validation);
    *resumed = exists;
    return cnn_file_writable(path, fit->error) && (!exists || load(fit));
}

/* ---- the loop ---------------------------------------------------------------------------------------- */

/* False when the loss is no finite number any more. */
static bool train_batch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    int64_t first = samples_done(fit), rest = fit->train.count - first;
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
    training->means = cnn_means_of(training->model, &fit->sums, first + step.batch.count);
    training->step++;
    training->batch++;
    return isfinite(fit->sums.loss) ||
           fail_bad(fit, isnan(fit->sums.loss) ? "the loss is no number (NaN)" : "the loss is infinite");
}

/* Adds the epoch's row to the history. */
static bool record(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    int64_t columns = training->history_columns;
    if (training->history_rows == fit->history_room) {
        int64_t room = 2 * fit->history_room + 16;
        double *grown = realloc(fit->history, (size_t)(room * columns) * sizeof *grown);
        if (!grown)
            return cnn_fail(fit->error, "out of memory for the history of %" PRId64 " epochs", room);
        training->history = fit->history = grown;
        fit->history_room = room;
    }
    double *row = fit->history + training->history_rows++ * columns;
    *row++ = training->seconds;
    for (int set = 0; set < (training->validates ? 2 : 1); set++) {
        const struct cnn_sums *means = set == 0 ? &training->means : &training->validation;
        *row++ = means->loss;
        for (int m = 0; m < training->model->n_metrics; m++)
            *row++ = means->metric[m];
    }
    return true;
}

static enum cnn_verdict begin_epoch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    fit->sums = training->means = training->validation = (struct cnn_sums){0};
    training->seconds = 0;
    return tell(fit, CNN_EPOCH_BEGIN);
}

static enum cnn_verdict end_epoch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    if (training->validates && !cnn_evaluate(training->model, &fit->validation, training->parameters, fit->threads,
                                             &training->validation, fit->error))
        return CNN_FAIL;
    if (!record(fit))
        return CNN_FAIL;
    enum cnn_verdict verdict = tell(fit, CNN_EPOCH_END);
    training->epoch++;
    training->batch = 0;
    return verdict;
}

/* From its beginning, or from where a checkpoint left it. */
static enum cnn_verdict train_epoch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    enum cnn_verdict verdict = training->batch == 0 ? begin_epoch(fit) : fit->stopped ? CNN_STOP : CNN_CONTINUE;
    double start = cnn_seconds() - training->seconds;
    if (fit->options->shuffle)
        cnn_shuffle(fit->options->seed, (uint32_t)training->epoch, fit->index, (uint32_t)fit->train.count);
    while (verdict == CNN_CONTINUE && training->batch < training->batches) {
        if (!train_batch(fit))
            return CNN_FAIL;
        training->seconds = cnn_seconds() - start;
        verdict = tell(fit, CNN_STEP_END);
        int64_t every = fit->options->checkpoint_every;
        if (verdict == CNN_CONTINUE && every > 0 && training->step % (uint64_t)every == 0 && !save(fit))
            return CNN_FAIL;
    }
    if (verdict >= CNN_INTERRUPT)
        return verdict;
    enum cnn_verdict last = end_epoch(fit);
    return last > verdict ? last : verdict;
}

/* A training that was told to stop in the middle of an epoch still has that to end. */
static bool is_over(const struct fit *fit)
{
    return fit->training.epoch >= fit->training.epochs || (fit->stopped && fit->training.batch == 0);
}

static bool run(struct fit *fit)
{
    enum cnn_verdict verdict = CNN_CONTINUE;
    while (verdict == CNN_CONTINUE && !is_over(fit)) {
        verdict = train_epoch(fit);
        bool last = verdict != CNN_CONTINUE || is_over(fit);
        if (verdict != CNN_FAIL && (last || fit->options->checkpoint_every == 0) && !save(fit))
            return false;
    }
    return verdict != CNN_FAIL;
}

static bool resume_and_run(struct fit *fit)
{
    bool resumed;
    if (!resume(fit, &resumed))
        return false;
    enum cnn_verdict verdict = resumed ? tell(fit, CNN_RESUME) : CNN_CONTINUE;
    return verdict == CNN_CONTINUE ? run(fit) : verdict != CNN_FAIL;
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
    fit.threads = cnn_threads_or_default(model, options->threads);
    cnn_pace_start(&fit.pace, fit.threads);
    fit.batch_size = options->batch_size < fit.train.count ? options->batch_size : fit.train.count;
    fit.training.batches = (fit.train.count - 1) / fit.batch_size + 1;
    bool ok = allocate(&fit) && resume_and_run(&fit);
    free(fit.workspace);
    free(fit.index);
    free(fit.training.state);
    free(fit.history);
    free(fit.callbacks);
    return ok;
}
