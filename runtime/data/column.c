/* column.c -- which column of a table is the label, and does its first row name the columns? The first rows tell, unless
 * somebody did. What is only guessed is said together with what speaks against it. */
#include "data/data.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROWS_SEEN = 1000 };

static const char *const label_names[] = {"label", "class", "target", "y", NULL};
/* Those that often are labels, and often are none: they are named, never taken. */
static const char *const candidate_names[] = {"species", "diagnosis", "outcome", "quality", "price", NULL};

struct column {
    char name[CNN_COLUMN_NAME];   /* what the first row has there */
    bool word_first, word_second; /* the first row and the next have a word there */
    bool words;                   /* and all others, too */
    char word[CNN_CELL_SIZE];     /* the last of them */
    bool fractions, fits;         /* some row has a fraction; each could be a label */
};

/* What the first rows of a table have. */
struct survey {
    struct cnn_csv csv;
    const struct cnn_model *model;
    struct column *columns;
    int64_t max, count; /* columns there is room for; of the first row */
    int64_t rows;       /* that have been read, the first one left out */
    bool header;
    float first[ROWS_SEEN]; /* the different numbers of the first column */
    int different;
};

/* ---- looking ---------------------------------------------------------------------------------------- */

static void see_number(struct survey *survey, int64_t column, float value)
{
    char what[CNN_ABOUT];
    struct column *seen = &survey->columns[column];
    seen->fractions = seen->fractions || value != floorf(value);
    seen->fits = seen->fits && cnn_label_fits(survey->model, value, what);
    if (column > 0)
        return;
    for (int i = 0; i < survey->different; i++)
        if (survey->first[i] == value)
            return;
    if (survey->different < ROWS_SEEN)
        survey->first[survey->different++] = value;
}

static void see_first(void *user, int64_t column)
{
    struct survey *survey = user;
    float value;
    if (column >= survey->max)
        return;
    struct column *seen = &survey->columns[column];
    *seen = (struct column){.words = true, .fits = true};
    memcpy(seen->name, survey->csv.cell, sizeof seen->name);
    seen->word_first = !cnn_csv_number(&survey->csv, &value);
}

static void see_other(void *user, int64_t column)
{
    struct survey *survey = user;
    float value;
    if (column >= survey->max || column >= survey->count)
        return;
    struct column *seen = &survey->columns[column];
    bool number = cnn_csv_number(&survey->csv, &value), word = !number && survey->csv.length > 0;
    if (survey->rows == 0)
        seen->word_second = word;
    seen->words = seen->words && word && !cnn_csv_has_comma(survey->csv.cell);
    if (seen->words)
        memcpy(seen->word, survey->csv.cell, sizeof seen->word);
    if (number)
        see_number(survey, column, value);
}

static bool is_among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcasecmp(*names, name) == 0)
            return true;
    return false;
}

static int64_t count_columns(const struct survey *survey)
{
    return survey->count < survey->max ? survey->count : survey->max;
}

/* The first column that has one of the names, -1: none has. */
static int64_t find_names(const struct survey *survey, const char *const *names)
{
    for (int64_t c = 0; c < count_columns(survey); c++)
        if (is_among(names, survey->columns[c].name))
            return c;
    return -1;
}

/* A word in the first row makes it a header, unless the words are labels, which the next row has in the same places. */
static bool is_header(const struct survey *survey)
{
    int64_t words = 0, alike = 0;
    for (int64_t c = 0; c < count_columns(survey); c++) {
        words += survey->columns[c].word_first;
        alike += survey->columns[c].word_first && survey->columns[c].word_second;
    }
    bool named = find_names(survey, label_names) >= 0 || find_names(survey, candidate_names) >= 0;
    return words > 0 && (named || alike < words || words == count_columns(survey));
}

/* A first row that is a sample counts with the others. */
static void see_first_sample(struct survey *survey)
{
    for (int64_t c = 0; c < count_columns(survey); c++) {
        struct column *seen = &survey->columns[c];
        seen->words = seen->words && seen->word_first && !cnn_csv_has_comma(seen->name);
        if (!seen->word_first)
            see_number(survey, c, (float)strtod(seen->name, NULL));
        *seen->name = '\0';
    }
}

static bool look(struct survey *survey, const struct cnn_place *place, struct cnn_error *error)
{
    int64_t cells;
    if (!cnn_csv_open(&survey->csv, place->path, place->name, error))
        return false;
    if (!cnn_csv_row(&survey->csv, see_first, survey, &survey->count))
        return !survey->csv.failed && cnn_fail(error, "%s: is empty", place->path);
    while (survey->rows < ROWS_SEEN - 1 && cnn_csv_row(&survey->csv, see_other, survey, &cells))
        survey->rows++;
    survey->header = is_header(survey);
    if (!survey->header)
        see_first_sample(survey);
    return !survey->csv.failed;
}

/* ---- choosing --------------------------------------------------------------------------------------- */

