/* verify.h -- whether generated C computes what its graph means: samples, what the reference makes of them, how far float may
 * be off, and the C that runs the network on them. Knows neither command line nor compilers. */
#ifndef VERIFY_H
#define VERIFY_H

#include "naive/naive.h"
#include "weights/weights.h"

/* ---- samples.c ---- */

struct samples {
    int64_t count;
    int n_inputs;
    struct tensor *const *inputs; /* of the graph */
    double **values;              /* of each input, one sample behind the other */
};

/* Drawn by the seed: numbers from -1 to 1, or what the input says it takes. */
void samples_draw(const struct graph *model, int64_t count, uint64_t seed, struct samples *samples);
/* The first ones of a file or folder, as the network's program would read them; `weights`: that program's, or NULL, which may
 * say how the data were scaled. At most `count`. */
bool samples_read(const struct graph *model, const char *path, const char *weights, struct limits limits,
                  int64_t count, struct samples *samples);

/* ---- reference.c ---- */

/* What is compared: an output, or what a layer gives. */
struct watched {
    const char *name, *type; /* type: "" of an output */
    const struct tensor *tensor;
    int64_t count;           /* numbers of a sample */
    double *expected;        /* of all samples */
    double allowed;          /* how far a number may be off */
    double largest, typical; /* of `expected`: the largest, and the root of the mean square, without their signs */
};

struct reference {
    const struct graph *model;
    int64_t samples;
    struct watched *outputs, *layers;
    int n_outputs, n_layers;
};

/* Evaluates the script's graph, as it is before it is compiled, in double; and again with numbers that are moved as float would
 * round them, which tells how far it may be off. */
bool reference_of(const struct graph *model, const float *parameters, const struct samples *samples,
                  struct reference *reference);
/* The outputs are those of a file instead, .npy, .npz by the outputs' names, or .pb: another framework's, in float. */
bool reference_expect(struct reference *reference, const char *path, struct limits limits);
/* Makes each layer's tensor an output of the model, behind its own. */
void reference_keep(const struct reference *reference, struct graph *model);

/* ---- compare.c ---- */

struct difference {
    double ulps,
        mean_ulps; /* largest and mean error in units of the last place: of the number, or of a typical one of its
                             * layer, where it is smaller */
    double error;  /* the largest one */
    bool is_wrong;
};

struct difference difference_of(const struct watched *watched, int64_t samples, const float *found);
/* Lines of the table. */
void difference_print_head(int width, FILE *out);
void difference_print(const struct watched *watched, const char *name, const struct difference *difference,
                      int width, FILE *out);

/* ---- program.c: C that calls the network ---- */

/* A main() that runs the network on the samples and prints the bits of what it makes of them: one by one, as a batch, and then,
 * where `layers` is the name of the network with all layers kept, those. NULL after an error, here and below. */
const char *verify_program(const struct reference *reference, const struct samples *samples, const char *name,
                           const char *layers);
/* The numbers that it printed: outputs and layers, sample by sample; then outputs of the batch. NULL: it printed others. */
float *verify_parse(struct arena *arena, const char *printed, int64_t count);
/* A main() that compares them with what is expected, and prints a line. */
const char *selftest_program(const struct reference *reference, const struct samples *samples, const char *name);

#endif
