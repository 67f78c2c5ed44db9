/* build.h -- builds small graphs op by op, for the tests of passes, and says in words what became of them. */
#ifndef BUILD_H
#define BUILD_H

#include "command/command.h"
#include "op/op.h"

struct build {
    struct arena arena;
    struct diag diag;
    struct graph *graph;
};

/* cmocka's setup and teardown; *state is a struct build with an empty graph. */
int build_open(void **state);
int build_close(void **state);
/* Begins anew with an empty graph and no error. */
void build_reset(struct build *build);

struct shape build_shape(const char *text); /* "24x24x8"; "": a scalar */
struct tensor *build_input(struct build *build, const char *shape);
struct tensor *build_parameter(struct build *build, const char *name, const char *shape); /* trainable, zeros */

/* Appends op NAME with attributes such as "strides=2,1 padding=same groups=2" (pairs and quads with commas, shapes
 * as build_shape() reads them). Returns its first output; NULL after an error, which is then in build->diag. */
struct tensor *build_try(struct build *build, const char *name, const char *attributes, struct tensor *const *in,
                         int n_in);
/* The same where it must succeed. */
struct tensor *build_apply(struct build *build, const char *name, const char *attributes, struct tensor *const *in,
                           int n_in);

/* apply(build, "conv2d", "padding=same", x, k): inputs one by one. */
#define TENSORS(...)                                                                                               \
    (struct tensor *[]){__VA_ARGS__}, (int)(sizeof(struct tensor *[]){__VA_ARGS__} / sizeof(void *))
#define apply(build, name, attributes, ...) build_apply(build, name, attributes, TENSORS(__VA_ARGS__))
/* The op must be refused with this message. */
#define refuse(build, expected, name, attributes, ...)                                                             \
    do {                                                                                                           \
        assert_null(build_try(build, name, attributes, TENSORS(__VA_ARGS__)));                                     \
        assert_string_equal((build)->diag.message, expected);                                                      \
        build_forgive(build);                                                                                      \
    } while (0)
void build_forgive(struct build *build); /* forgets the error */

void build_metric(struct build *build, struct tensor *tensor);
void build_output(struct build *build, struct tensor *tensor);
/* Compares `tensor` with a label of its shape: the mean square is the loss. */
void build_loss(struct build *build, struct tensor *tensor);

/* The kernels of a graph in order, as "conv2d+add+relu reshape matmul": ops by name, binary and unary by their
 * function, what a kernel has fused behind a plus. */
const char *graph_words(const struct graph *graph);
/* The first node of this op, as graph_words() calls it; fails the test when there is none. */
struct node *graph_find(const struct graph *graph, const char *word);

/* Runs a model script of the repository ("examples/mnist.lua"); fails the test with its message when that fails. */
struct graph *build_script(struct build *build, const char *path);
extern const char *const build_scripts[]; /* scripts that train, NULL-terminated */

/* Makes the program of a kind ready for emit, from a copy of `model`, which must be simplified. */
struct program build_program(const struct graph *model, enum program_kind kind, const struct target *target);

/* What a FILE-writing function of a graph prints, in the arena. */
const char *printed(struct graph *graph, void (*print)(const struct graph *graph, FILE *out));

#endif
