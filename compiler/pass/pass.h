/* pass.h -- from the script's graph to programs ready to be emitted: the passes, and what they make.
 *
 * A pass takes the graph, says what it requires and what it sets, and returns false after it has reported an error.
 * None knows how C is written, nor what a user typed beyond struct options. */
#ifndef PASS_H
#define PASS_H

#include "kernel/kernel.h"

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
    int64_t direct_floats;  /* and what they read of the parameters themselves */
    int64_t scratch_floats; /* behind it, while it is made */
};

/* Parameters that the optimizer goes through together: neighbours whose gradients the groups have in parts, or those of one
 * gradient that a node makes where the optimizer takes it. Counts and offsets are in numbers. */
struct gradient_run {
    int64_t parameter_offset, slot_offset, count;
    int64_t partial_offset;     /* bytes, in the groups' partial sums; -1: the node makes it */
    double l1, l2;              /* of the parameters */
    const struct node *node;    /* or NULL */
    int64_t chunks;             /* in so many parts it is gone through, the first time */
    int64_t penalties, squares; /* the place of the first one's part in these sums; -1: it has none */
};

/* What a training step has in memory, one behind the other, each part aligned to STEP_ALIGNMENT bytes. */
enum { STEP_ALIGNMENT = 64 };
enum times { TIMES_ONE, TIMES_THREADS, TIMES_GROUPS, TIMES_BLOCKS, TIMES_BLOCKS_CLOSE /* without gaps */ };
extern const char *const times_names[]; /* in their order */
struct step_part {
    const char *name;
    enum times times;
    int64_t bytes, live_bytes; /* live_bytes: the most of them that are live at once */
};
enum { STEP_PARTS_MAX = 9 };

/* Memory of one or more tensors: aliases, and results written over the input that dies. */
struct buffer {
    int64_t bytes, offset;
    int first, last; /* the times at which it lives, inclusive */
    bool placed;
};

/* Buffers of one memory, that live from time 0 on; inputs from -1. */
struct pool {
    struct buffer *buffers;
    int n_buffers, end; /* the last time */
};

/* A graph made ready to be emitted for one purpose. */
struct program {
    enum program_kind kind;
    struct graph *graph;
    int lanes;    /* samples innermost in memory: 1 or the target's vector length */
    int n_phases; /* of the per-sample nodes */
    int groups;   /* TRAIN: gradient groups of a batch */
    /* TRAIN: the first stage that it trains, whose optimizer and settings it has, all but the learning rate */
    const struct stage *stage;
    bool *trained; /* TRAIN: by place in parameters_in_memory: is the parameter trained? */
    int64_t
        trained_floats; /* TRAIN: of these; what the optimizer keeps has so many numbers a slot, in the same order */
    /* set by plan, bytes */
    int64_t workspace_bytes;   /* for one thread */
    int64_t lower_bound_bytes; /* the most that is live at once: no plan can need less */
    int64_t state_bytes;       /* what one call leaves to the next */
    int64_t saved_bytes;       /* for one block, between phases */
    int64_t saved_bound_bytes; /* as lower_bound_bytes */
    int64_t partial_bytes;     /* for one group: sums, first those of gradients */
    int64_t combined_bytes;
    struct pool workspace;     /* times are places in graph->nodes; the last stands behind all of them */
    struct pool saved;         /* times are phases */
    struct buffer **buffer_of; /* by tensor id; NULL: in neither */
    /* TRAIN: set by step_divide() */
    struct gradient_run *runs;
    int n_runs;
    int64_t n_sums;      /* the loss, and the numbers of the metrics */
    int64_t n_penalties; /* parts of the sum of what the loss gets for parameters */
    int64_t n_squares;   /* of that of the squares of gradients */
    struct step_part parts[STEP_PARTS_MAX];
    int n_parts;
};

/* rewrite.c. Simplify: rewrites that are true in training and inference alike: inverse permutes cancel, a softmax
 * joins the cross-entropy behind it, a monotone nonlinearity moves behind the max pool that follows. */
bool pass_simplify(struct graph *graph);
/* Makes the graph an inference or a training graph. Inference drops dropout and folds batch_norm into the
 * convolution or matmul in front; training drops the outputs, keeps the loss. */
