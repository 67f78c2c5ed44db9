/* test_grad.c -- the derivative of every op, against finite differences in double.
 *
 * A row is an op with its attributes and inputs. Inputs are words: "7x6x3" a tensor of that shape for each sample,
 * "*3x3x3x4" a trainable parameter, "!4" one that is not trained, "-" an absent one, "label" and "class" the labels
 * of a loss, "#3x4" indices of 0 to 4, "@4x1" how often each place counts; a "+" before the shape makes the numbers positive.
 * Every input depends on a parameter, so that each gradient the op makes is seen. */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *op, *attributes, *inputs;
    double scale; /* of the numbers; 0: 1 */
};

static const struct row rows[] = {
    {"conv2d", "", "5x6x2 *3x3x2x4", 0},
    {"conv2d", "strides=2,3", "7x9x3 *3x2x3x2", 0},
    {"conv2d", "padding=same", "5x4x2 *3x3x2x3", 0},
    {"conv2d", "padding=same", "4x5x1 *2x4x1x3", 0},
    {"conv2d", "padding=same strides=2,2", "6x7x2 *3x3x2x2", 0},
    {"conv2d", "padding=same strides=3,2", "7x5x2 *2x5x2x2", 0},
    {"conv2d", "padding=same strides=3,3", "5x5x2 *1x1x2x2", 0},
    {"conv2d", "dilation=2,1", "7x5x2 *3x3x2x2", 0},
    {"conv2d", "dilation=2,3 padding=same", "6x7x2 *3x2x2x2", 0},
    {"conv2d", "groups=2", "5x5x4 *3x3x2x6", 0},
    {"conv2d", "groups=3 padding=same strides=2,1", "5x4x3 *3x3x1x6", 0},
    {"conv2d", "", "4x3x5 *4x3x5x2", 0},

    {"conv2d", "padding=explicit pads=1,0,2,3", "4x3x2 *3x2x2x2", 0},
    {"conv2d", "padding=explicit pads=0,2,1,1 strides=2,3 groups=2", "4x5x2 *2x3x1x4", 0},

    {"conv2d_transpose", "", "3x4x2 *3x2x4x2", 0},
    {"conv2d_transpose", "padding=same", "4x3x2 *2x4x3x2", 0},
    {"conv2d_transpose", "strides=2,3", "3x4x2 *3x2x3x2", 0},
    {"conv2d_transpose", "strides=2,2 padding=same", "3x4x2 *3x4x3x2", 0},
    {"conv2d_transpose", "strides=3,2 padding=same output_padding=1,1", "3x4x1 *2x5x3x1", 0},
    {"conv2d_transpose", "strides=3,3 output_padding=2,0", "2x3x2 *1x2x2x2", 0},
    {"conv2d_transpose", "dilation=2,3 padding=same", "4x5x2 *3x2x2x2", 0},
    {"conv2d_transpose", "dilation=1,2", "1x1x3 *2x3x2x3", 0},

    {"matmul", "", "7 *7x5", 0},
    {"matmul", "", "3x4x5 *5x2", 0},
    {"matmul", "", "6 *6x1", 0},

    {"batch_matmul", "", "3x4 4x5", 0},
    {"batch_matmul", "transpose_a=1", "2x4x3 2x4x5", 0},
    {"batch_matmul", "transpose_b=1", "3x4 5x4", 0},
    {"batch_matmul", "transpose_a=1 transpose_b=1", "2x4x1 2x3x4", 0},
    {"tril", "fill=-2", "2x4x3", 0},
    {"tril", "diagonal=-1 fill=1", "3x4", 0},

    {"binary", "function=add", "3x4 3x4", 0},
    {"binary", "function=add", "2x3x4 *4", 0},
    {"binary", "function=subtract", "2x3x4 *3x4", 0},
    {"binary", "function=subtract", "3x4 4", 0},
    {"binary", "function=multiply", "3x4 3x4", 0},
    {"binary", "function=multiply", "2x3x4 *4", 0},
    {"binary", "function=multiply", "2x3x4 3x4", 0},
    {"binary", "function=divide", "3x4 +3x4", 0},
    {"binary", "function=divide", "2x3x4 *+4", 0},
    {"binary", "function=maximum", "3x4 3x4", 0},
    {"binary", "function=maximum", "2x3x4 *4", 0},
    {"binary", "function=minimum", "3x4 3x4", 0},
    {"binary", "function=minimum", "2x3x4 4", 0},
    {"binary", "function=power", "+3x4 3x4", 0},
    {"binary", "function=power", "*+4 3x4", 0},
    {"binary", "function=add", "3x1 1x4", 0},
    {"binary", "function=add", "*4 2x3x4", 0},
    {"binary", "function=subtract", "1x5 3x4x1", 0},
    {"binary", "function=multiply", "3x1x4 3x5x1", 0},
    {"binary", "function=multiply", "3x5x4 *3x1x1", 0},
    {"binary", "function=multiply", "*3x1x4 5x1", 0},
    {"binary", "function=divide", "4 +2x3x1", 0},
    {"binary", "function=divide", "*2x1 +2x3", 0},
    {"binary", "function=maximum", "*3x1 2x1x5", 0},
    {"binary", "function=minimum", "3x1 *2x1x5", 0},

    {"broadcast", "shape=2x3x4", "3x1", 0},
    {"select", "", "!3x4 3x4 3x4", 0},
    {"select", "", "!4 3x1 2x1x4", 0},
    {"select", "", "!4 - 2x3x4", 0},

    {"reduce", "function=sum", "2x3x4", 0},
    {"reduce", "function=sum axes=1", "2x3x4", 0},
    {"reduce", "function=sum axes=0x2 keepdims=1", "2x3x4", 0},
    {"reduce", "function=mean axes=1x2", "2x3x4", 0},
    {"reduce", "function=mean axes=0x1 keepdims=1", "2x3x4", 0},
    {"reduce", "function=max axes=1", "2x3x4", 0},
    {"reduce", "function=max keepdims=1", "3x4", 0},
    {"reduce", "function=min axes=0x2", "2x3x4", 0},
    {"reduce", "function=product axes=1", "2x3x4", 0},
    {"reduce", "function=product axes=0x1 keepdims=1", "2x2x3", 0},

    {"affine", "scale=2.5 offset=-1", "3x4", 0},

    {"max_pool2d", "", "6x4x3", 0},
    {"max_pool2d", "pool=3,3 strides=1,2", "6x7x2", 0},
    {"max_pool2d", "pool=3,2 strides=2,2 padding=same", "5x7x2", 0},
    {"max_pool2d", "pool=2,2 strides=3,3", "7x8x2", 0},
    {"average_pool2d", "pool=2,2 strides=2,2", "6x4x3", 0},
    {"average_pool2d", "pool=3,3 strides=1,2", "6x7x2", 0},
    {"average_pool2d", "pool=3,2 strides=2,2 padding=same", "5x7x2", 0},
    {"average_pool2d", "pool=3,3 strides=1,1 padding=same", "4x5x2", 0},

    {"softmax", "log=0", "7", 3},
    {"softmax", "log=0", "3x5", 3},
    {"softmax", "log=1", "7", 3},
    {"softmax", "log=1", "3x5", 3},
    {"dropout", "rate=0.4 seed=3", "3x4", 0},
    {"dropout", "rate=0.4 seed=3 rows=3", "3x4", 0},
    {"dropout", "rate=0.3 alpha=1", "3x4", 0},
    {"noise", "function=add stddev=0.7", "3x4", 0},
    {"noise", "function=multiply stddev=0.7 seed=4", "3x4", 0},

    {"batch_norm", "epsilon=0.001 momentum=0.9", "4x3x2 *2 *2 !2 !2", 0},
    {"batch_norm", "epsilon=0.1", "5 - *5 !5 !5", 0},
    {"batch_norm", "epsilon=0.01", "3x2 *2 - !2 !2", 0},
    {"batch_norm", "epsilon=0.01", "2x2x3 - - !3 !3", 0},
    {"batch_norm", "epsilon=0.01", "4x3x2 *2 *2 !2 !2 @4x3x1", 0},
    {"batch_norm", "epsilon=0.1", "5x3 - *3 !3 !3 @5x1", 0},
    {"batch_norm", "epsilon=0.1", "3 *3 - !3 !3 @1", 0},

    {"cast", "dtype=float32", "3x4", 0},
    {"gather", "", "#3x4 *5x6", 0},
    {"gather", "", "#7 *5", 0},
    {"gather", "", "#4 5x2x3", 0},

    {"permute", "order=2x0x1", "3x4x5", 0},
    {"permute", "order=1x0", "3x4", 0},
    {"reshape", "shape=6x10", "3x4x5", 0},
    {"concat", "axis=2", "2x3x1 2x3x4 2x3x2", 0},
    {"concat", "axis=0", "2x3 1x3", 0},
    {"slice", "axis=1 begin=1 count=2", "2x4x3", 0},
    {"slice", "axis=2 begin=0 count=1", "2x3x2", 0},
    {"resize", "size=6,8", "3x4x2", 0},
    {"resize", "size=2,7", "5x3x2", 0},
    {"resize", "size=6,8 interpolation=bilinear", "3x4x2", 0},
    {"resize", "size=2,7 interpolation=bilinear", "5x3x2", 0},
    {"resize", "size=3,1 interpolation=bilinear", "1x4x3", 0},
    {"resample", "axis=0 size=7 interpolation=bilinear", "3x4x2", 0},
    {"resample", "axis=1 size=3 interpolation=bilinear antialias=1", "3x8x2", 0},
    {"resample", "axis=1 size=9 interpolation=bicubic", "3x4x2", 0},
    {"resample", "axis=0 size=2 interpolation=bicubic antialias=1", "7x3", 0},
    {"resample", "axis=2 size=3 interpolation=lanczos3", "2x2x8", 0},
    {"resample", "axis=0 size=4 interpolation=lanczos5 antialias=1", "9", 0},
    {"resample", "axis=0 size=3 interpolation=lanczos3 antialias=1", "1x4", 0},
    {"border", "axis=1 before=2 behind=3 mode=edge", "2x3x2", 0},
    {"border", "axis=0 before=2 behind=1 mode=reflect", "4x3", 0},
    {"border", "axis=1 before=7 behind=-3 mode=symmetric", "2x3x2", 0},
    {"border", "axis=0 before=-1 behind=5 mode=wrap", "3x2", 0},
    {"border", "axis=0 before=3 behind=3 mode=reflect", "1x2", 0},
    {"pad2d", "padding=1,2,0,3", "3x4x2", 0},
    {"pad2d", "padding=-1,1,2,-2", "4x5x2", 0},

    {"cross_entropy", "sparse=1 from_logits=1", "6 class", 3},
    {"cross_entropy", "sparse=1", "+6 class", 0},
    {"cross_entropy", "sparse=1 from_logits=1 label_smoothing=0.1", "4x6 class", 3},
    {"cross_entropy", "from_logits=1", "6 label", 3},
    {"cross_entropy", "label_smoothing=0.2", "+3x6 label", 0},
    {"binary_cross_entropy", "from_logits=1", "6 label", 3},
    {"binary_cross_entropy", "label_smoothing=0.1", "+2x6 label", 0},
    {"squared_error", "", "2x6 label", 0},
};

