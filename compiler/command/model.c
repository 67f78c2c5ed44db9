/* model.c -- the graph of what the user named: a script, or another tool's model. */
#include "../../runtime/file/file.h"
#include "command/command.h"

static struct import_options options_of(const struct command *command)
{
    const struct options *options = &command->options;
    return (struct import_options){.path = options->script,
                                   .limits = options->limits,
                                   .shapes = &options->shapes,
                                   .batch = command->batch,
                                   .binds = command->binds,
                                   .n_binds = command->n_binds};
}

struct graph *model_read(const struct command *command, struct diag *diag)
{
    const struct options *options = &command->options;
    const struct import_options import = options_of(command);
    bool imports = import_reads(options->script);
    if (imports)
        return import_run(diag->arena, diag, &import);
    if (!command->n_binds && command->batch == BATCH_AUTO)
        return script_run_with(diag->arena, diag, options->script, options->limits, &options->shapes);
    diag_error(diag, (struct origin){.file = options->script}, "--batch and --bind are for models of other tools");
    return NULL;
}

struct graph *model_read_as_script(const struct command *command, struct diag *diag, struct import_script *script)
{
    const struct import_options import = options_of(command);
    const char *path = command->options.script;
    if (import_reads(path) || !cnn_is_there(path))
        return import_as_script(diag->arena, diag, &import, script);
    diag_error(diag, (struct origin){.file = path}, "is no model of another tool that cnnc reads");
    return NULL;
}
