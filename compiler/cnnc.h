/* cnnc.h -- what the stages of the compiler share: one graph, and the passes over it.
 *
 *   model.lua -> script -> graph -> simplify -> grad -> fuse -> schedule -> plan -> emit -> net.c + net.h
 *
 * A pass takes the graph, says what it requires and what it sets, and returns false after it has
 * reported an error. All memory is taken from one arena and freed with it; nobody frees anything
 * singly, nobody holds global state. Sizes are int64_t and counted in elements unless they say bytes.
 */
#ifndef CNNC_H
#define CNNC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CNNC_VERSION "0.1.0"

#if defined(__GNUC__)
#define CNNC_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define CNNC_PRINTF(string, first)
#endif

/* ---- arena.c: memory that is freed all at once ---------------------------------------------- */

struct arena_chunk;

/* Zero-initialise, set `out_of_memory` with setjmp, use, then arena_free(). An allocation that
 * fails jumps there, so no caller tests for NULL. */
struct arena {
    struct arena_chunk *chunks;
    size_t used, size;  /* of the newest chunk */
    size_t held, limit; /* bytes of all chunks, and how many they may be; limit 0: any number */
    bool exceeded;      /* the limit, not malloc, made an allocation fail */
    jmp_buf out_of_memory;
};

void *arena_alloc(struct arena *arena, size_t bytes);                /* zeroed, aligned for any type */
void *arena_array(struct arena *arena, int64_t count, size_t bytes); /* the same, overflow-checked */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) CNNC_PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args);
void arena_free(struct arena *arena);

/* Makes room for one more element in a list that starts as NULL/0 and whose capacity is the power
 * of two at or above its count (at least 8). Returns the list, moved if it had to grow. */
void *arena_grow(struct arena *arena, void *list, int count, size_t bytes);

/* ---- diag.c: errors as values --------------------------------------------------------------- */

/* Where in the user's script something was asked for. line 0: nowhere in particular. */
struct origin {
    const char *file;  /* path as the user gave it */
    int line;          /* 1-based */
    const char *layer; /* "conv2d_1", or NULL */
    const char *type;  /* "Conv2D", or NULL */
};

/* The first error of a compilation; later ones are consequences and are dropped. */
struct diag {
    struct arena *arena;
    bool failed;
    struct origin at;
    const char *message;
    const char *trail; /* "28x28x1 -> conv2d 24x24x8 -> ...", or NULL */
    const char *hint;  /* what would mend it, or NULL */
};

/* Each returns false, so that a pass can `return diag_error(...)`. */
bool diag_error(struct diag *diag, struct origin at, const char *format, ...) CNNC_PRINTF(3, 4);
bool diag_hint(struct diag *diag, const char *format, ...) CNNC_PRINTF(2, 3);
void diag_trail(struct diag *diag, const char *trail);
/* Prints in the manner of rustc: message, file:line, the line itself with carets, trail, help. */
void diag_print(const struct diag *diag, FILE *out);
/* A script that was read before; NULL also where it was a pipe, which would be waited for in vain. */
FILE *open_again(const char *path);
/* `length` bytes, of which the characters that would steer a terminal become '?'; lines and tabs stay. */
void print_printable(const char *text, size_t length, FILE *out);

/* ---- the graph ------------------------------------------------------------------------------ */

enum { SHAPE_MAX_RANK = 6 }; /* CNN_MAX_RANK of the runtime */

struct shape {
    int rank;
    int64_t dim[SHAPE_MAX_RANK];
};

int64_t shape_count(const struct shape *shape); /* product of dims; 1 for rank 0 */
/* Every dim at least 1 and a count that stays far from overflow (2^40 elements). */
bool shape_valid(const struct shape *shape);
bool shape_equal(const struct shape *a, const struct shape *b);
const char *shape_text(struct arena *arena, const struct shape *shape); /* "24x24x8"; rank 0: "scalar" */

/* One value for each sample of a batch, or one for all of them. */
enum scope { SCOPE_SAMPLE, SCOPE_SHARED };

enum role {
    ROLE_INPUT,         /* the model's input, SAMPLE */
    ROLE_LABEL,         /* what the loss compares with, SAMPLE */
    ROLE_SAMPLE_WEIGHT, /* 1/count for a sample of the batch, 0 in unused lanes; SAMPLE, scalar */
    ROLE_PARAMETER,     /* SHARED; lives in the parameter array in Keras' layout */
    ROLE_VALUE          /* made by a node */
};

