/* callbacks.c -- the callbacks that a script gives to fit: Keras' EarlyStopping, ModelCheckpoint, ReduceLROnPlateau and
 * LearningRateScheduler (keras/src/callbacks). What they remember is kept in checkpoints. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one of them remembers; the parameters of the best epoch stand behind it where it restores them. */
struct state {
    double best;
    int64_t wait, cooldown, best_epoch; /* best_epoch: -1 before there is one */
};

struct watcher {
    const struct cnn_model *model;
    const struct cnn_stage_callback *callback;
    const struct cnn_fit_options *options;
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

/* The number of an epoch, as fit's initial_epoch has it. */
static int64_t number(const struct watcher *watcher, int64_t epoch)
{
    return epoch + watcher->model->stages[watcher->stage].initial_epoch;
}

static void say(const struct watcher *watcher, const struct cnn_training *training, const char *what)
{
    FILE *out = watcher->options->out;
    if (out && watcher->callback->verbose)
        fprintf(out, "Epoch %" PRId64 ": %s\n", number(watcher, training->epoch + 1), what);
}

/* The column that is looked at; false: there is none. */
static bool monitored(struct watcher *watcher, const struct cnn_training *training, double *value)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    if (callback->of_validation && !training->validates) {
        if (watcher->options->out && !watcher->warned)
            fprintf(watcher->options->out, "There is no %s to look at, for nothing is validated\n",
                    callback->monitor);
        watcher->warned = true;
        return false;
    }
    *value = (callback->of_validation ? training->validation : training->columns)[callback->column];
    return true;
}

/* ---- EarlyStopping ---- */

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
    if (!monitored(watcher, training, &value) || number(watcher, training->epoch) < callback->start_from_epoch)
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
                number(watcher, watcher->state->best_epoch + 1));
}

/* ---- ModelCheckpoint ---- */

/* The number that a name in braces stands for; false: there is none. */
static bool number_of(const struct cnn_training *training, const char *name, size_t length, double *value)
{
    bool validation = length > 4 && strncmp(name, "val_", 4) == 0;
    const struct cnn_model *model = training->model;
    if (length == 5 && strncmp(name, "epoch", 5) == 0) {
        *value = (double)(training->epoch + 1 + training->model->stages[training->stage].initial_epoch);
        return true;
    }
    if (validation)
        name += 4, length -= 4;
    int c = 0;
    while (c < model->n_columns &&
           (strlen(model->columns[c]) != length || strncmp(model->columns[c], name, length) != 0))
        c++;
    if (c < model->n_columns)
        *value = (validation ? training->validation : training->columns)[c];
    return c < model->n_columns;
}

/* Python's {name}, {name:03d} and {name:.2f}. Returns what stands behind it; NULL: it is none of them. */
static const char *format_field(const char *field, const struct cnn_training *training, char *to, size_t size)
{
    const char *end = strchr(field, '}');
    size_t length = strcspn(field, ":}");
    double value;
    if (!end || !number_of(training, field, length, &value))
        return NULL;
    const char *form = field[length] == ':' ? field + length + 1 : field + length;
    char *rest;
    long digits = strtol(*form == '.' ? form + 1 : form, &rest, 10);
    bool whole = *rest == 'd' || (form == end && value == floor(value));
    digits = digits < 0 ? 0 : digits > 20 ? 20 : digits;
    if (whole)
        snprintf(to, size, *form == '0' ? "%0*" PRId64 : "%*" PRId64, (int)digits, (int64_t)value);
    else
        snprintf(to, size, "%.*f", form == end ? 6 : (int)digits, value);
    return end + 1;
}

