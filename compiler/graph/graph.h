/* graph.h -- the graph that every stage of the compiler works on: tensors, the nodes that make them, parameters,
 * layers, and what a script asked of training.
 *
 *   model.lua -> script -> graph -> simplify -> lower -> grad -> split -> winograd -> prepare -> stream -> fuse
 *             -> schedule -> plan -> emit -> net.c + net.h
 *
 * A graph may not know which ops there are: a node holds what its op can do (struct op), and what kernels and
 * targets are is known above. All memory is the graph's arena's and freed with it; nobody frees anything singly.
 * Sizes are int64_t and counted in elements unless they say bytes. */
#ifndef GRAPH_H
#define GRAPH_H

#include "graph/shape.h"

/* ---- the graph ------------------------------------------------------------------------------ */

/* What is said, outside of a script, of the input called NAME, or of its only one: its lengths, which the script may leave open. */
struct given_shape {
    const char *name; /* not terminated; of length 0: of the only input */
    int name_length;
    struct shape shape;
};

enum { GIVEN_SHAPES_MAX = 16 };

struct given_shapes {
    struct given_shape list[GIVEN_SHAPES_MAX];
    int count;
};

/* One value for each sample of a batch, or one for all of them. */
enum scope { SCOPE_SAMPLE, SCOPE_SHARED };

#define ROLES(ROW)                                                                                                 \
    ROW(INPUT, "input")                 /* the model's input, SAMPLE */                                            \
    ROW(LABEL, "label")                 /* what the loss compares with, SAMPLE */                                  \
    ROW(SHARE, "share")                 /* 1/count for a sample of the batch, 0 in unused lanes; SAMPLE, scalar */ \
    ROW(SAMPLE_WEIGHT, "sample_weight") /* the share times the sample's weight; SAMPLE, scalar */                  \
    ROW(WEIGHT, "weight")               /* the sample's, 1 where there are none; SAMPLE, scalar */                 \
    ROW(BATCH, "batch")                 /* a number of the whole batch, for each sample alike; SAMPLE, scalar */   \
    ROW(STATE, "state")                 /* what the call before left, SAMPLE */                                    \
    ROW(PARAMETER, "parameter")         /* SHARED; lives in the parameter array in Keras' layout */                \
    ROW(VALUE, "value")                 /* made by a node */
enum role {
#define ROW(name, text) ROLE_##name,
    ROLES(ROW)
#undef ROW
};
extern const char *const role_names[]; /* ends with NULL */

/* Resolved: fans are already in a and b. */
#define INITIALIZERS(ROW)                                                                                          \
    ROW(CONSTANT, "constant")                 /* a */                                                              \
    ROW(UNIFORM, "uniform")                   /* [a, b) */                                                         \
    ROW(NORMAL, "normal")                     /* mean a, standard deviation b */                                   \
    ROW(TRUNCATED_NORMAL, "truncated_normal") /* the same, redrawn outside two standard deviations */              \
    ROW(ORTHOGONAL, "orthogonal")             /* gain a; rows = product of all dims but the last */                \
    ROW(FORGET_BIAS, "forget_bias")           /* a; the second quarter, of an LSTM's forget gate, 1 */             \
    ROW(IDENTITY, "identity")                 /* a matrix: a where row and column are equal, else 0 */
enum initializer {
#define ROW(name, text) INIT_##name,
    INITIALIZERS(ROW)
#undef ROW
};
extern const char *const initializer_names[]; /* ends with NULL */

struct parameter {
    const char *name;  /* "conv2d/kernel" */
    const char *macro; /* "CONV2D_KERNEL", of which the header makes names; set by graph_parameter() */
    struct shape shape;
    enum initializer initializer;
    double a, b;
    const char *
        file; /* of weights, which the program reads, with which training begins; NULL: with what the above makes */
    const char *name_in_file; /* of the tensor, where none has its own name */
    double l1, l2;            /* training adds l1*|w| + l2*w^2 to the loss for each number w, unless it is frozen */
    bool trainable;           /* can have a gradient: no moving average, say */
    bool frozen;              /* but its layer is trained by no stage */
    int64_t offset; /* in the parameter array, floats; set by graph_finish(), trainable ones first, frozen or not */
    int place;      /* in parameters_in_memory; set by graph_finish() */
    struct origin at;    /* where its layer was made */
    const float *values; /* that an imported model has; NULL: none */
};

