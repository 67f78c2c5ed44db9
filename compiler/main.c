/* main.c -- cnnc: from a model script to one C file made for that network.
 *
 * compile() is the way through the compiler; the rest answers the command line. */
#include "command/command.h"

#include <stdlib.h>
#include <string.h>

static bool write_files(const struct command *command, const struct unit *unit, struct diag *diag)
{
    const char *path = unit->options->output, *source, *header, *rule = depfile_text(command, diag);
    if (!path) /* --dump alone */
        return true;
    if (!emit_unit(unit, &source, &header))
        return false;
    bool to_stdout = strcmp(path, "-") == 0;
    struct output_file files[3 + BESIDE_MAX] = {
        {path, source, strlen(source)},
        {to_stdout ? "-" : header_path(diag->arena, path), header, strlen(header)},
    };
    int count = to_stdout ? 1 : 2;
    if (!beside_add(command, unit, diag, files, &count))
        return false;
    time_limit_set(0);
    if (command->depfile)
        files[count++] = (struct output_file){command->depfile, rule, strlen(rule)};
    return output_write(diag, files, count);
}

static bool compile(const struct command *command, struct diag *diag)
{
    time_limit_set(command->time_limit);
    if (command->action == ACTION_GRAPH)
        return graph_write(command, diag);
    if (command->action == ACTION_SIZE)
        return size_print(command, diag);
    if (command->action == ACTION_TUNE)
        return tune_run(command, diag);
    if (command->action == ACTION_EXPORT)
        return export_run(command, diag);
    if (command->action == ACTION_IMPORT)
        return import_write(command, diag);
    if (command->action == ACTION_VERIFY)
        return verify_run(command, diag);
    struct unit unit = {0};
    struct graph *model = model_read(command, diag);
    if (model && command->action != ACTION_RUN) /* which prints them when it builds */
        diag_print(diag, stderr);
    if (model && command->action == ACTION_CONVERT)
        return weights_convert(model, &command->options);
    if (model && command->options.emit == EMIT_SELFTEST && command->options.output)
        return verify_emit_selftest(command, model, diag);
    const float *parameters;
    if (!model || !weights_find(model, &command->options, &parameters) ||
        !compile_unit(&unit, model, &command->options) ||
        (!command->options.describes && !weights_embed(&unit, model, parameters)))
        return false;
    if (command->action == ACTION_SUMMARY && command->html)
        return html_write_summary(command, &unit, diag);
    if (command->action == ACTION_SUMMARY)
        summary_print(&unit, command->json, stdout);
    else if (command->action == ACTION_RUN)
        return run_unit(&unit, diag, command->self, command->arguments);
    else if (command->folder)
        return library_write(command, &unit, diag);
    else
        return write_files(command, &unit, diag);
    return true;
}

/* Apart from main(): what it changes may be read after setjmp has returned a second time. */
static int guarded(struct arena *arena, int argc, char **argv)
{
    if (setjmp(arena->out_of_memory)) {
        if (arena->exceeded)
            fprintf(stderr,
                    "error: this network takes more than %zu MiB to compile; has it too many layers?\n"
                    "  = help: --memory-limit MIB allows it more\n",
                    arena->limit >> 20);
        else
            fputs("error: out of memory\n", stderr);
        return STATUS_ERROR;
    }
    struct command command;
    int status = command_read(&command, arena, argc, argv);
    if (status || command.action == ACTION_NONE)
        return status;
    struct diag diag = {.arena = arena};
    if (command.action == ACTION_HELP) {
        status = help_print(&command, &diag);
        diag_print(&diag, stderr);
        return status;
    }
    arena->limit = command.options.limits.memory_bytes * MEMORY_OF_PASSES;
    bool ok = compile(&command, &diag);
    diag_print(&diag, stderr);
    return ok ? STATUS_OK : STATUS_ERROR;
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    int status = guarded(&arena, argc, argv);
    arena_free(&arena);
    if (fflush(stdout) != 0 && status == STATUS_OK) {
        perror("error: cannot write to standard output");
        status = STATUS_ERROR;
    }
    return status;
}
