/* tokens.c -- C as a list of tokens, from which some can be taken. */
#include "emit/emit.h"

#include <lauxlib.h>
#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_word(char c) { return word_characters[(unsigned char)c]; }

/* The end of what begins at p and ends with `close`; a backslash hides what follows. */
static const char *find_close(const char *p, const char *end, const char *close)
{
    size_t length = strlen(close);
    for (; p < end; p++) {
        if (*p == '\\')
            p++;
        else if (strncmp(p, close, length) == 0)
            return p + length;
    }
    return end;
}

/* A directive goes on behind a backslash. */
static const char *line_end(const char *p, const char *end)
{
    while (p < end && *p != '\n')
        p += *p == '\\' && p + 1 < end ? 2 : 1;
    return p;
}

static const char *number_end(const char *p)
{
    while (is_word(*p) || *p == '.' || ((*p == '+' || *p == '-') && strchr("eEpP", p[-1])))
        p++;
    return p;
}

static const char *punctuation_end(const char *p)
{
    static const char *const pairs[] = {
        "->", "++", "--", "+=", "-=", "*=", "/=", "<=", ">=", "==", "!=", "&&", "||", "<<", ">>"};
    for (size_t i = 0; p[1] && strchr("=>+-&|<", p[1]) && i < sizeof pairs / sizeof *pairs; i++)
        if (p[0] == pairs[i][0] && p[1] == pairs[i][1])
            return p + 2;
    return p + 1;
}

/* The end of the token at p, and its kind. A text ends with a 0. */
static const char *token_end(const char *p, const char *end, enum token_kind *kind)
{
    *kind = TOKEN_OTHER;
    if (p[0] == '/' && p[1] == '*')
        return find_close(p + 2, end, "*/");
    if (*p == '"' || *p == '\'')
        return find_close(p + 1, end, *p == '"' ? "\"" : "'");
    if (*p == '#')
        return line_end(p, end);
    if (is_digit(*p) || (*p == '.' && is_digit(p[1]))) {
        *kind = TOKEN_NUMBER;
        return number_end(p + 1);
    }
    if (!is_word(*p)) {
        *kind = TOKEN_PUNCTUATION;
        return punctuation_end(p);
    }
    *kind = TOKEN_WORD;
    while (is_word(*p))
        p++;
    return p;
}

static struct token *split(struct token *tokens, const char *text, const char *end)
{
    struct token *last = NULL;
    for (const char *p = text;;) {
        const char *gap = p;
        while (*p == ' ' || *p == '\n' || *p == '\t')
            p++;
        if (p >= end)
            return last;
        enum token_kind kind;
        const char *stop = token_end(p, end, &kind);
        struct token *token = tokens++;
        *token = (struct token){.before = last,
                                .text = p,
                                .gap = gap,
                                .length = (int)(stop - p),
                                .gap_length = (int)(p - gap),
                                .kind = kind};
        if (last)
            last->after = token;
        last = token;
        p = stop;
    }
}

bool token_is_same(const struct token *a, const struct token *b)
{
    return a && a->length == b->length && memcmp(a->text, b->text, (size_t)a->length) == 0;
}

bool token_is_member(const struct token *token)
{
    return token_is(token->before, ".") || token_is(token->before, "->");
}

static bool is_one_of(const struct token *token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (token_is(token, words[i]))
            return true;
    return false;
}

bool token_is_type(const struct token *token)
{
    static const char *const words[] = {"const",    "static",  "float",   "vec",      "vint",     "int",
                                        "int64_t",  "int32_t", "uint8_t", "uint32_t", "uint64_t", "_Alignas",
                                        "struct",   "void",    "double",  "size_t",   "char",     "unsigned",
                                        "restrict", "whole",   "vmask"};
    return is_one_of(token, words, sizeof words / sizeof *words);
}

bool token_ends_operand(const struct token *token)
{
    static const char *const operators[] = {"return", "sizeof", "case", "else"};
    if (!token)
        return false;
    return token->kind == TOKEN_NUMBER || token_is(token, ")") || token_is(token, "]") ||
           (token->kind == TOKEN_WORD && !token_is_type(token) &&
            !is_one_of(token, operators, sizeof operators / sizeof *operators));
}

/* Joins brackets, each open one to the `mate` of the one that it lies in until its own comes. */
static void match(struct token *first)
{
    struct token *open = NULL;
    for (struct token *token = first; token; token = token->after) {
        if (token->kind != TOKEN_PUNCTUATION)
            continue;
        if (strchr("([{", *token->text)) {
            token->mate = open;
            open = token;
        } else if (strchr(")]}", *token->text) && open) {
            struct token *outer = open->mate;
            open->mate = token;
            token->mate = open;
            open = outer;
        }
    }
    while (open) { /* without an end */
        struct token *outer = open->mate;
        open->mate = NULL;
        open = outer;
    }
}

/* Room for `count` tokens, which the next call may take over: a value at this address of the registry. */
static struct token *push_room(lua_State *lua, size_t count)
{
    static const char room;
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &room);
    if (lua_rawlen(lua, -1) < count * sizeof(struct token)) {
        lua_pop(lua, 1);
        lua_newuserdatauv(lua, count * sizeof(struct token), 0);
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, &room);
    }
    return lua_touserdata(lua, -1);
}

struct token *tokens_read(lua_State *lua, const char *text, size_t length)
{
    struct token *tokens = push_room(lua, length + 1);
    if (!split(tokens, text, text + length))
        return NULL;
    match(tokens);
    return tokens;
}

/* How much of the gap is printed: one that ends a line ends with the next one's indentation. */
static int gap_length(const struct token *token)
{
    int length = token->gap_length, indent = 0;
    while (indent < length && token->gap[length - indent - 1] == ' ')
        indent++;
    if (indent < length || !token->before)
        length -= token->dedent < indent ? token->dedent : indent;
    return length;
}

/* Tokens that follow each other in the text as they do here are copied at once. */
void tokens_push(lua_State *lua, const struct token *first, const char *end)
{
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    const char *from = end, *to = end; /* what is yet to be copied */
    for (const struct token *token = first; token; token = token->after) {
        int length = token->dedent == 0 ? token->gap_length : gap_length(token);
        if (token->gap != to) {
            luaL_addlstring(&out, from, (size_t)(to - from));
            from = token->gap;
        }
        to = token->gap + length;
        if (token->text != to) {
            luaL_addlstring(&out, from, (size_t)(to - from));
            from = token->text;
        }
        to = token->text + token->length;
    }
    luaL_addlstring(&out, from, (size_t)(to - from));
    luaL_addstring(&out, end);
    luaL_pushresult(&out);
}

void tokens_remove(struct token **first, struct token *from, struct token *to)
{
    if (from->before)
        from->before->after = to->after;
    else
        *first = to->after;
    if (to->after)
        to->after->before = from->before;
}

void token_take_gap(struct token *token, const struct token *from)
{
    token->gap = from->gap;
    token->gap_length = from->gap_length;
    token->dedent = from->dedent;
}
