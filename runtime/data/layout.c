/* layout.c -- how a table is written, by how its file begins: what stands between cells; whether a cell holds the numbers of
 * a whole picture, as fer2013.csv has them; whether a column says to which set a row belongs. */
#include "data/data.h"

#include <string.h>
#include <strings.h>

enum { NUMBERS_MIN = 8 }; /* with blanks between them are a picture's */

/* A line of text, or a cell of it. */
struct span {
    const char *at, *end;
};

static struct span line_of(struct span text)
{
    const char *end = memchr(text.at, '\n', (size_t)(text.end - text.at));
    return (struct span){text.at, end ? end : text.end};
}

/* The first cell of what is left of a line. */
static struct span cell_of(struct span line, char separator)
{
    bool quoted = false;
    const char *end = line.at;
    for (; end < line.end && (quoted || *end != separator); end++)
        quoted = quoted != (*end == '"');
    return (struct span){line.at, end};
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Semicolons, and every comma between two digits: a comma is the point of decimals, as spreadsheets write in some languages. */
static bool has_decimal_commas(struct span line)
{
    if (line.at == line.end || cell_of(line, ';').end == line.end)
        return false;
    for (const char *at = line.at; at < line.end; at++)
        if (*at == ',' && !(at > line.at && is_digit(at[-1]) && at + 1 < line.end && is_digit(at[1])))
            return false;
    return true;
}

static char separator_of(const char *path, struct span line)
{
    static const char separators[] = ",;\t"; /* the first that is there */
    const struct cnn_format *format = cnn_format_named(path);
    if (format && format->id == CNN_FORMAT_TSV)
        return '\t';
    if (has_decimal_commas(line))
        return ';';
    for (const char *separator = separators; *separator; separator++)
        if (cell_of(line, *separator).end < line.end)
            return *separator;
    return ',';
}

static bool is_in_number(char c) { return c && strchr("0123456789.+-eE", c); }
static bool is_around(char c) { return c == ' ' || c == '"' || c == '\r'; }

/* Numbers with blanks between them, of which the last may be cut off. */
static bool is_vector(struct span cell)
{
    int numbers = 0;
    while (cell.at < cell.end) {
        while (cell.at < cell.end && is_around(*cell.at))
            cell.at++;
        const char *number = cell.at;
        while (cell.at < cell.end && is_in_number(*cell.at))
            cell.at++;
        if (cell.at < cell.end && !is_around(*cell.at))
            return false;
        numbers += cell.at > number;
    }
    return numbers >= NUMBERS_MIN;
}

static bool names_usage(struct span cell)
{
    static const char *const names[] = {"usage", "split"};
    while (cell.at < cell.end && is_around(*cell.at))
        cell.at++;
    while (cell.at < cell.end && is_around(cell.end[-1]))
        cell.end--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((size_t)(cell.end - cell.at) == strlen(names[i]) &&
            strncasecmp(cell.at, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The first column of a line whose cell passes the test, -1: none. */
static int64_t find_column(struct span line, char separator, bool (*test)(struct span cell))
{
    for (int64_t column = 0;; column++) {
        struct span cell = cell_of(line, separator);
        if (test(cell))
            return column;
        if (cell.end == line.end)
            return -1;
        line.at = cell.end + 1;
    }
}

struct cnn_layout cnn_layout_of(const char *path, const char *text, int64_t size)
{
    struct span all = {text, text + size}, first = line_of(all), second = {all.end, all.end};
    if (first.end < all.end)
        second = line_of((struct span){first.end + 1, all.end});
    struct cnn_layout layout = {.separator = separator_of(path, first)};
    layout.usage = find_column(first, layout.separator, names_usage);
    layout.vector = find_column(first, layout.separator, is_vector);
    if (layout.vector < 0)
        layout.vector = find_column(second, layout.separator, is_vector);
    return layout;
}

const char *cnn_layout_set(const char *usage)
{
    static const struct {
        const char *usage, *set;
    } sets[] = {
        {"training", "train"}, {"train", "train"},      {"publictest", "validation"}, {"validation", "validation"},
        {"val", "validation"}, {"valid", "validation"}, {"privatetest", "t10k"},      {"test", "t10k"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcasecmp(usage, sets[i].usage) == 0)
            return sets[i].set;
    return NULL;
}