/* Where a tensor's memory is. Set by plan. */
#define STORAGES(ROW)                                                                                              \
    ROW(NONE, "none")           /* no one reads it, or it was fused away */                                        \
    ROW(CALLER, "caller")       /* an input, label or output the caller owns */                                    \
    ROW(PARAMETER, "parameter") /* the parameter array */                                                          \
    ROW(PREPARED, "prepared")   /* the prepared parameters: folded and packed for the kernels */                   \
    ROW(STATE, "state")         /* what one call of prediction leaves to the next, the caller's */                 \
    ROW(WORKSPACE, "workspace") /* one block's (or one sample's) arena, a copy for every thread */                 \
    ROW(SAVED, "saved")         /* crosses phases: a copy for every block of the batch */                          \
    ROW(PARTIAL, "partial")     /* summed per gradient group, combined at the end of a phase */                    \
    ROW(COMBINED, "combined")   /* a shared value after it was combined */                                         \
    ROW(GRADIENT, "gradient") /* made behind the last phase, where the optimizer takes it: never whole in memory */
enum storage {
#define ROW(name, text) STORE_##name,
    STORAGES(ROW)
#undef ROW
};
extern const char *const storage_names[]; /* ends with NULL */

struct tensor {
    int id;           /* index in graph->tensors; printed as t%d */
    const char *name; /* "conv2d", "conv2d/kernel", "conv2d/kernel/gradient": unique, from layers */
    struct shape shape;
    enum scope scope;
    enum role role;
    enum element element;
    struct node *producer; /* NULL unless ROLE_VALUE */
    int output_index;      /* which of the producer's outputs */
    struct parameter *parameter;
    bool frozen;    /* ROLE_PARAMETER: of a layer that is not trained, and in training runs as in inference */
    bool is_output; /* of the model: must survive fusion */
    bool scratch;   /* memory of its own kernel, which nobody reads; set by the shape rule, sized by schedule */
    /* ROLE_INPUT */
    bool may_be_indices; /* the script says no element type */
    bool
        rescales; /* bytes reach the network as they are: it scales them itself (Rescaling first), or wants whole numbers */
    int64_t indices; /* its numbers are below, for they are rows of a table; 0: any */
    /* set by fuse */
    struct tensor *alias; /* lies in this tensor's memory (reshape, a row of a sequence), or NULL */
    int64_t shift;        /* behind its beginning, in numbers of a sample */
    int64_t stride;       /* and so much farther with each round of the loop */
    bool holds;           /* other tensors lie in its memory */
    /* set by schedule: one sample's channels lie one image after the other, not side by side */
    bool may_be_planar, planar;
    /* set by plan */
    enum storage storage;
    int64_t offset;          /* bytes, in its storage */
    int64_t combined_offset; /* bytes in STORE_COMBINED, of a STORE_PARTIAL tensor that nodes read; else -1 */
    int first, last;         /* live range: schedule positions, inclusive */
};

/* Of one sample, where it has one for each. */
int64_t tensor_bytes(const struct tensor *tensor);

/* Node inputs and outputs are arrays of n_in and n_out; an absent optional input is NULL. */
enum { TILE_MAX = 6 };
/* Parameters that the optimizer moves at once, if each thread sums all their gradients: 16 KB stay in the first cache. Where
 * RAM counts, they are few enough to hide in the memory of the layers. */
enum { UPDATE_CHUNK = 4096, SMALL_UPDATE_CHUNK = 256 };
enum direction { FORWARD, BACKWARD };

/* A loop: each of its nodes is computed once a round, and they stand together in graph->nodes. Tensors that its nodes make
 * are those of one round; ops with a border (enum border) lead in and out. A node whose inputs all come from outside, and are
 * the same in every round, is none of the loop's. */
struct loop {
    int number; /* of the graph, from 1 */
    int64_t rounds;
    const struct loop
        *mirrors; /* of a gradient: the loop whose rounds it goes back through, from the last; or NULL */
    bool streams; /* its nodes are computed in some of the rounds: an image passes through them row by row */
};

