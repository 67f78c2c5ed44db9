/* fit.c -- the training loop, as Keras' fit: shuffle, step through the batches, validate, tell callbacks, and keep
 * checkpoints.
 *
 * Between two events a training is struct cnn_checkpoint and nothing else: the order of an epoch's rows is a
 * function of seed and epoch, dropout one of seed and step, and neither threads nor time reach the numbers. So it
 * can stop after any step, and go on with the same bits. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cnn_fit_options cnn_fit_defaults(const struct cnn_model *model)
{
    struct cnn_fit_options options = {.epochs = CNN_OF_STAGE,
                                      .batch_size = CNN_OF_STAGE,
                                      .initial_epoch = CNN_OF_STAGE,
                                      .early_stopping = cnn_callback_options_none(),
                                      .plateau = cnn_callback_options_none(),
                                      .model_checkpoint = cnn_callback_options_none(),
                                      .n_class_weights = CNN_OF_STAGE,
                                      .steps_per_epoch = CNN_OF_STAGE,
                                      .validation_steps = CNN_OF_STAGE,
                                      .validation_freq = CNN_OF_STAGE,
                                      .learning_rate = CNN_OF_STAGE,
                                      .validation_split = CNN_OF_STAGE,
                                      .shuffle = CNN_OF_STAGE,
                                      .seed = model->seed};
    if (model->n_stages == 1) {
        options.epochs = model->stages->initial_epoch + model->stages->epochs;
        options.initial_epoch = model->stages->initial_epoch;
        options.batch_size = model->stages->batch_size;
        options.learning_rate = model->stages->learning_rate;
        options.validation_split = model->stages->validation_split;
        options.shuffle = model->stages->shuffle;
    }
    return options;
}

/* What holds in a stage: what the options say for all of them, or what it says itself. */
struct plan {
    int64_t initial_epoch, epochs; /* epochs: those that are trained */
    int64_t batch_size, steps_per_epoch, validation_steps, validation_freq;
    double learning_rate, validation_split;
    bool shuffle;
};

static int64_t chosen(int64_t option, int64_t of_stage) { return option == CNN_OF_STAGE ? of_stage : option; }

static struct plan plan_of(const struct cnn_fit_options *options, const struct cnn_stage *stage)
{
    int64_t initial_epoch = chosen(options->initial_epoch, stage->initial_epoch);
    return (struct plan){.initial_epoch = initial_epoch,
                         .epochs = chosen(options->epochs, stage->initial_epoch + stage->epochs) - initial_epoch,
                         .batch_size = chosen(options->batch_size, stage->batch_size),
                         .steps_per_epoch = chosen(options->steps_per_epoch, stage->steps_per_epoch),
                         .validation_steps = chosen(options->validation_steps, stage->validation_steps),
                         .validation_freq = chosen(options->validation_freq, stage->validation_freq),
                         .learning_rate =
                             options->learning_rate == CNN_OF_STAGE ? stage->learning_rate : options->learning_rate,
                         .validation_split = options->validation_split == CNN_OF_STAGE ? stage->validation_split
                                                                                       : options->validation_split,
                         .shuffle = options->shuffle == CNN_OF_STAGE ? stage->shuffle : options->shuffle != 0};
}

/* Everything a training holds on to. */
struct fit {
    const struct cnn_store *store; /* NULL: there are no files */
    const struct cnn_fit_options *options;
    const struct cnn_dataset *all, *given; /* what the caller gave to train and to validate on; given: or NULL */
    struct cnn_training training;
    int64_t *stage_rows; /* training.stage_rows, and behind them training.stage_begins */
    int threads;
    /* of the stage that training.stage is */
    struct plan plan;
    struct cnn_dataset train, validation; /* views */
    int64_t batch_size;                   /* at most train.count */
    uint64_t first_step;                  /* training.step when its optimizer was made */
    uint64_t dropout_key;
    struct cnn_pace pace;
    uint32_t *index;
    float *weights; /* of the training rows, where classes have some */
    void *workspace;
    double *sums;         /* of the epoch so far; behind them training.columns and training.validation */
    double *history;      /* training.history */
    int64_t history_room; /* rows */
    bool stopped;         /* a callback said CNN_STOP */
    double split_told;    /* the last split of whose classes was told; 0: none */
    uint64_t data;        /* checksums of the sets */
    int64_t batches_of_set;
    struct cnn_callbacks told; /* the options' and the script's */
    void *callbacks;           /* their states, one after the other, for checkpoints */
    int64_t callback_bytes;
    bool saved;          /* there is a checkpoint, */
    uint64_t saved_step; /* made after this many steps */
    struct cnn_error *error;
};