enum element { ELEMENT_FLOAT, ELEMENT_BYTE };

/* Resolved: fans are already in a and b. */
enum initializer {
    INIT_CONSTANT,         /* a */
    INIT_UNIFORM,          /* [a, b) */
    INIT_NORMAL,           /* mean a, standard deviation b */
    INIT_TRUNCATED_NORMAL, /* the same, redrawn outside two standard deviations */
    INIT_ORTHOGONAL        /* gain a; rows = product of all dims but the last */
};

struct parameter {
    const char *name;  /* "conv2d/kernel" */
    const char *macro; /* "CONV2D_KERNEL", of which the header makes names; set by graph_parameter() */
    struct shape shape;
    enum initializer initializer;
    double a, b;
    bool trainable;
    int64_t offset; /* in the parameter array, floats; set by graph_finish(), trainable ones first */
};

/* Where a tensor's memory is. Set by plan. */
enum storage {
    STORE_NONE,      /* no one reads it, or it was fused away */
    STORE_CALLER,    /* an input, label or output the caller owns */
    STORE_PARAMETER, /* the parameter array */
    STORE_PREPARED,  /* the prepared parameters: folded and packed for the kernels */
    STORE_WORKSPACE, /* one block's (or one sample's) arena, a copy for every thread */
    STORE_KEPT,      /* crosses phases: a copy for every block of the batch */
    STORE_PARTIAL,   /* summed per gradient group, combined at the end of a phase */
    STORE_COMBINED,  /* a shared value after it was combined */
    STORE_GRADIENT   /* made behind the last phase, where the optimizer takes it: never whole in memory */
};

struct tensor {
    int id;           /* index in graph->tensors; printed as t%d */
    const char *name; /* "conv2d", "conv2d/kernel", "conv2d/kernel/gradient": unique, from layers */
    struct shape shape;
    enum scope scope;
    enum role role;
    enum element element;
    struct node *producer; /* NULL unless ROLE_VALUE */
    int output_index;      /* which of the producer's outputs */
    const struct parameter *parameter;
    bool is_output; /* of the model: must survive fusion */
    bool scratch;   /* memory of its own kernel, which nobody reads; set by the shape rule, sized by schedule */
    /* set by fuse */
    struct tensor *alias; /* shares this tensor's memory (reshape, inference dropout), or NULL */
    /* set by schedule: one sample's channels lie one image after the other, not side by side */
    bool may_be_planar, planar;
    /* set by plan */
    enum storage storage;
    int64_t offset;          /* bytes, in its storage */
    int64_t combined_offset; /* bytes in STORE_COMBINED, of a STORE_PARTIAL tensor that nodes read; else -1 */
    int first, last;         /* live range: schedule positions, inclusive */
};

/* Node inputs and outputs are arrays of n_in and n_out; an absent optional input is NULL. */
enum { TILE_MAX = 6 };
/* Parameters that the optimizer moves at once, if each thread sums all their gradients: 16 KB stay in the first cache. */
enum { UPDATE_CHUNK = 4096 };
enum direction { FORWARD, BACKWARD };

struct node {
    int id; /* position in graph->nodes, a topological order */
    const struct op *op;
    void *attributes; /* op->attributes_size bytes, described by op->attributes */
    struct tensor **in, **out;
    int n_in, n_out;
    struct origin origin;
    enum direction direction;
    bool dead; /* removed by a rewrite; every pass skips it */
    /* set by fuse: nodes that this one's kernel computes too, in order. They have fused_into set and
     * no kernel of their own; what the kernel stores is node_result(). */
    struct node **fused;
    int n_fused;
    struct node *fused_into;
    /* set by schedule */
    const struct kernel *kernel;
    int64_t tile[TILE_MAX]; /* meaning: kernel->tile_names */
    double cycles;          /* predicted, for one block or one sample */
    double dearer_than; /* cycles: kernel->tile() passes cheaper tiles by; 0 but while tuning.c lists candidates */
    bool measured;      /* the tile is not the predicted one, but was measured to be faster */
    bool parallel;      /* threads share the work of one call, where each has no call of its own to make */
    int phase;          /* nodes of a phase run block by block without meeting others; n_phases: by parameters */
    bool once;          /* makes SHARED values of SHARED ones: runs when parameters are set, or once a step */
};