struct node {
    int id; /* position in graph->nodes, a topological order */
    const struct op *op;
    void *attributes; /* op->attributes_size bytes, described by op->attributes */
    struct tensor **in, **out;
    int n_in, n_out;
    struct origin origin;
    enum direction direction;
    const struct loop *loop; /* it is computed in each of its rounds; NULL: once for a sample */
    /* of the rounds those alone that begin with `first` and are `every` apart, `times` of them; every 0: in all */
    int64_t first, every, times;
    bool dead; /* removed by a rewrite; every pass skips it */
    /* set by fuse: nodes that this one's kernel computes too, in order. They have fused_into set and
     * no kernel of their own; what the kernel stores is node_result(). */
    struct node **fused;
    int n_fused;
    struct node *fused_into;
    bool placed; /* nothing is computed: its outputs lie in the memory of other tensors */
    /* set by schedule */
    const struct kernel *kernel;
    int64_t tile[TILE_MAX]; /* meaning: kernel->tile_names */
    double cycles;          /* predicted, for one block or one sample */
    bool measured;          /* the tile is not the predicted one, but was measured to be faster */
    bool parallel;          /* threads share the work of one call, where each has no call of its own to make */
    int phase;         /* nodes of a phase run block by block without meeting others; n_phases: by parameters */
    bool constrains;   /* what it makes is for graph->constraints */
    bool again;        /* made before, and once more for its readers, in whose phase it runs */
    bool once;         /* makes SHARED values of SHARED ones: runs when parameters are set, or once a step */
    bool loads;        /* is computed while a block's inputs are loaded */
    struct nest *nest; /* NULL: the kernel has no such loops */
    struct epilogue *epilogue; /* NULL: nothing can be fused */
};

/* What lies side by side in a vector. */
enum vectors { VECTORS_SAMPLES, VECTORS_CHANNELS, VECTORS_COLUMNS };
/* The loops over rows, tiles of outputs and tiles of columns, from the outermost to the innermost. */
enum order { ORDER_ROWS_OUTPUTS_COLUMNS, ORDER_OUTPUTS_ROWS_COLUMNS, ORDER_ROWS_COLUMNS_OUTPUTS };

/* The loops of a kernel that sums products over the taps of a window and over channels, and how it walks its memory:
 * a convolution, or a matrix product as one of 1x1 taps whose positions are the columns of one row. The window stands on
 * `output` and its taps read `input`; when transposed, for the gradient with respect to the input, a position of `output` is
 * one that the windows read, and gets a part of what each of them has in `input`. The gradient of a kernel has the loops of
 * the forward op. Distances in memory are in floats. */
struct nest {
    int64_t input[2], output[2]; /* rows, columns */
    int64_t size[2], strides[2], dilation[2], pads[4];
    int64_t groups, channels, filters;       /* of a group: read, and made */
    int64_t input_channels, output_channels; /* of all groups, that lie side by side */
    int64_t pool[2];                         /* the window of a pool behind, 1x1 for none */
    int vectors, order;
    bool transposed, depthwise;
    int64_t multiplier; /* depthwise: filters for each channel */
    bool filters_first; /* weights that are not packed lie as (taps, filters, channels) */
    /* of the weights, from one to the next tap, channel, filter, group; panel: filters of a packed panel, 0: not packed */
    int64_t tap_stride, channel_stride, filter_stride, group_stride, panel, panel_stride;
    /* of the input, from one to the next column, channel */
    int64_t input_column_stride, input_channel_stride;
    /* of a copy of the input, whose columns are dealt out to `split_step` runs; 0: there is none */
    int64_t split_rows, split_step, split_columns;
};

enum pooling { POOL_NONE, POOL_MAX, POOL_AVERAGE };

/* What a kernel does to its sums before it stores them. The order is bias, max pool, nonlinearity; or bias, nonlinearity,
 * average pool. */
struct epilogue {
    bool bias;
    const struct node *nonlinearity; /* NULL: none */
    int pool;
    int64_t window[2];           /* of the pool, 1x1 for none */
    const struct tensor *argmax; /* of a max pool, if anyone reads it; else NULL */
};

/* Sums over the samples of a batch: makes SHARED values from SAMPLE ones, which ends a phase. */
bool node_reduces(const struct node *node);
/* The last node of the fused chain: its outputs are what the kernel writes. */
struct node *node_last(struct node *node);
bool node_has_fused(const struct node *node, const struct op *op);
/* The number that the kernel chose for one of its tile_names. */
int64_t node_tile(const struct node *node, const char *name);

/* Output number `output` of layer number `layer` of a wiring; where it feeds a layer, input number `input` of a call of that. */
struct connection {
    int layer, output, input;
};

