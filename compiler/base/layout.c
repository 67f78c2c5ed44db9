/* layout.c -- the last walk over C that templates gave: lines that are too long are broken, empty ones are single.
 *
 * Code breaks where brackets are least deep, there as late as possible, and goes on under what its innermost open
 * bracket holds, or four columns in; where names are too long for that, behind an opening bracket or at any blank. A comment
 * behind a line that is too long for it goes above the line; what breaks off a line of prose in a comment begins its next one. */
#include "base/base.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 32, INDENT = 4 };

/* A line, or what is left of it, without blanks at its ends. */
struct line {
    const char *text;
    size_t length, indent; /* indent: columns in front of the text */
    size_t rest;           /* the column to which it breaks outside of brackets */
};

/* Where a line breaks: in front of text[at], 0: nowhere, and to which column. */
struct place {
    size_t at, column;
    int depth; /* how many brackets are open there */
};

static bool starts(const struct line *line, const char *word)
{
    return line->length >= strlen(word) && memcmp(line->text, word, strlen(word)) == 0;
}

static bool fits(const struct line *line) { return line->indent + line->length <= LAYOUT_COLUMNS; }

static size_t blanks(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && text[count] == ' ')
        count++;
    return count;
}

static void put(luaL_Buffer *out, size_t indent, const char *lead, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ')
        length--;
    char *to = luaL_prepbuffsize(out, indent);
    memset(to, ' ', indent);
    luaL_addsize(out, indent);
    luaL_addstring(out, lead);
    luaL_addlstring(out, text, length);
}

/* The last character of the string, character constant or comment that begins at `i`; of anything else, itself. */
static size_t skip_quoted(const struct line *line, size_t i)
{
    char quote = line->text[i];
    if (quote == '/' && i + 1 < line->length && line->text[i + 1] == '*') {
        i += 2;
        while (i + 1 < line->length && !(line->text[i] == '*' && line->text[i + 1] == '/'))
            i++;
        return i + 1;
    }
    if (quote != '"' && quote != '\'')
        return i;
    for (i++; i < line->length && line->text[i] != quote; i++)
        i += line->text[i] == '\\';
    return i;
}

/* Where the comment begins that ends the line; its length: there is none. */
static size_t find_comment(const struct line *line)
{
    for (size_t i = 0; i < line->length; i++) {
        size_t end = skip_quoted(line, i);
        if (end > i && line->text[i] == '/' && end + 1 >= line->length)
            return i;
        i = end;
    }
    return line->length;
}

static struct place find_place(const struct line *line)
{
    size_t column[DEPTH_MAX] = {line->rest};
    struct place best = {0};
    int depth = 0;
    for (size_t i = 0; i + 2 < line->length && line->indent + i < LAYOUT_COLUMNS; i++) {
        size_t end = skip_quoted(line, i), inside = line->indent + i + 1;
        char c = line->text[i];
        if (strchr("([{", c) && depth + 1 < DEPTH_MAX)
            column[++depth] = inside + blanks(line->text + i + 1, line->length - i - 1);
        if (strchr(")]}", c) && depth > 0)
            depth--;
        bool ends = end == i && line->text[i + 1] == ' ' && strchr(",;{?:+-*|&", c) && i > 0;
        if (ends && (best.at == 0 || depth <= best.depth))
            best = (struct place){i + 2, column[depth] < LAYOUT_COLUMNS / 2 ? column[depth] : line->rest, depth};
        i = end;
    }
    return best;
}

/* Where no operator or comma stands early enough: behind the first bracket that opens, or else at the last blank. */
static struct place find_any_place(const struct line *line)
{
    struct place best = {.column = line->rest};
    for (size_t i = 0; i + 2 < line->length && line->indent + i < LAYOUT_COLUMNS; i++) {
        size_t end = skip_quoted(line, i);
        if (end == i && strchr("([", line->text[i]) && !strchr(")]", line->text[i + 1]) && i > 0)
            return (struct place){i + 1, line->rest, 0};
        if (end == i && line->text[i] == ' ' && i > 0)
            best.at = i + 1;
        i = end;
    }
    return best;
}

