/* info.c -- ./net info */
#include "program/program.h"

#include <inttypes.h>
#include <string.h>

void cnn_layers_print(const struct cnn_model *model, FILE *out)
{
    int name_width = (int)strlen("Layer (type)");
    for (int i = 0; i < model->n_layers; i++) {
        int length = (int)(strlen(model->layers[i].name) + strlen(model->layers[i].type)) + 3;
        name_width = length > name_width ? length : name_width;
    }
    fprintf(out, "%-*s  %-14s %10s %14s\n", name_width, "Layer (type)", "Output Shape", "Param #", "multiply-adds");
    int64_t total = 0;
    for (int i = 0; i < model->n_layers; i++) {
        const struct cnn_layer *layer = &model->layers[i];
        char shape[CNN_SHAPE_TEXT];
        int length = fprintf(out, "%s (%s)", layer->name, layer->type);
        fprintf(out, "%*s  %-14s %10" PRId64 " %14" PRId64 "\n", name_width - length, "",
                cnn_shape_text(shape, layer->rank, layer->dim), layer->parameters, layer->multiply_adds);
        total += layer->multiply_adds;
    }
    fprintf(out, "%" PRId64 " multiply-adds a sample\n", total);
}

static void print_parameters(const struct cnn_model *model, FILE *out)
{
    int64_t trainable = 0, fixed = 0;
    for (int p = 0; p < model->n_parameters; p++) {
        const struct cnn_parameter *parameter = &model->parameters[p];
        char shape[CNN_SHAPE_TEXT];
        fprintf(out, "  %-32s %s%s\n", parameter->name, cnn_shape_text(shape, parameter->rank, parameter->dim),
                parameter->trainable ? "" : "  (not trained)");
        *(parameter->trainable ? &trainable : &fixed) += parameter->count;
    }
    fprintf(out, "%" PRId64 " parameters, %" PRId64 " of them trainable\n", trainable + fixed, trainable);
}

/* "optimizer adam, learning rate 0.001, batch size 32, epochs 5" */
static void print_stage(const struct cnn_stage *stage, FILE *out)
{
    fprintf(out, "optimizer %s, learning rate %g, batch size %" PRId64 ", epochs %" PRId64, stage->optimizer,
            stage->learning_rate, stage->batch_size, stage->epochs);
}

/* The loss; of several outputs those that have one, "mse of height". */
static void print_losses(const struct cnn_model *model, FILE *out)
{
    const char *separator = "loss ";
    for (int i = 0; i < model->n_outputs; i++) {
        if (!model->outputs[i].loss)
            continue;
        fprintf(out, "%s%s", separator, model->outputs[i].loss);
        if (model->n_outputs > 1)
            fprintf(out, " of %s", model->outputs[i].name);
        separator = ", ";
    }
    if (!cnn_needs_labels(model))
        fputs("what the network adds to its loss", out);
}

static void print_training(const struct cnn_model *model, FILE *out)
{
    fputs("Training: ", out);
    print_losses(model, out);
    if (model->n_stages == 1) {
        fputs(", ", out);
        print_stage(model->stages, out);
    }
    for (int c = 1; c < model->n_columns; c++)
        fprintf(out, "%s%s", c > 1 ? ", " : ", metrics ", model->columns[c]);
    putc('\n', out);
    for (int i = 0; model->n_stages > 1 && i < model->n_stages; i++) {
        fprintf(out, "  stage %d: %s", i + 1, model->stages[i].fresh ? "" : "the same ");
        print_stage(&model->stages[i], out);
        fprintf(out, ", trains %" PRId64 " parameters\n", model->stages[i].trained_floats);
    }
}

/* Of the stages, which share their memory, what the one needs that needs the most. */
static void print_training_memory(const struct cnn_arguments *arguments, int threads)
{
    int64_t state = 0, workspace = 0;
    for (int i = 0; i < arguments->model->n_stages; i++) {
        const struct cnn_stage *stage = &arguments->model->stages[i];
        int64_t bytes =
            stage->train_bytes(arguments->batch_size ? arguments->batch_size : stage->batch_size, threads);
        state = stage->state_floats > state ? stage->state_floats : state;
        workspace = bytes > workspace ? bytes : workspace;
    }
    fprintf(arguments->out, "  optimizer          %12" PRId64 "\n", state * (int64_t)sizeof(float));
    fprintf(arguments->out, "  to train           %12" PRId64 "\n", workspace);
}

