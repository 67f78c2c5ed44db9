/* text.h -- functions for Lua over much text: text.c. */
#ifndef TEXT_H
#define TEXT_H

#include <lua.h>

/* (text, indent): every line of the text behind the indentation and with its end. Lines of nothing but blanks become
 * empty, and directives of the preprocessor stay at the margin. */
int text_indented(lua_State *lua);

/* (text, names): C with other names: every word that is a key of the table becomes its value. Comments, members (behind . or
 * ->) and strings of a word keep theirs. */
int text_renamed(lua_State *lua);

#endif
