/* history.c -- a CSV row for every epoch. */
#define _POSIX_C_SOURCE 200809L
#include "train/train.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static void print_names(const struct cnn_model *model, const char *prefix, FILE *file)
{
    for (int c = 0; c < model->n_columns; c++)
        fprintf(file, ",%s%s", prefix, model->columns[c]);
}

static void print_header(const struct cnn_training *training, FILE *file)
{
    fputs(training->stages > 1 ? "stage,epoch,seconds" : "epoch,seconds", file);
    print_names(training->model, "", file);
    if (training->history_columns > 1 + training->model->n_columns)
        print_names(training->model, "val_", file);
    putc('\n', file);
}

/* Row number `index` of the history. What a stage does not have, validation, is left empty. */
static void print_row(const struct cnn_training *training, int64_t index, FILE *file)
{
    const double *row = training->history + index * training->history_columns;
    int64_t epoch = index; /* of the stage */
    int stage = 0;
    for (; stage + 1 < training->stages && epoch >= training->stage_rows[stage]; stage++)
        epoch -= training->stage_rows[stage];
    if (training->stages > 1)
        fprintf(file, "%d,", stage + 1);
    fprintf(file, "%" PRId64 ",%.6f", training->stage_begins[stage] + epoch + 1, row[0]);
    for (int64_t i = 1; i < training->history_columns; i++)
        fprintf(file, isnan(row[i]) ? "," : ",%.9g", row[i]);
    putc('\n', file);
}

/* Rows of an earlier training go, but not before this one has begun: one that is refused changes nothing. Where
 * nothing can be emptied, as in a pipe, there is nothing. */
static void empty(FILE *file)
{
    if (fflush(file) == 0 && ftruncate(fileno(file), 0) == 0)
        rewind(file);
}

enum cnn_verdict cnn_history_call(void *user, enum cnn_event event, struct cnn_training *training,
                                  struct cnn_error *error)
{
    struct cnn_history *history = user;
    if (event == CNN_RESUME || (event == CNN_EPOCH_BEGIN && training->history_rows == 0)) {
        empty(history->file);
        print_header(training, history->file);
        for (int64_t row = 0; row < training->history_rows; row++)
            print_row(training, row, history->file);
    } else if (event == CNN_EPOCH_END) {
        print_row(training, training->history_rows - 1, history->file);
    } else {
        return CNN_CONTINUE;
    }
    if (fflush(history->file) == 0)
        return CNN_CONTINUE;
    cnn_fail(error, "%s: cannot be written: %s", history->path, strerror(errno));
    return CNN_FAIL;
}