static bool check_options(const struct cnn_model *model, const struct cnn_fit_options *options,
                          struct cnn_error *error)
{
    if (model->n_stages == 0)
        return cnn_fail(error, "model %s cannot be trained: its script compiles no loss", model->name);
    if (options->checkpoint_every < 0)
        return cnn_fail(error, "a checkpoint every %" PRId64 " steps is impossible", options->checkpoint_every);
    if (!cnn_class_weights_check(model, options, error))
        return false;
    for (int i = 0; i < model->n_stages; i++) {
        struct plan plan = plan_of(options, &model->stages[i]);
        if (plan.initial_epoch > 0 && plan.epochs < 1)
            return cnn_fail(error, "%" PRId64 " epochs count as done before, of %" PRId64 ": none is left to train",
                            plan.initial_epoch, plan.initial_epoch + plan.epochs);
        if (plan.initial_epoch < 0 || plan.epochs < 0 || plan.epochs > UINT32_MAX)
            return cnn_fail(error, "%" PRId64 " epochs are impossible", plan.epochs);
        if (plan.batch_size < 1)
            return cnn_fail(error, "a batch size of %" PRId64 " is impossible", plan.batch_size);
        if (!(plan.validation_split >= 0 && plan.validation_split < 1))
            return cnn_fail(error, "a validation split of %g is impossible: it must be at least 0 and below 1",
                            plan.validation_split);
    }
    return true;
}

static bool check_sets(const struct fit *fit)
{
    const struct cnn_model *model = fit->training.model;
    if (!cnn_dataset_check(model, fit->all, fit->error) ||
        (fit->given && !cnn_dataset_check(model, fit->given, fit->error)))
        return false;
    if (fit->all->count > UINT32_MAX)
        return cnn_fail(fit->error, "the data set has more rows than can be shuffled");
    return true;
}

/* Once of stages that split alike. */
static bool tell_split(struct fit *fit, double split)
{
    const struct cnn_fit_options *options = fit->options;
    bool is_told = split == fit->split_told;
    fit->split_told = split;
    return is_told || cnn_split_tell(fit->training.model, &fit->train, &fit->validation, options->preprocessing,
                                     options->out, fit->error);
}

static bool choose_sets(struct fit *fit)
{
    double split = fit->plan.validation_split;
    fit->train = *fit->all;
    fit->validation = fit->given ? *fit->given : (struct cnn_dataset){0};
    if (!fit->given && split > 0) {
        int64_t kept = cnn_split_trained(fit->all->count, split);
        if (kept < 1 || kept == fit->all->count)
            return cnn_fail(fit->error, "a validation split of %g leaves nothing to %s of %" PRId64 " rows", split,
                            kept < 1 ? "train on" : "validate on", fit->all->count);
        fit->train = cnn_dataset_slice(fit->all, 0, kept);
        fit->validation = cnn_dataset_slice(fit->all, kept, fit->all->count - kept);
        return tell_split(fit, split);
    }
    return true;
}

/* ---- stages ------------------------------------------------------------------------------------------ */

static const struct cnn_stage *stage_of(const struct fit *fit)
{
    return &fit->training.model->stages[fit->training.stage];
}

/* What checkpoints know the data by. */
static uint64_t checksums(const struct fit *fit)
{
    uint64_t data = (uint64_t)fit->store->checksum(&fit->train) << 32;
    return fit->validation.count > 0 ? data | fit->store->checksum(&fit->validation) : data;
}

