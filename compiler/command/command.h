/* command.h -- what the user types and is shown: options, summary, pictures, size, tune, run, help. May use every other folder. */
#ifndef COMMAND_H
#define COMMAND_H

#include "draw/draw.h"
#include "emit/emit.h"
#include "import/import.h"
#include "script/script.h"

#include <sys/types.h>

/* What a program is linked with behind libcnnrt.a; the Makefile reads it here. */
#define RUNTIME_LIBS "-lz -lpng -ljpeg -lm"

enum action {
    ACTION_COMPILE,
    ACTION_SUMMARY,
    ACTION_GRAPH,
    ACTION_SIZE,
    ACTION_TUNE,
    ACTION_RUN,
    ACTION_EXPORT,
    ACTION_IMPORT,
    ACTION_CONVERT,
    ACTION_VERIFY,
    ACTION_HELP,
    ACTION_NONE
};

/* Whose completion is asked for. */
enum shell { SHELL_NONE, SHELL_BASH, SHELL_ZSH, SHELL_FISH };

/* What the user typed. */
struct command {
    enum action action; /* ACTION_NONE: --help and the like, already answered */
    struct options options;
    const char *folder;       /* --emit arduino: of the library, in which options.output is */
    const char *python;       /* where a module of Python goes, beside the C; NULL: nowhere */
    const char *html;         /* where summary writes a page; NULL: it prints */
    bool measure;             /* with the times of the kernels */
    const char *depfile;      /* where compiling writes what it read; NULL: nowhere */
    bool json;                /* summary --json */
    struct draw_options draw; /* of graph */
    double seconds;           /* that tune measures for */
    int64_t time_limit;       /* seconds of processor time that the compilation may take; 0: any */
    bool mdoc;                /* help --mdoc */
    enum shell completion;    /* help --completion */
    char *const *arguments;   /* run: the program's; help: the names; NULL-terminated */
    const char *self;         /* argv[0] */
    /* verify, and --emit selftest: */
    const char *data, *expect, *run; /* files, or NULL; the words in front of the program, or NULL */
    int64_t samples;
    /* of a model that is imported: */
    enum import_batch batch;
    struct import_bind binds[BINDS_MAX];
    int n_binds;
};

/* options.c: reads the command line. Returns STATUS_OK, or STATUS_USAGE after a message. */
int command_read(struct command *command, struct arena *arena, int argc, char **argv);
/* check.c: STATUS_OK if output, name and options fit together, else STATUS_USAGE after a message. Sets the name. */
int command_check(struct command *command, struct arena *arena);

/* What the table of commands or of options says of row `i`; false: there are fewer. */
struct usage_line {
    const char *name;  /* "target" */
    char synopsis[96]; /* "--target NAME" */
    char about[384];
    /* Of an option: */
    char letter; /* of its short form; 0: none */
    const char *operand;
    unsigned commands; /* that take it: bit i is of command i */
};
bool command_usage(int i, struct usage_line *line);
bool option_usage(int i, struct usage_line *line);

/* completion.c: prints what the shell completes a command line of cnnc by. */
void completion_print(struct arena *arena, enum shell shell);

/* help.c: answers `cnnc help`. Returns the status. */
int help_print(const struct command *command, struct diag *diag);

/* model.c: the graph of the script, or of another tool's model, that the command line names; NULL after an error. */
struct graph *model_read(const struct command *command, struct diag *diag);
/* The graph of the script that another tool's model becomes. */
struct graph *model_read_as_script(const struct command *command, struct diag *diag, struct import_script *script);

/* depfile.c: a rule of make by which the C depends on the files that were read for it. */
const char *depfile_text(const struct command *command, struct diag *diag);

/* import.c: writes another tool's model as a script, and its weights beside it. */
bool import_write(const struct command *command, struct diag *diag);
/* "model.lua" -> "model.safetensors" */
const char *import_weights_path(struct arena *arena, const char *path);

/* page.c: says on standard error what is wrong with the command line; returns STATUS_USAGE. */
int usage_error(const char *format, ...) CNNC_PRINTF(1, 2);
/* Prints the words of `text` in lines of at most 116 columns, the first one from `column` on, where the cursor
 * is, the others indented by `indent`. */
void print_wrapped(const char *text, int indent, int column, FILE *out);

/* library.c: writes the library, whose C options.output is. */
bool library_write(const struct command *command, const struct unit *unit, struct diag *diag);

/* beside.c: adds what else is written beside the C, or from it: at most BESIDE_MAX files behind the first `count`. False after an
 * error. */
