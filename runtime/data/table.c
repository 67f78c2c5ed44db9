/* table.c -- a table of numbers as the inputs and labels of a model: a row is a sample, its label among its features.
 *
 * Features are kept as bytes for as long as all of them are some, for most tables hold pictures. Memory grows with the
 * rows that come; a row that is read has never more cells than the model wants. */
#include "data/data.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct table {
    struct cnn_csv csv;
    const struct cnn_model *model;
    struct cnn_columns columns;
    struct cnn_words *words; /* of labels */
    /* the row that was read last */
    float *row;                /* its first cells, as many as the model can use */
    int64_t max, cells;        /* how many those are; how many the row has */
    int64_t no_number;         /* the first cell that is none, but for labels that are words, -1: all are */
    char wrong[CNN_CELL_SIZE]; /* what it has */
    bool is_cut;               /* the label is too long */
    char label[CNN_CELL_SIZE];
    /* the rows, and for how many of them there is room */
    int64_t rows, room;
    uint8_t *bytes; /* rows x features; NULL from the first feature on that is no byte */
    float *values;  /* the same from then on */
    float *targets; /* rows x labels */
    bool is_whole;  /* no feature has a fraction */
};

static int64_t place_of(const struct table *table, int64_t feature)
{
    return table->columns.places ? table->columns.places[feature] : feature;
}

static int64_t count_features(const struct table *table) { return table->columns.count - table->columns.labels; }

static bool is_label(const struct table *table, int64_t column)
{
    return column >= table->columns.label && column < table->columns.label + table->columns.labels;
}

/* ---- rows ------------------------------------------------------------------------------------------ */

static void take_cell(void *user, int64_t column)
{
    struct table *table = user;
    float value = 0;
    if (column == 0)
        table->no_number = -1;
    if (table->columns.words && is_label(table, column)) {
        memcpy(table->label, table->csv.cell, sizeof table->label);
        table->is_cut = table->csv.is_cut;
    } else if (!cnn_csv_number(&table->csv, &value) && table->no_number < 0) {
        table->no_number = column;
        memcpy(table->wrong, table->csv.cell, sizeof table->wrong);
    }
    if (column < table->max)
        table->row[column] = value;
}

static bool read_row(struct table *table) { return cnn_csv_row(&table->csv, take_cell, table, &table->cells); }

/* Puts the number of the label's word into the row. */
static bool check_word(struct table *table)
{
    const struct cnn_csv *csv = &table->csv;
    if (table->is_cut || !*table->label)
        return cnn_fail(csv->input.error, "%s:%" PRId64 ": its label is %s", csv->input.path, csv->line,
                        table->is_cut ? "longer than 63 characters" : "empty");
    int index = cnn_words_add(table->words, table->label, csv->input.error);
    table->row[table->columns.label] = (float)index;
    return index >= 0;
}

static bool check_label(struct table *table)
{
    const struct cnn_csv *csv = &table->csv;
    float label = table->row[table->columns.label];
    char what[CNN_ABOUT];
    if (table->columns.labels != 1)
        return true;
    if (table->columns.words)
        return check_word(table);
    return cnn_label_fits(table->model, label, what) ||
           cnn_fail(csv->input.error, "%s:%" PRId64 ": has %s%s", csv->input.path, csv->line, what,
                    table->columns.doubt);
}

/* What would mend a cell that is no number. */
static const char *mend(const char *cell)
{
    static const char *const missing[] = {"nan", "NaN", "na", "NA", "N/A", "n/a", "null", "NULL", "None", "inf"};
    if (cnn_csv_has_comma(cell))
        return "; decimals are written with a point";
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (strcmp(cell, missing[i]) == 0)
            return "; where a number is missing, another must stand, or the row be left out";
    return isalpha((unsigned char)*cell) ? "; a feature of words becomes a column for each of them, of 0 and 1"
                                         : "";
}

static bool check_row(struct table *table)
{
    const struct cnn_csv *csv = &table->csv;
    if (table->cells != table->columns.count)
        return cnn_fail(csv->input.error, "%s:%" PRId64 ": has %" PRId64 " cells, but the first row has %" PRId64,
                        csv->input.path, csv->line, table->cells, table->columns.count);
    if (table->no_number >= 0)
        return cnn_fail(csv->input.error, "%s:%" PRId64 ": cell %" PRId64 " is no number: %s%s", csv->input.path,
                        csv->line, table->no_number + 1, *table->wrong ? table->wrong : "it is empty",
                        mend(table->wrong));
    return check_label(table);
}

static bool resize(struct table *table, void **array, int64_t row_bytes, int64_t rows)
{
    void *grown = rows > INT64_MAX / 16 / (row_bytes + 1) ? NULL : realloc(*array, (size_t)(row_bytes * rows + 1));
    if (!grown)
        return cnn_fail(table->csv.input.error, "%s: out of memory for %" PRId64 " rows", table->csv.input.path,
                        rows);
    *array = grown;
    return true;
}