static bool file_name(const struct watcher *watcher, const struct cnn_training *training, char *name, size_t size,
                      struct cnn_error *error)
{
    size_t used = 0;
    for (const char *p = watcher->callback->file; *p && used + 1 < size;) {
        name[used] = *p;
        if (*p != '{') {
            p++, used++;
            continue;
        }
        p = format_field(p + 1, training, name + used, size - used);
        if (!p)
            return cnn_fail(error,
                            "%s: what stands in braces is no column of the log, or has no form such as {epoch:02d}",
                            watcher->callback->file);
        used += strlen(name + used);
    }
    name[used < size ? used : size - 1] = '\0';
    return true;
}

static bool save_weights(const struct watcher *watcher, const struct cnn_training *training,
                         struct cnn_error *error)
{
    char name[256], what[512];
    if (!file_name(watcher, training, name, sizeof name, error))
        return false;
    snprintf(what, sizeof what, "saving the parameters to %s", name);
    say(watcher, training, what);
    return cnn_weights_save_with(training->model, name, training->parameters, watcher->options->preprocessing,
                                 error);
}

static enum cnn_verdict save_model(struct watcher *watcher, const struct cnn_training *training,
                                   struct cnn_error *error)
{
    const struct cnn_stage_callback *callback = watcher->callback;
    double value, before = watcher->state->best;
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
    int64_t epoch = number(watcher, training->epoch);
    epoch = epoch < callback->n_rates ? epoch : callback->n_rates - 1;
    double given = watcher->options->learning_rate, scale = 1;
    if (given != CNN_OF_STAGE && given != stage->learning_rate && stage->learning_rate > 0)
        scale = given / stage->learning_rate;
    training->learning_rate = callback->rates[epoch] * scale;
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
    if (event == CNN_EPOCH_BEGIN && kind == CNN_LEARNING_RATE_SCHEDULER)
        set_rate(watcher, training);
    if (event == CNN_STAGE_END && kind == CNN_EARLY_STOPPING)
        restore_best(watcher, training);
    if (event == CNN_EPOCH_END && kind == CNN_REDUCE_LR_ON_PLATEAU)
        reduce_rate(watcher, training);
    if (event == CNN_EPOCH_END && kind == CNN_MODEL_CHECKPOINT)
        return save_model(watcher, training, error);
    return event == CNN_EPOCH_END && kind == CNN_EARLY_STOPPING ? stop_early(watcher, training) : CNN_CONTINUE;
}

static bool start(struct watcher *watcher, const struct cnn_model *model, struct cnn_callback *callback,
                  struct cnn_error *error)
{
    const struct cnn_stage_callback *of = watcher->callback;
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

bool cnn_callbacks_make(const struct cnn_model *model, const struct cnn_fit_options *options,
                        struct cnn_callbacks *callbacks, struct cnn_error *error)
{
    int count = 0;
    const int n_stages = options->no_callbacks ? 0 : model->n_stages;
    for (int s = 0; s < n_stages; s++)
        count += model->stages[s].n_callbacks;
    callbacks->list = cnn_alloc((options->n_callbacks + count) * (int64_t)sizeof *callbacks->list, error);
    callbacks->watchers = cnn_alloc(count * (int64_t)sizeof *callbacks->watchers, error);
    if (!callbacks->list || !callbacks->watchers)
        return false;
    if (options->n_callbacks > 0)
        memcpy(callbacks->list, options->callbacks, (size_t)options->n_callbacks * sizeof *callbacks->list);
    callbacks->count = options->n_callbacks;
    for (int s = 0; s < n_stages; s++)
        for (int i = 0; i < model->stages[s].n_callbacks; i++) {
            struct watcher *watcher = &callbacks->watchers[callbacks->n_watchers++];
            *watcher = (struct watcher){
                .model = model, .callback = &model->stages[s].callbacks[i], .options = options, .stage = s};
            if (!start(watcher, model, &callbacks->list[callbacks->count++], error))
                return false;
        }
    return true;
}

void cnn_callbacks_free(struct cnn_callbacks *callbacks)
{
    for (int i = 0; i < callbacks->n_watchers; i++)
        free(callbacks->watchers[i].state);
    free(callbacks->watchers);
    free(callbacks->list);
}