/* Every function of `unary`; log and the roots want positive numbers, and those that only have steps are multiplied by x, for
 * nothing is trained through them. The numbers reach the bends of relu6,
 * hard_sigmoid and the like. */
static bool needs_positive(const char *function)
{
    static const char *const names[] = {"log", "sqrt", "rsqrt", "log1p", "reciprocal"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return false;
}

static bool has_steps(const char *function)
{
    static const char *const names[] = {"floor", "ceil", "round", "sign"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(function, names[i]) == 0)
            return true;
    return false;
}

static struct tensor *build_input(struct bench *bench, const char *word, const struct tensor *first)
{
    bool parameter = *word == '*' || *word == '!';
    const char *shape = word + parameter;
    bool positive = *shape == '+';
    if (strcmp(word, "-") == 0)
        return NULL;
    if (strcmp(word, "label") == 0)
        return bench_label(bench, first->shape, 0);
    if (strcmp(word, "class") == 0) {
        struct shape leading = first->shape;
        leading.rank--;
        return bench_label(bench, leading, first->shape.dim[leading.rank]);
    }
    if (*word == '#')
        return bench_indices(bench, bench_shape(word + 1), 5);
    if (*word == '@')
        return bench_counts(bench, bench_shape(word + 1));
    if (parameter)
        return bench_parameter(bench, bench_shape(shape + positive), *word == '*', positive);
    return bench_variable(bench, bench_shape(shape + positive), positive);
}

static int check_row(const struct row *row, bool *covered)
{
    struct bench bench = {.covered = covered, .random = (uint64_t)(row - rows)};
    if (setjmp(bench.arena.out_of_memory))
        return 1;
    bench_open(&bench, row->scale);
    struct tensor *in[8] = {0};
    int n_in = 0;
    char words[128];
    snprintf(words, sizeof words, "%s", row->inputs);
    for (char *word = words, *next; *word; word = next, n_in++) {
        next = word + strcspn(word, " ");
        if (*next)
            *next++ = '\0';
        in[n_in] = build_input(&bench, word, in[0]);
    }
    struct tensor *y = bench_apply(&bench, row->op, row->attributes, in, n_in);
    if (bench.graph->n_labels > 0)
        bench.graph->loss = y;
    else
        bench_loss_of(&bench, y);
    int wrong = bench_check(&bench, false);
    bench_close(&bench);
    if (wrong)
        fprintf(stderr, "... in %s {%s} of %s\n", row->op, row->attributes, row->inputs);
    return wrong;
}

static int check_unary(const char *function, bool *covered)
{
    struct bench bench = {.covered = covered, .random = 7};
    if (setjmp(bench.arena.out_of_memory))
        return 1;
    bench_open(&bench, 4);
    struct tensor *x = bench_variable(&bench, bench_shape("6x10"), needs_positive(function));
    if (strncmp(function, "relu6", 5) == 0)
        x = bench_apply(&bench, "affine", "scale=2 offset=2", &x, 1);
    if (strcmp(function, "tan") == 0) /* not near a pole, where quotients of differences are of no use */
        x = bench_apply(&bench, "affine", "scale=0.25 offset=0.5", &x, 1);
    struct tensor *y = bench_unary(&bench, function, x);
    bench_loss_of(&bench, has_steps(function) ? bench_binary(&bench, "multiply", y, x) : y);
    int wrong = bench_check(&bench, false);
    bench_close(&bench);
    if (wrong)
        fprintf(stderr, "... in unary function %s\n", function);
    return wrong;
}

/* Numbers at random, times a parameter. */
static int check_random(const char *op, bool *covered)
{
    struct bench bench = {.covered = covered, .random = 7};
    if (setjmp(bench.arena.out_of_memory))
        return 1;
    bench_open(&bench, 0);
    struct tensor *x = bench_variable(&bench, bench_shape("3"), false);
    struct tensor *y = bench_binary(&bench, "multiply", x, bench_apply(&bench, op, "seed=9", &x, 1));
    bench_loss_of(&bench, y);
    int wrong = bench_check(&bench, false);
    bench_close(&bench);
    return wrong;
}

/* What nothing flows through, times a parameter. */
static int check_one_hot(const char *mode, bool *covered)
{
    struct bench bench = {.covered = covered, .random = 7};
    char text[64];
    if (setjmp(bench.arena.out_of_memory))
        return 1;
    bench_open(&bench, 0);
    snprintf(text, sizeof text, "depth=5 mode=%s", mode);
    struct tensor *x = bench_indices(&bench, bench_shape("3x4"), 5);
    struct tensor *y = bench_apply(&bench, "one_hot", text, &x, 1);
    bench_loss_of(&bench,
                  bench_binary(&bench, "multiply", y, bench_parameter(&bench, bench_shape("5"), true, false)));
    int wrong = bench_check(&bench, false);
    bench_close(&bench);
    return wrong;
}

static const char *const *choices(const struct op *op, const char *name)
{
    for (const struct attribute *a = op->attributes; a && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a->choices;
    return NULL;
}

/* ---- loops ---- */

/* What a row of the table says of loops. */
struct loop_row_of_table {
    int64_t rounds;
    bool reverse,
        sequence; /* the rows come from the last to the first; the loss is of all outputs, not of the last state */
    bool given;   /* the first state is a tensor, not zeros */
};

static const struct loop_row_of_table loop_rows[] = {{4, false, false, false}, {4, true, false, true},
                                                     {3, false, true, true},   {3, true, true, false},
                                                     {1, false, true, true},   {1, true, false, false}};

/* h' = tanh(x U + h V + b + c), d' = d + h' x0, where c and x0 are the same in all rounds; two outputs are led out of it, one
 * of them a state. */
static struct tensor *recurrence(struct bench *bench, const struct loop_row_of_table *row)
{
    char sequence[16];
    snprintf(sequence, sizeof sequence, "%dx3", (int)row->rounds);
    const char *reverse = row->reverse ? "reverse=1" : "reverse=0";
    struct tensor *x = bench_variable(bench, bench_shape(sequence), false);
    struct tensor *first = bench_variable(bench, bench_shape("4"), false),
                  *c = bench_variable(bench, bench_shape("4"), false);
    c = bench_binary(bench, "add", c, first); /* is read even where the first state is zeros */
    struct tensor *u = bench_parameter(bench, bench_shape("3x4"), true, false);
    struct tensor *v = bench_parameter(bench, bench_shape("4x4"), true, false);
    struct tensor *b = bench_parameter(bench, bench_shape("4"), true, false);
    bench->graph->loop = graph_loop(bench->graph, row->rounds, NULL);
    struct tensor *h = bench_apply(bench, "loop_state", "shape=4", &first, row->given);
    struct tensor *d = bench_apply(bench, "loop_state", "shape=4", NULL, 0);
    struct tensor *now = bench_apply(bench, "loop_row", reverse, &x, 1);
    struct tensor *z = bench_binary(bench, "add", bench_apply(bench, "matmul", "", (struct tensor *[]){now, u}, 2),
                                    bench_apply(bench, "matmul", "", (struct tensor *[]){h, v}, 2));
    struct tensor *y = bench_unary(bench, "tanh", bench_binary(bench, "add", bench_binary(bench, "add", z, b), c));
    struct tensor *part = bench_apply(bench, "slice", "axis=0 begin=1 count=2", &y, 1);
    struct tensor *more = bench_binary(bench, "add", d, bench_binary(bench, "multiply", y, c));
    struct tensor *rows = bench_apply(bench, "loop_rows", reverse, &part, 1);
    struct tensor *states = bench_apply(bench, "loop_rows", "reverse=0", &y, 1);
    struct tensor *last = bench_apply(bench, "loop_next", "", (struct tensor *[]){h, y}, 2);
    struct tensor *total = bench_apply(bench, "loop_next", "", (struct tensor *[]){d, more}, 2);
    bench->graph->loop = NULL;
    if (!row->sequence)
        return bench_binary(bench, "add", last, total);
    char shape[16];
    snprintf(shape, sizeof shape, "shape=%d", 2 * (int)row->rounds);
    rows = bench_apply(bench, "reshape", shape, &rows, 1);
    snprintf(shape, sizeof shape, "shape=%d", 4 * (int)row->rounds);
    states = bench_apply(bench, "reshape", shape, &states, 1);
    return bench_apply(bench, "concat", "axis=0", (struct tensor *[]){rows, total, states}, 3);
}

static int check_loop(const struct loop_row_of_table *row, bool simplify, bool *covered)
{
    struct bench bench = {.covered = covered, .random = 5};
    if (setjmp(bench.arena.out_of_memory))
        return 1;
    bench_open(&bench, 1);
    bench_loss_of(&bench, recurrence(&bench, row));
    int wrong = bench_check(&bench, simplify);
    bench_close(&bench);
    if (wrong)
        fprintf(stderr, "... in a loop of %d rounds%s%s%s\n", (int)row->rounds, row->reverse ? ", reverse" : "",
                row->sequence ? ", sequence" : "", row->given ? ", with a first state" : "");
    return wrong;
}

static int check_loops(bool *covered)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof loop_rows / sizeof loop_rows[0]; i++)
        for (int simplify = 0; simplify < 2; simplify++)
            wrong += check_loop(&loop_rows[i], simplify, covered);
    return wrong;
}

