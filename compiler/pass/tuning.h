/* tuning.h -- tiles that were measured: what `cnnc tune` (tune.c) finds out and compiling uses.
 *
 * The cost model of op/product.c ranks the tiles of a kernel; close to the best one it cannot tell which is the
 * fastest on a given machine. Those are the candidates here. All of them add the same numbers in the same order, so
 * measuring changes the speed of a program and none of its bits. */
#ifndef CNNC_TUNING_H
#define CNNC_TUNING_H

#include "cnnc.h"

/* Of one node: its own tile first, then the next ones by predicted cycles, up to CANDIDATE_COST times the first. */
enum { CANDIDATES_MAX = 6 };
#define CANDIDATE_COST 1.5

struct candidate {
    int64_t tile[TILE_MAX];
    double cycles;
};

/* One line of the file: the kernel of one shape. */
struct tuned {
    const char *target, *kernel, *shape, *tile;  /* words */
    double microseconds, predicted_microseconds; /* of a call with this tile, with the predicted one */
    int line;
    bool noted; /* that it does not fit */
};

struct tuning {
    const char *path;
    struct tuned *kernels;
    int count;
    int rank; /* for tune.c: every node takes its candidate of that rank, and the file is not asked */
};

/* "some/mnist.lua" -> "some/mnist.tune" */
const char *tuning_path(struct arena *arena, const char *script);

/* Reads the file; *tuning is NULL if there is none, or (after a note on stderr) if another version of cnnc wrote
 * it. Lines that cannot be read are errors. */
bool tuning_read(struct diag *diag, const char *path, struct tuning **tuning);
/* The file's text; `script` is named in it. */
const char *tuning_text(struct arena *arena, const struct tuning *tuning, const char *script);

/* The candidates for the kernel that node->kernel is; returns how many. */
int tuning_candidates(const struct node *node, const struct target *target, int lanes, struct candidate *list);
/* What the kernel computes, as one word: "conv2d:12x12x8,16x72x16,16:size=3x3...+binary:function=add". */
const char *tuning_shape(struct arena *arena, const struct node *node);
/* "vectors=1,columns=8" */
const char *tuning_tile(struct arena *arena, const struct node *node, const int64_t *tile);
struct tuned *tuning_find(const struct tuning *tuning, const char *target, const char *kernel,
                          const char *shape); /* or NULL */
void tuning_add(struct arena *arena, struct tuning *tuning, struct tuned kernel);

#endif
