/* tidy.c -- the C of a function as a person writes it who knows its numbers. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <string.h>

/* A loop that goes leaves numbers, these may leave another loop one round. */
int text_tidied(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    int lanes = (int)luaL_checkinteger(lua, 2);
    struct token *first = tokens_read(lua, text, length);
    for (bool any = first != NULL; any;) {
        any = tidy_terms(&first);
        any |= tidy_loops(&first, lanes);
    }
    while (length > 0 && strchr(" \n", text[length - 1]))
        length--;
    tokens_push(lua, first, text + length);
    return 1;
}
