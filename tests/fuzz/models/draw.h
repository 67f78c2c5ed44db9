/* draw.h -- random model scripts. */
#ifndef FUZZ_DRAW_H
#define FUZZ_DRAW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes the script that `seed` draws, the same wherever it is drawn. `lua`: path of draw.lua. False after a
 * message. */
bool draw_script(const char *lua, uint64_t seed, FILE *out);

#endif