enum { BESIDE_MAX = 1 };
bool beside_add(const struct command *command, const struct unit *unit, struct diag *diag,
                struct output_file *files, int *count);
/* STATUS_OK if the names of these files fit the C's, else STATUS_USAGE after a message. */
int beside_check(const struct command *command);

/* weights.c: reads a safetensors file into an array in the parameters' order and layout; NULL after an error. */
float *weights_read(const struct graph *model, const char *path);
/* The same of what fits by name and shape, and fresh parameters of this seed elsewhere, of which `out` is told. */
float *weights_read_some(const struct graph *model, const char *path, uint64_t seed, FILE *out);
/* Fresh parameters of this seed. */
float *weights_fresh(const struct graph *model, uint64_t seed);
/* What an imported model's parameters hold. */
const float *weights_imported(const struct graph *model);
/* Writes the values of an imported model's parameters. */
bool weights_write(const struct graph *model, const char *path);
/* Those that the options name, or that an imported model has, of the script's graph as it is before it is compiled. *parameters is
 * NULL where there are none; false after an error. */
bool weights_find(const struct graph *model, const struct options *options, const float **parameters);
/* What who calls the network must know of the data that the weights were trained on: "pixels, 0 to 255, divided by 255"; NULL:
 * nothing. False after an error. */
bool weights_told(const struct graph *model, const struct options *options, const char **trained_on);
/* Embeds them, if there are any. */
bool weights_embed(struct unit *unit, const struct graph *model, const float *parameters);
/* Writes them to options->output, as the network's program reads them. */
bool weights_convert(const struct graph *model, const struct options *options);

/* cc.c: the C compiler as a command line that grows word by word, copied into the diag's arena. Each returns false
 * after reporting an error. */
enum { CC_MAX_WORDS = 128 };

struct cc {
    struct diag *diag;
    char *words[CC_MAX_WORDS + 1]; /* NULL-terminated */
    int n_words;
    bool quiet;    /* its messages are not shown */
    bool uncached; /* ccache, which may stand in front of it, must not answer: it keeps the object file alone */
};

/* Begins with the words of `command`, such as "ccache gcc"; NULL: with those of $CC, or cc. */
bool cc_open(struct cc *cc, struct diag *diag, const char *command);
bool cc_word(struct cc *cc, const char *word);
/* Adds the words of a text, which is split at blanks; NULL: none. */
bool cc_words(struct cc *cc, const char *text);
/* Runs the command. `output` takes what it prints, in the arena; NULL: it prints to standard output. */
bool cc_run(const struct cc *cc, const char **output);

/* temporary.c: a folder for files that are gone when cnnc is, also where a signal ends it. */
struct temporary {
    const char *path;
    int end;       /* of the pipe by which its remover knows that cnnc is there */
    pid_t remover; /* below 0: there is none */
};

/* Makes PARENT/NAME.XXXXXX; parent NULL: that of the environment's TMPDIR, or /tmp. */
bool temporary_open(struct temporary *temporary, struct diag *diag, const char *parent, const char *name);
/* Removes it, with the files that are in it. */
void temporary_close(const struct temporary *temporary);

/* size.c: prints what the model's file takes of flash, RAM and stack with either --optimize. */
bool size_print(const struct command *command, struct diag *diag);

/* stack.c: the most stack, in bytes, that a function of a compiled file takes with all that it calls, from the call graph
 * that gcc wrote of it. The C library's functions, of which only some of libm are called, are not counted. */
bool stack_read(struct diag *diag, const char *path, int64_t *bytes);

/* graph.c: STATUS_OK if the name says what kind of picture is wanted, else STATUS_USAGE after a message. */
int graph_check(struct arena *arena, const char *output);
/* Writes that picture of the model. */
bool graph_write(const struct command *command, struct diag *diag);

/* export.c: writes the model and its weights as ONNX. */
bool export_run(const struct command *command, struct diag *diag);

/* tune.c: measures tiles and writes the file that compiling reads. */
bool tune_run(const struct command *command, struct diag *diag);
/* What a kernel took with a tile in each round of `cnnc tune`; the tiles take their turns within a round. 0: not
 * measured. */
enum { TUNE_ROUNDS = 7 };
struct tune_times {
    double microseconds[TUNE_ROUNDS];
};
/* The candidate that is faster than the first in most rounds by the most, if the advantage is larger than what
 * rounds differ in; else 0. *advantage: the median over rounds, as a share of the first one's time; 0 for itself.
 */
int tune_choose(const struct tune_times *times, int count, double *advantage);
/* The median over rounds. */
double tune_median(const struct tune_times *times);