/* The column with that name, -1: none; a name is most likely typed as it stands there. */
static int64_t find_name(const struct survey *survey, const char *name)
{
    const char *const names[] = {name, NULL};
    for (int64_t c = 0; survey->header && c < count_columns(survey); c++)
        if (strcmp(survey->columns[c].name, name) == 0)
            return c;
    return survey->header ? find_names(survey, names) : -1;
}

/* A number that the user chose, counted from 1, or -1 from the end; 0: it is none. */
static int64_t chosen_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    return end != text && !*end ? number : 0;
}

/* The column that the user or a training told, -1: neither did. */
static bool find_told(const struct survey *survey, const struct cnn_preprocessing *told, int64_t labels,
                      int64_t *column, struct cnn_error *error)
{
    int64_t number = told->label_column;
    *column = *told->label ? find_name(survey, told->label) : -1;
    if (*column < 0 && told->label_is_chosen && !number)
        number = chosen_number(told->label);
    if (*column < 0 && number && (told->label_is_chosen || !survey->header))
        *column = number < 0 ? survey->count + number : number - 1;
    if (*column >= 0 && *column <= survey->count - labels) /* no sum: the column may be any number */
        return true;
    if (!told->label_is_chosen) {
        *column = -1;
        return true;
    }
    struct cnn_near near = cnn_near(told->label);
    for (int64_t c = 0; survey->header && c < count_columns(survey); c++)
        cnn_near_try(&near, survey->columns[c].name);
    return cnn_fail(error, "%s: has no column %s for --label%s%s%s: its columns are 1 to %" PRId64 "%s",
                    survey->csv.input.path, told->label, near.found ? " (did you mean " : "",
                    near.found ? near.found : "", near.found ? "?)" : "", survey->count,
                    survey->header ? ", or as its first row calls them" : ", and no row names them");
}

/* The only column of words, -1: there is none or are several. */
static int64_t find_words(const struct survey *survey)
{
    int64_t found = -1;
    for (int64_t c = 0; survey->rows > 0 && c < count_columns(survey); c++)
        if (survey->columns[c].words) {
            if (found >= 0)
                return -1;
            found = c;
        }
    return found;
}

/* Is the last column the only one without fractions? */
static bool last_differs(const struct survey *survey)
{
    int64_t last = survey->count - 1;
    bool others = survey->rows > 0;
    for (int64_t c = 0; c < last; c++)
        others = others && survey->columns[c].fractions;
    return others && !survey->columns[last].fractions;
}

/* Columns that could be the label, the last one first: "column 9, called outcome, or column 3". "": there are none. */
static void list_candidates(const struct survey *survey, bool by_values, char *text, size_t size)
{
    size_t used = 0;
    int found = 0;
    *text = '\0';
    for (int64_t c = survey->count - 1; c >= 0 && found < 3 && used < size; c--) {
        const struct column *column = &survey->columns[c];
        bool named = survey->header && is_among(candidate_names, column->name);
        bool fits = c > 0 && column->fits && (by_values || (c == survey->count - 1 && last_differs(survey)));
        if (!named && !fits)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%scolumn %" PRId64 "%s%s", found++ ? " or " : "", c + 1,
                                 survey->header ? ", called " : "", column->name);
    }
}

static void guess_first(const struct survey *survey, struct cnn_columns *columns)
{
    char others[150];
    const char *reason = survey->header ? "no column is called label, class, target or y" : "there is no header";
    bool classes = cnn_label_classes(survey->model) > 0 || cnn_label_is_probability(survey->model);
    list_candidates(survey, classes, others, sizeof others);
    snprintf(
        columns->doubt, sizeof columns->doubt,
        "; column 1 was taken for the label, for %s: it has %d distinct value%s%s%s; --label NAME|NUMBER tells",
        reason, survey->different, survey->different == 1 ? "" : "s", *others ? "; the label could be " : "",
        others);
    list_candidates(survey, false, others, sizeof others);
    snprintf(columns->how, sizeof columns->how, "the first, for %s%s%s; --label NAME|NUMBER takes another", reason,
             *others ? "; it could be " : "", others);
}

/* Takes a column for the label: told, named, the only one of words, or else the first. */
static bool choose(const struct survey *survey, const struct cnn_preprocessing *told, struct cnn_columns *columns,
                   struct cnn_error *error)
{
    const char *path = survey->csv.input.path;
    int64_t column, named = survey->header ? find_names(survey, label_names) : -1;
    if (!find_told(survey, told, columns->labels, &column, error))
        return false;
    if (column >= 0) {
        snprintf(columns->how, sizeof columns->how, "%s", told->label_is_chosen ? "by --label" : "as in training");
    } else if (named >= 0 && named + columns->labels <= survey->count) {
        column = named;
        snprintf(columns->how, sizeof columns->how, "by its name");
    } else if (columns->labels == 1 && find_words(survey) >= 0) {
        column = find_words(survey);
        snprintf(columns->how, sizeof columns->how, "the only one of words");
    } else if (survey->header && find_names(survey, candidate_names) >= 0) {
        char others[150];
        list_candidates(survey, false, others, sizeof others);
        return cnn_fail(
            error,
            "%s: which column is the label? None is called label, class, target or y, but it could be %s; "
            "--label NAME|NUMBER tells",
            path, others);
    } else {
        guess_first(survey, columns);
        column = 0;
    }
    columns->label = column;
    return true;
}