/* Each optimizer draws other masks, as its steps are counted from 0. */
static uint64_t dropout_key(const struct fit *fit)
{
    int optimizer = 0;
    for (int i = 1; i <= fit->training.stage; i++)
        optimizer += fit->training.model->stages[i].fresh;
    return cnn_key(fit->options->seed, (enum cnn_purpose)(CNN_PURPOSE_DROPOUT + optimizer));
}

/* Sets all that is a function of the stage. */
static bool enter_stage(struct fit *fit, int stage)
{
    struct cnn_training *training = &fit->training;
    training->stage = stage;
    fit->plan = plan_of(fit->options, stage_of(fit));
    if (!choose_sets(fit))
        return false;
    fit->batch_size = fit->plan.batch_size < fit->train.count ? fit->plan.batch_size : fit->train.count;
    if (fit->options->checkpoint)
        fit->data = checksums(fit);
    cnn_class_weights_apply(training->model, fit->options, stage, &fit->train, fit->weights);
    fit->dropout_key = dropout_key(fit);
    training->epochs = fit->plan.epochs;
    training->initial_epoch = fit->plan.initial_epoch;
    fit->batches_of_set = (fit->train.count - 1) / fit->batch_size + 1;
    training->batches = fit->plan.steps_per_epoch > 0 ? fit->plan.steps_per_epoch : fit->batches_of_set;
    training->validates = fit->validation.count > 0;
    for (int64_t i = 0; i < fit->train.count; i++)
        fit->index[i] = (uint32_t)i;
    cnn_pace_start(&fit->pace, fit->threads);
    return true;
}

static void new_optimizer(struct fit *fit)
{
    const struct cnn_stage *stage = stage_of(fit);
    fit->first_step = fit->training.step;
    for (int64_t i = 0; i < stage->state_floats; i++)
        fit->training.state[i] = stage->slot_initial ? (float)stage->slot_initial[i / stage->trained_floats] : 0;
}

/* An optimizer that goes on keeps the learning rate that callbacks gave it, unless the script gave it another one. */
static bool begin_stage(struct fit *fit, int stage)
{
    struct cnn_training *training = &fit->training;
    double before = fit->plan.learning_rate;
    if (!enter_stage(fit, stage))
        return false;
    bool fresh = stage == 0 || stage_of(fit)->fresh;
    if (fresh)
        new_optimizer(fit);
    if (fresh || fit->plan.learning_rate != before)
        training->learning_rate = fit->plan.learning_rate;
    training->epoch = training->batch = 0;
    fit->stopped = false;
    return true;
}

/* Finds what the stages need at most, and whether each has the rows that it needs. */
static bool measure_stages(struct fit *fit, int64_t *workspace, int64_t *state)
{
    struct cnn_training *training = &fit->training;
    bool validates = false;
    for (training->stage = 0; training->stage < training->stages; training->stage++) {
        const struct cnn_stage *stage = stage_of(fit);
        fit->plan = plan_of(fit->options, stage);
        if (!choose_sets(fit))
            return false;
        int64_t batch = fit->plan.batch_size < fit->train.count ? fit->plan.batch_size : fit->train.count;
        int64_t whole = stage->train_bytes(batch, fit->threads);
        int64_t rest = stage->train_bytes((fit->train.count - 1) % batch + 1, fit->threads);
        *workspace = whole > *workspace ? whole : *workspace;
        *workspace = rest > *workspace ? rest : *workspace;
        *state = stage->state_floats > *state ? stage->state_floats : *state;
        validates |= fit->validation.count > 0;
    }
    training->stage = 0;
    training->history_columns = 1 + training->model->n_columns * (validates ? 2 : 1);
    return true;
}

