/* op.h -- the table of primitive ops (op.def), and what their files share: attribute structs that gradients reuse,
 * geometry, checks. An op says what shapes it makes, its gradient and its rewrites. */
#ifndef OP_H
#define OP_H

#include "graph/graph.h"

#define OP(name) extern const struct op op_##name;
#include "op/op.def"
#undef OP
const struct op *op_find(const char *name); /* NULL: none of that name */
extern const struct op *const op_table[];   /* NULL-terminated */

enum padding { PADDING_VALID, PADDING_SAME, PADDING_EXPLICIT };
extern const char *const padding_names[], *const explicit_padding_names[]; /* those with PADDING_EXPLICIT */

/* How a window (kernel or pool) moves over rows [0] and columns [1]. */
struct window {
    int64_t size[2], strides[2], dilation[2];
    int padding;
    int64_t pads[4]; /* top, bottom, left, right: resolved by window_resolve() unless they are explicit */
};

/* Keras' rules: valid floor((n-ke)/s)+1; same ceil(n/s), the odd pad goes to the bottom and right.
 * Sets window->pads and out[0..1] from the rows and columns of `in`. */
bool window_resolve(struct graph *graph, struct node *node, struct window *window, const struct shape *in,
                    int64_t out[2]);

/* What must hold of a window along an axis wherever it stands. */
bool window_check(struct graph *graph, const struct node *node, const struct window *window, const struct shape *in,
                  size_t axis);
/* From the first to the last tap. */
int64_t window_extent(const struct window *window, size_t axis);

/* Of the first `rows` rows of an image: by which function of all places each channel becomes a number. */
struct collapse {
    int function; /* REDUCE_SUM, ... */
    int64_t rows;
};

/* Is each place of the image that it makes made of the same place of one or more images alone? */
bool node_keeps_places(const struct node *node);

struct conv2d {
    struct window window; /* size comes from the kernel */
    int64_t groups;
    struct shape result; /* of the gradient ops: the shape of the gradient */
    /* of conv2d_transpose: rows and columns of the result beyond the least, -1: as many as its padding gives; and whether
     * the kernel has filters last, as inference wants it */
    int64_t output_padding[2];
    bool filters_last;
};

/* Those of conv2d and its gradients. */
extern const struct attribute conv2d_attributes[];

struct pool2d {
    struct window window;
    struct shape result; /* of the gradient ops: the shape of the input */
};

/* How a parameter is cut into panels: pack.c. */
struct pack {
    int64_t panel, groups;
    bool turned; /* channels for filters, as the gradient with respect to x has them */
};

/* The numbers of a 4x4 tile of inputs, and of a transformed kernel. */
enum { WINOGRAD_NUMBERS = 16 };

struct winograd_kernel {
    int64_t panel;   /* filters, as of struct pack */
    bool transposed; /* channels for filters, as the gradient with respect to x has them */
    bool backwards;  /* the taps from the last to the first: of that, and of a transposed convolution */
};

struct winograd {
    int64_t pads[4];
    struct shape result;
};
int64_t winograd_tiles(const struct node *node); /* of 2x2 outputs */

/* y = scale*x + offset */
struct affine {
    double scale, offset;
};

enum unary_function {
#define UNARY(name, from_output, monotone, steps, value) UNARY_##name,
#include "op/unary.def"
#undef UNARY
    UNARY_COUNT
};

struct unary {
    int function;
    double alpha; /* slope or scale, of the functions that have one */
};

#define REDUCTIONS(ROW)                                                                                            \
    ROW(SUM, "sum")                                                                                                \
    ROW(MEAN, "mean")                                                                                              \
    ROW(MAX, "max")                                                                                                \
    ROW(MIN, "min")                                                                                                \
    ROW(PRODUCT, "product")
enum {
#define ROW(name, text) REDUCE_##name,
    REDUCTIONS(ROW)
#undef ROW
};
struct reduce {
    int function;
    struct shape axes; /* resolved by the shape rule: from 0, in order */
    bool keepdims;
};

struct sum_to {
    struct shape result;
    bool over_batch;
};

struct constant {
    double value;
    int64_t count;
};

struct slice {
    int64_t axis, begin, count;
    struct shape result; /* of the gradient: the shape of the input */
};

struct batch_matmul {
    bool transpose_a, transpose_b;
};
/* Of the products of `matrices` pairs: rows x columns numbers, each a sum of so many products. */
struct batch_matmul_size {
    int64_t matrices, rows, columns, sums;
};
struct batch_matmul_size batch_matmul_size(const struct node *node);

/* The default of an op's seed: it becomes the number of the op among those that draw, from 1, negative. */
#define NO_SEED INT64_MIN
/* Checks a node's seed, or makes it of its number. */
bool random_seed(struct graph *graph, const struct node *node, int64_t *seed);

/* Numbers drawn at random: normal with mean a and deviation b, or from a to b. */
struct random_numbers {
    double a, b;
    struct shape shape;
    int64_t seed; /* below 0: the script gave none, and -seed numbers the op */
};

/* The numbers of a row of the table. */
struct gather_panels {
    int64_t width;
};

