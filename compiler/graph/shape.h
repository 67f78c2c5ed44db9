/* shape.h -- what a tensor is made of, which knows of no graph: its shape, and what its numbers are. */
#ifndef SHAPE_H
#define SHAPE_H

#include "base/base.h"

enum { SHAPE_MAX_RANK = 6 }; /* CNN_MAX_RANK of the runtime: unit.c compares them */

struct shape {
    int rank;
    int64_t dim[SHAPE_MAX_RANK];
};

int64_t shape_count(const struct shape *shape); /* product of dims; 1 for rank 0 */
/* Every dim at least 1 and a count that stays far from overflow (2^40 elements). */
bool shape_valid(const struct shape *shape);
bool shape_possible(const struct shape *shape); /* the same, but that a dim may be 0: there are no numbers then */
bool shape_equal(const struct shape *a, const struct shape *b);
const char *shape_text(struct arena *arena, const struct shape *shape); /* "24x24x8"; rank 0: "scalar" */

/* What the numbers of a tensor are: as scripts write it, and as C does. */
#define ELEMENTS(ROW)                                                                                              \
    ROW(FLOAT, "float32", float)                                                                                   \
    ROW(BYTE, "uint8", uint8_t)                                                                                    \
    ROW(INT32, "int32", int32_t)
enum element {
#define ROW(name, text, type) ELEMENT_##name,
    ELEMENTS(ROW)
#undef ROW
};
extern const char *const element_names[];   /* ends with NULL */
extern const char *const element_c_types[]; /* by enum element */
int64_t element_bytes(enum element element);

#endif