bool pass_lower(struct graph *graph, bool training);
/* grad.c: requires loss; appends the backward nodes, sets graph->gradients. */
bool pass_grad(struct graph *graph);
/* rounds.c: a part of grad: what the loops of gradients read of the forward loops becomes sequences. */
bool rounds_keep(struct graph *graph);
/* split.c: has large kernels of matmul read once for a batch, and their gradients split by parameters. */
bool pass_split(struct graph *graph);
/* winograd.c: has 3x3 convolutions computed with fewer products where that is predicted to pay, for one sample (lanes 1) or
 * a block. */
bool pass_winograd(struct graph *graph, const struct target *target, int lanes);
/* prepare.c: inference only: puts pack nodes between parameters and the kernels that read them, and gives what
 * nodes that run once make their place in STORE_PREPARED: first what kernels read, then what is only on the way. */
bool pass_prepare(struct graph *graph, const struct target *target, struct prepared *prepared);
/* Training, one sample at a time: puts pack nodes between parameters and the kernels that read them as weights. */
bool pass_pack(struct graph *graph, const struct target *target);
/* Runs those nodes now, which only some ops can: fills prepared->floats numbers from the parameters. */
bool prepared_evaluate(const struct graph *graph, const struct prepared *prepared, const float *parameters,
                       float *out);
/* slopes.c: training: gradients of normalizations compute that of the nonlinearity behind. */
bool pass_slopes(struct graph *graph);
/* Are function and slope cheaper than to load what they give? */
bool nonlinearity_is_cheap(const struct unary *unary);
/* recompute.c: training: what is cheap is made again where gradients read it, and not kept, where that saves time; always: where
 * it saves memory. */
bool pass_recompute(struct program *program, const struct target *target, bool always);
/* keep.c: stateful recurrence goes on where the call before ended. */
bool pass_keep(struct graph *graph);
/* stream.c: has images pass through the layers row by row, as far as it takes for what is live at once to be `limit` bytes, or the
 * fewest that can be reached; limit 0: the fewest, where these are clearly fewer; INT64_MAX:
 * wherever they can, for tests. Inference of one sample. */
bool pass_stream(struct graph *graph, int64_t limit);
/* fuse.c: sets fused, fused_into, and what alias_set() does. */
bool pass_fuse(struct graph *graph);
/* alias.c: parts of fuse. Before: what a loop leads out is made to be written at its place. After: sets alias and placed. */
bool alias_prepare(struct graph *graph);
void alias_set(struct graph *graph);
/* schedule.c: sets kernel, tile, phase. */
bool pass_schedule(struct program *program, const struct target *target);
/* Sets phase and once; returns the number of phases. */
int find_phases(struct graph *graph);
/* tuning.c: gives a scheduled node the tile that was measured for it, if any. */
void tuning_apply(struct graph *graph, struct node *node, const struct target *target, int lanes);
/* plan.c: sets storage, offset, first, last, and the bytes of the program. */
bool pass_plan(struct program *program);

/* ---- tuning.c: tiles that were measured ----
 *
 * What `cnnc tune` finds out and compiling uses.
 *
 * The cost model of kernel/cost.c ranks the tiles of a kernel; close to the best one it cannot tell which is the
 * fastest on a given machine. Those are the candidates here. All of them add the same numbers in the same order, so
 * measuring changes the speed of a program and none of its bits. */
/* How much dearer than the node's own tile a candidate may be predicted. */
#define CANDIDATE_COST 1.5

/* One line of the file: the kernel of one shape. */
struct tuned {
    const char *target, *kernel, *shape, *tile;  /* words */
    double microseconds, predicted_microseconds; /* of a call with this tile, with the predicted one */
    int line;
};

struct tuning {
    const char *path;
    struct tuned *kernels;
    int count;
    int choice; /* for tune.c: every node takes that candidate, counted from 0, and the file is not asked */
};

/* "some/mnist.lua" -> "some/mnist.tune" */
const char *tuning_path(struct arena *arena, const char *script);

/* Reads the file; *tuning is NULL if there is none, or (with a warning) if another version of cnnc wrote
 * it. Lines that cannot be read are errors. */
bool tuning_read(struct diag *diag, const char *path, struct tuning **tuning);
/* The file's text; `script` is named in it. */
const char *tuning_text(struct arena *arena, const struct tuning *tuning, const char *script);

