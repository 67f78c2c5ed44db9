/* model.c -- the graph of what the user named: a script, or another tool's model. */
#include "command/command.h"

struct graph *model_read(const struct command *command, struct diag *diag)
{
    const struct options *options = &command->options;
    bool imports = import_reads(options->script);
    if (!imports && (command->n_binds || command->batch != BATCH_AUTO)) {
        diag_error(diag, (struct origin){.file = options->script},
                   "--batch and --bind are for models of other tools");
        return NULL;
    }
    if (!imports)
        return script_run_with(diag->arena, diag, options->script, options->limits, &options->shapes);
    const struct import_options import = {.path = options->script,
                                          .limits = options->limits,
                                          .shapes = &options->shapes,
                                          .batch = command->batch,
                                          .binds = command->binds,
                                          .n_binds = command->n_binds};
    return import_run(diag->arena, diag, &import);
}