static bool allocate(struct fit *fit)
{
    int64_t workspace = 0, state = 0;
    if (!measure_stages(fit, &workspace, &state))
        return false;
    fit->workspace = cnn_alloc(workspace, fit->error);
    fit->index = cnn_alloc(fit->all->count * (int64_t)sizeof *fit->index, fit->error);
    fit->weights = cnn_alloc_floats(cnn_class_weights_any(fit->training.model, fit->options) ? fit->all->count : 0,
                                    fit->error);
    fit->training.state = cnn_alloc_floats(state, fit->error);
    const struct cnn_model *model = fit->training.model;
    fit->sums = cnn_alloc((model->n_sums + 2 * model->n_columns) * (int64_t)sizeof *fit->sums, fit->error);
    fit->stage_rows = cnn_alloc((int64_t)sizeof *fit->stage_rows * 2 * fit->training.stages, fit->error);
    if (!cnn_callbacks_make(fit->training.model, fit->options, fit->store, &fit->told, fit->error))
        return false;
    for (int i = 0; i < fit->told.count; i++)
        fit->callback_bytes += fit->told.list[i].state_bytes;
    fit->callbacks = cnn_alloc(fit->callback_bytes, fit->error);
    if (!fit->workspace || !fit->index || !fit->weights || !fit->training.state || !fit->stage_rows ||
        !fit->callbacks || !fit->sums)
        return false;
    fit->training.columns = fit->sums + model->n_sums;
    fit->training.validation = fit->training.columns + model->n_columns;
    memset(fit->stage_rows, 0, (size_t)fit->training.stages * sizeof *fit->stage_rows);
    fit->training.stage_rows = fit->stage_rows;
    fit->training.stage_begins = fit->stage_rows + fit->training.stages;
    for (int i = 0; i < fit->training.stages; i++)
        fit->stage_rows[fit->training.stages + i] = plan_of(fit->options, &model->stages[i]).initial_epoch;
    return true;
}

