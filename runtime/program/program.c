/* program.c -- a model as a command-line program: finds the command and runs it. */
#define _POSIX_C_SOURCE 200809L
#include "program/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct cnn_command *const cnn_commands[] = {&cnn_command_train, &cnn_command_evaluate, &cnn_command_predict,
                                                  &cnn_command_info,  &cnn_command_bench,    NULL};
enum { EXIT_USAGE = 2, EXIT_SIGNAL = 128 };

static const struct cnn_command *find_command(const char *name)
{
    for (int i = 0; cnn_commands[i]; i++)
        if (strcmp(cnn_commands[i]->name, name) == 0)
            return cnn_commands[i];
    return NULL;
}

static void print_usage(const struct cnn_arguments *arguments, FILE *out)
{
    fprintf(out, "usage: %s COMMAND [OPTION...]\n\nThe network %s, made by %s.\n\n", arguments->program,
            arguments->model->name, arguments->model->generator);
    for (int i = 0; cnn_commands[i]; i++)
        fprintf(out, "  %-10s %s\n", cnn_commands[i]->name, cnn_commands[i]->about);
    fprintf(out, "\n%s COMMAND --help tells the options of a command.\n", arguments->program);
}

/* Several stages may say different things, so that there are no defaults. */
static const struct cnn_stage several = {.validation_split = CNN_OF_STAGE};

struct cnn_arguments cnn_arguments_default(const struct cnn_model *model, char **argv, int *signal, FILE *out)
{
    const struct cnn_stage *stage = model->n_stages == 1 ? model->stages : &several;
    const char *program = argv[0], *slash = program ? strrchr(program, '/') : NULL;
    return (struct cnn_arguments){.model = model,
                                  .program = slash     ? slash + 1
                                             : program ? program
                                                       : "net",
                                  .out = out,
                                  .words = argv,
                                  .signal = signal,
                                  .terminal = fileno(out) >= 0 && isatty(fileno(out)),
                                  .epochs = stage->epochs,
                                  .batch_size = stage->batch_size,
                                  .learning_rate = stage->learning_rate,
                                  .validation_split = stage->validation_split,
                                  .seed = model->seed,
                                  .save = model->save,
                                  .history = model->history,
                                  .weights = model->weights,
                                  .verbose = -1,
                                  .top = 3,
                                  .budget = 0.5};
}

static int run_command(const struct cnn_command *command, int argc, char **argv, struct cnn_arguments *arguments,
                       FILE *err)
{
    struct cnn_error error = {""};
    if (!cnn_arguments_read(command, argc, argv, arguments, &error)) {
        fprintf(err, "%s: %s\n%s %s --help tells more\n", arguments->program, error.message, arguments->program,
                command->name);
        return EXIT_USAGE;
    }
    bool ok = true;
    if (arguments->help)
        cnn_arguments_help(command, arguments, arguments->out);
    else
        ok = command->run(arguments, &error);
    if (ok && (fflush(arguments->out) != 0 || ferror(arguments->out)))
        ok = cnn_fail(&error, "standard output cannot be written");
    if (!ok) {
        fprintf(err, "%s: error: %s\n", arguments->program, error.message);
        return EXIT_FAILURE;
    }
    return *arguments->signal ? EXIT_SIGNAL + *arguments->signal : EXIT_SUCCESS;
}

int cnn_program(const struct cnn_model *model, int argc, char **argv, FILE *out, FILE *err)
{
    int signal = 0;
    struct cnn_arguments arguments = cnn_arguments_default(model, argv, &signal, out);
    if (model->abi != CNN_ABI) {
        fprintf(
            err,
            "%s: error: %s wrote this network for version %d of the runtime, which is version %d; run cnnc again\n",
            arguments.program, model->generator, model->abi, CNN_ABI);
        return EXIT_FAILURE;
    }
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_usage(&arguments, out);
        return EXIT_SUCCESS;
    }
    const struct cnn_command *command = find_command(name);
    if (command)
        return run_command(command, argc - 1, argv + 1, &arguments, err);
    if (argc > 1)
        fprintf(err, "%s: there is no command '%s'\n", arguments.program, name);
    print_usage(&arguments, err);
    return EXIT_USAGE;
}

int cnn_main(const struct cnn_model *model, int argc, char **argv)
{
    return cnn_program(model, argc, argv, stdout, stderr);
}