static bool make_room(struct table *table)
{
    int64_t features = count_features(table), size = (int64_t)sizeof(float);
    if (table->rows < table->room)
        return true;
    table->room = table->room ? 2 * table->room : 1;
    void *bytes = table->bytes, *values = table->values, *targets = table->targets;
    bool ok = (values ? resize(table, &values, features * size, table->room)
                      : resize(table, &bytes, features, table->room)) &&
              resize(table, &targets, table->columns.labels * size, table->room);
    table->bytes = bytes;
    table->values = values;
    table->targets = targets;
    return ok;
}

/* Makes floats of the features so far. */
static bool widen(struct table *table)
{
    int64_t features = count_features(table);
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

/* Are all features bytes? Also sees whether one has a fraction. */
static bool has_bytes(struct table *table)
{
    bool bytes = true;
    for (int64_t c = 0; c < table->columns.count; c++) {
        float value = table->row[c];
        if (is_label(table, c))
            continue;
        table->is_whole = table->is_whole && value == floorf(value);
        bytes = bytes && value >= 0 && value <= 255 && value == floorf(value);
    }
    return bytes;
}

/* Adds the row that was read last. */
static bool push_row(struct table *table)
{
    if (!check_row(table) || !make_room(table) || (!has_bytes(table) && !table->values && !widen(table)))
        return false;
    int64_t first = table->rows * count_features(table), feature = 0, target = table->rows * table->columns.labels;
    for (int64_t c = 0; c < table->columns.count; c++) {
        float value = table->row[c];
        if (is_label(table, c))
            table->targets[target++] = value;
        else if (table->bytes)
            table->bytes[first + place_of(table, feature++)] = (uint8_t)value;
        else
            table->values[first + place_of(table, feature++)] = value;
    }
    table->rows++;
    return true;
}

/* ---- the table ------------------------------------------------------------------------------------- */

static bool read_table(struct table *table)
{
    struct cnn_error *error = table->csv.input.error;
    bool header = table->columns.header && read_row(table);
    while (!table->csv.failed && read_row(table))
        if (!push_row(table))
            return false;
    if (!table->csv.failed && table->rows == 0)
        return cnn_fail(error, "%s: %s", table->csv.input.path, header ? "has no rows" : "is empty");
    return !table->csv.failed;
}

/* What was read, moved out of the table. */
static void take_arrays(struct table *table, struct cnn_raw *raw)
{
    int64_t labels = table->columns.labels;
    raw->inputs = (struct cnn_array){.rank = 2,
                                     .dim = {table->rows, count_features(table)},
                                     .element = table->values ? CNN_FLOAT : CNN_BYTE,
                                     .data = table->values ? (void *)table->values : table->bytes};
    raw->inputs_are_whole = table->is_whole;
    if (labels > 0) {
        raw->labels = (struct cnn_array){
            .rank = 2, .dim = {table->rows, labels}, .element = CNN_FLOAT, .data = table->targets};
        table->targets = NULL;
    }
    table->values = NULL;
    table->bytes = NULL;
}

static bool read_all(struct table *table, const struct cnn_place *place, struct cnn_preprocessing *preprocessing,
                     struct cnn_error *error)
{
    if (!cnn_columns_choose(table->model, place, preprocessing, &table->columns, error))
        return false;
    table->row = cnn_alloc_floats(table->max, error);
    bool ok = table->row && cnn_csv_open(&table->csv, place->path, place->name, error) && read_table(table);
    cnn_input_close(&table->csv.input);
    return ok;
}

bool cnn_table_read(const struct cnn_model *model, const struct cnn_source *source,
                    struct cnn_preprocessing *preprocessing, struct cnn_raw *raw, struct cnn_error *error)
{
    struct table *table = cnn_alloc(sizeof *table, error);
    if (!table)
        return false;
    *table = (struct table){.model = model,
                            .words = &raw->words,
                            .is_whole = true,
                            .max = model->inputs[0].count +
                                   (model->outputs[0].label_count > 1 ? model->outputs[0].label_count : 1)};
    bool ok = read_all(table, &source->inputs, preprocessing, error);
    if (ok)
        take_arrays(table, raw);
    free(table->columns.places);
    free(table->row);
    free(table->bytes);
    free(table->values);
    free(table->targets);
    free(table);
    return ok;
}

static void see_nothing(void *user, int64_t column) { (void)user, (void)column; }

bool cnn_table_has_set(const char *path, const char *prefix)
{
    int64_t cells;
    struct cnn_csv *csv = cnn_alloc(sizeof *csv, NULL);
    bool has = csv && cnn_csv_open(csv, path, prefix, NULL) && csv->layout.usage >= 0 &&
               cnn_csv_row(csv, see_nothing, NULL, &cells) && cnn_csv_row(csv, see_nothing, NULL, &cells);
    if (csv)
        cnn_input_close(&csv->input);
    free(csv);
    return has;
}
