/* tests.h -- what the programs of this folder share. */
#ifndef TESTS_H
#define TESTS_H

#include "graph/graph.h"

/* imported.c: what the parameters of an imported model hold, in their order. */
const double *imported_parameters(const struct graph *graph);

/* own.c: prints a verdict of each model; FOLDER is for their files. Returns the status. */
int run_owns(const char *folder);

#endif