/* A layer as the user wrote it: a row of `cnnc summary`, a box of `cnnc graph`. */
struct layer {
    const char *name, *type;
    const char *note; /* "3x3, stride 2, same, relu": what it was told, in short; may be empty */
    int line, calls;
    struct tensor **outputs; /* of its last call */
    int n_outputs;
    int64_t neurons;               /* numbers that it gives in one call; of a model, that its layers give */
    struct parameter **parameters; /* those that another layer has, too, among them */
    int n_parameters;
    /* what feeds it, in the order of its calls and their inputs; the model's input may be none of its layers */
    struct connection *connections;
    int n_connections;
    bool is_op; /* it is none of the user's, but an op between the layers of a layer of the script's own */
    /* of a model that is called like a layer, and of a layer of the script's own that calls others; NULL: it is none */
    const struct wiring *inside;
};

/* The layers of a model, and which of them are its ends. */
struct wiring {
    int n_layers, n_inputs, n_outputs;
    struct layer **layers;
    int *inputs;                /* by input: the layer that stands for it; -1: none does, as in a Sequential */
    struct connection *outputs; /* layer -1: what is given comes out as it is */
};

/* What model:compile and model:fit asked for. */
enum { ARRAYS_MAX = 16 }; /* CNN_MAX_ARRAYS of the runtime: unit.c compares them */

struct setting {
    const char *name;
    double value;
};

/* A state array of the optimizer, with a number for each parameter that is trained: "momentum", "velocity". */
struct slot {
    const char *name;
    double initial; /* what it is filled with before the first step */
};

/* A line of arithmetic: what `op` makes of earlier lines. "constant" is `value`, "variable" and "assign" are of the variable
 * `name`. Which other ops there are, compiler/emit/rule.lua says.
 *
 * Of an optimizer's, by which it changes a number of a parameter, the variables are w, the number; g, its gradient; a slot;
 * penalty, the sum of what the loss gets for w; squares, the sum of g*g; gradient_norm, the root of that sum over all numbers
 * of w's parameter, and global_norm, over those of all parameters; learning_rate; steps, those made before; l1 and l2 of the
 * parameter. Of what becomes of a metric's sums: count, of the samples; the columns, which are assigned; and "element" is sum
 * number `value`. */
enum { RULE_OPERANDS_MAX = 3 };
struct rule_line {
    const char *op, *name; /* name: of a variable, or what the C calls the result; NULL: nothing */
    double value;
    int operands[RULE_OPERANDS_MAX], n_operands;
};
struct rule {
    struct rule_line *lines;
    int n_lines; /* 0: nothing is done */
};

/* A member of the runtime's struct cnn_stage_callback: a text, a list of numbers, or one number. */
struct callback_member {
    const char *name, *text; /* text: NULL for numbers */
    double *numbers;
    int n_numbers; /* -1: one number, which stands alone */
};

struct stage_callback {
    struct callback_member *members;
    int n_members;
};

/* One call of fit, with what the compile before it said. Stages run one after the other, each from where the one before it
 * left the parameters. */
struct stage {
    struct origin at, compiled_at; /* where fit and compile were called */
    const char *optimizer;         /* "adam" */
    int n_settings;
    struct setting *settings; /* of the optimizer, learning_rate first, then of its schedule */
    struct rule measure;      /* what is done with all gradients before any parameter changes */
    struct rule rule;
    double loss_scale; /* gradients are those of so many times the loss */
    uint64_t digest;   /* of the optimizer's arithmetic, but for the learning rate */
    int n_slots;
    struct slot *slots;
    int n_callbacks;
    struct stage_callback *callbacks;
    bool fresh; /* the optimizer is new, its state not that of the stage before */
    int n_frozen;
    struct parameter **frozen; /* those of layers that were not trainable when compile was called */
    int n_class_weights;
    double *class_weights; /* by which the loss of a sample of each class is multiplied; those behind count 1 */
    int64_t batch_size, epochs, initial_epoch, steps_per_epoch, validation_steps, validation_freq;
    double validation_split;
    bool shuffle;
    int verbose; /* enum cnn_verbose of the runtime */
};

/* Loss and metrics are the same in all stages. */
struct training {
    bool compiled, fitted;
    int64_t evaluate_batch;     /* samples of a batch in evaluation, where that matters */
    bool summarizes, evaluates; /* the script asks for a summary before, an evaluation after training */
    const char *save;           /* where the script saves its model; NULL: nowhere */
    const char *weights;        /* that the script loads; NULL: none */
    bool begins_with_weights;   /* training, too */
    const char *history;        /* of a CSVLogger; NULL: nowhere */
    int n_columns;
    const char **columns; /* of the log: "loss", then those of the metrics */
    char *better;         /* of each a letter: '<' the smaller number is better, '>' the larger, '?' nobody knows */
    struct rule finish;   /* what the columns are, by the sums over the samples: the loss's, then the metrics' */
    int n_stages;
    struct stage *stages;
};

