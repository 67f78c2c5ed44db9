/* callbacks.c -- the callbacks that a script gives to fit: Keras' EarlyStopping, ModelCheckpoint, ReduceLROnPlateau and
 * LearningRateScheduler (keras/src/callbacks). What they remember is kept in checkpoints. */
#define _POSIX_C_SOURCE 200809L
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_NAME = 256 }; /* of a ModelCheckpoint's file, with its numbers */

/* What one of them remembers; the parameters of the best epoch stand behind it where it restores them. */
struct state {
    double best;
    int64_t wait, cooldown, best_epoch; /* wait: epochs, or batches; best_epoch: -1 before there is one */
};

struct watcher {
    const struct cnn_stage_callback *callback; /* of callbacks->told */
    const struct cnn_fit_options *options;
    const struct cnn_store *store;
    int stage;
    bool warned;
    struct state *state;
    float *best; /* NULL: they are not restored */
};

static double worst(const struct cnn_stage_callback *callback)
{
    return callback->higher_is_better ? -INFINITY : INFINITY;
}

static bool is_better(const struct cnn_stage_callback *callback, double value, double than)
{
    return callback->higher_is_better ? value - callback->min_delta > than : value + callback->min_delta < than;
}

static void say(const struct watcher *watcher, const struct cnn_training *training, const char *what)
{
    FILE *out = watcher->options->out;
    if (!out || !watcher->callback->verbose)
        return;
    if (watcher->callback->save_freq > 0 && isatty(fileno(out)))
        putc('\n', out); /* behind the bar of the epoch so far */
    fprintf(out, "Epoch %" PRId64 ": %s\n", training->initial_epoch + training->epoch + 1, what);
}

bool cnn_epoch_is_due(const struct cnn_fit_options *options, const struct cnn_training *training)
{
    const int64_t of_stage = training->model->stages[training->stage].validation_freq;
    const int64_t every = options->validation_freq == CNN_OF_STAGE ? of_stage : options->validation_freq;
    return every <= 1 || (training->initial_epoch + training->epoch + 1) % every == 0;
}

/* The column that is looked at; false: there is none. */
static bool monitored(struct watcher *watcher, const struct cnn_training *training, double *value)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    if (callback->of_validation && !training->validates) {
        const bool is_due = cnn_epoch_is_due(watcher->options, training); /* of every second epoch, say */
        if (watcher->options->out && is_due && !watcher->warned)
            fprintf(watcher->options->out, "There is no %s to look at, for nothing is validated\n",
                    callback->monitor);
        watcher->warned |= is_due;
        return false;
    }
    *value = (callback->of_validation ? training->validation : training->columns)[callback->column];
    return true;
}

/* ---- EarlyStopping ---- */

/* Where the script has none, but the options a patience. */
static const struct cnn_stage_callback plain_early_stopping = {
    .kind = CNN_EARLY_STOPPING, .verbose = true, .monitor = "val_loss", .of_validation = true, .column = 0};
/* The same of ModelCheckpoint, and a file. */
static const struct cnn_stage_callback plain_model_checkpoint = {
    .kind = CNN_MODEL_CHECKPOINT, .verbose = true, .monitor = "val_loss", .of_validation = true, .column = 0};

static void keep_best(struct watcher *watcher, const struct cnn_training *training)
{
    watcher->state->best_epoch = training->epoch;
    if (watcher->best)
        memcpy(watcher->best, training->parameters,
               (size_t)training->model->parameter_floats * sizeof *watcher->best);
}

static enum cnn_verdict stop_early(struct watcher *watcher, const struct cnn_training *training)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    struct state *state = watcher->state;
    double value;
    if (!monitored(watcher, training, &value) ||
        training->initial_epoch + training->epoch < callback->start_from_epoch)
        return CNN_CONTINUE;
    if (state->best_epoch < 0)
        keep_best(watcher, training);
    state->wait++;
    if (is_better(callback, value, state->best)) {
        state->best = value;
        keep_best(watcher, training);
        if (!callback->has_baseline || is_better(callback, value, callback->baseline))
            state->wait = 0;
        return CNN_CONTINUE;
    }
    if (state->wait < callback->patience || training->epoch == 0)
        return CNN_CONTINUE;
    say(watcher, training, "early stopping");
    return CNN_STOP;
}

static void restore_best(const struct watcher *watcher, struct cnn_training *training)
{
    if (!watcher->best || watcher->state->best_epoch < 0)
        return;
    memcpy(training->parameters, watcher->best, (size_t)training->model->parameter_floats * sizeof *watcher->best);
    if (watcher->options->out && watcher->callback->verbose)
        fprintf(watcher->options->out, "Restored the parameters of epoch %" PRId64 ", the best one\n",
                training->initial_epoch + watcher->state->best_epoch + 1);
}

