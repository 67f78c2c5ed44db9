/* text.c -- what templates do to much text at once, as functions for Lua. Each is one walk over the text, where
 * Lua's patterns would take several and ten times as long. */
#include "base/base.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static size_t count_lines(const char *text, const char *end)
{
    size_t count = 1;
    while ((text = memchr(text, '\n', (size_t)(end - text)))) {
        count++;
        text++;
    }
    return count;
}

int text_indented(lua_State *lua)
{
    size_t length, indent_length;
    const char *line = luaL_checklstring(lua, 1, &length), *end = line + length;
    const char *indent = luaL_checklstring(lua, 2, &indent_length);
    luaL_Buffer text;
    char *out = luaL_buffinitsize(lua, &text, length + count_lines(line, end) * (indent_length + 1)), *first = out;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *line_end = newline ? newline : end;
        const char *word = line;
        while (*word == ' ' || *word == '\t')
            word++;
        if (word < line_end && *word != '#') {
            memcpy(out, indent, indent_length);
            out += indent_length;
        } else {
            line = word;
        }
        memcpy(out, line, (size_t)(line_end - line));
        out += line_end - line;
        *out++ = '\n';
        line = newline ? newline + 1 : end;
    }
    luaL_pushresultsize(&text, (size_t)(out - first));
    return 1;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

const bool word_characters[256] = {
    ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true,
    ['8'] = true, ['9'] = true, ['_'] = true, ['A'] = true, ['B'] = true, ['C'] = true, ['D'] = true, ['E'] = true,
    ['F'] = true, ['G'] = true, ['H'] = true, ['I'] = true, ['J'] = true, ['K'] = true, ['L'] = true, ['M'] = true,
    ['N'] = true, ['O'] = true, ['P'] = true, ['Q'] = true, ['R'] = true, ['S'] = true, ['T'] = true, ['U'] = true,
    ['V'] = true, ['W'] = true, ['X'] = true, ['Y'] = true, ['Z'] = true, ['a'] = true, ['b'] = true, ['c'] = true,
    ['d'] = true, ['e'] = true, ['f'] = true, ['g'] = true, ['h'] = true, ['i'] = true, ['j'] = true, ['k'] = true,
    ['l'] = true, ['m'] = true, ['n'] = true, ['o'] = true, ['p'] = true, ['q'] = true, ['r'] = true, ['s'] = true,
    ['t'] = true, ['u'] = true, ['v'] = true, ['w'] = true, ['x'] = true, ['y'] = true, ['z'] = true,
};

static bool is_word(char c) { return word_characters[(unsigned char)c]; }

/* The first character of the next word or number from p on that is in no comment; the end: there is none. */
static const char *next_word(const char *p, const char *end)
{
    while (p < end && !is_word(*p)) {
        if (p[0] == '/' && p[1] == '*') {
            const char *close = strstr(p + 2, "*/");
            p = close ? close + 2 : end;
        } else {
            p++;
        }
    }
    return p;
}

static const char *word_end(const char *p)
{
    while (is_word(*p))
        p++;
    return p;
}

/* Is the word a name of C's own scope: no number, no member, no string of one word? */
static bool is_name(const char *first, const char *word)
{
    char before = word > first ? word[-1] : ' ';
    return !is_digit(*word) && before != '.' && before != '>' && before != '"';
}

/* Of the names at index 2, by their first character: a bit for each length, so that most words need not be looked up. */
static void find_lengths(lua_State *lua, uint64_t lengths[128])
{
    for (lua_pushnil(lua); lua_next(lua, 2); lua_pop(lua, 1)) {
        size_t length;
        const char *name = lua_tolstring(lua, -2, &length);
        lengths[*name & 127] |= UINT64_C(1) << (length & 63);
    }
}

/* Can it be one of those names? */
static bool may_be(const uint64_t lengths[128], const char *word, const char *end)
{
    return lengths[*word & 127] >> ((end - word) & 63) & 1;
}

/* The value of the word among the names at index 2, which keep it; NULL: none. */
static const char *find_name(lua_State *lua, const char *word, size_t length)
{
    lua_pushlstring(lua, word, length);
    lua_rawget(lua, 2);
    const char *name = lua_tostring(lua, -1);
    lua_pop(lua, 1);
    return name;
}