/* What the loss compares an output of the model with. */
struct label {
    struct tensor *tensor;
    int output;    /* which of the model's, whose names and prediction stay when a training forgets its outputs */
    bool is_class; /* one class index, not a vector */
    const char *loss;          /* "mse" */
    const char *probabilities; /* "softmax", "sigmoid": what makes the output such, as the loss has it; "none" */
    bool from_logits;          /* the loss makes them itself */
    bool ignores;              /* a class that counts nothing: */
    double ignored;
};

/* What must be known of a whole batch before its first sample's loss is. */
enum batch_number_kind {
    BATCH_SAMPLES, /* how many samples it has */
    BATCH_WEIGHTS, /* its samples by the sum of their weights, 0 where that is 0 */
    BATCH_LABELS   /* the classes that a label has in it by those that are not `ignored`, 0 where there are none */
};
struct batch_number {
    enum batch_number_kind kind;
    int output; /* BATCH_LABELS: the label's */
    double ignored;
    struct tensor *tensor;
};

/* What decides where the fastest kernel is not the smallest. */
enum optimize { OPTIMIZE_SPEED, OPTIMIZE_SIZE };

/* Before the first step of a training two parameters become the mean and the variance of its inputs: number i of a sample,
 * scale*x + offset, counts for number i / inner % count of them. */
struct adaptation {
    struct parameter *mean, *variance;
    struct tensor *of; /* an input of the script */
    struct origin at;  /* where the layer was called */
    int64_t inner;
    double scale, offset;
    int input; /* which of the model's it is; set when there is one */
};

struct graph {
    struct arena *arena;
    struct diag *diag;
    enum optimize optimize; /* set by compile_unit() */
    bool embeds;            /* the parameters become constants; set by compile_unit() */
    struct tuning *tuning;  /* set by compile_unit(); NULL: tiles are as predicted */
    int n_tensors, n_nodes, n_parameters, n_layers;
    struct tensor **tensors;
    struct node **nodes;
    struct parameter **parameters;
    struct layer **layers;       /* those of the wiring */
    const struct wiring *wiring; /* set with them */
    int n_inputs, n_outputs;
    struct tensor **inputs, **outputs;
    const char **input_names,
        **output_names; /* of the model's layers, as a program's data are called; NULL: unknown */
    /* present when the script called compile */
    int n_labels;
    struct label *labels; /* of the outputs that have a loss, in their order */
    struct tensor *share, *sample_weight, *weight;
    struct batch_number *batch_numbers;
    int n_batch_numbers;
    struct tensor *loss;   /* SAMPLE, scalar */
    bool loss_has_weights; /* the samples' weights are in it; false: they multiply it */
    double loss_scale;     /* gradients are those of so many times the loss */
    int n_metrics;
    struct tensor **metrics; /* SAMPLE, of any shape: their numbers are summed over the samples */
    struct tensor *penalty;  /* SHARED, scalar: what the loss gets for parameters, beside l1 and l2; or NULL */
    struct constraint *constraints;
    int n_constraints;
    int64_t trainable_floats,
        parameter_floats; /* set by graph_finish(); trainable_floats: of those that are not frozen */
    struct parameter **parameters_in_memory; /* in the order of their offsets; set by graph_finish() */
    int n_in_memory;                         /* more than n_parameters where other models of the script have more */
    /* set by grad */
    struct gradient *gradients; /* one for each trainable parameter that the loss reaches */
    int n_gradients;
    /* set by lower: parameters that training overwrites without a gradient (moving averages) */
    struct update *updates;
    int n_updates;
    struct adaptation *adaptations;
    int n_adaptations;
    struct training training;
    uint64_t digest;    /* of what the script's model computes, set behind the script */
    const char *script; /* path, as the user gave it */
    const char *name;   /* that the script gives the model, or NULL */
    bool is_imported;   /* of another tool's file: each parameter has values */
    /* The script returns a table of models, of which each has a graph. They share struct parameter and the parameter array. */
    const char *key;    /* the model's name there; NULL: the script returns one model */
    struct graph *next; /* the next of its models, or NULL */
    int n_kept;         /* set by pass_keep(): what prediction leaves to the next call */
    struct tensor **kept;
    int n_loops;
    const struct loop *loop; /* whose nodes are being appended, or NULL */
};

