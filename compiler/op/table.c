/* table.c -- the table of primitive ops, made from op.def. */
#include "op/op.h"

#include <string.h>

const struct op *const op_table[] = {
#define OP(name) &op_##name,
#include "op/op.def"
#undef OP
    NULL};

const struct op *op_find(const char *name)
{
    for (const struct op *const *op = op_table; *op; op++)
        if (strcmp((*op)->name, name) == 0)
            return *op;
    return NULL;
}
