/* shape.c -- shapes and elements: how large they are, and what they are called. */
#include "graph/shape.h"

#include <inttypes.h>
#include <string.h>

int64_t shape_count(const struct shape *shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

bool shape_possible(const struct shape *shape)
{
    const int64_t max = (int64_t)1 << 40;
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] < 0 || shape->dim[i] > max / count)
            return false;
        count *= shape->dim[i] ? shape->dim[i] : 1;
    }
    return true;
}

bool shape_valid(const struct shape *shape) { return shape_possible(shape) && shape_count(shape) > 0; }

bool shape_equal(const struct shape *a, const struct shape *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0;
}

#define ROW(name, text, type) text,
const char *const element_names[] = {ELEMENTS(ROW) NULL};
#undef ROW

#define ROW(name, text, type) #type,
const char *const element_c_types[] = {ELEMENTS(ROW)};
#undef ROW

int64_t element_bytes(enum element element)
{
#define ROW(name, text, type) [ELEMENT_##name] = sizeof(type),
    static const int64_t bytes[] = {ELEMENTS(ROW)};
#undef ROW
    return bytes[element];
}

const char *shape_text(struct arena *arena, const struct shape *shape)
{
    if (shape->rank == 0)
        return "scalar";
    const char *text = "";
    for (int i = 0; i < shape->rank; i++)
        text = arena_printf(arena, "%s%s%" PRId64, text, i ? "x" : "", shape->dim[i]);
    return text;
}
