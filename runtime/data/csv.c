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

/* Reads a cell and returns what ends it: the separator, '\n' or -1. */
static int read_cell(struct cnn_csv *csv)
{
    const int separator = (unsigned char)csv->layout.separator;
    int c = next(csv);
    csv->length = 0;
    csv->empty = true;
    csv->is_cut = false;
    for (; c >= 0 && c != separator && c != '\n' && !csv->failed; c = next(csv)) {
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

static bool is_around(int c) { return c == ' ' || c == '\r' || c == '"'; }

/* Reads one number of a cell of many, and returns what ends it: ' ' where others follow. */
static int read_part(struct cnn_csv *csv)
{
    csv->length = 0;
    csv->is_cut = false;
    while (is_around(peek(csv)))
        next(csv);
    for (int c = peek(csv); c >= 0 && c != (unsigned char)csv->layout.separator && c != '\n' && !is_around(c);
         c = peek(csv))
        append(csv, next(csv));
    csv->cell[csv->length] = '\0';
    csv->empty = csv->length == 0;
    while (is_around(peek(csv)))
        next(csv);
    int end = peek(csv);
    return end < 0 || end == (unsigned char)csv->layout.separator || end == '\n' ? next(csv) : ' ';
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

bool cnn_csv_has_comma(const char *cell)
{
    const char *comma = strchr(cell, ',');
    return comma && comma[1] && strspn(cell, "+-,.0123456789") == strlen(cell);
}

/* A row as it is being read. */
struct row {
    void (*show)(void *user, int64_t column);
    void *user;
    int64_t column;    /* of the file, */
    int64_t *cells;    /* and how many cells were shown */
    bool is_of_others; /* it belongs to another set */
};

/* Is the row, whose cell says to which set it belongs, one of those that are wanted? */
static bool check_usage(struct cnn_csv *csv, struct row *row)
{
    const char *set = cnn_layout_set(csv->cell);
    char what[2 * CNN_CELL_SIZE];
    if (!csv->set || csv->line == 1) /* which names the column */
        return true;
    row->is_of_others = set && strcmp(set, csv->set) != 0;
    snprintf(what, sizeof what, "'%s' is no set: training, validation or test", csv->cell);
    return set || fail_here(csv, what);
}

static void show_cell(struct cnn_csv *csv, struct row *row, int end)
{
    float value;
    bool names = row->column == csv->layout.vector && end != ' ' && csv->line == 1 && !cnn_csv_number(csv, &value);
    for (int64_t i = 0; i < (names ? csv->parts : 1); i++)
        row->show(row->user, (*row->cells)++);
}

/* Reads a cell, or a part of one, and returns what ends it. */
static int read_next(struct cnn_csv *csv, struct row *row)
{
    int end = row->column == csv->layout.vector ? read_part(csv) : read_cell(csv);
    bool is_alone = end != (unsigned char)csv->layout.separator && end != ' ' &&
                    row->column == 0; /* then the row may be empty */
    if (row->column == csv->layout.usage)
        check_usage(csv, row);
    else if (!is_alone || *row->cells > 0 || !csv->empty)
        show_cell(csv, row, end);
    row->column += end != ' ';
    return end;
}

/* The next row that is not empty, whatever set it belongs to. */
static bool read_row(struct cnn_csv *csv, struct row *row)
{
    int end;
    do {
        csv->line++;
        *row->cells = row->column = 0;
        row->is_of_others = false;
        do
            end = read_next(csv, row);
        while (!csv->failed && (end == (unsigned char)csv->layout.separator || end == ' '));
    } while (end == '\n' && *row->cells == 0 && !csv->failed);
    return !csv->failed && *row->cells > 0;
}

bool cnn_csv_row(struct cnn_csv *csv, void (*show)(void *user, int64_t column), void *user, int64_t *cells)
{
    struct row row = {.show = show, .user = user, .cells = cells};
    bool ok;
    do
        ok = read_row(csv, &row);
    while (ok && row.is_of_others);
    return ok;
}

static void see_nothing(void *user, int64_t column) { (void)user, (void)column; }

static bool begin(struct cnn_csv *csv, const char *path, struct cnn_error *error)
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

/* How many numbers are in a cell that is a vector: by how much the second row is longer than the first, or else all. */
static bool count_parts(struct cnn_csv *csv, const char *path, struct cnn_error *error)
{
    int64_t first = 0, second = 0;
    csv->parts = 1;
    bool two = cnn_csv_row(csv, see_nothing, NULL, &first) && cnn_csv_row(csv, see_nothing, NULL, &second);
    bool failed = csv->failed;
    csv->parts = two && second > first ? second - first + 1 : first;
    cnn_input_close(&csv->input);
    return !failed && begin(csv, path, error);
}

bool cnn_csv_open(struct cnn_csv *csv, const char *path, const char *set, struct cnn_error *error)
{
    csv->set = NULL;
    if (!begin(csv, path, error))
        return false;
    csv->layout = cnn_layout_of(path, (const char *)csv->buffer + csv->used, csv->filled - csv->used);
    bool ok = csv->layout.vector < 0 || count_parts(csv, path, error);
    csv->set = set;
    return ok;
}