/* run.c: the folder that this command is in. */
const char *own_folder(struct arena *arena, const char *self);
/* Builds the unit's program, or finds it in the cache. `self` is the path of this command, near which the
 * runtime's header and library are looked for. */
bool run_build(const struct unit *unit, struct diag *diag, const char *self, const char **program);
/* The same, and becomes it: returns only after an error. `arguments` are the program's, NULL-terminated; with none it is
 * asked for `info`. An imported model's weights are kept beside it, for `predict`. */
bool run_unit(const struct unit *unit, struct diag *diag, const char *self, char *const *arguments);

/* verify.c: prints how far what the C computes is from what the model says. False after an error, and where that is too far. */
bool verify_run(const struct command *command, struct diag *diag);
/* Samples, and what the reference makes of them; *parameters: those that are to be embedded. */
struct samples;
struct reference;
bool verify_reference(const struct command *command, const struct graph *model, const float **parameters,
                      struct samples *samples, struct reference *reference);
/* Writes the C and behind it a main() that tests it: --emit selftest. */
bool verify_emit_selftest(const struct command *command, const struct graph *model, struct diag *diag);

/* count.c: what a summary tells of a layer, of all of them, and of the bytes in memory while the network runs, on one thread. No
 * plan could do with less than the lower bound. */
struct summary_row {
    const struct layer *layer;
    int64_t parameters, neurons, multiply_adds;
};
struct summary_totals {
    int64_t parameters, trainable, neurons, multiply_adds;
};
struct summary_memory {
    int64_t parameters, workspace, lower_bound, others;
};
enum { SUMMARY_NUMBER_BYTES = 4 };

/* `rows`: one for each layer. */
struct summary_totals summary_count(const struct graph *model, struct summary_row *rows);
struct summary_memory summary_inference(const struct unit *unit);
/* The stage of a training that needs the most, whose memory the others use; and what a stage needs. */
int summary_largest_stage(const struct unit *unit);
struct summary_memory summary_stage(const struct unit *unit, int index);
int64_t summary_total(struct summary_memory memory);

/* summary.c */
void summary_print(const struct unit *unit, bool json, FILE *out);
/* As the script calls the model, or as its file is called. */
const char *summary_name(const struct unit *unit);
/* "20.54 KB", as Keras counts: 1024 bytes. */
const char *summary_bytes(struct arena *arena, int64_t bytes);
/* "(None, 4)", or "[(None, 4), (None, 2)]" */
const char *summary_shapes(struct arena *arena, const struct layer *layer);
/* Where each layer reads only the one above it, saying so would be noise. */
bool summary_is_chain(const struct graph *model);
/* "conv2d, conv2d_1" */
const char *summary_connected(struct arena *arena, const struct graph *model, const struct layer *layer);

/* map.c: where the tensors of a program lie in a memory, and when. */
enum map_kind { MAP_INPUT, MAP_ACTIVATION, MAP_GRADIENT, MAP_SCRATCH };
extern const char *const map_kind_names[]; /* in their order; ends with NULL */
struct map_row {                           /* a time: a kernel, or what is done before or behind all of them */
    const char *layer, *what;
    int64_t live; /* bytes, at that time */
};
struct map_block {
    const char *names; /* of the tensors that lie there, one after the other or in one another's place */
    enum map_kind kind;
    int64_t offset, bytes;
    int first, last; /* rows, inclusive */
};
struct memory_map {
    int64_t bytes, bound; /* of the memory, and the most that is live at once */
    int peak;             /* the first row in which so much is live */
    int n_rows, n_blocks;
    struct map_row *rows;
    struct map_block *blocks; /* in the order of their times */
};
struct memory_map map_workspace(const struct program *program);
struct memory_map map_saved(const struct program *program);

/* measure.c: what the kernels of the unit's programs take here, on one thread; the program is built, and run. */
struct measured_kernel {
    const char *program, *name, *layer; /* program: "one", "many", "train" */
    int64_t calls;
    double microseconds, bytes; /* of a call; bytes: that it reads and writes */
    double speed, percent;      /* GFLOP/s, and of the peak; 0 where nothing counts as FLOP */
};
struct measurement {
    struct measured_kernel *kernels;
    int count;
    double peak, bandwidth; /* of the machine, GFLOP/s and GB/s */
};
bool measure_kernels(const struct command *command, const struct unit *unit, struct diag *diag,
                     struct measurement *measured);

/* html.c: writes the summary, or the picture alone, as a page that needs no other file. */
bool html_write_summary(const struct command *command, const struct unit *unit, struct diag *diag);
bool html_of_drawing(const struct drawing *drawing, const struct draw_options *options, struct diag *diag,
                     const char **html);

#endif
