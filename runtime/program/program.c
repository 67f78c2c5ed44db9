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

/* ---- several models ---- */

/* What stands behind --model, which getopt_long lets its user cut short; NULL: nothing does. */
static const char *wanted_model(char **argv)
{
    for (; *argv && strcmp(*argv, "--") != 0; argv++) {
        size_t length = strcspn(*argv, "=");
        if (length >= 3 && strncmp(*argv, "--model", length) == 0)
            return (*argv)[length] ? *argv + length + 1 : argv[1];
    }
    return NULL;
}

/* The model of that name; NULL: there is none. */
static const struct cnn_model *find_model(const struct cnn_model *model, const char *key)
{
    for (int i = 0; i < model->n_models; i++)
        if (strcmp(model->models[i]->key, key) == 0)
            return model->models[i];
    return NULL;
}

/* Does the script fit another one, or none? Then it says nothing of which is meant. */
static bool is_default(const struct cnn_model *model)
{
    int fitted = 0;
    for (int i = 0; i < model->n_models; i++)
        fitted += model->models[i]->fitted;
    return model->n_models <= 1 || (fitted == 1 && model->fitted);
}

static void print_models(const struct cnn_model *model, FILE *out)
{
    for (int i = 0; i < model->n_models; i++)
        fprintf(out, "%s%s", i == 0 ? "" : i == model->n_models - 1 ? " or " : ", ", model->models[i]->key);
    fputc('\n', out);
}

/* ---- commands ---- */

static void print_usage(const struct cnn_arguments *arguments, FILE *out)
{
    fprintf(out, "usage: %s COMMAND [OPTION...]\n\nThe network %s, made by %s.\n\n", arguments->program,
            arguments->model->name, arguments->model->generator);
    for (int i = 0; cnn_commands[i]; i++)
        fprintf(out, "  %-10s %s\n", cnn_commands[i]->name, cnn_commands[i]->about);
    fprintf(out, "\n%s COMMAND --help tells the options of a command.\n", arguments->program);
    if (arguments->model->n_models > 0) {
        fprintf(out, "It has several models: --model is ");
        print_models(arguments->model, out);
    }
}

static void refuse_command(const struct cnn_arguments *arguments, const char *name, FILE *err)
{
    struct cnn_near near = cnn_near(name);
    for (int i = 0; cnn_commands[i]; i++)
        cnn_near_try(&near, cnn_commands[i]->name);
    fprintf(err, "%s: there is no command '%s'", arguments->program, name);
    if (near.found)
        fprintf(err, "; did you mean %s?", near.found);
    fputc('\n', err);
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
    const struct cnn_model *model = arguments->model;
    if (!arguments->help && !arguments->model_name && !command->all_models && !is_default(model)) {
        fprintf(err, "%s: which model is meant? Say so with --model ", arguments->program);
        print_models(model, err);
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
    struct cnn_error other;
    if (!cnn_model_check(model, &other)) {
        fprintf(err, "%s: error: %s\n", arguments.program, other.message);
        return EXIT_FAILURE;
    }
    const char *name = argc > 1 ? argv[1] : "", *key = argc > 1 ? wanted_model(argv + 1) : NULL;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_usage(&arguments, out);
        return EXIT_SUCCESS;
    }
    const struct cnn_command *command = find_command(name);
    if (command && key) {
        const struct cnn_model *found = find_model(model, key);
        if (!found && model->n_models > 0) {
            fprintf(err, "%s: there is no model '%s'; --model is ", arguments.program, key);
            print_models(model, err);
            return EXIT_USAGE;
        }
        if (!found) {
            fprintf(err, "%s: there is one model, so --model has nothing to choose\n", arguments.program);
            return EXIT_USAGE;
        }
        arguments = cnn_arguments_default(found, argv, &signal, out);
    }
    if (command)
        return run_command(command, argc - 1, argv + 1, &arguments, err);
    if (argc > 1)
        refuse_command(&arguments, name, err);
    print_usage(&arguments, err);
    return EXIT_USAGE;
}

int cnn_main(const struct cnn_model *model, int argc, char **argv)
{
    return cnn_program(model, argc, argv, stdout, stderr);
}