static void print_memory(const struct cnn_arguments *arguments)
{
    const struct cnn_model *model = arguments->model;
    int threads = cnn_arguments_threads(arguments);
    fprintf(arguments->out, "Memory in bytes, on %d thread%s:\n", threads, threads == 1 ? "" : "s");
    fprintf(arguments->out, "  parameters         %12" PRId64 "\n",
            model->parameter_floats * (int64_t)sizeof(float));
    fprintf(arguments->out, "  prepared           %12" PRId64 "\n",
            model->prepared_floats * (int64_t)sizeof(float));
    fprintf(arguments->out, "  to predict one     %12" PRId64 "\n", model->predict_bytes);
    fprintf(arguments->out, "  to predict many    %12" PRId64 "\n", model->many_bytes(threads));
    if (model->n_stages > 0)
        print_training_memory(arguments, threads);
}

/* "Input 28x28x1, output 10"; of several each has a line with its name. */
static void print_arrays(const struct cnn_model *model, FILE *out)
{
    char input[CNN_SHAPE_TEXT], output[CNN_SHAPE_TEXT];
    if (model->n_inputs == 1 && model->n_outputs == 1) {
        fprintf(out, "Input %s, output %s\n\n", cnn_shape_text(input, model->inputs[0].rank, model->inputs[0].dim),
                cnn_shape_text(output, model->outputs[0].rank, model->outputs[0].dim));
        return;
    }
    for (int i = 0; i < model->n_inputs; i++)
        fprintf(out, "Input %s: %s%s\n", model->inputs[i].name,
                cnn_shape_text(input, model->inputs[i].rank, model->inputs[i].dim),
                model->inputs[i].element == CNN_FLOAT ? "" : ", whole numbers");
    for (int i = 0; i < model->n_outputs; i++)
        fprintf(out, "Output %s: %s%s%s\n", model->outputs[i].name,
                cnn_shape_text(output, model->outputs[i].rank, model->outputs[i].dim),
                model->outputs[i].loss ? ", loss " : "", model->outputs[i].loss ? model->outputs[i].loss : "");
    putc('\n', out);
}

static void print_model(const struct cnn_arguments *arguments)
{
    const struct cnn_model *model = arguments->model;
    FILE *out = arguments->out;
    fprintf(out, "Network %s, made by %s\n", model->name, model->generator);
    print_arrays(model, out);
    cnn_layers_print(model, out);
    putc('\n', out);
    if (model->n_models == 0) {
        print_parameters(model, out);
        putc('\n', out);
    }
    if (model->n_stages > 0)
        print_training(model, out);
    print_memory(arguments);
}

static void print_all(const struct cnn_arguments *arguments)
{
    const struct cnn_model *model = arguments->model;
    int64_t told = cnn_arguments_default(model, arguments->words, NULL, arguments->out).batch_size;
    for (int i = 0; i < model->n_models; i++) {
        struct cnn_arguments one = cnn_arguments_default(model->models[i], arguments->words, NULL, arguments->out);
        one.threads = arguments->threads;
        if (arguments->batch_size != told)
            one.batch_size = arguments->batch_size;
        if (i > 0)
            putc('\n', arguments->out);
        print_model(&one);
    }
}

static bool run(const struct cnn_arguments *arguments, struct cnn_error *error)
{
    (void)error;
    const struct cnn_model *model = arguments->model;
    if (model->n_models == 0 || arguments->model_name)
        print_model(arguments);
    else
        print_all(arguments);
    if (model->n_models > 0) {
        fputs("\nParameters of all models:\n", arguments->out);
        print_parameters(model, arguments->out);
    }
    return true;
}

const struct cnn_command cnn_command_info = {
    .name = "info",
    .about = "print layers, parameters and memory of the network",
    .options = "model batch-size threads",
    .all_models = true,
    .run = run,
};
