/* csv.c -- the cells of a table as RFC 4180 has them, with blanks allowed around them. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool fail_here(struct cnn_csv *csv, const char *what)
{
    csv->failed = true;
    return cnn_fail(csv->input.error, "%s:%" PRId64 ": %s", csv->input.path, csv->line, what);
}

/* The next character, which stays there; -1 at the end. */
static int peek(struct cnn_csv *csv)
{
    if (csv->used == csv->filled && !csv->failed) {
        csv->used = 0;
        csv->filled = csv->input.read(&csv->input, csv->buffer, (int64_t)sizeof csv->buffer);
        if (csv->filled < 0) {
            csv->filled = 0;
            csv->failed = true;
        }
    }
    return csv->used < csv->filled ? csv->buffer[csv->used] : -1;
}

static int next(struct cnn_csv *csv)
{
    int c = peek(csv);
    csv->used += c >= 0;
    return c;
}

static bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r'; }

/* What does not fit is no number that anyone wrote, and too long for a name. */
static void append(struct cnn_csv *csv, int c)
{
    if (csv->length < CNN_CELL_SIZE - 1)
        csv->cell[csv->length++] = (char)c;
    else
        csv->is_cut = true;
}

/* The text behind a quote, up to the next; two quotes stand for one. */
static void read_quoted(struct cnn_csv *csv)
{
    for (int c = next(csv);; c = next(csv)) {
        if (c < 0 || c == '\n') {
            fail_here(csv, "a quote is not closed");
            return;
        }
        if (c == '"' && peek(csv) != '"')
            return;
        append(csv, c == '"' ? next(csv) : c);
    }
}

/* Reads a cell and returns what ends it: ',', '\n' or -1. */
static int read_cell(struct cnn_csv *csv)
{
    int c = next(csv);
    csv->length = 0;
    csv->empty = true;
    csv->is_cut = false;
    for (; c >= 0 && c != ',' && c != '\n' && !csv->failed; c = next(csv)) {
        bool leads = csv->empty;
        csv->empty = csv->empty && is_blank(c);
        if (c == '"' && leads)
            read_quoted(csv);
        else if (!csv->empty)
            append(csv, c);
    }
    while (csv->length > 0 && is_blank(csv->cell[csv->length - 1]))
        csv->length--;
    csv->cell[csv->length] = '\0';
    return c;
}

/* Most have few digits, and strtod() is slow. */
bool cnn_csv_number(const struct cnn_csv *csv, float *value)
{
    const char *cell = csv->cell;
    size_t length = (size_t)csv->length;
    char *end;
    if (length == 0 || strspn(cell, "+-.0123456789eE") != length)
        return false;
    if (length <= 9 && strspn(cell, "0123456789") == length) {
        int64_t whole = 0;
        for (size_t i = 0; i < length; i++)
            whole = 10 * whole + (cell[i] - '0');
        *value = (float)whole;
        return true;
    }
    *value = (float)strtod(cell, &end);
    return *end == '\0' && isfinite(*value);
}

bool cnn_csv_row(struct cnn_csv *csv, void (*show)(void *user, int64_t column), void *user, int64_t *cells)
{
    int end;
    do {
        csv->line++;
        *cells = 0;
        do {
            end = read_cell(csv);
            if (end == ',' || *cells > 0 || !csv->empty) /* otherwise the row is */
                show(user, *cells);
            ++*cells;
        } while (end == ',');
    } while (end == '\n' && *cells == 1 && csv->empty);
    return !csv->failed && !(*cells == 1 && csv->empty);
}

bool cnn_csv_open(struct cnn_csv *csv, const char *path, struct cnn_error *error)
{
    csv->line = csv->used = csv->filled = 0;
    csv->failed = false;
    if (!cnn_input_open(&csv->input, path, error))
        return false;
    peek(csv);
    if (csv->filled >= 3 && memcmp(csv->buffer, "\xEF\xBB\xBF", 3) == 0)
        csv->used = 3; /* a byte order mark, as some spreadsheets write it */
    return true;
}