/* The candidates for the kernel that node->kernel is: its own tile first, then the next ones by predicted cycles. */
struct tiles tuning_candidates(const struct node *node, const struct target *target, int lanes);
/* What the kernel computes, as one word: "conv2d:12x12x8,16x72x16,16:size=3x3...+binary:function=add". */
const char *tuning_shape(struct arena *arena, const struct node *node);
/* "vectors=1,columns=8" */
const char *tuning_tile(struct arena *arena, const struct node *node, const int64_t *tile);
struct tuned *tuning_find(const struct tuning *tuning, const char *target, const char *kernel,
                          const char *shape); /* or NULL */
void tuning_add(struct arena *arena, struct tuning *tuning, struct tuned kernel);

/* ---- compile.c: all passes between script and emit --------------------------------------------------------- */

/* EMIT_BENCH: what trains, and what measures its kernels. EMIT_SELFTEST: what predicts, and tests itself.
 * EMIT_ARDUINO: what predicts, in a library of Arduino's. */
enum emit { EMIT_DEFAULT, EMIT_TRAIN, EMIT_INFER, EMIT_BENCH, EMIT_SELFTEST, EMIT_ARDUINO };

/* How much more memory than the script the passes behind it may take, and writing the C. ResNet-18 with training takes
 * 15 and 30 MB, but a script may describe what would take all memory there is. */
enum { MEMORY_OF_PASSES = 4, MEMORY_OF_EMIT = 8 };

/* Whose layout the file of weights has. */
enum weights_layout { LAYOUT_OWN, LAYOUT_PYTORCH };

/* How training goes through a batch: as it is predicted to take less time, or, for tests, in one way wherever that is possible. */
enum batches { BATCHES_BY_COST, BATCHES_IN_BLOCKS, BATCHES_SINGLY };

/* What the command line asked for. */
struct options {
    const char *script, *output, *name, *weights, *dump;
    const char *cc; /* command of the C compiler; NULL: $CC, or cc */
    enum emit emit;
    enum weights_layout layout;
    enum optimize optimize;
    const struct target *target;
    uint64_t seed;
    int64_t max_ram;   /* bytes that one prediction may take, as ram_of_prediction() counts them; 0: any */
    int64_t max_flash; /* bytes that constants of the C may take; 0: any */
    bool recomputes;   /* training keeps less for gradients, and computes more */
    bool weighs_rows;  /* set unit->rows_workspace_bytes, which takes time */
    bool streams;      /* images pass row by row wherever they can, whatever it saves: for tests */
    enum batches batches;
    struct limits limits;
    struct given_shapes shapes;
    bool embeds;    /* embed_parameters() will be called: weights, or numbers in their place */
    bool stands_in; /* for C whose parameters are in RAM, unless the model has its own */
    bool describes; /* the C has a struct cnn_model, and no weights, whatever the script compiles: for a program */
    bool partial;   /* of the weights only what fits, and fresh parameters elsewhere */
    bool no_tune;   /* leave measured tiles out */
    struct tuning *tuning; /* in place of what is in the file beside the script */
};

/* The programs for one target. Absent (graph NULL): evaluate without training, many when size counts. */
struct variant {
    const struct target *target;
    struct program predict, many, evaluate;
    struct program *train; /* unit->n_trains: first the one that trains the most parameters; NULL: none */
};

/* How many samples are predicted: in blocks, as long as a block stays near the caches and that is predicted to take less than
 * one by one; otherwise one by one, by several threads that each have one (samples), or with all threads at one (sequence).
 * When RAM or size counts there are no kernels for blocks, and a file that only predicts calls its own interface (calls). */
enum many_mode { MANY_CALLS, MANY_BLOCKS, MANY_SAMPLES, MANY_SEQUENCE };
extern const char *const many_mode_names[];

/* In rows and columns: place i of a layer's output comes of the places i*stride - before to i*stride - before + window - 1 of what
 * feeds it; all 0: of nowhere in particular. */
struct reach {
    int64_t window[2], stride[2], before[2];
};

/* What every layer makes of one sample. */
struct watch {
    struct program program; /* its outputs are those of layers; no graph: the C has it not */
    struct prepared prepared;
    int64_t floats;        /* of all of them, */
    int64_t *places;       /* by layer: where in these its first output begins; -1: it is not there */
    struct reach *reaches; /* by layer */
};

