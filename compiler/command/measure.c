/* measure.c -- the times of a network's kernels on this machine, for the page of `cnnc summary --measure`: its program is built,
 * and its command bench asked. */
#include "../../runtime/file/file.h"
#include "command/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- main memory ---------------------------------------------------------------------------------------------- */

enum { COPIED = 256 << 20, ROUNDS = 5 }; /* bytes: more than any cache holds */

/* GB/s of one thread that copies COPIED bytes: what is read and what is written, in the best of ROUNDS. */
static double copy_speed(char *to, char *from)
{
    double best = 0;
    memset(from, 1, COPIED);
    memset(to, 2, COPIED);
    for (int i = 0; i < ROUNDS; i++) {
        double begin = cnn_seconds();
        memcpy(to, from, COPIED);
        double seconds = cnn_seconds() - begin;
        from[i] = to[COPIED - 1 - i]; /* so that the copy is of use */
        double speed = seconds > 0 ? 2.0 * COPIED / seconds / 1e9 : 0;
        best = speed > best ? speed : best;
    }
    return best;
}

/* GB/s of one thread; 0: out of memory. */
static double memory_bandwidth(void)
{
    char *from = malloc(COPIED), *to = malloc(COPIED);
    double speed = from && to ? copy_speed(to, from) : 0;
    free(from);
    free(to);
    return speed;
}

/* ---- the table of the program --------------------------------------------------------------------------------- */

enum { COLUMNS = 11 };

/* The columns of a line, which is cut in pieces: program, kernel, layer, op, samples, calls, microseconds, gflops, percent_of_peak,
 * peak_gflops, bytes. */
static bool read_kernel(char *line, struct measured_kernel *kernel, double *peak)
{
    char *columns[COLUMNS], *rest = line;
    int count = 0;
    for (; count < COLUMNS && rest; count++) {
        columns[count] = rest;
        rest = strchr(rest, ',');
        if (rest)
            *rest++ = '\0';
    }
    if (count < COLUMNS || rest)
        return false;
    *kernel = (struct measured_kernel){.program = columns[0],
                                       .name = columns[1],
                                       .layer = columns[2],
                                       .calls = strtoll(columns[5], NULL, 10),
                                       .microseconds = strtod(columns[6], NULL),
                                       .speed = strtod(columns[7], NULL),
                                       .percent = strtod(columns[8], NULL),
                                       .bytes = strtod(columns[10], NULL)};
    *peak = strtod(columns[9], NULL);
    return true;
}

static bool read_table(struct diag *diag, FILE *file, struct measurement *measured)
{
    char line[1024];
    bool first = true;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        struct measured_kernel kernel;
        if (!first && read_kernel(arena_strdup(diag->arena, line), &kernel, &measured->peak)) {
            measured->kernels = arena_grow(diag->arena, measured->kernels, measured->count, sizeof kernel);
            measured->kernels[measured->count++] = kernel;
        }
        first = false;
    }
    return (measured->count > 0 && measured->peak > 0) ||
           diag_error(diag, (struct origin){0}, "the program measured no kernels");
}

static bool run_bench(struct diag *diag, const char *program, const char *table, struct measurement *measured)
{
    struct cc bench = {.diag = diag};
    const char *printed;
    if (!cc_word(&bench, program) || !cc_word(&bench, "bench") || !cc_word(&bench, "--kernels") ||
        !cc_word(&bench, "--csv") || !cc_word(&bench, table) || !cc_run(&bench, &printed))
        return false;
    FILE *file = fopen(table, "r");
    if (!file)
        return diag_error(diag, (struct origin){0}, "cannot read `%s`: %s", table, strerror(errno));
    bool ok = read_table(diag, file, measured);
    (void)fclose(file); /* only read */
    return ok;
}

bool measure_kernels(const struct command *command, const struct unit *unit, struct diag *diag,
                     struct measurement *measured)
{
    struct temporary temporary;
    const char *program;
    *measured = (struct measurement){0};
    if (unit->next) {
        diag_error(diag, (struct origin){.file = command->options.script},
                   "--measure is for one model, and the script returns several");
        return diag_hint(diag, "a script that returns one of them, which require()s this one, is measured alone");
    }
    if (!run_build(unit, diag, command->self, &program) || !temporary_open(&temporary, diag, NULL, "cnnc-measure"))
        return false;
    bool ok = run_bench(diag, program, arena_printf(diag->arena, "%s/kernels.csv", temporary.path), measured);
    temporary_close(&temporary);
    measured->bandwidth = ok ? memory_bandwidth() : 0;
    return ok &&
           (measured->bandwidth > 0 || diag_error(diag, (struct origin){0}, "out of memory for measuring it"));
}