/* What reaches the optimizer for one parameter: the sum of these SHARED tensors. */
struct gradient {
    const struct parameter *parameter;
    struct tensor **parts;
    int n_parts;
    /* set by plan: bytes, in the groups' partial sums; -1: STORE_GRADIENT */
    int64_t partial_offset;
};

/* After the optimizer: parameter = value, which is made of what the optimizer left of it. */
struct constraint {
    const struct parameter *parameter;
    struct tensor *value; /* SHARED */
};

/* After a training step: parameter = momentum * parameter + (1 - momentum) * value. */
struct update {
    const struct parameter *parameter;
    struct tensor *value; /* SHARED */
    double momentum;
};

/* ---- graph.c: building ----------------------------------------------------------------------- */

struct graph *graph_new(struct arena *arena, struct diag *diag, const char *script);
struct tensor *graph_input(struct graph *graph, const char *name, struct shape shape, enum element element);
/* What the call before left, for a program that predicts one sample. */
struct tensor *graph_state(struct graph *graph, struct shape shape);
/* A label of output 0, until the caller says more of the last of graph->labels. */
struct tensor *graph_label(struct graph *graph, struct shape shape);
struct tensor *graph_share(struct graph *graph); /* made on first use, as the next two */
struct tensor *graph_sample_weight(struct graph *graph);
struct tensor *graph_weight(struct graph *graph);
/* `of` without its tensor, which is the one of that number that there is, if there is one. */
struct tensor *graph_batch_number(struct graph *graph, const struct batch_number *of);
struct tensor *graph_parameter(struct graph *graph, const struct parameter *parameter);
/* Appends the parameter to the graph's list, unless it is there. */
void graph_list_parameter(struct graph *graph, struct parameter *parameter);
/* Gives a parameter another name. */
void graph_name_parameter(struct graph *graph, struct tensor *tensor, const char *name);

/* The tensor of a parameter in another shape of as many numbers: the same memory, no node. */
struct tensor *graph_view(struct graph *graph, struct tensor *parameter, struct shape shape);

/* Appends a node and infers the shapes of its outputs; returns NULL after reporting an error at
 * `origin` when the inputs do not fit. `attributes` is copied (op->attributes_size bytes; NULL: the
 * defaults). The arrays `in` is copied too. A tensor must have been made before it is used. */
struct node *graph_append(struct graph *graph, const struct op *op, const void *attributes,
                          struct tensor *const *in, int n_in, struct origin origin);
/* Appends one like `node`, with other inputs; its outputs are up to the caller, who calls node_output(). */
struct node *graph_append_like(struct graph *graph, const struct node *node, struct tensor *const *in);
/* The same as graph_append() for a node with one output, which is returned. */
struct tensor *graph_apply(struct graph *graph, const struct op *op, const void *attributes,
                           struct tensor *const *in, int n_in, struct origin origin);
/* Called by a shape rule: makes the node's next output. False after reporting a shape that is not valid. */
bool node_output(struct graph *graph, struct node *node, struct shape shape, enum scope scope);
/* The same of another element type than float. */
bool node_output_of(struct graph *graph, struct node *node, struct shape shape, enum scope scope,
                    enum element element);

/* A new loop. It has the nodes that are appended while graph->loop is it, as far as they depend on its rounds. */
const struct loop *graph_loop(struct graph *graph, int64_t rounds, const struct loop *mirrors);
/* One whose nodes are computed in some of its rounds. */
const struct loop *graph_stream(struct graph *graph, int64_t rounds);
/* The loop of whose rounds each has its own value of the tensor; NULL: none. */
const struct loop *tensor_loop(const struct tensor *tensor);
/* How often a node is computed for a sample. */
int64_t node_rounds(const struct node *node);
/* The number, from 0, of the time that this round of its loop computes it; -1: it does not. */
int64_t node_turn(const struct node *node, int64_t round);
/* Has the loop a node that training computes of the whole batch? */
bool loop_across_batch(const struct graph *graph, const struct loop *loop);
/* Is it computed from parameters alone? */
bool node_is_shared(const struct node *node);

