/* told.c -- what the callbacks of stages are told, and what a checkpoint must know of it. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* ---- what options say ---------------------------------------------------------------------------------- */

#define GIVEN(name)  offsetof(struct cnn_callback_options, name)
#define MEMBER(name) offsetof(struct cnn_stage_callback, name)
static const struct row {
    const char *option;
    enum {
        TEXT,
        COUNT,
        REAL,
        LEVEL,
        SWITCH,
        FLAG
    } type; /* LEVEL: any number, NAN where it is not given; FLAG: 0 or 1 */
    size_t given, member;
} rows[] = {
    {"monitor", TEXT, GIVEN(monitor), MEMBER(monitor)},
    {"monitor-mode", TEXT, GIVEN(mode), 0}, /* becomes higher_is_better, with the monitor */
    {"patience", COUNT, GIVEN(patience), MEMBER(patience)},
    {"min-delta", REAL, GIVEN(min_delta), MEMBER(min_delta)},
    {"baseline", LEVEL, GIVEN(baseline), MEMBER(baseline)},
    {"start-from-epoch", COUNT, GIVEN(start_from_epoch), MEMBER(start_from_epoch)},
    {"restore-best", SWITCH, GIVEN(restores_best), MEMBER(restores_best)},
    {"factor", REAL, GIVEN(factor), MEMBER(factor)},
    {"cooldown", COUNT, GIVEN(cooldown), MEMBER(cooldown)},
    {"min-lr", REAL, GIVEN(min_lr), MEMBER(min_lr)},
    {"file", TEXT, GIVEN(file), MEMBER(file)},
    {"best-only", FLAG, GIVEN(best_only), MEMBER(best_only)},
    {"save-freq", COUNT, GIVEN(save_freq), MEMBER(save_freq)},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

struct cnn_callback_options cnn_callback_options_none(void)
{
    return (struct cnn_callback_options){.patience = CNN_OF_STAGE,
                                         .min_delta = CNN_OF_STAGE,
                                         .baseline = NAN,
                                         .start_from_epoch = CNN_OF_STAGE,
                                         .restores_best = CNN_OF_STAGE,
                                         .factor = CNN_OF_STAGE,
                                         .min_lr = CNN_OF_STAGE,
                                         .cooldown = CNN_OF_STAGE,
                                         .best_only = CNN_OF_STAGE,
                                         .save_freq = CNN_OF_STAGE};
}

static bool is_given(const struct row *row, const struct cnn_callback_options *options)
{
    const void *given = (const char *)options + row->given;
    switch (row->type) {
    case TEXT: return *(const char *const *)given != NULL;
    case COUNT:
    case FLAG: return *(const int64_t *)given != CNN_OF_STAGE;
    case REAL: return *(const double *)given != CNN_OF_STAGE;
    case LEVEL: return !isnan(*(const double *)given);
    case SWITCH: break;
    }
    return *(const int *)given != CNN_OF_STAGE;
}

const char *cnn_told_option(const struct cnn_callback_options *options)
{
    for (int i = 0; i < N_ROWS; i++)
        if (is_given(&rows[i], options))
            return rows[i].option;
    return NULL;
}

static bool fail_of_column(const struct cnn_model *model, const char *monitor, struct cnn_error *error)
{
    char names[CNN_ABOUT];
    size_t used = 0;
    for (int i = 0; i < model->n_columns && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", model->columns[i]);
    return cnn_fail(error, "there is no column '%s' to look at: columns are %s, and these with val_ in front",
                    monitor, names);
}

static bool fail_of_better(const char *monitor, struct cnn_error *error)
{
    return cnn_fail(error,
                    "whether a larger or a smaller '%s' is better cannot be told: mode max or mode min says it",
                    monitor);
}

static char better_of(const struct cnn_model *model, int column)
{
    return model->better ? model->better[column] : '?';
}

/* The column to look at, and which of two of its numbers is better. */
static bool take_monitor(const struct cnn_model *model, const struct cnn_callback_options *options,
                         struct cnn_stage_callback *callback, struct cnn_error *error)
{
    const char *monitor = options->monitor;
    if (monitor) {
        callback->of_validation = strncmp(monitor, "val_", 4) == 0;
        const char *name = monitor + (callback->of_validation ? 4 : 0);
        callback->column = 0;
        while (callback->column < model->n_columns && strcmp(model->columns[callback->column], name) != 0)
            callback->column++;
        if (callback->column == model->n_columns)
            return fail_of_column(model, monitor, error);
        const char better = better_of(model, callback->column);
        if (better == '?' && !options->mode)
            return fail_of_better(monitor, error);
        callback->higher_is_better = better == '>';
    }
    if (!options->mode)
        return true;
    callback->higher_is_better = strcmp(options->mode, "max") == 0;
    return callback->higher_is_better || strcmp(options->mode, "min") == 0 ||
           cnn_fail(error, "the mode of a callback is max or min, not '%s'", options->mode);
}

bool cnn_told_check(const struct cnn_model *model, const struct cnn_callback_options *options,
                    struct cnn_error *error)
{
    struct cnn_stage_callback any = {0};
    return take_monitor(model, options, &any, error);
}

bool cnn_told_apply(const struct cnn_model *model, const struct cnn_callback_options *options,
                    struct cnn_stage_callback *callback, struct cnn_error *error)
{
    for (int i = 0; i < N_ROWS; i++) {
        const void *given = (const char *)options + rows[i].given;
        void *member = (char *)callback + rows[i].member;
        if (!is_given(&rows[i], options) || !rows[i].member)
            continue;
        switch (rows[i].type) {
        case TEXT: *(const char **)member = *(const char *const *)given; break;
        case COUNT: *(int64_t *)member = *(const int64_t *)given; break;
        case LEVEL:
            callback->has_baseline = true;
            *(double *)member = *(const double *)given;
            break;
        case REAL: *(double *)member = *(const double *)given; break;
        case SWITCH: *(bool *)member = *(const int *)given != 0; break;
        case FLAG: *(bool *)member = *(const int64_t *)given != 0; break;
        }
    }
    const bool compares =
        options->best_only == 1 && !options->monitor && !options->mode; /* what the script may not have */
    if (compares && callback->monitor && better_of(model, callback->column) == '?')
        return fail_of_better(callback->monitor, error);
    return take_monitor(model, options, callback, error) &&
           (callback->save_freq == 0 || !callback->best_only || !callback->of_validation ||
            cnn_fail(error,
                     "ModelCheckpoint cannot look at %s after %" PRId64 " batches, but at the end of an epoch",
                     options->monitor ? options->monitor : callback->monitor, callback->save_freq));
}

/* ---- what a checkpoint knows of it --------------------------------------------------------------------- */

double cnn_told_rate(const struct cnn_stage_callback *callback, int64_t epoch)
{
    return callback->rates[epoch < callback->n_rates ? epoch : callback->n_rates - 1];
}

static void hash_told(uint64_t *hash, const struct cnn_told *told, int64_t begun)
{
    const struct cnn_stage_callback *of = &told->callback;
    const int64_t numbers[] = {told->stage,   (int64_t)of->kind, of->of_validation, of->higher_is_better,
                               of->patience,  of->has_baseline,  of->restores_best, of->start_from_epoch,
                               of->best_only, of->cooldown};
    const double reals[] = {of->min_delta, of->has_baseline ? of->baseline : 0, of->factor, of->min_lr};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cnn_hash_number(hash, numbers[i]);
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        cnn_hash_real(hash, reals[i]);
    if (of->save_freq > 0)
        cnn_hash_number(hash, of->save_freq);
    cnn_hash_text(hash, of->monitor ? of->monitor : "");
    if (of->monitor && of->of_validation) {
        cnn_hash_number(hash, told->validation_steps);
        cnn_hash_number(hash, told->validation_freq);
    }
    for (int64_t epoch = 0; of->kind == CNN_LEARNING_RATE_SCHEDULER && epoch < begun; epoch++)
        cnn_hash_real(hash, cnn_told_rate(of, told->initial_epoch + epoch));
}

uint64_t cnn_told_hash(const struct cnn_checkpoint *checkpoint)
{
    uint64_t hash = CNN_HASH_BEGIN;
    for (int i = 0; i < checkpoint->n_told; i++) {
        const struct cnn_told *told = &checkpoint->told[i];
        const bool runs = told->stage == checkpoint->stage && checkpoint->batch > 0;
        hash_told(&hash, told, checkpoint->stage_rows[told->stage] + runs);
    }
    return hash;
}
