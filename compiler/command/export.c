/* export.c -- `cnnc export`: a script's model with its weights as a file of ONNX. */
#include "export/export.h"
#include "command/command.h"

/* The numbers of the parameters: of --weights, of the imported file, or fresh ones. */
static const float *numbers_of(const struct options *options, const struct graph *model)
{
    const float *parameters;
    if (!weights_find(model, options, &parameters) || parameters)
        return parameters;
    if (model->n_parameters > 0)
        fputs("note: no --weights FILE is given: the model is exported untrained, with fresh parameters\n", stderr);
    return weights_fresh(model, options->seed);
}

bool export_run(const struct command *command, struct diag *diag)
{
    const struct options *options = &command->options;
    struct graph *model = model_read(command, diag);
    if (!model)
        return false;
    diag_print(diag, stderr);
    if (model->next) {
        diag_error(diag, (struct origin){.file = options->script},
                   "the script returns several models, and a file of ONNX has one");
        return diag_hint(diag, "a script that returns one of them, which require()s this one, is exported alone");
    }
    const float *numbers = numbers_of(options, model);
    const char *trained_on;
    struct export_bytes onnx;
    if (!numbers || !weights_told(model, options, &trained_on) || !export_onnx(model, numbers, trained_on, &onnx))
        return false;
    if (trained_on)
        fprintf(stderr, "note: the weights were trained on %s, which the file says, too\n", trained_on);
    time_limit_set(0);
    const struct output_file file = {options->output, (const char *)onnx.data, onnx.size};
    return output_write(diag, &file, 1);
}
