/* progress.c -- how training looks: Keras' bar on a terminal, its verbose=2 lines elsewhere. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { BAR_WIDTH = 20 };
static const double redraw_seconds = 0.05;

struct log {
    const char *prefix, *name;
    double value;
};

/* Keras prints logs in the order of their names, so all val_ ones come together. */
static int compare(const struct log *a, const struct log *b)
{
    char left[256], right[256];
    snprintf(left, sizeof left, "%s%s", a->prefix, a->name);
    snprintf(right, sizeof right, "%s%s", b->prefix, b->name);
    return strcmp(left, right);
}

/* Makes `next` the first of the columns that come behind `last`, unless it is one that comes before them. */
static void look_at(const struct cnn_model *model, const char *prefix, const double *columns,
                    const struct log *last, struct log *next)
{
    for (int c = 0; c < model->n_columns; c++) {
        struct log log = {prefix, model->columns[c], columns[c]};
        if ((!last->name || compare(last, &log) < 0) && (!next->name || compare(&log, next) < 0))
            *next = log;
    }
}

void cnn_logs_print(const struct cnn_model *model, const double *columns, const double *validation, FILE *out)
{
    struct log last = {0}, next;
    for (;; last = next) {
        next.name = NULL;
        look_at(model, "", columns, &last, &next);
        if (validation)
            look_at(model, "val_", validation, &last, &next);
        if (!next.name)
            break;
        fprintf(out, fabs(next.value) > 1e-3 ? " - %s%s: %.4f" : " - %s%s: %.4e", next.prefix, next.name,
                next.value);
    }
}

static void print_step_time(double seconds, FILE *out)
{
    if (seconds >= 1)
        fprintf(out, "%.0fs/step", seconds);
    else if (seconds >= 1e-3)
        fprintf(out, "%.0fms/step", seconds * 1e3);
    else
        fprintf(out, "%.0fus/step", seconds * 1e6);
}

static void print_remaining(double seconds, FILE *out)
{
    int64_t s = (int64_t)seconds;
    if (s > 3600)
        fprintf(out, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s % 3600 / 60), (int)(s % 60));
    else if (s > 60)
        fprintf(out, "%" PRId64 ":%02d", s / 60, (int)(s % 60));
    else
        fprintf(out, "%" PRId64 "s", s);
}

static double step_seconds(const struct cnn_training *training)
{
    return training->batch ? training->seconds / (double)training->batch : 0;
}

/* `finished`: the elapsed time stands where the remaining time stood. */
static void draw_bar(const struct cnn_training *training, bool finished, FILE *out)
{
    char all[24];
    int digits = snprintf(all, sizeof all, "%" PRId64, training->batches);
    int filled = (int)(BAR_WIDTH * training->batch / training->batches);
    fprintf(out, "\r\033[1m%*" PRId64 "/%s\033[0m \033[32m", digits, training->batch, all);
    for (int i = 0; i < BAR_WIDTH; i++)
        fprintf(out, "%s\xe2\x94\x81", i == filled ? "\033[37m" : "");
    fputs("\033[0m \033[1m", out);
    if (finished)
        fprintf(out, "%.0fs", training->seconds);
    else
        print_remaining(step_seconds(training) * (double)(training->batches - training->batch), out);
    fputs("\033[0m ", out);
    print_step_time(step_seconds(training), out);
    cnn_logs_print(training->model, training->columns,
                   finished && training->validates ? training->validation : NULL, out);
    fputs("\033[K", out);
}

static void print_line(const struct cnn_training *training, FILE *out)
{
    fprintf(out, "%" PRId64 "/%" PRId64 " - %.0fs - ", training->batch, training->batches, training->seconds);
    print_step_time(step_seconds(training), out);
    cnn_logs_print(training->model, training->columns, training->validates ? training->validation : NULL, out);
}

/* Where there are several. */
static void print_stage(const struct cnn_training *training, FILE *out)
{
    const struct cnn_stage *stage = &training->model->stages[training->stage];
    if (training->stages > 1)
        fprintf(out, "Stage %d/%d: %s%s, learning rate %g\n", training->stage + 1, training->stages,
                stage->fresh ? "" : "goes on with ", stage->optimizer, training->learning_rate);
}

/* The number of an epoch, as fit's initial_epoch has it. */
static int64_t shown(const struct cnn_training *training, int64_t epoch) { return epoch + training->initial_epoch; }

/* In place of what was printed before the training stopped. */
static void print_resume(const struct cnn_training *training, FILE *out)
{
    print_stage(training, out);
    if (training->epoch >= training->epochs)
        fprintf(out, "All %" PRId64 " epochs are done\n", training->epochs);
    else if (training->batch > 0)
        fprintf(out, "Epoch %" PRId64 "/%" PRId64 ", after batch %" PRId64 "/%" PRId64 "\n",
                shown(training, training->epoch + 1), shown(training, training->epochs), training->batch,
                training->batches);
}

enum cnn_verdict cnn_progress_call(void *user, enum cnn_event event, struct cnn_training *training,
                                   struct cnn_error *error)
{
    struct cnn_progress *progress = user;
    if (event == CNN_EPOCH_BEGIN) {
        if (training->epoch == 0)
            print_stage(training, progress->out);
        fprintf(progress->out, "Epoch %" PRId64 "/%" PRId64 "\n", shown(training, training->epoch + 1),
                shown(training, training->epochs));
        progress->drawn = 0;
    } else if (event == CNN_RESUME) {
        print_resume(training, progress->out);
        progress->drawn = training->seconds;
    } else if (event == CNN_EPOCH_END) {
        if (progress->terminal)
            draw_bar(training, true, progress->out);
        else
            print_line(training, progress->out);
        putc('\n', progress->out);
    } else if (progress->terminal && training->seconds - progress->drawn >= redraw_seconds) {
        draw_bar(training, false, progress->out);
        progress->drawn = training->seconds;
    } else
        return CNN_CONTINUE;
    if (fflush(progress->out) == 0)
        return CNN_CONTINUE;
    cnn_fail(error, "the progress of training cannot be written");
    return CNN_FAIL;
}