static int check_table(bool *covered)
{
    int wrong = check_loops(covered);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        wrong += check_row(&rows[i], covered);
    for (const char *const *function = choices(&op_unary, "function"); *function; function++)
        wrong += check_unary(*function, covered);
    for (const char *const *mode = choices(&op_one_hot, "mode"); *mode; mode++)
        wrong += check_one_hot(*mode, covered);
    wrong += check_random("random_normal", covered) + check_random("random_uniform", covered);
    return wrong;
}

static void test_every_row(void **state)
{
    (void)state;
    assert_int_equal(check_table(NULL), 0);
}

/* An op that can be differentiated and has no row fails. */
static void test_every_op_is_covered(void **state)
{
    (void)state;
    bool covered[256] = {0};
    check_table(covered);
    int missing = 0;
    for (int i = 0; op_table[i]; i++) {
        if (op_table[i]->backward && op_table[i] != &op_stop_gradient && !covered[i]) {
            fprintf(stderr, "the derivative of op %s is not tested in tests/grad\n", op_table[i]->name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

/* Those from `equal` on compare: they have no gradient. */
static void test_every_binary_function_is_covered(void **state)
{
    (void)state;
    for (const char *const *function = choices(&op_binary, "function"); strcmp(*function, "equal") != 0;
         function++) {
        char text[64];
        bool found = false;
        snprintf(text, sizeof text, "function=%s", *function);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            found |= strcmp(rows[i].op, "binary") == 0 && strcmp(rows[i].attributes, text) == 0;
        if (!found)
            fail_msg("binary function %s is not tested", *function);
    }
}

/* ---- graphs: gradients that meet, and rewrites that must not change them ---- */

typedef struct tensor *builder(struct bench *bench);

/* x * x + tanh(x) + x */
static struct tensor *used_often(struct bench *bench)
{
    struct tensor *x = bench_variable(bench, bench_shape("3x4"), false);
    struct tensor *sum =
        bench_binary(bench, "add", bench_binary(bench, "multiply", x, x), bench_unary(bench, "tanh", x));
    return bench_binary(bench, "add", sum, x);
}

/* One parameter is the kernel of two layers. */
static struct tensor *shared_kernel(struct bench *bench)
{
    struct tensor *x = bench_variable(bench, bench_shape("6x6x2"), false);
    struct tensor *k = bench_parameter(bench, bench_shape("3x3x2x2"), true, false);
    struct tensor *y = bench_apply(bench, "conv2d", "padding=same", (struct tensor *[]){x, k}, 2);
    return bench_apply(bench, "conv2d", "", (struct tensor *[]){bench_unary(bench, "tanh", y), k}, 2);
}

/* A tensor is joined with itself and with what was made from it. */
static struct tensor *joined_with_itself(struct bench *bench)
{
    struct tensor *x = bench_variable(bench, bench_shape("2x6"), false);
    struct tensor *square = bench_binary(bench, "multiply", x, x);
    return bench_apply(bench, "concat", "axis=0", (struct tensor *[]){square, x, square}, 3);
}

static struct tensor *conv_block(struct bench *bench, struct tensor *x, const char *kernel, int channels)
{
    char shape[16];
    snprintf(shape, sizeof shape, "%d", channels);
    struct tensor *k = bench_parameter(bench, bench_shape(kernel), true, false);
    struct tensor *y = bench_apply(bench, "conv2d", "padding=same", (struct tensor *[]){x, k}, 2);
    return bench_binary(bench, "add", y, bench_parameter(bench, bench_shape(shape), true, false));
}

static struct tensor *normalised(struct bench *bench, struct tensor *x, const char *channels)
{
    struct shape shape = bench_shape(channels);
    return bench_apply(bench, "batch_norm", "epsilon=0.01",
                       (struct tensor *[]){
                           x, bench_parameter(bench, shape, true, true), bench_parameter(bench, shape, true, false),
                           bench_parameter(bench, shape, false, false), bench_parameter(bench, shape, false, true)},
                       5);
}

/* Two batch normalisations, one behind the other, around a residual. */
static struct tensor *residual(struct bench *bench)
{
    struct tensor *x = bench_variable(bench, bench_shape("4x4x2"), false);
    struct tensor *y = bench_unary(bench, "relu", normalised(bench, conv_block(bench, x, "3x3x2x2", 2), "2"));
    y = bench_binary(bench, "add", normalised(bench, conv_block(bench, y, "3x3x2x2", 2), "2"), x);
    return bench_apply(bench, "max_pool2d", "", (struct tensor *[]){bench_unary(bench, "elu", y)}, 1);
}

/* The lesson's order: convolution, bias, relu, pool, dense, softmax. */
static struct tensor *lesson(struct bench *bench)
{
    struct tensor *x = bench_variable(bench, bench_shape("6x6x1"), false);
    struct tensor *y = bench_unary(bench, "relu", conv_block(bench, x, "3x3x1x3", 3));
    y = bench_apply(bench, "max_pool2d", "", &y, 1);
    y = bench_apply(bench, "reshape", "shape=27", &y, 1);
    y = bench_apply(bench, "matmul", "",
                    (struct tensor *[]){y, bench_parameter(bench, bench_shape("27x4"), true, false)}, 2);
    return bench_apply(bench, "softmax", "", &y, 1);
}

/* All that a parameter goes through before it meets a sample. */
static struct tensor *function_of_parameters(struct bench *bench)
{
    struct tensor *p = bench_parameter(bench, bench_shape("3x4"), true, true);
    struct tensor *c = bench_parameter(bench, bench_shape("4"), false, false);
    struct tensor *wide = bench_apply(bench, "broadcast", "shape=2x3x4", &p, 1);
    struct tensor *sum = bench_apply(bench, "reduce", "axes=0", &p, 1);
    struct tensor *least = bench_apply(bench, "reduce", "function=min axes=1 keepdims=1", &p, 1);
    struct tensor *chosen = bench_apply(bench, "select", "", (struct tensor *[]){c, wide, least}, 3);
    struct tensor *power = bench_binary(bench, "power", chosen, sum);
    return bench_binary(bench, "multiply", power, bench_variable(bench, bench_shape("3x1"), false));
}

/* Ties, zeros and a condition that depends on what is trained. */
static struct tensor *ties_and_zeros(struct bench *bench)
{
    struct tensor *x = bench_unary(bench, "relu", bench_variable(bench, bench_shape("3x6"), false));
    struct tensor *twice = bench_apply(bench, "concat", "axis=0", (struct tensor *[]){x, x}, 2);
    struct tensor *max = bench_apply(bench, "reduce", "function=max axes=0", &twice, 1);
    struct tensor *product = bench_apply(bench, "reduce", "function=product axes=1 keepdims=1", &x, 1);
    struct tensor *larger = bench_binary(bench, "greater", x, max);
    struct tensor *y = bench_apply(bench, "select", "", (struct tensor *[]){larger, product, x}, 3);
    return bench_binary(bench, "add", y, max);
}

static builder *const graphs[] = {function_of_parameters, ties_and_zeros, used_often, shared_kernel,
                                  joined_with_itself,     residual,       lesson};

static int check_graph(builder *build, bool classes, bool simplify)
{
    struct bench bench = {.random = 11};
    if (setjmp(bench.arena.out_of_memory))
        return 1;
    bench_open(&bench, 0);
    struct tensor *y = build(&bench);
    if (classes) {
        struct tensor *label = bench_label(&bench, (struct shape){0}, y->shape.dim[0]);
        bench.graph->loss = bench_apply(&bench, "cross_entropy", "sparse=1", (struct tensor *[]){y, label}, 2);
    } else {
        bench_loss_of(&bench, y);
    }
    int wrong = bench_check(&bench, simplify);
    bench_close(&bench);
    return wrong;
}

static void test_graphs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++)
        for (int simplify = 0; simplify < 2; simplify++)
            assert_int_equal(check_graph(graphs[i], false, simplify), 0);
}

/* The softmax joins the loss. */
static void test_cross_entropy_from_softmax(void **state)
{
    (void)state;
    assert_int_equal(check_graph(lesson, true, false), 0);
    assert_int_equal(check_graph(lesson, true, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_every_op_is_covered),
        cmocka_unit_test(test_every_binary_function_is_covered),
        cmocka_unit_test(test_graphs),
        cmocka_unit_test(test_cross_entropy_from_softmax),
    };
    return cmocka_run_group_tests_name("grad", tests, NULL, NULL);
}
