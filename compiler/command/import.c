/* import.c -- `cnnc import`: another tool's model as a script, and the weights beside it. */
#include "../../runtime/file/file.h"
#include "command/command.h"

#include <string.h>
#include <unistd.h>

const char *import_weights_path(struct arena *arena, const char *path)
{
    const char *dot = strrchr(path, '.');
    return arena_printf(arena, "%.*s.safetensors", (int)(dot - path), path);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The bytes of the weights' file, by way of one under another name. */
static bool read_weights(struct diag *diag, const struct graph *graph, const char *path, struct output_file *file)
{
    const char *other = arena_printf(diag->arena, "%s.%ld.new", path, (long)getpid());
    struct cnn_error error;
    int64_t bytes = 0;
    if (!cnn_weights_writable(path, &error))
        return diag_error(diag, (struct origin){0}, "%s", error.message);
    if (!weights_write(graph, other))
        return false;
    FILE *stream = cnn_file_stream(other, &bytes, &error);
    char *data = stream ? arena_alloc(diag->arena, (size_t)bytes) : NULL;
    bool ok = stream && fread(data, 1, (size_t)bytes, stream) == (size_t)bytes;
    if (stream)
        (void)fclose(stream); /* only read */
    unlink(other);
    *file = (struct output_file){path, data, (size_t)bytes};
    return ok || diag_error(diag, (struct origin){0}, "cannot write `%s`", path);
}

/* What is there may be a script that somebody has worked on, or the weights that the model was made of. */
static bool check_free(struct diag *diag, const char *path)
{
    if (!cnn_is_there(path))
        return true;
    diag_error(diag, (struct origin){.file = path}, "is there already, and cnnc import writes over nothing");
    return diag_hint(diag, "remove it, or choose another name for the output");
}

bool import_write(const struct command *command, struct diag *diag)
{
    const char *path = command->options.output, *weights = import_weights_path(diag->arena, path);
    struct import_script script = {.path = path, .weights = name_of(weights)};
    struct output_file files[2];
    if (!check_free(diag, path) || !check_free(diag, weights))
        return false;
    const struct graph *graph = model_read_as_script(command, diag, &script);
    if (!graph)
        return false;
    time_limit_set(0);
    files[0] = (struct output_file){path, script.text, script.length};
    return read_weights(diag, graph, weights, &files[1]) && output_write(diag, files, 2);
}
