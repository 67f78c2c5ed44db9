/* import.h -- models that other tools wrote: a reader makes plain tables and arrays of a file, and rows of Lua, an operator
 * each, build the graph of them by calling layers as a script does (value.lua, onnx.lua).
 *
 * Files are a stranger's: sizes are checked before memory is asked for, and every failure is the one struct diag, as a
 * script's. */
#ifndef IMPORT_H
#define IMPORT_H

#include "script/script.h"

/* What becomes of the axis of the batch. */
enum import_batch {
    BATCH_AUTO,  /* a leading length that is symbolic, or the same 1 everywhere, is the batch */
    BATCH_STRIP, /* the leading length is, whatever it is */
    BATCH_KEEP   /* arrays are as the file says */
};
extern const char *const import_batch_names[]; /* in their order; ends with NULL */

/* NAME=FILE: an input that is a constant. */
struct import_bind {
    const char *name; /* not terminated */
    int name_length;
    const char *file;
};
enum { BINDS_MAX = 64 };

struct import_bytes {
    const unsigned char *data;
    size_t size;
};

struct import_options {
    const char *path;
    struct limits limits;
    const struct given_shapes *shapes; /* as the file has them, batch included */
    enum import_batch batch;
    const struct import_bind *binds;
    int n_binds;
    const struct import_bytes
        *described; /* NULL; or for tests, what hdf5_describe() says of a file of Keras, which is not read */
};

/* Is the file a model that import_run() reads? A file that cannot be read is none. */
bool import_reads(const char *path);
/* The graph of the model, whose parameters have values; NULL after an error. */
struct graph *import_run(struct arena *arena, struct diag *diag, const struct import_options *options);

/* The model as a script of the language that cnnc compiles. */
struct import_script {
    const char *path;    /* what the script is called, for messages; set by the caller */
    const char *weights; /* what the file with its numbers is called; set by the caller */
    const char *text;
    size_t length;
};
/* Writes the script, and runs it. Returns the graph that it makes, whose parameters have the model's values; NULL after an
 * error. */
struct graph *import_as_script(struct arena *arena, struct diag *diag, const struct import_options *options,
                               struct import_script *script);
/* The weights that the nodes of a model's file use, in the order in which they do. */
struct import_weight {
    const char *name;
    const struct array *array;
};
struct import_weights {
    const char *path;
    struct import_weight *list;
    int count;
};
/* The array in a file of numpy's, or of ONNX' of one tensor. */
bool import_array(struct arena *arena, struct diag *diag, struct limits limits, const char *path,
                  const struct array **array);
bool import_list_weights(struct arena *arena, struct diag *diag, struct limits limits,
                         struct import_weights *weights);

/* ---- what the files of this folder share ------------------------------------------------------------------- */

enum { ARRAY_RANK_MAX = 8 };

/* Numbers that are known: weights, and what is computed of shapes. Row by row; `whole` has those that are no floats. */
enum array_type { ARRAY_FLOAT, ARRAY_INT, ARRAY_BOOL };
extern const char *const array_type_names[]; /* in their order; ends with NULL */
struct array {
    enum array_type type;
    int rank;
    int64_t dim[ARRAY_RANK_MAX];
    int64_t count;
    float *floats;       /* ARRAY_FLOAT, else NULL */
    int64_t *whole;      /* else */
    const char *element; /* the type that it had in the file; NULL: it was computed */
};

/* What is known while a model is built. */
struct import_building {
    const struct import_options *options;
    const char *node; /* that is being built, for messages; NULL: none */
    void (*write)(lua_State *lua,
                  int cnnc); /* with the built model on top of the stack, as import_as_script() does; or NULL */
    struct import_script *script;  /* that is written */
    struct import_values *written; /* what its parameters hold, in the order in which it makes them */
    int n_written;
};
struct import_building *import_building_of(lua_State *lua);

/* array.c: a new array of zeros on top of the stack; its memory is the script's arena's. Lengths that are none are an error
 * of Lua. */
struct array *array_push(lua_State *lua, enum array_type type, int rank, const int64_t *dim);
/* The array at `index`; anything else is an error of Lua. */
struct array *array_check(lua_State *lua, int index);
/* Pushes a table of what Lua does with arrays. */
void array_open(lua_State *lua);

/* onnx.c: pushes {producer =, opsets = {domain = version}, inputs =, outputs = {{name =, type =, dims = {length or name or
 * false, ...} or nil}, ...}, initializers = {name = array}, nodes = {{op =, domain =, name =, inputs =, outputs = {name, ...},
 * attributes = {name = value}}, ...}, functions = how many}. The value of an attribute that is a graph is such a
 * table of inputs, outputs, nodes and initializers. */
void onnx_push_model(lua_State *lua, const char *path);
/* Pushes the array in a file of one TensorProto, as --bind takes it. */
void onnx_push_tensor(lua_State *lua, const char *path);

/* import.c: import_run(), with a building of the caller's. */
struct graph *import_build(struct arena *arena, struct diag *diag, struct import_building *building);
/* A struct import_weights of `data` is filled. */
int onnx_list_weights(lua_State *lua, void *data);

/* bind.c: pushes the array in a file of .npy or of one TensorProto. */
void import_push_array(lua_State *lua, const char *path);

/* hdf5.c: pushes {attributes = {PATH = {NAME = {text, ...}}}, arrays = {PATH = array}}, paths without a slash in front, of what
 * such a file has; what a training kept for its optimizer is left out. */
void hdf5_push(lua_State *lua, const char *path, struct import_bytes bytes);
/* What a process of its own does for that, and what is made of what it writes: */
void hdf5_describe(struct import_bytes bytes, int out);
void hdf5_push_records(lua_State *lua, const char *path, struct import_bytes bytes);

/* keras.c: the same of a whole file; of an archive with `config` and `metadata`, texts, too. */
void keras_push_hdf5(lua_State *lua, const char *path);
void keras_push_archive(lua_State *lua, const char *path);

/* json.c: json(text, none): what the text says, with `none` for null; or nil, and what is wrong with it */
int import_json(lua_State *lua);

/* others.c: what is said of a file that is no model, and never read, by its first bytes; or by its name; NULL: nothing */
const char *import_other(const char *path);
const char *import_other_by_name(const char *path);
/* Does the name end in one of these, which have each a space behind them, in small letters or capitals? */
bool import_name_ends(const char *text, const char *endings);
/* The first bytes of a regular file: how many there are, at most `size`. */
size_t import_head(const char *path, unsigned char *bytes, size_t size);

/* bytes.c: a whole file in the script's arena, whose memory may grow with it. Reports what is wrong with it. */
struct import_bytes import_read(lua_State *lua, const char *path);
/* The same growth, of a file that another function reads. */
void import_allow(lua_State *lua, const char *path);
/* Has the arena room for so many bytes? */
bool import_fits(lua_State *lua, int64_t bytes);
/* The path of a file NAME beside that of `path`, no link; NULL: there is none, or the name leads elsewhere, as *why says. */
const char *import_beside(lua_State *lua, const char *path, const char *name, const char **why);
/* Has the file so many bytes or more? */
bool import_has(const char *path, int64_t bytes);
/* `length` bytes behind `offset` of a file. */
unsigned char *import_read_part(lua_State *lua, const char *path, int64_t offset, int64_t length);

#endif
