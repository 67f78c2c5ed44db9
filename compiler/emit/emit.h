/* emit.h -- writes the C of compiled programs: fills templates with what the passes decided.
 *
 * Everything that is decided stands in the unit; nothing is decided here. */
#ifndef EMIT_H
#define EMIT_H

#include "pass/pass.h"

/* emit.c: the two files' texts, in the arena. */
bool emit_unit(const struct unit *unit, const char **source, const char **header);

struct lua_State;
/* template.c: opens the template language in `lua` (template.lua): afterwards the Lua global expand(name, variables)
 * returns the text of template NAME. Errors are Lua errors that name the template's file and line. */
void template_open(struct lua_State *lua);

#endif