/* Sums over the samples of a batch: makes SHARED values from SAMPLE ones, which ends a phase. */
bool node_reduces(const struct node *node);
/* The last node of the fused chain: its outputs are what the kernel writes. */
struct node *node_last(struct node *node);
/* The number that the kernel chose for one of its tile_names. */
int64_t node_tile(const struct node *node, const char *name);

/* A layer as the user wrote it: a row of `cnnc summary`. */
struct layer {
    const char *name, *type;
    int line;
    struct tensor *output; /* of its last call */
    int first_parameter, n_parameters;
    int connected_to; /* index of the first layer that feeds it, -1 for none */
};

/* What model:compile and model:fit asked for. */
enum { OPTIMIZER_MAX_SETTINGS = 12, METRICS_MAX = 8 };

struct setting {
    const char *name;
    double value;
};

struct training {
    bool compiled;
    const char *optimizer; /* "adam": templates/optimizer/adam.c.in */
    int n_settings;
    struct setting settings[OPTIMIZER_MAX_SETTINGS]; /* learning_rate first */
    int n_slots;
    const char *slots[4]; /* state arrays, each as large as the parameters: "momentum", "velocity" */
    const char *loss_name;
    int n_metrics;
    const char *metric_names[METRICS_MAX];
    int64_t batch_size, epochs;
    double validation_split;
    bool shuffle;
};

/* What decides where the fastest kernel is not the smallest. */
enum optimize { OPTIMIZE_SPEED, OPTIMIZE_SIZE };

struct graph {
    struct arena *arena;
    struct diag *diag;
    enum optimize optimize; /* set by compile_unit() */
    struct tuning *tuning;  /* set by compile_unit(); NULL: tiles are as predicted */
    int n_tensors, n_nodes, n_parameters, n_layers;
    struct tensor **tensors;
    struct node **nodes;
    struct parameter **parameters;
    struct layer **layers;
    int n_inputs, n_outputs;
    struct tensor **inputs, **outputs;
    /* present when the script called compile */
    struct tensor *label, *sample_weight;
    struct tensor *loss;                        /* SAMPLE, scalar */
    struct tensor *metrics[METRICS_MAX];        /* SAMPLE, scalars */
    bool label_is_class;                        /* a label is one class index, not a vector */
    bool rescales;                              /* the script scales its input itself (Rescaling first) */
    int64_t trainable_floats, parameter_floats; /* set by graph_finish() */
    struct parameter **parameters_in_memory;    /* in the order of their offsets; set by graph_finish() */
    /* set by grad */
    struct gradient *gradients; /* one for each trainable parameter that the loss reaches */
    int n_gradients;
    /* set by lower: parameters that training overwrites without a gradient (moving averages) */
    struct update *updates;
    int n_updates;
    struct training training;
    const char *script; /* path, as the user gave it */
};

/* What reaches the optimizer for one parameter: the sum of these SHARED tensors. */
struct gradient {
    const struct parameter *parameter;
    struct tensor **parts;
    int n_parts;
    /* set by plan: bytes, in the groups' partial sums; -1: STORE_GRADIENT */
    int64_t partial_offset;
};

/* After a training step: parameter = momentum * parameter + (1 - momentum) * value. */
struct update {
    const struct parameter *parameter;
    struct tensor *value; /* SHARED */
    double momentum;
};

/* ---- graph.c: building ----------------------------------------------------------------------- */

struct graph *graph_new(struct arena *arena, struct diag *diag, const char *script);
struct tensor *graph_input(struct graph *graph, const char *name, struct shape shape);
struct tensor *graph_label(struct graph *graph, struct shape shape);
struct tensor *graph_sample_weight(struct graph *graph); /* made on first use */
struct tensor *graph_parameter(struct graph *graph, const struct parameter *parameter);

/* Appends a node and infers the shapes of its outputs; returns NULL after reporting an error at
 * `origin` when the inputs do not fit. `attributes` is copied (op->attributes_size bytes; NULL: the
 * defaults). The arrays `in` is copied too. A tensor must have been made before it is used. */
struct node *graph_append(struct graph *graph, const struct op *op, const void *attributes,
                          struct tensor *const *in, int n_in, struct origin origin);
/* The same for a node with one output, which is returned. */
struct tensor *graph_apply(struct graph *graph, const struct op *op, const void *attributes,
                           struct tensor *const *in, int n_in, struct origin origin);
/* Called by a shape rule: makes the node's next output. False after reporting a shape that is not valid. */
bool node_output(struct graph *graph, struct node *node, struct shape shape, enum scope scope);

