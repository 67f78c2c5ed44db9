/* evaluate.c -- ./net evaluate */
#include "program/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool cnn_evaluation_print(const struct cnn_arguments *arguments, const struct cnn_dataset *set,
                          const float *parameters, struct cnn_error *error)
{
    const struct cnn_model *model = arguments->model;
    double *columns = cnn_alloc(model->n_columns * (int64_t)sizeof *columns, error);
    double start = cnn_seconds();
    bool ok = columns && cnn_evaluate(model, set, parameters, cnn_arguments_threads(arguments), columns, error);
    if (ok) {
        fprintf(arguments->out, "%" PRId64 " samples - %.2fs", set->count, cnn_seconds() - start);
        cnn_logs_print(model, columns, NULL, arguments->out);
        putc('\n', arguments->out);
    }
    free(columns);
    return ok;
}

static const char *name_of_set(const char *prefix)
{
    return strcmp(prefix, "train") == 0        ? "training set"
           : strcmp(prefix, "validation") == 0 ? "validation set"
                                               : "test set";
}

static bool report(const struct cnn_arguments *arguments, const struct cnn_preprocessing *preprocessing,
                   const struct cnn_dataset *set, float *parameters, struct cnn_error *error)
{
    struct cnn_report report = {.model = arguments->model,
                                .path = arguments->report,
                                .words = arguments->words,
                                .seed = arguments->seed,
                                .threads = cnn_arguments_threads(arguments),
                                .preprocessing = preprocessing,
                                .judged = set,
                                .judged_name = name_of_set(cnn_arguments_set(arguments, error)),
                                .state = CNN_REPORT_EVALUATION};
    if (!report.path)
        return true;
    if (!cnn_report_measured(&report, parameters, error))
        return false;
    fprintf(arguments->out, "Report %s\n", report.path);
    return true;
}

static bool evaluate(const struct cnn_arguments *arguments, const struct cnn_preprocessing *preprocessing,
                     const struct cnn_dataset *set, struct cnn_error *error)
{
    float *parameters = cnn_arguments_parameters(arguments, NULL, error);
    bool ok = parameters && cnn_evaluation_print(arguments, set, parameters, error) &&
              report(arguments, preprocessing, set, parameters, error);
    free(parameters);
    return ok;
}

static bool open_and_evaluate(const struct cnn_arguments *arguments, struct cnn_preprocessing *preprocessing,
                              struct cnn_error *error)
{
    struct cnn_dataset set;
    const char *prefix = cnn_arguments_set(arguments, error);
    if (!prefix)
        return false;
    const struct cnn_set_place place = cnn_arguments_place(arguments, arguments->data, prefix);
    if (!cnn_sets_read(arguments->model, &place, 1, CNN_NEED_LABELS, preprocessing, &set, error))
        return false;
    cnn_preprocessing_print(preprocessing, arguments->out);
    bool ok = evaluate(arguments, preprocessing, &set, error);
    cnn_dataset_free(&set);
    return ok;
}

static bool run(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    struct cnn_preprocessing preprocessing;
    if (!arguments->model->evaluate)
        return cnn_fail(error, "model %s cannot be evaluated: its script compiles no loss", arguments->model->name);
    if (arguments->report && !cnn_file_writable(arguments->report, error))
        return false;
    bool ok = cnn_arguments_preprocessing(arguments, arguments->weights, &preprocessing, error) &&
              open_and_evaluate(arguments, &preprocessing, error);
    cnn_preprocessing_free(&preprocessing);
    return ok;
}

/* What the report must not replace. */
struct spared {
    const struct cnn_output *output;
    struct cnn_error *error;
};

static bool spares(void *user, const char *file)
{
    const struct spared *spared = user;
    return cnn_output_spares(spared->output, file, "a file of --data", spared->error);
}

static bool check(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    const struct cnn_output output = cnn_output_replaced("--report", arguments->report);
    struct spared spared = {&output, error};
    if (!arguments->report)
        return true;
    const char *weights = cnn_output_at(&output, arguments->weights);
    if (weights)
        return cnn_output_clash(&output, weights, "the file of --weights", error);
    return cnn_output_spares_files(&output, arguments, error) &&
           (!arguments->data || cnn_dataset_each(arguments->data, spares, &spared));
}

const struct cnn_command cnn_command_evaluate = {
    .name = "evaluate",
    .about = "print loss and metrics of trained parameters on a data set",
    .options = "model data! input weights! partial set scale label sample-weight report threads",
    .data_operand = true,
    .check = check,
    .run = run,
};
