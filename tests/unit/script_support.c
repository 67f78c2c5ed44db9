/* script_support.c -- runs model scripts that stand in a test's own text. */
#include "script_support.h"

#include "naive/naive.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int script_fixture_open(void **state)
{
    struct script_fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    fixture->limits = limits_default;
    strcpy(fixture->folder, "/tmp/cnnc-script-XXXXXX");
    *state = fixture;
    return mkdtemp(fixture->folder) ? 0 : -1;
}

int script_fixture_close(void **state)
{
    struct script_fixture *fixture = *state;
    DIR *folder = opendir(fixture->folder);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            unlink(arena_printf(&fixture->arena, "%s/%s", fixture->folder, entry->d_name));
    if (folder)
        closedir(folder);
    int status = rmdir(fixture->folder);
    arena_free(&fixture->arena);
    free(fixture);
    return status;
}

const char *script_write(struct script_fixture *fixture, const char *name, const char *text)
{
    const char *path = arena_printf(&fixture->arena, "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

struct graph *script_try(struct script_fixture *fixture, const char *text)
{
    fixture->path = script_write(fixture, "model.lua", text);
    fixture->diag = (struct diag){.arena = &fixture->arena};
    struct graph *graph =
        script_run_with(&fixture->arena, &fixture->diag, fixture->path, fixture->limits, &fixture->shapes);
    assert_int_equal(graph == NULL, fixture->diag.failed);
    return graph;
}

struct graph *script_compile(struct script_fixture *fixture, const char *text)
{
    struct graph *graph = script_try(fixture, text);
    if (!graph)
        fail_msg("line %d: %s\n%s", fixture->diag.at.line, fixture->diag.message, text);
    return graph;
}

const char *script_ops_of(struct script_fixture *fixture, const struct graph *graph)
{
    const char *text = "";
    for (int i = 0; i < graph->n_nodes; i++)
        text = arena_printf(&fixture->arena, "%s%s%s", text, i ? " " : "", graph->nodes[i]->op->name);
    return text;
}

void assert_script_error(struct script_fixture *fixture, const char *text, int line, const char *message,
                         const char *hint)
{
    if (script_try(fixture, text))
        fail_msg("no error from:\n%s", text);
    assert_string_equal(fixture->diag.message, message);
    assert_int_equal(fixture->diag.at.line, line);
    assert_string_equal(fixture->diag.at.file, fixture->path);
    if (hint && !fixture->diag.hint)
        fail_msg("no hint, but \"%s\" was expected", hint);
    if (hint)
        assert_string_equal(fixture->diag.hint, hint);
    else if (fixture->diag.hint)
        fail_msg("unexpected hint \"%s\"", fixture->diag.hint);
}

void assert_script_warning(struct script_fixture *fixture, const char *text, int line, const char *message,
                           const char *hint)
{
    script_compile(fixture, text);
    const struct diag *diag = &fixture->diag;
    if (diag->n_warnings != (message != NULL))
        fail_msg("%d warnings of:\n%s\n%s", diag->n_warnings, text,
                 diag->n_warnings ? diag->warnings[0].message : "");
    if (!message)
        return;
    assert_string_equal(diag->warnings[0].message, message);
    assert_int_equal(diag->warnings[0].at.line, line);
    assert_string_equal(diag->warnings[0].at.file, fixture->path);
    assert_string_equal(diag->warnings[0].hint, hint);
}

struct graph *script_run_file(struct script_fixture *fixture, const char *path)
{
    fixture->diag = (struct diag){.arena = &fixture->arena};
    struct graph *graph = script_run(&fixture->arena, &fixture->diag, path, limits_default);
    if (!graph)
        fail_msg("%s:%d: %s", path, fixture->diag.at.line, fixture->diag.message);
    return graph;
}

const struct parameter *script_parameter(const struct graph *graph, const char *name)
{
    for (int i = 0; i < graph->n_parameters; i++)
        if (strcmp(graph->parameters[i]->name, name) == 0)
            return graph->parameters[i];
    fail_msg("no parameter %s", name);
    return NULL;
}

const double *script_numbers(struct script_fixture *fixture, const struct graph *graph, const double *x, int output)
{
    double *parameters = arena_array(&fixture->arena, graph->parameter_floats + 1, sizeof *parameters);
    for (int i = 0; i < graph->n_parameters; i++)
        for (int64_t j = 0; j < shape_count(&graph->parameters[i]->shape); j++)
            parameters[graph->parameters[i]->offset + j] = (double)graph->parameters[i]->values[j];
    const struct naive_data given = {.count = 1, .inputs = &x, .parameters = parameters};
    struct naive naive;
    assert_true(naive_run(&naive, graph, &given));
    int64_t count = shape_count(&graph->outputs[output]->shape);
    double *numbers = arena_array(&fixture->arena, count, sizeof *numbers);
    memcpy(numbers, naive_value(&naive, graph->outputs[output]), (size_t)count * sizeof *numbers);
    naive_free(&naive);
    return numbers;
}

void assert_script_number(double actual, double expected)
{
    if (fabs(actual - expected) > 1e-12 * fmax(1, fabs(expected)))
        fail_msg("%.17g is not %.17g", actual, expected);
}
