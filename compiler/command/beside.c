/* beside.c -- what a network's C has beside it in other languages: a row of a table each, with the template of it. */
#include "command/command.h"

#include <ctype.h>
#include <string.h>

#include <lua.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_same_folder(const char *path, const char *other)
{
    const size_t length = (size_t)(base_name(path) - path);
    return length == (size_t)(base_name(other) - other) && memcmp(path, other, length) == 0;
}

/* ---- what they are made of --------------------------------------------------------------------------------- */

struct making {
    const struct command *command;
    const struct unit *unit;
    struct arena *arena;
    const char *path; /* of the file */
};

/* A path as a string of Python may have it. */
static const char *quoted(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, 4 * strlen(path) + 1), *to = text;
    for (; *path; path++)
        to += snprintf(to, 5, iscntrl((unsigned char)*path) || strchr("\"\\", *path) ? "\\x%02x" : "%c",
                       (unsigned)(unsigned char)*path);
    *to = '\0';
    return text;
}

static void push_making(lua_State *lua, const void *data)
{
    const struct making *making = data;
    struct arena *arena = making->arena;
    const char *name = base_name(making->path), *source = making->command->options.output;
    unit_push(lua, making->unit);
    field_text(lua, "module", arena_printf(arena, "%.*s", (int)strcspn(name, "."), name));
    field_text(lua, "file_name", base_name(source));
    field_text(lua, "header", base_name(header_path(arena, source)));
    field_text(lua, "runtime", quoted(arena, own_folder(arena, making->command->self)));
    field_text(lua, "runtime_libs", RUNTIME_LIBS);
    if (!making->unit->trained_on)
        field_bool(lua, "trained_on", false);
}

/* ---- the files --------------------------------------------------------------------------------------------- */

static const struct kind {
    const char *option, *ending, *template;
    size_t member;     /* of struct command: the path */
    const char *taken; /* words that the name, without its ending, may not be, with a blank on either side */
} kinds[] = {
    {"--python", ".py", "net.py.in", offsetof(struct command, python),
     " collections ctypes hashlib json numpy os shlex signal struct subprocess sys tempfile threading "},
};
enum { KINDS = sizeof kinds / sizeof *kinds };
_Static_assert((int)KINDS == (int)BESIDE_MAX, "a file of each kind");

static const char *path_of(const struct kind *kind, const struct command *command)
{
    return *(const char *const *)((const char *)command + kind->member);
}

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalpha((unsigned char)name[i]) && name[i] != '_' && (i == 0 || !isdigit((unsigned char)name[i])))
            return false;
    return length > 0;
}

static bool is_taken(const char *taken, const char *name, size_t length)
{
    for (const char *word = taken; (word = strstr(word, " ")) != NULL; word++)
        if (strncmp(word + 1, name, length) == 0 && word[1 + length] == ' ')
            return true;
    return false;
}

static int check(const struct kind *kind, const char *path, const char *output)
{
    const char *name = base_name(path);
    const size_t length = text_ends_with(name, kind->ending) ? strlen(name) - strlen(kind->ending) : 0;
    if (!is_name(name, length))
        return usage_error("%s writes a file such as net%s, a name that a program can import: not `%s`",
                           kind->option, kind->ending, path);
    if (is_taken(kind->taken, name, length))
        return usage_error("%s `%s` would hide what it needs itself, which is called so; choose another name",
                           kind->option, path);
    if (!output || strcmp(output, "-") == 0 || !is_same_folder(path, output))
        return usage_error("%s writes beside the C: `-o FOLDER/net.c %s FOLDER/net%s`", kind->option, kind->option,
                           kind->ending);
    return STATUS_OK;
}

int beside_check(const struct command *command)
{
    int status = STATUS_OK;
    for (int i = 0; i < KINDS && !status; i++) {
        const char *path = path_of(&kinds[i], command);
        if (path && command->folder)
            status = usage_error("%s is for C that stands by itself: leave out --emit arduino", kinds[i].option);
        else if (path)
            status = check(&kinds[i], path, command->options.output);
    }
    return status;
}

bool beside_add(const struct command *command, const struct unit *unit, struct diag *diag,
                struct output_file *files, int *count)
{
    for (int i = 0; i < KINDS; i++) {
        struct output_file *file = &files[*count];
        const char *path = path_of(&kinds[i], command);
        const struct making making = {command, unit, diag->arena, path};
        if (!path)
            continue;
        if (unit->next)
            return diag_error(diag, (struct origin){.file = command->options.script},
                              "%s is for one model, and the script returns several", kinds[i].option);
        if (!emit_template(diag, kinds[i].template, push_making, &making, &file->text))
            return false;
        file->path = path;
        file->length = strlen(file->text);
        (*count)++;
    }
    return true;
}
