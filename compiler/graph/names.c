/* names.c -- what the graph's enumerations are called, from the lists that make them. */
#include "graph/graph.h"

#define ROW(name, text) text,
const char *const role_names[] = {ROLES(ROW) NULL};
const char *const initializer_names[] = {INITIALIZERS(ROW) NULL};
const char *const storage_names[] = {STORAGES(ROW) NULL};
#undef ROW