/* All callbacks hear of every event; the most serious verdict counts. */
static enum cnn_verdict tell(struct fit *fit, enum cnn_event event)
{
    enum cnn_verdict worst = CNN_CONTINUE;
    for (int i = 0; i < fit->told.count && worst != CNN_FAIL; i++) {
        const struct cnn_callback *callback = &fit->told.list[i];
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
    for (int i = 0; i < fit->told.count; i++) {
        const struct cnn_callback *callback = &fit->told.list[i];
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
                                   .steps_per_epoch = fit->plan.steps_per_epoch,
                                   .initial_epoch = fit->plan.initial_epoch,
                                   .shuffle = fit->plan.shuffle,
                                   .rows = fit->train.count,
                                   .validation_rows = fit->validation.count,
                                   .callback_bytes = fit->callback_bytes,
                                   .history_columns = training->history_columns,
                                   .seed = fit->options->seed,
                                   .data = fit->data,
                                   .first_learning_rate = fit->plan.learning_rate,
                                   .class_weights = cnn_class_weights_hash(training->model, fit->options),
                                   .told = fit->told.told,
                                   .n_told = fit->told.n_watchers,
                                   .stage = training->stage,
                                   .step = training->step,
                                   .first_step = fit->first_step,
                                   .epoch = training->epoch,
                                   .batch = training->batch,
                                   .stopped = fit->stopped,
                                   .learning_rate = training->learning_rate,
                                   .seconds = training->seconds,
                                   .sums = fit->sums,
                                   .stage_rows = fit->stage_rows,
                                   .history_rows = training->history_rows,
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
    if (!fit->store->save(fit->training.model, fit->options->checkpoint, &checkpoint, fit->error))
        return false;
    fit->saved = true;
    fit->saved_step = fit->training.step;
    return true;
}

/* An epoch of more steps than the set has batches goes through it again and again, each time in another order. */
static int64_t rows_done(const struct fit *fit)
{
    return fit->training.batch % fit->batches_of_set * fit->batch_size;
}

/* The sums of an epoch's first batches are means over so many samples. */
static int64_t samples_done(const struct fit *fit)
{
    return fit->training.batch / fit->batches_of_set * fit->train.count + rows_done(fit);
}

/* Rows in the order of the pass that begins, or goes on. Its number is one of all stages, so that none has another's orders. */
static void shuffle(struct fit *fit)
{
    const struct cnn_training *training = &fit->training;
    int64_t passes = (training->batches - 1) / fit->batches_of_set + 1;
    int64_t pass = training->history_rows * passes + training->batch / fit->batches_of_set;
    if (fit->plan.shuffle)
        cnn_shuffle(fit->options->seed, (uint32_t)pass, fit->index, (uint32_t)fit->train.count);
}

static bool validates_epoch(const struct fit *fit)
{
    return fit->validation.count > 0 && cnn_epoch_is_due(fit->options, &fit->training);
}

static bool load(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    struct cnn_checkpoint checkpoint = as_checkpoint(fit);
    if (!fit->store->load(training->model, fit->options->checkpoint, &checkpoint, fit->error))
        return false;
    move_states(fit, false);
    training->step = checkpoint.step;
    fit->first_step = checkpoint.first_step;
    training->epoch = checkpoint.epoch;
    training->history_rows = fit->history_room = checkpoint.history_rows;
    training->batch = checkpoint.batch;
    training->validates = validates_epoch(fit);
    training->learning_rate = checkpoint.learning_rate;
    training->seconds = checkpoint.seconds;
    training->history = fit->history = checkpoint.history;
    fit->stopped = checkpoint.stopped;
    if (training->batch > 0)
        training->model->finish(fit->sums, (double)samples_done(fit), training->columns);
    fit->saved = true;
    fit->saved_step = training->step;
    return true;
}

/* Goes on from the checkpoint where that is wanted and there is one; *resumed tells. */
static bool resume(struct fit *fit, bool *resumed)
{
    const char *path = fit->options->checkpoint;
    struct cnn_position position;
    *resumed = false;
    if (!path)
        return true;
    if (!fit->store)
        return cnn_fail(fit->error, "%s: a training in memory keeps no checkpoint", path);
    return fit->store->find(path, fit->options->resume, resumed, fit->error) &&
           (!*resumed || (fit->store->position(fit->training.model, path, &position, fit->error) &&
                          enter_stage(fit, position.stage) && load(fit)));
}

/* ---- the loop ---------------------------------------------------------------------------------------- */

/* False when the loss is no finite number any more. */
static bool train_batch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    int64_t first = rows_done(fit), rest = fit->train.count - first, done = samples_done(fit);
    struct cnn_step step = {.batch = cnn_dataset_batch(&fit->train),
                            .parameters = training->parameters,
                            .state = training->state,
                            .workspace = fit->workspace,
                            .threads = cnn_pace_threads(&fit->pace),
                            .seed = fit->dropout_key,
                            .step = training->step - fit->first_step,
                            .learning_rate = training->learning_rate};
    step.batch.index = fit->index + first;
    step.batch.count = rest < fit->batch_size ? rest : fit->batch_size;
    double start = cnn_seconds();
    stage_of(fit)->train_step(&step, fit->sums);
    cnn_pace_step(&fit->pace, (cnn_seconds() - start) / (double)step.batch.count);
    training->model->finish(fit->sums, (double)(done + step.batch.count), training->columns);
    training->step++;
    training->batch++;
    return isfinite(fit->sums[0]) ||
           fail_bad(fit, isnan(fit->sums[0]) ? "the loss is no number (NaN)" : "the loss is infinite");
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
    double *row = fit->history + training->history_rows++ * columns, *end = row + columns;
    fit->stage_rows[training->stage]++;
    *row++ = training->seconds;
    for (int set = 0; set < (training->validates ? 2 : 1); set++) {
        const double *values = set == 0 ? training->columns : training->validation;
        for (int c = 0; c < training->model->n_columns; c++)
            *row++ = values[c];
    }
    while (row < end)
        *row++ = NAN; /* another stage validates */
    return true;
}

static enum cnn_verdict begin_epoch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    training->validates = validates_epoch(fit);
    for (int i = 0; i < training->model->n_sums + 2 * training->model->n_columns; i++)
        fit->sums[i] = 0; /* and the columns behind them */
    training->seconds = 0;
    return tell(fit, CNN_EPOCH_BEGIN);
}