/* How many columns are labels? */
static bool count_labels(const struct survey *survey, const struct cnn_preprocessing *told,
                         struct cnn_columns *columns, struct cnn_error *error)
{
    const struct cnn_model *model = survey->model;
    int64_t labels = survey->count - model->inputs[0].count;
    bool named = survey->header &&
                 (find_names(survey, label_names) >= 0 || (*told->label && find_name(survey, told->label) >= 0));
    bool fits = labels == 0 || labels == 1 || labels == model->outputs[0].label_count;
    if (!fits || (labels == 0 && named))
        return cnn_fail(error,
                        "%s: has %" PRId64 " columns%s, but model %s has %" PRId64
                        " inputs: with a label there are %" PRId64 " columns, without one %" PRId64,
                        survey->csv.input.path, survey->count, named ? ", one of them a label" : "", model->name,
                        model->inputs[0].count, model->inputs[0].count + 1, model->inputs[0].count);
    *columns = (struct cnn_columns){.header = survey->header, .count = survey->count, .labels = labels};
    return true;
}

/* Keeps what was found for the sets that follow, and says it. */
static void tell(const struct survey *survey, const struct cnn_columns *columns, struct cnn_preprocessing *told)
{
    const struct column *label = &survey->columns[columns->label];
    if (columns->labels == 0 || *told->labels_about)
        return;
    told->label_column = columns->label + 1;
    memcpy(told->label, label->name, sizeof told->label);
    snprintf(told->labels_about, sizeof told->labels_about, "column %" PRId64 " of %" PRId64 "%s%s, %s",
             told->label_column, columns->count, *label->name ? ", called " : "", label->name, columns->how);
    cnn_make_printable(told->labels_about);
}

/* Names tell in which order the features are those of the training. */
static bool order_features(const struct survey *survey, struct cnn_columns *columns, struct cnn_preprocessing *told,
                           struct cnn_error *error)
{
    int64_t count = 0;
    const char **names = cnn_alloc(survey->count * (int64_t)sizeof *names, error);
    for (int64_t c = 0; names && c < survey->count; c++)
        if (c < columns->label || c >= columns->label + columns->labels)
            names[count++] = survey->columns[c].name;
    bool ok = names && cnn_columns_order(survey->csv.input.path, names, count, told, &columns->places, error);
    free(names);
    return ok;
}

/* Of a column that is the label. */
static bool has_words(const struct survey *survey, const struct cnn_columns *columns, bool *words,
                      struct cnn_error *error)
{
    const struct cnn_model *model = survey->model;
    const struct column *label = &survey->columns[columns->label];
    *words = columns->labels == 1 && survey->rows > 0 && label->words;
    if (!*words || cnn_label_classes(model) > 0 || cnn_label_is_probability(model))
        return true;
    return cnn_fail(error,
                    "%s: the label, column %" PRId64 "%s%s, has words (%s), but model %s predicts numbers: --label "
                    "NAME|NUMBER takes a column of numbers; to predict words, the network ends in a softmax over "
                    "them, with the loss sparse_categorical_crossentropy",
                    survey->csv.input.path, columns->label + 1, *label->name ? ", called " : "", label->name,
                    label->word, model->name);
}

static bool decide(struct survey *survey, const struct cnn_place *place, struct cnn_preprocessing *told,
                   struct cnn_columns *columns, struct cnn_error *error)
{
    if (!look(survey, place, error) || !count_labels(survey, told, columns, error) ||
        (columns->labels > 0 && !choose(survey, told, columns, error)))
        return false;
    if (survey->header && !order_features(survey, columns, told, error))
        return false;
    if (!has_words(survey, columns, &columns->words, error))
        return false;
    tell(survey, columns, told);
    return true;
}

bool cnn_columns_choose(const struct cnn_model *model, const struct cnn_place *place,
                        struct cnn_preprocessing *told, struct cnn_columns *columns, struct cnn_error *error)
{
    struct survey *survey = cnn_alloc(sizeof *survey, error);
    if (!survey)
        return false;
    *survey = (struct survey){.model = model};
    survey->max = model->inputs[0].count + (model->outputs[0].label_count > 1 ? model->outputs[0].label_count : 1);
    survey->columns = cnn_alloc(survey->max * (int64_t)sizeof *survey->columns, error);
    bool ok = survey->columns && decide(survey, place, told, columns, error);
    cnn_input_close(&survey->csv.input);
    free(survey->columns);
    free(survey);
    return ok;
}
