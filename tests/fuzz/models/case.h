/* case.h -- one random network: what is in its file, and the comparison of all that can be made of it. */
#ifndef CASE_H
#define CASE_H

#include "../../kernel/kernel.h"

/* target: of cnnc; form: train, infer or embedded (with parameters); optimize: speed, size, rows or singly, all but speed with --recompute; level: -O0 to -O3. */
struct build {
    char target[16], form[16], optimize[8], compiler[8], level[8];
};

enum { BUILDS_MAX = 4 };

/* A case is a file: a model script whose first line is a comment that says how it is tried,
 *
 *     --! batches=1,7,20 data=12345 bytes=0 threads=1,3 many=300 weights=0 avx2/train/speed/gcc/-O2
 *
 * so that it is all there is to repeat it. Several builds are separated by spaces. */
struct trial {
    struct plan plan;
    int n_builds;
    struct build builds[BUILDS_MAX];
};

/* What a seed tries. The first build is the network's, the others must agree with it. */
struct trial trial_draw(uint64_t seed, bool sanitized);
void trial_write(const struct trial *trial, FILE *out);
/* False when `path` has no such line. */
bool trial_read(struct trial *trial, const char *path);

enum verdict {
    SAME,
    VAGUE,    /* the same, but rounding leaves nothing of some result */
    UNUSABLE, /* the script is wrong, or its numbers are no numbers */
    DIFFERS
};

/* Where cases are compiled, and with what. */
struct workshop {
    const char *folder;  /* of temporary files */
    const char *runtime; /* of cnnrt.h */
    bool sanitized;      /* this program has the sanitizers that builds get too */
};

/* Runs a case; what differs is printed to stdout, lines "# KIND: ...". */
enum verdict case_run(const struct workshop *workshop, const char *path);
/* Of the largest number: a wider tolerance lets a comparison say little. */
extern const double VAGUE_SLACK;
/* Are its numbers small enough for float, those that came up on the way too? */
bool is_usable_step(const struct graph *model, const struct step_result *step);

/* shrink.c. Writes a smaller case to `result` that differs too; `shrinker`: path of shrink.lua. */
bool case_shrink(const struct workshop *workshop, const char *shrinker, const char *path, const char *result);

/* ---- compile.c ---- */

/* Generates and compiles. False after a message: "# compile: ...". */
bool build_make(const struct workshop *workshop, const struct build *build, const char *script,
                const struct reference *reference, const char *library);
/* The NAME of NAME_predict(). */
const char *called(const struct graph *model);
/* Can this machine do it? */
bool build_possible(const struct build *build);

/* ---- gradient.c, steps.c ---- */

/* The gradients of reference->training against difference quotients. Returns how many parameters differ. */
int check_gradients(const struct reference *reference);
/* Three training steps of each stage with its optimizer, each step against double. */
int check_steps(const struct reference *reference, const struct cnn_model *model, uint64_t *bits);

#endif