static enum cnn_verdict end_epoch(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    struct cnn_dataset rows = fit->validation;
    const int64_t steps = fit->plan.validation_steps, size = fit->plan.batch_size;
    if (steps > 0 && steps <= (rows.count - 1) / size)
        rows = cnn_dataset_slice(&rows, 0, steps * size);
    if (training->validates && !cnn_evaluate_in(training->model, training->stage, size, &rows, training->parameters,
                                                fit->threads, training->validation, fit->error))
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
    shuffle(fit);
    while (verdict == CNN_CONTINUE && training->batch < training->batches) {
        if (training->batch > 0 && rows_done(fit) == 0)
            shuffle(fit);
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

static enum cnn_verdict run_stage(struct fit *fit)
{
    enum cnn_verdict verdict = CNN_CONTINUE;
    while (verdict == CNN_CONTINUE && !is_over(fit)) {
        verdict = train_epoch(fit);
        bool last = verdict != CNN_CONTINUE || is_over(fit);
        if (verdict != CNN_FAIL && (last || fit->options->checkpoint_every == 0) && !save(fit))
            return CNN_FAIL;
    }
    return verdict;
}

/* Behind the last checkpoint, from which the stage could go on. */
static void take_averages(struct fit *fit)
{
    const struct cnn_stage *stage = stage_of(fit);
    const struct cnn_model *model = fit->training.model;
    int slot = 0;
    while (slot < stage->n_slots && strcmp(stage->slots[slot], CNN_SLOT_AVERAGE) != 0)
        slot++;
    if (slot == stage->n_slots)
        return;
    const float *average = fit->training.state + slot * stage->trained_floats;
    for (int p = 0; p < model->n_parameters; p++) {
        const struct cnn_parameter *parameter = &model->parameters[p];
        if (!cnn_stage_trains(model, stage, p))
            continue;
        memcpy(fit->training.parameters + parameter->offset, average, (size_t)parameter->count * sizeof *average);
        average += parameter->count;
    }
}

/* One that is interrupted has not ended. */
static enum cnn_verdict finish_stage(struct fit *fit)
{
    enum cnn_verdict verdict = run_stage(fit);
    if (verdict >= CNN_INTERRUPT)
        return verdict;
    take_averages(fit);
    enum cnn_verdict last = tell(fit, CNN_STAGE_END);
    return last > verdict ? last : verdict;
}

static bool run(struct fit *fit)
{
    struct cnn_training *training = &fit->training;
    enum cnn_verdict verdict = finish_stage(fit);
    while (verdict < CNN_INTERRUPT && training->stage + 1 < training->stages) {
        if (!begin_stage(fit, training->stage + 1))
            return false;
        verdict = finish_stage(fit);
    }
    return verdict != CNN_FAIL;
}

static bool resume_and_run(struct fit *fit)
{
    bool resumed;
    if (!resume(fit, &resumed) || (!resumed && !begin_stage(fit, 0)))
        return false;
    enum cnn_verdict verdict = resumed ? tell(fit, CNN_RESUME) : CNN_CONTINUE;
    return verdict == CNN_CONTINUE ? run(fit) : verdict != CNN_FAIL;
}

bool cnn_fit_with(const struct cnn_store *store, const struct cnn_model *model, const struct cnn_dataset *train,
                  const struct cnn_dataset *validation, const struct cnn_fit_options *options, float *parameters,
                  struct cnn_error *error)
{
    if (!cnn_model_check(model, error))
        return false;
    struct fit fit = {.store = store, .options = options, .all = train, .given = validation, .error = error};
    fit.training = (struct cnn_training){.model = model, .parameters = parameters, .stages = model->n_stages};
    if (!check_options(model, options, error) || !check_sets(&fit))
        return false;
    fit.threads = cnn_threads_or_default(model, options->threads);
    bool ok = allocate(&fit) && resume_and_run(&fit);
    free(fit.workspace);
    free(fit.index);
    free(fit.weights);
    free(fit.sums);
    free(fit.training.state);
    free(fit.stage_rows);
    free(fit.history);
    free(fit.callbacks);
    cnn_callbacks_free(&fit.told);
    return ok;
}

bool cnn_fit_in_memory(const struct cnn_model *model, const struct cnn_dataset *train,
                       const struct cnn_dataset *validation, const struct cnn_fit_options *options,
                       float *parameters, struct cnn_error *error)
{
    return cnn_fit_with(NULL, model, train, validation, options, parameters, error);
}
