/* numbers.c -- embedded numbers as C.
 *
 * A few are a list that can be read. Many are most of the file, so nothing that works on texts touches them: what templates have
 * of them is a mark, a line of its own, and what it stands for is put in last. It is text, since compilers read that in a tenth
 * of the time and a quarter of the memory that numbers take: the bits of a float are a character of 32 bits. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <string.h>

enum { LISTED_MAX = 1 << 14, MARK = '\1', PER_LINE = 10 };

bool numbers_are_text(const struct unit *unit) { return unit->embedded && unit->prepared.floats > LISTED_MAX; }

/* What is no number has no literal in C. */
static const char *literal(float number)
{
    if (isnan(number))
        return "(0.0f / 0.0f)";
    return isfinite(number) ? NULL : number > 0 ? "(1.0f / 0.0f)" : "(-1.0f / 0.0f)";
}

/* Eight a line, which are broken where they are too long. */
static void push_list(lua_State *lua, const float *numbers, int64_t count)
{
    luaL_Buffer text;
    luaL_buffinit(lua, &text);
    for (int64_t i = 0; i < count; i++) {
        char number[40];
        const char *own = literal(numbers[i]), end = i % 8 == 7 || i == count - 1 ? '\n' : ' ';
        int length = own ? snprintf(number, sizeof number, "%s,%c", own, end)
                         : snprintf(number, sizeof number, "%af,%c", (double)numbers[i], end);
        luaL_addlstring(&text, number, (size_t)length);
    }
    luaL_pushresult(&text);
}

void numbers_push(lua_State *lua, const struct unit *unit)
{
    if (numbers_are_text(unit))
        lua_pushfstring(lua, "%c%s\n", MARK, unit->model->key ? unit->model->key : "");
    else
        push_list(lua, unit->embedded, unit->embedded ? unit->prepared.floats : 0);
}

static const char line_begin[] = "    BITS(\"", line_end[] = "\")\n";
enum { NUMBER_LENGTH = 10, AROUND = sizeof line_begin + sizeof line_end - 2 };

static size_t text_length(const struct unit *unit)
{
    size_t count = (size_t)unit->prepared.floats;
    return count * NUMBER_LENGTH + (count + PER_LINE - 1) / PER_LINE * AROUND;
}

static char *put(char *to, const char *text, size_t length) { return (char *)memcpy(to, text, length) + length; }

static char *put_number(char *to, float number)
{
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    *to++ = '\\';
    *to++ = 'x';
    for (int shift = 28; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[bits >> shift & 15];
    return to;
}

static char *put_numbers(char *to, const struct unit *unit)
{
    int64_t count = unit->prepared.floats;
    for (int64_t i = 0; i < count; i++) {
        if (i % PER_LINE == 0)
            to = put(to, line_begin, sizeof line_begin - 1);
        to = put_number(to, unit->embedded[i]);
        if (i % PER_LINE == PER_LINE - 1 || i == count - 1)
            to = put(to, line_end, sizeof line_end - 1);
    }
    return to;
}

/* Whose numbers a mark stands for. */
static const struct unit *marked_unit(const struct unit *unit, const char *key, size_t length)
{
    for (; unit; unit = unit->next) {
        const char *own = unit->model->key ? unit->model->key : "";
        if (strlen(own) == length && memcmp(own, key, length) == 0)
            return unit;
    }
    return NULL;
}

const char *numbers_filled(const struct unit *units, const char *text)
{
    struct arena *arena = units->model->arena;
    size_t length = strlen(text) + 1;
    for (const struct unit *unit = units; unit; unit = unit->next)
        length += numbers_are_text(unit) ? text_length(unit) : 0;
    if (arena->limit) /* which is for what a script asks of the compiler: these it has */
        arena->limit += length;
    char *filled = arena_alloc(arena, length), *to = filled;
    for (const char *mark; (mark = strchr(text, MARK)); text = strchr(mark, '\n') + 1) {
        const struct unit *unit = marked_unit(units, mark + 1, strcspn(mark + 1, "\n"));
        to = put(to, text, (size_t)(mark - text));
        if (unit)
            to = put_numbers(to, unit);
    }
    put(to, text, strlen(text));
    return filled;
}
