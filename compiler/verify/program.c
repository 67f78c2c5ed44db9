/* program.c -- programs around the C of a network: its inputs are constants in them, so they need no files. They are templates,
 * verify.c.in and selftest.c.in. */
#include "verify/verify.h"

#include "emit/emit.h"

#include <float.h>
#include <inttypes.h>
#include <lua.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_IN_LINE = 8 };

/* ---- numbers of C ---- */

static void print_float(double value, FILE *out)
{
    char number[40];
    if (isnan(value) || fabs(value) > (double)FLT_MAX) {
        fputs(isnan(value) ? "NAN" : value < 0 ? "-INFINITY" : "INFINITY", out);
        return;
    }
    snprintf(number, sizeof number, "%.9g", value);
    fprintf(out, "%s%sf", number, strpbrk(number, ".e") ? "" : ".0");
}

/* Some lines of them, in the arena. */
static const char *numbers_of(struct arena *arena, const double *values, int64_t count, bool floats)
{
    char *bytes = NULL;
    size_t length;
    FILE *out = open_memstream(&bytes, &length);
    if (!out)
        longjmp(arena->out_of_memory, 1); /* as memory that is short does */
    for (int64_t i = 0; i < count; i++) {
        fputs(i % NUMBERS_IN_LINE ? ", " : i ? ",\n" : "", out);
        if (floats)
            print_float(values[i], out);
        else
            fprintf(out, "%" PRId64, (int64_t)values[i]);
    }
    bool ok = !ferror(out);
    ok = fclose(out) == 0 && ok;
    const char *copy = ok ? arena_strdup(arena, bytes) : NULL;
    free(bytes);
    if (!copy)
        longjmp(arena->out_of_memory, 1);
    return copy;
}

/* ---- what the templates name ---- */

struct around {
    const struct reference *reference;
    const struct samples *samples;
    const char *name, *layers; /* layers: NULL for none */
};

static void push_inputs(lua_State *lua, const struct around *around)
{
    const struct samples *samples = around->samples;
    lua_createtable(lua, samples->n_inputs, 0);
    for (int i = 0; i < samples->n_inputs; i++) {
        const struct tensor *input = samples->inputs[i];
        int64_t count = shape_count(&input->shape);
        lua_newtable(lua);
        field_int(lua, "count", count);
        field_text(lua, "type", element_c_types[input->element]);
        field_text(lua, "numbers",
                   numbers_of(around->reference->model->arena, samples->values[i], samples->count * count,
                              input->element == ELEMENT_FLOAT));
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "inputs");
}

/* `expected`: the program has what the numbers should be. */
static void push_watched(lua_State *lua, const struct around *around, const char *field, const struct watched *list,
                         int count, bool expected)
{
    struct arena *arena = around->reference->model->arena;
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_newtable(lua);
        field_int(lua, "count", list[i].count);
        if (expected) {
            field_text(lua, "expected",
                       numbers_of(arena, list[i].expected, around->samples->count * list[i].count, true));
            field_text(lua, "allowed", numbers_of(arena, &list[i].allowed, 1, true));
        }
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, field);
}

static void push_names(lua_State *lua, const struct around *around)
{
    lua_newtable(lua);
    field_text(lua, "name", around->name);
    field_int(lua, "samples", around->samples->count);
    push_inputs(lua, around);
}

static void push_verify(lua_State *lua, const void *data)
{
    const struct around *around = data;
    const struct reference *reference = around->reference;
    push_names(lua, around);
    field_bool(lua, "layers", false);
    field_text(lua, "layers", around->layers);
    push_watched(lua, around, "outputs", reference->outputs, reference->n_outputs, false);
    push_watched(lua, around, "kept", reference->layers, around->layers ? reference->n_layers : 0, false);
}

static void push_selftest(lua_State *lua, const void *data)
{
    const struct around *around = data;
    push_names(lua, around);
    push_watched(lua, around, "outputs", around->reference->outputs, around->reference->n_outputs, true);
}

/* ---- programs ---- */

const char *verify_program(const struct reference *reference, const struct samples *samples, const char *name,
                           const char *layers)
{
    const struct around around = {reference, samples, name, layers};
    const char *text;
    return emit_template(reference->model->diag, "verify.c.in", push_verify, &around, &text) ? text : NULL;
}

float *verify_parse(struct arena *arena, const char *printed, int64_t count)
{
    float *values = arena_array(arena, count + 1, sizeof *values);
    for (int64_t i = 0; i < count; i++) {
        char *end;
        unsigned long long bits = strtoull(printed, &end, 16);
        if (end - printed < 8 || bits > UINT32_MAX)
            return NULL;
        uint32_t word = (uint32_t)bits;
        memcpy(&values[i], &word, sizeof word);
        printed = end;
    }
    return printed[strspn(printed, "\r\n ")] ? NULL : values;
}

const char *selftest_program(const struct reference *reference, const struct samples *samples, const char *name)
{
    const struct around around = {reference, samples, name, NULL};
    const char *text;
    return emit_template(reference->model->diag, "selftest.c.in", push_selftest, &around, &text) ? text : NULL;
}
