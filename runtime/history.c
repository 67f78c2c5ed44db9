/* history.c -- a CSV row for every epoch. */
#include "internal.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void print_names(const struct cnn_model *model, const char *prefix, FILE *file)
{
    fprintf(file, ",%sloss", prefix);
    for (int m = 0; m < model->n_metrics; m++)
        fprintf(file, ",%s%s", prefix, model->metrics[m]);
}

static void print_values(const struct cnn_model *model, const struct cnn_sums *means, FILE *file)
{
    fprintf(file, ",%.9g", means->loss);
    for (int m = 0; m < model->n_metrics; m++)
        fprintf(file, ",%.9g", means->metric[m]);
}

static void print_header(const struct cnn_training *training, FILE *file)
{
    fputs("epoch,seconds", file);
    print_names(training->model, "", file);
    if (training->validates)
        print_names(training->model, "val_", file);
    putc('\n', file);
}

static void print_row(const struct cnn_training *training, FILE *file)
{
    fprintf(file, "%" PRId64 ",%.6f", training->epoch + 1, training->seconds);
    print_values(training->model, &training->means, file);
    if (training->validates)
        print_values(training->model, &training->validation, file);
    putc('\n', file);
}

enum cnn_verdict cnn_history_call(void *user, enum cnn_event event, struct cnn_training *training,
                                  struct cnn_error *error)
{
    struct cnn_history *history = user;
    if (event == CNN_EPOCH_BEGIN && training->epoch == 0)
        print_header(training, history->file);
    else if (event == CNN_EPOCH_END)
        print_row(training, history->file);
    else
        return CNN_CONTINUE;
    if (fflush(history->file) == 0)
        return CNN_CONTINUE;
    cnn_fail(error, "%s: cannot be written: %s", history->path, strerror(errno));
    return CNN_FAIL;
}
