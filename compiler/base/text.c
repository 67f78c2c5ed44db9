/* text.c -- what templates do to much text at once, as functions for Lua. Each is one walk over the text, where
 * Lua's patterns would take several and ten times as long. */
#include "base/base.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

int text_indented(lua_State *lua)
{
    size_t length, indent_length;
    const char *line = luaL_checklstring(lua, 1, &length), *end = line + length;
    const char *indent = luaL_checklstring(lua, 2, &indent_length);
    luaL_Buffer text;
    luaL_buffinit(lua, &text);
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *line_end = newline ? newline : end;
        const char *word = line + strspn(line, " \t");
        if (word < line_end && *word != '#')
            luaL_addlstring(&text, indent, indent_length);
        else
            line = word;
        luaL_addlstring(&text, line, (size_t)(line_end - line));
        luaL_addchar(&text, '\n');
        line = newline ? newline + 1 : end;
    }
    luaL_pushresult(&text);
    return 1;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c); }

/* The first character behind the word, number, comment or other character at p. */
static const char *skip_token(const char *p, const char *end)
{
    if (p[0] == '/' && p[1] == '*') {
        const char *close = strstr(p + 2, "*/");
        return close ? close + 2 : end;
    }
    if (!is_word(*p))
        return p + 1;
    while (is_word(*p))
        p++;
    return p;
}

/* Is the token at `word` a name of C's own scope: no number, no member, no string of one word? */
static bool is_name(const char *first, const char *word)
{
    char before = word > first ? word[-1] : ' ';
    return is_word(*word) && !is_digit(*word) && before != '.' && before != '>' && before != '"';
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
    luaL_checktype(lua, 2, LUA_TTABLE);
    luaL_Buffer text;
    luaL_buffinit(lua, &text);
    for (const char *word = first, *next; word < end; word = next) {
        next = skip_token(word, end);
        if (!is_name(first, word))
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

/* Of the names at index 2, by their first character: a bit for each length, so that most words need not be looked up. */
static void find_lengths(lua_State *lua, uint64_t lengths[128])
{
    for (lua_pushnil(lua); lua_next(lua, 2); lua_pop(lua, 1)) {
        size_t length;
        const char *name = lua_tolstring(lua, -2, &length);
        lengths[*name & 127] |= UINT64_C(1) << (length & 63);
    }
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
    for (const char *word = first, *next; word < end; word = next) {
        next = skip_token(word, end);
        if (!is_name(first, word))
            continue;
        if (next - word == 6 && memcmp(word, "struct", 6) == 0 && next[0] == ' ' && is_word(next[1]))
            next = skip_token(next + 1, end);
        if (!(lengths[*word & 127] >> ((next - word) & 63) & 1))
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
