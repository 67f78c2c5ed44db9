/* inference.c -- loss and metrics over a set, and outputs of many samples. */
#include "train/train.h"

#include <stdlib.h>

int cnn_threads_or_default(const struct cnn_model *model, int threads)
{
    int wanted = threads > 0 ? threads : model->threads();
    if (wanted > CNN_MAX_THREADS)
        return CNN_MAX_THREADS;
    return wanted > 0 ? wanted : 1;
}

/* What the model prepared to predict with, and room to do it. */
struct prepared {
    int threads;
    float *floats;
    void *workspace;
    double *sums; /* of evaluation: zeros */
};

static bool prepare(const struct cnn_model *model, const float *parameters, int threads, struct prepared *prepared,
                    struct cnn_error *error)
{
    prepared->threads = cnn_threads_or_default(model, threads);
    prepared->floats = cnn_alloc_floats(model->prepared_floats, error);
    prepared->workspace = cnn_alloc(model->many_bytes(prepared->threads), error);
    prepared->sums = cnn_alloc(model->n_sums * (int64_t)sizeof *prepared->sums, error);
    if (!prepared->floats || !prepared->workspace || !prepared->sums)
        return false;
    for (int i = 0; i < model->n_sums; i++)
        prepared->sums[i] = 0;
    model->prepare(parameters, prepared->floats);
    return true;
}

static void unprepare(struct prepared *prepared)
{
    free(prepared->floats);
    free(prepared->workspace);
    free(prepared->sums);
}

bool cnn_evaluate(const struct cnn_model *model, const struct cnn_dataset *set, const float *parameters,
                  int threads, double *columns, struct cnn_error *error)
{
    return cnn_model_check(model, error) &&
           cnn_evaluate_in(model, model->n_stages - 1, set, parameters, threads, columns, error);
}

bool cnn_evaluate_in(const struct cnn_model *model, int stage, const struct cnn_dataset *set,
                     const float *parameters, int threads, double *columns, struct cnn_error *error)
{
    if (!model->evaluate)
        return cnn_fail(error, "model %s cannot be evaluated: its script compiles no loss", model->name);
    if (!cnn_dataset_check(model, set, error))
        return false;
    struct prepared prepared;
    bool ok = prepare(model, parameters, threads, &prepared, error);
    if (ok) {
        struct cnn_batch batch = cnn_dataset_batch(set);
        model->evaluate(&batch, parameters, prepared.floats, prepared.workspace, prepared.threads, prepared.sums);
        model->finish(prepared.sums, (double)set->count, columns);
        if (stage >= 0 && model->stages[stage].penalty)
            columns[0] += model->stages[stage].penalty(parameters);
    }
    unprepare(&prepared);
    return ok;
}

bool cnn_predict(const struct cnn_model *model, const struct cnn_batch *batch, const float *parameters, int threads,
                 float *const *outputs, struct cnn_error *error)
{
    struct prepared prepared;
    if (!cnn_model_check(model, error))
        return false;
    bool ok = prepare(model, parameters, threads, &prepared, error);
    if (ok)
        model->predict_many(batch, parameters, prepared.floats, prepared.workspace, prepared.threads, outputs);
    unprepare(&prepared);
    return ok;
}
