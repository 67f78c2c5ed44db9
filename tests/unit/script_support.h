/* script_support.h -- runs model scripts that stand in a test's own text. */
#ifndef SCRIPT_SUPPORT_H
#define SCRIPT_SUPPORT_H

#include "script/script.h"

/* A folder of its own, an arena and a diag for one test; cmocka's setup and teardown. */
struct script_fixture {
    struct arena arena;
    struct diag diag;
    char folder[32];
    const char *path;     /* of the script that ran last */
    struct limits limits; /* at first those of every user */
    struct given_shapes shapes;
};

int script_fixture_open(void **state);
int script_fixture_close(void **state);

/* Writes a file into the folder of the fixture, for require. Returns its path. */
const char *script_write(struct script_fixture *fixture, const char *name, const char *text);
/* Runs `text` as a script with a fresh diag; NULL after an error, which is then in fixture->diag. */
struct graph *script_try(struct script_fixture *fixture, const char *text);
/* The same for a script that must run: fails the test with its message otherwise. */
struct graph *script_compile(struct script_fixture *fixture, const char *text);
/* The same for one of the files that there are. */
struct graph *script_run_file(struct script_fixture *fixture, const char *path);

/* Fails the test where there is none. */
const struct parameter *script_parameter(const struct graph *graph, const char *name);

/* Names of the nodes' ops, in order: "conv2d binary unary". */
const char *script_ops_of(struct script_fixture *fixture, const struct graph *graph);

/* What the graph, of one input, makes of x by the interpreter: the numbers of output number `output`. */
const double *script_numbers(struct script_fixture *fixture, const struct graph *graph, const double *x,
                             int output);

/* Up to the rounding of a few operations. */
void assert_script_number(double actual, double expected);

/* Fails unless `text` stops at `line` with this message and hint (NULL: none). */
void assert_script_error(struct script_fixture *fixture, const char *text, int line, const char *message,
                         const char *hint);

/* The script compiles with just this warning; message NULL: with none. */
void assert_script_warning(struct script_fixture *fixture, const char *text, int line, const char *message,
                           const char *hint);

#endif
