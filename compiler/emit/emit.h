/* emit.h -- writes the C of compiled programs: fills templates with what the passes decided.
 *
 * Everything that is decided stands in the unit; nothing is decided here. */
#ifndef EMIT_H
#define EMIT_H

#include "pass/pass.h"

#include <string.h>

/* emit.c: the two files' texts, in the arena. */
bool emit_unit(const struct unit *unit, const char **source, const char **header);

struct lua_State;
/* The same of a template by itself: `push` pushes a table of what it can name. */
bool emit_template(struct diag *diag, const char *name, void (*push)(struct lua_State *lua, const void *data),
                   const void *data, const char **text);
/* unit.c: pushes the unit as a table, of which the Lua of emit/ reads all that it knows. */
void unit_push(struct lua_State *lua, const struct unit *unit);
/* numbers.c: pushes the embedded numbers as C: a list, or of many a mark. */
void numbers_push(struct lua_State *lua, const struct unit *unit);
bool numbers_are_text(const struct unit *unit);
/* The text with what its marks stand for, of these units and those behind them. */
const char *numbers_filled(const struct unit *units, const char *text);
/* program.c: parts of that, which programs and stages have. */
void field_tensors(struct lua_State *lua, const char *name, struct tensor *const *tensors, int count);
void field_labels(struct lua_State *lua, const struct graph *graph);
void field_rule(struct lua_State *lua, const char *name, const struct rule *rule);
void field_optimizer(struct lua_State *lua, const struct stage *stage);
void field_digest(struct lua_State *lua, uint64_t digest);
void field_program(struct lua_State *lua, const char *name, const struct program *program);
void program_push(struct lua_State *lua, const char *name, const struct program *program);
/* fields.c: fields of the table on top of the stack; a text that is NULL is none. */
void field_int(struct lua_State *lua, const char *name, int64_t value);
void field_number(struct lua_State *lua, const char *name, double value);
void field_bool(struct lua_State *lua, const char *name, bool value);
void field_text(struct lua_State *lua, const char *name, const char *value);
void field_ints(struct lua_State *lua, const char *name, const int64_t *values, int count);
void field_texts(struct lua_State *lua, const char *name, const char *const *texts, int count);
/* template.c: opens the template language in `lua` (template.lua): afterwards the Lua global expand(name, variables)
 * returns the text of template NAME. Errors are Lua errors that name the template's file and line. */
void template_open(struct lua_State *lua);

/* ---- C without what numbers made needless ------------------------------------------------------------------
 *
 * A template is written for any number; for 0 and 1 some of what it prints does nothing: y + 0 * 10, a loop of one round.
 * tidy.c takes that away from a function's text, so that no template has to. */

enum token_kind {
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_PUNCTUATION,
    TOKEN_OTHER
}; /* other: comment, string, directive */

struct token {
    struct token *before, *after; /* NULL: first, last */
    struct token *mate;           /* of a bracket, the other one; else NULL */
    const char *text, *gap;       /* gap: the blanks and line ends in front */
    int length, gap_length;
    int dedent; /* so many blanks less in front, if it begins a line */
    enum token_kind kind;
};

/* tokens.c: the tokens of C, in Lua's memory: they live as long as a value that this leaves on the stack. Returns the first
 * one, NULL: none. */
struct token *tokens_read(struct lua_State *lua, const char *text, size_t length);
/* Their text, and `end` behind the last. */
void tokens_push(struct lua_State *lua, const struct token *first, const char *end);

/* False for NULL. Here, so that analysers see that what it is true of is a token. */
static inline bool token_is(const struct token *token, const char *text)
{
    return token && strlen(text) == (size_t)token->length && memcmp(token->text, text, (size_t)token->length) == 0;
}

bool token_is_same(const struct token *token, const struct token *other);
bool token_is_member(const struct token *token); /* behind . or -> */
bool token_is_type(const struct token *token);   /* a word that a type begins with */
/* Can an operand end with it, so that + - * behind it have two? */
bool token_ends_operand(const struct token *token);
/* Takes away from..to and what lies between, of which `first` may be the first token. What follows keeps its gap. */
void tokens_remove(struct token **first, struct token *from, struct token *to);
void token_take_gap(struct token *token, const struct token *from); /* of one that goes */

/* scopes.c: does the block that opens there declare a name that is somewhere else in the scope around it? */
bool block_declares_others(const struct token *open);
/* Is the name declared in the scope of the statement from..to, and nowhere behind it there? */
bool name_ends_with(const struct token *name, const struct token *from, const struct token *to);

/* terms.c: terms of 0, factors of 0 and 1, brackets around one operand. Were there any? */
bool tidy_terms(struct token **first);
/* loops.c: loops of one round; `lanes` is what VL stands for. */
bool tidy_loops(struct token **first, int lanes);
/* tidy.c: (text, lanes): the C without all that. */
int text_tidied(struct lua_State *lua);

#endif
