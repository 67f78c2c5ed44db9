/* bare.h -- what a reader of models needs of the language of scripts: tables, memory, errors. Opening all of it for each input
 * takes a hundred times as long as reading one. */
#ifndef BARE_H
#define BARE_H

#include "script/script.h"

/* Calls `use` with `data`, which the stack has as light userdata, in a state without libraries, as a script with limits; its
 * errors are let go. */
void fuzz_bare(lua_CFunction use, void *data);

#endif
