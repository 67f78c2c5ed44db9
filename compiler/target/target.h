/* target.h -- the machines that C is written for: how wide their vectors are, how large their caches.
 *
 * A row of target.c is all that the compiler knows of one; nothing here knows of networks. */
#ifndef TARGET_H
#define TARGET_H

#include "base/base.h"

enum { VARIANTS_MAX = 3 };

struct target {
    const char *name; /* "avx512"; templates/simd/NAME.h.in is its prologue */
    const char *about;
    int lanes;            /* floats in a vector; of a file with several variants: of the widest */
    int registers;        /* vector registers */
    int64_t l1, l2;       /* bytes of data cache of one core */
    const char *guard;    /* what the preprocessor must find true where it is compiled; NULL: any compiler does */
    const char *needs;    /* the guard in words, for the error where it is not */
    const char *header;   /* that declares its vectors; NULL: none */
    const char *features; /* attribute of functions: "avx2,fma"; NULL: none, the compiler uses them anyway */
    const char *test;     /* C: can the processor run it? NULL: any that the guard lets through */
    bool (*runs)(void);   /* the same of the processor below us; NULL: it cannot, it is of another kind */
    const char *flags;    /* that give the same bits under every compiler: "-ffp-contract=off" */
    const char *variants[VARIANTS_MAX + 1]; /* the targets that one file holds, best first; empty: only this */
};

/* NULL: unknown. "native" is what the processor below can run, "default" is fat on x86-64, else native. */
const struct target *target_find(const char *name);
extern const struct target target_table[]; /* ends with name == NULL */

#endif