/* Orders the parameters, trainable ones first, and gives each its offset. Once, after the script. */
void graph_finish(struct graph *graph);
/* A deep copy: ids, names and everything set so far are the same. */
struct graph *graph_copy(const struct graph *graph);
/* Every reader of `old` reads `new` instead, and `new` takes its place as output, loss or metric. */
void graph_replace(struct graph *graph, struct tensor *old, struct tensor *replacement);
/* Marks nodes dead whose outputs nobody reads, drops them and renumbers in topological order. */
void graph_sweep(struct graph *graph);
int tensor_readers(const struct graph *graph, const struct tensor *tensor, struct node **first);
struct gradient *graph_gradient(const struct graph *graph, const struct parameter *parameter); /* NULL: none */
bool tensor_is_read(const struct graph *graph, const struct tensor *tensor); /* by a node, or by an update */
/* Multiply-adds for one sample, of the nodes of one layer; NULL: of all. */
int64_t graph_work(const struct graph *graph, const char *layer);
/* "28x28x1 -> conv2d 24x24x8 -> ...": how the shapes came to `tensor`. */
const char *graph_trail(const struct graph *graph, const struct tensor *tensor);
/* One line per node, for --dump. */
void graph_dump(const struct graph *graph, FILE *out);

/* ---- ops: op.def and op/NAME.c ---------------------------------------------------------------- */

enum attribute_type {
    ATTRIBUTE_INT,    /* int64_t */
    ATTRIBUTE_FLOAT,  /* double */
    ATTRIBUTE_BOOL,   /* bool */
    ATTRIBUTE_CHOICE, /* int, an index into `choices` */
    ATTRIBUTE_PAIR,   /* int64_t[2]: rows, columns */
    ATTRIBUTE_QUAD,   /* int64_t[4]: top, bottom, left, right */
    ATTRIBUTE_SHAPE   /* struct shape */
};

/* Describes a member of the op's attribute struct to everyone who does not know it: the script
 * binding sets it by name, --dump prints it, templates read it as node.NAME. */
struct attribute {
    const char *name;
    enum attribute_type type;
    size_t offset;
    const char *const *choices; /* NULL-terminated */
};

/* "NAME=VALUE" */
const char *attribute_text(struct arena *arena, const struct node *node, const struct attribute *attribute);

struct kernel;
struct target;

/* How a parameter is cut into panels: op/pack.c. */
struct pack {
    int64_t panel, groups;
};

struct op {
    const char *name;                   /* as scripts write it: op.NAME */
    const struct attribute *attributes; /* NULL-terminated by name; NULL: none */
    size_t attributes_size;
    const void *attribute_defaults; /* attributes_size bytes, or NULL: zeros */
    int min_in, max_in;             /* max_in -1: any number */
    /* Checks the inputs, resolves attributes that depend on shapes, calls node_output(). */
    bool (*shape)(struct graph *graph, struct node *node);
    /* Appends the nodes that turn gradients of the outputs (NULL: none came) into gradients of the
     * inputs, and stores these in `dx` (n_in; leave NULL where none flows). NULL: not differentiable. */
    bool (*backward)(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx);
    /* Inference only: the output is the input itself (dropout). */
    bool identity_in_inference;
    /* The output's memory is the input's, in any layout (reshape). */
    bool alias;
    /* Its kernel sums the whole batch for a part of the result, a parameter's gradient: runs behind all phases. */
    bool by_parameters;
    /* Its kernel works on all blocks of the batch at once: runs between two phases. */
    bool by_batch;
    /* Its kernel takes the block's random state behind the tensors. */
    bool random;
    /* May write its output over its first input. */
    bool in_place;
    /* Do its kernels for one sample take a planar first input as well? NULL: they do not. */
    bool (*reads_planar)(const struct node *node);
    /* Rewrites the node into something simpler that is true in training and inference alike; *changed says
     * whether it did. NULL: there is nothing to do. A rewrite appends nodes and calls graph_replace(). */
    bool (*simplify)(struct graph *graph, struct node *node, bool *changed);
    /* The same for inference only, where arithmetic on parameters is free. */
    bool (*fold)(struct graph *graph, struct node *node, bool *changed);
    /* Training and inference need other ops (batch_norm): rewrites the node. NULL: stays. */
    bool (*lower)(struct graph *graph, struct node *node, bool training);
    /* Can the kernel of `node` (with what it has fused so far) also compute `next`, its only reader? */
    bool (*fuses)(const struct graph *graph, const struct node *node, const struct node *next);
    /* Inference: how in[1] should be packed for the op's kernels. NULL: as it is. */
    struct pack (*pack)(const struct node *node, const struct target *target);
    /* Multiply-adds for one sample; NULL: 0. */
    int64_t (*work)(const struct node *node);
    /* Computes the outputs from constant inputs, in float; only ops that prepare parameters have it. */
    void (*evaluate)(const struct node *node, const float *const *in, float *const *out);
    const struct kernel *const *kernels; /* candidates, NULL-terminated */
};

