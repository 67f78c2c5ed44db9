/* cli.h -- what the files of the command line share: main.c, options.c, run.c. */
#ifndef CNNC_CLI_H
#define CNNC_CLI_H

#include "cnnc.h"

enum action { ACTION_COMPILE, ACTION_SUMMARY, ACTION_RUN, ACTION_NONE };

/* The status of the process. */
enum { STATUS_OK = 0, STATUS_ERROR = 1, STATUS_USAGE = 2 };

/* What the user typed. */
struct command {
    enum action action; /* ACTION_NONE: --help and the like, already answered */
    struct options options;
    bool json;              /* summary --json */
    char *const *arguments; /* run: the program's, NULL-terminated */
    const char *self;       /* argv[0] */
};

/* options.c: reads the command line. Returns STATUS_OK, or STATUS_USAGE after a message. */
int command_read(struct command *command, struct arena *arena, int argc, char **argv);

/* run.c: builds the unit's program, or finds it in the cache, and becomes it: returns only after an
 * error. `arguments` are the program's, NULL-terminated; with none it is asked for `info`. `self` is the
 * path of this command, near which the runtime's header and library are looked for. */
bool run_unit(const struct unit *unit, struct diag *diag, const char *self, char *const *arguments);

#endif