/* Orders the parameters, trainable ones first, and gives each its offset. Once, after the script. */
void graph_finish(struct graph *graph);
/* A deep copy: ids, names and everything set so far are the same. */
struct graph *graph_copy(const struct graph *graph);
/* Every reader of `old` reads `new` instead, and `new` takes its place as output, loss or metric. */
void graph_replace(struct graph *graph, struct tensor *old, struct tensor *replacement);
/* order.c: drops the nodes whose outputs nobody reads and renumbers the others in topological order; those of a loop stand
 * together, and at their end what makes the next round's states. */
void graph_sweep(struct graph *graph);
/* By a node's id, behind a sweep: not 0 where more than training needs it. */
const int *graph_predicts(const struct graph *graph);
/* No tensor is an output any more; what only outputs needed is swept away. */
void graph_forget_outputs(struct graph *graph);
/* Those tensors, in the arena, are the outputs from now on; they have no names of their own. */
void graph_give_outputs(struct graph *graph, struct tensor **outputs, int count);
int tensor_readers(const struct graph *graph, const struct tensor *tensor, struct node **first);
struct gradient *graph_gradient(const struct graph *graph, const struct parameter *parameter); /* NULL: none */
bool tensor_is_read(const struct graph *graph, const struct tensor *tensor); /* by a node, or by an update */
/* Multiply-adds of the prediction of one sample, of the nodes of one of graph->layers; NULL: of all. */
int64_t graph_work(const struct graph *graph, const char *layer);
/* "28x28x1 -> conv2d 24x24x8 -> ...": how the shapes came to `tensor`. */
const char *graph_trail(const struct graph *graph, const struct tensor *tensor);
/* One line per node, for --dump. */
void graph_dump(const struct graph *graph, FILE *out);

/* ---- what an op can do: op/NAME.c --------------------------------------------------------------------- */

enum attribute_type {
    ATTRIBUTE_INT,    /* int64_t */
    ATTRIBUTE_COUNT,  /* int64_t; a script cannot make it negative */
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
    const char *doc;            /* for `cnnc help`; NULL: not a script's, the shape rule or a pass sets it */
};

/* "conv2d", and of an op that has a function, that: "add", "relu". */
const char *node_word(struct arena *arena, const struct node *node);
/* "NAME=VALUE" */
const char *attribute_text(struct arena *arena, const struct node *node, const struct attribute *attribute);
/* The members of struct nest and struct epilogue, described in the same way. */
extern const struct attribute nest_members[], epilogue_members[];
/* "VALUE", of a struct that `member` describes a member of. */
const char *member_text(struct arena *arena, const void *of, const struct attribute *member);

struct kernel;
struct tiles;
struct target;

/* What `cnnc help` says of an op that scripts may call. The example is an expression of x, a tensor 8x8x4, or a whole
 * script. */
struct usage {
    const char *doc, *formula, *example; /* formula: NULL where the text says it */
};

/* Ops at the border of a loop. */
enum border {
    BORDER_NONE,
    BORDER_ROW,   /* of a tensor outside, each round takes the row of its number */
    BORDER_STATE, /* what the round before left; its kernel runs in front of the loop and makes the first one */
    BORDER_NEXT,  /* (state, value): the value is the next round's state; outside, the last and all of them */
    BORDER_ROWS,  /* a tensor outside, of which each round makes the row of its number */
    BORDER_KEEP   /* a tensor outside, which each round changes: its kernel is called with the number of the turn */
};

/* What could lie beyond the border for a window to read, and change nothing. */
enum outside { OUTSIDE_NOTHING, OUTSIDE_ZEROS, OUTSIDE_LOWEST };

struct window;
struct collapse;

