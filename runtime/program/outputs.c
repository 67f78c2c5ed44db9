/* outputs.c -- files that a command writes, and that must be none of those it reads. */
#include "program/program.h"

#include <string.h>

struct cnn_output cnn_output_replaced(const char *writer, const char *path)
{
    struct cnn_output output = {.writer = writer, .path = path};
    if (path && snprintf(output.temporary, CNN_PATH_SIZE, "%s.tmp", path) >= CNN_PATH_SIZE)
        *output.temporary = '\0'; /* too long to be written */
    return output;
}

static bool is_of_number(char c) { return c && strchr("0123456789.-", c); }

/* Can the pattern, in whose braces numbers stand, be this name? A number that turns out too short is tried longer. */
static bool matches(const char *pattern, const char *name)
{
    const char *behind = NULL, *number_end = NULL; /* the last braces, and what is taken for theirs */
    for (;;) {
        const char *end = *pattern == '{' ? strchr(pattern, '}') : NULL;
        if (end && is_of_number(*name)) {
            behind = pattern = end + 1;
            number_end = ++name;
        } else if (!end && *pattern == *name) {
            if (!*name)
                return true;
            pattern++;
            name++;
        } else if (behind && is_of_number(*number_end)) {
            pattern = behind;
            name = ++number_end;
        } else
            return false;
    }
}

/* A pattern's files are written where the program runs. */
static bool is_of_pattern(const char *pattern, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    return matches(pattern, name) && cnn_file_same(name, path);
}

const char *cnn_output_at(const struct cnn_output *output, const char *path)
{
    if (output->is_pattern)
        return is_of_pattern(output->path, path) ? path : NULL;
    if (cnn_file_same(output->path, path))
        return output->path;
    return *output->temporary && cnn_file_same(output->temporary, path) ? output->temporary : NULL;
}

bool cnn_output_clash(const struct cnn_output *output, const char *file, const char *what, struct cnn_error *error)
{
    return cnn_fail(error, "%s writes %s, which is %s; give it a file of its own", output->writer, file, what);
}

bool cnn_output_spares_files(const struct cnn_output *output, const struct cnn_arguments *arguments,
                             struct cnn_error *error)
{
    const char *files[2 * CNN_MAX_ARRAYS + 1] = {arguments->sample_weight};
    memcpy(files + 1, arguments->input_files, sizeof arguments->input_files);
    memcpy(files + 1 + CNN_MAX_ARRAYS, arguments->label_files, sizeof arguments->label_files);
    for (int i = 0; i < 2 * CNN_MAX_ARRAYS + 1; i++) {
        const char *file = files[i] ? cnn_output_at(output, files[i]) : NULL;
        if (file)
            return cnn_output_clash(output, file, "a file of the data", error);
    }
    return true;
}

bool cnn_output_spares(const struct cnn_output *output, const char *file, const char *what, struct cnn_error *error)
{
    const char *written = output->path && !output->is_pattern ? cnn_output_at(output, file) : NULL;
    return !written || cnn_output_clash(output, written, what, error);
}