#define OP(name) extern const struct op op_##name;
#include "op/op.def"
#undef OP
const struct op *op_find(const char *name); /* NULL: none of that name */
extern const struct op *const op_table[];   /* NULL-terminated */

/* ---- targets and kernels ---------------------------------------------------------------------- */

enum { VARIANTS_MAX = 3 };

struct target {
    const char *name;     /* "avx512"; templates/simd/NAME.h.in is its prologue */
    int lanes;            /* floats in a vector; of a file with several variants: of the widest */
    int registers;        /* vector registers */
    int64_t l1, l2;       /* bytes of data cache of one core */
    const char *features; /* that the processor must have, as compilers call them: "avx2,fma"; NULL: none */
    const char *flags;    /* that give the same bits under every compiler: "-ffp-contract=off" */
    const char *about;
    const char *variants[VARIANTS_MAX + 1]; /* the targets that one file holds, best first; empty: only this */
};

/* NULL: unknown. "native" is what the processor below can run, "default" is fat on x86-64, else native. */
const struct target *target_find(const char *name);
extern const struct target target_table[]; /* ends with name == NULL */

/* A kernel says when it applies and how it would be tiled. Its code is templates/kernel/NAME.c.in. */
struct kernel {
    const char *name;
    /* lanes: 1 for one sample (vectors run along channels or columns), else samples a vector. */
    bool (*applies)(const struct node *node, const struct target *target, int lanes);
    /* Chooses node->tile and returns the predicted cycles, which are more than node->dearer_than if there is such a tile. */
    double (*tile)(struct node *node, const struct target *target, int lanes);
    const char *tile_names[TILE_MAX + 1];
    /* Floats of its scratch memory, the node's second output, for each sample; known when all else is chosen. NULL: none. */
    int64_t (*scratch)(const struct node *node, const struct target *target, int lanes);
    bool writes_planar; /* where the tensor may be planar; see struct tensor */
    bool divisible;     /* threads can share its work */
    bool small; /* for OPTIMIZE_SIZE, in place of the op's other kernels: loops whose bounds are arguments */
};

/* ---- the passes -------------------------------------------------------------------------------- */

enum program_kind {
    PROGRAM_PREDICT,  /* one sample */
    PROGRAM_MANY,     /* blocks of samples */
    PROGRAM_EVALUATE, /* the same for loss and metrics */
    PROGRAM_TRAIN
};

/* Parameters as the kernels of inference read them. */
struct prepared {
    int64_t floats;         /* what kernels read */
    int64_t scratch_floats; /* behind it, while it is made */
};

/* A graph made ready to be emitted for one purpose. */
struct program {
    enum program_kind kind;
    struct graph *graph;
    int lanes;    /* samples innermost in memory: 1 or the target's vector length */
    int n_phases; /* of the per-sample nodes */
    int groups;   /* TRAIN: gradient groups of a batch */
    /* set by plan, bytes */
    int64_t workspace_bytes;   /* for one thread */
    int64_t lower_bound_bytes; /* the most that is live at once: no plan can need less */
    int64_t kept_bytes;        /* for one block, between phases */
    int64_t kept_bound_bytes;  /* as lower_bound_bytes */
    int64_t partial_bytes;     /* for one group: sums, first those of gradients */
    int64_t combined_bytes;
};

/* rewrite.c. Simplify: rewrites that are true in training and inference alike: inverse permutes cancel, a softmax
 * joins the cross-entropy behind it, a monotone nonlinearity moves behind the max pool that follows. */
bool pass_simplify(struct graph *graph);
/* Makes the graph an inference or a training graph. Inference drops dropout and folds batch_norm into the
 * convolution or matmul in front; training drops the outputs, keeps the loss. */
bool pass_lower(struct graph *graph, bool training);
/* grad.c: requires loss; appends the backward nodes, sets graph->gradients. */
bool pass_grad(struct graph *graph);
/* spread.c: has large kernels of matmul read once for a batch, and their gradients split by parameters. */
bool pass_spread(struct graph *graph);
/* winograd.c: has 3x3 convolutions computed with fewer products where that is predicted to pay, for one sample (lanes 1) or
 * a block. */
