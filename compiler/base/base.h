/* base.h -- what any program of this kind needs: memory, errors, text, files.
 *
 * Nothing here knows of networks, and no other folder of the compiler is used. Of the runtime it takes what makes
 * text of strangers fit to print. */
#ifndef BASE_H
#define BASE_H

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

/* ---- growing.c: a text that grows as it is written ------------------------------------------- */

/* Set the arena; the text is NULL as long as nothing is written, else its end is marked. */
struct growing {
    struct arena *arena;
    char *text;
    size_t length, room;
};
void write_bytes(struct growing *to, const char *bytes, size_t length);
void write_text(struct growing *to, const char *text);
void write_format(struct growing *to, const char *format, ...) CNNC_PRINTF(2, 3);

/* ---- diag.c: errors as values --------------------------------------------------------------- */

/* Where in the user's script something was asked for. line 0: nowhere in particular. */
struct origin {
    const char *file;  /* path as the user gave it */
    int line;          /* 1-based */
    const char *layer; /* "conv2d_1", or NULL */
    const char *type;  /* "Conv2D", or NULL */
    const char *row;   /* the model's layer that this one is inside of; NULL: it is one itself */
    bool rescales;     /* the layer is Keras' Rescaling, and no script's of that name */
};

/* What is likely a mistake, but can be compiled. */
struct warning {
    struct origin at;
    const char *message, *hint; /* what would mend it, or NULL */
};

/* The first error of a compilation; later ones are consequences and are dropped. */
struct diag {
    struct arena *arena;
    bool failed;
    struct origin at;
    const char *message;
    const char *trail; /* "28x28x1 -> conv2d 24x24x8 -> ...", or NULL */
    const char *hint;  /* what would mend it, or NULL */
    struct warning *warnings;
    int n_warnings, n_printed; /* of the warnings, the first ones */
    const char **read;         /* files that decide what comes of the model */
    int n_read;
};

/* Each returns false, so that a pass can `return diag_error(...)`. */
bool diag_error(struct diag *diag, struct origin at, const char *format, ...) CNNC_PRINTF(3, 4);
bool diag_hint(struct diag *diag, const char *format, ...) CNNC_PRINTF(2, 3);
void diag_trail(struct diag *diag, const char *trail);
/* The same warning of the same line is kept once, for a script may be run more than once. */
void diag_warn(struct diag *diag, struct warning warning);
/* Keeps the name of a file that is read, once. */
void diag_reads(struct diag *diag, const char *path);
/* Prints the warnings that were not printed yet, then the error, in the manner of rustc: message, file:line, the line
 * itself with carets, trail, help. */
void diag_print(struct diag *diag, FILE *out);
/* Reads line `number` without its end, as much of it as fits; tabs become blanks. False: there is no such line, or it cannot be
 * read again. */
bool source_line(const char *path, int number, char *text, size_t size);
/* A script that was read before; NULL also where it was a pipe, which would be waited for in vain. */
FILE *open_again(const char *path);
/* `length` bytes, of which the characters that would steer a terminal become '?'; lines and tabs stay. */
void print_printable(const char *text, size_t length, FILE *out);

/* ---- output.c ------------------------------------------------------------------------------------ */

/* Writes all files under temporary names in their folders, then renames them: all or none, but where the file system knows no
 * links and a second renaming fails. A file that already holds the same bytes is left alone, with its time. Path "-":
 * standard output. */
struct output_file {
    const char *path, *text;
    size_t length;
};
bool output_write(struct diag *diag, const struct output_file *files, int count);
/* Makes the folder and those that it lies in, where they are not there; errno says why not. */
bool output_folder(struct arena *arena, const char *path);
/* "net.c" -> "net.h" */
const char *header_path(struct arena *arena, const char *path);

/* ---- limit.c -------------------------------------------------------------------------------------- */

/* What a script may use: a user's has limits_default. */
struct limits {
    size_t memory_bytes;  /* of Lua, and once more of the arena; 0: any */
    int64_t instructions; /* instructions of Lua, counted in thousands */
};

/* The status of the process. */
enum { STATUS_OK = 0, STATUS_ERROR = 1, STATUS_USAGE = 2 };

/* Ends the process with a message and STATUS_ERROR once it has used so many more seconds of processor time; 0:
 * it may go on. To be called before anything is written that a process which ends should remove. */
void time_limit_set(int64_t seconds);

/* ---- embedded.c, which embed.c writes ----------------------------------------------------------------- */

/* A file that was embedded at build time: the text of templates/NAME, or compiler/NAME as a binary chunk of Lua, which knows
 * what it is called in messages. NULL: none. */
const char *embedded_find(const char *name, size_t *length);

/* chunk.c: pushes compiler/NAME as a function of Lua; that it is not there, is an error of Lua. */
struct lua_State;
void embedded_load(struct lua_State *lua, const char *name);

/* ---- lua_memory.c: memory for a Lua state, up to a limit --------------------------------------------- */

enum { LUA_MEMORY_SIZES = 32 };

struct lua_memory {
    size_t limit; /* in bytes; 0: none. A text that is put together may go half of it beyond it */
    size_t used;
    size_t grown;  /* all bytes that were ever added */
    bool exceeded; /* the limit, not malloc, refused what was refused last; Lua may have made do without it */
    /* lua_memory.c's own: */
    struct lua_page *pages; /* from which small blocks are cut, the newest first */
    size_t page_left;       /* bytes of the newest */
    void *kept[LUA_MEMORY_SIZES];
    struct lua_large *large;
};

/* The allocator of a state (lua_Alloc), whose user data is a struct lua_memory. */
void *lua_memory_allocate(void *user_data, void *block, size_t old_bytes, size_t new_bytes);
/* Frees all blocks: in place of lua_close(), which does so one by one. */
void lua_memory_release(struct lua_memory *memory);

/* ---- hash.c: a hash of what is handed to it bit by bit -------------------------------------------------- */

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length);
/* With the NUL, so that two texts are not mistaken for one. */
uint64_t hash_text(uint64_t hash, const char *text);
/* The same on any machine. */
uint64_t hash_number(uint64_t hash, int64_t number);
uint64_t hash_real(uint64_t hash, double number);

/* ---- text.c: functions for Lua over much text, and numbers for people ----------------------------------- */

struct lua_State;

extern const bool word_characters[256]; /* letters, digits, _ */

/* (text, indent): every line of the text behind the indentation and with its end. Lines of nothing but blanks become
 * empty, and directives of the preprocessor stay at the margin. */
int text_indented(struct lua_State *lua);

/* (text, names): C with other names: every word that is a key of the table becomes its value. Comments, members (behind . or
 * ->) and strings of a word keep theirs. */
int text_renamed(struct lua_State *lua);

/* (text, names): a list of the keys of the table that are words of the C, each once; not of comments, members and strings.
 * The tag of a struct counts with its "struct ". */
int text_mentions(struct lua_State *lua);

/* (text): a list of the lines that may define a name at file scope, or be a constant of an enum there: those that begin with a
 * word, a directive, or four blanks and a capital. */
int text_definitions(struct lua_State *lua);

/* layout.c: (text): C with no line beyond LAYOUT_COLUMNS, where it can be broken, and no two empty lines in a row. */
enum { LAYOUT_COLUMNS = 116 };
int text_laid_out(struct lua_State *lua);

const char *number_text(struct arena *arena, int64_t number); /* "4,608" */
bool text_ends_with(const char *text, const char *end);
/* The length of the character of UTF-8 at `byte`, where no text ends; 0: there is none. */
int text_character(const unsigned char *byte);

#endif