static size_t word_length(const struct line *line, size_t i)
{
    size_t begin = i;
    while (i < line->length && line->text[i] != ' ')
        i++;
    return i - begin;
}

static void put_code(luaL_Buffer *out, struct line line)
{
    while (!fits(&line)) {
        struct place place = find_place(&line);
        if (place.at == 0 && (place = find_any_place(&line)).at == 0)
            break;
        put(out, line.indent, "", line.text, place.at);
        luaL_addchar(out, '\n');
        size_t begin = place.at + blanks(line.text + place.at, line.length - place.at);
        if (place.column + word_length(&line, begin) > LAYOUT_COLUMNS)
            place.column = line.rest;
        line = (struct line){line.text + begin, line.length - begin, place.column, place.column};
    }
    put(out, line.indent, "", line.text, line.length);
    luaL_addchar(out, '\n');
}

/* The last blank that fits a line of so many columns; 0: none. */
static size_t find_blank(const struct line *line, size_t columns)
{
    size_t at = 0;
    for (size_t i = 1; i < line->length && i <= columns; i++)
        if (line->text[i] == ' ' && line->text[i + 1] != '*')
            at = i;
    return at;
}

/* Words, broken between them: `lead` is in front of the first line, `next` of the others, and `end` behind all but the last. */
static void put_words(luaL_Buffer *out, struct line line, const char *lead, const char *next, const char *end)
{
    size_t margin = line.indent + strlen(next) + strlen(end), at;
    while (line.indent + strlen(lead) + line.length > LAYOUT_COLUMNS &&
           (at = find_blank(&line, LAYOUT_COLUMNS - margin)) > 0) {
        put(out, line.indent, lead, line.text, at);
        luaL_addstring(out, end);
        luaL_addchar(out, '\n');
        line.text += at + 1;
        line.length -= at + 1;
        lead = next;
    }
    put(out, line.indent, lead, line.text, line.length);
    luaL_addchar(out, '\n');
}

static void put_comment(luaL_Buffer *out, struct line line)
{
    bool begins = starts(&line, "/* "), goes_on = starts(&line, "* ");
    size_t skip = begins ? 3 : goes_on ? 2 : 0;
    line.text += skip;
    line.length -= skip;
    put_words(out, line, begins ? "/* " : goes_on ? "* " : "", begins ? " * " : goes_on ? "* " : "", "");
}

/* A line without a comment behind it. */
static void put_alone(luaL_Buffer *out, struct line line, bool in_comment)
{
    if (fits(&line)) {
        put(out, line.indent, "", line.text, line.length);
        luaL_addchar(out, '\n');
    } else if (in_comment || starts(&line, "/*")) {
        put_comment(out, line);
    } else if (*line.text == '#') {
        put_words(out, line, "", "    ", " \\");
    } else {
        put_code(out, line);
    }
}

static void put_line(luaL_Buffer *out, struct line line, bool in_comment)
{
    size_t comment = in_comment || starts(&line, "/*") || fits(&line) ? line.length : find_comment(&line);
    if (comment < line.length) {
        put_alone(out, (struct line){line.text + comment, line.length - comment, line.indent, line.indent}, false);
        line.length = comment;
        while (line.length > 0 && line.text[line.length - 1] == ' ')
            line.length--;
    }
    put_alone(out, line, in_comment);
}

/* Does the line end inside of a comment? */
static bool opens_comment(const struct line *line, bool in_comment)
{
    if (!in_comment && !memchr(line->text, '/', line->length))
        return false;
    for (size_t i = 0; i + 1 < line->length; i++) {
        if (in_comment)
            in_comment = !(line->text[i] == '*' && line->text[i + 1] == '/');
        else if (line->text[i] == '/' && line->text[i + 1] == '*')
            in_comment = true;
        else if (line->text[i] == '"')
            i = skip_quoted(line, i);
    }
    return in_comment;
}

