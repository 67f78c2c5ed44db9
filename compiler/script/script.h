/* script.h -- runs a model script, which builds the graph.
 *
 * Every failure, in the script or in the Lua of this folder, ends as the one struct diag: whoever finds it calls
 * script_fail(), which fills the diag and unwinds Lua. Once the diag has failed no pcall of the script can go on
 * (sandbox.c). Nothing here knows of passes or kernels. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "graph/graph.h"

#include <lua.h>

extern const struct limits limits_default;

/* Runs the model script. NULL after an error. */
struct graph *script_run(struct arena *arena, struct diag *diag, const char *path, struct limits limits);
/* The same of a text, which may lie nowhere yet; `path`: what messages call it. */
struct graph *script_run_text(struct arena *arena, struct diag *diag, const char *path, struct limits limits,
                              const char *text);

/* The same, with the lengths that the script may leave open; NULL: none are given. */
struct graph *script_run_with(struct arena *arena, struct diag *diag, const char *path, struct limits limits,
                              const struct given_shapes *shapes);

/* The graph that `use` builds, called with the language's table `cnnc` on top of the stack; `path` is the file that messages
 * name. NULL after an error. */
struct graph *script_build(struct arena *arena, struct diag *diag, const char *path, struct limits limits,
                           const struct given_shapes *shapes, int (*use)(lua_State *lua, void *data), void *data);

/* The language without a script: `use` is called with its table `cnnc` on top of the stack, and may raise Lua errors. False
 * after an error. */
bool script_language(struct arena *arena, struct diag *diag, int (*use)(lua_State *lua, void *data), void *data);

/* "an integer or {rows, columns}": what a script may give for an attribute of an op. */
const char *attribute_expects(struct arena *arena, const struct attribute *attribute);

/* ---- what the files of this folder share ------------------------------------------------------------------- */

struct script {
    struct arena *arena;
    struct diag *diag;
    struct graph *graph;
    struct graph *models,
        *last_model; /* where the script returns several: their own graphs; NULL: it returns one */
    const char *path;
    const char *text;                       /* of the script; NULL: it is read */
    const struct given_shapes *shapes;      /* NULL: none */
    int (*use)(lua_State *lua, void *data); /* of script_language(); NULL: a model script is run */
    void *data;
    lua_State *lua;
    struct limits limits;
    struct lua_memory memory; /* of Lua */
    int64_t instructions;     /* instructions of the script so far, and what its string patterns cost */
    int64_t floats;           /* of the parameters that it made */
    struct origin origin;     /* of the ops that are appended now */
};

/* Under this name the registry has the table `cnnc`, which the Lua of this folder shares. */
extern const char *const script_shared;
/* That Lua, file by file in the order in which it is loaded; ends with NULL. */
extern const char *const script_modules[];

/* The script that `lua` runs. */
struct script *script_of(lua_State *lua);

/* The line of the script, or of its modules, that is being executed; line 0 outside of both. */
struct origin script_where(lua_State *lua);

/* The hint where something is nil that nobody would write so; Lua has it as cnnc.NIL_HINT. */
extern const char script_nil_hint[];
/* Reports an error, the first one, and unwinds; int for `return script_fail(...)`. */
_Noreturn int script_fail(lua_State *lua, struct origin at, const char *format, ...) CNNC_PRINTF(3, 4);
/* Unwinds after something else has reported into the diag. */
_Noreturn int script_abort(lua_State *lua);
/* The handler of a protected call (lua_pcall): reports the error message on the stack, unless something is reported. */
int script_report_error(lua_State *lua);
/* Is it a frame of the user's, rather than of ours? */
bool script_is_user_frame(const lua_Debug *frame);
/* names.c: pushes the name of the script's variable, or of a field of its tables, that holds what lies at index 1; nil where
 * there is none. */
void script_push_name(lua_State *lua);
/* Pushes the chunk that the file is; reports at its line what is wrong with its syntax. False, and errno: it cannot be
 * read. */
bool script_load(lua_State *lua, const char *path);

/* digest.c */
uint64_t script_digest(const struct graph *graph);
uint64_t script_stage_digest(const struct stage *stage);

/* sandbox.c: adds to the table on top of the stack what a script may use of Lua's libraries. */
void script_open_sandbox(lua_State *lua);
/* pcall for scripts, which cannot hold back a reported failure. */
int script_pcall(lua_State *lua);
/* From now on the steps of the script are counted. */
void script_start_budget(lua_State *lua);

/* value.c: pushes a handle of the tensor. */
void script_push_tensor(lua_State *lua, struct tensor *tensor);
extern const char *const script_tensor_type; /* the name of such handles' metatable */
/* The tensor at `index`; NULL: something else. */
struct tensor *script_tensor(lua_State *lua, int index);
/* The same; anything else is an error of Lua. */
struct tensor *script_check_tensor(lua_State *lua, int index);
/* A copy of the name at `index`. Names become comments and identifiers of C, and a script can change any field of the
 * objects that carry them: here nothing passes that could end a comment or a string. */
const char *script_name(lua_State *lua, int index);
/* The list of dimensions at `index`. */
struct shape script_shape(lua_State *lua, int index);
/* {file =, line =} at `index`; anything else is the line being executed. */
struct origin script_origin(lua_State *lua, int index);

/* field.c: the number, whole number, name, flag or tensor FIELD of the table at `index`. */
double script_number_field(lua_State *lua, int index, const char *field);
int64_t script_count_field(lua_State *lua, int index, const char *field);
const char *script_name_field(lua_State *lua, int index, const char *field);
bool script_flag_field(lua_State *lua, int index, const char *field);
struct tensor *script_tensor_field(lua_State *lua, int index, const char *field);
/* The list FIELD of the table at `index`, from the bottom of the stack. */
void script_tensors_field(lua_State *lua, int index, const char *field, struct tensor ***list, int *count);

/* Each adds to the table on top of the stack what the Lua side calls: */
void script_open_reports(lua_State *lua);  /* report.c: errors, warnings, lines */
void script_open_graph(lua_State *lua);    /* graph.c: tensors, inputs, parameters, loops */
void script_open_ops(lua_State *lua);      /* op.c: the ops */
void script_open_model(lua_State *lua);    /* model.c: the model that is returned */
void script_open_training(lua_State *lua); /* training.c: how it is trained */
void script_open_complete(lua_State *lua); /* complete.c: what is done after the script */

/* inputs.c: sets what the model wants of its inputs. */
void script_find_inputs(struct graph *graph);

/* adapt.c: adapt(mean, variance, x, inner): the parameters become those of x's training data. */
int script_adapt(lua_State *lua);
/* Finds which inputs of the model they belong to, and forgets those that are not used. */
void script_finish_adaptations(struct graph *graph);

/* The list of `least` to `most` integers at `index`. Returns how many, 0 for anything else. */
int script_integers(lua_State *lua, int index, int64_t *result, int min, int max);
/* The place of the word at `index` among the NULL-terminated `choices`; false: it is not there. */
bool script_choice(lua_State *lua, int index, const char *const *choices, int *result);

/* block.c: how the layers that one of the script's own calls hang together. */
struct block_use {
    int layer; /* which is called */
    struct tensor **in, **out;
    int n_in, n_out;
    bool needed; /* for the outputs; set by script_block() */
};
struct block {
    struct tensor **inputs, **outputs;
    int n_inputs, n_outputs, n_layers, n_uses;
    struct layer **layers;
    struct block_use *uses;
};
/* Sets the layers' connections and calls. NULL: there is more between them than a picture should have. */
const struct wiring *script_block(struct graph *graph, const struct block *block);

#endif