struct op {
    const char *name; /* as scripts write it: op.NAME */
    struct usage usage;
    const struct attribute *attributes; /* NULL-terminated by name; NULL: none */
    size_t attributes_size;
    const void *attribute_defaults; /* attributes_size bytes, or NULL: zeros */
    int min_in, max_in;             /* max_in -1: any number */
    /* Checks the inputs, resolves attributes that depend on shapes, calls node_output(). */
    bool (*shape)(struct graph *graph, struct node *node);
    /* Appends the nodes that turn gradients of the outputs (NULL: none came) into gradients of the
     * inputs, and stores these in `dx` (n_in; leave NULL where none flows). NULL: not differentiable. */
    bool (*backward)(struct graph *graph, struct node *node, struct tensor *const *dy, struct tensor **dx);
    /* Its output may have no numbers, where a dim is 0: nothing can be computed of it, but it can be an output of the model. */
    bool may_be_empty;
    /* Takes first inputs of any element type; scripts are given floats for the other ops. */
    bool any_element;
    /* Is one of its inputs, by whether the graph is lowered for training: the other one is dropped before anything is lowered. */
    bool chooses;
    /* Does training compute it of the whole batch (batch_norm)? That cannot be done within a round of a loop. NULL: it does not. */
    bool (*across_batch)(const struct node *node);
    /* Inference only: the output is the input itself (dropout). */
    bool identity_in_inference;
    /* The output's memory is the input's, in any layout (reshape). */
    bool alias;
    /* The output's memory is a part of the input's, which begins so many numbers behind it; -1: of this node it is not. */
    int64_t (*part)(const struct node *node);
    enum border border;
    /* The output is what one call of prediction leaves to the next: it lies in the caller's state. */
    bool leaves_state;
    /* Of several rows of inputs it computes the same as of one row after the other: for all rounds of a loop at once. */
    bool by_rows;
    /* Its kernel sums the whole batch for a part of the result, a parameter's gradient: runs behind all phases. */
    bool by_parameters;
    /* Its kernel works on all blocks of the batch at once: runs between two phases. */
    bool by_batch;
    /* Its kernel takes the block's random state behind the tensors. */
    bool random;
    /* Without a seed it is numbered among nodes of its kind, not among all that are random. */
    bool numbered_apart;
    /* Inference: what multiplies y along its last axis can multiply in[1] along that axis instead. */
    bool takes_factor;
    /* How a window moves over the rows and columns of in[0]; the attributes' own. NULL: there is none. */
    struct window *(*window)(const struct node *node);
    enum outside outside;
    /* Is what it makes of an image one number for each channel, of all its places? NULL: it is not. */
    bool (*collapses)(const struct node *node, struct collapse *collapse);
    /* Works on each number of in[0] by itself, for which the place along the last axis counts at most. */
    bool pointwise;
    /* May write its output over its first input. */
    bool in_place;
    /* Of a parameter's gradient that is summed over the batch: appends the nodes of another form, by_parameters, and sets *rows;
     * not where it does not pay. NULL: there is none. */
    bool (*split)(struct graph *graph, const struct node *node, struct tensor **rows);
    /* The numbers of the first input are below, or have no meaning. NULL: they are no indices. */
    int64_t (*index_limit)(const struct node *node);
    /* Rewrites the node into something simpler that is true in training and inference alike; *changed says
     * whether it did. NULL: there is nothing to do. A rewrite appends nodes and calls graph_replace(). */
    bool (*simplify)(struct graph *graph, struct node *node, bool *changed);
    /* The same for inference only, where arithmetic on parameters is free. */
    bool (*fold)(struct graph *graph, struct node *node, bool *changed);
    /* Training and inference need other ops (batch_norm): rewrites the node. NULL: stays. */
    bool (*lower)(struct graph *graph, struct node *node, bool training);
    /* Multiply-adds for one sample; NULL: 0. */
    int64_t (*work)(const struct node *node);
    /* Computes the outputs from constant inputs, in float; only ops that prepare parameters have it. */
    void (*evaluate)(const struct node *node, const float *const *in, float *const *out);
};

/* A kernel says when it applies and how it would be tiled. Its code is templates/kernel/NAME.c.in. */
struct kernel {
    const char *name;
    /* lanes: 1 for one sample (vectors run along channels or columns), else samples a vector. */
    bool (*applies)(const struct node *node, const struct target *target, int lanes);
    /* Offers every tile that the node's kernel can have, with its predicted cycles. NULL: there is nothing to choose. */
    void (*tile)(const struct node *node, const struct target *target, int lanes, struct tiles *tiles);
    const char *tile_names[TILE_MAX + 1];
    /* Floats of its scratch memory, the node's second output, for each sample; known when all else is chosen. NULL: none. */
    int64_t (*scratch)(const struct node *node, const struct target *target, int lanes);
    bool writes_planar; /* where the tensor may be planar; see struct tensor */
    bool divisible;     /* threads can share its work */
    bool shared;        /* for blocks of samples, by layers that differ in sizes alone: memory says what it takes */
    bool small; /* for OPTIMIZE_SIZE, in place of the op's other kernels: loops whose bounds are arguments */
    /* What it loops over. NULL: its template knows by the shapes. */
    struct nest (*nest)(const struct node *node, const struct target *target, int lanes);
};

#endif