bool pass_winograd(struct graph *graph, const struct target *target, int lanes);
/* prepare.c: inference only: puts pack nodes between parameters and the kernels that read them, and gives what
 * nodes that run once make their place in STORE_PREPARED: first what kernels read, then what is only on the way. */
bool pass_prepare(struct graph *graph, const struct target *target, struct prepared *prepared);
/* Runs those nodes now, which only some ops can: fills prepared->floats numbers from the parameters. */
bool prepared_evaluate(const struct graph *graph, const struct prepared *prepared, const float *parameters,
                       float *out);
/* fuse.c: sets fused, fused_into and alias. */
bool pass_fuse(struct graph *graph);
/* schedule.c: sets kernel, tile, phase. */
bool pass_schedule(struct program *program, const struct target *target);
/* tuning.c: gives a scheduled node the tile that was measured for it, if any. */
void tuning_apply(struct graph *graph, struct node *node, const struct target *target, int lanes);
/* plan.c: sets storage, offset, first, last, and the bytes of the program. */
bool pass_plan(struct program *program);

enum emit { EMIT_DEFAULT, EMIT_TRAIN, EMIT_INFER };

/* What a script may use: a user's has limits_default. */
struct limits {
    size_t memory_bytes; /* of Lua, and once more of the arena; 0: any */
    int64_t steps;       /* instructions of Lua, counted in thousands */
};
extern const struct limits limits_default;

/* How much more memory than the script the passes behind it may take, and writing the C. ResNet-18 with training takes
 * 15 and 30 MB, but a script may describe what would take all memory there is. */
enum { MEMORY_OF_PASSES = 4, MEMORY_OF_EMIT = 8 };

/* What the command line asked for. */
struct options {
    const char *script, *output, *name, *weights, *dump;
    const char *cc; /* command of the C compiler; NULL: $CC, or cc */
    enum emit emit;
    enum optimize optimize;
    const struct target *target;
    uint64_t seed;
    struct limits limits;
    bool no_tune;          /* leave measured tiles out */
    struct tuning *tuning; /* in place of what is in the file beside the script */
};

/* The programs for one target. Absent (graph NULL): evaluate and train without training, many when size counts. */
struct variant {
    const struct target *target;
    struct program predict, many, evaluate, train;
};

/* Everything emit needs. */
struct unit {
    const struct options *options;
    const struct graph *model; /* as the script built it, simplified */
    int n_variants;            /* best first */
    struct variant variants[VARIANTS_MAX];
    struct prepared prepared; /* the same for all variants */
    const float *embedded;    /* prepared.floats values, or NULL */
};

/* script.c: runs the model script. NULL after an error. */
struct graph *script_run(struct arena *arena, struct diag *diag, const char *path, struct limits limits);
/* compile.c: all passes between script and emit. */
bool compile_unit(struct unit *unit, struct graph *model, const struct options *options);
/* Embeds these parameters, in the order and layout of parameters_in_memory: sets unit->embedded. */
bool embed_parameters(struct unit *unit, const float *parameters);
/* weights.c: reads a safetensors file into an array in the parameters' order and layout; NULL after an error. */
float *weights_read(const struct graph *model, const char *path);
/* emit.c: the two files' texts, in the arena. */
bool emit_unit(const struct unit *unit, const char **source, const char **header);
/* summary.c */
const char *number_text(struct arena *arena, int64_t number); /* "4,608" */
void summary_print(const struct unit *unit, bool json, FILE *out);
/* output.c: writes all files under temporary names in their folders, then renames them: all or none. A file
 * that already holds the same bytes is left alone, with its time. Path "-": standard output. */
struct output_file {
    const char *path, *text;
    size_t length;
};
bool output_write(struct diag *diag, const struct output_file *files, int count);
/* "net.c" -> "net.h" */
const char *header_path(struct arena *arena, const char *path);

/* ---- template.c: C text with Lua in it --------------------------------------------------------- */

struct lua_State;
/* A file that was embedded at build time: templates/NAME or compiler/NAME. NULL: none. */
const char *embedded_find(const char *name, size_t *length);

/* Opens the template language in `lua` (template.lua): afterwards the Lua global expand(name, variables)
 * returns the text of template NAME. Errors are Lua errors that name the template's file and line. */
void template_open(struct lua_State *lua);

#endif