struct pad2d {
    int64_t padding[4]; /* top, bottom, left, right; negative crops */
};

/* Along one axis. */
struct border_places {
    int64_t axis, before, behind;
    int mode;
    struct shape result; /* of the gradient: the shape of the input */
};

struct resize {
    int64_t size[2];
    int interpolation;
    struct shape result; /* of the gradient: the shape of the input */
};

struct resample {
    int64_t axis, size;
    int interpolation;
    bool antialias;
    struct shape result; /* of the gradient: the shape of the input */
};

struct normalize {
    double epsilon;
    int slope;    /* of its gradients: 1 + the function of op unary whose slope comes first; 0: none */
    double alpha; /* of that function */
};

/* The axes of y are those of x in another order. */
struct permute {
    struct shape order; /* rank = x's */
};

/* Of an image whose rows come one after the other: stream.c. Windows of `rows` rows, `step` rows apart, on an image of
 * `height` rows, with `before` rows in front of them and `behind` behind them that hold zeros, or what is below all numbers. */
struct window_rows {
    int64_t rows, step, before, height, behind;
    bool lowest;
};
struct fold_rows {
    int function;
};

/* Of the borders of a loop: loop.c. */
struct loop_row {
    bool reverse; /* the last row in the first round */
};

struct loop_state {
    struct shape shape;
    int64_t number;  /* of the graph's states, from 1 */
    int64_t mirrors; /* of a gradient: the number of the state whose gradient it is; else 0 */
    bool stateful;   /* NAME_predict_step begins with what the call before left */
};

/* What rewrites ask of ops. */
#define BINARIES(ROW)                                                                                              \
    ROW(ADD, "add")           /* a + b */                                                                          \
    ROW(SUBTRACT, "subtract") /* a - b */                                                                          \
    ROW(MULTIPLY, "multiply") /* a b */                                                                            \
    ROW(DIVIDE, "divide")     /* a / b */                                                                          \
    ROW(MAXIMUM, "maximum")   /* the larger */                                                                     \
    ROW(MINIMUM, "minimum")   /* the smaller */                                                                    \
    ROW(POWER, "power")       /* a^b */                                                                            \
    ROW(EQUAL, "equal")       /* this and what follows: 1 if so, else 0 */                                         \
    ROW(NOT_EQUAL, "not_equal")                                                                                    \
    ROW(GREATER, "greater")                                                                                        \
    ROW(GREATER_EQUAL, "greater_equal")                                                                            \
    ROW(LESS, "less")                                                                                              \
    ROW(LESS_EQUAL, "less_equal")
enum {
#define ROW(name, text) BINARY_##name,
    BINARIES(ROW)
#undef ROW
};
struct binary {
    int function;
};
bool is_binary(const struct node *node, int function);
bool cast_makes(const struct node *node, enum element element); /* is a cast to that type */
bool softmax_is_log(const struct node *node);
bool unary_monotone(const struct node *node);
bool pool_tiles(const struct node *node); /* small windows side by side, none over the border */

/* Attributes of the ops that only need the shape of their result. */
struct result {
    struct shape result;
};
extern const struct attribute result_attributes[];
bool result_shape(struct graph *graph, struct node *node); /* SAMPLE output of attribute `result` */

/* Reports "NAME needs an input of rank R" at the node. */
bool need_rank(struct graph *graph, struct node *node, int input, int rank);
bool need_scope(struct graph *graph, struct node *node, int input, enum scope scope);
bool need_same_shape(struct graph *graph, struct node *node, int a, int b);

/* The shape of the first input, SAMPLE. */
bool same_as_first(struct graph *graph, struct node *node);
/* One number for each sample. */
bool scalar_sample(struct graph *graph, struct node *node);

/* Appends a node that belongs to the same layer as `of`, in the backward part; returns its first output. */
struct tensor *append_gradient(struct graph *graph, const struct op *op, const void *attributes,
                               struct tensor *const *in, int n_in, const struct node *of);

/* The same for the sum of what repeats `like` in x: as a gradient it has that shape and scope. */
struct tensor *append_sum_to(struct graph *graph, struct tensor *x, const struct tensor *like,
                             const struct node *of);

/* The output of a node whose inputs are broadcast; `what`: "add", for the message where they do not fit. */
bool broadcast_output(struct graph *graph, struct node *node, const char *what);
/* Is x repeated to become y? */
bool is_repeated(const struct tensor *x, const struct tensor *y);
/* Turns gradients of the shape of the output into those of the inputs, by summing what was repeated. */
bool broadcast_gradients(struct graph *graph, struct node *node, struct tensor **dx);
/* Where in a tensor of shape `x` stands what is number `index` of `y`, to which it is broadcast. */
int64_t broadcast_index(const struct shape *y, int64_t index, const struct shape *x);

/* a is b, or b with more dims in front. */
bool is_suffix(const struct shape *suffix, const struct shape *shape);

/* Cuts n into the fewest pieces of at most `max`; returns their size when they are as equal as can be. */
int64_t best_tile(int64_t n, int64_t max);
int64_t ceil_div(int64_t a, int64_t b);
int64_t round_up(int64_t a, int64_t unit);

#endif
