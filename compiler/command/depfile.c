/* depfile.c -- which files a compilation read, as a rule of make: `net.c net.h: model.lua w.safetensors`. */
#include "command/command.h"

#include <string.h>

/* As make reads a name, and ninja. */
static const char *escaped(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, 2 * strlen(path) + 1), *to = text;
    for (; *path; path++) {
        if (*path == '$')
            *to++ = '$';
        else if (strchr(" #\\", *path))
            *to++ = '\\';
        *to++ = *path;
    }
    *to = '\0';
    return text;
}

const char *depfile_text(const struct command *command, struct diag *diag)
{
    struct arena *arena = diag->arena;
    const struct options *options = &command->options;
    if (!command->depfile)
        return "";
    diag_reads(diag, options->script);
    if (options->weights)
        diag_reads(diag, options->weights);
    for (int i = 0; i < command->n_binds; i++)
        diag_reads(diag, command->binds[i].file);
    const char *text = arena_printf(arena, "%s %s%s%s:", escaped(arena, options->output),
                                    escaped(arena, header_path(arena, options->output)), command->python ? " " : "",
                                    command->python ? escaped(arena, command->python) : "");
    for (int i = 0; i < diag->n_read; i++)
        text = arena_printf(arena, "%s \\\n %s", text, escaped(arena, diag->read[i]));
    return arena_printf(arena, "%s\n", text);
}
