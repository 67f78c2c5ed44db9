/* trainer.c -- one step of training at a time, for a program that has a loop of its own. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool cnn_trainer_open(struct cnn_trainer *trainer, const struct cnn_model *model, float *parameters, uint64_t seed,
                      int threads, struct cnn_error *error)
{
    *trainer = (struct cnn_trainer){.model = model, .parameters = parameters, .seed = seed};
    if (!cnn_model_check(model, error))
        return false;
    if (model->n_stages == 0)
        return cnn_fail(error, "model %s cannot be trained: its script compiles no loss", model->name);
    const struct cnn_stage *stage = &model->stages[model->n_stages - 1];
    trainer->stage = stage;
    trainer->threads = cnn_threads_or_default(model, threads);
    trainer->learning_rate = stage->learning_rate;
    trainer->state = cnn_alloc_floats(stage->state_floats, error);
    trainer->sums = cnn_alloc(model->n_sums * (int64_t)sizeof *trainer->sums, error);
    trainer->pace = cnn_alloc((int64_t)sizeof *trainer->pace, error);
    if (!trainer->state || !trainer->sums || !trainer->pace)
        return false;
    cnn_pace_start(trainer->pace, trainer->threads);
    for (int64_t i = 0; stage->slot_initial && i < stage->state_floats; i++)
        trainer->state[i] = (float)stage->slot_initial[i / stage->trained_floats];
    return true;
}

void cnn_trainer_close(struct cnn_trainer *trainer)
{
    free(trainer->state);
    free(trainer->workspace);
    free(trainer->sums);
    free(trainer->pace);
    trainer->state = NULL;
    trainer->sums = NULL;
    trainer->pace = NULL;
    trainer->workspace = NULL;
}

/* A class that is none of the output's would be looked for beyond its scores. */
static bool check_classes(const struct cnn_model_output *output, const struct cnn_batch *batch, const float *labels,
                          struct cnn_error *error)
{
    int64_t classes = output->rank > 0 ? output->dim[output->rank - 1] : 1;
    for (int64_t i = 0; output->label_is_class && i < batch->count * output->label_count; i++) {
        int64_t sample = i / output->label_count;
        int64_t row = batch->index ? (int64_t)batch->index[sample] : batch->first + sample;
        float label = labels[row * output->label_count + i % output->label_count];
        if (!cnn_is_class(output, label, classes))
            return cnn_fail(error, "sample %" PRId64 " of the batch has class %g, but %s has classes 0 to %" PRId64,
                            sample, (double)label, output->name, classes - 1);
    }
    return true;
}

static bool check_batch(const struct cnn_model *model, const struct cnn_batch *batch, struct cnn_error *error)
{
    if (batch->count < 1)
        return cnn_fail(error, "the batch has no samples");
    for (int i = 0; i < model->n_inputs; i++)
        if (!batch->inputs[i])
            return cnn_fail(error, "the batch has no input %s", model->inputs[i].name);
    for (int i = 0; i < model->n_outputs; i++) {
        const struct cnn_model_output *output = &model->outputs[i];
        if (output->loss && !batch->labels[i])
            return cnn_fail(error, "the batch has no labels for %s", output->name);
        if (output->loss && !check_classes(output, batch, batch->labels[i], error))
            return false;
    }
    return true;
}

/* Room for a step on so many samples. */
static bool make_room(struct cnn_trainer *trainer, int64_t count, struct cnn_error *error)
{
    int64_t bytes = trainer->stage->train_bytes(count, trainer->threads);
    if (trainer->workspace && bytes <= trainer->workspace_bytes)
        return true;
    free(trainer->workspace);
    trainer->workspace = cnn_alloc(bytes, error);
    trainer->workspace_bytes = bytes;
    return trainer->workspace != NULL;
}

bool cnn_train_on_batch(struct cnn_trainer *trainer, const struct cnn_batch *batch, double *columns,
                        struct cnn_error *error)
{
    const struct cnn_model *model = trainer->model;
    if (!check_batch(model, batch, error) || !make_room(trainer, batch->count, error))
        return false;
    if (trainer->pace->max != trainer->threads) /* the caller has set another number */
        cnn_pace_start(trainer->pace, trainer->threads);
    for (int i = 0; i < model->n_sums; i++)
        trainer->sums[i] = 0;
    struct cnn_step step = {.batch = *batch,
                            .parameters = trainer->parameters,
                            .state = trainer->state,
                            .workspace = trainer->workspace,
                            .threads = cnn_pace_threads(trainer->pace),
                            .seed = cnn_key(trainer->seed, CNN_PURPOSE_DROPOUT),
                            .step = trainer->step,
                            .learning_rate = trainer->learning_rate};
    double start = cnn_seconds();
    trainer->stage->train_step(&step, trainer->sums);
    cnn_pace_step(trainer->pace, (cnn_seconds() - start) / (double)batch->count);
    trainer->step++;
    if (columns)
        model->finish(trainer->sums, (double)batch->count, columns);
    return isfinite(trainer->sums[0]) ||
           cnn_fail(error, "the loss of model %s is not finite any more after step %" PRIu64, model->name,
                    trainer->step);
}
