/* weights.h -- a model's parameters out of files that lay them out otherwise: which tensor of PyTorch's becomes which parameter,
 * and how.
 *
 * A *module* is what PyTorch saves under one name ("conv1.weight", "conv1.bias"); a *piece* is what stands for one in the model:
 * the parameters of a layer, or of a part of it. Files are a stranger's; every failure is the one struct diag. */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include "import/import.h"

#include "../../runtime/cnnrt.h"

/* ---- tensors.c: all tensors of floats in a file, by name ---- */

struct named_tensor {
    const char *name;
    char type[16]; /* "F32", of a safetensors file */
    int rank;
    int64_t dim[CNN_MAX_RANK];
    const float *values;
};

struct named_tensors {
    const char *path;
    struct named_tensor *list;
    int count;
    bool is_sorted; /* by name, not as the network has them */
};

/* Of a safetensors file, or an ONNX model's initializers. */
bool tensors_read(struct arena *arena, struct diag *diag, struct limits limits, struct named_tensors *tensors);
/* Compares as people sort: numbers in names by their value. */
int tensors_compare_names(const char *a, const char *b);

/* ---- places.c: where channels stood in front of a flatten ---- */

/* Of each number of a tensor its place where images and sequences have their channels first, as PyTorch's have: what a Flatten
 * of those makes has another order than one of channels last. */
struct places {
    enum { PLACES_OWN, PLACES_CHANNELS_FIRST, PLACES_LISTED, PLACES_UNKNOWN } kind;
    struct shape shape; /* of PLACES_CHANNELS_FIRST: where they are last */
    const int64_t *list;
};

/* By the ids of the graph's tensors. */
const struct places *places_of(const struct graph *graph);
/* Does PyTorch have `count` numbers, which a layer takes in rows of `width`, in an order that is known, and is that of the
 * features where there are several rows? */
bool places_are_known(const struct places *places, int64_t count, int64_t width);
/* The places of `count` numbers; NULL: their own. */
const int64_t *places_list(struct arena *arena, const struct places *places, int64_t count);

/* ---- pieces.c: the model's parameters as modules ---- */

enum { MODULE_TENSORS_MAX = 8 };

/* A tensor of a module: "weight" of "conv1". */
struct module_tensor {
    const char *part;
    const struct named_tensor *tensor;
};

struct module {
    const char *name;
    struct module_tensor tensors[MODULE_TENSORS_MAX];
    int count;
    bool taken;
};

/* How a parameter is made of a module's tensors. */
struct recipe;

struct ingredient {
    const struct parameter *parameter;
    const struct recipe *recipe;
    const int64_t *order;   /* of the numbers that its rows, or it, are for; NULL: its own */
    const int64_t *columns; /* of the numbers that a product's columns make; NULL: its own */
    bool is_lost;           /* what PyTorch's order is, is not known */
    int64_t gates;          /* of a recurrent layer */
    int slice;              /* of tensors that hold several parameters */
};

struct piece {
    const char *name; /* "conv2d"; "separable_conv2d/depthwise" */
    struct ingredient *ingredients;
    int count;
    const struct module *module; /* that it is made of, or NULL */
    const char *wants;           /* what such a module has, in words */
};

struct pieces {
    struct piece *list;
    int count;
};

/* Of all parameters of the model and of those behind it. */
void pieces_of(const struct graph *model, struct pieces *pieces);
/* Has the module what the piece is made of, and nothing else? */
bool piece_fits(const struct piece *piece, const struct module *module);
/* The first of its parameters whose order is not known, or NULL. */
const struct parameter *piece_lost(const struct piece *piece);
/* Fills its parameters, by their offsets. */
void piece_fill(const struct piece *piece, float *parameters);
/* Adds to the map a line for each of its parameters. */
void piece_print(const struct piece *piece, FILE *out);

/* ---- pytorch.c ---- */

struct pytorch_options {
    const char *path;
    struct limits limits;
    bool partial; /* what does not fit stays as it is */
};

/* Fills the parameters of the file; `out` is told which became which. What does not fit is named, all of it. */
bool pytorch_read(const struct graph *model, const struct pytorch_options *options, float *parameters, FILE *out);

#endif