int text_renamed(lua_State *lua)
{
    size_t length;
    const char *first = luaL_checklstring(lua, 1, &length), *end = first + length;
    const char *copied = first; /* up to here */
    uint64_t lengths[128] = {0};
    luaL_checktype(lua, 2, LUA_TTABLE);
    find_lengths(lua, lengths);
    luaL_Buffer text;
    luaL_buffinitsize(lua, &text, length + length / 8);
    for (const char *word = first, *next; (word = next_word(word, end)) < end; word = next) {
        next = word_end(word);
        if (!may_be(lengths, word, next) || !is_name(first, word))
            continue;
        const char *name = find_name(lua, word, (size_t)(next - word));
        if (!name)
            continue;
        luaL_addlstring(&text, copied, (size_t)(word - copied));
        luaL_addstring(&text, name);
        copied = next;
    }
    luaL_addlstring(&text, copied, (size_t)(end - copied));
    luaL_pushresult(&text);
    return 1;
}

int text_mentions(lua_State *lua)
{
    uint64_t lengths[128] = {0};
    size_t length;
    const char *first = luaL_checklstring(lua, 1, &length), *end = first + length;
    luaL_checktype(lua, 2, LUA_TTABLE);
    lua_settop(lua, 2);
    find_lengths(lua, lengths);
    lua_newtable(lua); /* 3: the list */
    lua_newtable(lua); /* 4: what stands in it */
    for (const char *word = first, *next; (word = next_word(word, end)) < end; word = next) {
        next = word_end(word);
        if (!is_name(first, word))
            continue;
        if (next - word == 6 && memcmp(word, "struct", 6) == 0 && next[0] == ' ' && is_word(next[1]))
            next = word_end(next + 1);
        if (!may_be(lengths, word, next))
            continue;
        lua_pushlstring(lua, word, (size_t)(next - word));
        lua_pushvalue(lua, -1);
        bool known = lua_rawget(lua, 2) != LUA_TNIL;
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        if (known && lua_rawget(lua, 4) == LUA_TNIL) {
            lua_pushvalue(lua, -2);
            lua_rawseti(lua, 3, (lua_Integer)lua_rawlen(lua, 3) + 1);
            lua_pushvalue(lua, -2);
            lua_pushboolean(lua, true);
            lua_rawset(lua, 4);
        }
        lua_settop(lua, 4);
    }
    lua_settop(lua, 3);
    return 1;
}

/* Can the line define a name at file scope? */
static bool may_define(const char *line)
{
    return (is_word(*line) && !is_digit(*line)) || *line == '#' ||
           (strncmp(line, "    ", 4) == 0 && line[4] >= 'A' && line[4] <= 'Z');
}

int text_definitions(lua_State *lua)
{
    size_t length;
    const char *line = luaL_checklstring(lua, 1, &length), *end = line + length;
    lua_newtable(lua);
    for (lua_Integer count = 0; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline : end;
        if (may_define(line)) {
            lua_pushlstring(lua, line, (size_t)(stop - line));
            lua_rawseti(lua, -2, ++count);
        }
        line = stop + 1;
    }
    return 1;
}

const char *number_text(struct arena *arena, int64_t number)
{
    char digits[24], *text = arena_alloc(arena, 32);
    int length = snprintf(digits, sizeof digits, "%" PRId64, number), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            text[at++] = ',';
        text[at++] = digits[i];
    }
    return text;
}

bool text_ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* RFC 3629: none longer than it must be, no surrogate, none above U+10FFFF, all of which the second byte tells. */
int text_character(const unsigned char *byte)
{
    static const struct {
        unsigned char first, last, second_first, second_last;
        int length;
    } forms[] = {
        {0x01, 0x7f, 0, 0xff, 1},    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (*byte < forms[i].first || *byte > forms[i].last || byte[1] < forms[i].second_first ||
            byte[1] > forms[i].second_last)
            continue;
        for (int j = 2; j < forms[i].length; j++)
            if (byte[j] < 0x80 || byte[j] > 0xbf)
                return 0;
        return forms[i].length;
    }
    return 0;
}