/* Everything emit needs. */
struct unit {
    const struct options *options;
    const struct graph *model; /* as the script built it, simplified */
    int n_variants;            /* best first */
    struct variant variants[VARIANTS_MAX];
    enum many_mode many_mode; /* the same for all variants */
    int64_t
        rows_workspace_bytes; /* of a prediction whose images pass row by row; 0: not computed, or no less than without */
    bool streams; /* images pass through the layers of a prediction row by row, where that saves memory */
    struct prepared prepared; /* the same for all variants */
    struct watch watch;       /* of what is described, for the last variant alone */
    int n_trains;             /* stages that differ in nothing but numbers of the descriptor share a program */
    int *train_of;            /* by stage: its program */
    const float *embedded;    /* prepared.floats values, or NULL */
    const char *trained_on;   /* of the first unit: what the weights' file says of the data; NULL: nothing */
    bool described;    /* the C has a struct cnn_model, too: some model of the script is trained, or it is to */
    struct unit *next; /* of the script's next model, or NULL */
};

/* Runs the passes on the model and those behind it. */
bool compile_unit(struct unit *unit, struct graph *model, const struct options *options);
/* Embeds these parameters, in the order and layout of parameters_in_memory: sets `embedded` of the unit and those behind it. */
bool embed_parameters(struct unit *unit, const float *parameters);

/* watch.c: can what a layer makes be watched? It is floats of a sample that there are once, not in each round of a loop. */
bool watch_can(const struct graph *model, const struct tensor *tensor);
/* Requires the list of variants and the graph as the script built it; sets unit->watch. */
bool watch_compile(struct unit *unit, const struct graph *model, const char *name);

/* ram.c: requires planned programs of prediction. Bytes of RAM: the workspace of the variant with the largest, what a call leaves
 * to the next, and parameters unless they are constants of the C. */
int64_t ram_of_prediction(const struct unit *unit);
/* Are blocks of samples out of the question? */
bool ram_counts(const struct unit *unit);
/* What options->max_ram leaves for the workspace; at least 1. */
int64_t ram_for_workspace(const struct unit *unit);
/* Is it no more than options->max_ram? If `reports`, that is an error, which names the layer where most is needed. */
bool ram_suffices(const struct unit *unit, bool reports);
/* Are the parameters, if they are constants of the C, no more than options->max_flash? An error names the largest; if they
 * are none, a warning says so. */
bool flash_suffices(const struct unit *unit);
/* For who tells of that: the layer where most of the workspace is needed, the bytes of constants, and the largest of the
 * parameters, NULL where there are none. */
const char *ram_fullest_layer(const struct unit *unit);
int64_t flash_of_constants(const struct unit *unit);
const struct parameter *flash_largest(const struct unit *unit);

/* many.c: requires the scheduled and planned programs of inference of all variants. */
enum many_mode many_choose(const struct unit *unit);
/* Is a training step predicted to take less if each sample is a block? `blocks` and `singly`: the step in either way, scheduled. */
bool step_goes_singly(const struct program *blocks, const struct program *singly, const struct target *target);

/* trainings.c: finds the programs, the one that trains the most parameters first, and sets unit->train_of. */
struct program *trainings_list(struct unit *unit, const struct graph *model);
bool stage_freezes(const struct stage *stage, const struct parameter *parameter);

/* step.c: requires planned; sets runs and parts of a program that trains, and the numbers of its sums. */
void step_divide(struct program *program);
/* How many rows of a node that makes gradients by parameters the optimizer moves at once; NULL: numbers of the others. */
int64_t step_chunk(const struct graph *graph, const struct node *node);
/* Bytes of a part in a step of `batch` samples on one thread; live: those that no plan could do without. */
int64_t step_part_bytes(const struct program *program, const struct step_part *part, int64_t batch, bool live);

/* ---- passes.c: the list of passes ---------------------------------------------------------------------------- */

/* What a pass works on. */
enum {
    ON_MODEL = 1,         /* the script's graph */
    ON_INFERENCE = 2,     /* what all programs of inference have in common */
    ON_TRAINING = 4,      /* what the programs of a stage have in common, whatever their target */
    ON_TRAIN_PROGRAM = 8, /* a program that trains */
    ON_PROGRAM = 16       /* any program */
};

struct pass {
    const char *name, *about;
    int on;
    bool (*run)(struct unit *unit, struct program *program,
                const struct target *target); /* NULL: nothing is done */
};
extern const struct pass pass_table[]; /* in their order; ends with name == NULL */

/* Runs those on one of the above; `name` is the program's, for --dump. */
bool passes_run(struct unit *unit, struct program *program, const struct target *target, int on, const char *name);

#endif
