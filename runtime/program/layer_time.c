/* layer_time.c -- how long each layer takes of one sample's prediction, where the network's C can measure its kernels. */
#include "program/program.h"

#include <stdlib.h>
#include <string.h>

/* What a measured prediction works on. */
struct subject {
    struct cnn_kernel_data data;
    float *prepared, *outputs[CNN_MAX_ARRAYS];
    void *inputs[CNN_MAX_ARRAYS], *workspace;
};

static void release(struct subject *subject)
{
    free(subject->prepared);
    free(subject->workspace);
    for (int i = 0; i < CNN_MAX_ARRAYS; i++) {
        free(subject->outputs[i]);
        free(subject->inputs[i]);
    }
}

/* Floats from 0 to 1, of which kernels have no easy time; whole numbers are 0, which any table has. */
static bool make_input(struct subject *subject, const struct cnn_model_input *input, int number,
                       struct cnn_error *error)
{
    float *values = cnn_alloc_floats(input->count, error);
    subject->inputs[number] = values;
    subject->data.inputs[number] = values;
    for (int64_t i = 0; values && input->element == CNN_FLOAT && i < input->count; i++)
        values[i] = (float)(i * 37 % 256) / 255.0f;
    return values != NULL;
}

static bool make(struct subject *subject, const struct cnn_model *model, float *parameters, struct cnn_error *error)
{
    bool ok = true;
    subject->prepared = cnn_alloc_floats(model->prepared_floats, error);
    subject->workspace = cnn_alloc(model->predict_bytes, error);
    for (int i = 0; i < model->n_inputs && ok; i++)
        ok = make_input(subject, &model->inputs[i], i, error);
    for (int i = 0; i < model->n_outputs && ok; i++)
        ok = (subject->outputs[i] = cnn_alloc_floats(model->outputs[i].count, error)) != NULL;
    if (!ok || !subject->prepared || !subject->workspace)
        return false;
    model->prepare(parameters, subject->prepared);
    memcpy(subject->data.outputs, subject->outputs, sizeof subject->outputs);
    subject->data.prepared = subject->prepared;
    subject->data.step = (struct cnn_step){
        .batch.count = 1, .parameters = parameters, .workspace = subject->workspace, .threads = 1};
    return true;
}

/* A layer has several kernels, and one kernel may be that of several that are fused, whose first one it names. */
static void add_up(const struct cnn_model *model, const struct cnn_roofline *roofline, double *seconds)
{
    for (int i = 0; i < model->n_layers; i++) {
        seconds[i] = 0;
        for (int k = 0; k < roofline->count; k++)
            if (strcmp(roofline->kernels[k].layer, model->layers[i].name) == 0)
                seconds[i] += roofline->seconds[k] * cnn_kernel_times(&roofline->kernels[k]);
    }
}

double *cnn_layers_measure(const struct cnn_model *model, float *parameters, double budget, struct cnn_error *error)
{
    struct subject subject = {0};
    struct cnn_roofline roofline;
    double *seconds = cnn_alloc(model->n_layers * (int64_t)sizeof *seconds, error);
    bool ok = seconds && make(&subject, model, parameters, error) &&
              cnn_roofline_measure(model, CNN_PREDICT_ONE, &subject.data, budget, &roofline, error);
    if (ok) {
        add_up(model, &roofline, seconds);
        cnn_roofline_free(&roofline);
    }
    release(&subject);
    if (ok)
        return seconds;
    free(seconds);
    return NULL;
}

bool cnn_report_measured(struct cnn_report *report, float *parameters, struct cnn_error *error)
{
    const double budget = 0.3; /* seconds: nobody waits long for a report */
    double *seconds = NULL;
    if (report->model->kernels && !(seconds = cnn_layers_measure(report->model, parameters, budget, error)))
        return false;
    report->layer_seconds = seconds;
    bool ok = cnn_report_write(report, parameters, error);
    report->layer_seconds = NULL;
    free(seconds);
    return ok;
}