/* ---- ModelCheckpoint ---- */

/* The name of a field, as far as its form or its end. */
static bool is_called(const char *field, size_t length, const char *name)
{
    return strlen(name) == length && strncmp(field, name, length) == 0;
}

/* Are there val_ columns when it saves? */
static bool is_validated(const struct watcher *watcher, const struct cnn_training *training)
{
    return training->validates && watcher->callback->save_freq == 0;
}

/* The number that a name in braces stands for; false: there is none. */
static bool number_of(const struct watcher *watcher, const struct cnn_training *training, const char *name,
                      size_t length, double *value)
{
    bool validation = length > 4 && strncmp(name, "val_", 4) == 0;
    const struct cnn_model *model = training->model;
    if (is_called(name, length, "epoch")) {
        *value = (double)(training->initial_epoch + training->epoch + 1);
        return true;
    }
    if (watcher->callback->save_freq > 0 && is_called(name, length, "batch")) {
        *value = (double)training->batch;
        return true;
    }
    if (validation)
        name += 4, length -= 4;
    int c = 0;
    while (c < model->n_columns && !is_called(name, length, model->columns[c]))
        c++;
    if (c < model->n_columns)
        *value = (validation ? training->validation : training->columns)[c];
    return c < model->n_columns && (!validation || is_validated(watcher, training));
}

/* In a form between `form` and `end`: none, ":03d" of a whole number, or ":.2f". Returns the length; -1: it is none of these. */
static int print_number(const char *form, const char *end, bool whole, double value, char *to, size_t size)
{
    const bool fraction = form[0] == ':' && form[1] == '.';
    const char *digits = form + (fraction ? 2 : 1);
    char *rest;
    if (form == end)
        return whole ? snprintf(to, size, "%" PRId64, (int64_t)value) : snprintf(to, size, "%.6f", value);
    long width = strtol(digits, &rest, 10);
    if (width < 0 || width > 99 || rest + 1 != end || *rest != (fraction ? 'f' : 'd') || (!fraction && !whole))
        return -1;
    if (fraction)
        return snprintf(to, size, "%.*f", (int)width, value);
    return snprintf(to, size, *digits == '0' ? "%0*" PRId64 : "%*" PRId64, (int)width, (int64_t)value);
}

static bool is_whole(const char *name, size_t length)
{
    return is_called(name, length, "epoch") || is_called(name, length, "batch");
}

/* Python's {name}, {epoch:03d} and {name:.2f}: the script lets no others through. Sets the length of what stands for it, and
 * returns what is behind it; NULL after an error. */
static const char *format_field(const struct watcher *watcher, const char *field,
                                const struct cnn_training *training, char *to, size_t size, size_t *used,
                                struct cnn_error *error)
{
    const char *file = watcher->callback->file, *end = strchr(field, '}');
    size_t length = strcspn(field, ":}");
    double value;
    if (end && length > 4 && strncmp(field, "val_", 4) == 0 && !is_validated(watcher, training))
        cnn_fail(error, "%s: there is no %.*s to name it by, for this epoch is not validated%s", file, (int)length,
                 field, training->validates ? " before its end" : "");
    else if (!end || !number_of(watcher, training, field, length, &value))
        cnn_fail(error, "%s: what stands in braces is no column of the log", file);
    else {
        int printed = print_number(field + length, end, is_whole(field, length), value, to, size);
        *used = printed < 0 ? 0 : (size_t)printed;
        if (printed >= 0)
            return end + 1;
        cnn_fail(error, "%s: numbers have a form such as {epoch:02d} and {loss:.2f}", file);
    }
    return NULL;
}

/* What the name of a file is after this epoch. */
static bool file_name(const struct watcher *watcher, const struct cnn_training *training, char *name, size_t size,
                      struct cnn_error *error)
{
    size_t used = 0, length;
    for (const char *p = watcher->callback->file; *p && used < size; used += length) {
        length = 1;
        if (*p == '{')
            p = format_field(watcher, p + 1, training, name + used, size - used, &length, error);
        else
            name[used] = *p++;
        if (!p)
            return false;
    }
    if (used >= size)
        return cnn_fail(error, "%s: is too long with the numbers that stand in braces", watcher->callback->file);
    name[used] = '\0';
    return true;
}

/* Asked before hours of training; what the numbers will be is not known yet. */
static bool check_name(const struct watcher *watcher, const struct cnn_training *training, struct cnn_error *error)
{
    char name[FILE_NAME];
    return file_name(watcher, training, name, sizeof name, error);
}

