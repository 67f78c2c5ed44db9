/* library.c -- --emit arduino: a folder that Arduino and PlatformIO take for a library, ESP-IDF for a component and Zephyr for a
 * module: the C that predicts, and what these tools want beside it. */
#include "command/command.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <lua.h>

/* What the templates may name: all of the unit, and what it takes of a board. */
static void push_library(lua_State *lua, const void *data)
{
    const struct unit *unit = data;
    struct arena *arena = unit->model->arena;
    const struct parameter *largest = flash_largest(unit);
    unit_push(lua, unit);
    field_int(lua, "ram_bytes", ram_of_prediction(unit));
    field_int(lua, "constant_bytes", flash_of_constants(unit));
    field_text(lua, "fullest", ram_fullest_layer(unit));
    field_text(lua, "largest",
               largest ? arena_printf(arena, ", %" PRId64 " of them `%s`",
                                      shape_count(&largest->shape) * (int64_t)sizeof(float), largest->name)
                       : "");
    if (!unit->trained_on)
        field_text(lua, "trained_on", "");
}

/* The files beside the C: where each goes, %s being the library's name, and the template that it is made of. */
static const struct part {
    const char *path, *template;
} parts[] = {
    {"library.properties", "library/library.properties.in"}, {"src/%s_board.h", "library/board.txt.in"},
    {"examples/%s/%s.ino", "library/sketch.ino.in"},         {"CMakeLists.txt", "library/CMakeLists.txt.in"},
    {"zephyr/module.yml", "library/module.yml.in"},          {"zephyr/CMakeLists.txt", "library/zephyr.txt.in"}};

enum { PARTS = sizeof parts / sizeof *parts };

/* %s of a path, however often. */
static const char *filled(struct arena *arena, const char *path, const char *name)
{
    const char *text = "";
    for (const char *mark; (mark = strstr(path, "%s")) != NULL; path = mark + 2)
        text = arena_printf(arena, "%s%.*s%s", text, (int)(mark - path), path, name);
    return arena_printf(arena, "%s%s", text, path);
}

static bool make_folder_of(struct diag *diag, const char *path)
{
    char *folder = arena_strdup(diag->arena, path);
    *strrchr(folder, '/') = '\0';
    return output_folder(diag->arena, folder) ||
           diag_error(diag, (struct origin){0}, "cannot make the folder `%s`: %s", folder, strerror(errno));
}

static bool can_be_library(const struct unit *unit, struct diag *diag)
{
    const struct origin at = {.file = unit->options->script};
    if (unit->next)
        return diag_error(diag, at, "--emit arduino is for one model, and the script returns several");
    if (!unit->model->embeds && unit->model->parameter_floats > 0) {
        diag_error(diag, at, "--emit arduino needs trained parameters: a board has no files to take them from");
        return diag_hint(diag, "--weights FILE makes them constants");
    }
    return true;
}

bool library_write(const struct command *command, const struct unit *unit, struct diag *diag)
{
    struct arena *arena = diag->arena;
    const char *source = command->options.output;
    struct output_file files[PARTS + 3] = {{.path = source}, {.path = header_path(arena, source)}};
    if (!can_be_library(unit, diag) || !emit_unit(unit, &files[0].text, &files[1].text))
        return false;
    /* The board is asked first, so that nothing else is said of one that is too small. */
    files[0].text = arena_printf(arena, "#include \"%s_board.h\"\n\n%s", unit->options->name, files[0].text);
    for (int i = 0; i < PARTS; i++) {
        struct output_file *file = &files[i + 2];
        file->path =
            arena_printf(arena, "%s/%s", command->folder, filled(arena, parts[i].path, unit->options->name));
        if (!emit_template(diag, parts[i].template, push_library, unit, &file->text))
            return false;
    }
    int count = PARTS + 2;
    for (int i = 0; i < count; i++)
        if (!make_folder_of(diag, files[i].path))
            return false;
    if (command->depfile)
        files[count++] = (struct output_file){.path = command->depfile, .text = depfile_text(command, diag)};
    for (int i = 0; i < count; i++)
        files[i].length = strlen(files[i].text);
    time_limit_set(0);
    return output_write(diag, files, count);
}
