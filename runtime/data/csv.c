/* csv.c -- tables of numbers as RFC 4180 has them, with blanks allowed around cells: a row is a sample, its label
 * among its features. cnnrt.h says which column is the label and which features are pixels.
 *
 * Features are kept as bytes for as long as all of them are some, for most tables hold pictures. Memory grows with
 * the rows that come; a row that is read has never more cells than the model wants. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CELL_MOST = 64, BUFFER_BYTES = 1 << 14 };

struct table {
    struct cnn_input input;
    const struct cnn_model *model;
    bool failed;  /* an error was told */
    int64_t line; /* of the file, from 1 */
    int64_t used, filled;
    unsigned char buffer[BUFFER_BYTES];
    /* the cell that was read last, without the blanks and quotes around it */
    char cell[CELL_MOST];
    int length;
    bool empty; /* nothing stood there, not even quotes */
    /* the row that was read last */
    float *row;          /* its first cells, as many as the model can use */
    int64_t most, cells; /* how many those are; how many the row has */
    int64_t no_number;   /* the first cell that is none, -1: all are */
    int64_t named;       /* the first cell that names a label, -1: none does */
    /* the columns: of these, `labels` from `label` on are labels and the others features */
    int64_t columns, label, labels;
    int64_t classes; /* the label is one of so many, 0: labels are values */
    /* the rows, and for how many of them there is room */
    int64_t rows, room;
    uint8_t *bytes; /* rows x features; NULL from the first feature on that is no byte */
    float *values;  /* the same from then on */
    float *targets; /* rows x labels */
    bool above_one; /* some byte is */
};

/* ---- cells ---------------------------------------------------------------------------------------- */

static bool bad(struct table *table, const char *what)
{
    table->failed = true;
    return cnn_fail(table->input.error, "%s:%" PRId64 ": %s", table->input.path, table->line, what);
}

/* The next character, which stays there; -1 at the end. */
static int peek(struct table *table)
{
    if (table->used == table->filled && !table->failed) {
        table->used = 0;
        table->filled = table->input.read(&table->input, table->buffer, BUFFER_BYTES);
        if (table->filled < 0) {
            table->filled = 0;
            table->failed = true;
        }
    }
    return table->used < table->filled ? table->buffer[table->used] : -1;
}

static int next(struct table *table)
{
    int c = peek(table);
    table->used += c >= 0;
    return c;
}

static bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r'; }

/* What does not fit is no number that anyone wrote. */
static void append(struct table *table, int c)
{
    if (table->length < CELL_MOST - 1)
        table->cell[table->length++] = (char)c;
}

/* The text behind a quote, up to the next; two quotes stand for one. */
static void read_quoted(struct table *table)
{
    for (int c = next(table);; c = next(table)) {
        if (c < 0 || c == '\n') {
            bad(table, "a quote is not closed");
            return;
        }
        if (c == '"' && peek(table) != '"')
            return;
        append(table, c == '"' ? next(table) : c);
    }
}

/* Reads a cell and returns what ends it: ',', '\n' or -1. */
static int read_cell(struct table *table)
{
    int c = next(table);
    table->length = 0;
    table->empty = true;
    for (; c >= 0 && c != ',' && c != '\n' && !table->failed; c = next(table)) {
        bool leads = table->empty;
        table->empty = table->empty && is_blank(c);
        if (c == '"' && leads)
            read_quoted(table);
        else if (!table->empty)
            append(table, c);
    }
    while (table->length > 0 && is_blank(table->cell[table->length - 1]))
        table->length--;
    table->cell[table->length] = '\0';
    return c;
}