static bool save_weights(const struct watcher *watcher, const struct cnn_training *training,
                         struct cnn_error *error)
{
    char name[FILE_NAME], what[2 * FILE_NAME];
    if (!file_name(watcher, training, name, sizeof name, error))
        return false;
    snprintf(what, sizeof what, "saving the parameters to %s", name);
    say(watcher, training, what);
    return watcher->store->save_weights(training->model, name, training->parameters,
                                        watcher->options->preprocessing, error);
}

static enum cnn_verdict save_model(struct watcher *watcher, const struct cnn_training *training,
                                   struct cnn_error *error)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    double value, before = watcher->state->best;
    if (callback->save_freq > 0 && ++watcher->state->wait < callback->save_freq)
        return CNN_CONTINUE;
    watcher->state->wait = 0;
    if (callback->best_only && monitored(watcher, training, &value)) {
        char what[256];
        bool better = is_better(callback, value, before);
        if (!better)
            snprintf(what, sizeof what, "%s did not improve from %.5f", callback->monitor, before);
        else if (isinf(before))
            snprintf(what, sizeof what, "%s is %.5f", callback->monitor, value);
        else
            snprintf(what, sizeof what, "%s improved from %.5f to %.5f", callback->monitor, before, value);
        say(watcher, training, what);
        if (!better)
            return CNN_CONTINUE;
        watcher->state->best = value;
    }
    return save_weights(watcher, training, error) ? CNN_CONTINUE : CNN_FAIL;
}

/* ---- learning rates ---- */

static void reduce_rate(struct watcher *watcher, struct cnn_training *training)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    struct state *state = watcher->state;
    double value;
    if (!monitored(watcher, training, &value))
        return;
    if (state->cooldown > 0) {
        state->cooldown--;
        state->wait = 0;
    }
    if (is_better(callback, value, state->best)) {
        state->best = value;
        state->wait = 0;
        return;
    }
    if (state->cooldown > 0 || ++state->wait < callback->patience || training->learning_rate <= callback->min_lr)
        return;
    training->learning_rate = fmax(training->learning_rate * callback->factor, callback->min_lr);
    state->cooldown = callback->cooldown;
    state->wait = 0;
    char what[128];
    snprintf(what, sizeof what, "the learning rate is reduced to %.6g", training->learning_rate);
    say(watcher, training, what);
}

/* The table is that of the script's learning rate: another one scales it. */
static void set_rate(struct watcher *watcher, struct cnn_training *training)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    const struct cnn_stage *stage = &training->model->stages[training->stage];
    double given = watcher->options->learning_rate, scale = 1;
    if (given != CNN_OF_STAGE && given != stage->learning_rate && stage->learning_rate > 0)
        scale = given / stage->learning_rate;
    training->learning_rate = cnn_told_rate(callback, training->initial_epoch + training->epoch) * scale;
    char what[128];
    snprintf(what, sizeof what, "the learning rate is set to %.6g", training->learning_rate);
    say(watcher, training, what);
}

/* ---- all of them ---- */

static enum cnn_verdict watch(void *user, enum cnn_event event, struct cnn_training *training,
                              struct cnn_error *error)
{
    struct watcher *watcher = user;
    enum cnn_callback_kind kind = watcher->callback->kind;
    if (training->stage != watcher->stage)
        return CNN_CONTINUE;
    if (event == CNN_EPOCH_BEGIN && kind == CNN_MODEL_CHECKPOINT)
        return check_name(watcher, training, error) ? CNN_CONTINUE : CNN_FAIL;
    if (event == CNN_EPOCH_BEGIN && kind == CNN_LEARNING_RATE_SCHEDULER)
        set_rate(watcher, training);
    if (event == CNN_STAGE_END && kind == CNN_EARLY_STOPPING)
        restore_best(watcher, training);
    if (event == CNN_EPOCH_END && kind == CNN_REDUCE_LR_ON_PLATEAU)
        reduce_rate(watcher, training);
    if (kind == CNN_MODEL_CHECKPOINT && event == (watcher->callback->save_freq > 0 ? CNN_STEP_END : CNN_EPOCH_END))
        return save_model(watcher, training, error);
    return event == CNN_EPOCH_END && kind == CNN_EARLY_STOPPING ? stop_early(watcher, training) : CNN_CONTINUE;
}

