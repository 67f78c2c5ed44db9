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
    return cnn_model_check(model, error) && cnn_evaluate_in(model, model->n_stages - 1, model->evaluate_batch, set,
                                                            parameters, threads, columns, error);
}

/* In one batch, unless that would change what is said of them; batch_size 0: the model has none. */
static void add_sums(const struct cnn_model *model, int64_t batch_size, const struct cnn_dataset *set,
                     const float *parameters, const struct prepared *prepared)
{
    struct cnn_batch batch = cnn_dataset_batch(set);
    const int64_t first = batch.first, size = model->evaluate_batch > 0 && batch_size > 0 ? batch_size : set->count;
    for (int64_t done = 0; done < set->count; done += size) {
        batch.first = first + done;
        batch.count = size < set->count - done ? size : set->count - done;
        model->evaluate(&batch, parameters, prepared->floats, prepared->workspace, prepared->threads,
                        prepared->sums);
    }
}

bool cnn_evaluate_in(const struct cnn_model *model, int stage, int64_t batch_size, const struct cnn_dataset *set,
                     const float *parameters, int threads, double *columns, struct cnn_error *error)
{
    if (!model->evaluate)
        return cnn_fail(error, "model %s cannot be evaluated: its script compiles no loss", model->name);
    if (!cnn_dataset_check(model, set, error))
        return false;
    struct prepared prepared;
    bool ok = prepare(model, parameters, threads, &prepared, error);
    if (ok) {
        add_sums(model, batch_size, set, parameters, &prepared);
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