/* The cell as a finite number. Most have few digits, and strtod() is slow. */
static bool cell_number(const struct table *table, float *value)
{
    const char *cell = table->cell;
    size_t length = (size_t)table->length;
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

static bool cell_names_label(const struct table *table)
{
    static const char *const names[] = {"label", "class", "target", "y"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(table->cell, names[i]) == 0)
            return true;
    return false;
}

/* ---- rows ------------------------------------------------------------------------------------------ */

/* Reads the next row that is not empty. False at the end, and after an error. */
static bool read_row(struct table *table)
{
    int end;
    do {
        table->line++;
        table->cells = 0;
        table->no_number = table->named = -1;
        do {
            float value = 0;
            end = read_cell(table);
            if (!cell_number(table, &value) && table->no_number < 0)
                table->no_number = table->cells;
            if (table->named < 0 && cell_names_label(table))
                table->named = table->cells;
            if (table->cells < table->most)
                table->row[table->cells] = value;
            table->cells++;
        } while (end == ',');
    } while (end == '\n' && table->cells == 1 && table->empty);
    return !table->failed && !(table->cells == 1 && table->empty);
}

static bool check_row(struct table *table)
{
    if (table->cells != table->columns)
        return cnn_fail(table->input.error, "%s:%" PRId64 ": has %" PRId64 " cells, but the first row has %" PRId64,
                        table->input.path, table->line, table->cells, table->columns);
    if (table->no_number >= 0)
        return cnn_fail(table->input.error, "%s:%" PRId64 ": cell %" PRId64 " is no number", table->input.path,
                        table->line, table->no_number + 1);
    float label = table->row[table->label];
    if (table->classes > 0 && !cnn_is_class(label, table->classes))
        return cnn_fail(table->input.error, "%s:%" PRId64 ": has class %g, but model %s has classes 0 to %" PRId64,
                        table->input.path, table->line, (double)label, table->model->name, table->classes - 1);
    return true;
}

static bool resize(struct table *table, void **array, int64_t row_bytes, int64_t rows)
{
    void *grown = rows > INT64_MAX / 16 / (row_bytes + 1) ? NULL : realloc(*array, (size_t)(row_bytes * rows + 1));
    if (!grown)
        return cnn_fail(table->input.error, "%s: out of memory for %" PRId64 " rows", table->input.path, rows);
    *array = grown;
    return true;
}

static bool make_room(struct table *table)
{
    int64_t features = table->columns - table->labels, size = (int64_t)sizeof(float);
    if (table->rows < table->room)
        return true;
    table->room = table->room ? 2 * table->room : 1;
    void *bytes = table->bytes, *values = table->values, *targets = table->targets;
    bool ok = (values ? resize(table, &values, features * size, table->room)
                      : resize(table, &bytes, features, table->room)) &&
              resize(table, &targets, table->labels * size, table->room);
    table->bytes = bytes;
    table->values = values;
    table->targets = targets;
    return ok;
}

/* Makes floats of the features so far. */
static bool widen(struct table *table)
{
    int64_t features = table->columns - table->labels;
    void *values = NULL;
    if (!resize(table, &values, features * (int64_t)sizeof(float), table->room))
        return false;
    table->values = values;
    for (int64_t i = 0; i < table->rows * features; i++)
        table->values[i] = table->bytes[i];
    free(table->bytes);
    table->bytes = NULL;
    return true;
}

static bool is_label(const struct table *table, int64_t column)
{
    return column >= table->label && column < table->label + table->labels;
}

static bool has_bytes(const struct table *table)
{
    for (int64_t c = 0; c < table->columns; c++) {
        float value = table->row[c];
        if (!is_label(table, c) && !(value >= 0 && value <= 255 && value == floorf(value)))
            return false;
    }
    return true;
}

/* Adds the row that was read last. */
static bool push_row(struct table *table)
{
    if (!check_row(table) || !make_room(table) || (!table->values && !has_bytes(table) && !widen(table)))
        return false;
    int64_t feature = table->rows * (table->columns - table->labels), target = table->rows * table->labels;
    for (int64_t c = 0; c < table->columns; c++) {
        float value = table->row[c];
        if (is_label(table, c)) {
            table->targets[target++] = value;
            continue;
        }
        if (table->values)
            table->values[feature++] = value;
        else
            table->bytes[feature++] = (uint8_t)value;
        table->above_one = table->above_one || value > 1;
    }
    table->rows++;
    return true;
}

/* ---- the table ------------------------------------------------------------------------------------- */

/* Which columns are labels? The row that was read last is the first one. */
static bool read_columns(struct table *table)
{
    const struct cnn_model *model = table->model;
    table->columns = table->cells;
    table->labels = table->cells - model->input_count;
    bool fits = table->labels == 0 || table->labels == 1 || table->labels == model->label_count;
    if (!fits || (table->labels == 0 && table->named >= 0))
        return cnn_fail(table->input.error,
                        "%s: has %" PRId64 " columns%s, but model %s has %" PRId64
                        " inputs: with a label there are %" PRId64 " columns, without one %" PRId64,
                        table->input.path, table->cells, table->named >= 0 ? ", one of them a label" : "",
                        model->name, model->input_count, model->input_count + 1, model->input_count);
    table->label = table->labels == 1 && table->named >= 0 ? table->named : 0;
    table->classes = table->labels == 1 ? cnn_label_classes(model) : 0;
    return true;
}

static bool read_table(struct table *table)
{
    peek(table);
    if (table->filled >= 3 && memcmp(table->buffer, "\xEF\xBB\xBF", 3) == 0)
        table->used = 3; /* a byte order mark, as some spreadsheets write it */
    if (!read_row(table))
        return !table->failed && cnn_fail(table->input.error, "%s: is empty", table->input.path);
    bool header = table->no_number >= 0;
    if (!read_columns(table) || (!header && !push_row(table)))
        return false;
    while (read_row(table))
        if (!push_row(table))
            return false;
    if (!table->failed && table->rows == 0)
        return cnn_fail(table->input.error, "%s: has no rows", table->input.path);
    return !table->failed && (table->values || table->above_one || widen(table));
}

/* What was read, moved out of the table. */
static void take_arrays(struct table *table, struct cnn_array *inputs, struct cnn_array *labels)
{
    *inputs = (struct cnn_array){.rank = 2,
                                 .dim = {table->rows, table->columns - table->labels},
                                 .element = table->values ? CNN_FLOAT : CNN_BYTE,
                                 .data = table->values ? (void *)table->values : table->bytes};
    if (table->labels > 0) {
        *labels = (struct cnn_array){
            .rank = 2, .dim = {table->rows, table->labels}, .element = CNN_FLOAT, .data = table->targets};
        table->targets = NULL;
    }
    table->values = NULL;
    table->bytes = NULL;
}

bool cnn_csv_read(const struct cnn_model *model, const char *path, struct cnn_array *inputs,
                  struct cnn_array *labels, struct cnn_error *error)
{
    *inputs = *labels = (struct cnn_array){0};
    struct table *table = cnn_alloc(sizeof *table, error);
    if (!table)
        return false;
    *table = (struct table){.model = model,
                            .most = model->input_count + (model->label_count > 1 ? model->label_count : 1)};
    table->row = cnn_alloc_floats(table->most, error);
    bool ok = table->row && cnn_input_open(&table->input, path, error) && read_table(table);
    if (ok)
        take_arrays(table, inputs, labels);
    cnn_input_close(&table->input);
    free(table->row);
    free(table->bytes);
    free(table->values);
    free(table->targets);
    free(table);
    return ok;
}

bool cnn_csv_is(const char *path)
{
    size_t length = strlen(path);
    length -= length > 3 && strcmp(path + length - 3, ".gz") == 0 ? 3 : 0;
    return length > 4 && strncasecmp(path + length - 4, ".csv", 4) == 0;
}