static bool start(struct watcher *watcher, const struct cnn_model *model, struct cnn_callback *callback,
                  struct cnn_error *error)
{
    const struct cnn_stage_callback *of = watcher->callback;
    if (of->kind == CNN_MODEL_CHECKPOINT && !watcher->store)
        return cnn_fail(
            error,
            "%s: ModelCheckpoint writes files, and a training in memory has none; no_callbacks leaves it out",
            of->file);
    int64_t floats = of->kind == CNN_EARLY_STOPPING && of->restores_best ? model->parameter_floats : 0;
    int64_t bytes = (int64_t)sizeof *watcher->state + floats * (int64_t)sizeof(float);
    watcher->state = cnn_alloc(bytes, error);
    if (!watcher->state)
        return false;
    memset(watcher->state, 0, (size_t)bytes);
    watcher->state->best = of->has_baseline && of->kind == CNN_MODEL_CHECKPOINT ? of->baseline : worst(of);
    watcher->state->best_epoch = -1;
    watcher->best = floats > 0 ? (float *)(void *)(watcher->state + 1) : NULL;
    *callback =
        (struct cnn_callback){.call = watch, .user = watcher, .state = watcher->state, .state_bytes = bytes};
    return true;
}

static int64_t chosen(int64_t option, int64_t own) { return option == CNN_OF_STAGE ? own : option; }

static bool add(const struct cnn_model *model, const struct cnn_fit_options *options, int number,
                const struct cnn_stage_callback *callback, struct cnn_callbacks *callbacks, struct cnn_error *error)
{
    const struct cnn_stage *stage = &model->stages[number];
    struct cnn_told *told = &callbacks->told[callbacks->n_watchers];
    struct watcher *watcher = &callbacks->watchers[callbacks->n_watchers++];
    *told = (struct cnn_told){.callback = *callback,
                              .stage = number,
                              .initial_epoch = chosen(options->initial_epoch, stage->initial_epoch),
                              .validation_steps = chosen(options->validation_steps, stage->validation_steps),
                              .validation_freq = chosen(options->validation_freq, stage->validation_freq)};
    *watcher = (struct watcher){
        .callback = &told->callback, .options = options, .store = callbacks->store, .stage = number};
    const struct cnn_callback_options *of = callback->kind == CNN_EARLY_STOPPING         ? &options->early_stopping
                                            : callback->kind == CNN_REDUCE_LR_ON_PLATEAU ? &options->plateau
                                            : callback->kind == CNN_MODEL_CHECKPOINT ? &options->model_checkpoint
                                                                                     : NULL;
    if (of && !cnn_told_apply(model, of, &told->callback, error))
        return false;
    return start(watcher, model, &callbacks->list[callbacks->count++], error);
}

static bool add_stage(const struct cnn_model *model, const struct cnn_fit_options *options, int number,
                      struct cnn_callbacks *callbacks, struct cnn_error *error)
{
    const struct cnn_stage *stage = &model->stages[number];
    bool stops = options->early_stopping.patience == CNN_OF_STAGE, saves = !options->model_checkpoint.file;
    for (int i = 0; i < stage->n_callbacks && !options->no_callbacks; i++) {
        stops |= stage->callbacks[i].kind == CNN_EARLY_STOPPING;
        saves |= stage->callbacks[i].kind == CNN_MODEL_CHECKPOINT;
        if (!add(model, options, number, &stage->callbacks[i], callbacks, error))
            return false;
    }
    return (saves || add(model, options, number, &plain_model_checkpoint, callbacks, error)) &&
           (stops || add(model, options, number, &plain_early_stopping, callbacks, error));
}

bool cnn_callbacks_make(const struct cnn_model *model, const struct cnn_fit_options *options,
                        const struct cnn_store *store, struct cnn_callbacks *callbacks, struct cnn_error *error)
{
    int count = 0;
    callbacks->store = store;
    for (int s = 0; s < model->n_stages; s++)
        count += model->stages[s].n_callbacks + 2;
    callbacks->list = cnn_alloc((options->n_callbacks + count) * (int64_t)sizeof *callbacks->list, error);
    callbacks->watchers = cnn_alloc(count * (int64_t)sizeof *callbacks->watchers, error);
    callbacks->told = cnn_alloc(count * (int64_t)sizeof *callbacks->told, error);
    if (!callbacks->list || !callbacks->watchers || !callbacks->told)
        return false;
    if (options->n_callbacks > 0)
        memcpy(callbacks->list, options->callbacks, (size_t)options->n_callbacks * sizeof *callbacks->list);
    callbacks->count = options->n_callbacks;
    for (int s = 0; s < model->n_stages; s++)
        if (!add_stage(model, options, s, callbacks, error))
            return false;
    return true;
}

void cnn_callbacks_free(struct cnn_callbacks *callbacks)
{
    for (int i = 0; i < callbacks->n_watchers; i++)
        free(callbacks->watchers[i].state);
    free(callbacks->watchers);
    free(callbacks->told);
    free(callbacks->list);
}