/* Words with single blanks between, no table's row? */
static bool is_prose(const struct line *line)
{
    for (size_t i = 0; i + 1 < line->length; i++)
        if (line->text[i] == ' ' && line->text[i + 1] == ' ')
            return false;
    return true;
}

/* The line at *text, which becomes where the next one begins. */
static struct line read_line(const char **text, const char *end)
{
    const char *newline = memchr(*text, '\n', (size_t)(end - *text)), *line_end = newline ? newline : end;
    struct line line = {.text = *text, .length = (size_t)(line_end - *text)};
    line.indent = blanks(line.text, line.length);
    line.text += line.indent;
    line.length -= line.indent;
    line.rest = line.indent + INDENT;
    *text = line_end + 1;
    return line;
}

/* Puts the words of a line of a comment behind those that end in `column`; returns where they end. */
static size_t fill(luaL_Buffer *out, struct line line, size_t indent, size_t column)
{
    while (line.length > 0) {
        const char *blank = memchr(line.text, ' ', line.length);
        size_t length = blank ? (size_t)(blank - line.text) : line.length;
        if (blank && line.length - length == 3 && memcmp(blank, " */", 3) == 0)
            length = line.length; /* the end stays behind the last word */
        size_t over = column + 1 + length > LAYOUT_COLUMNS ? column + 1 + length - LAYOUT_COLUMNS : 0;
        if (over > 0 && over < strspn(line.text, "-")) { /* a rule is as long as there is room */
            line.text += over;
            line.length -= over;
            length -= over;
        }
        if (column + 1 + length > LAYOUT_COLUMNS) {
            luaL_addchar(out, '\n');
            put(out, indent, "*", "", 0);
            column = indent + 1;
        }
        luaL_addchar(out, ' ');
        luaL_addlstring(out, line.text, length);
        column += 1 + length;
        length += length < line.length;
        line.text += length;
        line.length -= length;
    }
    return column;
}

/* A line of a comment that is too long, and those that go on with it; *text: the first of these. Does the comment go on? */
static bool put_prose(luaL_Buffer *out, struct line line, const char **text, const char *end, bool in_comment)
{
    size_t lead = in_comment ? 1 : 2, indent = line.indent + lead - 1, column = line.indent + lead;
    put(out, line.indent, "", line.text, lead);
    for (;;) {
        in_comment = opens_comment(&line, in_comment);
        line.text += lead + 1;
        line.length -= lead + 1;
        column = fill(out, line, indent, column);
        const char *behind = *text;
        line = behind < end ? read_line(&behind, end) : (struct line){0};
        if (!in_comment || line.length < 3 || !starts(&line, "* ") || line.text[2] == ' ' || !is_prose(&line))
            break;
        *text = behind;
        lead = 1;
    }
    luaL_addchar(out, '\n');
    return in_comment;
}

int text_laid_out(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length), *end = text + length;
    bool in_comment = false, empty = false, opened = true; /* opened: by a bracket, or the file */
    luaL_Buffer out;
    luaL_buffinitsize(lua, &out, length + length / 8);
    while (text < end) {
        struct line line = read_line(&text, end);
        if (line.length > 0) {
            if (empty && !opened && *line.text != '}')
                luaL_addchar(&out, '\n');
            opened = line.text[line.length - 1] == '{';
            if (!fits(&line) && is_prose(&line) && starts(&line, in_comment ? "* " : "/* ")) {
                in_comment = put_prose(&out, line, &text, end, in_comment);
            } else {
                put_line(&out, line, in_comment);
                in_comment = opens_comment(&line, in_comment);
            }
        }
        empty = line.length == 0;
    }
    luaL_pushresult(&out);
    return 1;
}
